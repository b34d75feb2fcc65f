//! Sessions against sessions, without sockets.

mod handler;

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, SupportedCipherSuite};

use super::credentials::ENDLESS;
use super::{Credentials, News, Session};
use crate::config::{AuthClients, Config};

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

/// What follows the peer's end is never looked at by anybody, so it must not be kept.
#[test]
fn nothing_is_kept_after_the_end() {
    let credentials = credentials();
    let mut sides = pair(&credentials, "node.test");
    exchange(&mut sides, 1000).unwrap();
    for from in [0, 1] {
        sides[from].session.seal(b"last").unwrap();
        sides[from].session.close();
        // What comes with the end, and what comes later; a record and nonsense.
        let mut bytes = sides[from].take();
        bytes.extend([0x17, 3, 3, 0x10, 0]);
        let peer = &mut sides[1 - from];
        peer.receive(&bytes).unwrap();
        assert!(peer.has_ended && peer.heard == b"last");
        for _ in 0..100 {
            peer.receive(&[0x17; 10_000]).unwrap();
        }
        assert_eq!(peer.heard, b"last");
        assert!(peer.session.held() < 1000, "{}", peer.session.held());
    }
}

/// Whoever asks for new keys again and again, or to begin anew, makes us remember nothing, and is refused in the end.
#[test]
fn requests_of_the_protocol_itself_are_bounded() {
    let credentials = credentials();
    for has_data in [false, true] {
        let mut client =
            ClientConnection::new(credentials.client.clone().unwrap(), name()).unwrap();
        let mut server = Session::accept(credentials.server.as_ref().unwrap()).unwrap();
        let mut heard = 0;
        let mut refused = None;
        for round in 0..1000 {
            let mut wire = Vec::new();
            if round > 10 {
                client.refresh_traffic_keys().unwrap();
                if has_data {
                    client.writer().write_all(b"x").unwrap();
                }
            }
            while client.wants_write() {
                client.write_tls(&mut wire).unwrap();
            }
            let result = server.receive(&wire, &mut Vec::new(), |news| {
                if let News::Bytes(bytes) = news {
                    heard += bytes.len();
                }
            });
            if result.is_err() {
                refused = Some(round);
                break;
            }
            assert!(server.held() < 64 * 1024);
            if round <= 10 {
                let said = server.pending().to_vec();
                server.sent(said.len());
                let _ = client.read_tls(&mut said.as_slice());
                client.process_new_packets().unwrap();
            }
        }
        assert!(server.is_open());
        if has_data {
            // Those are in use; the answers become one.
            assert_eq!((heard, refused), (989, None));
            assert!(server.pending().len() < 100, "{}", server.pending().len());
        } else {
            assert!(refused.is_some_and(|round| round < 100), "{refused:?}");
        }
    }
}

fn name() -> ServerName<'static> {
    ServerName::try_from("node.test").unwrap()
}

/// Nothing is said before the handshake is done, and the ciphers that connections can live with for ever go first.
#[test]
fn sessions_are_made_with_care() {
    let credentials = credentials();
    let (server, client) = (credentials.server.unwrap(), credentials.client.unwrap());
    assert_eq!(server.max_early_data_size, 0);
    assert!(!server.send_half_rtt_data && !client.enable_early_data);
    assert!(server.ignore_client_order);
    for provider in [server.crypto_provider(), client.crypto_provider()] {
        let ends = |suite: &SupportedCipherSuite| match suite {
            SupportedCipherSuite::Tls13(_) => None,
            suite => Some(!ENDLESS.contains(&suite.suite())),
        };
        let ends: Vec<_> = provider.cipher_suites.iter().map(ends).collect();
        assert!(ends.is_sorted(), "{ends:?}");
        assert!(ends.contains(&None) && ends.contains(&Some(false)));
    }
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
