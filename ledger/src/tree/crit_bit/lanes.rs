//! Many hashes of one kind at once, in the lanes of the processor's vectors.
//!
//! BLAKE3 has functions that hash 16 inputs under one key in little more than the time of one, and keeps them out of its public
//! interface. They are named in this file alone, and a test holds them against the functions of `bulla_verify`. If a release of
//! `blake3` takes them away, [`Kind::hash`] becomes a loop over those, three times slower and otherwise the same.

use blake3::IncrementCounter;
use blake3::platform::{Platform, words_from_le_bytes_32};
use bulla_verify::hash::{Context, Hash};
use bulla_verify::tree::inner_key;

/// What of 64 bytes is hashed.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Leaves: key ‖ value hash.
    Leaf,
    /// Inner nodes of one bit: left hash ‖ right hash.
    Inner(u8),
}

/// The most that the widest vectors hold.
const LANES: usize = 16;

// The flags of a compression, by the BLAKE3 paper, table 3.
const CHUNK_START: u8 = 1 << 0;
const CHUNK_END: u8 = 1 << 1;
const ROOT: u8 = 1 << 3;
const KEYED_HASH: u8 = 1 << 4;
const DERIVE_KEY_MATERIAL: u8 = 1 << 6;

impl Kind {
    /// Appends the hash of each input, in their order.
    pub(super) fn hash(self, inputs: &[[u8; 64]], hashes: &mut Vec<Hash>) {
        let (key, mode) = match self {
            Kind::Leaf => (*Context::StateLeaf.key(), DERIVE_KEY_MATERIAL),
            Kind::Inner(bit) => (inner_key(bit), KEYED_HASH),
        };
        let (key, platform) = (words_from_le_bytes_32(&key), Platform::detect());
        for inputs in inputs.chunks(LANES) {
            let mut some = [&[0; 64]; LANES];
            some.iter_mut().zip(inputs).for_each(|(place, input)| *place = input);
            let some = some.get(..inputs.len()).expect("chunks are no longer than asked for");
            let mut out = [0; 32 * LANES];
            // Each input is one block, which begins and ends a chunk that is the root of its own hash.
            platform.hash_many(some, &key, 0, IncrementCounter::No, mode, CHUNK_START, CHUNK_END | ROOT, &mut out);
            let (out, _) = out.as_chunks::<32>();
            hashes.extend(out.iter().take(inputs.len()).map(|hash| Hash(*hash)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_verify::tree::{Leaf, StateKey, inner_hash};

    #[test]
    fn lanes_give_what_one_at_a_time_gives() {
        let half = |at: u8, side: u8| *Context::StateValue.hash(&[at, side]).0.as_array::<32>().unwrap();
        for count in 0..40 {
            let halves: Vec<_> = (0..count).map(|at| (half(at, 0), half(at, 1))).collect();
            let inputs: Vec<_> = halves.iter().map(|(one, other)| super::super::arena::join(one, other)).collect();
            let all = |kind: Kind| {
                let mut hashes = Vec::new();
                kind.hash(&inputs, &mut hashes);
                hashes
            };
            let leaf = |(key, value): &([u8; 32], _)| Leaf { key: StateKey(*key), value_hash: Hash(*value) }.hash();
            assert_eq!(all(Kind::Leaf), halves.iter().map(leaf).collect::<Vec<_>>());
            for bit in [0, 1, 77, 255] {
                let inner = |(left, right): &(_, _)| inner_hash(bit, &Hash(*left), &Hash(*right));
                assert_eq!(all(Kind::Inner(bit)), halves.iter().map(inner).collect::<Vec<_>>());
            }
        }
    }
}
