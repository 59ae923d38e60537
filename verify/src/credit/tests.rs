use super::*;

/// Recorded at 10, published until 30, ended at 12, kept until 50.
fn event() -> CreditEvent {
    CreditEvent {
        item: ItemCode { owner: "11310000000000035N".parse().unwrap(), number: 1 },
        subject: Handle([1; 32]),
        region: RegionCode::NATIONAL,
        bearing: Bearing::Negative,
        repairable: true,
        notice: None,
        recorded: Some(Millis(10)),
        contents: Hash([2; 32]),
        consent: None,
        ended_at: Some(Millis(12)),
        published: true,
        published_until: Some(Millis(30)),
        repairable_from: None,
        kept_until: Some(Millis(50)),
        objection: None,
        objections: 0,
        unconfirmed: false,
        corrections: 0,
        deleted: None,
        statements: 0,
        application: None,
        applications: 0,
        repaired: None,
        changed_at: Millis(12),
        recorded_at: Height(3),
        history: Head::default(),
    }
}

fn active(publicity: Publicity) -> Status {
    Status::Active { publicity, disputed: None, unconfirmed: false }
}

#[test]
fn publicity_and_keeping_end_by_themselves() {
    let at = |instant| status(&event(), Millis(instant));
    assert_eq!(at(11), Status::BeforeLastAct { changed_at: Millis(12) });
    assert_eq!(at(29), active(Publicity::Published { until: Some(Millis(30)) }));
    assert_eq!(at(30), active(Publicity::Ended { since: Millis(30) }));
    assert_eq!(at(49), active(Publicity::Ended { since: Millis(30) }));
    assert_eq!(at(50), Status::Expired { since: Millis(50) });
    let going_on = CreditEvent { ended_at: None, kept_until: None, ..event() };
    assert!(status(&going_on, Millis(i64::MAX)).is_visible(), "the years start when the behaviour ends");
}

#[test]
fn what_is_published_for_good_or_never_is_told_apart() {
    let for_good = CreditEvent { published_until: None, kept_until: None, ..event() };
    assert_eq!(status(&for_good, Millis(99)), active(Publicity::Published { until: None }));
    let never = CreditEvent { published: false, ..event() };
    assert_eq!(status(&never, Millis(20)), active(Publicity::Never));
}

#[test]
fn nothing_of_an_event_is_visible_before_its_record_and_after_its_end() {
    let pending = Pending { filed_at: Millis(12), due: Millis(20), commitment: Hash([3; 32]) };
    let disputed = CreditEvent { objection: Some(pending), unconfirmed: true, ..event() };
    let (publicity, disputed) = (Publicity::Published { until: Some(Millis(30)) }, status(&disputed, Millis(20)));
    assert_eq!(disputed, Status::Active { publicity, disputed: Some(Millis(12)), unconfirmed: true });
    assert!(disputed.is_published());
    let noticed = CreditEvent { recorded: None, ended_at: None, kept_until: None, ..event() };
    assert_eq!(status(&noticed, Millis(20)), Status::Noticed { since: Millis(12) });
    let repaired = CreditEvent { repaired: Some(Millis(12)), ..event() };
    assert_eq!(status(&repaired, Millis(20)), Status::Repaired { since: Millis(12) });
    assert_eq!(status(&repaired, Millis(50)), Status::Expired { since: Millis(50) });
    let deleted = CreditEvent { deleted: Some(Millis(12)), ..repaired };
    assert_eq!(status(&deleted, Millis(60)), Status::Deleted { since: Millis(12) });
    for hidden in [status(&noticed, Millis(20)), status(&deleted, Millis(60)), Status::Repaired { since: Millis(1) }] {
        assert!(!hidden.is_visible() && !hidden.is_published());
    }
}
