//! One entry of COMMAND and COMMAND INFO.

use crate::command::{Begin, Command, Find, KeySpec, Learned};
use crate::resp::{Protocol, write};

/// Appends what COMMAND INFO says of one command, its subcommands included.
pub fn write_info(
    out: &mut Vec<u8>,
    command: &'static Command,
    learned: &Learned,
    protocol: Protocol,
) {
    write::array(out, 10);
    write::bulk(out, command.name.as_bytes());
    write::integer(out, i64::from(command.arity));
    write_words(out, command.flags.count(), command.flags.words(), protocol);
    command
        .range
        .iter()
        .for_each(|number| write::integer(out, i64::from(*number)));
    let categories = command.acl_categories;
    write_words(out, categories.len(), categories.iter().copied(), protocol);
    write::set(out, command.tips.len(), protocol);
    command
        .tips
        .iter()
        .for_each(|tip| write::bulk(out, tip.as_bytes()));
    write::set(out, command.keys.len(), protocol);
    command
        .keys
        .iter()
        .for_each(|spec| write_key_spec(out, spec, protocol));
    let children = learned.subcommands(command);
    write::array(out, children.clone().count());
    children.for_each(|child| write_info(out, child, learned, protocol));
}

/// Appends a set of simple strings.
pub(super) fn write_words(
    out: &mut Vec<u8>,
    count: usize,
    words: impl Iterator<Item = &'static str>,
    protocol: Protocol,
) {
    write::set(out, count, protocol);
    words.for_each(|word| write::simple(out, word));
}

fn write_key_spec(out: &mut Vec<u8>, spec: &KeySpec, protocol: Protocol) {
    write::map(out, 3, protocol);
    write::bulk(out, b"flags");
    write_words(out, spec.access.count(), spec.access.words(), protocol);
    write::bulk(out, b"begin_search");
    match spec.begin {
        Begin::Index(index) => write_rule(out, "index", &[("index", index.into())], protocol),
        Begin::Keyword { word, from } => {
            write_rule_header(out, "keyword", 2, protocol);
            write::bulk(out, b"keyword");
            write::bulk(out, word.as_bytes());
            write::bulk(out, b"startfrom");
            write::integer(out, from.into());
        }
        Begin::Unknown => write_rule(out, "unknown", &[], protocol),
    }
    write::bulk(out, b"find_keys");
    match spec.find {
        Find::Range { last, step, limit } => {
            let numbers = [
                ("lastkey", last.into()),
                ("keystep", step.into()),
                ("limit", limit.into()),
            ];
            write_rule(out, "range", &numbers, protocol);
        }
        Find::KeyNum { count, first, step } => {
            let numbers = [
                ("keynumidx", count.into()),
                ("firstkey", first.into()),
                ("keystep", step.into()),
            ];
            write_rule(out, "keynum", &numbers, protocol);
        }
        Find::Unknown => write_rule(out, "unknown", &[], protocol),
    }
}

fn write_rule(out: &mut Vec<u8>, kind: &str, numbers: &[(&str, i64)], protocol: Protocol) {
    write_rule_header(out, kind, numbers.len(), protocol);
    for (name, number) in numbers {
        write::bulk(out, name.as_bytes());
        write::integer(out, *number);
    }
}

fn write_rule_header(out: &mut Vec<u8>, kind: &str, entries: usize, protocol: Protocol) {
    write::map(out, 2, protocol);
    write::bulk(out, b"type");
    write::bulk(out, kind.as_bytes());
    write::bulk(out, b"spec");
    write::map(out, entries, protocol);
}
