//! What users may do, and ACL, driven by hand.

use super::{MILLISECOND, Rig};
use crate::config::{ClientSettings, Config, Secret, UserSettings};
use crate::pipeline::{ClientId, Peer};

const NOPERM_KEY: &str =
    "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n";
const NOPERM_CHANNEL: &str =
    "-NOPERM this user has no permissions to access one of the channels used as arguments\r\n";
const WRONG: &str = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

fn user(name: &str, rules: &str) -> UserSettings {
    UserSettings {
        name: name.to_owned(),
        passwords: vec![Secret::new(format!("{name}-pass"))],
        rules: vec![rules.to_owned()],
        ..UserSettings::default()
    }
}

fn noperm(command: &str) -> String {
    format!("-NOPERM this user has no permissions to run the '{command}' command\r\n")
}

fn rig(workers: usize) -> Rig {
    let settings = ClientSettings {
        password: Some(Secret::new("default-pass")),
        users: vec![
            user("app", "+@all -@dangerous ~app:* %R~shared:* &news:*"),
            user("boss", "+@all ~* &*"),
            user("shut", "off +@all"),
        ],
        ..ClientSettings::default()
    };
    Rig::with_settings(
        workers,
        &Config {
            clients: settings,
            ..Config::default()
        },
    )
}

/// A client that is this user.
fn client(rig: &mut Rig, worker: usize, name: &str) -> ClientId {
    let client = rig.client(worker, 1);
    let auth = format!("AUTH {name} {name}-pass");
    assert_eq!(rig.send(worker, client, &[&auth]), "+OK\r\n");
    client
}

#[test]
fn what_is_denied_goes_nowhere() {
    let mut rig = rig(1);
    let app = client(&mut rig, 0, "app");
    let rows = [
        ("GET other", NOPERM_KEY.to_owned()),
        ("SET shared:1 v", NOPERM_KEY.to_owned()),
        ("MGET app:1 app:2 other", NOPERM_KEY.to_owned()),
        ("MSET app:1 v shared:1 v", NOPERM_KEY.to_owned()),
        ("DEL app:1 shared:1", NOPERM_KEY.to_owned()),
        ("KEYS *", noperm("keys")),
        ("CONFIG GET x", noperm("config|get")),
        ("CLIENT LIST", noperm("client|list")),
        ("MONITOR", noperm("monitor")),
        ("ACL LIST", noperm("acl|list")),
        ("PUBLISH other m", NOPERM_CHANNEL.to_owned()),
        ("SUBSCRIBE news:1 other", NOPERM_CHANNEL.to_owned()),
        ("PSUBSCRIBE news:1*", NOPERM_CHANNEL.to_owned()),
        (
            "GET",
            "-ERR wrong number of arguments for 'get' command\r\n".to_owned(),
        ),
        (
            "CONFIG NOSUCH",
            "-ERR unknown subcommand 'NOSUCH'. Try CONFIG HELP.\r\n".to_owned(),
        ),
    ];
    for (line, expected) in &rows {
        assert_eq!(rig.send(0, app, &[line]), *expected, "{line}");
    }
    assert_eq!(rig.sent(0), "");
    let script = rig.send(0, app, &["EVAL s 1 app:1"]);
    assert!(script.starts_with("-NOPERM corelane: "), "{script}");
    let counters = rig.workers[0].stats().counters;
    assert_eq!(counters.errors_noperm, rows.len() as u64 - 1);
    assert_eq!(
        (counters.errors_arity, counters.errors_unknown_command),
        (1, 1)
    );
}

#[test]
fn denials_keep_their_place_among_replies() {
    let mut rig = rig(1);
    let app = client(&mut rig, 0, "app");
    let lines = [
        "GET app:1",
        "GET other",
        "GET shared:1",
        "MGET app:1 x",
        "PING",
    ];
    assert_eq!(rig.send(0, app, &lines), "");
    assert_eq!(rig.sent(0).matches("GET").count(), 2);
    rig.node(0, b"$1\r\na\r\n$1\r\nb\r\n");
    let replies = format!("$1\r\na\r\n{NOPERM_KEY}$1\r\nb\r\n{NOPERM_KEY}+PONG\r\n");
    assert_eq!(rig.written(0, Peer::Client(app)), replies);
    let lines = ["CLIENT REPLY OFF", "GET other", "CLIENT REPLY ON"];
    assert_eq!(rig.send(0, app, &lines), "+OK\r\n");
}

#[test]
fn a_denial_spoils_a_transaction() {
    let mut rig = rig(1);
    let app = client(&mut rig, 0, "app");
    let lines = ["MULTI", "SET app:1 v", "SET other v", "EXEC", "GET app:1"];
    let replies = rig.send(0, app, &lines);
    let abort = "-EXECABORT Transaction discarded because of previous errors.\r\n";
    assert_eq!(replies, format!("+OK\r\n+QUEUED\r\n{NOPERM_KEY}{abort}"));
    let sent = rig.sent(0);
    assert!(sent.contains("GET") && !sent.contains("SET"), "{sent}");
}

#[test]
fn a_client_may_become_somebody_else() {
    let mut rig = rig(1);
    let client = rig.client(0, 1);
    let whoami = |name: &str| format!("${}\r\n{name}\r\n", name.len());
    let who = |rig: &mut Rig, name: &str| {
        assert_eq!(rig.send(0, client, &["ACL WHOAMI"]), whoami(name));
    };
    let refused = rig.send(0, client, &["ACL WHOAMI", "GET app:1"]);
    assert_eq!(refused.matches("-NOAUTH").count(), 2, "{refused}");
    let auth = "AUTH app app-pass";
    let line = [
        "AUTH default-pass",
        "GET other",
        auth,
        "GET other",
        "ACL WHOAMI",
    ];
    assert_eq!(
        rig.send(0, client, &line),
        "+OK\r\n",
        "GET other is under way"
    );
    rig.sent(0);
    rig.node(0, b"$-1\r\n");
    let replies = rig.written(0, Peer::Client(client));
    assert_eq!(
        replies,
        format!("$-1\r\n+OK\r\n{NOPERM_KEY}{}", whoami("app"))
    );
    for line in [
        "AUTH boss app-pass",
        "AUTH app",
        "AUTH nobody x",
        "AUTH shut shut-pass",
        "HELLO 3 AUTH boss x",
    ] {
        assert_eq!(rig.send(0, client, &[line]), WRONG, "{line}");
        who(&mut rig, "app");
    }
    let hello = rig.send(0, client, &["HELLO 2 AUTH boss boss-pass"]);
    assert!(hello.starts_with("*14\r\n"), "{hello}");
    who(&mut rig, "boss");
    rig.send(0, client, &["GET other"]);
    assert!(rig.sent(0).contains("other"));
    rig.node(0, b"$-1\r\n");
    rig.written(0, Peer::Client(client));
    assert_eq!(rig.send(0, client, &["AUTH default-pass"]), "+OK\r\n");
    who(&mut rig, "default");
    assert_eq!(rig.send(0, client, &[auth, "RESET"]), "+OK\r\n+RESET\r\n");
    let refused = rig.send(0, client, &["ACL WHOAMI", "GET app:1"]);
    assert_eq!(refused.matches("-NOAUTH").count(), 2, "{refused}");
}

#[test]
fn everybody_may_be_limited() {
    let config = Config {
        clients: ClientSettings {
            users: vec![UserSettings {
                name: "default".to_owned(),
                rules: vec!["nopass +@read ~*".to_owned()],
                ..UserSettings::default()
            }],
            ..ClientSettings::default()
        },
        ..Config::default()
    };
    let mut rig = Rig::with_settings(1, &config);
    let client = rig.client(0, 1);
    assert_eq!(rig.send(0, client, &["SET a b"]), noperm("set"));
    assert_eq!(
        rig.send(0, client, &["RESET", "SET a b"]),
        format!("+RESET\r\n{}", noperm("set"))
    );
    rig.send(0, client, &["GET a"]);
    assert!(rig.sent(0).contains("GET"));
}

#[test]
fn selectors_are_shown() {
    let settings = ClientSettings {
        password: Some(Secret::new("default-pass")),
        users: vec![
            user("boss", "+@all ~* &*"),
            user("app", "+get ~a (+set ~b &c) (+@all)"),
        ],
        ..ClientSettings::default()
    };
    let config = Config {
        clients: settings,
        ..Config::default()
    };
    let mut rig = Rig::with_settings(1, &config);
    let boss = client(&mut rig, 0, "boss");
    let line = "user app on #(redacted) ~a resetchannels -@all +get \
                (~b resetchannels &c -@all +set) (resetchannels +@all)";
    let list = rig.send(0, boss, &["ACL LIST"]);
    assert!(list.contains(&format!("\r\n{line}\r\n")), "{list}");
    let shown = rig.send(0, boss, &["ACL GETUSER app"]);
    let selectors = "$9\r\nselectors\r\n*2\r\n\
                     *6\r\n$8\r\ncommands\r\n$10\r\n-@all +set\r\n\
                     $4\r\nkeys\r\n$2\r\n~b\r\n$8\r\nchannels\r\n$2\r\n&c\r\n\
                     *6\r\n$8\r\ncommands\r\n$5\r\n+@all\r\n\
                     $4\r\nkeys\r\n$0\r\n\r\n$8\r\nchannels\r\n$0\r\n\r\n";
    assert!(shown.ends_with(selectors), "{shown}");
}

#[test]
fn acl_tells_of_users() {
    let mut rig = rig(1);
    let boss = client(&mut rig, 0, "boss");
    let app_rules = "~app:* %R~shared:* resetchannels &news:* +@all -@dangerous";
    let lines = [
        format!("user app on #(redacted) {app_rules}"),
        "user boss on #(redacted) ~* &* +@all".to_owned(),
        "user default on #(redacted) ~* &* +@all".to_owned(),
        "user shut off #(redacted) resetchannels +@all".to_owned(),
    ];
    let bulk = |text: &str| format!("${}\r\n{text}\r\n", text.len());
    let list: String = lines.iter().map(|line| bulk(line)).collect();
    assert_eq!(rig.send(0, boss, &["ACL LIST"]), format!("*4\r\n{list}"));
    let names: String = ["app", "boss", "default", "shut"].map(bulk).concat();
    assert_eq!(rig.send(0, boss, &["ACL USERS"]), format!("*4\r\n{names}"));
    let app = "*12\r\n$5\r\nflags\r\n*1\r\n$2\r\non\r\n$9\r\npasswords\r\n*1\r\n$10\r\n(redacted)\r\n\
               $8\r\ncommands\r\n$17\r\n+@all -@dangerous\r\n$4\r\nkeys\r\n$18\r\n~app:* %R~shared:*\r\n\
               $8\r\nchannels\r\n$7\r\n&news:*\r\n$9\r\nselectors\r\n*0\r\n";
    assert_eq!(rig.send(0, boss, &["ACL GETUSER app"]), app);
    for line in [
        "ACL SETUSER app on",
        "ACL DELUSER app",
        "ACL LOAD",
        "ACL SAVE",
    ] {
        let refusal = rig.send(0, boss, &[line]);
        assert!(refusal.starts_with("-ERR corelane: ACL "), "{refusal}");
        assert!(
            refusal.contains("users come from the settings"),
            "{refusal}"
        );
    }
    assert_eq!(rig.send(0, boss, &["ACL LIST"]), format!("*4\r\n{list}"));
    for line in [
        "ACL LIST",
        "ACL GETUSER boss",
        "ACL LOG",
        "CLIENT LIST",
        "CLIENT INFO",
    ] {
        assert!(!rig.send(0, boss, &[line]).contains("-pass"), "{line}");
    }
}

#[test]
fn refusals_are_kept_for_the_log() {
    let mut rig = rig(1);
    let app = client(&mut rig, 0, "app");
    let boss = client(&mut rig, 0, "boss");
    rig.send(0, app, &["GET other", "GET other", "KEYS *", "PUBLISH c m"]);
    rig.send(
        0,
        app,
        &["AUTH app secret-guess", "HELLO 3 AUTH nobody secret-guess"],
    );
    rig.now.0 += 1500 * MILLISECOND;
    let log = rig.send(0, boss, &["ACL LOG"]);
    let entry = |count: u8, reason: &str, object: &str, user: &str| {
        let (r, o, u) = (reason.len(), object.len(), user.len());
        format!(
            "*14\r\n$5\r\ncount\r\n:{count}\r\n$6\r\nreason\r\n${r}\r\n{reason}\r\n$7\r\ncontext\r\n\
             $8\r\ntoplevel\r\n$6\r\nobject\r\n${o}\r\n{object}\r\n$8\r\nusername\r\n${u}\r\n{user}\r\n\
             $11\r\nage-seconds\r\n$3\r\n1.5\r\n$11\r\nclient-info\r\n"
        )
    };
    let expected = [
        entry(1, "auth", "HELLO", "nobody"),
        entry(1, "auth", "AUTH", "app"),
        entry(1, "channel", "c", "app"),
        entry(1, "command", "keys", "app"),
        entry(2, "key", "other", "app"),
    ];
    assert!(log.starts_with("*5\r\n"), "{log}");
    let mut rest = log.as_str();
    for entry in expected {
        let at = rest
            .find(&entry)
            .unwrap_or_else(|| panic!("no {entry} in {rest}"));
        rest = &rest[at + entry.len()..];
        assert!(rest.contains(" user=app "), "{rest}");
    }
    assert!(!log.contains("guess"), "{log}");
    assert!(rig.send(0, boss, &["ACL LOG 2"]).starts_with("*2\r\n"));
    assert_eq!(
        rig.send(0, boss, &["ACL LOG RESET", "ACL LOG"]),
        "+OK\r\n*0\r\n"
    );
}

#[test]
fn lists_of_clients_name_their_users() {
    let mut rig = rig(2);
    let boss = client(&mut rig, 0, "boss");
    client(&mut rig, 1, "app");
    rig.send(0, boss, &["CLIENT LIST USER app"]);
    rig.control();
    let list = rig.written(0, Peer::Client(boss));
    assert_eq!(list.matches(" user=app ").count(), 1, "{list}");
    assert_eq!(list.matches(" user=").count(), 1, "{list}");
    assert!(rig.send(0, boss, &["CLIENT INFO"]).contains(" user=boss "));
    let unknown = rig.send(0, boss, &["CLIENT KILL USER nobody"]);
    assert_eq!(unknown, "-ERR No such user 'nobody'\r\n");
    rig.send(0, boss, &["CLIENT KILL USER app"]);
    rig.control();
    assert_eq!(rig.written(0, Peer::Client(boss)), ":1\r\n");
    assert_eq!(rig.closed.len(), 1);
}

#[test]
fn dry_runs() {
    let mut rig = rig(1);
    let boss = client(&mut rig, 0, "boss");
    for (line, expected) in [
        ("app GET app:1", "+OK\r\n"),
        (
            "app GET x",
            "$53\r\nThis user has no permissions to access the 'x' key\r\n",
        ),
        ("app SET shared:1 x", "the 'shared:1' key\r\n"),
        ("app KEYS *", "to run the 'keys' command\r\n"),
        ("app PUBLISH c m", "to access the 'c' channel\r\n"),
        ("shut GET x", "to access the 'x' key\r\n"),
        ("nobody GET x", "-ERR User 'nobody' not found\r\n"),
        ("app NOSUCH", "-ERR Command 'NOSUCH' not found\r\n"),
        ("app CONFIG NOSUCH", "-ERR Command 'CONFIG' not found\r\n"),
        (
            "app GET",
            "-ERR wrong number of arguments for 'get' command\r\n",
        ),
        ("default EVAL s 0", "+OK\r\n"),
    ] {
        let reply = rig.send(0, boss, &[&format!("ACL DRYRUN {line}")]);
        let expected = expected.strip_prefix("$53\r\n").unwrap_or(expected);
        assert!(reply.ends_with(expected), "{line}: {reply}");
    }
    assert_eq!(rig.sent(0), "");
}
