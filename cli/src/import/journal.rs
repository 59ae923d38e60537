//! What an import has done so far: one file of lines, each durable before the next step.
//!
//! ```text
//! {"version":1,"chain":…,"file":…,"acts":250}     whose journal it is; another import is refused
//! {"nonce":…,"expires_at":…}                      before a transaction is sent: when it expires, which makes its id
//! {"nonce":…,"outcomes":[0,520,…]}                when it is final: 0 for an act that was accepted, else the refusal's code
//! ```
//!
//! A last line that was cut off is dropped: what it would have said is found out anew. So a stopped import goes on where it
//! was, and no transaction is made a second time before the first can be in no block any more.

use anyhow::{Context, Result, bail, ensure};
use bulla_verify::chain::ChainId;
use bulla_verify::hash::Hash;
use bulla_verify::refusal::{Code, Outcome};
use bulla_verify::time::Millis;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

pub(crate) type Nonce = [u8; 16];

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    sent: BTreeMap<String, Millis>,
    settled: BTreeMap<String, Vec<Outcome>>,
}

/// Whose a journal is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Import {
    /// The network.
    pub(crate) chain: ChainId,
    /// The file.
    pub(crate) file: Hash,
    /// How many acts a transaction has at most.
    pub(crate) acts: usize,
}

impl Journal {
    /// The journal of an import; a new one if there is none.
    pub(crate) fn open(path: &Path, import: Import) -> Result<Journal> {
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = opened.with_context(|| format!("cannot open the journal {}", path.display()))?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let whole = text.rfind('\n').map_or("", |end| text.get(..=end).unwrap_or_default());
        file.set_len(u64::try_from(whole.len())?)?;
        file.seek(SeekFrom::End(0))?;
        let mut journal = Journal { file, sent: BTreeMap::new(), settled: BTreeMap::new() };
        let mut lines = whole.lines();
        match lines.next() {
            None => journal.write(&import.line())?,
            Some(first) => ensure!(
                serde_json::from_str::<Value>(first).is_ok_and(|found| found == import.line()),
                "{} is the journal of another import: of another file, network or number of acts; name another --state, or \
                 give the same",
                path.display()
            ),
        }
        for (line, text) in (2u32..).zip(lines) {
            if journal.read(text).is_none() {
                bail!("line {line} of {} cannot be understood; restore the journal from a backup", path.display());
            }
        }
        Ok(journal)
    }

    /// When the transaction with a nonce expires as it was last sent, if it was.
    pub(crate) fn expiry(&self, nonce: &Nonce) -> Option<Millis> {
        self.sent.get(&hex(nonce)).copied()
    }

    /// What became of the transaction with a nonce, if it is final.
    pub(crate) fn outcomes(&self, nonce: &Nonce) -> Option<&[Outcome]> {
        self.settled.get(&hex(nonce)).map(Vec::as_slice)
    }

    /// Says that a transaction is about to be sent.
    pub(crate) fn sending(&mut self, nonce: &Nonce, expires_at: Millis) -> Result<()> {
        self.sent.insert(hex(nonce), expires_at);
        self.write(&json!({ "nonce": hex(nonce), "expires_at": expires_at }))
    }

    /// Says that a transaction is final.
    pub(crate) fn settled(&mut self, nonce: &Nonce, outcomes: &[Outcome]) -> Result<()> {
        self.settled.insert(hex(nonce), outcomes.to_vec());
        let numbers: Vec<u16> = outcomes.iter().map(number).collect();
        self.write(&json!({ "nonce": hex(nonce), "outcomes": numbers }))
    }

    fn read(&mut self, line: &str) -> Option<()> {
        let line: Value = serde_json::from_str(line).ok()?;
        let nonce = line.get("nonce")?.as_str()?.to_owned();
        if let Some(expires_at) = line.get("expires_at") {
            self.sent.insert(nonce, Millis(expires_at.as_i64()?));
            return Some(());
        }
        let outcome = |number: &Value| Some(outcome(u16::try_from(number.as_u64()?).ok()?));
        let outcomes: Option<Vec<_>> = line.get("outcomes")?.as_array()?.iter().map(outcome).collect();
        self.settled.insert(nonce, outcomes?);
        Some(())
    }

    fn write(&mut self, line: &Value) -> Result<()> {
        let written = self.file.write_all(format!("{line}\n").as_bytes()).and_then(|()| self.file.sync_data());
        written.context("cannot write the journal of the import")
    }
}

impl Import {
    fn line(&self) -> Value {
        let Import { chain, file, acts } = self;
        json!({ "version": 1, "chain": chain.to_string(), "file": file.to_string(), "acts": acts })
    }
}

fn number(outcome: &Outcome) -> u16 {
    match outcome {
        Outcome::Applied => 0,
        Outcome::Refused(Code(code)) => *code,
        // Of independent acts none falls with another.
        Outcome::Dropped => u16::MAX,
    }
}

fn outcome(number: u16) -> Outcome {
    match number {
        0 => Outcome::Applied,
        u16::MAX => Outcome::Dropped,
        code => Outcome::Refused(Code(code)),
    }
}

fn hex(nonce: &Nonce) -> String {
    nonce.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import() -> Import {
        Import { chain: ChainId(Hash([1; 32])), file: Hash([2; 32]), acts: 250 }
    }

    #[test]
    fn what_was_written_is_there_again_and_a_cut_line_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let mut journal = Journal::open(&path, import()).unwrap();
        let outcomes = [Outcome::Applied, Outcome::Refused(Code(520)), Outcome::Dropped];
        journal.sending(&[1; 16], Millis(7)).unwrap();
        journal.sending(&[2; 16], Millis(8)).unwrap();
        journal.settled(&[1; 16], &outcomes).unwrap();
        let whole = std::fs::read(&path).unwrap();
        journal.sending(&[3; 16], Millis(9)).unwrap();
        for cut in whole.len()..std::fs::read(&path).unwrap().len() {
            let text = std::fs::read(&path).unwrap();
            let torn = directory.path().join(cut.to_string());
            std::fs::write(&torn, &text[..cut]).unwrap();
            let mut again = Journal::open(&torn, import()).unwrap();
            assert_eq!((again.expiry(&[1; 16]), again.expiry(&[2; 16])), (Some(Millis(7)), Some(Millis(8))));
            assert_eq!((again.outcomes(&[1; 16]), again.outcomes(&[2; 16])), (Some(outcomes.as_slice()), None));
            assert_eq!(again.expiry(&[3; 16]), None);
            again.sending(&[4; 16], Millis(10)).unwrap();
            assert_eq!(Journal::open(&torn, import()).unwrap().expiry(&[4; 16]), Some(Millis(10)));
        }
    }

    #[test]
    fn another_import_or_a_broken_line_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        Journal::open(&path, import()).unwrap();
        let others = [
            Import { chain: ChainId(Hash([3; 32])), ..import() },
            Import { file: Hash([3; 32]), ..import() },
            Import { acts: 249, ..import() },
        ];
        for other in others {
            let error = Journal::open(&path, other).unwrap_err().to_string();
            assert!(error.contains("another import"), "{error}");
        }
        std::fs::write(&path, format!("{}\n{{\"nonce\":\n", import().line())).unwrap();
        assert!(Journal::open(&path, import()).unwrap_err().to_string().contains("line 2"));
    }
}
