//! From lines of a log to transactions: pure, and the same for the same file, bodies, secret and size of transactions.
//!
//! Every source has one course, each transaction final before the next is sent: handles and resources, requests, grants; then
//! tickets of some rows and after them their receipts, again and again. So the numbers of both gateways follow one another, and
//! the place of each line in its subject's list is known before it stands there. Every row has a fate.

use super::bodies::{Bodies, Data, FIELD, PURPOSE, Secrets, key_names};
use super::meaning::{self, Told, Unformed};
use super::row::Row;
use crate::import::batches::{Batch, MAX_BATCH_BYTES};
use crate::import::plan::Plan;
use bulla_verify::access::{
    Act, Authority, Found, Opening, Released, RequestId, ResourceCode, Serial, TicketAct, TicketChange, TicketId,
};
use bulla_verify::canonical;
use bulla_verify::hash::{Context, Hash};
use bulla_verify::holder::Handle;
use bulla_verify::operation::Operation;
use bulla_verify::transaction::MAX_OPERATIONS;
use std::collections::BTreeMap;

/// The most state writes of one transaction: it fits a block of the smallest budget, which has 3,000.
const MAX_BATCH_COST: u32 = 2_500;

/// The source of each body's log: it has one gateway.
const GATEWAY: u16 = 1;

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Acts on the ledger.
    Acts {
        /// The ticket that they are on.
        ticket: TicketId,
        /// What they are, as the report has it.
        acts: &'static str,
        /// Each by the place of its batch, and its place in that.
        at: Vec<(usize, usize)>,
    },
    /// No act can be formed.
    Unformed(Unformed),
}

/// An access as the log has it.
struct Access<'a> {
    asked: &'a Row,
    /// The row that says what came of it; the same one where one gateway logged it all.
    answered: Option<(&'a Row, Found)>,
}

/// Plans an import with at most so many acts in a transaction. `bodies` has those of every source of the rows.
pub(crate) fn plan(
    rows: &[Row],
    bodies: &BTreeMap<String, Bodies>,
    secrets: &Secrets<'_>,
    setup: Vec<Operation>,
    acts_per_transaction: usize,
) -> Plan<Fate> {
    let mut fates = BTreeMap::new();
    let mut by_source: BTreeMap<&str, Vec<Access<'_>>> = BTreeMap::new();
    for access in accesses(rows, &mut fates) {
        by_source.entry(&access.asked.source).or_default().push(access);
    }
    let mut batches = Vec::new();
    for (source, accesses) in &by_source {
        let Some(bodies) = bodies.get(*source) else { continue };
        let limit = acts_per_transaction.clamp(1, MAX_OPERATIONS);
        let course = Course { source, secrets, limit, batches: &mut batches, last: None, made: 0 };
        let planner = Planner { bodies, secrets, course, fates: &mut fates, places: BTreeMap::new(), released: 0 };
        planner.source(accesses);
    }
    let of = |row: &Row| fates.remove(&row.number).expect("every row was refused or planned");
    Plan { setup, batches, rows: rows.iter().map(of).collect() }
}

/// The accesses of all rows in the order of those that ask; a row that is none gets its fate.
fn accesses<'a>(rows: &'a [Row], fates: &mut BTreeMap<u32, Fate>) -> Vec<Access<'a>> {
    let mut seen: BTreeMap<(&str, &str, bool), &Row> = BTreeMap::new();
    let (mut found, mut answers) = (Vec::new(), BTreeMap::new());
    let mut refuse = |row: &Row, why| {
        fates.insert(row.number, Fate::Unformed(why));
    };
    for row in rows {
        let (told, came_of_it) = match meaning::of(row) {
            Ok(meant) => meant,
            Err(why) => {
                refuse(row, why);
                continue;
            }
        };
        let name = (row.source.as_str(), meaning::access_of(row, told));
        if let Some(first) = seen.get(&(name.0, name.1, told == Told::Answered)) {
            refuse(row, Unformed::Repeated { first: first.number });
            continue;
        }
        seen.insert((name.0, name.1, told == Told::Answered), row);
        match told {
            Told::Both => found.push((None, Access { asked: row, answered: Some((row, came_of_it)) })),
            Told::Asked => found.push((Some(name), Access { asked: row, answered: None })),
            Told::Answered => {
                answers.insert(name, (row, came_of_it));
            }
        }
    }
    for (name, access) in &mut found {
        let same_data = |(row, _): &(&Row, Found)| row.resource_owner == access.asked.resource_owner;
        if let Some(name) = name
            && answers.get(name).is_some_and(same_data)
        {
            access.answered = answers.remove(name);
        }
    }
    answers.values().for_each(|(row, _)| refuse(row, Unformed::NoTicket));
    found.into_iter().map(|(_, access)| access).collect()
}

/// The transactions of one source, one after the other.
struct Course<'a> {
    source: &'a str,
    secrets: &'a Secrets<'a>,
    limit: usize,
    batches: &'a mut Vec<Batch>,
    last: Option<usize>,
    made: u32,
}

impl Course<'_> {
    /// Puts operations of one signer into as many transactions as they need; the place of each.
    fn put(&mut self, signer: &str, operations: Vec<Operation>) -> Vec<(usize, usize)> {
        let (mut places, mut bytes, mut cost) = (Vec::new(), usize::MAX, u32::MAX);
        for operation in operations {
            let more = (canonical::encode(&operation).len(), operation.cost());
            bytes = bytes.saturating_add(more.0);
            cost = cost.saturating_add(more.1);
            let full = self.batches.last().is_none_or(|batch| batch.operations.len() >= self.limit);
            if full || bytes > MAX_BATCH_BYTES || cost > MAX_BATCH_COST {
                self.begin(signer);
                (bytes, cost) = more;
            }
            if let Some(batch) = self.batches.last_mut() {
                let place = batch.operations.len();
                batch.operations.push(operation);
                places.push((self.batches.len().saturating_sub(1), place));
            }
        }
        places
    }

    fn begin(&mut self, signer: &str) {
        let Hash(bytes) = Context::ImportNonce.hash_of(&(&self.secrets.file, "access", self.source, self.made));
        let (nonce, _) = bytes.split_first_chunk().expect("a hash has 32 bytes");
        let after = self.last.replace(self.batches.len());
        self.made = self.made.saturating_add(1);
        self.batches.push(Batch { source: signer.to_owned(), nonce: *nonce, after, operations: Vec::new() });
    }
}

struct Planner<'a> {
    bodies: &'a Bodies,
    secrets: &'a Secrets<'a>,
    course: Course<'a>,
    fates: &'a mut BTreeMap<u32, Fate>,
    /// How many lines each subject's list has.
    places: BTreeMap<Handle, u64>,
    /// How many receipts the provider's gateway has logged.
    released: u64,
}

impl Planner<'_> {
    fn source(mut self, accesses: &[Access<'_>]) {
        let [provider, reader] = key_names(self.course.source);
        let data = self.data(accesses);
        let known: Vec<&(&Row, Data)> = data.values().collect();
        self.course.put(&provider, known.iter().flat_map(|(row, data)| self.bodies.published(data, row)).collect());
        self.course.put(&reader, known.iter().map(|(_, data)| self.bodies.asked(data)).collect());
        self.course.put(&provider, known.iter().map(|(_, data)| self.bodies.granted(data)).collect());
        let planned = |access: &&Access<'_>| data.contains_key(access.asked.resource_owner.as_str());
        let accesses: Vec<&Access<'_>> = accesses.iter().filter(planned).collect();
        let numbered: Vec<(u64, &Access<'_>)> = (1..).zip(accesses).collect();
        for some in numbered.chunks(self.course.limit) {
            self.round(some, &data, &provider, &reader);
        }
    }

    /// The data of each owner, by the owner's name; rows of those for whom there is no number are refused.
    fn data<'r>(&mut self, accesses: &[Access<'r>]) -> BTreeMap<&'r str, (&'r Row, Data)> {
        let mut data: BTreeMap<&str, (&Row, Data)> = BTreeMap::new();
        for Access { asked, answered } in accesses {
            let (owner, source) = (asked.resource_owner.as_str(), self.course.source);
            if let Some((_, known)) = data.get_mut(owner) {
                known.accesses = known.accesses.saturating_add(1);
                continue;
            }
            let Ok(number) = u16::try_from(data.len()) else {
                let rows = [Some(*asked), answered.map(|(row, _)| row)];
                for row in rows.into_iter().flatten() {
                    self.fates.insert(row.number, Fate::Unformed(Unformed::TooManyOwners));
                }
                continue;
            };
            let number_of_request = self.secrets.number("request", &format!("{source}\n{owner}"));
            let fresh = Data {
                resource: ResourceCode { owner: self.bodies.provider, number },
                request: RequestId { requester: self.bodies.reader, number: number_of_request },
                subject: self.secrets.handle(source, owner),
                accesses: 1,
            };
            data.insert(owner, (asked, fresh));
        }
        data
    }

    /// Some tickets, and then their receipts.
    fn round(
        &mut self,
        some: &[(u64, &Access<'_>)],
        data: &BTreeMap<&str, (&Row, Data)>,
        provider: &str,
        reader: &str,
    ) {
        let of = |access: &Access<'_>| data.get(access.asked.resource_owner.as_str()).map(|(_, data)| data);
        let (mut tickets, mut receipts, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        for (number, access) in some {
            let Some(data) = of(access) else { continue };
            lines.push(next(&mut self.places, data.subject));
            tickets.push(self.ticket(*number, access.asked, data));
        }
        for ((_, access), place) in some.iter().zip(lines) {
            let Some((data, (row, found))) = of(access).zip(access.answered) else { continue };
            next(&mut self.places, data.subject);
            self.released = self.released.saturating_add(1);
            let released = Released { subject: data.subject, place, found };
            receipts.push(self.receipt(access.asked, row, released));
        }
        let opened = self.course.put(reader, tickets);
        let mut received = self.course.put(provider, receipts).into_iter();
        for ((_, access), opened) in some.iter().zip(opened) {
            let ticket = self.id(access.asked);
            let receipt = access.answered.and_then(|(row, _)| received.next().map(|at| (row, at)));
            let fates = match receipt {
                None => vec![(access.asked, "ticket", vec![opened])],
                Some((row, at)) if row.number == access.asked.number => vec![(row, "ticket+receipt", vec![opened, at])],
                Some((row, at)) => vec![(access.asked, "ticket", vec![opened]), (row, "receipt", vec![at])],
            };
            for (row, acts, at) in fates {
                self.fates.insert(row.number, Fate::Acts { ticket, acts, at });
            }
        }
    }

    fn id(&self, asked: &Row) -> TicketId {
        let number = self.secrets.number("ticket", &asked.number.to_string());
        TicketId { requester: self.bodies.reader, number }
    }

    /// The row's line stands behind it as the case, whoever looked as the officer.
    fn ticket(&self, number: u64, row: &Row, data: &Data) -> Operation {
        let opening = Opening {
            authority: Authority::Grant(data.request),
            consent: None,
            purpose: PURPOSE,
            fields: FIELD,
            region: self.bodies.region,
            case: Some(self.secrets.commitment("case", row, &row.line())),
            officer: self.secrets.commitment("officer", row, &row.requester),
            serial: Serial { source: GATEWAY, number },
            sealing: None,
            subjects: vec![data.subject],
        };
        let (ticket, by) = (self.id(row), self.bodies.reader);
        Operation::Access(Act::Ticket(TicketAct { ticket, by, change: TicketChange::Open(opening) }))
    }

    fn receipt(&self, asked: &Row, row: &Row, released: Released) -> Operation {
        let digest = self.secrets.commitment("released", row, &row.line());
        let serial = Serial { source: GATEWAY, number: self.released };
        let change = TicketChange::Receive { released: vec![released], digest, serial };
        let (ticket, by) = (self.id(asked), self.bodies.provider);
        Operation::Access(Act::Ticket(TicketAct { ticket, by, change }))
    }
}

/// The place of the next line in a subject's list.
fn next(places: &mut BTreeMap<Handle, u64>, subject: Handle) -> u64 {
    let len = places.entry(subject).or_default();
    let place = *len;
    *len = len.saturating_add(1);
    place
}

#[cfg(test)]
mod tests;
