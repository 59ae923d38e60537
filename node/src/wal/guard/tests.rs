use super::*;
use bulla_verify::hash::Hash;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn value(byte: u8) -> Option<HeaderHash> {
    (byte > 0).then_some(HeaderHash(Hash([byte; 32])))
}

fn at(height: u64, round: u32, step: Step) -> Position {
    Position { height: Height(height), round: Round(round), step }
}

fn ask(guard: &mut SignGuard, at: Position, byte: u8) -> Result<(), GuardRefusal> {
    guard.allow(at.height, at.round, at.step, value(byte)).map(|said| {
        assert_eq!((said.at(), said.value()), (at, value(byte)));
    })
}

#[test]
fn after_a_prevote_for_one_value() {
    let last = at(5, 2, Step::Prevote);
    let behind = |at| Err(GuardRefusal::Behind { at, last });
    let conflict = |asked| Err(GuardRefusal::Conflict { at: last, asked: value(asked), signed: value(1) });
    let table = [
        (at(4, 9, Step::Precommit), 1, behind(at(4, 9, Step::Precommit))),
        (at(5, 1, Step::Precommit), 1, behind(at(5, 1, Step::Precommit))),
        (at(5, 2, Step::Propose), 1, behind(at(5, 2, Step::Propose))),
        (last, 1, Ok(())),
        (last, 2, conflict(2)),
        (last, 0, conflict(0)),
        (at(5, 2, Step::Precommit), 2, Ok(())),
        (at(5, 3, Step::Propose), 0, Ok(())),
        (at(6, 0, Step::Propose), 2, Ok(())),
    ];
    for (position, byte, expected) in table {
        let mut guard = SignGuard::new();
        ask(&mut guard, last, 1).unwrap();
        let before = guard.clone();
        assert_eq!(ask(&mut guard, position, byte), expected, "{position}, {byte}");
        assert_eq!(guard == before, expected.is_err() || position == last, "{position}, {byte}");
    }
}

#[test]
fn nothing_is_signed_through_the_silent_height() {
    let mut guard = SignGuard::silent_through(Height(7));
    let asked = at(7, 9, Step::Precommit);
    assert_eq!(ask(&mut guard, asked, 1), Err(GuardRefusal::Silent { at: asked, through: Height(7) }));
    assert_eq!(ask(&mut guard, at(8, 0, Step::Propose), 1), Ok(()));
}

#[test]
fn of_two_records_the_later_counts_and_silence_adds_up() {
    let (mut early, mut late) = (SignGuard::silent_through(Height(3)), SignGuard::new());
    ask(&mut early, at(4, 0, Step::Prevote), 1).unwrap();
    ask(&mut late, at(4, 0, Step::Precommit), 2).unwrap();
    let joined = SignGuard { last: late.last(), silent_through: Some(Height(3)) };
    for (one, other) in [(&early, &late), (&late, &early)] {
        let mut guard = one.clone();
        guard.join(other).unwrap();
        assert_eq!(guard, joined);
        guard.join(&SignGuard::new()).unwrap();
        assert_eq!(guard, joined);
    }
    let mut other = SignGuard::new();
    ask(&mut other, at(4, 0, Step::Precommit), 0).unwrap();
    assert!(matches!(other.join(&late), Err(GuardRefusal::Conflict { .. })));
}

#[test]
fn the_order_of_steps_is_that_of_their_numbers_on_disk() {
    for (number, step) in [Step::Propose, Step::Prevote, Step::Precommit].into_iter().enumerate() {
        assert_eq!(bulla_verify::canonical::encode(&step), [u8::try_from(number).unwrap()]);
    }
    assert!(Step::Propose < Step::Prevote && Step::Prevote < Step::Precommit);
}

proptest! {
    #[test]
    fn no_position_is_ever_allowed_two_values(
        asks in prop::collection::vec((0u64..3, 0u32..3, 0u8..3, 0u8..3), 1..80),
    ) {
        let (mut guard, mut signed) = (SignGuard::new(), BTreeMap::new());
        for (height, round, step, byte) in asks {
            let step = [Step::Propose, Step::Prevote, Step::Precommit][usize::from(step)];
            let position = at(height, round, step);
            if ask(&mut guard, position, byte).is_ok() {
                prop_assert_eq!(*signed.entry(position).or_insert(byte), byte);
                prop_assert_eq!(signed.last_key_value().map(|(last, _)| *last), Some(position));
            }
        }
    }
}

#[test]
fn a_guard_of_which_nothing_is_known_allows_nothing_until_it_is_settled() {
    let mut guard = SignGuard::unsettled();
    let here = at(7, 0, Step::Prevote);
    assert_eq!(ask(&mut guard, here, 1), Err(GuardRefusal::Unsettled { at: here }));
    let before = guard.clone();
    guard.settle(Height(7));
    assert_eq!(ask(&mut guard, here, 1), Err(GuardRefusal::Silent { at: here, through: Height(7) }));
    assert_eq!(ask(&mut guard, at(8, 0, Step::Prevote), 1), Ok(()));
    guard.settle(Height(3));
    assert_eq!(guard.silent(), Some(Height(7)), "it learns it once");
    for (mut one, other) in [(guard.clone(), before.clone()), (before, guard.clone())] {
        one.join(&other).unwrap();
        assert_eq!(one, guard);
    }
}
