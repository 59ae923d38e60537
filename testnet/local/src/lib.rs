//! A test network on this machine: N real `bullad` processes on loopback, laid out in one directory.
//!
//! It promises that what it starts outlives the program that started it and is found again from its directory alone; that
//! only a process which it started itself is ever signalled, even where the number of a dead one was given to another; and
//! that whatever it waits for has an end.
//! It refuses to lay out a network where files are already, and to start a node whose ports are taken.
//! It never asks a node anything: whether one is ready, the caller's client says. Its codes, names and keys are for tests.
//!
//! | file | what it does |
//! |---|---|
//! | `plan` | what a network is to be, and laying it out |
//! | `addresses` | which ports each node has |
//! | `departments` | the test codes and names of its departments |
//! | `genesis` | the document with which it begins |
//! | `configuration` | the text that configures one node |
//! | `bullad` | how the daemon is called |
//! | `identity` | a network key's text, by which peers know a node |
//! | `network` | starting, watching, killing and stopping what was laid out |
//! | `process` | one process, remembered by more than its number |

mod addresses;
mod bullad;
mod configuration;
mod departments;
mod genesis;
mod identity;
mod network;
mod plan;
mod process;

pub use addresses::{NodeAddresses, Ports};
pub use departments::{Department, department, national_body, test_uscc};
pub use network::{LocalNetwork, NodeStatus};
pub use plan::{OPERATOR_ROLES, Plan};
