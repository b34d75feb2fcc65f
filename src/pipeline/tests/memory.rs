//! What clients may hold, and who is closed when that is too much.

use std::time::Duration;

use super::{MIB, Rig, bulk, map, request, small_memory};
use crate::pipeline::{ClientId, Peer};

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
