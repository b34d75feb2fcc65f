//! The wire itself: inline commands, protocol errors, HTTP, odd cuts, big values, deep pipelines.

use std::fmt::Write as _;

use crate::client::{Client, Reply, request, words};
use crate::harness::{Setup, matrix, unique, workers};
use crate::servers::slot_of;

matrix!(big_values, deep_pipelines);
workers!(
    inline_commands,
    empty_requests,
    protocol_errors_as_the_server,
    http_is_closed,
    odd_cuts,
    half_a_request_then_gone,
    many_connections,
);

fn inline_commands(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    let key = unique("inline");
    client.send(format!("SET {key} \"two \\x41 words\"\r\nGET {key}\nPING\r\n").as_bytes());
    assert_eq!(client.read(), Reply::ok());
    assert_eq!(client.read(), Reply::bulk("two A words"));
    assert_eq!(client.read(), Reply::Simple("PONG".to_owned()));
    // Mixed with multibulk requests, and split over keys of several nodes.
    let keys = setup.shared().keys_on_all(&key);
    let mut bytes = format!("MSET {} 1 '{}' 2 {} 3\r\n", keys[0], keys[1], keys[2]).into_bytes();
    bytes.extend(words(&format!("MGET {}", keys.join(" "))));
    bytes.extend(format!("DEL {}\r\n", keys.join("  ")).into_bytes());
    client.send(&bytes);
    assert_eq!(client.read(), Reply::ok());
    assert_eq!(
        client.read(),
        Reply::Array(["1", "2", "3"].map(Reply::bulk).into())
    );
    assert_eq!(client.read(), Reply::Integer(3));
}

fn empty_requests(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    client.send(b"\r\n*0\r\n*-1\r\n   \r\n\n");
    client.send(&words("ECHO next"));
    assert_eq!(client.read(), Reply::bulk("next"));
}

/// What is not RESP is answered as the server answers it, after the replies to what came before.
fn protocol_errors_as_the_server(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let broken: &[&[u8]] = &[
        b"*abc\r\n",
        b"*99999999999999999999\r\n",
        b"*3\r\n:1\r\n",
        b"*1\r\n$abc\r\n",
        b"*1\r\n$-5\r\n",
        b"*1\r\n$99999999999\r\n",
        b"*2\r\n$4\r\nECHO\r\nhello\r\n",
        b"SET \"unbalanced\r\n",
        b"SET 'a'b\r\n",
    ];
    for bytes in broken {
        let answer = |mut client: Client| {
            client.send(&words("PING"));
            client.send(bytes);
            let pong = client.read();
            assert_eq!(pong, Reply::Simple("PONG".to_owned()));
            String::from_utf8_lossy(&client.read_to_close()).into_owned()
        };
        let shown = String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(
            answer(proxy.connect()),
            answer(cluster.node(0).connect()),
            "{shown:?}"
        );
    }
    let mut client = proxy.connect();
    client.send(&vec![b'a'; 70 * 1024]);
    let answer = String::from_utf8_lossy(&client.read_to_close()).into_owned();
    assert_eq!(answer, "-ERR Protocol error: too big inline request\r\n");
    assert!(proxy.metric("errors_protocol") >= 10.0);
}

/// Web pages can make browsers send such requests: nothing may run, nothing is answered.
fn http_is_closed(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let key = unique("http");
    let body = format!("SET {key} taken\r\n");
    for head in [
        "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "Host: localhost\r\n\r\n",
    ] {
        let mut client = proxy.connect();
        client.send(format!("{head}{body}").as_bytes());
        assert_eq!(String::from_utf8_lossy(&client.read_to_close()), "");
    }
    assert_eq!(proxy.connect().call(&format!("GET {key}")), Reply::Null);
}

/// The same requests, cut at every distance: the replies are the same.
fn odd_cuts(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let keys = setup.shared().keys_on_all(&unique("cut"));
    let mut bytes = Vec::new();
    let mut expected = Vec::new();
    for key in &keys {
        bytes.extend(request(&["SET", key, "a\r\n$5\r\nb"]));
        expected.extend(b"+OK\r\n");
        bytes.extend(format!("GET {key}\r\n").into_bytes());
        expected.extend(b"$8\r\na\r\n$5\r\nb\r\n");
    }
    bytes.extend(words(&format!(
        "MGET {} {}:none {}",
        keys[0], keys[1], keys[2]
    )));
    expected.extend(b"*3\r\n$8\r\na\r\n$5\r\nb\r\n$-1\r\n$8\r\na\r\n$5\r\nb\r\n");
    bytes.extend(words(&format!("DEL {}", keys.join(" "))));
    expected.extend(b":3\r\n");
    for size in [1, 2, 3, 5, 10, 100] {
        let mut client = proxy.connect();
        for piece in bytes.chunks(size) {
            client.send(piece);
        }
        client.expect_bytes(&expected);
    }
    for cut in 1..bytes.len() {
        let mut client = proxy.connect();
        client.send(&bytes[..cut]);
        // A reply to what is complete shows that the first piece was seen alone.
        if cut > words(&format!("SET {} 12345678", keys[0])).len() {
            client.expect_bytes(b"+OK\r\n");
            client.send(&bytes[cut..]);
            client.expect_bytes(&expected[5..]);
        } else {
            client.send(&bytes[cut..]);
            client.expect_bytes(&expected);
        }
    }
}

fn half_a_request_then_gone(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let key = unique("half");
    let whole = words(&format!("SET {key} value"));
    for cut in 1..whole.len() {
        let mut client = proxy.connect();
        client.send(&whole[..cut]);
    }
    // Requests that were complete before the client stopped sending are still answered.
    let mut client = proxy.connect();
    client.send(&words(&format!("GET {key}")).repeat(50));
    client.shutdown_write();
    let answered = client.read_to_close();
    assert_eq!(answered, b"$-1\r\n".repeat(50));
}

fn big_values(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy_with(cluster, &[("cluster.server_timeout", "\"60s\"")]);
    let keys = cluster.keys_on_all(&unique("big"));
    let mut client = proxy.connect();
    let mut other = proxy.connect();
    for size in [
        16 * 1024 - 1,
        16 * 1024,
        64 * 1024 + 1,
        1024 * 1024,
        20 * 1024 * 1024,
    ] {
        let values: Vec<Vec<u8>> = keys.iter().map(|key| pattern(key, size)).collect();
        let set = request(&["SET".as_bytes(), keys[0].as_bytes(), &values[0]]);
        assert_eq!(client.exchange(&set, 1), [Reply::ok()]);
        let mut mset: Vec<&[u8]> = vec![b"MSET"];
        for (key, value) in keys.iter().zip(&values) {
            mset.extend([key.as_bytes(), value]);
        }
        // Small requests on both sides of it, from this client and from another.
        let requests = [
            words("ECHO a"),
            request(&mset),
            words(&format!("STRLEN {}", keys[1])),
        ];
        let replies = client.exchange(&requests.concat(), 3);
        let length = Reply::Integer(i64::try_from(size).expect("small"));
        assert_eq!(replies, [Reply::bulk("a"), Reply::ok(), length]);
        assert_eq!(other.call("ECHO meanwhile"), Reply::bulk("meanwhile"));
        let requests = [
            words(&format!("GET {}", keys[2])),
            words(&format!("MGET {}", keys.join(" "))),
        ];
        let replies = client.exchange(&requests.concat(), 2);
        assert!(replies[0] == Reply::bulk(&values[2]), "GET of {size} bytes");
        let all = values.iter().map(Reply::bulk).collect();
        assert!(replies[1] == Reply::Array(all), "MGET of 3 x {size} bytes");
    }
    client.call(&format!("DEL {}", keys.join(" ")));
}

/// Bytes that tell where they belong: a swapped or shifted piece is seen.
fn pattern(key: &str, size: usize) -> Vec<u8> {
    let mut text = String::with_capacity(size + 64);
    let mut at = 0;
    while text.len() < size {
        write!(text, "{key}@{at}\r\n").expect("write to a string");
        at += 1;
    }
    let mut bytes = text.into_bytes();
    bytes.truncate(size);
    bytes
}

/// 1,000 requests at once over all shards, several clients together, replies byte for byte in order.
fn deep_pipelines(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| deep_pipeline(proxy.connect(), &unique("deep")));
        }
    });
}

fn deep_pipeline(mut client: Client, stem: &str) {
    for round in 0..5 {
        let (mut requests, mut expected) = (Vec::new(), String::new());
        for n in 0..250 {
            let (key, value) = (format!("{stem}:{n}"), format!("{n} of {stem} in {round}"));
            requests.extend(request(&["SET", &key, &value]));
            expected.push_str("+OK\r\n");
            requests.extend(request(&["GET", &key]));
            write!(expected, "${}\r\n{value}\r\n", value.len()).expect("write to a string");
            requests.extend(request(&["INCR", &format!("{key}:count")]));
            write!(expected, ":{}\r\n", round + 1).expect("write to a string");
            if n % 10 == 0 {
                requests.extend(request(&["MGET", &key, &format!("{stem}:none"), &key]));
                let bulk = format!("${}\r\n{value}\r\n", value.len());
                write!(expected, "*3\r\n{bulk}$-1\r\n{bulk}").expect("write to a string");
            } else {
                requests.extend(request(&["CLUSTER", "KEYSLOT", &key]));
                write!(expected, ":{}\r\n", slot_of(&key)).expect("write to a string");
            }
        }
        client.send(&requests);
        client.expect_bytes(expected.as_bytes());
    }
}

fn many_connections(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let key = unique("crowd");
    let mut clients: Vec<Client> = (0..300).map(|_| proxy.connect()).collect();
    for client in &mut clients {
        client.send(&words(&format!("INCR {key}")));
    }
    let mut seen: Vec<i64> = clients
        .iter_mut()
        .map(|client| client.read().integer())
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, (1..=300).collect::<Vec<_>>());
    assert!(proxy.metric("clients_now") >= 300.0);
    drop(clients);
    crate::harness::wait_until(
        "closed clients are forgotten",
        crate::proxy::READY_LIMIT,
        || (proxy.metric("clients_now") <= 1.0).then_some(()),
    );
}
