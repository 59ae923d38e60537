//! The keys of an import: one for each source's body, and the secret behind all salts. Made once, kept encrypted in the
//! import's directory, and needed again to go on with it or to open what was imported.

use anyhow::{Context, Result};
use bulla_keystore::{FileError, ROUNDS, generate, open_file, seal_file};
use bulla_verify::keys::{PublicKey, SigningKey};
use std::collections::BTreeMap;
use std::path::Path;

/// The keys of an import.
pub(crate) struct Keys {
    /// By source, the key of its body's historical registrar.
    pub(crate) by_source: BTreeMap<String, SigningKey>,
    /// Its seed is the secret behind the salts; it signs nothing.
    pub(crate) salts: SigningKey,
}

impl Keys {
    /// The keys in a directory; those that are not there yet are made.
    pub(crate) fn open(directory: &Path, sources: impl IntoIterator<Item = String>, passphrase: &str) -> Result<Keys> {
        let key = |name: &str| open_or_new(&directory.join(format!("{name}.key")), passphrase);
        // A source's name has no point.
        let salts = key("import.salts")?;
        let by_source = sources.into_iter().map(|source| Ok((source.clone(), key(&source)?))).collect::<Result<_>>()?;
        Ok(Keys { by_source, salts })
    }

    /// By source, the public key.
    pub(crate) fn public(&self) -> BTreeMap<String, PublicKey> {
        self.by_source.iter().map(|(source, key)| (source.clone(), key.public())).collect()
    }
}

fn open_or_new(path: &Path, passphrase: &str) -> Result<SigningKey> {
    if !path.exists() {
        match seal_file(path, &generate(), passphrase, ROUNDS) {
            Ok(()) | Err(FileError::Exists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    open_file(path, passphrase).with_context(|| {
        format!(
            "{} opens with the passphrase of the registrar's key when it was made; use that, or another --state",
            path.display()
        )
    })
}
