//! The words of the chain: its id, heights, rounds.

use crate::hash::Hash;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
            Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// The number of a block. Genesis is height 0 and has no block; the first block is height 1.
    Height(u64)
}

number! {
    /// The number of an attempt to decide one height, from 0.
    Round(u32)
}

impl Height {
    /// The height after this one.
    #[must_use]
    pub fn next(self) -> Height {
        Height(self.0.saturating_add(1))
    }

    /// The height before this one, if this is not genesis.
    pub fn previous(self) -> Option<Height> {
        self.0.checked_sub(1).map(Height)
    }
}

macro_rules! hash_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize,
            Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Hash);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl core::str::FromStr for $name {
            type Err = hex::FromHexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map($name)
            }
        }
    };
}

hash_name! {
    /// Which chain: the hash of its genesis document.
    ChainId
}
hash_name! {
    /// A transaction body, for replay protection.
    TxId
}
hash_name! {
    /// A transaction body together with its signatures: what proposals, block leaves and verdicts name.
    EnvelopeHash
}
hash_name! {
    /// A block, by its header: the value that consensus decides.
    HeaderHash
}
