//! The nodes that one process tells the next, so that it need not begin at seeds of which none may answer now.
//!
//! A text of two lines: the seeds in force, and the nodes that are known. Who has other seeds takes no notice, because
//! it may be meant for another cluster.

use std::collections::BTreeSet;

use crate::cluster::{NodeAddr, SlotMap};
use crate::config::Seed;

/// Nodes that are told at most: several that answer are enough.
const NODES_MAX: usize = 64;

/// What is told, in no more than `bytes_max` bytes: those first that answered when they were last asked and are well.
/// Empty if nothing is known, or if the seeds alone are too long.
pub(super) fn tell(
    seeds: &[Seed],
    known: &SlotMap,
    told: &[NodeAddr],
    is_silent: impl Fn(&NodeAddr) -> bool,
    bytes_max: usize,
) -> String {
    let mut nodes: Vec<_> = known.nodes().collect();
    nodes.sort_by_key(|node| (is_silent(&node.addr), !node.is_usable()));
    let nodes = nodes.into_iter().map(|node| &node.addr);
    let mut text = format!("{}\n", sorted(seeds));
    let mut is_anybody = false;
    // Who has learned nothing so far tells what it was told.
    for addr in nodes.chain(told).take(NODES_MAX) {
        let word = format!("{addr} ");
        if text.len() + word.len() > bytes_max {
            break;
        }
        text.push_str(&word);
        is_anybody = true;
    }
    if is_anybody { text } else { String::new() }
}

/// The nodes in a text, if it is of a process with the same seeds.
pub(super) fn understand(text: &str, seeds: &[Seed]) -> Vec<NodeAddr> {
    match text.split_once('\n') {
        Some((theirs, nodes)) if theirs == sorted(seeds) => {
            let nodes = nodes.split(' ').filter_map(|word| word.parse().ok());
            nodes.take(NODES_MAX).collect()
        }
        _ => Vec::new(),
    }
}

/// In an order of its own, since theirs means nothing.
fn sorted(seeds: &[Seed]) -> String {
    let seeds: BTreeSet<String> = seeds.iter().map(ToString::to_string).collect();
    seeds.into_iter().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Shard;

    fn seeds(texts: &[&str]) -> Vec<Seed> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn nodes(count: u16) -> (SlotMap, Vec<NodeAddr>) {
        let addrs: Vec<_> = (1..=count).map(|port| NodeAddr::new("::1", port)).collect();
        let mut map = SlotMap::empty();
        for addr in &addrs {
            map.push_shard(Shard::at(addr.clone()));
        }
        (map, addrs)
    }

    #[test]
    fn those_who_answer_are_told_first_to_who_has_the_same_seeds() {
        let (map, addrs) = nodes(3);
        let own = seeds(&["redis:7000", "10.0.0.1:7000"]);
        let text = tell(&own, &map, &[], |addr| addr.port == 1, 1000);
        let told = [&addrs[1], &addrs[2], &addrs[0]].map(Clone::clone);
        for (theirs, expected) in [
            (&["redis:7000", "10.0.0.1:7000"][..], &told[..]),
            (&["10.0.0.1:7000", "redis:7000"], &told),
            (&["redis:7000"], &[]),
            (&["redis:7000", "10.0.0.1:7001"], &[]),
        ] {
            assert_eq!(understand(&text, &seeds(theirs)), expected, "{theirs:?}");
        }
    }

    #[test]
    fn there_are_limits_and_nonsense_is_nothing() {
        let (map, addrs) = nodes(100);
        let own = seeds(&["a:1"]);
        let nobody = SlotMap::empty();
        let all = tell(&own, &map, &[], |_| false, usize::MAX);
        assert_eq!(understand(&all, &own), addrs[..NODES_MAX]);
        let some = tell(&own, &map, &[], |_| false, 30);
        assert!(
            some.len() <= 30 && understand(&some, &own) == addrs[..3],
            "{some}"
        );
        for (map, told, bytes_max) in [(&map, &[][..], 4), (&nobody, &[], 100)] {
            assert_eq!(tell(&own, map, told, |_| false, bytes_max), "");
        }
        let passed_on = tell(&own, &nobody, &addrs[..2], |_| false, 100);
        assert_eq!(understand(&passed_on, &own), addrs[..2]);
        for text in ["", "a:1", "a:1\n", "a:1\n: nonsense  x:y", "b:1\nc:2"] {
            assert_eq!(understand(text, &own), [], "{text}");
        }
    }
}
