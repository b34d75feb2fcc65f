//! The house rules, as tests: who may import whom, where dangerous things may stand, how long files
//! and functions may be, how things are called, and that documents hold together.
//!
//! Each rule is a function from one file to what it finds there, with samples that it must and must
//! not object to. A new rule is one more entry in [`rules`].

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

use std::fs;
use std::path::{Path, PathBuf};

#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/lengths.rs"]
mod lengths;
#[path = "tidy/names.rs"]
mod names;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/text.rs"]
mod text;

use source::{Finding, Source};

/// One house rule.
struct Rule {
    name: &'static str,
    check: fn(&Source) -> Vec<Finding>,
    /// Paths and texts that the rule must object to.
    bad: Vec<(&'static str, String)>,
    /// Paths and texts that look similar and are good.
    good: Vec<(&'static str, String)>,
}

fn rules() -> Vec<Rule> {
    [
        layers::rules(),
        lengths::rules(),
        names::rules(),
        text::rules(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn the_repository_is_tidy() {
    let files = files(&root());
    assert!(files.len() > 20, "only {} files found", files.len());
    let mut findings = Vec::new();
    for path in &files {
        // What is not text, such as captured replies, has no rules.
        let Ok(text) = fs::read_to_string(root().join(path)) else {
            continue;
        };
        let file = Source::new(path.to_str().unwrap(), &text);
        for rule in rules() {
            for finding in (rule.check)(&file) {
                let (path, line) = (&file.path, finding.line);
                findings.push(format!("{path}:{line}: {}: {}", rule.name, finding.what));
            }
        }
    }
    assert!(
        findings.is_empty(),
        "{} findings\n{}",
        findings.len(),
        findings.join("\n")
    );
}

#[test]
fn every_rule_objects_to_its_bad_samples() {
    for rule in rules() {
        assert!(
            !rule.bad.is_empty() && !rule.good.is_empty(),
            "{} has no samples",
            rule.name
        );
        for (path, text) in &rule.bad {
            let found = (rule.check)(&Source::new(path, text));
            assert!(!found.is_empty(), "{} takes {path}:\n{text}", rule.name);
        }
        for (path, text) in &rule.good {
            let found = (rule.check)(&Source::new(path, text));
            assert!(
                found.is_empty(),
                "{} refuses {path}: {found:?}\n{text}",
                rule.name
            );
        }
    }
}

#[test]
fn the_top_level_holds_nothing_else() {
    let mut unknown = Vec::new();
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.starts_with('.') && name != "target" && !TOP_LEVEL.contains(&name.as_str()) {
            unknown.push(name);
        }
    }
    assert!(unknown.is_empty(), "{unknown:?} at the top level");
}

const TOP_LEVEL: [&str; 11] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "benches",
    "config",
    "perf",
    "rust-toolchain.toml",
    "scripts",
    "src",
    "tests",
];

/// Folders with what others made: builds, captured bytes, inputs that a fuzzer found.
const SKIPPED: [&str; 7] = [
    ".git",
    "target",
    "vectors",
    "corpus",
    "kept",
    "artifacts",
    "__pycache__",
];

fn root() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap())
}

/// All files of the repository, relative to its root, in a fixed order.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if SKIPPED.contains(&name.as_str()) || name == "Cargo.lock" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_path_buf());
            }
        }
    }
    found.sort();
    found
}
