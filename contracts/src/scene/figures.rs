//! The scene's own count of what the figures count, from the operations that took effect and nothing that contracts counted.
#![allow(clippy::wildcard_enum_match_arm, reason = "few of the many acts are counted")]

use super::{Memory, Scene};
use crate::{At, Executed, read};
use bulla_verify::access::{self, Authority, Request, TicketChange};
use bulla_verify::canonical::decode;
use bulla_verify::case::{self, Case};
use bulla_verify::credit;
use bulla_verify::figures::{CaseEvent, Figure, FigureName, Item, LicenceEvent, civil_day};
use bulla_verify::identifiers::licence_id::LicenceBase;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{self, Change, Licence, Pending};
use bulla_verify::operation::Operation;
use bulla_verify::record::{MAX_RECORD_BYTES, Record};
use bulla_verify::refusal::Outcome;
use bulla_verify::transaction::Verified;
use std::collections::{BTreeMap, BTreeSet};

/// How many acts of each name took effect, as the scene counts them.
pub(crate) type Counts = BTreeMap<FigureName, u64>;

impl Scene {
    /// Applies what one transaction did, counts it, and holds the figures that it changed to that.
    pub(crate) fn take_in(&mut self, tx: &Verified, executed: &Executed) {
        let (waiting, at) = (waiting(&self.state, tx), self.at());
        self.state.apply(executed.changes.clone());
        let applied = tx.body().operations.iter().zip(&executed.outcomes);
        let applied = applied.filter(|(_, outcome)| **outcome == Outcome::Applied).map(|(operation, _)| operation);
        let mut here = Counts::new();
        for ((organisation, region), item) in applied.filter_map(|operation| counted(&self.state, operation)) {
            *here.entry(name(at, organisation, region, item)).or_default() += 1;
        }
        // A joint issue counts in the transaction in which the last signature came, for whoever gave that.
        for base in waiting {
            let after: Option<Licence> = read(&self.state, &base);
            let Some(after) = after.filter(|after| !waits(after)) else { continue };
            if let Some(last) = last_cosigner(&self.state, &after) {
                let item = Item::Licence(base.type_code, LicenceEvent::Issued);
                *here.entry(name(at, last, after.region, item)).or_default() += 1;
            }
        }
        let changed = executed.changes.records.iter().filter(|(key, _)| key.0[0] == Figure::AREA);
        assert_eq!(changed.count(), here.len(), "{here:?}");
        for (name, more) in here {
            let count = self.counts.entry(name).or_default();
            *count += more;
            let figure: Option<Figure> = read(&self.state, &name);
            assert_eq!(figure.map(|figure| figure.count), Some(*count), "{name:?}");
        }
    }

    /// All figures together are as many acts as the scene counted.
    pub(crate) fn assert_counted(&self) {
        let records = self.state.records.iter().filter(|(key, _)| key.0[0] == Figure::AREA);
        let figures: Vec<Figure> = records.map(|(_, bytes)| decode(bytes, MAX_RECORD_BYTES).unwrap()).collect();
        assert_eq!(figures.len(), self.counts.len());
        assert_eq!(figures.iter().map(|figure| figure.count).sum::<u64>(), self.counts.values().sum::<u64>());
    }
}

/// The licences that a transaction's cosigners sign and that wait for them before it, or are not there yet.
fn waiting(state: &Memory, tx: &Verified) -> BTreeSet<LicenceBase> {
    let cosigned = tx.body().operations.iter().filter_map(|operation| match operation {
        Operation::Licence(act) if act.change == Change::Cosign => Some(act.licence.base()),
        _ => None,
    });
    cosigned.filter(|base| read::<Licence>(state, base).is_none_or(|licence| waits(&licence))).collect()
}

fn waits(licence: &Licence) -> bool {
    matches!(licence.pending, Some(Pending::Cosigners { .. }))
}

fn name(at: At, organisation: Uscc, region: RegionCode, item: Item) -> FigureName {
    FigureName { region, organisation, item, day: civil_day(at.time) }
}

/// Who signed last, by the licence's history.
fn last_cosigner(state: &Memory, licence: &Licence) -> Option<Uscc> {
    let entries = state.lists.get(&Licence::key(&licence.base))?.iter();
    let acts = entries.map(|bytes| decode::<licence::Entry>(bytes, MAX_RECORD_BYTES).unwrap().act);
    acts.rev().find(|act| act.change == Change::Cosign).map(|act| act.by)
}

/// What an operation that took effect counts as; cosigning is counted apart.
fn counted(state: &Memory, operation: &Operation) -> Option<((Uscc, RegionCode), Item)> {
    match operation {
        Operation::Licence(act) => {
            let event = match &act.change {
                Change::Issue(_) => LicenceEvent::Issued,
                Change::TakeOver { .. } => LicenceEvent::TakenOver,
                Change::Revoke => LicenceEvent::Revoked,
                Change::Withdraw { .. } => LicenceEvent::Withdrawn,
                Change::Annul { .. } => LicenceEvent::Annulled,
                Change::Cancel => LicenceEvent::Cancelled,
                _ => return None,
            };
            let licence: Licence = read(state, &act.licence.base()).unwrap();
            Some(((act.by, licence.region), Item::Licence(act.licence.type_code(), event)))
        }
        Operation::Credit(credit::Act::Event(act)) => match &act.change {
            credit::Change::Record(said) => Some(((act.event.recorder, said.region), Item::Credit(said.item))),
            _ => None,
        },
        Operation::Access(access::Act::Ticket(act)) => match &act.change {
            TicketChange::Open(opening) => {
                let resource = match opening.authority {
                    Authority::Grant(id) => read::<Request>(state, &id).unwrap().resource,
                    Authority::Glass { resource, .. } => resource,
                };
                Some(((act.by, opening.region), Item::Access(resource)))
            }
            _ => None,
        },
        Operation::Case(case::Act::Case(act)) => match &act.change {
            case::Change::Accept(request) => {
                Some(((act.by, request.region), Item::Case(request.item, CaseEvent::Accepted)))
            }
            case::Change::Decide { granted, .. } => {
                let case: Case = read(state, &act.case).unwrap();
                let event = if *granted { CaseEvent::Granted } else { CaseEvent::Refused };
                Some(((act.by, case.region), Item::Case(case.item, event)))
            }
            _ => None,
        },
        _ => None,
    }
}
