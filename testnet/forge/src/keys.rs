//! What signs: the keys of a network that was laid out. They lie beside their passphrases, for they are for tests.

use anyhow::{Context, Result};
use bulla_keystore::{open_file, read_passphrase};
use bulla_testnet_local::LocalNetwork;
use bulla_verify::certificate::{Certificate, Signers};
use bulla_verify::chain::Round;
use bulla_verify::genesis::Genesis;
use bulla_verify::header::Header;
use bulla_verify::keys::SigningKey;
use bulla_verify::roles::Role;
use bulla_verify::validators::ValidatorSet;
use bulla_verify::vote::{Heard, Vote, VoteKind};
use std::fs;

/// The validators' keys, by their places in the set.
pub(crate) struct Voters {
    set: ValidatorSet,
    keys: Vec<SigningKey>,
}

/// The document with which a network begins.
pub(crate) fn genesis(network: &LocalNetwork) -> Result<Genesis> {
    let path = network.genesis();
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("cannot understand {}", path.display()))
}

/// The national body's key with a role.
pub(crate) fn operator(network: &LocalNetwork, role: Role) -> Result<SigningKey> {
    Ok(open_file(&network.operator_key(role), &read_passphrase(&network.operator_passphrase())?)?)
}

impl Voters {
    pub(crate) fn of(network: &LocalNetwork, genesis: &Genesis) -> Result<Voters> {
        let mut keys = Vec::new();
        for node in network.nodes() {
            let home = network.node_directory(node.node);
            keys.push(open_file(&home.join("consensus.key"), &read_passphrase(&home.join("passphrase"))?)?);
        }
        keys.sort_by_key(SigningKey::public);
        Ok(Voters { set: genesis.validators.clone(), keys })
    }

    /// Whose turn it is in the first round of a height.
    pub(crate) fn proposer(&self, height: u64) -> &SigningKey {
        let turn = height.checked_rem(u64::try_from(self.keys.len()).unwrap_or(u64::MAX)).unwrap_or_default();
        usize::try_from(turn).ok().and_then(|turn| self.keys.get(turn)).expect("a network has validators")
    }

    /// The precommits of as many of the first as decide.
    pub(crate) fn certify(&self, header: &Header) -> Certificate {
        let (chain, height, value) = (header.rest.chain, header.light.height, header.hash());
        let (mut signers, mut signatures) = (Signers::default(), Vec::new());
        let quorum = usize::try_from(self.set.quorum()).expect("each has power 1");
        for (place, key) in self.keys.iter().enumerate().take(quorum) {
            let voter = key.public();
            let kind = VoteKind::Precommit;
            let vote = Vote { chain, height, round: Round(0), kind, value: Some(value), voter };
            signers.insert(place);
            signatures.push(*Heard::own(vote, key).signature());
        }
        Certificate { height, round: Round(0), value, signers, signatures }
    }
}
