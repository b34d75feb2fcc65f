//! The addresses of nodes within a deadline.

use std::io;
use std::net::{IpAddr, SocketAddr};

use futures_lite::future;

use super::Deadline;
use crate::cluster::NodeAddr;
use crate::net::Lookups;

/// Finds the addresses of hosts.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolver {
    lookups: Lookups,
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
        let timeout = async {
            glommio::timer::sleep(deadline.left().unwrap_or_default()).await;
            Err(io::ErrorKind::TimedOut.into())
        };
        future::or(self.lookups.look_up(&addr.host, addr.port), timeout).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
}
