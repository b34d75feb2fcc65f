//! Golden replies of real servers, hand-made ones for rare forms, and merges of several answers.

use super::*;
use crate::cluster::node::{NodeAddr, Role};
use crate::cluster::slot_map::SlotMap;
use crate::resp::write;

type Parse = fn(&[u8], &NodeAddr) -> Result<Topology, TopologyError>;

macro_rules! golden {
    ($($name:literal)+) => {
        &[$(($name, include_bytes!(concat!("golden/", $name, ".resp")).as_slice())),+]
    };
}

#[rustfmt::skip]
const GOLDEN: &[(&str, &[u8])] = golden! {
    "redis-7.0.15-healthy-nodes" "redis-7.0.15-healthy-nodes-resp3" "redis-7.0.15-healthy-slots"
    "redis-7.0.15-healthy-shards" "redis-7.0.15-healthy-shards-resp3"
    "redis-7.0.15-hostnames-nodes" "redis-7.0.15-hostnames-slots" "redis-7.0.15-hostnames-shards"
    "redis-7.0.15-unknown-endpoint-nodes" "redis-7.0.15-unknown-endpoint-slots"
    "redis-7.0.15-unknown-endpoint-shards"
    "redis-7.0.15-ipv6-migrating-nodes" "redis-7.0.15-ipv6-migrating-slots"
    "redis-7.0.15-ipv6-migrating-shards" "redis-7.0.15-importing-nodes"
    "redis-7.0.15-failed-over-nodes" "redis-7.0.15-failed-over-slots"
    "redis-7.0.15-failed-over-shards"
    "redis-7.0.15-shard-lost-nodes" "redis-7.0.15-shard-lost-slots"
    "redis-7.0.15-shard-lost-shards"
    "valkey-9.1.2-healthy-nodes" "valkey-9.1.2-healthy-nodes-resp3" "valkey-9.1.2-healthy-slots"
    "valkey-9.1.2-healthy-shards" "valkey-9.1.2-healthy-shards-resp3"
    "valkey-9.1.2-hostnames-nodes" "valkey-9.1.2-hostnames-slots" "valkey-9.1.2-hostnames-shards"
    "valkey-9.1.2-unknown-endpoint-nodes" "valkey-9.1.2-unknown-endpoint-slots"
    "valkey-9.1.2-unknown-endpoint-shards"
    "valkey-9.1.2-ipv6-migrating-nodes" "valkey-9.1.2-ipv6-migrating-slots"
    "valkey-9.1.2-ipv6-migrating-shards" "valkey-9.1.2-importing-nodes"
    "valkey-9.1.2-failed-over-nodes" "valkey-9.1.2-failed-over-slots"
    "valkey-9.1.2-failed-over-shards"
    "valkey-9.1.2-shard-lost-nodes" "valkey-9.1.2-shard-lost-slots"
    "valkey-9.1.2-shard-lost-shards"
};

const SERVERS: [&str; 2] = ["redis-7.0.15", "valkey-9.1.2"];

fn asked() -> NodeAddr {
    NodeAddr::new("asked", 1)
}

fn shards(reply: &[u8], asked: &NodeAddr) -> Result<Topology, TopologyError> {
    from_shards(reply, asked, false)
}

fn read(name: &str) -> Topology {
    let (_, bytes) = GOLDEN.iter().find(|(known, _)| *known == name).expect(name);
    let parse: Parse = match name.trim_end_matches("-resp3").rsplit('-').next() {
        Some("nodes") => from_nodes,
        Some("slots") => from_slots,
        _ => shards,
    };
    parse(bytes, &asked()).expect(name)
}

fn map_of(topology: &Topology) -> SlotMap {
    merge(std::slice::from_ref(topology), &SlotMap::empty())
}

/// `0-5460 host:0 host:3`, one line a shard, ports by their last digit; `!` failed, `~` loading.
fn show(map: &SlotMap) -> String {
    let mut text = String::new();
    for (index, shard) in map.shards.iter().enumerate() {
        for (first, last, owner) in map.ranges() {
            if usize::from(owner) == index {
                text += &format!("{first}-{last} ");
            }
        }
        if shard.primary.is_none() {
            text += "nobody ";
        }
        let mut nodes: Vec<String> = Vec::new();
        for node in shard.nodes() {
            let expected = if nodes.is_empty() && shard.primary.is_some() {
                Role::Primary
            } else {
                Role::Replica
            };
            assert_eq!(node.role, expected, "{node:?}");
            let failed = if node.failed { "!" } else { "" };
            nodes.push(format!(
                "{}:{}{failed}",
                node.addr.host,
                node.addr.port % 10
            ));
        }
        text += &nodes.join(" ");
        text += "\n";
    }
    text
}

const HEALTHY: &str = "\
0-5460 127.0.0.1:0 127.0.0.1:3
5461-10922 127.0.0.1:1 127.0.0.1:4
10923-16383 127.0.0.1:2 127.0.0.1:5
";

#[test]
fn healthy_clusters() {
    for server in SERVERS {
        for reply in ["nodes", "nodes-resp3", "slots", "shards", "shards-resp3"] {
            let topology = read(&format!("{server}-healthy-{reply}"));
            assert_eq!(show(&map_of(&topology)), HEALTHY, "{server} {reply}");
        }
    }
}

#[test]
fn only_nodes_tell_config_epochs() {
    for server in SERVERS {
        let map = map_of(&read(&format!("{server}-healthy-nodes")));
        let epochs: Vec<u64> = map.nodes().map(|node| node.config_epoch).collect();
        assert_eq!(epochs, [1, 1, 2, 2, 3, 3]);
        let map = map_of(&read(&format!("{server}-healthy-shards")));
        assert!(map.nodes().all(|node| node.config_epoch == 0));
    }
}

#[test]
fn announced_host_names() {
    let named = "\
0-5460 node-0.example:0 node-3.example:3
5461-10922 node-1.example:1 node-4.example:4
10923-16383 127.0.0.1:2 node-5.example:5
";
    for server in SERVERS {
        let mut nodes = read(&format!("{server}-hostnames-nodes"));
        // CLUSTER NODES does not tell whether the names are meant for clients.
        assert_eq!(show(&map_of(&nodes)), HEALTHY);
        for reply in ["slots", "shards"] {
            let other = read(&format!("{server}-hostnames-{reply}"));
            assert_eq!(show(&map_of(&other)), named, "{server} {reply}");
            nodes.complete_with(&other);
            assert_eq!(show(&map_of(&nodes)), named, "{server} nodes with {reply}");
            assert!(map_of(&nodes).nodes().all(|node| node.config_epoch != 0));
        }
    }
}

#[test]
fn an_unknown_endpoint_is_the_host_asked() {
    for server in SERVERS {
        for reply in ["slots", "shards"] {
            let topology = read(&format!("{server}-unknown-endpoint-{reply}"));
            let expected = HEALTHY.replace("127.0.0.1", "asked");
            assert_eq!(show(&map_of(&topology)), expected, "{server} {reply}");
        }
    }
}

#[test]
fn ipv6_and_slots_under_migration() {
    for server in SERVERS {
        for reply in [
            "ipv6-migrating-nodes",
            "importing-nodes",
            "ipv6-migrating-shards",
        ] {
            let map = map_of(&read(&format!("{server}-{reply}")));
            assert_eq!(
                show(&map),
                HEALTHY.replace("127.0.0.1:4", "2001:db8::4:4"),
                "{reply}"
            );
            let odd = map
                .nodes()
                .find(|node| node.addr.host.contains(':'))
                .unwrap();
            assert!(odd.addr.to_string().starts_with("[2001:db8::4]:"));
        }
    }
}

#[test]
fn a_failed_over_primary_is_not_routed_to() {
    let expected = "\
0-5460 127.0.0.1:0 127.0.0.1:3
5461-10922 127.0.0.1:4
10923-16383 127.0.0.1:2 127.0.0.1:5
";
    for server in SERVERS {
        for reply in ["nodes", "slots", "shards"] {
            let topology = read(&format!("{server}-failed-over-{reply}"));
            assert_eq!(show(&map_of(&topology)), expected, "{server} {reply}");
        }
    }
}

#[test]
fn a_lost_shard_keeps_its_slots_and_is_marked() {
    for server in SERVERS {
        for reply in ["nodes", "shards"] {
            let map = map_of(&read(&format!("{server}-shard-lost-{reply}")));
            assert_eq!(map.covered(), 16_384);
            let text = show(&map);
            assert!(
                text.ends_with("10923-16383 127.0.0.1:2! 127.0.0.1:5!\n"),
                "{text}"
            );
        }
        // CLUSTER SLOTS tells no failures, but leaves the failed replica out.
        let text = show(&map_of(&read(&format!("{server}-shard-lost-slots"))));
        assert!(text.ends_with("10923-16383 127.0.0.1:2\n"), "{text}");
    }
}

#[test]
fn zones() {
    for reply in ["slots", "shards"] {
        let other = read(&format!("valkey-9.1.2-healthy-{reply}"));
        let mut topology = read("valkey-9.1.2-healthy-nodes");
        topology.complete_with(&other);
        for node in map_of(&topology).nodes() {
            let zone = format!("zone-{}", node.addr.port % 2);
            assert_eq!(node.zone.as_deref(), Some(&*zone), "{reply}");
        }
    }
}

fn nodes_reply(lines: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    write::bulk(&mut out, (lines.join("\n") + "\n").as_bytes());
    out
}

fn from_lines(lines: &[&str]) -> Topology {
    from_nodes(&nodes_reply(lines), &asked()).unwrap()
}

#[test]
fn rare_lines_of_nodes() {
    let topology = from_lines(&[
        "a :7000@17000 myself,master - 0 0 1 connected 0-9 11 [12->-b] [13-<-b] 16384 9-8",
        "b 10.0.0.2:7001 master - 0 0 2 connected 20",
        "c 10.0.0.3:7002@17002,host,shard-id=1,availability-zone=z slave,fail? a 0 0 1 connected",
        "d :0@0 master,noaddr - 0 0 4 disconnected 30",
        "e 10.0.0.5:7004@17004 slave d 0 0 4 connected",
        "f 10.0.0.6:7005@17005 handshake - 0 0 0 disconnected",
        "g 10.0.0.7:7006@17006 slave,noaddr a 0 0 0 disconnected",
        "h 10.0.0.8:7007@17007 master - 0 0 8 connected",
        "i 10.0.0.9:7008@17008 slave gone 0 0 8 connected",
    ]);
    assert_eq!(
        show(&map_of(&topology)),
        "0-9 11-11 asked:0 10.0.0.3:2\n20-20 10.0.0.2:1\n30-30 nobody 10.0.0.5:4\n10.0.0.8:7\n"
    );
    let zone = topology
        .members
        .iter()
        .find_map(|member| member.node.zone.as_deref());
    assert_eq!(zone, Some("z"));
    let suspected = topology.members.iter().filter(|member| member.suspected);
    assert_eq!(
        suspected.map(|member| &*member.node.id).collect::<Vec<_>>(),
        ["c"]
    );
}

#[test]
fn old_and_odd_forms_of_slots() {
    // Servers before 4.0 give no ids.
    let reply = b"*2\r\n*4\r\n:0\r\n:5\r\n*2\r\n$2\r\nh1\r\n:1\r\n*2\r\n$2\r\nh2\r\n:2\r\n\
        *3\r\n:6\r\n:7\r\n*2\r\n$2\r\nh1\r\n:1\r\n";
    let topology = from_slots(reply, &asked()).unwrap();
    assert_eq!(show(&map_of(&topology)), "0-7 h1:1 h2:2\n");
    // A primary without a port, as one that speaks TLS alone.
    let reply = b"*1\r\n*4\r\n:0\r\n:5\r\n*3\r\n$2\r\nh1\r\n:0\r\n$1\r\na\r\n\
        *3\r\n$2\r\nh2\r\n:2\r\n$1\r\nb\r\n";
    let topology = from_slots(reply, &asked()).unwrap();
    assert_eq!(show(&map_of(&topology)), "0-5 nobody h2:2\n");
    assert!(!from_slots(b"*0\r\n", &asked()).unwrap().covers_anything());
}

#[test]
fn a_shard_of_replicas_alone_serves_reads() {
    let reply = b"*1\r\n*4\r\n$5\r\nslots\r\n*2\r\n:0\r\n:9\r\n$5\r\nnodes\r\n*1\r\n*10\r\n\
        $2\r\nid\r\n$1\r\na\r\n$4\r\nport\r\n:7\r\n$8\r\nendpoint\r\n$-1\r\n\
        $4\r\nrole\r\n$7\r\nreplica\r\n$6\r\nhealth\r\n$7\r\nloading\r\n";
    let map = map_of(&shards(reply, &asked()).unwrap());
    assert_eq!(show(&map), "0-9 nobody asked:7\n");
    assert!(map.nodes().all(|node| node.loading && !node.is_usable()));
}

#[test]
fn nodes_that_are_reached_with_tls_may_have_a_port_for_it() {
    let node = |ports: &str| {
        format!(
            "*1\r\n*4\r\n$5\r\nslots\r\n*2\r\n:0\r\n:9\r\n$5\r\nnodes\r\n*1\r\n*{}\r\n\
             $2\r\nid\r\n$1\r\na\r\n{ports}$8\r\nendpoint\r\n$1\r\nh\r\n\
             $4\r\nrole\r\n$6\r\nmaster\r\n",
            6 + 2 * ports.matches("port").count()
        )
    };
    let (plain, tls) = ("$4\r\nport\r\n:7\r\n", "$8\r\ntls-port\r\n:8\r\n");
    for (ports, with_tls, expected) in [
        (plain.to_owned(), false, "0-9 h:7\n"),
        (plain.to_owned(), true, "0-9 h:7\n"),
        (format!("{plain}{tls}"), false, "0-9 h:7\n"),
        (format!("{tls}{plain}"), true, "0-9 h:8\n"),
        (tls.to_owned(), true, "0-9 h:8\n"),
    ] {
        let topology = from_shards(node(&ports).as_bytes(), &asked(), with_tls).unwrap();
        assert_eq!(show(&map_of(&topology)), expected, "{ports} {with_tls}");
    }
}

#[test]
fn errors_and_nonsense() {
    let refused = "ERR This instance has cluster support disabled";
    let error = format!("-{refused}\r\n");
    for parse in [from_nodes as Parse, from_slots, shards] {
        let result = parse(error.as_bytes(), &asked());
        assert_eq!(result, Err(TopologyError::Refused(refused.to_owned())));
    }
    let rows: &[(Parse, &[u8])] = &[
        (from_nodes, b"*0\r\n"),
        (from_nodes, b"$0\r\n\r\n"),
        (from_nodes, b"$3\r\na b\r\n"),
        (from_nodes, b"$2\r\n\xff\xfe\r\n"),
        (from_slots, b"+OK\r\n"),
        (from_slots, b"*1\r\n:1\r\n"),
        (from_slots, b"*1\r\n*2\r\n:0\r\n:1\r\n"),
        (
            from_slots,
            b"*1\r\n*3\r\n:5\r\n:1\r\n*3\r\n$1\r\nh\r\n:1\r\n$1\r\na\r\n",
        ),
        (
            from_slots,
            b"*1\r\n*3\r\n:0\r\n:16384\r\n*3\r\n$1\r\nh\r\n:1\r\n$1\r\na\r\n",
        ),
        (shards, b"$2\r\nOK\r\n"),
        (shards, b"*1\r\n*2\r\n$5\r\nslots\r\n*2\r\n:9\r\n:1\r\n"),
        (
            shards,
            b"*1\r\n*2\r\n$5\r\nnodes\r\n*1\r\n*2\r\n$2\r\nid\r\n$1\r\na\r\n",
        ),
    ];
    for (parse, reply) in rows {
        let result = parse(reply, &asked());
        let shown = String::from_utf8_lossy(reply);
        assert!(
            matches!(result, Err(TopologyError::Malformed(_))),
            "{shown:?}: {result:?}"
        );
    }
}

#[test]
fn cut_replies_never_panic() {
    for (name, bytes) in GOLDEN {
        for cut in 0..bytes.len() {
            for parse in [from_nodes as Parse, from_slots, shards] {
                if let Ok(topology) = parse(&bytes[..cut], &asked()) {
                    assert!(topology.members.len() <= 6, "{name} cut at {cut}");
                }
            }
        }
    }
}

// === merge ===

/// Three primaries as `a` sees them while `b` has failed over to its replica `e`.
const NEW: [&str; 4] = [
    "a 10.0.0.1:7000@1 myself,master - 0 0 1 connected 0-5460",
    "b 10.0.0.2:7001@1 slave e 0 0 7 connected",
    "c 10.0.0.3:7002@1 master - 0 0 3 connected 10923-16383",
    "e 10.0.0.5:7004@1 master - 0 0 7 connected 5461-10922",
];

/// The same before `b` failed.
const OLD: [&str; 4] = [
    "a 10.0.0.1:7000@1 master - 0 0 1 connected 0-5460",
    "b 10.0.0.2:7001@1 myself,master - 0 0 2 connected 5461-10922",
    "c 10.0.0.3:7002@1 master - 0 0 3 connected 10923-16383",
    "e 10.0.0.5:7004@1 slave b 0 0 2 connected",
];

const MERGED: &str = "\
0-5460 10.0.0.1:0
5461-10922 10.0.0.5:4 10.0.0.2:1
10923-16383 10.0.0.3:2
";

#[test]
fn the_highest_config_epoch_wins_against_a_majority() {
    let known = map_of(&from_lines(&OLD));
    for answers in [[&NEW, &OLD, &OLD], [&OLD, &NEW, &OLD], [&OLD, &OLD, &NEW]] {
        let map = merge(&answers.map(|lines| from_lines(lines)), &known);
        assert_eq!(show(&map), MERGED);
    }
}

#[test]
fn a_minority_is_not_believed() {
    // It promoted itself by hand, with an epoch of its own, and reaches nobody.
    let minority = [
        "a 10.0.0.1:7000@1 master,fail? - 0 0 1 disconnected 0-5460",
        "b 10.0.0.2:7001@1 myself,master - 0 0 99 connected 5461-16383",
        "c 10.0.0.3:7002@1 master,fail? - 0 0 3 disconnected",
        "e 10.0.0.5:7004@1 master,fail? - 0 0 7 disconnected",
    ];
    let minority_of_one = from_lines(&minority);
    let map = merge(
        &[minority_of_one.clone(), from_lines(&NEW)],
        &SlotMap::empty(),
    );
    assert_eq!(show(&map), MERGED);
    // Alone it is better than nothing.
    assert_eq!(
        merge(&[minority_of_one], &SlotMap::empty()).covered(),
        16_384
    );
}

#[test]
fn another_cluster_at_a_known_address_is_not_believed() {
    let other = from_lines(&["x 10.0.0.9:7009@1 myself,master - 0 0 500 connected 0-16383"]);
    let ours = from_lines(&NEW);
    let known = map_of(&from_lines(&OLD));
    for answers in [
        vec![other.clone(), ours.clone()],
        vec![ours.clone(), other.clone()],
        vec![other.clone(), other.clone(), ours.clone()],
    ] {
        assert_eq!(show(&merge(&answers, &known)), MERGED);
    }
    // Unless it is the only one, as when a cluster was made anew.
    assert_eq!(
        show(&merge(std::slice::from_ref(&other), &known)),
        "0-16383 10.0.0.9:9\n"
    );
    // Without a map, most answers count.
    let answers = [other.clone(), ours, other];
    assert_eq!(
        show(&merge(&answers, &SlotMap::empty())),
        "0-16383 10.0.0.9:9\n"
    );
}

#[test]
fn vanished_nodes_are_dropped() {
    let mut stale = NEW.to_vec();
    stale.push("gone 10.0.0.8:7008@1 slave a 0 0 1 connected");
    stale.push("empty 10.0.0.9:7009@1 master - 0 0 0 connected");
    let (stale, fresh) = (from_lines(&stale), from_lines(&NEW));
    let map = merge(&[stale.clone(), fresh.clone(), fresh], &map_of(&stale));
    assert_eq!(show(&map), MERGED);
    assert_eq!(merge(&[stale], &map).nodes().count(), 6);
}

#[test]
fn a_known_id_at_a_new_address_is_accepted() {
    let known = map_of(&from_lines(&NEW));
    let moved: Vec<String> = NEW
        .iter()
        .map(|line| line.replace("10.0.0.", "10.1.1."))
        .collect();
    let moved: Vec<&str> = moved.iter().map(String::as_str).collect();
    let map = merge(&[from_lines(&moved)], &known);
    assert_eq!(show(&map), MERGED.replace("10.0.0.", "10.1.1."));
    let (old, new) = (from_lines(&NEW), from_lines(&moved));
    let map = merge(&[old, new.clone(), new], &known);
    assert_eq!(show(&map), MERGED.replace("10.0.0.", "10.1.1."));
}

#[test]
fn a_node_has_failed_when_most_say_so() {
    let failed: Vec<String> = NEW
        .iter()
        .map(|line| line.replace("7002@1 master", "7002@1 master,fail"))
        .collect();
    let failed: Vec<&str> = failed.iter().map(String::as_str).collect();
    let (up, down) = (from_lines(&NEW), from_lines(&failed));
    let marked = |answers: &[Topology]| show(&merge(answers, &SlotMap::empty())).contains('!');
    assert!(!marked(&[up.clone(), down.clone(), up.clone()]));
    assert!(!marked(&[up.clone(), down.clone()]));
    assert!(marked(&[up, down.clone(), down]));
}

#[test]
fn a_node_knows_best_if_it_is_loading() {
    let view = |myself: &str, loading: bool| {
        let lines = NEW.map(|line| {
            let is_own = line.starts_with(myself);
            line.replace("myself,", "")
                .replace(" slave", if is_own { " myself,slave" } else { " slave" })
                .replace(" master", if is_own { " myself,master" } else { " master" })
        });
        let mut view = from_lines(&lines.each_ref().map(String::as_str));
        for member in &mut view.members {
            member.node.loading = loading && &*member.node.id == "b";
        }
        view
    };
    let is_loading = |answers: &[Topology]| {
        let map = merge(answers, &SlotMap::empty());
        map.nodes().any(|node| node.loading)
    };
    let (by_a, by_c) = (view("a", true), view("c", false));
    assert!(!is_loading(std::slice::from_ref(&by_c)));
    assert!(is_loading(&[by_a.clone(), by_c.clone()]));
    assert!(!is_loading(&[by_a, by_c.clone(), view("b", false)]));
    assert!(is_loading(&[by_c, view("b", true)]));
}

#[test]
fn a_node_that_failed_and_lost_its_slots_is_named() {
    let lost = |lines: &[&str]| {
        let map = merge(&[from_lines(lines)], &map_of(&from_lines(&OLD)));
        assert!(!map.nodes().any(|node| map.lost.contains(&node.addr)));
        map.lost
    };
    let mut lines = NEW;
    assert_eq!(lost(&lines), []);
    lines[1] = "b 10.0.0.2:7001@1 master,fail - 0 0 2 disconnected";
    assert_eq!(lost(&lines), [NodeAddr::new("10.0.0.2", 7001)]);
    lines[1] = "b 10.0.0.2:7001@1 master,fail? - 0 0 2 disconnected";
    assert_eq!(lost(&lines), [], "it may be well");
    lines[1] = "b 10.0.0.2:7001@1 slave,fail gone 0 0 2 disconnected";
    assert_eq!(lost(&lines), [NodeAddr::new("10.0.0.2", 7001)]);
    lines[1] = "b 10.0.0.5:7004@1 master,fail - 0 0 2 disconnected";
    assert_eq!(lost(&lines), [], "another node is there now");
}

#[test]
fn half_a_topology_is_used_for_what_it_covers() {
    let map = map_of(&from_lines(&NEW[..1]));
    assert_eq!(show(&map), "0-5460 10.0.0.1:0\n");
    assert_eq!(map.covered(), 5461);
    assert_eq!(merge(&[], &map), SlotMap::empty());
}

#[test]
fn without_epochs_most_answers_count() {
    let slots = |port: u16| {
        let text = format!("*1\r\n*3\r\n:0\r\n:9\r\n*3\r\n$1\r\nh\r\n:{port}\r\n$1\r\n{port}\r\n");
        let mut topology = from_slots(text.as_bytes(), &asked()).unwrap();
        let shared = Member {
            node: Node {
                id: "shared".into(),
                ..Node::at(asked(), Role::Replica)
            },
            follows: Some("2".into()),
            suspected: false,
            myself: false,
        };
        topology.members.push(shared);
        topology
    };
    let map = merge(&[slots(1), slots(2), slots(2)], &SlotMap::empty());
    assert!(show(&map).starts_with("0-9 h:2 asked:1"), "{}", show(&map));
    let map = merge(&[slots(1), slots(2)], &SlotMap::empty());
    assert!(
        show(&map).starts_with("0-9 h:1"),
        "the first of equals: {}",
        show(&map)
    );
}

/// Rule 3 for one slot, word for word.
fn owner_of(answers: &[Topology], slot: Slot) -> Option<&str> {
    let claims = answers.iter().flat_map(|answer| &answer.claims);
    let claims: Vec<&Claim> = claims
        .filter(|claim| claim.first <= slot && slot <= claim.last)
        .collect();
    let votes = |owner: &str| claims.iter().filter(|c| &*c.owner == owner).count();
    let rank = |claim: &Claim| (claim.config_epoch, votes(&claim.owner));
    let best = claims.iter().map(|claim| rank(claim)).max()?;
    let first = claims.iter().find(|claim| rank(claim) == best)?;
    Some(&first.owner)
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(24))]

    #[test]
    fn every_slot_goes_to_the_best_claim(
        said in proptest::collection::vec(
            proptest::collection::vec((0..4usize, 0..3u64, 0..40u16, 0..20u16), 0..8),
            1..5,
        ),
    ) {
        let slot = |number: u16| Slot::new(number.min(Slot::LAST.number())).unwrap();
        // Some of the claims end at the last slot.
        let moved = |number: u16| slot(if number > 30 { Slot::LAST.number() - 45 + number } else { number });
        let owners = ["a", "b", "c", "d"];
        let answers: Vec<Topology> = said
            .iter()
            .map(|claims| Topology {
                claims: claims
                    .iter()
                    .map(|(owner, config_epoch, first, len)| Claim {
                        owner: owners[*owner].into(),
                        config_epoch: *config_epoch,
                        first: moved(*first),
                        last: moved(first + len),
                    })
                    .collect(),
                ..from_lines(&owners.map(|id| format!("{id} h:1@1 master - 0 0 1 connected")).each_ref().map(String::as_str))
            })
            .collect();
        let map = merge(&answers, &SlotMap::empty());
        for slot in Slot::all() {
            let primary = map.shard_of(slot).and_then(|shard| shard.primary.as_ref());
            proptest::prop_assert_eq!(primary.map(|node| &*node.id), owner_of(&answers, slot));
        }
    }
}
