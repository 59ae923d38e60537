//! Where a passphrase comes from: a file that nobody else may read, or the terminal. Never an argument or the environment.

use crate::answer::Usage;
use anyhow::{Context, Result, ensure};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// The passphrase that opens a file.
pub(crate) fn passphrase(of: &Path, file: Option<&Path>) -> Result<Zeroizing<String>> {
    match file {
        Some(file) => Ok(bulla_keystore::read_passphrase(file)?),
        None => ask(&format!("Passphrase of {}: ", of.display())),
    }
}

/// A new passphrase for a file: asked for twice, since nobody sees what is typed.
pub(crate) fn new_passphrase(of: &Path, file: Option<&Path>) -> Result<Zeroizing<String>> {
    if file.is_some() {
        return passphrase(of, file);
    }
    let first = ask(&format!("New passphrase of {}: ", of.display()))?;
    ensure!(!first.is_empty(), Usage("a key without a passphrase is a key for everyone; type one".into()));
    let again = ask("The same once more: ")?;
    ensure!(*first == *again, Usage("the two passphrases differ; begin again".into()));
    Ok(first)
}

fn ask(question: &str) -> Result<Zeroizing<String>> {
    let terminal = File::options().read(true).write(true).open("/dev/tty");
    let mut terminal =
        terminal.map_err(|_| Usage("no terminal to ask for a passphrase; name a --passphrase-file".into()))?;
    write!(terminal, "{question}")?;
    let before = tcgetattr(&terminal).context("cannot ask at this terminal; name a --passphrase-file")?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
    let mut line = Zeroizing::new(String::new());
    let read = BufReader::new(&terminal).read_line(&mut line);
    tcsetattr(&terminal, OptionalActions::Flush, &before)?;
    writeln!(terminal)?;
    read.context("cannot read the passphrase")?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}
