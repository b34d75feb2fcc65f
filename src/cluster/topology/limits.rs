//! What an answer about the cluster may hold at most, so that no node can keep control busy or fill its memory.
//!
//! Merging answers takes as many steps as slots are claimed. A node claims each slot for one primary only, so an honest
//! answer never claims more slots than there are.

use std::collections::BTreeSet;

use super::{Topology, TopologyError};
use crate::cluster::slot::SLOTS;

/// Nodes of one answer. Clusters are made for up to 1,000.
pub(super) const NODES_MAX: usize = 4096;

/// Ranges of one answer: each holds a slot.
pub(super) const RANGES_MAX: usize = SLOTS;

// === impl Topology ===

impl Topology {
    /// If what was read so far is not too much. Cheap, and asked after each piece of an answer.
    pub(super) fn is_small(&self) -> bool {
        self.members.len() <= NODES_MAX && self.claims.len() <= RANGES_MAX
    }

    /// The whole answer, in which each node has one place and each slot about one owner.
    pub(super) fn checked(mut self) -> Result<Self, TopologyError> {
        let slots = self.claims.iter().map(|claim| {
            let between = claim.last.index().saturating_sub(claim.first.index());
            between + 1
        });
        if !self.is_small() || slots.sum::<usize>() > SLOTS {
            return Err(TopologyError::Malformed("more nodes or slots than can be"));
        }
        let mut seen = BTreeSet::new();
        self.members
            .retain(|member| seen.insert(member.node.id.clone()));
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{from_nodes, from_shards, from_slots};
    use super::{NODES_MAX, RANGES_MAX};
    use crate::cluster::{NodeAddr, OwnSlots};
    use crate::resp::write;

    fn asked() -> NodeAddr {
        NodeAddr::new("asked", 1)
    }

    fn text(lines: &str) -> Vec<u8> {
        let mut reply = Vec::new();
        write::bulk(&mut reply, lines.as_bytes());
        reply
    }

    /// As many times the same words as the number says.
    fn line(words: &str, times: usize) -> String {
        let words = format!(" {words}").repeat(times);
        format!("a 127.0.0.1:7000@17000 myself,master - 0 0 1 connected{words}\n")
    }

    fn slots(range: &str, times: usize) -> Vec<u8> {
        let node = "*3\r\n$1\r\nh\r\n:7\r\n$1\r\na\r\n";
        format!(
            "*{times}\r\n{}",
            format!("*3\r\n{range}{node}").repeat(times)
        )
        .into_bytes()
    }

    fn shards(range: &str, times: usize) -> Vec<u8> {
        let node = "*6\r\n+id\r\n+a\r\n+port\r\n:7\r\n+role\r\n+master\r\n".replace('+', "$_");
        // Lengths of the words.
        let node = ["id", "a", "port", "role", "master"]
            .iter()
            .fold(node, |node, word| {
                node.replace(
                    &format!("$_{word}\r\n"),
                    &format!("${}\r\n{word}\r\n", word.len()),
                )
            });
        format!(
            "*1\r\n*4\r\n$5\r\nslots\r\n*{}\r\n{}$5\r\nnodes\r\n*1\r\n{node}",
            times * 2,
            range.repeat(times)
        )
        .into_bytes()
    }

    #[test]
    fn each_slot_is_claimed_once() {
        for (times, is_good) in [(1, true), (2, false), (RANGES_MAX * 20, false)] {
            let said = text(&line("0-16383", times));
            assert_eq!(from_nodes(&said, &asked()).is_ok(), is_good, "{times}");
            assert_eq!(OwnSlots::from_nodes(&said, &asked()).is_some(), is_good);
            let said = slots(":0\r\n:16383\r\n", times);
            assert_eq!(from_slots(&said, &asked()).is_ok(), is_good, "{times}");
            let said = shards(":0\r\n:16383\r\n", times);
            assert_eq!(
                from_shards(&said, &asked(), false).is_ok(),
                is_good,
                "{times}"
            );
        }
    }

    #[test]
    fn a_cluster_has_an_end() {
        let lines = |count: usize| -> String {
            let one = |n| format!("{n:08} 127.0.0.1:7000@17000 slave a 0 0 1 connected\n");
            (0..count).map(one).collect()
        };
        let said = from_nodes(&text(&lines(NODES_MAX)), &asked());
        assert_eq!(said.unwrap().members.len(), NODES_MAX);
        assert!(from_nodes(&text(&lines(NODES_MAX + 1)), &asked()).is_err());
    }

    #[test]
    fn a_node_has_one_place() {
        let said = from_nodes(&text(&line("1", 1).repeat(3)), &asked()).unwrap();
        assert_eq!((said.members.len(), said.claims.len()), (1, 3));
    }

    #[test]
    fn a_slot_leaves_once() {
        let one = text(&line("[2->-a]", 1));
        assert!(OwnSlots::from_nodes(&one, &asked()).is_some());
        let many = text(&line("[2->-a]", RANGES_MAX + 1));
        assert_eq!(OwnSlots::from_nodes(&many, &asked()), None);
    }
}
