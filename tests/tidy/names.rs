//! Rules about words: one word for one meaning, and none that say nothing.

use super::Rule;
use super::source::{Finding, Source, words};

/// Words that have another word here, or no meaning.
const BANNED: [&str; 15] = [
    "slave", "slaves", "master", "masters", "backend", "backends", "frontend", "util", "utils",
    "helper", "helpers", "common", "mgr", "manager", "misc",
];

/// Names that others chose: settings, and words of the protocol.
const GIVEN: [&str; 5] = [
    "master_read_priority",
    "masterdown",
    "MasterDown",
    "retries_masterdown",
    "errors_masterdown",
];

/// Beginnings of functions that say nothing.
const PREFIXES: [&str; 3] = ["get_", "do_", "process_"];

pub(crate) fn rules() -> Vec<Rule> {
    let sample = |path, text: &str| (path, text.to_owned());
    vec![
        Rule {
            name: "words of the vocabulary",
            check: banned_words,
            bad: vec![
                sample("src/cluster/node.rs", "enum Role { Master }"),
                sample("src/cluster/node.rs", "let is_slave = true;"),
                sample("src/worker/backend.rs", ""),
                sample("src/net/utils.rs", ""),
                sample("tests/common/mod.rs", ""),
                sample("src/net/mod.rs", "struct BackendLink;"),
                sample("src/net/mod.rs", "struct LinkMgr;"),
                sample("src/net/mod.rs", "const BACKEND_MAX: u8 = 0;"),
            ],
            good: vec![
                sample("src/config/cluster.rs", "pub master_read_priority: u8,"),
                sample("src/cluster/redirect.rs", "enum Refusal { MasterDown }"),
                sample(
                    "src/cluster/node.rs",
                    "// A master.\nconst A: &str = \"slave\";",
                ),
                sample("src/net/mod.rs", "fn utilization() {}"),
            ],
        },
        Rule {
            name: "verbs that say something",
            check: function_names,
            bad: PREFIXES
                .iter()
                .map(|prefix| ("src/net/mod.rs", format!("fn {prefix}it() {{}}")))
                .collect(),
            good: vec![sample(
                "src/net/mod.rs",
                "fn done() {} fn get_mut(&mut self) { map.get_mut() }",
            )],
        },
    ]
}

fn banned_words(file: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in file.path.split(['/', '.', '-']) {
        if let Some(word) = banned_part(part) {
            findings.push(file.finding(0, format!("\"{word}\" in the name of the file")));
        }
    }
    for (at, name) in words(&file.code) {
        if let Some(word) = banned_part(name).filter(|_| !GIVEN.contains(&name)) {
            findings.push(file.finding(at, format!("\"{word}\" in {name}")));
        }
    }
    findings
}

/// The banned word in an identifier, whichever way its words are joined.
fn banned_part(name: &str) -> Option<String> {
    let mut parts: Vec<String> = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if c == '_' || c.is_uppercase() && was_lower {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut().filter(|_| c != '_') {
            part.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    parts
        .into_iter()
        .find(|part| BANNED.contains(&part.as_str()))
}

fn function_names(file: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    // The tests start processes, so there the word is a noun; `get_mut` is the standard library's
    // own name for the other half of `get`.
    let banned = |name: &str| {
        if name == "get_mut" {
            return false;
        }
        let prefix = PREFIXES.iter().find(|prefix| name.starts_with(**prefix));
        prefix.is_some_and(|prefix| *prefix != "process_" || file.module().is_some())
    };
    let mut previous = "";
    for (at, name) in words(&file.code) {
        if previous == "fn" && banned(name) {
            findings.push(file.finding(at, format!("function {name}")));
        }
        previous = name;
    }
    findings
}
