use super::*;
use crate::canonical::encode;
use crate::chain::Height;
use crate::identifiers::region::{Level, RegionCode};
use crate::identifiers::uscc::Uscc;
use crate::keys::{PublicKey, SigningKey};
use crate::roles::Role;
use crate::validators::Validator;

fn root(uscc: &str) -> Organisation {
    Organisation {
        uscc: uscc.parse().unwrap(),
        name: "局".parse().unwrap(),
        level: Level::National,
        region: RegionCode::NATIONAL,
        parent: None,
    }
}

fn grant(seed: u8, organisation: Uscc) -> KeyGrant {
    KeyGrant {
        key: SigningKey::from_seed(&[seed; 32]).public(),
        organisation,
        roles: [Role::Registrar].into_iter().collect(),
        from: Height(0),
        until: None,
    }
}

/// Two roots, each with a registrar.
fn sound() -> Genesis {
    let organisations: Vec<_> = ["11100000000013338W", "11100000MB03271699"].map(root).into();
    let mut keys: Vec<_> = organisations.iter().zip(1..).map(|(root, seed)| grant(seed, root.uscc)).collect();
    keys.sort_by_key(|grant| grant.key);
    let voter = SigningKey::from_seed(&[9; 32]).public();
    let validators =
        ValidatorSet::new([Validator { key: voter, organisation: organisations[0].uscc, power: 1 }].into()).unwrap();
    Genesis {
        version: VERSION,
        name: "test".parse().unwrap(),
        time: Millis(0),
        parameters: Parameters::default(),
        organisations,
        keys,
        validators,
    }
}

fn broken(by: impl FnOnce(&mut Genesis)) -> Result<(), GenesisError> {
    let mut genesis = sound();
    assert_eq!(genesis.check(), Ok(()));
    by(&mut genesis);
    genesis.check()
}

#[test]
fn another_version_is_refused() {
    assert_eq!(broken(|genesis| genesis.version = 2), Err(GenesisError::Version { found: 2 }));
}

#[test]
fn numbers_out_of_range_are_refused() {
    let refused = broken(|genesis| genesis.parameters.max_block_cost = 1);
    assert!(matches!(refused, Err(GenesisError::Parameters(OutOfRange { name: "max_block_cost", .. }))));
}

#[test]
fn organisations_are_roots_in_order() {
    let refused = Err(GenesisError::Organisations);
    assert_eq!(broken(|genesis| genesis.organisations.reverse()), refused);
    assert_eq!(broken(|genesis| genesis.organisations[1] = genesis.organisations[0].clone()), refused);
    assert_eq!(broken(|genesis| genesis.organisations[1].parent = Some(genesis.organisations[0].uscc)), refused);
    assert_eq!(broken(|genesis| genesis.organisations.clear()), refused);
}

#[test]
fn keys_are_sound_and_every_root_has_a_registrar() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let breaks: [fn(&mut Genesis); 7] = [
        |genesis| genesis.keys.reverse(),
        |genesis| genesis.keys[1] = genesis.keys[0].clone(),
        |genesis| genesis.keys[0].from = Height(1),
        |genesis| genesis.keys[0].until = Some(Height(9)),
        |genesis| genesis.keys[0].organisation = "11330105002500287C".parse().unwrap(),
        |genesis| genesis.keys.truncate(1),
        |genesis| genesis.keys[0].roles = [Role::Issuer].into_iter().collect(),
    ];
    for by in breaks {
        assert_eq!(broken(by), Err(GenesisError::Keys));
    }
    assert_eq!(broken(|genesis| genesis.keys[0].key = PublicKey::ed25519(identity)), Err(GenesisError::Keys));
}

#[test]
fn every_part_of_the_document_makes_the_chain() {
    let chain = sound().chain();
    assert_eq!(sound().chain(), chain);
    let changes: [fn(&mut Genesis); 4] = [
        |genesis| genesis.time = Millis(1),
        |genesis| genesis.name = "test2".parse().unwrap(),
        |genesis| genesis.parameters.heartbeat_ms += 1,
        |genesis| genesis.keys.truncate(1),
    ];
    for change in changes {
        let mut other = sound();
        change(&mut other);
        assert_ne!(other.chain(), chain);
    }
}

#[test]
fn json_gives_the_same_document_and_refuses_unknown_keys() {
    let json = serde_json::to_string(&sound()).unwrap();
    let back: Genesis = serde_json::from_str(&json).unwrap();
    assert_eq!(encode(&back), encode(&sound()));
    assert!(serde_json::from_str::<Genesis>(&json.replacen('{', r#"{"extra":1,"#, 1)).is_err());
}
