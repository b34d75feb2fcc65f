//! No password reaches anybody through anything that the proxy says.

use rustix::process::Signal;

use crate::client::{Client, Reply, request, words};
use crate::harness::{Setup, wait_until, workers};
use crate::proxy::{Proxy, READY_LIMIT};
use crate::servers::Cluster;

workers!(nothing_shows_a_password);

/// Passwords of nodes, of users, in files, old and new, right and wrong.
const SECRETS: [&str; 9] = [
    "node-s3cret",
    "root-s3cret",
    "user-s3cret",
    "file-s3cret",
    "late-s3cret",
    "wrong-s3cret",
    "hello-s3cret",
    "typo-s3cret",
    "migrate-s3cret",
];

#[track_caller]
fn check(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {what}:\n{text}");
    }
}

/// Whatever comes within a moment.
fn all(client: &mut Client) -> String {
    let mut text = String::new();
    // The answer to the last word is the end of it.
    client.send(&words("ECHO that-was-all"));
    while !text.contains("that-was-all") {
        text.push_str(&format!("{:?}\n", client.read()));
    }
    text
}

fn nothing_shows_a_password(setup: Setup) {
    let cluster = setup.cluster(
        3,
        0,
        &[
            "--requirepass",
            "node-s3cret",
            "--masterauth",
            "node-s3cret",
        ],
    );
    let dir = crate::children::TempDir::new("secrets");
    let file = dir.path().join("password");
    std::fs::write(&file, "file-s3cret\n").expect("write a password");
    let users = format!(
        "[{{ name = 'app', password = 'user-s3cret', rules = '+@all ~app:*' }}, \
         {{ name = 'filed', password_file = '{}', rules = '+@all ~*' }}]",
        file.display()
    );
    let settings = [
        ("cluster.password", "\"node-s3cret\""),
        ("clients.password", "\"root-s3cret\""),
        ("clients.users", users.as_str()),
        ("log.level", "\"trace\""),
        ("commands.allow_administration", "true"),
    ];
    let mut proxy = setup.proxy_with(&cluster, &settings);
    let mut root = proxy.connect();
    assert_eq!(root.call("AUTH root-s3cret"), Reply::ok());
    let mut monitor = proxy.connect();
    assert_eq!(monitor.call("AUTH default root-s3cret"), Reply::ok());
    assert_eq!(monitor.call("MONITOR"), Reply::ok());
    log_in(&proxy);
    show_everything(&proxy, &mut root);
    check("MONITOR", &all(&mut monitor));
    read_settings(&mut proxy);
    refuse_password(&proxy, &cluster, &mut root);
    let command =
        std::fs::read(format!("/proc/{}/cmdline", proxy.process().id())).expect("a command line");
    check("the list of processes", &String::from_utf8_lossy(&command));
    // With everything that was printed, at the level that tells most.
    check("the log", &proxy.process().output());
}

fn log_in(proxy: &Proxy) {
    let mut others = Vec::new();
    for line in [
        "AUTH wrong-s3cret",
        "AUTH app wrong-s3cret",
        "AUTH nobody wrong-s3cret",
        "AUTH app user-s3cret",
        "AUTH filed file-s3cret",
        "HELLO 3 AUTH app user-s3cret SETNAME me",
        "HELLO 2 AUTH app hello-s3cret",
        "AUTH too many hello-s3cret",
        "HELLO 9 AUTH app hello-s3cret",
    ] {
        let mut client = proxy.connect();
        let reply = client.call(line);
        check(line, &format!("{reply:?}"));
        others.push(client);
    }
}

fn show_everything(proxy: &Proxy, root: &mut Client) {
    // What would hold a password at a server, sent by one who may.
    for line in [
        "ACL SETUSER x on >hello-s3cret",
        "CONFIG GET requirepass-not",
        "MIGRATE 127.0.0.1 1 key:nowhere 0 10 AUTH migrate-s3cret",
        "MIGRATE 127.0.0.1 1 key:nowhere 0 10 AUTH2 user migrate-s3cret",
    ] {
        let reply = root.call(line);
        check(line, &format!("{reply:?}"));
    }
    for line in [
        "CLIENT LIST",
        "CLIENT INFO",
        "INFO everything",
        "ACL LIST",
        "ACL USERS",
        "ACL GETUSER app",
        "ACL GETUSER filed",
        "ACL GETUSER default",
        "ACL LOG",
        "COMMAND DOCS auth",
        "ACL WHOAMI",
        "SLOWLOG GET",
    ] {
        let reply = format!("{:?}", root.call(line));
        // Servers show what they were slow at themselves.
        if line != "SLOWLOG GET" {
            check(line, &reply);
        }
    }
    for path in ["/metrics", "/topology", "/readyz", "/nowhere"] {
        check(
            path,
            &proxy.try_get(path).expect("the admin port answers").1,
        );
    }
}

/// A mistake in the file that is read again, then a good one.
fn read_settings(proxy: &mut Proxy) {
    proxy.write_settings(&[
        ("clients.pasword", "\"typo-s3cret\""),
        ("cluster.password", "[\"late-s3cret\"]"),
    ]);
    proxy.process().signal(Signal::HUP);
    wait_until("a refusal in the log", READY_LIMIT, || {
        proxy
            .process()
            .output()
            .contains("the settings are bad")
            .then_some(())
    });
    let mut printing = proxy.start_second(&["--print-config"]);
    assert_eq!(printing.wait_code(READY_LIMIT), 64);
    proxy.forget_setting("clients.pasword");
    proxy.write_settings(&[("cluster.password", "\"late-s3cret\"")]);
    proxy.process().signal(Signal::HUP);
    wait_until("new settings in the log", READY_LIMIT, || {
        proxy
            .process()
            .output()
            .contains("in force: cluster.password")
            .then_some(())
    });
}

/// Nodes refuse the new one, and say so.
fn refuse_password(proxy: &Proxy, cluster: &Cluster, root: &mut Client) {
    for node in cluster.running() {
        let mut direct = Client::connect(node.addr());
        assert_eq!(direct.call("AUTH node-s3cret"), Reply::ok());
        direct.send(&request(&[
            "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes",
        ]));
        direct.read();
    }
    let refused = root.call(&format!("GET {}", cluster.key_on(0, "secret")));
    check("a refused password", &format!("{refused:?}"));
    let mut printing = proxy.start_second(&["--print-config"]);
    assert_eq!(printing.wait_code(READY_LIMIT), 0);
    wait_until("a refused password in the log", READY_LIMIT, || {
        proxy.process().output().contains("WRONGPASS").then_some(())
    });
}
