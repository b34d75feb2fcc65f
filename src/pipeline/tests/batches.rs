//! Many replies at once.

use super::{Config, Peer, Rig, bulk, map};

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
