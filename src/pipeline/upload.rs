//! Large requests that are passed on while they arrive, so that none sits in memory whole.
//!
//! ```text
//!   `from` bytes of a request, or a header that promises them --> Waiting --> Asked --> Open --> it is whole: its reply
//!                                                                  ^  ^         |        |       is waited for as usual
//!                              earlier requests, a link of its own-+  +---------+        |
//!                                                  MOVED, ASK, TRYAGAIN, ...             v
//!                              refused, the link is lost, no node takes it ----------> Dropped: the rest is skipped
//! ```
//!
//! An upload has a link of its client's own ([`lease`](super::lease)), so nobody waits behind a client that sends slowly,
//! and no byte of another request can come between. Before the first byte goes, the node is asked whether it serves the
//! key (EXISTS): where that is refused, nothing has been sent, and the answer is followed as ever. What is refused after
//! that cannot be sent again, because its bytes are gone; the client is told that it was not executed.
//!
//! A node executes no request that it has not got whole, so a link that is lost or closed in the middle leaves nothing.
//! Only writes whose single key is in a known place go this way; everything else is received whole.
//!
//! Holds: a client in an upload is paused for it; an open one has one link, which carries nothing else. Limits:
//! [`Passages::window`](super::passage::Passages), [`SENDS_NOTHING_MAX`], `limits.private_links_max`.

use std::time::Duration;

use bytes::Bytes;

use super::answers::{self, Failure};
use super::chunks::LARGE;
use super::client::{ClientSession, Pause, Phase};
use super::ingest::{Frame, REQUEST_BYTES_MAX};
use super::lease::Lease;
use super::link::{InFlight, LinkState, Owner, PartId, Patience, ShardLink, WHOLE};
use super::pending::{At, Lane, Part, Pending, State};
use super::place::{ASKING, Placed};
use super::routes::NodeRef;
use super::slab::Key;
use super::time::Time;
use super::{Action, ClientId, Intake, LinkEnd, Pipeline};
use crate::cluster::{Refusal, Slot};
use crate::command::{self, Command, Treatment};
use crate::resp::{ReplyView, RequestView, Scan, write};

/// A large request that a client is sending.
#[derive(Debug)]
pub(super) struct Upload {
    stage: Stage,
    command: &'static Command,
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

// === impl Pipeline: the beginning ===

impl Pipeline {
    /// `bytes` are the beginning of a large request: it is passed on if that can be.
    #[cold]
    pub(super) fn begin_upload(&mut self, key: Key, bytes: &[u8]) {
        let Some((command, slot, probe)) = self.can_pass_on(key, bytes) else {
            return;
        };
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        client.upload = Some(Box::new(Upload {
            stage: Stage::Waiting,
            command,
            slot,
            probe,
            since: None,
            next_try: Time(0),
            asked: None,
            last: None,
            passed: 0,
            moved_at: client.moved_at,
            is_held: false,
        }));
        self.uploads.push(key);
        self.pause(key, Pause::Upload);
        // Its bytes are not all in its buffer yet.
        self.resumable.push(key);
    }

    /// The command, the slot of its key and the question about that, if the rest of the request need not be known.
    fn can_pass_on(
        &mut self,
        key: Key,
        bytes: &[u8],
    ) -> Option<(&'static Command, Slot, Box<[u8]>)> {
        let client = self.clients.get(key)?;
        // Something else is done with their requests, their replies, or with a link of their own.
        let is_odd = client.upload.is_some()
            || client.quiet.is_some()
            || client.subscriber.is_some()
            || client.tracker.is_some()
            || client.transaction.is_some()
            || client.lease.is_some()
            || self.command_pause.is_some()
            || self.monitors.are_some()
            || self.draining;
        let view = RequestView::new(bytes);
        if is_odd || !client.authenticated || view.is_inline() || !self.has_private_left() {
            return None;
        }
        let name = view.arg(0)?;
        let command = command::lookup(name).or_else(|| self.learned(name))?;
        let is_plain = command::treatment(command) == Treatment::ByKey
            && command.subcommands.is_empty()
            && command.is_write()
            && !command.is_readonly();
        let place = command.only_key_index().filter(|_| is_plain)?;
        let name_of_key = view.args().nth(place).filter(|name| name.len() < LARGE)?;
        if !self.may_send_any(key, command, &view, place) {
            return None;
        }
        let mut probe = Vec::new();
        write::request(&mut probe, &[b"EXISTS", name_of_key]);
        Some((command, Slot::of_key(name_of_key), probe.into()))
    }

    /// If the user of a client may send such a command for the key at `place`, whatever follows.
    fn may_send_any(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        place: usize,
    ) -> bool {
        let Some(client) = self.clients.get(key) else {
            return false;
        };
        if client.unlimited {
            return true;
        }
        let mut args: Vec<&[u8]> = view.args().take(place + 1).collect();
        args.push(b"");
        match command.name {
            // What it needs depends on this word.
            "set" => args.push(b"GET"),
            _ if command.only_key().is_some() => {}
            _ => return false,
        }
        let mut most = Vec::new();
        write::request(&mut most, &args);
        let most = RequestView::new(&most);
        let user = self.access.get(client.user);
        user.is_some_and(|user| user.check(command, &most, &mut self.key_uses).is_ok())
    }

    /// Something may have changed for a client that is in the middle of a large request.
    pub(super) fn go_on_upload(&mut self, key: Key, now: Time) {
        let upload = self
            .clients
            .get(key)
            .and_then(|client| client.upload.as_ref());
        match upload.map(|upload| upload.stage) {
            Some(Stage::Waiting) => self.try_upload(key, now),
            Some(Stage::Open(_)) => self.check_upload_hold(key),
            Some(Stage::Dropped) => self.pass_upload(key, now),
            Some(Stage::Asked(_)) | None => {}
        }
    }

    /// Looks for a link, if the turn of the request has come.
    fn try_upload(&mut self, key: Key, now: Time) {
        let timeout = self.config.cluster.server_timeout;
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let is_first = client.pending.is_empty();
        let Some(upload) = client.upload.as_mut().filter(|_| is_first) else {
            return;
        };
        let since = *upload.since.get_or_insert(now);
        let (slot, asked) = (upload.slot, upload.asked);
        if now >= since.plus(timeout) {
            return self.drop_unserved(key, now);
        }
        if now < upload.next_try {
            return;
        }
        client
            .lease
            .get_or_insert_with(|| Box::new(Lease::new(Patience::Endless)));
        let Some(node) = asked.or_else(|| self.routes.primary_of(slot)) else {
            if let Placed::Down(node) = self.without_node(now) {
                self.drop_down(key, node, now);
            }
            return;
        };
        let leased = match self.leased_link(key, node) {
            Some(link) => Ok(link),
            None => self.lease_link(key, node, now),
        };
        match leased {
            Ok(link)
                if self
                    .links
                    .get(link)
                    .is_some_and(|l| l.state == LinkState::Ready) =>
            {
                if asked.is_some() {
                    self.open_upload(key, link, true, now);
                } else {
                    self.ask_about_key(key, link, now);
                }
            }
            Ok(_) if !self.routes.is_given_up(node, now) => {}
            Ok(_) => self.drop_down(key, Some(node), now),
            Err(Placed::Down(node)) => self.drop_down(key, node, now),
            Err(Placed::NoPrivateLeft) => {
                let mut text = Vec::new();
                let max = self.config.limits.private_links_max;
                write::error(&mut text, &answers::no_private_left(max));
                self.drop_upload(key, &text, now);
            }
            Err(_) => {}
        }
    }

    fn ask_about_key(&mut self, key: Key, link: Key, now: Time) {
        let upload = self.clients.get_mut(key).and_then(|c| c.upload.as_mut());
        let Some(upload) = upload else { return };
        upload.stage = Stage::Asked(link);
        let probe = std::mem::take(&mut upload.probe);
        self.append_own(link, Owner::Probe, &probe, now);
        let upload = self.clients.get_mut(key).and_then(|c| c.upload.as_mut());
        if let Some(upload) = upload {
            upload.probe = probe;
        }
    }

    /// A node has said whether it serves the key of a large request.
    pub(super) fn take_probe_reply(&mut self, link: Key, reply: &[u8], now: Time) {
        let Some((holder, node, purpose)) = self
            .links
            .get(link)
            .and_then(|l| Some((l.holder?, l.node, l.purpose)))
        else {
            return;
        };
        let upload = self.clients.get(holder).and_then(|c| c.upload.as_ref());
        if upload.map(|upload| upload.stage) != Some(Stage::Asked(link)) {
            return;
        }
        let refusal = ReplyView::new(reply).as_error().and_then(Refusal::parse);
        let Some(refusal) = refusal else {
            // Whatever else it says, it will say to the request, too.
            return self.open_upload(holder, link, false, now);
        };
        let asked = self.learn(link, node, purpose, &refusal, now);
        let pause = self.config.cluster.retry_delay;
        let Some(upload) = self.clients.get_mut(holder).and_then(|c| c.upload.as_mut()) else {
            return;
        };
        upload.stage = Stage::Waiting;
        upload.asked = asked;
        match refusal {
            Refusal::Ask { .. } => {}
            // At once, but two nodes that name each other are not asked all the time.
            Refusal::Moved { .. } if upload.next_try == Time(0) => upload.next_try = now,
            Refusal::Moved { .. } => upload.next_try = now.plus(pause),
            _ => {
                upload.last = Some(Bytes::copy_from_slice(reply));
                upload.next_try = now.plus(pause);
            }
        }
        self.resumable.push(holder);
    }

    /// The request goes to this link from now on.
    fn open_upload(&mut self, key: Key, link: Key, asking: bool, now: Time) {
        if asking {
            self.append_own(link, Owner::Asking, ASKING, now);
        }
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let (Some(upload), Some(held)) = (&mut client.upload, self.links.get_mut(link)) else {
            return;
        };
        upload.stage = Stage::Open(link);
        let mut part = Part::new(upload.slot, At::Link);
        part.lane = Lane::Private;
        client.last_command = upload.command.name;
        let id = PartId {
            client: key,
            seq: client.pending.push(Pending {
                arrival: now,
                command: Some(upload.command),
                state: State::Whole(part),
            }),
            part: WHOLE,
        };
        // The client may take its time; the node is looked after at each tick.
        held.patience = Patience::Endless;
        held.carries = Some(Box::new(Carried {
            id,
            is_whole: false,
            sent_at: now,
        }));
        let start = held.log.end();
        held.push(InFlight {
            owner: Owner::Part(id),
            start,
            len: UNFINISHED,
            arrival: now,
            placed: now,
            read_only: false,
        });
        self.stats.counters.requests += 1;
        self.stats.counters.requests_passed_on += 1;
        self.act(Action::ResumeClient(ClientId(key)));
        self.pass_upload(key, now);
    }
}

// === impl Pipeline: the middle ===

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

// === impl Pipeline: the end ===

impl Pipeline {
    /// An error to the request that a link carries; nothing if it carries none, else if that was dealt with.
    pub(super) fn follow_carried(
        &mut self,
        key: Key,
        id: PartId,
        entry: &InFlight,
        reply: &[u8],
        now: Time,
    ) -> Option<bool> {
        let link = self.links.get_mut(key)?;
        let (node, purpose) = (link.node, link.purpose);
        link.carries.take_if(|carried| carried.id == id)?;
        if entry.len == UNFINISHED {
            // The node has seen enough of it, and closes the connection, as a rule.
            self.stats.counters.errors_passed_on += 1;
            self.skip_rest(id.client);
            self.end_link(key, LinkEnd::Early, now);
            let delivered = self.deliver(id, &Frame::Borrowed(reply), now);
            debug_assert!(delivered.is_ok(), "an error is an answer to every request");
            return Some(true);
        }
        let said = ReplyView::new(reply);
        let text = said.as_error().unwrap_or_default();
        let Some(refusal) = Refusal::parse(text) else {
            return Some(false);
        };
        let _ = self.learn(key, node, purpose, &refusal, now);
        let addr = self.routes.addr(node).cloned();
        let end = text.iter().position(|byte| *byte == b' ');
        let word = answers::quote(text.get(..end.unwrap_or(text.len())).unwrap_or_default());
        let failure = Failure::Refused {
            node: addr.as_ref(),
            word: &word,
        };
        self.fail_carried(id, failure, now);
        Some(true)
    }

    /// A reply, which is no error, to the request that a link carries; true if it was dealt with.
    pub(super) fn end_carried(
        &mut self,
        key: Key,
        id: PartId,
        entry: &InFlight,
        now: Time,
    ) -> bool {
        let Some(link) = self.links.get_mut(key) else {
            return false;
        };
        let node = link.node;
        if link.carries.take_if(|carried| carried.id == id).is_none() || entry.len != UNFINISHED {
            return false;
        }
        // Nobody can know what it means.
        self.stats.counters.links_desync += 1;
        self.skip_rest(id.client);
        let addr = self.routes.addr(node).cloned();
        self.end_link(key, LinkEnd::Desync("a reply to half a request"), now);
        self.fail_lost(id, addr.as_ref(), now);
        true
    }

    /// The request that a link carries was not executed, and its bytes are gone.
    pub(super) fn fail_carried(&mut self, id: PartId, failure: Failure<'_>, now: Time) {
        self.stats.counters.errors_passed_on += 1;
        self.skip_rest(id.client);
        self.fail_part(id, failure, now);
    }

    /// What is still to come of a client's request is skipped.
    fn skip_rest(&mut self, key: Key) {
        let upload = self.clients.get_mut(key).and_then(|c| c.upload.as_mut());
        if let Some(upload) = upload {
            upload.stage = Stage::Dropped;
            upload.is_held = false;
            self.act(Action::ResumeClient(ClientId(key)));
            self.resumable.push(key);
        }
    }

    /// No node has taken any of a large request: its client gets `reply`.
    fn drop_upload(&mut self, key: Key, reply: &[u8], now: Time) {
        self.skip_rest(key);
        self.end_lease(key);
        let upload = self
            .clients
            .get(key)
            .and_then(|client| client.upload.as_ref());
        if let Some(command) = upload.map(|upload| upload.command) {
            self.stats.counters.requests += 1;
            self.answer(key, Some(command), reply);
        }
        self.run_releases(now);
    }

    fn drop_unserved(&mut self, key: Key, now: Time) {
        let upload = self.clients.get_mut(key).and_then(|c| c.upload.as_mut());
        let Some(upload) = upload else { return };
        let (slot, last) = (upload.slot, upload.last.take());
        self.stats.counters.errors_node_unavailable += 1;
        let node = self.routes.primary_of(slot);
        let addr = node.and_then(|node| self.routes.addr(node)).cloned();
        let mut text = Vec::new();
        let failure = Failure::Unavailable {
            slot,
            node: addr.as_ref(),
            millis: self.config.cluster.server_timeout.as_millis(),
        };
        failure.write(&mut text);
        self.drop_upload(key, &last.unwrap_or_else(|| text.into()), now);
    }

    fn drop_down(&mut self, key: Key, node: Option<NodeRef>, now: Time) {
        let upload = self
            .clients
            .get(key)
            .and_then(|client| client.upload.as_ref());
        let Some(slot) = upload.map(|upload| upload.slot) else {
            return;
        };
        self.stats.counters.errors_node_down += 1;
        let since = node.and_then(|node| self.routes.down_since(node, now));
        let millis = Duration::from_nanos(now.since(since.unwrap_or(now))).as_millis();
        let addr = node.and_then(|node| self.routes.addr(node)).cloned();
        let node = addr.as_ref();
        let mut text = Vec::new();
        Failure::Down { slot, node, millis }.write(&mut text);
        self.drop_upload(key, &text, now);
    }

    /// The client gets what is due to it and then the end, in the middle of a large request: nothing of that is
    /// executed.
    pub(super) fn give_upload_up(&mut self, key: Key) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let Some(upload) = client.upload.take() else {
            return;
        };
        client.paused = None;
        self.uploads.retain(|other| *other != key);
        self.stats.counters.requests_broken_off += 1;
        if upload.open_on().is_some() {
            let was_unsettled = client
                .pending
                .iter_mut()
                .any(|(_, pending)| matches!(&pending.state, State::Whole(part) if part.unsettled));
            client.pending.pop_newest();
            if was_unsettled {
                client.settle(upload.slot);
                client.forget_settled(upload.slot);
            }
        }
        self.drop_lease(key);
    }

    /// A client is gone. What it has sent whole is written to the end, as any request is.
    pub(super) fn forget_upload(&mut self, key: Key) {
        let now = self.moment;
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        if client.upload.take().is_some() {
            self.uploads.retain(|other| *other != key);
            self.stats.counters.requests_broken_off += 1;
            return;
        }
        let Some(link) = client.lease.as_ref().and_then(|lease| lease.link) else {
            return;
        };
        let timeout = self.config.cluster.server_timeout;
        let Some(held) = self
            .links
            .get_mut(link)
            .filter(|l| l.still_writes(now, timeout))
        else {
            return;
        };
        held.state = LinkState::Retiring;
        held.is_left = true;
        for entry in &mut held.in_flight {
            entry.owner.expire();
        }
        self.give_lease_up(link);
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
