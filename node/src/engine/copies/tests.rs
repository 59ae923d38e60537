use super::*;
use crate::engine::exchange::{Event, LogEntry, Peer, Start, Wake};
use crate::engine::signing::Signing;
use crate::engine::turns::Turns;
use crate::wal::guard::SignGuard;
use crate::wire::PeerMessage;
use bulla_consensus::{ChangeKind, Entry, Timeouts};
use bulla_ledger::Ledger;
use bulla_ledger::store::memory::MemoryStore;
use bulla_verify::certificate::Signers;
use bulla_verify::chain::{ChainId, Height, Round};
use bulla_verify::genesis::{self, Genesis};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::keys::SigningKey;
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use bulla_verify::validators::{Validator, ValidatorSet};
use bulla_verify::vote::{Said, SignedProposal, Statement, Vote, VoteKind};
use std::sync::Arc;

const NOW: Millis = Millis(1_800_000_000_000);
const CITY: &str = "11310000000000035N";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn genesis() -> Genesis {
    let uscc = CITY.parse().unwrap();
    let roles = [Role::Registrar].into_iter().collect();
    let validator = |seed| Validator { key: key(seed).public(), organisation: uscc, power: 1 };
    let (level, region) = (Level::National, RegionCode::NATIONAL);
    Genesis {
        version: genesis::VERSION,
        name: "copied".parse().unwrap(),
        time: NOW,
        parameters: Parameters::default(),
        organisations: vec![Organisation { uscc, name: "body".parse().unwrap(), level, region, parent: None }],
        keys: vec![KeyGrant { key: key(200).public(), organisation: uscc, roles, from: Height(0), until: None }],
        validators: ValidatorSet::new((1..=4).map(validator).collect()).unwrap(),
    }
}

fn chain() -> ChainId {
    genesis().chain()
}

/// Validator 1 of four, at height 1.
fn start(guard: SignGuard, log: Vec<Entry>) -> (Engine, Effects) {
    let ledger = Ledger::open(Arc::new(MemoryStore::new()), &genesis()).unwrap();
    let (tip, turns, blocks) = (ledger.tip(), Turns::default(), Vec::new());
    let signing = Signing::new(key(1), guard);
    Engine::start(NOW, Start { tip, turns, signing, timeouts: Timeouts::default(), log, blocks, recovery: None })
}

fn vote(seed: u8, height: u64, kind: VoteKind, value: Option<HeaderHash>) -> SignedVote {
    let (height, round, voter) = (Height(height), Round(0), key(seed).public());
    let statement = Vote { chain: chain(), height, round, kind, value, voter };
    let signature = key(seed).sign(&statement.digest());
    Said { statement, signature }
}

fn hear(engine: &mut Engine, message: Message) -> Effects {
    let peer: Peer = key(2).public();
    engine.handle(NOW, Event::Heard(peer, PeerMessage::Consensus(message)))
}

/// What an engine says of its own, when every timer runs out that is set.
fn speak(engine: &mut Engine, began: Effects) -> (Vec<Message>, Vec<Entry>, SignGuard) {
    let (mut said, mut log, mut guard) = (Vec::new(), Vec::new(), SignGuard::new());
    let mut effects = vec![began];
    for _ in 0..20 {
        let mut due = Vec::new();
        for one in effects.drain(..) {
            for logged in one.log {
                guard = logged.signed.map_or(guard, SignGuard::from);
                if let LogEntry::Consensus(entry) = logged.entry {
                    log.push(entry);
                }
            }
            for action in one.then {
                if let Action::SetTimer(wake @ Wake::Consensus(_), _) = action {
                    due.push(wake);
                } else if let Action::SendAll(message) = action
                    && let PeerMessage::Consensus(message) = &*message
                {
                    said.push(message.clone());
                }
            }
        }
        effects = due.into_iter().map(|wake| engine.handle(NOW, Event::Due(wake))).collect();
    }
    (said, log, guard)
}

fn value(seed: u8) -> HeaderHash {
    HeaderHash(Hash([seed; 32]))
}

fn copied(effects: &Effects) -> bool {
    let reported = matches!(effects.then[..], [Action::Report(Report::Copied(_)), ..]);
    assert_eq!(reported, effects.unsettled, "{effects:?}");
    reported
}

#[test]
fn who_hears_a_word_of_its_key_that_it_did_not_say_signs_nothing_more_and_keeps_its_log_its_own() {
    let (mut engine, began) = start(SignGuard::new(), Vec::new());
    let foreign = vote(1, 1, VoteKind::Prevote, Some(value(9)));
    let effects = hear(&mut engine, Message::Vote(foreign.clone()));
    assert!(copied(&effects) && effects.log.is_empty(), "{effects:?}");
    let at = Position { height: Height(1), round: Round(0), step: Step::Prevote };
    assert_eq!((engine.copied(), engine.is_unsettled()), (Some(at), true));
    let (said, log, _) = speak(&mut engine, began);
    assert_eq!(said, [], "it speaks on");
    let own = |entry: &Entry| matches!(entry, Entry::Vote(said) if said.statement.voter == key(1).public());
    assert!(!log.iter().any(own), "it logs as its own what is not: {log:?}");
    assert!(!copied(&hear(&mut engine, Message::Vote(foreign))), "once is enough");
    // However far the others are, it does not settle by itself.
    for seed in 2..=4 {
        let effects = engine.handle(NOW, Event::Heard(key(seed).public(), PeerMessage::Tip(Height(0))));
        assert_eq!(effects.settled, None);
    }
}

#[test]
fn ones_own_words_are_known_again_also_after_a_crash() {
    let (mut engine, began) = start(SignGuard::new(), Vec::new());
    let (said, log, guard) = speak(&mut engine, began);
    let own: Vec<Message> = said.into_iter().filter(|said| matches!(said, Message::Vote(_))).collect();
    assert!(own.len() >= 2, "a prevote and a precommit of the first round: {own:?}");
    for message in &own {
        assert!(!copied(&hear(&mut engine, message.clone())), "{message:?}");
    }
    let (mut again, _) = start(guard.clone(), log);
    for message in &own {
        assert!(!copied(&hear(&mut again, message.clone())), "{message:?}");
    }
    // The log gone and the guard kept, as a copy of the disk from before has it: then they are another's.
    let (mut older, _) = start(guard, Vec::new());
    assert!(copied(&hear(&mut older, own[0].clone())));
}

#[test]
fn whatever_a_message_brings_is_looked_at_if_its_signatures_hold() {
    let quorum = |kind, value| (1..=3).map(|seed| vote(seed, 1, kind, value)).collect::<Vec<_>>();
    let statement = Proposal {
        chain: chain(),
        height: Height(1),
        round: Round(0),
        value: value(9),
        valid_round: None,
        proposer: key(1).public(),
    };
    let proposal: SignedProposal = Said { signature: key(1).sign(&statement.digest()), statement };
    let precommits = quorum(VoteKind::Precommit, None);
    let messages = [
        Message::Vote(vote(1, 2, VoteKind::Precommit, None)),
        Message::Proposal(proposal),
        Message::Polka(quorum(VoteKind::Prevote, Some(value(9)))),
        Message::RoundChange(ChangeKind::Precommits, precommits),
    ];
    for message in messages {
        let (mut engine, _) = start(SignGuard::new(), Vec::new());
        assert!(copied(&hear(&mut engine, message.clone())), "{message:?}");
    }
    // Nobody is silenced by what his key did not sign.
    let mut forged = vote(1, 1, VoteKind::Prevote, Some(value(9)));
    forged.signature = vote(2, 1, VoteKind::Prevote, Some(value(9))).signature;
    let (mut engine, _) = start(SignGuard::new(), Vec::new());
    let effects = hear(&mut engine, Message::Vote(forged));
    assert!(!copied(&effects) && matches!(effects.then[..], [Action::Report(Report::Refused(..)), ..]), "{effects:?}");
    assert!(!copied(&hear(&mut engine, Message::Vote(vote(2, 1, VoteKind::Prevote, None)))), "another's own vote");
}

#[test]
fn who_does_not_know_what_it_signed_takes_nothing_for_anothers() {
    for guard in [SignGuard::unsettled(), SignGuard::silent_through(Height(1))] {
        let (mut engine, _) = start(guard, Vec::new());
        assert!(!copied(&hear(&mut engine, Message::Vote(vote(1, 1, VoteKind::Prevote, None)))));
        assert_eq!(engine.copied(), None);
    }
    let (mut engine, _) = start(SignGuard::silent_through(Height(1)), Vec::new());
    assert!(
        copied(&hear(&mut engine, Message::Vote(vote(1, 2, VoteKind::Prevote, None)))),
        "above its silence it knows"
    );
}

#[test]
fn a_certificate_that_names_its_key_is_heeded_where_it_did_not_sign() {
    let (engine, _) = start(SignGuard::new(), Vec::new());
    let own = engine.tip.validators.as_slice().iter().position(|one| one.key == key(1).public()).unwrap();
    let certificate = |places: &[usize]| {
        let mut signers = Signers::default();
        places.iter().for_each(|place| signers.insert(*place));
        Certificate { height: Height(1), round: Round(0), value: value(9), signers, signatures: Vec::new() }
    };
    let others: Vec<usize> = (0..4).filter(|place| *place != own).collect();
    assert_eq!(engine.is_signed_by_another(&certificate(&others)), None);
    let at = Position { height: Height(1), round: Round(0), step: Step::Precommit };
    assert_eq!(engine.is_signed_by_another(&certificate(&[own])), Some(at));
}
