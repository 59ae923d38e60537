//! Of an old header that a later one vouches for: it is accepted if it is of a known chain, byte for byte.

use super::tape::{Tape, as_it_stands, to_be_edited};
use super::world::{Committee, World};
use super::{Reached, decoded, naive_list, signed};
use bulla_verify::ancestry::Ancestry;
use bulla_verify::anchor::Anchor;
use bulla_verify::canonical::encode;
use bulla_verify::handover::Handover;
use bulla_verify::hash::Hash;
use bulla_verify::header::Header;
use std::sync::LazyLock;

struct Scene {
    anchor: Anchor,
    handovers: Vec<Handover>,
    /// Of each of eleven headers, vouched for by a twelfth of genesis's validators; then of those of the hand-over.
    ancestries: [Vec<Vec<u8>>; 2],
    /// Those, and one with a hash too many.
    begun: Vec<Vec<u8>>,
    pool: Vec<Hash>,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let (world, second) = (World::new(4), Committee::new(2, 4));
    let headers: Vec<Header> = (1..=11).map(|height| world.header(height, &world.first.set)).collect();
    let hashes: Vec<Hash> = headers.iter().map(|header| header.hash().0).collect();
    let ancestries = [&world.first, &second].map(|committee| {
        let mut later = world.header(12, &committee.set);
        later.rest.history = naive_list::head(&hashes);
        let certificate = committee.decide(&later, &committee.quorum());
        let ancestry = |at| Ancestry {
            header: headers[at],
            proof: naive_list::prove(&hashes, at),
            later,
            certificate: certificate.clone(),
        };
        (0..headers.len()).map(|at| encode(&ancestry(at))).collect::<Vec<_>>()
    });
    let mut padded = Ancestry::decode(&ancestries[0][4]).expect("it was encoded above");
    padded.proof.hashes.push(hashes[0]);
    Scene {
        anchor: world.anchor(),
        handovers: vec![world.handover(3, &world.first, &second)],
        begun: [ancestries.concat(), vec![encode(&padded)]].concat(),
        ancestries,
        pool: hashes,
    }
});

pub fn judge(input: &[u8]) -> Reached {
    let bytes = Tape::new(input).encoding(&SCENE.begun, &SCENE.pool);
    let Some(ancestry) = decoded(&bytes, Ancestry::MAX_BYTES, Ancestry::decode(&bytes)) else {
        return Reached::Refused;
    };
    let [first, second] = [&[][..], &SCENE.handovers].map(|handovers| ancestry.check(&SCENE.anchor, handovers));
    assert!([first, second].into_iter().flatten().all(|header| *header == ancestry.header));
    let [by_first, by_second] = &SCENE.ancestries;
    signed(first.is_ok(), &bytes, by_first).max(signed(second.is_ok(), &bytes, by_second))
}

pub fn seeds() -> Vec<Vec<u8>> {
    let edited = [0, 13, 22].map(|truth| to_be_edited(&[], truth));
    edited.into_iter().chain([as_it_stands(&[], &SCENE.begun[4])]).collect()
}
