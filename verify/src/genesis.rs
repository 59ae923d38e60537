//! The genesis document: what everyone must hold to trust anything, and the only thing a citizen needs besides a proof.

use crate::chain::ChainId;
use crate::hash::Context;
use crate::name::Name;
use crate::organisation::{KeyGrant, Organisation};
use crate::parameters::{OutOfRange, Parameters};
use crate::time::Millis;
use crate::validators::ValidatorSet;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The form of the genesis document that this code knows.
pub const VERSION: u8 = 1;

/// The beginning of a chain. Its hash is the chain's id.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The form of this document.
    pub version: u8,
    /// The chain's name, for people.
    pub name: Name,
    /// The time before the first block.
    pub time: Millis,
    /// The numbers that all validators share.
    pub parameters: Parameters,
    /// The root organisations: those with no superior.
    pub organisations: Vec<Organisation>,
    /// Their first keys.
    pub keys: Vec<KeyGrant>,
    /// The validators of the first height.
    pub validators: ValidatorSet,
}

/// Why a genesis document is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Made by a later program.
    #[error("genesis version {found}, this program knows {VERSION}")]
    Version {
        /// The version found.
        found: u8,
    },
    /// A number is out of range.
    #[error(transparent)]
    Parameters(#[from] OutOfRange),
    /// Only roots stand in genesis; the others are registered by their superiors.
    #[error("there must be organisations, all roots, in strictly ascending order of their codes")]
    Organisations,
    /// Every root needs a registrar, or nobody can ever act for it.
    #[error(
        "keys must be sound, in strictly ascending order, from height 0, and belong to a root; every root needs a registrar"
    )]
    Keys,
}

impl Genesis {
    /// The id of the chain that begins so.
    pub fn chain(&self) -> ChainId {
        ChainId(Context::Genesis.hash_of(self))
    }

    /// Refuses a document from which no chain could live.
    pub fn check(&self) -> Result<(), GenesisError> {
        if self.version != VERSION {
            return Err(GenesisError::Version { found: self.version });
        }
        self.parameters.check()?;
        let roots = &self.organisations;
        let ascending = roots.is_sorted_by(|a, b| a.uscc < b.uscc);
        if roots.is_empty() || !ascending || roots.iter().any(|root| root.parent.is_some()) {
            return Err(GenesisError::Organisations);
        }
        let sound = self.keys.iter().all(|grant| {
            let owned = roots.iter().any(|root| root.uscc == grant.organisation);
            owned && grant.key.check_strength().is_ok() && grant.from.0 == 0 && grant.until.is_none()
        });
        let registrar = |root: &Organisation| {
            let role = crate::roles::Role::Registrar;
            self.keys.iter().any(|grant| grant.organisation == root.uscc && grant.roles.contains(role))
        };
        if !sound || !self.keys.is_sorted_by(|a, b| a.key < b.key) || !roots.iter().all(registrar) {
            return Err(GenesisError::Keys);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
