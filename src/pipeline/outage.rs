//! Nodes that cannot be reached: what waits for them and how long, and how it is found out that it need not.
//!
//! ```text
//!   link lost, refused, late --> down: requests are held --> failover_hold is over: requests fail at once
//!                                 |        |                                     |
//!                                 |        +--- a link is ready, or a map names another primary: sent, in order
//!                                 +--- control is asked for the topology again and again
//! ```
//!
//! A shard is held for once and not for each request: whoever asks a shard that has been down for longer than
//! `failover_hold` is told so at once. What was sent to other nodes is not looked at.
//!
//! Holds: what is held is in the retry queue too, so it ends by its deadline whatever happens here. Limits:
//! `limits.node_backlog_requests_max` and `limits.node_backlog_bytes_max` for all that a worker holds. Costs: a look
//! at each node per [`LOOK_EVERY`]; nothing for requests to links that are ready.

use std::time::Duration;

use bytes::Bytes;

use super::answers::{self, Failure};
use super::client::ClientSession;
use super::link::{LinkState, PartId, Purpose, Terms};
use super::pending::{At, Lane};
use super::routes::NodeRef;
use super::slab::Key;
use super::time::Time;
use super::{LinkEnd, Pipeline};
use crate::cluster::{RefreshReason, Slot};
use crate::resp::{Protocol, write};

/// How much waits for primaries that are lost.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) parts: usize,
    pub(super) bytes: usize,
}

/// Links that the worker keeps open although no request needs them yet.
#[derive(Debug, Default)]
pub(super) struct Kept {
    nodes: Vec<NodeRef>,
    /// Clients with RESP3 have been here, whose links are kept too.
    pub(super) resp3: bool,
    next_look: Time,
}

/// As much waits for lost primaries as may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// How often links are looked after, and control is asked about an outage at most.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What is held is tried so often even if nothing seems to have changed.
const HELD_PAUSE: Duration = Duration::from_millis(500);

/// Control is asked again after this share of the time that an outage has lasted: a failover is found soon after
/// it happened, and a node that is down for a day is no burden.
const ASK_SHARE: u32 = 150;

/// The longest pause between two such questions.
const ASK_EVERY_MAX: Duration = Duration::from_secs(1);

// === impl Held ===

impl Held {
    fn add(&mut self, len: usize) {
        self.parts += 1;
        self.bytes += len;
    }

    /// A part waits no longer, or not for a lost primary.
    pub(super) fn remove(&mut self, len: usize) {
        debug_assert!(
            self.parts > 0 && self.bytes >= len,
            "less is held than goes"
        );
        self.parts = self.parts.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(len);
    }

    /// As much as another one more.
    pub(super) fn add_all(&mut self, other: Self) {
        self.parts += other.parts;
        self.bytes += other.bytes;
    }

    /// A client is gone that has so much of it.
    pub(super) fn remove_all(&mut self, other: Self) {
        self.parts = self.parts.saturating_sub(other.parts);
        self.bytes = self.bytes.saturating_sub(other.bytes);
    }

    /// What of it is a client's.
    pub(super) fn of(client: &mut ClientSession) -> Self {
        let mut held = Self::default();
        for (_, pending) in client.pending.iter_mut() {
            let Ok(()) = pending.state.each_part(|_, part| {
                if let At::Retry(retry) = &part.at
                    && retry.held
                {
                    held.add(retry.bytes.len());
                }
                Ok::<(), std::convert::Infallible>(())
            });
        }
        held
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// A node could not be reached over a link on which it last said something at `answered_at`. What it has said
    /// over others counts too, so that one connection that is lost begins no outage for those that go on.
    pub(super) fn note_down(&mut self, node: NodeRef, answered_at: Time, now: Time) {
        let links = self.links.iter().filter(|(_, link)| link.node == node);
        let answered = links.map(|(_, link)| link.answered_at).max();
        let answered_at = answered.map_or(answered_at, |other| other.max(answered_at));
        self.routes.note_down(node, answered_at, now);
    }

    /// At each tick: opens links that are missing, and asks about outages.
    pub(super) fn check_outages(&mut self, now: Time) {
        if now < self.routes.kept.next_look || self.draining {
            return;
        }
        self.routes.kept.next_look = now.plus(LOOK_EVERY);
        self.end_outages();
        self.keep_links(now);
        self.try_avoided(now);
        let mut is_asking = false;
        for at in 0..self.routes.kept.nodes.len() {
            let Some(node) = self.routes.kept.nodes.get(at).copied() else {
                break;
            };
            let is_out =
                self.routes.down_since(node, now).is_some() && self.routes.is_primary(node);
            if is_out && let Some(entry) = self.routes.node_mut(node) {
                is_asking |= entry.asks(ASK_SHARE, ASK_EVERY_MAX, now);
            }
        }
        if is_asking {
            self.hint(RefreshReason::LostLink);
        }
    }

    /// Nodes that have said something over any link since they seemed to be down are not.
    fn end_outages(&mut self) {
        if !self.routes.has_outages() {
            return;
        }
        for (_, link) in self.links.iter() {
            if let Some(entry) = self.routes.node_mut(link.node) {
                entry.note_answer(link.answered_at);
            }
        }
    }

    /// A node owes replies and has said nothing since then: control is asked about it as about one that is lost.
    pub(super) fn ask_about_quiet(&mut self, node: NodeRef, since: Time, now: Time) {
        if let Some(entry) = self.routes.node_mut(node)
            && entry.asks_quiet(since, ASK_SHARE, (LOOK_EVERY, ASK_EVERY_MAX), now)
        {
            self.hint(RefreshReason::LostLink);
        }
    }

    /// Notes whose links are to be kept, after a change of the map.
    pub(super) fn note_kept(&mut self) {
        let has_standby = self.config.cluster.standby_links;
        self.routes.kept.nodes = self.routes.wanted(has_standby);
    }

    /// Opens links that are missing, if their nodes may be tried: to all primaries, so that the first request finds
    /// one ready, and to the replicas that may become primaries.
    pub(super) fn keep_links(&mut self, now: Time) {
        for at in 0..self.routes.kept.nodes.len() {
            let Some(node) = self.routes.kept.nodes.get(at).copied() else {
                return;
            };
            let _ = self.link_to(node, Terms::plain(Protocol::Resp2), Purpose::Primary, now);
            if self.routes.kept.resp3 {
                let _ = self.link_to(node, Terms::plain(Protocol::Resp3), Purpose::Primary, now);
            }
        }
    }

    /// Nodes that get no reads because they have failed: finds out if they work again, so that no read has to.
    fn try_avoided(&mut self, now: Time) {
        for (node, purpose) in self.routes.avoided() {
            let may_be_tried = self.routes.node(node).is_some_and(|n| n.may_connect(now));
            if !may_be_tried {
                continue;
            }
            // One that becomes ready says so itself. What was ready before did not fail by the connection, and reads
            // have to tell.
            let key = self.link_to(node, Terms::plain(Protocol::Resp2), purpose, now);
            let link = key.and_then(|key| self.links.get(key));
            if link.is_some_and(|link| link.state == LinkState::Ready)
                && let Some(entry) = self.routes.node_mut(node)
            {
                entry.is_avoided = false;
            }
        }
    }

    /// After a change of the map: what was meant for nodes that do not own its slot any more, and is not answered
    /// by them either, is taken back; so is what a replica was to read that has failed.
    pub(super) fn leave_lost_nodes(&mut self, now: Time) {
        for key in self.links.keys() {
            let Some(link) = self.links.get_mut(key) else {
                continue;
            };
            let node = link.node;
            let is_for_primary = matches!(
                link.purpose,
                Purpose::Primary | Purpose::Scripts | Purpose::Private
            );
            let is_for_reads = matches!(
                link.purpose,
                Purpose::ReplicaRead | Purpose::ReplicaScripts | Purpose::Collector
            );
            if !(is_for_primary || is_for_reads) || self.routes.is_primary(node) {
                continue;
            }
            if self.routes.node(node).is_some_and(|node| node.has_failed) {
                self.end_link(key, LinkEnd::NodeFailed, now);
            } else if is_for_primary
                && matches!(link.state, LinkState::Connecting | LinkState::Handshaking)
            {
                for (id, bytes) in link.take_unwritten(|entry| entry.owner.part().is_some()) {
                    self.requeue(id, bytes, None, now);
                }
                self.touch_link(key);
            }
        }
    }

    /// Everything that waits for its next attempt is tried again, in the order in which it began to wait.
    pub(super) fn hasten_retries(&mut self, now: Time) {
        self.retries.hasten(now);
        self.run_retries(now);
    }

    /// Until when a part may be held for the node that it needs, if that is lost. A read is not held for a replica:
    /// another node serves it.
    fn lost_until(&mut self, id: PartId, now: Time) -> Option<Time> {
        let (_, read_only) = self.facts(id)?;
        let is_split_by_node = self.home(id).is_some();
        let part = self.part_mut(id)?;
        let (slot, lane) = (part.slot, part.lane);
        // What is about nodes does not follow its slot, and a client waits for one private request at most.
        if is_split_by_node || matches!(lane, Lane::Private | Lane::Pinned) {
            return None;
        }
        loop {
            let Some((node, purpose)) = self.routes.target(slot, read_only) else {
                return Some(self.routes.uncovered_until());
            };
            let until = self.routes.outage(node, now);
            if until.is_none() || purpose == Purpose::Primary || !self.routes.avoid(node) {
                return until;
            }
        }
    }

    /// A link for reads at a replica is not ready after half of the time that it may take: what waits for it is read
    /// elsewhere, as long as there is time for that.
    pub(super) fn leave_unready(&mut self, key: Key, now: Time) {
        let patience = self.config.cluster.connect_timeout / 2;
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        let is_for_reads = matches!(link.purpose, Purpose::ReplicaRead | Purpose::ReplicaScripts);
        if !is_for_reads || now < link.opened_at.plus(patience) {
            return;
        }
        let waiting = link.take_unwritten(|entry| entry.owner.part().is_some());
        if waiting.is_empty() {
            return;
        }
        self.routes.avoid(link.node);
        self.touch_link(key);
        for (id, bytes) in waiting {
            self.requeue(id, bytes, None, now);
        }
    }

    /// If a part waits for a node that is lost: how long until it is tried again. [`Full`] if too much waits already,
    /// and nothing if its node is not lost.
    pub(super) fn hold_for(
        &mut self,
        id: PartId,
        len: usize,
        now: Time,
    ) -> Option<Result<Duration, Full>> {
        let until = self.lost_until(id, now)?;
        let limits = &self.config.limits;
        if self.retries.held.parts >= limits.node_backlog_requests_max
            || self.retries.held.bytes.saturating_add(len) > limits.node_backlog_bytes_max
        {
            return Some(Err(Full));
        }
        self.retries.held.add(len);
        self.stats.counters.holds += 1;
        let left = Duration::from_nanos(until.since(now));
        let least = self.config.cluster.retry_delay;
        Some(Ok(HELD_PAUSE.min(left).max(least)))
    }

    /// Answers a part that may not wait because too much does.
    pub(super) fn fail_full(&mut self, id: PartId, slot: Slot, now: Time) {
        self.stats.counters.errors_backlog_full += 1;
        let node = self.routes.primary_of(slot);
        let addr = node.and_then(|node| self.routes.addr(node)).cloned();
        let mut text = Vec::new();
        let node = addr.as_ref();
        Failure::Backlog { node }.write(&mut text);
        self.fail_unexecuted(id, text.into(), now);
    }

    /// Answers a part whose node has been lost for longer than anything waits for it.
    pub(super) fn fail_down(&mut self, id: PartId, slot: Slot, node: Option<NodeRef>, now: Time) {
        if self.is_pinned(id) {
            return self.lose_watch(id, now);
        }
        self.note_private_error(id);
        self.stats.counters.errors_node_down += 1;
        if let Some(text) = node.and_then(|node| self.shut_text(node)) {
            return self.fail_unexecuted(id, text, now);
        }
        let since = node.and_then(|node| self.routes.down_since(node, now));
        let millis = Duration::from_nanos(now.since(since.unwrap_or(now))).as_millis();
        let addr = node.and_then(|node| self.routes.addr(node)).cloned();
        let mut text = Vec::new();
        let node = addr.as_ref();
        Failure::Down { slot, node, millis }.write(&mut text);
        self.fail_unexecuted(id, text.into(), now);
    }

    /// What requests get for a node that has refused the last link to it: its own words.
    pub(super) fn shut_text(&self, node: NodeRef) -> Option<Bytes> {
        let entry = self.routes.node(node)?;
        let why = entry.refusal.as_deref()?;
        let mut text = Vec::new();
        write::error(&mut text, &answers::shut(&entry.addr, why));
        Some(text.into())
    }
}
