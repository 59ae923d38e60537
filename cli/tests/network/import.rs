//! An import of real records while validators die, and what anyone can prove of it afterwards with no network.

use crate::files::{file, import, licences_are_accounted_for, report};
use crate::government::{body, decided};
use crate::register::{self, Licence};
use crate::town::{Town, clock, tell, wait_until};
use bulla_proto::Client;
use bulla_testnet_local::national_body;
use bulla_verify::anchor::Anchor;
use bulla_verify::chain::Height;
use bulla_verify::hash::Context;
use bulla_verify::identifiers::licence_id::{LicenceBase, LicenceId};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{Act, Change};
use bulla_verify::operation::Operation;
use bulla_verify::proof::Claim;
use bulla_verify::refusal::Outcome;
use bulla_verify::roles::Role;
use bulla_verify::status::Status;
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::verdict::{Finding, Kind, Policy, Verdict, verify};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How many licences of each status are proved.
const OF_EACH: usize = 40;
/// Of how many files every byte is changed.
const FORGED: usize = 20;
/// How soon a network that lost all its nodes at once decides again, counted from the restart: the bound that a node's waits
/// between dials were chosen for.
const BACK_WITHIN: Duration = Duration::from_secs(10);

/// The exit codes of `bulla verify`.
const VALID: i32 = 0;
const NOT_VALID: i32 = 3;
const DOES_NOT_HOLD: i32 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn an_import_outlives_killed_validators_and_every_licence_is_proved_offline() {
    let Some(file) = file("licences.dev.csv") else { return };
    let town = Town::up();
    import_while_one_is_killed(&town, &file);

    let before = town.settled();
    town.kill_all();
    let restarted = Instant::now();
    town.start_all();
    let client = town.client(0).await;
    let mut licences = register::licences(&file, &town.path("licences/report.csv"), clock());
    act_on_more(&town, &client, &mut licences).await;
    let back = restarted.elapsed();
    tell(&format!("killed all at once, the network decided again {:.1} s after the restart", back.as_secs_f64()));
    assert!(back < BACK_WITHIN, "{back:?}");
    let after = town.settled();
    assert!(after.0 > before.0, "height {} was acknowledged, {} is left", before.0, after.0);

    let proofs = proofs_of(&town, &licences).await;
    let absent = absent(&town, &licences).await;
    town.down();
    town.fsck();
    let desk = Desk::of(&town);
    for proof in proofs.iter().chain(&absent) {
        desk.check(proof);
    }
    desk.check_by_program(&town, &proofs, &absent);
    for proof in proofs.iter().step_by(proofs.len() / FORGED).take(FORGED).chain(absent.first()) {
        desk.forge(&town, proof);
    }
}

fn import_while_one_is_killed(town: &Town, file: &Path) {
    let import = import(town, "licences", file);
    wait_until("the import is under way", || town.tip(0).is_some_and(|(height, _)| height >= 6));
    town.kill(2);
    let killed_at = town.tip(0).unwrap().0;
    wait_until("three validators go on", || town.tip(0).is_some_and(|(height, _)| height >= killed_at + 2));
    town.start(2);

    licences_are_accounted_for(&report(import));
}

/// The register has few licences that end suspended or revoked: the national body, which stands above their issuers, suspends
/// and revokes as many as are wanting, all in one transaction.
async fn act_on_more(town: &Town, client: &Client, licences: &mut BTreeMap<LicenceBase, Licence>) {
    let (now, by) = (clock(), national_body().uscc);
    let count = |is: fn(&Status) -> bool| licences.iter().filter(|(base, it)| is(&it.status(base.issuer, now))).count();
    let suspend = OF_EACH.saturating_sub(count(|status| matches!(status, Status::Suspended { .. })));
    let revoke = OF_EACH.saturating_sub(count(|status| matches!(status, Status::Revoked { .. })));
    let is_active = |(base, it): &(&LicenceBase, &mut Licence)| it.status(base.issuer, now).is_active();
    let mut chosen: Vec<_> = licences.iter_mut().filter(is_active).step_by(7).take(suspend + revoke).collect();
    let act = |(place, (base, licence)): (usize, &(&LicenceBase, &mut Licence))| {
        let change = if place < suspend { Change::Suspend { from: None, until: None } } else { Change::Revoke };
        let licence = base.at_version(licence.version).unwrap();
        Operation::Licence(Act { licence, by, effective_at: None, change })
    };
    let operations = chosen.iter().enumerate().map(act).collect();
    let envelope =
        body(town.genesis().chain(), operations, clock().plus(300_000)).sign(&[&town.national_key(Role::Issuer)]);
    let last = decided(client, &envelope).await;
    assert_eq!(last.outcomes, vec![Outcome::Applied; suspend + revoke]);
    let at = block_time(client, last.height).await;
    for (place, (_, licence)) in chosen.iter_mut().enumerate() {
        match place < suspend {
            true => licence.suspended = Some(at),
            false => licence.revoked = Some((at, by)),
        }
    }
}

async fn block_time(client: &Client, height: Height) -> Millis {
    client.block(height, 0).await.unwrap().unwrap().header.light.time
}

/// A proof file, and what it must say.
struct Proof {
    file: Vec<u8>,
    claim: LicenceId,
    finding: Finding,
    saved: PathBuf,
}

/// As many licences of each status that occurs, of every node some; and earlier versions of some.
async fn proofs_of(town: &Town, licences: &BTreeMap<LicenceBase, Licence>) -> Vec<Proof> {
    let now = clock();
    let mut by_status: BTreeMap<&str, Vec<(LicenceId, Finding)>> = BTreeMap::new();
    for (base, licence) in licences {
        let status = licence.status(base.issuer, now);
        let claim = base.at_version(licence.version).unwrap();
        by_status.entry(name(&status)).or_default().push((claim, Finding::Current(status)));
        if licence.version > 1 {
            let current = base.at_version(licence.version).unwrap();
            let superseded = (base.at_version(1).unwrap(), Finding::SupersededBy { current });
            by_status.entry("superseded").or_default().push(superseded);
        }
    }
    let counts: Vec<_> = by_status.iter().map(|(name, found)| (*name, found.len())).collect();
    assert!(counts.iter().all(|(_, count)| *count >= OF_EACH), "{counts:?}");
    assert_eq!(counts.len(), 6, "{counts:?}");
    let mut wanted = Vec::new();
    for found in by_status.into_values() {
        let apart = found.len() / OF_EACH;
        wanted.extend(found.into_iter().step_by(apart).take(OF_EACH));
    }
    save(town, "licence", wanted).await
}

/// Serials that nobody has, and versions that are still to come.
async fn absent(town: &Town, licences: &BTreeMap<LicenceBase, Licence>) -> Vec<Proof> {
    let never = licences.iter().step_by(licences.len() / 10).flat_map(|(base, licence)| {
        let serial = format!("{}X9", &base.serial.as_str()[..4]).parse().unwrap();
        let unknown = LicenceBase { serial, ..base.clone() };
        assert!(!licences.contains_key(&unknown));
        [unknown.at_version(1).unwrap(), base.at_version(licence.version + 1).unwrap()]
    });
    save(town, "absent", never.map(|claim| (claim, Finding::NeverIssued)).collect()).await
}

async fn save(town: &Town, series: &str, wanted: Vec<(LicenceId, Finding)>) -> Vec<Proof> {
    let mut clients = Vec::new();
    for node in 0..4 {
        clients.push(town.client(node).await);
    }
    let mut proofs = Vec::new();
    for (place, (claim, finding)) in wanted.into_iter().enumerate() {
        let file = clients[place % 4].licence(&claim, true).await.unwrap().proof.unwrap();
        let saved = town.path(&format!("{series}-{place}.bulla"));
        std::fs::write(&saved, &file).unwrap();
        proofs.push(Proof { file, claim, finding, saved });
    }
    proofs
}

fn name(status: &Status) -> &'static str {
    match status {
        Status::BeforeLastAct { .. } => "before the last act",
        Status::NotYetInForce { .. } => "not yet in force",
        Status::Active { .. } => "active",
        Status::Suspended { .. } => "suspended",
        Status::Expired { .. } => "expired",
        Status::Revoked { .. } => "revoked",
        Status::Cancelled { .. } => "cancelled",
        Status::PendingCosign { .. }
        | Status::Lapsed { .. }
        | Status::TransferOutPending { .. }
        | Status::Withdrawn { .. }
        | Status::Annulled { .. }
        | Status::Transferred { .. } => panic!("no row of the file leads to {status}"),
    }
}

impl Proof {
    fn is_good(&self) -> bool {
        matches!(&self.finding, Finding::Current(status) if status.is_active())
    }
}

/// Where proof files are checked: it has the genesis file, a clock, and no network.
struct Desk {
    anchor: Anchor,
    policy: Policy,
    departments: Vec<Uscc>,
}

impl Desk {
    fn of(town: &Town) -> Desk {
        let genesis = town.genesis();
        let clock_bound_ms = i64::from(genesis.parameters.clock_bound_ms);
        Desk {
            anchor: Anchor::genesis(&genesis),
            policy: Policy { now: clock(), max_age_ms: DAY_MS, clock_bound_ms, at: None },
            departments: (0..4).map(|node| bulla_testnet_local::department(node).uscc).collect(),
        }
    }

    fn check(&self, proof: &Proof) {
        let verdict = verify(&proof.file, &self.anchor, &self.policy);
        let kind = if proof.is_good() { Kind::Valid } else { Kind::NotValid };
        assert_eq!(verdict.kind(), kind, "{verdict}");
        let answer = verdict.answer().unwrap();
        assert_eq!(
            (&answer.claim, &answer.finding),
            (&Claim::Licence(proof.claim.clone()), &proof.finding),
            "{verdict}"
        );
        let signers = &answer.signed_by;
        assert!(signers.len() >= 3 && signers.iter().all(|one| self.departments.contains(one)), "{signers:?}");
    }

    /// Some files of each status, one of a licence that never was, and a forged one, through `bulla verify`.
    fn check_by_program(&self, town: &Town, proofs: &[Proof], absent: &[Proof]) {
        for proof in proofs.iter().step_by(OF_EACH / 2).chain(absent.iter().take(2)) {
            let verdict = verify(&proof.file, &self.anchor, &self.policy);
            let (code, said) = by_program(town, &proof.saved);
            assert_eq!(code, if proof.is_good() { VALID } else { NOT_VALID }, "{said}");
            // The instants in the text are the program's own clock; what is found is not.
            let Some(answer) = verdict.answer() else { panic!("{verdict}") };
            assert!(said.starts_with(if proof.is_good() { "VALID:" } else { "NOT VALID:" }), "{said}");
            assert!(said.contains(&format!("{} is {}", answer.claim, answer.finding)), "{said}");
        }
    }

    /// Changes each byte of a file, in each bit, and cuts the file at each place. Nothing of it may be believed, nor may the
    /// change be found only by the file's own hash: a forger computes that anew.
    fn forge(&self, town: &Town, proof: &Proof) {
        let Proof { file, claim, .. } = proof;
        let refused = |bytes: &[u8], how: &str| {
            let kind = verify(bytes, &self.anchor, &self.policy).kind();
            assert_eq!(kind, Kind::DoesNotHold, "{claim}, {how}");
        };
        for place in 0..file.len() {
            for bit in 0..8 {
                let mut forged = file.clone();
                forged[place] ^= 1 << bit;
                refused(&forged, &format!("bit {bit} of byte {place} changed"));
            }
            refused(&file[..place], &format!("cut after {place} bytes"));
        }
        refused(&[file.as_slice(), &[0]].concat(), "a byte more");
        let hashed = hashed_bytes(file);
        for place in 0..hashed {
            let mut forged = file[..hashed].to_vec();
            forged[place] ^= 1;
            let digest = Context::ProofFile.hash(&forged).0;
            forged.extend(&digest[..file.len() - hashed]);
            self.is_refused_or_of_another_claim(&forged, proof, place);
        }
        let forged = town.path("forged.bulla");
        let mut bytes = file.clone();
        bytes[hashed / 2] ^= 0x10;
        std::fs::write(&forged, bytes).unwrap();
        let (code, said) = by_program(town, &forged);
        assert_eq!(code, DOES_NOT_HOLD, "{said}");
    }

    /// One record answers for every version and one path for many serials, so a true proof of another claim can be made of a
    /// file; the verdict names that claim.
    fn is_refused_or_of_another_claim(&self, forged: &[u8], proof: &Proof, place: usize) {
        let verdict: Verdict = verify(forged, &self.anchor, &self.policy);
        let is_another = |answer: &bulla_verify::verdict::Answer| {
            let is_never_valid = verdict.kind() == Kind::NotValid;
            answer.claim != Claim::Licence(proof.claim.clone()) && is_never_valid
        };
        assert!(verdict.answer().is_none_or(is_another), "byte {place}, hash made anew: {verdict}");
    }
}

/// How many bytes stand before the hash of them that closes a proof file.
fn hashed_bytes(file: &[u8]) -> usize {
    let closes = |hashed: &usize| Context::ProofFile.hash(&file[..*hashed]).0.starts_with(&file[*hashed..]);
    (file.len() - 32..file.len()).find(closes).expect("a proof file closes with the hash of the rest")
}

/// The exit code and the answer of `bulla verify`, on a file and the genesis document alone.
fn by_program(town: &Town, file: &Path) -> (i32, String) {
    let output = town.command(&["verify", file.to_str().unwrap(), "--anchor", "net/genesis.json"]).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}
