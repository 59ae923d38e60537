//! Service items and cases: what may be asked of whom; and each case, from hand to hand, on one clock, to its delivery.
//!
//! A case is in one body's hands from its acceptance on, and the decision is owed by the same body throughout, whoever has it
//! meanwhile. Nothing but a recorded stop moves the instant by which it is due. Rules: domain section 7; `docs/rules/case.md`.

mod accepting;
mod catalogue;
mod deciding;
mod handing;
mod stopping;

use crate::authority::Signers;
use crate::draft::Draft;
use crate::figures;
use crate::law::WorkingDays;
use crate::view::{At, read};
use bulla_verify::canonical;
use bulla_verify::case::{Act, Case, CaseAct, CaseId, Change, Entry, Refusal, ServiceItem, Status, clock, status};
use bulla_verify::duty::{DutyKind, DutyName};
use bulla_verify::figures::CaseEvent;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::Licence;
use bulla_verify::organisation::Organisation;
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::time::Date;

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::Publish(item) => catalogue::publish(draft, signers, item),
        Act::Retire { item } => catalogue::retire(draft, signers, at, *item),
        Act::Case(act) => {
            check_role(signers, act)?;
            let turn = Turn { act, at };
            let case = turn.change(draft)?;
            turn.record(draft, case);
            Ok(())
        }
    }
}

/// An act on one case, signed in the role that it takes, and where it is executed.
struct Turn<'a> {
    act: &'a CaseAct,
    at: At,
}

impl Turn<'_> {
    fn change(&self, draft: &mut Draft<'_>) -> Result<Case, Refusal> {
        match &self.act.change {
            Change::Accept(request) => accepting::accept(draft, self, request),
            Change::HandOver { to, task } => handing::hand_over(draft, self, *to, *task),
            Change::Take => handing::take(draft, self),
            Change::CallOff { .. } => handing::call_off(draft, self),
            Change::Ask { material, days } => stopping::ask(draft, self, *material, *days),
            Change::Supplement(supplement) => stopping::supplement(draft, self, supplement),
            Change::Stop { reason, days } => stopping::stop(draft, self, *reason, *days),
            Change::Resume => stopping::resume(draft, self),
            Change::Decide { granted, reasons } => deciding::decide(draft, self, *granted, *reasons),
            Change::Deliver { licence } => deciding::deliver(draft, self, licence.as_ref()),
            Change::Rate(rating) => deciding::rate(draft, self, *rating),
            Change::Withdraw => deciding::withdraw(draft, self),
        }
    }

    /// Writes the case as the act leaves it, and the act into its history.
    fn record(&self, draft: &mut Draft<'_>, mut case: Case) {
        let entry = Entry { recorded_at: self.at.height, at: self.at.time, act: self.act.clone() };
        case.history = draft.append(Case::key(&self.act.case), canonical::encode(&entry));
        case.changed_at = self.at.time;
        case.recorded_at = self.at.height;
        draft.write(&self.act.case, &case);
        let event = match &self.act.change {
            Change::Accept(_) => CaseEvent::Accepted,
            Change::Decide { granted: true, .. } => CaseEvent::Granted,
            Change::Decide { granted: false, .. } => CaseEvent::Refused,
            Change::HandOver { .. }
            | Change::Take
            | Change::CallOff { .. }
            | Change::Ask { .. }
            | Change::Supplement(_)
            | Change::Stop { .. }
            | Change::Resume
            | Change::Deliver { .. }
            | Change::Rate(_)
            | Change::Withdraw => return,
        };
        let item = figures::Item::Case(case.item, event);
        figures::count(draft, self.at, (self.act.by, case.region), item, &case.history.root);
    }

    /// The case that the act names.
    fn case(&self, draft: &Draft<'_>) -> Result<Case, Refusal> {
        read(draft, &self.act.case).ok_or(Refusal::NoCase { case: self.act.case })
    }

    /// The case that the act names, if it waits for a decision.
    fn open(&self, draft: &Draft<'_>) -> Result<Case, Refusal> {
        let case = self.case(draft)?;
        let found = self.status(&case);
        if found.is_open() { Ok(case) } else { Err(Refusal::Status { found }) }
    }

    /// The case that the act names, if it waits for a decision and whoever acts has it.
    fn held(&self, draft: &Draft<'_>) -> Result<Case, Refusal> {
        let case = self.open(draft)?;
        let (by, held_by) = (self.act.by, case.held_by);
        if by == held_by { Ok(case) } else { Err(Refusal::NotInHands { by, held_by }) }
    }

    fn status(&self, case: &Case) -> Status {
        status(case, self.at.time)
    }

    /// The name of the duty to decide it: there is one.
    fn duty(&self) -> DutyName {
        DutyName { kind: DutyKind::DecideCase, of: Case::key(&self.act.case), turn: 1 }
    }

    /// A licence that the act names, by its current version.
    fn licence(&self, draft: &Draft<'_>, id: &LicenceId) -> Result<Licence, Refusal> {
        let licence = read::<Licence>(draft, &id.base()).filter(|licence| licence.version == id.version());
        licence.ok_or_else(|| Refusal::NoLicence { licence: id.clone() })
    }

    /// A licence that the act names, if it is active now.
    fn active_licence(&self, draft: &Draft<'_>, id: &LicenceId) -> Result<Licence, Refusal> {
        let licence = self.licence(draft, id)?;
        let found = bulla_verify::status::status(&licence, self.at.time);
        if found.is_active() { Ok(licence) } else { Err(Refusal::LicenceStatus { found }) }
    }
}

/// By when a case is due, by its acceptance, its days and its stops.
fn due(draft: &Draft<'_>, case: &Case) -> bulla_verify::time::Millis {
    let mut days = WorkingDays::of(draft, case.region);
    clock::due(case.accepted_at, case.days, case.stopped_days, &mut |date: Date| days.contains(date))
}

/// The version of the item under which a case was accepted.
fn item_of(draft: &Draft<'_>, case: &Case) -> ServiceItem {
    read(draft, &(case.item, case.version)).expect("a case was accepted under it, and no version is ever removed")
}

/// Papers are moved by an intake, whoever's case it is; what stops or ends the clock is an issuer's.
fn check_role(signers: &Signers<'_>, act: &CaseAct) -> Result<(), Refusal> {
    let role = match &act.change {
        Change::Stop { .. } | Change::Resume | Change::Decide { .. } => Role::Issuer,
        Change::Accept(_)
        | Change::HandOver { .. }
        | Change::Take
        | Change::CallOff { .. }
        | Change::Ask { .. }
        | Change::Supplement(_)
        | Change::Deliver { .. }
        | Change::Rate(_)
        | Change::Withdraw => Role::Intake,
    };
    let organisation = act.by;
    if signers.act_for(organisation, role) { Ok(()) } else { Err(Refusal::Role { role, organisation }) }
}

fn registered(draft: &Draft<'_>, uscc: Uscc) -> Result<Organisation, Refusal> {
    read(draft, &uscc).ok_or(Refusal::NoOrganisation { uscc })
}

/// Whoever accepts a case gives it its number.
fn check_acceptor(by: Uscc, case: CaseId) -> Result<(), Refusal> {
    let needed = case.acceptor;
    if by == needed { Ok(()) } else { Err(Refusal::NotYours { by, needed }) }
}

#[cfg(test)]
mod tests;
