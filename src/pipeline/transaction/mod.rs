//! Transactions of clients: MULTI, what is queued after it, EXEC and DISCARD; and keys that are watched.
//!
//! ```text
//!   MULTI          +OK at once; from now on commands are checked and kept here (queue.rs)
//!   SET k 1        +QUEUED at once
//!   CLIENT ID      +QUEUED; corelane's own, kept apart and put into EXEC's reply (splice.rs)
//!   EXEC           everything goes out as one batch (batch.rs): on the shared link of the slot's owner, or, if
//!                  the client watches keys, on the link that watches them (watch.rs)
//! ```
//!
//! Nothing is sent before EXEC, so a client that leaves, or gives up, costs the nodes nothing. All keys of a
//! transaction are in one slot, because a server executes it whole or not at all.
//!
//! Holds: `Pipeline::transactions` counts the clients that queue; what they hold is in the worker's sum. Limits:
//! `limits.transaction_bytes_max` per client.

use bytes::Bytes;

use self::splice::Spliced;
use super::client::Pause;
use super::ingest::{Frame, Taken};
use super::keyed::Way;
use super::pending::Lane;
use super::slab::Key;
use super::time::Time;
use super::{Pipeline, answers};
use crate::cluster::{SLOTS, Slot};
use crate::command::{self, Command, Step, Treatment};
use crate::resp::{RequestView, write};

mod queue;
mod splice;
mod watch;

pub(super) use self::watch::{Watch, is_watch};

/// What a client has queued since MULTI, or what belongs into the reply of the EXEC that is under way.
#[derive(Debug)]
pub(super) struct Transaction {
    /// What goes to the node: MULTI and the commands, and EXEC once it is sealed.
    batch: Vec<u8>,
    /// The batch when it is complete.
    sealed: Option<Bytes>,
    /// Commands that were queued for the node.
    forwarded: u32,
    /// Commands that corelane answers, with their places in EXEC's reply.
    spliced: Vec<Spliced>,
    /// The slot of its keys, once there is one.
    slot: Option<Slot>,
    /// Something in it may change data.
    writes: bool,
    /// Something in it runs a script.
    runs_scripts: bool,
    /// A command was refused, so EXEC will be.
    spoiled: bool,
    /// EXEC is under way with this sequence number; the client pauses until it is answered.
    under_way: Option<u32>,
    /// Bytes in the worker's sum.
    counted: usize,
}

const MULTI: &[u8] = b"*1\r\n$5\r\nMULTI\r\n";
const EXEC: &[u8] = b"*1\r\n$4\r\nEXEC\r\n";

/// MULTI and EXEC.
const FRAMING_COMMANDS: u32 = 2;

// === impl Transaction ===

impl Transaction {
    fn new(slot: Option<Slot>) -> Self {
        Self {
            batch: Vec::new(),
            sealed: None,
            forwarded: 0,
            spliced: Vec::new(),
            slot,
            writes: false,
            runs_scripts: false,
            spoiled: false,
            under_way: None,
            counted: 0,
        }
    }

    /// If something in it may change data.
    pub(super) fn writes(&self) -> bool {
        self.writes
    }

    /// Commands that were queued so far, until EXEC.
    pub(super) fn queued(&self) -> Option<usize> {
        self.under_way.is_none().then(|| self.places())
    }

    /// Elements that EXEC's reply will have.
    fn places(&self) -> usize {
        self.forwarded as usize + self.spliced.len()
    }

    /// Bytes that it holds.
    pub(super) fn held_bytes(&self) -> usize {
        self.counted
    }

    /// The whole batch; the same whenever it is asked for.
    fn seal(&mut self) -> Bytes {
        let batch = &mut self.batch;
        let sealed = self.sealed.get_or_insert_with(|| {
            if batch.is_empty() {
                batch.extend_from_slice(MULTI);
            }
            batch.extend_from_slice(EXEC);
            std::mem::take(batch).into()
        });
        sealed.clone()
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// MULTI, EXEC, DISCARD, WATCH or UNWATCH.
    #[cold]
    #[inline(never)]
    pub(super) fn take_step(
        &mut self,
        key: Key,
        command: &'static Command,
        step: Step,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        match step {
            Step::Multi => self.multi(key, command),
            Step::Exec => self.exec(key, command, now),
            Step::Discard => self.discard(key, command, now),
            Step::Watch => self.watch(key, command, view, frame, now),
            Step::Unwatch => self.unwatch(key, command, now),
        }
    }

    /// The transaction that a client queues commands for, if it is in one.
    pub(super) fn queueing(&self, key: Key) -> Option<&Transaction> {
        let transaction = self.clients.get(key)?.transaction.as_deref();
        transaction.filter(|transaction| transaction.under_way.is_none())
    }

    fn queueing_mut(&mut self, key: Key) -> Option<&mut Transaction> {
        let transaction = self.clients.get_mut(key)?.transaction.as_deref_mut();
        transaction.filter(|transaction| transaction.under_way.is_none())
    }

    fn multi(&mut self, key: Key, command: &'static Command) -> Taken {
        if self.queueing(key).is_some() {
            return self.refuse_step(key, command, answers::MULTI_NESTED);
        }
        if let Some(client) = self.clients.get_mut(key) {
            let watch = client.lease.as_ref().and_then(|lease| lease.watch);
            let slot = watch.map(|watch| watch.slot);
            client.transaction = Some(Box::new(Transaction::new(slot)));
            self.transactions += 1;
            self.note_specials();
        }
        self.answer_with(key, command, |out| write::simple(out, "OK"));
        Taken::Yes
    }

    /// MULTI or WATCH after MULTI. Redis goes on as if nothing had been said; Valkey from 8.0 on refuses EXEC, too.
    fn refuse_step(&mut self, key: Key, command: &'static Command, by_redis: &str) -> Taken {
        match answers::not_in_transaction(command.name, self.server.valkey_major()) {
            Some(text) => {
                self.spoil_transaction(key);
                self.answer_error(key, command, &text)
            }
            None => self.answer_error(key, command, by_redis),
        }
    }

    fn exec(&mut self, key: Key, command: &'static Command, now: Time) -> Taken {
        let Some(transaction) = self.queueing(key) else {
            return self.answer_error(key, command, answers::EXEC_WITHOUT_MULTI);
        };
        let is_spoiled = transaction.spoiled;
        let is_local = transaction.forwarded == 0;
        let seq = self
            .clients
            .get(key)
            .map(|client| client.pending.next_seq());
        if is_spoiled {
            self.stats.counters.transactions_aborted += 1;
            self.forget_transaction(key);
            self.end_watch(key);
            return self.answer_error(key, command, answers::EXEC_ABORT);
        }
        let taken = if self.is_watching(key) {
            self.exec_watched(key, command, now)
        } else if is_local {
            let mut out = Vec::new();
            self.write_spliced(key, now, &mut out);
            self.answer(key, Some(command), &out);
            Taken::Yes
        } else {
            self.exec_shared(key, command, now)
        };
        match taken {
            Taken::Later(_) => taken,
            // Answers of corelane's own are made when the node has executed the rest.
            Taken::Then(_) if self.end_queueing(key, seq) => Taken::Then(Pause::Barrier),
            taken => {
                self.forget_transaction(key);
                taken
            }
        }
    }

    /// Sends the transaction over the shared link of its slot's owner.
    fn exec_shared(&mut self, key: Key, command: &'static Command, now: Time) -> Taken {
        let number = self.clients.get(key).map_or(0, |client| client.number);
        let anywhere = self.any_slot(number);
        let Some(transaction) = self.queueing_mut(key) else {
            return Taken::Yes;
        };
        let slot = transaction.slot.unwrap_or(anywhere);
        let way = Way {
            lane: if transaction.runs_scripts {
                Lane::Scripts
            } else {
                Lane::Shared
            },
            batch: Some(transaction.forwarded + FRAMING_COMMANDS),
        };
        let has_spliced = !transaction.spliced.is_empty();
        let frame = Frame::Shared(transaction.seal());
        match self.forward_by(key, command, slot, &frame, way, now) {
            Taken::Yes | Taken::Sent if has_spliced && self.has_pending(key) => {
                Taken::Then(Pause::Barrier)
            }
            taken => taken,
        }
    }

    fn discard(&mut self, key: Key, command: &'static Command, now: Time) -> Taken {
        if self.queueing(key).is_none() {
            return self.answer_error(key, command, answers::DISCARD_WITHOUT_MULTI);
        }
        let taken = self.unwatch(key, command, now);
        if !matches!(taken, Taken::Later(_)) {
            self.forget_transaction(key);
        }
        taken
    }

    /// A slot that some node serves, for what has no keys: another one for another client.
    fn any_slot(&self, client: u64) -> Slot {
        let first = client.wrapping_mul(SPREAD);
        let numbers = (0..SLOTS as u64).map(|n| first.wrapping_add(n) % SLOTS as u64);
        let mut slots = numbers.filter_map(|n| Slot::new(u16::try_from(n).ok()?));
        let served = slots.find(|slot| self.routes.primary_of(*slot).is_some());
        served.unwrap_or(Slot::FIRST)
    }

    /// EXEC is under way: nothing is queued any more. True if its reply needs answers of corelane's own.
    fn end_queueing(&mut self, key: Key, seq: Option<u32>) -> bool {
        let Some(client) = self.clients.get_mut(key) else {
            return false;
        };
        let Some(transaction) = &mut client.transaction else {
            return false;
        };
        if transaction.spliced.is_empty() {
            return false;
        }
        transaction.under_way = seq;
        // The link counts it now.
        transaction.sealed = None;
        self.transactions -= 1;
        self.note_specials();
        true
    }

    /// A client is in no transaction any more.
    pub(super) fn forget_transaction(&mut self, key: Key) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        if let Some(transaction) = client.transaction.take() {
            self.transactions -= usize::from(transaction.under_way.is_none());
            self.forget_bytes(transaction.counted);
            self.note_specials();
        }
    }

    /// The pause for an EXEC with answers of corelane's own is over, whatever became of it.
    pub(super) fn forget_executed(&mut self, key: Key) {
        let client = self.clients.get(key);
        let transaction = client.and_then(|client| client.transaction.as_deref());
        if transaction.is_some_and(|transaction| transaction.under_way.is_some()) {
            self.forget_transaction(key);
        }
    }

    /// A command was refused: if that was to be queued, the transaction will be refused too.
    #[cold]
    pub(super) fn spoil_transaction(&mut self, key: Key) {
        let mut held = 0;
        if let Some(transaction) = self.queueing_mut(key) {
            transaction.spoiled = true;
            held = std::mem::take(&mut transaction.counted);
            transaction.batch = Vec::new();
            transaction.spliced = Vec::new();
        }
        self.forget_bytes(held);
    }

    /// A command has a wrong number of arguments: true if that was EXEC, which gives the transaction up and is
    /// answered so.
    #[cold]
    pub(super) fn give_up_transaction(&mut self, key: Key, command: &'static Command) -> bool {
        if !is_exec(command) || self.queueing(key).is_none() {
            return false;
        }
        self.forget_transaction(key);
        self.end_watch(key);
        self.stats.counters.transactions_aborted += 1;
        let reason = format!("wrong number of arguments for '{}' command", command.name);
        self.answer_error(key, command, &answers::exec_abort(reason.as_bytes()));
        true
    }

    fn answer_error(&mut self, key: Key, command: &'static Command, text: &str) -> Taken {
        self.answer_with(key, command, |out| write::error(out, text));
        Taken::Yes
    }

    /// Answers EXEC with the error reply that says why nothing was executed.
    pub(super) fn answer_abort(&mut self, key: Key, command: &'static Command, reply: &[u8]) {
        self.stats.counters.transactions_aborted += 1;
        let said = crate::resp::ReplyView::new(reply).as_error();
        let text = answers::exec_abort(said.unwrap_or_default());
        self.answer_error(key, command, &text);
    }
}

/// If this is EXEC.
pub(super) fn is_exec(command: &Command) -> bool {
    command::treatment(command) == Treatment::Transaction(Step::Exec)
}

/// An odd number far from any round one, so that clients with numbers in a row get slots of different nodes.
const SPREAD: u64 = 6_700_417;
