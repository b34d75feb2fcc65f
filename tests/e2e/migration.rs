//! Slots that move between nodes while clients use them.

use crate::client::Reply;
use crate::harness::{Setup, matrix, wait_until};
use crate::load::Load;
use crate::proxy::READY_LIMIT;
use crate::servers::{Cluster, slot_of};

matrix!(slots_move_under_load, half_moved_slot, empty_slots_move);

/// Slots with keys go from one primary to another, on to a third and back, while clients read and write.
fn slots_move_under_load(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let moving: Vec<String> = (0..3)
        .map(|n| cluster.key_on(0, &format!("moving{n}")))
        .collect();
    let mut tags = moving.clone();
    tags.extend([cluster.key_on(1, "still"), cluster.key_on(2, "still")]);
    let load = Load::start(&proxy, 3, &tags);
    load.wait_progress(10);
    for (from, to) in [(0, 1), (1, 0), (0, 2), (2, 1), (1, 0)] {
        for tag in &moving {
            move_under_load(&cluster, &load, slot_of(tag), (from, to));
        }
        load.wait_progress(6);
    }
    load.finish(&proxy);
    assert!(proxy.metric("redirects_moved") > 0.0);
    assert!(proxy.metric("redirects_ask") > 0.0);
}

/// Moves a slot from one primary to another while clients are at work, and waits for them at each stage.
pub(crate) fn move_under_load(
    cluster: &Cluster,
    load: &Load,
    slot: usize,
    (from, to): (usize, usize),
) {
    cluster.migrate_begin(slot, from, to);
    // Some keys here, some there: traffic has to pass in this state as well.
    cluster.migrate_keys(slot, from, to, 4);
    load.wait_progress(3);
    while cluster.migrate_keys(slot, from, to, 1) > 0 {}
    load.wait_progress(3);
    cluster.migrate_end(slot, from, to);
}

/// A slot that stays half-moved: single keys are found on either side, several at once as soon as they
/// are together again.
fn half_moved_slot(setup: Setup) {
    let cluster = setup.cluster(2, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    for (from, to) in [(0, 1), (1, 0)] {
        let tag = cluster.key_on(0, "half");
        let keys: Vec<String> = (0..20).map(|n| format!("{{{tag}}}{n}")).collect();
        for key in &keys {
            assert_eq!(client.call(&format!("SET {key} of:{key}")), Reply::ok());
        }
        let slot = slot_of(&tag);
        cluster.migrate_begin(slot, from, to);
        cluster.migrate_keys(slot, from, to, 10);
        for key in &keys {
            assert_eq!(
                client.call(&format!("GET {key}")),
                Reply::bulk(format!("of:{key}"))
            );
            assert_eq!(
                client.call(&format!("APPEND {key} +")).integer(),
                of_length(key) + 1
            );
        }
        assert_eq!(
            client.call(&format!("SET {{{tag}}}new 1")),
            Reply::ok(),
            "made at the target"
        );
        together_again(&cluster, &proxy, &keys, (slot, from, to));
        client.call(&format!("DEL {} {{{tag}}}new", keys.join(" ")));
    }
}

fn together_again(
    cluster: &Cluster,
    proxy: &crate::proxy::Proxy,
    keys: &[String],
    (slot, from, to): (usize, usize, usize),
) {
    let before = proxy.metric("retries_tryagain");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| proxy.connect().call(&format!("MGET {}", keys.join(" "))));
        wait_until("TRYAGAIN from a node", READY_LIMIT, || {
            (proxy.metric("retries_tryagain") > before).then_some(())
        });
        while cluster.migrate_keys(slot, from, to, 10) > 0 {}
        cluster.migrate_end(slot, from, to);
        let got = waiting.join().expect("MGET");
        let expected = keys
            .iter()
            .map(|key| Reply::bulk(format!("of:{key}+")))
            .collect();
        assert_eq!(got, Reply::Array(expected));
    });
}

fn of_length(key: &str) -> i64 {
    i64::try_from(key.len() + 3).expect("short")
}

/// Many slots change hands at once: the slot map follows, without a redirect for each request.
fn empty_slots_move(setup: Setup) {
    let cluster = setup.cluster(2, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    let owner = cluster.node(1).id();
    for slot in cluster.initial_slots(0).take(200) {
        for node in [1, 0] {
            cluster
                .node(node)
                .call_ok(&format!("CLUSTER SETSLOT {slot} NODE {owner}"));
        }
    }
    let moved: Vec<String> = (0..)
        .map(|n| format!("moved.{n}"))
        .filter(|key| {
            cluster
                .initial_slots(0)
                .take(200)
                .any(|slot| slot == slot_of(key))
        })
        .take(20)
        .collect();
    for key in &moved {
        assert_eq!(client.call(&format!("SET {key} 1")), Reply::ok());
        assert_eq!(
            cluster.node(1).call(&format!("GET {key}")),
            Reply::bulk("1")
        );
    }
    wait_until("a slot map that needs no redirects", READY_LIMIT, || {
        let before = proxy.metric("redirects_moved");
        for key in &moved {
            assert_eq!(client.call(&format!("GET {key}")), Reply::bulk("1"));
        }
        (proxy.metric("redirects_moved") <= before).then_some(())
    });
}
