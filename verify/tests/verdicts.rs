//! The table of verdicts: what a proof says about which instant, on which terms.
#![allow(
    unreachable_pub,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking; the oracle is included"
)]

#[path = "oracle/world.rs"]
mod world;

use bulla_verify::catalogue::LicenceType;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::licence::{End, Ending, Ground, How, Licence, Origin, Suspension};
use bulla_verify::proof::Claim;
use bulla_verify::status::Status;
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::verdict::{Doubt, Finding, Kind, Policy, Verdict, verify};
use world::{HOUR_MS, START, World, licence, licence_id, organisation, type_code};

/// The block that is proved: ten hours after [`START`].
const AS_OF: Millis = START.plus(10 * HOUR_MS);
const DAY: i64 = 24 * HOUR_MS;

fn policy(now: Millis) -> Policy {
    Policy { now, max_age_ms: DAY, clock_bound_ms: 10_000, at: None }
}

fn about(at: Millis) -> Policy {
    Policy { at: Some(at), ..policy(AS_OF.plus(400 * DAY_MS / 2)) }
}

/// The verdict on a claim, in a state with this licence.
fn verdict(licence: &Licence, claim: LicenceId, policy: &Policy) -> Verdict {
    let mut world = World::new(4);
    world.issue(licence);
    verify(&world.prove(Claim::Licence(claim), 10).encode(), &world.anchor(), policy)
}

fn ending(hours: i64) -> Option<Ending> {
    Some(Ending { at: START.plus(hours * HOUR_MS), by: organisation(3) })
}

fn valid(verdict: &Verdict) -> &Finding {
    assert_eq!(verdict.kind(), Kind::Valid, "{verdict}");
    &verdict.answer().unwrap().finding
}

fn not_valid(verdict: &Verdict) -> &Finding {
    assert_eq!(verdict.kind(), Kind::NotValid, "{verdict}");
    &verdict.answer().unwrap().finding
}

fn doubt(verdict: &Verdict) -> Doubt {
    let Verdict::CannotTell { doubt, then } = verdict else { panic!("{verdict}") };
    assert_eq!((then.at, then.as_of), (AS_OF, AS_OF));
    *doubt
}

#[test]
fn a_status_is_judged_now_and_only_active_is_valid() {
    let (id, active) = (licence_id("A", 1), licence("A"));
    let until = active.term.until;
    let now = |licence: &Licence| verdict(licence, id.clone(), &policy(AS_OF.plus(HOUR_MS)));
    assert_eq!(valid(&now(&active)), &Finding::Current(Status::Active { until }));

    let since = START.plus(2 * HOUR_MS);
    let suspension = Some(Suspension { from: since, until: None, by: organisation(0) });
    let suspended = Licence { suspension, changed_at: since, ..active.clone() };
    assert_eq!(not_valid(&now(&suspended)), &Finding::Current(Status::Suspended { since, until: None }));

    let revoked = Licence { ended: revocation(2), changed_at: since, ..active.clone() };
    assert_eq!(not_valid(&now(&revoked)), &Finding::Current(Status::Revoked { since, by: organisation(3) }));

    let cancelled = Licence { cancelled: ending(3), ..revoked };
    let (since, by) = (START.plus(3 * HOUR_MS), organisation(3));
    let status = Status::Cancelled { since, by, after_revocation: true };
    assert_eq!(not_valid(&now(&cancelled)), &Finding::Current(status));
}

fn revocation(hours: i64) -> Option<End> {
    ending(hours).map(|Ending { at, by }| End { how: How::Revoked, at, by })
}

/// What was annulled is told of instants before the decision too, and said of what was cancelled after it.
#[test]
fn an_annulment_answers_for_the_time_before_it() {
    let (id, at) = (licence_id("A", 1), |hours: i64| START.plus(HOUR_MS * hours));
    let how = How::Annulled { ground: Ground::Fraud, void_from: at(1) };
    let ended = Some(End { how, at: at(3), by: organisation(3) });
    let annulled = Licence { ended, changed_at: at(3), ..licence("A") };
    let asked = Policy { at: Some(at(2)), ..policy(AS_OF) };
    let status = Status::Annulled { since: at(1), decided_at: at(3), by: organisation(3) };
    assert_eq!(not_valid(&verdict(&annulled, id.clone(), &asked)), &Finding::Current(status));
    let cancelled = Licence { cancelled: ending(3), spared: true, corrected: true, ..annulled };
    let text = verdict(&cancelled, id, &policy(AS_OF)).to_string();
    for words in ["before it was cancelled: annulled: void from", "slip in it was corrected", "the public's sake"] {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn time_passes_between_the_block_and_the_question() {
    let mut short = licence("A");
    short.term.until = Some(AS_OF.plus(HOUR_MS));
    let at = |now| verdict(&short, licence_id("A", 1), &policy(now));
    let since = AS_OF.plus(HOUR_MS);
    valid(&at(since.plus(-1)));
    assert_eq!(not_valid(&at(since)), &Finding::Current(Status::Expired { since }));

    let until = Some(AS_OF.plus(HOUR_MS));
    let suspension = Some(Suspension { from: START.plus(HOUR_MS), until, by: organisation(0) });
    let suspended = Licence { suspension, ..licence("A") };
    let at = |now| verdict(&suspended, licence_id("A", 1), &policy(now));
    not_valid(&at(AS_OF));
    valid(&at(AS_OF.plus(HOUR_MS)));
}

#[test]
fn an_old_proof_cannot_tell_and_says_what_was_true() {
    let now = AS_OF.plus(DAY + 1);
    let (as_of, age_ms, max_age_ms) = (AS_OF, DAY + 1, DAY);
    let too_old = Doubt::TooOld { as_of, age_ms, max_age_ms };
    valid(&verdict(&licence("A"), licence_id("A", 1), &policy(now.plus(-1))));

    let active = verdict(&licence("A"), licence_id("A", 1), &policy(now));
    assert_eq!(doubt(&active), too_old);
    let until = licence("A").term.until;
    assert_eq!(active.answer().unwrap().finding, Finding::Current(Status::Active { until }));

    // It may have been renewed, reinstated or issued since.
    let mut expired = licence("A");
    expired.term.until = Some(START.plus(2 * HOUR_MS));
    let revoked = Licence { ended: revocation(2), ..licence("A") };
    for changed in [expired, revoked] {
        assert_eq!(doubt(&verdict(&changed, licence_id("A", 1), &policy(now))), too_old);
    }
    for unknown in [licence_id("NONE", 1), licence_id("A", 2)] {
        let verdict = verdict(&licence("A"), unknown, &policy(now));
        assert_eq!(doubt(&verdict), too_old);
        assert_eq!(verdict.answer().unwrap().finding, Finding::NeverIssued);
    }
    let no_age = Policy { max_age_ms: -5, ..policy(AS_OF) };
    valid(&verdict(&licence("A"), licence_id("A", 1), &no_age));
}

#[test]
fn a_version_that_was_superseded_stays_so_however_old_the_proof() {
    let third = Licence { version: 3, changed_at: START.plus(5 * HOUR_MS), ..licence("A") };
    let superseded = Finding::SupersededBy { current: licence_id("A", 3) };
    for now in [AS_OF, AS_OF.plus(300 * DAY_MS)] {
        assert_eq!(not_valid(&verdict(&third, licence_id("A", 2), &policy(now))), &superseded);
    }
    valid(&verdict(&third, licence_id("A", 3), &policy(AS_OF)));
    assert_eq!(not_valid(&verdict(&third, licence_id("A", 4), &policy(AS_OF))), &Finding::NeverIssued);
    let changed_at = third.changed_at;
    for version in [1, 2, 3] {
        let before = verdict(&third, licence_id("A", version), &about(changed_at.plus(-1)));
        assert_eq!(doubt(&before), Doubt::BeforeLastAct { changed_at }, "version {version} may have been current then");
    }
    let before_all = verdict(&third, licence_id("A", 1), &about(START));
    assert_eq!(not_valid(&before_all), &Finding::NotYetIssued { issued_at: third.issued_at });
}

#[test]
fn a_past_instant_needs_no_fresh_proof() {
    let id = || licence_id("A", 1);
    let active = licence("A");
    for at in [active.issued_at, START.plus(5 * HOUR_MS), AS_OF, AS_OF.plus(DAY)] {
        let verdict = verdict(&active, id(), &about(at));
        valid(&verdict);
        assert_eq!(verdict.answer().unwrap().at, at);
    }
    let after = verdict(&active, id(), &about(AS_OF.plus(DAY + 1)));
    assert!(matches!(doubt(&after), Doubt::TooOld { .. }));
    let before = verdict(&active, id(), &about(START));
    assert_eq!(not_valid(&before), &Finding::NotYetIssued { issued_at: active.issued_at });
    not_valid(&verdict(&active, licence_id("NONE", 1), &about(START)));

    let origin = Origin::TakenOver { from: "Old register".parse().unwrap() };
    let taken_over = Licence { origin, ..licence("A") };
    let changed_at = taken_over.changed_at;
    assert_eq!(doubt(&verdict(&taken_over, id(), &about(START))), Doubt::BeforeLastAct { changed_at });
}

#[test]
fn clocks_may_differ_by_the_bound_and_no_more() {
    let id = || licence_id("A", 1);
    // Changed by the very block, which is ahead of this clock: judged at the block's time, not before the act.
    let fresh = Licence { changed_at: AS_OF, ..licence("A") };
    let verdict_at = |now| verdict(&fresh, id(), &policy(now));
    let within = verdict_at(AS_OF.plus(-10_000));
    valid(&within);
    assert_eq!(within.answer().unwrap().at, AS_OF);
    let now = AS_OF.plus(-10_001);
    assert_eq!(doubt(&verdict_at(now)), Doubt::FromTheFuture { as_of: AS_OF, now });

    let at = AS_OF.plus(HOUR_MS);
    let ask = |now| verdict(&licence("A"), id(), &Policy { at: Some(at), ..policy(now) });
    assert_eq!(doubt(&ask(at.plus(-10_001))), Doubt::StillToCome { at });
    valid(&ask(at.plus(-10_000)));
}

#[test]
fn an_anchor_older_than_the_trust_period_gives_amber_whatever_the_file() {
    let world = World::new(4);
    let trust_ms = world.anchor().trust_period_ms();
    let mut policy = Policy { now: START.plus(trust_ms), max_age_ms: i64::MAX, clock_bound_ms: 10_000, at: None };
    valid(&verdict(&endless("A"), licence_id("A", 1), &policy));
    policy.now = policy.now.plus(1);
    let stale = Doubt::TrustPeriod { anchored_at: START };
    assert_eq!(doubt(&verdict(&endless("A"), licence_id("A", 1), &policy)), stale);
    let superseded = Licence { version: 2, ..endless("A") };
    assert_eq!(doubt(&verdict(&superseded, licence_id("A", 1), &policy)), stale);
}

fn endless(serial: &str) -> Licence {
    let mut licence = licence(serial);
    licence.term.until = None;
    licence
}

#[test]
fn organisations_and_types_are_registered_or_not() {
    let mut world = World::new(4);
    let kind = LicenceType {
        code: type_code(),
        name: "Well".parse().unwrap(),
        region: "310000".parse().unwrap(),
        max_term_days: None,
        late_renewal_days: 0,
        single_holding: false,
    };
    let absent = world.prove(Claim::LicenceType(type_code()), 10).encode();
    assert_eq!(not_valid(&verify(&absent, &world.anchor(), &policy(AS_OF))), &Finding::NotRegistered);
    world.put(&type_code(), &kind);
    for claim in [Claim::LicenceType(type_code()), Claim::Organisation(organisation(4))] {
        let file = world.prove(claim, 10).encode();
        assert_eq!(valid(&verify(&file, &world.anchor(), &policy(AS_OF))), &Finding::Registered);
        let earlier = verify(&file, &world.anchor(), &about(AS_OF.plus(-1)));
        assert_eq!(doubt(&earlier), Doubt::Undated { as_of: AS_OF });
    }
}

#[test]
fn extreme_clocks_do_not_panic() {
    let instants = [i64::MIN, -1, 0, AS_OF.0, i64::MAX].map(Millis);
    for (now, at) in instants.iter().flat_map(|now| instants.iter().map(move |at| (*now, *at))) {
        for (max_age_ms, clock_bound_ms) in [(i64::MIN, i64::MIN), (i64::MAX, i64::MAX)] {
            let policy = Policy { now, at: Some(at), max_age_ms, clock_bound_ms };
            let verdict = verdict(&licence("A"), licence_id("A", 1), &policy);
            assert_ne!(verdict.kind(), Kind::DoesNotHold);
        }
    }
}

#[test]
fn a_clerk_reads_it_and_a_program_too() {
    let verdict = verdict(&licence("A"), licence_id("A", 1), &policy(AS_OF.plus(DAY + 1)));
    let text = verdict.to_string();
    for line in [
        "CANNOT TELL: the proof holds, but",
        "\nTrue as of 2026-01-01 10:00:00 +08:00: licence 1.2.156",
        "\nWhat to do: ",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let json = serde_json::to_value(&verdict).unwrap();
    assert_eq!(json["verdict"], "cannot_tell");
    assert_eq!(json["doubt"]["because"], "too_old");
    assert_eq!(json["finding"]["is"], "current");
    assert_eq!(json["finding"]["state"], "active");
    assert_eq!(json["as_of"], AS_OF.0);
    assert_eq!(json["signed_by"].as_array().unwrap().len(), 3);
    assert_eq!(json["validators"], 4);

    let broken = verify(b"BULLA", &World::new(4).anchor(), &policy(AS_OF));
    assert!(broken.to_string().starts_with("DOES NOT HOLD: the file cannot be read"), "{broken}");
    assert_eq!(serde_json::to_value(&broken).unwrap()["verdict"], "does_not_hold");
}
