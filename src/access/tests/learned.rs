//! Commands that only servers know.

use super::{COMMAND, app, frame, with_rules};
use crate::access::Denial;
use crate::command::learned::{BeginFacts, Facts, Interner, KeyFacts, parse};
use crate::command::{Access as Use, Command, Find, Flags};
use crate::resp::RequestView;

/// A command that only servers know, with these categories and a key behind its name.
fn learned(name: &str, categories: &[&str], access: Use) -> &'static Command {
    let facts = Facts {
        name: name.to_owned(),
        arity: -1,
        flags: Flags::MODULE,
        group: "module",
        range: [0; 3],
        categories: categories.iter().map(ToString::to_string).collect(),
        tips: Vec::new(),
        keys: vec![KeyFacts {
            access,
            begin: BeginFacts::Index(1),
            find: Find::range(0, 1, 0),
        }],
        subcommands: Vec::new(),
    };
    Interner::default().intern(&facts).unwrap()
}

#[test]
fn rules_hold_for_what_only_servers_know() {
    let plain = learned("mod.get", &["@read", "@slow"], Use::RO);
    let dangerous = learned("mod.dump", &["@read", "@dangerous"], Use::RO);
    let incomplete = learned("mod.many", &["@read"], Use::RO.or(Use::INCOMPLETE));
    let child = learned("config|new", &["@admin"], Use::RO);
    let key = Err(Denial::Key(0));
    for (rules, expected) in [
        ("+@all ~* &*", [Ok(()), Ok(()), Ok(()), Ok(())]),
        ("+@all -@dangerous ~*", [Ok(()), COMMAND, Ok(()), Ok(())]),
        ("+@all -@dangerous ~a", [Ok(()), COMMAND, key, Ok(())]),
        ("+@read ~a", [Ok(()), Ok(()), key, COMMAND]),
        ("+@all -config %R~a", [Ok(()), Ok(()), key, COMMAND]),
        ("+config ~a", [COMMAND, COMMAND, COMMAND, Ok(())]),
        (
            "+@read %W~a",
            [Err(Denial::Key(1)), Err(Denial::Key(1)), key, COMMAND],
        ),
        ("-@all", [COMMAND; 4]),
    ] {
        let access = with_rules(rules);
        for (command, expected) in [plain, dangerous, incomplete, child]
            .into_iter()
            .zip(expected)
        {
            let frame = frame("X a");
            let view = RequestView::new(&frame);
            let decision = app(&access).check(command, &view, &mut Vec::new());
            assert_eq!(decision, expected, "{rules}: {}", command.name);
        }
    }
}

#[test]
fn who_may_use_some_keys_may_not_use_what_hides_keys() {
    // A command that nodes told of: one key is where it says, others may be anywhere.
    let spec = |begin: &str| {
        format!(
            "*6\r\n+flags\r\n*1\r\n+RO\r\n+begin_search\r\n{begin}+find_keys\r\n*4\r\n+type\r\n+range\r\n\
             +spec\r\n*6\r\n+lastkey\r\n:0\r\n+keystep\r\n:1\r\n+limit\r\n:0\r\n"
        )
    };
    let first = spec("*4\r\n+type\r\n+index\r\n+spec\r\n*2\r\n+index\r\n:1\r\n");
    let hidden = spec("*4\r\n+type\r\n+unknown\r\n+spec\r\n*0\r\n");
    let learn = |name: &str, count: u8, keys: &str| {
        let reply = format!(
            "*1\r\n*10\r\n+{name}\r\n:-2\r\n*1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n*0\r\n*0\r\n\
             *{count}\r\n{keys}*0\r\n"
        );
        let told = parse(reply.as_bytes()).unwrap();
        Interner::default().intern(&told.unknown[0]).unwrap()
    };
    let open = learn("open", 1, &first);
    let closed = learn("closed", 2, &format!("{first}{hidden}"));
    let (request, other) = (frame("X app:1 other"), frame("X other"));
    let may = |rules: &str, command: &Command, request: &[u8]| {
        let access = with_rules(rules);
        app(&access).check(command, &RequestView::new(request), &mut Vec::new())
    };
    assert_eq!(may("+@all ~app:*", open, &request), Ok(()));
    assert_eq!(may("+@all ~app:*", open, &other), super::key(1));
    assert_eq!(may("+@all ~app:*", closed, &request), super::key(0));
    assert_eq!(may("+@all ~*", closed, &request), Ok(()));
    assert_eq!(may("+@read ~*", open, &request), COMMAND);
}
