//! Where topics are subscribed: homes are chosen, nodes are asked and told, again and again until it works.

use super::topics::{Kind, Place, PlaceState, Topic};
use super::{HEARTBEAT, LINGERING_MAX, PAUSE_MAX, SETTLED_PER_TICK, UNNEEDED_FOR};
use crate::pipeline::link::{InFlight, LinkState, Owner, PING, Purpose, Terms};
use crate::pipeline::routes::NodeRef;
use crate::pipeline::slab::Key;
use crate::pipeline::time::Time;
use crate::pipeline::{LinkEnd, Pipeline, answers};
use crate::resp::{Protocol, write};

/// Links for subscriptions speak RESP3, whatever clients do: there messages and replies are told apart.
const TERMS: Terms = Terms::plain(Protocol::Resp3);

impl Pipeline {
    /// Brings a topic nearer to where it should be.
    pub(super) fn settle_topic(&mut self, key: Key, now: Time) {
        let Some(topic) = self.subscriptions.topics.get_mut(key) else {
            return;
        };
        if let Some(due) = topic.due.take() {
            self.subscriptions.due.remove(&(due, key));
        }
        if !topic.is_wanted() {
            self.leave_places(key, now, |_| true);
            self.subscriptions.topics.remove_unneeded(key);
            return;
        }
        if !self.settle_home(key, now) {
            self.postpone(key, now);
        }
        self.settle_other_places(key, now);
    }

    /// Finds a home for a topic that has none; false if no node can be asked now.
    fn settle_home(&mut self, key: Key, now: Time) -> bool {
        let Some(topic) = self.subscriptions.topics.get(key) else {
            return true;
        };
        if topic
            .home_place()
            .is_some_and(|home| self.is_good_home(topic, home))
        {
            self.note_heard(key);
            return true;
        }
        let home = topic.home;
        let is_home = |link: Key| home == Some(link);
        // The map may be behind: until another node confirms a sharded channel, the one that has it stays.
        let stays = topic.kind == Kind::Shard && topic.is_heard();
        for node in self.homes(topic) {
            match self
                .subscriptions
                .topics
                .get(key)
                .and_then(|topic| topic.place_at(node))
            {
                // What it says next decides.
                Some(place) if place.state == PlaceState::Leaving => return true,
                Some(place) if place.state == PlaceState::Asked => {
                    if !stays && !is_home(place.link) {
                        self.set_home(key, place.link);
                        self.note_behind(key, place.link);
                    }
                    return true;
                }
                Some(place) if is_home(place.link) => return true,
                Some(place) if stays => {
                    self.set_home(key, place.link);
                    return true;
                }
                // It is asked once more: messages that came before its answer have come from elsewhere.
                Some(place) if self.ask(key, place.link, now) => {
                    self.set_home(key, place.link);
                    return true;
                }
                Some(_) => {}
                None => {
                    if let Some(link) = self.ask_node(key, node, now) {
                        if !stays {
                            self.set_home(key, link);
                        }
                        return true;
                    }
                }
            }
        }
        false
    }

    /// What was refused elsewhere does not count any more if the home sends messages.
    pub(super) fn note_heard(&mut self, key: Key) {
        if let Some(topic) = self.subscriptions.topics.get_mut(key)
            && topic.is_heard()
        {
            topic.attempts = 0;
            topic.refusal = None;
        }
    }

    /// If the home may stay. Any node of the shard that owns the slot gets the messages of a sharded channel; one
    /// that has lost the slot mostly says so itself.
    fn is_good_home(&self, topic: &Topic, home: Place) -> bool {
        let entry = self.routes.node(home.node);
        home.state != PlaceState::Leaving
            && !entry.is_some_and(|entry| entry.has_failed)
            && (topic.kind != Kind::Shard || self.routes.is_in_shard_of(topic.slot, home.node))
    }

    /// Nodes that may be the home of a topic, the best first.
    fn homes(&self, topic: &Topic) -> Vec<NodeRef> {
        let owner = self.routes.primary_of(topic.slot);
        let mut nodes: Vec<NodeRef> = owner.into_iter().collect();
        if topic.kind == Kind::Shard {
            return nodes;
        }
        let others = self.routes.primaries().into_iter();
        nodes.extend(others.filter(|node| Some(*node) != owner));
        let works = |node: NodeRef| {
            let entry = self.routes.node(node);
            entry.is_some_and(|entry| entry.works() && !entry.has_failed)
        };
        nodes.sort_by_key(|node| !works(*node));
        nodes
    }

    fn note_behind(&mut self, key: Key, link: Key) {
        let topic = self.subscriptions.topics.get_mut(key);
        if let Some(place) = topic.and_then(|topic| topic.place_mut(link)) {
            place.is_behind = true;
        }
    }

    fn set_home(&mut self, key: Key, link: Key) {
        if let Some(topic) = self.subscriptions.topics.get_mut(key) {
            topic.home = Some(link);
        }
    }

    /// Every primary is asked for what may carry notifications; who is neither primary nor home is told to stop.
    fn settle_other_places(&mut self, key: Key, now: Time) {
        let Some(topic) = self.subscriptions.topics.get(key) else {
            return;
        };
        let home = topic.home;
        let mut needed = Vec::new();
        if topic.wants_notices {
            needed.clone_from(&self.subscriptions.primaries);
        }
        let missing = needed
            .iter()
            .filter(|node| topic.place_at(**node).is_none());
        let missing: Vec<NodeRef> = missing.copied().collect();
        self.leave_places(key, now, |place| {
            Some(place.link) != home && !needed.contains(&place.node)
        });
        for node in missing {
            if self.ask_node(key, node, now).is_none() {
                self.postpone(key, now);
            }
        }
    }

    /// Asks a node that has no place yet, over its link for subscriptions.
    fn ask_node(&mut self, key: Key, node: NodeRef, now: Time) -> Option<Key> {
        let link = self.link_to(node, TERMS, Purpose::Subscriptions, now)?;
        self.ask(key, link, now).then_some(link)
    }

    /// Sends a subscription; false if the link has as much under way as it may.
    pub(super) fn ask(&mut self, key: Key, link: Key, now: Time) -> bool {
        if !self.say_on(key, link, false, now) {
            return false;
        }
        let Some(held) = self.links.get_mut(link) else {
            return false;
        };
        if let Some(topic) = self.subscriptions.topics.get_mut(key) {
            let state = PlaceState::Asked;
            if let Some(place) = topic.place_mut(link) {
                place.state = state;
            } else {
                let node = held.node;
                held.topics += 1;
                topic.places.push(Place {
                    link,
                    node,
                    state,
                    is_behind: false,
                });
            }
        }
        true
    }

    /// Tells nodes to send no more of a topic: those meant that have confirmed it.
    fn leave_places(&mut self, key: Key, now: Time, is_meant: impl Fn(&Place) -> bool) {
        let Some(topic) = self.subscriptions.topics.get(key) else {
            return;
        };
        let places = topic.places.iter();
        let confirmed = places.filter(|place| place.state == PlaceState::Confirmed);
        let meant: Vec<Place> = confirmed.filter(|place| is_meant(place)).copied().collect();
        for place in meant {
            if !self.say_on(key, place.link, true, now) {
                self.postpone(key, now);
            } else if let Some(topic) = self.subscriptions.topics.get_mut(key)
                && let Some(place) = topic.place_mut(place.link)
            {
                place.state = PlaceState::Leaving;
            }
        }
    }

    /// Appends a command about a topic to a link.
    fn say_on(&mut self, key: Key, link: Key, leaves: bool, now: Time) -> bool {
        let limits = &self.config.limits;
        let Some(topic) = self.subscriptions.topics.get(key) else {
            return false;
        };
        let Some(held) = self.links.get_mut(link) else {
            return false;
        };
        let waiting = held.in_flight.len();
        let is_ready = held.state == LinkState::Ready;
        if held.state == LinkState::Retiring
            || waiting >= limits.link_requests_in_flight_max
            || (!is_ready && waiting >= limits.node_backlog_requests_max)
        {
            return false;
        }
        let word = if leaves {
            topic.kind.unsubscribe_word()
        } else {
            topic.kind.subscribe_word()
        };
        let mut frame = Vec::new();
        write::request(
            &mut frame,
            &[word.to_ascii_uppercase().as_bytes(), &topic.name],
        );
        let is_sharded = topic.kind == Kind::Shard;
        self.push_internal(link, &frame, Owner::Topic { topic: key, leaves }, now);
        if leaves && is_sharded {
            // A node may say goodbye by itself and then answer, or refuse to: what comes before the answer to this
            // is about the topic as it was.
            self.push_internal(link, PING, Owner::Heartbeat, now);
        }
        true
    }

    /// Appends a command of corelane's own to a link for subscriptions.
    fn push_internal(&mut self, link: Key, frame: &[u8], owner: Owner, now: Time) {
        let Some(held) = self.links.get_mut(link) else {
            return;
        };
        let start = held.log.end();
        held.log.append(frame);
        held.push(InFlight {
            owner,
            start,
            len: u32::try_from(frame.len()).unwrap_or(u32::MAX),
            arrival: now,
            placed: now,
            read_only: true,
        });
        self.touch_link(link);
    }

    /// A topic is looked at again after a pause, twice as long each time.
    pub(super) fn postpone(&mut self, key: Key, now: Time) {
        let first = self.config.cluster.retry_delay;
        let Some(topic) = self.subscriptions.topics.get_mut(key) else {
            return;
        };
        let pause = first.saturating_mul(1 << topic.attempts.min(10));
        topic.attempts = topic.attempts.saturating_add(1);
        self.schedule(key, now.plus(pause.min(PAUSE_MAX)));
    }

    /// A topic is looked at again at that time, or earlier if that was said before.
    pub(super) fn schedule(&mut self, key: Key, at: Time) {
        let Some(topic) = self.subscriptions.topics.get_mut(key) else {
            return;
        };
        if topic.due.is_some_and(|due| due <= at) {
            return;
        }
        if let Some(due) = topic.due.replace(at) {
            self.subscriptions.due.remove(&(due, key));
        }
        self.subscriptions.due.insert((at, key));
    }

    /// At each tick: topics whose time has come, and commands that have waited too long.
    pub(in crate::pipeline) fn run_subscriptions(&mut self, now: Time) {
        if !self.subscriptions.is_used() {
            return;
        }
        while let Some((until, key)) = self.subscriptions.lingering.front().copied() {
            let is_crowded = self.subscriptions.lingering.len() > LINGERING_MAX;
            if now < until && !is_crowded {
                break;
            }
            self.subscriptions.lingering.pop_front();
            if let Some(topic) = self.subscriptions.topics.get_mut(key)
                && topic.lingers == Some(until)
            {
                topic.lingers = None;
                self.schedule(key, now);
            }
        }
        for _ in 0..SETTLED_PER_TICK {
            match self.subscriptions.due.first().copied() {
                Some((due, key)) if due <= now => self.settle_topic(key, now),
                _ => break,
            }
        }
        let is_late = |client: &Key| {
            let subscriber = self.clients.get(*client)?.subscriber.as_ref()?;
            Some(now >= subscriber.waiting.as_ref()?.until)
        };
        let waiting = self.subscriptions.waiting.iter();
        let late = waiting.filter(|client| is_late(client).unwrap_or(true));
        let late: Vec<Key> = late.copied().collect();
        for client in late {
            self.end_late_subscription(client, now);
        }
    }

    /// A command has waited as long as it may: that is good enough if all homes have confirmed.
    fn end_late_subscription(&mut self, client: Key, now: Time) {
        let subscriber = self.clients.get(client).and_then(|c| c.subscriber.as_ref());
        let waiting = subscriber.and_then(|subscriber| subscriber.waiting.as_ref());
        let topics = waiting.map_or(&[][..], |waiting| &waiting.topics);
        let topics = || {
            topics
                .iter()
                .filter_map(|key| self.subscriptions.topics.get(*key))
        };
        let Some(missing) = topics().find(|topic| !topic.is_heard()) else {
            return self.complete_subscription(client);
        };
        let mut reply = Vec::new();
        match &missing.refusal {
            Some(refusal) => write::error(&mut reply, &String::from_utf8_lossy(refusal)),
            None => {
                let millis = self.config.cluster.server_timeout.as_millis();
                write::error(&mut reply, &answers::no_confirmation(millis));
            }
        }
        self.stats.counters.errors_subscribe += 1;
        self.fail_subscription(client, &reply, now);
    }

    /// After a change of the slot map: nodes that own slots have come or gone.
    pub(in crate::pipeline) fn recheck_subscriptions(&mut self, now: Time) {
        self.subscriptions.primaries = self.routes.primaries_with_slots();
        for key in self.subscriptions.topics.keys() {
            let Some(topic) = self.subscriptions.topics.get(key) else {
                continue;
            };
            let home = topic.home_place();
            if topic.wants_notices || home.is_none_or(|home| !self.is_good_home(topic, home)) {
                self.schedule(key, now);
            }
        }
    }

    /// At each tick, for each link for subscriptions: is its node still there, and is it needed?
    pub(in crate::pipeline) fn check_subscription_link(&mut self, key: Key, now: Time) {
        let timeout = self.config.cluster.server_timeout;
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        if let Some(oldest) = link.in_flight.front() {
            // While it is not read for want of memory, the node may have answered.
            if !link.brake.is_on && now >= oldest.placed.plus(timeout) {
                self.end_link(key, LinkEnd::Silent, now);
            }
            return;
        }
        if link.topics > 0 {
            link.needed_at = now;
        } else if now >= link.needed_at.plus(UNNEEDED_FOR) {
            self.close_unneeded(key);
            return;
        }
        if now >= link.heard_at.plus(HEARTBEAT) {
            link.heard_at = now;
            self.push_internal(key, PING, Owner::Heartbeat, now);
        }
    }
}
