//! Finds where a request ends, while its bytes arrive.
//!
//! Called by the pipeline for each client, each time bytes came in. A request is a multibulk (`*`) or,
//! with any other first byte, an inline line.

use super::header::{self, Fault, Length};
use super::request::{ARGUMENT_BYTES_MIN, NO_WORD, RequestShape, WORDS};
use super::{Limits, Scan, Violation};

/// Finds where a request ends. Resumable: `frame` starts at the frame's first byte at each call and holds
/// everything of it that has arrived. Ready for the next frame after [`Scan::Complete`].
///
/// Stricter than servers in two ways that no working client meets: a CR must be followed by LF, and a
/// header must end within 32 bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestScanner {
    step: Step,
    /// Where the unfinished header begins, the unfinished bulk ends, or the search for a line's end goes on.
    at: usize,
    /// Arguments that have not been scanned whole.
    left: usize,
}

/// What the scanner was in the middle of when bytes ran out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Step {
    /// Nothing: no byte of a frame was seen.
    #[default]
    Idle,
    /// The header with the count of arguments.
    Count,
    /// The header of an argument.
    Argument,
    /// The bytes of an argument, which end at `at`.
    Body,
    /// An inline line, searched up to `at`.
    Inline,
}

const _: () = assert!(
    size_of::<RequestScanner>() <= 40,
    "one per client: keep it small"
);

// === impl RequestScanner ===

impl RequestScanner {
    /// Looks at what has arrived.
    #[inline]
    pub fn scan(&mut self, frame: &[u8], limits: &Limits) -> Scan {
        match self.scan_shape(frame, limits) {
            Ok(shape) => Scan::Complete { len: shape.len },
            Err(scan) => scan,
        }
    }

    /// As [`scan`](Self::scan), with the shape of a whole request for its view. Hot: a whole small request
    /// costs a few ns per argument.
    ///
    /// # Errors
    ///
    /// The request is not whole, or is none.
    #[inline(always)]
    pub fn scan_shape(&mut self, frame: &[u8], limits: &Limits) -> Result<RequestShape, Scan> {
        if self.step == Step::Idle
            && let Some((b'*', args, first)) = header::short(frame, 0)
            && args <= limits.args_max
        {
            return self.usual(frame, limits, args, first);
        }
        shape_of(self.resume(frame, limits), frame)
    }

    /// A request from the header of its first argument on; the first arguments are mostly small.
    #[inline]
    fn usual(
        &mut self,
        frame: &[u8],
        limits: &Limits,
        args: usize,
        first: usize,
    ) -> Result<RequestShape, Scan> {
        let mut words = [NO_WORD; WORDS];
        let (mut at, mut left) = (first, args);
        for word in words.iter_mut().take(args) {
            let Some((start, end)) = small_argument(frame, limits, at) else {
                return shape_of(self.arguments(frame, limits, at, left), frame);
            };
            *word = (start, end);
            at = end + 2;
            left -= 1;
        }
        if left > 0 {
            match self.arguments(frame, limits, at, left) {
                Scan::Complete { len } => at = len,
                scan => return Err(scan),
            }
        }
        Ok(RequestShape {
            len: at,
            args,
            first,
            words,
        })
    }

    /// Goes on with a frame, or begins one that is not a usual multibulk.
    fn resume(&mut self, frame: &[u8], limits: &Limits) -> Scan {
        match self.step {
            Step::Idle | Step::Count => self.begin(frame, limits),
            Step::Argument => self.arguments(frame, limits, self.at, self.left),
            Step::Body => self.body(frame, limits),
            Step::Inline => self.inline(frame, limits),
        }
    }

    /// As [`scan`](Self::scan), for a frame that is unfinished, of which bytes may have been [taken off](Self::take_off).
    pub fn go_on(&mut self, frame: &[u8], limits: &Limits) -> Scan {
        self.resume(frame, limits)
    }

    /// Gives up bytes at the front of an unfinished frame, of which `arrived` are there: returns how many are not
    /// needed to find its end. To be called after [`Scan::Incomplete`]; the frame that [`go_on`](Self::go_on) gets next
    /// begins behind them.
    pub fn take_off(&mut self, arrived: usize) -> usize {
        let needed_from = match self.step {
            // The CR LF behind them is looked at as one.
            Step::Body => self.at.saturating_sub(2),
            Step::Argument => self.at,
            Step::Idle | Step::Count | Step::Inline => 0,
        };
        let count = needed_from.min(arrived);
        self.at -= count;
        count
    }

    /// Bytes that an unfinished frame will have at least behind those that [`Scan::Incomplete`] needs: what the
    /// header promised, with nothing in any argument. To be called after that.
    pub fn promised(&self) -> usize {
        match self.step {
            // One of them is what is needed.
            Step::Argument | Step::Body => self
                .left
                .saturating_sub(1)
                .saturating_mul(ARGUMENT_BYTES_MIN),
            Step::Idle | Step::Count | Step::Inline => 0,
        }
    }

    /// No byte of an unfinished frame has been seen.
    pub fn is_idle(&self) -> bool {
        self.step == Step::Idle
    }

    /// The start of a frame when it is not the header of a usual multibulk.
    fn begin(&mut self, frame: &[u8], limits: &Limits) -> Scan {
        match frame.first() {
            None => return Scan::Incomplete { need: 1 },
            Some(b'*') => {}
            Some(_) => return self.inline(frame, limits),
        }
        self.step = Step::Count;
        let (count, next) = match header::length(frame, 0) {
            Length::Known { value, next } => (value, next),
            Length::Partial { need } => return Scan::Incomplete { need },
            Length::Streamed { .. } => return Scan::invalid(1, Violation::MultibulkLength),
            Length::Broken {
                at,
                fault: Fault::TooLong,
            } => {
                return Scan::invalid(at, Violation::MultibulkHeader);
            }
            Length::Broken {
                at,
                fault: Fault::Number,
            } => {
                return Scan::invalid(at, Violation::MultibulkLength);
            }
        };
        if count > i64::from(i32::MAX) {
            return Scan::invalid(1, Violation::MultibulkLength);
        }
        // A negative count is an empty request, as zero is.
        let args = usize::try_from(count).unwrap_or(0);
        if args > limits.args_max {
            return Scan::invalid(1, Violation::MultibulkOverLimit);
        }
        self.arguments(frame, limits, next, args)
    }

    /// Arguments from the header at `at` on, `left` of them. Apart, so that the usual way stays short.
    fn arguments(&mut self, frame: &[u8], limits: &Limits, mut at: usize, mut left: usize) -> Scan {
        while left > 0 {
            let (bytes, next) = match header::short(frame, at) {
                Some((b'$', bytes, next)) => (bytes, next),
                _ => match bulk_header(frame, at) {
                    Ok(known) => known,
                    Err(scan) => return self.pause(Step::Argument, at, left, scan),
                },
            };
            if bytes > limits.bulk_bytes_max {
                let scan = Scan::invalid(at + 1, Violation::BulkOverLimit);
                return self.pause(Step::Argument, at, left, scan);
            }
            let Some(end) = next.checked_add(bytes).and_then(|end| end.checked_add(2)) else {
                let scan = Scan::invalid(at + 1, Violation::BulkLength);
                return self.pause(Step::Argument, at, left, scan);
            };
            if let Err(scan) = header::bulk_end(frame, end) {
                return self.pause(Step::Body, end, left, scan);
            }
            at = end;
            left -= 1;
        }
        *self = Self::default();
        Scan::Complete { len: at }
    }

    /// Resumes in the middle of an argument's bytes.
    fn body(&mut self, frame: &[u8], limits: &Limits) -> Scan {
        match header::bulk_end(frame, self.at) {
            Ok(()) => self.arguments(frame, limits, self.at, self.left.saturating_sub(1)),
            Err(scan) => scan,
        }
    }

    /// An inline line, from its start or from where the search for its end stopped.
    #[cold]
    fn inline(&mut self, frame: &[u8], limits: &Limits) -> Scan {
        let searched = if self.step == Step::Inline {
            self.at
        } else {
            0
        };
        // The longest line allowed, and CR LF.
        let window_end = frame.len().min(limits.inline_bytes_max.saturating_add(2));
        let fresh = frame.get(searched..window_end).unwrap_or_default();
        let Some(feed) = memchr::memchr(b'\n', fresh).map(|found| searched + found) else {
            let scan = if frame.len() > limits.inline_bytes_max.saturating_add(1) {
                Scan::invalid(limits.inline_bytes_max, Violation::InlineTooLong)
            } else {
                Scan::Incomplete { need: 1 }
            };
            return self.pause(Step::Inline, window_end, 0, scan);
        };
        let line = frame.get(..feed).unwrap_or_default();
        if line.strip_suffix(b"\r").unwrap_or(line).len() > limits.inline_bytes_max {
            let scan = Scan::invalid(limits.inline_bytes_max, Violation::InlineTooLong);
            return self.pause(Step::Inline, searched, 0, scan);
        }
        *self = Self::default();
        Scan::Complete { len: feed + 1 }
    }

    /// Keeps what the next call needs.
    fn pause(&mut self, step: Step, at: usize, left: usize, scan: Scan) -> Scan {
        *self = Self { step, at, left };
        scan
    }
}

/// Start and end of the bytes of the argument whose header is at `at`, if it is small and whole.
#[inline]
fn small_argument(frame: &[u8], limits: &Limits, at: usize) -> Option<(usize, usize)> {
    let (kind, bytes, start) = header::short(frame, at)?;
    let next = start + bytes + 2;
    let is_whole = frame.get(next - 2..next) == Some(b"\r\n");
    (kind == b'$' && bytes <= limits.bulk_bytes_max && is_whole).then_some((start, next - 2))
}

/// What a scan without shape found, with the shape.
fn shape_of(scan: Scan, frame: &[u8]) -> Result<RequestShape, Scan> {
    match scan {
        Scan::Complete { len } => Ok(RequestShape::of(frame.get(..len).unwrap_or_default())),
        Scan::Incomplete { .. } | Scan::Invalid(_) => Err(scan),
    }
}

/// The header of an argument when it is not a short one.
fn bulk_header(frame: &[u8], at: usize) -> Result<(usize, usize), Scan> {
    if let Some(&kind) = frame.get(at)
        && kind != b'$'
    {
        return Err(Scan::invalid(at, Violation::ExpectedBulk(kind)));
    }
    match header::length(frame, at) {
        Length::Known { value, next } => match usize::try_from(value) {
            Ok(bytes) => Ok((bytes, next)),
            Err(_) => Err(Scan::invalid(at + 1, Violation::BulkLength)),
        },
        Length::Partial { need } => Err(Scan::Incomplete {
            need: need + SHORTEST_REST,
        }),
        Length::Streamed { .. } => Err(Scan::invalid(at + 1, Violation::BulkLength)),
        Length::Broken {
            at,
            fault: Fault::TooLong,
        } => Err(Scan::invalid(at, Violation::BulkHeader)),
        Length::Broken {
            at,
            fault: Fault::Number,
        } => Err(Scan::invalid(at, Violation::BulkLength)),
    }
}

/// Behind the header of an argument follow at least its CR LF.
const SHORTEST_REST: usize = 2;

#[cfg(test)]
mod tests;
