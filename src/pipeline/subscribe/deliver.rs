//! Messages on their way to the clients that listen, and clients that do not read them.
//!
//! A message is put between replies, never inside one: replies enter a client's output whole. To a client in
//! RESP2 it is an array, which differs from the push by its first byte. Small messages are copied for each
//! client, large ones share their bytes.

use bytes::Bytes;

use super::notices;
use super::topics::{Kind, PlaceState};
use crate::pipeline::Pipeline;
use crate::pipeline::client::ClientSession;
use crate::pipeline::ingest::Frame;
use crate::pipeline::slab::Key;
use crate::pipeline::time::Time;
use crate::resp::Protocol;

impl Pipeline {
    /// Gives a message that came on `link` to the clients that listen to the topic `name`.
    pub(super) fn deliver_message(
        &mut self,
        link: Key,
        kind: Kind,
        name: &[u8],
        channel: &[u8],
        frame: &Frame<'_>,
        now: Time,
    ) {
        if !self.gather_receivers(link, kind, name, channel) {
            self.stats.counters.pushes_dropped += 1;
            return;
        }
        let receivers = std::mem::take(&mut self.subscriptions.receivers);
        let mut array = std::mem::take(&mut self.scratch);
        array.clear();
        if let Frame::Borrowed(bytes) = frame {
            array.push(ARRAY);
            array.extend_from_slice(bytes.get(1..).unwrap_or_default());
        }
        let limits = &self.config.limits;
        let (max, soft) = (limits.subscriber_output_max, limits.subscriber_output_soft);
        self.stats.counters.messages += receivers.len() as u64;
        for key in &receivers {
            let Some(client) = self.clients.get_mut(*key) else {
                continue;
            };
            // What came before may have been read meanwhile.
            client.note_backlog(client.output.unwritten_len() > soft, now);
            client.append_message(frame, &array);
            let waiting = client.output.unwritten_len();
            client.note_backlog(waiting > soft, now);
            self.touch_client(*key);
            if waiting > max {
                self.stats.counters.closes_subscriber += 1;
                self.close_client(*key);
            }
        }
        self.scratch = array;
        self.subscriptions.receivers = receivers;
    }

    /// Finds the clients that get a message; false if nobody does.
    fn gather_receivers(&mut self, link: Key, kind: Kind, name: &[u8], channel: &[u8]) -> bool {
        let subscriptions = &mut self.subscriptions;
        subscriptions.receivers.clear();
        let Some(key) = subscriptions.topics.find(kind, name) else {
            return false;
        };
        let Some(topic) = subscriptions.topics.get(key) else {
            return false;
        };
        let Some(place) = topic.place(link) else {
            return false;
        };
        let counts = if topic.wants_notices && notices::is_notice(channel) {
            // Replicas notify too, of what their primaries have told already.
            place.state != PlaceState::Leaving && subscriptions.primaries.contains(&place.node)
        } else {
            topic.home == Some(link) && place.state == PlaceState::Confirmed
        };
        if counts {
            subscriptions.receivers.extend(&topic.members);
        }
        !subscriptions.receivers.is_empty()
    }

    /// Closes clients that have had too much to read for too long. Called once in a while.
    pub(in crate::pipeline) fn check_subscriber(&mut self, key: Key, now: Time) {
        let limits = &self.config.limits;
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        client.note_backlog(
            client.output.unwritten_len() > limits.subscriber_output_soft,
            now,
        );
        let since = client
            .subscriber
            .as_ref()
            .and_then(|found| found.slow_since);
        if since.is_some_and(|since| now >= since.plus(limits.subscriber_output_soft_for)) {
            self.stats.counters.closes_subscriber += 1;
            self.close_client(key);
        }
    }
}

// === impl ClientSession ===

impl ClientSession {
    /// Puts a message behind what waits; `array` is a small one for RESP2.
    fn append_message(&mut self, frame: &Frame<'_>, array: &[u8]) {
        match (frame, self.protocol) {
            (Frame::Borrowed(push), Protocol::Resp3) => self.output.append(push),
            (Frame::Borrowed(_), Protocol::Resp2) => self.output.append(array),
            (Frame::Shared(push), Protocol::Resp3) => self.output.append_shared(push.clone()),
            (Frame::Shared(push), Protocol::Resp2) => {
                self.output.append(&[ARRAY]);
                let rest: Bytes = push.slice(1.min(push.len())..);
                self.output.append_shared(rest);
            }
        }
    }

    /// Follows since when too much waits.
    fn note_backlog(&mut self, is_slow: bool, now: Time) {
        if let Some(subscriber) = &mut self.subscriber {
            let since = subscriber.slow_since.unwrap_or(now);
            subscriber.slow_since = is_slow.then_some(since);
        }
    }
}

/// The first byte of an array.
const ARRAY: u8 = b'*';
