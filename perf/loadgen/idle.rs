//! Connections that are opened and stay silent, and the descriptors that they need.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use rustix::net::{RecvFlags, recv};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Silent connections.
#[derive(Debug)]
pub(crate) struct Idle {
    streams: Vec<TcpStream>,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Descriptors beside the connections: standard streams, files, readiness sets.
const DESCRIPTORS_BESIDE: u64 = 64;

// === impl Idle ===

impl Idle {
    /// Opens `count` connections.
    pub(crate) fn open(addr: SocketAddr, count: usize) -> io::Result<Self> {
        let open = |_| {
            let stream = TcpStream::connect_timeout(&addr, CONNECT_TIMEOUT)?;
            stream.set_nonblocking(true)?;
            Ok(stream)
        };
        let streams = (0..count).map(open).collect::<io::Result<_>>()?;
        Ok(Self { streams })
    }

    /// How many of them the peer has closed.
    pub(crate) fn lost(&self) -> u64 {
        let mut byte = [0];
        let is_lost = |stream: &&TcpStream| {
            let found = recv(*stream, &mut byte, RecvFlags::PEEK);
            // Anything that comes unasked is a reply to nobody.
            !matches!(found, Err(rustix::io::Errno::AGAIN))
        };
        self.streams.iter().filter(is_lost).count() as u64
    }
}

/// Raises the limit of open descriptors so that `connections` fit, as far as that is allowed.
pub(crate) fn allow_connections(connections: usize) -> io::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let needed = (connections as u64).saturating_add(DESCRIPTORS_BESIDE);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let maximum = limit.maximum.map(|maximum| maximum.max(needed));
    let raised = Rlimit {
        current: Some(needed),
        maximum,
    };
    Ok(setrlimit(Resource::Nofile, raised)?)
}
