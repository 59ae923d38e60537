//! What stands beside a key's grant: the key that may follow it, and since when it is in wrong hands.
//!
//! The next key is made with the present one and kept apart; only its hash is known. So whoever steals a key cannot
//! rotate it, and its owner can although the thief has it too. Rule: `docs/decisions/0025`.

use crate::chain::Height;
use crate::hash::{Context, Hash};
use crate::keys::PublicKey;
use crate::time::Millis;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// The hash of a key that nobody has seen yet. A key is random: its hash needs no salt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct KeyCommitment(pub Hash);

impl KeyCommitment {
    /// The commitment to a key.
    pub fn to(key: &PublicKey) -> KeyCommitment {
        KeyCommitment(Context::NextKey.hash_of(key))
    }
}

/// Which key may follow one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Succession {
    /// What the next key must hash to. Said once.
    pub commitment: KeyCommitment,
    /// The key that followed, once one has.
    pub followed_by: Option<PublicKey>,
}

/// That a key came into wrong hands. It acts no more; what it did since is to be reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Compromise {
    /// Since when. It may be found to have been earlier, never later.
    pub since: Millis,
    /// The block that first said so: the key has signed nothing that took effect after it.
    pub reported_at: Height,
    /// Whether it was retired or dismissed before that: then no key follows it.
    pub ended_before: bool,
}
