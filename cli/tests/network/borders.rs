//! Regions and what lies between them, by `bulla` alone over a real network: a code is entered, renamed and ended; the law limits
//! a type to its region, and an agreement of two provinces has its licences count in the other one.

use crate::desks::Office;
use crate::town::Town;
use bulla_testnet_local::{national_body, test_uscc};
use serde_json::Value;
use std::fs;

const COAST: &str = "440000";
const HILLS: &str = "510000";
const LAW: [&str; 2] = ["--law", "Trial act on borders"];

#[test]
fn regions_are_kept_and_licences_count_across_borders() {
    let town = Town::up();
    let office = Office { town: &town };
    let provinces = Provinces::registered(&office);
    a_region_is_entered_renamed_and_ended(&office, &provinces);
    a_licence_counts_in_the_other_province_while_both_want_it(&office, &provinces);
    town.settled();
    town.down();
    town.fsck();
}

/// Two provinces beneath the national body, each with a key in `coast.key` or `hills.key`. The national body acts now with
/// `national.key`, and on what was with `past.key`.
struct Provinces {
    national: String,
    coast: String,
    hills: String,
}

impl Provinces {
    fn registered(office: &Office<'_>) -> Provinces {
        for (role, name) in [("registrar", "national.key"), ("historical-registrar", "past.key")] {
            fs::copy(office.town.path(&format!("net/operator/{role}.key")), office.town.path(name)).unwrap();
        }
        let national = national_body().uscc.to_string();
        let [coast, hills] = [("coast", COAST), ("hills", HILLS)].map(|(name, region)| {
            let uscc = test_uscc(region.parse().unwrap(), 1).to_string();
            office.key(name);
            let named = ["--name", "A test province", "--region", region, "--parent", &national];
            office.done(&["national"], &[&["org", "register", &uscc][..], &named].concat());
            let key = format!("{name}.key.pub");
            let roles = ["--role", "registrar", "--role", "issuer"];
            office.done(&["national"], &[&["org", "key", &uscc, &key][..], &roles].concat());
            uscc
        });
        Provinces { national, coast, hills }
    }
}

fn a_region_is_entered_renamed_and_ended(office: &Office<'_>, provinces: &Provinces) {
    let Provinces { national, coast, .. } = provinces;
    let act = |verb, code, more: &[&'static str]| [&["region", verb, code, "--by", national], more].concat();
    let enter = ["--level", "provincial", "--name", "四川省", "--parent", "000000", "--from", "1952"];
    let by_coast = [&["region", "enter", HILLS, "--by", coast][..], &enter].concat();
    assert_eq!(office.refused(&["coast"], &by_coast), "BUL-1502");
    assert_eq!(office.refused(&["national"], &act("enter", HILLS, &enter)), "BUL-1503", "that was before the ledger");
    office.done(&["past"], &act("enter", HILLS, &enter));
    assert_eq!(office.refused(&["past"], &act("enter", HILLS, &enter)), "BUL-1510");
    let city = ["--level", "municipal", "--name", "重庆市", "--parent", HILLS, "--from", "1954"];
    office.done(&["past"], &act("enter", "510200", &city));
    let anew = ["--level", "provincial", "--name", "重庆市", "--parent", "000000", "--from", "1997-03-14"];
    office.done(&["past"], &act("enter", "500000", &anew));
    office.done(&["past"], &act("end", "510200", &["--at", "1997-03-14", "--successor", "500000"]));
    office.done(&["past"], &act("rename", "500000", &["--name", "重庆直辖市", "--from", "2001"]));

    let standing = |code, at| office.look(&["region", "show", code, "--at", at])["status"]["was"].take();
    let of = |found: &Value| (text(found, "standing"), found["period"]["name"].as_str().map(str::to_owned));
    assert_eq!(of(&standing("510200", "1990-05-01")), ("in_force".into(), Some("重庆市".into())));
    let ended = standing("510200", "1998-05-01");
    assert_eq!(of(&ended), ("not_in_force".into(), None));
    assert_eq!(ended["last"]["successors"][0], "500000");
    assert_eq!(of(&standing("510200", "1954-06-01")).0, "in_year_of_change");
    assert_eq!(of(&standing("500000", "2000-05-01")).1, Some("重庆市".into()));
    assert_eq!(of(&standing("500000", "2002-05-01")).1, Some("重庆直辖市".into()));
}

fn a_licence_counts_in_the_other_province_while_both_want_it(office: &Office<'_>, provinces: &Provinces) {
    let Provinces { national, coast, hills } = provinces;
    let kind = format!("{national}001");
    office.done(&["national"], &["type", "register", &kind, "--name", "A trial permit", "--region", "000000"]);
    for (uscc, region) in [(coast, COAST), (hills, HILLS)] {
        office.done(&["national"], &["type", "grant", &kind, uscc, "--region", region]);
    }
    let licence = office.ask(&["licence", "identifier", &kind, coast, "BORDER"]);
    let licence = text(&licence, "identifier");
    office.done(&["coast"], &["licence", "issue", &licence, "--region", COAST, "--no-end", "--field", "name=A boat"]);

    let asked = |agreements: &[&str]| {
        let named = agreements.iter().flat_map(|agreement| ["--agreement", agreement]);
        let answer =
            office.look(&["licence", "valid-in", &licence, HILLS].into_iter().chain(named).collect::<Vec<_>>());
        (answer["valid"].as_bool().unwrap(), text(&answer["recognition"], "recognition"))
    };
    assert_eq!(asked(&[]), (true, "nationwide".into()));
    let limit = [&["recognition", "limit", &kind][..], &LAW].concat();
    assert_eq!(office.refused(&["coast"], &limit), "BUL-1580");
    office.done(&["national"], &limit);
    assert_eq!(asked(&[]), (false, "not".into()));

    let offer = ["--region", COAST, "--with", hills, "--with-region", HILLS, "--given", &kind];
    let proposed = office.done(&["coast"], &[&["recognition", "propose", "--by", coast][..], &offer].concat());
    let agreement = text(&proposed, "agreement");
    let done = |key, verb, by: &str| office.done(&[key], &["recognition", verb, &agreement, "--by", by]);
    let refused = |key, verb, by: &str| office.refused(&[key], &["recognition", verb, &agreement, "--by", by]);
    assert_eq!(asked(&[&agreement]), (false, "not_now".into()), "it is only proposed");
    assert_eq!(refused("coast", "accept", coast), "BUL-1564");
    done("hills", "accept", hills);
    assert_eq!(asked(&[&agreement]), (true, "by_agreement".into()));
    assert_eq!(asked(&[]), (false, "not".into()), "an agreement that nobody names is not looked for");
    done("hills", "suspend", hills);
    assert_eq!(asked(&[&agreement]), (false, "not_now".into()));
    assert_eq!(refused("coast", "resume", coast), "BUL-1569");
    done("hills", "resume", hills);
    assert_eq!(asked(&[&agreement]), (true, "by_agreement".into()));
    done("coast", "end", coast);
    assert_eq!(asked(&[&agreement]), (false, "not_now".into()));
    let shown = office.look(&["recognition", "show", &agreement]);
    assert_eq!(text(&shown["status"], "state"), "ended");

    office.done(&["national"], &["recognition", "lift", &kind]);
    assert_eq!(asked(&[]), (true, "nationwide".into()));
    office.done(&["coast"], &["licence", "revoke", &licence]);
    assert!(!asked(&[]).0, "recognised, and not in force");
}

fn text(json: &Value, name: &str) -> String {
    json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}")).to_owned()
}
