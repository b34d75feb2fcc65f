//! What a Redis Cluster is, as data: slots, nodes, the slot map, topologies and redirects.
//!
//! Pure values and parsers; no I/O and no clock. `control` makes slot maps here from what nodes say
//! about the cluster, each worker owns a copy and looks every key up in it.

pub mod node;
pub mod reason;
pub mod redirect;
pub mod slot;
pub mod slot_map;
pub mod topology;

pub use node::{Node, NodeAddr, Role};
pub use reason::RefreshReason;
pub use redirect::{AddrRef, Refusal, is_of_server};
pub use slot::{SLOTS, Slot};
pub use slot_map::{MapVersion, Shard, SlotMap};
pub use topology::{OwnIdentity, OwnSlots, Topology, TopologyError};
