//! What a client has chosen, without nodes and links.

use super::Tracker;
use super::own::changed_keys;

#[test]
fn what_was_chosen_is_forgotten_with_its_request() {
    let mut tracker = Tracker::default();
    tracker.options.opt_in = true;
    // Nobody asks about requests that end with an error.
    let mut oldest = u32::MAX - 100;
    for _ in 0..1000 {
        tracker.choose(oldest.wrapping_add(2), oldest);
        oldest = oldest.wrapping_add(1);
    }
    assert!(tracker.chosen.len() <= 4, "{}", tracker.chosen.len());
    let newest = oldest.wrapping_add(1);
    assert!(tracker.counts(newest, oldest) && !tracker.counts(newest.wrapping_add(1), oldest));
    assert!(!tracker.counts(newest, newest.wrapping_add(1)));
}

#[test]
fn only_replies_that_prove_a_change_count() {
    let changed = |line: &str, reply: &[u8]| {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let mut request = Vec::new();
        crate::resp::write::array(&mut request, words.len());
        for word in words {
            crate::resp::write::bulk(&mut request, word);
        }
        let keys = changed_keys(&request.into(), reply, &mut Vec::new());
        keys.iter()
            .map(|key| String::from_utf8_lossy(key).into_owned())
            .collect::<Vec<_>>()
    };
    for (line, yes, no) in [
        ("SET a 1", "+OK\r\n", "_\r\n"),
        ("set a 1 NX GET", "+OK\r\n", "$1\r\n1\r\n"),
        ("INCR a", ":0\r\n", "-WRONGTYPE no\r\n"),
        ("HSET a f 1", ":0\r\n", "!9\r\nWRONGTYPE\r\n"),
        ("EXPIRE a 100", ":1\r\n", ":0\r\n"),
        ("LPUSHX a 1", ":2\r\n", ":0\r\n"),
        ("GETDEL a", "$0\r\n\r\n", "$-1\r\n"),
        ("LPOP a 2", "$1\r\n1\r\n", "*0\r\n"),
    ] {
        assert_eq!(changed(line, yes.as_bytes()), ["a"], "{line} {yes:?}");
        assert!(changed(line, no.as_bytes()).is_empty(), "{line} {no:?}");
    }
    assert_eq!(changed("DEL a b", b":2\r\n"), ["a", "b"]);
    assert_eq!(changed("MSET a 1 b a", b"+OK\r\n"), ["a", "b"]);
    assert!(changed("SET a 1 pxat 1", b"+OK\r\n").is_empty());
    // One of two may be the one that was changed, and what is copied from is not.
    assert!(changed("DEL a b", b":1\r\n").is_empty());
    assert!(changed("COPY a b", b":1\r\n").is_empty());
    assert!(changed("SETRANGE a 0 1", b":1\r\n").is_empty());
}
