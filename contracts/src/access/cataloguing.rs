//! The catalogue: which data there is, and who may have it.

use super::{Case, check_region, registered, resource};
use crate::authority::Signers;
use crate::draft::Draft;
use crate::view::{At, read};
use bulla_verify::access::{
    MAX_FIELDS, Particulars, Refusal, Resource, ResourceAct, ResourceChange, ResourceStatus, resource_status,
};
use bulla_verify::roles::Role;

pub(super) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &ResourceAct) -> Result<(), Refusal> {
    let owner = registered(draft, act.resource.owner)?;
    Case { signers, at }.check_role(owner.uscc, Role::Steward)?;
    let mut changed = match &act.change {
        ResourceChange::Register(particulars) => {
            check_region(particulars.region, owner.region)?;
            register(draft, act, particulars)?
        }
        ResourceChange::Publish | ResourceChange::Share(_) | ResourceChange::Retire => resource(draft, act.resource)?,
    };
    let found = resource_status(&changed);
    match (&act.change, found) {
        (ResourceChange::Register(_), _) => {}
        (ResourceChange::Publish, ResourceStatus::Registered) => changed.published = Some(at.time),
        (ResourceChange::Share(sharing), ResourceStatus::Registered | ResourceStatus::Published) => {
            changed.sharing = sharing.clone();
        }
        (ResourceChange::Retire, ResourceStatus::Registered | ResourceStatus::Published) => {
            changed.retired = Some(at.time);
        }
        (ResourceChange::Publish, ResourceStatus::Published) | (_, ResourceStatus::Retired { .. }) => {
            return Err(Refusal::ResourceStatus { found });
        }
    }
    changed.recorded_at = at.height;
    draft.write(&act.resource, &changed);
    Ok(())
}

fn register(draft: &Draft<'_>, act: &ResourceAct, particulars: &Particulars) -> Result<Resource, Refusal> {
    let Particulars { name, region, fields, sharing } = particulars;
    if read::<Resource>(draft, &act.resource).is_some() {
        return Err(Refusal::ResourceExists { resource: act.resource });
    }
    if !(1..=MAX_FIELDS).contains(fields) {
        return Err(Refusal::FieldCount { found: *fields });
    }
    Ok(Resource {
        code: act.resource,
        name: name.clone(),
        region: *region,
        fields: *fields,
        sharing: sharing.clone(),
        published: None,
        retired: None,
        recorded_at: bulla_verify::chain::Height(0),
    })
}
