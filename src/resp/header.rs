//! Header lines: a type byte, a short text (mostly a length), CR LF.
//!
//! Used by scanners and views alike. [`short`] is the one that is called for nearly every header of real
//! traffic; [`length`] and [`line()`] decide everything else, and alone judge what is wrong.

use super::{Scan, Violation, int};

/// A header has at most so many bytes before its CR LF, the type byte included. A length has at most 21
/// (type byte, sign, 19 digits); the rest is room for other short values. It bounds what a peer can send
/// without ever completing a header, and what a resumed scan looks at twice.
pub(super) const HEADER_BYTES_MAX: usize = 32;

/// A header that carries a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// A number, and the offset behind the line.
    Known { value: i64, next: usize },
    /// `?`: the length is not known yet.
    Streamed { next: usize },
    /// The line has not arrived whole; at least so many bytes are missing.
    Partial { need: usize },
    /// Neither.
    Broken { at: usize, fault: Fault },
}

/// A header line of any content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Up to its CR. `feed` is the byte behind the CR if it has arrived, `next` the offset behind that.
    Text {
        text: &'a [u8],
        feed: Option<u8>,
        next: usize,
    },
    /// The CR has not arrived; at least so many bytes are missing.
    Partial { need: usize },
    /// No CR within the limit.
    TooLong { at: usize },
}

/// What is wrong with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The text is not a number, or the CR is not followed by LF.
    Number,
    /// No CR within the limit.
    TooLong,
}

/// The header at `at` if its length has one to three digits: type byte, length, offset behind the line.
///
/// Looks at six bytes. That never looks past a whole frame, since `$0` with its empty body takes six; where
/// fewer are left, or the header is any other, the answer is `None` and the caller asks [`length`].
#[inline(always)]
pub(super) fn short(frame: &[u8], at: usize) -> Option<(u8, usize, usize)> {
    let &[kind, a, b, c, d, e] = frame.get(at..)?.first_chunk::<6>()?;
    let a = usize::from(a.wrapping_sub(b'0'));
    if a > 9 {
        return None;
    }
    if b == b'\r' {
        return (c == b'\n').then_some((kind, a, at + 4));
    }
    let b = usize::from(b.wrapping_sub(b'0'));
    if b > 9 || a == 0 {
        return None;
    }
    if c == b'\r' {
        return (d == b'\n').then_some((kind, a * 10 + b, at + 5));
    }
    let c = usize::from(c.wrapping_sub(b'0'));
    if c > 9 || d != b'\r' || e != b'\n' {
        return None;
    }
    Some((kind, a * 100 + b * 10 + c, at + 6))
}

/// The header at `at` if its length is a number of up to 18 digits without sign: length, offset behind the
/// line. Faster than [`length`], which tells everything else apart.
#[inline]
pub(super) fn plain(frame: &[u8], at: usize) -> Option<(u64, usize)> {
    let (_, rest) = frame.get(at..)?.split_first()?;
    let mut value = 0_u64;
    for (digits, &byte) in rest.iter().enumerate().take(PLAIN_DIGITS_MAX + 1) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            let next = at + digits + 3;
            let ends = byte == b'\r' && frame.get(next - 1) == Some(&b'\n');
            let strict = digits > 0 && (rest.first() != Some(&b'0') || digits == 1);
            return (ends && strict).then_some((value, next));
        }
        value = value * 10 + u64::from(digit);
    }
    None
}

/// The header at `at`, whatever it is, read as one that carries a length.
pub(super) fn length(frame: &[u8], at: usize) -> Length {
    if let Some((value, next)) = plain(frame, at)
        && let Ok(value) = i64::try_from(value)
    {
        return Length::Known { value, next };
    }
    let (text, feed, next) = match line(frame, at) {
        Line::Text { text, feed, next } => (text, feed, next),
        Line::Partial { need } => return Length::Partial { need },
        Line::TooLong { at } => {
            return Length::Broken {
                at,
                fault: Fault::TooLong,
            };
        }
    };
    // The number comes before the byte behind the CR, which may arrive later: the verdict must not
    // depend on where the bytes were cut.
    let value = int::parse_i64(text);
    if value.is_none() && text != b"?" {
        return Length::Broken {
            at: at + 1,
            fault: Fault::Number,
        };
    }
    match (feed, value) {
        (Some(b'\n'), Some(value)) => Length::Known { value, next },
        (Some(b'\n'), None) => Length::Streamed { next },
        (Some(_), _) => Length::Broken {
            at: next - 1,
            fault: Fault::Number,
        },
        (None, _) => Length::Partial { need: 1 },
    }
}

/// The header line at `at`. Looks at no more than [`HEADER_BYTES_MAX`] bytes and the two of its end.
pub(super) fn line(frame: &[u8], at: usize) -> Line<'_> {
    let Some((_, rest)) = frame.get(at..).and_then(|line| line.split_first()) else {
        return Line::Partial { need: 3 };
    };
    match rest
        .iter()
        .take(HEADER_BYTES_MAX)
        .position(|&byte| byte == b'\r')
    {
        Some(end) => Line::Text {
            text: rest.get(..end).unwrap_or_default(),
            feed: rest.get(end + 1).copied(),
            next: at + end + 3,
        },
        None if rest.len() >= HEADER_BYTES_MAX => Line::TooLong {
            at: at + HEADER_BYTES_MAX,
        },
        None => Line::Partial { need: 2 },
    }
}

/// So many digits cannot overflow the arithmetic, one more included.
const PLAIN_DIGITS_MAX: usize = 18;

/// Whether the bulk that ends at `end`, CR LF included, has arrived and does end there.
#[inline]
pub(super) fn bulk_end(frame: &[u8], end: usize) -> Result<(), Scan> {
    match frame.get(end - 2..end) {
        Some(b"\r\n") => Ok(()),
        Some(_) => Err(Scan::invalid(end - 2, Violation::BulkEnd)),
        None => Err(Scan::Incomplete {
            need: end - frame.len().min(end - 1),
        }),
    }
}
