//! A change that is told before the reply with which the key was read.
//!
//! Replies wait for older requests of their client, and those of parts for the other parts; what nodes say of changes
//! does not. So a client might hear of a change, and then get what the key held before, for good. Keys whose reply
//! waits are remembered (*early*), and a change of one of them is told once more when the reply has left. With BCAST
//! nobody knows what a client reads, so every change is told once more to one that waits for replies. A client with
//! REDIRECT has two connections and expects them in any order.
//!
//! Limits: as many early keys per client as its requests under way have; [`AGAIN_MAX`] changes per worker are told
//! again, beyond that one per client that everything may have changed.

use super::collect::hash_of;
use super::redirect::Change;
use crate::pipeline::Pipeline;
use crate::pipeline::link::{PartId, WHOLE};
use crate::pipeline::slab::Key;

/// Keys that a client has read by requests that have not been answered, by a hash of each, with the request.
#[derive(Debug, Default)]
pub(super) struct Early(Vec<(u32, u64)>);

/// Changes that are told again.
#[derive(Debug, Default)]
pub(super) struct Again(Vec<Repeat>);

#[derive(Debug)]
struct Repeat {
    client: Key,
    /// The request whose reply has to leave first.
    seq: u32,
    /// The key; without one everything may have changed.
    key: Option<Box<[u8]>>,
}

const AGAIN_MAX: usize = 1024;

// === impl Early ===

impl Early {
    /// The newest request, of those that are under way, that has read what has changed; `position` tells which
    /// are, and in which order.
    fn concerned(
        &self,
        change: Change<'_>,
        position: impl Fn(u32) -> Option<usize>,
    ) -> Option<u32> {
        let hashes: Option<Vec<u64>> = match change {
            _ if self.0.is_empty() => return None,
            Change::Keys(keys) => Some(keys.iter().map(|key| hash_of(key)).collect()),
            Change::All => None,
        };
        let read = self.0.iter();
        let read = read.filter(|(_, key)| hashes.as_ref().is_none_or(|all| all.contains(key)));
        let under_way = read.filter_map(|(seq, _)| Some((position(*seq)?, *seq)));
        under_way.max().map(|(_, seq)| seq)
    }
}

// === impl Again ===

impl Again {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, client: Key, seq: u32, change: Change<'_>) {
        match change {
            Change::Keys(keys) if self.0.len() + keys.len() <= AGAIN_MAX => {
                let repeats = keys.iter().map(|key| Repeat {
                    client,
                    seq,
                    key: Some((*key).into()),
                });
                self.0.extend(repeats);
            }
            Change::Keys(_) | Change::All => {
                self.0.retain(|repeat| repeat.client != client);
                let key = None;
                self.0.push(Repeat { client, seq, key });
            }
        }
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// A key was noted for a client, of a request whose reply may have to wait.
    pub(super) fn note_early(&mut self, key: &[u8], id: PartId) {
        let Some(client) = self.clients.get_mut(id.client) else {
            return;
        };
        let leaves_now = id.part == WHOLE && client.pending.position(id.seq) == 0;
        if let Some(tracker) = &mut client.tracker
            && tracker.redirect.is_none()
            && !leaves_now
        {
            let early = &mut tracker.early.0;
            if early.len() == early.capacity() {
                early.retain(|(seq, _)| client.pending.get(*seq).is_some());
            }
            early.push((id.seq, hash_of(key)));
        }
    }

    /// A client is being told of a change: if it will get what was before only now, it is told again.
    pub(super) fn note_again(&mut self, reader: Key, change: Change<'_>) {
        let Some(client) = self.clients.get(reader) else {
            return;
        };
        let Some(tracker) = client.tracker.as_deref() else {
            return;
        };
        let pending = &client.pending;
        let position = |seq| pending.get(seq).map(|_| pending.position(seq));
        let concerned = if tracker.options.broadcast {
            // What it reads comes over other links than what nodes say of changes, in any order.
            let newest = pending.next_seq().wrapping_sub(1);
            (tracker.redirect.is_none() && !pending.is_empty()).then_some(newest)
        } else {
            tracker.early.concerned(change, position)
        };
        if let Some(seq) = concerned {
            self.tracking.again.add(reader, seq, change);
        }
    }

    /// Tells a client of a change when the reply to a request of its own has left.
    pub(super) fn tell_later(&mut self, id: PartId, change: Change<'_>) {
        self.tracking.again.add(id.client, id.seq, change);
    }

    /// Tells again what can be told now. Called at each tick.
    pub(super) fn repeat_changes(&mut self) {
        if self.tracking.again.is_empty() {
            return;
        }
        let clients = &self.clients;
        let is_due = |repeat: &mut Repeat| {
            let client = clients.get(repeat.client);
            client.is_none_or(|client| client.pending.get(repeat.seq).is_none())
        };
        let due: Vec<Repeat> = self.tracking.again.0.extract_if(.., is_due).collect();
        let is_same = |one: &Repeat, next: &Repeat| {
            one.client == next.client && one.key.is_some() && next.key.is_some()
        };
        for repeats in due.chunk_by(is_same) {
            let Some(repeat) = repeats.first() else {
                continue;
            };
            let keys = repeats.iter().filter_map(|repeat| repeat.key.as_deref());
            let keys: Vec<&[u8]> = keys.collect();
            let change = repeat
                .key
                .as_deref()
                .map_or(Change::All, |_| Change::Keys(&keys));
            let client = self.clients.get(repeat.client);
            let tracker = client.and_then(|client| client.tracker.as_deref());
            if tracker.is_some_and(|tracker| tracker.redirect.is_none()) {
                // What it has asked since then is answered by what was true since then, so not again.
                self.send_change(repeat.client, &change.push());
            } else {
                self.tell(change, &[repeat.client]);
            }
        }
    }
}
