//! Replies to requests that came together leave together, but none waits long.

use super::{MILLISECOND, Rig, bulk, map, request};
use crate::config::Config;
use crate::pipeline::{ClientId, LinkId, Peer, Time};

const MICROSECOND: u64 = 1_000;

/// A client whose requests are under way at two nodes.
struct Batch {
    rig: Rig,
    client: ClientId,
    quick: LinkId,
    slow: LinkId,
}

impl Batch {
    /// Requests of one read, in this order: for the quick node, or for the slow one.
    fn sent(keys: &[&[u8]]) -> Self {
        let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[(b"slow", 7001)]));
        let (quick, slow) = (rig.ready(7000), rig.ready(7001));
        let client = rig.client();
        let bytes: Vec<u8> = keys
            .iter()
            .flat_map(|key| request(&[b"GET", key]))
            .collect();
        rig.now = Time(rig.now.0 + MILLISECOND);
        rig.pipeline.handle_client_bytes(client, &bytes, rig.now);
        rig.act();
        let mut batch = Self {
            rig,
            client,
            quick,
            slow,
        };
        assert!(!batch.turn(), "nothing to write yet");
        batch
    }

    /// Time passes, then a node answers.
    fn reply_after(&mut self, nanos: u64, link: LinkId, bytes: &[u8]) {
        self.rig.now.0 += nanos;
        self.rig.reply(link, bytes);
    }

    /// The end of a turn: all peers that have something to get, get it. True if the client is one of them.
    fn turn(&mut self) -> bool {
        let mut is_written = false;
        while let Some(peer) = self.rig.pipeline.poll_dirty(self.rig.now) {
            if peer == Peer::Client(self.client) {
                is_written = true;
                break;
            }
            self.rig.written(peer);
        }
        self.rig.pipeline.check_invariants().unwrap();
        is_written
    }

    fn heard(&mut self) -> Vec<u8> {
        self.rig.written(Peer::Client(self.client))
    }

    /// How many nanoseconds the output is still held, as the next wait is told.
    fn held_for(&self) -> Option<u64> {
        let until = self.rig.pipeline.pace().held_until?;
        Some(until.0 - self.rig.now.0)
    }
}

#[test]
fn a_batch_leaves_together_when_its_last_reply_has_come() {
    let mut batch = Batch::sent(&[b"a", b"b", b"slow"]);
    batch.reply_after(100 * MICROSECOND, batch.quick, b"+1\r\n+2\r\n");
    assert!(!batch.turn(), "the third is still under way");
    assert!(batch.held_for().is_some());
    batch.reply_after(100 * MICROSECOND, batch.slow, b"+3\r\n");
    assert!(batch.turn());
    assert_eq!(batch.heard(), b"+1\r\n+2\r\n+3\r\n");
    assert!(!batch.turn());
    assert_eq!(batch.held_for(), None, "nothing is held any more");
}

#[test]
fn a_hold_lasts_twice_the_age_of_the_batch_within_its_bounds() {
    let bounds = [
        (100 * MICROSECOND, MILLISECOND),
        (500 * MICROSECOND, MILLISECOND),
        (2 * MILLISECOND, 4 * MILLISECOND),
        (3 * MILLISECOND, 5 * MILLISECOND),
        (400 * MILLISECOND, 5 * MILLISECOND),
    ];
    for (age, longest) in bounds {
        let mut batch = Batch::sent(&[b"a", b"slow"]);
        batch.reply_after(age, batch.quick, b"+1\r\n");
        assert!(!batch.turn());
        assert_eq!(batch.held_for(), Some(longest), "after {age} ns");
        batch.rig.now.0 += longest - 1;
        assert!(!batch.turn(), "held to the end, after {age} ns");
        assert_eq!(batch.held_for(), Some(1), "no turn puts it off");
        batch.rig.now.0 += 1;
        assert!(batch.turn(), "and no longer, after {age} ns");
        assert_eq!(batch.heard(), b"+1\r\n");
        batch.reply_after(0, batch.slow, b"+2\r\n");
        assert!(batch.turn(), "nothing follows it");
        assert_eq!(batch.heard(), b"+2\r\n");
    }
}

#[test]
fn more_replies_of_a_held_batch_do_not_put_it_off() {
    let mut batch = Batch::sent(&[b"a", b"b", b"slow"]);
    batch.reply_after(MILLISECOND, batch.quick, b"+1\r\n");
    assert!(!batch.turn());
    batch.reply_after(MILLISECOND, batch.quick, b"+2\r\n");
    assert!(!batch.turn());
    assert_eq!(batch.held_for(), Some(MILLISECOND));
    batch.rig.now.0 += MILLISECOND;
    assert!(batch.turn());
    assert_eq!(batch.heard(), b"+1\r\n+2\r\n");
}

#[test]
fn replies_to_requests_that_came_later_are_not_waited_for() {
    let mut batch = Batch::sent(&[b"a"]);
    batch.rig.now.0 += MICROSECOND;
    batch.rig.send(batch.client, &[b"GET", b"slow"]);
    batch.reply_after(MICROSECOND, batch.quick, b"+1\r\n");
    assert!(batch.turn());
    assert_eq!(batch.heard(), b"+1\r\n");
}

#[test]
fn large_output_is_not_held() {
    for (len, is_held) in [(15 * 1024, true), (16 * 1024, false)] {
        let mut batch = Batch::sent(&[b"a", b"slow"]);
        batch.reply_after(100 * MICROSECOND, batch.quick, &bulk(len));
        assert_eq!(batch.turn(), !is_held, "{len} bytes");
        assert_eq!(batch.held_for().is_some(), is_held);
    }
}

#[test]
fn the_first_hold_to_end_ends_the_wait() {
    let mut batch = Batch::sent(&[b"a", b"slow"]);
    batch.rig.now.0 += 2 * MILLISECOND;
    let other = batch.rig.client();
    let bytes = [request(&[b"GET", b"a"]), request(&[b"GET", b"slow"])].concat();
    let now = batch.rig.now;
    batch.rig.pipeline.handle_client_bytes(other, &bytes, now);
    batch.rig.act();
    // Two requests of two clients, one reply each.
    batch.reply_after(0, batch.quick, b"+1\r\n+2\r\n");
    assert!(!batch.turn());
    assert_eq!(batch.held_for(), Some(MILLISECOND), "that of the newer one");
    batch.rig.now.0 += MILLISECOND;
    assert_eq!(
        batch.rig.pipeline.poll_dirty(batch.rig.now),
        Some(Peer::Client(other))
    );
    batch.rig.written(Peer::Client(other));
    assert!(!batch.turn());
    assert_eq!(batch.held_for(), Some(3 * MILLISECOND));
}
