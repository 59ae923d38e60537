use super::*;
use crate::canonical::encode;
use crate::chain::Height;
use crate::hash::Hash;
use crate::licence::{Origin, Term};
use crate::list::Head;
use crate::record::MAX_RECORD_BYTES;
use crate::time::Millis;
use alloc::vec;

fn uscc(number: usize) -> Uscc {
    ["11100000000013338W", "11430000006122244L", "11330105002500287C"][number].parse().unwrap()
}

fn code(number: u16) -> LicenceTypeCode {
    LicenceTypeCode::new(uscc(0), number).unwrap()
}

fn region(code: &str) -> RegionCode {
    code.parse().unwrap()
}

fn licence(number: u16, of: &str) -> Licence {
    let id = crate::identifiers::licence_id::LicenceId::new(code(number), uscc(1), "A1".parse().unwrap(), 1).unwrap();
    Licence {
        base: id.base(),
        version: 1,
        region: region(of),
        origin: Origin::Issued,
        holder: Hash([1; 32]),
        holding: None,
        contents: Hash([2; 32]),
        issued_at: Millis(0),
        term: Term { from: Millis(0), until: None },
        suspension: None,
        ended: None,
        cancelled: None,
        pending: None,
        corrected: false,
        spared: false,
        historic: false,
        changed_at: Millis(0),
        recorded_at: Height(1),
        history: Head::default(),
    }
}

/// Of 440300 with 440400, from 100 to 900; proposed at 50, accepted at 60, resting from 200 to 300.
fn agreement(way: Way) -> RecognitionAgreement {
    RecognitionAgreement {
        id: AgreementId { proposer: uscc(1), number: [7; 16] },
        terms: Terms {
            region: region("440300"),
            with: Party { organisation: uscc(2), region: region("440400") },
            mappings: vec![Mapping { of_proposer: code(1), of_other: code(2), way }],
            dates: Dates { from: Millis(100), until: Some(Millis(900)) },
        },
        proposed_at: Millis(50),
        accepted_at: Some(Millis(60)),
        suspensions: vec![Rest { by: uscc(2), from: Millis(200), until: Some(Millis(300)) }],
        ended: None,
    }
}

fn limits() -> TerritorialLimits {
    let dates = Dates { from: Millis(0), until: Some(Millis(2_000)) };
    let citation = Citation { instrument: "条例".parse().unwrap(), article: 1, paragraph: 0 };
    TerritorialLimits(vec![TerritorialLimit { dates, citation }])
}

#[test]
fn an_agreement_is_asked_of_any_instant() {
    let whole = agreement(Way::Mutual);
    let until = Some(Millis(900));
    for (at, state) in [
        (59, AgreementState::Proposed),
        (60, AgreementState::NotYetInForce { from: Millis(100) }),
        (100, AgreementState::InForce { until }),
        (200, AgreementState::Suspended { since: Millis(200), by: uscc(2) }),
        (299, AgreementState::Suspended { since: Millis(200), by: uscc(2) }),
        (300, AgreementState::InForce { until }),
        (900, AgreementState::Over { since: Millis(900) }),
    ] {
        assert_eq!(whole.state(Millis(at)), state, "{at}");
    }
    let ended = RecognitionAgreement { ended: Some(Ended { by: uscc(1), at: Millis(250) }), ..whole.clone() };
    assert_eq!(ended.state(Millis(249)), whole.state(Millis(249)));
    for at in [250, 1_000] {
        assert_eq!(ended.state(Millis(at)), AgreementState::Ended { since: Millis(250), by: uscc(1) });
    }
    let open = RecognitionAgreement { accepted_at: None, suspensions: Vec::new(), ..whole };
    assert_eq!(open.state(Millis(899)), AgreementState::Proposed);
    assert_eq!(open.state(Millis(900)), AgreementState::Over { since: Millis(900) });
}

#[test]
fn without_a_limit_a_licence_is_recognised_everywhere() {
    let of = licence(1, "440300");
    for (limits, at) in [(None, 500), (Some(&limits()), 2_000), (Some(&TerritorialLimits::default()), 500)] {
        let found = recognised(&of, limits, region("110000"), &[], Millis(at));
        assert_eq!(found, Recognition::Nationwide);
    }
}

#[test]
fn a_limited_licence_is_recognised_in_its_region_and_its_parts() {
    let of = licence(1, "440300");
    let own = region("440300");
    for (within, expected) in [
        ("440300", Recognition::Within { region: own }),
        ("440305", Recognition::Within { region: own }),
        ("440000", Recognition::InPart { region: own }),
        ("000000", Recognition::InPart { region: own }),
        ("440400", Recognition::Not { region: own }),
    ] {
        assert_eq!(recognised(&of, Some(&limits()), region(within), &[], Millis(500)), expected, "{within}");
    }
}

#[test]
fn an_agreement_in_force_has_it_recognised_where_it_says_and_nowhere_else() {
    let by = |counts_as| Recognition::ByAgreement {
        agreement: agreement(Way::Mutual).id,
        counts_as,
        until: Some(Millis(900)),
    };
    let not = |of: &str| Recognition::Not { region: region(of) };
    for (way, out, back) in [
        (Way::Mutual, by(code(2)), by(code(1))),
        (Way::InOthers, by(code(2)), not("440400")),
        (Way::InProposers, not("440300"), by(code(1))),
    ] {
        let agreements = [agreement(way)];
        let ask = |number, of: &str, within: &str, at| {
            recognised(&licence(number, of), Some(&limits()), region(within), &agreements, Millis(at))
        };
        assert_eq!(ask(1, "440300", "440400", 500), out, "{way:?}");
        assert_eq!(ask(2, "440400", "440300", 500), back, "{way:?}");
        // Of a part and in a part of the regions that agreed; not beyond them, nor for another type.
        assert_eq!(ask(1, "440305", "440402", 500).is_full(), out.is_full());
        assert_eq!(ask(1, "440300", "440500", 500), not("440300"));
        assert_eq!(ask(1, "440500", "440400", 500), not("440500"));
        assert_eq!(ask(2, "440300", "440400", 500), not("440300"));
        assert_eq!(ask(1, "440000", "440400", 500), Recognition::Within { region: region("440000") });
    }
}

#[test]
fn an_agreement_that_is_not_in_force_is_told_unless_another_is() {
    let rest = Recognition::NotNow {
        agreement: agreement(Way::Mutual).id,
        state: AgreementState::Suspended { since: Millis(200), by: uscc(2) },
    };
    let ask = |agreements: &[RecognitionAgreement]| {
        recognised(&licence(1, "440300"), Some(&limits()), region("440400"), agreements, Millis(250))
    };
    let resting = agreement(Way::Mutual);
    assert_eq!(ask(core::slice::from_ref(&resting)), rest);
    let id = AgreementId { proposer: uscc(1), number: [8; 16] };
    let other = RecognitionAgreement { id, suspensions: Vec::new(), ..resting.clone() };
    let in_force = Recognition::ByAgreement { agreement: id, counts_as: code(2), until: Some(Millis(900)) };
    assert_eq!(ask(&[resting, other]), in_force);
}

#[test]
fn the_longest_records_fit() {
    let mapping = Mapping { of_proposer: code(1), of_other: code(2), way: Way::Mutual };
    let rest = Rest { by: uscc(1), from: Millis(1), until: Some(Millis(2)) };
    let whole = agreement(Way::Mutual);
    let longest = RecognitionAgreement {
        terms: Terms { mappings: vec![mapping; MAX_MAPPINGS], ..whole.terms.clone() },
        suspensions: vec![rest; MAX_SUSPENSIONS],
        ended: Some(Ended { by: uscc(1), at: Millis(3) }),
        ..whole
    };
    assert!(encode(&longest).len() <= MAX_RECORD_BYTES);
    let [limit] = &limits().0[..] else { panic!("there is one") };
    let citation = Citation { instrument: "条".repeat(40).parse().unwrap(), ..limit.citation.clone() };
    let limits = TerritorialLimits(vec![TerritorialLimit { citation, ..limit.clone() }; MAX_LIMITS]);
    assert!(encode(&limits).len() <= MAX_RECORD_BYTES);
}
