//! How long to wait before a peer is dialled again: doubled with each failure, bounded, and without chance, so that a test and
//! an operator can foretell it.

use super::{Limits, PeerId};
use std::time::Duration;

/// How much later than the first peer on the list the next one is dialled, so that a start is no burst.
const PLACE: Duration = Duration::from_millis(5);

/// The wait after so many failures in a row.
pub(super) fn wait(failures: u32, limits: &Limits) -> Duration {
    let doubled = 2u32.saturating_pow(failures.saturating_sub(1));
    limits.redial_first.saturating_mul(doubled).min(limits.redial_most)
}

/// What is added to every wait for this peer. Of two peers that lost each other, the one with the greater identity dials
/// half a first wait later, and usually finds itself dialled.
pub(super) fn stagger(own: PeerId, peer: PeerId, place: u32, limits: &Limits) -> Duration {
    let later = if own > peer { limits.redial_first / 2 } else { Duration::ZERO };
    later.saturating_add(PLACE.saturating_mul(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_bound() {
        let limits = Limits::default();
        let waits: Vec<_> = (1..8).map(|failures| wait(failures, &limits).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 2_000, 2_000]);
        assert_eq!(wait(u32::MAX, &limits), limits.redial_most);
    }

    #[test]
    fn two_peers_do_not_dial_each_other_at_one_instant() {
        let (a, b) = (crate::network::peer_id_of(&[1; 32]), crate::network::peer_id_of(&[2; 32]));
        let limits = Limits::default();
        let apart = stagger(a, b, 0, &limits).abs_diff(stagger(b, a, 0, &limits));
        assert_eq!(apart, limits.redial_first / 2);
    }
}
