use super::*;
use alloc::{format, string::String, string::ToString};
use proptest::prelude::*;

const CITIZENS: [&str; 3] = ["11010519491231002X", "11010519491231002x", "440524188001010014"];
const MOBILE: &str = "13800138000";

/// Citizen numbers of one imagined county and day, in order of their last three digits before the check.
fn citizens(first14: &str) -> impl Iterator<Item = String> + use<> {
    let first14 = String::from(first14);
    (0..1000).filter_map(move |order| {
        let first17 = format!("{first14}{order:03}");
        let check = *b"0123456789X".iter().find(|check| citizen::is_number(first17.as_bytes(), **check))?;
        Some(format!("{first17}{}", char::from(check)))
    })
}

#[test]
fn planted_numbers_are_found_wherever_they_stand() {
    for (number, personal) in CITIZENS
        .map(|number| (number, Personal::CitizenNumber))
        .into_iter()
        .chain([(MOBILE, Personal::MobileNumber), ("19999999999", Personal::MobileNumber)])
    {
        for text in [
            number.into(),
            format!("ABC{number}DEF"),
            format!("持证人{number}，长沙"),
            format!("2026-{number}/7"),
            format!("12345678901234567890 {number}"),
            format!("X{number}X"),
        ] {
            assert_eq!(find(&text), Some(personal), "{text}");
        }
    }
}

#[test]
fn a_run_is_judged_whole() {
    for text in ["", "X", "0", "113800138000", "138001380001", "12800138000", "1380013800", "138 0013 8000"] {
        assert_eq!(find(text), None, "{text}");
    }
    for number in CITIZENS {
        assert_eq!(find(&format!("1{number}")), None);
    }
    assert_eq!(find("4405241880010100140"), None);
    assert_eq!(find("11010519491231002"), None);
    assert_eq!(find("110105194912310021"), None);
    assert_eq!(find("１１０１０５１９４９１２３１００２X"), None, "only ASCII digits are digits");
}

/// An X ends a run and belongs to it only where it completes the number.
#[test]
fn an_x_ends_a_run() {
    assert_eq!(find("440524188001010014X"), Some(Personal::CitizenNumber));
    assert_eq!(find("11010519491231002X001"), Some(Personal::CitizenNumber));
    assert_eq!(find("11010519491231002XX"), Some(Personal::CitizenNumber));
    assert_eq!(find("110105194912310021X"), None);
}

#[test]
fn the_finding_repeats_no_digit() {
    for personal in [Personal::CitizenNumber, Personal::MobileNumber] {
        assert!(!format!("{personal} {personal:?}").bytes().any(|byte| byte.is_ascii_digit()));
    }
}

#[test]
fn a_uscc_is_not_looked_into() {
    let both: String = citizens("11010519491231")
        .chain(citizens("44052418800101"))
        .find(|number| number.parse::<Uscc>().is_ok())
        .expect("one in some 340 of these thousands passes both checks of a USCC");
    assert_eq!(find(&both), None);
    assert_eq!(find(&format!(" {both}")), Some(Personal::CitizenNumber));
    assert_eq!(find(&format!("{both}001")), None, "21 digits");
    assert!(format!("{both}001").parse::<LicenceTypeCode>().is_ok());
}

#[test]
fn a_licence_type_code_is_not_looked_into() {
    // Beneath 110109 and in that century the arithmetic of both checks meets in X.
    let owner: String = (1..=28)
        .flat_map(|day| citizens(&format!("110109198002{day:02}")))
        .find(|number| number.ends_with('X') && number.parse::<Uscc>().is_ok())
        .expect("one in some 340 of these thousands");
    let code = format!("{owner}001");
    assert!(code.parse::<LicenceTypeCode>().is_ok());
    assert_eq!(find(&code), None);
    assert_eq!(find(&format!("{code}.")), Some(Personal::CitizenNumber));
}

#[test]
fn a_licence_identifier_is_not_looked_into_but_its_serial_is() {
    let real: LicenceId = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U".parse().unwrap();
    for (serial, personal) in [(MOBILE, Personal::MobileNumber), ("440524188001010014", Personal::CitizenNumber)] {
        let id = LicenceId::new(real.type_code(), real.issuer(), serial.parse().unwrap(), 1).unwrap();
        assert_eq!(find(&id.to_string()), None);
        assert_eq!(find(id.serial().as_str()), Some(personal));
        let broken = format!("{id}0");
        assert!(broken.parse::<LicenceId>().is_err());
        assert_eq!(find(&broken), Some(personal));
    }
}

/// Seen in public: 11 digits that begin as a mobile number does are the end of a type code. Inside a longer text the
/// rule cannot know that.
#[test]
fn an_identifier_inside_a_longer_text_is_looked_into() {
    let code = "11410800MB18523953004";
    assert_eq!(find(code), None);
    assert_eq!(find(&format!("{code},004")), Some(Personal::MobileNumber));
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in any::<String>()) {
        let _ = find(&text);
    }

    #[test]
    fn no_surroundings_hide_a_number(before in "([^0-9]*)|(.*[^0-9])", after in "([^0-9]*)|([^0-9].*)") {
        for number in [CITIZENS[0], CITIZENS[2], MOBILE] {
            let text = format!("{before}{number}{after}");
            prop_assert!(find(&text).is_some());
        }
    }
}
