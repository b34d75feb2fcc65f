//! WATCH: a link of the client's own, whose node remembers which keys are watched.
//!
//! ```text
//!   WATCH k     a lease on a link to the owner of k's slot, which follows redirects
//!   GET k       as ever, over the shared links
//!   MULTI ...   queued here
//!   EXEC        the batch, over the leased link and no other; then the link is given back
//! ```
//!
//! Meanwhile what waits at another node has a link of its own, and the watching one is put aside; SELECT goes over the
//! watching one, so that both the client and the link change over.
//!
//! What has to go over just that link is *pinned*. If it cannot (the link was lost, the slot moved, a node took
//! over), the watch is lost with it, because the keys may have changed unnoticed: EXEC gives null, as if they
//! had, and is counted. A transaction is never executed without its watch.
//!
//! Holds: a watch on another link than that of the lease is a lost watch. A link on which keys are still watched
//! is closed and not given to anybody else.

use super::super::client::Pause;
use super::super::ingest::{Frame, Taken};
use super::super::lease::Lease;
use super::super::link::{LinkState, Owner, PartId, Patience, WHOLE};
use super::super::pending::{At, Lane, Part, Pending, State};
use super::super::place::Placed;
use super::super::slab::Key;
use super::super::time::Time;
use super::super::{Pipeline, answers};
use super::{FRAMING_COMMANDS, is_exec};
use crate::cluster::Slot;
use crate::command::{Command, Step, Treatment, treatment};
use crate::resp::{Protocol, RequestView, write};

const UNWATCH: &[u8] = b"*1\r\n$7\r\nUNWATCH\r\n";

/// Keys that a node watches for a client.
#[derive(Debug, Clone, Copy)]
pub(in crate::pipeline) struct Watch {
    /// Their slot.
    pub(super) slot: Slot,
    /// The link on which they are watched, unless the watch is lost.
    link: Option<Key>,
    /// The node was importing the slot when it was asked to watch.
    asking: bool,
}

/// What goes over the link that a client has, and over no other.
struct Pinned<'a> {
    command: &'static Command,
    slot: Slot,
    frame: Frame<'a>,
    /// How many commands it is, if it is a batch.
    batch: Option<u32>,
}

// === impl Watch ===

impl Watch {
    /// If this is the link on which keys are watched.
    pub(in crate::pipeline) fn is_on(&self, link: Key) -> bool {
        self.link == Some(link)
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// WATCH key ...
    pub(super) fn watch(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        if self.queueing(key).is_some() {
            return self.refuse_step(key, command, answers::WATCH_IN_MULTI);
        }
        let slot = self.slot_of(command, view);
        let watched = self.watched(key);
        let Some(slot) = slot.filter(|slot| watched.is_none_or(|watched| watched == *slot)) else {
            self.stats.counters.errors_crossslot += 1;
            return self.answer_error(key, command, answers::CROSSSLOT);
        };
        if watched.is_some() {
            let pinned = Pinned {
                command,
                slot,
                frame: frame.clone(),
                batch: None,
            };
            return self.forward_pinned(key, &pinned, now);
        }
        let taken = self.forward_private(key, command, slot, frame, Patience::Usual, now);
        if !matches!(taken, Taken::Later(_))
            && let Some(client) = self.clients.get_mut(key)
        {
            // Without a lease it was refused, and a transaction that relies on it must not be executed.
            let lease = client
                .lease
                .get_or_insert_with(|| Box::new(Lease::new(Patience::Usual)));
            // Redirects may lead to another link.
            lease.watch = Some(Watch {
                slot,
                link: lease.link,
                asking: false,
            });
        }
        taken
    }

    /// UNWATCH, and what DISCARD has to say to the node: the answer is OK.
    pub(super) fn unwatch(&mut self, key: Key, command: &'static Command, now: Time) -> Taken {
        let Some(slot) = self.watched(key) else {
            self.answer_with(key, command, |out| write::simple(out, "OK"));
            return Taken::Yes;
        };
        let pinned = Pinned {
            command,
            slot,
            frame: Frame::Borrowed(UNWATCH),
            batch: None,
        };
        let taken = self.forward_pinned(key, &pinned, now);
        self.note_unwatched(key, taken);
        taken
    }

    /// EXEC of a client that watches keys.
    pub(super) fn exec_watched(&mut self, key: Key, command: &'static Command, now: Time) -> Taken {
        let slot = self.watched(key).unwrap_or(Slot::FIRST);
        let Some(transaction) = self.queueing_mut(key) else {
            return Taken::Yes;
        };
        let pinned = Pinned {
            command,
            slot,
            frame: Frame::Shared(transaction.seal()),
            batch: Some(transaction.forwarded + FRAMING_COMMANDS),
        };
        let taken = self.forward_pinned(key, &pinned, now);
        self.note_unwatched(key, taken);
        taken
    }

    /// If a client watches keys, or did until the watch was lost.
    pub(super) fn is_watching(&self, key: Key) -> bool {
        self.watched(key).is_some()
    }

    /// The slot of the keys that a client watches.
    pub(in crate::pipeline) fn watched(&self, key: Key) -> Option<Slot> {
        let lease = self.clients.get(key)?.lease.as_ref()?;
        lease.watch.map(|watch| watch.slot)
    }

    /// A private part goes out on a link; WATCH takes the watch there.
    pub(in crate::pipeline) fn note_watching(&mut self, id: PartId, link: Key, asking: bool) {
        if let Some(client) = self.clients.get_mut(id.client)
            && let Some(pending) = client.pending.get_mut(id.seq)
            && pending.command.is_some_and(is_watch)
            && let Some(lease) = &mut client.lease
            && let Some(watch) = &mut lease.watch
        {
            watch.link = Some(link);
            watch.asking = asking;
        }
    }

    /// What was sent ends the watch, whatever becomes of it; so does what could not be sent.
    fn note_unwatched(&mut self, key: Key, taken: Taken) {
        match taken {
            Taken::Later(_) => {}
            Taken::Then(_) => {
                if let Some(client) = self.clients.get_mut(key)
                    && let Some(lease) = &mut client.lease
                {
                    lease.watch = None;
                }
            }
            Taken::Yes | Taken::Sent | Taken::Close => self.end_watch(key),
        }
    }

    /// Ends a watch without a word to the node: its link is closed.
    pub(in crate::pipeline) fn end_watch(&mut self, key: Key) {
        if self.is_watching(key) {
            self.drop_lease(key);
        }
    }

    /// If a part can go over no other link than the one its client has.
    pub(in crate::pipeline) fn is_pinned(&mut self, id: PartId) -> bool {
        self.part_mut(id)
            .is_some_and(|part| part.lane == Lane::Pinned)
    }

    fn forward_pinned(&mut self, key: Key, pinned: &Pinned<'_>, now: Time) -> Taken {
        let Some(client) = self.clients.get_mut(key) else {
            return Taken::Close;
        };
        if !client.pending.is_empty() {
            return Taken::Later(Pause::Barrier);
        }
        self.take_back(key, None);
        let Some(client) = self.clients.get_mut(key) else {
            return Taken::Close;
        };
        let terms = client.terms();
        let lease = client.lease.as_deref_mut();
        let watched = lease.and_then(|lease| {
            lease.patience = Patience::Usual;
            lease.selects = None;
            let watch = lease.watch?;
            (watch.link == lease.link).then_some((watch.link?, watch.asking))
        });
        let held = watched.and_then(|(link, _)| self.links.get_mut(link));
        let usable = held.filter(|link| link.state == LinkState::Ready && link.terms == terms);
        let (Some((link, asking)), Some(held)) = (watched, usable) else {
            return self.answer_lost(key, pinned.command);
        };
        held.patience = Patience::Usual;
        let mut part = Part::new(pinned.slot, At::Link);
        part.lane = Lane::Pinned;
        part.is_batch = pinned.batch.is_some();
        let seq = client.pending.push(Pending {
            arrival: now,
            command: Some(pinned.command),
            state: State::Whole(part),
        });
        let owner = match pinned.batch {
            Some(left) => Owner::Batch {
                client: key,
                seq,
                left,
            },
            None => Owner::Part(PartId {
                client: key,
                seq,
                part: WHOLE,
            }),
        };
        let read_only = pinned.batch.is_none();
        self.preload(link, owner, pinned.frame.bytes(), now);
        let placed = self.append(link, owner, read_only, &pinned.frame, now, asking, now);
        if placed != Placed::Sent {
            if let Some(client) = self.clients.get_mut(key) {
                client.pending.pop_newest();
            }
            return self.answer_lost(key, pinned.command);
        }
        self.touch_client(key);
        Taken::Then(Pause::Barrier)
    }

    /// Answers at once what would have to go over a link that is gone.
    fn answer_lost(&mut self, key: Key, command: &'static Command) -> Taken {
        let reply = self.lost_watch(key, command);
        self.answer(key, Some(command), &reply);
        Taken::Yes
    }

    /// A part cannot go over its client's own link and so not at all.
    pub(in crate::pipeline) fn lose_watch(&mut self, id: PartId, now: Time) {
        let Some(client) = self.clients.get_mut(id.client) else {
            return;
        };
        let pending = client.pending.get_mut(id.seq);
        let Some(command) = pending.and_then(|pending| pending.command) else {
            return;
        };
        if is_watch(command)
            && let Some(lease) = &mut client.lease
            && let Some(link) = lease.link.take()
        {
            lease.watch.iter_mut().for_each(|watch| watch.link = None);
            self.give_back(link, true);
        }
        let reply = self.lost_watch(id.client, command);
        let delivered = self.deliver(id, &Frame::Borrowed(&reply), now);
        debug_assert!(delivered.is_ok(), "it answers what is pinned");
    }

    /// The reply to a command that relies on a watch which is lost: a transaction is not executed, as if keys
    /// had changed, and for the others nothing is left to do.
    fn lost_watch(&mut self, key: Key, command: &'static Command) -> Vec<u8> {
        let mut reply = Vec::new();
        if is_exec(command) {
            self.stats.counters.transactions_unwatched += 1;
            let client = self.clients.get(key);
            let protocol = client.map_or(Protocol::Resp2, |client| client.protocol);
            write::null_array(&mut reply, protocol);
        } else {
            write::simple(&mut reply, "OK");
        }
        reply
    }

    /// A node refused WATCH or UNWATCH, so it does not watch, or goes on watching: its link is of no use.
    pub(in crate::pipeline) fn note_private_error(&mut self, id: PartId) {
        let Some(client) = self.clients.get_mut(id.client) else {
            return;
        };
        let pending = client.pending.get_mut(id.seq);
        let command = pending.and_then(|pending| pending.command);
        let step = command.map(treatment);
        if matches!(step, Some(Treatment::Transaction(step)) if step != Step::Exec)
            && let Some(lease) = &mut client.lease
            && let Some(link) = lease.link.take()
        {
            lease.watch.iter_mut().for_each(|watch| watch.link = None);
            self.give_back(link, true);
        }
    }
}

/// If this is WATCH.
pub(in crate::pipeline) fn is_watch(command: &Command) -> bool {
    treatment(command) == Treatment::Transaction(Step::Watch)
}
