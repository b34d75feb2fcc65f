//! What the clients of a worker listen to, and where the nodes have been asked for it.
//!
//! A topic is a channel, a pattern or a sharded channel, whatever number of clients listens to it. It has a
//! place at each node that was asked for it: one, its home, and for notifications about keys one at every primary.
//!
//! Holds: names are unique per kind; a topic has at most one place per link; the home is one of its places.

use std::collections::{BTreeSet, HashMap};

use super::notices;
use crate::cluster::Slot;
use crate::command::Command;
use crate::pipeline::routes::NodeRef;
use crate::pipeline::slab::{Key, Slab};
use crate::pipeline::time::Time;

/// What kind of name clients listen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::pipeline) enum Kind {
    /// SUBSCRIBE.
    Channel,
    /// PSUBSCRIBE.
    Pattern,
    /// SSUBSCRIBE.
    Shard,
}

/// One name that clients listen to.
#[derive(Debug)]
pub(in crate::pipeline) struct Topic {
    pub(in crate::pipeline) kind: Kind,
    pub(in crate::pipeline) name: Box<[u8]>,
    pub(super) slot: Slot,
    /// Notifications may be among its messages, so it has a place at every primary.
    pub(super) wants_notices: bool,
    /// Clients that get its messages.
    pub(in crate::pipeline) members: BTreeSet<Key>,
    /// Clients whose command waits for it.
    pub(super) waiters: BTreeSet<Key>,
    /// How often it is named by commands that wait, for this topic or for another one.
    pub(super) holds: usize,
    pub(super) places: Vec<Place>,
    /// The link whose messages count, once its place is confirmed. Notifications count from all primaries.
    pub(super) home: Option<Key>,
    /// Attempts in a row without a home.
    pub(super) attempts: u32,
    /// When it is looked at again.
    pub(super) due: Option<Time>,
    /// Nobody listens any more; the nodes are told then.
    pub(super) lingers: Option<Time>,
    /// What a node said last that refused it for the moment.
    pub(super) refusal: Option<Box<[u8]>>,
}

/// A node that was asked for a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) link: Key,
    pub(super) node: NodeRef,
    pub(super) state: PlaceState,
    /// It became the home after it was asked: what it says behind its answer may have come from another one already, so
    /// it is asked once more.
    pub(super) is_behind: bool,
}

/// How far a node is. While it is asked or leaving, one command about the topic is under way on its link, and
/// never a second one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlaceState {
    Asked,
    Confirmed,
    Leaving,
}

/// All topics of a worker.
#[derive(Debug)]
pub(in crate::pipeline) struct Topics {
    slab: Slab<Topic>,
    by_name: [HashMap<Box<[u8]>, Key>; 3],
    /// Patterns, each of which every published message is compared with.
    patterns: BTreeSet<Key>,
    name_bytes: usize,
    memberships: usize,
}

// === impl Kind ===

impl Kind {
    /// What a command such as SUBSCRIBE or PUNSUBSCRIBE is about.
    pub(in crate::pipeline) fn of(command: &Command) -> Self {
        match command.name {
            "psubscribe" | "punsubscribe" => Self::Pattern,
            "ssubscribe" | "sunsubscribe" => Self::Shard,
            _ => Self::Channel,
        }
    }

    pub(super) fn subscribe_word(self) -> &'static str {
        match self {
            Self::Channel => "subscribe",
            Self::Pattern => "psubscribe",
            Self::Shard => "ssubscribe",
        }
    }

    pub(super) fn unsubscribe_word(self) -> &'static str {
        match self {
            Self::Channel => "unsubscribe",
            Self::Pattern => "punsubscribe",
            Self::Shard => "sunsubscribe",
        }
    }

    /// Place among things that there are one of for each kind.
    pub(super) fn index(self) -> usize {
        match self {
            Self::Channel => 0,
            Self::Pattern => 1,
            Self::Shard => 2,
        }
    }
}

// === impl Topic ===

impl Topic {
    fn new(kind: Kind, name: &[u8]) -> Self {
        Self {
            kind,
            name: name.into(),
            slot: Slot::of_key(name),
            wants_notices: match kind {
                Kind::Channel => notices::is_notice(name),
                Kind::Pattern => notices::may_match_notices(name),
                Kind::Shard => false,
            },
            members: BTreeSet::new(),
            waiters: BTreeSet::new(),
            holds: 0,
            places: Vec::new(),
            home: None,
            attempts: 0,
            due: None,
            lingers: None,
            refusal: None,
        }
    }

    /// If the nodes shall send its messages.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_listened_to() || self.lingers.is_some()
    }

    /// If a client listens or is about to.
    pub(super) fn is_listened_to(&self) -> bool {
        !self.members.is_empty() || self.holds > 0
    }

    pub(super) fn place(&self, link: Key) -> Option<&Place> {
        self.places.iter().find(|place| place.link == link)
    }

    pub(super) fn place_mut(&mut self, link: Key) -> Option<&mut Place> {
        self.places.iter_mut().find(|place| place.link == link)
    }

    pub(super) fn place_at(&self, node: NodeRef) -> Option<Place> {
        self.places.iter().find(|place| place.node == node).copied()
    }

    /// The place of the home, if there is one.
    pub(super) fn home_place(&self) -> Option<Place> {
        self.place(self.home?).copied()
    }

    /// If its home sends its messages.
    pub(super) fn is_heard(&self) -> bool {
        self.home_place()
            .is_some_and(|place| place.state == PlaceState::Confirmed)
    }

    /// If clients may be told that they are subscribed: its home sends its messages, and no node that can be
    /// reached has still to answer.
    pub(super) fn is_ready(&self) -> bool {
        let is_asked = |place: &Place| place.state == PlaceState::Asked;
        self.is_heard() && !self.places.iter().any(is_asked)
    }

    /// Takes a place out; true if there was one.
    pub(super) fn remove_place(&mut self, link: Key) -> bool {
        let before = self.places.len();
        self.places.retain(|place| place.link != link);
        if self.home == Some(link) {
            self.home = None;
        }
        self.places.len() < before
    }
}

// === impl Topics ===

impl Topics {
    pub(super) fn new() -> Self {
        Self {
            slab: Slab::new(),
            by_name: [HashMap::new(), HashMap::new(), HashMap::new()],
            patterns: BTreeSet::new(),
            name_bytes: 0,
            memberships: 0,
        }
    }

    pub(in crate::pipeline) fn len(&self) -> usize {
        self.slab.len()
    }

    /// Subscriptions: each topic of each client.
    pub(in crate::pipeline) fn memberships(&self) -> usize {
        self.memberships
    }

    /// Bytes of all names.
    pub(super) fn name_bytes(&self) -> usize {
        self.name_bytes
    }

    pub(in crate::pipeline) fn get(&self, key: Key) -> Option<&Topic> {
        self.slab.get(key)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut Topic> {
        self.slab.get_mut(key)
    }

    /// All topics of all kinds.
    pub(in crate::pipeline) fn iter(&self) -> impl Iterator<Item = (Key, &Topic)> {
        self.slab.iter()
    }

    pub(super) fn keys(&self) -> Vec<Key> {
        self.slab.keys()
    }

    /// The patterns.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Topic> {
        self.patterns.iter().filter_map(|key| self.slab.get(*key))
    }

    pub(in crate::pipeline) fn find(&self, kind: Kind, name: &[u8]) -> Option<Key> {
        self.by_name.get(kind.index())?.get(name).copied()
    }

    /// The topic of this name, made if there is none.
    pub(super) fn intern(&mut self, kind: Kind, name: &[u8]) -> Key {
        if let Some(key) = self.find(kind, name) {
            return key;
        }
        let key = self.slab.insert(Topic::new(kind, name));
        if let Some(names) = self.by_name.get_mut(kind.index()) {
            names.insert(name.into(), key);
        }
        if kind == Kind::Pattern {
            self.patterns.insert(key);
        }
        self.name_bytes += name.len();
        key
    }

    /// Forgets a topic that nobody wants and no node has; false if it stays.
    pub(super) fn remove_unneeded(&mut self, key: Key) -> bool {
        let is_unneeded = |topic: &Topic| !topic.is_wanted() && topic.places.is_empty();
        if !self.slab.get(key).is_some_and(is_unneeded) {
            return false;
        }
        if let Some(topic) = self.slab.remove(key) {
            if let Some(names) = self.by_name.get_mut(topic.kind.index()) {
                names.remove(&topic.name);
            }
            self.patterns.remove(&key);
            self.name_bytes -= topic.name.len();
        }
        true
    }

    /// A client gets the messages of a topic from now on.
    pub(super) fn join(&mut self, key: Key, client: Key) {
        if let Some(topic) = self.slab.get_mut(key) {
            topic.lingers = None;
            self.memberships += usize::from(topic.members.insert(client));
        }
    }

    /// A client gets them no more.
    pub(super) fn leave(&mut self, key: Key, client: Key) {
        if let Some(topic) = self.slab.get_mut(key) {
            self.memberships -= usize::from(topic.members.remove(&client));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Place, PlaceState, Topics};
    use crate::config::Config;
    use crate::pipeline::routes::Routes;
    use crate::pipeline::slab::{Key, Slab};

    fn keys<const N: usize>() -> [Key; N] {
        let mut slab = Slab::new();
        std::array::from_fn(|_| slab.insert(()))
    }

    #[test]
    fn names_are_told_apart_by_kind_and_go_with_their_last_use() {
        let [client, other] = keys();
        let mut topics = Topics::new();
        let channel = topics.intern(Kind::Channel, b"a");
        let pattern = topics.intern(Kind::Pattern, b"a");
        assert_ne!(channel, pattern);
        assert_eq!(topics.intern(Kind::Channel, b"a"), channel);
        assert_eq!((topics.len(), topics.name_bytes()), (2, 2));
        assert_eq!(topics.patterns().count(), 1);
        topics.join(channel, client);
        topics.join(channel, client);
        topics.join(channel, other);
        assert_eq!(topics.memberships(), 2);
        topics.leave(channel, client);
        topics.leave(channel, client);
        assert!(!topics.remove_unneeded(channel), "one listens");
        topics.leave(channel, other);
        assert_eq!(topics.memberships(), 0);
        assert!(topics.remove_unneeded(channel) && topics.remove_unneeded(pattern));
        assert_eq!((topics.len(), topics.name_bytes()), (0, 0));
        assert_eq!(topics.find(Kind::Channel, b"a"), None);
        assert_eq!(topics.patterns().count(), 0);
    }

    #[test]
    fn a_topic_is_ready_when_its_home_is_and_nobody_has_to_answer() {
        let [home, second] = keys();
        let node = Routes::new(&Config::default())
            .intern(&"127.0.0.1:1".parse().unwrap())
            .unwrap();
        let mut topics = Topics::new();
        let key = topics.intern(Kind::Pattern, b"*");
        let topic = topics.get_mut(key).unwrap();
        assert!(topic.wants_notices && !topic.is_ready());
        for link in [home, second] {
            let state = PlaceState::Asked;
            topic.places.push(Place {
                link,
                node,
                state,
                is_behind: false,
            });
        }
        topic.home = Some(home);
        assert!(!topic.is_heard());
        topic.place_mut(home).unwrap().state = PlaceState::Confirmed;
        assert!(topic.is_heard() && !topic.is_ready());
        assert!(topic.remove_place(second) && !topic.remove_place(second));
        assert!(topic.is_ready());
        assert!(topic.remove_place(home));
        assert_eq!((topic.home, topic.is_heard()), (None, false));
    }

    #[test]
    fn only_what_may_carry_notifications_goes_to_every_primary() {
        let mut topics = Topics::new();
        let rows = [
            (Kind::Channel, "__keyevent@0__:del", true),
            (Kind::Channel, "*", false),
            (Kind::Pattern, "*", true),
            (Kind::Pattern, "news.*", false),
            (Kind::Shard, "__keyevent@0__:del", false),
        ];
        for (kind, name, expected) in rows {
            let key = topics.intern(kind, name.as_bytes());
            assert_eq!(topics.get(key).unwrap().wants_notices, expected, "{name}");
        }
    }
}
