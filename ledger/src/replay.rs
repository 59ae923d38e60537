//! The replay window: the ids of executed transactions that have not expired, so that none is executed twice.
//!
//! An id is forgotten when block time reaches its transaction's expiry: from then on the transaction is stale anyway. No
//! transaction may expire later than the window's length after the block that it is in, so memory is bounded by the length
//! of the window times what fits into blocks in that time: about 100 bytes an id. Rule: design D7.

use bulla_verify::chain::{Height, TxId};
use bulla_verify::planted::{self, Bug};
use bulla_verify::time::Millis;
use std::collections::BTreeMap;

/// By how much [`Bug::PruneTooEarly`] is early: more than the life of any transaction.
const PLANTED_EARLY_MS: i64 = 3_600_000;

/// The ids that may not come again yet.
#[derive(Debug, Default)]
pub(crate) struct Window {
    ids: BTreeMap<(Millis, TxId), Height>,
}

impl Window {
    /// Adds a transaction that was executed.
    pub(crate) fn add(&mut self, expires_at: Millis, id: TxId, height: Height) {
        self.ids.insert((expires_at, id), height);
    }

    /// Whether a transaction was executed at or before a height. Which blocks came after it makes no difference, unless
    /// they are later than the transaction's expiry.
    pub(crate) fn contains(&self, expires_at: Millis, id: TxId, up_to: Height) -> bool {
        self.ids.get(&(expires_at, id)).is_some_and(|height| *height <= up_to)
    }

    /// Forgets what has expired at an instant.
    pub(crate) fn forget(&mut self, now: Millis) {
        let now = if planted::on(Bug::PruneTooEarly) { now.plus(PLANTED_EARLY_MS) } else { now };
        self.ids = self.ids.split_off(&(now.plus(1), TxId::default()));
    }

    /// Whether anything has expired at an instant.
    pub(crate) fn has_expired(&self, now: Millis) -> bool {
        self.ids.first_key_value().is_some_and(|((expires_at, _), _)| *expires_at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_verify::hash::Hash;

    #[test]
    fn an_id_is_kept_until_its_expiry_and_counts_from_its_height_on() {
        let [one, other] = [1, 2].map(|byte| TxId(Hash([byte; 32])));
        let mut window = Window::default();
        window.add(Millis(10), one, Height(5));
        window.add(Millis(11), other, Height(6));
        assert!(window.contains(Millis(10), one, Height(5)));
        assert!(!window.contains(Millis(10), one, Height(4)), "as a validator still at height 4 sees it");
        assert!(!window.contains(Millis(11), one, Height(9)));

        assert!(!window.has_expired(Millis(9)));
        window.forget(Millis(9));
        assert!(window.has_expired(Millis(10)) && window.contains(Millis(10), one, Height(5)));
        window.forget(Millis(10));
        assert!(!window.contains(Millis(10), one, Height(5)));
        assert!(window.contains(Millis(11), other, Height(6)));
        assert_eq!(window.ids.len(), 1);
    }
}
