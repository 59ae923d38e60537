//! What a row is of, in words that a person can act upon.

use crate::past::past_of;
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::table::{self, HEADERS, Place, Table};
use bulla_verify::access::{Consent, Request, Resource, Seal, Source, Ticket};
use bulla_verify::canonical;
use bulla_verify::case::{Case, Catalogued, ServiceItem, Violations};
use bulla_verify::catalogue::{Competence, LicenceType, Tenure, TwoOfficers};
use bulla_verify::chain::Height;
use bulla_verify::credit::{self, CreditEvent, Item};
use bulla_verify::duty::{DueDay, Duty};
use bulla_verify::erasure::ErasureOrder;
use bulla_verify::figures::Figure;
use bulla_verify::governance::motion::Motion;
use bulla_verify::governance::schedule::Schedule;
use bulla_verify::governance::{Followers, FormerValidator, Validators};
use bulla_verify::law::{Calendar, Lawmaker, Provisions};
use bulla_verify::licence::{Entry, Licence};
use bulla_verify::organisation::{Compromise, KeyGrant, Officer, Organisation, Succession};
use bulla_verify::parameters::Parameters;
use bulla_verify::recognition::{RecognitionAgreement, TerritorialLimits};
use bulla_verify::record::{Holding, MAX_RECORD_BYTES, Record, RefusalBudget, list_kept};
use bulla_verify::regions::Region;
use bulla_verify::subject::{Subject, SubjectList};
use bulla_verify::tree::StateKey;

/// What a row is of, and the height that wrote it, as far as that can be told.
pub(super) struct Words {
    pub(super) what: String,
    pub(super) height: Option<Height>,
}

/// The words for a row. The state that the blocks give helps where the row itself says little.
pub(super) fn of(state: &MemoryStore, table: Table, key: &[u8], value: &[u8]) -> Words {
    let words = match table {
        Table::Meta => Some(plain(String::from_utf8_lossy(key).into_owned())),
        Table::Records => record(key, value),
        Table::Frontiers => list(state, key).map(|(name, height)| Words { what: format!("length of {name}"), height }),
        Table::Entries => entry(state, key, value),
        Table::Past => past(key, value),
        Table::Nodes => node(state, key),
        Table::Begun => list(state, key).map(|(name, _)| plain(format!("length of {name} when this store began"))),
        Table::Headers | Table::Bodies | Table::Leaves | Table::Stubs => {
            table::height_of(key).map(|height| Words { what: format!("block {height}"), height: Some(height) })
        }
        Table::Transactions => borsh::from_slice::<Place>(value).ok().map(|place| Words {
            what: format!("transaction {}, place {} of its block", hex(key), place.index),
            height: Some(place.height),
        }),
        Table::Ids => table::id_of(key).map(|(until, id)| plain(format!("transaction {id}, remembered until {until}"))),
        Table::Validators => table::height_of(key).map(|from| plain(format!("the validators from height {from} on"))),
    };
    words.unwrap_or_else(|| plain(format!("key {}", hex(key))))
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn plain(what: String) -> Words {
    Words { what, height: None }
}

fn record(key: &[u8], value: &[u8]) -> Option<Words> {
    match *key.first()? {
        Parameters::AREA => Some(plain("the parameters".into())),
        Validators::AREA => Some(plain("the validators in force".into())),
        Followers::AREA => Some(plain("the followers".into())),
        FormerValidator::AREA => decode(value).map(|former: FormerValidator| Words {
            what: format!("former validator {}", former.key),
            height: former.until.previous(),
        }),
        Organisation::AREA => decode(value).map(|found: Organisation| plain(format!("organisation {}", found.uscc))),
        KeyGrant::AREA => decode(value).map(|grant: KeyGrant| Words {
            what: format!("{} of {}", grant.key, grant.organisation),
            height: Some(grant.from),
        }),
        LicenceType::AREA => decode(value).map(|kind: LicenceType| plain(format!("licence type {}", kind.code))),
        Competence::AREA => decode(value).map(|found: Competence| {
            plain(format!("competence of {} for licence type {}", found.organisation, found.type_code))
        }),
        Licence::AREA => decode(value).map(|licence: Licence| licence_words(&licence)),
        Holding::AREA => decode(value).map(|found: Holding| {
            let base = found.licence;
            plain(format!("holding of licence type {}, serial {}", base.type_code, base.serial))
        }),
        RefusalBudget::AREA => {
            decode(value).map(|found: RefusalBudget| plain(format!("refusals in hour {}", found.hour)))
        }
        _ => of_bureau(key, value),
    }
}

/// Of records whose value does not repeat their name.
fn of_bureau(key: &[u8], value: &[u8]) -> Option<Words> {
    let what = match *key.first()? {
        Provisions::AREA => "what a region says on a legal matter",
        Lawmaker::AREA => "a region's lawmaker",
        Calendar::AREA => "a region's working days",
        Item::AREA => "an item of the credit catalogue",
        credit::Competence::AREA => "a competence to record credit events",
        CreditEvent::AREA => "a credit event",
        credit::List::AREA => "a red or black list",
        credit::Joined::AREA => "a body that takes a list's measures",
        credit::ListEntry::AREA => "an entry of a red or black list",
        credit::Measure::AREA => "a measure",
        Subject::AREA => "a subject's handle",
        SubjectList::AREA => "a subject's list",
        Duty::AREA => "a duty",
        DueDay::AREA => "the duties of a day",
        Catalogued::AREA => "which version of a service item is current",
        ServiceItem::AREA => "a version of a service item",
        Violations::AREA => "the violations of an organisation",
        Case::AREA => "a case",
        ErasureOrder::AREA => "an order of erasure",
        Officer::AREA => "an officer's key",
        Succession::AREA => "the key that follows one",
        Compromise::AREA => "a key in wrong hands",
        TwoOfficers::AREA => "a licence type that two officers act on",
        Tenure::AREA => "the dates of a competence",
        Resource::AREA => "a resource of the catalogue of data",
        Request::AREA => "a request for data",
        Source::AREA => "how far a source's log has come",
        Consent::AREA => "a consent",
        Ticket::AREA => "an access ticket",
        Seal::AREA => "a sealed line",
        Region::AREA => "a region's periods",
        RecognitionAgreement::AREA => "an agreement to recognise licences",
        TerritorialLimits::AREA => "the limits of a licence type to its region",
        Figure::AREA => "a figure",
        Motion::AREA => "a motion of the validators",
        Schedule::AREA => "what the validators decided of numbers and versions",
        _ => return None,
    };
    let kept = key.try_into().ok().and_then(|key| list_kept(&StateKey(key), value));
    Some(Words { what: what.into(), height: kept.map(|kept| kept.recorded_at) })
}

fn past(key: &[u8], value: &[u8]) -> Option<Words> {
    let (height, key) = past_of(key)?;
    let value: Option<Vec<u8>> = borsh::from_slice(value).ok()?;
    let of = value.and_then(|value| record(&key.0, &value)).map_or_else(|| hex(&key.0), |words| words.what);
    Some(Words { what: format!("what block {height} replaced of {of}"), height: Some(height) })
}

fn licence_words(licence: &Licence) -> Words {
    let what = match licence.base.at_version(licence.version) {
        Ok(id) => format!("licence {id}"),
        Err(_) => format!("licence with serial {}", licence.base.serial),
    };
    Words { what, height: Some(licence.recorded_at) }
}

/// The name of a list, and the height that appended to it last.
fn list(state: &MemoryStore, key: &[u8]) -> Option<(String, Option<Height>)> {
    let record = state.read(Table::Records, key).ok()??;
    let words = self::record(key, &record)?;
    let name = match *key.first()? {
        SubjectList::AREA | DueDay::AREA => words.what,
        _ => format!("the history of {}", words.what),
    };
    Some((name, words.height))
}

fn entry(state: &MemoryStore, key: &[u8], value: &[u8]) -> Option<Words> {
    let (StateKey(of), place) = table::entry_of(key)?;
    let height = decode(value).map(|entry: Entry| entry.recorded_at);
    let name = list(state, &of).map_or_else(|| format!("list {}", hex(&of)), |(name, _)| name);
    Some(Words { what: format!("entry {place} of {name}"), height })
}

/// A node is written with the last leaf below it: of a header, that tells the height.
fn node(state: &MemoryStore, key: &[u8]) -> Option<Words> {
    let (list, level, place) = table::node_of(key)?;
    let (name, height) = if list == HEADERS {
        let last = place.checked_add(1).and_then(|next| next.checked_shl(level));
        ("the list of headers".into(), last.map(Height))
    } else {
        self::list(state, &list.0).map_or_else(|| (format!("list {}", hex(&list.0)), None), |(name, _)| (name, None))
    };
    Some(Words { what: format!("node {place} of level {level} of {name}"), height })
}

fn decode<R: borsh::BorshDeserialize>(value: &[u8]) -> Option<R> {
    canonical::decode(value, MAX_RECORD_BYTES).ok()
}
