//! From a slot to a link: choosing the node, opening links, appending requests to their logs.

use super::accounting::note_appended;
use super::handshake::Handshake;
use super::ingest::Frame;
use super::link::{InFlight, LinkState, Owner, Purpose, ShardLink, Terms};
use super::routes::NodeRef;
use super::slab::Key;
use super::time::Time;
use super::{Action, LinkEnd, LinkId, Pipeline};
use crate::cluster::{RefreshReason, Slot};
use crate::resp::Protocol;

/// What became of a part that was to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    /// It is in a link's log.
    Sent,
    /// The link has as many requests in flight as it may.
    LinkFull,
    /// The node has as much waiting for it as may.
    BacklogFull(NodeRef),
    /// No node is known, or none may be tried now.
    Nowhere,
    /// Clients have as many links for themselves as they may.
    NoPrivateLeft,
    /// The node, or the primary of the slot, has been lost for longer than requests wait for it.
    Down(Option<NodeRef>),
}

/// The command that lets a node serve a slot it is importing, for the request behind it.
pub(super) const ASKING: &[u8] = b"*1\r\n$6\r\nASKING\r\n";

impl Pipeline {
    /// Appends a part to the link that serves `slot` now.
    #[expect(
        clippy::too_many_arguments,
        reason = "the facts of one request, all needed here"
    )]
    #[inline(always)]
    pub(super) fn place(
        &mut self,
        owner: Owner,
        slot: Slot,
        terms: Terms,
        read_only: bool,
        frame: &Frame<'_>,
        arrival: Time,
        now: Time,
    ) -> Placed {
        let placed = match self.serving_link(slot, terms, read_only, |purpose| purpose, now) {
            Ok(key) => self.append(key, owner, read_only, frame, arrival, false, now),
            Err(placed) => placed,
        };
        match placed {
            Placed::Down(Some(lost)) if read_only => {
                let lane = |purpose| purpose;
                self.place_elsewhere(lost, owner, slot, terms, lane, frame, arrival, now)
            }
            placed => placed,
        }
    }

    /// The node that was to serve a read has been lost for longer than anything waits for it: another one may serve
    /// it, and those that follow.
    #[expect(
        clippy::too_many_arguments,
        reason = "the facts of one request, all needed here"
    )]
    #[cold]
    #[inline(never)]
    pub(super) fn place_elsewhere(
        &mut self,
        mut lost: NodeRef,
        owner: Owner,
        slot: Slot,
        terms: Terms,
        lane: fn(Purpose) -> Purpose,
        frame: &Frame<'_>,
        arrival: Time,
        now: Time,
    ) -> Placed {
        while self.routes.avoid(lost) {
            let placed = match self.serving_link(slot, terms, true, lane, now) {
                Ok(key) => self.append(key, owner, true, frame, arrival, false, now),
                Err(placed) => placed,
            };
            match placed {
                Placed::Down(Some(next)) => lost = next,
                placed => return placed,
            }
        }
        Placed::Down(Some(lost))
    }

    /// The link that serves `slot` now, of those for what `lane` makes of their purpose.
    #[inline(always)]
    pub(super) fn serving_link(
        &mut self,
        slot: Slot,
        terms: Terms,
        read_only: bool,
        lane: impl FnOnce(Purpose) -> Purpose,
        now: Time,
    ) -> Result<Key, Placed> {
        let Some((node, purpose)) = self.routes.target(slot, read_only) else {
            return Err(self.without_node(now));
        };
        self.link_to(node, terms, lane(purpose), now)
            .ok_or_else(|| self.without_link(node, now))
    }

    /// No node is known that a part could go to.
    #[cold]
    pub(super) fn without_node(&mut self, now: Time) -> Placed {
        self.hint(RefreshReason::Unroutable);
        if now >= self.routes.uncovered_until() {
            Placed::Down(None)
        } else {
            Placed::Nowhere
        }
    }

    /// There is no link to a node, and none may be opened now.
    #[cold]
    pub(super) fn without_link(&self, node: NodeRef, now: Time) -> Placed {
        if self.routes.is_given_up(node, now) {
            Placed::Down(Some(node))
        } else {
            Placed::Nowhere
        }
    }

    /// Appends a part to the log of link `key`, with ASKING in front of it if `asking`.
    #[expect(
        clippy::too_many_arguments,
        reason = "the facts of one request, all needed here"
    )]
    #[inline(always)]
    pub(super) fn append(
        &mut self,
        key: Key,
        owner: Owner,
        read_only: bool,
        frame: &Frame<'_>,
        arrival: Time,
        asking: bool,
        now: Time,
    ) -> Placed {
        let limits = &self.config.limits;
        let Some(link) = self.links.get_mut(key) else {
            return Placed::Nowhere;
        };
        let is_ready = link.state == LinkState::Ready;
        let has_many_bytes = link.log.unwritten_len() > limits.node_backlog_bytes_max;
        let is_large = frame.bytes().len() >= super::chunks::LARGE;
        // Large values for a node that takes bytes come a little later, so that small requests find room
        // between them.
        if link.in_flight.len() >= limits.link_requests_in_flight_max
            || (is_ready && is_large && has_many_bytes)
        {
            return Placed::LinkFull;
        }
        if !is_ready {
            if self.routes.is_given_up(link.node, now) {
                return Placed::Down(Some(link.node));
            }
            if has_many_bytes || link.in_flight.len() >= limits.node_backlog_requests_max {
                return Placed::BacklogFull(link.node);
            }
        }
        let before = link.log.end();
        if asking {
            let start = before;
            link.log.append(ASKING);
            let len = u32::try_from(ASKING.len()).unwrap_or(u32::MAX);
            link.push(InFlight {
                owner: Owner::Asking,
                start,
                len,
                arrival,
                placed: now,
                read_only,
            });
        }
        let start = link.log.end();
        match frame {
            Frame::Borrowed(bytes) => link.log.append(bytes),
            Frame::Shared(bytes) => link.log.append_kept(bytes.clone()),
        }
        let len = u32::try_from(link.log.end() - start).unwrap_or(u32::MAX);
        link.push(InFlight {
            owner,
            start,
            len,
            arrival,
            placed: now,
            read_only,
        });
        note_appended(key, link, before, &mut self.held_bytes, &mut self.dirty);
        Placed::Sent
    }

    /// Appends a command of corelane's own to the log of link `key`; false if there is no room.
    pub(super) fn append_own(&mut self, key: Key, owner: Owner, bytes: &[u8], now: Time) -> bool {
        let limit = self.config.limits.link_requests_in_flight_max;
        let Some(link) = self.links.get_mut(key) else {
            return false;
        };
        if link.in_flight.len() >= limit {
            return false;
        }
        let start = link.log.end();
        link.log.append(bytes);
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        link.push(InFlight {
            owner,
            start,
            len,
            arrival: now,
            placed: now,
            read_only: matches!(
                owner,
                Owner::Heartbeat | Owner::Canary(_) | Owner::Probe | Owner::Load
            ),
        });
        note_appended(key, link, start, &mut self.held_bytes, &mut self.dirty);
        true
    }

    /// The link for new requests to a node, opened if there is none and the node may be tried.
    #[inline(always)]
    pub(super) fn link_to(
        &mut self,
        node: NodeRef,
        terms: Terms,
        purpose: Purpose,
        now: Time,
    ) -> Option<Key> {
        let entry = self.routes.node(node)?;
        if let Some(key) = entry.link(terms, purpose) {
            return Some(key);
        }
        let key = self.open_link(node, terms, purpose, now)?;
        if let Some(entry) = self.routes.node_mut(node) {
            entry.set_link(terms, purpose, Some(key));
        }
        Some(key)
    }

    /// A new link to a node, if it may be tried now.
    #[cold]
    pub(super) fn open_link(
        &mut self,
        node: NodeRef,
        terms: Terms,
        purpose: Purpose,
        now: Time,
    ) -> Option<Key> {
        let entry = self.routes.node(node)?;
        if !entry.may_connect(now) {
            return None;
        }
        let addr = entry.addr.clone();
        if purpose == Purpose::Private && !self.routes.node_mut(node)?.takes_permit(now) {
            return None;
        }
        self.routes.kept.resp3 |= purpose == Purpose::Primary && terms.protocol == Protocol::Resp3;
        let handshake = Handshake::new(&self.config.cluster, terms, purpose);
        let link = ShardLink::new(node, terms, purpose, handshake, now);
        let key = self.links.insert(link);
        if terms.is_collected() {
            self.collect(key, node, now);
        }
        let entry = self.routes.node_mut(node)?;
        entry.note_opened();
        self.act(Action::Connect {
            link: LinkId(key),
            addr,
        });
        Some(key)
    }

    /// Retires links to nodes that left the slot map.
    pub(super) fn close_gone_links(&mut self, now: Time) {
        let gone: Vec<Key> = self
            .links
            .iter()
            .filter(|(_, link)| {
                link.state != LinkState::Retiring
                    && self
                        .routes
                        .node(link.node)
                        .is_some_and(|node| !node.is_in_map())
            })
            .map(|(key, _)| key)
            .collect();
        for key in gone {
            self.retire(key, LinkEnd::NodeGone, now);
        }
    }
}
