//! A handler with TLS before it: the driver sees the wire, the handler what was said.
//!
//! ```text
//!   driver --> received --> Session --> received --> handler
//!   driver <-- output <---- Session <-- output <---- handler, a batch at a time
//! ```
//!
//! A connection without a session passes through; that it has none is all that is looked at.
//!
//! Handshakes of clients come last in a turn, and a few at a time: what came for them is kept until then, and not more
//! than that is read.
//!
//! Holds: of a client's output only what the kernel took counts as sent, so whoever waits for that waits for the
//! wire. A link's output counts as sent once it is sealed: the handler may take back what was not sent, and what is
//! sealed cannot be taken back.

use std::io::{self, IoSlice};

use bytes::BytesMut;

use super::session::{News, Session};
use super::sessions::Sessions;
use crate::net::handler::{Appetite, Handler};
use crate::net::receive::closed_by_node;
use crate::net::token::{Kind, Token};

/// The handler of a driver that has sessions.
#[derive(Debug)]
pub(in crate::net) struct Secured<'a, H> {
    pub(in crate::net) handler: &'a mut H,
    pub(in crate::net) sessions: &'a mut Sessions,
}

/// Bytes that are sealed at a time; so much more memory takes a client that does not read.
const BATCH: usize = 64 * 1024;

/// Steps of clients' handshakes in one turn. One takes up to a millisecond (signing with RSA), and whoever has done the
/// handshake waits for them.
pub(super) const STEPS_PER_TURN: usize = 4;

/// Pieces of output asked for at a time.
const SLICES: usize = 32;

/// The memory for bytes of the wire that is kept: what a driver receives at once, and the rest of a record.
const WIRE_KEPT: usize = 192 * 1024;

// === impl Secured ===

impl<H: Handler> Secured<'_, H> {
    /// What came for a client's handshake, which goes on in [`Self::shake_hands`], when everybody else has been looked
    /// after.
    fn keep(&mut self, token: Token, bytes: &[u8]) {
        let Some(entry) = self.sessions.get_mut(token).filter(|e| !e.has_failed) else {
            return;
        };
        entry.is_touched = true;
        entry.session.keep(bytes);
        self.sessions.recount(token);
        self.sessions.wait(token);
    }

    /// Has handshakes of clients go on, [`STEPS_PER_TURN`] at most; calls `resume` for each client that may be read again.
    pub(in crate::net) fn shake_hands(&mut self, mut resume: impl FnMut(Token)) {
        for _ in 0..STEPS_PER_TURN {
            let Some(token) = self.sessions.next_waiting() else {
                return;
            };
            self.feed(token, &[]);
            let Some(entry) = self.sessions.get_mut(token) else {
                continue;
            };
            let ends = std::mem::take(&mut entry.ends_then);
            if entry.has_failed {
                continue;
            }
            if ends && !std::mem::replace(&mut entry.has_ended, true) {
                self.handler.ended(token);
            }
            resume(token);
        }
        self.sessions.counts.turns_cut += u64::from(self.sessions.has_waiting());
    }

    /// Works on what came over the wire.
    fn feed(&mut self, token: Token, bytes: &[u8]) {
        let mut wire = std::mem::take(&mut self.sessions.wire);
        let handler = &mut *self.handler;
        let Some(entry) = self.sessions.get_mut(token) else {
            return;
        };
        if entry.has_failed {
            return;
        }
        entry.is_touched = true;
        let (mut is_new, mut has_ended) = (false, false);
        let result = entry.session.receive(bytes, &mut wire, |news| match news {
            News::Open => {
                is_new = true;
                if token.kind == Kind::Link {
                    handler.connected(token);
                }
            }
            News::Bytes(bytes) => deliver(handler, token, bytes),
            News::End => has_ended = true,
        });
        if has_ended && token.kind == Kind::Client && !std::mem::replace(&mut entry.has_ended, true)
        {
            handler.ended(token);
        }
        let has_output = !entry.session.pending().is_empty();
        self.sessions.recount(token);
        if wire.capacity() <= WIRE_KEPT {
            self.sessions.wire = wire;
        }
        match (is_new, token.kind) {
            (true, Kind::Client) => self.sessions.counts.clients += 1,
            (true, Kind::Link) => self.sessions.counts.nodes += 1,
            (false, _) => {}
        }
        if has_output {
            self.sessions.list(token);
        }
        match result {
            Err(error) => self.sessions.fail(token, error),
            Ok(()) if has_ended && token.kind == Kind::Link => {
                self.sessions.fail(token, closed_by_node());
            }
            Ok(()) => {}
        }
    }

    /// Seals the next batch of the handler's output, if it is time for one.
    fn fill(&mut self, token: Token) {
        let mut plain = std::mem::take(&mut self.sessions.plain);
        let result = self.seal_output(token, &mut plain);
        plain.clear();
        self.sessions.plain = plain;
        self.sessions.recount(token);
        if let Err(error) = result {
            self.sessions.fail(token, error);
        }
    }

    fn seal_output(&mut self, token: Token, plain: &mut Vec<u8>) -> io::Result<()> {
        let handler = &mut *self.handler;
        let Some(entry) = self.sessions.get_mut(token) else {
            return Ok(());
        };
        if !entry.session.is_open() || entry.has_failed {
            return Ok(());
        }
        let is_link = token.kind == Kind::Link;
        entry.is_cut = if is_link {
            entry.session.pending().len() >= BATCH
        } else {
            entry.sealed > 0
        };
        while !entry.is_cut {
            let taken = gather(handler, token, plain);
            entry.is_cut = plain.len() >= BATCH || (taken.is_cut && !is_link);
            if taken.count == 0 || !is_link {
                break;
            }
            handler.sent(token, taken.count);
        }
        if plain.is_empty() {
            return Ok(());
        }
        if !is_link {
            (entry.sealed, entry.told) = (plain.len(), 0);
        }
        entry.session.seal(plain)
    }
}

impl<H: Handler> Handler for Secured<'_, H> {
    #[inline]
    fn appetite(&self, token: Token) -> Appetite {
        let appetite = self.handler.appetite(token);
        match self.sessions.get(token) {
            None => appetite,
            // What has come of the handshake is looked at first.
            Some(entry) if entry.is_waiting && entry.session.is_full() => Appetite::Nothing,
            Some(entry) if entry.is_waiting => Appetite::Later,
            // What comes is not yet the frame.
            Some(_) if appetite == Appetite::Large => Appetite::Bytes,
            Some(_) => appetite,
        }
    }

    #[inline]
    fn large_input(&mut self, token: Token) -> Option<&mut BytesMut> {
        if self.sessions.get(token).is_some() {
            return None;
        }
        self.handler.large_input(token)
    }

    #[inline]
    fn received(&mut self, token: Token, bytes: &[u8]) {
        let session = self.sessions.get(token).map(|entry| &entry.session);
        match session.map(Session::is_open) {
            None => self.handler.received(token, bytes),
            Some(is_open) if is_open || token.kind == Kind::Link => self.feed(token, bytes),
            Some(_) => self.keep(token, bytes),
        }
    }

    fn received_large(&mut self, token: Token, count: usize) {
        self.handler.received_large(token, count);
    }

    fn connected(&mut self, token: Token) {
        let Some(entry) = self.sessions.get_mut(token) else {
            return self.handler.connected(token);
        };
        entry.is_touched = true;
        match entry.session.start() {
            Ok(()) => self.sessions.list(token),
            Err(error) => self.sessions.fail(token, error),
        }
        self.sessions.recount(token);
    }

    /// A client that leaves without a word of TLS may have been cut off. Its requests have lengths, so what came
    /// whole is answered as without TLS.
    fn ended(&mut self, token: Token) {
        let Some(entry) = self.sessions.get_mut(token) else {
            return self.handler.ended(token);
        };
        if entry.is_waiting {
            // Requests may be among what was not looked at yet.
            entry.ends_then = true;
        } else if !std::mem::replace(&mut entry.has_ended, true) {
            self.handler.ended(token);
        }
    }

    fn lost(&mut self, token: Token, why: &io::Error) {
        match self.sessions.remove(token) {
            Some(entry) if !entry.session.is_open() => {
                let text = format!("TLS: the handshake was not finished: {why}");
                self.handler.lost(token, &io::Error::new(why.kind(), text));
            }
            _ => self.handler.lost(token, why),
        }
    }

    #[inline]
    fn next_dirty(&mut self) -> Option<Token> {
        let token = match self.sessions.next_listed() {
            Some(token) => token,
            None => self.handler.next_dirty()?,
        };
        if self.sessions.get(token).is_some() {
            self.fill(token);
        }
        Some(token)
    }

    #[inline]
    fn output<'a>(&'a self, token: Token, slices: &mut [IoSlice<'a>]) -> usize {
        let Some(entry) = self.sessions.get(token) else {
            return self.handler.output(token, slices);
        };
        let pending = entry.session.pending();
        match slices.first_mut() {
            Some(slice) if !pending.is_empty() => {
                *slice = IoSlice::new(pending);
                1
            }
            _ => 0,
        }
    }

    #[inline]
    fn has_more_output(&self, token: Token) -> bool {
        self.sessions
            .get(token)
            .map_or_else(|| self.handler.has_more_output(token), |entry| entry.is_cut)
    }

    #[inline]
    fn sent(&mut self, token: Token, count: usize) {
        let Some(entry) = self.sessions.get_mut(token) else {
            return self.handler.sent(token, count);
        };
        entry.session.sent(count);
        if entry.sealed > 0 {
            let (done, all) = entry.session.progress();
            // In proportion, and all of it only with the last byte.
            let share = (entry.sealed * done).checked_div(all);
            let told = share.unwrap_or(entry.sealed);
            let news = told.saturating_sub(entry.told);
            entry.told += news;
            if all == 0 {
                entry.sealed = 0;
            }
            if news > 0 {
                self.handler.sent(token, news);
            }
        }
        let waiting = entry.session.pending().len();
        let has_more = entry.is_cut && entry.sealed == 0 && waiting < BATCH;
        if waiting == 0 {
            // Its memory was given back.
            self.sessions.recount(token);
        }
        if has_more {
            self.sessions.list(token);
        }
    }
}

/// What was gathered.
struct Gathered {
    count: usize,
    /// There may be more.
    is_cut: bool,
}

/// Appends the handler's output to `plain`, a batch at most.
fn gather(handler: &impl Handler, token: Token, plain: &mut Vec<u8>) -> Gathered {
    let mut slices = [IoSlice::new(&[]); SLICES];
    let filled = handler.output(token, &mut slices);
    let before = plain.len();
    for slice in slices.get(..filled).unwrap_or_default() {
        let room = BATCH.saturating_sub(plain.len());
        plain.extend_from_slice(slice.get(..room).unwrap_or(slice));
    }
    Gathered {
        count: plain.len() - before,
        is_cut: filled == SLICES,
    }
}

/// Hands over what was said: the rest of a large frame straight into it.
fn deliver(handler: &mut impl Handler, token: Token, bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() && handler.appetite(token) == Appetite::Large {
        let Some(input) = handler.large_input(token) else {
            break;
        };
        let room = (input.capacity() - input.len()).min(rest.len());
        let (now, later) = rest.split_at(room);
        if now.is_empty() {
            break;
        }
        input.extend_from_slice(now);
        handler.received_large(token, now.len());
        rest = later;
    }
    if !rest.is_empty() {
        handler.received(token, rest);
    }
}
