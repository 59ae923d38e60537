//! Organisations and their keys: who may act at all.
//!
//! Every organisation is registered by its superior, from the roots in genesis downwards, within the superior's region.
//! A key belongs to one organisation and carries roles. Rule: design D15.

use crate::chain::Height;
use crate::identifiers::region::{Level, RegionCode};
use crate::identifiers::uscc::Uscc;
use crate::keys::{PublicKey, SignatureError};
use crate::name::Name;
use crate::refusal::refusals;
use crate::roles::{Role, Roles};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The most bodies in a line from a root down: four levels of government, and room for the offices within each.
pub const MAX_LEVELS: usize = 16;

/// A government body.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Organisation {
    /// Its unified social credit code.
    pub uscc: Uscc,
    /// Its official name.
    pub name: Name,
    /// Its level of government.
    pub level: Level,
    /// The region in which it may act.
    pub region: RegionCode,
    /// Its superior; none for the roots in genesis.
    pub parent: Option<Uscc>,
}

/// A key and what it may do. It is active from `from` until `until`, exclusive.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct KeyGrant {
    /// The key.
    pub key: PublicKey,
    /// Whose it is.
    pub organisation: Uscc,
    /// What it may do.
    pub roles: Roles,
    /// The first height at which it may act.
    pub from: Height,
    /// The first height at which it may act no more, once it is retired.
    pub until: Option<Height>,
}

impl KeyGrant {
    /// Whether the key may act at a height.
    pub fn is_active(&self, height: Height) -> bool {
        self.from <= height && self.until.is_none_or(|until| height < until)
    }
}

/// An act on organisations and keys.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Act {
    /// A superior registers an organisation beneath it. By a registrar of the parent.
    Register {
        /// The new organisation; its parent is the one that acts.
        uscc: Uscc,
        /// Its official name.
        name: Name,
        /// Its level: not above the parent's.
        level: Level,
        /// Its region: within the parent's.
        region: RegionCode,
        /// The organisation that registers it.
        parent: Uscc,
    },
    /// Gives an organisation a key, from the next height. By a registrar of the organisation or of its superior.
    RegisterKey {
        /// Whose key it will be.
        organisation: Uscc,
        /// The key.
        key: PublicKey,
        /// What it may do.
        roles: Roles,
    },
    /// Takes a key away, from the next height. By a registrar of its organisation or of the superior.
    RetireKey {
        /// The key.
        key: PublicKey,
    },
}

refusals! {
    /// Why an act on an organisation or key is refused, in the order checked.
    pub enum Refusal {
        /// Usual cause: a mistyped code, or a superior that is not registered yet.
        301 NoOrganisation {
            /// The code.
            uscc: Uscc,
        } = "organisation {uscc} is not registered", "register it first, by its superior";
        /// Usual cause: a mistyped key.
        308 NoKey {
            /// The key.
            key: PublicKey,
        } = "{key} is not registered", "check the key";
        /// No signer has the role for this organisation.
        302 Role {
            /// The role that is needed.
            role: Role,
            /// The organisation for which it is needed.
            organisation: Uscc,
        } = "no signer is an active {role} of {organisation} or of a body above it that may act for it",
            "sign with a key that has the role, or have the role granted";
        /// Usual cause: registered twice.
        303 OrganisationExists {
            /// The code.
            uscc: Uscc,
        } = "organisation {uscc} is registered already", "nothing, or check the code";
        /// A body cannot create one above itself.
        304 LevelAbove {
            /// The level asked for.
            found: Level,
            /// The superior's level.
            parent: Level,
        } = "level {found} is above the superior's level {parent}", "have it registered by a body of that level";
        /// Usual cause: the wrong region code.
        305 RegionOutside {
            /// The region asked for.
            found: RegionCode,
            /// The superior's region.
            parent: RegionCode,
        } = "region {found} is not within the superior's region {parent}", "have it registered by a body whose region contains it";
        /// A body so deep would be out of its roots' reach: authority is looked for over [`MAX_LEVELS`] bodies.
        311 TooDeep = "the superior is the last of {MAX_LEVELS} levels already", "register it beneath a higher body";
        /// A weak key would accept signatures that nobody made.
        306 WeakKey {
            /// Why.
            reason: SignatureError,
        } = "{reason}", "make a new key";
        /// A key belongs to one organisation, once and for ever.
        307 KeyExists {
            /// The key.
            key: PublicKey,
        } = "{key} is or was registered already", "make a new key";
        /// Usual cause: retired twice.
        309 KeyRetired {
            /// The key.
            key: PublicKey,
        } = "{key} is retired already", "nothing";
        /// Nobody could ever act for the organisation again.
        310 NoRole = "a key needs at least one role", "name a role";
    }
}
