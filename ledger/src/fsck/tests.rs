use super::*;
use crate::store::memory::MemoryStore;
use crate::table::{HEADERS, META_GENESIS, entry_key, height_key, node_key};
use crate::world::{World, act, document, issue, licence, nation, type_code};
use bulla_verify::catalogue::{Competence, LicenceType};
use bulla_verify::credit::{
    self, Bearing, Content, CreditEvent, EventAct, EventId, Grade, Item, ItemCode, Particulars,
};
use bulla_verify::duty::{DueDay, due_day};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::law::{self, Citation, Matter, Provision, Span, Unit};
use bulla_verify::licence::{Change, Licence};
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{self, KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::record::{Record, RefusalBudget};
use bulla_verify::roles::Role;
use bulla_verify::subject::{self, ListKind, SubjectKind, SubjectList};
use bulla_verify::time::Millis;

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

const SUBJECT: Handle = Handle([7; 32]);

fn event() -> EventId {
    EventId { recorder: nation(), number: [8; 16] }
}

/// A subject with an event that is objected to, so that its list, the event's history and the duties of a day each have entries.
fn credit_scene() -> (Arc<MemoryStore>, DueDay, Millis) {
    let (mut world, store) = World::new();
    let roles = [Role::IdentityAuthority, Role::Recorder, Role::Intake];
    let keys = roles.map(|role| {
        let (organisation, key) = (nation(), crate::world::key(role).public());
        Operation::Organisation(organisation::Act::RegisterKey {
            organisation,
            key,
            roles: [role].into_iter().collect(),
        })
    });
    let (citation, region) =
        (Citation { instrument: "条例".parse().unwrap(), article: 1, paragraph: 0 }, RegionCode::NATIONAL);
    let span = Some(Span { value: 20, unit: Unit::Days });
    let provision = Provision { from: Millis(0), span, citation: citation.clone() };
    let enact = law::Act::Enact { region, matter: Matter::ObjectionAnswer, provision, by: None };
    let code = ItemCode { owner: nation(), number: 1 };
    let item = Item {
        code,
        name: "嘉奖".parse().unwrap(),
        content: Content::Ordinary,
        of: SubjectKind::Legal,
        bearing: Bearing::Positive,
        grade: Grade::Minor,
        published: true,
        repairable: false,
        region,
        basis: citation,
    };
    let empower = credit::Act::Empower { item: code, organisation: nation(), region: Some(region) };
    let registrar = [keys.to_vec(), [credit::Act::Define(item), empower].map(Operation::Credit).to_vec()].concat();
    let of_block =
        [world.sign(Role::Registrar, registrar), world.sign_as_validators(&[1, 2, 3], Operation::Law(enact))];
    world.commit(&of_block);
    let register = subject::Act::Register { handle: SUBJECT, kind: SubjectKind::Legal, by: nation() };
    let act = |change| Operation::Credit(credit::Act::Event(EventAct { event: event(), by: nation(), change }));
    let contents = bulla_verify::hash::Hash([9; 32]);
    let particulars = Particulars { item: code, subject: SUBJECT, region, contents, consent: None, ended_at: None };
    for (role, operation) in [
        (Role::IdentityAuthority, Operation::Subject(register)),
        (Role::Recorder, act(credit::Change::Record(particulars))),
        (Role::Intake, act(credit::Change::Object { grounds: contents })),
    ] {
        let tx = world.sign(role, vec![operation]);
        world.commit(&[tx]);
    }
    let event: CreditEvent = bulla_contracts::read(&world.ledger.parent().view(), &event()).unwrap();
    let due = event.objection.unwrap().due;
    let day: DueDay = bulla_contracts::read(&world.ledger.parent().view(), &due_day(due)).unwrap();
    (store, day, due)
}

/// Every list of the platform's records is held to its head, as a licence's history is.
#[test]
fn lists_of_subjects_events_and_days_are_held_to_their_heads() {
    let (_, day, due) = credit_scene();
    assert_eq!((day.head.len, day.recorded_at), (1, Height(5)));
    for (list, entries, words) in [
        (SubjectList::key(&(SUBJECT, ListKind::Credit)), 1, "entry 0 of a subject's list"),
        (CreditEvent::key(&event()), 2, "entry 0 of the history of a credit event"),
        (DueDay::key(&due_day(due)), 1, "entry 0 of the duties of a day"),
    ] {
        let (store, ..) = credit_scene();
        assert_eq!(check(&store).finding, None);
        assert!(store.read(Table::Entries, &entry_key(&list, entries - 1)).unwrap().is_some());
        assert!(store.read(Table::Entries, &entry_key(&list, entries)).unwrap().is_none());
        edit(&store, Table::Entries, &entry_key(&list, 0), |row| flip_last(row));
        let finding = check(&store).finding.unwrap();
        assert_eq!((finding.table, &finding.problem), (Table::Entries, &Problem::Differs), "{finding}");
        assert!(finding.what.contains(words), "{finding}");
        edit(&store, Table::Entries, &entry_key(&list, 0), |row| flip_last(row));
        edit(&store, Table::Frontiers, &list.0, |row| flip_last(row));
        let finding = check(&store).finding.unwrap();
        assert_eq!(finding.table, Table::Frontiers, "{finding}");
    }
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
