//! An io_uring: requests are gathered, handed to the kernel together, and their completions taken.

#![expect(
    unsafe_code,
    reason = "the kernel reads memory through the requests' pointers"
)]

use std::io::{self, IoSlice};
use std::marker::PhantomData;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::thread;
use std::time::Duration;

use io_uring::squeue::{Entry, Flags};
use io_uring::types::{Fd, SubmitArgs, Timespec};
use io_uring::{IoUring, cqueue, opcode};

use super::buffers;
use crate::net::handler::Wait;

/// Requests handed over by one system call; more take another one.
const SUBMISSIONS: u32 = 1024;

/// Completions that the kernel can show at once: no fewer than connections have something new at once on a
/// busy worker. More wait in the kernel.
const COMPLETIONS: u32 = 8192;

/// A send takes what fits now and never waits in the kernel, so its memory is needed only until
/// [`Sends::enter`] returns. It reports nothing if it took everything.
const SEND_FLAGS: i32 = libc::MSG_DONTWAIT | libc::MSG_WAITALL | libc::MSG_NOSIGNAL;

/// Pieces of one send.
pub(super) const SLICES: usize = 8;

/// Refusals of the kernel in a row, each for lack of memory, after which the ring is given up.
const REFUSALS_MAX: u32 = 10_000;

/// Between two of them: memory may be short for a second and the worker still go on.
const REFUSAL_PAUSE: Duration = Duration::from_micros(100);

/// Shorter waits have a timer of their own.
const ALARM_MIN: Duration = Duration::from_millis(2);

/// What a request was and how it ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Completion {
    pub(super) user_data: u64,
    /// A count, or an error number made negative.
    pub(super) result: i32,
    flags: u32,
}

/// A ring of one thread.
pub(super) struct Queue {
    ring: IoUring,
    /// Requests for the next [`Self::enter`]. They name sockets by descriptors that must still be theirs then: who
    /// closes one has its requests forgotten.
    entries: Vec<Entry>,
    /// Numbers of requests among them that must not be handed over.
    forgotten: Vec<u64>,
    /// Sends for the next [`Sends::enter`]. They point to memory of others, so all but that call forget them.
    sends: Vec<Entry>,
    /// Memory for sends of several pieces; boxed, so that it stays where it is.
    #[expect(
        clippy::vec_box,
        reason = "the kernel has pointers to them, so they may not move"
    )]
    messages: Vec<Box<Message>>,
    messages_used: usize,
    /// The kernel can wait for several completions for a while (Linux 6.12).
    can_gather: bool,
    /// When the timer ends the next wait, on the clock of [`Wait`].
    alarm: Option<u64>,
    /// The length of that timer; the kernel reads it while it takes the request.
    timer: Box<Timespec>,
    wait_flags: u32,
    /// It failed, or a call did not return: requests may be left in it that must never be handed over.
    is_broken: bool,
}

/// Sends that are handed over together.
///
/// Holds: what the sends of the queue point to stays borrowed for `'m`, so as long as this can be entered.
/// If it never is, whoever uses the queue next forgets them first.
pub(super) struct Sends<'q, 'm> {
    queue: &'q mut Queue,
    memory: PhantomData<&'m [u8]>,
}

/// `IORING_ENTER_GETEVENTS`: wait for completions, and let the kernel do the work for them.
const GET_EVENTS: u32 = 1;
/// `IORING_ENTER_EXT_ARG`: the call has a time limit.
const EXTENDED: u32 = 1 << 3;
/// `IORING_ENTER_NO_IOWAIT`: an idle worker is idle and does not wait for a disk (Linux 6.15).
const NO_IOWAIT: u32 = 1 << 7;

struct Message {
    header: libc::msghdr,
    slices: [libc::iovec; SLICES],
}

// === impl Completion ===

impl Completion {
    /// If more completions of the same request will come.
    #[inline]
    pub(super) fn has_more(&self) -> bool {
        cqueue::more(self.flags)
    }

    /// The buffer that the bytes are in.
    #[inline]
    pub(super) fn buffer(&self) -> Option<u16> {
        cqueue::buffer_select(self.flags)
    }

    /// If the kernel goes on filling the same buffer.
    #[inline]
    pub(super) fn has_more_buffer(&self) -> bool {
        cqueue::buffer_more(self.flags)
    }
}

// === impl Queue ===

impl Queue {
    /// A ring for the calling thread, which must be the only one that uses it.
    ///
    /// # Errors
    ///
    /// The kernel lacks what it needs (Linux 6.1), or does not allow it.
    pub(super) fn new() -> io::Result<Self> {
        let ring = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .setup_taskrun_flag()
            .setup_submit_all()
            .setup_cqsize(COMPLETIONS)
            .build(SUBMISSIONS)?;
        if !ring.params().is_feature_skip_cqe_on_success() || !ring.params().is_feature_nodrop() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let can_gather = ring.params().is_feature_min_timeout();
        let submitter = ring.submitter();
        // SAFETY: nothing is submitted and no argument is passed.
        let refined = unsafe { submitter.enter::<()>(0, 0, GET_EVENTS | NO_IOWAIT, None) };
        let wait_flags = match refined {
            Ok(_) => GET_EVENTS | EXTENDED | NO_IOWAIT,
            Err(_) => GET_EVENTS | EXTENDED,
        };
        Ok(Self {
            ring,
            entries: Vec::new(),
            forgotten: Vec::new(),
            sends: Vec::new(),
            messages: Vec::new(),
            messages_used: 0,
            can_gather,
            alarm: None,
            timer: Box::default(),
            wait_flags,
            is_broken: false,
        })
    }

    pub(super) fn ring(&self) -> &IoUring {
        &self.ring
    }

    /// Asks for everything that `socket` receives, until there is an end or no buffer is left.
    pub(super) fn receive(&mut self, socket: BorrowedFd<'_>, user_data: u64) {
        let entry = opcode::RecvMulti::new(Fd(socket.as_raw_fd()), buffers::GROUP).build();
        self.entries.push(entry.user_data(user_data));
    }

    /// Asks when `socket` has something to read or has room to write, once.
    pub(super) fn poll(&mut self, socket: BorrowedFd<'_>, events: i16, user_data: u64) {
        let events = u32::from(events.unsigned_abs());
        let entry = opcode::PollAdd::new(Fd(socket.as_raw_fd()), events).build();
        self.entries.push(entry.user_data(user_data));
    }

    /// Sees to it that a wait until `until` ends without a timer of its own: those of every wait cost more than
    /// one that is set when the last one has run out.
    pub(super) fn set_alarm(&mut self, wait: &Wait, user_data: u64) {
        if self.alarm.is_none() && wait.longest() >= ALARM_MIN {
            self.alarm = Some(wait.until);
            *self.timer = Timespec::from(wait.longest());
            let entry = opcode::Timeout::new(&raw const *self.timer).build();
            self.entries.push(entry.user_data(user_data));
        }
    }

    /// The timer has run out.
    pub(super) fn alarm_rang(&mut self) {
        self.alarm = None;
    }

    /// Ends a request; that one's last completion tells when it has ended.
    pub(super) fn cancel(&mut self, target: u64, user_data: u64) {
        let entry = opcode::AsyncCancel::new(target).build();
        self.entries
            .push(entry.user_data(user_data).flags(Flags::SKIP_SUCCESS));
    }

    /// Requests with this number that were not handed over yet never are. For a socket that is about to be closed:
    /// its descriptor may be another one's when they would be.
    pub(super) fn forget(&mut self, user_data: u64) {
        if !self.entries.is_empty() {
            self.forgotten.push(user_data);
        }
    }

    fn drop_forgotten(&mut self) {
        self.forgotten.sort_unstable();
        let forgotten = &self.forgotten;
        self.entries
            .retain(|entry| forgotten.binary_search(&entry.get_user_data()).is_err());
        self.forgotten.clear();
    }

    /// Begins to gather sends.
    #[inline]
    pub(super) fn sends<'m>(&mut self) -> Sends<'_, 'm> {
        self.forget_sends();
        Sends {
            queue: self,
            memory: PhantomData,
        }
    }

    fn forget_sends(&mut self) {
        self.sends.clear();
        self.messages_used = 0;
    }

    /// Writes down where the pieces of a send are.
    fn message(&mut self, slices: &[IoSlice<'_>]) -> *const libc::msghdr {
        if self.messages_used == self.messages.len() {
            // SAFETY: zeros are a header without name, pieces and control data, and pieces of no bytes.
            self.messages.push(Box::new(unsafe { std::mem::zeroed() }));
        }
        let Some(message) = self.messages.get_mut(self.messages_used) else {
            return std::ptr::null();
        };
        self.messages_used += 1;
        let mut count = 0;
        for (place, slice) in message.slices.iter_mut().zip(slices) {
            place.iov_base = slice.as_ptr().cast_mut().cast();
            place.iov_len = slice.len();
            count += 1;
        }
        message.header.msg_iov = message.slices.as_mut_ptr();
        message.header.msg_iovlen = count;
        &raw const message.header
    }

    /// If completions can be had by [`Self::enter`] without waiting. Costs a look at memory.
    #[inline]
    pub(super) fn has_news(&mut self) -> bool {
        self.ring.submission().taskrun() || !self.ring.completion().is_empty()
    }

    /// Hands everything over that was asked for, without sends; then waits for completions, if it shall, and
    /// appends them to `completions`.
    ///
    /// # Errors
    ///
    /// The kernel takes no requests. From then on this is the only answer.
    pub(super) fn enter(
        &mut self,
        completions: &mut Vec<Completion>,
        wait: Option<Wait>,
    ) -> io::Result<()> {
        self.forget_sends();
        self.enter_all(completions, wait)
    }

    /// As [`Self::enter`], with the sends.
    fn enter_all(
        &mut self,
        completions: &mut Vec<Completion>,
        wait: Option<Wait>,
    ) -> io::Result<()> {
        if std::mem::replace(&mut self.is_broken, true) {
            return Err(io::Error::other("the ring has failed before"));
        }
        self.flush_overflow(completions)?;
        if !self.forgotten.is_empty() {
            self.drop_forgotten();
        }
        self.submit_and_wait(wait)?;
        self.entries.clear();
        self.forget_sends();
        self.take(completions);
        // Only then is it known of every send whether it took everything.
        self.flush_overflow(completions)?;
        if self.ring.completion().overflow() > 0 {
            return Err(lost_completions());
        }
        self.is_broken = false;
        Ok(())
    }

    fn submit_and_wait(&mut self, wait: Option<Wait>) -> io::Result<()> {
        let mut refusals = 0;
        let mut rest = self.entries.iter().chain(&self.sends).peekable();
        loop {
            let mut submission = self.ring.submission();
            while let Some(entry) = rest.peek() {
                // SAFETY: the sockets that entries name are open, because entries of those that were removed are
                // forgotten. What the entry points to is valid until this function returns, and nothing is left
                // in the ring for later: on an error the queue is broken and hands nothing over any more.
                // Sends point to slices that `Sends` keeps borrowed and to `messages`, which stay where they
                // are; the timeout points to `timer`, which is boxed; the others point to nothing.
                if unsafe { submission.push(entry) }.is_err() {
                    break;
                }
                rest.next();
            }
            drop(submission);
            let is_last = rest.peek().is_none();
            let result = match wait {
                Some(wait) if is_last => self.wait(wait),
                _ => self.ring.submitter().submit(),
            };
            let is_done = is_last && self.ring.submission().is_empty();
            match result {
                Err(error) if error.raw_os_error() == Some(libc::EBADR) => {
                    return Err(lost_completions());
                }
                _ if is_done => return Ok(()),
                Ok(_) => {}
                Err(error) => {
                    refusals += 1;
                    if refusals == REFUSALS_MAX {
                        return Err(error);
                    }
                    thread::sleep(REFUSAL_PAUSE);
                }
            }
        }
    }

    fn wait(&self, wait: Wait) -> io::Result<usize> {
        let submitter = self.ring.submitter();
        let count = self.entries.len() + self.sends.len();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let timeout = Timespec::from(wait.longest());
        let mut args = SubmitArgs::new();
        let mut want = 1;
        if self.can_gather && wait.gather > 1 {
            want = wait.gather;
            let gather_for = u32::try_from(wait.gather_for.as_micros()).unwrap_or(u32::MAX);
            args = args.min_wait_usec(gather_for);
        }
        if self.alarm.is_none_or(|alarm| alarm > wait.until) {
            args = args.timespec(&timeout);
        }
        // SAFETY: the arguments live until the call has returned, and so does what the requests point to, see
        // `submit_and_wait`.
        unsafe { submitter.enter(count, want, self.wait_flags, Some(&args)) }
    }

    /// Takes what did not fit into the ring of completions.
    fn flush_overflow(&mut self, completions: &mut Vec<Completion>) -> io::Result<()> {
        for _ in 0..REFUSALS_MAX {
            if !self.ring.submission().cq_overflow() {
                return Ok(());
            }
            self.take(completions);
            // An error leaves the flag set, and the next round tries again.
            let _ = self.ring.submitter().submit();
            self.take(completions);
        }
        Err(io::Error::other("completions do not come out of the ring"))
    }

    fn take(&mut self, completions: &mut Vec<Completion>) {
        completions.extend(self.ring.completion().map(|entry| Completion {
            user_data: entry.user_data(),
            result: entry.result(),
            flags: entry.flags(),
        }));
    }
}

// === impl Sends ===

impl<'m> Sends<'_, 'm> {
    /// Sends `slices`, at most [`SLICES`] of them. There is a completion only if less was taken.
    #[inline]
    pub(super) fn add(&mut self, socket: BorrowedFd<'_>, slices: &[IoSlice<'m>], user_data: u64) {
        let socket = Fd(socket.as_raw_fd());
        let entry = match slices {
            [one] => {
                let len = u32::try_from(one.len()).unwrap_or(u32::MAX);
                opcode::Send::new(socket, one.as_ptr(), len)
                    .flags(SEND_FLAGS)
                    .build()
            }
            many => opcode::SendMsg::new(socket, self.queue.message(many))
                .flags(SEND_FLAGS.unsigned_abs())
                .build(),
        };
        let entry = entry.user_data(user_data).flags(Flags::SKIP_SUCCESS);
        self.queue.sends.push(entry);
    }

    /// Hands the sends over with everything else that was asked for; else as [`Queue::enter`].
    ///
    /// # Errors
    ///
    /// As [`Queue::enter`].
    pub(super) fn enter(
        self,
        completions: &mut Vec<Completion>,
        wait: Option<Wait>,
    ) -> io::Result<()> {
        self.queue.enter_all(completions, wait)
    }
}

/// The kernel had no memory for a completion. A send reports only what it did not take, so how much of a stream has been
/// sent is not known any more.
fn lost_completions() -> io::Error {
    io::Error::other("the kernel has lost completions")
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue")
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, IoSlice, Read};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::Queue;

    #[test]
    fn sends_that_were_gathered_and_not_entered_are_never_handed_over() {
        // An older kernel has no ring.
        let Ok(mut queue) = Queue::new() else { return };
        let (near, mut far) = UnixStream::pair().unwrap();
        far.set_nonblocking(true).unwrap();
        let mut completions = Vec::new();
        for pieces in 1..3 {
            let lost = vec![b'x'; 100];
            let slices = vec![IoSlice::new(&lost); pieces];
            queue.sends().add(near.as_fd(), &slices, 0);
            drop(slices);
            drop(lost);
            queue.enter(&mut completions, None).unwrap();
            let mut heard = [0; 300];
            let nothing = far.read(&mut heard).unwrap_err();
            assert_eq!(nothing.kind(), ErrorKind::WouldBlock);

            let sent = vec![b'y'; 100];
            let slices = vec![IoSlice::new(&sent); pieces];
            let mut sends = queue.sends();
            sends.add(near.as_fd(), &slices, 0);
            sends.enter(&mut completions, None).unwrap();
            assert_eq!(far.read(&mut heard).unwrap(), 100 * pieces);
            assert!(heard[..100 * pieces].iter().all(|byte| *byte == b'y'));
            queue.enter(&mut completions, None).unwrap();
            assert!(far.read(&mut heard).is_err(), "it is sent once");
        }
        assert!(completions.is_empty());
    }
}
