//! A whole request, seen as arguments.

use std::ops::Range;

use super::header::{self, Length};

/// Arguments of a whole multibulk request, borrowed from its bytes.
///
/// Made from a frame that the scanner accepted. On other bytes nothing breaks: arguments just end where
/// the bytes stop making sense. An inline line has no arguments until
/// [`to_multibulk`](super::inline::to_multibulk) has turned it into a multibulk.
#[derive(Debug, Clone, Copy)]
pub struct RequestView<'a> {
    frame: &'a [u8],
    shape: RequestShape,
}

/// Where the parts of a whole request are that nearly every look at it begins with. The scanner finds them
/// on its way, so that a view made from them reads no header again.
#[derive(Debug, Clone, Copy)]
pub struct RequestShape {
    /// Bytes of the frame.
    pub(super) len: usize,
    /// Arguments that the header announces, at most as many as fit.
    pub(super) args: usize,
    /// Offset of the first argument's header.
    pub(super) first: usize,
    /// Start and end of the bytes of the first arguments; [`NO_WORD`] where there is none.
    pub(super) words: [(usize, usize); WORDS],
}

/// Arguments that a shape knows: the command's name, and mostly its key.
pub(super) const WORDS: usize = 2;
/// The place of an argument that is not there: within no frame.
pub(super) const NO_WORD: (usize, usize) = (usize::MAX, usize::MAX);

/// Arguments of a request, in order.
#[derive(Debug, Clone)]
pub struct Args<'a> {
    frame: &'a [u8],
    at: usize,
    left: usize,
}

/// Arguments of a request with the places where they stand; from [`Args::with_spans`].
#[derive(Debug, Clone)]
pub struct Spans<'a> {
    args: Args<'a>,
}

// === impl RequestView ===

impl<'a> RequestView<'a> {
    /// A view of a frame. Reads its first headers only.
    #[inline]
    pub fn new(frame: &'a [u8]) -> Self {
        let shape = RequestShape::of(frame);
        Self { frame, shape }
    }

    /// A view of a frame in which the scanner found this shape.
    #[inline]
    pub fn with_shape(frame: &'a [u8], shape: &RequestShape) -> Self {
        debug_assert_eq!(frame.len(), shape.len, "the shape of another frame");
        Self {
            frame,
            shape: *shape,
        }
    }

    /// It is an inline line and not a multibulk.
    #[inline]
    pub fn is_inline(&self) -> bool {
        self.frame.first().is_some_and(|&kind| kind != b'*')
    }

    /// How many arguments it has, the command's name included.
    #[inline]
    pub fn len_args(&self) -> usize {
        self.shape.args
    }

    /// Its arguments; the command's name is the first.
    #[inline]
    pub fn args(&self) -> Args<'a> {
        Args {
            frame: self.frame,
            at: self.shape.first,
            left: self.shape.args,
        }
    }

    /// The argument of an index; 0 is the command's name. Walks to it if it is not one of the first.
    #[inline]
    pub fn arg(&self, index: usize) -> Option<&'a [u8]> {
        match self.shape.words.get(index) {
            Some(&(start, end)) => self.frame.get(start..end),
            None => self.args().nth(index),
        }
    }

    /// The bytes of the whole frame.
    #[inline]
    pub fn frame(&self) -> &'a [u8] {
        self.frame
    }
}

// === impl RequestShape ===

impl RequestShape {
    /// Bytes of the frame.
    #[inline]
    pub const fn frame_len(&self) -> usize {
        self.len
    }

    /// The shape of any frame that is whole.
    pub fn of(frame: &[u8]) -> Self {
        let (args, first) = match header::short(frame, 0) {
            Some((b'*', args, first)) => (args, first),
            _ => count(frame),
        };
        let args = args.min(frame.len() / ARGUMENT_BYTES_MIN);
        let mut words = [NO_WORD; WORDS];
        let mut at = first;
        for word in words.iter_mut().take(args) {
            let Some((arg, next)) = element(frame, at) else {
                break;
            };
            *word = (next - 2 - arg.len(), next - 2);
            at = next;
        }
        Self {
            len: frame.len(),
            args,
            first,
            words,
        }
    }
}

// === impl Args ===

impl<'a> Args<'a> {
    /// The same arguments with the span of each in the frame.
    pub fn with_spans(self) -> Spans<'a> {
        Spans { args: self }
    }

    /// Start and end of the next argument's bytes; moves on behind its CR LF.
    #[inline]
    fn advance(&mut self) -> Option<(usize, &'a [u8])> {
        self.left = self.left.checked_sub(1)?;
        let start = self.at;
        let found = element(self.frame, start);
        match found {
            Some((arg, end)) => {
                self.at = end;
                Some((start, arg))
            }
            None => {
                self.left = 0;
                None
            }
        }
    }
}

impl<'a> Iterator for Args<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.advance().map(|(_, arg)| arg)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

// === impl Spans ===

impl<'a> Iterator for Spans<'a> {
    /// The span of the whole element (`$n`, CR LF, bytes, CR LF) in the frame, and the argument.
    type Item = (Range<usize>, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (start, arg) = self.args.advance()?;
        Some((start..self.args.at, arg))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.args.size_hint()
    }
}

/// The argument whose header is at `at`, and the offset behind its CR LF.
#[inline]
fn element(frame: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let (bytes, next) = match header::short(frame, at) {
        Some((b'$', bytes, next)) => (bytes, next),
        _ => bulk_header(frame, at)?,
    };
    let end = next.checked_add(bytes)?;
    let arg = frame.get(next..end)?;
    (end + 2 <= frame.len()).then_some((arg, end + 2))
}

/// Any header of an argument.
fn bulk_header(frame: &[u8], at: usize) -> Option<(usize, usize)> {
    match (frame.get(at), header::length(frame, at)) {
        (Some(b'$'), Length::Known { value, next }) => Some((usize::try_from(value).ok()?, next)),
        _ => None,
    }
}

/// Count of arguments and offset behind their header, for any frame.
#[cold]
fn count(frame: &[u8]) -> (usize, usize) {
    match (frame.first(), header::length(frame, 0)) {
        (Some(b'*'), Length::Known { value, next }) => (usize::try_from(value).unwrap_or(0), next),
        _ => (0, frame.len()),
    }
}

/// `$0`, CR LF, CR LF.
pub(super) const ARGUMENT_BYTES_MIN: usize = 6;

#[cfg(test)]
mod tests;
