//! The verification report of a deployment: two proxies in front of one cluster, 1,309 operations.

use std::process::Command;

use crate::client::{Client, Reply, words};
use crate::harness::{Setup, matrix, unique};
use crate::proxy::Proxy;
use crate::servers::Cluster;

matrix!(verification_report, redis_cli_ping, sanity_with_redis_rs);

/// Counts operations; each has to give what is expected.
#[derive(Debug, Default)]
struct Tally(usize);

const OPERATIONS: usize = 1_309;

fn verification_report(setup: Setup) {
    let cluster = setup.shared();
    let proxies = [setup.proxy(cluster), setup.proxy(cluster)];
    let stem = unique("report");
    let mut tally = Tally::default();

    let mut client = proxies[0].connect();
    tally.call(&mut client, "PING", &Reply::Simple("PONG".to_owned()));
    tally.call(
        &mut client,
        &format!("SET {stem}:basic hello"),
        &Reply::ok(),
    );
    tally.call(
        &mut client,
        &format!("GET {stem}:basic"),
        &Reply::bulk("hello"),
    );
    fresh_connections(&proxies[0], &stem, &mut tally);
    pings_through_both(&proxies, &mut tally);
    for _ in 0..100 {
        tally.call(&mut client, "PING", &Reply::Simple("PONG".to_owned()));
    }
    each_instance_alone(&proxies, &stem, &mut tally);
    several_keys(&mut client, cluster, &stem, &mut tally);

    assert_eq!(tally.0, OPERATIONS);
    replication_is_healthy(cluster);
}

fn fresh_connections(proxy: &Proxy, stem: &str, tally: &mut Tally) {
    for n in 0..100 {
        let (key, value) = (format!("{stem}:fresh:{n}"), format!("value {n}"));
        tally.args(&mut proxy.connect(), &["SET", &key, &value], &Reply::ok());
        tally.args(&mut proxy.connect(), &["GET", &key], &Reply::bulk(value));
    }
}

/// 500 PINGs through each instance, all connections of both at the same time.
fn pings_through_both(proxies: &[Proxy; 2], tally: &mut Tally) {
    let ping_all = |proxy: &Proxy| -> usize {
        let mut clients: Vec<Client> = (0..50).map(|_| proxy.connect()).collect();
        for client in &mut clients {
            client.send(&words("PING").repeat(10));
        }
        let pong = Reply::Simple("PONG".to_owned());
        clients
            .iter_mut()
            .map(|client| (0..10).filter(|_| client.read() == pong).count())
            .sum()
    };
    let answered: usize = std::thread::scope(|scope| {
        let running = proxies
            .each_ref()
            .map(|proxy| scope.spawn(move || ping_all(proxy)));
        running
            .map(|thread| thread.join().expect("pings"))
            .into_iter()
            .sum::<usize>()
    });
    assert_eq!(answered, 1_000);
    tally.0 += answered;
}

/// What was written through the one alone is read through the other alone.
fn each_instance_alone(proxies: &[Proxy; 2], stem: &str, tally: &mut Tally) {
    let key = format!("{stem}:alone");
    tally.call(
        &mut proxies[0].connect(),
        &format!("SET {key} shared"),
        &Reply::ok(),
    );
    tally.call(
        &mut proxies[1].connect(),
        &format!("GET {key}"),
        &Reply::bulk("shared"),
    );
}

fn several_keys(client: &mut Client, cluster: &Cluster, stem: &str, tally: &mut Tally) {
    let keys = cluster.keys_on_all(&format!("{stem}:multi"));
    let [a, b, c] = keys.as_slice() else {
        panic!("three primaries")
    };
    tally.call(client, &format!("MSET {a} 1 {b} 2 {c} 3"), &Reply::ok());
    let values = ["1", "2", "3"].map(Reply::bulk);
    tally.call(
        client,
        &format!("MGET {a} {b} {c}"),
        &Reply::Array(values.into()),
    );
    let list = format!("{stem}:list");
    tally.call(
        client,
        &format!("LPUSH {list} one two three"),
        &Reply::Integer(3),
    );
    let reversed = ["three", "two", "one"].map(Reply::bulk);
    tally.call(
        client,
        &format!("LRANGE {list} 0 -1"),
        &Reply::Array(reversed.into()),
    );
}

fn replication_is_healthy(cluster: &Cluster) {
    let mut replicas = 0;
    for node in cluster.nodes() {
        if node.info("INFO replication", "role") == "slave" {
            assert_eq!(node.info("INFO replication", "master_link_status"), "up");
            replicas += 1;
        } else {
            assert_eq!(node.info("INFO replication", "connected_slaves"), "1");
        }
    }
    assert_eq!(replicas, 3);
}

/// The usual probe of a container.
fn redis_cli_ping(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let port = proxy.addr().port().to_string();
    let run = Command::new("redis-cli")
        .args(["-p", &port, "ping"])
        .output();
    let output = run.expect("redis-cli is installed with redis-server");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "PONG\n");
    assert_eq!(output.status.code(), Some(0));
}

/// A client library that is in wide use, with its handshake.
fn sanity_with_redis_rs(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let key = unique("library");
    for protocol in ["", "?protocol=resp3"] {
        let url = format!("redis://{}/{protocol}", proxy.addr());
        let client = redis::Client::open(url).expect("an address");
        let mut connection = client.get_connection().expect("handshake");
        let set: String = redis::cmd("SET")
            .arg(&key)
            .arg(5)
            .query(&mut connection)
            .expect("SET");
        assert_eq!(set, "OK");
        let sum: i64 = redis::cmd("INCRBY")
            .arg(&key)
            .arg(37)
            .query(&mut connection)
            .expect("INCRBY");
        assert_eq!(sum, 42);
        let (got, other): (i64, Option<i64>) = redis::cmd("MGET")
            .arg(&key)
            .arg(format!("{key}:missing"))
            .query(&mut connection)
            .expect("MGET");
        assert_eq!((got, other), (42, None));
    }
}

// === impl Tally ===

impl Tally {
    #[track_caller]
    fn call(&mut self, client: &mut Client, line: &str, expected: &Reply) {
        assert_eq!(client.call(line), *expected, "{line}");
        self.0 += 1;
    }

    #[track_caller]
    fn args(&mut self, client: &mut Client, args: &[&str], expected: &Reply) {
        assert_eq!(client.call_args(args), *expected, "{args:?}");
        self.0 += 1;
    }
}
