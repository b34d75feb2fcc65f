//! Replies to split requests, merged.

use super::{Kind, Plan, Protocol, Recorded, Split, WrongShape, is_conditional, layout};
use crate::resp::{RequestView, write};

/// A split request of these words, and what is written for each of its parts.
fn split(kind: Kind, protocol: Protocol, words: &[&[u8]]) -> (Split, Vec<Vec<u8>>) {
    let mut frame = Vec::new();
    write::request(&mut frame, words);
    let mut plan = Plan::default();
    let view = RequestView::new(&frame);
    plan.make(&view, layout(kind, &view).unwrap());
    let parts = (0..plan.group())
        .map(|part| {
            let mut out = Vec::new();
            plan.write_part(part, kind, &frame, &mut out);
            out
        })
        .collect();
    let mut split = Split::new();
    split.begin(kind, protocol, &plan);
    (split, parts)
}

/// The reply to a request whose parts, known by what was written for them, get these replies.
fn merged(
    kind: Kind,
    protocol: Protocol,
    words: &[&[u8]],
    replies: &[(&[&[u8]], &[u8])],
) -> String {
    let (mut split, parts) = split(kind, protocol, words);
    assert_eq!(parts.len(), replies.len());
    let mut is_last = false;
    for (asked, reply) in replies {
        let mut request = Vec::new();
        write::request(&mut request, asked);
        let part = parts.iter().position(|part| *part == request);
        let part = part.unwrap_or_else(|| panic!("no part asks {asked:?}"));
        let before = split.held_len();
        let recorded = split.record(part.try_into().unwrap(), reply).unwrap();
        assert!(!is_last && split.held_len() >= before);
        is_last = recorded.is_last;
    }
    assert!(is_last);
    let mut out = Vec::new();
    split.merge(&mut out);
    String::from_utf8(out).unwrap()
}

const WRONGTYPE: &[u8] = b"-WRONGTYPE Operation against a key\r\n";
const UNKNOWN: &[u8] = b"-ERR x; the outcome of this command is unknown\r\n";

#[test]
fn values_come_in_the_order_of_the_keys() {
    let reply = merged(
        Kind::Mget,
        Protocol::Resp2,
        &[b"MGET", b"a", b"b", b"{a}x", b"c"],
        &[
            (&[b"GET", b"c"], b"$-1\r\n"),
            (&[b"MGET", b"a", b"{a}x"], b"*2\r\n$1\r\n1\r\n$-1\r\n"),
            (&[b"GET", b"b"], b"$0\r\n\r\n"),
        ],
    );
    assert_eq!(reply, "*4\r\n$1\r\n1\r\n$0\r\n\r\n$-1\r\n$-1\r\n");
}

#[test]
fn keys_of_shared_slots_come_behind_the_others() {
    let words: &[&[u8]] = &[
        b"MGET", b"{b}1", b"{a}1", b"{b}2", b"c", b"{a}2", b"{b}3", b"d",
    ];
    let (_, parts) = split(Kind::Mget, Protocol::Resp2, words);
    let asked: [&[&[u8]]; 4] = [
        &[b"GET", b"c"],
        &[b"GET", b"d"],
        &[b"MGET", b"{b}1", b"{b}2", b"{b}3"],
        &[b"MGET", b"{a}1", b"{a}2"],
    ];
    let expected = asked.map(|words| {
        let mut out = Vec::new();
        write::request(&mut out, words);
        out
    });
    assert_eq!(parts, expected);
    // Nothing of it is left for the next request.
    let mut plan = Plan::default();
    for _ in 0..2 {
        for (words, groups) in [(words, 4), (&[b"MGET".as_slice(), b"a", b"b", b"c"], 3)] {
            let mut frame = Vec::new();
            write::request(&mut frame, words);
            let view = RequestView::new(&frame);
            plan.make(&view, layout(Kind::Mget, &view).unwrap());
            assert_eq!((plan.group(), plan.slots().count()), (groups, groups));
        }
    }
}

#[test]
fn the_usual_replies_are_recorded_at_once_and_others_change_nothing() {
    let words: &[&[u8]] = &[b"MGET", b"a", b"b", b"c", b"{c}x"];
    let (mut one, _) = split(Kind::Mget, Protocol::Resp2, words);
    let (mut other, _) = split(Kind::Mget, Protocol::Resp2, words);
    assert_eq!(one.try_record(1, b"$1\r\n2\r\n"), Some(7));
    assert_eq!(one.try_record(1, b"$1\r\n2\r\n"), None, "it was answered");
    for wrong in [&b":1\r\n"[..], b"-ERR\r\n", b"+OK\r\n", b"*0\r\n"] {
        assert_eq!(one.try_record(0, wrong), None);
    }
    assert_eq!(one.try_record(2, b"$-1\r\n"), None, "a part of two keys");
    one.parts[0].part.unsettled = true;
    assert_eq!(one.try_record(0, b"$-1\r\n"), None, "others wait for it");
    assert_eq!(one.try_record(7, b"$-1\r\n"), None);
    let values: &[u8] = b"*2\r\n$-1\r\n$1\r\n4\r\n";
    for (part, reply) in [(2, values), (0, b"$1\r\n1\r\n")] {
        one.record(part, reply).unwrap();
        other.record(part, reply).unwrap();
    }
    other.record(1, b"$1\r\n2\r\n").unwrap();
    assert!(one.is_answered() && other.is_answered());
    let mut merged = [Vec::new(), Vec::new()];
    one.merge(&mut merged[0]);
    other.merge(&mut merged[1]);
    assert_eq!(merged[0], merged[1]);
    assert!(merged[0].len() <= one.merged_len_max());
    type Row<'a> = (Kind, &'a [&'a [u8]], &'a [u8], &'a [u8]);
    let rows: [Row<'_>; 2] = [
        (
            Kind::Mset,
            &[b"MSET", b"a", b"1", b"b", b"2"],
            b"+OK\r\n",
            b"+QUEUED\r\n",
        ),
        (Kind::Touch, &[b"TOUCH", b"a", b"b"], b":1\r\n", b":-1\r\n"),
    ];
    for (kind, words, usual, other) in rows {
        let (mut split, _) = split(kind, Protocol::Resp2, words);
        assert_eq!(split.try_record(0, usual), Some(0));
        assert_eq!(split.try_record(1, other), None);
        assert!(!split.is_answered());
        assert_eq!(split.try_record(1, usual), Some(0));
        assert!(split.is_answered());
    }
}

#[test]
fn another_type_is_a_null_of_the_clients_protocol() {
    let rows = [
        (Protocol::Resp2, "$-1\r\n", WRONGTYPE),
        (Protocol::Resp3, "_\r\n", WRONGTYPE),
        (Protocol::Resp3, "_\r\n", b"!12\r\nWRONGTYPE no\r\n"),
    ];
    for (protocol, null, said) in rows {
        let reply = merged(
            Kind::Mget,
            protocol,
            &[b"MGET", b"a", b"b", b"c"],
            &[
                (&[b"GET", b"a"], said),
                (&[b"GET", b"b"], b"$1\r\n2\r\n"),
                (&[b"GET", b"c"], null.as_bytes()),
            ],
        );
        assert_eq!(reply, format!("*3\r\n{null}$1\r\n2\r\n{null}"));
    }
}

#[test]
fn errors_win_over_values_and_over_another_type() {
    let words: &[&[u8]] = &[b"MGET", b"a", b"b", b"c"];
    let rows: [([&[u8]; 3], &[u8]); 4] = [
        ([WRONGTYPE, b"-NOPERM b\r\n", b"$-1\r\n"], b"-NOPERM b\r\n"),
        (
            [b"$-1\r\n", WRONGTYPE, b"-WRONGTYPES c\r\n"],
            b"-WRONGTYPES c\r\n",
        ),
        ([b"-ERR a\r\n", UNKNOWN, b"$-1\r\n"], UNKNOWN),
        ([UNKNOWN, b"-ERR b\r\n", b"-ERR c\r\n"], UNKNOWN),
    ];
    for (said, expected) in rows {
        let asked: [&[&[u8]]; 3] = [&[b"GET", b"a"], &[b"GET", b"b"], &[b"GET", b"c"]];
        let replies: Vec<(&[&[u8]], &[u8])> = asked.into_iter().zip(said).collect();
        let mut backwards = replies.clone();
        backwards.reverse();
        for replies in [replies, backwards] {
            let reply = merged(Kind::Mget, Protocol::Resp2, words, &replies);
            assert_eq!(reply.as_bytes(), expected);
        }
    }
}

#[test]
fn the_first_parts_error_wins_whichever_comes_first() {
    for order in [[0, 1], [1, 0]] {
        let (mut split, _) = split(Kind::Del, Protocol::Resp2, &[b"DEL", b"a", b"b"]);
        for part in order {
            let error = format!("-ERR {part}\r\n");
            split.record(part, error.as_bytes()).unwrap();
        }
        let mut out = Vec::new();
        split.merge(&mut out);
        assert_eq!(out, b"-ERR 0\r\n");
    }
}

#[test]
fn another_type_is_an_error_where_mget_would_say_so() {
    let reply = merged(
        Kind::Mset,
        Protocol::Resp2,
        &[b"MSET", b"a", b"1", b"b", b"2", b"{b}x", b"3"],
        &[
            (&[b"SET", b"a", b"1"], WRONGTYPE),
            (&[b"MSET", b"b", b"2", b"{b}x", b"3"], b"+OK\r\n"),
        ],
    );
    assert_eq!(reply.as_bytes(), WRONGTYPE);
}

#[test]
fn replies_of_another_shape_change_nothing() {
    let (mut split, _) = split(Kind::Mget, Protocol::Resp3, &[b"MGET", b"a", b"b"]);
    for wrong in [&b":1\r\n"[..], b"+OK\r\n", b"*1\r\n$1\r\n1\r\n", b"#t\r\n"] {
        assert_eq!(split.record(0, wrong), Err(WrongShape));
    }
    assert_eq!(split.record(7, b"_\r\n"), Err(WrongShape));
    assert_eq!(split.held_len(), 0);
    let recorded = |is_last| {
        Ok(Recorded {
            is_last,
            settled: None,
        })
    };
    assert_eq!(split.record(0, b"_\r\n"), recorded(false));
    assert_eq!(split.record(1, b"_\r\n"), recorded(true));
}

#[test]
fn options_go_with_every_part() {
    let words: &[&[u8]] = &[
        b"MSETEX", b"3", b"a", b"1", b"b", b"2", b"{a}x", b"3", b"EX", b"10",
    ];
    let first: &[&[u8]] = &[b"MSETEX", b"2", b"a", b"1", b"{a}x", b"3", b"EX", b"10"];
    let second: &[&[u8]] = &[b"MSETEX", b"1", b"b", b"2", b"EX", b"10"];
    let rows: [(&[u8], &[u8], &[u8]); 4] = [
        (b":1\r\n", b":1\r\n", b":1\r\n"),
        (b":1\r\n", b":0\r\n", b":0\r\n"),
        (b":0\r\n", b":0\r\n", b":0\r\n"),
        (b":1\r\n", b"-OOM b\r\n", b"-OOM b\r\n"),
    ];
    for (one, other, expected) in rows {
        let replies = [(first, one), (second, other)];
        let reply = merged(Kind::Msetex, Protocol::Resp2, words, &replies);
        assert_eq!(reply.as_bytes(), expected);
    }
}

#[test]
fn arguments_tell_where_keys_are_and_if_they_can_be_parted() {
    let found = |line: &str, kind| {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let mut frame = Vec::new();
        write::request(&mut frame, &words);
        let view = RequestView::new(&frame);
        layout(kind, &view).map(|found| is_conditional(kind, found, &view))
    };
    let rows = [
        ("MGET a b", Kind::Mget, Some(false)),
        ("MSET a 1 b", Kind::Mset, None),
        ("MSET a nx", Kind::Mset, Some(false)),
        ("MSETEX 1 a 1", Kind::Msetex, Some(false)),
        ("MSETEX 2 a 1 b nx KEEPTTL", Kind::Msetex, Some(false)),
        ("MSETEX 2 a 1 b 2 EX 5 nx", Kind::Msetex, Some(true)),
        ("MSETEX 2 a 1 b 2 XX", Kind::Msetex, Some(true)),
        ("MSETEX 2 a 1 b", Kind::Msetex, None),
        ("MSETEX 0 a 1", Kind::Msetex, None),
        ("MSETEX -1 a 1", Kind::Msetex, None),
        ("MSETEX x a 1", Kind::Msetex, None),
        ("MSETEX 9223372036854775807 a 1", Kind::Msetex, None),
    ];
    for (line, kind, expected) in rows {
        assert_eq!(found(line, kind), expected, "{line}");
    }
}
