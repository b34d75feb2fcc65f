//! Handing over to the next process, and taking over from the one before.
//!
//! ```text
//!   SIGUSR2, or a process at the gate --> Heir::begin --> sockets, nodes --> it says ready  --> drain
//!                                                                       --> it fails, is late --> this process goes on
//!   started by another process --> slot map, commands --> workers listen --> ready is said to that one
//! ```
//!
//! Until the new process is ready this one serves as if nothing were under way. All of it is looked at in ticks.

use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::state::StatsRound;
use super::{Control, has_fired, knowledge};
use crate::cluster::NodeAddr;
use crate::net::{Channel, Gate, Listener, WORD_BYTES_MAX, Word, notify};

/// What this process can hand over, and from whom it has it.
#[derive(Debug, Default)]
pub struct Estate {
    /// All listening sockets once more, those of the workers and that of the admin port.
    pub sockets: Vec<OwnedFd>,
    /// Where a second process may come.
    pub gate: Option<Gate>,
    /// The process that serves until this one is ready.
    pub predecessor: Option<Channel>,
    /// What that process has told of nodes.
    pub known: String,
}

/// A process that is about to take over.
#[derive(Debug)]
pub(super) struct Heir {
    channel: Channel,
    pid: u32,
    /// It was started by this process.
    child: Option<Child>,
    /// Since the start of control.
    until: Duration,
}

/// How far this process has taken over.
#[derive(Debug)]
pub(super) enum Arrival {
    /// There was nobody, or it is over.
    Done,
    /// The other process serves until there is a slot map.
    Learning(Channel),
    /// The workers were told to listen; their answers to this round tell that they do.
    Opening(Channel, StatsRound),
}

/// In the environment of a process that was started to take over: its input is the channel.
const TAKEOVER_VARIABLE: &str = "CORELANE_TAKEOVER";

/// A new process has a slot map within a second, or the cluster is in trouble and should not lose the old one.
const HEIR_LIMIT: Duration = Duration::from_secs(60);

// === impl Estate ===

impl Estate {
    /// Adds sockets of these listeners.
    ///
    /// # Errors
    ///
    /// No descriptor is left.
    pub fn add<'a>(&mut self, listeners: impl IntoIterator<Item = &'a Listener>) -> io::Result<()> {
        for listener in listeners {
            self.sockets.push(listener.try_clone()?);
        }
        Ok(())
    }

    /// Hands everything over to a process, and what is known of nodes.
    fn hand_over(&self, channel: &Channel, known: String) -> io::Result<()> {
        let mut all = Vec::new();
        for socket in &self.sockets {
            all.push(socket.try_clone()?);
        }
        if let Some(gate) = &self.gate {
            all.push(gate.try_clone()?);
        }
        channel.send_sockets(&all, known)
    }
}

// === impl Heir ===

impl Heir {
    /// Starts the program of this process once more, as it is on disk now, with the same arguments.
    fn start(until: Duration) -> io::Result<Self> {
        let (channel, input) = Channel::pair()?;
        let own = std::env::current_exe()?;
        // What Linux shows for a program that was replaced; the new one has the name now.
        let text = own.to_string_lossy();
        let program = text.strip_suffix(" (deleted)").unwrap_or(&text);
        let child = Command::new(program)
            .args(std::env::args_os().skip(1))
            .env(TAKEOVER_VARIABLE, "stdin")
            .stdin(Stdio::from(input))
            .spawn()?;
        Ok(Self {
            channel,
            pid: child.id(),
            child: Some(child),
            until,
        })
    }

    /// Why it has ended, as far as that is known.
    fn end(&mut self) -> String {
        let Some(child) = &mut self.child else {
            return "it has closed the connection".to_owned();
        };
        // It has closed its end, so it is on its way out.
        let _ = child.kill();
        match child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

// === impl Arrival ===

impl Arrival {
    pub(super) fn of(predecessor: Option<Channel>) -> Self {
        predecessor.map_or(Self::Done, Self::Learning)
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}

// === impl Control ===

impl Control {
    /// Begins to hand over if somebody wants that.
    pub(super) fn look_for_heir(&mut self) {
        // Who has not finished taking over can still hand over later.
        if self.arrival.is_done() && has_fired(&self.signals.take_over) {
            match &self.heir {
                Some(heir) => log::warn!("SIGUSR2: process {} is taking over already", heir.pid),
                None => self.start_heir(),
            }
        }
        let Some(channel) = self.estate.gate.as_ref().and_then(Gate::accept) else {
            return;
        };
        let pid = channel.peer().unwrap_or_default();
        if self.heir.is_some() || self.drain.is_some() || !self.arrival.is_done() {
            log::warn!("process {pid} cannot take over now");
            return;
        }
        log::info!("process {pid} takes over");
        let until = self.clock.elapsed() + HEIR_LIMIT;
        self.endow(Heir {
            channel,
            pid,
            child: None,
            until,
        });
    }

    fn start_heir(&mut self) {
        if self.drain.is_some() {
            log::warn!("SIGUSR2: this process stops, so nobody can take over now");
            return;
        }
        match Heir::start(self.clock.elapsed() + HEIR_LIMIT) {
            Ok(heir) => {
                log::info!("SIGUSR2: process {} was started to take over", heir.pid);
                self.endow(heir);
            }
            Err(error) => self.disappoint(&format!("no process could be started: {error}")),
        }
    }

    fn endow(&mut self, mut heir: Heir) {
        let is_silent = |addr: &NodeAddr| self.silent.contains_key(addr);
        let known = knowledge::tell(
            &self.config.seeds,
            self.broadcast.map(),
            &self.told,
            is_silent,
            WORD_BYTES_MAX - 1,
        );
        match self.estate.hand_over(&heir.channel, known) {
            Ok(()) => self.heir = Some(heir),
            Err(error) => {
                heir.end();
                self.disappoint(&format!("it does not take the sockets: {error}"));
            }
        }
    }

    fn disappoint(&mut self, why: &str) {
        log::error!("the takeover has failed, this process goes on: {why}");
        self.state.borrow_mut().takeovers_failed += 1;
    }

    /// Listens to the process that takes over.
    pub(super) fn look_at_heir(&mut self) {
        let Some(mut heir) = self.heir.take() else {
            return;
        };
        match heir.channel.hear() {
            Some(Word::Ready) => {
                log::info!("process {} has taken over", heir.pid);
                // A supervisor must know before this process ends. One that came by itself has its own supervisor.
                if heir.child.is_some() {
                    tell_supervisor(&format!("MAINPID={}", heir.pid));
                }
                self.state.borrow_mut().has_heir = true;
                self.begin_drain(true);
            }
            Some(Word::Failed(why)) => {
                heir.end();
                self.disappoint(&format!("process {}: {why}", heir.pid));
            }
            Some(_) => {
                let how = heir.end();
                self.disappoint(&format!("process {} has ended: {how}", heir.pid));
            }
            None if self.clock.elapsed() < heir.until => self.heir = Some(heir),
            None => {
                let _ = heir.channel.say(&Word::GivenUp);
                heir.end();
                let why = format!("process {} was not ready within {HEIR_LIMIT:?}", heir.pid);
                self.disappoint(&why);
            }
        }
    }

    /// This process was told to stop. A process that it has started for its place is ended too; one that came by itself
    /// is not waited for any more, and takes that for the sign to listen at once.
    pub(super) fn end_succession(&mut self) {
        if let Some(mut heir) = self.heir.take() {
            if heir.child.is_some() {
                heir.end();
                self.disappoint("this process was told to stop");
            } else {
                log::warn!("process {} takes over early, this one stops", heir.pid);
            }
        }
    }

    /// Takes over step by step.
    pub(super) fn look_at_arrival(&mut self) {
        self.arrival = match std::mem::replace(&mut self.arrival, Arrival::Done) {
            Arrival::Done => return,
            Arrival::Learning(channel) | Arrival::Opening(channel, _) if self.drain.is_some() => {
                let _ = channel.say(&Word::Failed("it was told to stop".to_owned()));
                Arrival::Done
            }
            Arrival::Learning(channel) => match channel.hear() {
                Some(Word::GivenUp) => self.withdraw(),
                Some(_) => {
                    log::warn!("the process before has ended early; this one listens now");
                    self.open();
                    self.arrive()
                }
                None if self.state.borrow().is_loaded => {
                    let round = self.open();
                    Arrival::Opening(channel, round)
                }
                None => Arrival::Learning(channel),
            },
            Arrival::Opening(channel, round) => match channel.hear() {
                Some(Word::GivenUp) => self.withdraw(),
                _ if !self.state.borrow().are_all_fresh(round) => Arrival::Opening(channel, round),
                _ => {
                    if channel.say(&Word::Ready).is_err() {
                        log::warn!("the process before has ended early");
                    }
                    log::info!("this process has taken over");
                    self.arrive()
                }
            },
        };
    }

    /// This process serves. Whoever has started it by itself waits to hear so; after SIGUSR2 the process before tells.
    fn arrive(&self) -> Arrival {
        if !is_heir() {
            tell_supervisor("READY=1");
        }
        Arrival::Done
    }

    /// The process before goes on.
    fn withdraw(&mut self) -> Arrival {
        log::error!("the process before goes on, so this one stops");
        self.begin_drain(true);
        Arrival::Done
    }

    /// The workers shall listen; the answers to the round tell that they do.
    fn open(&mut self) -> StatsRound {
        self.broadcast.listen();
        self.state.borrow_mut().want_stats()
    }
}

/// Whether this process was started by another one to take over from it.
pub fn is_heir() -> bool {
    std::env::var_os(TAKEOVER_VARIABLE).is_some()
}

/// Tells systemd or whoever looks after this process.
pub(super) fn tell_supervisor(state: &str) {
    if let Err(error) = notify(state) {
        log::warn!("cannot tell the supervisor {state}: {error}");
    }
}
