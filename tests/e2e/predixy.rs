//! What is known to break another proxy (Predixy 1.0.5), where no other test is just about it. Its other failures
//! and their tests are listed in `tests/faults/FAULTS.md`; `scripts/faults --failures --predixy PATH` shows them.

use std::time::Duration;

use rustix::process::Signal;

use crate::client::{Client, Reply, request, words};
use crate::failover::fail_over;
use crate::harness::{Setup, matrix, poll_until, unique, wait_until, workers};
use crate::ports::Lease;
use crate::proxy::Proxy;
use crate::servers::SETTLE_LIMIT;

workers!(long_names_of_commands, lengths_of_strangers, no_node_at_all);
matrix!(
    nulls_in_arrays,
    keys_at_a_stopped_node,
    scripts_in_failovers
);

/// Ends it: from 32 bytes on, the name of an unknown command with an argument is a null pointer.
fn long_names_of_commands(setup: Setup) {
    let mut proxy = setup.proxy(setup.shared());
    let mut neighbour = proxy.connect();
    for len in [31, 32, 33, 40, 64, 1_000, 100_000] {
        let name = "x".repeat(len);
        let mut client = proxy.connect();
        for arguments in [&[][..], &["argument"], &["a", "b"]] {
            let line: Vec<&str> = [name.as_str()].iter().chain(arguments).copied().collect();
            client
                .call_args(&line)
                .assert_error("ERR unknown command 'xxx");
        }
        assert_eq!(neighbour.call("ECHO here"), Reply::bulk("here"), "{len}");
    }
    assert!(proxy.process_mut().ended().is_none());
}

/// Sends them on, because it computes with 32 bits; the node closes the connection that all clients share.
fn lengths_of_strangers(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let key = unique("lengths");
    let get = words(&format!("GET {key}"));
    let mut neighbour = proxy.connect();
    assert_eq!(neighbour.call(&format!("SET {key} here")), Reply::ok());
    let lost = proxy.metric("links_lost");
    let wraps = (1_u64 << 32) + key.len() as u64;
    let stranger = [
        format!("*2\r\n$3\r\nGET\r\n${wraps}\r\n{key}\r\n"),
        format!("*{}\r\n$3\r\nGET\r\n$1\r\nk\r\n", (1_u64 << 32) + 2),
        "*2147483647\r\n$3\r\nGET\r\n".to_owned(),
        "*2\r\n$3\r\nGET\r\n$-2147483648\r\n".to_owned(),
    ];
    for bytes in &stranger {
        for _ in 0..5 {
            let mut hostile = proxy.connect();
            hostile.send(bytes.as_bytes());
            neighbour.send(&get.repeat(50));
            for _ in 0..50 {
                assert_eq!(neighbour.read(), Reply::bulk("here"), "{bytes:?}");
            }
            hostile.read().assert_error("ERR Protocol error");
            assert!(hostile.read_to_close().is_empty());
        }
    }
    assert_eq!(proxy.metric("links_lost"), lost);
}

/// Says PONG, and its exporter says that all is well.
fn no_node_at_all(setup: Setup) {
    let nobody = Lease::take();
    let proxy = Proxy::start_unready(&[nobody.addr()], setup.workers, &[]);
    let mut client = proxy.connect();
    assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
    // Several refreshes long.
    let ready = poll_until(Duration::from_secs(1), || proxy.is_ready().then_some(()));
    assert!(ready.is_none(), "ready without a node");
    let (status, _) = proxy.try_get("/livez").expect("the admin port");
    assert_eq!(status, 200, "a restart would not help");
}

/// Closes the shared connection at a null in an array, and with it all that is under way.
fn nulls_in_arrays(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let key = format!("{{{}}}", unique("nulls"));
    let mut client = proxy.connect();
    let mut neighbour = proxy.connect();
    client.call(&format!("GEOADD {key}geo 1 1 here"));
    assert_eq!(neighbour.call(&format!("SET {key} x")), Reply::ok());
    let lost = proxy.metric("links_lost");
    let batch = [
        words("MULTI"),
        words(&format!("BLPOP {key}list 0")),
        words(&format!("GET {key}none")),
        words("EXEC"),
    ];
    for _ in 0..20 {
        neighbour.send(&words(&format!("GET {key}")).repeat(20));
        assert_eq!(
            client.call(&format!("GEOPOS {key}geo missing missing")),
            Reply::Array(vec![Reply::Null, Reply::Null])
        );
        let replies = client.exchange(&batch.concat(), 4);
        assert_eq!(
            replies[3],
            Reply::Array(vec![Reply::Null, Reply::Null]),
            "{replies:?}"
        );
        for _ in 0..20 {
            assert_eq!(neighbour.read(), Reply::bulk("x"));
        }
    }
    assert_eq!(proxy.metric("links_lost"), lost);
}

/// Leaves out the keys of a node that does not answer, and says nothing of it.
fn keys_at_a_stopped_node(setup: Setup) {
    let cluster = setup.cluster(3, 0, &["--cluster-node-timeout", "60000"]);
    let proxy = setup.proxy_with(&cluster, &[("cluster.server_timeout", "\"1s\"")]);
    let keys = cluster.keys_on_all(&unique("stopped"));
    let all = keys.join(" ");
    let mut client = proxy.connect();
    for key in &keys {
        assert_eq!(client.call(&format!("SET {key} {key}")), Reply::ok());
    }
    cluster.node(0).process().signal(Signal::STOP);
    for command in ["EXISTS", "TOUCH", "MGET", "DEL", "UNLINK"] {
        let reply = client.call(&format!("{command} {all}"));
        assert!(
            reply.error().is_some(),
            "{command} does not know: {reply:?}"
        );
        reply.assert_documented();
    }
    cluster.node(0).process().signal(Signal::CONT);
    wait_until("the node serves again", SETTLE_LIMIT, || {
        let reply = client.call(&format!("EXISTS {}", keys[0]));
        reply.error().is_none().then_some(())
    });
}

/// Makes its connections to primaries READONLY, so that after a failover writes of scripts are refused and not
/// redirected.
fn scripts_in_failovers(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    let key = cluster.key_on(0, &unique("scripts"));
    let mut client = proxy.connect();
    let write = request(&["EVAL", "return redis.call('INCR', KEYS[1])", "1", &key]);
    let mut count = 0;
    let mut writes = |client: &mut Client, times: usize| {
        for _ in 0..times {
            count += 1;
            client.send(&write);
            assert_eq!(client.read(), Reply::Integer(count));
        }
    };
    let (first, second) = (cluster.node(0), cluster.node(cluster.replica_of(0)));
    writes(&mut client, 5);
    for (old, new) in [(first, second), (second, first)] {
        std::thread::scope(|scope| {
            let change = scope.spawn(|| fail_over(old, new));
            while !change.is_finished() {
                writes(&mut client, 1);
            }
            change.join().expect("the failover");
        });
        writes(&mut client, 20);
        wait_until("the new replica", SETTLE_LIMIT, || {
            (old.info("INFO replication", "master_link_status") == "up").then_some(())
        });
    }
}
