//! Whether given texts stand anywhere in what a stopped node keeps: names, numbers, whatever the ledger promises not to hold.
//!
//! It looks at each row of the database, at its key and at its value, and at each file of the node's directory as it lies there.
//! A row is looked at beside the files because the database compresses them; the files because they may still hold what
//! was deleted, and hold logs. A text is found as UTF-8, whole, and as it is written; not across two rows, and not in a part
//! of a file that is compressed or sealed.

use aho_corasick::AhoCorasick;
use bulla_ledger::store::{Fault, Store};
use bulla_ledger::table::Table;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// Why a search has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// There is nothing to look for.
    #[error("there is no text to look for; give a file with one text a line")]
    NoText,
    /// More or longer texts than can be looked for together.
    #[error("these texts are too many to be looked for at once ({0}); divide them among files")]
    TooMany(String),
    /// A row cannot be read.
    #[error(transparent)]
    Store(#[from] Fault),
    /// A file cannot be read.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why not.
        reason: io::Error,
    },
}

/// What a search came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many rows were looked at.
    pub rows: u64,
    /// How many files.
    pub files: u64,
    /// The texts that were found, each with the first place where it stands.
    pub found: BTreeMap<String, String>,
}

/// Texts, ready to be looked for.
pub struct Search {
    texts: Vec<String>,
    matcher: AhoCorasick,
    report: Report,
}

impl Search {
    /// A search for texts, none of them empty.
    pub fn of(texts: Vec<String>) -> Result<Self, SearchError> {
        let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        if texts.is_empty() {
            return Err(SearchError::NoText);
        }
        let matcher = AhoCorasick::new(&texts).map_err(|error| SearchError::TooMany(error.to_string()))?;
        Ok(Search { texts, matcher, report: Report::default() })
    }

    /// Looks at every row of a store.
    pub fn rows(&mut self, store: &dyn Store) -> Result<(), SearchError> {
        for table in Table::ALL {
            for row in store.scan(table, &[]) {
                let (key, value) = row?;
                self.report.rows += 1;
                let place = |part| format!("table {table}, {part} of row {}", hex::encode(&key));
                self.look(&key, || place("key"));
                self.look(&value, || place("value"));
            }
        }
        Ok(())
    }

    /// Looks at every file in a directory and beneath it.
    pub fn files(&mut self, directory: &Path) -> Result<(), SearchError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |reason| SearchError::File { path, reason }
        };
        for entry in fs::read_dir(directory).map_err(failed(directory))? {
            let path = entry.map_err(failed(directory))?.path();
            let kind = path.symlink_metadata().map_err(failed(&path))?.file_type();
            if kind.is_dir() {
                self.files(&path)?;
            } else if kind.is_file() {
                self.file(&path).map_err(failed(&path))?;
            }
        }
        Ok(())
    }

    /// What was found.
    pub fn report(self) -> Report {
        self.report
    }

    fn file(&mut self, path: &Path) -> io::Result<()> {
        let mut bytes = Vec::new();
        BufReader::new(File::open(path)?).read_to_end(&mut bytes)?;
        self.report.files += 1;
        self.look(&bytes, || format!("file {}", path.display()));
        Ok(())
    }

    fn look(&mut self, bytes: &[u8], place: impl Fn() -> String) {
        for found in self.matcher.find_overlapping_iter(bytes) {
            if let Some(text) = self.texts.get(found.pattern().as_usize()) {
                self.report.found.entry(text.clone()).or_insert_with(&place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_ledger::store::Batch;
    use bulla_ledger::store::memory::MemoryStore;

    fn search(texts: &[&str]) -> Search {
        Search::of(texts.iter().map(|text| (*text).to_owned()).collect()).unwrap()
    }

    #[test]
    fn a_text_is_found_in_a_key_a_value_and_within_another_text() {
        let store = MemoryStore::default();
        let mut batch = Batch::default();
        batch.put(Table::Records, b"of Zhang San here".to_vec(), vec![0xff]);
        batch.put(Table::Leaves, vec![7], "\u{0}张三丰\u{1}".as_bytes().to_vec());
        store.write(batch).unwrap();
        let mut search = search(&["Zhang San", "张三", "张三丰", "Li Si", ""]);
        search.rows(&store).unwrap();
        let report = search.report();
        assert_eq!(report.rows, 2);
        let found: Vec<_> = report.found.iter().map(|(text, place)| (text.as_str(), place.as_str())).collect();
        let key = format!("table records, key of row {}", hex::encode("of Zhang San here"));
        let value = "table leaves, value of row 07";
        assert_eq!(found, [("Zhang San", key.as_str()), ("张三", value), ("张三丰", value)]);
    }

    #[test]
    fn a_text_is_found_in_a_file_beneath() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("logs")).unwrap();
        fs::write(directory.path().join("bullad.toml"), "listen = 1").unwrap();
        fs::write(directory.path().join("logs/today"), [b"\xff\x00refused Li Si".as_slice(), &[0xfe]].concat())
            .unwrap();
        let mut search = search(&["Li Si", "Wang Wu"]);
        search.files(directory.path()).unwrap();
        let report = search.report();
        assert_eq!(report.files, 2);
        assert_eq!(report.found.keys().collect::<Vec<_>>(), ["Li Si"]);
        assert!(report.found["Li Si"].ends_with("logs/today"), "{report:?}");
    }

    #[test]
    fn nothing_to_look_for_is_refused() {
        assert!(matches!(Search::of(vec![String::new()]), Err(SearchError::NoText)));
    }
}
