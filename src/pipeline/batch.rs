//! A request that is several commands: MULTI, what was queued, and EXEC, written as one.
//!
//! ```text
//!   MULTI     +OK
//!   SET ...   +QUEUED       all swallowed, and checked: one that is an error decides what follows
//!   GET ...   +QUEUED
//!   EXEC      *2 ...        the reply of the request
//! ```
//!
//! On a link a batch is one entry that is owed several replies, so its bytes go, come back and expire as those
//! of any request. A server that refuses one of the commands executes none of them: a refusal that names
//! another node, or another time, sends the whole batch there.
//!
//! Holds: a batch without its last byte is not executed by any server; one that is whole is sent again only
//! after a refusal.

use bytes::Bytes;

use super::Pipeline;
use super::answers;
use super::ingest::Frame;
use super::link::{InFlight, Owner, PartId};
use super::slab::Key;
use super::time::Time;
use crate::cluster::Refusal;
use crate::resp::{Limits, ReplyKind, ReplyView, RequestScanner, write};

/// What a node has said about a batch before its last reply.
#[derive(Debug, Default)]
pub(super) struct BatchReplies {
    /// Commands that were queued.
    queued: usize,
    /// The error with which MULTI was refused. What followed was no transaction.
    multi_error: Option<Box<[u8]>>,
    /// The first error of another command: nothing will be executed.
    error: Option<Box<[u8]>>,
}

/// Why the replies of a link cannot be trusted any more.
type Desync = &'static str;

/// What EXEC says in front of the reason if the server changed its mind after everything was queued.
const ABORTED: &[u8] = b"EXECABORT Transaction discarded because of: ";

// === impl BatchReplies ===

impl BatchReplies {
    /// If the node will not execute the batch, whatever becomes of its last reply.
    pub(super) fn is_refused(&self) -> bool {
        self.error.is_some() && self.multi_error.is_none()
    }

    /// The error with which the node would not queue a command, as a reply, unless it says where or when to ask again.
    pub(super) fn final_error(&self) -> Option<Bytes> {
        let error = self.error.as_deref().filter(|_| self.is_refused());
        let error = error.filter(|text| Refusal::parse(text).is_none())?;
        let mut reply = Vec::new();
        write::error(&mut reply, &String::from_utf8_lossy(error));
        Some(reply.into())
    }

    /// Takes the reply to MULTI or to a command that was to be queued.
    fn note(&mut self, is_first: bool, reply: &[u8]) -> Result<(), Desync> {
        let error = ReplyView::new(reply).as_error();
        match error {
            Some(text) if is_first => self.multi_error = Some(text.into()),
            None if is_first && reply == b"+OK\r\n" => {}
            // Without MULTI the commands were executed one by one.
            _ if self.multi_error.is_some() => {}
            Some(text) if self.error.is_none() => self.error = Some(text.into()),
            Some(_) => {}
            None if reply == b"+QUEUED\r\n" => self.queued += 1,
            None => return Err("a reply that does not fit a transaction"),
        }
        Ok(())
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Who is to get the replies to `bytes`, which are those of a part.
    pub(super) fn owner_of(&mut self, id: PartId, bytes: &[u8]) -> Owner {
        if self.is_batch(id) {
            Owner::Batch {
                client: id.client,
                seq: id.seq,
                left: count_commands(bytes),
            }
        } else {
            Owner::Part(id)
        }
    }

    /// If a part is several commands.
    pub(super) fn is_batch(&mut self, id: PartId) -> bool {
        self.part_mut(id).is_some_and(|part| part.is_batch)
    }

    /// A reply to an entry that is not simply one part's.
    #[cold]
    #[inline(never)]
    pub(super) fn take_other_reply(
        &mut self,
        key: Key,
        entry: &InFlight,
        frame: &Frame<'_>,
        now: Time,
    ) -> Result<(), Desync> {
        match entry.owner {
            Owner::Part(_) | Owner::Asking => Ok(()),
            Owner::Heartbeat => Ok(()),
            Owner::Load if self.note_loaded(key, frame.bytes()) => Ok(()),
            Owner::Load => Err("a reply that does not fit SCRIPT LOAD"),
            Owner::Canary(number) if self.is_canary(number, frame.bytes()) => Ok(()),
            Owner::Canary(_) => Err("a canary that came back as another one"),
            Owner::Probe => {
                self.take_probe_reply(key, frame.bytes(), now);
                Ok(())
            }
            Owner::Topic { topic, leaves } => {
                self.take_topic_reply(key, topic, leaves, frame.bytes(), now)
            }
            Owner::Unblock(ticket) => {
                self.note_unblocked(ticket, frame.bytes());
                Ok(())
            }
            Owner::Expired { left } => {
                let rest = (left > 1).then_some(Owner::Expired { left: left - 1 });
                self.await_rest(key, entry, rest);
                Ok(())
            }
            Owner::Batch { client, seq, left } if left > 1 => {
                let left = left - 1;
                self.take_queued(key, entry, Owner::Batch { client, seq, left }, frame, now)
            }
            Owner::Batch { .. } => self.take_last(key, entry, frame, now),
        }
    }

    /// Puts an entry back that is owed more replies; one that is not is done with.
    fn await_rest(&mut self, key: Key, entry: &InFlight, rest: Option<Owner>) {
        if let Some(link) = self.links.get_mut(key) {
            match rest {
                Some(owner) => link.in_flight.push_front(InFlight { owner, ..*entry }),
                None => link.batch = None,
            }
        }
    }

    /// A reply of a batch before the last: the first refusal makes later requests wait at once.
    fn take_queued(
        &mut self,
        key: Key,
        entry: &InFlight,
        rest: Owner,
        frame: &Frame<'_>,
        now: Time,
    ) -> Result<(), Desync> {
        let (Some(link), Some(id)) = (self.links.get_mut(key), rest.part()) else {
            return Ok(());
        };
        let is_first = link.batch.is_none();
        let replies = link.batch.get_or_insert_default();
        let was_refused = replies.is_refused();
        if let Err(why) = replies.note(is_first, frame.bytes()) {
            link.batch = None;
            self.mistrust(key, id, entry, now);
            return Err(why);
        }
        let is_refused = !was_refused && replies.is_refused();
        self.await_rest(key, entry, Some(rest));
        if is_refused {
            self.mark_unsettled(id);
            self.recall_later(key, id, now);
        }
        Ok(())
    }

    /// The reply to EXEC.
    fn take_last(
        &mut self,
        key: Key,
        entry: &InFlight,
        frame: &Frame<'_>,
        now: Time,
    ) -> Result<(), Desync> {
        let (Some(link), Some(id)) = (self.links.get_mut(key), entry.owner.part()) else {
            return Ok(());
        };
        let replies = link.batch.take().unwrap_or_default();
        let is_tracked = link.terms.tracking;
        if let Some(text) = &replies.multi_error {
            self.stats.counters.errors_outcome_unknown += 1;
            self.cut_off(id);
            self.fail_batch(id, &answers::multi_refused(text), now);
            return Ok(());
        }
        let said = ReplyView::new(frame.bytes()).as_error();
        let Some(said) = said else {
            self.note_unknown_scripts(key, frame.bytes());
            if is_tracked {
                self.note_tracked(key, id, entry, frame.bytes());
            }
            if replies.is_refused() || !self.deliver_executed(id, &replies, frame, now) {
                return Err(self.mistrust(key, id, entry, now));
            }
            return Ok(());
        };
        let early = replies.error.as_deref();
        let reason = early.unwrap_or_else(|| said.strip_prefix(ABORTED).unwrap_or(said));
        if let Some(refusal) = Refusal::parse(reason) {
            let mut text = Vec::with_capacity(reason.len() + 3);
            write::error(&mut text, &String::from_utf8_lossy(reason));
            self.handle_refusal(key, id, entry, refusal, &text, now);
        } else if let Some(early) = early {
            self.stats.counters.transactions_aborted += 1;
            self.fail_batch(id, &answers::exec_abort(early), now);
        } else {
            self.stats.counters.transactions_aborted += 1;
            return self
                .deliver_one(id, frame, now)
                .map_err(|_| self.mistrust(key, id, entry, now));
        }
        Ok(())
    }

    /// Gives a client what its transaction gave; false if it cannot be that.
    fn deliver_executed(
        &mut self,
        id: PartId,
        replies: &BatchReplies,
        frame: &Frame<'_>,
        now: Time,
    ) -> bool {
        let view = ReplyView::new(frame.bytes());
        let fits = match view.kind() {
            ReplyKind::Array => view.len_elements() == Some(replies.queued),
            // Keys that were watched have changed.
            ReplyKind::Null => self.is_pinned(id),
            _ => false,
        };
        if !fits {
            return false;
        }
        self.stats.counters.transactions += 1;
        let spliced = self.splice_answers(id, &view, now);
        let delivered = match &spliced {
            Some(bytes) => self.deliver_one(id, &Frame::Borrowed(bytes), now),
            None => self.deliver_one(id, frame, now),
        };
        delivered.is_ok()
    }

    fn fail_batch(&mut self, id: PartId, text: &str, now: Time) {
        let mut reply = Vec::new();
        write::error(&mut reply, text);
        let delivered = self.deliver_one(id, &Frame::Borrowed(&reply), now);
        debug_assert!(delivered.is_ok(), "an error is an answer to every batch");
    }

    /// Gives a part an error reply that says why it was not executed; a transaction says that it was given up.
    pub(super) fn fail_unexecuted(&mut self, id: PartId, reply: Bytes, now: Time) {
        let reply = if self.is_batch(id) {
            self.stats.counters.transactions_aborted += 1;
            let said = ReplyView::new(&reply).as_error().unwrap_or_default();
            let mut text = Vec::new();
            write::error(&mut text, &answers::exec_abort(said));
            text.into()
        } else {
            reply
        };
        let delivered = self.deliver(id, &Frame::Borrowed(&reply), now);
        debug_assert!(delivered.is_ok(), "an error is an answer to every part");
    }
}

/// How many commands there are in the bytes of a batch.
fn count_commands(bytes: &[u8]) -> u32 {
    let mut scanner = RequestScanner::default();
    let (mut count, mut rest) = (0, bytes);
    while let Ok(shape) = scanner.scan_shape(rest, &Limits::DEFAULT) {
        count += 1;
        rest = rest.get(shape.frame_len()..).unwrap_or_default();
    }
    debug_assert!(rest.is_empty(), "a batch is whole commands");
    count
}
