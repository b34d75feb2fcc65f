//! The sockets of a worker, by the index of the client or link that they belong to.

use crate::net::Stream;
use crate::pipeline::{ClientId, Key, LinkId, Peer};

/// Sockets of clients and links.
#[derive(Debug, Default)]
pub(super) struct Peers {
    clients: Vec<Option<Socket>>,
    links: Vec<Option<Socket>>,
}

/// One socket and what the readiness set said about it.
#[derive(Debug)]
pub(super) struct Socket {
    key: Key,
    pub(super) stream: Stream,
    /// The last send took less than it was given; the set will tell when there is room.
    pub(super) is_full: bool,
    /// There is something to read that was not read, because the peer is paused.
    pub(super) is_unread: bool,
    /// After the bytes that are there comes the end, which will not be reported again.
    pub(super) is_ending: bool,
    /// A connect is under way.
    pub(super) is_connecting: bool,
}

// === impl Socket ===

impl Socket {
    pub(super) fn new(key: Key, stream: Stream, is_connecting: bool) -> Self {
        Self {
            key,
            stream,
            is_full: false,
            is_unread: false,
            is_ending: false,
            is_connecting,
        }
    }
}

// === impl Peers ===

impl Peers {
    pub(super) fn insert(&mut self, peer: Peer, socket: Socket) {
        let (sockets, key) = self.place(peer);
        if sockets.len() <= key.index() {
            sockets.resize_with(key.index() + 1, || None);
        }
        if let Some(place) = sockets.get_mut(key.index()) {
            *place = Some(socket);
        }
    }

    /// Closes the socket of a peer, if it still has one.
    pub(super) fn remove(&mut self, peer: Peer) {
        let (sockets, key) = self.place(peer);
        if let Some(place) = sockets.get_mut(key.index())
            && place.as_ref().is_some_and(|socket| socket.key == key)
        {
            *place = None;
        }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, peer: Peer) -> Option<&mut Socket> {
        let (sockets, key) = self.place(peer);
        sockets
            .get_mut(key.index())?
            .as_mut()
            .filter(|socket| socket.key == key)
    }

    /// The client at an index that the readiness set reported.
    #[inline]
    pub(super) fn client_at(&self, index: u32) -> Option<Peer> {
        let socket = self.clients.get(index as usize)?.as_ref()?;
        Some(Peer::Client(ClientId(socket.key)))
    }

    /// The link at an index that the readiness set reported.
    #[inline]
    pub(super) fn link_at(&self, index: u32) -> Option<Peer> {
        let socket = self.links.get(index as usize)?.as_ref()?;
        Some(Peer::Link(LinkId(socket.key)))
    }

    fn place(&mut self, peer: Peer) -> (&mut Vec<Option<Socket>>, Key) {
        match peer {
            Peer::Client(ClientId(key)) => (&mut self.clients, key),
            Peer::Link(LinkId(key)) => (&mut self.links, key),
        }
    }
}
