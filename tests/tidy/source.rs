//! A file as the rules see it: with comments and literals blanked, and without its tests.

/// What a rule objects to.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) line: usize,
    pub(crate) what: String,
}

/// One file of the repository.
pub(crate) struct Source {
    /// Path relative to the root of the repository.
    pub(crate) path: String,
    /// The file as it is.
    pub(crate) text: String,
    /// Rust only: comments and the contents of literals are spaces; same offsets as in `text`.
    pub(crate) code: String,
    /// `code` with everything that is compiled for tests only blanked too.
    pub(crate) production: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (mut code, mut production) = (String::new(), String::new());
        if path.ends_with(".rs") {
            code = blank_literals(text);
            if !is_test_path(path) {
                production = blank_tests(&code);
            }
        }
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            production,
        }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The top-level module that the file belongs to, if it is part of the library or a program.
    pub(crate) fn module(&self) -> Option<&str> {
        if self.path.starts_with("perf/loadgen/") {
            return Some("loadgen");
        }
        let first = self.path.strip_prefix("src/")?.split('/').next()?;
        Some(first.strip_suffix(".rs").unwrap_or(first))
    }

    /// How many times `super::` leads from this file to the root of the crate.
    pub(crate) fn depth(&self) -> usize {
        let inner = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inner
            .split('/')
            .filter(|part| *part != "mod.rs" && *part != "lib.rs")
            .count()
    }

    pub(crate) fn finding(&self, offset: usize, what: impl Into<String>) -> Finding {
        let line = self.text[..offset].matches('\n').count() + 1;
        Finding {
            line,
            what: what.into(),
        }
    }
}

fn is_test_path(path: &str) -> bool {
    path.starts_with("tests/") || path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// Identifiers and keywords with their offsets.
pub(crate) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    std::iter::from_fn(move || {
        at += code[at..].find(is_word)?;
        let start = at;
        at += code[at..].find(|c| !is_word(c)).unwrap_or(code.len() - at);
        Some((start, &code[start..at]))
    })
}

/// Offsets at which `needle` stands, not as a part of a longer identifier.
pub(crate) fn occurrences(code: &str, needle: &str) -> Vec<usize> {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(needle)
        .map(|(at, _)| at)
        .filter(|at| !is_word(code[..*at].chars().next_back()) || !is_word(needle.chars().next()))
        .filter(|at| {
            !is_word(code[at + needle.len()..].chars().next())
                || !is_word(needle.chars().next_back())
        })
        .collect()
}

/// The offset behind the brace that closes the one at `open`.
pub(crate) fn end_of_block(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return at + 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    code.len()
}

/// Spaces in place of comments and of what is between quotes; lines and offsets stay.
pub(crate) fn blank_literals(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = skip(bytes, at);
        if end > at {
            blank(&mut out, at, end);
            at = end;
        } else {
            at += 1;
        }
    }
    String::from_utf8(out).unwrap()
}

fn blank(out: &mut [u8], from: usize, to: usize) {
    for byte in &mut out[from..to] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// The end of the comment or literal that begins at `at`, or `at` if none does.
fn skip(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let in_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    if rest.starts_with(b"//") {
        return at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    }
    if rest.starts_with(b"/*") {
        let end = rest
            .windows(2)
            .position(|pair| pair == b"*/")
            .map_or(rest.len(), |end| end + 2);
        return at + end;
    }
    if !in_word && (rest.starts_with(b"r\"") || rest.starts_with(b"r#")) {
        return end_of_raw(bytes, at + 1).unwrap_or(at);
    }
    if !in_word && (rest.starts_with(b"br\"") || rest.starts_with(b"br#")) {
        return end_of_raw(bytes, at + 2).unwrap_or(at);
    }
    match rest {
        [b'"', ..] => end_of_quoted(bytes, at + 1, b'"'),
        [b'\'', b'\\', ..] => end_of_quoted(bytes, at + 1, b'\''),
        // A lifetime has no quote behind its first character.
        [b'\'', first, ..] => {
            let width = match first {
                0xf0.. => 4,
                0xe0.. => 3,
                0xc0.. => 2,
                _ => 1,
            };
            if rest.get(1 + width) == Some(&b'\'') {
                at + width + 2
            } else {
                at
            }
        }
        _ => at,
    }
}

fn end_of_quoted(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from;
    while at < bytes.len() && bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// `None` for raw identifiers such as `r#type`.
fn end_of_raw(bytes: &[u8], hashes_from: usize) -> Option<usize> {
    let hashes = bytes[hashes_from..]
        .iter()
        .take_while(|b| **b == b'#')
        .count();
    let body = hashes_from + hashes;
    if bytes.get(body) != Some(&b'"') {
        return None;
    }
    let end = [&b"\""[..], &vec![b'#'; hashes]].concat();
    let length = bytes[body + 1..]
        .windows(end.len())
        .position(|window| window == end);
    Some(length.map_or(bytes.len(), |length| body + 1 + length + end.len()))
}

/// Blanks every item behind `#[cfg(test)]` or `#[test]`.
fn blank_tests(code: &str) -> String {
    let mut out = code.as_bytes().to_vec();
    for marker in ["#[cfg(test)]", "#[test]"] {
        for (at, _) in code.match_indices(marker) {
            let rest = &code[at..];
            let open = rest.find('{').unwrap_or(rest.len());
            let semicolon = rest.find(';').unwrap_or(rest.len());
            let end = if open < semicolon {
                end_of_block(code, at + open)
            } else {
                at + semicolon
            };
            blank(&mut out, at, end);
        }
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn literals_and_comments_are_blanked() {
    for (text, expected) in [
        ("a // b\nc", "a     \nc"),
        ("a /* b\n */ c", "a     \n    c"),
        ("f(\"x \\\" y\", z)", "f(        , z)"),
        ("r#\"a\"b\"# c", "         c"),
        ("br\"a\" c", "      c"),
        ("r#type", "r#type"),
        ("'a' 'b: &'c str", "    'b: &'c str"),
        ("'\\'' x", "     x"),
        ("'\"' x", "    x"),
        ("'é' x", "     x"),
    ] {
        assert_eq!(blank_literals(text), expected, "{text}");
    }
}

#[test]
fn tests_are_blanked() {
    let file = Source::new(
        "src/resp/scan.rs",
        "use a;\n#[cfg(test)]\nmod tests;\nfn b() {}\n#[cfg(test)]\nmod c { fn d() { {} } }\nfn e() {}\n",
    );
    let names: Vec<&str> = words(&file.production).map(|(_, word)| word).collect();
    assert_eq!(names, ["use", "a", "fn", "b", "fn", "e"]);
    assert_eq!(Source::new("src/resp/tests.rs", "fn a() {}").production, "");
}
