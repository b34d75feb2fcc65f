//! What the log says of nodes that cannot be reached: once when it begins, once when it ends.

use std::collections::BTreeSet;

use crate::cluster::NodeAddr;
use crate::pipeline::LinkEnd;

/// Nodes whose outage was logged and has not ended.
#[derive(Debug, Default)]
pub(super) struct Outages {
    down: BTreeSet<NodeAddr>,
}

/// Nodes that are remembered at most, as many as a pipeline knows. Some are never seen again, because they have another
/// address when they come back; with one more all are forgotten, and told of once more.
const DOWN_MAX: usize = 4096;

// === impl Outages ===

impl Outages {
    /// A connection to `addr` was lost or did not come about.
    pub(super) fn report(&mut self, worker: usize, addr: &NodeAddr, why: &str) {
        if self.down.len() >= DOWN_MAX && !self.down.contains(addr) {
            self.down.clear();
        }
        if self.down.insert(addr.clone()) {
            log::warn!("worker {worker}: connection to node {addr} lost: {why}");
        } else {
            log::debug!("worker {worker}: connection to node {addr} failed again: {why}");
        }
    }

    /// The pipeline ended a link.
    pub(super) fn report_end(&mut self, worker: usize, addr: &NodeAddr, why: &LinkEnd) {
        match why {
            LinkEnd::Retired => {
                log::info!(
                    "worker {worker}: link to node {addr} closed after a deadline had passed"
                );
            }
            LinkEnd::NodeGone => {
                self.down.remove(addr);
                log::info!("worker {worker}: node {addr} left the cluster");
            }
            LinkEnd::Unneeded => {
                log::debug!("worker {worker}: closed a spare connection to {addr}");
            }
            LinkEnd::Deaf => {
                log::debug!(
                    "worker {worker}: closed a connection to {addr}: nothing would tell of changed keys"
                );
            }
            LinkEnd::Silent => {
                self.report(worker, addr, "it has gone silent");
            }
            LinkEnd::Early => {
                log::warn!(
                    "worker {worker}: node {addr} refused a large request in the middle; its link was closed"
                );
            }
            LinkEnd::NodeFailed => {
                self.report(worker, addr, "the cluster says that it has failed");
            }
            LinkEnd::ConnectTimeout => {
                self.report(worker, addr, "it did not accept a connection in time");
            }
            LinkEnd::Refused(text) => {
                self.report(worker, addr, &format!("it refused the handshake: {text}"));
            }
            LinkEnd::Desync(what) => {
                log::error!("worker {worker}: node {addr} sent {what}; its link was closed");
            }
        }
    }

    /// The node at `addr` has accepted a connection and the handshake.
    pub(super) fn end(&mut self, worker: usize, addr: &NodeAddr) {
        if self.down.remove(addr) {
            log::info!("worker {worker}: connected to node {addr} again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DOWN_MAX, Outages};
    use crate::cluster::NodeAddr;
    use crate::pipeline::LinkEnd;

    #[test]
    fn an_outage_lasts_until_a_link_is_ready_or_its_node_leaves() {
        let addr = "127.0.0.1:7000".parse().unwrap();
        let other = "127.0.0.1:7001".parse().unwrap();
        let mut outages = Outages::default();
        outages.report(0, &addr, "it was reset");
        let refused = LinkEnd::Refused("WRONGPASS".into());
        outages.report_end(0, &addr, &refused);
        outages.report_end(0, &other, &refused);
        assert!(outages.down.contains(&addr) && outages.down.contains(&other));
        outages.end(0, &addr);
        assert!(!outages.down.contains(&addr) && outages.down.contains(&other));
        outages.report_end(0, &other, &LinkEnd::NodeGone);
        assert!(outages.down.is_empty());
    }

    #[test]
    fn nodes_that_never_come_back_are_forgotten() {
        let mut outages = Outages::default();
        for index in 0..2 * DOWN_MAX + 1 {
            let addr = NodeAddr::new(&index.to_string(), 1);
            outages.report(0, &addr, "it was reset");
            outages.report(0, &addr, "it was reset again");
            assert!(outages.down.len() <= DOWN_MAX && outages.down.contains(&addr));
        }
    }
}
