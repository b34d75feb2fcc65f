//! Memory: what is large, slow or numerous is bounded, and what it took goes back to the system.
//!
//! `CORELANE_TEST_LARGE_MIB` sets the size of the large values (default 48; a server takes up to 512).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::client::{Client, Reply, words};
use crate::harness::{Setup, number, unique, wait_until, workers};
use crate::proxy::{Proxy, READY_LIMIT};
use crate::servers::Cluster;

workers!(
    large_replies_are_passed_on,
    huge_arrays_are_passed_on,
    a_reader_that_stops_in_the_middle,
    many_clients,
);

pub(crate) const MIB: usize = 1 << 20;

/// All that buffers may hold, in the tests with large values.
pub(crate) const BUDGET: (&str, &str) = ("limits.memory_max", "\"32MiB\"");

/// The same as a number.
pub(crate) const BUDGET_BYTES: u64 = 32 * MIB as u64;

/// Large values take their time on a busy machine.
pub(crate) const PATIENCE: (&str, &str) = ("cluster.server_timeout", "\"60s\"");

/// A process takes more than its buffers hold: the allocator's rest, receive buffers, stacks that grew.
pub(crate) const SLACK: u64 = 32 * MIB as u64;

/// A large value: a block of odd length, over and over.
pub(crate) struct Large {
    block: Vec<u8>,
    len: usize,
}

// === impl Large ===

impl Large {
    pub(crate) fn new(seed: u64) -> Self {
        let mib = std::env::var("CORELANE_TEST_LARGE_MIB");
        let mib = mib.map_or(48, |text| text.parse().expect("a number of MiB"));
        let mut state = seed | 1;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(11);
            (state >> 33).to_le_bytes()[0]
        };
        let block = (0..999_983).map(|_| next()).collect();
        Self {
            block,
            len: mib * MIB,
        }
    }

    /// Its bytes from `at` on, at most `most` of them.
    fn from(&self, at: usize, most: usize) -> &[u8] {
        let block = &self.block[at % self.block.len()..];
        &block[..block.len().min(most).min(self.len - at)]
    }

    /// Its length.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Stores it at a node, which is not asked by way of the proxy.
    fn store(&self, cluster: &Cluster, node: usize, key: &str) {
        let mut client = cluster.node(node).connect();
        self.begin(&mut client, key);
        self.send(&mut client, 0, self.len);
        assert_eq!(client.read(), Reply::ok());
    }

    /// Sends the beginning of a SET, up to the first byte of the value.
    pub(crate) fn begin(&self, client: &mut Client, key: &str) {
        let head = format!(
            "*3\r\n$3\r\nSET\r\n${}\r\n{key}\r\n${}\r\n",
            key.len(),
            self.len
        );
        client.send(head.as_bytes());
    }

    /// Sends it as a value, from `at` on and up to `end`; with its CR LF if that is its end.
    pub(crate) fn send(&self, client: &mut Client, mut at: usize, end: usize) {
        while at < end {
            let piece = self.from(at, MIB.min(end - at));
            client.send(piece);
            at += piece.len();
        }
        if end == self.len {
            client.send(b"\r\n");
        }
    }

    /// Reads it as a reply, from `at` on, and compares every byte.
    pub(crate) fn read(&self, stream: &mut TcpStream, mut at: usize) {
        let mut buffer = vec![0; 256 * 1024];
        while at < self.len {
            let expected = self.from(at, buffer.len());
            let got = &mut buffer[..expected.len()];
            stream.read_exact(got).expect("more of the value");
            assert!(
                got == expected,
                "other bytes than were stored, from {at} on"
            );
            at += expected.len();
        }
        let mut end = [0; 2];
        stream.read_exact(&mut end).expect("the end of the value");
        assert_eq!(&end, b"\r\n");
    }

    /// Asks for it and reads the line in front of it.
    pub(crate) fn ask(&self, proxy: &Proxy, key: &str) -> TcpStream {
        let mut stream = proxy
            .connect()
            .stream()
            .try_clone()
            .expect("clone a socket");
        stream
            .write_all(&words(&format!("GET {key}")))
            .expect("a request");
        let expected = format!("${}\r\n", self.len);
        let mut head = vec![0; expected.len()];
        stream
            .read_exact(&mut head)
            .expect("the line in front of the value");
        assert_eq!(String::from_utf8_lossy(&head), expected);
        stream
    }
}

/// The most that the proxy takes until `is_over`, while small requests go on at the same nodes; and how long the slowest
/// of them took.
pub(crate) fn watch(
    proxy: &Proxy,
    keys: &[String],
    mut is_over: impl FnMut() -> bool,
) -> (u64, Duration) {
    let mut other = proxy.connect();
    let (mut most, mut slowest) = (0, Duration::ZERO);
    loop {
        for key in keys {
            let from = Instant::now();
            assert_eq!(other.call(&format!("SET {key} small")), Reply::ok());
            assert_eq!(other.call(&format!("GET {key}")), Reply::bulk("small"));
            slowest = slowest.max(from.elapsed());
        }
        most = most.max(proxy.memory());
        if is_over() {
            return (most, slowest);
        }
    }
}

/// What was taken for something that is over goes back.
pub(crate) fn wait_given_back(proxy: &Proxy, before: u64) {
    wait_until("memory that goes back to the system", READY_LIMIT, || {
        let is_back = proxy.memory() < before + SLACK && proxy.metric("buffer_bytes") == 0.0;
        is_back.then_some(())
    });
}

/// Several values, each larger than all buffers may be.
fn large_replies_are_passed_on(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[BUDGET, PATIENCE]);
    let small = cluster.keys_on_all(&unique("small"));
    let large = [Large::new(1), Large::new(2)];
    let keys = [cluster.key_on(0, "large"), cluster.key_on(1, "large")];
    for (node, large) in large.iter().enumerate() {
        large.store(&cluster, node, &keys[node]);
    }
    watch(&proxy, &small, || true);
    let before = proxy.memory();
    let (most, slowest) = std::thread::scope(|scope| {
        let readers: Vec<_> = [0, 1, 0]
            .map(|at| {
                let (proxy, large, key) = (&proxy, &large[at], &keys[at]);
                scope.spawn(move || large.read(&mut large.ask(proxy, key), 0))
            })
            .into();
        let watched = watch(&proxy, &small, || readers.iter().all(|r| r.is_finished()));
        readers
            .into_iter()
            .for_each(|reader| reader.join().expect("a reader"));
        watched
    });
    eprintln!(
        "{} MiB above {} MiB; slowest small requests: {slowest:?}",
        (most - before) >> 20,
        before >> 20
    );
    assert!(
        most < before + BUDGET_BYTES + SLACK,
        "{most} bytes, before {before}"
    );
    assert_eq!(proxy.metric("replies_passed_on"), 3.0);
    wait_given_back(&proxy, before);
}

fn huge_arrays_are_passed_on(setup: Setup) {
    const ELEMENTS: usize = 60_000;
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[BUDGET, PATIENCE]);
    let small = cluster.keys_on_all(&unique("small"));
    let key = cluster.key_on(0, "list");
    let script = "for n = 1, tonumber(ARGV[1]) do \
                  redis.call('RPUSH', KEYS[1], string.format('%08d', n) .. string.rep('.', 992)) end";
    let mut node = cluster.node(0).connect();
    node.call_args(&["EVAL", script, "1", &key, &ELEMENTS.to_string()]);
    watch(&proxy, &small, || true);
    let before = proxy.memory();
    let (most, _) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut client = proxy.connect();
            client.send(&words(&format!("LRANGE {key} 0 -1")));
            client.expect_bytes(format!("*{ELEMENTS}\r\n").as_bytes());
            for n in 1..=ELEMENTS {
                client.expect_bytes(format!("$1000\r\n{n:08}{}\r\n", ".".repeat(992)).as_bytes());
            }
            assert_eq!(client.call("ECHO next"), Reply::bulk("next"));
        });
        let watched = watch(&proxy, &small, || reader.is_finished());
        reader.join().expect("a reader");
        watched
    });
    assert!(
        most < before + BUDGET_BYTES + SLACK,
        "{most} bytes, before {before}"
    );
    assert_eq!(proxy.metric("replies_passed_on"), 1.0);
    wait_given_back(&proxy, before);
}

/// Its link waits with it, the node has the rest, and others do not notice.
fn a_reader_that_stops_in_the_middle(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[BUDGET, PATIENCE]);
    let small = cluster.keys_on_all(&unique("small"));
    let key = cluster.key_on(0, "large");
    let large = Large::new(3);
    large.store(&cluster, 0, &key);
    watch(&proxy, &small, || true);
    let before = proxy.memory();
    let mut first = vec![0; 3 * MIB];
    // What is asked before a link is left to such a reply waits behind it.
    let [gone, mut stream] = [1.0, 2.0].map(|left| {
        let mut reader = large.ask(&proxy, &key);
        reader.read_exact(&mut first).expect("the beginning");
        wait_until("a link that is left to a reply", READY_LIMIT, || {
            (proxy.metric("links_left") >= left).then_some(())
        });
        reader
    });
    let from = Instant::now();
    let (most, _) = watch(&proxy, &small, || {
        proxy.metric("links_held") >= 2.0 && from.elapsed() > Duration::from_secs(1)
    });
    assert!(most < before + SLACK, "{most} bytes, before {before}");
    assert_eq!(proxy.metric("closes_slow_reply"), 0.0);
    drop(gone);
    large.read(&mut stream, first.len());
    stream.write_all(&words("ECHO next")).expect("a request");
    let mut echo = [0; 10];
    stream.read_exact(&mut echo).expect("its reply");
    assert_eq!(&echo, b"$4\r\nnext\r\n");
    drop(stream);
    wait_given_back(&proxy, before);
}

/// So many clients, each of which has asked something: what one takes, and that it goes back. `CORELANE_TEST_CROWD` says
/// how many, as for [`outages`](crate::outages).
fn many_clients(setup: Setup) {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let count = usize::try_from(limit.unwrap_or(u64::MAX) / 4)
        .expect("a number")
        .min(number("CORELANE_TEST_CROWD", 3000));
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let small = cluster.keys_on_all(&unique("small"));
    watch(&proxy, &small, || true);
    let before = proxy.memory();
    let mut streams = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(proxy.addr()).expect("a connection");
        stream
            .write_all(&words(&format!("GET {}", small[0])))
            .expect("a request");
        let mut reply = [0; 11];
        stream.read_exact(&mut reply).expect("a reply");
        assert_eq!(&reply, b"$5\r\nsmall\r\n");
        streams.push(stream);
    }
    let each = proxy.memory().saturating_sub(before) / count as u64;
    eprintln!("{each} bytes for each of {count} clients");
    assert!(each < 6 * 1024, "{each} bytes for each of {count} clients");
    drop(streams);
    wait_until("clients that are gone", READY_LIMIT, || {
        (proxy.metric("clients_now") < 5.0).then_some(())
    });
    wait_given_back(&proxy, before);
}
