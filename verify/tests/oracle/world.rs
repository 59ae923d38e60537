//! A small chain in a test's hand: validators with known keys, a state of a few records, certified blocks, proofs.
#![allow(dead_code, reason = "not every test that includes it needs all of it")]

#[path = "naive_tree.rs"]
pub mod naive_tree;

use bulla_verify::anchor::Anchor;
use bulla_verify::canonical::encode;
use bulla_verify::certificate::{Certificate, Signers};
use bulla_verify::chain::{ChainId, Height, Round};
use bulla_verify::genesis::{self, Genesis};
use bulla_verify::handover::Handover;
use bulla_verify::hash::{Context, Hash};
use bulla_verify::header::{self, Header, Light, NO_PARENT, Rest};
use bulla_verify::identifiers::licence_id::{LicenceBase, LicenceId, LicenceTypeCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::identifiers::{organisation_code, uscc};
use bulla_verify::keys::SigningKey;
use bulla_verify::licence::{Licence, Origin, Term};
use bulla_verify::list::Head;
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::proof::{Claim, StatusProof};
use bulla_verify::record::Record;
use bulla_verify::recovery::{Agreement, Paper, Renewal};
use bulla_verify::roles::Role;
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::tree::{StateKey, value_hash};
use bulla_verify::validators::{Validator, ValidatorSet};
use bulla_verify::vote::{Heard, Vote, VoteKind};
use std::collections::BTreeMap;

/// 2026-01-01 at +08:00.
pub const START: Millis = Millis(1_767_196_800_000);

pub const HOUR_MS: i64 = 3_600_000;

/// Validators with their keys, in the order of the set.
pub struct Committee {
    pub keys: Vec<SigningKey>,
    pub set: ValidatorSet,
}

impl Committee {
    /// `count` validators of power 1, with keys that no other `name` has.
    pub fn new(name: u8, count: u8) -> Committee {
        let mut keys: Vec<_> = (0..count)
            .map(|at| SigningKey::from_seed(&std::array::from_fn(|i| if i == 0 { at } else { name })))
            .collect();
        keys.sort_by_key(SigningKey::public);
        let validator =
            |(at, key): (usize, &SigningKey)| Validator { key: key.public(), organisation: organisation(at), power: 1 };
        let set = ValidatorSet::new(keys.iter().enumerate().map(validator).collect()).unwrap();
        Committee { keys, set }
    }

    /// A certificate of these signers.
    pub fn decide(&self, header: &Header, signers: &[usize]) -> Certificate {
        self.decide_in(Round(1), header, signers)
    }

    pub fn decide_in(&self, round: Round, header: &Header, signers: &[usize]) -> Certificate {
        let (height, value) = (header.height(), header.hash());
        let mut certificate = Certificate { height, round, value, signers: Signers::default(), signatures: Vec::new() };
        for at in signers {
            let voter = self.keys[*at].public();
            let (kind, value) = (VoteKind::Precommit, Some(value));
            let vote = Vote { chain: header.rest.chain, height, round, kind, value, voter };
            certificate.signers.insert(*at);
            certificate.signatures.push(*Heard::own(vote, &self.keys[*at]).signature());
        }
        certificate
    }

    /// The first signers that are a quorum.
    pub fn quorum(&self) -> Vec<usize> {
        (0..usize::try_from(self.set.quorum()).unwrap()).collect()
    }
}

/// A chain with one state, of which any height can be made.
pub struct World {
    pub first: Committee,
    pub genesis: Genesis,
    pub records: BTreeMap<StateKey, Vec<u8>>,
}

impl World {
    /// A chain of so many validators, whose state holds organisations 0 to 7.
    pub fn new(validators: u8) -> World {
        let first = Committee::new(1, validators);
        let root = root_organisation();
        let registrar = SigningKey::from_seed(&[200; 32]).public();
        let roles = [Role::Registrar].into_iter().collect();
        let grant = KeyGrant { key: registrar, organisation: root.uscc, roles, from: Height(0), until: None };
        let genesis = Genesis {
            version: genesis::VERSION,
            name: "Test".parse().unwrap(),
            time: START,
            parameters: Parameters::default(),
            organisations: vec![root.clone()],
            keys: vec![grant],
            validators: first.set.clone(),
        };
        let mut world = World { first, genesis, records: BTreeMap::new() };
        for at in 0..8 {
            let uscc = organisation(at);
            world.put(&uscc, &Organisation { uscc, parent: (at > 0).then_some(root.uscc), ..root.clone() });
        }
        world
    }

    pub fn put<R: Record>(&mut self, name: &R::Name, record: &R) {
        self.records.insert(R::key(name), encode(record));
    }

    pub fn issue(&mut self, licence: &Licence) {
        self.put(&licence.base.clone(), licence);
    }

    pub fn chain(&self) -> ChainId {
        self.genesis.chain()
    }

    pub fn anchor(&self) -> Anchor {
        Anchor::genesis(&self.genesis)
    }

    pub fn hashes(&self) -> naive_tree::Records {
        self.records.iter().map(|(key, value)| (*key, value_hash(value))).collect()
    }

    /// The header of a height, at [`START`] and one hour for each height, that hands over to a set.
    pub fn header(&self, height: u64, next: &ValidatorSet) -> Header {
        let time = START.plus(HOUR_MS * i64::try_from(height).unwrap());
        let light = Light {
            version: header::VERSION,
            height: Height(height),
            time,
            state_root: naive_tree::root(&self.hashes()),
        };
        let rest = Rest {
            chain: self.chain(),
            parent: NO_PARENT,
            proposer: self.first.keys[0].public(),
            leaves: Head::default(),
            history: Head::default(),
            next_validators: next.hash(),
            parent_round: Round(0),
            parent_signers: Signers::default(),
        };
        Header { light, rest }
    }

    /// A header of this height by which one committee hands over to another.
    pub fn handover(&self, height: u64, from: &Committee, to: &Committee) -> Handover {
        let header = self.header(height, &to.set);
        let certificate = from.decide(&header, &from.quorum());
        Handover { header, certificate, validators: to.set.clone(), recovery: None }
    }

    /// The last block that one committee decided, after which all of it went on under the keys of another.
    pub fn recovery(&self, height: u64, from: &Committee, to: &Committee) -> Handover {
        let mut last = self.handover(height, from, from);
        let keys = from.keys.iter().zip(from.set.as_slice()).map(|(old, validator)| {
            let new = to.set.as_slice().iter().find(|one| one.organisation == validator.organisation);
            Renewal { from: old.public(), to: new.unwrap().key }
        });
        let (height, hash) = (last.header.height(), last.header.hash());
        let mut paper = Paper::new(Agreement { chain: self.chain(), height, last: hash, keys: keys.collect() });
        from.keys.iter().chain(&to.keys).for_each(|key| assert!(paper.sign(key)));
        last.recovery = Some(Box::new(paper.complete().unwrap()));
        last.validators = to.set.clone();
        last
    }

    /// A proof at a height, decided by the first committee.
    pub fn prove(&self, claim: Claim, height: u64) -> StatusProof {
        self.prove_by(claim, height, &self.first, Vec::new())
    }

    pub fn prove_by(&self, claim: Claim, height: u64, committee: &Committee, handovers: Vec<Handover>) -> StatusProof {
        let header = self.header(height, &committee.set);
        StatusProof {
            chain: self.chain(),
            record: self.records.get(&claim.key()).cloned(),
            path: naive_tree::prove(&self.hashes(), &claim.key()),
            claim,
            stamp: header.light.stamp(),
            rest: header.rest.hash(),
            seal: committee.decide(&header, &committee.quorum()).seal(),
            handovers,
        }
    }
}

pub fn root_organisation() -> Organisation {
    let (name, level, region) = (
        "Root".parse().unwrap(),
        "000000".parse::<bulla_verify::identifiers::region::RegionCode>().unwrap().level(),
        "000000".parse().unwrap(),
    );
    Organisation { uscc: organisation(0), name, level, region, parent: None }
}

/// A code whose checks hold.
pub fn organisation(number: usize) -> Uscc {
    let number = format!("{number:08}");
    let inner = organisation_code::check_character(number.as_bytes().try_into().unwrap()).unwrap();
    let first17 = format!("11310000{number}{inner}");
    let check = uscc::check_character(first17.as_bytes().try_into().unwrap()).unwrap();
    format!("{first17}{check}").parse().unwrap()
}

pub fn type_code() -> LicenceTypeCode {
    LicenceTypeCode::new(organisation(0), 7).unwrap()
}

pub fn licence_id(serial: &str, version: u16) -> LicenceId {
    LicenceId::new(type_code(), organisation(3), serial.parse().unwrap(), version).unwrap()
}

/// An active licence, issued an hour after [`START`] for 30 days.
pub fn licence(serial: &str) -> Licence {
    let issued_at = START.plus(HOUR_MS);
    Licence {
        base: LicenceBase { type_code: type_code(), issuer: organisation(3), serial: serial.parse().unwrap() },
        version: 1,
        region: "310000".parse().unwrap(),
        origin: Origin::Issued,
        holder: Context::Holder.hash(serial.as_bytes()),
        holding: None,
        contents: Hash([0xc0; 32]),
        issued_at,
        term: Term { from: issued_at, until: Some(issued_at.plus(30 * DAY_MS)) },
        suspension: None,
        ended: None,
        cancelled: None,
        pending: None,
        corrected: false,
        spared: false,
        historic: false,
        changed_at: issued_at,
        recorded_at: Height(1),
        history: Head { len: 1, root: Hash([0x11; 32]) },
    }
}
