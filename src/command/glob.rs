//! Matching of texts against patterns with `*`, `?`, `[a-z]`, `[^a]` and `\`, as servers do it.
//!
//! Called for filters of names ([`Case::Any`]) and for patterns of keys and channels ([`Case::Exact`]).
//!
//! Costs: at most the product of both lengths; no recursion, so no pattern can exhaust the stack. Where both come from
//! clients, and may be megabytes, [`Steps`] bounds it.

/// Whether capitals and small letters are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// They are.
    Any,
    /// They are not.
    Exact,
}

/// What comparisons may still cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps(u64);

/// Steps that any comparison may take: about a millisecond.
const STEPS_MIN: u64 = 1_000_000;

/// Steps per byte of what is compared. Most patterns need one or two; a piece of so many bytes behind a star, of which all
/// but the last fit everywhere, needs as many.
const STEPS_PER_BYTE: u64 = 64;

/// Whether the whole text fits the pattern.
#[must_use]
pub fn matches(pattern: &[u8], text: &[u8], case: Case) -> bool {
    matches_within(pattern, text, case, &mut Steps(u64::MAX)) == Some(true)
}

/// As [`matches()`], for patterns of strangers; nothing if it would take more steps than are left, which are fewer afterwards.
#[must_use]
pub fn matches_within(pattern: &[u8], text: &[u8], case: Case, steps: &mut Steps) -> Option<bool> {
    let (mut pattern, mut text) = (pattern, text);
    // Where to go on after a mismatch: behind the last star, which then takes one byte more.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        steps.take(1)?;
        if let [b'*', rest @ ..] = pattern {
            retry = Some((rest, text));
            pattern = rest;
            continue;
        }
        let stepped = match text {
            [] if pattern.is_empty() => return Some(true),
            [] => None,
            [byte, text_rest @ ..] => {
                let (fits, rest) = step(pattern, case.fold(*byte), case);
                // Classes may be long.
                steps.take(pattern.len() - rest.len())?;
                fits.then_some((rest, text_rest))
            }
        };
        if let Some(next) = stepped {
            (pattern, text) = next;
            continue;
        }
        let Some((after_star, [_, shorter @ ..])) = retry else {
            return Some(false);
        };
        retry = Some((after_star, shorter));
        (pattern, text) = (after_star, shorter);
    }
}

/// Whether the first element of a pattern fits the byte, which is folded, and the pattern behind it.
fn step(pattern: &[u8], byte: u8, case: Case) -> (bool, &[u8]) {
    match pattern {
        [] => (false, pattern),
        [b'?', rest @ ..] => (true, rest),
        [b'[', b'^', rest @ ..] => {
            let (inside, rest) = class(rest, byte, case);
            (!inside, rest)
        }
        [b'[', rest @ ..] => class(rest, byte, case),
        [b'\\', literal, rest @ ..] | [literal, rest @ ..] => (case.fold(*literal) == byte, rest),
    }
}

/// Whether a class holds the byte, and what follows its bracket; a missing bracket ends the class.
fn class(mut pattern: &[u8], byte: u8, case: Case) -> (bool, &[u8]) {
    let mut inside = false;
    loop {
        match pattern {
            [] => return (inside, pattern),
            [b']', rest @ ..] => return (inside, rest),
            [b'\\', literal, rest @ ..] => {
                inside |= case.fold(*literal) == byte;
                pattern = rest;
            }
            [from, b'-', to, rest @ ..] => {
                let (from, to) = (case.fold(*from), case.fold(*to));
                inside |= (from.min(to)..=from.max(to)).contains(&byte);
                pattern = rest;
            }
            [literal, rest @ ..] => {
                inside |= case.fold(*literal) == byte;
                pattern = rest;
            }
        }
    }
}

// === impl Steps ===

impl Steps {
    /// For comparisons with so many bytes in all.
    #[must_use]
    pub fn for_bytes(len: usize) -> Self {
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        Self(STEPS_MIN.saturating_add(len.saturating_mul(STEPS_PER_BYTE)))
    }

    #[inline]
    fn take(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.checked_sub(count as u64)?;
        Some(())
    }
}

// === impl Case ===

impl Case {
    #[inline]
    const fn fold(self, byte: u8) -> u8 {
        match self {
            Self::Any => byte.to_ascii_lowercase(),
            Self::Exact => byte,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Case, STEPS_PER_BYTE, Steps, matches, matches_within};

    #[test]
    fn patterns() {
        let rows = [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("**", "abc", true),
            ("a*c", "abcbc", true),
            ("a*c", "abcb", false),
            ("?", "", false),
            ("??", "ab", true),
            ("[a-c]x", "Bx", true),
            ("[c-a]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[a\\]]", "]", true),
            ("[ab", "b", true),
            ("[", "a", false),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("\\", "\\", true),
            ("GET", "get", true),
        ];
        for (pattern, text, expected) in rows {
            assert_eq!(
                matches(pattern.as_bytes(), text.as_bytes(), Case::Any),
                expected,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn many_stars_cost_little() {
        let pattern = "*a".repeat(5000);
        let text = "a".repeat(4999) + "b";
        assert!(!matches(pattern.as_bytes(), text.as_bytes(), Case::Exact));
        let text = "a".repeat(5000);
        assert!(matches(pattern.as_bytes(), text.as_bytes(), Case::Exact));
    }

    #[test]
    fn patterns_that_take_too_long_are_given_up() {
        const LEN: usize = 256 * 1024;
        let text = vec![b'a'; LEN];
        let tail = [b"*".as_slice(), &text, b"b"].concat();
        let class = [b"*[".as_slice(), &vec![b'x'; LEN], b"]b"].concat();
        for pattern in [tail, class] {
            let mut steps = Steps::for_bytes(text.len());
            let fits = matches_within(&pattern, &text, Case::Exact, &mut steps);
            assert_eq!(fits, None);
        }
        // What fits at once costs one step per byte, however long it is.
        let mut steps = Steps::for_bytes(text.len());
        let fits = matches_within(&text, &text, Case::Exact, &mut steps);
        assert_eq!(fits, Some(true));
        let piece = vec![b'a'; usize::try_from(STEPS_PER_BYTE).unwrap() / 4];
        let usual = [b"*".as_slice(), &piece, b"b*"].concat();
        let fits = matches_within(&usual, &text, Case::Exact, &mut steps);
        assert_eq!(fits, Some(false));
    }

    #[test]
    fn capitals_differ_where_they_should() {
        for (pattern, text) in [
            ("GET", "get"),
            ("[A-C]", "b"),
            ("\\A*", "ab"),
            ("[^A]", "a"),
        ] {
            let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
            assert_ne!(
                matches(pattern, text, Case::Any),
                matches(pattern, text, Case::Exact)
            );
        }
    }

    /// The same, written for shortness: tries every way in which a star can stretch.
    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], text) => text.is_empty(),
            ([b'*', rest @ ..], text) => (0..=text.len()).any(|skip| naive(rest, &text[skip..])),
            (_, []) => false,
            ([b'?', rest @ ..], [_, text @ ..]) => naive(rest, text),
            ([b'[', rest @ ..], [byte, text @ ..]) => {
                let (negated, rest) = match rest {
                    [b'^', rest @ ..] => (true, rest),
                    rest => (false, rest),
                };
                let (mut inside, mut at) = (false, 0);
                while at < rest.len() && rest[at] != b']' {
                    if rest[at] == b'\\' && at + 1 < rest.len() {
                        inside |= rest[at + 1] == *byte;
                        at += 2;
                    } else if at + 2 < rest.len() && rest[at + 1] == b'-' {
                        let (low, high) = (rest[at].min(rest[at + 2]), rest[at].max(rest[at + 2]));
                        inside |= (low..=high).contains(byte);
                        at += 3;
                    } else {
                        inside |= rest[at] == *byte;
                        at += 1;
                    }
                }
                let rest = rest.get(at + 1..).unwrap_or_default();
                inside != negated && naive(rest, text)
            }
            ([b'\\', literal, rest @ ..] | [literal, rest @ ..], [byte, text @ ..]) => {
                literal == byte && naive(rest, text)
            }
        }
    }

    proptest! {
        #[test]
        fn matches_like_the_naive_way(pattern in r"[ab*?\[\]^\\-]{0,9}", text in r"[ab\]^-]{0,7}") {
            let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(matches(pattern, text, Case::Exact), naive(pattern, text));
        }
    }
}
