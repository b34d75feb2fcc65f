//! Rules about texts: headers of modules, notes left behind, documents and their links.

use std::path::Path;

use super::source::{Finding, Source};
use super::{Rule, root};

/// Notes about work that is not done. Written in pieces, so that this file does not hold them.
const UNDONE: [&str; 4] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("unimple", "mented!"),
];

/// Words from the place where the text was written: they mean nothing to who reads it.
const WORKPLACE: [&str; 8] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("PLAN", ".md"),
    concat!("STYLE", ".md"),
    concat!("DESIGN", ".md"),
    concat!("this is", "sue"),
    concat!("issue", " #"),
];

pub(crate) fn rules() -> Vec<Rule> {
    rules_for_all_texts()
        .into_iter()
        .chain(rules_for_documents())
        .collect()
}

fn sample(path: &'static str, text: &str) -> (&'static str, String) {
    (path, text.to_owned())
}

fn rules_for_all_texts() -> Vec<Rule> {
    vec![
        Rule {
            name: "every module says what it is",
            check: module_header,
            bad: vec![
                sample("src/resp/scan.rs", "use std::io;"),
                sample("src/resp/mod.rs", ""),
                sample("tests/cli.rs", "// Tests."),
            ],
            good: vec![
                sample("src/resp/scan.rs", "//! The scanner.\n"),
                sample("src/resp/tests.rs", "use super::scan;"),
                sample("build.sh", "set -e"),
            ],
        },
        Rule {
            name: "nothing is left undone",
            check: undone,
            bad: UNDONE
                .iter()
                .map(|word| ("src/net/mod.rs", format!("// {word}: x")))
                .collect(),
            good: vec![sample("src/net/mod.rs", "// The METHODOLOGY is done.")],
        },
        Rule {
            name: "the text speaks of the product alone",
            check: workplace,
            bad: WORKPLACE
                .iter()
                .map(|word| ("README.md", format!("see {word} x")))
                .collect(),
            good: vec![sample("README.md", "a framework/home for issues")],
        },
    ]
}

fn rules_for_documents() -> Vec<Rule> {
    vec![
        Rule {
            name: "documents have one title",
            check: titles,
            bad: vec![
                sample("README.md", "text\n"),
                sample("perf/README.md", "# One\n\n# Two\n"),
                sample("README.md", "```\n# in code\n```\n"),
            ],
            good: vec![sample(
                "README.md",
                "# One\n\n## Two\n\n```sh\n# comment\n```\n",
            )],
        },
        Rule {
            name: "links lead somewhere",
            check: links,
            bad: vec![
                sample("README.md", "# A\n[x](src/no-such-file.rs)"),
                sample("src/resp/NOTES.md", "# A\n[x](README.md#part)"),
            ],
            good: vec![
                sample(
                    "README.md",
                    "# A\n[x](src/lib.rs) [y](#part) [z](https://example.org/a)",
                ),
                sample("src/ARCHITECTURE.md", "# A\n[x](../Cargo.toml#part)"),
                sample(
                    "src/ARCHITECTURE.md",
                    "# A\n[`Config`](crate::config::Config)",
                ),
            ],
        },
        Rule {
            name: "a benchmark is named after what it measures",
            check: bench_names,
            bad: vec![sample("benches/no_such_module.rs", "")],
            good: vec![
                sample("benches/resp.rs", ""),
                sample("benches/counts.rs", ""),
                sample("benches/no_such_module/mod.rs", ""),
                sample("src/no_such_module.rs", ""),
            ],
        },
    ]
}

/// The tests of a module speak for themselves.
fn module_header(file: &Source) -> Vec<Finding> {
    let is_module = file.is_rust() && !file.path.ends_with("/tests.rs");
    if is_module && !file.text.starts_with("//!") {
        return vec![file.finding(0, "does not begin with //!")];
    }
    Vec::new()
}

fn undone(file: &Source) -> Vec<Finding> {
    word_findings(file, &UNDONE)
}

fn workplace(file: &Source) -> Vec<Finding> {
    word_findings(file, &WORKPLACE)
}

fn word_findings(file: &Source, words: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for word in words {
        for (at, _) in file.text.match_indices(word) {
            let before = file.text[..at].chars().next_back();
            if !before.is_some_and(char::is_alphanumeric) {
                findings.push(file.finding(at, format!("\"{word}\"")));
            }
        }
    }
    findings
}

/// The lines of a document that are not code, with their numbers from 0.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

fn titles(file: &Source) -> Vec<Finding> {
    if !file.path.ends_with(".md") {
        return Vec::new();
    }
    let count = prose(&file.text)
        .filter(|(_, line)| line.starts_with("# "))
        .count();
    if count == 1 {
        Vec::new()
    } else {
        vec![file.finding(0, format!("{count} titles"))]
    }
}

fn links(file: &Source) -> Vec<Finding> {
    if !file.path.ends_with(".md") {
        return Vec::new();
    }
    let folder = root().join(Path::new(&file.path).parent().unwrap());
    let mut findings = Vec::new();
    for (number, line) in prose(&file.text) {
        for piece in line.split("](").skip(1) {
            let Some((target, _)) = piece.split_once(')') else {
                continue;
            };
            let path = target.split('#').next().unwrap_or(target);
            // The compiler checks links to items, and nobody can check the web here.
            let is_elsewhere = path.contains("://") || path.contains("::") || path.is_empty();
            if !is_elsewhere && !folder.join(path).exists() {
                findings.push(Finding {
                    line: number + 1,
                    what: format!("dead link {target}"),
                });
            }
        }
    }
    findings
}

/// Files in folders are parts of several benches, and `counts` is all of them in another unit.
fn bench_names(file: &Source) -> Vec<Finding> {
    let Some(name) = file
        .path
        .strip_prefix("benches/")
        .and_then(|name| name.strip_suffix(".rs"))
        .filter(|name| !name.contains('/') && *name != "counts")
    else {
        return Vec::new();
    };
    let sources = root().join("src");
    let is_module = |folder: &Path| {
        folder.join(name).is_dir() || folder.join(name).with_extension("rs").is_file()
    };
    let inside = sources
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    if is_module(&sources) || inside.into_iter().any(|folder| is_module(&folder)) {
        return Vec::new();
    }
    vec![file.finding(0, format!("no module {name}"))]
}
