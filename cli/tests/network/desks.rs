//! Clerks at their commands: bodies, keys, officers and competences, and each act on a licence, by `bulla` alone over a real
//! network. Who may not is refused with the code of the rule.

use crate::government::{city_code, permit, province_code};
use crate::town::{PERSON, Town};
use bulla_testnet_local::{national_body, test_uscc};
use serde_json::Value;
use std::fs;
use std::process::Stdio;

/// Every key of these tests opens with this one.
const PASSPHRASE: &str = "net/operator/passphrase";
/// Where all of it happens.
const CITY: &str = "440300";

/// A network at whose keyboard sit clerks.
pub(crate) struct Office<'a> {
    pub(crate) town: &'a Town,
}

impl Office<'_> {
    /// The exit code and the document of a command.
    fn run(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.town.command(arguments).args(["--output", "json"]).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let document = serde_json::from_str(&said)
            .unwrap_or_else(|_| panic!("{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr)));
        (output.status.code().unwrap(), document)
    }

    /// What a command without an act says.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Value {
        let (exit, document) = self.run(arguments);
        assert!(exit == 0 || exit == 3, "{arguments:?}: {document}");
        document
    }

    /// What a command says of what a node has.
    pub(crate) fn look(&self, arguments: &[&str]) -> Value {
        self.ask(&[arguments, &["--node", &Town::address(0)]].concat())
    }

    /// Makes a key; its public half is then in `NAME.key.pub`.
    pub(crate) fn key(&self, name: &str) {
        self.ask(&["keys", "new", &format!("{name}.key"), "--passphrase-file", PASSPHRASE]);
    }

    /// An act, whatever comes of it.
    pub(crate) fn act(&self, signers: &[&str], arguments: &[&str]) -> (i32, Value) {
        let files: Vec<String> = signers.iter().map(|name| format!("{name}.key")).collect();
        let node = Town::address(0);
        let keys = files.iter().flat_map(|file| ["--key", file]);
        let how = ["--passphrase-file", PASSPHRASE, "--genesis", "net/genesis.json", "--node", &node, "--wait=60"];
        self.run(&arguments.iter().copied().chain(keys).chain(how).collect::<Vec<_>>())
    }

    /// An act that takes effect.
    pub(crate) fn done(&self, signers: &[&str], arguments: &[&str]) -> Value {
        let (exit, document) = self.act(signers, arguments);
        assert_eq!(exit, 0, "{arguments:?}: {document}");
        document
    }

    /// An act that a rule forbids; its code.
    pub(crate) fn refused(&self, signers: &[&str], arguments: &[&str]) -> String {
        let (exit, document) = self.act(signers, arguments);
        assert_eq!(exit, 7, "{arguments:?}: {document}");
        let told = [&document["outcomes"][0]["code"], &document["error"]["refusal"]["code"]];
        told.iter().find_map(|code| code.as_str()).unwrap_or_else(|| panic!("no code in {document}")).to_owned()
    }

    /// A licence's identifier.
    fn licence(&self, issuer: &str, serial: &str) -> String {
        let permit = permit().to_string();
        let made = self.ask(&["licence", "identifier", &permit, issuer, serial]);
        made["identifier"].as_str().unwrap().to_owned()
    }

    /// Which status the ledger gives a licence.
    fn status(&self, licence: &str) -> String {
        let shown = self.look(&["licence", "show", licence]);
        shown["status"]["state"].as_str().unwrap_or_else(|| panic!("{shown}")).to_owned()
    }
}

/// One day is enough for all: what is issued here ends long after.
const TERM: [&str; 6] = ["--region", CITY, "--until", "2099-12-31", "--field", "name=Lin Xiaoyu"];

#[tokio::test(flavor = "multi_thread")]
async fn clerks_do_every_act_by_a_command() {
    let town = Town::up();
    let office = Office { town: &town };
    town.enact();
    fs::write(town.path("decision.pdf"), format!("On the case of {}", PERSON.join(", "))).unwrap();
    fs::copy(town.path("net/operator/registrar.key"), town.path("national.key")).unwrap();

    keys_follow_one_another(&office);
    officers_act_for_their_department(&office);
    licences_end_and_come_back(&office);
    licences_move_and_are_issued_together(&office);
    town.settled();
    town.down();
    town.fsck();
    town.keeps_none_of(PERSON);
}

/// The province's registrar is replaced by the key that was made for it, and can do nothing any more.
fn keys_follow_one_another(office: &Office<'_>) {
    let (national, province, city) =
        (national_body().uscc.to_string(), province_code().to_string(), city_code().to_string());
    for name in ["province", "province-2", "province-3", "city", "county", "clerk-1", "clerk-2"] {
        office.key(name);
    }
    let named = ["--name", "A test body", "--parent"];
    let register =
        |uscc, region, parent| [&["org", "register", uscc, "--region", region], &named[..], &[parent]].concat();
    office.done(&["national"], &register(&province, "440000", &national));
    let key = ["org", "key", &province, "province.key.pub", "--role", "registrar", "--next", "province-2.key.pub"];
    office.done(&["national"], &key);
    let again = ["org", "commit-next", "province.key.pub", "--next", "province-3.key.pub"];
    assert_eq!(office.refused(&["national"], &again), "BUL-0317");
    let to_other = ["org", "rotate", "province.key.pub", "province-3.key.pub"];
    assert_eq!(office.refused(&["province"], &to_other), "BUL-0319");
    office.done(&["province-2"], &["org", "rotate", "province.key.pub", "province-2.key.pub"]);
    office.done(&["national"], &["org", "commit-next", "province-2.key.pub", "--next", "province-3.key.pub"]);

    let city_body = register(&city, CITY, &province);
    let (exit, _) = office.act(&["province"], &city_body);
    assert_eq!(exit, 7, "the old key acts no more");
    office.done(&["province-2"], &city_body);
    // Whoever stole the second key cannot use it, and its owner goes on with the third.
    office.done(&["province-2"], &["org", "report-compromise", "province-2.key.pub", "--since", "2026-01-01"]);
    office.done(&["province-3"], &["org", "rotate", "province-2.key.pub", "province-3.key.pub"]);
    let city_key = ["org", "key", &city, "city.key.pub", "--role", "registrar", "--role", "issuer"];
    let (exit, _) = office.act(&["province-2"], &city_key);
    assert_eq!(exit, 7, "a stolen key acts no more");
    office.done(&["province-3"], &city_key);

    let permit = permit().to_string();
    office.done(&["national"], &["type", "register", &permit, "--name", "Food licence", "--region", "440000"]);
    let over = ["type", "grant", &permit, &city, "--region", CITY, "--from", "2026-01-01", "--until", "2025-01-01"];
    assert_eq!(office.refused(&["province-3"], &over), "BUL-0409");
    let grant = ["type", "grant", &permit, &city, "--region", CITY, "--until", "2099-12-31"];
    office.done(&["province-3"], &grant);
}

/// Two officers under the city's key, where two are demanded; and a county that the city makes competent.
fn officers_act_for_their_department(office: &Office<'_>) {
    let (permit, city) = (permit().to_string(), city_code().to_string());
    office.done(&["province-3"], &["type", "two-officers", &permit, "yes"]);
    let licence = office.licence(&city, "OFFICERS");
    let issue = [&["licence", "issue", &licence][..], &TERM].concat();
    assert_eq!(office.refused(&["city"], &issue), "BUL-0413");
    let appoint = |key| ["org", "appoint", key, "--under", "city.key.pub", "--role", "issuer", "--until", "2099-12-31"];
    assert_eq!(office.refused(&["province-3"], &appoint("clerk-1.key.pub")), "BUL-0312");
    let first = office.done(&["city"], &appoint("clerk-1.key.pub"));
    assert_eq!(first["pseudonym"].as_str().map(str::len), Some(32));
    office.done(&["city"], &[&appoint("clerk-2.key.pub")[..], &["--hours", "00:00-24:00"]].concat());
    assert_eq!(office.refused(&["clerk-1"], &issue), "BUL-0413");
    office.done(&["clerk-1", "clerk-2"], &issue);
    assert_eq!(office.status(&licence), "active");
    office.done(&["city"], &["org", "dismiss", "clerk-2.key.pub"]);
    let suspend = ["licence", "suspend", &licence];
    let (exit, _) = office.act(&["clerk-1", "clerk-2"], &suspend);
    assert_eq!(exit, 7, "who is dismissed signs no more");
    office.done(&["province-3"], &["type", "two-officers", &permit, "no"]);
    office.done(&["clerk-1"], &suspend);

    let county = test_uscc("440305".parse().unwrap(), 3).to_string();
    let named = ["--name", "A test county", "--region", "440305", "--parent", &city];
    office.done(&["city"], &[&["org", "register", &county][..], &named].concat());
    office.done(&["city"], &["org", "key", &county, "county.key.pub", "--role", "issuer"]);
    let beyond = ["type", "delegate", &permit, &county, "--by", &city, "--region", "440000"];
    let (exit, _) = office.act(&["city"], &beyond);
    assert_eq!(exit, 7, "nobody delegates more than they have");
    let until = ["--region", "440305", "--until", "2099-12-31"];
    office.done(&["city"], &[&["type", "delegate", &permit, &county, "--by", &city][..], &until].concat());
}

fn licences_end_and_come_back(office: &Office<'_>) {
    let city = city_code().to_string();
    let licence = office.licence(&city, "ENDS");
    let decision = ["--decision", "decision.pdf"];
    let act = |verb, more: &[&'static str]| {
        let all = [&["licence", verb, &licence][..], &decision, more].concat();
        office.done(&["city"], &all)
    };
    office.done(&["city"], &[&["licence", "issue", &licence][..], &TERM].concat());
    let corrected = ["licence", "correct", &licence, "--slip", "spelling", "--field", "name=Lin Xiaoyu."];
    office.done(&["city"], &corrected);
    let says = office.look(&["licence", "fields", &licence, "--vault", "vault", "--passphrase-file", PASSPHRASE]);
    assert_eq!(says["fields"][0]["value"], "Lin Xiaoyu.");
    act("spare", &["--ground", "procedure"]);
    assert_eq!(office.look(&["licence", "show", &licence])["licence"]["spared"], true);
    act("withdraw", &["--compensated"]);
    assert_eq!(office.status(&licence), "withdrawn");
    let again = [&["licence", "withdraw", &licence][..], &decision].concat();
    let (exit, _) = office.act(&["city"], &again);
    assert_eq!(exit, 7, "it is withdrawn already");
    act("reinstate", &["--review", "court"]);
    assert_eq!(office.status(&licence), "active");
    act("annul", &["--ground", "fraud"]);
    let annulled = office.look(&["licence", "show", &licence]);
    assert_eq!(annulled["status"]["state"], "annulled");
    assert_eq!(annulled["licence"]["ended"]["how"]["void_from"], annulled["licence"]["issued_at"]);
}

fn licences_move_and_are_issued_together(office: &Office<'_>) {
    let (city, county) = (city_code().to_string(), test_uscc("440305".parse().unwrap(), 3).to_string());
    let here = office.licence(&city, "MOVES");
    let there = office.licence(&county, "MOVED");
    office.done(&["city"], &[&["licence", "issue", &here][..], &TERM].concat());
    office.done(&["city"], &["licence", "transfer-out", &here, "--to", &county]);
    assert_eq!(office.status(&here), "transfer_out_pending");
    office.done(&["county"], &["licence", "abort-transfer", &here, "--by", &county]);
    assert_eq!(office.status(&here), "active");
    let accept =
        ["licence", "transfer-in", &there, "--from", &here, "--region", "440305", "--field", "name=Lin Xiaoyu"];
    let (exit, _) = office.act(&["county"], &accept);
    assert_eq!(exit, 7, "nothing is offered");
    office.done(&["city"], &["licence", "transfer-out", &here, "--to", &county]);
    office.done(&["county"], &accept);
    assert_eq!((office.status(&here).as_str(), office.status(&there).as_str()), ("transferred", "active"));

    let joint = office.licence(&city, "JOINT");
    let until = jiff::Zoned::now().date().saturating_add(jiff::Span::new().days(2)).to_string();
    let with = ["--region", "440305", "--no-end", "--with", &county, "--sign-by", &until];
    office.done(&["city"], &[&["licence", "issue-jointly", &joint][..], &with].concat());
    assert_eq!(office.status(&joint), "pending_cosign");
    office.done(&["county"], &["licence", "cosign", &joint, "--by", &county]);
    assert_eq!(office.status(&joint), "active");
}
