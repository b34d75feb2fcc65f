//! Publish and subscribe: each topic is subscribed once at the nodes, for all clients of the worker.
//!
//! ```text
//!   SUBSCRIBE --> commands --> settle --> SUBSCRIBE on the node's own link for subscriptions
//!   client <----- commands <-- upstream <-- the node confirms
//!   clients <---- deliver  <-- upstream <-- a message
//! ```
//!
//! A channel or pattern has its home at the owner of the slot of its name, because PUBLISH goes there too; the
//! nodes pass messages on to each other, so any other primary does while that one cannot be reached, and the
//! home stays where it is until its link is lost. A sharded channel follows the shard that owns its slot, once that has
//! confirmed it. Notifications
//! about keys are not passed on, so what may carry them is subscribed at every primary; other messages count
//! only from the home, so none comes twice.
//!
//! A command that subscribes is answered when the nodes have confirmed all of its names; until then the client
//! pauses. One that fails leaves nothing behind. When nobody listens any more the node is told a little later.
//! What was subscribed on a link that is lost is subscribed again, at each tick a part of it, until it works.
//!
//! Limits: `limits.client_subscriptions_max`, `limits.subscriptions_max`, [`NAME_BYTES_MAX`]; a client that leaves
//! more messages unread than `limits.subscriber_output_max` is closed.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::routes::NodeRef;
use super::slab::Key;
use super::time::Time;

mod commands;
mod deliver;
mod notices;
mod publish;
mod settle;
mod topics;
mod upstream;

pub(super) use self::topics::Kind;
use self::topics::Topics;

/// What clients of this worker listen to.
#[derive(Debug)]
pub(super) struct Subscriptions {
    pub(super) topics: Topics,
    /// Clients whose command waits for nodes.
    waiting: BTreeSet<Key>,
    /// Topics that nodes have to be asked for, by the time of the next attempt.
    due: BTreeSet<(Time, Key)>,
    /// Topics that nobody listens to, with the time at which the nodes are told.
    lingering: VecDeque<(Time, Key)>,
    /// Primaries by the slot map alone, whose notifications count. A node that only a redirect has named may be the
    /// replica of one of them, and both would tell the same.
    primaries: Vec<NodeRef>,
    /// Clients that may only send commands about subscriptions.
    confined: usize,
    /// Reused memory for the clients that get a message.
    receivers: Vec<Key>,
}

/// What one client listens to.
#[derive(Debug, Default)]
pub(super) struct Subscriber {
    /// Topics of each kind.
    topics: [BTreeSet<Key>; 3],
    waiting: Option<Waiting>,
    /// It speaks RESP2, so it may only send commands about subscriptions.
    is_confined: bool,
    /// Since when it has more to read than it should for long.
    slow_since: Option<Time>,
}

/// A command that waits for nodes.
#[derive(Debug)]
struct Waiting {
    kind: Kind,
    /// In the order in which they were named.
    topics: Vec<Key>,
    /// Topics that are not ready.
    missing: usize,
    until: Time,
}

/// How long a node goes on sending messages that nobody listens to: clients that subscribe and unsubscribe in
/// turn cost the node nothing then.
const LINGER: Duration = Duration::from_secs(1);

/// Of more topics that nobody listens to, nodes are told about the oldest at once.
const LINGERING_MAX: usize = 10_000;

/// Topics looked at in one tick: 50,000 in a second, so that a node which comes back is not flooded.
const SETTLED_PER_TICK: usize = 500;

/// A quiet link is asked for a sign of life so often.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// A link that nothing is subscribed on is kept for so long.
const UNNEEDED_FOR: Duration = Duration::from_secs(10);

/// The longest pause between two attempts for one topic.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Bytes of all names of a worker.
const NAME_BYTES_MAX: usize = 64 * 1024 * 1024;

// === impl Subscriptions ===

impl Subscriptions {
    pub(super) fn new() -> Self {
        Self {
            topics: Topics::new(),
            waiting: BTreeSet::new(),
            due: BTreeSet::new(),
            lingering: VecDeque::new(),
            primaries: Vec::new(),
            confined: 0,
            receivers: Vec::new(),
        }
    }

    /// If any client listens to anything.
    #[inline]
    pub(super) fn is_used(&self) -> bool {
        self.topics.len() > 0
    }

    /// If any client may only send commands about subscriptions.
    pub(super) fn confines(&self) -> bool {
        self.confined > 0
    }

    /// If something is to be done without an event from outside.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.due.is_empty()
    }
}

// === impl Subscriber ===

impl Subscriber {
    /// How many channels, patterns and sharded channels it listens to.
    pub(super) fn counts(&self) -> [usize; 3] {
        [Kind::Channel, Kind::Pattern, Kind::Shard].map(|kind| self.of(kind).len())
    }

    fn of(&self, kind: Kind) -> &BTreeSet<Key> {
        let [channels, patterns, shards] = &self.topics;
        match kind {
            Kind::Channel => channels,
            Kind::Pattern => patterns,
            Kind::Shard => shards,
        }
    }

    fn of_mut(&mut self, kind: Kind) -> &mut BTreeSet<Key> {
        let [channels, patterns, shards] = &mut self.topics;
        match kind {
            Kind::Channel => channels,
            Kind::Pattern => patterns,
            Kind::Shard => shards,
        }
    }

    fn total(&self) -> usize {
        self.counts().iter().sum()
    }

    /// The number behind a reply about this kind: channels and patterns count together.
    fn count_in_reply(&self, kind: Kind) -> usize {
        let [channels, patterns, shards] = self.counts();
        match kind {
            Kind::Channel | Kind::Pattern => channels + patterns,
            Kind::Shard => shards,
        }
    }

    /// If it gets messages.
    pub(super) fn listens(&self) -> bool {
        self.total() > 0
    }

    /// If its command waits for nodes.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }
}
