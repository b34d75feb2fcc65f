//! MONITOR: clients that see what the clients of all workers ask for.
//!
//! ```text
//!   MONITOR --> take_local --> question to the other workers: each notes who asks, and answers --> OK
//!   request on another worker --> batch --> Action::Show --> control --> handle_lines --> monitors
//!   no monitor is left --> question END to the other workers
//! ```
//!
//! Limits: a monitor that leaves more than [`OUTPUT_MAX`] unread is closed and counted. Lines for other workers
//! leave at each tick, or when they are [`BATCH_BYTES`]; those for which the way has no room are lost, and counted by the
//! worker that misses them. Nothing is done while there is no monitor.

use std::fmt::Write as _;

use self::line::push_arguments;
use super::super::client::Pause;
use super::super::ingest::Taken;
use super::super::inquiry::Asked;
use super::super::slab::Key;
use super::super::time::Time;
use super::super::{Action, Pipeline, answers};
use crate::command::{Command, Flags, Treatment, treatment};
use crate::resp::{RequestView, write};

mod line;

/// A monitor with more to read than this is too slow.
const OUTPUT_MAX: usize = 8 * 1024 * 1024;

/// Lines for other workers that are more than this do not wait for the tick.
pub(super) const BATCH_BYTES: usize = 64 * 1024;

/// Behind MONITOR in a question of one worker to the others: it has no monitor any more.
const END: &[u8] = b"END";

/// Who sees all requests.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Monitors {
    /// Clients of this worker.
    own: Vec<Key>,
    /// Other workers that have such clients.
    watchers: Vec<usize>,
    /// Lines for them that have not been sent, and the number of the first one.
    batch: Vec<u8>,
    batch_first: u64,
    /// Lines so far.
    lines: u64,
    /// Of other workers, the number of the next line.
    heard: Vec<(usize, u64)>,
}

// === impl Pipeline ===

impl Pipeline {
    /// MONITOR: the client sees all requests from now on, once all workers know.
    pub(super) fn monitor(
        &mut self,
        key: Key,
        view: &RequestView<'_>,
        now: Time,
        out: &mut Vec<u8>,
    ) -> Taken {
        if self.monitors.has(key) {
            write::simple(out, "OK");
            return Taken::Yes;
        }
        match self.ask_others(key, view, now) {
            Asked::Waiting => return Taken::Later(Pause::Workers),
            Asked::Late => write::error(out, answers::WORKERS_LATE),
            Asked::Crowded => write::error(out, answers::WORKERS_CROWDED),
            Asked::Answered(_) => {
                self.monitors.own.push(key);
                self.mark_monitor(key, true);
                self.note_specials();
                write::simple(out, "OK");
            }
        }
        Taken::Yes
    }

    /// The client sees no more requests, or is gone.
    pub(in crate::pipeline) fn forget_monitor(&mut self, key: Key) {
        if let Some(at) = self.monitors.own.iter().position(|own| *own == key) {
            self.monitors.own.swap_remove(at);
            self.mark_monitor(key, false);
            self.note_specials();
            self.end_monitoring();
        }
    }

    fn mark_monitor(&mut self, key: Key, is_one: bool) {
        if let Some(client) = self.clients.get_mut(key) {
            client.marks.monitors = is_one;
        }
    }

    /// Tells the other workers that nobody here is a monitor. If somebody is about to become one they are not told now,
    /// but when their lines find nobody.
    fn end_monitoring(&mut self) {
        let is_wanted = !self.monitors.own.is_empty() || self.awaits_answers();
        if is_wanted || self.workers <= 1 {
            return;
        }
        self.monitors.heard.clear();
        let mut question = Vec::new();
        write::request(&mut question, &[b"MONITOR", END]);
        self.tell_others(question.into());
    }

    /// Another worker has a monitor, or has none any more.
    pub(super) fn note_watcher(&mut self, worker: usize, view: &RequestView<'_>) {
        let watchers = &mut self.monitors.watchers;
        watchers.retain(|known| *known != worker);
        if view.arg(1) != Some(END) {
            watchers.push(worker);
        }
        self.note_specials();
    }

    /// Shows a request that was taken to all monitors.
    pub(in crate::pipeline) fn show_monitors(
        &mut self,
        key: Key,
        command: &Command,
        view: &RequestView<'_>,
        now: Time,
    ) {
        let is_hidden = command.flags.has(Flags::ADMIN) || command.flags.has(Flags::SKIP_MONITOR);
        if is_hidden || matches!(treatment(command), Treatment::Unsupported(_)) {
            return;
        }
        let Some(client) = self.clients.get(key) else {
            return;
        };
        let wall = self.wall(now);
        let mut line = String::new();
        let _ = write!(
            line,
            "{}.{:06} [{} {}]",
            wall.as_secs(),
            wall.subsec_micros(),
            client.database,
            client.peer
        );
        push_arguments(&mut line, command, view);
        let mut frame = Vec::new();
        write::simple(&mut frame, &line);
        self.show_own_monitors(&frame);
        if self.monitors.add_line(&frame) {
            self.send_lines();
        }
    }

    /// Sends the lines that wait to the workers that have monitors. Called at each tick.
    pub(in crate::pipeline) fn send_lines(&mut self) {
        if self.monitors.batch.is_empty() {
            return;
        }
        let lines: Box<[u8]> = std::mem::take(&mut self.monitors.batch).into();
        let first = self.monitors.batch_first;
        for to in self.monitors.watchers.clone() {
            self.act(Action::Show {
                to,
                first,
                lines: lines.clone(),
            });
        }
    }

    /// Another worker shows what its clients ask for; the number of the first line tells what was lost.
    pub fn handle_lines(&mut self, from: usize, first: u64, lines: &[u8]) {
        if self.monitors.own.is_empty() {
            self.end_monitoring();
            return;
        }
        self.stats.counters.monitor_lines_lost += self.monitors.hear(from, first, lines);
        self.show_own_monitors(lines);
    }

    fn show_own_monitors(&mut self, frames: &[u8]) {
        for monitor in self.monitors.own.clone() {
            let Some(client) = self.clients.get_mut(monitor) else {
                continue;
            };
            client.output.append(frames);
            let is_slow = client.output.unwritten_len() > OUTPUT_MAX;
            self.touch_client(monitor);
            if is_slow {
                self.stats.counters.closes_monitor += 1;
                self.close_client(monitor);
            }
        }
    }
}

// === impl Monitors ===

impl Monitors {
    /// If requests have to be shown to anybody.
    pub(in crate::pipeline) fn are_some(&self) -> bool {
        !self.own.is_empty() || !self.watchers.is_empty()
    }

    /// If this client is one.
    pub(in crate::pipeline) fn has(&self, key: Key) -> bool {
        self.own.contains(&key)
    }

    /// If no line waits for the tick.
    pub(in crate::pipeline) fn is_idle(&self) -> bool {
        self.batch.is_empty()
    }

    /// Keeps a line for other workers, if they want it; true if there are many.
    fn add_line(&mut self, frame: &[u8]) -> bool {
        if self.watchers.is_empty() {
            return false;
        }
        if self.batch.is_empty() {
            self.batch_first = self.lines;
        }
        self.lines += 1;
        self.batch.extend_from_slice(frame);
        self.batch.len() >= BATCH_BYTES
    }

    /// Notes that lines of another worker came; how many before them did not.
    fn hear(&mut self, from: usize, first: u64, lines: &[u8]) -> u64 {
        let count = memchr::memchr_iter(b'\n', lines).count() as u64;
        let next = first + count;
        match self.heard.iter_mut().find(|(worker, _)| *worker == from) {
            Some((_, expected)) => first.saturating_sub(std::mem::replace(expected, next)),
            None => {
                self.heard.push((from, next));
                0
            }
        }
    }
}
