//! The handler that has sessions before it, without sockets.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::BytesMut;

use super::{Credentials, Side, credentials, pair};
use crate::net::handler::{Appetite, Handler};
use crate::net::tls::secured::STEPS_PER_TURN;
use crate::net::tls::{Secured, Sessions};
use crate::net::token::{Kind, Token};

/// Keeps what it is told; has output that shrinks when it is said to have been sent.
#[derive(Default)]
struct Owner {
    output: Vec<u8>,
    dirty: VecDeque<Token>,
    received: Vec<u8>,
    connected: u32,
    ended: u32,
}

impl Handler for Owner {
    fn appetite(&self, _token: Token) -> Appetite {
        Appetite::Bytes
    }

    fn large_input(&mut self, _token: Token) -> Option<&mut BytesMut> {
        None
    }

    fn received(&mut self, _token: Token, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    fn received_large(&mut self, _token: Token, _count: usize) {}

    fn connected(&mut self, _token: Token) {
        self.connected += 1;
    }

    fn ended(&mut self, _token: Token) {
        self.ended += 1;
    }

    fn lost(&mut self, _token: Token, _why: &io::Error) {}

    fn next_dirty(&mut self) -> Option<Token> {
        self.dirty.pop_front()
    }

    fn output<'a>(&'a self, _token: Token, slices: &mut [IoSlice<'a>]) -> usize {
        let mut filled = 0;
        for (place, chunk) in slices.iter_mut().zip(self.output.chunks(5000)) {
            *place = IoSlice::new(chunk);
            filled += 1;
        }
        filled
    }

    fn sent(&mut self, _token: Token, count: usize) {
        self.output.drain(..count);
    }
}

/// A handler with a session, and the other side of that.
struct Scene {
    owner: Owner,
    sessions: Sessions,
    token: Token,
    peer: Side,
    credentials: Credentials,
}

impl Scene {
    fn new(kind: Kind) -> Self {
        let credentials = credentials();
        let [client, server] = pair(&credentials, "node.test");
        let mut sessions = Sessions::default();
        sessions.renew(credentials.server.clone(), credentials.client.clone());
        let token = Token {
            kind,
            index: 2,
            generation: 5,
        };
        let peer = match kind {
            Kind::Client => {
                sessions.accept(token, 1000).unwrap();
                client
            }
            Kind::Link => {
                sessions.connect(token, "node.test").unwrap();
                server
            }
        };
        let mut scene = Self {
            owner: Owner::default(),
            sessions,
            token,
            peer,
            credentials,
        };
        if kind == Kind::Link {
            scene.secured().connected(token);
            assert_eq!(scene.owner.connected, 0, "not before the handshake");
        }
        for _ in 0..4 {
            let bytes = scene.peer.take();
            scene.secured().received(token, &bytes);
            scene.secured().shake_hands(|_| {});
            scene.flush(usize::MAX);
        }
        assert!(scene.peer.session.is_open());
        scene
    }

    fn secured(&mut self) -> Secured<'_, Owner> {
        Secured {
            handler: &mut self.owner,
            sessions: &mut self.sessions,
        }
    }

    /// One turn in which the wire takes so many bytes at most; returns how many it took.
    fn flush(&mut self, room: usize) -> usize {
        let mut secured = self.secured();
        let mut wire = Vec::new();
        while let Some(token) = secured.next_dirty() {
            let mut slices = [IoSlice::new(&[]); 2];
            let filled = secured.output(token, &mut slices);
            let slice = slices[..filled].first().map_or(&[][..], |slice| &**slice);
            let taken = slice.len().min(room - wire.len().min(room));
            wire.extend_from_slice(&slice[..taken]);
            if taken > 0 {
                secured.sent(token, taken);
            }
        }
        self.peer.receive(&wire).unwrap();
        wire.len()
    }

    fn fill(&mut self, len: usize) {
        self.owner.output = vec![b'x'; len];
        self.owner.dirty.push_back(self.token);
    }
}

#[test]
fn output_of_a_client_is_sent_when_the_wire_has_it() {
    let mut scene = Scene::new(Kind::Client);
    assert_eq!(scene.owner.connected, 0, "nobody was connected to");
    scene.fill(300_000);
    let mut left = scene.owner.output.len();
    while left > 0 {
        assert!(scene.flush(1000) <= 1000);
        let now = scene.owner.output.len();
        assert!(left - now <= 1000, "no more than the wire took");
        left = now;
        // The wire has room again.
        scene.sessions.list(scene.token);
    }
    assert_eq!(scene.peer.heard.len(), 300_000);
    assert_eq!(scene.flush(1000), 0);
    scene.fill(10);
    scene.flush(usize::MAX);
    assert!(scene.owner.output.is_empty() && scene.peer.heard.len() == 300_010);
}

#[test]
fn output_of_a_link_is_sent_when_it_cannot_be_taken_back() {
    let mut scene = Scene::new(Kind::Link);
    assert_eq!(scene.owner.connected, 1);
    scene.fill(300_000);
    assert_eq!(scene.flush(0), 0);
    let sealed = 300_000 - scene.owner.output.len();
    assert_eq!(sealed, 64 * 1024, "one batch at a time");
    scene.sessions.list(scene.token);
    assert_eq!(scene.flush(0), 0);
    assert_eq!(
        300_000 - scene.owner.output.len(),
        sealed,
        "no more than that"
    );
    while scene.peer.heard.len() < 300_000 {
        scene.sessions.list(scene.token);
        assert!(scene.flush(50_000) > 0);
    }
    assert!(scene.owner.output.is_empty());
}

/// What sessions hold is known in sum at each moment, and bounded for each.
#[test]
fn the_memory_of_sessions_is_counted() {
    for kind in [Kind::Client, Kind::Link] {
        let mut scene = Scene::new(kind);
        let batches = if kind == Kind::Client { 1 } else { 2 };
        let bound = batches * (64 * 1024 + 1024);
        let check = |scene: &Scene, least: usize, most: usize| {
            let held = scene.sessions.held();
            assert_eq!(held, scene.sessions.held_anew(), "{kind:?}");
            assert!(
                (least..=most).contains(&held),
                "{kind:?}: {held} of {least} to {most}"
            );
        };
        check(&scene, 0, 1024);
        // A peer that takes nothing.
        scene.fill(1_000_000);
        for _ in 0..3 {
            scene.flush(0);
            scene.sessions.list(scene.token);
            check(&scene, 64 * 1024, bound);
        }
        while scene.peer.heard.len() < 1_000_000 {
            scene.flush(50_000);
            scene.sessions.list(scene.token);
            check(&scene, 0, bound);
        }
        check(&scene, 0, 1024);
        // Half a record, byte by byte; a whole one leaves nothing.
        scene.peer.session.seal(&[7; 16_000]).unwrap();
        let bytes = scene.peer.take();
        let token = scene.token;
        for byte in &bytes[..bytes.len() - 1] {
            scene.secured().received(token, std::slice::from_ref(byte));
        }
        check(&scene, bytes.len() - 1, 40_000);
        assert!(scene.owner.received.is_empty());
        scene.secured().received(token, &bytes[bytes.len() - 1..]);
        assert_eq!(scene.owner.received.len(), 16_000);
        check(&scene, 0, 1024);
        scene.fill(100_000);
        scene.flush(0);
        check(&scene, 64 * 1024, bound);
        scene.sessions.forget(token);
        check(&scene, 0, 0);
    }
}

#[test]
fn the_end_is_told_once_and_fails_a_link() {
    for kind in [Kind::Client, Kind::Link] {
        let mut scene = Scene::new(kind);
        let token = scene.token;
        scene.peer.session.seal(b"last").unwrap();
        scene.peer.session.close();
        let bytes = scene.peer.take();
        scene.secured().received(token, &bytes);
        assert_eq!(scene.owner.received, b"last");
        if kind == Kind::Client {
            scene.secured().ended(token);
            assert_eq!(scene.owner.ended, 1);
            assert!(!scene.sessions.has_failed());
        } else {
            let (failed, why) = scene.sessions.next_failed().unwrap();
            assert_eq!((failed, why.kind()), (token, io::ErrorKind::UnexpectedEof));
        }
    }
}

#[test]
fn only_handshakes_that_are_not_done_expire() {
    let mut scene = Scene::new(Kind::Client);
    let slow = Token {
        index: 3,
        ..scene.token
    };
    scene.sessions.accept(slow, 2000).unwrap();
    for (now, expected) in [
        (999, None),
        (1000, None),
        (1999, None),
        (2000, Some(slow)),
        (9000, None),
    ] {
        scene.sessions.expire(now);
        let failed = scene.sessions.next_failed().map(|(token, _)| token);
        assert_eq!(failed, expected, "at {now}");
    }
}

/// However long a handshake may take, and whoever came and went meanwhile.
#[test]
fn handshakes_that_are_over_are_not_waited_for() {
    let mut scene = Scene::new(Kind::Client);
    for index in 0..100_000 {
        let token = Token {
            index: 10 + index % 100,
            generation: index,
            ..scene.token
        };
        scene.sessions.accept(token, u64::MAX).unwrap();
        // One of a thousand stays.
        if index % 1000 > 0 {
            scene.sessions.forget(token);
        }
        let most = Sessions::EXPECTED_KEPT.max(2 * index as usize / 1000 + 2);
        assert!(scene.sessions.expected() <= most);
    }
}

/// A peer that never answers counts; one that was never spoken to does not.
#[test]
fn a_handshake_that_nobody_answers_has_failed() {
    for (kind, is_begun, failed) in [
        (Kind::Link, true, 1),
        (Kind::Link, false, 0),
        (Kind::Client, true, 1),
        (Kind::Client, false, 0),
    ] {
        let mut scene = Scene::new(kind);
        let token = Token {
            index: 7,
            ..scene.token
        };
        match kind {
            Kind::Client => scene.sessions.accept(token, 1000).unwrap(),
            Kind::Link => scene.sessions.connect(token, "node.test").unwrap(),
        }
        match kind {
            Kind::Client if is_begun => scene.secured().received(token, &[0x16]),
            Kind::Link if is_begun => scene.secured().connected(token),
            _ => {}
        }
        scene.secured().lost(token, &io::ErrorKind::TimedOut.into());
        let counts = scene.sessions.counts();
        assert_eq!(
            counts.clients_failed + counts.nodes_failed,
            failed,
            "{kind:?}"
        );
    }
}

#[test]
fn nothing_goes_without_tls_where_that_is_wanted() {
    let mut sessions = Sessions::default();
    let token = Token {
        kind: Kind::Link,
        index: 0,
        generation: 0,
    };
    assert!(sessions.connect(token, "node.test").is_err());
    let token = Token {
        kind: Kind::Client,
        ..token
    };
    assert!(sessions.accept(token, 1000).is_err());
}

/// Clients that begin with TLS, each with the other side of its session.
fn crowd(scene: &mut Scene, count: u32) -> Vec<(Token, Side)> {
    let token = scene.token;
    (10..10 + count)
        .map(|index| {
            let token = Token { index, ..token };
            scene.sessions.accept(token, 1000).unwrap();
            let [client, _] = pair(&scene.credentials, "node.test");
            (token, client)
        })
        .collect()
}

/// What the sessions have for the other sides, and what those have.
fn carry(scene: &mut Scene, crowd: &mut [(Token, Side)]) {
    for (token, peer) in crowd.iter_mut() {
        if let Some(entry) = scene.sessions.get_mut(*token) {
            let said = entry.session.pending().to_vec();
            entry.session.sent(said.len());
            peer.receive(&said).unwrap();
        }
        scene.sessions.recount(*token);
        let bytes = peer.take();
        if !bytes.is_empty() {
            scene.secured().received(*token, &bytes);
        }
    }
}

fn open(scene: &Scene, crowd: &[(Token, Side)]) -> Vec<usize> {
    let is_open = |token| scene.sessions.get(token).unwrap().session.is_open();
    let open = crowd.iter().enumerate();
    open.filter(|(_, (token, _))| is_open(*token))
        .map(|(at, _)| at)
        .collect()
}

/// Who has done the handshake is served before all that begin one, of whom a few go on in each turn: those who have begun
/// first.
#[test]
fn a_crowd_of_handshakes_makes_nobody_wait_who_is_there() {
    const COUNT: u32 = 32;
    let mut scene = Scene::new(Kind::Client);
    let token = scene.token;
    let mut crowd = crowd(&mut scene, COUNT);
    let before = scene.sessions.counts();
    carry(&mut scene, &mut crowd);
    let mut turns = 0;
    while scene.sessions.has_waiting() {
        turns += 1;
        // After all of the crowd.
        scene.peer.session.seal(b"request").unwrap();
        let bytes = scene.peer.take();
        scene.secured().received(token, &bytes);
        assert_eq!(scene.owner.received, b"request".repeat(turns), "at once");
        let mut resumed = Vec::new();
        scene.secured().shake_hands(|token| resumed.push(token));
        assert!(resumed.len() <= STEPS_PER_TURN);
        assert!(!resumed.contains(&token), "its handshake is done");
        // Those who have answered are done before others begin.
        let done = turns / 2 * STEPS_PER_TURN;
        let done = done.min(COUNT as usize);
        let expected: Vec<usize> = (0..done).collect();
        assert_eq!(open(&scene, &crowd), expected, "after turn {turns}");
        carry(&mut scene, &mut crowd);
    }
    assert_eq!(open(&scene, &crowd).len(), COUNT as usize);
    let counts = scene.sessions.counts();
    assert_eq!(counts.clients - before.clients, u64::from(COUNT));
    // Two steps for each; only in the last turn nothing is left over.
    assert_eq!(turns, (2 * COUNT as usize).div_ceil(STEPS_PER_TURN));
    assert_eq!(scene.sessions.held(), scene.sessions.held_anew());
}

/// A client that makes its handshake last does not keep others from theirs.
#[test]
fn a_handshake_in_crumbs_waits_its_turn() {
    let mut scene = Scene::new(Kind::Client);
    let mut crowd = crowd(&mut scene, 10);
    let (crumbs, others) = crowd.split_at_mut(STEPS_PER_TURN);
    let mut hellos: Vec<Vec<u8>> = crumbs.iter_mut().map(|(_, peer)| peer.take()).collect();
    let mut turns = 0;
    carry(&mut scene, others);
    while open(&scene, others).len() < others.len() {
        turns += 1;
        for ((token, _), hello) in crumbs.iter().zip(&mut hellos) {
            let byte = [hello.remove(0)];
            scene.secured().received(*token, &byte);
        }
        scene.secured().shake_hands(|_| {});
        carry(&mut scene, others);
        assert!(turns < 20, "the others wait for ever");
    }
    assert!(open(&scene, crumbs).is_empty());
}

/// What comes behind the handshake, with the end of the connection, is not lost because the handshake had to wait.
#[test]
fn requests_behind_a_handshake_that_waits_are_heard() {
    let mut scene = Scene::new(Kind::Client);
    let mut crowd = crowd(&mut scene, 1);
    let token = crowd[0].0;
    carry(&mut scene, &mut crowd);
    scene.secured().shake_hands(|_| {});
    let hello = scene
        .sessions
        .get(token)
        .unwrap()
        .session
        .pending()
        .to_vec();
    let peer = &mut crowd[0].1;
    peer.receive(&hello).unwrap();
    peer.session.seal(&[b'r'; 100_000]).unwrap();
    let bytes = peer.take();
    assert_eq!(scene.secured().appetite(token), Appetite::Bytes);
    for (piece, expected) in [
        (&bytes[..1000], Appetite::Later),
        (&bytes[1000..30_000], Appetite::Later),
        (&bytes[30_000..], Appetite::Nothing),
    ] {
        scene.secured().received(token, piece);
        assert_eq!(scene.secured().appetite(token), expected);
    }
    scene.secured().ended(token);
    assert_eq!((scene.owner.received.len(), scene.owner.ended), (0, 0));
    let mut resumed = Vec::new();
    scene.secured().shake_hands(|token| resumed.push(token));
    assert_eq!(
        (scene.owner.received.len(), scene.owner.ended),
        (100_000, 1)
    );
    assert_eq!(resumed, [token]);
    assert_eq!(scene.secured().appetite(token), Appetite::Bytes);
    // One that is gone has no turn.
    let mut gone = self::crowd(&mut scene, 1);
    carry(&mut scene, &mut gone);
    scene.sessions.forget(gone[0].0);
    scene.secured().shake_hands(|_| panic!("nobody is there"));
    assert!(!scene.sessions.has_waiting());
}
