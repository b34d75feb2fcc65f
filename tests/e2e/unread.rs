//! Many clients that read nothing of what they get: the sum of it stays within the memory limit, and who reads is served.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::client::{Client, Reply, request, words};
use crate::harness::{Setup, poll_until, unique, wait_until, workers};
use crate::proxy::{Proxy, READY_LIMIT};
use crate::servers::{Cluster, SETTLE_LIMIT};

workers!(
    readers_that_read_nothing,
    readers_of_small_replies_that_read_nothing,
    subscribers_that_read_nothing,
    replies_among_those_of_quick_readers,
);

const MIB: usize = 1 << 20;

/// All that buffers may hold.
const BUDGET: (&str, &str) = ("limits.memory_max", "\"64MiB\"");
const BUDGET_BYTES: u64 = 64 * MIB as u64;

/// What a process takes beyond what its buffers hold: the allocator's rest, receive buffers, what one read brings.
const SLACK: u64 = 48 * MIB as u64;

/// What of it may stay when all have gone.
const KEPT: u64 = 16 * MIB as u64;

/// Clients that read nothing.
const CLIENTS: usize = 64;

/// Large values take their time on a busy machine.
const PATIENCE: (&str, &str) = ("cluster.server_timeout", "\"60s\"");

/// One that reads, and is to be served whatever the others do.
struct Neighbour {
    client: Client,
    keys: Vec<String>,
    served: usize,
    slowest: Duration,
}

// === impl Neighbour ===

impl Neighbour {
    fn new(proxy: &Proxy, cluster: &Cluster) -> Self {
        Self {
            client: proxy.connect(),
            keys: cluster.keys_on_all(&unique("neighbour")),
            served: 0,
            slowest: Duration::ZERO,
        }
    }

    fn ask(&mut self) {
        for key in &self.keys {
            let from = Instant::now();
            let value = self.served.to_string();
            assert_eq!(self.client.call(&format!("SET {key} {value}")), Reply::ok());
            assert_eq!(self.client.call(&format!("GET {key}")), Reply::bulk(&value));
            self.slowest = self.slowest.max(from.elapsed());
            self.served += 1;
        }
    }
}

/// Clients that each ask, in turn at all nodes, for so many values of `len` bytes, and read nothing.
fn askers(proxy: &Proxy, cluster: &Cluster, len: usize, times: usize) -> Vec<Client> {
    let keys = cluster.keys_on_all(&unique("unread"));
    for (node, key) in keys.iter().enumerate() {
        let set = request(&["SET", key, &"v".repeat(len)]);
        let mut client = cluster.node(node).connect();
        assert_eq!(client.exchange(&set, 1), [Reply::ok()]);
    }
    let gets = keys.iter().cycle().take(times);
    let ask: Vec<u8> = gets.flat_map(|key| words(&format!("GET {key}"))).collect();
    let asker = |_| {
        let mut client = proxy.connect();
        client.send(&ask);
        client
    };
    (0..CLIENTS).map(asker).collect()
}

/// Many ask and read nothing: what the proxy takes is bounded, who reads is served, and in the end no buffer is left.
fn read_nothing(setup: Setup, len: usize, times: usize) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[BUDGET, PATIENCE]);
    let mut neighbour = Neighbour::new(&proxy, &cluster);
    neighbour.ask();
    let before = proxy.memory();
    let mut most = before;
    let mut readers = askers(&proxy, &cluster, len, times);
    // They get what fits, some are closed, and then nothing comes any more.
    let (mut last, mut since) = (0.0, Instant::now());
    wait_until("an end of what comes", SETTLE_LIMIT, || {
        neighbour.ask();
        most = most.max(proxy.memory());
        let now = proxy.metric("bytes_to_clients") - 12.0 * neighbour.served as f64;
        if (now - last).abs() > 64.0 * 1024.0 {
            (last, since) = (now, Instant::now());
        }
        (since.elapsed() > Duration::from_secs(3)).then_some(())
    });
    let closed = proxy.metric("closes_memory");
    eprintln!(
        "{CLIENTS} times {times} of {len} bytes: {} MiB above {} MiB, {closed} closed, held {} times; {} requests of \
         another one, the slowest {:?}",
        (most - before) >> 20,
        before >> 20,
        proxy.metric("links_held"),
        neighbour.served,
        neighbour.slowest,
    );
    assert!(
        most < before + BUDGET_BYTES + SLACK,
        "{most} bytes, before {before}"
    );
    assert!(proxy.metric("links_held") > 0.0, "memory was never scarce");
    for name in ["errors_timeout", "errors_outcome_unknown", "links_lost"] {
        assert_eq!(proxy.metric(name), 0.0, "{name}");
    }
    // Who was not closed finds all that it asked for, in order.
    let mut whole = 0;
    let value = Reply::bulk("v".repeat(len));
    let mut kept = readers.pop().expect("a reader");
    while whole < times
        && let Ok(reply) = kept.try_read()
    {
        assert!(reply == value, "{reply:?}");
        whole += 1;
    }
    eprintln!("the last one has read {whole} of {times}");
    assert!(whole == times || closed > 0.0);
    neighbour.ask();
    drop((readers, kept));
    wait_until("an end of all buffers", READY_LIMIT, || {
        (proxy.metric("buffer_bytes") == 0.0).then_some(())
    });
    given_back(&proxy, before);
    neighbour.ask();
}

/// Memory that buffers do not need any more goes back to the system.
fn given_back(proxy: &Proxy, before: u64) {
    wait_until("memory that goes back to the system", READY_LIMIT, || {
        (proxy.memory() < before + KEPT).then_some(())
    });
}

fn readers_that_read_nothing(setup: Setup) {
    read_nothing(setup, MIB, 30);
}

/// Each reply comes with one read.
fn readers_of_small_replies_that_read_nothing(setup: Setup) {
    read_nothing(setup, 15 * 1024, 1200);
}

/// A reply that is not read holds its own bytes and not the buffer that it came in, which it shared with others.
fn replies_among_those_of_quick_readers(setup: Setup) {
    let cluster = setup.cluster(1, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[BUDGET, PATIENCE]);
    let value = Reply::bulk("v".repeat(20_000));
    let key = unique("shared");
    let set = request(&["SET", &key, &"v".repeat(20_000)]);
    assert_eq!(proxy.connect().exchange(&set, 1), [Reply::ok()]);
    let get = words(&format!("GET {key}"));
    let before = proxy.memory();
    let mut slow: Vec<Client> = (0..CLIENTS).map(|_| proxy.connect()).collect();
    for client in &mut slow {
        // Else the kernel keeps more of what they do not read; what it keeps all the same comes first.
        let socket = socket2::SockRef::from(client.stream());
        socket.set_recv_buffer_size(4096).expect("a smaller buffer");
        client.send(&get.repeat(195));
    }
    let first = proxy.metric("buffer_bytes");
    let (mut most, mut held) = (before, first);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut quick = proxy.connect();
                let many = get.repeat(16);
                while !is_over.load(Ordering::Relaxed) {
                    for reply in quick.exchange(&many, 16) {
                        assert!(reply == value, "{reply:?}");
                    }
                }
            });
        }
        let waited = poll_until(SETTLE_LIMIT, || {
            for client in &mut slow {
                client.send(&get);
            }
            most = most.max(proxy.memory());
            held = held.max(proxy.metric("buffer_bytes"));
            (held > first + 14.0 * MIB as f64).then_some(())
        });
        is_over.store(true, Ordering::Relaxed);
        waited.expect("replies that wait");
    });
    eprintln!(
        "{} MiB above {} MiB while {held} bytes wait",
        (most - before) >> 20,
        before >> 20
    );
    let own = held + held / 8.0 + (SLACK / 12) as f64;
    assert!(
        ((most - before) as f64) < own,
        "{most} bytes, before {before}"
    );
}

/// Messages for many who do not read them, each within its own limit, but not all together.
fn subscribers_that_read_nothing(setup: Setup) {
    // Not the nodes' own limit is tested.
    let unlimited = ["--client-output-buffer-limit", "pubsub 0 0 0"];
    let cluster = setup.cluster(3, 0, &unlimited);
    let limits = [
        BUDGET,
        PATIENCE,
        ("limits.subscriber_output_max", "\"1GiB\""),
        ("limits.subscriber_output_soft", "\"1GiB\""),
    ];
    let proxy = setup.proxy_with(&cluster, &limits);
    let mut neighbour = Neighbour::new(&proxy, &cluster);
    neighbour.ask();
    let channels: Vec<String> = (0..8).map(|n| unique(&format!("channel{n}"))).collect();
    let before = proxy.memory();
    let mut most = before;
    let mut silent: Vec<Client> = (0..CLIENTS).map(|_| proxy.connect()).collect();
    for (n, client) in silent.iter_mut().enumerate() {
        client.call(&format!("SUBSCRIBE {}", channels[n % channels.len()]));
    }
    let mut reader = proxy.connect();
    let own = unique("own");
    reader.call(&format!("SUBSCRIBE {own}"));
    let text = "m".repeat(256 * 1024);
    let mut publisher = cluster.node(0).connect();
    for round in 0..60 {
        for channel in &channels {
            publisher.call_args(&["PUBLISH", channel, &text]);
        }
        most = most.max(proxy.memory());
        neighbour.ask();
        let number = round.to_string();
        publisher.call_args(&["PUBLISH", &own, &number]);
        let message = reader.read();
        assert_eq!(message.elements()[2], Reply::bulk(&number));
    }
    most = most.max(proxy.memory());
    eprintln!(
        "{CLIENTS} subscribers: {} MiB above {} MiB, {} closed; the slowest requests of another one {:?}",
        (most - before) >> 20,
        before >> 20,
        proxy.metric("closes_memory"),
        neighbour.slowest,
    );
    assert!(
        most < before + BUDGET_BYTES + SLACK,
        "{most} bytes, before {before}"
    );
    wait_until("the end of some of them", READY_LIMIT, || {
        (proxy.metric("closes_memory") > 0.0).then_some(())
    });
    assert_eq!(proxy.metric("links_lost"), 0.0);
    drop(silent);
    given_back(&proxy, before);
}
