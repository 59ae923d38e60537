//! What a licence says: typed fields, each under its own salt, of which the ledger holds one root and a holder can show one
//! field without the others.
//!
//! ```text
//! salt of slot i   = FieldSalt(master salt ‖ i)                        one says nothing about another, nor about the master
//! leaf of a field  = Field(type ‖ i ‖ name ‖ value ‖ salt of i)        canonical bytes
//! leaf of no field = Field(salt of i)                                  looks like any other
//! contents         = root of the list of all 16 leaves                 always as many, so that none tells how many are used
//! ```
//!
//! Fields stand in the order of their names. The master salt is 32 random bytes, fresh for each version; whoever destroys
//! it and the values leaves nothing on the ledger that says anything. Rules: design D11, domain section 9.

use crate::hash::{Context, Hash};
use crate::identifiers::licence_id::LicenceTypeCode;
use crate::list::{self, Head, ListError, ListProof};
use alloc::string::String;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// How many slots every licence has: a power of two, so that every path has four hashes.
pub const SLOTS: u8 = 16;
/// The most bytes that a field's name may have.
pub const MAX_NAME_BYTES: usize = 64;
/// The most bytes that a field's value may have. A photograph is not a field; its hash is.
pub const MAX_VALUE_BYTES: usize = 1_024;

/// One field, in clear. It never stands on the ledger.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it says.
    pub value: String,
}

/// The fields of one version of a licence, in the order of their names, with the salt that hides them.
#[derive(Clone, PartialEq, Eq)]
pub struct Contents {
    type_code: LicenceTypeCode,
    salt: [u8; 32],
    fields: Vec<Field>,
}

/// One field with all that shows it: what a holder hands over.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// The type of the licence.
    pub type_code: LicenceTypeCode,
    /// The slot, from 0.
    pub slot: u8,
    /// The field.
    pub field: Field,
    /// The salt of the slot.
    pub salt: Hash,
    /// The hashes beside its leaf's way to the root, from left to right.
    pub path: Vec<Hash>,
}

/// Why fields are no contents of a licence, in the order checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldsError {
    /// There is one slot for each.
    #[error("{found} fields, at most {SLOTS} are allowed; leave some out, or join them")]
    TooMany {
        /// How many there are.
        found: usize,
    },
    /// Empty, or too long.
    #[error("a field's name has 1 to {MAX_NAME_BYTES} bytes, this has {found}; choose another")]
    Name {
        /// How many bytes it has.
        found: usize,
    },
    /// Too long. The value is not repeated here: it may be personal.
    #[error(
        "the value of {name} has {found} bytes, at most {MAX_VALUE_BYTES} are allowed; shorten it, or give its hash"
    )]
    Value {
        /// The name.
        name: String,
        /// How many bytes the value has.
        found: usize,
    },
    /// Usual cause: one field given twice.
    #[error("field {name} is given twice; give it once")]
    Twice {
        /// The name.
        name: String,
    },
}

impl Contents {
    /// The contents of these fields, given in any order. `salt` is random, and never used for another version.
    pub fn new(type_code: LicenceTypeCode, salt: [u8; 32], mut fields: Vec<Field>) -> Result<Contents, FieldsError> {
        if fields.len() > usize::from(SLOTS) {
            return Err(FieldsError::TooMany { found: fields.len() });
        }
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        for Field { name, value } in &fields {
            if !(1..=MAX_NAME_BYTES).contains(&name.len()) {
                return Err(FieldsError::Name { found: name.len() });
            }
            if value.len() > MAX_VALUE_BYTES {
                return Err(FieldsError::Value { name: name.clone(), found: value.len() });
            }
        }
        if let Some([twice, _]) = fields.array_windows().find(|[a, b]| a.name == b.name) {
            return Err(FieldsError::Twice { name: twice.name.clone() });
        }
        Ok(Contents { type_code, salt, fields })
    }

    /// The fields, in the order of their names.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The master salt. Whoever has it can open every field.
    pub fn salt(&self) -> &[u8; 32] {
        &self.salt
    }

    /// What the ledger holds of them.
    pub fn root(&self) -> Hash {
        Head::of(&self.leaves()).root
    }

    /// One field with all that shows it, if there is a field of that name.
    pub fn disclose(&self, name: &str) -> Option<Disclosure> {
        let at = self.fields.iter().position(|field| field.name == name)?;
        let (slot, field) = (u8::try_from(at).ok()?, self.fields.get(at)?.clone());
        let path = path_to(at, self.leaves());
        Some(Disclosure { type_code: self.type_code, slot, field, salt: self.salt_of(slot), path })
    }

    fn leaves(&self) -> Vec<Hash> {
        let leaf = |slot: u8| {
            let salt = self.salt_of(slot);
            match self.fields.get(usize::from(slot)) {
                Some(field) => leaf(self.type_code, slot, field, &salt),
                None => Context::Field.hash(&salt.0),
            }
        };
        (0..SLOTS).map(leaf).collect()
    }

    fn salt_of(&self, slot: u8) -> Hash {
        Context::FieldSalt.hash_of(&(self.salt, slot))
    }
}

impl Disclosure {
    /// Whether a licence with these contents says so.
    pub fn check(&self, contents: &Hash) -> Result<(), ListError> {
        let head = Head { len: u64::from(SLOTS), root: *contents };
        let leaf = leaf(self.type_code, self.slot, &self.field, &self.salt);
        list::check(&head, u64::from(self.slot), &leaf, &ListProof { hashes: self.path.clone() })
    }
}

fn leaf(type_code: LicenceTypeCode, slot: u8, field: &Field, salt: &Hash) -> Hash {
    Context::Field.hash_of(&(type_code, slot, field, salt))
}

/// The hashes beside the way from a leaf to the one peak of 16, from left to right.
fn path_to(mut at: usize, mut level: Vec<Hash>) -> Vec<Hash> {
    let mut path = Vec::new();
    while level.len() > 1 {
        let left_ones = if at & 1 == 1 { 0 } else { path.len() };
        level.get(at ^ 1).into_iter().for_each(|sibling| path.insert(left_ones, *sibling));
        level = level.as_chunks().0.iter().map(|[left, right]| list::inner_hash(left, right)).collect();
        at >>= 1;
    }
    path
}

#[cfg(test)]
mod tests;
