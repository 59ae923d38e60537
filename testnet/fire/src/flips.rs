//! Bytes of a stopped node's files that change. Each flip is of one random bit in a copy of a data directory, and is one of:
//!
//! * **named**: `bullad fsck` or `bullad run` refuses the directory and says why;
//! * **dead**: `fsck` recomputes everything from genesis and finds every row, at the same height: no answer has changed;
//! * **shorter**: the ledger lost its end, and every row of the rest is right: in the network the node fetches the end again;
//! * **mended**: the node starts, catches up and agrees.
//!
//! A ledger of the same height with a wrong answer, a hang, or an end without a word is a failure. Promises, rows 3 and 4.

use crate::dice::Dice;
use crate::load::Load;
use crate::town::{PATIENCE, Town, fsck, said, wait_until};
use crate::{Runs, tell};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PORTS_UP: u16 = 1_100;

/// So many transactions stand in the ledger that is damaged.
const ACTS: usize = 150;

/// One of so many flips is tried in the running network too; each costs a start.
const STARTED_ONE_OF: u64 = 8;

/// A node that is damaged starts, or says why not, within so long.
const START: Duration = Duration::from_secs(15);

/// How many characters of a refusal are kept.
const WORDS: usize = 110;

/// How often each thing happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Refused by name.
    pub named: u64,
    /// In dead space: no answer changed.
    pub dead: u64,
    /// The end was lost, and nothing else.
    pub shorter: u64,
    /// Started in the network, where it caught up.
    pub mended: u64,
    /// How often each thing was said by those that were refused: the words without their figures.
    pub words: BTreeMap<String, u64>,
}

/// What became of one flip, and in which words.
enum Fate {
    Named(String),
    Dead,
    Shorter,
    Mended,
}

/// Flips so many bits, each in a copy of its own.
pub fn flips(runs: Runs<'_>) -> Result<Tally> {
    let town = Town::up(runs.bullad, PORTS_UP)?;
    let load = Load::begin(&town, runs.seed, 2)?;
    wait_until(PATIENCE, || (load.acknowledged() >= ACTS).then_some(())).context("the load comes to nothing")?;
    let recorded = load.end(&town);
    town.settled(PATIENCE)?;
    town.holds(&recorded)?;
    // Killed, not stopped: what a node that stops in order writes last would be missing from its files.
    town.network.kill(0)?;
    let sound = town.network.node_data(0);
    let kept = sound.with_file_name("kept");
    copy(&sound, &kept)?;
    let truth = look(&town)?;
    let Look::Sound(_) = &truth else { bail!("the directory is damaged before anything was flipped") };
    let mut tally = Tally::default();
    for seed in runs.seed..runs.seed + runs.count {
        restore(&kept, &sound)?;
        let mut dice = Dice(seed);
        let (file, offset) = flip(&sound, &mut dice)?;
        let in_log = file.extension().is_some_and(|extension| extension == "wal") || file.starts_with("wal");
        let place = format!("seed {seed}: {} at {offset}", file.display());
        let mut fate = judge(&truth, look(&town)?).with_context(|| place.clone())?;
        // What `fsck` says of the log, starting must say too, or mend; and what lacks its end must be mended.
        let lost_its_end = matches!(&fate, Fate::Named(words) if words.contains("its end is lost"));
        if in_log || lost_its_end || seed % STARTED_ONE_OF == 0 || matches!(fate, Fate::Shorter) {
            restore(&kept, &sound)?;
            flip(&sound, &mut Dice(seed))?;
            fate = start(&town).with_context(|| place.clone())?;
            ensure!(!lost_its_end || matches!(fate, Fate::Mended), "{place}: what lacks its end is not fetched again");
        }
        match fate {
            Fate::Named(words) => {
                ensure!(words.len() > 20, "{place}: refused without a reason: {words:?}");
                tally.named += 1;
                let figures = |text: char| text.is_ascii_hexdigit() && !text.is_ascii_lowercase();
                *tally.words.entry(words.chars().filter(|text| !figures(*text)).take(WORDS).collect()).or_default() +=
                    1;
            }
            Fate::Dead => tally.dead += 1,
            Fate::Shorter => tally.shorter += 1,
            Fate::Mended => tally.mended += 1,
        }
    }
    tell(&format!("{} flips from seed {}: {tally:#?}", runs.count, runs.seed));
    Ok(tally)
}

/// What `fsck` says of node 0.
enum Look {
    /// All rows are right: what it printed, which names height and state root.
    Sound(String),
    Refused(String),
}

fn look(town: &Town) -> Result<Look> {
    let output = fsck(&town.bullad, &town.network.node_directory(0))?;
    let words = said(&output);
    Ok(match output.status.code() {
        Some(0) => Look::Sound(words),
        Some(1) => Look::Refused(words),
        code => bail!("fsck ended with {code:?}: {words}"),
    })
}

fn judge(truth: &Look, found: Look) -> Result<Fate> {
    match (truth, found) {
        (_, Look::Refused(words)) => Ok(Fate::Named(words)),
        (Look::Sound(truth), Look::Sound(found)) if *truth == found => Ok(Fate::Dead),
        (Look::Sound(truth), Look::Sound(found)) if height(&found)? < height(truth)? => Ok(Fate::Shorter),
        (_, Look::Sound(found)) => bail!("fsck passes what is not the ledger: {found}"),
    }
}

/// "height 12, …".
fn height(words: &str) -> Result<u64> {
    let digits = words.strip_prefix("height ").and_then(|rest| rest.split(',').next());
    Ok(digits.with_context(|| format!("fsck tells no height: {words}"))?.parse()?)
}

/// Starts node 0 among the others: it says why it does not, or it comes to have what they have.
fn start(town: &Town) -> Result<Fate> {
    let log = town.network.node_log(0);
    let before = fs::metadata(&log)?.len();
    let words = || -> Result<String> {
        let log = fs::read(&log)?;
        let new = log.get(usize::try_from(before)?..).unwrap_or_default();
        Ok(String::from_utf8_lossy(new).lines().filter(|line| line.starts_with("bullad: ")).collect())
    };
    town.network.start(0, &town.bullad)?;
    let wanted = town.told(1)?.height;
    let fate = wait_until(START, || {
        if town.network.status().ok()?.first()?.pid.is_none() {
            return Some(words().map(Fate::Named));
        }
        let told = town.told(0).ok()?;
        (told.height >= wanted).then_some(Ok(Fate::Mended))
    });
    let fate = fate.with_context(|| format!("neither started nor ended within {START:?}: {:?}", town.told(0)))??;
    if matches!(fate, Fate::Mended) {
        agrees(town)?;
        town.network.kill(0)?;
    }
    Ok(fate)
}

/// Node 0's last block, which names its state, is the block that node 1 has or comes to have at that height.
fn agrees(town: &Town) -> Result<()> {
    let last = town.runtime.block_on(town.client(0)?.status())?;
    let other = town.client(1)?;
    let block = wait_until(PATIENCE, || town.runtime.block_on(other.block(last.height, 0)).ok().flatten());
    let block = block.with_context(|| format!("nobody else comes to height {}", last.height))?;
    let (found, expected) = (last.header_hash, block.header.hash());
    ensure!(found == expected, "a node serves block {found:?} at height {}, the others {expected:?}", last.height);
    let root = (last.state_root, block.header.light.state_root);
    ensure!(root.0 == root.1, "a node serves another state than the others at height {}: {root:?}", last.height);
    Ok(())
}

/// Changes one bit; tells in which file, below the directory, and where.
fn flip(directory: &Path, dice: &mut Dice) -> Result<(PathBuf, u64)> {
    let mut files = Vec::new();
    for part in ["ledger", "wal"] {
        for entry in fs::read_dir(directory.join(part))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // What RocksDB logs for people, and the file that is locked, hold nothing.
            if entry.metadata()?.len() > 0 && !name.starts_with("LOG") && name != "LOCK" {
                files.push(Path::new(part).join(name));
            }
        }
    }
    files.sort();
    // Half of the flips by file, so that the small ones get theirs; half by byte.
    let sizes: Vec<u64> =
        files.iter().map(|file| Ok(fs::metadata(directory.join(file))?.len())).collect::<Result<_>>()?;
    let file = if dice.below(2) == 0 {
        dice.pick(&files).context("there are files")?
    } else {
        let mut at = dice.below(sizes.iter().sum());
        let found = files.iter().zip(&sizes).find(|(_, size)| match at.checked_sub(**size) {
            Some(left) => {
                at = left;
                false
            }
            None => true,
        });
        found.context("it is below the sum")?.0
    };
    let path = fs::File::options().read(true).write(true).open(directory.join(file))?;
    let offset = dice.below(path.metadata()?.len());
    let mut byte = [0];
    path.read_exact_at(&mut byte, offset)?;
    byte = byte.map(|byte| byte ^ (1 << dice.below(8)));
    path.write_all_at(&byte, offset)?;
    Ok((file.clone(), offset))
}

fn restore(kept: &Path, place: &Path) -> Result<()> {
    fs::remove_dir_all(place)?;
    copy(kept, place)
}

/// A directory with the directories in it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
