//! Subscriptions that cross, fail, move and are forgotten.

use super::super::{ClientId, LinkId, Peer, Time};
use super::{MILLISECOND, Rig, map};
use crate::cluster::{MapVersion, Slot};
use crate::config::Config;
use crate::resp::write;

pub(super) const NODE: u16 = 7000;
pub(super) const OTHER: u16 = 7001;

pub(super) const PING: &str = "*1\r\n$4\r\nPING\r\n";

/// A push of these words; the last one is a number if it is one.
pub(super) fn push(words: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    write::push(&mut out, words.len());
    for word in words {
        match word.parse() {
            Ok(number) => write::integer(&mut out, number),
            Err(_) => write::bulk(&mut out, word.as_bytes()),
        }
    }
    out
}

/// The same as a client gets it in RESP2.
pub(super) fn array(words: &[&str]) -> Vec<u8> {
    let mut out = push(words);
    out[0] = b'*';
    out
}

pub(super) fn request(words: &[&str]) -> Vec<u8> {
    let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    super::request(&words)
}

impl Rig {
    pub(super) fn says(&mut self, client: ClientId, words: &[&str]) {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        self.send(client, &words);
    }

    pub(super) fn told(&mut self, link: LinkId) -> String {
        String::from_utf8(self.written(Peer::Link(link))).unwrap()
    }

    pub(super) fn got(&mut self, client: ClientId) -> String {
        String::from_utf8(self.written(Peer::Client(client))).unwrap()
    }

    pub(super) fn tells(&mut self, link: LinkId, words: &[&str]) {
        self.reply(link, &push(words));
        self.pipeline.handle_resumable(self.now);
        self.pipeline.check_invariants().unwrap();
    }

    /// Time passes in which the node is alive; gives what it is told meanwhile.
    pub(super) fn pass(&mut self, link: LinkId, millis: u64) -> String {
        let mut told = String::new();
        for _ in 0..millis / 10 {
            self.tick(10);
            let mut more = self.told(link);
            if more.contains(PING) {
                more = more.replace(PING, "");
                self.reply(link, b"+PONG\r\n");
            }
            told += &more;
        }
        told
    }

    fn topics(&self) -> u64 {
        self.pipeline.stats().counters.topics_now
    }

    /// A client that listens to a channel, and the link over which it does.
    fn listener(&mut self, channel: &str) -> (ClientId, LinkId) {
        let client = self.client();
        self.says(client, &["SUBSCRIBE", channel]);
        let link = self.ready(NODE);
        assert_eq!(self.told(link), text(&request(&["SUBSCRIBE", channel])));
        self.tells(link, &["subscribe", channel, "1"]);
        assert_eq!(self.got(client), text(&array(&["subscribe", channel, "1"])));
        (client, link)
    }
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(super) fn rig() -> Rig {
    let mut rig = Rig::new(Config::default(), &map(1, NODE, &[], &[]));
    rig.ready(NODE);
    rig
}

#[test]
fn a_subscription_that_crosses_the_goodbye_waits_for_it() {
    let mut rig = rig();
    let (client, link) = rig.listener("a");
    rig.says(client, &["UNSUBSCRIBE", "a"]);
    assert_eq!(rig.got(client), text(&array(&["unsubscribe", "a", "0"])));
    // At once again: the node need not know.
    rig.says(client, &["SUBSCRIBE", "a"]);
    assert_eq!(rig.got(client), text(&array(&["subscribe", "a", "1"])));
    rig.says(client, &["UNSUBSCRIBE"]);
    rig.got(client);
    assert_eq!(rig.pass(link, 900), "");
    assert_eq!(rig.pass(link, 200), text(&request(&["UNSUBSCRIBE", "a"])));
    rig.tells(link, &["message", "a", "nobody"]);
    rig.says(client, &["SUBSCRIBE", "a"]);
    assert_eq!(
        (rig.told(link), rig.got(client)),
        (String::new(), String::new())
    );
    assert!(!rig.wants(client));
    rig.tells(link, &["unsubscribe", "a", "0"]);
    assert_eq!(rig.told(link), text(&request(&["SUBSCRIBE", "a"])));
    rig.tells(link, &["subscribe", "a", "1"]);
    rig.tells(link, &["message", "a", "text"]);
    let expected = [
        array(&["subscribe", "a", "1"]),
        array(&["message", "a", "text"]),
    ];
    assert_eq!(rig.got(client), text(&expected.concat()));
    assert!(rig.wants(client));
    assert_eq!(rig.pipeline.stats().counters.pushes_dropped, 1);
}

#[test]
fn a_subscription_waits_for_earlier_replies_and_holds_up_later_ones() {
    let mut rig = rig();
    let requests = rig.link(NODE);
    let client = rig.client();
    let pipeline = [
        request(&["GET", "k"]),
        request(&["SUBSCRIBE", "a", "b"]),
        request(&["PING"]),
    ];
    rig.pipeline
        .handle_client_bytes(client, &pipeline.concat(), rig.now);
    rig.act();
    assert_eq!(rig.link(NODE), requests, "nothing is asked before its turn");
    rig.written(Peer::Link(requests));
    rig.reply(requests, b"$1\r\nv\r\n");
    rig.pipeline.handle_resumable(rig.now);
    rig.act();
    let link = rig.ready(NODE);
    rig.tells(link, &["subscribe", "a", "1"]);
    rig.tells(link, &["message", "a", "too early"]);
    assert_eq!(rig.got(client), "$1\r\nv\r\n");
    rig.tells(link, &["subscribe", "b", "2"]);
    let expected = [
        array(&["subscribe", "a", "1"]),
        array(&["subscribe", "b", "2"]),
        b"*2\r\n$4\r\npong\r\n$0\r\n\r\n".to_vec(),
    ];
    assert_eq!(rig.got(client), text(&expected.concat()));
}

#[test]
fn what_is_not_confirmed_in_time_is_forgotten() {
    let mut rig = rig();
    let client = rig.client();
    rig.says(client, &["SUBSCRIBE", "a", "b"]);
    let link = rig.ready(NODE);
    rig.told(link);
    rig.tells(link, &["subscribe", "a", "1"]);
    rig.tick(1100);
    assert!(
        rig.got(client)
            .starts_with("-ERR corelane: timeout: no node confirmed")
    );
    assert!(rig.wants(client));
    assert_eq!(rig.pipeline.stats().counters.errors_subscribe, 1);
    // The node that did not answer is not trusted any more.
    assert_eq!(rig.pipeline.link_addr(link), None);
    rig.tick(1500);
    assert_eq!(rig.topics(), 0);
    rig.says(client, &["GET", "k"]);
    assert_eq!(rig.got(client), "", "not confined");
}

#[test]
fn one_refused_name_is_enough() {
    let mut rig = rig();
    let client = rig.client();
    rig.says(client, &["SUBSCRIBE", "a", "no", "b"]);
    let link = rig.ready(NODE);
    rig.tells(link, &["subscribe", "a", "1"]);
    rig.reply(link, b"-NOPERM no\r\n");
    assert_eq!(rig.got(client), "-NOPERM no\r\n");
    rig.tells(link, &["subscribe", "b", "2"]);
    rig.tells(link, &["message", "a", "text"]);
    assert_eq!(rig.got(client), "");
    rig.told(link);
    let told = rig.pass(link, 1200);
    let goodbye = [
        request(&["UNSUBSCRIBE", "a"]),
        request(&["UNSUBSCRIBE", "b"]),
    ];
    assert_eq!(told, text(&goodbye.concat()));
    rig.tells(link, &["unsubscribe", "a", "1"]);
    rig.tells(link, &["unsubscribe", "b", "0"]);
    assert_eq!(rig.topics(), 0);
}

#[test]
fn a_client_that_leaves_while_it_waits_leaves_nothing() {
    let mut rig = rig();
    let client = rig.client();
    rig.says(client, &["PSUBSCRIBE", "a*"]);
    let link = rig.ready(NODE);
    rig.told(link);
    rig.pipeline.handle_client_closed(client);
    rig.tells(link, &["psubscribe", "a*", "1"]);
    assert!(rig.pass(link, 1200).contains("PUNSUBSCRIBE"));
    rig.tells(link, &["punsubscribe", "a*", "0"]);
    assert_eq!(rig.topics(), 0);
}

#[test]
fn a_word_that_nothing_asked_for_ends_the_link() {
    for words in [
        ["subscribe", "a", "1"],
        ["subscribe", "b", "1"],
        ["unsubscribe", "a", "0"],
        ["psubscribe", "a", "1"],
    ] {
        let mut rig = rig();
        let (_, link) = rig.listener("a");
        rig.tells(link, &words);
        assert_eq!(rig.pipeline.link_addr(link), None, "{words:?}");
        assert_eq!(rig.pipeline.stats().counters.links_desync, 1);
        assert_eq!(rig.pipeline.stats().counters.resubscriptions, 1);
    }
}

#[test]
fn messages_that_make_no_sense_are_dropped() {
    let mut rig = rig();
    let (client, link) = rig.listener("a");
    for push in [
        b">0\r\n".as_slice(),
        b">1\r\n+message\r\n",
        b">2\r\n+message\r\n*0\r\n",
        b">3\r\n+message\r\n+b\r\n+text\r\n",
        b">3\r\n+smessage\r\n+a\r\n+text\r\n",
        b">3\r\n+what\r\n+a\r\n+text\r\n",
        b">3\r\n+pmessage\r\n+a\r\n+a\r\n",
    ] {
        rig.reply(link, push);
    }
    assert_eq!(rig.got(client), "");
    assert_eq!(rig.pipeline.stats().counters.pushes_dropped, 7);
    rig.tells(link, &["message", "a", "text"]);
    assert_eq!(rig.got(client), text(&array(&["message", "a", "text"])));
}

#[test]
fn a_lost_link_is_made_up_for_and_the_client_hears_nothing_of_it() {
    let mut rig = rig();
    let (client, link) = rig.listener("a");
    rig.pipeline.handle_link_closed(link, rig.now);
    rig.act();
    rig.tick(60);
    let again = rig.ready(NODE);
    assert_ne!(again, link);
    assert_eq!(rig.told(again), text(&request(&["SUBSCRIBE", "a"])));
    rig.tells(again, &["subscribe", "a", "1"]);
    rig.tells(again, &["message", "a", "text"]);
    assert_eq!(rig.got(client), text(&array(&["message", "a", "text"])));
    assert_eq!(rig.pipeline.stats().counters.resubscriptions, 1);
}

#[test]
fn a_link_on_which_nothing_comes_is_asked_and_then_given_up() {
    let mut rig = rig();
    let (_, link) = rig.listener("a");
    rig.tick(1100);
    assert_eq!(rig.told(link), PING);
    rig.reply(link, b"+PONG\r\n");
    rig.tick(990);
    assert_eq!(rig.told(link), "");
    rig.tick(20);
    assert_eq!(rig.told(link), PING);
    rig.tick(900);
    assert!(rig.pipeline.link_addr(link).is_some());
    rig.tick(200);
    assert_eq!(rig.pipeline.link_addr(link), None);
}

#[test]
fn a_link_that_nothing_is_subscribed_on_is_closed_in_the_end() {
    let mut rig = rig();
    let (client, link) = rig.listener("a");
    rig.says(client, &["RESET"]);
    assert!(rig.pass(link, 1100).contains("UNSUBSCRIBE"));
    rig.tells(link, &["unsubscribe", "a", "0"]);
    rig.pass(link, 9_500);
    assert!(rig.pipeline.link_addr(link).is_some());
    rig.pass(link, 1_000);
    assert_eq!(rig.pipeline.link_addr(link), None);
    let counters = rig.pipeline.stats().counters;
    assert_eq!((counters.links_lost, counters.links_desync), (0, 0));
}

#[test]
fn notifications_count_from_all_primaries_and_other_messages_from_one() {
    let two = map(1, NODE, &[], &[(b"elsewhere", OTHER)]);
    let mut rig = Rig::new(Config::default(), &two);
    rig.ready(NODE);
    rig.ready(OTHER);
    let client = rig.client();
    rig.says(client, &["HELLO", "3"]);
    rig.tick(2000);
    rig.got(client);
    rig.says(client, &["PSUBSCRIBE", "*"]);
    let (home, other) = (rig.ready(NODE), rig.ready(OTHER));
    assert_eq!(rig.told(other), text(&request(&["PSUBSCRIBE", "*"])));
    rig.tells(home, &["psubscribe", "*", "1"]);
    assert_eq!(rig.got(client), "", "both have to answer");
    rig.tells(other, &["psubscribe", "*", "1"]);
    assert_eq!(rig.got(client), text(&push(&["psubscribe", "*", "1"])));
    let event = ["pmessage", "*", "__keyevent@0__:set", "key"];
    let message = ["pmessage", "*", "news", "text"];
    for link in [home, other] {
        rig.tells(link, &event);
        rig.tells(link, &message);
    }
    let expected = [push(&event), push(&message), push(&event)];
    assert_eq!(rig.got(client), text(&expected.concat()));
    // Without its home another node's messages count, once that has confirmed it anew.
    rig.pipeline.handle_link_closed(home, rig.now);
    rig.act();
    rig.tick(10);
    rig.tells(other, &message);
    assert_eq!(rig.told(other), text(&request(&["PSUBSCRIBE", "*"])));
    rig.tells(other, &event);
    rig.tells(other, &["psubscribe", "*", "1"]);
    rig.tells(other, &message);
    assert_eq!(
        rig.got(client),
        text(&[push(&event), push(&message)].concat())
    );
}

#[test]
fn a_node_that_becomes_the_home_while_it_is_asked_is_asked_once_more() {
    let two = map(1, NODE, &[], &[(b"elsewhere", OTHER)]);
    let mut rig = Rig::new(Config::default(), &two);
    rig.ready(NODE);
    rig.ready(OTHER);
    let client = rig.client();
    rig.says(client, &["HELLO", "3"]);
    rig.tick(2000);
    rig.got(client);
    rig.says(client, &["PSUBSCRIBE", "*"]);
    let (home, other) = (rig.ready(NODE), rig.ready(OTHER));
    let question = text(&request(&["PSUBSCRIBE", "*"]));
    assert_eq!(rig.told(other), question);
    rig.tells(home, &["psubscribe", "*", "1"]);
    rig.pipeline.handle_link_closed(home, rig.now);
    rig.act();
    rig.tick(10);
    let message = ["pmessage", "*", "news", "text"];
    rig.tells(other, &["psubscribe", "*", "1"]);
    // The home before may have told that already.
    rig.tells(other, &message);
    assert_eq!(rig.told(other), question);
    assert_eq!(rig.got(client), "");
    rig.tells(other, &["psubscribe", "*", "1"]);
    rig.tells(other, &message);
    let heard = [push(&["psubscribe", "*", "1"]), push(&message)].concat();
    assert_eq!(rig.got(client), text(&heard));
}

/// In the middle of a failover nodes may still call the old primary one, although it serves no slot any more. It
/// repeats what the new one tells.
#[test]
fn a_primary_without_slots_does_not_notify() {
    let before = map(1, NODE, &[], &[(b"elsewhere", OTHER)]);
    let mut rig = Rig::new(Config::default(), &before);
    let client = rig.client();
    rig.says(client, &["PSUBSCRIBE", "*"]);
    let (home, other) = (rig.ready(NODE), rig.ready(OTHER));
    rig.tells(home, &["psubscribe", "*", "1"]);
    rig.tells(other, &["psubscribe", "*", "1"]);
    rig.got(client);
    rig.told(other);
    let mut during = before;
    during.version = MapVersion(2);
    during.set_range(Slot::FIRST, Slot::LAST, 0);
    rig.pipeline.handle_slot_map(&during, rig.now);
    rig.tick(10);
    assert_eq!(rig.told(other), text(&request(&["PUNSUBSCRIBE", "*"])));
    let event = ["pmessage", "*", "__keyevent@0__:set", "key"];
    rig.tells(other, &event);
    assert_eq!(rig.got(client), "");
    rig.tells(home, &event);
    assert_eq!(rig.got(client), text(&array(&event)));
}

#[test]
fn a_dead_primary_does_not_keep_clients_from_listening_to_everything() {
    let two = map(1, NODE, &[], &[(b"elsewhere", OTHER)]);
    let mut rig = Rig::new(Config::default(), &two);
    rig.ready(NODE);
    let client = rig.client();
    rig.says(client, &["PSUBSCRIBE", "*"]);
    let home = rig.ready(NODE);
    rig.tells(home, &["psubscribe", "*", "1"]);
    assert_eq!(rig.got(client), "");
    let dead = rig.link(OTHER);
    rig.pipeline.handle_link_closed(dead, rig.now);
    rig.act();
    assert_eq!(rig.got(client), text(&array(&["psubscribe", "*", "1"])));
}

#[test]
fn a_channel_finds_another_home_while_its_own_is_dead() {
    let two = map(1, NODE, &[], &[(b"elsewhere", OTHER)]);
    let mut rig = Rig::new(Config::default(), &two);
    rig.ready(NODE);
    rig.ready(OTHER);
    let client = rig.client();
    rig.says(client, &["SUBSCRIBE", "a"]);
    let dead = rig.link(NODE);
    rig.pipeline.handle_link_closed(dead, rig.now);
    rig.act();
    rig.tick(10);
    let other = rig.ready(OTHER);
    assert_eq!(rig.told(other), text(&request(&["SUBSCRIBE", "a"])));
    rig.tells(other, &["subscribe", "a", "1"]);
    assert_eq!(rig.got(client), text(&array(&["subscribe", "a", "1"])));
}

#[test]
fn more_than_a_little_unread_is_allowed_for_a_while() {
    let mut config = Config::default();
    config.limits.subscriber_output_max = 1024 * 1024;
    config.limits.subscriber_output_soft = 64 * 1024;
    config.limits.subscriber_output_soft_for = std::time::Duration::from_secs(10);
    let mut rig = Rig::new(config, &map(1, NODE, &[], &[]));
    rig.ready(NODE);
    let (client, link) = rig.listener("a");
    let word = "x".repeat(70 * 1024);
    for round in 0..3 {
        rig.tells(link, &["message", "a", &word]);
        rig.pass(link, 9_000);
        if round < 2 {
            assert_eq!(rig.got(client).len(), array(&["message", "a", &word]).len());
        }
    }
    assert_eq!(rig.closed, vec![]);
    rig.pass(link, 3_000);
    assert_eq!(rig.closed, vec![client]);
    assert_eq!(rig.pipeline.stats().counters.closes_subscriber, 1);
    // At most the word to the node that nobody listens any more.
    assert!(rig.held() < 100, "{}", rig.held());
}

#[test]
fn far_too_much_unread_ends_a_client_and_large_messages_are_shared() {
    let mut config = Config::default();
    config.limits.subscriber_output_max = 100_000;
    let mut rig = Rig::new(config, &map(1, NODE, &[], &[]));
    rig.ready(NODE);
    let (slow, link) = rig.listener("a");
    let other = rig.client();
    rig.says(other, &["SUBSCRIBE", "a"]);
    rig.got(other);
    let word = "x".repeat(40_000);
    let message = push(&["message", "a", &word]);
    for _ in 0..3 {
        let (head, rest) = message.split_at(100);
        rig.reply(link, head);
        let input = rig
            .pipeline
            .large_input(Peer::Link(link))
            .expect("a large frame");
        input.extend_from_slice(rest);
        rig.pipeline.handle_link_input(link, rest.len(), rig.now);
        rig.act();
        assert_eq!(rig.got(other), text(&array(&["message", "a", &word])));
    }
    assert_eq!(rig.closed, vec![slow]);
    assert_eq!(rig.pipeline.stats().counters.closes_subscriber, 1);
    rig.tells(link, &["message", "a", "text"]);
    assert_eq!(rig.got(other), text(&array(&["message", "a", "text"])));
    assert_eq!(rig.pipeline.stats().counters.messages, 7);
}

#[test]
fn receivers_are_counted_one_by_one() {
    let mut rig = rig();
    let requests = rig.link(NODE);
    let (client, link) = rig.listener("a");
    rig.says(client, &["PSUBSCRIBE", "?"]);
    rig.tells(link, &["psubscribe", "?", "2"]);
    let second = rig.client();
    rig.says(second, &["PSUBSCRIBE", "?", "b*"]);
    rig.tells(link, &["psubscribe", "b*", "3"]);
    let publisher = rig.client();
    // The node counts two subscriptions of this worker and one of somebody else; there are three and that one.
    rig.says(publisher, &["PUBLISH", "a", "text"]);
    rig.says(publisher, &["SPUBLISH", "a", "text"]);
    rig.says(publisher, &["INCR", "a"]);
    rig.written(Peer::Link(requests));
    rig.reply(requests, b":3\r\n:1\r\n:5\r\n");
    assert_eq!(rig.got(publisher), ":4\r\n:1\r\n:5\r\n");
}

#[test]
fn a_burst_of_subscriptions_after_a_loss_is_spread_over_ticks() {
    let mut rig = rig();
    let client = rig.client();
    let names: Vec<String> = (0..1200).map(|n| format!("c{n}")).collect();
    let mut words = vec!["SUBSCRIBE"];
    words.extend(names.iter().map(String::as_str));
    rig.says(client, &words);
    let link = rig.ready(NODE);
    rig.told(link);
    for name in &names {
        rig.reply(link, &push(&["subscribe", name, "1"]));
    }
    assert_eq!(rig.got(client).matches("subscribe").count(), 1200);
    rig.pipeline.handle_link_closed(link, rig.now);
    rig.act();
    rig.now = Time(rig.now.0 + 50 * MILLISECOND);
    let mut asked = Vec::new();
    rig.tick(10);
    let again = rig.ready(NODE);
    for _ in 0..4 {
        asked.push(rig.told(again).matches("SUBSCRIBE").count());
        rig.tick(10);
    }
    assert_eq!(asked, [500, 500, 200, 0]);
    assert_eq!(rig.pipeline.stats().counters.resubscriptions, 1200);
}
