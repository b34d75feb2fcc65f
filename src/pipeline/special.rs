//! Requests while something out of the ordinary is on: replies that are not wanted, a pause of all clients,
//! monitors.
//!
//! The request path asks one field, `Pipeline::specials`; everything here runs only while it is set.

use super::Pipeline;
use super::client::Pause;
use super::ingest::{Frame, Taken};
use super::slab::Key;
use super::time::Time;
use crate::command::{Command, Flags};
use crate::resp::RequestView;

/// CLIENT PAUSE in force.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommandPause {
    pub(super) until: Time,
    /// All commands wait, not only those that write.
    pub(super) all: bool,
}

// === impl Pipeline ===

impl Pipeline {
    /// As [`Self::dispatch`], while something out of the ordinary is on.
    #[cold]
    #[inline(never)]
    pub(super) fn dispatch_specially(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        if self.has_to_wait(command, now) {
            return Taken::Later(Pause::Told);
        }
        let was_skipping = self.mark_unwanted(key);
        let taken = self.dispatch(key, command, view, frame, now);
        if let Some(seq) = was_skipping {
            self.end_unwanted(key, command, seq, taken);
        }
        self.forget_quiet(key, false);
        if !matches!(taken, Taken::Later(_)) && !self.monitors.is_empty() {
            self.show_monitors(key, command, view, now);
        }
        taken
    }

    /// Sets the field that the request path asks.
    pub(super) fn note_specials(&mut self) {
        self.specials =
            self.quiet_clients > 0 || self.command_pause.is_some() || !self.monitors.is_empty();
    }

    /// Clients wait with their next requests, at least until then; the stronger of two pauses wins.
    pub(super) fn pause_commands(&mut self, until: Time, all: bool) {
        let before = self.command_pause;
        self.command_pause = Some(CommandPause {
            until: before.map_or(until, |pause| pause.until.max(until)),
            all: all || before.is_some_and(|pause| pause.all),
        });
        self.note_specials();
    }

    /// Ends the pause; clients that wait because of it go on.
    pub(super) fn unpause_commands(&mut self) {
        if self.command_pause.take().is_none() {
            return;
        }
        self.note_specials();
        let told = self.clients.iter();
        let told = told.filter(|(_, client)| client.paused == Some(Pause::Told));
        self.resumable.extend(told.map(|(key, _)| key));
    }

    /// Ends the pause when its time is over. Called at each tick.
    pub(super) fn check_command_pause(&mut self, now: Time) {
        if self.command_pause.is_some_and(|pause| now >= pause.until) {
            self.unpause_commands();
        }
    }

    fn has_to_wait(&self, command: &Command, now: Time) -> bool {
        let Some(pause) = self.command_pause.filter(|pause| now < pause.until) else {
            return false;
        };
        let is_exempt = matches!(command.name, "client|pause" | "client|unpause");
        let writes = command.flags.has(Flags::WRITE) || command.flags.has(Flags::MAY_REPLICATE);
        !is_exempt && (pause.all || writes)
    }

    /// Marks the request that is about to be taken if its reply is not wanted; gives its number.
    fn mark_unwanted(&mut self, key: Key) -> Option<u32> {
        let client = self.clients.get_mut(key)?;
        let quiet = client.quiet.as_mut()?;
        if !quiet.mutes_newest() {
            return None;
        }
        let seq = client.pending.next_seq();
        quiet.mark(seq);
        Some(seq)
    }

    /// After the request was taken, or was not: it may not wait, and SKIP is over.
    fn end_unwanted(&mut self, key: Key, command: &Command, seq: u32, taken: Taken) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let Some(quiet) = client.quiet.as_mut() else {
            return;
        };
        if client.pending.next_seq() == seq {
            quiet.unmark(seq);
        }
        if !matches!(taken, Taken::Later(_)) && command.name != "client|reply" {
            quiet.end_skip();
        }
    }

    /// Drops a client's state about replies: when nothing is to be remembered, or in any case.
    pub(super) fn forget_quiet(&mut self, key: Key, in_any_case: bool) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let over = client.quiet.as_ref();
        if over.is_some_and(|quiet| in_any_case || quiet.is_over()) {
            client.quiet = None;
            self.quiet_clients -= 1;
            self.note_specials();
        }
    }
}
