//! What the machine may run out of: descriptors, and whoever reads the log.

use std::fs::File;
use std::io::Read;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::fcntl_setpipe_size;
use rustix::process::Signal;

use crate::children::TempDir;
use crate::client::{Client, Reply, words};
use crate::harness::{Setup, poll_until, unique, wait_until, workers};
use crate::proxy::{Proxy, READY_LIMIT};

workers!(
    clients_do_not_cut_the_proxy_off_from_its_nodes,
    a_log_that_nobody_reads_stops_nothing,
    a_log_on_a_full_disk_stops_nothing,
    a_standstill_fails_nothing,
);

fn seeds(setup: Setup) -> Vec<std::net::SocketAddr> {
    setup.shared().running().map(|node| node.addr()).collect()
}

/// Has `command` run by a shell that first does `before`.
fn through_shell(command: &mut Command, before: &str) {
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("{before}; exec \"$0\" \"$@\""))
        .arg(command.get_program())
        .args(command.get_args());
    *command = shell;
}

/// More clients than descriptors: those who are there are served, also by nodes that are only now connected to, and
/// the others wait or are told.
fn clients_do_not_cut_the_proxy_off_from_its_nodes(setup: Setup) {
    let limit = 96 + 32 * setup.workers;
    let proxy = Proxy::start_as(&seeds(setup), setup.workers, &[], |command| {
        through_shell(command, &format!("ulimit -n {limit}"));
    });
    proxy.wait_ready();
    let log = proxy.process().output();
    assert!(log.contains("are kept for connections to nodes"), "{log}");
    let mut served: Vec<Client> = Vec::new();
    let mut others: Vec<Client> = Vec::new();
    for _ in 0..limit + 50 {
        let mut client = proxy.connect();
        let patience = Some(Duration::from_millis(if others.is_empty() {
            1000
        } else {
            1
        }));
        client
            .stream()
            .set_read_timeout(patience)
            .expect("a time limit");
        match client.try_call("PING") {
            Ok(Reply::Simple(_)) => served.push(client),
            _ => others.push(client),
        }
    }
    assert!(
        served.len() > limit / 4 && served.len() < limit,
        "{}",
        served.len()
    );
    assert!(!others.is_empty());
    let paused = || proxy.metric("accept_pauses");
    wait_until("a client without a descriptor", READY_LIMIT, || {
        (proxy.metric("clients_without_descriptor") >= 1.0 && paused() >= 1.0).then_some(())
    });
    // It tries again and again, but not all the time.
    let (before, from) = (paused(), Instant::now());
    wait_until("more tries", READY_LIMIT, || {
        (paused() >= before + 3.0).then_some(())
    });
    let rate = (paused() - before) / from.elapsed().as_secs_f64();
    assert!(
        rate < 30.0 * setup.workers as f64,
        "{rate} pauses per second"
    );
    // RESP3 clients have links of their own, so these have to be opened now.
    let links = proxy.metric("links_opened");
    let last = served.last_mut().expect("somebody is served");
    last.stream()
        .set_read_timeout(Some(READY_LIMIT))
        .expect("a time limit");
    assert!(last.call("HELLO 3").error().is_none());
    for key in setup.shared().keys_on_all("descriptors") {
        assert_eq!(last.call(&format!("SET {key} value")), Reply::ok());
        assert_eq!(last.call(&format!("GET {key}")), Reply::bulk("value"));
    }
    assert!(
        proxy.metric("links_opened") > links,
        "new links were opened"
    );
    // Places that become free are given to others.
    drop(others);
    served.truncate(served.len() / 2);
    let mut late = proxy.connect();
    let answer = poll_until(READY_LIMIT, || match late.try_call("PING") {
        Ok(Reply::Simple(text)) => Some(text),
        _ => {
            late = proxy.connect();
            None
        }
    });
    assert_eq!(answer.as_deref(), Some("PONG"));
}

/// Standard error is a pipe that is full: requests go on, and what was dropped is counted.
fn a_log_that_nobody_reads_stops_nothing(setup: Setup) {
    let dir = TempDir::new("pipe");
    let path = dir.path().join("log");
    let made = Command::new("mkfifo")
        .arg(&path)
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
    // Opened for both, so that the shell does not wait for a reader.
    let mut pipe = File::options()
        .read(true)
        .write(true)
        .open(&path)
        .expect("open a pipe");
    let _ = fcntl_setpipe_size(&pipe, 4096);
    let settings = [
        ("log.level", "\"debug\""),
        ("cluster.refresh_interval", "\"10ms\""),
        ("cluster.refresh_interval_min", "\"10ms\""),
    ];
    let mut proxy = Proxy::start_as(&seeds(setup), setup.workers, &settings, |command| {
        through_shell(command, &format!("exec 2>{}", path.display()));
    });
    proxy.wait_ready();
    let mut client = proxy.connect();
    wait_until("lines that are dropped", Duration::from_secs(120), || {
        // Each refresh is logged, and each reading of the settings.
        proxy.process().signal(Signal::HUP);
        assert_eq!(client.call("SET log:unread 1"), Reply::ok());
        (proxy.metric("log_lines_lost") > 0.0).then_some(())
    });
    assert_eq!(client.call("GET log:unread"), Reply::bulk("1"));
    // It is said with the next line that there is room for; each refresh makes one.
    let mut text = String::new();
    wait_until("the number of dropped lines", READY_LIMIT, || {
        let mut bytes = [0; 4096];
        let mut fds = [PollFd::new(&pipe, PollFlags::IN)];
        if poll(&mut fds, Some(&Timespec::default())).expect("a pipe") > 0 {
            let count = pipe.read(&mut bytes).expect("the log is read");
            text.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        text.contains("lines of the log were dropped").then_some(())
    });
    proxy.terminate();
    assert_eq!(proxy.process_mut().wait_code(READY_LIMIT), 0);
}

fn a_log_on_a_full_disk_stops_nothing(setup: Setup) {
    let mut proxy = Proxy::start_as(
        &seeds(setup),
        setup.workers,
        &[("log.level", "\"trace\"")],
        |command| {
            through_shell(command, "exec 2>/dev/full");
        },
    );
    proxy.wait_ready();
    let mut client = proxy.connect();
    for _ in 0..100 {
        assert_eq!(client.call("SET log:full 1"), Reply::ok());
    }
    // A thread writes them, so they are counted a little later.
    wait_until("lines that cannot be written", READY_LIMIT, || {
        (proxy.metric("log_lines_lost") > 0.0).then_some(())
    });
    assert_eq!(client.call("GET log:full"), Reply::bulk("1"));
    proxy.terminate();
    assert_eq!(proxy.process_mut().wait_code(READY_LIMIT), 0);
}

/// A process that gets no processor for longer than any deadline: what was under way is answered when it goes on.
fn a_standstill_fails_nothing(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy_with(cluster, &[("cluster.server_timeout", "\"500ms\"")]);
    let keys = cluster.keys_on_all(&unique("standstill"));
    let mut client = proxy.connect();
    let mut count = 0;
    for _ in 0..3 {
        let line = |n: usize| words(&format!("INCR {}", keys[n % keys.len()]));
        let requests: Vec<u8> = (0..2000 * keys.len()).flat_map(line).collect();
        client.send(&requests);
        // Some requests have come, some are at the nodes, and some replies on their way.
        assert_eq!(client.read(), Reply::Integer(count + 1));
        proxy.process().signal(Signal::STOP);
        let from = Instant::now();
        wait_until("the deadline", READY_LIMIT, || {
            (from.elapsed() > Duration::from_millis(1500)).then_some(())
        });
        proxy.process().signal(Signal::CONT);
        for n in 1..2000 * keys.len() {
            let round = i64::try_from(n / keys.len()).expect("small");
            assert_eq!(client.read(), Reply::Integer(count + round + 1), "{n}");
        }
        count += 2000;
    }
    assert!(proxy.metric("standstills") >= 1.0);
}
