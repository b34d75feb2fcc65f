//! What nodes say on links for subscriptions: confirmations, refusals, messages; and that such a link is lost.

use super::topics::{Kind, PlaceState};
use crate::cluster::Refusal;
use crate::pipeline::Pipeline;
use crate::pipeline::ingest::Frame;
use crate::pipeline::link::{Owner, Purpose};
use crate::pipeline::slab::Key;
use crate::pipeline::time::Time;
use crate::resp::ReplyView;

/// Why a link cannot be trusted any more.
type Desync = &'static str;

const STRAY: Desync = "a word about a subscription that nothing asked for";

impl Pipeline {
    /// A push on any link.
    pub(in crate::pipeline) fn take_push(
        &mut self,
        link: Key,
        frame: &Frame<'_>,
        now: Time,
    ) -> Result<(), Desync> {
        let purpose = self.links.get(link).map(|link| link.purpose);
        if purpose != Some(Purpose::Subscriptions) {
            if !self.take_invalidation(link, frame.bytes(), now) {
                // It answers no request.
                self.stats.counters.pushes_dropped += 1;
            }
            return Ok(());
        }
        let view = ReplyView::new(frame.bytes());
        let mut words = view.elements().into_iter().flatten();
        let mut word = || words.next().and_then(|word| word.as_bulk());
        let (Some(what), Some(name)) = (word(), word()) else {
            self.stats.counters.pushes_dropped += 1;
            return Ok(());
        };
        match what {
            b"message" => self.deliver_message(link, Kind::Channel, name, name, frame, now),
            b"smessage" => self.deliver_message(link, Kind::Shard, name, name, frame, now),
            b"pmessage" => {
                let channel = word().unwrap_or_default();
                self.deliver_message(link, Kind::Pattern, name, channel, frame, now);
            }
            b"subscribe" => return self.take_confirmation(link, Kind::Channel, name, now),
            b"psubscribe" => return self.take_confirmation(link, Kind::Pattern, name, now),
            b"ssubscribe" => return self.take_confirmation(link, Kind::Shard, name, now),
            b"unsubscribe" => return self.take_goodbye(link, Kind::Channel, name, now),
            b"punsubscribe" => return self.take_goodbye(link, Kind::Pattern, name, now),
            b"sunsubscribe" => return self.take_goodbye(link, Kind::Shard, name, now),
            _ => self.stats.counters.pushes_dropped += 1,
        }
        Ok(())
    }

    /// The oldest command on a link, if it is about this topic.
    fn is_awaited(&self, link: Key, kind: Kind, name: &[u8], is_goodbye: bool) -> Option<Key> {
        let Owner::Topic { topic, leaves } = self.links.get(link)?.in_flight.front()?.owner else {
            return None;
        };
        let found = self.subscriptions.topics.get(topic)?;
        let is_it = found.kind == kind && *found.name == *name && leaves == is_goodbye;
        is_it.then_some(topic)
    }

    /// A node sends the messages of a topic from now on.
    fn take_confirmation(
        &mut self,
        link: Key,
        kind: Kind,
        name: &[u8],
        now: Time,
    ) -> Result<(), Desync> {
        let key = self.is_awaited(link, kind, name, false).ok_or(STRAY)?;
        if let Some(link) = self.links.get_mut(link) {
            link.pop();
        }
        let Some(topic) = self.subscriptions.topics.get_mut(key) else {
            return Ok(());
        };
        let mut has_moved = false;
        let is_home = topic.home == Some(link);
        if let Some(place) = topic.place_mut(link) {
            place.state = PlaceState::Confirmed;
            if std::mem::take(&mut place.is_behind) && is_home {
                if !self.ask(key, link, now) {
                    self.lose_home(key, now);
                }
                return Ok(());
            }
            let node = place.node;
            let is_owner = kind == Kind::Shard && self.routes.is_in_shard_of(topic.slot, node);
            has_moved = is_owner && topic.home != Some(link);
        }
        if has_moved {
            topic.home = Some(link);
        }
        let node = topic.place(link).map(|place| place.node);
        let primaries = &self.subscriptions.primaries;
        let notifies = topic.wants_notices && node.is_some_and(|node| primaries.contains(&node));
        let is_needed = topic.is_wanted() && (topic.home == Some(link) || notifies);
        self.note_heard(key);
        self.wake_waiters(key);
        if !is_needed || has_moved {
            self.settle_topic(key, now);
        }
        Ok(())
    }

    /// A node sends no more messages of a topic: it was told to, or it has lost the slot.
    fn take_goodbye(
        &mut self,
        link: Key,
        kind: Kind,
        name: &[u8],
        now: Time,
    ) -> Result<(), Desync> {
        if let Some(key) = self.is_awaited(link, kind, name, true) {
            if kind == Kind::Shard {
                // It may have said so by itself, and the answer is still to come; see `say_on`.
                return Ok(());
            }
            if let Some(link) = self.links.get_mut(link) {
                link.pop();
            }
            self.lose_place(key, link, now);
            return Ok(());
        }
        if kind != Kind::Shard {
            return Err(STRAY);
        }
        // Where the topic is asked for or left, the answer to that is still to come.
        if let Some(key) = self.subscriptions.topics.find(kind, name)
            && let Some(topic) = self.subscriptions.topics.get(key)
            && let Some(place) = topic.place(link)
            && place.state == PlaceState::Confirmed
        {
            self.hint(crate::cluster::RefreshReason::Moved);
            self.note_lost(key);
            self.lose_place(key, link, now);
        }
        Ok(())
    }

    /// A reply that is no push, to a command about a topic.
    pub(in crate::pipeline) fn take_topic_reply(
        &mut self,
        link: Key,
        topic: Key,
        leaves: bool,
        reply: &[u8],
        now: Time,
    ) -> Result<(), Desync> {
        let Some(text) = ReplyView::new(reply).as_error() else {
            return self.end_goodbye(topic, link, leaves, now);
        };
        self.forget_place(topic, link);
        if leaves {
            // It does not own the slot, so it has forgotten the topic by itself.
            self.settle_topic(topic, now);
        } else if let Some(refusal) = Refusal::parse(text) {
            self.follow_refusal(topic, link, &refusal, text, now);
        } else {
            self.refuse_topic(topic, reply, now);
        }
        // Where another node has it still, nothing is missing any more.
        self.wake_waiters(topic);
        Ok(())
    }

    /// The PING behind a goodbye to a sharded channel is answered, so everything about that has been said.
    fn end_goodbye(
        &mut self,
        topic: Key,
        link: Key,
        leaves: bool,
        now: Time,
    ) -> Result<(), Desync> {
        let behind = self.links.get_mut(link).and_then(|link| link.pop());
        if !leaves || behind.is_none_or(|entry| entry.owner != Owner::Heartbeat) {
            return Err(STRAY);
        }
        self.lose_place(topic, link, now);
        Ok(())
    }

    /// A node cannot take a subscription for the moment, or another one has to.
    fn follow_refusal(
        &mut self,
        key: Key,
        link: Key,
        refusal: &Refusal<'_>,
        text: &[u8],
        now: Time,
    ) {
        let Some(from) = self.links.get(link) else {
            return;
        };
        let (node, purpose) = (from.node, from.purpose);
        let _ = self.learn(link, node, purpose, refusal, now);
        let is_moved = matches!(refusal, Refusal::Moved { .. });
        let max = self.config.cluster.redirects_max;
        let Some(topic) = self.subscriptions.topics.get_mut(key) else {
            return;
        };
        topic.refusal = Some(text.into());
        if is_moved && topic.attempts < max {
            topic.attempts += 1;
            self.settle_topic(key, now);
        } else {
            self.postpone(key, now);
        }
    }

    /// A node refuses a topic for good, as for missing rights: clients that wait are told, and for those that
    /// were told otherwise before it is tried again.
    fn refuse_topic(&mut self, key: Key, reply: &[u8], now: Time) {
        let Some(topic) = self.subscriptions.topics.get_mut(key) else {
            return;
        };
        let waiters: Vec<Key> = topic.waiters.iter().copied().collect();
        topic.attempts = u32::MAX;
        for client in waiters {
            self.fail_subscription(client, reply, now);
        }
        self.postpone(key, now);
    }

    /// Clients that waited for a topic which is ready now.
    fn wake_waiters(&mut self, key: Key) {
        let Some(topic) = self.subscriptions.topics.get_mut(key) else {
            return;
        };
        if !topic.is_ready() {
            return;
        }
        for client in std::mem::take(&mut topic.waiters) {
            let session = self.clients.get_mut(client);
            let subscriber = session.and_then(|session| session.subscriber.as_mut());
            if let Some(waiting) = subscriber.and_then(|found| found.waiting.as_mut()) {
                waiting.missing -= 1;
                if waiting.missing == 0 {
                    self.complete_subscription(client);
                }
            }
        }
    }

    fn forget_place(&mut self, key: Key, link: Key) {
        if let Some(topic) = self.subscriptions.topics.get_mut(key)
            && topic.remove_place(link)
            && let Some(link) = self.links.get_mut(link)
        {
            link.topics -= 1;
        }
    }

    /// Its home cannot be asked now: it has none, and one is looked for later.
    fn lose_home(&mut self, key: Key, now: Time) {
        if let Some(topic) = self.subscriptions.topics.get_mut(key) {
            topic.home = None;
        }
        self.postpone(key, now);
    }

    /// A node does not have a topic any more: another one may be needed.
    fn lose_place(&mut self, key: Key, link: Key, now: Time) {
        self.forget_place(key, link);
        self.settle_topic(key, now);
        self.wake_waiters(key);
    }

    /// Counts a topic whose messages are missed from now on.
    fn note_lost(&mut self, key: Key) {
        let topic = self.subscriptions.topics.get(key);
        if topic.is_some_and(|topic| !topic.members.is_empty()) {
            self.stats.counters.resubscriptions += 1;
        }
    }

    /// A link for subscriptions is gone, and with it everything that was subscribed there.
    pub(in crate::pipeline) fn lose_subscriptions(&mut self, link: Key, now: Time) {
        for key in self.subscriptions.topics.keys() {
            let Some(topic) = self.subscriptions.topics.get_mut(key) else {
                continue;
            };
            let was_home = topic.home == Some(link);
            if !topic.remove_place(link) {
                continue;
            }
            if was_home {
                self.note_lost(key);
            }
            self.schedule(key, now);
            self.wake_waiters(key);
        }
    }
}
