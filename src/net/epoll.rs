//! The driver on a readiness set: a receive and a send per connection and turn.
//!
//! For kernels that lack what the other driver needs. A read that fills its buffer is repeated in the next
//! turn, one that does not has emptied the socket.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::time::Duration;

use super::handler::{Appetite, Handler, Wait};
use super::listener::Listener;
use super::poller::{Event, Poller, Subject};
use super::receive::{self, SCRATCH};
use super::sockets::{Socket, Sockets};
use super::spin::Spin;
use super::stream::{Received, Stream};
use super::token::{Kind, Token};

/// Pieces of output given to one system call.
const SLICES: usize = 32;

/// What this driver keeps for a connection.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the socket"
)]
struct State {
    /// The last send took less than it was given; the set will tell when there is room.
    is_full: bool,
    /// There may be something to read that was not read, because nothing was wanted.
    is_unread: bool,
    /// After the bytes that are there comes the end, which will not be reported again.
    is_ending: bool,
    is_connecting: bool,
    /// It is in the list of connections that are read without an event.
    is_listed: bool,
    /// Why the last send failed: nothing more is sent, but something may have arrived before.
    send_error: Option<Box<io::Error>>,
}

/// The driver.
#[derive(Debug)]
pub(super) struct Epoll {
    poller: Poller,
    sockets: Sockets<State>,
    acceptable: Vec<u32>,
    events: Vec<Event>,
    /// Connections to read in the next turn: their last read filled its buffer, or they were paused.
    listed: Vec<Token>,
    scratch: Box<[u8]>,
}

// === impl Epoll ===

impl Epoll {
    /// A driver without connections.
    ///
    /// # Errors
    ///
    /// What the kernel says, for example that there are no descriptors left.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            poller: Poller::new()?,
            sockets: Sockets::default(),
            acceptable: Vec::new(),
            events: Vec::new(),
            listed: Vec::new(),
            scratch: vec![0; SCRATCH].into_boxed_slice(),
        })
    }

    pub(super) fn watch(&mut self, index: u32, listener: &Listener) -> io::Result<()> {
        self.poller.add_listener(listener, Subject::Listener(index))
    }

    pub(super) fn ignore(&mut self, listener: &Listener) {
        // A listener that is not watched is as good as one that was removed.
        let _ = self.poller.remove(listener);
    }

    pub(super) fn next_acceptable(&mut self) -> Option<u32> {
        self.acceptable.pop()
    }

    pub(super) fn add(&mut self, token: Token, stream: Stream) -> io::Result<()> {
        self.poller
            .add_stream(&stream, Subject::Connection(token))?;
        self.sockets.insert(token, stream, State::default());
        Ok(())
    }

    pub(super) fn connect(
        &mut self,
        token: Token,
        to: SocketAddr,
        keep_alive: Duration,
    ) -> io::Result<()> {
        let stream = Stream::connect(to)?;
        stream.tune(keep_alive)?;
        self.poller
            .add_stream(&stream, Subject::Connection(token))?;
        let state = State {
            is_connecting: true,
            ..State::default()
        };
        self.sockets.insert(token, stream, state);
        Ok(())
    }

    pub(super) fn remove(&mut self, token: Token) -> Option<Stream> {
        let Socket { stream, .. } = self.sockets.take(token)?;
        // Closing it would do the same, but it may stay open for a while.
        let _ = self.poller.remove(&stream);
        Some(stream)
    }

    /// Bytes of a connection may be wanted again.
    pub(super) fn resume(&mut self, token: Token) {
        if self
            .sockets
            .get_mut(token)
            .is_some_and(|socket| socket.state.is_unread)
        {
            self.list(token);
        }
    }

    pub(super) fn has_listed(&self) -> bool {
        !self.listed.is_empty()
    }

    /// Waits until a socket is ready; returns how many are.
    pub(super) fn wait(&mut self, wait: Wait) -> io::Result<usize> {
        self.events.clear();
        if !wait.spin.is_zero() {
            let spin = Spin::new(wait.spin);
            while self.events.is_empty() && spin.goes_on() {
                self.poller.poll(&mut self.events, Duration::ZERO)?;
            }
        }
        if self.events.is_empty() {
            self.poller.poll(&mut self.events, wait.longest())?;
        }
        Ok(self.events.len())
    }

    /// Tells the handler what came.
    pub(super) fn dispatch(&mut self, handler: &mut impl Handler) {
        let listed = std::mem::take(&mut self.listed);
        let events = std::mem::take(&mut self.events);
        for event in &events {
            match event.subject {
                Subject::Listener(index) => self.acceptable.push(index),
                Subject::Connection(token) => self.note_event(handler, token, event),
            }
        }
        self.events = events;
        for token in listed {
            if let Some(socket) = self.sockets.get_mut(token) {
                socket.state.is_listed = false;
                self.read(handler, token);
            }
        }
    }

    fn note_event(&mut self, handler: &mut impl Handler, token: Token, event: &Event) {
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        socket.state.is_ending |= event.ended;
        // What is in the list has its turn there, and no second one here.
        let is_listed = socket.state.is_listed;
        if event.writable {
            self.note_room(handler, token);
        }
        if event.readable && !is_listed {
            self.read(handler, token);
        }
    }

    /// There is room to send, or a connect has ended.
    fn note_room(&mut self, handler: &mut impl Handler, token: Token) {
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        if socket.state.is_connecting {
            socket.state.is_connecting = false;
            match socket.stream.connected() {
                Ok(()) => handler.connected(token),
                Err(error) => self.lose(handler, token, &error),
            }
        } else if socket.state.is_full {
            socket.state.is_full = false;
            self.send(handler, token);
        }
    }

    /// Reads a connection once; it comes into the list if there may be more.
    fn read(&mut self, handler: &mut impl Handler, token: Token) {
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        if socket.state.is_connecting {
            return;
        }
        socket.state.is_unread = receive::is_paused(handler, token);
        if socket.state.is_unread {
            // Once: after that the handler wants something else of a client that has ended.
            if socket.state.is_ending && handler.appetite(token) == Appetite::OnlyEnd {
                self.note_end(handler, token);
            }
            return;
        }
        let is_last = socket.state.is_ending || socket.state.send_error.is_some();
        let receipt = receive::receive(handler, token, &socket.stream, &mut self.scratch);
        match receipt.received {
            Ok(Received::Bytes(_)) if receipt.is_full || is_last => self.list(token),
            Ok(Received::Bytes(_)) => {}
            Ok(Received::Nothing) => self.note_nothing(handler, token),
            Ok(Received::End) => self.note_end(handler, token),
            Err(error) => self.lose(handler, token, &error),
        }
    }

    /// A connection to which nothing can be sent is lost once it has been read until there was nothing more.
    fn note_nothing(&mut self, handler: &mut impl Handler, token: Token) {
        let socket = self.sockets.get_mut(token);
        if let Some(error) = socket.and_then(|socket| socket.state.send_error.take()) {
            self.lose(handler, token, &error);
        }
    }

    fn note_end(&mut self, handler: &mut impl Handler, token: Token) {
        match token.kind {
            Kind::Client => handler.ended(token),
            Kind::Link => self.lose(handler, token, &receive::closed_by_node()),
        }
    }

    /// Has the next turn read a connection, once.
    fn list(&mut self, token: Token) {
        if let Some(socket) = self.sockets.get_mut(token)
            && !std::mem::replace(&mut socket.state.is_listed, true)
        {
            self.listed.push(token);
        }
    }

    /// Sends what the handler has for its connections.
    pub(super) fn flush(&mut self, handler: &mut impl Handler) {
        while let Some(token) = handler.next_dirty() {
            self.send(handler, token);
        }
    }

    /// Sends to one connection until it has everything or takes no more.
    fn send(&mut self, handler: &mut impl Handler, token: Token) {
        loop {
            let Some(socket) = self.sockets.get_mut(token) else {
                return;
            };
            let state = &mut socket.state;
            if state.is_full || state.is_connecting || state.send_error.is_some() {
                return;
            }
            let mut slices = [IoSlice::new(&[]); SLICES];
            let filled = handler.output(token, &mut slices);
            let Some(slices) = slices.get(..filled).filter(|slices| !slices.is_empty()) else {
                return;
            };
            let wanted: usize = slices.iter().map(|slice| slice.len()).sum();
            match socket.stream.send(slices) {
                Ok(taken) => {
                    let taken = taken.unwrap_or(0);
                    state.is_full = taken < wanted;
                    if taken > 0 {
                        handler.sent(token, taken);
                    }
                    if taken < wanted || filled < SLICES {
                        return;
                    }
                }
                Err(error) => return self.note_unsendable(handler, token, error),
            }
        }
    }

    /// A send failed. A client that takes nothing is gone; what a node has sent before is still received,
    /// because the outcome of what it answers is known then.
    fn note_unsendable(&mut self, handler: &mut impl Handler, token: Token, error: io::Error) {
        if token.kind == Kind::Client {
            self.lose(handler, token, &error);
            return;
        }
        if let Some(socket) = self.sockets.get_mut(token) {
            socket.state.send_error = Some(Box::new(error));
        }
        self.list(token);
    }

    fn lose(&mut self, handler: &mut impl Handler, token: Token, why: &io::Error) {
        drop(self.remove(token));
        handler.lost(token, why);
    }
}
