//! A way to every refusal of what an owner does with a resource of the catalogue.

use super::*;

pub(super) fn ways() -> Ways {
    let outside = Refusal::RegionOutside { found: region("450000"), allowed: region("440000") };
    vec![
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            let resource = ResourceCode { owner: stranger(1), number: 1 };
            let change = ResourceChange::Publish;
            first(scene, province(), Act::Resource(ResourceAct { resource, change }))
        }),
        (role(Role::Steward, province()), |scene| {
            without(scene, province(), Role::Intake, on_resource(9, register_resource(Sharing::Unconditional)))
        }),
        (outside.into(), |scene| {
            let (name, sharing) = ("库".parse().unwrap(), Sharing::Unconditional);
            let said = Particulars { name, region: region("450000"), fields: 8, sharing };
            first(scene, province(), on_resource(9, ResourceChange::Register(said)))
        }),
        (Refusal::ResourceExists { resource: resource_code(1) }.into(), |scene| {
            first(scene, province(), on_resource(1, register_resource(Sharing::Unconditional)))
        }),
        (Refusal::FieldCount { found: 0 }.into(), |scene| {
            let ResourceChange::Register(said) = register_resource(conditional()) else { unreachable!() };
            first(scene, province(), on_resource(9, ResourceChange::Register(Particulars { fields: 0, ..said })))
        }),
        (Refusal::FieldCount { found: 65 }.into(), |scene| {
            let ResourceChange::Register(said) = register_resource(conditional()) else { unreachable!() };
            first(scene, province(), on_resource(9, ResourceChange::Register(Particulars { fields: 65, ..said })))
        }),
        (Refusal::NoResource { resource: resource_code(9) }.into(), |scene| {
            first(scene, province(), on_resource(9, ResourceChange::Retire))
        }),
        (Refusal::ResourceStatus { found: ResourceStatus::Published }.into(), |scene| {
            first(scene, province(), on_resource(1, ResourceChange::Publish))
        }),
        (Refusal::ResourceStatus { found: retired() }.into(), |scene| {
            retire(scene);
            scene.access_refused(province(), on_resource(1, ResourceChange::Share(not_shared())))
        }),
    ]
}
