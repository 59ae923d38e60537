//! Clients that issue, suspend, resume and read licences at every node, and write down all they were told.
//!
//! Each submits at one node, its home, and reads at all. Another node is asked for no older state than the client was shown before,
//! by whomever; the home is asked so half of the time, and for any state otherwise: its answers may be stale then, if they say so.

use crate::dice::Dice;
use crate::town::{Town, clock};
use anyhow::{Result, ensure};
use bulla_keystore::random;
use bulla_proto::answer::{Progress, Stage};
use bulla_proto::{Client, ClientError};
use bulla_testnet_forge::acts::Acts;
use bulla_testnet_history::{Key, Operation, Place, Standing, Told, Write};
use bulla_verify::chain::{ChainId, Height, TxId};
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

/// One client.
struct Session {
    shared: Arc<Shared>,
    /// Of its home.
    client: Client,
    /// Of every node, to read.
    readers: Vec<Client>,
    /// The place of its home among them.
    home: u32,
    number: u32,
    dice: Dice,
    /// The highest block that any node has shown it.
    seen: Height,
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
                let readers = town.nodes().into_iter().map(|node| town.reader(node)).collect::<Result<_>>()?;
                let (shared, home, seen) = (shared.clone(), place, Height(0));
                let session = Session { shared, client, readers, home, number, dice, seen, issued: 0 };
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
        self.note(Asked { of: self.home, start, at_least: Height(0) }, told, false);
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
        let all = u64::try_from(self.readers.len()).unwrap_or_default();
        let of =
            if self.dice.below(2) == 0 { self.home } else { u32::try_from(self.dice.below(all)).unwrap_or_default() };
        let any = of == self.home && self.dice.below(2) == 0;
        let at_least = if any { Height(0) } else { self.seen };
        let Some(reader) = usize::try_from(of).ok().and_then(|of| self.readers.get(of)) else { return true };
        let Ok(found) = reader.at_least(at_least).licence(&licence, false).await else { return true };
        let (told, stale) = (found.record.as_ref().map(standing), found.as_of.stale);
        self.note(Asked { of, start, at_least }, Told::Read(number, told, found.as_of.height), stale);
        stale
    }

    async fn look(&mut self) -> bool {
        let start = self.now();
        let Ok(status) = self.client.status().await else { return true };
        // One that has lost what it signed may have lost its last blocks too, and says so.
        let stale = status.mute.is_some();
        let asked = Asked { of: self.home, start, at_least: Height(0) };
        self.note(asked, Told::Tip(status.height, status.header_hash), stale);
        stale
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

    fn note(&mut self, asked: Asked, told: Told, stale: bool) {
        self.seen = self.seen.max(match told {
            Told::Acknowledged(_, place) => place.height,
            Told::Read(_, _, height) | Told::Tip(height, _) => height,
            Told::Refused(_) | Told::Unknown(_) => Height(0),
        });
        // A session of the history is one client of one node.
        let Asked { of, start, at_least } = asked;
        let nodes = u32::try_from(self.readers.len()).unwrap_or(u32::MAX);
        let session = self.number.saturating_mul(nodes).saturating_add(of);
        let operation = Operation { session, start, end: self.now(), told, at_least, stale };
        self.shared.operations.lock().unwrap_or_else(PoisonError::into_inner).push(operation);
    }
}

/// A call: of which node, when, and for a state of which height at least.
struct Asked {
    of: u32,
    start: u64,
    at_least: Height,
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
