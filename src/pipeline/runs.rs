//! Replies that come in a row for one client: taken with one look at the link and one at the client.
//!
//! Called by [`link_events`](super::link_events) for what a link has sent, before it looks at replies one by one.
//! Only the usual goes this way: a value or a status for a part that nothing waits for (a count too, if it is part
//! of a split request), on a shared link that nobody doubts. At anything else the run ends, with nothing changed by
//! it, and that reply is taken as all were.

use super::Pipeline;
use super::client::mean_with;
use super::ingest::Frame;
use super::link::{LinkState, Owner, PartId, Purpose, ShardLink};
use super::pending::{At, Part, State};
use super::slab::Key;
use super::split::Split;
use super::time::Time;
use crate::resp::{Limits, Scan};

/// Replies in a row to parts of one request.
#[derive(Debug, Default)]
struct PartRun {
    /// Replies are shorter.
    len_max: usize,
    /// Bytes that are done with.
    done: usize,
    /// Parts that are answered.
    parts: usize,
    /// Bytes that the request holds of their replies.
    kept: usize,
    /// The client's running mean of reply sizes.
    mean: usize,
}

// === impl Pipeline ===

impl Pipeline {
    /// Takes the usual replies of less than `len_max` bytes at the front of `bytes` that are for one client, up to
    /// the one that completes a split request; returns how many bytes they are.
    #[inline]
    pub(super) fn take_run(&mut self, key: Key, bytes: &[u8], len_max: usize, now: Time) -> usize {
        let Some(link) = self.links.get_mut(key) else {
            return 0;
        };
        let Some(first) = next_part(link).filter(|_| is_usual_link(link)) else {
            return 0;
        };
        let Some(client) = self.clients.get_mut(first.client) else {
            return 0;
        };
        let mut id = first;
        let mut done = 0;
        let mut released = 0;
        let mut merges = None;
        while let Some(pending) = client.pending.get_mut(id.seq)
            && let Some(rest) = bytes.get(done..)
        {
            match &mut pending.state {
                State::Whole(part) if is_usual(part, rest) => {
                    let Scan::Complete { len } = link.scanner.scan(rest, &self.reply_limits) else {
                        break;
                    };
                    if len >= len_max {
                        break;
                    }
                    part.at = At::Done;
                    link.pop();
                    done += len;
                    client.note_reply(len);
                    let frame = Frame::Borrowed(rest.get(..len).unwrap_or_default());
                    let latency = (&mut self.latency_run, &mut self.stats.latency);
                    released += client.release(id.seq, &frame, now, latency);
                }
                State::Split(split) => {
                    let mut run = PartRun {
                        len_max,
                        mean: client.reply_bytes_mean,
                        ..PartRun::default()
                    };
                    run.take(id, split, link, rest, &self.reply_limits);
                    if run.done == 0 {
                        break;
                    }
                    done += run.done;
                    if split.is_answered() {
                        merges = Some(split.replies_len());
                    }
                    client.parts = client.parts.saturating_sub(run.parts);
                    client.reply_bytes_mean = run.mean;
                    client.pending.add_waiting(run.kept);
                }
                _ => break,
            }
            match next_part(link) {
                Some(next) if next.client == first.client && merges.is_none() => id = next,
                _ => break,
            }
        }
        if done == 0 {
            return 0;
        }
        link.need = 0;
        self.stats.counters.replies += released;
        match merges {
            Some(waiting) => self.finish_split(id, waiting, now),
            None => self.note_delivered(first.client),
        }
        done
    }
}

/// If a link is one whose replies need no second look.
#[inline]
fn is_usual_link(link: &ShardLink) -> bool {
    matches!(link.state, LinkState::Ready | LinkState::Retiring)
        && matches!(link.purpose, Purpose::Primary | Purpose::ReplicaRead)
        && !link.suspect
}

/// If what begins here is a usual reply to a request of one part, as far as can be told without its end.
#[inline]
fn is_usual(part: &Part, reply: &[u8]) -> bool {
    matches!(reply.first(), Some(b'$' | b'+' | b'_'))
        && !part.unsettled
        && matches!(part.at, At::Link)
}

// === impl PartRun ===

impl PartRun {
    /// Takes usual replies at the front of `bytes` as long as they are for parts of this request; the first of them
    /// for part `id`.
    #[inline(never)]
    fn take(
        &mut self,
        mut id: PartId,
        split: &mut Split,
        link: &mut ShardLink,
        bytes: &[u8],
        limits: &Limits,
    ) {
        let first = id;
        while let Some(rest) = bytes.get(self.done..)
            && matches!(rest.first(), Some(b'$' | b'+' | b'_' | b':'))
            && let Scan::Complete { len } = link.scanner.scan(rest, limits)
            && len < self.len_max
            && let Some(kept) = split.try_record(id.part, rest.get(..len).unwrap_or_default())
        {
            link.pop();
            self.done += len;
            self.parts += 1;
            self.kept += kept;
            self.mean = mean_with(self.mean, len);
            match next_part(link) {
                Some(next) if (next.client, next.seq) == (first.client, first.seq) => id = next,
                _ => return,
            }
        }
    }
}

/// The part that the next reply of a link is for.
#[inline]
fn next_part(link: &ShardLink) -> Option<PartId> {
    match link.in_flight.front()?.owner {
        Owner::Part(id) => Some(id),
        _ => None,
    }
}
