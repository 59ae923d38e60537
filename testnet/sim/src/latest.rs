//! `target/sim/latest.json`: what the last run of the tests came to. Each test writes its own fields and leaves the others.

use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Puts fields into the file, beside the commit that was run.
///
/// # Panics
/// If the file cannot be written.
pub fn merge(fields: impl IntoIterator<Item = (&'static str, Value)>) {
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let path = root().join("target/sim/latest.json");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let mut all: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
    if all.get("commit") != Some(&commit().into()) {
        all.clear();
    }
    all.insert("commit".into(), commit().into());
    all.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let text = serde_json::to_string_pretty(&all).expect("a map of plain values");
    std::fs::create_dir_all(root().join("target/sim")).expect("the target directory can be written");
    std::fs::write(path, text + "\n").expect("the target directory can be written");
}

/// The commit that is checked out; empty outside of a repository.
pub fn commit() -> String {
    let output = Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(root()).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
