//! `bulla region`: which code stood for what, from when until when.
//!
//! The national body alone keeps the registry: its registrar from block time on, its historical registrar of before.

use crate::acting::{Acting, word};
use crate::answer::Answer;
use crate::connection::Reading;
use crate::record;
use crate::when;
use anyhow::Result;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::name::Name;
use bulla_verify::regions::{Act, Bound, Change, Period, Region as Record, Standing, standing};
use bulla_verify::time::Millis;
use serde_json::json;

#[derive(clap::Subcommand)]
pub(crate) enum Region {
    /// Enter what a code stands or stood for: a new region, a new use of an old code, or a period of the past.
    Enter(Entered),
    /// Give a region another name.
    Rename {
        /// The code.
        code: RegionCode,
        /// The new official name.
        #[arg(long)]
        name: Name,
        /// From when: a date, an instant, or a year of which no day is known.
        #[arg(long, value_name = "DATE", value_parser = when::bound)]
        from: Bound,
        #[command(flatten)]
        acting: Acting,
    },
    /// End a region. Licences, competences and bodies that name it stand.
    End {
        /// The code.
        code: RegionCode,
        /// When: a date, an instant, or a year of which no day is known.
        #[arg(long, value_name = "DATE", value_parser = when::bound)]
        at: Bound,
        /// A region that it goes on as; several times for several.
        #[arg(long = "successor", value_name = "CODE")]
        successors: Vec<RegionCode>,
        #[command(flatten)]
        acting: Acting,
    },
    /// Show all that a code has stood for, and what it stood for at a time.
    Show {
        /// The code.
        code: RegionCode,
        /// The time; now, if nothing is said.
        #[arg(long, value_name = "DATE", value_parser = when::instant)]
        at: Option<Millis>,
        #[command(flatten)]
        node: Reading,
    },
}

/// A period of a code.
#[derive(clap::Args)]
pub(crate) struct Entered {
    /// The code: six digits.
    code: RegionCode,
    /// Its level, which the digits tell too: provincial, municipal or county.
    #[arg(long, value_parser = word::<Level>)]
    level: Level,
    /// The official name.
    #[arg(long)]
    name: Name,
    /// The region straight above; of a province, 000000.
    #[arg(long, value_name = "CODE")]
    parent: RegionCode,
    /// From when: a date, an instant, or a year of which no day is known.
    #[arg(long, value_name = "DATE", value_parser = when::bound)]
    from: Bound,
    /// Until when, if it has ended already.
    #[arg(long, value_name = "DATE", value_parser = when::bound)]
    until: Option<Bound>,
    /// A region that it went on as when it ended; several times for several.
    #[arg(long = "successor", value_name = "CODE", requires = "until")]
    successors: Vec<RegionCode>,
    #[command(flatten)]
    acting: Acting,
}

impl Region {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Region::Enter(entered) => entered.run().await,
            Region::Rename { code, name, from, acting } => change(code, Change::Rename { name, from }, &acting).await,
            Region::End { code, at, successors, acting } => change(code, Change::End { at, successors }, &acting).await,
            Region::Show { code, at, node } => {
                let found = node.connect().await?.record::<Record>(&code).await?;
                Ok(record::answer("region", code.as_str(), found, |region, now| {
                    let at = at.unwrap_or(now);
                    let standing = standing(Some(region), at);
                    Some((format!("{} at {at}", words(&standing)), json!({ "at": at, "was": standing })))
                }))
            }
        }
    }
}

impl Entered {
    async fn run(self) -> Result<Answer> {
        let Entered { code, level, name, parent, from, until, successors, acting } = self;
        let period = Period { from, until, name, parent, successors };
        change(code, Change::Enter { level, period }, &acting).await
    }
}

async fn change(code: RegionCode, change: Change, acting: &Acting) -> Result<Answer> {
    acting.submit(Act { code, by: acting.actor()?, change }).await
}

fn words(standing: &Standing<'_>) -> String {
    let name = |period: Option<&Period>| period.map_or("nothing".to_owned(), |period| period.name.to_string());
    match standing {
        Standing::Unregistered => "not registered".into(),
        Standing::InForce { period } => format!("stood for {}", period.name),
        Standing::InYearOfChange { before, after } => {
            format!("changed in that year, and the day is not known: from {} to {}", name(*before), name(*after))
        }
        Standing::NotInForce { last: Some(last), .. } if !last.successors.is_empty() => {
            let successors: Vec<_> = last.successors.iter().map(RegionCode::as_str).collect();
            format!("not in force; {} went on as {}", last.name, successors.join(", "))
        }
        Standing::NotInForce { .. } => "not in force".into(),
    }
}
