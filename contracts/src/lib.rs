//! What a transaction means: `(View, Verified, At) -> Changes | Refusal`, one file per area.
//!
//! It reads the state through [`View`] and answers with [`Changes`]; it stores nothing, and knows block time but no clock.
//! The words (records, acts, refusals) are `bulla-verify`'s, which any reader of a proof shares.
//!
//! | to find | look in |
//! |---|---|
//! | what a block may include | `admission` |
//! | how operations stand or fall together | `execute` |
//! | who may act for whom | `authority` |
//! | the rules of an area | `organisation`, `catalogue`, `licence`, `governance`, `law`, `subject`, `duty`, `credit`, `access`, `case`, `erasure`, `regions`, `recognition` |
//! | the state before the first block | `genesis` |
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

mod access;
mod admission;
mod authority;
mod case;
mod catalogue;
mod changes;
mod credit;
mod draft;
mod duty;
mod erasure;
mod execute;
mod figures;
mod genesis;
mod governance;
mod law;
mod licence;
mod organisation;
mod recognition;
mod regions;
mod subject;
mod view;

pub use admission::admit;
pub use changes::Changes;
pub use draft::Draft;
pub use execute::{Executed, check, execute};
pub use genesis::genesis;
pub use governance::{recover, validators};
pub use view::{At, View, parameters, read};

#[cfg(test)]
mod invariants;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod sequences;
