//! What an imported licence says, and who holds it, in the salted form that alone reaches the ledger.
//!
//! Salts follow from a secret, the file and the row, so that a resumed import writes the same, and whoever has the file and
//! the secret can open every field: the two together are the vault of what was imported. Without the secret nothing can be
//! guessed from the ledger, even by those who know the file.

use super::row::Row;
use bulla_verify::fields::{Contents, Field, FieldsError};
use bulla_verify::hash::{Context, Hash};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::licence_id::LicenceTypeCode;

/// Salts the fields and holders of one file.
pub(crate) struct Salts<'a> {
    /// 32 random bytes, kept as a vault's key is.
    pub(crate) secret: &'a [u8; 32],
    /// The file.
    pub(crate) file: Hash,
}

impl Salts<'_> {
    /// What a licence says after a row: every cell but the later status, under a salt of its own.
    pub(crate) fn contents(&self, type_code: LicenceTypeCode, row: &Row) -> Result<Contents, FieldsError> {
        let said = row.cells().filter(|(name, value)| *name != "status" && !value.is_empty());
        let fields = said.map(|(name, value)| Field { name: name.to_owned(), value: value.to_owned() }).collect();
        Contents::new(type_code, self.of("contents", row), fields)
    }

    /// A commitment to the holder as a row names it.
    pub(crate) fn holder(&self, row: &Row) -> Hash {
        self.handle(row).commitment(&self.of("holder", row))
    }

    /// The holder's handle: the same for all rows of a source that name the same holder; a row that names none has one of
    /// its licence's.
    fn handle(&self, row: &Row) -> Handle {
        let holder = match (row.holder_id.as_str(), row.holder_name.as_str()) {
            ("", "") => ("licence", &row.licence_no),
            ("", _) => ("name", &row.holder_name),
            (_, _) => ("id", &row.holder_id),
        };
        Handle(Context::FieldSalt.hash_of(&(self.secret, "import handle", &row.source, holder)).0)
    }

    fn of(&self, what: &str, row: &Row) -> [u8; 32] {
        Context::FieldSalt.hash_of(&(self.secret, "import", what, &self.file, row.number)).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "11100000000013338W001";

    fn row(number: u32) -> Row {
        let [source, holder_id, licence_no] = ["nyc", "H1", "L1"].map(str::to_owned);
        Row { number, source, holder_id, licence_no, ..Row::default() }
    }

    fn salts(secret: &[u8; 32]) -> Salts<'_> {
        Salts { secret, file: Hash([9; 32]) }
    }

    #[test]
    fn every_row_and_secret_has_its_own_roots() {
        let kind = TYPE.parse().unwrap();
        let root = |secret: u8, row: &Row| salts(&[secret; 32]).contents(kind, row).unwrap().root();
        assert_eq!(root(1, &row(1)), root(1, &row(1)));
        assert_ne!(root(1, &row(1)), root(1, &row(2)), "the same cells under another salt");
        assert_ne!(root(1, &row(1)), root(2, &row(1)));
        assert_ne!(salts(&[1; 32]).holder(&row(1)), salts(&[1; 32]).holder(&row(2)));
    }

    #[test]
    fn a_holder_has_one_handle_by_number_else_by_name_else_by_licence() {
        let (salts, one) = (salts(&[1; 32]), row(1));
        assert_eq!(salts.handle(&one), salts.handle(&row(2)));
        let named = Row { holder_id: String::new(), holder_name: "H1".to_owned(), ..row(1) };
        let unnamed = Row { holder_id: String::new(), ..row(1) };
        assert_ne!(salts.handle(&one), salts.handle(&named));
        assert_ne!(salts.handle(&named), salts.handle(&unnamed));
        assert_ne!(salts.handle(&one), salts.handle(&Row { source: "chicago".to_owned(), ..row(1) }));
    }

    #[test]
    fn the_status_of_the_day_of_export_is_not_said() {
        let exported = Row { status: "Inactive".to_owned(), ..row(1) };
        let contents = salts(&[1; 32]).contents(TYPE.parse().unwrap(), &exported).unwrap();
        assert!(contents.fields().iter().all(|field| field.name != "status"));
    }
}
