//! A file system with no space left: a small ext4 in a file, with one node's data on it, filled to the last byte under load. The
//! node stops and says why, the others go on, and with space again it is back. Promises, row 5.

use crate::flips::copy;
use crate::load::Load;
use crate::town::{PATIENCE, Town, wait_until};
use crate::{Runs, tell};
use anyhow::{Context, Result, ensure};
use bulla_testnet_history::Summary;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const PORTS_UP: u16 = 1_400;

/// The size of the file system, in MiB: RocksDB reserves some for what it is about to write.
const SIZE_MIB: u64 = 128;

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

/// Fills node 0's file system, and empties it again.
pub fn fill(runs: Runs<'_>) -> Result<Summary> {
    let town = Town::laid_out(runs.bullad, 4, PORTS_UP, |now| now)?;
    let (home, data) = (town.network.node_directory(0), town.network.node_data(0));
    let begun = home.join("begun");
    fs::rename(&data, &begun)?;
    fs::create_dir(&data)?;
    let mounted = Mounted::new(&home.join("image"), &data, SIZE_MIB)?;
    copy(&begun, &data)?;
    let summary = starve(&town, runs.seed, &data);
    // Nobody may be at home when it is taken away.
    for node in town.network.status()?.into_iter().filter(|node| node.pid.is_some()) {
        town.network.kill(node.addresses.node)?;
    }
    drop(mounted);
    summary
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
