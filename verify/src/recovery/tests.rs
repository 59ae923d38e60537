use super::*;
use crate::canonical::{DecodeError, decode, encode};
use std::collections::BTreeSet as Reached;
use std::mem::discriminant;

const CHAIN: ChainId = ChainId(Hash([1; 32]));
const LAST: HeaderHash = HeaderHash(Hash([2; 32]));

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

/// Validators with these keys, each with another power.
fn set(seeds: impl IntoIterator<Item = u8>) -> ValidatorSet {
    let organisation = "11310000000000035N".parse().unwrap();
    let validator = |(power, seed)| Validator { key: key(seed).public(), organisation, power };
    ValidatorSet::new((1..).zip(seeds).map(validator).collect()).unwrap()
}

/// Of validators 1 to 4, each of whom gets the key with 10 more.
fn agreement() -> Agreement {
    let renewal = |seed| Renewal { from: key(seed).public(), to: key(seed + 10).public() };
    let mut keys: Vec<_> = (1..=4).map(renewal).collect();
    keys.sort_by_key(|renewal| renewal.from);
    Agreement { chain: CHAIN, height: Height(9), last: LAST, keys }
}

fn signed(agreement: Agreement) -> Recovery {
    let mut paper = Paper::new(agreement);
    for seed in 1..=40 {
        paper.sign(&key(seed));
    }
    paper.complete().unwrap()
}

fn check(recovery: &Recovery) -> Result<ValidatorSet, RecoveryError> {
    recovery.check_after((CHAIN, Height(9), LAST), &set(1..=4))
}

#[test]
fn the_same_validators_go_on_under_their_new_keys() {
    let recovery = signed(agreement());
    let next = check(&recovery).unwrap();
    assert_eq!(next, set(11..=14), "organisations and powers stay");
    assert_eq!(recovery.agreement.before(&next), Some(set(1..=4)));
    assert_eq!(recovery.agreement.before(&set(11..=13)), None);
}

#[test]
fn every_rule_is_reached() {
    let of = |change: &dyn Fn(&mut Agreement)| {
        let mut agreement = agreement();
        change(&mut agreement);
        signed(agreement)
    };
    let missing = agreement().keys[3].from;
    let (one, two) = (agreement().keys[0], agreement().keys[1]);
    let stranger = Renewal { from: key(30).public(), to: key(31).public() };
    let mut identity = [0; 32];
    identity[0] = 1;
    let weak = PublicKey::ed25519(identity);
    let mut unsigned = signed(agreement());
    unsigned.signatures.pop();
    let mut more = signed(agreement());
    more.signatures.push(more.signatures[0]);
    let mut by_old = signed(agreement());
    by_old.signatures[1][0] = by_old.signatures[0][0];
    let mut by_new = signed(agreement());
    by_new.signatures[1][1] = by_new.signatures[1][0];
    let mut other = signed(agreement());
    other.agreement.keys[2].to = key(20).public();
    let mut of_weak = signed(agreement());
    of_weak.agreement.keys[0].to = weak;
    let mismatch = |key| RecoveryError::Signature { key, reason: SignatureError::Mismatch };
    let block = |found, last| RecoveryError::Block { found: Height(found), last, expected: Height(9) };
    let unsound = ValidatorSetError::Key { key: weak, reason: SignatureError::WeakKey };
    let cases = [
        (of(&|a| a.chain = ChainId::default()), RecoveryError::Chain { found: ChainId::default() }),
        (of(&|a| a.height = Height(8)), block(8, LAST)),
        (of(&|a| a.last = HeaderHash::default()), block(9, HeaderHash::default())),
        (of(&|a| a.keys.truncate(3)), RecoveryError::Missing { key: missing }),
        (of(&|a| a.keys.push(stranger)), RecoveryError::NotValidator { key: stranger.from }),
        (of(&|a| a.keys.reverse()), RecoveryError::Order),
        (of(&|a| a.keys.push(a.keys[3])), RecoveryError::Order),
        (of(&|a| a.keys[0].to = one.from), RecoveryError::KeyExists { key: one.from }),
        (of(&|a| a.keys[0].to = two.from), RecoveryError::KeyExists { key: two.from }),
        (of(&|a| a.keys[1].to = one.to), RecoveryError::KeyExists { key: one.to }),
        (of_weak, RecoveryError::Unsound(unsound)),
        (unsigned, RecoveryError::NotSigned { key: missing }),
        (more, RecoveryError::TooManySignatures),
        (by_old, mismatch(two.from)),
        (by_new, mismatch(two.to)),
        (other, mismatch(one.from)),
    ];
    for (recovery, error) in &cases {
        assert_eq!(check(recovery).as_ref(), Err(error));
    }
    let reached: Reached<_> = cases.iter().map(|(_, error)| std::format!("{:?}", discriminant(error))).collect();
    assert_eq!(reached.len(), 10, "every variant but that of genesis");
    let first = of(&|a| a.height = Height(0));
    assert_eq!(first.check_after((CHAIN, Height(0), LAST), &set(1..=4)), Err(RecoveryError::Genesis));
}

#[test]
fn a_set_whose_power_differs_is_another() {
    let recovery = signed(agreement());
    let five = recovery.check_after((CHAIN, Height(9), LAST), &set(1..=5));
    assert_eq!(five, Err(RecoveryError::Missing { key: key(5).public() }));
    let three = recovery.check_after((CHAIN, Height(9), LAST), &set(1..=3));
    assert_eq!(three, Err(RecoveryError::NotValidator { key: key(4).public() }));
}

#[test]
fn a_paper_says_who_has_not_signed() {
    let mut paper = Paper::new(agreement());
    assert!(!paper.sign(&key(5)), "it is not named");
    assert_eq!(paper.missing().len(), 8);
    for seed in [1, 2, 3, 4, 11, 12, 13] {
        assert!(paper.sign(&key(seed)));
    }
    assert_eq!(paper.missing(), [key(14).public()]);
    assert_eq!(paper.complete(), Err(RecoveryError::NotSigned { key: key(14).public() }));
    let text = serde_json::to_string(&paper).unwrap();
    assert_eq!(serde_json::from_str::<Paper>(&text).unwrap(), paper);
    assert!(serde_json::from_str::<Paper>(&text.replacen("ed25519:", "ed25519:0", 2)).is_err());
    assert!(paper.sign(&key(14)));
    assert_eq!(check(&paper.complete().unwrap()), Ok(set(11..=14)));
}

#[test]
fn it_comes_back_from_its_bytes_alone() {
    let recovery = signed(agreement());
    let bytes = encode(&recovery);
    assert_eq!(decode(&bytes, bytes.len()), Ok(recovery));
    let cut = decode::<Recovery>(&bytes[..bytes.len() - 1], bytes.len());
    assert_eq!(cut, Err(DecodeError::NotCanonical));
}
