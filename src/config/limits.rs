//! Section `[limits]`: what every queue, buffer and list may hold at most.
//!
//! Where several connections or workers exist, each limit says what it is counted for.

use std::time::Duration;

/// What every queue, buffer and list may hold at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitSettings {
    /// Clients of the whole process; divided evenly among the workers.
    pub clients_max: usize,
    /// Requests of one client without a reply; beyond it the client is not read.
    pub client_requests_in_flight_max: usize,
    /// Output waiting for one client from which on the client is not read.
    pub client_output_pause: usize,
    /// Output waiting for one client from which on the client is closed.
    pub client_output_max: usize,
    /// Bytes that the requests in flight of one client are expected to bring back; beyond it the
    /// client is not read.
    pub client_expected_bytes_max: usize,
    /// Requests written to one link and not answered; beyond it requests wait in the backlog.
    pub link_requests_in_flight_max: usize,
    /// Requests of one worker that wait for one node; beyond it requests get an error.
    pub node_backlog_requests_max: usize,
    /// Bytes of requests of one worker that wait for one node; beyond it requests get an error.
    pub node_backlog_bytes_max: usize,
    /// Connections to nodes of one worker that clients have for themselves; beyond it requests get an error.
    pub private_links_max: usize,
    /// Bytes of the replies of nodes that are kept to make one of them; beyond it the request fails.
    pub merge_bytes_max: usize,
    /// Bytes of the scripts that each worker remembers; zero means none.
    pub script_cache_bytes_max: usize,
    /// Channels and patterns that one client may listen to.
    pub client_subscriptions_max: usize,
    /// Channels and patterns that the clients of one worker may listen to, each counted for each client.
    pub subscriptions_max: usize,
    /// Bytes waiting for a client that listens from which on it is closed.
    pub subscriber_output_max: usize,
    /// Bytes waiting for a client that listens from which on it is closed if that lasts.
    pub subscriber_output_soft: usize,
    /// How long more than that may wait.
    pub subscriber_output_soft_for: Duration,
    /// Bytes that one client may queue between MULTI and EXEC; beyond it requests get an error.
    pub transaction_bytes_max: usize,
    /// Keys of one worker that clients with CLIENT TRACKING have read; beyond it the oldest is said to have changed.
    pub tracked_keys_max: usize,
    /// Bytes in all buffers of the process, divided evenly among the workers; beyond it clients
    /// are not read. Zero means no limit.
    pub memory_max: usize,
    /// Arguments of one request.
    pub args_max: usize,
    /// Bytes of one argument or of one bulk string in a reply.
    pub bulk_bytes_max: usize,
    /// Bytes of one inline request.
    pub inline_bytes_max: usize,
    /// Depth of aggregates in a reply.
    pub nesting_max: usize,
}

// === impl LimitSettings ===

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            clients_max: 10_000,
            client_requests_in_flight_max: 1024,
            client_output_pause: 256 * KIB,
            client_output_max: 1024 * MIB,
            client_expected_bytes_max: MIB,
            link_requests_in_flight_max: 65_536,
            node_backlog_requests_max: 16_384,
            node_backlog_bytes_max: 64 * MIB,
            private_links_max: 1024,
            merge_bytes_max: 256 * MIB,
            script_cache_bytes_max: 4 * MIB,
            client_subscriptions_max: 100_000,
            subscriptions_max: 1_000_000,
            subscriber_output_max: 32 * MIB,
            subscriber_output_soft: 8 * MIB,
            subscriber_output_soft_for: Duration::from_secs(60),
            transaction_bytes_max: 64 * MIB,
            tracked_keys_max: 1_000_000,
            memory_max: 1024 * 1024 * 1024,
            args_max: 1_048_576,
            bulk_bytes_max: 512 * MIB,
            inline_bytes_max: 64 * KIB,
            nesting_max: 8192,
        }
    }
}

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
