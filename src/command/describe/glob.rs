//! Matching of names against patterns with `*`, `?`, `[a-z]`, `[^a]` and `\`, in any case.
//!
//! Costs: at most the product of both lengths; no recursion, so no pattern can exhaust the stack.

/// Whether the whole text fits the pattern.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    // Where to go on after a mismatch: behind the last star, which then takes one byte more.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', rest @ ..] = pattern {
            retry = Some((rest, text));
            pattern = rest;
            continue;
        }
        let stepped = match text {
            [] if pattern.is_empty() => return true,
            [] => None,
            [byte, text_rest @ ..] => step(pattern, *byte).map(|rest| (rest, text_rest)),
        };
        if let Some(next) = stepped {
            (pattern, text) = next;
            continue;
        }
        let Some((after_star, [_, shorter @ ..])) = retry else {
            return false;
        };
        retry = Some((after_star, shorter));
        (pattern, text) = (after_star, shorter);
    }
}

/// The pattern behind its first element, if that fits the byte.
fn step(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    let (fits, rest) = match pattern {
        [] => return None,
        [b'?', rest @ ..] => (true, rest),
        [b'[', b'^', rest @ ..] => {
            let (inside, rest) = class(rest, byte);
            (!inside, rest)
        }
        [b'[', rest @ ..] => class(rest, byte),
        [b'\\', literal, rest @ ..] | [literal, rest @ ..] => {
            (literal.eq_ignore_ascii_case(&byte), rest)
        }
    };
    fits.then_some(rest)
}

/// Whether a class holds the byte, and what follows its bracket; a missing bracket ends the class.
fn class(mut pattern: &[u8], byte: u8) -> (bool, &[u8]) {
    let byte = byte.to_ascii_lowercase();
    let mut inside = false;
    loop {
        match pattern {
            [] => return (inside, pattern),
            [b']', rest @ ..] => return (inside, rest),
            [b'\\', literal, rest @ ..] => {
                inside |= literal.to_ascii_lowercase() == byte;
                pattern = rest;
            }
            [from, b'-', to, rest @ ..] => {
                let (from, to) = (from.to_ascii_lowercase(), to.to_ascii_lowercase());
                inside |= (from.min(to)..=from.max(to)).contains(&byte);
                pattern = rest;
            }
            [literal, rest @ ..] => {
                inside |= literal.to_ascii_lowercase() == byte;
                pattern = rest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

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
                matches(pattern.as_bytes(), text.as_bytes()),
                expected,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn many_stars_cost_little() {
        let pattern = "*a".repeat(5000);
        let text = "a".repeat(4999) + "b";
        assert!(!matches(pattern.as_bytes(), text.as_bytes()));
        assert!(matches(pattern.as_bytes(), "a".repeat(5000).as_bytes()));
    }
}
