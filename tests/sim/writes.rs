//! What the pipeline writes, as far as clients and connections have room for it.

use std::io::IoSlice;

use corelane::pipeline::{ClientId, LinkId, Peer};

use crate::client::ClientState;
use crate::net::ConnState;
use crate::wire;
use crate::world::{MILLI, World};

impl World {
    /// Writes to every peer that has something to get, and to those that have room again.
    pub(crate) fn write_all(&mut self) -> Result<(), String> {
        let again: Vec<Peer> = self.peers_with_room();
        for peer in again {
            self.write(peer)?;
        }
        while let Some(peer) = self.pipeline.poll_dirty(self.time()) {
            self.write(peer)?;
        }
        Ok(())
    }

    fn write(&mut self, peer: Peer) -> Result<(), String> {
        let room = match peer {
            Peer::Client(id) => self.room_of_client(id),
            Peer::Link(link) => self.room_of_link(link),
        };
        let Some(room) = room else { return Ok(()) };
        let mut slices = [IoSlice::new(&[]); 8];
        let filled = self.pipeline.output(peer, &mut slices);
        let all: Vec<u8> = slices[..filled]
            .iter()
            .flat_map(|slice| slice.to_vec())
            .collect();
        if all.is_empty() {
            return Ok(());
        }
        let taken = all.len().min(room);
        let bytes = &all[..taken];
        let is_partial = taken < all.len() || filled == slices.len();
        self.pipeline.handle_written(peer, taken);
        match peer {
            Peer::Client(id) => self.give_client(id, bytes, is_partial),
            Peer::Link(link) => self.give_link(link, bytes, is_partial),
        }
    }

    fn room_of_client(&mut self, id: ClientId) -> Option<usize> {
        let now = self.now;
        let client = self.clients.iter_mut().find(|client| client.id == id)?;
        if client.state == ClientState::Gone || client.is_full {
            return None;
        }
        if now < client.slow_until {
            client.is_full = true;
            return None;
        }
        Some(if self.rng.chance(100) {
            self.rng.range(1, 500) as usize
        } else {
            usize::MAX
        })
    }

    fn room_of_link(&mut self, link: LinkId) -> Option<usize> {
        let serial = self.by_link.get(&link)?;
        let conn = self.conns.get_mut(serial)?;
        if conn.is_full || matches!(conn.state, ConnState::Connecting { .. } | ConnState::Gone) {
            return None;
        }
        let room = conn.window.saturating_sub(conn.to_node.len());
        if room == 0 {
            conn.is_full = true;
            return None;
        }
        Some(room)
    }

    fn give_client(&mut self, id: ClientId, bytes: &[u8], is_partial: bool) -> Result<(), String> {
        let (now, is_strict) = (self.now, self.is_strict());
        let Some(client) = self.clients.iter_mut().find(|client| client.id == id) else {
            return Err("bytes for a client that is gone".to_owned());
        };
        client.is_full |= is_partial;
        let number = client.number;
        client.receive(bytes, &mut self.oracle, &mut self.bus, is_strict, now)?;
        self.log(|_| format!("client {number} gets {}", wire::show(bytes)));
        Ok(())
    }

    fn give_link(&mut self, link: LinkId, bytes: &[u8], is_partial: bool) -> Result<(), String> {
        // A handshake has its own deadline, and may be written in pieces.
        let handshake = self.config.cluster.connect_timeout.as_nanos() as u64 + 30 * MILLI;
        let (now, patience) = (self.now, self.patience().max(handshake));
        let due = now + self.rng.below(self.profile.latency);
        let serial = self.by_link.get(&link).copied().unwrap_or_default();
        let conn = self
            .conns
            .get_mut(&serial)
            .ok_or("bytes for a link that is gone")?;
        conn.is_full |= is_partial;
        // A canary may take as long as anything comes before its reply.
        let mut asked = conn.unanswered.iter();
        let oldest = asked.find(|(_, is_canary)| !is_canary).map(|(at, _)| *at);
        let began = conn.note_written(bytes, now)?;
        if began > 0 && oldest.is_some_and(|at| now > at + patience) {
            return Err(format!(
                "connection {serial} got new requests after it was late with an old one"
            ));
        }
        if conn.state == ConnState::Open {
            conn.to_node.push(bytes.to_vec(), due);
        }
        self.log(|_| format!("on {serial} the proxy writes {}", wire::show(bytes)));
        Ok(())
    }
}
