//! WAIT and WAITAOF: until others have what the client has written.
//!
//! Servers answer for the writes of the connection that asks, and a client's writes went over connections
//! that it shares. So corelane first writes something itself over the connection that will ask: what comes
//! before it in the node's stream of replication, the client's writes among it, has arrived where that has.
//!
//! ```text
//!   for each primary:  SET corelane:wait:{..} --> DEL corelane:wait:{..}, WAIT n t --> the smallest numbers so far
//! ```
//!
//! All primaries are asked, one after the other, because a client's writes may be anywhere. A node that is no
//! primary any more or has lost the slot of the key refuses; then the tour begins again.
//!
//! Holds: a lost connection ends the tour with an error, because what was written to that node may be lost.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use super::Pipeline;
use super::blocking::Wait;
use super::client::Pause;
use super::ingest::{Frame, Taken};
use super::link::{Owner, PartId, Patience};
use super::pending::State;
use super::place::Placed;
use super::slab::Key;
use super::time::Time;
use crate::cluster::{RefreshReason, Slot};
use crate::command::{Command, WaitLimit};
use crate::resp::{ReplyView, RequestView, write};

/// A request on its way over all primaries.
#[derive(Debug)]
pub(super) struct Tour {
    /// As it came.
    request: Bytes,
    /// A key at each primary that is to be asked; the one under way is the first.
    stops: VecDeque<Box<[u8]>>,
    /// The key is written there, and the question is under way.
    is_marked: bool,
    /// The smallest numbers so far.
    least: Vec<i64>,
    /// Times that it had to begin again.
    restarts: usize,
}

/// The time that a question gets although the client's own is over: enough for replicas that are in step.
const TIME_MIN: Duration = Duration::from_millis(50);

/// Numbers below this, as hash tags, reach every slot.
const NUMBERS: u32 = 131_072;

/// How long a key lives that could not be deleted any more.
const KEY_MILLIS: &[u8] = b"1000";

/// How a node answers that is no primary any more.
const NO_PRIMARY: &[u8] = b"cannot be used with replica instances";

// === impl Pipeline ===

impl Pipeline {
    /// Begins a tour over all primaries.
    pub(super) fn take_wait(
        &mut self,
        key: Key,
        command: &'static Command,
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
        if client.ended {
            return Taken::Close;
        }
        let Some(limit) = WaitLimit::of(command, view) else {
            // Any node says what is wrong with the time.
            return self.forward_private(key, command, Slot::FIRST, frame, Patience::Usual, now);
        };
        let tour = Tour {
            request: frame.to_shared(),
            stops: self.wait_stops(0),
            is_marked: false,
            least: Vec::new(),
            restarts: 0,
        };
        let (slot, mark) = tour.mark();
        let mut wait = Wait::new(limit, now);
        wait.tour = Some(Box::new(tour));
        self.begin_wait(key, wait);
        let mark = Frame::Borrowed(&mark);
        self.forward_private(key, command, slot, &mark, Patience::Usual, now)
    }

    /// Begins a client's tour again, if it is on one: what is to be sent, and the slot it belongs to.
    pub(super) fn restart_tour(&mut self, id: PartId) -> Option<Bytes> {
        let restarts = self.tour_mut(id.client)?.restarts + 1;
        let stops = self.wait_stops(restarts);
        let tour = self.tour_mut(id.client)?;
        tour.restarts = restarts;
        tour.stops = stops;
        tour.is_marked = false;
        tour.least.clear();
        let (slot, mark) = tour.mark();
        self.lead_to(id, slot);
        self.set_patience(id.client, Patience::Usual);
        Some(mark.into())
    }

    /// Looks at a reply to a client that may be on a tour; true if it has been dealt with.
    pub(super) fn continue_tour(
        &mut self,
        link: Key,
        id: PartId,
        placed: Time,
        reply: &Frame<'_>,
        now: Time,
    ) -> bool {
        let view = ReplyView::new(reply.bytes());
        if self.tour_mut(id.client).is_none() {
            return false;
        }
        if let Some(text) = view.as_error() {
            let is_refusal = text
                .windows(NO_PRIMARY.len())
                .any(|text| text == NO_PRIMARY);
            if is_refusal {
                self.hint(RefreshReason::ReadOnly);
                self.pass_time(id, placed, now);
                let text = Bytes::copy_from_slice(reply.bytes());
                self.wait_for_retry(id, Bytes::new(), Some(text), now);
            }
            return is_refusal;
        }
        self.pass_time(id, placed, now);
        if self.tour_mut(id.client).is_some_and(|tour| !tour.is_marked) {
            self.ask_stop(link, id, now);
            return true;
        }
        let Some(tour) = self.tour_mut(id.client) else {
            return false;
        };
        if !tour.add(&view) {
            return false;
        }
        tour.stops.pop_front();
        tour.is_marked = false;
        if tour.stops.is_empty() || tour.least.iter().all(|number| *number == 0) {
            let answer = tour.answer(reply.bytes());
            let delivered = self.deliver_one(id, &Frame::Borrowed(&answer), now);
            debug_assert!(delivered.is_ok(), "whole requests take any reply");
            return true;
        }
        let (slot, mark) = tour.mark();
        self.lead_to(id, slot);
        self.set_patience(id.client, Patience::Usual);
        let node = self.routes.primary_of(slot);
        let mark = Frame::Borrowed(&mark);
        if self.place_private(id, node, false, &mark, now, now) != Placed::Sent {
            self.wait_for_retry(id, mark.to_shared(), None, now);
        }
        true
    }

    /// The key is written: asks the node that has it.
    fn ask_stop(&mut self, link: Key, id: PartId, now: Time) {
        let server_timeout = self.config.cluster.server_timeout;
        let Some(client) = self.clients.get_mut(id.client) else {
            return;
        };
        let Some(wait) = client.lease.as_mut().and_then(|lease| lease.wait.as_mut()) else {
            return;
        };
        let patience = wait.patience(server_timeout, now);
        let (until, limit) = (wait.until, wait.limit);
        let Some(tour) = &mut wait.tour else { return };
        tour.is_marked = true;
        let mut request = tour.request.clone();
        if let Some(until) = until {
            let left = Duration::from_nanos(until.since(now)).max(TIME_MIN);
            let mut renewed = Vec::new();
            limit.write(&RequestView::new(&request), left, &mut renewed);
            request = renewed.into();
        }
        let mut unmark = Vec::new();
        let stop = tour.stops.front().map(|key| &**key);
        write::request(&mut unmark, &[b"DEL", stop.unwrap_or_default()]);
        self.set_patience(id.client, patience);
        if let Some(link) = self.links.get_mut(link) {
            link.patience = patience;
        }
        self.append_own(link, Owner::Expired { left: 1 }, &unmark, now);
        let request = Frame::Shared(request);
        let placed = self.append(link, Owner::Part(id), false, &request, now, false, now);
        debug_assert_eq!(placed, Placed::Sent, "there is room on a link of one's own");
    }

    /// A key at each primary that has slots; other ones for each `variant`, since some slot may just be on its
    /// way to another node.
    fn wait_stops(&self, variant: usize) -> VecDeque<Box<[u8]>> {
        let mut missing = HashSet::new();
        let mut last = None;
        for slot in Slot::all() {
            let owner = self.routes.primary_of(slot);
            // Neighbours mostly have one owner.
            if owner != last {
                missing.extend(owner);
                last = owner;
            }
        }
        let mut stops = VecDeque::new();
        let variant = u32::try_from(variant).unwrap_or(0);
        for number in 0..NUMBERS {
            let number = number.wrapping_add(variant) % NUMBERS;
            let key = format!("corelane:wait:{{{number}}}").into_bytes();
            let owner = self.routes.primary_of(Slot::of_key(&key));
            if owner.is_some_and(|owner| missing.remove(&owner)) {
                stops.push_back(key.into());
            }
            if missing.is_empty() {
                break;
            }
        }
        stops
    }

    fn tour_mut(&mut self, client: Key) -> Option<&mut Tour> {
        self.wait_mut(client)?.tour.as_deref_mut()
    }

    /// If a client is on a tour.
    pub(super) fn is_touring(&mut self, client: Key) -> bool {
        self.tour_mut(client).is_some()
    }

    /// Ends a tour with the answer of the node that is being asked.
    pub(super) fn cut_tour(&mut self, client: Key) {
        if let Some(tour) = self.tour_mut(client) {
            tour.stops.truncate(1);
        }
    }

    fn set_patience(&mut self, client: Key, patience: Patience) {
        if let Some(client) = self.clients.get_mut(client)
            && let Some(lease) = &mut client.lease
        {
            lease.patience = patience;
        }
    }

    /// A part belongs to another slot from now on.
    fn lead_to(&mut self, id: PartId, slot: Slot) {
        let Some(client) = self.clients.get_mut(id.client) else {
            return;
        };
        let Some(State::Whole(part)) = client
            .pending
            .get_mut(id.seq)
            .map(|pending| &mut pending.state)
        else {
            return;
        };
        let before = std::mem::replace(&mut part.slot, slot);
        if std::mem::take(&mut part.unsettled) {
            self.settle(id.client, before);
        }
    }
}

// === impl Tour ===

impl Tour {
    /// The write of the next key, and its slot.
    fn mark(&self) -> (Slot, Vec<u8>) {
        // Without a map there is no primary to be asked; the tour begins again when there is one.
        let key = self.stops.front().map_or(&b"corelane:wait"[..], |key| key);
        let mut mark = Vec::new();
        write::request(&mut mark, &[b"SET", key, b"", b"PX", KEY_MILLIS]);
        (Slot::of_key(key), mark)
    }

    /// Takes the numbers of one node: one for WAIT, two for WAITAOF. False if there are none.
    fn add(&mut self, reply: &ReplyView<'_>) -> bool {
        let numbers: Option<Vec<i64>> = match reply.elements() {
            Some(elements) => elements.map(|element| element.as_integer()).collect(),
            None => reply.as_integer().map(|number| vec![number]),
        };
        let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) else {
            return false;
        };
        if self.least.len() != numbers.len() {
            self.least = numbers;
            return true;
        }
        for (least, number) in self.least.iter_mut().zip(numbers) {
            *least = number.min(*least);
        }
        true
    }

    /// The smallest numbers, in the form of the last reply.
    fn answer(&self, last: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        if last.first() == Some(&b'*') {
            write::array(&mut out, self.least.len());
        }
        for number in &self.least {
            write::integer(&mut out, *number);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::NUMBERS;
    use crate::cluster::Slot;

    #[test]
    fn numbers_reach_every_slot() {
        let tags = (0..NUMBERS).map(|number| number.to_string());
        let slots: HashSet<Slot> = tags.map(|tag| Slot::of_key(tag.as_bytes())).collect();
        assert_eq!(slots.len(), 16_384);
    }
}
