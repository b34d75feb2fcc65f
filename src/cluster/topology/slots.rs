//! The reply to CLUSTER SLOTS: for each range of slots its nodes, the primary first.

use super::addr::Announced;
use super::{Claim, Member, Topology, TopologyError, port_of, refuse_errors, slot_of, text_of};
use crate::cluster::node::{Node, NodeAddr, Role};
use crate::resp::ReplyView;

/// Reads a whole reply to CLUSTER SLOTS that was given at the address `asked`.
///
/// It tells neither config epochs nor failures, except that failed replicas are missing.
///
/// # Errors
///
/// When the reply is an error or has another form.
pub fn from_slots(reply: &[u8], asked: &NodeAddr) -> Result<Topology, TopologyError> {
    let ranges = refuse_errors(ReplyView::new(reply))?.elements();
    let mut topology = Topology::default();
    for range in ranges.ok_or(TopologyError::Malformed("CLUSTER SLOTS is no array"))? {
        read_range(range, asked, &mut topology)
            .filter(|()| topology.is_small())
            .ok_or(TopologyError::Malformed("a range of CLUSTER SLOTS"))?;
    }
    topology.checked()
}

fn read_range(range: ReplyView<'_>, asked: &NodeAddr, topology: &mut Topology) -> Option<()> {
    let mut fields = range.elements()?;
    let (first, last) = (slot_of(fields.next()?)?, slot_of(fields.next()?)?);
    if first > last {
        return None;
    }
    let mut owner: Option<Box<str>> = None;
    for field in fields {
        let (id, addr, zone) = read_node(field, asked)?;
        let role = if owner.is_none() {
            Role::Primary
        } else {
            Role::Replica
        };
        let owner = owner.get_or_insert_with(|| id.clone());
        let is_known = topology.members.iter().any(|member| member.node.id == id);
        let Some(addr) = addr.filter(|_| !is_known) else {
            continue;
        };
        if !topology.is_small() {
            return None;
        }
        topology.members.push(Member {
            node: Node {
                id,
                zone,
                ..Node::at(addr, role)
            },
            follows: (role == Role::Replica).then(|| owner.clone()),
            suspected: false,
            myself: false,
        });
    }
    topology.claims.push(Claim {
        owner: owner?,
        config_epoch: 0,
        first,
        last,
    });
    Some(())
}

/// Id, address if it has a port, and zone.
type NodeParts = (Box<str>, Option<NodeAddr>, Option<Box<str>>);

/// `[endpoint, port, id, [key, value..]]`; servers before 4.0 give no id, before 7.0 no pairs.
fn read_node(view: ReplyView<'_>, asked: &NodeAddr) -> Option<NodeParts> {
    let mut fields = view.elements()?;
    let (host, port) = (fields.next()?, fields.next()?);
    let endpoint = if host.is_null() { "" } else { text_of(host)? };
    let id = fields.next().map(text_of);
    let mut announced = Announced { endpoint, ip: "" };
    let mut zone = None;
    let mut pairs = fields
        .next()
        .and_then(|view| view.elements())
        .into_iter()
        .flatten();
    while let (Some(key), Some(value)) = (pairs.next(), pairs.next()) {
        match (key.as_bulk()?, text_of(value)) {
            (b"ip", Some(ip)) => announced.ip = ip,
            (b"availability-zone", Some(text)) if !text.is_empty() => zone = Some(text.into()),
            _ => {}
        }
    }
    let addr = port_of(port).map(|port| announced.addr(port, asked));
    let id = match (id, &addr) {
        (Some(id), _) => id?.into(),
        (None, addr) => addr.as_ref()?.to_string().into(),
    };
    Some((id, addr, zone))
}
