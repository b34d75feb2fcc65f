//! One request that several parts answer: cut over the slots of its keys and put together again, or sent to
//! several nodes.
//!
//! Redis Cluster refuses a command whose keys are in different slots even when one node owns them all, so a
//! part holds the keys of one slot. The parts of one node leave in one write. A part of one key is written as
//! the command for one key (GET, SET), which servers read, execute and answer with less work.
//!
//! What nodes answer is merged by [`gather`]; what is computed from keys is by [`emulate`](super::emulate).
//!
//! Holds: the merged reply is an error if the reply of any part is; an unknown outcome wins, then the first
//! part's error. Costs: a split request uses pooled vectors; its keys are copied once, into the parts.

use bytes::Bytes;

use super::answers;
use super::emulate::Emulation;
use super::gather::{self, Gather};
use super::pending::{At, Part};
use crate::cluster::Slot;
use crate::command::Split as Kind;
use crate::resp::{Protocol, ReplyKind, ReplyView, write};

mod plan;

pub(super) use self::plan::{Plan, is_conditional, layout};

/// A request that several parts answer.
#[derive(Debug)]
pub(super) struct Split {
    work: Work,
    /// What its client speaks.
    protocol: Protocol,
    parts: Vec<SplitPart>,
    /// Where each key stands in the client's request, in the order of the parts; for MGET with parts of
    /// several keys.
    indices: Vec<u32>,
    /// Elements of MGET replies, or replies of nodes, in the order in which they came.
    replies: Vec<u8>,
    /// Where in `replies` each element is, in the client's order.
    elements: Vec<(usize, usize)>,
    /// What becomes of replies of nodes.
    gather: Option<Box<Gather>>,
    /// What is computed from them.
    emulation: Option<Box<Emulation>>,
    /// The error that the client gets, with the part that it came for.
    error: Option<(u32, Bytes)>,
    unanswered: usize,
    sum: i64,
}

/// What the parts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Keys of one slot each.
    Keys(Kind),
    /// Questions to nodes.
    Nodes,
    /// Questions about keys.
    Emulated,
}

#[derive(Debug)]
struct SplitPart {
    part: Part,
    /// First of its keys in `indices`; of a part with one key, where that stands in the client's request.
    first_key: u32,
    keys: u32,
}

/// What follows from the reply of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recorded {
    /// All parts have answered.
    pub(super) is_last: bool,
    /// Later parts of this slot waited for it.
    pub(super) settled: Option<Slot>,
}

/// What a part that answered wrongly tells about its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WrongShape;

/// More than the longest header of an array, and than any reply that is one line of corelane's own.
const HEADER_MAX: usize = 32;

// === impl Split ===

impl Split {
    pub(super) fn new() -> Self {
        Self {
            work: Work::Keys(Kind::Mget),
            protocol: Protocol::Resp2,
            parts: Vec::new(),
            indices: Vec::new(),
            replies: Vec::new(),
            elements: Vec::new(),
            gather: None,
            emulation: None,
            error: None,
            unanswered: 0,
            sum: 0,
        }
    }

    /// Starts over for the request that `plan` describes, of a client that speaks `protocol`.
    pub(super) fn begin(&mut self, kind: Kind, protocol: Protocol, plan: &Plan) {
        self.work = Work::Keys(kind);
        self.protocol = protocol;
        self.parts.clear();
        self.replies.clear();
        self.error = None;
        self.unanswered = plan.ends.len();
        self.sum = 0;
        self.indices.clear();
        self.elements.clear();
        if kind == Kind::Mget {
            if plan.is_shared {
                self.indices.extend(plan.keys.iter().map(|key| key.index));
            }
            self.elements.resize(plan.keys.len(), (0, 0));
        }
        let mut begin = 0;
        self.parts.extend(plan.ends.iter().map(|&end| {
            let (slot, place) = match plan.keys.get(begin) {
                Some(key) if end - begin == 1 => (key.slot, key.index),
                Some(key) => (key.slot, u32::try_from(begin).unwrap_or(u32::MAX)),
                None => (Slot::FIRST, u32::MAX),
            };
            let part = SplitPart {
                part: Part::new(slot, At::Link),
                first_key: place,
                keys: u32::try_from(end - begin).unwrap_or(u32::MAX),
            };
            begin = end;
            part
        }));
    }

    /// A request whose parts have these slots, and whose replies `gather` makes into one.
    pub(super) fn of_nodes(gather: Gather, slots: impl Iterator<Item = Slot>) -> Self {
        let mut split = Self::new();
        split.work = Work::Nodes;
        split.gather = Some(Box::new(gather));
        split.ask(slots);
        split
    }

    /// A request that is computed from the replies of parts that have these slots.
    pub(super) fn of_emulation(emulation: Emulation, slots: impl Iterator<Item = Slot>) -> Self {
        let mut split = Self::new();
        split.work = Work::Emulated;
        split.emulation = Some(Box::new(emulation));
        split.ask(slots);
        split
    }

    /// Adds a part for each of these slots.
    fn ask(&mut self, slots: impl Iterator<Item = Slot>) {
        self.parts.extend(slots.map(|slot| SplitPart {
            part: Part::new(slot, At::Link),
            first_key: 0,
            keys: 0,
        }));
        self.unanswered = self.parts.len();
    }

    /// What becomes of replies of nodes, if its parts are questions to nodes.
    pub(super) fn gather(&self) -> Option<&Gather> {
        self.gather.as_deref()
    }

    pub(super) fn part_mut(&mut self, part: u32) -> Option<&mut Part> {
        self.parts
            .get_mut(part as usize)
            .map(|entry| &mut entry.part)
    }

    pub(super) fn parts_mut(&mut self) -> impl Iterator<Item = (u32, &mut Part)> {
        (0u32..).zip(self.parts.iter_mut().map(|entry| &mut entry.part))
    }

    /// Takes the reply of one part as [`Self::record`] does, if it is one of the usual ones and nothing waits for
    /// the part; else nothing has changed. Returns how many bytes more are held.
    #[inline]
    pub(super) fn try_record(&mut self, part: u32, frame: &[u8]) -> Option<usize> {
        let entry = self.parts.get_mut(part as usize)?;
        if entry.part.unsettled || !matches!(entry.part.at, At::Link) {
            return None;
        }
        let Work::Keys(kind) = self.work else {
            return None;
        };
        let kept = match (kind, frame) {
            (Kind::Mget, [b'$' | b'_', ..]) if entry.keys == 1 => {
                let element = self.elements.get_mut(entry.first_key as usize)?;
                let start = self.replies.len();
                self.replies.extend_from_slice(frame);
                *element = (start, self.replies.len());
                frame.len()
            }
            (Kind::Mset, b"+OK\r\n") => 0,
            (
                Kind::Del | Kind::Unlink | Kind::Exists | Kind::Touch,
                [b':', digit, b'\r', b'\n'],
            ) if digit.is_ascii_digit() => {
                self.sum = self.sum.saturating_add(i64::from(digit - b'0'));
                0
            }
            _ => return None,
        };
        entry.part.at = At::Done;
        self.unanswered = self.unanswered.saturating_sub(1);
        Some(kept)
    }

    /// All parts have answered.
    pub(super) fn is_answered(&self) -> bool {
        self.unanswered == 0
    }

    /// Takes the reply of one part, which is answered and settled with it.
    ///
    /// # Errors
    ///
    /// [`WrongShape`] if the reply is no possible answer to the part: the node and corelane disagree on what
    /// was asked, so the link cannot be trusted. Nothing has changed then.
    pub(super) fn record(&mut self, part: u32, frame: &[u8]) -> Result<Recorded, WrongShape> {
        match (self.work, frame) {
            (Work::Keys(Kind::Mget), [b'$' | b'_', ..]) => {
                let place = self.place_of_one(part).ok_or(WrongShape)?;
                let start = self.replies.len();
                self.replies.extend_from_slice(frame);
                self.set_element(place, start)?;
            }
            (Work::Keys(Kind::Mset), b"+OK\r\n") => {}
            (Work::Keys(kind), _) => self.record_other(kind, part, frame)?,
            (Work::Nodes | Work::Emulated, _) => self.record_kept(part, frame)?,
        }
        let part = self.part_mut(part).ok_or(WrongShape)?;
        part.at = At::Done;
        let settled = std::mem::take(&mut part.unsettled).then_some(part.slot);
        self.unanswered = self.unanswered.saturating_sub(1);
        Ok(Recorded {
            is_last: self.unanswered == 0,
            settled,
        })
    }

    /// The longest that the reply of the whole request can be.
    pub(super) fn merged_len_max(&self) -> usize {
        self.replies_len() + HEADER_MAX
    }

    /// If the reply is made of whole replies, so that its length is not known before.
    pub(super) fn is_gathered(&self) -> bool {
        self.gather.is_some() || self.emulation.is_some()
    }

    /// If more replies came than may be kept.
    pub(super) fn is_over(&self) -> bool {
        let computed = self.emulation.as_ref();
        self.gather().is_some_and(Gather::is_over) || computed.is_some_and(|it| it.is_over())
    }

    /// Writes the reply of the whole request; all parts must have answered.
    pub(super) fn merge(&self, out: &mut Vec<u8>) {
        debug_assert_eq!(self.unanswered, 0, "merged before all parts answered");
        if let Some(emulation) = &self.emulation {
            let error = self.error.as_ref();
            let error = error.map(|(part, error)| (*part, &**error));
            return emulation.write(error, &self.replies, out);
        }
        let error = self.error.as_ref().map(|(_, error)| &**error);
        if let Some(gather) = &self.gather {
            return gather.write(error, &self.replies, out);
        }
        if let Some(error) = error {
            return out.extend_from_slice(error);
        }
        let Work::Keys(kind) = self.work else {
            return;
        };
        match kind {
            Kind::Mget => {
                write::array(out, self.elements.len());
                for (start, end) in &self.elements {
                    out.extend_from_slice(self.replies.get(*start..*end).unwrap_or_default());
                }
            }
            Kind::Mset => write::simple(out, "OK"),
            Kind::Msetex => {
                let all = i64::try_from(self.parts.len()).unwrap_or(i64::MAX);
                write::integer(out, i64::from(self.sum == all));
            }
            Kind::Del | Kind::Unlink | Kind::Exists | Kind::Touch => write::integer(out, self.sum),
        }
    }

    /// Takes a reply of a part that is not one of the two most frequent.
    fn record_other(&mut self, kind: Kind, part: u32, frame: &[u8]) -> Result<(), WrongShape> {
        let reply = ReplyView::new(frame);
        match (kind, reply.as_error()) {
            (Kind::Mget, Some(text)) if self.is_nil(part, text) => {
                let place = self.place_of_one(part).ok_or(WrongShape)?;
                let start = self.replies.len();
                write::null(&mut self.replies, self.protocol);
                self.set_element(place, start)?;
            }
            (_, Some(_)) => self.record_error(part, frame),
            (Kind::Mget, None) => match self.place_of_one(part) {
                // Behind attributes.
                Some(place) if matches!(reply.kind(), ReplyKind::Bulk | ReplyKind::Null) => {
                    let start = self.replies.len();
                    self.replies.extend_from_slice(frame);
                    self.set_element(place, start)?;
                }
                Some(_) => return Err(WrongShape),
                None => self.record_elements(part, &reply)?,
            },
            (Kind::Mset, None) if reply.as_bulk() == Some(b"OK") => {}
            (Kind::Mset, None) => return Err(WrongShape),
            (Kind::Msetex | Kind::Del | Kind::Unlink | Kind::Exists | Kind::Touch, None) => {
                let count = reply.as_integer().ok_or(WrongShape)?;
                self.sum = self.sum.saturating_add(count);
            }
        }
        Ok(())
    }

    /// Takes a reply that is kept until all are here.
    fn record_kept(&mut self, part: u32, frame: &[u8]) -> Result<(), WrongShape> {
        let reply = ReplyView::new(frame);
        if reply.as_error().is_some() {
            self.record_error(part, frame);
            return Ok(());
        }
        if let Some(emulation) = &mut self.emulation {
            return emulation.keep(part, &reply, &mut self.replies);
        }
        let gather = self.gather.as_mut().ok_or(WrongShape)?;
        gather.keep(part, &reply, &mut self.replies)
    }

    /// If this error to a GET stands for a nil of MGET, which does not mind what type a key has.
    #[cold]
    fn is_nil(&self, part: u32, text: &[u8]) -> bool {
        self.place_of_one(part).is_some() && text.starts_with(b"WRONGTYPE ")
    }

    /// Where the value of a part stands in the client's order if the part has one key.
    fn place_of_one(&self, part: u32) -> Option<u32> {
        let part = self.parts.get(part as usize)?;
        (part.keys == 1).then_some(part.first_key)
    }

    /// The element at `place` is what `replies` holds from `start` on.
    fn set_element(&mut self, place: u32, start: usize) -> Result<(), WrongShape> {
        let element = self.elements.get_mut(place as usize).ok_or(WrongShape)?;
        *element = (start, self.replies.len());
        Ok(())
    }

    /// Keeps the error that counts: one that leaves the outcome open, else that of the first part.
    #[cold]
    fn record_error(&mut self, part: u32, frame: &[u8]) {
        let rank = |part: u32, error: &[u8]| {
            let text = ReplyView::new(error).as_error().unwrap_or_default();
            let is_known = !error.ends_with(answers::UNKNOWN_END);
            (is_known, gather::has_nothing_to_add(text), part)
        };
        let counts = match &self.error {
            // That a part may have been executed is what its client must hear first.
            Some((other, error)) => rank(part, frame) < rank(*other, error),
            None => true,
        };
        if counts {
            self.error = Some((part, Bytes::copy_from_slice(frame)));
        }
    }

    fn record_elements(&mut self, part: u32, reply: &ReplyView<'_>) -> Result<(), WrongShape> {
        let entry = self.parts.get(part as usize).ok_or(WrongShape)?;
        let from = entry.first_key as usize;
        let to = from.saturating_add(entry.keys as usize);
        let indices = self.indices.get(from..to).ok_or(WrongShape)?;
        if reply.len_elements() != Some(indices.len()) {
            return Err(WrongShape);
        }
        for (index, element) in indices.iter().zip(reply.elements().into_iter().flatten()) {
            let start = self.replies.len();
            self.replies.extend_from_slice(element.frame());
            let place = self.elements.get_mut(*index as usize).ok_or(WrongShape)?;
            *place = (start, self.replies.len());
        }
        Ok(())
    }

    /// Bytes of replies that are held: what its client counts as waiting because of them.
    pub(super) fn replies_len(&self) -> usize {
        let error = self.error.as_ref().map_or(0, |(_, error)| error.len());
        self.replies.len() + error
    }

    /// Bytes of replies and of waiting parts that are held.
    pub(super) fn held_len(&self) -> usize {
        let parts = self.parts.iter();
        let waiting: usize = parts.map(|entry| entry.part.at.held_len()).sum();
        self.replies_len() + waiting
    }
}

#[cfg(test)]
mod tests;
