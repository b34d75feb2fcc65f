//! Ending the wait of a client: CLIENT UNBLOCK, and the end of the proxy.
//!
//! ```text
//!   CLIENT UNBLOCK number --> the worker that has it --> CLIENT UNBLOCK id, over the shared link to its node
//!   :1 or :0 <-- inquiry <------------------------------ the node's answer
//! ```
//!
//! The node decides, so that an element which it is just giving out is never lost. What no node has got yet is
//! answered here.
//!
//! Holds: a link whose wait was told to end is not given to another client, because the node might take the
//! word for the next wait on it. Limits: [`TICKETS_MAX`] under way.

use std::time::Duration;

use super::ingest::Frame;
use super::inquiry::Asked;
use super::link::{LinkState, Owner, PartId, Purpose, Terms, WHOLE};
use super::pending::{At, State};
use super::slab::Key;
use super::time::Time;
use super::{Action, Pipeline};
use crate::resp::{Protocol, ReplyView, RequestView, write};

/// Nodes that have been told to end a wait and have not answered.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    next: u32,
    open: Vec<(u32, Asker, Time)>,
}

/// Who wants to know if a wait was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asker {
    /// The worker whose client asks.
    pub(super) worker: usize,
    /// Number of its question.
    pub(super) id: u64,
}

/// What ends a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// As if its time were over.
    Timeout,
    /// With an error.
    Error,
}

/// Whether a wait has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It has.
    Yes,
    /// There was none that could be ended.
    No,
    /// Its node will tell.
    Asked,
}

/// Commands to nodes under way; each is answered within a moment, and people send them.
const TICKETS_MAX: usize = 1024;

/// While draining, how long a node may take before it is told again.
const TELL_AGAIN: Duration = Duration::from_millis(100);

/// What a client gets whose wait was ended with an error, in the servers' words.
const UNBLOCKED: &str = "UNBLOCKED client unblocked via CLIENT UNBLOCK";

// === impl Manner ===

impl Manner {
    fn word(self) -> &'static [u8] {
        match self {
            Self::Timeout => b"TIMEOUT",
            Self::Error => b"ERROR",
        }
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Ends the wait of the client with this number, if it has one.
    pub(super) fn unblock_number(
        &mut self,
        number: u64,
        manner: Manner,
        asker: Asker,
        now: Time,
    ) -> Ended {
        let found = self
            .clients
            .iter()
            .find(|(_, client)| client.number == number);
        match found.map(|(key, _)| key) {
            Some(key) => self.unblock(key, manner, Some(asker), now),
            None => Ended::No,
        }
    }

    /// Ends the wait of a client, if it has one.
    pub(super) fn unblock(
        &mut self,
        key: Key,
        manner: Manner,
        asker: Option<Asker>,
        now: Time,
    ) -> Ended {
        let Some(client) = self.clients.get_mut(key) else {
            return Ended::No;
        };
        let (Some(lease), Some(pending)) = (&mut client.lease, client.pending.front()) else {
            return Ended::No;
        };
        let (Some(_), State::Whole(part)) = (&lease.wait, &pending.state) else {
            return Ended::No;
        };
        let id = PartId {
            client: key,
            seq: client.pending.front_seq(),
            part: WHOLE,
        };
        let is_at_link = matches!(part.at, At::Link);
        let link = lease.link;
        match link {
            _ if !is_at_link => self.give_wait_up(id, manner, now),
            None => Ended::No,
            Some(link) => self.unblock_at(link, id, manner, asker, now),
        }
    }

    fn unblock_at(
        &mut self,
        link: Key,
        id: PartId,
        manner: Manner,
        asker: Option<Asker>,
        now: Time,
    ) -> Ended {
        let Some(held) = self.links.get_mut(link) else {
            return Ended::No;
        };
        let is_this = |owner: Owner| owner == Owner::Part(id);
        if !held.take_unwritten(|entry| is_this(entry.owner)).is_empty() {
            self.touch_link(link);
            return self.give_wait_up(id, manner, now);
        }
        let (node, Some(connection)) = (held.node, held.handshake.connection_id) else {
            return Ended::No;
        };
        if held.state != LinkState::Ready || self.tickets.open.len() >= TICKETS_MAX {
            return Ended::No;
        }
        let terms = Terms::plain(Protocol::Resp2);
        let Some(shared) = self.link_to(node, terms, Purpose::Primary, now) else {
            return Ended::No;
        };
        let ticket = self.tickets.next;
        let number = connection.to_string();
        let mut words = Vec::new();
        write::request(
            &mut words,
            &[b"CLIENT", b"UNBLOCK", number.as_bytes(), manner.word()],
        );
        if !self.append_own(shared, Owner::Unblock(ticket), &words, now) {
            return Ended::No;
        }
        self.tickets.next = ticket.wrapping_add(1);
        if let Some(asker) = asker {
            let until = now.plus(self.config.cluster.server_timeout);
            self.tickets.open.push((ticket, asker, until));
        }
        if let Some(held) = self.links.get_mut(link) {
            held.is_spoilt = true;
        }
        self.cut_tour(id.client);
        Ended::Asked
    }

    /// Answers a wait that no node has got.
    fn give_wait_up(&mut self, id: PartId, manner: Manner, now: Time) -> Ended {
        let Some(client) = self.clients.get_mut(id.client) else {
            return Ended::No;
        };
        let protocol = client.protocol;
        let mut name = "";
        if let Some(pending) = client.pending.get_mut(id.seq)
            && let State::Whole(part) = &mut pending.state
        {
            name = pending.command.map_or("", |command| command.name);
            let waiting = part.at.held_len();
            part.at = At::Done;
            client.pending.sub_waiting(waiting);
        }
        let mut out = Vec::new();
        match manner {
            Manner::Error => write::error(&mut out, UNBLOCKED),
            Manner::Timeout if name == "wait" => write::integer(&mut out, 0),
            Manner::Timeout if name == "waitaof" => {
                write::array(&mut out, 2);
                write::integer(&mut out, 0);
                write::integer(&mut out, 0);
            }
            Manner::Timeout => write::null_array(&mut out, protocol),
        }
        let delivered = self.deliver(id, &Frame::Borrowed(&out), now);
        debug_assert!(delivered.is_ok(), "whole requests take any reply");
        Ended::Yes
    }

    /// A node has answered CLIENT UNBLOCK.
    pub(super) fn note_unblocked(&mut self, ticket: u32, reply: &[u8]) {
        let mut open = self.tickets.open.iter();
        let Some(at) = open.position(|(number, _, _)| *number == ticket) else {
            return;
        };
        let (_, asker, _) = self.tickets.open.swap_remove(at);
        let is_ended = ReplyView::new(reply).as_integer() == Some(1);
        let answer: Box<[u8]> = Box::from(if is_ended { &b"1"[..] } else { b"0" });
        if asker.worker == self.worker {
            self.handle_answer(asker.id, answer);
        } else {
            self.act(Action::Answer {
                asker: asker.worker,
                id: asker.id,
                answer,
            });
        }
    }

    /// At each tick: forgets nodes that have not answered in time; while draining, ends all waits.
    pub(super) fn check_unblocked(&mut self, now: Time) {
        self.tickets.open.retain(|(_, _, until)| now < *until);
        if !self.draining || self.waiting_clients == 0 {
            return;
        }
        for key in self.clients.keys() {
            let Some(wait) = self.wait_mut(key) else {
                continue;
            };
            if wait.told_at.is_some_and(|told| now < told.plus(TELL_AGAIN)) {
                continue;
            }
            wait.told_at = Some(now);
            // Who has set a time gets the answer for it; others would not understand null.
            let manner = match wait.until {
                Some(_) => Manner::Timeout,
                None => Manner::Error,
            };
            // The word may have come to the node before the request; then it is said again.
            let _ = self.unblock(key, manner, None, now);
        }
    }

    /// CLIENT UNBLOCK of a client of this or of another worker: its answer, if it is known.
    pub(super) fn unblock_somewhere(
        &mut self,
        client: Key,
        view: &RequestView<'_>,
        number: u64,
        manner: Manner,
        now: Time,
    ) -> Asked {
        let workers = self.workers as u64;
        let is_here = number > 0 && (number - 1) % workers == self.worker as u64;
        if !is_here || self.has_inquiry(client) {
            return self.ask_others(client, view, now);
        }
        let Some(id) = self.open_inquiry(client, 1, now) else {
            return Asked::Crowded;
        };
        let asker = Asker {
            worker: self.worker,
            id,
        };
        match self.unblock_number(number, manner, asker, now) {
            Ended::Asked => Asked::Waiting,
            ended => {
                self.forget_inquiry(client);
                let is_ended = ended == Ended::Yes;
                Asked::Answered(vec![Box::from(if is_ended { &b"1"[..] } else { b"0" })])
            }
        }
    }
}
