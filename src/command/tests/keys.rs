//! Where the keys of a request are, and what is done with them.

use super::{command, golden, request};
use crate::command::{Access, Command, KeyAt, KeyError, each, lookup};
use crate::resp::RequestView;

fn keys_of(command: &Command, line: &str) -> Result<Vec<usize>, KeyError> {
    let mut found = vec![77];
    command
        .keys(&RequestView::new(&request(line)), &mut found)
        .map(|()| found)
}

#[test]
fn positions_of_keys() {
    let rows: &[(&str, &[usize])] = &[
        ("GET k", &[1]),
        ("MSET a 1 b 2 c 3", &[1, 3, 5]),
        ("BITOP AND d a b", &[2, 3, 4]),
        ("SORT k BY p GET x STORE d", &[1, 7]),
        ("XREAD COUNT 2 STREAMS a b 0 0", &[4, 5]),
        ("ZUNIONSTORE d 2 a b WEIGHTS 1 2", &[1, 3, 4]),
        ("EVAL s 2 a b c", &[3, 4]),
        ("EVAL s 0 a", &[]),
        ("GEORADIUS k 1 2 3 m STORE d", &[1, 7]),
        ("PFMERGE d", &[1]),
        ("PING", &[]),
        ("SPUBLISH c m", &[]),
    ];
    for (line, expected) in rows {
        let entry = command(line.split(' ').next().unwrap());
        assert_eq!(keys_of(entry, line).as_deref(), Ok(*expected), "{line}");
    }
    assert_eq!(
        keys_of(command("object|encoding"), "OBJECT ENCODING k"),
        Ok(vec![2])
    );
    for line in [
        "EVAL s x a",
        "EVAL s 01 a",
        "ZUNIONSTORE d 0 a",
        "EVAL s +1 a",
        "EVAL s -1 a",
        "EVAL s 2 a",
        "ZUNION 9223372036854775807 a",
        "MSETEX",
        "SORT",
    ] {
        let entry = command(line.split(' ').next().unwrap());
        assert_eq!(keys_of(entry, line), Err(KeyError), "{line}");
    }
}

#[test]
fn use_of_keys_follows_the_arguments() {
    let rows = [
        ("SET k v", Access::OW.or(Access::UPDATE)),
        (
            "SET k v GET",
            Access::RW.or(Access::ACCESS).or(Access::UPDATE),
        ),
        ("BITFIELD k GET u8 0", Access::RO.or(Access::ACCESS)),
        (
            "BITFIELD k SET u8 0 1",
            Access::RW.or(Access::ACCESS).or(Access::UPDATE),
        ),
    ];
    for (line, access) in rows {
        let mut found = Vec::new();
        let entry = command(line.split(' ').next().unwrap());
        entry
            .keys_with_access(&RequestView::new(&request(line)), &mut found)
            .unwrap();
        assert_eq!(found, [KeyAt { index: 1, access }], "{line}");
    }
}

#[test]
fn an_only_key_is_known_at_once_unless_its_use_varies() {
    for (name, expected) in [
        ("get", true),
        ("object|freq", true),
        ("set", false),
        ("mget", false),
        ("sort_ro", false),
        ("ping", false),
    ] {
        assert_eq!(command(name).only_key().is_some(), expected, "{name}");
    }
}

#[test]
fn fixed_positions_agree_with_the_search() {
    let mut compared = 0;
    for (_, line, _) in golden() {
        let Some(line) = line.strip_prefix("COMMAND GETKEYSANDFLAGS ") else {
            continue;
        };
        let mut words = line.split(' ');
        let Some(mut entry) = lookup(words.next().unwrap().as_bytes()) else {
            continue;
        };
        if !entry.subcommands.is_empty() {
            let Some(child) = words
                .next()
                .and_then(|word| entry.subcommand(word.as_bytes()))
            else {
                continue;
            };
            entry = child;
        }
        let Ok(found) = keys_of(entry, line) else {
            continue;
        };
        if let Some(first) = entry.first_key_index().filter(|_| !found.is_empty()) {
            assert_eq!(found[0], first, "{line}");
            compared += 1;
        }
        if let Some(only) = entry.only_key_index() {
            assert_eq!(found, [only], "{line}");
        }
    }
    assert!(compared > 400, "{compared}");
    let rows = [
        ("get", Some(1), Some(1)),
        ("mget", Some(1), None),
        ("sort", Some(1), None),
    ];
    let others = [
        ("eval", None, None),
        ("xread", None, None),
        ("ping", None, None),
        ("spublish", None, None),
    ];
    for (name, first, only) in
        rows.into_iter()
            .chain(others)
            .chain([("object|freq", Some(2), Some(2))])
    {
        assert_eq!(
            (
                command(name).first_key_index(),
                command(name).only_key_index()
            ),
            (first, only),
            "{name}"
        );
    }
}

#[test]
fn the_table_hides_no_keys() {
    for entry in each() {
        assert!(!entry.hides_keys(), "{}", entry.name);
    }
}
