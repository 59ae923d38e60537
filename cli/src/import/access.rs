//! `bulla import access`: a gateway's log, each line as the ticket and the receipt that it tells of.
//!
//! It promises what every import does, and that the numbers of both gateways follow one another from 1 with no gap. It says of
//! no access that it was allowed: logs tell of accesses and not of grants, so the import makes one for each owner's data.
//! The table of lines is in docs/import-access.md.
//!
//! | file | what |
//! |---|---|
//! | `row`, `meaning` | the log's lines as they stand there; which acts each is, or why none |
//! | `bodies` | who acts for a log, and what must stand before the first ticket |
//! | `plan` | all acts in their transactions |
//! | `report` | what became of every line |

mod bodies;
mod meaning;
mod plan;
mod report;
mod row;

use super::Register;
use super::authority::known;
use super::keys::Keys;
use crate::answer::{Answer, Usage};
use anyhow::{Context, Result, ensure};
use bodies::{Bodies, Secrets, key_names};
use bulla_proto::Client;
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::law::{Matter, Provisions};
use bulla_verify::operation::Operation;
use bulla_verify::organisation::Organisation;
use report::Report;
use row::Row;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

/// Runs it.
pub(super) async fn run(register: &Register) -> Result<Answer> {
    let bytes = register.read()?;
    let rows: Vec<Row> = register.rows(&bytes)?;
    let sources = known(rows.iter().map(|row| &row.source));
    let import = register.open(&bytes, sources.iter().flat_map(|source| key_names(source)).collect()).await?;
    let (bodies, setup) = bodies_of(&sources, &import.file, &import.superior, &import.keys);
    for body in bodies.values() {
        check_law(&import.client, body.region).await?;
    }
    let secrets = Secrets { secret: import.keys.salts.seed(), file: import.file };
    let plan = plan::plan(&rows, &bodies, &secrets, setup, register.acts);
    let outcomes = import.carry_out(&plan, register.in_flight).await?;
    answer(&Report::new(&rows, &plan.rows, &outcomes), &import.state.join("report.csv"), &bodies)
}

/// The bodies of each source, and what the superior's registrar signs for them.
fn bodies_of(
    sources: &BTreeSet<String>,
    file: &Hash,
    superior: &Organisation,
    keys: &Keys,
) -> (BTreeMap<String, Bodies>, Vec<Operation>) {
    let public = keys.public();
    let (mut all, mut setup) = (BTreeMap::new(), Vec::new());
    for source in sources {
        let bodies = Bodies::of(source, file, superior);
        let [provider, reader] = key_names(source).map(|name| public.get(&name).copied());
        let both = provider.zip(reader).expect("the keys of every source were opened");
        setup.extend(bodies.setup(source, superior, both.into()));
        all.insert(source.clone(), bodies);
    }
    (all, setup)
}

/// Requests and tickets start clocks; where no law says how long they run, none of them is taken.
async fn check_law(client: &Client, region: RegionCode) -> Result<()> {
    for matter in [Matter::RequestAnswer, Matter::TicketReceipt] {
        let mut says = false;
        for one in region.upward() {
            says |= client.record::<Provisions>(&(one, matter)).await?.record.is_some();
        }
        ensure!(
            says,
            Usage("no law says yet by when a request is answered and a receipt given; see `bulla law enact`".into())
        );
    }
    Ok(())
}

/// Writes the report, and says what stands in it.
fn answer(report: &Report<'_>, path: &Path, bodies: &BTreeMap<String, Bodies>) -> Result<Answer> {
    report.write(File::create(path).with_context(|| format!("cannot write {}", path.display()))?)?;
    let tally = report.tally();
    let bodies: Vec<_> = bodies
        .iter()
        .map(|(source, body)| json!({ "source": source, "provider": body.provider, "reader": body.reader }))
        .collect();
    let text = format!("{tally}\nEvery row stands in {}.", path.display());
    let mut document = tally.json();
    if let Value::Object(document) = &mut document {
        document.extend([("report".to_owned(), json!(path)), ("test_bodies".to_owned(), json!(bodies))]);
    }
    Ok(Answer::done(text, document))
}
