//! What buffers hold in all, those of TLS sessions included, and which peers have something to write.
//!
//! Each client and link remembers what was last counted for it, so that the sum costs a subtraction and an
//! addition per change.

use std::collections::VecDeque;

use super::client::{ClientSession, Pause};
use super::link::ShardLink;
use super::slab::Key;
use super::{ClientId, LinkId, Peer, Pipeline};
use crate::metrics::WorkerStats;

impl Pipeline {
    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> WorkerStats {
        let mut stats = self.stats.clone();
        let in_flight: usize = self
            .clients
            .iter()
            .map(|(_, client)| client.pending.len())
            .sum();
        stats.counters.requests_in_flight = in_flight as u64;
        stats.counters.clients_now = self.clients.len() as u64;
        stats.counters.links_now = self.links.len() as u64;
        stats.counters.links_private_now = self.private_links as u64;
        stats.counters.clients_waiting = self.waiting_clients as u64;
        stats.counters.buffer_bytes = self.held_bytes as u64;
        stats.counters.tls_buffer_bytes = self.session_bytes as u64;
        stats.counters.script_cache_bytes = self.scripts.cache.bytes() as u64;
        stats.counters.subscriptions_now = self.subscriptions.topics.memberships() as u64;
        stats.counters.topics_now = self.subscriptions.topics.len() as u64;
        stats.counters.holds_now = self.retries.held.parts as u64;
        stats.counters.tracked_keys = self.tracking.table.len() as u64;
        stats
    }

    /// Puts a client into the list of peers to write to and brings the sum up to date.
    #[inline(always)]
    pub(super) fn touch_client(&mut self, key: Key) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let held = client.held_bytes();
        self.held_bytes = self
            .held_bytes
            .wrapping_add(held)
            .wrapping_sub(client.counted_bytes);
        client.counted_bytes = held;
        let is_busy = !client.pending.is_empty();
        if is_busy != client.counted_busy {
            client.counted_busy = is_busy;
            if is_busy {
                self.busy_clients += 1;
            } else {
                self.busy_clients -= 1;
            }
        }
        if client.pending.waiting() > 0 && !client.listed {
            enlist(key, client, &mut self.listed);
        }
        if !client.dirty && client.output.unwritten_len() > 0 {
            client.dirty = true;
            self.dirty.push_back(Peer::Client(ClientId(key)));
        }
    }

    /// Puts a link into the list of peers to write to and brings the sum up to date.
    #[inline]
    pub(super) fn touch_link(&mut self, key: Key) {
        if let Some(link) = self.links.get_mut(key) {
            note_link(key, link, &mut self.held_bytes, &mut self.dirty);
        }
    }

    pub(super) fn forget_bytes(&mut self, counted: usize) {
        self.held_bytes = self.held_bytes.wrapping_sub(counted);
    }

    /// So many bytes are in buffers of TLS sessions, which belong to the driver and take part in the sum. To be called
    /// once per turn.
    #[inline]
    pub fn handle_session_bytes(&mut self, bytes: usize) {
        let before = std::mem::replace(&mut self.session_bytes, bytes);
        self.held_bytes = self.held_bytes.wrapping_add(bytes).wrapping_sub(before);
    }

    /// If buffers hold as much as they may.
    pub(super) fn is_memory_full(&self) -> bool {
        self.held_bytes > self.held_bytes_max
    }

    /// Notes why a client has to wait.
    pub(super) fn pause(&mut self, key: Key, why: Pause) {
        let counters = &mut self.stats.counters;
        match why {
            Pause::InFlight => counters.pauses_in_flight += 1,
            Pause::Link => counters.pauses_link += 1,
            Pause::Output => counters.pauses_output += 1,
            Pause::ExpectedBytes => counters.pauses_expected_bytes += 1,
            Pause::Memory => counters.pauses_memory += 1,
            Pause::Barrier
            | Pause::Server
            | Pause::Told
            | Pause::Owners
            | Pause::Workers
            | Pause::Tracking
            | Pause::Upload
            | Pause::Subscribing => {}
        }
        if let Some(client) = self.clients.get_mut(key) {
            client.paused = Some(why);
            if client.waits_for_tick() && !client.listed {
                enlist(key, client, &mut self.listed);
            }
        }
    }
}

/// Puts a client into the list of those that ticks look after.
#[cold]
#[inline(never)]
fn enlist(key: Key, client: &mut ClientSession, waiting: &mut Vec<Key>) {
    client.listed = true;
    waiting.push(key);
}

/// As [`note_link`], for a link to whose log everything from `before` on was appended, and nothing else changed.
#[inline]
pub(super) fn note_appended(
    key: Key,
    link: &mut ShardLink,
    before: u64,
    held_bytes: &mut usize,
    dirty: &mut VecDeque<Peer>,
) {
    let added = usize::try_from(link.log.end() - before).unwrap_or(usize::MAX);
    *held_bytes = held_bytes.wrapping_add(added);
    link.counted_bytes = link.counted_bytes.wrapping_add(added);
    if !link.dirty && link.has_output() {
        link.dirty = true;
        dirty.push_back(Peer::Link(LinkId(key)));
    }
}

/// Brings the sum of held bytes and the list of peers with output up to date for a link.
#[inline]
pub(super) fn note_link(
    key: Key,
    link: &mut ShardLink,
    held_bytes: &mut usize,
    dirty: &mut VecDeque<Peer>,
) {
    let held = link.held_bytes();
    *held_bytes = held_bytes
        .wrapping_add(held)
        .wrapping_sub(link.counted_bytes);
    link.counted_bytes = held;
    if !link.dirty && link.has_output() {
        link.dirty = true;
        dirty.push_back(Peer::Link(LinkId(key)));
    }
}
