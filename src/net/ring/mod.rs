//! The driver on an io_uring of its own: one system call per turn sends everything, waits, and receives.
//!
//! Receives stay armed ("multishot") and take buffers when bytes come. Sends take what fits now, like
//! non-blocking writes, so the memory that they read is not needed after the call. A connection that is
//! sending a large frame leaves this path: its receive is cancelled, and it is read with calls of its own
//! straight into the frame, until it has been calm for a while. Needs Linux 6.1.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Duration;

use self::buffers::Buffers;
use self::purpose::{Purpose, cancelling};
use self::queue::{Completion, Queue};
use self::send::Sending;
use super::handler::Handler;
use super::listener::Listener;
use super::receive::SCRATCH;
use super::sockets::{Socket, Sockets};
use super::stream::Stream;
use super::token::Token;

mod buffers;
mod purpose;
mod queue;
mod receive;
mod send;

/// Small receives after which a connection that sent something large gets an armed receive again.
const CALM: u8 = 16;

/// How bytes of a connection are received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Not at all.
    Off,
    /// The kernel has an armed receive.
    Armed,
    /// The armed receive was cancelled and has not ended.
    Ending,
    /// The kernel will tell when there is something to read.
    Waiting,
    /// The kernel will tell when the peer has ended its side or the connection is broken; nothing is read.
    AwaitingEnd,
    /// It is in the list of connections to read in the next turn.
    Listed,
    /// There is nothing more to receive.
    Ended,
}

/// What this driver keeps for a connection.
#[derive(Debug)]
struct State {
    mode: Mode,
    /// Small receives that are left until it counts as calm; 0 if it does.
    stormy: u8,
    /// The last send took less than it was given; the kernel will tell when there is room.
    is_full: bool,
    /// It has a send in this turn's batch, and may not have another.
    is_sending: bool,
    is_connecting: bool,
    /// Why the last send failed: nothing more is sent, but something may have arrived before.
    send_error: Option<Box<io::Error>>,
}

/// What this driver keeps for a listener.
#[derive(Debug)]
struct Watch {
    /// Its clients are wanted.
    is_on: bool,
    /// The kernel has a wait for it.
    is_armed: bool,
}

/// The driver.
#[derive(Debug)]
pub(super) struct Ring {
    // Dropped first: the kernel then takes no more buffers.
    queue: Queue,
    buffers: Buffers,
    sockets: Sockets<State>,
    listeners: Vec<Watch>,
    acceptable: Vec<u32>,
    /// What the next wait sends: gathered when the turn ends.
    batch: Vec<Sending>,
    /// Connections that have room again, to be sent to although the handler does not name them.
    roomy: Vec<Token>,
    completions: Vec<Completion>,
    /// Connections to read in this turn and in the next one.
    listed: Vec<Token>,
    scratch: Box<[u8]>,
}

// === impl State ===

impl State {
    fn new(is_connecting: bool) -> Self {
        Self {
            mode: Mode::Off,
            stormy: 0,
            is_full: false,
            is_sending: false,
            is_connecting,
            send_error: None,
        }
    }
}

// === impl Ring ===

impl Ring {
    /// A driver of the calling thread.
    ///
    /// # Errors
    ///
    /// The kernel lacks something or does not allow it.
    pub(super) fn new() -> io::Result<Self> {
        let queue = Queue::new()?;
        let buffers = Buffers::register(queue.ring())?;
        Ok(Self {
            queue,
            buffers,
            sockets: Sockets::default(),
            listeners: Vec::new(),
            acceptable: Vec::new(),
            batch: Vec::new(),
            roomy: Vec::new(),
            completions: Vec::new(),
            listed: Vec::new(),
            scratch: vec![0; SCRATCH].into_boxed_slice(),
        })
    }

    pub(super) fn watch(&mut self, index: u32, listener: &Listener) {
        let place = index as usize;
        while self.listeners.len() <= place {
            self.listeners.push(Watch {
                is_on: false,
                is_armed: false,
            });
        }
        if let Some(watch) = self.listeners.get_mut(place) {
            watch.is_on = true;
            if !std::mem::replace(&mut watch.is_armed, true) {
                let number = Purpose::Accept.number(u64::from(index));
                self.queue.poll(listener.as_fd(), libc::POLLIN, number);
            }
        }
    }

    pub(super) fn ignore(&mut self, index: u32) {
        if let Some(watch) = self.listeners.get_mut(index as usize) {
            watch.is_on = false;
            if watch.is_armed {
                let number = Purpose::Accept.number(u64::from(index));
                self.queue.cancel(number, cancelling());
            }
        }
    }

    pub(super) fn next_acceptable(&mut self) -> Option<u32> {
        self.acceptable.pop()
    }

    pub(super) fn accepted(&mut self, index: u32, listener: &Listener) {
        if self.listeners.get(index as usize).is_some_and(|l| l.is_on) {
            self.watch(index, listener);
        }
    }

    pub(super) fn add(&mut self, token: Token, stream: Stream) {
        self.sockets.insert(token, stream, State::new(false));
        self.arm(token);
    }

    pub(super) fn connect(
        &mut self,
        token: Token,
        to: SocketAddr,
        keep_alive: Duration,
    ) -> io::Result<()> {
        let stream = Stream::connect(to)?;
        stream.tune(keep_alive)?;
        let number = Purpose::Writable.number(token.encode());
        self.queue.poll(stream.as_fd(), libc::POLLOUT, number);
        self.sockets.insert(token, stream, State::new(true));
        Ok(())
    }

    pub(super) fn remove(&mut self, token: Token) -> Option<Stream> {
        let Socket { stream, state, .. } = self.sockets.take(token)?;
        let number = token.encode();
        for purpose in [Purpose::Receive, Purpose::Readable, Purpose::Writable] {
            self.queue.forget(purpose.number(number));
        }
        // The kernel keeps a connection for as long as a request for it is there.
        match state.mode {
            Mode::Armed => self
                .queue
                .cancel(Purpose::Receive.number(number), cancelling()),
            Mode::Waiting | Mode::AwaitingEnd => self
                .queue
                .cancel(Purpose::Readable.number(number), cancelling()),
            Mode::Off | Mode::Ending | Mode::Listed | Mode::Ended => {}
        }
        if state.is_full || state.is_connecting {
            self.queue
                .cancel(Purpose::Writable.number(number), cancelling());
        }
        Some(stream)
    }

    /// Bytes of a connection may be wanted again.
    pub(super) fn resume(&mut self, token: Token) {
        if let Some(socket) = self.sockets.get_mut(token)
            && socket.state.mode == Mode::Off
            && !socket.state.is_connecting
        {
            self.arm(token);
        } else if self.set_mode(token, Mode::AwaitingEnd, Mode::Waiting) {
            self.end_waiting(token);
        }
    }

    pub(super) fn has_listed(&self) -> bool {
        !self.listed.is_empty()
    }

    /// Tells the handler what came.
    pub(super) fn dispatch(&mut self, handler: &mut impl Handler) {
        let listed = std::mem::take(&mut self.listed);
        let completions = std::mem::take(&mut self.completions);
        for completion in &completions {
            let number = completion.user_data;
            match Purpose::of(number) {
                Purpose::Receive => self.note_received(handler, Token::decode(number), completion),
                Purpose::Readable => {
                    let token = Token::decode(number);
                    if self.set_mode(token, Mode::Waiting, Mode::Off) {
                        self.read(handler, token);
                    } else if self.set_mode(token, Mode::AwaitingEnd, Mode::Off) {
                        self.note_awaited(handler, token, completion);
                    }
                }
                Purpose::Writable => self.note_room(handler, Token::decode(number)),
                Purpose::Accept => self.note_acceptable(number),
                Purpose::Alarm => self.queue.alarm_rang(),
                Purpose::Send | Purpose::Cancel => {}
            }
        }
        self.completions = completions;
        for token in listed {
            if self.set_mode(token, Mode::Listed, Mode::Off) {
                self.read(handler, token);
            }
        }
    }

    fn note_acceptable(&mut self, number: u64) {
        let index = Token::decode(number).generation;
        if let Some(watch) = self.listeners.get_mut(index as usize) {
            watch.is_armed = false;
            if watch.is_on {
                self.acceptable.push(index);
            }
        }
    }

    /// A connect has ended, or there is room to send.
    fn note_room(&mut self, handler: &mut impl Handler, token: Token) {
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        if socket.state.is_connecting {
            socket.state.is_connecting = false;
            match socket.stream.connected() {
                Ok(()) => {
                    self.arm(token);
                    handler.connected(token);
                }
                Err(error) => self.lose(handler, token, &error),
            }
        } else if socket.state.is_full {
            socket.state.is_full = false;
            self.roomy.push(token);
        }
    }

    fn lose(&mut self, handler: &mut impl Handler, token: Token, why: &io::Error) {
        drop(self.remove(token));
        handler.lost(token, why);
    }

    /// Changes the mode of a connection that is in mode `from`; false if it is not.
    fn set_mode(&mut self, token: Token, from: Mode, to: Mode) -> bool {
        match self.sockets.get_mut(token) {
            Some(socket) if socket.state.mode == from => {
                socket.state.mode = to;
                true
            }
            _ => false,
        }
    }
}
