//! Specimens of regions and of recognition.

use super::bureau::{citation, region};
use crate::world::{HOUR_MS, START, organisation, type_code};
use bulla_verify::catalogue::Dates;
use bulla_verify::identifiers::licence_id::LicenceTypeCode;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::operation::Operation;
use bulla_verify::recognition::{
    self, AgreementAct, AgreementId, Ended, Mapping, Party, RecognitionAgreement, Rest, Terms, TerritorialLimit,
    TerritorialLimits, Way,
};
use bulla_verify::regions::{self, Bound, Period, Region};
use bulla_verify::time::Millis;

fn at(hours: i64) -> Millis {
    START.plus(HOUR_MS * hours)
}

fn code(text: &str) -> RegionCode {
    text.parse().unwrap()
}

fn dates() -> Dates {
    Dates { from: at(1), until: Some(at(9_000)) }
}

fn period() -> Period {
    Period {
        from: Bound::InYear(1981),
        until: Some(Bound::At(at(2))),
        name: "南市区".parse().unwrap(),
        parent: code("310000"),
        successors: vec![code("310101"), code("310103")],
    }
}

/// A code that was used twice.
pub fn old_region() -> Region {
    let later = Period { from: Bound::At(at(3)), until: None, successors: Vec::new(), ..period() };
    Region { code: code("310103"), periods: vec![period(), later] }
}

pub fn agreement_id() -> AgreementId {
    AgreementId { proposer: organisation(3), number: [0x75; 16] }
}

fn terms() -> Terms {
    let other = LicenceTypeCode::new(organisation(0), 9).unwrap();
    let mapping = |way| Mapping { of_proposer: type_code(), of_other: other, way };
    Terms {
        region: region(),
        with: Party { organisation: organisation(1), region: code("320000") },
        mappings: vec![mapping(Way::Mutual), mapping(Way::InProposers), mapping(Way::InOthers)],
        dates: dates(),
    }
}

/// An agreement with all that can happen.
pub fn agreement() -> RecognitionAgreement {
    RecognitionAgreement {
        id: agreement_id(),
        terms: terms(),
        proposed_at: at(0),
        accepted_at: Some(at(2)),
        suspensions: vec![
            Rest { by: organisation(1), from: at(4), until: Some(at(6)) },
            Rest { by: organisation(3), from: at(5), until: None },
        ],
        ended: Some(Ended { by: organisation(1), at: at(8) }),
    }
}

pub fn limits() -> TerritorialLimits {
    let open = TerritorialLimit { dates: Dates { from: at(9_000), until: None }, citation: citation() };
    TerritorialLimits(vec![TerritorialLimit { dates: dates(), ..open.clone() }, open])
}

/// One operation of every variant.
pub fn operations() -> Vec<Operation> {
    let regions = [
        regions::Change::Enter { level: Level::County, period: period() },
        regions::Change::Rename { name: "南市区".parse().unwrap(), from: Bound::At(at(3)) },
        regions::Change::End { at: Bound::InYear(2000), successors: vec![code("310101")] },
    ];
    let agreements = [
        recognition::Change::Propose(terms()),
        recognition::Change::Accept,
        recognition::Change::Suspend,
        recognition::Change::Resume,
        recognition::Change::End,
    ];
    let [limit, _] = &limits().0[..] else { panic!("there are two") };
    let types = [
        recognition::Act::Limit { type_code: type_code(), limit: limit.clone() },
        recognition::Act::Lift { type_code: type_code() },
    ];
    let on_agreement = |change| AgreementAct { agreement: agreement_id(), by: organisation(1), change };
    let regions = regions.map(|change| regions::Act { code: code("310103"), by: organisation(0), change });
    let mut all: Vec<_> = regions.map(Operation::Regions).into();
    all.extend(agreements.map(|change| Operation::Recognition(recognition::Act::Agreement(on_agreement(change)))));
    all.extend(types.map(Operation::Recognition));
    all
}

pub fn regions_name(act: &regions::Act) -> &'static str {
    match act.change {
        regions::Change::Enter { .. } => "regions enter",
        regions::Change::Rename { .. } => "regions rename",
        regions::Change::End { .. } => "regions end",
    }
}

pub fn recognition_name(act: &recognition::Act) -> &'static str {
    match act {
        recognition::Act::Agreement(act) => match act.change {
            recognition::Change::Propose(_) => "recognition propose",
            recognition::Change::Accept => "recognition accept",
            recognition::Change::Suspend => "recognition suspend",
            recognition::Change::Resume => "recognition resume",
            recognition::Change::End => "recognition end",
        },
        recognition::Act::Limit { .. } => "recognition limit",
        recognition::Act::Lift { .. } => "recognition lift",
    }
}
