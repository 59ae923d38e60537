//! The document with which a test network begins.

use crate::departments::{department, national_body};
use bulla_verify::chain::Height;
use bulla_verify::genesis::{Genesis, VERSION};
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::keys::PublicKey;
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use bulla_verify::validators::{Validator, ValidatorSet};

/// One root, the national body, with a key for each role given; the voters are departments of equal power, node 0 first.
///
/// # Panics
/// If there are no voters or more than a set may have, or if two keys are the same: the caller makes both.
pub(crate) fn genesis(
    time: Millis,
    parameters: Parameters,
    roles: &[(Role, PublicKey)],
    voters: &[PublicKey],
) -> Genesis {
    let root = national_body();
    let grant = |&(role, key): &(Role, PublicKey)| KeyGrant {
        key,
        organisation: root.uscc,
        roles: [role].into_iter().collect(),
        from: Height(0),
        until: None,
    };
    let mut keys: Vec<KeyGrant> = roles.iter().map(grant).collect();
    keys.sort_by_key(|grant| grant.key);
    let validators = (0..)
        .zip(voters)
        .map(|(node, key)| Validator { key: *key, organisation: department(node).uscc, power: 1 })
        .collect();
    Genesis {
        version: VERSION,
        name: "Local test network".parse().expect("a short name"),
        time,
        parameters,
        organisations: vec![Organisation {
            uscc: root.uscc,
            name: root.name,
            level: Level::National,
            region: RegionCode::NATIONAL,
            parent: None,
        }],
        keys,
        validators: ValidatorSet::new(validators).expect("fresh keys, and as many as the plan allows"),
    }
}
