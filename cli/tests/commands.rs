//! The built program, run as people and scripts run it: answers and exit codes where no node is needed.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

#[path = "../../verify/tests/oracle/world.rs"]
mod world;

use bulla_verify::fields::{Contents, Field};
use bulla_verify::genesis::Genesis;
use bulla_verify::licence::{Licence, Suspension};
use bulla_verify::proof::Claim;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;
use world::{HOUR_MS, START, World, licence, licence_id, type_code};

/// Eleven hours after the beginning of the chain, one after the block that is proved.
const NOW: &str = "2026-01-01T11:00:00+08:00";

struct Run {
    exit: i32,
    stdout: String,
    stderr: String,
}

/// Runs `bulla` in a directory, with no terminal to ask at.
fn bulla(directory: &Path, arguments: &[&str]) -> Run {
    let output = Command::new("setsid")
        .arg(env!("CARGO_BIN_EXE_bulla"))
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Run { exit: output.status.code().unwrap(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// As [`bulla`], with one JSON document expected and nothing beside it.
fn json(directory: &Path, arguments: &[&str]) -> (i32, Value) {
    let run = bulla(directory, &[arguments, &["--output", "json"]].concat());
    assert_eq!(run.stderr, "", "{arguments:?}");
    (run.exit, serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {}", run.stdout)))
}

fn secret(directory: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

#[test]
fn a_key_is_made_shown_and_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    secret(&directory, "phrase", "a long phrase\n");
    let here = directory.path();
    let (exit, made) = json(here, &["keys", "new", "clerk.key", "--passphrase-file", "phrase"]);
    assert_eq!(exit, 0);
    assert_eq!(fs::metadata(here.join("clerk.key")).unwrap().permissions().mode() & 0o777, 0o600);
    let public = fs::read_to_string(here.join("clerk.key.pub")).unwrap();
    assert_eq!(made["public_key"], public.trim());
    let shown = bulla(here, &["keys", "show", "clerk.key", "--passphrase-file", "phrase"]);
    assert_eq!((shown.exit, shown.stdout), (0, public));

    let again = bulla(here, &["keys", "new", "clerk.key", "--passphrase-file", "phrase"]);
    assert_eq!((again.exit, again.stdout.as_str()), (1, ""));
    assert!(again.stderr.contains("not overwritten"), "{}", again.stderr);
    secret(&directory, "other", "another phrase\n");
    let wrong = bulla(here, &["keys", "show", "clerk.key", "--passphrase-file", "other"]);
    assert_eq!(wrong.exit, 1);
    assert!(wrong.stderr.contains("passphrase does not open"), "{}", wrong.stderr);
    fs::set_permissions(here.join("phrase"), fs::Permissions::from_mode(0o644)).unwrap();
    let open = bulla(here, &["keys", "show", "clerk.key", "--passphrase-file", "phrase"]);
    assert!(open.exit == 1 && open.stderr.contains("chmod 600"), "{}", open.stderr);
    let (exit, asked) = json(here, &["keys", "show", "clerk.key"]);
    assert_eq!((exit, asked["error"]["kind"].as_str()), (2, Some("usage")), "there is nobody to ask");
}

#[test]
fn usage_is_refused_with_2_and_help_lists_the_codes() {
    let here = tempfile::tempdir().unwrap();
    for arguments in
        [&["kyes"][..], &["keys"], &["verify"], &["verify", "f", "--max-age", "soon"], &["status", "--output", "xml"]]
    {
        assert_eq!(bulla(here.path(), arguments).exit, 2, "{arguments:?}");
    }
    let help = bulla(here.path(), &["--help"]);
    assert!(help.exit == 0 && help.stdout.contains("7  refused by the ledger"), "{}", help.stdout);
    let mistyped = ["org", "show", "91350100M000100Y4Z"];
    assert_eq!(bulla(here.path(), &mistyped).exit, 2, "a check that does not hold is a slip in typing");
}

#[test]
fn a_genesis_file_is_made_from_a_description() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    secret(&directory, "phrase", "a long phrase\n");
    let (_, made) = json(here, &["keys", "new", "root.key", "--passphrase-file", "phrase"]);
    let key = made["public_key"].as_str().unwrap();
    let description = format!(
        "name = 'Trial'\n[[organisation]]\nuscc = '11310000000000035N'\nname = 'Root'\nlevel = 'provincial'\n\
         region = '310000'\nkeys = [{{ key = '{key}', roles = ['registrar'] }}]\n\
         [[validator]]\norganisation = '11310000000000035N'\nkey = '{key}'\n"
    );
    fs::write(here.join("network.toml"), &description).unwrap();
    let (exit, made) = json(here, &["genesis", "new", "network.toml", "genesis.json"]);
    assert_eq!(exit, 0);
    let genesis: Genesis = serde_json::from_str(&fs::read_to_string(here.join("genesis.json")).unwrap()).unwrap();
    assert_eq!(made["chain"], genesis.chain().to_string());
    assert_eq!(json(here, &["genesis", "show", "genesis.json"]), (0, made));
    assert_eq!(bulla(here, &["genesis", "new", "network.toml", "genesis.json"]).exit, 1, "it is not overwritten");

    fs::write(here.join("typo.toml"), description.replace("level", "rank")).unwrap();
    let typo = bulla(here, &["genesis", "new", "typo.toml", "other.json"]);
    assert!(typo.exit == 1 && typo.stderr.contains("line 5"), "{}", typo.stderr);
    assert!(!here.join("other.json").exists());
    assert_eq!(bulla(here, &["genesis", "show", "network.toml"]).exit, 1);
}

#[test]
fn an_identifier_is_written_out_with_its_check_character() {
    let here = tempfile::tempdir().unwrap();
    let parts = ["licence", "identifier", "11100000000013338W011", "11430000006122244L", "20230000403"];
    let run = bulla(here.path(), &parts);
    assert_eq!(
        (run.exit, run.stdout.trim()),
        (0, "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U")
    );
}

/// A directory with the genesis file of a chain, and proofs of a licence on it.
fn chain_with(licence: &Licence) -> (TempDir, World) {
    let mut world = World::new(4);
    world.issue(licence);
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("genesis.json"), serde_json::to_string(&world.genesis).unwrap()).unwrap();
    let proof = world.prove(Claim::Licence(licence_id("A1", 1)), 10).encode();
    fs::write(directory.path().join("a1.bulla"), proof).unwrap();
    (directory, world)
}

#[test]
fn a_proof_is_judged_with_no_node_and_every_verdict_has_its_code() {
    let (directory, world) = chain_with(&licence("A1"));
    let here = directory.path();
    let verify = |arguments: &[&str]| json(here, &[&["verify"], arguments].concat());
    let (exit, valid) = verify(&["a1.bulla", "--now", NOW]);
    assert_eq!((exit, valid["verdict"].as_str()), (0, Some("valid")));
    let words = bulla(here, &["verify", "a1.bulla", "--anchor", "genesis.json", "--now", NOW]);
    assert!(words.exit == 0 && words.stdout.starts_with("VALID"), "{}", words.stdout);

    let (exit, old) = verify(&["a1.bulla", "--now", "2026-01-05"]);
    assert_eq!((exit, old["verdict"].as_str()), (5, Some("cannot_tell")));
    let (exit, _) = verify(&["a1.bulla", "--now", "2026-01-05", "--max-age", "7d"]);
    assert_eq!(exit, 0);
    let (exit, _) = verify(&["a1.bulla", "--now", "2026-01-05", "--at", "2026-01-01T09:00:00+08:00"]);
    assert_eq!(exit, 0, "evidence does not go bad");
    let (exit, _) = verify(&["a1.bulla", "--now", "2026-01-01T09:00:00+08:00"]);
    assert_eq!(exit, 5, "from the future");

    let absent = world.prove(Claim::Licence(licence_id("NEVER", 1)), 10).encode();
    fs::write(here.join("never.bulla"), absent).unwrap();
    let (exit, never) = verify(&["never.bulla", "--now", NOW]);
    assert_eq!((exit, never["finding"]["is"].as_str()), (3, Some("never_issued")));

    let mut damaged = fs::read(here.join("a1.bulla")).unwrap();
    damaged[100] ^= 1;
    fs::write(here.join("damaged.bulla"), damaged).unwrap();
    let (exit, damaged) = verify(&["damaged.bulla", "--now", NOW]);
    assert_eq!((exit, damaged["verdict"].as_str()), (4, Some("does_not_hold")));
    fs::write(here.join("other.json"), serde_json::to_string(&World::new(5).genesis).unwrap()).unwrap();
    assert_eq!(verify(&["a1.bulla", "--anchor", "other.json", "--now", NOW]).0, 4, "of another chain");
    fs::write(here.join("anchor.json"), serde_json::to_string(&world.anchor()).unwrap()).unwrap();
    assert_eq!(verify(&["a1.bulla", "--anchor", "anchor.json", "--now", NOW]).0, 0);

    assert_eq!(verify(&["missing.bulla"]).0, 1);
    assert_eq!(verify(&["a1.bulla", "--anchor", "a1.bulla"]).0, 1);
}

#[test]
fn a_suspended_licence_is_not_valid() {
    let suspension = Suspension { from: START.plus(2 * HOUR_MS), until: None, by: world::organisation(3) };
    let changed_at = START.plus(2 * HOUR_MS);
    let (directory, _) = chain_with(&Licence { suspension: Some(suspension), changed_at, ..licence("A1") });
    let run = bulla(directory.path(), &["verify", "a1.bulla", "--now", NOW]);
    assert_eq!(run.exit, 3);
    assert!(run.stdout.contains("suspended since 2026-01-01 02:00:00"), "{}", run.stdout);
}

#[test]
fn fields_that_a_holder_shows_are_checked_with_the_proof() {
    let fields = [("area_m2", "120"), ("持证人", "某甲")];
    let fields = fields.map(|(name, value)| Field { name: name.into(), value: value.into() });
    let contents = Contents::new(type_code(), [5; 32], fields.to_vec()).unwrap();
    let (directory, _) = chain_with(&Licence { contents: contents.root(), ..licence("A1") });
    let here = directory.path();
    let shown = [contents.disclose("area_m2").unwrap()];
    fs::write(here.join("shown.json"), serde_json::to_string(&shown).unwrap()).unwrap();
    let arguments = ["verify", "a1.bulla", "--now", NOW, "--fields"];
    let told = bulla(here, &[&arguments[..], &["shown.json"]].concat());
    assert_eq!(told.exit, 0);
    assert!(told.stdout.contains("area_m2 = 120") && !told.stdout.contains("某甲"), "{}", told.stdout);

    let mut forged = shown;
    forged[0].field.value = "900".into();
    fs::write(here.join("forged.json"), serde_json::to_string(&forged).unwrap()).unwrap();
    let (exit, told) = json(here, &[&arguments[..], &["forged.json"]].concat());
    assert_eq!((exit, told["field"].as_str()), (4, Some("area_m2")));
}

#[test]
fn a_node_that_is_not_there_is_told_from_every_other_failure() {
    let here = tempfile::tempdir().unwrap();
    let nobody = "http://127.0.0.1:1";
    for verb in [&["status"][..], &["query", "block", "1"], &["org", "show", "11310000000000035N"]] {
        let (exit, told) = json(here.path(), &[verb, &["--node", nobody]].concat());
        assert_eq!((exit, told["error"]["kind"].as_str()), (6, Some("unreachable")), "{verb:?}");
    }
    let (exit, _) = json(here.path(), &["status", "--node", "no address"]);
    assert_eq!(exit, 1);
}

#[test]
fn help_is_in_chinese_where_it_is_asked_for() {
    let here = tempfile::tempdir().unwrap();
    let chinese = bulla(here.path(), &["credit", "record", "--help", "--lang", "zh"]);
    assert_eq!(chinese.exit, 0);
    for part in ["记录一个事件", "存有主体句柄的文件", "签名与发送", "显示帮助"] {
        assert!(chinese.stdout.contains(part), "{part} is not in {}", chinese.stdout);
    }
    let english = bulla(here.path(), &["--lang=en", "credit", "record", "--help"]);
    assert!(english.stdout.contains("Record an event") && !english.stdout.contains('记'), "{}", english.stdout);
}
