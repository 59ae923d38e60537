//! What is kept: execute, commit, tree, prove, query, fsck.
//!
//! | module | says |
//! |---|---|
//! | [`Ledger`], [`Tip`], [`Parent`] | the ledger of one chain: opened, read, handed to jobs |
//! | [`block`] | transactions, leaves, and decided blocks as they are kept and sent |
//! | [`execute`] | building a block, and judging one |
//! | [`commit`] | making a decided block durable |
//! | [`query`], [`prove`] | what readers ask, plainly and with proof; also what admission asks |
//! | [`past`] | what the state was after each of the last blocks |
//! | [`snapshot`] | the ledger at one height in pieces that prove themselves, made and taken |
//! | [`fsck`] | checking a stopped node's store from genesis |
//! | [`tree`] | the authenticated state |
//! | [`store`], [`table`] | where rows are kept, and how they read |
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions))]

mod admission;
pub mod block;
pub mod commit;
pub mod execute;
pub mod fsck;
mod ledger;
mod nodes;
pub mod past;
pub mod prove;
pub mod query;
mod replay;
mod sets;
pub mod snapshot;
pub mod store;
pub mod table;
pub mod tree;
mod view;

pub use block::Transaction;
pub use ledger::{Base, Budget, Ledger, OpenError, Parent, Tip, TooLarge};

#[cfg(test)]
mod world;
