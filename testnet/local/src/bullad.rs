//! How `bullad` is called: `bullad --config FILE VERB`, in the directory of its node.

use crate::plan::CONFIGURATION;
use anyhow::{Context, Result, ensure};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Every variable that begins so overrules a key of the configuration; what the caller was started with is not meant for all
/// nodes at once.
const VARIABLES: &str = "BULLA_";

/// Makes the sign guard of a validator that has never signed. `bullad` refuses to do it twice.
pub(crate) fn init(bullad: &Path, home: &Path) -> Result<()> {
    let mut command = command(bullad, home, "init", inherited());
    let output = command.stdin(Stdio::null()).output().with_context(|| cannot_start(bullad))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "bullad refuses to begin in {}: {}", home.display(), said.trim_end());
    Ok(())
}

/// The command that runs a node. It is in a process group of its own, so that an interrupt at the terminal where this program
/// runs does not reach it.
pub(crate) fn run(bullad: &Path, home: &Path) -> Command {
    let mut command = command(bullad, home, "run", inherited());
    command.stdin(Stdio::null()).process_group(0);
    command
}

/// What is said when the program itself is not there.
pub(crate) fn cannot_start(bullad: &Path) -> String {
    format!("cannot start {}; build it, or name the program", bullad.display())
}

fn inherited() -> impl Iterator<Item = OsString> {
    std::env::vars_os().map(|(name, _)| name)
}

fn command(bullad: &Path, home: &Path, verb: &str, inherited: impl Iterator<Item = OsString>) -> Command {
    let mut command = Command::new(bullad);
    command.arg("--config").arg(home.join(CONFIGURATION)).arg(verb).current_dir(home);
    for name in inherited.filter(|name| name.as_encoded_bytes().starts_with(VARIABLES.as_bytes())) {
        command.env_remove(name);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_gets_its_configuration_and_none_of_the_callers() {
        let inherited = ["HOME", "BULLA_DATA_DIR", "BULLA_LOG__LEVEL"].map(OsString::from);
        let command = command(Path::new("bullad"), Path::new("/net/node-1"), "run", inherited.into_iter());
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["--config", "/net/node-1/bullad.toml", "run"]);
        let changed: Vec<_> = command.get_envs().collect();
        assert_eq!(changed, [("BULLA_DATA_DIR".as_ref(), None), ("BULLA_LOG__LEVEL".as_ref(), None)]);
    }
}
