//! WATCH: the link that a client has for itself, and what ends it.

use super::transaction::{Bench, QUEUED, commands};
use super::{Config, Rig, map};
use crate::cluster::{Slot, SlotMap};
use crate::pipeline::{LinkId, Peer};

const BATCH: [&str; 3] = ["MULTI", "SET a 1", "EXEC"];
const EXECUTED: &str = "+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n";
const RESULT: &str = "*1\r\n+OK\r\n";
const NULL: &str = "*-1\r\n";

impl Bench {
    /// The client watches `a`; the link that watches.
    fn watch(&mut self) -> LinkId {
        self.say(&["WATCH a"]);
        let link = self.private();
        assert_eq!(self.written(link), commands(&["WATCH a"]));
        self.reply(link, "+OK\r\n");
        assert_eq!(self.heard(), "+OK\r\n");
        link
    }

    /// The newest link to the first node, which is up.
    fn private(&mut self) -> LinkId {
        let link = self.rig.link(7000);
        assert_ne!(link, self.link, "a link of its own");
        self.rig.ready(7000)
    }

    /// The client queues one write and says EXEC.
    fn exec(&mut self) {
        self.say(&BATCH);
        assert!(self.heard().starts_with(&format!("+OK\r\n{QUEUED}")));
    }

    fn is_open(&self, link: LinkId) -> bool {
        self.rig.pipeline.link_addr(link).is_some()
    }

    fn unwatched(&self) -> u64 {
        self.rig.pipeline.stats().counters.transactions_unwatched
    }
}

#[test]
fn a_watched_transaction_goes_over_the_link_that_watches() {
    let mut bench = Bench::new();
    let link = bench.watch();
    bench.say(&["GET a"]);
    assert_eq!(bench.written(bench.link), commands(&["GET a"]));
    bench.reply(bench.link, "$1\r\n0\r\n");
    assert_eq!(bench.heard(), "$1\r\n0\r\n");
    for (replies, result) in [(EXECUTED, RESULT), ("+OK\r\n+QUEUED\r\n*-1\r\n", NULL)] {
        bench.exec();
        assert_eq!(bench.written(link), commands(&BATCH));
        assert!(bench.written(bench.link).is_empty());
        bench.reply(link, replies);
        assert_eq!(bench.heard(), result);
        // EXEC has ended the watch; the link is clean and serves the next one.
        bench.say(&["WATCH a"]);
        assert_eq!(bench.written(link), commands(&["WATCH a"]));
        bench.reply(link, "+OK\r\n");
        bench.heard();
    }
    assert_eq!(bench.unwatched(), 0);
}

#[test]
fn requests_wait_for_watch_and_watch_for_requests() {
    let mut bench = Bench::new();
    bench.say(&["GET x", "WATCH a", "GET a", "MULTI", "GET y", "EXEC"]);
    assert_eq!(bench.written(bench.link), commands(&["GET x"]));
    bench.reply(bench.link, "$-1\r\n");
    let link = bench.private();
    assert_eq!(bench.written(link), commands(&["WATCH a"]));
    assert!(bench.written(bench.link).is_empty());
    bench.reply(link, "+OK\r\n");
    assert_eq!(bench.written(bench.link), commands(&["GET a"]));
    assert_eq!(bench.heard(), "$-1\r\n+OK\r\n");
    bench.reply(bench.link, "$1\r\n0\r\n");
    // GET y has another slot than what is watched.
    let heard = bench.heard();
    assert!(heard.starts_with("$1\r\n0\r\n+OK\r\n-CROSSSLOT"), "{heard}");
    assert!(heard.contains("-EXECABORT"), "{heard}");
    assert!(!bench.is_open(link), "keys are still watched on it");
}

#[test]
fn more_keys_of_the_same_slot_are_watched_on_the_same_link() {
    let mut bench = Bench::new();
    let link = bench.watch();
    bench.say(&["WATCH {a}2", "WATCH b"]);
    assert_eq!(bench.written(link), commands(&["WATCH {a}2"]));
    bench.reply(link, "+OK\r\n");
    let crossslot = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";
    assert_eq!(bench.heard(), format!("+OK\r\n{crossslot}"));
    bench.exec();
    bench.reply(link, EXECUTED);
    assert_eq!(bench.heard(), RESULT);
}

#[test]
fn unwatch_and_discard_leave_a_clean_link() {
    for lines in [&["UNWATCH"][..], &["MULTI", "SET a 1", "DISCARD"]] {
        let mut bench = Bench::new();
        let link = bench.watch();
        bench.say(lines);
        assert_eq!(bench.written(link), commands(&["UNWATCH"]));
        bench.heard();
        bench.reply(link, "+OK\r\n");
        assert_eq!(bench.heard(), "+OK\r\n");
        // Without a watch it is an ordinary transaction.
        bench.exec();
        assert_eq!(bench.written(bench.link), commands(&BATCH));
        bench.reply(bench.link, EXECUTED);
        bench.heard();
        bench.say(&["WATCH a"]);
        assert_eq!(bench.written(link), commands(&["WATCH a"]));
    }
}

#[test]
fn a_link_on_which_keys_are_watched_is_not_given_to_others() {
    for line in ["RESET", "QUIT"] {
        let mut bench = Bench::new();
        let link = bench.watch();
        bench.say(&[line]);
        bench.heard();
        bench.rig.tick(10);
        assert!(!bench.is_open(link), "{line}");
    }
    let mut bench = Bench::new();
    let link = bench.watch();
    bench.rig.pipeline.handle_client_closed(bench.client);
    assert!(!bench.is_open(link));
    // A node that does not obey UNWATCH.
    let mut bench = Bench::new();
    let link = bench.watch();
    bench.say(&["UNWATCH"]);
    bench.reply(link, "-NOPERM no\r\n");
    assert_eq!(bench.heard(), "-NOPERM no\r\n");
    assert!(!bench.is_open(link));
}

#[test]
fn a_lost_watch_gives_null() {
    let mut bench = Bench::new();
    let link = bench.watch();
    bench.rig.pipeline.handle_link_closed(link, bench.rig.now);
    bench.exec();
    // The answer came with the rest, so the first two replies and this one were heard together.
    assert_eq!(bench.unwatched(), 1);
    assert!(bench.written(bench.link).is_empty());
    // It is over then.
    bench.exec();
    assert_eq!(bench.written(bench.link), commands(&BATCH));
    for lines in [
        &["UNWATCH"][..],
        &["WATCH {a}2", "UNWATCH"],
        &["MULTI", "DISCARD"],
    ] {
        let mut bench = Bench::new();
        let link = bench.watch();
        bench.rig.pipeline.handle_link_closed(link, bench.rig.now);
        bench.say(lines);
        assert_eq!(bench.heard(), "+OK\r\n".repeat(lines.len()));
        bench.exec();
        assert_eq!(bench.unwatched(), 0);
    }
}

#[test]
fn a_watch_is_not_taken_up_again_elsewhere() {
    let mut bench = Bench::new();
    let link = bench.watch();
    bench.rig.pipeline.handle_link_closed(link, bench.rig.now);
    bench.say(&["WATCH {a}2"]);
    assert_eq!(bench.heard(), "+OK\r\n");
    bench.say(&BATCH);
    assert_eq!(bench.heard(), format!("+OK\r\n{QUEUED}{NULL}"));
}

#[test]
fn a_link_lost_with_exec_on_it_gives_null_or_an_unknown_outcome() {
    let unknown = "the outcome of this command is unknown\r\n";
    let len = commands(&BATCH).len();
    for (written, replies, expected) in [
        (len - 1, "", NULL),
        (len, "", unknown),
        (len, "+OK\r\n+QUEUED\r\n", unknown),
        (len, "+OK\r\n-LOADING no\r\n", NULL),
    ] {
        let mut bench = Bench::new();
        let link = bench.watch();
        bench.exec();
        bench.rig.pipeline.handle_written(Peer::Link(link), written);
        bench.reply(link, replies);
        bench.rig.pipeline.handle_link_closed(link, bench.rig.now);
        bench.rig.act();
        let heard = bench.heard();
        assert!(heard.ends_with(expected), "{heard}");
        assert_eq!(bench.unwatched(), u64::from(expected == NULL));
        bench.rig.tick(2000);
        assert_eq!(bench.heard(), "");
    }
}

#[test]
fn a_slot_that_moved_gives_null() {
    let moved = format!("-MOVED {} 127.0.0.1:7001\r\n", Slot::of_key(b"a").number());
    for replies in [
        format!("+OK\r\n{moved}-EXECABORT no\r\n"),
        format!("+OK\r\n{QUEUED}{moved}"),
    ] {
        let mut bench = Bench::new();
        let link = bench.watch();
        bench.exec();
        bench.written(link);
        bench.reply(link, &replies);
        assert_eq!(bench.heard(), NULL);
        assert_eq!(bench.unwatched(), 1);
        // The client tries again, where the slot is now.
        bench.say(&["WATCH a"]);
        let link = bench.rig.link(7001);
        bench.rig.ready(7001);
        assert_eq!(bench.written(link), commands(&["WATCH a"]));
    }
    // More keys cannot be watched where the slot was.
    let mut bench = Bench::new();
    let link = bench.watch();
    bench.say(&["WATCH {a}2"]);
    bench.written(link);
    bench.reply(link, &moved);
    assert_eq!(bench.heard(), "+OK\r\n");
    assert!(!bench.is_open(link));
    bench.say(&BATCH);
    assert_eq!(bench.heard(), format!("+OK\r\n{QUEUED}{NULL}"));
}

#[test]
fn watch_itself_follows_redirects() {
    let slot = Slot::of_key(b"a").number();
    for (word, asking) in [("MOVED", false), ("ASK", true)] {
        let mut bench = Bench::new();
        bench.say(&["WATCH a"]);
        let first = bench.private();
        bench.written(first);
        bench.reply(first, &format!("-{word} {slot} 127.0.0.1:7001\r\n"));
        let second = bench.rig.ready(7001);
        let ask = if asking {
            commands(&["ASKING"])
        } else {
            Vec::new()
        };
        let expected = [ask.clone(), commands(&["WATCH a"])].concat();
        assert_eq!(bench.written(second), expected);
        let answers = if asking { "+OK\r\n+OK\r\n" } else { "+OK\r\n" };
        bench.reply(second, answers);
        assert_eq!(bench.heard(), "+OK\r\n");
        // What comes after it needs ASKING too, as long as the slot is on its way.
        bench.exec();
        assert_eq!(bench.written(second), [ask, commands(&BATCH)].concat());
    }
}

#[test]
fn a_watch_that_failed_is_a_lost_one() {
    let mut bench = Bench::new();
    bench.say(&["WATCH a"]);
    let link = bench.private();
    bench.written(link);
    bench.reply(link, "-NOPERM no\r\n");
    assert_eq!(bench.heard(), "-NOPERM no\r\n");
    bench.say(&BATCH);
    assert_eq!(bench.heard(), format!("+OK\r\n{QUEUED}{NULL}"));
    // Nor does one that no node took in time.
    let mut bench = Bench::new();
    bench.say(&["WATCH a"]);
    let link = bench.private();
    for _ in 0..200 {
        bench.rig.tick(10);
        if !bench.written(link).is_empty() {
            bench.reply(link, "-TRYAGAIN later\r\n");
        }
    }
    assert_eq!(bench.heard(), "-TRYAGAIN later\r\n");
    bench.say(&BATCH);
    assert_eq!(bench.heard(), format!("+OK\r\n{QUEUED}{NULL}"));
}

#[test]
fn clients_that_watch_are_bounded() {
    let mut config = Config::default();
    config.limits.private_links_max = 1;
    let mut bench = Bench::with(config);
    bench.watch();
    let other = bench.rig.client();
    let first = std::mem::replace(&mut bench.client, other);
    bench.say(&["WATCH a"]);
    assert!(bench.heard().contains("limits.private_links_max = 1"));
    bench.say(&BATCH);
    assert_eq!(bench.heard(), format!("+OK\r\n{QUEUED}{NULL}"));
    bench.client = first;
    bench.exec();
    assert_eq!(bench.unwatched(), 1);
}

#[test]
fn a_link_that_is_not_to_be_had_later_is_an_error_too() {
    let mut config = Config::default();
    config.limits.private_links_max = 1;
    let mut rig = Rig::new(config, &SlotMap::empty());
    let clients = [rig.client(), rig.client()];
    for client in clients {
        rig.send(client, &[b"WATCH", b"a"]);
    }
    rig.pipeline
        .handle_slot_map(&map(1, 7000, &[], &[]), rig.now);
    rig.tick(100);
    let mut heard = clients.map(|client| rig.written(Peer::Client(client)));
    heard.sort_by_key(Vec::len);
    let text = String::from_utf8_lossy(&heard[1]);
    assert!(heard[0].is_empty() && text.contains("limits.private_links_max = 1"));
}

#[test]
fn a_change_of_protocol_ends_the_watch() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    let client = rig.client();
    let mut bench = Bench { rig, client, link };
    bench.watch();
    bench
        .rig
        .pipeline
        .handle_client_bytes(client, &commands(&["HELLO 3"]), bench.rig.now);
    bench.rig.tick(3000);
    assert!(bench.heard().contains("proto"));
    bench.say(&BATCH);
    assert_eq!(bench.heard(), format!("+OK\r\n{QUEUED}_\r\n"));
}

impl Bench {
    /// The client waits at the second node; the link over which it does.
    fn wait_elsewhere(&mut self) -> LinkId {
        self.say(&["BLPOP b 1"]);
        let link = self.rig.ready(7001);
        assert_eq!(self.written(link), commands(&["BLPOP b 1"]));
        link
    }
}

#[test]
fn what_waits_at_another_node_leaves_the_watch_alone() {
    let mut bench = Bench::new();
    let link = bench.watch();
    let other = bench.wait_elsewhere();
    bench.reply(other, "*-1\r\n");
    assert_eq!(bench.heard(), NULL);
    // The same link, which was idle since.
    bench.say(&["BLPOP b 1"]);
    assert_eq!(bench.written(other), commands(&["BLPOP b 1"]));
    // What is behind it waits, and then finds the watch.
    bench.say(&["WATCH {a}2"]);
    assert!(bench.written(link).is_empty());
    bench.reply(other, "*-1\r\n");
    assert_eq!(bench.written(link), commands(&["WATCH {a}2"]));
    bench.reply(link, "+OK\r\n");
    assert_eq!(bench.heard(), format!("{NULL}+OK\r\n"));
    // At the node that watches it is the link that watches.
    bench.say(&["BLPOP a 1"]);
    assert_eq!(bench.written(link), commands(&["BLPOP a 1"]));
    bench.reply(link, "*-1\r\n");
    bench.heard();
    bench.exec();
    assert_eq!(bench.written(link), commands(&BATCH));
    bench.reply(link, EXECUTED);
    assert_eq!(bench.heard(), RESULT);
    assert_eq!(bench.unwatched(), 0);
    assert!(bench.is_open(link) && bench.is_open(other));
}

#[test]
fn a_wait_that_is_sent_back_to_the_node_that_watches_goes_over_its_link() {
    let mut bench = Bench::new();
    let link = bench.watch();
    let other = bench.wait_elsewhere();
    let slot = Slot::of_key(b"b").number();
    bench.reply(other, &format!("-MOVED {slot} 127.0.0.1:7000\r\n"));
    let sent = bench.written(link);
    assert!(sent.starts_with(b"*3\r\n$5\r\nBLPOP\r\n"), "{sent:?}");
    bench.reply(link, "*-1\r\n");
    assert_eq!(bench.heard(), NULL);
    bench.exec();
    assert_eq!(bench.written(link), commands(&BATCH));
}

#[test]
fn a_watch_that_is_lost_during_a_wait_elsewhere_is_lost() {
    let mut bench = Bench::new();
    let link = bench.watch();
    let other = bench.wait_elsewhere();
    bench.rig.pipeline.handle_link_closed(link, bench.rig.now);
    bench.rig.pipeline.check_invariants().unwrap();
    bench.reply(other, "*-1\r\n");
    assert_eq!(bench.heard(), NULL);
    bench.say(&BATCH);
    assert_eq!(bench.heard(), format!("+OK\r\n{QUEUED}{NULL}"));
    assert_eq!(bench.unwatched(), 1);
    // If the wait is lost, the watch is not.
    let mut bench = Bench::new();
    let link = bench.watch();
    let other = bench.wait_elsewhere();
    bench.rig.pipeline.handle_link_closed(other, bench.rig.now);
    bench.rig.tick(10);
    assert!(bench.heard().contains("unknown"));
    bench.exec();
    assert_eq!(bench.written(link), commands(&BATCH));
    // Who leaves leaves no link behind on which keys are watched, or something waits.
    let mut bench = Bench::new();
    let link = bench.watch();
    let other = bench.wait_elsewhere();
    bench.rig.pipeline.handle_client_closed(bench.client);
    bench.rig.pipeline.check_invariants().unwrap();
    assert!(!bench.is_open(link) && !bench.is_open(other));
}

#[test]
fn a_watch_stays_when_there_is_no_second_link_to_be_had() {
    let mut config = Config::default();
    config.limits.private_links_max = 1;
    let mut bench = Bench::with(config);
    let link = bench.watch();
    bench.say(&["BLPOP b 1"]);
    assert!(bench.heard().contains("limits.private_links_max = 1"));
    bench.exec();
    assert_eq!(bench.written(link), commands(&BATCH));
    assert_eq!(bench.unwatched(), 0);
}

#[test]
fn the_link_that_watches_changes_its_database_with_the_client() {
    let mut bench = Bench::new();
    let link = bench.watch();
    for (line, answer) in [
        ("SELECT 3", "+OK\r\n"),
        ("SELECT 99", "-ERR DB index is out of range\r\n"),
        ("SELECT 0", "+OK\r\n"),
        ("SELECT 4", "+OK\r\n"),
    ] {
        bench.say(&[line]);
        assert_eq!(bench.written(link), commands(&[line]));
        bench.reply(link, answer);
        assert_eq!(bench.heard(), answer);
    }
    bench.exec();
    assert_eq!(bench.written(link), commands(&BATCH));
    bench.reply(link, EXECUTED);
    assert_eq!(bench.heard(), RESULT);
    assert_eq!(bench.unwatched(), 0);
    // It is one of that database, and not for others.
    let other = bench.rig.client();
    bench.client = other;
    bench.say(&["WATCH a"]);
    assert!(bench.written(link).is_empty());
}
