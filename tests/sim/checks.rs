//! What must hold after every step, when everything is quiet, and at the end.

use corelane::pipeline::{ClientId, Intake, Peer, Pipeline};

use crate::client::{ClientState, Expects};
use crate::net::ConnState;
use crate::world::{MILLI, World};

impl World {
    /// How long an answer may take at most: the deadline, the tick that finds it, and the longest step.
    pub(crate) fn patience(&self) -> u64 {
        self.config.cluster.server_timeout.as_nanos() as u64 + 30 * MILLI
    }

    /// How long a client may wait until its request is taken: where memory is short, until those have gone that hold it,
    /// and then once more for each who has the pass before.
    fn wait_for_turn(&self) -> u64 {
        let is_short = (1..1_000_000).contains(&self.config.limits.memory_max);
        let clients = self.clients.len() as u64;
        let pass = self.config.cluster.server_timeout.as_nanos() as u64 / 2 + 10 * MILLI;
        u64::from(is_short) * (1000 * MILLI + clients * pass)
    }

    /// After every step.
    pub(crate) fn check(&mut self) -> Result<(), String> {
        self.pipeline.check_invariants()?;
        for conn in self.conns.values() {
            if conn.poisoned && conn.delivered == conn.replied && conn.state == ConnState::Open {
                return Err(format!(
                    "connection {} lives although its bytes made no sense",
                    conn.serial
                ));
            }
        }
        // Where links are narrow, clients wait for each other before their own time begins, for as long as the others
        // keep asking; and where nodes take large requests in little pieces, those have time as long as they move.
        let is_slow = self.profile.passages.is_some() && self.profile.window < 1000;
        if self.config.limits.link_requests_in_flight_max > 100 && !is_slow {
            self.check_deadlines()?;
        }
        Ok(())
    }

    fn check_deadlines(&mut self) -> Result<(), String> {
        let (now, patience) = (self.now, self.patience() + self.wait_for_turn());
        for client in &mut self.clients {
            let Some(front) = client.sent.front() else {
                continue;
            };
            let is_held_up = now < client.slow_until
                || client.is_full
                || !client.input.is_empty()
                || (front.end > client.handed && wants(&self.pipeline, client.id));
            // A large request waits for its link before it is taken whole, and only then does its own time begin.
            let is_whole = front.end <= client.handed;
            if is_held_up || is_whole && !client.is_front_whole {
                client.front_since = now;
            }
            client.is_front_whole = is_whole;
            let counts = matches!(
                client.state,
                ClientState::Open | ClientState::Leaving | ClientState::Ended
            );
            let is_taken = is_whole || !self.draining;
            let patience = match front.expects {
                Expects::Pop { time: None, .. } => u64::MAX,
                // Until its time is over it may wait at a node; then for another node, and for that one to be late.
                Expects::Pop { time, .. } => time.unwrap_or(0) + patience * 3,
                _ => patience,
            };
            if counts && is_taken && now > client.front_since.saturating_add(patience) {
                return Err(format!(
                    "client {} waits for {:?} since {:.3} ms",
                    client.number,
                    front,
                    client.front_since as f64 / MILLI as f64
                ));
            }
        }
        Ok(())
    }

    /// When everything asked is answered: nothing is kept.
    pub(crate) fn check_idle(&mut self) -> Result<(), String> {
        for client in &self.clients {
            if client.state != ClientState::Gone && !client.sent.is_empty() {
                return Err(format!(
                    "client {} never got its replies: {:?}",
                    client.number,
                    client.sent.front()
                ));
            }
            // Who has left, or was sent away because of his output, may have got half of one.
            if client.state != ClientState::Gone && !client.input.is_empty() {
                return Err(format!("client {} got half a reply", client.number));
            }
        }
        let counters = self.pipeline.stats().counters;
        if counters.requests_in_flight != 0 {
            return Err(format!(
                "{} requests in flight when idle",
                counters.requests_in_flight
            ));
        }
        // Where quiet links are tried every few milliseconds, some are always being tried: they keep the PING, and what has
        // come of its reply.
        let tried = self
            .conns
            .values()
            .filter(|conn| !conn.unanswered.is_empty());
        let text = "$16\r\nsixteen letters.\r\n";
        let pings = tried.count() * (format!("*2\r\n$4\r\nPING\r\n{text}").len() + text.len());
        if counters.buffer_bytes > pings as u64 {
            return Err(format!(
                "{} bytes are held when idle",
                counters.buffer_bytes
            ));
        }
        Ok(())
    }

    /// When all clients are gone.
    pub(crate) fn check_counts(&mut self) -> Result<(), String> {
        let counters = self.pipeline.stats().counters;
        if self.pipeline.clients() != 0 || counters.requests_in_flight != 0 {
            return Err(format!("something is left after the drain: {counters:?}"));
        }
        if counters.clients_accepted != counters.clients_closed {
            return Err(format!("clients came and did not go: {counters:?}"));
        }
        let desync = self.profile.poison == 0 && counters.links_desync != 0;
        if desync {
            return Err("a link was distrusted without a reason".to_owned());
        }
        if counters.transactions_unwatched < self.oracle.seen.unwatched {
            return Err(format!(
                "{} transactions gave null without a reason, counted are {}",
                self.oracle.seen.unwatched, counters.transactions_unwatched
            ));
        }
        self.oracle.check_end()
    }
}

/// If a client may send more.
fn wants(pipeline: &Pipeline, client: ClientId) -> bool {
    let intake = pipeline.intake(Peer::Client(client));
    matches!(intake, Intake::Small | Intake::Large)
}
