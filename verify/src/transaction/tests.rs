use super::*;
use crate::canonical::encode;
use crate::hash::Hash;
use crate::licence::{Act, Change};
use crate::organisation;
use alloc::vec;

const CHAIN: ChainId = ChainId(Hash([1; 32]));

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn revoke(serial: &str) -> Operation {
    let by = "11310000000000035N".parse().unwrap();
    let type_code = crate::identifiers::licence_id::LicenceTypeCode::new(by, 1).unwrap();
    let licence = crate::identifiers::licence_id::LicenceId::new(type_code, by, serial.parse().unwrap(), 1).unwrap();
    Operation::Licence(Act { licence, by, effective_at: None, change: Change::Revoke })
}

fn body() -> Body {
    Body {
        chain: CHAIN,
        nonce: [7; 16],
        expires_at: Millis(1_000),
        signers: Vec::new(),
        mode: Mode::AllOrNothing,
        operations: vec![revoke("A1"), revoke("A2")],
    }
}

#[test]
fn what_its_signers_signed_is_verified() {
    let envelope = body().sign(&[&key(2), &key(1), &key(3)]);
    let verified = envelope.clone().check(CHAIN).unwrap();
    assert_eq!((verified.envelope(), verified.id(), verified.hash()), (&envelope, envelope.body.id(), envelope.hash()));
    let bytes = encode(&envelope);
    assert_eq!(verified.byte_count(), bytes.len());
    assert_eq!(Envelope::decode(&bytes), Ok(envelope));
    let padded = [&bytes[..], &[0]].concat();
    assert_eq!(Envelope::decode(&padded), Err(DecodeError::NotCanonical));
    assert_eq!(Envelope::decode(&bytes[..bytes.len() - 1]), Err(DecodeError::NotCanonical));
    let found = MAX_ENVELOPE_BYTES + 1;
    let too_long = DecodeError::TooLong { found, limit: MAX_ENVELOPE_BYTES };
    assert_eq!(Envelope::decode(&vec![0; found]), Err(too_long));
}

#[test]
fn no_byte_of_an_envelope_can_be_changed() {
    let bytes = encode(&body().sign(&[&key(1), &key(2)]));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let held = Envelope::decode(&changed).is_ok_and(|envelope| envelope.check(CHAIN).is_ok());
        assert!(!held, "byte {at}");
    }
}

#[test]
fn one_body_has_one_id_and_each_set_of_signatures_its_own_hash() {
    let envelope = body().sign(&[&key(1)]);
    let mut resigned = envelope.clone();
    resigned.signatures[0].bytes[0] ^= 1;
    assert_eq!(resigned.body.id(), envelope.body.id());
    assert_ne!(resigned.hash(), envelope.hash());
    let independent = Body { mode: Mode::Independent, ..body() }.sign(&[&key(1)]);
    assert_ne!(independent.body.id(), envelope.body.id());
}

#[test]
fn malformed_envelopes_are_refused_by_their_rule() {
    let signed = |body: Body| body.sign(&[&key(1), &key(2)]);
    let refusal = |envelope: Envelope| envelope.check(CHAIN).unwrap_err();
    let found = ChainId(Hash([9; 32]));
    assert_eq!(refusal(signed(Body { chain: found, ..body() })), Malformed::Chain { found, expected: CHAIN });
    assert_eq!(refusal(signed(Body { operations: vec![], ..body() })), Malformed::Operations { found: 0 });
    let many = vec![revoke("A"); MAX_OPERATIONS + 1];
    assert_eq!(refusal(signed(Body { operations: many, ..body() })), Malformed::Operations { found: 1_001 });
    assert_eq!(refusal(body().sign(&[])), Malformed::Signers);
    assert_eq!(refusal(body().sign(&[&key(1), &key(1)])), Malformed::Signers, "one signer twice");
    let seventeen: Vec<_> = (0..17).map(key).collect();
    assert_eq!(refusal(body().sign(&seventeen.iter().collect::<Vec<_>>())), Malformed::Signers);

    let mut envelope = signed(body());
    envelope.body.signers.reverse();
    assert_eq!(refusal(envelope), Malformed::Signers, "not in order");
    let mut envelope = signed(body());
    envelope.signatures.pop();
    assert_eq!(refusal(envelope), Malformed::Signatures { found: 1, expected: 2 });
    let mut envelope = signed(body());
    envelope.signatures.swap(0, 1);
    let (signer, reason) = (envelope.body.signers[0], SignatureError::Mismatch);
    assert_eq!(refusal(envelope), Malformed::Signature { signer, reason });
    let mut envelope = signed(body());
    envelope.body.nonce[0] ^= 1;
    assert_eq!(refusal(envelope), Malformed::Signature { signer, reason });
}

#[test]
fn a_weak_key_signs_for_nobody() {
    let mut envelope = body().sign(&[&key(1)]);
    let mut identity = [0; 32];
    identity[0] = 1;
    envelope.body.signers = vec![PublicKey::ed25519(identity)];
    // With R the identity too and S = 0, plain verification accepts this for any message.
    envelope.signatures[0].bytes = core::array::from_fn(|at| u8::from(at == 0));
    let (signer, reason) = (envelope.body.signers[0], SignatureError::WeakKey);
    assert_eq!(envelope.check(CHAIN), Err(Malformed::Signature { signer, reason }));
}

#[test]
fn personal_numbers_are_never_recorded() {
    let kind = Personal::MobileNumber;
    let operations = vec![revoke("A1"), revoke("13812345678")];
    let envelope = Body { operations, ..body() }.sign(&[&key(1)]);
    assert_eq!(envelope.check(CHAIN), Err(Malformed::Personal { operation: 1, kind }));
    let by = "11310000000000035N".parse().unwrap();
    let region: crate::identifiers::region::RegionCode = "310000".parse().unwrap();
    let name = "office 13812345678".parse().unwrap();
    let act = organisation::Act::Register { uscc: by, name, level: region.level(), region, parent: by };
    let envelope = Body { operations: vec![Operation::Organisation(act)], ..body() }.sign(&[&key(1)]);
    assert_eq!(envelope.check(CHAIN), Err(Malformed::Personal { operation: 0, kind }));
}
