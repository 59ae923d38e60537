//! `bulla motion`: what a validator asks the others to decide, each of them voting when it can, with its consensus key.
//!
//! What all must sign together, who votes and who follows, is `bulla governance propose`.

use crate::acting::{Cited, Papers};
use crate::answer::{Answer, Usage};
use crate::connection::Reading;
use crate::submit::Submission;
use crate::{law, record, when};
use anyhow::Result;
use bulla_verify::chain::Height;
use bulla_verify::governance::motion::{Fate, Motion as Record, MotionId, Question, Standing, Terms};
use bulla_verify::governance::schedule::{Parameter, Schedule, Setting, What};
use bulla_verify::governance::{Act, Validators};
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::time::Millis;
use serde_json::json;

#[derive(clap::Subcommand)]
pub(crate) enum Motion {
    /// Move that some of the chain's numbers change, 100 blocks after it is carried or later.
    Set {
        /// A number and what it is to be, such as heartbeat_ms=20000; several, one after another.
        #[arg(value_name = "NAME=VALUE", required = true, value_parser = setting)]
        settings: Vec<Setting>,
        #[command(flatten)]
        moving: Moving,
    },
    /// Move that the next version of the protocol governs, 1,000 blocks after it is carried or later. A program that does not know
    /// it stops before its first block.
    Upgrade {
        /// The version's number.
        version: u8,
        #[command(flatten)]
        moving: Moving,
    },
    /// Move that the country's or a region's law says something on a matter.
    Enact {
        #[command(flatten)]
        what: law::Enacted,
        #[command(flatten)]
        moving: Moving,
    },
    /// Move that a region says nothing of its own on a matter any more: what holds above is followed.
    Repeal {
        #[command(flatten)]
        on: law::On,
        #[command(flatten)]
        citation: Cited,
        #[command(flatten)]
        moving: Moving,
    },
    /// Move which days of a year are worked: Monday to Friday, but for what is said.
    Calendar {
        #[command(flatten)]
        days: law::Days,
        #[command(flatten)]
        moving: Moving,
    },
    /// Move that a body is entrusted with a region's own law, or nobody.
    Entrust {
        /// The region: not the country.
        region: RegionCode,
        /// The body; nobody, if nothing is said.
        #[arg(long, value_name = "USCC")]
        organisation: Option<Uscc>,
        #[command(flatten)]
        moving: Moving,
    },
    /// Move that what was carried, and governs nothing yet, shall not.
    CallOff {
        /// The motion that was carried.
        motion: MotionId,
        #[command(flatten)]
        moving: Moving,
    },
    /// Vote for a motion. Signed by a validator, or several.
    Vote {
        /// The motion, as whoever moved it was told its name.
        motion: MotionId,
        #[command(flatten)]
        submission: Submission,
    },
    /// Take a motion back that is open. Signed by the validator that moved it.
    Withdraw {
        /// The motion, as whoever moved it was told its name.
        motion: MotionId,
        #[command(flatten)]
        submission: Submission,
    },
    /// Show a motion, who has voted for it, and what became of it.
    Show {
        /// The motion, as whoever moved it was told its name.
        motion: MotionId,
        #[command(flatten)]
        node: Reading,
    },
    /// Show what was decided of the chain's numbers and the protocol's version, and from which height each governs.
    Schedule {
        #[command(flatten)]
        node: Reading,
    },
}

/// Until when it is voted on, from when it governs, and who moves it.
#[derive(clap::Args)]
#[command(next_help_heading = "The motion")]
pub(crate) struct Moving {
    /// The instant from which nobody can vote for it any more: at most 90 days ahead.
    #[arg(long, value_name = "DATE", value_parser = when::instant)]
    vote_until: Millis,
    /// The first block that it is to govern; as soon as it may, if nothing is said.
    #[arg(long, value_name = "HEIGHT", default_value_t = 0)]
    from_height: u64,
    #[command(flatten)]
    submission: Submission,
}

/// `heartbeat_ms=20000`.
fn setting(text: &str) -> Result<Setting, String> {
    let names = || Parameter::ALL.iter().map(|parameter| parameter.text()).collect::<Vec<_>>().join(", ");
    let (name, value) = text.split_once('=').ok_or_else(|| "it reads NAME=VALUE".to_owned())?;
    let parameter = Parameter::ALL.iter().find(|parameter| parameter.text() == name);
    let parameter = *parameter.ok_or_else(|| format!("there is no number {name}; there are {}", names()))?;
    let value = value.parse().map_err(|_| format!("{value} is no number of at most {}", u32::MAX))?;
    Ok(Setting { parameter, value })
}

impl Motion {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Motion::Set { settings, moving } => moving.ask(Question::Set(settings)).await,
            Motion::Upgrade { version, moving } => moving.ask(Question::Upgrade(version)).await,
            Motion::Enact { what, moving } => moving.ask(Question::Legislate(what.act(None))).await,
            Motion::Repeal { on, citation, moving } => {
                moving.ask(Question::Legislate(on.repealed(citation, None))).await
            }
            Motion::Calendar { days, moving } => moving.ask(Question::Legislate(days.act(None)?)).await,
            Motion::Entrust { region, organisation, moving } => {
                let entrust = bulla_verify::law::Act::Entrust { region, organisation };
                moving.ask(Question::Legislate(entrust)).await
            }
            Motion::CallOff { motion, moving } => moving.ask(Question::CallOff(motion)).await,
            Motion::Vote { motion, submission } => {
                submission.open().await?.submit(vec![Act::Vote(motion).into()]).await
            }
            Motion::Withdraw { motion, submission } => {
                submission.open().await?.submit(vec![Act::WithdrawMotion(motion).into()]).await
            }
            Motion::Show { motion, node } => show(motion, &node).await,
            Motion::Schedule { node } => {
                let found = node.connect().await?.record::<Schedule>(&()).await?;
                let height = found.as_of.height;
                Ok(record::answer("schedule", "of the chain", found, |schedule, _| {
                    let Schedule(decided) = schedule;
                    let words: Vec<_> = decided.iter().map(|one| said(one.what, one.from, height)).collect();
                    Some((words.join("; "), json!({ "version": schedule.version_at(height) })))
                }))
            }
        }
    }
}

impl Moving {
    async fn ask(self, question: Question) -> Result<Answer> {
        let Moving { vote_until: until, from_height, submission } = self;
        let mut writing = Papers::default().open(&submission).await?;
        let by = writing.signing.first().ok_or_else(|| Usage("say who moves it: --key FILE".into()))?;
        let terms = Terms { by, question, from: Height(from_height), until };
        writing.names("motion", terms.id());
        writing.submit(Act::Move(Box::new(terms))).await
    }
}

async fn show(motion: MotionId, node: &Reading) -> Result<Answer> {
    let client = node.connect().await?;
    let validators = client.record::<Validators>(&()).await?.record;
    let found = client.record::<Record>(&motion).await?;
    Ok(record::answer("motion", &motion.to_string(), found, |motion, at| {
        let standing = motion.standing(at);
        let voted = motion.votes.len();
        let of = validators.map_or(String::new(), |validators| format!(" of {}", validators.set.count()));
        let words = match (standing, motion.fate) {
            (Standing::Carried, Some(Fate::Carried { at, from })) => {
                format!("carried in block {at}, governs from {from} on")
            }
            _ => standing.to_string(),
        };
        Some((
            format!("{words}; {voted}{of} validators have voted for it"),
            json!({ "standing": standing, "votes": voted }),
        ))
    }))
}

fn said(what: What, from: Height, now: Height) -> String {
    let tense = if from <= now { "since" } else { "from" };
    match what {
        What::Set(Setting { parameter, value }) => format!("{parameter} is {value} {tense} block {from}"),
        What::Version(version) => format!("the protocol is version {version} {tense} block {from}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_names_a_number_of_the_chain() {
        let parameter = Parameter::HeartbeatMs;
        assert_eq!(setting("heartbeat_ms=20000"), Ok(Setting { parameter, value: 20_000 }));
        for text in ["heartbeat_ms", "heartbeat=1", "heartbeat_ms=-1", "heartbeat_ms=", "trust_period_ms=1", "=1"] {
            assert!(setting(text).is_err(), "{text}");
        }
    }
}
