//! Clients that keep sending pipelines while a test changes the cluster, and check every reply.
//!
//! Each client owns its keys, so it knows every reply beforehand: a lost, doubled, swapped or foreign
//! reply, a write that ran twice or not at all, and an error of any kind fail the test.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::client::{Client, Reply, request};
use crate::harness::wait_until;
use crate::proxy::Proxy;

/// Several clients at work, each on a thread.
#[derive(Debug)]
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
    clients: Vec<JoinHandle<Ledger>>,
}

/// What one client has written, per hash tag.
#[derive(Debug)]
struct Ledger {
    name: String,
    tags: Vec<String>,
    counts: Vec<i64>,
    values: Vec<u64>,
    random: u64,
}

/// Requests that go out together.
const DEPTH: usize = 48;

/// Waiting for traffic has to outlast a slow proxy, not a slow test.
const PROGRESS_LIMIT: Duration = Duration::from_secs(60);

// === impl Load ===

impl Load {
    /// Starts `clients` clients on keys with these hash tags.
    pub(crate) fn start(proxy: &Proxy, clients: usize, tags: &[String]) -> Self {
        Self::start_at(proxy.addr(), clients, tags)
    }

    /// The same for clients that come to another address.
    pub(crate) fn start_at(addr: SocketAddr, clients: usize, tags: &[String]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let done = Arc::new(AtomicU64::new(0));
        let threads = (0..clients).map(|client| {
            let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
            let mut ledger = Ledger::new(client, tags);
            std::thread::spawn(move || {
                ledger.run(addr, &stop, &done);
                ledger
            })
        });
        let clients = threads.collect();
        Self {
            stop,
            done,
            clients,
        }
    }

    /// Waits until `pipelines` more have been answered in full, counted over all clients.
    #[track_caller]
    pub(crate) fn wait_progress(&self, pipelines: u64) {
        let from = self.done.load(Ordering::Relaxed);
        wait_until("answers to the clients under load", PROGRESS_LIMIT, || {
            let failed = self.clients.iter().any(JoinHandle::is_finished);
            assert!(
                !failed,
                "a client under load has failed; its message is above"
            );
            (self.done.load(Ordering::Relaxed) >= from + pipelines).then_some(())
        });
    }

    /// Stops the clients and checks that what was acknowledged is there, exactly once and in order.
    pub(crate) fn finish(self, proxy: &Proxy) {
        self.finish_at(proxy.addr());
    }

    /// The same at another address.
    pub(crate) fn finish_at(mut self, addr: SocketAddr) {
        self.stop.store(true, Ordering::Relaxed);
        let mut client = Client::connect(addr);
        for thread in std::mem::take(&mut self.clients) {
            thread
                .join()
                .expect("a client under load")
                .verify(&mut client);
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in std::mem::take(&mut self.clients) {
            // Its panic has been printed.
            let _ = thread.join();
        }
    }
}

// === impl Ledger ===

impl Ledger {
    fn new(client: usize, tags: &[String]) -> Self {
        Self {
            name: format!("client{client}"),
            tags: tags.to_vec(),
            counts: vec![0; tags.len()],
            values: vec![0; tags.len()],
            random: client as u64 + 1,
        }
    }

    fn run(&mut self, addr: SocketAddr, stop: &AtomicBool, done: &AtomicU64) {
        let mut client = Client::connect(addr);
        while !stop.load(Ordering::Relaxed) {
            let (mut requests, mut expected) = (Vec::new(), Vec::new());
            while expected.len() < DEPTH {
                let (args, reply) = self.next();
                requests.extend(request(&args));
                expected.push((args, reply));
            }
            client.send(&requests);
            for (args, expected) in expected {
                let got = client.read();
                assert_eq!(got, expected, "{} after {args:?}", self.name);
            }
            done.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The next request, and the only right reply to it.
    fn next(&mut self) -> (Vec<String>, Reply) {
        let tag = self.pick(self.tags.len());
        let (counter, list, value) = (self.key(tag, "n"), self.key(tag, "l"), self.key(tag, "v"));
        match self.pick(6) {
            0 | 1 => {
                // The counter and the list are written in turn: the length is the count.
                self.counts[tag] += 1;
                let count = self.counts[tag];
                if count % 2 == 1 {
                    (
                        vec!["INCR".into(), counter],
                        Reply::Integer((count + 1) / 2),
                    )
                } else {
                    let args = vec!["RPUSH".into(), list, format!("{}", count / 2)];
                    (args, Reply::Integer(count / 2))
                }
            }
            2 => {
                self.values[tag] += 1;
                (
                    vec!["SET".into(), value, self.value(tag).text()],
                    Reply::ok(),
                )
            }
            3 => (vec!["GET".into(), value], self.value(tag)),
            4 => {
                let keys = (0..self.tags.len()).map(|tag| self.key(tag, "v"));
                let args = std::iter::once("MGET".to_owned()).chain(keys).collect();
                let all = (0..self.tags.len()).map(|tag| self.value(tag)).collect();
                (args, Reply::Array(all))
            }
            _ => {
                let text = format!("{}:{}", self.name, self.random);
                (vec!["ECHO".into(), text.clone()], Reply::bulk(text))
            }
        }
    }

    /// Compares what the cluster holds with what was acknowledged.
    fn verify(&self, client: &mut Client) {
        for (tag, &count) in self.counts.iter().enumerate() {
            let (counter, list, value) =
                (self.key(tag, "n"), self.key(tag, "l"), self.key(tag, "v"));
            let increments = (count + 1) / 2;
            let expected = if count == 0 {
                Reply::Null
            } else {
                Reply::bulk(increments.to_string())
            };
            assert_eq!(client.call_args(&["GET", &counter]), expected, "{counter}");
            let pushed = (1..=count / 2)
                .map(|n| Reply::bulk(n.to_string()))
                .collect();
            let got = client.call_args(&["LRANGE", &list, "0", "-1"]);
            assert_eq!(got, Reply::Array(pushed), "{list}: each once, in order");
            assert_eq!(
                client.call_args(&["GET", &value]),
                self.value(tag),
                "{value}"
            );
        }
    }

    /// The value names its key and how often it was written.
    fn value(&self, tag: usize) -> Reply {
        match self.values[tag] {
            0 => Reply::Null,
            version => Reply::bulk(format!("{} version {version}", self.key(tag, "v"))),
        }
    }

    fn key(&self, tag: usize, kind: &str) -> String {
        format!("{{{}}}:{}:{kind}", self.tags[tag], self.name)
    }

    /// A number below `bound`; the same sequence in each run (xorshift).
    fn pick(&mut self, bound: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % bound as u64).expect("below a usize")
    }
}
