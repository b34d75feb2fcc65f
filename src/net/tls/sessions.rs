//! The TLS sessions of a driver's connections, by token.
//!
//! Holds: the memory of their buffers is known in sum, and bounded for each: of what came, the rest of one record, or
//! [`Session`]'s bound for a handshake; of what goes out, one sealed batch for a client and two for a link. What was said
//! is handed on at once, so none of it is kept here.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, ServerConfig};

use super::session::Session;
use crate::net::stream::Stream;
use crate::net::token::{Kind, Token};

/// All sessions, and what new ones are made of.
#[derive(Debug, Default)]
pub(in crate::net) struct Sessions {
    /// For clients that come with TLS.
    server: Option<Arc<ServerConfig>>,
    /// For links, if all of them are to have TLS.
    client: Option<Arc<ClientConfig>>,
    clients: Vec<Option<Box<Entry>>>,
    links: Vec<Option<Box<Entry>>>,
    /// Connections that have something to send although the handler may not name them.
    dirty: Vec<Token>,
    /// Connections that are to be lost, and why.
    failed: Vec<(Token, io::Error)>,
    /// Clients that have begun a handshake, and when it has to be done; oldest first. May have some that are done or
    /// gone, but then never more than [`Self::EXPECTED_KEPT`], or twice those that are not.
    expected: VecDeque<(u64, Token)>,
    /// When `expected` has so many, those who are done or gone are taken out.
    expected_full: usize,
    pub(super) counts: TlsCounts,
    /// Clients that have sent something for their handshakes, the next one first. Each is here once; may have some that
    /// are gone.
    waiting: VecDeque<Token>,
    /// Bytes of memory that the buffers of all sessions have.
    held: usize,
    /// Memory to work in: for bytes of the wire, and for a batch that is to be sealed.
    pub(super) wire: Vec<u8>,
    pub(super) plain: Vec<u8>,
}

/// The session of one connection.
#[derive(Debug)]
pub(super) struct Entry {
    generation: u32,
    pub(super) session: Session,
    /// Bytes of its buffers in the sum of all.
    counted: usize,
    /// Bytes of a client's output that are pending as a sealed batch.
    pub(super) sealed: usize,
    /// How many of them the handler was told to have been sent.
    pub(super) told: usize,
    /// The handler has more output than the batch that is pending.
    pub(super) is_cut: bool,
    is_dirty: bool,
    /// The handshake has begun: something was received, or sent by a link.
    pub(super) is_touched: bool,
    /// The handler knows that nothing more comes.
    pub(super) has_ended: bool,
    pub(super) has_failed: bool,
    /// It is among those that wait for their handshakes to go on.
    pub(super) is_waiting: bool,
    /// Nothing more comes, which the handler is told when that is done.
    pub(super) ends_then: bool,
    /// How often its handshake went on.
    steps: u8,
}

/// After its first step a handshake takes one more as a rule, and two if the client has guessed wrong.
const STEPS_FAVOURED: u8 = 2;

/// How handshakes ended so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TlsCounts {
    /// Of clients, done.
    pub clients: u64,
    /// Of clients, not done: refused, broken off, or too slow.
    pub clients_failed: u64,
    /// Turns that left handshakes of clients to the next one.
    pub turns_cut: u64,
    /// With nodes, done.
    pub nodes: u64,
    /// With nodes, not done.
    pub nodes_failed: u64,
}

// === impl Sessions ===

impl Sessions {
    /// See `expected`.
    pub(super) const EXPECTED_KEPT: usize = 64;

    /// What new sessions are made of from now on.
    pub(in crate::net) fn renew(
        &mut self,
        server: Option<Arc<ServerConfig>>,
        client: Option<Arc<ClientConfig>>,
    ) {
        self.server = server;
        self.client = client;
    }

    /// Begins the session of a client, whose handshake has to be done at `until`.
    pub(in crate::net) fn accept(&mut self, token: Token, until: u64) -> io::Result<()> {
        let config = self.server.as_ref();
        let config = config.ok_or_else(|| io::Error::other("there is no certificate"))?;
        self.insert(token, Session::accept(config)?);
        self.expect(token, until);
        Ok(())
    }

    /// Begins the session of a link, to a node whose certificate has to be for `name`.
    pub(in crate::net) fn connect(&mut self, token: Token, name: &str) -> io::Result<()> {
        let config = self.client.as_ref();
        // Never without TLS, whatever the reason.
        let config = config.ok_or_else(|| io::Error::other("there is nobody to trust"))?;
        let session = Session::connect(config, name)?;
        self.insert(token, session);
        Ok(())
    }

    fn expect(&mut self, token: Token, until: u64) {
        if self.expected.len() >= self.expected_full {
            let mut expected = std::mem::take(&mut self.expected);
            expected.retain(|(_, token)| self.is_handshaking(*token));
            self.expected_full = Self::EXPECTED_KEPT.max(2 * expected.len());
            self.expected = expected;
        }
        self.expected.push_back((until, token));
    }

    fn is_handshaking(&self, token: Token) -> bool {
        self.get(token)
            .is_some_and(|entry| !entry.session.is_open())
    }

    /// Connections whose handshake may be waited for.
    #[cfg(test)]
    pub(super) fn expected(&self) -> usize {
        self.expected.len()
    }

    fn insert(&mut self, token: Token, session: Session) {
        let entries = self.of_mut(token.kind);
        let index = token.index as usize;
        if entries.len() <= index {
            entries.resize_with(index + 1, || None);
        }
        if let Some(place) = entries.get_mut(index) {
            *place = Some(Box::new(Entry {
                generation: token.generation,
                session,
                counted: 0,
                sealed: 0,
                told: 0,
                is_cut: false,
                is_dirty: false,
                is_touched: false,
                has_ended: false,
                has_failed: false,
                is_waiting: false,
                ends_then: false,
                steps: 0,
            }));
        }
    }

    /// Forgets the session of a connection that is no more; `None` if it had none.
    pub(super) fn remove(&mut self, token: Token) -> Option<Box<Entry>> {
        let entry = self
            .of_mut(token.kind)
            .get_mut(token.index as usize)?
            .take_if(|entry| entry.generation == token.generation)?;
        self.held = self.held.saturating_sub(entry.counted);
        if !entry.session.is_open() && (entry.is_touched || entry.has_failed) {
            match token.kind {
                Kind::Client => self.counts.clients_failed += 1,
                Kind::Link => self.counts.nodes_failed += 1,
            }
        }
        Some(entry)
    }

    /// Forgets the session of a connection that did not come about.
    pub(in crate::net) fn forget(&mut self, token: Token) {
        self.remove(token);
    }

    /// Forgets the session of a connection that its owner closes, and tells the peer, if that can be done at once.
    pub(in crate::net) fn end(&mut self, token: Token, stream: &Stream) {
        let Some(mut entry) = self.remove(token) else {
            return;
        };
        if entry.session.pending().is_empty() {
            entry.session.close();
        } else if !entry.has_failed {
            // In the middle of something that the peer does not take.
            return;
        }
        // Whom this does not reach sees that the connection ends without a word.
        let _ = stream.send(&[IoSlice::new(entry.session.pending())]);
    }

    #[inline]
    pub(super) fn get(&self, token: Token) -> Option<&Entry> {
        let entries = match token.kind {
            Kind::Client => &self.clients,
            Kind::Link => &self.links,
        };
        let entry = entries.get(token.index as usize)?.as_deref()?;
        (entry.generation == token.generation).then_some(entry)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, token: Token) -> Option<&mut Entry> {
        let entry = self
            .of_mut(token.kind)
            .get_mut(token.index as usize)?
            .as_deref_mut()?;
        (entry.generation == token.generation).then_some(entry)
    }

    #[inline]
    fn of_mut(&mut self, kind: Kind) -> &mut Vec<Option<Box<Entry>>> {
        match kind {
            Kind::Client => &mut self.clients,
            Kind::Link => &mut self.links,
        }
    }

    /// The handshake of a client may go on. One that has begun is finished before others begin: else a crowd would make
    /// everybody wait for two rounds of all. But only [`STEPS_FAVOURED`] times, since a client can make it last.
    pub(super) fn wait(&mut self, token: Token) {
        let Some(entry) = self.get_mut(token) else {
            return;
        };
        if std::mem::replace(&mut entry.is_waiting, true) {
            return;
        }
        if (1..=STEPS_FAVOURED).contains(&entry.steps) {
            self.waiting.push_front(token);
        } else {
            self.waiting.push_back(token);
        }
    }

    /// Whose handshake goes on next.
    pub(super) fn next_waiting(&mut self) -> Option<Token> {
        while let Some(token) = self.waiting.pop_front() {
            if let Some(entry) = self.get_mut(token) {
                entry.is_waiting = false;
                entry.steps = entry.steps.saturating_add(1);
                return Some(token);
            }
        }
        None
    }

    /// Whether handshakes can go on.
    pub(in crate::net) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The buffers of a session may have grown or shrunk.
    #[inline]
    pub(super) fn recount(&mut self, token: Token) {
        if let Some(entry) = self.get_mut(token) {
            let held = entry.session.held();
            let before = std::mem::replace(&mut entry.counted, held);
            self.held = (self.held + held).saturating_sub(before);
        }
    }

    /// Bytes of memory that the buffers of all sessions have.
    pub(in crate::net) fn held(&self) -> usize {
        self.held
    }

    /// What [`Self::held`] has to be.
    #[cfg(test)]
    pub(super) fn held_anew(&self) -> usize {
        let all = self.clients.iter().chain(&self.links).flatten();
        all.map(|entry| entry.session.held()).sum()
    }

    /// A connection has something to send.
    pub(super) fn list(&mut self, token: Token) {
        if let Some(entry) = self.get_mut(token)
            && !std::mem::replace(&mut entry.is_dirty, true)
        {
            self.dirty.push(token);
        }
    }

    /// The next connection that was listed.
    pub(super) fn next_listed(&mut self) -> Option<Token> {
        while let Some(token) = self.dirty.pop() {
            if let Some(entry) = self.get_mut(token) {
                entry.is_dirty = false;
                return Some(token);
            }
        }
        None
    }

    /// A connection is to be lost.
    pub(super) fn fail(&mut self, token: Token, why: io::Error) {
        if let Some(entry) = self.get_mut(token)
            && !std::mem::replace(&mut entry.has_failed, true)
        {
            self.failed.push((token, why));
        }
    }

    /// The next connection that is to be lost.
    pub(in crate::net) fn next_failed(&mut self) -> Option<(Token, io::Error)> {
        self.failed.pop()
    }

    /// Whether a connection is to be lost.
    pub(in crate::net) fn has_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// Has clients fail whose handshake is not done in time.
    pub(in crate::net) fn expire(&mut self, now: u64) {
        while let Some((until, token)) = self.expected.front().copied()
            && until <= now
        {
            self.expected.pop_front();
            if self.is_handshaking(token) {
                let why =
                    io::Error::new(io::ErrorKind::TimedOut, "TLS: the handshake took too long");
                self.fail(token, why);
            }
        }
        // Those in front who are done or gone need not be kept until then.
        while let Some((_, token)) = self.expected.front().copied()
            && !self.is_handshaking(token)
        {
            self.expected.pop_front();
        }
    }

    /// How handshakes ended so far.
    pub(in crate::net) fn counts(&self) -> TlsCounts {
        self.counts
    }
}

/// When a handshake that begins now has to be done.
pub(in crate::net) fn deadline(now: u64, timeout: Duration) -> u64 {
    now.saturating_add(u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX))
}
