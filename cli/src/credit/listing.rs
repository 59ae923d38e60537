//! `bulla credit list` and `bulla credit measure`: red and black lists, their entries, and the measures that rest on an entry.

use crate::acting::{Acting, Cited, Papers, fresh, handle, word};
use crate::answer::{Answer, to_json};
use crate::connection::Reading;
use crate::record;
use crate::submit::Submission;
use anyhow::Result;
use bulla_verify::credit::{
    Act, Bearing, CreditEvent, Enrolment, EntryAct, EntryAnswer, EntryChange, EntryId, EventId, ItemCode, List,
    ListEntry, ListRecord, Measure, MeasureAct, MeasureChange, MeasureId, entry_status, is_in_force,
};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::{Span, Unit};
use bulla_verify::name::Name;
use bulla_verify::record::Record;
use bulla_verify::subject::SubjectKind;
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub(crate) enum ListVerb {
    /// Define a red or black list. Signed by a registrar of its owner's superior; where the owner is a root, of the owner.
    Create(Create),
    /// Let a body take measures on the entries of a list. Signed by a registrar of the list's owner or above.
    Join {
        /// The list, ORG/number.
        list: ItemCode,
        /// The body.
        #[arg(value_name = "USCC")]
        organisation: Uscc,
        #[command(flatten)]
        submission: Submission,
    },
    /// Let it take none any more.
    Leave {
        /// The list.
        list: ItemCode,
        /// The body.
        #[arg(value_name = "USCC")]
        organisation: Uscc,
        #[command(flatten)]
        submission: Submission,
    },
    /// Enter a subject. Signed by a recorder of a body that is competent for the list: see `bulla credit item empower`.
    Enter(Enter),
    /// Remove an entry. Signed by a recorder of the body that made it.
    Remove {
        /// The entry, ORG/ and 32 hexadecimal digits.
        entry: EntryId,
        #[command(flatten)]
        acting: Acting,
    },
    /// File the subject's objection: an answer is owed. Signed by an intake of any body.
    Object(Filed),
    /// Answer an objection that is right: the entry is removed.
    Withdraw {
        /// The entry.
        entry: EntryId,
        #[command(flatten)]
        acting: Acting,
    },
    /// Answer an objection that is wrong: the entry is right.
    Confirm {
        /// The entry.
        entry: EntryId,
        #[command(flatten)]
        acting: Acting,
    },
    /// Answer an objection that can be neither confirmed nor refuted.
    Unconfirmed(Filed),
    /// Show an entry as it is now.
    Show {
        /// The entry.
        entry: EntryId,
        #[command(flatten)]
        node: Reading,
    },
    /// List all acts on an entry, whole.
    History {
        /// The entry.
        entry: EntryId,
        #[command(flatten)]
        node: Reading,
    },
}

#[derive(clap::Subcommand)]
pub(crate) enum MeasureVerb {
    /// Take a measure on an entry that is live. Signed by a recorder of a body that joined the list's measures.
    Start {
        /// The entry.
        entry: EntryId,
        /// The file of the decision.
        #[arg(long, value_name = "FILE")]
        decision: PathBuf,
        #[command(flatten)]
        papers: Papers,
        #[command(flatten)]
        acting: Acting,
    },
    /// End a measure before its entry is over. Signed by a recorder of the body that takes it.
    End {
        /// The measure, ORG/ and 32 hexadecimal digits.
        measure: MeasureId,
        #[command(flatten)]
        submission: Submission,
    },
    /// Show a measure, and whether it is in force.
    Show {
        /// The measure.
        measure: MeasureId,
        #[command(flatten)]
        node: Reading,
    },
}

#[derive(clap::Args)]
pub(crate) struct Create {
    /// Its code: the owner's 18 characters, a slash, and a number that no item has.
    code: ItemCode,
    /// Its official name.
    #[arg(long)]
    name: Name,
    /// Red is positive, black is negative.
    #[arg(long, value_parser = word::<Bearing>)]
    bearing: Bearing,
    /// Who may be entered: natural or legal.
    #[arg(long, value_parser = word::<SubjectKind>)]
    of: SubjectKind,
    /// How long an entry lasts at most, in the unit that follows; without it, until it is removed.
    #[arg(long, value_name = "NUMBER", requires = "unit")]
    term: Option<u16>,
    /// Days, working-days, months or years.
    #[arg(long, value_parser = word::<Unit>, requires = "term")]
    unit: Option<Unit>,
    /// The region in which it is kept.
    #[arg(long)]
    region: RegionCode,
    #[command(flatten)]
    basis: Cited,
    #[command(flatten)]
    submission: Submission,
}

#[derive(clap::Args)]
pub(crate) struct Enter {
    /// The list, ORG/number.
    list: ItemCode,
    /// The file with the subject's handle, which only you may read.
    #[arg(long, value_name = "FILE")]
    subject: PathBuf,
    /// Where: whose law applies.
    #[arg(long)]
    region: RegionCode,
    /// The event that it rests on. In a black list there must be one.
    #[arg(long)]
    event: Option<EventId>,
    /// The file of the decision.
    #[arg(long, value_name = "FILE")]
    decision: PathBuf,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    acting: Acting,
}

/// An act that commits to one paper.
#[derive(clap::Args)]
pub(crate) struct Filed {
    /// The entry, ORG/ and 32 hexadecimal digits.
    entry: EntryId,
    /// The file of what is said: grounds or findings.
    #[arg(long, value_name = "FILE")]
    paper: PathBuf,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    acting: Acting,
}

impl ListVerb {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            ListVerb::Create(create) => create.run().await,
            ListVerb::Join { list, organisation, submission } => join(list, organisation, true, &submission).await,
            ListVerb::Leave { list, organisation, submission } => join(list, organisation, false, &submission).await,
            ListVerb::Enter(enter) => enter.run().await,
            ListVerb::Remove { entry, acting } => acting.submit(act(entry, &acting, EntryChange::Remove)).await,
            ListVerb::Object(filed) => filed.run(|grounds| EntryChange::Object { grounds }).await,
            ListVerb::Withdraw { entry, acting } => {
                acting.submit(act(entry, &acting, EntryChange::Answer(EntryAnswer::Removed))).await
            }
            ListVerb::Confirm { entry, acting } => {
                acting.submit(act(entry, &acting, EntryChange::Answer(EntryAnswer::Confirmed))).await
            }
            ListVerb::Unconfirmed(filed) => {
                filed.run(|findings| EntryChange::Answer(EntryAnswer::Unconfirmed { findings })).await
            }
            ListVerb::Show { entry, node } => show_entry(entry, &node).await,
            ListVerb::History { entry, node } => {
                record::listed::<ListRecord>(&node.connect().await?, &entry.to_string(), &ListEntry::key(&entry)).await
            }
        }
    }
}

impl MeasureVerb {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            MeasureVerb::Start { entry, decision, papers, acting } => {
                let measure = MeasureId { body: acting.actor()?, number: fresh() };
                let mut writing = acting.open_with(&papers).await?;
                let change = MeasureChange::Start { entry, decision: writing.commit(&decision)? };
                writing.names("measure", measure);
                writing.submit(Act::Measure(MeasureAct { measure, change })).await
            }
            MeasureVerb::End { measure, submission } => {
                let act = Act::Measure(MeasureAct { measure, change: MeasureChange::End });
                submission.open().await?.submit(vec![act.into()]).await
            }
            MeasureVerb::Show { measure, node } => show_measure(measure, &node).await,
        }
    }
}

impl Create {
    async fn run(self) -> Result<Answer> {
        let Create { code, name, bearing, of, term, unit, region, basis, submission } = self;
        let term = term.zip(unit).map(|(value, unit)| Span { value, unit });
        let list = List { code, name, bearing, of, term, region, basis: basis.citation() };
        submission.open().await?.submit(vec![Act::DefineList(list).into()]).await
    }
}

impl Enter {
    async fn run(self) -> Result<Answer> {
        let Enter { list, subject, region, event, decision, papers, acting } = self;
        let (entry, subject) = (EntryId { keeper: acting.actor()?, number: fresh() }, handle(&subject)?);
        let mut writing = acting.open_with(&papers).await?;
        let decision = writing.commit(&decision)?;
        let change = EntryChange::Enter(Enrolment { list, subject, region, event, decision });
        writing.names("entry", entry);
        writing.submit(act(entry, &acting, change)).await
    }
}

impl Filed {
    async fn run(self, change: impl FnOnce(Hash) -> EntryChange) -> Result<Answer> {
        let Filed { entry, paper, papers, acting } = self;
        let mut writing = acting.open_with(&papers).await?;
        let change = change(writing.commit(&paper)?);
        writing.submit(act(entry, &acting, change)).await
    }
}

fn act(entry: EntryId, acting: &Acting, change: EntryChange) -> Act {
    Act::Entry(EntryAct { entry, by: acting.by(entry.keeper), change })
}

async fn join(list: ItemCode, organisation: Uscc, joins: bool, submission: &Submission) -> Result<Answer> {
    submission.open().await?.submit(vec![Act::Join { list, organisation, joins }.into()]).await
}

async fn show_entry(name: EntryId, node: &Reading) -> Result<Answer> {
    let client = node.connect().await?;
    let found = client.record::<ListEntry>(&name).await?;
    // The event stands at least since the entry does.
    let client = client.at_least(found.as_of.height);
    let event = match found.record.as_ref().and_then(|entry| entry.event) {
        Some(event) => client.record::<CreditEvent>(&event).await?.record,
        None => None,
    };
    Ok(record::answer("list-entry", &name.to_string(), found, |entry, at| {
        let status = entry_status(entry, event.as_ref(), at);
        Some((status.to_string(), to_json(&status)))
    }))
}

async fn show_measure(name: MeasureId, node: &Reading) -> Result<Answer> {
    let client = node.connect().await?;
    let found = client.record::<Measure>(&name).await?;
    let client = client.at_least(found.as_of.height);
    let (mut entry, mut event) = (None, None);
    if let Some(measure) = &found.record {
        entry = client.record::<ListEntry>(&measure.entry).await?.record;
    }
    if let Some(cited) = entry.as_ref().and_then(|entry| entry.event) {
        event = client.record::<CreditEvent>(&cited).await?.record;
    }
    Ok(record::answer("measure", &name.to_string(), found, |measure, at| {
        let entry = entry_status(entry.as_ref()?, event.as_ref(), at);
        let in_force = is_in_force(measure, &entry, at);
        let words = if in_force { "in force" } else { "not in force" };
        Some((format!("{words}; its entry is {entry}"), json!({ "in_force": in_force, "entry": entry })))
    }))
}
