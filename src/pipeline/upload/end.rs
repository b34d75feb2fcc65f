//! The end of a large request: its reply, and what there is instead when it breaks off.

use std::time::Duration;

use super::{Stage, UNFINISHED};
use crate::cluster::Refusal;
use crate::pipeline::answers::{self, Failure};
use crate::pipeline::ingest::Frame;
use crate::pipeline::link::{InFlight, LinkState, PartId};
use crate::pipeline::pending::State;
use crate::pipeline::routes::NodeRef;
use crate::pipeline::slab::Key;
use crate::pipeline::time::Time;
use crate::pipeline::{Action, ClientId, LinkEnd, Pipeline};
use crate::resp::ReplyView;

// === impl Pipeline ===

impl Pipeline {
    /// An error to the request that a link carries; nothing if it carries none, else if that was dealt with.
    pub(in crate::pipeline) fn follow_carried(
        &mut self,
        key: Key,
        id: PartId,
        entry: &InFlight,
        reply: &[u8],
        now: Time,
    ) -> Option<bool> {
        let link = self.links.get_mut(key)?;
        let (node, purpose) = (link.node, link.purpose);
        link.carries.take_if(|carried| carried.id == id)?;
        if entry.len == UNFINISHED {
            // The node has seen enough of it, and closes the connection, as a rule.
            self.stats.counters.errors_passed_on += 1;
            self.skip_rest(id.client);
            self.end_link(key, LinkEnd::Early, now);
            let delivered = self.deliver(id, &Frame::Borrowed(reply), now);
            debug_assert!(delivered.is_ok(), "an error is an answer to every request");
            return Some(true);
        }
        let said = ReplyView::new(reply);
        let text = said.as_error().unwrap_or_default();
        let Some(refusal) = Refusal::parse(text) else {
            return Some(false);
        };
        let _ = self.learn(key, node, purpose, &refusal, now);
        let addr = self.routes.addr(node).cloned();
        let end = text.iter().position(|byte| *byte == b' ');
        let word = answers::quote(text.get(..end.unwrap_or(text.len())).unwrap_or_default());
        let failure = Failure::Refused {
            node: addr.as_ref(),
            word: &word,
        };
        self.fail_carried(id, failure, now);
        Some(true)
    }

    /// A reply, which is no error, to the request that a link carries; true if it was dealt with.
    pub(in crate::pipeline) fn end_carried(
        &mut self,
        key: Key,
        id: PartId,
        entry: &InFlight,
        now: Time,
    ) -> bool {
        let Some(link) = self.links.get_mut(key) else {
            return false;
        };
        let node = link.node;
        if link.carries.take_if(|carried| carried.id == id).is_none() || entry.len != UNFINISHED {
            return false;
        }
        // Nobody can know what it means.
        self.stats.counters.links_desync += 1;
        self.skip_rest(id.client);
        let addr = self.routes.addr(node).cloned();
        self.end_link(key, LinkEnd::Desync("a reply to half a request"), now);
        self.fail_lost(id, addr.as_ref(), now);
        true
    }

    /// The request that a link carries was not executed, and its bytes are gone.
    pub(in crate::pipeline) fn fail_carried(
        &mut self,
        id: PartId,
        failure: Failure<'_>,
        now: Time,
    ) {
        self.stats.counters.errors_passed_on += 1;
        self.skip_rest(id.client);
        self.fail_part(id, failure, now);
    }

    /// What is still to come of a client's request is skipped.
    fn skip_rest(&mut self, key: Key) {
        let upload = self.clients.get_mut(key).and_then(|c| c.upload.as_mut());
        if let Some(upload) = upload {
            upload.stage = Stage::Dropped;
            upload.is_held = false;
            self.act(Action::ResumeClient(ClientId(key)));
            self.resumable.push(key);
        }
    }

    /// No node has taken any of a large request: its client gets `reply`.
    pub(super) fn drop_upload(&mut self, key: Key, reply: &[u8], now: Time) {
        self.skip_rest(key);
        self.end_lease(key);
        let upload = self.clients.get(key).and_then(|c| c.upload.as_ref());
        if let Some(command) = upload.map(|upload| upload.command) {
            self.stats.counters.requests += 1;
            self.answer(key, command, reply);
        }
        self.run_releases(now);
    }

    pub(super) fn drop_unserved(&mut self, key: Key, now: Time) {
        let upload = self.clients.get_mut(key).and_then(|c| c.upload.as_mut());
        let Some(upload) = upload else { return };
        let (slot, last) = (upload.slot, upload.last.take());
        self.stats.counters.errors_node_unavailable += 1;
        let node = self.routes.primary_of(slot);
        let addr = node.and_then(|node| self.routes.addr(node)).cloned();
        let mut text = Vec::new();
        let failure = Failure::Unavailable {
            slot,
            node: addr.as_ref(),
            millis: self.config.cluster.server_timeout.as_millis(),
        };
        failure.write(&mut text);
        self.drop_upload(key, &last.unwrap_or_else(|| text.into()), now);
    }

    pub(super) fn drop_down(&mut self, key: Key, node: Option<NodeRef>, now: Time) {
        let upload = self
            .clients
            .get(key)
            .and_then(|client| client.upload.as_ref());
        let Some(slot) = upload.map(|upload| upload.slot) else {
            return;
        };
        self.stats.counters.errors_node_down += 1;
        let since = node.and_then(|node| self.routes.down_since(node, now));
        let millis = Duration::from_nanos(now.since(since.unwrap_or(now))).as_millis();
        let addr = node.and_then(|node| self.routes.addr(node)).cloned();
        let node = addr.as_ref();
        let mut text = Vec::new();
        Failure::Down { slot, node, millis }.write(&mut text);
        self.drop_upload(key, &text, now);
    }

    /// The client gets what is due to it and then the end, in the middle of a large request: nothing of that is
    /// executed.
    pub(in crate::pipeline) fn give_upload_up(&mut self, key: Key) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let Some(upload) = client.upload.take() else {
            return;
        };
        client.paused = None;
        self.uploads.retain(|other| *other != key);
        self.stats.counters.requests_broken_off += 1;
        if upload.open_on().is_some() {
            let was_unsettled = client
                .pending
                .iter_mut()
                .any(|(_, pending)| matches!(&pending.state, State::Whole(part) if part.unsettled));
            client.pending.pop_newest();
            if was_unsettled {
                client.settle(upload.slot);
                client.forget_settled(upload.slot);
            }
        }
        self.drop_lease(key);
    }

    /// A client is gone. What it has sent whole is written to the end, as any request is.
    pub(in crate::pipeline) fn forget_upload(&mut self, key: Key) {
        let now = self.moment;
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        if client.upload.take().is_some() {
            self.uploads.retain(|other| *other != key);
            self.stats.counters.requests_broken_off += 1;
            return;
        }
        let Some(link) = client.lease.as_ref().and_then(|lease| lease.link) else {
            return;
        };
        let timeout = self.config.cluster.server_timeout;
        let Some(held) = self
            .links
            .get_mut(link)
            .filter(|l| l.still_writes(now, timeout))
        else {
            return;
        };
        held.state = LinkState::Retiring;
        held.is_left = true;
        for entry in &mut held.in_flight {
            entry.owner.expire();
        }
        self.give_lease_up(link);
    }
}
