//! Who acts for a register: a test body for each source, the types that it owns, and the operations that set them up.
//!
//! Registers from elsewhere have no unified social credit code. Each source gets one that holds and that nobody was given: its
//! registering department is `Y`, its region lies in the province 99, which GB/T 2260 leaves free, and its name begins with
//! TEST. They follow from the source's name alone, so that two files of one source meet in one body.

use super::row::Row;
use super::unformed::Unformed;
use bulla_verify::catalogue::{self, Competence, LicenceType};
use bulla_verify::hash::{Context, Hash};
use bulla_verify::identifiers::licence_id::LicenceTypeCode;
use bulla_verify::identifiers::organisation_code;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::{self, Uscc};
use bulla_verify::keys::PublicKey;
use bulla_verify::name::Name;
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{self, Organisation};
use bulla_verify::personal;
use bulla_verify::roles::{Role, Roles};
use std::collections::{BTreeMap, BTreeSet};

/// How late an imported licence may be renewed: a century. A register that was sampled shows some terms and not others, so a
/// renewal can come decades after the last term that it shows; the gap stays visible in the record.
pub(crate) const LATE_RENEWAL_DAYS: u32 = 36_525;

/// How many types one body can number.
const MAX_TYPES: usize = 1_000;

/// The 31 characters of a unified social credit code.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The bodies that act in an import.
#[derive(Clone, Debug)]
pub(crate) struct Authorities {
    superior: Uscc,
    roles: Roles,
    sources: BTreeMap<String, Authority>,
}

/// The body of one source.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    /// Its code.
    pub(crate) uscc: Uscc,
    /// Its region, and that of all its licences.
    pub(crate) region: RegionCode,
    level: Level,
    key: PublicKey,
    /// Its types, in the order of their numbers.
    types: Vec<Name>,
    /// How many of them the ledger has.
    registered: usize,
    used: BTreeSet<usize>,
}

impl Authorities {
    /// One body for each source, beneath a superior, each with the key of its historical registrar.
    pub(crate) fn under(superior: &Organisation, keys: &BTreeMap<String, PublicKey>) -> Authorities {
        let authority = |source: &String, key: &PublicKey| {
            let region = region(source, superior.region);
            let level = superior.level.min(region.level());
            let uscc = test_uscc(source, region);
            Authority { uscc, region, level, key: *key, types: Vec::new(), registered: 0, used: BTreeSet::new() }
        };
        let sources = keys.iter().map(|(source, key)| (source.clone(), authority(source, key))).collect();
        let roles = [Role::HistoricalRegistrar].into_iter().collect();
        Authorities { superior: superior.uscc, roles, sources }
    }

    /// The same, whose keys have other roles.
    pub(crate) fn with_roles(self, roles: Roles) -> Authorities {
        Authorities { roles, ..self }
    }

    /// Says which types of a source the ledger has already, in the order of their numbers from 0.
    pub(crate) fn know_types(&mut self, source: &str, types: Vec<Name>) {
        if let Some(authority) = self.sources.get_mut(source) {
            authority.registered = types.len();
            authority.types = types;
        }
    }

    /// The sources with their bodies.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Authority)> {
        self.sources.iter().map(|(source, authority)| (source.as_str(), authority))
    }

    /// The body of a source.
    pub(crate) fn of(&self, source: &str) -> Option<&Authority> {
        self.sources.get(source)
    }

    /// The type of a row's licence; one that was not met before takes the next number.
    pub(super) fn type_of(&mut self, row: &Row) -> Result<LicenceTypeCode, Unformed> {
        let name = type_name(row).ok_or(Unformed::NoType)?;
        let authority = self.sources.get_mut(&row.source).ok_or(Unformed::NoLicence)?;
        let known = authority.types.iter().position(|other| *other == name);
        let place = known.unwrap_or(authority.types.len());
        if place >= MAX_TYPES {
            return Err(Unformed::TypesFull);
        }
        if known.is_none() {
            authority.types.push(name);
        }
        authority.used.insert(place);
        authority.code(place).ok_or(Unformed::TypesFull)
    }

    /// What the superior's registrar must sign before the first row, in order; independent of one another where some of it was
    /// done before.
    pub(super) fn setup(&self) -> Vec<Operation> {
        self.sources.iter().flat_map(|(source, authority)| authority.setup(source, self.superior, self.roles)).collect()
    }
}

impl Authority {
    /// The type with a number.
    pub(crate) fn code(&self, number: usize) -> Option<LicenceTypeCode> {
        LicenceTypeCode::new(self.uscc, u16::try_from(number).ok()?).ok()
    }

    fn setup(&self, source: &str, parent: Uscc, roles: Roles) -> Vec<Operation> {
        let Authority { uscc, region, level, key, .. } = *self;
        let name = format!("TEST authority {source} (imported)").parse().expect("a source is 40 bytes at most");
        let mut operations = vec![
            Operation::Organisation(organisation::Act::Register { uscc, name, level, region, parent }),
            Operation::Organisation(organisation::Act::RegisterKey { organisation: uscc, key, roles }),
        ];
        for (number, name) in self.types.iter().enumerate() {
            let Some(code) = self.code(number).filter(|_| self.used.contains(&number)) else {
                continue;
            };
            if number >= self.registered {
                operations.push(Operation::Catalogue(catalogue::Act::RegisterType(self.kind(code, name.clone()))));
            }
            let competence = Competence { type_code: code, organisation: uscc, region };
            operations.push(Operation::Catalogue(catalogue::Act::Grant(competence)));
        }
        operations
    }

    /// A type as the import registers it. Registers state terms of decades and terms without an end, and several licences of one
    /// holder: so there is no longest term and no single holding.
    fn kind(&self, code: LicenceTypeCode, name: Name) -> LicenceType {
        LicenceType {
            code,
            name,
            region: self.region,
            max_term_days: None,
            late_renewal_days: LATE_RENEWAL_DAYS,
            single_holding: false,
        }
    }
}

/// The sources that a file names, as far as they can have a body.
pub(crate) fn sources(rows: &[Row]) -> BTreeSet<String> {
    known(rows.iter().map(|row| &row.source))
}

/// Of these names, those of which a body can be.
pub(crate) fn known<'a>(names: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
    names.filter(|source| is_source(source)).cloned().collect()
}

pub(super) fn is_source(source: &str) -> bool {
    let fits = (1..=40).contains(&source.len());
    let plain = source.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
    fits && plain && personal::find(source).is_none()
}

/// The name of a row's type: what the register calls it, with its code there.
fn type_name(row: &Row) -> Option<Name> {
    let text = match (row.licence_type.as_str(), row.type_code.as_str()) {
        ("", code) => code.to_owned(),
        (name, "") => name.to_owned(),
        (name, code) => format!("{name} ({code})"),
    };
    text.parse().ok().filter(|name: &Name| personal::find(name.as_str()).is_none())
}

/// A region of the free province 99 beneath a national superior, else the superior's own.
pub(super) fn region(source: &str, above: RegionCode) -> RegionCode {
    let [first, ..] = digest(source).0;
    let city = first.checked_rem(99).map_or(1, |rest| rest.saturating_add(1));
    let free = format!("99{city:02}00").parse().expect("six digits are a region");
    if above == RegionCode::NATIONAL { free } else { above }
}

/// `Y1`, the region, `TT`, six characters from the source's name, and both check characters.
pub(super) fn test_uscc(source: &str, region: RegionCode) -> Uscc {
    let letter = |byte: &u8| ALPHABET.get(usize::from(byte % 31)).copied().map_or('0', char::from);
    let own: String = digest(source).0.iter().skip(1).take(6).map(letter).collect();
    let inner = format!("TT{own}");
    let first8 = inner.as_bytes().try_into().expect("two and six characters");
    let inner_check = organisation_code::check_character(first8).expect("capitals and digits");
    let outer = format!("Y1{region}{inner}{inner_check}");
    let first17 = outer.as_bytes().try_into().expect("two, six, eight and one character");
    let check = uscc::check_character(first17).expect("all from the alphabet of the standard");
    format!("{outer}{check}").parse().expect("both check characters were computed")
}

fn digest(source: &str) -> Hash {
    Context::ImportNonce.hash_of(&("test authority", source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_verify::keys::SigningKey;
    use proptest::prelude::*;

    fn authorities(region: RegionCode) -> Authorities {
        let superior = Organisation {
            uscc: "11100000000013338W".parse().unwrap(),
            name: "above".parse().unwrap(),
            level: region.level(),
            region,
            parent: None,
        };
        let key = SigningKey::from_seed(&[1; 32]).public();
        Authorities::under(&superior, &[("nyc".to_owned(), key)].into())
    }

    fn row(licence_type: &str, type_code: &str) -> Row {
        let (source, licence_type, type_code) = ("nyc".to_owned(), licence_type.to_owned(), type_code.to_owned());
        Row { source, licence_type, type_code, ..Row::default() }
    }

    #[test]
    fn types_are_numbered_as_they_are_met_after_those_that_the_ledger_has() {
        let mut authorities = authorities(RegionCode::NATIONAL);
        authorities.know_types("nyc", ["Garage", "Lot"].map(|name| name.parse().unwrap()).into());
        let numbers = [("Tram", ""), ("Lot", ""), ("Garage", "7"), ("Tram", "")]
            .map(|(name, code)| authorities.type_of(&row(name, code)).unwrap().number());
        assert_eq!(numbers, [2, 1, 3, 2]);
        let (mut registered, mut granted) = (Vec::new(), Vec::new());
        for operation in authorities.setup() {
            if let Operation::Catalogue(catalogue::Act::RegisterType(kind)) = &operation {
                registered.push(kind.code.number());
            }
            if let Operation::Catalogue(catalogue::Act::Grant(competence)) = &operation {
                granted.push(competence.type_code.number());
            }
        }
        assert_eq!((registered.as_slice(), granted.as_slice()), ([2, 3].as_slice(), [1, 2, 3].as_slice()));
    }

    #[test]
    fn a_type_without_a_name_or_with_one_that_shows_a_person_is_none() {
        let mut authorities = authorities(RegionCode::NATIONAL);
        for (name, code) in [("", ""), ("shop of 13800138000", ""), (&*"a".repeat(121), "")] {
            assert_eq!(authorities.type_of(&row(name, code)), Err(Unformed::NoType));
        }
        assert!(authorities.type_of(&row("", "1006")).is_ok());
    }

    #[test]
    fn a_body_lies_in_the_free_province_or_in_its_superiors_region() {
        let region_under = |region| authorities(region).of("nyc").unwrap().region;
        assert!(region_under(RegionCode::NATIONAL).as_str().starts_with("99"));
        assert_eq!(region_under(RegionCode::NATIONAL).level(), Level::Municipal);
        let province = "440000".parse().unwrap();
        assert_eq!(region_under(province), province);
    }

    proptest! {
        /// `parse` inside checks both characters.
        #[test]
        fn every_source_has_a_code_that_holds(source in "[a-z0-9_-]{1,40}") {
            let region = region(&source, RegionCode::NATIONAL);
            let uscc = test_uscc(&source, region);
            prop_assert!(uscc.as_str().starts_with("Y199"));
            prop_assert_eq!(uscc, test_uscc(&source, region));
        }
    }
}
