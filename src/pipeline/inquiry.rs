//! Questions to the other workers: commands about the clients of all of them.
//!
//! ```text
//!   client --> take_local --> Action::Ask --> control --> the other workers: handle_question
//!   client <-- taken again <-- handle_answer <-- control <--+
//! ```
//!
//! The client's request stays where it is, and the client pauses, until every worker has answered or
//! `cluster.server_timeout` has passed; then the request is taken again and finds what came. Questions are
//! requests as clients send them, answers are text that only the asking command understands.
//!
//! Limits: one question per client and [`OPEN_MAX`] per worker.

use super::client::Pause;
use super::slab::Key;
use super::time::Time;
use super::{Action, Pipeline};
use crate::resp::{RequestView, write};

/// Questions under way at most; these are commands of people and of tools that look once in a while.
const OPEN_MAX: usize = 64;

/// Questions under way.
#[derive(Debug, Default)]
pub(super) struct Inquiries {
    next: u64,
    open: Vec<Inquiry>,
}

#[derive(Debug)]
struct Inquiry {
    id: u64,
    client: Key,
    /// Workers that have not answered.
    missing: usize,
    answers: Vec<Box<[u8]>>,
    until: Time,
}

/// How far a question has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Answers are to come.
    Waiting,
    /// All other workers have answered.
    Answered(Vec<Box<[u8]>>),
    /// Some have not in time.
    Late,
    /// Too many questions are under way.
    Crowded,
}

// === impl Pipeline ===

impl Pipeline {
    /// Puts a client's request to the other workers, or tells what became of that.
    pub(super) fn ask_others(&mut self, client: Key, view: &RequestView<'_>, now: Time) -> Asked {
        if self.workers <= 1 && !self.has_inquiry(client) {
            return Asked::Answered(Vec::new());
        }
        let open = &mut self.inquiries.open;
        if let Some(at) = open.iter().position(|inquiry| inquiry.client == client) {
            let is_late = open.get(at).is_some_and(|inquiry| now >= inquiry.until);
            let is_complete = open.get(at).is_some_and(|inquiry| inquiry.missing == 0);
            if is_complete {
                return Asked::Answered(open.swap_remove(at).answers);
            }
            if !is_late {
                return Asked::Waiting;
            }
            open.swap_remove(at);
            self.stats.counters.errors_workers_late += 1;
            return Asked::Late;
        }
        let Some(id) = self.open_inquiry(client, self.workers - 1, now) else {
            return Asked::Crowded;
        };
        let args: Vec<&[u8]> = view.args().collect();
        let mut question = Vec::new();
        write::request(&mut question, &args);
        self.act(Action::Ask {
            id,
            question: question.into(),
        });
        Asked::Waiting
    }

    /// Notes that a client waits for so many answers; nothing if too many do.
    pub(super) fn open_inquiry(&mut self, client: Key, missing: usize, now: Time) -> Option<u64> {
        if self.inquiries.open.len() >= OPEN_MAX {
            self.stats.counters.errors_workers_late += 1;
            return None;
        }
        self.inquiries.next += 1;
        let id = self.inquiries.next;
        self.inquiries.open.push(Inquiry {
            id,
            client,
            missing,
            answers: Vec::new(),
            until: now.plus(self.config.cluster.server_timeout),
        });
        Some(id)
    }

    /// Puts a question to the other workers whose answers nobody waits for.
    pub(super) fn tell_others(&mut self, question: Box<[u8]>) {
        self.inquiries.next += 1;
        let id = self.inquiries.next;
        self.act(Action::Ask { id, question });
    }

    /// If any client waits for answers.
    pub(super) fn awaits_answers(&self) -> bool {
        !self.inquiries.open.is_empty()
    }

    /// If a client waits for answers.
    pub(super) fn has_inquiry(&self, client: Key) -> bool {
        let mut open = self.inquiries.open.iter();
        open.any(|inquiry| inquiry.client == client)
    }

    /// Another worker has answered a question of this one.
    pub fn handle_answer(&mut self, id: u64, answer: Box<[u8]>) {
        let mut open = self.inquiries.open.iter_mut();
        // Answers to clients that are gone, and late ones, find nothing.
        let Some(inquiry) = open.find(|inquiry| inquiry.id == id && inquiry.missing > 0) else {
            return;
        };
        inquiry.answers.push(answer);
        inquiry.missing -= 1;
        if inquiry.missing == 0 {
            let client = inquiry.client;
            self.resume_asker(client);
        }
    }

    /// Lets clients go on whose questions were not answered in time. Called at each tick.
    pub(super) fn check_inquiries(&mut self, now: Time) {
        let open = self.inquiries.open.iter();
        let over = open.filter(|inquiry| inquiry.missing == 0 || now >= inquiry.until);
        let over: Vec<Key> = over.map(|inquiry| inquiry.client).collect();
        for client in over {
            self.resume_asker(client);
        }
    }

    /// A client is gone, and with it its question.
    pub(super) fn forget_inquiry(&mut self, client: Key) {
        self.inquiries
            .open
            .retain(|inquiry| inquiry.client != client);
    }

    fn resume_asker(&mut self, client: Key) {
        if let Some(session) = self.clients.get(client)
            && session.paused == Some(Pause::Workers)
        {
            self.resumable.push(client);
        }
    }
}
