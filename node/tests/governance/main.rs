//! Validators change while the chain goes on, and all of them at once where it stands still.
//!
//! Nothing is lost or late here: that is the simulator's. What is shown is that everyone agrees on who decides.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking"
)]

mod net;
mod recovery;

use bulla_consensus::Message;
use bulla_node::engine::Event;
use bulla_node::wire::PeerMessage;
use bulla_verify::anchor::Anchor;
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::governance::SetChange;
use bulla_verify::hash::Hash;
use bulla_verify::proof::Claim;
use bulla_verify::verdict::{Kind, Policy, verify};
use bulla_verify::vote::{Heard, Vote, VoteKind};
use net::{Net, body, genesis, judge, key, public, validator};

#[test]
fn one_joins_one_leaves_and_one_changes_its_key_while_the_chain_goes_on() {
    let mut net = Net::new(&[1, 2, 3, 4]);
    net.advance("before", 5);
    let before = net.nodes[&1].ledger.prove(&Claim::Organisation(body())).unwrap().unwrap();

    // A newcomer follows, and votes once its key is in.
    net.start(5);
    net.advance("a newcomer catches up", 3);
    net.govern(2, &[1, 2, 3, 5], SetChange::Join(validator(5)));
    net.until_decided_by("the join", &[1, 2, 3, 4, 5]);
    net.stop(1);
    net.advance("five validators, one down", 12);
    assert!(net.signers(2).contains(&public(5)), "the newcomer votes: four of five must");

    net.govern(5, &[2, 3, 4, 5], SetChange::Leave(public(1)));
    net.until_decided_by("the leave", &[2, 3, 4, 5]);
    let rounds = net.rounds;
    net.advance("four validators, all up", 12);
    assert_eq!(net.rounds, rounds, "who has left is given no turn");

    // The operator has the new key sign too, and starts the node with it once the change acts.
    net.govern(3, &[2, 3, 4, 6], SetChange::Rotate { from: public(4), to: public(6) });
    net.until_decided_by("the rotation", &[2, 3, 5, 6]);
    net.advance("the old key says nothing, and three decide", 3);
    let ledger = net.nodes[&4].ledger.clone();
    net.stop(4);
    net.run(6, ledger, None);
    net.advance("the new key is there", 12);
    net.stop(5);
    net.advance("it is needed", 12);
    assert!(net.signers(2).contains(&public(6)));
    assert!(!net.signers(2).contains(&public(4)) && !net.signers(2).contains(&public(1)));

    for node in net.nodes.values() {
        assert_eq!(judge(&node.ledger), Kind::Valid);
    }
    let policy = Policy { now: before.stamp.time, max_age_ms: 86_400_000, clock_bound_ms: 10_000, at: None };
    assert_eq!(verify(&before.encode(), &Anchor::genesis(&genesis()), &policy).kind(), Kind::Valid);
}

/// A validator that is down: what it says is said here, in its name.
fn equivocate(net: &mut Net, of: u8) -> Height {
    let tip = net.tip(1);
    let height = tip.height.next();
    let vote = |value: Option<HeaderHash>| {
        let vote =
            Vote { chain: tip.chain, height, round: Round(0), kind: VoteKind::Prevote, value, voter: public(of) };
        Heard::own(vote, &key(of)).into_said()
    };
    for value in [None, Some(HeaderHash(Hash([7; 32])))] {
        for to in net.nodes.keys().copied().collect::<Vec<_>>() {
            let message = PeerMessage::Consensus(Message::Vote(vote(value)));
            net.queue.push_back((to, Event::Heard(public(of), message)));
        }
    }
    height
}

#[test]
fn an_equivocator_is_marked_within_a_few_heights_and_proposes_no_more() {
    let mut net = Net::new(&[1, 2, 3]);
    net.advance("three of four", 3);
    let height = equivocate(&mut net, 4);
    let marked =
        |net: &Net| net.nodes.values().all(|node| node.ledger.tip().offenders.iter().any(|one| one.key == public(4)));
    net.until("the mark", marked);
    let from = net.tip(1).offenders[0].from;
    assert!(from.0 <= height.0 + 4, "seen at {height}, marked from {from}");
    assert_eq!(net.tip(1).validators.count(), 4, "four is the least");
    // The next epoch gives all turns again, and not that one.
    net.until("an epoch", |net| net.tip(1).height > Height(256));
    let rounds = net.rounds;
    net.advance("after the epoch", 8);
    assert_eq!(net.rounds, rounds, "nobody waits for one that is marked");
    for node in net.nodes.values() {
        assert!(node.engine.pool().is_empty(), "no report is left over");
    }
}

#[test]
fn an_equivocator_of_five_leaves_at_once() {
    let mut net = Net::new(&[1, 2, 3, 4, 5]);
    net.govern(1, &[1, 2, 3, 4, 5], SetChange::Join(validator(5)));
    net.until_decided_by("the join", &[1, 2, 3, 4, 5]);
    net.stop(5);
    equivocate(&mut net, 5);
    net.until_decided_by("the removal", &[1, 2, 3, 4]);
    net.advance("four go on", 5);
    assert_eq!(net.tip(1).offenders, []);
    assert_eq!(judge(&net.nodes[&2].ledger), Kind::Valid);
}
