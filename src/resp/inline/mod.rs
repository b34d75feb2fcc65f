//! Inline requests: a line of words, as typed into telnet.

use super::Violation;
use super::write;

/// Appends an inline line to `out` as the multibulk request it means, and gives the number of its
/// arguments. An empty line gives 0 and appends nothing.
///
/// Words are separated by white space. A word may be quoted, wholly or in part: in double quotes `\n`,
/// `\r`, `\t`, `\b`, `\a`, `\xHH` and `\` before any other character work, in single quotes only `\'`.
/// Not for the hot path: allocates while it works.
///
/// # Errors
///
/// [`Violation::UnbalancedQuotes`] when a quote is not closed, or is followed by something other than
/// white space. `out` is left as it was.
pub fn to_multibulk(line: &[u8], out: &mut Vec<u8>) -> Result<usize, Violation> {
    let mut words = Words { rest: line };
    let mut word = Vec::new();
    let mut elements = Vec::with_capacity(line.len() * 2);
    let mut args = 0;
    while words.next_into(&mut word)? {
        write::bulk(&mut elements, &word);
        args += 1;
    }
    if args > 0 {
        write::array(out, args);
        out.extend_from_slice(&elements);
    }
    Ok(args)
}

/// The first word of a request shows that a browser was tricked into speaking HTTP to us: `POST` or
/// `Host:`, in any case. Such a connection is closed at once, without an answer.
#[inline]
pub fn is_http(first_word: &[u8]) -> bool {
    first_word.eq_ignore_ascii_case(b"post") || first_word.eq_ignore_ascii_case(b"host:")
}

/// What is left of a line.
struct Words<'a> {
    rest: &'a [u8],
}

// === impl Words ===

impl Words<'_> {
    /// Puts the next word into `word`; false at the end of the line.
    fn next_into(&mut self, word: &mut Vec<u8>) -> Result<bool, Violation> {
        word.clear();
        while self.rest.first().is_some_and(|&byte| is_space(byte)) {
            self.take();
        }
        if self.rest.is_empty() {
            return Ok(false);
        }
        loop {
            match self.take() {
                None | Some(b' ' | b'\n' | b'\r' | b'\t') => return Ok(true),
                Some(b'"') => {
                    self.double_quoted(word)?;
                    return Ok(true);
                }
                Some(b'\'') => {
                    self.single_quoted(word)?;
                    return Ok(true);
                }
                Some(byte) => word.push(byte),
            }
        }
    }

    /// The rest of a word behind its opening double quote.
    fn double_quoted(&mut self, word: &mut Vec<u8>) -> Result<(), Violation> {
        loop {
            match self.take().ok_or(Violation::UnbalancedQuotes)? {
                b'"' => return self.quote_closed(),
                b'\\' => self.escaped(word)?,
                byte => word.push(byte),
            }
        }
    }

    /// What a backslash in double quotes stands for.
    fn escaped(&mut self, word: &mut Vec<u8>) -> Result<(), Violation> {
        if let &[b'x', high, low, ..] = self.rest
            && let (Some(high), Some(low)) = (hex(high), hex(low))
        {
            word.push(high * 16 + low);
            self.rest = self.rest.get(3..).unwrap_or_default();
            return Ok(());
        }
        word.push(match self.take().ok_or(Violation::UnbalancedQuotes)? {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 0x08,
            b'a' => 0x07,
            byte => byte,
        });
        Ok(())
    }

    /// The rest of a word behind its opening single quote.
    fn single_quoted(&mut self, word: &mut Vec<u8>) -> Result<(), Violation> {
        loop {
            match self.take().ok_or(Violation::UnbalancedQuotes)? {
                b'\'' => return self.quote_closed(),
                b'\\' if self.rest.first() == Some(&b'\'') => {
                    self.take();
                    word.push(b'\'');
                }
                byte => word.push(byte),
            }
        }
    }

    /// A closing quote ends its word.
    fn quote_closed(&self) -> Result<(), Violation> {
        match self.rest.first() {
            Some(&byte) if !is_space(byte) => Err(Violation::UnbalancedQuotes),
            _ => Ok(()),
        }
    }

    fn take(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }
}

/// White space of the C locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// The value of a hexadecimal digit.
fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
