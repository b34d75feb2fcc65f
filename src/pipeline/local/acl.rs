//! ACL: what users there are, what they may do, and what was refused. Nothing can be changed here, because
//! users come from the settings; and no digest of a password is shown.

use super::super::Pipeline;
use super::super::answers;
use super::super::denials::Entry;
use super::super::slab::Key;
use super::super::time::Time;
use crate::access::{CATEGORIES, Denial, User, is_in_category};
use crate::command::{self, Command, Learned};
use crate::resp::{Protocol, RequestView, int, write};

/// Stands for the digest of a password.
const REDACTED: &str = "(redacted)";

/// Entries that ACL LOG shows without a number.
const LOG_DEFAULT: usize = 10;

const NANOS_PER_SECOND: f64 = 1e9;

impl Pipeline {
    /// A subcommand of ACL.
    pub(super) fn acl(
        &mut self,
        key: Key,
        command: &Command,
        view: &RequestView<'_>,
        now: Time,
        out: &mut Vec<u8>,
    ) {
        let Some(client) = self.clients.get(key) else {
            return;
        };
        let protocol = client.protocol;
        match command.last_word() {
            "whoami" => write::bulk(out, self.access.name(client.user).as_bytes()),
            "users" => {
                let users = self.access.sorted();
                write::array(out, users.len());
                for user in users {
                    write::bulk(out, user.name().as_bytes());
                }
            }
            "list" => {
                let users = self.access.sorted();
                write::array(out, users.len());
                for user in users {
                    write::bulk(out, line(user).as_bytes());
                }
            }
            "getuser" => {
                let id = self.access.find(view.arg(2).unwrap_or_default());
                match id.and_then(|id| self.access.get(id)) {
                    Some(user) => write_user(user, protocol, out),
                    None => write::null(out, protocol),
                }
            }
            "cat" => categories(view, &self.learned, out),
            "dryrun" => self.dry_run(view, out),
            "log" => self.acl_log(view, protocol, now, out),
            word => {
                let word = word.to_ascii_uppercase();
                let text =
                    "users come from the settings (clients.users) and change with them alone";
                write::error(out, &format!("ERR corelane: ACL {word} is refused: {text}"));
            }
        }
    }

    /// ACL DRYRUN: whether a user could send a request.
    fn dry_run(&mut self, view: &RequestView<'_>, out: &mut Vec<u8>) {
        let name = view.arg(2).unwrap_or_default();
        let Some(user) = self.access.find(name).and_then(|id| self.access.get(id)) else {
            let name = answers::quote(name);
            return write::error(out, &format!("ERR User '{name}' not found"));
        };
        let words: Vec<&[u8]> = view.args().skip(3).collect();
        let mut frame = Vec::new();
        write::request(&mut frame, &words);
        let request = RequestView::new(&frame);
        let word = request.arg(0).unwrap_or_default();
        let Some(command) = resolve(&request, &self.learned) else {
            let word = answers::quote(word);
            return write::error(out, &format!("ERR Command '{word}' not found"));
        };
        if !command.arity_fits(request.len_args()) {
            return answers::arity(out, command.name);
        }
        let object = |index| answers::quote(request.arg(index).unwrap_or_default());
        match user.check(command, &request, &mut self.key_uses) {
            Ok(()) => write::simple(out, "OK"),
            Err(denied) => {
                let text = match denied {
                    Denial::Command => {
                        let name = command.name;
                        format!("This user has no permissions to run the '{name}' command")
                    }
                    Denial::Key(index) if index > 0 => {
                        let key = object(index);
                        format!("This user has no permissions to access the '{key}' key")
                    }
                    Denial::Channel(index) => {
                        let channel = object(index);
                        format!("This user has no permissions to access the '{channel}' channel")
                    }
                    Denial::Key(_) | Denial::Sort(_) | Denial::Unchecked => {
                        answers::denied(denied, command.name)
                    }
                };
                write::bulk(out, text.as_bytes());
            }
        }
    }

    /// ACL LOG [count | RESET].
    fn acl_log(
        &mut self,
        view: &RequestView<'_>,
        protocol: Protocol,
        now: Time,
        out: &mut Vec<u8>,
    ) {
        let count = match view.arg(2) {
            _ if view.len_args() > 3 => return wrong_arguments(view, out),
            None => LOG_DEFAULT,
            Some(word) if word.eq_ignore_ascii_case(b"reset") => {
                self.denials.clear();
                return write::simple(out, "OK");
            }
            Some(number) => match int::parse_i64(number) {
                Some(number) => usize::try_from(number).unwrap_or(0),
                None => return write::error(out, answers::NOT_AN_INTEGER),
            },
        };
        let entries = self.denials.newest(count);
        write::array(out, entries.len());
        for entry in entries {
            log_entry(entry, protocol, now, out);
        }
    }
}

/// The command or subcommand of a request.
fn resolve(request: &RequestView<'_>, learned: &Learned) -> Option<&'static Command> {
    let name = request.arg(0)?;
    let command = command::lookup(name).or_else(|| learned.lookup(name))?;
    match request.arg(1) {
        Some(word) if !command.subcommands.is_empty() => learned.subcommand_of(command, word),
        _ => Some(command),
    }
}

fn wrong_arguments(view: &RequestView<'_>, out: &mut Vec<u8>) {
    let word = answers::quote(view.arg(1).unwrap_or_default());
    let text =
        format!("unknown subcommand or wrong number of arguments for '{word}'. Try ACL HELP.");
    write::error(out, &format!("ERR {text}"));
}

/// ACL CAT, with a category or without.
fn categories(view: &RequestView<'_>, learned: &Learned, out: &mut Vec<u8>) {
    let Some(category) = view.arg(2) else {
        write::array(out, CATEGORIES.len());
        for name in CATEGORIES {
            write::bulk(out, name.as_bytes());
        }
        return;
    };
    if view.len_args() > 3 {
        return wrong_arguments(view, out);
    }
    let commands = learned
        .each()
        .filter(|command| is_in_category(command, category));
    let commands: Vec<_> = commands.collect();
    if commands.is_empty() {
        let category = answers::quote(category);
        return write::error(out, &format!("ERR Unknown category '{category}'"));
    }
    write::array(out, commands.len());
    for command in commands {
        write::bulk(out, command.name.as_bytes());
    }
}

/// The words for the state of a user.
fn flags(user: &User) -> impl Iterator<Item = &'static str> {
    let switch = if user.is_enabled() { "on" } else { "off" };
    let open = user.is_open().then_some("nopass");
    std::iter::once(switch).chain(open)
}

/// A line of ACL LIST.
fn line(user: &User) -> String {
    let mut words = vec!["user".to_owned(), user.name().to_owned()];
    words.extend(flags(user).map(str::to_owned));
    words.extend((0..user.len_passwords()).map(|_| format!("#{REDACTED}")));
    words.push(rights(
        user.command_rules(),
        user.key_rules(),
        user.channel_rules(),
    ));
    for [commands, keys, channels] in user.selector_rules() {
        words.push(format!("({})", rights(commands, keys, channels)));
    }
    words.join(" ")
}

/// Keys, channels and commands in the order and the words of servers.
fn rights(commands: String, keys: String, channels: String) -> String {
    let resets = (channels != "&*").then(|| "resetchannels".to_owned());
    let parts = [keys, resets.unwrap_or_default(), channels, commands];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// ACL GETUSER.
fn write_user(user: &User, protocol: Protocol, out: &mut Vec<u8>) {
    write::map(out, 6, protocol);
    write::bulk(out, b"flags");
    write::set(out, flags(user).count(), protocol);
    for flag in flags(user) {
        write::bulk(out, flag.as_bytes());
    }
    write::bulk(out, b"passwords");
    write::array(out, user.len_passwords());
    for _ in 0..user.len_passwords() {
        write::bulk(out, REDACTED.as_bytes());
    }
    let own = [user.command_rules(), user.key_rules(), user.channel_rules()];
    write_rights(&own, out);
    write::bulk(out, b"selectors");
    let selectors = user.selector_rules();
    write::array(out, selectors.len());
    for rules in &selectors {
        write::map(out, rules.len(), protocol);
        write_rights(rules, out);
    }
}

fn write_rights(rules: &[String; 3], out: &mut Vec<u8>) {
    for (name, rules) in ["commands", "keys", "channels"].into_iter().zip(rules) {
        write::bulk(out, name.as_bytes());
        write::bulk(out, rules.as_bytes());
    }
}

fn log_entry(entry: &Entry, protocol: Protocol, now: Time, out: &mut Vec<u8>) {
    write::map(out, 7, protocol);
    write::bulk(out, b"count");
    write::integer(out, i64::try_from(entry.count).unwrap_or(i64::MAX));
    for (name, value) in [
        ("reason", entry.reason.word().as_bytes()),
        // Requests of transactions are looked at one by one, like all others.
        ("context", b"toplevel"),
        ("object", &entry.object),
        ("username", &entry.user),
    ] {
        write::bulk(out, name.as_bytes());
        write::bulk(out, value);
    }
    write::bulk(out, b"age-seconds");
    let age = now.since(entry.at) as f64 / NANOS_PER_SECOND;
    write::double(out, (age * 1000.0).round() / 1000.0, protocol);
    write::bulk(out, b"client-info");
    write::bulk(out, entry.client.trim_end().as_bytes());
}
