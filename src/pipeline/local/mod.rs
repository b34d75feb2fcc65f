//! Commands that corelane answers itself.
//!
//! An answer takes its place in the client's order like any reply. A command that changes how later bytes
//! are understood (HELLO, RESET) waits until everything before it is answered.

use super::Pipeline;
use super::answers;
use super::client::{ClientSession, Pause};
use super::ingest::{Frame, Taken};
use super::slab::Key;
use super::time::Time;
use crate::command::{self, Command, Local};
use crate::resp::{Protocol, RequestView, write};

pub(super) use self::monitor::Monitors;
pub(super) use self::names::describe as describe_client;
pub(super) use self::totals::Usage;

mod acl;
mod clients;
mod database;
mod facade;
mod filter;
mod info;
mod monitor;
mod names;
mod pubsub;
mod reply;
mod session;
#[cfg(test)]
mod tests;
mod totals;

impl Pipeline {
    /// Answers a command of corelane's own.
    pub(super) fn take_local(
        &mut self,
        key: Key,
        command: &'static Command,
        local: Local,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        if command.name == "client|tracking" {
            return self.take_tracking(key, command, view, now);
        }
        if local == Local::Select {
            return self.take_select(key, command, view, frame, now);
        }
        let is_barrier = matches!(local, Local::Hello | Local::Reset | Local::Monitor);
        if is_barrier && self.has_pending(key) {
            return Taken::Later(Pause::Barrier);
        }
        if matches!(local, Local::Hello | Local::Info) && self.must_wait_for_server(key, now) {
            return Taken::Later(Pause::Server);
        }
        if local == Local::Info {
            return self.take_info(key, command, view, now);
        }
        if local == Local::Cluster
            && matches!(command.last_word(), "countkeysinslot" | "getkeysinslot")
        {
            return self.ask_owner(key, command, view, frame, now);
        }
        // Who looks at its own line sees this command there, as with servers.
        if matches!(local, Local::Client | Local::Clients)
            && let Some(client) = self.clients.get_mut(key)
        {
            client.last_command = command.name;
        }
        match local {
            Local::Subscribe => return self.subscribe(key, command, view, now),
            Local::Unsubscribe => return self.unsubscribe(key, command, view, now),
            _ => {}
        }
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        let taken = self.write_local(key, command, local, view, now, &mut out);
        // CLIENT REPLY OFF and SKIP alone are not answered.
        if !matches!(taken, Taken::Later(_)) && !out.is_empty() {
            self.answer(key, Some(command), &out);
        }
        self.scratch = out;
        taken
    }

    /// Writes the answer to a command of corelane's own, if it can be given now.
    pub(super) fn write_local(
        &mut self,
        key: Key,
        command: &'static Command,
        local: Local,
        view: &RequestView<'_>,
        now: Time,
        out: &mut Vec<u8>,
    ) -> Taken {
        let protocol = self
            .clients
            .get(key)
            .map_or(Protocol::Resp2, |client| client.protocol);
        match local {
            Local::Ping if view.len_args() > 2 => answers::arity(out, command.name),
            Local::Ping => self.ping(key, view.arg(1), out),
            Local::Echo => write::bulk(out, view.arg(1).unwrap_or_default()),
            Local::Quit => {
                write::simple(out, "OK");
                return Taken::Close;
            }
            Local::Select => self.select_the_same(view, out),
            Local::Databases => {
                let name = command.name.to_ascii_uppercase();
                write::error(out, &format!("ERR {name} is not allowed in cluster mode"));
            }
            Local::Time => self.time(now, out),
            Local::Cluster => self.cluster_command(key, command, view, protocol, out),
            Local::Command => {
                command::describe::answer(out, view, &self.learned, protocol);
            }
            Local::Help => command::describe::write_help(out, command, &self.learned),
            // In a transaction nothing waits for other workers.
            Local::Info => self.info(view, protocol, &self.own_totals(), now, out),
            Local::Client => self.client_command(key, command, view, now, out),
            // Handled before, because they do not always answer at once.
            Local::Subscribe | Local::Unsubscribe => {}
            Local::PubSub => return self.pubsub_command(key, command, view, now, out),
            Local::Clients => return self.clients_command(key, command, view, now, out),
            Local::Unblock => return self.unblock_command(key, view, now, out),
            Local::Reply => self.client_reply(key, view, out),
            Local::Monitor => return self.monitor(key, view, now, out),
            Local::Mode => self.switch_mode(key, command, out),
            Local::Auth => self.auth(key, view, out),
            Local::Hello => self.hello(key, view, out),
            Local::Reset => self.reset(key, out),
            Local::Acl => self.acl(key, command, view, now, out),
            Local::Role => role(out),
            Local::Lolwut => lolwut(protocol, out),
        }
        Taken::Yes
    }

    /// INFO, when other workers have told their numbers.
    fn take_info(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        now: Time,
    ) -> Taken {
        let asks_nodes = self.asks_nodes(view, now);
        if asks_nodes && self.has_pending(key) {
            return Taken::Later(Pause::Barrier);
        }
        let Some(totals) = self.totals(key, view, now) else {
            return Taken::Later(Pause::Workers);
        };
        if asks_nodes {
            return self.info_of_nodes(key, command, view, &totals, now);
        }
        let protocol = self.clients.get(key).map(|client| client.protocol);
        let mut out = Vec::new();
        self.info(view, protocol.unwrap_or_default(), &totals, now, &mut out);
        self.answer(key, Some(command), &out);
        Taken::Yes
    }

    /// PING: of a client that listens in RESP2 it is answered like a message.
    fn ping(&self, key: Key, message: Option<&[u8]>, out: &mut Vec<u8>) {
        let listens = self
            .clients
            .get(key)
            .is_some_and(ClientSession::is_confined);
        if listens {
            write::array(out, 2);
            write::bulk(out, b"pong");
            write::bulk(out, message.unwrap_or_default());
        } else if let Some(message) = message {
            write::bulk(out, message);
        } else {
            write::simple(out, "PONG");
        }
    }

    /// CLUSTER COUNTKEYSINSLOT and GETKEYSINSLOT: the owner of the slot knows.
    fn ask_owner(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        match Self::slot_asked(view) {
            Ok(slot) => self.forward(key, command, slot, frame, now),
            Err(text) => {
                self.answer_with(key, command, |out| write::error(out, text));
                Taken::Yes
            }
        }
    }

    /// If the answer needs the server's version and the first handshake that tells it is to come.
    fn must_wait_for_server(&mut self, key: Key, now: Time) -> bool {
        let patience = self.config.cluster.server_timeout;
        let Some(client) = self.clients.get_mut(key) else {
            return false;
        };
        // From when it came, not from when its client last said something.
        let arrival = *client.link_wait_since.get_or_insert(now);
        let waits = self.server.redis_version.is_empty() && now < arrival.plus(patience);
        if !waits {
            client.link_wait_since = None;
        }
        waits
    }

    pub(in super::super) fn has_pending(&self, key: Key) -> bool {
        self.clients
            .get(key)
            .is_some_and(|client| !client.pending.is_empty())
    }

    /// TIME: seconds and microseconds of the wall clock.
    fn time(&self, now: Time, out: &mut Vec<u8>) {
        let wall = self.wall(now);
        write::array(out, 2);
        write::bulk(out, wall.as_secs().to_string().as_bytes());
        write::bulk(out, wall.subsec_micros().to_string().as_bytes());
    }

    /// The wall clock at `now`, since the Unix epoch.
    pub(in crate::pipeline) fn wall(&self, now: Time) -> std::time::Duration {
        self.wall_at_zero + std::time::Duration::from_nanos(now.0)
    }
}

/// ROLE: to its clients corelane is a primary without replicas.
fn role(out: &mut Vec<u8>) {
    write::array(out, 3);
    write::bulk(out, b"master");
    write::integer(out, 0);
    write::array(out, 0);
}

/// LOLWUT: the version, without the art.
fn lolwut(protocol: Protocol, out: &mut Vec<u8>) {
    let text = concat!("corelane ver. ", env!("CARGO_PKG_VERSION"), "\n");
    write::verbatim(out, text, protocol);
}
