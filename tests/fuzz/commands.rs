//! What a node says of its commands, and requests for the commands that were learned.

use std::cell::RefCell;

use corelane::command::learned::{Interner, parse};
use corelane::command::{Command, Learned, describe, lookup};
use corelane::resp::{Limits, Protocol, ReplyScanner, RequestScanner, RequestView, Scan};

use crate::frames::{assert_one_reply, use_command};

thread_local! {
    /// One for all runs: what is learned lives for ever.
    static INTERNER: RefCell<Interner> = RefCell::default();
}

/// A reply to COMMAND, and behind it requests.
pub fn commands(data: &[u8]) {
    let reply = match ReplyScanner::default().scan(data, &Limits::DEFAULT) {
        Scan::Complete { len } => &data[..len],
        _ => return drop(parse(data)),
    };
    let Ok(told) = parse(reply) else { return };
    for pair in told.unknown.windows(2) {
        assert!(pair[0].name < pair[1].name);
    }
    let commands: Vec<&'static Command> = INTERNER.with_borrow_mut(|interner| {
        let made = told.unknown.iter().map(|facts| interner.intern(facts));
        made.flatten().collect()
    });
    for command in &commands {
        let container = command.name.split('|').next().unwrap_or_default();
        assert_eq!(container, container.to_ascii_lowercase());
        assert!(command.name.contains('|') || lookup(command.name.as_bytes()).is_none());
    }
    let learned = Learned::new(&commands);
    let mut rest = &data[reply.len()..];
    while let Scan::Complete { len } = RequestScanner::default().scan(rest, &Limits::DEFAULT) {
        ask(&RequestView::new(&rest[..len]), &learned);
        rest = &rest[len..];
    }
    // Each command with its name and some words, whatever was asked.
    for command in commands.iter().take(16) {
        let name = command.name.as_bytes();
        for words in [0, 1, 2, 5, 9] {
            let mut args: Vec<&[u8]> = vec![name];
            args.extend(
                [
                    b"2".as_slice(),
                    b"k",
                    b"1",
                    b"KEYS",
                    b"0",
                    b"-1",
                    b"k",
                    b"7",
                    b"3",
                ]
                .iter()
                .take(words),
            );
            let mut frame = Vec::new();
            corelane::resp::write::request(&mut frame, &args);
            use_command(command, &RequestView::new(&frame));
        }
    }
}

fn ask(view: &RequestView<'_>, learned: &Learned) {
    let Some(name) = view.arg(0) else { return };
    if let Some(command) = lookup(name).or_else(|| learned.lookup(name)) {
        use_command(command, view);
        let child = view
            .arg(1)
            .and_then(|word| learned.subcommand_of(command, word));
        if let Some(child) = child {
            use_command(child, view);
        }
        if command.name == "command" {
            let mut out = Vec::new();
            describe::answer(&mut out, view, learned, Protocol::Resp2);
            assert_one_reply(&out);
        }
    }
}
