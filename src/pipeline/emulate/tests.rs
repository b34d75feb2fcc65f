//! Requests over several slots, computed from what their keys are said to hold.

use super::question::Question;
use super::score::Digits;
use super::{Emulation, WrongShape};
use crate::command::{self, emulation};
use crate::resp::Protocol::{Resp2, Resp3};
use crate::resp::{Limits, Protocol, ReplyScanner, ReplyView, RequestView, Scan, write};

mod numbers;

/// More than any of these needs.
const ENOUGH: usize = 1 << 20;

/// A request, and the keys that it asks about, in the order of its parts.
fn ask(line: &str, protocol: Protocol, max: usize) -> Result<(Emulation, Vec<String>), String> {
    let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
    let mut frame = Vec::new();
    write::request(&mut frame, &words);
    let view = RequestView::new(&frame);
    let command = command::lookup(words[0]).unwrap();
    let mut positions = Vec::new();
    command.keys(&view, &mut positions).unwrap();
    let kind = emulation(command).unwrap();
    let (question, asked) = Question::read(kind, &view, &positions)?;
    let keys = asked.iter().map(|at| view.arg(*at).unwrap());
    let keys: Vec<String> = keys
        .map(|key| String::from_utf8(key.to_vec()).unwrap())
        .collect();
    let emulation = Emulation::new(question, keys.len(), protocol, Digits::Shortest, max);
    Ok((emulation, keys))
}

/// What is answered when the parts get these replies, the last one first.
fn answered(line: &str, protocol: Protocol, replies: &[&[u8]]) -> Vec<u8> {
    let (mut emulation, keys) = ask(line, protocol, ENOUGH).unwrap();
    assert_eq!(keys.len(), replies.len(), "{line}");
    let mut kept = Vec::new();
    let mut error = None;
    for (part, reply) in (0_u32..).zip(replies).collect::<Vec<_>>().into_iter().rev() {
        let view = ReplyView::new(reply);
        if view.as_error().is_some() {
            error = Some((part, *reply));
        } else {
            emulation.keep(part, &view, &mut kept).unwrap();
        }
    }
    let mut out = Vec::new();
    emulation.write(error, &kept, &mut out);
    let scan = ReplyScanner::default().scan(&out, &Limits::DEFAULT);
    assert_eq!(scan, Scan::Complete { len: out.len() }, "{line}");
    assert!(!emulation.is_over());
    out
}

/// As [`answered`], in words: types and lengths of strings are left out.
fn said(line: &str, protocol: Protocol, replies: &[&[u8]]) -> String {
    let out = String::from_utf8(answered(line, protocol, replies)).unwrap();
    let lines = out.lines().filter(|line| !line.starts_with('$'));
    lines.collect::<Vec<_>>().join(" ")
}

/// An array of these words; in pairs with doubles if they are scores of RESP3.
fn list(words: &str) -> Vec<u8> {
    let words: Vec<&[u8]> = words.split_whitespace().map(str::as_bytes).collect();
    let mut out = Vec::new();
    write::array(&mut out, words.len());
    words.iter().for_each(|word| write::bulk(&mut out, word));
    out
}

fn pairs(words: &str) -> Vec<u8> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut out = Vec::new();
    write::array(&mut out, words.len() / 2);
    for pair in words.chunks(2) {
        write::array(&mut out, 2);
        write::bulk(&mut out, pair[0].as_bytes());
        out.extend(format!(",{}\r\n", pair[1]).bytes());
    }
    out
}

const WRONGTYPE: &[u8] = b"-WRONGTYPE Operation against a key\r\n";

#[test]
fn sets() {
    let rows = [
        ("SUNION a b c", "1 2|2 3|", "*3 1 2 3"),
        ("SUNION a b", "|", "*0"),
        ("SINTER a b", "1 2 3|3 2 5", "*2 2 3"),
        ("SINTER a b a", "1 2 3|3 2", "*2 3 2"),
        ("SINTER a b c", "1 2|2|", "*0"),
        ("SDIFF a b c", "1 2 3|2|4 1", "*1 3"),
        ("SDIFF a b a", "1 2 3|2", "*0"),
        ("SDIFF a b", "|2", "*0"),
        ("SINTERCARD 2 a b", "1 2 3|3 2 5", ":2"),
        ("SINTERCARD 2 a b LIMIT 1", "1 2 3|3 2 5", ":1"),
        ("SINTERCARD 2 a b limit 0", "1 2 3|3 2 5", ":2"),
        ("SINTERCARD 2 a b LIMIT 1 LIMIT 9", "1 2 3|3 2 5", ":2"),
        ("ZINTERCARD 2 a b LIMIT 1", "1 2 3|3 2 5", ":1"),
    ];
    for (line, replies, expected) in rows {
        let replies: Vec<Vec<u8>> = replies.split('|').map(list).collect();
        let replies: Vec<&[u8]> = replies.iter().map(Vec::as_slice).collect();
        assert_eq!(said(line, Resp2, &replies), expected, "{line}");
        // The same with sets, as RESP3 has them.
        let sets: Vec<Vec<u8>> = replies
            .iter()
            .map(|reply| [b"~", &reply[1..]].concat())
            .collect();
        let sets: Vec<&[u8]> = sets.iter().map(Vec::as_slice).collect();
        let expected = expected.replace('*', "~");
        assert_eq!(said(line, Resp3, &sets), expected, "{line}");
    }
}

#[test]
fn sorted_sets() {
    let rows = [
        ("ZUNION 2 a b", "x 1 y 2|y 3 z 0", "z x y", "z 0 x 1 y 5"),
        (
            "ZUNION 2 a b WEIGHTS 2 -1",
            "x 1 y 2|y 3 z 0.5",
            "z y x",
            "z -0.5 y 1 x 2",
        ),
        (
            "ZUNION 2 a b AGGREGATE min",
            "x 1 y 2|y 3 x 0",
            "x y",
            "x 0 y 2",
        ),
        (
            "ZUNION 2 a b AGGREGATE MAX",
            "x 1 y 2|y 3 x 0",
            "x y",
            "x 1 y 3",
        ),
        ("ZUNION 3 a b a", "x 1|y 1", "y x", "y 1 x 2"),
        ("ZUNION 2 a b", "x inf|x -inf", "x", "x 0"),
        (
            "ZUNION 2 a b WEIGHTS 0 inf",
            "x inf|x 0 y 1",
            "x y",
            "x 0 y inf",
        ),
        (
            "ZUNION 2 b a",
            "B 1 b 1 a 1|aa 1",
            "B a aa b",
            "B 1 a 1 aa 1 b 1",
        ),
        ("ZINTER 2 a b", "x 1 y 2|y 3 z 0", "y", "y 5"),
        (
            "ZINTER 3 a b a WEIGHTS 1 10 100",
            "x 1 y 2|y 3 z 0",
            "y",
            "y 232",
        ),
        ("ZINTER 2 a b", "x 1 y 2|", "", ""),
        (
            "ZINTER 2 a b WEIGHTS 1 0 AGGREGATE MIN",
            "x 1|x inf",
            "x",
            "x 1",
        ),
        ("ZDIFF 2 a b", "x 3 y 2 z 1|y 9", "z x", "z 1 x 3"),
        ("ZDIFF 3 a b a", "x 3 y 2|y 9", "", ""),
    ];
    for (line, replies, members, scores) in rows {
        let flat: Vec<Vec<u8>> = replies.split('|').map(list).collect();
        let paired: Vec<Vec<u8>> = replies.split('|').map(pairs).collect();
        for (protocol, replies) in [(Resp2, flat), (Resp3, paired)] {
            let replies: Vec<&[u8]> = replies.iter().map(Vec::as_slice).collect();
            let reply = answered(line, protocol, &replies);
            assert_eq!(reply, list(members), "{line}");
            let line = format!("{line} WITHSCORES");
            let reply = answered(&line, protocol, &replies);
            let expected = match protocol {
                Resp2 => list(scores),
                // Nothing is to be computed again from what was computed.
                Resp3 => pairs(scores),
            };
            assert_eq!(reply, expected, "{line}");
        }
    }
}

#[test]
fn subsequences() {
    let value = |text: &str| {
        let mut out = Vec::new();
        write::bulk(&mut out, text.as_bytes());
        out
    };
    let ranges = "*4 matches *2 *2 *2 :4 :7 *2 :5 :8 *2 *2 :2 :3 *2 :0 :1 len :6";
    let long = "*4 matches *1 *3 *2 :4 :7 *2 :5 :8 :4 len :6";
    let rows = [
        ("LCS a b", "ohmytext", "mynewtext", "mytext"),
        ("LCS a b LEN", "ohmytext", "mynewtext", ":6"),
        ("LCS a b IDX", "ohmytext", "mynewtext", ranges),
        (
            "LCS a b idx minmatchlen 4 withmatchlen",
            "ohmytext",
            "mynewtext",
            long,
        ),
        (
            "LCS a b IDX MINMATCHLEN -4",
            "ohmytext",
            "mynewtext",
            ranges,
        ),
        ("LCS a b WITHMATCHLEN", "abc", "xbx", "b"),
        ("LCS a b", "abc", "xyz", ""),
        ("LCS a b", "", "xyz", ""),
        ("LCS a b LEN", "same", "same", ":4"),
        ("LCS a b IDX", "", "x", "*4 matches *0 len :0"),
    ];
    for (line, a, b, expected) in rows {
        let (a, b) = (value(a), value(b));
        assert_eq!(said(line, Resp2, &[&a, &b]), expected, "{line}");
        let expected = expected.replacen("*4", "%2", 1);
        assert_eq!(said(line, Resp3, &[&a, &b]), expected, "{line}");
    }
    assert_eq!(said("LCS a b LEN", Resp2, &[b"$-1\r\n", b"$-1\r\n"]), ":0");
    assert_eq!(said("LCS a b", Resp3, &[b"_\r\n", b"$1\r\nx\r\n"]), "");
}

#[test]
fn options_that_are_wrong() {
    let syntax = "ERR syntax error";
    let limit = "ERR LIMIT can't be negative";
    let weight = "ERR weight value is not a float";
    // Before any key is looked at.
    let rows = [
        ("SINTERCARD 2 a b LIMIT", syntax),
        ("SINTERCARD 2 a b MIN 1", syntax),
        ("SINTERCARD 2 a b LIMIT -1", limit),
        ("SINTERCARD 2 a b LIMIT x", limit),
    ];
    for (line, expected) in rows {
        assert_eq!(ask(line, Resp2, ENOUGH).unwrap_err(), expected, "{line}");
    }
    // Behind what the keys have to say.
    let rows = [
        ("ZINTERCARD 2 a b LIMIT -1", limit),
        ("ZINTERCARD 2 a b WITHSCORES", syntax),
        ("ZUNION 2 a b WEIGHTS 1", syntax),
        ("ZUNION 2 a b WEIGHTS 1 x", weight),
        ("ZUNION 2 a b WEIGHTS 1 nan", weight),
        ("ZUNION 2 a b WEIGHTS 1 1e400", weight),
        ("ZUNION 2 a b AGGREGATE", syntax),
        ("ZUNION 2 a b AGGREGATE avg", syntax),
        ("ZUNION 2 a b LIMIT 1", syntax),
        ("ZDIFF 2 a b WEIGHTS 1 2", syntax),
        ("ZDIFF 2 a b AGGREGATE SUM", syntax),
        ("LCS a b NOSUCH", syntax),
        ("LCS a b MINMATCHLEN", syntax),
        (
            "LCS a b MINMATCHLEN x",
            "ERR value is not an integer or out of range",
        ),
        (
            "LCS a b LEN IDX",
            "ERR If you want both the length and indexes, please just use IDX.",
        ),
    ];
    for (line, expected) in rows {
        let is_string = line.starts_with("LCS");
        let empty: &[u8] = if is_string { b"$-1\r\n" } else { b"*0\r\n" };
        let expected = format!("-{expected}");
        assert_eq!(said(line, Resp2, &[empty, empty]), expected, "{line}");
        let wrong = if is_string {
            "-ERR The specified keys must contain string values"
        } else {
            "-WRONGTYPE Operation against a key"
        };
        assert_eq!(said(line, Resp2, &[empty, WRONGTYPE]), wrong, "{line}");
    }
}

#[test]
fn an_error_of_a_part_is_the_reply() {
    let rows: [(&str, &[u8], &[u8], &str); 5] = [
        (
            "SINTER a b",
            b"*0\r\n",
            WRONGTYPE,
            "-WRONGTYPE Operation against a key",
        ),
        (
            "SUNION a b",
            WRONGTYPE,
            b"-NOPERM b\r\n",
            "-WRONGTYPE Operation against a key",
        ),
        ("ZUNION 2 a b", b"-ERR a\r\n", b"*0\r\n", "-ERR a"),
        ("LCS a b", b"-NOPERM a\r\n", b"$1\r\nx\r\n", "-NOPERM a"),
        (
            "LCS a b",
            b"$1\r\nx\r\n",
            WRONGTYPE,
            "-ERR The specified keys must contain string values",
        ),
    ];
    for (line, a, b, expected) in rows {
        assert_eq!(said(line, Resp2, &[a, b]), expected, "{line}");
    }
}

#[test]
fn keys_are_asked_for_once() {
    for (line, keys) in [
        ("SUNION a b a c b", "a b c"),
        ("ZUNION 4 a a b a WEIGHTS 1 2 3 4", "a b"),
        ("PFCOUNT b a b", "b a"),
        ("LCS a b IDX", "a b"),
        ("SINTERCARD 2 a b LIMIT 3", "a b"),
    ] {
        let (_, asked) = ask(line, Resp2, ENOUGH).unwrap();
        assert_eq!(asked.join(" "), keys, "{line}");
    }
}

#[test]
fn replies_of_another_shape_are_not_kept() {
    for (line, wrong) in [
        ("SUNION a b", &b"$1\r\nx\r\n"[..]),
        ("ZUNION 2 a b", b":1\r\n"),
        ("PFCOUNT a b", b"*0\r\n"),
        ("LCS a b", b":1\r\n"),
    ] {
        let (mut emulation, _) = ask(line, Resp3, ENOUGH).unwrap();
        let mut kept = Vec::new();
        let view = ReplyView::new(wrong);
        assert_eq!(emulation.keep(0, &view, &mut kept), Err(WrongShape));
        assert!(kept.is_empty());
    }
    let (mut emulation, _) = ask("SUNION a b", Resp3, ENOUGH).unwrap();
    let view = ReplyView::new(b"~0\r\n");
    assert_eq!(
        emulation.keep(2, &view, &mut Vec::new()),
        Err(WrongShape),
        "no such part"
    );
}

#[test]
fn what_takes_too_much_fails_and_is_not_kept() {
    let members = list("1 2 3");
    let mut value = Vec::new();
    write::bulk(&mut value, &[b'x'; 30]);
    let set_takes = members.len() + 3 * super::ELEMENT_BYTES;
    let rows = [
        ("SUNION a b", &members, 2 * set_takes),
        ("ZINTERCARD 2 a b", &members, 2 * set_takes),
        ("LCS a b", &value, 2 * value.len() + 31 * 31 * 4),
        ("PFCOUNT a b", &value, 2 * value.len()),
    ];
    for (line, reply, needed) in rows {
        for (max, is_over) in [(needed, false), (needed - 1, true)] {
            let (mut emulation, _) = ask(line, Resp2, max).unwrap();
            let mut kept = Vec::new();
            let view = ReplyView::new(reply);
            for part in [1, 0] {
                emulation.keep(part, &view, &mut kept).unwrap();
            }
            assert_eq!(emulation.is_over(), is_over, "{line} in {max}");
            assert_eq!(kept.is_empty(), is_over);
            let mut out = Vec::new();
            emulation.write(None, &kept, &mut out);
            let text = String::from_utf8(out).unwrap();
            assert_eq!(text.contains("limits.merge_bytes_max"), is_over, "{text}");
            let mut out = Vec::new();
            emulation.write(Some((0, b"-ERR first\r\n")), &kept, &mut out);
            // PFCOUNT and LCS look at what is kept here too.
            assert!(out.starts_with(b"-"), "{line}");
            if is_over {
                assert_eq!(out, b"-ERR first\r\n");
                emulation.keep(0, &view, &mut kept).unwrap();
                assert!(kept.is_empty() && emulation.is_over());
            }
        }
    }
}
