//! Servers that do wrong: what is counted, and that the exit code tells.

use std::time::Duration;

use super::fake::{self, Peer, Store};
use super::{File, Run, bench, in_some_run};

#[test]
fn a_good_server_counts_as_good() {
    let port = fake::answering(|request, store| store.value(&request[1]));
    let run = Run::new(
        "good",
        port,
        "--clients 1 --requests 500 --keys 50 --pipeline 7",
    );
    run.assert_right(500);
}

#[test]
fn swapped_replies_are_wrong() {
    let mut first: Option<Vec<u8>> = None;
    let port = fake::answering(move |request, store| {
        let reply = store.value(&request[1]);
        match first.take() {
            Some(first) => [reply, first].concat(),
            None => {
                first = Some(reply);
                Vec::new()
            }
        }
    });
    let run = Run::new(
        "swapped",
        port,
        "--clients 1 --requests 200 --keys 5000 --pipeline 2",
    );
    assert_eq!(run.code(), Some(1));
    assert_eq!(run.count("requests"), 200);
    assert_eq!(run.count("wrong"), 200, "{}", run.report);
    assert!(
        run.text().contains("expected the value of key "),
        "{}",
        run.text()
    );
}

#[test]
fn one_wrong_byte_in_a_large_value_is_found() {
    let mut replies = 0;
    let port = fake::answering(move |request, store| {
        let mut reply = store.value(&request[1]);
        replies += 1;
        if replies == 5 {
            reply[700_000] ^= 1;
        }
        reply
    });
    let flags = "--clients 1 --requests 10 --keys 3 --value-size 1MiB";
    let run = Run::new("byte", port, flags);
    assert_eq!(
        (run.code(), run.count("wrong")),
        (Some(1), 1),
        "{}",
        run.report
    );
}

#[test]
fn a_value_of_another_size_than_that_of_its_key_is_found() {
    // Every value is that of one key, whatever was asked for.
    let port = fake::answering(|_, store| store.value(b"key:000000000000"));
    let flags = "--clients 1 --requests 400 --keys 40 --value-size 4,5 --pipeline 3";
    let run = Run::new("size", port, flags);
    assert_eq!(run.code(), Some(1));
    // Of 40 keys one is asked for rightly.
    let wrong = run.count("wrong");
    assert!((360..400).contains(&wrong), "{}", run.report);
}

#[test]
fn errors_and_missing_values_are_counted() {
    let mut replies = 0;
    let mut answer = move |request: &fake::Request, store: &Store| {
        replies += 1;
        match replies {
            3 => b"-ERR no\r\n".to_vec(),
            4 | 5 => b"$-1\r\n".to_vec(),
            _ => store.value(&request[1]),
        }
    };
    let port = fake::answering(move |request, store| answer(request, store));
    let run = Run::new("errors", port, "--clients 1 --requests 20 --keys 10");
    assert_eq!(run.code(), Some(1));
    assert_eq!(
        (run.count("errors"), run.count("wrong")),
        (1, 2),
        "{}",
        run.report
    );
    assert!(run.text().contains("-ERR no"), "{}", run.text());

    // The same server again, which makes no more mistakes; a key that was never written is missing.
    let flags = "--clients 1 --requests 100 --keys 20 --no-populate";
    let run = Run::new("missing", port, flags);
    assert_eq!(
        (run.code(), run.count("wrong")),
        (Some(0), 0),
        "{}",
        run.report
    );
    assert!((20..80).contains(&run.count("missing")), "{}", run.report);
}

#[test]
fn a_key_that_cannot_be_written_ends_the_run() {
    let port = fake::start(|peer, _| {
        while peer.request().is_some() {
            peer.send(b"-OOM no room\r\n");
        }
    });
    let run = Run::new("full", port, "--clients 1 --keys 10");
    assert_eq!(run.code(), Some(1));
    assert_eq!(
        (run.count("errors"), &run.report["populating"]),
        (10, &true.into())
    );
    assert!(run.text().contains("-OOM no room"), "{}", run.text());
}

#[test]
fn a_lost_connection_is_counted_and_opened_again() {
    let mut connections = 0;
    let port = fake::start(move |peer, store| {
        connections += 1;
        let mut left = if connections == 2 { 25 } else { usize::MAX };
        while let Some(request) = peer.request().filter(|_| left > 0) {
            left -= 1;
            peer.send(&store.answer(&request));
        }
    });
    let flags = "--clients 1 --requests 100 --keys 10 --pipeline 10";
    let run = Run::new("lost", port, flags);
    assert_eq!(run.code(), Some(1));
    assert_eq!(run.count("requests"), 100, "{}", run.report);
    assert_eq!(run.count("lost"), 1, "{}", run.report);
    // Of the third batch, five were answered.
    assert_eq!(run.count("unanswered"), 5, "{}", run.report);
}

/// Answers what has come after so many requests, and so again.
fn answer_in_groups(peer: &mut Peer, store: &mut Store, size: usize) {
    let mut held = Vec::new();
    let mut count = 0;
    while let Some(request) = peer.request() {
        let reply = store.answer(&request);
        if request[0] == b"SET" {
            peer.send(&reply);
            continue;
        }
        held.extend(reply);
        count += 1;
        if count % size == 0 {
            peer.send(&std::mem::take(&mut held));
        }
    }
}

#[test]
fn in_the_open_loop_requests_leave_without_replies_and_wait_from_when_they_were_due() {
    in_some_run("requests leave when they are due", || {
        run_with_groups() < 50_000.0
    });
}

/// One run against a server that answers 200 requests at a time; returns how late they left, in us.
fn run_with_groups() -> f64 {
    // A closed loop would never send the second request.
    let port = fake::start(|peer, store| answer_in_groups(peer, store, 200));
    let flags = "--clients 1 --keys 10 --rate 1000 --requests 400";
    let run = Run::new("open", port, flags);
    run.assert_right(400);
    // The first of each 200 waits for the last, which is due 199 ms later.
    assert!(run.number("/latency_us/max") >= 199_000.0, "{}", run.report);
    assert!(run.number("/latency_us/p50") >= 90_000.0, "{}", run.report);
    assert!(run.number("/seconds") >= 0.399, "{}", run.report);
    run.number("/send_lateness_us/p50")
}

/// Requests of one client that may wait for replies.
const IN_FLIGHT_MAX: usize = 1_024;

/// Answers GETs only when as many have come as one client may have under way and then nothing for so long,
/// but answers from then on.
fn stall(peer: &mut Peer, store: &mut Store, silence: Duration) {
    let mut held = Vec::new();
    while held.len() < IN_FLIGHT_MAX {
        match peer.request() {
            Some(request) if request[0] == b"SET" => peer.send(&store.answer(&request)),
            Some(request) => held.push(request),
            None => return,
        }
    }
    held.extend(peer.requests_until_silence(silence));
    let replies: Vec<u8> = held
        .iter()
        .flat_map(|request| store.answer(request))
        .collect();
    peer.send(&replies);
    while let Some(request) = peer.request() {
        peer.send(&store.answer(&request));
    }
}

#[test]
fn what_a_stall_holds_back_until_the_end_is_never_sent_and_counts_all_the_same() {
    // So much longer than the run that the generator sees its end before the replies, also when the
    // machine stops it for a while.
    let port = fake::start(|peer, store| stall(peer, store, Duration::from_secs(3)));
    // 1024 requests are on the way after 51 ms; the rest of the 200 ms finds no room.
    let flags = "--clients 1 --keys 64 --rate 20000 --duration 200ms";
    let run = Run::new("unsent", port, flags);
    assert_eq!(run.code(), Some(0), "{}", run.report);
    let (sent, unsent) = (run.count("requests"), run.count("unsent"));
    assert_eq!((sent, unsent), (1_024, 4_000 - 1_024), "{}", run.report);
    assert!(
        run.number("/latency_us/max") >= 3_000_000.0,
        "{}",
        run.report
    );
    assert!(run.text().contains("never sent"), "{}", run.text());
}

#[test]
fn what_a_stall_holds_back_for_a_while_goes_out_late_and_counts_from_when_it_was_due() {
    let port = fake::start(|peer, store| stall(peer, store, Duration::from_millis(300)));
    let flags = "--clients 1 --keys 64 --rate 20000 --requests 1500";
    let run = Run::new("held", port, flags);
    run.assert_right(1_500);
    assert_eq!(run.count("held_back"), 1_500 - 1_024, "{}", run.report);
    assert!(run.number("/latency_us/max") >= 300_000.0, "{}", run.report);
    assert!(
        run.number("/send_lateness_us/max") >= 280_000.0,
        "{}",
        run.report
    );
}

#[test]
fn quiet_prints_nothing_and_failures_still_tell() {
    let port = fake::answering(|_, _| b"+PONG\r\n".to_vec()).to_string();
    let json = File::new("quiet.json");
    let mut arguments = vec![
        "--port",
        &port,
        "--warmup",
        "0s",
        "--quiet",
        "--clients",
        "1",
    ];
    arguments.extend(["--requests", "10", "--keys", "10"]);
    arguments.extend(["--json", json.path().to_str().unwrap()]);
    let run = Run::finished(bench(&arguments), &json);
    assert_eq!((run.code(), run.count("wrong")), (Some(1), 10));
    assert!(run.output.stdout.is_empty() && run.output.stderr.is_empty());
}
