//! Where the keys of a configuration come from, so that every refusal can say it.

use super::ConfigError;
use figment::error::Kind;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the variables that overrule a key begin with.
const PREFIX: &str = "BULLA_";
/// What stands in a variable's name between a table and its key; a single one stands in many keys.
const NESTED: &str = "__";
/// How values from the environment are told from those of the file.
const ENVIRONMENT: &str = "environment";

/// A file and what overrules it.
pub(super) struct Source {
    path: PathBuf,
    text: String,
    merged: Figment,
}

impl Source {
    /// Reads the file.
    pub(super) fn open(
        path: &Path,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Source, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|reason| ConfigError::Unreadable { path: path.into(), reason: reason.to_string() })?;
        let merged = Figment::from(Toml::string(&text)).merge(Environment::of(environment));
        Ok(Source { path: path.into(), text, merged })
    }

    /// The keys as a value.
    pub(super) fn extract<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        self.merged.extract().map_err(|error| self.explain(&error))
    }

    fn explain(&self, error: &figment::Error) -> ConfigError {
        let (key, place) = (error.path.join("."), self.place(error));
        if let Kind::UnknownField(_, known) = &error.kind {
            return ConfigError::Unknown { key, place, known: known.join(", ") };
        }
        if let Kind::MissingField(name) = &error.kind {
            let key = error.path.iter().map(String::as_str).chain([name.as_ref()]).collect::<Vec<_>>().join(".");
            return ConfigError::Missing { key, place };
        }
        let reason = error.kind.to_string();
        // Only the reader of the file itself speaks of no key.
        if error.path.is_empty() {
            return ConfigError::Syntax { path: self.path.clone(), reason };
        }
        ConfigError::Value { key, place, reason }
    }

    fn place(&self, error: &figment::Error) -> String {
        if error.metadata.as_ref().is_some_and(|source| source.name == ENVIRONMENT) {
            return format!("environment variable {}", variable(&error.path));
        }
        let path = self.path.display();
        match line_of(&self.text, &error.path) {
            Some(line) => format!("{path}:{line}"),
            None => path.to_string(),
        }
    }
}

/// The variable that overrules a key.
fn variable(path: &[String]) -> String {
    format!("{PREFIX}{}", path.join(NESTED).to_uppercase())
}

/// The line, from 1, where a key or a table stands. The second of a list of tables `[[peers]]` is `peers.1`.
fn line_of(text: &str, path: &[String]) -> Option<usize> {
    let (key, tables) = path.split_last()?;
    let (whole, wanted) = (path.join("."), tables.join("."));
    let mut lists: BTreeMap<&str, usize> = BTreeMap::new();
    let mut table = String::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        let Some(header) = line.strip_prefix('[') else {
            let name = line.split('=').next().unwrap_or_default().trim();
            if table == wanted && name == key {
                return Some(number);
            }
            continue;
        };
        let name = header.trim_start_matches('[').split(']').next().unwrap_or_default().trim();
        table = if header.starts_with('[') {
            let before = lists.entry(name).or_default();
            let place = *before;
            *before = before.saturating_add(1);
            format!("{name}.{place}")
        } else {
            name.to_owned()
        };
        if name == whole || table == whole {
            return Some(number);
        }
    }
    None
}

/// The variables of a process that are meant for a node.
struct Environment(Dict);

impl Environment {
    fn of(variables: impl Iterator<Item = (String, String)>) -> Environment {
        let mut keys = Dict::new();
        for (name, value) in variables {
            if let Some(name) = name.strip_prefix(PREFIX) {
                let path = name.to_lowercase();
                insert(&mut keys, &path.split(NESTED).collect::<Vec<_>>(), value);
            }
        }
        Environment(keys)
    }
}

fn insert(keys: &mut Dict, path: &[&str], value: String) {
    match path {
        [] => {}
        [key] => {
            let value: Value = value.parse().expect("what is no number, list or table is a text");
            keys.insert((*key).to_owned(), value);
        }
        [table, rest @ ..] => {
            let mut inner = match keys.remove(*table) {
                Some(Value::Dict(_, inner)) => inner,
                _ => Dict::new(),
            };
            insert(&mut inner, rest, value);
            keys.insert((*table).to_owned(), inner.into());
        }
    }
}

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named(ENVIRONMENT)
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Map::from([(Profile::Default, self.0.clone())]))
    }
}
