//! What the daemon writes about itself: lines on standard error, as text or as JSON.
//!
//! Names and keys of bodies are written, contents and holders never: what a log holds, many people read.

use crate::config::{Format, Log};
use tracing_subscriber::EnvFilter;

/// Begins to write. The level is the configuration's; `RUST_LOG` overrides it.
pub fn start(log: &Log) {
    let level = EnvFilter::new(format!("warn,bulla_node={}", log.level));
    let filter = EnvFilter::try_from_default_env().unwrap_or(level);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match log.format {
        Format::Text => lines.with_ansi(false).init(),
        Format::Json => lines.json().init(),
    }
}
