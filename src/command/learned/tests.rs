//! Reading what real servers and hostile ones tell, and the commands that come of it.
//!
//! `golden.txt` holds replies of servers with modules that the table does not know.

use proptest::prelude::*;

use super::{COMMANDS_MAX, Facts, Interner, Learned, NoCommands, Told, parse};
use crate::command::describe::{answer, write_info};
use crate::command::{Broadcast, Command, Flags, Local, Treatment, Why, all, treatment};
use crate::resp::{Limits, Protocol, ReplyScanner, RequestView, Scan, write};

/// The replies of the golden file about one module: RESP2, then RESP3.
fn golden(module: &str) -> [Vec<u8>; 2] {
    let rows = include_str!("golden.txt").lines();
    let module = format!(" with {module} ");
    let mut found = rows.filter(|row| row.contains(&module));
    [(); 2].map(|()| {
        let text = found.next().unwrap().rsplit('\t').next().unwrap();
        text.replace("\\r", "\r").replace("\\n", "\n").into_bytes()
    })
}

/// A reply to COMMAND from entries.
fn list(entries: &[String]) -> Vec<u8> {
    format!("*{}\r\n{}", entries.len(), entries.concat()).into_bytes()
}

/// An array of simple strings.
fn words(words: &[&str]) -> String {
    let text: String = words.iter().map(|word| format!("+{word}\r\n")).collect();
    format!("*{}\r\n{text}", words.len())
}

/// An entry with one key at position 1.
fn entry(name: &str, flags: &[&str], categories: &[&str]) -> String {
    entry_with(name, flags, categories, &index_spec(1), "*0\r\n")
}

fn entry_with(
    name: &str,
    flags: &[&str],
    categories: &[&str],
    keys: &str,
    children: &str,
) -> String {
    format!(
        "*10\r\n${}\r\n{name}\r\n:-2\r\n{}:1\r\n:1\r\n:1\r\n{}*0\r\n{keys}{children}",
        name.len(),
        words(flags),
        words(categories)
    )
}

fn index_spec(index: i64) -> String {
    format!(
        "*1\r\n{}",
        spec(&format!(
            "*4\r\n+type\r\n+index\r\n+spec\r\n*2\r\n+index\r\n:{index}\r\n"
        ))
    )
}

/// A key specification over one key, with this begin.
fn spec(begin: &str) -> String {
    format!(
        "*6\r\n+flags\r\n*1\r\n+RO\r\n+begin_search\r\n{begin}+find_keys\r\n*4\r\n+type\r\n+range\r\n+spec\r\n\
         *6\r\n+lastkey\r\n:0\r\n+keystep\r\n:1\r\n+limit\r\n:0\r\n"
    )
}

fn names(told: &Told) -> Vec<&str> {
    told.unknown.iter().map(|facts| &*facts.name).collect()
}

fn commands(told: &Told) -> Vec<&'static Command> {
    let mut interner = Interner::default();
    let made = told.unknown.iter().map(|facts| interner.intern(facts));
    made.map(Option::unwrap).collect()
}

fn learned(reply: &[u8]) -> Learned {
    Learned::new(&commands(&parse(reply).unwrap()))
}

fn keys(learned: &Learned, line: &str) -> Option<Vec<usize>> {
    let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
    let mut frame = Vec::new();
    write::request(&mut frame, &words);
    let mut found = Vec::new();
    let command = learned.lookup(words[0]).unwrap();
    command.keys(&RequestView::new(&frame), &mut found).ok()?;
    Some(found)
}

#[test]
fn a_module_of_a_real_server_is_learned() {
    let [resp2, resp3] = golden("graph").map(|reply| parse(&reply).unwrap());
    assert_eq!(resp2, resp3);
    assert_eq!((resp2.unknown.len(), resp2.skipped), (18, 0));
    let learned = Learned::new(&commands(&resp2));
    let rows = [
        ("GRAPH.COPY", Treatment::ByKey),
        ("graph.delete", Treatment::ByKey),
        // It may wait, says the module.
        ("graph.query", Treatment::Blocking),
        // It reads, and nothing says where.
        ("graph.list", Treatment::Broadcast(Broadcast::ANY_NODE)),
    ];
    for (name, expected) in rows {
        let command = learned.lookup(name.as_bytes()).unwrap();
        assert_eq!(treatment(command), expected, "{name}");
        assert_eq!((command.group, command.since), ("module", ""));
    }
    assert!(learned.lookup(b"graph.delete").unwrap().is_write());
    assert_eq!(keys(&learned, "GRAPH.COPY a b"), Some(vec![1, 2]));
    assert_eq!(keys(&learned, "GRAPH.MEMORY USAGE k"), Some(vec![2]));
    assert!(learned.lookup(b"get").is_none() && learned.lookup(b"graph").is_none());
}

#[test]
fn a_container_of_a_real_server_is_learned_with_its_subcommands() {
    let [resp2, resp3] = golden("search").map(|reply| parse(&reply).unwrap());
    assert_eq!(resp2, resp3);
    assert_eq!((names(&resp2), resp2.skipped), (vec!["ft.debug"], 0));
    let learned = Learned::new(&commands(&resp2));
    let container = learned.lookup(b"FT.debug").unwrap();
    assert_eq!(container.subcommands.len(), 29);
    let ttl = container.subcommand(b"ttl").unwrap();
    assert_eq!((ttl.name, ttl.arity), ("ft.debug|ttl", -2));
    assert_eq!(
        learned.by_full_name(b"FT.DEBUG|TTL").unwrap().name,
        ttl.name
    );
    let help = container.subcommand(b"help").unwrap();
    assert_eq!(treatment(help), Treatment::Local(Local::Help));
    assert!(learned.lookup(b"ft.debug|ttl").is_none(), "it is no word");
}

#[test]
fn what_the_table_has_is_not_learned() {
    for protocol in [Protocol::Resp2, Protocol::Resp3] {
        let mut reply = Vec::new();
        let request = b"*1\r\n$7\r\nCOMMAND\r\n";
        answer(
            &mut reply,
            &RequestView::new(request),
            &Learned::none(),
            protocol,
        );
        assert_eq!(parse(&reply).unwrap(), Told::default());
    }
}

#[test]
fn families_come_from_categories_and_decide() {
    let rows: &[(&str, &[&str], &[&str], Treatment)] = &[
        ("a", &["readonly"], &["@read", "@string"], Treatment::ByKey),
        (
            "b",
            &["write"],
            &["@transaction"],
            Treatment::Unsupported(Why::Connection),
        ),
        ("c", &["write", "blocking"], &["@list"], Treatment::Blocking),
        ("d", &["noscript"], &["@scripting"], Treatment::ByKey),
        (
            "e",
            &["admin", "write"],
            &[],
            Treatment::Unsupported(Why::Administration),
        ),
        (
            "f",
            &["write", "asking"],
            &["@keyspace"],
            Treatment::Unsupported(Why::Administration),
        ),
        (
            "g",
            &["pubsub"],
            &["@pubsub"],
            Treatment::Unsupported(Why::PubSub),
        ),
        // Words that are not known here are left out.
        (
            "h",
            &["readonly", "from_the_future"],
            &["@new"],
            Treatment::ByKey,
        ),
    ];
    let entries = rows
        .iter()
        .map(|(name, flags, categories, _)| entry(name, flags, categories));
    let learned = learned(&list(&entries.collect::<Vec<_>>()));
    for (name, flags, categories, expected) in rows {
        let command = learned.lookup(name.as_bytes()).unwrap();
        assert_eq!(treatment(command), *expected, "{name}");
        assert_eq!(command.acl_categories, *categories);
        assert_eq!(
            command.flags.has(Flags::READONLY),
            flags.contains(&"readonly")
        );
    }
}

#[test]
fn no_node_makes_a_command_free_for_all() {
    let learned = learned(&list(&[entry("x", &["readonly", "no_auth", "fast"], &[])]));
    let flags = learned.lookup(b"x").unwrap().flags;
    assert_eq!(flags, Flags::READONLY.or(Flags::FAST));
}

#[test]
fn subcommands_of_known_containers_are_learned() {
    let child = |name: &str| entry(name, &["readonly"], &[]);
    let children = format!(
        "*4\r\n{}{}{}{}",
        child("object|encoding"),
        child("OBJECT|Color"),
        child("other|color"),
        child("object|color"),
    );
    let keyless = entry_with(
        "client|future",
        &["noscript"],
        &["@connection"],
        "*0\r\n",
        "*0\r\n",
    );
    let told = parse(&list(&[
        entry_with("object", &[], &[], "*0\r\n", &children),
        entry_with("client", &[], &[], "*0\r\n", &format!("*1\r\n{keyless}")),
    ]))
    .unwrap();
    assert_eq!(names(&told), ["client|future", "object|color"]);
    assert_eq!(told.skipped, 2, "of another container, and twice the same");
    let learned = Learned::new(&commands(&told));
    let object = all()
        .iter()
        .find(|command| command.name == "object")
        .unwrap();
    let color = learned.subcommand(object, b"COLOR").unwrap();
    assert_eq!(
        (color.name, treatment(color)),
        ("object|color", Treatment::ByKey)
    );
    assert!(learned.subcommand(object, b"colo").is_none());
    assert!(
        learned.subcommand(object, b"encoding").is_none(),
        "the table's"
    );
    let future = learned.by_full_name(b"client|FUTURE").unwrap();
    assert_eq!(treatment(future), Treatment::Unsupported(Why::Connection));
    assert!(learned.lookup(b"object|color").is_none());
    assert_eq!(learned.all().count(), all().len());
    assert_eq!(
        learned.subcommands(object).count(),
        object.subcommands.len() + 1
    );
}

#[test]
fn what_a_specification_leaves_open_is_left_to_the_server() {
    let unknown = spec("*4\r\n+type\r\n+unknown\r\n+spec\r\n*0\r\n");
    let first = spec("*4\r\n+type\r\n+index\r\n+spec\r\n*2\r\n+index\r\n:1\r\n");
    let word =
        spec("*4\r\n+type\r\n+keyword\r\n+spec\r\n*4\r\n+keyword\r\n+AT\r\n+startfrom\r\n:2\r\n");
    let channel = first.replace("+RO", "+not_key");
    let waits = entry_with("waits", &["blocking"], &[], "*0\r\n", "*0\r\n");
    let learned = learned(&list(&[
        waits,
        entry_with(
            "both",
            &["write"],
            &[],
            &format!("*2\r\n{unknown}{first}"),
            "*0\r\n",
        ),
        entry_with(
            "never",
            &["write"],
            &[],
            &format!("*1\r\n{unknown}"),
            "*0\r\n",
        ),
        entry_with(
            "at",
            &["write"],
            &[],
            &format!("*2\r\n{first}{word}"),
            "*0\r\n",
        ),
        entry_with(
            "channel",
            &["fast"],
            &[],
            &format!("*1\r\n{channel}"),
            "*0\r\n",
        ),
    ]));
    assert_eq!(keys(&learned, "BOTH k x"), Some(vec![1]));
    let moving = list(&[entry("moving", &["readonly", "movablekeys"], &[])]);
    let moving = self::learned(&moving).lookup(b"moving").unwrap();
    assert!(moving.hides_keys() && treatment(moving) == Treatment::ByKey);
    let hides = |name: &str| learned.lookup(name.as_bytes()).unwrap().hides_keys();
    assert!(hides("both") && hides("never") && !hides("at") && !hides("channel"));
    assert_eq!(keys(&learned, "never k x"), None);
    assert_eq!(keys(&learned, "at k x at l"), Some(vec![1, 4]));
    let rows = [
        ("both", Treatment::ByKey),
        ("at", Treatment::ByKey),
        ("never", Treatment::Unsupported(Why::NoKey)),
        ("waits", Treatment::Unsupported(Why::NoKey)),
        ("channel", Treatment::Unsupported(Why::NoKey)),
    ];
    for (name, expected) in rows {
        assert_eq!(
            treatment(learned.lookup(name.as_bytes()).unwrap()),
            expected,
            "{name}"
        );
    }
}

#[test]
fn odd_entries_are_left_out_and_counted() {
    let good = entry("good", &["readonly"], &[]);
    let odd = entry("odd", &["readonly"], &[]);
    let long = "x".repeat(65);
    let rows = [
        ("no entry", ":5\r\n".to_owned()),
        ("an error", "-ERR\r\n".to_owned()),
        ("null", "*-1\r\n".to_owned()),
        ("empty", "*0\r\n".to_owned()),
        ("no name", odd.replace("$3\r\nodd", "$0\r\n")),
        ("a blank", odd.replace("odd", "o d")),
        ("a line break", odd.replace("$3\r\nodd", "$4\r\no\r\nd")),
        ("no text", odd.replace("$3\r\nodd", "$4\r\no\u{e9}d")),
        (
            "too long",
            odd.replace("$3\r\nodd", &format!("$65\r\n{long}")),
        ),
        ("a subcommand", odd.replace("odd", "o|d")),
        ("the web", odd.replace("$3\r\nodd", "$4\r\nPOST")),
        ("arity 0", odd.replace(":-2\r\n", ":0\r\n")),
        ("arity too large", odd.replace(":-2\r\n", ":70000\r\n")),
        ("no flags", odd.replace("*1\r\n+readonly\r\n", ":1\r\n")),
        ("a number for a flag", odd.replace("+readonly", ":1")),
        (
            "its own name for a key",
            odd.replace("+index\r\n:1\r\n", "+index\r\n:0\r\n"),
        ),
        (
            "a key too far",
            odd.replace("+index\r\n:1\r\n", "+index\r\n:256\r\n"),
        ),
        (
            "a key before",
            odd.replace("+index\r\n:1\r\n", "+index\r\n:-1\r\n"),
        ),
        (
            "a step too large",
            odd.replace("+keystep\r\n:1\r\n", "+keystep\r\n:1000\r\n"),
        ),
        ("a rule without a type", odd.replace("+type", "+tope")),
        (
            "too many flags",
            odd.replace("*1\r\n+readonly\r\n", &words(&["x"; 33])),
        ),
        (
            "twice",
            format!("{}{}", entry("again", &[], &[]), entry("AGAIN", &[], &[])),
        ),
    ];
    for (what, entry) in rows {
        let count = if what == "twice" { 3 } else { 2 };
        let reply = format!("*{count}\r\n{entry}{good}");
        let told = parse(reply.as_bytes()).unwrap();
        assert_eq!(told.skipped, 1, "{what}");
        assert!(names(&told).contains(&"good"), "{what}");
        assert_eq!(told.unknown.len(), count - 1, "{what}");
    }
}

#[test]
fn limits_hold() {
    let many = (0..COMMANDS_MAX + 7).map(|at| entry(&format!("c{at}"), &[], &[]));
    let told = parse(&list(&many.collect::<Vec<_>>())).unwrap();
    assert_eq!((told.unknown.len(), told.skipped), (COMMANDS_MAX, 7));
    let child = |at: usize| entry(&format!("big|{at}"), &[], &[]);
    let children: String = (0..300).map(child).collect();
    let told = parse(&list(&[entry_with(
        "big",
        &[],
        &[],
        "*0\r\n",
        &format!("*300\r\n{children}"),
    )]));
    let told = told.unwrap();
    assert_eq!((told.unknown[0].subcommands.len(), told.skipped), (256, 44));
    let specs = index_spec(1).split_off(4).repeat(17);
    let told = parse(&list(&[entry_with(
        "k",
        &[],
        &[],
        &format!("*17\r\n{specs}"),
        "*0\r\n",
    )]));
    assert_eq!(told.unwrap().skipped, 1);
}

#[test]
fn what_is_no_list_is_an_error() {
    let refused = NoCommands::Refused("NOPERM no".to_owned());
    assert_eq!(parse(b"-NOPERM no\r\n"), Err(refused));
    for reply in [
        b"+OK\r\n".as_slice(),
        b"$-1\r\n",
        b"*-1\r\n",
        b":1\r\n",
        b"",
        b"%1\r\n:1\r\n:1\r\n",
    ] {
        assert_eq!(parse(reply), Err(NoCommands::Malformed), "{reply:?}");
    }
    assert_eq!(parse(b"*0\r\n"), Ok(Told::default()));
}

#[test]
fn what_was_made_before_is_found_again() {
    let [reply, other] = ["graph", "search"].map(|module| parse(&golden(module)[0]).unwrap());
    let mut interner = Interner::default();
    let mut intern = |told: &Told| {
        let made = told.unknown.iter().map(|facts| interner.intern(facts));
        let made: Vec<_> = made
            .map(|command| std::ptr::from_ref(command.unwrap()))
            .collect();
        (made, interner.bytes())
    };
    let (first, _) = intern(&reply);
    let (_, bytes) = intern(&other);
    for _ in 0..100 {
        assert_eq!(intern(&reply), (first.clone(), bytes));
        assert_eq!(intern(&other).1, bytes);
    }
}

#[test]
fn memory_for_ever_is_bounded() {
    let facts = parse(&golden("search")[0]).unwrap().unknown.remove(0);
    let mut interner = Interner::default();
    let mut made = 0;
    while let Some(command) = interner.intern(&Facts {
        name: format!("x{made}"),
        ..facts.clone()
    }) {
        assert_eq!(command.subcommands.len(), 29);
        made += 1;
    }
    assert!((100..5000).contains(&made), "{made}");
    assert!(interner.bytes() <= super::LEAKED_BYTES_MAX);
    assert!(
        interner
            .intern(&Facts {
                name: "x0".to_owned(),
                ..facts
            })
            .is_some(),
        "made before"
    );
}

#[test]
fn replies_show_learned_commands() {
    let child = entry("object|color", &["readonly"], &[]);
    let mut told = parse(&golden("graph")[0]).unwrap();
    let more = list(&[entry_with(
        "object",
        &[],
        &[],
        "*0\r\n",
        &format!("*1\r\n{child}"),
    )]);
    told.unknown.extend(parse(&more).unwrap().unknown);
    let learned = Learned::new(&commands(&told));
    let ask = |line: &str| {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let (mut frame, mut out) = (Vec::new(), Vec::new());
        write::request(&mut frame, &words);
        answer(
            &mut out,
            &RequestView::new(&frame),
            &learned,
            Protocol::Resp2,
        );
        let scan = ReplyScanner::default().scan(&out, &Limits::DEFAULT);
        assert_eq!(scan, Scan::Complete { len: out.len() }, "{line}");
        String::from_utf8(out).unwrap()
    };
    assert_eq!(ask("COMMAND COUNT"), format!(":{}\r\n", all().len() + 18));
    assert_eq!(
        ask("COMMAND GETKEYS graph.copy a b"),
        "*2\r\n$1\r\na\r\n$1\r\nb\r\n"
    );
    assert_eq!(
        ask("COMMAND GETKEYS object color a"),
        "*1\r\n$5\r\ncolor\r\n"
    );
    let list = ask("COMMAND LIST FILTERBY PATTERN graph.*");
    assert!(list.starts_with("*18\r\n$10\r\ngraph.bulk\r\n"), "{list}");
    assert!(ask("COMMAND LIST").contains("$12\r\nobject|color\r\n"));
    let info = ask("COMMAND INFO GRAPH.BULK object|color");
    assert!(
        info.starts_with("*2\r\n*10\r\n$10\r\ngraph.bulk\r\n:-1\r\n"),
        "{info}"
    );
    assert!(info.contains("$12\r\nobject|color\r\n:-2\r\n"), "{info}");
    assert!(ask("COMMAND INFO object").contains("$12\r\nobject|color\r\n"));
    assert!(ask("COMMAND").contains("$10\r\ngraph.bulk\r\n"));
    let docs = ask("COMMAND DOCS graph.bulk");
    assert!(
        docs.contains("Sent whole to the node") && !docs.contains("since"),
        "{docs}"
    );
    assert!(ask("COMMAND DOCS").contains("$12\r\nobject|color\r\n"));
}

proptest! {
    /// Whatever bytes come, nothing breaks, and what is learned can be shown and used.
    #[test]
    fn any_change_of_a_reply_is_survived(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        for module in ["graph", "search"] {
            let mut reply = golden(module)[0].clone();
            let at = at.index(reply.len());
            reply[at] = byte;
            if cut {
                reply.truncate(at);
            }
            let Ok(told) = parse(&reply) else { continue };
            let learned = Learned::new(&commands(&told));
            for command in learned.all().skip(all().len()) {
                let mut out = Vec::new();
                write_info(&mut out, command, &learned, Protocol::Resp3);
                let scan = ReplyScanner::default().scan(&out, &Limits::DEFAULT);
                prop_assert_eq!(scan, Scan::Complete { len: out.len() });
            }
            for command in learned.each().skip(all().len()) {
                let mut found = Vec::new();
                let _ = command.keys(&RequestView::new(b"*3\r\n$1\r\nx\r\n$1\r\n1\r\n$1\r\nz\r\n"), &mut found);
                prop_assert!(found.iter().all(|index| *index < 3));
            }
        }
    }
}
