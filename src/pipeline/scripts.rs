//! Scripts and functions: to the node of their keys, and to nodes that have lost a script with the script.
//!
//! ```text
//!   EVAL, SCRIPT LOAD --> script_cache --> Action::Tell --> the other workers: handle_news
//!   EVALSHA --> preload: SCRIPT LOAD in front of it, if that was not said on the link before
//!   EVALSHA --> node --> NOSCRIPT --> heal_script: the same request as EVAL with the script
//! ```
//!
//! NOSCRIPT means that nothing was executed, so such a request may be sent again, even if it writes. It is not, and
//! its client gets the error, if later requests of the client to the same slot are written already: they would be
//! executed before it.

use bytes::Bytes;

use super::client::Pause;
use super::ingest::{Frame, Taken};
use super::inquiry::Asked;
use super::keyed::Way;
use super::link::{InFlight, LinkState, Owner, PartId};
use super::pending::{Lane, State};
use super::script_cache::{ScriptCache, parse};
use super::slab::Key;
use super::time::Time;
use super::{Action, Pipeline, answers};
use crate::cluster::{Slot, is_of_server};
use crate::command::{self, Broadcast, Command, Script, Treatment};
use crate::resp::{RequestView, write};

/// A script larger than this is not told to the other workers.
const TOLD_BYTES_MAX: usize = 256 * 1024;

/// New scripts that are told to the other workers between two ticks; who makes a new script for each request makes
/// none that anybody asks for by name.
const TOLD_PER_TICK_MAX: usize = 16;

/// How servers say that they do not know a script; what follows differs.
const NO_SCRIPT: &[u8] = b"NOSCRIPT No matching script.";

/// Scripts that this worker knows, and what it has told of them.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) cache: ScriptCache,
    /// Told since the last tick.
    told: usize,
    /// How often all were forgotten.
    pub(super) flushes: u64,
}

// === impl Scripts ===

impl Scripts {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            cache: ScriptCache::new(bytes_max),
            told: 0,
            flushes: 0,
        }
    }

    /// SCRIPT FLUSH: nothing is remembered, and no node knows any.
    pub(super) fn forget(&mut self) {
        self.cache.clear();
        self.flushes += 1;
    }

    /// Time has passed.
    pub(super) fn tick(&mut self) {
        self.told = 0;
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Hands on what runs a script or a function, or is about the scripts that are remembered.
    pub(super) fn take_script(
        &mut self,
        key: Key,
        command: &'static Command,
        script: Script,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        let subject = view.arg(1).unwrap_or_default();
        match script {
            Script::Load => {
                self.note_script(view.arg(2).unwrap_or_default());
                let how = Broadcast::SCRIPT_LOAD;
                self.take_broadcast(key, command, how, view, frame, now)
            }
            Script::Flush => self.flush_scripts(key, command, view, frame, now),
            Script::Eval | Script::Evalsha | Script::Function => {
                if script == Script::Eval {
                    self.note_script(subject);
                }
                let Some(slot) = self.slot_of_script(command, script, view) else {
                    self.stats.counters.errors_crossslot += 1;
                    self.answer_with(key, command, |out| write::error(out, answers::CROSSSLOT));
                    return Taken::Yes;
                };
                let way = Way {
                    lane: Lane::Scripts,
                    batch: None,
                };
                self.forward_by(key, command, slot, frame, way, now)
            }
        }
    }

    /// The slot of all keys of a script; without keys a slot that is the same for the same script, so that the node
    /// which knows it is asked again. Nothing if keys are in different slots.
    fn slot_of_script(
        &mut self,
        command: &'static Command,
        script: Script,
        view: &RequestView<'_>,
    ) -> Option<Slot> {
        let mut positions = std::mem::take(&mut self.key_positions);
        let told = command.keys(view, &mut positions);
        let mut slots = positions
            .iter()
            .filter_map(|position| view.arg(*position))
            .map(Slot::of_key);
        let first = slots.next();
        let is_one = first.is_none_or(|first| slots.all(|slot| slot == first));
        self.key_positions = positions;
        if told.is_err() {
            // Any server refuses it, in the same words.
            return Some(Slot::FIRST);
        }
        if first.is_some() {
            return first.filter(|_| is_one);
        }
        let subject = view.arg(1).unwrap_or_default();
        Some(match script {
            Script::Eval => {
                let digest = self.scripts.cache.digest_of(subject);
                let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                Slot::of_key(name.as_bytes())
            }
            _ => Slot::of_key(&subject.to_ascii_lowercase()),
        })
    }

    /// Remembers a script, and tells the other workers if it is new.
    fn note_script(&mut self, text: &[u8]) {
        if !self.scripts.cache.note(text) || self.workers <= 1 {
            return;
        }
        if text.len() > TOLD_BYTES_MAX || self.scripts.told >= TOLD_PER_TICK_MAX {
            self.stats.counters.scripts_untold += 1;
            return;
        }
        self.scripts.told += 1;
        self.act(Action::Tell { news: text.into() });
    }

    /// Another worker has seen a script that was new to it.
    pub fn handle_news(&mut self, news: &[u8]) {
        self.scripts.cache.note(news);
    }

    /// SCRIPT FLUSH: all workers forget, then all nodes.
    fn flush_scripts(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        if self.has_pending(key) {
            return Taken::Later(Pause::Barrier);
        }
        let text = match self.ask_others(key, view, now) {
            Asked::Waiting => return Taken::Later(Pause::Workers),
            Asked::Late => answers::WORKERS_LATE,
            Asked::Crowded => answers::WORKERS_CROWDED,
            Asked::Answered(_) => {
                self.scripts.forget();
                let how = Broadcast::SCRIPT_FLUSH;
                return self.take_broadcast(key, command, how, view, frame, now);
            }
        };
        self.answer_with(key, command, |out| write::error(out, text));
        Taken::Yes
    }

    /// If an error reply is a refusal by the node, and not what a script has made up.
    pub(super) fn is_refusal(&mut self, id: PartId, text: &[u8]) -> bool {
        let is_script = self
            .command_of(id)
            .is_some_and(|command| matches!(command::treatment(command), Treatment::Script(_)));
        !is_script || is_of_server(text)
    }

    /// A node does not know a script: the request goes out again with the script, if it is remembered. False if
    /// that cannot be.
    pub(super) fn heal_script(
        &mut self,
        link: Key,
        id: PartId,
        entry: &InFlight,
        text: &[u8],
        now: Time,
    ) -> bool {
        if !text.starts_with(NO_SCRIPT) || self.is_private(id) {
            return false;
        }
        self.forget_loaded(link);
        let name: &[u8] = match self.command_of(id).map(|command| command.name) {
            Some("evalsha") => b"EVAL",
            Some("evalsha_ro") => b"EVAL_RO",
            _ => return false,
        };
        let Some(from) = self.links.get(link) else {
            return false;
        };
        let bytes = from.log.frame(entry.start, entry.len as usize);
        let view = RequestView::new(&bytes);
        let Some(script) = view
            .arg(1)
            .and_then(parse)
            .and_then(|name| self.scripts.cache.find(name))
        else {
            return false;
        };
        if self.is_overtaken(link, id) {
            self.stats.counters.scripts_not_healed += 1;
            return false;
        }
        self.stats.counters.scripts_healed += 1;
        let bytes = with_script(name, &script, &view);
        let held = self.hold_behind(id, bytes);
        if held.is_some() {
            self.mark_unsettled(id);
        }
        self.recall_later(link, id, now);
        if let Some(bytes) = held {
            self.redispatch(id, bytes, Some(Bytes::copy_from_slice(text)), now);
        }
        true
    }

    /// If a later part of the same client and slot may be executed already.
    fn is_overtaken(&mut self, link: Key, id: PartId) -> bool {
        let Some(slot) = self.part_mut(id).map(|part| part.slot) else {
            return true;
        };
        let later = self.parts_on_links(id.client, slot, id.seq);
        let Some(link) = self.links.get(link) else {
            return true;
        };
        let can_be_recalled = |id: &PartId| {
            let mut entries = link.in_flight.iter().rev();
            let entry = entries.find(|entry| entry.owner == Owner::Part(*id));
            entry.is_some_and(|entry| entry.start >= link.log.written())
        };
        link.state == LinkState::Retiring || !later.iter().all(can_be_recalled)
    }

    fn command_of(&mut self, id: PartId) -> Option<&'static Command> {
        let pending = self.clients.get_mut(id.client)?.pending.get_mut(id.seq)?;
        match pending.state {
            State::Whole(_) => pending.command,
            State::Split(_) | State::Walk(_) | State::Ready(_) => None,
        }
    }
}

/// The request with another name, and the script in the place of its name.
fn with_script(name: &[u8], script: &[u8], view: &RequestView<'_>) -> Bytes {
    let mut out = Vec::with_capacity(view.frame().len() + script.len());
    write::array(&mut out, view.len_args());
    write::bulk(&mut out, name);
    write::bulk(&mut out, script);
    for arg in view.args().skip(2) {
        write::bulk(&mut out, arg);
    }
    out.into()
}
