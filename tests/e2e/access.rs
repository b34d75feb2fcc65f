//! Users with rights: decided as servers decide, in their words, and before anything is sent.

use crate::client::{Client, Reply, request, words};
use crate::harness::{ServerKind, Setup, matrix, unique, workers};
use crate::like_server::shape;
use crate::proxy::Proxy;

matrix!(decisions_are_those_of_servers);
workers!(
    denials_are_worded_as_by_servers,
    ways_to_log_in,
    denied_requests_reach_no_node,
    many_users_at_once,
    channels_of_users,
    users_are_shown,
    the_default_user_has_rules,
    secrets_stay_inside,
);

const WRONG: &str = "WRONGPASS invalid username-password pair or user is disabled.";
const NOPERM_KEY: &str =
    "NOPERM this user has no permissions to access one of the keys used as arguments";

/// Settings with these users as TOML tables, beside a default user that has a password.
fn settings(users: &str) -> Vec<(&str, &str)> {
    vec![
        ("clients.password", "\"default-pass\""),
        ("clients.users", users),
    ]
}

/// A client that has logged in as this user, whose password is its name and `-pass`.
fn log_in(proxy: &Proxy, protocol: &str, user: &str) -> Client {
    let mut client = proxy.connect();
    let hello = format!("HELLO {protocol} AUTH {user} {user}-pass");
    let reply = client.call(&hello);
    assert!(reply.error().is_none(), "{reply:?}");
    client
}

// === as servers do ===

const RULES: &[&str] = &[
    "-@all",
    "+@all ~* &*",
    "+@all -@dangerous ~app:* %R~shared:* %W~out:* &news:*",
    "+@read +@write +@connection ~app:* ~[xy]? %R~*:s &a &b",
    "+@all -@write -config +config|get ~*",
    "+@string +@hash -get +object|freq %R~app:* %W~shared:*",
    "+get +mget +set +eval +fcall +@pubsub +sort +copy ~a* %R~b* %W~c* &c*",
    "+@all -@all +@fast -@read +exists ~*",
    "+@keyspace +@transaction +@scripting +@stream +@list +@geo ~k\\*y ~app:?",
    "+get ~app:* (+@read ~shared:* ~x1) ( +set +publish ~c* &news:1 ) (+@all)",
    "(+mget ~a*) +mget ~b* +publish &a (+mget ~a ~b ~c) (%W~out:* +set +del) (+eval ~a1)",
    "+@all -get ~app:* (+@all ~x* ~a* &*) clearselectors (+copy ~a1 %R~b1) (+subscribe &b &a)",
];

const REQUESTS: &[&str] = &[
    "GET app:1",
    "GET shared:1",
    "GET x1",
    "GET app:s",
    "GET k*y",
    "GET kxy",
    "SET app:1 v",
    "SET out:1 v",
    "SET out:1 v GET",
    "SET c1 v EX 100",
    "SET shared:1 v",
    "MGET app:1 shared:1 x1",
    "MGET a b c",
    "MSET a 1 c 2",
    "DEL app:1 out:1",
    "EXISTS out:1 b",
    "COPY b1 a1",
    "COPY a1 b1",
    "RENAME app:1 app:2",
    "OBJECT FREQ app:1",
    "OBJECT ENCODING app:1",
    "OBJECT HELP",
    "CONFIG GET maxmemory",
    "CONFIG SET maxmemory 1",
    "CONFIG HELP",
    "CLIENT LIST",
    "CLIENT ID",
    "KEYS *",
    "FLUSHALL",
    "RANDOMKEY",
    "PING",
    "AUTH x",
    "HELLO 3",
    "RESET",
    "QUIT",
    "EVAL s 1 a1",
    "EVAL s 2 a1 b1",
    "MULTI",
    "EXEC",
    "WATCH app:1 b",
    "XREAD COUNT 1 STREAMS app:1 app:2 0 0",
    "XREAD STREAMS app:1 other 0 0",
    "XADD app:1 * f v",
    "XGROUP CREATE app:1 g 0",
    "LMPOP 2 app:1 app:2 LEFT",
    "BLPOP app:1 other 0",
    "SORT app:1 STORE app:2",
    "SORT app:1 STORE out:1",
    "SORT a1 STORE b1",
    "BITFIELD app:s GET u8 0",
    "BITFIELD shared:1 GET u8 0",
    "BITFIELD shared:1 SET u8 0 1",
    "GEORADIUS app:1 1 1 1 m STORE app:2",
    "GEORADIUS app:1 1 1 1 m STORE other",
    "ZUNIONSTORE out:1 2 app:1 shared:1",
    "ZUNIONSTORE shared:1 1 app:1",
    "PUBLISH news:1 m",
    "PUBLISH a m",
    "PUBLISH other m",
    "SPUBLISH c1 m",
    "SPUBLISH other m",
    "SUBSCRIBE news:1 a b",
    "SUBSCRIBE a b",
    "PSUBSCRIBE news:*",
    "PSUBSCRIBE news:1",
    "PSUBSCRIBE c*",
    "SSUBSCRIBE news:1",
    "UNSUBSCRIBE other",
    "PUNSUBSCRIBE",
    "PUBSUB CHANNELS",
    "GET",
    "NOSUCH x",
    "CONFIG NOSUCH",
    "SCRIPT LOAD s",
    "FUNCTION LIST",
    "DEBUG OBJECT app:1",
    "CLUSTER SLOTS",
    "TOUCH app:1",
    "TTL out:1",
    "EXPIRE shared:1 1",
    "MEMORY USAGE other",
];

fn decisions_are_those_of_servers(setup: Setup) {
    let cluster = setup.cluster(1, 0, &[]);
    let mut users = Vec::new();
    for (n, rules) in RULES.iter().enumerate() {
        cluster
            .node(0)
            .call_ok(&format!("ACL SETUSER u{n} on >p {rules}"));
        // Scripts are refused to users with limits unless the settings say otherwise; see below.
        users.push(format!(
            "{{ name = 'u{n}', password = 'p', rules = '{rules}', unchecked_commands = true }}"
        ));
    }
    let users = format!("[{}]", users.join(", "));
    let proxy = setup.proxy_with(&cluster, &settings(&users));
    let mut ours = log_in(&proxy, "2", "default");
    let mut theirs = cluster.node(0).connect();
    let mut differ = Vec::new();
    let (mut permitted, mut denied) = (0, 0);
    for (n, rules) in RULES.iter().enumerate() {
        for line in REQUESTS {
            let ask = format!("ACL DRYRUN u{n} {line}");
            let (own, expected) = (ours.call(&ask), theirs.call(&ask));
            // Later servers use other words for the same.
            let is_same = match setup.kind {
                ServerKind::Redis7 => own == expected,
                ServerKind::Valkey => (own == Reply::ok()) == (expected == Reply::ok()),
            };
            if !is_same {
                differ.push(format!(
                    "{rules}: {line}\n  proxy  {own:?}\n  server {expected:?}"
                ));
            }
            permitted += u32::from(expected == Reply::ok());
            denied += u32::from(matches!(expected, Reply::Bulk(_)));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    assert!(permitted > 100 && denied > 100, "{permitted} {denied}");
}

/// Requests of a user; `@` stands for one key that exists nowhere else.
const LINES: &[&str] = &[
    "ACL WHOAMI",
    "ACL USERS",
    "ACL LIST",
    "ACL CAT",
    "ACL CAT nosuch",
    "ACL CAT a b",
    "ACL GETUSER nobody",
    "ACL GETUSER app",
    "ACL DRYRUN app GET @",
    "ACL DRYRUN nobody GET @",
    "ACL LOG x",
    "ACL LOG 1 2",
    "ACL LOG RESET",
    "GET app:@",
    "GET other",
    "GET",
    "SET shared:@ v",
    "SET out:@ v",
    "SET out:@ v GET",
    "GET shared:@",
    "MGET app:@ other",
    "MGET other",
    "DEL other app:@",
    "EXISTS out:@",
    "EXISTS other",
    "KEYS *",
    "FLUSHALL",
    "CONFIG GET maxmemory",
    "CONFIG SET maxmemory 1",
    "CONFIG NOSUCH",
    "CONFIG",
    "CLIENT LIST",
    "CLIENT KILL ID 0",
    "CLIENT ID",
    "OBJECT ENCODING other",
    "PUBLISH other m",
    "SPUBLISH other m",
    "SUBSCRIBE news:1 other",
    "PSUBSCRIBE news:1*",
    "SSUBSCRIBE other",
    "MONITOR",
    "NOSUCH",
    "SELECT x",
    "PING",
    "AUTH app wrong",
    "AUTH nobody wrong",
    "AUTH wrong",
    "ACL WHOAMI",
    "HELLO 3 AUTH app wrong",
    "AUTH other other-pass",
    "GET app:@",
    "ACL WHOAMI",
    "RESET",
    "ACL WHOAMI",
    "GET app:@",
    "AUTH default-pass",
    "GET other",
    "ACL WHOAMI",
];

const APP: &str = "+@all -@dangerous -object +acl ~app:* %R~shared:* %W~out:* &news:*";
const OTHER: &str = "+acl|whoami";

fn denials_are_worded_as_by_servers(setup: Setup) {
    let cluster = setup.cluster(1, 0, &["--requirepass", "default-pass"]);
    let node = cluster.node(0);
    node.call_ok(&format!("ACL SETUSER app on >app-pass {APP}"));
    node.call_ok(&format!("ACL SETUSER other on >other-pass {OTHER}"));
    let users = format!(
        "[{{ name = 'app', password = 'app-pass', rules = '{APP}' }}, \
          {{ name = 'other', password = 'other-pass', rules = '{OTHER}' }}]"
    );
    let mut all = settings(&users);
    all.push(("cluster.password", "\"default-pass\""));
    let proxy = setup.proxy_with(&cluster, &all);
    let key = unique("like");
    let mut differ = Vec::new();
    for protocol in ["2", "3"] {
        let hello = format!("HELLO {protocol} AUTH app app-pass");
        let (mut ours, mut theirs) = (proxy.connect(), Client::connect(node.addr()));
        assert_eq!(shape(&ours.call(&hello)), shape(&theirs.call(&hello)));
        for line in LINES {
            let line = line.replace('@', &key);
            let (own, expected) = (shape(&ours.call(&line)), shape(&theirs.call(&line)));
            if own != expected {
                differ.push(format!("{line}\n  proxy  {own}\n  server {expected}"));
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    // What cannot be compared: a server changes users, and checks what scripts do.
    let mut app = log_in(&proxy, "3", "app");
    app.call("EVAL s 1 app:1").assert_error("NOPERM corelane: ");
    app.call("ACL GETUSER app").elements();
    let mut boss = log_in(&proxy, "2", "default");
    for line in [
        "ACL SETUSER new on",
        "ACL DELUSER app",
        "ACL LOAD",
        "ACL SAVE",
    ] {
        boss.call(line).assert_error("ERR corelane: ACL ");
    }
}

// === users ===

fn ways_to_log_in(setup: Setup) {
    let file = std::env::temp_dir().join(unique("user-password"));
    std::fs::write(&file, "file-pass\n").expect("write a password");
    // The digest of "hash-pass".
    let digest = "sha256:67cf0410a901b3614b85f1bf9621978de8b2992a20b48acf3a39f7fe4c166ef9";
    let users = format!(
        "[{{ name = 'plain', password = ['old-pass', 'plain-pass'], rules = '+@connection +acl|whoami' }}, \
          {{ name = 'file', password_file = '{}', rules = '+@connection +acl|whoami' }}, \
          {{ name = 'hash', password = '{digest}', rules = '+@connection +acl|whoami' }}, \
          {{ name = 'open', rules = 'nopass +@connection +acl|whoami' }}, \
          {{ name = 'shut', password = 'shut-pass', rules = 'off +@all' }}]",
        file.display()
    );
    let proxy = setup.proxy_with(setup.shared(), &settings(&users));
    std::fs::remove_file(&file).expect("remove it");
    let rows = [
        ("plain old-pass", Some("plain")),
        ("plain plain-pass", Some("plain")),
        ("plain default-pass", None),
        ("plain", None),
        ("file file-pass", Some("file")),
        ("hash hash-pass", Some("hash")),
        ("open anything", Some("open")),
        ("shut shut-pass", None),
        ("nobody plain-pass", None),
        ("default default-pass", Some("default")),
        ("default-pass", Some("default")),
    ];
    for (credentials, user) in rows {
        let mut client = proxy.connect();
        client.call("ACL WHOAMI").assert_error("NOAUTH ");
        let check = |client: &mut Client, reply: &Reply| match user {
            Some(user) => {
                assert!(reply.error().is_none(), "{credentials}: {reply:?}");
                assert_eq!(client.call("ACL WHOAMI"), Reply::bulk(user));
                assert_eq!(client.call("RESET"), Reply::Simple("RESET".to_owned()));
                client.call("ACL WHOAMI").assert_error("NOAUTH ");
            }
            None => {
                assert_eq!(reply.error(), Some(WRONG), "{credentials}");
                client.call("ACL WHOAMI").assert_error("NOAUTH ");
            }
        };
        let reply = client.call(&format!("AUTH {credentials}"));
        check(&mut client, &reply);
        if credentials.contains(' ') {
            let reply = client.call(&format!("HELLO 3 AUTH {credentials}"));
            check(&mut client, &reply);
        }
    }
}

const USERS: &str = "[
    { name = 'app', password = 'app-pass', rules = '+@all -@dangerous ~app:*' },
    { name = 'reader', password = 'reader-pass', rules = ['+@read +ping', '~app:*'] },
    { name = 'boss', password = 'boss-pass', rules = '+@all ~* &*' },
]";

fn denied_requests_reach_no_node(setup: Setup) {
    let proxy = setup.proxy_with(setup.shared(), &settings(&USERS.replace('\n', " ")));
    for protocol in ["2", "3"] {
        let (mut app, mut boss) = (
            log_in(&proxy, protocol, "app"),
            log_in(&proxy, protocol, "boss"),
        );
        let own: Vec<String> = setup.shared().keys_on_all(&format!("app:{}", unique("a")));
        let others = setup.shared().keys_on_all(&unique("b"));
        for (own, other) in own.iter().zip(&others) {
            for line in [
                format!("SET {other} v"),
                format!("MSET {own} v {other} v"),
                format!("MGET {own} {other}"),
                format!("DEL {own} {other}"),
                format!("RENAME {own} {other}"),
            ] {
                assert_eq!(app.call(&line).error(), Some(NOPERM_KEY), "{line}");
            }
            let exists = format!("EXISTS {own} {other}");
            assert_eq!(boss.call(&exists), Reply::Integer(0));
            assert_eq!(app.call(&format!("SET {own} v")), Reply::ok());
            assert_eq!(boss.call(&exists), Reply::Integer(1));
        }
        let all = own.join(" ");
        assert_eq!(app.call(&format!("DEL {all}")), Reply::Integer(3));
    }
    assert!(proxy.metric("errors_noperm") >= 30.0);
}

/// Permitted and denied requests in one pipeline, of clients with different rights and of both protocols.
fn many_users_at_once(setup: Setup) {
    let proxy = setup.proxy_with(setup.shared(), &settings(&USERS.replace('\n', " ")));
    let stem = unique("many");
    let keys = setup.shared().keys_on_all(&format!("app:{stem}"));
    let mut boss = log_in(&proxy, "2", "boss");
    for (n, key) in keys.iter().enumerate() {
        assert_eq!(boss.call(&format!("SET {key} {n}")), Reply::ok());
    }
    let mut clients: Vec<(&str, Client)> = (0..24)
        .map(|n| {
            let user = ["app", "reader", "boss"][n % 3];
            (
                user,
                log_in(&proxy, if n % 2 == 0 { "2" } else { "3" }, user),
            )
        })
        .collect();
    let mut pipeline = Vec::new();
    for key in keys.iter().cycle().take(200) {
        pipeline.extend(words(&format!("GET {key}")));
        pipeline.extend(words(&format!("GET {stem}")));
        pipeline.extend(words(&format!("EXPIRE {key} 1000")));
    }
    for (_, client) in &mut clients {
        client.send(&pipeline);
    }
    for (user, client) in &mut clients {
        for n in 0..200 {
            assert_eq!(
                client.read(),
                Reply::bulk((n % keys.len()).to_string()),
                "{user}"
            );
            let other = client.read();
            let expire = client.read();
            match *user {
                "boss" => assert_eq!((other, expire), (Reply::Null, Reply::Integer(1))),
                "app" => {
                    assert_eq!(other.error(), Some(NOPERM_KEY));
                    assert_eq!(expire, Reply::Integer(1));
                }
                _ => {
                    assert_eq!(other.error(), Some(NOPERM_KEY));
                    expire.assert_error("NOPERM this user has no permissions to run the 'expire'");
                }
            }
        }
    }
    // Rights change in the middle of a pipeline.
    let (_, client) = &mut clients[0];
    let get = words(&format!("GET {stem}"));
    client.send(
        &[
            get.clone(),
            words("AUTH boss boss-pass"),
            get.clone(),
            words("RESET"),
            get,
        ]
        .concat(),
    );
    assert_eq!(client.read().error(), Some(NOPERM_KEY));
    assert_eq!(client.read(), Reply::ok());
    assert_eq!(client.read(), Reply::Null);
    assert_eq!(client.read(), Reply::Simple("RESET".to_owned()));
    client.read().assert_error("NOAUTH ");
}

fn channels_of_users(setup: Setup) {
    let users =
        "[{ name = 'news', password = 'news-pass', rules = '+@pubsub +@connection &news:*' }]";
    let proxy = setup.proxy_with(setup.shared(), &settings(users));
    for protocol in ["2", "3"] {
        let mut listener = log_in(&proxy, protocol, "news");
        let channel = unique("news:a");
        for line in [
            format!("SUBSCRIBE {channel} other"),
            "SSUBSCRIBE other".to_owned(),
            format!("PSUBSCRIBE {channel}*"),
            "PUBLISH other m".to_owned(),
            "SPUBLISH other m".to_owned(),
        ] {
            let text = "NOPERM this user has no permissions to access one of the channels used as arguments";
            assert_eq!(listener.call(&line).error(), Some(text), "{line}");
        }
        let confirmed = listener.call(&format!("SUBSCRIBE {channel}"));
        assert_eq!(confirmed.elements()[1], Reply::bulk(&channel));
        let confirmed = listener.call("PSUBSCRIBE news:*");
        assert_eq!(confirmed.elements()[1], Reply::bulk("news:*"));
        let mut speaker = log_in(&proxy, protocol, "news");
        assert!(
            speaker
                .call(&format!("PUBLISH {channel} hello"))
                .error()
                .is_none()
        );
        let kinds: Vec<String> = (0..2)
            .map(|_| listener.read().elements()[0].text())
            .collect();
        assert!(kinds.contains(&"message".to_owned()), "{kinds:?}");
        assert!(kinds.contains(&"pmessage".to_owned()), "{kinds:?}");
    }
}

fn users_are_shown(setup: Setup) {
    let proxy = setup.proxy_with(setup.shared(), &settings(&USERS.replace('\n', " ")));
    let _apps: Vec<Client> = (0..8).map(|_| log_in(&proxy, "2", "app")).collect();
    let mut boss = log_in(&proxy, "3", "boss");
    let list = boss.call("CLIENT LIST").text();
    assert_eq!(list.matches(" user=app ").count(), 8, "{list}");
    assert_eq!(list.matches(" user=boss ").count(), 1, "{list}");
    let list = boss.call("CLIENT LIST USER app").text();
    assert_eq!(list.matches(" user=").count(), 8, "{list}");
    assert!(boss.call("CLIENT INFO").text().contains(" user=boss "));
    assert_eq!(boss.call("CLIENT KILL USER app"), Reply::Integer(8));
    let passwords = ["", " 20", " 20"].map(|bits| boss.call(&format!("ACL GENPASS{bits}")).text());
    assert_eq!(passwords.each_ref().map(String::len), [64, 5, 5]);
    assert_ne!(passwords[1], passwords[2]);
    boss.call("ACL GENPASS 0").assert_error("ERR ");
    // The log is that of the worker that the client came to.
    let mut client = log_in(&proxy, "2", "app");
    client.call("GET other").assert_error("NOPERM ");
    assert_eq!(client.call("AUTH boss boss-pass"), Reply::ok());
    let log = client.call("ACL LOG");
    let entry: Vec<String> = log.elements()[0]
        .elements()
        .iter()
        .map(Reply::text_or_integer)
        .collect();
    let expected = [
        "count", "1", "reason", "key", "context", "toplevel", "object", "other",
    ];
    assert_eq!(entry[..8], expected, "{entry:?}");
    assert_eq!(client.call("ACL LOG RESET"), Reply::ok());
    assert_eq!(client.call("ACL LOG").elements(), []);
}

fn the_default_user_has_rules(setup: Setup) {
    let users = "[{ name = 'default', rules = 'nopass +@read +@connection ~*' }]";
    let proxy = setup.proxy_with(setup.shared(), &[("clients.users", users)]);
    let key = unique("anonymous");
    let mut client = proxy.connect();
    assert_eq!(client.call(&format!("GET {key}")), Reply::Null);
    client
        .call(&format!("SET {key} v"))
        .assert_error("NOPERM this user has no permissions to run the 'set' command");
    client
        .call("AUTH x")
        .assert_error("ERR AUTH <password> called without any password");
    assert_eq!(client.call("AUTH default x"), Reply::ok());
    client.call(&format!("SET {key} v")).assert_error("NOPERM ");
}

/// Neither in the log nor in anything that a client can ask for.
fn secrets_stay_inside(setup: Setup) {
    let users = USERS.replace('\n', " ");
    let mut all = settings(&users);
    all.push(("log.level", "\"trace\""));
    let proxy = setup.proxy_with(setup.shared(), &all);
    let mut monitor = log_in(&proxy, "2", "boss");
    assert_eq!(monitor.call("MONITOR"), Reply::ok());
    let mut client = proxy.connect();
    client.send(&request(&["AUTH", "boss", "guess-pass"]));
    assert_eq!(client.read().error(), Some(WRONG));
    client.call("HELLO 3 AUTH boss boss-pass");
    client
        .call("ACL SETUSER app >new-pass")
        .assert_error("ERR corelane: ");
    let mut shown = String::new();
    for line in [
        "ACL LIST",
        "ACL GETUSER app",
        "ACL LOG",
        "CLIENT LIST",
        "INFO everything",
        "COMMAND DOCS acl",
    ] {
        shown += &format!("{:?}", client.call(line));
    }
    assert!(shown.contains("(redacted)"), "{shown}");
    monitor.send(&words("RESET"));
    let end = Reply::Simple("RESET".to_owned());
    loop {
        match monitor.read() {
            reply if reply == end => break,
            line => shown += &line.text(),
        }
    }
    shown += &proxy.process().output();
    for secret in [
        "app-pass",
        "boss-pass",
        "guess-pass",
        "new-pass",
        "default-pass",
    ] {
        assert!(!shown.contains(secret), "{secret} is shown:\n{shown}");
    }
}
