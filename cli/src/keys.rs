//! `bulla keys`: key files, and handles of subjects.

use crate::answer::{Answer, Usage};
use crate::prompt;
use anyhow::{Context, Result, ensure};
use bulla_keystore::{KeyFileError, ROUNDS, destroy_file, generate, open_file, random, seal_file, write_new};
use bulla_verify::holder::Handle;
use bulla_verify::keys::{PublicKey, SigningKey};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub(crate) enum Keys {
    /// Make a key: an encrypted file, and beside it FILE.pub with the public key that others may know.
    New(KeyFile),
    /// Open a key file and show its public key.
    Show(KeyFile),
    /// Destroy a key that is no longer used: its file is overwritten and removed. Copies elsewhere are yours to destroy.
    Destroy {
        /// The key file.
        file: PathBuf,
        /// The key's public half, so that no other key is destroyed.
        #[arg(long, value_name = "KEY", value_parser = public_key)]
        confirm: PublicKey,
        /// A file that holds the passphrase in one line, which only you may read. Without it, you are asked.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Make a subject's handle: a random name that only vaults know. Identity authorities give them; this is for trials.
    Handle {
        /// The file to write.
        file: PathBuf,
    },
}

#[derive(clap::Args)]
pub(crate) struct KeyFile {
    /// The key file.
    file: PathBuf,
    /// A file that holds the passphrase in one line, which only you may read. Without it, you are asked.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Keys {
    pub(crate) fn run(self) -> Result<Answer> {
        match self {
            Keys::New(key) => new(&key),
            Keys::Show(key) => show(&key),
            Keys::Destroy { file, confirm, passphrase_file } => destroy(&file, confirm, passphrase_file.as_deref()),
            Keys::Handle { file } => handle(&file),
        }
    }
}

/// The key of a file; an error names the file.
pub(crate) fn open(file: &Path, passphrase: &str) -> Result<SigningKey> {
    match open_file(file, passphrase) {
        Err(KeyFileError::File(error)) => Err(error.into()),
        opened => opened.with_context(|| file.display().to_string()),
    }
}

/// A public key, as it is or from the file that holds it.
pub(crate) fn public_key(text: &str) -> Result<PublicKey, String> {
    let held = || fs::read_to_string(text).ok().and_then(|line| line.trim().parse().ok());
    text.parse().ok().or_else(held).ok_or_else(|| {
        "a public key reads ed25519: and 64 hexadecimal digits; or name the FILE.pub that holds it".into()
    })
}

fn new(KeyFile { file, passphrase_file }: &KeyFile) -> Result<Answer> {
    let passphrase = prompt::new_passphrase(file, passphrase_file.as_deref())?;
    let key = generate();
    seal_file(file, &key, &passphrase, ROUNDS)?;
    let public = public_file(file);
    fs::write(&public, format!("{}\n", key.public())).with_context(|| format!("cannot write {}", public.display()))?;
    let text = format!(
        "{}\nThe key is in {}, its public half in {}.\nKeep a copy of the file and of its passphrase: without both, the key is lost.",
        key.public(),
        file.display(),
        public.display()
    );
    Ok(Answer::done(text, json!({ "public_key": key.public(), "file": file, "public_file": public })))
}

fn show(KeyFile { file, passphrase_file }: &KeyFile) -> Result<Answer> {
    let passphrase = prompt::passphrase(file, passphrase_file.as_deref())?;
    let key = open(file, &passphrase)?;
    Ok(Answer::done(key.public().to_string(), json!({ "public_key": key.public(), "file": file })))
}

fn destroy(file: &Path, confirm: PublicKey, passphrase_file: Option<&Path>) -> Result<Answer> {
    let key = open(file, &prompt::passphrase(file, passphrase_file)?)?;
    ensure!(key.public() == confirm, Usage(format!("the file holds {}; nothing was destroyed", key.public())));
    destroy_file(file)?;
    let text = format!("{} is destroyed. Destroy its copies too, and the paper with its passphrase.", key.public());
    Ok(Answer::done(text, json!({ "destroyed": key.public(), "file": file })))
}

fn handle(file: &Path) -> Result<Answer> {
    let handle = Handle(*random());
    write_new(file, format!("{handle}\n").as_bytes())?;
    let text = format!("The handle is in {}. Show it to nobody but its subject.", file.display());
    Ok(Answer::done(text, json!({ "file": file })))
}

fn public_file(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}
