//! What a client asks of SCAN: where to go on, which keys, about how many.

use crate::cluster::{SLOTS, Slot};
use crate::command::glob::{self, Case, Steps};
use crate::resp::{RequestView, int};

/// The arguments of one SCAN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    /// First slot to look at; [`SLOTS`] if nothing is left.
    pub(super) first: usize,
    /// Behind the last slot that can hold what is looked for.
    pub(super) end: usize,
    /// About so many keys are wanted.
    pub(super) count: usize,
    pattern: Option<Box<[u8]>>,
    /// Only keys of this type.
    pub(super) kind: Option<Box<[u8]>>,
}

/// Keys wanted if the client does not say, as in Redis.
const COUNT: usize = 10;

const INVALID_CURSOR: &str = "ERR invalid cursor";
const SYNTAX: &str = "ERR syntax error";
const NOT_AN_INTEGER: &str = "ERR value is not an integer or out of range";

// === impl Options ===

impl Options {
    /// Reads a whole request.
    ///
    /// # Errors
    ///
    /// The words in which servers refuse it.
    pub(super) fn parse(view: &RequestView<'_>) -> Result<Self, &'static str> {
        let cursor = view.arg(1).and_then(int::parse_u64).ok_or(INVALID_CURSOR)?;
        let mut options = Self {
            // Of another server, or invented: nothing is left.
            first: usize::try_from(cursor).unwrap_or(SLOTS).min(SLOTS),
            end: SLOTS,
            count: COUNT,
            pattern: None,
            kind: None,
        };
        let mut words = view.args().skip(2);
        while let Some(word) = words.next() {
            let value = words.next().ok_or(SYNTAX)?;
            if word.eq_ignore_ascii_case(b"count") {
                let count = int::parse_i64(value).ok_or(NOT_AN_INTEGER)?;
                if count < 1 {
                    return Err(SYNTAX);
                }
                options.count = usize::try_from(count).unwrap_or(usize::MAX);
            } else if word.eq_ignore_ascii_case(b"match") {
                options.pattern = (value != b"*").then(|| value.into());
            } else if word.eq_ignore_ascii_case(b"type") {
                options.kind = Some(value.to_ascii_lowercase().into());
            } else {
                return Err(SYNTAX);
            }
        }
        if let Some(slot) = options.pattern.as_deref().and_then(only_slot) {
            options.end = slot.index() + 1;
            options.first = options.first.max(slot.index());
        }
        Ok(options)
    }

    /// Whether a key is one of those looked for, as far as its name tells; nothing if that would take too long.
    pub(super) fn wants(&self, key: &[u8], steps: &mut Steps) -> Option<bool> {
        match self.pattern.as_deref() {
            None => Some(true),
            Some(pattern) => glob::matches_within(pattern, key, Case::Exact, steps),
        }
    }
}

/// The slot of every key that can fit the pattern, if there is only one: the pattern begins with plain text that
/// holds a whole hash tag, or is plain altogether.
fn only_slot(pattern: &[u8]) -> Option<Slot> {
    let is_special = |byte: &u8| matches!(byte, b'*' | b'?' | b'[' | b'\\');
    let plain = pattern.split(is_special).next().unwrap_or_default();
    if plain.len() == pattern.len() {
        return Some(Slot::of_key(pattern));
    }
    let open = plain.iter().position(|byte| *byte == b'{')?;
    let tag = plain.get(open + 1..)?;
    // An empty tag is none, so the whole key counts.
    let close = tag
        .iter()
        .position(|byte| *byte == b'}')
        .filter(|at| *at > 0)?;
    Some(Slot::of_key(tag.get(..close)?))
}

#[cfg(test)]
mod tests {
    use super::{Options, Steps, only_slot};
    use crate::cluster::{SLOTS, Slot};
    use crate::resp::{RequestView, write};

    fn parse(words: &[&str]) -> Result<Options, &'static str> {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        let mut frame = Vec::new();
        write::request(&mut frame, &words);
        Options::parse(&RequestView::new(&frame))
    }

    #[test]
    fn arguments() {
        let options = parse(&["SCAN", "17", "Match", "a*", "COUNT", "5", "type", "Hash"]).unwrap();
        assert_eq!((options.first, options.end, options.count), (17, SLOTS, 5));
        assert_eq!(options.kind.as_deref(), Some(b"hash".as_slice()));
        let mut steps = Steps::for_bytes(10);
        assert_eq!(options.wants(b"abc", &mut steps), Some(true));
        assert_eq!(options.wants(b"Abc", &mut steps), Some(false));
        let options = parse(&["SCAN", "0", "MATCH", "*"]).unwrap();
        assert_eq!(options.wants(b"any", &mut steps), Some(true));
        assert_eq!(parse(&["SCAN", "99999999999"]).unwrap().first, SLOTS);
    }

    #[test]
    fn errors_are_those_of_servers() {
        let rows: &[(&[&str], &str)] = &[
            (&["SCAN", "x"], "ERR invalid cursor"),
            (&["SCAN", "-1"], "ERR invalid cursor"),
            (&["SCAN", "0", "COUNT"], "ERR syntax error"),
            (&["SCAN", "0", "COUNT", "0"], "ERR syntax error"),
            (
                &["SCAN", "0", "COUNT", "x"],
                "ERR value is not an integer or out of range",
            ),
            (&["SCAN", "0", "NOPE", "1"], "ERR syntax error"),
        ];
        for (words, error) in rows {
            assert_eq!(parse(words), Err(*error), "{words:?}");
        }
    }

    #[test]
    fn patterns_of_one_slot() {
        let tagged = Some(Slot::of_key(b"user"));
        for (pattern, slot) in [
            ("{user}*", tagged),
            ("a{user}:?", tagged),
            ("user", tagged),
            ("a*{user}", None),
            ("{us*er}", None),
            ("{}user*", None),
            ("{user*", None),
            ("*", None),
        ] {
            assert_eq!(only_slot(pattern.as_bytes()), slot, "{pattern}");
        }
    }
}
