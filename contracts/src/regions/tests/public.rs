//! The registry against the public record: the regions of today and the changes since 1981, replayed year by year as an import
//! would. `$BULLA_DATA`, or `../shared/data` beside the checkout; where there is none, the test says so and passes.

use crate::scene::{Scene, key, nation, period, region, region_act};
use crate::{execute, read};
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::operation::Operation;
use bulla_verify::regions::{Bound, Change, Period, Region, Standing, standing};
use bulla_verify::roles::Role;
use bulla_verify::time::Date;
use bulla_verify::transaction::Mode;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The year before the first change: what was there then began in it or earlier.
const BEGINNING: u16 = 1980;

struct Event {
    year: u16,
    kind: String,
    old: Option<RegionCode>,
    new: Option<RegionCode>,
    name: String,
}

/// The cells of each row after the first. No cell of these files holds a comma.
fn rows(name: &str) -> Option<Vec<Vec<String>>> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let directory = std::env::var_os("BULLA_DATA").map_or_else(beside, PathBuf::from);
    if !directory.is_dir() {
        println!("skipped: no data at {}", directory.display());
        return None;
    }
    let text = std::fs::read_to_string(directory.join(name)).unwrap();
    assert!(!text.contains('"'));
    Some(text.lines().skip(1).map(|line| line.split(',').map(Into::into).collect()).collect())
}

fn event(row: &[String]) -> Event {
    let code = |cell: &String| cell.parse().ok();
    let (year, kind, name) = (row[0].parse().unwrap(), row[1].clone(), row[6].clone());
    Event { year, kind, old: code(&row[3]), new: code(&row[5]), name }
}

/// A registry that is filled by acts of the nation, many in one transaction.
struct Registry {
    scene: Scene,
    outcomes: BTreeMap<u16, u32>,
}

impl Registry {
    fn act(&mut self, changes: Vec<(RegionCode, Change)>) {
        let operation = |(code, change): &(RegionCode, Change)| {
            Operation::Regions(region_act(code.as_str(), nation(), change.clone()))
        };
        for part in changes.chunks(500) {
            let signer = key(nation(), Role::HistoricalRegistrar);
            let tx = self.scene.sign(&[&signer], Mode::Independent, part.iter().map(operation).collect());
            let executed = execute(&self.scene.state, &tx, self.scene.at());
            for (refusal, what) in executed.refusals.iter().zip(part) {
                let code = refusal.as_ref().map_or(0, |refusal| refusal.code().0);
                if code != 0 {
                    println!("{code} {what:?}");
                }
                *self.outcomes.entry(code).or_default() += 1;
            }
            self.scene.state.apply(executed.changes);
            self.scene.height = self.scene.height.next();
        }
    }

    fn find(&self, code: RegionCode) -> Option<Region> {
        read(&self.scene.state, &code)
    }

    fn runs(&self, code: RegionCode) -> bool {
        self.find(code).is_some_and(|region| region.periods.iter().any(|period| period.until.is_none()))
    }

    /// Beneath the nearest region above that was there then.
    fn enter(&self, code: RegionCode, name: &str, year: u16) -> (RegionCode, Change) {
        let from = Bound::InYear(year);
        let is_there = |one: &RegionCode| {
            one.level() == Level::National || self.find(*one).is_some_and(|region| region.reaches(from))
        };
        let parent = code.upward().skip(1).find(is_there).unwrap();
        let period = Period { name: name.parse().unwrap(), ..period(from, None, parent.as_str()) };
        (code, Change::Enter { level: code.level(), period })
    }

    /// From the provinces down, so that each finds what is above it.
    fn enter_all(&mut self, codes: &BTreeMap<RegionCode, String>, year: u16) {
        for level in [Level::Provincial, Level::Municipal, Level::County] {
            let of_level = codes.iter().filter(|(code, _)| code.level() == level);
            let changes = of_level.map(|(code, name)| self.enter(*code, name, year)).collect();
            self.act(changes);
        }
    }

    fn year(&mut self, year: u16, events: &[&Event]) {
        let is_rename = |event: &&&Event| event.kind == "更名" && event.old == event.new;
        let (renames, others): (Vec<&&Event>, Vec<&&Event>) = events.iter().partition(is_rename);
        let mut ended: BTreeMap<RegionCode, BTreeSet<RegionCode>> = BTreeMap::new();
        for event in &others {
            if let Some(old) = event.old {
                ended.entry(old).or_default().extend(event.new.filter(|new| *new != old));
            }
        }
        let begun: BTreeMap<_, _> = others.iter().filter_map(|event| Some((event.new?, event.name.clone()))).collect();
        let (later, first): (BTreeMap<_, _>, BTreeMap<_, _>) =
            begun.into_iter().partition(|(code, _)| self.runs(*code));
        self.enter_all(&first, year);
        let at = Bound::InYear(year);
        let end = |(code, successors): (&RegionCode, &BTreeSet<RegionCode>)| {
            (*code, Change::End { at, successors: successors.iter().copied().collect() })
        };
        self.act(ended.iter().filter(|(code, _)| !first.contains_key(code)).map(end).collect());
        self.enter_all(&later.into_iter().filter(|(code, _)| ended.contains_key(code)).collect(), year);
        let rename =
            |event: &&&Event| (event.new.unwrap(), Change::Rename { name: event.name.parse().unwrap(), from: at });
        self.act(renames.iter().filter(|event| event.new.is_some()).map(rename).collect());
    }
}

/// What was there before the first change: the codes that are first met as old ones, and those of today that never came new.
fn at_first(today: &BTreeMap<RegionCode, String>, rows: &[Vec<String>]) -> BTreeMap<RegionCode, String> {
    let (mut first, mut met) = (BTreeMap::new(), BTreeSet::new());
    for row in rows {
        let event = event(row);
        if let Some(old) = event.old.filter(|old| met.insert(*old)) {
            first.insert(old, row[4].clone());
        }
        met.extend(event.new);
    }
    first.extend(today.iter().filter(|(code, _)| !met.contains(code)).map(|(code, name)| (*code, name.clone())));
    first
}

#[test]
fn the_changes_since_1981_lead_to_the_regions_of_today() {
    let Some((regions, changes)) = rows("regions.csv").zip(rows("region_changes.csv")) else { return };
    let today: BTreeMap<RegionCode, String> = regions.iter().map(|row| (region(&row[0]), row[1].clone())).collect();
    let events: Vec<_> = changes.iter().map(|row| event(row)).collect();
    let mut registry = Registry { scene: Scene::at_genesis(), outcomes: BTreeMap::new() };
    registry.enter_all(&at_first(&today, &changes), BEGINNING);
    for year in events.iter().map(|event| event.year).collect::<BTreeSet<_>>() {
        let of_year: Vec<_> = events.iter().filter(|event| event.year == year).collect();
        registry.year(year, &of_year);
    }
    let now = "2027-01-01".parse::<Date>().unwrap().start();
    let is_as_today = |(code, name): &(&RegionCode, &String)| match standing(registry.find(**code).as_ref(), now) {
        Standing::InForce { period } => period.name.as_str() == name.as_str(),
        Standing::Unregistered | Standing::InYearOfChange { .. } | Standing::NotInForce { .. } => false,
    };
    let agree = today.iter().filter(is_as_today).count();
    println!("{agree} of {} are as today; outcomes {:?}", today.len(), registry.outcomes);
    // The lists have counties of Hainan and Chongqing years before these were provinces: 11 acts of 11,974, and 3 regions.
    let applied = registry.outcomes.remove(&0).unwrap_or(0);
    let refused: u32 = registry.outcomes.values().sum();
    assert!(applied > 11_000 && refused < 20 && agree + 10 > today.len());
    let known = [1507, 1514, 1517];
    assert!(registry.outcomes.keys().all(|code| known.contains(code)));
}
