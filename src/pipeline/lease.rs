//! Links that one client has for itself for a while: for what waits inside a server, and for what a server
//! remembers for one connection.
//!
//! ```text
//!   forward_private --> place_private --> the link of the lease: the held one, an idle one, or a new one
//!   its reply       --> end_lease_if_done --> back among the node's idle ones, unless the lease stays
//! ```
//!
//! A client's private request goes out when everything before it is answered, and the client pauses until it
//! is answered itself, so a private request never overtakes nor is overtaken. If keys are watched on its link and the
//! request is another node's, that link is put aside meanwhile.
//!
//! Holds: a link has at most one holder, and it is of that client's lease, which has two at most; idle links have none. Limits:
//! `limits.private_links_max` per worker, [`IDLE_PER_NODE_MAX`] idle ones per node for [`IDLE_FOR`].

use std::time::Duration;

use super::blocking::Wait;
use super::client::Pause;
use super::ingest::{Frame, Taken};
use super::link::{LinkState, Owner, PartId, Patience, Purpose, ShardLink, WHOLE};
use super::pending::{At, Lane, Part, Pending, State};
use super::place::Placed;
use super::routes::NodeRef;
use super::slab::Key;
use super::time::Time;
use super::transaction::{Watch, is_watch};
use super::{Action, LinkEnd, LinkId, Pipeline, answers};
use crate::cluster::Slot;
use crate::command::Command;
use crate::resp::write;

/// What a client has for itself.
#[derive(Debug)]
pub(super) struct Lease {
    /// The link, while there is one; it may still be connecting.
    pub(super) link: Option<Key>,
    /// Keys that a node watches for it: the lease stays when its request is answered.
    pub(super) watch: Option<Watch>,
    /// The link that watches, while the request under way is another node's.
    aside: Option<Key>,
    /// How long the request under way may take.
    pub(super) patience: Patience,
    /// If the request under way may wait, how.
    pub(super) wait: Option<Wait>,
    /// The request under way is a SELECT of this database.
    pub(super) selects: Option<u16>,
}

/// Idle links kept per node: enough for a steady set of workers that ask again at once.
const IDLE_PER_NODE_MAX: usize = 64;

/// How long an idle link is kept: longer than the pause between two blocking requests of one client, shorter
/// than anybody minds a connection without use.
const IDLE_FOR: Duration = Duration::from_secs(10);

// === impl Lease ===

impl Lease {
    pub(super) fn new(patience: Patience) -> Self {
        Self {
            link: None,
            watch: None,
            aside: None,
            patience,
            wait: None,
            selects: None,
        }
    }

    /// If a link is one of those that the client has.
    pub(super) fn has(&self, link: Key) -> bool {
        self.link == Some(link) || self.aside == Some(link)
    }

    /// If keys are watched on the link that is in use.
    fn is_marked(&self) -> bool {
        self.watch.is_some() && self.aside.is_none()
    }

    /// A link is gone, or takes nothing new.
    fn forget(&mut self, link: Key) {
        for held in [&mut self.link, &mut self.aside] {
            held.take_if(|held| *held == link);
        }
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Sends a request over a link of its client's own, once all earlier ones are answered; later ones wait for
    /// its reply.
    pub(super) fn forward_private(
        &mut self,
        key: Key,
        command: &'static Command,
        slot: Slot,
        frame: &Frame<'_>,
        patience: Patience,
        now: Time,
    ) -> Taken {
        let Some(client) = self.clients.get_mut(key) else {
            return Taken::Close;
        };
        if !client.pending.is_empty() {
            return Taken::Later(Pause::Barrier);
        }
        let lease = client
            .lease
            .get_or_insert_with(|| Box::new(Lease::new(patience)));
        lease.patience = patience;
        // A SELECT before that got no reply is over.
        lease.selects = None;
        let mut part = Part::new(slot, At::Link);
        part.lane = Lane::Private;
        let seq = client.pending.push(Pending {
            arrival: now,
            command: Some(command),
            state: State::Whole(part),
        });
        let id = PartId {
            client: key,
            seq,
            part: WHOLE,
        };
        let node = self.routes.primary_of(slot);
        match self.place_private(id, node, false, frame, now, now) {
            Placed::Sent => {}
            Placed::NoPrivateLeft => {
                if let Some(client) = self.clients.get_mut(key) {
                    client.pending.pop_newest();
                }
                self.end_lease(key);
                let max = self.config.limits.private_links_max;
                self.answer_with(key, command, |out| {
                    write::error(out, &answers::no_private_left(max));
                });
                return Taken::Yes;
            }
            // It waits for the next tick, which tells it if its node is down.
            Placed::LinkFull | Placed::BacklogFull(_) | Placed::Nowhere | Placed::Down(_) => {
                self.wait_for_retry(id, frame.to_shared(), None, now);
            }
        }
        self.touch_client(key);
        Taken::Then(Pause::Barrier)
    }

    /// If a part goes over a link of its client's own.
    pub(super) fn is_private(&mut self, id: PartId) -> bool {
        self.part_mut(id)
            .is_some_and(|part| part.lane == Lane::Private)
    }

    /// Appends a part to its client's own link to `node`, which is found or opened if need be.
    pub(super) fn place_private(
        &mut self,
        id: PartId,
        node: Option<NodeRef>,
        asking: bool,
        frame: &Frame<'_>,
        arrival: Time,
        now: Time,
    ) -> Placed {
        let Some(node) = node else {
            return self.without_node(now);
        };
        let link = match self.leased_link(id.client, node) {
            Some(link) => link,
            None => match self.lease_link(id.client, node, now) {
                Ok(link) => link,
                Err(placed) => return placed,
            },
        };
        let read_only = self.facts(id).is_some_and(|(_, read_only)| read_only);
        // How long it takes to find a node is counted for the part; what a link may take begins now.
        let arrival = if self.is_touring(id.client) {
            now
        } else {
            arrival
        };
        self.note_watching(id, link, asking);
        let owner = Owner::Part(id);
        self.append(link, owner, read_only, frame, arrival, asking, now)
    }

    /// The link that a client holds, if it leads to `node`. One that leads elsewhere is given back; one that watches is put
    /// aside until the request under way is answered.
    pub(super) fn leased_link(&mut self, client: Key, node: NodeRef) -> Option<Key> {
        self.take_back(client, Some(node));
        let session = self.clients.get_mut(client)?;
        let terms = session.terms();
        let front = session.pending.front().and_then(|first| first.command);
        let lease = session.lease.as_mut()?;
        let (link, patience) = (lease.link?, lease.patience);
        let is_marked = lease.is_marked();
        // WATCH that was sent elsewhere has left no watch behind.
        let mut watches = lease.watch.is_some_and(|watch| watch.is_on(link))
            && front.is_none_or(|command| !is_watch(command));
        if let Some(held) = self.links.get_mut(link) {
            if held.node == node && held.terms == terms && held.state != LinkState::Retiring {
                held.patience = patience;
                return Some(link);
            }
            watches &= held.state == LinkState::Ready && held.in_flight.is_empty();
        }
        lease.link = None;
        if watches {
            lease.aside = Some(link);
        } else {
            self.give_back(link, is_marked);
        }
        None
    }

    /// What was put aside is in use again: in any case, or if it leads to this node.
    pub(super) fn take_back(&mut self, client: Key, to: Option<NodeRef>) {
        let lease = self.clients.get_mut(client).map(|c| c.lease.as_mut());
        let Some(lease) = lease.flatten() else {
            return;
        };
        let leads_there = |link: &mut Key| {
            let node = self.links.get(*link).map(|link| link.node);
            to.is_none() || node == to
        };
        let Some(watching) = lease.aside.take_if(leads_there) else {
            return;
        };
        if let Some(link) = lease.link.replace(watching) {
            self.give_back(link, false);
        }
    }

    /// Gives a client an idle link to `node`, or a new one.
    pub(super) fn lease_link(
        &mut self,
        client: Key,
        node: NodeRef,
        now: Time,
    ) -> Result<Key, Placed> {
        let session = self.clients.get(client).ok_or(Placed::Nowhere)?;
        let terms = session.terms();
        let idle = self.routes.node_mut(node).and_then(|entry| {
            let links = &self.links;
            let fits = |(key, _): &(Key, Time)| links.get(*key).is_some_and(|l| l.terms == terms);
            let at = entry.idle_private.iter().rposition(fits)?;
            Some(entry.idle_private.remove(at).0)
        });
        let link = match idle {
            Some(link) => link,
            None => {
                if self.private_links >= self.config.limits.private_links_max
                    && !self.close_oldest_idle()
                {
                    self.stats.counters.errors_private_links += 1;
                    return Err(Placed::NoPrivateLeft);
                }
                let opened = self.open_link(node, terms, Purpose::Private, now);
                let link = opened.ok_or_else(|| self.without_link(node, now))?;
                self.private_links += 1;
                link
            }
        };
        let session = self.clients.get_mut(client).ok_or(Placed::Nowhere)?;
        let lease = session
            .lease
            .get_or_insert_with(|| Box::new(Lease::new(Patience::Usual)));
        lease.link = Some(link);
        if let Some(held) = self.links.get_mut(link) {
            held.holder = Some(client);
            held.patience = lease.patience;
        }
        Ok(link)
    }

    /// After replies on a private link that was `holder`'s: he needs it no more, unless the lease stays. The link may
    /// be gone, because of what came behind his reply.
    pub(super) fn end_lease_if_done(&mut self, key: Key, holder: Option<Key>) {
        let is_done = self.links.get(key).is_none_or(|l| l.in_flight.is_empty());
        if let (Some(holder), true) = (holder, is_done) {
            self.end_lease(holder);
        }
    }

    /// A client has nothing under way on its own link any more: the wait is over, and so is the lease unless it
    /// stays.
    pub(super) fn end_lease(&mut self, key: Key) {
        let Some(client) = self.clients.get(key) else {
            return;
        };
        if !client.pending.is_empty() || client.upload.as_ref().is_some_and(|u| u.needs_link()) {
            return;
        }
        self.end_wait(key);
        self.take_back(key, None);
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        if let Some(lease) = client.lease.take_if(|lease| lease.watch.is_none())
            && let Some(link) = lease.link
        {
            self.give_back(link, false);
        }
    }

    /// A client is gone: what it has under way on its own link goes with the connection.
    pub(super) fn drop_lease(&mut self, client: Key) {
        self.end_wait(client);
        let Some(session) = self.clients.get_mut(client) else {
            return;
        };
        let Some(lease) = session.lease.take() else {
            return;
        };
        if let Some(link) = lease.link {
            self.give_back(link, lease.is_marked());
        }
        if let Some(link) = lease.aside {
            self.give_back(link, true);
        }
    }

    /// Puts a private link among the idle ones of its node, or closes it if the node would still work for its
    /// last holder, remembers something for it (`is_marked`), or has enough of them.
    pub(super) fn give_back(&mut self, key: Key, is_marked: bool) {
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        link.holder = None;
        link.patience = Patience::Usual;
        link.carries = None;
        if link.state == LinkState::Retiring {
            return;
        }
        let is_clean = link.state == LinkState::Ready
            && link.in_flight.is_empty()
            && link.log.unwritten_len() == 0
            && !is_marked
            && !link.is_spoilt;
        let since = self.moment;
        let node = self.routes.node_mut(link.node);
        match node {
            Some(node)
                if is_clean && node.is_in_map() && node.idle_private.len() < IDLE_PER_NODE_MAX =>
            {
                node.idle_private.push((key, since));
            }
            _ => self.close_private(key),
        }
    }

    /// Closes a private link that nobody waits for.
    pub(super) fn close_private(&mut self, key: Key) {
        self.private_links -= usize::from(self.links.get(key).is_some());
        self.close_unneeded(key);
    }

    /// Closes a link that nothing is under way on.
    pub(super) fn close_unneeded(&mut self, key: Key) {
        let Some(link) = self.links.remove(key) else {
            return;
        };
        self.forget_private(key, &link);
        self.forget_bytes(link.counted_bytes);
        if let Some(node) = self.routes.node_mut(link.node) {
            node.note_closed();
            if link.purpose != Purpose::Private {
                node.set_link(link.terms, link.purpose, None);
            }
        }
        if let Some(addr) = self.routes.addr(link.node).cloned() {
            self.act(Action::CloseLink {
                link: LinkId(key),
                addr,
                why: LinkEnd::Unneeded,
            });
        }
        if link.terms.tracking {
            // Its node forgets what was read on it.
            self.flush_trackers();
        }
    }

    /// A private link was lost or takes nothing new: its holder gets another one when it needs one.
    pub(super) fn forget_private(&mut self, key: Key, link: &ShardLink) {
        if let Some(node) = self.routes.node_mut(link.node) {
            node.idle_private.retain(|(idle, _)| *idle != key);
        }
        if let Some(client) = link.holder.and_then(|holder| self.clients.get_mut(holder))
            && let Some(lease) = &mut client.lease
        {
            lease.forget(key);
        }
    }

    /// As [`Self::forget_private`], for a link that is still received from.
    pub(super) fn give_lease_up(&mut self, key: Key) {
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        let (node, holder) = (link.node, link.holder.take());
        if let Some(node) = self.routes.node_mut(node) {
            node.idle_private.retain(|(idle, _)| *idle != key);
        }
        if let Some(client) = holder.and_then(|holder| self.clients.get_mut(holder))
            && let Some(lease) = &mut client.lease
        {
            lease.forget(key);
        }
    }

    /// If a client may get a link of its own, as far as their number goes.
    pub(super) fn has_private_left(&self) -> bool {
        self.private_links < self.config.limits.private_links_max
            || self
                .routes
                .nodes()
                .any(|node| !node.idle_private.is_empty())
    }

    /// Closes the link that has been idle longest; false if none is.
    fn close_oldest_idle(&mut self) -> bool {
        let firsts = self
            .routes
            .nodes()
            .filter_map(|node| node.idle_private.first());
        let oldest = firsts.min_by_key(|(_, since)| *since).map(|(key, _)| *key);
        if let Some(key) = oldest {
            self.close_private(key);
        }
        oldest.is_some()
    }

    /// Closes private links that nobody has needed for a while.
    pub(super) fn close_idle_private_links(&mut self, now: Time) {
        let idle = self.routes.nodes().flat_map(|node| &node.idle_private);
        let over = idle.filter(|(_, since)| now >= since.plus(IDLE_FOR));
        let over: Vec<Key> = over.map(|(key, _)| *key).collect();
        for key in over {
            self.close_private(key);
        }
    }
}
