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
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, ServerConfig};

use super::epoll::Epoll;
use super::handler::{Handler, Wait};
use super::listener::Listener;
use super::ring::Ring;
use super::stream::Stream;
use super::tls::{Secured, Sessions, TlsCounts, deadline};
use super::token::Token;
use crate::config::DriverChoice;

/// The sockets of one worker. Not to be moved to another thread.
#[derive(Debug)]
pub struct Driver {
    kind: DriverKind,
    /// Absent until there is something that new sessions can be made of: without it TLS costs a look at this.
    sessions: Option<Box<Sessions>>,
}

#[derive(Debug)]
enum DriverKind {
    Epoll(Epoll),
    Ring(Box<Ring>),
}

/// Calls what both drivers have.
macro_rules! both {
    ($kind:expr, $driver:ident => $call:expr) => {
        match $kind {
            DriverKind::Epoll($driver) => $call,
            DriverKind::Ring($driver) => $call,
        }
    };
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
        Ok(Self {
            kind,
            sessions: None,
        })
    }

    /// Which one it is, as in the settings.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match &self.kind {
            DriverKind::Epoll(_) => DriverChoice::Epoll.name(),
            DriverKind::Ring(_) => DriverChoice::Ring.name(),
        }
    }

    /// What TLS sessions are made of from now on: those of clients that come with it, and those of links.
    pub fn set_credentials(
        &mut self,
        server: Option<Arc<ServerConfig>>,
        client: Option<Arc<ClientConfig>>,
    ) {
        if self.sessions.is_some() || server.is_some() || client.is_some() {
            let sessions = self.sessions.get_or_insert_default();
            sessions.renew(server, client);
        }
    }

    /// How TLS handshakes ended so far; `None` if there can be none.
    #[must_use]
    pub fn tls_counts(&self) -> Option<TlsCounts> {
        self.sessions.as_ref().map(|sessions| sessions.counts())
    }

    /// Bytes of memory that the buffers of TLS sessions have; `None` if there can be none.
    #[inline]
    #[must_use]
    pub fn session_bytes(&self) -> Option<usize> {
        self.sessions.as_ref().map(|sessions| sessions.held())
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
        both!(&mut self.kind, driver => driver.next_acceptable())
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

    /// Takes a connection over whose peer begins with TLS; its handshake may take so long from `now` on, on the
    /// clock of [`Self::expire`].
    ///
    /// # Errors
    ///
    /// As [`Self::add`], or there is no certificate.
    pub fn add_secured(
        &mut self,
        token: Token,
        stream: Stream,
        now: u64,
        timeout: Duration,
    ) -> io::Result<()> {
        let sessions = self.sessions.get_or_insert_default();
        sessions.accept(token, deadline(now, timeout))?;
        let added = self.add(token, stream);
        if let (Err(_), Some(sessions)) = (&added, &mut self.sessions) {
            sessions.forget(token);
        }
        added
    }

    /// Begins to connect; [`Handler::connected`] or [`Handler::lost`] tells how that ended. A silent peer is
    /// looked after every `keep_alive` (zero: never). With a name for TLS the peer has to speak that and to show a
    /// certificate for this name.
    ///
    /// # Errors
    ///
    /// What the kernel says at once, for example that the network is unreachable.
    pub fn connect(
        &mut self,
        token: Token,
        to: SocketAddr,
        keep_alive: Duration,
        tls_name: Option<&str>,
    ) -> io::Result<()> {
        both!(&mut self.kind, driver => driver.connect(token, to, keep_alive))?;
        let Some(name) = tls_name else {
            return Ok(());
        };
        let sessions = self.sessions.get_or_insert_default();
        if let Err(error) = sessions.connect(token, name) {
            drop(both!(&mut self.kind, driver => driver.remove(token)));
            return Err(error);
        }
        Ok(())
    }

    /// Gives a connection away, if it is still here; dropping it closes it.
    pub fn remove(&mut self, token: Token) -> Option<Stream> {
        let stream = both!(&mut self.kind, driver => driver.remove(token))?;
        if let Some(sessions) = &mut self.sessions {
            sessions.end(token, &stream);
        }
        Some(stream)
    }

    /// The handler's appetite for bytes of a connection has come back.
    pub fn resume(&mut self, token: Token) {
        both!(&mut self.kind, driver => driver.resume(token));
    }

    /// If the next turn has something to do already.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        both!(&self.kind, driver => driver.has_listed())
            || self
                .sessions
                .as_ref()
                .is_some_and(|s| s.has_failed() || s.has_waiting())
    }

    /// Waits until something happens; returns how many things did. A ring first sends what the last
    /// [`Self::flush`] gathered.
    ///
    /// # Errors
    ///
    /// The kernel fails; the driver is of no use any more.
    pub fn wait(&mut self, handler: &mut impl Handler, wait: Wait) -> io::Result<usize> {
        match (&mut self.kind, &mut self.sessions) {
            (DriverKind::Epoll(epoll), _) => epoll.wait(wait),
            (DriverKind::Ring(ring), None) => ring.wait(handler, wait),
            (DriverKind::Ring(ring), Some(sessions)) => {
                ring.wait(&mut Secured { handler, sessions }, wait)
            }
        }
    }

    /// Tells the handler what happened.
    pub fn dispatch(&mut self, handler: &mut impl Handler) {
        match &mut self.sessions {
            None => both!(&mut self.kind, driver => driver.dispatch(handler)),
            Some(sessions) => {
                let mut secured = Secured { handler, sessions };
                both!(&mut self.kind, driver => driver.dispatch(&mut secured));
                let kind = &mut self.kind;
                secured.shake_hands(|token| both!(kind, driver => driver.resume(token)));
                self.end_failed(handler);
            }
        }
    }

    /// Has clients lost whose TLS handshake has taken too long.
    pub fn expire(&mut self, handler: &mut impl Handler, now: u64) {
        if let Some(sessions) = &mut self.sessions {
            sessions.expire(now);
            self.end_failed(handler);
        }
    }

    /// Ends connections whose sessions have failed.
    fn end_failed(&mut self, handler: &mut impl Handler) {
        while let Some((token, why)) = self.sessions.as_mut().and_then(|s| s.next_failed()) {
            if self.remove(token).is_some() {
                handler.lost(token, &why);
            }
        }
    }

    /// Asks for everything that the handler has to send, and sees to it that it is sent; ends the turn.
    pub fn flush(&mut self, handler: &mut impl Handler) {
        match &mut self.sessions {
            None => both!(&mut self.kind, driver => driver.flush(handler)),
            Some(sessions) => {
                let mut secured = Secured { handler, sessions };
                both!(&mut self.kind, driver => driver.flush(&mut secured));
            }
        }
    }
}
