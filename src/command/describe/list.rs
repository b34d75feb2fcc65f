//! Reply to COMMAND LIST.

use crate::command::glob::{self, Case, Steps};
use crate::command::{Command, Learned};
use crate::resp::{RequestView, write};

/// Appends the names of all commands and subcommands, or of those that a filter lets through.
pub(super) fn write_list(out: &mut Vec<u8>, request: &RequestView<'_>, learned: &Learned) {
    let mut args = request.args().skip(2);
    let (filter, kind, value) = (args.next(), args.next(), args.next());
    let (Some(filter), Some(kind), Some(value), None) = (filter, kind, value, args.next()) else {
        return match filter {
            None => write_names(out, learned, |_| true),
            Some(_) => write::error(out, "ERR syntax error"),
        };
    };
    if !filter.eq_ignore_ascii_case(b"filterby") {
        return write::error(out, "ERR syntax error");
    }
    match kind.to_ascii_lowercase().as_slice() {
        b"aclcat" => write_names(out, learned, |command| in_category(command, value)),
        b"pattern" => {
            // What would take too long to compare is left out.
            let mut steps = Steps::for_bytes(value.len());
            write_names(out, learned, |command| {
                let name = command.name.as_bytes();
                glob::matches_within(value, name, Case::Any, &mut steps) == Some(true)
            });
        }
        // Which module a command comes from is not known here.
        b"module" => write_names(out, learned, |_| false),
        _ => write::error(out, "ERR syntax error"),
    }
}

fn write_names(out: &mut Vec<u8>, learned: &Learned, mut wanted: impl FnMut(&Command) -> bool) {
    let mut names: Vec<&[u8]> = Vec::new();
    for command in learned.each() {
        if wanted(command) {
            names.push(command.name.as_bytes());
        }
    }
    write::array(out, names.len());
    names.iter().for_each(|name| write::bulk(out, name));
}

/// Whether a command is in a category, which is written without the `@`.
fn in_category(command: &Command, category: &[u8]) -> bool {
    let mut categories = command
        .acl_categories
        .iter()
        .filter_map(|name| name.strip_prefix('@'));
    categories.any(|name| name.as_bytes().eq_ignore_ascii_case(category))
}
