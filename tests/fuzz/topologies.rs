//! What nodes say about the cluster, alone and together, made into slot maps.

use std::time::Duration;

use corelane::cluster::topology::{self, Topology, TopologyError, merge};
use corelane::cluster::{MapVersion, NodeAddr, OwnSlots, SLOTS, Slot, SlotMap};
use corelane::config::Config;
use corelane::pipeline::{Pipeline, Time};
use corelane::resp::{Limits, ReplyScanner, Scan};

/// Answers of several nodes, with a byte 255 between. The first byte of each says what was asked: CLUSTER
/// NODES, SLOTS or SHARDS.
pub fn topology(data: &[u8]) {
    let mut answers: Vec<Topology> = Vec::new();
    for (number, answer) in data.split(|byte| *byte == 0xff).enumerate().take(8) {
        let Some((kind, reply)) = answer.split_first() else {
            continue;
        };
        let port = 7000 + u16::try_from(number).unwrap_or_default();
        let asked = NodeAddr::new("10.0.0.1", port);
        let Ok(said) = read(*kind, reply, &asked) else {
            continue;
        };
        for claim in &said.claims {
            assert!(claim.first.index() <= claim.last.index());
        }
        for member in &said.members {
            let addr = &member.node.addr;
            assert!(!addr.host.is_empty() && addr.port != 0, "{addr:?}");
        }
        // Each second answer completes the one before it, as the same node's other answer does.
        match answers.last_mut() {
            Some(before) if number % 2 == 1 => before.complete_with(&said),
            _ => answers.push(said),
        }
    }
    let known = merge(&answers[..answers.len().min(1)], &SlotMap::empty());
    let map = merge(&answers, &known);
    assert_eq!(map, merge(&answers, &known));
    check_map(&known);
    check_map(&map);
    apply([known, map]);
}

fn read(kind: u8, reply: &[u8], asked: &NodeAddr) -> Result<Topology, TopologyError> {
    let scan = ReplyScanner::default().scan(reply, &Limits::DEFAULT);
    let said = match kind % 3 {
        0 => {
            if let Some(own) = OwnSlots::from_nodes(reply, asked) {
                assert_eq!(own.identity(), own.identity());
                let ends = [0, 1, 8191, 16383].into_iter().filter_map(Slot::new);
                for slot in ends {
                    let _ = (own.serves(slot), own.leaves_to(slot));
                }
            }
            topology::from_nodes(reply, asked)
        }
        1 => topology::from_slots(reply, asked),
        _ => topology::from_shards(reply, asked, kind % 2 == 1),
    };
    // Control parses whole replies only; others must do no harm.
    match scan {
        Scan::Complete { len } if len == reply.len() => said,
        _ => Err(TopologyError::Malformed("not one reply")),
    }
}

fn check_map(map: &SlotMap) {
    let mut covered = 0;
    let mut behind = 0;
    for (first, last, shard) in map.ranges() {
        assert!(first.index() >= behind && first.index() <= last.index());
        assert!(usize::from(shard) < map.shards.len());
        assert_eq!(map.shard_index(first), Some(shard));
        behind = last.index() + 1;
        covered += behind - first.index();
    }
    assert_eq!(covered, map.covered());
    assert!(covered <= SLOTS);
}

/// A worker takes the maps over, one after the other.
fn apply(maps: [SlotMap; 2]) {
    let wall = Duration::from_secs(1_700_000_000);
    let mut pipeline = Pipeline::new(Config::default(), 0, 1, Time(0), wall);
    for (mut map, now) in maps.into_iter().zip(1..) {
        map.version = MapVersion(now);
        pipeline.handle_slot_map(&map, Time(now));
        pipeline.handle_timeout(Time(now));
        if let Err(why) = pipeline.check_invariants() {
            panic!("{why}");
        }
    }
}
