//! Scripts and functions: by key, without keys, and at nodes that have lost them.

use std::io::Read;
use std::time::Duration;

use crate::client::{Client, Reply, request};
use crate::failover::fail_over;
use crate::harness::{Setup, matrix, unique, wait_until};
use crate::servers::{Cluster, SETTLE_LIMIT};

matrix!(
    by_key_and_without_keys,
    loaded_scripts,
    functions,
    a_new_primary_gets_the_script,
    deeply_nested_replies,
    a_script_that_runs_for_ever_is_ended
);

/// The name of a script, as a server tells it.
fn name_of(cluster: &Cluster, script: &str) -> String {
    let mut node = cluster.node(0).connect();
    let name = node.call_args(&["SCRIPT", "LOAD", script]).text();
    node.call("SCRIPT FLUSH");
    name
}

fn by_key_and_without_keys(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    for protocol in [2, 3] {
        let mut client = proxy.connect();
        client.call(&format!("HELLO {protocol}"));
        let keys = cluster.keys_on_all(&unique("script"));
        let set = "return redis.call('SET', KEYS[1], ARGV[1])";
        for key in &keys {
            assert_eq!(client.call_args(&["EVAL", set, "1", key, "v"]), Reply::ok());
            assert_eq!(client.call(&format!("GET {key}")), Reply::bulk("v"));
            let read = "return redis.call('GET', KEYS[1])";
            assert_eq!(
                client.call_args(&["EVAL_RO", read, "1", key]),
                Reply::bulk("v")
            );
        }
        client
            .call_args(&["EVAL", set, "2", &keys[0], &keys[1]])
            .assert_error("CROSSSLOT ");
        client
            .call_args(&["EVAL", set, "9", &keys[0]])
            .assert_error("ERR ");
        client
            .call_args(&["EVAL", "no lua", "0"])
            .assert_error("ERR ");
        client
            .call_args(&["EVAL_RO", set, "1", &keys[0], "v"])
            .assert_error("ERR Write commands are not allowed");
        // A key that was not declared is the script's fault.
        let sneaky = format!("return redis.call('GET', '{}')", keys[1]);
        client
            .call_args(&["EVAL", &sneaky, "1", &keys[0]])
            .assert_error("ERR ");
        for n in 0..10 {
            let script = format!("return {n}");
            let name = name_of(&cluster, &script);
            let by_name = format!("EVALSHA {name} 0");
            assert_eq!(client.call_args(&["EVAL", &script, "0"]), Reply::Integer(n));
            for _ in 0..3 {
                assert_eq!(client.call(&by_name), Reply::Integer(n));
            }
        }
        let made_up = "return redis.error_reply('TRYAGAIN later')";
        let said = client.call_args(&["EVAL", made_up, "0"]);
        assert_eq!(said, Reply::Error("TRYAGAIN later".to_owned()));
        client.call("SCRIPT DEBUG YES").assert_error("ERR corelane");
    }
}

fn loaded_scripts(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    let script = "return redis.call('INCR', KEYS[1])";
    let name = name_of(&cluster, script);
    let unknown = "0".repeat(40);
    let keys = cluster.keys_on_all("loaded");
    let mut clients: Vec<Client> = (0..8).map(|_| proxy.connect()).collect();
    for round in 1..=2 {
        let client = &mut clients[0];
        let exists = format!("SCRIPT EXISTS {name} {unknown}");
        let both = |first| Reply::Array(vec![Reply::Integer(first), Reply::Integer(0)]);
        assert_eq!(client.call(&exists), both(0));
        client
            .call(&format!("EVALSHA {name} 1 {}", keys[0]))
            .assert_error("NOSCRIPT ");
        assert_eq!(
            client.call_args(&["SCRIPT", "LOAD", script]),
            Reply::bulk(&name)
        );
        assert_eq!(client.call(&exists), both(1));
        for shard in 0..3 {
            assert_eq!(cluster.node(shard).call(&exists), both(1));
        }
        // One node loses it, and gets it when it is asked for, whichever worker the client is at.
        for key in &keys {
            for client in &mut clients {
                cluster.node(0).call_ok("SCRIPT FLUSH");
                let line = format!("EVALSHA {name} 1 {key}");
                wait_until("the worker to learn of the script", SETTLE_LIMIT, || {
                    let reply = client.call(&line);
                    let known = reply.error().is_none();
                    assert!(
                        known || reply.error().unwrap().starts_with("NOSCRIPT "),
                        "{reply:?}"
                    );
                    known.then_some(())
                });
            }
            let count = clients[0].call(&format!("GET {key}")).text();
            assert_eq!(count, (8 * round).to_string(), "each ran once");
        }
        let client = &mut clients[0];
        client.call("SCRIPT KILL").assert_error("NOTBUSY ");
        assert_eq!(client.call("SCRIPT FLUSH"), Reply::ok());
        for client in &mut clients {
            client
                .call(&format!("EVALSHA {name} 1 {}", keys[0]))
                .assert_error("NOSCRIPT ");
        }
    }
    assert!(proxy.metric("scripts_healed") >= 2.0);
}

fn functions(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let code = "#!lua name=mine\n\
        redis.register_function('put', function(keys, args) return redis.call('SET', keys[1], args[1]) end)\n\
        redis.register_function{function_name='one', callback=function() return 1 end, flags={'no-writes'}}";
    for protocol in [2, 3] {
        let mut client = proxy.connect();
        client.call(&format!("HELLO {protocol}"));
        assert_eq!(
            client.call_args(&["FUNCTION", "LOAD", code]),
            Reply::bulk("mine")
        );
        client
            .call_args(&["FUNCTION", "LOAD", code])
            .assert_error("ERR Library 'mine' already exists");
        for key in cluster.keys_on_all(&unique("function")) {
            assert_eq!(client.call(&format!("FCALL put 1 {key} v")), Reply::ok());
            assert_eq!(client.call(&format!("GET {key}")), Reply::bulk("v"));
        }
        assert_eq!(client.call("FCALL one 0"), Reply::Integer(1));
        assert_eq!(client.call("FCALL_RO one 0"), Reply::Integer(1));
        client
            .call("FCALL none 0")
            .assert_error("ERR Function not found");
        assert_eq!(client.call("FUNCTION LIST").elements().len(), 1);
        let stats = client.call("FUNCTION STATS");
        assert_eq!(matches!(stats, Reply::Map(_)), protocol == 3, "{stats:?}");
        assert_eq!(
            stats.elements()[..2],
            [Reply::bulk("running_script"), Reply::Null]
        );
        let dump = client.call("FUNCTION DUMP");
        client.call("FUNCTION KILL").assert_error("NOTBUSY ");
        assert_eq!(client.call("FUNCTION FLUSH"), Reply::ok());
        for shard in 0..3 {
            assert!(
                cluster
                    .node(shard)
                    .call("FUNCTION LIST")
                    .elements()
                    .is_empty()
            );
        }
        let Reply::Bulk(dump) = dump else {
            panic!("{dump:?}")
        };
        let restore: [&[u8]; 3] = [b"FUNCTION", b"RESTORE", &dump];
        assert_eq!(client.call_args(&restore), Reply::ok());
        assert_eq!(client.call("FUNCTION DELETE mine"), Reply::ok());
        client
            .call("FUNCTION DELETE mine")
            .assert_error("ERR Library not found");
    }
}

/// Servers do not hand scripts on to replicas, so the new primary has none.
fn a_new_primary_gets_the_script(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    let script = "return redis.call('INCR', KEYS[1])";
    let name = name_of(&cluster, script);
    let key = cluster.key_on(0, "moved");
    let (mut client, mut other) = (proxy.connect(), proxy.connect());
    assert_eq!(
        client.call_args(&["EVAL", script, "1", &key]),
        Reply::Integer(1)
    );
    let line = format!("EVALSHA {name} 1 {key}");
    assert_eq!(client.call(&line), Reply::Integer(2));
    // Others for transactions, with and without watched keys.
    let [plain, watched] = ["return {1, 2}", "return {3, 4}"].map(|script| {
        client.call_args(&["EVAL", script, "1", &key]);
        format!("EVALSHA {} 1 {key}", name_of(&cluster, script))
    });
    let replica = cluster.node(cluster.replica_of(0));
    fail_over(cluster.node(0), replica);
    // Requests in a row do not wait for the first one.
    client.send(&request(&line.split(' ').collect::<Vec<_>>()).repeat(3));
    for n in 3..6 {
        assert_eq!(client.read(), Reply::Integer(n));
    }
    let pair = |first| Reply::Array(vec![Reply::Integer(first), Reply::Integer(first + 1)]);
    for (begin, line, first) in [("PING", plain, 1), ("WATCH", watched, 3)] {
        let begin = if begin == "WATCH" {
            format!("WATCH {key}")
        } else {
            begin.to_owned()
        };
        client.call(&begin);
        assert_eq!(client.call("MULTI"), Reply::ok());
        assert_eq!(client.call(&line), Reply::Simple("QUEUED".to_owned()));
        assert_eq!(client.call("EXEC"), Reply::Array(vec![pair(first)]));
    }
    assert!(proxy.metric("scripts_loaded") >= 3.0);
    let mut expected = 6;
    wait_until(
        "the other worker to know it",
        Duration::from_secs(10),
        || {
            replica.call_ok("SCRIPT FLUSH");
            (other.call(&line) == Reply::Integer(expected)).then_some(())
        },
    );
    expected += 1;
    assert_eq!(client.call(&line), Reply::Integer(expected));
}

/// As deep as a server can make them.
fn deeply_nested_replies(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let nested = "local t = 1 for i = 1, tonumber(ARGV[1]) do t = {t} end return t";
    let mut client = proxy.connect();
    let mut direct = cluster.node(0).connect();
    for depth in ["100", "127", "128", "129", "1000", "7000", "100000"] {
        let script = request(&["EVAL", nested, "0", depth]);
        let mut said = Vec::new();
        for client in [&mut client, &mut direct] {
            client.send(&script);
            let opened = (0..usize::MAX).take_while(|_| {
                let mut line = Vec::new();
                while !line.ends_with(b"\r\n") {
                    let mut byte = [0];
                    client.stream().read_exact(&mut byte).expect("a reply");
                    line.push(byte[0]);
                }
                let is_level = line == b"*1\r\n";
                if !is_level {
                    said.push(line);
                }
                is_level
            });
            let opened = opened.count().to_string();
            said.push(opened.into_bytes());
        }
        assert_eq!(said[..2], said[2..], "{depth}");
        assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
    }
    assert_eq!(proxy.metric("links_desync"), 0.0);
}

/// The node takes the order from no connection that waits for the script.
fn a_script_that_runs_for_ever_is_ended(setup: Setup) {
    let cluster = setup.cluster(3, 0, &["--busy-reply-threshold", "50"]);
    let settings = [("cluster.server_timeout", "\"20s\"")];
    let proxy = setup.proxy_with(&cluster, &settings);
    let function = "#!lua name=mine\n\
        redis.register_function('run', function() while true do end end)";
    let (mut busy, mut client) = (proxy.connect(), proxy.connect());
    assert_eq!(
        client.call_args(&["FUNCTION", "LOAD", function]),
        Reply::bulk("mine")
    );
    let rows = [
        (request(&["EVAL", "while true do end", "0"]), "SCRIPT KILL"),
        (request(&["FCALL", "run", "0"]), "FUNCTION KILL"),
    ];
    for (forever, order) in rows {
        busy.send(&forever);
        wait_until("the script to be ended", SETTLE_LIMIT, || {
            let said = client.call(order);
            let ended = said == Reply::ok();
            let text = said.error().unwrap_or_default();
            assert!(ended || text.starts_with("NOTBUSY "), "{said:?}");
            ended.then_some(())
        });
        let said = busy.read();
        assert!(
            said.error()
                .is_some_and(|text| text.contains("killed by user")),
            "{said:?}"
        );
    }
}
