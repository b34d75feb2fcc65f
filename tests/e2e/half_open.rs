//! Packets that are lost below TCP: connections that are open on one side only.
//!
//! The tests run once more as a child, in a network namespace of its own, which needs no privileges where users may
//! have namespaces. There a rule of the routing table drops what comes from one address. Elsewhere they say that they
//! were skipped.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::children::{Process, TempDir};
use crate::client::{Reply, words};
use crate::harness::{ServerKind, Setup, unique, wait_until, workers};
use crate::proxy::READY_LIMIT;
use crate::servers::{Cluster, SETTLE_LIMIT};

workers!(packets_are_lost);

/// Says to the child that it is one, and how many workers to use.
const INSIDE: &str = "CORELANE_TEST_NAMESPACE";

/// Makes a network of its own in which rules come before the local table.
const PREPARE: &str = "ip link set lo up && ip rule add pref 10 lookup local && ip rule del pref 0";

/// The node whose packets get lost...
const NODE: &str = "127.0.0.2";
/// ...and a client with the same fate.
const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// What comes from an address is dropped until this value is.
struct Loss(&'static str);

// === impl Loss ===

impl Loss {
    fn of(rule: &'static str) -> Self {
        run(&format!("ip rule add pref 5 {rule} blackhole"));
        Self(rule)
    }
}

impl Drop for Loss {
    fn drop(&mut self) {
        run(&format!("ip rule del pref 5 {} blackhole", self.0));
    }
}

fn run(line: &str) {
    let status = Command::new("sh").args(["-c", line]).status();
    assert!(status.is_ok_and(|status| status.success()), "{line}");
}

fn packets_are_lost(setup: Setup) {
    let try_it = format!("{PREPARE} && ip rule add pref 5 from {NODE} blackhole");
    let tried = Command::new("unshare")
        .args(["-rn", "sh", "-c", &try_it])
        .output();
    if !tried.as_ref().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: no network namespace with rules of its own here: {tried:?}");
        return;
    }
    let dir = TempDir::new("namespace");
    let mut command = Command::new("unshare");
    command
        .args([
            "-rn",
            "sh",
            "-c",
            &format!("{PREPARE} && exec \"$0\" \"$@\""),
        ])
        .arg(std::env::current_exe().expect("this program"))
        .args(["half_open::inside", "--exact", "--ignored", "--nocapture"])
        .env(INSIDE, setup.workers.to_string());
    let mut child = Process::start("tests", command, dir.path());
    let code = child.wait_code(Duration::from_secs(300));
    eprintln!("{}", child.output());
    assert_eq!(code, 0, "the tests in the namespace");
}

#[test]
#[ignore = "is run in a namespace by packets_are_lost"]
fn inside() {
    let Ok(workers) = std::env::var(INSIDE) else {
        return;
    };
    let setup = Setup {
        kind: ServerKind::Redis7,
        workers: workers.parse().expect("a number"),
    };
    a_node_vanishes(setup);
    a_client_vanishes(setup);
}

/// What a node sends is lost: what it was asked fails when its time is over, what comes later at once, others notice
/// nothing, and it is used again when it is heard again.
fn a_node_vanishes(setup: Setup) {
    let cluster = Cluster::start_each(setup.kind, 3, 0, |index| {
        let mut settings = vec!["--cluster-node-timeout", "60000"];
        if index == 0 {
            settings.extend(["--bind", NODE, "--cluster-announce-ip", NODE]);
        }
        settings
    });
    let settings = [
        ("cluster.server_timeout", "\"2s\""),
        ("cluster.connect_timeout", "\"500ms\""),
        ("cluster.failover_hold", "\"500ms\""),
        ("cluster.keep_alive", "\"1s\""),
    ];
    let proxy = setup.proxy_with(&cluster, &settings);
    let keys = cluster.keys_on_all(&unique("lost"));
    let mut client = proxy.connect();
    for key in &keys {
        assert_eq!(client.call(&format!("SET {key} 1")), Reply::ok());
    }
    let loss = Loss::of("from 127.0.0.2 to 127.0.0.1");
    client.say(&format!("INCR {}", keys[0]));
    let mut other = proxy.connect();
    let (mut slowest, mut count) = (Duration::ZERO, 0);
    wait_until("an error that is known at once", SETTLE_LIMIT, || {
        for key in &keys[1..] {
            let from = Instant::now();
            assert_eq!(other.call(&format!("GET {key}")), Reply::bulk("1"));
            slowest = slowest.max(from.elapsed());
            count += 1;
        }
        (proxy.metric("errors_outcome_unknown") > 0.0).then_some(())
    });
    client.read().assert_error("ERR corelane: timeout");
    wait_until("errors without a wait", SETTLE_LIMIT, || {
        let from = Instant::now();
        let reply = client.call(&format!("GET {}", keys[0]));
        reply.assert_documented();
        (from.elapsed() < Duration::from_millis(100)).then_some(())
    });
    eprintln!("{count} requests to other nodes, the slowest within {slowest:?}");
    drop(loss);
    wait_until("it is used again", SETTLE_LIMIT, || {
        let reply = client.call(&format!("GET {}", keys[0]));
        (reply.error().is_none()).then_some(())
    });
    // It had got the request, and once.
    assert_eq!(client.call(&format!("GET {}", keys[0])), Reply::bulk("2"));
    wait_until("its old connections to end", SETTLE_LIMIT, || {
        let list = cluster.node(0).call("CLIENT LIST").text();
        (list.matches("name=corelane ").count() <= setup.workers).then_some(())
    });
}

/// A client that is not heard any more does not stay for ever, whether something is owed to it or not.
fn a_client_vanishes(setup: Setup) {
    let cluster = setup.cluster(1, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[("clients.keep_alive", "\"1s\"")]);
    let mut other = proxy.connect();
    assert_eq!(other.call("PING"), Reply::Simple("PONG".to_owned()));
    let (idle, mut busy) = (connect_from(proxy.addr()), connect_from(proxy.addr()));
    for stream in [&idle, &busy] {
        std::io::Write::write_all(&mut &*stream, &words("PING")).expect("a request");
        let mut reply = [0; 7];
        std::io::Read::read_exact(&mut &*stream, &mut reply).expect("a reply");
    }
    assert_eq!(proxy.metric("clients_now"), 3.0);
    std::io::Write::write_all(&mut busy, &words("BLPOP nothing 1")).expect("a request");
    let loss = Loss::of("from 127.0.0.3 to 127.0.0.1");
    wait_until("the end of clients that vanished", READY_LIMIT, || {
        (proxy.metric("clients_now") == 1.0).then_some(())
    });
    assert_eq!(other.call("PING"), Reply::Simple("PONG".to_owned()));
    drop(loss);
    drop((idle, busy));
}

/// A connection from the address of the client that will vanish.
fn connect_from(to: SocketAddr) -> TcpStream {
    use socket2::{Domain, Socket, Type};
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let from = SocketAddr::from((IpAddr::from(CLIENT), 0));
    socket.bind(&from.into()).expect("an address of loopback");
    socket.connect(&to.into()).expect("a connection");
    socket.into()
}
