//! Rules about what may stand where: imports between modules, the runtime, `unsafe`, clocks, sockets.

use super::Rule;
use super::source::{Finding, Source, occurrences, words};

/// Each module with the modules that it may import. Lower rows are higher layers.
const IMPORTS: [(&str, &[&str]); 16] = [
    ("resp", &[]),
    ("metrics", &[]),
    ("config", &[]),
    ("cluster", &["resp"]),
    ("command", &["resp"]),
    ("access", &["resp", "config", "command"]),
    (
        "pipeline",
        &["resp", "metrics", "config", "cluster", "command", "access"],
    ),
    (
        "message",
        &["resp", "metrics", "config", "cluster", "command"],
    ),
    ("net", &["resp", "metrics", "config"]),
    (
        "worker",
        &[
            "resp", "metrics", "config", "cluster", "command", "pipeline", "message", "net",
        ],
    ),
    (
        "control",
        &[
            "resp", "metrics", "config", "cluster", "command", "message", "net",
        ],
    ),
    (
        "admin",
        &[
            "resp", "metrics", "config", "cluster", "command", "control", "net",
        ],
    ),
    ("runtime", EVERYTHING),
    // Measures the proxy and so shares with it only what the wire and a cluster are.
    ("loadgen", &["resp", "cluster"]),
    ("lib", EVERYTHING),
    ("main", EVERYTHING),
];

const EVERYTHING: &[&str] = &[
    "resp", "metrics", "config", "cluster", "command", "access", "pipeline", "message", "net",
    "worker", "control", "admin", "runtime",
];

/// Layers 0 to 2: bytes and the time come in as arguments.
const PURE: [&str; 8] = [
    "resp", "metrics", "config", "cluster", "command", "access", "pipeline", "message",
];

/// What pure modules may not name. `config` may read its file.
const IMPURE: [&str; 22] = [
    "Instant::now",
    "SystemTime::now",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "std::fs",
    "File",
    "OpenOptions",
    "std::thread",
    "process::id",
    "env::var",
    "rand::",
    "getrandom",
    "RandomState",
    "log::",
    "error!",
    "warn!",
    "info!",
    "debug!",
    "trace!",
    "socket2",
];

const GLOMMIO: [&str; 5] = ["net", "worker", "control", "admin", "runtime"];

pub(crate) fn rules() -> Vec<Rule> {
    vec![
        imports_rule(),
        glommio_rule(),
        unsafe_rule(),
        purity_rule(),
        printing_rule(),
        globs_rule(),
    ]
}

fn sample(path: &'static str, text: &str) -> (&'static str, String) {
    (path, text.to_owned())
}

fn imports_rule() -> Rule {
    Rule {
        name: "imports go down the layers",
        check: imports,
        bad: vec![
            sample("src/resp/scan.rs", "use crate::cluster::Slot;"),
            sample("src/control/mod.rs", "fn f() { crate::worker::run(); }"),
            sample("src/pipeline/mod.rs", "use crate::{config::Config, net};"),
            sample("src/cluster/mod.rs", "use super::command::Command;"),
            sample(
                "src/cluster/slot.rs",
                "use super::super::{\n    command::Command,\n};",
            ),
            sample("src/worker/mod.rs", "use crate::{net::Ring, control};"),
            sample("src/misc/mod.rs", "//! Not in the table."),
            sample("perf/loadgen/link.rs", "use corelane::net::Stream;"),
            sample("src/resp/scan.rs", "use bytes::Bytes;"),
        ],
        good: vec![
            sample(
                "src/cluster/slot.rs",
                "use crate::resp::int;\nuse super::node::Node;",
            ),
            sample(
                "src/resp/scan.rs",
                "use memchr::memchr;\npub(crate) fn f() {}",
            ),
            sample(
                "src/resp/mod.rs",
                "//! See crate::cluster.\nconst A: &str = \"crate::net\";",
            ),
            sample(
                "src/resp/int.rs",
                "#[cfg(test)]\nmod tests { use crate::cluster::Slot; }",
            ),
            sample("src/main.rs", "use corelane::{config::Config, runtime};"),
            sample("perf/loadgen/routes.rs", "use corelane::cluster::Slot;"),
        ],
    }
}

fn glommio_rule() -> Rule {
    Rule {
        name: "glommio stays in the driving modules",
        check: glommio,
        bad: vec![
            sample("src/pipeline/mod.rs", "use glommio::timer;"),
            sample("src/main.rs", "fn f() { glommio::x() }"),
            sample("perf/loadgen/link.rs", "use glommio::net;"),
        ],
        good: vec![
            sample("src/net/mod.rs", "use glommio::net;"),
            sample("src/pipeline/mod.rs", "//! Not for glommio."),
        ],
    }
}

fn unsafe_rule() -> Rule {
    Rule {
        name: "unsafe only in src/net and perf/floor",
        check: unsafe_code,
        bad: vec![
            sample("src/worker/mod.rs", "fn f() { unsafe { g() } }"),
            sample("tests/sim/main.rs", "unsafe fn f() {}"),
            sample("perf/floorplan.rs", "unsafe fn f() {}"),
        ],
        good: vec![
            sample("src/net/buffer.rs", "fn f() { unsafe { g() } }"),
            sample("perf/floor/ring.rs", "fn f() { unsafe { g() } }"),
            sample("src/worker/mod.rs", "#![deny(unsafe_code)] // unsafe\n"),
        ],
    }
}

fn purity_rule() -> Rule {
    Rule {
        name: "pure layers touch no clock, socket, file, chance or log",
        check: purity,
        bad: IMPURE
            .iter()
            .map(|name| ("src/pipeline/mod.rs", format!("fn f() {{ {name} }}")))
            .chain([sample("src/config/load.rs", "fn f() { Instant::now() }")])
            .collect(),
        good: vec![
            sample("src/config/load.rs", "use std::fs::File;"),
            sample(
                "src/worker/mod.rs",
                "fn f() { Instant::now(); log::info!(); }",
            ),
            sample(
                "src/resp/mod.rs",
                "struct Profile; fn is_error() {} // info! log::",
            ),
            sample("src/resp/tests.rs", "use std::fs;"),
        ],
    }
}

fn printing_rule() -> Rule {
    Rule {
        name: "only main prints",
        check: printing,
        bad: vec![
            sample("src/runtime.rs", "fn f() { println!() }"),
            sample("src/worker/mod.rs", "fn f() { eprintln!() }"),
            sample("src/admin/mod.rs", "fn f() { std::io::stdout() }"),
            sample("perf/loadgen/report.rs", "fn f() { println!() }"),
        ],
        good: vec![
            sample("src/main.rs", "fn f() { io::stdout() }"),
            sample("perf/loadgen/main.rs", "fn f() { io::stdout() }"),
            sample("src/resp/mod.rs", "fn print_size() {}"),
        ],
    }
}

fn globs_rule() -> Rule {
    Rule {
        name: "no glob imports outside tests",
        check: globs,
        bad: vec![
            sample("src/resp/mod.rs", "use crate::resp::*;"),
            sample("src/resp/mod.rs", "pub use self::{scan::*, view::View};"),
        ],
        good: vec![
            sample("src/resp/mod.rs", "fn f() { a::b() * c::D }"),
            sample("tests/e2e/main.rs", "use proptest::prelude::*;"),
        ],
    }
}

fn imports(file: &Source) -> Vec<Finding> {
    if !file.path.ends_with(".rs") {
        return Vec::new();
    }
    let Some(module) = file
        .module()
        .map(|name| if name == "bin" { "main" } else { name })
    else {
        return Vec::new();
    };
    let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == module) else {
        return vec![file.finding(0, format!("module {module} is not in the table of imports"))];
    };
    let mut findings = Vec::new();
    for (at, name) in top_level_names(file) {
        let known = EVERYTHING.contains(&name);
        if known && name != module && !allowed.contains(&name) {
            findings.push(file.finding(at, format!("{module} may not import {name}")));
        }
    }
    for (at, word) in words(&file.production).filter(|_| module == "resp") {
        let is_path = file.production[at + word.len()..].starts_with("::");
        if is_path && word != "memchr" && dependencies().iter().any(|name| name == word) {
            findings.push(file.finding(at, format!("resp may not import {word}")));
        }
    }
    findings
}

/// The packages of Cargo.toml, as they are written in code.
fn dependencies() -> Vec<String> {
    let manifest = include_str!("../../Cargo.toml");
    let section = manifest.split("[dependencies]").nth(1).unwrap_or_default();
    let lines = section
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    lines
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.replace('-', "_"))
        .collect()
}

/// Names that stand right behind the root of the crate, whether it is written `crate::`,
/// `corelane::` or with as many `super::` as the file is deep.
fn top_level_names(file: &Source) -> Vec<(usize, &str)> {
    let code = file.production.as_str();
    let mut names = Vec::new();
    let mut supers = 0;
    for (at, word) in words(code) {
        let after = &code[at + word.len()..];
        let is_path = after.starts_with("::");
        supers = if word == "super" && is_path {
            supers + 1
        } else {
            0
        };
        let is_root = word == "crate" || word == "corelane" || supers == file.depth();
        if is_path && is_root {
            names.extend(first_names(code, at + word.len() + 2));
        }
    }
    names
}

/// The name at `from`, or the first name of each path in the group that begins there.
fn first_names(code: &str, from: usize) -> Vec<(usize, &str)> {
    if !code[from..].starts_with('{') {
        return words(&code[from..])
            .next()
            .map(|(at, word)| (from + at, word))
            .into_iter()
            .collect();
    }
    let mut names = Vec::new();
    let (mut depth, mut expects) = (0, false);
    for (at, c) in code[from..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && (c == '{' || c == ',') {
            expects = true;
        } else if expects && !c.is_whitespace() {
            names.extend(
                words(&code[from + at..])
                    .next()
                    .map(|(_, word)| (from + at, word)),
            );
            expects = false;
        }
    }
    names
}

fn glommio(file: &Source) -> Vec<Finding> {
    match file.module() {
        Some(module) if !GLOMMIO.contains(&module) => words(&file.production)
            .filter(|(_, word)| *word == "glommio")
            .map(|(at, _)| file.finding(at, "names glommio"))
            .collect(),
        _ => Vec::new(),
    }
}

fn unsafe_code(file: &Source) -> Vec<Finding> {
    // The floor is never shipped, and shares its ring and buffers with the kernel.
    if file.module() == Some("net") || file.path.starts_with("perf/floor/") {
        return Vec::new();
    }
    let found = words(&file.code).filter(|(_, word)| *word == "unsafe");
    found
        .map(|(at, _)| file.finding(at, "unsafe code"))
        .collect()
}

fn purity(file: &Source) -> Vec<Finding> {
    let Some(module) = file.module().filter(|module| PURE.contains(module)) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for name in IMPURE {
        if module == "config" && matches!(name, "std::fs" | "File") {
            continue;
        }
        for at in occurrences(&file.production, name) {
            // A module of our own may be called log.
            if name == "log::" && file.production[..at].ends_with("::") {
                continue;
            }
            findings.push(file.finding(at, format!("{module} names {name}")));
        }
    }
    findings
}

fn printing(file: &Source) -> Vec<Finding> {
    let is_main = file.path.ends_with("/main.rs") || file.path.starts_with("src/bin/");
    if file.module().is_none() || is_main {
        return Vec::new();
    }
    let names = [
        "print!",
        "println!",
        "eprint!",
        "eprintln!",
        "dbg!",
        "stdout()",
        "stderr()",
    ];
    let found = names
        .iter()
        .flat_map(|name| occurrences(&file.production, name));
    found.map(|at| file.finding(at, "prints")).collect()
}

fn globs(file: &Source) -> Vec<Finding> {
    occurrences(&file.production, "::*")
        .into_iter()
        .filter(|at| {
            file.production[at + 3..]
                .trim_start()
                .starts_with([';', ',', '}'])
        })
        .map(|at| file.finding(at, "imports everything"))
        .collect()
}
