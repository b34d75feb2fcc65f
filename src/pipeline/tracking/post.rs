//! What clients of other workers hear of what clients of this one have read.
//!
//! ```text
//!   a key has changed --> post_change --> batch --> Action::Inform --> control --> handle_changes --> the client
//!   the client is gone: break_redirects <-- handle_changes <-- control <-- Action::Inform <-- batch <--+
//! ```
//!
//! Batches leave at each tick, or when they are [`BATCH_BYTES`]. Those for which the way has no room are lost. Each has a
//! number, so the worker that misses one notices with the next, counts it, and tells its clients that everything may have
//! changed. After the last one with something in it a few empty ones follow for this.

use std::time::Duration;

use super::each_request;
use super::redirect::Change;
use crate::pipeline::time::Time;
use crate::pipeline::{Action, Pipeline};
use crate::resp::{int, write};

/// Batches for other workers, and numbers of theirs.
#[derive(Debug, Default)]
pub(super) struct Post {
    batches: Vec<Batch>,
    /// Of other workers, the number of the next batch.
    heard: Vec<(usize, u64)>,
}

#[derive(Debug, Default)]
struct Batch {
    worker: usize,
    bytes: Vec<u8>,
    /// Batches before this one.
    number: u64,
    /// Empty ones that are still to be sent.
    echoes: u32,
    echo_at: Time,
}

/// What waits is sent before the tick once it is this much.
const BATCH_BYTES: usize = 64 * 1024;

/// Instead of keys that are longer together, everything is said to have changed.
const KEY_BYTES_MAX: usize = 16 * 1024;

/// Empty batches behind the last one, and the time between them.
const ECHOES: u32 = 10;
const ECHO_EVERY: Duration = Duration::from_secs(1);

const CHANGED: &[u8] = b"changed";
const FLUSHED: &[u8] = b"flushed";
const BROKEN: &[u8] = b"broken";

// === impl Post ===

impl Post {
    /// If nothing waits for a tick.
    pub(super) fn is_idle(&self) -> bool {
        let mut batches = self.batches.iter();
        batches.all(|batch| batch.bytes.is_empty() && batch.echoes == 0)
    }

    /// Adds words to the batch for a worker; how much waits then.
    fn add(&mut self, worker: usize, words: &[&[u8]]) -> usize {
        let batches = &mut self.batches;
        let at = batches.iter().position(|batch| batch.worker == worker);
        let at = at.unwrap_or_else(|| {
            batches.push(Batch {
                worker,
                ..Batch::default()
            });
            batches.len() - 1
        });
        batches.get_mut(at).map_or(0, |batch| {
            write::request(&mut batch.bytes, words);
            batch.bytes.len()
        })
    }

    /// Takes a batch whose time has come, with the worker that it is for and its number.
    fn take(&mut self, is_tick: bool, now: Time) -> Option<(usize, u64, Vec<u8>)> {
        let mut batches = self.batches.iter_mut();
        let batch = batches.find(|batch| {
            let is_full = batch.bytes.len() >= BATCH_BYTES;
            let is_echo = batch.echoes > 0 && now >= batch.echo_at;
            is_full || is_tick && (!batch.bytes.is_empty() || is_echo)
        })?;
        batch.echoes = if batch.bytes.is_empty() {
            batch.echoes - 1
        } else {
            ECHOES
        };
        batch.echo_at = now.plus(ECHO_EVERY);
        batch.number += 1;
        let bytes = std::mem::take(&mut batch.bytes);
        Some((batch.worker, batch.number - 1, bytes))
    }

    /// Notes that a batch of another worker came; how many before it did not.
    fn hear(&mut self, worker: usize, number: u64) -> u64 {
        let next = number + 1;
        match self.heard.iter_mut().find(|(known, _)| *known == worker) {
            Some((_, expected)) => number.saturating_sub(std::mem::replace(expected, next)),
            None => {
                self.heard.push((worker, next));
                number
            }
        }
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// A client of another worker has to hear something.
    pub(super) fn post_change(&mut self, worker: usize, number: u64, change: Change<'_>) {
        let number = number.to_string();
        match change {
            Change::Keys(keys)
                if keys.iter().map(|key| key.len()).sum::<usize>() <= KEY_BYTES_MAX =>
            {
                let words = [&[CHANGED, number.as_bytes()], keys].concat();
                self.post(worker, &words);
            }
            Change::Keys(_) | Change::All => self.post(worker, &[FLUSHED, number.as_bytes()]),
        }
    }

    fn post(&mut self, worker: usize, words: &[&[u8]]) {
        if self.tracking.post.add(worker, words) >= BATCH_BYTES {
            self.send_batches(false, self.moment);
        }
    }

    /// Sends what waits for other workers, and tells own clients what had to wait. Called at each tick.
    pub(in crate::pipeline) fn send_post(&mut self, now: Time) {
        self.repeat_changes();
        self.pay_targets();
        self.send_batches(true, now);
    }

    fn send_batches(&mut self, is_tick: bool, now: Time) {
        while let Some((to, number, bytes)) = self.tracking.post.take(is_tick, now) {
            let changes = bytes.into();
            self.act(Action::Inform {
                to,
                number,
                changes,
            });
        }
    }

    /// Another worker tells what its clients have read and has changed; `number` is that of the batch.
    pub fn handle_changes(&mut self, from: usize, number: u64, changes: &[u8]) {
        let lost = self.tracking.post.hear(from, number);
        if lost > 0 {
            self.stats.counters.invalidation_batches_lost += lost;
            self.flush_targets(from);
        }
        let mut gone: Vec<u64> = Vec::new();
        each_request(changes, |view| {
            let number = view.arg(1).and_then(int::parse_i64);
            let Some(number) = number.and_then(|number| u64::try_from(number).ok()) else {
                return;
            };
            let is_told = match view.arg(0) {
                Some(CHANGED) => {
                    let keys: Vec<&[u8]> = view.args().skip(2).collect();
                    self.tell_number(number, Change::Keys(&keys))
                }
                Some(FLUSHED) => self.tell_number(number, Change::All),
                _ => {
                    self.break_redirects(number);
                    true
                }
            };
            if !is_told && !gone.contains(&number) {
                gone.push(number);
            }
        });
        for number in gone {
            self.post(from, &[BROKEN, number.to_string().as_bytes()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BATCH_BYTES, ECHO_EVERY, ECHOES, Post, Time};

    #[test]
    fn batches_are_numbered_and_followed_by_empty_ones() {
        let mut post = Post::default();
        assert!(post.is_idle());
        assert!(post.add(1, &[b"x"]) < BATCH_BYTES);
        assert!(post.take(false, Time(0)).is_none(), "it waits for the tick");
        let (worker, number, bytes) = post.take(true, Time(0)).unwrap();
        assert_eq!((worker, number), (1, 0));
        assert!(!bytes.is_empty() && !post.is_idle());
        let mut now = Time(0);
        for echo in 1..=ECHOES {
            assert!(post.take(true, now).is_none(), "too early");
            now = now.plus(ECHO_EVERY);
            let taken = post.take(true, now).unwrap();
            assert_eq!(taken, (1, u64::from(echo), Vec::new()));
        }
        assert!(post.is_idle());
        let large = vec![b'x'; BATCH_BYTES];
        assert!(post.add(1, &[&large]) > BATCH_BYTES);
        assert_eq!(post.take(false, now).unwrap().1, u64::from(ECHOES) + 1);
    }

    #[test]
    fn what_is_missed_is_noticed() {
        let mut post = Post::default();
        for (worker, number, lost) in [(1, 0, 0), (1, 1, 0), (1, 4, 2), (2, 3, 3), (1, 5, 0)] {
            assert_eq!(post.hear(worker, number), lost, "{worker} {number}");
        }
    }
}
