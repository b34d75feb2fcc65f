//! Large replies that are passed on while they arrive, so that none sits in memory whole.
//!
//! ```text
//!   a reply of `from` bytes or more began --> Waiting --> Open --> its end came, and is released as any reply is
//!                                               |  |       |
//!                        nobody waits for it <--+--|-------+-- client gone, cut off
//!                            = Dropped             +-- it is whole before its turn: as any reply
//! ```
//!
//! A passage is the front entry of its link. It waits in the link's `input` until all older requests of its client are
//! answered, and then goes into the client's `output` piece by piece. While the client does not take enough of it,
//! the link is *held*: it is not read. A link on which a passage lasts is *left*: new requests use another one.
//!
//! Holds: the client of an open passage exists, the request is its oldest, and nothing else is put into its output;
//! one client has at most one open passage, one link at most one passage. Limits: [`WINDOW`], [`Passages::share`],
//! [`LEFT_MAX`], [`TAKES_NOTHING_MAX`], and half of `server_timeout` that others may wait.

use std::time::Duration;

use bytes::{Buf, BytesMut};

use super::ingest::Frame;
use super::link::{LinkState, Owner, PartId, Purpose, ShardLink, WHOLE};
use super::link_events::{Desync, Taker};
use super::pending::{At, State};
use super::slab::Key;
use super::time::Time;
use super::{Action, LinkEnd, LinkId, Pipeline, TICK};
use crate::resp::Scan;

/// A large reply that is under way.
#[derive(Debug)]
pub(super) struct Passage {
    stage: Stage,
    began_at: Time,
    /// When bytes of it came last, or its link was read again.
    moved_at: Time,
    /// Its link is not read.
    is_held: bool,
    /// How long others have waited behind it while its link was not read.
    obstructed: Duration,
}

/// What becomes of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// They stay, because older requests of the client are not answered.
    Waiting(PartId),
    /// They go to the client.
    Open(PartId),
    /// Nobody wants them.
    Dropped,
}

/// All passages of a worker.
#[derive(Debug)]
pub(super) struct Passages {
    /// Replies, and requests, from so many bytes on are passed on.
    pub(super) from: usize,
    /// What may wait for the client of one before its link is held; of a request, for the node before its client is.
    pub(super) window: usize,
    /// Links that have one.
    pub(super) links: Vec<Key>,
}

/// Replies from so many bytes on are passed on while they arrive: for smaller ones it saves nothing that is worth a
/// second look at each read.
const FROM: usize = 2 * 1024 * 1024;

/// So much of a reply may wait for its client before its link is held, if nobody else waits on the link.
const WINDOW: usize = 1024 * 1024;

/// Memory that is taken at a time for a reply that is passed on...
const ROOM: usize = 256 * 1024;

/// ...once less than this is left of it, so that most of it is used.
const ROOM_MIN: usize = 64 * 1024;

/// A passage that lasts for so long has the link for itself. Shorter ones are not worth a connection.
pub(super) const LEFT_AFTER: Duration = Duration::from_millis(20);

/// At most so many links of a worker are left to passages at once; further ones are shared on.
pub(super) const LEFT_MAX: usize = 64;

/// A client that takes nothing of a reply for so long is closed: a node and a link wait for it.
const TAKES_NOTHING_MAX: Duration = Duration::from_secs(30);

// === impl Passages ===

impl Default for Passages {
    fn default() -> Self {
        Self {
            from: FROM,
            window: WINDOW,
            links: Vec::new(),
        }
    }
}

impl Passages {
    /// What may wait for one client so that others on the link need not wait, of all that buffers may hold.
    fn share(&self, held_bytes_max: usize) -> usize {
        (held_bytes_max / 4).max(self.window)
    }
}

// === impl Passage ===

impl Passage {
    /// If its client has got the beginning.
    pub(super) fn is_open(&self) -> bool {
        self.open_for().is_some()
    }

    /// The request whose client has got the beginning.
    pub(super) fn open_for(&self) -> Option<PartId> {
        match self.stage {
            Stage::Open(id) => Some(id),
            Stage::Waiting(_) | Stage::Dropped => None,
        }
    }
}

/// Makes room for what is passed on and lacks `need` bytes.
pub(super) fn make_room(input: &mut BytesMut, need: usize) {
    if input.capacity() - input.len() < ROOM_MIN.min(need) {
        input.reserve(need.min(ROOM));
    }
}

// === impl ShardLink ===

impl ShardLink {
    /// If it is not read for now.
    #[inline]
    pub(super) fn is_held(&self) -> bool {
        self.passage.as_ref().is_some_and(|passage| passage.is_held)
    }

    /// Makes room for what a passage lacks.
    pub(super) fn make_room(&mut self) {
        make_room(&mut self.input, self.need);
    }

    /// If others than the client of `id` wait for replies behind the first.
    pub(super) fn has_others(&self, id: PartId) -> bool {
        let mut behind = self.in_flight.iter().skip(1);
        behind.any(|entry| {
            entry
                .owner
                .part()
                .is_some_and(|part| part.client != id.client)
        })
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Sets from how many bytes on replies and requests are passed on, and how much of one may wait for its receiver;
    /// for tests.
    #[doc(hidden)]
    pub fn set_passages(&mut self, from: usize, window: usize) {
        self.passages.from = from;
        self.passages.window = window;
    }

    /// What has come of an unfinished reply is in the input of link `key`: passes it on, if it is large.
    pub(super) fn follow_unfinished(&mut self, key: Key, now: Time) -> Result<(), Desync> {
        let Some(link) = self.links.get_mut(key) else {
            return Ok(());
        };
        if link.passage.is_some() {
            self.check_hold(key, now);
            return Ok(());
        }
        if link.input.len().saturating_add(link.need) < self.passages.from {
            return Ok(());
        }
        self.begin_passage(key, now)
    }

    #[cold]
    fn begin_passage(&mut self, key: Key, now: Time) -> Result<(), Desync> {
        let Some(stage) = self.links.get(key).and_then(|link| self.first_stage(link)) else {
            return Ok(());
        };
        self.passages.links.push(key);
        let Some(link) = self.links.get_mut(key) else {
            return Ok(());
        };
        link.passage = Some(Box::new(Passage {
            stage,
            began_at: now,
            moved_at: now,
            is_held: false,
            obstructed: Duration::ZERO,
        }));
        self.end_brake(key, now);
        self.pass_kept(key, now)
    }

    /// What becomes of the unfinished reply on a link; `None` if it is received as any other.
    fn first_stage(&self, link: &ShardLink) -> Option<Stage> {
        // Errors and pushes are looked at whole.
        let is_value = matches!(link.input.first(), Some(b'$' | b'*' | b'%' | b'~' | b'='));
        let is_shared = link.purpose.is_for_scripts()
            || matches!(link.purpose, Purpose::Primary | Purpose::ReplicaRead);
        let has_replies = matches!(link.state, LinkState::Ready | LinkState::Retiring);
        if !is_value || !is_shared || !has_replies || link.terms.tracking {
            return None;
        }
        let oldest = link.in_flight.front()?;
        if !link.was_written(oldest) {
            return None;
        }
        let id = match oldest.owner {
            Owner::Part(id) => id,
            Owner::Expired { left: 1 } => return Some(Stage::Dropped),
            _ => return None,
        };
        let Some(client) = self.clients.get(id.client) else {
            return Some(Stage::Dropped);
        };
        // Into their output something else may come, or not everything goes there.
        let is_odd = client.quiet.is_some()
            || client.subscriber.is_some()
            || client.tracker.is_some()
            || self.tracking.has_target(client.number)
            || self.monitors.has(id.client);
        let is_whole = id.part == WHOLE
            && match client.pending.get(id.seq).map(|pending| &pending.state) {
                Some(State::Whole(part)) => !part.is_batch && matches!(part.at, At::Link),
                _ => false,
            };
        (is_whole && !is_odd).then_some(Stage::Waiting(id))
    }

    /// As [`Self::pass`], for what is in the link's input.
    fn pass_kept(&mut self, key: Key, now: Time) -> Result<(), Desync> {
        let Some(link) = self.links.get_mut(key) else {
            return Ok(());
        };
        let mut input = std::mem::take(&mut link.input);
        let passed = self.pass(key, &mut input, now);
        if let Some(link) = self.links.get_mut(key) {
            link.input = input;
        }
        passed?;
        self.check_hold(key, now);
        Ok(())
    }

    /// Passes on what has come on a link that has a passage; true if that was all of it. `input` begins with what is
    /// not passed on yet.
    pub(super) fn pass(
        &mut self,
        key: Key,
        input: &mut BytesMut,
        now: Time,
    ) -> Result<bool, Desync> {
        self.renew_stage(key);
        let Some(link) = self.links.get_mut(key) else {
            return Ok(true);
        };
        let Some(passage) = &mut link.passage else {
            return Ok(true);
        };
        passage.moved_at = now;
        let stage = passage.stage;
        match link.scanner.scan(input, &self.reply_limits) {
            Scan::Invalid(_) => return Err("bytes that are no RESP"),
            Scan::Complete { len } => {
                let rest = input.split_to(len).freeze();
                self.end_passage(key, &Frame::Shared(rest), now)?;
                return Ok(true);
            }
            Scan::Incomplete { need } => link.need = need,
        }
        match stage {
            Stage::Waiting(_) => {}
            Stage::Open(id) => {
                let count = link.scanner.take_off(input.len());
                let bytes = input.split_to(count).freeze();
                if let Some(client) = self.clients.get_mut(id.client) {
                    client.output.append_piece(bytes);
                }
                self.note_delivered(id.client);
            }
            Stage::Dropped => input.advance(link.scanner.take_off(input.len())),
        }
        Ok(false)
    }

    /// The turn of a reply that waits may have come, or nobody wants it any more.
    fn renew_stage(&mut self, key: Key) {
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        let Some(passage) = &mut link.passage else {
            return;
        };
        let Stage::Waiting(id) = passage.stage else {
            return;
        };
        let is_owed = link.in_flight.front().map(|entry| entry.owner) == Some(Owner::Part(id));
        let Some(client) = self.clients.get_mut(id.client).filter(|_| is_owed) else {
            passage.stage = Stage::Dropped;
            if std::mem::take(&mut passage.is_held) {
                self.act(Action::ResumeLink(LinkId(key)));
            }
            return;
        };
        if client.pending.position(id.seq) != 0 || client.quiet.is_some() {
            return;
        }
        passage.stage = Stage::Open(id);
        client.passage = Some(key);
        // Whether it has to wait for the client is another question.
        let was_held = std::mem::take(&mut passage.is_held);
        // The next ones are expected to be as large.
        client.note_reply(link.input.len().saturating_add(link.need));
        let is_suspect = link.suspect;
        self.stats.counters.replies_passed_on += 1;
        if is_suspect {
            self.clear_suspicion(key);
        }
        if was_held {
            self.act(Action::ResumeLink(LinkId(key)));
        }
    }

    /// The last bytes of a reply.
    fn end_passage(&mut self, key: Key, rest: &Frame<'_>, now: Time) -> Result<(), Desync> {
        let Some(link) = self.links.get_mut(key) else {
            return Ok(());
        };
        link.need = 0;
        let is_suspect = link.suspect;
        let passage = link.passage.take();
        let entry = link.pop();
        self.passages.links.retain(|other| *other != key);
        let (Some(passage), Some(entry)) = (passage, entry) else {
            return Err("a reply that nothing asked for");
        };
        if passage.is_held {
            self.act(Action::ResumeLink(LinkId(key)));
        }
        match passage.stage {
            Stage::Dropped => {
                // It may have been the last reply of a batch.
                if let Some(link) = self.links.get_mut(key) {
                    link.batch = None;
                }
                Ok(())
            }
            Stage::Waiting(_) => {
                let taker = Taker::Oldest { entry, is_suspect };
                self.take_reply(key, &taker, rest, now)
            }
            Stage::Open(id) => {
                if let Some(client) = self.clients.get_mut(id.client) {
                    client.passage = None;
                }
                let delivered = self.deliver_one(id, rest, now);
                delivered.map_err(|_| "a reply that does not fit its request")
            }
        }
    }

    /// Decides if the link of a passage is read.
    pub(super) fn check_hold(&mut self, key: Key, now: Time) {
        let Some(link) = self.links.get(key) else {
            return;
        };
        let Some(passage) = &link.passage else {
            return;
        };
        let window = if passage.is_held {
            self.passages.window / 2
        } else {
            self.passages.window
        };
        let (waiting, open_for) = match passage.stage {
            Stage::Dropped => (0, None),
            Stage::Waiting(_) => (link.input.len(), None),
            Stage::Open(id) => {
                let client = self.clients.get(id.client);
                let waiting = client.map_or(0, |client| client.output.unwritten_len());
                (waiting, Some(id))
            }
        };
        let is_held = waiting > window
            && (self.is_memory_full()
                || waiting > self.passages.share(self.held_bytes_max)
                || open_for.is_some_and(|id| !link.has_others(id)));
        if is_held != passage.is_held {
            self.set_held(key, is_held, now);
        }
    }

    fn set_held(&mut self, key: Key, is_held: bool, now: Time) {
        let Some(passage) = self.links.get_mut(key).and_then(|l| l.passage.as_mut()) else {
            return;
        };
        passage.is_held = is_held;
        let open_for = passage.open_for();
        if !is_held {
            passage.moved_at = now;
            self.act(Action::ResumeLink(LinkId(key)));
            self.resumable.extend(open_for.map(|id| id.client));
            return;
        }
        self.stats.counters.links_held += 1;
        // What it takes is followed for clients that are paused.
        if let Some(id) = open_for
            && let Some(client) = self.clients.get(id.client)
            && client.paused.is_none()
        {
            self.pause(id.client, super::client::Pause::Output);
        }
    }

    /// A client has taken some of its output; true if a link still waits until it has taken more.
    pub(super) fn resume_passage(&mut self, client: Key, now: Time) -> bool {
        let Some(link) = self.clients.get(client).and_then(|client| client.passage) else {
            return false;
        };
        self.check_hold(link, now);
        self.links.get(link).is_some_and(ShardLink::is_held)
    }

    /// A client is gone: what comes of the reply to it is dropped.
    pub(super) fn forget_passage(&mut self, client: Key) {
        let Some(key) = self.clients.get_mut(client).and_then(|c| c.passage.take()) else {
            return;
        };
        if let Some(link) = self.links.get_mut(key)
            && let Some(passage) = &mut link.passage
        {
            passage.stage = Stage::Dropped;
            if std::mem::take(&mut passage.is_held) {
                self.act(Action::ResumeLink(LinkId(key)));
            }
        }
    }

    /// A link is gone in the middle of the reply to `id`: what the client has got of it cannot be taken back, and the
    /// rest will never come.
    pub(super) fn break_passage(&mut self, id: PartId, now: Time) {
        let Some(client) = self.clients.get_mut(id.client) else {
            return;
        };
        client.passage = None;
        self.stats.counters.closes_broken_reply += 1;
        self.cut_at(id);
        // It is dropped, as are the replies to all later requests.
        let delivered = self.deliver(id, &Frame::Borrowed(b"-ERR\r\n"), now);
        debug_assert!(delivered.is_ok(), "a whole request takes any reply");
    }

    /// At each tick: what only time or others bring about.
    pub(super) fn check_passages(&mut self, now: Time) {
        if self.passages.links.is_empty() {
            return;
        }
        for key in self.passages.links.clone() {
            if let Err(why) = self.check_passage(key, now) {
                self.stats.counters.links_desync += 1;
                self.end_link(key, LinkEnd::Desync(why), now);
            }
        }
        self.end_delivery();
    }

    fn check_passage(&mut self, key: Key, now: Time) -> Result<(), Desync> {
        let waited = self.is_waiting(key);
        self.renew_stage(key);
        if waited && !self.is_waiting(key) {
            self.pass_kept(key, now)?;
            self.touch_link(key);
        } else {
            self.check_hold(key, now);
        }
        let timeout = self.config.cluster.server_timeout;
        let has_spare = self.passages.links.len() <= LEFT_MAX;
        let Some(link) = self.links.get_mut(key) else {
            return Ok(());
        };
        let Some(passage) = &link.passage else {
            return Ok(());
        };
        let (is_held, open_for) = (passage.is_held, passage.open_for());
        let is_waiting = matches!(passage.stage, Stage::Waiting(_));
        // A reply that waits has the deadline of its request.
        if !is_held && !is_waiting && now >= passage.moved_at.plus(timeout) {
            self.end_link(key, LinkEnd::Silent, now);
            return Ok(());
        }
        let lasts = now >= passage.began_at.plus(LEFT_AFTER);
        if let Some(id) = open_for {
            self.check_reader(key, id, now);
        }
        let is_ready = self
            .links
            .get(key)
            .is_some_and(|l| l.state == LinkState::Ready);
        if lasts && is_ready && has_spare {
            self.leave_link(key, now);
        }
        Ok(())
    }

    fn is_waiting(&self, key: Key) -> bool {
        let passage = self.links.get(key).and_then(|link| link.passage.as_ref());
        passage.is_some_and(|passage| matches!(passage.stage, Stage::Waiting(_)))
    }

    /// Closes the client of an open passage that makes others wait for too long, or takes nothing.
    fn check_reader(&mut self, key: Key, id: PartId, now: Time) {
        let patience = self.config.cluster.server_timeout / 2;
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        let has_others = link.has_others(id);
        let Some(passage) = &mut link.passage else {
            return;
        };
        if passage.is_held && has_others {
            passage.obstructed += TICK;
        }
        let obstructs = passage.obstructed >= patience;
        let takes_nothing = passage.is_held
            && self
                .clients
                .get(id.client)
                .is_some_and(|client| now >= client.moved_at.plus(TAKES_NOTHING_MAX));
        if obstructs || takes_nothing {
            self.stats.counters.closes_slow_reply += 1;
            self.close_client(id.client);
        }
    }

    /// New requests use another link from now on.
    pub(super) fn leave_link(&mut self, key: Key, now: Time) {
        if let Some(link) = self.links.get_mut(key) {
            link.is_left = true;
        }
        self.stats.counters.links_left += 1;
        self.retire(key, LinkEnd::Unneeded, now);
    }
}
