//! `bulla import`: records of another register, as historic acts, many in a transaction.
//!
//! It promises that every row of the file is accounted for, and that a stopped import goes on where it was when the same
//! command is given again. It never invents a date or a state: what no act can be formed from is refused here, with a code
//! of its own, and everything else is for the ledger to judge. The table of events is in docs/import.md, that of accesses in docs/import-access.md.
//!
//! | file | what |
//! |---|---|
//! | `row` | the file's rows as they stand there |
//! | `plan`, `events`, `replica` | which acts they come to, in which transactions |
//! | `authority` | test bodies and types for their sources, and how they are set up |
//! | `contents`, `unformed` | what reaches the ledger of a row; why a row comes to no act |
//! | `access` | the same for logs of accesses: its own rows, plan and report |
//! | `drive`, `node`, `journal`, `keys` | handing the plan to a node, once |
//! | `report` | what became of every row |

mod access;
mod authority;
mod contents;
mod drive;
mod events;
mod journal;
mod keys;
mod node;
mod plan;
mod replica;
mod report;
mod row;
mod unformed;

use crate::answer::{Answer, Usage};
use crate::connection::{Node, check_chain, read_genesis};
use crate::prompt;
use anyhow::{Context, Result, ensure};
use authority::{Authorities, sources};
use bulla_keystore::open_file;
use bulla_proto::Client;
use bulla_verify::genesis::Genesis;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::organisation::Organisation;
use contents::Salts;
use drive::Driver;
use indicatif::{ProgressBar, ProgressStyle};
use journal::Journal;
use keys::Keys;
use report::Report;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub(crate) enum Import {
    /// Record the licences of another register from a CSV file, each row as the historic act that it tells of.
    ///
    /// Give the same command again to go on with an import that was stopped. Each source of the file gets a test body, which
    /// the registrar's organisation registers beneath itself.
    Licences(Licences),
    /// Record the accesses of a gateway's log from a CSV file: each line a ticket and a receipt, numbered as they follow one
    /// another, so that an access that is not among them is found out.
    ///
    /// Give the same command again to go on with an import that was stopped. Each source of the file gets two test bodies, one
    /// that has the data and one that looks at it, which the registrar's organisation registers beneath itself. What is recorded
    /// bears the time at which it came to the ledger, not that of the log.
    Access(Licences),
}

#[derive(clap::Args)]
pub(crate) struct Licences {
    /// The file: its first line names the columns.
    file: PathBuf,
    /// The directory of this import: its keys, its journal and its report. Keep it: it holds what opens the imported fields.
    #[arg(long, value_name = "DIRECTORY")]
    state: Option<PathBuf>,
    /// The network's genesis file.
    #[arg(long, value_name = "FILE", default_value = "genesis.json")]
    genesis: PathBuf,
    /// The key file of a registrar of the organisation above the new bodies.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A file with the passphrase of that key, which becomes that of the import's keys too. Without it, you are asked.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The organisation above the new bodies. Without it, the first root of the genesis file.
    #[arg(long, value_name = "USCC")]
    superior: Option<Uscc>,
    /// How many acts a transaction has at most, to 1,000. An import that was begun keeps its number.
    #[arg(long, value_name = "NUMBER", default_value_t = 250)]
    acts: usize,
    /// How many transactions are on their way at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    in_flight: usize,
    #[command(flatten)]
    node: Node,
}

impl Import {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Import::Licences(licences) => licences.run().await,
            Import::Access(given) => access::run(&given).await,
        }
    }
}

impl Licences {
    async fn run(&self) -> Result<Answer> {
        let bytes = self.read()?;
        let rows = row::rows(&bytes).with_context(|| self.file.display().to_string())?;
        let file = row::file_hash(&bytes);
        let genesis = read_genesis(&self.genesis)?;
        let passphrase = prompt::passphrase(&self.key, self.passphrase_file.as_deref())?;
        let registrar = open_file(&self.key, &passphrase).with_context(|| self.key.display().to_string())?;
        let state = self.state.clone().unwrap_or_else(|| format!("import-{:.8}", file.to_string()).into());
        fs::create_dir_all(&state).with_context(|| format!("cannot make the directory {}", state.display()))?;
        let keys = Keys::open(&state, sources(&rows), &passphrase)?;
        let import = journal::Import { chain: genesis.chain(), file, acts: self.acts };
        let journal = Journal::open(&state.join("journal"), import)?;

        let client = self.node.connect().await?;
        check_chain(&client, &genesis).await?;
        let mut authorities = Authorities::under(&self.superior(&client, &genesis).await?, &keys.public());
        learn_types(&client, &mut authorities).await?;
        let salts = Salts { secret: keys.salts.seed(), file };
        let plan = plan::plan(&rows, &mut authorities, &salts, self.acts);

        let driver = Driver {
            ledger: &client,
            journal: RefCell::new(journal),
            chain: genesis.chain(),
            window_ms: genesis.parameters.replay_window_ms,
            registrar: &registrar,
            keys: &keys.by_source,
            in_flight: self.in_flight,
        };
        let bar = bar(&plan);
        let settled = |batch: &plan::Batch| bar.inc(u64::try_from(batch.operations.len()).unwrap_or(u64::MAX));
        let outcomes = driver.run(&plan, &settled).await?;
        bar.finish_and_clear();
        answer(&Report::new(&rows, &plan, &outcomes), &state.join("report.csv"), &authorities)
    }

    fn read(&self) -> Result<Vec<u8>> {
        let told = || format!("cannot read {}", self.file.display());
        let found = fs::metadata(&self.file).with_context(told)?.len();
        let fits = found <= row::MAX_FILE_BYTES;
        ensure!(
            fits,
            Usage(format!(
                "{} has {found} bytes, at most {} are read; divide it",
                self.file.display(),
                row::MAX_FILE_BYTES
            ))
        );
        fs::read(&self.file).with_context(told)
    }

    /// The organisation above the new bodies, as the ledger has it.
    async fn superior(&self, client: &Client, genesis: &Genesis) -> Result<Organisation> {
        let first = genesis.organisations.first().map(|root| root.uscc);
        let uscc = self.superior.or(first).context("the genesis file has no organisation; name one with --superior")?;
        let found = client.organisation(&uscc, false).await?.record;
        Ok(found
            .ok_or_else(|| Usage(format!("organisation {uscc} is not registered; name another with --superior")))?)
    }
}

/// Writes the report, and says what stands in it.
fn answer(report: &Report<'_>, path: &Path, authorities: &Authorities) -> Result<Answer> {
    report.write(File::create(path).with_context(|| format!("cannot write {}", path.display()))?)?;
    let tally = report.tally();
    let bodies: Vec<_> =
        authorities.iter().map(|(source, body)| json!({ "source": source, "uscc": body.uscc })).collect();
    let text = format!("{tally}\nEvery row stands in {}.", path.display());
    let mut document = tally.json();
    if let Value::Object(document) = &mut document {
        document.extend([("report".to_owned(), json!(path)), ("test_bodies".to_owned(), json!(bodies))]);
    }
    Ok(Answer::done(text, document))
}

/// Asks which types the bodies have already: an earlier file of the same source numbered them.
async fn learn_types(client: &Client, authorities: &mut Authorities) -> Result<()> {
    let bodies: Vec<_> = authorities.iter().map(|(source, body)| (source.to_owned(), body.clone())).collect();
    for (source, body) in bodies {
        let mut types = Vec::new();
        while let Some(code) = body.code(types.len()) {
            match client.licence_type(&code, false).await?.record {
                Some(kind) => types.push(kind.name),
                None => break,
            }
        }
        authorities.know_types(&source, types);
    }
    Ok(())
}

/// On stderr; indicatif draws nothing where that is no terminal.
fn bar(plan: &plan::Plan) -> ProgressBar {
    let acts: usize = plan.batches.iter().map(|batch| batch.operations.len()).sum();
    let bar = ProgressBar::new(u64::try_from(acts).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} acts are final, {per_sec}, {eta} left");
    bar.with_style(style.expect("the template is well formed"))
}
