//! Users as a whole: from settings to what they may send.

mod learned;
mod random;

use super::{Access, Denial, SortOption, User, UserId, check};
use crate::command::{Command, each, lookup};
use crate::config::{ClientSettings, Secret, UserSettings};
use crate::resp::{RequestView, write};

fn entry(name: &str, password: &str, rules: &str) -> UserSettings {
    let passwords = password.split_whitespace().map(Secret::new).collect();
    UserSettings {
        name: name.to_owned(),
        passwords,
        rules: vec![rules.to_owned()],
        ..UserSettings::default()
    }
}

/// The settings of a default user with a password, and others.
fn settings(users: Vec<UserSettings>) -> ClientSettings {
    ClientSettings {
        password: Some(Secret::new("default-pass")),
        users,
        ..ClientSettings::default()
    }
}

/// Users whose first besides the default user has these rules.
fn with_rules(rules: &str) -> Access {
    let settings = settings(vec![entry("app", "pass", rules)]);
    assert_eq!(check(&settings), Ok(()), "{rules}");
    Access::new(&settings)
}

fn app(access: &Access) -> &User {
    access.get(access.find(b"app").unwrap()).unwrap()
}

fn frame(line: &str) -> Vec<u8> {
    let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
    let mut frame = Vec::new();
    write::request(&mut frame, &words);
    frame
}

fn command_of(line: &str) -> &'static Command {
    let mut words = line.split(' ').map(str::as_bytes);
    let command = lookup(words.next().unwrap()).expect(line);
    let child = words.next().and_then(|word| command.subcommand(word));
    child.unwrap_or(command)
}

fn try_line(user: &User, line: &str) -> Result<(), Denial> {
    user.check(
        command_of(line),
        &RequestView::new(&frame(line)),
        &mut Vec::new(),
    )
}

// === what may be sent ===

type Decision = Result<(), Denial>;

const COMMAND: Decision = Err(Denial::Command);
const UNCHECKED: Decision = Err(Denial::Unchecked);

const fn key(index: usize) -> Decision {
    Err(Denial::Key(index))
}

const fn channel(index: usize) -> Decision {
    Err(Denial::Channel(index))
}

/// Rules, and what becomes of requests.
const DECISIONS: &[(&str, &[(&str, Decision)])] = &[
    (
        "",
        &[
            ("PING", COMMAND),
            ("GET a", COMMAND),
            ("AUTH x", Ok(())),
            ("HELLO 3", Ok(())),
            ("QUIT", Ok(())),
            ("RESET", Ok(())),
        ],
    ),
    (
        "allcommands allkeys allchannels",
        &[
            ("GET a", Ok(())),
            ("EVAL s 0", Ok(())),
            ("SHUTDOWN", Ok(())),
        ],
    ),
    (
        "-@all +get ~a:* (+@read ~b:*) ( +set +publish ~c:* ~a:1 &news ) (+@all ~* &all)",
        &[
            ("GET a:1", Ok(())),
            ("GET b:1", Ok(())),
            ("MGET b:1 b:2", Ok(())),
            ("SET c:1 v", Ok(())),
            ("SET a:1 v", Ok(())),
            ("PUBLISH news m", Ok(())),
            ("PUBLISH all m", Ok(())),
            ("PUBLISH other m", channel(1)),
            ("EVAL s 0", UNCHECKED),
        ],
    ),
    (
        "+get ~a:* (+@read ~b:* ~c:*) (+mset ~d:*)",
        &[
            ("GET d:1", key(1)),
            ("MGET b:1 c:1", Ok(())),
            ("MGET a:1 b:1", key(1)),
            ("MGET b:1 a:1", key(2)),
            ("MSET d:1 v e:1 v", key(3)),
            ("DEL a:1", COMMAND),
        ],
    ),
    (
        "+get ~a (+@all ~*) clearselectors (+set ~b)",
        &[
            ("GET a", Ok(())),
            ("SET b v", Ok(())),
            ("SET a v", key(1)),
            ("DEL a", COMMAND),
        ],
    ),
    (
        "+@read +set ~app:* %R~shared:* %W~out:*",
        &[
            ("GET app:1", Ok(())),
            ("GET app", key(1)),
            ("GET APP:1", key(1)),
            ("GET shared:1", Ok(())),
            ("GET out:1", key(1)),
            ("SET out:1 v", Ok(())),
            ("SET shared:1 v", key(1)),
            ("SET out:1 v GET", key(1)),
            ("SET out:1 v EX 10 get", key(1)),
            ("SET app:1 v GET", Ok(())),
            ("MGET app:1 shared:2 out:3", key(3)),
            ("EXISTS out:1 shared:1 app:1", Ok(())),
            ("EXISTS other", key(1)),
            ("DEL app:1", COMMAND),
            ("ZUNION 2 app:1 out:1", key(3)),
            ("ZUNION 3 app:1 app:2", key(0)),
            ("XREAD COUNT 1 STREAMS app:1 secret 0 0", key(5)),
            ("JSON.GET shared:1", Ok(())),
            ("JSON.GET out:1", key(1)),
            ("JSON.SET shared:1 $ 1", COMMAND),
            ("OBJECT ENCODING secret", key(2)),
            ("RANDOMKEY", Ok(())),
        ],
    ),
    (
        "+@all -@dangerous ~*",
        &[
            ("FT.SEARCH idx x", Ok(())),
            ("TS.MGET FILTER a=b", Ok(())),
            ("JSON.SET a $ 1", Ok(())),
            ("KEYS *", COMMAND),
            ("SORT a", COMMAND),
            ("GET a", Ok(())),
            ("EVAL s 1 a", UNCHECKED),
            ("EVAL_RO s 0", UNCHECKED),
            ("FCALL f 0", UNCHECKED),
            ("EVALSHA s 0", UNCHECKED),
            ("PUBLISH c m", channel(1)),
        ],
    ),
    (
        "+@all -config +config|get -client|kill ~a &news:* &any",
        &[
            ("FT.SEARCH a x", UNCHECKED),
            ("FT.CREATE a SCHEMA f TEXT", UNCHECKED),
            ("TS.MGET FILTER a=b", UNCHECKED),
            ("FT.CONFIG HELP", Ok(())),
            ("JSON.SET a $ 1", Ok(())),
            ("JSON.SET b $ 1", key(1)),
            ("CONFIG GET x", Ok(())),
            ("CONFIG SET x y", COMMAND),
            ("CLIENT KILL x", COMMAND),
            ("CLIENT LIST", Ok(())),
            ("PUBLISH news:1 x", Ok(())),
            ("PUBLISH news x", channel(1)),
            ("PUBLISH any other", Ok(())),
            ("SPUBLISH news:1 other", Ok(())),
            ("SPUBLISH other x", channel(1)),
            ("SUBSCRIBE any news:1 other", channel(3)),
            ("SSUBSCRIBE other", channel(1)),
            ("PSUBSCRIBE news:* any", Ok(())),
            ("PSUBSCRIBE news:a*", channel(1)),
            ("PSUBSCRIBE news:1", channel(1)),
            ("UNSUBSCRIBE other", Ok(())),
            ("PUNSUBSCRIBE other", Ok(())),
            ("EVAL s 1 b", key(3)),
            ("EVAL s 1 a", UNCHECKED),
            ("RENAME a b", key(2)),
            ("BITOP AND a a b", key(4)),
            ("SORT a STORE b", key(3)),
            ("GEORADIUS a 1 1 1 m STORE b", key(7)),
            ("SORT a BY w_*", Err(Denial::Sort(SortOption::By))),
            ("SORT a BY nosort", Ok(())),
            ("SORT a GET #", Err(Denial::Sort(SortOption::Get))),
            (
                "SORT_RO a LIMIT by 1 GET x",
                Err(Denial::Sort(SortOption::Get)),
            ),
            ("SORT a STORE a LIMIT GET GET", Ok(())),
        ],
    ),
    (
        "+@json +@bloom %R~r %W~w ~rw",
        &[
            ("JSON.GET r", Ok(())),
            ("JSON.GET w", key(1)),
            ("JSON.SET w $ 1", key(1)),
            ("JSON.SET r $ 1", key(1)),
            ("JSON.SET rw $ 1", Ok(())),
            ("JSON.MGET r w $", key(2)),
            ("BF.ADD r x", key(1)),
        ],
    ),
    (
        "+sort %R~* %W~a",
        &[
            ("SORT b BY w_* GET x STORE a", Ok(())),
            ("SORT b STORE b", key(3)),
        ],
    ),
    (
        "+@all -@all +get ~*",
        &[("GET a", Ok(())), ("SET a b", COMMAND)],
    ),
    (
        "-get +@all ~* &*",
        &[("GET a", Ok(())), ("EVAL s 0", Ok(()))],
    ),
    (
        "+get -@read +@string ~*",
        &[("GET a", Ok(())), ("HGET a b", COMMAND)],
    ),
    ("+@all -select +select ~* &*", &[("EVAL s 0", UNCHECKED)]),
];

#[test]
fn rules_decide_what_may_be_sent() {
    for (rules, lines) in DECISIONS {
        let access = with_rules(rules);
        for (line, expected) in *lines {
            assert_eq!(try_line(app(&access), line), *expected, "{rules}: {line}");
        }
    }
}

#[test]
fn scripts_run_where_the_settings_say_so() {
    let mut user = entry("app", "pass", "+eval ~a");
    user.unchecked_commands = true;
    let access = Access::new(&settings(vec![user]));
    assert_eq!(try_line(app(&access), "EVAL s 1 a"), Ok(()));
    assert_eq!(try_line(app(&access), "EVAL s 1 b"), Err(Denial::Key(3)));
    assert_eq!(try_line(app(&access), "FCALL f 0"), Err(Denial::Command));
}

#[test]
fn channels_can_be_asked_one_by_one() {
    let access = with_rules("&news:*");
    let user = app(&access);
    for (channel, is_pattern, expected) in [
        ("news:1", false, true),
        ("news:*", true, true),
        ("news:1", true, false),
        ("other", false, false),
        ("*", true, false),
    ] {
        let answer = user.may_use_channel(channel.as_bytes(), is_pattern);
        assert_eq!(answer, expected, "{channel} {is_pattern}");
    }
}

#[test]
fn only_a_user_without_limits_is_unlimited() {
    for (rules, expected) in [
        ("+@all ~* &*", true),
        ("allcommands allkeys allchannels", true),
        ("+@all ~*", false),
        ("+@all &*", false),
        ("~* &*", false),
        ("+@all -get +get ~* &*", false),
        ("+@all %R~* %W~* &*", false),
        ("+@all -get +@all ~* &*", true),
        ("+get (+@all ~* &*)", true),
        ("+@all ~* (&*)", false),
    ] {
        let access = with_rules(rules);
        let id = access.find(b"app").unwrap();
        assert_eq!(access.is_unlimited(id), expected, "{rules}");
        if expected {
            let user = app(&access);
            let mut commands = each();
            assert!(commands.all(|command| user.each_rights().any(|own| own.has_command(command))));
        }
    }
    assert!(with_rules("").is_unlimited(UserId::DEFAULT));
}

#[test]
fn rules_are_shown_as_servers_show_them() {
    for (rules, commands, keys, channels) in [
        ("", "-@all", "", ""),
        ("allcommands ~* &*", "+@all", "~*", "&*"),
        ("allkeys allchannels", "-@all", "~*", "&*"),
        ("+GET -get +@READ", "-@all -get +@read", "", ""),
        ("+config|get +config", "-@all +config", "", ""),
        ("+config -config|set", "-@all +config -config|set", "", ""),
        ("+@all -@dangerous +keys -@all +get", "-@all +get", "", ""),
        ("%R~a %W~b ~c %rw~d", "-@all", "%R~a %W~b ~c ~d", ""),
        ("%R~a %W~a ~b ~b", "-@all", "~a ~b", ""),
        ("~a resetkeys ~b", "-@all", "~b", ""),
        ("~a ~*", "-@all", "~*", ""),
        ("&a &b &a resetchannels &c", "-@all", "", "&c"),
        ("allkeys resetkeys", "-@all", "", ""),
    ] {
        let access = with_rules(rules);
        let user = app(&access);
        assert_eq!(user.command_rules(), commands, "{rules}");
        assert_eq!(user.key_rules(), keys, "{rules}");
        assert_eq!(user.channel_rules(), channels, "{rules}");
        // What is shown says the same.
        let shown = format!("{commands} {keys} {channels}");
        assert_eq!(app(&with_rules(&shown)).rights, user.rights, "{rules}");
    }
}

// === who may log in ===

#[test]
fn credentials() {
    let hash = "sha256:f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7";
    let access = Access::new(&settings(vec![
        entry("app", "one two", ""),
        entry("hashed", hash, ""),
        entry("open", "", "nopass"),
        entry("shut", "pass", "off"),
        entry("closed", "", "off"),
    ]));
    let rows = [
        (Some("app"), "one", true),
        (Some("app"), "two", true),
        (Some("app"), "three", false),
        (Some("app"), "default-pass", false),
        (Some("app"), "", false),
        (Some("APP"), "one", false),
        (Some("hashed"), "hunter2", true),
        (Some("hashed"), hash, false),
        (Some("open"), "", true),
        (Some("open"), "anything", true),
        (Some("shut"), "pass", false),
        (Some("closed"), "", false),
        (Some("nobody"), "one", false),
        (Some("default"), "default-pass", true),
        (None, "default-pass", true),
        (None, "one", false),
    ];
    for (name, password, expected) in rows {
        let id = access.authenticate(name.map(str::as_bytes), password.as_bytes());
        let found = id.map(|id| access.name(id));
        let expected = expected.then_some(name.unwrap_or("default"));
        assert_eq!(found, expected, "{name:?} {password}");
    }
    let names: Vec<&str> = access.sorted().iter().map(|user| user.name()).collect();
    assert_eq!(
        names,
        ["app", "closed", "default", "hashed", "open", "shut"]
    );
    assert!(!access.is_open() && !access.takes_any_password());
}

#[test]
fn the_default_user_may_have_rules_too() {
    let alone = Access::new(&ClientSettings::default());
    assert!(alone.is_open() && alone.takes_any_password());
    assert!(alone.is_unlimited(UserId::DEFAULT));
    let anonymous = ClientSettings {
        users: vec![entry("default", "", "nopass +@read ~*")],
        ..ClientSettings::default()
    };
    assert_eq!(check(&anonymous), Ok(()));
    let access = Access::new(&anonymous);
    assert!(access.is_open() && !access.is_unlimited(UserId::DEFAULT));
    assert_eq!(access.sorted().len(), 1);
    let shut = ClientSettings {
        users: vec![entry("default", "", "off"), entry("app", "pass", "")],
        ..ClientSettings::default()
    };
    assert_eq!(check(&shut), Ok(()));
    assert!(!Access::new(&shut).is_open());
    let renamed = ClientSettings {
        username: "main".to_owned(),
        ..settings(vec![entry("main", "", "+get ~*")])
    };
    assert_eq!(check(&renamed), Ok(()));
    let access = Access::new(&renamed);
    assert_eq!(
        access.authenticate(None, b"default-pass"),
        Some(UserId::DEFAULT)
    );
    assert_eq!(access.name(UserId::DEFAULT), "main");
    assert!(!access.is_unlimited(UserId::DEFAULT));
}

// === what is wrong with settings ===

/// Name, passwords and rules of a user, and what is said about them.
const MISTAKES: &[((&str, &str, &str), &str)] = &[
    (("", "p", ""), "clients.users[0].name = \"\": a name"),
    (("a b", "p", ""), "clients.users[0].name = \"a b\": a name"),
    (("app", "", ""), "clients.users[0].password: a password or"),
    (
        ("app", "p", "nopass"),
        "clients.users[0].rules = nopass: no nopass",
    ),
    (
        ("app", "sha256:12", ""),
        "clients.users[0].password = ***: behind sha256:",
    ),
    (
        ("default", "p", ""),
        "clients.users[0].password = ***: not together",
    ),
    (
        ("default", "", "nopass"),
        "clients.users[0].rules = nopass: no nopass",
    ),
    (
        ("app", "p", "+nosuch"),
        "clients.users[0].rules = +nosuch: a command",
    ),
    (
        ("app", "p", "+select|0"),
        "clients.users[0].rules = +select|0: a command",
    ),
    (
        ("app", "p", "-config|no"),
        "clients.users[0].rules = -config|no: a command",
    ),
    (
        ("app", "p", "+@nosuch"),
        "clients.users[0].rules = +@nosuch: a category",
    ),
    (
        ("app", "p", "~* ~a"),
        "clients.users[0].rules = ~a: no pattern behind ~*",
    ),
    (
        ("app", "p", "&* &a"),
        "clients.users[0].rules = &a: no pattern behind &*",
    ),
    (
        ("app", "p", "%X~a"),
        "clients.users[0].rules = ***: one of on, off",
    ),
    (
        ("app", "p", "%~a"),
        "clients.users[0].rules = ***: one of on, off",
    ),
    (
        ("app", "p", "reset"),
        "clients.users[0].rules = ***: one of on, off",
    ),
    (
        ("app", "p", "(+get"),
        "clients.users[0].rules = ***: rules for commands, keys and channels in paren",
    ),
    (
        ("app", "p", "(+get (+set))"),
        "clients.users[0].rules = ***: rules for commands, keys and channels in paren",
    ),
    (
        ("app", "p", "(+get off)"),
        "clients.users[0].rules = ***: rules for commands, keys and channels in paren",
    ),
    (
        ("app", "p", "+get (+get >hunter2)"),
        "clients.users[0].rules = ***: rules for commands, keys and channels in paren",
    ),
    (
        ("app", "p", "(+nosuch ~a)"),
        "clients.users[0].rules = (+nosuch ~a): a command or sub",
    ),
];

#[test]
fn every_mistake_is_told_and_shuts_out() {
    for ((name, password, rules), expected) in MISTAKES {
        let settings = settings(vec![entry(name, password, rules)]);
        let errors = check(&settings).expect_err(expected);
        assert_eq!(errors.0.len(), 1, "{errors}");
        assert!(errors.to_string().starts_with(expected), "{errors}");
        let access = Access::new(&settings);
        let id = access.find(name.as_bytes()).unwrap();
        assert!(!access.get(id).unwrap().is_enabled(), "{name} {rules}");
    }
    for rule in [
        ">hunter2",
        "<hunter2",
        "#hunter2",
        "!hunter2",
        "hunter2",
        "(>hunter2",
    ] {
        let errors = check(&settings(vec![entry("app", "p", rule)])).expect_err(rule);
        assert!(!errors.to_string().contains("hunter2"), "{errors}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let errors = check(&ClientSettings {
        users: vec![
            entry("a", "p", "+nosuch -@nosuch"),
            entry("a", "", ""),
            entry("b", "sha256:1 sha256:2", "%Q~x"),
        ],
        ..ClientSettings::default()
    })
    .expect_err("many mistakes");
    let keys: Vec<&str> = errors.0.iter().map(|error| error.key.as_str()).collect();
    let expected = [
        "clients.password",
        "clients.users[0].rules",
        "clients.users[0].rules",
        "clients.users[1].name",
        "clients.users[1].password",
        "clients.users[2].rules",
        "clients.users[2].password",
        "clients.users[2].password",
    ];
    assert_eq!(keys, expected);
    let many = (0..2000)
        .map(|n| entry(&format!("u{n}"), "p", ""))
        .collect();
    let errors = check(&settings(many)).expect_err("too many");
    assert_eq!(
        errors.to_string(),
        "clients.users = 2000: at most 1024 users"
    );
}
