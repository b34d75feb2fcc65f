//! Replies of several nodes to one request: kept whole, and made into one when all are here.
//!
//! The rules are those of [`Merge`]. This module knows no nodes and no clients; parts, retries and deadlines
//! are those of any split request ([`split`](super::split)).
//!
//! Holds: what is kept is no more than `limits.merge_bytes_max` and one reply, and nothing once it would be
//! more; then the request fails in any case. Costs: each reply is copied once, and read once more when
//! they are merged; nobody asks all nodes often.

pub(super) use self::info::place;
pub(super) use self::slots::Order;
use super::routes::Owner;
use super::split::WrongShape;
use crate::cluster::NodeAddr;
use crate::command::Merge;
use crate::resp::{Protocol, ReplyKind, ReplyView, write};

mod amounts;
mod info;
mod numbers;
mod reports;
mod slots;

/// The replies so far, and what is to become of them.
#[derive(Debug)]
pub(super) struct Gather {
    task: Task,
    /// Where each part goes.
    homes: Vec<Home>,
    /// Where the reply of each part is among those that are kept.
    spans: Vec<Option<(usize, usize)>>,
    /// More came than may be kept.
    is_over: bool,
}

/// What is to become of the replies.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) merge: Merge,
    /// The request may be sent again when nobody knows if it was executed.
    pub(super) repeats: bool,
    /// Its parts go over links of their own.
    pub(super) beside: bool,
    /// What the client speaks.
    pub(super) protocol: Protocol,
    /// Bytes that may be kept.
    pub(super) bytes_max: usize,
    /// Decides where there is a choice; any number will do.
    pub(super) chance: usize,
    /// So many entries are wanted; all if absent.
    pub(super) wanted: Option<usize>,
    /// The order of the entries, where there is a choice.
    pub(super) order: Option<Order>,
    /// A text into which the nodes' answers are put where [`place()`] says; empty if there is none.
    pub(super) text: Box<str>,
    /// What the client gets if not all nodes have answered; empty if that is an error.
    pub(super) instead: Box<str>,
}

/// Where a part goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Home {
    /// To the primary of this shard.
    Owner(Owner),
    /// To this node and no other.
    Node(NodeAddr),
}

/// What nodes say that have nothing to add, which is no failure where others have.
const NOTHING_TO_ADD: [&[u8]; 2] = [b"NOTBUSY ", b"ERR No samples available"];

// === impl Gather ===

impl Gather {
    pub(super) fn new(task: Task, homes: Vec<Home>) -> Self {
        Self {
            task,
            spans: vec![None; homes.len()],
            homes,
            is_over: false,
        }
    }

    pub(super) fn home(&self, part: u32) -> Option<&Home> {
        self.homes.get(part as usize)
    }

    /// The shards that get parts of it.
    pub(super) fn owners(&self) -> impl Iterator<Item = &Owner> {
        self.homes.iter().filter_map(|home| match home {
            Home::Owner(owner) => Some(owner),
            Home::Node(_) => None,
        })
    }

    pub(super) fn goes_beside(&self) -> bool {
        self.task.beside
    }

    pub(super) fn repeats(&self) -> bool {
        self.task.repeats
    }

    /// If more came than may be kept.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Puts the reply of one part, which is no error, behind those that are kept.
    pub(super) fn keep(
        &mut self,
        part: u32,
        reply: &ReplyView<'_>,
        kept: &mut Vec<u8>,
    ) -> Result<(), WrongShape> {
        if !self.fits(reply, kept) {
            return Err(WrongShape);
        }
        let span = self.spans.get_mut(part as usize).ok_or(WrongShape)?;
        let frame = reply.frame();
        if self.is_over || kept.len() + frame.len() > self.task.bytes_max {
            self.is_over = true;
            *kept = Vec::new();
            self.spans.fill(None);
            return Ok(());
        }
        let start = kept.len();
        kept.extend_from_slice(frame);
        *span = Some((start, kept.len()));
        Ok(())
    }

    /// If an error of one part does not matter when there are replies of others.
    pub(super) fn tolerates(&self, error: &[u8]) -> bool {
        match self.task.merge {
            Merge::Any => true,
            Merge::Texts => has_nothing_to_add(error),
            _ => false,
        }
    }

    /// Writes the reply to the client from those that are kept; `error` is the one of a part that counts most,
    /// if there was any.
    pub(super) fn write(&self, error: Option<&[u8]>, kept: &[u8], out: &mut Vec<u8>) {
        let replies: Vec<ReplyView<'_>> = self.replies(kept).collect();
        let is_whole = error.is_none() && !self.is_over;
        if !is_whole && !self.task.instead.is_empty() {
            return write::verbatim(out, &self.task.instead, self.task.protocol);
        }
        if let Some(error) = error {
            let text = ReplyView::new(error).as_error().unwrap_or_default();
            if replies.is_empty() || !self.tolerates(text) {
                return out.extend_from_slice(error);
            }
        }
        if self.is_over {
            let max = self.task.bytes_max;
            return write::error(
                out,
                &format!(
                    "ERR corelane: the replies of the nodes take more than {max} bytes \
                     (limits.merge_bytes_max)"
                ),
            );
        }
        if self.task.merge == Merge::Texts {
            return reports::write_texts(self.with_homes(kept), self.task.protocol, out);
        }
        self.merge(&replies, out);
    }

    fn merge(&self, replies: &[ReplyView<'_>], out: &mut Vec<u8>) {
        let protocol = self.task.protocol;
        match self.task.merge {
            Merge::First | Merge::Any => write_first(replies, protocol, out),
            Merge::Random => {
                let some: Vec<_> = replies.iter().filter(|reply| !reply.is_null()).collect();
                match some.get(self.task.chance % some.len().max(1)) {
                    Some(reply) => out.extend_from_slice(reply.frame()),
                    None => write_first(replies, protocol, out),
                }
            }
            Merge::Concat => write_all(replies, out),
            Merge::Sum | Merge::Min | Merge::Max | Merge::And | Merge::Or => {
                numbers::write(self.task.merge, replies, out);
            }
            Merge::Digest => numbers::write_digest(replies, out),
            Merge::Newest => reports::write_newest(replies, self.task.wanted, out),
            Merge::Timeline => reports::write_timeline(replies, out),
            Merge::Events => reports::write_events(replies, out),
            Merge::Histograms => reports::write_histograms(replies, protocol, out),
            Merge::Running => reports::write_running(replies, protocol, out),
            Merge::Amounts => amounts::write_amounts(replies, protocol, out),
            Merge::Info => {
                let text = info::fill(&self.task.text, replies);
                write::verbatim(out, &text, protocol);
            }
            Merge::SlotStats => {
                slots::write_stats(replies, self.task.order.as_ref(), self.task.wanted, out);
            }
            Merge::Texts => {}
        }
    }

    /// Replies that are no errors, in the order of the parts.
    fn replies<'a>(&'a self, kept: &'a [u8]) -> impl Iterator<Item = ReplyView<'a>> {
        let spans = self.spans.iter().flatten();
        spans.map(|(start, end)| ReplyView::new(kept.get(*start..*end).unwrap_or_default()))
    }

    /// The same with the nodes that they came from.
    fn with_homes<'a>(&'a self, kept: &'a [u8]) -> impl Iterator<Item = (&'a Home, ReplyView<'a>)> {
        let spans = self.homes.iter().zip(&self.spans);
        spans.filter_map(|(home, span)| {
            let (start, end) = (*span)?;
            Some((home, ReplyView::new(kept.get(start..end)?)))
        })
    }

    /// If a reply can be the answer to what was asked, as far as merging needs to know.
    fn fits(&self, reply: &ReplyView<'_>, kept: &[u8]) -> bool {
        match self.task.merge {
            Merge::Sum | Merge::Min | Merge::Max => reply.as_integer().is_some(),
            Merge::And | Merge::Or => {
                let mut others = self.replies(kept);
                numbers::are_numbers(reply)
                    && others.all(|other| other.len_elements() == reply.len_elements())
            }
            Merge::Concat
            | Merge::Newest
            | Merge::Timeline
            | Merge::Events
            | Merge::Histograms
            | Merge::Amounts
            | Merge::SlotStats
            | Merge::Running => reply.elements().is_some(),
            Merge::Random => matches!(reply.kind(), ReplyKind::Bulk | ReplyKind::Null),
            Merge::Texts | Merge::Info | Merge::Digest => reply.as_bulk().is_some(),
            Merge::First | Merge::Any => true,
        }
    }
}

// === impl Home ===

impl Home {
    /// The node that it is, or was when the request was planned.
    fn addr(&self) -> &NodeAddr {
        match self {
            Self::Owner(owner) => &owner.primary,
            Self::Node(addr) => addr,
        }
    }
}

/// If an error only says that this node has nothing to add.
pub(super) fn has_nothing_to_add(error: &[u8]) -> bool {
    NOTHING_TO_ADD.iter().any(|text| error.starts_with(text))
}

fn write_first(replies: &[ReplyView<'_>], protocol: Protocol, out: &mut Vec<u8>) {
    match replies.first() {
        Some(reply) => out.extend_from_slice(reply.frame()),
        None => write::null(out, protocol),
    }
}

/// One array of the elements of all.
fn write_all(replies: &[ReplyView<'_>], out: &mut Vec<u8>) {
    let count = replies.iter().filter_map(ReplyView::len_elements).sum();
    write::array(out, count);
    for reply in replies {
        for element in reply.elements().into_iter().flatten() {
            out.extend_from_slice(element.frame());
        }
    }
}

#[cfg(test)]
mod tests;
