//! Writing: one thread signs and checks the transactions of the next blocks while the other executes and commits.

use crate::acts::Acts;
use crate::keys::{Voters, genesis, operator};
use crate::spread::ledger;
use crate::{STEP_MS, Story};
use anyhow::{Context, Result, bail, ensure};
use bulla_ledger::execute::{Built, Caps, build};
use bulla_ledger::store::rocks::RocksStore;
use bulla_ledger::{Ledger, Tip, Transaction};
use bulla_testnet_local::LocalNetwork;
use bulla_verify::chain::ChainId;
use bulla_verify::hash::{Context as HashContext, Hash};
use bulla_verify::keys::SigningKey;
use bulla_verify::operation::Operation;
use bulla_verify::refusal::Outcome;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use bulla_verify::transaction::{Body, Mode};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How many blocks' transactions wait to be executed at most.
const AHEAD: usize = 64;

/// How long after its block a transaction expires, in milliseconds: ids are remembered for so long, in a window of 600 blocks.
const LIFETIME_MS: i64 = 60_000;

/// What was forged.
#[derive(Clone, Debug)]
pub struct Forged {
    /// The last block.
    pub tip: Tip,
    /// How many licences there are.
    pub licences: u64,
    /// How long it took, the last flush included.
    pub took: Duration,
}

/// Writes a story into the directory of a node that has no past. After an error the directory is to be removed.
pub fn forge(network: &LocalNetwork, node: u16, story: &Story) -> Result<Forged> {
    let began = Instant::now();
    let genesis = genesis(network)?;
    let directory = ledger(network, node);
    ensure!(!directory.exists(), "node {node} has a ledger already");
    let store = Arc::new(RocksStore::open_in_bulk(&directory)?);
    let ledger = Ledger::open(store.clone(), &genesis)?;
    let voters = Voters::of(network, &genesis)?;
    let mint = Mint::of(network, &ledger.tip(), *story)?;
    let (sender, minted) = sync_channel(AHEAD);
    let tip = thread::scope(|scope| {
        // It ends by itself when nobody takes what it makes.
        scope.spawn(move || (1..=story.blocks).try_for_each(|height| sender.send(mint.block(height))));
        write(&ledger, &voters, minted)
    })?;
    store.settle()?;
    let licences = story.blocks.saturating_sub(1) * u64::from(story.transactions) * u64::from(story.operations);
    Ok(Forged { tip, licences, took: began.elapsed() })
}

/// Executes, certifies and commits what comes, block after block.
fn write(ledger: &Ledger, voters: &Voters, minted: Receiver<(Millis, Vec<Transaction>)>) -> Result<Tip> {
    let mut tip = ledger.tip();
    let caps = Caps::of(&tip.parameters);
    for (time, transactions) in minted {
        let proposer = voters.proposer(tip.height.next().0).public();
        let Built { executed, dropped } = build(&ledger.parent(), &transactions, proposer, time, caps)?;
        if let Some((_, stale)) = dropped.first() {
            bail!("block {} drops a transaction: {stale}", tip.height.next());
        }
        let room = executed.transactions().len() == transactions.len();
        ensure!(
            room,
            "block {} has no room for all its transactions; forge more and smaller blocks",
            tip.height.next()
        );
        let refused = executed.leaves().iter().flat_map(|leaf| &leaf.outcomes).find(|one| **one != Outcome::Applied);
        ensure!(refused.is_none(), "block {} refuses an operation: {refused:?}", tip.height.next());
        tip = ledger.commit(&executed, &voters.certify(executed.header()))?;
    }
    Ok(tip)
}

/// Makes the transactions of each block.
struct Mint {
    story: Story,
    chain: ChainId,
    begin: Millis,
    acts: Acts,
    registrar: SigningKey,
    issuer: SigningKey,
}

impl Mint {
    fn of(network: &LocalNetwork, start: &Tip, story: Story) -> Result<Mint> {
        let root = genesis(network)?.organisations.first().context("genesis has a root")?.uscc;
        let (registrar, issuer) = (operator(network, Role::Registrar)?, operator(network, Role::Issuer)?);
        Ok(Mint { story, chain: start.chain, begin: start.time, acts: Acts::of(root)?, registrar, issuer })
    }

    /// The time and the transactions of a block, from 1.
    fn block(&self, height: u64) -> (Millis, Vec<Transaction>) {
        let after_ms = i64::try_from(height).unwrap_or(i64::MAX).saturating_mul(STEP_MS);
        let time = self.begin.plus(after_ms);
        let Some(place) = height.checked_sub(2) else {
            return (time, vec![self.sign(&self.registrar, self.draw(height, 0), time, self.acts.opening())]);
        };
        let (transactions, operations) = (u64::from(self.story.transactions), u64::from(self.story.operations));
        let transaction = |index: u64| {
            let first = (place * transactions + index) * operations;
            let issue = |number| {
                let holder = self.draw(number, 1);
                self.acts.issue(number, time, holder, self.draw(number, 2))
            };
            let acts = (first..first + operations).map(issue).collect();
            self.sign(&self.issuer, self.draw(first, 3), time, acts)
        };
        (time, (0..transactions).map(transaction).collect())
    }

    fn sign(&self, key: &SigningKey, drawn: Hash, time: Millis, operations: Vec<Operation>) -> Transaction {
        let (nonce, _) = drawn.0.split_first_chunk::<16>().expect("a hash has 32 bytes");
        let (expires_at, mode) = (time.plus(LIFETIME_MS), Mode::Independent);
        let body = Body { chain: self.chain, nonce: *nonce, expires_at, signers: Vec::new(), mode, operations };
        Arc::new(body.sign(&[key]).check(self.chain).expect("what was just signed is in order"))
    }

    /// Random bytes, the same for the same seed, number and use.
    fn draw(&self, number: u64, of: u8) -> Hash {
        let mut bytes = [of; 17];
        bytes.iter_mut().zip(self.story.seed.to_le_bytes()).for_each(|(byte, seed)| *byte = seed);
        bytes.iter_mut().skip(8).zip(number.to_le_bytes()).for_each(|(byte, number)| *byte = number);
        HashContext::Field.hash(&bytes)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::spread;
    use bulla_ledger::fsck::fsck;
    use bulla_ledger::store::rocks::Absent;
    use bulla_testnet_local::Plan;
    use std::path::Path;

    /// No daemon is needed to make history: `true` stands in for the one that would make the sign guards.
    fn laid_out(directory: &Path, story: &Story) -> LocalNetwork {
        let now = Millis(1_790_000_000_000);
        Plan { time: story.begins(now), ..Plan::new(directory.join("net"), 4) }.lay_out(Path::new("true")).unwrap()
    }

    #[test]
    fn what_is_forged_is_what_its_blocks_say_and_the_same_each_time() {
        let directory = tempfile::tempdir().unwrap();
        let story = Story { seed: 7, blocks: 40, transactions: 3, operations: 5 };
        let network = laid_out(directory.path(), &story);
        let first = forge(&network, 0, &story).unwrap();
        assert_eq!((first.tip.height.0, first.licences), (40, 39 * 15));
        let again = forge(&network, 1, &story).unwrap();
        assert_eq!(first.tip, again.tip);
        let other = forge(&network, 2, &Story { seed: 8, ..story }).unwrap();
        assert_ne!(first.tip.hash, other.tip.hash);

        assert!(forge(&network, 0, &story).unwrap_err().to_string().contains("has a ledger already"));
        assert!(spread(&network, 0).unwrap_err().to_string().contains("is there already"));
        for node in 0..3 {
            let store = RocksStore::open(&ledger(&network, node), Absent::Refuse).unwrap();
            let report = fsck(&store, &genesis(&network).unwrap(), &mut |_| {}).unwrap();
            assert_eq!((report.finding, report.height.0, report.transactions), (None, 40, 39 * 3 + 1));
        }
    }

    #[test]
    fn a_block_without_room_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let story = Story { seed: 1, blocks: 2, transactions: 20, operations: 1_000 };
        let network = laid_out(directory.path(), &story);
        assert!(forge(&network, 0, &story).unwrap_err().to_string().contains("no room"));
    }

    #[test]
    fn the_others_get_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let story = Story::of_blocks(10);
        let network = laid_out(directory.path(), &story);
        let forged = forge(&network, 2, &story).unwrap();
        spread(&network, 2).unwrap();
        for node in 0..4 {
            let store = Arc::new(RocksStore::open(&ledger(&network, node), Absent::Refuse).unwrap());
            assert_eq!(Ledger::open(store, &genesis(&network).unwrap()).unwrap().tip(), forged.tip);
        }
    }
}
