//! The end of a worker: clients leave one by one, and none of their requests gets lost on the way if that can be helped.
//!
//! ```text
//!   handle_drain --> farewell: requests are taken as ever; who is quiet leaves
//!                        | FAREWELL_MAX, or half of drain_timeout
//!                        v
//!                    draining: nothing more is taken; who has got all replies leaves
//! ```
//!
//! A client may have sent a request just before it could know. So a connection is closed only after it has been quiet for
//! a moment, and one that has never sent anything, whose first request is most likely on its way, is waited for.

use std::time::Duration;

use super::Pipeline;
use super::client::Phase;
use super::slab::Key;
use super::time::Time;
use crate::resp::{Protocol, write};

/// How long requests are taken at most: a client that never pauses would stay for ever.
const FAREWELL_MAX: Duration = Duration::from_secs(1);

/// Silence after which a client is taken to have nothing on its way: longer than a round trip of a far network.
const QUIET: Duration = Duration::from_millis(100);

/// Clients that are told to move have so many seconds; as long as requests are taken.
const MOVE_SECONDS: i64 = 1;

// === impl Pipeline ===

impl Pipeline {
    /// Each client leaves soon, once what it sent is answered.
    pub fn handle_drain(&mut self, now: Time) {
        if self.is_draining() {
            return;
        }
        let time = FAREWELL_MAX.min(self.config.drain_timeout / 2);
        self.farewell = Some(now.plus(time));
        self.unpause_commands();
        self.announce_move(now);
    }

    /// Tells the clients that have asked for it to connect anew, to the address that they know: there another process
    /// serves, or a balancer knows one. They do so after half of the seconds that are named.
    fn announce_move(&mut self, now: Time) {
        let number = i64::try_from(self.wall(now).as_secs()).unwrap_or_default();
        let mut push = Vec::new();
        write::push(&mut push, 4);
        write::bulk(&mut push, b"MOVING");
        write::integer(&mut push, number);
        write::integer(&mut push, MOVE_SECONDS);
        write::null(&mut push, Protocol::Resp3);
        for key in self.clients.keys() {
            let Some(client) = self.clients.get_mut(key) else {
                continue;
            };
            if client.marks.maintenance && client.protocol == Protocol::Resp3 {
                client.output.append(&push);
                self.touch_client(key);
            }
        }
    }

    /// Whether the end has begun.
    pub(super) fn is_draining(&self) -> bool {
        self.draining || self.farewell.is_some()
    }

    /// At each tick: lets go who is quiet, and everybody when time is up.
    pub(super) fn check_farewell(&mut self, now: Time) {
        let Some(until) = self.farewell else {
            return;
        };
        let is_over = now >= until;
        if is_over {
            self.farewell = None;
            self.draining = true;
        }
        for key in self.clients.keys() {
            if is_over || self.is_quiet(key, now) {
                self.finish_client(key);
            }
        }
    }

    fn is_quiet(&self, key: Key, now: Time) -> bool {
        self.clients.get(key).is_some_and(|client| {
            let has_spoken = !client.last_command.is_empty();
            let has_nothing = client.pending.is_empty()
                && client.input.is_empty()
                && client.output.unwritten_len() == 0;
            // Who was told to move does so by itself.
            let moves = client.marks.maintenance && client.protocol == Protocol::Resp3;
            client.phase == Phase::Open
                && !moves
                && has_spoken
                && has_nothing
                && now >= client.moved_at.plus(QUIET)
        })
    }
}
