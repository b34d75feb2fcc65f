//! Clients that track and speak RESP2: what they read goes over links of RESP2, on which a node cannot say that
//! something has changed.
//!
//! So the node is told to say it on one more link, of RESP3, which all such links to it share: the collector. A link
//! is ready only when it has one, and goes out of use with it.
//!
//! What comes on two links may come in any order. A key may be said to have changed before the reply comes with which
//! it was read, and then the node says nothing of it a second time. [`Recent`] knows what was said while a
//! request was under way, and the client is told after the reply; too often rather than too rarely, because it
//! knows keys only by a short hash.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::pipeline::link::{LinkState, Purpose, ShardLink, Terms};
use crate::pipeline::routes::NodeRef;
use crate::pipeline::slab::Key;
use crate::pipeline::time::Time;
use crate::pipeline::{LinkEnd, Pipeline};
use crate::resp::Protocol;

/// When keys were last said to have changed, by a hash of each; and everything.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// Empty until something is said.
    keys: Vec<Option<Time>>,
    all: Option<Time>,
}

/// Times that are kept: with thousands of changes during one request a read in hundreds is told for nothing.
const PLACES: usize = 1 << 14;

/// Such a link has to know under which number its node has the collector.
const NO_ID: &str =
    "it does not tell the number of a connection, which CLIENT TRACKING in RESP2 needs";

// === impl Recent ===

impl Recent {
    pub(super) fn note(&mut self, key: &[u8], now: Time) {
        if self.keys.is_empty() {
            self.keys.resize(PLACES, None);
        }
        if let Some(place) = self.keys.get_mut(place_of(key)) {
            *place = Some(now);
        }
    }

    pub(super) fn note_all(&mut self, now: Time) {
        self.all = Some(now);
    }

    /// If a key was said to have changed since then, maybe.
    pub(super) fn has(&self, key: &[u8], since: Time) -> bool {
        let said = self.keys.get(place_of(key)).copied().flatten();
        said.max(self.all).is_some_and(|said| said >= since)
    }
}

fn place_of(key: &[u8]) -> usize {
    usize::try_from(hash_of(key)).unwrap_or_default() % PLACES
}

pub(super) fn hash_of(key: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

// === impl Pipeline ===

impl Pipeline {
    /// A link was opened whose node is to tell on the collector, which is opened if there is none.
    pub(in crate::pipeline) fn collect(&mut self, key: Key, node: NodeRef, now: Time) {
        let terms = Terms::plain(Protocol::Resp3);
        if let Some(collector) = self.link_to(node, terms, Purpose::Collector, now) {
            self.join_collector(key, collector);
        }
    }

    /// Tells the node of a link where to tell, if the collector is ready.
    fn join_collector(&mut self, key: Key, collector: Key) {
        let found = self.links.get(collector);
        let ready = found.filter(|link| link.state == LinkState::Ready);
        let id = ready.and_then(|link| link.handshake.connection_id);
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        if let Some(id) = id {
            link.collector = Some(collector);
            link.handshake.say_collector(id);
            self.touch_link(key);
        }
    }

    /// A link is ready; those that have waited for it as their collector go on.
    pub(in crate::pipeline) fn note_collector(&mut self, collector: Key, now: Time) {
        let Some(found) = self.links.get(collector) else {
            return;
        };
        if found.purpose != Purpose::Collector {
            return;
        }
        if found.handshake.connection_id.is_none() {
            return self.end_link(collector, LinkEnd::Refused(NO_ID.into()), now);
        }
        for key in self.uncollected(found.node) {
            self.join_collector(key, collector);
        }
    }

    /// If a link that is lost is a collector, or waits for one, of a node that other links work with: what it refuses to a
    /// collector says nothing about them.
    pub(in crate::pipeline) fn is_beside(&self, lost: &ShardLink) -> bool {
        let waits = lost.state == LinkState::Handshaking && lost.is_deaf();
        let mut links = self.links.iter();
        (waits || lost.purpose == Purpose::Collector)
            && links.any(|(_, link)| link.node == lost.node && link.state == LinkState::Ready)
    }

    /// A collector is lost: nobody hears what its links have read, and they are left. Those that have waited for it
    /// end at once, so that what they were opened for is tried again.
    pub(in crate::pipeline) fn lose_collector(&mut self, collector: Key, node: NodeRef, now: Time) {
        let links = self.links.iter();
        let joined = links.filter(|(_, link)| link.collector == Some(collector));
        let joined: Vec<Key> = joined.map(|(key, _)| key).collect();
        self.tracking.recent.note_all(now);
        self.flush_trackers();
        for key in joined {
            let Some(link) = self.links.get_mut(key) else {
                continue;
            };
            link.collector = None;
            link.is_spoilt = true;
            let is_held = link.purpose == Purpose::Private && link.holder.is_some();
            // What its holder relies on may still be there; what it reads is said to have changed at once.
            if link.state != LinkState::Retiring && !is_held {
                self.retire(key, LinkEnd::Unneeded, now);
                self.close_if_retired(key, now);
            }
        }
        let entry = self.routes.node(node);
        let terms = Terms::plain(Protocol::Resp3);
        // They may wait for another one.
        if entry.is_some_and(|entry| entry.link(terms, Purpose::Collector).is_some()) {
            return;
        }
        for key in self.uncollected(node) {
            self.end_link(key, LinkEnd::Deaf, now);
        }
    }

    /// Links to a node that wait for a collector.
    fn uncollected(&self, node: NodeRef) -> Vec<Key> {
        let links = self.links.iter().filter(|(_, link)| {
            let is_new = matches!(link.state, LinkState::Connecting | LinkState::Handshaking);
            is_new && link.node == node && link.is_deaf()
        });
        links.map(|(key, _)| key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Recent, Time};

    #[test]
    fn what_was_said_since_then_is_known() {
        let mut recent = Recent::default();
        assert!(!recent.has(b"a", Time(0)));
        recent.note(b"a", Time(5));
        assert!(recent.has(b"a", Time(5)) && recent.has(b"a", Time(4)));
        assert!(!recent.has(b"a", Time(6)) && !recent.has(b"b", Time(4)));
        recent.note_all(Time(7));
        assert!(recent.has(b"a", Time(7)) && recent.has(b"b", Time(6)));
        assert!(!recent.has(b"a", Time(8)));
    }
}
