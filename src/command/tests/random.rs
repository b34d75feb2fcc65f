//! Requests of any words: what holds for all of them.

use proptest::prelude::*;

use super::{PROTOCOLS, command};
use crate::command::describe::answer;
use crate::command::{Learned, blocks, by_key, each};
use crate::resp::{Limits, ReplyScanner, RequestView, Scan, write};

/// Words that mean something to some finder, and some that do not.
fn word() -> impl Strategy<Value = Vec<u8>> {
    let words: &[&str] = &[
        "STREAMS",
        "store",
        "STOREDIST",
        "KEYS",
        "GET",
        "BY",
        "LIMIT",
        "AUTH",
        "AUTH2",
        "BLOCK",
        "COUNT",
        "GROUP",
        "SET",
        "OVERFLOW",
        "",
        "0",
        "1",
        "2",
        "3",
        "-1",
        "9223372036854775807",
        "k",
    ];
    prop_oneof![
        4 => proptest::sample::select(words).prop_map(|word| word.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..5),
    ]
}

proptest! {
    #[test]
    fn positions_are_inside_any_request(args in proptest::collection::vec(word(), 0..12)) {
        let mut frame = Vec::new();
        write::request(&mut frame, &args.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let view = RequestView::new(&frame);
        let mut found = Vec::new();
        for entry in each() {
            let told = entry.keys(&view, &mut found);
            prop_assert!(told.is_ok() || found.is_empty(), "{}", entry.name);
            prop_assert!(found.iter().all(|index| *index < args.len()), "{} {found:?}", entry.name);
            prop_assert!(found.is_sorted_by(|a, b| a < b), "{} {found:?}", entry.name);
        }
        for entry in each() {
            let mut found = Vec::new();
            let told = entry.keys_with_access(&view, &mut found);
            if let Some(only) = entry.only_key().filter(|_| told.is_ok()) {
                prop_assert_eq!(&found, &[only], "{}", entry.name);
            }
        }
        let asks = args.iter().skip(1).any(|arg| arg.eq_ignore_ascii_case(b"block"));
        prop_assert!(asks || !blocks(&view));
    }

    #[test]
    fn any_command_request_gets_one_reply(args in proptest::collection::vec(word(), 0..8), sub in 0..9_usize) {
        let children = command("command").subcommands;
        let mut words = vec![b"command".as_slice()];
        words.extend(children.get(sub).map(|child| child.last_word().as_bytes()));
        words.extend(args.iter().map(Vec::as_slice));
        // Names make GETKEYS and INFO go deeper than random words do.
        if words.len() > 2 {
            words[2] = by_key().nth(args.len() * 20 + sub).map_or(b"get", |entry| entry.name.as_bytes());
        }
        let mut frame = Vec::new();
        write::request(&mut frame, &words);
        for protocol in PROTOCOLS {
            let mut out = Vec::new();
            answer(&mut out, &RequestView::new(&frame), &Learned::none(), protocol);
            let scan = ReplyScanner::default().scan(&out, &Limits::DEFAULT);
            prop_assert_eq!(scan, Scan::Complete { len: out.len() });
        }
    }
}
