//! What contracts read: the state, and where in the chain they stand. Nothing else reaches them.

use crate::governance;
use bulla_verify::canonical;
use bulla_verify::chain::Height;
use bulla_verify::list::Frontier;
use bulla_verify::parameters::Parameters;
use bulla_verify::record::{MAX_RECORD_BYTES, Record};
use bulla_verify::time::Millis;
use bulla_verify::tree::StateKey;

/// The state that contracts read through; the ledger implements it.
pub trait View {
    /// The canonical bytes of a record, exactly as [`crate::Changes`] gave them; none if there is none.
    fn record(&self, key: &StateKey) -> Option<Vec<u8>>;

    /// What appending to a list needs; empty for a list that nothing was appended to.
    fn frontier(&self, list: &StateKey) -> Frontier;
}

/// Where a transaction is executed: the block's height and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The height of the block.
    pub height: Height,
    /// The block time.
    pub time: Millis,
}

/// The record with a name.
///
/// # Panics
/// If what stands there is no such record: the store is corrupt, since contracts alone write records.
pub fn read<R: Record>(view: &dyn View, name: &R::Name) -> Option<R> {
    let bytes = view.record(&R::key(name))?;
    Some(
        canonical::decode(&bytes, MAX_RECORD_BYTES).expect("contracts alone write records, each under its kind's keys"),
    )
}

/// The chain's parameters at a height: those of genesis, and what the validators have decided since. A motion that is
/// carried in a block changes none of that block.
///
/// # Panics
/// If there are none: a state that did not begin with [`crate::genesis`].
pub fn parameters(view: &dyn View, height: Height) -> Parameters {
    governance::schedule(view).parameters_at(&founding_parameters(view), height)
}

/// The parameters of genesis.
pub(crate) fn founding_parameters(view: &dyn View) -> Parameters {
    read(view, &()).expect("genesis writes the parameters and nothing removes them")
}
