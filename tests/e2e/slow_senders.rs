//! Clients that begin large requests and then send a byte now and then: they stop nobody, whether they have authenticated
//! or not, and leave.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::client::{Reply, request};
use crate::harness::{Setup, unique, wait_until, workers};
use crate::memory::{BUDGET, BUDGET_BYTES, MIB};
use crate::proxy::{Proxy, READY_LIMIT};

workers!(large_requests_that_trickle, strangers_that_trickle,);

/// One that sends what it has as far as it is read, and then a byte at a time.
struct Sender {
    stream: TcpStream,
    rest: Vec<u8>,
    is_gone: bool,
}

// === impl Sender ===

impl Sender {
    fn new(proxy: &Proxy, beginning: &[u8]) -> Self {
        let stream = TcpStream::connect(proxy.addr()).expect("connect");
        stream.set_nonblocking(true).expect("socket option");
        Self {
            stream,
            rest: beginning.to_vec(),
            is_gone: false,
        }
    }

    fn go_on(&mut self) {
        if self.rest.is_empty() {
            self.rest.push(b'x');
        }
        while !self.rest.is_empty() && !self.is_gone {
            match self.stream.write(&self.rest) {
                Ok(count) => drop(self.rest.drain(..count)),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => self.is_gone = true,
            }
        }
    }
}

/// All send all the time, until `asks` says that it is over and for a hundred times more; it asks something of the proxy
/// each time, and is answered.
fn send_all(senders: &mut [Sender], mut asks: impl FnMut() -> bool) {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            wait_until("an end of the test", READY_LIMIT * 2, || {
                senders.iter_mut().for_each(Sender::go_on);
                is_over.load(Ordering::Relaxed).then_some(())
            });
        });
        wait_until("an end of those who hold memory", READY_LIMIT, || {
            asks().then_some(())
        });
        for _ in 0..100 {
            asks();
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

/// More than all buffers may hold in the middle of requests that are received whole.
fn large_requests_that_trickle(setup: Setup) {
    const SENDERS: usize = 24;
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[BUDGET]);
    let keys = cluster.keys_on_all(&unique("small"));
    let mut beginning = format!("*3\r\n$4\r\nMSET\r\n$1\r\nm\r\n${}\r\n", 12 * MIB).into_bytes();
    beginning.resize(4 * MIB, b'x');
    let mut senders: Vec<Sender> = (0..SENDERS)
        .map(|_| Sender::new(&proxy, &beginning))
        .collect();
    let mut neighbour = proxy.connect();
    let mut served = 0;
    send_all(&mut senders, || {
        for key in &keys {
            assert_eq!(neighbour.call(&format!("SET {key} {served}")), Reply::ok());
            let value = neighbour.call(&format!("GET {key}"));
            assert_eq!(value, Reply::bulk(served.to_string()));
        }
        let mut other = proxy.connect();
        assert_eq!(other.call("PING"), Reply::Simple("PONG".to_owned()));
        served += 1;
        proxy.metric("closes_memory") > 0.0 && proxy.metric("buffer_bytes") < BUDGET_BYTES as f64
    });
    eprintln!(
        "served {served} times, closed {}",
        proxy.metric("closes_memory")
    );
    assert!(proxy.metric("pauses_memory") > 0.0, "memory was never full");
    assert_eq!(proxy.metric("errors_timeout"), 0.0);
    let left = senders.iter().filter(|sender| !sender.is_gone).count();
    assert!(left > 0, "not more than needed are closed");
}

/// Clients without a password hold no more than their budget, and who has one gets in.
fn strangers_that_trickle(setup: Setup) {
    const STRANGERS: usize = 200;
    let password = ("clients.password", "\"s3cret\"");
    let proxy = setup.proxy_with(setup.shared(), &[password, BUDGET]);
    let key = unique("stranger");
    let argument = "x".repeat(16 * 1024);
    let whole = request(&[argument.as_str(); 10]);
    let beginning = whole.get(..whole.len() - 8000).expect("most of it");
    let mut neighbour = proxy.connect();
    assert_eq!(neighbour.call("AUTH s3cret"), Reply::ok());
    let mut strangers: Vec<Sender> = (0..STRANGERS)
        .map(|_| Sender::new(&proxy, beginning))
        .collect();
    // An eighth of all.
    let budget = 4 * MIB;
    let closed_least = STRANGERS - budget / beginning.len();
    let mut served = 0;
    send_all(&mut strangers, || {
        let mut other = proxy.connect();
        assert_eq!(other.call("AUTH s3cret"), Reply::ok());
        assert_eq!(other.call(&format!("SET {key} {served}")), Reply::ok());
        let value = neighbour.call(&format!("GET {key}"));
        assert_eq!(value, Reply::bulk(served.to_string()));
        served += 1;
        proxy.metric("closes_memory") >= closed_least as f64
    });
    assert!(proxy.metric("buffer_bytes") <= budget as f64);
    assert_eq!(proxy.metric("pauses_memory"), 0.0, "memory was never full");
    let left = strangers.iter().filter(|sender| !sender.is_gone).count();
    assert!(left > 0, "not more than needed are closed");
}
