//! Canaries: what comes back must be what was sent.

use std::time::Duration;

use super::*;

/// What a good node replies to a canary, which has to be all that was written.
pub(super) fn echo(written: &[u8]) -> Vec<u8> {
    let reply = written
        .strip_prefix(b"*2\r\n$4\r\nPING\r\n")
        .unwrap_or_else(|| panic!("no canary: {:?}", String::from_utf8_lossy(written)));
    assert!(reply.starts_with(b"$16\r\n") && reply.len() == 23);
    reply.to_vec()
}

/// A node with one link, on which canaries are sent if it is quiet or busy for a fifth of a second.
fn scene() -> (Rig, ClientId, LinkId) {
    let mut config = Config::default();
    config.cluster.ping_interval = Duration::from_millis(200);
    config.cluster.canary_interval = Duration::from_millis(200);
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
    rig.ready(7000);
    let (client, link) = (rig.client(), rig.link(7000));
    rig.written(Peer::Link(link));
    (rig, client, link)
}

#[test]
fn a_link_whose_canary_comes_back_wrong_is_closed() {
    let (mut rig, _, link) = scene();
    rig.tick(250);
    let first = echo(&rig.written(Peer::Link(link)));
    rig.reply(link, &first);
    rig.tick(250);
    let second = echo(&rig.written(Peer::Link(link)));
    assert_ne!(first, second, "each is another one");
    // A node that can say nothing else is alive.
    let refusals = [
        "LOADING Redis is loading the dataset in memory",
        "BUSY Redis is busy running a script.",
        "MASTERDOWN Link with MASTER is down",
        "NOAUTH Authentication required.",
        "MISCONF Errors writing to the AOF file",
        "NOPERM this user has no permissions to run the 'ping' command",
        "NOPERM User corelane has no permissions to run the 'ping' command",
    ];
    for refusal in refusals {
        rig.reply(link, format!("-{refusal}\r\n").as_bytes());
        assert!(!rig.closed_links.contains(&link), "{refusal}");
        rig.tick(250);
        echo(&rig.written(Peer::Link(link)));
    }
    let others: [&[u8]; 11] = [
        &first,
        b"+PONG\r\n",
        b"$-1\r\n",
        b":1\r\n",
        b"+OK\r\n",
        b"-ERR value is not an integer or out of range\r\n",
        b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
        b"-MOVED 1 127.0.0.1:7001\r\n",
        b"-BUSYGROUP Consumer Group name already exists\r\n",
        b"-NOPERM this user has no permissions to run the 'get' command\r\n",
        b"!7\r\nLOADIN!\r\n",
    ];
    for wrong in others {
        let (mut rig, _, link) = scene();
        rig.tick(250);
        if echo(&rig.written(Peer::Link(link))) == wrong {
            rig.reply(link, wrong);
            rig.tick(250);
        }
        rig.reply(link, wrong);
        assert!(rig.closed_links.contains(&link), "{wrong:?}");
        assert_eq!(rig.pipeline.stats().counters.links_desync, 1);
    }
}

/// A node that swallows a reply is found out behind the requests that are under way, before others get what is not theirs.
#[test]
fn a_busy_link_is_looked_at_too() {
    let (mut rig, client, link) = scene();
    rig.send(client, &[b"GET", b"a"]);
    let get = request(&[b"GET", b"a"]);
    assert_eq!(rig.written(Peer::Link(link)), get);
    rig.tick(250);
    let canary = echo(&rig.written(Peer::Link(link)));
    // The next one has time.
    rig.tick(100);
    assert!(rig.written(Peer::Link(link)).is_empty());
    rig.reply(link, &[b"$1\r\nx\r\n", &canary[..]].concat());
    assert_eq!(rig.written(Peer::Client(client)), b"$1\r\nx\r\n");
    assert!(!rig.closed_links.contains(&link));
    // Now a request behind the next one, whose reply comes without the one before it.
    rig.send(client, &[b"GET", b"a"]);
    rig.written(Peer::Link(link));
    rig.tick(100);
    echo(&rig.written(Peer::Link(link)));
    rig.send(client, &[b"GET", b"b"]);
    rig.written(Peer::Link(link));
    rig.reply(link, b"$1\r\nx\r\n$1\r\ny\r\n");
    assert!(rig.closed_links.contains(&link));
    assert_eq!(rig.written(Peer::Client(client)), b"$1\r\nx\r\n");
}
