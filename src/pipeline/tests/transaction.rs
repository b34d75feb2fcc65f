//! MULTI and EXEC without WATCH: what is queued, what is sent, and what comes of refusals and lost links.

use super::{Rig, addr, map, request};
use crate::cluster::Slot;
use crate::config::Config;
use crate::pipeline::{ClientId, LinkId, Peer};

pub(super) const QUEUED: &str = "+QUEUED\r\n";
pub(super) const UNKNOWN: &str = "the outcome of this command is unknown\r\n";

/// The bytes of some commands, written as words.
pub(super) fn commands(lines: &[&str]) -> Vec<u8> {
    let line = |line: &&str| request(&line.split(' ').map(str::as_bytes).collect::<Vec<_>>());
    lines.iter().flat_map(line).collect()
}

/// One client and one node that owns everything but the slot of `b`.
pub(super) struct Bench {
    pub(super) rig: Rig,
    pub(super) client: ClientId,
    pub(super) link: LinkId,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(Config::default())
    }

    pub(super) fn with(config: Config) -> Self {
        let mut rig = Rig::new(config, &map(1, 7000, &[], &[(b"b", 7001)]));
        let link = rig.ready(7000);
        rig.ready(7001);
        let client = rig.client();
        Self { rig, client, link }
    }

    /// The client sends commands, all in one piece.
    pub(super) fn say(&mut self, lines: &[&str]) {
        let bytes = commands(lines);
        let rig = &mut self.rig;
        rig.pipeline
            .handle_client_bytes(self.client, &bytes, rig.now);
        rig.act();
        rig.pipeline.check_invariants().unwrap();
    }

    /// A node answers; then whatever was waiting for that goes on.
    pub(super) fn reply(&mut self, link: LinkId, text: &str) {
        self.rig.reply(link, text.as_bytes());
        self.rig.pipeline.handle_resumable(self.rig.now);
        self.rig.act();
        self.rig.pipeline.check_invariants().unwrap();
    }

    pub(super) fn heard(&mut self) -> String {
        String::from_utf8(self.rig.written(Peer::Client(self.client))).unwrap()
    }

    pub(super) fn written(&mut self, link: LinkId) -> Vec<u8> {
        self.rig.written(Peer::Link(link))
    }

    /// A transaction that was queued, sent, and of which nothing is answered.
    pub(super) fn sent() -> Self {
        let mut bench = Self::new();
        bench.say(&["MULTI", "SET a 1", "GET a", "EXEC"]);
        assert_eq!(bench.heard(), format!("+OK\r\n{QUEUED}{QUEUED}"));
        assert_eq!(bench.written(bench.link), commands(&WHOLE));
        bench
    }

    pub(super) fn counters(&self) -> crate::metrics::WorkerCounters {
        self.rig.pipeline.stats().counters
    }
}

pub(super) const WHOLE: [&str; 4] = ["MULTI", "SET a 1", "GET a", "EXEC"];
pub(super) const EXECUTED: &str = "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n$1\r\n1\r\n";
pub(super) const RESULTS: &str = "*2\r\n+OK\r\n$1\r\n1\r\n";

#[test]
fn what_is_queued_goes_out_as_one_batch() {
    let mut bench = Bench::new();
    bench.say(&["GET x", "MULTI", "SET a 1"]);
    assert_eq!(bench.written(bench.link), commands(&["GET x"]));
    bench.say(&["GET a"]);
    assert!(bench.written(bench.link).is_empty());
    bench.say(&["EXEC", "GET y"]);
    let both = [commands(&WHOLE), commands(&["GET y"])].concat();
    assert_eq!(bench.written(bench.link), both);
    assert!(bench.heard().is_empty(), "GET x is not answered yet");
    bench.reply(bench.link, "$1\r\nx\r\n+OK\r\n+QUEUED\r\n");
    assert_eq!(bench.heard(), format!("$1\r\nx\r\n+OK\r\n{QUEUED}{QUEUED}"));
    bench.reply(bench.link, "+QUEUED\r\n*2\r\n+OK\r\n$1\r\n1\r\n$1\r\ny\r\n");
    assert_eq!(bench.heard(), format!("{RESULTS}$1\r\ny\r\n"));
    assert_eq!(bench.counters().transactions, 1);
    assert_eq!(bench.rig.held(), 0);
}

#[test]
fn errors_while_queueing_are_those_of_servers_and_nothing_is_sent() {
    let abort = "-EXECABORT Transaction discarded because of previous errors.\r\n";
    let empty = "*0\r\n";
    let rows = [
        (
            "NOPE a",
            "-ERR unknown command 'NOPE', with args beginning with: 'a' \r\n",
            abort,
        ),
        (
            "GET",
            "-ERR wrong number of arguments for 'get' command\r\n",
            abort,
        ),
        (
            "CLIENT NOPE",
            "-ERR unknown subcommand 'NOPE'. Try CLIENT HELP.\r\n",
            abort,
        ),
        ("MULTI", "-ERR MULTI calls can not be nested\r\n", empty),
        (
            "WATCH a",
            "-ERR WATCH inside MULTI is not allowed\r\n",
            empty,
        ),
        (
            "MGET a b",
            "-CROSSSLOT Keys in request don't hash to the same slot\r\n",
            abort,
        ),
        (
            "SUBSCRIBE x",
            "-ERR corelane: 'subscribe' is not supported inside a transaction\r\n",
            abort,
        ),
        (
            "HELLO 3",
            "-ERR corelane: 'hello' is not supported inside a transaction\r\n",
            abort,
        ),
        (
            "DISCARD x",
            "-ERR wrong number of arguments for 'discard' command\r\n",
            abort,
        ),
        (
            "EXEC x",
            "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\r\n",
            "-ERR EXEC without MULTI\r\n",
        ),
    ];
    for (line, answer, exec) in rows {
        let mut bench = Bench::new();
        bench.say(&["MULTI", line]);
        let heard = bench.heard();
        assert!(heard.starts_with(&format!("+OK\r\n{answer}")), "{heard}");
        bench.say(&["EXEC", "EXEC", "DISCARD"]);
        let rest = "-ERR EXEC without MULTI\r\n-ERR DISCARD without MULTI\r\n";
        assert_eq!(bench.heard(), format!("{exec}{rest}"), "{line}");
        assert!(bench.written(bench.link).is_empty());
        assert_eq!(bench.rig.held(), 0);
    }
}

#[test]
fn newer_servers_refuse_exec_after_a_nested_multi() {
    let rows = [
        ("7.2.4", "-ERR MULTI calls can not be nested\r\n", false),
        (
            "8.1.0",
            "-ERR Command not allowed inside a transaction\r\n",
            true,
        ),
        (
            "9.0.0",
            "-ERR Command 'multi' not allowed inside a transaction\r\n",
            true,
        ),
    ];
    for (version, answer, is_spoilt) in rows {
        let mut bench = Bench::new();
        bench.rig.pipeline.server.valkey_version = Some(version.into());
        bench.say(&["MULTI", "MULTI", "EXEC"]);
        let exec = if is_spoilt {
            "-EXECABORT Transaction discarded because of previous errors.\r\n"
        } else {
            "*0\r\n"
        };
        assert_eq!(bench.heard(), format!("+OK\r\n{answer}{exec}"), "{version}");
    }
}

#[test]
fn a_pause_of_writes_holds_up_what_may_write() {
    let rows = [
        ("PING", false),
        ("GET a", false),
        ("EVAL_RO x 1 a", false),
        ("UNWATCH", false),
        ("SET a 1", true),
        ("PFCOUNT a", true),
        ("EVAL x 1 a", true),
        ("PUBLISH c x", true),
    ];
    for (line, waits) in rows {
        let mut bench = Bench::new();
        bench.say(&["CLIENT PAUSE 60000 WRITE", "MULTI", line, "EXEC"]);
        let rig = &mut bench.rig;
        let sent = rig.links.clone().into_iter().any(|(link, _)| {
            rig.pipeline.handle_link_connected(link, rig.now);
            !rig.written(Peer::Link(link)).is_empty()
        });
        assert_eq!(sent, !waits, "{line}");
    }
}

#[test]
fn a_key_of_another_slot_spoils_the_transaction() {
    let mut bench = Bench::new();
    bench.say(&["MULTI", "SET a 1", "SET b 1", "SET a 2", "EXEC"]);
    let answers = [
        "+OK\r\n+QUEUED\r\n-CROSSSLOT Keys in request don't hash to the same slot\r\n+QUEUED\r\n",
        "-EXECABORT Transaction discarded because of previous errors.\r\n",
    ];
    assert_eq!(bench.heard(), answers.concat());
    assert!(bench.written(bench.link).is_empty());
    assert_eq!(bench.counters().errors_crossslot, 1);
}

#[test]
fn a_client_may_give_up_or_leave() {
    let mut bench = Bench::new();
    bench.say(&["MULTI", "SET a 1", "DISCARD", "GET a"]);
    assert_eq!(bench.heard(), format!("+OK\r\n{QUEUED}+OK\r\n"));
    assert_eq!(bench.written(bench.link), commands(&["GET a"]));
    bench.reply(bench.link, "$-1\r\n");
    bench.say(&["MULTI", "SET a 1", "RESET", "EXEC"]);
    let answers = format!("$-1\r\n+OK\r\n{QUEUED}+RESET\r\n-ERR EXEC without MULTI\r\n");
    assert_eq!(bench.heard(), answers);
    bench.say(&["MULTI", "SET a 1"]);
    assert!(bench.rig.held() > 0);
    bench.rig.pipeline.handle_client_closed(bench.client);
    bench.rig.pipeline.check_invariants().unwrap();
    assert!(bench.written(bench.link).is_empty());
}

#[test]
fn a_transaction_has_a_largest_size() {
    let mut config = Config::default();
    config.limits.transaction_bytes_max = 1024;
    let mut bench = Bench::with(config);
    bench.say(&["MULTI"]);
    let mut queued = 0;
    while queued < 100 {
        bench.say(&["SET a 1"]);
        let heard = bench.heard();
        if heard.contains("limits.transaction_bytes_max = 1024") {
            break;
        }
        queued += 1;
    }
    assert!((5..40).contains(&queued), "{queued} were queued");
    bench.say(&["EXEC"]);
    assert!(bench.heard().starts_with("-EXECABORT"));
    assert_eq!(bench.counters().errors_transaction_full, 1);
    assert_eq!(bench.rig.held(), 0);
}

#[test]
fn a_transaction_without_keys_goes_to_some_node() {
    let mut bench = Bench::new();
    bench.say(&["MULTI", "EXEC"]);
    assert_eq!(bench.heard(), "+OK\r\n*0\r\n");
    bench.say(&["MULTI", "PING", "EXEC"]);
    assert_eq!(
        bench.written(bench.link),
        commands(&["MULTI", "PING", "EXEC"])
    );
    bench.reply(bench.link, "+OK\r\n+QUEUED\r\n*1\r\n+PONG\r\n");
    assert_eq!(bench.heard(), format!("+OK\r\n{QUEUED}*1\r\n+PONG\r\n"));
}

#[test]
fn answers_of_its_own_take_their_places() {
    let mut bench = Bench::new();
    bench.say(&[
        "MULTI",
        "CLIENT SETNAME me",
        "SET a 1",
        "CLIENT GETNAME",
        "SELECT 1",
    ]);
    bench.say(&["SELECT 0", "GET a", "CLIENT ID", "EXEC", "CLIENT GETNAME"]);
    bench.heard();
    assert_eq!(bench.written(bench.link), commands(&WHOLE));
    assert_eq!(bench.rig.held(), commands(&WHOLE).len() + bench.spliced());
    bench.reply(bench.link, EXECUTED);
    let array = [
        "*7\r\n+OK\r\n+OK\r\n$2\r\nme\r\n-ERR SELECT is not allowed in cluster mode\r\n",
        "+OK\r\n$1\r\n1\r\n:1\r\n$2\r\nme\r\n",
    ];
    assert_eq!(bench.heard(), array.concat());
    bench.say(&["MULTI", "CLIENT GETNAME", "EXEC"]);
    assert_eq!(bench.heard(), format!("+OK\r\n{QUEUED}*1\r\n$2\r\nme\r\n"));
    assert_eq!(bench.rig.held(), 0);
}

impl Bench {
    /// Bytes of the transaction that is under way.
    fn spliced(&self) -> usize {
        let client = self.rig.pipeline.clients.get(self.client.0).unwrap();
        client.queued_bytes() + client.input.len()
    }
}

#[test]
fn what_a_refused_transaction_would_have_changed_stays() {
    let mut bench = Bench::new();
    bench.say(&[
        "MULTI",
        "CLIENT SETNAME me",
        "SET a 1",
        "EXEC",
        "CLIENT GETNAME",
    ]);
    bench.written(bench.link);
    bench.heard();
    let oom = "OOM command not allowed when used memory > 'maxmemory'.";
    bench.reply(bench.link, &format!("+OK\r\n-{oom}\r\n-EXECABORT no\r\n"));
    let expected = format!("-EXECABORT Transaction discarded because of: {oom}\r\n$-1\r\n");
    assert_eq!(bench.heard(), expected);
    assert_eq!(bench.counters().transactions_aborted, 1);
    bench.say(&["MULTI", "GET a", "EXEC"]);
    assert_eq!(
        bench.written(bench.link),
        commands(&["MULTI", "GET a", "EXEC"])
    );
}

pub(super) fn moved(port: u16) -> String {
    let slot = Slot::of_key(b"a").number();
    format!("-MOVED {slot} 127.0.0.1:{port}\r\n")
}

pub(super) const ABORTED: &str = "-EXECABORT Transaction discarded because of previous errors.\r\n";

#[test]
fn a_refusal_that_lasts_is_the_reason_at_the_deadline() {
    let mut bench = Bench::sent();
    let refusal = format!("+OK\r\n-CLUSTERDOWN The cluster is down\r\n{QUEUED}{ABORTED}");
    bench.reply(bench.link, &refusal);
    for _ in 0..200 {
        bench.rig.tick(10);
        if !bench.written(bench.link).is_empty() {
            bench.reply(bench.link, &refusal);
        }
    }
    let expected =
        "-EXECABORT Transaction discarded because of: CLUSTERDOWN The cluster is down\r\n";
    assert_eq!(bench.heard(), expected);
}

#[test]
fn a_batch_that_was_not_written_whole_goes_elsewhere() {
    let mut bench = Bench::new();
    bench.say(&WHOLE);
    bench.heard();
    let len = commands(&WHOLE).len();
    let link = Peer::Link(bench.link);
    bench.rig.pipeline.handle_written(link, len - 1);
    bench
        .rig
        .pipeline
        .handle_link_closed(bench.link, bench.rig.now);
    bench.rig.tick(100);
    let link = bench.rig.ready(7000);
    assert_eq!(bench.written(link), commands(&WHOLE));
    bench.reply(link, EXECUTED);
    assert_eq!(bench.heard(), RESULTS);
}

#[test]
fn a_batch_that_was_written_whole_is_not_sent_again() {
    for answered in ["", "+OK\r\n", "+OK\r\n+QUEUED\r\n+QUEUED\r\n"] {
        let mut bench = Bench::sent();
        bench.reply(bench.link, answered);
        bench
            .rig
            .pipeline
            .handle_link_closed(bench.link, bench.rig.now);
        bench.rig.tick(100);
        let heard = bench.heard();
        assert!(heard.ends_with(UNKNOWN), "{heard}");
        let link = bench.rig.ready(7000);
        assert!(bench.written(link).is_empty());
    }
    // Unless it was refused: then it was not executed.
    let mut bench = Bench::sent();
    bench.reply(bench.link, "+OK\r\n-LOADING no\r\n");
    bench
        .rig
        .pipeline
        .handle_link_closed(bench.link, bench.rig.now);
    bench.rig.tick(100);
    let link = bench.rig.ready(7000);
    assert_eq!(bench.written(link), commands(&WHOLE));
}

#[test]
fn a_deadline_halfway_leaves_the_order_of_replies_known() {
    let mut bench = Bench::sent();
    bench.rig.tick(500);
    let other = bench.rig.client();
    bench.rig.send(other, &[b"GET", b"x"]);
    bench.written(bench.link);
    bench.reply(bench.link, "+OK\r\n-LOADING no\r\n");
    bench.rig.tick(600);
    let heard = bench.heard();
    assert!(heard.ends_with(UNKNOWN), "{heard}");
    bench.reply(bench.link, &format!("{QUEUED}{ABORTED}$1\r\nx\r\n"));
    assert_eq!(bench.rig.written(Peer::Client(other)), b"$1\r\nx\r\n");
}

#[test]
fn a_node_that_refuses_multi_may_have_executed_something() {
    let mut bench = Bench::sent();
    let error = "-NOPERM User corelane has no permissions to run the 'multi' command\r\n";
    bench.reply(
        bench.link,
        &format!("{error}+OK\r\n$1\r\n1\r\n-ERR EXEC without MULTI\r\n"),
    );
    let heard = bench.heard();
    assert!(
        heard.contains("refused MULTI (NOPERM User corelane"),
        "{heard}"
    );
    assert!(heard.ends_with(UNKNOWN), "{heard}");
    assert_eq!(bench.counters().errors_outcome_unknown, 1);
    bench.say(&["GET a"]);
    assert_eq!(bench.written(bench.link), commands(&["GET a"]));
}

#[test]
fn replies_that_do_not_fit_end_the_link() {
    let rows = [
        ":1\r\n",
        "+OK\r\n:1\r\n",
        "+OK\r\n+QUEUED\r\n+QUEUED\r\n*1\r\n+OK\r\n",
        "+OK\r\n+QUEUED\r\n+QUEUED\r\n*-1\r\n",
        "+OK\r\n-OOM no\r\n+QUEUED\r\n*2\r\n+OK\r\n+OK\r\n",
    ];
    for replies in rows {
        let mut bench = Bench::sent();
        bench.reply(bench.link, replies);
        let heard = bench.heard();
        assert!(heard.ends_with(UNKNOWN), "{replies:?}: {heard}");
        assert_eq!(bench.counters().links_desync, 1);
    }
}

#[test]
fn quiet_clients_hear_nothing_of_their_transactions() {
    let mut bench = Bench::new();
    bench.say(&["CLIENT REPLY OFF", "MULTI", "SET a 1", "GET a", "EXEC"]);
    assert_eq!(bench.written(bench.link), commands(&WHOLE));
    bench.reply(bench.link, EXECUTED);
    bench.say(&["CLIENT REPLY ON", "PING"]);
    assert_eq!(bench.heard(), "+OK\r\n+PONG\r\n");
}

#[test]
fn a_transaction_is_seen_by_others() {
    let mut bench = Bench::new();
    let monitor = bench.rig.client();
    bench.rig.send(monitor, &[b"MONITOR"]);
    bench.say(&["MULTI", "SET a 1", "GET a"]);
    let seen = bench.rig.written(Peer::Client(monitor));
    let seen = String::from_utf8(seen).unwrap();
    assert!(seen.contains("\"MULTI\"") && seen.contains("\"SET\" \"a\" \"1\""));
    bench.rig.send(monitor, &[b"CLIENT", b"LIST"]);
    let list = bench.rig.written(Peer::Client(monitor));
    let list = String::from_utf8(list).unwrap();
    assert!(
        list.contains("flags=x ") && list.contains(" multi=2 "),
        "{list}"
    );
    assert!(
        list.contains("flags=O ") && list.contains(" multi=-1 "),
        "{list}"
    );
}

#[test]
fn a_backlog_that_is_full_gives_the_transaction_up() {
    let mut config = Config::default();
    config.limits.node_backlog_requests_max = 1;
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
    assert_eq!(rig.links.last().unwrap().1, addr(7000));
    let client = rig.client();
    rig.send(client, &[b"GET", b"a"]);
    for line in [
        &[b"MULTI".as_slice()][..],
        &[b"CLIENT", b"ID"],
        &[b"GET", b"a"],
        &[b"EXEC"],
    ] {
        rig.send(client, line);
    }
    let link = rig.ready(7000);
    rig.written(Peer::Link(link));
    rig.reply(link, b"$-1\r\n");
    let heard = String::from_utf8(rig.written(Peer::Client(client))).unwrap();
    let expected = "-EXECABORT Transaction discarded because of: ERR corelane: too many";
    assert!(heard.contains(expected), "{heard}");
    rig.tick(20);
    assert!(rig.wants(client));
}
