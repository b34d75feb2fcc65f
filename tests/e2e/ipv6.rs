//! Nodes and clients that are reached by IPv6 alone.

use std::net::{Ipv6Addr, SocketAddr, TcpListener};

use crate::client::{Client, Reply};
use crate::failover::fail_over;
use crate::harness::{Setup, matrix, wait_until};
use crate::load::Load;
use crate::migration::move_under_load;
use crate::ports::Lease;
use crate::servers::{SETTLE_LIMIT, slot_of};

matrix!(nodes_and_clients);

/// Nodes that listen nowhere else and say so.
const SIX: &[&str] = &["--bind", "::1", "--cluster-announce-ip", "::1"];

/// Seeds, slot map, MOVED, ASK, a failover and a node at another port, all with addresses of IPv6.
fn nodes_and_clients(setup: Setup) {
    if let Err(error) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        eprintln!("SKIPPED: this machine has no IPv6 loopback: {error}");
        return;
    }
    let cluster = setup.cluster(3, 3, SIX);
    let lease = Lease::take();
    let addr = SocketAddr::from((Ipv6Addr::LOCALHOST, lease.port()));
    let listen = format!("[\"{addr}\"]");
    let proxy = setup.proxy_with(&cluster, &[("listen", &listen)]);
    let (status, page) = proxy.try_get("/topology").expect("the admin port answers");
    assert_eq!(status, 200);
    for node in cluster.nodes() {
        let addr = node.addr();
        assert!(
            addr.is_ipv6() && page.contains(&format!("\"{addr}\"")),
            "{page}"
        );
    }
    assert!(!page.contains("127.0.0.1"), "{page}");
    let tags = cluster.keys_on_all("six");
    let load = Load::start_at(addr, 3, &tags);
    load.wait_progress(10);
    let slot = slot_of(&tags[0]);
    for (from, to) in [(0, 1), (1, 0)] {
        move_under_load(&cluster, &load, slot, (from, to));
        load.wait_progress(3);
    }
    assert!(proxy.metric("redirects_ask") > 0.0);
    assert!(proxy.metric("redirects_moved") > 0.0);
    // The other primaries have to know who owns the slot.
    cluster.wait_settled();
    let (old, new) = (cluster.node(2), cluster.node(cluster.replica_of(2)));
    fail_over(old, new);
    load.wait_progress(6);
    wait_until("the new replica", SETTLE_LIMIT, || {
        (old.info("INFO replication", "master_link_status") == "up").then_some(())
    });
    load.finish_at(addr);
    // What a client is told of itself, and of nodes.
    let mut client = Client::connect(addr);
    let list = client.call("CLIENT LIST").text();
    let own = client.stream().local_addr().expect("connected");
    assert!(
        list.contains(&format!("addr={own} laddr={addr} ")),
        "{list}"
    );
    let reply = client.call(&format!("SET {} last", tags[2]));
    assert_eq!(reply, Reply::ok());
    assert_eq!(new.call(&format!("GET {}", tags[2])), Reply::bulk("last"));
}
