//! The rules as `docs/rules` has them are the rules as they are: each refusal of execution has a row there, under its own
//! code and name, and the row names the test that reaches it.
//!
//! What such a test is stands in [`crate::scene::assert_reached`]: it meets every refusal of its area's table through a
//! transaction that is signed, admitted and executed.

use bulla_verify::refusal::{Entry, table};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const CRATE: &str = env!("CARGO_MANIFEST_DIR");

/// One row of a table of guards.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    file: String,
    name: String,
    test: String,
}

/// The rows of all files that name a code, by that code.
fn rows() -> BTreeMap<u16, Vec<Row>> {
    let mut rows: BTreeMap<u16, Vec<Row>> = BTreeMap::new();
    for file in fs::read_dir(Path::new(CRATE).join("../docs/rules")).unwrap() {
        let path = file.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        for line in fs::read_to_string(&path).unwrap().lines().filter(|line| line.starts_with("| ")) {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [_, _, _, refusal, test] = cells[..] else { continue };
            let Some((code, name)) = refusal.strip_prefix("BUL-").and_then(|text| text.split_once(' ')) else {
                continue;
            };
            let row = Row { file: file.clone(), name: name.into(), test: test.trim_matches('`').into() };
            rows.entry(code.parse().unwrap()).or_default().push(row);
        }
    }
    rows
}

/// The refusals of execution, which blocks record: neither those of admission nor those of an import.
fn executed() -> impl Iterator<Item = &'static Entry> {
    table().filter(|entry| entry.code.0 >= 300 && entry.code.0.div_euclid(100) != 9)
}

/// The file of a test, from its path: `credit::tests::refusals::every_refusal_is_reached`.
fn file_of(test: &str) -> (PathBuf, &str) {
    let (modules, function) = test.rsplit_once("::").unwrap_or(("", test));
    (Path::new(CRATE).join("src").join(modules.replace("::", "/")).with_extension("rs"), function)
}

#[test]
fn every_refusal_has_one_row_and_no_row_is_of_none() {
    let (rows, entries): (_, Vec<_>) = (rows(), executed().collect());
    for entry in &entries {
        let found = rows.get(&entry.code.0).map_or(&[][..], Vec::as_slice);
        assert_eq!(found.len(), 1, "{} {} has {} rows in docs/rules", entry.code, entry.name, found.len());
        assert_eq!(found[0].name, entry.name, "{} in docs/rules/{}", entry.code, found[0].file);
    }
    for (code, row) in rows {
        assert!(entries.iter().any(|entry| entry.code.0 == code), "{row:?} is of no refusal");
    }
}

#[test]
fn every_row_names_a_test_that_reaches_its_refusal() {
    for row in rows().into_values().flatten() {
        let (path, function) = file_of(&row.test);
        let source = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{row:?}: there is no {}", path.display()));
        assert!(source.contains(&format!("#[test]\nfn {function}() {{")), "{row:?}: no such test");
        assert!(
            source.contains("assert_reached(Refusal::TABLE, "),
            "{row:?}: it does not reach every refusal of its area"
        );
    }
}

/// Every test that the other tables and texts of `docs/rules` name is there.
#[test]
fn every_test_that_the_rules_name_exists() {
    let mut named = 0;
    for file in fs::read_dir(Path::new(CRATE).join("../docs/rules")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for test in text.split('`').skip(1).step_by(2).filter(|word| word.contains("::tests::")) {
            let (path, function) = file_of(test);
            let source = fs::read_to_string(&path).unwrap_or_default();
            assert!(source.contains(&format!("fn {function}() {{")), "{test} is nowhere");
            named += 1;
        }
    }
    assert!(named > executed().count());
}
