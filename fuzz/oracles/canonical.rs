//! Of everything else that has canonical bytes: it has one encoding; a certificate, a hand-over and a genesis document that are
//! accepted are true ones.

use super::tape::{Tape, as_it_stands, to_be_edited};
use super::world::{Committee, HOUR_MS, START, World, licence_id};
use super::{Reached, decoded, signed, specimens};
use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::anchor::Anchor;
use bulla_verify::canonical::{self, encode};
use bulla_verify::catalogue::{Competence, LicenceType};
use bulla_verify::certificate::{Certificate, Seal};
use bulla_verify::genesis::Genesis;
use bulla_verify::handover::Handover;
use bulla_verify::hash::Hash;
use bulla_verify::header::Header;
use bulla_verify::licence::{Entry, Licence};
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::proof::Claim;
use bulla_verify::record::{Holding, MAX_RECORD_BYTES, RefusalBudget};
use bulla_verify::transaction::Body;
use bulla_verify::validators::{MAX_SET_BYTES, ValidatorSet};
use bulla_verify::vote::{Proposal, Vote};
use std::sync::LazyLock;

/// Above every encoding here.
const LIMIT: usize = 64 * 1024;

struct Kind {
    judge: fn(&[u8]) -> Reached,
    truths: Vec<Vec<u8>>,
}

struct Scene {
    world: World,
    anchor: Anchor,
    certificate: Vec<u8>,
    handover: Vec<u8>,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let world = World::new(4);
    let header = world.header(9, &world.first.set);
    Scene {
        certificate: encode(&world.first.decide(&header, &world.first.quorum())),
        handover: encode(&world.handover(3, &world.first, &Committee::new(2, 4))),
        anchor: world.anchor(),
        world,
    }
});

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let Scene { world, certificate, handover, .. } = &*SCENE;
    let header = world.header(9, &world.first.set);
    let specimens::Records { parameters, organisation, grant, kind, competence, holding, budget, .. } =
        specimens::records();
    let seal = world.first.decide(&header, &world.first.quorum()).seal();
    vec![
        Kind { judge: judge_certificate, truths: vec![certificate.clone()] },
        Kind { judge: judge_handover, truths: vec![handover.clone()] },
        Kind { judge: judge_genesis, truths: vec![encode(&world.genesis)] },
        Kind { judge: judge_set, truths: vec![encode(&world.first.set)] },
        plain::<Header>([header]),
        plain::<Seal>([seal]),
        plain::<Vote>(specimens::votes(world, &header)),
        plain::<Proposal>(specimens::proposals(world, &header)),
        plain::<Body>([specimens::envelope(world.chain()).body]),
        plain::<Claim>([Claim::Licence(licence_id("A", 1)), Claim::LicenceType(super::world::type_code())]),
        plain::<Licence>([super::world::licence("A"), specimens::eventful_licence()]),
        plain::<Entry>(specimens::history()),
        plain::<Parameters>([parameters]),
        plain::<Organisation>([organisation]),
        plain::<KeyGrant>([grant]),
        plain::<LicenceType>([kind]),
        plain::<Competence>([competence]),
        plain::<Holding>([holding]),
        plain::<RefusalBudget>([budget]),
    ]
});

pub fn judge(input: &[u8]) -> Reached {
    let mut tape = Tape::new(input);
    let kind = tape.one_of(&KINDS);
    let bytes = tape.encoding(&kind.truths, &[SCENE.world.chain().0, Hash([0; 32])]);
    (kind.judge)(&bytes)
}

/// A kind of which nothing can be checked but that it has one encoding.
fn plain<T: BorshSerialize + BorshDeserialize>(truths: impl IntoIterator<Item = T>) -> Kind {
    let judge = |bytes: &[u8]| match read::<T>(bytes, MAX_RECORD_BYTES) {
        Some(_) => Reached::Decoded,
        None => Reached::Refused,
    };
    Kind { judge, truths: truths.into_iter().map(|truth| encode(&truth)).collect() }
}

fn read<T: BorshSerialize + BorshDeserialize>(bytes: &[u8], limit: usize) -> Option<T> {
    decoded(bytes, limit, canonical::decode::<T>(bytes, limit))
}

fn judge_certificate(bytes: &[u8]) -> Reached {
    let Some(certificate) = read::<Certificate>(bytes, LIMIT) else { return Reached::Refused };
    let sealed = certificate.seal().on(certificate.height, certificate.value);
    assert_eq!(sealed, certificate);
    let holds = certificate.check(SCENE.world.chain(), &SCENE.world.first.set).is_ok();
    signed(holds, bytes, std::slice::from_ref(&SCENE.certificate))
}

fn judge_handover(bytes: &[u8]) -> Reached {
    let Some(handover) = read::<Handover>(bytes, LIMIT) else { return Reached::Refused };
    let pinned = SCENE.anchor.pin(std::slice::from_ref(&handover), START.plus(HOUR_MS));
    if let Ok(pinned) = &pinned {
        assert_eq!((pinned.height(), pinned.validators()), (handover.header.height(), &handover.validators));
    }
    signed(pinned.is_ok(), bytes, std::slice::from_ref(&SCENE.handover))
}

fn judge_genesis(bytes: &[u8]) -> Reached {
    let Some(genesis) = read::<Genesis>(bytes, LIMIT) else { return Reached::Refused };
    if genesis.check().is_err() {
        return Reached::Decoded;
    }
    assert_eq!(genesis.chain() == SCENE.world.chain(), genesis == SCENE.world.genesis, "two documents begin one chain");
    assert!(genesis.validators.quorum() <= genesis.validators.total_power());
    Reached::Accepted
}

fn judge_set(bytes: &[u8]) -> Reached {
    let Some(set) = decoded(bytes, MAX_SET_BYTES, ValidatorSet::decode(bytes)) else { return Reached::Refused };
    let again = ValidatorSet::new(set.as_slice().to_vec());
    assert_eq!(again.as_ref(), Ok(&set), "decoding accepts what the rules refuse");
    Reached::Accepted
}

pub fn seeds() -> Vec<Vec<u8>> {
    let raw = [0, 1, 10].map(|kind| as_it_stands(&[kind], &KINDS[usize::from(kind)].truths[0]));
    raw.into_iter().chain([2, 3, 4, 11].map(|kind| to_be_edited(&[kind], 0))).collect()
}
