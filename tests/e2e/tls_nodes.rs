//! Nodes that are reached with TLS.

use std::net::SocketAddr;

use crate::certificates::{Authority, Issued, LOOPBACK, listed, quoted};
use crate::client::{Client, REPLY_LIMIT, Reply, request, words};
use crate::failover::{QUICK, fail_over};
use crate::harness::{Setup, matrix, poll_until, unique, wait_until, workers};
use crate::load::Load;
use crate::ports::Lease;
use crate::proxy::{Proxy, READY_LIMIT};
use crate::servers::{Cluster, SETTLE_LIMIT};
use crate::tls::byte;
use crate::tunnel::Tunnel;

matrix!(all_traffic_goes_through_tls, failover_with_tls);
workers!(
    nodes_that_cannot_be_trusted_get_nothing,
    names_of_nodes_are_checked,
    announced_names_are_checked,
    credentials_for_nodes_change_under_load,
);

/// Nodes with certificates, and what a proxy needs to reach them.
struct Nodes {
    cluster: Cluster,
    authority: Authority,
    /// The proxy's own.
    issued: Issued,
}

impl Nodes {
    /// Nodes certified for these names, which want to see a certificate of clients.
    fn start(setup: Setup, primaries: usize, replicas: usize, names: &str) -> Self {
        Self::start_with(setup, [primaries, replicas], names, &[])
    }

    /// The same with more settings.
    fn start_with(setup: Setup, count: [usize; 2], names: &str, more: &[&str]) -> Self {
        let authority = Authority::new();
        let (node, issued) = (
            authority.issue("node", names),
            authority.issue("proxy", LOOPBACK),
        );
        let files = [&node.cert, &node.key, &authority.file()].map(|f| f.display().to_string());
        let mut settings = QUICK.to_vec();
        for (name, file) in ["--tls-cert-file", "--tls-key-file", "--tls-ca-cert-file"]
            .into_iter()
            .zip(&files)
        {
            settings.extend([name, file]);
        }
        settings.extend(more);
        let [primaries, replicas] = count;
        Self {
            cluster: setup.cluster(primaries, replicas, &settings),
            authority,
            issued,
        }
    }

    fn seeds(&self) -> Vec<SocketAddr> {
        self.cluster.running().map(|node| node.tls_addr()).collect()
    }

    /// Settings of a proxy that trusts `authority` and shows this certificate.
    fn settings(authority: &Authority, own: Option<&Issued>) -> Vec<(&'static str, String)> {
        let mut settings = vec![
            ("cluster.tls", "true".to_owned()),
            ("cluster.tls_ca_cert_file", quoted(&authority.file())),
            ("cluster.server_timeout", "\"5s\"".to_owned()),
            // Handshakes take their time on a busy machine.
            ("cluster.connect_timeout", "\"5s\"".to_owned()),
        ];
        if let Some(issued) = own {
            settings.push(("cluster.tls_cert_file", quoted(&issued.cert)));
            settings.push(("cluster.tls_key_file", quoted(&issued.key)));
        }
        settings
    }

    fn good_settings(&self) -> Vec<(&'static str, String)> {
        Self::settings(&self.authority, Some(&self.issued))
    }

    fn proxy(&self, setup: Setup, settings: &[(&'static str, String)]) -> Proxy {
        let settings: Vec<_> = settings.iter().map(|(k, v)| (*k, v.as_str())).collect();
        Proxy::start_unready(&self.seeds(), setup.workers, &settings)
    }
}

/// Of clients too, at both ends: small and large, learned commands, subscriptions, connections of one client alone.
fn all_traffic_goes_through_tls(setup: Setup) {
    if !setup.kind.has_tls() {
        return;
    }
    let nodes = Nodes::start(setup, 3, 0, LOOPBACK);
    let port = Lease::take();
    let mut settings = nodes.good_settings();
    settings.push(("tls.listen", listed(port.addr())));
    settings.push(("tls.cert_file", quoted(&nodes.issued.cert)));
    settings.push(("tls.key_file", quoted(&nodes.issued.key)));
    let proxy = nodes.proxy(setup, &settings);
    proxy.wait_ready();
    let tunnel = Tunnel::open(port.addr(), nodes.authority.client(None));
    let mut client = Client::connect(tunnel.addr());
    let keys = nodes.cluster.keys_on_all(&unique("through"));
    for (n, key) in keys.iter().enumerate() {
        let value = vec![b'a' + byte(n); 10 << 20];
        let set = request(&[b"SET", key.as_bytes(), &value]);
        assert_eq!(client.exchange(&set, 1), [Reply::ok()]);
        let get = words(&format!("GET {key}"));
        assert!(client.exchange(&get, 1) == [Reply::Bulk(value)]);
    }
    let mut pipeline = Vec::new();
    for n in 0..10_000 {
        pipeline.extend(words(&format!("SETEX {}:{n} 60 {n}", keys[n % 3])));
    }
    let replies = client.exchange(&pipeline, 10_000);
    assert!(replies.iter().all(|reply| *reply == Reply::ok()));
    let mut listener = Client::connect(tunnel.addr());
    listener.call("SUBSCRIBE news");
    let list = format!("{{{}}}:list", keys[0]);
    let mut blocked = Client::connect(tunnel.addr());
    blocked.say(&format!("BLPOP {list} 20"));
    wait_until("the client that waits", REPLY_LIMIT, || {
        (proxy.metric("clients_waiting") >= 1.0).then_some(())
    });
    client.call(&format!("RPUSH {list} one"));
    assert_eq!(blocked.read().elements()[1], Reply::bulk("one"));
    client.call("PUBLISH news hello");
    assert_eq!(listener.read().elements()[2], Reply::bulk("hello"));
    // Every link and every question of control has had a handshake; the nodes saw no other connections than ours.
    let links = proxy.metric("links_opened");
    assert!(proxy.metric("tls_handshakes_nodes") >= links && links >= 3.0);
    assert!(proxy.metric("tls_handshakes_nodes_failed") < 0.5);
    for node in nodes.cluster.nodes() {
        let port = node.addr().port().to_string();
        let list = node.call("CLIENT LIST").text();
        let plain = list
            .lines()
            .filter(|line| line.contains(&format!("laddr=127.0.0.1:{port} ")));
        assert_eq!(plain.count(), 1, "the test itself alone: {list}");
    }
}

fn failover_with_tls(setup: Setup) {
    if !setup.kind.has_tls() {
        return;
    }
    let mut nodes = Nodes::start(setup, 3, 3, LOOPBACK);
    let proxy = nodes.proxy(setup, &nodes.good_settings());
    proxy.wait_ready();
    let load = Load::start(
        &proxy,
        3,
        &nodes.cluster.keys_on_all(&unique("tls-failover")),
    );
    load.wait_progress(10);
    let cluster = &nodes.cluster;
    let (first, second) = (cluster.node(0), cluster.node(cluster.replica_of(0)));
    fail_over(first, second);
    load.wait_progress(10);
    load.finish(&proxy);
    // Now the new primary dies, and the old one takes over again.
    wait_until("the new replica", SETTLE_LIMIT, || {
        (first.info("INFO replication", "master_link_status") == "up").then_some(())
    });
    let replica = cluster.replica_of(0);
    let key = cluster.key_on(0, &unique("tls-killed"));
    let mut client = proxy.connect();
    assert_eq!(client.call(&format!("SET {key} before")), Reply::ok());
    nodes.cluster.node_mut(replica).kill();
    wait_until("writes after the crash", SETTLE_LIMIT, || {
        let reply = client.call(&format!("SET {key} after"));
        if reply != Reply::ok() {
            reply.assert_documented();
        }
        (reply == Reply::ok()).then_some(())
    });
    assert_eq!(client.call(&format!("GET {key}")), Reply::bulk("after"));
}

/// Wrong issuer, no certificate of our own, no TLS at all: no request reaches a node, and the log says why.
fn nodes_that_cannot_be_trusted_get_nothing(setup: Setup) {
    let nodes = Nodes::start(setup, 3, 0, LOOPBACK);
    let stranger = Authority::new();
    let plain: Vec<SocketAddr> = nodes.cluster.running().map(|node| node.addr()).collect();
    for (settings, seeds, why) in [
        (
            Nodes::settings(&stranger, Some(&nodes.issued)),
            nodes.seeds(),
            "invalid peer certificate: UnknownIssuer",
        ),
        (
            Nodes::settings(&nodes.authority, None),
            nodes.seeds(),
            "received fatal alert",
        ),
        (nodes.good_settings(), plain, "TLS: "),
    ] {
        let settings: Vec<_> = settings.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let proxy = Proxy::start_unready(&seeds, setup.workers, &settings);
        let mut client = proxy.connect();
        client.call("SET never there").assert_documented();
        wait_until("the reason in the log", READY_LIMIT, || {
            proxy.process().output().contains(why).then_some(())
        });
        assert!(!proxy.is_ready());
    }
    let key = "never";
    let holder = nodes.cluster.initial_owner(crate::servers::slot_of(key));
    assert_eq!(nodes.cluster.node(holder).call("GET never"), Reply::Null);
    // Trust that is lost later: links are refused while the map is known.
    let proxy = nodes.proxy(setup, &nodes.good_settings());
    proxy.wait_ready();
    assert_eq!(proxy.connect().call("SET never now"), Reply::ok());
}

/// Certificates without the nodes' addresses are good for a fixed name, or if names do not count.
fn names_of_nodes_are_checked(setup: Setup) {
    let nodes = Nodes::start(setup, 3, 0, "DNS:nodes.test");
    for (key, value) in [
        ("cluster.tls_server_name", "\"nodes.test\""),
        ("cluster.tls_check_name", "false"),
    ] {
        let mut settings = nodes.good_settings();
        settings.push((key, value.to_owned()));
        let proxy = nodes.proxy(setup, &settings);
        proxy.wait_ready();
        let mut client = proxy.connect();
        for key in nodes.cluster.keys_on_all(&unique("named")) {
            assert_eq!(client.call(&format!("SET {key} x")), Reply::ok());
        }
    }
    let mut settings = nodes.good_settings();
    for wrong in [None, Some("\"other.test\"")] {
        if let Some(name) = wrong {
            settings.push(("cluster.tls_server_name", name.to_owned()));
        }
        let proxy = nodes.proxy(setup, &settings);
        wait_until("the reason in the log", READY_LIMIT, || {
            let log = proxy.process().output();
            log.contains("certificate not valid for name").then_some(())
        });
        assert!(!proxy.is_ready());
    }
}

/// Nodes that announce a name are reached by it, and their certificates have to be for it; the address does not count.
fn announced_names_are_checked(setup: Setup) {
    for (names, is_good) in [("DNS:localhost", true), ("IP:127.0.0.1", false)] {
        let announced = [
            "--cluster-announce-hostname",
            "localhost",
            "--cluster-preferred-endpoint-type",
            "hostname",
        ];
        let nodes = Nodes::start_with(setup, [3, 0], names, &announced);
        let host = if is_good { "localhost" } else { "127.0.0.1" };
        let seeds = nodes.seeds();
        let seeds: Vec<String> = seeds
            .iter()
            .map(|at| format!("{host}:{}", at.port()))
            .collect();
        let mut settings = nodes.good_settings();
        settings.push(("seeds", format!("{seeds:?}")));
        let proxy = nodes.proxy(setup, &settings);
        // Control asks seeds by their own names.
        proxy.wait_ready();
        let mut client = proxy.connect();
        for key in nodes.cluster.keys_on_all(&unique("announced")) {
            let reply = client.call(&format!("SET {key} x"));
            assert_eq!(reply == Reply::ok(), is_good, "{reply:?}");
        }
        assert_eq!(proxy.metric("tls_handshakes_nodes_failed") < 0.5, is_good);
        let log = proxy.process().output();
        assert_eq!(log.contains("certificate not valid for name"), !is_good);
    }
}

/// The nodes do not notice, but new connections show the new certificate; one that nodes refuse is noticed.
fn credentials_for_nodes_change_under_load(setup: Setup) {
    let mut nodes = Nodes::start(setup, 3, 3, LOOPBACK);
    let mut settings = nodes.good_settings();
    settings.push(("tls.reload_interval", "\"50ms\"".to_owned()));
    let proxy = nodes.proxy(setup, &settings);
    proxy.wait_ready();
    let tags = nodes.cluster.keys_on_all(&unique("tls-own"));
    let load = Load::start(&proxy, 3, &tags);
    load.wait_progress(10);
    let reloads = |n: f64| {
        wait_until("the new certificate", REPLY_LIMIT, || {
            (proxy.metric("certificate_reloads_changed") >= n).then_some(())
        });
    };
    nodes
        .authority
        .issue("next", LOOPBACK)
        .replace(&nodes.issued);
    reloads(1.0);
    load.wait_progress(10);
    load.finish(&proxy);
    // A certificate of somebody else: what is connected goes on, nothing new comes about.
    let stranger = Authority::new();
    stranger.issue("foreign", LOOPBACK).replace(&nodes.issued);
    reloads(2.0);
    let mut client = proxy.connect();
    assert_eq!(client.call(&format!("SET {} x", tags[1])), Reply::ok());
    let failed = proxy.metric("links_failed");
    nodes.cluster.node_mut(0).kill();
    // Its replica takes over, and there is no link to it yet, or none that can be opened again.
    poll_until(READY_LIMIT, || {
        let _ = client.call(&format!("GET {}", tags[0]));
        (proxy.metric("links_failed") > failed).then_some(())
    });
    nodes
        .authority
        .issue("good", LOOPBACK)
        .replace(&nodes.issued);
    reloads(3.0);
    wait_until("the shard after the change", SETTLE_LIMIT, || {
        let reply = client.call(&format!("SET {} x", tags[0]));
        (reply == Reply::ok()).then_some(())
    });
}
