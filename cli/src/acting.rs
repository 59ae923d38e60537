//! What acts of every area share: who acts, documents of which the ledger gets a commitment, names of new records, subjects,
//! citations of laws, and words for what has a few values.
//!
//! A document stays where it is. Its digest and a fresh salt go into the vault before the act is sent, for without the salt
//! the commitment can never be opened; they are forgotten if the act surely was not recorded.

use crate::answer::{Answer, Exit, Usage, with};
use crate::submit::{Signing, Submission, may_be_recorded};
use crate::vault::{Paper, Vault};
use anyhow::{Context, Result};
use bulla_keystore::{random, read_passphrase};
use bulla_verify::hash::Hash;
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::Citation;
use bulla_verify::name::Name;
use bulla_verify::operation::Operation;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

/// Who acts, and how that is signed and sent.
#[derive(clap::Args)]
pub(crate) struct Acting {
    /// Who acts; the body by which the record is named, if nothing is said.
    #[arg(long, value_name = "USCC")]
    by: Option<Uscc>,
    #[command(flatten)]
    submission: Submission,
}

/// Where salts of documents are kept.
#[derive(Default, clap::Args)]
pub(crate) struct Papers {
    /// The vault's directory, for what opens the documents' commitments; `vault` beside the first key, if nothing is said.
    #[arg(long, value_name = "DIR")]
    vault: Option<PathBuf>,
}

/// A place in a law.
#[derive(clap::Args)]
#[command(next_help_heading = "The law")]
pub(crate) struct Cited {
    /// The law's official title.
    #[arg(long, value_name = "TITLE")]
    law: Name,
    /// The article; none cites the law as a whole.
    #[arg(long, default_value_t = 0)]
    article: u16,
    /// The paragraph of the article, from 1; none cites the article as a whole.
    #[arg(long, default_value_t = 0)]
    paragraph: u8,
}

/// An act that is being written: open keys, and the documents that it commits to so far.
pub(crate) struct Writing {
    /// To ask the node beforehand.
    pub(crate) signing: Signing,
    directory: PathBuf,
    vault: Option<Vault>,
    papers: Vec<Paper>,
    named: Vec<(&'static str, String)>,
}

impl Acting {
    /// Who acts on a record that a body numbered.
    pub(crate) fn by(&self, body: Uscc) -> Uscc {
        self.by.unwrap_or(body)
    }

    /// Who acts, where no record says it.
    pub(crate) fn actor(&self) -> Result<Uscc> {
        Ok(self.by.ok_or_else(|| Usage("say who acts: --by USCC".into()))?)
    }

    /// Who acts, if it is said.
    pub(crate) fn said(&self) -> Option<Uscc> {
        self.by
    }

    /// Signs one operation, and hands it over.
    pub(crate) async fn submit(&self, operation: impl Into<Operation>) -> Result<Answer> {
        self.submission.open().await?.submit(vec![operation.into()]).await
    }

    /// Opens the keys for an act.
    pub(crate) async fn open(&self) -> Result<Writing> {
        self.open_with(&Papers::default()).await
    }

    /// Opens the keys for an act that commits to documents.
    pub(crate) async fn open_with(&self, papers: &Papers) -> Result<Writing> {
        papers.open(&self.submission).await
    }
}

impl Papers {
    /// Opens the keys for an act that commits to documents.
    pub(crate) async fn open(&self, submission: &Submission) -> Result<Writing> {
        let directory = self.vault.clone().unwrap_or_else(|| submission.vault_directory());
        let signing = submission.open().await?;
        Ok(Writing { signing, directory, vault: None, papers: Vec::new(), named: Vec::new() })
    }
}

impl Cited {
    /// As the ledger has it.
    pub(crate) fn citation(self) -> Citation {
        Citation { instrument: self.law, article: self.article, paragraph: self.paragraph }
    }
}

impl Writing {
    /// Commits to a document, and keeps in the vault what opens the commitment.
    pub(crate) fn commit(&mut self, file: &Path) -> Result<Hash> {
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        self.keep(Paper::of(&bytes))
    }

    /// Keeps in the vault what opens a commitment.
    pub(crate) fn keep(&mut self, paper: Paper) -> Result<Hash> {
        if self.vault.is_none() {
            self.vault = Some(Vault::open_or_new(&self.directory, self.signing.passphrase())?);
        }
        let vault = self.vault.as_ref().expect("it was opened above");
        vault.put_paper(&paper)?;
        let commitment = paper.commitment;
        self.papers.push(paper);
        Ok(commitment)
    }

    /// As [`Writing::commit`], where there may be no document.
    pub(crate) fn commit_any(&mut self, file: Option<&Path>) -> Result<Option<Hash>> {
        file.map(|file| self.commit(file)).transpose()
    }

    /// A new record that the act opens: the answer says its name. `what` is one word, as programs read it.
    pub(crate) fn names(&mut self, what: &'static str, name: impl Display) {
        self.named.push((what, name.to_string()));
    }

    /// Signs the operation and hands it over; forgets the documents again if it surely was not recorded.
    pub(crate) async fn submit(self, operation: impl Into<Operation>) -> Result<Answer> {
        let result = self.signing.submit(vec![operation.into()]).await;
        if !may_be_recorded(&result) {
            for (vault, paper) in
                self.vault.iter().flat_map(|vault| self.papers.iter().map(move |paper| (vault, paper)))
            {
                vault.remove_paper(paper)?;
            }
        }
        let mut answer = result?;
        let opened = if answer.exit == Exit::Refused { &[] } else { &self.named[..] };
        for (what, name) in opened {
            answer.text = format!("{what} {name}\n{}", answer.text);
            answer.json = with(answer.json, what, name);
        }
        let commitments: Vec<_> = self.papers.iter().map(|paper| paper.commitment).collect();
        if !commitments.is_empty() {
            answer.json = with(answer.json, "commitments", commitments);
        }
        Ok(answer)
    }
}

/// The number of a new record: it tells nothing.
pub(crate) fn fresh() -> [u8; 16] {
    *random()
}

/// A subject's handle, from a file that only its owner may read.
pub(crate) fn handle(file: &Path) -> Result<Handle> {
    let text = read_passphrase(file)?;
    text.parse().with_context(|| format!("{} holds no handle", file.display()))
}

/// One of a few values by its word, `publicity-least` or `publicity_least`. What is no word of it is told with those that are.
pub(crate) fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(Value::String(text.replace('-', "_"))).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_verify::credit::Grade;

    #[test]
    fn a_word_is_read_and_a_wrong_one_is_told_the_right_ones() {
        assert_eq!(word("serious"), Ok(Grade::Serious));
        let told = word::<Grade>("grave").unwrap_err();
        assert!(told.contains("minor") && told.contains("serious"), "{told}");
    }
}
