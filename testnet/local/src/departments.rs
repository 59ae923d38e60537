//! The departments of a test network: codes that no registry has issued, and that anyone can tell from real ones.
//!
//! A code reads `11`, a region, `TRY`, five digits, and the two checks that follow from them. Both checks hold, so that the
//! ledger takes it; organisation codes in use begin with two letters at most, so that none reads like it.

use bulla_verify::identifiers::organisation_code;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::{self, Uscc};
use bulla_verify::name::Name;

/// What organisation codes of tests begin with, in place of digits.
const MARK: &str = "TRY";
/// The region that nationwide bodies carry inside their code.
const NATIONWIDE: &str = "100000";

/// A government body that exists in test networks alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Its code.
    pub uscc: Uscc,
    /// Its name, which says that it is for tests.
    pub name: Name,
}

/// The root of a test network.
pub fn national_body() -> Department {
    Department { uscc: nationwide(0), name: named("Test national body (测试)") }
}

/// The department that runs a node, from 0.
pub fn department(node: u16) -> Department {
    Department {
        uscc: nationwide(u32::from(node).saturating_add(1)),
        name: named(&format!("Test department {node} (测试)")),
    }
}

/// The test code with a number, for a body of a region.
///
/// # Panics
/// If the number has more than five digits: a bug in the caller.
pub fn test_uscc(region: RegionCode, number: u32) -> Uscc {
    assert!(number <= 99_999, "a test code has five digits to count with, not {number}");
    let organisation: [u8; 8] =
        format!("{MARK}{number:05}").into_bytes().try_into().expect("three letters and five digits");
    let in_alphabet = "digits and the letters of the mark are in the alphabet";
    let organisation_check = organisation_code::check_character(&organisation).expect(in_alphabet);
    let first17 = format!("11{region}{MARK}{number:05}{organisation_check}");
    let check = uscc::check_character(first17.as_bytes().try_into().expect("17 characters")).expect(in_alphabet);
    format!("{first17}{check}").parse().expect("both checks were computed")
}

fn nationwide(number: u32) -> Uscc {
    test_uscc(NATIONWIDE.parse().expect("six digits"), number)
}

fn named(name: &str) -> Name {
    name.parse().expect("a short name without control characters")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_department_has_its_own_labelled_code_and_name() {
        let mut all: Vec<Department> = (0..64).map(department).collect();
        all.push(national_body());
        assert_eq!(all.iter().map(|department| department.uscc).collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(all.iter().map(|department| department.name.clone()).collect::<BTreeSet<_>>().len(), all.len());
        for department in all {
            assert!(department.uscc.as_str().starts_with("11100000TRY"), "{department:?}");
            assert!(department.name.as_str().contains("测试"), "{department:?}");
        }
    }

    /// Every code parses, which checks both its checks; a network laid out twice has the same ones.
    #[test]
    fn codes_follow_from_region_and_number() {
        let region: RegionCode = "440300".parse().unwrap();
        for number in [0, 1, 7, 31, 99_999] {
            let code = test_uscc(region, number);
            assert_eq!(code.as_str().get(2..16), Some(format!("440300TRY{number:05}").as_str()));
        }
        assert_eq!(department(2).uscc, department(2).uscc);
        assert_eq!(national_body().uscc.as_str(), "11100000TRY000001A");
    }
}
