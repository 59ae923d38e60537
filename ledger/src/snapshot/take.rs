//! Taking a snapshot into an empty store, piece by piece, in any order, over as many starts of the program as it takes.
//!
//! Each piece is checked before it is written, and written with the note that it is there; so what a crash leaves is what was
//! checked, and what is still wanted is known. The store becomes a ledger with the last write, not before.

use super::{
    Offer, OfferError, Part, PartError, TailBlock, TailError, bits_of, leads_to, next_after, reaches_far_enough,
};
use crate::ledger::read_schedule;
use crate::sets;
use crate::store::{Batch, Fault, Store};
use crate::table::{self, BaseRow, META_BASE, META_FORMAT, META_GENESIS, META_TIP, Place, Table, TipRow};
use bulla_verify::canonical;
use bulla_verify::chain::Height;
use bulla_verify::genesis::Genesis;
use bulla_verify::governance::schedule::Schedule;
use bulla_verify::header::Header;
use bulla_verify::parameters::Parameters;
use bulla_verify::planted::{self, Bug};
use bulla_verify::record::Record;
use bulla_verify::tree::StateKey;
use bulla_verify::validators::ValidatorSet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The key in [`Table::Meta`] of the offer that is being taken.
const META_OFFER: &[u8] = b"joining";
/// Before the first key of each part that was taken, in [`Table::Meta`]; the value is the bits of its way.
const META_PART: &[u8] = b"joining part ";
/// The key in [`Table::Meta`] of the oldest header that was taken.
const META_OLDEST: &[u8] = b"joining tail";

/// A snapshot that is being taken.
pub struct Taking {
    store: Arc<dyn Store>,
    genesis: Genesis,
    offer: Offer,
    sets: BTreeMap<Height, ValidatorSet>,
    /// The parts that were taken, by their first keys: the bits of the way to each.
    parts: BTreeMap<StateKey, Vec<u8>>,
    /// Where the offer says that parts begin of which none was taken yet.
    hints: BTreeSet<StateKey>,
    /// The oldest header that was taken.
    oldest: Option<Header>,
    parameters: Option<Parameters>,
}

/// A piece that is still missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// The part that begins at this key or after it.
    Part(StateKey),
    /// Blocks of the tail, from this height down.
    Tail(Height),
}

/// Why a snapshot or a piece of it is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TakingError {
    /// There is a ledger already, or the rest of something else.
    #[error("the ledger's directory is not empty; a snapshot is taken into an empty one")]
    NotEmpty,
    /// The offer does not hold.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// The part does not hold.
    #[error(transparent)]
    Part(#[from] PartError),
    /// The block does not hold.
    #[error(transparent)]
    Tail(#[from] TailError),
    /// Something is still missing.
    #[error("the snapshot is not complete")]
    Incomplete,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Taking {
    /// Begins to take the snapshot of an offer into a store without rows.
    pub fn begin(store: Arc<dyn Store>, genesis: &Genesis, offer: Offer) -> Result<Taking, TakingError> {
        let sets = offer.check(genesis)?;
        for table in Table::ALL {
            if let Some(row) = store.scan(table, &[]).next() {
                row?;
                return Err(TakingError::NotEmpty);
            }
        }
        let mut batch = Batch::default();
        batch.put(Table::Meta, META_OFFER, canonical::encode(&offer));
        store.write(batch)?;
        let (parts, hints) = (BTreeMap::new(), offer.keys.iter().copied().collect());
        let genesis = genesis.clone();
        Ok(Taking { store, genesis, offer, sets, parts, hints, oldest: None, parameters: None })
    }

    /// Goes on with what was begun in a store; none if nothing was.
    pub fn resume(store: Arc<dyn Store>, genesis: &Genesis) -> Result<Option<Taking>, TakingError> {
        let Some(row) = store.read(Table::Meta, META_OFFER)? else { return Ok(None) };
        let offer: Offer = table::decode(Table::Meta, META_OFFER, &row)?;
        let sets = offer.check(genesis)?;
        let mut parts = BTreeMap::new();
        for row in store.scan(Table::Meta, META_PART) {
            let (name, bits) = row?;
            let Some(key) = name.strip_prefix(META_PART) else { break };
            let key = key.try_into().map_err(|_| table::damaged(Table::Meta, &name, "the key is no state key"))?;
            parts.insert(StateKey(key), bits);
        }
        let oldest = match store.read(Table::Meta, META_OLDEST)? {
            Some(row) => Some(table::decode(Table::Meta, META_OLDEST, &row)?),
            None => None,
        };
        let hints = offer.keys.iter().filter(|key| !parts.contains_key(*key)).copied().collect();
        let genesis = genesis.clone();
        let mut taking = Taking { store, genesis, offer, sets, parts, hints, oldest, parameters: None };
        taking.read_parameters()?;
        Ok(Some(taking))
    }

    /// Takes back all that was taken in a store that is no ledger yet: its snapshot is not to be had any more.
    pub fn abandon(store: &dyn Store) -> Result<(), TakingError> {
        if store.read(Table::Meta, META_FORMAT)?.is_some() {
            return Err(TakingError::NotEmpty);
        }
        let mut batch = Batch::default();
        // No key is as long, or so high.
        Table::ALL.into_iter().for_each(|table| batch.delete_below(table, [0xff; 80]));
        Ok(store.write(batch)?)
    }

    /// What is being taken.
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// How many parts were taken.
    pub fn taken(&self) -> usize {
        self.parts.len()
    }

    /// Some of what is missing, at most so many; nothing if the snapshot is whole.
    pub fn wanted(&self, most: usize) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        if let Some(parameters) = &self.parameters {
            wanted.extend(self.wanted_tail(parameters.replay_window_ms).map(Wanted::Tail));
        }
        if self.hints.is_empty() {
            wanted.extend(self.gap().map(Wanted::Part));
        } else {
            wanted.extend(self.hints.iter().take(most).map(|key| Wanted::Part(*key)));
        }
        wanted.truncate(most);
        wanted
    }

    fn wanted_tail(&self, window_ms: u32) -> Option<Height> {
        match &self.oldest {
            None => Some(self.offer.height()),
            Some(oldest) if reaches_far_enough(oldest, &self.offer.header, window_ms) => None,
            Some(oldest) => oldest.height().previous(),
        }
    }

    /// Where the first part begins that is missing, as the ways of those before it tell; none if none is.
    fn gap(&self) -> Option<StateKey> {
        let mut cursor = StateKey([0; 32]);
        let mut parts = self.parts.iter();
        loop {
            match parts.next() {
                Some((key, bits)) if leads_to(&cursor, key, bits) => cursor = next_after(key, bits)?,
                // One that a part taken earlier holds too.
                Some((key, _)) if *key < cursor => {}
                Some(_) | None => return Some(cursor),
            }
        }
    }

    /// Takes a part that came where one was asked for from a key on. Answers whether it is of use. Hints that lead to nothing new
    /// are believed no more: from then on each part is found from the one before it.
    pub fn take_part(&mut self, asked: &StateKey, part: &Part) -> Result<bool, TakingError> {
        part.check(&self.offer.header.light.state_root)?;
        let first = part.first().ok_or(PartError::Order)?;
        let bits = bits_of(&part.path);
        self.hints.remove(asked);
        self.hints.remove(&first);
        if self.parts.get(&first).is_some_and(|known| known.len() <= bits.len()) {
            if first != *asked {
                self.hints.clear();
            }
            return Ok(false);
        }
        let mut batch = Batch::default();
        for item in &part.items {
            batch.put(Table::Records, item.key.0, item.value.as_slice());
            if let Some(frontier) = &item.frontier {
                batch.put(Table::Frontiers, item.key.0, canonical::encode(frontier));
            }
        }
        batch.put(Table::Meta, [META_PART, &first.0].concat(), bits.as_slice());
        self.store.write(batch)?;
        self.parts.insert(first, bits);
        let tells = [Parameters::key(&()), Schedule::key(&())];
        if part.items.iter().any(|item| tells.contains(&item.key)) {
            self.read_parameters()?;
        }
        Ok(true)
    }

    /// Takes blocks of the tail, newest first. Those that were taken already, or that nobody needs, are passed over.
    pub fn take_tail(&mut self, blocks: &[TailBlock]) -> Result<(), TakingError> {
        let Some(window_ms) = self.parameters.as_ref().map(|parameters| parameters.replay_window_ms) else {
            return Ok(());
        };
        let mut batch = Batch::default();
        let mut oldest = self.oldest;
        for block in blocks {
            if oldest.is_some_and(|oldest| {
                block.header.height() >= oldest.height() || reaches_far_enough(&oldest, &self.offer.header, window_ms)
            }) {
                continue;
            }
            let parent = oldest.map_or_else(|| self.offer.header.hash(), |oldest| oldest.rest.parent);
            let (_, set) =
                self.sets.range(..=block.header.height()).next_back().expect("genesis names those of height 1");
            block.check(&parent, set)?;
            self.put_tail(&mut batch, block);
            oldest = Some(block.header);
        }
        if let Some(header) = oldest.filter(|_| oldest != self.oldest) {
            batch.put(Table::Meta, META_OLDEST, canonical::encode(&header));
            self.store.write(batch)?;
            self.oldest = oldest;
        }
        Ok(())
    }

    fn put_tail(&self, batch: &mut Batch, block: &TailBlock) {
        let height = block.header.height();
        let key = table::height_key(height);
        batch.put(Table::Headers, key, canonical::encode(&(&block.header, &block.certificate)));
        batch.put(Table::Leaves, key, canonical::encode(&block.leaves()));
        let stubs: Vec<_> = block.executed.iter().map(|(stub, _)| stub).collect();
        batch.put(Table::Stubs, key, canonical::encode(&stubs));
        for (index, stub) in (0u32..).zip(stubs) {
            batch.put(Table::Transactions, stub.id().0.0, canonical::encode(&Place { height, index }));
            if stub.expires_at > self.offer.header.light.time && !planted::on(Bug::ForgetIdsOnJoining) {
                batch.put(Table::Ids, table::id_key(stub.expires_at, Some(stub.id())), []);
            }
        }
    }

    /// Makes a ledger of what was taken, if nothing is missing: from here on [`Ledger::open`](crate::Ledger::open) opens it,
    /// and compares the root of all records once more.
    pub fn finish(self) -> Result<(), TakingError> {
        let (Some(oldest), true) = (self.oldest, self.wanted(1).is_empty()) else {
            return Err(TakingError::Incomplete);
        };
        let Offer { header, handovers, history: before, .. } = self.offer;
        let mut history = before.clone();
        history.append(&header.hash().0);
        let mut batch = Batch::default();
        batch.put(Table::Meta, META_FORMAT, canonical::encode(&table::FORMAT));
        batch.put(Table::Meta, META_GENESIS, canonical::encode(&self.genesis));
        batch.put(Table::Meta, META_TIP, canonical::encode(&TipRow { height: header.height(), before }));
        let base = BaseRow { height: header.height(), first: oldest.height(), history };
        batch.put(Table::Meta, META_BASE, canonical::encode(&base));
        sets::put_all(&mut batch, &self.genesis.validators, handovers);
        batch.delete(Table::Meta, META_OFFER);
        batch.delete(Table::Meta, META_OLDEST);
        for key in self.parts.keys() {
            batch.delete(Table::Meta, [META_PART, &key.0].concat());
        }
        Ok(self.store.write(batch)?)
    }

    /// The parameters, once the part is there that holds them. What was decided since may come with a later part: by it the
    /// replay window can only be longer, so what was taken until then is of use.
    fn read_parameters(&mut self) -> Result<(), Fault> {
        let key = Parameters::key(&());
        if let Some(row) = self.store.read(Table::Records, &key.0)? {
            let founding: Parameters = table::decode(Table::Records, &key.0, &row)?;
            let schedule = read_schedule(&*self.store)?;
            self.parameters = Some(schedule.parameters_at(&founding, self.offer.height().next()));
        }
        Ok(())
    }
}

/// Whether a store holds a snapshot that is not whole yet.
pub(crate) fn is_begun(store: &dyn Store) -> Result<bool, Fault> {
    Ok(store.read(Table::Meta, META_OFFER)?.is_some())
}
