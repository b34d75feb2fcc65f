//! The reply to CLUSTER NODES: one line of text for each node.

use super::limits::RANGES_MAX;
use super::{Claim, Member, Topology, TopologyError, refuse_errors};
use crate::cluster::node::{Node, NodeAddr, Role, split_host_port};
use crate::cluster::slot::Slot;
use crate::resp::ReplyView;

/// Reads a whole reply to CLUSTER NODES that was given at the address `asked`.
///
/// Nodes in handshake are left out, and those without an address: what such a primary served is
/// still claimed, so that its replicas can answer reads.
///
/// # Errors
///
/// When the reply is an error or is no such text.
pub fn from_nodes(reply: &[u8], asked: &NodeAddr) -> Result<Topology, TopologyError> {
    let text = refuse_errors(ReplyView::new(reply))?.as_bulk();
    let text = text.ok_or(TopologyError::Malformed("CLUSTER NODES is no string"))?;
    let text = std::str::from_utf8(text)
        .map_err(|_| TopologyError::Malformed("CLUSTER NODES is not UTF-8"))?;
    let mut topology = Topology::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        read_line(line, asked, &mut topology)
            .filter(|()| topology.is_small())
            .ok_or(TopologyError::Malformed("a line of CLUSTER NODES"))?;
    }
    if topology.members.is_empty() {
        return Err(TopologyError::Malformed("CLUSTER NODES names no node"));
    }
    topology.checked()
}

/// `id ip:port@bus[,host][,key=value..] flags primary ping pong epoch link [slots..]`
fn read_line(line: &str, asked: &NodeAddr, topology: &mut Topology) -> Option<()> {
    let mut words = line.split(' ');
    let (id, place, flags, primary) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let config_epoch = words.nth(2)?.parse().ok()?;
    let _link = words.next()?;
    let flag = |name: &str| flags.split(',').any(|flag| flag == name);
    if flag("handshake") {
        return Some(());
    }
    let role = if flag("master") {
        Role::Primary
    } else {
        Role::Replica
    };
    if role == Role::Primary {
        topology
            .claims
            .extend(
                words
                    .filter_map(range)
                    .take(RANGES_MAX + 1)
                    .map(|(first, last)| Claim {
                        owner: id.into(),
                        config_epoch,
                        first,
                        last,
                    }),
            );
    }
    let myself = flag("myself");
    let Some(addr) = read_place(place, myself, asked).filter(|_| !flag("noaddr")) else {
        return Some(());
    };
    let zone = place
        .split(',')
        .find_map(|field| field.strip_prefix("availability-zone="));
    topology.members.push(Member {
        node: Node {
            id: id.into(),
            addr,
            role,
            config_epoch,
            loading: false,
            failed: flag("fail"),
            zone: zone.filter(|zone| !zone.is_empty()).map(Into::into),
        },
        follows: (role == Role::Replica && primary != "-").then(|| primary.into()),
        suspected: flag("fail?") || flag("fail"),
        myself,
    });
    Some(())
}

/// The address in `ip:port@bus,host`. A node does not know its own IP address before it has met
/// another one.
pub(super) fn read_place(place: &str, myself: bool, asked: &NodeAddr) -> Option<NodeAddr> {
    let place = place.split(',').next()?;
    let (host, port) = split_host_port(place.split('@').next()?)?;
    if port == 0 || (host.is_empty() && !myself) {
        return None;
    }
    Some(NodeAddr::new(
        if host.is_empty() { &asked.host } else { host },
        port,
    ))
}

/// `5461` or `0-5460`; not `[100->-id]` and `[100-<-id]`, which tell of migrations.
pub(super) fn range(word: &str) -> Option<(Slot, Slot)> {
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let first = Slot::from_decimal(first.as_bytes())?;
    let last = Slot::from_decimal(last.as_bytes())?;
    (first <= last).then_some((first, last))
}
