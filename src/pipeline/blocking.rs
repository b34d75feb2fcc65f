//! Requests that may wait in a server: BLPOP and its like, XREAD with BLOCK, WAIT.
//!
//! ```text
//!   take_blocking --> forward_private --> the client's own link --> its reply: end_wait
//!                          ^   MOVED, ASK, UNBLOCKED, a lost link of a read  |
//!                          +--- renew: the same with the time that is left --+
//! ```
//!
//! A server ends a wait itself: with an element, with null when the time is over, or with a refusal when the
//! slot moves away or the node is no primary any more. So corelane has no clock of its own for the wait; it
//! gives a link up only when the server is late by `cluster.server_timeout`, or has lost the slot and says
//! nothing about it.
//!
//! Holds: `waiting_clients` is the number of clients whose lease waits; such a client has one request under way,
//! the one that waits.

use std::time::Duration;

use bytes::Bytes;

use super::Pipeline;
use super::answers;
use super::client::{ClientSession, Pause};
use super::ingest::{Frame, Taken};
use super::lease::Lease;
use super::link::{Owner, PartId, Patience, Purpose, WHOLE};
use super::slab::Key;
use super::time::Time;
use super::wait::Tour;
use crate::cluster::Slot;
use crate::command::{Command, WaitLimit};
use crate::resp::{RequestView, write};

/// A request that may wait in a server.
#[derive(Debug)]
pub(super) struct Wait {
    /// How it says how long.
    pub(super) limit: WaitLimit,
    /// When it has waited long enough; never if it may wait for ever.
    pub(super) until: Option<Time>,
    /// It went to a node that is importing its slot.
    pub(super) is_asked: bool,
    /// When its node was last told to end it, because the proxy is about to end.
    pub(super) told_at: Option<Time>,
    /// The primaries that are asked, for WAIT.
    pub(super) tour: Option<Box<Tour>>,
}

/// How long a server may take to notice that its blocked clients wait for a slot it has lost: it looks at all
/// clients about once a second.
const MOVED_AFTER: Duration = Duration::from_secs(2);

// === impl Wait ===

impl Wait {
    pub(super) fn new(limit: WaitLimit, now: Time) -> Self {
        Self {
            limit,
            until: limit.time.map(|time| now.plus(time)),
            is_asked: false,
            told_at: None,
            tour: None,
        }
    }

    /// How long a server may take that gets the request now.
    pub(super) fn patience(&self, server_timeout: Duration, now: Time) -> Patience {
        match self.until {
            Some(until) => Patience::Until(until.max(now).plus(server_timeout)),
            None => Patience::Endless,
        }
    }
}

// === impl ClientSession ===

impl ClientSession {
    /// If its request may be waiting in a server.
    pub(super) fn is_waiting(&self) -> bool {
        self.wait().is_some()
    }

    pub(super) fn wait(&self) -> Option<&Wait> {
        self.lease.as_ref()?.wait.as_ref()
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Hands a request on that may wait at the owner of its keys.
    pub(super) fn take_blocking(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        let Some(slot) = self.slot_of(command, view) else {
            self.stats.counters.errors_crossslot += 1;
            self.answer_with(key, command, |out| write::error(out, answers::CROSSSLOT));
            return Taken::Yes;
        };
        self.forward_blocking(key, command, slot, view, frame, now)
    }

    /// Sends a request that may wait towards the owner of `slot`.
    pub(super) fn forward_blocking(
        &mut self,
        key: Key,
        command: &'static Command,
        slot: Slot,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        let Some(client) = self.clients.get_mut(key) else {
            return Taken::Close;
        };
        if !client.pending.is_empty() {
            return Taken::Later(Pause::Barrier);
        }
        // As servers do, which wait for nobody who has ended his side.
        if client.ended {
            return Taken::Close;
        }
        // A time that servers do not accept: one of them says so.
        let Some(limit) = WaitLimit::of(command, view) else {
            return self.forward_private(key, command, slot, frame, Patience::Usual, now);
        };
        let wait = Wait::new(limit, now);
        let patience = wait.patience(self.config.cluster.server_timeout, now);
        self.begin_wait(key, wait);
        self.forward_private(key, command, slot, frame, patience, now)
    }

    /// A client's next request may wait.
    pub(super) fn begin_wait(&mut self, key: Key, wait: Wait) {
        if let Some(client) = self.clients.get_mut(key) {
            let lease = client
                .lease
                .get_or_insert_with(|| Box::new(Lease::new(Patience::Usual)));
            debug_assert!(lease.wait.is_none(), "a client waits twice");
            lease.wait = Some(wait);
            self.waiting_clients += 1;
        }
    }

    /// A client's request waits no longer.
    pub(super) fn end_wait(&mut self, key: Key) {
        let moment = self.moment;
        if let Some(client) = self.clients.get_mut(key)
            && let Some(lease) = &mut client.lease
            && lease.wait.take().is_some()
        {
            self.waiting_clients -= 1;
            // It was not idle meanwhile.
            client.last_active = client.last_active.max(moment);
        }
    }

    /// The bytes of a private part for its next attempt: if it waits, with the time that is left of its wait. One
    /// whose time is over gets the shortest there is, so that the server answers as it does when time is over.
    pub(super) fn renew(&mut self, id: PartId, bytes: Bytes, now: Time) -> Bytes {
        let server_timeout = self.config.cluster.server_timeout;
        if let Some(mark) = self.restart_tour(id) {
            return mark;
        }
        let Some(client) = self.clients.get_mut(id.client) else {
            return bytes;
        };
        let Some(lease) = &mut client.lease else {
            return bytes;
        };
        let Some(wait) = &mut lease.wait else {
            return bytes;
        };
        wait.is_asked = false;
        lease.patience = wait.patience(server_timeout, now);
        let Some(until) = wait.until else {
            return bytes;
        };
        let mut renewed = Vec::new();
        let left = Duration::from_nanos(until.since(now));
        wait.limit
            .write(&RequestView::new(&bytes), left, &mut renewed);
        renewed.into()
    }

    /// Notes that a waiting part went out with ASKING.
    pub(super) fn note_asked(&mut self, client: Key) {
        if let Some(wait) = self.wait_mut(client) {
            wait.is_asked = true;
        }
    }

    pub(super) fn wait_mut(&mut self, client: Key) -> Option<&mut Wait> {
        let lease = self.clients.get_mut(client)?.lease.as_mut()?;
        lease.wait.as_mut()
    }

    /// The time that a part has spent at a node does not count: how long a client waits is its own affair. So it
    /// has its usual time for finding another node.
    pub(super) fn pass_time(&mut self, id: PartId, placed: Time, now: Time) {
        if let Some(client) = self.clients.get_mut(id.client)
            && client.is_waiting()
            && let Some(pending) = client.pending.get_mut(id.seq)
        {
            let held = Duration::from_nanos(now.since(placed));
            pending.arrival = pending.arrival.plus(held).min(now);
        }
    }

    /// Leaves the reply that was just delivered to a client out of the latencies if the client had asked to wait.
    pub(super) fn leave_wait_out(&mut self, client: Option<Key>) {
        let client = client.and_then(|key| self.clients.get(key));
        if client.is_some_and(ClientSession::is_waiting) {
            self.latency_run.forget();
        }
    }

    /// A newer map says who owns what. A node that has lost the slot of a client that waits there tells it so
    /// within a moment; one that does not is not to be waited for.
    pub(super) fn doubt_waits(&mut self, now: Time) {
        let late = now
            .plus(self.config.cluster.server_timeout)
            .plus(MOVED_AFTER);
        for (_, link) in self.links.iter_mut() {
            let entry = link.in_flight.back();
            let Some(Owner::Part(id)) = entry.map(|entry| entry.owner) else {
                continue;
            };
            if link.purpose != Purpose::Private || id.part != WHOLE {
                continue;
            }
            let Some(client) = self.clients.get_mut(id.client) else {
                continue;
            };
            let is_asked = client.wait().is_none_or(|wait| wait.is_asked);
            let Some(super::pending::State::Whole(part)) =
                client.pending.get_mut(id.seq).map(|pending| &pending.state)
            else {
                continue;
            };
            if !is_asked && self.routes.primary_of(part.slot) != Some(link.node) {
                link.patience = link.patience.at_most(late);
            }
        }
    }
}
