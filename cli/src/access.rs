//! `bulla access`: data that bodies have, who may see it and why, and every single access to it.
//!
//! | file | what |
//! |---|---|
//! | `resource` | what stands in the catalogue, and who may have it |
//! | `request` | who asks for it, and what the owner answers |
//! | `consent` | what a subject allows, and takes back |
//! | `ticket` | before anything is released: the ticket, sealed or by need too, and what becomes of the seal |
//! | `receipt` | after: the receipt, the justification, challenges of quality |

mod consent;
mod receipt;
mod request;
mod resource;
mod ticket;

use crate::answer::{Answer, Usage};
use anyhow::Result;
use bulla_proto::Client;
use bulla_verify::access::Source;
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::Citation;
use bulla_verify::name::Name;
use bulla_verify::record::Record;
use bulla_verify::subject::{Line, ListKind, Listed, SubjectList};

#[derive(clap::Subcommand)]
pub(crate) enum Access {
    /// Put data of a body into the catalogue. Signed by a steward of the body.
    Register(resource::Register),
    /// Let others ask for a resource. Signed by a steward of its owner.
    Publish(resource::Named),
    /// Say anew who may have a resource: what was granted is judged by it at each ticket. Signed by a steward of its owner.
    Share(resource::Share),
    /// Take a resource out of the catalogue: nobody asks for it any more, and no ticket is opened. Signed by a steward.
    Retire(resource::Named),
    /// Ask for the data of a resource. Signed by a consumer of the body that asks.
    Request(request::File),
    /// Grant what was asked for, or less. Signed by a steward of the resource's owner; once the answer is overdue also by a
    /// supervisor of a body above it.
    Grant(request::Grant),
    /// Refuse what was asked for. Signed as a grant is.
    Refuse(request::Because),
    /// Let no ticket be opened under a grant for now. Signed by a steward of the resource's owner.
    Suspend(request::Because),
    /// Let tickets be opened under a grant again. Signed by a steward of the resource's owner.
    Resume(request::Plainly),
    /// End a grant. Signed by a steward of the resource's owner.
    Revoke(request::Because),
    /// File that a subject consents. Signed by an intake of any body.
    Consent(consent::Give),
    /// File that a subject takes its consent back: from then on no ticket rests on it. Signed by an intake of any body.
    WithdrawConsent(consent::Withdraw),
    /// Open a ticket, before anything is released. Signed by a consumer of the body that will see the data.
    Ticket(ticket::Open),
    /// Open a ticket by need alone, with no grant: a justification is owed. Signed by a consumer of the body that will see the
    /// data.
    BreakGlass(ticket::BreakGlass),
    /// Justify that the glass was broken. Signed by a consumer of the body that did.
    Justify(receipt::Justify),
    /// Seal a ticket's line for longer. Signed by a consumer of the body that sealed it, and a supervisor of a second body: give
    /// both keys.
    ExtendSeal(ticket::Extend),
    /// Open a sealed line, so that its subject sees who looked. Signed by a consumer of the body that sealed it; once that is
    /// overdue also by a supervisor above.
    Unseal(ticket::Unseal),
    /// Say what was released. Signed by a steward of the resource's owner.
    Receipt(receipt::Receive),
    /// Say that fields that were released are wrong. Signed by a consumer of the body that has them.
    Challenge(receipt::Challenge),
    /// Answer a challenge: the data was corrected, or is right. Signed by a steward of the resource's owner; once the answer is
    /// overdue also by a supervisor of a body above it.
    Answer(receipt::Reply),
}

impl Access {
    pub(crate) async fn run(self) -> Result<Answer> {
        use bulla_verify::access::{RequestChange, ResourceChange};
        match self {
            Access::Register(verb) => verb.run().await,
            Access::Publish(verb) => verb.run(ResourceChange::Publish).await,
            Access::Share(verb) => verb.run().await,
            Access::Retire(verb) => verb.run(ResourceChange::Retire).await,
            Access::Request(verb) => verb.run().await,
            Access::Grant(verb) => verb.run().await,
            Access::Refuse(verb) => verb.run(|reason| RequestChange::Refuse { reason }).await,
            Access::Suspend(verb) => verb.run(|reason| RequestChange::Suspend { reason }).await,
            Access::Resume(verb) => verb.run(RequestChange::Resume).await,
            Access::Revoke(verb) => verb.run(|reason| RequestChange::Revoke { reason }).await,
            Access::Consent(verb) => verb.run().await,
            Access::WithdrawConsent(verb) => verb.run().await,
            Access::Ticket(verb) => verb.run().await,
            Access::BreakGlass(verb) => verb.run().await,
            Access::Justify(verb) => verb.run().await,
            Access::ExtendSeal(verb) => verb.run().await,
            Access::Unseal(verb) => verb.run().await,
            Access::Receipt(verb) => verb.run().await,
            Access::Challenge(verb) => verb.run().await,
            Access::Answer(verb) => verb.run().await,
        }
    }
}

/// The law that something rests on, where it does on one.
#[derive(clap::Args)]
#[command(next_help_heading = "The law")]
struct Law {
    /// The law that does without the subject's consent, or that forbids to share: its official title.
    #[arg(long, value_name = "TITLE")]
    law: Option<Name>,
    /// The article; none cites the law as a whole.
    #[arg(long, value_name = "NUMBER", requires = "law")]
    article: Option<u16>,
    /// The paragraph of the article, from 1; none cites the article as a whole.
    #[arg(long, value_name = "NUMBER", requires = "article")]
    paragraph: Option<u8>,
}

impl Law {
    fn citation(self) -> Option<Citation> {
        let Law { law, article, paragraph } = self;
        law.map(|instrument| Citation { instrument, article: article.unwrap_or(0), paragraph: paragraph.unwrap_or(0) })
    }
}

/// `0,2,5`: a set of numbers below 64, one bit each.
fn bits(text: &str) -> Result<u64, String> {
    let bit = |number: &str| number.trim().parse::<u32>().ok().and_then(|number| 1_u64.checked_shl(number));
    let set = text.split(',').map(bit).try_fold(0, |set, bit| bit.map(|bit| set | bit));
    set.ok_or_else(|| "numbers from 0 to 63 read 0,2,5".into())
}

/// The number that an entry of a gateway's log has: one more than the last on the ledger, if none is given.
async fn number(client: &Client, body: Uscc, source: u16, given: Option<u64>) -> Result<u64> {
    match given {
        Some(number) => Ok(number),
        None => {
            let last = client.record::<Source>(&(body, source)).await?.record.unwrap_or_default();
            Ok(last.count.saturating_add(1))
        }
    }
}

/// The place of a line in a subject's list of accesses.
async fn place(client: &Client, subject: Handle, what: Listed) -> Result<u64> {
    let key = SubjectList::key(&(subject, ListKind::Accesses));
    let (_, lines) = client.whole_list::<Line>(&key).await?;
    let place = (0..).zip(&lines).find(|(_, line)| line.what == what).map(|(place, _)| place);
    let absent = || Usage("the subject's list of accesses has no such line; check the ticket and the handle".into());
    Ok(place.ok_or_else(absent)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn sets_of_numbers_read_as_people_write_them() {
        assert_eq!(super::bits("0,2,5"), Ok(0b10_0101));
        assert_eq!(super::bits("63, 0"), Ok(1 << 63 | 1));
        for text in ["", "64", "1,,2", "-1", "a"] {
            assert!(super::bits(text).is_err(), "{text}");
        }
    }
}
