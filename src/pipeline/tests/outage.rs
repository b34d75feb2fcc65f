//! Nodes that are lost: what is held, for how long, in which order it goes out, and what fails at once.

use super::canary::echo;
use super::*;
use crate::cluster::RefreshReason;

/// A pipeline with one primary at 7000, whose replica is at 7001, and a client.
pub(super) struct Bench {
    pub(super) rig: Rig,
    pub(super) client: ClientId,
    version: u64,
    hints: usize,
}

fn config(timeout: u64, hold: u64) -> Config {
    let mut config = Config::default();
    config.cluster.server_timeout = Duration::from_millis(timeout);
    config.cluster.failover_hold = Some(Duration::from_millis(hold));
    // Reads are to wait like writes here.
    config.cluster.static_replica_read_priority = 0;
    config.cluster.dynamic_replica_read_priority = 0;
    config
}

impl Bench {
    pub(super) fn new(config: Config) -> Self {
        let mut rig = Rig::new(config, &map(1, 7000, &[7001], &[]));
        for port in [7000, 7001] {
            if rig.links.iter().any(|(_, addr)| addr.port == port) {
                rig.ready(port);
            }
        }
        let client = rig.client();
        Self {
            rig,
            client,
            version: 1,
            hints: 0,
        }
    }

    pub(super) fn lose(&mut self, port: u16) {
        let link = self.rig.link(port);
        self.rig.pipeline.handle_link_closed(link, self.rig.now);
        self.rig.act();
    }

    pub(super) fn send(&mut self, args: &[&[u8]]) {
        self.rig.send(self.client, args);
    }

    /// Time passes; every attempt to connect to one of these ports is refused.
    pub(super) fn tick_refusing(&mut self, millis: u64, ports: &[u16]) {
        for _ in 0..millis / 10 {
            self.rig.now.0 += 10 * MILLISECOND;
            self.rig.pipeline.handle_timeout(self.rig.now);
            let mut attempts = Vec::new();
            while let Some(action) = self.rig.pipeline.poll_action() {
                match action {
                    Action::Connect { link, addr } => attempts.push((link, addr)),
                    Action::Refresh(RefreshReason::LostLink) => self.hints += 1,
                    _ => {}
                }
            }
            for (link, addr) in attempts {
                let is_refused = ports.contains(&addr.port);
                self.rig.links.push((link, addr));
                if is_refused {
                    self.rig.pipeline.handle_link_closed(link, self.rig.now);
                }
            }
            self.rig.pipeline.check_invariants().unwrap();
        }
    }

    /// Waits for the next attempt to connect to a node, which succeeds.
    pub(super) fn come_back(&mut self, port: u16, dead: &[u16]) {
        for _ in 0..200 {
            if self.rig.pipeline.link_addr(self.rig.link(port)).is_some() {
                self.rig.ready(port);
                return;
            }
            self.tick_refusing(10, dead);
        }
        panic!("nothing connects to {port}");
    }

    fn map(&mut self, primary: u16, replicas: &[u16]) {
        self.version += 1;
        let map = map(self.version, primary, replicas, &[]);
        self.apply(&map);
    }

    fn apply(&mut self, map: &SlotMap) {
        self.rig.pipeline.handle_slot_map(map, self.rig.now);
        self.rig.act();
        self.rig.pipeline.check_invariants().unwrap();
    }

    pub(super) fn written(&mut self, port: u16) -> Vec<u8> {
        let link = self.rig.link(port);
        self.rig.written(Peer::Link(link))
    }

    pub(super) fn told(&mut self) -> String {
        let bytes = self.rig.written(Peer::Client(self.client));
        String::from_utf8(bytes).unwrap()
    }

    pub(super) fn counters(&self) -> crate::metrics::WorkerCounters {
        self.rig.pipeline.stats().counters
    }
}

#[test]
fn what_waits_goes_to_the_new_primary_in_order_and_at_once() {
    let mut bench = Bench::new(config(5000, 5000));
    bench.lose(7000);
    for n in 0..5u8 {
        bench.send(&[b"SET", b"k", &[b'0' + n]]);
        bench.send(&[b"GET", b"other"]);
    }
    bench.tick_refusing(2000, &[7000]);
    assert_eq!(bench.told(), "");
    let counters = bench.counters();
    // Later ones of the same slot wait behind the first.
    assert!(counters.holds_now >= 2, "{counters:?}");
    bench.map(7001, &[]);
    let sent = String::from_utf8(bench.written(7001)).unwrap();
    assert!(
        sent.contains("GET") && sent.contains("$1\r\n0\r\n"),
        "{sent}"
    );
    let link = bench.rig.link(7001);
    let mut order = Vec::new();
    let mut sent = sent;
    for _ in 0..20 {
        let values = ["0", "1", "2", "3", "4"];
        order.extend(
            values
                .iter()
                .filter(|value| sent.contains(&format!("$1\r\n{value}\r\n")))
                .copied(),
        );
        for _ in 0..sent.matches('*').count() {
            bench.rig.reply(link, b"+OK\r\n");
        }
        sent = String::from_utf8(bench.written(7001)).unwrap();
    }
    assert_eq!(order, ["0", "1", "2", "3", "4"]);
    assert_eq!(bench.told(), "+OK\r\n".repeat(10));
    assert_eq!(bench.counters().holds_now, 0);
}

#[test]
fn after_the_hold_requests_fail_at_once_until_the_node_is_back() {
    let mut bench = Bench::new(config(1000, 300));
    bench.lose(7000);
    bench.send(&[b"SET", b"k", b"1"]);
    bench.tick_refusing(250, &[7000]);
    assert_eq!(bench.told(), "", "it may still come back");
    bench.tick_refusing(100, &[7000]);
    let told = bench.told();
    assert!(
        told.starts_with("-CLUSTERDOWN corelane: node 127.0.0.1:7000"),
        "{told}"
    );
    for _ in 0..20 {
        bench.send(&[b"GET", b"k"]);
        assert!(bench.told().starts_with("-CLUSTERDOWN corelane: node"));
        bench.tick_refusing(300, &[7000]);
    }
    assert_eq!(bench.counters().errors_node_down, 21);
    bench.come_back(7000, &[]);
    bench.send(&[b"GET", b"k"]);
    assert_eq!(bench.written(7000), request(&[b"GET", b"k"]));
}

#[test]
fn a_hold_of_zero_holds_nothing() {
    let mut bench = Bench::new(config(1000, 0));
    bench.lose(7000);
    bench.send(&[b"GET", b"k"]);
    assert!(bench.told().starts_with("-CLUSTERDOWN corelane: node"));
}

#[test]
fn every_loss_is_held_for_anew() {
    let mut bench = Bench::new(config(1000, 300));
    for _ in 0..3 {
        bench.lose(7000);
        bench.tick_refusing(200, &[7000]);
        bench.send(&[b"GET", b"k"]);
        assert_eq!(bench.told(), "");
        bench.come_back(7000, &[]);
        assert_eq!(bench.written(7000), request(&[b"GET", b"k"]));
        let link = bench.rig.link(7000);
        bench.rig.reply(link, b"$1\r\nv\r\n");
        assert_eq!(bench.told(), "$1\r\nv\r\n");
    }
}

/// A node that serves over one link is not lost because another one was.
#[test]
fn one_lost_link_of_several_begins_no_outage_for_the_others() {
    let mut bench = Bench::new(config(1000, 300));
    let first = bench.rig.link(7000);
    let other = bench.rig.client();
    bench.rig.send(other, &[b"SCRIPT", b"KILL"]);
    let second = bench.rig.ready(7000);
    assert_ne!(
        first, second,
        "what is for a busy node goes beside the others"
    );
    bench.rig.written(Peer::Link(second));
    bench
        .rig
        .reply(second, b"-NOTBUSY No scripts in execution right now.\r\n");
    bench.lose(7000);
    for _ in 0..4 {
        bench.tick_refusing(100, &[]);
        bench.send(&[b"GET", b"k"]);
        bench.rig.written(Peer::Link(first));
        bench.rig.reply(first, b"$1\r\nv\r\n");
        assert_eq!(bench.told(), "$1\r\nv\r\n");
    }
    bench.rig.pipeline.handle_link_closed(first, bench.rig.now);
    bench.rig.act();
    bench.send(&[b"GET", b"k"]);
    assert_eq!(
        bench.told(),
        "",
        "it is held, because the node was just there"
    );
}

/// The same when a request then needs a link that is not there yet.
#[test]
fn a_node_that_serves_over_one_link_may_have_another_one_opened() {
    let mut bench = Bench::new(config(1000, 300));
    let first = bench.rig.link(7000);
    let other = bench.rig.client();
    bench.rig.send(other, &[b"SCRIPT", b"KILL"]);
    let second = bench.rig.ready(7000);
    bench.rig.written(Peer::Link(second));
    bench.lose(7000);
    for _ in 0..4 {
        bench.tick_refusing(100, &[]);
        bench.send(&[b"GET", b"k"]);
        bench.rig.written(Peer::Link(first));
        bench.rig.reply(first, b"$1\r\nv\r\n");
        assert_eq!(bench.told(), "$1\r\nv\r\n");
    }
    bench.tick_refusing(100, &[]);
    bench.send(&[b"EVAL", b"return 1", b"1", b"k"]);
    assert_eq!(bench.told(), "", "it waits for its link");
    bench.rig.ready(7000);
    let sent = String::from_utf8(bench.written(7000)).unwrap();
    assert!(sent.contains("EVAL"), "{sent}");
}

/// A replica that was away for long comes back and takes over before it was tried again.
#[test]
fn a_new_primary_is_tried_at_once_whatever_it_was_before() {
    let mut bench = Bench::new(config(1000, 300));
    bench.lose(7001);
    bench.tick_refusing(3000, &[7001]);
    bench.map(7001, &[7000]);
    bench.send(&[b"SET", b"k", b"v"]);
    assert_eq!(bench.told(), "", "it is held");
    bench.tick_refusing(20, &[]);
    bench.rig.ready(7001);
    assert_eq!(bench.written(7001), request(&[b"SET", b"k", b"v"]));
}

#[test]
fn no_more_is_held_than_may_be() {
    let mut config = config(1000, 1000);
    config.limits.node_backlog_requests_max = 3;
    let mut bench = Bench::new(config);
    bench.lose(7000);
    for n in 0..5 {
        bench.send(&[b"GET", format!("key{n}").as_bytes()]);
    }
    assert_eq!(bench.counters().holds_now, 3);
    assert_eq!(bench.counters().errors_backlog_full, 2);
    bench.map(7001, &[]);
    assert_eq!(bench.counters().holds_now, 0);
    let link = bench.rig.link(7001);
    assert_eq!(
        bench
            .written(7001)
            .iter()
            .filter(|byte| **byte == b'*')
            .count(),
        3
    );
    for _ in 0..3 {
        bench.rig.reply(link, b"$-1\r\n");
    }
    let told = bench.told();
    assert_eq!(told.matches("$-1").count(), 3, "{told}");
    assert_eq!(
        told.matches("-ERR corelane: too many requests wait for node")
            .count(),
        2
    );
}

#[test]
fn what_is_held_for_a_client_that_leaves_is_counted_no_more() {
    let mut bench = Bench::new(config(1000, 1000));
    bench.lose(7000);
    bench.send(&[b"GET", b"a"]);
    bench.send(&[b"MGET", b"b", b"c"]);
    assert_eq!(bench.counters().holds_now, 3);
    bench.rig.pipeline.handle_client_closed(bench.client);
    bench.rig.pipeline.check_invariants().unwrap();
    assert_eq!(bench.counters().holds_now, 0);
    bench.tick_refusing(2000, &[7000]);
}

/// The cluster has given up a node that still has a connection: nobody waits for it.
/// The write of the lost node has an unknown outcome, and the read goes to the node at 7001 at once.
fn check_that_the_next_primary_reads(bench: &mut Bench) {
    assert_eq!(bench.written(7001), request(&[b"GET", b"b"]));
    let link = bench.rig.link(7001);
    bench.rig.reply(link, b"$1\r\nv\r\n");
    let told = bench.told();
    assert!(
        told.contains("outcome of this command is unknown\r\n$1\r\nv\r\n"),
        "{told}"
    );
}

#[test]
fn a_node_that_has_failed_is_not_waited_for() {
    let mut bench = Bench::new(config(5000, 5000));
    bench.send(&[b"SET", b"a", b"1"]);
    bench.send(&[b"GET", b"b"]);
    assert!(!bench.written(7000).is_empty());
    let mut newer = map(2, 7001, &[], &[]);
    let mut failed = Node::at(addr(7000), Role::Replica);
    failed.failed = true;
    newer.shards[0].replicas.push(failed);
    bench.apply(&newer);
    check_that_the_next_primary_reads(&mut bench);
}

/// The map that tells of a failover is the first one without the old primary, and names it as lost; or it comes
/// before most nodes say that the old one has failed.
#[test]
fn a_node_that_fails_and_leaves_its_shard_at_once_is_not_waited_for() {
    for told_late in [false, true] {
        let mut bench = Bench::new(config(5000, 5000));
        bench.send(&[b"SET", b"a", b"1"]);
        bench.send(&[b"GET", b"b"]);
        assert!(!bench.written(7000).is_empty());
        let mut newer = map(2, 7001, &[], &[]);
        if told_late {
            bench.apply(&newer);
            assert_eq!(bench.told(), "", "it may still answer");
            newer.version = newer.version.next();
        }
        newer.lost.push(addr(7000));
        bench.apply(&newer);
        check_that_the_next_primary_reads(&mut bench);
    }
}

/// A read is under way at a replica when the cluster gives that up.
#[test]
fn a_replica_that_has_failed_is_not_waited_for() {
    let mut config = config(5000, 5000);
    config.cluster.dynamic_replica_read_priority = 100;
    let mut bench = Bench::new(config);
    bench.map(7000, &[7001]);
    bench.send(&[b"GET", b"k"]);
    bench.rig.ready(7001);
    bench.tick_refusing(20, &[]);
    assert!(bench.written(7001).ends_with(&request(&[b"GET", b"k"])));
    let mut newer = map(3, 7000, &[7001], &[]);
    newer.shards[0].replicas[0].failed = true;
    bench.apply(&newer);
    assert_eq!(bench.written(7000), request(&[b"GET", b"k"]));
}

/// Nothing comes back from a node, not even a refusal, until the cluster has another one.
#[test]
fn what_waits_for_a_connection_follows_the_map() {
    let mut bench = Bench::new(config(5000, 5000));
    bench.lose(7000);
    bench.tick_refusing(50, &[]);
    bench.send(&[b"SET", b"a", b"1"]);
    assert_eq!(
        bench.counters().holds_now,
        0,
        "it waits for the attempt to connect"
    );
    bench.map(7001, &[7000]);
    assert_eq!(bench.written(7001), request(&[b"SET", b"a", b"1"]));
}

#[test]
fn links_to_replicas_are_ready_before_they_are_needed() {
    for standby in [true, false] {
        let mut config = config(1000, 1000);
        config.cluster.standby_links = standby;
        let mut bench = Bench::new(config);
        let ports = |bench: &Bench| {
            bench
                .rig
                .links
                .iter()
                .map(|(_, addr)| addr.port)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            ports(&bench),
            if standby {
                vec![7000, 7001]
            } else {
                vec![7000]
            }
        );
        let known = bench.rig.links.len();
        bench.tick_refusing(500, &[]);
        assert_eq!(bench.rig.links.len(), known, "what is there stays");
        if standby {
            bench.lose(7001);
            bench.come_back(7001, &[]);
        }
    }
}

#[test]
fn control_is_asked_again_and_again_while_a_primary_is_lost() {
    let mut bench = Bench::new(config(1000, 1000));
    bench.lose(7001);
    bench.tick_refusing(1000, &[7001]);
    let of_replica = std::mem::take(&mut bench.hints);
    bench.lose(7000);
    bench.tick_refusing(1000, &[7000, 7001]);
    assert!(bench.hints >= 18, "{} in the first second", bench.hints);
    assert!(of_replica < 10, "{of_replica}: replicas are not urgent");
    bench.map(7001, &[]);
    bench.come_back(7001, &[7000]);
    bench.hints = 0;
    bench.tick_refusing(1000, &[7000]);
    assert_eq!(bench.hints, 0);
}

#[test]
fn a_quiet_link_is_tried_and_given_up() {
    let mut config = config(1000, 1000);
    config.cluster.ping_interval = Duration::from_millis(200);
    let mut bench = Bench::new(config);
    let link = bench.rig.link(7000);
    for _ in 0..3 {
        bench.rig.tick(250);
        let echo = echo(&bench.written(7000));
        bench.rig.reply(link, &echo);
    }
    bench.rig.tick(250);
    echo(&bench.written(7000));
    bench.rig.tick(900);
    assert!(!bench.rig.closed_links.contains(&link));
    bench.rig.tick(200);
    assert!(
        bench.rig.closed_links.contains(&link),
        "it said nothing for a second"
    );
    bench.send(&[b"SET", b"k", b"1"]);
    assert_eq!(bench.told(), "", "it is held, and its outcome is known");
}

#[test]
fn a_busy_link_is_not_tried() {
    let mut config = config(1000, 1000);
    config.cluster.ping_interval = Duration::from_millis(200);
    let mut bench = Bench::new(config);
    for _ in 0..10 {
        bench.rig.tick(100);
        bench.send(&[b"GET", b"k"]);
        assert_eq!(bench.written(7000), request(&[b"GET", b"k"]));
        let link = bench.rig.link(7000);
        bench.rig.reply(link, b"$-1\r\n");
    }
}

#[test]
fn a_slot_without_a_primary_is_held_for_too() {
    let mut bench = Bench::new(config(5000, 300));
    let mut newer = SlotMap::empty();
    newer.version = MapVersion(2);
    bench.apply(&newer);
    bench.send(&[b"GET", b"k"]);
    bench.rig.tick(250);
    assert_eq!(bench.told(), "");
    bench.rig.tick(100);
    assert!(
        bench
            .told()
            .starts_with("-CLUSTERDOWN corelane: no node is known")
    );
    bench.send(&[b"GET", b"k"]);
    assert!(
        bench
            .told()
            .starts_with("-CLUSTERDOWN corelane: no node is known")
    );
    bench.version = 2;
    bench.map(7000, &[]);
    bench.send(&[b"GET", b"k"]);
    assert_eq!(bench.told(), "");
}

/// A node that refuses links says why, and its clients hear it.
#[test]
fn a_refusal_is_told_to_those_who_wait() {
    let mut bench = Bench::new(config(1000, 300));
    bench.lose(7000);
    bench.send(&[b"GET", b"k"]);
    bench.send(&[b"SET", b"k", b"1"]);
    for _ in 0..100 {
        bench.tick_refusing(20, &[]);
        let link = bench.rig.link(7000);
        if bench.rig.pipeline.link_addr(link).is_some() {
            let pipeline = &mut bench.rig.pipeline;
            pipeline.handle_link_connected(link, bench.rig.now);
            let noauth = b"-NOAUTH Authentication required.\r\n";
            pipeline.handle_link_bytes(link, noauth, bench.rig.now);
            bench.rig.act();
        }
    }
    let told = bench.told();
    let line = "-CLUSTERDOWN corelane: node 127.0.0.1:7000 accepts no new connection: it wants a password: NOAUTH \
        Authentication required.\r\n";
    assert_eq!(told, line.repeat(2));
    // Another failure is not explained by what it said before.
    bench.tick_refusing(1000, &[7000]);
    bench.send(&[b"GET", b"k"]);
    let told = bench.told();
    assert!(told.contains("has not been reachable"), "{told}");
    bench.come_back(7000, &[]);
    bench.send(&[b"GET", b"k"]);
    assert_eq!(bench.written(7000), request(&[b"GET", b"k"]));
}

#[test]
fn looking_a_name_up_takes_nothing_of_the_time_to_connect() {
    let connect_timeout = 400;
    for is_resolved in [false, true] {
        let mut config = config(5000, 5000);
        config.cluster.connect_timeout = Duration::from_millis(connect_timeout);
        let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
        let link = rig.link(7000);
        let pass = |rig: &mut Rig, millis: u64| {
            rig.now.0 += millis * MILLISECOND;
            rig.pipeline.handle_timeout(rig.now);
        };
        pass(&mut rig, connect_timeout - 1);
        if is_resolved {
            rig.pipeline.handle_link_resolved(link, rig.now);
            pass(&mut rig, connect_timeout - 1);
            assert!(rig.pipeline.link_addr(link).is_some(), "it has its time");
            rig.pipeline.handle_link_connected(link, rig.now);
            // That belongs to the time to connect.
            rig.pipeline.handle_link_resolved(link, rig.now);
        }
        pass(&mut rig, 1);
        assert!(rig.pipeline.link_addr(link).is_none(), "its time is over");
        rig.pipeline.handle_link_resolved(link, rig.now);
    }
}
