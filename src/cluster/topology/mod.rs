//! Topologies: what one node says about the cluster, before it becomes a slot map.
//!
//! Called by `control` at each refresh; never on the path of a request. CLUSTER NODES is the main
//! source, because it alone tells config epochs and what the node asked thinks of the others.
//! CLUSTER SHARDS or CLUSTER SLOTS of the same node then completes it ([`Topology::complete_with`])
//! with the addresses meant for clients, zones, and who is loading. Each of the three is enough
//! when a server refuses the others. [`merge`](merge::merge) makes one slot map of several answers.

mod addr;
mod limits;
pub mod merge;
mod nodes;
mod own;
mod shards;
mod slots;

#[cfg(test)]
mod tests;

use super::node::Node;
use super::slot::Slot;
use crate::resp::{ReplyKind, ReplyView};

pub use merge::merge;
pub use nodes::from_nodes;
pub use own::{OwnIdentity, OwnSlots};
pub use shards::from_shards;
pub use slots::from_slots;

/// What one node says about the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Topology {
    /// The nodes that can be addressed.
    pub members: Vec<Member>,
    /// Who serves which slots.
    pub claims: Vec<Claim>,
}

/// A node, with what only the merge of several answers needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The node itself.
    pub node: Node,
    /// Id of the primary that it follows, for a replica.
    pub follows: Option<Box<str>>,
    /// The node asked cannot reach it, which the others may not confirm.
    pub suspected: bool,
    /// It is the node that was asked.
    pub myself: bool,
}

/// Slots that a primary serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Id of the primary. It need not be among the members: its address may be unknown.
    pub owner: Box<str>,
    /// Config epoch of the claim; 0 where the server did not tell.
    pub config_epoch: u64,
    /// First slot.
    pub first: Slot,
    /// Last slot, not before the first.
    pub last: Slot,
}

/// The reply does not describe a cluster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopologyError {
    /// The node answered with an error.
    #[error("the node answered: {0}")]
    Refused(String),
    /// The reply has another form than that of the command.
    #[error("the reply is malformed: {0}")]
    Malformed(&'static str),
}

// === impl Topology ===

impl Topology {
    /// Takes addresses, zones and the loading state from another reply of the same node.
    ///
    /// Only nodes that both know are touched; slots, roles and epochs stay as they are.
    pub fn complete_with(&mut self, other: &Self) {
        for member in &mut self.members {
            let node = &mut member.node;
            if let Some(same) = other.members.iter().find(|m| m.node.id == node.id) {
                node.addr = same.node.addr.clone();
                node.loading |= same.node.loading;
                if same.node.zone.is_some() {
                    node.zone.clone_from(&same.node.zone);
                }
            }
        }
    }

    /// Whether any slot is served.
    #[must_use]
    pub fn covers_anything(&self) -> bool {
        !self.claims.is_empty()
    }
}

/// Turns an error reply into an error of ours; anything else passes.
fn refuse_errors(reply: ReplyView<'_>) -> Result<ReplyView<'_>, TopologyError> {
    match reply.kind() {
        ReplyKind::Error | ReplyKind::BlobError => {
            let text = reply.as_error().unwrap_or_default();
            let head = text.get(..ERROR_BYTES_MAX).unwrap_or(text);
            Err(TopologyError::Refused(
                String::from_utf8_lossy(head).into_owned(),
            ))
        }
        _ => Ok(reply),
    }
}

/// A slot from an integer or digits.
fn slot_of(view: ReplyView<'_>) -> Option<Slot> {
    match view.as_integer() {
        Some(number) => u16::try_from(number).ok().and_then(Slot::new),
        None => Slot::from_decimal(view.as_bulk()?),
    }
}

/// A port from an integer or digits; 0 is none.
fn port_of(view: ReplyView<'_>) -> Option<u16> {
    let port = match view.as_integer() {
        Some(number) => u16::try_from(number).ok()?,
        None => text_of(view)?.parse().ok()?,
    };
    (port != 0).then_some(port)
}

fn text_of(view: ReplyView<'_>) -> Option<&str> {
    std::str::from_utf8(view.as_bulk()?).ok()
}

/// So much of an error is kept for the log.
const ERROR_BYTES_MAX: usize = 200;
