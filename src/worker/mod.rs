//! A worker: one pinned core that drives one pipeline with sockets.
//!
//! ```text
//!   driver --> bytes --> Pipeline::handle_* ---+
//!   inbox ---> slot maps, drain ---------------+--> poll_action --> connect, close, tell control
//!   tick ----> deadlines, retries -------------+--> poll_dirty  --> driver: one send per peer
//! ```
//!
//! One task owns all sockets of the worker through its driver. A turn waits in the driver, no longer than until
//! the next tick, and lets the pipeline work on what came; then each peer that has something to get is sent
//! to once. Between turns the executor runs its other tasks whenever its preemption timer has passed; they
//! receive from control and look names up. Waiting in the driver costs one system call, sleeping in the
//! executor costs four.

use std::cell::RefCell;
use std::num::NonZeroU64;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use glommio::channels::shared_channel::{ConnectedReceiver, ConnectedSender};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};

use crate::config::Config;
use crate::message::{Subject, ToControl, ToWorker};
use crate::net::tls::Credentials;
use crate::net::{Driver, Listener, Lookups};
use crate::pipeline::{Pipeline, TICK, Time};

mod accept;
mod clock;
mod core;
mod inbox;
mod linger;
mod names;
mod outages;
mod pace;
mod relief;
mod turn;

use self::accept::Entrance;
use self::clock::Clock;
use self::core::Core;
use self::inbox::Inbox;
use self::linger::Lingering;
use self::names::Names;
use self::outages::Outages;
use self::pace::{Rhythm, Spinning};
use self::relief::Relief;

/// What a worker is started with.
#[derive(Debug)]
pub struct Setup {
    /// Index of this worker.
    pub index: usize,
    /// How many workers there are.
    pub workers: usize,
    /// Checked settings, its own copy.
    pub config: Config,
    /// Its own listening sockets, one per address.
    pub listeners: Vec<Listener>,
    /// What TLS sessions are made of.
    pub credentials: Credentials,
    /// Whether it accepts clients from the start, or only when control says so.
    pub listens: bool,
    /// The number of descriptors up to which clients may have them; the others are for nodes.
    pub descriptors_max: u64,
}

/// Bytes that are read at once only to be dropped.
const SCRATCH: usize = 4 * 1024;

/// How often the time of the processor is looked at.
const USAGE_EVERY: Duration = Duration::from_secs(1);

/// Nanoseconds by which a wait of a worker may be longer than it was asked to be.
const TIMER_SLACK: u64 = 1000;

/// The task's state.
struct Worker {
    config: Config,
    clock: Clock,
    core: Core,
    driver: Driver,
    listeners: Vec<Listener>,
    entrance: Entrance,
    descriptors_max: u64,
    spinning: Spinning,
    rhythm: Rhythm,
    relief: Relief,
    lingering: Lingering,
    inbox: Rc<RefCell<Inbox>>,
    lookups: Lookups,
    outbox: ConnectedSender<ToControl>,
    scratch: Box<[u8]>,
    next_tick: Time,
    next_usage: Time,
    /// When a request came last.
    active_at: Time,
    clients_told: usize,
    draining: bool,
}

/// Runs a worker until it has drained. To be called in its executor.
///
/// # Errors
///
/// The driver cannot be had, or has failed.
pub async fn run(
    setup: Setup,
    receiver: ConnectedReceiver<ToWorker>,
    outbox: ConnectedSender<ToControl>,
) -> std::io::Result<()> {
    // The kernel makes short waits longer by this much, 50 us unless told otherwise.
    let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(TIMER_SLACK));
    let mut driver = Driver::open(setup.config.driver)?;
    log::info!("worker {}: driver {}", setup.index, driver.name());
    let Credentials { server, client } = setup.credentials.clone();
    driver.set_credentials(server, client);
    if setup.listens {
        for (index, listener) in (0u32..).zip(&setup.listeners) {
            driver.watch(index, listener)?;
        }
    }
    let inbox = Inbox::start(receiver);
    // Boxed, so that the task stays small.
    let mut worker = Box::new(Worker::new(setup, driver, Rc::clone(&inbox), outbox));
    while !worker.is_finished() {
        worker.turn()?;
        glommio::executor().yield_if_needed().await;
    }
    let done = ToControl::Drained {
        worker: worker.core.worker,
    };
    // Control ends by itself after the drain timeout if this does not reach it.
    let _ = worker.outbox.send(done).await;
    Ok(())
}

// === impl Worker ===

impl Worker {
    fn new(
        setup: Setup,
        driver: Driver,
        inbox: Rc<RefCell<Inbox>>,
        outbox: ConnectedSender<ToControl>,
    ) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the driver is where time comes from"
        )]
        let clock = Instant::now();
        let wall = wall_clock();
        let Setup {
            index,
            workers,
            config,
            listeners,
            credentials: _,
            listens: _,
            descriptors_max,
        } = setup;
        let pipeline = Pipeline::new(config.clone(), index, workers, Time(0), wall)
            .with_process_id(std::process::id());
        Self {
            rhythm: Rhythm::new(config.gather_max),
            relief: Relief::default(),
            config,
            clock: Clock::new(clock),
            core: Core {
                worker: index,
                pipeline,
                outages: Outages::default(),
                names: Names::default(),
                now: Time(0),
            },
            driver,
            listeners,
            entrance: Entrance::default(),
            descriptors_max,
            spinning: Spinning::default(),
            lingering: Lingering::default(),
            inbox,
            lookups: Lookups::default(),
            outbox,
            scratch: vec![0; SCRATCH].into_boxed_slice(),
            next_tick: Time(0),
            next_usage: Time(0),
            active_at: Time(0),
            clients_told: 0,
            draining: false,
        }
    }

    fn is_finished(&self) -> bool {
        // The last client may have got its last reply in the flush that ended the turn, and is still to be closed.
        self.draining
            && self.core.pipeline.is_drained()
            && !self.core.pipeline.has_actions()
            && self.lingering.is_empty()
    }

    /// Messages of control, and what other tasks of this executor found out.
    fn take_inbox(&mut self, now: Time) {
        let mut inbox = self.inbox.borrow_mut();
        let messages = std::mem::take(&mut inbox.messages);
        let answers = std::mem::take(&mut inbox.answers);
        drop(inbox);
        for message in messages {
            match message {
                ToWorker::SlotMap(map) => self.core.pipeline.handle_slot_map(&map, now),
                ToWorker::Commands(commands) => self.core.pipeline.handle_commands(&commands),
                ToWorker::Settings { config, reloads } => {
                    self.core.pipeline.handle_settings(&config, reloads);
                    self.rhythm.set_gather_max(config.gather_max);
                    self.config = *config;
                }
                ToWorker::Stats => {
                    self.note_handshakes();
                    let stats = Box::new(self.core.pipeline.stats());
                    self.tell(ToControl::Stats {
                        worker: self.core.worker,
                        stats,
                    });
                }
                ToWorker::ClientsElsewhere(count) => {
                    self.core.pipeline.handle_clients_elsewhere(count);
                }
                ToWorker::Question {
                    asker,
                    id,
                    question,
                } => {
                    let answer = self
                        .core
                        .pipeline
                        .handle_question(asker, id, &question, now);
                    if let Some(answer) = answer {
                        self.tell(ToControl::Answer { asker, id, answer });
                    }
                }
                ToWorker::Answer { id, answer } => self.core.pipeline.handle_answer(id, answer),
                ToWorker::News(news) => self.core.pipeline.handle_news(&news),
                ToWorker::Lines {
                    subject,
                    from,
                    first,
                    lines,
                } => {
                    let pipeline = &mut self.core.pipeline;
                    match subject {
                        Subject::Requests => pipeline.handle_lines(from, first, &lines),
                        Subject::Changes => pipeline.handle_changes(from, first, &lines),
                    }
                }
                ToWorker::Credentials { server, client } => {
                    self.driver.set_credentials(server, client);
                }
                ToWorker::Listen => self.listen(now),
                ToWorker::Drain { is_served } => self.drain(is_served, now),
            }
        }
        for answer in answers {
            self.take_answer(answer, now);
        }
    }

    fn drain(&mut self, is_served: bool, now: Time) {
        self.draining = true;
        if !is_served {
            // Closing a listener would reset those who wait.
            self.accept_waiting(now);
        }
        for (index, listener) in (0u32..).zip(self.listeners.drain(..)) {
            self.driver.ignore(index, &listener);
        }
        self.core.pipeline.handle_drain(now);
    }

    /// Deadlines, and what is told to control once per tick.
    fn tick(&mut self, now: Time) {
        self.next_tick = now.plus(TICK);
        self.core.pipeline.handle_timeout(now);
        self.driver.expire(&mut self.core, now.0);
        self.note_handshakes();
        self.lingering.tick(&mut self.scratch, now);
        let clients = self.core.pipeline.clients();
        if clients != self.clients_told
            && self.tell(ToControl::Clients {
                worker: self.core.worker,
                now: clients,
            })
        {
            self.clients_told = clients;
        }
        if self.relief.note(self.core.pipeline.held_bytes(), now) {
            self.tell(ToControl::MemoryFreed);
        }
        self.resume_accepting(now);
        self.note_cpu_time(now);
        if let Ok(usage) = getrusage(UsageWho::RUSAGE_THREAD) {
            let worked = duration(usage.user_time()) + duration(usage.system_time());
            self.rhythm.note_worked(worked, now);
        }
    }

    /// Puts what the driver counts to the other numbers of the worker.
    fn note_handshakes(&mut self) {
        if let Some(counts) = self.driver.tls_counts() {
            let counters = self.core.pipeline.counters_mut();
            counters.tls_handshakes_clients = counts.clients;
            counters.tls_handshakes_clients_failed = counts.clients_failed;
            counters.tls_handshakes_turns_cut = counts.turns_cut;
            counters.tls_handshakes_nodes = counts.nodes;
            counters.tls_handshakes_nodes_failed = counts.nodes_failed;
        }
    }

    /// Tells the pipeline about once a second how long the process has worked, for INFO, and what time it is: the
    /// wall clock may be set, and only what shows it goes by it.
    fn note_cpu_time(&mut self, now: Time) {
        if now < self.next_usage {
            return;
        }
        self.next_usage = now.plus(USAGE_EVERY);
        self.core.pipeline.handle_wall_clock(wall_clock(), now);
        if let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) {
            self.core
                .pipeline
                .handle_cpu_time(duration(usage.user_time()), duration(usage.system_time()));
        }
    }

    /// Tells control; false if its channel is full, which is never waited for.
    fn tell(&mut self, message: ToControl) -> bool {
        let is_hint = matches!(message, ToControl::RefreshHint(_));
        let sent = self.outbox.try_send(message).is_ok();
        if is_hint {
            let counters = self.core.pipeline.counters_mut();
            counters.refresh_hints += 1;
            counters.refresh_hints_dropped += u64::from(!sent);
        }
        sent
    }
}

/// Time since the Unix epoch, for what is shown. It may jump, so nothing is decided by it.
#[expect(
    clippy::disallowed_methods,
    reason = "TIME and what operators see tell the time of day"
)]
fn wall_clock() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

fn duration(time: TimeVal) -> Duration {
    Duration::from_micros(u64::try_from(time.num_microseconds()).unwrap_or(0))
}
