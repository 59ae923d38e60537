//! Where the nodes of a test network listen: 127.0.0.1, three consecutive ranges of ports.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// The ports of node 0; node i has each of them plus i. Source: design D20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ports {
    /// Where clients submit and ask.
    pub grpc: u16,
    /// Where validators talk to one another.
    pub peers: u16,
    /// Where Prometheus reads.
    pub metrics: u16,
}

/// Where one node listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeAddresses {
    /// The node, from 0.
    pub node: u16,
    /// Where clients submit and ask.
    pub grpc: SocketAddr,
    /// Where validators talk to one another.
    pub peers: SocketAddr,
    /// Where Prometheus reads.
    pub metrics: SocketAddr,
}

impl Default for Ports {
    fn default() -> Self {
        Ports { grpc: 7_400, peers: 7_500, metrics: 7_600 }
    }
}

impl Ports {
    /// All three ranges, so many ports further up: for a second network beside the first. `None` if they do not exist.
    pub fn shifted(self, by: u16) -> Option<Ports> {
        Some(Ports {
            grpc: self.grpc.checked_add(by)?,
            peers: self.peers.checked_add(by)?,
            metrics: self.metrics.checked_add(by)?,
        })
    }

    /// Where a node listens. [`Ports::check`] has passed for a network that has it.
    pub(crate) fn of(self, node: u16) -> NodeAddresses {
        let at = |base: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, base.saturating_add(node)));
        NodeAddresses { node, grpc: at(self.grpc), peers: at(self.peers), metrics: at(self.metrics) }
    }

    /// Refuses ranges of so many ports that end beyond the last one or run into each other.
    pub(crate) fn check(self, count: u16) -> Result<()> {
        let mut bases = [self.grpc, self.peers, self.metrics];
        bases.sort_unstable();
        let [lowest, _, highest] = bases;
        let fits = lowest >= 1_024 && highest.checked_add(count).is_some();
        ensure!(fits, "the ports {lowest} to {highest}, and {count} from each, are not all within 1024 to 65535");
        let apart = bases.is_sorted_by(|lower, upper| upper.saturating_sub(*lower) >= count);
        ensure!(apart, "{count} nodes need {count} ports from each of {bases:?}; set these further apart");
        Ok(())
    }
}

impl NodeAddresses {
    /// The first address on which another process listens already, if there is one.
    pub(crate) fn taken(&self) -> Option<SocketAddr> {
        [self.grpc, self.peers, self.metrics].into_iter().find(|address| TcpListener::bind(address).is_err())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodes_ports_are_its_number_above_the_first() {
        let third = Ports::default().of(3);
        let ports = [third.grpc, third.peers, third.metrics].map(|address| address.to_string());
        assert_eq!(ports, ["127.0.0.1:7403", "127.0.0.1:7503", "127.0.0.1:7603"]);
        let beside = Ports::default().shifted(1_000).unwrap();
        assert_eq!(beside, Ports { grpc: 8_400, peers: 8_500, metrics: 8_600 });
        assert_eq!(beside.shifted(60_000), None);
    }

    #[test]
    fn ranges_that_meet_or_end_beyond_the_last_port_are_refused() {
        let close = Ports { grpc: 7_504, peers: 7_500, metrics: 7_600 };
        assert!(close.check(4).is_ok());
        assert!(close.check(5).unwrap_err().to_string().contains("further apart"));
        let high = Ports { grpc: 7_400, peers: 7_500, metrics: 65_530 };
        assert!(high.check(5).is_ok());
        assert!(high.check(6).is_err());
        assert!(Ports { grpc: 80, ..high }.check(1).is_err());
        assert!(Ports { grpc: 7_500, ..Ports::default() }.check(1).is_err());
    }

    #[test]
    fn a_port_that_somebody_listens_on_is_found() {
        let own = Ipv4Addr::LOCALHOST;
        let held: Vec<_> = (0..3).map(|_| TcpListener::bind((own, 0)).unwrap()).collect();
        let [grpc, peers, metrics] = [0, 1, 2].map(|place: usize| held[place].local_addr().unwrap());
        let addresses = NodeAddresses { node: 0, grpc, peers, metrics };
        assert_eq!(addresses.taken(), Some(grpc));
    }
}
