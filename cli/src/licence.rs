//! `bulla licence`: one verb for each act, and what there is to see of a licence.

mod acts;
mod deciding;
mod moving;
mod shown;
mod valid_in;

use crate::answer::Answer;
use crate::connection::Reading;
use crate::prompt;
use crate::vault::Vault;
use acts::{Acting, Amend, Correct, Issue, Renew, Suspend, TakeOver};
use anyhow::Result;
use bulla_verify::identifiers::licence_id::{LicenceId, LicenceTypeCode, Serial};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::Change;
use deciding::{Annul, Reinstate, Spare, Withdraw};
use moving::{IssueJointly, TransferIn, TransferOut};
use serde_json::json;
use std::path::PathBuf;

use valid_in::ValidIn;

pub(crate) use shown::Show;

#[derive(clap::Subcommand)]
pub(crate) enum Licence {
    /// Write out a licence's identifier, with its check character, from its parts. No node is asked.
    Identifier {
        /// The type, 21 characters.
        type_code: LicenceTypeCode,
        /// Who issues it, 18 characters.
        issuer: Uscc,
        /// The issuer's own number of it: 1 to 32 upper-case letters and digits.
        serial: Serial,
        /// Which version, 1 to 999.
        #[arg(long, default_value_t = 1)]
        version: u16,
    },
    /// Issue a licence. Signed by an issuer of the body that issues it.
    Issue(Issue),
    /// Take over a licence that another register issued; what came before is not recorded, and the record says so for ever.
    TakeOver(TakeOver),
    /// Give it a new term, as its next version. Signed by an issuer of the issuing body.
    Renew(Renew),
    /// Change what it says, shorten its term or change its holder, as its next version.
    Amend(Amend),
    /// Suspend it. Signed by an issuer of the issuing body, or of one above it.
    Suspend(Suspend),
    /// End its suspension. Signed by an issuer of the body that decided it, or of one above.
    Resume(Acting),
    /// Revoke it, as a penalty. Signed by an issuer of the issuing body, or of one above it.
    Revoke(Acting),
    /// Cancel it: the procedural closing. Signed by an issuer of the issuing body.
    Cancel(Acting),
    /// Put a clerical slip right, in the same version. Signed by an issuer of the issuing body.
    Correct(Correct),
    /// Withdraw it: it was lawful, and law or facts have changed since. Signed by an issuer of the issuing body.
    Withdraw(Withdraw),
    /// Annul it: it should never have been, and is void from a day on. Signed by an issuer of the issuing body, or of one above.
    Annul(Annul),
    /// Leave it standing although there is a ground to annul it, since to annul it would do the public great harm. Signed by an
    /// issuer of the issuing body, or of one above.
    Spare(Spare),
    /// Give it its force again, since a decision against it was overturned. Signed by an issuer of the issuing body.
    Reinstate(Reinstate),
    /// Offer it to the body of another region; it is in force until that body takes it over. Signed by an issuer of the issuing
    /// body.
    TransferOut(TransferOut),
    /// Take over what another body offered, as a new licence of one's own: that one ends as this one begins. Signed by an
    /// issuer of the body that takes it over.
    TransferIn(TransferIn),
    /// End an offer: the body that made it takes it back, or (`--by`) the other declines.
    AbortTransfer(Acting),
    /// Issue a licence together with other bodies: it is in force once enough have signed. Signed by an issuer of the issuing
    /// body; the others follow with `bulla licence cosign`.
    IssueJointly(IssueJointly),
    /// Sign a joint issue, as a body (`--by`) that was asked to. Look at it first with `bulla licence show`.
    Cosign(Acting),
    /// Show it as it is now.
    Show(Show),
    /// Say whether it is valid in a region, and why.
    ValidIn(ValidIn),
    /// List all acts on it.
    History {
        /// The identifier of any version.
        licence: LicenceId,
        #[command(flatten)]
        node: Reading,
    },
    /// Show what it says, from the vault of whoever wrote it.
    Fields {
        #[command(flatten)]
        own: Own,
    },
    /// Write a file that shows some of its fields and nothing of the others; checked with `bulla verify --fields`.
    Disclose {
        #[command(flatten)]
        own: Own,
        /// The names of the fields to show.
        #[arg(long = "field", value_name = "NAME", required = true)]
        fields: Vec<String>,
        /// The file to write.
        #[arg(long = "to", value_name = "FILE")]
        file: PathBuf,
    },
}

/// A licence of which a vault knows what it says.
#[derive(clap::Args)]
pub(crate) struct Own {
    /// The identifier of its current version.
    licence: LicenceId,
    /// The vault's directory.
    #[arg(long, value_name = "DIR")]
    vault: PathBuf,
    /// A file with the passphrase of the key that the vault was made with. Without it, you are asked.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    node: Reading,
}

impl Licence {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Licence::Identifier { type_code, issuer, serial, version } => {
                let id = LicenceId::new(type_code, issuer, serial, version)?;
                Ok(Answer::done(id.to_string(), json!({ "identifier": id })))
            }
            Licence::Issue(issue) => issue.run().await,
            Licence::TakeOver(take_over) => take_over.run().await,
            Licence::Renew(renew) => renew.run().await,
            Licence::Amend(amend) => amend.run().await,
            Licence::Suspend(suspend) => suspend.run().await,
            Licence::Resume(acting) => acting.run(Change::Resume).await,
            Licence::Revoke(acting) => acting.run(Change::Revoke).await,
            Licence::Cancel(acting) => acting.run(Change::Cancel).await,
            Licence::Correct(correct) => correct.run().await,
            Licence::Withdraw(withdraw) => withdraw.run().await,
            Licence::Annul(annul) => annul.run().await,
            Licence::Spare(spare) => spare.run().await,
            Licence::Reinstate(reinstate) => reinstate.run().await,
            Licence::TransferOut(offer) => offer.run().await,
            Licence::TransferIn(accept) => accept.run().await,
            Licence::AbortTransfer(acting) => acting.run(Change::AbortTransfer).await,
            Licence::IssueJointly(issue) => issue.run().await,
            Licence::Cosign(acting) => acting.run(Change::Cosign).await,
            Licence::Show(show) => show.run().await,
            Licence::ValidIn(question) => question.run().await,
            Licence::History { licence, node } => shown::history(&node.connect().await?, &licence).await,
            Licence::Fields { own } => shown::fields(&own.licence, &own.open()?, &own.node.connect().await?).await,
            Licence::Disclose { own, fields, file } => {
                shown::disclose(&own.licence, &own.open()?, &own.node.connect().await?, &fields, &file).await
            }
        }
    }
}

impl Own {
    fn open(&self) -> Result<Vault> {
        Vault::open(&self.vault, &prompt::passphrase(&self.vault, self.passphrase_file.as_deref())?)
    }
}

/// The verb of an act, as in `bulla licence VERB` where there is one.
pub(crate) fn verb(change: &Change) -> &'static str {
    match change {
        Change::Issue(_) => "issue",
        Change::TakeOver { .. } => "take-over",
        Change::Renew { .. } => "renew",
        Change::Amend { .. } => "amend",
        Change::Suspend { .. } => "suspend",
        Change::Resume => "resume",
        Change::Revoke => "revoke",
        Change::Cancel => "cancel",
        Change::Withdraw { .. } => "withdraw",
        Change::Annul { .. } => "annul",
        Change::Spare { .. } => "spare",
        Change::Reinstate { .. } => "reinstate",
        Change::Correct { .. } => "correct",
        Change::TransferOut { .. } => "transfer-out",
        Change::TransferIn { .. } => "transfer-in",
        Change::AbortTransfer => "abort-transfer",
        Change::IssueJointly { .. } => "issue-jointly",
        Change::Cosign => "cosign",
    }
}
