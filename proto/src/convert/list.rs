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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::AsOf;
    use bulla_verify::chain::Height;
    use bulla_verify::hash::Hash;
    use bulla_verify::time::Millis;

    const AS_OF: AsOf = AsOf { height: Height(7), time: Millis(9), stale: true };

    #[test]
    fn what_travels_comes_back_and_what_is_missing_is_named() {
        let record = Found { record: Some(vec![1, 2]), as_of: AS_OF, proof: None };
        assert_eq!(Found::try_from(v1::RecordResponse::from(record.clone())), Ok(record));
        let absent = Found { record: None::<Vec<u8>>, as_of: AS_OF, proof: None };
        assert_eq!(Found::try_from(v1::RecordResponse::from(absent.clone())), Ok(absent));

        let head = Head { len: 2, root: Hash([3; 32]) };
        let lines = Lines { record: Some(vec![1]), head, lines: vec![vec![4], vec![5]], as_of: AS_OF };
        let message = v1::ListResponse::from(lines.clone());
        assert_eq!(Lines::try_from(message.clone()), Ok(lines));
        let headless = v1::ListResponse { head: None, ..message.clone() };
        assert_eq!(Lines::try_from(headless), Err(NotUnderstood::Missing { field: "head" }));
        let short = v1::ListResponse { head: Some(v1::ListHead { length: 2, root: vec![3; 31] }), ..message };
        assert_eq!(Lines::try_from(short), Err(NotUnderstood::Malformed { field: "root" }));
    }
}
