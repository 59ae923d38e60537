//! What processes consume, as the system counts it.

use anyhow::{Context, Result};
use rustix::param::clock_ticks_per_second;
use std::fs;

/// What processes have consumed since they began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Consumed {
    pub(crate) cpu_s: f64,
    pub(crate) written_bytes: f64,
}

impl Consumed {
    /// What a process has consumed, by its number; `self` is this one.
    pub(crate) fn by(process: &str) -> Result<Consumed> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        // After the name, which may hold anything, the 12th and 13th field are the ticks of user and system.
        let (_, fields) = stat.rsplit_once(") ").context("/proc/PID/stat has a name")?;
        let ticks: Vec<f64> = fields.split(' ').skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        let written = field(process, "io", "write_bytes:")?;
        Ok(Consumed {
            cpu_s: ticks.iter().sum::<f64>() / f64::from(u32::try_from(clock_ticks_per_second())?),
            written_bytes: written,
        })
    }

    pub(crate) fn and(self, other: Consumed) -> Consumed {
        let Consumed { cpu_s, written_bytes } = other;
        Consumed { cpu_s: self.cpu_s + cpu_s, written_bytes: self.written_bytes + written_bytes }
    }

    pub(crate) fn since(self, before: Consumed) -> Consumed {
        Consumed { cpu_s: self.cpu_s - before.cpu_s, written_bytes: self.written_bytes - before.written_bytes }
    }
}

/// What this thread has used of the processor.
pub(crate) fn thread_cpu_us() -> f64 {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").expect("this is Linux");
    let ns: f64 = stat.split(' ').next().and_then(|ns| ns.parse().ok()).expect("it begins with nanoseconds");
    ns / 1e3
}

/// What a process holds of the machine's memory, in MiB, its program included.
pub(crate) fn memory_mib(process: &str) -> Result<f64> {
    Ok(field(process, "status", "VmRSS:")? / 1024.0)
}

/// The number behind a name in one of a process's files.
fn field(process: &str, file: &str, name: &str) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/{file}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name} in {file}"))?;
    let number = line.split_whitespace().next().with_context(|| format!("nothing behind {name}"))?;
    Ok(number.parse()?)
}
