//! Rules about how long things may be.

use super::Rule;
use super::source::{Finding, Source, end_of_block, words};

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

pub(crate) fn rules() -> Vec<Rule> {
    let lines = |count: usize| "//! x\n".repeat(count);
    let function = |count: usize| format!("fn f() {{\n{}}}\n", "    g();\n".repeat(count));
    vec![
        Rule {
            name: "files have at most 600 lines",
            check: file_length,
            bad: vec![
                ("src/resp/scan.rs", lines(601)),
                ("src/resp/tests.rs", lines(601)),
                ("tests/e2e/main.rs", lines(601)),
            ],
            good: vec![
                ("src/resp/scan.rs", lines(600)),
                ("src/command/table.rs", lines(9000)),
                ("README.md", lines(601)),
            ],
        },
        Rule {
            name: "bodies of functions have at most 70 lines of code",
            check: function_length,
            bad: vec![
                ("src/resp/scan.rs", function(71)),
                ("src/resp/tests.rs", function(71)),
                ("src/net/mod.rs", format!("impl A {{\n{}}}", function(71))),
            ],
            good: vec![
                ("src/resp/scan.rs", function(70)),
                ("src/resp/scan.rs", function(40) + &function(40)),
                (
                    "src/resp/scan.rs",
                    format!("fn f() {{\n{}}}", "    // why\n\n".repeat(50)),
                ),
                (
                    "src/resp/scan.rs",
                    format!("type F = fn(u8);\n{}", "const A: u8 = 0;\n".repeat(90)),
                ),
            ],
        },
    ]
}

fn file_length(file: &Source) -> Vec<Finding> {
    let exempt = file.path == "src/command/table.rs";
    let count = file.text.lines().count();
    if file.is_rust() && !exempt && count > FILE_LINES_MAX {
        return vec![file.finding(0, format!("{count} lines"))];
    }
    Vec::new()
}

/// Lines without code, such as comments, do not count.
fn function_length(file: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, word) in words(&file.code) {
        let rest = &file.code[at..];
        // `fn(u8)` is a type.
        let is_function = word == "fn" && rest[2..].trim_start().starts_with(char::is_alphabetic);
        let open = rest.find('{').unwrap_or(rest.len());
        if !is_function || rest.find(';').is_some_and(|semicolon| semicolon < open) {
            continue;
        }
        let body = &file.code[at + open + 1..end_of_block(&file.code, at + open) - 1];
        let count = body.lines().filter(|line| !line.trim().is_empty()).count();
        if count > FUNCTION_LINES_MAX {
            findings.push(file.finding(at, format!("{count} lines")));
        }
    }
    findings
}
