//! Reads while a node is lost that would serve them: another one of the shard does, and no read finds out for others.

use super::outage::Bench;
use super::*;
use crate::metrics::WorkerCounters;

/// A primary at 7000 whose replica at 7001 reads while it is lost, or the other way round.
fn bench(primary: u8, replica: u8, failure_limit: u32) -> Bench {
    let mut config = Config::default();
    config.cluster.server_timeout = Duration::from_secs(1);
    config.cluster.failover_hold = Some(Duration::from_millis(300));
    config.cluster.connect_timeout = Duration::from_millis(500);
    config.cluster.master_read_priority = primary;
    config.cluster.static_replica_read_priority = replica;
    config.cluster.dynamic_replica_read_priority = replica;
    config.cluster.server_failure_limit = failure_limit;
    Bench::new(config)
}

/// A read, which the node at `port` has to get at once and answers.
fn read_at(bench: &mut Bench, port: u16) {
    bench.send(&[b"GET", b"k"]);
    serve(bench, port, &[b"GET", b"k"]);
    assert_eq!(bench.told(), "$1\r\nv\r\n");
}

#[track_caller]
fn serve(bench: &mut Bench, port: u16, expected: &[&[u8]]) {
    let sent = bench.written(port);
    let (sent, wanted) = (String::from_utf8_lossy(&sent), request(expected));
    let wanted = String::from_utf8_lossy(&wanted);
    assert!(sent.ends_with(&*wanted), "{port} got {sent:?}");
    let link = bench.rig.link(port);
    bench.rig.reply(link, b"$1\r\nv\r\n");
}

fn errors(counters: &WorkerCounters) -> u64 {
    counters.errors_node_down + counters.errors_node_unavailable + counters.errors_timeout
}

/// While connections to the primary are tried, which takes until `connect_timeout` if nobody refuses them, reads are served.
#[test]
fn reads_go_to_a_replica_as_long_as_the_primary_is_lost() {
    for refused in [&[][..], &[7000]] {
        for failure_limit in [1, 3, 1000] {
            let mut bench = bench(60, 50, failure_limit);
            bench.lose(7000);
            bench.tick_refusing(350, refused);
            // The first one finds a link that is being opened.
            bench.send(&[b"GET", b"k"]);
            bench.rig.ready(7001);
            serve(&mut bench, 7001, &[b"GET", b"k"]);
            assert_eq!(bench.told(), "$1\r\nv\r\n");
            for _ in 0..100 {
                bench.tick_refusing(50, refused);
                read_at(&mut bench, 7001);
                bench.send(&[b"MGET", b"k", b"{k}2"]);
                serve(&mut bench, 7001, &[b"MGET", b"k", b"{k}2"]);
                bench.told();
            }
            assert_eq!(errors(&bench.counters()), 0);
            bench.send(&[b"SET", b"k", b"w"]);
            let told = bench.told();
            assert!(told.starts_with("-CLUSTERDOWN corelane: node"), "{told}");
            bench.come_back(7000, &[]);
            read_at(&mut bench, 7000);
        }
    }
}

/// What is held when the time for that is over is not lost either.
#[test]
fn a_read_that_was_held_goes_to_a_replica_in_the_end() {
    let mut bench = bench(60, 50, 1000);
    bench.lose(7000);
    bench.send(&[b"GET", b"k"]);
    bench.send(&[b"SET", b"k", b"w"]);
    assert_eq!(bench.counters().holds_now, 1);
    bench.tick_refusing(400, &[7000]);
    bench.rig.ready(7001);
    serve(&mut bench, 7001, &[b"GET", b"k"]);
    let told = bench.told();
    assert!(told.starts_with("$1\r\nv\r\n-CLUSTERDOWN"), "{told}");
}

/// A node that is lost and better than the others is found again without a read that waits for it.
#[test]
fn a_better_replica_is_tried_by_itself() {
    for standby in [true, false] {
        let mut bench = bench(50, 60, 3);
        bench.rig.pipeline.config.cluster.standby_links = standby;
        bench.send(&[b"GET", b"k"]);
        bench.rig.ready(7001);
        serve(&mut bench, 7001, &[b"GET", b"k"]);
        bench.told();
        while bench.rig.pipeline.link_addr(bench.rig.link(7001)).is_some() {
            bench.lose(7001);
        }
        bench.tick_refusing(400, &[7001]);
        for _ in 0..50 {
            bench.tick_refusing(50, &[7001]);
            read_at(&mut bench, 7000);
        }
        assert_eq!(errors(&bench.counters()), 0);
        // It comes back, and no read was needed to find that out.
        bench.come_back(7001, &[]);
        bench.send(&[b"GET", b"k"]);
        bench.rig.act();
        assert!(bench.written(7000).is_empty());
    }
}

/// A connection to the better replica does not come about, or is refused: reads are served all the same, long before their
/// deadline, the first ones too.
#[test]
fn reads_do_not_wait_for_a_replica_that_cannot_be_reached() {
    for (connect_timeout, refused) in [(500, &[][..]), (1000, &[]), (1000, &[7001])] {
        for failure_limit in [3, 1000] {
            let mut bench = bench(50, 60, failure_limit);
            let settings = &mut bench.rig.pipeline.config.cluster;
            settings.connect_timeout = Duration::from_millis(connect_timeout);
            settings.standby_links = false;
            bench.send(&[b"GET", b"k"]);
            assert!(bench.written(7000).is_empty(), "the replica is better");
            if refused.is_empty() {
                bench.tick_refusing(connect_timeout / 2 + 30, refused);
            } else {
                bench.lose(7001);
                bench.tick_refusing(30, refused);
            }
            serve(&mut bench, 7000, &[b"GET", b"k"]);
            assert_eq!(bench.told(), "$1\r\nv\r\n");
            for _ in 0..50 {
                bench.tick_refusing(50, refused);
                read_at(&mut bench, 7000);
            }
            assert_eq!(errors(&bench.counters()), 0);
            bench.come_back(7001, &[]);
            read_at(&mut bench, 7001);
        }
    }
}

/// A replica that is connected and refuses what it is asked gets another read when its pause is over.
#[test]
fn a_replica_that_refused_is_asked_again() {
    let mut bench = bench(50, 60, 1);
    bench.send(&[b"GET", b"k"]);
    let reader = bench.rig.ready(7001);
    bench.rig.written(Peer::Link(reader));
    bench.rig.reply(reader, b"-LOADING not yet\r\n");
    bench.tick_refusing(10, &[]);
    serve(&mut bench, 7000, &[b"GET", b"k"]);
    bench.told();
    bench.tick_refusing(200, &[]);
    bench.send(&[b"GET", b"k"]);
    let sent = bench.rig.written(Peer::Link(reader));
    assert_eq!(sent, request(&[b"GET", b"k"]));
}
