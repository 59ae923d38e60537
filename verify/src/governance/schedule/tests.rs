use super::*;
use crate::hash::Hash;
use alloc::vec;

const NOW: Height = Height(50);

fn id(number: u8) -> MotionId {
    MotionId(Hash([number; 32]))
}

fn set(schedule: &mut Schedule, from: u64, parameter: Parameter, value: u32) -> Result<(), Refusal> {
    schedule.set(&Parameters::default(), (NOW, Height(from)), &[Setting { parameter, value }], id(1))
}

/// The ranges of a change lie within those of genesis, so that what was changed is a chain that could have begun.
#[test]
fn every_bound_of_a_change_could_stand_in_a_genesis() {
    for parameter in Parameter::ALL {
        let (least, most) = parameter.range();
        assert!(least < most, "{parameter}");
        for value in [least, most] {
            let mut changed = Parameters::default();
            *parameter.place(&mut changed) = value;
            assert_eq!(changed.check(), Ok(()), "{parameter} {value}");
            let name = serde_json::to_value(parameter).unwrap();
            assert_eq!(serde_json::to_value(&changed).unwrap()[name.as_str().unwrap()], value);
            assert_eq!(name, parameter.text());
        }
        for (found, within) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
            let is_refused = matches!(
                set(&mut Schedule::default(), 200, *parameter, found),
                Err(Refusal::OutOfRange { parameter: named, .. }) if named == *parameter
            );
            assert_eq!(is_refused, !within, "{parameter} {found}");
        }
    }
}

#[test]
fn what_was_decided_later_holds_from_the_same_height_on() {
    let (mut schedule, genesis) = (Schedule::default(), Parameters::default());
    for (from, value) in [(200, 2_000), (300, 3_000), (200, 4_000), (100, 5_000)] {
        assert_eq!(set(&mut schedule, from, Parameter::HeartbeatMs, value), Ok(()));
    }
    let said = |height| schedule.parameters_at(&genesis, Height(height)).heartbeat_ms;
    assert_eq!([99, 100, 199, 200, 299, 300, 9_999].map(said), [30_000, 5_000, 5_000, 4_000, 4_000, 3_000, 3_000]);
    assert_eq!(schedule.parameters_at(&genesis, Height(99)), genesis);
}

/// However long a chain lives, its schedule holds of what is in force one decision for each number and one version.
#[test]
fn what_was_replaced_is_forgotten_and_nothing_else() {
    let (mut schedule, genesis) = (Schedule::default(), Parameters::default());
    for round in 0..40_u8 {
        let now = Height(u64::from(round) * 100);
        let from = Height(now.0 + 50);
        let settings = [(Parameter::HeartbeatMs, 2_000), (Parameter::RefusalsPerHour, 1_000)];
        let settings = settings.map(|(parameter, value)| Setting { parameter, value: value + u32::from(round) });
        assert_eq!(schedule.set(&genesis, (now, from), &settings, id(round)), Ok(()));
        assert_eq!(schedule.upgrade((now, from), round + 2, id(round)), Ok(()));
        assert!(schedule.0.len() <= 6, "{schedule:?}");
        let then = schedule.parameters_at(&genesis, from);
        assert_eq!((then.heartbeat_ms, then.refusals_per_hour), (2_000 + u32::from(round), 1_000 + u32::from(round)));
        assert_eq!((schedule.version_at(from), schedule.version_at(now)), (round + 2, round + 1));
    }
}

#[test]
fn the_last_version_has_none_after_it() {
    let mut schedule = Schedule(vec![Decided { from: Height(10), what: What::Version(u8::MAX), by: id(1) }]);
    let refused = Refusal::NextVersion { found: u8::MAX, expected: u8::MAX };
    assert_eq!(schedule.upgrade((NOW, Height(99)), u8::MAX, id(2)), Err(refused));
}
