use super::*;
use crate::world::{self, World, act, issue, licence, validator_key};
use bulla_verify::governance::Act;
use bulla_verify::governance::motion::{Question, Terms};
use bulla_verify::governance::schedule::{Parameter, Setting};
use bulla_verify::header::{self, Light};
use bulla_verify::licence::Change;
use bulla_verify::refusal::Outcome;
use bulla_verify::roles::Role;

/// A world at height 2, and a right block of two transactions for height 3.
fn scene() -> (World, Arc<ExecutedBlock>) {
    let (mut world, _) = World::new();
    world.issue(0..1);
    let txs = [world.sign(Role::Issuer, vec![issue(1)]), world.sign(Role::Issuer, vec![issue(2)])];
    let block = world.build(&txs);
    (world, block)
}

fn judge(world: &World, header: &Header, txs: &[Transaction]) -> Result<Arc<ExecutedBlock>, ExecuteError> {
    execute(&world.ledger.parent(), header, txs.to_vec())
}

#[test]
fn what_a_proposer_builds_a_validator_finds_right() {
    let (world, built) = scene();
    let judged = judge(&world, built.header(), built.transactions()).unwrap();
    assert_eq!(judged.header(), built.header());
    assert_eq!(judged.leaves(), built.leaves());
    assert_eq!(judged.changes(), built.changes());
    assert_eq!(built.header().light.height, Height(3));
    assert_eq!(built.header().rest.leaves.len, 2);
    assert_eq!(built.header().rest.history.len, 2);
    assert_eq!(built.header().rest.parent_signers, Signers(0b111));
}

#[test]
fn two_ledgers_come_to_the_same_roots() {
    let (mut one, _) = World::new();
    let other = World::on(Arc::new(crate::store::memory::MemoryStore::new()));
    for first in 0..5 {
        one.issue(first * 10..first * 10 + 10);
    }
    for height in 1..=6 {
        let block = one.ledger.block(Height(height)).unwrap().unwrap();
        let (header, txs, certificate) = block.open(one.ledger.tip().chain).unwrap();
        let executed = judge(&other, &header, &txs).unwrap();
        other.ledger.commit(&executed, &certificate).unwrap();
    }
    assert_eq!(one.ledger.tip(), other.ledger.tip());
}

/// One change to a right header, and the rule that it breaks.
type Sin = (fn(&mut Header), fn(&Invalid) -> bool);

#[test]
fn each_field_of_a_header_has_its_rule() {
    let sins: [Sin; 16] = [
        (|header| header.light.version = 2, |why| matches!(why, Invalid::Version { found: 2, expected: 1 })),
        (|header| header.rest.chain = ChainId::default(), |why| matches!(why, Invalid::Chain { .. })),
        (|header| header.light.height = Height(4), |why| matches!(why, Invalid::Height { .. })),
        (|header| header.light.height = Height(2), |why| matches!(why, Invalid::Height { .. })),
        (|header| header.rest.parent = header::NO_PARENT, |why| matches!(why, Invalid::Parent { .. })),
        (|header| header.light.time = header.light.time.plus(-1_000), |why| matches!(why, Invalid::Time { .. })),
        (|header| header.rest.proposer = validator_key(5).public(), |why| matches!(why, Invalid::Proposer { .. })),
        (|header| header.rest.parent_signers = Signers(0b11), |why| matches!(why, Invalid::ParentCertificate { .. })),
        (
            |header| header.rest.parent_signers = Signers(0b10111),
            |why| matches!(why, Invalid::ParentCertificate { .. }),
        ),
        (|header| header.rest.leaves.len = 3, |why| matches!(why, Invalid::Leaves { .. })),
        (|header| header.rest.leaves.root = Hash::default(), |why| matches!(why, Invalid::Leaves { .. })),
        (|header| header.rest.history.len = 3, |why| matches!(why, Invalid::History { .. })),
        (|header| header.rest.history.root = Hash::default(), |why| matches!(why, Invalid::History { .. })),
        (|header| header.rest.next_validators = Hash::default(), |why| matches!(why, Invalid::NextValidators { .. })),
        (|header| header.light.state_root = Hash::default(), |why| matches!(why, Invalid::StateRoot { .. })),
        // Another time gives another state, since acts take effect at block time.
        (|header| header.light.time = header.light.time.plus(1), |why| matches!(why, Invalid::StateRoot { .. })),
    ];
    let (world, built) = scene();
    for (number, (sin, is_rule)) in sins.into_iter().enumerate() {
        let mut header = *built.header();
        sin(&mut header);
        match judge(&world, &header, built.transactions()) {
            Err(ExecuteError::Invalid(invalid)) => assert!(is_rule(&invalid), "sin {number} is called {invalid}"),
            other => panic!("sin {number}: {other:?}"),
        }
    }
}

/// Whose turn it is, consensus knows; and the proposer's certificate may be another than the one kept here.
#[test]
fn what_is_the_proposers_to_say_is_not_judged() {
    let (world, built) = scene();
    let changes: [fn(&mut Header); 3] = [
        |header| header.rest.proposer = validator_key(2).public(),
        |header| header.rest.parent_round = Round(7),
        |header| header.rest.parent_signers = Signers(0b1110),
    ];
    for change in changes {
        let mut header = *built.header();
        change(&mut header);
        assert_eq!(judge(&world, &header, built.transactions()).unwrap().header(), &header);
    }
}

#[test]
fn the_first_header_has_no_parent_certificate() {
    let world = World::on(Arc::new(crate::store::memory::MemoryStore::new()));
    let built = world.build(&[]);
    assert!(judge(&world, built.header(), &[]).is_ok());
    let mut header = *built.header();
    header.rest.parent_signers = Signers(0b1111);
    let expected = Invalid::ParentCertificate { round: Round(0), signers: Signers(0b1111) };
    assert_eq!(judge(&world, &header, &[]).unwrap_err(), expected.into());
    header = *built.header();
    header.rest.parent_round = Round(1);
    assert!(matches!(judge(&world, &header, &[]), Err(ExecuteError::Invalid(Invalid::ParentCertificate { .. }))));
}

#[test]
fn other_transactions_than_the_headers_are_found_out() {
    let (mut world, built) = scene();
    let [first, second] = built.transactions() else { panic!("two transactions") };
    let third = world.sign(Role::Issuer, vec![issue(3)]);
    for others in [vec![first.clone()], vec![second.clone(), first.clone()], vec![first.clone(), third]] {
        let error = judge(&world, built.header(), &others).unwrap_err();
        assert!(matches!(error, ExecuteError::Invalid(Invalid::Leaves { .. })), "{error}");
    }
}

#[test]
fn stale_and_foreign_transactions_make_a_block_invalid() {
    let (mut world, built) = scene();
    let header = built.header();
    let first = built.transactions()[0].clone();
    let late = world.sign_until(Role::Issuer, vec![issue(3)], header.light.time);
    let far = world.sign_until(Role::Issuer, vec![issue(3)], header.light.time.plus(600_001));
    let executed = world.ledger.block(Height(2)).unwrap().unwrap().open(world.ledger.tip().chain).unwrap().1;
    let stranger = world.sign(Role::Auditor, vec![issue(3)]);
    let stale = |index, txs: &[Transaction], reason| {
        let expected = Invalid::Stale { index, reason };
        assert_eq!(judge(&world, header, txs).unwrap_err(), expected.into());
    };
    let now = header.light.time;
    stale(0, &[late], Stale::Expired { expires_at: now, now });
    let latest = now.plus(600_000);
    stale(1, &[first.clone(), far], Stale::TooFarAhead { expires_at: latest.plus(1), latest });
    stale(1, &[first.clone(), executed[0].clone()], Stale::Duplicate { id: executed[0].id() });
    stale(1, &[first.clone(), first.clone()], Stale::Duplicate { id: first.id() });
    stale(0, &[stranger], Stale::UnknownSigner { key: world::key(Role::Auditor).public() });

    let elsewhere = World::new().0.ledger.tip().chain;
    assert_eq!(elsewhere, world.ledger.tip().chain, "the same genesis is the same chain");
    let mut body = first.body().clone();
    body.chain = ChainId::default();
    let foreign = Arc::new(body.sign(&[&world::key(Role::Issuer)]).check(ChainId::default()).unwrap());
    assert_eq!(judge(&world, header, &[foreign]).unwrap_err(), Invalid::Foreign { index: 0 }.into());
}

#[test]
fn a_proposer_drops_what_was_executed_or_stands_in_the_block_already() {
    let (mut world, _) = World::new();
    let [old, new] = [0, 1].map(|serial| world.sign(Role::Issuer, vec![issue(serial)]));
    world.commit(std::slice::from_ref(&old));
    let built = world.build_some(&[old.clone(), new.clone(), new.clone()]);
    let duplicate = |tx: &Transaction| (tx.id(), Stale::Duplicate { id: tx.id() });
    assert_eq!(built.dropped, [duplicate(&old), duplicate(&new)]);
    assert_eq!(built.executed.transactions(), [new]);
}

/// Jobs on a parent run while its child is committed: each finds the block right, or has no verdict. None finds it wrong.
#[test]
fn no_job_calls_a_block_wrong_because_a_commit_came_in_between() {
    let (mut world, _) = World::new();
    world.issue(0..20);
    for round in 0..40 {
        let change = || if round % 2 == 0 { Change::Suspend { from: None, until: None } } else { Change::Resume };
        let tx = world.sign(Role::Issuer, (0..20).map(|serial| act(serial, change())).collect());
        let block = world.build(&[tx]);
        let parent = world.ledger.parent();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| match execute(&parent, block.header(), block.transactions().to_vec()) {
                    Ok(judged) => assert_eq!(judged.header(), block.header()),
                    Err(error) => assert_eq!(error, Fault::Outdated.into()),
                });
            }
            world.commit_block(&block);
        });
    }
}

#[test]
fn a_block_has_a_cap_on_cost() {
    let (mut world, _) = World::new();
    // 3,000 writes each: the fifth is beyond 12,000.
    let txs: Vec<_> = (0..7).map(|_| world.sign(Role::Issuer, vec![act(0, Change::Cancel); 1_000])).collect();
    assert!(txs.iter().all(|tx| declared_cost(tx) == 3_000));
    let header = *world.build_some(&[]).executed.header();
    assert_eq!(judge(&world, &header, &txs).unwrap_err(), Invalid::Cost { found: 21_000, limit: 12_000 }.into());

    let thousand = |first: u32| (first..first + 1_000).map(issue).collect();
    let txs: Vec<_> = (0..7).map(|nth| world.sign(Role::Issuer, thousand(nth * 1_000))).collect();
    let built = world.build_some(&txs);
    assert_eq!((built.executed.transactions(), built.dropped.len()), (&txs[..4], 0));
    let parent = world.ledger.parent();
    let count =
        |caps| build(&parent, &txs, validator_key(1).public(), Millis(0), caps).unwrap().executed.transactions().len();
    assert_eq!(count(Caps { bytes: u32::MAX, cost: 5_999 }), 1);
    assert_eq!(count(Caps { bytes: u32::MAX, cost: u32::MAX }), 4, "the chain's own cap holds");
    let bytes = u32::try_from(txs[0].byte_count()).unwrap();
    assert_eq!(count(Caps { bytes: bytes + 10, cost: u32::MAX }), 1);
    assert_eq!(count(Caps { bytes: bytes - 1, cost: u32::MAX }), 0);
}

#[test]
fn a_block_has_a_cap_on_bytes_which_is_judged_first() {
    let (mut world, _) = World::new();
    let thousand = |first: u32| (first..first + 1_000).map(issue).collect();
    let txs: Vec<_> = (0..8).map(|nth| world.sign(Role::Issuer, thousand(nth * 1_000))).collect();
    let (found, limit) = (txs.iter().map(|tx| assembly::bytes(tx)).sum(), 1024 * 1024);
    assert!(found > u64::from(limit));
    let header = *world.build_some(&[]).executed.header();
    assert_eq!(judge(&world, &header, &txs).unwrap_err(), Invalid::Bytes { found, limit }.into());
}

#[test]
fn a_built_block_has_a_time_above_its_parents() {
    let (world, _) = World::new();
    let time = |asked| world.build_at(&[], asked).executed.header().light.time;
    let parent = world.ledger.tip().time;
    assert_eq!(time(Millis(0)), parent.plus(1));
    assert_eq!(time(parent), parent.plus(1));
    assert_eq!(time(parent.plus(2)), parent.plus(2));
}

#[test]
fn operations_without_effect_take_a_tenth_of_a_block_or_one_transaction() {
    let (mut world, _) = World::new();
    // Cancelling what does not exist, 200 times 3 writes: two fit a tenth of 12,000, three do not.
    let vain: Vec<_> = (0..3).map(|_| world.sign(Role::Issuer, vec![act(9, Change::Cancel); 200])).collect();
    let good = world.sign(Role::Issuer, vec![issue(1)]);
    let candidates = [&vain[..], &[good]].concat();
    let built = world.build_some(&candidates);
    assert_eq!(built.dropped, []);
    let taken: Vec<_> = built.executed.transactions().iter().map(|tx| tx.id()).collect();
    assert_eq!(taken, [&candidates[0], &candidates[1], &candidates[3]].map(|tx| tx.id()));
    assert!(judge(&world, built.executed.header(), built.executed.transactions()).is_ok());
    assert!(built.executed.leaves()[0].outcomes.iter().all(|outcome| matches!(outcome, Outcome::Refused(_))));
    assert_eq!(built.executed.leaves()[2].outcomes, [Outcome::Applied]);
    let error = judge(&world, built.executed.header(), &candidates).unwrap_err();
    assert_eq!(error, Invalid::Refused { found: 1_800, limit: 1_200 }.into());

    // One alone may exceed it: else nobody could ever be told of its refusal. Another then finds no room.
    let large = world.sign(Role::Issuer, vec![act(9, Change::Cancel); 1_000]);
    let built = world.build_some(&[large.clone(), vain[0].clone()]);
    assert_eq!(built.executed.transactions(), [large]);
    assert!(judge(&world, built.executed.header(), built.executed.transactions()).is_ok());
}

#[test]
fn a_job_that_is_overtaken_has_no_verdict() {
    let (world, built) = scene();
    let late = world.ledger.parent();
    world.commit_block(&built);
    assert!(late.is_outdated());
    let error = execute(&late, built.header(), built.transactions().to_vec()).unwrap_err();
    assert_eq!(error, Fault::Outdated.into());
    let again = build(&late, built.transactions(), validator_key(1).public(), Millis(0), Caps { bytes: 9, cost: 9 });
    assert!(matches!(again, Err(Fault::Outdated)));
    assert!(judge(&world, built.header(), &[]).is_err_and(|error| matches!(error, ExecuteError::Invalid(_))));
}

#[test]
fn a_damaged_record_gives_no_verdict() {
    let (world, built) = scene();
    let mut batch = crate::store::Batch::default();
    let key = bulla_verify::record::history_of(&licence(0));
    let organisation =
        <bulla_verify::organisation::Organisation as bulla_verify::record::Record>::key(&world::nation());
    for key in [key, organisation] {
        let mut row = world.store.read(crate::table::Table::Records, &key.0).unwrap().unwrap();
        *row.last_mut().unwrap() ^= 1;
        batch.put(crate::table::Table::Records, key.0, row);
    }
    world.store.write(batch).unwrap();
    let error = judge(&world, built.header(), built.transactions()).unwrap_err();
    assert!(matches!(error, ExecuteError::Fault(Fault::Damaged { .. })), "{error}");
    let proposer = validator_key(1).public();
    let caps = Caps::of(&world.ledger.tip().parameters);
    let error = build(&world.ledger.parent(), built.transactions(), proposer, Millis(0), caps).unwrap_err();
    assert!(matches!(error, Fault::Damaged { .. }), "{error}");
}

#[test]
fn caps_are_halved_to_one_transaction_and_recover() {
    let parameters = Parameters::default();
    let mut caps = Caps::of(&parameters);
    assert_eq!(caps, Caps { bytes: 1_048_576, cost: 12_000 });
    caps = caps.halved();
    assert_eq!(caps, Caps { bytes: 524_288, cost: 6_000 });
    caps = caps.halved().halved().halved();
    assert_eq!(caps, Caps { bytes: 262_144, cost: 4_000 });
    caps = caps.recovered(&parameters).recovered(&parameters).recovered(&parameters);
    assert_eq!(caps, Caps::of(&parameters));
}

/// What validators decide of numbers governs the ledger from its height on, whether it was opened anew or not; before a
/// version that this program does not know it stops, and judges nothing.
#[test]
fn what_was_decided_governs_from_its_height_and_an_unknown_version_stops_it() {
    let (mut world, store) = World::new();
    let terms = |world: &World, question| {
        let Tip { height, time, .. } = world.ledger.tip();
        Terms { by: validator_key(1).public(), question, from: height, until: time.plus(90_000) }
    };
    let cost = Question::Set(vec![Setting { parameter: Parameter::MaxBlockCost, value: 9_000 }]);
    for question in [cost, Question::Upgrade(2)] {
        let act = Act::Move(Box::new(terms(&world, question)));
        let tx = world.govern(&[1, 2, 3], act);
        world.commit(&[tx]);
    }
    let decided = world.ledger.tip().schedule;
    let [cost_from, version_from] = [0, 1].map(|place| decided.0[place].from);
    assert_eq!(world.ledger.tip().parameters, world.ledger.tip().founding);
    while world.ledger.tip().height.next() < cost_from {
        assert_eq!(world.ledger.tip().parameters.max_block_cost, 12_000);
        world.commit(&[]);
    }
    assert_eq!(world.ledger.tip().parameters.max_block_cost, 9_000);
    assert_eq!(World::on(store).ledger.tip(), world.ledger.tip());
    let mut last = world.commit(&[]);
    while last.height.next() < version_from {
        assert_eq!((last.version(), last.check_version()), (1, Ok(())));
        last = world.commit(&[]);
    }
    let fault = Fault::Upgrade { height: version_from, version: 2 };
    let next = Header {
        light: Light { version: 2, height: version_from, ..last.header.unwrap().light },
        ..last.header.unwrap()
    };
    assert_eq!(judge(&world, &next, &[]).err(), Some(ExecuteError::Fault(fault.clone())));
    let (proposer, caps) = (validator_key(1).public(), Caps::of(&last.parameters));
    assert_eq!(build(&world.ledger.parent(), &[], proposer, last.time.plus(1), caps).err(), Some(fault));
}
