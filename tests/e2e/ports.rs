//! Loopback ports that no other test takes, in this process or in another one.
//!
//! A port is leased by holding a UDP socket on it: the kernel gives it to one process only and takes it
//! back when that process ends, whatever way it ends. Servers then bind the TCP port of the same number.
//! The range lies under the ports that the kernel hands to outgoing connections.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

/// A port that is ours until this value is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    port: u16,
    _held: UdpSocket,
}

const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

// === impl Lease ===

impl Lease {
    /// Takes the next free port.
    pub(crate) fn take() -> Self {
        for _ in 0..COUNT {
            let port = next_candidate();
            let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let Ok(held) = UdpSocket::bind(addr) else {
                continue;
            };
            // A server of a test that was killed may still be going down on it.
            if TcpListener::bind(addr).is_ok() {
                return Self { port, _held: held };
            }
        }
        panic!(
            "no free loopback port between {FIRST} and {}",
            FIRST + COUNT
        );
    }

    /// The port's number.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The port on 127.0.0.1.
    pub(crate) fn addr(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }
}

/// Processes start at different places, so that they seldom meet.
fn next_candidate() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id().wrapping_mul(613) % u32::from(COUNT);
    let step = u32::from(TAKEN.fetch_add(1, Ordering::Relaxed));
    let offset = (start + step) % u32::from(COUNT);
    FIRST + u16::try_from(offset).expect("COUNT fits u16")
}

#[test]
fn leases_never_meet() {
    let leases: Vec<Lease> = (0..50).map(|_| Lease::take()).collect();
    let mut ports: Vec<u16> = leases.iter().map(Lease::port).collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), leases.len());
    for lease in &leases {
        assert!(
            UdpSocket::bind(lease.addr()).is_err(),
            "{lease:?} is not held"
        );
    }
}
