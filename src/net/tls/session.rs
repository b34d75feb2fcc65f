//! One TLS session, without a socket: bytes of the wire in, bytes for the wire out.
//!
//! Holds: what a session keeps is bounded. Of what came, only a record that is not whole is kept; what is to go
//! out is a batch that its owner chose, and what the handshake needs. An idle session keeps no buffer at all, or a
//! small one.

use std::io;
use std::sync::Arc;

use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, UnbufferedStatus, WriteTraffic,
};
use rustls::{ClientConfig, Error, ServerConfig};

/// One end of a TLS connection.
#[derive(Debug)]
pub struct Session {
    side: Side,
    /// The rest of what came: less than a record, or part of a handshake message.
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// How much of `outgoing` has left.
    left: usize,
    is_open: bool,
    /// The peer has said that nothing more comes.
    has_ended: bool,
    /// Nothing can be done with it any more.
    is_broken: bool,
}

enum Side {
    Server(Box<UnbufferedServerConnection>),
    Client(Box<UnbufferedClientConnection>),
}

/// What a session tells while it takes bytes in.
#[derive(Debug)]
pub enum News<'a> {
    /// The handshake is done.
    Open,
    /// The peer has said this.
    Bytes(&'a [u8]),
    /// The peer has said that nothing more comes.
    End,
}

/// What is to be done when the session can send.
enum Wish<'a> {
    Nothing,
    Seal(&'a [u8]),
    Close,
}

/// Bytes of a handshake that is not done; certificates of clients take a few KiB.
const HANDSHAKE_BYTES_MAX: usize = 32 * 1024;

/// A buffer of this size is kept for the next batch, a larger one is given back.
const KEPT_BYTES: usize = 512;

/// From this size on memory is taken as needed; smaller pieces may be followed by others.
const EXACT_BYTES: usize = 16 * 1024;

/// Enough for an alert.
const ALERT_BYTES: usize = 256;

// === impl Side ===

impl Side {
    /// Whether it has something to say before it looks at more bytes.
    fn wants_write(&self) -> bool {
        match self {
            Self::Server(session) => session.wants_write(),
            Self::Client(session) => session.wants_write(),
        }
    }
}

impl std::fmt::Debug for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Server(_) => "Server",
            Self::Client(_) => "Client",
        })
    }
}

// === impl Session ===

impl Session {
    /// The side that was connected to.
    ///
    /// # Errors
    ///
    /// The configuration cannot be used.
    pub fn accept(config: &Arc<ServerConfig>) -> io::Result<Self> {
        let session =
            UnbufferedServerConnection::new(Arc::clone(config)).map_err(|error| broken(&error))?;
        Ok(Self::new(Side::Server(Box::new(session))))
    }

    /// The side that connects, to a peer whose certificate has to be for `name`; [`Self::start`] is to follow.
    ///
    /// # Errors
    ///
    /// That is no name that a certificate can be for.
    pub fn connect(config: &Arc<ClientConfig>, name: &str) -> io::Result<Self> {
        let name = ServerName::try_from(name.to_owned())
            .map_err(|_| io::Error::other(format!("{name} is no name for a certificate")))?;
        let session = UnbufferedClientConnection::new(Arc::clone(config), name)
            .map_err(|error| broken(&error))?;
        Ok(Self::new(Side::Client(Box::new(session))))
    }

    fn new(side: Side) -> Self {
        Self {
            side,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            left: 0,
            is_open: false,
            has_ended: false,
            is_broken: false,
        }
    }

    /// Whether the handshake is done.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Has the side that connects speak first.
    ///
    /// # Errors
    ///
    /// The session is of no use.
    pub fn start(&mut self) -> io::Result<()> {
        self.receive(&[], &mut Vec::new(), |_| {})
    }

    /// Keeps what came over the wire for the next [`Self::receive`].
    pub fn keep(&mut self, bytes: &[u8]) {
        if !self.has_ended && !self.is_broken {
            self.incoming.extend_from_slice(bytes);
        }
    }

    /// Whether so much of a handshake has come that no more should before that was looked at.
    pub(super) fn is_full(&self) -> bool {
        !self.is_open && self.incoming.len() > HANDSHAKE_BYTES_MAX
    }

    /// Takes what came over the wire and tells what it means; what follows the peer's end means nothing. `scratch` is
    /// memory to work in.
    ///
    /// # Errors
    ///
    /// The peer cannot be trusted, or has broken the protocol. [`Self::pending`] may then have some last words.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        scratch: &mut Vec<u8>,
        mut tell: impl FnMut(News<'_>),
    ) -> io::Result<()> {
        if self.has_ended {
            return Ok(());
        }
        scratch.clear();
        scratch.extend_from_slice(&self.incoming);
        scratch.extend_from_slice(bytes);
        let taken = self.drive(scratch, Wish::Nothing, &mut tell)?;
        let rest = scratch.get(taken..).unwrap_or_default();
        // What follows an end is never looked at, so it would pile up.
        if rest.is_empty() || self.has_ended {
            self.incoming = Vec::new();
        } else {
            self.incoming.clear();
            self.incoming.extend_from_slice(rest);
        }
        if !self.is_open && self.incoming.len() > HANDSHAKE_BYTES_MAX {
            return Err(io::Error::other("the handshake is too long"));
        }
        Ok(())
    }

    /// Seals `plain` behind what is pending. The handshake has to be done.
    ///
    /// # Errors
    ///
    /// The session is of no use any more.
    pub fn seal(&mut self, plain: &[u8]) -> io::Result<()> {
        self.wish(Wish::Seal(plain))
    }

    /// Says behind what is pending that nothing more comes; not before the handshake is done.
    pub fn close(&mut self) {
        if self.is_open {
            // Who cannot be told sees the end of the connection.
            let _ = self.wish(Wish::Close);
        }
    }

    fn wish(&mut self, wish: Wish<'_>) -> io::Result<()> {
        // Else what has left would pile up for as long as something is always pending.
        self.outgoing.drain(..self.left);
        self.left = 0;
        // It may know places in these bytes.
        let mut incoming = std::mem::take(&mut self.incoming);
        let mut has_news = false;
        let taken = self.drive(&mut incoming, wish, &mut |_| has_news = true)?;
        incoming.drain(..taken.min(incoming.len()));
        self.incoming = incoming;
        // Nobody would hear it.
        if has_news {
            self.is_broken = true;
            return Err(io::Error::other(
                "TLS: news in bytes that had been looked at",
            ));
        }
        Ok(())
    }

    /// Bytes of memory that its buffers have.
    #[inline]
    pub(super) fn held(&self) -> usize {
        self.incoming.capacity() + self.outgoing.capacity()
    }

    /// What has to be sent.
    #[must_use]
    #[inline]
    pub fn pending(&self) -> &[u8] {
        self.outgoing.get(self.left..).unwrap_or_default()
    }

    /// What was sent of all that was pending, and that all; both 0 when nothing is pending.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.left, self.outgoing.len())
    }

    /// `count` bytes of what was pending have been sent.
    pub fn sent(&mut self, count: usize) {
        self.left += count;
        if self.left >= self.outgoing.len() {
            self.left = 0;
            if self.outgoing.capacity() > KEPT_BYTES {
                self.outgoing = Vec::new();
            } else {
                self.outgoing.clear();
            }
        }
    }

    /// Works on `buffer` until more is needed; returns how much of it was used up. After an error nothing is done
    /// any more.
    fn drive(
        &mut self,
        buffer: &mut [u8],
        mut wish: Wish<'_>,
        tell: &mut impl FnMut(News<'_>),
    ) -> io::Result<usize> {
        if self.is_broken {
            return Err(io::Error::other("TLS: the session has failed before"));
        }
        let mut taken = 0;
        loop {
            let (used, result) = self.step(buffer.get_mut(taken..), &mut wish, tell);
            taken += used;
            match result {
                Ok(true) => {}
                Ok(false) => return Ok(taken),
                Err(error) => {
                    self.is_broken = true;
                    self.incoming = Vec::new();
                    // What it has for the peer now is an alert. It is asked for no more than that, and with the rest
                    // of the bytes, because it knows places in them.
                    while self.side.wants_write() {
                        let rest = buffer.get_mut(taken..);
                        let (used, result) = self.step(rest, &mut Wish::Nothing, &mut |_| {});
                        taken += used;
                        if result.is_err() {
                            break;
                        }
                    }
                    return Err(broken(&error));
                }
            }
        }
    }

    /// One step in what is left of a buffer; returns what was used up, and whether there is more to do.
    fn step(
        &mut self,
        rest: Option<&mut [u8]>,
        wish: &mut Wish<'_>,
        tell: &mut impl FnMut(News<'_>),
    ) -> (usize, Result<bool, Error>) {
        let mut step = Step {
            outgoing: &mut self.outgoing,
            is_open: &mut self.is_open,
            has_ended: &mut self.has_ended,
            wish,
            tell,
        };
        let rest = rest.unwrap_or_default();
        match &mut self.side {
            Side::Server(session) => step.take(session.process_tls_records(rest)),
            Side::Client(session) => step.take(session.process_tls_records(rest)),
        }
    }
}

/// What one step of a session works on.
struct Step<'s, 'w, F> {
    outgoing: &'s mut Vec<u8>,
    is_open: &'s mut bool,
    has_ended: &'s mut bool,
    wish: &'s mut Wish<'w>,
    tell: &'s mut F,
}

// === impl Step ===

impl<F: FnMut(News<'_>)> Step<'_, '_, F> {
    /// Does what the session says; returns what was used up, and whether there is more to do.
    fn take<D>(&mut self, status: UnbufferedStatus<'_, '_, D>) -> (usize, Result<bool, Error>) {
        let UnbufferedStatus { discard, state } = status;
        match state {
            Ok(state) => {
                let mut used = discard;
                let result = self.act(state, &mut used);
                (used, result)
            }
            Err(error) => (discard, Err(error)),
        }
    }

    fn act<D>(
        &mut self,
        state: ConnectionState<'_, '_, D>,
        used: &mut usize,
    ) -> Result<bool, Error> {
        match state {
            ConnectionState::EncodeTlsData(mut data) => {
                if let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) {
                    let room = make_room(self.outgoing, size.required_size);
                    let _ = data.encode(room);
                }
                Ok(true)
            }
            ConnectionState::TransmitTlsData(data) => {
                data.done();
                Ok(true)
            }
            ConnectionState::ReadTraffic(mut traffic) => {
                self.open();
                while let Some(record) = traffic.next_record() {
                    let record = record?;
                    *used += record.discard;
                    (self.tell)(News::Bytes(record.payload));
                }
                Ok(true)
            }
            ConnectionState::PeerClosed => {
                *self.has_ended = true;
                (self.tell)(News::End);
                Ok(true)
            }
            ConnectionState::WriteTraffic(traffic) => {
                self.open();
                self.grant(traffic)?;
                Ok(false)
            }
            ConnectionState::BlockedHandshake | ConnectionState::Closed => Ok(false),
            // Nobody was offered to send anything early.
            _ => Err(Error::General("unexpected state".to_owned())),
        }
    }

    fn open(&mut self) {
        if !std::mem::replace(self.is_open, true) {
            (self.tell)(News::Open);
        }
    }

    fn grant<D>(&mut self, mut traffic: WriteTraffic<'_, D>) -> Result<(), Error> {
        match std::mem::replace(self.wish, Wish::Nothing) {
            Wish::Nothing => {}
            Wish::Seal(plain) => {
                if let Err(EncryptError::InsufficientSize(size)) = traffic.encrypt(plain, &mut []) {
                    let room = make_room(self.outgoing, size.required_size);
                    traffic
                        .encrypt(plain, room)
                        .map_err(|error| Error::General(error.to_string()))?;
                } else if !plain.is_empty() {
                    return Err(Error::General("nothing more can be sealed".to_owned()));
                }
            }
            Wish::Close => {
                let before = self.outgoing.len();
                let room = make_room(self.outgoing, ALERT_BYTES);
                let written = traffic.queue_close_notify(room).unwrap_or(0);
                self.outgoing.truncate(before + written);
            }
        }
        Ok(())
    }
}

/// `size` more bytes at the end of `buffer`. A batch gets what it needs and no more.
fn make_room(buffer: &mut Vec<u8>, size: usize) -> &mut [u8] {
    let before = buffer.len();
    if size >= EXACT_BYTES {
        buffer.reserve_exact(size);
    }
    buffer.resize(before + size, 0);
    buffer.get_mut(before..).unwrap_or_default()
}

fn broken(error: &Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("TLS: {error}"))
}
