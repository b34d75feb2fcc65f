//! Which clients may have which keys in a cache of theirs.
//!
//! Nodes remember what a link has read, and links are shared; so nodes tell that a key has changed once, and
//! this table says which clients are to hear it.
//!
//! Holds: every key has at least one reader; keys are at most as many as the table may hold, the oldest goes
//! first. Costs: one look-up and at most one allocation per key read by a client that tracks.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;

use crate::cluster::Slot;
use crate::pipeline::slab::Key;

/// Keys, with the clients that have read them since they last changed. Clients that are gone stay until their keys
/// change, and are passed over then.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Table {
    slots: BTreeMap<Slot, HashMap<Rc<[u8]>, Vec<Key>>>,
    len: usize,
    /// Keys in the order in which they came in; some are not in the table any more.
    order: VecDeque<Rc<[u8]>>,
}

/// A key and the clients that have to hear that it may have changed.
pub(super) type Heard = (Rc<[u8]>, Vec<Key>);

// === impl Table ===

impl Table {
    /// Keys that somebody has read.
    pub(in crate::pipeline) fn len(&self) -> usize {
        self.len
    }

    /// Notes that a client has read a key. Returns the key that had to make room, if the table holds more than
    /// `max` now.
    pub(super) fn note_read(&mut self, key: &[u8], client: Key, max: usize) -> Option<Heard> {
        let keys = self.slots.entry(Slot::of_key(key)).or_default();
        if let Some(readers) = keys.get_mut(key) {
            if !readers.contains(&client) {
                readers.push(client);
            }
            return None;
        }
        let key: Rc<[u8]> = key.into();
        keys.insert(Rc::clone(&key), vec![client]);
        self.len += 1;
        self.order.push_back(key);
        if self.order.len() > 2 * self.len + SLACK {
            let slots = &self.slots;
            // A key that went and came back stands here twice; the older place is as good.
            self.order.retain(|key| {
                let keys = slots.get(&Slot::of_key(key));
                keys.is_some_and(|keys| keys.contains_key(key))
            });
        }
        if self.len > max {
            return self.take_oldest();
        }
        None
    }

    /// Takes a key out that has changed.
    pub(super) fn take(&mut self, key: &[u8]) -> Vec<Key> {
        self.take_entry(key).map_or_else(Vec::new, |heard| heard.1)
    }

    /// Takes all keys of a slot out.
    pub(super) fn take_slot(&mut self, slot: Slot) -> Vec<Heard> {
        let keys = self.slots.remove(&slot).unwrap_or_default();
        self.len -= keys.len();
        keys.into_iter().collect()
    }

    /// Takes everything out.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn take_entry(&mut self, key: &[u8]) -> Option<Heard> {
        let slot = Slot::of_key(key);
        let keys = self.slots.get_mut(&slot)?;
        let heard = keys.remove_entry(key)?;
        if keys.is_empty() {
            self.slots.remove(&slot);
        }
        self.len -= 1;
        Some(heard)
    }

    fn take_oldest(&mut self) -> Option<Heard> {
        loop {
            let key = self.order.pop_front()?;
            if let Some(heard) = self.take_entry(&key) {
                return Some(heard);
            }
        }
    }
}

/// Places of keys that are gone, before the order is cleaned up.
const SLACK: usize = 1024;

#[cfg(test)]
mod tests {
    use super::Table;
    use crate::cluster::Slot;
    use crate::pipeline::slab::Key;

    fn client(index: u32) -> Key {
        Key::from_parts(index, 0)
    }

    #[test]
    fn readers_are_told_once() {
        let mut table = Table::default();
        for reader in [1, 2, 1] {
            assert!(table.note_read(b"a", client(reader), 10).is_none());
        }
        assert_eq!(table.take(b"a"), [client(1), client(2)]);
        assert_eq!(table.take(b"a"), []);
        assert_eq!(table.take(b"never"), []);
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn the_oldest_key_makes_room() {
        let mut table = Table::default();
        table.note_read(b"a", client(1), 2);
        table.note_read(b"b", client(1), 2);
        table.take(b"a");
        assert!(table.note_read(b"c", client(2), 2).is_none());
        let (key, readers) = table.note_read(b"d", client(3), 2).unwrap();
        assert_eq!((&*key, readers), (b"b".as_slice(), vec![client(1)]));
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn places_of_keys_that_are_gone_do_not_pile_up() {
        let mut table = Table::default();
        for round in 0..100_000u32 {
            table.note_read(&round.to_le_bytes(), client(1), 10);
            table.take(&round.to_le_bytes());
        }
        assert!(
            table.order.len() <= super::SLACK + 2,
            "{}",
            table.order.len()
        );
    }

    #[test]
    fn slots_are_taken_whole() {
        let mut table = Table::default();
        for key in [b"{a}1".as_slice(), b"{a}2", b"b"] {
            table.note_read(key, client(1), 10);
        }
        let mut heard = table.take_slot(Slot::of_key(b"a"));
        heard.sort();
        let keys: Vec<&[u8]> = heard.iter().map(|(key, _)| &**key).collect();
        assert_eq!(keys, [b"{a}1", b"{a}2"]);
        assert_eq!(table.len(), 1);
        assert!(table.take_slot(Slot::of_key(b"a")).is_empty());
    }
}
