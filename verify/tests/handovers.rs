//! Hand-overs, anchors that were pinned, and receipts: who may speak for which height.
#![allow(
    unreachable_pub,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking"
)]

#[path = "oracle/naive_list.rs"]
mod naive_list;
#[path = "oracle/world.rs"]
mod world;

use bulla_verify::anchor::{Anchor, PinError, Uncertified};
use bulla_verify::canonical::encode;
use bulla_verify::certificate::CertificateError;
use bulla_verify::chain::{ChainId, EnvelopeHash, HeaderHash, Height};
use bulla_verify::handover::{BrokenLink, Handover, HandoverError, MAX_HANDOVERS, follow};
use bulla_verify::hash::Hash;
use bulla_verify::header::Header;
use bulla_verify::list::{Head, ListError};
use bulla_verify::proof::{Claim, StatusProof};
use bulla_verify::proven::Failure;
use bulla_verify::receipt::{Receipt, ReceiptError, leaf_hash};
use bulla_verify::refusal::{Code, Outcome};
use bulla_verify::verdict::{Doubt, Kind, Policy, Verdict, verify};
use world::{Committee, HOUR_MS, START, World, licence, licence_id};

const POLICY: Policy =
    Policy { now: START.plus(10 * HOUR_MS), max_age_ms: 24 * HOUR_MS, clock_bound_ms: 10_000, at: None };

/// The set changes at 3 and at 6.
struct Changing {
    world: World,
    second: Committee,
    third: Committee,
    handovers: Vec<Handover>,
}

fn changing() -> Changing {
    let mut world = World::new(4);
    world.issue(&licence("A"));
    let (second, third) = (Committee::new(2, 7), Committee::new(3, 4));
    let handovers = vec![world.handover(3, &world.first, &second), world.handover(6, &second, &third)];
    Changing { world, second, third, handovers }
}

impl Changing {
    fn prove(&self, height: u64, by: &Committee, handovers: &[Handover]) -> StatusProof {
        self.world.prove_by(Claim::Licence(licence_id("A", 1)), height, by, handovers.to_vec())
    }

    fn judge(&self, height: u64, by: &Committee, handovers: &[Handover], anchor: &Anchor) -> Result<(), Failure> {
        match verify(&self.prove(height, by, handovers).encode(), anchor, &POLICY) {
            Verdict::DoesNotHold { failure } => Err(failure),
            verdict => {
                assert_eq!(verdict.kind(), Kind::Valid, "{verdict}");
                Ok(())
            }
        }
    }
}

fn is_bad_signature(judged: &Result<(), Failure>) -> bool {
    matches!(judged, Err(Failure::Uncertified(Uncertified::Certificate(CertificateError::Signature { .. }))))
}

#[test]
fn each_set_speaks_for_its_own_heights() {
    let c = changing();
    let (anchor, first, one, both) = (c.world.anchor(), &c.world.first, &c.handovers[..1], &c.handovers[..]);
    assert_eq!(c.judge(3, first, &[], &anchor), Ok(()), "the height that hands over is still the old set's");
    assert_eq!(c.judge(4, &c.second, one, &anchor), Ok(()));
    assert_eq!(c.judge(6, &c.second, one, &anchor), Ok(()));
    assert_eq!(c.judge(7, &c.third, both, &anchor), Ok(()));

    assert!(c.judge(4, first, one, &anchor).is_err(), "the old set after its time");
    assert!(c.judge(7, &c.second, both, &anchor).is_err());
    assert!(is_bad_signature(&c.judge(7, &c.third, &[], &anchor)), "hand-overs left out");
    let late = Failure::Handover(BrokenLink { place: 1, reason: HandoverError::Late { height: Height(6) } });
    assert_eq!(c.judge(6, &c.third, both, &anchor), Err(late), "the new set before its time");
}

#[test]
fn a_hand_over_cannot_be_skipped_forged_or_swapped() {
    let c = changing();
    let anchor = c.world.anchor();
    let broken = |handovers: &[Handover]| match c.judge(7, &c.third, handovers, &anchor) {
        Err(Failure::Handover(BrokenLink { place, reason })) => (place, reason),
        judged => panic!("{judged:?}"),
    };
    let [one, two] = [0, 1].map(|at| c.handovers[at].clone());
    let is_signature = |reason| matches!(reason, HandoverError::Uncertified(Uncertified::Certificate(_)));

    let (place, reason) = broken(std::slice::from_ref(&two));
    assert!(place == 0 && is_signature(reason), "skipped");
    assert_eq!(broken(&[two.clone(), one.clone()]).0, 0, "swapped");
    assert_eq!(broken(&[one.clone(), one.clone()]), (1, HandoverError::Order { height: Height(3) }), "repeated");

    let usurped = Handover { validators: Committee::new(9, 4).set, ..one.clone() };
    assert_eq!(broken(&[usurped, two.clone()]), (0, HandoverError::OtherSet));
    let mut renamed = one.clone();
    renamed.header.rest.next_validators = c.third.set.hash();
    renamed.validators = c.third.set.clone();
    assert_eq!(broken(&[renamed]), (0, HandoverError::Uncertified(Uncertified::OtherBlock)));
    let alone = Handover { certificate: c.third.decide(&one.header, &[0, 1, 2]), ..one.clone() };
    let (place, reason) = broken(&[alone, two.clone()]);
    assert!(place == 0 && is_signature(reason), "signed by the set that comes, not by the one that goes");
    let few = Handover { certificate: c.world.first.decide(&one.header, &[0, 1]), ..one.clone() };
    let reason = CertificateError::Quorum { found: 2, needed: 3 };
    assert_eq!(broken(&[few, two.clone()]), (0, HandoverError::Uncertified(reason.into())));
    let mut foreign = one.clone();
    let found = ChainId(Hash([8; 32]));
    foreign.header.rest.chain = found;
    assert_eq!(broken(&[foreign, two.clone()]), (0, HandoverError::Chain { found }));
    let mut of_genesis = one.clone();
    of_genesis.header.light.height = Height(0);
    assert_eq!(broken(&[of_genesis, one, two]), (0, HandoverError::Order { height: Height(0) }));
}

#[test]
fn more_hand_overs_than_the_cap_are_not_followed() {
    let world = World::new(4);
    let same = world.handover(1, &world.first, &world.first);
    let (place, reason) = (MAX_HANDOVERS, HandoverError::TooMany);
    assert_eq!(follow(&world.anchor(), &vec![same; MAX_HANDOVERS + 1]), Err(BrokenLink { place, reason }));
}

#[test]
fn a_pinned_anchor_stands_for_what_came_before() {
    let c = changing();
    let (genesis, now) = (c.world.anchor(), POLICY.now);
    let pinned = genesis.pin(&c.handovers[..1], now).unwrap();
    assert_eq!((pinned.height(), pinned.time()), (Height(3), START.plus(3 * HOUR_MS)));
    assert_eq!(pinned.validators(), &c.second.set);
    assert_eq!(c.judge(5, &c.second, &[], &pinned), Ok(()));
    assert_eq!(c.judge(7, &c.third, &c.handovers[1..], &pinned), Ok(()));
    assert_eq!(c.judge(7, &c.third, &c.handovers, &pinned), Ok(()), "a file made for holders of genesis");
    let (height, anchor) = (Height(3), Height(3));
    let before = Failure::Uncertified(Uncertified::BeforeAnchor { height, anchor });
    assert_eq!(c.judge(3, &c.world.first, &[], &pinned), Err(before));

    let json = serde_json::to_string(&pinned).unwrap();
    assert_eq!(serde_json::from_str::<Anchor>(&json).unwrap(), pinned);
    let forged =
        [Handover { certificate: c.third.decide(&c.handovers[0].header, &[0, 1, 2]), ..c.handovers[0].clone() }];
    assert!(matches!(genesis.pin(&forged, now), Err(PinError::Broken(_))));
    assert_eq!(genesis.pin(&[], now), Err(PinError::Nothing));
}

#[test]
fn a_stale_anchor_pins_nothing_and_a_renewed_one_is_green_again() {
    let mut world = World::new(4);
    let mut endless = licence("A");
    endless.term.until = None;
    world.issue(&endless);
    let (anchor, trust_ms) = (world.anchor(), world.anchor().trust_period_ms());
    let hours = u64::try_from(trust_ms / HOUR_MS).unwrap();
    // The set has not changed: a hand-over to itself renews the anchor.
    let renewal = [world.handover(hours - 5, &world.first, &world.first)];
    let late = START.plus(trust_ms + 3 * HOUR_MS);
    assert_eq!(anchor.pin(&renewal, late), Err(PinError::Stale { anchored_at: START }));
    let renewed = anchor.pin(&renewal, START.plus(trust_ms)).unwrap();

    let file = world.prove(Claim::Licence(licence_id("A", 1)), hours + 2).encode();
    let policy = Policy { now: late, ..POLICY };
    let Verdict::CannotTell { doubt, .. } = verify(&file, &anchor, &policy) else { panic!("the anchor is stale") };
    assert_eq!(doubt, Doubt::TrustPeriod { anchored_at: START });
    assert_eq!(verify(&file, &renewed, &policy).kind(), Kind::Valid);
}

/// A block of five envelopes at height 9, and the receipt of the third.
fn receipt(world: &World, by: &Committee) -> Receipt {
    let refused = Outcome::Refused(Code(520));
    let outcomes = |at: u8| if at == 2 { vec![refused, Outcome::Dropped] } else { vec![Outcome::Applied] };
    let leaves: Vec<Hash> = (0..5).map(|at| leaf_hash(&EnvelopeHash(Hash([at; 32])), &outcomes(at))).collect();
    let mut header = world.header(9, &by.set);
    header.rest.leaves = naive_list::head(&leaves);
    Receipt {
        envelope: EnvelopeHash(Hash([2; 32])),
        outcomes: outcomes(2),
        index: 2,
        proof: naive_list::prove(&leaves, 2),
        certificate: by.decide(&header, &by.quorum()),
        header,
    }
}

#[test]
fn a_receipt_of_a_refusal_is_of_nothing_else() {
    let world = World::new(4);
    let (anchor, receipt) = (world.anchor(), receipt(&world, &world.first));
    let refused = Outcome::Refused(Code(520));
    assert_eq!(receipt.check(&anchor, &[]), Ok(&[refused, Outcome::Dropped][..]));
    let refusal = |change: &dyn Fn(&mut Receipt)| {
        let mut changed = receipt.clone();
        change(&mut changed);
        changed.check(&anchor, &[]).map(<[Outcome]>::to_vec)
    };
    let not_shown = Err(ReceiptError::Leaf(ListError::OtherRoot));
    assert_eq!(refusal(&|receipt| receipt.outcomes = vec![Outcome::Applied, Outcome::Applied]), not_shown);
    assert_eq!(refusal(&|receipt| receipt.outcomes = vec![refused]), not_shown);
    assert_eq!(refusal(&|receipt| receipt.envelope.0.0[0] ^= 1), not_shown);
    assert_eq!(refusal(&|receipt| receipt.index = 3), not_shown);
    let other_block = Err(ReceiptError::Uncertified(Uncertified::OtherBlock));
    assert_eq!(refusal(&|receipt| receipt.header.rest.proposer.bytes[0] ^= 1), other_block);
    let (found, expected) = (ChainId(Hash([7; 32])), world.chain());
    assert_eq!(refusal(&|receipt| receipt.header.rest.chain = found), Err(ReceiptError::Chain { found, expected }));
}

#[test]
fn a_receipt_is_judged_by_the_set_of_its_height() {
    let c = changing();
    let receipt = receipt(&c.world, &c.third);
    assert!(receipt.check(&c.world.anchor(), &c.handovers).is_ok());
    assert!(matches!(receipt.check(&c.world.anchor(), &[]), Err(ReceiptError::Uncertified(_))));
    assert!(matches!(receipt.check(&c.world.anchor(), &c.handovers[1..]), Err(ReceiptError::Handover(_))));
}

#[test]
fn no_byte_of_a_receipt_can_be_changed() {
    let world = World::new(4);
    let (anchor, bytes) = (world.anchor(), encode(&receipt(&world, &world.first)));
    assert!(Receipt::decode(&bytes).unwrap().check(&anchor, &[]).is_ok());
    for (at, mask) in (0..bytes.len()).flat_map(|at| [0x01, 0x40, 0xff].map(|mask| (at, mask))) {
        let mut changed = bytes.clone();
        changed[at] ^= mask;
        let held = Receipt::decode(&changed).is_ok_and(|receipt| receipt.check(&anchor, &[]).is_ok());
        assert!(!held, "byte {at} xor {mask:#x}");
    }
    assert!(Receipt::decode(&vec![0; Receipt::MAX_BYTES + 1]).is_err());
}

#[test]
fn the_longest_receipt_fits_its_cap() {
    let world = World::new(64);
    let mut longest = receipt(&world, &world.first);
    longest.outcomes = vec![Outcome::Refused(Code(520)); 1_000];
    longest.proof.hashes = vec![Hash([0; 32]); bulla_verify::list::ListProof::MAX_HASHES];
    longest.certificate = world.first.decide(&longest.header, &(0..64).collect::<Vec<_>>());
    assert_eq!(Receipt::decode(&encode(&longest)), Ok(longest));
}

#[test]
fn a_header_knows_its_ancestors() {
    let world = World::new(4);
    let hashes: Vec<Hash> = (1..=6).map(|height| world.header(height, &world.first.set).hash().0).collect();
    let mut header: Header = world.header(7, &world.first.set);
    header.rest.history = Head::of(&hashes);
    for (index, hash) in hashes.iter().enumerate() {
        let height = Height(u64::try_from(index).unwrap() + 1);
        let proof = naive_list::prove(&hashes, index);
        assert_eq!(header.check_ancestor(height, &HeaderHash(*hash), &proof), Ok(()));
        assert_eq!(header.check_ancestor(height, &HeaderHash(Hash([0; 32])), &proof), Err(ListError::OtherRoot));
        assert!(header.check_ancestor(Height(height.0 + 1), &HeaderHash(*hash), &proof).is_err());
    }
    let proof = naive_list::prove(&hashes, 0);
    let beyond = |index| Err(ListError::BeyondEnd { index, len: 6 });
    assert_eq!(header.check_ancestor(Height(0), &HeaderHash(hashes[0]), &proof), beyond(u64::MAX));
    assert_eq!(header.check_ancestor(Height(7), &HeaderHash(hashes[0]), &proof), beyond(6));
}
