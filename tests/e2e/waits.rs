//! Waits that something else ends: slots that move, failovers, crashes, CLIENT UNBLOCK, the end of the proxy;
//! and WAIT for replicas.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::blocking::{bulks, wait_blocked, wait_metric};
use crate::client::{Client, Reply};
use crate::failover::{QUICK, fail_over, is_primary};
use crate::harness::{ServerKind, Setup, matrix, unique, wait_until, workers};
use crate::proxy::{Proxy, READY_LIMIT};
use crate::servers::{Cluster, SETTLE_LIMIT, slot_of};

matrix!(
    slots_move_while_clients_wait,
    failover_while_clients_wait,
    killed_primary_while_clients_wait,
    unblocked_by_another_client,
    wait_means_the_replicas,
    waitaof_means_the_disks,
    drain_ends_waits,
);

workers!(a_pause_comes_first);

/// One client of each kind that waits for `key`: it writes, or it only reads.
struct Waiting {
    pops: Client,
    reads: Client,
    list: String,
    stream: String,
}

impl Waiting {
    fn begin(proxy: &Proxy, tag: &str) -> Self {
        let (mut pops, mut reads) = (proxy.connect(), proxy.connect());
        let (list, stream) = (format!("{{{tag}}}list"), format!("{{{tag}}}stream"));
        pops.say(&format!("BLPOP {list} 300"));
        reads.say(&format!("XREAD BLOCK 0 STREAMS {stream} 0"));
        Self {
            pops,
            reads,
            list,
            stream,
        }
    }

    /// What is sent now reaches them.
    fn end(mut self, other: &mut Client) {
        other
            .call(&format!("RPUSH {} element", self.list))
            .integer();
        assert_eq!(self.pops.read(), bulks(&[&self.list, "element"]));
        self.end_reading(other);
    }

    fn end_reading(&mut self, other: &mut Client) {
        other.call(&format!("XADD {} 1-1 f v", self.stream)).text();
        let reply = self.reads.read();
        let streams = reply.elements();
        assert_eq!(streams[0].elements()[0], Reply::bulk(&self.stream));
        other.call(&format!("DEL {}", self.stream));
    }
}

fn slots_move_while_clients_wait(setup: Setup) {
    let cluster = setup.cluster(2, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut other = proxy.connect();
    let tag = cluster.key_on(0, &unique("moves"));
    let slot = slot_of(&tag);
    // They wait at the old owner, and learn of the new one when the slot is its.
    let waiting = Waiting::begin(&proxy, &tag);
    wait_blocked(&cluster, 2);
    cluster.migrate_begin(slot, 0, 1);
    // These find nothing at the old owner, and wait at the new one already.
    let others = Waiting::begin(&proxy, &tag);
    wait_blocked(&cluster, 4);
    let count = |node: usize| cluster.node(node).info("INFO clients", "blocked_clients");
    assert_eq!((count(0), count(1)), ("2".to_owned(), "2".to_owned()));
    cluster.migrate_end(slot, 0, 1);
    wait_until("all wait at the new owner", SETTLE_LIMIT, || {
        (count(1) == "4").then_some(())
    });
    assert!(proxy.metric("redirects_ask") >= 2.0);
    // Who was there first is served first.
    others.end(&mut other);
    waiting.end(&mut other);
    wait_blocked(&cluster, 0);
    wait_metric(&proxy, "clients_waiting", 0.0);
}

fn failover_while_clients_wait(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    let mut other = proxy.connect();
    let (old, new) = (cluster.node(0), cluster.node(cluster.replica_of(0)));
    let waiting = Waiting::begin(&proxy, &cluster.key_on(0, &unique("failover")));
    wait_blocked(&cluster, 2);
    fail_over(old, new);
    wait_until("they wait at the new primary", SETTLE_LIMIT, || {
        (new.info("INFO clients", "blocked_clients") == "2").then_some(())
    });
    waiting.end(&mut other);
    // Servers tell them in one way or the other.
    let told = proxy.metric("retries_unblocked") + proxy.metric("redirects_moved");
    assert!(told >= 2.0, "{told}");
}

fn killed_primary_while_clients_wait(setup: Setup) {
    let mut cluster = setup.cluster(3, 3, QUICK);
    let proxy = setup.proxy_with(&cluster, &[("cluster.server_timeout", "\"30s\"")]);
    let mut other = proxy.connect();
    let tag = cluster.key_on(0, &unique("killed"));
    let mut waiting = Waiting::begin(&proxy, &tag);
    let elsewhere = Waiting::begin(&proxy, &cluster.key_on(1, &unique("lives")));
    wait_blocked(&cluster, 4);
    cluster.node_mut(0).kill();
    // An element may have been on its way.
    let lost = waiting.pops.read();
    let text = lost.error().expect("an error").to_owned();
    assert!(
        text.contains("outcome of this command is unknown"),
        "{text}"
    );
    let replica = cluster.replica_of(0);
    wait_until("promotion", SETTLE_LIMIT, || {
        is_primary(cluster.node(replica)).then_some(())
    });
    waiting.end_reading(&mut other);
    elsewhere.end(&mut other);
    // And again from the start.
    Waiting::begin(&proxy, &tag).end(&mut other);
}

fn unblocked_by_another_client(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let key = unique("unblock");
    let mut other = proxy.connect();
    let own = other.call("CLIENT ID").integer();
    // Enough clients that every worker has some.
    let mut clients: Vec<(Client, i64)> = (0..8)
        .map(|_| {
            let mut client = proxy.connect();
            let id = client.call("CLIENT ID").integer();
            client.say(&format!("BLPOP {key} 0"));
            (client, id)
        })
        .collect();
    wait_blocked(&cluster, 8);
    for (number, (client, id)) in clients.iter_mut().enumerate() {
        let how = ["", " TIMEOUT", " error"][number % 3];
        assert_eq!(
            other.call(&format!("CLIENT UNBLOCK {id}{how}")).integer(),
            1
        );
        let expected = if number % 3 == 2 {
            Reply::Error("UNBLOCKED client unblocked via CLIENT UNBLOCK".to_owned())
        } else {
            Reply::Null
        };
        assert_eq!(client.read(), expected);
        assert_eq!(other.call(&format!("CLIENT UNBLOCK {id}")).integer(), 0);
    }
    assert_eq!(other.call(&format!("CLIENT UNBLOCK {own}")).integer(), 0);
    assert_eq!(other.call("CLIENT UNBLOCK 123456789").integer(), 0);
    wait_blocked(&cluster, 0);
    // They can wait again, over other connections.
    for (client, _) in &mut clients {
        client.say(&format!("BRPOP {key} 0"));
    }
    wait_blocked(&cluster, 8);
    for _ in 0..8 {
        other.call(&format!("RPUSH {key} x")).integer();
    }
    for (client, _) in &mut clients {
        assert_eq!(client.read(), bulks(&[&key, "x"]));
    }
}

fn wait_means_the_replicas(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    let keys = cluster.keys_on_all(&unique("wait"));
    let write = |client: &mut Client| {
        for key in &keys {
            assert_eq!(client.call(&format!("SET {key} v")), Reply::ok());
        }
    };
    for version in [2, 3] {
        client.call(&format!("HELLO {version}"));
        write(&mut client);
        assert_eq!(client.call("WAIT 1 30000").integer(), 1);
        // One replica of three is late.
        let replica = cluster.node(cluster.replica_of(1));
        replica.process().signal(Signal::STOP);
        write(&mut client);
        let from = Instant::now();
        assert_eq!(client.call("WAIT 1 300").integer(), 0);
        let took = from.elapsed();
        assert!(took >= Duration::from_millis(250), "{took:?}");
        // Nobody else waits meanwhile.
        client.say("WAIT 1 0");
        let node = cluster.node(1);
        wait_until("a wait at the node", SETTLE_LIMIT, || {
            (node.info("INFO clients", "blocked_clients") == "1").then_some(())
        });
        write(&mut proxy.connect());
        assert!(client.is_silent(Duration::from_millis(50)));
        replica.process().signal(Signal::CONT);
        assert_eq!(client.read().integer(), 1);
        cluster.wait_settled();
    }
    client
        .call("WAIT x 1")
        .assert_error("ERR value is not an integer");
    client
        .call("WAIT 1 x")
        .assert_error("ERR timeout is not an integer");
    client
        .call("WAIT 1 -1")
        .assert_error("ERR timeout is negative");
    // Nothing of it stays.
    for index in 0..3 {
        assert_eq!(
            cluster.node(index).call("KEYS corelane*"),
            Reply::Array(Vec::new())
        );
        assert_eq!(cluster.node(index).call("DBSIZE").integer(), 1);
    }
    wait_metric(&proxy, "links_private_now", 0.0);
}

fn waitaof_means_the_disks(setup: Setup) {
    let cluster = setup.cluster(3, 0, &["--appendonly", "yes"]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    assert_eq!(client.call("SET key v"), Reply::ok());
    let reply = client.call("WAITAOF 1 0 30000");
    if setup.kind == ServerKind::Redis7 {
        // It came with 7.2.
        reply.assert_error("ERR unknown command 'WAITAOF'");
    } else {
        let expected = Reply::Array(vec![Reply::Integer(1), Reply::Integer(0)]);
        assert_eq!(reply, expected);
    }
}

fn drain_ends_waits(setup: Setup) {
    let cluster = setup.cluster(2, 0, &[]);
    let mut proxy = setup.proxy_with(&cluster, &[("drain_timeout", "\"120s\"")]);
    let keys = cluster.keys_on_all("drain");
    let mut clients: Vec<Client> = (0..6).map(|_| proxy.connect()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        // Some have set a time; some have more to say, which waits in its turn.
        let time = if number % 2 == 0 { "0" } else { "100" };
        client.say(&format!("BLPOP {} {time}", keys[number % 2]));
        if number > 3 {
            client.say("BRPOP drain 50");
        }
    }
    wait_blocked(&cluster, 6);
    let from = Instant::now();
    proxy.terminate();
    for (number, client) in clients.iter_mut().enumerate() {
        let reply = client.read();
        if number % 2 == 0 {
            reply.assert_error("UNBLOCKED ");
        } else {
            assert_eq!(reply, Reply::Null);
        }
        if number > 3 {
            assert_eq!(client.read(), Reply::Null);
        }
        assert!(client.read_to_close().is_empty());
    }
    assert_eq!(proxy.process_mut().wait_code(READY_LIMIT), 0);
    assert!(from.elapsed() < Duration::from_secs(20));
    wait_blocked(&cluster, 0);
}

fn a_pause_comes_first(setup: Setup) {
    let cluster: Cluster = setup.cluster(1, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let (mut client, mut other) = (proxy.connect(), proxy.connect());
    let mut early = proxy.connect();
    early.say("BLPOP q 0");
    wait_blocked(&cluster, 1);
    assert_eq!(other.call("CLIENT PAUSE 60000 WRITE"), Reply::ok());
    client.say("BLPOP q 0");
    assert!(client.is_silent(Duration::from_millis(100)));
    wait_blocked(&cluster, 1);
    assert_eq!(other.call("CLIENT UNPAUSE"), Reply::ok());
    wait_blocked(&cluster, 2);
    other.call("RPUSH q a b");
    assert_eq!(early.read(), bulks(&["q", "a"]));
    assert_eq!(client.read(), bulks(&["q", "b"]));
}
