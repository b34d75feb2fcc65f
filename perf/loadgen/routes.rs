//! Where each key goes when the generator talks to the nodes of a cluster itself.
//!
//! The slot map is learned once. A slot that moves during a run shows as errors.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use corelane::cluster::topology::{from_slots, merge};
use corelane::cluster::{NodeAddr, SLOTS, Slot, SlotMap, TopologyError};
use corelane::resp::{Limits, ReplyScanner, Scan, write};

use super::template::key_name;

/// Slots to primaries.
#[derive(Debug)]
pub(crate) struct Routes {
    addrs: Vec<SocketAddr>,
    /// For each slot an index into `addrs`.
    slots: Vec<u16>,
}

/// Why there are no routes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RoutesError {
    /// No connection, or it broke.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The answer is no topology.
    #[error("{0}")]
    Topology(#[from] TopologyError),
    /// A name means nothing.
    #[error("{0} has no address")]
    Unresolved(NodeAddr),
    /// The cluster is not whole.
    #[error("no primary serves slot {0}")]
    Uncovered(Slot),
}

/// A node that says nothing for so long is not there.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

// === impl Routes ===

impl Routes {
    /// Asks the node at `addr`, which is known as `name`.
    pub(crate) fn learn(addr: SocketAddr, name: &NodeAddr) -> Result<Self, RoutesError> {
        let topology = from_slots(&ask(addr, &[b"CLUSTER", b"SLOTS"])?, name)?;
        Self::from_map(&merge(&[topology], &SlotMap::empty()))
    }

    fn from_map(map: &SlotMap) -> Result<Self, RoutesError> {
        let mut primaries: Vec<&NodeAddr> = Vec::new();
        let mut slots = Vec::with_capacity(SLOTS);
        for slot in Slot::all() {
            let primary = map.shard_of(slot).and_then(|shard| shard.primary.as_ref());
            let addr = &primary.ok_or(RoutesError::Uncovered(slot))?.addr;
            let index = primaries.iter().position(|known| *known == addr);
            let index = index.unwrap_or_else(|| {
                primaries.push(addr);
                primaries.len() - 1
            });
            slots.push(u16::try_from(index).unwrap_or_default());
        }
        let addrs = primaries
            .into_iter()
            .map(resolve)
            .collect::<Result<_, _>>()?;
        Ok(Self { addrs, slots })
    }

    /// The primaries.
    pub(crate) fn addrs(&self) -> &[SocketAddr] {
        &self.addrs
    }

    /// The index of the primary of a key.
    #[inline]
    pub(crate) fn primary_of(&self, key: u64) -> usize {
        let slot = Slot::of_key(&key_name(key));
        usize::from(self.slots.get(slot.index()).copied().unwrap_or_default())
    }
}

fn resolve(addr: &NodeAddr) -> Result<SocketAddr, RoutesError> {
    let mut found = (&*addr.host, addr.port).to_socket_addrs()?;
    found
        .next()
        .ok_or_else(|| RoutesError::Unresolved(addr.clone()))
}

/// One request on a connection of its own.
fn ask(addr: SocketAddr, arguments: &[&[u8]]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&addr, ANSWER_TIMEOUT)?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    let mut request = Vec::new();
    write::request(&mut request, arguments);
    stream.write_all(&request)?;
    let (mut reply, mut scanner) = (Vec::new(), ReplyScanner::default());
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match scanner.scan(&reply, &Limits::DEFAULT) {
            Scan::Complete { len } => {
                reply.truncate(len);
                return Ok(reply);
            }
            Scan::Invalid(_) => return Err(io::ErrorKind::InvalidData.into()),
            Scan::Incomplete { .. } => match stream.read(&mut buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => reply.extend_from_slice(buffer.get(..count).unwrap_or_default()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use corelane::cluster::slot_map::Shard;
    use corelane::cluster::{NodeAddr, Slot, SlotMap};

    use super::{Routes, RoutesError};
    use crate::template::key_name;

    #[test]
    fn keys_go_to_the_primary_of_their_slot() {
        let mut map = SlotMap::empty();
        map.shards = vec![
            Shard::at(NodeAddr::new("127.0.0.1", 1)),
            Shard::at(NodeAddr::new("127.0.0.1", 2)),
        ];
        let missing = Routes::from_map(&map).unwrap_err();
        assert!(matches!(missing, RoutesError::Uncovered(Slot::FIRST)));
        for slot in Slot::all() {
            let port = if slot.number() < 5_000 { 2 } else { 1 };
            map.assign(slot, &NodeAddr::new("127.0.0.1", port));
        }
        let routes = Routes::from_map(&map).unwrap();
        for key in 0..1_000 {
            let port = routes.addrs()[routes.primary_of(key)].port();
            let is_low = Slot::of_key(&key_name(key)).number() < 5_000;
            assert_eq!(port, if is_low { 2 } else { 1 }, "{key}");
        }
    }
}
