//! Memory that gets scarce because clients do not take their replies.
//!
//! Replies below the size that is passed on are received whole, whoever they are for. So while buffers hold three
//! quarters of what they may (memory is *tight*), a link is *braked*: it is not read while its next reply is for a client
//! that leaves more than [`OWED`] unread; once memory is full, for one that leaves anything unread. What waits
//! for earlier replies counts as unread, but not when the reply is the one that it waits for. The rest stays in the
//! kernel and at the node. New requests use another link meanwhile. If that lasts, clients that take nothing have to
//! go, the largest first: others wait for them, who do read.
//!
//! Holds: a braked link is in [`Pipeline::brakes`], and has no passage. Limits: what one read brings for each link beyond
//! three quarters; links that may be left at once ([`LEFT_MAX`]).

use std::time::Duration;

use super::client::ClientSession;
use super::link::{LinkState, Purpose, ShardLink};
use super::passage::{LEFT_AFTER, LEFT_MAX};
use super::slab::Key;
use super::time::Time;
use super::{Action, LinkId, Pipeline, TICK};

/// If a link is not read because of a client that does not, and for how long.
#[derive(Debug, Default)]
pub(super) struct Brake {
    pub(super) is_on: bool,
    /// For how long it is on.
    lasts: Duration,
    /// For how long it was on in all, since it was last off for [`FORGOTTEN_AFTER`].
    spent: Duration,
    /// When it was last on.
    seen_at: Time,
}

/// So much may wait for a client while memory is tight before its next reply is left to the node.
const OWED: usize = 64 * 1024;

/// A link may be braked for so long in all, and no longer than half of `server_timeout`, before clients have to go.
const PATIENCE_MAX: Duration = Duration::from_secs(1);

/// Who has taken nothing for this part of that time has to go.
const STILL_PART: u32 = 8;

/// If others wait behind the one that the link waits for, those who take nothing have to go after this part of that
/// time. Those who take a little have all of it.
const URGENT_PART: u32 = 4;

/// What a link was braked for is forgotten when it was read for so long.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(10);

/// After a tick that comes so late everybody has one more to take what they are given: the worker could not see it.
const LATE: Duration = Duration::from_millis(50);

// === impl ShardLink ===

impl ShardLink {
    /// If it carries what was not asked for.
    fn has_messages(&self) -> bool {
        matches!(
            self.purpose,
            Purpose::Subscriptions | Purpose::Invalidations
        )
    }

    /// If others wait behind the client whose reply is next.
    fn makes_others_wait(&self) -> bool {
        let oldest = self.in_flight.front().and_then(|entry| entry.owner.part());
        oldest.is_some_and(|id| self.has_others(id))
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// If buffers hold so much that nothing more should be taken in for clients that do not take it.
    #[inline]
    pub(super) fn is_memory_tight(&self) -> bool {
        self.held_bytes > self.held_bytes_max - self.held_bytes_max / 4
    }

    /// Replies came on link `key`: if it is to be read on.
    #[inline]
    pub(super) fn follow_brake(&mut self, key: Key) {
        if self.is_memory_tight() {
            self.put_brake_on(key);
        }
    }

    #[cold]
    fn put_brake_on(&mut self, key: Key) {
        let must = self.links.get(key).is_some_and(|l| self.must_brake(l));
        if let Some(link) = self.links.get_mut(key)
            && must
            && !link.brake.is_on
        {
            if self.moment >= link.brake.seen_at.plus(FORGOTTEN_AFTER) {
                link.brake.spent = Duration::ZERO;
            }
            link.brake.is_on = true;
            self.brakes.push(key);
            self.stats.counters.links_held += 1;
        }
    }

    /// If what comes next on a link is for somebody who has not taken what is here already.
    fn must_brake(&self, link: &ShardLink) -> bool {
        let is_open = matches!(link.state, LinkState::Ready | LinkState::Retiring);
        if !is_open || link.passage.is_some() || !self.is_memory_tight() {
            return false;
        }
        // It may be for anybody.
        if link.has_messages() {
            let mut clients = self.clients.iter();
            return self.is_memory_full()
                && clients.any(|(_, client)| {
                    self.may_be_told(client) && client.output.unwritten_len() > OWED
                });
        }
        let Some(id) = link.in_flight.front().and_then(|entry| entry.owner.part()) else {
            return false;
        };
        let Some(client) = self.clients.get(id.client) else {
            return false;
        };
        let most = if self.is_memory_full() { 0 } else { OWED };
        // A reply that all others wait for lets them go.
        let waiting = match client.pending.position(id.seq) {
            0 => 0,
            _ => client.pending.held_len(),
        };
        client.output.unwritten_len() + waiting > most
    }

    /// A client has taken something: links may be read on.
    pub(super) fn ease_brakes(&mut self, client: Key, now: Time) {
        for key in self.brakes.clone() {
            let is_for = self.links.get(key).is_some_and(|link| {
                let oldest = link.in_flight.front().and_then(|entry| entry.owner.part());
                oldest.is_some_and(|id| id.client == client)
            });
            if is_for {
                self.renew_brake(key, now);
            }
        }
        let links = &self.links;
        self.brakes
            .retain(|key| links.get(*key).is_some_and(|link| link.brake.is_on));
    }

    /// Takes the brake off a link that may be read on; true if it is still on.
    fn renew_brake(&mut self, key: Key, now: Time) -> bool {
        let must = self.links.get(key).is_some_and(|l| self.must_brake(l));
        let Some(link) = self.links.get_mut(key).filter(|link| link.brake.is_on) else {
            return false;
        };
        if !must {
            link.brake.is_on = false;
            link.brake.lasts = Duration::ZERO;
            // It was not asked, so it could not say anything.
            link.heard_at = now;
            if link.has_messages() {
                // What waits for an answer has its time from now on: the answer may be there already.
                for entry in &mut link.in_flight {
                    entry.placed = now;
                }
            }
            self.act(Action::ResumeLink(LinkId(key)));
        }
        must
    }

    /// A large reply has begun on a link, which decides from now on if that is read: something may come in spite of a
    /// brake.
    pub(super) fn end_brake(&mut self, key: Key, now: Time) {
        self.renew_brake(key, now);
        self.brakes.retain(|other| *other != key);
    }

    /// At each tick: what only time or others bring about. The last tick was at `before`.
    pub(super) fn check_brakes(&mut self, before: Time, now: Time) {
        self.is_excused = now >= before.plus(LATE) && !self.is_excused;
        let patience = (self.config.cluster.server_timeout / 2).min(PATIENCE_MAX);
        for key in std::mem::take(&mut self.brakes) {
            if !self.renew_brake(key, now) {
                continue;
            }
            let left = self.passages.links.len() + self.brakes.len();
            let Some(link) = self.links.get_mut(key) else {
                continue;
            };
            link.brake.lasts += TICK;
            link.brake.spent += TICK;
            link.brake.seen_at = now;
            link.heard_at = now;
            let is_shared = link.purpose.is_for_scripts()
                || matches!(link.purpose, Purpose::Primary | Purpose::ReplicaRead);
            // Messages are for many: these wait for nobody.
            let is_urgent = link.brake.spent >= patience / URGENT_PART && link.makes_others_wait();
            let is_over = link.has_messages() || is_urgent || link.brake.spent >= patience;
            let is_to_leave = is_shared
                && link.state == LinkState::Ready
                && link.brake.lasts >= LEFT_AFTER
                && left <= LEFT_MAX;
            if is_to_leave {
                self.leave_link(key, now);
            }
            if is_over && !self.is_excused {
                self.close_still(patience / STILL_PART, now);
                self.close_trickling(key, patience);
            }
            if self.renew_brake(key, now) {
                self.brakes.push(key);
            }
        }
    }

    /// If messages or invalidations may come for a client.
    fn may_be_told(&self, client: &ClientSession) -> bool {
        client.subscriber.is_some()
            || client.tracker.is_some()
            || self.tracking.has_target(client.number)
    }

    /// A link has waited for too long, and still does, for a client that takes a little now and then: that one is closed.
    fn close_trickling(&mut self, key: Key, patience: Duration) {
        let Some(link) = self.links.get(key) else {
            return;
        };
        if link.brake.spent < patience || !self.must_brake(link) {
            return;
        }
        let is_guilty = |client: &ClientSession| client.output.unwritten_len() > OWED;
        let oldest = link.in_flight.front().and_then(|entry| entry.owner.part());
        let found = if link.has_messages() {
            let listening = self.clients.iter();
            let listening =
                listening.filter(|(_, client)| self.may_be_told(client) && is_guilty(client));
            let largest = listening.max_by_key(|(_, client)| client.output.unwritten_len());
            largest.map(|(key, _)| key)
        } else {
            oldest.map(|id| id.client)
        };
        let found = found.filter(|key| self.clients.get(*key).is_some_and(is_guilty));
        if let Some(client) = found {
            self.stats.counters.closes_memory += 1;
            self.close_client(client);
        }
    }

    /// Closes clients that have taken nothing for so long, the largest first, until memory is not tight.
    fn close_still(&mut self, still: Duration, now: Time) {
        let mut all: Vec<(usize, Key)> = Vec::new();
        for (key, client) in self.clients.iter() {
            // What it has just been given was not offered to it yet.
            let is_still = now >= client.moved_at.plus(still) && !client.dirty;
            if is_still && client.output.unwritten_len() > OWED {
                all.push((client.held_bytes(), key));
            }
        }
        all.sort_unstable_by(|a, b| b.cmp(a));
        for (_, key) in all {
            if !self.is_memory_tight() {
                return;
            }
            self.stats.counters.closes_memory += 1;
            self.close_client(key);
        }
    }
}
