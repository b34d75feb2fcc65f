//! When bytes leave, and what is worth waiting for: the fewer and larger the system calls, the cheaper each
//! request.
//!
//! Replies to requests that came together leave together: while younger replies of the same batch are still
//! under way, the older ones wait for them, at most twice as long as the batch is old and at least [`HOLD_MIN`].

use std::time::Duration;

use super::client::{ClientSession, Phase};
use super::time::Time;
use super::{Peer, Pipeline};

/// What the next turn of the driver should wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Clients that wait for replies.
    pub busy: usize,
    /// Output is held back until then at most.
    pub held_until: Option<Time>,
}

/// What has been done since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Requests taken.
    pub requests: u64,
    /// Requests answered of which it is known how long they took...
    pub answered: u64,
    /// ...and how long in all, in nanoseconds.
    pub latency_ns: u64,
}

/// Replies are held back no longer than this, also if one of a batch takes very long...
const HOLD_MAX: Duration = Duration::from_millis(5);

/// ...and no shorter than this, because being woken for a few replies costs more than they do.
const HOLD_MIN: Duration = Duration::from_millis(1);

/// With so much to write nothing is gained by waiting for more.
const HOLD_BYTES_MAX: usize = 16 * 1024;

// === impl Pipeline ===

impl Pipeline {
    /// The next peer with bytes to write now.
    pub fn poll_dirty(&mut self, now: Time) -> Option<Peer> {
        while let Some(peer) = self.dirty.pop_front() {
            let dirty = match peer {
                Peer::Client(id) => match self.clients.get_mut(id.0) {
                    Some(client) => {
                        if let Some(until) = hold(client, now) {
                            let first = self.hold_ends.map_or(until, |first| first.min(until));
                            self.hold_ends = Some(first);
                            self.held.push_back(peer);
                            continue;
                        }
                        if self.full_since.is_some() {
                            // From now on it can take what it was given, not before.
                            client.moved_at = now;
                        }
                        &mut client.dirty
                    }
                    None => continue,
                },
                Peer::Link(id) => match self.links.get_mut(id.0) {
                    Some(link) => &mut link.dirty,
                    None => continue,
                },
            };
            *dirty = false;
            return Some(peer);
        }
        // What was held back is looked at again in the next turn.
        std::mem::swap(&mut self.dirty, &mut self.held);
        self.held_until = self.hold_ends.take();
        None
    }

    /// What the next turn should wait for.
    #[must_use]
    pub fn pace(&self) -> Pace {
        Pace {
            // Those whose requests wait in servers make no hurry.
            busy: self.busy_clients.saturating_sub(self.waiting_clients),
            held_until: self.held_until,
        }
    }

    /// What has been done since the start.
    #[must_use]
    pub fn work(&self) -> Work {
        Work {
            requests: self.stats.counters.requests,
            answered: self.stats.latency.count(),
            latency_ns: self.stats.latency.sum_ns(),
        }
    }
}

/// Until when a client's output waits for the other replies of the same batch, if it has to.
fn hold(client: &mut ClientSession, now: Time) -> Option<Time> {
    let is_followed = client
        .pending
        .front()
        .is_some_and(|pending| pending.arrival == client.released);
    if !is_followed
        || client.phase != Phase::Open
        || client.output.unwritten_len() >= HOLD_BYTES_MAX
    {
        return None;
    }
    let until = *client.held_until.get_or_insert_with(|| {
        let age = Duration::from_nanos(now.since(client.released));
        now.plus((age * 2).clamp(HOLD_MIN, HOLD_MAX))
    });
    (now < until).then_some(until)
}
