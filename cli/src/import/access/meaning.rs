//! What a line of an access log tells of: a ticket, a receipt, or both; or why it tells of nothing.

use super::row::Row;
use crate::import::authority::is_source;
use bulla_verify::access::Found;
use bulla_verify::name::Name;
use bulla_verify::personal;
use bulla_verify::refusal::Code;

/// Which acts a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// One gateway logged the whole access: ticket and receipt.
    Both,
    /// Of two gateways, the one that asked: the ticket.
    Asked,
    /// Of two gateways, the one that answered: the receipt.
    Answered,
}

/// Why a line comes to no act, in the order checked. Codes are of the area 09xx, which no ledger uses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unformed {
    /// Usual cause: a comma within a cell that has no quotes.
    #[error("the row has other cells than the header; put quotes around cells with commas")]
    Cells,
    /// Nothing says who looked at whose data. A source is 1 to 40 small letters, digits, hyphens and underlines.
    #[error("the row does not name its log, the access, who looked, and whose data it is; give all four")]
    NoAccess,
    /// Usual cause: a time without its zone.
    #[error("ts is no instant that exists; give it as 2017-01-01T00:00:06Z")]
    NoInstant,
    /// It is said, or it is not.
    #[error("denied is neither 0 nor 1; say which")]
    NotSaid,
    /// The catalogue names whose data it is.
    #[error(
        "whose data it is looks like a person's number, or cannot be a name: it is never recorded; give another name"
    )]
    Owner,
    /// A log has each access once: a second line is not a second access.
    #[error("the log has this access already, in row {first}; leave one out, or give it a name of its own")]
    Repeated {
        /// The row that came first.
        first: u32,
    },
    /// The finding that matters most: data left, and nobody had a ticket for it.
    #[error("an answer to what nobody asked: the log has no request with this name; find out who was given the data")]
    NoTicket,
    /// The numbers of an owner's resources have 16 bits.
    #[error("the log has data of more than 65,535 owners; divide the file")]
    TooManyOwners,
}

impl Unformed {
    /// The stable code.
    pub(crate) fn code(&self) -> Code {
        Code(match self {
            Unformed::Cells => 951,
            Unformed::NoAccess => 952,
            Unformed::NoInstant => 953,
            Unformed::NotSaid => 954,
            Unformed::Owner => 955,
            Unformed::Repeated { .. } => 956,
            Unformed::NoTicket => 957,
            Unformed::TooManyOwners => 958,
        })
    }
}

/// A line that tells of an access by itself: which acts it is, and what came of it.
pub(crate) fn of(row: &Row) -> Result<(Told, Found), Unformed> {
    if !row.whole {
        return Err(Unformed::Cells);
    }
    let named = [&row.request_id, &row.requester, &row.resource_owner].iter().all(|cell| !cell.is_empty());
    if !named || !is_source(&row.source) {
        return Err(Unformed::NoAccess);
    }
    if row.ts.parse::<jiff::Timestamp>().is_err() {
        return Err(Unformed::NoInstant);
    }
    let denied = match row.denied.as_str() {
        "0" => false,
        "1" => true,
        _ => return Err(Unformed::NotSaid),
    };
    name(row).ok_or(Unformed::Owner)?;
    let told = match row.action.as_str() {
        "REQUEST_CLIENT" => Told::Asked,
        "REQUEST_PRODUCER" => Told::Answered,
        _ => Told::Both,
    };
    Ok((told, if denied { Found::Failed } else { found(&row.result) }))
}

/// The name of a row's resource in the catalogue, if it can have one.
pub(crate) fn name(row: &Row) -> Option<Name> {
    let name: Name = format!("Data of {} in {} (imported)", row.resource_owner, row.source).parse().ok()?;
    personal::find(name.as_str()).is_none().then_some(name)
}

/// What names an access in its log. Where two gateways logged it, each numbers its own line: what stands before the last
/// hyphen is the message's.
pub(crate) fn access_of(row: &Row, told: Told) -> &str {
    let message = row.request_id.rsplit_once('-').map(|(message, _)| message);
    match told {
        Told::Both => &row.request_id,
        Told::Asked | Told::Answered => message.unwrap_or(&row.request_id),
    }
}

/// What an access came to, by the words of the logs: HTTP's codes, or `OK` and the names of errors.
fn found(result: &str) -> Found {
    if let Ok(http) = result.parse::<u16>() {
        return match http {
            200..=299 => Found::Hit,
            // Sent elsewhere, unchanged since it was last seen, not there: nothing was released.
            300..=399 | 404 | 410 => Found::Nothing,
            _ => Found::Failed,
        };
    }
    match result {
        "OK" => Found::Hit,
        error if error.contains("NoSuch") || error.contains("NotFound") => Found::Nothing,
        _ => Found::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        let [source, request_id, ts] = ["edgar", "E21", "2017-01-01T00:00:06Z"].map(str::to_owned);
        let [requester, resource_owner, result, denied] = ["R-1", "CIK1", "200", "0"].map(str::to_owned);
        Row { whole: true, source, request_id, ts, requester, resource_owner, result, denied, ..Row::default() }
    }

    #[test]
    fn what_came_of_an_access_is_read_in_the_words_of_each_log() {
        let of = |result: &str, denied: &str| of(&Row { result: result.into(), denied: denied.into(), ..row() });
        for (result, denied, found) in [
            ("200", "0", Found::Hit),
            ("301", "0", Found::Nothing),
            ("404", "0", Found::Nothing),
            ("403", "1", Found::Failed),
            ("503", "0", Found::Failed),
            ("0", "0", Found::Failed),
            ("OK", "0", Found::Hit),
            ("NoSuchBucketPolicy", "0", Found::Nothing),
            ("AccessDenied", "1", Found::Failed),
            ("200", "1", Found::Failed),
        ] {
            assert_eq!(of(result, denied), Ok((Told::Both, found)), "{result} {denied}");
        }
    }

    #[test]
    fn every_reason_has_its_row() {
        let cases = [
            (Row { whole: false, ..row() }, Unformed::Cells),
            (Row { source: "Ed Gar".into(), ..row() }, Unformed::NoAccess),
            (Row { requester: String::new(), ..row() }, Unformed::NoAccess),
            (Row { ts: "2017-02-30T00:00:06Z".into(), ..row() }, Unformed::NoInstant),
            (Row { denied: String::new(), ..row() }, Unformed::NotSaid),
            (Row { resource_owner: "13800138000".into(), ..row() }, Unformed::Owner),
            (Row { resource_owner: "a".repeat(121), ..row() }, Unformed::Owner),
        ];
        for (row, refused) in cases {
            assert_eq!(of(&row), Err(refused), "{row:?}");
        }
    }

    #[test]
    fn both_lines_of_a_message_name_one_access() {
        let asked = Row { request_id: "74e7377a-6ac5-7".into(), ..row() };
        let answered = Row { request_id: "74e7377a-6ac5-8".into(), ..row() };
        assert_eq!(access_of(&asked, Told::Asked), access_of(&answered, Told::Answered));
        assert_ne!(access_of(&asked, Told::Both), access_of(&answered, Told::Both));
    }
}
