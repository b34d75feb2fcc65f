//! Many requests and replies at once: limits that are decided for several, and runs of replies.

use super::{Config, Peer, Rig, bulk, map, request};

/// So many GETs of one key.
fn gets(count: usize) -> Vec<u8> {
    request(&[b"GET", b"a"]).repeat(count)
}

#[test]
fn a_batch_stops_where_single_requests_would() {
    let mut by_count = Config::default();
    by_count.limits.client_requests_in_flight_max = 5;
    let mut by_bytes = Config::default();
    by_bytes.limits.client_expected_bytes_max = 7 * 16 * 1024;
    let mut by_memory = Config::default();
    by_memory.limits.memory_max = 10 * gets(1).len();
    for (config, counter) in [(by_count, 0), (by_bytes, 1), (by_memory, 2)] {
        let taken = |together: bool| {
            let mut rig = Rig::new(config.clone(), &map(1, 7000, &[], &[]));
            let link = rig.ready(7000);
            let client = rig.client();
            if together {
                rig.pipeline.handle_client_bytes(client, &gets(40), rig.now);
            } else {
                for _ in 0..40 {
                    rig.pipeline.handle_client_bytes(client, &gets(1), rig.now);
                }
            }
            rig.pipeline.check_invariants().unwrap();
            let counters = &rig.pipeline.stats().counters;
            let pauses = [
                counters.pauses_in_flight,
                counters.pauses_expected_bytes,
                counters.pauses_memory,
            ];
            assert_eq!(pauses[counter], 1, "{pauses:?}");
            rig.written(Peer::Link(link)).len() / gets(1).len()
        };
        assert_eq!(taken(true), taken(false));
        assert!((1..40).contains(&taken(true)));
    }
}

#[test]
fn what_changes_limits_within_a_batch_is_seen() {
    let mut config = Config::default();
    config.clients.password = Some(crate::config::Secret::new("x"));
    config.limits.client_requests_in_flight_max = 3;
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[(b"b", 7001)]));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    let batch = [
        request(&[b"GET", b"a"]),
        request(&[b"AUTH", b"x"]),
        request(&[b"GET", b"a"]),
        // It counts as three: itself and its parts.
        request(&[b"MGET", b"a", b"b"]),
        request(&[b"GET", b"a"]),
    ];
    rig.pipeline
        .handle_client_bytes(client, &batch.concat(), rig.now);
    assert_eq!(
        rig.written(Peer::Client(client)),
        b"-NOAUTH Authentication required.\r\n+OK\r\n"
    );
    let written = rig.written(Peer::Link(first)).len() + rig.written(Peer::Link(second)).len();
    assert_eq!(written, 3 * gets(1).len());
    assert!(!rig.wants(client));
}

#[test]
fn replies_are_the_same_however_they_are_cut() {
    let talk = |cut: usize| {
        let mut rig = Rig::new(
            Config::default(),
            &map(1, 7000, &[], &[(b"b", 7001), (b"c", 7001)]),
        );
        let (first, second) = (rig.ready(7000), rig.ready(7001));
        let (one, two) = (rig.client(), rig.client());
        for client in [one, two] {
            rig.send(client, &[b"GET", b"a"]);
            rig.send(client, &[b"SET", b"a", b"1"]);
            rig.send(client, &[b"MGET", b"a", b"b", b"{a}2", b"c", b"{b}2"]);
            rig.send(client, &[b"GET", b"b"]);
            rig.send(client, &[b"INCR", b"a"]);
            rig.send(client, &[b"MSET", b"a", b"1", b"b", b"2"]);
            rig.send(client, &[b"MGET", b"a", b"b"]);
            rig.send(client, &[b"GET", b"a"]);
        }
        rig.written(Peer::Link(first));
        rig.written(Peer::Link(second));
        // Parts with one key come first.
        let to_first: Vec<u8> = [
            &b"$1\r\nA\r\n+OK\r\n*2\r\n$1\r\n1\r\n$-1\r\n:7\r\n+OK\r\n"[..],
            b"-WRONGTYPE x\r\n",
            &bulk(20_000),
        ]
        .concat();
        let to_second = b"$1\r\nC\r\n*2\r\n$-1\r\n$2\r\nBB\r\n-ERR no\r\n+OK\r\n$1\r\n2\r\n";
        for (link, replies) in [(second, to_second.repeat(2)), (first, to_first.repeat(2))] {
            for piece in replies.chunks(cut) {
                rig.reply(link, piece);
                rig.pipeline.check_invariants().unwrap();
            }
        }
        assert_eq!(rig.pipeline.stats().counters.replies, 16);
        [one, two].map(|client| rig.written(Peer::Client(client)))
    };
    let whole = talk(usize::MAX);
    let values = b"*5\r\n$1\r\n1\r\n$-1\r\n$-1\r\n$1\r\nC\r\n$2\r\nBB\r\n";
    let expected = [
        &b"$1\r\nA\r\n+OK\r\n"[..],
        values,
        b"-ERR no\r\n:7\r\n+OK\r\n*2\r\n$-1\r\n$1\r\n2\r\n",
        &bulk(20_000),
    ]
    .concat();
    assert_eq!(
        whole[0].escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
    for cut in [1, 2, 3, 5, 7, 11, 64, 1000, 20_050] {
        assert_eq!(talk(cut), whole, "cut at {cut}");
    }
    assert_eq!(whole[0], whole[1]);
}
