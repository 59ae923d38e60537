//! The scene's map: the regions of its bodies in the registry, and two cities that recognise each other's permits.

use super::{Scene, city, day, key, nation, neighbour, permit, province, region};
use bulla_verify::catalogue::Dates;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::SigningKey;
use bulla_verify::operation::{Operation, Refusal};
use bulla_verify::recognition::{
    self, AgreementAct, AgreementId, Mapping, Party, RecognitionAgreement, Terms, TerritorialLimit, Way,
};
use bulla_verify::regions::{Act, Bound, Change, Period, Region};
use bulla_verify::roles::Role;

/// The province's code, and a city, a county and its neighbour within it.
pub(crate) const PROVINCE: &str = "440000";
pub(crate) const CITY: &str = "440300";
pub(crate) const COUNTY: &str = "440305";
pub(crate) const OTHER_COUNTY: &str = "440306";

impl Scene {
    /// Has the nation act on a region, by the registrar that it takes.
    pub(crate) fn map(&mut self, code: &str, change: Change) {
        let (key, operation) = self.mapping(code, change);
        self.accept(&[&key], operation);
    }

    pub(crate) fn map_refused(&mut self, code: &str, change: Change) -> Refusal {
        let (key, operation) = self.mapping(code, change);
        self.refuse(&[&key], operation)
    }

    fn mapping(&self, code: &str, change: Change) -> (SigningKey, Operation) {
        let act = region_act(code, nation(), change);
        let was = act.bound().earliest() < self.time;
        let role = if was { Role::HistoricalRegistrar } else { Role::Registrar };
        (key(nation(), role), Operation::Regions(act))
    }

    /// Enters the province, the city and the county, all since 1981.
    pub(crate) fn map_since_1981(&mut self) {
        for (code, parent) in [(PROVINCE, "000000"), (CITY, PROVINCE), (COUNTY, CITY)] {
            self.map(code, entering(code, since_1981(parent)));
        }
    }

    pub(crate) fn region(&self, code: &str) -> Region {
        crate::read(&self.state, &region(code)).expect("the region was entered")
    }

    /// Has a body's registrar do something to the agreement of the cities.
    pub(crate) fn agree(&mut self, by: Uscc, change: recognition::Change) {
        self.accept(&[&key(by, Role::Registrar)], agreement_act(by, change));
    }

    pub(crate) fn agree_refused(&mut self, by: Uscc, change: recognition::Change) -> Refusal {
        self.refuse(&[&key(by, Role::Registrar)], agreement_act(by, change))
    }

    pub(crate) fn agreement(&self) -> RecognitionAgreement {
        crate::read(&self.state, &agreement_id()).expect("it was proposed")
    }

    /// Has the owner of the types limit them, or no more.
    pub(crate) fn confine(&mut self, act: recognition::Act) {
        self.accept(&[&key(province(), Role::Registrar)], Operation::Recognition(act));
    }

    pub(crate) fn confine_refused(&mut self, act: recognition::Act) -> Refusal {
        self.refuse(&[&key(province(), Role::Registrar)], Operation::Recognition(act))
    }
}

pub(crate) fn region_act(code: &str, by: Uscc, change: Change) -> Act {
    Act { code: region(code), by, change }
}

/// Since some day of 1981, with no end.
pub(crate) fn since_1981(parent: &str) -> Period {
    period(Bound::InYear(1981), None, parent)
}

pub(crate) fn period(from: Bound, until: Option<Bound>, parent: &str) -> Period {
    Period { from, until, name: "县".parse().unwrap(), parent: region(parent), successors: Vec::new() }
}

/// Enters a period, with the level that the digits tell.
pub(crate) fn entering(code: &str, period: Period) -> Change {
    Change::Enter { level: region(code).level(), period }
}

pub(crate) fn renaming(name: &str, from: Bound) -> Change {
    Change::Rename { name: name.parse().unwrap(), from }
}

pub(crate) fn closing(at: Bound, successors: &[&str]) -> Change {
    Change::End { at, successors: successors.iter().map(|code| region(code)).collect() }
}

pub(crate) fn agreement_id() -> AgreementId {
    AgreementId { proposer: city(), number: [5; 16] }
}

/// The city's region and the neighbour's recognise each other's permits, for the year of the scene.
pub(crate) fn terms() -> Terms {
    Terms {
        region: region(CITY),
        with: Party { organisation: neighbour(), region: region("440400") },
        mappings: vec![Mapping { of_proposer: permit().code, of_other: permit().code, way: Way::Mutual }],
        dates: Dates { from: day(0), until: Some(day(365)) },
    }
}

/// The cities agree.
pub(crate) fn agree_all(scene: &mut Scene) {
    scene.empower_neighbour();
    scene.agree(city(), recognition::Change::Propose(terms()));
    scene.agree(neighbour(), recognition::Change::Accept);
}

pub(crate) fn agreement_act(by: Uscc, change: recognition::Change) -> Operation {
    let agreement = agreement_id();
    Operation::Recognition(recognition::Act::Agreement(AgreementAct { agreement, by, change }))
}

/// Permits are limited to their region, from a day until another.
pub(crate) fn limit(from: i64, until: Option<i64>) -> recognition::Act {
    let dates = Dates { from: day(from), until: until.map(day) };
    let limit = TerritorialLimit { dates, citation: super::citation() };
    recognition::Act::Limit { type_code: permit().code, limit }
}

pub(crate) fn lift() -> recognition::Act {
    recognition::Act::Lift { type_code: permit().code }
}
