//! The PING that tells whether replies still belong to their requests: what servers may say to it is no reason to give a
//! link up.

use crate::client::{Client, Reply};
use crate::harness::{Setup, matrix, wait_until};
use crate::servers::SETTLE_LIMIT;

matrix!(a_node_that_cannot_save_keeps_its_links);

/// The file that it would save to is a directory. From its first failure on it answers PING with MISCONF.
fn a_node_that_cannot_save_keeps_its_links(setup: Setup) {
    let name = "taken.rdb";
    let settings = ["--dbfilename", name, "--save", "3600 1000000"];
    let cluster = setup.cluster(1, 0, &settings);
    let every = [
        ("cluster.ping_interval", "\"100ms\""),
        ("cluster.canary_interval", "\"100ms\""),
    ];
    let proxy = setup.proxy_with(&cluster, &every);
    let mut client = proxy.connect();
    assert_eq!(client.call("GET k"), Reply::Null);
    let mut node = cluster.node(0).connect();
    let dir = node.call("CONFIG GET dir").elements()[1].text();
    std::fs::create_dir(std::path::Path::new(&dir).join(name)).expect("a directory");
    node.call("BGSAVE");
    wait_until("the node cannot save", SETTLE_LIMIT, || {
        let error = node.call("PING").error()?.to_owned();
        error.starts_with("MISCONF").then_some(())
    });
    let opened = proxy.metric("links_opened");
    let from = refused(&mut node);
    wait_until("PINGs of the proxy", SETTLE_LIMIT, || {
        assert_eq!(client.call("GET k"), Reply::Null);
        (refused(&mut node) >= from + 10).then_some(())
    });
    for (metric, value) in [("links_desync", 0.0), ("links_lost", 0.0)] {
        assert_eq!(proxy.metric(metric), value, "{metric}");
    }
    assert_eq!(proxy.metric("links_opened"), opened);
}

/// How often a node has refused PING.
fn refused(node: &mut Client) -> u64 {
    let text = node.call("INFO commandstats").text();
    let line = text.lines().find(|line| line.starts_with("cmdstat_ping:"));
    let count = line.and_then(|line| line.split_once("rejected_calls="));
    let count = count.and_then(|(_, rest)| rest.split(',').next());
    count.and_then(|count| count.parse().ok()).unwrap_or(0)
}
