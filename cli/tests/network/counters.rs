//! Clerks at the counters: data that is asked for, seen and answered for; cases from the application to the rating; and what
//! is erased of them. Every act by its command, over a real network.

use crate::desks::Office;
use crate::government::{body, city_code, decided, province_code};
use crate::town::{PERSON, Town, clock};
use bulla_keystore::{open_file, read_passphrase};
use bulla_testnet_local::national_body;
use bulla_verify::holder::Handle;
use bulla_verify::operation::Operation;
use bulla_verify::refusal::Outcome;
use bulla_verify::subject::{Act, SubjectKind};
use std::fs;

const TERMS: [&str; 10] =
    ["--purposes", "1,3", "--fields", "0,2", "--region", "440300", "--until", "2099-12-31", "--budget", "100"];
const ABOUT: [&str; 10] =
    ["--subject-file", "subject", "--purpose", "1", "--fields", "2", "--region", "440300", "--officer", "paper.pdf"];
const LAW: [&str; 4] = ["--law", "统计法", "--article", "7"];

#[tokio::test(flavor = "multi_thread")]
async fn counters_do_every_act_by_a_command() {
    let town = Town::up();
    let office = Office { town: &town };
    town.enact();
    fs::write(town.path("paper.pdf"), format!("A document about {}", PERSON.join(", "))).unwrap();
    set_up(&office).await;
    data_is_seen_with_consent_and_its_quality_answered_for(&office);
    need_and_law_do_without_consent(&office);
    let case = a_case_goes_from_the_application_to_the_rating(&office);
    what_stood_behind_a_case_is_erased(&office, &case);
    town.settled();
    town.down();
    town.fsck();
    town.keeps_none_of(PERSON);
}

/// A province that has data, and a city that asks for it; each has one key for all its counters. One subject.
async fn set_up(office: &Office<'_>) {
    let town = office.town;
    fs::copy(town.path("net/operator/registrar.key"), town.path("national.key")).unwrap();
    let (national, province, city) =
        (national_body().uscc.to_string(), province_code().to_string(), city_code().to_string());
    let roles = ["registrar", "issuer", "steward", "consumer", "intake", "supervisor", "identity-authority"];
    let roles: Vec<&str> = roles.iter().flat_map(|role| ["--role", role]).collect();
    for (uscc, region, parent, signer, name) in
        [(&province, "440000", &national, "national", "province"), (&city, "440300", &province, "province", "city")]
    {
        office.key(name);
        let named = ["--name", "A test body", "--region", region, "--parent", parent];
        office.done(&[signer], &[&["org", "register", uscc][..], &named].concat());
        let key = format!("{name}.key.pub");
        office.done(&[signer], &[&["org", "key", uscc, &key][..], &roles].concat());
    }
    office.ask(&["keys", "handle", "subject"]);
    let handle: Handle = fs::read_to_string(town.path("subject")).unwrap().trim().parse().unwrap();
    let phrase = read_passphrase(&town.path("net/operator/passphrase")).unwrap();
    let key = open_file(&town.path("city.key"), &phrase).unwrap();
    let register = Operation::Subject(Act::Register { handle, kind: SubjectKind::Natural, by: city_code() });
    let registered = body(town.genesis().chain(), vec![register], clock().plus(60_000)).sign(&[&key]);
    assert_eq!(decided(&town.client(0).await, &registered).await.outcomes, [Outcome::Applied]);
}

fn data_is_seen_with_consent_and_its_quality_answered_for(office: &Office<'_>) {
    let (province, city) = (province_code().to_string(), city_code().to_string());
    let resource = format!("{province}/1");
    let access = |signer: &str, arguments: &[&str]| office.done(&[signer], &[&["access"], arguments].concat());
    let refused = |signer: &str, arguments: &[&str]| office.refused(&[signer], &[&["access"], arguments].concat());
    let name = |document: serde_json::Value, what: &str| document[what].as_str().unwrap().to_owned();

    let register = ["register", &resource, "--name", "Register of farms", "--region", "440000", "--fields", "3"];
    access("province", &[&register[..], &["--conditions", "paper.pdf"]].concat());
    let ask = [&["request", &resource, "--by", &city][..], &TERMS].concat();
    assert_eq!(refused("city", &ask), "BUL-0714", "it is not published yet");
    access("province", &["publish", &resource]);
    let unwanted = name(access("city", &ask), "request");
    access("province", &["refuse", &unwanted, "--by", &province, "--reason", "paper.pdf"]);
    let request = name(access("city", &ask), "request");
    let grant = [&["grant", &request, "--by", &province][..], &TERMS].concat();
    assert_eq!(refused("city", &grant), "BUL-0702", "the steward of another body");
    access("province", &grant);

    let open = |number, more: &[&'static str]| {
        [&["ticket", &request, "--number", number, "--source", "7"][..], &ABOUT, more].concat()
    };
    let ticket = open("1", &[]).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let ticket: Vec<&str> = ticket.iter().map(String::as_str).collect();
    assert_eq!(refused("city", &ticket), "BUL-0737", "without consent");
    let (_, unopened) = office.act(&["city"], &[&["access"], &ticket[..]].concat());
    assert!(unopened["ticket"].is_null(), "what is refused opens nothing: {unopened}");
    let to = ["--subject-file", "subject", "--requester", &city, "--purposes", "1", "--paper", "paper.pdf"];
    let consent = name(access("city", &[&["consent", &resource, "--by", &city][..], &to].concat()), "consent");
    let with_consent = [&ticket[..], &["--consent", &consent]].concat();
    let seen = name(access("city", &with_consent), "ticket");
    assert_eq!(refused("city", &with_consent), "BUL-0747", "a number of the gateway's log is used once");
    access("province", &["suspend", &request, "--reason", "paper.pdf"]);
    let next = [&open("2", &[])[..], &["--consent", &consent]].concat();
    assert_eq!(refused("city", &next), "BUL-0725");
    access("province", &["resume", &request]);

    let receipt = ["receipt", &seen, "--released", "paper.pdf", "--subject-file", "subject"];
    let logged = |number| [&receipt[..], &["--found", "hit", "--number", number]].concat();
    assert_eq!(refused("province", &logged("4")), "BUL-0747", "three entries of the provider's log are not here");
    access("province", &logged("1"));
    access("city", &["challenge", &seen, "--fields", "2", "--grounds", "paper.pdf"]);
    access("province", &["answer", &seen, "--correction", "paper.pdf"]);
    assert_eq!(refused("province", &["answer", &seen, "--by", &province, "--confirmed"]), "BUL-0774");
    access("city", &["withdraw-consent", &consent]);
    assert_eq!(refused("city", &next), "BUL-0735");
    access("province", &["revoke", &request, "--by", &province, "--reason", "paper.pdf"]);
}

fn need_and_law_do_without_consent(office: &Office<'_>) {
    let (province, city) = (province_code().to_string(), city_code().to_string());
    let resource = format!("{province}/1");
    let access = |signers: &[&str], arguments: &[&str]| office.done(signers, &[&["access"], arguments].concat());
    let glass = ["break-glass", &resource, "--by", &city, "--need", "paper.pdf", "--source", "7"];
    let broken = access(&["city"], &[&glass[..], &ABOUT].concat());
    access(&["city"], &["justify", broken["ticket"].as_str().unwrap(), "--justification", "paper.pdf"]);

    let request = access(&["city"], &[&["request", &resource, "--by", &city][..], &TERMS].concat());
    let request = request["request"].as_str().unwrap();
    access(&["province"], &[&["grant", request, "--by", &province][..], &TERMS, &LAW].concat());
    let day = |days| jiff::Zoned::now().date().saturating_add(jiff::Span::new().days(days)).to_string();
    let (soon, later) = (day(2), day(5));
    let sealed = ["ticket", request, "--number", "3", "--source", "7", "--seal-file", "seal", "--seal-until", &soon];
    let sealed = access(&["city"], &[&sealed[..], &ABOUT].concat());
    let sealed = sealed["ticket"].as_str().unwrap();
    let extend = ["access", "extend-seal", sealed, "--until", &later, "--with", &province];
    assert_eq!(office.refused(&["city"], &extend), "BUL-0702", "the second body has not signed");
    office.done(&["city", "province"], &extend);
    access(&["city"], &["unseal", sealed, "--subject-file", "subject", "--seal-file", "seal"]);

    access(&["province"], &[&["share", &resource][..], &LAW].concat());
    assert_eq!(
        office.refused(&["city"], &[&["access", "request", &resource, "--by", &city][..], &TERMS].concat()),
        "BUL-0715"
    );
    access(&["province"], &["retire", &resource]);
}

/// The case, which is rated then.
fn a_case_goes_from_the_application_to_the_rating(office: &Office<'_>) -> String {
    let (province, city) = (province_code().to_string(), city_code().to_string());
    let item = format!("{city}/12");
    let description = format!(
        "code = {{ body = '{city}', number = 12 }}\nversion = 1\nname = 'Food business permit'\nkind = 'permission'\n\
         levels = ['municipal']\nregion = '440300'\nstatutory_days = 20\npromised_days = 10\nstop_days = 30\n\
         channel = 'anywhere'\nbasis = {{ instrument = '食品安全法', article = 35, paragraph = 1 }}\n\
         [[materials]]\nname = 'Plan of the kitchen'\nreplaced_by = []\n"
    );
    fs::write(office.town.path("item.toml"), description).unwrap();
    let act = |signer: &str, arguments: &[&str]| office.done(&[signer], &[&["case"], arguments].concat());
    let refused = |signer: &str, arguments: &[&str]| office.refused(&[signer], &[&["case"], arguments].concat());
    act("province", &["publish", "item.toml", "--guide", "paper.pdf"]);

    let asked = ["--region", "440300", "--decider", &city, "--applicant", "subject", "--application", "paper.pdf"];
    let accept = [&["accept", &item, "--by", &province][..], &asked].concat();
    let case = act("province", &accept)["case"].as_str().unwrap().to_owned();
    let hand_over = ["hand-over", &case, "--to", &city, "--task", "paper.pdf"];
    act("province", &hand_over);
    act("city", &["call-off", &case, "--by", &city, "--reason", "paper.pdf"]);
    assert_eq!(refused("city", &["take", &case, "--by", &city]), "BUL-0843");
    act("province", &hand_over);
    act("city", &["take", &case, "--by", &city]);
    assert_eq!(refused("city", &["ask", &case, "--by", &city, "--material", "1", "--days", "5"]), "BUL-0850");
    act("city", &["ask", &case, "--by", &city, "--material", "0", "--days", "5"]);
    act("province", &["supplement", &case, "--paper", "paper.pdf"]);
    act("city", &["stop", &case, "--by", &city, "--reason", "expert-review", "--days", "5"]);
    let decide = ["decide", &case, "--by", &city, "--granted", "--reasons", "paper.pdf"];
    assert_eq!(refused("city", &decide), "BUL-0845");
    act("city", &["resume", &case, "--by", &city]);
    act("city", &decide);
    act("city", &["deliver", &case, "--by", &city]);
    act("province", &["rate", &case, "--rating", "very-good"]);

    let other = act("province", &accept)["case"].as_str().unwrap().to_owned();
    act("province", &["withdraw", &other]);
    act("province", &["retire", &item]);
    assert_eq!(refused("province", &accept), "BUL-0812");
    case
}

fn what_stood_behind_a_case_is_erased(office: &Office<'_>, case: &str) {
    let (province, city) = (province_code().to_string(), city_code().to_string());
    let of = |body| ["--case", case, "--by", body];
    let why = ["erasure", "order", "--grounds", "purpose-over", "--reasons", "paper.pdf"];
    let order = [&why[..], &["--custodian", &city, "--custodian", &province], &of(&city)].concat();
    office.done(&["city"], &order);
    let (exit, _) = office.act(&["city"], &order);
    assert_eq!(exit, 7, "there is one order for each record");
    let evidence = ["erasure", "receipt", "--evidence", "paper.pdf"];
    office.done(&["city"], &[&evidence[..], &of(&city)].concat());
    office.done(&["province"], &[&["erasure", "restrict", "--reason", "paper.pdf"][..], &of(&province)].concat());
    office.done(&["province"], &[&evidence[..], &of(&province)].concat());
}
