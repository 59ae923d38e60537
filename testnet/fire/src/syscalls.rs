//! Calls to the file system that fail, one at a time: `strace` gives `bullad` an EIO or ENOSPC in place of the answer.
//!
//! A network of one validator is run once and its calls are listed; a point is one of those that touch its data directory, with
//! one of the two errors. Seeds that follow one another go through all of them, in leaps, so that few of them meet many kinds. At each point the node goes on as if nothing was, or it stops and says why; what it acknowledged stays, `fsck` finds
//! nothing, and without the fault it goes on. Promises, row 5.

use crate::dice::Dice;
use crate::flips::copy;
use crate::load::{self, open};
use crate::town::{Town, fsck, said, wait_until};
use crate::{Runs, tell};
use anyhow::{Context, Result, bail, ensure};
use bulla_proto::answer::{Final, Progress, Stage};
use bulla_verify::chain::TxId;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PORTS_UP: u16 = 1_300;

/// The calls that write, and those that open or rename what is written.
const CALLS: &str = "pwrite64,write,writev,fdatasync,fsync,sync_file_range,rename,renameat,renameat2,openat,ftruncate,fallocate,mkdir,unlink,unlinkat,pread64,read,lseek,newfstatat,fstat";

/// Acts that a node is asked for at each point: some blocks.
const ACTS: u64 = 8;

/// How often a seed is drawn from again when its point was missed; at first for the same point.
const DRAWS: u32 = 30;
const DRAWS_OF_ONE: u32 = 3;

/// From point to point; a prime, so that all are met before one is met again.
const LEAP: u64 = 7_919;

/// How long a node may take to begin, to answer, to stop.
const SOON: Duration = Duration::from_secs(20);

/// How often each thing happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The node stopped and said why.
    pub stopped: u64,
    /// It went on, and nothing was lost.
    pub went_on: u64,
    /// The call of the point was not reached, or was none of the data directory: not counted as a point.
    pub missed: u64,
    /// How often each call was hit.
    pub calls: BTreeMap<String, u64>,
}

/// Why nothing can be tried on this machine, if nothing can.
pub fn skipped() -> Option<String> {
    let traced = Command::new("strace").args(["-D", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    (!traced.is_ok_and(|status| status.success())).then(|| "strace is missing, or may not trace here".to_owned())
}

/// Fails so many calls, each in a run of its own.
pub fn points(runs: Runs<'_>) -> Result<Tally> {
    let town = Town::laid_out(runs.bullad, 1, PORTS_UP, |now| now)?;
    town.start_all()?;
    open(&town, town.acts()?)?;
    ensure!(act(&town, 1, ACTS)?.len() == usize::try_from(ACTS)?, "a node without faults acts");
    town.down()?;
    let kept = town.network.node_directory(0).join("kept");
    copy(&town.network.node_data(0), &kept)?;
    let listed = calls(&town, &kept)?;
    let total = 2 * u64::try_from(listed.len())?;
    let mut tally = Tally::default();
    for seed in runs.seed..runs.seed + runs.count {
        let mut dice = Dice(seed);
        let mut draws = 0;
        let mut hit = false;
        // Which thread makes which call differs from run to run, so that some are missed.
        while !hit {
            ensure!(draws < DRAWS, "seed {seed}: {DRAWS} points one after the other are missed");
            draws += 1;
            let drawn = if draws <= DRAWS_OF_ONE { seed.wrapping_mul(LEAP) } else { dice.below(total) } % total;
            let (call, nth) = listed.get(usize::try_from(drawn / 2)?).context("calls were listed")?;
            let error = if drawn % 2 == 0 { "EIO" } else { "ENOSPC" };
            let inject = format!("inject={call}:error={error}:when={nth}");
            let tried = point(&town, &kept, &inject, call, &mut tally);
            hit = tried.with_context(|| format!("seed {seed}, draw {draws}: {inject}"))?;
        }
    }
    tell(&format!("{} of {total} points from seed {}: {tally:?}", runs.count, runs.seed));
    Ok(tally)
}

/// A node whose nth thread is refused, for each n of `runs`: it ends by itself or serves, and does not hang.
///
/// # Errors
///
/// If it hangs.
pub fn threads(runs: Runs<'_>) -> Result<()> {
    let town = Town::laid_out(runs.bullad, 1, PORTS_UP, |now| now)?;
    town.start_all()?;
    town.down()?;
    let kept = town.network.node_directory(0).join("kept");
    copy(&town.network.node_data(0), &kept)?;
    for nth in runs.seed..runs.seed + runs.count {
        let inject = format!("inject=clone3:error=EAGAIN:when={nth}");
        let traced = Traced::start(&town, &kept, &["-e", "trace=clone3", "-e", &inject])?;
        traced.acts(&town).with_context(|| inject.clone())?;
        let (_, words, trace) = traced.end().context(inject)?;
        ensure!(trace.contains("(INJECTED)"), "thread {nth} was never begun: {words}");
    }
    Ok(())
}

/// One point: a run with the fault, `fsck`, and a run without. Tells whether it was hit.
fn point(town: &Town, kept: &Path, inject: &str, call: &str, tally: &mut Tally) -> Result<bool> {
    let traced = Traced::start(town, kept, &["-e", &format!("trace={call}"), "-e", inject])?;
    let acknowledged = traced.acts(town)?;
    let (code, words, trace) = traced.end()?;
    // `strace` counts by thread, so another thread's call may have failed too: one that wakes a thread is none of the disk's.
    let failed: Vec<&str> = trace.lines().filter(|line| line.contains("(INJECTED)")).collect();
    if failed.is_empty() || !failed.iter().all(|line| line.contains("/data/")) {
        tally.missed += 1;
        return Ok(false);
    }
    *tally.calls.entry(call.to_owned()).or_default() += 1;
    if code == Some(0) {
        tally.went_on += 1;
    } else {
        let reason = words.lines().find(|line| line.starts_with("bullad: ")).unwrap_or_default();
        ensure!(code == Some(1) && reason.len() > 20, "an end without a word, code {code:?}: {words}");
        tally.stopped += 1;
    }
    let checked = fsck(&town.bullad, &town.network.node_directory(0))?;
    ensure!(checked.status.success(), "fsck after {words}: {}", said(&checked));
    town.start_all().with_context(|| format!("after {words}"))?;
    let client = town.client(0)?;
    for (id, last) in acknowledged {
        let progress = town.runtime.block_on(client.transaction(id, Duration::ZERO))?;
        ensure!(progress == Progress::Final(last.clone()), "acknowledged as {last:?}, and now {progress:?}");
    }
    ensure!(act(town, 1_000, 1)?.len() == 1, "the node does not go on without the fault");
    town.down()?;
    Ok(true)
}

/// Issues licences until the node is silent; those that were acknowledged.
fn act(town: &Town, first: u64, count: u64) -> Result<Vec<(TxId, Final)>> {
    let (client, mut acknowledged) = (town.client(0)?, Vec::new());
    for number in first..first + count {
        let envelope = load::issue(town, number)?;
        match town.runtime.block_on(client.submit(&envelope, Duration::from_secs(5))) {
            Ok(submitted) => match submitted.stage {
                Stage::Final(last) => acknowledged.push((submitted.id, last)),
                // A node that stops answers first whoever waits.
                Stage::Admitted | Stage::Waiting => {
                    let silent = wait_until(SOON, || town.told(0).is_err().then_some(()));
                    silent.context("it neither decides nor stops")?;
                    break;
                }
            },
            Err(_) => break,
        }
    }
    Ok(acknowledged)
}

/// The calls that a node without faults makes on its data: each with its number among those of its kind and thread, which is
/// what `strace` counts.
fn calls(town: &Town, kept: &Path) -> Result<Vec<(String, u64)>> {
    let traced = Traced::start(town, kept, &["-e", &format!("trace={CALLS}")])?;
    let acknowledged = traced.acts(town)?;
    ensure!(acknowledged.len() == usize::try_from(ACTS)?, "a traced node without faults acts");
    let (code, words, trace) = traced.end()?;
    ensure!(code == Some(0), "a traced node without faults ends with {code:?}: {words}");
    let (mut counts, mut listed) = (BTreeMap::<(&str, &str), u64>::new(), Vec::new());
    for line in trace.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let Some((call, _)) = rest.trim_start().split_once('(') else { continue };
        let count = counts.entry((thread, call)).or_default();
        *count += 1;
        let writes = !["read", "pread64", "lseek", "newfstatat", "fstat"].contains(&call);
        if line.contains("/data/") && !line.contains("ENOENT") && (writes || *count % 4 == 0) {
            listed.push((call.to_owned(), *count));
        }
    }
    ensure!(listed.len() > 50, "hardly any call was seen: {listed:?}");
    Ok(listed)
}

/// A node under `strace`.
struct Traced {
    process: Child,
    trace: PathBuf,
    words: PathBuf,
}

impl Traced {
    /// Starts node 0 on a copy of what was kept.
    fn start(town: &Town, kept: &Path, expressions: &[&str]) -> Result<Traced> {
        let (home, data) = (town.network.node_directory(0), town.network.node_data(0));
        fs::remove_dir_all(&data)?;
        copy(kept, &data)?;
        let (trace, words) = (home.join("trace"), home.join("words"));
        let output = File::create(&words)?;
        let mut command = Command::new("strace");
        // As a grandchild the tracer leaves the node this program's own child.
        command.args(["-D", "-f", "-y", "-s", "0", "--seccomp-bpf", "-o"]).arg(&trace).args(expressions);
        command.arg(&town.bullad).args(["--config", "bullad.toml", "run"]).current_dir(&home);
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        Ok(Traced { process: command.spawn().context("strace begins")?, trace, words })
    }

    /// The node acts, if it comes so far.
    fn acts(&self, town: &Town) -> Result<Vec<(TxId, Final)>> {
        let up = wait_until(SOON, || {
            let ended = fs::read_to_string(&self.words).ok()?.contains("bullad: ");
            let gone = !Path::new("/proc").join(self.process.id().to_string()).join("exe").exists();
            (ended || gone || town.told(0).is_ok()).then_some(ended || gone)
        });
        match up {
            Some(true) => Ok(Vec::new()),
            Some(false) => act(town, 100, ACTS),
            None => bail!("neither begun nor ended within {SOON:?}: {}", fs::read_to_string(&self.words)?),
        }
    }

    /// Asks the node to stop; its code, its words, and the trace.
    fn end(mut self) -> Result<(Option<i32>, String, String)> {
        // It may have ended by itself.
        let _ = Command::new("kill").arg(self.process.id().to_string()).stderr(Stdio::null()).status();
        let status = wait_until(SOON, || self.process.try_wait().ok().flatten());
        let words = fs::read_to_string(&self.words)?;
        let Some(status) = status else {
            self.process.kill()?;
            self.process.wait()?;
            bail!("it does not stop within {SOON:?}: {words}");
        };
        let last = format!("{} ", self.process.id());
        let trace = wait_until(SOON, || {
            let trace = fs::read_to_string(&self.trace).ok()?;
            let ended = trace.lines().any(|line| line.starts_with(&last) && line.contains("+++"));
            ended.then_some(trace)
        });
        Ok((status.code(), words, trace.context("the trace has no end")?))
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        // Of a run that failed; one that ended is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
