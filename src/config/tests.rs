//! Settings as a whole: reading, checking, printing, and the sample file.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use super::keys::{Field, KEYS};
use super::users::USER_KEYS;
use super::{Config, LogLevel, Secret, Seed};

const SAMPLE: &str = include_str!("../../config/corelane.toml");

fn usable() -> Config {
    Config {
        seeds: vec!["127.0.0.1:7000".parse().unwrap()],
        ..Config::default()
    }
}

/// What `Config::load` complains about, one line each.
fn complaints(text: &str) -> Vec<String> {
    let errors = Config::load(text).expect_err(text);
    errors.0.iter().map(ToString::to_string).collect()
}

/// A file with one key, and the seed that every file needs.
fn with_key(path: &str, value: &str) -> String {
    match path.split_once('.') {
        Some((section, name)) => format!("seeds = [\"a\"]\n[{section}]\n{name} = {value}\n"),
        None if path == "seeds" => format!("seeds = {value}\n"),
        None => format!("seeds = [\"a\"]\n{path} = {value}\n"),
    }
}

fn secret_file(content: &[u8]) -> (tempfile::Path, String) {
    let path = tempfile::Path::new();
    fs::write(&path.0, content).unwrap();
    let shown = path.0.display().to_string();
    (path, shown)
}

/// A path that is this test's own and is removed at its end.
mod tempfile {
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicU32, Ordering};

    static NEXT: AtomicU32 = AtomicU32::new(0);

    pub(super) struct Path(pub(super) PathBuf);

    impl Path {
        pub(super) fn new() -> Self {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("corelane-config-{}-{number}", std::process::id());
            Self(std::env::temp_dir().join(name))
        }
    }

    impl Drop for Path {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }
}

#[test]
fn sample_file_is_the_defaults() {
    assert_eq!(Config::load(SAMPLE), Ok(usable()));
}

#[test]
fn sample_file_has_every_key_and_no_other() {
    // Keys without a default stand behind a `#`, prose behind a `#` and a space.
    let all: String = SAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let mut found = BTreeSet::new();
    for (name, value) in all.parse::<toml::Table>().unwrap() {
        match value {
            toml::Value::Table(section) => {
                for (inner, value) in section {
                    let table = value.as_array().and_then(|list| list.first()?.as_table());
                    let keys = table.iter().flat_map(|table| table.keys());
                    found.extend(keys.map(|key| format!("{name}.{inner}.{key}")));
                    found.insert(format!("{name}.{inner}"));
                }
            }
            _ => {
                found.insert(name);
            }
        }
    }
    let users = USER_KEYS.map(|key| format!("clients.users.{key}"));
    let known: BTreeSet<String> = KEYS
        .iter()
        .map(|key| key.path.to_owned())
        .chain(users)
        .collect();
    assert_eq!(found, known);
}

#[test]
fn sample_file_explains_every_key() {
    let mut comment = String::new();
    let mut explained = 0;
    for line in SAMPLE.lines() {
        if line.starts_with("# ") {
            comment.push_str(line);
        } else if line.contains(" = ") {
            for word in ["Default: ", "Unit: ", "Reason: "] {
                assert!(comment.contains(word), "no {word:?} above {line}");
            }
            explained += 1;
            let value = line.split_once(" = ").unwrap().1;
            // The comment names the default itself, or says that there is none.
            let given = comment.contains(&format!("Default: {value}"))
                || comment.contains("Default: not set")
                || comment.contains("Default: none");
            assert!(given, "the comment above {line} gives another default");
            comment.clear();
        } else {
            comment.clear();
        }
    }
    // The list of users is no line of its own.
    assert_eq!(explained, KEYS.len() - 1 + USER_KEYS.len());
}

#[test]
fn every_field_has_a_key() {
    // The pretty form of `Debug` shows one field per line, indented by its depth.
    let mut section = String::new();
    let mut fields = BTreeSet::new();
    for line in format!("{:#?}", Config::default()).lines() {
        let indent = line.len() - line.trim_start().len();
        let Some((name, value)) = line.trim_start().split_once(": ") else {
            continue;
        };
        if indent == 4 && value.ends_with("Settings {") {
            section = format!("{name}.");
        } else if indent == 4 {
            fields.insert(name.to_owned());
        } else if indent == 8 && value.contains(|c: char| !c.is_whitespace()) {
            fields.insert(format!("{section}{name}"));
        }
    }
    let known: BTreeSet<String> = KEYS.iter().map(|key| key.path.to_owned()).collect();
    assert_eq!(fields, known);
}

#[test]
fn keys_of_a_section_stand_together() {
    let mut sections: Vec<&str> = KEYS.iter().map(|key| key.section_and_name().0).collect();
    sections.dedup();
    let unique: BTreeSet<&str> = sections.iter().copied().collect();
    assert_eq!(sections.len(), unique.len(), "{sections:?}");
    assert_eq!(
        sections.first(),
        Some(&""),
        "keys without a section come first"
    );
}

#[test]
fn every_key_reads_into_its_own_field() {
    // A value that is allowed and not the default; what is printed must differ in that line alone.
    let default = usable().print();
    for key in KEYS {
        let value = match &key.field {
            Field::Addresses(_) => "[\"[::1]:7000\", \"127.0.0.1:1\"]".to_owned(),
            Field::OptionalAddress(_) => "\"127.0.0.1:1\"".to_owned(),
            Field::Seeds(_) => "[\"b:7000\"]".to_owned(),
            Field::Count(_, _, max) => max.to_string(),
            Field::OptionalCount(..) => "3".to_owned(),
            Field::Number(_, _, max) => max.to_string(),
            Field::Priority(_) => "100".to_owned(),
            Field::Size(_, _, max) => format!("\"{max}B\""),
            Field::Span(_, _, max) => format!("\"{}ms\"", max.as_millis()),
            // Not longer than the default of server_timeout.
            Field::OptionalSpan(..) => "\"7ms\"".to_owned(),
            Field::Flag(at) => (!*at(&mut usable())).to_string(),
            Field::Text(_) | Field::OptionalText(_) | Field::Password(_) => "\"x\"".to_owned(),
            Field::PasswordFile { .. } | Field::Users(_) => continue,
            Field::Level(_) => "\"trace\"".to_owned(),
            Field::Driver(_) => "\"epoll\"".to_owned(),
            Field::AuthClients(_) => "\"optional\"".to_owned(),
            Field::CrossSlot(_) => "\"emulate\"".to_owned(),
            Field::Outcome(_) => "\"close\"".to_owned(),
        };
        let text = with_key(key.path, &value).replace("[\"a\"]", "[\"127.0.0.1:7000\"]");
        let text = if key.path == "limits.args_max" || key.path == "limits.bulk_bytes_max" {
            // Their defaults are the most that is allowed.
            text.replace(
                &value,
                if key.path.ends_with("args_max") {
                    "5"
                } else {
                    "\"5KiB\""
                },
            )
        } else if key.path == "limits.nesting_max" {
            text.replace("8192", "9")
        } else {
            text
        };
        let (config, errors) = Config::read(&text);
        assert_eq!(errors.0, [], "{text}");
        let printed = config.print();
        let changed: Vec<&str> = printed
            .lines()
            .zip(default.lines())
            .filter(|(now, then)| now != then)
            .map(|(now, _)| now)
            .collect();
        let name = key.section_and_name().1;
        assert_eq!(changed.len(), 1, "{}: {changed:?}", key.path);
        assert!(
            changed[0].starts_with(&format!("{name} = ")),
            "{}: {changed:?}",
            key.path
        );
    }
}

#[test]
fn every_bound_is_kept() {
    for key in KEYS {
        let outside: Vec<String> = match &key.field {
            Field::Count(_, min, max) | Field::OptionalCount(_, min, max) => {
                vec![(*min as i64 - 1).to_string(), (max + 1).to_string()]
            }
            Field::Number(_, min, max) => {
                vec![
                    (i64::from(*min) - 1).to_string(),
                    (i64::from(*max) + 1).to_string(),
                ]
            }
            Field::Priority(_) => vec!["-1".to_owned(), "101".to_owned()],
            Field::Size(_, min, max) => {
                let below = min.checked_sub(1).map(|bytes| format!("\"{bytes}B\""));
                below
                    .into_iter()
                    .chain([format!("\"{}B\"", max + 1)])
                    .collect()
            }
            Field::Span(_, min, max) => {
                let below = min.checked_sub(Duration::from_millis(1));
                let above = *max + Duration::from_millis(1);
                below
                    .into_iter()
                    .chain([above])
                    .map(|duration| format!("\"{}ms\"", duration.as_millis()))
                    .collect()
            }
            _ => continue,
        };
        for value in outside {
            let (config, errors) = Config::read(&with_key(key.path, &value));
            assert_eq!(errors.0.len(), 1, "{} = {value}", key.path);
            let error = &errors.0[0];
            assert_eq!((error.key.as_str(), &error.value), (key.path, &value));
            assert!(error.allowed.contains(" from "), "{error}");
            // The field keeps its default.
            assert_eq!(config.limits, Config::default().limits);
        }
    }
}

#[test]
fn wrong_types_are_refused_for_every_key() {
    for key in KEYS {
        for value in ["1.5", "[1]", "{ a = 1 }", "1979-05-27", "[[]]"] {
            let (_, errors) = Config::read(&with_key(key.path, value));
            assert_eq!(errors.0.len(), 1, "{} = {value}", key.path);
            assert!(errors.0[0].key.starts_with(key.path), "{}", errors.0[0]);
        }
    }
}

#[test]
fn all_errors_come_at_once() {
    let text = "
        listen = ['0.0.0.0', '127.0.0.1:0']
        workers = -1
        threads = 3
        [cluster]
        refresh_interval = 1
        server_timeout = '1 s'
        master_read_priority = 101
        conect_timeout = '1s'
        [limits]
        client_output_max = '1GB'
        [log]
        level = 'loud'
        [metrics]
        port = 1
    ";
    let lines = complaints(text);
    for start in [
        "listen[0] = \"0.0.0.0\": \"address:port\"",
        "listen[1] = \"127.0.0.1:0\": \"address:port\"",
        "workers = -1: a whole number from 0 to 1024",
        "threads = ***: unknown key",
        "cluster.refresh_interval = 1: a duration in quotes",
        "cluster.server_timeout = \"1 s\": a duration in quotes",
        "cluster.master_read_priority = 101: a whole number from 0 to 100",
        "cluster.conect_timeout = \"1s\": unknown key; did you mean cluster.connect_timeout?",
        "limits.client_output_max = \"1GB\": a size in quotes",
        "log.level = \"loud\": one of off, error, warn, info, debug, trace",
        "[metrics]: unknown section",
        "seeds = []: at least one node",
    ] {
        assert!(
            lines.iter().any(|line| line.starts_with(start)),
            "no {start:?} in {lines:#?}"
        );
    }
    // Both bad addresses were left out, so the list is empty as well.
    assert_eq!(lines.len(), 13, "{lines:#?}");
}

#[test]
fn relations_are_checked() {
    for (text, key) in [
        ("listen = []", "listen"),
        ("listen = ['127.0.0.1:7617', '127.0.0.1:7617']", "listen[1]"),
        ("listen = ['0.0.0.0:7617', '127.0.0.1:7617']", "listen[1]"),
        ("admin.listen = '127.0.0.1:7617'", "admin.listen"),
        ("tls.cert_file = 'c'", "tls.key_file"),
        ("tls.key_file = 'k'", "tls.cert_file"),
        ("tls.auth_clients = 'yes'", "tls.ca_cert_file"),
        ("tls.ca_cert_file = 'a'", "tls.auth_clients"),
        ("cluster.tls = true", "cluster.tls_ca_cert_file"),
        ("cluster.tls_ca_cert_file = 'a'", "cluster.tls"),
        ("cluster.tls_server_name = 'a'", "cluster.tls"),
        (
            "[cluster]\ntls = true\ntls_ca_cert_file = 'a'\ntls_cert_file = 'c'",
            "cluster.tls_key_file",
        ),
        (
            "[tls]\nlisten = ['127.0.0.1:7617']\ncert_file = 'c'\nkey_file = 'k'",
            "tls.listen[0]",
        ),
        (
            "admin.listen = '127.0.0.1:1'\n[tls]\nlisten = ['0.0.0.0:1']\ncert_file = 'c'\n\
             key_file = 'k'",
            "admin.listen",
        ),
        (
            "cluster.refresh_interval = '50ms'",
            "cluster.refresh_interval_min",
        ),
        (
            "cluster.server_timeout = '400ms'",
            "cluster.connect_timeout",
        ),
        ("cluster.retry_delay = '2s'", "cluster.retry_delay"),
        ("cluster.failover_hold = '2s'", "cluster.failover_hold"),
        ("cluster.username = 'x'", "cluster.username"),
        (
            "limits.client_output_max = '128KiB'",
            "limits.client_output_pause",
        ),
        ("limits.memory_max = '15MiB'", "limits.memory_max"),
        (
            "workers = 2\nlimits.memory_max = '31MiB'",
            "limits.memory_max",
        ),
        ("workers = 2\nlimits.clients_max = 1", "limits.clients_max"),
        (
            "[cluster]\nmaster_read_priority = 0\nstatic_replica_read_priority = 0\n\
             dynamic_replica_read_priority = 0",
            "cluster.master_read_priority",
        ),
    ] {
        let errors = Config::load(&format!("seeds = ['a']\n{text}")).expect_err(text);
        let keys: Vec<&str> = errors.0.iter().map(|error| error.key.as_str()).collect();
        assert_eq!(keys, [key], "{text}");
    }
    for text in [
        "listen = ['127.0.0.1:7617', '127.0.0.2:7617', '[::]:7617', '0.0.0.0:7618']",
        "admin.listen = '127.0.0.1:7618'",
        "limits.memory_max = '16MiB'",
        "cluster.username = 'x'\ncluster.password = 'y'",
    ] {
        assert!(
            Config::load(&format!("seeds = ['a']\n{text}")).is_ok(),
            "{text}"
        );
    }
}

#[test]
fn secrets_are_never_shown() {
    let secret = "hunter2";
    for text in [
        format!("[cluster]\npassword = ['{secret}']"),
        format!("[clients]\npassword = {{ x = '{secret}' }}"),
        format!("[clients]\npasword = '{secret}'"),
        format!("password = '{secret}'"),
        format!("requirepass = '{secret}'"),
        format!("[auth]\npassword = '{secret}'"),
        format!("[seed]\npassword = '{secret}'"),
        format!("clients = '{secret}'"),
        format!("seeds = ['redis://user:{secret}@redis']"),
        format!("seeds = 'redis://:{secret}@redis'"),
        format!("[cluster]\npassword = '{secret}\nkeep_alive = '1s'"),
        format!("[cluster]\npassword = {secret}"),
        format!("[cluster]\npassword = '{secret}'\npassword = '{secret}'"),
        format!("[cluster]\npassword = '{secret}'\npassword_file = '/nonexistent'"),
    ] {
        let lines = complaints(&text);
        assert!(!lines.concat().contains(secret), "{text}\n{lines:#?}");
    }
    let config = Config::load(&format!(
        "seeds = ['a']\n[cluster]\npassword = '{secret}'\n[clients]\npassword = '{secret}'"
    ))
    .unwrap();
    assert_eq!(config.cluster.password, Some(Secret::new(secret)));
    assert!(!format!("{config:?} {}", config.print()).contains(secret));
}

#[test]
fn syntax_errors_name_their_line() {
    let lines = complaints("workers = 1\nseeds = [\n'a'\n]\nlisten = = 3\n\nx y\n");
    assert!(lines[0].starts_with("line 5: not TOML: "), "{lines:?}");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("line 7: not TOML: ")),
        "{lines:?}"
    );
}

#[test]
fn passwords_come_from_files() {
    for content in ["hunter2", "hunter2\n", "hunter2\r\n"] {
        let (_keep, path) = secret_file(content.as_bytes());
        let text = format!(
            "seeds = ['a']\n[cluster]\npassword_file = '{path}'\n[clients]\npassword_file = '{path}'"
        );
        let config = Config::load(&text).unwrap();
        assert_eq!(
            config.cluster.password,
            Some(Secret::new("hunter2")),
            "{content:?}"
        );
        assert_eq!(
            config.clients.password,
            Some(Secret::new("hunter2")),
            "{content:?}"
        );
        assert_eq!(
            Config::load(&config.print()),
            Ok(config),
            "the path is printed, not ***"
        );
    }
    let (_keep, path) = secret_file(b" two words \n\n");
    let (config, errors) = Config::read(&format!("clients.password_file = '{path}'"));
    assert_eq!(errors.0, []);
    assert_eq!(config.clients.password, Some(Secret::new(" two words \n")));
}

#[test]
fn unusable_password_files_are_errors() {
    for (content, why) in [
        (&b""[..], "it is empty"),
        (b"\n", "it is empty"),
        (b"\xff", "it is not UTF-8"),
        (&[b'x'; 5000], "it is too long"),
    ] {
        let (_keep, path) = secret_file(content);
        let lines = complaints(&format!("seeds = ['a']\ncluster.password_file = '{path}'"));
        assert!(
            lines.len() == 1 && lines[0].ends_with(&format!("({why})")),
            "{lines:?}"
        );
    }
    let lines = complaints("seeds = ['a']\ncluster.password_file = '/nonexistent/x'");
    assert!(
        lines[0].contains("/nonexistent/x") && lines[0].contains("No such file"),
        "{lines:?}"
    );
}

#[test]
fn printed_settings_load_again() {
    let text = "
        listen = ['[::1]:7617', '127.0.0.1:7000']
        seeds = ['redis-0.redis', '[fd00::1]:7000']
        pin_control = 0
        [cluster]
        username = 'quotes \" and \\ and é'
        password = '***'
        server_timeout = '1500ms'
        [admin]
        listen = '127.0.0.1:7618'
        [log]
        level = 'debug'
    ";
    let config = Config::load(text).unwrap();
    assert_eq!(
        config.seeds[0],
        Seed {
            host: "redis-0.redis".to_owned(),
            port: 6379
        }
    );
    assert_eq!(config.log.level, LogLevel::Debug);
    assert_eq!(Config::load(&config.print()), Ok(config));
    assert_eq!(Config::load(&usable().print()), Ok(usable()));
}

#[test]
fn flags_override_the_file() {
    let (mut config, _) = Config::read("seeds = ['a', 'b']\nworkers = 1\nlisten = ['[::]:1']");
    let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    for (flag, path, given) in [
        ("--seed", "seeds", texts(&["c:7000"])),
        ("--listen", "listen", texts(&["127.0.0.1:1", "127.0.0.1:2"])),
        ("--workers", "workers", texts(&["4"])),
        ("--admin", "admin.listen", texts(&["127.0.0.1:3"])),
        ("--admin", "admin.listen", texts(&[])),
    ] {
        assert_eq!(config.set_flag(flag, path, &given).0, [], "{flag}");
    }
    assert_eq!(config.seeds, ["c:7000".parse().unwrap()]);
    assert_eq!((config.listen.len(), config.workers), (2, 4));
    assert_eq!(config.admin.listen, Some("127.0.0.1:3".parse().unwrap()));
    for (flag, path, given, shown) in [
        (
            "--workers",
            "workers",
            "many",
            "--workers = \"many\": a whole number",
        ),
        (
            "--workers",
            "workers",
            "-1",
            "--workers = -1: a whole number",
        ),
        (
            "--listen",
            "listen",
            "7617",
            "--listen[0] = \"7617\": \"address:port\"",
        ),
        ("--seed", "seeds", ":1", "--seed[0] = \":1\": \"host:port\""),
        (
            "--admin",
            "admin.listen",
            "localhost:1",
            "--admin = \"localhost:1\": \"address:port\"",
        ),
    ] {
        let errors = config.set_flag(flag, path, &texts(&[given]));
        assert!(errors.to_string().starts_with(shown), "{errors}");
    }
}
