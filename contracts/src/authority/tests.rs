use super::*;
use crate::scene::{Scene, city, consensus_key, document, key, nation, neighbour, province, register_key, stranger};
use bulla_verify::chain::Height;
use bulla_verify::governance::{self, SetChange};
use bulla_verify::time::Millis;
use bulla_verify::transaction::Mode;

fn body(signers: &[PublicKey], operations: Vec<Operation>) -> Body {
    let (chain, nonce, expires_at) = (document().chain(), [0; 16], Millis(0));
    Body { chain, nonce, expires_at, signers: signers.into(), mode: Mode::AllOrNothing, operations }
}

fn signers(scene: &Scene, owner: Uscc, role: Role) -> Signers<'static> {
    let body = Box::leak(Box::new(body(&[key(owner, role).public()], Vec::new())));
    Signers::of(&scene.state, body, scene.at())
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
    let both = body(&[unknown, known], Vec::new());
    let signers = Signers::of(&scene.state, &both, scene.at());
    assert_eq!((signers.check(&known), signers.check(&unknown)), (Ok(()), Err(MayNot::Unknown)));
    assert_eq!(signers.payer(), Some(city()));
    assert_eq!(
        Signers::of(&scene.state, &both, At { height: Height(1), ..scene.at() }).payer(),
        None,
        "before it was registered"
    );
}

#[test]
fn a_consensus_key_signs_acts_of_governance_alone_and_its_organisation_pays() {
    let scene = Scene::new();
    let (voter, joins) = (consensus_key(1).public(), consensus_key(9).public());
    let validator = Validator { key: joins, organisation: city(), power: 1 };
    let govern = Operation::Governance(governance::Act::ChangeValidators(vec![SetChange::Join(validator)]));
    let other = register_key(city(), &key(stranger(1), Role::Issuer), &[Role::Issuer]);
    let of = |operations| {
        let body = body(&[joins, voter], operations);
        let signers = Signers::of(&scene.state, &body, scene.at());
        assert_eq!(signers.payer(), Some(nation()));
        (signers.check(&voter), signers.check(&joins))
    };
    assert_eq!(of(vec![govern.clone()]), (Ok(()), Ok(())));
    assert_eq!(of(vec![govern.clone(), other.clone()]), (Err(MayNot::Consensus), Ok(())));
    assert_eq!(of(vec![other]), (Err(MayNot::Consensus), Err(MayNot::Unknown)));
    let alone = body(&[joins], vec![govern]);
    assert_eq!(Signers::of(&scene.state, &alone, scene.at()).payer(), None, "nobody pays for a stranger");
}
