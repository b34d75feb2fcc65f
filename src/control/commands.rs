//! Which commands nodes know that the table does not, and when to ask for them. Pure: time comes in as an
//! argument.
//!
//! ```text
//!   timer, new slot map --> one round at a time: each node is asked what it runs (INFO);
//!                           who runs something new, or was started again, also for COMMAND
//! ```
//!
//! What a node runs (its [`Build`]: name, version, modules) decides what it knows, so that of a thousand equal
//! nodes one is asked for COMMAND. In force are the commands of all builds that nodes run, so that during an
//! upgrade both the old and the new ones work; what no node runs any more is forgotten.
//!
//! Holds: what a node tells is bounded by the reader of COMMAND, builds by [`BUILDS_MAX`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::cluster::NodeAddr;
use crate::command::Command;
use crate::command::learned::{Interner, Told};

/// What nodes told, and the time of the next round.
#[derive(Debug)]
pub(super) struct Book {
    /// Zero: never ask.
    interval: Duration,
    timer: Duration,
    /// No round starts before.
    earliest: Duration,
    /// The slot map has changed since the last round started.
    is_hinted: bool,
    is_running: bool,
    /// Rounds in a row in which something that was wanted was not told.
    failures: u32,
    /// A round has ended, or something was learned.
    is_settled: bool,
    nodes: BTreeMap<NodeAddr, Seen>,
    builds: BTreeMap<Build, Told>,
    interner: Interner,
    in_force: Vec<&'static Command>,
    /// Commands of the builds for which there is no memory.
    no_room: usize,
}

/// What a node runs, in words: `valkey 9.1.2, graph 41603`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Build(String);

/// A node as it was when it was asked last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Seen {
    pub(super) build: Build,
    /// Another one after each start.
    pub(super) run_id: String,
}

/// What nodes need not be asked again; grows while a round is under way.
#[derive(Debug, Default)]
pub(super) struct Known {
    nodes: BTreeMap<NodeAddr, Seen>,
    builds: BTreeSet<Build>,
}

/// How the commands in force have changed.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Change {
    /// Names that are new.
    pub(super) added: Vec<&'static str>,
    /// Names that are no more.
    pub(super) removed: Vec<&'static str>,
    /// The list is another one, be it that only facts have changed.
    pub(super) is_change: bool,
}

// === impl Book ===

impl Book {
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            timer: Duration::ZERO,
            earliest: Duration::ZERO,
            is_hinted: false,
            is_running: false,
            failures: 0,
            is_settled: interval.is_zero(),
            nodes: BTreeMap::new(),
            builds: BTreeMap::new(),
            interner: Interner::default(),
            in_force: Vec::new(),
            no_room: 0,
        }
    }

    /// Asks at another interval from now on.
    pub(super) fn set_interval(&mut self, interval: Duration, now: Duration) {
        self.interval = interval;
        self.timer = self.timer.min(now + interval);
        self.is_settled |= interval.is_zero();
    }

    /// The slot map has changed: there may be new nodes.
    pub(super) fn hint(&mut self) {
        self.is_hinted = true;
    }

    /// Whether clients find the commands that there are, as far as nodes tell.
    pub(super) fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// The commands in force.
    pub(super) fn in_force(&self) -> &[&'static Command] {
        &self.in_force
    }

    /// Entries that were left out of what nodes told, because they are malformed, too many or too large.
    pub(super) fn skipped(&self) -> usize {
        let told: usize = self.builds.values().map(|told| told.skipped).sum();
        told + self.no_room
    }

    /// Starts a round if one is due; tells what need not be asked.
    pub(super) fn try_start(&mut self, now: Duration) -> Option<Known> {
        let is_due = self.is_hinted || now >= self.timer;
        if self.interval.is_zero() || self.is_running || now < self.earliest || !is_due {
            return None;
        }
        self.is_running = true;
        self.is_hinted = false;
        self.earliest = now + ROUND_PAUSE.min(self.interval);
        self.timer = now + self.interval;
        Some(Known {
            nodes: self.nodes.clone(),
            builds: self.builds.keys().cloned().collect(),
        })
    }

    /// Takes what a node said: what it runs and, if it was asked, its commands. True if that was news.
    pub(super) fn take(&mut self, addr: NodeAddr, seen: Seen, told: Option<Told>) -> bool {
        let mut is_news = false;
        if let Some(told) = told {
            let is_room = self.builds.len() < BUILDS_MAX || self.builds.contains_key(&seen.build);
            if is_room && self.builds.get(&seen.build) != Some(&told) {
                self.builds.insert(seen.build.clone(), told);
                is_news = true;
            }
            self.is_settled = true;
        }
        self.nodes.insert(addr, seen);
        is_news
    }

    /// The round has ended; `missing` tells that not all was told that was wanted. Forgets nodes that
    /// are not among `nodes`, and what nobody runs any more.
    pub(super) fn finish(&mut self, nodes: &BTreeSet<NodeAddr>, missing: bool, now: Duration) {
        self.is_running = false;
        self.is_settled = true;
        self.nodes.retain(|addr, _| nodes.contains(addr));
        let running: BTreeSet<&Build> = self.nodes.values().map(|seen| &seen.build).collect();
        self.builds.retain(|build, _| running.contains(build));
        if !missing {
            self.failures = 0;
            return;
        }
        let wait = ROUND_PAUSE.saturating_mul(1 << self.failures.min(BACK_OFF_DOUBLINGS_MAX));
        self.failures = self.failures.saturating_add(1);
        self.timer = self.timer.min(now + wait);
    }

    /// Puts the commands of all builds into force.
    pub(super) fn renew(&mut self) -> Change {
        let mut named = BTreeMap::new();
        self.no_room = 0;
        for facts in self.builds.values().flat_map(|told| &told.unknown) {
            match self.interner.intern(facts) {
                Some(command) => {
                    named.insert(command.name, command);
                }
                None => self.no_room += 1,
            }
        }
        let is_change = named.len() != self.in_force.len()
            || named
                .values()
                .zip(&self.in_force)
                .any(|(new, old)| !std::ptr::eq(*new, *old));
        let before: BTreeSet<_> = self.in_force.iter().map(|command| command.name).collect();
        let added = named.keys().filter(|name| !before.contains(*name));
        let added = added.copied().collect();
        let removed = before
            .into_iter()
            .filter(|name| !named.contains_key(name))
            .collect();
        self.in_force = named.into_values().collect();
        Change {
            added,
            removed,
            is_change,
        }
    }
}

// === impl Build ===

impl Build {
    /// From the replies to INFO server and INFO modules.
    pub(super) fn of(server: &str, modules: &str) -> Self {
        let field = |name| field(server, name);
        let redis = field("redis_version");
        // Valkey tells the version of Redis that it grew from, too.
        let mut words = match (field("server_name"), field("valkey_version")) {
            (Some(name), Some(version)) => format!("{name} {version}"),
            (None, Some(version)) => format!("valkey {version}"),
            (_, None) => redis.map_or_else(
                || "a version that it does not tell".to_owned(),
                |version| format!("redis {version}"),
            ),
        };
        let mut known: Vec<_> = modules
            .lines()
            .filter_map(|line| line.strip_prefix("module:name="))
            .map(|line| {
                let mut parts = line.trim_end().split(',');
                let name = parts.next().unwrap_or_default();
                let version = parts.find_map(|part| part.strip_prefix("ver="));
                format!(", {name} {}", version.unwrap_or("?"))
            })
            .collect();
        known.sort_unstable();
        words.extend(known);
        // It goes into the log.
        words.retain(|letter| letter == ' ' || letter.is_ascii_graphic());
        words.truncate(BUILD_BYTES_MAX);
        Self(words)
    }
}

impl std::fmt::Display for Build {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

// === impl Seen ===

impl Seen {
    /// From the replies to INFO server and INFO modules.
    pub(super) fn of(server: &str, modules: &str) -> Self {
        let run_id = field(server, "run_id").unwrap_or_default();
        Self {
            build: Build::of(server, modules),
            run_id: run_id.chars().take(RUN_ID_LETTERS_MAX).collect(),
        }
    }
}

// === impl Known ===

impl Known {
    /// Whether this node has to be asked for COMMAND; the next one that runs the same then need not be.
    pub(super) fn wants(&mut self, addr: &NodeAddr, seen: &Seen) -> bool {
        let is_new = self.builds.insert(seen.build.clone());
        // A start may have brought other settings of modules under the same version.
        let before = self.nodes.get(addr);
        is_new || before.is_some_and(|before| before.run_id != seen.run_id)
    }

    /// The node that was to tell did not: another one may.
    pub(super) fn forget(&mut self, build: &Build) {
        self.builds.remove(build);
    }
}

/// The value of a `name:value` line of INFO.
fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = info.lines().filter_map(|line| line.split_once(':'));
    let value = lines.find(|(key, _)| *key == name)?.1.trim_end();
    (!value.is_empty()).then_some(value)
}

/// Builds of which commands are kept at a time; an upgrade has two.
const BUILDS_MAX: usize = 16;
/// Bytes of a build's words; twenty modules have room.
const BUILD_BYTES_MAX: usize = 512;
/// Servers give 40.
const RUN_ID_LETTERS_MAX: usize = 64;
/// Two rounds are at least so far apart, and so long waits the first one after one that failed.
const ROUND_PAUSE: Duration = Duration::from_secs(1);
/// Enough for the longest interval.
const BACK_OFF_DOUBLINGS_MAX: u32 = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Flags;
    use crate::command::learned::Facts;

    const SECOND: Duration = Duration::from_secs(1);
    const REDIS: &str = "# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\n";
    const VALKEY: &str =
        "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\nrun_id:def\r\n";

    fn addr(port: u16) -> NodeAddr {
        NodeAddr::new("n", port)
    }

    fn seen(version: &str, run_id: &str) -> Seen {
        Seen {
            build: Build(version.to_owned()),
            run_id: run_id.to_owned(),
        }
    }

    fn told(names: &[&str], arity: i16) -> Told {
        let facts = |name: &&str| Facts {
            name: (*name).to_owned(),
            arity,
            flags: Flags::READONLY,
            group: "module",
            range: [0; 3],
            categories: Vec::new(),
            tips: Vec::new(),
            keys: Vec::new(),
            subcommands: Vec::new(),
        };
        Told {
            unknown: names.iter().map(facts).collect(),
            skipped: 1,
        }
    }

    fn in_force(book: &Book) -> Vec<&'static str> {
        book.in_force().iter().map(|command| command.name).collect()
    }

    #[test]
    fn builds_are_read_from_info() {
        let modules = "# Modules\r\nmodule:name=z,ver=1,api=1\r\nmodule:name=a,api=1,ver=20\r\n";
        let rows = [
            (REDIS, "", "redis 7.0.15"),
            (REDIS, modules, "redis 7.0.15, a 20, z 1"),
            (VALKEY, "", "valkey 9.1.2"),
            (
                "",
                "module:name=\u{1b}x",
                "a version that it does not tell, x ?",
            ),
        ];
        for (server, modules, expected) in rows {
            assert_eq!(Build::of(server, modules).to_string(), expected);
        }
        assert_eq!(Seen::of(VALKEY, "").run_id, "def");
        let long = Build::of(REDIS, &"module:name=x,ver=1\r\n".repeat(1000));
        assert_eq!(long.to_string().len(), BUILD_BYTES_MAX);
        let long = Seen::of(&format!("run_id:{}", "\u{e9}".repeat(99)), "");
        assert_eq!(long.run_id, "\u{e9}".repeat(RUN_ID_LETTERS_MAX));
    }

    #[test]
    fn of_equal_nodes_one_is_asked() {
        let mut known = Book::new(SECOND).try_start(Duration::ZERO).unwrap();
        assert!(known.wants(&addr(1), &seen("7", "a")));
        assert!(!known.wants(&addr(2), &seen("7", "b")));
        assert!(known.wants(&addr(3), &seen("8", "c")));
        known.nodes.insert(addr(5), seen("7", "old"));
        assert!(!known.wants(&addr(5), &seen("7", "old")));
        assert!(known.wants(&addr(5), &seen("7", "new")), "started again");
        known.forget(&Build("8".to_owned()));
        assert!(known.wants(&addr(4), &seen("8", "d")));
    }

    #[test]
    fn rounds_come_by_timer_and_by_hint() {
        let mut book = Book::new(SECOND * 60);
        assert!(!book.is_settled());
        assert!(book.try_start(Duration::ZERO).is_some());
        assert!(book.try_start(SECOND * 100).is_none(), "one at a time");
        book.finish(&BTreeSet::new(), false, SECOND);
        assert!(book.is_settled());
        assert!(book.try_start(SECOND * 59).is_none());
        book.hint();
        assert!(book.try_start(SECOND * 59).is_some());
        book.hint();
        book.finish(&BTreeSet::new(), false, SECOND * 59);
        assert!(book.try_start(SECOND * 59).is_none(), "too soon");
        assert!(book.try_start(SECOND * 60).is_some());
        book.finish(&BTreeSet::new(), false, SECOND * 60);
        assert!(book.try_start(SECOND * 119).is_none());
        assert!(book.try_start(SECOND * 120).is_some());
        let mut never = Book::new(Duration::ZERO);
        never.hint();
        assert!(never.try_start(SECOND * 999).is_none() && never.is_settled());
    }

    #[test]
    fn what_was_not_told_is_asked_again_less_and_less_often() {
        let mut book = Book::new(SECOND * 10);
        let mut at = Duration::ZERO;
        let mut waits = Vec::new();
        for _ in 0..6 {
            assert!(book.try_start(at).is_some());
            book.finish(&BTreeSet::new(), true, at);
            let wait = (1..).find(|wait| book.try_start(at + SECOND * *wait).is_some());
            book.finish(&BTreeSet::new(), true, at);
            book.is_running = false;
            let wait = wait.unwrap();
            waits.push(wait);
            at += SECOND * 100;
        }
        assert!(
            waits.is_sorted() && waits[0] == 1 && waits[5] == 10,
            "{waits:?}"
        );
    }

    #[test]
    fn commands_follow_the_builds_that_nodes_run() {
        let mut book = Book::new(SECOND);
        let both: BTreeSet<_> = [addr(1), addr(2)].into();
        assert!(book.take(addr(1), seen("7", "a"), Some(told(&["a", "b"], 2))));
        let change = book.renew();
        assert_eq!((change.added, change.is_change), (vec!["a", "b"], true));
        assert_eq!(book.skipped(), 1);
        // An upgrade: one node after the other.
        assert!(book.take(addr(2), seen("8", "b"), Some(told(&["b", "c"], 3))));
        assert_eq!(book.renew().added, ["c"]);
        assert_eq!(in_force(&book), ["a", "b", "c"]);
        assert!(!book.take(addr(1), seen("8", "c"), None));
        book.finish(&both, false, SECOND);
        let change = book.renew();
        assert_eq!((change.removed, change.is_change), (vec!["a"], true));
        assert_eq!(in_force(&book), ["b", "c"]);
        // The same again is no news; other facts under the same name are.
        assert!(!book.take(addr(1), seen("8", "d"), Some(told(&["b", "c"], 3))));
        assert_eq!(book.renew(), Change::default());
        assert!(book.take(addr(1), seen("8", "e"), Some(told(&["b", "c"], 4))));
        let change = book.renew();
        assert!(change.is_change && change.added.is_empty() && change.removed.is_empty());
        // Nodes that have left take their commands with them.
        book.finish(&BTreeSet::new(), false, SECOND);
        assert_eq!(book.renew().removed, ["b", "c"]);
        assert_eq!(book.skipped(), 0);
    }

    #[test]
    fn versions_to_and_fro_take_no_more_memory() {
        let mut book = Book::new(SECOND);
        let mut bytes = Vec::new();
        for at in 0..50_u16 {
            let version = if at % 2 == 0 { "7" } else { "8" };
            book.take(
                addr(1),
                seen(version, &at.to_string()),
                Some(told(&[version], 2)),
            );
            book.finish(&[addr(1)].into(), false, SECOND);
            assert!(book.renew().is_change);
            assert_eq!(in_force(&book), [version]);
            bytes.push(book.interner.bytes());
        }
        assert!(bytes[0] > 0 && bytes[1..].iter().all(|now| *now == bytes[1]));
    }

    #[test]
    fn builds_are_bounded() {
        let mut book = Book::new(SECOND);
        for port in 0..100 {
            let version = format!("{port:03}");
            book.take(addr(port), seen(&version, ""), Some(told(&[&version], 2)));
        }
        book.renew();
        assert_eq!(in_force(&book).len(), BUILDS_MAX);
    }
}
