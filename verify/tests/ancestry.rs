//! An old header, vouched for by a later one that validators certified.
#![allow(unreachable_pub, clippy::indexing_slicing, clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "oracle/naive_list.rs"]
mod naive_list;
#[path = "oracle/world.rs"]
mod world;

use bulla_verify::ancestry::{Ancestry, AncestryError};
use bulla_verify::anchor::Uncertified;
use bulla_verify::canonical::encode;
use bulla_verify::chain::{ChainId, Height};
use bulla_verify::hash::Hash;
use bulla_verify::header::Header;
use bulla_verify::list::{ListError, ListProof};
use world::{Committee, World};

/// A chain of twelve headers of which the last is certified, and the proof of the fifth.
fn scene(world: &World, by: &Committee) -> Ancestry {
    let headers: Vec<Header> = (1..=11).map(|height| world.header(height, &by.set)).collect();
    let hashes: Vec<Hash> = headers.iter().map(|header| header.hash().0).collect();
    let mut later = world.header(12, &by.set);
    later.rest.history = naive_list::head(&hashes);
    let certificate = by.decide(&later, &by.quorum());
    Ancestry { header: headers[4], proof: naive_list::prove(&hashes, 4), later, certificate }
}

#[test]
fn a_later_certificate_vouches_for_an_old_header() {
    let world = World::new(4);
    let (anchor, ancestry) = (world.anchor(), scene(&world, &world.first));
    assert_eq!(ancestry.check(&anchor, &[]), Ok(&ancestry.header));
    assert_eq!(ancestry.header.height(), Height(5));
    let refusal = |change: &dyn Fn(&mut Ancestry)| {
        let mut changed = ancestry.clone();
        change(&mut changed);
        changed.check(&anchor, &[]).copied()
    };
    let other_root = Err(AncestryError::History(ListError::OtherRoot));
    assert_eq!(refusal(&|it| it.header.light.state_root.0[0] ^= 1), other_root);
    assert_eq!(refusal(&|it| it.header.light.height = Height(6)), other_root);
    let beyond = |index| Err(AncestryError::History(ListError::BeyondEnd { index, len: 11 }));
    assert_eq!(refusal(&|it| it.header.light.height = Height(12)), beyond(11));
    assert_eq!(refusal(&|it| it.header = it.later), beyond(11), "no header is its own ancestor");
    let (found, expected) = (ChainId(Hash([7; 32])), world.chain());
    assert_eq!(refusal(&|it| it.later.rest.chain = found), Err(AncestryError::Chain { found, expected }));
    let other_block = Err(AncestryError::Uncertified(Uncertified::OtherBlock));
    assert_eq!(refusal(&|it| it.later.rest.proposer.bytes[0] ^= 1), other_block);
}

#[test]
fn the_later_header_is_judged_by_the_set_of_its_height() {
    let world = World::new(4);
    let second = Committee::new(2, 4);
    let ancestry = scene(&world, &second);
    let handover = world.handover(3, &world.first, &second);
    assert!(ancestry.check(&world.anchor(), &[handover]).is_ok());
    assert!(matches!(ancestry.check(&world.anchor(), &[]), Err(AncestryError::Uncertified(_))));
}

#[test]
fn no_byte_of_an_ancestry_can_be_changed() {
    let world = World::new(4);
    let (anchor, bytes) = (world.anchor(), encode(&scene(&world, &world.first)));
    let holds = |bytes: &[u8]| Ancestry::decode(bytes).is_ok_and(|it| it.check(&anchor, &[]).is_ok());
    assert!(holds(&bytes));
    for (at, mask) in (0..bytes.len()).flat_map(|at| [0x01, 0x40, 0xff].map(|mask| (at, mask))) {
        let mut changed = bytes.clone();
        changed[at] ^= mask;
        assert!(!holds(&changed), "byte {at} xor {mask:#x}");
    }
    assert!((0..bytes.len()).all(|end| !holds(&bytes[..end])));
    assert!(!holds(&[&bytes[..], &[0]].concat()));
}

#[test]
fn the_longest_ancestry_fits_its_cap() {
    let world = World::new(64);
    let mut longest = scene(&world, &world.first);
    longest.proof.hashes = vec![Hash([0; 32]); ListProof::MAX_HASHES];
    longest.certificate = world.first.decide(&longest.later, &(0..64).collect::<Vec<_>>());
    assert_eq!(Ancestry::decode(&encode(&longest)), Ok(longest));
    assert!(Ancestry::decode(&vec![0; Ancestry::MAX_BYTES + 1]).is_err());
}
