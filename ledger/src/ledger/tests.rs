use super::*;
use crate::commit::CommitError;
use crate::store::memory::MemoryStore;
use crate::world::{World, certificate, document, issue, licence};
use bulla_verify::licence::Licence;
use bulla_verify::roles::Role;

fn change(store: &MemoryStore, table: Table, key: &[u8], change: impl FnOnce(&mut Vec<u8>)) {
    let mut row = store.read(table, key).unwrap().unwrap();
    change(&mut row);
    let mut batch = Batch::default();
    batch.put(table, key, row);
    store.write(batch).unwrap();
}

#[test]
fn a_new_ledger_is_at_genesis() {
    let ledger = Ledger::open(Arc::new(MemoryStore::new()), &document()).unwrap();
    let tip = ledger.tip();
    assert_eq!((tip.height, tip.hash, tip.time), (Height(0), NO_PARENT, document().time));
    assert_eq!(tip.chain, document().chain());
    assert_eq!(tip.validators, document().validators);
    assert_eq!(tip.parameters, document().parameters);
    assert_eq!(tip.state_root, genesis_root(&document()));
}

#[test]
fn opened_again_it_is_where_it_was() {
    let store = Arc::new(MemoryStore::new());
    let genesis = Ledger::open(store.clone(), &document()).unwrap().tip();
    assert_eq!(Ledger::open(store.clone(), &document()).unwrap().tip(), genesis);

    let mut world = World::on(store.clone());
    world.register_type();
    let tx = world.sign(Role::Issuer, vec![issue(0)]);
    world.commit(std::slice::from_ref(&tx));
    let reopened = Ledger::open(store.clone(), &document()).unwrap();
    assert_eq!(reopened.tip(), world.ledger.tip());
    assert!(reopened.is_duplicate(&tx));
    assert_eq!(reopened.record::<Licence>(&licence(0).base()), world.ledger.record::<Licence>(&licence(0).base()));

    // And it goes on as the other does: the next headers are the same.
    assert_eq!(World::on(store).build(&[]).header(), world.build(&[]).header());
}

#[test]
fn another_chain_another_format_and_an_unsound_genesis_are_refused() {
    let store = Arc::new(MemoryStore::new());
    let mut other = document();
    other.name = "other".parse().unwrap();
    Ledger::open(store.clone(), &document()).unwrap();
    let expected = OpenError::OtherChain { found: document().chain(), expected: other.chain() };
    assert_eq!(Ledger::open(store.clone(), &other).err(), Some(expected));

    change(&store, Table::Meta, META_FORMAT, |row| *row = canonical::encode(&(table::FORMAT + 1)));
    assert_eq!(Ledger::open(store, &document()).err(), Some(OpenError::Format { found: table::FORMAT + 1 }));

    other.version = 9;
    let error = Ledger::open(Arc::new(MemoryStore::new()), &other).err();
    assert_eq!(error, Some(OpenError::Genesis(GenesisError::Version { found: 9 })));
}

#[test]
fn records_that_are_not_those_of_the_header_are_refused() {
    let scene = || {
        let (mut world, store) = World::new();
        world.issue(0..5);
        (world.ledger.tip(), store)
    };
    let key = Licence::key(&licence(3).base());
    let (tip, store) = scene();
    change(&store, Table::Records, &key.0, |row| *row.last_mut().unwrap() ^= 1);
    match Ledger::open(store, &document()).err() {
        Some(OpenError::Root { height: Height(2), expected, .. }) => assert_eq!(expected, tip.state_root),
        other => panic!("{other:?}"),
    }
    let (_, store) = scene();
    let mut batch = Batch::default();
    batch.delete(Table::Records, key.0);
    store.write(batch).unwrap();
    assert!(matches!(Ledger::open(store, &document()).err(), Some(OpenError::Root { .. })));

    // A store that was rolled back to genesis but for its records.
    let (_, store) = scene();
    change(&store, Table::Meta, META_TIP, |row| *row = canonical::encode(&TipRow::default()));
    assert!(matches!(Ledger::open(store, &document()).err(), Some(OpenError::Root { height: Height(0), .. })));
}

#[test]
fn a_header_that_its_validators_did_not_sign_is_refused() {
    let (mut world, store) = World::new();
    world.issue(0..1);
    let key = table::height_key(Height(2));
    let row = store.read(Table::Headers, &key).unwrap().unwrap();
    for at in 0..row.len() {
        change(&store, Table::Headers, &key, |row| row[at] ^= 1);
        let error = Ledger::open(store.clone(), &document()).err();
        assert!(
            matches!(error, Some(OpenError::Uncertified { .. } | OpenError::Fault(Fault::Damaged { .. }))),
            "byte {at}: {error:?}"
        );
        change(&store, Table::Headers, &key, |row| row[at] ^= 1);
    }
    assert!(Ledger::open(store, &document()).is_ok());
}

#[test]
fn rows_that_cannot_be_read_are_named() {
    for (table, key) in [
        (Table::Meta, META_FORMAT),
        (Table::Meta, META_GENESIS),
        (Table::Meta, META_TIP),
        (Table::Validators, &table::height_key(Height(1))),
    ] {
        let (_, store) = World::new();
        change(&store, table, key, |row| row.truncate(3));
        match Ledger::open(store, &document()).err() {
            Some(OpenError::Fault(Fault::Damaged { table: named, .. })) => assert_eq!(named, table),
            other => panic!("{table}: {other:?}"),
        }
    }
}

#[test]
fn a_ledger_that_lost_its_format_is_not_begun_anew() {
    let (world, store) = World::new();
    let mut batch = Batch::default();
    batch.delete(Table::Meta, META_FORMAT);
    store.write(batch).unwrap();
    let error = Ledger::open(store.clone(), &document()).err();
    assert!(matches!(error, Some(OpenError::Fault(Fault::Damaged { table: Table::Meta, .. }))), "{error:?}");
    let mut batch = Batch::default();
    batch.put(Table::Meta, META_FORMAT, canonical::encode(&table::FORMAT));
    store.write(batch).unwrap();
    assert_eq!(Ledger::open(store, &document()).unwrap().tip(), world.ledger.tip());
}

#[test]
fn a_tree_that_outgrows_its_memory_is_named_and_nothing_more_is_committed() {
    let (mut world, store) = World::new();
    world.issue(0..50);
    let (found, limit) = world.ledger.tree_memory();
    assert!(found > 0 && limit == usize::MAX);
    let open =
        |limit| Ledger::open_within(store.clone(), &document(), Budget { tree_bytes: limit, ..Budget::default() });
    let large = open(1).err();
    assert!(matches!(large, Some(OpenError::Memory(TooLarge { limit: 1, .. }))), "{large:?}");

    // One that has just room for what there is.
    let limit = open(usize::MAX).unwrap().tree_memory().0;
    let tip = world.ledger.tip();
    world.ledger = open(limit).unwrap();
    let transactions: Vec<_> = (50..400).map(|serial| world.sign(Role::Issuer, vec![issue(serial)])).collect();
    let block = world.build(&transactions);
    let refused = world.ledger.commit(&block, &certificate(block.header()));
    assert!(matches!(refused, Err(CommitError::Memory(TooLarge { .. }))), "{refused:?}");
    assert_eq!(open(usize::MAX).unwrap().tip(), tip);
}
