//! The ledger: one store, the state tree in memory, and what was committed last.
//!
//! One writer commits; any number of readers ask meanwhile. Tree, tip and certificate of one height hang together in one
//! shared value that a commit replaces, so that an answer never mixes two heights. A [`Parent`] is such a value for as long as
//! a job needs it: executing on it gives the same whatever is committed meanwhile, or [`Fault::Outdated`].

use crate::past::Past;
use crate::replay::Window;
use crate::sets::{self, Sets};
use crate::store::{Batch, Fault, Store};
use crate::table::{self, BaseRow, META_BASE, META_FORMAT, META_GENESIS, META_TIP, Table, TipRow};
use crate::tree::{NotAscending, StateTree, Tree};
use crate::{commit, snapshot, view};
use bulla_verify::canonical;
use bulla_verify::certificate::{Certificate, CertificateError, Signers};
use bulla_verify::chain::{ChainId, HeaderHash, Height, Round};
use bulla_verify::genesis::{Genesis, GenesisError};
use bulla_verify::governance::schedule::Schedule;
use bulla_verify::governance::{Followers, Offender, Validators};
use bulla_verify::hash::Hash;
use bulla_verify::header::{self, Header, NO_PARENT};
use bulla_verify::list::Frontier;
use bulla_verify::parameters::Parameters;
use bulla_verify::planted::{self, Bug};
use bulla_verify::record::Record;
use bulla_verify::time::Millis;
use bulla_verify::tree::{StateKey, value_hash};
use bulla_verify::validators::ValidatorSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

/// The ledger of one chain. Clones are the same ledger.
#[derive(Clone)]
pub struct Ledger {
    pub(crate) shared: Arc<Shared>,
}

/// What was committed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The chain.
    pub chain: ChainId,
    /// The last committed height; 0 before the first block.
    pub height: Height,
    /// The hash of its header; [`NO_PARENT`] before the first block.
    pub hash: HeaderHash,
    /// Its header; none before the first block.
    pub header: Option<Header>,
    /// Its time; that of genesis before the first block.
    pub time: Millis,
    /// The root of the state after it.
    pub state_root: Hash,
    /// The round of the certificate that is kept here.
    pub round: Round,
    /// The signers of that certificate, by place in the height's set.
    pub signers: Signers,
    /// The validators of the next height.
    pub validators: ValidatorSet,
    /// The first height that they decide: the next one, if the last block changed them.
    pub validators_from: Height,
    /// Those of them that signed two different things.
    pub offenders: Vec<Offender>,
    /// The nodes that may connect and do not vote.
    pub followers: Followers,
    /// The chain's numbers at the next height.
    pub parameters: Parameters,
    /// The chain's numbers as genesis set them.
    pub founding: Parameters,
    /// What was decided of numbers and versions since.
    pub schedule: Schedule,
}

impl Tip {
    /// The validators of the next height, as the state has them.
    pub fn roll(&self) -> Validators {
        let (set, from, offenders) = (self.validators.clone(), self.validators_from, self.offenders.clone());
        Validators { set, from, offenders }
    }

    /// The version of the protocol at the next height.
    pub fn version(&self) -> u8 {
        self.schedule.version_at(self.height.next())
    }

    /// Whether this program knows the protocol of the next height: else it must neither build nor judge it.
    pub fn check_version(&self) -> Result<(), Fault> {
        let version = self.version();
        if header::is_known(version) { Ok(()) } else { Err(Fault::Upgrade { height: self.height.next(), version }) }
    }
}

/// The state of one height, for a job that builds or executes the next block.
#[derive(Clone)]
pub struct Parent {
    pub(crate) current: Arc<Current>,
    pub(crate) shared: Arc<Shared>,
}

/// Why a store is no ledger of this chain, or none that may be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The genesis document itself is unsound.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// Written by another version of this program.
    #[error("the ledger has format {found}, this program knows {known}; use the version that wrote it", known = table::FORMAT)]
    Format {
        /// The format found.
        found: u32,
    },
    /// Usual cause: a directory of another network.
    #[error(
        "the ledger is of chain {found}, the genesis file is of chain {expected}; check the directory and the file"
    )]
    OtherChain {
        /// The chain of the store.
        found: ChainId,
        /// The chain of the genesis document.
        expected: ChainId,
    },
    /// Usual cause: a node that was stopped while it joined.
    #[error(
        "the ledger is a snapshot of which not all has come yet; let the node run until it has joined, or empty its directory"
    )]
    Joining,
    /// The last header is not what its validators signed.
    #[error("the certificate of height {height} does not hold: {reason}; run bullad fsck")]
    Uncertified {
        /// The last height.
        height: Height,
        /// Why.
        reason: CertificateError,
    },
    /// The records are not those of the last header. Usual causes: a failing disk, or somebody edited the files.
    #[error("the records give state root {found}, the header of height {height} says {expected}; run bullad fsck")]
    Root {
        /// The last height.
        height: Height,
        /// What the records give.
        found: Hash,
        /// What the header says.
        expected: Hash,
    },
    /// The state tree is larger than the budget allows.
    #[error(transparent)]
    Memory(#[from] TooLarge),
    /// The store does not keep its order.
    #[error(transparent)]
    Order(#[from] NotAscending),
    /// A row is missing or cannot be read.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// How much memory a ledger may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes for the state tree, past heights included: what does not fit is not opened, and nothing is committed that no
    /// longer fits.
    pub tree_bytes: usize,
    /// Bytes of those for past heights: 1 kB for each change of a key. Where blocks change more, fewer than the last 256
    /// heights can be proved.
    pub past_bytes: usize,
}

/// The state tree takes more memory than it may. Usual cause: a ledger that has grown over the years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the state tree takes {} MiB of memory and may take {}; give the machine more memory, raise max_tree_memory_mib, and start \
     the node again",
    .found >> 20,
    .limit >> 20
)]
pub struct TooLarge {
    /// Bytes that it takes.
    pub found: usize,
    /// Bytes that it may take.
    pub limit: usize,
}

/// What all handles of one ledger share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) budget: Budget,
    current: RwLock<Arc<Current>>,
    window: RwLock<Window>,
    /// The height whose rows may already be in the store: the tip's, or during a commit the next.
    started: AtomicU64,
    /// Held by the one writer; true once a write failed, after which nobody knows what the store holds.
    pub(crate) broken: Mutex<bool>,
}

/// The ledger at one height.
pub(crate) struct Current {
    pub(crate) tip: Tip,
    pub(crate) tree: Tree,
    /// The certificate of the tip; none before the first block.
    pub(crate) certificate: Option<Certificate>,
    /// The list of the hashes of all headers so far, the tip's included.
    pub(crate) history: Frontier,
    /// That list without the tip's, as the tip's header has it.
    pub(crate) before: Frontier,
    /// Where the store begins, if it began with a snapshot.
    pub(crate) base: Option<Base>,
    /// The heights before the tip that can be proved.
    pub(crate) past: Past,
    /// The validator sets so far, that of the next height included.
    pub(crate) sets: Sets,
}

/// Where a ledger begins that began with a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    /// The height of the snapshot: blocks and list entries are held from the next height on.
    pub height: Height,
    /// The first height of which header and leaves are held.
    pub first: Height,
}

/// As much as the tree needs, and 16 MiB for past heights.
impl Default for Budget {
    fn default() -> Self {
        Budget { tree_bytes: usize::MAX, past_bytes: 16 << 20 }
    }
}

impl Ledger {
    /// Opens the ledger of a chain. A store with no row becomes one at height 0; any other must be of this chain, and its
    /// records those of its last header: the state tree is built from them.
    pub fn open(store: Arc<dyn Store>, genesis: &Genesis) -> Result<Ledger, OpenError> {
        Ledger::open_within(store, genesis, Budget::default())
    }

    /// Whether a store holds a ledger: not if it is empty, or if a snapshot is still being taken into it.
    pub fn is_in(store: &dyn Store) -> Result<bool, Fault> {
        Ok(store.read(Table::Meta, META_FORMAT)?.is_some())
    }

    /// As [`Ledger::open`], in so much memory.
    pub fn open_within(store: Arc<dyn Store>, genesis: &Genesis, budget: Budget) -> Result<Ledger, OpenError> {
        genesis.check()?;
        match store.read(Table::Meta, META_FORMAT)? {
            None if snapshot::is_begun(&*store)? => return Err(OpenError::Joining),
            None => found(&*store, genesis)?,
            Some(row) => {
                let found = table::decode(Table::Meta, META_FORMAT, &row)?;
                if found != table::FORMAT {
                    return Err(OpenError::Format { found });
                }
            }
        }
        check_chain(&*store, genesis)?;
        let current = load(&*store, genesis, budget)?;
        let window = load_window(&*store)?;
        current.check_memory(budget.tree_bytes)?;
        let shared = Shared {
            store,
            budget,
            started: AtomicU64::new(current.tip.height.0),
            current: RwLock::new(Arc::new(current)),
            window: RwLock::new(window),
            broken: Mutex::new(false),
        };
        Ok(Ledger { shared: Arc::new(shared) })
    }

    /// What was committed last.
    pub fn tip(&self) -> Tip {
        self.shared.current().tip.clone()
    }

    /// Where this ledger begins, if it began with a snapshot and not at genesis.
    pub fn base(&self) -> Option<Base> {
        self.shared.current().base
    }

    /// Bytes of memory that the state tree takes, past versions included, and that it may take.
    pub fn tree_memory(&self) -> (usize, usize) {
        (self.shared.current().tree.memory().bytes, self.shared.budget.tree_bytes)
    }

    /// The state of the last height, to build or execute the next block on.
    pub fn parent(&self) -> Parent {
        Parent { current: self.shared.current(), shared: self.shared.clone() }
    }

    /// The validators of a height from 1 to the one after the tip.
    pub fn validators_at(&self, height: Height) -> Option<ValidatorSet> {
        let current = self.shared.current();
        if height > current.tip.height.next() { None } else { current.validators_at(height).cloned() }
    }
}

impl Parent {
    /// The height that is built on.
    pub fn tip(&self) -> &Tip {
        &self.current.tip
    }

    /// Whether a later height was committed, or is being so: what is read of this one may be of that one.
    pub fn is_outdated(&self) -> bool {
        self.shared.has_started_after(self.current.tip.height)
    }

    pub(crate) fn view(&self) -> view::StateView<'_> {
        view::StateView::new(&self.current, &self.shared)
    }
}

impl Shared {
    // Whoever panics while holding one of these locks leaves a whole value behind, so poison says nothing.
    pub(crate) fn current(&self) -> Arc<Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn window(&self) -> RwLockReadGuard<'_, Window> {
        self.window.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on rows of this height may be in the store.
    pub(crate) fn start(&self, height: Height) {
        self.started.store(height.0, Ordering::SeqCst);
    }

    pub(crate) fn has_started_after(&self, height: Height) -> bool {
        self.started.load(Ordering::SeqCst) > height.0 && !planted::on(Bug::StaleView)
    }

    /// Waits until the commit that is under way has ended. One that failed has left the rows of nobody knows which height.
    pub(crate) fn wait_for_writer(&self) -> Result<(), Fault> {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        if *broken { Err(Fault::Store { reason: "an earlier commit failed".into() }) } else { Ok(()) }
    }

    /// A height is durable: its ids join the window, and then all readers see it.
    pub(crate) fn finish(&self, current: Current, add_ids: impl FnOnce(&mut Window)) {
        add_ids(&mut self.window.write().unwrap_or_else(PoisonError::into_inner));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(current);
    }
}

impl Current {
    pub(crate) fn check_memory(&self, limit: usize) -> Result<(), TooLarge> {
        let found = self.tree.memory().bytes;
        if found > limit { Err(TooLarge { found, limit }) } else { Ok(()) }
    }

    /// What there is to say of rows from before the snapshot with which this store began.
    pub(crate) fn not_held(&self) -> Option<Fault> {
        self.base.map(|base| Fault::NotHeld { begins: base.height })
    }

    /// The validators that decide a height.
    pub(crate) fn validators_at(&self, height: Height) -> Option<&ValidatorSet> {
        self.sets.at(height)
    }
}

/// Writes height 0 into a store that is empty. One that has rows and no format has lost it, and is not written over.
fn found(store: &dyn Store, genesis: &Genesis) -> Result<(), Fault> {
    for table in Table::ALL {
        if let Some(row) = store.scan(table, &[]).next() {
            row?;
            return Err(table::damaged(Table::Meta, META_FORMAT, "the row is missing, and the store is not empty"));
        }
    }
    store.write(first_batch(genesis)?)
}

/// The rows of height 0.
fn first_batch(genesis: &Genesis) -> Result<Batch, Fault> {
    let mut batch = Batch::default();
    batch.put(Table::Meta, META_FORMAT, canonical::encode(&table::FORMAT));
    batch.put(Table::Meta, META_GENESIS, canonical::encode(genesis));
    batch.put(Table::Meta, META_TIP, canonical::encode(&TipRow::default()));
    sets::put_first(&mut batch, &genesis.validators);
    commit::put_changes(&mut batch, &bulla_contracts::genesis(genesis), |_| Ok(Frontier::default()))?;
    Ok(batch)
}

fn check_chain(store: &dyn Store, genesis: &Genesis) -> Result<(), OpenError> {
    let kept: Genesis = read_row(store, Table::Meta, META_GENESIS)?;
    let (found, expected) = (kept.chain(), genesis.chain());
    if found == expected { Ok(()) } else { Err(OpenError::OtherChain { found, expected }) }
}

fn load(store: &dyn Store, genesis: &Genesis, budget: Budget) -> Result<Current, OpenError> {
    let TipRow { height, before } = read_row(store, Table::Meta, META_TIP)?;
    let base = load_base(store)?;
    let sets = Sets::load(store)?;
    let tree = load_tree(store)?;
    let last = if height == Height(0) { None } else { Some(load_header(store, height, genesis.chain(), &sets)?) };
    let expected = match &last {
        Some((header, _)) => header.light.state_root,
        None => genesis_root(genesis),
    };
    if tree.root() != expected {
        return Err(OpenError::Root { height, found: tree.root(), expected });
    }
    let founding: Parameters = read_row(store, Table::Records, &Parameters::key(&()).0)?;
    let schedule = read_schedule(store)?;
    let Validators { set, from, offenders } = read_row(store, Table::Records, &Validators::key(&()).0)?;
    let followers = store.read(Table::Records, &Followers::key(&()).0)?;
    let followers = followers.map(|row| table::decode(Table::Records, &Followers::key(&()).0, &row)).transpose()?;
    if sets.at(height.next()) != Some(&set) {
        return Err(
            table::damaged(Table::Validators, &table::height_key(from), "it is not the set of the state").into()
        );
    }
    let (header, certificate) = last.unzip();
    let mut history = before.clone();
    header.iter().for_each(|header: &Header| history.append(&header.hash().0));
    let tip = Tip {
        chain: genesis.chain(),
        height,
        hash: header.as_ref().map_or(NO_PARENT, Header::hash),
        header,
        time: header.map_or(genesis.time, |header| header.light.time),
        state_root: tree.root(),
        round: certificate.as_ref().map_or(Round(0), |certificate| certificate.round),
        signers: certificate.as_ref().map_or(Signers::default(), |certificate| certificate.signers),
        validators: set,
        validators_from: from,
        offenders,
        followers: followers.unwrap_or_default(),
        parameters: schedule.parameters_at(&founding, height.next()),
        founding,
        schedule,
    };
    let oldest = base.map_or(Height(1), |base| base.height);
    let past = Past::load(store, (oldest, height), &tree, budget.past_bytes)?;
    Ok(Current { tip, tree, certificate, history, before, base, past, sets })
}

/// What was decided of numbers and versions, as far as the store holds it: nothing, if it holds none.
pub(crate) fn read_schedule(store: &dyn Store) -> Result<Schedule, Fault> {
    let key = Schedule::key(&());
    let row = store.read(Table::Records, &key.0)?;
    Ok(row.map(|row| table::decode(Table::Records, &key.0, &row)).transpose()?.unwrap_or_default())
}

fn load_base(store: &dyn Store) -> Result<Option<Base>, Fault> {
    let Some(row) = store.read(Table::Meta, META_BASE)? else { return Ok(None) };
    let BaseRow { height, first, .. } = table::decode(Table::Meta, META_BASE, &row)?;
    Ok(Some(Base { height, first }))
}

fn load_tree(store: &dyn Store) -> Result<Tree, OpenError> {
    let mut fault = None;
    let leaf = |row: Result<crate::store::Row, Fault>| {
        let leaf = row.and_then(|(key, value)| {
            let key: [u8; 32] = key
                .as_slice()
                .try_into()
                .map_err(|_| table::damaged(Table::Records, &key, "the key is no state key"))?;
            Ok((StateKey(key), value_hash(&value)))
        });
        leaf.map_err(|found| fault = Some(found)).ok()
    };
    let tree = Tree::from_leaves(store.scan(Table::Records, &[]).map_while(leaf));
    match fault {
        Some(fault) => Err(fault.into()),
        None => Ok(tree?),
    }
}

/// The root that the state of height 0 has by the document, whatever the store holds.
fn genesis_root(genesis: &Genesis) -> Hash {
    Tree::default().apply(&commit::value_hashes(&bulla_contracts::genesis(genesis))).root()
}

fn load_header(
    store: &dyn Store,
    height: Height,
    chain: ChainId,
    sets: &Sets,
) -> Result<(Header, Certificate), OpenError> {
    let key = table::height_key(height);
    let (header, certificate): (Header, Certificate) = read_row(store, Table::Headers, &key)?;
    if header.light.height != height || certificate.height != height || certificate.value != header.hash() {
        return Err(table::damaged(Table::Headers, &key, "header and certificate are not of one block").into());
    }
    let set = sets.at(height).ok_or_else(|| table::damaged(Table::Validators, &key, "no set decided this height"))?;
    certificate.check(chain, set).map_err(|reason| OpenError::Uncertified { height, reason })?;
    Ok((header, certificate))
}

fn load_window(store: &dyn Store) -> Result<Window, Fault> {
    let mut window = Window::default();
    for row in store.scan(Table::Ids, &[]) {
        let (key, _) = row?;
        let (expires_at, id) =
            table::id_of(&key).ok_or_else(|| table::damaged(Table::Ids, &key, "the key is no id"))?;
        // Which of the heights up to the tip it was makes no difference any more.
        window.add(expires_at, id, Height(0));
    }
    Ok(window)
}

fn read_row<T: borsh::BorshDeserialize>(store: &dyn Store, table: Table, key: &[u8]) -> Result<T, Fault> {
    let row = store.read(table, key)?.ok_or_else(|| table::damaged(table, key, "the row is missing"))?;
    table::decode(table, key, &row)
}

#[cfg(test)]
mod tests;
