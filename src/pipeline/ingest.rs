//! What clients send: frames are cut off, understood, and answered here or handed on.
//!
//! A client that must wait (limits, a barrier) is paused with its bytes kept, and goes on in
//! [`Pipeline::handle_resumable`] once the reason is gone.

use std::net::SocketAddr;

use bytes::{Buf, Bytes};

use super::chunks::LARGE;
use super::client::{ClientSession, Pause, Phase};
use super::slab::Key;
use super::time::Time;
use super::{Action, ClientId, Pipeline, answers};
use crate::command::{self, Command, Flags, Treatment};
use crate::resp::{Limits, RequestShape, RequestView, Scan, Violation, inline, is_http, write};

/// A whole request as it came.
#[derive(Debug, Clone)]
pub(super) enum Frame<'a> {
    /// A piece of the driver's receive buffer.
    Borrowed(&'a [u8]),
    /// A piece of a buffer of its own, worth sharing instead of copying.
    Shared(Bytes),
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// Answered or under way.
    Yes,
    /// In a link's log, and nothing else has changed.
    Sent,
    /// Under way; the client pauses before its next request.
    Then(Pause),
    /// Not now; the client pauses for this reason.
    Later(Pause),
    /// The connection ends.
    Close,
}

/// One request has at most this many bytes, like the query buffer of a Redis client; positions in a link's
/// log rely on it.
pub(super) const REQUEST_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// In so few bytes there are too few requests for their number to be worth counting.
const WORTH_COUNTING: usize = 128;

// === impl Taken ===

impl Taken {
    /// If the bytes of the request are not needed any more.
    fn is_done(self) -> bool {
        matches!(self, Self::Yes | Self::Sent | Self::Then(_))
    }
}

// === impl Frame ===

impl Frame<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }

    /// The bytes for keeping.
    pub(super) fn to_shared(&self) -> Bytes {
        match self {
            Self::Borrowed(bytes) => Bytes::copy_from_slice(bytes),
            Self::Shared(bytes) => bytes.clone(),
        }
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// A client connected.
    ///
    /// # Errors
    ///
    /// It may not stay; the bytes say why, for the client.
    pub fn handle_client_connected(
        &mut self,
        peer: SocketAddr,
        local: SocketAddr,
        now: Time,
    ) -> Result<ClientId, &'static [u8]> {
        if self.draining {
            self.stats.counters.clients_rejected += 1;
            return Err(answers::DRAINING_LINE);
        }
        if self.clients.len() + self.clients_elsewhere >= self.config.limits.clients_max {
            self.stats.counters.clients_rejected += 1;
            return Err(answers::MAX_CLIENTS_LINE);
        }
        self.stats.counters.clients_accepted += 1;
        self.clients_seen += 1;
        let number = (self.clients_seen - 1) * self.workers as u64 + self.worker as u64 + 1;
        let mut client = ClientSession::new(number, peer, local, now);
        client.enter_unnamed(&self.access);
        Ok(ClientId(self.clients.insert(client)))
    }

    /// A client sent `bytes`.
    pub fn handle_client_bytes(&mut self, id: ClientId, bytes: &[u8], now: Time) {
        let Some(client) = self.clients.get_mut(id.0) else {
            return;
        };
        self.stats.counters.bytes_from_clients += bytes.len() as u64;
        client.last_active = now;
        client.moved_at = now;
        if !client.input.is_empty() || client.paused.is_some() {
            client.input.extend_from_slice(bytes);
            self.ingest_kept(id.0, now);
            return;
        }
        let taken = self.ingest(id.0, bytes, now);
        if let Some(client) = self.clients.get_mut(id.0) {
            client
                .input
                .extend_from_slice(bytes.get(taken..).unwrap_or_default());
        }
        self.finish_turn(id.0, now);
    }

    /// A client's bytes were received into [`Pipeline::large_input`]; `count` of them are new.
    pub fn handle_client_input(&mut self, id: ClientId, count: usize, now: Time) {
        let Some(client) = self.clients.get_mut(id.0) else {
            return;
        };
        self.stats.counters.bytes_from_clients += count as u64;
        client.last_active = now;
        client.moved_at = now;
        client.need = client.need.saturating_sub(count);
        if client.need == 0 || client.upload.is_some() {
            self.ingest_kept(id.0, now);
            return;
        }
        self.touch_client(id.0);
        if self.is_memory_full() && self.memory_pass != Some(id.0) {
            self.pause(id.0, Pause::Memory);
        }
    }

    /// A client closed its side or its connection broke. What it has under way is received and dropped.
    pub fn handle_client_closed(&mut self, id: ClientId) {
        self.forget_client(id.0);
    }

    /// A client ended its side: what it has sent is answered, then the connection ends.
    pub fn handle_client_end(&mut self, id: ClientId, now: Time) {
        if let Some(client) = self.clients.get_mut(id.0) {
            client.ended = true;
            // Servers do not go on waiting for such a client either.
            if client.is_waiting() {
                self.close_client(id.0);
                return;
            }
            // What is half sent will never be whole.
            if client.upload.as_ref().is_some_and(|u| u.is_under_way()) {
                self.end_after_replies(id.0);
                return;
            }
        }
        self.finish_turn(id.0, now);
    }

    /// Lets paused clients go on whose reason to wait is gone. Called once per turn.
    pub fn handle_resumable(&mut self, now: Time) {
        while let Some(key) = self.resumable.pop() {
            if self.resume_passage(key, now) {
                continue;
            }
            let full = self.is_memory_full();
            let Some(client) = self.clients.get_mut(key) else {
                continue;
            };
            let goes_on = match client.paused {
                None => continue,
                Some(Pause::Barrier) => client.pending.is_empty(),
                Some(Pause::Memory) => !full || self.memory_pass == Some(key),
                Some(Pause::Upload) => {
                    self.go_on_upload(key, now);
                    continue;
                }
                Some(Pause::Subscribing) => !client.waits_for_subscription(),
                Some(_) => client.must_pause(&self.config.limits).is_none(),
            };
            if !goes_on {
                continue;
            }
            let was_barrier = client.paused.take() == Some(Pause::Barrier);
            if was_barrier {
                self.forget_executed(key);
            }
            self.ingest_kept(key, now);
            let is_read = |client: &ClientSession| client.paused.is_none() || client.is_waiting();
            if self.clients.get(key).is_some_and(is_read) {
                self.act(Action::ResumeClient(ClientId(key)));
            }
        }
    }

    /// Takes the requests that wait in a client's own buffer.
    pub(super) fn ingest_kept(&mut self, key: Key, now: Time) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        match client.paused {
            None => {}
            Some(Pause::Upload) => return self.pass_upload(key, now),
            Some(_) => return self.touch_client(key),
        }
        let mut input = std::mem::take(&mut client.input);
        let mut allowed = 0;
        while !input.is_empty() {
            let Some(shape) = self.next_frame(key, &input, &mut allowed) else {
                break;
            };
            let len = shape.frame_len();
            let frame = if len >= LARGE {
                let whole = input.split_to(len).freeze();
                let shared = Frame::Shared(whole.clone());
                let taken = self.take_request(key, &shared, &shape, now);
                if self.note_taken(key, taken, &mut allowed) {
                    continue;
                }
                // Not taken: it is put back.
                if matches!(taken, Taken::Later(_)) {
                    let rest = input;
                    input = bytes::BytesMut::from(whole);
                    input.unsplit(rest);
                }
                break;
            } else {
                input.get(..len).unwrap_or_default()
            };
            let taken = self.take_request(key, &Frame::Borrowed(frame), &shape, now);
            if taken.is_done() {
                input.advance(len);
            }
            if !self.note_taken(key, taken, &mut allowed) {
                break;
            }
        }
        if let Some(client) = self.clients.get_mut(key)
            && client.phase == Phase::Open
        {
            client.input = input;
        }
        self.finish_turn(key, now);
    }

    /// Takes whole requests from `bytes`; returns how many bytes are done with.
    fn ingest(&mut self, key: Key, bytes: &[u8], now: Time) -> usize {
        let mut done = 0;
        let mut allowed = 0;
        while let Some(rest) = bytes.get(done..)
            && !rest.is_empty()
        {
            let Some(shape) = self.next_frame(key, rest, &mut allowed) else {
                break;
            };
            let len = shape.frame_len();
            let frame = Frame::Borrowed(rest.get(..len).unwrap_or_default());
            let taken = self.take_request(key, &frame, &shape, now);
            if taken.is_done() {
                done += len;
            }
            if !self.note_taken(key, taken, &mut allowed) {
                break;
            }
        }
        match self.clients.get(key) {
            Some(client) if client.phase == Phase::Open => done,
            _ => bytes.len(),
        }
    }

    /// The next whole request in `bytes`, if there is one and it may be taken now. `allowed` is how many more may be
    /// taken before that has to be decided again, as long as all of them are [`Taken::Sent`].
    #[inline]
    fn next_frame(&mut self, key: Key, bytes: &[u8], allowed: &mut usize) -> Option<RequestShape> {
        let room = self.held_bytes_max.checked_sub(self.held_bytes);
        let client = self.clients.get_mut(key)?;
        if *allowed == 0 {
            if client.phase != Phase::Open {
                return None;
            }
            let wait = if room.is_none() && self.memory_pass != Some(key) {
                Some(Pause::Memory)
            } else {
                client.must_pause(&self.config.limits)
            };
            if let Some(why) = wait {
                self.pause(key, why);
                return None;
            }
            *allowed = 1;
            if bytes.len() >= WORTH_COUNTING && bytes.len() <= room.unwrap_or(0) {
                *allowed = client.room(&self.config.limits);
            }
        }
        *allowed -= 1;
        let limits = if client.authenticated {
            &self.request_limits
        } else {
            &Limits::BEFORE_AUTH
        };
        let scan = match client.scanner.scan_shape(bytes, limits) {
            Ok(shape) => {
                client.need = 0;
                return Some(shape);
            }
            Err(scan) => scan,
        };
        self.note_unfinished(key, bytes, scan);
        None
    }

    /// What arrived is no whole request, or none at all.
    fn note_unfinished(&mut self, key: Key, bytes: &[u8], scan: Scan) {
        match scan {
            Scan::Incomplete { .. } if bytes.len() > REQUEST_BYTES_MAX => {
                self.stats.counters.closes_protocol += 1;
                self.end_after_replies(key);
            }
            Scan::Incomplete { need } => {
                let Some(client) = self.clients.get_mut(key) else {
                    return;
                };
                client.need = need;
                let known = bytes.len().saturating_add(need);
                let least = known.saturating_add(client.scanner.promised());
                if least >= self.passages.from {
                    self.begin_upload(key, bytes, known, least);
                }
            }
            Scan::Invalid(invalid) => self.refuse_bytes(key, invalid.why),
            Scan::Complete { .. } => debug_assert!(false, "a whole request has a shape"),
        }
    }

    /// Follows what became of a request; true if the next one may be taken.
    #[inline]
    fn note_taken(&mut self, key: Key, taken: Taken, allowed: &mut usize) -> bool {
        self.stats.counters.requests += u64::from(!matches!(taken, Taken::Later(_)));
        match taken {
            Taken::Sent => true,
            Taken::Yes => {
                *allowed = 0;
                true
            }
            Taken::Later(why) | Taken::Then(why) => {
                self.pause(key, why);
                false
            }
            Taken::Close => {
                self.end_after_replies(key);
                false
            }
        }
    }

    /// After a client's bytes were taken: held parts, output, and the end if it was asked for.
    pub(super) fn finish_turn(&mut self, key: Key, now: Time) {
        self.run_releases(now);
        self.touch_client(key);
        if self.draining || self.clients.get(key).is_some_and(|client| client.ended) {
            self.finish_client(key);
        }
        self.close_if_done(key);
    }

    /// The bytes break the protocol: Redis's words, then the end.
    pub(super) fn refuse_bytes(&mut self, key: Key, why: Violation) {
        self.stats.counters.errors_protocol += 1;
        self.stats.counters.closes_protocol += 1;
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        let authenticated = self
            .clients
            .get(key)
            .is_some_and(|client| client.authenticated);
        write::error(&mut out, &format!("ERR {}", why.wording(authenticated)));
        self.answer(key, None, &out);
        self.scratch = out;
        self.end_after_replies(key);
    }

    /// Understands one whole request and answers it or hands it on.
    fn take_request(
        &mut self,
        key: Key,
        frame: &Frame<'_>,
        shape: &RequestShape,
        now: Time,
    ) -> Taken {
        let view = RequestView::with_shape(frame.bytes(), shape);
        if view.is_inline() {
            return self.take_inline(key, frame.bytes(), now);
        }
        let Some(name) = view.arg(0) else {
            return Taken::Yes;
        };
        let Some(command) = command::lookup(name).or_else(|| self.learned(name)) else {
            return self.refuse_unknown(key, &view);
        };
        let command = match self.resolve(key, command, &view) {
            Ok(command) => command,
            Err(taken) => return taken,
        };
        if let Some(taken) = self.refuse_early(key, command, &view) {
            return taken;
        }
        if self.specials
            && let Some(taken) = self.begin_specially(key, command, &view, now)
        {
            self.end_specially(key, command, &view, taken, now);
            return taken;
        }
        let taken = match command::treatment(command) {
            Treatment::ByKey => self.take_keyed(key, command, &view, frame, now),
            Treatment::Blocking => self.take_blocking(key, command, &view, frame, now),
            Treatment::Wait => self.take_wait(key, command, &view, frame, now),
            Treatment::Split(kind) => self.take_split(key, command, kind, &view, frame, now),
            Treatment::Broadcast(broadcast) => {
                self.take_broadcast(key, command, broadcast, &view, frame, now)
            }
            Treatment::Restricted(way) => {
                self.take_restricted(key, command, way, &view, frame, now)
            }
            Treatment::Script(script) => self.take_script(key, command, script, &view, frame, now),
            Treatment::ByChannel => self.publish(key, command, &view, frame, now),
            Treatment::Scan => self.take_scan(key, command, &view, frame, now),
            Treatment::Local(local) => self.take_local(key, command, local, &view, frame, now),
            Treatment::Transaction(step) => self.take_step(key, command, step, &view, frame, now),
            Treatment::Unsupported(why) => {
                self.stats.counters.errors_unsupported += 1;
                self.answer_with(key, command, |out| {
                    answers::unsupported(out, command.name, why);
                });
                Taken::Yes
            }
        };
        if self.specials {
            self.end_specially(key, command, &view, taken, now);
        }
        if matches!(taken, Taken::Yes | Taken::Then(_) | Taken::Close)
            && let Some(client) = self.clients.get_mut(key)
        {
            client.last_command = command.name;
        }
        taken
    }

    /// A line without RESP framing, as typed into telnet.
    fn take_inline(&mut self, key: Key, line: &[u8], now: Time) -> Taken {
        let mut request = Vec::new();
        match inline::to_multibulk(line, &mut request) {
            Ok(0) => Taken::Yes,
            Ok(_) => {
                let shape = RequestShape::of(&request);
                self.take_request(key, &Frame::Borrowed(&request), &shape, now)
            }
            Err(why) => {
                self.refuse_bytes(key, why);
                Taken::Close
            }
        }
    }

    /// The subcommand of a container command.
    #[inline]
    fn resolve(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
    ) -> Result<&'static Command, Taken> {
        if command.subcommands.is_empty() {
            return Ok(command);
        }
        let Some(name) = view.arg(1) else {
            return Ok(command);
        };
        if let Some(subcommand) = command.subcommand(name) {
            return Ok(subcommand);
        }
        if let Some(subcommand) = self.learned.subcommand(command, name) {
            return Ok(subcommand);
        }
        if let Some(taken) = self.refuse_unauthenticated(key, command) {
            return Err(taken);
        }
        self.stats.counters.errors_unknown_command += 1;
        self.spoil_transaction(key);
        self.answer_with(key, command, |out| {
            answers::unknown_subcommand(out, command.name, name);
        });
        Err(Taken::Yes)
    }

    /// A command that the table does not have.
    #[cold]
    #[inline(never)]
    pub(super) fn learned(&self, name: &[u8]) -> Option<&'static Command> {
        self.learned.lookup(name)
    }

    fn refuse_unknown(&mut self, key: Key, view: &RequestView<'_>) -> Taken {
        let name = view.arg(0).unwrap_or_default();
        if is_http(name) {
            self.stats.counters.closes_http += 1;
            return Taken::Close;
        }
        self.spoil_transaction(key);
        let authenticated = self
            .clients
            .get(key)
            .is_some_and(|client| client.authenticated);
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        if authenticated {
            self.stats.counters.errors_unknown_command += 1;
            answers::unknown_command(&mut out, name, view.args().skip(1));
        } else {
            self.stats.counters.errors_auth += 1;
            write::error(&mut out, answers::NOAUTH);
        }
        self.answer(key, None, &out);
        self.scratch = out;
        Taken::Yes
    }

    /// Errors that need no look at where the request would go: NOAUTH, NOPERM and a wrong number of
    /// arguments.
    #[inline]
    fn refuse_early(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
    ) -> Option<Taken> {
        if !self.clients.get(key)?.unlimited
            && let Some(taken) = self.refuse_limited(key, command, view)
        {
            return Some(taken);
        }
        if command.arity_fits(view.len_args()) {
            return None;
        }
        self.stats.counters.errors_arity += 1;
        if !self.give_up_transaction(key, command) {
            self.spoil_transaction(key);
            self.answer_with(key, command, |out| answers::arity(out, command.name));
        }
        Some(Taken::Yes)
    }

    /// NOAUTH, unless the client has authenticated or need not for this command.
    #[cold]
    pub(super) fn refuse_unauthenticated(
        &mut self,
        key: Key,
        command: &'static Command,
    ) -> Option<Taken> {
        let client = self.clients.get(key)?;
        if client.authenticated || command.flags.has(Flags::NO_AUTH) {
            return None;
        }
        if command.name == "ping" && self.config.clients.ping_before_auth {
            return None;
        }
        self.stats.counters.errors_auth += 1;
        self.spoil_transaction(key);
        self.answer_with(key, command, |out| write::error(out, answers::NOAUTH));
        Some(Taken::Yes)
    }
}
