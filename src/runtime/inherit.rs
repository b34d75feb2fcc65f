//! What a process gets from the one before: its listening sockets, the nodes that it knows, and the word to say when it
//! serves.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::config::Config;
use crate::control::{Estate, is_heir};
use crate::net::{Channel, Gate, Listener, Word};

/// How long the process before may take to hand its sockets over.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the process before has handed over; empty if there is none.
#[derive(Debug, Default)]
pub(super) struct Heritage {
    listeners: Vec<Listener>,
    gate: Option<Gate>,
    predecessor: Option<Channel>,
    known: String,
}

// === impl Heritage ===

impl Heritage {
    /// Asks the process that has started this one to take over, or the one that runs with the same settings, for
    /// what it has.
    pub(super) fn claim(config: &Config) -> io::Result<Self> {
        let channel = if is_heir() {
            Some(Channel::inherited()?)
        } else if config.takeover {
            Channel::call(&gate_name(config))?
        } else {
            None
        };
        let mut heritage = Self::default();
        let Some(channel) = channel else {
            return Ok(heritage);
        };
        let (sockets, known) = channel.receive_sockets(PATIENCE)?;
        heritage.known = known;
        for socket in sockets {
            match Listener::adopt(socket) {
                Ok(listener) => heritage.listeners.push(listener),
                Err(socket) => heritage.gate = Some(Gate::adopt(socket)),
            }
        }
        heritage.predecessor = Some(channel);
        Ok(heritage)
    }

    /// The listeners of this address.
    pub(super) fn take_listeners(&mut self, addr: SocketAddr) -> Vec<Listener> {
        let all = std::mem::take(&mut self.listeners);
        let (wanted, others) = all.into_iter().partition(|one| one.addr() == addr);
        self.listeners = others;
        wanted
    }

    /// What control needs of it. Listeners that nobody has taken are closed: their addresses are not in the settings
    /// any more, and the process before still accepts from them until it drains.
    pub(super) fn take_estate(&mut self, config: &Config) -> Estate {
        self.listeners.clear();
        let mut gate = self.gate.take().filter(|_| config.takeover);
        if config.takeover && gate.is_none() {
            match Gate::open(&gate_name(config)) {
                Ok(open) => gate = Some(open),
                Err(error) => log::error!("no other process will be able to take over: {error}"),
            }
        }
        Estate {
            sockets: Vec::new(),
            gate,
            predecessor: self.predecessor.take(),
            known: std::mem::take(&mut self.known),
        }
    }

    /// Tells the process before why this one does not start.
    pub(super) fn report(&self, why: &str) {
        match &self.predecessor {
            // It has gone, or will hear.
            Some(channel) => drop(channel.say(&Word::Failed(why.to_owned()))),
            None => report_failure(why),
        }
    }
}

/// Tells the process that has started this one, if it was to take over, why it does not.
pub fn report_failure(why: &str) {
    if is_heir()
        && let Ok(channel) = Channel::inherited()
    {
        // If that process has gone there is nobody to tell.
        let _ = channel.say(&Word::Failed(why.to_owned()));
    }
}

/// Processes with the same first address are meant to take over from each other.
fn gate_name(config: &Config) -> String {
    let mut all = config.listen.iter().chain(&config.tls.listen);
    all.next().map(ToString::to_string).unwrap_or_default()
}
