//! A block that is more than a block may be, in state writes or in bytes.

use super::Means;
use super::replace::Crafted;
use bulla_ledger::Transaction;
use bulla_ledger::block::Leaf;
use bulla_node::wire::Names;
use bulla_verify::refusal::Outcome;

/// Five times a thousand licences at three writes each are more than the 12,000 of a block, and not quite its 1 MiB.
const TOO_DEAR: usize = 5;
/// Seven times so many are more than that too.
const TOO_LONG: usize = 7;
const LICENCES: u64 = 1_000;

pub(super) fn craft(means: &mut Means<'_>, names: &Names) -> Option<Crafted> {
    let count = if means.random.percent(50) { TOO_DEAR } else { TOO_LONG };
    let expires_at = names.header.light.time.plus(60_000);
    let bodies: Vec<Transaction> = (0..count).map(|_| means.mint(LICENCES, expires_at)).collect();
    let leaf = |body: &Transaction| Leaf { envelope: body.hash(), outcomes: vec![Outcome::Applied] };
    let leaves: Vec<Leaf> = bodies.iter().map(leaf).collect();
    let mut header = names.header;
    header.rest.leaves = Leaf::head(&leaves);
    Some((header, leaves, bodies))
}
