//! The identifiers and the personal-number guard, against real public records: `$BULLA_DATA`, or `../shared/data` beside
//! the checkout. Where there are none, each test says so and passes.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use bulla_verify::identifiers::licence_id::{LicenceId, LicenceIdError, LicenceTypeCode};
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::{Uscc, UsccError};
use bulla_verify::personal;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A row, by column name.
type Row = BTreeMap<String, String>;

fn directory() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let directory = std::env::var_os("BULLA_DATA").map_or_else(beside, PathBuf::from);
    if directory.is_dir() {
        return Some(directory);
    }
    println!("skipped: no data at {}", directory.display());
    None
}

/// The rows of one file, or nothing where there is no data. A file without rows is a fault.
fn rows(name: &str) -> Option<Vec<Row>> {
    let rows: Vec<Row> =
        csv::Reader::from_path(directory()?.join(name)).unwrap().deserialize().collect::<Result<_, _>>().unwrap();
    assert!(!rows.is_empty(), "{name} has no rows");
    Some(rows)
}

#[test]
fn organisation_codes_are_valid_as_recorded() {
    for row in rows("usccs.csv").unwrap_or_default() {
        let code = row["code"].as_str();
        let parsed = code.parse::<Uscc>();
        let holds = |column: &str| row[column] == "1";
        match parsed {
            Ok(uscc) => assert_eq!(uscc.as_str(), code),
            Err(UsccError::Length { .. }) => assert!(!holds("length_ok"), "{code}"),
            Err(UsccError::Alphabet { .. }) => assert!(!holds("alphabet_ok"), "{code}"),
            Err(UsccError::CheckCharacter { .. }) => assert!(!holds("uscc_check_ok"), "{code}"),
            Err(UsccError::OrganisationCode { .. }) => {
                assert!(holds("uscc_check_ok") && !holds("orgcode_check_ok"), "{code}");
            }
        }
        assert_eq!(parsed.is_ok(), row["expected"] == "valid", "{code} is {}", row["expected"]);
    }
}

#[test]
fn licence_identifiers_are_valid_as_recorded() {
    for row in rows("licence_ids.csv").unwrap_or_default() {
        let text = row["identifier"].as_str();
        let computed = row["computed_mod37_36"].parse::<char>().unwrap();
        match text.parse::<LicenceId>() {
            Ok(id) => {
                assert_eq!(row["expected"], "valid", "{text}");
                assert_eq!(id.to_string(), text);
                assert_eq!(id.type_code().to_string(), row["type_code"]);
                assert_eq!(id.issuer().to_string(), row["issuer_code"]);
                assert_eq!(id.serial().to_string(), row["serial"]);
                assert_eq!(format!("{:03}", id.version()), row["version"]);
                assert_eq!(id.check_character(), computed);
            }
            Err(LicenceIdError::Issuer(UsccError::Length { found: 6 })) => {
                assert!(row["issuer_code"].parse::<RegionCode>().is_ok(), "{text}");
            }
            Err(error) => {
                assert_eq!(row["expected"], "invalid", "{text}");
                assert_eq!(error, LicenceIdError::CheckCharacter { expected: computed }, "{text}");
            }
        }
    }
}

#[test]
fn licence_type_codes_are_valid_as_recorded() {
    for row in rows("licence_type_codes.csv").unwrap_or_default() {
        let text = row["type_code"].as_str();
        let code: LicenceTypeCode = text.parse().unwrap();
        assert_eq!(code.to_string(), text);
        assert_eq!(code.owner().to_string(), row["definer_uscc"]);
        assert_eq!(format!("{:03}", code.number()), row["serial3"]);
    }
}

#[test]
fn region_codes_have_their_recorded_level_and_lie_in_their_parent() {
    for row in rows("regions.csv").unwrap_or_default() {
        let region: RegionCode = row["code"].parse().unwrap();
        let level = match row["level"].as_str() {
            "province" => Level::Provincial,
            "prefecture" => Level::Municipal,
            "county" => Level::County,
            other => panic!("level {other}"),
        };
        assert_eq!(region.level(), level, "{region}");
        assert!(RegionCode::NATIONAL.contains(region) && !region.contains(RegionCode::NATIONAL));
        if level == Level::Provincial {
            continue;
        }
        let parent: RegionCode = row["parent_code"].parse().unwrap();
        assert!(parent.contains(region) && !region.contains(parent), "{parent} {region}");
        assert!(parent.level().is_above(level));
    }
}

/// No cell of the public records shows a personal number: they were dropped when the records were gathered. A whole line is
/// no identifier, and one of them has the type code 11410800MB18523953004 inside, which ends like a mobile number.
#[test]
fn public_records_show_no_personal_number() {
    let Some(directory) = directory() else { return };
    let (mut in_cells, mut in_lines, mut cells) = (Vec::new(), Vec::new(), 0u64);
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "csv") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy();
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in (1u64..).zip(text.lines()) {
            in_lines.extend(personal::find(line).map(|personal| format!("{name}:{number}: {personal:?}")));
        }
        for (number, record) in (2u64..).zip(csv::Reader::from_reader(text.as_bytes()).records()) {
            for cell in &record.unwrap() {
                cells += 1;
                in_cells.extend(personal::find(cell).map(|personal| format!("{name}:{number}: {personal:?}")));
            }
        }
    }
    assert!(cells > 0, "there are no records to look at");
    assert_eq!(in_cells, Vec::<String>::new());
    assert_eq!(in_lines, ["licence_type_codes.csv:16: MobileNumber"]);
}
