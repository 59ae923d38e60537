//! Who holds a licence, as the ledger knows it: never by name, never by handle, but by commitments to a handle.
//!
//! A handle is 32 random bytes that an identity authority gave a subject. On the ledger it stands where something is recorded
//! *of* a subject (`crate::subject`), never beside a licence. Rule: design D11.

use crate::hash::{Context, Hash};
use crate::identifiers::licence_id::{LicenceBase, LicenceTypeCode};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// A subject's handle. Not printed by `Debug`, so that it gets into no log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Handle(pub [u8; 32]);

impl Handle {
    /// The commitment that a licence bears: only who knows handle and salt can tell that two licences are of one holder.
    pub fn commitment(&self, salt: &[u8; 32]) -> Hash {
        Context::Holder.hash_of(&(self, salt))
    }

    /// What the holder has of a single-holding type: the same for every licence of this type, and for no other type.
    pub fn holding(&self, type_code: LicenceTypeCode) -> Hash {
        Context::Holding.hash_of(&(self, type_code))
    }

    /// What puts a licence into the holder's list: only who knows handle, licence and salt can tell that they belong together.
    pub fn listing(&self, licence: &LicenceBase, salt: &[u8; 32]) -> Hash {
        Context::LicenceListing.hash_of(&(self, licence, salt))
    }

    /// What puts another handle of the same subject into this one's list.
    pub fn link(&self, other: &Handle, salt: &[u8; 32]) -> Hash {
        Context::HandleLink.hash_of(&(self, other, salt))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle(…)")
    }
}

/// 64 hexadecimal digits, for files of a vault and for the holder.
impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hash(self.0).fmt(f)
    }
}

/// As it stands in records of the ledger: whoever prints one prints a handle.
impl serde::Serialize for Handle {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a subject's handle is 64 hexadecimal digits, as its identity authority gave it")]
pub struct NotAHandle;

impl core::str::FromStr for Handle {
    type Err = NotAHandle;

    fn from_str(text: &str) -> Result<Self, NotAHandle> {
        text.parse().map(|Hash(bytes)| Handle(bytes)).map_err(|_| NotAHandle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifiers::licence_id::LicenceId;
    use alloc::format;

    #[test]
    fn a_commitment_is_linked_to_nothing_and_a_holding_to_its_type_alone() {
        let (one, two) = (Handle([1; 32]), Handle([2; 32]));
        assert_ne!(one.commitment(&[3; 32]), one.commitment(&[4; 32]));
        assert_ne!(one.commitment(&[3; 32]), two.commitment(&[3; 32]));
        let owner = "11310000000000035N".parse().unwrap();
        let [first, second] = [1, 2].map(|number| LicenceTypeCode::new(owner, number).unwrap());
        assert_ne!(one.holding(first), one.holding(second));
        assert_ne!(one.holding(first), two.holding(first));
    }

    #[test]
    fn a_listing_and_a_link_hold_for_what_they_were_made_of_alone() {
        let (one, two, salt) = (Handle([1; 32]), Handle([2; 32]), [3; 32]);
        let id: LicenceId =
            "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U".parse().unwrap();
        let base = id.base();
        let listings = [one.listing(&base, &salt), two.listing(&base, &salt), one.listing(&base, &[4; 32])];
        let links = [one.link(&two, &salt), two.link(&one, &salt), one.link(&two, &[4; 32])];
        let mut all = [listings, links].concat();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 6);
    }

    #[test]
    fn a_handle_is_read_and_written_but_not_debugged() {
        let handle = Handle([0xab; 32]);
        assert_eq!(format!("{handle}").parse(), Ok(handle));
        assert!(!format!("{handle:?}").contains("ab"));
        assert_eq!("ab".parse::<Handle>(), Err(NotAHandle));
    }
}
