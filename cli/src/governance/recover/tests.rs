use super::*;
use bulla_verify::chain::ChainId;
use bulla_verify::hash::Hash;
use bulla_verify::keys::SigningKey;
use bulla_verify::time::Millis;

const LAST: HeaderHash = HeaderHash(Hash([3; 32]));

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn node(height: u64, header_hash: HeaderHash) -> NodeStatus {
    NodeStatus {
        chain: ChainId(Hash([1; 32])),
        version: "0.1.0".into(),
        key: key(1).public(),
        height: Height(height),
        block_time: Millis(70),
        state_root: Hash([2; 32]),
        header_hash,
        deciding: None,
        peers: Vec::new(),
        pool_count: 0,
        pool_bytes: 0,
        mute: None,
        why: Vec::new(),
        clock: Millis(75),
        clock_bound_ms: 10_000,
        disk: None,
        passed_over: Vec::new(),
        turned_away: Vec::new(),
    }
}

#[test]
fn who_holds_a_later_block_or_another_one_does_not_sign() {
    let told = |status: &NodeStatus| check_is_last((Height(9), LAST), status).map_err(|error| error.to_string());
    assert_eq!(told(&node(9, LAST)), Ok(()));
    assert_eq!(told(&node(4, HeaderHash::default())), Ok(()), "it lost its disk, and is behind");
    assert!(told(&node(10, LAST)).unwrap_err().contains("holds block 10, above block 9"));
    assert!(told(&node(9, HeaderHash::default())).unwrap_err().contains("this is a fork"));
}

#[test]
fn the_file_says_who_has_not_signed_and_what_to_do_then() {
    let [old, new] = [1, 2].map(key);
    let renewal = renewal(&format!("{}={}", old.public(), new.public())).unwrap();
    let agreement = Agreement { chain: ChainId::default(), height: Height(9), last: LAST, keys: vec![renewal] };
    let mut paper = Paper::new(agreement);
    let text = |paper: &Paper, by| told(Path::new("r.json"), paper, by).text;
    assert!(text(&paper, None).contains("recover sign r.json --key KEYFILE"));
    assert!(paper.sign(&old));
    let signed = text(&paper, Some(old.public()));
    assert!(signed.contains(&format!("not signed yet: {}", new.public())), "{signed}");
    assert!(paper.sign(&new));
    let complete = text(&paper, None);
    assert!(complete.contains("bullad recover r.json") && complete.contains("bulla keys destroy"), "{complete}");
    let of_other = *paper.signatures.values().next().unwrap();
    paper.signatures.values_mut().for_each(|signature| *signature = of_other);
    assert!(text(&paper, None).contains("It does not hold: signature of"));
    assert!(renewal_error("ed25519:1").contains("OLD=NEW"));
}

fn renewal_error(text: &str) -> String {
    renewal(text).unwrap_err()
}
