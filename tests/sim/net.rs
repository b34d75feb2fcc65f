//! The model network: connections that delay, cut, stall, lose and refuse.

use std::collections::VecDeque;

use corelane::cluster::Slot;
use corelane::pipeline::{LinkId, Peer};

use crate::model::Session;
use crate::waits::Blocked;
use crate::world::{MILLI, World};

/// Bytes under way in one direction, in order, each piece with the moment of its arrival.
#[derive(Debug, Default)]
pub(crate) struct Pipe {
    pieces: VecDeque<(u64, Vec<u8>)>,
    len: usize,
}

/// A connection from the proxy to a node.
#[derive(Debug)]
pub(crate) struct Conn {
    pub(crate) serial: u64,
    pub(crate) link: LinkId,
    pub(crate) node: usize,
    pub(crate) state: ConnState,
    pub(crate) session: Session,
    pub(crate) to_node: Pipe,
    pub(crate) to_proxy: Pipe,
    /// What the node has received and not understood yet, and where in the stream it begins.
    pub(crate) node_input: Vec<u8>,
    pub(crate) node_base: u64,
    /// Bytes that the proxy has written.
    pub(crate) written: u64,
    /// The end of what was written that is no whole frame yet.
    pub(crate) write_tail: Vec<u8>,
    /// Moments at which the first byte of each unanswered frame was written, and whether it is a canary.
    pub(crate) unanswered: VecDeque<(u64, bool)>,
    /// Replies under way to the proxy.
    pub(crate) marks: VecDeque<Mark>,
    pub(crate) replied: u64,
    pub(crate) delivered: u64,
    /// The proxy was told that there is no room.
    pub(crate) is_full: bool,
    pub(crate) window: usize,
    /// Nothing moves until then.
    pub(crate) silent_until: u64,
    /// The node sent bytes that the proxy must not trust; the link has to end.
    pub(crate) poisoned: bool,
    /// A request that waits at the node, which executes no other meanwhile.
    pub(crate) blocked: Option<Blocked>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnState {
    /// The outcome of the connect is told at this moment.
    Connecting {
        at: u64,
        accepted: bool,
    },
    Open,
    /// The node has closed: the proxy gets what is under way, and then the end.
    NodeClosed,
    /// The proxy has closed: the node may still get what is under way.
    ProxyClosed,
    Gone,
}

/// A reply on its way.
#[derive(Debug)]
pub(crate) struct Mark {
    /// Position behind its last byte.
    pub(crate) end: u64,
    /// It answers a frame (a push does not).
    pub(crate) is_answer: bool,
    /// Which request it refuses.
    pub(crate) refuses: Option<(u64, Slot)>,
}

// === impl Pipe ===

impl Pipe {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds bytes that arrive at `due` or behind what is already under way.
    pub(crate) fn push(&mut self, bytes: Vec<u8>, due: u64) {
        let due = self.pieces.back().map_or(due, |(last, _)| due.max(*last));
        self.len += bytes.len();
        self.pieces.push_back((due, bytes));
    }

    /// Has the bytes that were added last arrive in up to four pieces, each `pause` after the one before.
    pub(crate) fn spread_last(&mut self, pause: u64) {
        if pause == 0 {
            return;
        }
        let Some((due, bytes)) = self.pieces.pop_back() else {
            return;
        };
        let size = bytes.len().div_ceil(4).max(1);
        for (at, piece) in (0..).zip(bytes.chunks(size)) {
            self.pieces.push_back((due + at * pause, piece.to_vec()));
        }
    }

    /// Takes at most `max` bytes that have arrived.
    pub(crate) fn take(&mut self, max: usize, now: u64) -> Vec<u8> {
        let mut taken = Vec::new();
        while taken.len() < max
            && let Some((due, piece)) = self.pieces.front_mut()
            && *due <= now
        {
            let count = piece.len().min(max - taken.len());
            taken.extend(piece.drain(..count));
            if piece.is_empty() {
                self.pieces.pop_front();
            }
        }
        self.len -= taken.len();
        taken
    }

    pub(crate) fn arrived(&self, now: u64) -> bool {
        self.pieces.front().is_some_and(|(due, _)| *due <= now)
    }

    pub(crate) fn clear(&mut self) {
        self.pieces.clear();
        self.len = 0;
    }
}

// === impl Conn ===

impl Conn {
    pub(crate) fn new(
        serial: u64,
        link: LinkId,
        node: usize,
        at: u64,
        accepted: bool,
        window: usize,
    ) -> Self {
        Self {
            serial,
            link,
            node,
            state: ConnState::Connecting { at, accepted },
            session: Session {
                id: serial,
                ..Session::default()
            },
            to_node: Pipe::default(),
            to_proxy: Pipe::default(),
            node_input: Vec::new(),
            node_base: 0,
            written: 0,
            write_tail: Vec::new(),
            unanswered: VecDeque::new(),
            marks: VecDeque::new(),
            replied: 0,
            delivered: 0,
            is_full: false,
            window,
            silent_until: 0,
            poisoned: false,
            blocked: None,
        }
    }

    /// Notes what the proxy has written; returns how many new frames began.
    pub(crate) fn note_written(&mut self, bytes: &[u8], now: u64) -> Result<usize, String> {
        let mut began = usize::from(self.write_tail.is_empty() && !bytes.is_empty());
        if began == 1 {
            self.unanswered.push_back((now, false));
        }
        self.written += bytes.len() as u64;
        self.write_tail.extend_from_slice(bytes);
        let mut at = 0;
        while let Some((args, len)) =
            crate::wire::take_request(&self.write_tail[at..]).map_err(|bad| bad.0)?
        {
            at += len;
            if let Some((_, is_canary)) = self.unanswered.back_mut() {
                *is_canary = args[0] == b"PING";
            }
            if at < self.write_tail.len() {
                began += 1;
                self.unanswered.push_back((now, false));
            }
        }
        self.write_tail.drain(..at);
        Ok(began)
    }

    /// Puts bytes of the node on their way to the proxy.
    pub(crate) fn reply(
        &mut self,
        bytes: Vec<u8>,
        due: u64,
        is_answer: bool,
        refuses: Option<(u64, Slot)>,
    ) {
        self.replied += bytes.len() as u64;
        self.marks.push_back(Mark {
            end: self.replied,
            is_answer,
            refuses,
        });
        self.to_proxy.push(bytes, due);
    }
}

// === impl World ===

impl World {
    /// How long it takes between pieces of a reply of so many bytes that is passed on.
    pub(crate) fn pause_between_pieces(&mut self, len: usize) -> u64 {
        match self.profile.passages {
            Some((from, _)) if len >= from && self.rng.chance(600) => {
                let most = if self.profile.calm { 1 } else { 40 };
                self.rng.range(1, most) * MILLI / 2
            }
            _ => 0,
        }
    }

    /// Peers that take bytes again.
    pub(crate) fn peers_with_room(&mut self) -> Vec<Peer> {
        let mut peers = Vec::new();
        for conn in self.conns.values_mut() {
            if conn.is_full && conn.state == ConnState::Open && conn.to_node.len() < conn.window {
                conn.is_full = false;
                peers.push(Peer::Link(conn.link));
            }
        }
        for client in &mut self.clients {
            if client.is_full && self.now >= client.slow_until {
                client.is_full = false;
                peers.push(Peer::Client(client.id));
            }
        }
        peers
    }
}
