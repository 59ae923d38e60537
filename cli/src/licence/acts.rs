//! Acts on a licence: what a clerk says, made into an operation.

use crate::acting::{Papers, handle, word};
use crate::answer::{Answer, Usage, with};
use crate::submit::{Signing, Submission, may_be_recorded};
use crate::vault::{Holder, Kept, Vault};
use crate::when;
use anyhow::{Context, Result, ensure};
use bulla_keystore::random;
use bulla_verify::fields::{Contents, Field};
use bulla_verify::hash::Hash;
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{Act, Change, Grant, Licence, Slip, Term};
use bulla_verify::name::Name;
use bulla_verify::operation::Operation;
use bulla_verify::time::{Date, Millis};
use std::path::{Path, PathBuf};

/// Any act on a licence.
#[derive(clap::Args)]
pub(crate) struct Acting {
    /// The licence, by the identifier of its current version; `bulla licence identifier` writes out that of a new one.
    pub(super) licence: LicenceId,
    /// Who acts; the issuer, if nothing is said.
    #[arg(long, value_name = "USCC")]
    by: Option<Uscc>,
    /// When the act took effect, if that was before it comes to the ledger. Needs a historical registrar's key, and is marked
    /// in the record for ever.
    #[arg(long, value_name = "DATE", value_parser = when::instant)]
    effective_at: Option<Millis>,
    #[command(flatten)]
    pub(super) submission: Submission,
}

/// What the licence says, and where that is kept.
#[derive(clap::Args)]
#[command(next_help_heading = "What it says")]
pub(crate) struct Said {
    /// A field, as NAME=VALUE; several times for several. It goes into the vault, and the ledger gets a seal over it.
    #[arg(long = "field", value_name = "NAME=VALUE", value_parser = field)]
    pub(super) fields: Vec<Field>,
    /// The vault's directory; `vault` beside the first key, if nothing is said.
    #[arg(long, value_name = "DIR")]
    pub(super) vault: Option<PathBuf>,
}

/// When it begins and ends.
#[derive(clap::Args)]
#[command(next_help_heading = "Term")]
pub(crate) struct TermGiven {
    /// The first day; today, if nothing is said.
    #[arg(long, value_name = "DATE", value_parser = when::instant)]
    from: Option<Millis>,
    #[command(flatten)]
    end: End,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct End {
    /// The last day.
    #[arg(long, value_name = "DATE", value_parser = when::last_day)]
    until: Option<Millis>,
    /// It has no end.
    #[arg(long)]
    no_end: bool,
}

/// What every new record of a licence needs.
#[derive(clap::Args)]
pub(crate) struct Issue {
    #[command(flatten)]
    acting: Acting,
    /// The region that it is for: six digits.
    #[arg(long, help_heading = "The licence")]
    region: RegionCode,
    /// A file with the holder's handle, which only you may read. Without it, a new handle is made and kept in the vault.
    #[arg(long, value_name = "FILE", help_heading = "The licence")]
    holder_file: Option<PathBuf>,
    #[command(flatten)]
    term: TermGiven,
    #[command(flatten)]
    said: Said,
}

#[derive(clap::Args)]
pub(crate) struct TakeOver {
    /// The register that it comes from.
    #[arg(long, value_name = "NAME", help_heading = "The licence")]
    register: Name,
    #[command(flatten)]
    issue: Issue,
}

#[derive(clap::Args)]
pub(crate) struct Renew {
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    term: TermGiven,
    #[command(flatten)]
    said: Said,
    /// Fields that the new version has no more.
    #[arg(long = "without", value_name = "NAME", help_heading = "What it says")]
    without: Vec<String>,
}

#[derive(clap::Args)]
pub(crate) struct Amend {
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    said: Said,
    /// Fields that the new version has no more.
    #[arg(long = "without", value_name = "NAME", help_heading = "What it says")]
    without: Vec<String>,
    /// A new last day, not later than the old.
    #[arg(long, value_name = "DATE", value_parser = when::last_day, help_heading = "The licence")]
    until: Option<Millis>,
    /// A file with a new holder's handle, which only you may read.
    #[arg(long, value_name = "FILE", help_heading = "The licence")]
    holder_file: Option<PathBuf>,
}

/// What a correction puts right.
#[derive(clap::Args)]
pub(crate) struct Correct {
    #[command(flatten)]
    acting: Acting,
    /// What slip it was: spelling, figure, omission or layout. Anything else is an amendment.
    #[arg(long, value_parser = word::<Slip>, help_heading = "What it says")]
    slip: Slip,
    #[command(flatten)]
    said: Said,
    /// Fields that it should not have had.
    #[arg(long = "without", value_name = "NAME", help_heading = "What it says")]
    without: Vec<String>,
}

#[derive(clap::Args)]
pub(crate) struct Suspend {
    #[command(flatten)]
    acting: Acting,
    /// From when; from the act on, if nothing is said.
    #[arg(long, value_name = "DATE", value_parser = when::instant, help_heading = "Suspension")]
    from: Option<Millis>,
    /// The last day, if it ends by itself.
    #[arg(long, value_name = "DATE", value_parser = when::last_day, help_heading = "Suspension")]
    until: Option<Millis>,
}

impl Acting {
    pub(crate) async fn run(self, change: Change) -> Result<Answer> {
        let signing = self.submission.open().await?;
        signing.submit(vec![self.operation(change)]).await
    }

    /// As [`Acting::run`], committing to a decision.
    pub(super) async fn run_decided(
        self,
        decision: &Path,
        papers: &Papers,
        change: impl FnOnce(Hash) -> Change,
    ) -> Result<Answer> {
        let mut writing = papers.open(&self.submission).await?;
        let change = change(writing.commit(decision)?);
        writing.submit(self.operation(change)).await
    }

    fn operation(&self, change: Change) -> Operation {
        let by = self.by.unwrap_or(self.licence.issuer());
        Operation::Licence(Act { licence: self.licence.clone(), by, effective_at: self.effective_at, change })
    }

    /// Keeps what the licence says, then submits the act; forgets it again if it surely was not recorded.
    pub(super) async fn keep_and_run(
        &self,
        signing: &Signing,
        vault: &Vault,
        kept: &Kept,
        change: Change,
    ) -> Result<Answer> {
        let file = vault.put(kept)?;
        let result = signing.submit(vec![self.operation(change)]).await;
        if may_be_recorded(&result) {
            let mut answer = result?;
            answer.json = with(answer.json, "vault_file", &file);
            Ok(answer)
        } else {
            vault.remove(kept)?;
            result
        }
    }

    /// The vault of this directory, or the one beside the first key.
    pub(super) fn vault(&self, directory: Option<&Path>, signing: &Signing) -> Result<Vault> {
        let directory = directory.map_or_else(|| self.submission.vault_directory(), Path::to_path_buf);
        Vault::open_or_new(&directory, signing.passphrase())
    }
}

impl Issue {
    pub(crate) async fn run(self) -> Result<Answer> {
        self.open_record(Change::Issue).await
    }

    pub(super) async fn open_record(self, change: impl FnOnce(Grant) -> Change) -> Result<Answer> {
        let Issue { acting, region, holder_file, term, said } = self;
        let holder = Holder::new(match holder_file {
            Some(file) => handle(&file)?,
            None => Handle(*random()),
        });
        let signing = acting.submission.open().await?;
        let vault = acting.vault(said.vault.as_deref(), &signing)?;
        let contents = Contents::new(acting.licence.type_code(), *random(), said.fields)?;
        let grant = Grant {
            region,
            holder: holder.commitment(),
            holding: holding(&signing, &acting.licence, &holder).await?,
            contents: contents.root(),
            term: term.term(acting.effective_at),
        };
        let kept = Kept { licence: acting.licence.clone(), contents, holder: Some(holder) };
        acting.keep_and_run(&signing, &vault, &kept, change(grant)).await
    }
}

impl TakeOver {
    pub(crate) async fn run(self) -> Result<Answer> {
        let TakeOver { register: from, issue } = self;
        issue.open_record(|grant| Change::TakeOver { from, grant }).await
    }
}

impl Renew {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Renew { acting, term, said, without } = self;
        let signing = acting.submission.open().await?;
        let vault = acting.vault(said.vault.as_deref(), &signing)?;
        let kept = next_version(&acting.licence, &signing, &vault, said.fields, &without).await?;
        let change = Change::Renew { term: term.term(acting.effective_at), contents: kept.contents.root() };
        acting.keep_and_run(&signing, &vault, &kept, change).await
    }
}

impl Amend {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Amend { acting, said, without, until, holder_file } = self;
        let new_holder = holder_file.as_deref().map(handle).transpose()?.map(Holder::new);
        let signing = acting.submission.open().await?;
        let vault = acting.vault(said.vault.as_deref(), &signing)?;
        let mut kept = next_version(&acting.licence, &signing, &vault, said.fields, &without).await?;
        let holding = match &new_holder {
            Some(holder) => holding(&signing, &acting.licence, holder).await?,
            None => None,
        };
        let holder = new_holder.as_ref().map(Holder::commitment);
        kept.holder = new_holder.or(kept.holder);
        let change = Change::Amend { contents: kept.contents.root(), until, holder, holding };
        acting.keep_and_run(&signing, &vault, &kept, change).await
    }
}

impl Correct {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Correct { acting, slip, said, without } = self;
        let signing = acting.submission.open().await?;
        let vault = acting.vault(said.vault.as_deref(), &signing)?;
        let kept = same_version(&acting.licence, &signing, &vault, said.fields, &without).await?;
        let change = Change::Correct { slip, contents: kept.contents.root() };
        acting.keep_and_run(&signing, &vault, &kept, change).await
    }
}

impl Suspend {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Suspend { acting, from, until } = self;
        acting.run(Change::Suspend { from, until }).await
    }
}

impl TermGiven {
    fn term(&self, effective_at: Option<Millis>) -> Term {
        let today = || Date::of(when::now()).start();
        Term { from: self.from.or(effective_at).unwrap_or_else(today), until: self.end.until }
    }
}

/// What the next version says: the fields of the current one as the vault has them, changed as was asked, under a fresh salt.
async fn next_version(
    licence: &LicenceId,
    signing: &Signing,
    vault: &Vault,
    given: Vec<Field>,
    without: &[String],
) -> Result<Kept> {
    let current = same_version(licence, signing, vault, given, without).await?;
    let next = current.licence.version().saturating_add(1);
    let licence = licence.base().at_version(next).context("there are 999 versions; issue a new licence")?;
    Ok(Kept { licence, ..current })
}

/// What the current version should say instead: as [`next_version`], with no new number.
async fn same_version(
    licence: &LicenceId,
    signing: &Signing,
    vault: &Vault,
    given: Vec<Field>,
    without: &[String],
) -> Result<Kept> {
    let record: Option<Licence> = signing.client.licence(licence, false).await?.record;
    let (current, former) = match &record {
        Some(record) => {
            let current = record.base.at_version(record.version)?;
            let former = vault.find(&current, &record.contents)?;
            (current, former)
        }
        // The ledger will say that there is none.
        None => (licence.clone(), None),
    };
    ensure!(
        former.is_some() || !given.is_empty(),
        Usage("the vault does not have the fields of the current version; give all fields with --field".into())
    );
    let stays = |field: &Field| !without.contains(&field.name) && given.iter().all(|new| new.name != field.name);
    let kept: Vec<_> =
        former.iter().flat_map(|kept| kept.contents.fields()).filter(|field| stays(field)).cloned().collect();
    let contents = Contents::new(licence.type_code(), *random(), [kept, given].concat())?;
    Ok(Kept { licence: current, contents, holder: former.and_then(|former| former.holder) })
}

/// What the holder has of the type, where a holder may have one only.
async fn holding(signing: &Signing, licence: &LicenceId, holder: &Holder) -> Result<Option<Hash>> {
    let code = licence.type_code();
    let kind = signing.client.licence_type(&code, false).await?.record;
    let single = kind.is_some_and(|kind| kind.single_holding);
    Ok(single.then(|| holder.handle.holding(code)))
}

fn field(text: &str) -> Result<Field, String> {
    let (name, value) = text.split_once('=').ok_or("a field reads NAME=VALUE")?;
    Ok(Field { name: name.trim().into(), value: value.trim().into() })
}
