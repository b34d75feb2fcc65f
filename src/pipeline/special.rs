//! Requests while something out of the ordinary is on: replies that are not wanted, a pause of all clients,
//! monitors, transactions that are being queued, clients that listen in RESP2.
//!
//! The request path asks one field, `Pipeline::specials`; everything here runs only while it is set.

use super::client::Pause;
use super::ingest::Taken;
use super::slab::Key;
use super::time::Time;
use super::transaction::is_exec;
use super::{Pipeline, answers};
use crate::command::{self, Command, Flags, Treatment};
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
    /// Before a request is taken: what becomes of it if it has to wait, may not be sent, or is queued in a
    /// transaction. Notes that its reply is not wanted.
    #[cold]
    #[inline(never)]
    pub(super) fn begin_specially(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        now: Time,
    ) -> Option<Taken> {
        if self.is_confined_from(key, command) {
            self.stats.counters.errors_confined += 1;
            self.answer_with(key, command, |out| answers::confined(out, command.name));
            return Some(Taken::Yes);
        }
        if self.has_to_wait(key, command, now) {
            return Some(Taken::Later(Pause::Told));
        }
        self.note_choice(key, command);
        if let Some(client) = self.clients.get_mut(key)
            && let Some(quiet) = &mut client.quiet
            && quiet.mutes_newest()
        {
            quiet.mark(client.pending.next_seq());
        }
        self.queue(key, command, view).then_some(Taken::Yes)
    }

    /// After a request was taken, or was not.
    #[cold]
    #[inline(never)]
    pub(super) fn end_specially(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        taken: Taken,
        now: Time,
    ) {
        let is_taken = !matches!(taken, Taken::Later(_));
        if let Some(client) = self.clients.get_mut(key)
            && let Some(quiet) = &mut client.quiet
        {
            // What was answered at once, or not taken, does not wait under this number.
            quiet.unmark(client.pending.next_seq());
            if is_taken && command.name != "client|reply" {
                quiet.end_skip();
            }
        }
        // CLIENT CACHING is about a whole transaction.
        let is_over = is_taken && self.queueing(key).is_none();
        self.end_choice(key, command, is_over);
        self.forget_quiet(key, false);
        if is_taken && !self.monitors.is_empty() {
            self.show_monitors(key, command, view, now);
        }
    }

    /// Sets the field that the request path asks.
    pub(super) fn note_specials(&mut self) {
        self.specials = self.quiet_clients > 0
            || self.transactions > 0
            || self.command_pause.is_some()
            || !self.monitors.is_empty()
            || self.subscriptions.confines()
            || self.tracking.has_choosers();
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

    fn has_to_wait(&self, key: Key, command: &'static Command, now: Time) -> bool {
        let Some(pause) = self.command_pause.filter(|pause| now < pause.until) else {
            return false;
        };
        let is_exempt = matches!(command.name, "client|pause" | "client|unpause");
        let writes = match self.queueing(key) {
            // What is queued waits with EXEC.
            Some(transaction) => is_exec(command) && transaction.writes(),
            None => may_write(command),
        };
        !is_exempt && (pause.all || writes)
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

/// Commands that go to replicas, too, which servers know and do not show among the flags.
const REPLICATED: [&str; 3] = ["pfcount", "publish", "spublish"];

/// If a command may change data, as far as its name tells.
pub(super) fn may_write(command: &Command) -> bool {
    let runs_script = matches!(command::treatment(command), Treatment::Script(_));
    command.flags.has(Flags::WRITE)
        || command.flags.has(Flags::MAY_REPLICATE)
        || REPLICATED.contains(&command.name)
        || (runs_script && !command.is_readonly())
}
