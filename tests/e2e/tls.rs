//! Clients that come with TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::Signal;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::certificates::{Authority, Issued, LOOPBACK, certificates, listed, quoted};
use crate::client::{Client, REPLY_LIMIT, Reply, request, words};
use crate::harness::{Setup, unique, wait_until, workers};
use crate::load::Load;
use crate::ports::Lease;
use crate::proxy::{Proxy, READY_LIMIT};
use crate::servers::Cluster;
use crate::tunnel::Tunnel;

workers!(
    requests_of_all_sizes,
    clients_under_load,
    the_load_generator_checks_all_replies,
    redis_cli_speaks_to_it,
    the_last_reply_arrives_before_the_end,
    a_client_that_does_not_read_is_bounded,
    buffers_of_sessions_are_counted,
    certificates_change_under_load,
    settings_name_other_certificates,
    another_process_takes_tls_over,
    nothing_counts_after_the_end,
    a_stop_ends_tls_properly,
);

/// A proxy with a port for TLS beside the plain one.
pub(crate) struct Secured {
    pub(crate) proxy: Proxy,
    pub(crate) authority: Authority,
    pub(crate) issued: Issued,
    pub(crate) port: Lease,
}

pub(crate) fn secured(setup: Setup, settings: &[(&str, &str)]) -> Secured {
    secured_on(setup, setup.shared(), settings)
}

fn secured_on(setup: Setup, cluster: &Cluster, settings: &[(&str, &str)]) -> Secured {
    let (authority, port) = (Authority::new(), Lease::take());
    let issued = authority.issue("proxy", LOOPBACK);
    let files = [
        listed(port.addr()),
        quoted(&issued.cert),
        quoted(&issued.key),
        quoted(&authority.file()),
    ];
    let mut all = vec![
        ("tls.listen", files[0].as_str()),
        ("tls.cert_file", &files[1]),
        ("tls.key_file", &files[2]),
    ];
    if settings.iter().any(|(key, _)| *key == "tls.auth_clients") {
        all.push(("tls.ca_cert_file", &files[3]));
    }
    all.extend_from_slice(settings);
    let proxy = setup.proxy_with(cluster, &all);
    Secured {
        proxy,
        authority,
        issued,
        port,
    }
}

impl Secured {
    /// A tunnel for clients that do no more than they have to.
    pub(crate) fn tunnel(&self) -> Tunnel {
        Tunnel::open(self.port.addr(), self.authority.client(None))
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.tunnel().addr())
    }
}

/// A connection with its handshake done, or why there is none.
pub(crate) fn dial(
    to: SocketAddr,
    config: Arc<ClientConfig>,
) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(REPLY_LIMIT))?;
    let name = ServerName::try_from("localhost").expect("a name");
    let tls = ClientConnection::new(config, name).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(tls, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// What a PING gets over a new connection.
pub(crate) fn ping(to: SocketAddr, config: Arc<ClientConfig>) -> std::io::Result<String> {
    let mut stream = dial(to, config)?;
    stream.write_all(&words("PING"))?;
    let mut reply = [0; 7];
    stream.read_exact(&mut reply)?;
    Ok(String::from_utf8_lossy(&reply).into_owned())
}

/// Small, many, and large ones, and both versions of TLS.
fn requests_of_all_sizes(setup: Setup) {
    let secured = secured(setup, &[]);
    for versions in [[&TLS12], [&TLS13]] {
        let config = secured.authority.client_of(&versions, None);
        let tunnel = Tunnel::open(secured.port.addr(), config);
        let mut client = Client::connect(tunnel.addr());
        let stem = unique("tls");
        assert_eq!(client.call(&format!("SET {stem} one")), Reply::ok());
        assert_eq!(client.call(&format!("GET {stem}")), Reply::bulk("one"));
        let mut pipeline = Vec::new();
        for n in 0..5000 {
            pipeline.extend(words(&format!("SET {stem}:{n} value-{n}")));
            pipeline.extend(words(&format!("GET {stem}:{n}")));
        }
        let replies = client.exchange(&pipeline, 10_000);
        for (n, pair) in replies.chunks(2).enumerate() {
            assert_eq!(pair[0], Reply::ok());
            assert_eq!(pair[1], Reply::bulk(format!("value-{n}")));
        }
        for len in [1000, 16_383, 16_384, 16_385, 300_000, 10 << 20] {
            let value: Vec<u8> = (0..len).map(|at| byte(at % 251)).collect();
            let set = request(&[b"SET", stem.as_bytes(), &value]);
            assert_eq!(client.exchange(&set, 1), [Reply::ok()]);
            // Several at once, so that replies wait for room.
            let gets = words(&format!("GET {stem}")).repeat(3);
            for reply in client.exchange(&gets, 3) {
                assert!(reply == Reply::Bulk(value.clone()), "{len} bytes differ");
            }
        }
        assert_eq!(client.call(&format!("DEL {stem}")).integer(), 1);
    }
    assert!(secured.proxy.metric("tls_handshakes_clients") >= 2.0);
    let mut plain = secured.proxy.connect();
    assert_eq!(plain.call("PING"), Reply::Simple("PONG".to_owned()));
}

fn clients_under_load(setup: Setup) {
    let secured = secured(setup, &[]);
    let tags = setup.shared().keys_on_all(&unique("tls-load"));
    let load = Load::start_at(secured.tunnel().addr(), 4, &tags);
    load.wait_progress(100);
    load.finish(&secured.proxy);
}

/// Many clients, deep pipelines and values of many records. Its keys have the same names in all tests.
fn the_load_generator_checks_all_replies(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let secured = secured_on(setup, &cluster, &[]);
    for size in ["64", "100KiB"] {
        let output = Command::new(env!("CARGO_BIN_EXE_corelane-bench"))
            .arg("--port")
            .arg(secured.port.port().to_string())
            .arg("--tls-ca-cert")
            .arg(secured.authority.file())
            .args("--mix get=1,set=1 --keys 50 --requests 3000 --clients 20".split(' '))
            .args("--warmup 0ms --pipeline 16 --value-size".split(' '))
            .arg(size)
            .output()
            .expect("the load generator");
        assert!(output.status.success(), "{output:?}");
    }
    assert!(secured.proxy.metric("tls_handshakes_clients") >= 40.0);
}

fn redis_cli_speaks_to_it(setup: Setup) {
    let secured = secured(setup, &[]);
    let run = |issuer: &Authority| {
        Command::new("redis-cli")
            .args(["-h", "localhost", "-p", &secured.port.port().to_string()])
            .args(["--tls", "--cacert"])
            .arg(issuer.file())
            .args(["ECHO", "hello"])
            .output()
            .expect("redis-cli")
    };
    let output = run(&secured.authority);
    assert_eq!(output.stdout, b"hello\n", "{output:?}");
    let output = run(&Authority::new());
    assert!(!output.status.success() && output.stdout.is_empty());
}

/// A number that fits.
pub(crate) fn byte(number: usize) -> u8 {
    u8::try_from(number).expect("a byte")
}

fn the_last_reply_arrives_before_the_end(setup: Setup) {
    let secured = secured(setup, &[]);
    let config = secured.authority.client(None);
    let key = unique("last");
    let value = "x".repeat(3 << 20);
    let mut client = secured.connect();
    let set = request(&["SET", &key, &value]);
    assert_eq!(client.exchange(&set, 1), [Reply::ok()]);
    for _ in 0..3 {
        let mut stream = dial(secured.port.addr(), Arc::clone(&config)).expect("a handshake");
        stream
            .write_all(&[words(&format!("GET {key}")), words("QUIT")].concat())
            .expect("send");
        let mut heard = Vec::new();
        // Fails if the end comes without a word of TLS.
        stream.read_to_end(&mut heard).expect("a proper end");
        let header = format!("${}\r\n", value.len());
        assert_eq!(
            heard.len(),
            header.len() + value.len() + "\r\n+OK\r\n".len()
        );
        assert!(heard.ends_with(b"x\r\n+OK\r\n"));
    }
    // A client that ends its side properly still gets what it has asked for.
    let mut stream = dial(secured.port.addr(), config).expect("a handshake");
    stream
        .write_all(&words(&format!("GET {key}")))
        .expect("send");
    stream.conn.send_close_notify();
    stream.conn.complete_io(&mut stream.sock).expect("send");
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).expect("a proper end");
    assert!(heard.len() > value.len());
}

/// What it is owed counts as without TLS, and it is closed.
fn a_client_that_does_not_read_is_bounded(setup: Setup) {
    let settings = [
        ("limits.client_output_max", "\"1MiB\""),
        ("limits.client_output_pause", "\"1MiB\""),
    ];
    let secured = secured(setup, &settings);
    let key = unique("unread");
    let mut client = secured.connect();
    let set = request(&["SET", &key, &"x".repeat(4 << 20)]);
    assert_eq!(client.exchange(&set, 1), [Reply::ok()]);
    let mut stream =
        dial(secured.port.addr(), secured.authority.client(None)).expect("a handshake");
    stream
        .write_all(&words(&format!("GET {key}")).repeat(20))
        .expect("send");
    stream.flush().expect("send");
    wait_until(
        "the end of a client that does not read",
        REPLY_LIMIT,
        || (secured.proxy.metric("closes_output_max") >= 1.0).then_some(()),
    );
    assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
}

/// What waits for the wire in a session is in the sum of all buffers, and goes with the client.
fn buffers_of_sessions_are_counted(setup: Setup) {
    const CLIENTS: usize = 8;
    let secured = secured(setup, &[]);
    let key = unique("unread");
    let mut client = secured.connect();
    let set = request(&["SET", &key, &"x".repeat(1 << 20)]);
    assert_eq!(client.exchange(&set, 1), [Reply::ok()]);
    let ask = words(&format!("GET {key}")).repeat(20);
    let silent: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let mut stream =
                dial(secured.port.addr(), secured.authority.client(None)).expect("a handshake");
            stream.write_all(&ask).expect("send");
            stream.flush().expect("send");
            stream
        })
        .collect();
    let least = (CLIENTS * 64 * 1024) as f64;
    wait_until("full buffers of all sessions", REPLY_LIMIT, || {
        (secured.proxy.metric("tls_buffer_bytes") >= least).then_some(())
    });
    let most = (CLIENTS * 68 * 1024) as f64;
    let sessions = secured.proxy.metric("tls_buffer_bytes");
    assert!(sessions <= most, "{sessions} bytes for {CLIENTS} clients");
    assert!(secured.proxy.metric("buffer_bytes") > sessions);
    drop((silent, client));
    wait_until("an end of all buffers", READY_LIMIT, || {
        (secured.proxy.metric("buffer_bytes") == 0.0).then_some(())
    });
}

/// New connections get the new certificate, those that are there go on, and bad files change nothing.
fn certificates_change_under_load(setup: Setup) {
    let secured = secured(setup, &[("tls.reload_interval", "\"50ms\"")]);
    let addr = secured.port.addr();
    let tags = setup.shared().keys_on_all(&unique("tls-swap"));
    let load = Load::start_at(secured.tunnel().addr(), 2, &tags);
    load.wait_progress(10);
    let shown = || {
        let config = secured.authority.client(None);
        let stream = dial(addr, config).expect("a handshake");
        stream.conn.peer_certificates().expect("a certificate")[0].clone()
    };
    let is_shown = |issued: &Issued| shown() == certificates(&issued.cert)[0];
    assert!(is_shown(&secured.issued));
    for round in 1..=3 {
        let next = secured.authority.issue(&format!("next-{round}"), LOOPBACK);
        next.replace(&secured.issued);
        wait_until("the new certificate", REPLY_LIMIT, || {
            is_shown(&next).then_some(())
        });
        load.wait_progress(10);
        let good = std::fs::read(&secured.issued.key).expect("a key");
        for bad in [&b""[..], b"nonsense", &good[..good.len() / 2]] {
            let before = secured.proxy.metric("certificate_reloads_refused");
            std::fs::write(&secured.issued.key, bad).expect("write");
            wait_until("the bad key to be noticed", REPLY_LIMIT, || {
                (secured.proxy.metric("certificate_reloads_refused") > before).then_some(())
            });
            assert!(is_shown(&next), "the one in force stays");
        }
        std::fs::write(&secured.issued.key, good).expect("write");
    }
    assert!(secured.proxy.metric("certificate_reloads_changed") >= 3.0);
    let log = secured.proxy.process().output();
    assert!(log.contains("tls.key_file = "), "{log}");
    assert!(!log.contains("PRIVATE KEY"), "no secret in the log");
    load.wait_progress(10);
    load.finish(&secured.proxy);
}

/// SIGHUP has files read that nobody looks at, and settings may name others; bad ones change nothing.
fn settings_name_other_certificates(setup: Setup) {
    let mut secured = secured(setup, &[("tls.reload_interval", "\"0s\"")]);
    let addr = secured.port.addr();
    let client = secured.authority.client(None);
    let mut established = secured.connect();
    assert_eq!(established.call("PING"), Reply::Simple("PONG".to_owned()));
    let is_shown = |issued: &Issued| {
        let stream = dial(addr, Arc::clone(&client)).expect("a handshake");
        let shown = stream.conn.peer_certificates().expect("a certificate");
        shown[0] == certificates(&issued.cert)[0]
    };
    let wait_shown = |issued: &Issued| {
        wait_until("the new certificate", REPLY_LIMIT, || {
            is_shown(issued).then_some(())
        });
    };
    let next = secured.authority.issue("next", LOOPBACK);
    next.replace(&secured.issued);
    secured.proxy.process().signal(Signal::HUP);
    wait_shown(&next);
    let other = secured.authority.issue("other", LOOPBACK);
    let (cert, key) = (quoted(&other.cert), quoted(&other.key));
    // Only one of both: the key is not the certificate's.
    secured.proxy.write_settings(&[("tls.cert_file", &cert)]);
    wait_until("the bad settings to be noticed", REPLY_LIMIT, || {
        let log = secured.proxy.process().output();
        log.contains("settings: tls.key_file = ").then_some(())
    });
    assert!(is_shown(&next));
    secured.proxy.write_settings(&[("tls.key_file", &key)]);
    wait_shown(&other);
    // Now clients have to show certificates; those that are there may stay.
    let issuer = quoted(&secured.authority.file());
    secured.proxy.write_settings(&[
        ("tls.auth_clients", "\"yes\""),
        ("tls.ca_cert_file", &issuer),
    ]);
    wait_until("clients to be asked", REPLY_LIMIT, || {
        ping(addr, Arc::clone(&client)).is_err().then_some(())
    });
    assert_eq!(established.call("PING"), Reply::Simple("PONG".to_owned()));
}

fn another_process_takes_tls_over(setup: Setup) {
    let mut secured = secured(setup, &[("takeover", "true")]);
    let addr = secured.port.addr();
    let client = secured.authority.client(None);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let connecting = scope.spawn(|| {
            let mut served = 0;
            while !stop.load(Ordering::Relaxed) {
                let reply = ping(addr, Arc::clone(&client)).expect("nobody is refused");
                assert_eq!(reply, "+PONG\r\n");
                served += 1;
            }
            served
        });
        let mut second = secured.proxy.start_second(&[]);
        assert_eq!(secured.proxy.process_mut().wait_code(READY_LIMIT), 0);
        assert_eq!(
            ping(addr, Arc::clone(&client)).expect("served"),
            "+PONG\r\n"
        );
        stop.store(true, Ordering::Relaxed);
        assert!(connecting.join().expect("every handshake is done") > 0);
        second.signal(Signal::TERM);
        assert_eq!(second.wait_code(READY_LIMIT), 0);
    });
}

/// A client may say that it has nothing more to say, wait for a reply, and say a lot.
fn nothing_counts_after_the_end(setup: Setup) {
    let secured = secured(setup, &[]);
    let list = unique("after-the-end");
    let mut stream =
        dial(secured.port.addr(), secured.authority.client(None)).expect("a handshake");
    stream
        .write_all(&words(&format!("BLPOP {list} 60")))
        .expect("send");
    wait_until("the client that waits", REPLY_LIMIT, || {
        (secured.proxy.metric("clients_waiting") >= 1.0).then_some(())
    });
    let before = secured.proxy.memory();
    stream.conn.send_close_notify();
    stream.conn.complete_io(&mut stream.sock).expect("send");
    let nonsense = vec![0x17; 1 << 20];
    for _ in 0..64 {
        // It may be closed at once; if not, nothing of it is kept.
        if stream.sock.write_all(&nonsense).is_err() {
            break;
        }
    }
    let after = secured.proxy.memory();
    assert!(after < before + (16 << 20), "{before} bytes, then {after}");
    assert_eq!(
        secured.connect().call("PING"),
        Reply::Simple("PONG".to_owned())
    );
}

/// Idle, waiting, and in the middle of a handshake: each gets what it is owed, and a word of TLS at the end.
fn a_stop_ends_tls_properly(setup: Setup) {
    let mut secured = secured(setup, &[("drain_timeout", "\"20s\"")]);
    let (addr, config) = (secured.port.addr(), secured.authority.client(None));
    let mut idle = dial(addr, Arc::clone(&config)).expect("a handshake");
    idle.write_all(&words("PING")).expect("send");
    let mut reply = [0; 7];
    idle.read_exact(&mut reply).expect("a reply");
    let mut waiting = dial(addr, Arc::clone(&config)).expect("a handshake");
    let list = unique("stop");
    waiting
        .write_all(&words(&format!("BLPOP {list} 60")))
        .expect("send");
    wait_until("the client that waits", REPLY_LIMIT, || {
        (secured.proxy.metric("clients_waiting") >= 1.0).then_some(())
    });
    let mut half = TcpStream::connect(addr).expect("connect");
    half.write_all(&[0x16, 3, 1]).expect("send");
    wait_until("all clients", REPLY_LIMIT, || {
        (secured.proxy.metric("clients_now") >= 3.0).then_some(())
    });
    secured.proxy.terminate();
    // Both fail if the end comes without a word of TLS.
    let mut heard = Vec::new();
    idle.read_to_end(&mut heard).expect("a proper end");
    assert!(heard.is_empty());
    let end = waiting.read_to_end(&mut heard);
    let log = secured.proxy.process().output();
    assert!(end.is_ok(), "{end:?} after {heard:?}: {log}");
    assert_eq!(heard, b"*-1\r\n");
    half.set_read_timeout(Some(REPLY_LIMIT)).expect("option");
    heard.clear();
    let _ = half.read_to_end(&mut heard);
    assert!(heard.is_empty());
    let code = secured.proxy.process_mut().wait_code(READY_LIMIT);
    assert_eq!(code, 0);
}
