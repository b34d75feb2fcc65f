//! The reply to CLUSTER SHARDS: for each shard its ranges of slots and its nodes.

use super::addr::Announced;
use super::limits::{NODES_MAX, RANGES_MAX};
use super::{Claim, Member, Topology, TopologyError, port_of, refuse_errors, slot_of, text_of};
use crate::cluster::node::{Node, NodeAddr, Role};
use crate::cluster::slot::Slot;
use crate::resp::{Elements, ReplyView};

/// Reads a whole reply to CLUSTER SHARDS that was given at the address `asked`.
///
/// It tells no config epochs. A shard may show two primaries after a failover: the one that has
/// failed then serves nothing any more. `with_tls` tells that nodes are reached with TLS, for which they may have a
/// port of its own.
///
/// # Errors
///
/// When the reply is an error or has another form.
pub fn from_shards(
    reply: &[u8],
    asked: &NodeAddr,
    with_tls: bool,
) -> Result<Topology, TopologyError> {
    let shards = refuse_errors(ReplyView::new(reply))?.elements();
    let mut topology = Topology::default();
    for shard in shards.ok_or(TopologyError::Malformed("CLUSTER SHARDS is no array"))? {
        read_shard(shard, asked, with_tls, &mut topology)
            .filter(|()| topology.is_small())
            .ok_or(TopologyError::Malformed("a shard of CLUSTER SHARDS"))?;
    }
    topology.checked()
}

fn read_shard(
    shard: ReplyView<'_>,
    asked: &NodeAddr,
    with_tls: bool,
    topology: &mut Topology,
) -> Option<()> {
    let mut ranges: Vec<(Slot, Slot)> = Vec::new();
    let mut nodes: Vec<Node> = Vec::new();
    let mut unaddressed_primary: Option<Box<str>> = None;
    let mut fields = shard.elements()?;
    while let Some((key, value)) = pair(&mut fields) {
        match key.as_bulk()? {
            b"slots" => ranges = read_ranges(value)?,
            b"nodes" => {
                for view in value.elements()? {
                    let (node, addressed) = read_node(view, asked, with_tls)?;
                    if nodes.len() > NODES_MAX {
                        return None;
                    }
                    if addressed {
                        nodes.push(node);
                    } else if node.role == Role::Primary {
                        unaddressed_primary = Some(node.id);
                    }
                }
            }
            _ => {}
        }
    }
    let is_primary = |node: &&Node| node.role == Role::Primary;
    let healthy = nodes.iter().filter(is_primary).find(|node| !node.failed);
    let primary = healthy
        .or_else(|| nodes.iter().find(is_primary))
        .map(|node| node.id.clone());
    // A shard without a primary is named by any of its nodes; it has slots and only serves reads.
    let unnamed = || nodes.first().map(|node| format!("?{}", node.id).into());
    let Some(owner) = primary.or(unaddressed_primary).or_else(unnamed) else {
        return Some(());
    };
    topology
        .claims
        .extend(ranges.into_iter().map(|(first, last)| Claim {
            owner: owner.clone(),
            config_epoch: 0,
            first,
            last,
        }));
    topology
        .members
        .extend(nodes.into_iter().map(|node| Member {
            follows: (node.role == Role::Replica).then(|| owner.clone()),
            suspected: node.failed,
            myself: false,
            node,
        }));
    Some(())
}

fn read_ranges(view: ReplyView<'_>) -> Option<Vec<(Slot, Slot)>> {
    let mut ranges = Vec::new();
    let mut bounds = view.elements()?;
    while let Some((first, last)) = pair(&mut bounds) {
        let (first, last) = (slot_of(first)?, slot_of(last)?);
        if first > last || ranges.len() >= RANGES_MAX {
            return None;
        }
        ranges.push((first, last));
    }
    Some(ranges)
}

/// The node, and whether it can be addressed.
fn read_node(view: ReplyView<'_>, asked: &NodeAddr, with_tls: bool) -> Option<(Node, bool)> {
    let (mut id, mut port, mut role) = (None, None, None);
    let mut tls_port = None;
    let (mut failed, mut loading, mut zone) = (false, false, None);
    let mut announced = Announced::default();
    let mut fields = view.elements()?;
    while let Some((key, value)) = pair(&mut fields) {
        match key.as_bulk()? {
            b"id" => id = text_of(value),
            b"port" => port = port_of(value),
            b"tls-port" if with_tls => tls_port = port_of(value),
            b"ip" => announced.ip = text_of(value).unwrap_or_default(),
            b"endpoint" => announced.endpoint = text_of(value).unwrap_or_default(),
            b"role" => role = value.as_bulk(),
            b"health" => {
                failed = value.as_bulk() == Some(b"fail");
                loading = value.as_bulk() == Some(b"loading");
            }
            b"availability-zone" => {
                zone = text_of(value)
                    .filter(|zone| !zone.is_empty())
                    .map(Into::into);
            }
            _ => {}
        }
    }
    let role = match role? {
        b"master" | b"primary" => Role::Primary,
        _ => Role::Replica,
    };
    let port = tls_port.or(port);
    let addr = announced.addr(port.unwrap_or(0), asked);
    let node = Node {
        id: id?.into(),
        addr,
        role,
        config_epoch: 0,
        loading,
        failed,
        zone,
    };
    Some((node, port.is_some()))
}

fn pair<'a>(fields: &mut Elements<'a>) -> Option<(ReplyView<'a>, ReplyView<'a>)> {
    Some((fields.next()?, fields.next()?))
}
