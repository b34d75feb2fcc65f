//! PUBSUB: what the clients of all workers listen to. What others have subscribed at the nodes is not in it.
//!
//! Workers answer each other with lists: of names, or of numbers in the order of the names asked for.

use std::collections::BTreeSet;

use super::super::client::Pause;
use super::super::ingest::Taken;
use super::super::inquiry::Asked;
use super::super::slab::Key;
use super::super::subscribe::Kind;
use super::super::time::Time;
use super::super::{Pipeline, answers};
use crate::command::Command;
use crate::command::glob::{self, Case, Steps};
use crate::resp::{RequestView, int, write};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// Names that somebody listens to; of patterns only their number is shown.
    Names(Kind),
    /// How many listen to each of the names given.
    Numbers(Kind),
}

impl Pipeline {
    /// PUBSUB CHANNELS, NUMSUB, NUMPAT, SHARDCHANNELS, SHARDNUMSUB.
    pub(super) fn pubsub_command(
        &mut self,
        key: Key,
        command: &Command,
        view: &RequestView<'_>,
        now: Time,
        out: &mut Vec<u8>,
    ) -> Taken {
        let question = Question::of(command);
        let others = match self.ask_others(key, view, now) {
            Asked::Waiting => return Taken::Later(Pause::Workers),
            Asked::Late => {
                write::error(out, answers::WORKERS_LATE);
                return Taken::Yes;
            }
            Asked::Crowded => {
                write::error(out, answers::WORKERS_CROWDED);
                return Taken::Yes;
            }
            Asked::Answered(answers) => answers,
        };
        let own = self.own_answer(question, view);
        let answers: Vec<Vec<&[u8]>> = std::iter::once(&own)
            .chain(&others)
            .map(|answer| RequestView::new(answer).args().collect())
            .collect();
        match question {
            Question::Names(kind) => {
                let names: BTreeSet<&[u8]> = answers.into_iter().flatten().collect();
                if kind == Kind::Pattern {
                    write::integer(out, i64::try_from(names.len()).unwrap_or(i64::MAX));
                } else {
                    write::array(out, names.len());
                    names.iter().for_each(|name| write::bulk(out, name));
                }
            }
            Question::Numbers(_) => write_numbers(out, view, &answers),
        }
        Taken::Yes
    }

    /// Another worker asks what the clients of this one listen to.
    pub(super) fn pubsub_share(&self, command: &Command, view: &RequestView<'_>) -> Box<[u8]> {
        self.own_answer(Question::of(command), view)
    }

    fn own_answer(&self, question: Question, view: &RequestView<'_>) -> Box<[u8]> {
        let topics = &self.subscriptions.topics;
        let mut out = Vec::new();
        match question {
            Question::Names(kind) => {
                let pattern = view.arg(2).filter(|_| kind != Kind::Pattern);
                let heard = topics.iter().map(|(_, topic)| topic);
                let heard = heard.filter(|topic| topic.kind == kind && !topic.members.is_empty());
                let mut names: Vec<&[u8]> = heard.map(|topic| &*topic.name).collect();
                if let Some(pattern) = pattern {
                    let mut steps = Steps::for_bytes(names.iter().map(|name| name.len()).sum());
                    // What would take too long to compare is left out.
                    names.retain(|name| {
                        glob::matches_within(pattern, name, Case::Exact, &mut steps) == Some(true)
                    });
                }
                write::request(&mut out, &names);
            }
            Question::Numbers(kind) => {
                let members = |name: &[u8]| {
                    let topic = topics.find(kind, name).and_then(|key| topics.get(key));
                    topic.map_or(0, |topic| topic.members.len())
                };
                write::array(&mut out, view.len_args() - 2);
                for name in view.args().skip(2) {
                    write::bulk(&mut out, members(name).to_string().as_bytes());
                }
            }
        }
        out.into()
    }
}

// === impl Question ===

impl Question {
    fn of(command: &Command) -> Self {
        match command.last_word() {
            "channels" => Self::Names(Kind::Channel),
            "shardchannels" => Self::Names(Kind::Shard),
            "numpat" => Self::Names(Kind::Pattern),
            "shardnumsub" => Self::Numbers(Kind::Shard),
            _ => Self::Numbers(Kind::Channel),
        }
    }
}

/// Names with the sums of what the workers have answered; servers write an array in RESP3 too.
fn write_numbers(out: &mut Vec<u8>, view: &RequestView<'_>, answers: &[Vec<&[u8]>]) {
    let names = view.len_args() - 2;
    write::array(out, names * 2);
    for (index, name) in view.args().skip(2).enumerate() {
        let each = answers.iter().filter_map(|answer| answer.get(index));
        let sum: i64 = each.filter_map(|number| int::parse_i64(number)).sum();
        write::bulk(out, name);
        write::integer(out, sum);
    }
}
