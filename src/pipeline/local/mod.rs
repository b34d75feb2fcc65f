//! Commands that corelane answers itself.
//!
//! An answer takes its place in the client's order like any reply. A command that changes how later bytes
//! are understood (HELLO, RESET) waits until everything before it is answered.

use super::Pipeline;
use super::answers;
use super::client::Pause;
use super::ingest::Taken;
use super::slab::Key;
use super::time::Time;
use crate::cluster::Slot;
use crate::command::{self, Command, Local};
use crate::resp::{Protocol, RequestView, int, write};

mod info;
mod names;
mod session;

impl Pipeline {
    /// Answers a command of corelane's own.
    pub(super) fn take_local(
        &mut self,
        key: Key,
        command: &'static Command,
        local: Local,
        view: &RequestView<'_>,
        now: Time,
    ) -> Taken {
        if matches!(local, Local::Hello | Local::Reset) && self.has_pending(key) {
            return Taken::Later(Pause::Barrier);
        }
        if matches!(local, Local::Hello | Local::Info) && self.must_wait_for_server(key, now) {
            return Taken::Later(Pause::Server);
        }
        let protocol = self
            .clients
            .get(key)
            .map_or(Protocol::Resp2, |client| client.protocol);
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        let mut taken = Taken::Yes;
        match local {
            Local::Ping if view.len_args() > 2 => answers::arity(&mut out, command.name),
            Local::Ping => match view.arg(1) {
                Some(message) => write::bulk(&mut out, message),
                None => write::simple(&mut out, "PONG"),
            },
            Local::Echo => write::bulk(&mut out, view.arg(1).unwrap_or_default()),
            Local::Quit => {
                write::simple(&mut out, "OK");
                taken = Taken::Close;
            }
            Local::Select => select(view.arg(1).unwrap_or_default(), &mut out),
            Local::Time => self.time(now, &mut out),
            Local::Cluster => {
                let slot = Slot::of_key(view.arg(2).unwrap_or_default());
                write::integer(&mut out, i64::from(slot.number()));
            }
            Local::Command => command::describe::answer(&mut out, view, protocol),
            Local::Info => self.info(view, protocol, now, &mut out),
            Local::Client => self.client_command(key, command, view, now, &mut out),
            Local::Auth => self.auth(key, view, &mut out),
            Local::Hello => self.hello(key, view, &mut out),
            Local::Reset => self.reset(key, &mut out),
        }
        self.answer(key, Some(command), &out);
        self.scratch = out;
        taken
    }

    /// If the answer needs the server's version and the first handshake that tells it is to come.
    fn must_wait_for_server(&self, key: Key, now: Time) -> bool {
        let patience = self.config.cluster.server_timeout;
        let is_patient =
            |client: &super::client::ClientSession| now < client.last_active.plus(patience);
        self.server.redis_version.is_empty() && self.clients.get(key).is_some_and(is_patient)
    }

    fn has_pending(&self, key: Key) -> bool {
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
    fn wall(&self, now: Time) -> std::time::Duration {
        self.wall_at_zero + std::time::Duration::from_nanos(now.0)
    }
}

/// SELECT: a cluster has database 0 only.
fn select(index: &[u8], out: &mut Vec<u8>) {
    match int::parse_i64(index) {
        Some(0) => write::simple(out, "OK"),
        Some(_) => write::error(out, answers::SELECT_IN_CLUSTER),
        None => write::error(out, answers::NOT_AN_INTEGER),
    }
}
