//! The scene of the tests: a nation, a province and two cities, a state in memory, and a hand that signs.
//!
//! Everything goes in as it would on a network: signed, checked, admitted, executed, applied, one block for each transaction.

use crate::{At, Changes, Executed, View, admit, execute, genesis, read};
use bulla_verify::catalogue::{self, Competence, LicenceType};
use bulla_verify::chain::Height;
use bulla_verify::genesis::Genesis;
use bulla_verify::hash::{Context, Hash};
use bulla_verify::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use bulla_verify::identifiers::organisation_code;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::{self, Uscc};
use bulla_verify::keys::SigningKey;
use bulla_verify::licence::{self, Change, Grant, Licence, Term};
use bulla_verify::list::Frontier;
use bulla_verify::operation::{Operation, Refusal};
use bulla_verify::organisation::{self, KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::record::{Record, RefusalBudget};
use bulla_verify::refusal::{Code, Entry};
use bulla_verify::roles::{Role, Roles};
use bulla_verify::time::{DAY_MS, Date, Millis};
use bulla_verify::transaction::{Body, Mode, Verified};
use bulla_verify::tree::StateKey;
use bulla_verify::validators::ValidatorSet;
use std::collections::BTreeMap;

mod assembly;
mod atlas;
mod bureau;
mod counter;
mod desk;
mod figures;
mod gateway;
mod office;

pub(crate) use assembly::*;
pub(crate) use atlas::*;
pub(crate) use bureau::*;
pub(crate) use counter::*;
pub(crate) use desk::*;
pub(crate) use figures::Counts;
pub(crate) use gateway::*;
pub(crate) use office::*;

/// A state in memory.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Memory {
    pub(crate) records: BTreeMap<StateKey, Vec<u8>>,
    pub(crate) lists: BTreeMap<StateKey, Vec<Vec<u8>>>,
    frontiers: BTreeMap<StateKey, Frontier>,
}

impl View for Memory {
    fn record(&self, key: &StateKey) -> Option<Vec<u8>> {
        self.records.get(key).cloned()
    }

    fn frontier(&self, list: &StateKey) -> Frontier {
        self.frontiers.get(list).cloned().unwrap_or_default()
    }
}

impl Memory {
    pub(crate) fn apply(&mut self, changes: Changes) {
        for (key, change) in changes.records {
            match change {
                Some(bytes) => self.records.insert(key, bytes),
                None => self.records.remove(&key),
            };
        }
        for (list, content) in changes.entries {
            self.lists.entry(list).or_default().push(content);
        }
        self.frontiers.extend(changes.frontiers);
    }

    /// The same without what refusals cost.
    pub(crate) fn without_budgets(&self) -> Memory {
        let mut without = self.clone();
        without.records.retain(|key, _| key.0[0] != RefusalBudget::AREA);
        without
    }
}

pub(crate) struct Scene {
    pub(crate) state: Memory,
    pub(crate) height: Height,
    pub(crate) time: Millis,
    /// What blocks recorded as refused, in order.
    pub(crate) recorded: Vec<Code>,
    nonce: u128,
    /// How often what figures count took effect.
    pub(crate) counts: Counts,
}

impl Scene {
    /// The nation alone, as genesis has it.
    pub(crate) fn at_genesis() -> Scene {
        let mut state = Memory::default();
        state.apply(genesis(&document()));
        Scene { state, height: Height(1), time: day(0), recorded: Vec::new(), nonce: 0, counts: Counts::new() }
    }

    /// All bodies with their keys, two types that belong to the province, and the city competent for both.
    pub(crate) fn new() -> Scene {
        let mut scene = Scene::at_genesis();
        for (uscc, level, region, parent) in [
            (province(), Level::Provincial, "440000", nation()),
            (city(), Level::Municipal, "440300", province()),
            (neighbour(), Level::Municipal, "440400", province()),
        ] {
            let registrar = key(parent, Role::Registrar);
            scene.accept(&[&registrar], register(uscc, level, region, parent));
            for role in [Role::Registrar, Role::Issuer, Role::HistoricalRegistrar] {
                scene.accept(&[&registrar], register_key(uscc, &key(uscc, role), &[role]));
            }
        }
        for kind in [permit(), pass()] {
            scene.accept(&[&key(nation(), Role::Registrar)], register_type(kind.clone()));
            let competence = Competence { type_code: kind.code, organisation: city(), region: region("440300") };
            let grant = Operation::Catalogue(catalogue::Act::Grant(competence));
            scene.accept(&[&key(province(), Role::Registrar)], grant);
        }
        scene
    }

    /// As if genesis had set other numbers.
    pub(crate) fn begin_with(&mut self, parameters: Parameters) {
        self.state.records.insert(Parameters::key(&()), bulla_verify::canonical::encode(&parameters));
    }

    pub(crate) fn at(&self) -> At {
        At { height: self.height, time: self.time }
    }

    pub(crate) fn sign(&mut self, keys: &[&SigningKey], mode: Mode, operations: Vec<Operation>) -> Verified {
        let expires_at = self.time.plus(60_000);
        self.sign_until(keys, mode, operations, expires_at)
    }

    pub(crate) fn sign_until(
        &mut self,
        keys: &[&SigningKey],
        mode: Mode,
        operations: Vec<Operation>,
        expires_at: Millis,
    ) -> Verified {
        self.nonce += 1;
        let (chain, nonce) = (document().chain(), self.nonce.to_le_bytes());
        let body = Body { chain, nonce, expires_at, signers: Vec::new(), mode, operations };
        body.sign(keys).check(chain).expect("the scene signs well-formed transactions")
    }

    /// Executes in a block of its own.
    pub(crate) fn execute(&mut self, tx: &Verified) -> Executed {
        assert_eq!(admit(&self.state, tx, self.at(), |_| false), Ok(()));
        let executed = execute(&self.state, tx, self.at());
        assert!(
            executed.changes.writes() <= usize::try_from(executed.cost).unwrap(),
            "it writes more than it declares"
        );
        self.take_in(tx, &executed);
        self.recorded.extend(executed.refusals.iter().flatten().map(Refusal::code));
        self.height = self.height.next();
        self.time = self.time.plus(1_000);
        executed
    }

    pub(crate) fn accept(&mut self, keys: &[&SigningKey], operation: Operation) {
        let tx = self.sign(keys, Mode::AllOrNothing, vec![operation]);
        assert_eq!(self.execute(&tx).refusals, [None]);
    }

    /// The refusal of an operation, which must not have changed anything but a budget.
    pub(crate) fn refuse(&mut self, keys: &[&SigningKey], operation: Operation) -> Refusal {
        let before = self.state.without_budgets();
        let tx = self.sign(keys, Mode::AllOrNothing, vec![operation]);
        let refusal = self.execute(&tx).refusals.pop().flatten().expect("this is to be refused");
        assert_eq!(self.state.without_budgets(), before);
        refusal
    }

    /// Has the city's issuer do it.
    pub(crate) fn issue(&mut self, act: licence::Act) {
        self.accept(&[&key(city(), Role::Issuer)], Operation::Licence(act));
    }

    pub(crate) fn issue_refused(&mut self, act: licence::Act) -> Refusal {
        self.refuse(&[&key(city(), Role::Issuer)], Operation::Licence(act))
    }

    /// Has the city's historical registrar do it.
    pub(crate) fn record(&mut self, act: licence::Act) {
        self.accept(&[&key(city(), Role::HistoricalRegistrar)], Operation::Licence(act));
    }

    pub(crate) fn record_refused(&mut self, act: licence::Act) -> Refusal {
        self.refuse(&[&key(city(), Role::HistoricalRegistrar)], Operation::Licence(act))
    }

    pub(crate) fn licence(&self, id: &LicenceId) -> Licence {
        read(&self.state, &id.base()).expect("the licence was issued")
    }
}

/// A way to a refusal: the refusal, and what meets it in a fresh scene.
pub(crate) type Scenario<R> = (R, fn(&mut Scene) -> R);

/// Each scenario meets its refusal, and each row of an area's table has a scenario. What is refused at execution is the last
/// that a block recorded: nobody meets it but by a transaction.
pub(crate) fn assert_reached<R: PartialEq + core::fmt::Debug>(
    table: &[Entry],
    code: fn(&R) -> bulla_verify::refusal::Code,
    scenarios: Vec<Scenario<R>>,
) {
    for row in table {
        let ways = scenarios.iter().filter(|(refusal, _)| code(refusal) == row.code).count();
        assert!(ways > 0, "nothing here meets {} {}", row.code, row.name);
    }
    for (refusal, meet) in scenarios {
        let mut scene = Scene::new();
        assert_eq!(meet(&mut scene), refusal);
        let found = code(&refusal);
        assert!(found < Code(300) || scene.recorded.last() == Some(&found), "no block recorded {found}");
    }
}

pub(crate) fn document() -> Genesis {
    let roles = [Role::Registrar, Role::Issuer, Role::HistoricalRegistrar];
    let grant = |role| KeyGrant {
        key: key(nation(), role).public(),
        organisation: nation(),
        roles: [role].into_iter().collect(),
        from: Height(0),
        until: None,
    };
    let mut keys: Vec<_> = roles.into_iter().map(grant).collect();
    keys.sort_by_key(|grant| grant.key);
    let root = Organisation {
        uscc: nation(),
        name: "国家局".parse().unwrap(),
        level: Level::National,
        region: RegionCode::NATIONAL,
        parent: None,
    };
    Genesis {
        version: bulla_verify::genesis::VERSION,
        name: "scene".parse().unwrap(),
        time: day(0).plus(-1_000),
        parameters: Parameters { refusals_per_hour: 20, ..Parameters::default() },
        organisations: vec![root],
        keys,
        validators: validators(),
    }
}

/// Days after the scene begins, on 1 January 2026.
pub(crate) fn day(days: i64) -> Millis {
    Date::new(2026, 1, 1).unwrap().start().plus(days * DAY_MS)
}

pub(crate) fn nation() -> Uscc {
    "11100000000013338W".parse().unwrap()
}

pub(crate) fn province() -> Uscc {
    "11430000006122244L".parse().unwrap()
}

pub(crate) fn city() -> Uscc {
    "11330105002500287C".parse().unwrap()
}

pub(crate) fn neighbour() -> Uscc {
    "113700000045046442".parse().unwrap()
}

/// A body that nobody registered.
pub(crate) fn stranger(number: u32) -> Uscc {
    let inner = format!("{number:08}");
    let inner_check = organisation_code::check_character(inner.as_bytes().try_into().unwrap()).unwrap();
    let first17 = format!("11440300{inner}{inner_check}");
    let check = uscc::check_character(first17.as_bytes().try_into().unwrap()).unwrap();
    format!("{first17}{check}").parse().unwrap()
}

/// The key of a body that has one role.
pub(crate) fn key(owner: Uscc, role: Role) -> SigningKey {
    SigningKey::from_seed(&hash(&format!("{owner} {role}")).0)
}

/// The key of a validator: those of genesis have 1 to 4.
pub(crate) fn consensus_key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

pub(crate) fn hash(text: &str) -> Hash {
    Context::Field.hash(text.as_bytes())
}

pub(crate) fn region(code: &str) -> RegionCode {
    code.parse().unwrap()
}

pub(crate) fn roles(roles: &[Role]) -> Roles {
    roles.iter().copied().collect()
}

/// A type with a longest term of ten years, renewed up to 90 days late.
pub(crate) fn permit() -> LicenceType {
    LicenceType {
        code: LicenceTypeCode::new(province(), 1).unwrap(),
        name: "许可证".parse().unwrap(),
        region: region("440000"),
        max_term_days: Some(3_650),
        late_renewal_days: 90,
        single_holding: false,
    }
}

/// A single-holding type.
pub(crate) fn pass() -> LicenceType {
    LicenceType {
        code: LicenceTypeCode::new(province(), 2).unwrap(),
        name: "通行证".parse().unwrap(),
        max_term_days: None,
        single_holding: true,
        ..permit()
    }
}

pub(crate) fn register(uscc: Uscc, level: Level, code: &str, parent: Uscc) -> Operation {
    let name = "局".parse().unwrap();
    Operation::Organisation(organisation::Act::Register { uscc, name, level, region: region(code), parent })
}

pub(crate) fn register_key(organisation: Uscc, key: &SigningKey, of: &[Role]) -> Operation {
    Operation::Organisation(organisation::Act::RegisterKey { organisation, key: key.public(), roles: roles(of) })
}

pub(crate) fn retire_key(key: &SigningKey) -> Operation {
    Operation::Organisation(organisation::Act::RetireKey { key: key.public() })
}

pub(crate) fn register_type(kind: LicenceType) -> Operation {
    Operation::Catalogue(catalogue::Act::RegisterType(kind))
}

/// A licence of the city's.
pub(crate) fn id(kind: &LicenceType, serial: &str, version: u16) -> LicenceId {
    LicenceId::new(kind.code, city(), serial.parse().unwrap(), version).unwrap()
}

/// An act by the city, at block time.
pub(crate) fn now(licence: &LicenceId, change: Change) -> licence::Act {
    licence::Act { licence: licence.clone(), by: city(), effective_at: None, change }
}

/// An act by the city, historic.
pub(crate) fn then(licence: &LicenceId, at: Millis, change: Change) -> licence::Act {
    licence::Act { effective_at: Some(at), ..now(licence, change) }
}

pub(crate) fn term(from: i64, until: i64) -> Term {
    Term { from: day(from), until: Some(day(until)) }
}

/// What is granted for the year from the scene's beginning, with no holding.
pub(crate) fn year() -> Grant {
    Grant {
        region: region("440300"),
        holder: hash("holder"),
        holding: None,
        contents: hash("contents"),
        term: term(0, 365),
    }
}

/// What is granted for that year to a holder of a single-holding type.
pub(crate) fn held_by(holder: &str) -> Grant {
    Grant { holder: hash(holder), holding: Some(hash(&format!("holding of {holder}"))), ..year() }
}

pub(crate) fn renewal(from: i64, until: i64) -> Change {
    Change::Renew { term: term(from, until), contents: hash("renewed") }
}

/// An amendment of contents alone.
pub(crate) fn amendment() -> Change {
    Change::Amend { contents: hash("amended"), until: None, holder: None, holding: None }
}

/// An amendment that ends the term on another day.
pub(crate) fn ending(until: i64) -> Change {
    Change::Amend { contents: hash("amended"), until: Some(day(until)), holder: None, holding: None }
}

/// An amendment to another holder of a single-holding type.
pub(crate) fn transfer(holder: &str) -> Change {
    let to = held_by(holder);
    Change::Amend { contents: hash("amended"), until: None, holder: Some(to.holder), holding: to.holding }
}

pub(crate) fn suspension(from: Millis, until: Option<Millis>) -> Change {
    Change::Suspend { from: Some(from), until }
}

fn validators() -> ValidatorSet {
    use bulla_verify::validators::Validator;
    let validator = |number: u8| Validator { key: consensus_key(number).public(), organisation: nation(), power: 1 };
    ValidatorSet::new((1..=4).map(validator).collect()).unwrap()
}
