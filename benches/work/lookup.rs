//! From a request's first word to its command.

use std::hint::black_box;

use corelane::command::{self, lookup};

use super::Work;
use super::wire::Numbers;

pub(crate) fn works() -> Vec<Work> {
    vec![
        words("lookup/usual", usual()),
        words("lookup/all", all()),
        words("lookup/unknown", unknown()),
    ]
}

/// A word and the name of its command, if it is one.
type Row = (Vec<u8>, Option<&'static str>);

/// What an application sends most, as clients write it.
fn usual() -> Vec<Row> {
    const USUAL: [(&str, &str); 8] = [
        ("GET", "get"),
        ("SET", "set"),
        ("get", "get"),
        ("MGET", "mget"),
        ("HSET", "hset"),
        ("INCR", "incr"),
        ("Expire", "expire"),
        ("ZRANGEBYSCORE", "zrangebyscore"),
    ];
    let mut numbers = Numbers::from_seed(2);
    (0..256)
        .map(|_| {
            let (word, name) = USUAL[(numbers.next() % 8) as usize];
            (word.as_bytes().to_vec(), Some(name))
        })
        .collect()
}

/// Every command once, in capitals.
fn all() -> Vec<Row> {
    let row = |command: &'static command::Command| {
        let word = command.name.to_ascii_uppercase().into_bytes();
        (word, Some(command.name))
    };
    command::all().iter().map(row).collect()
}

fn unknown() -> Vec<Row> {
    let mut numbers = Numbers::from_seed(3);
    (0..256)
        .map(|_| (format!("x{:x}", numbers.next()).into_bytes(), None))
        .collect()
}

fn words(name: &str, rows: Vec<Row>) -> Work {
    let bytes = rows.iter().map(|(word, _)| word.len()).sum();
    // Commands are compared by address: cheap, and each stands in the table once.
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(word, name)| {
            let found = lookup(&word);
            assert_eq!(found.map(|command| command.name), name, "{word:?}");
            (word, found)
        })
        .collect();
    Work::new(name, rows.len(), bytes, move || {
        for (word, expected) in &rows {
            let is_right = match (lookup(black_box(word)), expected) {
                (Some(found), Some(expected)) => std::ptr::eq(found, *expected),
                (None, None) => true,
                _ => false,
            };
            assert!(is_right, "wrong command for {word:?}");
        }
    })
}
