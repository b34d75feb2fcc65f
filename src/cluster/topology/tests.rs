//! Golden replies of real servers, hand-made ones for rare forms, and merges of several answers.

use super::*;
use crate::cluster::node::{NodeAddr, Role};
use crate::cluster::slot_map::SlotMap;
use crate::resp::write;

mod merging;

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
