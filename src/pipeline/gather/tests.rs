//! What becomes of the replies of several nodes.

use super::{Gather, Home, Task, WrongShape};
use crate::cluster::NodeAddr;
use crate::command::Merge;
use crate::pipeline::split::Split;
use crate::resp::{Limits, Protocol, ReplyScanner, ReplyView, Scan};

mod reports;

const RESP2: Protocol = Protocol::Resp2;
const RESP3: Protocol = Protocol::Resp3;

/// What leaves the outcome of a write open.
const UNKNOWN: &str = "-ERR lost; the outcome of this command is unknown\r\n";

pub(super) fn task(merge: Merge, protocol: Protocol) -> Task {
    Task {
        merge,
        repeats: true,
        beside: false,
        protocol,
        bytes_max: 1000,
        chance: 1,
        wanted: None,
        order: None,
        text: Box::default(),
        instead: Box::default(),
    }
}

fn split(task: Task, parts: usize) -> Split {
    let homes = (7000u16..).take(parts);
    let homes = homes.map(|port| Home::Node(NodeAddr::new("n", port)));
    let slots = vec![crate::cluster::Slot::FIRST; parts];
    Split::of_nodes(Gather::new(task, homes.collect()), slots.into_iter())
}

/// The reply to a request to whose parts these replies came, in whatever order.
pub(super) fn merged_as(task: &Task, replies: &[&str]) -> String {
    let mut found: Option<String> = None;
    for turn in 0..replies.len() {
        let mut split = split(task.clone(), replies.len());
        for at in 0..replies.len() {
            let part = (at + turn) % replies.len();
            let recorded = split.record(u32::try_from(part).unwrap(), replies[part].as_bytes());
            assert_eq!(recorded.unwrap().is_last, at + 1 == replies.len());
        }
        let mut out = Vec::new();
        split.merge(&mut out);
        let scan = ReplyScanner::default().scan(&out, &Limits::DEFAULT);
        assert_eq!(scan, Scan::Complete { len: out.len() }, "{out:?}");
        let out = String::from_utf8(out).unwrap();
        assert_eq!(found.get_or_insert_with(|| out.clone()), &out, "{turn}");
    }
    found.unwrap()
}

pub(super) fn merged(merge: Merge, protocol: Protocol, replies: &[&str]) -> String {
    merged_as(&task(merge, protocol), replies)
}

#[test]
fn replies_become_one() {
    let rows: &[(Merge, &[&str], &str)] = &[
        (Merge::First, &["+OK\r\n", "+OK\r\n"], "+OK\r\n"),
        (Merge::First, &["$1\r\na\r\n", "$1\r\nb\r\n"], "$1\r\na\r\n"),
        (
            Merge::First,
            &["|1\r\n+a\r\n+b\r\n+OK\r\n"],
            "|1\r\n+a\r\n+b\r\n+OK\r\n",
        ),
        (
            Merge::Any,
            &["-ERR a\r\n", "+OK\r\n", "-ERR c\r\n"],
            "+OK\r\n",
        ),
        (Merge::Any, &[UNKNOWN, "+OK\r\n"], "+OK\r\n"),
        (
            Merge::Sum,
            &[":1\r\n", ":-3\r\n", ":9223372036854775807\r\n"],
            ":9223372036854775805\r\n",
        ),
        (
            Merge::Sum,
            &[":9223372036854775807\r\n", ":7\r\n"],
            ":9223372036854775807\r\n",
        ),
        (Merge::Min, &[":5\r\n", ":-3\r\n"], ":-3\r\n"),
        (Merge::Max, &[":5\r\n", ":-3\r\n"], ":5\r\n"),
        (
            Merge::And,
            &["*3\r\n:1\r\n:1\r\n:0\r\n", "*3\r\n:1\r\n:0\r\n:0\r\n"],
            "*3\r\n:1\r\n:0\r\n:0\r\n",
        ),
        (
            Merge::Or,
            &["*3\r\n:1\r\n:1\r\n:0\r\n", "*3\r\n:1\r\n:0\r\n:0\r\n"],
            "*3\r\n:1\r\n:1\r\n:0\r\n",
        ),
    ];
    check_merges(rows);
}

#[test]
fn lists_and_choices_become_one() {
    let rows: &[(Merge, &[&str], &str)] = &[
        (Merge::And, &[":1\r\n", ":0\r\n"], ":0\r\n"),
        (Merge::Or, &[":1\r\n", ":0\r\n"], ":1\r\n"),
        (Merge::And, &["*0\r\n", "*0\r\n"], "*0\r\n"),
        (
            Merge::Concat,
            &["*1\r\n$1\r\na\r\n", "*0\r\n", "*2\r\n:1\r\n*1\r\n+b\r\n"],
            "*3\r\n$1\r\na\r\n:1\r\n*1\r\n+b\r\n",
        ),
        (Merge::Concat, &["*0\r\n", "*0\r\n"], "*0\r\n"),
        (
            Merge::Concat,
            &["~1\r\n+a\r\n", "*?\r\n+b\r\n.\r\n"],
            "*2\r\n+a\r\n+b\r\n",
        ),
        (
            Merge::Digest,
            &[
                "+0f000000000000000000000000000000000000ff\r\n",
                "+0000000000000000000000000000000000000000\r\n",
                "+f0000000000000000000000000000000000000f0\r\n",
            ],
            "+ff0000000000000000000000000000000000000f\r\n",
        ),
        (
            Merge::Random,
            &["$1\r\na\r\n", "$-1\r\n", "$1\r\nc\r\n"],
            "$1\r\nc\r\n",
        ),
        (
            Merge::Random,
            &["$-1\r\n", "$1\r\nb\r\n", "$-1\r\n"],
            "$1\r\nb\r\n",
        ),
        (Merge::Random, &["$-1\r\n", "$-1\r\n"], "$-1\r\n"),
        (Merge::Random, &["_\r\n", "_\r\n"], "_\r\n"),
    ];
    check_merges(rows);
}

fn check_merges(rows: &[(Merge, &[&str], &str)]) {
    for (merge, replies, expected) in rows {
        for protocol in [RESP2, RESP3] {
            assert_eq!(merged(*merge, protocol, replies), *expected, "{merge:?}");
        }
    }
}

#[test]
fn errors_are_not_hidden() {
    let array = "*1\r\n+a\r\n";
    let rows: &[(Merge, &[&str], &str)] = &[
        (
            Merge::First,
            &["+OK\r\n", "-OOM b\r\n", "-ERR c\r\n"],
            "-OOM b\r\n",
        ),
        (Merge::First, &["-ERR a\r\n", UNKNOWN], UNKNOWN),
        (Merge::Sum, &[":1\r\n", "-LOADING b\r\n"], "-LOADING b\r\n"),
        (
            Merge::Sum,
            &[":1\r\n", "!7\r\nERR bad\r\n"],
            "!7\r\nERR bad\r\n",
        ),
        (Merge::Concat, &[array, "-NOPERM no\r\n"], "-NOPERM no\r\n"),
        (Merge::Random, &["$-1\r\n", "-ERR b\r\n"], "-ERR b\r\n"),
        (Merge::And, &["-ERR a\r\n", "*1\r\n:1\r\n"], "-ERR a\r\n"),
        (
            Merge::Any,
            &["-NOTBUSY a\r\n", "-UNKILLABLE b\r\n"],
            "-UNKILLABLE b\r\n",
        ),
        (
            Merge::Any,
            &["-NOTBUSY a\r\n", "-NOTBUSY b\r\n"],
            "-NOTBUSY a\r\n",
        ),
        (Merge::Any, &["-ERR a\r\n", "-ERR b\r\n", UNKNOWN], UNKNOWN),
    ];
    for (merge, replies, expected) in rows {
        assert_eq!(merged(*merge, RESP2, replies), *expected, "{merge:?}");
    }
}

#[test]
fn what_is_too_much_is_an_error_and_not_kept() {
    let small = Task {
        bytes_max: 20,
        ..task(Merge::Concat, RESP2)
    };
    let (a, b) = ("*1\r\n$4\r\naaaa\r\n", "*1\r\n$1\r\nb\r\n");
    assert!(merged_as(&small, &[b, "*0\r\n"]).starts_with("*1\r\n$1\r\nb"));
    let said = merged_as(&small, &[a, b, b]);
    assert!(said.contains("limits.merge_bytes_max"), "{said}");
    // An error of a node says more.
    assert_eq!(merged_as(&small, &[a, b, "-ERR c\r\n"]), "-ERR c\r\n");
    let mut split = split(small, 3);
    split.record(0, a.as_bytes()).unwrap();
    assert_eq!(split.held_len(), a.len());
    split.record(1, b.as_bytes()).unwrap();
    split.record(2, b.as_bytes()).unwrap();
    assert_eq!(split.held_len(), 0);
    assert!(split.gather().unwrap().is_over());
}

#[test]
fn replies_that_cannot_be_meant_are_told_apart() {
    let rows: &[(Merge, &[&str])] = &[
        (Merge::Sum, &["+OK\r\n", "*0\r\n", "$1\r\n1\r\n", "_\r\n"]),
        (Merge::And, &["+OK\r\n", "*1\r\n+OK\r\n", "$-1\r\n"]),
        (Merge::Concat, &[":1\r\n", "$-1\r\n", "*-1\r\n"]),
        (Merge::Random, &[":1\r\n", "*0\r\n"]),
    ];
    for (merge, replies) in rows {
        for reply in *replies {
            let mut split = split(task(*merge, RESP2), 2);
            let recorded = split.record(1, reply.as_bytes());
            assert_eq!(recorded, Err(WrongShape), "{merge:?} {reply}");
            assert_eq!(split.held_len(), 0);
        }
    }
    let mut gather = Gather::new(task(Merge::And, RESP2), vec![home(), home()]);
    let mut kept = Vec::new();
    let keep = |gather: &mut Gather, part, frame: &str, kept: &mut Vec<u8>| {
        gather.keep(part, &ReplyView::new(frame.as_bytes()), kept)
    };
    assert_eq!(
        keep(&mut gather, 0, "*2\r\n:1\r\n:1\r\n", &mut kept),
        Ok(())
    );
    let short = keep(&mut gather, 1, "*1\r\n:1\r\n", &mut kept);
    assert_eq!(short, Err(WrongShape), "another number of answers");
    let nobody = keep(&mut gather, 7, "*2\r\n:1\r\n:1\r\n", &mut kept);
    assert_eq!(nobody, Err(WrongShape), "no such part");
}

fn home() -> Home {
    Home::Node(NodeAddr::new("n", 1))
}

#[test]
fn chance_reaches_every_node() {
    let replies = ["$1\r\na\r\n", "$1\r\nb\r\n", "$1\r\nc\r\n"];
    let seen: std::collections::BTreeSet<String> = (0..3)
        .map(|chance| {
            let task = Task {
                chance,
                ..task(Merge::Random, RESP2)
            };
            merged_as(&task, &replies)
        })
        .collect();
    assert_eq!(seen.len(), 3);
}
