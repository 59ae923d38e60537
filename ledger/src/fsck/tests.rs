use super::*;
use crate::store::memory::MemoryStore;
use crate::table::{HEADERS, META_GENESIS, entry_key, height_key, node_key};
use crate::world::{World, act, document, issue, licence, nation, type_code};
use bulla_verify::catalogue::{Competence, LicenceType};
use bulla_verify::licence::{Change, Licence};
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::record::{Record, RefusalBudget};
use bulla_verify::roles::Role;

/// Four blocks: a type, licences, acts on them with refusals among them, and nothing.
fn scene() -> Arc<MemoryStore> {
    let (mut world, store) = World::new();
    world.issue(0..3);
    let tx = world.sign(Role::Issuer, vec![act(0, Change::Revoke), act(9, Change::Revoke), issue(5)]);
    world.commit(&[tx]);
    world.commit(&[]);
    store
}

/// Lists that are long enough to keep nodes: 20 headers, and 31 acts on one licence.
fn long_scene() -> Arc<MemoryStore> {
    let (mut world, store) = World::new();
    world.issue(0..1);
    for _ in 0..15 {
        let turn = [Change::Suspend { from: None, until: None }, Change::Resume].map(|change| act(0, change));
        let tx = world.sign(Role::Issuer, turn.into());
        world.commit(&[tx]);
    }
    (0..3).for_each(|_| drop(world.commit(&[])));
    store
}

fn check(store: &MemoryStore) -> Report {
    fsck(store, &document(), &mut |_| ()).unwrap()
}

fn edit(store: &MemoryStore, table: Table, key: &[u8], edit: impl FnOnce(&mut Vec<u8>)) {
    let mut row = store.read(table, key).unwrap().unwrap_or_default();
    edit(&mut row);
    let mut batch = Batch::default();
    batch.put(table, key, row);
    store.write(batch).unwrap();
}

fn flip_last(row: &mut [u8]) {
    *row.last_mut().unwrap() ^= 1;
}

#[test]
fn a_sound_store_passes() {
    let store = scene();
    let mut progress = Vec::new();
    let report = fsck(&*store, &document(), &mut |step| progress.push(step)).unwrap();
    assert_eq!((report.finding, report.height, report.transactions), (None, Height(4), 5));
    let rows: usize = Table::ALL.into_iter().map(|table| store.count(table)).sum();
    assert_eq!(report.rows, u64::try_from(rows).unwrap(), "every row was compared");
    assert_eq!(progress.iter().filter(|step| matches!(step, Progress::Block(_, Height(4)))).count(), 4);
    assert!(progress.contains(&Progress::Table(Table::Entries)));
}

#[test]
fn an_edited_record_is_named_in_words() {
    for (key, words) in [
        (Licence::key(&licence(0).base()), format!("licence {}, recorded at height 3", licence(0))),
        (Organisation::key(&nation()), format!("organisation {}", nation())),
        (
            KeyGrant::key(&crate::world::key(Role::Issuer).public()),
            crate::world::key(Role::Issuer).public().to_string(),
        ),
        (LicenceType::key(&type_code()), format!("licence type {}", type_code())),
        (Competence::key(&(type_code(), nation())), format!("competence of {}", nation())),
        (RefusalBudget::key(&nation()), "refusals in hour".into()),
        (Parameters::key(&()), "the parameters".into()),
    ] {
        let store = scene();
        edit(&store, Table::Records, &key.0, |row| flip_last(row));
        let finding = check(&store).finding.unwrap();
        assert_eq!((finding.table, &finding.problem), (Table::Records, &Problem::Differs));
        assert_eq!(finding.key, words::hex(&key.0));
        let said = finding.to_string();
        assert!(said.starts_with("table records") && said.contains(&words), "{said}");
    }
}

#[test]
fn rows_beside_the_records_are_named_too() {
    let list = Licence::key(&licence(0).base());
    let scene_row = |table: Table, nth: usize| scene().scan(table, &[]).nth(nth).unwrap().unwrap().0;
    for (table, key, words) in [
        (Table::Frontiers, list.0.to_vec(), format!("length of the history of licence {}", licence(0))),
        (Table::Entries, entry_key(&list, 1), format!("entry 1 of the history of licence {}", licence(0))),
        (Table::Transactions, scene_row(Table::Transactions, 0), "transaction".into()),
        (Table::Validators, height_key(Height(1)).to_vec(), "the validators from height 1 on".into()),
        (Table::Meta, META_GENESIS.to_vec(), "genesis".into()),
        (Table::Meta, META_TIP.to_vec(), "tip".into()),
    ] {
        let store = scene();
        edit(&store, table, &key, |row| flip_last(row));
        let finding = check(&store).finding.unwrap();
        assert_eq!((finding.table, &finding.problem), (table, &Problem::Differs), "{finding}");
        assert!(finding.what.contains(&words), "{finding}");
    }
    for (of, words) in [
        (list, format!("node 0 of level 4 of the history of licence {}", licence(0))),
        (HEADERS, "node 0 of level 4 of the list of headers, recorded at height 16".into()),
    ] {
        let store = long_scene();
        edit(&store, Table::Nodes, &node_key(&of, 4, 0), |row| flip_last(row));
        let finding = check(&store).finding.unwrap();
        assert_eq!((finding.table, &finding.problem), (Table::Nodes, &Problem::Differs), "{finding}");
        assert!(finding.to_string().contains(&words), "{finding}");
    }
    let key = scene_row(Table::Ids, 0);
    let store = scene();
    edit(&store, Table::Ids, &key, |row| row.push(0));
    let finding = check(&store).finding.unwrap();
    assert_eq!((finding.table, finding.problem), (Table::Ids, Problem::Differs));
    assert!(finding.what.contains("remembered until"), "{}", finding.what);
}

/// Every byte of every part of a block: nothing that was decided can be edited unseen.
#[test]
fn every_edited_byte_of_a_block_is_named() {
    let store = scene();
    let key = height_key(Height(3));
    for table in OF_BLOCKS {
        let row = store.read(table, &key).unwrap().unwrap();
        for at in 0..row.len() {
            edit(&store, table, &key, |row| row[at] ^= 0x10);
            let finding = check(&store).finding.unwrap_or_else(|| panic!("table {table}, byte {at} is not seen"));
            assert_eq!(finding.height, Some(Height(3)), "table {table}, byte {at}: {finding}");
            assert!(OF_BLOCKS.contains(&finding.table));
            edit(&store, table, &key, |row| row[at] ^= 0x10);
        }
    }
    assert_eq!(check(&store).finding, None);
}

#[test]
fn missing_and_surplus_rows_are_named_in_every_table() {
    for table in Table::ALL {
        let store = long_scene();
        let key = store.scan(table, &[]).last().map_or_else(|| vec![7], |row| row.unwrap().0);
        // Only who began with a snapshot has these.
        if ![Table::Begun, Table::Stubs].contains(&table) {
            let mut batch = Batch::default();
            batch.delete(table, key.clone());
            store.write(batch).unwrap();
            let finding = check(&store).finding.unwrap();
            assert_eq!((finding.table, finding.problem), (table, Problem::Missing));
        }

        let store = long_scene();
        let surplus = [&key[..], &[0]].concat();
        edit(&store, table, &surplus, |row| row.push(7));
        let finding = check(&store).finding.unwrap();
        assert_eq!((finding.table, finding.problem), (table, Problem::Unexpected));
        assert_eq!(finding.key, words::hex(&surplus));
    }
}

#[test]
fn blocks_beyond_the_tip_and_an_edited_height_are_named() {
    let store = scene();
    let shorter = TipRow { height: Height(3), ..TipRow::default() };
    edit(&store, Table::Meta, META_TIP, |row| *row = borsh::to_vec(&shorter).unwrap());
    let finding = check(&store).finding.unwrap();
    assert_eq!((finding.table, finding.height), (Table::Headers, Some(Height(4))));
    let longer = TipRow { height: Height(u64::MAX), ..TipRow::default() };
    edit(&store, Table::Meta, META_TIP, |row| *row = borsh::to_vec(&longer).unwrap());
    let finding = check(&store).finding.unwrap();
    assert_eq!((finding.table, finding.height, finding.problem), (Table::Headers, Some(Height(5)), Problem::Missing));
}

#[test]
fn another_genesis_is_told_at_once() {
    let mut other = document();
    other.name = "other".parse().unwrap();
    let report = fsck(&*scene(), &other, &mut |_| ()).unwrap();
    let finding = report.finding.unwrap();
    assert_eq!(report.height, Height(0));
    assert_eq!((finding.table, finding.height), (Table::Meta, None));
}
