//! Client-side caching: who hears that a key has changed.
//!
//! A node remembers which keys a link has read and says once when one changes. Links are shared, so clients that
//! track use links of their own terms, on which nodes are told to track; what each client has read is kept in a
//! [`Table`], and what a node says is passed on to exactly these. In BCAST mode nodes say of every key with
//! certain prefixes that it has changed: one more link per primary brings that for all such clients
//! ([`broadcast`]).
//!
//! A client that may have missed something is told to forget: the keys of a slot when its primary changes, and
//! everything when a link is lost on which nodes would have told it.
//!
//! A change is told at once, and once more if the reply with which its key was read had to wait ([`order`]).
//!
//! A key is noted when its reply comes, not when it is asked for: the node may say that it has changed, and
//! forget, before it has read it for this client.
//!
//! A client may have all this said to another one ([`redirect`]), which may be another worker's ([`post`]); then it may
//! speak RESP2 itself, and its links have the nodes say it on one of RESP3 ([`collect`]).
//!
//! Limits: `limits.tracked_keys_max` keys per worker; the oldest is said to have changed to make room.

use std::collections::{BTreeSet, VecDeque};

use super::Pipeline;
use super::link::{InFlight, PartId, Purpose};
use super::pending::State;
use super::slab::Key;
use super::time::Time;
use crate::cluster::Slot;
use crate::command::{self, Command};
use crate::resp::{Limits, ReplyView, RequestScanner, RequestView};

mod broadcast;
mod collect;
mod commands;
mod options;
mod order;
mod own;
mod post;
mod redirect;
mod table;
#[cfg(test)]
mod tests;

use self::broadcast::Broadcasts;
use self::collect::Recent;
pub(super) use self::options::Options;
use self::order::{Again, Early};
use self::post::Post;
use self::redirect::{Change, Redirect, Targets};
use self::table::{Heard, Table};

/// What this worker knows of its clients' caches.
#[derive(Debug, Default)]
pub(super) struct Tracking {
    pub(super) table: Table,
    /// Clients that track what they read.
    trackers: BTreeSet<Key>,
    /// Clients that choose what counts, by OPTIN or OPTOUT.
    choosers: usize,
    broadcasts: Broadcasts,
    /// Clients of this worker that hear of what others have read.
    targets: Targets,
    /// What clients of other workers have to hear.
    post: Post,
    /// What nodes have said lately on links of RESP3 about what was read on links of RESP2.
    recent: Recent,
    /// What has to be told once more.
    again: Again,
}

/// What one client has asked for.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    options: Options,
    /// The client that hears of it instead.
    redirect: Option<Redirect>,
    /// CLIENT CACHING was said: YES or NO for what comes next.
    caching: Option<bool>,
    /// Requests under way for which it was, oldest first.
    chosen: VecDeque<u32>,
    /// What it has read, as far as replies to it wait.
    early: Early,
}

// === impl Tracking ===

impl Tracking {
    /// If any client chooses what counts, which each of its requests must be looked at for.
    pub(super) fn has_choosers(&self) -> bool {
        self.choosers > 0
    }

    /// If something is to be done without an event from outside.
    pub(super) fn is_idle(&self) -> bool {
        let is_told = self.targets.owe_nothing() && self.again.is_empty();
        is_told && self.broadcasts.is_settled() && self.post.is_idle()
    }

    /// If the client with this number hears of what others have read, which may come at any time.
    pub(super) fn has_target(&self, number: u64) -> bool {
        self.targets.has(number)
    }
}

// === impl Tracker ===

impl Tracker {
    /// If it hears of what it reads, and so uses links on which nodes track.
    pub(super) fn is_by_reading(&self) -> bool {
        !self.options.broadcast
    }

    /// Letters in CLIENT LIST.
    pub(super) fn flags(&self) -> &'static str {
        match (self.is_broken(), self.options.broadcast) {
            (false, false) => "t",
            (false, true) => "tB",
            (true, false) => "tR",
            (true, true) => "tRB",
        }
    }

    /// If the client that was to hear of it is gone.
    fn is_broken(&self) -> bool {
        self.redirect.is_some_and(|redirect| redirect.is_broken)
    }

    /// Notes that CLIENT CACHING was said about the request `seq`; requests before `oldest` are answered.
    fn choose(&mut self, seq: u32, oldest: u32) {
        self.forget_answered(oldest);
        self.chosen.push_back(seq);
    }

    fn forget_answered(&mut self, oldest: u32) {
        let is_past = |chosen: u32| chosen.wrapping_sub(oldest) > u32::MAX / 2;
        while self.chosen.front().is_some_and(|chosen| is_past(*chosen)) {
            self.chosen.pop_front();
        }
    }

    /// If what the request `seq` has read counts; requests before `oldest` are answered.
    fn counts(&mut self, seq: u32, oldest: u32) -> bool {
        self.forget_answered(oldest);
        let is_chosen = self.chosen.contains(&seq);
        if self.options.opt_in {
            is_chosen
        } else {
            !(self.options.opt_out && is_chosen)
        }
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Before a request is taken: notes if CLIENT CACHING was said about it.
    pub(super) fn note_choice(&mut self, key: Key, command: &Command) {
        if let Some(client) = self.clients.get_mut(key)
            && let Some(tracker) = &mut client.tracker
            && tracker.caching.is_some()
            && command.name != "client|caching"
        {
            tracker.choose(client.pending.next_seq(), client.pending.front_seq());
        }
    }

    /// After a request was taken, or was not.
    pub(super) fn end_choice(&mut self, key: Key, command: &Command, is_taken: bool) {
        if let Some(client) = self.clients.get_mut(key)
            && let Some(tracker) = &mut client.tracker
            && command.name != "client|caching"
        {
            // What was answered at once, or not taken, does not wait under this number.
            if tracker.chosen.back() == Some(&client.pending.next_seq()) {
                tracker.chosen.pop_back();
            }
            // Said before MULTI it is about the whole transaction.
            if is_taken && client.transaction.is_none() {
                tracker.caching = None;
            }
        }
    }

    /// A node has answered on a link on which it tracks: what was read is noted, what was written remembered until
    /// the node has said whom that concerns. What failed has been read, too: within MGET it is null, and may be cached.
    pub(super) fn note_tracked(&mut self, link: Key, id: PartId, entry: &InFlight, reply: &[u8]) {
        let Some(found) = self.links.get_mut(link) else {
            return;
        };
        let bytes = found.log.frame(entry.start, entry.len as usize);
        found.last_write = None;
        let is_collected = found.terms.is_collected();
        let is_deaf = found.is_deaf();
        let node = found.node;
        let Some(client) = self.clients.get_mut(id.client) else {
            return;
        };
        let oldest = client.pending.front_seq();
        let pending = client.pending.get(id.seq);
        // A client that walks over keys gets none of their values.
        if pending.is_some_and(|pending| matches!(pending.state, State::Walk(_))) {
            return;
        }
        let Some(tracker) = client.tracker.as_mut().filter(|t| t.is_by_reading()) else {
            return;
        };
        let positions = &mut self.key_positions;
        if tracker.options.no_loop && !entry.read_only && !is_collected {
            let keys = own::changed_keys(&bytes, reply, positions);
            found.last_write = (!keys.is_empty()).then_some((id.client, keys));
        }
        if !tracker.counts(id.seq, oldest) {
            return;
        }
        let mut positions = std::mem::take(positions);
        each_request(&bytes, |view| {
            if !reads(view, &mut positions) {
                return;
            }
            for key in positions.iter().filter_map(|at| view.arg(*at)) {
                // What was said while the reply was under way may have been about this very reading.
                let is_missed = is_collected && self.tracking.recent.has(key, entry.placed);
                if !self.routes.is_in_shard_of(Slot::of_key(key), node) {
                    // Its slot only moves there: if the move is called off, the node hears of no change.
                    self.tell_later(id, Change::Keys(&[key]));
                } else if is_deaf || is_missed {
                    self.tell(Change::Keys(&[key]), &[id.client]);
                } else {
                    self.note_read(key, id.client);
                }
                self.note_early(key, id);
            }
        });
        self.key_positions = positions;
    }

    fn note_read(&mut self, key: &[u8], client: Key) {
        let max = self.config.limits.tracked_keys_max;
        if let Some((key, readers)) = self.tracking.table.note_read(key, client, max) {
            self.stats.counters.tracked_keys_evicted += 1;
            self.tell(Change::Keys(&[&*key]), &readers);
        }
    }

    /// A push on a link: true if it is about keys that have changed.
    pub(super) fn take_invalidation(&mut self, link: Key, push: &[u8], now: Time) -> bool {
        let Some(found) = self.links.get(link) else {
            return false;
        };
        let is_broadcast = found.purpose == Purpose::Invalidations;
        let collects = found.purpose == Purpose::Collector;
        if !is_broadcast && !collects && !found.terms.tracking {
            return false;
        }
        let view = ReplyView::new(push);
        let mut words = view.elements().into_iter().flatten();
        if words.next().and_then(|word| word.as_bulk()) != Some(b"invalidate") {
            return false;
        }
        let Some(what) = words.next() else {
            return false;
        };
        self.stats.counters.invalidations_received += 1;
        let Some(keys) = what.elements() else {
            // FLUSHALL: everything.
            if is_broadcast {
                self.flush_broadcasters();
            } else {
                self.tracking.recent.note_all(now);
                self.flush_trackers();
            }
            return true;
        };
        let keys = keys.filter_map(|key| key.as_bulk());
        if is_broadcast {
            // A node says at once what has changed within one turn of its own.
            self.tell_broadcasters(&keys.collect::<Vec<_>>());
            return true;
        }
        let found = self.links.get_mut(link);
        let own = found.and_then(|found| found.last_write.take());
        for key in keys {
            if collects {
                self.tracking.recent.note(key, now);
            }
            let mut readers = self.tracking.table.take(key);
            if let Some((writer, changed)) = &own
                && changed.contains(key)
            {
                readers.retain(|reader| reader != writer);
            }
            self.tell(Change::Keys(&[key]), &readers);
        }
        if let Some(found) = self.links.get_mut(link) {
            found.last_write = own;
        }
        true
    }

    /// Clients that track what they read may have missed something.
    pub(super) fn flush_trackers(&mut self) {
        self.tracking.table.clear();
        let trackers: Vec<Key> = self.tracking.trackers.iter().copied().collect();
        self.tell(Change::All, &trackers);
    }

    /// The primary of these slots changed: nobody tells of their keys what the one before knew.
    pub(super) fn forget_tracked_slots(&mut self, slots: &[Slot]) {
        if self.tracking.table.len() == 0 || slots.is_empty() {
            return;
        }
        let table = &mut self.tracking.table;
        let heard: Vec<Heard> = slots
            .iter()
            .flat_map(|slot| table.take_slot(*slot))
            .collect();
        for (key, readers) in heard {
            self.tell(Change::Keys(&[&*key]), &readers);
        }
    }

    /// A client tracks no more, or is gone.
    pub(super) fn stop_tracking(&mut self, key: Key) {
        let Some(tracker) = self.clients.get_mut(key).and_then(|c| c.tracker.take()) else {
            return;
        };
        let options = tracker.options;
        if options.opt_in || options.opt_out {
            self.tracking.choosers -= 1;
        }
        self.tracking.trackers.remove(&key);
        self.tracking.broadcasts.remove(key);
        self.note_specials();
    }
}

/// Shows each request of a part, which may be several one behind the other.
fn each_request(bytes: &[u8], mut show: impl FnMut(&RequestView<'_>)) {
    let mut rest = bytes;
    while let Ok(shape) = RequestScanner::default().scan_shape(rest, &Limits::DEFAULT) {
        let (frame, behind) = rest.split_at(shape.frame_len().min(rest.len()));
        show(&RequestView::with_shape(frame, &shape));
        rest = behind;
    }
}

/// If a request reads keys that its node tracks; they are in `positions` then. What scripts read is not known
/// here, so all keys that they are given count.
fn reads(view: &RequestView<'_>, positions: &mut Vec<usize>) -> bool {
    let Some(command) = view.arg(0).and_then(command::lookup) else {
        return false;
    };
    let sub = view.arg(1).and_then(|word| command.subcommand(word));
    let command = sub.unwrap_or(command);
    let counts = command.is_readonly() || command.group == "scripting";
    counts && command.keys(view, positions).is_ok()
}
