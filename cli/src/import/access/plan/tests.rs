use super::*;
use bulla_verify::identifiers::region::Level;
use bulla_verify::organisation::Organisation;

const FILE: Hash = Hash([7; 32]);

fn row(number: u32, request_id: &str, action: &str, owner: &str) -> Row {
    let [source, ts] = ["log", "2017-01-01T00:00:06Z"].map(str::to_owned);
    let [request_id, requester, action, resource_owner] = [request_id, "R-1", action, owner].map(str::to_owned);
    let [result, denied] = ["200", "0"].map(str::to_owned);
    Row {
        number,
        whole: true,
        source,
        request_id,
        ts,
        requester,
        action,
        resource_owner,
        result,
        denied,
        ..Row::default()
    }
}

fn planned(rows: &[Row], limit: usize) -> Plan<Fate> {
    let superior = Organisation {
        uscc: "11100000000013338W".parse().unwrap(),
        name: "above".parse().unwrap(),
        level: Level::National,
        region: "000000".parse().unwrap(),
        parent: None,
    };
    let bodies = [("log".to_owned(), Bodies::of("log", &FILE, &superior))].into();
    plan(rows, &bodies, &Secrets { secret: &[1; 32], file: FILE }, Vec::new(), limit)
}

fn on_ticket(operation: &Operation) -> Option<&TicketAct> {
    if let Operation::Access(Act::Ticket(act)) = operation { Some(act) } else { None }
}

/// What is done to tickets, in the order in which it comes to the ledger.
fn acts(accesses: &Plan<Fate>) -> Vec<&TicketChange> {
    let operations = accesses.batches.iter().flat_map(|batch| &batch.operations);
    operations.filter_map(on_ticket).map(|act| &act.change).collect()
}

#[test]
fn numbers_follow_one_another_and_places_are_those_of_the_lists() {
    let owners = ["A", "B", "A", "A", "B", "C", "A"];
    let rows: Vec<_> =
        (1..).zip(owners).map(|(number, owner)| row(number, &format!("E{number}"), "GET", owner)).collect();
    let accesses = planned(&rows, 3);
    // What the ledger does: a line for each ticket and for each receipt, and two counters.
    let (mut lists, mut opened, mut released) = (BTreeMap::<Handle, Vec<bool>>::new(), 0, 0);
    for change in acts(&accesses) {
        if let TicketChange::Open(opening) = change {
            opened += 1;
            assert_eq!(opening.serial.number, opened);
            lists.entry(opening.subjects[0]).or_default().push(true);
        }
        if let TicketChange::Receive { released: found, serial, .. } = change {
            released += 1;
            assert_eq!(serial.number, released);
            let list = lists.get_mut(&found[0].subject).unwrap();
            assert!(list[usize::try_from(found[0].place).unwrap()], "the place is a ticket's");
            list.push(false);
        }
    }
    assert_eq!((opened, released), (7, 7));
    let mut lengths: Vec<_> = lists.values().map(Vec::len).collect();
    lengths.sort_unstable();
    assert_eq!(lengths, [2, 4, 8]);
    for fate in &accesses.rows {
        let Fate::Acts { acts: "ticket+receipt", at, .. } = fate else { panic!("{fate:?}") };
        let change = |(batch, place): &(usize, usize)| &accesses.batches[*batch].operations[*place];
        let [ticket, receipt] = [&at[0], &at[1]].map(|place| on_ticket(change(place)).unwrap());
        assert_eq!(ticket.ticket, receipt.ticket, "both acts of a row are on one ticket");
    }
}

#[test]
fn each_transaction_waits_for_the_one_before_and_is_signed_by_one_body() {
    let rows: Vec<_> = (1..=20).map(|number| row(number, &format!("E{number}"), "GET", "A")).collect();
    let accesses = planned(&rows, 6);
    for (place, batch) in accesses.batches.iter().enumerate() {
        assert_eq!(batch.after, place.checked_sub(1));
        assert!((1..=6).contains(&batch.operations.len()));
    }
    let signers: Vec<_> = accesses.batches.iter().map(|batch| batch.source.as_str()).collect();
    assert_eq!(signers[..5], ["log", "log.reader", "log", "log.reader", "log"]);
    let again = planned(&rows, 6);
    assert_eq!(accesses.batches, again.batches, "a resumed import plans the same");
    let nonces: std::collections::BTreeSet<_> = again.batches.iter().map(|batch| batch.nonce).collect();
    assert_eq!(nonces.len(), again.batches.len());
}

#[test]
fn two_gateways_tell_of_one_access_in_whatever_order() {
    let rows = [
        row(1, "m1-1", "REQUEST_CLIENT", "A"),
        row(2, "m2-4", "REQUEST_PRODUCER", "A"),
        row(3, "m1-2", "REQUEST_PRODUCER", "A"),
        row(4, "m2-3", "REQUEST_CLIENT", "A"),
        row(5, "m3-5", "REQUEST_CLIENT", "A"),
        row(6, "m4-6", "REQUEST_PRODUCER", "A"),
        row(7, "m1-7", "REQUEST_CLIENT", "A"),
        row(8, "m3-8", "REQUEST_PRODUCER", "B"),
    ];
    let accesses = planned(&rows, 100);
    let told = accesses.rows.iter().map(|fate| match fate {
        Fate::Acts { acts, ticket, .. } => (*acts, Some(ticket.number)),
        Fate::Unformed(Unformed::NoTicket) => ("no ticket", None),
        Fate::Unformed(Unformed::Repeated { first: 1 }) => ("repeated", None),
        Fate::Unformed(why) => panic!("{why}"),
    });
    let told: Vec<_> = told.collect();
    let words: Vec<_> = told.iter().map(|(acts, _)| *acts).collect();
    let expected = ["ticket", "receipt", "receipt", "ticket", "ticket", "no ticket", "repeated", "no ticket"];
    assert_eq!(words, expected);
    assert_eq!((told[0].1, told[3].1), (told[2].1, told[1].1));
    assert_eq!(acts(&accesses).len(), 5, "one ticket has no receipt");
}

#[test]
fn no_transaction_is_too_long_or_too_dear_for_a_block() {
    let rows: Vec<_> =
        (1..=1_500).map(|number| row(number, &format!("E{number}"), "GET", &format!("O{number}"))).collect();
    let accesses = planned(&rows, 1_000);
    for batch in &accesses.batches {
        let cost: u32 = batch.operations.iter().map(Operation::cost).sum();
        let bytes: usize = batch.operations.iter().map(|operation| canonical::encode(operation).len()).sum();
        assert!(cost <= MAX_BATCH_COST && bytes <= MAX_BATCH_BYTES, "{cost} writes, {bytes} bytes");
    }
}
