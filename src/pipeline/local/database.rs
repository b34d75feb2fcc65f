//! SELECT: which database a client's later requests are about.
//!
//! Links are shared by clients of one database, and a client changes over when everything before is answered.
//! Whether the cluster has that database a node must tell: it is asked over a link of the client's own, which is
//! a link of that database from then on. If the client watches keys, it is the link that does.

use super::super::client::Pause;
use super::super::ingest::{Frame, Taken};
use super::super::link::Patience;
use super::super::slab::Key;
use super::super::time::Time;
use super::super::{Pipeline, answers};
use crate::cluster::Slot;
use crate::command::Command;
use crate::resp::{RequestView, int, write};

impl Pipeline {
    /// Takes a SELECT.
    pub(super) fn take_select(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        let Some(index) = view.arg(1).and_then(int::parse_i64) else {
            self.answer_with(key, command, |out| {
                write::error(out, answers::NOT_AN_INTEGER);
            });
            return Taken::Yes;
        };
        let Ok(index) = u16::try_from(index) else {
            let text = if self.server.has_databases() {
                answers::DATABASE_OUT_OF_RANGE
            } else {
                answers::SELECT_IN_CLUSTER
            };
            self.answer_with(key, command, |out| write::error(out, text));
            return Taken::Yes;
        };
        let Some(client) = self.clients.get_mut(key) else {
            return Taken::Close;
        };
        if client.database == index {
            self.answer_with(key, command, |out| write::simple(out, "OK"));
            return Taken::Yes;
        }
        if !client.pending.is_empty() {
            return Taken::Later(Pause::Barrier);
        }
        let watched = self.watched(key);
        if index == 0 && watched.is_none() {
            if let Some(client) = self.clients.get_mut(key) {
                client.database = 0;
            }
            self.answer_with(key, command, |out| write::simple(out, "OK"));
            return Taken::Yes;
        }
        // The link that watches keys has to change over with its client.
        let slot = watched.unwrap_or(Slot::FIRST);
        let taken = self.forward_private(key, command, slot, frame, Patience::Usual, now);
        if let Some(client) = self.clients.get_mut(key)
            && let Some(lease) = &mut client.lease
        {
            lease.selects = Some(index);
        }
        taken
    }

    /// If a SELECT inside a transaction asks for another database than the client has, and there may be one.
    pub(in crate::pipeline) fn may_change_database(
        &self,
        key: Key,
        view: &RequestView<'_>,
    ) -> bool {
        let index = view.arg(1).and_then(int::parse_i64);
        let database = self.clients.get(key).map(|client| client.database);
        index
            .and_then(|index| u16::try_from(index).ok())
            .is_some_and(|index| {
                Some(index) != database && (index == 0 || self.server.has_databases())
            })
    }

    /// Answers a SELECT inside a transaction, which leaves the database as it is.
    pub(super) fn select_the_same(&self, view: &RequestView<'_>, out: &mut Vec<u8>) {
        match view.arg(1).and_then(int::parse_i64) {
            None => write::error(out, answers::NOT_AN_INTEGER),
            Some(0) => write::simple(out, "OK"),
            Some(index) if u16::try_from(index).is_ok() && self.server.has_databases() => {
                write::simple(out, "OK");
            }
            Some(_) if self.server.has_databases() => {
                write::error(out, answers::DATABASE_OUT_OF_RANGE);
            }
            Some(_) => write::error(out, answers::SELECT_IN_CLUSTER),
        }
    }

    /// A node has answered on a private link: if it was to a SELECT, the client and the link have changed over.
    pub(in crate::pipeline) fn note_selected(&mut self, link: Key, reply: &[u8]) {
        let Some(link) = self.links.get_mut(link) else {
            return;
        };
        if let Some(client) = link.holder.and_then(|holder| self.clients.get_mut(holder))
            && let Some(lease) = &mut client.lease
            && let Some(database) = lease.selects.take()
            && reply == b"+OK\r\n"
        {
            client.database = database;
            link.terms.database = database;
        }
    }
}
