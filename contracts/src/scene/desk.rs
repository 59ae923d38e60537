//! The scene's acts on licences beyond their plain course: ends, transfers, joint issue.

use super::{Scene, city, day, hash, key, nation, neighbour, now, pass, permit, province, region, year};
use bulla_verify::catalogue::{self, Competence, LicenceType};
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{Act, Change, Grant, Ground, Review, Slip};
use bulla_verify::operation::Operation;
use bulla_verify::roles::Role;
use bulla_verify::time::{DAY_MS, Millis};

impl Scene {
    /// Makes the neighbour competent for both types in its own region.
    pub(crate) fn empower_neighbour(&mut self) {
        for kind in [permit(), pass()] {
            let competence = Competence { type_code: kind.code, organisation: neighbour(), region: region("440400") };
            let grant = Operation::Catalogue(catalogue::Act::Grant(competence));
            self.accept(&[&key(province(), Role::Registrar)], grant);
        }
    }
}

/// The scene with the country's law, in the time of that law.
pub(crate) fn scene_of_law() -> Scene {
    let mut scene = Scene::new();
    scene.time = day(super::bureau::LAWFUL_DAY);
    scene.enact_country();
    scene
}

pub(crate) fn id_of(issuer: Uscc, kind: &LicenceType, serial: &str, version: u16) -> LicenceId {
    LicenceId::new(kind.code, issuer, serial.parse().unwrap(), version).unwrap()
}

pub(crate) fn withdrawal() -> Change {
    Change::Withdraw { decision: hash("decision"), compensation: true }
}

pub(crate) fn annulment(void_from: Millis) -> Change {
    Change::Annul { ground: Ground::Fraud, void_from, decision: hash("decision") }
}

pub(crate) fn sparing() -> Change {
    Change::Spare { ground: Ground::Procedure, decision: hash("decision") }
}

pub(crate) fn reinstatement() -> Change {
    Change::Reinstate { review: Review::Court, decision: hash("judgment") }
}

pub(crate) fn correction(contents: &str) -> Change {
    Change::Correct { slip: Slip::Spelling, contents: hash(contents) }
}

/// An offer to the neighbour.
pub(crate) fn departure() -> Change {
    Change::TransferOut { to: neighbour() }
}

/// The neighbour's act that takes a licence over, as that stands.
pub(crate) fn arrival(licence: &LicenceId, from: &LicenceId, scene: &Scene) -> Act {
    let offered = scene.licence(from);
    let region = region("440400");
    let grant = Grant { region, holding: offered.holding, term: offered.term, ..year() };
    Act { by: neighbour(), ..now(licence, Change::TransferIn { from: from.clone(), grant }) }
}

/// A joint issue with the province and the nation, open for two days.
pub(crate) fn joint(scene: &Scene, needed: u8) -> Change {
    let until = scene.time.plus(2 * DAY_MS);
    Change::IssueJointly { grant: year(), with: vec![province(), nation()], needed, until }
}

pub(crate) fn cosigning(licence: &LicenceId, by: Uscc) -> Act {
    debug_assert_ne!(by, city());
    Act { by, ..now(licence, Change::Cosign) }
}
