use super::*;
use crate::import::journal::Import;
use bulla_verify::chain::ChainId;
use bulla_verify::licence::{Act, Change};
use futures::executor::block_on;
use std::cell::Cell;
use std::future::poll_fn;
use std::path::Path;
use std::task::Poll;

const CHAIN: ChainId = ChainId(Hash([1; 32]));
const WINDOW_MS: u32 = 10_000;

/// A network that does to a client whatever a network can: it loses questions and answers, takes its time, forgets what it
/// has not decided, and is replaced by a dead line now and then, as when the client is killed.
#[derive(Default)]
struct Weather {
    seed: Cell<u64>,
    now: Cell<i64>,
    /// How many calls until the client dies; 0 for never.
    fuse: Cell<u32>,
    pool: RefCell<BTreeMap<TxId, Envelope>>,
    done: RefCell<Vec<(TxId, Envelope)>>,
}

impl Weather {
    fn roll(&self, sides: u64) -> u64 {
        let seed = self.seed.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.seed.set(seed);
        (seed >> 33) % sides
    }

    async fn pass(&self) -> Result<(), Fault> {
        for _ in 0..self.roll(4) {
            others_first().await;
        }
        self.now.set(self.now.get() + i64::try_from(self.roll(3_000)).unwrap());
        if self.roll(4) == 0 {
            self.decide();
        }
        match self.fuse.get() {
            0 => {}
            1 => return Err(Fault::Lasting(anyhow!("killed"))),
            left => self.fuse.set(left - 1),
        }
        if self.roll(8) == 0 { Err(Fault::Passing(anyhow!("no answer"))) } else { Ok(()) }
    }

    /// A block: all that is in the pool and has not expired, unless it is forgotten.
    fn decide(&self) {
        for (id, envelope) in std::mem::take(&mut *self.pool.borrow_mut()) {
            if envelope.body.expires_at.0 > self.now.get() && self.roll(5) != 0 {
                self.done.borrow_mut().push((id, envelope));
            }
        }
    }

    fn find(&self, id: TxId) -> Progress {
        let done = self.done.borrow();
        let found = done.iter().find(|(other, _)| *other == id);
        found.map_or(Progress::Open, |(_, envelope)| Progress::Final(outcomes(envelope)))
    }
}

/// Lets what else is on its way go on.
async fn others_first() {
    let mut is_second = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut is_second, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn outcomes(envelope: &Envelope) -> Vec<Outcome> {
    envelope.body.operations.iter().map(|_| Outcome::Refused(Code(u16::from(envelope.body.nonce[0]) + 500))).collect()
}

impl Ledger for Weather {
    async fn now(&self) -> Result<Millis, Fault> {
        self.pass().await?;
        Ok(Millis(self.now.get()))
    }

    /// Ahead of the network's or behind it.
    fn clock(&self) -> Millis {
        Millis(self.now.get() - 2_000 + i64::try_from(self.roll(4_000)).unwrap())
    }

    async fn submit(&self, envelope: &Envelope) -> Result<Progress, Fault> {
        self.pass().await?;
        let id = envelope.body.id();
        if envelope.body.expires_at.0 <= self.now.get() {
            return Ok(Progress::Refused { code: Code(201), text: "expired".into() });
        }
        if self.find(id) != Progress::Open {
            return Ok(Progress::Refused { code: DUPLICATE, text: "executed already".into() });
        }
        self.pool.borrow_mut().insert(id, envelope.clone());
        if self.roll(2) == 0 {
            self.decide();
        }
        self.pass().await?;
        Ok(self.find(id))
    }

    async fn progress(&self, id: TxId) -> Result<Progress, Fault> {
        self.pass().await?;
        Ok(self.find(id))
    }

    async fn pause(&self) {
        self.now.set(self.now.get() + 1_000);
    }
}

fn act() -> Operation {
    let issuer = "11430000006122244L".parse().unwrap();
    let type_code = "11100000000013338W011".parse().unwrap();
    let licence =
        bulla_verify::identifiers::licence_id::LicenceId::new(type_code, issuer, "A1".parse().unwrap(), 1).unwrap();
    Operation::Licence(Act { licence, by: issuer, effective_at: Some(Millis(0)), change: Change::Cancel })
}

/// Batches 0 to 9, of which 4 follows 2 and 7 follows 4.
fn ten() -> Plan {
    let after = |place| match place {
        4 => Some(2),
        7 => Some(4),
        _ => None,
    };
    let batch = |place: u8| {
        let operations = vec![act(); usize::from(place) + 1];
        Batch { source: "nyc".into(), nonce: [place; 16], after: after(place), operations }
    };
    Plan { setup: Vec::new(), batches: (0..10).map(batch).collect(), rows: Vec::new() }
}

fn attempt(weather: &Weather, journal: &Path) -> Result<Vec<Vec<Outcome>>> {
    let import = Import { chain: CHAIN, file: Hash([2; 32]), acts: 250 };
    let keys = [("nyc".to_owned(), SigningKey::from_seed(&[3; 32]))].into();
    let driver = Driver {
        ledger: weather,
        journal: &RefCell::new(Journal::open(journal, import)?),
        chain: CHAIN,
        window_ms: WINDOW_MS,
        registrar: &SigningKey::from_seed(&[4; 32]),
        keys: &keys,
        in_flight: 3,
    };
    block_on(driver.run(&ten(), &|_| {}))
}

#[test]
fn whatever_happens_every_transaction_is_made_once_and_in_its_order() {
    for seed in 0..25 {
        let directory = tempfile::tempdir().unwrap();
        let journal = directory.path().join("journal");
        let weather = Weather { seed: Cell::new(seed), ..Weather::default() };
        let mut deaths = 0;
        let found = loop {
            weather.fuse.set(if deaths < 12 { 2 + u32::try_from(weather.roll(20)).unwrap() } else { 0 });
            match attempt(&weather, &journal) {
                Ok(outcomes) => break outcomes,
                Err(error) => assert_eq!(error.to_string(), "killed", "seed {seed}"),
            }
            deaths += 1;
        };
        weather.decide();
        let done = weather.done.borrow();
        let order: Vec<u8> = done.iter().map(|(_, envelope)| envelope.body.nonce[0]).collect();
        let place = |nonce| order.iter().position(|other| *other == nonce).unwrap();
        assert!(place(2) < place(4) && place(4) < place(7), "seed {seed}: {order:?}");
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..10).collect::<Vec<_>>(), "seed {seed}");
        let expected: Vec<Vec<_>> = (0u8..10)
            .map(|place| vec![Outcome::Refused(Code(500 + u16::from(place))); usize::from(place) + 1])
            .collect();
        assert_eq!(found, expected, "seed {seed}");
    }
}

/// A node with one answer to everything.
struct Stubborn(fn() -> Result<Progress, Fault>, Cell<u32>);

impl Ledger for Stubborn {
    async fn now(&self) -> Result<Millis, Fault> {
        Ok(Millis(0))
    }

    fn clock(&self) -> Millis {
        Millis(0)
    }

    async fn submit(&self, _: &Envelope) -> Result<Progress, Fault> {
        self.1.set(self.1.get() + 1);
        (self.0)()
    }

    async fn progress(&self, _: TxId) -> Result<Progress, Fault> {
        Ok(Progress::Open)
    }

    async fn pause(&self) {}
}

fn stopped_by(answer: fn() -> Result<Progress, Fault>, setup: Vec<Operation>) -> (String, u32) {
    stopped_after(&[], answer, setup)
}

fn stopped_after(sent: &[Nonce], answer: fn() -> Result<Progress, Fault>, setup: Vec<Operation>) -> (String, u32) {
    let directory = tempfile::tempdir().unwrap();
    let import = Import { chain: CHAIN, file: Hash([2; 32]), acts: 250 };
    let ledger = Stubborn(answer, Cell::new(0));
    let mut journal = Journal::open(&directory.path().join("journal"), import).unwrap();
    sent.iter().for_each(|nonce| journal.sending(nonce, Millis(i64::MAX)).unwrap());
    let driver = Driver {
        ledger: &ledger,
        journal: &RefCell::new(journal),
        chain: CHAIN,
        window_ms: WINDOW_MS,
        registrar: &SigningKey::from_seed(&[4; 32]),
        keys: &[("nyc".to_owned(), SigningKey::from_seed(&[3; 32]))].into(),
        in_flight: 1,
    };
    let error = block_on(driver.run(&Plan { setup, ..ten() }, &|_| {})).unwrap_err();
    (format!("{error:#}"), ledger.1.get())
}

#[test]
fn what_no_patience_helps_against_stops_the_import_at_once() {
    let (error, calls) =
        stopped_by(|| Ok(Progress::Refused { code: Code(102), text: "another chain".into() }), Vec::new());
    assert_eq!((error.as_str(), calls), ("BUL-0102: another chain", 1));
    let (error, calls) = stopped_by(|| Ok(Progress::Final(vec![Outcome::Dropped])), Vec::new());
    assert!(error.contains("ask another node") && calls == 1, "{error}");
}

#[test]
fn a_node_that_stays_away_stops_the_import_in_the_end() {
    let (error, calls) = stopped_by(|| Err(Fault::Passing(anyhow!("no route"))), Vec::new());
    assert!(error.contains("the same command again") && error.contains("no route"), "{error}");
    assert_eq!(calls, PATIENCE + 1);
}

#[test]
fn a_set_up_that_is_refused_stops_the_import_before_its_first_act() {
    let (error, calls) = stopped_by(|| Ok(Progress::Final(vec![Outcome::Refused(Code(404))])), vec![act()]);
    assert!(error.contains("BUL-0404") && calls == 1, "{error}");
    // Bodies that are there already are no reason to stop: the first batch, of one act, is accepted too, the second of two
    // is not the answer that this node gives.
    let (error, calls) = stopped_by(|| Ok(Progress::Final(vec![Outcome::Refused(Code(303))])), vec![act()]);
    assert!(error.contains("ask another node") && calls == 3, "{error}");
}

#[test]
fn what_was_set_up_before_the_first_act_is_not_set_up_again() {
    let refused: fn() -> _ = || Ok(Progress::Final(vec![Outcome::Refused(Code(404))]));
    let (error, calls) = stopped_after(&[[0; 16]], refused, vec![act()]);
    assert!(error.contains("ask another node") && calls == 2, "{error}: the first batch, and the second");
}
