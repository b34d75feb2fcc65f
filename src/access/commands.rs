//! Sets of commands, and the categories that rules name.

use crate::command::{COUNT, Command, each};

/// The categories, in the order in which servers list them; those of newer servers and of modules last.
pub const CATEGORIES: [&str; 30] = [
    "keyspace",
    "read",
    "write",
    "set",
    "sortedset",
    "list",
    "hash",
    "string",
    "bitmap",
    "hyperloglog",
    "geo",
    "stream",
    "pubsub",
    "admin",
    "fast",
    "slow",
    "blocking",
    "dangerous",
    "connection",
    "transaction",
    "scripting",
    "array",
    "bloom",
    "cms",
    "cuckoo",
    "json",
    "search",
    "tdigest",
    "timeseries",
    "topk",
];

/// Whether a command is in a category, which is named without `@` in any case.
#[must_use]
pub fn is_in_category(command: &Command, category: &[u8]) -> bool {
    let mut names = command.acl_categories.iter();
    names.any(|name| {
        let name = name.strip_prefix('@').unwrap_or(name);
        name.as_bytes().eq_ignore_ascii_case(category)
    })
}

/// A set of commands and subcommands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandSet([u64; WORDS]);

const WORDS: usize = COUNT.div_ceil(64);

// === impl CommandSet ===

impl CommandSet {
    pub(super) const EMPTY: Self = Self([0; WORDS]);

    #[inline]
    pub(super) fn has(&self, command: &Command) -> bool {
        let (word, bit) = Self::place(command);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Puts a command in or takes it out; a container with all its subcommands.
    pub(super) fn set(&mut self, command: &Command, is_in: bool) {
        self.set_alone(command, is_in);
        for child in command.subcommands {
            self.set_alone(child, is_in);
        }
    }

    /// Puts in or takes out all of a category; false if there is none of this name.
    pub(super) fn set_category(&mut self, category: &[u8], is_in: bool) -> bool {
        let mut is_known = false;
        for command in each().filter(|command| is_in_category(command, category)) {
            is_known = true;
            self.set_alone(command, is_in);
        }
        is_known
    }

    pub(super) fn set_all(&mut self, is_in: bool) {
        self.0 = [if is_in { u64::MAX } else { 0 }; WORDS];
    }

    fn set_alone(&mut self, command: &Command, is_in: bool) {
        let (word, bit) = Self::place(command);
        if let Some(bits) = self.0.get_mut(word) {
            *bits = if is_in { *bits | bit } else { *bits & !bit };
        }
    }

    fn place(command: &Command) -> (usize, u64) {
        let number = usize::from(command.number);
        (number / 64, 1 << (number % 64))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{CATEGORIES, CommandSet, is_in_category};
    use crate::command::describe::by_full_name;
    use crate::command::each;

    #[test]
    fn every_category_of_the_table_has_its_name() {
        let found: BTreeSet<&str> = each()
            .flat_map(|command| command.acl_categories)
            .map(|name| name.strip_prefix('@').unwrap())
            .collect();
        assert_eq!(found, CATEGORIES.into_iter().collect());
    }

    #[test]
    fn sets_hold_what_was_put_in() {
        let has = |set: &CommandSet, name: &str| set.has(by_full_name(name.as_bytes()).unwrap());
        let mut set = CommandSet::EMPTY;
        for command in each() {
            assert!(!set.has(command), "{}", command.name);
            let mut one = CommandSet::EMPTY;
            one.set_alone(command, true);
            assert_eq!(each().filter(|other| one.has(other)).count(), 1);
            assert!(one.has(command));
        }
        set.set(by_full_name(b"config").unwrap(), true);
        assert!(has(&set, "config") && has(&set, "config|get"));
        set.set(by_full_name(b"config|set").unwrap(), false);
        assert!(has(&set, "config|get") && !has(&set, "config|set"));
        assert!(!set.set_category(b"nosuch", true));
        assert!(set.set_category(b"GEO", true));
        assert!(has(&set, "geoadd") && !has(&set, "get"));
        for command in each() {
            assert!(set.has(command) || !is_in_category(command, b"geo"));
        }
    }
}
