//! What nodes send: replies find the request they belong to, and links come and go.

use bytes::{Buf, Bytes};

use super::answers::Failure;
use super::chunks::LARGE;
use super::handshake::Progress;
use super::ingest::Frame;
use super::link::{InFlight, LinkState, Owner, PartId, Purpose, ShardLink};
use super::slab::Key;
use super::time::Time;
use super::{Action, LinkEnd, LinkId, Pipeline};
use crate::cluster::{RefreshReason, Refusal};
use crate::resp::{ReplyView, Scan, write};

/// Why the replies of a link cannot be trusted any more.
pub(super) type Desync = &'static str;

/// Who gets a reply.
#[derive(Debug)]
pub(super) enum Taker {
    /// The request that has waited longest.
    Oldest { entry: InFlight, is_suspect: bool },
    /// The handshake.
    Handshake,
    /// Nobody in particular: it is a push.
    Push,
}

impl Pipeline {
    /// The driver has looked the node's name up and connects now: looking it up has taken nothing of the time that
    /// connecting may take.
    pub fn handle_link_resolved(&mut self, id: LinkId, now: Time) {
        if let Some(link) = self.links.get_mut(id.0)
            && link.state == LinkState::Connecting
        {
            link.connects_since = now;
        }
    }

    /// The driver's connect succeeded.
    pub fn handle_link_connected(&mut self, id: LinkId, _now: Time) {
        if let Some(link) = self.links.get_mut(id.0)
            && link.state == LinkState::Connecting
        {
            link.state = LinkState::Handshaking;
        }
        self.touch_link(id.0);
    }

    /// A node sent `bytes`.
    pub fn handle_link_bytes(&mut self, id: LinkId, bytes: &[u8], now: Time) {
        let Some(link) = self.links.get_mut(id.0) else {
            return;
        };
        self.stats.counters.bytes_from_nodes += bytes.len() as u64;
        if !link.input.is_empty() || link.passage.is_some() {
            link.input.extend_from_slice(bytes);
            self.take_kept_replies(id.0, now);
            return;
        }
        let mut done = 0;
        let mut outcome = Ok(());
        while let Some(rest) = bytes.get(done..)
            && !rest.is_empty()
        {
            let run = self.take_run(id.0, rest, usize::MAX, now);
            if run > 0 {
                done += run;
                continue;
            }
            match self.next_reply(id.0, rest) {
                Ok(Some((len, taker))) => {
                    let frame = Frame::Borrowed(rest.get(..len).unwrap_or_default());
                    outcome = self.take_reply(id.0, &taker, &frame, now);
                    done += len;
                }
                Ok(None) => break,
                Err(why) => outcome = Err(why),
            }
            if outcome.is_err() {
                break;
            }
        }
        if let Some(link) = self.links.get_mut(id.0) {
            link.input
                .extend_from_slice(bytes.get(done..).unwrap_or_default());
        }
        let outcome = outcome.and_then(|()| self.follow_unfinished(id.0, now));
        self.after_replies(id.0, outcome, now);
    }

    /// A node's bytes were received into [`Pipeline::large_input`]; `count` of them are new.
    pub fn handle_link_input(&mut self, id: LinkId, count: usize, now: Time) {
        let Some(link) = self.links.get_mut(id.0) else {
            return;
        };
        self.stats.counters.bytes_from_nodes += count as u64;
        link.need = link.need.saturating_sub(count);
        if link.need == 0 || link.passage.is_some() {
            self.take_kept_replies(id.0, now);
        } else {
            self.touch_link(id.0);
        }
    }

    fn take_kept_replies(&mut self, key: Key, now: Time) {
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        let has_passage = link.passage.is_some();
        let mut input = std::mem::take(&mut link.input);
        let mut outcome = Ok(());
        let mut is_passing = false;
        if has_passage {
            match self.pass(key, &mut input, now) {
                Ok(is_whole) => is_passing = !is_whole,
                Err(why) => outcome = Err(why),
            }
        }
        let mut is_after_small = false;
        while !is_passing && !input.is_empty() && outcome.is_ok() {
            // A reply after a large one is mostly large too, and shared instead of copied.
            if std::mem::take(&mut is_after_small) {
                input.advance(self.take_run(key, &input, LARGE, now));
                continue;
            }
            outcome = match self.next_reply(key, &input) {
                Ok(Some((len, taker))) if len >= LARGE => {
                    let whole = input.split_to(len).freeze();
                    self.take_reply(key, &taker, &Frame::Shared(whole), now)
                }
                Ok(Some((len, taker))) => {
                    let frame = Frame::Borrowed(input.get(..len).unwrap_or_default());
                    let outcome = self.take_reply(key, &taker, &frame, now);
                    input.advance(len);
                    is_after_small = true;
                    outcome
                }
                Ok(None) => break,
                Err(why) => Err(why),
            };
        }
        if let Some(link) = self.links.get_mut(key) {
            // A drained buffer goes, so that a link that carried a large reply once stays small.
            link.input = if input.is_empty() && !is_passing {
                bytes::BytesMut::new()
            } else {
                input
            };
        }
        let outcome = outcome.and_then(|()| self.follow_unfinished(key, now));
        self.after_replies(key, outcome, now);
    }

    /// Length of the next whole reply in `bytes`, if there is one, and who gets it.
    #[inline]
    fn next_reply(&mut self, key: Key, bytes: &[u8]) -> Result<Option<(usize, Taker)>, Desync> {
        let Some(link) = self.links.get_mut(key) else {
            return Ok(None);
        };
        let len = match link.scanner.scan(bytes, &self.reply_limits) {
            Scan::Complete { len } => len,
            Scan::Incomplete { need } => {
                link.need = need;
                return Ok(None);
            }
            Scan::Invalid(_) => return Err("bytes that are no RESP"),
        };
        link.need = 0;
        if bytes.first() == Some(&b'>') {
            return Ok(Some((len, Taker::Push)));
        }
        if link.state == LinkState::Handshaking {
            return Ok(Some((len, Taker::Handshake)));
        }
        let Some(entry) = link.pop() else {
            return Err("a reply that nothing asked for");
        };
        let is_suspect = link.suspect;
        Ok(Some((len, Taker::Oldest { entry, is_suspect })))
    }

    /// One whole reply: to the handshake, to the request it belongs to, or a push.
    #[inline]
    pub(super) fn take_reply(
        &mut self,
        key: Key,
        taker: &Taker,
        frame: &Frame<'_>,
        now: Time,
    ) -> Result<(), Desync> {
        let (entry, is_suspect) = match taker {
            Taker::Oldest { entry, is_suspect } => (entry, *is_suspect),
            Taker::Handshake => return self.take_handshake_reply(key, frame.bytes(), now),
            Taker::Push => return self.take_push(key, frame, now),
        };
        let Owner::Part(id) = entry.owner else {
            return self.take_other_reply(key, entry, frame, now);
        };
        let first = frame.bytes().first();
        if let Some(b'-' | b'!' | b'|') = first
            && self.follow_error(key, id, entry, frame.bytes(), now)
        {
            return Ok(());
        }
        if is_suspect && self.look_again(key, id, entry, frame, now) {
            return Ok(());
        }
        let delivered = if first == Some(&b':') && self.subscriptions.is_used() {
            self.deliver_number(key, id, entry, frame, now)
        } else {
            self.deliver_one(id, frame, now)
        };
        delivered.map_err(|_| self.mistrust(key, id, entry, now))
    }

    /// If an error says that a part was not executed and it goes out again, what follows from that.
    #[cold]
    fn follow_error(
        &mut self,
        key: Key,
        id: PartId,
        entry: &InFlight,
        frame: &[u8],
        now: Time,
    ) -> bool {
        let Some(text) = ReplyView::new(frame).as_error() else {
            return false;
        };
        if let Some(is_done) = self.follow_carried(key, id, entry, frame, now) {
            return is_done;
        }
        match Refusal::parse(text) {
            Some(Refusal::Unblocked) if !self.is_private(id) => false,
            Some(refusal) if self.is_refusal(id, text) => {
                self.handle_refusal(key, id, entry, refusal, frame, now);
                true
            }
            Some(_) => false,
            None => self.heal_script(key, id, entry, text, now),
        }
    }

    /// The reply cannot be the answer to the part, so the link is done. A read goes out again; the outcome of
    /// a write is unknown.
    pub(super) fn mistrust(&mut self, key: Key, id: PartId, entry: &InFlight, now: Time) -> Desync {
        if entry.read_only
            && let Some(link) = self.links.get(key)
        {
            let bytes = link.log.frame(entry.start, entry.len as usize);
            self.requeue(id, bytes, None, now);
        } else {
            self.fail_lost(id, None, now);
        }
        "a reply that does not fit its request"
    }

    /// A good reply on a link whose replies are looked at; true if it has been dealt with.
    #[cold]
    fn look_again(
        &mut self,
        key: Key,
        id: PartId,
        entry: &InFlight,
        reply: &Frame<'_>,
        now: Time,
    ) -> bool {
        let Some(link) = self.links.get(key) else {
            return false;
        };
        let is_private = link.purpose == Purpose::Private;
        if link.terms.tracking {
            self.note_tracked(key, id, entry, reply.bytes());
        }
        if is_private {
            if self.end_carried(key, id, entry, now) {
                return true;
            }
            self.note_selected(key, reply.bytes());
            if ReplyView::new(reply.bytes()).as_error().is_some() {
                self.note_private_error(id);
            }
            return self.continue_tour(key, id, entry.placed, reply, now);
        }
        self.clear_suspicion(key);
        false
    }

    /// The node of a link that was blamed for a refusal serves again.
    pub(super) fn clear_suspicion(&mut self, key: Key) {
        if let Some(link) = self.links.get_mut(key)
            && std::mem::replace(&mut link.suspect, link.terms.tracking)
            && let Some(node) = self.routes.node_mut(link.node)
        {
            node.note_success();
        }
    }

    fn take_handshake_reply(&mut self, key: Key, frame: &[u8], now: Time) -> Result<(), Desync> {
        let Some(link) = self.links.get_mut(key) else {
            return Ok(());
        };
        match link
            .handshake
            .handle_reply(&ReplyView::new(frame), &mut self.server)
        {
            Progress::More => {}
            Progress::Done => {
                link.state = LinkState::Ready;
                let node = link.node;
                // A large request may wait for it.
                self.resumable.extend(link.holder);
                self.stats.counters.links_opened += 1;
                self.act(Action::LinkReady(LinkId(key)));
                let was_down = self.routes.down_since(node, now).is_some();
                if let Some(entry) = self.routes.node_mut(node) {
                    entry.note_success();
                }
                self.touch_link(key);
                self.note_collector(key, now);
                if was_down {
                    self.hasten_retries(now);
                }
            }
            Progress::Refused(text) => {
                let node = link.node;
                self.hint(RefreshReason::LostLink);
                self.end_link(key, LinkEnd::Refused(text.clone()), now);
                if let Some(entry) = self.routes.node_mut(node) {
                    entry.refusal = Some(text);
                }
            }
        }
        Ok(())
    }

    /// After a batch of replies: what follows for clients, bytes that no request needs any more, held parts,
    /// and the end of a link that went wrong.
    fn after_replies(&mut self, key: Key, outcome: Result<(), Desync>, now: Time) {
        let mut is_private = false;
        let mut holder = None;
        if let Some(link) = self.links.get_mut(key) {
            link.release();
            is_private = link.purpose == Purpose::Private;
            // One that retires has no holder any more, but may still have answered who was.
            holder = link.holder.or(self.delivered);
            link.heard_at = now;
            if link.state == LinkState::Ready {
                link.answered_at = now;
            }
        }
        if is_private {
            self.leave_wait_out(holder);
        }
        self.end_delivery();
        if let Err(why) = outcome {
            self.stats.counters.links_desync += 1;
            self.end_link(key, LinkEnd::Desync(why), now);
        }
        self.run_releases(now);
        self.touch_link(key);
        self.follow_brake(key);
        self.close_if_retired(key, now);
        if is_private {
            self.end_lease_if_done(key, holder);
        }
    }

    /// The connection broke, was refused, or the node closed it.
    pub fn handle_link_closed(&mut self, id: LinkId, now: Time) {
        self.lose_link(id.0, None, now);
        self.run_releases(now);
    }

    /// Bytes of a link's output were taken by the socket.
    pub(super) fn link_written(&mut self, id: LinkId, count: usize) {
        self.stats.counters.bytes_to_nodes += count as u64;
        let Some(link) = self.links.get_mut(id.0) else {
            return;
        };
        if link.state == LinkState::Handshaking {
            link.handshake.advance(count);
        } else {
            link.log.advance(count);
            if link.carries.is_some() {
                self.note_carried(id.0);
            }
        }
    }

    /// Ends a link from this side; what is in flight on it is lost with it.
    pub(super) fn end_link(&mut self, key: Key, why: LinkEnd, now: Time) {
        let Some(link) = self.links.get(key) else {
            return;
        };
        let addr = self.routes.addr(link.node).cloned();
        let said = busy_reply(&why);
        self.lose_link(key, said.as_ref(), now);
        if let Some(addr) = addr {
            self.act(Action::CloseLink {
                link: LinkId(key),
                addr,
                why,
            });
        }
    }

    /// Forgets a link. Reads and what was not written go elsewhere; written writes have an unknown outcome.
    /// `said` is what the node has refused all of them with.
    fn lose_link(&mut self, key: Key, said: Option<&Bytes>, now: Time) {
        let Some(mut link) = self.links.remove(key) else {
            return;
        };
        self.forget_bytes(link.counted_bytes);
        let was_open = matches!(link.state, LinkState::Ready | LinkState::Retiring);
        if let Some(node) = self.routes.node_mut(link.node) {
            node.note_closed();
        }
        if link.state != LinkState::Retiring {
            let reverted = self.routes.revert(link.node);
            self.unsettle_moved(&reverted);
            self.routes
                .note_link_failure(link.node, link.opened_at, now);
            // A node that is busy is there, and one connection of several tells little.
            let is_one_of_many = link.purpose == Purpose::Private || link.purpose.is_for_scripts();
            let is_known_to_work = (is_one_of_many && was_open) || self.is_beside(&link);
            if said.is_none() && !is_known_to_work {
                self.note_down(link.node, link.answered_at, now);
            }
            if link.purpose == Purpose::Private {
                self.forget_private(key, &link);
            } else if let Some(node) = self.routes.node_mut(link.node) {
                node.set_link(link.terms, link.purpose, None);
            }
            self.hint(RefreshReason::LostLink);
        }
        self.private_links -= usize::from(link.purpose == Purpose::Private);
        let is_script_lane = link.purpose.is_for_scripts();
        if link.state == LinkState::Retiring && (is_script_lane || link.is_left) {
            // It was left to a script that ran for long, or to a large reply.
        } else if was_open {
            self.stats.counters.links_lost += 1;
        } else {
            self.stats.counters.links_failed += 1;
        }
        // A batch that was refused halfway is not executed, whether its last reply came or not.
        let mut batch = link.batch.take();
        if let Some(passage) = link.passage.take() {
            self.passages.links.retain(|other| *other != key);
            if let Some(id) = passage.open_for() {
                link.pop();
                self.break_passage(id, now);
            }
        }
        while let Some(entry) = link.pop() {
            let replies = batch.take();
            let replies = replies.filter(|_| matches!(entry.owner, Owner::Batch { .. }));
            let error = replies.as_ref().and_then(|replies| replies.final_error());
            if let Some((id, error)) = entry.owner.part().zip(error) {
                // To send it again would put it behind later requests, which the node may have executed.
                self.fail_unexecuted(id, error, now);
                continue;
            }
            let is_refused = replies.is_some_and(|replies| replies.is_refused());
            let said = said.cloned();
            self.lose_entry(&link, &entry, was_open, is_refused, said, now);
        }
        if link.purpose == Purpose::Subscriptions {
            self.lose_subscriptions(key, now);
        } else if link.purpose == Purpose::Invalidations {
            self.lose_broadcast(key, now);
        } else if link.purpose == Purpose::Collector {
            self.lose_collector(key, link.node, now);
        } else if link.terms.tracking && was_open && !link.is_deaf() {
            self.flush_trackers();
        }
    }

    fn lose_entry(
        &mut self,
        link: &ShardLink,
        entry: &InFlight,
        was_open: bool,
        is_refused: bool,
        said: Option<Bytes>,
        now: Time,
    ) {
        let Some(id) = entry.owner.part() else { return };
        if link.carries.is_some() && !link.was_written(entry) {
            let addr = self.routes.addr(link.node).cloned();
            let node = addr.as_ref();
            return self.fail_carried(id, Failure::Cut { node }, now);
        }
        if link.was_written(entry) && !entry.read_only && !is_refused {
            let addr = self.routes.addr(link.node).cloned();
            self.fail_lost(id, addr.as_ref(), now);
            return;
        }
        if was_open {
            self.stats.counters.retries_lost_link += 1;
        } else {
            self.stats.counters.retries_refused += 1;
        }
        let bytes: Bytes = link.log.frame(entry.start, entry.len as usize);
        if was_open {
            self.pass_time(id, entry.placed, now);
        }
        self.requeue(id, bytes, said, now);
    }

    /// Answers a write whose reply will never be known.
    pub(super) fn fail_lost(
        &mut self,
        id: PartId,
        node: Option<&crate::cluster::NodeAddr>,
        now: Time,
    ) {
        self.stats.counters.errors_outcome_unknown += 1;
        self.fail_part(id, Failure::Lost { node }, now);
    }
}

/// What requests get, if their time passes, from a node that runs a script and takes no new links therefore.
fn busy_reply(why: &LinkEnd) -> Option<Bytes> {
    match why {
        LinkEnd::Refused(text) if text.starts_with("BUSY ") => {
            let mut reply = Vec::new();
            write::error(&mut reply, text);
            Some(reply.into())
        }
        _ => None,
    }
}
