//! Where the keys of a request are.
//!
//! Called by the pipeline for commands with more than one key or with keys at positions that depend on
//! the arguments, and by `COMMAND GETKEYS`. Key specifications are read as servers read them; what they
//! cannot express is in `special`.
//!
//! Holds: positions are below the request's number of arguments, for any request. Costs: a walk over
//! the arguments only where a keyword or a count must be found; a push per key.

use super::flags::{Access, Flags};
use super::{Command, special};
use crate::resp::{RequestView, int};

/// One rule for finding keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySpec {
    /// What happens to the keys it finds.
    pub access: Access,
    /// Where to begin.
    pub begin: Begin,
    /// Which arguments from there are keys.
    pub find: Find,
}

/// Where the arguments begin that hold keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// At this argument.
    Index(u8),
    /// After this word, searched from an argument on: forwards, or backwards from the end if negative.
    Keyword {
        /// The word, in any case.
        word: &'static str,
        /// Where the search starts.
        from: i8,
    },
    /// The specification does not say.
    Unknown,
}

/// Which arguments are keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Find {
    /// Every `step`th argument up to the last.
    Range {
        /// The last key, counted from the first, or from the request's end if negative.
        last: i8,
        /// Distance from key to key.
        step: u8,
        /// With a negative `last`: only this fraction of the arguments holds keys (2 = the first half).
        limit: u8,
    },
    /// An argument says how many.
    KeyNum {
        /// The argument with the number, counted from the begin.
        count: u8,
        /// The first key, counted from the begin.
        first: u8,
        /// Distance from key to key.
        step: u8,
    },
    /// The specification does not say.
    Unknown,
}

/// A key's place in its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyAt {
    /// Which argument, the command's name being 0.
    pub index: usize,
    /// What the command does to it.
    pub access: Access,
}

/// The keys cannot be told: the arguments break the command's own rules.
///
/// Such a request has no node of its own: any node refuses it in the servers' words, or names one that will.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the arguments do not tell which of them are keys")]
pub struct KeyError;

/// The first key of a command, packed for the hot path: a position, and whether it is the only key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FirstKey {
    at: u8, // 0: depends on the arguments
    only: bool,
}

// === impl Command ===

impl Command {
    /// Finds the positions of all keys of a request for this command; `found` is emptied first.
    ///
    /// Positions grow. A command without keys gives none. Order and number are those of `COMMAND GETKEYS`, with one
    /// exception: PFMERGE without sources has its target for a key, which servers overlook.
    ///
    /// # Errors
    ///
    /// The arguments contradict the command's rules, such as a count of keys beyond the end.
    pub fn keys(&self, request: &RequestView<'_>, found: &mut Vec<usize>) -> Result<(), KeyError> {
        found.clear();
        self.visit_keys(request, &mut |key| found.push(key.index))
            .inspect_err(|_| found.clear())
    }

    /// Like [`keys`](Self::keys), with what the command does to each.
    ///
    /// # Errors
    ///
    /// As for [`keys`](Self::keys).
    pub fn keys_with_access(
        &self,
        request: &RequestView<'_>,
        found: &mut Vec<KeyAt>,
    ) -> Result<(), KeyError> {
        found.clear();
        self.visit_keys(request, &mut |key| found.push(key))
            .inspect_err(|_| found.clear())
    }

    /// The only key and what the command does to it, where neither depends on the arguments.
    #[must_use]
    pub const fn only_key(&self) -> Option<KeyAt> {
        match (self.first_key.only_index(), self.keys) {
            (Some(index), [spec]) if !spec.access.has(Access::VARIABLE_FLAGS) => Some(KeyAt {
                index,
                access: spec.access,
            }),
            _ => None,
        }
    }

    /// Whether a request of this command can have keys; channels do not count.
    #[must_use]
    pub const fn has_keys(&self) -> bool {
        has_keys(self.keys)
    }

    /// Whether a request may have keys that only servers find: a specification says so, or keys move and no
    /// specification follows them; and nothing here knows better.
    #[must_use]
    pub fn hides_keys(&self) -> bool {
        let is_open = |spec: &KeySpec| {
            let is_key = !spec.access.has(Access::NOT_KEY);
            is_key && (spec.access.has(Access::INCOMPLETE) || !spec.tells())
        };
        let is_fixed = |spec: &KeySpec| {
            matches!(
                (spec.begin, spec.find),
                (Begin::Index(_), Find::Range { .. })
            )
        };
        let moves = self.flags.has(Flags::MOVABLEKEYS) && self.keys.iter().all(is_fixed);
        special::finder(self).is_none() && (moves || self.keys.iter().any(is_open))
    }

    /// Whether a specification tells where keys are.
    #[must_use]
    pub(super) const fn can_find_keys(&self) -> bool {
        let mut specs = self.keys;
        while let [spec, rest @ ..] = specs {
            if !spec.access.has(Access::NOT_KEY) && spec.tells() {
                return true;
            }
            specs = rest;
        }
        false
    }

    fn visit_keys(
        &self,
        request: &RequestView<'_>,
        visit: &mut dyn FnMut(KeyAt),
    ) -> Result<(), KeyError> {
        if let Some(find) = special::finder(self) {
            return find(request, visit);
        }
        if self.has_keys() && !self.can_find_keys() {
            return Err(KeyError);
        }
        for spec in self.keys {
            // What a specification does not tell, the servers look after.
            if spec.access.has(Access::NOT_KEY) || !spec.tells() {
                continue;
            }
            let mut none = true;
            spec.visit(request, &mut |key| {
                none = false;
                visit(key);
            })?;
            // Only scripts and functions may say that they use no key.
            let counted = matches!(spec.find, Find::KeyNum { .. });
            if counted && none && !self.flags.has(Flags::NO_MANDATORY_KEYS) {
                return Err(KeyError);
            }
        }
        Ok(())
    }
}

// === impl KeySpec ===

impl KeySpec {
    /// Whether it says where its keys are.
    const fn tells(&self) -> bool {
        !matches!(self.begin, Begin::Unknown) && !matches!(self.find, Find::Unknown)
    }

    fn visit(
        &self,
        request: &RequestView<'_>,
        visit: &mut dyn FnMut(KeyAt),
    ) -> Result<(), KeyError> {
        let args = request.len_args();
        let begin = match self.begin {
            Begin::Index(index) => usize::from(index),
            Begin::Keyword { word, from } => match after_keyword(request, word, from) {
                Some(index) => index,
                None => return Ok(()),
            },
            Begin::Unknown => return Err(KeyError),
        };
        let (first, end, step) = match self.find {
            Find::Range { last, step, limit } => (begin, range_end(args, begin, last, limit), step),
            Find::KeyNum { count, first, step } => {
                let number = request.arg(begin + usize::from(count)).ok_or(KeyError)?;
                let number = int::parse_i64(number).ok_or(KeyError)?;
                let number = usize::try_from(number).map_err(|_| KeyError)?;
                let first = begin + usize::from(first);
                // A count beyond the arguments must not overflow on its way to being refused.
                let span = number.min(args + 1) * usize::from(step);
                (first, first + span, step)
            }
            Find::Unknown => return Err(KeyError),
        };
        for index in (first..end).step_by(usize::from(step.max(1))) {
            if index >= args {
                return Err(KeyError);
            }
            visit(KeyAt {
                index,
                access: self.access,
            });
        }
        Ok(())
    }
}

/// The position after the last key of a range.
fn range_end(args: usize, first: usize, last: i8, limit: u8) -> usize {
    let back = usize::from(last.unsigned_abs());
    if last >= 0 {
        return first + back + 1;
    }
    let reach = match limit {
        0 => return (args + 1).saturating_sub(back),
        limit => args.saturating_sub(first) / usize::from(limit),
    };
    (first + reach + 1).saturating_sub(back)
}

/// The position after a word that begins the keys.
fn after_keyword(request: &RequestView<'_>, word: &str, from: i8) -> Option<usize> {
    let is_word = |(_, arg): &(usize, &[u8])| arg.eq_ignore_ascii_case(word.as_bytes());
    let distance = usize::from(from.unsigned_abs());
    if from >= 0 {
        let found = request.args().enumerate().skip(distance).find(is_word);
        return found.map(|(index, _)| index + 1);
    }
    let start = request.len_args().checked_sub(distance)?;
    // Only the last one counts, and the command's name never does.
    let found = request
        .args()
        .enumerate()
        .take(start + 1)
        .skip(1)
        .filter(is_word)
        .last();
    found.map(|(index, _)| index + 1)
}

/// Whether a specification finds keys and not only channels.
pub(super) const fn has_keys(mut specs: &[KeySpec]) -> bool {
    while let [spec, rest @ ..] = specs {
        if !spec.access.has(Access::NOT_KEY) {
            return true;
        }
        specs = rest;
    }
    false
}

/// Whether a specification admits to miss keys; then none can be relied on.
const fn any_incomplete(mut specs: &[KeySpec]) -> bool {
    while let [spec, rest @ ..] = specs {
        if spec.access.has(Access::INCOMPLETE) {
            return true;
        }
        specs = rest;
    }
    false
}

// === impl Begin, Find ===

impl Begin {
    /// After a word, searched from an argument on.
    #[must_use]
    pub const fn keyword(word: &'static str, from: i8) -> Self {
        Self::Keyword { word, from }
    }
}

impl Find {
    /// Every `step`th argument up to `last`; see [`Find::Range`].
    #[must_use]
    pub const fn range(last: i8, step: u8, limit: u8) -> Self {
        Self::Range { last, step, limit }
    }

    /// As many as an argument says; see [`Find::KeyNum`].
    #[must_use]
    pub const fn key_num(count: u8, first: u8, step: u8) -> Self {
        Self::KeyNum { count, first, step }
    }
}

// === impl FirstKey ===

impl FirstKey {
    /// No key at a fixed place.
    pub(super) const NONE: Self = Self { at: 0, only: false };

    /// Reads the first specification; the others only decide whether there can be more keys, or others.
    pub(super) const fn of(specs: &[KeySpec]) -> Self {
        let [first, rest @ ..] = specs else {
            return Self::NONE;
        };
        let (Begin::Index(at), Find::Range { last, .. }) = (first.begin, first.find) else {
            return Self::NONE;
        };
        if first.access.has(Access::NOT_KEY) || any_incomplete(specs) {
            return Self::NONE;
        }
        Self {
            at,
            only: last == 0 && rest.is_empty(),
        }
    }

    pub(super) const fn index(self) -> Option<usize> {
        if self.at == 0 {
            None
        } else {
            Some(self.at as usize)
        }
    }

    pub(super) const fn only_index(self) -> Option<usize> {
        if self.only { self.index() } else { None }
    }
}
