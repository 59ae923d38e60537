//! Real processes: four `bullad` on loopback, with real RocksDB and real sockets, spoken to as departments and citizens do.
//!
//! `cargo test --workspace` builds `bullad` beside these tests. One binary, so that the command is linked once.
//!
//! | file | what it shows |
//! |---|---|
//! | `import` | an import outlives killed validators, and what stands in the register afterwards is proved offline |
//! | `three_registers` | licences, credit events and access logs, imported at the same time; each row accounted for |
//! | `joining` | a wiped validator joins with a snapshot, is silent, votes again, and refuses what was executed before |
//! | `outage` | three of four go on, two wait and say for whom |
//! | `governed` | validators join, leave and change their keys under load; proofs from before and after hold from genesis |
//! | `recovered` | two of four lose what they signed; all operators sign a record, and the network goes on under new keys |
//! | `refusals` | what a node refuses over gRPC, each with its code |
//! | `desks` | every act on bodies, keys, officers, competences and licences by its command |
//! | `counters` | access to data, cases and erasure, each act by its command |
//! | `borders` | regions, and licences that count in another, by command |
//! | `motions` | what validators vote on, by command |
//! | `clerks` | law, subjects, credit and duties by the program alone |
//! | `crowd` | a pool that is full of the longest transactions stops nobody |
//!
//! | file | what it is made of |
//! |---|---|
//! | `town` | the four processes |
//! | `files` | the real records, and their import |
//! | `government` | the departments that act in it |
//! | `register` | what the imported register says of each licence, worked out apart from the program |
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod borders;
mod clerks;
mod counters;
mod crowd;
mod desks;
mod files;
mod governed;
mod government;
mod import;
mod joining;
mod motions;
mod outage;
mod recovered;
mod refusals;
mod register;
mod three_registers;
mod town;
