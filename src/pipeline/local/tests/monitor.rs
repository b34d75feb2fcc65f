//! MONITOR over several workers.

use super::super::monitor::BATCH_BYTES;
use super::{ClientId, Peer, Rig};

/// A client of worker 0 that is a monitor.
fn monitor(rig: &mut Rig) -> ClientId {
    let monitor = rig.client(0, 1);
    assert_eq!(
        rig.send(0, monitor, &["MONITOR"]),
        "",
        "not before all know"
    );
    rig.control();
    assert_eq!(rig.written(0, Peer::Client(monitor)), "+OK\r\n");
    monitor
}

fn lost(rig: &Rig) -> u64 {
    rig.workers[0].stats().counters.monitor_lines_lost
}

#[test]
fn a_monitor_sees_the_clients_of_all_workers() {
    let mut rig = Rig::new(3);
    let monitor = monitor(&mut rig);
    assert!(rig.workers.iter().all(|worker| worker.specials));
    let clients = [rig.client(0, 2), rig.client(1, 3), rig.client(2, 4)];
    for (worker, client) in clients.into_iter().enumerate() {
        rig.send(worker, client, &["PING", "AUTH geheim"]);
    }
    rig.tick(10);
    rig.control();
    let seen = rig.written(0, Peer::Client(monitor));
    for port in 2..=4 {
        for request in ["\"PING\"", "\"AUTH\" \"(redacted)\""] {
            let line = format!("[0 10.0.0.1:{port}] {request}\r\n");
            assert_eq!(seen.matches(&line).count(), 1, "{seen}");
        }
    }
    assert!(!seen.contains("geheim"));
    // Who is one already need not ask again.
    assert!(rig.send(0, monitor, &["MONITOR"]).contains("+OK\r\n"));
    assert!(rig.questions.is_empty());

    assert!(rig.send(0, monitor, &["RESET"]).starts_with("+RESET\r\n"));
    rig.control();
    assert!(!rig.workers.iter().any(|worker| worker.specials));
    rig.send(1, clients[1], &["PING"]);
    rig.tick(10);
    assert!(rig.lines.is_empty());
}

#[test]
fn of_two_monitors_one_may_leave() {
    let mut rig = Rig::new(2);
    let (first, second) = (monitor(&mut rig), monitor(&mut rig));
    let client = rig.client(1, 9);
    rig.workers[0].handle_client_closed(first);
    rig.turn();
    rig.control();
    rig.send(1, client, &["PING"]);
    rig.tick(10);
    rig.control();
    assert!(rig.written(0, Peer::Client(second)).contains("\"PING\""));
}

#[test]
fn a_worker_that_was_not_told_of_the_end_is_told_again() {
    let mut rig = Rig::new(2);
    let monitor = monitor(&mut rig);
    let client = rig.client(1, 9);
    rig.send(0, monitor, &["RESET"]);
    assert_eq!(rig.questions.len(), 1);
    rig.questions.clear();
    rig.send(1, client, &["PING"]);
    rig.tick(10);
    assert!(rig.workers[1].specials);
    rig.control();
    rig.control();
    assert!(!rig.workers[1].specials);
}

#[test]
fn lines_that_were_lost_are_counted() {
    let mut rig = Rig::new(2);
    let monitor = monitor(&mut rig);
    let client = rig.client(1, 9);
    for (pings, is_lost) in [(3, false), (4, true), (2, false)] {
        rig.send(1, client, &vec!["PING"; pings]);
        rig.tick(10);
        if is_lost {
            rig.lines.clear();
        }
        rig.control();
    }
    assert_eq!(lost(&rig), 4);
    let seen = rig.written(0, Peer::Client(monitor));
    assert_eq!(seen.matches("\"PING\"").count(), 5);
}

#[test]
fn many_lines_do_not_wait_for_the_tick() {
    let mut rig = Rig::new(2);
    monitor(&mut rig);
    let client = rig.client(1, 9);
    let long = format!("ECHO {}", "x".repeat(1000));
    for _ in 0..BATCH_BYTES / 1000 {
        rig.send(1, client, &[&long]);
    }
    assert_eq!(rig.lines.len(), 1);
    rig.control();
    assert_eq!(lost(&rig), 0);
}

#[test]
fn a_monitor_that_is_slow_is_closed_for_what_others_show_too() {
    let mut rig = Rig::new(2);
    let monitor = monitor(&mut rig);
    let client = rig.client(1, 9);
    let long = format!("ECHO {}", "x".repeat(1000));
    for _ in 0..10_000 {
        rig.send(1, client, &[&long]);
        rig.control();
        if !rig.closed.is_empty() {
            break;
        }
    }
    assert_eq!(rig.closed, [(0, monitor)]);
    assert_eq!(rig.workers[0].stats().counters.closes_monitor, 1);
    rig.control();
    assert!(!rig.workers[1].specials, "the others are told");
}
