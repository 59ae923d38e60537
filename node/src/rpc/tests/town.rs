//! One city with four validators, a server in front of its ledger, and hands that sign and decide.

use crate::rpc::{NodeStatus, RpcServer, RpcState, Submission, Surroundings, serve};
use bulla_ledger::execute::{Caps, build};
use bulla_ledger::store::memory::MemoryStore;
use bulla_ledger::{Ledger, Transaction};
use bulla_proto::{Client, Timeouts};
use bulla_verify::catalogue::{self, Competence, LicenceType};
use bulla_verify::certificate::{Certificate, Signers};
use bulla_verify::chain::{Height, Round};
use bulla_verify::genesis::{self, Genesis};
use bulla_verify::hash::Context;
use bulla_verify::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::SigningKey;
use bulla_verify::licence::{self, Change, Grant, Term};
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::roles::Role;
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::transaction::{Body, Envelope, Mode};
use bulla_verify::validators::{Validator, ValidatorSet};
use bulla_verify::vote::{Heard, Vote, VoteKind};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::{mpsc, watch};

/// Longer than any of these tests takes, so that a wait that ends by time is a failure.
pub(super) const LONG: Duration = Duration::from_secs(50);

pub(super) struct Town {
    pub(super) ledger: Ledger,
    pub(super) genesis: Genesis,
    pub(super) server: RpcServer,
    pub(super) client: Client,
    pub(super) submitted: mpsc::Receiver<Submission>,
    pub(super) status: watch::Sender<NodeStatus>,
    commits: watch::Sender<Height>,
    /// How many of the server's own hear of commits.
    own: usize,
    nonce: u128,
}

impl Town {
    /// At genesis, with room for two submissions.
    pub(super) async fn new() -> Town {
        let genesis = document();
        let ledger = Ledger::open(Arc::new(MemoryStore::new()), &genesis).unwrap();
        let (submissions, submitted) = mpsc::channel(2);
        let (commits, committed) = watch::channel(Height(0));
        let (status, statuses) = watch::channel(NodeStatus::default());
        let surroundings = Arc::new(Surroundings::new(std::env::temp_dir()));
        let state =
            RpcState { ledger: ledger.clone(), submissions, commits: committed, status: statuses, surroundings };
        let server = serve("127.0.0.1:0".parse().unwrap(), state).await.unwrap();
        let timeouts = Timeouts { connect: LONG, answer: LONG };
        let client = Client::connect(&server.address().to_string(), timeouts).await.unwrap();
        Town { ledger, genesis, server, client, submitted, status, commits, own: 2, nonce: 0 }
    }

    /// How many calls sleep until a block comes.
    pub(super) fn waits(&self) -> usize {
        self.commits.receiver_count() - self.own
    }

    /// With the licence type registered in block 1.
    pub(super) async fn with_type() -> Town {
        let mut town = Town::new().await;
        let competence = Competence { type_code: permit().code, organisation: city(), region: RegionCode::NATIONAL };
        let acts = [catalogue::Act::RegisterType(permit()), catalogue::Act::Grant(competence)];
        let envelope = town.sign(Role::Registrar, acts.map(Operation::Catalogue).into());
        town.decide(&[checked(envelope)]);
        town
    }

    pub(super) fn sign(&mut self, role: Role, operations: Vec<Operation>) -> Envelope {
        self.sign_until(role, operations, clock().plus(300_000))
    }

    pub(super) fn sign_until(&mut self, role: Role, operations: Vec<Operation>, expires_at: Millis) -> Envelope {
        self.nonce += 1;
        let (chain, nonce) = (self.genesis.chain(), self.nonce.to_le_bytes());
        let (mode, signers) = (Mode::Independent, Vec::new());
        Body { chain, nonce, expires_at, signers, mode, operations }.sign(&[&key(role)])
    }

    pub(super) fn issue(&mut self, serial: u32) -> Envelope {
        self.sign(Role::Issuer, vec![issue(serial)])
    }

    /// Takes in the next submission, as the engine does.
    pub(super) async fn take(&mut self) -> Transaction {
        let (transaction, answer) = self.submitted.recv().await.unwrap();
        answer.send(Ok(())).unwrap();
        transaction
    }

    /// Decides and commits the next block, of exactly these.
    pub(super) fn decide(&mut self, transactions: &[Transaction]) {
        let time = clock().max(self.ledger.tip().time.plus(1));
        self.decide_at(transactions, time);
    }

    pub(super) fn decide_at(&mut self, transactions: &[Transaction], time: Millis) {
        let caps = Caps::of(&self.ledger.tip().parameters);
        let built = build(&self.ledger.parent(), transactions, validator_key(1).public(), time, caps).unwrap();
        assert_eq!(built.executed.transactions().len(), transactions.len(), "{:?}", built.dropped);
        let tip = self.ledger.commit(&built.executed, &certificate(built.executed.header())).unwrap();
        self.commits.send_replace(tip.height);
    }
}

fn certificate(header: &bulla_verify::header::Header) -> Certificate {
    let (chain, height, value, round) = (header.rest.chain, header.light.height, header.hash(), Round(0));
    let (mut signers, mut signatures) = (Signers::default(), Vec::new());
    for place in 0..3 {
        let voter = validators().at(place).unwrap().key;
        let key = (1..=4).map(validator_key).find(|key| key.public() == voter).unwrap();
        let vote = Vote { chain, height, round, kind: VoteKind::Precommit, value: Some(value), voter };
        signers.insert(place);
        signatures.push(*Heard::own(vote, &key).signature());
    }
    Certificate { height, round, value, signers, signatures }
}

fn document() -> Genesis {
    let grant = |role| KeyGrant {
        key: key(role).public(),
        organisation: city(),
        roles: [role].into_iter().collect(),
        from: Height(0),
        until: None,
    };
    let mut keys: Vec<_> = [Role::Registrar, Role::Issuer].into_iter().map(grant).collect();
    keys.sort_by_key(|grant| grant.key);
    Genesis {
        version: genesis::VERSION,
        name: "town".parse().unwrap(),
        time: clock().plus(-60_000),
        parameters: Parameters::default(),
        organisations: vec![root()],
        keys,
        validators: validators(),
    }
}

/// A ledger at genesis.
pub(super) fn ledger() -> Ledger {
    Ledger::open(Arc::new(MemoryStore::new()), &document()).unwrap()
}

pub(super) fn root() -> Organisation {
    Organisation {
        uscc: city(),
        name: "市局".parse().unwrap(),
        level: Level::National,
        region: RegionCode::NATIONAL,
        parent: None,
    }
}

fn validators() -> ValidatorSet {
    let validator =
        |number| Validator { key: validator_key(number).public(), organisation: organisation(number), power: 1 };
    ValidatorSet::new((1..=4).map(validator).collect()).unwrap()
}

pub(super) fn organisation(number: u8) -> Uscc {
    let codes = ["11100000000013338W", "11430000006122244L", "11330105002500287C", "113700000045046442"];
    codes[usize::from(number) - 1].parse().unwrap()
}

pub(super) fn validator_key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

pub(super) fn key(role: Role) -> SigningKey {
    SigningKey::from_seed(&Context::Field.hash(role.text().as_bytes()).0)
}

pub(super) fn city() -> Uscc {
    organisation(3)
}

pub(super) fn permit() -> LicenceType {
    LicenceType {
        code: LicenceTypeCode::new(city(), 1).unwrap(),
        name: "许可证".parse().unwrap(),
        region: RegionCode::NATIONAL,
        max_term_days: None,
        late_renewal_days: 90,
        single_holding: false,
    }
}

pub(super) fn licence(serial: u32) -> LicenceId {
    LicenceId::new(permit().code, city(), format!("N{serial}").parse().unwrap(), 1).unwrap()
}

/// Issues a licence that began yesterday and ends in a year.
pub(super) fn issue(serial: u32) -> Operation {
    let of = |text: &str| Context::Field.hash(text.as_bytes());
    let grant = Grant {
        region: RegionCode::NATIONAL,
        holder: of("holder"),
        holding: None,
        contents: of("contents"),
        term: Term { from: clock().plus(-DAY_MS), until: Some(clock().plus(365 * DAY_MS)) },
    };
    act(serial, Change::Issue(grant))
}

pub(super) fn act(serial: u32, change: Change) -> Operation {
    Operation::Licence(licence::Act { licence: licence(serial), by: city(), effective_at: None, change })
}

pub(super) fn checked(envelope: Envelope) -> Transaction {
    let chain = envelope.body.chain;
    Arc::new(envelope.check(chain).unwrap())
}

pub(super) fn clock() -> Millis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Millis(since.as_millis().try_into().unwrap())
}
