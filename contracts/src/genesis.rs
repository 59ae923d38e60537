//! The state before the first block.

use crate::changes::Changes;
use crate::draft::Draft;
use crate::view::View;
use bulla_verify::genesis::Genesis;
use bulla_verify::governance::Validators;
use bulla_verify::list::Frontier;
use bulla_verify::tree::StateKey;

/// The records with which a chain begins: its parameters, its validators, the root organisations and their keys. The document
/// must have passed [`Genesis::check`].
pub fn genesis(genesis: &Genesis) -> Changes {
    let mut draft = Draft::over(&Nothing);
    draft.write(&(), &genesis.parameters);
    draft.write(&(), &Validators::first(genesis.validators.clone()));
    genesis.organisations.iter().for_each(|root| draft.write(&root.uscc, root));
    genesis.keys.iter().for_each(|grant| draft.write(&grant.key, grant));
    draft.into_changes()
}

/// The state with no record.
struct Nothing;

impl View for Nothing {
    fn record(&self, _: &StateKey) -> Option<Vec<u8>> {
        None
    }

    fn frontier(&self, _: &StateKey) -> Frontier {
        Frontier::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene;
    use crate::view::{parameters, read};
    use bulla_verify::chain::Height;
    use bulla_verify::organisation::{KeyGrant, Organisation};

    #[test]
    fn every_root_and_key_of_the_document_is_in_the_state() {
        let document = scene::document();
        assert_eq!(document.check(), Ok(()));
        let mut state = Draft::over(&Nothing);
        state.absorb(genesis(&document));
        assert_eq!(parameters(&state, Height(1)), document.parameters);
        for root in &document.organisations {
            assert_eq!(read::<Organisation>(&state, &root.uscc).as_ref(), Some(root));
        }
        for grant in &document.keys {
            assert_eq!(read::<KeyGrant>(&state, &grant.key).as_ref(), Some(grant));
        }
        let validators: Validators = read(&state, &()).unwrap();
        assert_eq!(validators, Validators { set: document.validators, from: Height(1), offenders: Vec::new() });
        let expected = 2 + document.organisations.len() + document.keys.len();
        assert_eq!(state.into_changes().writes(), expected);
    }
}
