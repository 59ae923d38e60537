//! A block from the future: within the clock bound, which must be taken, or beyond it, which must be doubted.

use super::Means;
use super::replace::Crafted;
use bulla_node::wire::Names;

pub(super) fn craft(means: &mut Means<'_>, names: &Names) -> Option<Crafted> {
    let bodies = means.bodies(names)?;
    let bound_ms = i64::from(means.ledger.tip().parameters.clock_bound_ms);
    let ahead_ms = if means.random.percent(50) { bound_ms / 2 } else { 6 * bound_ms };
    let block = means.build(&bodies, names.header.light.time.plus(ahead_ms))?;
    Some((*block.header(), block.leaves().to_vec(), block.transactions().to_vec()))
}
