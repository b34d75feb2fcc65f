//! The floor's tests: order without sockets, and both drivers in front of a real server.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use corelane::cluster::{SLOTS, Slot};

use crate::switch::Switch;
use crate::tune::Tune;
use crate::wire::{self, Malformed, Reply, Request};
use crate::{Driver, discover, listen};

fn encode(arguments: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", arguments.len()).into_bytes();
    for argument in arguments {
        bytes.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
        bytes.extend_from_slice(argument);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

#[test]
fn requests_are_found() {
    let set = encode(&[b"SET", b"key", b"value"]);
    let whole = Request::Keyed {
        key: 17..20,
        length: set.len(),
    };
    for length in 0..=set.len() {
        // From the header of the last argument on, everything is known.
        let expected = if length < 26 { &Request::Part } else { &whole };
        assert_eq!(wire::request(&set[..length]).as_ref(), Ok(expected));
    }
    for (request, answer) in [
        (encode(&[b"PING"]), "+PONG\r\n"),
        (encode(&[b"mget", b"a", b"b"]), "-ERR"),
        (encode(&[b"MSET", b"a", b"b"]), "-ERR"),
        (encode(&[b"HELLO", b"3"]), "-ERR"),
    ] {
        let Ok(Request::Local {
            answer: local,
            length,
        }) = wire::request(&request)
        else {
            panic!("{request:?} is not answered");
        };
        assert!(local.starts_with(answer.as_bytes()));
        assert_eq!(length, request.len());
    }
    assert_eq!(wire::request(b"GET a\r\n"), Err(Malformed));
}

#[test]
fn replies_are_found() {
    for reply in [
        "+OK\r\n",
        "-ERR no\r\n",
        ":12\r\n",
        "$-1\r\n",
        "$0\r\n\r\n",
        "$5\r\nvalue\r\n",
        "*-1\r\n",
        "*0\r\n",
        "*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
    ] {
        let both = format!("{reply}+NEXT\r\n");
        assert_eq!(wire::reply(both.as_bytes()), Ok(Reply::Length(reply.len())));
        for length in 0..reply.len() {
            match wire::reply(&reply.as_bytes()[..length]) {
                Ok(Reply::Part) => {}
                Ok(Reply::Length(known)) => assert_eq!(known, reply.len()),
                Err(error) => panic!("{reply:?} cut at {length}: {error:?}"),
            }
        }
    }
}

/// Two nodes: one for the slots below the middle, one for those above.
fn two_nodes() -> Switch {
    Switch::new(
        2,
        (0..SLOTS)
            .map(|slot| u16::from(slot >= SLOTS / 2))
            .collect(),
    )
}

/// Keys for the first and for the second node.
fn keys() -> [Vec<u8>; 2] {
    let find = |above: bool| {
        let mut keys = (0..).map(|number| format!("key{number}").into_bytes());
        keys.find(|key| (Slot::of_key(key).index() >= SLOTS / 2) == above)
    };
    [find(false), find(true)].map(|key| key.expect("some key has such a slot"))
}

#[test]
fn replies_keep_the_order_of_requests_at_every_cut() {
    let [low, high] = keys();
    let requests = [
        encode(&[b"GET", &low]),
        encode(&[b"SET", &high, b"1"]),
        encode(&[b"PING"]),
        encode(&[b"GET", &high]),
        encode(&[b"GET", &low]),
    ]
    .concat();
    let answers: [&[u8]; 2] = [b"$1\r\na\r\n$2\r\nbb\r\n", b"+OK\r\n$1\r\n1\r\n"];
    let expected = b"$1\r\na\r\n+OK\r\n+PONG\r\n$1\r\n1\r\n$2\r\nbb\r\n";
    for size in 1..requests.len() {
        for (first, second) in [(0, 1), (1, 0)] {
            let mut switch = two_nodes();
            let client = switch.admit();
            for piece in requests.chunks(size) {
                assert_eq!(switch.received(client, piece), Ok(()));
            }
            assert_eq!(
                switch.outboxes[0].bytes,
                [encode(&[b"GET", &low]), encode(&[b"GET", &low])].concat()
            );
            assert_eq!((switch.busy, switch.requests, switch.answered), (1, 4, 0));
            for node in [first, second] {
                for piece in answers[node].chunks(size) {
                    assert_eq!(switch.received(node, piece), Ok(()));
                }
            }
            assert_eq!((switch.busy, switch.answered), (0, 4));
            assert_eq!(switch.outboxes[client].bytes, expected, "cut at {size}");
        }
    }
}

#[test]
fn others_wait_behind_a_large_request_that_is_still_arriving() {
    let [low, _] = keys();
    let large = encode(&[b"SET", &low, &[b'x'; 1000]]);
    let small = encode(&[b"GET", &low]);
    let mut switch = two_nodes();
    let (first, second) = (switch.admit(), switch.admit());
    assert_eq!(switch.received(first, &large[..500]), Ok(()));
    assert_eq!(switch.outboxes[0].bytes.len(), 500);
    assert_eq!(switch.received(second, &small), Ok(()));
    assert_eq!(switch.outboxes[0].bytes.len(), 500);
    assert_eq!(switch.received(first, &large[500..]), Ok(()));
    assert_eq!(switch.outboxes[0].bytes, [&large[..], &small].concat());
    assert_eq!(switch.received(0, b"+OK\r\n$3\r\nyes\r\n"), Ok(()));
    assert_eq!(switch.outboxes[first].bytes, b"+OK\r\n");
    assert_eq!(switch.outboxes[second].bytes, b"$3\r\nyes\r\n");
}

#[test]
fn a_request_that_was_broken_off_is_filled_up() {
    let [low, _] = keys();
    let large = encode(&[b"SET", &low, &[b'x'; 1000]]);
    // The last cut leaves one byte of the end of the line.
    for length in [500, large.len() - 2, large.len() - 1] {
        let mut switch = two_nodes();
        let (gone, other) = (switch.admit(), switch.admit());
        assert_eq!(switch.received(gone, &large[..length]), Ok(()));
        switch.left(gone);
        let sent = &switch.outboxes[0].bytes;
        assert_eq!(wire::request(sent), wire::request(&large));
        assert!(sent.ends_with(b"\r\n"));
        // Its number is free again only when the reply has come.
        switch.release(gone);
        assert_ne!(switch.admit(), gone);
        assert_eq!(switch.received(0, b"+OK\r\n"), Ok(()));
        while switch.take_dirty().is_some() {}
        switch.release(gone);
        assert_eq!(switch.admit(), gone);
        assert_eq!(switch.outboxes[other].bytes, b"");
    }
}

/// A server that ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start() -> Self {
        // Tests of one process run side by side: none tries a port that another has tried.
        static NEXT: AtomicU16 = AtomicU16::new(23_900);
        let port = loop {
            let port = NEXT.fetch_add(1, Ordering::Relaxed);
            if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
                break port;
            }
        };
        let arguments = format!("--port {port} --bind 127.0.0.1 --save  --appendonly no");
        let child = Command::new("redis-server")
            .args(arguments.split(' '))
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let server = Self { child, port };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(Instant::now() < deadline, "the server does not listen");
            thread::yield_now();
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serves(driver: Driver, tune: &str) {
    let server = Server::start();
    let listener = listen((Ipv4Addr::LOCALHOST, 0).into()).expect("listens");
    let address = listener.local_addr().expect("has an address");
    let seed = format!("127.0.0.1:{}", server.port);
    let tune: Tune = tune.parse().expect("is valid");
    thread::spawn(move || {
        let (nodes, slots) = discover(&seed).expect("the server answers");
        // Ends with an error when the server is gone.
        let _ = driver.run(&listener, nodes, slots, &tune);
    });
    thread::scope(|scope| {
        for client in 0..4 {
            scope.spawn(move || {
                let stream = TcpStream::connect(address).expect("the floor listens");
                talk(stream, client);
            });
        }
    });
}

/// Sets and reads values of many sizes, all in one pipeline, twice.
fn talk(stream: TcpStream, client: usize) {
    let mut reader = stream.try_clone().expect("duplicates");
    let mut writer = stream;
    let (mut requests, mut expected) = (Vec::new(), Vec::new());
    for (number, size) in [0, 3, 100, 5_000, 70_000, 1 << 20, 7, 1, 20_000]
        .into_iter()
        .enumerate()
    {
        let key = format!("key-{client}-{number}").into_bytes();
        let value = vec![b'a' + client as u8; size];
        requests.extend(encode(&[b"SET", &key, &value]));
        requests.extend(encode(&[b"GET", &key]));
        requests.extend(encode(&[b"PING"]));
        expected.extend_from_slice(format!("+OK\r\n${size}\r\n").as_bytes());
        expected.extend(value);
        expected.extend_from_slice(b"\r\n+PONG\r\n");
    }
    for _ in 0..2 {
        thread::scope(|scope| {
            scope.spawn(|| writer.write_all(&requests).expect("the floor reads"));
            let mut got = vec![0; expected.len()];
            reader.read_exact(&mut got).expect("the floor answers");
            assert!(got == expected, "client {client} got other replies");
        });
    }
}

#[test]
fn epoll_serves() {
    serves(Driver::Epoll, "");
}

#[test]
fn ring_serves() {
    serves(Driver::Ring, "");
}

#[test]
fn ring_serves_with_few_small_buffers() {
    serves(Driver::Ring, "buffers=4,size=1000");
}

#[test]
fn ring_serves_in_other_ways() {
    for tune in [
        "send=event",
        "send=call",
        "fixed=1",
        "incremental=1,buffers=8,size=131072",
        "bundle=1",
        "defer=0,taskrun-flag=1",
        "wait=8,wait-us=100",
        "adaptive=1,threshold=1,wait=8,wait-us=100,slack=1",
        "adaptive=1,threshold=1,wait=512,wait-us=2000,per-client=12,latency-part=3,enough=40,slack=1",
        "reno=1",
        "spin=50",
    ] {
        serves(Driver::Ring, tune);
    }
}
