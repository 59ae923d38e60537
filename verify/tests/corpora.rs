//! What the fuzzers have found so far, judged again: every file below `fuzz/corpus`, by the oracle of its fuzz target.
//!
//! `cargo test -p bulla-verify --test corpora -- --ignored` writes the inputs that a corpus begins with, and gives every file
//! there the name that it must have: the beginning of its BLAKE3 hash. How to fuzz: `fuzz/README.md`.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking"
)]

#[path = "../../fuzz/oracles/lib.rs"]
mod oracles;

use oracles::{ORACLES, Oracle, Reached, world};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// Together the corpora have no more files, and no more bytes: they are in every clone.
const MAX_FILES: usize = 64;
const MAX_BYTES: usize = 200_000;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// The name and content of each file of a corpus.
fn corpus(oracle: &Oracle) -> Vec<(String, Vec<u8>)> {
    let files = names(&fuzz().join("corpus").join(oracle.name)).into_iter();
    files
        .map(|name| (name.clone(), std::fs::read(fuzz().join("corpus").join(oracle.name).join(name)).unwrap()))
        .collect()
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn name_of(content: &[u8]) -> String {
    blake3::hash(content).to_hex()[..16].to_owned()
}

#[test]
fn every_oracle_holds_of_its_corpus() {
    let reached = ORACLES.iter().map(|oracle| {
        let outcome = |(name, input): (String, Vec<u8>)| {
            catch_unwind(|| (oracle.judge)(&input)).unwrap_or_else(|_| panic!("on fuzz/corpus/{}/{name}", oracle.name))
        };
        (oracle.name, corpus(oracle).into_iter().map(outcome).collect())
    });
    let reached: BTreeMap<&str, BTreeSet<Reached>> = reached.collect();
    let all = BTreeSet::from([Reached::Refused, Reached::Decoded, Reached::Accepted]);
    assert!(reached.values().all(|reached| *reached == all), "a corpus has inputs of every kind: {reached:?}");
}

#[test]
fn every_target_has_an_oracle_and_a_corpus_and_all_are_small() {
    let oracles: BTreeSet<String> = ORACLES.iter().map(|oracle| oracle.name.to_owned()).collect();
    assert_eq!(names(&fuzz().join("corpus")), oracles);
    let targets = oracles.iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(names(&fuzz().join("fuzz_targets")), targets);
    let files: Vec<(String, Vec<u8>)> = ORACLES.iter().flat_map(corpus).collect();
    for (name, content) in &files {
        assert_eq!(*name, name_of(content), "a file was edited, or has another name than its content");
    }
    let bytes: usize = files.iter().map(|(_, content)| content.len()).sum();
    assert!(files.len() <= MAX_FILES && bytes <= MAX_BYTES, "{} files of {bytes} bytes", files.len());
}

#[test]
fn every_oracle_holds_of_its_seeds() {
    for oracle in &ORACLES {
        for seed in (oracle.seeds)() {
            let reached = (oracle.judge)(&seed);
            assert!(reached > Reached::Refused, "{}: a seed that does not decode", oracle.name);
        }
    }
}

#[test]
#[ignore = "writes into fuzz/corpus"]
fn seeds_are_written_and_files_named_by_their_content() {
    for oracle in &ORACLES {
        let folder = fuzz().join("corpus").join(oracle.name);
        std::fs::create_dir_all(&folder).unwrap();
        let found = corpus(oracle);
        for (name, content) in &found {
            std::fs::rename(folder.join(name), folder.join(name_of(content))).unwrap();
        }
        for seed in (oracle.seeds)() {
            std::fs::write(folder.join(name_of(&seed)), seed).unwrap();
        }
    }
}
