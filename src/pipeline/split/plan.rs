//! How a request over several slots is cut: its keys grouped by slot, and what is written for each group.

use crate::cluster::{SLOTS, Slot};
use crate::command::Split as Kind;
use crate::resp::{RequestView, int, write};

/// Plan of a split request: its elements grouped by slot.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Plan {
    /// Slot, index of the key among the keys, offset and length of its bytes in the frame.
    pub(super) keys: Vec<Planned>,
    /// Index in `keys` behind the last key of each group.
    pub(super) ends: Vec<usize>,
    /// The arguments behind the keys, which every part has.
    tail: Tail,
    /// A bit for each slot, none set between two calls.
    seen: Vec<u64>,
    /// A bit for each slot that several of `keys` share.
    shared: Vec<u64>,
    /// There are such slots.
    pub(super) is_shared: bool,
    /// Reused memory for keys while they are grouped.
    sharing: Vec<Planned>,
}

/// Arguments behind the keys: their bytes in the frame, and how many they are.
#[derive(Debug, Clone, Copy, Default)]
struct Tail {
    start: usize,
    end: usize,
    args: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Planned {
    pub(super) slot: Slot,
    pub(super) index: u32,
    start: usize,
    end: usize,
}

/// Where the keys of a split request are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pipeline) struct Layout {
    /// Arguments in front of the first key.
    skip: usize,
    /// Keys.
    count: usize,
    /// Arguments per key.
    stride: usize,
}

// === impl Plan ===

impl Plan {
    /// Groups the keys of `view`; each key comes with the `stride - 1` arguments behind it.
    pub(in crate::pipeline) fn make(&mut self, view: &RequestView<'_>, layout: Layout) {
        let Layout {
            skip,
            count,
            stride,
        } = layout;
        self.clear();
        let mut elements = view.args().with_spans();
        for _ in 0..skip {
            elements.next();
        }
        while self.keys.len() < count
            && let Some((span, key)) = elements.next()
        {
            let mut end = span.end;
            for _ in 1..stride {
                end = elements.next().map_or(end, |(span, _)| span.end);
            }
            let index = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
            let slot = Slot::of_key(key);
            let bit = 1 << (slot.index() % 64);
            if let Some(word) = self.seen.get_mut(slot.index() / 64) {
                if *word & bit != 0 {
                    self.is_shared = true;
                    if let Some(word) = self.shared.get_mut(slot.index() / 64) {
                        *word |= bit;
                    }
                }
                *word |= bit;
            }
            self.keys.push(Planned {
                slot,
                index,
                start: span.start,
                end,
            });
        }
        self.tail = Tail {
            start: self.keys.last().map_or(0, |key| key.end),
            end: view.frame().len(),
            args: view.len_args().saturating_sub(skip + count * stride),
        };
        for key in &self.keys {
            if let Some(word) = self.seen.get_mut(key.slot.index() / 64) {
                *word = 0;
            }
        }
    }

    fn clear(&mut self) {
        if self.is_shared {
            self.is_shared = false;
            self.shared.fill(0);
        }
        self.seen.resize(SLOTS / 64, 0);
        self.shared.resize(SLOTS / 64, 0);
        self.keys.clear();
        self.ends.clear();
    }

    /// The slot of all keys, if they share one.
    pub(in crate::pipeline) fn single_slot(&self) -> Option<Slot> {
        let first = self.keys.first()?.slot;
        self.keys
            .iter()
            .all(|key| key.slot == first)
            .then_some(first)
    }

    /// Number of groups. Keys that have their slot for themselves come first, in the client's order; those that
    /// share one come behind them by slot, in the client's order within a slot.
    pub(in crate::pipeline) fn group(&mut self) -> usize {
        if self.is_shared {
            let (shared, sharing) = (&self.shared, &mut self.sharing);
            sharing.clear();
            self.keys.retain(|key| {
                let word = shared.get(key.slot.index() / 64).copied();
                let shares = word.unwrap_or(0) >> (key.slot.index() % 64) & 1 == 1;
                if shares {
                    sharing.push(*key);
                }
                !shares
            });
            sharing.sort_unstable_by_key(|key| (key.slot.number(), key.index));
        }
        let alone = self.keys.len();
        self.ends.extend(1..=alone);
        if self.is_shared {
            self.keys.append(&mut self.sharing);
            let keys = &self.keys;
            let slot_at = |at: usize| keys.get(at).map(|key| key.slot);
            self.ends
                .extend((alone + 1..=keys.len()).filter(|&at| slot_at(at) != slot_at(at - 1)));
        }
        self.ends.len()
    }

    /// The slot of each group.
    pub(in crate::pipeline) fn slots(&self) -> impl Iterator<Item = Slot> {
        let lasts = self.ends.iter().filter_map(|end| self.keys.get(end - 1));
        lasts.map(|key| key.slot)
    }

    /// The two pieces of the request of group `group`, if it has one key.
    #[inline]
    pub(in crate::pipeline) fn pieces<'a>(
        &self,
        group: usize,
        kind: Kind,
        frame: &'a [u8],
    ) -> Option<(&'static [u8], &'a [u8])> {
        let [key] = self.keys_of(group)? else {
            return None;
        };
        Some((head_of_one(kind)?, frame.get(key.start..key.end)?))
    }

    #[inline]
    fn keys_of(&self, group: usize) -> Option<&[Planned]> {
        let from = match group.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.keys.get(from..*self.ends.get(group)?)
    }

    /// Writes the request of group `group` to `out` and returns its slot.
    pub(in crate::pipeline) fn write_part(
        &self,
        group: usize,
        kind: Kind,
        frame: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<Slot> {
        let keys = self.keys_of(group)?;
        if let Some((head, body)) = self.pieces(group, kind, frame) {
            out.extend_from_slice(head);
            out.extend_from_slice(body);
            return keys.first().map(|key| key.slot);
        }
        let (name, stride) = shape(kind);
        let has_number = kind == Kind::Msetex;
        let Tail { start, end, args } = self.tail;
        write::array(
            out,
            1 + usize::from(has_number) + keys.len() * stride + args,
        );
        write::bulk(out, name);
        if has_number {
            write::bulk(out, keys.len().to_string().as_bytes());
        }
        for key in keys {
            out.extend_from_slice(frame.get(key.start..key.end)?);
        }
        out.extend_from_slice(frame.get(start..end)?);
        keys.first().map(|key| key.slot)
    }
}

/// Where the keys of a request are; nothing if its arguments contradict each other.
pub(in crate::pipeline) fn layout(kind: Kind, view: &RequestView<'_>) -> Option<Layout> {
    let (_, stride) = shape(kind);
    let args = view.len_args();
    if kind == Kind::Msetex {
        let count = usize::try_from(int::parse_i64(view.arg(1)?)?).ok()?;
        let fits = count > 0 && count <= args && 2 + count * stride <= args;
        return fits.then_some(Layout {
            skip: 2,
            count,
            stride,
        });
    }
    let behind_name = args.saturating_sub(1);
    behind_name.is_multiple_of(stride).then_some(Layout {
        skip: 1,
        count: behind_name / stride,
        stride,
    })
}

/// If a request makes each key's fate depend on all others', which parts cannot know.
pub(in crate::pipeline) fn is_conditional(
    kind: Kind,
    layout: Layout,
    view: &RequestView<'_>,
) -> bool {
    let Layout {
        skip,
        count,
        stride,
    } = layout;
    let mut options = view.args().skip(skip + count * stride);
    kind == Kind::Msetex
        && options.any(|arg| arg.eq_ignore_ascii_case(b"nx") || arg.eq_ignore_ascii_case(b"xx"))
}

/// Name on the wire and arguments per key.
fn shape(kind: Kind) -> (&'static [u8], usize) {
    match kind {
        Kind::Mget => (b"MGET", 1),
        Kind::Mset => (b"MSET", 2),
        Kind::Msetex => (b"MSETEX", 2),
        Kind::Del => (b"DEL", 1),
        Kind::Unlink => (b"UNLINK", 1),
        Kind::Exists => (b"EXISTS", 1),
        Kind::Touch => (b"TOUCH", 1),
    }
}

/// The beginning of a part with one key, if nothing follows behind that; with the cheaper command for one key, where
/// servers have it.
#[inline]
fn head_of_one(kind: Kind) -> Option<&'static [u8]> {
    Some(match kind {
        Kind::Mget => b"*2\r\n$3\r\nGET\r\n",
        Kind::Mset => b"*3\r\n$3\r\nSET\r\n",
        Kind::Msetex => return None,
        Kind::Del => b"*2\r\n$3\r\nDEL\r\n",
        Kind::Unlink => b"*2\r\n$6\r\nUNLINK\r\n",
        Kind::Exists => b"*2\r\n$6\r\nEXISTS\r\n",
        Kind::Touch => b"*2\r\n$5\r\nTOUCH\r\n",
    })
}
