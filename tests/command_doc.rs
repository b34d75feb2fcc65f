//! `src/command/COMMANDS.md` says what corelane does with each command; this test writes and checks it.
//!
//! `scripts/gen-command-doc` writes the file.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use corelane::command::describe::summary;
use corelane::command::{Command, all};

const HEAD: &str = "\
# Commands

What corelane does with each command of Redis 7.0 to 8.10, with the modules that it bundles, and of Valkey 7.2 to
9.1, by the families in which servers put them. Written by `scripts/gen-command-doc` from the tables in this folder;
`COMMAND DOCS` gives the same sentences.

A command that is not listed is learned from the servers, if they have it: corelane asks them for `COMMAND` at the
start, and again when what they run has changed. It is treated as its facts say, by the same rules: sent to the owner
of the keys that the server's own key specifications name, or refused for one of the reasons below. A command that
servers do not tell of is answered with their error for unknown commands.
";

fn row(text: &mut String, command: &Command) {
    let name = command.name.replace('|', " ").to_ascii_uppercase();
    writeln!(text, "| {name} | {} |", summary(command)).unwrap();
}

fn document() -> String {
    let mut families: BTreeMap<&str, Vec<&Command>> = BTreeMap::new();
    for command in all() {
        families.entry(command.group).or_default().push(command);
    }
    let mut text = HEAD.to_owned();
    for (family, commands) in families {
        write!(
            text,
            "\n## {family}\n\n| command | treatment |\n| --- | --- |\n"
        )
        .unwrap();
        for command in commands {
            row(&mut text, command);
            command
                .subcommands
                .iter()
                .for_each(|child| row(&mut text, child));
        }
    }
    text
}

#[test]
fn the_list_of_commands_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/command/COMMANDS.md");
    let text = document();
    if std::env::var_os("CORELANE_WRITE_COMMANDS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    for (line, (found, expected)) in found.lines().zip(text.lines()).enumerate() {
        assert_eq!(
            found,
            expected,
            "line {}: run scripts/gen-command-doc",
            line + 1
        );
    }
    assert_eq!(found.len(), text.len(), "run scripts/gen-command-doc");
}
