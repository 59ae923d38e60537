//! `bulla duty`: what must be done by when, who is late, and who took it up. A duty is opened and discharged by the acts that it
//! is about; what there is to do here is to look, and to take up what is overdue.

use crate::answer::{Answer, to_json};
use crate::connection::{Reading, as_of_json, as_of_text};
use crate::record;
use crate::submit::Submission;
use crate::when;
use anyhow::Result;
use bulla_verify::duty::{Act, DueDay, Duty as Owed, DutyName, Status, due_day, status};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::record::Record;
use bulla_verify::time::Date;
use serde_json::json;
use std::fmt::Write;

#[derive(clap::Subcommand)]
pub(crate) enum Duty {
    /// Show a duty.
    Show {
        /// Its name, KIND/KEY/TURN, as `bulla duty due` and `bulla credit show` print it.
        duty: DutyName,
        #[command(flatten)]
        node: Reading,
    },
    /// List the duties that were due on a day, whole, and what became of each.
    Due {
        /// The day.
        day: Date,
        /// Leave out those that are done, or due on another day now.
        #[arg(long)]
        open: bool,
        #[command(flatten)]
        node: Reading,
    },
    /// Take up an overdue duty. Signed by a supervisor of a body above the one that has it.
    Escalate {
        /// Its name.
        duty: DutyName,
        /// The body that takes it up.
        #[arg(long, value_name = "USCC")]
        to: Uscc,
        #[command(flatten)]
        submission: Submission,
    },
}

impl Duty {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Duty::Show { duty, node } => {
                let found = node.connect().await?.record::<Owed>(&duty).await?;
                Ok(record::answer("duty", &duty.to_string(), found, record::duty_status))
            }
            Duty::Due { day, open, node } => due(day, open, &node).await,
            Duty::Escalate { duty, to, submission } => {
                submission.open().await?.submit(vec![Act::Escalate { duty, to }.into()]).await
            }
        }
    }
}

async fn due(day: Date, open: bool, node: &Reading) -> Result<Answer> {
    let client = node.connect().await?;
    let number = due_day(day.end());
    let (page, names) = client.whole_list::<DutyName>(&DueDay::key(&number)).await?;
    // A duty of a list is in the state that the list was read from.
    let client = client.at_least(page.as_of.height);
    let (mut text, mut duties) = (String::new(), Vec::new());
    for name in names {
        let Some(duty) = client.record::<Owed>(&name).await?.record else { continue };
        let status = status(&duty, when::now().max(page.as_of.time));
        let over = matches!(status, Status::Discharged { .. });
        let moved = due_day(duty.due) != number;
        if open && (over || moved) {
            continue;
        }
        let moved_text = if moved { "; moved to another day" } else { "" };
        let _ = write!(text, "\n  {name}\n    owed by {}: {status}{moved_text}", duty.owing);
        duties.push(json!({ "name": name, "duty": duty, "status": to_json(&status), "moved": moved }));
    }
    let text = format!("{} duties due on {day}{text}\n{}", duties.len(), as_of_text(page.as_of));
    Ok(Answer::done(text, json!({ "duties": duties, "as_of": as_of_json(page.as_of) })))
}
