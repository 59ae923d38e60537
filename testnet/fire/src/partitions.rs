//! Nodes that cannot hear one another: each in a network namespace of its own, joined by a bridge, and nftables that drop what
//! comes from whom. Clients reach every node meanwhile.
//!
//! At most one side decides; the other's last block stays what it was, its answers say that they are stale, and its status says
//! whom it misses. Once all hear all again they agree within [`HEALED`]. Promises, row 8.

use crate::load::Load;
use crate::town::{PATIENCE, Town, wait_until};
use crate::{Runs, tell};
use anyhow::{Context, Result, ensure};
use bulla_proto::answer::Why;
use bulla_testnet_history::Summary;
use bulla_verify::chain::Height;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PORTS_UP: u16 = 1_500;

/// How long a partition lasts: longer than the ten seconds of silence after which a peer is given up.
const LASTS: Duration = Duration::from_secs(14);

/// All have one chain again so soon after they can hear one another.
pub const HEALED: Duration = Duration::from_secs(10);

/// Who hears whom no more.
struct Shape {
    name: &'static str,
    /// From whom to whom nothing comes.
    cut: &'static [(u16, u16)],
    /// Who can go on, by the rules: has a quorum of which each hears each.
    goes_on: &'static [u16],
    /// Who cannot decide anything.
    waits: &'static [u16],
}

/// The first four are those of `make test`.
const SHAPES: [Shape; 12] = [
    Shape {
        name: "halves",
        cut: &[(0, 2), (2, 0), (0, 3), (3, 0), (1, 2), (2, 1), (1, 3), (3, 1)],
        goes_on: &[],
        waits: &[0, 1, 2, 3],
    },
    Shape {
        name: "one alone",
        cut: &[(0, 3), (3, 0), (1, 3), (3, 1), (2, 3), (3, 2)],
        goes_on: &[0, 1, 2],
        waits: &[3],
    },
    Shape { name: "one that hears nobody", cut: &[(1, 0), (2, 0), (3, 0)], goes_on: &[1, 2, 3], waits: &[0] },
    Shape { name: "a ring", cut: &[(0, 2), (2, 0), (1, 3), (3, 1)], goes_on: &[], waits: &[] },
    Shape { name: "one that nobody hears", cut: &[(1, 0), (1, 2), (1, 3)], goes_on: &[0, 2, 3], waits: &[1] },
    Shape { name: "one pair", cut: &[(0, 3), (3, 0)], goes_on: &[], waits: &[] },
    Shape { name: "one pair, one way", cut: &[(2, 1)], goes_on: &[], waits: &[] },
    Shape {
        name: "other halves",
        cut: &[(0, 1), (1, 0), (0, 3), (3, 0), (2, 1), (1, 2), (2, 3), (3, 2)],
        goes_on: &[],
        waits: &[0, 1, 2, 3],
    },
    Shape { name: "a star", cut: &[(1, 2), (2, 1), (1, 3), (3, 1), (2, 3), (3, 2)], goes_on: &[], waits: &[] },
    Shape { name: "halves, one way", cut: &[(0, 2), (0, 3), (1, 2), (1, 3)], goes_on: &[], waits: &[0, 1, 2, 3] },
    Shape { name: "a chain", cut: &[(0, 2), (2, 0), (0, 3), (3, 0), (1, 3), (3, 1)], goes_on: &[], waits: &[] },
    Shape {
        name: "all alone",
        cut: &[(0, 1), (0, 2), (0, 3), (1, 0), (1, 2), (1, 3), (2, 0), (2, 1), (2, 3), (3, 0), (3, 1), (3, 2)],
        goes_on: &[],
        waits: &[0, 1, 2, 3],
    },
];

/// Why nothing can be tried on this machine, if nothing can.
pub fn skipped() -> Option<String> {
    match Namespaces::new(0).and_then(|namespaces| namespaces.cut(&[(0, 1)])) {
        Ok(()) => None,
        Err(error) => Some(format!("network namespaces or nftables are not to be had (not root?): {error:#}")),
    }
}

/// So many shapes, one after the other, from the one that the seed names, in one network under load.
pub fn partitions(runs: Runs<'_>) -> Result<Summary> {
    let mut town = Town::laid_out(runs.bullad, 4, PORTS_UP, |now| now)?;
    let namespaces = Namespaces::new(1)?;
    town.subnet = Some(namespaces.subnet);
    let programs = (0..4).map(|node| namespaces.house(&town, node)).collect::<Result<Vec<PathBuf>>>()?;
    for (node, program) in (0..).zip(&programs) {
        town.network.start(node, program)?;
    }
    wait_until(PATIENCE, || (0..4).all(|node| town.told(node).is_ok()).then_some(())).context("the nodes answer")?;
    let load = Load::begin(&town, runs.seed, 2)?;
    let first = usize::try_from(runs.seed.saturating_sub(1))?;
    for shape in SHAPES.iter().cycle().skip(first % SHAPES.len()).take(usize::try_from(runs.count)?) {
        divide(&town, &namespaces, shape).with_context(|| shape.name)?;
    }
    town.close(load)
}

fn divide(town: &Town, namespaces: &Namespaces, shape: &Shape) -> Result<()> {
    namespaces.cut(shape.cut)?;
    // Whatever was on its way when the rules came is decided or not by now.
    std::thread::sleep(Duration::from_secs(1));
    let heights = || (0..4).map(|node| Ok(town.told(node)?.height)).collect::<Result<Vec<Height>>>();
    let before = heights()?;
    std::thread::sleep(LASTS);
    let after = heights()?;
    tell(&format!("{}: heights {before:?}, then {after:?}", shape.name));
    let of = |heights: &[Height], node: u16| heights.get(usize::from(node)).map_or(0, |height| height.0);
    for node in shape.goes_on {
        let more = of(&after, *node) - of(&before, *node);
        ensure!(more >= 5, "node {node} is on the side of a quorum and decided {more} heights only");
        ensure!(!town.answers_stale(*node)?, "node {node} goes on and says that its answers are stale");
    }
    let decided = before.iter().max().copied().unwrap_or_default();
    for node in shape.waits {
        // One that was behind may still be told on its side what was decided before. And one height may have been voted for on
        // both sides already, and is then the same on both.
        let more = of(&after, *node).saturating_sub(decided.0);
        ensure!(more <= 1, "node {node} has no quorum and decided {more} heights");
        ensure!(town.answers_stale(*node)?, "node {node} waits and does not say that its answers are stale");
        let why = town.told(*node)?.why;
        ensure!(why.iter().any(|one| matches!(one, Why::TooFew(_))), "node {node} waits and says {why:?}");
    }
    let highest = after.iter().max().copied().unwrap_or_default();
    namespaces.heal()?;
    let began = Instant::now();
    let healed = wait_until(PATIENCE, || {
        let one_more = |node| Some(town.told(node).ok()?.height > highest);
        (0..4).map(one_more).all(|is| is == Some(true)).then(|| began.elapsed())
    });
    let healed = healed.with_context(|| format!("no new block for all: {:?}", heights()))?;
    tell(&format!("{}: all went on {healed:.2?} after it was healed", shape.name));
    ensure!(healed <= HEALED, "they agreed {healed:?} after it was healed, {HEALED:?} are promised");
    Ok(())
}

/// Four namespaces on a bridge; they go with this value.
struct Namespaces {
    name: String,
    subnet: u8,
}

impl Namespaces {
    fn new(which: u8) -> Result<Namespaces> {
        let process = std::process::id() % 100_000;
        let subnet = u8::try_from(process % 200)?.saturating_add(which);
        let namespaces = Namespaces { name: format!("bf{process}{which}"), subnet };
        let bridge = &namespaces.name;
        ip(&["link", "add", bridge, "type", "bridge"])?;
        ip(&["address", "add", &format!("10.77.{subnet}.254/24"), "dev", bridge])?;
        ip(&["link", "set", bridge, "up"])?;
        for node in 0..4u16 {
            let (space, outer) = (namespaces.space(node), format!("{bridge}v{node}"));
            ip(&["netns", "add", &space])?;
            ip(&["link", "add", &outer, "type", "veth", "peer", "name", "eth0", "netns", &space])?;
            ip(&["link", "set", &outer, "master", bridge, "up"])?;
            ip(&["-n", &space, "address", "add", &format!("{}/24", namespaces.address(node)), "dev", "eth0"])?;
            ip(&["-n", &space, "link", "set", "lo", "up"])?;
            ip(&["-n", &space, "link", "set", "eth0", "up"])?;
        }
        Ok(namespaces)
    }

    fn space(&self, node: u16) -> String {
        format!("{}n{node}", self.name)
    }

    fn address(&self, node: u16) -> String {
        format!("10.77.{}.{}", self.subnet, node + 1)
    }

    /// Gives a node its addresses here, and a program that runs it in its namespace.
    fn house(&self, town: &Town, node: u16) -> Result<PathBuf> {
        let home = town.network.node_directory(node);
        let path = home.join("bullad.toml");
        let mut text = fs::read_to_string(&path)?;
        for other in town.network.nodes() {
            let (from, to) = (other.peers.port(), self.address(other.node));
            text = text.replace(&format!("/ip4/127.0.0.1/tcp/{from}"), &format!("/ip4/{to}/tcp/{from}"));
            for port in [other.grpc.port(), other.metrics.port()] {
                text = text.replace(&format!("127.0.0.1:{port}"), &format!("{to}:{port}"));
            }
        }
        fs::write(&path, text)?;
        let program = home.join("run-in-namespace");
        let script = format!("#!/bin/sh\nexec ip netns exec {} {} \"$@\"\n", self.space(node), town.bullad.display());
        fs::write(&program, script)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        Ok(program)
    }

    /// From whom to whom nothing comes any more.
    fn cut(&self, pairs: &[(u16, u16)]) -> Result<()> {
        self.heal()?;
        for (from, to) in pairs {
            let space = self.space(*to);
            let nft = |rule: &str| run(Command::new("ip").args(["netns", "exec", &space, "nft", rule]));
            nft("add table inet fire")?;
            nft("add chain inet fire heard { type filter hook input priority 0; }")?;
            nft(&format!("add rule inet fire heard ip saddr {} drop", self.address(*from)))?;
        }
        Ok(())
    }

    fn heal(&self) -> Result<()> {
        let flush = |node| run(Command::new("ip").args(["netns", "exec", &self.space(node), "nft", "flush ruleset"]));
        (0..4).try_for_each(flush)
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        // A namespace lives on while a connection in it does; its wire need not.
        for node in 0..4 {
            let _ = ip(&["link", "delete", &format!("{}v{node}", self.name)]);
            let _ = ip(&["netns", "delete", &self.space(node)]);
        }
        let _ = ip(&["link", "delete", &self.name]);
    }
}

fn ip(arguments: &[&str]) -> Result<()> {
    run(Command::new("ip").args(arguments))
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
