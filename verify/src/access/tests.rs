use super::*;
use crate::identifiers::region::RegionCode;

fn terms() -> Terms {
    Terms {
        purposes: Purposes(0b110),
        fields: Fields(0b1011),
        region: "440300".parse().unwrap(),
        from: Millis(10),
        until: Millis(50),
        budget: 3,
        onward: false,
    }
}

fn request() -> Request {
    Request {
        resource: ResourceCode { owner: "11310000000000035N".parse().unwrap(), number: 1 },
        asked: terms(),
        filed_at: Millis(0),
        due: Millis(5),
        grant: None,
        refused: None,
        spent: 0,
        suspended: None,
        revoked: None,
        recorded_at: Height(3),
    }
}

#[test]
fn sets_are_counted_from_their_lowest_bit() {
    assert_eq!([0, 1, 3, 64].map(Fields::first), [Fields(0), Fields(1), Fields(0b111), Fields(u64::MAX)]);
    assert!(Fields(0b101).are_within(Fields::first(3)) && !Fields(0b1001).are_within(Fields::first(3)));
    assert_eq!(
        [0, 1, 2, 3, 63, 64, 255].map(|code| Purposes(0b110).contain(code)),
        [false, true, true, false, false, false, false]
    );
    assert!(Purposes(u64::MAX).contain(63));
}

#[test]
fn terms_that_allow_nothing_or_go_beyond_others_say_in_which_part() {
    let here = terms();
    assert_eq!((here.nothing_in(), here.beyond(&here)), (None, None));
    let nothing = [
        (Bound::Purposes, Terms { purposes: Purposes(0), ..here }),
        (Bound::Fields, Terms { fields: Fields(0), ..here }),
        (Bound::Dates, Terms { until: here.from, ..here }),
        (Bound::Budget, Terms { budget: 0, ..here }),
    ];
    for (bound, terms) in nothing {
        assert_eq!(terms.nothing_in(), Some(bound));
    }
    let beyond = [
        (Bound::Purposes, Terms { purposes: Purposes(0b111), ..here }),
        (Bound::Fields, Terms { fields: Fields(0b100), ..here }),
        (Bound::Region, Terms { region: RegionCode::NATIONAL, ..here }),
        (Bound::Dates, Terms { from: Millis(9), ..here }),
        (Bound::Dates, Terms { until: Millis(51), ..here }),
        (Bound::Budget, Terms { budget: 4, ..here }),
        (Bound::Onward, Terms { onward: true, ..here }),
    ];
    for (bound, terms) in beyond {
        assert_eq!(terms.beyond(&here), Some(bound));
        let expected = (bound == Bound::Fields).then_some(Bound::Fields);
        assert_eq!(here.beyond(&terms), expected, "what is less in one part is within");
    }
}

#[test]
fn a_request_lapses_and_a_grant_begins_and_ends_by_itself() {
    let at = |request: &Request, instant| request_status(request, Millis(instant));
    assert_eq!(at(&request(), 49), RequestStatus::Filed { due: Millis(5) });
    assert_eq!(at(&request(), 50), RequestStatus::Lapsed { since: Millis(50) });
    let refused = Request { refused: Some(Millis(4)), ..request() };
    assert_eq!(at(&refused, 60), RequestStatus::Refused { since: Millis(4) });
    let grant = Some(Grant { at: Millis(4), terms: terms(), basis: None });
    let granted = Request { grant, ..request() };
    assert_eq!(at(&granted, 9), RequestStatus::NotYet { from: Millis(10) });
    assert_eq!(at(&granted, 10), RequestStatus::Live { until: Millis(50) });
    assert_eq!(at(&granted, 50), RequestStatus::Expired { since: Millis(50) });
    let suspended = Request { suspended: Some(Millis(20)), ..granted.clone() };
    assert_eq!(at(&suspended, 49), RequestStatus::Suspended { since: Millis(20) });
    assert_eq!(at(&suspended, 50), RequestStatus::Expired { since: Millis(50) });
    let revoked = Request { revoked: Some(Millis(30)), ..suspended };
    assert_eq!(at(&revoked, 60), RequestStatus::Revoked { since: Millis(30) });
}

#[test]
fn a_consent_lapses_by_itself_and_a_withdrawal_is_what_counts() {
    let consent = Consent {
        subject: Handle([1; 32]),
        resource: request().resource,
        requester: request().resource.owner,
        purposes: Purposes(1),
        paper: Hash([2; 32]),
        given_at: Millis(1),
        until: Millis(9),
        withdrawn: None,
        recorded_at: Height(3),
    };
    assert_eq!(consent_status(&consent, Millis(8)), ConsentStatus::Given { until: Millis(9) });
    assert_eq!(consent_status(&consent, Millis(9)), ConsentStatus::Lapsed { since: Millis(9) });
    let withdrawn = Consent { withdrawn: Some(Millis(5)), ..consent };
    assert_eq!(consent_status(&withdrawn, Millis(10)), ConsentStatus::Withdrawn { since: Millis(5) });
}

#[test]
fn a_seal_is_open_when_its_time_is_over_whatever_anybody_does() {
    let seal = Seal { sealed_at: Millis(1), until: Millis(9), extensions: 0, unsealed: None, recorded_at: Height(3) };
    assert_eq!(seal_status(&seal, Millis(8)), SealStatus::Sealed { until: Millis(9) });
    assert_eq!(seal_status(&seal, Millis(9)), SealStatus::Open { since: Millis(9) });
    let unsealed = Seal { unsealed: Some(Millis(4)), ..seal };
    assert_eq!(seal_status(&unsealed, Millis(8)), SealStatus::Unsealed { since: Millis(4) });
}

#[test]
fn a_sealed_line_holds_for_its_ticket_subject_and_salt_alone() {
    let ticket = |number| TicketId { requester: request().resource.owner, number: [number; 16] };
    let (one, two) = (Handle([1; 32]), Handle([2; 32]));
    let mut all = [
        seal(&ticket(1), &one, &[3; 32]),
        seal(&ticket(2), &one, &[3; 32]),
        seal(&ticket(1), &two, &[3; 32]),
        seal(&ticket(1), &one, &[4; 32]),
    ]
    .to_vec();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 4);
    assert_ne!(subjects([(&one, 4)]), subjects([(&one, 5)]));
    assert_ne!(subjects([(&one, 4), (&two, 4)]), subjects([(&two, 4), (&one, 4)]));
}
