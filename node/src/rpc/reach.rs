//! Questions that wait for a height: whoever was told by any node that something is final in a block is answered from a state that
//! holds that block, or not at all.
//!
//! A wait looks at nothing again and again: it sleeps until a commit wakes it. It ends with the caller's deadline, with
//! [`MAX_BEHIND`], with the node, and with the caller.

use super::Rpc;
use bulla_proto::{AT_LEAST, HEIGHT, MAX_BEHIND};
use bulla_verify::chain::Height;
use std::time::Duration;
use tokio::time::sleep;
use tonic::Status;
use tonic::metadata::{MetadataMap, MetadataValue};

/// Where a call says how long its caller is patient. Source: gRPC over HTTP/2, "Timeout".
const TIMEOUT: &str = "grpc-timeout";

impl Rpc {
    /// Returns once the ledger has a block, or refuses.
    pub(super) async fn reach(&self, at_least: Option<u64>, within: Duration) -> Result<(), Status> {
        let Some(at_least) = at_least.map(Height) else { return Ok(()) };
        let mut commits = self.commits.clone();
        tokio::select! {
            biased;
            reached = commits.wait_for(|height| *height >= at_least) => match reached {
                Ok(_) => Ok(()),
                Err(_) => Err(Status::unavailable("the node is stopping; ask another")),
            },
            () = self.stopped() => Err(Status::unavailable("the node is stopping; ask another")),
            () = sleep(within) => Err(behind(*self.commits.borrow(), at_least)),
        }
    }
}

/// How long a call may wait for a height. A tenth of the caller's patience is left for the answer itself.
pub(super) fn patience(metadata: &MetadataMap) -> Duration {
    let told = metadata.get(TIMEOUT).and_then(|text| duration(text.to_str().ok()?));
    told.map_or(MAX_BEHIND, |told| (told / 10 * 9).min(MAX_BEHIND))
}

/// A timeout of gRPC: at most eight digits and a unit.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok().filter(|_| number.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3_600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

fn behind(height: Height, at_least: Height) -> Status {
    let text = format!("this node has block {height}, and block {at_least} was asked for; ask again, or another node");
    let mut status = Status::unavailable(text);
    status.metadata_mut().insert(HEIGHT, MetadataValue::from(height.0));
    status.metadata_mut().insert(AT_LEAST, MetadataValue::from(at_least.0));
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patient(text: &str) -> Duration {
        let mut metadata = MetadataMap::new();
        metadata.insert(TIMEOUT, text.parse().unwrap());
        patience(&metadata)
    }

    #[test]
    fn a_caller_is_answered_before_it_gives_up_and_nobody_waits_for_ever() {
        assert_eq!(patience(&MetadataMap::new()), MAX_BEHIND);
        for (text, expected_ms) in [("1S", 900), ("300m", 270), ("300000u", 270), ("2M", 5_000), ("99999999H", 5_000)] {
            assert_eq!(patient(text), Duration::from_millis(expected_ms), "{text}");
        }
        for text in ["", "S", "1", "-1S", "1x", "999999999S", "é"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
