//! One request over keys of several slots: cut into parts, one per slot, and put together again.
//!
//! Redis Cluster refuses a command whose keys are in different slots even when one node owns them all, so a
//! part holds the keys of one slot. The parts of one node leave in one write.
//!
//! Holds: the merged reply is an error if the reply of any part is; an unknown outcome wins, then the first
//! part's error. Costs: a split request uses pooled vectors; its keys are copied once, into the parts.

use bytes::Bytes;

use super::answers;
use super::pending::{At, Part};
use crate::cluster::Slot;
use crate::command::Split as Kind;
use crate::resp::{ReplyView, RequestView, write};

/// A request that several parts answer.
#[derive(Debug)]
pub(super) struct Split {
    pub(super) kind: Kind,
    parts: Vec<SplitPart>,
    /// Where each key stands in the client's request, in the order of the parts.
    indices: Vec<u32>,
    /// Elements of MGET replies, in the order in which they came.
    replies: Vec<u8>,
    /// Where in `replies` each element is, in the client's order.
    elements: Vec<(usize, usize)>,
    unanswered: usize,
    /// Bytes of replies so far, as counted for the client.
    pub(super) counted: usize,
    sum: i64,
}

#[derive(Debug)]
struct SplitPart {
    part: Part,
    error: Option<Bytes>,
    /// First of its keys in `indices`.
    first_key: usize,
}

/// Plan of a split request: its elements grouped by slot.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Slot, index of the key among the keys, offset and length of its bytes in the frame.
    keys: Vec<Planned>,
    /// Index in `keys` behind the last key of each group.
    ends: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Planned {
    slot: Slot,
    index: u32,
    start: usize,
    end: usize,
}

/// What a part that answered wrongly tells about its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WrongShape;

// === impl Plan ===

impl Plan {
    /// Groups the keys of `view`; each key comes with the `stride - 1` arguments behind it.
    pub(super) fn make(&mut self, view: &RequestView<'_>, stride: usize) {
        self.keys.clear();
        self.ends.clear();
        let mut elements = view.args().with_spans().skip(1);
        while let Some((span, key)) = elements.next() {
            let mut end = span.end;
            for _ in 1..stride {
                end = elements.next().map_or(end, |(span, _)| span.end);
            }
            let index = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
            self.keys.push(Planned {
                slot: Slot::of_key(key),
                index,
                start: span.start,
                end,
            });
        }
    }

    /// The slot of all keys, if they share one.
    pub(super) fn single_slot(&self) -> Option<Slot> {
        let first = self.keys.first()?.slot;
        self.keys
            .iter()
            .all(|key| key.slot == first)
            .then_some(first)
    }

    /// Number of groups; sorts the keys by slot, keeping the client's order within a slot.
    pub(super) fn group(&mut self) -> usize {
        self.keys.sort_unstable_by_key(|key| (key.slot, key.index));
        let keys = &self.keys;
        self.ends
            .extend((1..=keys.len()).filter(|&at| {
                keys.get(at).map(|key| key.slot) != keys.get(at - 1).map(|k| k.slot)
            }));
        self.ends.len()
    }

    /// Writes the request of group `group` to `out` and returns its slot.
    pub(super) fn write_part(
        &self,
        group: usize,
        kind: Kind,
        frame: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<Slot> {
        let from = if group == 0 {
            0
        } else {
            *self.ends.get(group - 1)?
        };
        let keys = self.keys.get(from..*self.ends.get(group)?)?;
        let (name, stride) = shape(kind);
        write::array(out, 1 + keys.len() * stride);
        write::bulk(out, name);
        for key in keys {
            out.extend_from_slice(frame.get(key.start..key.end)?);
        }
        keys.first().map(|key| key.slot)
    }
}

/// Name on the wire and arguments per key.
pub(super) fn shape(kind: Kind) -> (&'static [u8], usize) {
    match kind {
        Kind::Mget => (b"MGET", 1),
        Kind::Mset => (b"MSET", 2),
        Kind::Del => (b"DEL", 1),
        Kind::Unlink => (b"UNLINK", 1),
        Kind::Exists => (b"EXISTS", 1),
        Kind::Touch => (b"TOUCH", 1),
    }
}

// === impl Split ===

impl Split {
    pub(super) fn new() -> Self {
        Self {
            kind: Kind::Mget,
            parts: Vec::new(),
            indices: Vec::new(),
            replies: Vec::new(),
            elements: Vec::new(),
            unanswered: 0,
            counted: 0,
            sum: 0,
        }
    }

    /// Starts over for the request that `plan` describes.
    pub(super) fn begin(&mut self, kind: Kind, plan: &Plan) {
        self.kind = kind;
        self.parts.clear();
        self.replies.clear();
        self.unanswered = plan.ends.len();
        self.sum = 0;
        self.counted = 0;
        self.indices.clear();
        self.elements.clear();
        if kind == Kind::Mget {
            self.indices.extend(plan.keys.iter().map(|key| key.index));
            self.elements.resize(plan.keys.len(), (0, 0));
        }
        let starts = std::iter::once(0).chain(plan.ends.iter().copied());
        for first_key in starts.take(plan.ends.len()) {
            let slot = plan.keys.get(first_key).map_or(Slot::FIRST, |key| key.slot);
            let part = Part::new(slot, At::Link);
            self.parts.push(SplitPart {
                part,
                error: None,
                first_key,
            });
        }
    }

    pub(super) fn part_mut(&mut self, part: u32) -> Option<&mut Part> {
        self.parts
            .get_mut(part as usize)
            .map(|entry| &mut entry.part)
    }

    pub(super) fn parts_mut(&mut self) -> impl Iterator<Item = (u32, &mut Part)> {
        (0u32..).zip(self.parts.iter_mut().map(|entry| &mut entry.part))
    }

    /// Takes the reply of one part. Returns if it was the last one.
    ///
    /// # Errors
    ///
    /// [`WrongShape`] if the reply is no possible answer to the part: the node and corelane disagree on what
    /// was asked, so the link cannot be trusted.
    pub(super) fn record(&mut self, part: u32, frame: &[u8]) -> Result<bool, WrongShape> {
        let reply = ReplyView::new(frame);
        if reply.as_error().is_some() {
            let entry = self.parts.get_mut(part as usize).ok_or(WrongShape)?;
            entry.error = Some(Bytes::copy_from_slice(frame));
        } else {
            match self.kind {
                Kind::Mget => self.record_elements(part, &reply)?,
                Kind::Mset if reply.as_bulk() == Some(b"OK") => {}
                Kind::Mset => return Err(WrongShape),
                Kind::Del | Kind::Unlink | Kind::Exists | Kind::Touch => {
                    let count = reply.as_integer().ok_or(WrongShape)?;
                    self.sum = self.sum.saturating_add(count);
                }
            }
        }
        self.part_mut(part).ok_or(WrongShape)?.at = At::Done;
        self.unanswered = self.unanswered.saturating_sub(1);
        Ok(self.unanswered == 0)
    }

    /// Writes the reply of the whole request; all parts must have answered.
    pub(super) fn merge(&mut self, out: &mut Vec<u8>) {
        debug_assert_eq!(self.unanswered, 0, "merged before all parts answered");
        let errors = || self.parts.iter().filter_map(|entry| entry.error.as_ref());
        // That a part may have been executed is what its client must hear first.
        let unknown = errors().find(|error| error.ends_with(answers::UNKNOWN_END));
        if let Some(error) = unknown.or_else(|| errors().next()) {
            out.extend_from_slice(error);
            return;
        }
        match self.kind {
            Kind::Mget => {
                write::array(out, self.elements.len());
                for (start, end) in &self.elements {
                    out.extend_from_slice(self.replies.get(*start..*end).unwrap_or_default());
                }
            }
            Kind::Mset => write::simple(out, "OK"),
            Kind::Del | Kind::Unlink | Kind::Exists | Kind::Touch => write::integer(out, self.sum),
        }
    }

    fn record_elements(&mut self, part: u32, reply: &ReplyView<'_>) -> Result<(), WrongShape> {
        let first_of = |part: usize| self.parts.get(part).map(|entry| entry.first_key);
        let from = first_of(part as usize).ok_or(WrongShape)?;
        let to = first_of(part as usize + 1).unwrap_or(self.indices.len());
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

    /// Bytes of replies and of waiting parts that are held.
    pub(super) fn held_len(&self) -> usize {
        let waiting: usize = self
            .parts
            .iter()
            .map(|entry| entry.part.at.held_len())
            .sum();
        self.replies.len() + waiting
    }
}
