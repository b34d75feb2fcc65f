//! Starting wrongly and stopping rightly: exit codes, drain, health while draining.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::children::{Process, TempDir};
use crate::client::{Client, Reply, words};
use crate::harness::{Setup, matrix, wait_until, workers};
use crate::proxy::{READY_LIMIT, binary};

matrix!(drain_answers_what_is_in_flight);
workers!(
    drain_is_bounded,
    idle_clients_do_not_hold_the_stop,
    stop_without_any_node
);

const EXIT_CLEAN: i32 = 0;
const EXIT_SETTINGS: i32 = 64;
const EXIT_ADDRESS_IN_USE: i32 = 71;

/// A node is stopped so that requests are surely in flight when the signal arrives.
fn drain_answers_what_is_in_flight(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let settings = [
        ("cluster.server_timeout", "\"30s\""),
        ("drain_timeout", "\"30s\""),
    ];
    let mut proxy = setup.proxy_with(&cluster, &settings);
    let keys = cluster.keys_on_all("drain");
    let mut clients: Vec<Client> = (0..5).map(|_| proxy.connect()).collect();
    let mut idle = proxy.connect();
    assert_eq!(idle.call(&format!("SET {} value", keys[0])), Reply::ok());
    cluster.node(0).process().signal(Signal::STOP);
    let requests = [
        words("ECHO first"),
        words(&format!("GET {}", keys[0])).repeat(20),
    ]
    .concat();
    for client in &mut clients {
        client.send(&requests);
        assert_eq!(client.read(), Reply::bulk("first"));
    }
    wait_until("requests in flight", READY_LIMIT, || {
        (proxy.metric("requests_in_flight") >= 100.0).then_some(())
    });
    proxy.terminate();
    wait_until("not ready while draining", READY_LIMIT, || {
        (proxy.try_get("/readyz").ok()?.0 != 200).then_some(())
    });
    assert_eq!(
        proxy.try_get("/livez").map(|(status, _)| status).ok(),
        Some(200),
        "but alive"
    );
    wait_until("new connections are refused", READY_LIMIT, || {
        let refused = Client::try_connect(proxy.addr()).and_then(|mut late| late.try_call("PING"));
        refused.is_err().then_some(())
    });
    cluster.node(0).process().signal(Signal::CONT);
    for client in &mut clients {
        for _ in 0..20 {
            assert_eq!(client.read(), Reply::bulk("value"));
        }
        assert!(client.read_to_close().is_empty());
    }
    assert_eq!(proxy.process_mut().wait_code(READY_LIMIT), EXIT_CLEAN);
}

/// What cannot be answered in time does not hold the stop.
fn drain_is_bounded(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let settings = [
        ("cluster.server_timeout", "\"120s\""),
        ("drain_timeout", "\"1s\""),
    ];
    let mut proxy = setup.proxy_with(&cluster, &settings);
    let key = cluster.key_on(0, "bounded");
    let mut client = proxy.connect();
    assert_eq!(client.call(&format!("SET {key} value")), Reply::ok());
    cluster.node(0).process().signal(Signal::STOP);
    client.send(&words(&format!("GET {key}")));
    wait_until("a request in flight", READY_LIMIT, || {
        (proxy.metric("requests_in_flight") >= 1.0).then_some(())
    });
    let from = Instant::now();
    proxy.terminate();
    let code = proxy.process_mut().wait_code(Duration::from_secs(60));
    assert_eq!(code, EXIT_CLEAN);
    assert!(
        from.elapsed() >= Duration::from_millis(900),
        "it waited for the reply"
    );
    cluster.node(0).process().signal(Signal::CONT);
}

fn idle_clients_do_not_hold_the_stop(setup: Setup) {
    let settings = [("drain_timeout", "\"120s\"")];
    let mut proxy = setup.proxy_with(setup.shared(), &settings);
    let mut clients: Vec<Client> = (0..20).map(|_| proxy.connect()).collect();
    for client in &mut clients {
        assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
    }
    // One of them is in the middle of a request that never ends.
    clients[0].send(b"*2\r\n$4\r\nECHO\r\n$100\r\n");
    proxy.terminate();
    assert_eq!(
        proxy.process_mut().wait_code(Duration::from_secs(60)),
        EXIT_CLEAN
    );
    for client in &mut clients {
        assert!(client.read_to_close().is_empty());
    }
}

fn stop_without_any_node(setup: Setup) {
    let nobody = crate::ports::Lease::take();
    let mut proxy = crate::proxy::Proxy::start_unready(&[nobody.addr()], setup.workers, &[]);
    proxy.process().signal(Signal::INT);
    assert_eq!(
        proxy.process_mut().wait_code(Duration::from_secs(60)),
        EXIT_CLEAN
    );
}

/// Runs the program with arguments until it ends: exit code and output.
fn run(args: &[&str]) -> (i32, String) {
    let dir = TempDir::new("run");
    let mut command = Command::new(binary());
    command.args(args).current_dir(dir.path());
    let mut process = Process::start("corelane", command, dir.path());
    let code = process.wait_code(READY_LIMIT);
    (code, process.output())
}

#[test]
fn bad_settings_end_with_64_and_all_errors() {
    let dir = TempDir::new("settings");
    let file = dir.path().join("bad.toml");
    let text = "seeds = [\"127.0.0.1:1\"]\nno_such_key = 1\ncluster.server_timeout = \"7 parsecs\"\n\
                limits.clients_max = -3\n";
    std::fs::write(&file, text).expect("write the settings");
    let (code, output) = run(&["--config", &file.display().to_string()]);
    assert_eq!(code, EXIT_SETTINGS, "{output}");
    for named in [
        "no_such_key",
        "server_timeout",
        "7 parsecs",
        "clients_max",
        "-3",
    ] {
        assert!(output.contains(named), "{named} is not named in:\n{output}");
    }
    let (code, output) = run(&["--config", "does-not-exist.toml"]);
    assert_eq!(code, EXIT_SETTINGS, "{output}");
    assert!(output.contains("does-not-exist.toml"), "{output}");
    let (code, output) = run(&["--no-such-flag"]);
    assert_eq!(code, EXIT_SETTINGS, "{output}");
    let (code, output) = run(&[]);
    assert_eq!(code, EXIT_SETTINGS, "no seed at all: {output}");
}

#[test]
fn an_address_in_use_ends_with_71() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("bind");
    let addr = taken.local_addr().expect("bound").to_string();
    let free = crate::ports::Lease::take();
    let free_addr = free.addr().to_string();
    let flags = ["--seed", "127.0.0.1:1", "--workers", "1", "--listen"];
    let (code, output) = run(&[flags.as_slice(), &[&addr]].concat());
    assert_eq!(code, EXIT_ADDRESS_IN_USE, "{output}");
    assert!(output.contains(&addr), "{output}");
    let (code, output) = run(&[flags.as_slice(), &[&free_addr, "--admin", &addr]].concat());
    assert_eq!(code, EXIT_ADDRESS_IN_USE, "{output}");
    assert!(output.contains(&addr), "{output}");
}
