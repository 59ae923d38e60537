//! Who signs. The host implements it over a key and its sign guard (last height, round, step and value signed).

use bulla_verify::keys::Signature;
use bulla_verify::vote::{Proposal, Vote};

/// Signs with the validator's key, or refuses. Refusing is always safe: the message is neither said nor counted, and the
/// height goes on as if this validator had been silent. A refused vote is asked for again at each rebroadcast while its round
/// lasts, and when the log ends at it after a crash; a refused proposal is not.
///
/// The guard becomes durable with the log ([`crate::Effects::sync`]), and not before it: what was signed and lost in a crash
/// before its log entry was durable has been heard by nobody, and may be asked for again with another value.
pub trait Signer {
    /// A signature over the vote's digest.
    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, SignRefused>;
    /// A signature over the proposal's digest.
    fn sign_proposal(&mut self, proposal: &Proposal) -> Result<Signature, SignRefused>;
}

/// Why a signer refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignRefused {
    /// Something else was signed at this height, round and step, or something later. Usual cause: two processes with one
    /// key, or a data directory restored from before.
    #[error("the sign guard holds a later or a conflicting signature; find the other holder of this key")]
    Guard,
    /// The key is not at hand. Usual cause: a hardware module that does not answer.
    #[error("the signing key does not answer")]
    Unavailable,
}
