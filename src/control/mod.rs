//! Control: the one executor that learns the topology, tells the workers, and ends the process.
//!
//! ```text
//!   workers --> inbox --+                      +--> broadcast --> workers
//!                       +--> tick each 10 ms --+--> refresh: learn --> fetch, several nodes at once
//!   stop flag ----------+                      +--> commands: inquire --> fetch
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
mod learn;
mod refresh;
mod resolve;
pub mod state;
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
use self::learn::{Learned, learn};
use self::refresh::{Cause, Schedule, Whom};
use self::state::{State, StatsRound};
use crate::cluster::{NodeAddr, SLOTS};
use crate::config::Config;
use crate::message::{ToControl, ToWorker};
use crate::net::tls::Credentials;

/// Control, before and while it runs.
#[derive(Debug)]
pub struct Control {
    config: Config,
    senders: Vec<ConnectedSender<ToWorker>>,
    stop: Arc<AtomicBool>,
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
    random: Random,
}

/// A refresh under way; its task leaves what it learned in `learned`.
#[derive(Debug)]
struct Refresh {
    cause: Cause,
    learned: Rc<RefCell<Option<Learned>>>,
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
    /// Control over the workers behind `senders`, which ends some time after `stop` was set.
    #[must_use]
    pub fn new(
        config: Config,
        credentials: Credentials,
        senders: Vec<ConnectedSender<ToWorker>>,
        stop: Arc<AtomicBool>,
    ) -> Self {
        let clock = now();
        let workers = senders.len();
        let state = State::new(workers, clock);
        Self {
            schedule: Schedule::new(
                config.cluster.refresh_interval,
                config.cluster.refresh_interval_min,
            ),
            fetcher: Rc::new(Fetcher::new(&config.cluster, credentials.client.clone())),
            certificates: Certificates::new(&config, credentials),
            stats_asked: state.stats_wanted(),
            state: Rc::new(RefCell::new(state)),
            refresh: None,
            round: 0,
            silent: BTreeMap::new(),
            book: Book::new(config.cluster.commands_interval),
            inquiry: None,
            secretive: BTreeSet::new(),
            broadcast: Broadcast::new(workers),
            clients: vec![0; workers],
            first_round: None,
            drain: None,
            random: Random(RandomState::new().hash_one(workers) | 1),
            config,
            senders,
            stop,
            clock,
        }
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
        loop {
            self.take_inbox(inbox.take());
            self.look_at_stop();
            self.look_at_certificates();
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
        if self.drain.is_some() || !self.stop.load(Ordering::Relaxed) {
            return;
        }
        let timeout = self.config.drain_timeout;
        log::info!("stopping: accepting nothing new, {timeout:?} for what is under way");
        let mut drain = Drain::new(self.senders.len(), self.clock.elapsed() + timeout);
        for worker in (0..self.senders.len()).filter(|worker| self.broadcast.is_gone(*worker)) {
            drain.note(worker);
        }
        self.drain = Some(drain);
        self.broadcast.drain();
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

    fn start_refresh(&mut self) {
        let jitter = self.random.next();
        let Some(cause) = self.schedule.try_start(self.clock.elapsed(), jitter) else {
            return;
        };
        let known = Rc::clone(self.broadcast.map());
        let silent: BTreeSet<NodeAddr> = self.silent.keys().cloned().collect();
        let whom = Whom::choose(&known, &self.config.seeds, &silent, self.round);
        self.round = self.round.wrapping_add(1);
        log::debug!("refresh because of {cause}: asking {}", list(&whom.first));
        let learned = Rc::new(RefCell::new(None));
        let (fetcher, result) = (Rc::clone(&self.fetcher), Rc::clone(&learned));
        // Ends by the deadlines of the fetcher.
        glommio::spawn_local(async move {
            let found = learn(fetcher, whom, known).await;
            *result.borrow_mut() = Some(found);
        })
        .detach();
        self.refresh = Some(Refresh { cause, learned });
    }

    fn finish_refresh(&mut self) {
        let Some(refresh) = &self.refresh else { return };
        let Some(learned) = refresh.learned.take() else {
            return;
        };
        let cause = refresh.cause;
        self.refresh = None;
        let covered = learned.map.covered();
        self.schedule.finish(covered > 0, self.clock.elapsed());
        self.note_silent(&learned);
        let Learned { map, answered, .. } = learned;
        let is_changed = covered > 0 && self.broadcast.offer(map);
        let mut state = self.state.borrow_mut();
        state.silent = self.silent.len();
        let refreshes = &mut state.refreshes;
        if answered.is_empty() {
            refreshes.unanswered += 1;
        } else if covered == 0 {
            refreshes.empty += 1;
        } else if is_changed {
            refreshes.changed += 1;
        } else {
            refreshes.unchanged += 1;
        }
        if is_changed {
            self.book.hint();
            let map = self.broadcast.map();
            state.map = Rc::clone(map);
            log::info!(
                "slot map {}: {} nodes in {} shards serve {covered} of {SLOTS} slots; learned from {} \
                 because of {cause}",
                map.version,
                map.nodes().count(),
                map.shards.len(),
                list(&answered)
            );
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

    /// Logs who has become silent and who speaks again.
    fn note_silent(&mut self, learned: &Learned) {
        for addr in &learned.answered {
            if self.silent.remove(addr).is_some() {
                log::info!("{addr} tells the topology again");
            }
        }
        for (addr, why) in &learned.silent {
            if self.silent.insert(addr.clone(), why.clone()).is_none() {
                log::warn!("{addr} does not tell the topology: {why}");
            }
        }
        let map = self.broadcast.map();
        let seeds = &self.config.seeds;
        self.silent.retain(|addr, _| {
            seeds
                .iter()
                .any(|seed| *seed.host == *addr.host && seed.port == addr.port)
                || map
                    .nodes()
                    .chain(learned.map.nodes())
                    .any(|node| node.addr == *addr)
        });
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

// === impl Cause ===

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Start => f.write_str("the start"),
            Self::Timer => f.write_str("the refresh interval"),
            Self::Hint(reason) => write!(f, "a hint ({reason:?})"),
            Self::Retry => f.write_str("a refresh that nobody answered"),
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
