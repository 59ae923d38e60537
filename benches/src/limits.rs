//! What this machine can do at most: the bounds that all figures are held against.

use crate::figures::Figures;
use crate::town::NODES;
use anyhow::{Context, Result, ensure};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// How many times the disk is asked.
const SYNCS: usize = 200;

/// The bounds.
pub(crate) struct Limits {
    processors: f64,
    /// Nanoseconds to check a signature, in a build for AVX2.
    signature_ns: f64,
    /// Nanoseconds to check a signature as the daemon does here.
    own_signature_ns: f64,
    sync_ms: f64,
}

impl Limits {
    /// Measures them; `signature` is the program built for AVX2.
    pub(crate) fn measure(signature: &Path, directory: &Path) -> Result<Limits> {
        fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        let output = Command::new(signature).output().with_context(|| format!("cannot run {}", signature.display()))?;
        ensure!(output.status.success(), "{} failed", signature.display());
        let signature_ns = String::from_utf8(output.stdout)?.trim().parse()?;
        let processors = u16::try_from(std::thread::available_parallelism()?.get())?;
        Ok(Limits {
            processors: f64::from(processors),
            signature_ns,
            own_signature_ns: bulla_bench_signature::check_ns(),
            sync_ms: sync_ms(directory)?,
        })
    }

    /// The signature bound: how many transactions a second all validators could check on all processors if they did nothing
    /// else. Always that of the AVX2 build, so that it is the same on machines with AVX-512 and without.
    pub(crate) fn signatures_per_s(&self) -> f64 {
        self.processors * 1e9 / self.signature_ns / f64::from(NODES)
    }

    /// What checking one signature costs here, in microseconds.
    pub(crate) fn signature_us(&self) -> f64 {
        self.own_signature_ns / 1e3
    }

    pub(crate) fn tell(&self, figures: &mut Figures) {
        figures.add("processors", self.processors, "processors");
        figures.add("signature_check_us", self.signature_ns / 1e3, "to check a signature, AVX2 build, µs");
        figures.add("signature_check_here_us", self.signature_us(), "to check a signature as the daemon does, µs");
        figures.add("signature_bound_per_s", self.signatures_per_s(), "the signature bound: transactions a second");
        figures.add("sync_p50_ms", self.sync_ms, "to make 4 KiB durable, median, ms");
    }
}

/// Milliseconds until 4 KiB at the end of a file are durable, median.
fn sync_ms(directory: &Path) -> Result<f64> {
    let path = directory.join("sync.tmp");
    let mut file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut times = Vec::new();
    for _ in 0..SYNCS {
        let began = Instant::now();
        file.write_all(&[0x5a; 4096])?;
        file.sync_data()?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    fs::remove_file(&path)?;
    times.sort_by(f64::total_cmp);
    times.get(SYNCS / 2).copied().context("some were measured")
}
