//! The departments of a simulated network, their keys, and the transactions that they submit.

use crate::random::Random;
use bulla_verify::catalogue::{self, Competence, LicenceType};
use bulla_verify::chain::{ChainId, Height};
use bulla_verify::genesis::{self, Genesis};
use bulla_verify::governance::{self, SetChange};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::{PublicKey, SigningKey};
use bulla_verify::licence::{self, Change, Grant, Term};
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::roles::Role;
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::transaction::{Body, Envelope, Mode};
use bulla_verify::validators::{Validator, ValidatorSet};

/// When every run begins: 2026-01-01, in milliseconds since 1970.
pub const BEGIN: Millis = Millis(1_767_196_800_000);

/// A network's departments and keys.
pub struct Town {
    /// The beginning of its chain.
    pub genesis: Genesis,
    /// Its chain.
    pub chain: ChainId,
    /// The validators' keys, in the order of the set.
    pub validators: Vec<SigningKey>,
    clerk: SigningKey,
    body: Uscc,
    issued: u64,
}

impl Town {
    /// The network of so many validators; a heartbeat every two seconds, so that idle chains make blocks too.
    pub fn new(nodes: usize) -> Town {
        let body: Uscc = "11100000000013338W".parse().expect("a valid code of domain section 2");
        let clerk = seeded(200);
        let mut validators: Vec<SigningKey> =
            (0..nodes).map(|place| seeded(u8::try_from(place).expect("a small network"))).collect();
        validators.sort_by_key(SigningKey::public);
        let set = validators.iter().map(|key| Validator { key: key.public(), organisation: body, power: 1 }).collect();
        let roles = [Role::Registrar, Role::Issuer, Role::HistoricalRegistrar].into_iter().collect();
        let genesis = Genesis {
            version: genesis::VERSION,
            name: "simulated".parse().expect("a short name"),
            time: BEGIN,
            parameters: Parameters { heartbeat_ms: 2_000, ..Parameters::default() },
            organisations: vec![Organisation {
                uscc: body,
                name: "National body".parse().expect("a short name"),
                level: Level::National,
                region: RegionCode::NATIONAL,
                parent: None,
            }],
            keys: vec![KeyGrant { key: clerk.public(), organisation: body, roles, from: Height(0), until: None }],
            validators: ValidatorSet::new(set).expect("keys of different seeds differ"),
        };
        let chain = genesis.chain();
        Town { genesis, chain, validators, clerk, body, issued: 0 }
    }

    /// The next transaction: the first opens a licence type, all others issue one licence each.
    pub fn next(&mut self, now: Millis, random: &mut Random) -> Envelope {
        let operations = if self.issued == 0 { self.opening() } else { vec![self.licence(self.issued, None, now)] };
        self.issued += 1;
        self.sign(operations, now.plus(30_000), random)
    }

    /// A transaction of so many licences that expires at an instant, each as dear as a licence can be: three state writes.
    pub(crate) fn mint(&self, licences: u64, now: Millis, expires_at: Millis, random: &mut Random) -> Envelope {
        // Far above what is issued otherwise.
        let first = 1_000_000 + random.below(90_000_000);
        let licences = (first..first + licences).map(|serial| self.licence(serial, Some(Hash([3; 32])), now)).collect();
        self.sign(licences, expires_at, random)
    }

    /// The act of all validators in force by which one of them leaves.
    pub(crate) fn leave(&self, set: &ValidatorSet, key: PublicKey, now: Millis, random: &mut Random) -> Envelope {
        let act = governance::Act::ChangeValidators(vec![SetChange::Leave(key)]);
        let signers: Vec<&SigningKey> =
            self.validators.iter().filter(|signer| set.find(&signer.public()).is_some()).collect();
        self.sign_with(vec![Operation::Governance(act)], now.plus(30_000), random, &signers)
    }

    fn sign(&self, operations: Vec<Operation>, expires_at: Millis, random: &mut Random) -> Envelope {
        self.sign_with(operations, expires_at, random, &[&self.clerk])
    }

    fn sign_with(
        &self,
        operations: Vec<Operation>,
        expires_at: Millis,
        random: &mut Random,
        signers: &[&SigningKey],
    ) -> Envelope {
        let mut nonce = [0; 16];
        nonce.iter_mut().for_each(|byte| *byte = u8::try_from(random.below(256)).unwrap_or(0));
        let body =
            Body { chain: self.chain, nonce, expires_at, signers: Vec::new(), mode: Mode::AllOrNothing, operations };
        body.sign(signers)
    }

    fn opening(&self) -> Vec<Operation> {
        let kind = LicenceType {
            code: self.kind(),
            name: "Food business".parse().expect("a short name"),
            region: RegionCode::NATIONAL,
            max_term_days: None,
            late_renewal_days: 0,
            single_holding: false,
        };
        let competence = Competence { type_code: kind.code, organisation: self.body, region: kind.region };
        [catalogue::Act::RegisterType(kind), catalogue::Act::Grant(competence)].map(Operation::Catalogue).into()
    }

    fn licence(&self, serial: u64, holding: Option<Hash>, now: Millis) -> Operation {
        let serial = format!("S{serial:08}").parse().expect("letters and digits");
        let licence = LicenceId::new(self.kind(), self.body, serial, 1).expect("version 1 is allowed");
        let term = Term { from: now, until: Some(now.plus(365 * DAY_MS)) };
        let (holder, contents) = (Hash([1; 32]), Hash([2; 32]));
        let grant = Grant { region: RegionCode::NATIONAL, holder, holding, contents, term };
        Operation::Licence(licence::Act { licence, by: self.body, effective_at: None, change: Change::Issue(grant) })
    }

    fn kind(&self) -> LicenceTypeCode {
        LicenceTypeCode::new(self.body, 1).expect("three digits")
    }
}

fn seeded(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed.wrapping_add(1); 32])
}
