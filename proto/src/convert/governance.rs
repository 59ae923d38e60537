//! Who decides blocks, and who only follows.

use super::{NotUnderstood, parse, required};
use crate::answer::Governed;
use crate::v1;
use bulla_verify::chain::Height;
use bulla_verify::governance::{Follower, Followers, Offender, Validators};
use bulla_verify::validators::{Validator, ValidatorSet};

impl From<Governed> for v1::ValidatorsResponse {
    fn from(governed: Governed) -> Self {
        let Governed { validators: Validators { set, from, offenders }, followers, as_of } = governed;
        let validator = |one: &Validator| v1::Validator {
            key: one.key.to_string(),
            organisation: one.organisation.to_string(),
            power: one.power,
            offender_from: offenders.iter().find(|marked| marked.key == one.key).map(|marked| marked.from.0),
        };
        let follower = |one: &Follower| v1::Follower {
            key: one.key.to_string(),
            organisation: one.organisation.to_string(),
            network: one.network.to_string(),
        };
        v1::ValidatorsResponse {
            from: from.0,
            validators: set.as_slice().iter().map(validator).collect(),
            followers: followers.0.iter().map(follower).collect(),
            as_of: Some(as_of.into()),
        }
    }
}

impl TryFrom<v1::ValidatorsResponse> for Governed {
    type Error = NotUnderstood;

    fn try_from(message: v1::ValidatorsResponse) -> Result<Self, NotUnderstood> {
        let validator = |one: &v1::Validator| -> Result<_, NotUnderstood> {
            let key = parse("validator's key", &one.key)?;
            let organisation = parse("validator's organisation", &one.organisation)?;
            Ok(Validator { key, organisation, power: one.power })
        };
        let follower = |one: &v1::Follower| -> Result<_, NotUnderstood> {
            let key = parse("follower's key", &one.key)?;
            let organisation = parse("follower's organisation", &one.organisation)?;
            Ok(Follower { key, organisation, network: parse("follower's network key", &one.network)? })
        };
        let members = message.validators.iter().map(validator).collect::<Result<Vec<_>, _>>()?;
        let marks = members.iter().zip(&message.validators);
        let offenders = marks
            .filter_map(|(member, one)| one.offender_from.map(|from| Offender { key: member.key, from: Height(from) }));
        let mut offenders: Vec<_> = offenders.collect();
        offenders.sort_by_key(|offender| offender.key);
        let set = ValidatorSet::new(members).map_err(|_| NotUnderstood::Malformed { field: "validators" })?;
        let followers = Followers(message.followers.iter().map(follower).collect::<Result<_, _>>()?);
        let as_of = required("as_of", message.as_of)?.into();
        Ok(Governed { validators: Validators { set, from: Height(message.from), offenders }, followers, as_of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::AsOf;
    use bulla_verify::keys::SigningKey;
    use bulla_verify::time::Millis;

    #[test]
    fn validators_come_back_with_their_marks() {
        let organisation = "11310000000000035N".parse().unwrap();
        let key = |seed: u8| SigningKey::from_seed(&[seed; 32]).public();
        let validator = |seed| Validator { key: key(seed), organisation, power: u64::from(seed) };
        let set = ValidatorSet::new((1..=4).map(validator).collect()).unwrap();
        let offenders = vec![Offender { key: key(3), from: Height(8) }];
        let governed = Governed {
            validators: Validators { set, from: Height(7), offenders },
            followers: Followers(vec![Follower { key: key(9), organisation, network: key(10) }]),
            as_of: AsOf { height: Height(12), time: Millis(5), stale: false },
        };
        let message = v1::ValidatorsResponse::from(governed.clone());
        assert_eq!(Governed::try_from(message.clone()), Ok(governed));
        let mut twice = message.clone();
        twice.validators.push(message.validators[0].clone());
        assert_eq!(Governed::try_from(twice), Err(NotUnderstood::Malformed { field: "validators" }));
        assert!(Governed::try_from(v1::ValidatorsResponse { as_of: None, ..message }).is_err());
    }
}
