//! What is kept per client, commands about the clients of all workers, MONITOR, and the facade of a cluster.

use std::time::Duration;

use crate::client::{Client, Reply, words};
use crate::harness::{Setup, unique, wait_until, workers};
use crate::proxy::Proxy;

workers!(
    unwanted_replies,
    lists_of_all_workers,
    filters_of_lists,
    kills_in_all_workers,
    a_pause_of_all_workers,
    counts_of_all_workers,
    a_monitor,
    slots_lead_back_to_the_proxy,
    a_library_for_clusters,
);

/// Filters choose among the clients of all workers; what begins with NOT is left out.
fn filters_of_lists(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let name = unique("filter");
    let mut clients: Vec<Client> = (0..8).map(|_| proxy.connect()).collect();
    let mut ids: Vec<String> = Vec::new();
    for (n, client) in clients.iter_mut().enumerate() {
        client.call(&format!("CLIENT SETNAME {name}-{}", n % 2));
        client.call(&format!("CLIENT SETINFO LIB-VER {n}"));
        ids.push(client.call("CLIENT ID").integer().to_string());
    }
    assert_eq!(clients[1].call("MONITOR"), Reply::ok());
    assert_eq!(clients[2].call("READONLY"), Reply::ok());
    assert_eq!(clients[4].call("CLIENT CAPA redirect"), Reply::ok());
    let mut asker = proxy.connect();
    let named = format!("NAME {name}-0");
    let all = ids.join(" ");
    for (filter, expected) in [
        (named.clone(), vec![0, 2, 4, 6]),
        (format!("ID {all} NOT-{named}"), vec![1, 3, 5, 7]),
        (
            format!("{named} NOT-LIB-VER 2 NOT-ID {} {}", ids[4], ids[6]),
            vec![0],
        ),
        (format!("ID {all} FLAGS O"), vec![1]),
        (format!("{named} FLAGS r"), vec![2]),
        (format!("{named} NOT-FLAGS N"), vec![2]),
        (format!("{named} CAPA r"), vec![4]),
        (format!("{named} IP 127.0.0.1 DB 0 LIB-VER 6"), vec![6]),
        (format!("{named} NOT-DB 0"), vec![]),
        (format!("{named} IDLE 100000"), vec![]),
    ] {
        let list = plain(&asker.call(&format!("CLIENT LIST {filter}")));
        let mut found: Vec<&str> = list
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        found.sort_unstable();
        let mut expected: Vec<String> = expected
            .iter()
            .map(|n: &usize| format!("id={}", ids[*n]))
            .collect();
        expected.sort_unstable();
        assert_eq!(found, expected, "{filter}");
    }
    let own = asker.call("CLIENT ID").integer();
    let list = plain(&asker.call("CLIENT LIST SKIPME yes"));
    assert!(
        !list
            .lines()
            .any(|line| line.starts_with(&format!("id={own} "))),
        "{list}"
    );
    let line = format!("CLIENT KILL ID {} {} 999999999 NOT-NAME x", ids[0], ids[7]);
    assert_eq!(asker.call(&line), Reply::Integer(2));
    assert_eq!(
        asker.call(&format!("CLIENT KILL {named} NOT-FLAGS r")),
        Reply::Integer(2)
    );
}

/// A text for people, without the mark of its format.
fn plain(reply: &Reply) -> String {
    let text = reply.text();
    text.strip_prefix("txt:").unwrap_or(&text).to_owned()
}

const LIMIT: Duration = Duration::from_secs(30);

/// Enough connections that each worker has some.
const CLIENTS: usize = 16;

/// Clients of either protocol in turn, with their numbers.
fn crowd(proxy: &Proxy) -> Vec<(Client, i64)> {
    (0..CLIENTS)
        .map(|n| {
            let mut client = proxy.connect();
            client.call(if n % 2 == 0 { "HELLO 2" } else { "HELLO 3" });
            let id = client.call("CLIENT ID").integer();
            (client, id)
        })
        .collect()
}

fn unwanted_replies(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let keys = setup.shared().keys_on_all(&unique("quiet"));
    for protocol in ["HELLO 2", "HELLO 3"] {
        let mut client = proxy.connect();
        client.call(protocol);
        let mut requests = words("CLIENT REPLY OFF");
        for (n, key) in keys.iter().cycle().take(300).enumerate() {
            requests.extend(words(&format!("SET {key} {n}")));
            requests.extend(words("PING"));
        }
        requests.extend(words("CLIENT REPLY ON"));
        for (n, key) in keys.iter().cycle().take(300).enumerate() {
            requests.extend(words("CLIENT REPLY SKIP"));
            requests.extend(words(&format!("SET {key} {n}")));
            requests.extend(words(&format!("GET {key}")));
        }
        client.send(&requests);
        assert_eq!(client.read(), Reply::ok(), "{protocol}");
        for n in 0..300 {
            assert_eq!(client.read(), Reply::bulk(n.to_string()));
        }
        assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
        client.send(&[words("CLIENT REPLY OFF"), words("RESET")].concat());
        assert_eq!(client.read(), Reply::Simple("RESET".to_owned()));
    }
}

fn lists_of_all_workers(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut crowd = crowd(&proxy);
    let ids: Vec<i64> = crowd.iter().map(|(_, id)| *id).collect();
    for (client, own) in &mut crowd {
        let text = plain(&client.call("CLIENT LIST"));
        for id in &ids {
            assert!(
                text.lines()
                    .any(|line| line.starts_with(&format!("id={id} "))),
                "{own} does not see {id}: {text}"
            );
        }
        let text = plain(&client.call(&format!("CLIENT LIST ID {}", ids[0])));
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

fn kills_in_all_workers(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut crowd = crowd(&proxy);
    let (mut asker, _) = crowd.remove(0);
    for (mut client, id) in crowd.drain(..CLIENTS / 2) {
        assert_eq!(
            asker.call(&format!("CLIENT KILL ID {id}")),
            Reply::Integer(1)
        );
        assert!(client.read_to_close().is_empty());
        assert_eq!(
            asker.call(&format!("CLIENT KILL ID {id}")),
            Reply::Integer(0)
        );
    }
    for (mut client, _) in crowd {
        let addr = client.stream().local_addr().expect("connected");
        assert_eq!(asker.call(&format!("CLIENT KILL {addr}")), Reply::ok());
        assert!(client.read_to_close().is_empty());
        asker
            .call(&format!("CLIENT KILL {addr}"))
            .assert_error("ERR No such client");
    }
    let mut others: Vec<Client> = (0..CLIENTS).map(|_| proxy.connect()).collect();
    others.iter_mut().for_each(|client| {
        client.call("PING");
    });
    let killed = asker.call("CLIENT KILL TYPE normal").integer();
    assert_eq!(usize::try_from(killed), Ok(CLIENTS));
    for mut client in others {
        assert!(client.read_to_close().is_empty());
    }
    let addr = asker.stream().local_addr().expect("connected");
    assert_eq!(asker.call(&format!("CLIENT KILL {addr}")), Reply::ok());
    assert!(asker.read_to_close().is_empty());
}

fn a_pause_of_all_workers(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut crowd = crowd(&proxy);
    let (mut asker, _) = crowd.remove(0);
    let key = unique("paused");
    assert_eq!(asker.call("CLIENT PAUSE 600000 WRITE"), Reply::ok());
    for (client, _) in &mut crowd {
        assert_eq!(client.call(&format!("GET {key}")), Reply::Null);
        let reads = [
            "MULTI",
            "PING",
            &format!("GET {key}"),
            &format!("EVAL_RO return~1 1 {key}"),
            "EXEC",
        ];
        for line in &reads[..reads.len() - 1] {
            client.call(&line.replace('~', ""));
        }
        let read = client.call("EXEC");
        assert_eq!(read.elements()[1], Reply::Null, "a transaction that reads");
        client.send(&words(&format!("INCR {key}")));
    }
    assert_eq!(
        asker.call(&format!("GET {key}")),
        Reply::Null,
        "nothing was written"
    );
    for (client, _) in &mut crowd {
        assert!(client.is_silent(Duration::from_millis(1)));
    }
    assert_eq!(asker.call("CLIENT UNPAUSE"), Reply::ok());
    let mut counts: Vec<i64> = crowd.iter_mut().map(|(c, _)| c.read().integer()).collect();
    counts.sort_unstable();
    assert!(counts.into_iter().eq(1..CLIENTS as i64));
    assert_eq!(asker.call("CLIENT PAUSE 50 ALL"), Reply::ok());
    for (client, _) in &mut crowd {
        assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
    }
}

fn counts_of_all_workers(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut crowd = crowd(&proxy);
    let key = unique("counts");
    for (client, _) in &mut crowd[1..] {
        client.send(&words(&format!("BLPOP {key} 0")));
    }
    let (asker, others) = crowd.split_first_mut().expect("a crowd");
    let number = |text: &str, name: &str| -> usize {
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.expect(name).parse().expect("a number")
    };
    let text = wait_until("all to wait in a server", LIMIT, || {
        let text = asker.0.call("INFO").text();
        (number(&text, "blocked_clients") == CLIENTS - 1).then_some(text)
    });
    assert_eq!(number(&text, "connected_clients"), CLIENTS);
    // HELLO and CLIENT ID of each; the harness may have looked in, too.
    assert!(number(&text, "total_commands_processed") >= CLIENTS * 2);
    assert!(number(&text, "total_connections_received") >= CLIENTS);
    for _ in others {
        asker.0.call(&format!("RPUSH {key} x"));
    }
    for line in ["INFO clients", "INFO all", "INFO keyspace clients"] {
        wait_until("nobody to wait", LIMIT, || {
            let text = asker.0.call(line).text();
            (number(&text, "blocked_clients") == 0).then_some(())
        });
    }
}

fn a_monitor(setup: Setup) {
    let proxy = setup.proxy_with(setup.shared(), &[("clients.password", "\"geheim\"")]);
    for protocol in ["2", "3"] {
        let mut monitor = proxy.connect();
        let hello = format!("HELLO {protocol} AUTH default geheim");
        assert!(monitor.call(&hello).error().is_none());
        assert_eq!(monitor.call("MONITOR"), Reply::ok());
        let key = unique("monitor");
        // With two workers some of them are with the other one.
        for number in 0..8 {
            let mut other = proxy.connect();
            assert!(other.call("AUTH geheim").error().is_none());
            assert_eq!(
                other.call(&format!("ECHO {key}-{number}")).text().len(),
                key.len() + 2
            );
        }
        let mut lines = Vec::new();
        while lines.len() < 16 {
            lines.push(monitor.read().text());
        }
        for number in 0..8 {
            let end = format!(r#""ECHO" "{key}-{number}""#);
            let count = lines.iter().filter(|line| line.ends_with(&end)).count();
            assert_eq!(count, 1, "{lines:?}");
        }
        assert!(!lines.iter().any(|line| line.contains("geheim")));
        monitor.send(&words("AUTH geheim"));
        monitor.send(&words(&format!("SET {key} v")));
        let mut lines = Vec::new();
        // Two replies and what the monitor shows of both requests.
        while lines.len() < 4 {
            lines.push(monitor.read().text());
        }
        let shown = |end: &str| lines.iter().any(|line| line.ends_with(end));
        assert!(shown(r#""AUTH" "(redacted)""#), "{lines:?}");
        assert!(shown(&format!(r#""SET" "{key}" "v""#)), "{lines:?}");
        assert!(
            !lines.iter().any(|line| line.contains("geheim")),
            "{lines:?}"
        );
        assert_eq!(monitor.call("RESET").text().len(), 5);
        assert!(monitor.call("AUTH geheim").error().is_none());
        assert_eq!(monitor.call("PING"), Reply::Simple("PONG".to_owned()));
    }
}

fn slots_lead_back_to_the_proxy(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let (mut client, addr) = (proxy.connect(), proxy.addr());
    for protocol in ["HELLO 2", "HELLO 3"] {
        client.call(protocol);
        let slots = client.call("CLUSTER SLOTS");
        let range = slots.elements()[0].elements();
        assert_eq!(range[..2], [Reply::Integer(0), Reply::Integer(16_383)]);
        let node = range[2].elements();
        assert_eq!(node[0], Reply::bulk(addr.ip().to_string()));
        assert_eq!(node[1], Reply::Integer(i64::from(addr.port())));
        let id = client.call("CLUSTER MYID");
        assert_eq!(node[2], id);
        let nodes = plain(&client.call("CLUSTER NODES"));
        assert!(
            nodes.starts_with(&format!("{} {addr}@", id.text())),
            "{nodes}"
        );
        assert!(plain(&client.call("INFO cluster")).contains("cluster_enabled:1"));
        assert!(plain(&client.call("CLUSTER INFO")).contains("cluster_state:ok"));
    }
    let other = proxy.connect().call("CLUSTER MYID");
    assert_eq!(
        other,
        client.call("CLUSTER MYID"),
        "every worker tells the same"
    );
    let announcing = setup.proxy_with(
        setup.shared(),
        &[
            ("clients.announce_host", "\"cache.example\""),
            ("clients.announce_port", "6379"),
        ],
    );
    let nodes = plain(&announcing.connect().call("CLUSTER NODES"));
    assert!(
        nodes.contains(" cache.example:6379@16379 myself,master "),
        "{nodes}"
    );
    // The number of keys in a slot comes from the node that owns it.
    let key = unique("counted");
    client.call(&format!("SET {key} v"));
    let slot = client.call(&format!("CLUSTER KEYSLOT {key}")).integer();
    assert!(
        client
            .call(&format!("CLUSTER COUNTKEYSINSLOT {slot}"))
            .integer()
            >= 1
    );
    let keys = client.call(&format!("CLUSTER GETKEYSINSLOT {slot} 100"));
    assert!(keys.elements().contains(&Reply::bulk(&key)), "{keys:?}");
}

fn a_library_for_clusters(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    for protocol in ["resp2", "resp3"] {
        let url = format!("redis://{}/?protocol={protocol}", proxy.addr());
        let client = redis::cluster::ClusterClient::new(vec![url]).expect("an address");
        let mut connection = wait_until("a connection", LIMIT, || client.get_connection().ok());
        let stem = unique("library");
        for n in 0..100 {
            let mut set = redis::cmd("SET");
            set.arg(format!("{stem}:{n}")).arg(n);
            set.query::<()>(&mut connection).expect("SET");
        }
        for n in 0..100 {
            let mut ask = redis::cmd("GET");
            ask.arg(format!("{stem}:{n}"));
            assert_eq!(ask.query::<i64>(&mut connection), Ok(n));
        }
        let mut pipe = redis::cluster::cluster_pipe();
        for n in 0..100 {
            pipe.cmd("INCR").arg(format!("{stem}:{n}"));
        }
        let counts: Vec<i64> = pipe.query(&mut connection).expect("a pipeline");
        assert!(counts.into_iter().eq(1..=100));
    }
}
