//! What a transaction that is well formed can still lack at the moment it is to be put into a block: it is *stale*.
//! The proposer drops it and admission answers; it is never recorded.

use crate::chain::TxId;
use crate::identifiers::uscc::Uscc;
use crate::refusal::refusals;
use crate::time::Millis;

refusals! {
    /// Why a well-formed transaction cannot be in the next block, in the order checked.
    pub enum Stale {
        /// Usual cause: the transaction waited too long, or the client's clock is behind.
        201 Expired {
            /// The block time from which it may not be included.
            expires_at: Millis,
            /// The block time.
            now: Millis,
        } = "expired at {expires_at}, block time is {now}", "sign the same operations anew with a later expiry";
        /// Ids are remembered for the replay window only, so a later expiry could be replayed.
        202 TooFarAhead {
            /// The block time from which it may not be included.
            expires_at: Millis,
            /// The latest that is allowed.
            latest: Millis,
        } = "expires at {expires_at}, later than {latest}, the end of the replay window",
            "sign with an earlier expiry, and check this computer's clock";
        /// The body was in a block already, or is earlier in this one.
        203 Duplicate {
            /// The id.
            id: TxId,
        } = "transaction {id} has been executed already", "nothing: ask for its outcome by its id";
        /// Usual cause: a key that was never registered, or has been retired.
        204 UnknownSigner {
            /// The key.
            key: crate::keys::PublicKey,
        } = "{key} is not an active key of any organisation", "have the key registered by its organisation's registrar";
        /// A key that votes is kept where nobody signs by hand.
        208 ConsensusKey {
            /// The key.
            key: crate::keys::PublicKey,
        } = "{key} is a validator's: it signs acts of governance and of law alone", "sign with a key of the organisation";
        /// Refused transactions are recorded, so each organisation may cause only so many in an hour.
        205 RefusalBudget {
            /// Which organisation.
            organisation: Uscc,
            /// How many of its operations may be refused in an hour.
            limit: u32,
        } = "{organisation} has spent its {limit} refused operations of this hour",
            "check the operations before submitting them, and go on in the next hour";
        /// Usual cause: a bulk act larger than a block's budget of state writes.
        206 TooCostly {
            /// The transaction's cost in state writes.
            cost: u32,
            /// The most that a block may cost.
            limit: u32,
        } = "the transaction costs {cost} state writes, a block may cost {limit}", "split it into smaller transactions";
        /// The pool has a bound in bytes; a share of it is kept for each organisation.
        207 PoolFull = "the pool is full", "submit again after the next blocks";
    }
}
