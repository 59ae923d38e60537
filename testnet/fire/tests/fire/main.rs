//! The short form of every part. One binary, and one network at a time: on a machine of two cores eight validators would measure
//! each other and not what is tested.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod disks;
mod flips;
mod kills;
mod silence;

use bulla_testnet_fire::Runs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

static ALONE: Mutex<()> = Mutex::new(());

/// The daemon's program, and nobody else beside.
struct Range {
    bullad: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

impl Range {
    fn alone() -> Range {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let bullad = Path::new(env!("CARGO_BIN_EXE_bulla-fire")).with_file_name("bullad");
        assert!(bullad.exists(), "{} is not built; `make test` builds it", bullad.display());
        Range { bullad, _alone: alone }
    }

    fn runs(&self, count: u64) -> Runs<'_> {
        Runs { bullad: &self.bullad, seed: 1, count }
    }
}

/// Says something that is to be read even if the test passes.
fn tell(line: &str) {
    use std::io::Write;
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}
