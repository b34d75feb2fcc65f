//! A node refused a request without executing it: where and when it is tried again.

use bytes::Bytes;

use super::Pipeline;
use super::client::ClientSession;
use super::ingest::Frame;
use super::link::{InFlight, PartId, Purpose};
use super::pending::At;
use super::place::Placed;
use super::routes::NodeRef;
use super::slab::Key;
use super::time::Time;
use crate::cluster::{AddrRef, RefreshReason, Refusal, Slot};

impl Pipeline {
    /// A node did not execute a part and said why; `text` is its whole error reply.
    pub(super) fn handle_refusal(
        &mut self,
        link: Key,
        id: PartId,
        entry: &InFlight,
        refusal: Refusal<'_>,
        text: &[u8],
        now: Time,
    ) {
        let Some(from) = self.links.get(link) else {
            return;
        };
        let bytes = from.log.frame(entry.start, entry.len as usize);
        let (node, purpose) = (from.node, from.purpose);
        self.pass_time(id, entry.placed, now);
        let ask = self.learn(link, node, purpose, &refusal, now);
        if self.is_pinned(id) {
            return self.lose_watch(id, now);
        }
        if let Refusal::Moved { slot, .. } = refusal {
            self.follow_slot(id, slot);
        }
        if refusal == Refusal::Unblocked {
            // The server closes it.
            self.close_private(link);
        }
        // A tour over all primaries begins again.
        let may_follow = self.count_redirect(id) && !self.is_touring(id.client);
        let held = self.hold_behind(id, bytes);
        if held.is_some() {
            self.mark_unsettled(id);
        }
        self.recall_later(link, id, now);
        let Some(bytes) = held else { return };
        let is_replica = purpose.is_at_replica();
        match refusal {
            Refusal::Moved { .. } if may_follow && !is_replica => {
                self.redispatch(id, bytes, Some(Bytes::copy_from_slice(text)), now);
            }
            Refusal::Ask { .. } if may_follow => self.send_to(id, ask, true, bytes, text, now),
            // What a replica does not serve now, the primary does.
            Refusal::Moved { .. } | Refusal::Loading | Refusal::MasterDown if is_replica => {
                let primary = self.primary_for(id);
                self.send_to(id, primary, false, bytes, text, now);
            }
            _ => self.wait_for_retry(id, bytes, Some(Bytes::copy_from_slice(text)), now),
        }
    }

    /// What a refusal says about the cluster. Returns the node to ask, for ASK.
    pub(super) fn learn(
        &mut self,
        link: Key,
        from: NodeRef,
        purpose: Purpose,
        refusal: &Refusal<'_>,
        now: Time,
    ) -> Option<NodeRef> {
        let counters = &mut self.stats.counters;
        match refusal {
            Refusal::Moved { slot, addr } => {
                counters.redirects_moved += 1;
                self.learn_owner(from, *slot, *addr);
                self.hint(RefreshReason::Moved);
            }
            Refusal::Ask { addr, .. } => {
                counters.redirects_ask += 1;
                return self.node_in_redirect(from, *addr);
            }
            Refusal::TryAgain => counters.retries_tryagain += 1,
            Refusal::ClusterDown => {
                counters.retries_clusterdown += 1;
                self.hint(RefreshReason::ClusterDown);
            }
            Refusal::Loading => counters.retries_loading += 1,
            Refusal::ReadOnly => {
                counters.retries_readonly += 1;
                self.hint(RefreshReason::ReadOnly);
            }
            Refusal::Unblocked => {
                counters.retries_unblocked += 1;
                self.hint(RefreshReason::ReadOnly);
            }
            Refusal::MasterDown => {
                counters.retries_masterdown += 1;
                self.hint(RefreshReason::MasterDown);
            }
        }
        if purpose.is_at_replica() && matches!(refusal, Refusal::Loading | Refusal::MasterDown) {
            self.routes.note_failure(from, now);
            if let Some(link) = self.links.get_mut(link) {
                link.suspect = true;
            }
        }
        None
    }

    fn node_in_redirect(&mut self, from: NodeRef, addr: AddrRef<'_>) -> Option<NodeRef> {
        let said_by = self.routes.addr(from)?.clone();
        self.routes.intern(&addr.to_addr(&said_by))
    }

    /// Fixes this worker's own map for one slot.
    fn learn_owner(&mut self, from: NodeRef, slot: Slot, addr: AddrRef<'_>) {
        let Some(node) = self.node_in_redirect(from, addr) else {
            return;
        };
        // A node that names itself as the owner while refusing is confused; the refresh will tell.
        if node != from && self.routes.fix(slot, node) {
            self.unsettle_moved(&[slot]);
        }
    }

    /// Sends a part to one node, whoever the map says it belongs to; with ASKING in front of it if that node
    /// is importing its slot.
    fn send_to(
        &mut self,
        id: PartId,
        node: Option<NodeRef>,
        asking: bool,
        bytes: Bytes,
        text: &[u8],
        now: Time,
    ) {
        let terms = self.clients.get(id.client).map(ClientSession::terms);
        let (Some(terms), Some((arrival, read_only))) = (terms, self.facts(id)) else {
            return;
        };
        let is_private = self.is_private(id);
        let owner = self.owner_of(id, &bytes);
        let frame = Frame::Shared(if is_private {
            self.renew(id, bytes, now)
        } else {
            bytes
        });
        let placed = if is_private {
            if asking {
                self.note_asked(id.client);
            }
            self.place_private(id, node, asking, &frame, arrival, now)
        } else {
            let purpose = self.purpose_at_primary(id);
            let link = node.and_then(|node| self.link_to(node, terms, purpose, now));
            if let Some(link) = link.filter(|_| purpose == Purpose::Scripts) {
                self.preload(link, owner, frame.bytes(), now);
            }
            link.map_or(Placed::Nowhere, |link| {
                self.append(link, owner, read_only, &frame, arrival, asking, now)
            })
        };
        if placed == Placed::Sent {
            self.set_part(id, At::Link);
        } else {
            let text = Some(Bytes::copy_from_slice(text));
            self.wait_for_retry(id, frame.to_shared(), text, now);
        }
    }

    /// A redirect that names another slot than corelane found knows better: the node saw keys where corelane
    /// saw none.
    fn follow_slot(&mut self, id: PartId, slot: Slot) {
        if let Some(part) = self.part_mut(id)
            && !part.unsettled
        {
            part.slot = slot;
        }
    }

    /// Counts one more redirect; false if the part must now pause before the next one.
    fn count_redirect(&mut self, id: PartId) -> bool {
        let max = self.config.cluster.redirects_max;
        let Some(part) = self.part_mut(id) else {
            return false;
        };
        part.redirects = part.redirects.saturating_add(1);
        u32::from(part.redirects) <= max
    }
}
