//! Replies of the COMMAND family, in the servers' shape.
//!
//! Called by the pipeline when a client asks COMMAND, COMMAND INFO, DOCS, LIST, COUNT, GETKEYS or
//! GETKEYSANDFLAGS. [`answer`] does all of it; the writers below it are for single commands.
//!
//! Holds: exactly one reply is appended. Costs: COMMAND and DOCS without names write some 100 KB; nobody
//! asks that often.

mod docs;
mod help;
mod info;
mod list;
pub(super) mod notes;

pub use docs::write_docs;
pub use help::write_help;
pub use info::write_info;
pub use notes::summary;

use super::{Command, Flags, KeyAt, Learned, lookup};
use crate::resp::{Protocol, RequestView, write};

/// The longest piece of a client's word that an error repeats.
const ECHO_BYTES_MAX: usize = 128;

/// Appends the reply to a COMMAND request, about the table's commands and the learned ones.
pub fn answer(out: &mut Vec<u8>, request: &RequestView<'_>, learned: &Learned, protocol: Protocol) {
    let Some(word) = request.arg(1) else {
        return write_all_info(out, learned, protocol);
    };
    let child = lookup(b"command").and_then(|command| command.subcommand(word));
    let Some(child) = child else {
        let word = String::from_utf8_lossy(word.get(..ECHO_BYTES_MAX).unwrap_or(word));
        return write::error(
            out,
            &format!("ERR unknown subcommand '{word}'. Try COMMAND HELP."),
        );
    };
    if !child.arity_fits(request.len_args()) {
        let name = child.name;
        return write::error(
            out,
            &format!("ERR wrong number of arguments for '{name}' command"),
        );
    }
    match child.last_word() {
        "count" => {
            let count = learned.all().count();
            write::integer(out, i64::try_from(count).unwrap_or(i64::MAX));
        }
        "docs" => docs::write_named(out, request, learned, protocol),
        "getkeys" => write_keys(out, request, learned, protocol, false),
        "getkeysandflags" => write_keys(out, request, learned, protocol, true),
        "info" if request.len_args() == 2 => write_all_info(out, learned, protocol),
        "info" => write_named_info(out, request, learned, protocol),
        "list" => list::write_list(out, request, learned),
        _ => write_help(out, child, learned),
    }
}

/// Finds a command of the table by its full name in any case, subcommands as `config|get`.
#[must_use]
pub fn by_full_name(name: &[u8]) -> Option<&'static Command> {
    Learned::none().by_full_name(name)
}

fn write_all_info(out: &mut Vec<u8>, learned: &Learned, protocol: Protocol) {
    write::array(out, learned.all().count());
    learned
        .all()
        .for_each(|command| write_info(out, command, learned, protocol));
}

fn write_named_info(
    out: &mut Vec<u8>,
    request: &RequestView<'_>,
    learned: &Learned,
    protocol: Protocol,
) {
    write::array(out, request.len_args() - 2);
    for name in request.args().skip(2) {
        match learned.by_full_name(name) {
            Some(command) => write_info(out, command, learned, protocol),
            None => write::null(out, protocol),
        }
    }
}

/// The keys of the request that follows `COMMAND GETKEYS`.
fn write_keys(
    out: &mut Vec<u8>,
    request: &RequestView<'_>,
    learned: &Learned,
    protocol: Protocol,
    flags: bool,
) {
    let words: Vec<&[u8]> = request.args().skip(2).collect();
    let mut frame = Vec::new();
    write::request(&mut frame, &words);
    match find_keys(&RequestView::new(&frame), words.len(), learned) {
        Err(text) => write::error(out, text),
        Ok(keys) => {
            write::array(out, keys.len());
            for key in keys {
                let name = words.get(key.index).copied().unwrap_or_default();
                if flags {
                    write::array(out, 2);
                    write::bulk(out, name);
                    info::write_words(out, key.access.count(), key.access.words(), protocol);
                } else {
                    write::bulk(out, name);
                }
            }
        }
    }
}

fn find_keys(
    request: &RequestView<'_>,
    args: usize,
    learned: &Learned,
) -> Result<Vec<KeyAt>, &'static str> {
    let command = request
        .arg(0)
        .and_then(|name| lookup(name).or_else(|| learned.lookup(name)));
    let command = match command {
        Some(container) if learned.subcommands(container).next().is_some() => {
            match request.arg(1) {
                Some(word) => learned.subcommand_of(container, word),
                None => command,
            }
        }
        other => other,
    };
    let command = command.ok_or("ERR Invalid command specified")?;
    if !command.has_keys() {
        return Err("ERR The command has no key arguments");
    }
    if !command.arity_fits(args) {
        return Err("ERR Invalid number of arguments specified for command");
    }
    let mut found = Vec::new();
    let told = command.keys_with_access(request, &mut found);
    // Servers, too, take arguments that contradict the rules for arguments without keys.
    if (told.is_err() || found.is_empty()) && !command.flags.has(Flags::NO_MANDATORY_KEYS) {
        return Err("ERR Invalid arguments specified for command");
    }
    Ok(found)
}
