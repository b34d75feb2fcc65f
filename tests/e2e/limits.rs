//! Limits: what happens when they are reached, and that it is counted.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::client::{Client, Reply, request, words};
use crate::harness::{Setup, matrix, unique, wait_until, workers};
use crate::proxy::{Proxy, READY_LIMIT};

matrix!(client_that_does_not_read);
workers!(
    clients_max,
    requests_in_flight_pause,
    client_output_max,
    link_requests_in_flight_max,
    node_backlog_max,
    idle_clients_are_closed,
    clients_wait_for_descriptors,
    request_limits,
);

fn clients_max(setup: Setup) {
    let proxy = setup.proxy_with(setup.shared(), &[("limits.clients_max", "10")]);
    let mut accepted = Vec::new();
    let mut rejected = 0;
    for _ in 0..60 {
        let mut client = proxy.connect();
        match client.try_call("PING") {
            Ok(Reply::Simple(_)) => accepted.push(client),
            Ok(Reply::Error(text)) => {
                assert_eq!(text, "ERR max number of clients reached");
                assert!(client.read_to_close().is_empty());
                rejected += 1;
            }
            // The proxy closed with our request unread: the kernel may drop its answer.
            Err(_) => rejected += 1,
            Ok(other) => panic!("{other:?}"),
        }
    }
    // Workers share nothing: each may reach the limit before it hears of the clients of the others.
    let possible = 10..=10 * setup.workers;
    assert!(possible.contains(&accepted.len()), "{}", accepted.len());
    assert_eq!(proxy.metric("clients_rejected"), f64::from(rejected));
    let mut unread = wait_until("a rejection that can be read", READY_LIMIT, || {
        let mut client = proxy.connect();
        let text = client.read_to_close();
        (!text.is_empty()).then_some(text)
    });
    unread.truncate(64);
    assert_eq!(
        String::from_utf8_lossy(&unread),
        "-ERR max number of clients reached\r\n"
    );
    drop(accepted);
    wait_until("room for new clients", READY_LIMIT, || {
        (proxy.connect().try_call("PING").ok()? == Reply::Simple("PONG".to_owned())).then_some(())
    });
}

/// 100,000 requests without reading a reply: the proxy stops reading, holds little, serves others, and
/// goes on when the client reads.
fn client_that_does_not_read(setup: Setup) {
    const REQUESTS: usize = 100_000;
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let keys = cluster.keys_on_all(&unique("unread"));
    let mut other = proxy.connect();
    for key in &keys {
        let value = format!("{key} {}", "x".repeat(1_000));
        assert_eq!(other.call_args(&["SET", key, &value]), Reply::ok());
    }
    let before = proxy.memory();
    let requests: Vec<u8> = (0..REQUESTS)
        .flat_map(|n| words(&format!("GETRANGE {} 0 900", keys[n % 3])))
        .collect();
    let mut client = proxy.connect();
    let stream = client.stream().try_clone().expect("clone a socket");
    stream.set_write_timeout(None).expect("socket option");
    std::thread::scope(|scope| {
        scope.spawn(|| (&stream).write_all(&requests));
        let _unblock = ShutdownAtEnd(&stream);
        wait_standstill(&proxy);
        let grown = proxy.memory().saturating_sub(before);
        assert!(
            grown < 48 << 20,
            "{grown} bytes for a client that does not read"
        );
        assert!(
            proxy.metric("requests") < 90_000.0,
            "it must stop reading before"
        );
        assert_eq!(other.call("ECHO others"), Reply::bulk("others"));
        assert_eq!(
            other.call(&format!("STRLEN {}", keys[0])).integer() / 1_000,
            1
        );
        for n in 0..REQUESTS {
            let text = client.read().text();
            assert!(
                text.starts_with(&keys[n % 3]) && text.len() == 901,
                "{n}: {text:.80}"
            );
        }
    });
}

/// Ends a thread that still writes when the test fails.
struct ShutdownAtEnd<'a>(&'a TcpStream);

impl Drop for ShutdownAtEnd<'_> {
    fn drop(&mut self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// Waits until the proxy has paused a client and takes nothing in any more.
fn wait_standstill(proxy: &Proxy) {
    let pauses = ["pauses_in_flight", "pauses_output", "pauses_expected_bytes"];
    wait_until("a pause", READY_LIMIT, || {
        pauses
            .iter()
            .any(|name| proxy.metric(name) > 0.0)
            .then_some(())
    });
    let (mut last, mut same) = (0.0, 0);
    wait_until("a standstill", READY_LIMIT, || {
        let now = proxy.metric("bytes_from_clients");
        same = if now == last { same + 1 } else { 0 };
        last = now;
        (same >= 40).then_some(())
    });
}

/// A client may have so many requests under way; the rest waits in the socket and is served later.
fn requests_in_flight_pause(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let settings = [
        ("limits.client_requests_in_flight_max", "16"),
        ("cluster.server_timeout", "\"60s\""),
    ];
    let proxy = setup.proxy_with(&cluster, &settings);
    let key = cluster.key_on(0, "flight");
    let mut client = proxy.connect();
    assert_eq!(client.call(&format!("SET {key} 0")), Reply::ok());
    cluster.node(0).process().signal(Signal::STOP);
    client.send(&words(&format!("INCR {key}")).repeat(500));
    wait_until("the pause", READY_LIMIT, || {
        (proxy.metric("pauses_in_flight") >= 1.0).then_some(())
    });
    assert!(proxy.metric("requests_in_flight") <= 16.0);
    assert_eq!(proxy.connect().call("ECHO others"), Reply::bulk("others"));
    cluster.node(0).process().signal(Signal::CONT);
    for n in 1..=500 {
        assert_eq!(client.read(), Reply::Integer(n));
    }
}

/// Replies that nobody fetches are held up to a limit; then the client is closed.
fn client_output_max(setup: Setup) {
    let cluster = setup.shared();
    let settings = [
        ("limits.client_output_max", "\"2MiB\""),
        ("limits.client_expected_bytes_max", "\"1GiB\""),
    ];
    let proxy = setup.proxy_with(cluster, &settings);
    let key = unique("output");
    let mut other = proxy.connect();
    let value = "y".repeat(1 << 20);
    assert_eq!(
        other.exchange(&request(&["SET", &key, &value]), 1),
        [Reply::ok()]
    );
    let mut client = proxy.connect();
    client.send(&words(&format!("GET {key}")).repeat(200));
    wait_until("the close", READY_LIMIT, || {
        (proxy.metric("closes_output_max") >= 1.0).then_some(())
    });
    let replies = client.read_to_close().len() >> 20;
    assert!(replies < 200, "{replies}");
    assert_eq!(other.call(&format!("STRLEN {key}")).integer(), 1 << 20);
    other.call(&format!("DEL {key}"));
}

/// A node that does not answer holds so many requests; more wait with their clients and are served later.
fn link_requests_in_flight_max(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let settings = [
        ("limits.link_requests_in_flight_max", "8"),
        ("cluster.server_timeout", "\"60s\""),
    ];
    let proxy = setup.proxy_with(&cluster, &settings);
    let (key, living) = (cluster.key_on(0, "link"), cluster.key_on(1, "link"));
    let mut client = proxy.connect();
    assert_eq!(client.call(&format!("SET {key} v")), Reply::ok());
    cluster.node(0).process().signal(Signal::STOP);
    let mut clients: Vec<Client> = (0..100).map(|_| proxy.connect()).collect();
    for client in &mut clients {
        client.send(&words(&format!("GET {key}")));
    }
    wait_until("requests that wait", READY_LIMIT, || {
        (proxy.metric("pauses_link") >= 84.0).then_some(())
    });
    assert_eq!(
        proxy.connect().call(&format!("EXISTS {living}")),
        Reply::Integer(0)
    );
    cluster.node(0).process().signal(Signal::CONT);
    for client in &mut clients {
        assert_eq!(client.read(), Reply::bulk("v"));
    }
}

/// A node that cannot be reached holds so many requests; more are refused at once.
fn node_backlog_max(setup: Setup) {
    let cluster = setup.cluster(3, 0, &["--requirepass", "node-pass"]);
    let settings = [
        ("limits.node_backlog_requests_max", "16"),
        ("cluster.password", "\"node-pass\""),
        ("cluster.server_timeout", "\"5s\""),
        ("cluster.connect_timeout", "\"5s\""),
    ];
    let proxy = setup.proxy_with(&cluster, &settings);
    let (key, living) = (cluster.key_on(0, "backlog"), cluster.key_on(1, "backlog"));
    cluster.node(0).process().signal(Signal::STOP);
    // Links that were open end with the first time limit; new ones get no answer to AUTH.
    let mut clients: Vec<Client> = (0..100).map(|_| proxy.connect()).collect();
    wait_until("refused requests", READY_LIMIT, || {
        for client in &mut clients {
            client.send(&words(&format!("GET {key}")));
        }
        let served = proxy.connect().call(&format!("EXISTS {living}"));
        assert_eq!(served, Reply::Integer(0), "others go on");
        for client in &mut clients {
            client.read().assert_documented();
        }
        (proxy.metric("errors_backlog_full") > 0.0).then_some(())
    });
    cluster.node(0).process().signal(Signal::CONT);
    wait_until("service again", READY_LIMIT, || {
        (clients[0].call(&format!("SET {key} v")) == Reply::ok()).then_some(())
    });
}

fn idle_clients_are_closed(setup: Setup) {
    // Longer than a machine stops this client between two steps.
    let settings = [("clients.client_timeout", "\"3s\"")];
    let proxy = setup.proxy_with(setup.shared(), &settings);
    let mut client = proxy.connect();
    assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
    assert!(client.read_to_close().is_empty());
    assert!(proxy.metric("closes_idle") >= 1.0);
}

/// While no descriptor is left, new clients wait, old ones are served, and the log says it once.
fn clients_wait_for_descriptors(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut old = proxy.connect();
    assert_eq!(old.call("PING"), Reply::Simple("PONG".to_owned()));
    let before = proxy.process().limit_descriptors(Some(0));
    let mut new = proxy.connect();
    new.send(&words("PING"));
    let logged = |text: &str| proxy.process().output().matches(text).count();
    wait_until("an error in the log", READY_LIMIT, || {
        (logged("cannot accept clients") > 0).then_some(())
    });
    // Long enough for several more tries.
    let failed_at = Instant::now();
    wait_until("more tries", READY_LIMIT, || {
        assert_eq!(old.call("PING"), Reply::Simple("PONG".to_owned()));
        (failed_at.elapsed() > Duration::from_millis(500)).then_some(())
    });
    proxy.process().limit_descriptors(before);
    assert_eq!(new.read(), Reply::Simple("PONG".to_owned()));
    wait_until("its end in the log", READY_LIMIT, || {
        (logged("accepts clients again") > 0).then_some(())
    });
    assert_eq!(logged("cannot accept clients"), 1);
    assert_eq!(logged("accepts clients again"), 1);
}

fn request_limits(setup: Setup) {
    let settings = [
        ("limits.args_max", "100"),
        ("limits.bulk_bytes_max", "\"64KiB\""),
    ];
    let proxy = setup.proxy_with(setup.shared(), &settings);
    let answer = |bytes: &[u8]| {
        let mut client = proxy.connect();
        client.send(bytes);
        String::from_utf8_lossy(&client.read_to_close()).into_owned()
    };
    assert_eq!(
        answer(b"*101\r\n"),
        "-ERR Protocol error: invalid multibulk length\r\n"
    );
    let bulk = answer(b"*2\r\n$4\r\nECHO\r\n$65537\r\n");
    assert_eq!(bulk, "-ERR Protocol error: invalid bulk length\r\n");
    let text = "z".repeat(64 * 1024);
    assert_eq!(
        proxy.connect().call_args(&["ECHO", &text]),
        Reply::bulk(&text)
    );
}
