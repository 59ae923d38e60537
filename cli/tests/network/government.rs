//! A province and a city beneath the national body, with a type of licence that the city may issue.

use crate::town::{PATIENCE, Town, clock};
use bulla_keystore::random;
use bulla_proto::Client;
use bulla_proto::answer::{Final, Stage};
use bulla_testnet_local::{national_body, test_uscc};
use bulla_verify::catalogue::{self, Competence, LicenceType};
use bulla_verify::chain::ChainId;
use bulla_verify::hash::{Context, Hash};
use bulla_verify::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::SigningKey;
use bulla_verify::licence::{self, Change, Grant, Term};
use bulla_verify::operation::Operation;
use bulla_verify::organisation;
use bulla_verify::refusal::Outcome;
use bulla_verify::roles::Role;
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::transaction::{Body, Envelope, Mode};

/// How long an act may wait for its block, in milliseconds: longer than any outage that these tests make.
const LIFETIME_MS: i64 = 300_000;

/// Three levels of government, with one key each.
pub(crate) struct Government {
    pub(crate) chain: ChainId,
    /// The national body's registrar.
    pub(crate) national: SigningKey,
    /// The province's registrar.
    pub(crate) province: SigningKey,
    /// The city's issuer.
    pub(crate) city: SigningKey,
}

impl Government {
    /// Registers all of it.
    pub(crate) async fn of(town: &Town, client: &Client) -> Government {
        let chain = town.genesis().chain();
        let national = town.national_key(Role::Registrar);
        let [province, city] = [1, 2].map(|seed| SigningKey::from_seed(&[seed; 32]));
        let government = Government { chain, national, province, city };
        let above = vec![
            register(province_code(), Level::Provincial, "440000", national_body().uscc),
            key(province_code(), &government.province, Role::Registrar),
            // The type is the province's; the city is competent for its part of the region.
            Operation::Catalogue(catalogue::Act::RegisterType(kind(permit()))),
        ];
        government.done(client, &government.national, above).await;
        let competence = Competence { type_code: permit(), organisation: city_code(), region: region("440300") };
        let beneath = vec![
            register(city_code(), Level::Municipal, "440300", province_code()),
            key(city_code(), &government.city, Role::Issuer),
            Operation::Catalogue(catalogue::Act::Grant(competence)),
        ];
        government.done(client, &government.province, beneath).await;
        government
    }

    /// Signs operations of which each has its own outcome.
    pub(crate) fn sign(&self, key: &SigningKey, operations: Vec<Operation>) -> Envelope {
        body(self.chain, operations, clock().plus(LIFETIME_MS)).sign(&[key])
    }

    /// Submits operations until they are final; all of them must take effect.
    pub(crate) async fn done(&self, client: &Client, key: &SigningKey, operations: Vec<Operation>) {
        let last = decided(client, &self.sign(key, operations)).await;
        assert!(last.outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "{last:?}");
    }
}

/// Submits a transaction, until it is final.
pub(crate) async fn decided(client: &Client, envelope: &Envelope) -> Final {
    match client.submit(envelope, PATIENCE).await.unwrap().stage {
        Stage::Final(last) => last,
        stage @ (Stage::Admitted | Stage::Waiting) => panic!("not final after {PATIENCE:?}: {stage:?}"),
    }
}

/// A body that nobody has signed yet.
pub(crate) fn body(chain: ChainId, operations: Vec<Operation>, expires_at: Millis) -> Body {
    Body { chain, nonce: *random(), expires_at, signers: Vec::new(), mode: Mode::Independent, operations }
}

pub(crate) fn province_code() -> Uscc {
    test_uscc(region("440000"), 1)
}

pub(crate) fn city_code() -> Uscc {
    test_uscc(region("440300"), 2)
}

/// The type that the city may issue.
pub(crate) fn permit() -> LicenceTypeCode {
    LicenceTypeCode::new(province_code(), 1).unwrap()
}

pub(crate) fn region(code: &str) -> RegionCode {
    code.parse().unwrap()
}

/// A type of the whole province.
pub(crate) fn kind(code: LicenceTypeCode) -> LicenceType {
    let (name, region) = ("Food business licence (测试)".parse().unwrap(), region("440000"));
    LicenceType { code, name, region, max_term_days: None, late_renewal_days: 90, single_holding: false }
}

pub(crate) fn register(uscc: Uscc, level: Level, region_code: &str, parent: Uscc) -> Operation {
    let (name, region) = (format!("Test body {uscc}").parse().unwrap(), region(region_code));
    Operation::Organisation(organisation::Act::Register { uscc, name, level, region, parent })
}

pub(crate) fn key(organisation: Uscc, key: &SigningKey, role: Role) -> Operation {
    let (key, roles) = (key.public(), [role].into_iter().collect());
    Operation::Organisation(organisation::Act::RegisterKey { organisation, key, roles })
}

pub(crate) fn licence(serial: &str) -> LicenceId {
    LicenceId::new(permit(), city_code(), serial.parse().unwrap(), 1).unwrap()
}

/// Issues a licence of the city that began yesterday and ends in a year.
pub(crate) fn issue(serial: &str, region: RegionCode) -> Operation {
    let term = Term { from: clock().plus(-DAY_MS), until: Some(clock().plus(365 * DAY_MS)) };
    let grant = Grant { region, holder: some_root("holder"), holding: None, contents: some_root("contents"), term };
    Operation::Licence(licence::Act {
        licence: licence(serial),
        by: city_code(),
        effective_at: None,
        change: Change::Issue(grant),
    })
}

pub(crate) fn some_root(of: &str) -> Hash {
    Context::Field.hash(of.as_bytes())
}
