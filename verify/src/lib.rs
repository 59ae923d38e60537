//! What anyone can check alone, with no node and no network.
#![no_std]
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions))]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod access;
pub mod admission;
pub mod ancestry;
pub mod anchor;
pub mod canonical;
pub mod case;
pub mod catalogue;
pub mod certificate;
pub mod chain;
pub mod credit;
pub mod decision;
pub mod document;
pub mod duty;
pub mod erasure;
pub mod fields;
pub mod figures;
pub mod fork;
pub mod genesis;
pub mod governance;
pub mod handover;
pub mod hash;
pub mod header;
pub mod holder;
pub mod identifiers;
pub mod keys;
pub mod law;
pub mod licence;
pub mod list;
pub mod name;
pub mod numbering;
pub mod operation;
pub mod organisation;
pub mod parameters;
pub mod personal;
pub mod planted;
pub mod proof;
pub mod proven;
pub mod receipt;
pub mod recognition;
pub mod record;
pub mod recovery;
pub mod refusal;
pub mod regions;
pub mod roles;
pub mod status;
pub mod subject;
pub mod time;
pub mod transaction;
pub mod tree;
pub mod validators;
pub mod verdict;
pub mod vote;
