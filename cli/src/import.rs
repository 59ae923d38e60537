//! `bulla import`: records of another register, as historic acts, many in a transaction.
//!
//! It promises that every row of the file is accounted for, and that a stopped import goes on where it was when the same
//! command is given again. It never invents a date or a state: what no act can be formed from is refused here, with a code
//! of its own, and everything else is for the ledger to judge. The tables of events are in docs/import.md, that of
//! accesses in docs/import-access.md.
//!
//! | file | what |
//! |---|---|
//! | `row` | the file's rows as they stand there |
//! | `plan`, `events`, `replica` | which acts rows of licences come to |
//! | `credit` | which acts rows of credit events come to |
//! | `access` | which acts lines of access logs come to, and in which transactions |
//! | `batches` | acts in transactions |
//! | `authority` | test bodies and types for their sources, and how they are set up |
//! | `contents`, `unformed` | what reaches the ledger of a row; why a row comes to no act |
//! | `drive`, `node`, `journal`, `keys` | handing the plan to a node, once |
//! | `report` | what became of every row |

mod access;
mod authority;
mod batches;
mod contents;
mod credit;
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
use batches::Batch;
use bulla_keystore::open_file;
use bulla_proto::Client;
use bulla_verify::genesis::Genesis;
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::SigningKey;
use bulla_verify::organisation::Organisation;
use bulla_verify::refusal::Outcome;
use contents::Salts;
use drive::Driver;
use indicatif::{ProgressBar, ProgressStyle};
use journal::Journal;
use keys::Keys;
use report::Report;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub(crate) enum Import {
    /// Record the licences of another register from a CSV file, each row as the historic act that it tells of.
    ///
    /// Give the same command again to go on with an import that was stopped. Each source of the file gets a test body, which
    /// the registrar's organisation registers beneath itself.
    Licences(Register),
    /// Record the credit events of another register from a CSV file, each row as an event of a subject.
    ///
    /// As with licences. Each subject of a source gets a handle. What may not be kept any more is refused, and stands in the report.
    Credit(Register),
    /// Record the accesses of a gateway's log from a CSV file, each line as a ticket and a receipt, numbered as they follow one
    /// another, so that an access that is not among them is found out.
    ///
    /// As with licences; but each source gets two test bodies, one that has the data and one that looks at it. What is recorded
    /// bears the time at which it came to the ledger, not that of the log.
    Access(Register),
}

/// A file of another register, and where it goes.
#[derive(clap::Args)]
pub(crate) struct Register {
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
            Import::Licences(register) => licences(&register).await,
            Import::Credit(register) => credit::run(&register).await,
            Import::Access(register) => access::run(&register).await,
        }
    }
}

async fn licences(register: &Register) -> Result<Answer> {
    let bytes = register.read()?;
    let rows: Vec<row::Row> = register.rows(&bytes)?;
    let import = register.open(&bytes, sources(&rows)).await?;
    let mut authorities = Authorities::under(&import.superior, &import.keys.public());
    learn_types(&import.client, &mut authorities).await?;
    let plan = plan::plan(&rows, &mut authorities, &import.salts(), register.acts);
    let outcomes = import.carry_out(&plan, register.in_flight).await?;
    answer(&Report::new(&rows, &plan, &outcomes), &import.state.join("report.csv"), &authorities)
}

/// An import that is about to begin, or to go on.
struct Prepared {
    client: Client,
    genesis: Genesis,
    /// The organisation above the new bodies, as the ledger has it.
    superior: Organisation,
    registrar: SigningKey,
    keys: Keys,
    journal: RefCell<Journal>,
    state: PathBuf,
    file: Hash,
}

impl Prepared {
    fn salts(&self) -> Salts<'_> {
        Salts { secret: self.keys.salts.seed(), file: self.file }
    }

    /// Does all of a plan that was not done before. The outcomes of each batch, in their order.
    async fn carry_out<R>(&self, plan: &plan::Plan<R>, in_flight: usize) -> Result<Vec<Vec<Outcome>>> {
        let driver = Driver {
            ledger: &self.client,
            journal: &self.journal,
            chain: self.genesis.chain(),
            window_ms: self.genesis.parameters.replay_window_ms,
            registrar: &self.registrar,
            keys: &self.keys.by_source,
            in_flight,
        };
        let bar = bar(&plan.batches);
        let settled = |batch: &Batch| bar.inc(u64::try_from(batch.operations.len()).unwrap_or(u64::MAX));
        let outcomes = driver.run(plan, &settled).await?;
        bar.finish_and_clear();
        Ok(outcomes)
    }
}

impl Register {
    fn rows<R: row::Columns>(&self, bytes: &[u8]) -> Result<Vec<R>> {
        row::rows(bytes).with_context(|| self.file.display().to_string())
    }

    /// Opens keys and journal, made anew where there are none, and connects.
    async fn open(&self, bytes: &[u8], sources: BTreeSet<String>) -> Result<Prepared> {
        let file = row::file_hash(bytes);
        let genesis = read_genesis(&self.genesis)?;
        let passphrase = prompt::passphrase(&self.key, self.passphrase_file.as_deref())?;
        let registrar = open_file(&self.key, &passphrase).with_context(|| self.key.display().to_string())?;
        let state = self.state.clone().unwrap_or_else(|| format!("import-{:.8}", file.to_string()).into());
        fs::create_dir_all(&state).with_context(|| format!("cannot make the directory {}", state.display()))?;
        let keys = Keys::open(&state, sources, &passphrase)?;
        let import = journal::Import { chain: genesis.chain(), file, acts: self.acts };
        let journal = RefCell::new(Journal::open(&state.join("journal"), import)?);
        let client = self.node.connect().await?;
        check_chain(&client, &genesis).await?;
        let superior = self.superior(&client, &genesis).await?;
        Ok(Prepared { client, genesis, superior, registrar, keys, journal, state, file })
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
fn bar(batches: &[Batch]) -> ProgressBar {
    let acts: usize = batches.iter().map(|batch| batch.operations.len()).sum();
    let bar = ProgressBar::new(u64::try_from(acts).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} acts are final, {per_sec}, {eta} left");
    bar.with_style(style.expect("the template is well formed"))
}
