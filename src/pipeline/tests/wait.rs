//! WAIT and WAITAOF: a tour over all primaries.

use super::blocking::Wait;
use super::map;
use crate::pipeline::LinkId;

impl Wait {
    /// A cluster of two primaries.
    fn at_two() -> Self {
        let mut wait = Self::new();
        wait.rig
            .pipeline
            .handle_slot_map(&map(2, 7000, &[], &[(b"q", 7001)]), wait.rig.now);
        wait.rig.act();
        wait.rig.ready(7001);
        wait
    }

    /// The key is written at the next primary, and the question put; returns the link.
    fn ask_at(&mut self, port: u16, question: &str) -> LinkId {
        let own = self.ready_private(port);
        self.ask_on(own, question);
        own
    }

    fn ask_on(&mut self, own: LinkId, question: &str) {
        let mark = self.to(own);
        let (command, key) = mark.split_once(' ').unwrap();
        assert_eq!(command, "SET", "{mark}");
        let key = key.split(' ').next().unwrap().to_owned();
        assert!(key.starts_with("corelane:wait:{"), "{mark}");
        assert!(mark.ends_with("PX 1000"), "{mark}");
        self.reply(own, "+OK\r\n");
        assert_eq!(self.to(own), format!("DEL {key} {question}"));
    }
}

#[test]
fn every_primary_is_asked_and_the_smallest_answer_counts() {
    for (answers, smallest) in [((3, 2), 2), ((1, 2), 1), ((2, 0), 0)] {
        let mut wait = Wait::at_two();
        wait.send("WAIT 3 5000");
        let first = wait.ask_at(7000, "WAIT 3 5000");
        wait.rig.tick(2000);
        wait.reply(first, &format!(":1\r\n:{}\r\n", answers.0));
        assert_eq!(wait.got(), "");
        let second = wait.ask_at(7001, "WAIT 3 3000");
        wait.rig.tick(2500);
        wait.reply(second, &format!(":1\r\n:{}\r\n", answers.1));
        assert_eq!(wait.got(), format!(":{smallest}\r\n"));
        assert_eq!(wait.waiting(), 0);
        assert_eq!(wait.rig.pipeline.stats().latency.count(), 0);
        // Both links are free again.
        wait.send("WAIT 1 0");
        wait.ask_on(first, "WAIT 1 0");
        wait.reply(first, ":1\r\n:1\r\n");
        wait.ask_on(second, "WAIT 1 0");
    }
}

#[test]
fn nobody_is_asked_once_the_answer_is_clear() {
    let mut wait = Wait::at_two();
    wait.send("WAIT 1 100");
    let own = wait.ask_at(7000, "WAIT 1 100");
    wait.reply(own, ":1\r\n:0\r\n");
    assert_eq!(wait.got(), ":0\r\n");
    assert_eq!(wait.private_links(), 1);
}

#[test]
fn a_time_that_is_over_leaves_a_moment_for_the_others() {
    let mut wait = Wait::at_two();
    wait.send("WAIT 2 100");
    let own = wait.ask_at(7000, "WAIT 2 100");
    wait.rig.tick(150);
    wait.reply(own, ":1\r\n:1\r\n");
    let own = wait.ask_at(7001, "WAIT 2 50");
    wait.reply(own, ":1\r\n:1\r\n");
    assert_eq!(wait.got(), ":1\r\n");
}

#[test]
fn waitaof_gives_two_numbers() {
    let mut wait = Wait::at_two();
    wait.send("WAITAOF 1 2 0");
    let own = wait.ask_at(7000, "WAITAOF 1 2 0");
    wait.reply(own, ":1\r\n*2\r\n:1\r\n:2\r\n");
    let own = wait.ask_at(7001, "WAITAOF 1 2 0");
    wait.reply(own, ":1\r\n*2\r\n:0\r\n:3\r\n");
    assert_eq!(wait.got(), "*2\r\n:0\r\n:2\r\n");
}

#[test]
fn errors_end_the_tour() {
    let mut wait = Wait::at_two();
    wait.send("WAIT 1 0");
    let own = wait.ready_private(7000);
    wait.to(own);
    wait.reply(own, "-NOREPLICAS Not enough good replicas to write.\r\n");
    assert_eq!(
        wait.got(),
        "-NOREPLICAS Not enough good replicas to write.\r\n"
    );
    wait.send("WAIT x 0");
    wait.ask_on(own, "WAIT x 0");
    wait.reply(
        own,
        ":1\r\n-ERR value is not an integer or out of range\r\n",
    );
    assert_eq!(
        wait.got(),
        "-ERR value is not an integer or out of range\r\n"
    );
    wait.send("WAIT 1 x");
    assert_eq!(wait.to(own), "WAIT 1 x");
    wait.reply(own, "-ERR timeout is not an integer or out of range\r\n");
    assert_eq!(
        wait.got(),
        "-ERR timeout is not an integer or out of range\r\n"
    );
    // What the node got may be lost with it, so nobody may be asked instead.
    wait.send("WAIT 1 0");
    wait.ask_on(own, "WAIT 1 0");
    wait.rig.pipeline.handle_link_closed(own, wait.rig.now);
    wait.rig.act();
    assert!(wait.got().starts_with("-ERR corelane: lost the connection"));
    assert_eq!((wait.private_links(), wait.waiting()), (0, 0));
}

#[test]
fn a_refusal_begins_the_tour_again() {
    let no_primary = "-ERR WAIT cannot be used with replica instances. Please also note\r\n";
    let unblocked = "-UNBLOCKED force unblock from blocking operation\r\n";
    for refusal in [
        "-MOVED 1 127.0.0.1:7001\r\n",
        "-ASK 1 127.0.0.1:7001\r\n",
        no_primary,
        unblocked,
    ] {
        let is_late = !refusal.contains("127.0.0.1");
        let mut wait = Wait::at_two();
        wait.send("WAIT 1 0");
        let first = wait.ask_at(7000, "WAIT 1 0");
        wait.reply(first, ":1\r\n:1\r\n");
        let second = wait.ready_private(7001);
        if is_late {
            wait.ask_on(second, "WAIT 1 0");
            wait.rig.tick(3000);
            wait.reply(second, &format!(":1\r\n{refusal}"));
        } else {
            wait.to(second);
            wait.reply(second, refusal);
        }
        assert_eq!(wait.got(), "", "{refusal}");
        wait.rig.tick(20);
        // From the first node on.
        wait.ask_on(first, "WAIT 1 0");
        wait.reply(first, ":1\r\n:1\r\n");
        if refusal == unblocked {
            wait.ask_at(7001, "WAIT 1 0");
        } else {
            wait.ask_on(second, "WAIT 1 0");
        }
        assert_eq!(wait.waiting(), 1);
    }
}

#[test]
fn an_unblocked_wait_asks_nobody_else() {
    let mut wait = Wait::at_two();
    wait.send("WAIT 1 0");
    let own = wait.ask_at(7000, "WAIT 1 0");
    let other = wait.rig.client();
    wait.rig.send(other, &[b"CLIENT", b"UNBLOCK", b"1"]);
    wait.reply(own, ":1\r\n:1\r\n");
    assert_eq!(wait.got(), ":1\r\n");
    assert_eq!(wait.waiting(), 0);
}
