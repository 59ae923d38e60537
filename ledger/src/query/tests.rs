use super::*;
use crate::world::{World, act, document, issue, licence, nation, type_code};
use bulla_verify::catalogue::{Competence, LicenceType};
use bulla_verify::licence::Change;
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::refusal::{Code, Outcome};
use bulla_verify::roles::Role;
use bulla_verify::status::{Status, status};

#[test]
fn records_are_found_by_their_names() {
    let (mut world, _) = World::new();
    let tip = world.issue(0..2);
    let ledger = &world.ledger;
    let found = ledger.record::<Licence>(&licence(1).base()).unwrap();
    assert_eq!((found.height, found.time), (tip.height, tip.time));
    let found = found.value.unwrap();
    assert_eq!((found.base, found.recorded_at), (licence(1).base(), Height(2)));
    assert_eq!(ledger.record::<Licence>(&licence(2).base()).unwrap().value, None);
    assert_eq!(ledger.record::<Organisation>(&nation()).unwrap().value.unwrap(), document().organisations[0]);
    let grant = ledger.record::<KeyGrant>(&crate::world::key(Role::Issuer).public()).unwrap().value.unwrap();
    assert_eq!(grant.organisation, nation());
    assert_eq!(ledger.record::<LicenceType>(&type_code()).unwrap().value.unwrap().code, type_code());
    let competence = ledger.record::<Competence>(&(type_code(), nation())).unwrap().value;
    assert_eq!(competence.unwrap().organisation, nation());
    assert_eq!(ledger.history(&licence(2).base(), 0, 9).unwrap().value, None);
}

#[test]
fn a_transaction_is_found_with_its_outcomes() {
    let (mut world, _) = World::new();
    let good = world.sign(Role::Issuer, vec![issue(0)]);
    let mixed = world.sign(Role::Issuer, vec![issue(0), issue(1), act(7, Change::Revoke)]);
    world.commit(&[good.clone(), mixed.clone()]);
    let record = world.ledger.transaction(mixed.id()).unwrap().unwrap();
    assert_eq!(record.place, Place { height: Height(2), index: 1 });
    assert_eq!(record.leaf.envelope, mixed.hash());
    assert_eq!(record.leaf.outcomes, [Outcome::Refused(Code(507)), Outcome::Applied, Outcome::Refused(Code(506))]);
    let unknown = world.sign(Role::Issuer, vec![issue(9)]);
    assert_eq!(world.ledger.transaction(unknown.id()), Ok(None));
    assert_eq!(world.ledger.leaves(Height(2)).unwrap().unwrap().len(), 2);
    assert_eq!(world.ledger.leaves(Height(3)), Ok(None));
}

#[test]
fn blocks_and_headers_come_in_order_and_within_bounds() {
    let (mut world, _) = World::new();
    for serial in 0..5 {
        world.issue(serial..serial + 1);
    }
    let ledger = &world.ledger;
    let all = ledger.blocks(Height(1), usize::MAX).unwrap();
    let heights: Vec<_> = all.iter().map(|block| block.height().0).collect();
    assert_eq!(heights, [1, 2, 3, 4, 5, 6]);
    for (block, next) in all.iter().zip(&all[1..]) {
        assert_eq!(next.header.rest.parent, block.header.hash());
    }
    assert_eq!(ledger.blocks(Height(3), 0).unwrap(), all[2..3], "the first always comes");
    let two = canonical::encode(&all[2]).len() + canonical::encode(&all[3]).len();
    assert_eq!(ledger.blocks(Height(3), two).unwrap(), all[2..4]);
    assert_eq!(ledger.blocks(Height(3), two - 1).unwrap(), all[2..3]);
    assert_eq!(ledger.blocks(Height(7), 9_999).unwrap(), []);
    assert_eq!(ledger.block(Height(0)), Ok(None));
    assert_eq!(ledger.block(Height(7)), Ok(None));

    let headers: Vec<_> = all.iter().map(|block| block.header).collect();
    assert_eq!(ledger.headers(Height(0), 3).unwrap(), headers[..2]);
    assert_eq!(ledger.headers(Height(2), 3).unwrap(), headers[1..4]);
    assert_eq!(ledger.headers(Height(5), u64::MAX).unwrap(), headers[4..]);
    assert_eq!(ledger.recent_headers(2).unwrap(), headers[4..]);
    assert_eq!(ledger.recent_headers(99).unwrap(), headers);
    assert_eq!(ledger.header(Height(6)).unwrap().unwrap().0, headers[5]);
    assert_eq!(ledger.header(Height(7)), Ok(None));
}

#[test]
fn a_damaged_record_is_never_served() {
    let (mut world, _) = World::new();
    world.issue(0..1);
    let key = Licence::key(&licence(0).base());
    let row = world.store.read(Table::Records, &key.0).unwrap().unwrap();
    for at in 0..row.len() {
        let mut edited = row.clone();
        edited[at] ^= 1;
        let mut batch = crate::store::Batch::default();
        batch.put(Table::Records, key.0, edited);
        world.store.write(batch).unwrap();
        let error = world.ledger.record::<Licence>(&licence(0).base()).unwrap_err();
        assert!(matches!(error, Fault::Damaged { table: Table::Records, .. }), "{error}");
    }
}

#[test]
fn status_follows_from_the_record_and_an_instant() {
    let (mut world, _) = World::new();
    world.issue(0..1);
    let found = world.ledger.record::<Licence>(&licence(0).base()).unwrap();
    assert!(matches!(status(&found.value.unwrap(), found.time), Status::Active { .. }));
}

#[test]
fn lines_of_any_list_come_in_pages_and_within_bytes() {
    let (mut world, _) = World::new();
    world.issue(0..2);
    let suspend = world.sign(Role::Issuer, vec![act(1, Change::Suspend { from: None, until: None })]);
    world.commit(&[suspend]);
    let (ledger, key) = (&world.ledger, Licence::key(&licence(1).base()));
    let whole = ledger.lines(&key, 0, 9, usize::MAX).unwrap().value;
    let record: Licence = canonical::decode(whole.record.as_ref().unwrap(), MAX_RECORD_BYTES).unwrap();
    assert_eq!((record.history, whole.head.len, whole.lines.len()), (whole.head, 2, 2));
    let acts: Vec<Entry> = whole.lines.iter().map(|line| canonical::decode(line, 9_999).unwrap()).collect();
    assert_eq!(Some(acts), ledger.history(&licence(1).base(), 0, 9).unwrap().value);
    assert_eq!(ledger.lines(&key, 0, 9, 0).unwrap().value.lines, whole.lines[..1], "the first always comes");
    let both = whole.lines[0].len() + whole.lines[1].len();
    assert_eq!(ledger.lines(&key, 0, 9, both - 1).unwrap().value.lines, whole.lines[..1]);
    assert_eq!(ledger.lines(&key, 0, 9, both).unwrap().value.lines, whole.lines);
    assert_eq!(ledger.lines(&key, 1, 9, both).unwrap().value.lines, whole.lines[1..]);
    assert!(ledger.lines(&key, 2, u64::MAX, both).unwrap().value.lines.is_empty());
    let none = ledger.lines(&Licence::key(&licence(7).base()), 0, 9, both).unwrap().value;
    assert_eq!((none.record, none.head.len, none.lines), (None, 0, vec![]));
}
