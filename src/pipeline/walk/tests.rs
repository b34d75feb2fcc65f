//! The state of a walk, wave by wave, with the replies of nodes made by hand.

use super::options::Options;
use super::state::{Ask, Outcome, Walk};
use crate::cluster::{NodeAddr, Slot};
use crate::pipeline::routes::NodeRef;
use crate::resp::{RequestView, write};

fn slot(number: u16) -> Slot {
    Slot::new(number).unwrap()
}

fn walk(words: &[&[u8]]) -> Walk {
    let mut frame = Vec::new();
    write::request(&mut frame, words);
    Walk::new(Options::parse(&RequestView::new(&frame)).unwrap())
}

/// CLUSTER NODES of a node with this id and these words behind its state.
fn nodes(id: &str, words: &str) -> Vec<u8> {
    let mut reply = Vec::new();
    let text = format!(
        "{id} 127.0.0.1:7000@17000 myself,master - 0 0 1 connected {words}\n\
         other 127.0.0.1:7001@17001 master - 0 0 2 connected 8192-16383\n"
    );
    write::bulk(&mut reply, text.as_bytes());
    reply
}

fn keys(names: &[&str]) -> Vec<u8> {
    let mut reply = Vec::new();
    write::array(&mut reply, names.len());
    for name in names {
        write::bulk(&mut reply, name.as_bytes());
    }
    reply
}

/// One wave over slots 0 and 1 with these replies: what follows, and the reply that would be given.
fn wave(walk: &mut Walk, before: &[u8], of_slots: [&[u8]; 2], behind: &[u8]) -> Outcome {
    walk.begin_wave();
    let node = Some(NodeRef::FIRST);
    walk.push(slot(0), node, Ask::Nodes);
    walk.push(slot(0), node, Ask::Keys);
    walk.push(slot(1), node, Ask::Keys);
    walk.push(slot(0), node, Ask::Nodes);
    let replies = [before, of_slots[0], of_slots[1], behind];
    for (part, reply) in (0u32..).zip(replies) {
        let (_, is_last) = walk.record(part, reply);
        assert_eq!(is_last, part == 3);
    }
    walk.evaluate(|_| Some(NodeAddr::new("127.0.0.1", 7000)))
}

fn other() -> NodeAddr {
    NodeAddr::new("127.0.0.1", 7001)
}

/// What has arrived of slot 1 on the other side, and what is said then by the node that it comes from.
fn arrive(walk: &mut Walk, names: &[&str], after: &[u8]) -> Outcome {
    walk.begin_wave();
    walk.push(slot(1), None, Ask::Arrived);
    assert_eq!(walk.record(0, &keys(names)), (None, true));
    assert_eq!(walk.evaluate(|_| None), Outcome::Arrived);
    walk.begin_wave();
    walk.push(slot(1), Some(walk.moving[0].from), Ask::Still);
    walk.record(0, after);
    walk.evaluate(|_| Some(NodeAddr::new("127.0.0.1", 7000)))
}

/// A wave that asks for the types of what was found.
fn kinds(walk: &mut Walk, kinds: &[&str]) {
    assert!(!walk.is_about_keys());
    walk.begin_wave();
    for name in std::mem::take(&mut walk.untyped) {
        walk.push(slot(0), None, Ask::Type(name));
    }
    assert_eq!(walk.parts.len(), kinds.len());
    for (part, kind) in (0u32..).zip(kinds) {
        walk.record(part, format!("+{kind}\r\n").as_bytes());
    }
    assert_eq!(walk.evaluate(|_| None), Outcome::Seen);
    assert!(walk.is_about_keys());
}

fn reply(walk: &Walk) -> String {
    let mut out = Vec::new();
    walk.write_reply(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn keys_of_slots_that_stay_are_taken() {
    let mut walk = walk(&[b"SCAN", b"0", b"MATCH", b"a*"]);
    let calm = nodes("me", "0-8191");
    let outcome = wave(
        &mut walk,
        &calm,
        [&keys(&["a1", "b"]), &keys(&["a2"])],
        &calm,
    );
    assert_eq!(outcome, Outcome::Seen);
    kinds(&mut walk, &["string", "list"]);
    walk.next = 2;
    assert_eq!(
        reply(&walk),
        "*2\r\n$1\r\n2\r\n*2\r\n$2\r\na1\r\n$2\r\na2\r\n"
    );
}

#[test]
fn a_slot_that_moves_is_looked_for_on_the_other_side_too() {
    let mut walk = walk(&[b"SCAN", b"0"]);
    let moving = nodes("me", "0-8191 [1->-other]");
    let outcome = wave(&mut walk, &moving, [&keys(&[]), &keys(&["k"])], &moving);
    assert_eq!(outcome, Outcome::Moving);
    assert_eq!(walk.moving[0].slots, [(slot(1), other())]);
    assert_eq!(arrive(&mut walk, &["gone"], &moving), Outcome::Seen);
    kinds(&mut walk, &["string", "string"]);
    assert_eq!(
        reply(&walk),
        "*2\r\n$1\r\n0\r\n*2\r\n$1\r\nk\r\n$4\r\ngone\r\n"
    );
}

#[test]
fn a_slot_that_went_back_is_looked_for_again() {
    let moving = nodes("me", "0-8191 [1->-other]");
    let later = nodes("me", "0-8191 [1->-other]");
    let later = String::from_utf8(later)
        .unwrap()
        .replace(" 0 0 1 ", " 0 0 3 ");
    for after in [
        nodes("me", "0-8191"),
        nodes("me", "0 2-8191"),
        nodes("me", "0 2-8191 [1-<-other]"),
        nodes("you", "0-8191 [1->-other]"),
        // There, back, and there again.
        later.into_bytes(),
        b"+what\r\n".to_vec(),
    ] {
        let mut walk = walk(&[b"SCAN", b"0"]);
        wave(&mut walk, &moving, [&keys(&[]), &keys(&["k"])], &moving);
        assert_eq!(arrive(&mut walk, &[], &after), Outcome::Spoilt);
        walk.forget_wave();
        assert!(walk.untyped.is_empty());
    }
}

#[test]
fn what_changed_meanwhile_proves_nothing() {
    let calm = nodes("me", "0-8191");
    let rows = [
        (nodes("me", "0-8191"), nodes("me", "1-8191")),
        (nodes("me", "1-8191"), nodes("me", "1-8191")),
        (nodes("me", "0-8191"), nodes("you", "0-8191")),
        (nodes("me", "0-8191"), nodes("me", "0-8191 [1->-other]")),
        (nodes("me", "0-8191 [1->-other]"), nodes("me", "0-8191")),
        (b"+what\r\n".to_vec(), calm),
    ];
    for (before, behind) in rows {
        let mut walk = walk(&[b"SCAN", b"0"]);
        let outcome = wave(&mut walk, &before, [&keys(&["a"]), &keys(&["b"])], &behind);
        assert_eq!(outcome, Outcome::Spoilt);
        assert!(
            walk.untyped.is_empty(),
            "nothing is taken from a spoilt wave"
        );
    }
}

#[test]
fn a_part_that_was_sent_again_spoils_the_wave() {
    let mut walk = walk(&[b"SCAN", b"0"]);
    walk.begin_wave();
    walk.push(slot(0), None, Ask::Arrived);
    walk.part_mut(0).unwrap().attempts = 1;
    walk.record(0, &keys(&["a"]));
    assert_eq!(walk.evaluate(|_| None), Outcome::Spoilt);
}

#[test]
fn errors_of_nodes_are_not_swallowed() {
    let mut walk = walk(&[b"SCAN", b"0"]);
    let calm = nodes("me", "0-8191");
    let error = b"-NOPERM no\r\n";
    let outcome = wave(&mut walk, &calm, [&keys(&["a"]), error], &calm);
    assert_eq!(outcome, Outcome::Refused(error.to_vec().into()));
}

#[test]
fn types_are_asked_for_when_wanted() {
    let mut walk = walk(&[b"SCAN", b"0", b"TYPE", b"LIST"]);
    let calm = nodes("me", "0-8191");
    wave(&mut walk, &calm, [&keys(&["a", "b"]), &keys(&["c"])], &calm);
    assert_eq!((walk.keys_len, walk.untyped.len()), (0, 3));
    kinds(&mut walk, &["list", "none", "string"]);
    assert_eq!(reply(&walk), "*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n");
}

#[test]
fn held_bytes_are_counted() {
    let mut walk = walk(&[b"SCAN", b"0"]);
    assert_eq!(walk.held_len(), 0);
    let calm = nodes("me", "0-8191");
    wave(&mut walk, &calm, [&keys(&["a"]), &keys(&[])], &calm);
    let replies = 2 * calm.len() + keys(&["a"]).len() + keys(&[]).len();
    assert_eq!(walk.held_len(), replies + "a".len());
    walk.begin_wave();
    assert_eq!(walk.held_len(), "a".len());
    kinds(&mut walk, &["hash"]);
    assert_eq!(walk.held_len(), "+hash\r\n".len() + b"$1\r\na\r\n".len());
}

#[test]
fn keys_and_patterns_of_megabytes_end_it() {
    let long = vec![b'a'; 1024 * 1024];
    let pattern = [b"*".as_slice(), &long, b"b"].concat();
    let mut walk = walk(&[b"SCAN", b"0", b"MATCH", &pattern]);
    let calm = nodes("me", "0-8191");
    let name = String::from_utf8(long).unwrap();
    let outcome = wave(&mut walk, &calm, [&keys(&[&name]), &keys(&["b"])], &calm);
    assert_eq!(outcome, Outcome::Endless);
}

#[test]
fn keys_that_have_expired_are_left_out() {
    let mut walk = walk(&[b"SCAN", b"0", b"COUNT", b"3"]);
    let calm = nodes("me", "0-8191");
    wave(&mut walk, &calm, [&keys(&["a", "b"]), &keys(&["c"])], &calm);
    assert!(walk.has_enough(), "they may all be there");
    kinds(&mut walk, &["none", "string", "none"]);
    assert!(!walk.has_enough());
    assert_eq!(reply(&walk), "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nb\r\n");
}

#[test]
fn waves_over_full_slots_stay_narrow() {
    let mut walk = walk(&[b"SCAN", b"0", b"COUNT", b"1000000"]);
    let calm = nodes("me", "0-8191");
    let mut pass = |of_slot: &[u8]| {
        wave(&mut walk, &calm, [of_slot, of_slot], &calm);
        walk.pass_slots();
        walk.width
    };
    let empty = keys(&[]);
    let [first, second] = [pass(&empty), pass(&empty)];
    assert!(first <= 64 && second > first, "{first} {second}");
    let of_quarter = keys(&vec!["0123456789"; 4096]);
    assert!(pass(&of_quarter) < second * 3);
    let full = keys(&vec!["0123456789"; 100_000]);
    let narrow = pass(&full);
    assert!(narrow < second / 4, "{narrow}");
    let last = (0..20).map(|_| pass(&full)).last();
    assert_eq!(last, Some(1), "a slot is never cut");
    assert!(pass(&empty) > 1);
}

#[test]
fn a_wave_that_is_repeated_forgets_only_its_own_keys() {
    let mut walk = walk(&[b"SCAN", b"0"]);
    let calm = nodes("me", "0-8191");
    wave(&mut walk, &calm, [&keys(&["a"]), &keys(&["b"])], &calm);
    walk.pass_slots();
    let moving = nodes("me", "0-8191 [1->-other]");
    wave(&mut walk, &moving, [&keys(&["c"]), &keys(&["d"])], &moving);
    assert_eq!(walk.untyped.len(), 4);
    walk.forget_wave();
    assert_eq!(walk.untyped, ["a", "b"]);
}
