//! A day of clerks: law, subjects, credit, lists, measures and duties, by the program alone, as a person would type it.

use crate::town::{PERSON, Town};
use bulla_testnet_local::national_body;
use serde_json::Value;
use std::fs;

const DONE: i32 = 0;
const NOT_VALID: i32 = 3;
const DOES_NOT_HOLD: i32 = 4;
const REFUSED: i32 = 7;

/// Somebody who types commands, at one node.
struct Desk<'a> {
    town: &'a Town,
    /// The national body's code: it does everything here.
    body: String,
}

impl Desk<'_> {
    /// Runs a command; its exit code and what it answers.
    fn run(&self, arguments: &[&str]) -> (i32, Value) {
        let mut command = self.town.command(arguments);
        let output = command.args(["--output", "json", "--node", &Town::address(0)]).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        let json = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{arguments:?}: {told}{error}"));
        (output.status.code().unwrap(), json)
    }

    /// Looks at something that is there.
    fn see(&self, arguments: &[&str]) -> Value {
        let (exit, json) = self.run(arguments);
        assert_eq!(exit, DONE, "{arguments:?}: {json}");
        json
    }

    /// Runs an act until it is final, with the clerk's key.
    fn act(&self, arguments: &[&str]) -> (i32, Value) {
        let key = ["--key", "clerk.key", "--passphrase-file", "net/operator/passphrase"];
        self.run(&[arguments, &["--genesis", "net/genesis.json", "--wait"], &key].concat())
    }

    /// As [`Desk::act`], which must take effect.
    fn done(&self, arguments: &[&str]) -> Value {
        let (exit, json) = self.act(arguments);
        assert_eq!(exit, DONE, "{arguments:?}: {json}");
        json
    }

    /// As [`Desk::act`], which must be refused with a code.
    fn refused(&self, code: &str, arguments: &[&str]) {
        let (exit, json) = self.act(arguments);
        assert_eq!((exit, json["outcomes"][0]["code"].as_str()), (REFUSED, Some(code)), "{arguments:?}: {json}");
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.town.path(name), format!("{text}, of {}", PERSON.join(", "))).unwrap();
    }

    /// The clerk's key with all roles of the day, and the country's law.
    fn open(&self) {
        self.see_offline(&["keys", "new", "clerk.key", "--passphrase-file", "net/operator/passphrase"]);
        let public = fs::read_to_string(self.town.path("clerk.key.pub")).unwrap();
        let roles = ["registrar", "issuer", "recorder", "intake", "identity-authority", "supervisor"];
        let roles: Vec<_> = roles.iter().flat_map(|role| ["--role", role]).collect();
        let registrar = ["--key", "net/operator/registrar.key", "--passphrase-file", "net/operator/passphrase"];
        let key = ["org", "key", &self.body, public.trim(), "--genesis", "net/genesis.json", "--wait"];
        self.see(&[&key[..], &roles, &registrar].concat());
        self.town.enact();
    }

    fn register(&self, name: &str, kind: &str) {
        self.see_offline(&["keys", "handle", name]);
        self.done(&["subject", "register", name, "--kind", kind, "--by", &self.body]);
    }

    fn see_offline(&self, arguments: &[&str]) {
        assert!(self.town.command(arguments).status().unwrap().success(), "{arguments:?}");
    }
}

fn text<'a>(json: &'a Value, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}"))
}

#[test]
fn a_day_of_clerks_from_law_to_measure() {
    let town = Town::up();
    let desk = Desk { town: &town, body: national_body().uscc.to_string() };
    desk.open();
    laws(&desk);
    desk.register("firm", "legal");
    desk.register("person", "natural");
    let event = an_event_is_recorded_and_objected_to(&desk);
    a_list_and_its_measure_end_together(&desk, &event);
    a_person_is_told_before(&desk);
    subjects_lists_are_whole(&desk, &event);
    a_licence_is_taken_back_and_given_again(&desk);
    town.down();
    town.fsck();
    town.keeps_none_of(PERSON);
}

fn laws(desk: &Desk<'_>) {
    let keeps = desk.see(&["law", "show", "credit_retention"]);
    assert_eq!(keeps["status"]["holds"]["value"], 5);
    assert_eq!(keeps["record"][0]["citation"]["article"], 16);
    let enact = ["law", "enact", "objection_answer", "--value", "900", "--unit", "days", "--from", "2099-01-01"];
    let cited = ["--law", "A law of trials", "--article", "1", "--by", &desk.body];
    // The body is not entrusted with the country's law, and nobody can be.
    desk.refused("BUL-1302", &[&enact[..], &cited].concat());
}

fn an_event_is_recorded_and_objected_to(desk: &Desk<'_>) -> String {
    let item = format!("{}/2", desk.body);
    let kind = ["--name", "Fines of enterprises", "--of", "legal", "--bearing", "negative", "--grade", "ordinary"];
    let law = ["--law", "Penalties Act", "--article", "9", "--published", "--repairable", "--region", "000000"];
    desk.done(&[&["credit", "item", "define", &item], &kind[..], &law].concat());
    desk.done(&["credit", "item", "empower", &item, &desk.body, "--region", "000000"]);
    desk.write("decision", "a fine of 500");
    let what = ["--item", &item, "--subject", "firm", "--region", "440300", "--decision", "decision"];
    let recorded = desk.done(&[&["credit", "record", "--by", &desk.body], &what[..]].concat());
    let event = text(&recorded, "event").to_owned();
    let shown = desk.see(&["credit", "show", &event]);
    assert_eq!((text(&shown["record"], "bearing"), &shown["status"]["disputed"]), ("negative", &Value::Null));

    // The paper is the one that the event was recorded of, and no other is.
    let commitment = text(&shown["record"], "contents");
    assert_eq!(recorded["commitments"][0], commitment);
    let open = ["document", "open", commitment, "--vault", "vault", "--output", "json"];
    let phrase = ["--passphrase-file", "net/operator/passphrase"];
    let opened = desk.town.command(&open).args(phrase).output().unwrap();
    let opened: Value = serde_json::from_slice(&opened.stdout).unwrap();
    desk.write("another", "a fine of 5000");
    for (file, exit) in [("decision", DONE), ("another", DOES_NOT_HOLD)] {
        let check = ["document", "check", file, "--commitment", commitment, "--salt", text(&opened, "salt")];
        assert_eq!(desk.town.command(&check).status().unwrap().code(), Some(exit));
    }

    desk.write("grounds", "it was another firm");
    desk.done(&["credit", "object", &event, "--paper", "grounds"]);
    desk.refused("BUL-0643", &["credit", "object", &event, "--paper", "grounds"]);
    let disputed = desk.see(&["credit", "show", &event]);
    let duty = disputed["duties"][0].as_str().unwrap().to_owned();
    assert_eq!(desk.see(&["duty", "show", &duty])["status"]["state"], "due");
    desk.refused("BUL-1204", &["duty", "escalate", &duty, "--to", &desk.body]);
    desk.done(&["credit", "confirm", &event]);
    assert_eq!(desk.see(&["duty", "show", &duty])["status"]["state"], "discharged");
    desk.done(&["credit", "state", &event, "--paper", "grounds"]);
    desk.refused("BUL-0652", &["credit", "apply", &event, "--paper", "grounds"]);
    let history = desk.see(&["credit", "history", &event]);
    assert_eq!(history["lines"].as_array().unwrap().len(), 4);
    let (exit, none) = desk.run(&["credit", "show", &format!("{}/{}", desk.body, "0".repeat(32))]);
    assert_eq!((exit, &none["record"]), (NOT_VALID, &Value::Null));
    event
}

fn a_list_and_its_measure_end_together(desk: &Desk<'_>, event: &str) {
    let list = format!("{}/3", desk.body);
    let kind = ["--name", "Serious offenders", "--of", "legal", "--bearing", "negative", "--region", "000000"];
    let term = ["--term", "3", "--unit", "years", "--law", "Lists Act"];
    desk.done(&[&["credit", "list", "create", &list], &kind[..], &term].concat());
    desk.done(&["credit", "item", "empower", &list, &desk.body, "--region", "000000"]);
    desk.done(&["credit", "list", "join", &list, &desk.body]);
    let what = ["--subject", "firm", "--region", "440300", "--event", event, "--decision", "decision"];
    let entered = desk.done(&[&["credit", "list", "enter", &list, "--by", &desk.body], &what[..]].concat());
    let entry = text(&entered, "entry");
    let started = desk.done(&["credit", "measure", "start", entry, "--decision", "decision", "--by", &desk.body]);
    let measure = text(&started, "measure");
    assert_eq!(desk.see(&["credit", "measure", "show", measure])["status"]["in_force"], true);
    desk.done(&["credit", "list", "remove", entry]);
    assert_eq!(desk.see(&["credit", "list", "show", entry])["status"]["entry"], "removed");
    assert_eq!(desk.see(&["credit", "measure", "show", measure])["status"]["in_force"], false);
}

fn a_person_is_told_before(desk: &Desk<'_>) {
    let item = format!("{}/4", desk.body);
    let kind = ["--name", "Debts of persons", "--of", "natural", "--bearing", "negative", "--grade", "minor"];
    desk.done(
        &[&["credit", "item", "define", &item], &kind[..], &["--law", "Debts Act", "--region", "000000"]].concat(),
    );
    desk.done(&["credit", "item", "empower", &item, &desk.body, "--region", "000000"]);
    let what = ["--item", &item, "--subject", "person", "--region", "440300"];
    let record = ["credit", "record", "--by", &desk.body, "--decision", "decision"];
    desk.refused("BUL-0628", &[&record, &what[..]].concat());
    let told = desk.done(&[&["credit", "notify", "--by", &desk.body, "--notice", "grounds"], &what[..]].concat());
    desk.refused("BUL-0629", &[&record, &what[..], &["--noticed", text(&told, "event")]].concat());
}

fn a_licence_is_taken_back_and_given_again(desk: &Desk<'_>) {
    let kind = format!("{}001", desk.body);
    desk.done(&["type", "register", &kind, "--name", "Trial permit", "--region", "000000"]);
    desk.done(&["type", "grant", &kind, &desk.body, "--region", "000000"]);
    let named = desk.town.command(&["licence", "identifier", &kind, &desk.body, "T1"]).output().unwrap();
    let licence = String::from_utf8(named.stdout).unwrap().trim().to_owned();
    desk.done(&["licence", "issue", &licence, "--region", "440300", "--no-end", "--field", "name=Noodel house"]);
    let slip = ["--slip", "spelling", "--field", "name=Noodle house"];
    desk.done(&[&["licence", "correct", &licence], &slip[..]].concat());
    desk.done(&["licence", "withdraw", &licence, "--decision", "decision", "--compensated"]);
    let (exit, shown) = desk.run(&["licence", "show", &licence]);
    assert_eq!((exit, text(&shown["status"], "state")), (DONE, "withdrawn"), "{shown}");
    desk.done(&["licence", "reinstate", &licence, "--decision", "grounds", "--review", "court"]);
    let void = ["--ground", "fraud", "--void-from", "2026-01-01"];
    desk.refused("BUL-0520", &["licence", "reinstate", &licence, "--decision", "grounds", "--review", "court"]);
    // It was issued later than it is to be void.
    desk.refused("BUL-0526", &[&["licence", "annul", &licence, "--decision", "grounds"], &void[..]].concat());
    desk.done(&["licence", "spare", &licence, "--decision", "grounds", "--ground", "procedure"]);
    let history = desk.see(&["query", "list", "licence", &licence]);
    assert_eq!(history["lines"][1]["act"]["change"]["correct"]["slip"], "spelling", "{history}");
}

fn subjects_lists_are_whole(desk: &Desk<'_>, event: &str) {
    let credit = desk.see(&["subject", "lines", "firm", "credit"]);
    let lines = credit["lines"].as_array().unwrap();
    assert_eq!((lines.len(), credit["head"]["len"].as_u64()), (3, Some(3)), "{credit}");
    assert_eq!(lines[0]["what"]["credit_event"], event);
    assert_eq!(desk.see(&["query", "list", "subject-list", "firm", "credit"])["lines"], credit["lines"]);
    desk.see_offline(&["keys", "handle", "second"]);
    desk.done(&["subject", "link", "firm", "--other", "second", "--by", &desk.body]);
    assert_eq!(desk.see(&["subject", "lines", "firm", "handles"])["head"]["len"], 1);
    desk.done(&["subject", "close", "firm", "--by", &desk.body]);
    assert!(desk.see(&["query", "record", "subject", "firm"])["record"]["closed_at"].is_u64());
    let (exit, _) = desk.run(&["query", "record", "subject", "second"]);
    assert_eq!(exit, NOT_VALID, "it was linked, and never registered");
}
