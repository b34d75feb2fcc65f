//! What every test needs: the matrix of servers and workers, and waiting for a condition.

use std::process::Command;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::ports::Lease;
use crate::proxy::Proxy;
use crate::servers::Cluster;

/// Which server the nodes run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerKind {
    /// `redis-server` 7.0 from the path, or `CORELANE_REDIS_SERVER`.
    Redis7,
    /// `CORELANE_VALKEY_SERVER`.
    Valkey,
}

/// One cell of the matrix in which a test runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    /// The nodes' kind.
    pub(crate) kind: ServerKind,
    /// Workers of the proxy.
    pub(crate) workers: usize,
}

// === impl ServerKind ===

impl ServerKind {
    /// The program to start.
    pub(crate) fn binary(self) -> String {
        let (variable, default) = match self {
            Self::Redis7 => ("CORELANE_REDIS_SERVER", Some("redis-server")),
            Self::Valkey => ("CORELANE_VALKEY_SERVER", None),
        };
        let set = std::env::var(variable).ok().filter(|path| !path.is_empty());
        set.or_else(|| default.map(str::to_owned))
            .unwrap_or_else(|| panic!("set {variable} to a valkey-server program"))
    }

    /// Whether the program was built with TLS. If a valkey-server was not, that is said, for the test to be left out.
    pub(crate) fn has_tls(self) -> bool {
        let port = Lease::take().port().to_string();
        // It ends at once, because certificates are missing or because it knows no TLS.
        let output = Command::new(self.binary())
            .args(["--port", "0", "--tls-port", &port])
            .output()
            .expect("a server");
        let said = String::from_utf8_lossy(&output.stdout);
        let has_tls = said.contains("Failed to configure TLS");
        if !has_tls {
            assert!(self != Self::Redis7, "redis-server was built without TLS");
            eprintln!("SKIPPED: {} was built without TLS", self.binary());
        }
        has_tls
    }
}

// === impl Setup ===

impl Setup {
    /// The shared cluster of this kind.
    pub(crate) fn shared(self) -> &'static Cluster {
        Cluster::shared(self.kind)
    }

    /// A cluster of this test alone.
    pub(crate) fn cluster(self, primaries: usize, replicas: usize, settings: &[&str]) -> Cluster {
        Cluster::start(self.kind, primaries, replicas, settings)
    }

    /// A proxy for a cluster.
    pub(crate) fn proxy(self, cluster: &Cluster) -> Proxy {
        self.proxy_with(cluster, &[])
    }

    /// A proxy with settings: dotted key and value as in TOML.
    pub(crate) fn proxy_with(self, cluster: &Cluster, settings: &[(&str, &str)]) -> Proxy {
        let mut all = settings.to_vec();
        // The other way round than for the other kind of server.
        if self.kind == ServerKind::Valkey && std::env::var("CORELANE_TEST_DRIVER").is_err() {
            let driver = if self.workers == 1 {
                "\"epoll\""
            } else {
                "\"auto\""
            };
            all.push(("driver", driver));
        }
        Proxy::start(cluster, self.workers, &all)
    }
}

/// Runs each test function with 1 and 2 workers against both kinds of servers.
macro_rules! matrix {
    ($($body:ident),+ $(,)?) => {$(
        mod $body {
            use crate::harness::{ServerKind, Setup};

            #[test]
            fn redis7_workers_1() {
                super::$body(Setup { kind: ServerKind::Redis7, workers: 1 });
            }

            #[test]
            fn redis7_workers_2() {
                super::$body(Setup { kind: ServerKind::Redis7, workers: 2 });
            }

            #[test]
            #[ignore = "needs a valkey-server in CORELANE_VALKEY_SERVER; scripts/test runs it"]
            fn valkey_workers_1() {
                super::$body(Setup { kind: ServerKind::Valkey, workers: 1 });
            }

            #[test]
            #[ignore = "needs a valkey-server in CORELANE_VALKEY_SERVER; scripts/test runs it"]
            fn valkey_workers_2() {
                super::$body(Setup { kind: ServerKind::Valkey, workers: 2 });
            }
        }
    )+};
}

/// Runs each test function with 1 and 2 workers: what does not depend on the kind of server.
macro_rules! workers {
    ($($body:ident),+ $(,)?) => {$(
        mod $body {
            use crate::harness::{ServerKind, Setup};

            #[test]
            fn workers_1() {
                super::$body(Setup { kind: ServerKind::Redis7, workers: 1 });
            }

            #[test]
            fn workers_2() {
                super::$body(Setup { kind: ServerKind::Redis7, workers: 2 });
            }
        }
    )+};
}

pub(crate) use {matrix, workers};

/// Asks until there is an answer; fails the test when `limit` is over.
#[track_caller]
pub(crate) fn wait_until<T>(what: &str, limit: Duration, poll: impl FnMut() -> Option<T>) -> T {
    match poll_until(limit, poll) {
        Some(answer) => answer,
        None => panic!("waited {limit:?} in vain for: {what}"),
    }
}

/// A number for a longer run than usual, from the environment.
pub(crate) fn number<T: FromStr>(variable: &str, usual: T) -> T {
    let set = std::env::var(variable).ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Asks until there is an answer or `limit` is over.
pub(crate) fn poll_until<T>(limit: Duration, mut poll: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = poll() {
            return Some(answer);
        }
        if Instant::now() >= end {
            return None;
        }
        std::thread::sleep(POLL_PAUSE);
    }
}

/// Between two questions; short against everything that is waited for.
const POLL_PAUSE: Duration = Duration::from_millis(5);

/// A key prefix that no other test uses, also not an earlier run against the same servers.
pub(crate) fn unique(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let serial = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{name}:{}:{serial}", std::process::id())
}
