//! The command line, through the real program: exit codes, errors, and what is printed.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect"
)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/corelane.toml");

fn corelane(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_corelane"))
        .args(arguments)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs with settings that must be refused, and gives the lines of standard error.
fn refused(arguments: &[&str]) -> Vec<String> {
    let output = corelane(arguments);
    assert_eq!(output.status.code(), Some(64), "{arguments:?}: {output:?}");
    assert_eq!(stdout(&output), "");
    stderr(&output).lines().map(str::to_owned).collect()
}

/// A settings file that is removed at the end of its test.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("corelane-{}-{name}", std::process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn version_is_the_package_version() {
    let output = corelane(&["--version"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        stdout(&output),
        format!("corelane {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn help_names_every_flag() {
    let output = corelane(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = stdout(&output);
    for flag in [
        "--config <FILE>",
        "--listen <ADDR>",
        "--seed <ADDR>",
        "--workers <N>",
        "--admin <ADDR>",
        "--takeover",
        "--check-config",
        "--print-config",
        "--version",
        "--help",
    ] {
        assert!(help.contains(flag), "{flag} is not in\n{help}");
    }
}

#[test]
fn a_seed_is_enough() {
    assert_eq!(
        corelane(&["--seed", "redis-0", "--check-config"])
            .status
            .code(),
        Some(0)
    );
    let lines = refused(&["--check-config"]);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].starts_with("seeds = []: at least one"),
        "{lines:?}"
    );
}

#[test]
fn the_sample_file_is_good() {
    let output = corelane(&["--config", SAMPLE, "--check-config"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(stdout(&output), "settings are good\n");
}

#[test]
fn all_errors_of_file_and_flags_are_listed() {
    let file = File::new(
        "bad.toml",
        "workers = 'two'\n[limits]\nclient_output_max = 5\n[cluster]\nseed = 'x'\n",
    );
    let flags = [
        "--listen",
        "nowhere",
        "--listen",
        "127.0.0.1:1",
        "--admin",
        "x:1",
        "--workers",
        "-1",
    ];
    let lines = refused(&[&["--config", file.path()], &flags[..]].concat());
    for start in [
        "workers = \"two\": ",
        "limits.client_output_max = 5: ",
        "cluster.seed = ",
        "--listen[0] = \"nowhere\": ",
        "--admin = \"x:1\": ",
        "--workers = -1: ",
        "seeds = []: ",
    ] {
        assert!(
            lines.iter().any(|line| line.starts_with(start)),
            "no {start:?} in {lines:#?}"
        );
    }
    assert_eq!(lines.len(), 7, "{lines:#?}");
}

#[test]
fn bad_settings_are_refused_before_anything_starts() {
    // Without --check-config it would run.
    assert_eq!(refused(&["--seed", "redis-0", "--workers", "x"]).len(), 1);
}

#[test]
fn users_are_checked_with_everything_else() {
    let file = File::new(
        "users.toml",
        "workers = 'two'\n[clients]\npassword = 'hunter2'\n\
         [[clients.users]]\nname = 'app'\npassword = 'sha256:hunter2'\nrules = '+@reed ~app:*'\n\
         [[clients.users]]\nname = 'app'\nrules = ['nopass', '>hunter2']\ncolour = 'red'\n",
    );
    let lines = refused(&["--config", file.path(), "--check-config"]);
    let expected = [
        "clients.users[1].colour = ***: unknown key",
        "workers = \"two\": a whole number",
        "seeds = []: at least one",
        "clients.users[0].rules = +@reed: a category that ACL CAT lists",
        "clients.users[0].password = ***: behind sha256:",
        "clients.users[1].name = \"app\": a name that no earlier user has",
        "clients.users[1].rules = ***: passwords in password",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line} is not {expected}");
    }
    assert!(!lines.concat().contains("hunter2"), "{lines:#?}");
}

#[test]
fn certificates_are_checked_with_everything_else() {
    let nonsense = File::new("nonsense.pem", "nonsense");
    let text = format!(
        "workers = 'two'\n[tls]\nlisten = ['127.0.0.1:7619']\ncert_file = '{0}'\n\
         key_file = '/nonexistent.key'\nca_cert_file = '{0}'\nauth_clients = 'maybe'\n\
         [cluster]\ntls = true\ntls_ca_cert_file = '/nonexistent.pem'\n",
        nonsense.path()
    );
    let file = File::new("tls.toml", &text);
    let lines = refused(&["--config", file.path(), "--seed", "a", "--check-config"]);
    for start in [
        "workers = \"two\": a whole number".to_owned(),
        "tls.auth_clients = \"maybe\": one of no, optional, yes".to_owned(),
        format!("tls.cert_file = \"{}\": the path of a", nonsense.path()),
        "tls.key_file = \"/nonexistent.key\": the path of a".to_owned(),
        format!("tls.ca_cert_file = \"{}\": the path of a", nonsense.path()),
        "cluster.tls_ca_cert_file = \"/nonexistent.pem\": the path of a".to_owned(),
    ] {
        let is_there = lines.iter().any(|line| line.starts_with(&start));
        assert!(is_there, "no {start:?} in {lines:#?}");
    }
}

#[test]
fn unreadable_files_and_unknown_flags_are_bad_settings() {
    let lines = refused(&["--config", "/nonexistent.toml", "--seed", "a"]);
    assert!(
        lines[0].starts_with("--config = /nonexistent.toml: "),
        "{lines:?}"
    );
    assert!(refused(&["--threads", "2"])[0].contains("--threads"));
    assert!(!refused(&["--workers"]).is_empty());
}

#[test]
fn printed_settings_load_again() {
    let file = File::new(
        "good.toml",
        "seeds = ['a', 'b:7000']\nworkers = 2\n[clients]\npassword = 'hunter2'\n",
    );
    let flags = [
        "--listen",
        "[::1]:7617",
        "--admin",
        "127.0.0.1:9000",
        "--print-config",
    ];
    let first = corelane(&[&["--config", file.path()], &flags[..]].concat());
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    let text = stdout(&first);
    for line in [
        "listen = [\"[::1]:7617\"]",
        "seeds = [\"a:6379\", \"b:7000\"]",
        "workers = 2",
        "password = \"***\"",
        "listen = \"127.0.0.1:9000\"",
    ] {
        assert!(
            text.lines().any(|printed| printed == line),
            "no {line} in\n{text}"
        );
    }
    assert!(!text.contains("hunter2"));
    let again = File::new("again.toml", &text);
    let second = corelane(&["--config", again.path(), "--print-config"]);
    assert_eq!(stdout(&second), text);
    // But nothing runs with a password that everyone can read.
    let lines = refused(&["--config", again.path(), "--check-config"]);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].starts_with("clients.password = ***: the password itself"),
        "{lines:?}"
    );
}
