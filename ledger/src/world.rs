//! The world of the tests: a nation with four validators, one licence type, and a hand that signs.
//!
//! Every transaction is signed and checked, and every block built, certified and committed, as on a network.

use crate::block::Transaction;
use crate::execute::{Built, Caps, ExecutedBlock, build};
use crate::ledger::{Ledger, Tip};
use crate::store::Store;
use crate::store::memory::MemoryStore;
use bulla_verify::catalogue::{self, Competence, LicenceType};
use bulla_verify::certificate::{Certificate, Signers};
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::genesis::{self, Genesis};
use bulla_verify::governance;
use bulla_verify::hash::Context;
use bulla_verify::header::Header;
use bulla_verify::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::{PublicKey, SigningKey};
use bulla_verify::licence::{self, Change, Grant, Term};
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::roles::Role;
use bulla_verify::time::{DAY_MS, Date, Millis};
use bulla_verify::transaction::{Body, Mode};
use bulla_verify::validators::{Validator, ValidatorSet};
use bulla_verify::vote::{Heard, Vote, VoteKind};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// A ledger, and everybody's keys.
pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) ledger: Ledger,
    nonce: u128,
}

impl World {
    /// At genesis, on a store that is empty.
    pub(crate) fn on(store: Arc<dyn Store>) -> World {
        let ledger = Ledger::open(store.clone(), &document()).unwrap();
        World { store, ledger, nonce: 0 }
    }

    /// In memory, with the type registered in block 1.
    pub(crate) fn new() -> (World, Arc<MemoryStore>) {
        let store = Arc::new(MemoryStore::new());
        let mut world = World::on(store.clone());
        world.register_type();
        (world, store)
    }

    /// A block with a licence type, and the nation competent to issue it.
    pub(crate) fn register_type(&mut self) -> Tip {
        let competence = Competence { type_code: type_code(), organisation: nation(), region: RegionCode::NATIONAL };
        let acts = [catalogue::Act::RegisterType(permit()), catalogue::Act::Grant(competence)];
        let tx = self.sign(Role::Registrar, acts.map(Operation::Catalogue).into());
        self.commit(&[tx])
    }

    /// A block with so many licences in as many transactions.
    pub(crate) fn issue(&mut self, serials: std::ops::Range<u32>) -> Tip {
        let txs: Vec<_> = serials.map(|serial| self.sign(Role::Issuer, vec![issue(serial)])).collect();
        self.commit(&txs)
    }

    /// Signed by the nation's key with this role, expiring five minutes after the tip.
    pub(crate) fn sign(&mut self, role: Role, operations: Vec<Operation>) -> Transaction {
        let expires_at = self.ledger.tip().time.plus(300_000);
        self.sign_until(role, operations, expires_at)
    }

    pub(crate) fn sign_until(&mut self, role: Role, operations: Vec<Operation>, expires_at: Millis) -> Transaction {
        self.nonce += 1;
        let chain = self.ledger.tip().chain;
        let (mode, signers) = (Mode::Independent, Vec::new());
        let body = Body { chain, nonce: self.nonce.to_le_bytes(), expires_at, signers, mode, operations };
        Arc::new(body.sign(&[&key(role)]).check(chain).unwrap())
    }

    /// Builds the next block, a second after the tip, and drops nothing.
    pub(crate) fn build(&self, txs: &[Transaction]) -> Arc<ExecutedBlock> {
        let Built { executed, dropped } = self.build_some(txs);
        assert_eq!(dropped, []);
        assert_eq!(executed.transactions().len(), txs.len());
        executed
    }

    pub(crate) fn build_some(&self, txs: &[Transaction]) -> Built {
        self.build_at(txs, self.ledger.tip().time.plus(1_000))
    }

    pub(crate) fn build_at(&self, txs: &[Transaction], time: Millis) -> Built {
        let caps = Caps::of(&self.ledger.tip().parameters);
        let tip = self.ledger.tip();
        let first = validator_key(1).public();
        let proposer = tip.validators.find(&first).unwrap_or(&tip.validators.as_slice()[0]).key;
        build(&self.ledger.parent(), txs, proposer, time, caps).unwrap()
    }

    /// Builds the next block of exactly these, and commits it.
    pub(crate) fn commit(&self, txs: &[Transaction]) -> Tip {
        self.commit_block(&self.build(txs))
    }

    pub(crate) fn commit_block(&self, block: &ExecutedBlock) -> Tip {
        let set = self.ledger.tip().validators;
        self.ledger.commit(block, &decide(block.header(), Round(0), &set)).unwrap()
    }

    /// An act of governance, signed by the validators with these numbers.
    pub(crate) fn govern(&mut self, numbers: &[u8], act: governance::Act) -> Transaction {
        self.sign_as_validators(numbers, Operation::Governance(act))
    }

    pub(crate) fn sign_as_validators(&mut self, numbers: &[u8], operation: Operation) -> Transaction {
        self.nonce += 1;
        let Tip { chain, time, .. } = self.ledger.tip();
        let (nonce, expires_at, operations) = (self.nonce.to_le_bytes(), time.plus(300_000), vec![operation]);
        let body = Body { chain, nonce, expires_at, signers: Vec::new(), mode: Mode::AllOrNothing, operations };
        let keys: Vec<_> = numbers.iter().map(|number| validator_key(*number)).collect();
        Arc::new(body.sign(&keys.iter().collect::<Vec<_>>()).check(chain).unwrap())
    }
}

/// Three of four precommit.
pub(crate) fn certificate(header: &Header) -> Certificate {
    certificate_in(header, Round(0))
}

pub(crate) fn certificate_in(header: &Header, round: Round) -> Certificate {
    decide(header, round, &validators())
}

/// As few of a set precommit as decide.
pub(crate) fn decide(header: &Header, round: Round, set: &ValidatorSet) -> Certificate {
    let (chain, height, value): (_, Height, HeaderHash) = (header.rest.chain, header.light.height, header.hash());
    let mut signers = Signers::default();
    let mut signatures = Vec::new();
    for place in 0..usize::try_from(set.quorum()).unwrap() {
        let voter = set.at(place).unwrap().key;
        let vote = Vote { chain, height, round, kind: VoteKind::Precommit, value: Some(value), voter };
        signers.insert(place);
        signatures.push(*Heard::own(vote, &KEYS[&voter]).signature());
    }
    Certificate { height, round, value, signers, signatures }
}

pub(crate) fn document() -> Genesis {
    let grant = |role| KeyGrant {
        key: key(role).public(),
        organisation: nation(),
        roles: [role].into_iter().collect(),
        from: Height(0),
        until: None,
    };
    let mut keys: Vec<_> = [Role::Registrar, Role::Issuer].into_iter().map(grant).collect();
    keys.sort_by_key(|grant| grant.key);
    let root = Organisation {
        uscc: nation(),
        name: "国家局".parse().unwrap(),
        level: Level::National,
        region: RegionCode::NATIONAL,
        parent: None,
    };
    Genesis {
        version: genesis::VERSION,
        name: "world".parse().unwrap(),
        time: day(0),
        parameters: Parameters::default(),
        organisations: vec![root],
        keys,
        validators: validators(),
    }
}

pub(crate) fn validators() -> ValidatorSet {
    let validator = |number| Validator { key: validator_key(number).public(), organisation: nation(), power: 1 };
    ValidatorSet::new((1..=4).map(validator).collect()).unwrap()
}

static KEYS: LazyLock<BTreeMap<PublicKey, SigningKey>> =
    LazyLock::new(|| (1..=u8::MAX).map(validator_key).map(|key| (key.public(), key)).collect());

pub(crate) fn validator_key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

pub(crate) fn key(role: Role) -> SigningKey {
    SigningKey::from_seed(&Context::Field.hash(role.text().as_bytes()).0)
}

pub(crate) fn nation() -> Uscc {
    "11100000000013338W".parse().unwrap()
}

pub(crate) fn type_code() -> LicenceTypeCode {
    LicenceTypeCode::new(nation(), 1).unwrap()
}

fn permit() -> LicenceType {
    LicenceType {
        code: type_code(),
        name: "许可证".parse().unwrap(),
        region: RegionCode::NATIONAL,
        max_term_days: Some(3_650),
        late_renewal_days: 90,
        single_holding: false,
    }
}

/// Days after the world begins, on 1 January 2026.
pub(crate) fn day(days: i64) -> Millis {
    Date::new(2026, 1, 1).unwrap().start().plus(days * DAY_MS)
}

pub(crate) fn licence(serial: u32) -> LicenceId {
    LicenceId::new(type_code(), nation(), format!("N{serial}").parse().unwrap(), 1).unwrap()
}

/// Issues a licence for the world's first 200 days.
pub(crate) fn issue(serial: u32) -> Operation {
    let of = |text: &str| Context::Field.hash(text.as_bytes());
    let grant = Grant {
        region: RegionCode::NATIONAL,
        holder: of("holder"),
        holding: None,
        contents: of("contents"),
        term: Term { from: day(0), until: Some(day(200)) },
    };
    act(serial, Change::Issue(grant))
}

pub(crate) fn act(serial: u32, change: Change) -> Operation {
    Operation::Licence(licence::Act { licence: licence(serial), by: nation(), effective_at: None, change })
}
