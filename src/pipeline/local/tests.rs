//! What is kept per client and what concerns the clients of all workers, driven by hand.

mod acl;
mod monitor;

use std::io::IoSlice;
use std::time::Duration;

use super::super::{Action, ClientId, LinkId, Peer, Pipeline, Time};
use crate::cluster::{MapVersion, NodeAddr, Shard, Slot, SlotMap};
use crate::config::Config;
use crate::resp::write;

const MILLISECOND: u64 = 1_000_000;

/// Workers with one node, and control between them.
struct Rig {
    workers: Vec<Pipeline>,
    /// The link of each worker.
    links: Vec<LinkId>,
    closed: Vec<(usize, ClientId)>,
    /// Letters to control: who asked, and the question or the answer.
    questions: Vec<(usize, u64, Box<[u8]>)>,
    /// Lines to control: from whom, to whom, number of the first one, and the lines.
    lines: Vec<(usize, usize, u64, Box<[u8]>)>,
    now: Time,
}

impl Rig {
    fn new(workers: usize) -> Self {
        Self::with_settings(workers, &Config::default())
    }

    fn with_settings(workers: usize, config: &Config) -> Self {
        let mut map = SlotMap::empty();
        map.version = MapVersion(1);
        let shard = map
            .push_shard(Shard::at(NodeAddr::new("127.0.0.1", 7000)))
            .unwrap();
        map.set_range(Slot::FIRST, Slot::LAST, shard);
        let mut rig = Self {
            workers: Vec::new(),
            links: Vec::new(),
            closed: Vec::new(),
            questions: Vec::new(),
            lines: Vec::new(),
            now: Time(0),
        };
        for worker in 0..workers {
            let mut pipeline =
                Pipeline::new(config.clone(), worker, workers, Time(0), Duration::ZERO);
            pipeline.handle_slot_map(&map, rig.now);
            let Some(Action::Connect { link, .. }) = pipeline.poll_action() else {
                panic!("no link");
            };
            pipeline.handle_link_connected(link, rig.now);
            rig.workers.push(pipeline);
            rig.links.push(link);
            rig.written(worker, Peer::Link(link));
            rig.node(worker, b"+OK\r\n$22\r\nredis_version:7.0.15\r\n\r\n");
            rig.act();
        }
        rig
    }

    fn client(&mut self, worker: usize, port: u16) -> ClientId {
        let peer = ([10, 0, 0, 1], port).into();
        let local = ([10, 0, 0, 2], 7617).into();
        self.workers[worker]
            .handle_client_connected(peer, local, self.now)
            .unwrap()
    }

    fn act(&mut self) {
        for (worker, pipeline) in self.workers.iter_mut().enumerate() {
            while let Some(action) = pipeline.poll_action() {
                match action {
                    Action::CloseClient(id) => self.closed.push((worker, id)),
                    Action::Ask { id, question } => self.questions.push((worker, id, question)),
                    Action::Show { to, first, lines } => {
                        self.lines.push((worker, to, first, lines));
                    }
                    _ => {}
                }
            }
        }
    }

    /// Carries questions to the other workers and answers back, and lines.
    fn control(&mut self) {
        for (from, to, first, lines) in std::mem::take(&mut self.lines) {
            self.workers[to].handle_lines(from, first, &lines);
        }
        for (asker, id, question) in std::mem::take(&mut self.questions) {
            for worker in (0..self.workers.len()).filter(|worker| *worker != asker) {
                let answer = self.workers[worker].handle_question(asker, id, &question, self.now);
                self.workers[asker].handle_answer(id, answer.expect("an answer at once"));
            }
        }
        self.turn();
    }

    fn turn(&mut self) {
        for pipeline in &mut self.workers {
            pipeline.handle_resumable(self.now);
            pipeline.check_invariants().unwrap();
        }
        self.act();
    }

    fn tick(&mut self, millis: u64) {
        for _ in 0..millis / 10 {
            self.now.0 += 10 * MILLISECOND;
            for pipeline in &mut self.workers {
                pipeline.handle_timeout(self.now);
            }
            self.turn();
        }
    }

    fn node(&mut self, worker: usize, bytes: &[u8]) {
        let link = self.links[worker];
        self.workers[worker].handle_link_bytes(link, bytes, self.now);
    }

    fn written(&mut self, worker: usize, peer: Peer) -> String {
        let pipeline = &mut self.workers[worker];
        let mut all = Vec::new();
        loop {
            let mut slices = [IoSlice::new(&[]); 8];
            let filled = pipeline.output(peer, &mut slices);
            let bytes: Vec<u8> = slices[..filled].iter().flat_map(|s| s.to_vec()).collect();
            if bytes.is_empty() {
                return String::from_utf8(all).unwrap();
            }
            pipeline.handle_written(peer, bytes.len());
            all.extend(bytes);
        }
    }

    /// Sends lines of words in one piece; gives what is there to read at once.
    fn send(&mut self, worker: usize, client: ClientId, lines: &[&str]) -> String {
        let mut bytes = Vec::new();
        for line in lines {
            let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            write::request(&mut bytes, &words);
        }
        self.workers[worker].handle_client_bytes(client, &bytes, self.now);
        self.act();
        self.workers[worker].check_invariants().unwrap();
        self.written(worker, Peer::Client(client))
    }

    /// What the node was sent.
    fn sent(&mut self, worker: usize) -> String {
        let link = self.links[worker];
        self.written(worker, Peer::Link(link))
    }
}

// === CLIENT REPLY ===

#[test]
fn replies_that_are_not_wanted_do_not_come() {
    let mut rig = Rig::new(1);
    let client = rig.client(0, 1);
    let lines = [
        "GET a",
        "CLIENT REPLY OFF",
        "GET b",
        "PING",
        "NOSUCH",
        "GET",
        "CLIENT REPLY ON",
        "GET c",
    ];
    assert_eq!(rig.send(0, client, &lines), "");
    assert_eq!(rig.sent(0).matches("GET").count(), 3);
    rig.node(0, b"$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n");
    assert_eq!(
        rig.written(0, Peer::Client(client)),
        "$1\r\na\r\n+OK\r\n$1\r\nc\r\n"
    );
    assert_eq!(rig.send(0, client, &["PING"]), "+PONG\r\n");
    assert!(!rig.workers[0].specials, "nothing is left to remember");
}

#[test]
fn skip_is_for_the_next_request_alone() {
    let mut rig = Rig::new(1);
    let client = rig.client(0, 1);
    let lines = [
        "CLIENT REPLY SKIP",
        "GET a",
        "GET b",
        "CLIENT REPLY SKIP",
        "PING",
        "PING",
        "CLIENT REPLY SKIP",
        "CLIENT REPLY SKIP",
        "MGET a b",
        "GET c",
    ];
    assert_eq!(rig.send(0, client, &lines), "");
    rig.sent(0);
    rig.node(
        0,
        b"$1\r\na\r\n$1\r\nb\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n",
    );
    assert_eq!(
        rig.written(0, Peer::Client(client)),
        "$1\r\nb\r\n+PONG\r\n$1\r\nc\r\n"
    );
    assert_eq!(
        rig.send(0, client, &["CLIENT REPLY SKIP", "NOSUCH", "PING"]),
        "+PONG\r\n"
    );
    assert_eq!(
        rig.send(0, client, &["CLIENT REPLY maybe"]),
        "-ERR syntax error\r\n"
    );
    // It is for RESET too, which has ended OFF when it answers.
    assert_eq!(
        rig.send(0, client, &["CLIENT REPLY SKIP", "RESET", "PING"]),
        "+PONG\r\n"
    );
    assert_eq!(
        rig.send(0, client, &["CLIENT REPLY OFF", "RESET", "PING"]),
        "+RESET\r\n+PONG\r\n"
    );
}

#[test]
fn large_replies_that_are_not_wanted_are_not_kept() {
    let mut rig = Rig::new(1);
    let client = rig.client(0, 1);
    rig.send(0, client, &["GET a", "CLIENT REPLY SKIP", "GET b", "PING"]);
    rig.sent(0);
    let mut large = Vec::new();
    write::bulk(&mut large, &[b'x'; 100_000]);
    rig.node(0, b"$1\r\na\r\n");
    rig.node(0, &large);
    assert_eq!(rig.written(0, Peer::Client(client)), "$1\r\na\r\n+PONG\r\n");
    rig.tick(10);
    assert!(rig.workers[0].stats().counters.buffer_bytes < 50_000);
}

#[test]
fn a_client_that_wants_no_replies_may_leave() {
    let mut rig = Rig::new(1);
    let client = rig.client(0, 1);
    rig.send(0, client, &["CLIENT REPLY OFF", "GET a", "QUIT"]);
    rig.sent(0);
    rig.node(0, b"$1\r\na\r\n");
    rig.act();
    assert_eq!(rig.closed, [(0, client)]);
    assert!(!rig.workers[0].specials);
}

// === CLIENT PAUSE ===

#[test]
fn a_pause_holds_up_writes_or_all() {
    let mut rig = Rig::new(1);
    let (asker, other) = (rig.client(0, 1), rig.client(0, 2));
    assert_eq!(rig.send(0, asker, &["CLIENT PAUSE 100 WRITE"]), "+OK\r\n");
    assert_eq!(rig.send(0, other, &["PING"]), "+PONG\r\n");
    rig.send(0, other, &["GET a", "SET a 1", "PING"]);
    assert!(!rig.sent(0).contains("SET"));
    let info = rig.send(0, asker, &["INFO clients"]);
    assert!(info.contains("\r\nblocked_clients:1\r\n"), "{info}");
    rig.tick(90);
    assert!(!rig.sent(0).contains("SET"));
    rig.tick(20);
    assert!(rig.sent(0).contains("SET"));
    rig.node(0, b"$-1\r\n+OK\r\n");
    assert_eq!(
        rig.written(0, Peer::Client(other)),
        "$-1\r\n+OK\r\n+PONG\r\n"
    );
    assert_eq!(rig.send(0, asker, &["CLIENT PAUSE 60000"]), "+OK\r\n");
    assert_eq!(rig.send(0, other, &["PING"]), "");
    assert_eq!(rig.send(0, asker, &["CLIENT UNPAUSE"]), "+OK\r\n");
    rig.turn();
    assert_eq!(rig.written(0, Peer::Client(other)), "+PONG\r\n");
    assert!(!rig.workers[0].specials);
}

#[test]
fn a_pause_of_writes_holds_up_what_goes_to_replicas_too() {
    let mut rig = Rig::new(1);
    let (asker, other) = (rig.client(0, 1), rig.client(0, 2));
    rig.send(0, asker, &["CLIENT PAUSE 100 WRITE"]);
    rig.send(0, other, &["PFCOUNT h"]);
    assert!(!rig.sent(0).contains("PFCOUNT"));
    rig.tick(90);
    rig.tick(20);
    assert!(rig.sent(0).contains("PFCOUNT"));
}

#[test]
fn the_longer_and_stronger_pause_wins_and_a_drain_ends_it() {
    let mut rig = Rig::new(1);
    let (asker, other) = (rig.client(0, 1), rig.client(0, 2));
    rig.send(
        0,
        asker,
        &["CLIENT PAUSE 60000 ALL", "CLIENT PAUSE 1 WRITE"],
    );
    assert_eq!(rig.send(0, other, &["PING"]), "");
    rig.tick(1000);
    assert_eq!(rig.written(0, Peer::Client(other)), "");
    rig.workers[0].handle_drain(rig.now);
    rig.turn();
    assert_eq!(rig.written(0, Peer::Client(other)), "+PONG\r\n");
    rig.tick(200);
    rig.turn();
    assert!(rig.workers[0].is_drained());
}

#[test]
fn pause_errors() {
    let mut rig = Rig::new(1);
    let client = rig.client(0, 1);
    for (line, error) in [
        (
            "CLIENT PAUSE x",
            "ERR timeout is not an integer or out of range",
        ),
        ("CLIENT PAUSE -1", "ERR timeout is negative"),
        (
            "CLIENT PAUSE 1 SOME",
            "ERR CLIENT PAUSE mode must be WRITE or ALL",
        ),
    ] {
        assert_eq!(rig.send(0, client, &[line]), format!("-{error}\r\n"));
    }
}

// === all workers ===

#[test]
fn a_list_shows_the_clients_of_all_workers() {
    let mut rig = Rig::new(3);
    let asker = rig.client(0, 1);
    rig.client(1, 2);
    rig.client(2, 3);
    assert_eq!(
        rig.send(0, asker, &["PING", "CLIENT LIST", "PING"]),
        "+PONG\r\n"
    );
    rig.tick(100);
    assert_eq!(rig.written(0, Peer::Client(asker)), "", "not yet answered");
    rig.control();
    let text = rig.written(0, Peer::Client(asker));
    for port in 1..=3 {
        assert!(text.contains(&format!(" addr=10.0.0.1:{port} ")), "{text}");
    }
    assert_eq!(text.matches(" cmd=client|list ").count(), 1, "{text}");
    assert!(
        text.starts_with('$') && text.ends_with("\r\n+PONG\r\n"),
        "{text}"
    );
    assert_eq!(rig.send(0, asker, &["CLIENT LIST ID 2"]), "");
    rig.control();
    let text = rig.written(0, Peer::Client(asker));
    assert!(text.contains("id=2 ") && !text.contains("id=1 "), "{text}");
}

#[test]
fn clients_of_all_workers_are_killed() {
    let mut rig = Rig::new(2);
    let (asker, same, other) = (rig.client(0, 1), rig.client(0, 2), rig.client(1, 3));
    rig.send(0, asker, &["CLIENT KILL ADDR 10.0.0.1:3"]);
    rig.control();
    assert_eq!(rig.written(0, Peer::Client(asker)), ":1\r\n");
    assert_eq!(rig.closed, [(1, other)]);
    rig.send(0, asker, &["CLIENT KILL 10.0.0.1:3"]);
    rig.control();
    assert_eq!(
        rig.written(0, Peer::Client(asker)),
        "-ERR No such client\r\n"
    );
    rig.send(0, asker, &["CLIENT KILL TYPE normal"]);
    rig.control();
    assert_eq!(rig.written(0, Peer::Client(asker)), ":1\r\n");
    assert_eq!(rig.closed, [(1, other), (0, same)]);
    rig.send(0, asker, &["CLIENT KILL TYPE normal SKIPME no"]);
    rig.control();
    assert_eq!(rig.written(0, Peer::Client(asker)), ":1\r\n");
    rig.turn();
    assert_eq!(rig.closed.len(), 3, "the asker goes last");
    assert_eq!(rig.workers[0].stats().counters.closes_killed, 1);
}

#[test]
fn a_worker_that_does_not_answer_is_not_waited_for_long() {
    let mut rig = Rig::new(2);
    let client = rig.client(0, 1);
    rig.send(0, client, &["CLIENT LIST", "PING"]);
    rig.questions.clear();
    rig.tick(900);
    assert_eq!(rig.written(0, Peer::Client(client)), "");
    rig.tick(200);
    let text = rig.written(0, Peer::Client(client));
    assert!(text.starts_with("-ERR corelane: not all workers"), "{text}");
    assert!(text.ends_with("+PONG\r\n"), "{text}");
    assert_eq!(rig.workers[0].stats().counters.errors_workers_late, 1);
    // Answers that come too late, or to nobody, change nothing.
    rig.workers[0].handle_answer(1, Box::default());
    rig.send(0, client, &["CLIENT LIST"]);
    rig.workers[0].handle_client_closed(client);
    rig.control();
}

#[test]
fn a_pause_is_for_the_clients_of_all_workers() {
    let mut rig = Rig::new(2);
    let (asker, other) = (rig.client(0, 1), rig.client(1, 2));
    rig.send(0, asker, &["CLIENT PAUSE 60000"]);
    rig.control();
    assert_eq!(rig.written(0, Peer::Client(asker)), "+OK\r\n");
    assert_eq!(rig.send(1, other, &["PING"]), "");
    rig.send(0, asker, &["CLIENT UNPAUSE"]);
    rig.control();
    assert_eq!(rig.written(0, Peer::Client(asker)), "+OK\r\n");
    assert_eq!(rig.written(1, Peer::Client(other)), "+PONG\r\n");
}

#[test]
fn questions_are_limited() {
    let mut rig = Rig::new(2);
    let clients: Vec<ClientId> = (0..65).map(|port| rig.client(0, port)).collect();
    let replies: Vec<String> = clients
        .iter()
        .map(|client| rig.send(0, *client, &["CLIENT LIST"]))
        .collect();
    assert!(replies[..64].iter().all(String::is_empty));
    assert!(
        replies[64].starts_with("-ERR corelane: too many"),
        "{}",
        replies[64]
    );
}

// === MONITOR ===

#[test]
fn a_monitor_sees_requests_without_secrets() {
    let mut rig = Rig::new(1);
    let (monitor, client) = (rig.client(0, 1), rig.client(0, 2));
    assert_eq!(rig.send(0, monitor, &["MONITOR"]), "+OK\r\n");
    let lines = [
        "GET a",
        "AUTH geheim",
        "HELLO 3 AUTH default geheim",
        "NOSUCH geheim",
        "CLIENT LIST",
        "DEBUG geheim",
    ];
    rig.send(0, client, &lines);
    rig.sent(0);
    rig.node(0, b"$-1\r\n");
    rig.turn();
    let seen = rig.written(0, Peer::Client(monitor));
    assert!(!seen.contains("geheim"), "{seen}");
    let seen: Vec<&str> = seen.lines().collect();
    assert!(
        seen[0].starts_with("+0.000000 [0 10.0.0.1:2] \"GET\" \"a\""),
        "{seen:?}"
    );
    assert!(seen[1].ends_with("\"AUTH\" \"(redacted)\""), "{seen:?}");
    assert!(
        seen[2].ends_with("\"HELLO\" \"3\" \"AUTH\" \"(redacted)\" \"(redacted)\""),
        "{seen:?}"
    );
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(rig.send(0, monitor, &["RESET"]).starts_with("+RESET\r\n"));
    rig.send(0, client, &["PING"]);
    assert_eq!(rig.send(0, monitor, &["PING"]), "+PONG\r\n");
    assert!(!rig.workers[0].specials);
}

#[test]
fn a_slow_monitor_is_closed() {
    let mut rig = Rig::new(1);
    let (monitor, client) = (rig.client(0, 1), rig.client(0, 2));
    rig.send(0, monitor, &["MONITOR"]);
    let long = format!("ECHO {}", "x".repeat(1000));
    let mut sent = 0;
    while rig.closed.is_empty() && sent < 20_000 {
        rig.send(0, client, &[&long]);
        sent += 1;
    }
    assert_eq!(rig.closed, [(0, monitor)]);
    assert!(sent > 5_000, "{sent}");
    assert_eq!(rig.workers[0].stats().counters.closes_monitor, 1);
    assert!(!rig.workers[0].specials);
    assert!(rig.send(0, client, &["PING"]).ends_with("+PONG\r\n"));
}

// === state of one client ===

#[test]
fn reset_takes_all_modes_back() {
    let mut rig = Rig::new(1);
    let client = rig.client(0, 1);
    let lines = [
        "READONLY",
        "CLIENT NO-EVICT on",
        "CLIENT NO-TOUCH ON",
        "ASKING",
        "CLIENT SETNAME me",
        "CLIENT SETINFO LIB-NAME mine",
        "CLIENT CAPA redirect",
    ];
    assert_eq!(rig.send(0, client, &lines), "+OK\r\n".repeat(7));
    let info = rig.send(0, client, &["CLIENT INFO"]);
    assert!(
        info.contains(" flags=reT ")
            && info.contains(" name=me ")
            && info.contains(" cmd=client|info "),
        "{info}"
    );
    rig.send(0, client, &["CLIENT REPLY OFF"]);
    assert_eq!(rig.send(0, client, &["RESET"]), "+RESET\r\n");
    let info = rig.send(0, client, &["CLIENT INFO"]);
    assert!(
        info.contains(" flags=N ") && info.contains(" name= "),
        "{info}"
    );
    assert!(info.contains(" lib-name=mine "), "{info}");
    assert!(!rig.workers[0].specials);
}

// === CLUSTER ===

#[test]
fn keys_in_a_slot_are_asked_of_its_owner() {
    let mut rig = Rig::new(1);
    let client = rig.client(0, 1);
    let lines = ["CLUSTER COUNTKEYSINSLOT 5", "CLUSTER COUNTKEYSINSLOT 99999"];
    assert_eq!(rig.send(0, client, &lines), "");
    assert!(rig.sent(0).contains("COUNTKEYSINSLOT\r\n$1\r\n5\r\n"));
    rig.node(0, b":7\r\n");
    assert_eq!(
        rig.written(0, Peer::Client(client)),
        ":7\r\n-ERR Invalid slot\r\n"
    );
}

#[test]
fn the_facade_shows_where_the_client_came_to_or_what_settings_say() {
    let mut rig = Rig::new(1);
    let client = rig.client(0, 1);
    let nodes = rig.send(0, client, &["CLUSTER NODES"]);
    assert!(
        nodes.contains(" 10.0.0.2:7617@17617 myself,master "),
        "{nodes}"
    );
    let settings = &mut rig.workers[0].config.clients;
    settings.announce_host = Some("cache.example".to_owned());
    settings.announce_port = Some(6379);
    let slots = rig.send(0, client, &["CLUSTER SLOTS"]);
    assert!(
        slots.starts_with(
            "*1\r\n*3\r\n:0\r\n:16383\r\n*4\r\n$13\r\ncache.example\r\n:6379\r\n$40\r\n"
        ),
        "{slots}"
    );
    // One with TLS is told where TLS is: not where others are sent.
    for (listen, told, expected) in [
        ("0.0.0.0:7617", None, 7617),
        ("10.0.0.2:7617", Some(6380), 6380),
        ("10.0.0.3:7617", Some(6380), 6379),
        ("10.0.0.2:7618", Some(6380), 6379),
    ] {
        let config = &mut rig.workers[0].config;
        config.tls.listen = vec![listen.parse().unwrap()];
        config.clients.announce_tls_port = told;
        let slots = rig.send(0, client, &["CLUSTER SLOTS"]);
        assert!(
            slots.contains(&format!("\r\n:{expected}\r\n$40")),
            "{slots}"
        );
    }
    let info = rig.send(0, client, &["CLUSTER INFO"]);
    assert!(info.contains("cluster_state:ok\r\n"), "{info}");
    let error = rig.send(0, client, &["CLUSTER REPLICAS abc"]);
    assert_eq!(error, "-ERR Unknown node abc\r\n");
}
