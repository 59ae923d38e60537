//! The file: rows of register events, as they stand there.
//!
//! A cell is kept as it is written; what it means is judged where it is used. A file without the named columns, or that is not
//! UTF-8, is refused as a whole; a row with more or fewer cells than the header is kept, and marked.

use bulla_verify::hash::Hash;
use std::collections::BTreeMap;

/// The most bytes of a file, which is held in memory: 1 GiB, some seven million events of 150 bytes.
pub(crate) const MAX_FILE_BYTES: u64 = 1 << 30;

/// Why a file is refused as a whole.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// Usual cause: another kind of file, or other names in its first line.
    #[error("the file has no column {name}; its first line must name the columns as docs/import.md lists them")]
    Column {
        /// The column.
        name: &'static str,
    },
    /// Usual cause: a file that is not UTF-8, or a quote that is never closed.
    #[error("the file cannot be read as CSV: {0}; save it as UTF-8 with RFC 4180 quotes")]
    Csv(#[from] csv::Error),
}

/// A kind of row: which columns its file must have, in any order and with any others beside them.
pub(crate) trait Columns: Sized {
    /// Their names.
    const COLUMNS: &'static [&'static str];

    /// A row of these cells.
    fn of(number: u32, whole: bool, cell: impl FnMut(&'static str) -> String) -> Self;
}

macro_rules! columns {
    ($(#[$kind:meta])* $row:ident: $($(#[$doc:meta])* $name:ident,)*) => {
        $(#[$kind])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub(crate) struct $row {
            /// Its place in the file, from 1; the header is not counted.
            pub(crate) number: u32,
            /// Whether it has as many cells as the header.
            pub(crate) whole: bool,
            $($(#[$doc])* pub(crate) $name: String,)*
        }

        impl $row {
            /// Every cell with the name of its column.
            pub(crate) fn cells(&self) -> impl Iterator<Item = (&'static str, &str)> {
                [$((stringify!($name), self.$name.as_str()),)*].into_iter()
            }
        }

        impl $crate::import::row::Columns for $row {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($name),)*];

            fn of(number: u32, whole: bool, mut cell: impl FnMut(&'static str) -> String) -> $row {
                $row { number, whole, $($name: cell(stringify!($name)),)* }
            }
        }
    };
}

pub(crate) use columns;

columns! {
    /// One event of a register of licences.
    Row:
    /// The event's name in the file.
    event_id,
    /// The register.
    source,
    /// The licence's number there.
    licence_no,
    /// The number of its term, if the register numbers terms.
    term_id,
    /// The holder's number, if the register gives one.
    holder_id,
    /// The holder's name, if it is a body's.
    holder_name,
    /// The register's code of the licence's type.
    type_code,
    /// The register's name of the licence's type.
    licence_type,
    /// What happened.
    event,
    /// When.
    event_date,
    /// `exact`, or `observed`: the first day on which the register was seen to show it.
    date_basis,
    /// The first day of the term.
    valid_from,
    /// The last day of the term.
    valid_to,
    /// What the register said when it was exported. Of that day, not of the event's: never used.
    status,
}

/// The rows of a file, in its order.
pub(crate) fn rows<R: Columns>(file: &[u8]) -> Result<Vec<R>, FileError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let header = reader.headers()?.clone();
    let mut places = BTreeMap::new();
    for name in R::COLUMNS {
        let place = header.iter().position(|column| column.trim_start_matches('\u{feff}') == *name);
        places.insert(*name, place.ok_or(FileError::Column { name })?);
    }
    let mut rows = Vec::new();
    for (number, record) in (1u32..).zip(reader.records()) {
        let record = record?;
        let cell = |name: &'static str| {
            let place = places.get(name).copied();
            place.and_then(|place| record.get(place)).unwrap_or_default().trim().to_owned()
        };
        rows.push(R::of(number, record.len() == header.len(), cell));
    }
    Ok(rows)
}

/// What names a file: the hash of its bytes.
pub(crate) fn file_hash(file: &[u8]) -> Hash {
    bulla_verify::hash::Context::ImportNonce.hash(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(lines: &[&str]) -> Vec<u8> {
        let header = Row::COLUMNS.join(",");
        [&[header.as_str()], lines].concat().join("\r\n").into_bytes()
    }

    #[test]
    fn columns_are_found_by_name_and_rows_are_numbered() {
        let mut columns: Vec<_> = Row::COLUMNS.to_vec();
        columns.reverse();
        let cells: Vec<_> = columns.iter().map(|name| format!("\"the, {name}\"")).collect();
        let text = format!("more,{}\nx,{}\nx,{}\n", columns.join(","), cells.join(","), cells.join(","));
        let rows = rows::<Row>(text.as_bytes()).unwrap();
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2]);
        for (name, cell) in rows[1].cells() {
            assert_eq!(cell, format!("the, {name}"));
        }
    }

    #[test]
    fn a_row_with_other_cells_than_the_header_is_kept_and_marked() {
        let whole = ["a"; 14].join(",");
        let rows = rows::<Row>(&file(&[&whole, "a,b", &format!("{whole},b")])).unwrap();
        assert_eq!(rows.iter().map(|row| row.whole).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!((rows[1].source.as_str(), rows[1].status.as_str()), ("b", ""));
    }

    #[test]
    fn a_missing_column_and_broken_text_refuse_the_file() {
        assert!(matches!(rows::<Row>(b"event_id,source\na,b"), Err(FileError::Column { name: "licence_no" })));
        let mut broken = file(&["a"]);
        broken.push(0xff);
        assert!(matches!(rows::<Row>(&broken), Err(FileError::Csv(_))));
    }
}
