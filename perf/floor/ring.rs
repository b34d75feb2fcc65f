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
    /// Moving averages per turn: completions, requests, those under way, and nanoseconds.
    count: f64,
    requests: f64,
    open: f64,
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
        pace: Pace::new(),
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
                let open = requests - self.switch.answered;
                self.pace.turn(self.completions.len(), requests, open);
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
        let (mut count, mut time) = (self.tune.wait_count as u32, self.tune.wait_for);
        if self.tune.is_adaptive {
            (count, time) = self.pace.gather(&self.tune, self.switch.busy);
        }
        self.enter_for(count, time, ENTER_GETEVENTS | no_iowait)
    }

    fn enter(&mut self, count: u32, flags: u32) -> io::Result<()> {
        self.enter_for(count, Duration::ZERO, flags)
    }

    fn enter_for(&mut self, count: u32, time: Duration, flags: u32) -> io::Result<()> {
        self.entries.sync();
        let queued = self.entries.len() as u32;
        let wait_for = time.as_micros() as u32;
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
    /// What is expected before the first turn: requests that take a millisecond.
    fn new() -> Self {
        Self {
            last: Instant::now(),
            last_requests: 0,
            count: 0.0,
            requests: 0.0,
            open: 0.0,
            nanos: 1e6,
        }
    }

    /// A turn begins with this many completions, after so many requests in all, of which some are under way.
    fn turn(&mut self, count: usize, requests: u64, open: u64) {
        const WEIGHT: f64 = 1.0 / 16.0;
        let now = Instant::now();
        let nanos = (now - self.last).as_nanos() as f64;
        self.last = now;
        let new = (requests - self.last_requests) as f64;
        self.last_requests = requests;
        self.requests += (new - self.requests) * WEIGHT;
        self.count += (count as f64 - self.count) * WEIGHT;
        self.open += (open as f64 - self.open) * WEIGHT;
        self.nanos += (nanos.min(1e6) - self.nanos) * WEIGHT;
    }

    /// How many completions to wait for, and for how long, while so many clients wait for replies.
    fn gather(&self, tune: &Tune, busy: usize) -> (u32, Duration) {
        let mut count = tune.wait_count as u32;
        let mut time = tune.wait_for;
        if !tune.per_client.is_zero() {
            time = time.min(tune.per_client.saturating_mul(busy as u32));
            count = count.min(busy as u32);
        }
        if tune.latency_part > 0 {
            time = time.min(self.latency() / tune.latency_part);
        }
        count = count.min(self.expected(time));
        if count < tune.threshold || self.is_deep(f64::from(tune.enough)) {
            return (1, Duration::ZERO);
        }
        (count, time)
    }

    /// What requests take: by Little's law, those under way divided by those that come in a time.
    fn latency(&self) -> Duration {
        let nanos = self.open * self.nanos / self.requests.max(1e-3);
        Duration::from_nanos(nanos.min(1e9) as u64)
    }

    /// Completions that come in `time` at this pace.
    fn expected(&self, time: Duration) -> u32 {
        (self.count / self.nanos * time.as_nanos() as f64) as u32
    }

    /// Do clients send many requests at once? Then turns of more than `enough` are large enough without waiting.
    fn is_deep(&self, enough: f64) -> bool {
        self.requests > 4.0 * self.count && self.requests > enough
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Pace;
    use crate::tune::Tune;

    /// Turns of so many completions every so many microseconds, with requests at this depth and so many under
    /// way; returns what is waited for with so many busy clients.
    fn gathered(tune: &str, turns: (f64, u64, f64), open: f64, busy: usize) -> (u32, u128) {
        let (count, micros, depth) = turns;
        let pace = Pace {
            last: Instant::now(),
            last_requests: 0,
            count,
            requests: count * depth,
            open,
            nanos: micros as f64 * 1e3,
        };
        let (count, time) = pace.gather(&tune.parse::<Tune>().expect("is valid"), busy);
        (count, time.as_micros())
    }

    #[test]
    fn waits_as_long_as_it_may_and_no_longer_than_corelane() {
        let fixed = "adaptive=1,wait=64,wait-us=100";
        let ruled =
            "adaptive=1,wait=512,wait-us=2000,per-client=12,latency-part=3,threshold=3,enough=40";
        for (tune, turns, open, busy, expected) in [
            (fixed, (10.0, 50, 1.0), 500.0, 500, (20, 100)),
            // 500 under way at 10 in 50 us take 2.5 ms each; a third of it is 833 us.
            (ruled, (10.0, 50, 1.0), 500.0, 500, (166, 833)),
            // 12 us for each client are less than a third of what requests take.
            (ruled, (10.0, 50, 1.0), 100.0, 10, (10, 120)),
            (ruled, (10.0, 50, 1.0), 100.0, 50, (33, 166)),
            (ruled, (10.0, 10, 1.0), 5_000.0, 5_000, (512, 1_666)),
            (ruled, (0.1, 1_000, 1.0), 50.0, 1_000, (1, 0)),
            (ruled, (10.0, 50, 3.0), 500.0, 500, (55, 277)),
            (ruled, (10.0, 50, 16.0), 800.0, 50, (1, 0)),
            (ruled, (2.0, 50, 16.0), 800.0, 50, (16, 416)),
            (ruled, (10.0, 50, 1.0), 0.0, 0, (1, 0)),
        ] {
            assert_eq!(
                gathered(tune, turns, open, busy),
                expected,
                "{tune} {turns:?} {open} {busy}"
            );
        }
    }

    #[test]
    fn means_follow_what_happens() {
        let mut pace = Pace::new();
        for turn in 1..200 {
            pace.turn(8, turn * 16, 40);
        }
        assert!((pace.count - 8.0).abs() < 0.1 && (pace.requests - 16.0).abs() < 0.1);
        assert!((pace.open - 40.0).abs() < 0.1 && pace.nanos < 1e6);
        assert!(pace.latency() > Duration::ZERO);
    }
}
