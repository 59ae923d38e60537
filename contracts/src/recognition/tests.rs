use super::*;
use crate::scene::{
    CITY, Scenario, Scene, agree_all, agreement_act, agreement_id, assert_reached, city, dates, day, grant_for, id,
    key, lift, limit, neighbour, now, permit, province, region, stranger, terms, year,
};
use bulla_verify::licence::{self, Licence};
use bulla_verify::operation::{self, Operation};
use bulla_verify::recognition::{Mapping, Party, Recognition, Way, recognised};

mod sequences;

/// Whether the city's permit is recognised in the neighbour's region.
fn answer(scene: &Scene, within: &str, at: Millis) -> Recognition {
    let licence: Licence = scene.licence(&id(&permit(), "A1", 1));
    let limits = read::<TerritorialLimits>(&scene.state, &permit().code);
    let agreements: Vec<RecognitionAgreement> = read(&scene.state, &agreement_id()).into_iter().collect();
    recognised(&licence, limits.as_ref(), region(within), &agreements, at)
}

fn with_permit() -> Scene {
    let mut scene = Scene::new();
    scene.empower_neighbour();
    scene.issue(now(&id(&permit(), "A1", 1), licence::Change::Issue(year())));
    scene
}

#[test]
fn a_type_is_valid_nationwide_until_the_law_limits_it() {
    let mut scene = with_permit();
    assert_eq!(answer(&scene, "440400", day(3)), Recognition::Nationwide);
    // The first word of the law may be older than the ledger.
    scene.confine(limit(-500, None));
    assert_eq!(answer(&scene, "440400", day(3)), Recognition::Not { region: region(CITY) });
    assert_eq!(answer(&scene, "440305", day(3)), Recognition::Within { region: region(CITY) });
    scene.time = day(10);
    scene.confine(lift());
    assert_eq!(answer(&scene, "440400", day(9)), Recognition::Not { region: region(CITY) });
    assert_eq!(answer(&scene, "440400", day(10)), Recognition::Nationwide);
    scene.confine(limit(20, Some(30)));
    for (at, nationwide) in [(19, true), (20, false), (29, false), (30, true)] {
        assert_eq!(answer(&scene, "440400", day(at)) == Recognition::Nationwide, nationwide, "{at}");
    }
}

/// What was not to begin before it was lifted leaves nothing behind.
#[test]
fn a_limit_that_has_not_begun_is_dropped() {
    let mut scene = with_permit();
    scene.confine(limit(50, None));
    scene.confine(lift());
    assert_eq!(read::<TerritorialLimits>(&scene.state, &permit().code), None);
    scene.confine(limit(60, None));
    scene.time = day(60);
    scene.confine(lift());
    assert_eq!(
        read::<TerritorialLimits>(&scene.state, &permit().code),
        None,
        "it would have begun at this very instant"
    );
}

#[test]
fn an_agreement_rests_while_either_body_has_it_rest_and_changes_no_licence() {
    let mut scene = with_permit();
    scene.confine(limit(-500, None));
    let licence = scene.licence(&id(&permit(), "A1", 1));
    let mut seen = Vec::new();
    for (on, by, change) in [
        (1, city(), Change::Propose(terms())),
        (2, neighbour(), Change::Accept),
        (3, neighbour(), Change::Suspend),
        (4, city(), Change::Suspend),
        (5, neighbour(), Change::Resume),
        (6, city(), Change::Resume),
        (7, city(), Change::End),
    ] {
        scene.time = day(on);
        scene.agree(by, change);
        seen.push(answer(&scene, "440400", scene.time).is_full());
    }
    assert_eq!(seen, [false, true, false, false, false, true, false]);
    // What it was on each of those days is still told.
    let told: Vec<_> = (1..=7).map(|on| answer(&scene, "440400", day(on)).is_full()).collect();
    assert_eq!(told, seen);
    assert_eq!(scene.licence(&id(&permit(), "A1", 1)), licence);
}

/// It is judged by the competence in the block; one that is lost later ends no agreement.
#[test]
fn a_body_agrees_on_types_that_it_governs_or_is_competent_for() {
    let mut scene = Scene::new();
    let owner = Terms { with: Party { organisation: province(), region: region("440400") }, ..terms() };
    scene.agree(city(), Change::Propose(owner));
    scene.agree(province(), Change::Accept);
    let withdraw = bulla_verify::catalogue::Act::Withdraw { type_code: permit().code, organisation: city() };
    scene.accept(&[&key(province(), Role::Registrar)], Operation::Catalogue(withdraw));
    assert_eq!(scene.agreement().state(scene.time), AgreementState::InForce { until: Some(day(365)) });
}

fn propose_refused(scene: &mut Scene, terms: Terms) -> operation::Refusal {
    scene.agree_refused(city(), Change::Propose(terms))
}

fn proposed() -> impl Fn(&mut Scene) {
    |scene| {
        scene.empower_neighbour();
        scene.agree(city(), Change::Propose(terms()));
    }
}

fn mapping(number: u16) -> Mapping {
    let code = LicenceTypeCode::new(province(), number).unwrap();
    Mapping { of_proposer: code, of_other: code, way: Way::Mutual }
}

fn with_mappings(numbers: &[u16]) -> Terms {
    Terms { mappings: numbers.iter().map(|number| mapping(*number)).collect(), ..terms() }
}

fn on_proposals() -> Vec<Scenario<operation::Refusal>> {
    vec![
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            scene.refuse(&[&key(city(), Role::Registrar)], agreement_act(stranger(1), Change::Propose(terms())))
        }),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            let with = Party { organisation: stranger(1), ..terms().with };
            propose_refused(scene, Terms { with, ..terms() })
        }),
        (Refusal::Role { role: Role::Registrar, organisation: city() }.into(), |scene| {
            let keys = [key(city(), Role::Issuer), key(neighbour(), Role::Registrar)];
            scene.refuse(&keys.each_ref(), agreement_act(city(), Change::Propose(terms())))
        }),
        (Refusal::NotProposer { by: neighbour(), proposer: city() }.into(), |scene| {
            scene.agree_refused(neighbour(), Change::Propose(terms()))
        }),
        (Refusal::AgreementExists { agreement: agreement_id() }.into(), |scene| {
            proposed()(scene);
            propose_refused(scene, terms())
        }),
        (Refusal::WithSelf.into(), |scene| {
            let with = Party { organisation: city(), ..terms().with };
            propose_refused(scene, Terms { with, ..terms() })
        }),
        (Refusal::RegionOutside { found: region("440000"), allowed: region(CITY) }.into(), |scene| {
            propose_refused(scene, Terms { region: region("440000"), ..terms() })
        }),
        (Refusal::RegionOutside { found: region("440500"), allowed: region("440400") }.into(), |scene| {
            let with = Party { region: region("440500"), ..terms().with };
            propose_refused(scene, Terms { with, ..terms() })
        }),
        (Refusal::RegionsOverlap { one: region(CITY), other: region("440000") }.into(), |scene| {
            let with = Party { organisation: province(), region: region("440000") };
            propose_refused(scene, Terms { with, ..terms() })
        }),
        (Refusal::RegionsOverlap { one: region(CITY), other: region("440305") }.into(), |scene| {
            let with = Party { organisation: province(), region: region("440305") };
            propose_refused(scene, Terms { with, ..terms() })
        }),
        (Refusal::Mappings { found: 0 }.into(), |scene| propose_refused(scene, with_mappings(&[]))),
        (Refusal::Mappings { found: 3 }.into(), |scene| propose_refused(scene, with_mappings(&[1, 2, 1]))),
        (Refusal::Mappings { found: 65 }.into(), |scene| {
            propose_refused(scene, with_mappings(&(1..66).collect::<Vec<_>>()))
        }),
        (Refusal::NoType { code: mapping(9).of_other }.into(), |scene| {
            let mappings = vec![Mapping { of_other: mapping(9).of_other, ..mapping(1) }];
            propose_refused(scene, Terms { mappings, ..terms() })
        }),
        (Refusal::EmptyDates.into(), |scene| propose_refused(scene, Terms { dates: dates(5, 5), ..terms() })),
        (Refusal::OverAlready { until: day(9), now: day(9) }.into(), |scene| {
            scene.time = day(9);
            propose_refused(scene, Terms { dates: dates(0, 9), ..terms() })
        }),
        // Competent for the city's region, and not for that of the province.
        (
            Refusal::NoAuthority { organisation: city(), code: mapping(1).of_other, region: region(CITY) }.into(),
            |scene| {
                let county = grant_for(permit().code, city(), "440305", dates(0, 365));
                scene.accept(&[&key(province(), Role::Registrar)], county);
                propose_refused(scene, terms())
            },
        ),
    ]
}

fn on_agreements() -> Vec<Scenario<operation::Refusal>> {
    let no_authority =
        Refusal::NoAuthority { organisation: neighbour(), code: permit().code, region: region("440400") };
    vec![
        (no_authority.into(), |scene| {
            scene.agree(city(), Change::Propose(terms()));
            scene.agree_refused(neighbour(), Change::Accept)
        }),
        (Refusal::NoAgreement { agreement: agreement_id() }.into(), |scene| {
            scene.agree_refused(neighbour(), Change::Accept)
        }),
        (Refusal::NotParty { by: city() }.into(), |scene| {
            proposed()(scene);
            scene.agree_refused(city(), Change::Accept)
        }),
        (Refusal::NotParty { by: province() }.into(), |scene| {
            proposed()(scene);
            scene.agree_refused(province(), Change::End)
        }),
        (Refusal::HasEnded { since: day(8) }.into(), |scene| {
            agree_all(scene);
            scene.time = day(8);
            scene.agree(neighbour(), Change::End);
            scene.agree_refused(city(), Change::Suspend)
        }),
        // A proposal that was withdrawn is accepted by nobody.
        (Refusal::HasEnded { since: day(8) }.into(), |scene| {
            proposed()(scene);
            scene.time = day(8);
            scene.agree(city(), Change::End);
            scene.agree_refused(neighbour(), Change::Accept)
        }),
        (Refusal::OverAlready { until: day(365), now: day(365) }.into(), |scene| {
            proposed()(scene);
            scene.time = day(365);
            scene.agree_refused(neighbour(), Change::Accept)
        }),
        (Refusal::AcceptedAlready.into(), |scene| {
            agree_all(scene);
            scene.agree_refused(neighbour(), Change::Accept)
        }),
        (Refusal::NotAccepted.into(), |scene| {
            proposed()(scene);
            scene.agree_refused(neighbour(), Change::Suspend)
        }),
        (Refusal::NotAccepted.into(), |scene| {
            proposed()(scene);
            scene.agree_refused(city(), Change::Resume)
        }),
        (Refusal::SuspendedAlready { by: city() }.into(), |scene| {
            agree_all(scene);
            scene.agree(city(), Change::Suspend);
            scene.agree_refused(city(), Change::Suspend)
        }),
        // What the other suspended is not for this one to resume.
        (Refusal::NotSuspended { by: neighbour() }.into(), |scene| {
            agree_all(scene);
            scene.agree(city(), Change::Suspend);
            scene.agree_refused(neighbour(), Change::Resume)
        }),
        (Refusal::NotSuspended { by: city() }.into(), |scene| {
            agree_all(scene);
            scene.agree(city(), Change::Suspend);
            scene.agree(city(), Change::Resume);
            scene.agree_refused(city(), Change::Resume)
        }),
        (Refusal::TooOften.into(), |scene| {
            agree_all(scene);
            for _ in 0..MAX_SUSPENSIONS {
                scene.agree(city(), Change::Suspend);
                scene.agree(city(), Change::Resume);
            }
            scene.agree_refused(neighbour(), Change::Suspend)
        }),
    ]
}

fn on_limits() -> Vec<Scenario<operation::Refusal>> {
    vec![
        (Refusal::NoType { code: mapping(9).of_other }.into(), |scene| {
            scene.confine_refused(Act::Lift { type_code: mapping(9).of_other })
        }),
        (Refusal::NotGoverned { owner: province() }.into(), |scene| {
            scene.refuse(&[&key(city(), Role::Registrar)], Operation::Recognition(limit(5, None)))
        }),
        (Refusal::NotGoverned { owner: province() }.into(), |scene| {
            scene.confine(limit(5, None));
            scene.refuse(&[&key(province(), Role::Issuer)], Operation::Recognition(lift()))
        }),
        (Refusal::EmptyLimit.into(), |scene| scene.confine_refused(limit(5, Some(5)))),
        (Refusal::InPast { from: day(7), now: day(9) }.into(), |scene| {
            scene.confine(limit(-5, Some(5)));
            scene.time = day(9);
            scene.confine_refused(limit(7, None))
        }),
        (Refusal::LimitedAlready.into(), |scene| {
            scene.confine(limit(-5, None));
            scene.confine_refused(limit(7, None))
        }),
        (Refusal::LimitedAlready.into(), |scene| {
            scene.confine(limit(-5, Some(8)));
            scene.confine_refused(limit(7, None))
        }),
        (Refusal::TooManyLimits.into(), |scene| {
            for from in 0..i64::try_from(MAX_LIMITS).unwrap() {
                scene.confine(limit(from + 1, Some(from + 2)));
            }
            scene.confine_refused(limit(90, None))
        }),
        (Refusal::NotLimited.into(), |scene| scene.confine_refused(lift())),
        (Refusal::NotLimited.into(), |scene| {
            scene.confine(limit(-5, Some(5)));
            scene.time = day(5);
            scene.confine_refused(lift())
        }),
    ]
}

#[test]
fn every_refusal_is_reached() {
    let scenarios = on_proposals().into_iter().chain(on_agreements()).chain(on_limits()).collect();
    assert_reached(Refusal::TABLE, operation::Refusal::code, scenarios);
}

#[test]
fn sixty_four_pairs_fit() {
    let mut scene = Scene::new();
    for number in 3..=65 {
        let kind = LicenceType { code: mapping(number).of_other, ..permit() };
        let grant = grant_for(kind.code, city(), CITY, dates(0, 365));
        let nation = key(crate::scene::nation(), Role::Registrar);
        scene.accept(&[&nation], crate::scene::register_type(kind));
        scene.accept(&[&key(province(), Role::Registrar)], grant);
    }
    let numbers: Vec<u16> = (1..=65).filter(|number| *number != 3).collect();
    scene.agree(city(), Change::Propose(with_mappings(&numbers)));
    assert_eq!(scene.agreement().terms.mappings.len(), MAX_MAPPINGS);
}
