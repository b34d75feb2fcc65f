//! Commands that administer servers and have a meaning for all of them: where settings allow them, DEBUG by the
//! subcommand, and CONFIG SET by the names of what is set.

use super::ingest::{Frame, Taken};
use super::slab::Key;
use super::time::Time;
use super::{Pipeline, answers};
use crate::cluster::Slot;
use crate::command::{Broadcast, Command, Restricted, Why, is_guarded};
use crate::resp::{RequestView, write};

/// Subcommands of DEBUG with a key behind them; of DIGEST-VALUE all that follow are keys.
const DEBUG_WITH_KEY: [&str; 7] = [
    "digest-value",
    "htstats-key",
    "listpack",
    "object",
    "quicklist",
    "sdslen",
    "ziplist",
];

impl Pipeline {
    /// Hands a command on that only some settings allow.
    pub(super) fn take_restricted(
        &mut self,
        key: Key,
        command: &'static Command,
        way: Restricted,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        if way == Restricted::Settings {
            return self.take_settings(key, command, view, frame, now);
        }
        if !self.config.commands.allow_administration {
            self.stats.counters.errors_unsupported += 1;
            self.answer_with(key, command, |out| {
                answers::unsupported(out, command.name, Why::NotAllowed);
            });
            return Taken::Yes;
        }
        let how = match way {
            Restricted::ByKey => return self.take_keyed(key, command, view, frame, now),
            Restricted::Everywhere | Restricted::Settings => Broadcast::EVERYWHERE,
            Restricted::Debug => {
                let word = view.arg(1).unwrap_or_default();
                let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
                if DEBUG_WITH_KEY.iter().any(|name| is(name)) && view.len_args() > 2 {
                    return self.debug_keys(key, command, view, frame, now);
                }
                if is("digest") {
                    Broadcast::DIGEST
                } else {
                    Broadcast::DEBUG
                }
            }
        };
        self.take_broadcast(key, command, how, view, frame, now)
    }

    /// CONFIG SET, of one setting or of several.
    fn take_settings(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        let mut names = view.args().skip(2).step_by(2);
        if !self.config.commands.allow_administration
            && let Some(name) = names.find(|name| is_guarded(name))
        {
            self.stats.counters.errors_unsupported += 1;
            self.answer_with(key, command, |out| {
                write::error(out, &answers::guarded_setting(name));
            });
            return Taken::Yes;
        }
        self.take_broadcast(key, command, Broadcast::EVERYWHERE, view, frame, now)
    }

    /// DEBUG about keys: to their owner.
    fn debug_keys(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        let has_many = view
            .arg(1)
            .is_some_and(|word| word.eq_ignore_ascii_case(b"digest-value"));
        let count = if has_many { usize::MAX } else { 1 };
        let mut slots = view.args().skip(2).take(count).map(Slot::of_key);
        let first = slots.next().unwrap_or(Slot::FIRST);
        if slots.all(|slot| slot == first) {
            return self.forward(key, command, first, frame, now);
        }
        self.stats.counters.errors_crossslot += 1;
        self.answer_with(key, command, |out| write::error(out, answers::CROSSSLOT));
        Taken::Yes
    }
}
