//! Rules and requests of any kind, against rights kept the naive way.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{app, command_of, frame, try_line, with_rules};
use crate::command::glob::{self, Case};
use crate::command::{Access as Use, Command, each};
use crate::resp::RequestView;

/// Rights kept as they would be written down: each command by name, each pattern as text.
#[derive(Default)]
struct Naive {
    commands: BTreeMap<&'static str, bool>,
    keys: Vec<(bool, bool, String)>,
}

impl Naive {
    fn follow(&mut self, rule: &str) {
        let (sign, name) = rule.split_at(1);
        match sign {
            "~" => self.keys.push((true, true, name.to_owned())),
            "%" => {
                let (letters, pattern) = name.split_once('~').unwrap();
                let has = |letter| letters.contains(letter);
                self.keys.push((has('R'), has('W'), pattern.to_owned()));
            }
            _ => {
                let named = |command: &&Command| match name.strip_prefix('@') {
                    Some("all") => true,
                    Some(_) => command.acl_categories.contains(&name),
                    None => command.name.split('|').next() == Some(name) || command.name == name,
                };
                for command in each().filter(named) {
                    self.commands.insert(command.name, sign == "+");
                }
            }
        }
    }

    /// Whether every key may be used in every way that is needed.
    fn takes(&self, command: &Command, request: &RequestView<'_>) -> bool {
        if self.commands.get(command.name) != Some(&true) {
            return false;
        }
        let mut found = Vec::new();
        if command.keys_with_access(request, &mut found).is_err() {
            return false;
        }
        found.iter().all(|key| {
            let name = request.arg(key.index).unwrap();
            let reads = key.access.has(Use::ACCESS);
            let writes = key.access.has(Use::UPDATE)
                || key.access.has(Use::INSERT)
                || key.access.has(Use::DELETE);
            self.keys.iter().any(|(may_read, may_write, pattern)| {
                glob::matches(pattern.as_bytes(), name, Case::Exact)
                    && (*may_read || !reads)
                    && (*may_write || !writes)
            })
        })
    }
}

fn rule() -> impl Strategy<Value = String> {
    let names: &[&str] = &[
        "get",
        "set",
        "del",
        "sort",
        "object",
        "object|freq",
        "xread",
        "copy",
        "lmpop",
    ];
    let categories: &[&str] = &[
        "@read",
        "@write",
        "@string",
        "@keyspace",
        "@all",
        "@slow",
        "@fast",
    ];
    // No two are equal: such are put together, which this oracle does not do.
    let patterns: &[&str] = &["~a*", "%R~b*", "%W~c*", "%RW~?", "~a[bc]", "%R~*c", "%W~*b"];
    prop_oneof![
        (any::<bool>(), proptest::sample::select(names))
            .prop_map(|(plus, name)| format!("{}{name}", if plus { '+' } else { '-' })),
        (any::<bool>(), proptest::sample::select(categories))
            .prop_map(|(plus, name)| format!("{}{name}", if plus { '+' } else { '-' })),
        proptest::sample::select(patterns).prop_map(str::to_owned),
    ]
}

fn request() -> impl Strategy<Value = String> {
    let lines: &[&str] = &[
        "get K",
        "set K v",
        "set K v get",
        "del K K",
        "sort K store K",
        "object freq K",
        "copy K K",
        "object help",
        "xread streams K K 0 0",
        "lmpop 2 K K left",
        "mget K K K",
        "lmpop 3 K left",
        "config get x",
        "ping",
    ];
    let keys = proptest::collection::vec("[abc]{1,3}", 3);
    (proptest::sample::select(lines), keys).prop_map(|(line, keys)| {
        let mut keys = keys.into_iter().cycle();
        let words = line.split(' ').map(|word| match word {
            "K" => keys.next().unwrap(),
            word => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    })
}

proptest! {
    #[test]
    fn decides_like_the_naive_way(
        rules in proptest::collection::vec(rule(), 0..10),
        lines in proptest::collection::vec(request(), 1..8),
    ) {
        let access = with_rules(&rules.join(" "));
        let mut naive = Naive::default();
        rules.iter().for_each(|rule| naive.follow(rule));
        for line in lines {
            let frame = frame(&line);
            let expected = naive.takes(command_of(&line), &RequestView::new(&frame));
            prop_assert_eq!(try_line(app(&access), &line).is_ok(), expected, "{:?} {}", rules, line);
        }
        for command in each() {
            let expected = naive.commands.get(command.name) == Some(&true);
            let rights = &app(&access).rights;
            prop_assert_eq!(rights.has_command(command), expected, "{}", command.name);
            prop_assert_eq!(rights.has_learned(command), expected, "{}", command.name);
        }
    }
}
