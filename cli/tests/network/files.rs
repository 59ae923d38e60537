//! The real records that are imported: they are read from `../shared/data` beside the checkout, or from the directory that
//! `BULLA_DATA` names. Without them there is nothing to import, and the tests that would are silent.

use crate::town::Town;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

/// A file of records.
pub(crate) fn file(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let directory = std::env::var_os("BULLA_DATA").map_or(beside, PathBuf::from);
    Some(directory.join(name)).filter(|file| file.exists())
}

/// A run of `bulla import`, as the registrar of the national body. Its directory has the name of what is imported.
pub(crate) fn import(town: &Town, what: &str, file: &Path) -> Child {
    town.command(&["import", what, file.to_str().unwrap(), "--output", "json", "--state", what])
        .args(["--genesis", "net/genesis.json", "--node", &Town::address(0)])
        .args(["--key", "net/operator/registrar.key", "--passphrase-file", "net/operator/passphrase"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What an import says when it is through.
pub(crate) fn report(import: Child) -> Value {
    let output = import.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every row of the licences' file came to what docs/import.md says of it.
pub(crate) fn licences_are_accounted_for(report: &Value) {
    assert_eq!(report["rows"], 16_623);
    assert_eq!(report["accepted_by_act"], 13_300);
    assert_eq!(report["ended_by_term"], 2_992);
    assert_eq!(report["unforeseen"], 0, "the ledger decided otherwise than the plan");
    let refused = [("BUL-0515", 35), ("BUL-0520", 274), ("BUL-0523", 1), ("BUL-0904", 14), ("BUL-0906", 7)];
    for (code, count) in refused {
        assert_eq!(report["refused_by_code"][code], count, "{code}");
    }
}
