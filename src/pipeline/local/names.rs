//! Subcommands of CLIENT about one client: its number and names, modes that it switches, and its line in
//! CLIENT LIST.

use std::fmt::Write as _;

use super::super::client::{ClientSession, Phase};
use super::super::slab::Key;
use super::super::time::Time;
use super::super::{Pipeline, answers};
use crate::access::Access;
use crate::command::Command;
use crate::resp::{Protocol, RequestView, write};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

impl Pipeline {
    /// A subcommand of CLIENT.
    pub(super) fn client_command(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        now: Time,
        out: &mut Vec<u8>,
    ) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        match command.name {
            "client|id" => write::integer(out, i64::try_from(client.number).unwrap_or(i64::MAX)),
            "client|getname" => match client.identity.as_ref().filter(|id| !id.name.is_empty()) {
                Some(identity) => write::bulk(out, &identity.name),
                None => write::null(out, client.protocol),
            },
            "client|setname" => {
                let name = view.arg(2).unwrap_or_default();
                if is_valid_name(name) {
                    client.identity_mut().name = name.into();
                    write::simple(out, "OK");
                } else {
                    write::error(out, answers::CLIENT_NAME);
                }
            }
            "client|setinfo" => set_info(client, view, out),
            "client|info" => {
                let line = describe(client, &self.access, now);
                write::verbatim(out, &line, client.protocol);
            }
            "client|no-evict" => switch(&mut client.marks.no_evict, view, out),
            "client|no-touch" => switch(&mut client.marks.no_touch, view, out),
            "client|maint_notifications" if client.protocol == Protocol::Resp2 => {
                write::error(out, answers::MAINTENANCE_RESP2);
            }
            // Where to move to is not told, so the type of address that may follow does not matter.
            "client|maint_notifications" => switch(&mut client.marks.maintenance, view, out),
            "client|capa" => {
                let mut words = view.args().skip(2);
                client.marks.redirects |= words.any(|word| word.eq_ignore_ascii_case(b"redirect"));
                write::simple(out, "OK");
            }
            "client|getredir" => write::integer(out, client.redirection()),
            "client|caching" => client.choose(view, out),
            "client|trackinginfo" => client.write_tracking_info(out),
            _ => write::error(out, answers::SYNTAX),
        }
    }

    /// READONLY, READWRITE and ASKING: accepted, because where requests go is decided here.
    pub(super) fn switch_mode(&mut self, key: Key, command: &Command, out: &mut Vec<u8>) {
        if let Some(client) = self.clients.get_mut(key) {
            match command.name {
                "readonly" => client.marks.read_only = true,
                "readwrite" => client.marks.read_only = false,
                _ => {}
            }
        }
        write::simple(out, "OK");
    }
}

/// ON or OFF.
fn switch(mark: &mut bool, view: &RequestView<'_>, out: &mut Vec<u8>) {
    match view.arg(2) {
        Some(word) if word.eq_ignore_ascii_case(b"on") => *mark = true,
        Some(word) if word.eq_ignore_ascii_case(b"off") => *mark = false,
        _ => return write::error(out, answers::SYNTAX),
    }
    write::simple(out, "OK");
}

fn set_info(client: &mut ClientSession, view: &RequestView<'_>, out: &mut Vec<u8>) {
    let option = view.arg(2).unwrap_or_default();
    let value = view.arg(3).unwrap_or_default();
    let is_name = option.eq_ignore_ascii_case(b"lib-name");
    let is_version = option.eq_ignore_ascii_case(b"lib-ver");
    if !is_name && !is_version {
        let shown = answers::quote(option);
        return write::error(out, &format!("ERR Unrecognized option '{shown}'"));
    }
    if !is_valid_name(value) {
        let option = if is_name { "lib-name" } else { "lib-ver" };
        let text = "cannot contain spaces, newlines or special characters.";
        return write::error(out, &format!("ERR {option} {text}"));
    }
    let identity = client.identity_mut();
    if is_name {
        identity.library_name = value.into();
    } else {
        identity.library_version = value.into();
    }
    write::simple(out, "OK");
}

/// A name that fits into the lines of CLIENT LIST: printable ASCII without spaces.
pub(super) fn is_valid_name(name: &[u8]) -> bool {
    name.iter().all(u8::is_ascii_graphic)
}

/// The line of CLIENT INFO and CLIENT LIST, with the fields of servers that have a meaning here.
pub(in crate::pipeline) fn describe(client: &ClientSession, access: &Access, now: Time) -> String {
    let identity = client.identity.as_deref();
    let text = |pick: fn(&super::super::client::Identity) -> &[u8]| {
        identity.map_or_else(String::new, |id| {
            String::from_utf8_lossy(pick(id)).into_owned()
        })
    };
    let listens_to = client.subscriber.as_ref();
    let [sub, psub, ssub] = listens_to.map_or([0; 3], |subscriber| subscriber.counts());
    let mut line = String::new();
    let _ = write!(
        line,
        "id={} addr={} laddr={} name={} age={} idle={} flags={} capa={} db={} sub={sub} psub={psub} ssub={ssub} multi={}",
        client.number,
        client.peer,
        client.local,
        text(|id| &id.name),
        now.since(client.connected_at) / NANOS_PER_SECOND,
        now.since(client.last_active) / NANOS_PER_SECOND,
        flags(client),
        if client.marks.redirects { "r" } else { "" },
        client.database,
        queued(client).map_or_else(|| "-1".to_owned(), |count| count.to_string()),
    );
    let _ = writeln!(
        line,
        " qbuf={} omem={} tot-mem={} cmd={} user={} redir={} resp={} lib-name={} lib-ver={}",
        client.input.len(),
        client.output.unwritten_len(),
        client.held_bytes() + client.queued_bytes(),
        if client.last_command.is_empty() {
            "NULL"
        } else {
            client.last_command
        },
        access.name(client.user),
        client.redirection(),
        if client.protocol == Protocol::Resp3 {
            3
        } else {
            2
        },
        text(|id| &id.library_name),
        text(|id| &id.library_version),
    );
    line
}

/// How many commands a client has queued, if it is in a transaction.
fn queued(client: &ClientSession) -> Option<usize> {
    client.transaction.as_ref()?.queued()
}

/// Letters for the modes of a client, as servers show them.
pub(super) fn flags(client: &ClientSession) -> String {
    let marks = client.marks;
    let letters = [
        (marks.monitors, 'O'),
        (marks.read_only, 'r'),
        (client.listens(), 'P'),
        (marks.no_evict, 'e'),
        (marks.no_touch, 'T'),
        (queued(client).is_some(), 'x'),
        (client.is_waiting(), 'b'),
        (client.phase == Phase::Finishing, 'c'),
    ];
    let mut set: String = letters
        .into_iter()
        .filter_map(|(is_set, letter)| is_set.then_some(letter))
        .collect();
    set.push_str(
        client
            .tracker
            .as_ref()
            .map_or("", |tracker| tracker.flags()),
    );
    if set.is_empty() { "N".to_owned() } else { set }
}
