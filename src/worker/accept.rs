//! New clients, and what happens while there are no descriptors left for them.

use std::io::IoSlice;
use std::net::SocketAddr;
use std::time::Duration;

use super::Worker;
use super::core::token;
use crate::net::listener::Accepted;
use crate::net::{Listener, Stream};
use crate::pipeline::{ClientId, Peer, Time};

/// Whether clients are accepted, and what the log was told of it.
#[derive(Debug, Default)]
pub(super) struct Entrance {
    /// The listeners are not watched until then.
    paused_until: Option<Time>,
    /// An error was logged, and all clients that waited have not been accepted since.
    in_trouble: bool,
}

/// Clients accepted per turn and listener: a crowd of new clients must not stop the ones that are here.
const ACCEPTS_PER_TURN: usize = 32;

/// The same for clients that begin with TLS. Their handshakes go on a few at a time, each up to a millisecond; who is not
/// accepted yet waits in the kernel, where the time for the handshake has not begun.
const HANDSHAKES_PER_TURN: usize = 4;

/// Without it a listener whose clients cannot be accepted would be reported in every turn; clients that
/// wait do not notice it.
const PAUSE: Duration = Duration::from_millis(100);

/// What a client is told for which there is no descriptor: as servers say it.
const NO_DESCRIPTOR: &[u8] = b"-ERR max number of clients reached\r\n";

// === impl Entrance ===

impl Entrance {
    fn is_paused(&self) -> bool {
        self.paused_until.is_some()
    }

    /// If a pause is over; it has ended then.
    fn resumes(&mut self, now: Time) -> bool {
        self.paused_until.take_if(|until| *until <= now).is_some()
    }

    /// Nobody can be accepted; true if that is news.
    fn fail(&mut self, now: Time) -> bool {
        self.paused_until = Some(now.plus(PAUSE));
        !std::mem::replace(&mut self.in_trouble, true)
    }

    /// Every client that waited was accepted; true if that is news.
    fn succeed(&mut self) -> bool {
        std::mem::take(&mut self.in_trouble)
    }
}

// === impl Worker ===

impl Worker {
    /// Accepts clients that wait at a listener.
    pub(super) fn accept(&mut self, index: u32, now: Time) {
        let listener = self.listeners.get(index as usize);
        let most = if listener.is_some_and(Listener::is_secured) {
            HANDSHAKES_PER_TURN
        } else {
            ACCEPTS_PER_TURN
        };
        self.accept_some(index, most, now);
        if let Some(listener) = self.listeners.get(index as usize) {
            self.driver.accepted(index, listener);
        }
    }

    fn accept_some(&mut self, index: u32, most: usize, now: Time) {
        for _ in 0..most {
            let Some(listener) = self.listeners.get(index as usize) else {
                return;
            };
            if self.entrance.is_paused() {
                return;
            }
            match listener.accept() {
                Ok(Some(accepted)) if accepted.stream.number() >= self.descriptors_max => {
                    self.core.pipeline.counters_mut().clients_without_descriptor += 1;
                    // Not kept for its last words: it has a descriptor that is needed.
                    if !listener.is_secured() {
                        let _ = accepted.stream.send(&[IoSlice::new(NO_DESCRIPTOR)]);
                    }
                    drop(accepted);
                    let error =
                        std::io::Error::other("the descriptors that are left are for nodes");
                    return self.pause_accepting("accept clients", &error, now);
                }
                Ok(Some(accepted)) => {
                    let mut local = listener.addr();
                    if local.ip().is_unspecified() {
                        local = accepted.stream.local_addr().unwrap_or(local);
                    }
                    let is_secured = listener.is_secured();
                    self.welcome(accepted, local, is_secured, now);
                }
                Ok(None) => {
                    if self.entrance.succeed() {
                        log::info!("worker {}: accepts clients again", self.core.worker);
                    }
                    return;
                }
                Err(error) => return self.pause_accepting("accept clients", &error, now),
            }
        }
    }

    /// Accepts all clients that wait, before the listeners are closed.
    pub(super) fn accept_waiting(&mut self, now: Time) {
        let backlog = self.config.clients.tcp_backlog as usize;
        for (index, _) in (0u32..).zip(0..self.listeners.len()) {
            for _ in 0..=backlog / ACCEPTS_PER_TURN {
                self.accept_some(index, ACCEPTS_PER_TURN, now);
            }
        }
    }

    /// Watches the listeners again after a pause.
    pub(super) fn resume_accepting(&mut self, now: Time) {
        if self.entrance.resumes(now) {
            self.listen(now);
        }
    }

    /// Watches the listeners.
    pub(super) fn listen(&mut self, now: Time) {
        for (index, listener) in (0u32..).zip(&self.listeners) {
            if let Err(error) = self.driver.watch(index, listener) {
                return self.pause_accepting("watch its listener", &error, now);
            }
        }
    }

    fn pause_accepting(&mut self, what: &str, error: &std::io::Error, now: Time) {
        self.core.pipeline.counters_mut().accept_pauses += 1;
        if self.entrance.fail(now) {
            log::error!("worker {}: cannot {what}: {error}", self.core.worker);
        }
        for (index, listener) in (0u32..).zip(&self.listeners) {
            self.driver.ignore(index, listener);
        }
    }

    fn welcome(&mut self, accepted: Accepted, local: SocketAddr, is_secured: bool, now: Time) {
        let Accepted { stream, peer } = accepted;
        if stream.tune(self.config.clients.keep_alive).is_err() {
            return;
        }
        let id = match self.core.pipeline.handle_client_connected(peer, local, now) {
            Ok(id) => id,
            Err(refusal) => {
                // One small write into an empty socket buffer; a client that is gone does not matter. One with TLS
                // would not understand it, and a handshake costs too much for somebody who has to go.
                if !is_secured {
                    let _ = stream.send(&[IoSlice::new(refusal)]);
                }
                self.lingering.add(stream, now);
                return;
            }
        };
        self.watch(id, stream, is_secured, now);
    }

    fn watch(&mut self, id: ClientId, stream: Stream, is_secured: bool, now: Time) {
        let token = token(Peer::Client(id));
        let added = if is_secured {
            let timeout = self.config.tls.handshake_timeout;
            self.driver.add_secured(token, stream, now.0, timeout)
        } else {
            self.driver.add(token, stream)
        };
        if added.is_err() {
            self.core.pipeline.handle_client_closed(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Entrance, PAUSE};
    use crate::pipeline::{TICK, Time};

    #[test]
    fn trouble_is_news_once_and_its_end_too() {
        let mut entrance = Entrance::default();
        assert!(!entrance.succeed(), "nothing was wrong");
        let start = Time(0);
        assert!(entrance.fail(start));
        let mut now = start;
        for _ in 0..5 {
            while !entrance.resumes(now) {
                assert!(entrance.is_paused());
                now = now.plus(TICK);
            }
            assert!(!entrance.is_paused());
            assert!(!entrance.fail(now), "the log knows");
        }
        assert_eq!(u128::from(now.since(start)), 5 * PAUSE.as_nanos());
        assert!(entrance.succeed());
        assert!(!entrance.succeed());
        assert!(entrance.fail(now), "new trouble");
    }
}
