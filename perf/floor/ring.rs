//! The floor on io_uring: one multishot receive per peer, sends submitted by the call that waits.
//!
//! A turn: take every completion and hand its bytes to the switch, queue one send per peer that has
//! something, then submit and wait in one system call. At most one send per peer is under way. A silent
//! send either is over when that call returns or completes with an event: it may not wait
//! (`MSG_DONTWAIT`), and less than all of its bytes (`MSG_WAITALL`) counts as a failure.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::time::{Duration, Instant};

use io_uring::squeue::Flags;
use io_uring::types::{Fd, Fixed, SubmitArgs};
use io_uring::{CompletionQueue, IoUring, SubmissionQueue, Submitter, cqueue, opcode, squeue};
use rustix::io::Errno;
use rustix::net::SendFlags;

use crate::buffers::{Buffers, GROUP};
use crate::switch::Switch;
use crate::tune::{Send, Tune};

const ENTRIES: u32 = 2048;
const COMPLETIONS: u32 = 16 * 1024;
/// Size of the table of descriptors that only the ring knows.
const FILES: u32 = 16 * 1024;

/// Flags of a send, as the system headers have them.
const DONTWAIT: i32 = 0x40;
const WAITALL: i32 = 0x100;
const NOSIGNAL: i32 = 0x4000;

const ENTER_GETEVENTS: u32 = 1;
const ENTER_EXT_ARG: u32 = 8;
const ENTER_NO_IOWAIT: u32 = 128;

/// What a completion is about; the peer stands above it in the user data.
const ACCEPT: u64 = 0;
const RECEIVE: u64 = 1;
const SEND: u64 = 2;
const OTHER: u64 = 3;
const KIND_BITS: u64 = 2;

struct Driver<'r> {
    submitter: Submitter<'r>,
    entries: SubmissionQueue<'r>,
    completions: CompletionQueue<'r>,
    buffers: Buffers,
    switch: Switch,
    sockets: Vec<Socket>,
    tune: Tune,
    pace: Pace,
    listener: RawFd,
}

/// How fast completions come, over the last turns.
struct Pace {
    last: Instant,
    last_requests: u64,
    /// Moving averages per turn: completions, requests, and nanoseconds.
    count: f64,
    requests: f64,
    nanos: f64,
}

/// One peer's socket and what is under way on it.
#[derive(Default)]
struct Socket {
    /// The descriptor, or its place in the ring's own table.
    number: i32,
    /// Keeps the descriptor open, if it is not in the ring's own table.
    stream: Option<TcpStream>,
    is_open: bool,
    is_receiving: bool,
    is_sending: bool,
    /// The bytes that the kernel is sending, of which `sent` are gone.
    sending: Vec<u8>,
    sent: usize,
}

/// Serves until a node is lost.
pub(crate) fn run(
    listener: &TcpListener,
    nodes: Vec<TcpStream>,
    switch: Switch,
    tune: &Tune,
) -> io::Result<()> {
    let mut ring = build(tune)?;
    let (mut submitter, entries, completions) = ring.split();
    if tune.is_registered {
        submitter.register_ring_fd()?;
    }
    if tune.is_fixed {
        submitter.register_files_sparse(FILES)?;
    }
    let buffers = Buffers::register(
        &submitter,
        tune.buffers,
        tune.buffer_size,
        tune.is_incremental,
    )?;
    let mut driver = Driver {
        submitter,
        entries,
        completions,
        buffers,
        switch,
        sockets: Vec::new(),
        tune: tune.clone(),
        pace: Pace {
            last: Instant::now(),
            last_requests: 0,
            count: 0.0,
            requests: 0.0,
            nanos: 1e6,
        },
        listener: listener.as_raw_fd(),
    };
    for (peer, stream) in nodes.into_iter().enumerate() {
        let mut number = stream.as_raw_fd();
        if tune.is_fixed {
            let place = peer as u32;
            driver.submitter.register_files_update(place, &[number])?;
            number = peer as i32;
        }
        driver.watch(peer, number, Some(stream))?;
    }
    driver.accept()?;
    driver.serve()
}

fn build(tune: &Tune) -> io::Result<IoUring> {
    let mut builder = IoUring::builder();
    builder.setup_cqsize(COMPLETIONS).setup_single_issuer();
    if tune.is_deferred {
        builder.setup_defer_taskrun();
    } else {
        builder.setup_coop_taskrun();
    }
    if tune.has_taskrun_flag {
        builder.setup_taskrun_flag();
    }
    if tune.has_no_array {
        builder.setup_no_sqarray();
    }
    builder.build(ENTRIES)
}

impl Driver<'_> {
    fn serve(&mut self) -> io::Result<()> {
        loop {
            while let Some(peer) = self.switch.take_dirty() {
                self.flush(peer)?;
            }
            self.buffers.publish();
            self.wait()?;
            self.completions.sync();
            if self.tune.is_adaptive {
                let requests = self.switch.requests;
                self.pace.turn(self.completions.len(), requests);
            }
            while let Some(event) = self.completions.next() {
                let peer = (event.user_data() >> KIND_BITS) as usize;
                match event.user_data() & ((1 << KIND_BITS) - 1) {
                    ACCEPT => self.accepted(&event)?,
                    RECEIVE => self.received(peer, &event)?,
                    SEND => self.sent(peer, event.result())?,
                    _ => {}
                }
            }
        }
    }

    /// Submits, and waits for completions.
    fn wait(&mut self) -> io::Result<()> {
        if !self.tune.spin.is_zero() {
            let begin = Instant::now();
            loop {
                self.enter(0, ENTER_GETEVENTS)?;
                self.completions.sync();
                if !self.completions.is_empty() {
                    return Ok(());
                }
                if begin.elapsed() >= self.tune.spin {
                    break;
                }
            }
        }
        let no_iowait = if self.tune.is_no_iowait {
            ENTER_NO_IOWAIT
        } else {
            0
        };
        let mut count = self.tune.wait_count as u32;
        if self.tune.is_adaptive {
            count = count.min(self.pace.expected(self.tune.wait_for));
            if count < self.tune.threshold || self.pace.is_deep() {
                count = 1;
            }
        }
        self.enter(count, ENTER_GETEVENTS | no_iowait)
    }

    fn enter(&mut self, count: u32, flags: u32) -> io::Result<()> {
        self.entries.sync();
        let queued = self.entries.len() as u32;
        let wait_for = self.tune.wait_for.as_micros() as u32;
        let result = if count > 1 && wait_for > 0 {
            let arguments = SubmitArgs::new().min_wait_usec(wait_for);
            // SAFETY: the arguments are what this flag announces and live through the call.
            unsafe {
                self.submitter
                    .enter(queued, count, flags | ENTER_EXT_ARG, Some(&arguments))
            }
        } else {
            // SAFETY: without arguments there is nothing that could be invalid.
            unsafe { self.submitter.enter::<()>(queued, count, flags, None) }
        };
        match result.map_err(|error| Errno::from_io_error(&error)) {
            Ok(_) | Err(Some(Errno::INTR | Errno::TIME | Errno::BUSY)) => {
                self.entries.sync();
                Ok(())
            }
            Err(error) => Err(error.unwrap_or(Errno::IO).into()),
        }
    }

    /// Queues an entry.
    ///
    /// # Safety
    ///
    /// What it points to must stay valid until it completes.
    unsafe fn push(&mut self, entry: &squeue::Entry) -> io::Result<()> {
        if self.entries.is_full() {
            self.enter(0, 0)?;
        }
        // SAFETY: the caller's promise.
        unsafe { self.entries.push(entry) }.map_err(io::Error::other)
    }

    fn accept(&mut self) -> io::Result<()> {
        let entry = opcode::AcceptMulti::new(Fd(self.listener))
            .allocate_file_index(self.tune.is_fixed)
            .build()
            .user_data(ACCEPT);
        // SAFETY: it points to nothing.
        unsafe { self.push(&entry) }
    }

    fn accepted(&mut self, event: &cqueue::Entry) -> io::Result<()> {
        let number = event.result();
        if number >= 0 {
            let peer = self.switch.admit();
            let stream = (!self.tune.is_fixed).then(|| {
                // SAFETY: the kernel has just opened this descriptor for us.
                unsafe { TcpStream::from_raw_fd(number) }
            });
            self.watch(peer, number, stream)?;
        }
        if cqueue::more(event.flags()) {
            return Ok(());
        }
        self.accept()
    }

    fn watch(&mut self, peer: usize, number: i32, stream: Option<TcpStream>) -> io::Result<()> {
        if self.sockets.len() <= peer {
            self.sockets.resize_with(peer + 1, Socket::default);
        }
        self.sockets[peer] = Socket {
            number,
            stream,
            is_open: true,
            ..Socket::default()
        };
        self.receive(peer)
    }

    fn receive(&mut self, peer: usize) -> io::Result<()> {
        let socket = &mut self.sockets[peer];
        socket.is_receiving = true;
        let fd = Fd(socket.number);
        let entry = if self.tune.is_bundled {
            opcode::RecvMultiBundle::new(fd, GROUP).build()
        } else {
            opcode::RecvMulti::new(fd, GROUP).build()
        };
        let entry = entry
            .flags(self.descriptor_flags())
            .user_data((peer as u64) << KIND_BITS | RECEIVE);
        // SAFETY: it points to nothing; the buffers live as long as the process.
        unsafe { self.push(&entry) }
    }

    fn descriptor_flags(&self) -> Flags {
        if self.tune.is_fixed {
            Flags::FIXED_FILE
        } else {
            Flags::empty()
        }
    }

    fn received(&mut self, peer: usize, event: &cqueue::Entry) -> io::Result<()> {
        let mut rest = event.result();
        let mut is_well = rest > 0 || rest == -Errno::NOBUFS.raw_os_error();
        let mut id = cqueue::buffer_select(event.flags());
        while let Some(current) = id.filter(|_| rest > 0) {
            let length = (rest as usize).min(self.buffers.room(current));
            rest -= length as i32;
            let bytes = self.buffers.bytes(current, length);
            if self.sockets[peer].is_open {
                is_well &= self.switch.received(peer, bytes).is_ok();
            }
            let is_kept = rest == 0 && cqueue::buffer_more(event.flags());
            if !is_kept {
                self.buffers.give_back(current);
            }
            id = Some(self.buffers.following(current));
        }
        if !cqueue::more(event.flags()) {
            self.sockets[peer].is_receiving = false;
        }
        if !is_well {
            return self.close(peer);
        }
        if self.sockets[peer].is_open && !self.sockets[peer].is_receiving {
            return self.receive(peer);
        }
        self.release(peer);
        Ok(())
    }

    /// Sends what waits for a peer, unless a send is under way.
    fn flush(&mut self, peer: usize) -> io::Result<()> {
        let socket = &mut self.sockets[peer];
        if !socket.is_open {
            self.release(peer);
            return Ok(());
        }
        let out = &mut self.switch.outboxes[peer].bytes;
        if socket.is_sending || out.is_empty() {
            return Ok(());
        }
        socket.sending.clear();
        socket.sent = 0;
        std::mem::swap(&mut socket.sending, out);
        match self.tune.send {
            Send::Silent => self.send(peer, WAITALL | DONTWAIT, Flags::SKIP_SUCCESS),
            Send::Event => {
                socket.is_sending = true;
                self.send(peer, WAITALL, Flags::empty())
            }
            Send::Call => self.call_send(peer),
        }
    }

    fn send(&mut self, peer: usize, message_flags: i32, flags: Flags) -> io::Result<()> {
        let socket = &self.sockets[peer];
        let bytes = &socket.sending[socket.sent..];
        let entry = opcode::Send::new(Fd(socket.number), bytes.as_ptr(), bytes.len() as u32)
            .flags(message_flags | NOSIGNAL)
            .build()
            .flags(flags | self.descriptor_flags())
            .user_data((peer as u64) << KIND_BITS | SEND);
        // SAFETY: `sending` is left alone until the send is over: `flush` touches it only when none is
        // under way, and a silent send is over before the next turn's `flush`.
        unsafe { self.push(&entry) }
    }

    fn call_send(&mut self, peer: usize) -> io::Result<()> {
        let socket = &mut self.sockets[peer];
        let Some(stream) = &socket.stream else {
            return Err(io::Error::other("send=call needs fixed=0"));
        };
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        match rustix::net::send(stream, &socket.sending, flags) {
            Ok(sent) => socket.sent = sent,
            Err(Errno::AGAIN) => {}
            Err(_) => return self.close(peer),
        }
        if socket.sent == socket.sending.len() {
            return Ok(());
        }
        socket.is_sending = true;
        self.send(peer, WAITALL, Flags::empty())
    }

    /// A send is over, or a silent one could not send all.
    fn sent(&mut self, peer: usize, result: i32) -> io::Result<()> {
        let socket = &mut self.sockets[peer];
        socket.is_sending = false;
        if !socket.is_open {
            self.release(peer);
            return Ok(());
        }
        if result < 0 && result != -Errno::AGAIN.raw_os_error() {
            return self.close(peer);
        }
        socket.sent += result.max(0) as usize;
        if socket.sent < socket.sending.len() {
            socket.is_sending = true;
            return self.send(peer, WAITALL, Flags::empty());
        }
        self.switch.mark(peer);
        Ok(())
    }

    fn close(&mut self, peer: usize) -> io::Result<()> {
        if self.switch.is_node(peer) {
            return Err(io::Error::other(format!("lost node {peer}")));
        }
        let socket = &mut self.sockets[peer];
        if !socket.is_open {
            self.release(peer);
            return Ok(());
        }
        socket.is_open = false;
        if let Some(stream) = socket.stream.take() {
            // Ends what is under way; a peer that is gone already is no error here.
            let _ = stream.shutdown(Shutdown::Both);
        } else {
            let entry = opcode::Close::new(Fixed(socket.number as u32)).build();
            // SAFETY: it points to nothing.
            unsafe { self.push(&entry.user_data(OTHER))? };
        }
        self.switch.left(peer);
        self.release(peer);
        Ok(())
    }

    /// Lets a closed peer's number be used again once nothing is under way.
    fn release(&mut self, peer: usize) {
        let socket = &self.sockets[peer];
        if !socket.is_open && !socket.is_sending && !socket.is_receiving {
            self.switch.release(peer);
        }
    }
}

// === impl Pace ===

impl Pace {
    /// A turn begins with this many completions, after so many requests in all.
    fn turn(&mut self, count: usize, requests: u64) {
        const WEIGHT: f64 = 1.0 / 16.0;
        let now = Instant::now();
        let nanos = (now - self.last).as_nanos() as f64;
        self.last = now;
        let new = (requests - self.last_requests) as f64;
        self.last_requests = requests;
        self.requests += (new - self.requests) * WEIGHT;
        self.count += (count as f64 - self.count) * WEIGHT;
        self.nanos += (nanos.min(1e6) - self.nanos) * WEIGHT;
    }

    /// Completions that come in `time` at this pace.
    fn expected(&self, time: Duration) -> u32 {
        (self.count / self.nanos * time.as_nanos() as f64) as u32
    }

    /// Do clients send many requests at once? Then turns are large enough without waiting.
    fn is_deep(&self) -> bool {
        self.requests > 4.0 * self.count
    }
}
