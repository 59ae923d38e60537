use super::super::uscc::tests::any_uscc;
use super::*;
use crate::canonical::{decode, encode};
use alloc::{format, string::ToString, vec::Vec};
use proptest::prelude::*;

const REAL: &str = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U";

fn read(text: &str) -> Result<LicenceId, LicenceIdError> {
    text.parse()
}

fn mod_37_36(text: &str) -> char {
    let mut check = Mod3736::new();
    fmt::Write::write_str(&mut check, text).unwrap();
    check.character()
}

fn any_id() -> impl Strategy<Value = LicenceId> {
    (any_uscc(), 0u16..=999, any_uscc(), "[0-9A-Z]{1,32}", 1u16..=999).prop_map(
        |(owner, number, issuer, serial, version)| {
            let type_code = LicenceTypeCode::new(owner, number).unwrap();
            LicenceId::new(type_code, issuer, serial.parse().unwrap(), version).unwrap()
        },
    )
}

#[test]
fn mod_37_36_agrees_with_grid_and_isan() {
    assert_eq!(mod_37_36("A12425GABC1234002"), 'M');
    assert_eq!(mod_37_36("00003BAB93520000"), 'G');
}

#[test]
fn identifiers_seen_in_public_are_valid() {
    for text in [
        REAL,
        "1.2.156.3005.2.11100000000013338W032.11220000013544541J.2430599.001.F",
        "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
    ] {
        assert_eq!(read(text).unwrap().to_string(), text);
    }
    let id = read(REAL).unwrap();
    assert_eq!(id.type_code().to_string(), "11100000000013338W011");
    assert_eq!((id.type_code().owner().as_str(), id.type_code().number()), ("11100000000013338W", 11));
    assert_eq!(id.issuer().as_str(), "11430000006122244L");
    assert_eq!((id.serial().as_str(), id.version(), id.check_character()), ("20230000403", 1, 'U'));
}

#[test]
fn each_rule_refuses_with_its_own_error() {
    use LicenceIdError::*;
    let whole = |parts: &str| format!("{PREFIX}{parts}");
    for (text, error) in [
        ("".into(), Form),
        ("11100000000013338W011.11430000006122244L.20230000403.001.U".into(), Form),
        (whole("11100000000013338W011.11430000006122244L.20230000403.001"), Form),
        (format!("{REAL}."), Form),
        (whole("11100000000013338W01.11430000006122244L.1.001.U"), TypeCode(TypeCodeError::Length { found: 20 })),
        (whole("11100000000013338W01A.11430000006122244L.1.001.U"), TypeCode(TypeCodeError::Number)),
        (whole("11100000000013338W+11.11430000006122244L.1.001.U"), TypeCode(TypeCodeError::Number)),
        (
            whole("11100000000013338X011.11430000006122244L.1.001.U"),
            TypeCode(TypeCodeError::Owner(UsccError::CheckCharacter { expected: 'W', found: 'X' })),
        ),
        (
            whole("11100000000013338W011.11430000006122244M.1.001.U"),
            Issuer(UsccError::CheckCharacter { expected: 'L', found: 'M' }),
        ),
        (whole("11100000000013338W011.11430000006122244L..001.U"), Serial(NotASerial)),
        (whole("11100000000013338W011.11430000006122244L.2023a.001.U"), Serial(NotASerial)),
        (whole("11100000000013338W011.11430000006122244L.1.000.U"), Version),
        (whole("11100000000013338W011.11430000006122244L.1.1.U"), Version),
        (whole("11100000000013338W011.11430000006122244L.1.+01.U"), Version),
        (whole("11100000000013338W011.11430000006122244L.1.1000.U"), Version),
        (REAL.replace(".U", ".V"), CheckCharacter { expected: 'U' }),
        (REAL.replace(".U", ".u"), CheckCharacter { expected: 'U' }),
        (REAL.replace(".U", ".UU"), CheckCharacter { expected: 'U' }),
        (REAL.replace(".U", "."), CheckCharacter { expected: 'U' }),
        (
            whole("11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M"),
            CheckCharacter { expected: 'D' },
        ),
    ] {
        assert_eq!(read(&text), Err(error), "{text}");
    }
}

#[test]
fn an_issuer_that_is_a_region_code_is_refused_as_such() {
    let text = "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9";
    assert_eq!(read(text), Err(LicenceIdError::Issuer(UsccError::Length { found: 6 })));
    assert_eq!(mod_37_36("11100000MB03271699022340100000000016001"), '9', "its check character would hold");
}

#[test]
fn serials_and_type_codes_keep_their_bounds() {
    assert!("A".repeat(32).parse::<Serial>().is_ok());
    for refused in ["", "a1", "A-1", "证1", "A 1", &"A".repeat(33)] {
        assert_eq!(refused.parse::<Serial>(), Err(NotASerial), "{refused}");
    }
    let owner = read(REAL).unwrap().issuer();
    assert!(LicenceTypeCode::new(owner, 999).is_ok());
    assert_eq!(LicenceTypeCode::new(owner, 1000), Err(TypeCodeError::Number));
    assert!(matches!("１1100000000013338W011".parse::<LicenceTypeCode>(), Err(TypeCodeError::Owner(_))));
}

#[test]
fn a_base_reaches_every_version_and_no_other() {
    let id = read(REAL).unwrap();
    let second = id.base().at_version(2).unwrap();
    assert_eq!(second.to_string(), REAL.replace(".001.U", ".002.S"));
    assert_eq!(second.base(), id.base());
    assert!(id.base().at_version(999).is_ok());
    for version in [0, 1000, u16::MAX] {
        assert_eq!(id.base().at_version(version), Err(LicenceIdError::Version));
    }
}

#[test]
fn the_bytes_are_the_parts_and_admit_what_text_admits() {
    let id = read(REAL).unwrap();
    let bytes = |type_number: u16, serial: &str, version: u16| -> Vec<u8> {
        let mut bytes = Vec::from(*b"11100000000013338W");
        bytes.extend(type_number.to_le_bytes());
        bytes.extend(b"11430000006122244L");
        bytes.extend((serial.len() as u32).to_le_bytes());
        bytes.extend(serial.as_bytes());
        bytes.extend(version.to_le_bytes());
        bytes
    };
    let canonical = bytes(11, "20230000403", 1);
    assert_eq!(encode(&id), canonical);
    assert_eq!(decode(&canonical, 128), Ok(id));
    for invalid in [bytes(1000, "1", 1), bytes(11, "", 1), bytes(11, "a", 1), bytes(11, "1", 0), bytes(11, "1", 1000)] {
        assert!(decode::<LicenceId>(&invalid, 128).is_err());
    }
}

#[test]
fn json_is_text_and_admits_what_text_admits() {
    let id = read(REAL).unwrap();
    let json = format!("\"{REAL}\"");
    assert_eq!(serde_json::to_string(&id).unwrap(), json);
    assert_eq!(serde_json::from_str::<LicenceId>(&json).unwrap(), id);
    assert!(serde_json::from_str::<LicenceId>(&json.replace(".U", ".V")).is_err());
    let base = serde_json::to_string(&id.base()).unwrap();
    assert_eq!(serde_json::from_str::<LicenceBase>(&base).unwrap(), id.base());
    assert!(serde_json::from_str::<LicenceBase>(&base.replace("20230000403", "a")).is_err());
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(id in any_id()) {
        let text = id.to_string();
        prop_assert_eq!(text.parse(), Ok(id.clone()));
        prop_assert_eq!(id.type_code().to_string().parse(), Ok(id.type_code()));
        prop_assert_eq!(decode(&encode(&id), 128), Ok(id.clone()));
        prop_assert_eq!(id.base().at_version(id.version()), Ok(id));
    }

    /// MOD 37,36 is a permutation in each character, so no single change of a letter or digit leaves it as it was.
    #[test]
    fn every_change_of_one_character_is_refused(id in any_id(), letter in "[0-9A-Z.]") {
        let text = id.to_string();
        for position in 0..text.len() {
            let mut changed = text.clone();
            changed.replace_range(position..=position, &letter);
            prop_assert_eq!(read(&changed).is_ok(), changed == text);
        }
    }
}
