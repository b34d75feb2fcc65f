//! Entries of COMMAND DOCS: since when, which family, and what corelane does with the command.

use super::summary;
use crate::command::{Begin, Command, Learned};
use crate::resp::{Protocol, RequestView, write};

/// One argument as far as number and place of arguments tell.
enum Argument {
    Key { spec: usize },
    Word,
    Others,
}

/// Appends a command's name and its documentation: one entry of the reply's map.
pub fn write_docs(
    out: &mut Vec<u8>,
    command: &'static Command,
    learned: &Learned,
    protocol: Protocol,
) {
    write::bulk(out, command.name.as_bytes());
    let children = learned.subcommands(command);
    let count = children.clone().count();
    let arguments = if count == 0 {
        arguments(command)
    } else {
        Vec::new()
    };
    let deprecated = if command.deprecated_since.is_some() {
        2
    } else {
        0
    };
    let optional = usize::from(!arguments.is_empty())
        + usize::from(count > 0)
        + usize::from(!command.since.is_empty());
    write::map(out, 2 + deprecated + optional, protocol);
    write_fact(out, "summary", &summary(command));
    if !command.since.is_empty() {
        write_fact(out, "since", command.since);
    }
    write_fact(out, "group", command.group);
    if let Some(version) = command.deprecated_since {
        write::bulk(out, b"doc_flags");
        write::set(out, 1, protocol);
        write::simple(out, "deprecated");
        write_fact(out, "deprecated_since", version);
    }
    if !arguments.is_empty() {
        write::bulk(out, b"arguments");
        write::array(out, arguments.len());
        arguments
            .iter()
            .for_each(|argument| write_argument(out, argument, protocol));
    }
    if count > 0 {
        write::bulk(out, b"subcommands");
        write::map(out, count, protocol);
        children.for_each(|child| write_docs(out, child, learned, protocol));
    }
}

/// Appends the reply to `COMMAND DOCS [name ...]`; unknown names are left out.
pub(super) fn write_named(
    out: &mut Vec<u8>,
    request: &RequestView<'_>,
    learned: &Learned,
    protocol: Protocol,
) {
    if request.len_args() == 2 {
        write::map(out, learned.all().count(), protocol);
        return learned
            .all()
            .for_each(|command| write_docs(out, command, learned, protocol));
    }
    let known = || {
        let names = request.args().skip(2);
        names.filter_map(|name| learned.by_full_name(name))
    };
    write::map(out, known().count(), protocol);
    known().for_each(|command| write_docs(out, command, learned, protocol));
}

/// What arity and key specifications tell about the arguments after the name.
fn arguments(command: &Command) -> Vec<Argument> {
    let name = if command.name.contains('|') { 2 } else { 1 };
    let least = usize::from(command.arity.unsigned_abs());
    let key_spec = |at: usize| {
        command
            .keys
            .iter()
            .position(|spec| spec.begin == Begin::Index(u8::try_from(at).unwrap_or(0)))
    };
    let mut found: Vec<Argument> = (name..least)
        .map(|at| key_spec(at).map_or(Argument::Word, |spec| Argument::Key { spec }))
        .collect();
    if command.arity < 0 {
        found.push(Argument::Others);
    }
    found
}

fn write_argument(out: &mut Vec<u8>, argument: &Argument, protocol: Protocol) {
    match argument {
        Argument::Key { spec } => {
            write::map(out, 4, protocol);
            write_names(out, "key", "key");
            write::bulk(out, b"key_spec_index");
            write::integer(out, i64::try_from(*spec).unwrap_or(i64::MAX));
        }
        Argument::Word => {
            write::map(out, 3, protocol);
            write_names(out, "argument", "string");
        }
        Argument::Others => {
            write::map(out, 4, protocol);
            write_names(out, "argument", "string");
            write::bulk(out, b"flags");
            write::set(out, 2, protocol);
            write::simple(out, "optional");
            write::simple(out, "multiple");
        }
    }
}

fn write_names(out: &mut Vec<u8>, name: &str, kind: &str) {
    write_fact(out, "name", name);
    write_fact(out, "type", kind);
    write_fact(out, "display_text", name);
}

fn write_fact(out: &mut Vec<u8>, name: &str, value: &str) {
    write::bulk(out, name.as_bytes());
    write::bulk(out, value.as_bytes());
}
