//! The driver on an io_uring of its own: one system call per turn sends everything, waits, and receives.
//!
//! Receives stay armed ("multishot") and take buffers when bytes come. Sends take what fits now, like
//! non-blocking writes, so the memory that they read is not needed after the call. A connection that is
//! sending a large frame leaves this path: its receive is cancelled, and it is read with calls of its own
//! straight into the frame, until it has been calm for a while. Needs Linux 6.1.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Duration;

use self::buffers::Buffers;
use self::purpose::{Purpose, cancelling, is_again};
use self::queue::{Completion, Queue, SLICES, Sends};
use super::handler::{Appetite, Handler, Wait};
use super::listener::Listener;
use super::sockets::{Socket, Sockets};
use super::spin::Spin;
use super::stream::{Received, Stream};
use super::token::{Kind, Token};

mod buffers;
mod purpose;
mod queue;

/// Bytes received at once by a call of its own.
const SCRATCH: usize = 64 * 1024;

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

/// A connection to send to, and then its send.
#[derive(Debug, Clone, Copy)]
struct Sending {
    token: Token,
    wanted: usize,
    /// An error number made negative, or what was taken.
    result: i32,
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

// === impl Sending ===

impl Sending {
    fn new(token: Token) -> Self {
        Self {
            token,
            wanted: 0,
            result: 0,
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
        // The kernel keeps a connection for as long as a request for it is there.
        match state.mode {
            Mode::Armed => self
                .queue
                .cancel(Purpose::Receive.number(number), cancelling()),
            Mode::Waiting => self
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
        }
    }

    pub(super) fn has_listed(&self) -> bool {
        !self.listed.is_empty()
    }

    /// Gathers the connections that the next [`Self::wait`] sends to.
    pub(super) fn flush(&mut self, handler: &mut impl Handler) {
        self.batch.extend(self.roomy.drain(..).map(Sending::new));
        while let Some(token) = handler.next_dirty() {
            self.batch.push(Sending::new(token));
        }
    }

    /// Sends what was gathered, and waits; returns how many things happened.
    pub(super) fn wait(&mut self, handler: &mut impl Handler, wait: Wait) -> io::Result<usize> {
        self.completions.clear();
        self.queue.set_alarm(&wait, Purpose::Alarm.number(0));
        let mut sends = self.queue.sends();
        let is_cut = ask_to_send(&mut sends, &mut self.batch, &mut self.sockets, &*handler);
        let is_awake = !wait.spin.is_zero();
        let sleep = (!is_cut && !is_awake).then_some(wait);
        sends.enter(&mut self.completions, sleep)?;
        if is_awake && !is_cut {
            self.spin(wait)?;
        }
        let mut happened = 0;
        for completion in &self.completions {
            let purpose = Purpose::of(completion.user_data);
            happened += usize::from(!matches!(
                purpose,
                Purpose::Send | Purpose::Alarm | Purpose::Cancel
            ));
            if purpose == Purpose::Send
                && let Ok(index) = usize::try_from(completion.user_data & u64::from(u32::MAX))
                && let Some(sending) = self.batch.get_mut(index)
            {
                sending.result = completion.result;
            }
        }
        for index in 0..self.batch.len() {
            if let Some(sending) = self.batch.get(index).copied()
                && sending.wanted > 0
            {
                self.note_sent(handler, sending);
            }
        }
        self.batch.clear();
        Ok(happened)
    }

    /// Looks for completions for a while before it sleeps.
    fn spin(&mut self, wait: Wait) -> io::Result<()> {
        let spin = Spin::new(wait.spin);
        while self.completions.is_empty() {
            if self.queue.has_news() {
                self.queue.enter(&mut self.completions, None)?;
            } else if !spin.goes_on() {
                return self.queue.enter(&mut self.completions, Some(wait));
            }
        }
        Ok(())
    }

    fn note_sent(&mut self, handler: &mut impl Handler, sending: Sending) {
        let token = sending.token;
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        socket.state.is_sending = false;
        let taken = match usize::try_from(sending.result) {
            Ok(taken) => taken,
            Err(_) if is_again(sending.result) => 0,
            Err(_) => {
                let error = io::Error::from_raw_os_error(-sending.result);
                return self.note_unsendable(handler, token, error);
            }
        };
        if taken < sending.wanted {
            socket.state.is_full = true;
            let number = Purpose::Writable.number(token.encode());
            self.queue
                .poll(socket.stream.as_fd(), libc::POLLOUT, number);
        }
        if taken > 0 {
            handler.sent(token, taken);
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
        self.take_over(token);
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

    #[inline]
    fn note_received(&mut self, handler: &mut impl Handler, token: Token, completion: &Completion) {
        let is_known = self.sockets.get_mut(token).is_some();
        if let (Some(buffer), Ok(len)) = (completion.buffer(), usize::try_from(completion.result)) {
            if is_known {
                handler.received(token, self.buffers.bytes(buffer, len));
            }
            self.buffers.done(buffer, len, completion.has_more_buffer());
        }
        if !is_known {
            return;
        }
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        if completion.has_more() {
            if socket.state.mode == Mode::Armed
                && matches!(handler.appetite(token), Appetite::Large | Appetite::Nothing)
            {
                self.take_over(token);
            }
            return;
        }
        let was_cancelled = socket.state.mode == Mode::Ending;
        socket.state.mode = Mode::Off;
        match completion.result {
            0 => self.note_end(handler, token),
            result if result > 0 => self.go_on(handler, token),
            result if is_again(result) || result == -libc::ENOBUFS => self.go_on(handler, token),
            result if result == -libc::ECANCELED && was_cancelled => self.go_on(handler, token),
            result => {
                let error = io::Error::from_raw_os_error(-result);
                self.lose(handler, token, &error);
            }
        }
    }

    /// An armed receive has ended, or there is room for more: receives again, if it is wanted, and how the
    /// connection behaves.
    fn go_on(&mut self, handler: &mut impl Handler, token: Token) {
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        let appetite = handler.appetite(token);
        if appetite == Appetite::Large {
            socket.state.stormy = CALM;
        }
        let is_direct = socket.state.stormy > 0 || socket.state.send_error.is_some();
        match appetite {
            Appetite::Later | Appetite::Nothing if token.kind == Kind::Client => {}
            _ if is_direct => self.read(handler, token),
            _ => self.arm(token),
        }
    }

    /// Reads a connection with a call of its own.
    fn read(&mut self, handler: &mut impl Handler, token: Token) {
        let appetite = handler.appetite(token);
        if token.kind == Kind::Client && matches!(appetite, Appetite::Later | Appetite::Nothing) {
            return;
        }
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        let (received, room) = match handler.large_input(token) {
            Some(input) => {
                socket.state.stormy = CALM;
                let room = input.capacity() - input.len();
                let received = socket.stream.receive_into(input);
                if let Ok(Received::Bytes(count)) = received {
                    handler.received_large(token, count);
                }
                (received, room)
            }
            None => {
                socket.state.stormy = socket.state.stormy.saturating_sub(1);
                let received = socket.stream.receive(&mut self.scratch);
                if let Ok(Received::Bytes(count)) = received {
                    handler.received(token, self.scratch.get(..count).unwrap_or_default());
                }
                (received, SCRATCH)
            }
        };
        match received {
            Ok(Received::Bytes(count)) if count == room => self.list(token),
            Ok(Received::Bytes(_))
                if self
                    .sockets
                    .get_mut(token)
                    .is_some_and(|s| s.state.send_error.is_some()) =>
            {
                self.list(token);
            }
            Ok(Received::Bytes(_)) => self.note_nothing(handler, token),
            Ok(Received::Nothing) => self.note_nothing(handler, token),
            Ok(Received::End) => self.note_end(handler, token),
            Err(error) => self.lose(handler, token, &error),
        }
    }

    /// There is nothing more to read: the next read waits until there is something, unless nothing can be sent to the
    /// connection any more.
    fn note_nothing(&mut self, handler: &mut impl Handler, token: Token) {
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        if let Some(error) = socket.state.send_error.take() {
            self.lose(handler, token, &error);
        } else if socket.state.stormy > 0 {
            socket.state.mode = Mode::Waiting;
            let number = Purpose::Readable.number(token.encode());
            let events = libc::POLLIN | libc::POLLRDHUP;
            self.queue.poll(socket.stream.as_fd(), events, number);
        } else {
            self.arm(token);
        }
    }

    /// Has a connection read in the next turn.
    fn list(&mut self, token: Token) {
        if let Some(socket) = self.sockets.get_mut(token) {
            socket.state.mode = Mode::Listed;
            self.listed.push(token);
        }
    }

    fn note_end(&mut self, handler: &mut impl Handler, token: Token) {
        match token.kind {
            Kind::Client => {
                if let Some(socket) = self.sockets.get_mut(token) {
                    socket.state.mode = Mode::Ended;
                }
                handler.ended(token);
            }
            Kind::Link => {
                let error = io::Error::new(io::ErrorKind::UnexpectedEof, "the node closed it");
                self.lose(handler, token, &error);
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

    /// Arms a receive.
    fn arm(&mut self, token: Token) {
        if let Some(socket) = self.sockets.get_mut(token) {
            socket.state.mode = Mode::Armed;
            let number = Purpose::Receive.number(token.encode());
            self.queue.receive(socket.stream.as_fd(), number);
        }
    }

    /// Ends an armed receive; what follows is decided when it has ended.
    fn take_over(&mut self, token: Token) {
        if self.set_mode(token, Mode::Armed, Mode::Ending) {
            let number = Purpose::Receive.number(token.encode());
            self.queue.cancel(number, cancelling());
        } else if self.set_mode(token, Mode::Waiting, Mode::Waiting) {
            // Whatever ends the wait is followed by a read.
            let number = Purpose::Readable.number(token.encode());
            self.queue.cancel(number, cancelling());
        }
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

/// Asks for one send per connection of the batch; true if one of them has more than was asked for.
fn ask_to_send<'m>(
    sends: &mut Sends<'_, 'm>,
    batch: &mut [Sending],
    sockets: &mut Sockets<State>,
    handler: &'m impl Handler,
) -> bool {
    let mut is_cut = false;
    for (index, sending) in (0u64..).zip(batch) {
        let Some(socket) = sockets.get_mut(sending.token) else {
            continue;
        };
        let state = &mut socket.state;
        let is_closed = state.is_connecting || state.send_error.is_some();
        if state.is_full || state.is_sending || is_closed {
            continue;
        }
        let mut slices = [IoSlice::new(&[]); SLICES];
        let filled = handler.output(sending.token, &mut slices);
        let Some(slices) = slices.get(..filled).filter(|slices| !slices.is_empty()) else {
            continue;
        };
        is_cut |= filled == SLICES;
        state.is_sending = true;
        sending.wanted = slices.iter().map(|slice| slice.len()).sum();
        sending.result = i32::try_from(sending.wanted).unwrap_or(i32::MAX);
        let number = Purpose::Send.number(index);
        sends.add(socket.stream.as_fd(), slices, number);
    }
    is_cut
}
