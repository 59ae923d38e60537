//! What checking one signature costs: the measure of all of Bulla's speeds.

use bulla_verify::hash::Hash;
use bulla_verify::keys::{PublicKey, Signature, SigningKey};
use std::time::Instant;

/// Enough that one batch takes some milliseconds, and few enough that all of it stays in the cache, as votes would.
const BATCH: u8 = 128;

/// Of so many batches the fastest counts: what else the machine does can only make one slower.
const BATCHES: usize = 40;

/// Nanoseconds for one check by the one rule that decides acceptance (`verify_strict`), on one core.
///
/// # Panics
/// If a signature that was just made does not hold.
pub fn check_ns() -> f64 {
    let signed: Vec<_> = (0..BATCH).map(signed).collect();
    let batch = || {
        let began = Instant::now();
        for (key, digest, signature) in &signed {
            key.verify(digest, signature).expect("it was signed with this key");
        }
        began.elapsed().as_secs_f64() * 1e9 / f64::from(BATCH)
    };
    (0..BATCHES).map(|_| batch()).fold(f64::INFINITY, f64::min)
}

fn signed(number: u8) -> (PublicKey, Hash, Signature) {
    let key = SigningKey::from_seed(&[number; 32]);
    let digest = Hash([number ^ 0x55; 32]);
    (key.public(), digest, key.sign(&digest))
}
