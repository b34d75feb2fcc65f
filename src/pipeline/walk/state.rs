//! The state of one SCAN: what it has found, and the wave of questions that is under way.
//!
//! A wave asks for the keys of the next slots, each at the primary that owns it. Before and behind the slots of
//! a node its CLUSTER NODES is asked for, on the same link: if both say that the node serves a slot and moves
//! it nowhere, its keys were seen whole. Of a slot that is moving the place it moves to is asked next: a key
//! goes only one way, so it is seen at the one or at the other. That it did not go back in between shows the first
//! node, which is asked last if it still moves the slot there. Whatever else comes out, or a question that had to be
//! sent again, means that the wave is repeated.
//!
//! Nodes name keys that have expired and that nobody has touched since. So each key that fits the pattern is asked for by
//! its type, which also tells if it is there; a key moves by itself, so each has a question of its own.

use bytes::Bytes;

use super::options::Options;
use crate::cluster::{NodeAddr, OwnIdentity, OwnSlots, Slot};
use crate::command::glob::Steps;
use crate::pipeline::pending::{At, Part};
use crate::pipeline::routes::NodeRef;
use crate::resp::{ReplyView, write};

/// One SCAN between its arrival and its reply.
#[derive(Debug)]
pub(in crate::pipeline) struct Walk {
    pub(super) options: Options,
    /// First slot that is not done with.
    pub(super) next: usize,
    /// Slots that the next wave asks for.
    pub(super) width: usize,
    /// Bytes of keys that the slots of the last wave had.
    found: usize,
    pub(super) parts: Vec<WalkPart>,
    unanswered: usize,
    /// Slots of this wave that are moving.
    pub(super) moving: Vec<Moving>,
    /// A part had to be sent again, or the nodes disagree with the slot map.
    pub(super) is_spoilt: bool,
    /// Keys that passed every filter and are there, as bulk strings.
    pub(super) keys: Vec<u8>,
    pub(super) keys_len: usize,
    /// Keys whose type is to be asked for.
    pub(super) untyped: Vec<Bytes>,
    /// Those of them that are of slots before `next`.
    pub(super) untyped_before: usize,
}

/// A question to one node.
#[derive(Debug)]
pub(super) struct WalkPart {
    pub(super) part: Part,
    pub(super) node: Option<NodeRef>,
    pub(super) ask: Ask,
    pub(super) reply: Bytes,
}

/// Slots that one node is giving away.
#[derive(Debug)]
pub(super) struct Moving {
    pub(super) from: NodeRef,
    who: OwnIdentity,
    /// And where their keys go.
    pub(super) slots: Vec<(Slot, NodeAddr)>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    /// CLUSTER NODES, in front of or behind the slots of one node.
    Nodes,
    /// The keys of a slot, at its owner.
    Keys,
    /// The keys of a slot, at the node that it moves to.
    Arrived,
    /// CLUSTER NODES, when the keys that have moved were seen.
    Still,
    /// The type of this key.
    Type(Bytes),
}

/// What follows from a wave in which every part was answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// What was asked for is done with.
    Seen,
    /// Some slots are moving: where they move to must be asked, too.
    Moving,
    /// What has arrived there was seen; those that they come from must be asked again.
    Arrived,
    /// The wave proves nothing.
    Spoilt,
    /// A node refuses; its reply.
    Refused(Bytes),
    /// To compare the keys with the pattern would hold up everybody.
    Endless,
}

/// Slots per wave at most: what a node answers in about a millisecond if they are empty.
pub(super) const WIDTH_MAX: usize = 1024;

/// Slots of the first wave at most, when nobody knows yet how much is in them.
const WIDTH_FIRST_MAX: usize = 8;

/// Each wave is so many times as wide as the one before, until enough keys are found.
const GROWTH: usize = 8;

/// But only as wide that it brings about so many bytes of keys: a node that lists ten thousand keys answers nobody else
/// for some milliseconds.
const WAVE_BYTES: usize = 256 * 1024;

/// The type of a key that is not there.
const GONE: &[u8] = b"none";

// === impl Ask ===

impl Ask {
    /// If whoever owns the slot can answer it, and not one node alone.
    pub(super) fn follows_slot(&self) -> bool {
        matches!(self, Self::Type(_))
    }
}

// === impl Walk ===

impl Walk {
    pub(super) fn new(options: Options) -> Self {
        Self {
            next: options.first,
            width: (options.count / 32).clamp(1, WIDTH_FIRST_MAX),
            found: 0,
            options,
            parts: Vec::new(),
            unanswered: 0,
            moving: Vec::new(),
            is_spoilt: false,
            keys: Vec::new(),
            keys_len: 0,
            untyped: Vec::new(),
            untyped_before: 0,
        }
    }

    /// Begins a wave without parts.
    pub(super) fn begin_wave(&mut self) {
        self.parts.clear();
        self.unanswered = 0;
        self.is_spoilt = false;
    }

    /// The slots of the wave are done with: the next one is of those behind them, and has more of them, or fewer if
    /// they are full.
    pub(super) fn pass_slots(&mut self) {
        self.next = (self.next + self.width).min(self.options.end);
        let fitting = self.width * WAVE_BYTES / std::mem::take(&mut self.found).max(1);
        let wider = (self.width * GROWTH).min(WIDTH_MAX);
        self.width = wider.min(fitting).max(1);
        self.untyped_before = self.untyped.len();
    }

    /// If there is nothing more to ask slots for; all keys count that may be there.
    pub(super) fn has_enough(&self) -> bool {
        let found = self.keys_len + self.untyped.len();
        self.next >= self.options.end || found >= self.options.count
    }

    /// If the wave asks for types, not for slots.
    pub(super) fn is_about_keys(&self) -> bool {
        self.parts
            .first()
            .is_some_and(|entry| entry.ask.follows_slot())
    }

    /// The slots of the wave are asked for again.
    pub(super) fn forget_wave(&mut self) {
        self.begin_wave();
        self.moving.clear();
        self.found = 0;
        self.untyped.truncate(self.untyped_before);
    }

    /// Adds a part of which `slot` says where it goes if it must be sent again.
    pub(super) fn push(&mut self, slot: Slot, node: Option<NodeRef>, ask: Ask) {
        self.unanswered += 1;
        self.parts.push(WalkPart {
            part: Part::new(slot, At::Link),
            node,
            ask,
            reply: Bytes::new(),
        });
    }

    pub(in crate::pipeline) fn part_mut(&mut self, part: u32) -> Option<&mut Part> {
        let entry = self.parts.get_mut(part as usize)?;
        Some(&mut entry.part)
    }

    pub(in crate::pipeline) fn parts_mut(&mut self) -> impl Iterator<Item = (u32, &mut Part)> {
        (0u32..).zip(self.parts.iter_mut().map(|entry| &mut entry.part))
    }

    /// Bytes that are held.
    pub(in crate::pipeline) fn held_len(&self) -> usize {
        let parts = self.parts.iter();
        let parts: usize = parts
            .map(|entry| entry.part.at.held_len() + entry.reply.len())
            .sum();
        let untyped: usize = self.untyped.iter().map(Bytes::len).sum();
        parts + untyped + self.keys.len()
    }

    /// A part does not go straight to the node that it is meant for.
    pub(super) fn note_detour(&mut self, part: u32) {
        let entry = self.parts.get(part as usize);
        self.is_spoilt |= entry.is_some_and(|entry| !entry.ask.follows_slot());
    }

    /// Keeps the reply of one part; returns its slot if later parts of that waited for it, and whether it was
    /// the last of the wave.
    pub(in crate::pipeline) fn record(&mut self, part: u32, reply: &[u8]) -> (Option<Slot>, bool) {
        let Some(entry) = self.parts.get_mut(part as usize) else {
            return (None, false);
        };
        let follows = entry.ask.follows_slot();
        // Sent again, it may have gone to another node, or behind what it stands in front of.
        self.is_spoilt |= !follows && (entry.part.attempts > 0 || entry.part.redirects > 0);
        entry.reply = Bytes::copy_from_slice(reply);
        entry.part.at = At::Done;
        let settled = std::mem::take(&mut entry.part.unsettled).then_some(entry.part.slot);
        self.unanswered = self.unanswered.saturating_sub(1);
        (settled, self.unanswered == 0)
    }

    /// Looks at the replies of a whole wave; keys that fit are taken over.
    pub(super) fn evaluate(&mut self, addr_of: impl Fn(NodeRef) -> Option<NodeAddr>) -> Outcome {
        let mut parts = self.parts.iter();
        let refusal = parts.find(|entry| ReplyView::new(&entry.reply).as_error().is_some());
        if let Some(refusal) = refusal {
            return Outcome::Refused(refusal.reply.clone());
        }
        let outcome = match self.parts.first().map(|entry| &entry.ask) {
            _ if self.is_spoilt => None,
            Some(Ask::Nodes) => self.find_moving(addr_of),
            Some(Ask::Arrived) => Some(Outcome::Arrived),
            Some(Ask::Still) => self.is_still_moving(addr_of).then_some(Outcome::Seen),
            _ => Some(Outcome::Seen),
        };
        let Some(outcome) = outcome else {
            return Outcome::Spoilt;
        };
        let parts = std::mem::take(&mut self.parts);
        let mut steps = Steps::for_bytes(parts.iter().map(|entry| entry.reply.len()).sum());
        for entry in &parts {
            match &entry.ask {
                Ask::Keys | Ask::Arrived => {
                    self.found += entry.reply.len();
                    if self.take_keys(&entry.reply, &mut steps).is_none() {
                        return Outcome::Endless;
                    }
                }
                Ask::Type(key) => self.take_type(key, &entry.reply),
                Ask::Nodes | Ask::Still => {}
            }
        }
        self.parts = parts;
        outcome
    }

    /// Finds the slots of this wave that are moving; `None` if a node does not serve what it was asked for, or if that
    /// changed meanwhile.
    fn find_moving(&mut self, addr_of: impl Fn(NodeRef) -> Option<NodeAddr>) -> Option<Outcome> {
        let mut before: Option<OwnSlots> = None;
        let mut slots: Vec<Slot> = Vec::new();
        self.moving.clear();
        for entry in &self.parts {
            if entry.ask == Ask::Keys {
                slots.push(entry.part.slot);
                continue;
            }
            let from = entry.node?;
            let own = OwnSlots::from_nodes(&entry.reply, &addr_of(from)?)?;
            let Some(first) = before.take() else {
                before = Some(own);
                continue;
            };
            let mut moving = Vec::new();
            for slot in slots.drain(..) {
                let to = own.leaves_to(slot);
                let is_same = first.identity() == own.identity() && first.leaves_to(slot) == to;
                if !is_same || !first.serves(slot) || !own.serves(slot) {
                    return None;
                }
                moving.extend(to.map(|addr| (slot, addr.clone())));
            }
            if !moving.is_empty() {
                self.moving.push(Moving {
                    from,
                    who: own.identity().clone(),
                    slots: moving,
                });
            }
        }
        Some(if self.moving.is_empty() {
            Outcome::Seen
        } else {
            Outcome::Moving
        })
    }

    /// Whether the slots that were moving still are, each to the same place.
    fn is_still_moving(&mut self, addr_of: impl Fn(NodeRef) -> Option<NodeAddr>) -> bool {
        let moving = std::mem::take(&mut self.moving);
        moving.iter().zip(&self.parts).all(|(moving, entry)| {
            let own = addr_of(moving.from);
            let own = own.and_then(|addr| OwnSlots::from_nodes(&entry.reply, &addr));
            own.is_some_and(|own| {
                let stays = |(slot, to): &(Slot, NodeAddr)| {
                    own.serves(*slot) && own.leaves_to(*slot) == Some(to)
                };
                *own.identity() == moving.who && moving.slots.iter().all(stays)
            })
        })
    }

    /// Takes over the keys that fit the pattern; nothing if to compare them takes too many steps.
    fn take_keys(&mut self, reply: &Bytes, steps: &mut Steps) -> Option<()> {
        let elements = ReplyView::new(reply).elements();
        for key in elements.into_iter().flatten().filter_map(|e| e.as_bulk()) {
            if !self.options.wants(key, steps)? {
                continue;
            }
            self.untyped.push(Bytes::copy_from_slice(key));
        }
        Some(())
    }

    fn take_type(&mut self, key: &[u8], reply: &[u8]) {
        let kind = ReplyView::new(reply).as_bulk().unwrap_or_default();
        let wanted = self.options.kind.as_deref();
        if wanted.map_or(kind != GONE, |wanted| wanted == kind) {
            write::bulk(&mut self.keys, key);
            self.keys_len += 1;
        }
    }

    /// Writes the reply: where to go on, and the keys.
    pub(super) fn write_reply(&self, out: &mut Vec<u8>) {
        let cursor = if self.next >= self.options.end {
            0
        } else {
            self.next
        };
        write::array(out, 2);
        write::bulk(out, cursor.to_string().as_bytes());
        write::array(out, self.keys_len);
        out.extend_from_slice(&self.keys);
    }
}
