//! `bulla anchor`: a later block to begin from than genesis, so that old keys convince nobody of another branch.

use crate::answer::Answer;
use crate::verify::{read_anchor, read_decided};
use crate::when;
use anyhow::{Context, Result};
use bulla_verify::time::Millis;
use serde_json::json;
use std::fs;
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub(crate) enum Anchor {
    /// Pin a block: its file is checked from an anchor that still convinces, and becomes a newer one.
    Pin {
        /// The file of the block's header, from `bulla proof header`.
        file: PathBuf,
        /// The anchor file to write.
        #[arg(long, value_name = "FILE", default_value = "anchor.json")]
        to: PathBuf,
        /// What you trust until now: the genesis file, or the last anchor.
        #[arg(long, value_name = "FILE", default_value = "genesis.json")]
        anchor: PathBuf,
        /// Take this as the present, instead of this computer's clock.
        #[arg(long, value_name = "DATE", value_parser = when::instant)]
        now: Option<Millis>,
    },
}

impl Anchor {
    pub(crate) fn run(self) -> Result<Answer> {
        let Anchor::Pin { file, to, anchor, now } = self;
        let (trusted, _) = read_anchor(&anchor)?;
        let pinned = read_decided(&file)?.pin(&trusted, now.unwrap_or_else(when::now));
        let pinned = pinned.with_context(|| format!("{} makes no anchor", file.display()))?;
        let text = serde_json::to_string_pretty(&pinned).context("an anchor can be written")?;
        fs::write(&to, text + "\n").with_context(|| format!("cannot write {}", to.display()))?;
        let (height, time) = (pinned.height(), pinned.time());
        let text = format!(
            "Block {height} of {time} is pinned in {}: {} validators decide after it.\nWhat to do: `bulla verify FILE --anchor {}`; pin a newer block before {}.",
            to.display(),
            pinned.validators().count(),
            to.display(),
            time.plus(pinned.trust_period_ms())
        );
        Ok(Answer::done(text, json!({ "anchor": to, "height": height, "time_ms": time })))
    }
}
