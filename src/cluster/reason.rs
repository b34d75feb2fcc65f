//! Why somebody wants a fresh topology.

/// What made a worker or control doubt the slot map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefreshReason {
    /// A node answered MOVED.
    Moved,
    /// A connection to a node was lost, refused or too slow.
    LostLink,
    /// A node answered a write with READONLY.
    ReadOnly,
    /// A node answered CLUSTERDOWN.
    ClusterDown,
    /// A replica answered MASTERDOWN.
    MasterDown,
    /// No node is known for a slot that was asked for.
    Unroutable,
}
