//! Commands that are not built in: of a module of our own, which real servers load.
//!
//! `module/learn.c` is compiled once for all tests here, with the compiler that links them.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::children::TempDir;
use crate::client::{Client, Reply};
use crate::harness::{Setup, matrix, unique, wait_until};
use crate::proxy::Proxy;
use crate::servers::Cluster;

matrix!(
    commands_of_a_module_are_routed_by_their_keys,
    commands_come_and_go_with_their_module,
);

const LIMIT: Duration = Duration::from_secs(30);

/// The module, ready to be loaded.
fn module() -> String {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = BUILT.get_or_init(|| {
        let dir = TempDir::new("module");
        let path = dir.path().join("learn.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/module/learn.c");
        let built = Command::new("cc")
            .args(["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1"])
            .arg("-o")
            .arg(&path)
            .arg(source)
            .status()
            .expect("a C compiler");
        assert!(built.success(), "{source} does not compile");
        (dir, path)
    });
    path.display().to_string()
}

fn commands_of_a_module_are_routed_by_their_keys(setup: Setup) {
    let cluster = setup.cluster(3, 0, &["--loadmodule", &module()]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    // A proxy that is ready knows them.
    let keys = cluster.keys_on_all(&unique("learned"));
    for (index, key) in keys.iter().enumerate() {
        let value = format!("v{index}");
        assert_eq!(
            client.call(&format!("LEARN.SET {key} {value}")),
            Reply::ok()
        );
        assert_eq!(
            client.call(&format!("learn.get {key}")),
            Reply::bulk(&value)
        );
        assert_eq!(
            client.call(&format!("Learn.Box GET {key}")),
            Reply::bulk(&value)
        );
        assert_eq!(
            cluster.node(index).call(&format!("GET {key}")),
            Reply::bulk(&value)
        );
        let pair = format!("LEARN.PAIR {{{key}}}a {{{key}}}b");
        assert_eq!(client.call(&pair).integer(), 3);
    }
    assert_eq!(
        proxy.metric("redirects_moved"),
        0.0,
        "sent to the right node at once"
    );
    client
        .call(&format!("LEARN.PAIR {} {}", keys[0], keys[1]))
        .assert_error("CROSSSLOT");
    // What only reads and has no key goes to one node, also in a transaction.
    assert_eq!(client.call("LEARN.KEYLESS a b").integer(), 3);
    for line in ["MULTI", "LEARN.KEYLESS"] {
        assert!(client.call(line).error().is_none());
    }
    assert_eq!(client.call("EXEC"), Reply::Array(vec![Reply::Integer(1)]));
    let refusals = [
        (
            "LEARN.ADMIN k",
            "ERR corelane: 'learn.admin' is not supported: administer",
        ),
        (
            "LEARN.ALL",
            "ERR corelane: 'learn.all' is not supported: commands without a key",
        ),
        ("LEARN.BOX NOPE k", "ERR unknown subcommand"),
        ("LEARN.BOX", "ERR wrong number of arguments"),
        ("LEARN.NOPE k", "ERR unknown command 'LEARN.NOPE'"),
        // The server's own words: the module tells no arity.
        (
            "LEARN.GET",
            "ERR wrong number of arguments for 'learn.get' command",
        ),
    ];
    for (request, expected) in refusals {
        client.call(request).assert_error(expected);
    }
    replies_and_numbers_show_them(&cluster, &proxy);
}

fn replies_and_numbers_show_them(cluster: &Cluster, proxy: &Proxy) {
    let mut client = proxy.connect();
    let list = client.call("COMMAND LIST FILTERBY PATTERN learn.*");
    let mut names: Vec<_> = list.elements().iter().map(Reply::text).collect();
    names.sort();
    let expected = "learn.admin learn.all learn.box learn.box|get learn.get learn.keyless learn.pair learn.set";
    assert_eq!(names.join(" "), expected);
    let ours = client.call("COMMAND INFO learn.get learn.box|get");
    assert_eq!(
        ours,
        cluster.node(0).call("COMMAND INFO learn.get learn.box|get")
    );
    let docs = client.call("COMMAND DOCS learn.set");
    assert_eq!(docs.elements()[0].text(), "learn.set");
    let found = client.call("COMMAND GETKEYS LEARN.BOX GET k");
    assert_eq!(found.elements(), [Reply::bulk("k")]);
    assert_eq!(proxy.metric("commands_learned"), 7.0);
    assert_eq!(proxy.metric("commands_skipped"), 0.0);
    let log = proxy.process().output();
    assert!(log.contains("learned 7 commands from 127.0.0.1:"), "{log}");
    assert!(
        log.contains("learn 1") && log.contains("): learn.admin, learn.all, learn.box, learn.get"),
        "{log}"
    );
}

fn commands_come_and_go_with_their_module(setup: Setup) {
    let cluster = setup.cluster(2, 0, &["--enable-module-command", "yes"]);
    let proxy = setup.proxy_with(&cluster, &[("cluster.commands_interval", "\"50ms\"")]);
    let mut client = proxy.connect();
    let keys = cluster.keys_on_all(&unique("come"));
    let get = format!("LEARN.GET {}", keys[0]);
    client.call(&get).assert_error("ERR unknown command");
    // The worker itself answers this, so it tells what the worker knows, and not what a node does.
    let wait_known = |client: &mut Client, expected: bool| {
        wait_until("the module's commands, or their end", LIMIT, || {
            let reply = client.call("COMMAND INFO learn.get");
            let is_known = reply.elements()[0] != Reply::Null;
            (is_known == expected).then_some(())
        });
    };
    for round in 0..2 {
        for node in cluster.nodes() {
            node.call_ok(&format!("MODULE LOAD {}", module()));
        }
        wait_known(&mut client, true);
        for key in &keys {
            let value = format!("v{round}");
            assert_eq!(
                client.call(&format!("LEARN.SET {key} {value}")),
                Reply::ok()
            );
            assert_eq!(
                client.call(&format!("LEARN.GET {key}")),
                Reply::bulk(&value)
            );
        }
        for node in cluster.nodes() {
            node.call_ok("MODULE UNLOAD learn");
        }
        wait_known(&mut client, false);
        assert_eq!(proxy.metric("commands_learned"), 0.0);
        client.call(&get).assert_error("ERR unknown command");
    }
}
