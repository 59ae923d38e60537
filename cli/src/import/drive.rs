//! Handing a plan to the ledger: several transactions at a time, each until it is final.
//!
//! Before a transaction is sent the journal says so. One that was sent is never made anew, with a later expiry, before the
//! block time is past the old one and the ledger does not have it: then it can be in no block any more.

use super::batches::Batch;
use super::journal::{Journal, Nonce};
use super::plan::Plan;
use anyhow::{Error, Result, anyhow, ensure};
use bulla_verify::chain::{ChainId, TxId};
use bulla_verify::hash::{Context, Hash};
use bulla_verify::keys::SigningKey;
use bulla_verify::operation::Operation;
use bulla_verify::refusal::{Code, Outcome};
use bulla_verify::time::Millis;
use bulla_verify::transaction::{Body, Envelope, MAX_OPERATIONS, Mode};
use futures::{StreamExt, TryStreamExt, stream};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How often in a row a node may fail to help before the import stops; with the pauses between, some two minutes, in which a
/// node that was killed is there again.
const PATIENCE: u32 = 120;

/// What an import needs of a node.
pub(crate) trait Ledger {
    /// The time of the last block.
    fn now(&self) -> impl Future<Output = Result<Millis, Fault>>;
    /// This computer's clock.
    fn clock(&self) -> Millis;
    /// Sends a transaction, and waits a while for it to become final. Sending one again is safe.
    fn submit(&self, envelope: &Envelope) -> impl Future<Output = Result<Progress, Fault>>;
    /// What became of a transaction.
    fn progress(&self, id: TxId) -> impl Future<Output = Result<Progress, Fault>>;
    /// Passes about a second.
    fn pause(&self) -> impl Future<Output = ()>;
}

/// How far a transaction is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// In no block that the node has, as far as it knows.
    Open,
    /// In a block, for ever.
    Final(Vec<Outcome>),
    /// Not taken in, or dropped.
    Refused {
        /// The code.
        code: Code,
        /// What was expected and found, and what to do.
        text: String,
    },
}

/// What a node could not do.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It may help later: it is down, or has too much to do.
    Passing(Error),
    /// It never will.
    Lasting(Error),
}

/// Who signs for which network, and how much goes at a time.
pub(crate) struct Driver<'a, L> {
    pub(crate) ledger: &'a L,
    pub(crate) journal: &'a RefCell<Journal>,
    pub(crate) chain: ChainId,
    /// How far ahead of block time a transaction may expire, in milliseconds.
    pub(crate) window_ms: u32,
    /// The superior's registrar.
    pub(crate) registrar: &'a SigningKey,
    /// By source, its body's historical registrar.
    pub(crate) keys: &'a BTreeMap<String, SigningKey>,
    /// How many transactions are on their way at once.
    pub(crate) in_flight: usize,
}

/// One transaction to be made.
struct Transaction<'a> {
    nonce: Nonce,
    signer: &'a SigningKey,
    operations: &'a [Operation],
}

impl<L: Ledger> Driver<'_, L> {
    /// Does all of a plan that was not done before, telling of each batch that is settled. The outcomes of each
    /// batch, in their order.
    pub(crate) async fn run<R>(&self, plan: &Plan<R>, settled: &dyn Fn(&Batch)) -> Result<Vec<Vec<Outcome>>> {
        self.set_up(plan).await?;
        let chains = chains(&plan.batches);
        let settle_chain = async |chain: Vec<(usize, &Batch)>| {
            let mut outcomes = Vec::new();
            for (place, batch) in chain {
                let signer = self.keys.get(&batch.source).ok_or_else(|| anyhow!("no key of {}", batch.source))?;
                let transaction = Transaction { nonce: batch.nonce, signer, operations: &batch.operations };
                outcomes.push((place, self.settle(&transaction).await?));
                settled(batch);
            }
            Ok::<_, Error>(outcomes)
        };
        let running = stream::iter(chains).map(settle_chain).buffer_unordered(self.in_flight.max(1));
        let mut outcomes: Vec<_> = running.try_collect::<Vec<_>>().await?.into_iter().flatten().collect();
        outcomes.sort_by_key(|(place, _)| *place);
        Ok(outcomes.into_iter().map(|(_, outcomes)| outcomes).collect())
    }

    /// All that the acts need, final before the first of them is sent. The nonce follows from what is done: a later set-up, of what is missing then, is another transaction. Bodies and keys
    /// that are there already are no fault: an earlier import of the same sources made them.
    async fn set_up<R>(&self, plan: &Plan<R>) -> Result<()> {
        let is_sent = |batch: &Batch| self.journal.borrow().expiry(&batch.nonce).is_some();
        if plan.batches.iter().any(is_sent) {
            return Ok(());
        }
        for operations in plan.setup.chunks(MAX_OPERATIONS) {
            let Hash(digest) = Context::ImportNonce.hash_of(&("set-up", operations));
            let (nonce, _) = digest.split_first_chunk().expect("a hash has 32 bytes");
            let transaction = Transaction { nonce: *nonce, signer: self.registrar, operations };
            for outcome in self.settle(&transaction).await? {
                match outcome {
                    Outcome::Applied | Outcome::Dropped | Outcome::Refused(Code(303 | 307)) => {}
                    Outcome::Refused(code) => {
                        return Err(anyhow!("the import cannot be prepared: {code} {}", said(code)));
                    }
                }
            }
        }
        Ok(())
    }

    async fn settle(&self, transaction: &Transaction<'_>) -> Result<Vec<Outcome>> {
        let nonce = &transaction.nonce;
        if let Some(outcomes) = self.journal.borrow().outcomes(nonce) {
            return Ok(outcomes.to_vec());
        }
        let mut failures = 0;
        loop {
            match self.attempt(transaction).await {
                Ok(Some(outcomes)) => {
                    let whole = outcomes.len() == transaction.operations.len() && !outcomes.contains(&Outcome::Dropped);
                    ensure!(
                        whole,
                        "the node gave outcomes that no transaction of independent acts has; ask another node"
                    );
                    self.journal.borrow_mut().settled(nonce, &outcomes)?;
                    return Ok(outcomes);
                }
                Ok(None) => failures = 0,
                Err(Fault::Passing(error)) if failures >= PATIENCE => {
                    return Err(error.context("the import stops here; give the same command again and it goes on"));
                }
                Err(Fault::Passing(_)) => failures += 1,
                Err(Fault::Lasting(error)) => return Err(error),
            }
            self.ledger.pause().await;
        }
    }

    /// Sends the transaction as it was last sent, or anew if that can be in no block any more.
    async fn attempt(&self, transaction: &Transaction<'_>) -> Result<Option<Vec<Outcome>>, Fault> {
        let now = self.ledger.now().await?;
        let sent = self.journal.borrow().expiry(&transaction.nonce);
        let envelope = match sent {
            Some(expires_at) => {
                let envelope = self.sign(transaction, expires_at)?;
                if expires_at > now {
                    envelope
                } else if let Progress::Final(outcomes) = self.ledger.progress(envelope.body.id()).await? {
                    return Ok(Some(outcomes));
                } else {
                    self.anew(transaction, now)?
                }
            }
            None => self.anew(transaction, now)?,
        };
        match self.ledger.submit(&envelope).await? {
            Progress::Final(outcomes) => Ok(Some(outcomes)),
            Progress::Open => Ok(None),
            Progress::Refused { code, .. } if code == DUPLICATE => {
                match self.ledger.progress(envelope.body.id()).await? {
                    Progress::Final(outcomes) => Ok(Some(outcomes)),
                    Progress::Open | Progress::Refused { .. } => Err(Fault::Passing(anyhow!("{code} {}", said(code)))),
                }
            }
            Progress::Refused { code, text } if PASSING.contains(&code) => {
                Err(Fault::Passing(anyhow!("{code}: {text}")))
            }
            Progress::Refused { code, text } => Err(Fault::Lasting(anyhow!("{code}: {text}"))),
        }
    }

    /// In the middle of what is allowed, from the later of block time and clock, as admission counts it: an idle chain's last
    /// block may be old, and this clock may be wrong.
    fn anew(&self, transaction: &Transaction<'_>, now: Millis) -> Result<Envelope, Fault> {
        let expires_at = now.max(self.ledger.clock()).plus(i64::from(self.window_ms).div_euclid(2));
        let envelope = self.sign(transaction, expires_at)?;
        self.journal.borrow_mut().sending(&transaction.nonce, expires_at).map_err(Fault::Lasting)?;
        Ok(envelope)
    }

    /// The same every time for the same expiry. What can never be in a block does not leave this machine.
    fn sign(&self, transaction: &Transaction<'_>, expires_at: Millis) -> Result<Envelope, Fault> {
        let (chain, nonce, operations) = (self.chain, transaction.nonce, transaction.operations.to_vec());
        let body = Body { chain, nonce, expires_at, signers: Vec::new(), mode: Mode::Independent, operations };
        let envelope = body.sign(&[transaction.signer]);
        envelope.clone().check(chain).map_err(|malformed| Fault::Lasting(malformed.into()))?;
        Ok(envelope)
    }
}

const DUPLICATE: Code = Code(203);

/// Refusals at admission that time mends: expired meanwhile, a key that another node does not know yet, a spent budget, a
/// full pool.
const PASSING: &[Code] = &[Code(201), Code(204), Code(205), Code(207)];

/// Batches that must follow one another, together and in order.
fn chains(batches: &[Batch]) -> Vec<Vec<(usize, &Batch)>> {
    let mut chains: Vec<Vec<(usize, &Batch)>> = Vec::new();
    for (place, batch) in batches.iter().enumerate() {
        let follows = |chain: &&mut Vec<(usize, &Batch)>| chain.iter().any(|(other, _)| Some(*other) == batch.after);
        match chains.iter_mut().find(follows) {
            Some(chain) => chain.push((place, batch)),
            None => chains.push(vec![(place, batch)]),
        }
    }
    chains
}

/// A code's rule and what to do: a block keeps of a refusal its code alone.
pub(crate) fn said(code: Code) -> String {
    match bulla_verify::refusal::find(code) {
        Some(entry) => format!("{}: {}", entry.name, entry.advice),
        None => code.to_string(),
    }
}

#[cfg(test)]
mod tests;
