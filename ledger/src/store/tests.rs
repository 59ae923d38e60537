//! What every store must do, run against each of them.

use super::*;

fn keys(store: &dyn Store, table: Table, from: &[u8]) -> Vec<Vec<u8>> {
    store.scan(table, from).map(|row| row.unwrap().0).collect()
}

/// The promises of [`Store`], on an empty one.
pub(crate) fn keeps_its_promises(store: &dyn Store) {
    assert_eq!(store.read(Table::Records, b"a"), Ok(None));
    assert_eq!(store.scan(Table::Records, b"").count(), 0);

    let mut batch = Batch::default();
    for key in [&b"b"[..], b"a", b"ab", b"\xff"] {
        batch.put(Table::Records, key, [key, b"!"].concat());
    }
    batch.put(Table::Ids, *b"a", Vec::new());
    store.write(batch).unwrap();
    assert_eq!(store.read(Table::Records, b"ab"), Ok(Some(b"ab!".to_vec())));
    assert_eq!(store.read(Table::Ids, b"a"), Ok(Some(Vec::new())), "an empty value is a value");
    assert_eq!(store.read(Table::Ids, b"b"), Ok(None), "tables are apart");
    assert_eq!(keys(store, Table::Records, b""), [&b"a"[..], b"ab", b"b", b"\xff"]);
    assert_eq!(keys(store, Table::Records, b"aa"), [&b"ab"[..], b"b", b"\xff"]);

    let frozen = store.frozen();
    let mut batch = Batch::default();
    batch.put(Table::Records, *b"c", *b"1");
    batch.delete(Table::Records, *b"c");
    batch.delete(Table::Records, *b"never there");
    batch.delete(Table::Records, *b"b");
    batch.put(Table::Records, *b"b", *b"2");
    batch.delete_below(Table::Records, *b"b");
    store.write(batch).unwrap();
    assert_eq!(keys(store, Table::Records, b""), [&b"b"[..], b"\xff"], "changes are applied in their order");
    assert_eq!(store.read(Table::Records, b"b"), Ok(Some(b"2".to_vec())));
    assert_eq!(keys(store, Table::Ids, b""), [b"a"]);

    assert_eq!(frozen.read(Table::Records, b"b"), Ok(Some(b"b!".to_vec())), "as it was");
    assert_eq!(frozen.read(Table::Records, b"c"), Ok(None));
    let then: Vec<_> = frozen.scan(Table::Records, b"aa").map(|row| row.unwrap().0).collect();
    assert_eq!(then, [&b"ab"[..], b"b", b"\xff"]);

    // What comes back below a bound goes again with the next, even with a lower one.
    let mut batch = Batch::default();
    batch.put(Table::Records, *b"a", *b"3");
    batch.put(Table::Records, *b"ab", *b"3");
    batch.delete_below(Table::Records, *b"ab");
    batch.put(Table::Records, *b"aa", *b"4");
    store.write(batch).unwrap();
    assert_eq!(keys(store, Table::Records, b""), [&b"aa"[..], b"ab", b"b", b"\xff"]);
    let mut batch = Batch::default();
    batch.delete_below(Table::Records, *b"c");
    store.write(batch).unwrap();
    assert_eq!(keys(store, Table::Records, b""), [b"\xff"]);
}
