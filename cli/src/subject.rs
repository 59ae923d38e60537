//! `bulla subject`: handles, and the lists of what was done on each. A handle is given as a file, never in the command itself.

use crate::acting::{Acting, Papers, handle, word};
use crate::answer::{Answer, with};
use crate::connection::Reading;
use crate::record;
use crate::vault::Paper;
use anyhow::Result;
use bulla_keystore::random;
use bulla_verify::document::digest;
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::record::Record;
use bulla_verify::subject::{Act, Line, ListKind, Subject as Registered, SubjectKind, SubjectList};
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub(crate) enum Subject {
    /// Register a handle that `bulla keys handle` made. Signed by an identity authority.
    Register {
        /// The file with the handle, which only you may read.
        handle: PathBuf,
        /// Whose it is: natural or legal.
        #[arg(long, value_parser = word::<SubjectKind>)]
        kind: SubjectKind,
        #[command(flatten)]
        acting: Acting,
    },
    /// Let nothing new be opened on a handle. Signed by the authority that registered it.
    Close {
        /// The file with the handle.
        handle: PathBuf,
        #[command(flatten)]
        acting: Acting,
    },
    /// Put another handle of the same subject into its list of handles. Signed by the authority that registered it.
    Link {
        /// The file with the handle whose list it is.
        handle: PathBuf,
        /// The file with the other handle.
        #[arg(long, value_name = "FILE")]
        other: PathBuf,
        #[command(flatten)]
        papers: Papers,
        #[command(flatten)]
        acting: Acting,
    },
    /// Put a licence into its holder's list of licences. Signed by an issuer.
    ListLicence {
        /// The file with the handle by which the issuer knows the holder.
        handle: PathBuf,
        /// The licence.
        licence: LicenceId,
        #[command(flatten)]
        papers: Papers,
        #[command(flatten)]
        acting: Acting,
    },
    /// Show who registered a handle, when, and whether it is closed.
    Show {
        /// The file with the handle.
        handle: PathBuf,
        #[command(flatten)]
        node: Reading,
    },
    /// Show a list of the subject, whole: licences, credit, accesses or handles.
    Lines {
        /// The file with the handle.
        handle: PathBuf,
        /// Which list.
        #[arg(value_parser = word::<ListKind>)]
        list: ListKind,
        #[command(flatten)]
        node: Reading,
    },
}

impl Subject {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Subject::Register { handle: file, kind, acting } => {
                let (handle, by) = (handle(&file)?, acting.actor()?);
                acting.submit(Act::Register { handle, kind, by }).await
            }
            Subject::Close { handle: file, acting } => {
                let (handle, by) = (handle(&file)?, acting.actor()?);
                acting.submit(Act::Close { handle, by }).await
            }
            Subject::Link { handle: file, other, papers, acting } => {
                let (one, other, by, salt) = (handle(&file)?, handle(&other)?, acting.actor()?, *random());
                let mut writing = acting.open_with(&papers).await?;
                let paper = Paper { commitment: one.link(&other, &salt), digest: Hash(other.0), salt };
                let commitment = writing.keep(paper)?;
                writing.submit(Act::LinkHandle { handle: one, commitment, by }).await
            }
            Subject::ListLicence { handle: file, licence, papers, acting } => {
                let (handle, by, salt, base) = (handle(&file)?, acting.by(licence.issuer()), *random(), licence.base());
                let mut writing = acting.open_with(&papers).await?;
                let digest = digest(licence.to_string().as_bytes());
                let commitment = writing.keep(Paper { commitment: handle.listing(&base, &salt), digest, salt })?;
                writing.submit(Act::ListLicence { handle, commitment, by }).await
            }
            Subject::Show { handle: file, node } => {
                let found = node.connect().await?.record::<Registered>(&handle(&file)?).await?;
                Ok(record::answer("subject", &file.display().to_string(), found, |_, _| None))
            }
            Subject::Lines { handle: file, list, node } => {
                let key = SubjectList::key(&(handle(&file)?, list));
                let answer = record::listed::<Line>(&node.connect().await?, &file.display().to_string(), &key).await?;
                Ok(Answer { json: with(answer.json, "list", list), ..answer })
            }
        }
    }
}
