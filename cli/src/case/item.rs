//! A service item, as a description that people write:
//!
//! ```toml
//! code = { body = "11100000000013338W", number = 12 }
//! version = 1
//! name = "Food business permit"
//! kind = "permission"
//! levels = ["municipal", "county"]
//! region = "440000"
//! statutory_days = 20
//! promised_days = 10
//! stop_days = 30
//! channel = "same_city"
//! result = "11100000000013338W001"
//! basis = { instrument = "食品安全法", article = 35, paragraph = 1 }
//! [[materials]]
//! name = "Business licence"
//! replaced_by = ["11100000000013338W002"]
//! ```

use crate::acting::Acting;
use crate::answer::{Answer, Usage};
use anyhow::{Context, Result};
use bulla_verify::case::{Act, ServiceItem};
use bulla_verify::document;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Publish {
    /// The description: a TOML file with code, version, name, kind, levels, region, statutory_days, promised_days, stop_days,
    /// channel, basis, and as wanted result and materials.
    description: PathBuf,
    /// The published guide, where the item's conditions stand: the ledger gets its BLAKE3 digest, as `b3sum` prints it.
    #[arg(long, value_name = "FILE")]
    guide: PathBuf,
    #[command(flatten)]
    acting: Acting,
}

impl Publish {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Publish { description, guide, acting } = self;
        let told = |file: &Path| format!("cannot read {}", file.display());
        let text = fs::read_to_string(&description).with_context(|| told(&description))?;
        let guide = fs::read(&guide).with_context(|| told(&guide))?;
        let item = read(&text, &guide).map_err(|reason| Usage(format!("{}: {reason}", description.display())))?;
        acting.submit(Act::Publish(item)).await
    }
}

fn read(text: &str, guide: &[u8]) -> Result<ServiceItem, toml::de::Error> {
    let mut table: toml::Table = toml::from_str(text)?;
    table.insert("guide".into(), document::digest(guide).to_string().into());
    table.entry("materials").or_insert_with(|| toml::Value::Array(Vec::new()));
    table.try_into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_verify::case::Channel;

    #[test]
    fn the_description_in_the_manual_is_an_item() {
        let lines = include_str!("item.rs").lines().skip_while(|line| *line != "//! ```toml").skip(1);
        let text: Vec<_> = lines.take_while(|line| *line != "//! ```").map(|line| &line[4..]).collect();
        let item = read(&text.join("\n"), b"guide").unwrap();
        assert_eq!((item.promised_days, item.channel, item.materials.len()), (10, Channel::SameCity, 1));
        assert_eq!(item.guide, document::digest(b"guide"));
        assert!(read("version = 1", b"").is_err());
    }
}
