//! Commands about nodes and not about keys: which nodes get them, and how several replies become one.
//!
//! Servers say both for many commands (request and response policies); the list here has what they leave
//! open, what a proxy has to do otherwise, and what is for administrators and still makes sense for all nodes
//! at once.

use super::{Command, ReplyPolicy, RequestPolicy, Treatment};

/// What is done with a command without keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broadcast {
    /// Who gets it.
    pub to: To,
    /// How the replies become one.
    pub merge: Merge,
    /// It changes nothing, or nothing the second time, so it may be sent again when nobody knows if it was
    /// executed.
    pub repeats: bool,
}

/// Which nodes get a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum To {
    /// One primary, always the same as long as it lives.
    One,
    /// Every primary.
    Primaries,
    /// Every primary, and the replicas that serve reads before it.
    Serving,
    /// As [`Self::Serving`], over connections that no script holds up.
    Busy,
    /// Every node.
    All,
}

/// How several replies become one. An error of any node is the reply, unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Merge {
    /// The first node's reply stands for all.
    First,
    /// The first reply that is no error; an error if all are.
    Any,
    /// The sum.
    Sum,
    /// The smallest number.
    Min,
    /// The largest number.
    Max,
    /// Of each number the smallest: true where all nodes say so.
    And,
    /// Of each number the largest: true where any node says so.
    Or,
    /// The elements of all arrays.
    Concat,
    /// Some reply that is not null.
    Random,
    /// Texts for people, each under the name of its node; nodes with nothing to say are left out.
    Texts,
    /// Entries of a log: the newest first, no more than asked for.
    Newest,
    /// Points of time with a value, in order.
    Timeline,
    /// The latest and the largest of each event.
    Events,
    /// Histograms of commands, added up.
    Histograms,
    /// Named numbers: amounts are added up, of shares and ratios the largest counts.
    Amounts,
    /// The script that runs, and the engines.
    Running,
    /// Sections of INFO, each by a rule of its own.
    Info,
    /// Numbers of slots, in the order asked for.
    SlotStats,
    /// Digests of data sets, which are digests of all keys put together.
    Digest,
}

/// Commands with what servers do not say, or say otherwise.
pub(super) const BROADCAST: &[(&str, Treatment)] = &[
    // Corelane has no random numbers that would do for a password.
    ("acl|genpass", asks(To::One, Merge::First)),
    ("bgrewriteaof", acts(To::Primaries, Merge::First)),
    ("bgsave", acts(To::Primaries, Merge::First)),
    ("cluster|slot-stats", asks(To::Primaries, Merge::SlotStats)),
    ("commandlog|get", asks(To::All, Merge::Newest)),
    ("commandlog|len", asks(To::All, Merge::Sum)),
    ("commandlog|reset", acts(To::All, Merge::First)),
    ("config|get", asks(To::One, Merge::First)),
    ("config|resetstat", acts(To::All, Merge::First)),
    ("dbsize", asks(To::Primaries, Merge::Sum)),
    ("flushall", acts(To::Primaries, Merge::First)),
    ("flushdb", acts(To::Primaries, Merge::First)),
    ("function|delete", acts(To::Primaries, Merge::First)),
    ("function|dump", asks(To::One, Merge::First)),
    ("function|flush", acts(To::Primaries, Merge::First)),
    ("function|kill", acts(To::Busy, Merge::Any)),
    ("function|list", asks(To::One, Merge::First)),
    ("function|load", acts(To::Primaries, Merge::First)),
    ("function|restore", acts(To::Primaries, Merge::First)),
    ("function|stats", asks(To::Primaries, Merge::Running)),
    ("keys", asks(To::Primaries, Merge::Concat)),
    // Who waits for a save waits until the last one is done.
    ("lastsave", asks(To::Primaries, Merge::Min)),
    ("latency|doctor", asks(To::All, Merge::Texts)),
    ("latency|graph", asks(To::All, Merge::Texts)),
    ("latency|histogram", asks(To::All, Merge::Histograms)),
    ("latency|history", asks(To::All, Merge::Timeline)),
    ("latency|latest", asks(To::All, Merge::Events)),
    ("latency|reset", acts(To::All, Merge::Sum)),
    ("memory|doctor", asks(To::Primaries, Merge::Texts)),
    ("memory|malloc-stats", asks(To::Primaries, Merge::Texts)),
    ("memory|purge", acts(To::Primaries, Merge::First)),
    ("memory|stats", asks(To::Primaries, Merge::Amounts)),
    ("module|list", asks(To::One, Merge::First)),
    ("randomkey", asks(To::Primaries, Merge::Random)),
    ("save", acts(To::Primaries, Merge::First)),
    // A node that has lost a script gets it again when it is asked for.
    ("script|exists", asks(To::Primaries, Merge::And)),
    ("script|kill", acts(To::Busy, Merge::Any)),
    ("script|show", asks(To::Primaries, Merge::Any)),
    // Each node flushes what is its own, and tells what that was.
    ("sflush", acts(To::Primaries, Merge::Concat)),
    ("slowlog|get", asks(To::All, Merge::Newest)),
    ("slowlog|len", asks(To::All, Merge::Sum)),
    ("slowlog|reset", acts(To::All, Merge::First)),
];

const fn asks(to: To, merge: Merge) -> Treatment {
    Treatment::Broadcast(Broadcast::new(to, merge, true))
}

const fn acts(to: To, merge: Merge) -> Treatment {
    Treatment::Broadcast(Broadcast::new(to, merge, false))
}

// === impl Broadcast ===

impl Broadcast {
    /// What administers all servers.
    pub const EVERYWHERE: Self = Self::new(To::All, Merge::First, false);
    /// DEBUG without a key.
    pub const DEBUG: Self = Self::new(To::Primaries, Merge::First, false);
    /// DEBUG DIGEST.
    pub const DIGEST: Self = Self::new(To::Primaries, Merge::Digest, true);
    /// What modules know and no key tells where.
    pub const ANY_NODE: Self = Self::new(To::One, Merge::First, true);
    /// SCRIPT LOAD.
    pub const SCRIPT_LOAD: Self = Self::new(To::Serving, Merge::First, true);
    /// SCRIPT FLUSH.
    pub const SCRIPT_FLUSH: Self = Self::new(To::All, Merge::First, true);

    const fn new(to: To, merge: Merge, repeats: bool) -> Self {
        Self { to, merge, repeats }
    }

    /// What the servers' own policies say, where they say enough; for commands that nobody has listed.
    pub(super) const fn by_policies(command: &Command) -> Option<Self> {
        let to = match command.request_policy {
            Some(RequestPolicy::AllNodes) => To::All,
            Some(RequestPolicy::AllShards) => To::Primaries,
            Some(RequestPolicy::MultiShard | RequestPolicy::Special) | None => return None,
        };
        let merge = match command.reply_policy {
            Some(ReplyPolicy::OneSucceeded) => Merge::Any,
            Some(ReplyPolicy::AllSucceeded) => Merge::First,
            Some(ReplyPolicy::AggLogicalAnd) => Merge::And,
            Some(ReplyPolicy::AggLogicalOr) => Merge::Or,
            Some(ReplyPolicy::AggMin) => Merge::Min,
            Some(ReplyPolicy::AggMax) => Merge::Max,
            Some(ReplyPolicy::AggSum) => Merge::Sum,
            // Without a policy the replies are collections of which all elements are wanted.
            None => Merge::Concat,
            Some(ReplyPolicy::Special) => return None,
        };
        Some(Self::new(to, merge, command.is_readonly()))
    }
}
