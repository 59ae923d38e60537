//! Records by their keys, and the lines of their lists: canonical bytes, which whoever asked decodes.

use super::{NotUnderstood, hash, required};
use crate::answer::{Found, Lines};
use crate::v1;
use bulla_verify::list::Head;

impl From<Found<Vec<u8>>> for v1::RecordResponse {
    fn from(found: Found<Vec<u8>>) -> Self {
        v1::RecordResponse { canonical: found.record, as_of: Some(found.as_of.into()) }
    }
}

impl TryFrom<v1::RecordResponse> for Found<Vec<u8>> {
    type Error = NotUnderstood;

    fn try_from(message: v1::RecordResponse) -> Result<Self, NotUnderstood> {
        Ok(Found { record: message.canonical, as_of: required("as_of", message.as_of)?.into(), proof: None })
    }
}

impl From<Lines> for v1::ListResponse {
    fn from(lines: Lines) -> Self {
        let head = Some(v1::ListHead::from(&lines.head));
        v1::ListResponse { canonical: lines.record, head, lines: lines.lines, as_of: Some(lines.as_of.into()) }
    }
}

impl TryFrom<v1::ListResponse> for Lines {
    type Error = NotUnderstood;

    fn try_from(message: v1::ListResponse) -> Result<Self, NotUnderstood> {
        let head = required("head", message.head)?;
        Ok(Lines {
            record: message.canonical,
            head: Head { len: head.length, root: hash("root", &head.root)? },
            lines: message.lines,
            as_of: required("as_of", message.as_of)?.into(),
        })
    }
}
