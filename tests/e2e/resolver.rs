//! A resolver of host names for the proxy under test.
//!
//! `resolver/names.c` is compiled once for all tests and loaded into the proxy in front of the C library; the tests
//! say what it knows.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::children::TempDir;

/// What a resolver knows; it can change while the proxy runs.
pub(crate) struct Resolver {
    dir: TempDir,
}

/// What it knows of a name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    /// How long it takes to look it up.
    pub(crate) time: Duration,
    /// Its addresses in their order with commas between them, or [`NONE`].
    pub(crate) addresses: &'a str,
}

/// For a name that is not known.
pub(crate) const NONE: &str = "-";

// === impl Resolver ===

impl Resolver {
    pub(crate) fn new(entries: &[Entry<'_>]) -> Self {
        let resolver = Self {
            dir: TempDir::new("names"),
        };
        resolver.set(entries);
        resolver
    }

    /// What it knows from now on.
    pub(crate) fn set(&self, entries: &[Entry<'_>]) {
        let mut text = String::new();
        for entry in entries {
            let (name, addresses) = (entry.name, entry.addresses);
            let time = entry.time.as_millis();
            writeln!(text, "{name} {time} {addresses}").expect("write to a string");
        }
        // In one step: it may be read at any time.
        let new = self.dir.path().join("new");
        std::fs::write(&new, text).expect("write the names");
        std::fs::rename(new, self.file()).expect("rename the names");
    }

    /// The process that is started with this command uses it.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", library())
            .env("CORELANE_TEST_NAMES", self.file());
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("names")
    }
}

/// What is loaded in front of the C library.
fn library() -> PathBuf {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = BUILT.get_or_init(|| {
        let dir = TempDir::new("resolver");
        let path = dir.path().join("names.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/resolver/names.c");
        let built = Command::new("cc")
            .args(["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1"])
            .arg("-o")
            .args([&path, &PathBuf::from(source)])
            .arg("-ldl")
            .status()
            .expect("a C compiler");
        assert!(built.success(), "{source} does not compile");
        (dir, path)
    });
    path.clone()
}
