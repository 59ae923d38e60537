//! Where each kind of record stands in the state: key = area byte ‖ hash of its name.
//!
//! Areas begin with different bits, so that a large one is reached in one step or two and not through all the others: `1…`
//! licences; `01…` kept for areas that will grow as large; `00…` all that is small.

use crate::canonical;
use crate::catalogue::{Competence, LicenceType};
use crate::governance::{Followers, FormerValidator, Validators};
use crate::hash::{Context, Hash};
use crate::identifiers::licence_id::{LicenceBase, LicenceId, LicenceTypeCode};
use crate::identifiers::uscc::Uscc;
use crate::keys::PublicKey;
use crate::licence::Licence;
use crate::list::Head;
use crate::organisation::{KeyGrant, Organisation};
use crate::parameters::Parameters;
use crate::tree::StateKey;
use borsh::{BorshDeserialize, BorshSerialize};

/// The most bytes that the canonical form of any one record may have: 64 validators, each of them marked, take 6.4 kB.
pub const MAX_RECORD_BYTES: usize = 8_192;

/// A kind of record in the state.
pub trait Record: BorshSerialize + BorshDeserialize {
    /// The first byte of its keys. Never used for another kind.
    const AREA: u8;
    /// What names one record of this kind.
    type Name: BorshSerialize;

    /// The key of the record with a name.
    fn key(name: &Self::Name) -> StateKey {
        StateKey::new(Self::AREA, &Context::StateKey.hash_of(name))
    }
}

impl Record for Parameters {
    const AREA: u8 = 1;
    type Name = ();
}

impl Record for Organisation {
    const AREA: u8 = 2;
    type Name = Uscc;
}

impl Record for KeyGrant {
    const AREA: u8 = 3;
    type Name = PublicKey;
}

impl Record for LicenceType {
    const AREA: u8 = 4;
    type Name = LicenceTypeCode;
}

impl Record for Competence {
    const AREA: u8 = 5;
    type Name = (LicenceTypeCode, Uscc);
}

impl Record for Licence {
    const AREA: u8 = 0x80;
    type Name = LicenceBase;
}

/// Which licence a holder of a single-holding type has: the only one that can be live.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Holding {
    /// The licence.
    pub licence: LicenceBase,
}

impl Record for Holding {
    const AREA: u8 = 7;
    /// With the type, so that no issuer of another type can occupy a holding by copying its hash.
    type Name = (LicenceTypeCode, Hash);
}

/// What an organisation has spent on refused operations in the hour that it last spent any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RefusalBudget {
    /// The hour: block time in milliseconds divided by 3,600,000.
    pub hour: i64,
    /// Operations of it that took no effect: refused, or dropped because another was.
    pub spent: u32,
}

impl Record for RefusalBudget {
    const AREA: u8 = 8;
    type Name = Uscc;
}

impl Record for Validators {
    const AREA: u8 = 9;
    type Name = ();
}

impl Record for Followers {
    const AREA: u8 = 10;
    type Name = ();
}

impl Record for FormerValidator {
    const AREA: u8 = 11;
    type Name = PublicKey;
}

/// The head of the list that belongs to a record, which stands under the record's own key; none if there is none. A value
/// that is no record of its key's area has none either.
pub fn list_head(key: &StateKey, value: &[u8]) -> Option<Head> {
    let StateKey([area, ..]) = key;
    if *area != Licence::AREA {
        return None;
    }
    canonical::decode(value, MAX_RECORD_BYTES).ok().map(|licence: Licence| licence.history)
}

/// The list of all acts on one licence.
pub fn history_of(licence: &LicenceId) -> StateKey {
    Licence::key(&licence.base())
}
