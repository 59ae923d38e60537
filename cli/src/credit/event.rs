//! `bulla credit VERB`: acts on one event, from notice to repair, and what there is to see of it.

use crate::acting::{Acting, Papers, fresh, handle};
use crate::answer::{Answer, to_json, with};
use crate::connection::Reading;
use crate::{record, when};
use anyhow::Result;
use bulla_verify::credit::{
    self, Act, Change, Correction, CreditEvent, Entry, EventAct, EventId, ItemCode, Particulars,
};
use bulla_verify::duty::{DutyKind, DutyName};
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::record::Record as _;
use bulla_verify::time::Millis;
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub(crate) enum Event {
    /// Tell that the subject was told of an event that is about to be recorded. Signed by a recorder.
    Notify {
        #[command(flatten)]
        what: What,
        /// The file of the notice.
        #[arg(long, value_name = "FILE")]
        notice: PathBuf,
        #[command(flatten)]
        papers: Papers,
        #[command(flatten)]
        acting: Acting,
    },
    /// Record an event. Signed by a recorder of a competent body.
    Record(Box<Record>),
    /// Say when the behaviour ended: the years for which the event may be kept start. Signed by a recorder.
    End {
        /// The event, ORG/ and 32 hexadecimal digits.
        event: EventId,
        /// When it ended.
        #[arg(long, value_name = "DATE", value_parser = when::instant)]
        at: Millis,
        #[command(flatten)]
        acting: Acting,
    },
    /// File the subject's objection: the event is marked at once, and an answer is owed. Signed by an intake of any body.
    Object(Filed),
    /// Answer an objection that is right: the event is amended, or deleted. Signed by a recorder.
    Correct {
        /// The event.
        event: EventId,
        /// The file of the decision as it should be. Without it, the event is deleted.
        #[arg(long, value_name = "FILE", required_unless_present = "delete", conflicts_with = "delete")]
        decision: Option<PathBuf>,
        /// When the behaviour ended, if that was wrong or missing.
        #[arg(long, value_name = "DATE", value_parser = when::instant, requires = "decision")]
        ended_at: Option<Millis>,
        /// It should not be: delete it.
        #[arg(long)]
        delete: bool,
        #[command(flatten)]
        papers: Papers,
        #[command(flatten)]
        acting: Acting,
    },
    /// Answer an objection that is wrong: the event is right, and the mark is taken away. Signed by a recorder.
    Confirm {
        /// The event.
        event: EventId,
        #[command(flatten)]
        acting: Acting,
    },
    /// Answer an objection that can be neither confirmed nor refuted; what was found out stands beside the event.
    Unconfirmed(Filed),
    /// File the subject's statement, which stands as long as the event. Signed by an intake of any body.
    State(Filed),
    /// File the subject's application for repair: an answer is owed. Signed by an intake of any body.
    Apply(Filed),
    /// Repair an event: publication, sharing and all that rests on it end. Signed by a recorder.
    Repair {
        /// The event.
        event: EventId,
        #[command(flatten)]
        acting: Acting,
    },
    /// Refuse to repair it. Signed by a recorder.
    RefuseRepair(Filed),
    /// Show an event as it is now.
    Show {
        /// The event.
        event: EventId,
        #[command(flatten)]
        node: Reading,
    },
    /// List all acts on an event, whole.
    History {
        /// The event.
        event: EventId,
        #[command(flatten)]
        node: Reading,
    },
}

/// Of which kind an event is, of whom, and where.
#[derive(clap::Args)]
pub(crate) struct What {
    /// Its kind, ORG/number.
    #[arg(long)]
    item: ItemCode,
    /// The file with the subject's handle, which only you may read.
    #[arg(long, value_name = "FILE")]
    subject: PathBuf,
    /// Where it is recorded: whose law applies.
    #[arg(long)]
    region: RegionCode,
}

#[derive(clap::Args)]
pub(crate) struct Record {
    /// The event of which notice was given. Without it, a new one of the body that acts.
    #[arg(long, value_name = "EVENT")]
    noticed: Option<EventId>,
    #[command(flatten)]
    what: What,
    /// The file of the decision that it rests on.
    #[arg(long, value_name = "FILE")]
    decision: PathBuf,
    /// The file of the subject's written consent, where the item needs one.
    #[arg(long, value_name = "FILE")]
    consent: Option<PathBuf>,
    /// When the behaviour ended, if it has.
    #[arg(long, value_name = "DATE", value_parser = when::instant)]
    ended_at: Option<Millis>,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    acting: Acting,
}

/// An act that commits to one paper.
#[derive(clap::Args)]
pub(crate) struct Filed {
    /// The event, ORG/ and 32 hexadecimal digits.
    event: EventId,
    /// The file of what is said: grounds, findings, statement, promise or reason.
    #[arg(long, value_name = "FILE")]
    paper: PathBuf,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    acting: Acting,
}

impl Event {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Event::Notify { what, notice, papers, acting } => {
                let event = EventId { recorder: acting.actor()?, number: fresh() };
                let subject = handle(&what.subject)?;
                let mut writing = acting.open_with(&papers).await?;
                let notice = writing.commit(&notice)?;
                let change = Change::Notify { item: what.item, subject, region: what.region, notice };
                writing.names("event", event);
                writing.submit(act(event, &acting, change)).await
            }
            Event::Record(record) => record.run().await,
            Event::End { event, at, acting } => acting.submit(act(event, &acting, Change::End { at })).await,
            Event::Object(filed) => filed.run(|grounds| Change::Object { grounds }).await,
            Event::Correct { event, decision, ended_at, delete: _, papers, acting } => {
                let mut writing = acting.open_with(&papers).await?;
                let correction = match writing.commit_any(decision.as_deref())? {
                    Some(contents) => Correction::Amend { contents, ended_at },
                    None => Correction::Delete,
                };
                let change = Change::Answer(credit::Answer::Corrected(correction));
                writing.submit(act(event, &acting, change)).await
            }
            Event::Confirm { event, acting } => {
                acting.submit(act(event, &acting, Change::Answer(credit::Answer::Confirmed))).await
            }
            Event::Unconfirmed(filed) => {
                filed.run(|findings| Change::Answer(credit::Answer::Unconfirmed { findings })).await
            }
            Event::State(filed) => filed.run(|statement| Change::State { statement }).await,
            Event::Apply(filed) => filed.run(|promise| Change::Apply { promise }).await,
            Event::Repair { event, acting } => acting.submit(act(event, &acting, Change::Repair)).await,
            Event::RefuseRepair(filed) => filed.run(|reason| Change::RefuseRepair { reason }).await,
            Event::Show { event, node } => show(event, &node).await,
            Event::History { event, node } => {
                record::listed::<Entry>(&node.connect().await?, &event.to_string(), &CreditEvent::key(&event)).await
            }
        }
    }
}

impl Record {
    async fn run(self) -> Result<Answer> {
        let Record { noticed, what, decision, consent, ended_at, papers, acting } = self;
        let event = match noticed {
            Some(event) => event,
            None => EventId { recorder: acting.actor()?, number: fresh() },
        };
        let subject = handle(&what.subject)?;
        let mut writing = acting.open_with(&papers).await?;
        let (contents, consent) = (writing.commit(&decision)?, writing.commit_any(consent.as_deref())?);
        let particulars = Particulars { item: what.item, subject, region: what.region, contents, consent, ended_at };
        writing.names("event", event);
        writing.submit(act(event, &acting, Change::Record(particulars))).await
    }
}

impl Filed {
    async fn run(self, change: impl FnOnce(bulla_verify::hash::Hash) -> Change) -> Result<Answer> {
        let Filed { event, paper, papers, acting } = self;
        let mut writing = acting.open_with(&papers).await?;
        let change = change(writing.commit(&paper)?);
        writing.submit(act(event, &acting, change)).await
    }
}

fn act(event: EventId, acting: &Acting, change: Change) -> Act {
    Act::Event(EventAct { event, by: acting.by(event.recorder), change })
}

/// The event, and by what names its open duties are known.
async fn show(event: EventId, node: &Reading) -> Result<Answer> {
    let found = node.connect().await?.record::<CreditEvent>(&event).await?;
    let of = CreditEvent::key(&event);
    let open = found.record.as_ref().map_or_else(Vec::new, |record| {
        let objection = record.objection.map(|_| (DutyKind::AnswerObjection, record.objections));
        let repair = record.application.map(|_| (DutyKind::AnswerRepair, record.applications));
        objection.into_iter().chain(repair).map(|(kind, turn)| DutyName { kind, of, turn }).collect()
    });
    let mut answer = record::answer("credit-event", &event.to_string(), found, record::event_status);
    for duty in &open {
        answer.text.push_str(&format!("\n  owed: {duty}"));
    }
    answer.json = with(answer.json, "duties", to_json(&open));
    Ok(answer)
}
