//! What the national body does in histories and in measured loads: it registers one type of licence, and issues.

use anyhow::Result;
use bulla_verify::catalogue::{Act as CatalogueAct, Competence, LicenceType};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{Act, Change, Grant, Term};
use bulla_verify::operation::Operation;
use bulla_verify::time::{DAY_MS, Millis};

/// The acts of one issuer on licences of one type.
#[derive(Clone, Copy, Debug)]
pub struct Acts {
    type_code: LicenceTypeCode,
    issuer: Uscc,
}

impl Acts {
    /// Of a root organisation.
    pub fn of(issuer: Uscc) -> Result<Acts> {
        Ok(Acts { type_code: LicenceTypeCode::new(issuer, 1)?, issuer })
    }

    /// Registers the type, and makes the issuer competent for it everywhere.
    pub fn opening(&self) -> Vec<Operation> {
        let kind = LicenceType {
            code: self.type_code,
            name: "Measured permit".parse().expect("a short name"),
            region: RegionCode::NATIONAL,
            max_term_days: Some(3_650),
            late_renewal_days: 90,
            single_holding: false,
        };
        let competence =
            Competence { type_code: self.type_code, organisation: self.issuer, region: RegionCode::NATIONAL };
        [CatalogueAct::RegisterType(kind), CatalogueAct::Grant(competence)].map(Operation::Catalogue).into()
    }

    /// The licence with a number.
    pub fn licence(&self, number: u64) -> LicenceId {
        let serial = format!("N{number}").parse().expect("a letter and digits are a serial");
        LicenceId::new(self.type_code, self.issuer, serial, 1).expect("its parts are sound")
    }

    /// Issues it: for a year, from the day before `now` on.
    pub fn issue(&self, number: u64, now: Millis, holder: Hash, contents: Hash) -> Operation {
        let from = now.plus(-DAY_MS);
        let term = Term { from, until: Some(from.plus(DAY_MS * 365)) };
        self.act(number, Change::Issue(Grant { region: RegionCode::NATIONAL, holder, holding: None, contents, term }))
    }

    /// Changes it.
    pub fn act(&self, number: u64, change: Change) -> Operation {
        Operation::Licence(Act { licence: self.licence(number), by: self.issuer, effective_at: None, change })
    }
}
