//! Sharded channels, which follow the shard that owns their slot.

use super::subscribe::{NODE, OTHER, PING, array, push, request, rig, text};
use super::{Rig, map};
use crate::cluster::Slot;
use crate::config::Config;

#[test]
fn a_sharded_channel_follows_moved_and_goodbyes_that_nobody_asked_for() {
    let at_other = map(1, NODE, &[], &[(b"elsewhere", OTHER)]);
    let mut rig = Rig::new(Config::default(), &at_other);
    rig.ready(NODE);
    rig.ready(OTHER);
    let client = rig.client();
    rig.says(client, &["SSUBSCRIBE", "a"]);
    let link = rig.ready(NODE);
    rig.told(link);
    let moved = format!(
        "-MOVED {} 127.0.0.1:{OTHER}\r\n",
        Slot::of_key(b"a").number()
    );
    rig.reply(link, moved.as_bytes());
    let other = rig.ready(OTHER);
    assert_eq!(rig.told(other), text(&request(&["SSUBSCRIBE", "a"])));
    rig.tells(other, &["ssubscribe", "a", "1"]);
    assert_eq!(rig.got(client), text(&array(&["ssubscribe", "a", "1"])));
    // The slot goes back, which the node says, and by its MOVED where to.
    rig.tells(other, &["sunsubscribe", "a", "0"]);
    assert_eq!(rig.told(other), text(&request(&["SSUBSCRIBE", "a"])));
    let moved = moved.replace(&OTHER.to_string(), &NODE.to_string());
    rig.reply(other, moved.as_bytes());
    assert_eq!(rig.told(link), text(&request(&["SSUBSCRIBE", "a"])));
    // One more goodbye, from before that was heard, changes nothing.
    rig.tells(link, &["sunsubscribe", "a", "0"]);
    rig.tells(link, &["ssubscribe", "a", "1"]);
    rig.tells(link, &["smessage", "a", "text"]);
    assert_eq!(rig.got(client), text(&array(&["smessage", "a", "text"])));
    assert_eq!(rig.pipeline.stats().counters.resubscriptions, 1);
}

#[test]
fn a_map_that_is_behind_silences_no_sharded_channel() {
    let at_other = map(1, NODE, &[], &[(b"a", OTHER)]);
    let mut rig = Rig::new(Config::default(), &at_other);
    rig.ready(NODE);
    rig.ready(OTHER);
    let client = rig.client();
    rig.says(client, &["SSUBSCRIBE", "a"]);
    let other = rig.ready(OTHER);
    rig.told(other);
    rig.tells(other, &["ssubscribe", "a", "1"]);
    rig.got(client);
    let hears = |rig: &mut Rig, link, word: &str| {
        rig.tells(link, &["smessage", "a", word]);
        assert_eq!(rig.got(client), text(&array(&["smessage", "a", word])));
    };
    let behind = map(2, NODE, &[], &[(b"elsewhere", OTHER)]);
    rig.pipeline.handle_slot_map(&behind, rig.now);
    rig.pass(other, 20);
    let link = rig.ready(NODE);
    assert_eq!(rig.told(link), text(&request(&["SSUBSCRIBE", "a"])));
    hears(&mut rig, other, "one");
    // Another client subscribes while it is asked.
    let late = rig.client();
    rig.says(late, &["SSUBSCRIBE", "a"]);
    assert_eq!(rig.got(late), "");
    let slot = Slot::of_key(b"a").number();
    rig.reply(
        link,
        format!("-MOVED {slot} 127.0.0.1:{OTHER}\r\n").as_bytes(),
    );
    assert_eq!(rig.got(late), text(&array(&["ssubscribe", "a", "1"])));
    hears(&mut rig, other, "two");
    rig.got(late);
    assert_eq!(rig.told(other), "", "nothing has changed for it");
    // Another map says so again, and is right.
    rig.pipeline
        .handle_slot_map(&map(3, NODE, &[], &[(b"elsewhere", OTHER)]), rig.now);
    rig.pass(other, 20);
    assert_eq!(rig.told(link), text(&request(&["SSUBSCRIBE", "a"])));
    rig.tells(link, &["ssubscribe", "a", "1"]);
    assert!(
        rig.told(other)
            .starts_with(&text(&request(&["SUNSUBSCRIBE", "a"])))
    );
    hears(&mut rig, link, "three");
    rig.tells(other, &["smessage", "a", "stray"]);
    assert_eq!(rig.got(client), "");
    rig.pipeline.check_invariants().unwrap();
}

#[test]
fn a_goodbye_that_crosses_the_nodes_own_is_ended_by_the_ping_behind_it() {
    for answer in [
        push(&["sunsubscribe", "a", "0"]),
        b"-MOVED 1 :7001\r\n".to_vec(),
    ] {
        let mut rig = rig();
        let client = rig.client();
        rig.says(client, &["SSUBSCRIBE", "a"]);
        let link = rig.ready(NODE);
        rig.told(link);
        rig.tells(link, &["ssubscribe", "a", "1"]);
        rig.says(client, &["SUNSUBSCRIBE"]);
        let goodbye = text(&request(&["SUNSUBSCRIBE", "a"])) + PING;
        rig.got(client);
        let mut told = String::new();
        for _ in 0..120 {
            rig.tick(10);
            told += &rig.told(link);
            if let Some(rest) = told.strip_prefix(PING) {
                told = rest.to_owned();
                rig.reply(link, b"+PONG\r\n");
            }
        }
        assert_eq!(told, goodbye);
        rig.says(client, &["SSUBSCRIBE", "a"]);
        // The node's own, then its answer.
        rig.tells(link, &["sunsubscribe", "a", "0"]);
        rig.reply(link, &answer);
        assert!(!answer.starts_with(b">") || rig.told(link).is_empty());
        rig.reply(link, b"+PONG\r\n");
        rig.tells(link, &["ssubscribe", "a", "1"]);
        assert_eq!(rig.got(client), text(&array(&["ssubscribe", "a", "1"])));
        assert_eq!(rig.pipeline.stats().counters.links_desync, 0);
    }
}
