//! Of a receipt, from genesis: it is accepted if a block of a known chain shows these outcomes at this place, byte for byte.

use super::tape::{Tape, as_it_stands, to_be_edited};
use super::world::{Committee, World};
use super::{Reached, decoded, naive_list, signed};
use bulla_verify::anchor::Anchor;
use bulla_verify::canonical::encode;
use bulla_verify::chain::EnvelopeHash;
use bulla_verify::handover::Handover;
use bulla_verify::hash::Hash;
use bulla_verify::receipt::{Receipt, leaf_hash};
use bulla_verify::refusal::{Code, Outcome};
use std::sync::LazyLock;

struct Scene {
    anchor: Anchor,
    handovers: Vec<Handover>,
    /// Of each leaf of a block of genesis's validators, and then of the same block decided by those of the hand-over.
    receipts: [Vec<Vec<u8>>; 2],
    /// Those, and one with an outcome too many.
    begun: Vec<Vec<u8>>,
    pool: Vec<Hash>,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let (world, second) = (World::new(4), Committee::new(2, 4));
    let outcomes = [Outcome::Applied, Outcome::Refused(Code(520)), Outcome::Dropped];
    let executed = (0..6u8).map(|at| (EnvelopeHash(Hash([at; 32])), outcomes[..usize::from(at % 4)].to_vec()));
    let executed: Vec<(EnvelopeHash, Vec<Outcome>)> = executed.collect();
    let leaves: Vec<Hash> = executed.iter().map(|(envelope, outcomes)| leaf_hash(envelope, outcomes)).collect();
    let receipts = [&world.first, &second].map(|committee| {
        let mut header = world.header(9, &committee.set);
        header.rest.leaves = naive_list::head(&leaves);
        let certificate = committee.decide(&header, &committee.quorum());
        let receipt = |(at, (envelope, outcomes)): (usize, &(EnvelopeHash, Vec<Outcome>))| Receipt {
            envelope: *envelope,
            outcomes: outcomes.clone(),
            index: at as u64,
            proof: naive_list::prove(&leaves, at),
            header,
            certificate: certificate.clone(),
        };
        executed.iter().enumerate().map(|place| encode(&receipt(place))).collect::<Vec<_>>()
    });
    let mut padded = Receipt::decode(&receipts[0][1]).expect("it was encoded above");
    padded.outcomes.push(Outcome::Applied);
    Scene {
        anchor: world.anchor(),
        handovers: vec![world.handover(3, &world.first, &second)],
        begun: [receipts.concat(), vec![encode(&padded)]].concat(),
        receipts,
        pool: leaves,
    }
});

pub fn judge(input: &[u8]) -> Reached {
    let bytes = Tape::new(input).encoding(&SCENE.begun, &SCENE.pool);
    let Some(receipt) = decoded(&bytes, Receipt::MAX_BYTES, Receipt::decode(&bytes)) else {
        return Reached::Refused;
    };
    let [first, second] = [&[][..], &SCENE.handovers].map(|handovers| receipt.check(&SCENE.anchor, handovers));
    assert!([first, second].into_iter().flatten().all(|outcomes| *outcomes == receipt.outcomes));
    let [by_first, by_second] = &SCENE.receipts;
    signed(first.is_ok(), &bytes, by_first).max(signed(second.is_ok(), &bytes, by_second))
}

pub fn seeds() -> Vec<Vec<u8>> {
    let edited = [0, 9, 12].map(|truth| to_be_edited(&[], truth));
    edited.into_iter().chain([as_it_stands(&[], &SCENE.begun[3])]).collect()
}
