//! The figures of a run: printed for people, and kept as one flat object.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What was measured, in the order in which it was.
#[derive(Default)]
pub(crate) struct Figures {
    lines: Vec<(String, f64, &'static str)>,
}

impl Figures {
    /// Adds a figure: its name for programs, and what it is for people.
    pub(crate) fn add(&mut self, name: impl Into<String>, value: f64, says: &'static str) {
        self.lines.push((name.into(), value, says));
    }

    /// Adds how many samples a figure has.
    pub(crate) fn count(&mut self, name: &'static str, samples: usize) {
        self.add(name, f64::from(u32::try_from(samples).unwrap_or(u32::MAX)), "samples");
    }

    /// Writes them, and the commit that was measured, to `latest.json`.
    pub(crate) fn write(&self, directory: &Path) -> Result<()> {
        let mut object: Map<String, Value> =
            self.lines.iter().map(|(name, value, _)| (name.clone(), json!(value))).collect();
        object.insert("commit".into(), json!(commit()));
        let file = directory.join("latest.json");
        let text = serde_json::to_string_pretty(&object)? + "\n";
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|(name, value, says)| {
            let digits = if value.abs() < 100.0 { 3 } else { 0 };
            writeln!(f, "{value:>14.digits$}  {name:<28} {says}")
        })
    }
}

/// The commit, with a `+` if something was changed since; empty where there is no git.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    };
    let changed = git(&["status", "--porcelain"]).is_some_and(|lines| !lines.trim().is_empty());
    let commit = git(&["rev-parse", "HEAD"]).unwrap_or_default();
    commit.trim().to_owned() + if changed { "+" } else { "" }
}
