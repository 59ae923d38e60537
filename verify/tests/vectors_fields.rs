//! The golden vectors of what stands behind commitments: fields, salts, holders.
#![allow(unreachable_pub, clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "oracle/settle.rs"]
mod settle;

use bulla_verify::fields::{Contents, Field};
use bulla_verify::hash::{Context, Hash};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::licence_id::LicenceTypeCode;
use serde_json::json;

#[test]
fn fields_and_holders_keep_their_vectors() {
    let type_code = LicenceTypeCode::new("11310000000000035N".parse().unwrap(), 1).unwrap();
    let fields = [("address", "测试路 1 号"), ("area_m2", "120")];
    let fields = fields.map(|(name, value)| Field { name: name.into(), value: value.into() });
    let contents = Contents::new(type_code, [7; 32], fields.to_vec()).unwrap();
    let disclosures = fields.each_ref().map(|field| contents.disclose(&field.name).unwrap());
    for disclosure in &disclosures {
        assert_eq!(disclosure.check(&contents.root()), Ok(()));
    }
    let handle = Handle([9; 32]);
    settle::settle(
        "fields.json",
        json!({
            "type": type_code,
            "master_salt": Hash([7; 32]),
            "salt_of_slot_0": Context::FieldSalt.hash(&[&[7; 32][..], &[0]].concat()),
            "leaf_of_no_field_in_slot_15": Context::Field.hash(&Context::FieldSalt.hash(&[&[7; 32][..], &[15]].concat()).0),
            "contents": contents.root(),
            "disclosures": disclosures,
            "handle": Hash(handle.0),
            "holder_with_salt_03": handle.commitment(&[3; 32]),
            "holding": handle.holding(type_code),
        }),
    );
}
