//! CLIENT LIST, KILL, PAUSE and UNPAUSE: what concerns the clients of all workers.
//!
//! The worker that was asked puts the request to the others and does its own share once they have answered.

use std::time::Duration;

use super::super::client::Pause;
use super::super::ingest::Taken;
use super::super::inquiry::Asked;
use super::super::slab::Key;
use super::super::time::Time;
use super::super::unblock::{Asker, Ended, Manner};
use super::super::{Pipeline, answers};
use super::filter::Filter;
use super::names::describe;
use crate::command::{self, Command};
use crate::resp::{RequestView, int, write};

/// What is to be done with the clients of each worker.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    List(Filter),
    Kill {
        filter: Filter,
        /// With an address alone, which is answered with OK or an error.
        by_address: bool,
    },
    Pause {
        time: Duration,
        all: bool,
    },
    Unpause,
}

/// One worker's share of a task.
#[derive(Debug, Default)]
struct Share {
    text: String,
    killed: u64,
    /// The client that asks is among the killed; it goes when it has its answer.
    ends_asker: bool,
}

const NO_CLIENT: &str = "ERR No such client";
const PAUSE_MODE: &str = "ERR CLIENT PAUSE mode must be WRITE or ALL";
const UNBLOCK_REASON: &str = "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR";
const TIMEOUT_NOT_INTEGER: &str = "ERR timeout is not an integer or out of range";
const TIMEOUT_NEGATIVE: &str = "ERR timeout is negative";

/// A pause is no longer than this, whatever was asked for.
const PAUSE_MAX: Duration = Duration::from_secs(60 * 60 * 24);

impl Pipeline {
    /// Answers a command about the clients of all workers, when all of them have done their part.
    pub(super) fn clients_command(
        &mut self,
        key: Key,
        command: &Command,
        view: &RequestView<'_>,
        now: Time,
        out: &mut Vec<u8>,
    ) -> Taken {
        let task = match self.task(command.name, view) {
            Ok(task) => task,
            Err(text) => {
                write::error(out, &text);
                return Taken::Yes;
            }
        };
        let others = match self.ask_others(key, view, now) {
            Asked::Waiting => return Taken::Later(Pause::Workers),
            Asked::Late => Err(answers::WORKERS_LATE),
            Asked::Crowded => Err(answers::WORKERS_CROWDED),
            Asked::Answered(answers) => Ok(answers),
        };
        if others == Err(answers::WORKERS_CROWDED) {
            write::error(out, answers::WORKERS_CROWDED);
            return Taken::Yes;
        }
        let mut share = self.carry_out(&task, Some(key), now);
        match others {
            Err(text) => write::error(out, text),
            Ok(others) => {
                for other in &others {
                    share.add(&task, other);
                }
                let protocol = self.clients.get(key).map(|client| client.protocol);
                share.write(&task, out, protocol.unwrap_or_default());
            }
        }
        if share.ends_asker {
            Taken::Close
        } else {
            Taken::Yes
        }
    }

    /// CLIENT UNBLOCK: answered by the worker that has the client, when its node has answered.
    pub(super) fn unblock_command(
        &mut self,
        key: Key,
        view: &RequestView<'_>,
        now: Time,
        out: &mut Vec<u8>,
    ) -> Taken {
        let (number, manner) = match unblock(view) {
            Ok(found) => found,
            Err(text) => {
                write::error(out, text);
                return Taken::Yes;
            }
        };
        match self.unblock_somewhere(key, view, number, manner, now) {
            Asked::Waiting => return Taken::Later(Pause::Workers),
            Asked::Late => write::error(out, answers::WORKERS_LATE),
            Asked::Crowded => write::error(out, answers::WORKERS_CROWDED),
            Asked::Answered(answers) => {
                let is_ended = answers.iter().any(|answer| **answer == *b"1");
                write::integer(out, i64::from(is_ended));
            }
        }
        Taken::Yes
    }

    /// Worker `asker` puts question `id` for this one's share. Without an answer now, [`Action::Answer`] will bring
    /// it.
    ///
    /// [`Action::Answer`]: super::super::Action::Answer
    pub fn handle_question(
        &mut self,
        asker: usize,
        id: u64,
        question: &[u8],
        now: Time,
    ) -> Option<Box<[u8]>> {
        let view = RequestView::new(question);
        let command = view.arg(0).and_then(command::lookup);
        if command.is_some_and(|command| command.name == "info") {
            return Some(self.totals_share());
        }
        if command.is_some_and(|command| command.name == "monitor") {
            self.note_watcher(asker, &view);
            return Some(Box::default());
        }
        let command = command.and_then(|command| command.subcommand(view.arg(1)?));
        if command.is_some_and(|command| command.name == "script|flush") {
            self.scripts.forget();
            return Some(Box::default());
        }
        if command.is_some_and(|command| command.name == "config|resetstat") {
            self.forget_totals();
            return Some(Box::default());
        }
        if command.is_some_and(|command| command.name == "client|unblock") {
            let asker = Asker { worker: asker, id };
            let ended = unblock(&view).map_or(Ended::No, |(number, manner)| {
                self.unblock_number(number, manner, asker, now)
            });
            return match ended {
                Ended::Yes => Some(Box::from(*b"1")),
                Ended::No => Some(Box::from(*b"0")),
                Ended::Asked => None,
            };
        }
        if command.is_some_and(|command| command.name == "client|tracking") {
            return Some(self.target_share(asker, &view));
        }
        if let Some(command) = command.filter(|command| command.name.starts_with("pubsub|")) {
            return Some(self.pubsub_share(command, &view));
        }
        let Some(Ok(task)) = command.map(|command| self.task(command.name, &view)) else {
            debug_assert!(false, "a question that its worker understood");
            return Some(Box::default());
        };
        let share = self.carry_out(&task, None, now);
        Some(match task {
            Task::List(_) => share.text.into_bytes().into(),
            Task::Kill { .. } => share.killed.to_string().into_bytes().into(),
            Task::Pause { .. } | Task::Unpause => Box::default(),
        })
    }

    fn task(&self, name: &str, view: &RequestView<'_>) -> Result<Task, String> {
        let access = &self.access;
        let args = view.args().skip(2);
        Ok(match name {
            "client|list" => Task::List(Filter::parse(args, access, true)?),
            "client|kill" if view.len_args() == 3 => Task::Kill {
                filter: Filter::address(view.arg(2).unwrap_or_default()),
                by_address: true,
            },
            "client|kill" => Task::Kill {
                filter: Filter::parse(args, access, false)?,
                by_address: false,
            },
            "client|pause" => pause(view)?,
            _ => Task::Unpause,
        })
    }

    fn carry_out(&mut self, task: &Task, asker: Option<Key>, now: Time) -> Share {
        let mut share = Share::default();
        match task {
            Task::List(filter) => {
                let access = &self.access;
                for (key, client) in self.clients.iter() {
                    let is_spared = filter.spares_asker && Some(key) == asker;
                    if !is_spared && filter.takes(client, access, now) {
                        share.text.push_str(&describe(client, access, now));
                    }
                }
            }
            Task::Kill { filter, .. } => {
                for key in self.clients.keys() {
                    let takes = self
                        .clients
                        .get(key)
                        .is_some_and(|client| filter.takes(client, &self.access, now));
                    let is_asker = Some(key) == asker;
                    if !takes || (is_asker && filter.spares_asker) {
                        continue;
                    }
                    share.killed += 1;
                    if is_asker {
                        share.ends_asker = true;
                    } else {
                        self.stats.counters.closes_killed += 1;
                        self.close_client(key);
                    }
                }
            }
            Task::Pause { time, all } => self.pause_commands(now.plus(*time), *all),
            Task::Unpause => self.unpause_commands(),
        }
        share
    }
}

/// Whose wait is to end, and how.
fn unblock(view: &RequestView<'_>) -> Result<(u64, Manner), &'static str> {
    let manner = match view.arg(3) {
        None => Manner::Timeout,
        Some(word) if word.eq_ignore_ascii_case(b"timeout") => Manner::Timeout,
        Some(word) if word.eq_ignore_ascii_case(b"error") => Manner::Error,
        Some(_) => return Err(UNBLOCK_REASON),
    };
    if view.len_args() > 4 {
        return Err(answers::SYNTAX);
    }
    let number = view.arg(2).and_then(int::parse_i64);
    let number = number.ok_or(answers::NOT_AN_INTEGER)?;
    // No client has a negative number.
    Ok((u64::try_from(number).unwrap_or(0), manner))
}

fn pause(view: &RequestView<'_>) -> Result<Task, String> {
    let all = match view.arg(3) {
        None => true,
        Some(word) if word.eq_ignore_ascii_case(b"all") => true,
        Some(word) if word.eq_ignore_ascii_case(b"write") => false,
        Some(_) => return Err(PAUSE_MODE.to_owned()),
    };
    if view.len_args() > 4 {
        return Err(answers::SYNTAX.to_owned());
    }
    let millis = view
        .arg(2)
        .and_then(int::parse_i64)
        .ok_or(TIMEOUT_NOT_INTEGER)?;
    let millis = u64::try_from(millis).map_err(|_| TIMEOUT_NEGATIVE)?;
    Ok(Task::Pause {
        time: Duration::from_millis(millis).min(PAUSE_MAX),
        all,
    })
}

// === impl Share ===

impl Share {
    /// Adds what another worker has answered.
    fn add(&mut self, task: &Task, other: &[u8]) {
        match task {
            Task::List(_) => self.text.push_str(&String::from_utf8_lossy(other)),
            Task::Kill { .. } => {
                let killed = int::parse_i64(other).and_then(|n| u64::try_from(n).ok());
                self.killed += killed.unwrap_or_default();
            }
            Task::Pause { .. } | Task::Unpause => {}
        }
    }

    fn write(&self, task: &Task, out: &mut Vec<u8>, protocol: crate::resp::Protocol) {
        match task {
            Task::List(_) => write::verbatim(out, &self.text, protocol),
            Task::Kill {
                by_address: true, ..
            } if self.killed == 0 => write::error(out, NO_CLIENT),
            Task::Kill {
                by_address: false, ..
            } => write::integer(out, i64::try_from(self.killed).unwrap_or(i64::MAX)),
            Task::Kill { .. } | Task::Pause { .. } | Task::Unpause => write::simple(out, "OK"),
        }
    }
}
