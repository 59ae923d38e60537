//! From what travels to what is meant, and back. Whatever came over a wire is judged: a field that is missing, is no value of
//! its kind, or says something else than the bytes beside it, is an error that names it.

mod block;
mod governance;
mod list;
mod node;
mod reason;
mod record;
mod refusal;
mod status;
mod transaction;

use crate::answer::AsOf;
use crate::v1;
use bulla_verify::canonical::DecodeError;
use bulla_verify::chain::Height;
use bulla_verify::hash::Hash;
use bulla_verify::list::Head;
use bulla_verify::time::Millis;

/// Why an answer cannot be understood. Usual cause: a node of another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotUnderstood {
    /// A field that must be there is not.
    #[error("the answer has no {field}")]
    Missing {
        /// Which.
        field: &'static str,
    },
    /// A field is no value of its kind.
    #[error("the answer's {field} is none that this program knows")]
    Malformed {
        /// Which.
        field: &'static str,
    },
    /// Typed fields and canonical bytes, or two parts of an answer, do not say the same.
    #[error("the answer contradicts itself on the {field}")]
    Contradiction {
        /// On what.
        field: &'static str,
    },
}

pub(crate) fn required<T>(field: &'static str, value: Option<T>) -> Result<T, NotUnderstood> {
    value.ok_or(NotUnderstood::Missing { field })
}

pub(crate) fn parse<T: core::str::FromStr>(field: &'static str, text: &str) -> Result<T, NotUnderstood> {
    text.parse().map_err(|_| NotUnderstood::Malformed { field })
}

pub(crate) fn hash(field: &'static str, bytes: &[u8]) -> Result<Hash, NotUnderstood> {
    bytes.try_into().map(Hash).map_err(|_| NotUnderstood::Malformed { field })
}

/// The value of canonical bytes, if the message that brought them says the same in its other fields.
fn agreed<T, M: PartialEq + for<'a> From<&'a T>>(
    field: &'static str,
    message: &M,
    decoded: Result<T, DecodeError>,
) -> Result<T, NotUnderstood> {
    let value = decoded.map_err(|_| NotUnderstood::Malformed { field })?;
    if M::from(&value) == *message { Ok(value) } else { Err(NotUnderstood::Contradiction { field }) }
}

fn bytes(hash: &Hash) -> Vec<u8> {
    hash.0.to_vec()
}

impl From<&Head> for v1::ListHead {
    fn from(head: &Head) -> Self {
        v1::ListHead { length: head.len, root: bytes(&head.root) }
    }
}

impl From<AsOf> for v1::AsOf {
    fn from(as_of: AsOf) -> Self {
        v1::AsOf { height: as_of.height.0, time_ms: as_of.time.0, stale: as_of.stale }
    }
}

impl From<v1::AsOf> for AsOf {
    fn from(message: v1::AsOf) -> Self {
        AsOf { height: Height(message.height), time: Millis(message.time_ms), stale: message.stale }
    }
}

#[cfg(test)]
mod tests;
