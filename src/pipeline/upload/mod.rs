//! Large requests that are passed on while they arrive, so that none sits in memory whole.
//!
//! ```text
//!   `from` bytes of a request, or a header that promises them --> Waiting --> Asked --> Open --> it is whole: its reply
//!                                                                  ^  ^         |        |       is waited for as usual
//!                              earlier requests, a link of its own-+  +---------+        |
//!                                                  MOVED, ASK, TRYAGAIN, ...             v
//!                              refused, the link is lost, no node takes it ----------> Dropped: the rest is skipped
//!   it cannot be passed on and is too large to be received whole: an error -----------> Dropped
//! ```
//!
//! An upload has a link of its client's own ([`lease`](super::lease)), so nobody waits behind a client that sends slowly,
//! and no byte of another request can come between. Before the first byte goes, the node is asked whether it serves the
//! key (EXISTS): where that is refused, nothing has been sent, and the answer is followed as ever. What is refused after
//! that cannot be sent again, because its bytes are gone; the client is told that it was not executed.
//!
//! A node executes no request that it has not got whole, so a link that is lost or closed in the middle leaves nothing.
//! Only writes whose single key is in a known place go this way; everything else is received whole, unless it is larger
//! than all that the worker's buffers may hold: then it is answered with an error and skipped, as soon as what has come
//! and what its headers promise say so.
//!
//! Holds: a client in an upload is paused for it; an open one has one link, which carries nothing else. Limits:
//! [`Passages::window`](super::passage::Passages), [`SENDS_NOTHING_MAX`], `limits.private_links_max`.

use std::time::Duration;

use bytes::Bytes;

use super::chunks::LARGE;
use super::client::{ClientSession, Pause, Phase};
use super::ingest::REQUEST_BYTES_MAX;
use super::link::{PartId, Patience, ShardLink};
use super::routes::NodeRef;
use super::slab::Key;
use super::time::Time;
use super::{Action, ClientId, Intake, LinkEnd, Pipeline};
use crate::cluster::Slot;
use crate::command::Command;
use crate::resp::Scan;

mod begin;
mod end;

/// A large request that a client is sending.
#[derive(Debug)]
pub(super) struct Upload {
    stage: Stage,
    /// Unknown only if all of it is skipped.
    command: Option<&'static Command>,
    slot: Slot,
    /// The question whether a node serves the key.
    probe: Box<[u8]>,
    /// When its turn had come, from which on nodes have their time to take it.
    since: Option<Time>,
    /// No node is asked before.
    next_try: Time,
    /// The node that a refusal has named, for this key alone.
    asked: Option<NodeRef>,
    /// The last refusal that was no redirect.
    last: Option<Bytes>,
    /// Bytes that went on, or were skipped.
    passed: usize,
    /// When bytes of it came last, or were not wanted.
    moved_at: Time,
    /// The client is not read.
    is_held: bool,
}

/// What becomes of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// They stay, because older requests are not answered, or no link is ready.
    Waiting,
    /// They stay, because the node of this link is asked about the key.
    Asked(Key),
    /// They go to this link.
    Open(Key),
    /// Nobody wants them.
    Dropped,
}

/// What a link knows of the request that it got while it arrived.
#[derive(Debug)]
pub(super) struct Carried {
    id: PartId,
    /// All of it is in the log.
    is_whole: bool,
    /// When the node last took some of it, or could take no more.
    sent_at: Time,
}

/// The length of a request whose end has not come, so that it never counts as written.
const UNFINISHED: u32 = u32::MAX;

/// A client that sends nothing in the middle of a request for so long is closed: a link waits for it.
const SENDS_NOTHING_MAX: Duration = Duration::from_secs(30);

// === impl Upload ===

impl Upload {
    /// One that nothing is known of yet but that it is there; `moved_at` is when bytes of it came last.
    fn new(stage: Stage, command: Option<&'static Command>, moved_at: Time) -> Self {
        Self {
            stage,
            command,
            slot: Slot::FIRST,
            probe: Box::default(),
            since: None,
            next_try: Time(0),
            asked: None,
            last: None,
            passed: 0,
            moved_at,
            is_held: false,
        }
    }

    /// If its client keeps the link that it has.
    pub(super) fn needs_link(&self) -> bool {
        self.stage != Stage::Dropped
    }

    /// If bytes of it have gone on, or are skipped.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::Open(_) | Stage::Dropped)
    }

    /// The link that its bytes go to.
    pub(super) fn open_on(&self) -> Option<Key> {
        match self.stage {
            Stage::Open(link) => Some(link),
            Stage::Waiting | Stage::Asked(_) | Stage::Dropped => None,
        }
    }
}

// === impl ClientSession ===

impl ClientSession {
    /// What a client may send that is in the middle of a large request; nothing if it is not.
    pub(super) fn upload_intake(&self) -> Intake {
        match &self.upload {
            Some(upload) if upload.is_under_way() && !upload.is_held => {
                if self.need < LARGE {
                    Intake::Small
                } else {
                    Intake::Large
                }
            }
            _ => Intake::Full,
        }
    }
}

// === impl ShardLink ===

impl ShardLink {
    /// If it carries a request that it has not got, or not written, whole.
    pub(super) fn lacks_bytes(&self) -> bool {
        let unwritten = self.log.unwritten_len() > 0;
        let carries = self.carries.as_ref();
        carries.is_some_and(|carried| unwritten || !carried.is_whole)
    }

    /// If the rest of a request is still written for a client that is gone.
    pub(super) fn still_writes(&self, now: Time, timeout: Duration) -> bool {
        self.log.unwritten_len() > 0
            && self
                .carries
                .as_ref()
                .is_some_and(|carried| carried.is_whole && now < carried.sent_at.plus(timeout))
    }

    /// The request that it got while it arrived.
    pub(super) fn carried(&self) -> Option<PartId> {
        self.carries.as_ref().map(|carried| carried.id)
    }

    /// The end of what is in the log is the end of the request that it carries.
    fn note_whole(&mut self, now: Time) {
        let end = self.log.end();
        if let (Some(carried), Some(entry)) = (&mut self.carries, self.in_flight.back_mut()) {
            carried.is_whole = true;
            entry.len = u32::try_from(end - entry.start).unwrap_or(UNFINISHED);
            // From now on it has the time of any request, and more as long as the node takes some of it.
            entry.arrival = now;
            entry.placed = now;
            self.patience = Patience::Usual;
        }
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Passes on, or skips, what has come of a large request.
    pub(super) fn pass_upload(&mut self, key: Key, now: Time) {
        let limits = self.request_limits;
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let Some(upload) = client.upload.as_mut().filter(|u| u.is_under_way()) else {
            return self.touch_client(key);
        };
        upload.moved_at = now;
        let (count, is_whole) = match client.scanner.go_on(&client.input, &limits) {
            Scan::Complete { len } => (len, true),
            Scan::Incomplete { need } => {
                client.need = need;
                (client.scanner.take_off(client.input.len()), false)
            }
            Scan::Invalid(invalid) => {
                self.give_upload_up(key);
                return self.refuse_bytes(key, invalid.why);
            }
        };
        upload.passed = upload.passed.saturating_add(count);
        let is_too_long = !is_whole && upload.passed > REQUEST_BYTES_MAX;
        let bytes = client.input.split_to(count).freeze();
        if let Some(link) = upload.open_on()
            && let Some(link) = self.links.get_mut(link)
            && count > 0
        {
            link.log.append_kept(bytes);
        }
        let has_ended = client.ended && !is_whole;
        if is_too_long {
            self.stats.counters.closes_protocol += 1;
        }
        if is_too_long || has_ended {
            return self.end_after_replies(key);
        }
        if is_whole {
            return self.end_upload(key, now);
        }
        self.touch_upload(key);
        self.check_upload_hold(key);
    }

    /// The last bytes of a large request have come.
    fn end_upload(&mut self, key: Key, now: Time) {
        self.uploads.retain(|other| *other != key);
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        client.need = 0;
        let Some(upload) = client.upload.take() else {
            return;
        };
        if let Some(link) = upload.open_on() {
            // As if it had come now; what follows waits for its reply, as behind anything on a link of one's own.
            client.paused = Some(Pause::Barrier);
            for (_, pending) in client.pending.iter_mut() {
                pending.arrival = now;
            }
            if let Some(link) = self.links.get_mut(link) {
                link.note_whole(now);
            }
            self.touch_link(link);
            self.finish_turn(key, now);
            return;
        }
        client.paused = None;
        self.act(Action::ResumeClient(ClientId(key)));
        self.ingest_kept(key, now);
    }

    fn touch_upload(&mut self, key: Key) {
        self.touch_client(key);
        let upload = self
            .clients
            .get(key)
            .and_then(|client| client.upload.as_ref());
        if let Some(link) = upload.and_then(|upload| upload.open_on()) {
            self.touch_link(link);
        }
    }

    /// Decides if a client in the middle of a large request is read.
    fn check_upload_hold(&mut self, key: Key) {
        let is_full = self.is_memory_full();
        let upload = self.clients.get_mut(key).and_then(|c| c.upload.as_mut());
        let Some(upload) = upload else { return };
        let link = upload.open_on().and_then(|link| self.links.get(link));
        let waiting = link.map_or(0, |link| link.log.unwritten_len());
        let window = if upload.is_held {
            self.passages.window / 2
        } else {
            self.passages.window
        };
        // With full buffers there is room for one piece at a time.
        let is_held = waiting > window || (is_full && waiting > 0);
        let was_held = std::mem::replace(&mut upload.is_held, is_held);
        if was_held && !is_held {
            self.act(Action::ResumeClient(ClientId(key)));
        }
    }

    /// Bytes of the request that a link carries were taken by the socket.
    #[cold]
    pub(super) fn note_carried(&mut self, key: Key) {
        let now = self.moment;
        let window = self.passages.window;
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        let Some(carried) = &mut link.carries else {
            return;
        };
        // They are not sent again.
        link.log.release(link.log.written());
        carried.sent_at = now;
        if carried.is_whole
            && let Some(entry) = link.in_flight.back_mut()
        {
            entry.arrival = entry.arrival.max(now);
            entry.placed = entry.placed.max(now);
        }
        let waiting = link.log.unwritten_len();
        if let Some(holder) = link.holder
            && let Some(upload) = self.clients.get(holder).and_then(|c| c.upload.as_ref())
            && upload.is_held
            && waiting <= window / 2
        {
            self.resumable.push(holder);
        }
        self.touch_link(key);
    }

    /// At each tick: what only time or others bring about.
    pub(super) fn check_uploads(&mut self, now: Time) {
        for key in self.uploads.clone() {
            self.check_upload(key, now);
        }
    }

    fn check_upload(&mut self, key: Key, now: Time) {
        let timeout = self.config.cluster.server_timeout;
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let link_now = client.lease.as_ref().and_then(|lease| lease.link);
        let Some(upload) = &mut client.upload else {
            return;
        };
        match upload.stage {
            Stage::Waiting => {
                upload.moved_at = now;
                self.try_upload(key, now);
            }
            Stage::Asked(link) => {
                upload.moved_at = now;
                let is_late = upload.since.is_some_and(|since| now >= since.plus(timeout));
                if link_now != Some(link) {
                    upload.stage = Stage::Waiting;
                } else if is_late {
                    upload.stage = Stage::Waiting;
                    self.end_link(link, LinkEnd::Silent, now);
                    self.drop_unserved(key, now);
                }
            }
            Stage::Open(link) => {
                self.check_upload_hold(key);
                self.check_node_of_upload(link, now);
            }
            Stage::Dropped if self.draining => return self.end_after_replies(key),
            Stage::Dropped => {}
        }
        let Some(upload) = self.clients.get_mut(key).and_then(|c| c.upload.as_mut()) else {
            return;
        };
        if upload.is_held {
            upload.moved_at = now;
        }
        if now >= upload.moved_at.plus(SENDS_NOTHING_MAX) {
            self.stats.counters.closes_slow_request += 1;
            self.close_client(key);
        }
    }

    /// A node that takes nothing of what there is loses the link.
    fn check_node_of_upload(&mut self, key: Key, now: Time) {
        let timeout = self.config.cluster.server_timeout;
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        let has_some = link.log.unwritten_len() > 0;
        let Some(carried) = &mut link.carries else {
            return;
        };
        if !has_some {
            carried.sent_at = now;
        } else if now >= carried.sent_at.plus(timeout) {
            self.end_link(key, LinkEnd::Silent, now);
        }
    }
}

/// For the checks of tests.
impl Pipeline {
    /// Uploads: each is listed once, its client is paused for it, and an open one has a link of its own.
    pub(super) fn check_upload_owners(&self) -> Result<(), String> {
        let mut count = 0;
        for (key, client) in self.clients.iter() {
            let Some(upload) = &client.upload else {
                if client.paused == Some(Pause::Upload) {
                    return Err(format!("client {key:?} is paused for no upload"));
                }
                continue;
            };
            count += 1;
            let is_paused = client.paused == Some(Pause::Upload) && client.phase == Phase::Open;
            let leased = client.lease.as_ref().and_then(|lease| lease.link);
            let carried = leased.and_then(|link| self.links.get(link)?.carried());
            let is_sound = match upload.stage {
                Stage::Open(link) => {
                    leased == Some(link) && carried.is_some_and(|id| id.client == key)
                }
                Stage::Waiting | Stage::Asked(_) | Stage::Dropped => carried.is_none(),
            };
            if !is_paused || !is_sound || !self.uploads.contains(&key) {
                return Err(format!(
                    "client {key:?} has an upload that is wrong: {upload:?}"
                ));
            }
        }
        if count == self.uploads.len() {
            Ok(())
        } else {
            Err(format!(
                "{count} uploads, listed are {}",
                self.uploads.len()
            ))
        }
    }
}
