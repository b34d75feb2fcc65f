//! Host names to addresses, without blocking the executor.
//!
//! The system's resolver blocks for seconds when a name server is silent. So each lookup of a name
//! runs on a thread of its own, which is left alone when its time is up; how many there may be is
//! limited. Addresses need no thread. Nothing is remembered: names are resolved at each use.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{TryRecvError, channel};
use std::time::Duration;

use super::Deadline;
use crate::cluster::NodeAddr;

/// Finds the addresses of hosts.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolver {
    /// Threads under way. They are shared with nobody but the threads that count themselves out.
    threads: Arc<AtomicUsize>,
}

// === impl Resolver ===

impl Resolver {
    /// All addresses of a host, in the order in which they should be tried; at least one.
    pub(super) async fn resolve(
        &self,
        addr: &NodeAddr,
        deadline: Deadline,
    ) -> io::Result<Vec<SocketAddr>> {
        if let Ok(ip) = addr.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, addr.port)]);
        }
        if self.threads.fetch_add(1, Ordering::Relaxed) >= LOOKUPS_MAX {
            self.threads.fetch_sub(1, Ordering::Relaxed);
            return Err(io::Error::new(
                io::ErrorKind::WouldBlock,
                "too many lookups under way",
            ));
        }
        let (sender, receiver) = channel();
        let (host, port) = (addr.host.clone(), addr.port);
        let threads = Arc::clone(&self.threads);
        let lookup = move || {
            let found = (&*host, port).to_socket_addrs().map(Iterator::collect);
            threads.fetch_sub(1, Ordering::Relaxed);
            // Nobody listens any more when the time was up.
            let _ = sender.send(found);
        };
        if let Err(error) = std::thread::Builder::new()
            .name("lookup".to_owned())
            .spawn(lookup)
        {
            self.threads.fetch_sub(1, Ordering::Relaxed);
            return Err(error);
        }
        loop {
            match receiver.try_recv() {
                Ok(found) => return found.and_then(not_empty),
                Err(TryRecvError::Empty) if deadline.left().is_some() => {}
                Err(_) => return Err(io::ErrorKind::TimedOut.into()),
            }
            glommio::timer::sleep(LOOKUP_POLL).await;
        }
    }
}

fn not_empty(addrs: Vec<SocketAddr>) -> io::Result<Vec<SocketAddr>> {
    if addrs.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "the name has no address",
        ));
    }
    Ok(addrs)
}

/// Lookups under way at a time; more only pile up behind a silent name server.
const LOOKUPS_MAX: usize = 32;
/// A thread cannot wake the executor, so it is looked after; most lookups take longer than this.
const LOOKUP_POLL: Duration = Duration::from_millis(2);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::tests::in_executor;

    #[test]
    fn names_and_addresses() {
        in_executor(|| async {
            let resolver = Resolver::default();
            let deadline = || Deadline::after(Duration::from_secs(10));
            for (host, expected) in [("127.0.0.1", "127.0.0.1:7"), ("::1", "[::1]:7")] {
                let found = resolver
                    .resolve(&NodeAddr::new(host, 7), deadline())
                    .await
                    .unwrap();
                assert_eq!(found, [expected.parse().unwrap()]);
            }
            let found = resolver
                .resolve(&NodeAddr::new("localhost", 7), deadline())
                .await
                .unwrap();
            assert!(
                found
                    .iter()
                    .all(|addr| addr.ip().is_loopback() && addr.port() == 7)
            );
            assert_eq!(resolver.threads.load(Ordering::Relaxed), 0);

            resolver.threads.store(LOOKUPS_MAX, Ordering::Relaxed);
            let refused = resolver
                .resolve(&NodeAddr::new("localhost", 7), deadline())
                .await;
            assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::WouldBlock);
            assert_eq!(resolver.threads.load(Ordering::Relaxed), LOOKUPS_MAX);
            let literal = resolver.resolve(&NodeAddr::new("::1", 7), deadline()).await;
            assert!(literal.is_ok(), "addresses need no thread");
        });
    }
}
