//! `bulla law`: the numbers of the law, the working days, and who may say them.
//!
//! The country's law is for the validators: more than two thirds of them sign with their consensus keys (`--key` several times).
//! A region's own is for the body that they entrusted with it (`--by`).

use crate::acting::{Acting, Cited, word};
use crate::answer::{Answer, Usage};
use crate::connection::Reading;
use crate::record;
use crate::submit::Submission;
use crate::when;
use anyhow::{Context, Result};
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::{Act, Calendar, Matter, Provision, Provisions, Span, Unit, is_working_by_default};
use bulla_verify::operation::Operation;
use bulla_verify::time::{Date, Millis};
use serde::Deserialize;
use serde_json::json;
use std::fs;
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub(crate) enum Law {
    /// Say what holds on a matter, from an instant on.
    Enact {
        #[command(flatten)]
        what: Enacted,
        #[command(flatten)]
        acting: Acting,
    },
    /// Say nothing of one's own on a matter any more: what holds above is followed.
    Repeal {
        #[command(flatten)]
        matter: On,
        #[command(flatten)]
        citation: Cited,
        #[command(flatten)]
        acting: Acting,
    },
    /// Enact everything in a file at once, such as docs/law/country.json. Signed by the validators.
    Load {
        /// The file: a list of matters with their provisions.
        file: PathBuf,
        /// The region; the country, if nothing is said.
        #[arg(long, default_value_t = RegionCode::NATIONAL)]
        region: RegionCode,
        #[command(flatten)]
        submission: Submission,
    },
    /// Set the working days of a year: Monday to Friday, but for what is said.
    Calendar {
        #[command(flatten)]
        days: Days,
        #[command(flatten)]
        acting: Acting,
    },
    /// Entrust a body with a region's own law, or nobody. Signed by the validators.
    Entrust {
        /// The region: not the country.
        region: RegionCode,
        /// The body; nobody, if nothing is said.
        #[arg(long, value_name = "USCC")]
        organisation: Option<Uscc>,
        #[command(flatten)]
        submission: Submission,
    },
    /// Show all that a region has said on a matter, and what of it holds.
    Show {
        /// The matter.
        #[arg(value_parser = record::matter)]
        matter: Matter,
        /// The region; the country, if nothing is said.
        #[arg(long, default_value_t = RegionCode::NATIONAL)]
        region: RegionCode,
        #[command(flatten)]
        node: Reading,
    },
}

/// What is spoken of, where, and from when.
#[derive(clap::Args)]
pub(crate) struct On {
    /// The matter: credit_retention, objection_answer, publicity_most.serious and so on.
    #[arg(value_parser = record::matter)]
    matter: Matter,
    /// The region; the country, if nothing is said.
    #[arg(long, default_value_t = RegionCode::NATIONAL)]
    region: RegionCode,
    /// The first day on which it holds.
    #[arg(long, value_name = "DATE", value_parser = when::instant)]
    from: Millis,
}

/// What is to hold.
#[derive(clap::Args)]
pub(crate) struct Enacted {
    #[command(flatten)]
    on: On,
    /// How many.
    #[arg(long, value_name = "NUMBER")]
    value: u16,
    /// Of what: days, working-days, months or years.
    #[arg(long, value_parser = word::<Unit>)]
    unit: Unit,
    #[command(flatten)]
    citation: Cited,
}

/// Which days of a year are worked.
#[derive(clap::Args)]
pub(crate) struct Days {
    /// The year.
    year: u16,
    /// The region; the country, if nothing is said.
    #[arg(long, default_value_t = RegionCode::NATIONAL)]
    region: RegionCode,
    /// A day off that is none otherwise; several times for several.
    #[arg(long = "off", value_name = "DATE")]
    off: Vec<Date>,
    /// A day at a weekend that is worked; several times for several.
    #[arg(long = "worked", value_name = "DATE")]
    worked: Vec<Date>,
    #[command(flatten)]
    citation: Cited,
}

/// One line of a file of law. What else stands there is for people.
#[derive(Deserialize)]
struct Said {
    matter: Matter,
    provision: Provision,
}

impl Law {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Law::Enact { what, acting } => acting.submit(what.act(acting.said())).await,
            Law::Repeal { matter, citation, acting } => acting.submit(matter.repealed(citation, acting.said())).await,
            Law::Load { file, region, submission } => load(&file, region, &submission).await,
            Law::Calendar { days, acting } => acting.submit(days.act(acting.said())?).await,
            Law::Entrust { region, organisation, submission } => {
                submission.open().await?.submit(vec![Act::Entrust { region, organisation }.into()]).await
            }
            Law::Show { matter, region, node } => {
                let found = node.connect().await?.record::<Provisions>(&(region, matter)).await?;
                Ok(record::answer("provisions", &format!("{region} {matter}"), found, |provisions, at| {
                    let holds = provisions.at(at).and_then(|provision| provision.span);
                    let words = holds.map_or("nothing of its own holds".into(), |span| format!("{span} holds"));
                    Some((words, json!({ "holds": holds })))
                }))
            }
        }
    }
}

impl Enacted {
    /// The act that says so.
    pub(crate) fn act(self, by: Option<Uscc>) -> Act {
        let Enacted { on, value, unit, citation } = self;
        on.provision(Some(Span { value, unit }), citation, by)
    }
}

impl On {
    /// The act by which nothing of its own holds any more.
    pub(crate) fn repealed(self, citation: Cited, by: Option<Uscc>) -> Act {
        self.provision(None, citation, by)
    }

    fn provision(self, span: Option<Span>, citation: Cited, by: Option<Uscc>) -> Act {
        let On { matter, region, from } = self;
        Act::Enact { region, matter, provision: Provision { from, span, citation: citation.citation() }, by }
    }
}

impl Days {
    /// The act that sets them.
    pub(crate) fn act(self, by: Option<Uscc>) -> Result<Act> {
        let Days { year, region, off, worked, citation } = self;
        let of_year = |date: &&Date| date.year() != year;
        if let Some(stray) = off.iter().chain(&worked).find(of_year) {
            return Err(Usage(format!("{stray} is no day of {year}")).into());
        }
        let first = Date::new(year, 1, 1).ok_or_else(|| Usage(format!("there is no year {year}")))?;
        let mut working = [0; 46];
        for (day, date) in (0..366u16).map(|later| (later, first.plus_days(later))) {
            let works = worked.contains(&date) || is_working_by_default(date) && !off.contains(&date);
            if let Some(byte) = working.get_mut(usize::from(day / 8)).filter(|_| works && date.year() == year) {
                *byte |= 1u8 << (day % 8);
            }
        }
        Ok(Act::SetCalendar { calendar: Calendar { region, year, working, citation: citation.citation() }, by })
    }
}

async fn load(file: &std::path::Path, region: RegionCode, submission: &Submission) -> Result<Answer> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let said: Vec<Said> = serde_json::from_str(&text)
        .with_context(|| format!("{} is no list of matters with their provisions", file.display()))?;
    let enact = |Said { matter, provision }| Operation::from(Act::Enact { region, matter, provision, by: None });
    submission.open().await?.submit(said.into_iter().map(enact).collect()).await
}
