use super::*;
use crate::scene::{Scene, city, key, nation, neighbour, province, stranger};

fn signers(scene: &Scene, owner: Uscc, role: Role) -> Signers {
    Signers::of(&scene.state, &[key(owner, role).public()], scene.height)
}

#[test]
fn a_key_acts_for_its_own_body_in_its_own_role() {
    let scene = Scene::new();
    let registrar = signers(&scene, province(), Role::Registrar);
    assert!(registrar.act_for(province(), Role::Registrar));
    assert!(!registrar.act_for(province(), Role::Issuer));
    assert!(!registrar.act_for(city(), Role::Registrar));
}

#[test]
fn authority_reaches_down_the_line_and_never_up_or_across() {
    let scene = Scene::new();
    let above = |owner, of| signers(&scene, owner, Role::Registrar).act_for_or_above(&scene.state, of, Role::Registrar);
    assert!(above(nation(), city()));
    assert!(above(province(), city()));
    assert!(above(city(), city()));
    assert!(!above(city(), province()));
    assert!(!above(neighbour(), city()));
    assert!(!above(nation(), stranger(1)));
    assert!(!signers(&scene, nation(), Role::Issuer).act_for_or_above(&scene.state, city(), Role::Registrar));
}

#[test]
fn a_key_that_is_not_active_adds_nothing() {
    let scene = Scene::new();
    let unknown = key(stranger(1), Role::Registrar).public();
    let known = key(city(), Role::Registrar).public();
    let signers = Signers::of(&scene.state, &[unknown, known], scene.height);
    assert!(signers.include(&known) && !signers.include(&unknown));
    assert_eq!(signers.payer(), Some(city()));
    assert_eq!(Signers::of(&scene.state, &[known], Height(1)).payer(), None, "before it was registered");
}
