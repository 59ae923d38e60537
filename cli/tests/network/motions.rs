//! Motions by `bulla` alone: four validators, each voting with its own key. Two of four carry nothing, a third does; what is
//! carried waits for its height, and can be called off until then.

use crate::town::Town;
use serde_json::Value;

const REFUSED: i32 = 7;

#[test]
fn three_of_four_carry_a_motion_and_two_carry_nothing() {
    let town = Town::up();
    let chamber = Chamber { town: &town };
    let moved = chamber.done(0, &["motion", "set", "heartbeat_ms=20000", "--vote-until", &in_a_week()]);
    let motion = text(&moved, "motion");
    assert_eq!(chamber.votes(&motion), ("open".into(), 1), "whoever moves it votes for it");
    assert_eq!(chamber.refused(0, &["motion", "vote", &motion]), "BUL-1067");
    chamber.done(1, &["motion", "vote", &motion]);
    assert_eq!(chamber.votes(&motion), ("open".into(), 2));
    assert!(chamber.look(&["motion", "schedule"])["record"].is_null(), "half of the power decides nothing");
    chamber.done(2, &["motion", "vote", &motion]);
    assert_eq!(chamber.votes(&motion), ("carried".into(), 3));
    assert_eq!(chamber.refused(3, &["motion", "vote", &motion]), "BUL-1066");

    let decided = &chamber.look(&["motion", "schedule"])["record"][0];
    let carried = &chamber.look(&["motion", "show", &motion])["record"]["fate"]["carried"];
    assert_eq!(decided["what"]["set"]["value"], 20_000);
    assert_eq!(decided["from"].as_u64().unwrap(), carried["at"].as_u64().unwrap() + 100, "it waits a hundred blocks");

    let off = chamber.done(3, &["motion", "call-off", &motion, "--vote-until", &in_a_week()]);
    let off = text(&off, "motion");
    for voter in [0, 1] {
        chamber.done(voter, &["motion", "vote", &off]);
    }
    assert_eq!(chamber.votes(&motion).0, "called_off");
    assert!(chamber.look(&["motion", "schedule"])["record"].as_array().is_none_or(Vec::is_empty));

    law_is_moved_and_bad_motions_are_refused(&chamber);
    town.settled();
    town.down();
    town.fsck();
}

fn law_is_moved_and_bad_motions_are_refused(chamber: &Chamber<'_>) {
    let until = in_a_week();
    let span = ["--value", "5", "--unit", "years", "--from", "2099-01-01", "--law", "Trial act on credit"];
    let enact = [&["motion", "enact", "credit_retention"][..], &span, &["--vote-until", &until]].concat();
    let moved = text(&chamber.done(0, &enact), "motion");
    assert_eq!(chamber.refused(1, &["motion", "withdraw", &moved]), "BUL-1051", "another moved it");
    chamber.done(1, &["motion", "vote", &moved]);
    let before = chamber.look(&["law", "show", "credit_retention"]);
    assert!(before["record"].is_null(), "two of four make no law");
    chamber.done(2, &["motion", "vote", &moved]);
    assert_eq!(chamber.look(&["law", "show", "credit_retention"])["record"][0]["span"]["value"], 5);

    let beyond = ["motion", "set", "heartbeat_ms=1", "--vote-until", &until];
    assert_eq!(chamber.refused(0, &beyond), "BUL-1057");
    let taken_back = text(&chamber.done(0, &["motion", "upgrade", "2", "--vote-until", &until]), "motion");
    chamber.done(0, &["motion", "withdraw", &taken_back]);
    assert_eq!(chamber.votes(&taken_back).0, "withdrawn");
}

/// The operators of the four validators.
struct Chamber<'a> {
    town: &'a Town,
}

impl Chamber<'_> {
    fn act(&self, validator: u16, arguments: &[&str]) -> (i32, Value) {
        let directory = format!("net/node-{validator}");
        let (key, passphrase) = (format!("{directory}/consensus.key"), format!("{directory}/passphrase"));
        let how = ["--key", &key, "--passphrase-file", &passphrase, "--genesis", "net/genesis.json", "--wait=60"];
        self.run(&[arguments, &how].concat())
    }

    fn done(&self, validator: u16, arguments: &[&str]) -> Value {
        let (exit, document) = self.act(validator, arguments);
        assert_eq!(exit, 0, "{arguments:?}: {document}");
        document
    }

    fn refused(&self, validator: u16, arguments: &[&str]) -> String {
        let (exit, document) = self.act(validator, arguments);
        assert_eq!(exit, REFUSED, "{arguments:?}: {document}");
        text(&document["outcomes"][0], "code")
    }

    fn look(&self, arguments: &[&str]) -> Value {
        self.run(arguments).1
    }

    /// How a motion stands, and how many have voted for it.
    fn votes(&self, motion: &str) -> (String, u64) {
        let status = self.look(&["motion", "show", motion])["status"].take();
        (text(&status, "standing"), status["votes"].as_u64().unwrap())
    }

    fn run(&self, arguments: &[&str]) -> (i32, Value) {
        let mut command = self.town.command(arguments);
        let output = command.args(["--output", "json", "--node", &Town::address(0)]).output().unwrap();
        let document = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {output:?}"));
        (output.status.code().unwrap(), document)
    }
}

fn in_a_week() -> String {
    jiff::Zoned::now().date().saturating_add(jiff::Span::new().days(7)).to_string()
}

fn text(json: &Value, name: &str) -> String {
    json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}")).to_owned()
}
