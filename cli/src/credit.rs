//! `bulla credit`: the catalogue, events from notice to repair, red and black lists, and the measures that rest on them.
//!
//! | file | verbs |
//! |---|---|
//! | here | the catalogue |
//! | `event` | on one event |
//! | `listing` | on lists, entries and measures |

mod event;
mod listing;

use crate::acting::{Cited, word};
use crate::answer::Answer;
use crate::submit::Submission;
use anyhow::Result;
use bulla_verify::credit::{Act, Bearing, Content, Grade, Item as Kind, ItemCode};
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::name::Name;
use bulla_verify::subject::SubjectKind;

#[derive(clap::Subcommand)]
pub(crate) enum Credit {
    /// The catalogue: which kinds of event there are, and who may record them.
    #[command(subcommand)]
    Item(Item),
    #[command(flatten)]
    Event(event::Event),
    /// Red and black lists, and their entries.
    #[command(subcommand)]
    List(listing::ListVerb),
    /// Measures against, or for, those who are in a list.
    #[command(subcommand)]
    Measure(listing::MeasureVerb),
}

#[derive(clap::Subcommand)]
pub(crate) enum Item {
    /// Define a kind of event. Signed by a registrar of its owner's superior; where the owner is a root, of the owner.
    Define(Define),
    /// Let a body record events of an item, or make entries of a list. Signed by a registrar of its owner or above.
    Empower {
        /// The item or list, ORG/number.
        item: ItemCode,
        /// The body.
        #[arg(value_name = "USCC")]
        organisation: Uscc,
        /// Where: within the item's region and the body's.
        #[arg(long)]
        region: RegionCode,
        #[command(flatten)]
        submission: Submission,
    },
    /// Let it do so no more; what was recorded stands. Signed by a registrar of its owner or above.
    Disempower {
        /// The item or list.
        item: ItemCode,
        /// The body.
        #[arg(value_name = "USCC")]
        organisation: Uscc,
        #[command(flatten)]
        submission: Submission,
    },
}

#[derive(clap::Args)]
pub(crate) struct Define {
    /// Its code: the owner's 18 characters, a slash, and a number.
    code: ItemCode,
    /// Its official name.
    #[arg(long)]
    name: Name,
    /// What its events tell: ordinary, income, tax and so on. Some contents are forbidden of persons, others need consent.
    #[arg(long, value_parser = word::<Content>, default_value = "ordinary")]
    content: Content,
    /// Of whom: natural or legal.
    #[arg(long, value_parser = word::<SubjectKind>)]
    of: SubjectKind,
    /// Whether they speak for or against a subject: positive or negative.
    #[arg(long, value_parser = word::<Bearing>)]
    bearing: Bearing,
    /// How grave they are: minor, ordinary or serious.
    #[arg(long, value_parser = word::<Grade>)]
    grade: Grade,
    /// The law has its events published.
    #[arg(long)]
    published: bool,
    /// Its events can be repaired.
    #[arg(long)]
    repairable: bool,
    /// The region in which it may be recorded.
    #[arg(long)]
    region: RegionCode,
    #[command(flatten)]
    basis: Cited,
    #[command(flatten)]
    submission: Submission,
}

impl Credit {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Credit::Item(verb) => verb.run().await,
            Credit::Event(verb) => verb.run().await,
            Credit::List(verb) => verb.run().await,
            Credit::Measure(verb) => verb.run().await,
        }
    }
}

impl Item {
    async fn run(self) -> Result<Answer> {
        let (act, submission) = match self {
            Item::Define(define) => define.act(),
            Item::Empower { item, organisation, region, submission } => {
                (Act::Empower { item, organisation, region: Some(region) }, submission)
            }
            Item::Disempower { item, organisation, submission } => {
                (Act::Empower { item, organisation, region: None }, submission)
            }
        };
        submission.open().await?.submit(vec![act.into()]).await
    }
}

impl Define {
    fn act(self) -> (Act, Submission) {
        let Define { code, name, content, of, bearing, grade, published, repairable, region, basis, submission } = self;
        let basis = basis.citation();
        (
            Act::Define(Kind { code, name, content, of, bearing, grade, published, repairable, region, basis }),
            submission,
        )
    }
}
