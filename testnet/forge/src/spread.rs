//! The same history for the other nodes: what is in a ledger's directory names no node.

use anyhow::{Context, Result, ensure};
use bulla_testnet_local::LocalNetwork;
use std::fs;
use std::path::Path;

/// Gives every other node what a node has that does not run; refuses one that has a past.
pub fn spread(network: &LocalNetwork, from: u16) -> Result<()> {
    for node in network.nodes().map(|addresses| addresses.node).filter(|node| *node != from) {
        copy(&ledger(network, from), &ledger(network, node))?;
    }
    Ok(())
}

/// Where a node keeps its ledger.
pub(crate) fn ledger(network: &LocalNetwork, node: u16) -> std::path::PathBuf {
    network.node_data(node).join("ledger")
}

/// A directory of files alone.
fn copy(from: &Path, to: &Path) -> Result<()> {
    ensure!(!to.exists(), "{} is there already", to.display());
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot look into {}", from.display()))? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name())).with_context(|| format!("cannot fill {}", to.display()))?;
    }
    Ok(())
}
