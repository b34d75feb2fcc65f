//! The addresses of nodes within a deadline.
//!
//! A lookup that takes longer goes on, and what it finds is for the next one who asks: the C library waits five seconds
//! for a name server that is dead before it asks another one, which is longer than any refresh does.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use futures_lite::future;

use super::Deadline;
use crate::cluster::NodeAddr;
use crate::net::Lookups;

/// Finds the addresses of hosts.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolver {
    lookups: Lookups,
    late: Rc<RefCell<BTreeMap<NodeAddr, Late>>>,
}

/// A lookup that took longer than somebody could wait.
#[derive(Debug)]
enum Late {
    UnderWay,
    /// What it found, and how long that is good.
    Found(Vec<SocketAddr>, Deadline),
}

/// Lookups that are late at most; others are given up.
const LATE_MAX: usize = 1024;

/// As long as a name server lets others remember an address that may change.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// Short against a lookup that is late.
const PAUSE: Duration = Duration::from_millis(10);

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
        while self.is_under_way(addr) {
            if deadline.left().is_none() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            glommio::timer::sleep(PAUSE).await;
        }
        if let Some(found) = self.take(addr) {
            return Ok(found);
        }
        let (lookups, name) = (self.lookups.clone(), addr.clone());
        let mut lookup = Box::pin(async move { lookups.look_up(&name.host, name.port).await });
        let timeout = async {
            glommio::timer::sleep(deadline.left().unwrap_or_default()).await;
            None
        };
        if let Some(found) = future::or(async { Some((&mut lookup).await) }, timeout).await {
            return found;
        }
        self.go_on(addr.clone(), lookup);
        Err(io::ErrorKind::TimedOut.into())
    }

    fn is_under_way(&self, addr: &NodeAddr) -> bool {
        matches!(self.late.borrow().get(addr), Some(Late::UnderWay))
    }

    /// What a lookup has found that was late, once.
    fn take(&self, addr: &NodeAddr) -> Option<Vec<SocketAddr>> {
        match self.late.borrow_mut().remove(addr)? {
            Late::Found(found, good_until) if good_until.left().is_some() => Some(found),
            Late::Found(..) | Late::UnderWay => None,
        }
    }

    /// Nobody waits for this lookup any more.
    fn go_on(
        &self,
        addr: NodeAddr,
        lookup: impl Future<Output = io::Result<Vec<SocketAddr>>> + 'static,
    ) {
        let mut late = self.late.borrow_mut();
        late.retain(|_, one| match one {
            Late::UnderWay => true,
            Late::Found(_, good_until) => good_until.left().is_some(),
        });
        if late.len() >= LATE_MAX || late.contains_key(&addr) {
            return;
        }
        late.insert(addr.clone(), Late::UnderWay);
        let late = Rc::clone(&self.late);
        glommio::spawn_local(async move {
            let found = lookup.await;
            let mut late = late.borrow_mut();
            late.remove(&addr);
            // Whoever asks next finds out anew what is wrong.
            if let Ok(found) = found {
                late.insert(addr, Late::Found(found, Deadline::after(GOOD_FOR)));
            }
        })
        .detach();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

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
        });
    }

    /// Finds an address after longer than the tests' deadlines, and counts.
    fn find_slowly(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        LOOKUPS.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(DEADLINE * 5);
        match host {
            "fails" => Err(io::ErrorKind::NotFound.into()),
            _ => Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))]),
        }
    }

    static LOOKUPS: AtomicUsize = AtomicUsize::new(0);

    const DEADLINE: Duration = Duration::from_millis(50);

    #[test]
    fn what_is_found_too_late_is_for_the_next_one() {
        in_executor(|| async {
            let resolver = Resolver {
                lookups: Lookups::by(find_slowly),
                ..Resolver::default()
            };
            let addr = NodeAddr::new("slow", 7);
            let in_time = || resolver.resolve(&addr, Deadline::after(DEADLINE));
            let found = loop {
                match in_time().await {
                    Ok(found) => break found,
                    Err(error) => assert_eq!(error.kind(), io::ErrorKind::TimedOut),
                }
            };
            assert_eq!(found, ["127.0.0.1:7".parse().unwrap()]);
            assert_eq!(LOOKUPS.load(Ordering::Relaxed), 1, "one for all who asked");
            assert!(resolver.late.borrow().is_empty(), "nothing is remembered");
            // Found too long ago.
            let old = Late::Found(found, Deadline::after(Duration::ZERO));
            resolver.late.borrow_mut().insert(addr.clone(), old);
            while in_time().await.is_err() {}
            assert_eq!(LOOKUPS.load(Ordering::Relaxed), 2, "looked up again");
            // An error is nobody else's.
            let fails = NodeAddr::new("fails", 7);
            let told = resolver.resolve(&fails, Deadline::after(DEADLINE)).await;
            assert!(told.is_err());
            while resolver.is_under_way(&fails) {
                glommio::timer::sleep(PAUSE).await;
            }
            assert_eq!(resolver.take(&fails), None);
        });
    }

    #[test]
    fn late_lookups_are_limited() {
        in_executor(|| async {
            let resolver = Resolver::default();
            for port in 0..=LATE_MAX {
                let addr = NodeAddr::new("late", u16::try_from(port).unwrap());
                resolver.go_on(addr, future::pending());
            }
            assert_eq!(resolver.late.borrow().len(), LATE_MAX);
        });
    }
}
