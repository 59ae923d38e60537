use super::*;

fn open(directory: &Path) -> RocksStore {
    RocksStore::open(directory, Absent::Create).unwrap()
}

#[test]
fn it_keeps_what_a_store_promises() {
    let directory = tempfile::tempdir().unwrap();
    crate::store::tests::keeps_its_promises(&open(directory.path()));
}

#[test]
fn rows_are_there_when_it_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut batch = Batch::default();
    Table::ALL.into_iter().for_each(|table| batch.put(table, *b"key", table.name()));
    open(directory.path()).write(batch).unwrap();
    let store = RocksStore::open(directory.path(), Absent::Refuse).unwrap();
    for table in Table::ALL {
        assert_eq!(store.read(table, b"key"), Ok(Some(table.name().into())));
    }
}

#[test]
fn what_keeps_it_from_opening_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let error = |absent| RocksStore::open(directory.path(), absent).err().unwrap();
    assert_eq!(error(Absent::Refuse), RocksError::Missing { directory: directory.path().into() });

    let store = open(directory.path());
    assert!(matches!(error(Absent::Create), RocksError::InUse { .. }));
    drop(store);

    let current = directory.path().join("CURRENT");
    std::fs::write(&current, "MANIFEST-999999\n").unwrap();
    let said = error(Absent::Create);
    assert!(matches!(said, RocksError::Damaged { .. } | RocksError::System { .. }), "{said}");
}

/// Flips one byte in each table file, and reads every row: it is what was written, or a fault; never anything else.
#[test]
fn a_flipped_byte_on_disk_is_never_read_as_a_row() {
    let directory = tempfile::tempdir().unwrap();
    let value = |at: u32| at.to_be_bytes().repeat(40);
    let mut batch = Batch::default();
    (0..2_000u32).for_each(|at| batch.put(Table::Records, at.to_be_bytes(), value(at)));
    let store = open(directory.path());
    store.write(batch).unwrap();
    store.db.flush_cf(store.table(Table::Records)).unwrap();
    drop(store);

    let files = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path());
    let file = files.filter(|file| file.extension().is_some_and(|ending| ending == "sst")).max().unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[1_000] ^= 1;
    std::fs::write(&file, bytes).unwrap();

    let store = open(directory.path());
    let mut faults = 0;
    for at in 0..2_000u32 {
        match store.read(Table::Records, &at.to_be_bytes()) {
            Ok(found) => assert_eq!(found, Some(value(at))),
            Err(Fault::Store { .. }) => faults += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(faults > 0, "the flipped byte is in a block of rows");
}

#[test]
fn a_ledger_lives_on_it_and_passes_its_check() {
    use crate::world::{World, document};
    use std::sync::Arc;
    let directory = tempfile::tempdir().unwrap();
    let tip = {
        let mut world = World::on(Arc::new(open(directory.path())));
        world.register_type();
        world.issue(0..20);
        (0..20).for_each(|_| drop(world.commit(&[])));
        let later = world.build_at(&[], world.ledger.tip().time.plus(400_000)).executed;
        world.commit_block(&later)
    };
    let store = Arc::new(open(directory.path()));
    let ledger = crate::Ledger::open(store.clone(), &document()).unwrap();
    assert_eq!(ledger.tip(), tip);
    assert_eq!(store.scan(Table::Nodes, &[]).count(), 1, "of 23 headers, over the first 16");
    let anchor = bulla_verify::anchor::Anchor::genesis(&document());
    for height in (1..tip.height.0).map(bulla_verify::chain::Height) {
        let ancestry = ledger.prove_header(height).unwrap().unwrap();
        assert_eq!(ancestry.check(&anchor, &[]).map(|header| header.height()), Ok(height));
    }
    assert_eq!(store.scan(Table::Ids, &[]).count(), 0, "all have expired and are gone");
    let report = crate::fsck::fsck(&*store, &document(), &mut |_| ()).unwrap();
    assert_eq!((report.finding, report.height, report.transactions), (None, tip.height, 21));
}

/// What is deleted from below leaves the disk too: of 4,000 heights with 40 kB each, of which 256 are kept at a time, there is
/// never more on the disk than some generations of what is kept.
#[test]
fn what_is_deleted_frees_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let row =
        |height: u64, at: u64| bulla_verify::tree::value_hash(&[height.to_be_bytes(), at.to_be_bytes()].concat()).0;
    for round in 0..125u64 {
        let mut batch = Batch::default();
        for (height, at) in (round * 32..round * 32 + 32).flat_map(|height| (0..500u64).map(move |at| (height, at))) {
            batch.put(
                Table::Past,
                [height.to_be_bytes(), at.to_be_bytes()].concat(),
                [row(height, at), row(at, height)].concat(),
            );
        }
        batch.delete_below(Table::Past, (round * 32).saturating_sub(256).to_be_bytes());
        store.write(batch).unwrap();
    }
    let on_disk =
        || store.db.property_int_value_cf(store.table(Table::Past), "rocksdb.total-sst-files-size").unwrap().unwrap();
    let (kept, written) = (256 * 500 * 80, 4_000 * 500 * 80);
    assert!(on_disk() < 4 * kept && 4 * kept < written / 3, "{} of {written} bytes are on the disk", on_disk());
    assert_eq!(store.scan(Table::Past, &[]).count(), 288 * 500);
}
