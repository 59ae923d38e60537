//! The slow way, for a handful of operations: tries every order (Wing and Gong, 1993). It is not shown the chain; what it knows
//! of a transaction is what it writes. Acknowledged transactions are in the order, those of unknown outcome may be; a session's
//! calls follow one another, but for answers that may be old; so do transactions of which one was acknowledged before the other was sent.

use super::super::{Key, Operation, Standing, Told, Write};
use bulla_verify::chain::TxId;
use std::collections::BTreeMap;

/// Whether there is an order in which one ledger could have given these answers.
pub(super) fn has_order_of(operations: &[Operation], writes: &BTreeMap<TxId, Write>) -> bool {
    let calls: Vec<Operation> =
        operations.iter().filter(|one| !matches!(one.told, Told::Refused(_) | Told::Tip(..))).copied().collect();
    place_next(&calls, &mut vec![false; calls.len()], &mut BTreeMap::new(), writes)
}

fn place_next(
    calls: &[Operation],
    done: &mut Vec<bool>,
    state: &mut BTreeMap<Key, Standing>,
    writes: &BTreeMap<TxId, Write>,
) -> bool {
    let open = |done: &[bool], at: usize| !done[at] && !matches!(calls[at].told, Told::Unknown(_));
    if (0..calls.len()).all(|at| !open(done, at)) {
        return true;
    }
    for at in (0..calls.len()).filter(|at| !done[*at]).collect::<Vec<_>>() {
        if (0..calls.len()).any(|other| other != at && open(done, other) && precedes(&calls[other], &calls[at])) {
            continue;
        }
        done[at] = true;
        let found = match calls[at].told {
            Told::Read(key, read, _) => state.get(&key).copied() == read && place_next(calls, done, state, writes),
            Told::Acknowledged(id, _) | Told::Unknown(id) => {
                let Write { key, standing } = writes[&id];
                let before = state.insert(key, standing);
                let found = place_next(calls, done, state, writes);
                match before {
                    Some(before) => state.insert(key, before),
                    None => state.remove(&key),
                };
                found
            }
            Told::Refused(_) | Told::Tip(..) => unreachable!("these were left out"),
        };
        if found {
            return true;
        }
        done[at] = false;
    }
    false
}

fn precedes(one: &Operation, other: &Operation) -> bool {
    let submits = |operation: &Operation| !matches!(operation.told, Told::Read(..));
    let follows = one.session == other.session && !other.may_be_old();
    one.end < other.start && (follows || (submits(one) && submits(other)))
}
