//! The acts to review after a key was compromised: what it signed since, and what the keys signed that it made.
//!
//! The state has no list by key: one would cost each transaction two writes for each signer. What proves the list whole is
//! the chain itself: the state says since when and until which block a key acted, and each header commits to every leaf of
//! its block, hence to signers and outcomes. Whoever has the blocks between has the list. Rule: `docs/decisions/0025`.

use super::{Act, Appointment};
use crate::chain::{Height, TxId};
use crate::keys::PublicKey;
use crate::operation::Operation;
use crate::refusal::Outcome;
use crate::time::Millis;
use crate::transaction::Body;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// A transaction as a block has it.
#[derive(Clone, Copy, Debug)]
pub struct Recorded<'a> {
    /// The block's height.
    pub height: Height,
    /// The block time.
    pub time: Millis,
    /// What was signed.
    pub body: &'a Body,
    /// What became of each operation.
    pub outcomes: &'a [Outcome],
}

/// An operation that took effect by a key in wrong hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToReview {
    /// The block's height.
    pub height: Height,
    /// The transaction.
    pub id: TxId,
    /// Which operation of it.
    pub place: usize,
    /// The signer for which it is here: the first that is suspect.
    pub by: PublicKey,
}

/// The operations to review, in the order of the blocks. `transactions` are all those of the blocks from `since` on, in order.
///
/// A key that a suspect act registered, appointed, committed to or brought in is suspect itself from then on; so are officers
/// under a suspect key, by the acts that they sign after `since`. `officers` are the keys appointed under it before.
pub fn to_review<'a>(
    key: PublicKey,
    officers: &[PublicKey],
    since: Millis,
    transactions: impl IntoIterator<Item = Recorded<'a>>,
) -> Vec<ToReview> {
    let mut suspects: BTreeSet<PublicKey> = officers.iter().copied().chain([key]).collect();
    let mut found = Vec::new();
    for Recorded { height, body, outcomes, .. } in transactions.into_iter().filter(|one| one.time >= since) {
        let Some(by) = body.signers.iter().copied().find(|signer| suspects.contains(signer)) else { continue };
        for (place, (operation, outcome)) in body.operations.iter().zip(outcomes).enumerate() {
            if *outcome == Outcome::Applied {
                found.push(ToReview { height, id: body.id(), place, by });
                suspects.extend(made(operation));
            }
        }
    }
    found
}

/// The key that an operation gives power to.
fn made(operation: &Operation) -> Option<PublicKey> {
    let Operation::Organisation(act) = operation else { return None };
    match act {
        Act::RegisterKey { key, .. } | Act::Appoint(Appointment { key, .. }) | Act::Rotate { to: key, .. } => {
            Some(*key)
        }
        // Who names the next key of a key can be that key from then on.
        Act::CommitNext { key, .. } => Some(*key),
        Act::Register { .. } | Act::RetireKey { .. } | Act::Dismiss { .. } | Act::ReportCompromise { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::ChainId;
    use crate::hash::Hash;
    use crate::keys::SigningKey;
    use crate::roles::Role;
    use crate::transaction::Mode;

    fn public(seed: u8) -> PublicKey {
        SigningKey::from_seed(&[seed; 32]).public()
    }

    fn body(nonce: u8, signers: &[PublicKey], operations: Vec<Operation>) -> Body {
        let (chain, expires_at) = (ChainId(Hash([0; 32])), Millis(0));
        Body { chain, nonce: [nonce; 16], expires_at, signers: signers.into(), mode: Mode::Independent, operations }
    }

    fn register(key: PublicKey) -> Operation {
        let organisation = "11100000000013338W".parse().unwrap();
        Operation::Organisation(Act::RegisterKey { organisation, key, roles: [Role::Issuer].into_iter().collect() })
    }

    fn retire() -> Operation {
        Operation::Organisation(Act::RetireKey { key: public(99) })
    }

    #[test]
    fn what_the_key_signed_since_is_listed_and_what_its_creatures_signed() {
        let [stolen, made, refused, honest, officer] = [1, 2, 3, 4, 5].map(public);
        let (applied, not) = ([Outcome::Applied; 2], [Outcome::Applied, Outcome::Dropped]);
        let bodies = [
            body(1, &[stolen], [retire()].into()),
            body(2, &[stolen, honest], [register(made), register(refused)].into()),
            body(3, &[honest], [retire()].into()),
            body(4, &[refused], [retire()].into()),
            body(5, &[made], [retire(), retire()].into()),
            body(6, &[officer], [retire()].into()),
        ];
        let outcomes: [&[Outcome]; 6] = [&applied, &not, &applied, &applied, &applied, &applied];
        let recorded = bodies.iter().zip(outcomes).zip(1..).map(|((body, outcomes), at)| Recorded {
            height: Height(u64::try_from(at).unwrap()),
            time: Millis(at * 10),
            body,
            outcomes,
        });
        let found = to_review(stolen, &[officer], Millis(20), recorded);
        let one = |at: usize, place, by| ToReview {
            height: Height(u64::try_from(at).unwrap() + 1),
            id: bodies[at].id(),
            place,
            by,
        };
        assert_eq!(found, [one(1, 0, stolen), one(4, 0, made), one(4, 1, made), one(5, 0, officer)]);
    }
}
