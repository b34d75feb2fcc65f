//! Patterns of keys and channels, prepared so that the usual ones cost a comparison.

use crate::command::glob::{self, Case};
use crate::command::{Access as Use, Command, Flags};

/// A pattern with `*`, `?`, `[a-z]` and `\`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    text: Box<str>,
    shape: Shape,
}

/// How a pattern is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Everything fits.
    Any,
    /// All but its last byte, a star, begins what fits.
    Prefix,
    /// Only itself fits.
    Exact,
    /// Anything else.
    Glob,
}

/// What may be done with the keys of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyUse {
    pub(super) reads: bool,
    pub(super) writes: bool,
}

/// A pattern of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyPattern {
    pub(super) pattern: Pattern,
    pub(super) allowed: KeyUse,
}

// === impl Pattern ===

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let is_plain = |text: &str| !text.contains(['*', '?', '[', '\\']);
        let shape = match text.strip_suffix('*') {
            Some("") => Shape::Any,
            Some(prefix) if is_plain(prefix) => Shape::Prefix,
            None if is_plain(text) => Shape::Exact,
            _ => Shape::Glob,
        };
        Self {
            text: text.into(),
            shape,
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether every text fits, whatever it is.
    pub(super) fn is_any(&self) -> bool {
        self.shape == Shape::Any
    }

    pub(super) fn fits(&self, text: &[u8]) -> bool {
        let pattern = self.text.as_bytes();
        match self.shape {
            Shape::Any => true,
            Shape::Prefix => pattern
                .split_last()
                .is_some_and(|(_, prefix)| text.starts_with(prefix)),
            Shape::Exact => pattern == text,
            Shape::Glob => glob::matches(pattern, text, Case::Exact),
        }
    }
}

// === impl KeyUse ===

impl KeyUse {
    pub(super) const ALL: Self = Self {
        reads: true,
        writes: true,
    };

    /// What has to be allowed for what a command does with a key. Giving no data away and changing none,
    /// as EXISTS, needs no more than any pattern.
    ///
    /// Commands of modules mostly do not tell what they do with a value, so there a key that is read gives
    /// data away, and one that is written is changed.
    pub(super) fn needed(command: &Command, access: Use) -> Self {
        let has_any = |uses: [Use; 3]| uses.iter().any(|one| access.has(*one));
        let mut needed = Self {
            reads: access.has(Use::ACCESS),
            writes: has_any([Use::INSERT, Use::DELETE, Use::UPDATE]),
        };
        if !needed.reads && !needed.writes {
            let is_vague = command.flags.has(Flags::MODULE);
            needed.reads = access.has(Use::RW) || (is_vague && access.has(Use::RO));
            needed.writes = has_any([Use::RW, Use::OW, Use::RM]);
        }
        needed
    }

    pub(super) fn covers(self, needed: Self) -> bool {
        (self.reads || !needed.reads) && (self.writes || !needed.writes)
    }
}

// === impl KeyPattern ===

impl KeyPattern {
    pub(super) fn fits(&self, key: &[u8], needed: KeyUse) -> bool {
        self.allowed.covers(needed) && self.pattern.fits(key)
    }

    /// As a rule: `~`, or `%R~` and `%W~` with one of both.
    pub(super) fn rule(&self) -> String {
        let mark = match (self.allowed.reads, self.allowed.writes) {
            (true, false) => "%R~",
            (false, true) => "%W~",
            _ => "~",
        };
        format!("{mark}{}", self.pattern.text())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{KeyUse, Pattern, Shape};
    use crate::command::Access as Use;
    use crate::command::glob::{self, Case};
    use crate::command::lookup;

    #[test]
    fn usual_patterns_need_no_search() {
        let rows = [
            ("*", Shape::Any),
            ("app:*", Shape::Prefix),
            ("app:1", Shape::Exact),
            ("", Shape::Exact),
            ("**", Shape::Glob),
            ("a*b", Shape::Glob),
            ("a*b*", Shape::Glob),
            ("a?", Shape::Glob),
            ("[ab]*", Shape::Glob),
            ("a\\*", Shape::Glob),
        ];
        for (text, shape) in rows {
            assert_eq!(Pattern::new(text).shape, shape, "{text}");
        }
    }

    #[test]
    fn use_of_keys() {
        let rows = [
            (Use::RO.or(Use::ACCESS), (true, false)),
            (Use::RO, (false, false)),
            (Use::OW.or(Use::UPDATE), (false, true)),
            (Use::RW.or(Use::ACCESS).or(Use::UPDATE), (true, true)),
            (Use::RW.or(Use::INSERT), (false, true)),
            (Use::RM.or(Use::DELETE), (false, true)),
            (Use::RW, (true, true)),
            (Use::OW, (false, true)),
        ];
        let get = lookup(b"get").unwrap();
        for (access, (reads, writes)) in rows {
            let needed = KeyUse::needed(get, access);
            assert_eq!(needed, KeyUse { reads, writes }, "{access:?}");
            assert!(KeyUse::ALL.covers(needed));
        }
        let module = lookup(b"json.get").unwrap();
        let needed = KeyUse::needed(module, Use::RO);
        assert!(
            needed.reads && !needed.writes,
            "of a module nothing is known"
        );
    }

    proptest! {
        #[test]
        fn shapes_change_nothing(pattern in r"[ab*?\\[\\]\\\\]{0,5}", text in "[ab*]{0,5}") {
            let prepared = Pattern::new(&pattern);
            let plain = glob::matches(pattern.as_bytes(), text.as_bytes(), Case::Exact);
            prop_assert_eq!(prepared.fits(text.as_bytes()), plain);
        }
    }
}
