//! Region codes (GB/T 2260) and the four levels of administration.
//!
//! Only structure is judged here: six digits, two for each level. Codes are created, merged and withdrawn over time,
//! so whether one existed on a given day is for the region registry with its dates to say, never for a table in code.

use super::not_canonical;
use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// A region: six digits, of which trailing pairs of zeros tell the level.
///
/// `100000`, which nationwide bodies carry inside their USCC, is here as its digits say: a province of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct RegionCode([u8; 6]);

/// A level of administration. The greater level is the higher one.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[borsh(use_discriminant = true)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Level {
    /// The whole country.
    National = 3,
    /// A province, autonomous region or municipality under the central government.
    Provincial = 2,
    /// A prefecture-level city or prefecture.
    Municipal = 1,
    /// A county, district or county-level city.
    County = 0,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::National => "national",
            Level::Provincial => "provincial",
            Level::Municipal => "municipal",
            Level::County => "county",
        })
    }
}

/// A text that is not six digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a region code is six digits")]
pub struct NotARegionCode;

impl RegionCode {
    /// The whole country: `000000`.
    pub const NATIONAL: RegionCode = RegionCode(*b"000000");

    /// The level of the region, by trailing zeros: `000000`, `440000`, `440300`, `440305`.
    pub fn level(self) -> Level {
        match self.0 {
            [b'0', b'0', b'0', b'0', b'0', b'0'] => Level::National,
            [_, _, b'0', b'0', b'0', b'0'] => Level::Provincial,
            [_, _, _, _, b'0', b'0'] => Level::Municipal,
            _ => Level::County,
        }
    }

    /// Whether `other` is this region or lies in it, by their digits alone.
    pub fn contains(self, other: RegionCode) -> bool {
        let significant = match self.level() {
            Level::National => 0,
            Level::Provincial => 2,
            Level::Municipal => 4,
            Level::County => 6,
        };
        self.0.iter().zip(&other.0).take(significant).all(|(own, others)| own == others)
    }

    /// The region, and those that contain it up to the whole country, from the nearest.
    pub fn upward(self) -> impl Iterator<Item = RegionCode> {
        let [a, b, c, d, ..] = self.0;
        let above = [
            (Level::Municipal, [a, b, c, d, b'0', b'0']),
            (Level::Provincial, [a, b, b'0', b'0', b'0', b'0']),
            (Level::National, *b"000000"),
        ];
        // Some counties stand straight beneath a province: there is no such municipality.
        let is_one = move |(level, digits): (Level, [u8; 6])| {
            let region = RegionCode(digits);
            (region.level() == level && level.is_above(self.level())).then_some(region)
        };
        core::iter::once(self).chain(above.into_iter().filter_map(is_one))
    }

    /// The six digits.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).expect("every way in admits digits alone")
    }
}

impl Level {
    /// Whether this level is higher than the other: the nation is above its provinces.
    pub fn is_above(self, other: Level) -> bool {
        self > other
    }
}

impl TryFrom<[u8; 6]> for RegionCode {
    type Error = NotARegionCode;

    fn try_from(digits: [u8; 6]) -> Result<Self, NotARegionCode> {
        if digits.iter().all(u8::is_ascii_digit) { Ok(RegionCode(digits)) } else { Err(NotARegionCode) }
    }
}

impl FromStr for RegionCode {
    type Err = NotARegionCode;

    fn from_str(text: &str) -> Result<Self, NotARegionCode> {
        <[u8; 6]>::try_from(text.as_bytes()).map_err(|_| NotARegionCode)?.try_into()
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "region {self}")
    }
}

impl BorshDeserialize for RegionCode {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        <[u8; 6]>::deserialize_reader(reader)?.try_into().map_err(not_canonical)
    }
}

serde_as_text!(RegionCode);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{decode, encode};

    #[test]
    fn upward_goes_from_the_nearest_region_to_the_country_once_each() {
        let upward =
            |text: &str| region(text).upward().map(|one| std::format!("{one}")).collect::<alloc::vec::Vec<_>>();
        assert_eq!(upward("440305"), ["440305", "440300", "440000", "000000"]);
        assert_eq!(upward("440300"), ["440300", "440000", "000000"]);
        assert_eq!(upward("440000"), ["440000", "000000"]);
        assert_eq!(upward("000000"), ["000000"]);
        assert_eq!(upward("440005"), ["440005", "440000", "000000"], "a county straight beneath its province");
    }

    fn region(text: &str) -> RegionCode {
        text.parse().unwrap()
    }

    #[test]
    fn trailing_zeros_tell_the_level() {
        assert_eq!(RegionCode::NATIONAL.level(), Level::National);
        assert_eq!(region("440000").level(), Level::Provincial);
        assert_eq!(region("440300").level(), Level::Municipal);
        assert_eq!(region("440305").level(), Level::County);
        assert_eq!(region("441900").level(), Level::Municipal, "a city without counties");
        assert_eq!(region("110101").level(), Level::County, "a district right below its province");
        assert_eq!(region("440310").level(), Level::County, "one trailing zero is no level");
    }

    #[test]
    fn the_nation_is_above_all_and_nothing_is_above_itself() {
        let descending = [Level::National, Level::Provincial, Level::Municipal, Level::County];
        for (i, higher) in descending.iter().enumerate() {
            for (j, lower) in descending.iter().enumerate() {
                assert_eq!(higher.is_above(*lower), i < j);
            }
        }
    }

    #[test]
    fn a_region_contains_itself_and_what_lies_below() {
        let chain = [RegionCode::NATIONAL, region("440000"), region("440300"), region("440305")];
        for (i, outer) in chain.iter().enumerate() {
            for (j, inner) in chain.iter().enumerate() {
                assert_eq!(outer.contains(*inner), i <= j, "{outer} {inner}");
            }
        }
        assert!(!region("440300").contains(region("440400")));
        assert!(!region("440000").contains(region("450300")));
        assert!(!region("440305").contains(region("440306")));
        assert!(region("110000").contains(region("110101")));
    }

    #[test]
    fn anything_but_six_digits_is_refused() {
        for text in ["", "44030", "4403050", "44030A", "４４０３０５", "+44030", " 440305"] {
            assert_eq!(text.parse::<RegionCode>(), Err(NotARegionCode), "{text}");
        }
    }

    #[test]
    fn bytes_and_json_admit_what_text_admits() {
        assert_eq!(encode(&region("440305")), b"440305");
        assert_eq!(decode(b"440305", 6), Ok(region("440305")));
        assert!(decode::<RegionCode>(b"44030A", 6).is_err());
        assert_eq!(serde_json::to_string(&region("440305")).unwrap(), "\"440305\"");
        assert_eq!(serde_json::from_str::<RegionCode>("\"440305\"").unwrap(), region("440305"));
        assert!(serde_json::from_str::<RegionCode>("\"44030A\"").is_err());
        assert!(serde_json::from_str::<RegionCode>("440305").is_err());
        assert_eq!(encode(&Level::National), [3]);
        assert_eq!(decode(&[0], 1), Ok(Level::County));
        assert!(decode::<Level>(&[4], 1).is_err());
        assert_eq!(serde_json::to_string(&Level::Municipal).unwrap(), "\"municipal\"");
    }
}
