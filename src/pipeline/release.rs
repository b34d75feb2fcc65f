//! Replies on their way out: merged, kept in order, released to the client; and what waited behind them.

use bytes::{Bytes, BytesMut};

use super::answers::Failure;
use super::chunks::LARGE;
use super::client::{ClientSession, Phase};
use super::ingest::Frame;
use super::link::{PartId, WHOLE};
use super::outage::Held;
use super::pending::{At, Part, Pending, Reply, State};
use super::slab::Key;
use super::split::{Recorded, Split, WrongShape};
use super::time::Time;
use super::{Action, ClientId, Pipeline};
use crate::cluster::Slot;
use crate::command::Command;
use crate::metrics::{Latency, LatencyRun};

impl Pipeline {
    /// Gives the reply of one part to its client.
    ///
    /// # Errors
    ///
    /// [`WrongShape`] if it is no possible answer to the part of a split request.
    pub(super) fn deliver(
        &mut self,
        id: PartId,
        reply: &Frame<'_>,
        now: Time,
    ) -> Result<(), WrongShape> {
        let delivered = self.deliver_one(id, reply, now);
        self.leave_wait_out(Some(id.client));
        self.end_delivery();
        self.end_lease(id.client);
        delivered
    }

    /// As [`Self::deliver`], for the replies that came together: [`Self::end_delivery`] must follow the last.
    ///
    /// # Errors
    ///
    /// [`WrongShape`] if it is no possible answer to the part of a split request.
    #[inline]
    pub(super) fn deliver_one(
        &mut self,
        id: PartId,
        reply: &Frame<'_>,
        now: Time,
    ) -> Result<(), WrongShape> {
        let Some(client) = self.clients.get_mut(id.client) else {
            return Ok(());
        };
        client.note_reply(reply.bytes().len());
        let Some(pending) = client.pending.get_mut(id.seq) else {
            debug_assert!(false, "a reply for a request that was answered");
            return Ok(());
        };
        let part = match &mut pending.state {
            State::Whole(part) => part,
            State::Split(split) => {
                let before = split.replies_len();
                let Recorded { is_last, settled } = split.record(id.part, reply.bytes())?;
                let after = split.replies_len();
                client.parts = client.parts.saturating_sub(1);
                if is_last {
                    self.finish_split(id, before, now);
                } else {
                    // Another error may have taken the place of a longer one.
                    client.pending.add_waiting(after);
                    client.pending.sub_waiting(before);
                    self.note_delivered(id.client);
                }
                if let Some(slot) = settled {
                    self.settle(id.client, slot);
                }
                return Ok(());
            }
            State::Walk(_) => {
                self.deliver_to_walk(id, reply.bytes(), now);
                return Ok(());
            }
            State::Ready(_) => {
                debug_assert!(false, "a second reply for a request");
                return Ok(());
            }
        };
        let settled = part.unsettled.then_some(part.slot);
        part.at = At::Done;
        let latency = (&mut self.latency_run, &mut self.stats.latency);
        self.stats.counters.replies += client.release(id.seq, reply, now, latency);
        self.note_delivered(id.client);
        if let Some(slot) = settled {
            self.settle(id.client, slot);
        }
        Ok(())
    }

    /// Gives an error of corelane's own to one part.
    pub(super) fn fail_part(&mut self, id: PartId, failure: Failure<'_>, now: Time) {
        if failure.is_unknown() {
            self.cut_off(id);
        }
        let mut text = Vec::new();
        failure.write(&mut text);
        let delivered = self.deliver(id, &Frame::Borrowed(&text), now);
        debug_assert!(delivered.is_ok(), "an error is an answer to every part");
    }

    /// All parts of a request have answered; `waiting` bytes of their replies were counted. Its reply leaves now
    /// if it is the oldest, else it waits for the older ones. [`Self::end_delivery`] must follow.
    pub(super) fn finish_split(&mut self, id: PartId, waiting: usize, now: Time) {
        let Some(client) = self.clients.get_mut(id.client) else {
            return;
        };
        client.pending.sub_waiting(waiting);
        let latency = (&mut self.latency_run, &mut self.stats.latency);
        let (released, split) = client.release_split(id.seq, &mut self.scratch, now, latency);
        self.stats.counters.replies += released;
        if let Some(split) = split {
            self.recycle(split);
        }
        self.note_delivered(id.client);
    }

    /// A request has its reply: it leaves now if it is the oldest, else it waits for the older ones.
    /// [`Self::end_delivery`] must follow.
    pub(super) fn finish(&mut self, key: Key, seq: u32, reply: &Frame<'_>, now: Time) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let latency = (&mut self.latency_run, &mut self.stats.latency);
        self.stats.counters.replies += client.release(seq, reply, now, latency);
        self.note_delivered(key);
    }

    /// Notes which client got a reply: what follows from it is done once for all that came together.
    #[inline]
    pub(super) fn note_delivered(&mut self, key: Key) {
        if self.delivered != Some(key)
            && let Some(before) = self.delivered.replace(key)
        {
            self.follow_delivery(before);
        }
    }

    /// After the replies that came together.
    pub(super) fn end_delivery(&mut self) {
        if let Some(key) = self.delivered.take() {
            self.follow_delivery(key);
        }
        self.latency_run.flush(&mut self.stats.latency);
    }

    /// After replies to a client: its limits, its pause, the sums and the list of peers to write to.
    fn follow_delivery(&mut self, key: Key) {
        let Some(client) = self.clients.get(key) else {
            return;
        };
        if client.paused.is_some() {
            self.resumable.push(key);
        }
        let is_over = client.output.unwritten_len() > self.config.limits.client_output_max;
        let may_end = client.phase != Phase::Open && client.is_answered();
        self.touch_client(key);
        if is_over {
            self.stats.counters.closes_output_max += 1;
            self.close_client(key);
        } else if may_end {
            self.close_if_done(key);
        }
    }

    /// Answers the newest request of a client without asking a node.
    pub(super) fn answer(&mut self, key: Key, command: Option<&'static Command>, reply: &[u8]) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        self.stats.counters.local_answers += 1;
        if let Some(quiet) = &mut client.quiet
            && !quiet.takes_answer()
        {
            return;
        }
        if client.pending.is_empty() {
            client.output.append(reply);
            self.stats.counters.replies += 1;
        } else {
            let waiting = client.pending.stash(reply);
            let arrival = client.last_active;
            client.pending.push(Pending {
                arrival,
                command,
                state: State::Ready(waiting),
            });
        }
        self.touch_client(key);
    }

    /// As [`Self::answer`], with the reply written by `write`.
    pub(super) fn answer_with(
        &mut self,
        key: Key,
        command: &'static Command,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        write(&mut out);
        self.answer(key, Some(command), &out);
        self.scratch = out;
    }

    /// One part less that later ones of its slot wait for.
    pub(super) fn settle(&mut self, key: Key, slot: Slot) {
        if let Some(client) = self.clients.get_mut(key) {
            client.settle(slot);
            self.releases.push_back((key, slot));
        }
    }

    /// Sends held parts whose turn has come: one per client and slot, the next when that one is answered,
    /// so that a slot which moves again cannot change their order.
    pub(super) fn run_releases(&mut self, now: Time) {
        while let Some((key, slot)) = self.releases.pop_front() {
            if let Some((id, bytes)) = self.take_held(key, slot) {
                self.touch_client(key);
                self.redispatch(id, bytes, None, now);
            } else if let Some(client) = self.clients.get_mut(key) {
                client.forget_settled(slot);
            }
        }
    }

    /// The oldest part of a client in `slot` that is held or unsettled, if it is held.
    fn take_held(&mut self, key: Key, slot: Slot) -> Option<(PartId, Bytes)> {
        let client = self.clients.get_mut(key)?;
        if client.pending.waiting() == 0 {
            return None;
        }
        let waits = |part: &Part| part.slot == slot && part.is_waited_for();
        let (id, part) = client
            .pending
            .iter_mut()
            .find_map(|(seq, pending)| match &mut pending.state {
                State::Whole(part) if waits(part) => Some(((seq, WHOLE), part)),
                State::Split(split) => split
                    .parts_mut()
                    .find(|(_, part)| waits(part))
                    .map(|(index, part)| ((seq, index), part)),
                State::Walk(walk) => walk
                    .parts_mut()
                    .find(|(_, part)| waits(part))
                    .map(|(index, part)| ((seq, index), part)),
                State::Whole(_) | State::Ready(_) => None,
            })?;
        if part.unsettled || !matches!(part.at, At::Held(_)) {
            return None;
        }
        let At::Held(bytes) = std::mem::replace(&mut part.at, At::Done) else {
            return None;
        };
        part.unsettled = true;
        client.unsettle(slot);
        client.pending.sub_waiting(bytes.len());
        let (seq, part) = id;
        Some((
            PartId {
                client: key,
                seq,
                part,
            },
            bytes,
        ))
    }

    /// Bytes of a client's output were taken by the socket.
    pub(super) fn client_written(&mut self, id: ClientId, count: usize) {
        self.stats.counters.bytes_to_clients += count as u64;
        let Some(client) = self.clients.get_mut(id.0) else {
            return;
        };
        client.moved_at = self.moment;
        client.held_until = None;
        client.output.advance(count);
        client.output.release(client.output.written());
        if client.output.unwritten_len() > 0 {
            client.output.note_rest();
        }
        if client.paused.is_some() {
            self.resumable.push(id.0);
        }
        self.touch_client(id.0);
        if !self.brakes.is_empty() {
            self.ease_brakes(id.0, self.moment);
        }
        self.close_if_done(id.0);
    }

    /// The client gets what is due to it and then the end; it sends nothing more.
    pub(super) fn end_after_replies(&mut self, key: Key) {
        self.give_upload_up(key);
        if let Some(client) = self.clients.get_mut(key) {
            client.phase = Phase::Finishing;
            client.input = BytesMut::new();
        }
        self.touch_client(key);
        self.close_if_done(key);
    }

    /// While draining: ends a client that has nothing half sent and nothing waiting.
    pub(super) fn finish_client(&mut self, key: Key) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        if client.paused.is_none() {
            self.end_after_replies(key);
        }
    }

    /// Ends a client that was told goodbye and has got everything.
    pub(super) fn close_if_done(&mut self, key: Key) {
        let Some(client) = self.clients.get(key) else {
            return;
        };
        if client.phase == Phase::Finishing
            && client.is_answered()
            && client.output.unwritten_len() == 0
        {
            self.close_client(key);
        }
    }

    /// Ends a client now.
    pub(super) fn close_client(&mut self, key: Key) {
        if self.forget_client(key) {
            self.act(Action::CloseClient(ClientId(key)));
        }
    }

    /// Drops a client's state. What it has under way at nodes is received and dropped.
    pub(super) fn forget_client(&mut self, key: Key) -> bool {
        self.forget_quiet(key, true);
        self.forget_passage(key);
        self.forget_monitor(key);
        self.forget_inquiry(key);
        self.forget_transaction(key);
        self.forget_upload(key);
        self.drop_lease(key);
        self.forget_subscriber(key);
        self.stop_tracking(key);
        self.forget_target(key);
        let Some(mut client) = self.clients.remove(key) else {
            return false;
        };
        if self.retries.held != Held::default() {
            self.retries.held.remove_all(Held::of(&mut client));
        }
        self.forget_bytes(client.counted_bytes);
        self.busy_clients -= usize::from(client.counted_busy);
        self.stats.counters.clients_closed += 1;
        true
    }
}

// === impl ClientSession ===

impl ClientSession {
    /// Puts a reply into the output if its request is the oldest, with those that waited for it, else keeps it.
    /// Returns how many were released.
    #[inline]
    pub(super) fn release(
        &mut self,
        seq: u32,
        reply: &Frame<'_>,
        now: Time,
        latency: (&mut LatencyRun, &mut Latency),
    ) -> u64 {
        if self.pending.position(seq) != 0 {
            self.keep_reply(seq, reply);
            return 0;
        }
        if self.quiet.is_some() {
            return self.release_wanted(seq, reply, now, latency);
        }
        match reply {
            Frame::Borrowed(bytes) => self.output.append(bytes),
            Frame::Shared(bytes) => self.output.append_shared(bytes.clone()),
        }
        self.pop_released(now, latency)
    }

    /// As [`Self::release`], with the merged reply of a request all of whose parts have answered; `scratch` is
    /// memory for it if it does not go straight into the output. Also returns what was its state.
    fn release_split(
        &mut self,
        seq: u32,
        scratch: &mut Vec<u8>,
        now: Time,
        latency: (&mut LatencyRun, &mut Latency),
    ) -> (u64, Option<Box<Split>>) {
        let is_oldest = self.pending.position(seq) == 0;
        let Some(pending) = self.pending.get_mut(seq) else {
            return (0, None);
        };
        let state = std::mem::replace(&mut pending.state, State::Ready(Reply::EMPTY));
        let State::Split(split) = state else {
            debug_assert!(false, "a request is merged that was not cut");
            return (0, None);
        };
        let released = if is_oldest && self.quiet.is_none() && !split.is_gathered() {
            self.output
                .append_with(split.merged_len_max(), |out| split.merge(out));
            self.pop_released(now, latency)
        } else {
            scratch.clear();
            split.merge(scratch);
            if scratch.len() < LARGE {
                self.release(seq, &Frame::Borrowed(scratch), now, latency)
            } else {
                let merged = Frame::Shared(std::mem::take(scratch).into());
                self.release(seq, &merged, now, latency)
            }
        };
        (released, Some(split))
    }

    /// Takes the oldest request out, whose reply is in the output, and puts those behind it that waited for it.
    #[inline(always)]
    fn pop_released(&mut self, now: Time, (run, latency): (&mut LatencyRun, &mut Latency)) -> u64 {
        let mut released = 0;
        if let Some(arrival) = self.pending.pop() {
            self.released = arrival;
            run.record(now.since(arrival), latency);
            released += 1;
        }
        while let Some((arrival, reply)) = self.pending.pop_ready() {
            match reply {
                Reply::Stashed { start, len } => {
                    self.output.append(self.pending.stashed(start, len));
                    self.pending.unstash(len);
                }
                Reply::Shared(bytes) => {
                    self.pending.sub_waiting(bytes.len());
                    self.output.append_shared(bytes);
                }
            }
            self.released = arrival;
            run.record(now.since(arrival), latency);
            released += 1;
        }
        released
    }

    /// As [`Self::release`] of the oldest request, for a client that does not want all replies.
    #[cold]
    fn release_wanted(
        &mut self,
        seq: u32,
        reply: &Frame<'_>,
        now: Time,
        (run, latency): (&mut LatencyRun, &mut Latency),
    ) -> u64 {
        let mut released = 0;
        if !self.drops(seq) {
            released += 1;
            match reply {
                Frame::Borrowed(bytes) => self.output.append(bytes),
                Frame::Shared(bytes) => self.output.append_shared(bytes.clone()),
            }
        }
        if let Some(arrival) = self.pending.pop() {
            self.released = arrival;
            run.record(now.since(arrival), latency);
        }
        loop {
            let seq = self.pending.front_seq();
            let Some((arrival, reply)) = self.pending.pop_ready() else {
                return released;
            };
            let is_wanted = !self.drops(seq);
            match reply {
                Reply::Stashed { start, len } => {
                    if is_wanted {
                        self.output.append(self.pending.stashed(start, len));
                    }
                    self.pending.unstash(len);
                }
                Reply::Shared(bytes) => {
                    self.pending.sub_waiting(bytes.len());
                    if is_wanted {
                        self.output.append_shared(bytes);
                    }
                }
            }
            self.released = arrival;
            run.record(now.since(arrival), latency);
            released += u64::from(is_wanted);
        }
    }

    fn drops(&mut self, seq: u32) -> bool {
        self.quiet.as_mut().is_some_and(|quiet| quiet.drops(seq))
    }

    /// Keeps a reply that overtook older requests.
    #[inline]
    fn keep_reply(&mut self, seq: u32, reply: &Frame<'_>) {
        let waiting = match reply {
            Frame::Borrowed(bytes) => self.pending.stash(bytes),
            Frame::Shared(bytes) => {
                self.pending.add_waiting(bytes.len());
                Reply::Shared(bytes.clone())
            }
        };
        if let Some(pending) = self.pending.get_mut(seq) {
            pending.state = State::Ready(waiting);
        }
    }
}
