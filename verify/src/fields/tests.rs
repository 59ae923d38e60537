use super::*;
use alloc::format;
use alloc::string::ToString;
use alloc::vec;

fn type_code(number: u16) -> LicenceTypeCode {
    LicenceTypeCode::new("11310000000000035N".parse().unwrap(), number).unwrap()
}

fn field(name: &str, value: &str) -> Field {
    Field { name: name.into(), value: value.into() }
}

fn contents(fields: Vec<Field>) -> Contents {
    Contents::new(type_code(1), [7; 32], fields).unwrap()
}

fn three() -> Vec<Field> {
    vec![field("持证人", "某甲"), field("area_m2", "120"), field("address", "测试路 1 号")]
}

#[test]
fn each_field_can_be_shown_alone() {
    let contents = contents(three());
    for field in three() {
        let disclosure = contents.disclose(&field.name).unwrap();
        assert_eq!(disclosure.field, field);
        assert_eq!(disclosure.check(&contents.root()), Ok(()));
        let json = serde_json::to_string(&disclosure).unwrap();
        assert!(three().iter().filter(|other| **other != field).all(|other| !json.contains(&other.value)));
        assert_eq!(serde_json::from_str::<Disclosure>(&json).unwrap(), disclosure);
    }
    assert_eq!(contents.disclose("absent"), None);
}

#[test]
fn every_slot_can_be_shown() {
    let full: Vec<_> = (0..16).map(|at| field(&format!("f{at:02}"), &at.to_string())).collect();
    let contents = contents(full);
    for at in 0..16 {
        let disclosure = contents.disclose(&format!("f{at:02}")).unwrap();
        assert_eq!((disclosure.slot, disclosure.path.len()), (at, 4));
        assert_eq!(disclosure.check(&contents.root()), Ok(()));
    }
}

#[test]
fn nothing_else_can_be_shown() {
    let contents = contents(three());
    let shown = contents.disclose("area_m2").unwrap();
    let changes: [fn(&mut Disclosure); 7] = [
        |it| it.field.value = "121".into(),
        |it| it.field.name = "area_m3".into(),
        |it| it.slot ^= 1,
        |it| it.type_code = type_code(2),
        |it| it.salt.0[0] ^= 1,
        |it| it.path[3].0[31] ^= 1,
        |it| _ = it.path.pop(),
    ];
    for (place, change) in changes.iter().enumerate() {
        let mut changed = shown.clone();
        change(&mut changed);
        assert!(changed.check(&contents.root()).is_err(), "change {place}");
    }
    let beyond = Disclosure { slot: SLOTS, ..shown };
    assert_eq!(beyond.check(&contents.root()), Err(ListError::BeyondEnd { index: 16, len: 16 }));
}

/// Bytes of a name cannot be moved into its value.
#[test]
fn name_and_value_do_not_run_together() {
    assert_ne!(contents(vec![field("a", "bc")]).root(), contents(vec![field("ab", "c")]).root());
}

#[test]
fn salt_order_and_type_decide_the_root_as_they_should() {
    let mut reversed = three();
    reversed.reverse();
    let root = contents(three()).root();
    assert_eq!(contents(reversed).root(), root, "the order in which fields are given does not matter");
    assert_ne!(Contents::new(type_code(1), [8; 32], three()).unwrap().root(), root);
    assert_ne!(Contents::new(type_code(2), [7; 32], three()).unwrap().root(), root);
    assert_ne!(contents(Vec::new()).root(), Contents::new(type_code(1), [8; 32], Vec::new()).unwrap().root());
}

#[test]
fn what_is_no_contents_is_refused() {
    let refused = |fields| Contents::new(type_code(1), [7; 32], fields).err();
    let many = (0..17).map(|at| field(&format!("f{at}"), "")).collect();
    assert_eq!(refused(many), Some(FieldsError::TooMany { found: 17 }));
    assert_eq!(refused(vec![field("", "x")]), Some(FieldsError::Name { found: 0 }));
    assert_eq!(refused(vec![field(&"n".repeat(65), "x")]), Some(FieldsError::Name { found: 65 }));
    let long = field("n", &"v".repeat(1_025));
    assert_eq!(refused(vec![long]), Some(FieldsError::Value { name: "n".into(), found: 1_025 }));
    let twice = vec![field("b", "1"), field("a", ""), field("b", "2")];
    assert_eq!(refused(twice), Some(FieldsError::Twice { name: "b".into() }));
    assert_eq!(refused(vec![field(&"n".repeat(64), &"v".repeat(1_024))]), None);
}
