use super::*;
use crate::scene::{Scenario, Scene, ann, assert_reached, city, hash, key, nation, province, register_subject};
use bulla_verify::chain::Height;
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation::{self, Operation};

fn unknown() -> Handle {
    Handle([9; 32])
}

fn close(handle: Handle, by: Uscc) -> Operation {
    Operation::Subject(Act::Close { handle, by })
}

fn link(handle: Handle, text: &str, by: Uscc) -> Operation {
    Operation::Subject(Act::LinkHandle { handle, commitment: hash(text), by })
}

fn list_licence(handle: Handle, text: &str) -> Operation {
    Operation::Subject(Act::ListLicence { handle, commitment: hash(text), by: city() })
}

fn by_authority(scene: &mut Scene, operation: Operation) {
    scene.accept(&[&key(nation(), Role::IdentityAuthority)], operation);
}

fn refused(scene: &mut Scene, operation: Operation) -> operation::Refusal {
    scene.prepare_credit();
    scene.refuse(&[&key(nation(), Role::IdentityAuthority)], operation)
}

/// A second identity authority.
fn refused_to_another(scene: &mut Scene, operation: Operation) -> operation::Refusal {
    scene.prepare_credit();
    let another = key(province(), Role::IdentityAuthority);
    let grant = crate::scene::register_key(province(), &another, &[Role::IdentityAuthority]);
    scene.accept(&[&key(province(), Role::Registrar)], grant);
    scene.refuse(&[&another], operation)
}

#[test]
fn every_refusal_is_reached() {
    let role = |role, organisation| operation::Refusal::from(Refusal::Role { role, organisation });
    let authority = || role(Role::IdentityAuthority, nation());
    let not_yours = || operation::Refusal::from(Refusal::NotYours { by: province(), authority: nation() });
    fn by_registrar(scene: &mut Scene, operation: Operation) -> operation::Refusal {
        scene.prepare_credit();
        scene.refuse(&[&key(nation(), Role::Registrar)], operation)
    }
    let scenarios: Vec<Scenario<operation::Refusal>> = vec![
        (authority(), |scene| by_registrar(scene, register_subject(unknown(), SubjectKind::Natural))),
        (authority(), |scene| by_registrar(scene, close(ann(), nation()))),
        (authority(), |scene| by_registrar(scene, link(ann(), "other", nation()))),
        (role(Role::Issuer, city()), |scene| refused(scene, list_licence(ann(), "licence"))),
        (Refusal::NoSubject.into(), |scene| refused(scene, close(unknown(), nation()))),
        (Refusal::NoSubject.into(), |scene| refused(scene, link(unknown(), "other", nation()))),
        (Refusal::NoSubject.into(), |scene| {
            scene.refuse(&[&key(city(), Role::Issuer)], list_licence(unknown(), "licence"))
        }),
        (Refusal::SubjectExists.into(), |scene| refused(scene, register_subject(ann(), SubjectKind::Legal))),
        (not_yours(), |scene| refused_to_another(scene, close(ann(), province()))),
        (not_yours(), |scene| refused_to_another(scene, link(ann(), "other", province()))),
        (Refusal::Closed { since: Height(36) }.into(), |scene| {
            scene.prepare_credit();
            scene.height = Height(36);
            by_authority(scene, close(ann(), nation()));
            scene.refuse(&[&key(nation(), Role::IdentityAuthority)], close(ann(), nation()))
        }),
        (Refusal::Closed { since: Height(36) }.into(), |scene| {
            scene.prepare_credit();
            scene.height = Height(36);
            by_authority(scene, close(ann(), nation()));
            scene.refuse(&[&key(nation(), Role::IdentityAuthority)], link(ann(), "other", nation()))
        }),
    ];
    assert_reached(Refusal::TABLE, operation::Refusal::code, scenarios);
}

/// Of each list the state has length and root, so that whoever is given all of it knows that it is all.
#[test]
fn lists_are_whole_and_apart() {
    let mut scene = Scene::with_credit();
    let first = scene.height;
    scene.accept(&[&key(city(), Role::Issuer)], list_licence(ann(), "one"));
    scene.accept(&[&key(city(), Role::Issuer)], list_licence(ann(), "two"));
    by_authority(&mut scene, link(ann(), "other", nation()));
    let licences = ["one", "two"].map(|text| Listed::Licence(hash(text)));
    let expected = [(ListKind::Licences, licences.to_vec()), (ListKind::Handles, vec![Listed::Handle(hash("other"))])];
    let mut height = first;
    for (kind, listed) in expected {
        let mut lines = Vec::new();
        for what in listed {
            lines.push(canonical::encode(&Line { recorded_at: height, what }));
            height = height.next();
        }
        let leaves: Vec<_> = lines.iter().map(|line| leaf_hash(line)).collect();
        let kept: SubjectList = read(&scene.state, &(ann(), kind)).unwrap();
        assert_eq!(kept.head, Head::of(&leaves));
        assert_eq!(Some(kept.recorded_at), height.previous());
        assert_eq!(scene.state.lists[&SubjectList::key(&(ann(), kind))], lines);
    }
    assert_eq!(read::<SubjectList>(&scene.state, &(ann(), ListKind::Credit)), None);
}

#[test]
fn a_licence_is_listed_after_its_handle_was_closed() {
    let mut scene = Scene::with_credit();
    by_authority(&mut scene, close(ann(), nation()));
    scene.accept(&[&key(city(), Role::Issuer)], list_licence(ann(), "one"));
}
