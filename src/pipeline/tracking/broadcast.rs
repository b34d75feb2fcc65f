//! BCAST mode: one link per primary on which the node says of each changed key with one of the wanted prefixes
//! that it has changed, for all clients of the worker that want to hear it.
//!
//! When the prefixes change, new links are opened, and the old ones go when these are ready, so nothing is
//! missed. A client's CLIENT TRACKING is answered when every primary has been told.

use std::collections::BTreeMap;

use super::options;
use super::redirect::Change;
use crate::pipeline::LinkEnd;
use crate::pipeline::Pipeline;
use crate::pipeline::client::Pause;
use crate::pipeline::link::{LinkState, Purpose, Terms};
use crate::pipeline::routes::NodeRef;
use crate::pipeline::slab::Key;
use crate::pipeline::time::Time;
use crate::resp::Protocol;

/// Clients in BCAST mode, and the links that serve them.
#[derive(Debug, Default)]
pub(super) struct Broadcasts {
    clients: BTreeMap<Key, Listener>,
    /// What the newest links were told.
    prefixes: Vec<Box<[u8]>>,
    /// Grows when `prefixes` changes.
    generation: u32,
    links: Vec<Place>,
    is_unsettled: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Listener {
    /// Until when it waits for its answer; `None` once it has it.
    until: Option<Time>,
    /// It has had an answer before, so it may have keys in its cache.
    is_known: bool,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    node: NodeRef,
    link: Key,
    generation: u32,
    is_ready: bool,
}

// === impl Broadcasts ===

impl Broadcasts {
    /// If every primary has been told what is wanted now.
    pub(super) fn is_settled(&self) -> bool {
        !self.is_unsettled
    }

    pub(super) fn add(&mut self, client: Key, until: Time) {
        self.clients.entry(client).or_default().until = Some(until);
        self.is_unsettled = true;
    }

    pub(super) fn remove(&mut self, client: Key) {
        if self.clients.remove(&client).is_some() {
            self.is_unsettled = true;
        }
    }

    pub(super) fn is_waiting(&self, client: Key) -> bool {
        self.until(client).is_some()
    }

    pub(super) fn until(&self, client: Key) -> Option<Time> {
        self.clients.get(&client)?.until
    }

    pub(super) fn end_wait(&mut self, client: Key) {
        if let Some(listener) = self.clients.get_mut(&client) {
            *listener = Listener {
                until: None,
                is_known: true,
            };
        }
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Brings the links in line with what clients want and with the primaries. Called at each tick while that is
    /// not so, and when something has changed.
    pub(in crate::pipeline) fn settle_broadcasts(&mut self, now: Time) {
        if self.tracking.broadcasts.is_settled() {
            return;
        }
        self.renew_prefixes();
        let mut primaries = Vec::new();
        if !self.tracking.broadcasts.clients.is_empty() {
            primaries = self.routes.primaries();
        }
        let generation = self.tracking.broadcasts.generation;
        for node in &primaries {
            let mut places = self.tracking.broadcasts.links.iter();
            if !places.any(|place| (place.node, place.generation) == (*node, generation)) {
                self.open_broadcast(*node, now);
            }
        }
        self.note_ready_broadcasts();
        self.close_old_broadcasts(&primaries, now);
        let links = &self.tracking.broadcasts.links;
        let is_told = |node: &NodeRef| {
            let mut places = links.iter().filter(|place| place.node == *node);
            places.any(|place| place.is_ready && place.generation == generation)
        };
        let is_covered = primaries.iter().all(is_told);
        let has_map = self.routes.version().is_some() || primaries.is_empty();
        self.tracking.broadcasts.is_unsettled = !is_covered || !has_map;
        self.wake_broadcast_waiters(now);
    }

    /// The slot map has changed, or a link was lost.
    pub(in crate::pipeline) fn unsettle_broadcasts(&mut self, now: Time) {
        if !self.tracking.broadcasts.clients.is_empty() {
            self.tracking.broadcasts.is_unsettled = true;
            self.settle_broadcasts(now);
        }
    }

    fn renew_prefixes(&mut self) {
        let clients = self.tracking.broadcasts.clients.keys();
        let trackers = clients.filter_map(|key| self.clients.get(*key)?.tracker.as_deref());
        let all: Vec<&[u8]> = trackers
            .flat_map(|tracker| match tracker.options.prefixes.as_slice() {
                [] => vec![b"".as_slice()],
                some => some.iter().map(AsRef::as_ref).collect(),
            })
            .collect();
        let prefixes = options::covering(all.into_iter());
        let broadcasts = &mut self.tracking.broadcasts;
        if prefixes != broadcasts.prefixes {
            broadcasts.prefixes = prefixes;
            broadcasts.generation = broadcasts.generation.wrapping_add(1);
        }
    }

    fn open_broadcast(&mut self, node: NodeRef, now: Time) {
        let terms = Terms::plain(Protocol::Resp3);
        let Some(link) = self.open_link(node, terms, Purpose::Invalidations, now) else {
            return;
        };
        let broadcasts = &mut self.tracking.broadcasts;
        if let Some(opened) = self.links.get_mut(link) {
            opened.handshake.say_broadcast(&broadcasts.prefixes);
        }
        broadcasts.links.push(Place {
            node,
            link,
            generation: broadcasts.generation,
            is_ready: false,
        });
    }

    /// Notes links that are ready now. Between the loss of a node's link and this its keys may have changed unheard.
    fn note_ready_broadcasts(&mut self) {
        let links = &self.links;
        let is_ready = |key: Key| links.get(key).is_some_and(|l| l.state == LinkState::Ready);
        let mut places = std::mem::take(&mut self.tracking.broadcasts.links);
        let had: Vec<NodeRef> = places
            .iter()
            .filter(|place| place.is_ready)
            .map(|place| place.node)
            .collect();
        let mut has_gap = false;
        for place in &mut places {
            if !place.is_ready && is_ready(place.link) {
                place.is_ready = true;
                has_gap |= !had.contains(&place.node);
            }
        }
        self.tracking.broadcasts.links = places;
        if has_gap {
            self.flush_broadcasters();
        }
    }

    /// Closes links of nodes that are no primaries any more, and old links where the new one is ready.
    fn close_old_broadcasts(&mut self, primaries: &[NodeRef], now: Time) {
        let generation = self.tracking.broadcasts.generation;
        let places = std::mem::take(&mut self.tracking.broadcasts.links);
        let is_new = |node: NodeRef| {
            let mut new = places.iter().filter(|place| place.node == node);
            new.any(|place| place.is_ready && place.generation == generation)
        };
        let (kept, old): (Vec<Place>, Vec<Place>) = places.iter().copied().partition(|place| {
            let is_superseded = place.generation != generation && is_new(place.node);
            primaries.contains(&place.node) && !is_superseded
        });
        self.tracking.broadcasts.links = kept;
        for place in old {
            self.end_link(place.link, LinkEnd::Unneeded, now);
        }
    }

    fn wake_broadcast_waiters(&mut self, now: Time) {
        let is_settled = self.tracking.broadcasts.is_settled();
        for (client, listener) in &self.tracking.broadcasts.clients {
            let is_over = listener
                .until
                .is_some_and(|until| is_settled || now >= until);
            let session = self.clients.get(*client);
            if is_over && session.is_some_and(|c| c.paused == Some(Pause::Tracking)) {
                self.resumable.push(*client);
            }
        }
    }

    /// A link for invalidations is lost, or was closed.
    pub(in crate::pipeline) fn lose_broadcast(&mut self, link: Key, now: Time) {
        let broadcasts = &mut self.tracking.broadcasts;
        let before = broadcasts.links.len();
        broadcasts.links.retain(|place| place.link != link);
        if broadcasts.links.len() != before {
            self.flush_broadcasters();
            self.unsettle_broadcasts(now);
        }
    }

    /// Clients in BCAST mode may have missed something.
    pub(super) fn flush_broadcasters(&mut self) {
        let clients = &self.tracking.broadcasts.clients;
        let told = clients.iter().filter(|(_, listener)| listener.is_known);
        let told: Vec<Key> = told.map(|(client, _)| *client).collect();
        self.tell(Change::All, &told);
    }

    /// Keys have changed that clients in BCAST mode want to hear of: each hears of its own ones at once.
    pub(super) fn tell_broadcasters(&mut self, keys: &[&[u8]]) {
        let (mut all, mut some) = (Vec::new(), Vec::new());
        for (client, listener) in &self.tracking.broadcasts.clients {
            let session = self.clients.get(*client);
            let tracker = session.and_then(|session| session.tracker.as_deref());
            // Whoever has not been answered has nothing in its cache yet.
            let Some(tracker) = tracker.filter(|_| listener.is_known) else {
                continue;
            };
            let options = &tracker.options;
            let wanted = keys.iter().copied().filter(|key| options.covers(key));
            let wanted: Vec<&[u8]> = wanted.collect();
            if wanted.len() == keys.len() {
                all.push(*client);
            } else if !wanted.is_empty() {
                some.push((*client, wanted));
            }
        }
        self.tell(Change::Keys(keys), &all);
        for (client, wanted) in some {
            self.tell(Change::Keys(&wanted), &[client]);
        }
    }
}
