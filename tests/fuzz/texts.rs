//! Patterns, and what the admin port is asked.

use corelane::cluster::{Slot, slot};
use corelane::command::glob::{Case, matches};

use crate::http;

/// A pattern and a text, with a byte 255 between.
pub fn patterns(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0xff);
    let pattern = parts.next().unwrap_or_default();
    let text = parts.next().unwrap_or_default();
    let any = matches(pattern, text, Case::Any);
    let exact = matches(pattern, text, Case::Exact);
    // A range such as [A-z] is another one in any case.
    if !pattern.iter().any(|byte| b"[\\".contains(byte)) && data.len() < 2_000 {
        assert!(any || !exact, "{pattern:?} {text:?}");
        assert_eq!(
            exact,
            obviously_matches(pattern, text),
            "{pattern:?} {text:?}"
        );
    }
    let tag = slot::hash_tag(text);
    assert!(text.is_empty() || !tag.is_empty());
    assert_eq!(Slot::of_key(tag), Slot::of_key(text));
    if let Some(number) = Slot::from_decimal(text) {
        assert!(usize::from(number.number()) < corelane::cluster::SLOTS);
    }
}

/// With `*` and `?` alone: which beginnings of the text fit the pattern so far.
fn obviously_matches(pattern: &[u8], text: &[u8]) -> bool {
    let mut fits = vec![false; text.len() + 1];
    fits[0] = true;
    for element in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match element {
                b'*' => fits[at] || at > 0 && next[at - 1],
                b'?' => at > 0 && fits[at - 1],
                literal => at > 0 && fits[at - 1] && text[at - 1] == *literal,
            };
        }
        fits = next;
    }
    fits[text.len()]
}

/// A request to the admin port, whole and cut at every place.
pub fn admin(data: &[u8]) {
    let data = &data[..data.len().min(http::HEAD_BYTES_MAX)];
    let whole = http::parse(data);
    // What is decided stays decided, whatever follows.
    let mut decided = None;
    let step = 1 + data.len() / 64;
    for end in (0..=data.len()).step_by(step) {
        let seen = http::parse(&data[..end]);
        if let Some(before) = decided {
            assert_eq!(seen, before, "at {end}");
        } else if seen != http::Parsed::Incomplete {
            decided = Some(seen);
        }
    }
    if let Some(before) = decided {
        assert_eq!(whole, before);
    }
}
