//! The core: everything that happens to a request between two sockets, without a socket.
//!
//! One pipeline per worker. It holds the clients' sessions, the links to nodes and the routes between
//! them; bytes and the time come in, bytes and [`Action`]s go out. It has no clock, no socket, no log and
//! no randomness, so a simulation can replay any failure from a seed.
//!
//! The driver calls, in each turn:
//!
//! 1. `handle_*` for what came in: [`Pipeline::handle_client_bytes`], [`Pipeline::handle_link_bytes`],
//!    connects, closes, maps, and [`Pipeline::handle_timeout`] about every [`TICK`].
//! 2. [`Pipeline::poll_action`] until it returns `None`.
//! 3. [`Pipeline::poll_dirty`] until it returns `None`; each peer it names has bytes to write:
//!    [`Pipeline::output`] shows them and [`Pipeline::handle_written`] notes how many were taken.
//!
//! `now` must not run backwards. States and ownership of bytes are described in `LIFECYCLE.md`.
//!
//! Costs: a small request is copied once into its link's log and its reply once into its client's output;
//! nothing is allocated per request once queues have grown to what the load needs.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::time::Duration;

use bytes::BytesMut;

pub use self::action::{Action, ClientId, Intake, LinkEnd, LinkId, Peer};
pub use self::pace::{Pace, Work};
pub use self::slab::Key;
pub use self::time::Time;

use self::client::ClientSession;
use self::denials::Denials;
use self::handshake::ServerInfo;
use self::inquiry::Inquiries;
use self::link::{LinkState, PartId, Patience, ShardLink};
use self::local::{Monitors, Usage};
use self::parts::Targets;
use self::passage::Passages;
use self::retry::RetryQueue;
use self::room::Pass;
use self::routes::Routes;
use self::scripts::Scripts;
use self::settings::{held_bytes_max, reply_limits, request_limits};
use self::slab::Slab;
use self::special::CommandPause;
use self::split::{Plan, Split};
use self::subscribe::Subscriptions;
use self::tracking::Tracking;
use self::unblock::Tickets;
use crate::access::{self, Access};
use crate::cluster::{MapVersion, NodeAddr, RefreshReason, SlotMap};
use crate::command::{Command, Learned};
use crate::config::Config;
use crate::metrics::{LatencyRun, Reloads, WorkerCounters, WorkerStats};
use crate::resp::Limits;

mod accounting;
mod action;
mod administration;
mod answers;
mod batch;
mod blocking;
mod brake;
mod broadcast;
mod canary;
mod chunks;
mod client;
mod cut;
mod denials;
mod drain;
mod emulate;
mod gather;
mod handshake;
mod ingest;
mod inquiry;
mod invariants;
mod keyed;
mod lease;
mod link;
mod link_events;
mod local;
mod node;
mod outage;
mod pace;
mod parts;
mod passage;
mod pending;
mod permit;
mod place;
mod preload;
mod quiet;
mod refusal;
mod release;
mod retry;
mod room;
mod routes;
mod runs;
mod script_cache;
mod script_lane;
mod scripts;
mod settings;
mod slab;
mod special;
mod split;
mod subscribe;
#[cfg(test)]
mod tests;
mod time;
mod timeouts;
mod tracking;
mod transaction;
mod unblock;
mod upload;
mod wait;
mod walk;

/// How often the driver calls [`Pipeline::handle_timeout`]: fine enough for a deadline of one second and
/// retries every ten milliseconds, coarse enough to cost nothing.
pub const TICK: Duration = Duration::from_millis(10);

/// The state machine of one worker.
#[derive(Debug)]
pub struct Pipeline {
    config: Config,
    access: Access,
    worker: usize,
    workers: usize,
    started: Time,
    /// Wall clock at [`Time`] zero, since the Unix epoch.
    wall_at_zero: Duration,
    /// For INFO.
    process_id: u32,

    clients: Slab<ClientSession>,
    links: Slab<ShardLink>,
    /// Links that are private, idle ones too.
    private_links: usize,
    /// Clients whose request may wait in a server.
    waiting_clients: usize,
    routes: Routes,
    retries: RetryQueue,
    server: ServerInfo,
    /// Commands that servers know and the table does not.
    learned: Learned,
    clients_seen: u64,
    /// Something out of the ordinary is on, which [`special`] looks at: one of the next six.
    specials: bool,
    /// Clients that have said something about replies.
    quiet_clients: usize,
    /// Clients that queue commands after MULTI.
    transactions: usize,
    command_pause: Option<CommandPause>,
    /// Clients that see all requests.
    monitors: Monitors,
    /// What clients listen to.
    subscriptions: Subscriptions,
    /// What clients have in caches of their own.
    tracking: Tracking,
    /// What clients were not permitted.
    denials: Denials,
    /// Questions to the other workers.
    inquiries: Inquiries,
    scripts: Scripts,
    /// Large replies that are passed on while they arrive.
    passages: Passages,
    /// Links that are braked, and some that were.
    brakes: Vec<Key>,
    /// This tick is too late to hold anything against clients.
    is_excused: bool,
    /// Clients in the middle of large requests that are passed on while they arrive.
    uploads: Vec<Key>,
    /// Nodes that were told to end a wait.
    tickets: Tickets,
    /// What INFO needs beside the counters.
    usage: Usage,
    /// Clients of the other workers, as far as control told.
    clients_elsewhere: usize,

    /// Scans that wait before they ask again, soonest first.
    paused_walks: VecDeque<(Time, Key, u32)>,
    /// The time of the last tick.
    moment: Time,
    /// Goes on with each request to several nodes, and decides where there is a choice.
    chance: usize,
    /// Canaries so far.
    canaries: u32,

    actions: VecDeque<Action>,
    dirty: VecDeque<Peer>,
    /// Clients whose output is held back, of those that were dirty in this turn.
    held: VecDeque<Peer>,
    /// When the first of them stops waiting, as far as this turn's list was gone through.
    hold_ends: Option<Time>,
    held_until: Option<Time>,
    /// Clients that may take requests again.
    resumable: Vec<Key>,
    /// Clients that each tick looks after, because they wait or hold what is counted only there.
    listed: Vec<Key>,
    /// The client that got replies last, until [`Self::end_delivery`].
    delivered: Option<Key>,
    /// Slots of clients whose held parts may go on.
    releases: VecDeque<(Key, crate::cluster::Slot)>,

    request_limits: Limits,
    reply_limits: Limits,
    /// Bytes held in buffers of clients and links, and of TLS sessions.
    held_bytes: usize,
    /// Those of TLS sessions.
    session_bytes: usize,
    /// Clients with requests that are not answered.
    busy_clients: usize,
    held_bytes_max: usize,
    /// Who may go on although buffers are full.
    memory_pass: Option<Pass>,
    /// Clients that have not authenticated, and have sent the beginning of a request.
    strangers: Vec<Key>,
    draining: bool,
    /// Draining has begun, and requests of clients are taken until then.
    farewell: Option<Time>,
    /// When every client is looked at next.
    next_sweep: Time,
    /// The first of the last ticks at which buffers were full.
    full_since: Option<Time>,

    /// Reused memory for what is built during one call.
    scratch: Vec<u8>,
    key_positions: Vec<usize>,
    key_uses: access::Reading,
    plan: Plan,
    targets: Targets,
    #[expect(
        clippy::vec_box,
        reason = "a request in the queue must stay small, so it holds a box"
    )]
    idle_splits: Vec<Box<Split>>,

    /// How often settings were read again.
    reloads: Reloads,
    stats: WorkerStats,
    /// Empty once [`Self::end_delivery`] was called.
    latency_run: LatencyRun,
}

/// Split states kept for reuse; more at once are allocated and dropped.
const IDLE_SPLITS_MAX: usize = 256;

// === impl Pipeline ===

impl Pipeline {
    /// The pipeline of worker `worker` of `workers`; `wall_at_zero` is the wall clock at [`Time`] zero.
    #[must_use]
    pub fn new(
        config: Config,
        worker: usize,
        workers: usize,
        now: Time,
        wall_at_zero: Duration,
    ) -> Self {
        let limits = config.limits;
        Self {
            routes: Routes::new(&config),
            access: Access::new(&config.clients),
            config,
            worker,
            workers,
            started: now,
            wall_at_zero,
            process_id: 0,
            clients: Slab::new(),
            links: Slab::new(),
            private_links: 0,
            waiting_clients: 0,
            retries: RetryQueue::default(),
            server: ServerInfo::default(),
            learned: Learned::none(),
            clients_seen: 0,
            specials: false,
            quiet_clients: 0,
            transactions: 0,
            command_pause: None,
            monitors: Monitors::default(),
            subscriptions: Subscriptions::new(),
            tracking: Tracking::default(),
            denials: Denials::default(),
            inquiries: Inquiries::default(),
            scripts: Scripts::new(limits.script_cache_bytes_max),
            passages: Passages::default(),
            brakes: Vec::new(),
            is_excused: false,
            uploads: Vec::new(),
            tickets: Tickets::default(),
            usage: Usage::default(),
            clients_elsewhere: 0,
            paused_walks: VecDeque::new(),
            moment: now,
            chance: worker,
            canaries: 0,
            actions: VecDeque::new(),
            dirty: VecDeque::new(),
            held: VecDeque::new(),
            hold_ends: None,
            held_until: None,
            resumable: Vec::new(),
            listed: Vec::new(),
            delivered: None,
            releases: VecDeque::new(),
            request_limits: request_limits(&limits),
            reply_limits: reply_limits(&limits),
            held_bytes: 0,
            session_bytes: 0,
            busy_clients: 0,
            held_bytes_max: held_bytes_max(&limits, workers),
            memory_pass: None,
            strangers: Vec::new(),
            draining: false,
            farewell: None,
            next_sweep: now,
            full_since: None,
            scratch: Vec::new(),
            key_positions: Vec::new(),
            key_uses: access::Reading::new(),
            plan: Plan::default(),
            targets: Targets::default(),
            idle_splits: Vec::new(),
            reloads: Reloads::default(),
            stats: WorkerStats::default(),
            latency_run: LatencyRun::default(),
        }
    }

    /// Tells the number of the process, for INFO.
    #[must_use]
    pub fn with_process_id(mut self, process_id: u32) -> Self {
        self.process_id = process_id;
        let worker = self.worker as u64;
        self.routes.seed(u64::from(process_id) << 32 | worker);
        self
    }

    /// Counters that the driver keeps.
    pub fn counters_mut(&mut self) -> &mut WorkerCounters {
        &mut self.stats.counters
    }

    /// Version of the slot map in use.
    #[must_use]
    pub fn map_version(&self) -> Option<MapVersion> {
        self.routes.version()
    }

    /// Bytes that buffers hold.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Clients connected to this worker.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    /// Where a link leads to, if the pipeline still has it.
    #[must_use]
    pub fn link_addr(&self, id: LinkId) -> Option<&NodeAddr> {
        self.routes.addr(self.links.get(id.0)?.node)
    }

    /// If requests go over a link, or did until it was taken out of use.
    #[must_use]
    pub fn is_link_ready(&self, id: LinkId) -> bool {
        let link = self.links.get(id.0);
        link.is_some_and(|link| matches!(link.state, LinkState::Ready | LinkState::Retiring))
    }

    /// If there is something to do without any event from outside, besides writing.
    #[must_use]
    pub fn has_actions(&self) -> bool {
        !self.actions.is_empty() || !self.resumable.is_empty()
    }

    /// If no request is under way and no link is about to open or close.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let is_idle = |link: &ShardLink| {
            let waits = link.in_flight.is_empty() || link.patience != Patience::Usual;
            link.state == LinkState::Ready && waits
        };
        self.pace().busy == 0
            && !self.is_draining()
            && self.subscriptions.is_idle()
            && self.tracking.is_idle()
            && self.monitors.is_idle()
            && self.links.iter().all(|(_, link)| is_idle(link))
    }

    /// How long the process has worked so far, in user and in kernel mode.
    pub fn handle_cpu_time(&mut self, user: Duration, kernel: Duration) {
        self.usage.cpu = [user, kernel];
    }

    /// What the wall clock says at `now`, since the Unix epoch. It may have been set.
    pub fn handle_wall_clock(&mut self, wall: Duration, now: Time) {
        self.wall_at_zero = wall.saturating_sub(Duration::from_nanos(now.0));
    }

    /// How many clients the other workers have.
    pub fn handle_clients_elsewhere(&mut self, count: usize) {
        self.clients_elsewhere = count;
    }

    /// True once draining is over: every client was answered and closed.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.is_draining() && self.clients.len() == 0
    }

    /// Takes a newer slot map over; an older one is ignored and counted.
    pub fn handle_slot_map(&mut self, map: &SlotMap, now: Time) {
        let Some(changed) = self.routes.apply(map) else {
            self.stats.counters.slot_maps_stale += 1;
            return;
        };
        self.stats.counters.slot_maps_applied += 1;
        self.routes.note_coverage(now);
        self.routes.forgive_primaries(&changed);
        self.unsettle_moved(&changed);
        self.leave_lost_nodes(now);
        self.note_kept();
        self.keep_links(now);
        self.close_gone_links(now);
        self.recheck_subscriptions(now);
        self.unsettle_broadcasts(now);
        self.doubt_waits(now);
        self.hasten_retries(now);
    }

    /// These commands are known from now on, besides those of the table; the ones before are not any more.
    pub fn handle_commands(&mut self, commands: &[&'static Command]) {
        self.learned = Learned::new(commands);
    }

    /// What the driver has to do next.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Fills `slices` with what has to be written to `peer`; returns how many were filled.
    pub fn output<'a>(&'a self, peer: Peer, slices: &mut [IoSlice<'a>]) -> usize {
        match peer {
            Peer::Client(id) => self
                .clients
                .get(id.0)
                .map_or(0, |client| client.output.unwritten(slices)),
            Peer::Link(id) => self
                .links
                .get(id.0)
                .map_or(0, |link| link.unwritten(slices)),
        }
    }

    /// Notes that `count` bytes of [`Self::output`] were handed to the socket.
    pub fn handle_written(&mut self, peer: Peer, count: usize) {
        match peer {
            Peer::Client(id) => self.client_written(id, count),
            Peer::Link(id) => self.link_written(id, count),
        }
    }

    /// Where to receive the rest of a large frame directly, if one is under way from `peer`.
    pub fn large_input(&mut self, peer: Peer) -> Option<&mut BytesMut> {
        let (need, input) = match peer {
            Peer::Client(id) => {
                let client = self.clients.get_mut(id.0)?;
                if client.need >= chunks::LARGE && client.upload.is_some() {
                    passage::make_room(&mut client.input, client.need);
                    return Some(&mut client.input);
                }
                (client.need, &mut client.input)
            }
            Peer::Link(id) => {
                let link = self.links.get_mut(id.0)?;
                if link.passage.is_some() && link.need >= chunks::LARGE {
                    link.make_room();
                    return Some(&mut link.input);
                }
                (link.need, &mut link.input)
            }
        };
        if need < chunks::LARGE {
            return None;
        }
        input.reserve(need.min(LARGE_READ_MAX));
        Some(input)
    }

    /// What may be received from `peer` now.
    #[inline]
    #[must_use]
    pub fn intake(&self, peer: Peer) -> Intake {
        let need = match peer {
            Peer::Client(id) => match self.clients.get(id.0) {
                Some(client) if client.phase != client::Phase::Open || self.draining => {
                    return client.upload_intake();
                }
                // The end of a client that waits in a server has to be noticed, and it comes behind all that was sent.
                Some(client) if client.is_waiting() => {
                    let max = if self.is_memory_full() {
                        PAUSED_INPUT_MAX
                    } else {
                        WAITING_INPUT_MAX
                    };
                    return if client.input.len() >= max {
                        Intake::OnlyEnd
                    } else {
                        Intake::Small
                    };
                }
                Some(client) if client.paused == Some(client::Pause::Upload) => {
                    return client.upload_intake();
                }
                Some(client) if client.paused.is_some() => {
                    let is_full = client.input.len() >= PAUSED_INPUT_MAX || self.is_memory_full();
                    return if is_full {
                        Intake::Full
                    } else {
                        Intake::Paused
                    };
                }
                Some(client) => client.need,
                None => return Intake::Full,
            },
            Peer::Link(id) => match self.links.get(id.0) {
                Some(link) if link.is_held() || link.brake.is_on => return Intake::Full,
                Some(link) => link.need,
                None => 0,
            },
        };
        if need < chunks::LARGE {
            Intake::Small
        } else {
            Intake::Large
        }
    }

    fn act(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    fn hint(&mut self, reason: RefreshReason) {
        // One wish per turn says as much as many.
        if !self
            .actions
            .iter()
            .rev()
            .take(4)
            .any(|action| *action == Action::Refresh(reason))
        {
            self.act(Action::Refresh(reason));
        }
    }

    /// Bytes of a part; used where it may be answered, held, moved or failed.
    fn part_mut(&mut self, id: PartId) -> Option<&mut pending::Part> {
        let pending = self.clients.get_mut(id.client)?.pending.get_mut(id.seq)?;
        match &mut pending.state {
            pending::State::Whole(part) if id.part == link::WHOLE => Some(part),
            pending::State::Split(split) => split.part_mut(id.part),
            pending::State::Walk(walk) => walk.part_mut(id.part),
            pending::State::Whole(_) | pending::State::Ready(_) => None,
        }
    }
}

/// What a paused client may send before its socket is left unread: a pause is mostly over before a pipeline
/// of small requests has filled this.
const PAUSED_INPUT_MAX: usize = 16 * 1024;

/// The same for a client that waits in a server, as long as there is memory: its end can only be seen once all that it
/// has sent before was received, or lies in the kernel's buffer.
const WAITING_INPUT_MAX: usize = 1024 * 1024;

/// Most that is reserved at a time for a large frame, so that announcing 512 MiB costs a peer more than
/// the announcement.
const LARGE_READ_MAX: usize = 1024 * 1024;
