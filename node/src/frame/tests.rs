use super::*;
use proptest::prelude::*;

fn rest(frame: Frame<'_>) -> Vec<u8> {
    let bytes = encode(frame).expect("within the limit");
    let prefix = bytes[..PREFIX_BYTES].try_into().unwrap();
    assert_eq!(rest_of(prefix), Ok(bytes.len() - PREFIX_BYTES));
    bytes[PREFIX_BYTES..].to_vec()
}

#[test]
fn the_bytes_of_a_frame_are_these() {
    let bytes = encode(Frame::Message(&[0xaa, 0xbb])).unwrap();
    assert_eq!(bytes, [12, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0xaa, 0xbb]);
    assert_eq!(encode(Frame::Alive).unwrap(), [10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn the_longest_payload_passes_and_one_byte_more_does_not() {
    let longest = vec![7; MAX_FRAME_BYTES];
    assert_eq!(decode(&rest(Frame::Message(&longest))), Ok(Frame::Message(&longest)));
    let longer = vec![7; MAX_FRAME_BYTES + 1];
    let too_long = FrameError::TooLong { found: MAX_REST_BYTES + 1, limit: MAX_REST_BYTES };
    assert_eq!(encode(Frame::Message(&longer)), Err(too_long));
}

#[test]
fn a_length_is_judged_before_the_rest() {
    let found = |length: usize| rest_of(u32::try_from(length).unwrap().to_le_bytes());
    assert_eq!(found(OVERHEAD_BYTES - 1), Err(FrameError::TooShort { found: OVERHEAD_BYTES - 1 }));
    assert_eq!(found(OVERHEAD_BYTES), Ok(OVERHEAD_BYTES));
    assert_eq!(found(MAX_REST_BYTES), Ok(MAX_REST_BYTES));
    let too_long = FrameError::TooLong { found: MAX_REST_BYTES + 1, limit: MAX_REST_BYTES };
    assert_eq!(found(MAX_REST_BYTES + 1), Err(too_long));
    assert!(rest_of([0xff; PREFIX_BYTES]).is_err());
}

#[test]
fn a_length_inside_that_lies_is_refused() {
    let most = u64::try_from(MAX_REST_BYTES).unwrap();
    for lie in [0, 1, 3, most, u64::from(u32::MAX), u64::MAX] {
        let mut bytes = rest(Frame::Message(&[1, 2]));
        bytes[2..10].copy_from_slice(&lie.to_le_bytes());
        assert_eq!(decode(&bytes), Err(FrameError::Record), "{lie}");
    }
}

#[test]
fn other_versions_other_kinds_and_trailing_bytes_are_refused() {
    let good = rest(Frame::Message(&[1, 2]));
    let mut bytes = good.clone();
    bytes[0] = 2;
    assert_eq!(decode(&bytes), Err(FrameError::Version(2)));
    bytes.clone_from(&good);
    bytes[1] = 9;
    assert_eq!(decode(&bytes), Err(FrameError::Kind(9)));
    bytes[1] = KIND_ALIVE;
    assert_eq!(decode(&bytes), Err(FrameError::Kind(KIND_ALIVE)), "nothing to say, and yet a payload");
    bytes.clone_from(&good);
    bytes.push(0);
    assert_eq!(decode(&bytes), Err(FrameError::Record));
    assert_eq!(decode(&good[..good.len() - 1]), Err(FrameError::Record));
    assert_eq!(decode(&[]), Err(FrameError::TooShort { found: 0 }));
}

proptest! {
    #[test]
    fn whatever_is_a_frame_has_this_form_alone(rest_bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(frame) = decode(&rest_bytes) {
            prop_assert_eq!(rest(frame), rest_bytes);
        }
    }

    #[test]
    fn a_frame_with_a_byte_changed_is_another_frame_or_none(payload: Vec<u8>, at: prop::sample::Index, to: u8) {
        let good = rest(Frame::Message(&payload));
        let mut bytes = good.clone();
        bytes[at.index(good.len())] = to;
        match decode(&bytes) {
            Ok(frame) => prop_assert_eq!(rest(frame), bytes),
            Err(_) => prop_assert_ne!(bytes, good),
        }
    }
}
