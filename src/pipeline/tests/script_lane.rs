//! Scripts go beside everything else, and their clients notice nothing of it.

use super::{Rig, map, request};
use crate::cluster::Slot;
use crate::config::Config;
use crate::pipeline::{ClientId, LinkId, Peer};

const BUSY: &[u8] =
    b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n";

fn eval<'a>(script: &'a [u8], key: &'a [u8]) -> [&'a [u8]; 4] {
    [b"EVAL", script, b"1", key]
}

fn text(rig: &mut Rig, client: ClientId) -> String {
    String::from_utf8(rig.written(Peer::Client(client))).unwrap()
}

/// One node, its shared link, its link for scripts, and a client.
fn rig(config: Config) -> (Rig, LinkId, LinkId, ClientId) {
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
    let shared = rig.ready(7000);
    let client = rig.client();
    rig.send(client, &eval(b"return 0", b"a"));
    let scripts = rig.ready(7000);
    assert_ne!(shared, scripts);
    assert!(rig.written(Peer::Link(shared)).is_empty());
    assert!(!rig.written(Peer::Link(scripts)).is_empty());
    rig.reply(scripts, b":0\r\n");
    assert_eq!(text(&mut rig, client), ":0\r\n");
    (rig, shared, scripts, client)
}

#[test]
fn each_waits_for_the_other_in_a_slot() {
    let (mut rig, shared, scripts, client) = rig(Config::default());
    let requests: [&[&[u8]]; 6] = [
        &[b"SET", b"a", b"1"],
        &eval(b"return 1", b"a"),
        &eval(b"return 2", b"a"),
        &[b"GET", b"a"],
        &[b"GET", b"b"],
        &eval(b"return 3", b"b"),
    ];
    for words in requests {
        rig.send(client, words);
        rig.pipeline.check_invariants().unwrap();
    }
    let expected = [request(requests[0]), request(requests[4])].concat();
    assert_eq!(rig.written(Peer::Link(shared)), expected);
    assert!(rig.written(Peer::Link(scripts)).is_empty());
    rig.reply(shared, b"+OK\r\n$1\r\nb\r\n");
    let expected = [request(requests[1]), request(requests[5])].concat();
    assert_eq!(rig.written(Peer::Link(scripts)), expected);
    rig.reply(scripts, b":1\r\n:3\r\n");
    assert_eq!(rig.written(Peer::Link(scripts)), request(requests[2]));
    assert!(rig.written(Peer::Link(shared)).is_empty());
    rig.reply(scripts, b":2\r\n");
    assert_eq!(rig.written(Peer::Link(shared)), request(requests[3]));
    rig.reply(shared, b"$1\r\na\r\n");
    assert_eq!(
        text(&mut rig, client),
        "+OK\r\n:1\r\n:2\r\n$1\r\na\r\n$1\r\nb\r\n:3\r\n"
    );
    rig.pipeline.check_invariants().unwrap();
    assert_eq!(rig.held(), 0);
}

#[test]
fn a_script_waits_for_all_before_it_where_its_slot_is_unsettled() {
    let (mut rig, shared, scripts, client) = rig(Config::default());
    for value in [b"1", b"2"] {
        rig.send(client, &[b"SET", b"a", value]);
    }
    rig.written(Peer::Link(shared));
    let slot = Slot::of_key(b"a").number();
    let ask = format!("-ASK {slot} 127.0.0.1:7001\r\n");
    rig.reply(shared, ask.as_bytes());
    let script = eval(b"return 1", b"a");
    rig.send(client, &script);
    rig.send(client, &script);
    let other = rig.ready(7001);
    assert!(
        rig.written(Peer::Link(other))
            .starts_with(&request(&[b"ASKING"]))
    );
    rig.reply(other, b"+OK\r\n+OK\r\n");
    rig.tick(10);
    assert!(
        rig.written(Peer::Link(scripts)).is_empty(),
        "the second SET is under way"
    );
    rig.reply(shared, b"+OK\r\n");
    rig.tick(10);
    assert_eq!(rig.written(Peer::Link(scripts)), request(&script));
    rig.reply(scripts, b":1\r\n");
    rig.tick(10);
    assert_eq!(rig.written(Peer::Link(scripts)), request(&script));
    rig.reply(scripts, b":1\r\n");
    assert_eq!(text(&mut rig, client), "+OK\r\n+OK\r\n:1\r\n:1\r\n");
    rig.pipeline.check_invariants().unwrap();
}

#[test]
fn scripts_in_a_row_do_not_wait() {
    let (mut rig, shared, scripts, client) = rig(Config::default());
    let mut expected = Vec::new();
    for n in 0..20 {
        let script = format!("return {n}");
        let words = eval(script.as_bytes(), if n % 3 == 0 { b"b" } else { b"a" });
        expected.extend(request(&words));
        rig.send(client, &words);
    }
    assert_eq!(rig.written(Peer::Link(scripts)), expected);
    rig.pipeline.check_invariants().unwrap();
    for n in 0..19 {
        rig.reply(scripts, format!(":{n}\r\n").as_bytes());
        rig.pipeline.check_invariants().unwrap();
    }
    // What comes between ends the row.
    rig.send(client, &[b"GET", b"a"]);
    rig.send(client, &eval(b"return 20", b"a"));
    assert!(rig.written(Peer::Link(scripts)).is_empty());
    assert!(rig.written(Peer::Link(shared)).is_empty());
    rig.reply(scripts, b":19\r\n");
    assert_eq!(rig.written(Peer::Link(shared)), request(&[b"GET", b"a"]));
    rig.reply(shared, b"$-1\r\n");
    assert!(!rig.written(Peer::Link(scripts)).is_empty());
    rig.reply(scripts, b":20\r\n");
    let numbers: String = (0..20).map(|n| format!(":{n}\r\n")).collect();
    assert_eq!(text(&mut rig, client), format!("{numbers}$-1\r\n:20\r\n"));
    rig.pipeline.check_invariants().unwrap();
    // A new row.
    for _ in 0..2 {
        rig.send(client, &eval(b"return 0", b"a"));
    }
    let one = request(&eval(b"return 0", b"a"));
    assert_eq!(rig.written(Peer::Link(scripts)), one.repeat(2));
}

#[test]
fn a_split_request_waits_where_it_must() {
    let (mut rig, shared, scripts, client) = rig(Config::default());
    rig.send(client, &[b"MGET", b"a", b"b"]);
    rig.send(client, &eval(b"return 1", b"b"));
    rig.send(client, &[b"MGET", b"b", b"c"]);
    assert!(rig.written(Peer::Link(scripts)).is_empty());
    let first = [request(&[b"GET", b"a"]), request(&[b"GET", b"b"])].concat();
    let sent = rig.written(Peer::Link(shared));
    assert_eq!(sent, [first, request(&[b"GET", b"c"])].concat());
    rig.reply(shared, b"$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n");
    assert!(!rig.written(Peer::Link(scripts)).is_empty());
    rig.reply(scripts, b":1\r\n");
    assert_eq!(rig.written(Peer::Link(shared)), request(&[b"GET", b"b"]));
    rig.reply(shared, b"$1\r\nB\r\n");
    assert_eq!(
        text(&mut rig, client),
        "*2\r\n$1\r\na\r\n$1\r\nb\r\n:1\r\n*2\r\n$1\r\nB\r\n$1\r\nc\r\n"
    );
    rig.pipeline.check_invariants().unwrap();
}

#[test]
fn a_transaction_with_a_script_goes_with_the_scripts() {
    let (mut rig, shared, scripts, client) = rig(Config::default());
    rig.send(client, &[b"MULTI"]);
    rig.send(client, &eval(b"return 1", b"a"));
    rig.send(client, &[b"EXEC"]);
    rig.send(client, &[b"GET", b"a"]);
    assert!(rig.written(Peer::Link(shared)).is_empty());
    assert!(!rig.written(Peer::Link(scripts)).is_empty());
    rig.reply(scripts, b"+OK\r\n+QUEUED\r\n*1\r\n:1\r\n");
    assert!(!rig.written(Peer::Link(shared)).is_empty());
    rig.reply(shared, b"$-1\r\n");
    assert_eq!(
        text(&mut rig, client),
        "+OK\r\n+QUEUED\r\n*1\r\n:1\r\n$-1\r\n"
    );
}

#[test]
fn after_a_refusal_each_goes_alone() {
    let (mut rig, shared, scripts, client) = rig(Config::default());
    for n in [b"1", b"2"] {
        rig.send(client, &eval(n, b"a"));
    }
    rig.written(Peer::Link(scripts));
    let said = b"-TRYAGAIN Multiple keys request during rehashing of slot\r\n";
    rig.reply(scripts, said);
    rig.pipeline.check_invariants().unwrap();
    rig.send(client, &eval(b"3", b"a"));
    rig.send(client, &[b"GET", b"a"]);
    rig.reply(scripts, said);
    rig.pipeline.check_invariants().unwrap();
    rig.tick(50);
    for n in [b"1", b"2", b"3"] {
        assert_eq!(rig.written(Peer::Link(scripts)), request(&eval(n, b"a")));
        assert!(rig.written(Peer::Link(shared)).is_empty());
        rig.reply(scripts, &[b":", n.as_slice(), b"\r\n"].concat());
    }
    assert!(!rig.written(Peer::Link(shared)).is_empty());
    rig.reply(shared, b"$-1\r\n");
    assert_eq!(text(&mut rig, client), ":1\r\n:2\r\n:3\r\n$-1\r\n");
    rig.pipeline.check_invariants().unwrap();
}

#[test]
fn a_moved_slot_takes_its_scripts_along() {
    let (mut rig, _, scripts, client) = rig(Config::default());
    for n in [b"1", b"2"] {
        rig.send(client, &eval(n, b"a"));
    }
    rig.written(Peer::Link(scripts));
    let slot = Slot::of_key(b"a").number();
    let moved = format!("-MOVED {slot} 127.0.0.1:7001\r\n");
    rig.reply(scripts, moved.as_bytes());
    rig.send(client, &eval(b"3", b"a"));
    rig.reply(scripts, moved.as_bytes());
    rig.pipeline.check_invariants().unwrap();
    let there = rig.ready(7001);
    for n in [b"1", b"2", b"3"] {
        assert_eq!(rig.written(Peer::Link(there)), request(&eval(n, b"a")));
        rig.reply(there, &[b":", n.as_slice(), b"\r\n"].concat());
    }
    assert_eq!(text(&mut rig, client), ":1\r\n:2\r\n:3\r\n");
    rig.pipeline.check_invariants().unwrap();
}

#[test]
fn a_slow_script_keeps_its_link_and_no_more() {
    let mut config = Config::default();
    config.cluster.server_timeout = std::time::Duration::from_secs(10);
    let (mut rig, shared, scripts, slow) = rig(config);
    let (other, third) = (rig.client(), rig.client());
    rig.send(slow, &eval(b"while true do end", b"a"));
    rig.send(other, &eval(b"return 1", b"b"));
    rig.written(Peer::Link(scripts));
    // Not written when the link is left to the slow one.
    rig.send(third, &eval(b"return 2", b"c"));
    rig.tick(30);
    assert_eq!(rig.pipeline.stats().counters.scripts_slow, 1);
    let fresh = rig.ready(7000);
    assert_ne!(fresh, scripts);
    rig.send(other, &[b"GET", b"d"]);
    rig.send(slow, &eval(b"return 3", b"e"));
    rig.tick(200);
    let expected = [
        request(&eval(b"return 2", b"c")),
        request(&eval(b"return 3", b"e")),
    ];
    assert_eq!(rig.written(Peer::Link(fresh)), expected.concat());
    assert_eq!(rig.written(Peer::Link(shared)), request(&[b"GET", b"d"]));
    rig.reply(shared, BUSY);
    rig.reply(fresh, &BUSY.repeat(2));
    assert_eq!(rig.written(Peer::Client(third)), BUSY);
    // No second link is left while the first one waits.
    rig.send(third, &eval(b"return 4", b"c"));
    rig.written(Peer::Link(fresh));
    rig.tick(1000);
    assert_eq!(rig.pipeline.stats().counters.scripts_slow, 1);
    rig.reply(fresh, BUSY);
    assert_eq!(rig.written(Peer::Client(third)), BUSY);
    // The script ends; what was behind it runs.
    rig.reply(scripts, b":0\r\n:1\r\n");
    assert_eq!(
        text(&mut rig, slow),
        format!(":0\r\n{}", String::from_utf8_lossy(BUSY))
    );
    assert_eq!(
        text(&mut rig, other),
        format!(":1\r\n{}", String::from_utf8_lossy(BUSY))
    );
    assert_eq!(rig.closed_links, [scripts]);
    rig.pipeline.check_invariants().unwrap();
}

#[test]
fn a_script_past_its_deadline_blames_no_node() {
    let (mut rig, shared, scripts, client) = rig(Config::default());
    rig.send(client, &eval(b"while true do end", b"a"));
    rig.written(Peer::Link(scripts));
    rig.tick(1100);
    let said = text(&mut rig, client);
    assert!(said.starts_with("-ERR corelane: timeout: "), "{said}");
    assert_eq!(rig.closed_links, [scripts]);
    // Links may be opened at once.
    rig.send(client, &eval(b"return 1", b"a"));
    let fresh = rig.ready(7000);
    assert!(!rig.written(Peer::Link(fresh)).is_empty());
    rig.send(client, &[b"GET", b"b"]);
    assert!(!rig.written(Peer::Link(shared)).is_empty());
}

#[test]
fn a_node_too_busy_for_a_new_link_says_so() {
    let mut config = Config::default();
    config.cluster.password = Some(crate::config::Secret::new("secret"));
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
    let client = rig.client();
    rig.send(client, &[b"GET", b"a"]);
    for _ in 0..100 {
        let Some((link, _)) = rig.links.pop() else {
            rig.tick(10);
            continue;
        };
        rig.pipeline.handle_link_connected(link, rig.now);
        rig.reply(link, BUSY);
        rig.tick(10);
    }
    rig.tick(100);
    assert_eq!(rig.written(Peer::Client(client)), BUSY);
}
