use super::*;
use crate::scene::{Memory, document, nation, province};
use crate::view::read;
use bulla_verify::organisation::Organisation;

fn root() -> Organisation {
    document().organisations.remove(0)
}

#[test]
fn a_draft_reads_its_own_changes_and_what_lies_below() {
    let store = Memory::default();
    let mut block = Draft::over(&store);
    block.write(&nation(), &root());
    let mut tx = Draft::over(&block);
    assert_eq!(read(&tx, &nation()), Some(root()));
    tx.remove::<Organisation>(&nation());
    tx.write(&province(), &root());
    assert_eq!(read::<Organisation>(&tx, &nation()), None);
    assert_eq!(read(&tx, &province()), Some(root()));
    drop(tx);
    assert_eq!(read(&block, &nation()), Some(root()));
    assert_eq!(read::<Organisation>(&block, &province()), None);
}

#[test]
fn a_list_grows_through_every_draft_in_order() {
    let list = Organisation::key(&nation());
    let mut store = Memory::default();
    let mut first = Draft::over(&store);
    first.append(list, b"a".to_vec());
    let changes = first.into_changes();
    store.apply(changes);

    let mut block = Draft::over(&store);
    for content in [b"b", b"c"] {
        let mut tx = Draft::over(&block);
        tx.append(list, content.to_vec());
        let changes = tx.into_changes();
        block.absorb(changes);
    }
    let mut dropped = Draft::over(&block);
    dropped.append(list, b"x".to_vec());
    drop(dropped);
    let head = block.append(list, b"d".to_vec());

    let leaves = [b"a", b"b", b"c", b"d"].map(|content| leaf_hash(content));
    assert_eq!(head, Head::of(&leaves));
    let changes = block.into_changes();
    assert_eq!(changes.entries.iter().map(|(_, content)| content.as_slice()).collect::<Vec<_>>(), [b"b", b"c", b"d"]);
    store.apply(changes);
    assert_eq!(store.frontier(&list).head(), head);
}
