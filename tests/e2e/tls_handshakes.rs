//! How TLS sessions of clients begin, and which do not.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::version::{TLS12, TLS13};
use rustls::{HandshakeKind, ProtocolVersion};

use crate::certificates::Authority;
use crate::client::{REPLY_LIMIT, Reply, words};
use crate::harness::{Setup, wait_until, workers};
use crate::tls::{byte, dial, ping, secured};

workers!(
    clients_have_to_show_certificates,
    clients_may_show_certificates,
    strangers_are_refused,
    half_a_handshake_is_cut_off,
    half_handshakes_hold_places_and_give_them_back,
    who_comes_back_is_known,
    nothing_is_renegotiated,
);

fn clients_have_to_show_certificates(setup: Setup) {
    let secured = secured(setup, &[("tls.auth_clients", "\"yes\"")]);
    let addr = secured.port.addr();
    let own = secured.authority.issue("client", "DNS:client");
    let config = secured.authority.client(Some(&own));
    assert_eq!(ping(addr, config).expect("a good certificate"), "+PONG\r\n");
    let before = secured.proxy.metric("tls_handshakes_clients");
    // Both sides trust each other's issuer only in one direction.
    let stranger = Authority::new();
    let foreign = stranger.issue("client", "DNS:client");
    for config in [
        secured.authority.client(None),
        secured.authority.client(Some(&foreign)),
        secured.authority.client_of(&[&TLS12], None),
    ] {
        ping(addr, config).expect_err("nobody without a good certificate gets in");
    }
    assert!((secured.proxy.metric("tls_handshakes_clients") - before).abs() < 0.5);
    assert!(secured.proxy.metric("tls_handshakes_clients_failed") >= 3.0);
    wait_until("refused clients to be forgotten", REPLY_LIMIT, || {
        (secured.proxy.metric("clients_now") < 0.5).then_some(())
    });
}

fn clients_may_show_certificates(setup: Setup) {
    let secured = secured(setup, &[("tls.auth_clients", "\"optional\"")]);
    let addr = secured.port.addr();
    let own = secured.authority.issue("client", "DNS:client");
    let stranger = Authority::new();
    let foreign = stranger.issue("client", "DNS:client");
    for own in [None, Some(&own)] {
        let config = secured.authority.client(own);
        assert_eq!(ping(addr, config).expect("a good client"), "+PONG\r\n");
    }
    let config = secured.authority.client(Some(&foreign));
    ping(addr, config).expect_err("a bad certificate is worse than none");
}

/// TLS 1.1, no TLS at all, and something that is neither.
fn strangers_are_refused(setup: Setup) {
    let secured = secured(setup, &[("tls.handshake_timeout", "\"1s\"")]);
    let addr = secured.port.addr();
    // The alert protocol_version; and it is the version alone.
    assert_eq!(answer(addr, &hello([3, 2])), [0x15, 3, 3, 0, 2, 2, 70]);
    assert_eq!(answer(addr, &hello([3, 1])), [0x15, 3, 3, 0, 2, 2, 70]);
    assert_eq!(answer(addr, &hello([3, 3]))[..1], [0x16]);
    for bytes in [
        words("PING"),
        b"PING\r\n".to_vec(),
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        vec![0; 100],
        vec![0x16, 3, 3, 0xff, 0xff, 1],
        vec![0x16; 100_000],
    ] {
        let heard = answer(addr, &bytes);
        let is_alert = heard.is_empty() || heard[0] == 0x15;
        assert!(
            is_alert,
            "{:?} for {bytes:?}",
            String::from_utf8_lossy(&heard)
        );
    }
    assert!(secured.proxy.metric("tls_handshakes_clients_failed") >= 7.0);
    // The other way round: TLS on the plain port.
    let config = secured.authority.client(None);
    ping(secured.proxy.addr(), config).expect_err("the plain port knows no TLS");
    let config = Authority::new().client(None);
    let error = ping(addr, config).expect_err("the client does not know the issuer");
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    assert_eq!(
        secured.connect().call("PING"),
        Reply::Simple("PONG".to_owned())
    );
}

/// A `ClientHello` of TLS 1.0 to 1.2.
fn hello(version: [u8; 2]) -> Vec<u8> {
    // Signature schemes, groups, and formats of points.
    let extensions = [
        &[0, 13, 0, 4, 0, 2, 4, 3][..],
        &[0, 10, 0, 4, 0, 2, 0, 23],
        &[0, 11, 0, 2, 1, 0],
    ]
    .concat();
    // A random number, no session, ECDHE-ECDSA-AES128-GCM-SHA256, no compression.
    let body = [
        &version[..],
        &[7; 32],
        &[0, 0, 2, 0xc0, 0x2b, 1, 0],
        &[0, byte(extensions.len())],
        &extensions,
    ]
    .concat();
    let (record, message) = (byte(body.len() + 4), byte(body.len()));
    let header = [&[0x16][..], &version, &[0, record, 1, 0, 0, message]].concat();
    [header, body].concat()
}

fn half_a_handshake_is_cut_off(setup: Setup) {
    let limit = Duration::from_millis(300);
    let secured = secured(setup, &[("tls.handshake_timeout", "\"300ms\"")]);
    let addr = secured.port.addr();
    let mut established = secured.connect();
    assert_eq!(established.call("PING"), Reply::Simple("PONG".to_owned()));
    for bytes in [&b""[..], &[0x16], &[0x16, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3]] {
        let begun = Instant::now();
        assert!(answer(addr, bytes).is_empty());
        let taken = begun.elapsed();
        assert!(taken >= limit && taken < 20 * limit, "{taken:?}");
    }
    assert!(secured.proxy.metric("tls_handshakes_clients_failed") >= 3.0);
    // One that has done it may be silent for longer.
    assert_eq!(established.call("PING"), Reply::Simple("PONG".to_owned()));
}

fn half_handshakes_hold_places_and_give_them_back(setup: Setup) {
    let settings = [
        ("tls.handshake_timeout", "\"1s\""),
        ("limits.clients_max", "5"),
    ];
    let secured = secured(setup, &settings);
    let client = secured.authority.client(None);
    let now = |expected: f64| {
        wait_until("the count of clients", REPLY_LIMIT, || {
            let now = secured.proxy.metric("clients_now");
            ((now - expected).abs() < 0.5).then_some(())
        });
    };
    let mut half: Vec<TcpStream> = (0..5)
        .map(|_| TcpStream::connect(secured.port.addr()).expect("connect"))
        .collect();
    half[0].write_all(&[0x16, 3, 1]).expect("send");
    now(5.0);
    // Another one is closed without a word that is no TLS.
    assert!(answer(secured.port.addr(), &[]).is_empty());
    now(0.0);
    assert!(secured.proxy.metric("tls_handshakes_clients_failed") >= 5.0);
    let reply = ping(secured.port.addr(), client).expect("there is room again");
    assert_eq!(reply, "+PONG\r\n");
}

/// By a ticket, whichever worker it comes to; but nothing is taken before the handshake is done. With TLS 1.2 the cipher
/// is one that a connection can live with for ever, whatever the client would like best.
fn who_comes_back_is_known(setup: Setup) {
    let secured = secured(setup, &[]);
    for version in [&TLS13, &TLS12] {
        let config = secured.authority.client_of(&[version], None);
        let mut config = Arc::unwrap_or_clone(config);
        config.enable_early_data = true;
        let config = Arc::new(config);
        for round in 0..8 {
            let mut stream = dial(secured.port.addr(), Arc::clone(&config)).expect("a handshake");
            // The ticket comes with or before the first reply.
            stream.write_all(&words("PING")).expect("send");
            let mut reply = [0; 7];
            stream.read_exact(&mut reply).expect("a reply");
            let expected = if round == 0 {
                HandshakeKind::Full
            } else {
                HandshakeKind::Resumed
            };
            assert_eq!(stream.conn.handshake_kind(), Some(expected), "{round}");
            assert!(!stream.conn.is_early_data_accepted());
            let suite = stream.conn.negotiated_cipher_suite().expect("a cipher");
            let is_chacha = format!("{suite:?}").contains("CHACHA20");
            assert_eq!(is_chacha, version.version == ProtocolVersion::TLSv1_2);
        }
    }
}

/// A TLS 1.2 client that asks to begin anew is told no, and goes on.
fn nothing_is_renegotiated(setup: Setup) {
    let secured = secured(setup, &[]);
    let mut child = Command::new("openssl")
        .args(["s_client", "-tls1_2", "-connect"])
        .arg(secured.port.addr().to_string())
        .arg("-CAfile")
        .arg(secured.authority.file())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl");
    // The tool takes a line with an R alone as an order.
    let mut input = child.stdin.take().expect("its input");
    wait_until("the handshake", REPLY_LIMIT, || {
        (secured.proxy.metric("tls_handshakes_clients") >= 1.0).then_some(())
    });
    input.write_all(b"R\n").expect("write");
    wait_until("its end", REPLY_LIMIT, || {
        child.try_wait().expect("openssl")
    });
    let output = child.wait_with_output().expect("its output");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("no renegotiation"), "{output:?}");
    assert!((secured.proxy.metric("tls_handshakes_clients") - 1.0).abs() < 0.5);
}

/// All that comes back until the end.
fn answer(addr: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(addr).expect("connect");
    stream.set_read_timeout(Some(REPLY_LIMIT)).expect("option");
    // The other side may be gone before all of it is sent.
    let _ = stream.write_all(bytes);
    let mut heard = Vec::new();
    match stream.read_to_end(&mut heard) {
        Err(e) if e.kind() != ErrorKind::ConnectionReset => panic!("not closed: {e}"),
        _ => heard,
    }
}
