//! Keys of records that do not exist, and a dice that falls the same way in every run.

use bulla_verify::hash::Context;
use bulla_verify::tree::StateKey;

/// The key of a record with a number: a licence's area, and a hash.
pub(crate) fn key(number: usize) -> StateKey {
    StateKey::new(AREA, &Context::StateKey.hash(&number.to_le_bytes()))
}

/// The area of licences, in which nearly all records lie.
const AREA: u8 = <bulla_verify::licence::Licence as bulla_verify::record::Record>::AREA;

/// SplitMix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below a limit.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let limit = u64::try_from(limit).expect("a length in memory fits 64 bits");
        usize::try_from((mixed ^ (mixed >> 31)) % limit).expect("it is below the limit")
    }
}
