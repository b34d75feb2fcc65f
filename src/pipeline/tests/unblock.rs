//! CLIENT UNBLOCK, and the end of waits while draining.

use super::blocking::Wait;
use super::{Rig, map, request};
use crate::config::Config;
use crate::pipeline::{ClientId, Peer, Pipeline, Time};

impl Wait {
    /// Another client asks to end the wait of the first.
    fn unblock(&mut self, more: &[&[u8]]) -> ClientId {
        let other = self.rig.client();
        let mut args: Vec<&[u8]> = vec![b"CLIENT", b"UNBLOCK", b"1"];
        args.extend(more);
        self.rig.send(other, &args);
        other
    }

    fn answer(&mut self, client: ClientId) -> String {
        String::from_utf8(self.rig.written(Peer::Client(client))).unwrap()
    }
}

#[test]
fn the_node_ends_the_wait_and_says_if_it_did() {
    for (more, word, answer) in [
        (&[][..], "TIMEOUT", ":1\r\n"),
        (&[b"error"][..], "ERROR", ":0\r\n"),
    ] {
        let mut wait = Wait::new();
        wait.send("BLPOP q 0");
        let own = wait.ready_private(7000);
        wait.to(own);
        let more: Vec<&[u8]> = more.iter().map(|word| word.as_slice()).collect();
        let other = wait.unblock(&more);
        assert_eq!(wait.answer(other), "");
        assert_eq!(wait.to(wait.shared), format!("CLIENT UNBLOCK 77 {word}"));
        wait.reply(own, "*-1\r\n");
        assert_eq!(wait.got(), "*-1\r\n");
        // The node may still take the word for the next wait on this link, so there is none.
        assert_eq!(wait.rig.closed_links, [own]);
        wait.reply(wait.shared, answer);
        assert_eq!(wait.answer(other), answer);
        wait.rig.pipeline.check_invariants().unwrap();
    }
}

#[test]
fn who_does_not_wait_is_not_unblocked() {
    let mut wait = Wait::new();
    let other = wait.unblock(&[]);
    assert_eq!(wait.answer(other), ":0\r\n");
    for (words, answer) in [
        ("CLIENT UNBLOCK 99", ":0\r\n"),
        ("CLIENT UNBLOCK 0", ":0\r\n"),
        ("CLIENT UNBLOCK -5", ":0\r\n"),
        (
            "CLIENT UNBLOCK x",
            "-ERR value is not an integer or out of range\r\n",
        ),
        (
            "CLIENT UNBLOCK 1 NOW",
            "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR\r\n",
        ),
    ] {
        wait.send(words);
        assert_eq!(wait.got(), answer, "{words}");
    }
}

#[test]
fn what_no_node_has_got_is_answered_at_once() {
    let rows = [
        ("BLPOP q 0", "*-1\r\n"),
        ("WAIT 1 0", ":0\r\n"),
        ("WAITAOF 1 1 0", "*2\r\n:0\r\n:0\r\n"),
    ];
    for (words, null) in rows {
        let mut wait = Wait::new();
        wait.send(words);
        // The link is not up.
        let other = wait.unblock(&[]);
        assert_eq!(wait.answer(other), ":1\r\n");
        assert_eq!(wait.got(), null);
        assert_eq!((wait.private_links(), wait.waiting()), (0, 0));
        // The link was lost, and the next attempt is to come.
        wait.send(words);
        let own = wait.rig.link(7000);
        wait.rig.pipeline.handle_link_closed(own, wait.rig.now);
        let other = wait.unblock(&[b"ERROR"]);
        assert_eq!(wait.answer(other), ":1\r\n");
        assert_eq!(
            wait.got(),
            "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"
        );
        assert_eq!((wait.private_links(), wait.waiting()), (0, 0));
        wait.rig.tick(100);
    }
}

#[test]
fn a_node_that_says_nothing_is_not_waited_for() {
    let mut wait = Wait::new();
    wait.send("BLPOP q 0");
    let own = wait.ready_private(7000);
    wait.to(own);
    let other = wait.unblock(&[]);
    wait.rig.tick(1100);
    assert!(wait.answer(other).starts_with("-ERR corelane: not all"));
    assert_eq!(wait.counters().errors_workers_late, 1);
    // What comes late answers nobody.
    wait.reply(wait.shared, ":1\r\n");
    assert_eq!(wait.answer(other), "");
    assert_eq!(wait.waiting(), 1);
}

#[test]
fn the_worker_that_has_the_client_asks_its_node() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    rig.pipeline = Pipeline::new(Config::default(), 1, 2, Time(0), std::time::Duration::ZERO);
    rig.pipeline
        .handle_slot_map(&map(1, 7000, &[], &[]), rig.now);
    rig.act();
    let shared = rig.ready(7000);
    let client = rig.client();
    let mut wait = Wait {
        rig,
        client,
        shared,
    };
    wait.send("BLPOP q 0");
    let own = wait.ready_private(7000);
    wait.to(own);
    let now = wait.rig.now;
    let ask = |wait: &mut Wait, number: &[u8]| {
        let question = request(&[b"CLIENT", b"UNBLOCK", number, b"ERROR"]);
        wait.rig.pipeline.handle_question(0, 5, &question, now)
    };
    assert_eq!(ask(&mut wait, b"4").as_deref(), Some(&b"0"[..]));
    assert_eq!(ask(&mut wait, b"2"), None);
    assert_eq!(wait.to(shared), "CLIENT UNBLOCK 77 ERROR");
    wait.reply(shared, ":1\r\n");
    assert_eq!(wait.rig.answers, [(0, 5, Box::from(*b"1"))]);
}

#[test]
fn a_drain_ends_waits_at_the_nodes() {
    let mut wait = Wait::new();
    wait.send("BLPOP q 5");
    let own = wait.ready_private(7000);
    wait.to(own);
    let other = wait.rig.client();
    wait.rig.send(other, &[b"BLPOP", b"q", b"0"]);
    let others = wait.ready_private(7000);
    wait.to(others);
    wait.rig.pipeline.handle_drain(wait.rig.now);
    wait.rig.tick(10);
    assert_eq!(wait.to(wait.shared), "", "an element may still come");
    wait.rig.tick(1000);
    assert_eq!(
        wait.to(wait.shared),
        "CLIENT UNBLOCK 77 TIMEOUT CLIENT UNBLOCK 77 ERROR"
    );
    // The first word came too early.
    wait.reply(wait.shared, ":0\r\n:0\r\n");
    wait.rig.tick(50);
    assert_eq!(wait.to(wait.shared), "");
    wait.rig.tick(60);
    assert!(
        wait.to(wait.shared)
            .starts_with("CLIENT UNBLOCK 77 TIMEOUT")
    );
    wait.reply(own, "*-1\r\n");
    wait.reply(others, "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
    assert_eq!(wait.got(), "*-1\r\n");
    assert!(wait.answer(other).starts_with("-UNBLOCKED"));
    wait.rig.act();
    assert!(wait.rig.pipeline.is_drained());
    assert_eq!(wait.private_links(), 0);
}
