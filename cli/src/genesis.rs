//! `bulla genesis`: the file with which a network begins, from a description that people can write.

use crate::answer::{Answer, to_json};
use crate::connection::read_genesis;
use crate::when;
use anyhow::{Context, Result, bail};
use bulla_verify::chain::Height;
use bulla_verify::genesis::{self, Genesis as Document};
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::PublicKey;
use bulla_verify::name::Name;
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::roles::Roles;
use bulla_verify::time::Millis;
use bulla_verify::validators::{Validator, ValidatorSet};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub(crate) enum Genesis {
    /// Make a genesis file from a description.
    #[command(after_help = DESCRIPTION)]
    New {
        /// The description, in TOML.
        description: PathBuf,
        /// The genesis file to write.
        genesis: PathBuf,
    },
    /// Show a genesis file, and check that a chain can begin with it.
    Show {
        /// The genesis file.
        genesis: PathBuf,
    },
}

const DESCRIPTION: &str = r#"A description:
  name = "Trial network"
  time = "2026-01-01"                # optional; now, if left out

  [parameters]                       # optional, and each of them; see `bulla genesis show`
  heartbeat_ms = 30000

  [[organisation]]                   # the bodies that have no superior
  uscc = "11100000000013338W"
  name = "A ministry"
  level = "national"                 # national, provincial, municipal, county
  region = "000000"
  keys = [{ key = "ed25519:…", roles = ["registrar"] }]

  [[validator]]                      # who votes
  organisation = "11100000000013338W"
  key = "ed25519:…"
  power = 1                          # optional"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    name: Name,
    time: Option<String>,
    #[serde(default)]
    parameters: toml::Table,
    organisation: Vec<Root>,
    validator: Vec<Voter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Root {
    uscc: Uscc,
    name: Name,
    level: Level,
    region: RegionCode,
    #[serde(default)]
    keys: Vec<RootKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RootKey {
    key: PublicKey,
    roles: Roles,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Voter {
    organisation: Uscc,
    key: PublicKey,
    #[serde(default = "one")]
    power: u64,
}

fn one() -> u64 {
    1
}

impl Genesis {
    pub(crate) fn run(self) -> Result<Answer> {
        match self {
            Genesis::New { description, genesis } => new(&description, &genesis),
            Genesis::Show { genesis } => Ok(show(&read_genesis(&genesis)?)),
        }
    }
}

fn new(description: &Path, path: &Path) -> Result<Answer> {
    let name = description.display();
    let text = fs::read_to_string(description).with_context(|| format!("cannot read {name}"))?;
    let genesis = document(&text, when::now()).with_context(|| format!("{name} describes no network"))?;
    if path.exists() {
        bail!("{} exists already, and is not overwritten: a network is known by its genesis file", path.display());
    }
    let json = serde_json::to_string_pretty(&genesis)? + "\n";
    fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(show(&genesis))
}

/// The genesis document that a description means.
fn document(text: &str, now: Millis) -> Result<Document> {
    let Description { name, time, parameters, organisation: roots, validator } = toml::from_str(text)?;
    let time = time.map_or(Ok(now), |time| when::instant(&time)).map_err(anyhow::Error::msg).context("time")?;
    let grants = roots.iter().flat_map(|root| {
        let grant = |RootKey { key, roles }: &RootKey| KeyGrant {
            key: *key,
            organisation: root.uscc,
            roles: *roles,
            from: Height(0),
            until: None,
        };
        root.keys.iter().map(grant)
    });
    let mut keys: Vec<_> = grants.collect();
    keys.sort_by_key(|grant| grant.key);
    let organisation =
        |Root { uscc, name, level, region, .. }| Organisation { uscc, name, level, region, parent: None };
    let mut organisations: Vec<_> = roots.into_iter().map(organisation).collect();
    organisations.sort_by_key(|organisation| organisation.uscc);
    let voter = |Voter { organisation, key, power }| Validator { key, organisation, power };
    let validators = ValidatorSet::new(validator.into_iter().map(voter).collect())?;
    let genesis = Document {
        version: genesis::VERSION,
        name,
        time,
        parameters: parameters_of(&parameters).context("parameters")?,
        organisations,
        keys,
        validators,
    };
    genesis.check()?;
    Ok(genesis)
}

/// The usual parameters, but for those that are given.
fn parameters_of(given: &toml::Table) -> Result<Parameters> {
    let mut all = to_json(&Parameters::default());
    if let Some(all) = all.as_object_mut() {
        all.extend(given.iter().map(|(name, value)| (name.clone(), to_json(value))));
    }
    Ok(serde_json::from_value(all)?)
}

fn show(genesis: &Document) -> Answer {
    let chain = genesis.chain();
    let validators = &genesis.validators;
    let mut text = format!("Chain {chain}\n  {}, from {}\n  root organisations:", genesis.name, genesis.time);
    for root in &genesis.organisations {
        let keys = genesis.keys.iter().filter(|grant| grant.organisation == root.uscc).count();
        let _ = write!(text, "\n    {} {} ({}, region {}, {keys} keys)", root.uscc, root.name, root.level, root.region);
    }
    let _ = write!(
        text,
        "\n  {} validators, of which {} of {} votes decide:",
        validators.count(),
        validators.quorum(),
        validators.total_power()
    );
    for Validator { key, organisation, power } in validators.as_slice() {
        let _ = write!(text, "\n    {organisation} {key}, power {power}");
    }
    let parameters = to_json(&genesis.parameters);
    text.push_str("\n  parameters:");
    for (name, value) in parameters.as_object().into_iter().flatten() {
        let _ = write!(text, "\n    {name} = {value}");
    }
    let document: Value = to_json(genesis);
    Answer::done(text, json!({ "chain": chain, "genesis": document }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_verify::keys::SigningKey;

    fn description() -> String {
        let key = |seed| SigningKey::from_seed(&[seed; 32]).public();
        format!(
            "name = '试验网'\ntime = '2026-01-01'\n[parameters]\nheartbeat_ms = 5000\n\
             [[organisation]]\nuscc = '11310000000000035N'\nname = '测试局'\nlevel = 'provincial'\nregion = '310000'\n\
             keys = [{{ key = '{}', roles = ['registrar', 'issuer'] }}]\n\
             [[validator]]\norganisation = '11310000000000035N'\nkey = '{}'\n",
            key(1),
            key(2)
        )
    }

    #[test]
    fn a_description_becomes_the_document_it_describes() {
        let genesis = document(&description(), Millis(0)).unwrap();
        assert_eq!(genesis.time, when::instant("2026-01-01").unwrap());
        assert_eq!(genesis.parameters, Parameters { heartbeat_ms: 5_000, ..Parameters::default() });
        assert_eq!(genesis.keys.first().map(|grant| grant.roles.iter().count()), Some(2));
        assert_eq!(genesis.validators.total_power(), 1);
        let undated = description().replace("time = '2026-01-01'\n", "");
        assert_eq!(document(&undated, Millis(7)).unwrap().time, Millis(7));
    }

    #[test]
    fn what_describes_no_network_is_refused_with_the_reason() {
        for (from, to, reason) in [
            ("heartbeat_ms", "heartbeat", "heartbeat"),
            ("= 5000", "= 5", "heartbeat_ms"),
            ("['registrar', 'issuer']", "['issuer']", "registrar"),
            ("'registrar', ", "'king', ", "unknown variant `king`"),
            ("310000'\n", "31'\n", "six digits"),
            ("name = '测试局'\n", "", "missing field `name`"),
            ("level", "rank", "line 8"),
        ] {
            let changed = description().replacen(from, to, 1);
            assert_ne!(changed, description(), "{from}");
            let refused = format!("{:#}", document(&changed, Millis(0)).unwrap_err());
            assert!(refused.contains(reason), "{refused} does not say {reason}");
        }
    }
}
