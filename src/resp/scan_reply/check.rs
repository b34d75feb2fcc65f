//! Judges the numbers and texts that headers and lines of replies carry.

use super::super::Violation;

/// Levels count less than this; the numbers from here on mark levels of streamed aggregates.
pub(super) const LEVEL_END: u32 = u32::MAX - 2;

/// What a level must count for an aggregate of this kind and length.
pub(super) fn elements(kind: u8, length: i64) -> Option<u32> {
    if !(0..=ELEMENTS_MAX).contains(&length) {
        return None;
    }
    let length = u32::try_from(length).ok()?;
    Some(match kind {
        b'%' => length * 2,
        // The pairs, and the value that they belong to.
        b'|' => length * 2 + 1,
        _ => length,
    })
}

/// A bulk length checked against what is left of its limit.
pub(super) fn bulk_bytes(value: i64, bytes_max: usize) -> Result<usize, Violation> {
    let bytes = usize::try_from(value).map_err(|_| Violation::BulkLength)?;
    if bytes > bytes_max {
        return Err(Violation::BulkOverLimit);
    }
    // Room for the CR LF in the arithmetic that follows.
    if bytes > usize::MAX - 2 {
        Err(Violation::BulkLength)
    } else {
        Ok(bytes)
    }
}

/// The offset of the first LF. Most lines are short, for which a loop beats a call.
#[inline]
pub(super) fn find_line_feed(bytes: &[u8]) -> Option<usize> {
    let near = bytes.get(..bytes.len().min(NEAR_BYTES)).unwrap_or_default();
    near.iter()
        .position(|&byte| byte == b'\n')
        .or_else(|| memchr::memchr(b'\n', bytes.get(near.len()..)?).map(|found| near.len() + found))
}

/// Whether the text of a line fits its type.
pub(super) fn line_holds(kind: Option<u8>, text: &[u8]) -> bool {
    match kind {
        Some(b'(') => {
            let digits = text
                .strip_prefix(b"-")
                .or_else(|| text.strip_prefix(b"+"))
                .unwrap_or(text);
            !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
        }
        // Every spelling of numbers, infinities and NaN in use.
        Some(b',') => {
            !text.is_empty()
                && text.iter().all(|byte| {
                    byte.is_ascii_digit() || b"+-.eE".contains(byte) || b"infaINFA".contains(byte)
                })
        }
        _ => true,
    }
}

/// Most elements or pairs that one header may announce: more than any server holds, and twice as many and
/// one still count below the marks of streamed aggregates.
const ELEMENTS_MAX: i64 = 1 << 30;
const _: () = assert!(
    ELEMENTS_MAX * 2 + 1 < LEVEL_END as i64,
    "counts and marks must differ"
);
/// Lines up to this length (`+OK`, `-MOVED 3999 127.0.0.1:6381`) are searched by a loop.
const NEAR_BYTES: usize = 32;
