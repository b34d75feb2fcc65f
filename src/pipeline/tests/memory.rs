//! What clients may hold, and who is closed when that is too much.

use std::time::Duration;

use super::{MIB, Rig, bulk, map, request, small_memory};
use crate::pipeline::{ClientId, Intake, LinkId, Peer};

#[test]
fn a_client_that_does_not_read_cannot_stop_the_others() {
    let mut rig = Rig::new(small_memory(), &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    let slow = rig.client();
    rig.send(slow, &[b"GET", b"big"]);
    rig.written(Peer::Link(link));
    rig.reply(link, &bulk(20 * MIB));
    let other = rig.client();
    let mut answered = 0;
    for _ in 0..300 {
        if rig.wants(other) {
            rig.pipeline
                .handle_client_bytes(other, b"PING\r\n", rig.now);
        }
        rig.offer();
        rig.tick(10);
        answered += rig.written(Peer::Client(other)).len() / b"+PONG\r\n".len();
    }
    assert_eq!(rig.closed, vec![slow]);
    assert!(answered >= 190, "{answered} of 300");
    assert_eq!(rig.pipeline.stats().counters.closes_memory, 1);
    assert!(rig.held() < MIB);
}

/// What it was given this very moment it could not take yet.
#[test]
fn whose_reply_comes_late_is_not_closed_for_it() {
    let mut config = small_memory();
    config.cluster.server_timeout = Duration::from_secs(10);
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    let (reader, patient) = (rig.client(), rig.client());
    rig.send(reader, &[b"GET", b"big"]);
    rig.send(patient, &[b"GET", b"k"]);
    rig.written(Peer::Link(link));
    rig.reply(link, &bulk(20 * MIB));
    for _ in 0..105 {
        rig.offer();
        rig.pipeline.handle_written(Peer::Client(reader), 64);
        rig.tick(10);
    }
    rig.reply(link, &bulk(MIB));
    for _ in 0..10 {
        rig.pipeline.handle_written(Peer::Client(reader), 64);
        rig.tick(10);
        rig.offer();
    }
    assert_eq!(rig.closed, vec![]);
    assert!(rig.written(Peer::Client(patient)).len() > MIB);
}

#[test]
fn uploads_stay_within_the_memory_limit() {
    let mut rig = Rig::new(small_memory(), &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    // MSET is received whole.
    let whole = request(&[b"MSET", b"k", &vec![b'x'; 10 * MIB]]);
    let (mut most, mut written, mut answered) = (0, 0, 0);
    // For each client how much of its request it has sent.
    let mut clients: Vec<(ClientId, usize)> = (0..8).map(|_| (rig.client(), 0)).collect();
    for _ in 0..1000 {
        for (client, sent) in &mut clients {
            if !rig.wants(*client) {
                continue;
            }
            let rest = &whole[*sent..];
            let count = match rig.pipeline.large_input(Peer::Client(*client)) {
                Some(input) => {
                    let count = rest.len().min(MIB / 4).min(input.capacity() - input.len());
                    input.extend_from_slice(&rest[..count]);
                    rig.pipeline.handle_client_input(*client, count, rig.now);
                    count
                }
                None => {
                    let count = rest.len().min(64);
                    rig.pipeline
                        .handle_client_bytes(*client, &rest[..count], rig.now);
                    count
                }
            };
            *sent += count;
        }
        written += rig.written(Peer::Link(link)).len();
        while answered < written / whole.len() {
            rig.reply(link, b"+OK\r\n");
            answered += 1;
        }
        rig.tick(10);
        most = most.max(rig.held());
    }
    // One client at a time may finish its upload while the limit is reached.
    assert!(
        most <= 16 * MIB + 10 * MIB + 8 * MIB / 4,
        "{most} bytes were held"
    );
    assert!(rig.pipeline.stats().counters.pauses_memory > 0);
    assert_eq!((answered, rig.closed.len()), (8, 0));
}

/// Replies that are too small to be passed on, for many who read nothing: the node keeps them, and who reads is served.
#[test]
fn replies_to_many_who_read_nothing_stay_at_the_node() {
    const ASKED: usize = 8;
    let mut config = small_memory();
    config.cluster.server_timeout = Duration::from_secs(60);
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    let idle: Vec<ClientId> = (0..8).map(|_| rig.client()).collect();
    for client in &idle {
        for _ in 0..ASKED {
            rig.send(*client, &[b"GET", b"big"]);
        }
    }
    let reader = rig.client();
    rig.send(reader, &[b"GET", b"small"]);
    rig.written(Peer::Link(link));
    let mut owed = bulk(MIB).repeat(idle.len() * ASKED);
    owed.extend_from_slice(b"$1\r\n1\r\n");
    let (mut done, mut most, mut second, mut served) = (0, 0, None, 0);
    for _ in 0..600 {
        done += rig.feed(Peer::Link(link), &owed[done..]);
        most = most.max(rig.held());
        rig.offer();
        rig.tick(10);
        most = most.max(rig.held());
        // Who comes now gets another link.
        let late = rig.client();
        rig.send(late, &[b"GET", b"late"]);
        if second.is_none() && rig.link(7000) != link {
            second = Some(rig.ready(7000));
        }
        let Some(second) = second else { continue };
        let sent = rig.written(Peer::Link(second));
        let count = String::from_utf8_lossy(&sent).matches("late").count();
        rig.reply(second, &b"$1\r\n2\r\n".repeat(count));
        served += usize::from(rig.written(Peer::Client(late)) == b"$1\r\n2\r\n");
        rig.pipeline.handle_client_closed(late);
    }
    assert!(most < 16 * MIB, "{most} bytes were held");
    assert_eq!(done, owed.len(), "everything that was owed has come");
    assert_eq!(rig.written(Peer::Client(reader)), b"$1\r\n1\r\n");
    assert!(served > 500, "{served} of 600");
    let counters = rig.pipeline.stats().counters;
    assert_eq!(counters.closes_memory, rig.closed.len() as u64);
    assert!((4..=8).contains(&rig.closed.len()), "{:?}", rig.closed);
    assert_eq!(counters.errors_timeout, 0);
    assert!(counters.links_held > 0);
}

/// What sessions hold beside the pipeline leaves so much less for everything else, and is no client's fault.
#[test]
fn buffers_of_sessions_take_part_in_the_sum() {
    let mut rig = Rig::new(small_memory(), &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    let (idle, client) = (rig.client(), rig.client());
    rig.send(idle, &[b"GET", b"big"]);
    rig.written(Peer::Link(link));
    rig.reply(link, &bulk(4 * MIB));
    let without = rig.held();
    rig.pipeline.handle_session_bytes(13 * MIB);
    assert_eq!(rig.held(), without + 13 * MIB);
    rig.pipeline.check_invariants().unwrap();
    rig.send(client, &[b"GET", b"k"]);
    rig.tick(500);
    assert_eq!(
        rig.written(Peer::Link(link)),
        request(&[b"GET", b"k"]),
        "one at a time goes on"
    );
    assert_eq!(rig.pipeline.stats().counters.pauses_memory, 1);
    rig.reply(link, b"$-1\r\n");
    rig.pipeline.handle_session_bytes(MIB);
    let counters = rig.pipeline.stats().counters;
    assert_eq!(counters.tls_buffer_bytes, MIB as u64);
    rig.send(client, &[b"GET", b"k"]);
    assert_eq!(rig.written(Peer::Link(link)), request(&[b"GET", b"k"]));
    rig.reply(link, b"$-1\r\n");
    assert_eq!(rig.written(Peer::Client(client)), b"$-1\r\n$-1\r\n");
    rig.pipeline.handle_session_bytes(0);
    rig.written(Peer::Client(idle));
    rig.tick(2000);
    assert_eq!((rig.closed.len(), rig.held()), (0, 0));
}

/// Memory that is scarce makes nobody wait who reads.
#[test]
fn who_reads_is_given_more_although_memory_is_scarce() {
    let mut rig = Rig::new(small_memory(), &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    let (idle, reader, some) = (rig.client(), rig.client(), MIB / 4);
    rig.send(idle, &[b"GET", b"big"]);
    rig.written(Peer::Link(link));
    rig.reply(link, &bulk(13 * MIB));
    for _ in 0..50 {
        rig.send(reader, &[b"GET", b"some"]);
        rig.written(Peer::Link(link));
        rig.reply(link, &bulk(some));
        assert_eq!(rig.pipeline.intake(Peer::Link(link)), Intake::Small);
        assert_eq!(rig.written(Peer::Client(reader)), bulk(some));
    }
    for _ in 0..2 {
        rig.send(reader, &[b"GET", b"some"]);
    }
    rig.written(Peer::Link(link));
    rig.reply(link, &bulk(some));
    assert_eq!(rig.pipeline.intake(Peer::Link(link)), Intake::Full);
    rig.written(Peer::Client(reader));
    assert_eq!(rig.pipeline.intake(Peer::Link(link)), Intake::Small);
    rig.reply(link, &bulk(some));
    assert_eq!(rig.written(Peer::Client(reader)), bulk(some));
    assert_eq!(rig.closed, vec![]);
}

/// Replies that wait for an earlier one are memory, too, and the earlier one lets them go.
#[test]
fn replies_that_overtake_stay_at_the_node_when_memory_is_scarce() {
    const ASKED: usize = 30;
    let mut config = small_memory();
    config.cluster.server_timeout = Duration::from_secs(60);
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[(b"b", 7001)]));
    let (slow, fast) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, &[b"GET", b"a"]);
    for _ in 0..ASKED {
        rig.send(client, &[b"GET", b"b"]);
    }
    rig.written(Peer::Link(slow));
    rig.written(Peer::Link(fast));
    let owed = bulk(MIB).repeat(ASKED);
    let (mut done, mut most, mut got) = (0, 0, Vec::new());
    for round in 0..100 {
        done += rig.feed(Peer::Link(fast), &owed[done..]);
        most = most.max(rig.held());
        rig.offer();
        rig.tick(10);
        if round == 50 {
            assert!(done < 14 * MIB, "{done} bytes were taken");
            assert_eq!(rig.pipeline.intake(Peer::Link(slow)), Intake::Small);
            rig.reply(slow, b"$1\r\n1\r\n");
        }
        got.extend(rig.written(Peer::Client(client)));
    }
    assert!(most < 16 * MIB, "{most} bytes were held");
    assert!(got == [b"$1\r\n1\r\n".as_slice(), &owed].concat());
    assert_eq!((rig.closed.len(), rig.held()), (0, 0));
}

/// A client that takes a little now and then is not still, but others wait for it all the same.
#[test]
fn who_takes_a_little_at_a_time_does_not_hold_others_up_for_long() {
    let mut config = small_memory();
    config.cluster.server_timeout = Duration::from_secs(60);
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    let (trickling, other) = (rig.client(), rig.client());
    for _ in 0..20 {
        rig.send(trickling, &[b"GET", b"big"]);
    }
    rig.send(other, &[b"GET", b"small"]);
    rig.written(Peer::Link(link));
    let owed = [bulk(MIB).repeat(20), b"$1\r\n1\r\n".to_vec()].concat();
    let mut done = 0;
    for round in 0..300 {
        done += rig.feed(Peer::Link(link), &owed[done..]);
        rig.offer();
        if round % 5 == 0 && rig.closed.is_empty() {
            rig.pipeline.handle_written(Peer::Client(trickling), 1);
        }
        rig.tick(10);
    }
    assert_eq!(rig.written(Peer::Client(other)), b"$1\r\n1\r\n");
    assert_eq!(rig.closed, [trickling]);
}

/// A client that takes nothing while its node's replies fill memory, and what others wait for behind them.
struct Stuck {
    rig: Rig,
    link: LinkId,
    client: ClientId,
    /// What the node has not sent yet.
    owed: Vec<u8>,
}

impl Stuck {
    fn new(asked: usize, has_others: bool) -> Self {
        let mut config = small_memory();
        config.cluster.server_timeout = Duration::from_secs(3600);
        config.limits.client_expected_bytes_max = 1024 * MIB;
        let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
        let link = rig.ready(7000);
        let client = rig.client();
        for _ in 0..asked {
            rig.send(client, &[b"GET", b"big"]);
        }
        if has_others {
            let other = rig.client();
            rig.send(other, &[b"GET", b"small"]);
        }
        rig.written(Peer::Link(link));
        let owed = bulk(MIB).repeat(asked);
        Self {
            rig,
            link,
            client,
            owed,
        }
    }

    /// Passes ticks, one of `millis` each, until the client is closed, at most `most`; before each of them it is offered
    /// what there is and takes `taken` bytes of it.
    fn ticks_until_closed(&mut self, most: usize, millis: u64, taken: usize) -> usize {
        for tick in 0..most {
            let rig = &mut self.rig;
            let fed = rig.feed(Peer::Link(self.link), &self.owed);
            self.owed.drain(..fed);
            rig.offer();
            if taken > 0 {
                rig.pipeline
                    .handle_written(Peer::Client(self.client), taken);
            }
            rig.now.0 += millis * super::MILLISECOND;
            rig.pipeline.handle_timeout(rig.now);
            rig.act();
            if !rig.closed.is_empty() {
                assert_eq!(rig.closed, [self.client]);
                return tick;
            }
        }
        most
    }
}

/// Others do not wait for a second, and those who take something are not closed sooner than before.
#[test]
fn who_takes_nothing_goes_soon_if_others_wait() {
    for (has_others, taken, expected) in [
        (false, 0, 95..105),
        (true, 0, 24..30),
        (true, 1, 95..105),
        (false, 1, 95..105),
    ] {
        let ticks = Stuck::new(20, has_others).ticks_until_closed(200, 10, taken);
        assert!(
            expected.contains(&ticks),
            "closed after {ticks} ticks, others {has_others}, takes {taken}"
        );
    }
}

/// A worker that was kept from working closes nobody for that; one that is always late has to close somebody.
#[test]
fn who_could_not_be_seen_taking_something_stays() {
    let mut stuck = Stuck::new(20, true);
    assert_eq!(stuck.ticks_until_closed(40, 10, 1), 40);
    for _ in 0..10 {
        // That there is room for more is seen after the tick.
        assert_eq!(stuck.ticks_until_closed(1, 600, 0), 1);
        assert_eq!(stuck.ticks_until_closed(1, 10, 1), 1);
    }
    let mut stuck = Stuck::new(20, true);
    let ticks = stuck.ticks_until_closed(100, 60, 0);
    assert!((24..30).contains(&ticks), "closed after {ticks} ticks");
}

/// What was waited for long ago does not shorten the time of somebody else.
#[test]
fn short_waits_do_not_add_up_for_ever() {
    let mut stuck = Stuck::new(400, true);
    for _ in 0..26 {
        assert_eq!(stuck.ticks_until_closed(1, 10, 0), 1);
        let rig = &mut stuck.rig;
        assert_eq!(rig.pipeline.intake(Peer::Link(stuck.link)), Intake::Full);
        // It takes everything, and the link may be read for a while.
        rig.written(Peer::Client(stuck.client));
        rig.now.0 += 11_000 * super::MILLISECOND;
        rig.pipeline.handle_timeout(rig.now);
    }
    let ticks = stuck.ticks_until_closed(100, 10, 0);
    assert!((24..30).contains(&ticks), "closed after {ticks} ticks");
}
