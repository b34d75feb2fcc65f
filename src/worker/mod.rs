//! A worker: one pinned core that drives one pipeline with sockets.
//!
//! ```text
//!   epoll set --> read --> Pipeline::handle_* --+
//!   inbox ----> slot maps, drain ---------------+--> poll_action --> connect, close, tell control
//!   tick -----> deadlines, retries -------------+--> poll_dirty  --> one write per peer
//! ```
//!
//! One task owns all sockets of the worker. A turn waits in the readiness set, no longer than until the next
//! tick, reads what is readable, lets the pipeline work, and then writes once to each peer that has
//! something to get. Between turns the executor runs its other tasks whenever its preemption timer has
//! passed; they receive from control and look names up. Waiting there costs one system call, sleeping in
//! the executor costs four.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use glommio::channels::shared_channel::{ConnectedReceiver, ConnectedSender};

use crate::config::Config;
use crate::message::{ToControl, ToWorker};
use crate::net::{Event, Guard, Listener, Poller, Token};
use crate::pipeline::{Peer, Pipeline, TICK, Time};

mod accept;
mod inbox;
mod outages;
mod peers;
mod turn;

use self::accept::Entrance;
use self::inbox::Inbox;
use self::outages::Outages;
use self::peers::Peers;

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
    /// Wakes this executor once per tick.
    pub guard: Guard,
}

/// Bytes received at once into the buffer that all peers of a worker share: a full pipeline of small
/// requests or replies in one call, and still inside the second level cache.
const SCRATCH: usize = 64 * 1024;

/// The task's state.
struct Worker {
    index: usize,
    config: Config,
    clock: Instant,
    pipeline: Pipeline,
    poller: Poller,
    listeners: Vec<Listener>,
    entrance: Entrance,
    peers: Peers,
    outages: Outages,
    inbox: Rc<RefCell<Inbox>>,
    outbox: ConnectedSender<ToControl>,
    scratch: Box<[u8]>,
    events: Vec<Event>,
    /// Peers that this turn reads without an event: their last read filled its buffer, or they were paused.
    readable: Vec<Peer>,
    next_tick: Time,
    clients_told: usize,
    draining: bool,
}

/// Runs a worker until it has drained. To be called in its executor.
///
/// # Errors
///
/// The readiness set cannot be made.
pub async fn run(
    setup: Setup,
    receiver: ConnectedReceiver<ToWorker>,
    outbox: ConnectedSender<ToControl>,
) -> std::io::Result<()> {
    let poller = Poller::new()?;
    for (index, listener) in (0u32..).zip(&setup.listeners) {
        poller.add_listener(listener, Token::Listener(index))?;
    }
    let inbox = Inbox::start(receiver);
    // Boxed, so that the task stays small.
    let mut worker = Box::new(Worker::new(setup, poller, Rc::clone(&inbox), outbox));
    while !worker.is_finished() {
        worker.turn();
        glommio::executor().yield_if_needed().await;
    }
    let done = ToControl::Drained {
        worker: worker.index,
    };
    // Control ends by itself after the drain timeout if this does not reach it.
    let _ = worker.outbox.send(done).await;
    Ok(())
}

// === impl Worker ===

impl Worker {
    fn new(
        setup: Setup,
        poller: Poller,
        inbox: Rc<RefCell<Inbox>>,
        outbox: ConnectedSender<ToControl>,
    ) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the driver is where time comes from"
        )]
        let clock = Instant::now();
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let Setup {
            index,
            workers,
            config,
            listeners,
            guard: _,
        } = setup;
        Self {
            index,
            pipeline: Pipeline::new(config.clone(), index, workers, Time(0), wall)
                .with_process_id(std::process::id()),
            config,
            clock,
            poller,
            listeners,
            entrance: Entrance::default(),
            peers: Peers::default(),
            outages: Outages::default(),
            inbox,
            outbox,
            scratch: vec![0; SCRATCH].into_boxed_slice(),
            events: Vec::new(),
            readable: Vec::new(),
            next_tick: Time(0),
            clients_told: 0,
            draining: false,
        }
    }

    fn now(&self) -> Time {
        Time(u64::try_from(self.clock.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn is_finished(&self) -> bool {
        self.draining && self.pipeline.is_drained()
    }

    /// Messages of control, and what other tasks of this executor found out.
    fn take_inbox(&mut self, now: Time) {
        let mut inbox = self.inbox.borrow_mut();
        let messages = std::mem::take(&mut inbox.messages);
        let resolved = std::mem::take(&mut inbox.resolved);
        drop(inbox);
        for message in messages {
            match message {
                ToWorker::SlotMap(map) => self.pipeline.handle_slot_map(&map, now),
                ToWorker::Stats => {
                    let stats = Box::new(self.pipeline.stats());
                    self.tell(ToControl::Stats {
                        worker: self.index,
                        stats,
                    });
                }
                ToWorker::ClientsElsewhere(count) => self.pipeline.handle_clients_elsewhere(count),
                ToWorker::Drain => self.drain(),
            }
        }
        for (link, found) in resolved {
            self.connect_resolved(link, found, now);
        }
    }

    fn drain(&mut self) {
        self.draining = true;
        self.listeners.clear();
        self.pipeline.handle_drain();
    }

    /// Deadlines, and what is told to control once per tick.
    fn tick(&mut self, now: Time) {
        self.next_tick = now.plus(TICK);
        self.pipeline.handle_timeout(now);
        let clients = self.pipeline.clients();
        if clients != self.clients_told
            && self.tell(ToControl::Clients {
                worker: self.index,
                now: clients,
            })
        {
            self.clients_told = clients;
        }
        self.resume_accepting(now);
    }

    /// Tells control; false if its channel is full, which is never waited for.
    fn tell(&mut self, message: ToControl) -> bool {
        let is_hint = matches!(message, ToControl::RefreshHint(_));
        let sent = self.outbox.try_send(message).is_ok();
        if is_hint {
            let counters = self.pipeline.counters_mut();
            counters.refresh_hints += 1;
            counters.refresh_hints_dropped += u64::from(!sent);
        }
        sent
    }
}
