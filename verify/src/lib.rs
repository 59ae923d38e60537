//! What anyone can check alone, with no node and no network.
#![no_std]
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions))]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod canonical;
pub mod chain;
pub mod hash;
pub mod keys;
