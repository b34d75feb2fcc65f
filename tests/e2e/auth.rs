//! Passwords: the proxy's own at the nodes, and those of clients at the proxy.

use std::io::Write;
use std::time::Duration;

use crate::client::{Client, Reply, words};
use crate::harness::{Setup, matrix, unique, wait_until, workers};
use crate::proxy::{Proxy, READY_LIMIT};
use crate::servers::Node;

matrix!(node_password, node_user);
workers!(
    wrong_node_password,
    client_password,
    client_user,
    hello_with_password,
    ping_before_auth_refused,
    limits_before_auth,
    a_flood_before_auth_is_bounded,
    no_password_configured,
    secrets_are_not_logged,
);

const SECRET: &[(&str, &str)] = &[("clients.password", "\"s3cret\"")];
const NO_AUTH: &str = "NOAUTH Authentication required.";
const WRONG: &str = "WRONGPASS invalid username-password pair or user is disabled.";

fn node_password(setup: Setup) {
    let settings = ["--requirepass", "node-pass", "--masterauth", "node-pass"];
    let cluster = setup.cluster(3, 3, &settings);
    let proxy = setup.proxy_with(&cluster, &[("cluster.password", "\"node-pass\"")]);
    let mut client = proxy.connect();
    for key in cluster.keys_on_all("password") {
        assert_eq!(client.call(&format!("SET {key} v")), Reply::ok());
        assert_eq!(client.call(&format!("GET {key}")), Reply::bulk("v"));
    }
    assert!(matches!(client.call("HELLO 3"), Reply::Map(_)));
    for key in cluster.keys_on_all("password") {
        assert_eq!(
            client.call(&format!("GET {key}")),
            Reply::bulk("v"),
            "also on RESP3 links"
        );
    }
}

fn node_user(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    for node in cluster.nodes() {
        node.call_ok("ACL SETUSER proxy on >user-pass ~* &* +@all");
    }
    let settings = [
        ("cluster.username", "\"proxy\""),
        ("cluster.password", "\"user-pass\""),
    ];
    let proxy = setup.proxy_with(&cluster, &settings);
    let mut client = proxy.connect();
    for (shard, key) in cluster.keys_on_all("user").iter().enumerate() {
        assert_eq!(client.call(&format!("SET {key} v")), Reply::ok());
        let list = cluster.node(shard).call("CLIENT LIST").text();
        assert!(list.contains(" user=proxy "), "{list}");
    }
}

/// Not ready, and says so; nothing but errors comes back.
fn wrong_node_password(setup: Setup) {
    let cluster = setup.cluster(3, 0, &["--requirepass", "node-pass"]);
    let seeds: Vec<_> = cluster.nodes().iter().map(Node::addr).collect();
    let settings = [
        ("cluster.password", "\"other-pass\""),
        ("cluster.server_timeout", "\"300ms\""),
        ("cluster.connect_timeout", "\"300ms\""),
    ];
    let proxy = Proxy::start_unready(&seeds, setup.workers, &settings);
    let mut client = proxy.connect();
    for _ in 0..3 {
        let reply = client.call("GET key");
        assert!(reply.error().is_some(), "{reply:?}");
        assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
    }
    assert!(!proxy.is_ready());
    wait_until(
        "a line in the log that names the cause",
        READY_LIMIT,
        || {
            let log = proxy.process().output();
            (log.contains("WRONGPASS") || log.contains("NOAUTH")).then_some(())
        },
    );
}

fn client_password(setup: Setup) {
    let proxy = setup.proxy_with(setup.shared(), SECRET);
    let mut client = proxy.connect();
    let key = unique("secret");
    assert_eq!(
        client.call("PING"),
        Reply::Simple("PONG".to_owned()),
        "probes have no password"
    );
    for line in [
        format!("GET {key}"),
        "CLIENT ID".into(),
        "INFO".into(),
        "COMMAND".into(),
    ] {
        assert_eq!(client.call(&line).error(), Some(NO_AUTH), "{line}");
    }
    assert_eq!(client.call("AUTH wrong").error(), Some(WRONG));
    assert_eq!(client.call("AUTH default wrong").error(), Some(WRONG));
    assert_eq!(client.call("AUTH someone s3cret").error(), Some(WRONG));
    assert_eq!(client.call(&format!("GET {key}")).error(), Some(NO_AUTH));
    client
        .call("AUTH")
        .assert_error("ERR wrong number of arguments for 'auth' command");
    assert_eq!(client.call("AUTH s3cret"), Reply::ok());
    assert_eq!(client.call(&format!("SET {key} v")), Reply::ok());
    assert_eq!(client.call("AUTH wrong").error(), Some(WRONG));
    assert_eq!(
        client.call(&format!("GET {key}")),
        Reply::bulk("v"),
        "still who it was"
    );
    assert_eq!(client.call("RESET"), Reply::Simple("RESET".to_owned()));
    assert_eq!(
        client.call(&format!("GET {key}")).error(),
        Some(NO_AUTH),
        "nobody again"
    );
    assert_eq!(client.call("AUTH default s3cret"), Reply::ok());
    // In one pipeline, as libraries do.
    let mut client = proxy.connect();
    let get = words(&format!("GET {key}"));
    client.send(&[get.clone(), words("AUTH s3cret"), get].concat());
    assert_eq!(client.read().error(), Some(NO_AUTH));
    assert_eq!(client.read(), Reply::ok());
    assert_eq!(client.read(), Reply::bulk("v"));
    let mut client = proxy.connect();
    assert_eq!(client.call("QUIT"), Reply::ok(), "needs no password");
    assert!(client.read_to_close().is_empty());
    assert!(proxy.metric("errors_auth") >= 7.0);
}

fn client_user(setup: Setup) {
    let settings = [
        ("clients.username", "\"app\""),
        ("clients.password", "\"s3cret\""),
    ];
    let proxy = setup.proxy_with(setup.shared(), &settings);
    let mut client = proxy.connect();
    assert_eq!(client.call("AUTH default s3cret").error(), Some(WRONG));
    assert_eq!(client.call("AUTH app s3cret"), Reply::ok());
    assert!(client.call("CLIENT ID").integer() > 0);
}

fn hello_with_password(setup: Setup) {
    let proxy = setup.proxy_with(setup.shared(), SECRET);
    let mut client = proxy.connect();
    client.call("HELLO 3").assert_error("NOAUTH ");
    assert_eq!(
        client.call("HELLO 3 AUTH default wrong").error(),
        Some(WRONG)
    );
    assert_eq!(client.call("CLIENT ID").error(), Some(NO_AUTH));
    // A wrong name is found before anybody is logged in.
    let wrong = ["HELLO", "3", "AUTH", "default", "s3cret", "SETNAME", "a b"];
    client
        .call_args(&wrong)
        .assert_error("ERR Client names cannot contain spaces");
    assert_eq!(client.call("CLIENT ID").error(), Some(NO_AUTH));
    let hello = client.call("HELLO 3 AUTH default s3cret SETNAME app");
    assert!(matches!(hello, Reply::Map(_)), "{hello:?}");
    assert_eq!(client.call("CLIENT GETNAME"), Reply::bulk("app"));
}

fn ping_before_auth_refused(setup: Setup) {
    let mut settings = SECRET.to_vec();
    settings.push(("clients.ping_before_auth", "false"));
    let proxy = setup.proxy_with(setup.shared(), &settings);
    let mut client = proxy.connect();
    assert_eq!(client.call("PING").error(), Some(NO_AUTH));
    assert_eq!(client.call("AUTH s3cret"), Reply::ok());
    assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
}

/// Strangers cannot make the proxy hold much; texts as the server words them.
fn limits_before_auth(setup: Setup) {
    let server = Node::start(setup.kind, &["--requirepass", "s3cret"]);
    let proxy = setup.proxy_with(setup.shared(), SECRET);
    let too_much: &[&[u8]] = &[b"*11\r\n", b"*2\r\n$4\r\nECHO\r\n$16385\r\n"];
    for bytes in too_much {
        let answer = |mut client: Client| {
            client.send(bytes);
            String::from_utf8_lossy(&client.read_to_close()).into_owned()
        };
        let expected = answer(Client::connect(server.addr()));
        assert!(expected.contains("unauthenticated"), "{expected}");
        assert_eq!(answer(proxy.connect()), expected);
    }
    let mut client = proxy.connect();
    assert_eq!(client.call("AUTH s3cret"), Reply::ok());
    let text = "x".repeat(20_000);
    assert_eq!(
        client.call_args(&["ECHO", &text]),
        Reply::bulk(&text),
        "allowed from here on"
    );
    let many: Vec<String> = (0..12).map(|n| unique(&format!("many{n}"))).collect();
    assert_eq!(
        client.call(&format!("EXISTS {}", many.join(" "))),
        Reply::Integer(0)
    );
}

/// A stranger that asks for ever and reads nothing gets a bounded number of refusals, and delays nobody.
fn a_flood_before_auth_is_bounded(setup: Setup) {
    const MOST: u64 = 32 << 20;
    let proxy = setup.proxy_with(setup.shared(), SECRET);
    let before = proxy.memory();
    let requests = words("GET key").repeat(10_000);
    let client = proxy.connect();
    let mut stream = client.stream();
    let limit = Duration::from_millis(500);
    stream
        .set_write_timeout(Some(limit))
        .expect("socket option");
    let mut sent = 0;
    while stream.write_all(&requests).is_ok() {
        sent += requests.len();
        assert!(sent < 1 << 30, "it is read for ever");
    }
    let grown = proxy.memory().saturating_sub(before);
    assert!(grown < MOST, "{grown} bytes for a stranger");
    // Many of them together: each gets a little, and the sum is bounded too.
    let answered = proxy.metric("local_answers");
    let crowd: Vec<Client> = (0..200).map(|_| proxy.connect()).collect();
    for _ in 0..3 {
        for stranger in &crowd {
            let mut stream = stranger.stream();
            stream.set_nonblocking(true).expect("socket option");
            let mut rest = &requests[..];
            while let Ok(written @ 1..) = stream.write(rest) {
                rest = &rest[written..];
            }
        }
    }
    wait_until("answers to strangers", READY_LIMIT, || {
        (proxy.metric("local_answers") >= answered + 200.0 * 100.0).then_some(())
    });
    let grown = proxy.memory().saturating_sub(before);
    assert!(grown < MOST, "{grown} bytes for strangers");
    let mut other = proxy.connect();
    assert_eq!(other.call("AUTH s3cret"), Reply::ok());
    assert_eq!(other.call("ECHO well"), Reply::bulk("well"));
}

fn no_password_configured(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    client
        .call("AUTH anything")
        .assert_error("ERR AUTH <password> called without any password");
    assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
}

fn secrets_are_not_logged(setup: Setup) {
    let mut settings = SECRET.to_vec();
    settings.extend([
        ("cluster.password", "\"node-pass\""),
        ("log.level", "\"trace\""),
    ]);
    let cluster = setup.cluster(3, 0, &["--requirepass", "node-pass"]);
    let proxy = setup.proxy_with(&cluster, &settings);
    let mut client = proxy.connect();
    assert_eq!(client.call("AUTH wrong-pass").error(), Some(WRONG));
    assert_eq!(client.call("AUTH s3cret"), Reply::ok());
    assert_eq!(client.call("SET key value"), Reply::ok());
    let log = proxy.process().output();
    assert!(!log.is_empty(), "there is a log");
    for secret in ["s3cret", "node-pass", "wrong-pass"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}
