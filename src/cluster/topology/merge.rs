//! Several nodes' answers made into one slot map.
//!
//! Nodes disagree: gossip takes time, a node may sit in the minority of a partition, and an address
//! may have come into the hands of another cluster. So:
//!
//! 1. Answers that share a node id are of one cluster. Of several clusters the one counts in which
//!    some node reaches most primaries, then the one we know already, then the one with most
//!    answers, then the one with most slots.
//! 2. In it, answers of nodes that reach only a minority of primaries are ignored if there are others.
//! 3. A slot belongs to the claim with the highest config epoch, then to the one in most answers.
//! 4. A node is described by the answers with its highest config epoch, the most frequent address
//!    among them, then by itself. It has failed if most answers say so. It is loading if it says so itself or, when it
//!    says nothing, any other does: servers take it for loading until gossip has brought its replication offset.
//! 5. Replicas, and primaries without slots, must be in at least half of the answers: so nodes that
//!    were removed vanish although some node has not heard of it.
//! 6. What has failed and is in no shard is listed as lost: its slots may have been taken over before any answer
//!    showed it as failed with them.
//!
//! Costs: as many steps as there are claims, some microseconds for a small cluster; `control` calls it at each
//! refresh.

use std::collections::{BTreeMap, BTreeSet};

use super::{Member, Topology};
use crate::cluster::node::{Node, Role};
use crate::cluster::slot::Slot;
use crate::cluster::slot_map::{Shard, SlotMap};

/// Makes one slot map, with version 0, of the answers of several nodes.
///
/// `known` is the map in force. The order of the answers decides between equals, so it should be
/// the same each time. Slots that nobody claims are left uncovered.
#[must_use]
pub fn merge(answers: &[Topology], known: &SlotMap) -> SlotMap {
    let views = trusted(answers, known);
    let (owners, runs) = slot_owners(&views);
    let nodes = describe_nodes(&views);
    build(&owners, &runs, nodes, views.len())
}

/// A node on which the answers agreed, and how many of them name it.
struct Agreed {
    node: Node,
    follows: Option<Box<str>>,
    named_by: usize,
}

/// A claim while its slots are looked at.
struct Candidate {
    /// Place among all claims, in the order of the answers.
    place: usize,
    /// Index among the owners.
    owner: usize,
    config_epoch: u64,
    /// Number of its first slot, and behind its last.
    from: u16,
    to: u16,
}

/// Slots in a row, `first..=last`, whose owner has this index.
struct Run {
    first: Slot,
    last: Slot,
    owner: usize,
}

/// Rules 1 and 2.
fn trusted<'a>(answers: &'a [Topology], known: &SlotMap) -> Vec<&'a Topology> {
    let known_ids: BTreeSet<&str> = known.nodes().map(|node| &*node.id).collect();
    let best = clusters(answers).into_iter().rev().max_by_key(|cluster| {
        let views = || cluster.iter().filter_map(|index| answers.get(*index));
        let mut members = views().flat_map(|view| &view.members);
        (
            views().any(sees_majority),
            members.any(|member| known_ids.contains(&*member.node.id)),
            cluster.len(),
            views().map(covered).max(),
        )
    });
    let views: Vec<&Topology> = best
        .unwrap_or_default()
        .into_iter()
        .filter_map(|index| answers.get(index))
        .collect();
    let majority: Vec<&Topology> = views
        .iter()
        .copied()
        .filter(|view| sees_majority(view))
        .collect();
    if majority.is_empty() { views } else { majority }
}

/// Groups answers that share node ids; indexes in order.
fn clusters(answers: &[Topology]) -> Vec<Vec<usize>> {
    let mut groups: Vec<(BTreeSet<&str>, Vec<usize>)> = Vec::new();
    for (index, answer) in answers.iter().enumerate() {
        let mut ids: BTreeSet<&str> = answer.members.iter().map(|m| &*m.node.id).collect();
        let mut members = vec![index];
        let (same, others): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .partition(|(known, _)| !known.is_disjoint(&ids));
        groups = others;
        for (known, indexes) in same {
            ids.extend(known);
            members.extend(indexes);
        }
        members.sort_unstable();
        groups.push((ids, members));
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

/// Whether the node that answered reaches most of the primaries that serve slots.
fn sees_majority(view: &Topology) -> bool {
    let owners: BTreeSet<&str> = view.claims.iter().map(|claim| &*claim.owner).collect();
    let reached = view
        .members
        .iter()
        .filter(|member| !member.suspected && owners.contains(&*member.node.id))
        .count();
    reached * 2 > owners.len()
}

fn covered(view: &Topology) -> usize {
    view.claims
        .iter()
        .map(|claim| claim.last.index() - claim.first.index() + 1)
        .sum()
}

/// Rule 3: the ids of owners, and in slot order the runs of slots that somebody claims.
///
/// Between two places where claims begin or end all slots have the same claims, so one look decides for all
/// of them.
fn slot_owners<'a>(views: &[&'a Topology]) -> (Vec<&'a str>, Vec<Run>) {
    let claims = || views.iter().flat_map(|view| &view.claims);
    let ids: BTreeSet<&str> = claims().map(|claim| &*claim.owner).collect();
    let owners: Vec<&str> = ids.into_iter().collect();
    let mut coming: Vec<Candidate> = claims()
        .enumerate()
        .filter_map(|(place, claim)| {
            Some(Candidate {
                place,
                owner: owners.binary_search(&&*claim.owner).ok()?,
                config_epoch: claim.config_epoch,
                from: claim.first.number(),
                to: claim.last.number() + 1,
            })
        })
        .collect();
    let mut borders: Vec<u16> = coming.iter().flat_map(|c| [c.from, c.to]).collect();
    borders.sort_unstable();
    borders.dedup();
    coming.sort_by_key(|candidate| candidate.from);
    let mut coming = coming.into_iter().peekable();
    let mut here: Vec<Candidate> = Vec::new();
    let mut runs = Vec::new();
    for border in borders.windows(2) {
        let &[from, to] = border else { continue };
        here.retain(|candidate| candidate.to > from);
        while let Some(candidate) = coming.next_if(|candidate| candidate.from == from) {
            here.push(candidate);
        }
        here.sort_by_key(|candidate| candidate.place);
        let slots = Slot::new(from).zip(Slot::new(to - 1));
        if let (Some((first, last)), Some(owner)) = (slots, winner(&here)) {
            runs.push(Run { first, last, owner });
        }
    }
    (owners, runs)
}

fn winner(claims: &[Candidate]) -> Option<usize> {
    let votes = |owner: usize| claims.iter().filter(|claim| claim.owner == owner).count();
    // Of equals `max_by_key` takes the last, so the first answer must come last.
    let best = claims
        .iter()
        .rev()
        .max_by_key(|claim| (claim.config_epoch, votes(claim.owner)));
    best.map(|claim| claim.owner)
}

/// Rule 4.
fn describe_nodes(views: &[&Topology]) -> BTreeMap<Box<str>, Agreed> {
    let mut by_id: BTreeMap<&str, Vec<&Member>> = BTreeMap::new();
    for member in views.iter().flat_map(|view| &view.members) {
        by_id.entry(&member.node.id).or_default().push(member);
    }
    by_id
        .into_iter()
        .filter_map(|(id, said)| Some((id.into(), agree(&said)?)))
        .collect()
}

fn agree(said: &[&Member]) -> Option<Agreed> {
    let epoch = said.iter().map(|member| member.node.config_epoch).max()?;
    let newest = || {
        said.iter()
            .filter(|member| member.node.config_epoch == epoch)
    };
    let votes = |member: &Member| {
        newest()
            .filter(|m| m.node.addr == member.node.addr && m.node.role == member.node.role)
            .count()
    };
    let best = newest()
        .rev()
        .max_by_key(|member| (votes(member), member.myself))?;
    let failed = said.iter().filter(|member| member.node.failed).count();
    let loading = match newest().find(|member| member.myself) {
        Some(itself) => itself.node.loading,
        None => newest().any(|member| member.node.loading),
    };
    let zone = said.iter().find_map(|member| member.node.zone.clone());
    Some(Agreed {
        node: Node {
            failed: failed * 2 > said.len(),
            loading,
            zone,
            ..best.node.clone()
        },
        follows: best.follows.clone(),
        named_by: said.len(),
    })
}

/// Puts shards together: those with slots in slot order, then primaries without slots.
fn build(
    owners: &[&str],
    runs: &[Run],
    mut nodes: BTreeMap<Box<str>, Agreed>,
    answers: usize,
) -> SlotMap {
    let mut map = SlotMap::empty();
    let mut shard_of_owner: BTreeMap<Box<str>, u16> = BTreeMap::new();
    for run in runs {
        let Some(id) = owners.get(run.owner) else {
            continue;
        };
        let known = shard_of_owner.get(*id).copied();
        let shard = known.or_else(|| {
            let primary = nodes.remove(*id).map(|agreed| Node {
                role: Role::Primary,
                ..agreed.node
            });
            map.push_shard(Shard {
                primary,
                replicas: Vec::new(),
            })
        });
        if let Some(shard) = shard {
            shard_of_owner.insert((*id).into(), shard);
            map.set_range(run.first, run.last, shard);
        }
    }
    // Rule 5.
    nodes.retain(|_, agreed| agreed.named_by * 2 >= answers);
    for (id, agreed) in &nodes {
        if agreed.node.role == Role::Primary && !agreed.node.failed {
            let shard = Shard {
                primary: Some(agreed.node.clone()),
                replicas: Vec::new(),
            };
            if let Some(index) = map.push_shard(shard) {
                shard_of_owner.insert(id.clone(), index);
            }
        }
    }
    let mut lost = Vec::new();
    for Agreed { node, follows, .. } in nodes.into_values() {
        let shard = follows.and_then(|id| shard_of_owner.get(&id).copied());
        let shard = shard.filter(|_| node.role == Role::Replica);
        match shard.and_then(|index| map.shards.get_mut(usize::from(index))) {
            Some(shard) => shard.replicas.push(node),
            None if node.failed => lost.push(node.addr),
            None => {}
        }
    }
    // The address may have come into the hands of another node.
    lost.retain(|addr| map.nodes().all(|node| node.addr != *addr));
    map.lost = lost;
    map
}
