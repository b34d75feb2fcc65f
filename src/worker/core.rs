//! The side of a worker that knows no socket: the pipeline, and what the log is told of its links.

use std::io::{self, IoSlice};

use bytes::BytesMut;

use super::names::Names;
use super::outages::Outages;
use crate::net::{Appetite, Handler, Kind, Token};
use crate::pipeline::{ClientId, Intake, Key, LinkId, Peer, Pipeline, Time};

/// What the driver of a worker works for.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) worker: usize,
    pub(super) pipeline: Pipeline,
    pub(super) outages: Outages,
    pub(super) names: Names,
    /// The time of this turn.
    pub(super) now: Time,
}

/// The name of a peer towards the driver.
#[inline]
pub(super) fn token(peer: Peer) -> Token {
    let (kind, Peer::Client(ClientId(key)) | Peer::Link(LinkId(key))) = (
        match peer {
            Peer::Client(_) => Kind::Client,
            Peer::Link(_) => Kind::Link,
        },
        peer,
    );
    let (index, generation) = key.parts();
    Token {
        kind,
        index,
        generation,
    }
}

#[inline]
fn peer(token: Token) -> Peer {
    let key = Key::from_parts(token.index, token.generation);
    match token.kind {
        Kind::Client => Peer::Client(ClientId(key)),
        Kind::Link => Peer::Link(LinkId(key)),
    }
}

// === impl Core ===

impl Core {
    /// A link has no connection any more, or never got one.
    pub(super) fn lose_link(&mut self, link: LinkId, why: &str) {
        if let Some(addr) = self.pipeline.link_addr(link) {
            self.outages.report(self.worker, addr, why);
            if !self.pipeline.is_link_ready(link) {
                self.names.note_failed(addr);
            }
        }
        self.pipeline.handle_link_closed(link, self.now);
    }
}

impl Handler for Core {
    #[inline]
    fn appetite(&self, token: Token) -> Appetite {
        match self.pipeline.intake(peer(token)) {
            Intake::Small => Appetite::Bytes,
            Intake::Large => Appetite::Large,
            Intake::Paused => Appetite::Later,
            Intake::OnlyEnd => Appetite::OnlyEnd,
            Intake::Full => Appetite::Nothing,
        }
    }

    fn large_input(&mut self, token: Token) -> Option<&mut BytesMut> {
        self.pipeline.large_input(peer(token))
    }

    #[inline]
    fn received(&mut self, token: Token, bytes: &[u8]) {
        match peer(token) {
            Peer::Client(id) => self.pipeline.handle_client_bytes(id, bytes, self.now),
            Peer::Link(id) => self.pipeline.handle_link_bytes(id, bytes, self.now),
        }
    }

    fn received_large(&mut self, token: Token, count: usize) {
        match peer(token) {
            Peer::Client(id) => self.pipeline.handle_client_input(id, count, self.now),
            Peer::Link(id) => self.pipeline.handle_link_input(id, count, self.now),
        }
    }

    fn connected(&mut self, token: Token) {
        if let Peer::Link(id) = peer(token) {
            self.pipeline.handle_link_connected(id, self.now);
        }
    }

    fn ended(&mut self, token: Token) {
        if let Peer::Client(id) = peer(token) {
            self.pipeline.handle_client_end(id, self.now);
        }
    }

    fn lost(&mut self, token: Token, why: &io::Error) {
        match peer(token) {
            Peer::Client(id) => self.pipeline.handle_client_closed(id),
            Peer::Link(id) => self.lose_link(id, &why.to_string()),
        }
    }

    #[inline]
    fn next_dirty(&mut self) -> Option<Token> {
        self.pipeline.poll_dirty(self.now).map(token)
    }

    #[inline]
    fn output<'a>(&'a self, token: Token, slices: &mut [IoSlice<'a>]) -> usize {
        self.pipeline.output(peer(token), slices)
    }

    #[inline]
    fn sent(&mut self, token: Token, count: usize) {
        self.pipeline.handle_written(peer(token), count);
    }
}
