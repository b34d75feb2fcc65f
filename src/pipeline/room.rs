//! Requests while buffers are full: who goes on, and who has to go.
//!
//! Buffers are *full* when they hold more than the worker's share of `limits.memory_max`. What fills them may be replies that
//! nobody takes ([`brake`](super::brake)), or requests that have come in part. So while they are full:
//!
//! 1. Requests below [`SMALL`] are taken one at a time from clients that nothing is under way for, up to a quarter
//!    above the limit, so who sends slowly stops nobody. What has come of such a request is read on.
//! 2. Everything else waits. One client at a time has the *pass* and is read until its request is whole. It must
//!    deliver [`PIECE`] in each [`WINDOW`], and if others wait for memory, too, be done within half of `server_timeout`; else
//!    it is closed.
//! 3. After [`FULL_MAX`] those are closed, the largest first, from and to which nothing has moved although it is their
//!    turn, and those that have been read for so long without an end of their request. If not even small requests can
//!    go on after half of that, the largest that wait with requests have to go, until they can.
//!
//! Clients that have not authenticated have a budget of their own for what has come of requests ([`STRANGERS_PART`]), full
//! or not: beyond it the largest of them are closed at the next tick, so they cannot fill the buffers of the others.

use std::time::Duration;

use super::Pipeline;
use super::chunks::LARGE;
use super::client::{ClientSession, Pause, Phase};
use super::slab::Key;
use super::time::Time;
use crate::resp::{Limits, RequestShape};

/// The client that may go on although buffers are full, so that what fills them can drain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass {
    pub(super) holder: Key,
    since: Time,
    /// When its window began, and how much of its request was here then.
    window_since: Time,
    window_from: usize,
}

/// Requests below this size need no pass.
const SMALL: usize = LARGE;

/// This part of the worker's share is kept for small requests, above the limit.
const RESERVE_PART: usize = 4;

/// Whoever has the pass must deliver [`PIECE`] in each such time: a quarter of a MiB in a second. Whoever cannot do that
/// would hold up the others for long.
const WINDOW: Duration = Duration::from_millis(250);

/// See [`WINDOW`].
const PIECE: usize = 64 * 1024;

/// Buffers that stay full for so long are held by clients that do not go on.
const FULL_MAX: Duration = Duration::from_secs(1);

/// Nobody is closed for waiting with less than this.
const WORTH_CLOSING: usize = 1024;

/// What clients have sent that have not authenticated may take this part of the worker's share.
const STRANGERS_PART: usize = 8;

/// And no more than this, if there is no limit or a very large one.
const STRANGERS_MAX: usize = 16 * 1024 * 1024;

// === impl ClientSession ===

impl ClientSession {
    /// If nothing is under way for it, and it keeps little for later, so that one more request of it takes little.
    fn may_send_one(&self) -> bool {
        self.pending.is_empty()
            && self.output.unwritten_len() == 0
            && self.queued_bytes() < SMALL
            && self.phase == Phase::Open
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// How much more buffers hold than the limit and this part of it. What the holder of the pass sends is not held
    /// against the others.
    fn held_beyond(&self, part: usize) -> usize {
        let holder = self.memory_pass.and_then(|p| self.clients.get(p.holder));
        let held = self
            .held_bytes
            .saturating_sub(holder.map_or(0, |client| client.counted_bytes));
        held.saturating_sub(
            self.held_bytes_max
                .saturating_add(self.held_bytes_max / part),
        )
    }

    /// If nothing is left of what is kept for small requests.
    fn is_memory_used_up(&self) -> bool {
        self.held_beyond(RESERVE_PART) > 0
    }

    pub(super) fn has_memory_pass(&self, key: Key) -> bool {
        self.memory_pass.is_some_and(|pass| pass.holder == key)
    }

    /// If a client that waits for memory may go on.
    pub(super) fn may_resume(&self, client: &ClientSession, key: Key) -> bool {
        !self.is_memory_full() || self.has_memory_pass(key) || self.may_send_small(client)
    }

    fn may_send_small(&self, client: &ClientSession) -> bool {
        !client.needs_pass
            && client.may_send_one()
            && client.must_pause(&self.config.limits).is_none()
            && !self.is_memory_used_up()
    }

    /// What [`Pipeline::next_frame`] does while buffers are full, for who has no pass.
    #[cold]
    #[inline(never)]
    pub(super) fn next_small_frame(&mut self, key: Key, bytes: &[u8]) -> Option<RequestShape> {
        let is_used_up = self.is_memory_used_up();
        let client = self.clients.get_mut(key)?;
        if let Some(why) = client.must_pause(&self.config.limits) {
            self.pause(key, why);
            return None;
        }
        if is_used_up || !client.may_send_one() {
            self.pause(key, Pause::Memory);
            return None;
        }
        let limits = if client.authenticated {
            &self.request_limits
        } else {
            &Limits::BEFORE_AUTH
        };
        match client.scanner.scan_shape(bytes, limits) {
            Ok(shape) => {
                client.need = 0;
                if shape.frame_len() < SMALL {
                    return Some(shape);
                }
                self.pause_for_pass(key);
            }
            Err(scan) => {
                self.note_unfinished(key, bytes, scan);
                if let Some(client) = self.clients.get(key)
                    && client.paused.is_none()
                    && client.phase == Phase::Open
                    && bytes.len().saturating_add(client.need) >= SMALL
                {
                    self.pause_for_pass(key);
                }
            }
        }
        None
    }

    /// The client cannot go on until there is room, or it gets the pass.
    pub(super) fn pause_for_pass(&mut self, key: Key) {
        if let Some(client) = self.clients.get_mut(key) {
            client.needs_pass = true;
        }
        self.pause(key, Pause::Memory);
    }

    /// The beginning of a request has come, and not its end.
    pub(super) fn note_begun(&mut self, key: Key) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        if client.begun_at.is_some() {
            return;
        }
        client.begun_at = Some(self.moment);
        if !client.authenticated {
            self.strangers.push(key);
        }
    }

    /// A request that had come in part is whole.
    pub(super) fn note_whole_frame(&mut self, key: Key) {
        if let Some(client) = self.clients.get_mut(key) {
            client.begun_at = None;
        }
    }

    /// At each tick: clients that have not authenticated share a budget for what has come of their requests.
    pub(super) fn check_strangers(&mut self) {
        if self.strangers.is_empty() {
            return;
        }
        let clients = &self.clients;
        self.strangers.retain(|key| {
            let client = clients.get(*key);
            client.is_some_and(|client| !client.authenticated && client.begun_at.is_some())
        });
        // Who has finished a request and begun another between two ticks is in it twice.
        self.strangers.sort_unstable();
        self.strangers.dedup();
        let held = |key: &Key| clients.get(*key).map_or(0, |client| client.input.len());
        let mut sum: usize = self.strangers.iter().map(held).sum();
        let most = (self.held_bytes_max / STRANGERS_PART).min(STRANGERS_MAX);
        if sum <= most {
            return;
        }
        let mut all: Vec<(usize, Key)> = self.strangers.iter().map(|k| (held(k), *k)).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        for (held, key) in all {
            if sum <= most {
                return;
            }
            sum -= held;
            self.stats.counters.closes_memory += 1;
            self.close_client(key);
        }
    }

    /// At each tick: the pass goes on to the next client, unless its holder may keep it.
    pub(super) fn pass_memory_on(&mut self, now: Time) {
        if !self.is_memory_full() {
            self.memory_pass = None;
            return;
        }
        if let Some(pass) = self.memory_pass
            && let Some(client) = self.clients.get(pass.holder)
            && client.paused.is_none()
            && client.need > 0
        {
            let here = client.input.len();
            // One whose request became whole has had its turn.
            if here >= pass.window_from {
                match self.judge_pass(pass, here, now) {
                    Some(pass) => {
                        self.memory_pass = Some(pass);
                        return;
                    }
                    None => {
                        self.stats.counters.closes_memory += 1;
                        self.close_client(pass.holder);
                    }
                }
            }
        }
        // Who may send small requests needs none.
        self.memory_pass = None;
        let waits = |key: &&Key| {
            let client = self.clients.get(**key);
            client.is_some_and(|c| c.paused == Some(Pause::Memory) && !self.may_send_small(c))
        };
        let next = self.listed.iter().find(waits).copied();
        let from = next.and_then(|key| self.clients.get(key));
        let window_from = from.map_or(0, |client| client.input.len());
        self.memory_pass = next.map(|holder| Pass {
            holder,
            since: now,
            window_since: now,
            window_from,
        });
    }

    /// The pass as its holder keeps it, of whose request so much is here; `None` if it must go.
    fn judge_pass(&self, mut pass: Pass, here: usize, now: Time) -> Option<Pass> {
        // The worker could not see what had come.
        if self.is_excused {
            return Some(pass);
        }
        let waits = |key: &Key| {
            let client = self.clients.get(*key);
            client.is_some_and(|client| client.paused == Some(Pause::Memory))
        };
        let timeout = self.config.cluster.server_timeout;
        if now >= pass.since.plus(timeout / 2) && self.listed.iter().any(waits) {
            return None;
        }
        if now >= pass.window_since.plus(WINDOW.min(timeout / 4)) {
            if here - pass.window_from < PIECE {
                return None;
            }
            (pass.window_since, pass.window_from) = (now, here);
        }
        Some(pass)
    }

    /// Buffers that stay full are held by clients that do not go on: those from and to which nothing moved in
    /// that time, although it is their turn, have to go, the largest first, until there is room. So do those that were
    /// read all the time and have not sent a request to its end.
    pub(super) fn relieve_memory(&mut self, now: Time) {
        if !self.is_memory_full() {
            self.full_since = None;
            return;
        }
        let since = *self.full_since.get_or_insert(now);
        if now >= since.plus(FULL_MAX) {
            self.close_stuck(now);
        }
        if now >= since.plus(FULL_MAX / 2) {
            self.clear_reserve();
        }
    }

    /// Those who do not move, or are slow, the largest first, until there is room.
    fn close_stuck(&mut self, now: Time) {
        let stuck = self.clients.iter().filter(|(key, client)| {
            // It has taken all that it was given: nodes or corelane keep it waiting.
            let is_kept_waiting = client.output.unwritten_len() == 0
                && (matches!(client.paused, Some(Pause::Memory | Pause::Upload))
                    || !client.pending.is_empty());
            // What it has just been given was not offered to it yet.
            let is_offered = !client.dirty;
            let is_still = now >= client.moved_at.plus(FULL_MAX) && is_offered && !is_kept_waiting;
            let is_slow = client.paused.is_none()
                && client.begun_at.is_some_and(|at| now >= at.plus(FULL_MAX))
                && !self.has_memory_pass(*key);
            is_still || is_slow
        });
        let mut stuck: Vec<(usize, Key)> = stuck
            .map(|(key, client)| (client.held_bytes() + client.queued_bytes(), key))
            .collect();
        stuck.sort_unstable_by(|a, b| b.cmp(a));
        for (held, key) in stuck {
            if held == 0 || !self.is_memory_full() {
                return;
            }
            self.stats.counters.closes_memory += 1;
            self.close_client(key);
        }
    }

    /// Not even small requests can go on: the largest that wait with requests, or with what they have queued, have to
    /// go until half of what is kept for those is free again.
    fn clear_reserve(&mut self) {
        if !self.is_memory_used_up() {
            return;
        }
        let waiting = self.clients.iter().filter(|(key, client)| {
            client.paused == Some(Pause::Memory) && !self.has_memory_pass(*key)
        });
        let mut waiting: Vec<(usize, Key)> = waiting
            .map(|(key, client)| (client.input.len() + client.queued_bytes(), key))
            .filter(|(held, _)| *held >= WORTH_CLOSING)
            .collect();
        let too_much = self.held_beyond(RESERVE_PART * 2);
        if waiting.iter().map(|(held, _)| held).sum::<usize>() < too_much {
            // It is not them who hold it.
            return;
        }
        waiting.sort_unstable_by(|a, b| b.cmp(a));
        for (_, key) in waiting {
            if self.held_beyond(RESERVE_PART * 2) == 0 {
                return;
            }
            self.stats.counters.closes_memory += 1;
            self.close_client(key);
        }
    }
}
