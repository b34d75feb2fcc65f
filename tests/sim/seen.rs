//! What happened in a run, counted.

/// What happened, to show that a run meant something.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    pub(crate) requests: u64,
    pub(crate) values: u64,
    pub(crate) unknown: u64,
    pub(crate) timed_out: u64,
    pub(crate) refused: u64,
    pub(crate) splits: u64,
    /// Reads over several slots that the proxy computed.
    pub(crate) computed: u64,
    /// Transactions that nodes executed.
    pub(crate) transactions: u64,
    /// Those answered with null although no node said so: their watch was lost.
    pub(crate) unwatched: u64,
    pub(crate) pairs: u64,
    /// Pairs out of order because the later one had been written when the earlier one was refused.
    pub(crate) not_recalled: u64,
    /// Pairs out of order because the earlier one was given up and reached its node late.
    pub(crate) given_up: u64,
    /// Requests to all shards that got what all of them said, and those that got an error.
    pub(crate) everywhere: u64,
    pub(crate) not_everywhere: u64,
    /// Pops that waited at a node, got an element there, were refused there, and were left there.
    pub(crate) waits: u64,
    pub(crate) served: u64,
    pub(crate) waits_refused: u64,
    pub(crate) waits_left: u64,
    /// Changes that clients with caches were told, and what these kept in the end.
    pub(crate) changes: u64,
    pub(crate) kept: u64,
    /// Requests refused for want of rights.
    pub(crate) denied: u64,
    /// SCANs that were answered, those that failed, and the keys that were found.
    pub(crate) walks: u64,
    pub(crate) walks_failed: u64,
    pub(crate) walked: u64,
    /// Messages that came to clients that listen.
    pub(crate) messages: u64,
    /// Replies of which a client got the beginning before the end had come, those that broke off, and how often a
    /// connection waited for the reader or was left to the reply.
    pub(crate) passed_on: u64,
    pub(crate) broken: u64,
    pub(crate) held: u64,
    pub(crate) left: u64,
    /// Requests of which a node got the beginning before the end had come, and those of them that were not executed.
    pub(crate) uploads: u64,
    pub(crate) cut: u64,
    /// Requests larger than all that buffers may hold.
    pub(crate) too_large: u64,
}

impl std::ops::AddAssign for Seen {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.values += other.values;
        self.unknown += other.unknown;
        self.timed_out += other.timed_out;
        self.refused += other.refused;
        self.splits += other.splits;
        self.computed += other.computed;
        self.transactions += other.transactions;
        self.unwatched += other.unwatched;
        self.pairs += other.pairs;
        self.not_recalled += other.not_recalled;
        self.given_up += other.given_up;
        self.everywhere += other.everywhere;
        self.not_everywhere += other.not_everywhere;
        self.waits += other.waits;
        self.served += other.served;
        self.waits_refused += other.waits_refused;
        self.waits_left += other.waits_left;
        self.changes += other.changes;
        self.kept += other.kept;
        self.denied += other.denied;
        self.walks += other.walks;
        self.walks_failed += other.walks_failed;
        self.walked += other.walked;
        self.messages += other.messages;
        self.passed_on += other.passed_on;
        self.broken += other.broken;
        self.held += other.held;
        self.left += other.left;
        self.uploads += other.uploads;
        self.cut += other.cut;
        self.too_large += other.too_large;
    }
}
