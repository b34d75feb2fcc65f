//! SUBSCRIBE, UNSUBSCRIBE and their like, from the side of the client.

use super::topics::Kind;
use super::{LINGER, NAME_BYTES_MAX, Waiting};
use crate::command::Command;
use crate::pipeline::client::{ClientSession, Pause};
use crate::pipeline::ingest::Taken;
use crate::pipeline::slab::Key;
use crate::pipeline::time::Time;
use crate::pipeline::{Pipeline, answers};
use crate::resp::{Protocol, RequestView, write};

impl Pipeline {
    /// SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE: answered when nodes have confirmed all names.
    pub(in crate::pipeline) fn subscribe(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        now: Time,
    ) -> Taken {
        let kind = Kind::of(command);
        let Some(client) = self.clients.get_mut(key) else {
            return Taken::Close;
        };
        if !client.pending.is_empty() {
            return Taken::Later(Pause::Barrier);
        }
        if let Some(text) = self.subscriptions_left(key, view) {
            self.stats.counters.errors_subscriptions_max += 1;
            self.answer_with(key, command, |out| write::error(out, &text));
            return Taken::Yes;
        }
        let names = view.args().skip(1);
        let topics: Vec<Key> = names
            .map(|name| self.subscriptions.topics.intern(kind, name))
            .collect();
        for topic in &topics {
            if let Some(topic) = self.subscriptions.topics.get_mut(*topic) {
                topic.holds += 1;
            }
        }
        let mut missing = 0;
        for topic in &topics {
            let found = self.subscriptions.topics.get_mut(*topic);
            if let Some(found) = found.filter(|found| !found.is_ready()) {
                missing += usize::from(found.waiters.insert(key));
                self.settle_topic(*topic, now);
            }
        }
        if let Some(client) = self.clients.get_mut(key) {
            client.subscriber.get_or_insert_default().waiting = Some(Waiting {
                kind,
                topics,
                missing,
                until: now.plus(self.config.cluster.server_timeout),
            });
        }
        if missing == 0 {
            self.complete_subscription(key);
            return Taken::Yes;
        }
        self.subscriptions.waiting.insert(key);
        Taken::Then(Pause::Subscribing)
    }

    /// Why a client may not listen to that much more.
    fn subscriptions_left(&self, key: Key, view: &RequestView<'_>) -> Option<String> {
        let limits = &self.config.limits;
        let own = self.clients.get(key)?.subscriber.as_ref();
        let own = own.map_or(0, |subscriber| subscriber.total());
        let more = view.len_args() - 1;
        if own + more > limits.client_subscriptions_max {
            let max = limits.client_subscriptions_max;
            return Some(answers::subscriptions_of_client(max));
        }
        let topics = &self.subscriptions.topics;
        if topics.memberships() + more > limits.subscriptions_max {
            return Some(answers::subscriptions_of_all(limits.subscriptions_max));
        }
        let bytes: usize = view.args().skip(1).map(<[u8]>::len).sum();
        (topics.name_bytes() + bytes > NAME_BYTES_MAX)
            .then(|| answers::names_of_subscriptions(NAME_BYTES_MAX))
    }

    /// Everything that a client's command named is heard: it gets messages from now on, and its replies.
    pub(super) fn complete_subscription(&mut self, key: Key) {
        self.subscriptions.waiting.remove(&key);
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let protocol = client.protocol;
        let Some(subscriber) = &mut client.subscriber else {
            return;
        };
        let Some(waiting) = subscriber.waiting.take() else {
            return;
        };
        let mut out = Vec::new();
        for topic in waiting.topics {
            subscriber.of_mut(waiting.kind).insert(topic);
            self.subscriptions.topics.join(topic, key);
            let Some(topic) = self.subscriptions.topics.get_mut(topic) else {
                continue;
            };
            topic.holds -= 1;
            topic.waiters.remove(&key);
            let count = subscriber.count_in_reply(waiting.kind);
            let word = waiting.kind.subscribe_word();
            write_note(&mut out, protocol, word, Some(&topic.name), count);
        }
        self.note_confinement(key);
        self.end_waiting(key, &out);
    }

    /// A client's command has failed: nothing of it stays.
    pub(super) fn fail_subscription(&mut self, key: Key, reply: &[u8], now: Time) {
        self.subscriptions.waiting.remove(&key);
        self.drop_waiting(key, now);
        self.end_waiting(key, reply);
    }

    fn drop_waiting(&mut self, key: Key, now: Time) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let Some(subscriber) = &mut client.subscriber else {
            return;
        };
        let waiting = subscriber.waiting.take();
        if !subscriber.listens() {
            client.subscriber = None;
        }
        for topic in waiting.iter().flat_map(|waiting| &waiting.topics) {
            if let Some(topic) = self.subscriptions.topics.get_mut(*topic) {
                topic.holds -= 1;
                topic.waiters.remove(&key);
            }
            self.linger_if_unused(*topic, now);
        }
    }

    /// A client that waited for nodes has its answer and goes on.
    fn end_waiting(&mut self, key: Key, reply: &[u8]) {
        self.stats.counters.local_answers += 1;
        self.stats.counters.replies += 1;
        if let Some(client) = self.clients.get_mut(key) {
            debug_assert!(client.pending.is_empty(), "a subscription overtook replies");
            client.output.append(reply);
            if client.paused == Some(Pause::Subscribing) {
                self.resumable.push(key);
            }
        }
        self.touch_client(key);
    }

    /// UNSUBSCRIBE, PUNSUBSCRIBE, SUNSUBSCRIBE: answered at once.
    pub(in crate::pipeline) fn unsubscribe(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        now: Time,
    ) -> Taken {
        let kind = Kind::of(command);
        let Some(client) = self.clients.get_mut(key) else {
            return Taken::Close;
        };
        if !client.pending.is_empty() {
            return Taken::Later(Pause::Barrier);
        }
        let protocol = client.protocol;
        let names: Vec<Box<[u8]>> = match view.len_args() {
            1 => self.names_listened_to(key, kind),
            _ => view.args().skip(1).map(Into::into).collect(),
        };
        let word = kind.unsubscribe_word();
        let mut out = Vec::new();
        for name in &names {
            if let Some(topic) = self.subscriptions.topics.find(kind, name) {
                self.leave_topic(key, kind, topic, now);
            }
            let count = self.count_in_reply(key, kind);
            write_note(&mut out, protocol, word, Some(name), count);
        }
        if names.is_empty() {
            let count = self.count_in_reply(key, kind);
            write_note(&mut out, protocol, word, None, count);
        }
        self.note_confinement(key);
        self.end_waiting(key, &out);
        Taken::Yes
    }

    fn names_listened_to(&self, key: Key, kind: Kind) -> Vec<Box<[u8]>> {
        let subscriber = self.clients.get(key).and_then(|c| c.subscriber.as_ref());
        let topics = subscriber.map(|subscriber| subscriber.of(kind).iter());
        let topics = topics.into_iter().flatten();
        topics
            .filter_map(|topic| Some(self.subscriptions.topics.get(*topic)?.name.clone()))
            .collect()
    }

    fn count_in_reply(&self, key: Key, kind: Kind) -> usize {
        let subscriber = self.clients.get(key).and_then(|c| c.subscriber.as_ref());
        subscriber.map_or(0, |subscriber| subscriber.count_in_reply(kind))
    }

    fn leave_topic(&mut self, key: Key, kind: Kind, topic: Key, now: Time) {
        let subscriber = self
            .clients
            .get_mut(key)
            .and_then(|client| client.subscriber.as_mut());
        if subscriber.is_some_and(|subscriber| subscriber.of_mut(kind).remove(&topic)) {
            self.subscriptions.topics.leave(topic, key);
            self.linger_if_unused(topic, now);
        }
    }

    /// The nodes are told a little later that nobody listens to a topic any more.
    fn linger_if_unused(&mut self, key: Key, now: Time) {
        if let Some(topic) = self.subscriptions.topics.get_mut(key)
            && !topic.is_wanted()
        {
            let until = now.plus(LINGER);
            topic.lingers = Some(until);
            self.subscriptions.lingering.push_back((until, key));
        }
    }

    /// A client listens to nothing any more: it is gone, or said RESET.
    pub(in crate::pipeline) fn forget_subscriber(&mut self, key: Key) {
        let now = self.moment;
        self.subscriptions.waiting.remove(&key);
        self.drop_waiting(key, now);
        let Some(subscriber) = self
            .clients
            .get_mut(key)
            .and_then(|client| client.subscriber.take())
        else {
            return;
        };
        for topic in subscriber.topics.iter().flatten() {
            self.subscriptions.topics.leave(*topic, key);
            self.linger_if_unused(*topic, now);
        }
        if subscriber.is_confined {
            self.subscriptions.confined -= 1;
            self.note_specials();
        }
    }

    /// Follows whether a client may only send commands about subscriptions: it listens, and in RESP2 messages
    /// cannot be told from replies.
    pub(in crate::pipeline) fn note_confinement(&mut self, key: Key) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let is_resp2 = client.protocol == Protocol::Resp2;
        let Some(subscriber) = &mut client.subscriber else {
            return;
        };
        let is_confined = is_resp2 && subscriber.listens();
        let was_confined = std::mem::replace(&mut subscriber.is_confined, is_confined);
        if !subscriber.listens() && !subscriber.is_waiting() {
            client.subscriber = None;
        }
        if is_confined != was_confined {
            let confined = &mut self.subscriptions.confined;
            *confined = *confined + usize::from(is_confined) - usize::from(was_confined);
            self.note_specials();
        }
    }

    /// If a client may not send this command, because it listens in RESP2.
    pub(in crate::pipeline) fn is_confined_from(&self, key: Key, command: &Command) -> bool {
        self.clients
            .get(key)
            .is_some_and(ClientSession::is_confined)
            && !ALWAYS_ALLOWED.contains(&command.name)
    }
}

/// What a client that listens in RESP2 may send.
const ALWAYS_ALLOWED: [&str; 9] = [
    "ping",
    "psubscribe",
    "punsubscribe",
    "quit",
    "reset",
    "ssubscribe",
    "subscribe",
    "sunsubscribe",
    "unsubscribe",
];

// === impl ClientSession ===

impl ClientSession {
    /// If it may only send commands about subscriptions.
    pub(in crate::pipeline) fn is_confined(&self) -> bool {
        self.subscriber
            .as_ref()
            .is_some_and(|subscriber| subscriber.is_confined)
    }

    /// If its command waits for nodes to confirm what it named.
    pub(in crate::pipeline) fn waits_for_subscription(&self) -> bool {
        self.subscriber
            .as_ref()
            .is_some_and(|subscriber| subscriber.is_waiting())
    }

    /// If it gets messages.
    pub(in crate::pipeline) fn listens(&self) -> bool {
        self.subscriber
            .as_ref()
            .is_some_and(|subscriber| subscriber.listens())
    }
}

/// One reply of the family: the word, the name, and how many subscriptions are left.
fn write_note(
    out: &mut Vec<u8>,
    protocol: Protocol,
    word: &str,
    name: Option<&[u8]>,
    count: usize,
) {
    match protocol {
        Protocol::Resp2 => write::array(out, 3),
        Protocol::Resp3 => write::push(out, 3),
    }
    write::bulk(out, word.as_bytes());
    match name {
        Some(name) => write::bulk(out, name),
        None => write::null(out, protocol),
    }
    write::integer(out, i64::try_from(count).unwrap_or(i64::MAX));
}
