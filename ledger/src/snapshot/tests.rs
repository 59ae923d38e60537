use super::*;
use crate::ledger::Ledger;
use crate::past::PAST_HEIGHTS;
use crate::store::memory::{FailedWrite, MemoryStore};
use crate::store::{Fault, Store};
use crate::table::Table;
use crate::world::{World, act, document, issue, licence, nation, validators};
use bulla_verify::licence::{Change, Licence};
use bulla_verify::organisation::Organisation;
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use std::sync::Arc;

/// A snapshot as it travels.
#[derive(Clone)]
pub(crate) struct Made {
    offer: Offer,
    parts: Vec<Part>,
    tail: Vec<TailBlock>,
}

pub(crate) fn made(ledger: &Ledger) -> Made {
    let (mut parts, mut tail) = (Vec::new(), Vec::new());
    let mut sink = |piece| {
        match piece {
            Piece::Part(part) => parts.push(part),
            Piece::Tail(blocks) => tail.extend(blocks),
        }
        Ok(())
    };
    let offer = ledger.snapshot(PART_BYTES, &mut |_| (), &mut sink).unwrap();
    Made { offer, parts, tail }
}

/// A few blocks with acts and refusals.
fn small() -> World {
    let (mut world, _) = World::new();
    world.issue(0..20);
    let tx = world.sign(Role::Issuer, vec![act(0, Change::Revoke), act(99, Change::Revoke), issue(30)]);
    world.commit(&[tx]);
    world
}

/// Takes what is wanted from what was made, and opens the ledger.
pub(crate) fn taken(made: &Made) -> (Arc<MemoryStore>, Ledger) {
    let store = Arc::new(MemoryStore::new());
    let mut taking = Taking::begin(store.clone(), &document(), made.offer.clone()).unwrap();
    serve(&mut taking, made);
    taking.finish().unwrap();
    let ledger = Ledger::open(store.clone(), &document()).unwrap();
    (store, ledger)
}

fn serve(taking: &mut Taking, made: &Made) {
    while let Some(wanted) = taking.wanted(1).pop() {
        give(taking, made, wanted).unwrap();
    }
}

/// What an honest server gives.
fn give(taking: &mut Taking, made: &Made, wanted: Wanted) -> Result<(), TakingError> {
    match wanted {
        Wanted::Part(key) => {
            let place = made.parts.partition_point(|part| part.first() < Some(key));
            taking.take_part(&key, &made.parts[place]).map(|_| ())
        }
        Wanted::Tail(height) => {
            let place = made.tail.iter().position(|block| block.header.height() == height).unwrap();
            taking.take_tail(&made.tail[place..made.tail.len().min(place + 7)])
        }
    }
}

#[test]
fn a_ledger_that_was_taken_goes_on_as_the_one_it_was_made_of() {
    let mut world = small();
    let made = made(&world.ledger);
    let (_, joined) = taken(&made);
    assert_eq!(joined.tip(), world.ledger.tip());
    let replayed = world.sign(Role::Issuer, vec![issue(40)]);
    world.commit(&[replayed]);
    for serial in 41..45 {
        let tx = world.sign(Role::Issuer, vec![issue(serial), act(serial - 1, Change::Revoke), act(1, Change::Revoke)]);
        world.commit(&[tx]);
    }
    let begins = made.offer.height();
    for height in begins.0 + 1..=world.ledger.tip().height.0 {
        let block = world.ledger.block(Height(height)).unwrap().unwrap();
        let (header, transactions, certificate) = block.open(joined.tip().chain).unwrap();
        let executed = crate::execute::execute(&joined.parent(), &header, transactions).unwrap();
        joined.commit(&executed, &certificate).unwrap();
    }
    assert_eq!(joined.tip(), world.ledger.tip());
    assert_eq!(self::made(&joined).offer.header, self::made(&world.ledger).offer.header);
    assert_eq!(self::made(&joined).parts, self::made(&world.ledger).parts, "what was taken can be given on");
    assert_eq!(self::made(&joined).tail, self::made(&world.ledger).tail);

    // What is from before is refused in words, and what is from after is there.
    let not_held = Fault::NotHeld { begins };
    assert_eq!(joined.block(begins), Err(not_held.clone()));
    assert!(joined.block(begins.next()).unwrap().is_some());
    assert_eq!(joined.history(&licence(1).base(), 0, 9), Err(not_held.clone()));
    assert_eq!(joined.history(&licence(1).base(), 1, 9).unwrap().value.map(|entries| entries.len()), Some(1));
    assert_eq!(joined.history(&licence(2).base(), 0, 9), Err(not_held.clone()));
    assert_eq!(joined.history(&licence(42).base(), 0, 9).unwrap().value.map(|entries| entries.len()), Some(2));
    assert!(joined.receipt(made.tail[0].executed[0].0.id()).unwrap().is_some(), "receipts of the tail are at hand");
    assert!(not_held.to_string().contains(&format!("joined at block {begins} ")));
}

/// A ledger that joined, and has gone on for three blocks.
fn joined_and_gone_on() -> Arc<MemoryStore> {
    let mut world = small();
    let (store, joined) = taken(&made(&world.ledger));
    for serial in 60..63 {
        let tx = world.sign(Role::Issuer, vec![issue(serial), act(serial - 50, Change::Revoke)]);
        let block = world.build(&[tx]);
        let executed =
            crate::execute::execute(&joined.parent(), block.header(), block.transactions().to_vec()).unwrap();
        joined.commit(&executed, &crate::world::certificate(block.header())).unwrap();
        world.commit_block(&block);
    }
    store
}

#[test]
fn fsck_names_every_row_that_is_changed_missing_or_too_much_in_a_store_that_joined() {
    let fsck = |store: &MemoryStore| crate::fsck::fsck(store, &document(), &mut |_| ()).unwrap();
    let sound = fsck(&joined_and_gone_on());
    assert_eq!((sound.finding, sound.height), (None, Height(6)));
    for table in Table::ALL {
        let rows: Vec<_> = joined_and_gone_on().scan(table, &[]).map(Result::unwrap).collect();
        // Of lists of headers and acts none is long enough to keep nodes.
        assert!(!rows.is_empty() || table == Table::Nodes, "{table}");
        for (key, value) in rows.iter().take(3).chain(rows.last()) {
            for row in [None, Some([&value[..], &[1]].concat()), value.split_last().map(|(_, rest)| rest.to_vec())] {
                let store = joined_and_gone_on();
                let mut batch = crate::store::Batch::default();
                match row {
                    Some(row) => batch.put(table, key.clone(), row),
                    None => batch.delete(table, key.clone()),
                }
                store.write(batch).unwrap();
                if store.read(Table::Meta, b"base").unwrap().is_some() {
                    assert!(fsck(&store).finding.is_some(), "{table} {key:?}");
                }
            }
        }
        if ![Table::Meta, Table::Past].contains(&table) {
            let store = joined_and_gone_on();
            let mut batch = crate::store::Batch::default();
            batch.put(table, [0xee; 32], *b"surplus");
            store.write(batch).unwrap();
            assert!(fsck(&store).finding.is_some(), "surplus row in {table}");
        }
    }
}

#[test]
fn a_transaction_of_the_window_is_refused_by_who_joined_and_one_that_has_expired_is_forgotten() {
    let mut world = small();
    let now = world.ledger.tip().time;
    let (old, young) = (
        world.sign_until(Role::Issuer, vec![issue(50)], now.plus(2_500)),
        world.sign_until(Role::Issuer, vec![issue(51)], now.plus(500_000)),
    );
    world.commit(&[old.clone(), young.clone()]);
    world.commit(&[]);
    world.commit(&[]);
    let (store, joined) = taken(&made(&world.ledger));
    assert!(joined.is_duplicate(&young) && !joined.is_duplicate(&old));
    let ids = |store: &dyn Store| store.scan(Table::Ids, &[]).map(|row| row.unwrap().0).collect::<Vec<_>>();
    assert_eq!(ids(&*store), ids(&*world.store), "exactly what the others remember");
    let reopened = Ledger::open(store, &document()).unwrap();
    assert!(reopened.is_duplicate(&young));
    assert_eq!(reopened.transaction(young.id()), world.ledger.transaction(young.id()));
}

#[test]
fn a_tail_reaches_back_over_the_window_and_over_the_last_turns() {
    let (mut world, _) = World::new();
    for _ in 0..PAST_HEIGHTS + 40 {
        world.commit(&[]);
    }
    let young = made(&world.ledger);
    assert_eq!(young.tail.last().unwrap().header.height(), Height(1), "less than the window of 600 blocks of a second");
    for _ in 0..400 {
        world.commit(&[]);
    }
    world.issue(0..3);
    let old = made(&world.ledger);
    let (newest, oldest) = (old.offer.header.light, old.tail.last().unwrap().header.light);
    assert_eq!(newest.time.since(oldest.time), 600_000, "the last block of which every id has expired");
    let (_, joined) = taken(&old);
    assert_eq!(joined.base().unwrap().first, oldest.height);
    assert_eq!(joined.headers(oldest.height, 2).unwrap().len(), 2);
    assert!(matches!(joined.headers(Height(1), 2), Err(Fault::NotHeld { .. })));
    assert_eq!(joined.recent_headers(u64::MAX).unwrap().len(), 601);
}

/// So many licences that there are many parts.
fn large() -> (World, Made) {
    let (mut world, _) = World::new();
    for hundred in 0..30 {
        world.issue(hundred * 100..hundred * 100 + 100);
    }
    let made = made(&world.ledger);
    assert!(made.parts.len() >= 3, "{} parts", made.parts.len());
    (world, made)
}

#[test]
fn parts_come_in_any_order_and_a_crash_between_two_loses_neither() {
    let (world, made) = large();
    assert!(made.parts.iter().all(|part| bulla_verify::canonical::encode(part).len() <= PART_BYTES + Path::MAX_BYTES));
    let records: usize = made.parts.iter().map(|part| part.items.len()).sum();
    assert_eq!(records, world.store.scan(Table::Records, &[]).count());
    for begin in 0..made.parts.len() {
        let store = Arc::new(MemoryStore::new());
        drop(Taking::begin(store.clone(), &document(), made.offer.clone()).unwrap());
        for place in (0..made.parts.len()).map(|step| (begin + step * 2) % made.parts.len()) {
            let mut taking = Taking::resume(store.clone(), &document()).unwrap().unwrap();
            let part = &made.parts[place];
            store.fail_next_write(FailedWrite::Lost);
            assert!(matches!(taking.take_part(&part.first().unwrap(), part), Err(TakingError::Fault(_))));
            assert!(matches!(Ledger::open(store.clone(), &document()), Err(crate::OpenError::Joining)));
            let mut taking = Taking::resume(store.clone(), &document()).unwrap().unwrap();
            taking.take_part(&part.first().unwrap(), part).unwrap();
        }
        let mut taking = Taking::resume(store.clone(), &document()).unwrap().unwrap();
        serve(&mut taking, &made);
        store.fail_next_write(FailedWrite::Written);
        assert!(matches!(taking.finish(), Err(TakingError::Fault(_))), "and yet it was written");
        assert_eq!(Ledger::open(store, &document()).unwrap().tip(), world.ledger.tip());
    }
}

#[test]
fn without_hints_or_with_wrong_ones_every_part_is_found_from_the_one_before() {
    let (world, made) = large();
    let keys: Vec<Vec<StateKey>> = vec![
        Vec::new(),
        made.parts.iter().filter_map(Part::first).skip(1).collect(),
        (0..=255).map(|byte| StateKey([byte; 32])).collect(),
    ];
    for keys in keys {
        let offer = Offer { keys, ..made.offer.clone() };
        let made = Made { offer, ..made.clone() };
        assert_eq!(taken_wrongly_hinted(&made).tip(), world.ledger.tip());
    }
}

/// A server has nothing for a key after the last part: then it gives the last.
fn taken_wrongly_hinted(made: &Made) -> Ledger {
    let store = Arc::new(MemoryStore::new());
    let mut taking = Taking::begin(store.clone(), &document(), made.offer.clone()).unwrap();
    let mut steps = 0;
    while let Some(wanted) = taking.wanted(1).pop() {
        steps += 1;
        assert!(steps < 1_000, "it never ends");
        let Wanted::Part(key) = wanted else {
            give(&mut taking, made, wanted).unwrap();
            continue;
        };
        let place = made.parts.partition_point(|part| part.first() < Some(key)).min(made.parts.len() - 1);
        taking.take_part(&key, &made.parts[place]).unwrap();
    }
    taking.finish().unwrap();
    Ledger::open(store, &document()).unwrap()
}

#[test]
fn a_part_that_is_missing_is_noticed_wherever_it_is() {
    let (_, made) = large();
    for missing in 0..made.parts.len() {
        let store = Arc::new(MemoryStore::new());
        let mut taking = Taking::begin(store, &document(), Offer { keys: Vec::new(), ..made.offer.clone() }).unwrap();
        for (place, part) in made.parts.iter().enumerate() {
            if place != missing {
                taking.take_part(&part.first().unwrap(), part).unwrap();
            }
        }
        while let Some(Wanted::Tail(height)) = taking.wanted(1).pop() {
            give(&mut taking, &made, Wanted::Tail(height)).unwrap();
        }
        let Some(Wanted::Part(gap)) = taking.wanted(1).pop() else { panic!("part {missing} is not missed") };
        assert!(gap <= made.parts[missing].first().unwrap());
        assert!(missing == 0 || gap > made.parts[missing - 1].first().unwrap());
        assert_eq!(taking.finish(), Err(TakingError::Incomplete));
    }
}

#[test]
fn no_record_can_be_altered_omitted_or_added() {
    let world = small();
    let made = made(&world.ledger);
    let [whole] = &made.parts[..] else { panic!("it is small") };
    let root = made.offer.header.light.state_root;
    assert_eq!(whole.check(&root), Ok(()));
    assert_eq!(whole.next(), None);
    for place in 0..whole.items.len() {
        for byte in 0..whole.items[place].value.len() {
            let mut part = whole.clone();
            part.items[place].value[byte] ^= 1;
            assert!(part.check(&root).is_err(), "byte {byte} of record {place}");
        }
        let mut part = whole.clone();
        part.items.remove(place);
        assert_eq!(part.check(&root), Err(PartError::Root), "without record {place}");
        let mut part = whole.clone();
        let mut added = part.items[place].clone();
        added.key.0[31] ^= 1;
        part.items.insert(place, added);
        part.items.sort_by_key(|item| item.key);
        assert_eq!(part.check(&root), Err(PartError::Root), "with another beside record {place}");
        let mut part = whole.clone();
        part.items.swap(place, (place + 1) % whole.items.len());
        assert_eq!(part.check(&root), Err(PartError::Order));
    }
    assert_eq!(Part { items: Vec::new(), ..whole.clone() }.check(&root), Err(PartError::Order));
}

#[test]
fn a_part_under_another_way_or_cut_in_two_is_refused() {
    let (_, made) = large();
    let root = made.offer.header.light.state_root;
    for (part, other) in made.parts.iter().zip(made.parts.iter().skip(1)) {
        assert_eq!(part.check(&root), Ok(()));
        assert!(Part { path: other.path.clone(), ..part.clone() }.check(&root).is_err());
        let items = [&part.items[..], &other.items].concat();
        assert!(Part { items, ..part.clone() }.check(&root).is_err());
        let items = part.items[..part.items.len() / 2].to_vec();
        assert_eq!(Part { items, ..part.clone() }.check(&root), Err(PartError::Root));
        assert!(leads_to(&part.next().unwrap(), &other.first().unwrap(), &bits_of(&other.path)));
        assert!(!leads_to(&part.next().unwrap(), &part.first().unwrap(), &bits_of(&part.path)));
    }
}

#[test]
fn a_frontier_is_the_one_whose_root_the_record_holds() {
    let world = small();
    let made = made(&world.ledger);
    let root = made.offer.header.light.state_root;
    let whole = &made.parts[0];
    let place = |key: StateKey| whole.items.iter().position(|item| item.key == key).unwrap();
    let (of_licence, of_other) = (place(Licence::key(&licence(0).base())), place(Organisation::key(&nation())));
    let real = whole.items[of_licence].frontier.clone().unwrap();
    assert_eq!(real.len(), 2);
    let longer = {
        let mut longer = real.clone();
        longer.append(&Hash([1; 32]));
        longer
    };
    for (place, frontier) in [
        (of_licence, None),
        (of_licence, Some(longer)),
        (of_licence, Some(Frontier::default())),
        (of_other, Some(real)),
    ] {
        let mut part = whole.clone();
        part.items[place].frontier = frontier;
        assert_eq!(part.check(&root), Err(PartError::List { key: whole.items[place].key }));
    }
}

#[test]
fn no_id_can_be_left_out_of_the_tail_or_put_in() {
    let world = small();
    let made = made(&world.ledger);
    let begin = || {
        let mut taking = Taking::begin(Arc::new(MemoryStore::new()), &document(), made.offer.clone()).unwrap();
        taking.take_part(&StateKey([0; 32]), &made.parts[0]).unwrap();
        taking
    };
    let mut lies: Vec<(Vec<TailBlock>, &str)> = Vec::new();
    for place in 0..made.tail.len() {
        let height = made.tail[place].header.height();
        let lie = |edit: &dyn Fn(&mut TailBlock)| {
            let mut tail = made.tail.clone();
            edit(&mut tail[place]);
            tail
        };
        lies.push((lie(&|block| drop(block.executed.pop())), "leaves"));
        lies.push((lie(&|block| block.executed.insert(0, block.executed[0].clone())), "leaves"));
        lies.push((lie(&|block| block.executed[0].0.expires_at = Millis(1)), "leaves"));
        lies.push((lie(&|block| block.executed[0].0.body.0[0] ^= 1), "leaves"));
        lies.push((lie(&|block| block.executed[0].1.clear()), "leaves"));
        lies.push((lie(&|block| block.header.light.time = block.header.light.time.plus(1)), "builds on"));
        lies.push((lie(&|block| block.certificate.signatures[0].bytes[0] ^= 1), "certificate"));
        lies.push((lie(&|block| block.certificate.height = Height(77)), "certificate"));
        let mut skipped = made.tail.clone();
        skipped.remove(place);
        if place + 1 < made.tail.len() {
            lies.push((skipped, "builds on"));
        }
        assert!(height <= made.offer.height());
    }
    for (tail, word) in lies {
        let mut taking = begin();
        let refused = taking.take_tail(&tail).unwrap_err().to_string();
        assert!(refused.contains(word), "{refused}");
        assert_eq!(taking.wanted(1), [Wanted::Tail(made.offer.height())], "nothing of it was taken");
    }
    let mut taking = begin();
    taking.take_tail(&made.tail[..1]).unwrap();
    assert_eq!(taking.finish(), Err(TakingError::Incomplete), "the rest of the window is missing");
}

#[test]
fn an_offer_is_believed_for_its_certificate_alone() {
    let world = small();
    let Made { offer, .. } = made(&world.ledger);
    let genesis = document();
    assert_eq!(offer.check(&genesis), Ok([(Height(1), validators())].into()));
    let mut changed = offer.clone();
    changed.header.light.state_root = Hash([1; 32]);
    assert!(matches!(changed.check(&genesis), Err(OfferError::Uncertified(_))));
    let mut changed = offer.clone();
    changed.certificate.signatures[0].bytes[0] ^= 1;
    assert!(matches!(changed.check(&genesis), Err(OfferError::Uncertified(_))));
    let mut changed = offer.clone();
    changed.history.append(&Hash([1; 32]));
    assert_eq!(changed.check(&genesis), Err(OfferError::History));
    let keys = vec![StateKey([2; 32]), StateKey([1; 32])];
    assert_eq!(Offer { keys, ..offer.clone() }.check(&genesis), Err(OfferError::Keys));
    let elsewhere = Genesis { name: "elsewhere".parse().unwrap(), ..document() };
    assert!(matches!(offer.check(&elsewhere), Err(OfferError::Chain { .. })));
}

#[test]
fn only_an_empty_store_takes_a_snapshot_and_what_was_begun_can_be_taken_back() {
    let world = small();
    let made = made(&world.ledger);
    let begun = Taking::begin(world.store.clone(), &document(), made.offer.clone());
    assert_eq!(begun.err(), Some(TakingError::NotEmpty));
    assert_eq!(Taking::abandon(&*world.store), Err(TakingError::NotEmpty));
    let store = Arc::new(MemoryStore::new());
    let mut taking = Taking::begin(store.clone(), &document(), made.offer.clone()).unwrap();
    taking.take_part(&StateKey([0; 32]), &made.parts[0]).unwrap();
    assert_eq!(Taking::begin(store.clone(), &document(), made.offer.clone()).err(), Some(TakingError::NotEmpty));
    Taking::abandon(&*store).unwrap();
    assert!(Table::ALL.into_iter().all(|table| store.count(table) == 0));
    assert!(Taking::begin(store, &document(), made.offer).is_ok());
}

#[test]
fn genesis_has_no_snapshot_and_rotten_records_are_not_given_out() {
    let world = World::on(Arc::new(MemoryStore::new()));
    let mut nothing = |_| Ok(());
    assert_eq!(world.ledger.snapshot(PART_BYTES, &mut |_| (), &mut nothing), Err(SnapshotError::NoBlock));
    let world = small();
    let mut batch = crate::store::Batch::default();
    batch.put(Table::Records, Licence::key(&licence(1).base()).0, *b"rot");
    world.store.write(batch).unwrap();
    assert!(matches!(
        world.ledger.snapshot(PART_BYTES, &mut |_| (), &mut nothing),
        Err(SnapshotError::Fault(Fault::Damaged { .. }))
    ));
}
