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

use super::authority::is_source;
use super::drive::Driver;
use super::journal::{self, Journal};
use super::keys::Keys;
use super::{Licences, bar};
use crate::answer::{Answer, Usage};
use crate::connection::{check_chain, read_genesis};
use crate::prompt;
use anyhow::{Context, Result, ensure};
use bodies::{Bodies, Secrets, key_names};
use bulla_keystore::open_file;
use bulla_proto::Client;
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::law::{Matter, Provisions};
use bulla_verify::operation::Operation;
use bulla_verify::organisation::Organisation;
use report::Report;
use row::Row;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;

/// Runs it.
pub(super) async fn run(given: &Licences) -> Result<Answer> {
    let bytes = given.read()?;
    let rows = row::rows(&bytes).with_context(|| given.file.display().to_string())?;
    let file = super::row::file_hash(&bytes);
    let genesis = read_genesis(&given.genesis)?;
    let passphrase = prompt::passphrase(&given.key, given.passphrase_file.as_deref())?;
    let registrar = open_file(&given.key, &passphrase).with_context(|| given.key.display().to_string())?;
    let state = given.state.clone().unwrap_or_else(|| format!("import-{:.8}", file.to_string()).into());
    fs::create_dir_all(&state).with_context(|| format!("cannot make the directory {}", state.display()))?;
    let sources = sources(&rows);
    let keys = Keys::open(&state, sources.iter().flat_map(|source| key_names(source)), &passphrase)?;
    let import = journal::Import { chain: genesis.chain(), file, acts: given.acts };
    let journal = Journal::open(&state.join("journal"), import)?;

    let client = given.node.connect().await?;
    check_chain(&client, &genesis).await?;
    let superior = given.superior(&client, &genesis).await?;
    let (bodies, setup) = bodies_of(&sources, &file, &superior, &keys);
    for body in bodies.values() {
        check_law(&client, body.region).await?;
    }
    let secrets = Secrets { secret: keys.salts.seed(), file };
    let accesses = plan::plan(&rows, &bodies, &secrets, setup, given.acts);

    let driver = Driver {
        ledger: &client,
        journal: RefCell::new(journal),
        chain: genesis.chain(),
        window_ms: genesis.parameters.replay_window_ms,
        registrar: &registrar,
        keys: &keys.by_source,
        in_flight: given.in_flight,
    };
    let bar = bar(&accesses.plan);
    let settled = |batch: &super::plan::Batch| bar.inc(u64::try_from(batch.operations.len()).unwrap_or(u64::MAX));
    let outcomes = driver.run(&accesses.plan, &settled).await?;
    bar.finish_and_clear();
    answer(&Report::new(&rows, &accesses, &outcomes), &state.join("report.csv"), &bodies)
}

/// The sources that a file names, as far as they can have bodies.
fn sources(rows: &[Row]) -> BTreeSet<String> {
    rows.iter().map(|row| &row.source).filter(|source| is_source(source)).cloned().collect()
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
