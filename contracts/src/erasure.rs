//! Erasure: ordered of what has ended, owed by every custodian, and done when each has destroyed its copy or restricted it.
//!
//! Nothing on the ledger is removed: the root stays, and means nothing any more. Rules: domain section 9.5;
//! `docs/rules/erasure.md`.

use crate::authority::{Signers, is_or_above};
use crate::draft::Draft;
use crate::duty;
use crate::law;
use crate::view::{At, read};
use bulla_verify::case::{self, Case};
use bulla_verify::credit::{self, CreditEvent};
use bulla_verify::duty::{DutyKind, DutyName};
use bulla_verify::erasure::{
    Act, Answer, CopyState, Custodian, ErasureOrder, Grounds, MAX_CUSTODIANS, Refusal, Target,
};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::Matter;
use bulla_verify::licence::Licence;
use bulla_verify::organisation::Organisation;
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::status::status;
use std::collections::BTreeSet;

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::Order { of, by, grounds, reasons, custodians } => {
            let found = standing(draft, at, of)?;
            check_orderer(draft, signers, *by, found.answering)?;
            let said = Said { of, by: *by, grounds: *grounds, reasons: *reasons };
            order(draft, at, &said, &found, custodians)
        }
        Act::Receipt { of, by, evidence } => {
            check_role(signers, Role::Steward, *by)?;
            answer(draft, at, of, *by, *evidence, CopyState::Destroyed)
        }
        Act::Restrict { of, by, reason } => {
            check_role(signers, Role::Steward, *by)?;
            answer(draft, at, of, *by, *reason, CopyState::Restricted)
        }
    }
}

/// What an order says of itself.
struct Said<'a> {
    of: &'a Target,
    by: Uscc,
    grounds: Grounds,
    reasons: Hash,
}

/// What the state knows of a record that is to be erased.
struct Standing {
    /// Who answers for it.
    answering: Uscc,
    /// Whose law it is under.
    region: RegionCode,
    /// Whether it has ended, so that nothing rests on its contents any more.
    ended: bool,
}

fn standing(draft: &Draft<'_>, at: At, of: &Target) -> Result<Standing, Refusal> {
    let found = match of {
        Target::CreditEvent(id) => read::<CreditEvent>(draft, id).map(|event| {
            let found = credit::status(&event, at.time);
            let ended = matches!(found, credit::Status::Expired { .. } | credit::Status::Deleted { .. });
            Standing { answering: id.recorder, region: event.region, ended }
        }),
        Target::Licence(base) => read::<Licence>(draft, base).map(|licence| {
            let ended = !status(&licence, at.time).is_live();
            Standing { answering: base.issuer, region: licence.region, ended }
        }),
        Target::Case(id) => read::<Case>(draft, id).map(|case| {
            let found = case::status(&case, at.time);
            let ended = !found.is_open() && !matches!(found, case::Status::Granted { .. });
            Standing { answering: case.decider, region: case.region, ended }
        }),
    };
    found.ok_or_else(|| Refusal::NoTarget { of: of.clone() })
}

fn order(draft: &mut Draft<'_>, at: At, said: &Said<'_>, found: &Standing, custodians: &[Uscc]) -> Result<(), Refusal> {
    let of = said.of;
    if !found.ended {
        return Err(Refusal::StillNeeded { of: of.clone() });
    }
    if read::<ErasureOrder>(draft, of).is_some() {
        return Err(Refusal::Ordered { of: of.clone() });
    }
    check_custodians(draft, custodians)?;
    let (matter, region) = (Matter::Erasure, found.region);
    let due = law::deadline(draft, region, matter, at.time).ok_or(Refusal::NoProvision { matter, region })?;
    for (turn, custodian) in (1..).zip(custodians) {
        duty::open(draft, at, &duty_of(of, turn), *custodian, due);
    }
    let waiting = |organisation: &Uscc| Custodian { organisation: *organisation, restricted: None, receipt: None };
    let order = ErasureOrder {
        grounds: said.grounds,
        reasons: said.reasons,
        ordered_by: said.by,
        region,
        ordered_at: at.time,
        due,
        custodians: custodians.iter().map(waiting).collect(),
        changed_at: at.time,
        recorded_at: at.height,
    };
    draft.write(of, &order);
    Ok(())
}

/// A custodian's answer; its first discharges its duty.
fn answer(
    draft: &mut Draft<'_>,
    at: At,
    of: &Target,
    by: Uscc,
    evidence: Hash,
    becomes: CopyState,
) -> Result<(), Refusal> {
    let mut order = read::<ErasureOrder>(draft, of).ok_or_else(|| Refusal::NoOrder { of: of.clone() })?;
    let named = (1..).zip(&mut order.custodians).find(|(_, custodian)| custodian.organisation == by);
    let (turn, custodian) = named.ok_or(Refusal::NotCustodian { by })?;
    let was = custodian.state();
    let said = Some(Answer { at: at.time, evidence });
    match (was, becomes) {
        (CopyState::Destroyed, _) => return Err(Refusal::Destroyed),
        (CopyState::Restricted, CopyState::Restricted) => return Err(Refusal::Restricted),
        (_, CopyState::Destroyed) => custodian.receipt = said,
        (_, CopyState::Restricted | CopyState::Waiting) => custodian.restricted = said,
    }
    if was == CopyState::Waiting {
        duty::discharge(draft, at, &duty_of(of, turn), by);
    }
    order.changed_at = at.time;
    order.recorded_at = at.height;
    draft.write(of, &order);
    Ok(())
}

/// The name of the duty of the custodian in a place, from 1.
fn duty_of(of: &Target, turn: u32) -> DutyName {
    DutyName { kind: DutyKind::Erase, of: ErasureOrder::key(of), turn }
}

fn check_custodians(draft: &Draft<'_>, custodians: &[Uscc]) -> Result<(), Refusal> {
    if custodians.is_empty() {
        return Err(Refusal::NoCustodian);
    }
    if custodians.len() > MAX_CUSTODIANS {
        return Err(Refusal::TooManyCustodians);
    }
    let mut named = BTreeSet::new();
    for uscc in custodians.iter().copied() {
        if !named.insert(uscc) {
            return Err(Refusal::Repeated { uscc });
        }
        read::<Organisation>(draft, &uscc).ok_or(Refusal::NoOrganisation { uscc })?;
    }
    Ok(())
}

/// Whoever answers for a record orders by its steward; a body above by its supervisor.
fn check_orderer(draft: &Draft<'_>, signers: &Signers<'_>, by: Uscc, answering: Uscc) -> Result<(), Refusal> {
    if by == answering {
        return check_role(signers, Role::Steward, by);
    }
    if !is_or_above(draft, by, answering) {
        return Err(Refusal::NotYours { by, answering });
    }
    check_role(signers, Role::Supervisor, by)
}

fn check_role(signers: &Signers<'_>, role: Role, organisation: Uscc) -> Result<(), Refusal> {
    if signers.act_for(organisation, role) { Ok(()) } else { Err(Refusal::Role { role, organisation }) }
}

#[cfg(test)]
mod tests;
