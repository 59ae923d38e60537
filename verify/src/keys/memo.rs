//! For the simulator alone: signatures that this thread has checked before are not checked again.
//!
//! A thousand simulated nodes check one signature each; here the first check is the real one and its verdict is remembered.
//! The feature `memo` compiles it in, and even then nothing is remembered until a thread asks for it with [`Memo::begin`].
//! No product asks.

extern crate std;

use super::{PublicKey, Signature, SignatureError};
use crate::hash::Hash;
use alloc::collections::BTreeMap;
use core::cell::RefCell;

type Verdicts = BTreeMap<(Hash, Signature, PublicKey), Result<(), SignatureError>>;

std::thread_local! {
    static VERDICTS: RefCell<Option<Verdicts>> = const { RefCell::new(None) };
}

/// While it lives, its thread remembers verdicts.
#[derive(Debug)]
#[must_use = "nothing is remembered after it is dropped"]
pub struct Memo(());

impl Memo {
    /// Begins with nothing remembered.
    pub fn begin() -> Memo {
        VERDICTS.set(Some(Verdicts::new()));
        Memo(())
    }
}

impl Drop for Memo {
    fn drop(&mut self) {
        VERDICTS.set(None);
    }
}

/// The verdict that is remembered, or that of `check`.
pub(super) fn recall(
    key: &PublicKey,
    digest: &Hash,
    signature: &Signature,
    check: impl FnOnce() -> Result<(), SignatureError>,
) -> Result<(), SignatureError> {
    VERDICTS.with_borrow_mut(|verdicts| match verdicts {
        Some(verdicts) => *verdicts.entry((*digest, *signature, *key)).or_insert_with(check),
        None => check(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Context;
    use crate::keys::SigningKey;

    #[test]
    fn nothing_is_remembered_unless_asked_for() {
        let key = SigningKey::from_seed(&[7; 32]);
        let digest = Context::Vote.hash(b"content");
        let (public, signature) = (key.public(), key.sign(&digest));
        let refuse = || Err(SignatureError::Mismatch);
        assert_eq!(recall(&public, &digest, &signature, refuse), refuse());
        let memo = Memo::begin();
        assert_eq!(public.verify(&digest, &signature), Ok(()));
        assert_eq!(recall(&public, &digest, &signature, refuse), Ok(()));
        let other = Context::Proposal.hash(b"content");
        assert_eq!(public.verify(&other, &signature), refuse());
        drop(memo);
        assert_eq!(recall(&public, &digest, &signature, refuse), refuse());
    }
}
