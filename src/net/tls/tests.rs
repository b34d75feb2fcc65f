//! Sessions against sessions, and the handler that has them before it, without sockets.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, IoSlice};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::BytesMut;

use super::{Credentials, News, Secured, Session, Sessions};
use crate::config::{AuthClients, Config};
use crate::net::handler::{Appetite, Handler};
use crate::net::token::{Kind, Token};

/// A certificate for `node.test` that is its own issuer, good until 2120, and its key, known to everybody.
const CERT: &str = "\
-----BEGIN CERTIFICATE-----
MIIBaTCCAQ6gAwIBAgIBATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5jb3JlbGFu
ZS10ZXN0czAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowGTEXMBUG
A1UEAwwOY29yZWxhbmUtdGVzdHMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARi
Zz39vNHgECNurdPpWPV9bhOGfJ8gEd0frBUkJLAC0LA6HTCiPTBWLaf+EzuusfEq
5m+WDjAK5vaC+gvCX4Nuo0UwQzAMBgNVHRMBAf8EAjAAMBQGA1UdEQQNMAuCCW5v
ZGUudGVzdDAdBgNVHQ4EFgQUGjXe8Po1Kk95umwSZdUdggZhwTYwCgYIKoZIzj0E
AwIDSQAwRgIhAIaTarRKDNxoZUjJTNf9gQRKcCZ4WbebcAbEohdn9buFAiEA6CKm
1HExfPMICS9iO+H+wXnb51BbcG7FIcgOVhjZvAU=
-----END CERTIFICATE-----
";
const KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg72VmrdKoL5HuHz6F
1z4p1vM7b3/6PAmDUx692TDCLPmhRANCAARiZz39vNHgECNurdPpWPV9bhOGfJ8g
Ed0frBUkJLAC0LA6HTCiPTBWLaf+EzuusfEq5m+WDjAK5vaC+gvCX4Nu
-----END PRIVATE KEY-----
";

/// A directory of files that is removed with the value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("corelane-tls-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        let folder = Self(path);
        folder.file("cert", CERT);
        folder.file("key", KEY);
        folder
    }

    /// Writes a file and gives its path.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn path(&self, name: &str) -> Option<String> {
        Some(self.0.join(name).display().to_string())
    }

    /// Both sides show the certificate and ask for it.
    fn config(&self) -> Config {
        let mut config = Config::default();
        config.tls.listen = vec!["127.0.0.1:1".parse().unwrap()];
        config.tls.cert_file = self.path("cert");
        config.tls.key_file = self.path("key");
        config.tls.ca_cert_file = self.path("cert");
        config.tls.auth_clients = AuthClients::Yes;
        config.cluster.tls = true;
        config.cluster.tls_ca_cert_file = self.path("cert");
        config.cluster.tls_cert_file = self.path("cert");
        config.cluster.tls_key_file = self.path("key");
        config
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn credentials() -> Credentials {
    Credentials::load(&Folder::new().config()).unwrap()
}

fn pair(credentials: &Credentials, name: &str) -> [Side; 2] {
    let mut client = Session::connect(credentials.client.as_ref().unwrap(), name).unwrap();
    client.start().unwrap();
    let server = Session::accept(credentials.server.as_ref().unwrap()).unwrap();
    [client, server].map(|session| Side {
        session,
        heard: Vec::new(),
        opened: 0,
        has_ended: false,
    })
}

/// A session and what it told.
struct Side {
    session: Session,
    heard: Vec<u8>,
    opened: u32,
    has_ended: bool,
}

impl Side {
    fn take(&mut self) -> Vec<u8> {
        let bytes = self.session.pending().to_vec();
        self.session.sent(bytes.len());
        bytes
    }

    fn receive(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (heard, opened) = (&mut self.heard, &mut self.opened);
        let ended = &mut self.has_ended;
        self.session
            .receive(bytes, &mut Vec::new(), |news| match news {
                News::Open => *opened += 1,
                News::Bytes(bytes) => {
                    assert_eq!(*opened, 1, "nothing is said before the handshake is done");
                    heard.extend_from_slice(bytes);
                }
                News::End => *ended = true,
            })
    }
}

/// Carries what is pending to the other side, in pieces, until nothing is.
fn exchange(sides: &mut [Side; 2], piece: usize) -> io::Result<()> {
    loop {
        let mut is_quiet = true;
        for from in [0, 1] {
            let bytes = sides[from].take();
            is_quiet &= bytes.is_empty();
            for piece in bytes.chunks(piece) {
                sides[1 - from].receive(piece)?;
            }
        }
        if is_quiet {
            return Ok(());
        }
    }
}

#[test]
fn what_is_said_arrives_however_the_wire_is_cut() {
    let credentials = credentials();
    let long: Vec<u8> = (0..100_000u32).map(|at| (at % 251) as u8).collect();
    for piece in [1, 7, 1000, 20_000, usize::MAX] {
        let mut sides = pair(&credentials, "node.test");
        exchange(&mut sides, piece).unwrap();
        assert!(
            sides
                .iter()
                .all(|side| side.session.is_open() && side.opened == 1)
        );
        for from in [0, 1, 0] {
            for len in [1, 16_384, 16_385, 100_000] {
                sides[from].session.seal(&long[..len]).unwrap();
                sides[from].session.seal(b"").unwrap();
                exchange(&mut sides, piece).unwrap();
                let heard = std::mem::take(&mut sides[1 - from].heard);
                assert!(heard == long[..len], "{len} bytes in pieces of {piece}");
            }
        }
        assert_eq!(sides[0].session.progress(), (0, 0));
        sides[0].session.seal(b"last").unwrap();
        sides[0].session.close();
        exchange(&mut sides, piece).unwrap();
        assert!(sides[1].has_ended && sides[1].heard == b"last");
        // The other side may go on.
        sides[1].session.seal(b"still here").unwrap();
        exchange(&mut sides, piece).unwrap();
        assert_eq!(sides[0].heard, b"still here");
    }
}

#[test]
fn a_certificate_has_to_be_for_the_name_unless_names_do_not_count() {
    let folder = Folder::new();
    for (check_name, name, is_good) in [
        (true, "node.test", true),
        (true, "other.test", false),
        (true, "127.0.0.1", false),
        (false, "other.test", true),
        (false, "127.0.0.1", true),
    ] {
        let mut config = folder.config();
        config.cluster.tls_check_name = check_name;
        let credentials = Credentials::load(&config).unwrap();
        let result = exchange(&mut pair(&credentials, name), 1000);
        assert_eq!(result.is_ok(), is_good, "{name}: {result:?}");
    }
    let client = credentials().client.unwrap();
    assert!(Session::connect(&client, "no name").is_err());
}

/// Damages of all kinds at all places: nothing panics, and nothing wrong is heard.
#[test]
fn damaged_bytes_are_noticed() {
    let credentials = credentials();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    let (mut refused, mut spared) = (0, 0);
    for _ in 0..400 {
        let mut sides = pair(&credentials, "node.test");
        let (at, kind) = (next(6000), next(5));
        let (mut carried, mut result) = (0, Ok(()));
        for round in 0..8 {
            for from in [0, 1] {
                if sides[from].session.is_open() && round > 2 && result.is_ok() {
                    sides[from].session.seal(b"a plain truth").unwrap();
                }
                let mut bytes = sides[from].take();
                if (carried..carried + bytes.len()).contains(&at) {
                    let at = at - carried;
                    match kind {
                        0 => bytes[at] ^= 1 << next(8),
                        1 => bytes.truncate(at),
                        2 => bytes.insert(at, u8::try_from(next(256)).unwrap()),
                        3 => drop(bytes.remove(at)),
                        _ => bytes[at..].fill(0),
                    }
                }
                carried += bytes.len().max(1);
                for piece in bytes.chunks(1 + next(3000)) {
                    if let Err(error) = sides[1 - from].receive(piece) {
                        result = Err(error);
                    }
                }
            }
        }
        for side in &mut sides {
            let heard = std::mem::take(&mut side.heard);
            assert!(heard.chunks(13).all(|said| said == b"a plain truth"));
            side.session.close();
            let _ = side.session.seal(b"too late");
        }
        *(if result.is_err() {
            &mut refused
        } else {
            &mut spared
        }) += 1;
    }
    // A cut is no damage by itself, and some places are never reached.
    assert!(
        refused > 100 && spared > 10,
        "{refused} refused, {spared} spared"
    );
}

#[test]
fn endless_handshakes_are_refused() {
    let credentials = credentials();
    let [_, mut server] = pair(&credentials, "node.test");
    // A message of 60 KiB, in records that are whole.
    server.receive(&[0x16, 3, 3, 0, 4, 1, 0, 0xf0, 0]).unwrap();
    let mut record = vec![0x16, 3, 3, 0x10, 0];
    record.resize(5 + 0x1000, 0);
    let refused = (0..20).position(|_| server.receive(&record).is_err());
    assert!(refused.is_some_and(|records| records < 10), "{refused:?}");
}

#[test]
fn every_file_that_is_bad_is_named() {
    let folder = Folder::new();
    let good = folder.config();
    folder.file("nonsense", "nonsense");
    let bad = folder.path("nonsense");
    let missing = folder.path("missing");
    type Change = fn(&mut Config, Option<String>);
    let changes: [(&str, Change); 6] = [
        ("tls.cert_file", |c, file| c.tls.cert_file = file),
        ("tls.key_file", |c, file| c.tls.key_file = file),
        ("tls.ca_cert_file", |c, file| c.tls.ca_cert_file = file),
        ("cluster.tls_cert_file", |c, file| {
            c.cluster.tls_cert_file = file;
        }),
        ("cluster.tls_key_file", |c, file| {
            c.cluster.tls_key_file = file;
        }),
        ("cluster.tls_ca_cert_file", |c, file| {
            c.cluster.tls_ca_cert_file = file;
        }),
    ];
    for file in [&bad, &missing] {
        let mut all = good.clone();
        for (key, change) in changes {
            let mut config = good.clone();
            change(&mut config, file.clone());
            change(&mut all, file.clone());
            let errors = Credentials::load(&config).unwrap_err();
            assert_eq!(errors.0.len(), 1, "{errors}");
            assert_eq!(errors.0[0].key, key);
            assert_eq!(errors.0[0].value, format!("{:?}", file.as_ref().unwrap()));
        }
        let errors = Credentials::load(&all).unwrap_err();
        assert_eq!(errors.0.len(), changes.len(), "{errors}");
    }
    let mut config = good.clone();
    config.cluster.tls_server_name = Some("no name".to_owned());
    let errors = Credentials::load(&config).unwrap_err();
    assert_eq!(errors.0[0].key, "cluster.tls_server_name");
    // Nothing is read for what is off.
    let mut config = good;
    (config.tls.listen, config.cluster.tls) = (Vec::new(), false);
    config.tls.cert_file = missing;
    let credentials = Credentials::load(&config).unwrap();
    assert!(credentials.server.is_none() && credentials.client.is_none());
}

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
}

impl Scene {
    fn new(kind: Kind) -> Self {
        let credentials = credentials();
        let [client, server] = pair(&credentials, "node.test");
        let mut sessions = Sessions::default();
        sessions.renew(credentials.server, credentials.client);
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
        };
        if kind == Kind::Link {
            scene.secured().connected(token);
            assert_eq!(scene.owner.connected, 0, "not before the handshake");
        }
        for _ in 0..4 {
            let bytes = scene.peer.take();
            scene.secured().received(token, &bytes);
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
