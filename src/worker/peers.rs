//! The sockets of a worker, by the index of the client or link that they belong to.

use std::io;

use crate::net::Stream;
use crate::pipeline::{ClientId, Key, LinkId, Peer};

/// Sockets of clients and links.
#[derive(Debug, Default)]
pub(super) struct Peers {
    clients: Vec<Option<Socket>>,
    links: Vec<Option<Socket>>,
    /// Peers that the next turn reads without an event, each once.
    queued: Vec<Peer>,
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
    /// Why the last send failed: nothing more is written, but replies may have arrived before.
    pub(super) send_error: Option<io::Error>,
    /// It is in a list of peers that are read without an event.
    pub(super) is_queued: bool,
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
            send_error: None,
            is_queued: false,
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
        drop(self.take(peer));
    }

    /// Gives the connection of a peer away, if it still has one.
    pub(super) fn take(&mut self, peer: Peer) -> Option<Stream> {
        let (sockets, key) = self.place(peer);
        let place = sockets.get_mut(key.index())?;
        place
            .take_if(|socket| socket.key == key)
            .map(|socket| socket.stream)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, peer: Peer) -> Option<&mut Socket> {
        let (sockets, key) = self.place(peer);
        sockets
            .get_mut(key.index())?
            .as_mut()
            .filter(|socket| socket.key == key)
    }

    /// Has the next turn read a peer, once.
    pub(super) fn queue(&mut self, peer: Peer) {
        if let Some(socket) = self.get_mut(peer)
            && !socket.is_queued
        {
            socket.is_queued = true;
            self.queued.push(peer);
        }
    }

    /// If the next turn has peers to read without an event.
    pub(super) fn has_queued(&self) -> bool {
        !self.queued.is_empty()
    }

    /// Gives the list of queued peers for an empty one.
    pub(super) fn swap_queued(&mut self, empty: &mut Vec<Peer>) {
        debug_assert!(empty.is_empty(), "peers in it would be forgotten");
        std::mem::swap(&mut self.queued, empty);
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

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use super::{Peers, Socket};
    use crate::config::Config;
    use crate::net::Stream;
    use crate::pipeline::{ClientId, Peer, Pipeline, Time};

    #[test]
    fn a_peer_is_queued_once_until_it_was_taken() {
        let (one, _other) = UnixStream::pair().unwrap();
        let addr = "127.0.0.1:1".parse().unwrap();
        let ClientId(key) = Pipeline::new(Config::default(), 0, 1, Time(0), Duration::ZERO)
            .handle_client_connected(addr, addr, Time(0))
            .unwrap();
        let peer = Peer::Client(ClientId(key));
        let mut peers = Peers::default();
        let stream = Stream::new(OwnedFd::from(one));
        peers.insert(peer, Socket::new(key, stream, false));
        peers.queue(peer);
        peers.queue(peer);
        let mut list = Vec::new();
        peers.swap_queued(&mut list);
        assert_eq!(list, [peer]);
        peers.queue(peer);
        assert!(!peers.has_queued(), "it waits in the list that was taken");
        peers.get_mut(peer).unwrap().is_queued = false;
        peers.queue(peer);
        assert!(peers.has_queued());
        list.clear();
        peers.swap_queued(&mut list);
        peers.remove(peer);
        peers.queue(peer);
        assert!(!peers.has_queued(), "it is gone");
    }
}
