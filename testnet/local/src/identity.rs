//! A peer id: the text by which other nodes know a network key. Source: libp2p's specification of peer ids.

use bulla_verify::keys::PublicKey;

/// What stands before the key: the identity multihash (0x00) of 36 bytes, which are the key in protobuf: field 1, the type,
/// is 1 for Ed25519; field 2, the key, has 32 bytes.
const PREFIX: [u8; 6] = [0x00, 36, 0x08, 0x01, 0x12, 32];

/// The 58 characters of base58 in Bitcoin's order: no 0, O, I, l.
const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The peer id of a network key: `12D3Koo…`.
pub(crate) fn peer_id(key: &PublicKey) -> String {
    base58(&[PREFIX.as_slice(), &key.bytes].concat())
}

fn base58(bytes: &[u8]) -> String {
    let mut digits: Vec<u32> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let value = *digit * 256 + carry;
            (*digit, carry) = (value % 58, value / 58);
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    let leading = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = digits.iter().rev().copied();
    std::iter::repeat_n(0, leading).chain(digits).map(character).collect()
}

fn character(digit: u32) -> char {
    let place = usize::try_from(digit).ok();
    char::from(*place.and_then(|place| ALPHABET.get(place)).expect("a remainder of 58 is below 58"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_verify::keys::SigningKey;

    /// Made by libp2p-identity 0.2 from the same seeds.
    #[test]
    fn libp2p_gives_the_same_text() {
        for (seed, text) in [
            (0, "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"),
            (7, "12D3KooWRawPbxPtP1eZaJpumGnyWX2DcUyd3RQnydr3eAto4Az7"),
            (255, "12D3KooWHoSyTgntm77sXShoeX9uNkqKNMhHxKtskaHqnA54SrSG"),
        ] {
            assert_eq!(peer_id(&SigningKey::from_seed(&[seed; 32]).public()), text);
        }
    }

    /// Source: draft-msporny-base58, section 5.
    #[test]
    fn the_drafts_vectors_hold() {
        assert_eq!(base58(b"Hello World!"), "2NEpo7TZRRrLZSi2U");
        assert_eq!(
            base58(b"The quick brown fox jumps over the lazy dog."),
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z"
        );
        assert_eq!(base58(&[0, 0, 0x28, 0x7f, 0xb4, 0xcd]), "11233QC4");
        assert_eq!(base58(&[]), "");
    }
}
