//! One client: what it sent, what it waits for, what waits for it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::BytesMut;

use super::chunks::ChunkQueue;
use super::lease::Lease;
use super::link::Terms;
use super::pending::PendingQueue;
use super::quiet::Quiet;
use super::script_lane::Flights;
use super::slab::Key;
use super::subscribe::Subscriber;
use super::time::Time;
use super::tracking::Tracker;
use super::transaction::Transaction;
use super::upload::Upload;
use crate::access::UserId;
use crate::cluster::Slot;
use crate::config::LimitSettings;
use crate::resp::{Protocol, RequestScanner};

/// A client connection, from accept to close.
#[derive(Debug)]
pub(super) struct ClientSession {
    /// Number that `CLIENT ID` shows; unique over all workers.
    pub(super) number: u64,
    pub(super) peer: SocketAddr,
    pub(super) local: SocketAddr,
    pub(super) connected_at: Time,
    pub(super) last_active: Time,
    pub(super) protocol: Protocol,
    /// Number of the database that it has selected.
    pub(super) database: u16,
    pub(super) authenticated: bool,
    /// Authenticated as a user that may do everything; what the request path asks.
    pub(super) unlimited: bool,
    /// Who it is.
    pub(super) user: UserId,
    /// What the client called itself; absent until it does, to keep an idle client small.
    pub(super) identity: Option<Box<Identity>>,
    pub(super) last_command: &'static str,
    /// Modes that CLIENT and READONLY switch.
    pub(super) marks: Marks,
    /// Replies that it does not want; absent for clients that want all.
    pub(super) quiet: Option<Box<Quiet>>,
    /// What it wants to hear of changed keys; absent for clients that want nothing.
    pub(super) tracker: Option<Box<Tracker>>,
    /// The link that it has for itself; absent for clients that need none.
    pub(super) lease: Option<Box<Lease>>,
    /// What it listens to; absent for clients that listen to nothing.
    pub(super) subscriber: Option<Box<Subscriber>>,
    /// What it has queued since MULTI; absent for clients that are in no transaction.
    pub(super) transaction: Option<Box<Transaction>>,

    pub(super) scanner: RequestScanner,
    /// What arrived and was not taken yet: the rest of a frame, or what a pause left.
    pub(super) input: BytesMut,
    /// Bytes that the frame at the front of `input` still lacks, as far as known.
    pub(super) need: usize,
    pub(super) pending: PendingQueue,
    pub(super) output: ChunkQueue,
    /// The link from which the reply comes whose beginning is in the output already.
    pub(super) passage: Option<Key>,
    /// The large request that is passed on while it arrives; absent unless it is in the middle of one.
    pub(super) upload: Option<Box<Upload>>,
    /// When its next request came, if that waits for a full link, for owners of slots or for the first handshake.
    pub(super) link_wait_since: Option<Time>,
    /// When the request came that was answered last.
    pub(super) released: Time,
    /// Its output waits for more replies until then.
    pub(super) held_until: Option<Time>,
    /// Slots with parts being redirected or retried; later parts of them wait.
    pub(super) unsettled: BTreeMap<Slot, u32>,
    /// Scripts that follow each other without waiting.
    pub(super) flights: Flights,
    /// Parts of split requests without a reply.
    pub(super) parts: usize,
    /// Running mean of reply sizes, to meter bytes expected back.
    pub(super) reply_bytes_mean: usize,

    pub(super) phase: Phase,
    pub(super) paused: Option<Pause>,
    /// When bytes last came from it, or the tick before bytes last went to it; while memory is full also when it was
    /// last offered some.
    pub(super) moved_at: Time,
    /// It is in the list of clients that each tick looks after.
    pub(super) listed: bool,
    /// In the list of peers with something to write.
    pub(super) dirty: bool,
    /// It has ended its side and sends nothing more.
    pub(super) ended: bool,
    /// Bytes of its buffers in the worker's sum.
    pub(super) counted_bytes: usize,
    /// It is among the clients that wait for replies.
    pub(super) counted_busy: bool,
}

/// Names that a client gives itself.
#[derive(Debug, Default)]
pub(super) struct Identity {
    pub(super) name: Box<[u8]>,
    pub(super) library_name: Box<[u8]>,
    pub(super) library_version: Box<[u8]>,
}

/// Modes that a client switches; they are kept and shown, and change nothing about links, which are shared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// READONLY.
    pub(super) read_only: bool,
    /// CLIENT NO-EVICT.
    pub(super) no_evict: bool,
    /// CLIENT NO-TOUCH.
    pub(super) no_touch: bool,
    /// CLIENT `MAINT_NOTIFICATIONS`.
    pub(super) maintenance: bool,
    /// CLIENT CAPA REDIRECT.
    pub(super) redirects: bool,
    /// MONITOR.
    pub(super) monitors: bool,
}

/// How far the connection is on its way to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Requests are taken.
    Open,
    /// No more requests are taken; it closes once all replies left.
    Finishing,
}

/// Why no more requests of a client are taken for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// As many requests in flight as it may have.
    InFlight,
    /// It does not read its replies.
    Output,
    /// The replies on their way to it are too large together.
    ExpectedBytes,
    /// A request that must not overtake the earlier ones waits for them.
    Barrier,
    /// The answer names the version of the servers, which the first handshake will tell.
    Server,
    /// CLIENT PAUSE is in force.
    Told,
    /// It is about all nodes, and for some slots nobody knows which node that is.
    Owners,
    /// The other workers have been asked about their clients.
    Workers,
    /// Nodes have still to confirm what it subscribes to.
    Subscribing,
    /// Nodes are being told to tell of changed keys.
    Tracking,
    /// The link it needs has as many requests in flight as it may have.
    Link,
    /// The worker's buffers hold as much as they may.
    Memory,
    /// It is in the middle of a large request, which does not wait here until it is whole. See
    /// [`upload`](super::upload).
    Upload,
}

/// What the replies of a client that has had none are taken to be: large enough that its first burst of
/// large reads is metered, small enough that a pipeline of 64 is not.
const REPLY_BYTES_FIRST: usize = 16 * 1024;

/// Output that may wait for a client that has not authenticated: a few errors, not a store of them.
const OUTPUT_BEFORE_AUTH: usize = 16 * 1024;

// === impl ClientSession ===

impl ClientSession {
    pub(super) fn new(number: u64, peer: SocketAddr, local: SocketAddr, now: Time) -> Self {
        Self {
            number,
            peer,
            local,
            connected_at: now,
            last_active: now,
            protocol: Protocol::Resp2,
            database: 0,
            authenticated: false,
            unlimited: false,
            user: UserId::DEFAULT,
            identity: None,
            last_command: "",
            marks: Marks::default(),
            quiet: None,
            tracker: None,
            lease: None,
            subscriber: None,
            transaction: None,
            scanner: RequestScanner::default(),
            input: BytesMut::new(),
            need: 0,
            pending: PendingQueue::default(),
            output: ChunkQueue::default(),
            passage: None,
            upload: None,
            link_wait_since: None,
            released: Time::default(),
            held_until: None,
            unsettled: BTreeMap::new(),
            flights: Flights::default(),
            parts: 0,
            reply_bytes_mean: REPLY_BYTES_FIRST,
            phase: Phase::Open,
            paused: None,
            moved_at: now,
            listed: false,
            dirty: false,
            ended: false,
            counted_bytes: 0,
            counted_busy: false,
        }
    }

    /// Which links carry its requests.
    #[inline]
    pub(super) fn terms(&self) -> Terms {
        Terms {
            protocol: self.protocol,
            tracking: self
                .tracker
                .as_ref()
                .is_some_and(|tracker| tracker.is_by_reading()),
            database: self.database,
        }
    }

    /// Why the next request has to wait, if it has to.
    #[inline]
    pub(super) fn must_pause(&self, limits: &LimitSettings) -> Option<Pause> {
        let in_flight = self.pending.len() + self.parts;
        let output_pause = if self.authenticated {
            limits.client_output_pause
        } else {
            OUTPUT_BEFORE_AUTH
        };
        let expected = in_flight.saturating_mul(self.reply_bytes_mean);
        if in_flight >= limits.client_requests_in_flight_max {
            Some(Pause::InFlight)
        } else if self.output.unwritten_len() + self.pending.stash_live() > output_pause {
            Some(Pause::Output)
        } else if expected + self.pending.waiting() > limits.client_expected_bytes_max {
            Some(Pause::ExpectedBytes)
        } else {
            None
        }
    }

    /// How many requests may be taken, while none is answered, until [`Self::must_pause`] has to be asked again;
    /// to be asked when the next one may.
    #[inline(never)]
    pub(super) fn room(&self, limits: &LimitSettings) -> usize {
        if !self.authenticated {
            return 1;
        }
        let in_flight = self.pending.len() + self.parts;
        let by_count = limits
            .client_requests_in_flight_max
            .saturating_sub(in_flight);
        let bytes = limits
            .client_expected_bytes_max
            .saturating_sub(self.pending.waiting());
        let expected_max = bytes / self.reply_bytes_mean.max(1);
        by_count
            .min(expected_max.saturating_sub(in_flight) + 1)
            .max(1)
    }

    /// If it is paused for something that only a tick looks after.
    pub(super) fn waits_for_tick(&self) -> bool {
        matches!(
            self.paused,
            Some(Pause::Link | Pause::Memory | Pause::Server | Pause::Owners)
        )
    }

    /// If ticks must look after it: it waits for them, or has something waiting that is counted again there.
    pub(super) fn must_be_listed(&self) -> bool {
        self.pending.waiting() > 0 || self.waits_for_tick()
    }

    /// If parts of `slot` may have to wait for earlier ones.
    #[inline]
    pub(super) fn is_unsettled(&self, slot: Slot) -> bool {
        !self.unsettled.is_empty() && self.unsettled.contains_key(&slot)
    }

    /// Counts one more part of `slot` that later ones wait for.
    pub(super) fn unsettle(&mut self, slot: Slot) {
        *self.unsettled.entry(slot).or_default() += 1;
    }

    /// Counts one less. The slot stays unsettled until [`Self::forget_settled`], so that nothing overtakes
    /// the parts that are about to be released.
    pub(super) fn settle(&mut self, slot: Slot) {
        self.flights.land(slot);
        match self.unsettled.get_mut(&slot) {
            Some(count) if *count > 0 => *count -= 1,
            _ => debug_assert!(false, "settled a slot that was not unsettled"),
        }
    }

    /// Ends the wait for `slot` if nothing of it is unsettled any more.
    pub(super) fn forget_settled(&mut self, slot: Slot) {
        if self.unsettled.get(&slot) == Some(&0) {
            self.unsettled.remove(&slot);
        }
    }

    /// Follows the size of replies: up at once, down slowly.
    #[inline]
    pub(super) fn note_reply(&mut self, len: usize) {
        self.reply_bytes_mean = mean_with(self.reply_bytes_mean, len);
    }

    /// Bytes of buffers that this client holds.
    pub(super) fn held_bytes(&self) -> usize {
        self.input.len() + self.output.held_len() + self.pending.held_len()
    }

    /// Bytes that it has queued since MULTI.
    pub(super) fn queued_bytes(&self) -> usize {
        let transaction = self.transaction.as_deref();
        transaction.map_or(0, Transaction::held_bytes)
    }

    /// Frees what an idle client does not need.
    pub(super) fn shrink(&mut self) {
        self.output.shrink();
        self.pending.shrink();
        if self.input.is_empty() && self.input.capacity() > 0 {
            self.input = BytesMut::new();
        }
    }

    /// The names it gave itself, made on first use.
    pub(super) fn identity_mut(&mut self) -> &mut Identity {
        self.identity.get_or_insert_with(Box::default)
    }
}

/// The running mean of reply sizes after one more reply.
#[inline]
pub(super) fn mean_with(mean: usize, len: usize) -> usize {
    if len > mean {
        len
    } else {
        mean - (mean - len) / 8
    }
}
