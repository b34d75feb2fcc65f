//! Control: the one executor that learns the topology, tells the workers, and ends the process.
//!
//! ```text
//!   workers --> inbox --+                      +--> broadcast --> workers
//!                       +--> tick each 10 ms --+--> refresh: learn --> fetch, several nodes at once
//!   signals, files -----+                      +--> commands: inquire --> fetch
//!                                              +--> reload: settings --> broadcast
//!                                              +--> succession: the next process, or the one before
//!                                              +--> state  <-- admin port reads it
//! ```
//!
//! One task looks at everything at each tick, and less often while nothing is under way; it never waits for a
//! worker or for a node. Refreshes run beside it.
//!
//! It ends when it was told to stop and all workers have finished, or `drain_timeout` has passed.

mod broadcast;
mod certificates;
mod commands;
mod drain;
mod fetch;
mod inbox;
mod inquire;
mod knowledge;
mod learn;
mod refresh;
mod reload;
mod resolve;
pub mod state;
mod succession;
mod topology;
mod wire;

#[cfg(test)]
pub(crate) mod tests;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use glommio::GlommioError;
use glommio::channels::shared_channel::{ConnectedReceiver, ConnectedSender};

use self::broadcast::{Broadcast, Sent};
use self::certificates::Certificates;
use self::commands::{Book, Change};
use self::drain::{Drain, Ended};
use self::fetch::Fetcher;
use self::inbox::Inbox;
use self::inquire::{Answer, InquiryError, Round};
use self::refresh::Schedule;
pub use self::reload::Loader;
use self::reload::Watch;
use self::state::{State, StatsRound};
use self::succession::{Arrival, Heir, tell_supervisor};
pub use self::succession::{Estate, is_heir};
use self::topology::Refresh;
use crate::cluster::NodeAddr;
use crate::config::Config;
use crate::message::{ToControl, ToWorker};
use crate::net::give_back;

/// Control, before and while it runs.
#[derive(Debug)]
pub struct Control {
    config: Box<Config>,
    senders: Vec<ConnectedSender<ToWorker>>,
    signals: Signals,
    clock: Instant,
    state: Rc<RefCell<State>>,
    schedule: Schedule,
    fetcher: Rc<Fetcher>,
    certificates: Certificates,
    refresh: Option<Refresh>,
    /// Refreshes so far.
    round: usize,
    /// Who did not answer when last asked, and why; logged when it begins and ends.
    silent: BTreeMap<NodeAddr, String>,
    /// Nodes that the process before has told of, until this one knows some by itself.
    told: Vec<NodeAddr>,
    /// What nodes run and which commands they know.
    book: Book,
    inquiry: Option<Inquiry>,
    /// Who did not tell its commands when last asked; logged when it begins.
    secretive: BTreeSet<NodeAddr>,
    broadcast: Broadcast,
    /// Clients of each worker.
    clients: Vec<usize>,
    stats_asked: StatsRound,
    /// The round of statistics that tells whether workers have what they were sent first.
    first_round: Option<StatsRound>,
    drain: Option<Drain>,
    estate: Box<Estate>,
    /// The process that is about to take over.
    heir: Option<Heir>,
    arrival: Arrival,
    watch: Watch,
    random: Random,
}

/// What signals have asked for since it was looked at.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    /// SIGTERM and SIGINT: the process shall end. Stays set.
    pub stop: Arc<AtomicBool>,
    /// SIGUSR2: a new process shall take over.
    pub take_over: Arc<AtomicBool>,
    /// SIGHUP: the settings shall be read again.
    pub reload: Arc<AtomicBool>,
}

/// A round of questions about commands under way.
#[derive(Debug)]
struct Inquiry {
    round: Round,
    /// Somebody did not tell what was wanted.
    missing: bool,
}

/// A moment by which something has to be done.
#[derive(Debug, Clone, Copy)]
struct Deadline {
    start: Instant,
    timeout: Duration,
}

/// Small random numbers, to spread load in time; no secret depends on them.
#[derive(Debug)]
struct Random(u64);

// === impl Control ===

impl Control {
    /// Control over the workers behind `senders`, which ends some time after it was told to stop.
    #[must_use]
    pub fn new(config: Config, senders: Vec<ConnectedSender<ToWorker>>, signals: Signals) -> Self {
        let clock = now();
        let workers = senders.len();
        let state = State::new(workers, clock);
        Self {
            schedule: Schedule::new(
                config.cluster.refresh_interval,
                config.cluster.refresh_interval_min,
            ),
            fetcher: Rc::new(Fetcher::new(&config.cluster, None)),
            certificates: Certificates::default(),
            stats_asked: state.stats_wanted(),
            state: Rc::new(RefCell::new(state)),
            refresh: None,
            round: 0,
            silent: BTreeMap::new(),
            told: Vec::new(),
            book: Book::new(config.cluster.commands_interval),
            inquiry: None,
            secretive: BTreeSet::new(),
            broadcast: Broadcast::new(workers),
            clients: vec![0; workers],
            first_round: None,
            drain: None,
            estate: Box::default(),
            heir: None,
            arrival: Arrival::Done,
            watch: Watch::default(),
            random: Random(RandomState::new().hash_one(workers) | 1),
            config: Box::new(config),
            senders,
            signals,
            clock,
        }
    }

    /// Gives it what it can hand over to the next process, and the process before that is to be told when this one
    /// serves.
    #[must_use]
    pub fn with_estate(mut self, mut estate: Estate) -> Self {
        self.arrival = Arrival::of(estate.predecessor.take());
        self.told = knowledge::understand(&estate.known, &self.config.seeds);
        self.estate = Box::new(estate);
        self
    }

    /// What control knows, for others in the same executor.
    #[must_use]
    pub fn state(&self) -> Rc<RefCell<State>> {
        Rc::clone(&self.state)
    }

    /// Runs until the process shall end. `receivers` are those of the workers, in the same order as
    /// the senders.
    ///
    /// # Errors
    ///
    /// None so far; what goes wrong with nodes or workers is logged and tried again.
    pub async fn run(mut self, receivers: Vec<ConnectedReceiver<ToControl>>) -> io::Result<()> {
        let inbox = Inbox::start(receivers);
        if self.arrival.is_done() {
            tell_supervisor("READY=1");
        }
        loop {
            self.take_inbox(inbox.take());
            self.look_at_stop();
            self.look_at_certificates();
            self.look_at_settings();
            self.look_for_heir();
            self.look_at_heir();
            self.look_at_arrival();
            self.finish_refresh();
            self.start_refresh();
            self.take_answers();
            self.start_inquiry();
            self.tell_workers();
            if self.has_ended() {
                return Ok(());
            }
            if self.is_busy() {
                glommio::timer::sleep(TICK).await;
            } else {
                self.wait(&inbox).await;
            }
        }
    }

    /// If something is under way that has to be looked at soon.
    fn is_busy(&self) -> bool {
        self.refresh.is_some()
            || self.inquiry.is_some()
            || self.drain.is_some()
            || self.heir.is_some()
            || !self.arrival.is_done()
            || self.schedule.has_hint()
    }

    /// Waits for news of workers, for a wish for their numbers, and for the next refresh of the timer; not
    /// longer than [`IDLE_TICK`].
    async fn wait(&self, inbox: &RefCell<Inbox>) {
        let news = std::future::poll_fn(|context| {
            let has_news = inbox.borrow_mut().has_news(context.waker());
            let mut state = self.state.borrow_mut();
            if has_news || state.has_wish(self.stats_asked, context.waker()) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        });
        let left = self.schedule.timer_in(self.clock.elapsed());
        let timeout = async {
            glommio::timer::sleep(left.clamp(TICK, IDLE_TICK)).await;
        };
        futures_lite::future::or(news, timeout).await;
    }

    fn take_inbox(&mut self, inbox: Inbox) {
        let now = self.clock.elapsed();
        if inbox.is_memory_freed {
            give_back();
        }
        if let Some(reason) = inbox.hint {
            self.schedule.hint(reason, now, self.random.next());
        }
        let mut state = self.state.borrow_mut();
        state.hints += inbox.hints;
        for (worker, stats) in inbox.stats {
            state.take_stats(worker, *stats, self.stats_asked);
        }
        drop(state);
        let mut is_changed = false;
        for (worker, clients) in inbox.clients {
            if let Some(known) = self.clients.get_mut(worker) {
                is_changed |= *known != clients;
                *known = clients;
            }
        }
        if is_changed {
            self.broadcast.tell_clients(&self.clients);
        }
        for news in inbox.news {
            self.broadcast.put_news(&news);
        }
        for question in inbox.questions {
            self.broadcast.put_question(&question);
        }
        for lines in inbox.lines {
            self.broadcast.put_lines(lines);
        }
        for answer in inbox.answers {
            self.broadcast.put_answer(answer);
        }
        for worker in &inbox.closed {
            if !inbox.drained.contains(worker) && self.drain.is_none() {
                log::error!("worker {worker} has ended although nothing told it to");
            }
        }
        if let Some(drain) = &mut self.drain {
            for worker in inbox.drained.into_iter().chain(inbox.closed) {
                drain.note(worker);
            }
        }
    }

    fn look_at_stop(&mut self) {
        if self.drain.is_none() && self.signals.stop.load(Ordering::Relaxed) {
            self.end_succession();
            tell_supervisor("STOPPING=1");
            // Before it has taken over, the clients that wait are those of the process before.
            self.begin_drain(!self.arrival.is_done());
        }
    }

    /// `is_served` if another process accepts the clients that wait.
    fn begin_drain(&mut self, is_served: bool) {
        // A socket that stays open here would go on collecting clients.
        *self.estate = Estate::default();
        let timeout = self.config.drain_timeout;
        log::info!("stopping: accepting nothing new, {timeout:?} for what is under way");
        let mut drain = Drain::new(self.senders.len(), self.clock.elapsed() + timeout);
        for worker in (0..self.senders.len()).filter(|worker| self.broadcast.is_gone(*worker)) {
            drain.note(worker);
        }
        self.drain = Some(drain);
        self.broadcast.drain(is_served);
        self.state.borrow_mut().is_draining = true;
    }

    fn has_ended(&self) -> bool {
        match self
            .drain
            .as_ref()
            .and_then(|drain| drain.ended(self.clock.elapsed()))
        {
            None => false,
            Some(Ended::Drained) => {
                log::info!("all workers have finished");
                true
            }
            Some(Ended::TimedOut(workers)) => {
                log::warn!("drain_timeout has passed, but workers {workers:?} have not finished");
                true
            }
        }
    }

    fn start_inquiry(&mut self) {
        let map = self.broadcast.map();
        if map.covered() == 0 || self.drain.is_some() {
            return;
        }
        if let Some(known) = self.book.try_start(self.clock.elapsed()) {
            let nodes = map.nodes().map(|node| node.addr.clone());
            self.inquiry = Some(Inquiry {
                round: Round::start(&self.fetcher, nodes, known),
                missing: false,
            });
        }
    }

    /// Takes what nodes told about themselves and their commands.
    fn take_answers(&mut self) {
        let Some(mut inquiry) = self.inquiry.take() else {
            return;
        };
        let (answers, is_over) = inquiry.round.take();
        let mut sources = Vec::new();
        for (addr, answer) in answers {
            inquiry.missing |= answer.is_err();
            self.take_answer(addr, answer, &mut sources);
        }
        if is_over {
            let map = self.broadcast.map();
            let nodes: BTreeSet<_> = map.nodes().map(|node| node.addr.clone()).collect();
            self.secretive.retain(|addr| nodes.contains(addr));
            self.book
                .finish(&nodes, inquiry.missing, self.clock.elapsed());
        } else {
            self.inquiry = Some(inquiry);
        }
        if is_over || !sources.is_empty() {
            self.renew_commands(&sources);
        }
    }

    /// Takes what one node told; notes in `sources` who told something new, and what it runs.
    fn take_answer(
        &mut self,
        addr: NodeAddr,
        answer: Result<Answer, InquiryError>,
        sources: &mut Vec<String>,
    ) {
        let mut state = self.state.borrow_mut();
        let refreshes = &mut state.commands.refreshes;
        match answer {
            Ok(Answer { seen, told }) => {
                self.secretive.remove(&addr);
                let (source, was_asked) = (format!("{addr} ({})", seen.build), told.is_some());
                if self.book.take(addr, seen, told) {
                    refreshes.changed += 1;
                    sources.push(source);
                } else if was_asked {
                    refreshes.unchanged += 1;
                }
            }
            Err(error) => {
                refreshes.failed += 1;
                if self.secretive.insert(addr.clone()) {
                    log::warn!("{addr} does not tell its commands: {error}");
                }
            }
        }
    }

    /// Puts into force what is known now, and tells the workers if that is something else than before.
    fn renew_commands(&mut self, sources: &[String]) {
        let Change {
            added,
            removed,
            is_change,
        } = self.book.renew();
        let mut state = self.state.borrow_mut();
        let skipped = self.book.skipped();
        if skipped > state.commands.skipped {
            log::warn!("{skipped} commands that nodes told of are left out: malformed or too many");
        }
        state.commands.skipped = skipped;
        state.commands.learned = self.book.in_force().len();
        if !added.is_empty() {
            log::info!(
                "learned {} commands from {}: {}",
                added.len(),
                sources.join(", "),
                shortened(&added)
            );
        }
        if !removed.is_empty() {
            log::info!(
                "{} commands are known to no node any more: {}",
                removed.len(),
                shortened(&removed)
            );
        }
        if is_change {
            self.broadcast.put_commands(self.book.in_force());
        }
    }

    fn tell_workers(&mut self) {
        let wanted = self.state.borrow().stats_wanted();
        if wanted > self.stats_asked {
            self.stats_asked = wanted;
            self.broadcast.ask_stats();
        }
        let senders = &self.senders;
        self.broadcast.flush(|worker, message| {
            let Some(sender) = senders.get(worker) else {
                return Sent::Closed;
            };
            match sender.try_send(message) {
                Ok(()) => Sent::Taken,
                Err(GlommioError::WouldBlock(_)) => Sent::Full,
                Err(_) => Sent::Closed,
            }
        });
        let mut state = self.state.borrow_mut();
        for (worker, report) in state.workers.iter_mut().enumerate() {
            report.map_version = self.broadcast.version_of(worker);
            report.is_gone = self.broadcast.is_gone(worker);
        }
        drop(state);
        self.look_at_readiness();
    }

    /// Ready is who has a map and knows the commands, and whose workers do: their answer to a question that
    /// was put after both tells.
    fn look_at_readiness(&mut self) {
        let mut state = self.state.borrow_mut();
        if state.is_loaded || self.broadcast.map().covered() == 0 {
            return;
        }
        let is_settled = self.book.is_settled() || self.clock.elapsed() > self.fetcher.timeout();
        if is_settled && self.broadcast.is_delivered() {
            let round = *self.first_round.get_or_insert_with(|| state.want_stats());
            state.is_loaded = state.are_all_fresh(round);
        }
    }
}

// === impl Deadline ===

impl Deadline {
    fn after(timeout: Duration) -> Self {
        Self {
            start: now(),
            timeout,
        }
    }

    /// The time left; `None` when it is up.
    fn left(self) -> Option<Duration> {
        self.timeout
            .checked_sub(self.start.elapsed())
            .filter(|left| !left.is_zero())
    }
}

// === impl Random ===

impl Random {
    /// A number from 0 up to 1.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let bits = u32::try_from(self.0 >> 32).unwrap_or_default();
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }
}

/// Whether a signal has come since it was looked at.
fn has_fired(signal: &AtomicBool) -> bool {
    signal.load(Ordering::Relaxed) && signal.swap(false, Ordering::Relaxed)
}

#[expect(
    clippy::disallowed_methods,
    reason = "control is where its time comes from"
)]
fn now() -> Instant {
    Instant::now()
}

fn list(addrs: &[NodeAddr]) -> String {
    let texts: Vec<String> = addrs.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

/// The first names of a list, for the log.
fn shortened(names: &[&str]) -> String {
    let mut text = names.get(..NAMES_LOGGED_MAX).unwrap_or(names).join(", ");
    if names.len() > NAMES_LOGGED_MAX {
        text.push_str(", ...");
    }
    text
}

/// Names of commands in one line of the log; the largest module has half as many.
const NAMES_LOGGED_MAX: usize = 64;

/// How often control looks at everything while something is under way.
const TICK: Duration = Duration::from_millis(10);

/// How often it does otherwise, besides when there is news: at most so late comes a stop. Each look costs the
/// process some system calls, also when nobody uses it.
const IDLE_TICK: Duration = Duration::from_millis(100);
