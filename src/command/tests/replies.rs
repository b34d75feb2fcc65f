//! Replies of the COMMAND family.

use super::{PROTOCOLS, command, golden, request};
use crate::command::describe::{answer, write_docs, write_info};
use crate::command::{Learned, all, each};
use crate::resp::{Limits, Protocol, ReplyScanner, ReplyView, RequestView, Scan, write};

#[test]
fn replies_are_those_of_a_server() {
    let mut compared = 0;
    let mut differ = Vec::new();
    for (protocol, line, expected) in golden() {
        let mut out = Vec::new();
        answer(
            &mut out,
            &RequestView::new(&request(line)),
            &Learned::none(),
            protocol,
        );
        let (out, expected) = (
            String::from_utf8_lossy(&out),
            String::from_utf8_lossy(&expected),
        );
        // The table has commands of other servers, too.
        if line == "COMMAND COUNT" {
            assert_eq!(out, format!(":{}\r\n", all().len()));
            continue;
        }
        // A server of this version finds no key in PFMERGE without sources, although it writes to the
        // target; only its owner may get the request.
        if out != expected && line != "COMMAND GETKEYSANDFLAGS pfmerge w1" {
            differ.push(format!(
                "{protocol:?} {line}\n  ours {out:?}\n  server {expected:?}"
            ));
        }
        compared += 1;
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    assert!(compared > 900, "{compared}");
}

#[test]
fn whole_lists_are_one_frame() {
    for protocol in PROTOCOLS {
        for (line, entries) in [
            ("COMMAND", all().len()),
            ("COMMAND INFO", all().len()),
            ("COMMAND LIST", each().count()),
        ] {
            let mut out = Vec::new();
            answer(
                &mut out,
                &RequestView::new(&request(line)),
                &Learned::none(),
                protocol,
            );
            let scan = ReplyScanner::default().scan(&out, &Limits::DEFAULT);
            assert_eq!(scan, Scan::Complete { len: out.len() }, "{line}");
            assert_eq!(ReplyView::new(&out).len_elements(), Some(entries), "{line}");
        }
        for entry in each() {
            let mut out = Vec::new();
            write_info(&mut out, entry, &Learned::none(), protocol);
            assert_eq!(
                ReplyScanner::default().scan(&out, &Limits::DEFAULT),
                Scan::Complete { len: out.len() }
            );
        }
    }
}

#[test]
fn docs_say_what_the_proxy_does() {
    for protocol in PROTOCOLS {
        let mut out = Vec::new();
        answer(
            &mut out,
            &RequestView::new(&request("COMMAND DOCS")),
            &Learned::none(),
            protocol,
        );
        assert_eq!(
            ReplyScanner::default().scan(&out, &Limits::DEFAULT),
            Scan::Complete { len: out.len() }
        );
        assert_eq!(
            ReplyView::new(&out).elements().unwrap().count(),
            2 * all().len()
        );
        for entry in each() {
            let mut out = Vec::new();
            write::map(&mut out, 1, protocol);
            write_docs(&mut out, entry, &Learned::none(), protocol);
            assert_eq!(
                ReplyScanner::default().scan(&out, &Limits::DEFAULT),
                Scan::Complete { len: out.len() }
            );
        }
    }
    let mut out = Vec::new();
    answer(
        &mut out,
        &RequestView::new(&request("COMMAND DOCS get nosuch config|GET")),
        &Learned::none(),
        Protocol::Resp2,
    );
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.starts_with("*4\r\n$3\r\nget\r\n*8\r\n$7\r\nsummary\r\n$42\r\nSent whole to the node"),
        "{text}"
    );
    assert!(
        text.contains("\r\n$5\r\nsince\r\n$5\r\n1.0.0\r\n$5\r\ngroup\r\n$6\r\nstring\r\n"),
        "{text}"
    );
    assert!(
        text.contains("$4\r\nname\r\n$3\r\nkey\r\n$4\r\ntype\r\n$3\r\nkey\r\n"),
        "{text}"
    );
    assert!(text.contains("\r\n$10\r\nconfig|get\r\n*8\r\n"), "{text}");
    let mut out = Vec::new();
    write_docs(
        &mut out,
        command("slaveof"),
        &Learned::none(),
        Protocol::Resp3,
    );
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.contains("doc_flags\r\n~1\r\n+deprecated\r\n$16\r\ndeprecated_since\r\n$5\r\n5.0.0"),
        "{text}"
    );
}
