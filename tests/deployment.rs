//! What deployment needs, in `config/`: it must agree with the program.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect"
)]

use std::process::Command;

use corelane::config::{Config, LISTEN_PORT};

const KUBERNETES: &str = include_str!("../config/kubernetes.yaml");
const SYSTEMD: &str = include_str!("../config/corelane.service");
const SECCOMP: &str = include_str!("../config/seccomp.json");

/// The settings inside the `ConfigMap`, without the manifest's indentation.
fn kubernetes_settings() -> String {
    let block = KUBERNETES.split_once("corelane.toml: |\n").unwrap().1;
    let lines = block
        .lines()
        .take_while(|line| line.starts_with("    ") || line.is_empty());
    lines
        .map(|line| format!("{}\n", line.trim_start()))
        .collect()
}

#[test]
fn kubernetes_settings_load() {
    let text = kubernetes_settings();
    let config = Config::load(&text).unwrap();
    let admin = config.admin.listen.unwrap();
    assert_eq!(
        config
            .listen
            .iter()
            .map(|address| address.port())
            .collect::<Vec<_>>(),
        [LISTEN_PORT]
    );
    for port in [LISTEN_PORT, admin.port()] {
        assert!(
            KUBERNETES.contains(&format!("containerPort: {port}\n")),
            "{port}"
        );
    }
    assert!(
        KUBERNETES.contains(&format!("      port: {LISTEN_PORT}\n")),
        "the Service"
    );
    assert!(KUBERNETES.contains(&format!("prometheus.io/port: \"{}\"", admin.port())));
    assert!(KUBERNETES.contains(&format!("image: corelane:{}\n", env!("CARGO_PKG_VERSION"))));
    // As many cores as workers, so that each can be pinned.
    assert_eq!(
        KUBERNETES
            .matches(&format!("cpu: \"{}\"", config.workers))
            .count(),
        2
    );
    // A stop must be over before Kubernetes kills.
    let grace: u64 = number_after(KUBERNETES, "terminationGracePeriodSeconds: ");
    let pause: u64 = number_after(KUBERNETES, "seconds: ");
    assert!(config.drain_timeout.as_secs() + pause < grace);
}

#[test]
fn kubernetes_password_file_is_a_key() {
    let section = kubernetes_settings();
    let commented: String = section
        .lines()
        .filter_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')))
        .map(|line| format!("{line}\n"))
        .collect();
    let (_, errors) = Config::read(&commented);
    // The key is known; its file is not on this machine.
    assert_eq!(errors.0.len(), 1, "{errors}");
    assert!(errors.to_string().contains("No such file"), "{errors}");
}

#[test]
fn probes_are_the_admin_paths() {
    let probe = |name: &str| {
        KUBERNETES
            .split_once(name)
            .unwrap()
            .1
            .split_once("path: ")
            .unwrap()
            .1
    };
    for (name, path) in [
        ("startupProbe:", "/livez"),
        ("livenessProbe:", "/livez"),
        ("readinessProbe:", "/readyz"),
    ] {
        assert_eq!(probe(name).lines().next(), Some(path), "{name}");
    }
}

#[test]
fn commands_of_the_unit_use_real_flags() {
    let mut commands = 0;
    for line in SYSTEMD.lines() {
        let Some((_, command)) = line.split_once("/usr/local/bin/corelane --") else {
            continue;
        };
        if !line.starts_with("Exec") {
            continue;
        }
        // Only bad settings, and not bad flags, may be what is wrong here.
        let flags = format!("--{command} --check-config").replace(
            "/etc/corelane/corelane.toml",
            concat!(env!("CARGO_MANIFEST_DIR"), "/config/corelane.toml"),
        );
        let flags = flags.replace("--check-config --check-config", "--check-config");
        let output = Command::new(env!("CARGO_BIN_EXE_corelane"))
            .args(flags.split_whitespace())
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
        commands += 1;
    }
    assert_eq!(commands, 2);
    let stop: u64 = number_after(SYSTEMD, "TimeoutStopSec=");
    assert!(Config::default().drain_timeout.as_secs() < stop);
    let files: usize = number_after(SYSTEMD, "LimitNOFILE=");
    assert!(Config::default().limits.clients_max * 2 < files);
}

#[test]
fn settings_can_change_while_it_runs() {
    // A file that is mounted alone is never replaced.
    assert!(!KUBERNETES.contains("subPath:"));
    assert!(KUBERNETES.contains("mountPath: /etc/corelane/settings\n"));
    assert!(KUBERNETES.contains("\"/etc/corelane/settings/corelane.toml\""));
    assert!(SYSTEMD.contains("ExecReload=/bin/kill -HUP $MAINPID\n"));
    assert!(SYSTEMD.contains("Type=notify\n") && SYSTEMD.contains("NotifyAccess=main\n"));
}

#[test]
fn rings_are_allowed() {
    for call in ["io_uring_setup", "io_uring_enter", "io_uring_register"] {
        assert!(SECCOMP.contains(&format!("\"{call}\"")), "seccomp: {call}");
        assert!(
            SYSTEMD
                .lines()
                .any(|line| line.starts_with("SystemCallFilter") && line.contains(call))
        );
    }
}

/// Also where `e2e confined` cannot run.
#[test]
fn a_takeover_is_allowed_from_its_start_to_its_failure() {
    for call in ["clone", "execve", "kill", "wait4", "waitid", "socketpair"] {
        assert!(SECCOMP.contains(&format!("\"{call}\"")), "seccomp: {call}");
    }
}

fn number_after<T: std::str::FromStr>(text: &str, start: &str) -> T {
    let rest = text.split_once(start).unwrap().1;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap();
    digits.parse().ok().unwrap()
}
