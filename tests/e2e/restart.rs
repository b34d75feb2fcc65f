//! One process takes over from another, and no client is refused.

use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::Signal;

use crate::children::{self, Adopted};
use crate::client::{Client, Reply, words};
use crate::harness::{Setup, number, wait_until, workers};
use crate::proxy::{Proxy, READY_LIMIT};

workers!(
    no_connection_is_lost_by_restarts,
    a_second_process_takes_over,
    what_is_in_flight_is_answered_by_the_old_process,
    a_takeover_that_fails_changes_nothing,
    a_takeover_does_not_need_the_seed,
    clients_that_wait_are_served_by_a_stop,
    a_supervisor_learns_who_serves,
    two_supervisors_learn_each_of_its_own_process,
);

/// Tells the process `old` to let another one take over, and waits until that one serves.
pub(crate) fn take_over(proxy: &Proxy, old: u32) -> Adopted {
    children::signal(old, Signal::USR2);
    let new = wait_until("another process that serves", READY_LIMIT, || {
        Some(proxy.serving()).filter(|id| *id != old)
    });
    Adopted::new(new)
}

/// Waits until a process has ended.
pub(crate) fn wait_ended(process: u32) {
    wait_until("the end of a process", READY_LIMIT, || {
        (!children::is_running(process)).then_some(())
    });
}

fn ping(client: &mut Client) {
    assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
}

/// `CORELANE_TEST_CONNECTS` and `CORELANE_TEST_RESTARTS` make it longer: 10000 and 10 are the promise.
fn no_connection_is_lost_by_restarts(setup: Setup) {
    let connects = number("CORELANE_TEST_CONNECTS", 400);
    let restarts = number("CORELANE_TEST_RESTARTS", 2);
    let mut proxy = setup.proxy(setup.shared());
    let key = crate::harness::unique("restart");
    let (done, made) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        let connecting: Vec<_> = (0..4)
            .map(|number| {
                let (proxy, key, done, made) = (&proxy, &key, &done, &made);
                scope.spawn(move || {
                    while !done.load(Ordering::Relaxed) || made.load(Ordering::Relaxed) < connects {
                        let mut client = proxy.connect();
                        ping(&mut client);
                        let set = client.call(&format!("SET {key}:{number} value"));
                        assert_eq!(set, Reply::ok());
                        made.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let mut heir: Option<Adopted> = None;
        for _ in 0..restarts {
            let before = made.load(Ordering::Relaxed);
            let current = heir
                .as_ref()
                .map_or_else(|| proxy.process().id(), Adopted::id);
            let new = take_over(&proxy, current);
            // Until its end it may still accept, and its clients would take it for the newer one.
            wait_ended(current);
            heir = Some(new);
            let enough = connects / restarts;
            wait_until("connections", Duration::from_secs(300), || {
                let is_failing = connecting.iter().any(|thread| thread.is_finished());
                (is_failing || made.load(Ordering::Relaxed) >= before + enough).then_some(())
            });
        }
        done.store(true, Ordering::Relaxed);
        for thread in connecting {
            thread.join().expect("every connection is served");
        }
        eprintln!(
            "{} connections during {restarts} restarts",
            made.load(Ordering::Relaxed)
        );
    });
    assert_eq!(proxy.process_mut().wait_code(READY_LIMIT), 0);
}

/// With another number of workers, more and then fewer: all listeners go on being accepted from.
fn a_second_process_takes_over(setup: Setup) {
    let mut first = setup.proxy_with(setup.shared(), &[("takeover", "true")]);
    let mut client = first.connect();
    ping(&mut client);
    let mut second = first.start_second(&["--workers", "3"]);
    assert_eq!(first.process_mut().wait_code(READY_LIMIT), 0);
    assert!(client.read_to_close().is_empty());
    let metric = |name| first.metric(name);
    assert_eq!(metric("workers"), 3.0, "the admin port came along");
    assert!(first.is_ready());
    for _ in 0..30 {
        ping(&mut first.connect());
    }
    let third = first.start_second(&["--workers", "1"]);
    assert_eq!(second.wait_code(READY_LIMIT), 0);
    assert_eq!(first.metric("workers"), 1.0);
    for _ in 0..60 {
        ping(&mut first.connect());
    }
    assert_eq!(first.serving(), third.id());
    // Who does not ask for it is told that the address is in use.
    first.write_settings(&[("takeover", "false")]);
    let mut fourth = first.start_second(&[]);
    assert_eq!(fourth.wait_code(READY_LIMIT), 71);
}

fn what_is_in_flight_is_answered_by_the_old_process(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let settings = [
        ("cluster.server_timeout", "\"30s\""),
        ("drain_timeout", "\"30s\""),
    ];
    let mut proxy = setup.proxy_with(&cluster, &settings);
    let key = cluster.key_on(0, "flight");
    let mut client = proxy.connect();
    assert_eq!(client.call(&format!("SET {key} value")), Reply::ok());
    client.say("BLPOP no-such-list 2");
    let mut other = proxy.connect();
    cluster.node(1).process().signal(Signal::STOP);
    let far = cluster.key_on(1, "flight");
    other.send(&words(&format!("GET {far}")));
    wait_until("a request in flight", READY_LIMIT, || {
        (proxy.metric("requests_in_flight") >= 2.0).then_some(())
    });
    // The new process does not get the topology from one node, but from the others.
    let new = take_over(&proxy, proxy.process().id());
    assert!(
        proxy.process_mut().ended().is_none(),
        "it waits for the replies"
    );
    cluster.node(1).process().signal(Signal::CONT);
    assert_eq!(other.read(), Reply::Null);
    assert_eq!(client.read(), Reply::Null);
    assert!(client.read_to_close().is_empty());
    assert_eq!(proxy.process_mut().wait_code(READY_LIMIT), 0);
    assert!(children::is_running(new.id()));
    ping(&mut proxy.connect());
}

fn a_takeover_that_fails_changes_nothing(setup: Setup) {
    let mut proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    ping(&mut client);
    let pid = proxy.serving();
    proxy.write_settings(&[("workers", "\"many\"")]);
    proxy.process().signal(Signal::USR2);
    let failed = |count: f64| {
        wait_until("a failed takeover", READY_LIMIT, || {
            (proxy.metric("takeovers_failed") >= count).then_some(())
        });
    };
    failed(1.0);
    let log = proxy.process().output();
    assert!(
        log.contains("the takeover has failed, this process goes on"),
        "{log}"
    );
    assert!(log.contains("workers = \"many\": a whole number"), "{log}");
    // One that cannot be started at all.
    let nobody = crate::ports::Lease::take();
    let taken = std::net::TcpListener::bind(nobody.addr()).expect("bind");
    let address = format!("[\"{}\", \"{}\"]", proxy.addr(), nobody.addr());
    proxy.write_settings(&[("workers", "1"), ("listen", &address)]);
    proxy.process().signal(Signal::USR2);
    wait_until("a failed takeover", READY_LIMIT, || {
        (proxy.metric("takeovers_failed") >= 2.0).then_some(())
    });
    assert!(
        proxy
            .process()
            .output()
            .contains("is in use by another program")
    );
    drop(taken);
    ping(&mut client);
    assert_eq!(proxy.serving(), pid);
    assert!(proxy.is_ready());
}

/// The only seed has died, and the process that runs knows other nodes: it tells the next one.
fn a_takeover_does_not_need_the_seed(setup: Setup) {
    let mut cluster = setup.cluster(3, 0, &["--cluster-require-full-coverage", "no"]);
    let key = cluster.key_on(1, "no-seed");
    let settings = [
        ("takeover", "true"),
        ("cluster.connect_timeout", "\"500ms\""),
    ];
    let seed = [cluster.node(0).addr()];
    let mut proxy = Proxy::start_as(&seed, setup.workers, &settings, |_| {});
    proxy.wait_ready();
    assert_eq!(proxy.connect().call(&format!("SET {key} x")), Reply::ok());
    cluster.node_mut(0).kill();
    let heir = take_over(&proxy, proxy.process().id());
    assert_eq!(proxy.process_mut().wait_code(READY_LIMIT), 0);
    assert_eq!(
        proxy.connect().call(&format!("GET {key}")),
        Reply::bulk("x")
    );
    // The one that has never reached the seed tells the next one, which came by itself.
    let second = proxy.start_second(&[]);
    wait_ended(heir.id());
    assert_eq!(proxy.serving(), second.id());
    assert_eq!(
        proxy.connect().call(&format!("GET {key}")),
        Reply::bulk("x")
    );
}

/// Whoever came before the stop is answered, also if its first request comes a little later.
fn clients_that_wait_are_served_by_a_stop(setup: Setup) {
    let mut proxy = setup.proxy(setup.shared());
    let mut clients: Vec<Client> = (0..50).map(|_| proxy.connect()).collect();
    proxy.terminate();
    for client in &mut clients {
        ping(client);
    }
    for client in &mut clients {
        assert!(client.read_to_close().is_empty());
    }
    assert_eq!(proxy.process_mut().wait_code(READY_LIMIT), 0);
    let log = proxy.process().output();
    assert!(log.contains("all workers have finished"), "{log}");
}

/// What a process tells the one that looks after it.
struct Supervisor {
    dir: children::TempDir,
    socket: UnixDatagram,
}

impl Supervisor {
    fn new() -> Self {
        let dir = children::TempDir::new("notify");
        let socket = UnixDatagram::bind(dir.path().join("notify")).expect("bind");
        socket
            .set_read_timeout(Some(READY_LIMIT))
            .expect("a time limit");
        Self { dir, socket }
    }

    fn look_after(&self, command: &mut Command) {
        command.env("NOTIFY_SOCKET", self.dir.path().join("notify"));
    }

    /// The next thing that it was told, which is waited for.
    fn told(&self) -> String {
        let mut bytes = [0; 200];
        let count = self.socket.recv(&mut bytes).expect("a message");
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    }

    /// If it was told nothing more.
    fn heard_all(&self) -> bool {
        self.socket.set_nonblocking(true).expect("a socket");
        self.socket.recv(&mut [0; 200]).is_err()
    }
}

fn a_supervisor_learns_who_serves(setup: Setup) {
    let supervisor = Supervisor::new();
    let seeds: Vec<_> = setup.shared().running().map(|node| node.addr()).collect();
    let mut proxy = Proxy::start_as(&seeds, setup.workers, &[], |command| {
        supervisor.look_after(command);
    });
    proxy.wait_ready();
    assert_eq!(supervisor.told(), "READY=1");
    let new = take_over(&proxy, proxy.process().id());
    assert_eq!(proxy.process_mut().wait_code(READY_LIMIT), 0);
    assert_eq!(supervisor.told(), format!("MAINPID={}", proxy.serving()));
    children::signal(new.id(), Signal::TERM);
    assert_eq!(supervisor.told(), "STOPPING=1");
    wait_ended(new.id());
    assert!(supervisor.heard_all());
}

/// Two units of systemd: the one hears that its process serves, and the other one nothing of a process that is not its
/// own.
fn two_supervisors_learn_each_of_its_own_process(setup: Setup) {
    let (one, other) = (Supervisor::new(), Supervisor::new());
    let seeds: Vec<_> = setup.shared().running().map(|node| node.addr()).collect();
    let settings = [("takeover", "true")];
    let mut first = Proxy::start_as(&seeds, setup.workers, &settings, |command| {
        one.look_after(command);
    });
    first.wait_ready();
    assert_eq!(one.told(), "READY=1");
    let second = first.start_second_as(&[], |command| other.look_after(command));
    assert_eq!(other.told(), "READY=1");
    assert_eq!(first.process_mut().wait_code(READY_LIMIT), 0);
    assert_eq!(first.serving(), second.id());
    assert!(one.heard_all() && other.heard_all());
}
