//! What moves bytes between the sockets of a worker and its [`Handler`].
//!
//! In each turn the worker calls, in this order:
//!
//! 1. [`Driver::wait`], which waits for something to happen.
//! 2. [`Driver::dispatch`], which tells the handler what happened, and then
//!    [`Driver::next_acceptable`] until it returns `None`.
//! 3. Whatever the handler's owner wants: connect, add, remove, resume.
//! 4. [`Driver::flush`], which asks the handler for everything that is to be sent: with epoll it is sent then,
//!    with a ring the next [`Driver::wait`] begins by sending it.
//!
//! What the handler holds back in a flush ends the next wait in time only if that wait was chosen after the
//! flush. Output that comes after a flush is asked for by the next one.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::epoll::Epoll;
use super::handler::{Handler, Wait};
use super::listener::Listener;
use super::ring::Ring;
use super::stream::Stream;
use super::token::Token;
use crate::config::DriverChoice;

/// The sockets of one worker. Not to be moved to another thread.
#[derive(Debug)]
pub struct Driver {
    kind: DriverKind,
}

#[derive(Debug)]
enum DriverKind {
    Epoll(Epoll),
    Ring(Box<Ring>),
}

// === impl Driver ===

impl Driver {
    /// A driver for the calling thread.
    ///
    /// # Errors
    ///
    /// The kernel does not have or does not allow the one that was chosen.
    pub fn open(choice: DriverChoice) -> io::Result<Self> {
        let kind = match choice {
            DriverChoice::Epoll => DriverKind::Epoll(Epoll::new()?),
            DriverChoice::Ring => DriverKind::Ring(Box::new(Ring::new()?)),
            DriverChoice::Auto => match Ring::new() {
                Ok(ring) => DriverKind::Ring(Box::new(ring)),
                Err(_) => DriverKind::Epoll(Epoll::new()?),
            },
        };
        Ok(Self { kind })
    }

    /// Which one it is, as in the settings.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match &self.kind {
            DriverKind::Epoll(_) => DriverChoice::Epoll.name(),
            DriverKind::Ring(_) => DriverChoice::Ring.name(),
        }
    }

    /// Watches a listener; one that is watched already stays so.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn watch(&mut self, index: u32, listener: &Listener) -> io::Result<()> {
        match &mut self.kind {
            DriverKind::Epoll(epoll) => epoll.watch(index, listener),
            DriverKind::Ring(ring) => {
                ring.watch(index, listener);
                Ok(())
            }
        }
    }

    /// Watches a listener no longer. To be called before it is closed.
    pub fn ignore(&mut self, index: u32, listener: &Listener) {
        match &mut self.kind {
            DriverKind::Epoll(epoll) => epoll.ignore(listener),
            DriverKind::Ring(ring) => ring.ignore(index),
        }
    }

    /// A listener that has clients, each once per turn; [`Self::accepted`] is to follow.
    pub fn next_acceptable(&mut self) -> Option<u32> {
        match &mut self.kind {
            DriverKind::Epoll(epoll) => epoll.next_acceptable(),
            DriverKind::Ring(ring) => ring.next_acceptable(),
        }
    }

    /// Clients of a listener were accepted; if there are more, the next turn names it again.
    pub fn accepted(&mut self, index: u32, listener: &Listener) {
        if let DriverKind::Ring(ring) = &mut self.kind {
            ring.accepted(index, listener);
        }
    }

    /// Takes a connection over.
    ///
    /// # Errors
    ///
    /// What the kernel says; the connection is closed then.
    pub fn add(&mut self, token: Token, stream: Stream) -> io::Result<()> {
        match &mut self.kind {
            DriverKind::Epoll(epoll) => epoll.add(token, stream),
            DriverKind::Ring(ring) => {
                ring.add(token, stream);
                Ok(())
            }
        }
    }

    /// Begins to connect; [`Handler::connected`] or [`Handler::lost`] tells how that ended. A silent peer is
    /// looked after every `keep_alive` (zero: never).
    ///
    /// # Errors
    ///
    /// What the kernel says at once, for example that the network is unreachable.
    pub fn connect(
        &mut self,
        token: Token,
        to: SocketAddr,
        keep_alive: Duration,
    ) -> io::Result<()> {
        match &mut self.kind {
            DriverKind::Epoll(epoll) => epoll.connect(token, to, keep_alive),
            DriverKind::Ring(ring) => ring.connect(token, to, keep_alive),
        }
    }

    /// Gives a connection away, if it is still here; dropping it closes it.
    pub fn remove(&mut self, token: Token) -> Option<Stream> {
        match &mut self.kind {
            DriverKind::Epoll(epoll) => epoll.remove(token),
            DriverKind::Ring(ring) => ring.remove(token),
        }
    }

    /// The handler's appetite for bytes of a connection has come back.
    pub fn resume(&mut self, token: Token) {
        match &mut self.kind {
            DriverKind::Epoll(epoll) => epoll.resume(token),
            DriverKind::Ring(ring) => ring.resume(token),
        }
    }

    /// If the next turn has something to do already.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        match &self.kind {
            DriverKind::Epoll(epoll) => epoll.has_listed(),
            DriverKind::Ring(ring) => ring.has_listed(),
        }
    }

    /// Waits until something happens; returns how many things did. A ring first sends what the last
    /// [`Self::flush`] gathered.
    ///
    /// # Errors
    ///
    /// The kernel fails; the driver is of no use any more.
    pub fn wait(&mut self, handler: &mut impl Handler, wait: Wait) -> io::Result<usize> {
        match &mut self.kind {
            DriverKind::Epoll(epoll) => epoll.wait(wait),
            DriverKind::Ring(ring) => ring.wait(handler, wait),
        }
    }

    /// Tells the handler what happened.
    pub fn dispatch(&mut self, handler: &mut impl Handler) {
        match &mut self.kind {
            DriverKind::Epoll(epoll) => epoll.dispatch(handler),
            DriverKind::Ring(ring) => ring.dispatch(handler),
        }
    }

    /// Asks for everything that the handler has to send, and sees to it that it is sent; ends the turn.
    pub fn flush(&mut self, handler: &mut impl Handler) {
        match &mut self.kind {
            DriverKind::Epoll(epoll) => epoll.flush(handler),
            DriverKind::Ring(ring) => ring.flush(handler),
        }
    }
}
