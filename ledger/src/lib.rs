//! What is kept: execute, commit, tree, prove, query, fsck.
//!
//! | module | says |
//! |---|---|
//! | [`block`] | blocks: as proposed, and as kept and sent |
//! | [`tree`] | the authenticated state |
//! | [`store`], [`table`] | where rows are kept, and how they read |
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions))]

pub mod block;
mod replay;
pub mod store;
pub mod table;
pub mod tree;
