//! A file system with no space left: a small ext4 in a file, with one node's data on it, filled under load. With less room than it
//! must have, the node rests: it answers, does not vote, says why, and goes on by itself when there is room. One that may not rest is
//! filled to the last byte, stops and says why, and is back when it is started with room. The others go on. Promises, row 5.

use crate::flips::copy;
use crate::load::Load;
use crate::town::{PATIENCE, Town, wait_until};
use crate::{Runs, tell};
use anyhow::{Context, Result, ensure};
use bulla_proto::answer::Mute;
use bulla_testnet_history::Summary;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const PORTS_UP: u16 = 1_400;

/// The size of the file system, in MiB: RocksDB reserves some for what it is about to write.
const SIZE_MIB: u64 = 128;

/// With less than this the node rests, in MiB.
const MIN_FREE_MIB: u64 = 48;

/// Why nothing can be tried on this machine, if nothing can.
pub fn skipped() -> Option<String> {
    let mountable = || {
        let directory = tempfile::tempdir().ok()?;
        let point = directory.path().join("point");
        fs::create_dir(&point).ok()?;
        Mounted::new(&directory.path().join("image"), &point, 8).ok()
    };
    mountable()
        .is_none()
        .then(|| "a file system in a file cannot be mounted here (not root, or no loop device)".to_owned())
}

/// Fills node 0's file system until it rests, and makes room again.
pub fn cramp(runs: Runs<'_>) -> Result<Summary> {
    on_a_small_disk(runs, 2 * SIZE_MIB, MIN_FREE_MIB, rest)
}

/// Fills node 0's file system to the last byte, and empties it again.
pub fn fill(runs: Runs<'_>) -> Result<Summary> {
    on_a_small_disk(runs, SIZE_MIB, 0, starve)
}

fn on_a_small_disk(
    runs: Runs<'_>,
    size_mib: u64,
    min_free_mib: u64,
    act: impl FnOnce(&Town, u64, &Path) -> Result<Summary>,
) -> Result<Summary> {
    let town = Town::laid_out(runs.bullad, 4, PORTS_UP, |now| now)?;
    let (home, data) = (town.network.node_directory(0), town.network.node_data(0));
    let configuration = home.join("bullad.toml");
    let text = fs::read_to_string(&configuration)?;
    fs::write(&configuration, format!("min_free_mib = {min_free_mib}\n{text}"))?;
    let begun = home.join("begun");
    fs::rename(&data, &begun)?;
    fs::create_dir(&data)?;
    let mounted = Mounted::new(&home.join("image"), &data, size_mib)?;
    copy(&begun, &data)?;
    let summary = act(&town, runs.seed, &data);
    // Nobody may be at home when it is taken away.
    for node in town.network.status()?.into_iter().filter(|node| node.pid.is_some()) {
        town.network.kill(node.addresses.node)?;
    }
    drop(mounted);
    summary
}

fn rest(town: &Town, seed: u64, data: &Path) -> Result<Summary> {
    town.start_all()?;
    let load = Load::begin(town, seed, 2)?;
    wait_until(PATIENCE, || (load.acknowledged() > 40).then_some(())).context("the load comes to nothing")?;
    let (ballast, client) = (data.join("ballast"), town.client(0)?);
    // All but what the node may still write before it looks.
    let disk = town.runtime.block_on(client.status())?.disk.context("a node knows how much room it has")?;
    let leave_bytes = (MIN_FREE_MIB / 2) << 20;
    fs::write(&ballast, vec![0xb5; usize::try_from(disk.free_bytes.saturating_sub(leave_bytes))?])?;
    let resting = || matches!(town.told(0).ok()?.mute, Some(Mute::Cramped { .. })).then_some(());
    wait_until(PATIENCE, resting).context("a node with hardly any room does not say so")?;
    let (still, others) = (town.told(0)?.height, town.told(1)?.height);
    ensure!(town.answers_stale(0)?, "a node that rests does not say that its answers are stale");
    wait_until(PATIENCE, || (town.told(1).ok()?.height.0 > others.0 + 20).then_some(())).context("the others wait")?;
    let at = town.told(0)?;
    ensure!(at.height <= still.next() && resting().is_some(), "it goes on without room: {at:?}");
    fs::remove_file(&ballast)?;
    let (above, began) = (town.told(1)?.height, Instant::now());
    let took = town.rejoined(0, above, began)?;
    tell(&format!(
        "it rested from block {still} to {above}, and voted {:.2} s after there was room",
        took.as_secs_f64()
    ));
    town.close(load)
}

fn starve(town: &Town, seed: u64, data: &Path) -> Result<Summary> {
    town.start_all()?;
    let load = Load::begin(town, seed, 2)?;
    wait_until(PATIENCE, || (load.acknowledged() > 40).then_some(())).context("the load comes to nothing")?;
    let ballast = data.join("ballast");
    let mut file = File::create(&ballast)?;
    // A block at a time, until there is none.
    while file.write_all(&[0xb5; 4_096]).is_ok() {}
    let began = Instant::now();
    let ended = wait_until(PATIENCE, || {
        // What the log removes or RocksDB gives back is taken at once.
        let _ = file.write_all(&[0xb5; 4_096]);
        town.network.status().ok()?.first()?.pid.is_none().then(|| began.elapsed())
    });
    let ended = ended.context("a node writes on where there is no space")?;
    let log = fs::read_to_string(town.network.node_log(0))?;
    let words = log.lines().rfind(|line| line.starts_with("bullad: ")).unwrap_or_default().to_owned();
    ensure!(words.contains("No space left on device"), "the node does not say that the disk is full: {words:?}");
    ensure!(words.contains("space"), "{words}");
    tell(&format!("{:.1} s after the disk was full: {words}", ended.as_secs_f64()));
    let before = town.told(1)?.height;
    wait_until(PATIENCE, || (town.told(1).ok()?.height.0 > before.0 + 5).then_some(())).context("the others wait")?;
    drop(file);
    fs::remove_file(&ballast)?;
    let (above, began) = (town.told(1)?.height, Instant::now());
    town.start(0)?;
    let took = town.rejoined(0, above, began)?;
    tell(&format!("with space again it voted after {:.2} s", took.as_secs_f64()));
    town.close(load)
}

/// A file system in a file; it is taken away with this value.
struct Mounted {
    point: PathBuf,
}

impl Mounted {
    fn new(image: &Path, point: &Path, size_mib: u64) -> Result<Mounted> {
        File::create(image)?.set_len(size_mib << 20)?;
        run(Command::new("mkfs.ext4").args(["-q", "-m", "0"]).arg(image))?;
        run(Command::new("mount").args(["-o", "loop"]).arg(image).arg(point))?;
        Ok(Mounted { point: point.to_owned() })
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: what still runs there, after a run that failed, is ended later.
        let _ = run(Command::new("umount").arg("-l").arg(&self.point));
    }
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
