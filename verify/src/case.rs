//! Service items, and the cases in which people ask for them.
//!
//! A catalogue says what may be asked of which body, with which papers, which licences stand for a paper, and how many working
//! days the answer may take. A case is always in the hands of one body, whoever accepted it and whoever will decide it; each
//! hand-over is signed by both. Its one clock never starts anew: it is due its item's days after its acceptance, and later by
//! the days for which it was stopped ([`clock`]). What a case is at an instant is [`status`]'s to say.
//! Rules: domain sections 7 and 9.5; `docs/rules/case.md`.

mod act;
pub mod clock;
mod refusal;
mod status;

pub use act::{Act, CaseAct, Change, Entry, Request, Supplement};
pub use refusal::Refusal;
pub use status::{Status, status};

use crate::chain::Height;
use crate::hash::Hash;
use crate::identifiers::licence_id::{LicenceBase, LicenceTypeCode};
use crate::identifiers::region::{Level, RegionCode};
use crate::identifiers::uscc::Uscc;
use crate::law::Citation;
use crate::list::Head;
use crate::name::Name;
use crate::numbering::{catalogue_names, random_names};
use crate::time::Millis;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

/// The most papers that an item may need, and the most licences that a case may name. With [`MAX_REPLACING`] for each paper
/// an item has 5 kB at most.
pub const MAX_MATERIALS: usize = 16;
/// The most licence types that may stand for one paper.
pub const MAX_REPLACING: usize = 8;
/// The most working days that an item may allow for its answer, or for all stops of its clock: a year has about 250.
pub const MAX_DAYS: u16 = 250;

/// A service item: the body that implements it, and its number there.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct ServiceCode {
    /// The body.
    pub body: Uscc,
    /// The number.
    pub number: u16,
}

/// One version of a service item. It is never changed: a case keeps the version under which it was accepted.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ServiceItem {
    /// What names it.
    pub code: ServiceCode,
    /// Which version this is, from 1.
    pub version: u16,
    /// Its official name.
    pub name: Name,
    /// What is done.
    pub kind: ServiceKind,
    /// The levels of the bodies that decide it: the implementing one, and those beneath it.
    pub levels: Vec<Level>,
    /// Where it may be asked for.
    pub region: RegionCode,
    /// The digest of the published guide, where its conditions stand.
    pub guide: Hash,
    /// The papers that it needs.
    pub materials: Vec<Material>,
    /// How many working days the law gives.
    pub statutory_days: u16,
    /// How many the body promises: not more. These run.
    pub promised_days: u16,
    /// How many working days all stops of one case may come to.
    pub stop_days: u16,
    /// The type of licence that it results in, if it does.
    pub result: Option<LicenceTypeCode>,
    /// Where it may be handed in.
    pub channel: Channel,
    /// The law by which it is done.
    pub basis: Citation,
}

/// What is done for who asks. Source: domain section 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// 行政许可.
    Permission,
    /// 行政确认.
    Confirmation,
    /// 行政给付.
    Payment,
    /// 行政征收.
    Levy,
    /// 行政处罚.
    Penalty,
    /// 行政裁决.
    Ruling,
    /// 行政奖励.
    Reward,
    /// 其他行政权力.
    OtherPower,
    /// 公共服务.
    PublicService,
}

/// A paper that an item needs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Material {
    /// What it is.
    pub name: Name,
    /// The types of licence any of which stands for it.
    pub replaced_by: Vec<LicenceTypeCode>,
}

/// Which bodies, beside the one that decides, may accept a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// 就近能办: bodies of a region within that of the body that decides.
    Nearby,
    /// 同城通办: bodies of a region within its municipality.
    SameCity,
    /// 异地可办: any body.
    Anywhere,
}

/// Which version of an item is current. One record for each item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Catalogued {
    /// The version.
    pub version: u16,
    /// Since when nothing is accepted under it any more.
    pub retired: Option<Millis>,
}

/// What names a case: who accepted it, and 16 random bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct CaseId {
    /// The body that accepted it.
    pub acceptor: Uscc,
    /// Random, so that it tells nothing.
    pub number: [u8; 16],
}

/// A case, through all that becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Case {
    /// What is asked for.
    pub item: ServiceCode,
    /// Under which version.
    pub version: u16,
    /// A salted commitment to the handle of who asks: the licences that the case names must not give it away.
    pub applicant: Hash,
    /// Where it is asked for: whose working days count.
    pub region: RegionCode,
    /// The root over the salted fields of the application.
    pub contents: Hash,
    /// The licences that stand for papers, in the order in which they were named.
    pub licences: Vec<LicenceBase>,
    /// When it was accepted.
    pub accepted_at: Millis,
    /// The body that decides, and that owes the decision.
    pub decider: Uscc,
    /// The body in whose hands it is.
    pub held_by: Uscc,
    /// That it was handed to another body, which has not taken it yet.
    pub offered: Option<HandOver>,
    /// How many bodies have taken it over.
    pub hand_overs: u32,
    /// When the body that decides first had it in its hands.
    pub begun: Option<Millis>,
    /// How many working days its item gives, as promised when it was accepted.
    pub days: u16,
    /// How many working days its stops come to, the last one included.
    pub stopped_days: u16,
    /// By when it must be decided.
    pub due: Millis,
    /// The last stop of its clock.
    pub stop: Option<Stop>,
    /// The last paper that was asked for and has not come.
    pub asked: Option<Asked>,
    /// How many supplements have come.
    pub supplements: u32,
    /// How often a paper was asked for that an active licence stands for.
    pub violations: u32,
    /// The decision.
    pub decision: Option<Decision>,
    /// That its result was delivered.
    pub delivered: Option<Delivery>,
    /// What who asked thinks of it.
    pub rating: Option<Rating>,
    /// When it was withdrawn.
    pub withdrawn: Option<Millis>,
    /// When the last act on it took effect.
    pub changed_at: Millis,
    /// The height of the block that recorded the last act.
    pub recorded_at: Height,
    /// The list of all acts on it, each an [`Entry`].
    pub history: Head,
}

/// A hand-over that the body that has the case has signed, and the other not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct HandOver {
    /// When.
    pub at: Millis,
    /// To whom.
    pub to: Uscc,
    /// Commits to what is to be done there.
    pub task: Hash,
}

/// A stop of a case's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Stop {
    /// Why.
    pub reason: StopReason,
    /// Since when.
    pub from: Millis,
    /// The first instant after it.
    pub until: Millis,
    /// How many working days it comes to.
    pub days: u16,
}

/// Why a clock stands still. Source: 行政许可法, articles 32 and 45.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// 听证.
    Hearing,
    /// 专家评审, and inspections and tests like it.
    ExpertReview,
    /// 补正: who asked has to bring a paper.
    Supplement,
}

/// A paper that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Asked {
    /// Its place among the item's materials.
    pub material: u8,
    /// When.
    pub at: Millis,
    /// By whom.
    pub by: Uscc,
    /// Whether it was counted as a violation.
    pub counted: bool,
}

/// How a case was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Decision {
    /// When.
    pub at: Millis,
    /// Whether what was asked for is granted.
    pub granted: bool,
    /// Commits to the reasons.
    pub reasons: Hash,
}

/// That a result was delivered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Delivery {
    /// When.
    pub at: Millis,
    /// By whom.
    pub by: Uscc,
    /// The licence, where the item results in one.
    pub licence: Option<LicenceBase>,
}

/// 好差评, from the best.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// 非常满意.
    VeryGood,
    /// 满意.
    Good,
    /// 基本满意.
    Fair,
    /// 不满意.
    Poor,
    /// 非常不满意.
    VeryPoor,
}

/// How often an organisation asked for a paper that an active licence stands for: the length of the list, each of whose
/// entries is a [`Violation`]. Source: 国务院令716, article 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Violations {
    /// The list of them.
    pub head: Head,
    /// The height of the block that last appended to it.
    pub recorded_at: Height,
}

/// That a paper was asked for which an active licence stands for.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Violation {
    /// The height of the block that recorded it.
    pub recorded_at: Height,
    /// In which case.
    pub case: CaseId,
    /// The paper's place among the item's materials.
    pub material: u8,
    /// The licence that stands for it.
    pub licence: LicenceBase,
}

impl ServiceItem {
    /// The material that a type of licence stands for, if it stands for any.
    pub fn replaced_by(&self, code: LicenceTypeCode) -> Option<&Material> {
        self.materials.iter().find(|material| material.replaced_by.contains(&code))
    }

    /// A material by its place.
    pub fn material(&self, place: u8) -> Option<&Material> {
        self.materials.get(usize::from(place))
    }
}

impl Channel {
    /// Whether a body of one region may accept what a body of another decides.
    pub fn admits(self, acceptor: RegionCode, decider: RegionCode) -> bool {
        let city = || decider.upward().find(|region| region.level() == Level::Municipal).unwrap_or(decider);
        match self {
            Channel::Nearby => decider.contains(acceptor),
            Channel::SameCity => city().contains(acceptor),
            Channel::Anywhere => true,
        }
    }
}

catalogue_names! { ServiceCode: body; }

random_names! { CaseId: acceptor, "case"; }

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopReason::Hearing => "a hearing",
            StopReason::ExpertReview => "an expert review",
            StopReason::Supplement => "a supplement",
        })
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Channel::Nearby => "within the region of the body that decides",
            Channel::SameCity => "within its municipality",
            Channel::Anywhere => "anywhere",
        })
    }
}

#[cfg(test)]
mod tests;
