//! Organisations and their keys: who may act at all.
//!
//! Every organisation is registered by its superior, from the roots in genesis downwards, within the superior's region.
//! A key belongs to one organisation and carries roles. Rule: design D15.

mod officer;
mod review;
mod succession;

pub use officer::{Appointment, Hours, Officer, Pseudonym};
pub use review::{Recorded, ToReview, to_review};
pub use succession::{Compromise, KeyCommitment, Succession};

use crate::chain::Height;
use crate::identifiers::region::{Level, RegionCode};
use crate::identifiers::uscc::Uscc;
use crate::keys::{PublicKey, SignatureError};
use crate::name::Name;
use crate::refusal::refusals;
use crate::roles::{Role, Roles};
use crate::time::Millis;
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
    /// Lets a person's key act under a department's, from the next height. By the department's key itself.
    Appoint(Appointment),
    /// Ends an appointment, from the next height. By the department's key, or whoever may retire that.
    Dismiss {
        /// The officer's key.
        key: PublicKey,
    },
    /// Says, once, which key may follow one. By a registrar of its organisation or of the superior: best in the transaction
    /// that registers the key.
    CommitNext {
        /// The key.
        key: PublicKey,
        /// What the next one hashes to.
        next: KeyCommitment,
    },
    /// Puts the next key in a key's place, with its roles, from the next height; officers under the old key end with it. By
    /// the next key alone.
    Rotate {
        /// The key.
        key: PublicKey,
        /// The key that follows.
        to: PublicKey,
        /// What the one after that hashes to.
        next: Option<KeyCommitment>,
    },
    /// Says that a department's key or an officer's is in wrong hands: it acts no more from the next height. By the key itself,
    /// or a registrar of its organisation or of the superior.
    ReportCompromise {
        /// The key.
        key: PublicKey,
        /// Since when.
        since: Millis,
    },
}

impl Act {
    /// The records that it changes at most.
    pub fn cost(&self) -> u32 {
        match self {
            Act::Register { .. }
            | Act::RegisterKey { .. }
            | Act::RetireKey { .. }
            | Act::Appoint(_)
            | Act::Dismiss { .. }
            | Act::CommitNext { .. } => 1,
            // The key and what is said of it.
            Act::ReportCompromise { .. } => 2,
            // Both keys, and what may follow each.
            Act::Rotate { .. } => 4,
        }
    }
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
        /// Usual cause: signed by another key of the department, or by one that is retired.
        312 NotByKey {
            /// The department's key.
            under: PublicKey,
        } = "{under} did not sign or acts no more: it alone appoints officers under it", "sign with that key";
        /// An officer never exceeds its department's key, and makes no keys and bodies.
        313 BeyondKey = "an officer has roles of its department's key alone, and never that of registrar", "name fewer roles";
        /// Usual cause: a time of day after midnight, or hours that are over when they begin.
        314 NoSuchHours {
            /// The first minute of the day.
            from: u16,
            /// The minute at which they are over.
            until: u16,
        } = "there are no hours from minute {from} to minute {until} of a day", "give two different minutes, from 0 to 1440";
        /// Usual cause: a date in the past.
        315 ExpiredAlready {
            /// When it would be over.
            expires_at: Millis,
            /// The block time.
            now: Millis,
        } = "the appointment would be over at {expires_at}, block time is {now}", "give a later end";
        /// Usual cause: a mistyped key, or a department's key where an officer's must stand.
        316 NoOfficer {
            /// The key.
            key: PublicKey,
        } = "{key} is no officer's", "check the key";
        /// What may follow is said once: else a thief could say it anew.
        317 NextCommitted {
            /// The key.
            key: PublicKey,
        } = "which key follows {key} is committed to already", "rotate to that key";
        /// Usual cause: the key was registered without a next one.
        318 NoneCommitted {
            /// The key.
            key: PublicKey,
        } = "no key was committed to that may follow {key}", "retire it, and have a new key registered";
        /// Usual cause: another of the keys that were made for later.
        319 NotTheNext {
            /// The key that was to follow.
            to: PublicKey,
        } = "{to} is not the key that was committed to, or did not sign", "sign with the key that was committed to";
        /// Usual cause: a wrong date.
        320 SinceInFuture {
            /// Since when.
            since: Millis,
            /// The block time.
            now: Millis,
        } = "{since} is after block time, which is {now}", "give an instant in the past";
        /// What is to be reviewed grows and never shrinks.
        321 SinceLater {
            /// Since when it is known to be in wrong hands.
            known: Millis,
        } = "the key is known to be in wrong hands since {known}", "give an earlier instant, or nothing";
    }
}
