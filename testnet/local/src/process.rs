//! One process, remembered by its number and the moment it started, so that it is never mistaken for a later one that was
//! given the same number.

use anyhow::{Context, Result, anyhow};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, pidfd_open, pidfd_send_signal, waitpid};
use std::fs;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

/// A process that was alive when it was looked for.
#[derive(Debug)]
pub(crate) struct Process {
    pid: Pid,
    // Stays with this very process, whoever gets its number later.
    handle: OwnedFd,
}

impl Process {
    /// Writes down a process that was just started.
    pub(crate) fn remember(child: &Child, file: &Path) -> Result<()> {
        let started = started(child.id()).with_context(|| format!("process {} has no entry in /proc", child.id()))?;
        fs::write(file, format!("{} {started}\n", child.id()))
            .with_context(|| format!("cannot write {}", file.display()))
    }

    /// The process that was written down, if it is alive.
    pub(crate) fn recall(file: &Path) -> Result<Option<Process>> {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(fault) => return Err(fault).with_context(|| format!("cannot read {}", file.display())),
        };
        let damaged = || anyhow!("{} names no process; remove it once you know that none runs", file.display());
        let (number, remembered) = text.trim_end().split_once(' ').ok_or_else(damaged)?;
        let number: u32 = number.parse().map_err(|_| damaged())?;
        let remembered: u64 = remembered.parse().map_err(|_| damaged())?;
        let pid = i32::try_from(number).ok().and_then(Pid::from_raw).ok_or_else(damaged)?;
        let handle = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(handle) => handle,
            Err(Errno::SRCH) => return Ok(None),
            Err(fault) => return Err(fault).context("cannot take hold of a process"),
        };
        // Looked at after the handle is held: while it is this process, it is the one that the handle holds.
        let process = Process { pid, handle };
        let same = started(number) == Some(remembered);
        Ok(if same && !process.ends_within(Duration::ZERO)? { Some(process) } else { None })
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.pid.as_raw_pid().unsigned_abs()
    }

    /// Sends it a signal; one that is gone already is no error.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        match pidfd_send_signal(&self.handle, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(fault) => Err(fault).with_context(|| format!("cannot signal process {}", self.pid())),
        }
    }

    /// Waits until it is gone, for so long at most; says whether it is.
    pub(crate) fn ends_within(&self, patience: Duration) -> Result<bool> {
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).context("so long a wait has no end")?;
            let mut ends = [PollFd::new(&self.handle, PollFlags::IN)];
            match poll(&mut ends, Some(&left)) {
                Ok(0) => return Ok(false),
                Ok(_) => break,
                Err(Errno::INTR) => {}
                Err(fault) => return Err(fault).context("cannot wait for a process"),
            }
        }
        // If this program started it, the system keeps its remains until they are asked for; if not, there is nothing to ask.
        let _ = waitpid(Some(self.pid), WaitOptions::NOHANG);
        Ok(true)
    }
}

/// When a process started, in clock ticks since the machine did: the 22nd field of its line, of which the second, its name
/// in parentheses, may itself contain spaces and parentheses.
fn started(pid: u32) -> Option<u64> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = line.rsplit_once(')')?;
    after_name.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn sleeper() -> Child {
        Command::new("sleep").arg("600").spawn().unwrap()
    }

    #[test]
    #[expect(clippy::zombie_processes, reason = "what is tested waits for it")]
    fn a_process_is_found_again_until_it_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pid");
        assert!(Process::recall(&file).unwrap().is_none());
        let child = sleeper();
        Process::remember(&child, &file).unwrap();
        let process = Process::recall(&file).unwrap().unwrap();
        assert_eq!(process.pid(), child.id());
        assert!(!process.ends_within(Duration::ZERO).unwrap());
        process.signal(Signal::KILL).unwrap();
        assert!(process.ends_within(Duration::from_secs(60)).unwrap());
        assert!(Process::recall(&file).unwrap().is_none());
        process.signal(Signal::KILL).unwrap();
    }

    /// What a file says after its process died and the number went to another one.
    #[test]
    fn another_process_with_the_number_is_not_taken_for_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pid");
        let mut other = sleeper();
        let started = started(other.id()).unwrap();
        fs::write(&file, format!("{} {}\n", other.id(), started - 1)).unwrap();
        assert!(Process::recall(&file).unwrap().is_none());
        fs::write(&file, format!("{} {started}\n", other.id())).unwrap();
        assert!(Process::recall(&file).unwrap().is_some());
        other.kill().unwrap();
        other.wait().unwrap();
    }

    #[test]
    fn a_damaged_file_is_an_error_and_no_process() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pid");
        for text in ["", "12", "x 1", "1 x", "0 1", "4294967295 1"] {
            fs::write(&file, text).unwrap();
            assert!(Process::recall(&file).unwrap_err().to_string().contains("names no process"), "{text:?}");
        }
    }
}
