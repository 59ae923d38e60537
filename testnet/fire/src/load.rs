//! Clients that issue, suspend, resume and read licences at every node, and write down all they were told.

use crate::dice::Dice;
use crate::town::{Town, clock};
use anyhow::{Result, ensure};
use bulla_keystore::random;
use bulla_proto::answer::{Progress, Stage};
use bulla_proto::{Client, ClientError};
use bulla_testnet_forge::acts::Acts;
use bulla_testnet_history::{Key, Operation, Place, Standing, Told, Write};
use bulla_verify::chain::{ChainId, TxId};
use bulla_verify::hash::Hash;
use bulla_verify::keys::SigningKey;
use bulla_verify::licence::{Change, Licence};
use bulla_verify::operation;
use bulla_verify::roles::Role;
use bulla_verify::transaction::{Body, Envelope, Mode};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// How long a client waits for a transaction before it gives up.
const WAIT: Duration = Duration::from_secs(8);

/// How long a transaction may wait for its block, in milliseconds: longer than any outage here.
const LIFETIME_MS: i64 = 300_000;

/// How long a client rests whose node does not answer.
const REST: Duration = Duration::from_millis(25);

/// Licences that are one client's own: nobody else acts on them.
const OWN: u64 = 1_000_000;

/// Where numbers of licences begin that no forged history has.
const FIRST: u64 = 1_000_000_000;

/// A load under way.
pub(crate) struct Load {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
}

/// What a load was told, and what its transactions do.
pub(crate) struct Recorded {
    pub(crate) operations: Vec<Operation>,
    pub(crate) writes: BTreeMap<TxId, Write>,
}

struct Shared {
    chain: ChainId,
    key: SigningKey,
    acts: Acts,
    began: Instant,
    over: AtomicBool,
    operations: Mutex<Vec<Operation>>,
    writes: Mutex<BTreeMap<TxId, Write>>,
}

/// One client of one node.
struct Session {
    shared: Arc<Shared>,
    client: Client,
    number: u32,
    dice: Dice,
    /// Own licences so far.
    issued: u64,
}

impl Load {
    /// Registers the type of licence if nobody has, and begins with so many clients at each node.
    pub(crate) fn begin(town: &Town, seed: u64, clients_each: u16) -> Result<Load> {
        let shared = Arc::new(Shared {
            chain: town.genesis.chain(),
            key: town.key(Role::Issuer)?,
            acts: town.acts()?,
            began: Instant::now(),
            over: AtomicBool::new(false),
            operations: Mutex::default(),
            writes: Mutex::default(),
        });
        open(town, shared.acts)?;
        let mut clients = Vec::new();
        for (place, node) in (0u32..).zip(town.nodes()) {
            for each in 0..u32::from(clients_each) {
                let number = place * u32::from(clients_each) + each;
                let dice = Dice(seed.wrapping_mul(1_000).wrapping_add(u64::from(number)));
                let client = town.client(node)?;
                let session = Session { shared: shared.clone(), client, number, dice, issued: 0 };
                clients.push(town.runtime.spawn(session.run()));
            }
        }
        Ok(Load { shared, clients })
    }

    /// How many transactions were acknowledged so far.
    pub(crate) fn acknowledged(&self) -> usize {
        let operations = self.shared.operations.lock().unwrap_or_else(PoisonError::into_inner);
        operations.iter().filter(|one| matches!(one.told, Told::Acknowledged(..))).count()
    }

    /// Lets everybody finish what they are at. What somebody gave up is asked for once more: it may have a place by now.
    pub(crate) fn end(self, town: &Town) -> Recorded {
        self.shared.over.store(true, Ordering::SeqCst);
        for client in self.clients {
            // A client that panicked said why.
            let _ = town.runtime.block_on(client);
        }
        let take =
            |lock: &Mutex<Vec<Operation>>| std::mem::take(&mut *lock.lock().unwrap_or_else(PoisonError::into_inner));
        let operations = take(&self.shared.operations);
        let writes = std::mem::take(&mut *self.shared.writes.lock().unwrap_or_else(PoisonError::into_inner));
        Recorded { operations, writes }
    }
}

/// Registers the type, unless it stands already.
pub(crate) fn open(town: &Town, acts: Acts) -> Result<()> {
    let client = town.client(town.nodes().first().copied().unwrap_or_default())?;
    let envelope = sign(town.genesis.chain(), &town.key(Role::Registrar)?, acts.opening());
    let submitted = town.runtime.block_on(client.submit(&envelope, WAIT))?;
    ensure!(matches!(submitted.stage, Stage::Final(_)), "nothing is decided within {WAIT:?}: {submitted:?}");
    Ok(())
}

fn sign(chain: ChainId, key: &SigningKey, operations: Vec<operation::Operation>) -> Envelope {
    let (expires_at, mode) = (clock().plus(LIFETIME_MS), Mode::Independent);
    Body { chain, nonce: *random(), expires_at, signers: Vec::new(), mode, operations }.sign(&[key])
}

impl Session {
    async fn run(mut self) {
        while !self.shared.over.load(Ordering::SeqCst) {
            let silent = match self.dice.below(10) {
                0 => self.look().await,
                1..=3 => self.read().await,
                _ => self.write().await,
            };
            if silent {
                tokio::time::sleep(REST).await;
            }
        }
    }

    /// An act on an own licence; tells whether the node is silent.
    async fn write(&mut self) -> bool {
        let shared = self.shared.clone();
        let (number, change, standing) = match self.dice.below(4) {
            kind @ 1..=3 if self.issued > 0 => {
                let number = self.own();
                match kind {
                    1 => (number, Some(Change::Suspend { from: None, until: None }), Standing::Suspended),
                    2 => (number, Some(Change::Resume), Standing::InForce),
                    _ => (number, Some(Change::Revoke), Standing::Ended),
                }
            }
            _ => {
                self.issued += 1;
                (self.first() + self.issued - 1, None, Standing::InForce)
            }
        };
        let drawn = || Hash(*random());
        let operation = match change {
            Some(change) => shared.acts.act(number, change),
            None => shared.acts.issue(number, clock(), drawn(), drawn()),
        };
        let envelope = sign(shared.chain, &shared.key, vec![operation]);
        let id = envelope.body.id();
        shared.writes.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Write { key: number, standing });
        let start = self.now();
        let (told, silent) = self.submit(&envelope, id).await;
        self.note(start, told);
        silent
    }

    async fn submit(&self, envelope: &Envelope, id: TxId) -> (Told, bool) {
        let place = |last: &bulla_proto::answer::Final| Place { height: last.height, index: last.index };
        match self.client.submit(envelope, WAIT).await {
            Ok(submitted) => match submitted.stage {
                Stage::Final(last) => (Told::Acknowledged(id, place(&last)), false),
                Stage::Admitted | Stage::Waiting => match self.client.transaction(id, WAIT).await {
                    Ok(Progress::Final(last)) => (Told::Acknowledged(id, place(&last)), false),
                    Ok(Progress::Unknown | Progress::Waiting | Progress::Refused(_)) | Err(_) => {
                        (Told::Unknown(id), true)
                    }
                },
            },
            // It was sent once, to one node, which did not take it in.
            Err(ClientError::Refused(_)) => (Told::Refused(id), false),
            Err(_) => (Told::Unknown(id), true),
        }
    }

    async fn read(&mut self) -> bool {
        if self.issued == 0 {
            return false;
        }
        let (number, start) = (self.own(), self.now());
        let licence = self.shared.acts.licence(number);
        let Ok(found) = self.client.licence(&licence, false).await else { return true };
        // Of an answer that says that it is stale, nothing is promised.
        if found.as_of.stale {
            return true;
        }
        let told = Told::Read(number, found.record.as_ref().map(standing), found.as_of.height);
        self.note(start, told);
        false
    }

    async fn look(&mut self) -> bool {
        let start = self.now();
        let Ok(status) = self.client.status().await else { return true };
        // So is the tip of one that says that it is not where it was.
        if status.mute.is_some() {
            return true;
        }
        self.note(start, Told::Tip(status.height, status.header_hash));
        false
    }

    fn own(&mut self) -> Key {
        self.first() + self.dice.below(self.issued)
    }

    fn first(&self) -> Key {
        FIRST + u64::from(self.number) * OWN
    }

    fn now(&self) -> u64 {
        u64::try_from(self.shared.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn note(&self, start: u64, told: Told) {
        let operation = Operation { session: self.number, start, end: self.now(), told };
        self.shared.operations.lock().unwrap_or_else(PoisonError::into_inner).push(operation);
    }
}

/// What a record says, whatever the time.
fn standing(licence: &Licence) -> Standing {
    match licence {
        Licence { ended: None, cancelled: None, suspension: None, .. } => Standing::InForce,
        Licence { ended: None, cancelled: None, suspension: Some(_), .. } => Standing::Suspended,
        Licence { .. } => Standing::Ended,
    }
}

/// Issues the licence with a number.
pub(crate) fn issue(town: &Town, number: u64) -> Result<Envelope> {
    let operation = town.acts()?.issue(number, clock(), Hash(*random()), Hash(*random()));
    Ok(sign(town.genesis.chain(), &town.key(Role::Issuer)?, vec![operation]))
}
