//! Bugs that are planted, and what finds each: the seeds of a plan, or a suite of another crate, whose essential question is
//! asked again here. With the bug out, the same seeds and the same question find nothing.

#[path = "catch/seeds.rs"]
mod seeds;
#[path = "catch/suites.rs"]
mod suites;

use bulla_testnet_sim::latest;
use bulla_verify::planted::{Bug, plant};
use seeds::Seeds;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What finds a bug.
#[derive(Clone, Copy)]
enum Catch {
    /// One of the first 64 seeds of a plan, with words of the check that fails.
    Seeds(Seeds),
    /// A suite, named, and the question that it asks: whether the rule holds.
    Suite(&'static str, fn() -> bool),
}

/// Every bug with what finds it. A new bug makes this list too short, and nothing compiles.
const PLANTED: [(Bug, Catch); Bug::ALL.len()] = [
    (Bug::SendBeforeLog, Catch::Seeds(Seeds { plan: seeds::shaky, says: "before it was durable" })),
    (Bug::SkipLockCheck, Catch::Seeds(Seeds { plan: seeds::locks, says: "than the one it is locked on" })),
    (Bug::ForgetGuard, Catch::Seeds(Seeds { plan: seeds::wiped, says: "said two things" })),
    (Bug::OffByOneQuorum, Catch::Suite("verify/src/certificate.rs", suites::two_of_four_decide_nothing)),
    (Bug::TolerateBadSignature, Catch::Suite("verify/src/certificate.rs", suites::one_bad_signature_spoils_all)),
    (Bug::AcknowledgeBeforeSync, Catch::Seeds(Seeds { plan: seeds::shaky, says: "lost from its log what it said" })),
    (Bug::AcceptTrailingBytes, Catch::Suite("verify/src/canonical.rs", suites::bytes_behind_a_value_are_refused)),
    (Bug::IgnoreExpiry, Catch::Seeds(Seeds { plan: seeds::invalid_blocks, says: "holds an expired transaction" })),
    (Bug::UnsortedIteration, Catch::Seeds(Seeds { plan: seeds::shaky, says: "an honest block" })),
    (Bug::ForgetEvidence, Catch::Suite("testnet/sim/tests/byzantine.rs", suites::two_words_in_one_place_are_reported)),
    (Bug::StaleView, Catch::Suite("ledger/src/execute/tests.rs", suites::an_overtaken_parent_gives_no_verdict)),
    (Bug::MissingDirectorySync, Catch::Seeds(Seeds { plan: seeds::shaky, says: "lost from its log what it said" })),
    (Bug::PruneTooEarly, Catch::Seeds(Seeds { plan: seeds::invalid_blocks, says: "execute one transaction twice" })),
    (Bug::BatchVerification, Catch::Suite("docs/decisions/0003", suites::no_crafted_signature_is_accepted)),
    (Bug::ClockOnReproposal, Catch::Suite("testnet/sim/tests/scenarios.rs", suites::an_old_time_is_judged_once)),
    (Bug::VerdictById, Catch::Suite("cli/tests/network/refusals.rs", suites::forged_signatures_are_refused_every_time)),
    (Bug::BelieveCatchUp, Catch::Seeds(Seeds { plan: seeds::false_history, says: "checked against this set before" })),
    (Bug::ForgetIdsOnJoining, Catch::Seeds(Seeds { plan: seeds::joins, says: "a replay is not refused" })),
    (Bug::BelievePart, Catch::Seeds(Seeds { plan: seeds::false_snapshots, says: "cannot open its ledger" })),
    (
        Bug::BelieveStateRoot,
        Catch::Seeds(Seeds { plan: seeds::wrong_roots, says: "the store holds what was committed" }),
    ),
];

#[test]
fn each_planted_bug_is_found_and_nothing_is_found_without_it() {
    let mut caught: u64 = 0;
    for bug in Bug::ALL {
        let of_bug: Vec<Catch> = PLANTED.iter().filter(|(of, _)| *of == bug).map(|(_, catch)| *catch).collect();
        let [catch] = of_bug[..] else { panic!("{bug:?} stands {} times in the table", of_bug.len()) };
        match catch {
            Catch::Seeds(seeds) => {
                let seed = seeds.find(bug);
                println!("{bug:?}: seed {seed}");
                (0..=seed).for_each(|seed| drop(seeds.run(seed)));
            }
            Catch::Suite(name, holds) => {
                let planted = plant(bug);
                // A rule that cannot even be asked about is broken too.
                let with = catch_unwind(AssertUnwindSafe(holds)).unwrap_or(false);
                drop(planted);
                assert!(!with, "{name} does not find {bug:?}");
                assert!(holds(), "{name} fails without {bug:?}");
                println!("{bug:?}: {name}");
            }
        }
        caught += 1;
    }
    let planted = u64::try_from(PLANTED.len()).unwrap();
    latest::merge([("planted_bugs", planted.into()), ("planted_bugs_caught", caught.into())]);
}
