//! Clients that send slowly while memory is scarce: the others go on, and whoever holds them up has to go.

use std::time::Duration;

use super::{MIB, Rig, map, request, small_memory};
use crate::config::{Config, Secret};
use crate::pipeline::{ClientId, Peer};

/// The most that requests may hold in these tests: the limit, and what is kept for small requests.
const MOST: usize = 16 * MIB + 4 * MIB;

fn with_password() -> Config {
    let mut config = small_memory();
    config.clients.password = Some(Secret::new("s"));
    config
}

/// The beginning of a MSET whose value is so long, and `sent` bytes of that.
fn begun(length: usize, sent: usize) -> Vec<u8> {
    let mut bytes = format!("*3\r\n$4\r\nMSET\r\n$1\r\nm\r\n${length}\r\n").into_bytes();
    bytes.resize(bytes.len() + sent, b'x');
    bytes
}

/// Each of them sends one byte more, if it is there and read.
fn trickle(rig: &mut Rig, clients: &[ClientId]) {
    for client in clients {
        if !rig.closed.contains(client) && rig.wants(*client) {
            rig.feed(Peer::Client(*client), b"x");
        }
    }
}

/// A new client asks: true if it is answered at once.
fn is_served(rig: &mut Rig, args: &[&[u8]], answer: &[u8]) -> bool {
    let client = rig.client();
    rig.send(client, args);
    let served = rig.written(Peer::Client(client)) == answer;
    rig.pipeline.handle_client_closed(client);
    served
}

#[test]
fn who_sends_a_large_request_slowly_stops_nobody() {
    let mut rig = Rig::new(small_memory(), &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    let slow: Vec<ClientId> = (0..4).map(|_| rig.client()).collect();
    for client in &slow {
        rig.feed(Peer::Client(*client), &begun(15 * MIB, 6 * MIB));
    }
    assert!(rig.held() > 16 * MIB);
    let reader = rig.client();
    for _ in 0..200 {
        trickle(&mut rig, &slow);
        assert!(is_served(&mut rig, &[b"PING"], b"+PONG\r\n"));
        rig.send(reader, &[b"GET", b"k"]);
        assert_eq!(rig.written(Peer::Link(link)), request(&[b"GET", b"k"]));
        rig.reply(link, b"$-1\r\n");
        assert_eq!(rig.written(Peer::Client(reader)), b"$-1\r\n");
        rig.tick(10);
    }
    // As many as it takes to make room, and not more.
    assert_eq!(rig.closed.len(), 1, "{:?}", rig.closed);
    assert_eq!(rig.pipeline.stats().counters.closes_memory, 1);
    assert!(rig.held() < 16 * MIB);
}

#[test]
fn whoever_has_the_pass_has_it_for_a_time_if_others_wait() {
    for (others, expected) in [(1, 1), (0, 0)] {
        let mut rig = Rig::new(small_memory(), &map(1, 7000, &[], &[]));
        rig.ready(7000);
        let clients: Vec<ClientId> = (0..=others).map(|_| rig.client()).collect();
        rig.pipeline.handle_session_bytes(15 * MIB);
        for client in &clients {
            rig.feed(Peer::Client(*client), &begun(12 * MIB, 2 * MIB));
        }
        // A MiB in a second is more than it must deliver.
        for _ in 0..70 {
            let holder = clients.iter().find(|client| rig.wants(**client)).copied();
            if let Some(holder) = holder.filter(|client| !rig.closed.contains(client)) {
                rig.feed(Peer::Client(holder), &[b'x'; 10 * 1024]);
            }
            rig.tick(10);
        }
        assert_eq!(rig.closed.len(), expected, "{others} others");
    }
}

#[test]
fn strangers_have_a_small_budget_of_their_own() {
    let mut rig = Rig::new(with_password(), &map(1, 7000, &[], &[]));
    rig.ready(7000);
    let polite = rig.client();
    rig.feed(Peer::Client(polite), b"*2\r\n$4\r\nAUTH\r\n$1\r\n");
    let argument = [b"$16384\r\n".as_slice(), &[b'x'; 16384], b"\r\n"].concat();
    let head = [b"*10\r\n".as_slice(), &argument.repeat(9), b"$16384\r\nxxx"].concat();
    let mut strangers: Vec<ClientId> = Vec::new();
    for round in 0..150 {
        let stranger = rig.client();
        rig.feed(Peer::Client(stranger), &head);
        strangers.push(stranger);
        trickle(&mut rig, &strangers);
        assert!(is_served(&mut rig, &[b"AUTH", b"s"], b"+OK\r\n"));
        rig.tick(10);
        assert!(rig.held() <= 2 * MIB, "{} in round {round}", rig.held());
    }
    // 14 of them fit.
    assert_eq!(rig.closed.len(), 136);
    assert_eq!(rig.pipeline.stats().counters.closes_memory, 136);
    rig.feed(Peer::Client(polite), b"s\r\n");
    assert_eq!(rig.written(Peer::Client(polite)), b"+OK\r\n");
    for stranger in strangers {
        rig.pipeline.handle_client_closed(stranger);
    }
    rig.tick(10);
    assert_eq!((rig.held(), rig.pipeline.strangers.len()), (0, 0));
}

/// Their requests are small, so they are read all the time.
#[test]
fn many_who_send_small_requests_slowly_have_to_go() {
    const LEN: usize = 15_000;
    let mut rig = Rig::new(small_memory(), &map(1, 7000, &[], &[]));
    rig.ready(7000);
    let slow: Vec<ClientId> = (0..2000).map(|_| rig.client()).collect();
    for client in &slow {
        rig.pipeline
            .handle_client_bytes(*client, &begun(LEN + 1000, LEN), rig.now);
    }
    assert!(rig.held() > MOST);
    let mut waited = 0;
    for _ in 0..15 {
        for client in &slow {
            if !rig.closed.contains(client) && rig.wants(*client) {
                rig.pipeline.handle_client_bytes(*client, b"x", rig.now);
            }
        }
        waited += usize::from(!is_served(&mut rig, &[b"PING"], b"+PONG\r\n"));
        rig.tick(100);
    }
    // For a second at most, until those who hold everything are closed.
    assert!(waited <= 11, "{waited} of 15");
    assert!(is_served(&mut rig, &[b"PING"], b"+PONG\r\n"));
    assert!(rig.held() <= MOST, "{} bytes", rig.held());
    assert!(rig.pipeline.stats().counters.closes_memory > 0);
}

/// What waits for EXEC is held for as long as the client likes.
#[test]
fn many_who_queue_much_have_to_go() {
    let mut rig = Rig::new(small_memory(), &map(1, 7000, &[], &[]));
    rig.ready(7000);
    let hoarders: Vec<ClientId> = (0..6).map(|_| rig.client()).collect();
    for client in &hoarders {
        rig.send(*client, &[b"MULTI"]);
    }
    let value = vec![b'x'; 60 * 1024];
    let mut waited = 0;
    for _ in 0..400 {
        for client in &hoarders {
            if !rig.closed.contains(client) && rig.wants(*client) {
                rig.send(*client, &[b"SET", b"k", &value]);
                rig.written(Peer::Client(*client));
            }
        }
        rig.offer();
        let other = rig.client();
        rig.send(other, &[b"PING"]);
        rig.tick(20);
        waited += usize::from(rig.written(Peer::Client(other)).is_empty());
        rig.pipeline.handle_client_closed(other);
    }
    assert!(waited <= 55, "{waited} of 400");
    // In the half second before they are closed those who get the pass add something.
    assert!(rig.held() <= MOST + 4 * MIB, "{} bytes", rig.held());
}

/// While memory is full a pipeline goes on, one request at a time, in order.
#[test]
fn small_requests_go_on_one_at_a_time() {
    let mut config = small_memory();
    config.cluster.server_timeout = Duration::from_secs(60);
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    rig.pipeline.handle_session_bytes(17 * MIB);
    let client = rig.client();
    let gets: Vec<Vec<u8>> = (0..20)
        .map(|n| request(&[b"GET", format!("k{n}").as_bytes()]))
        .collect();
    let all = gets.concat();
    // In pieces, so that the end of one comes later than its beginning.
    rig.feed(Peer::Client(client), &all[..10]);
    rig.feed(Peer::Client(client), &all[10..]);
    for get in &gets {
        assert_eq!(rig.written(Peer::Link(link)), *get);
        rig.reply(link, b"$1\r\n1\r\n");
        assert_eq!(rig.written(Peer::Client(client)), b"$1\r\n1\r\n");
        rig.tick(10);
    }
    // With the reserve used up as well, they wait for the pass.
    rig.pipeline.handle_session_bytes(21 * MIB);
    rig.send(client, &[b"GET", b"k"]);
    assert_eq!(rig.written(Peer::Link(link)), b"");
    rig.tick(10);
    assert_eq!(rig.written(Peer::Link(link)), request(&[b"GET", b"k"]));
    rig.reply(link, b"$-1\r\n");
    rig.written(Peer::Client(client));
    rig.pipeline.handle_session_bytes(0);
    rig.tick(10);
    assert_eq!((rig.closed.len(), rig.held()), (0, 0));
}
