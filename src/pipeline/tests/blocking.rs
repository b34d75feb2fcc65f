//! Requests that wait at a node: their own links, redirects with the time that is left, what ends them.

use super::{MILLISECOND, Rig, addr, map, request};
use crate::config::Config;
use crate::pipeline::{ClientId, Intake, LinkId, Peer, Time};

/// A client at a proxy for two nodes; all slots are the first one's.
pub(super) struct Wait {
    pub(super) rig: Rig,
    pub(super) client: ClientId,
    pub(super) shared: LinkId,
}

/// How the first connection of a client's own is called by its node.
const CONNECTION: &str = "77";

impl Wait {
    pub(super) fn new() -> Self {
        Self::with(Config::default())
    }

    pub(super) fn with(config: Config) -> Self {
        let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
        let shared = rig.ready(7000);
        let client = rig.client();
        Self {
            rig,
            client,
            shared,
        }
    }

    pub(super) fn send(&mut self, words: &str) {
        let args: Vec<&[u8]> = words.split(' ').map(str::as_bytes).collect();
        self.rig.pipeline.handle_resumable(self.rig.now);
        self.rig.send(self.client, &args);
        self.rig.pipeline.check_invariants().unwrap();
    }

    /// Lets the newest link to a node come up, which must be a client's own: it asks for its number.
    pub(super) fn ready_private(&mut self, port: u16) -> LinkId {
        let link = self.rig.link(port);
        self.rig.pipeline.handle_link_connected(link, self.rig.now);
        let said = text(self.rig.written(Peer::Link(link)));
        assert!(said.contains("CLIENT ID"), "{said}");
        self.rig
            .reply(link, format!(":{CONNECTION}\r\n+OK\r\n+OK\r\n").as_bytes());
        link
    }

    /// What waits to be written to a link, as words.
    pub(super) fn to(&mut self, link: LinkId) -> String {
        text(self.rig.written(Peer::Link(link)))
    }

    pub(super) fn got(&mut self) -> String {
        String::from_utf8(self.rig.written(Peer::Client(self.client))).unwrap()
    }

    pub(super) fn reply(&mut self, link: LinkId, bytes: &str) {
        self.rig.reply(link, bytes.as_bytes());
        self.rig.pipeline.handle_resumable(self.rig.now);
        self.rig.act();
        self.rig.pipeline.check_invariants().unwrap();
    }

    pub(super) fn private_links(&self) -> u64 {
        self.rig.pipeline.stats().counters.links_private_now
    }

    pub(super) fn waiting(&self) -> u64 {
        self.rig.pipeline.stats().counters.clients_waiting
    }

    pub(super) fn counters(&self) -> crate::metrics::WorkerCounters {
        self.rig.pipeline.stats().counters
    }
}

/// Words of requests, one after the other.
fn text(bytes: Vec<u8>) -> String {
    let text = String::from_utf8(bytes).unwrap();
    let lines = text.split("\r\n");
    let is_header = |line: &str| line.len() > 1 && line.starts_with(['*', '$']);
    let words = lines.filter(|line| !line.is_empty() && !is_header(line));
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_request_that_waits_has_a_link_of_its_own() {
    let mut wait = Wait::new();
    wait.send("BLPOP q 0");
    let own = wait.ready_private(7000);
    assert_ne!(own, wait.shared);
    assert_eq!(wait.to(own), "BLPOP q 0");
    assert_eq!((wait.private_links(), wait.waiting()), (1, 1));
    let other = wait.rig.client();
    wait.rig.send(other, &[b"GET", b"q"]);
    assert_eq!(wait.to(wait.shared), "GET q");
    // An hour is nothing.
    wait.rig.now = Time(wait.rig.now.0 + 3_600_000 * MILLISECOND);
    wait.reply(wait.shared, "$-1\r\n");
    wait.rig.tick(2000);
    assert_eq!(wait.got(), "");
    wait.reply(own, "*2\r\n$1\r\nq\r\n$1\r\nx\r\n");
    assert_eq!(wait.got(), "*2\r\n$1\r\nq\r\n$1\r\nx\r\n");
    assert_eq!((wait.private_links(), wait.waiting()), (1, 0));
    // The link is used again, and closed when it is not.
    wait.send("BRPOP q 1");
    assert_eq!(wait.to(own), "BRPOP q 1");
    wait.reply(own, "*-1\r\n");
    assert_eq!(wait.got(), "*-1\r\n");
    wait.rig.tick(12_000);
    assert_eq!((wait.private_links(), wait.waiting()), (0, 0));
    assert_eq!(wait.rig.closed_links, [own]);
    // Only the GET is in the latencies.
    assert_eq!(wait.rig.pipeline.stats().latency.count(), 1);
}

#[test]
fn a_wait_ends_with_its_reply_whatever_comes_behind() {
    let mut wait = Wait::new();
    wait.send("BLPOP q 0");
    let own = wait.ready_private(7000);
    assert_eq!(wait.to(own), "BLPOP q 0");
    wait.reply(own, "*-1\r\n+nobody asked\r\n");
    assert_eq!(wait.got(), "*-1\r\n");
    assert_eq!(wait.rig.closed_links, [own]);
    assert_eq!((wait.private_links(), wait.waiting()), (0, 0));
    wait.rig.tick(50);
    wait.send("BLPOP q 1");
    let own = wait.ready_private(7000);
    assert_eq!(wait.to(own), "BLPOP q 1");
    assert_eq!((wait.private_links(), wait.waiting()), (1, 1));
}

#[test]
fn it_comes_after_what_was_before_and_before_what_comes_after() {
    let mut wait = Wait::new();
    let mut all = request(&[b"GET", b"q"]);
    all.extend(request(&[b"BLPOP", b"q", b"0"]));
    all.extend(request(&[b"GET", b"r"]));
    wait.rig
        .pipeline
        .handle_client_bytes(wait.client, &all, wait.rig.now);
    wait.rig.act();
    assert_eq!(wait.to(wait.shared), "GET q");
    assert_eq!(wait.waiting(), 0);
    wait.reply(wait.shared, "$1\r\n1\r\n");
    assert_eq!(wait.got(), "$1\r\n1\r\n");
    let own = wait.ready_private(7000);
    assert_eq!(wait.to(own), "BLPOP q 0");
    wait.send("GET s");
    assert_eq!(wait.to(wait.shared), "");
    wait.reply(own, "*-1\r\n");
    assert_eq!(wait.to(wait.shared), "GET r GET s");
    wait.reply(wait.shared, "$1\r\n2\r\n$1\r\n3\r\n");
    assert_eq!(wait.got(), "*-1\r\n$1\r\n2\r\n$1\r\n3\r\n");
}

#[test]
fn a_slot_that_moves_is_followed_with_the_time_that_is_left() {
    let slot = crate::cluster::Slot::of_key(b"q").number();
    let moved = format!("-MOVED {slot} 127.0.0.1:7001\r\n");
    let ask = format!("-ASK {slot} 127.0.0.1:7001\r\n");
    let rows = [
        (&moved, "BLPOP q 5", "BLPOP q 3.000"),
        (&ask, "BLPOP q 5", "ASKING BLPOP q 3.000"),
        (&moved, "BLPOP q 0", "BLPOP q 0"),
        (&moved, "BLPOP q 1.5", "BLPOP q 0.001"),
        (
            &moved,
            "XREAD BLOCK 5000 STREAMS q $",
            "XREAD BLOCK 3000 STREAMS q $",
        ),
        (&moved, "BZMPOP 5 1 q MIN", "BZMPOP 3.000 1 q MIN"),
    ];
    for (redirect, sent, followed) in rows {
        let mut wait = Wait::new();
        wait.send(sent);
        let first = wait.ready_private(7000);
        assert_eq!(wait.to(first), sent);
        wait.rig.tick(2000);
        wait.reply(first, redirect);
        assert_eq!(wait.waiting(), 1, "{sent}");
        let second = wait.ready_private(7001);
        assert_eq!(wait.to(second), followed);
        // It is not lost when the server takes its time.
        wait.rig.tick(3500);
        let asked = if followed.starts_with("ASKING") {
            "+OK\r\n"
        } else {
            ""
        };
        if sent.ends_with("1.5") {
            assert!(wait.got().contains("outcome of this command is unknown"));
            continue;
        }
        wait.reply(second, &format!("{asked}*-1\r\n"));
        assert_eq!(wait.got(), "*-1\r\n", "{sent}");
        // The first one was given back and may have been used again or closed.
        wait.rig.tick(12_000);
        assert_eq!(wait.private_links(), 0, "{sent}");
    }
}

#[test]
fn a_demoted_primary_sends_its_waiting_clients_away() {
    let mut wait = Wait::new();
    wait.send("BLPOP q 0");
    let first = wait.ready_private(7000);
    wait.to(first);
    wait.rig.tick(5000);
    wait.reply(
        first,
        "-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)\r\n",
    );
    assert_eq!(wait.got(), "");
    // The server closes it, so nothing else may go over it.
    assert_eq!(wait.rig.closed_links, [first]);
    wait.rig
        .pipeline
        .handle_slot_map(&map(2, 7001, &[], &[]), wait.rig.now);
    wait.rig.act();
    let second = wait.ready_private(7001);
    assert_eq!(wait.to(second), "BLPOP q 0");
    wait.reply(second, "*-1\r\n");
    assert_eq!(wait.got(), "*-1\r\n");
    assert_eq!(wait.counters().retries_unblocked, 1);
}

#[test]
fn unblocked_by_command_is_an_answer() {
    let mut wait = Wait::new();
    wait.send("BLPOP q 0");
    let own = wait.ready_private(7000);
    wait.reply(own, "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
    assert_eq!(
        wait.got(),
        "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"
    );
    // On shared links the other text is an answer, too.
    wait.send("GET q");
    wait.reply(wait.shared, "-UNBLOCKED force unblock from what\r\n");
    assert_eq!(wait.got(), "-UNBLOCKED force unblock from what\r\n");
}

#[test]
fn a_cluster_that_is_down_is_not_waited_for_longer_than_usual() {
    let mut wait = Wait::new();
    wait.send("BLPOP q 0");
    let own = wait.ready_private(7000);
    wait.to(own);
    wait.rig.tick(5000);
    for _ in 0..40 {
        wait.reply(own, "-CLUSTERDOWN The cluster is down\r\n");
        wait.rig.tick(80);
        if wait.to(own).is_empty() {
            break;
        }
    }
    assert_eq!(wait.got(), "-CLUSTERDOWN The cluster is down\r\n");
    assert_eq!(wait.waiting(), 0);
    assert!(wait.counters().retries_clusterdown < 20);
}

#[test]
fn a_lost_link_ends_a_write_and_not_a_read() {
    let mut wait = Wait::new();
    wait.send("BLPOP q 5");
    let own = wait.ready_private(7000);
    wait.to(own);
    wait.rig.tick(2000);
    wait.rig.pipeline.handle_link_closed(own, wait.rig.now);
    wait.rig.act();
    assert!(wait.got().contains("outcome of this command is unknown"));
    assert_eq!((wait.private_links(), wait.waiting()), (0, 0));
    wait.rig.tick(100);

    wait.send("XREAD BLOCK 5000 STREAMS q 0");
    let own = wait.ready_private(7000);
    wait.to(own);
    wait.rig.tick(2000);
    wait.rig.pipeline.handle_link_closed(own, wait.rig.now);
    wait.rig.act();
    assert_eq!((wait.got().as_str(), wait.waiting()), ("", 1));
    wait.rig.tick(30);
    let again = wait.ready_private(7000);
    assert_eq!(wait.to(again), "XREAD BLOCK 2970 STREAMS q 0");
    wait.reply(again, "*-1\r\n");
    assert_eq!(wait.got(), "*-1\r\n");
}

/// A node that closes all of its connections at once is tried again as soon as one that closes one.
#[test]
fn links_that_are_lost_together_are_one_failure() {
    let mut wait = Wait::new();
    let mut lost = vec![wait.shared];
    for _ in 0..20 {
        wait.client = wait.rig.client();
        wait.send("BLPOP q 0");
        let own = wait.ready_private(7000);
        assert_eq!(wait.to(own), "BLPOP q 0");
        lost.push(own);
    }
    wait.client = wait.rig.client();
    for link in lost {
        wait.rig.pipeline.handle_link_closed(link, wait.rig.now);
    }
    wait.rig.act();
    let opened = wait.rig.links.len();
    wait.send("GET k");
    wait.rig.tick(100);
    assert!(
        wait.rig.links.len() > opened,
        "the node is tried again at once"
    );
    let again = wait.rig.ready(7000);
    assert_eq!(wait.to(again), "GET k");
    // What is refused again and again is another matter.
    for _ in 0..5 {
        let link = wait.rig.link(7000);
        wait.rig.pipeline.handle_link_closed(link, wait.rig.now);
        wait.rig.tick(400);
    }
    let opened = wait.rig.links.len();
    wait.rig.tick(100);
    assert_eq!(wait.rig.links.len(), opened, "pauses grow");
}

#[test]
fn a_client_that_leaves_takes_its_wait_along() {
    for how in ["lost", "ended", "killed"] {
        let mut wait = Wait::new();
        wait.send("BLPOP q 0");
        let own = wait.ready_private(7000);
        wait.to(own);
        let intake = wait.rig.pipeline.intake(Peer::Client(wait.client));
        assert_eq!(intake, Intake::Small, "its end has to be noticed");
        match how {
            "lost" => wait.rig.pipeline.handle_client_closed(wait.client),
            "ended" => wait
                .rig
                .pipeline
                .handle_client_end(wait.client, wait.rig.now),
            _ => {
                let other = wait.rig.client();
                wait.rig.send(other, &[b"CLIENT", b"KILL", b"ID", b"1"]);
            }
        }
        wait.rig.act();
        assert_eq!(wait.rig.closed_links, [own], "{how}");
        assert_eq!((wait.private_links(), wait.waiting()), (0, 0), "{how}");
        wait.rig.pipeline.check_invariants().unwrap();
    }
}

/// What it has sent behind the request that waits is kept up to a limit; its end is wanted also after that.
#[test]
fn a_client_that_leaves_with_much_behind_its_wait_takes_it_along_too() {
    for (words, how) in [
        ("BLPOP q 0", "ended"),
        ("BLPOP q 0", "lost"),
        ("BLPOP q 0", "served"),
        ("XREAD BLOCK 0 STREAMS s $", "ended"),
    ] {
        let mut wait = Wait::new();
        wait.send(words);
        let own = wait.ready_private(7000);
        assert_eq!(wait.to(own), words);
        let behind = "x".repeat(20_000);
        let peer = Peer::Client(wait.client);
        wait.send(&format!("ECHO {behind}"));
        assert_eq!(wait.rig.pipeline.intake(peer), Intake::Small);
        for _ in 1..53 {
            wait.send(&format!("ECHO {behind}"));
        }
        assert_eq!(wait.rig.pipeline.intake(peer), Intake::OnlyEnd);
        let (client, now) = (wait.client, wait.rig.now);
        match how {
            "ended" => wait.rig.pipeline.handle_client_end(client, now),
            "lost" => wait.rig.pipeline.handle_client_closed(client),
            _ => {
                wait.reply(own, "*2\r\n$1\r\nq\r\n$1\r\nv\r\n");
                let mut echoed = 0;
                while echoed < 53 {
                    let got = wait.got();
                    assert!(!got.is_empty(), "after {echoed}");
                    echoed += got.matches(&behind).count();
                    wait.rig.pipeline.handle_resumable(wait.rig.now);
                }
                assert_eq!(wait.rig.pipeline.intake(peer), Intake::Small);
                continue;
            }
        }
        wait.rig.act();
        assert_eq!(wait.rig.closed_links, [own], "{how}");
        assert_eq!((wait.private_links(), wait.waiting()), (0, 0), "{how}");
        wait.rig.pipeline.check_invariants().unwrap();
    }
}

#[test]
fn a_client_that_has_ended_does_not_begin_to_wait() {
    let mut wait = Wait::new();
    let mut all = request(&[b"GET", b"q"]);
    all.extend(request(&[b"BLPOP", b"q", b"0"]));
    wait.rig
        .pipeline
        .handle_client_bytes(wait.client, &all, wait.rig.now);
    wait.rig
        .pipeline
        .handle_client_end(wait.client, wait.rig.now);
    wait.reply(wait.shared, "$-1\r\n");
    assert_eq!(wait.got(), "$-1\r\n");
    wait.rig.act();
    assert_eq!(wait.rig.closed, [wait.client]);
    assert_eq!(wait.private_links(), 0);
}

#[test]
fn waiting_is_not_idling() {
    let mut config = Config::default();
    config.clients.client_timeout = std::time::Duration::from_secs(2);
    let mut wait = Wait::with(config);
    wait.send("BLPOP q 0");
    let own = wait.ready_private(7000);
    wait.to(own);
    wait.rig.tick(10_000);
    wait.reply(own, "*-1\r\n");
    wait.rig.tick(1000);
    assert_eq!(wait.got(), "*-1\r\n");
    assert!(wait.rig.closed.is_empty());
    wait.rig.tick(3000);
    assert_eq!(wait.rig.closed, [wait.client]);
}

#[test]
fn private_links_are_bounded() {
    let mut config = Config::default();
    config.limits.private_links_max = 1;
    let mut wait = Wait::with(config);
    wait.send("BLPOP q 0");
    let own = wait.ready_private(7000);
    let other = wait.rig.client();
    wait.rig.send(other, &[b"BLPOP", b"q", b"0"]);
    let text = wait.rig.written(Peer::Client(other));
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.starts_with("-ERR corelane: too many clients"),
        "{text}"
    );
    assert!(text.contains("limits.private_links_max = 1"), "{text}");
    assert_eq!(wait.counters().errors_private_links, 1);
    assert_eq!((wait.private_links(), wait.waiting()), (1, 1));
    // One that is idle makes room, whoever had it.
    wait.reply(own, "*-1\r\n");
    wait.rig
        .pipeline
        .handle_slot_map(&map(2, 7000, &[], &[(b"r", 7001)]), wait.rig.now);
    wait.rig.act();
    wait.rig.ready(7001);
    wait.rig.send(other, &[b"BLPOP", b"r", b"0"]);
    assert_eq!(wait.rig.closed_links, [own]);
    let own = wait.ready_private(7001);
    assert_eq!(wait.to(own), "BLPOP r 0");
    wait.rig.pipeline.check_invariants().unwrap();
}

#[test]
fn a_node_that_lost_the_slot_is_not_waited_for() {
    let mut wait = Wait::new();
    wait.send("BLPOP q 0");
    let own = wait.ready_private(7000);
    wait.to(own);
    wait.rig
        .pipeline
        .handle_slot_map(&map(2, 7000, &[], &[(b"q", 7001)]), wait.rig.now);
    wait.rig.tick(2500);
    assert_eq!(wait.got(), "", "it has time to say so itself");
    wait.rig.tick(1000);
    assert!(wait.got().contains("outcome of this command is unknown"));
    assert_eq!((wait.private_links(), wait.waiting()), (0, 0));
}

#[test]
fn a_node_that_left_may_still_answer_a_wait() {
    let mut wait = Wait::new();
    wait.send("BLPOP q 0");
    let own = wait.ready_private(7000);
    wait.to(own);
    let others = map(2, 7001, &[], &[]);
    wait.rig.pipeline.handle_slot_map(&others, wait.rig.now);
    wait.reply(own, "*2\r\n$1\r\nq\r\n$1\r\nx\r\n");
    assert_eq!(wait.got(), "*2\r\n$1\r\nq\r\n$1\r\nx\r\n");
    assert_eq!((wait.private_links(), wait.waiting()), (0, 0));
}

#[test]
fn the_server_words_what_is_wrong() {
    let mut wait = Wait::new();
    wait.send("BLPOP q x");
    let own = wait.ready_private(7000);
    assert_eq!(wait.to(own), "BLPOP q x");
    assert_eq!(wait.waiting(), 0);
    wait.reply(own, "-ERR timeout is not a float or out of range\r\n");
    assert_eq!(
        wait.got(),
        "-ERR timeout is not a float or out of range\r\n"
    );
    wait.send("BLPOP q r 0");
    assert_eq!(
        wait.got(),
        "-CROSSSLOT Keys in request don't hash to the same slot\r\n"
    );
    // Without BLOCK nothing waits.
    wait.send("XREAD STREAMS q 0");
    assert_eq!(wait.to(wait.shared), "XREAD STREAMS q 0");
}

#[test]
fn a_time_that_is_over_is_the_servers_affair_for_a_while() {
    let mut wait = Wait::new();
    wait.send("BLPOP q 2");
    let own = wait.ready_private(7000);
    wait.to(own);
    wait.rig.tick(2900);
    assert_eq!(wait.got(), "");
    wait.rig.tick(200);
    let text = wait.got();
    assert!(text.contains("gave no reply within 3000 ms"), "{text}");
    assert!(
        text.contains("outcome of this command is unknown"),
        "{text}"
    );
    assert_eq!(wait.counters().errors_timeout, 1);
    assert_eq!((wait.private_links(), wait.waiting()), (0, 0));
    assert_eq!(addr(7000), wait.rig.links[0].1);
}
