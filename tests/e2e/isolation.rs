//! One shard is killed, stopped, behind an address where nothing answers, refusing, or slow: requests to the others do not
//! fail and do not wait for it, and a client that asks all of them gets its replies in order and in time.
//!
//! How much slower the others get is measured by `scripts/faults --isolation`; here requests are counted. The times are
//! deadlines, and wide ones, because the machine may be busy.

use std::any::Any;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use crate::client::{Client, Reply, words};
use crate::harness::{Setup, matrix, unique, wait_until};
use crate::outages::Hole;
use crate::servers::{Cluster, SETTLE_LIMIT};

matrix!(
    killed,
    stopped,
    black_holed,
    refusing,
    slow,
    replies_in_front_leave_at_once,
);

/// Nobody calls the node failed, so it stays the primary of its slots.
const LONELY: &[&str] = &[
    "--cluster-node-timeout",
    "60000",
    "--cluster-require-full-coverage",
    "no",
];

/// What a request may take.
const DEADLINE: Duration = Duration::from_secs(3);

/// The same on a machine with more to do than it can.
const LATEST: Duration = Duration::from_secs(15);

/// More rounds than fit into [`LATEST`] if each of them waited as long as it may.
const ROUNDS: u32 = 50;

/// How long a step waits for a connection before it looks if it shall end.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 20_000_000,
};

/// What goes on until it is dropped.
struct Doing {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Doing {
    fn begin(mut step: impl FnMut() + Send + 'static) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&ends);
        let thread = std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                step();
            }
        });
        Self {
            ends,
            thread: Some(thread),
        }
    }
}

impl Drop for Doing {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

// === the faults ===

fn killed(setup: Setup) {
    let kill = |cluster: &mut Cluster| -> Box<dyn Any> {
        cluster.node_mut(0).kill();
        Box::new(())
    };
    lose_a_shard(setup, kill, |cluster| cluster.node_mut(0).restart());
}

fn stopped(setup: Setup) {
    let stop = |cluster: &mut Cluster| -> Box<dyn Any> {
        cluster.node(0).process().signal(Signal::STOP);
        Box::new(())
    };
    lose_a_shard(setup, stop, |cluster| {
        cluster.node(0).process().signal(Signal::CONT);
    });
}

fn black_holed(setup: Setup) {
    let hole = |cluster: &mut Cluster| -> Box<dyn Any> {
        cluster.node_mut(0).kill();
        Box::new(Hole::at(cluster.node(0).addr()))
    };
    lose_a_shard(setup, hole, |cluster| cluster.node_mut(0).restart());
}

/// Each connection is accepted and closed at once.
fn refusing(setup: Setup) {
    let refuse = |cluster: &mut Cluster| -> Box<dyn Any> {
        cluster.node_mut(0).kill();
        let addr = cluster.node(0).addr();
        let listener = wait_until("the port", SETTLE_LIMIT, || TcpListener::bind(addr).ok());
        listener.set_nonblocking(true).expect("a listener");
        Box::new(Doing::begin(move || {
            let mut fds = [PollFd::new(&listener, PollFlags::IN)];
            let _ = poll(&mut fds, Some(&LOOK));
            drop(listener.accept());
        }))
    };
    lose_a_shard(setup, refuse, |cluster| cluster.node_mut(0).restart());
}

// === what must hold ===

/// Shard 0 is lost for as long as the value is kept that `lose` gives, and until `mend`.
fn lose_a_shard(setup: Setup, lose: fn(&mut Cluster) -> Box<dyn Any>, mend: fn(&mut Cluster)) {
    let mut cluster = setup.cluster(3, 0, LONELY);
    let deadline = format!("\"{}s\"", DEADLINE.as_secs());
    let settings = [
        ("cluster.server_timeout", deadline.as_str()),
        ("cluster.failover_hold", "\"1s\""),
        ("cluster.connect_timeout", "\"500ms\""),
    ];
    let proxy = setup.proxy_with(&cluster, &settings);
    let keys = cluster.keys_on_all(&unique("lost"));
    let (mut mixed, mut other) = (proxy.connect(), proxy.connect());
    for key in &keys {
        assert_eq!(mixed.call(&format!("SET {key} {key}")), Reply::ok());
    }
    let lost = lose(&mut cluster);
    let sent = Instant::now();
    ask_all(&mut mixed, &keys);
    let served = serve_while_silent(&mut mixed, &mut other, &keys);
    check_all(&mut mixed, &keys, &|reply| reply.assert_documented());
    let took = sent.elapsed();
    eprintln!("a mixed pipeline took {took:?}, others were served {served} times meanwhile");
    assert!(took < LATEST, "the deadline is {DEADLINE:?}");
    assert!(served > 5, "only {served} others were served");
    wait_until("the loss to be known", SETTLE_LIMIT, || {
        let reply = mixed.call(&format!("GET {}", keys[0]));
        reply.assert_documented();
        reply
            .error()?
            .starts_with("CLUSTERDOWN corelane: node")
            .then_some(())
    });
    let from = Instant::now();
    for _ in 0..ROUNDS {
        ask_all(&mut mixed, &keys);
        check_all(&mut mixed, &keys, &|reply| {
            reply.assert_error("CLUSTERDOWN corelane: node");
        });
        mixed
            .call(&format!("SET {} {}", keys[0], keys[0]))
            .assert_error("CLUSTERDOWN corelane: node");
    }
    let took = from.elapsed();
    assert!(
        took < LATEST,
        "{ROUNDS} rounds took {took:?} although all is known"
    );
    drop(lost);
    mend(&mut cluster);
    wait_until("it is used again", SETTLE_LIMIT, || {
        let reply = mixed.call(&format!("SET {} {}", keys[0], keys[0]));
        (reply == Reply::ok()).then_some(())
    });
    ask_all(&mut mixed, &keys);
    check_all(&mut mixed, &keys, &|reply| {
        assert_eq!(*reply, Reply::bulk(&keys[0]));
    });
}

/// The node stands still until the others have served some requests, again and again: nothing fails, and who does not need
/// it does not wait.
fn slow(setup: Setup) {
    let cluster = setup.cluster(3, 0, LONELY);
    let proxy = setup.proxy_with(&cluster, &[("cluster.server_timeout", "\"30s\"")]);
    let keys = cluster.keys_on_all(&unique("slow"));
    let (mut mixed, mut other) = (proxy.connect(), proxy.connect());
    for key in &keys {
        assert_eq!(mixed.call(&format!("SET {key} {key}")), Reply::ok());
    }
    let node = cluster.node(0).process();
    for _ in 0..ROUNDS {
        node.signal(Signal::STOP);
        ask_all(&mut mixed, &keys);
        for _ in 0..5 {
            serve(&mut other, &keys);
        }
        assert!(mixed.is_silent(Duration::from_millis(1)), "in order");
        node.signal(Signal::CONT);
        check_all(&mut mixed, &keys, &|reply| {
            assert_eq!(*reply, Reply::bulk(&keys[0]));
        });
    }
    for name in ERRORS {
        assert_eq!(proxy.metric(name), 0.0, "{name}");
    }
}

/// In the middle of a pipeline somebody asks the shard that is lost: the replies in front of that one do not wait for it,
/// and those behind it come after it.
fn replies_in_front_leave_at_once(setup: Setup) {
    let mut cluster = setup.cluster(3, 0, LONELY);
    // Much longer than what is in front may take.
    let proxy = setup.proxy_with(&cluster, &[("cluster.server_timeout", "\"60s\"")]);
    let keys = cluster.keys_on_all(&unique("front"));
    let mut client = proxy.connect();
    for key in &keys {
        assert_eq!(client.call(&format!("SET {key} {key}")), Reply::ok());
    }
    let alive = keys[1..].join(" ");
    let around: [(String, Reply); 5] = [
        (format!("GET {}", keys[1]), Reply::bulk(&keys[1])),
        ("ECHO here".to_owned(), Reply::bulk("here")),
        (format!("GET {}", keys[2]), Reply::bulk(&keys[2])),
        (format!("EXISTS {alive}"), Reply::Integer(2)),
        (format!("STRLEN {}", keys[1]), length(&keys[1])),
    ];
    let check = |client: &mut Client| {
        for _ in 0..3 {
            for (line, reply) in &around {
                assert_eq!(client.read(), *reply, "{line}");
            }
        }
    };
    let bytes: Vec<u8> = around.iter().flat_map(|(line, _)| words(line)).collect();
    let lost = [
        (format!("GET {}", keys[0]), Reply::bulk(&keys[0])),
        (format!("EXISTS {}", keys.join(" ")), Reply::Integer(3)),
    ];
    for ends in [false, true] {
        for (line, reply) in &lost {
            cluster.node(0).process().signal(Signal::STOP);
            let sent = Instant::now();
            let pipeline = [bytes.repeat(3), words(line), bytes.repeat(3)].concat();
            client.send(&pipeline);
            check(&mut client);
            let took = sent.elapsed();
            eprintln!("the replies in front of {line} took {took:?}");
            assert!(took < LATEST, "{line}: {took:?}");
            assert!(client.is_silent(Duration::from_millis(1)), "in order");
            if ends {
                cluster.node_mut(0).kill();
                cluster.node_mut(0).restart();
                // A read that was under way may be asked again; the value is gone with the node.
                let told = client.read();
                let is_asked_again = [Reply::Null, Reply::Integer(2)].contains(&told);
                assert!(is_asked_again || told.error().is_some(), "{told:?}");
            } else {
                cluster.node(0).process().signal(Signal::CONT);
                assert_eq!(client.read(), *reply, "{line}");
            }
            check(&mut client);
        }
    }
}

fn length(text: &str) -> Reply {
    Reply::Integer(i64::try_from(text.len()).expect("a short text"))
}

/// What may not happen because a node is slow.
const ERRORS: [&str; 4] = [
    "errors_timeout",
    "errors_node_down",
    "errors_node_unavailable",
    "links_lost",
];

/// The other shards serve a client.
fn serve(other: &mut Client, keys: &[String]) {
    for key in &keys[1..] {
        let sent = Instant::now();
        assert_eq!(other.call(&format!("SET {key} {key}")), Reply::ok());
        assert!(sent.elapsed() < DEADLINE, "{:?}", sent.elapsed());
    }
}

/// Sends requests to all shards, that in trouble first, three times in one go.
fn ask_all(client: &mut Client, keys: &[String]) {
    let requests = keys.iter().map(|key| words(&format!("GET {key}")));
    client.send(&requests.collect::<Vec<_>>().concat().repeat(3));
}

/// Reads the replies to [`ask_all`]: each in its place, and only those of the first shard are special.
fn check_all(client: &mut Client, keys: &[String], special: &dyn Fn(&Reply)) {
    for _ in 0..3 {
        special(&client.read());
        for key in &keys[1..] {
            assert_eq!(client.read(), Reply::bulk(key));
        }
    }
}

/// Other shards serve another client until the first one gets something; how often.
fn serve_while_silent(silent: &mut Client, other: &mut Client, keys: &[String]) -> u32 {
    let mut served = 0;
    while silent.is_silent(Duration::from_millis(1)) {
        serve(other, keys);
        served += 1;
    }
    served
}
