//! The load generator, through the real program: what it counts, how it ends, and what it writes.
//!
//! Most servers here are made for the test and answer wrongly in one way each; one is a real redis-server.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it does not expect"
)]
#![expect(clippy::print_stdout, reason = "a skipped test says why")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

#[path = "loadgen/fake.rs"]
mod fake;
#[path = "loadgen/real.rs"]
mod real;
#[path = "loadgen/wrong.rs"]
mod wrong;

/// What the program did.
struct Run {
    output: Output,
    report: Value,
}

/// A file that is removed at the end of its test.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let name = format!("corelane-bench-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_corelane-bench"))
        .args(arguments)
        .output()
        .unwrap()
}

impl Run {
    /// Runs against a port with more flags; `name` is that of the test.
    fn new(name: &str, port: u16, flags: &str) -> Self {
        let json = File::new(&format!("{name}.json"));
        let port = port.to_string();
        let mut arguments = vec!["--port", &port, "--warmup", "0s"];
        arguments.extend(["--json", json.path().to_str().unwrap()]);
        arguments.extend(flags.split('|').flat_map(|flag| flag.split_whitespace()));
        Self::finished(bench(&arguments), &json)
    }

    fn finished(output: Output, json: &File) -> Self {
        let text = std::fs::read_to_string(json.path());
        let text = text.unwrap_or_else(|_| panic!("no report: {output:?}"));
        Self {
            report: serde_json::from_str(&text).unwrap(),
            output,
        }
    }

    fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    fn count(&self, name: &str) -> u64 {
        self.report[name].as_u64().unwrap()
    }

    fn number(&self, path: &str) -> f64 {
        self.report.pointer(path).unwrap().as_f64().unwrap()
    }

    fn text(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    /// All replies were right, so many of them, and the exit code says so.
    fn assert_right(&self, requests: u64) {
        assert_eq!(self.code(), Some(0), "{}", self.text());
        assert_eq!(self.count("requests"), requests, "{}", self.report);
        for failure in ["wrong", "errors", "lost", "unanswered", "missing", "unsent"] {
            assert_eq!(self.count(failure), 0, "{failure}: {}", self.report);
        }
    }
}

/// For what is only so while the machine lets the generator run, as it hardly does in none of so many runs.
fn in_some_run(what: &str, run: impl Fn() -> bool) {
    assert!((0..10).any(|_| run()), "in no run: {what}");
}

#[test]
fn help_names_every_flag_and_what_a_template_is() {
    let output = bench(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).unwrap();
    for flag in [
        "--host",
        "--port",
        "--clients",
        "--pipeline",
        "--mix",
        "--rate",
        "--arrivals",
        "--duration",
        "--requests",
        "--warmup",
        "--value-size",
        "--keys",
        "--distribution",
        "--idle",
        "--threads",
        "--seed",
        "--no-populate",
        "--populate-only",
        "--protocol",
        "--cluster",
        "--json",
        "--hdr-log",
        "--quiet",
        "{key}",
        "{value}",
        "Exit codes",
    ] {
        assert!(help.contains(flag), "{flag} is not in\n{help}");
    }
}

#[test]
fn bad_flags_are_64_and_no_server_is_69() {
    for flags in [
        vec!["--no-such-flag"],
        vec!["--duration", "10"],
        vec!["--mix", "mget"],
        vec!["--clients", "0"],
        vec!["--protocol", "4"],
        vec!["--cluster", "--mix", "mget:2"],
        vec!["--populate-only", "--no-populate"],
        vec!["--populate-only", "--hdr-log", "never-written.hlog"],
    ] {
        let output = bench(&flags);
        assert_eq!(output.status.code(), Some(64), "{flags:?}: {output:?}");
        assert!(
            output.stdout.is_empty() && !output.stderr.is_empty(),
            "{flags:?}"
        );
    }
    // The listener is gone again, so nobody listens there.
    let port = fake::free_port().to_string();
    let output = bench(&["--port", &port]);
    assert_eq!(output.status.code(), Some(69), "{output:?}");
}
