//! A block whose state root is not what executing it gives.

use super::Means;
use super::replace::Crafted;
use bulla_node::wire::Names;

pub(super) fn craft(means: &mut Means<'_>, names: &Names) -> Option<Crafted> {
    let bodies = means.bodies(names)?;
    let mut header = names.header;
    let [first, ..] = &mut header.light.state_root.0;
    *first ^= 1;
    Some((header, names.leaves.clone(), bodies))
}
