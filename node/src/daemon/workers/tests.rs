use super::*;
use bulla_ledger::execute::{Caps, ExecutedBlock};
use bulla_ledger::store::memory::MemoryStore;
use bulla_verify::certificate::{Certificate, Signers};
use bulla_verify::chain::Round;
use bulla_verify::genesis::{self, Genesis};
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::keys::SigningKey;
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use bulla_verify::validators::{Validator, ValidatorSet};

const TIME: Millis = Millis(1_700_000_000_000);

fn ledger(key: PublicKey) -> Ledger {
    let uscc = "11100000000013338W".parse().unwrap();
    let (level, region) = (Level::National, RegionCode::NATIONAL);
    let genesis = Genesis {
        version: genesis::VERSION,
        name: "town".parse().unwrap(),
        time: TIME,
        parameters: Parameters::default(),
        organisations: vec![Organisation { uscc, name: "市局".parse().unwrap(), level, region, parent: None }],
        keys: vec![KeyGrant {
            key: SigningKey::from_seed(&[9; 32]).public(),
            organisation: uscc,
            roles: [Role::Registrar].into_iter().collect(),
            from: Height(0),
            until: None,
        }],
        validators: ValidatorSet::new(vec![Validator { key, organisation: uscc, power: 1 }]).unwrap(),
    };
    Ledger::open(Arc::new(MemoryStore::new()), &genesis).unwrap()
}

async fn next(done: &mut mpsc::UnboundedReceiver<Done>) -> Event {
    match done.recv().await {
        Some(Done::Event(event)) => event,
        Some(Done::Say(..) | Done::Fault(_)) | None => panic!("the workers answer with an event"),
    }
}

fn shelf(directory: &tempfile::TempDir, every: u64) -> (Arc<Shelf<Files>>, u64) {
    (Arc::new(Shelf::new(Files::open(directory.path()).unwrap())), every)
}

fn counts(metrics: &Metrics) -> [u64; 2] {
    [&metrics.execute_seconds, &metrics.commit_seconds].map(|seconds| seconds.get_sample_count())
}

#[tokio::test]
async fn each_execution_and_each_commit_is_measured_once() {
    let own = SigningKey::from_seed(&[1; 32]).public();
    let (ledger, metrics) = (ledger(own), Arc::new(Metrics::new()));
    let directory = tempfile::tempdir().unwrap();
    let (workers, mut done) = Workers::start(ledger.clone(), metrics.clone(), shelf(&directory, 0));
    let caps = Caps::of(&ledger.tip().parameters);
    workers.work(engine::Job::Build { round: Round(0), time: TIME.plus(1), candidates: Vec::new(), caps }, own);
    let Event::Built(_, built) = next(&mut done).await else { panic!("a block is built") };
    assert_eq!(counts(&metrics), [0, 0], "building is neither");

    workers.work(engine::Job::Execute(*built.executed.header(), Vec::new()), own);
    let Event::Executed(_, Ok(block)) = next(&mut done).await else { panic!("the block is executed") };
    assert_eq!(counts(&metrics), [1, 0]);

    workers.work(engine::Job::Commit(block.clone(), unsigned(&block)), own);
    let Event::Committed(..) = next(&mut done).await else { panic!("the block is committed") };
    assert_eq!(counts(&metrics), [1, 1]);
}

/// The engine may ask for an execution before it has heard that the ledger is at that height by another way. Found by the
/// simulator: the block was called invalid, though it was the very one that had been decided.
#[test]
fn an_execution_that_a_commit_has_overtaken_has_no_verdict() {
    let own = SigningKey::from_seed(&[1; 32]).public();
    let ledger = ledger(own);
    let caps = Caps::of(&ledger.tip().parameters);
    let built = jobs::build(&ledger, own, Round(0), TIME.plus(1), &[], caps).unwrap();
    let Some(Event::Built(_, built)) = built else { panic!("a block is built") };
    let header = *built.executed.header();
    assert!(matches!(jobs::execute(&ledger, &header, Vec::new()), Ok(Some(Event::Executed(_, Ok(_))))));
    jobs::commit(&ledger, built.executed.clone(), &unsigned(&built.executed)).unwrap();
    assert!(matches!(jobs::execute(&ledger, &header, Vec::new()), Ok(None)));
}

/// The ledger takes the engine's word that a certificate was checked.
fn unsigned(block: &ExecutedBlock) -> Certificate {
    let (height, value) = (block.header().height(), block.hash());
    Certificate { height, round: Round(0), value, signers: Signers::default(), signatures: Vec::new() }
}
