//! What the proxy answers itself.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::client::{Client, Reply, words};
use crate::harness::{Setup, matrix, unique, workers};
use crate::servers::slot_of;

workers!(
    ping_echo_quit,
    select,
    hello,
    client_commands,
    reset,
    time,
    cluster_keyslot,
    refused_commands_leave_the_connection_usable,
    pipelined_with_node_requests,
);
matrix!(command, info);

fn ping_echo_quit(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
    assert_eq!(client.call("ping hello"), Reply::bulk("hello"));
    assert_eq!(
        client.call_args(&["ECHO", "a \r\n b"]),
        Reply::bulk("a \r\n b")
    );
    assert_eq!(client.call_args(&["ECHO", ""]), Reply::bulk(""));
    client.send(&[words("ECHO before"), words("QUIT"), words("ECHO after")].concat());
    assert_eq!(client.read(), Reply::bulk("before"));
    assert_eq!(client.read(), Reply::ok());
    assert!(client.read_to_close().is_empty(), "nothing follows QUIT");
}

fn select(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    assert_eq!(client.call("SELECT 0"), Reply::ok());
    client.call("SELECT 1").assert_error("ERR ");
    client.call("SELECT x").assert_error("ERR ");
    client
        .call("SELECT")
        .assert_error("ERR wrong number of arguments for 'select' command");
    assert_eq!(client.call("SELECT 0"), Reply::ok());
}

fn hello(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    let key = unique("hello");
    assert!(
        matches!(client.call("HELLO"), Reply::Array(_)),
        "RESP2 at first"
    );
    assert_eq!(client.call(&format!("GET {key}")), Reply::Null);
    assert_eq!(client.last_raw(), b"$-1\r\n");
    let Reply::Map(map) = client.call("HELLO 3") else {
        panic!("a map in RESP3")
    };
    let field = |name: &str| {
        let mut pairs = map.chunks(2);
        let found = pairs.find(|pair| pair[0] == Reply::bulk(name));
        found.unwrap_or_else(|| panic!("no {name} in {map:?}"))[1].clone()
    };
    assert_eq!(field("proto"), Reply::Integer(3));
    assert!(!field("version").text().is_empty());
    assert!(!field("server").text().is_empty());
    assert_eq!(field("role"), Reply::bulk("master"));
    assert_eq!(field("modules"), Reply::Array(Vec::new()));
    assert_eq!(client.call("CLIENT ID"), field("id"));
    assert_eq!(client.call(&format!("GET {key}")), Reply::Null);
    assert_eq!(client.last_raw(), b"_\r\n");
    client.call("HELLO 4").assert_error("NOPROTO ");
    client
        .call("HELLO x")
        .assert_error("ERR Protocol version is not an integer");
    client.call("HELLO 3 NONSENSE").assert_error("ERR ");
    assert!(matches!(
        client.call("HELLO 3 SETNAME named"),
        Reply::Map(_)
    ));
    assert_eq!(client.call("CLIENT GETNAME"), Reply::bulk("named"));
    assert!(matches!(client.call("HELLO 2"), Reply::Array(_)));
    assert_eq!(client.call(&format!("GET {key}")), Reply::Null);
    assert_eq!(client.last_raw(), b"$-1\r\n");
}

fn client_commands(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let (mut client, mut other) = (proxy.connect(), proxy.connect());
    let id = client.call("CLIENT ID").integer();
    assert_eq!(client.call("CLIENT ID").integer(), id);
    assert_ne!(other.call("CLIENT ID").integer(), id);
    assert_eq!(client.call("CLIENT GETNAME"), Reply::Null);
    assert_eq!(client.call("CLIENT SETNAME worker-7"), Reply::ok());
    assert_eq!(client.call("CLIENT GETNAME"), Reply::bulk("worker-7"));
    assert_eq!(other.call("CLIENT GETNAME"), Reply::Null);
    client
        .call_args(&["CLIENT", "SETNAME", "two words"])
        .assert_error("ERR ");
    assert_eq!(
        client.call("CLIENT SETINFO LIB-NAME some-library"),
        Reply::ok()
    );
    assert_eq!(client.call("CLIENT SETINFO LIB-VER 1.2.3"), Reply::ok());
    let info = client.call("CLIENT INFO").text();
    assert!(info.starts_with(&format!("id={id} ")), "{info}");
    assert!(info.contains(" name=worker-7 "), "{info}");
    let addr = client.stream().local_addr().expect("connected");
    assert!(info.contains(&format!(" addr={addr} ")), "{info}");
    client.call("CLIENT NONSENSE").assert_error("ERR ");
    assert_eq!(
        client.call("CLIENT SETNAME").error().map(|text| &text[..3]),
        Some("ERR")
    );
    assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
}

fn reset(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    assert!(matches!(
        client.call("HELLO 3 SETNAME named"),
        Reply::Map(_)
    ));
    assert_eq!(client.call("RESET"), Reply::Simple("RESET".to_owned()));
    assert_eq!(client.call("CLIENT GETNAME"), Reply::Null);
    assert_eq!(client.last_raw(), b"$-1\r\n", "RESP2 again");
}

fn time(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let reply = proxy.connect().call("TIME");
    let [seconds, micros] = reply.elements() else {
        panic!("{reply:?}")
    };
    let number = |reply: &Reply| reply.text().parse::<u64>().expect("a number");
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs();
    assert!(now.abs_diff(number(seconds)) < 60, "{reply:?}");
    assert!(number(micros) < 1_000_000, "{reply:?}");
}

fn cluster_keyslot(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    for key in ["foo", "{user}1", "{}empty", "a{b", "a{b}{c}", "x{{y}}z"] {
        let expected = setup
            .shared()
            .node(0)
            .call(&format!("CLUSTER KEYSLOT {key}"));
        assert_eq!(
            client.call(&format!("CLUSTER KEYSLOT {key}")),
            expected,
            "{key}"
        );
    }
    let slot = client.call("CLUSTER KEYSLOT foo").integer();
    assert_eq!(usize::try_from(slot), Ok(slot_of("foo")));
    client.call("CLUSTER RESET").assert_error("ERR ");
}

fn command(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    let count = client.call("COMMAND COUNT").integer();
    assert!(count > 200, "{count}");
    let all = client.call("COMMAND");
    assert_eq!(i64::try_from(all.elements().len()), Ok(count));
    let list = client.call("COMMAND LIST");
    assert!(list.elements().contains(&Reply::bulk("get")), "{list:?}");
    // Name, arity, first key, last key and step are those of the server.
    let line = "COMMAND INFO get MSET zadd xread ping";
    let (got, expected) = (client.call(line), setup.shared().node(0).call(line));
    assert_eq!(got.elements().len(), 5);
    for (got, expected) in got.elements().iter().zip(expected.elements()) {
        let (got, expected) = (got.elements(), expected.elements());
        for at in [0, 1, 3, 4, 5] {
            assert_eq!(
                got[at].text_or_integer(),
                expected[at].text_or_integer(),
                "{got:?}"
            );
        }
    }
    assert_eq!(
        client.call("COMMAND INFO nosuch"),
        Reply::Array(vec![Reply::Null])
    );
    let keys = client.call("COMMAND GETKEYS MSET a 1 b 2");
    assert_eq!(keys, Reply::Array(vec![Reply::bulk("a"), Reply::bulk("b")]));
    let keys = client.call("COMMAND GETKEYS ZUNIONSTORE d 2 x y");
    assert_eq!(keys.elements().len(), 3, "{keys:?}");
    client.call("COMMAND GETKEYS PING").assert_error("ERR ");
    let docs = client.call("COMMAND DOCS get");
    assert_eq!(docs.elements().first(), Some(&Reply::bulk("get")));
    client.call("HELLO 3");
    assert!(matches!(client.call("COMMAND DOCS get set"), Reply::Map(pairs) if pairs.len() == 4));
}

fn info(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    let text = client.call("INFO").text();
    let field = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(key, _)| *key == name);
        found
            .unwrap_or_else(|| panic!("no {name} in\n{text}"))
            .1
            .to_owned()
    };
    let version = setup.shared().node(0).info("INFO server", "redis_version");
    assert_eq!(field("redis_version"), version);
    assert_eq!(field("role"), "master");
    assert!(field("uptime_in_seconds").parse::<u64>().is_ok());
    assert!(
        field("connected_clients")
            .parse::<u64>()
            .is_ok_and(|n| n >= 1)
    );
    assert!(text.to_lowercase().contains("# corelane"), "{text}");
    assert_eq!(field("maxmemory_policy"), "noeviction");
    assert!(field("used_memory").parse::<u64>().is_ok_and(|n| n > 0));
    assert!(field("corelane_buffer_bytes").parse::<u64>().is_ok());
    assert!(!text.contains("cmdstat_"), "{text}");
    assert!(client.call("INFO server").text().contains("redis_version:"));
}

/// Commands that this proxy does not serve are answered at once, by name.
fn refused_commands_leave_the_connection_usable(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    let key = unique("refused");
    for line in REFUSED {
        let reply = client.call(&line.replace('@', &key));
        reply.assert_error("ERR ");
        let name = line.split(' ').next().unwrap_or_default().to_lowercase();
        let text = reply.error().unwrap_or_default().to_lowercase();
        assert!(
            text.contains(&name),
            "{line}: the error does not name the command: {text}"
        );
        assert_eq!(
            client.call("PING"),
            Reply::Simple("PONG".to_owned()),
            "after {line}"
        );
    }
    assert_eq!(client.call(&format!("SET {key} 1")), Reply::ok());
}

const REFUSED: &[&str] = &[
    "SCRIPT DEBUG YES",
    "DEBUG SLEEP 0",
    "SHUTDOWN NOSAVE",
    "REPLICAOF NO ONE",
    "MIGRATE 127.0.0.1 1 @ 0 1000",
    "CLUSTER MEET 127.0.0.1 1",
    "CLUSTER FAILOVER",
    "SYNC",
    "RESTORE-ASKING @ 0 x",
];

/// Own answers wait for the replies of nodes that were asked before.
fn pipelined_with_node_requests(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client: Client = proxy.connect();
    let keys = setup.shared().keys_on_all(&unique("between"));
    let mut requests = Vec::new();
    for (n, key) in keys.iter().cycle().take(300).enumerate() {
        requests.extend(words(&format!("SET {key} {n}")));
        requests.extend(words(&format!("ECHO {n}")));
        requests.extend(words(&format!("GET {key}")));
        requests.extend(words("NOSUCH"));
    }
    client.send(&requests);
    for n in 0..300 {
        assert_eq!(client.read(), Reply::ok());
        assert_eq!(client.read(), Reply::bulk(n.to_string()));
        assert_eq!(client.read(), Reply::bulk(n.to_string()));
        client.read().assert_error("ERR unknown command");
    }
}
