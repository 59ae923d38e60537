//! Of an envelope: it is accepted if its signers signed it, byte for byte.

use super::tape::{Tape, as_it_stands, to_be_edited};
use super::world::World;
use super::{Reached, decoded, signed, specimens};
use bulla_verify::canonical::encode;
use bulla_verify::chain::ChainId;
use bulla_verify::hash::Hash;
use bulla_verify::keys::SigningKey;
use bulla_verify::operation::Operation;
use bulla_verify::transaction::{Body, Envelope, MAX_ENVELOPE_BYTES, Malformed, Mode};
use std::sync::LazyLock;

struct Scene {
    chain: ChainId,
    /// Envelopes that hold: one of two signers, and two with each operation there is.
    envelopes: Vec<Vec<u8>>,
    /// Those, and what is signed by others than its signers.
    begun: Vec<Vec<u8>>,
    pool: Vec<Hash>,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let chain = World::new(4).chain();
    let two_signers = specimens::envelope(chain);
    // What came later has one of its own, governance first: what the corpus holds as signed is as it was.
    let before_bureau =
        specimens::operations().into_iter().filter(|operation| !specimens::bureau::operations().contains(operation));
    let (governance, others): (Vec<_>, Vec<_>) =
        before_bureau.partition(|operation| matches!(operation, Operation::Governance(_)));
    let everything =
        |operations| Body { operations, mode: Mode::AllOrNothing, signers: Vec::new(), ..two_signers.body.clone() };
    let key = SigningKey::from_seed(&[52; 32]);
    let pool = [50, 51, 52].map(|seed| Hash(SigningKey::from_seed(&[seed; 32]).public().bytes)).into();
    let forged = forged(&two_signers).iter().map(encode).collect();
    let governance = encode(&everything(governance).sign(&[&key]));
    let bureau = encode(&everything(specimens::bureau::operations()).sign(&[&key]));
    let mut envelopes = vec![encode(&two_signers), encode(&everything(others).sign(&[&key]))];
    let begun = [envelopes.clone(), forged, vec![governance.clone(), bureau.clone()]].concat();
    envelopes.extend([governance, bureau]);
    Scene { chain, begun, envelopes, pool }
});

/// Edits of lists and their lengths at once, which byte for byte are seldom hit upon.
fn forged(envelope: &Envelope) -> Vec<Envelope> {
    let edits: [fn(&mut Envelope); 7] = [
        |it| it.signatures.truncate(1),
        |it| it.signatures.clear(),
        |it| it.signatures.reverse(),
        |it| it.signatures.push(it.signatures[1]),
        |it| it.body.signers.truncate(1),
        |it| it.body.signers.clear(),
        |it| it.body.operations.clear(),
    ];
    let forge = |edit: &fn(&mut Envelope)| {
        let mut forged = envelope.clone();
        edit(&mut forged);
        forged
    };
    edits.iter().map(forge).collect()
}

pub fn judge(input: &[u8]) -> Reached {
    let bytes = Tape::new(input).encoding(&SCENE.begun, &SCENE.pool);
    let Some(envelope) = decoded(&bytes, MAX_ENVELOPE_BYTES, Envelope::decode(&bytes)) else {
        return Reached::Refused;
    };
    for operation in &envelope.body.operations {
        assert!(operation.cost() > 0);
    }
    let (id, hash) = (envelope.body.id(), envelope.hash());
    let elsewhere = envelope.clone().check(ChainId(Hash([7; 32])));
    assert!(elsewhere.is_err(), "it holds on another chain");
    let outcome = envelope.check(SCENE.chain);
    if let Ok(verified) = &outcome {
        assert_eq!((verified.id(), verified.hash(), verified.byte_count()), (id, hash, bytes.len()));
    }
    assert!(!matches!(outcome, Err(Malformed::Decode { .. })));
    signed(outcome.is_ok(), &bytes, &SCENE.envelopes)
}

pub fn seeds() -> Vec<Vec<u8>> {
    let edited = (0..4).map(|truth| to_be_edited(&[], truth));
    edited.chain(SCENE.envelopes.iter().map(|bytes| as_it_stands(&[], bytes))).collect()
}
