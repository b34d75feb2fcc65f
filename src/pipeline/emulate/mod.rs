//! Reads over several slots that servers refuse, computed from what each key holds.
//!
//! ```text
//!   take_cross_slot --> one part per key (SMEMBERS, ZUNION of one key, GET) --> kept --> computed --> reply
//! ```
//!
//! Called by [`keyed`](super::keyed) for a request whose keys are in several slots, if settings say so
//! (`commands.cross_slot`); parts, retries and deadlines are those of any split request ([`split`](super::split)).
//! The parts are read at different moments, so the reply may be one that no single moment would have given.
//!
//! Holds: the error of any part is the error of the request, the first key's first, as at a server. What is kept, and
//! what computing takes, is no more than `limits.merge_bytes_max`; once it would be more, nothing is kept and the
//! request fails. Costs: replies are copied once; computing allocates and is done at once, when the last part is here.

use super::ingest::Taken;
use super::link::PartId;
use super::pending::{Pending, State};
use super::slab::Key;
use super::split::{Split, WrongShape};
use super::time::Time;
use super::{Pipeline, answers};
use crate::cluster::Slot;
use crate::command::{self, Command};
use crate::config::CrossSlot;
use crate::resp::{Protocol, ReplyView, RequestView, write};

mod estimate;
mod question;
mod score;
mod sets;
mod sorted;
mod subsequence;
#[cfg(test)]
mod tests;

use self::estimate::{Flaw, Registers};
use self::question::{Asks, Question, Sorted, SortedOf, Task};
use self::score::Digits;
use self::sets::Members;
use self::sorted::{Scored, Source};

/// A request that is computed: what was asked, and what is known so far.
#[derive(Debug)]
pub(super) struct Emulation {
    question: Question,
    /// What the client speaks.
    protocol: Protocol,
    digits: Digits,
    /// Bytes that replies and computing may take.
    bytes_max: usize,
    /// What they take with the replies so far.
    bytes: usize,
    /// Where the reply of each part is among those that are kept.
    spans: Vec<Option<(usize, usize)>>,
    /// More came than may be kept.
    is_over: bool,
}

/// What each element of a reply takes while it is worked on, besides its bytes.
const ELEMENT_BYTES: usize = 64;

/// Servers' words for a key that is no string.
const NO_STRINGS: &str = "ERR The specified keys must contain string values";

// === impl Pipeline ===

impl Pipeline {
    /// Takes a request whose keys, which are in `key_positions`, have several slots: computes it or refuses it.
    #[cold]
    #[inline(never)]
    pub(super) fn take_cross_slot(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        now: Time,
    ) -> Taken {
        let kind = match self.config.commands.cross_slot {
            CrossSlot::Emulate => command::emulation(command),
            CrossSlot::Refuse => None,
        };
        let Some(kind) = kind else {
            self.stats.counters.errors_crossslot += 1;
            self.answer_with(key, command, |out| write::error(out, answers::CROSSSLOT));
            return Taken::Yes;
        };
        match Question::read(kind, view, &self.key_positions) {
            Ok((question, asked)) => {
                let keys = asked.iter().filter_map(|at| view.arg(*at)).collect();
                self.ask_keys(key, command, question, keys, now);
            }
            Err(text) => self.answer_with(key, command, |out| write::error(out, text)),
        }
        Taken::Yes
    }

    /// Asks what each of these keys holds.
    fn ask_keys(
        &mut self,
        key: Key,
        command: &'static Command,
        question: Question,
        keys: Vec<&[u8]>,
        now: Time,
    ) {
        self.stats.counters.emulated_requests += 1;
        self.stats.counters.parts += keys.len() as u64;
        let digits = if self.server.writes_short_doubles() {
            Digits::Shortest
        } else {
            Digits::Seventeen
        };
        let bytes_max = self.config.limits.merge_bytes_max;
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let terms = client.terms();
        let asks = question.asks;
        let emulation = Emulation::new(question, keys.len(), terms.protocol, digits, bytes_max);
        let slots = keys.iter().map(|key| Slot::of_key(key));
        client.parts += keys.len();
        let seq = client.pending.push(Pending {
            arrival: now,
            command: Some(command),
            state: State::Split(Box::new(Split::of_emulation(emulation, slots))),
        });
        let mut bytes = std::mem::take(&mut self.scratch);
        for (part, asked) in (0u32..).zip(keys) {
            bytes.clear();
            asks.write(asked, &mut bytes);
            let id = PartId {
                client: key,
                seq,
                part,
            };
            let slot = Slot::of_key(asked);
            self.place_part(id, slot, terms, command.is_readonly(), &mut bytes, now);
        }
        self.scratch = bytes;
    }
}

// === impl Emulation ===

impl Emulation {
    fn new(
        question: Question,
        parts: usize,
        protocol: Protocol,
        digits: Digits,
        bytes_max: usize,
    ) -> Self {
        Self {
            question,
            protocol,
            digits,
            bytes_max,
            bytes: 0,
            spans: vec![None; parts],
            is_over: false,
        }
    }

    /// If more came than may be kept.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Puts the reply of one part, which is no error, behind those that are kept.
    ///
    /// # Errors
    ///
    /// [`WrongShape`] if it cannot be the answer to what was asked.
    pub(super) fn keep(
        &mut self,
        part: u32,
        reply: &ReplyView<'_>,
        kept: &mut Vec<u8>,
    ) -> Result<(), WrongShape> {
        let elements = match self.question.asks {
            Asks::Value if reply.as_bulk().is_some() || reply.is_null() => 0,
            Asks::Value => return Err(WrongShape),
            _ => reply.len_elements().ok_or(WrongShape)?,
        };
        let span = self.spans.get_mut(part as usize).ok_or(WrongShape)?;
        let frame = reply.frame();
        *span = Some((kept.len(), kept.len() + frame.len()));
        let takes = elements
            .saturating_mul(ELEMENT_BYTES)
            .saturating_add(frame.len());
        self.bytes = self.bytes.saturating_add(takes);
        if !self.is_over && self.bytes <= self.bytes_max {
            kept.extend_from_slice(frame);
            let computing = self.computing(kept);
            self.is_over = self.bytes.saturating_add(computing) > self.bytes_max;
        } else {
            self.is_over = true;
        }
        if self.is_over {
            *kept = Vec::new();
            self.spans.fill(None);
        }
        Ok(())
    }

    /// Bytes that computing will take, as far as elements do not tell.
    fn computing(&self, kept: &[u8]) -> usize {
        let len = |part| self.value(part, kept).map(<[u8]>::len);
        match (&self.question.task, len(0), len(1)) {
            (Ok(Task::Subsequence(_)), Some(a), Some(b)) => {
                subsequence::cost(a, b).unwrap_or(usize::MAX)
            }
            _ => 0,
        }
    }

    /// Writes the reply to the client; `error` is that of the first part that had one, if any had.
    pub(super) fn write(&self, error: Option<(u32, &[u8])>, kept: &[u8], out: &mut Vec<u8>) {
        if let Some((part, error)) = error {
            return self.write_error(part, error, kept, out);
        }
        if self.is_over {
            let max = self.bytes_max;
            return write::error(
                out,
                &format!(
                    "ERR corelane: to compute this takes more than {max} bytes \
                     (limits.merge_bytes_max)"
                ),
            );
        }
        match &self.question.task {
            Ok(task) => self.compute(task, kept, out),
            Err(text) => write::error(out, text),
        }
    }

    fn write_error(&self, part: u32, error: &[u8], kept: &[u8], out: &mut Vec<u8>) {
        let text = ReplyView::new(error).as_error().unwrap_or_default();
        match self.question.task {
            // An earlier key may be a string that is none of those that count.
            Ok(Task::Count) => {
                if let Err(flaw) = self.registers(part, kept) {
                    return write::error(out, flaw.text());
                }
            }
            _ if self.question.asks == Asks::Value && text.starts_with(b"WRONGTYPE ") => {
                return write::error(out, NO_STRINGS);
            }
            _ => {}
        }
        out.extend_from_slice(error);
    }

    fn compute(&self, task: &Task, kept: &[u8], out: &mut Vec<u8>) {
        let all = 0..self.parts();
        match task {
            Task::Union => {
                let sets: Vec<_> = all.map(|part| self.members(part, kept)).collect();
                self.write_members(&sets::union(&sets), out);
            }
            Task::Intersection => {
                let sets: Vec<_> = all.map(|part| self.members(part, kept)).collect();
                self.write_members(&sets::intersection(&sets, 0), out);
            }
            Task::Size { max } => {
                let sets: Vec<_> = all.map(|part| self.members(part, kept)).collect();
                let count = sets::intersection(&sets, *max).len();
                write::integer(out, i64::try_from(count).unwrap_or(i64::MAX));
            }
            Task::Difference => {
                let sets: Vec<_> = all.map(|part| self.members(part, kept)).collect();
                let mut sources = self.question.sources.iter();
                let mut operands = sources.by_ref().filter_map(|part| sets.get(*part as usize));
                let first = operands.next().map_or(&[][..], Vec::as_slice);
                let others: Vec<_> = operands.collect();
                self.write_members(&sets::difference(first, &others), out);
            }
            Task::Sorted(sorted) => self.compute_sorted(sorted, kept, out),
            Task::Count => match self.registers(self.parts(), kept) {
                Ok(registers) => write::integer(out, registers.estimate()),
                Err(flaw) => write::error(out, flaw.text()),
            },
            Task::Subsequence(wanted) => {
                let value = |part| self.value(part, kept).unwrap_or_default();
                subsequence::write(value(0), value(1), *wanted, self.protocol, out);
            }
        }
    }

    fn compute_sorted(&self, sorted: &Sorted, kept: &[u8], out: &mut Vec<u8>) {
        let all: Vec<_> = (0..self.parts())
            .map(|part| self.scored(part, kept))
            .collect();
        let keys = self.question.sources.iter().zip(&sorted.weights);
        let sources: Vec<Source<'_, '_>> = keys
            .filter_map(|(part, weight)| {
                Some(Source {
                    members: all.get(*part as usize)?,
                    weight: *weight,
                })
            })
            .collect();
        let members = match sorted.of {
            SortedOf::Union => sorted::union(&sources, sorted.aggregate),
            SortedOf::Intersection => sorted::intersection(&sources, sorted.aggregate),
            SortedOf::Difference => sorted::difference(&sources),
        };
        self.write_scored(&members, sorted.with_scores, out);
    }

    fn parts(&self) -> u32 {
        u32::try_from(self.spans.len()).unwrap_or(u32::MAX)
    }

    /// What a part was told.
    fn reply<'a>(&self, part: u32, kept: &'a [u8]) -> Option<ReplyView<'a>> {
        let (start, end) = (*self.spans.get(part as usize)?)?;
        kept.get(start..end).map(ReplyView::new)
    }

    /// The string of a key; an empty one if there is no such key, nothing if that is not known yet.
    fn value<'a>(&self, part: u32, kept: &'a [u8]) -> Option<&'a [u8]> {
        let reply = self.reply(part, kept)?;
        Some(reply.as_bulk().unwrap_or_default())
    }

    fn members<'a>(&self, part: u32, kept: &'a [u8]) -> Members<'a> {
        let reply = self.reply(part, kept);
        let elements = reply.and_then(|reply| reply.elements());
        let members = elements.into_iter().flatten();
        members.filter_map(|member| member.as_bulk()).collect()
    }

    /// Members with scores: in turn in RESP2, in pairs in RESP3.
    fn scored<'a>(&self, part: u32, kept: &'a [u8]) -> Scored<'a> {
        let reply = self.reply(part, kept);
        let elements = reply.and_then(|reply| reply.elements());
        let mut elements = elements.into_iter().flatten();
        let mut all = Scored::new();
        while let Some(member) = elements.next() {
            let (member, score) = match member.elements() {
                Some(mut pair) => (pair.next(), pair.next()),
                None => (Some(member), elements.next()),
            };
            let member = member.and_then(|member| member.as_bulk());
            let score = score.and_then(|score| score::read(&score));
            all.extend(member.zip(score));
        }
        all
    }

    /// The union of the `HyperLogLogs` that the parts in front of `end` were told.
    fn registers(&self, end: u32, kept: &[u8]) -> Result<Registers, Flaw> {
        let mut registers = Registers::new();
        for part in 0..end {
            let reply = self.reply(part, kept);
            if let Some(text) = reply.and_then(|reply| reply.as_bulk()) {
                registers.add(text)?;
            }
        }
        Ok(registers)
    }

    fn write_members(&self, members: &[&[u8]], out: &mut Vec<u8>) {
        write::set(out, members.len(), self.protocol);
        for member in members {
            write::bulk(out, member);
        }
    }

    fn write_scored(&self, members: &[(&[u8], f64)], with_scores: bool, out: &mut Vec<u8>) {
        let in_pairs = with_scores && self.protocol == Protocol::Resp3;
        let in_turn = with_scores && !in_pairs;
        write::array(out, members.len() * if in_turn { 2 } else { 1 });
        for (member, score) in members {
            if in_pairs {
                write::array(out, 2);
            }
            write::bulk(out, member);
            if with_scores {
                self.digits.write(*score, self.protocol, out);
            }
        }
    }
}
