//! Execution: what each operation of a transaction comes to.
//!
//! A transaction's operations stand or fall together, or each has its own outcome, as its body says. A refused operation
//! changes nothing but the budget of the organisation that must answer for it. Execution is total: whatever was signed has
//! an outcome, and the same view, transaction and place give the same one everywhere. Rules: design D4, D7, D14.

use crate::admission::charge;
use crate::authority::Signers;
use crate::changes::Changes;
use crate::draft::Draft;
use crate::view::{At, View};
use crate::{
    access, case, catalogue, credit, duty, erasure, governance, law, licence, organisation, recognition, regions,
    subject,
};
use bulla_verify::operation::{Operation, Refusal};
use bulla_verify::refusal::Outcome;
use bulla_verify::transaction::{Mode, Verified};

/// What a transaction came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed {
    /// What the block records of each operation, in their order.
    pub outcomes: Vec<Outcome>,
    /// Why, for each operation that was itself refused.
    pub refusals: Vec<Option<Refusal>>,
    /// What is to change, with the charge for refusals.
    pub changes: Changes,
    /// What the transaction takes of the block's budget: the sum of what its operations declare, whatever became of them.
    pub cost: u32,
}

/// Executes a transaction that [`crate::admit`] lets into the block.
pub fn execute(view: &dyn View, tx: &Verified, at: At) -> Executed {
    let body = tx.body();
    let signers = Signers::of(view, body, at);
    let mut draft = Draft::over(view);
    let refusals = match body.mode {
        Mode::Independent => each_alone(&mut draft, &body.operations, &signers, at),
        Mode::AllOrNothing => all_or_nothing(&mut draft, &body.operations, &signers, at),
    };
    let outcomes = outcomes(body.mode, &refusals);
    let without_effect = outcomes.iter().filter(|outcome| **outcome != Outcome::Applied).count();
    charge(&mut draft, &signers, without_effect, at);
    Executed { outcomes, refusals, changes: draft.into_changes(), cost: cost(tx) }
}

/// Every refusal that a batch would meet, at once: each operation is judged on top of those before it that succeed,
/// whatever the transaction's mode. Nothing is changed or charged. Rule: design D14.
pub fn check(view: &dyn View, tx: &Verified, at: At) -> Vec<Option<Refusal>> {
    let signers = Signers::of(view, tx.body(), at);
    each_alone(&mut Draft::over(view), &tx.body().operations, &signers, at)
}

/// What a transaction declares to cost, in state writes.
pub(crate) fn cost(tx: &Verified) -> u32 {
    tx.body().operations.iter().fold(0, |sum, operation| sum.saturating_add(operation.cost()))
}

fn each_alone(draft: &mut Draft<'_>, operations: &[Operation], signers: &Signers<'_>, at: At) -> Vec<Option<Refusal>> {
    let mut attempt = |operation: &Operation| {
        let mut alone = Draft::over(draft);
        apply(&mut alone, operation, signers, at)?;
        let changes = alone.into_changes();
        draft.absorb(changes);
        Ok(())
    };
    operations.iter().map(|operation| attempt(operation).err()).collect()
}

/// The first refusal ends it, and nothing reaches `draft`.
fn all_or_nothing(
    draft: &mut Draft<'_>,
    operations: &[Operation],
    signers: &Signers<'_>,
    at: At,
) -> Vec<Option<Refusal>> {
    let mut together = Draft::over(draft);
    let mut refusals = vec![None; operations.len()];
    for (refusal, operation) in refusals.iter_mut().zip(operations) {
        *refusal = apply(&mut together, operation, signers, at).err();
        if refusal.is_some() {
            return refusals;
        }
    }
    let changes = together.into_changes();
    draft.absorb(changes);
    refusals
}

fn outcomes(mode: Mode, refusals: &[Option<Refusal>]) -> Vec<Outcome> {
    let fallen = mode == Mode::AllOrNothing && refusals.iter().any(Option::is_some);
    let others = if fallen { Outcome::Dropped } else { Outcome::Applied };
    refusals.iter().map(|refusal| refusal.as_ref().map_or(others, |refusal| Outcome::Refused(refusal.code()))).collect()
}

/// Judges one operation and writes what it changes; after a refusal the draft is to be dropped.
fn apply(draft: &mut Draft<'_>, operation: &Operation, signers: &Signers<'_>, at: At) -> Result<(), Refusal> {
    regions::check_in_force(draft, at, operation)?;
    match operation {
        Operation::Organisation(act) => organisation::apply(draft, signers, at, act)?,
        Operation::Catalogue(act) => catalogue::apply(draft, signers, at, act)?,
        Operation::Licence(act) => {
            catalogue::check_officers(draft, signers, act)?;
            licence::apply(draft, signers, at, act)?;
        }
        Operation::Governance(act) => governance::apply(draft, signers, at, act)?,
        Operation::Law(act) => law::apply(draft, signers, at, act)?,
        Operation::Subject(act) => subject::apply(draft, signers, at, act)?,
        Operation::Duty(act) => duty::apply(draft, signers, at, act)?,
        Operation::Credit(act) => credit::apply(draft, signers, at, act)?,
        Operation::Case(act) => case::apply(draft, signers, at, act)?,
        Operation::Erasure(act) => erasure::apply(draft, signers, at, act)?,
        Operation::Access(act) => access::apply(draft, signers, at, act)?,
        Operation::Regions(act) => regions::apply(draft, signers, at, act)?,
        Operation::Recognition(act) => recognition::apply(draft, signers, at, act)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests;
