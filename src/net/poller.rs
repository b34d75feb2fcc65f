//! The readiness set of one worker.
//!
//! Edge-triggered for streams: one system call when a connection comes, none per request. A read that fills
//! its buffer must be repeated, one that does not has emptied the socket.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll;
use rustix::io::Errno;

use super::token::Token;

/// Events taken per call; more are taken by the next one.
const EVENTS_MAX: usize = 512;

/// What a descriptor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// A listener, by index.
    Listener(u32),
    /// A client or a link.
    Connection(Token),
}

/// A descriptor that became ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Event {
    /// Whose.
    pub(super) subject: Subject,
    /// Bytes, an end or an error can be read.
    pub(super) readable: bool,
    /// There is room to write, or a connect has ended.
    pub(super) writable: bool,
    /// The peer has ended its side or the connection is broken: after the bytes that are there comes the end,
    /// and it is not reported again.
    pub(super) ended: bool,
}

/// An epoll descriptor and room for its events.
pub(super) struct Poller {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
}

const NOW: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

// === impl Subject ===

/// Above the bits of a token.
const LISTENER: u64 = 1 << 63;

impl Subject {
    fn encode(self) -> epoll::EventData {
        epoll::EventData::new_u64(match self {
            Self::Listener(index) => LISTENER | u64::from(index),
            Self::Connection(token) => token.encode(),
        })
    }

    fn decode(data: epoll::EventData) -> Self {
        let data = data.u64();
        if data & LISTENER == 0 {
            return Self::Connection(Token::decode(data));
        }
        Self::Listener(u32::try_from(data & u64::from(u32::MAX)).unwrap_or_default())
    }
}

// === impl Poller ===

impl Poller {
    /// An empty set.
    ///
    /// # Errors
    ///
    /// What the kernel says, for example that there are no descriptors left.
    pub(super) fn new() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self {
            epoll,
            events: Vec::with_capacity(EVENTS_MAX),
        })
    }

    /// Watches a stream for reading and writing, edge-triggered. Closing the descriptor ends it.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub(super) fn add_stream(&self, stream: impl AsFd, subject: Subject) -> io::Result<()> {
        let flags = epoll::EventFlags::IN
            | epoll::EventFlags::OUT
            | epoll::EventFlags::RDHUP
            | epoll::EventFlags::ET;
        Ok(epoll::add(&self.epoll, stream, subject.encode(), flags)?)
    }

    /// Watches a listener, level-triggered: what is not accepted now is reported again. One that is watched
    /// already stays so.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub(super) fn add_listener(&self, listener: impl AsFd, subject: Subject) -> io::Result<()> {
        match epoll::add(
            &self.epoll,
            listener,
            subject.encode(),
            epoll::EventFlags::IN,
        ) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Watches a descriptor no longer.
    ///
    /// # Errors
    ///
    /// What the kernel says, for example that it was not watched.
    pub(super) fn remove(&self, fd: impl AsFd) -> io::Result<()> {
        Ok(epoll::delete(&self.epoll, fd)?)
    }

    /// Takes what is ready; waits for it no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// What the kernel says; an interrupted call counts as nothing ready.
    pub(super) fn poll(&mut self, ready: &mut Vec<Event>, timeout: Duration) -> io::Result<()> {
        self.events.clear();
        let timeout = Timespec::try_from(timeout).unwrap_or(NOW);
        match epoll::wait(
            &self.epoll,
            spare_capacity(&mut self.events),
            Some(&timeout),
        ) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        ready.extend(self.events.iter().map(|event| {
            let flags = event.flags;
            let ended = epoll::EventFlags::RDHUP | epoll::EventFlags::HUP | epoll::EventFlags::ERR;
            Event {
                subject: Subject::decode(event.data),
                readable: flags.intersects(epoll::EventFlags::IN | ended),
                writable: flags.intersects(
                    epoll::EventFlags::OUT | epoll::EventFlags::HUP | epoll::EventFlags::ERR,
                ),
                ended: flags.intersects(ended),
            }
        }));
        Ok(())
    }
}

impl std::fmt::Debug for Poller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Poller")
            .field("epoll", &self.epoll)
            .finish_non_exhaustive()
    }
}

impl AsFd for Poller {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::{Poller, Subject};
    use crate::net::Listener;

    #[test]
    fn a_listener_may_be_watched_twice_and_removed_between() {
        let poller = Poller::new().unwrap();
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), 1).unwrap();
        for _ in 0..2 {
            poller
                .add_listener(&listener, Subject::Listener(0))
                .unwrap();
            poller
                .add_listener(&listener, Subject::Listener(0))
                .unwrap();
            poller.remove(&listener).unwrap();
        }
        assert!(poller.remove(&listener).is_err(), "nothing is left of it");
    }
}
