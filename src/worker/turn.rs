//! One turn: read what is readable, let the pipeline work, write what it has for each peer.

use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::inbox;
use super::peers::Socket;
use super::{SCRATCH, Worker};
use crate::cluster::NodeAddr;
use crate::message::ToControl;
use crate::net::{Event, Received, Stream, Token};
use crate::pipeline::{Action, LinkId, Peer, Time};

/// Pieces of output given to one system call.
const SLICES: usize = 32;

impl Worker {
    /// Waits until there is something to do, at most until the next tick, and does all of it.
    pub(super) fn turn(&mut self) {
        let mut events = std::mem::take(&mut self.events);
        events.clear();
        let patience = self.patience();
        self.peers.swap_queued(&mut self.readable);
        if let Err(error) = self.poller.poll(&mut events, patience) {
            log::error!("worker {}: the readiness set failed: {error}", self.index);
        }
        let now = self.now();
        self.take_inbox(now);
        for event in &events {
            self.handle_event(*event, now);
        }
        self.pipeline.counters_mut().turns += 1;
        self.pipeline.counters_mut().turns_idle += u64::from(events.is_empty());
        self.events = events;
        self.read_again(now);
        if now >= self.next_tick {
            self.tick(now);
        }
        self.pipeline.handle_resumable(now);
        self.act(now);
        self.write_all(now);
    }

    /// How long the next turn may wait for its first event.
    fn patience(&self) -> Duration {
        let is_busy =
            self.peers.has_queued() || self.pipeline.has_work() || !self.inbox.borrow().is_empty();
        if is_busy {
            return Duration::ZERO;
        }
        Duration::from_nanos(self.next_tick.since(self.now()))
    }

    fn handle_event(&mut self, event: Event, now: Time) {
        let peer = match event.token {
            Token::Listener(index) => return self.accept(index, now),
            Token::Client(index) => self.peers.client_at(index),
            Token::Link(index) => self.peers.link_at(index),
        };
        let Some(peer) = peer else { return };
        let Some(socket) = self.peers.get_mut(peer) else {
            return;
        };
        socket.is_ending |= event.ended;
        // What is in the list has its turn there, and no second one here.
        let is_queued = socket.is_queued;
        if event.writable {
            self.handle_room(peer, now);
        }
        if event.readable && !is_queued {
            self.read(peer, now);
        }
    }

    /// There is room to write to a peer, or its connect has ended.
    fn handle_room(&mut self, peer: Peer, now: Time) {
        let Some(socket) = self.peers.get_mut(peer) else {
            return;
        };
        if socket.is_connecting {
            socket.is_connecting = false;
            let Peer::Link(link) = peer else { return };
            match socket.stream.connected() {
                Ok(()) => {
                    self.pipeline.handle_link_connected(link, now);
                }
                Err(error) => self.lose_link(link, &error.to_string(), now),
            }
        } else if socket.is_full {
            socket.is_full = false;
            self.write(peer, now);
        }
    }

    /// Reads a peer once; it comes into the list again if there may be more.
    fn read(&mut self, peer: Peer, now: Time) {
        if let Peer::Client(id) = peer
            && !self.pipeline.wants_bytes(id)
        {
            if let Some(socket) = self.peers.get_mut(peer) {
                socket.is_unread = true;
            }
            return;
        }
        let Some(socket) = self.peers.get_mut(peer) else {
            return;
        };
        if socket.is_connecting {
            return;
        }
        socket.is_unread = false;
        let is_ending = socket.is_ending || socket.send_error.is_some();
        let (received, room, is_large) = match self.pipeline.large_input(peer) {
            Some(input) => {
                let room = input.capacity() - input.len();
                (socket.stream.receive_into(input), room, true)
            }
            None => (socket.stream.receive(&mut self.scratch), SCRATCH, false),
        };
        match received {
            Ok(Received::Bytes(count)) => {
                self.take_bytes(peer, count, is_large, now);
                if count == room || is_ending {
                    self.peers.queue(peer);
                }
            }
            Ok(Received::Nothing) => self.end_if_unsendable(peer, now),
            Ok(Received::End) => self.handle_end(peer, now),
            Err(error) => self.handle_broken(peer, &error, now),
        }
    }

    /// A peer to which nothing can be sent is lost once it has been read until there was nothing more.
    fn end_if_unsendable(&mut self, peer: Peer, now: Time) {
        let socket = self.peers.get_mut(peer);
        if let Some(error) = socket.and_then(|socket| socket.send_error.take()) {
            self.handle_broken(peer, &error, now);
        }
    }

    #[inline]
    fn take_bytes(&mut self, peer: Peer, count: usize, is_large: bool, now: Time) {
        let bytes = self.scratch.get(..count).unwrap_or_default();
        match (peer, is_large) {
            (Peer::Client(id), false) => self.pipeline.handle_client_bytes(id, bytes, now),
            (Peer::Client(id), true) => self.pipeline.handle_client_input(id, count, now),
            (Peer::Link(id), false) => self.pipeline.handle_link_bytes(id, bytes, now),
            (Peer::Link(id), true) => self.pipeline.handle_link_input(id, count, now),
        }
    }

    /// Reads the peers that the last turn left unread; what is left now waits for the next turn.
    fn read_again(&mut self, now: Time) {
        let mut again = std::mem::take(&mut self.readable);
        for peer in again.drain(..) {
            if let Some(socket) = self.peers.get_mut(peer) {
                socket.is_queued = false;
                self.read(peer, now);
            }
        }
        self.readable = again;
    }

    /// The peer sends nothing more.
    fn handle_end(&mut self, peer: Peer, now: Time) {
        match peer {
            Peer::Client(id) => self.pipeline.handle_client_end(id, now),
            Peer::Link(id) => self.lose_link(id, "the node closed it", now),
        }
    }

    fn handle_broken(&mut self, peer: Peer, error: &io::Error, now: Time) {
        match peer {
            Peer::Client(id) => {
                self.pipeline.handle_client_closed(id);
                self.peers.remove(peer);
            }
            Peer::Link(id) => self.lose_link(id, &error.to_string(), now),
        }
    }

    fn lose_link(&mut self, link: LinkId, why: &str, now: Time) {
        if let Some(addr) = self.pipeline.link_addr(link) {
            self.outages.report(self.index, addr, why);
        }
        self.peers.remove(Peer::Link(link));
        self.pipeline.handle_link_closed(link, now);
    }

    /// Carries out what the pipeline decided.
    fn act(&mut self, now: Time) {
        while let Some(action) = self.pipeline.poll_action() {
            match action {
                Action::Connect { link, addr } => self.connect(link, addr, now),
                Action::LinkReady(link) => {
                    if let Some(addr) = self.pipeline.link_addr(link) {
                        self.outages.end(self.index, addr);
                    }
                }
                Action::CloseLink { link, addr, why } => {
                    self.outages.report_end(self.index, &addr, &why);
                    self.peers.remove(Peer::Link(link));
                }
                Action::CloseClient(id) => self.peers.remove(Peer::Client(id)),
                Action::ResumeClient(id) => {
                    let peer = Peer::Client(id);
                    if self
                        .peers
                        .get_mut(peer)
                        .is_some_and(|socket| socket.is_unread)
                    {
                        self.peers.queue(peer);
                    }
                }
                Action::Refresh(reason) => {
                    self.tell(ToControl::RefreshHint(reason));
                }
            }
        }
    }

    fn connect(&mut self, link: LinkId, addr: NodeAddr, now: Time) {
        match addr.host.parse::<IpAddr>() {
            Ok(ip) => self.connect_resolved(link, Ok(SocketAddr::new(ip, addr.port)), now),
            Err(_) => inbox::resolve(&self.inbox, link, addr),
        }
    }

    pub(super) fn connect_resolved(
        &mut self,
        link: LinkId,
        found: io::Result<SocketAddr>,
        now: Time,
    ) {
        let peer = Peer::Link(link);
        let connected = found.and_then(|addr| {
            let stream = Stream::connect(addr)?;
            stream.tune(self.config.cluster.keep_alive)?;
            let index = u32::try_from(link.0.index()).unwrap_or(u32::MAX);
            self.poller.add_stream(&stream, Token::Link(index))?;
            Ok(stream)
        });
        match connected {
            Ok(stream) if self.pipeline.link_addr(link).is_some() => {
                self.peers.insert(peer, Socket::new(link.0, stream, true));
            }
            Ok(_) => {}
            Err(error) => self.lose_link(link, &error.to_string(), now),
        }
    }

    /// Writes to every peer that has something to get.
    fn write_all(&mut self, now: Time) {
        while let Some(peer) = self.pipeline.poll_dirty() {
            self.write(peer, now);
        }
    }

    /// Writes to one peer until it has everything or takes no more.
    fn write(&mut self, peer: Peer, now: Time) {
        loop {
            let Some(socket) = self.peers.get_mut(peer) else {
                return;
            };
            if socket.is_full || socket.is_connecting || socket.send_error.is_some() {
                return;
            }
            let mut slices = [IoSlice::new(&[]); SLICES];
            let filled = self.pipeline.output(peer, &mut slices);
            let Some(slices) = slices.get(..filled).filter(|slices| !slices.is_empty()) else {
                return;
            };
            let wanted: usize = slices.iter().map(|slice| slice.len()).sum();
            match socket.stream.send(slices) {
                Ok(Some(count)) => {
                    if count < wanted {
                        socket.is_full = true;
                    }
                    self.pipeline.handle_written(peer, count);
                    if count < wanted || filled < SLICES {
                        return;
                    }
                }
                Ok(None) => {
                    socket.is_full = true;
                    return;
                }
                Err(error) => return self.handle_unsendable(peer, error, now),
            }
        }
    }

    /// A send failed. A client that takes no replies is gone; a node's replies may have arrived before, and
    /// what they answer has a known outcome, so a link is read to its end first.
    fn handle_unsendable(&mut self, peer: Peer, error: io::Error, now: Time) {
        match (peer, self.peers.get_mut(peer)) {
            (Peer::Link(_), Some(socket)) => {
                socket.send_error = Some(error);
                self.peers.queue(peer);
            }
            _ => self.handle_broken(peer, &error, now),
        }
    }
}
