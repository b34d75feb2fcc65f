//! A whole reply, seen as a value.

use super::header::{self, Length};
use super::int;
use super::scan_reply::value_len;

/// A value of a whole reply, borrowed from its bytes.
///
/// Made from a frame that the scanner accepted. On other bytes nothing breaks: elements just end where
/// the bytes stop making sense, and the kind of what is no value is [`ReplyKind::Null`]. Attributes in
/// front of a value are skipped by everything but [`frame`](Self::frame).
#[derive(Debug, Clone, Copy)]
pub struct ReplyView<'a> {
    frame: &'a [u8],
    /// Offset of the value behind its attributes.
    start: usize,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplyKind {
    /// `+`: a simple string.
    Simple,
    /// `-`: an error line.
    Error,
    /// `:`: an integer.
    Integer,
    /// `$`: a bulk string, streamed ones included.
    Bulk,
    /// `_`, and the null bulk and null array of RESP2.
    Null,
    /// `*`: an array.
    Array,
    /// `%`: a map.
    Map,
    /// `~`: a set.
    Set,
    /// `>`: a push, which is no reply to any request.
    Push,
    /// `,`: a double.
    Double,
    /// `#`: a boolean.
    Boolean,
    /// `(`: an integer of any size.
    BigNumber,
    /// `=`: a string that says what it is.
    Verbatim,
    /// `!`: an error as a bulk.
    BlobError,
}

/// Elements of an aggregate, in order; a map gives keys and values in turn.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    rest: &'a [u8],
    left: Left,
}

/// Elements still to come.
#[derive(Debug, Clone, Copy)]
enum Left {
    Counted(usize),
    /// Until the `.` of a streamed aggregate.
    Streamed,
}

// === impl ReplyView ===

impl<'a> ReplyView<'a> {
    /// A view of a frame. Walks over attributes only, if there are any.
    #[inline]
    pub fn new(frame: &'a [u8]) -> Self {
        let start = if frame.first() == Some(&b'|') {
            skip_attributes(frame)
        } else {
            0
        };
        Self { frame, start }
    }

    /// What the value is.
    #[inline]
    pub fn kind(&self) -> ReplyKind {
        match self.value() {
            [b'+', ..] => ReplyKind::Simple,
            [b'-', ..] => ReplyKind::Error,
            [b':', ..] => ReplyKind::Integer,
            [b'$' | b'*', b'-', ..] => ReplyKind::Null,
            [b'$', ..] => ReplyKind::Bulk,
            [b'*', ..] => ReplyKind::Array,
            [b'%', ..] => ReplyKind::Map,
            [b'~', ..] => ReplyKind::Set,
            [b'>', ..] => ReplyKind::Push,
            [b',', ..] => ReplyKind::Double,
            [b'#', ..] => ReplyKind::Boolean,
            [b'(', ..] => ReplyKind::BigNumber,
            [b'=', ..] => ReplyKind::Verbatim,
            [b'!', ..] => ReplyKind::BlobError,
            _ => ReplyKind::Null,
        }
    }

    /// The bytes of the whole frame, attributes included.
    #[inline]
    pub fn frame(&self) -> &'a [u8] {
        self.frame
    }

    /// The text of an error of either kind, without marks and CR LF: `ERR unknown command`.
    #[inline]
    pub fn as_error(&self) -> Option<&'a [u8]> {
        match self.value().first() {
            Some(b'-') => self.line(),
            Some(b'!') => self.body(),
            _ => None,
        }
    }

    /// The value of an integer.
    #[inline]
    pub fn as_integer(&self) -> Option<i64> {
        match self.value().first() {
            Some(b':') => int::parse_signed_loose(self.line()?),
            _ => None,
        }
    }

    /// The bytes of a string: simple, bulk or verbatim (without its format). A streamed string has its
    /// bytes in pieces and gives `None`.
    #[inline]
    pub fn as_bulk(&self) -> Option<&'a [u8]> {
        match self.value().first() {
            Some(b'$') => self.body(),
            Some(b'+') => self.line(),
            Some(b'=') => self.body()?.get(VERBATIM_FORMAT_BYTES..),
            _ => None,
        }
    }

    /// The text of a double, a boolean (`t` or `f`) or a big number.
    pub fn as_scalar_text(&self) -> Option<&'a [u8]> {
        match self.kind() {
            ReplyKind::Double | ReplyKind::Boolean | ReplyKind::BigNumber => self.line(),
            _ => None,
        }
    }

    /// It is a null of any kind.
    #[inline]
    pub fn is_null(&self) -> bool {
        self.kind() == ReplyKind::Null
    }

    /// The elements of an array, set, push or map (keys and values in turn); `None` for anything else, a
    /// null array too.
    pub fn elements(&self) -> Option<Elements<'a>> {
        let value = self.value();
        let kind = *value.first()?;
        if !matches!(kind, b'*' | b'~' | b'%' | b'>') {
            return None;
        }
        let length = match header::short(value, 0) {
            Some((_, count, next)) => Length::Known {
                value: i64::try_from(count).ok()?,
                next,
            },
            None => header::length(value, 0),
        };
        let (left, next) = match length {
            Length::Known { value: count, next } => {
                let count = usize::try_from(count).ok()?;
                let pairs = if kind == b'%' { 2 } else { 1 };
                (Left::Counted(count.saturating_mul(pairs)), next)
            }
            Length::Streamed { next } => (Left::Streamed, next),
            Length::Partial { .. } | Length::Broken { .. } => return None,
        };
        Some(Elements {
            rest: value.get(next..).unwrap_or_default(),
            left,
        })
    }

    /// How many elements [`elements`](Self::elements) gives. Counts one by one only if streamed.
    pub fn len_elements(&self) -> Option<usize> {
        let elements = self.elements()?;
        Some(match elements.left {
            Left::Counted(count) => count.min(elements.rest.len() / VALUE_BYTES_MIN),
            Left::Streamed => elements.count(),
        })
    }

    /// The frame without its attributes.
    #[inline]
    fn value(&self) -> &'a [u8] {
        self.frame.get(self.start..).unwrap_or_default()
    }

    /// What stands between type byte and CR LF when the value is a line.
    #[inline]
    fn line(&self) -> Option<&'a [u8]> {
        self.value().get(1..)?.strip_suffix(b"\r\n")
    }

    /// The bytes of a bulk with a known length.
    #[inline]
    fn body(&self) -> Option<&'a [u8]> {
        let value = self.value();
        let (bytes, next) = match header::short(value, 0) {
            Some((_, bytes, next)) => (bytes, next),
            None => match header::length(value, 0) {
                Length::Known { value: bytes, next } => (usize::try_from(bytes).ok()?, next),
                _ => return None,
            },
        };
        value.get(next..next.checked_add(bytes)?)
    }
}

// === impl Elements ===

impl<'a> Iterator for Elements<'a> {
    type Item = ReplyView<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.left {
            Left::Counted(left) => *left = left.checked_sub(1)?,
            Left::Streamed => {}
        }
        // The `.` of a streamed aggregate is no value and ends it here.
        let Some((element, rest)) =
            value_len(self.rest).and_then(|len| self.rest.split_at_checked(len))
        else {
            self.left = Left::Counted(0);
            return None;
        };
        self.rest = rest;
        Some(ReplyView::new(element))
    }
}

/// Offset of the value behind the attributes at the start of a frame; its end if there is none.
#[cold]
fn skip_attributes(frame: &[u8]) -> usize {
    let mut at = 0;
    while frame.get(at) == Some(&b'|') {
        let Length::Known { value: pairs, next } = header::length(frame, at) else {
            return frame.len();
        };
        at = next;
        let values = usize::try_from(pairs).unwrap_or(0).saturating_mul(2);
        for _ in 0..values {
            match frame.get(at..).and_then(value_len) {
                Some(len) => at += len,
                None => return frame.len(),
            }
        }
    }
    at
}

/// Three letters and a colon.
const VERBATIM_FORMAT_BYTES: usize = 4;
/// The shortest value is `_` with its CR LF.
const VALUE_BYTES_MIN: usize = 3;

#[cfg(test)]
mod tests;
