//! Proof files: a hundred licences, spread over all, as a citizen would take them home.

use crate::figures::Figures;
use crate::limits::Limits;
use crate::load::Mint;
use crate::town::Town;
use anyhow::{Context, Result, ensure};
use bulla_verify::anchor::Anchor;
use bulla_verify::proof::StatusProof;
use bulla_verify::time::DAY_MS;
use bulla_verify::verdict::{Kind, Policy, verify};
use std::fs;
use std::path::Path;
use std::time::Instant;

/// How many files.
const FILES: u32 = 100;

/// How often all of them are checked; the fastest time counts.
const ROUNDS: usize = 20;

/// How far ahead of this clock the validators' may be. Source: design D8.
const CLOCK_BOUND_MS: i64 = 10_000;

/// Takes the files, leaves them with their genesis in a directory made anew, and measures them.
pub(crate) async fn measure(
    town: &Town,
    mint: &Mint,
    directory: &Path,
    limits: &Limits,
    figures: &mut Figures,
) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    fs::copy(town.network.genesis(), directory.join("genesis.json"))?;
    let client = town.clients.first().context("there are nodes")?;
    let mut files = Vec::new();
    for place in 0..FILES {
        let licence = mint.licence(mint.issued / FILES * place);
        let proof = client.licence(&licence, true).await?.proof.context("the first block was made")?;
        fs::write(directory.join(format!("{place:03}.bulla")), &proof)?;
        files.push(proof);
    }
    let total: usize = files.iter().map(Vec::len).sum();
    let mean = f64::from(u32::try_from(total)?) / f64::from(FILES);
    let check_us = check_us(town, &files)?;
    // What a quorum's signatures cost alone.
    let quorum = StatusProof::decode(files.first().context("there are files")?)?.seal.signatures.len();
    let signatures_us = f64::from(u16::try_from(quorum)?) * limits.signature_us();
    figures.add("licences", f64::from(mint.issued), "licences in the state");
    figures.count("status_proofs", files.len());
    figures.add("status_proof_bytes", mean, "a status proof file, mean, bytes (at most 1800)");
    figures.add("status_check_us", check_us, "to check one offline, µs");
    figures.add("status_check_over_signatures", check_us / signatures_us, "… ÷ its quorum's signatures (floor 1.3)");
    Ok(())
}

/// Microseconds to come from the bytes of a file to its verdict.
fn check_us(town: &Town, files: &[Vec<u8>]) -> Result<f64> {
    let anchor = Anchor::genesis(&town.genesis);
    let policy = Policy { now: crate::load::now(), max_age_ms: DAY_MS, clock_bound_ms: CLOCK_BOUND_MS, at: None };
    let mut fastest = f64::INFINITY;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let valid = files.iter().filter(|file| verify(file, &anchor, &policy).kind() == Kind::Valid).count();
        fastest = fastest.min(began.elapsed().as_secs_f64() * 1e6 / f64::from(FILES));
        ensure!(valid == files.len(), "{valid} of {} proofs of active licences are valid", files.len());
    }
    Ok(fastest)
}
