//! A pool that is full of the longest transactions stops nobody: heights keep rising, and a small one becomes final.

use crate::government::{Government, city_code, issue, key, permit, region, some_root};
use crate::town::{PATIENCE, Town, clock, tell, wait_until};
use bulla_proto::answer::{NodeStatus, Progress, Refusal};
use bulla_proto::{Client, ClientError};
use bulla_verify::canonical;
use bulla_verify::chain::TxId;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::keys::SigningKey;
use bulla_verify::licence::{Act, Change, Grant, Term};
use bulla_verify::operation::Operation;
use bulla_verify::refusal::{Code, Outcome};
use bulla_verify::roles::Role;
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::transaction::{Envelope, MAX_ENVELOPE_BYTES};
use futures::future::join_all;
use std::time::{Duration, Instant};

/// The cap of a node's pool. Source: design D20.
const POOL_BYTES: u64 = 64 << 20;
/// One signer has a quarter of the pool.
const SIGNERS: u8 = 4;
/// How long the crowd can wait for a block, in milliseconds: long enough to fill the pool, and short enough that whoever comes
/// last does not wait for sixty full blocks.
const LIFETIME_MS: i64 = 25_000;
/// So many heights must be decided while the pool is full.
const HEIGHTS: u64 = 3;

const NOW: Duration = Duration::ZERO;

#[tokio::test(flavor = "multi_thread")]
async fn heights_rise_and_a_small_transaction_is_final_though_the_pool_is_full() {
    let town = Town::up();
    let client = town.client(0).await;
    let government = Government::of(&town, &client).await;
    let signers: Vec<_> = (0..SIGNERS).map(|signer| SigningKey::from_seed(&[100 + signer; 32])).collect();
    let keys = signers.iter().map(|signer| key(city_code(), signer, Role::HistoricalRegistrar)).collect();
    government.done(&client, &government.province, keys).await;

    let crowd = Crowd { government: &government, expires_at: clock().plus(LIFETIME_MS) };
    let too_long = crowd.transaction(&signers[0], 0, 1);
    assert!(canonical::encode(&too_long).len() > MAX_ENVELOPE_BYTES);
    assert_eq!(refusal_of(client.submit(&too_long, NOW).await.map(|_| ())), Some(Code(101)));

    let began = Instant::now();
    let waiting = join_all((0u8..).zip(&signers).map(|(place, signer)| crowd.fill(&client, place, signer))).await;
    let waiting: Vec<TxId> = waiting.into_iter().flatten().collect();
    let full: NodeStatus = client.status().await.unwrap();
    let filled = began.elapsed().as_secs_f64();
    tell(&format!("{} MiB of the longest transactions wait, {filled:.1} s after the first", full.pool_bytes >> 20));
    assert!(full.pool_bytes > POOL_BYTES / 10 * 8, "{full:?}");

    let began = Instant::now();
    wait_until("heights rise", || town.tip(0).is_some_and(|(height, _)| height >= full.height.0 + HEIGHTS));
    let each = began.elapsed().as_secs_f64() / f64::from(u32::try_from(HEIGHTS).unwrap());
    tell(&format!("meanwhile a height takes {each:.2} s"));

    let small = government.sign(&government.city, vec![issue("SMALL", region("440300"))]);
    let last = until_final(&client, &small).await;
    assert_eq!(last, [Outcome::Applied]);
    for id in waiting {
        let progress = client.transaction(id, PATIENCE).await.unwrap();
        let is_settled = matches!(progress, Progress::Final(_) | Progress::Refused(Refusal { code: Code(201), .. }));
        assert!(is_settled, "{progress:?}");
    }
    assert_eq!(client.status().await.unwrap().pool_bytes, 0);
    town.settled();
}

/// Takes in a transaction, however often the pool is full, and waits until it is final.
async fn until_final(client: &Client, envelope: &Envelope) -> Vec<Outcome> {
    let began = Instant::now();
    loop {
        assert!(began.elapsed() < PATIENCE, "a small transaction was not taken in");
        match client.submit(envelope, PATIENCE).await {
            Ok(submitted) => {
                let progress = client.transaction(submitted.id, PATIENCE).await.unwrap();
                let Progress::Final(last) = progress else { panic!("a small transaction is not final: {progress:?}") };
                return last.outcomes;
            }
            // "Submit again after the next blocks."
            Err(error) => assert_eq!(refusal_of(Err(error)), Some(Code(207))),
        }
        let height = client.status().await.unwrap().height;
        while client.status().await.unwrap().height == height && began.elapsed() < PATIENCE {
            tokio::task::yield_now().await;
        }
    }
}

fn refusal_of(answer: Result<(), ClientError>) -> Option<Code> {
    match answer {
        Err(ClientError::Refused(refusal)) => Some(refusal.code),
        Ok(()) => None,
        Err(error) => panic!("{error}"),
    }
}

/// The transactions that fill the pool.
struct Crowd<'a> {
    government: &'a Government,
    expires_at: Millis,
}

impl Crowd<'_> {
    /// Submits the longest transactions of one signer until they have no more room.
    async fn fill(&self, client: &Client, place: u8, signer: &SigningKey) -> Vec<TxId> {
        let mut waiting = Vec::new();
        loop {
            let number = u32::from(place) * 1_000 + u32::try_from(waiting.len()).unwrap();
            let envelope = self.transaction(signer, number, 0);
            match refusal_of(client.submit(&envelope, NOW).await.map(|_| ())) {
                None => waiting.push(envelope.body.id()),
                Some(code) => {
                    assert_eq!(code, Code(207), "after {} transactions", waiting.len());
                    return waiting;
                }
            }
        }
    }

    /// As many licences taken over from a register with a long name as a transaction has room for, and some more.
    fn transaction(&self, signer: &SigningKey, number: u32, more: usize) -> Envelope {
        // Serials of one length, so that all acts have one.
        let envelope = |acts: usize| {
            let operations = (0..acts).map(|act| take_over(&format!("C{number:04}N{act:03}"))).collect();
            crate::government::body(self.government.chain, operations, self.expires_at).sign(&[signer])
        };
        let [none, one] = [0, 1].map(|acts| canonical::encode(&envelope(acts)).len());
        envelope((MAX_ENVELOPE_BYTES - none) / (one - none) + more)
    }
}

fn take_over(serial: &str) -> Operation {
    let term = Term { from: clock().plus(-DAY_MS), until: Some(clock().plus(365 * DAY_MS)) };
    let (holder, contents) = (some_root("holder"), some_root("contents"));
    let grant = Grant { region: region("440300"), holder, holding: None, contents, term };
    let change = Change::TakeOver { from: "register ".repeat(13).trim().parse().unwrap(), grant };
    let licence = LicenceId::new(permit(), city_code(), serial.parse().unwrap(), 1).unwrap();
    Operation::Licence(Act { licence, by: city_code(), effective_at: Some(clock().plus(-1_000)), change })
}
