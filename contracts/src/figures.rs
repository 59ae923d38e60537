//! Figures: each act that counts adds one to its figure, in the operation itself.
//!
//! A figure is written once in a block however many acts it counts there, since all drafts of the block end in one write of
//! each record. Rules: `docs/decisions/0029`, `docs/rules/figures.md`.

use crate::draft::Draft;
use crate::view::{At, read};
pub(crate) use bulla_verify::figures::Item;
use bulla_verify::figures::{Figure, FigureName, LicenceEvent, civil_day};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{Change, Licence};

/// Counts one act of a body. `act` is a hash that only who holds the blocks can know: over something salted or random.
pub(crate) fn count(draft: &mut Draft<'_>, at: At, (organisation, region): (Uscc, RegionCode), item: Item, act: &Hash) {
    let name = FigureName { region, organisation, item, day: civil_day(at.time) };
    let figure: Figure = read(draft, &name).unwrap_or_default();
    draft.write(&name, &figure.counting(act));
}

/// What an act on a licence counts as, if it counts, by the licence as it leaves it.
pub(crate) fn of_licence(change: &Change, after: &Licence) -> Option<LicenceEvent> {
    match change {
        Change::Issue(_) => Some(LicenceEvent::Issued),
        // The signature that puts it into force is the issue.
        Change::Cosign if after.pending.is_none() => Some(LicenceEvent::Issued),
        Change::TakeOver { .. } => Some(LicenceEvent::TakenOver),
        Change::Revoke => Some(LicenceEvent::Revoked),
        Change::Withdraw { .. } => Some(LicenceEvent::Withdrawn),
        Change::Annul { .. } => Some(LicenceEvent::Annulled),
        Change::Cancel => Some(LicenceEvent::Cancelled),
        Change::Cosign
        | Change::IssueJointly { .. }
        | Change::Renew { .. }
        | Change::Amend { .. }
        | Change::Suspend { .. }
        | Change::Resume
        | Change::Spare { .. }
        | Change::Reinstate { .. }
        | Change::Correct { .. }
        | Change::TransferOut { .. }
        | Change::TransferIn { .. }
        | Change::AbortTransfer => None,
    }
}

#[cfg(test)]
mod tests;
