//! Finds where a reply ends, while its bytes arrive.
//!
//! Called by the pipeline for each link, each time bytes came in. Knows every type of RESP2 and RESP3,
//! nested to a limit, streamed strings and streamed aggregates included.

mod check;

use self::check::{LEVEL_END, bulk_bytes, elements, find_line_feed, line_holds};
use super::header::{self, Fault, Length, Line};
use super::{Limits, Scan, Violation, int};

/// Finds where a reply ends. Resumable: `frame` starts at the frame's first byte at each call and holds
/// everything of it that has arrived. Ready for the next frame after [`Scan::Complete`].
///
/// A frame is one top-level value with the attributes in front of it. A push is a frame of its own and
/// only that: inside another value it is refused, because a peer that puts it there has miscounted.
///
/// Takes half a kilobyte for the open aggregates, so keep one per link; more of it is allocated while a reply nests
/// deeper than [`SHALLOW`].
#[derive(Debug, Clone)]
pub struct ReplyScanner {
    step: Step,
    /// Where the unfinished header, line or chunk begins, or the unfinished bulk ends.
    at: usize,
    /// Line: searched up to here. Streamed string: bytes of the chunks so far.
    mark: usize,
    /// Open aggregates.
    depth: usize,
    /// For each open aggregate, outermost first: elements that have not ended yet, or one of the
    /// constants below. An attribute is an aggregate of its pairs and the value they belong to.
    levels: [u32; SHALLOW],
    /// The same for those that do not fit there.
    deep: Vec<u32>,
}

/// No reply may nest deeper than this, whatever the limits in force say: deeper than what a script can return, which
/// the stack of Lua ends at 8,000.
pub const NESTING_CAPACITY: usize = 8192;

/// Open aggregates without memory of their own: deeper than anything but the replies of odd scripts.
const SHALLOW: usize = 128;

/// What the scanner was in the middle of when bytes ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The first line of a value.
    Value,
    /// A line of any length.
    Line,
    /// The bytes of a bulk, which end at `at`.
    Body,
    /// The header of a chunk of a streamed string.
    Chunk,
    /// The bytes of a chunk, which end at `at`.
    ChunkBody,
}

/// How far one step came.
enum Progress {
    /// A value ended in front of this offset.
    Ended(usize),
    /// An aggregate with elements began; the first stands at this offset.
    Opened(usize),
    /// No further for now, or for ever.
    Stopped(Scan),
}

/// An open streamed array or set.
const STREAMED: u32 = LEVEL_END;
/// An open streamed map in front of a key.
const STREAMED_KEY: u32 = LEVEL_END + 1;
/// An open streamed map in front of a value.
const STREAMED_VALUE: u32 = LEVEL_END + 2;

// === impl ReplyScanner ===

impl Default for ReplyScanner {
    fn default() -> Self {
        Self {
            step: Step::Value,
            at: 0,
            mark: 0,
            depth: 0,
            levels: [0; SHALLOW],
            deep: Vec::new(),
        }
    }
}

impl ReplyScanner {
    /// Looks at what has arrived. Hot: a small reply costs a few ns, an array a few per element.
    #[inline]
    pub fn scan(&mut self, frame: &[u8], limits: &Limits) -> Scan {
        if self.depth == 0
            && self.at == 0
            && self.step == Step::Value
            && let Some(len) = small_value(frame, 0, limits.bulk_bytes_max)
        {
            return Scan::Complete { len };
        }
        self.scan_any(frame, limits)
    }

    /// Looks at what has arrived, whatever it is.
    fn scan_any(&mut self, frame: &[u8], limits: &Limits) -> Scan {
        let mut progress = match self.step {
            Step::Value => self.value(frame, self.at, limits),
            Step::Line => self.line(frame, self.at, self.mark, limits),
            Step::Body => self.body(frame, self.at),
            Step::Chunk => self.chunk(frame, self.at, limits),
            Step::ChunkBody => self.chunk_body(frame, self.at, limits),
        };
        loop {
            let at = match progress {
                Progress::Ended(at) => {
                    if !self.close() {
                        self.restart();
                        return Scan::Complete { len: at };
                    }
                    at
                }
                Progress::Opened(at) => at,
                Progress::Stopped(scan) => return scan,
            };
            let at = self.small_values(frame, at, limits);
            progress = self.value(frame, at, limits);
        }
    }

    /// Forgets an unfinished frame.
    fn restart(&mut self) {
        self.step = Step::Value;
        self.at = 0;
        self.depth = 0;
        if self.deep.capacity() > 0 {
            self.deep = Vec::new();
        }
    }

    /// What is noted for an open aggregate.
    #[inline]
    fn level_mut(&mut self, level: usize) -> Option<&mut u32> {
        if level < SHALLOW {
            self.levels.get_mut(level)
        } else {
            self.deep.get_mut(level - SHALLOW)
        }
    }

    /// Notes an aggregate that does not fit among the first ones.
    #[cold]
    fn open_deep(&mut self, level: u32) {
        self.deep.truncate(self.depth - SHALLOW);
        self.deep.push(level);
        self.depth += 1;
    }

    /// Skips small values from `at` on, up to the last one of their aggregate; the offset behind them.
    /// Hot: most elements of most arrays are skipped here.
    #[inline]
    fn small_values(&mut self, frame: &[u8], mut at: usize, limits: &Limits) -> usize {
        let innermost = self
            .depth
            .checked_sub(1)
            .and_then(|level| self.level_mut(level));
        if let Some(left) = innermost.filter(|left| **left < LEVEL_END) {
            while *left > 1
                && let Some(end) = small_value(frame, at, limits.bulk_bytes_max)
            {
                at = end;
                *left -= 1;
            }
        }
        at
    }

    /// The value whose first line stands at `at`.
    #[inline]
    fn value(&mut self, frame: &[u8], at: usize, limits: &Limits) -> Progress {
        if let Some(end) = small_value(frame, at, limits.bulk_bytes_max) {
            return Progress::Ended(end);
        }
        if let Some((b'*', elements, next)) = header::short(frame, at)
            && self.depth < depth_max(limits)
        {
            return self.open(u32::try_from(elements).unwrap_or_default(), next);
        }
        self.any_value(frame, at, limits)
    }

    /// The value whose first line stands at `at`, of any type.
    fn any_value(&mut self, frame: &[u8], at: usize, limits: &Limits) -> Progress {
        let Some(&kind) = frame.get(at) else {
            let need = if self.depth == 0 { 1 } else { VALUE_BYTES_MIN };
            return self.pause(Step::Value, at, Scan::Incomplete { need });
        };
        match kind {
            b'+' | b'-' | b',' | b'(' => self.line(frame, at, at + 1, limits),
            b':' | b'#' | b'_' => self.short_line(frame, at, kind),
            b'$' | b'!' | b'=' => self.bulk(frame, at, kind, limits),
            b'>' if self.depth > 0 => self.fail(at, at, Violation::ReplyType(kind)),
            b'*' | b'~' | b'%' | b'|' | b'>' => self.aggregate(frame, at, kind, limits),
            b'.' => self.stream_end(frame, at),
            _ => self.fail(at, at, Violation::ReplyType(kind)),
        }
    }

    /// A line of any length that begins at `at` and has no end before `searched`.
    fn line(&mut self, frame: &[u8], at: usize, searched: usize, limits: &Limits) -> Progress {
        let text_at = at + 1;
        let longest = text_at.saturating_add(limits.bulk_bytes_max);
        // The longest line allowed, and CR LF.
        let window = frame
            .get(..frame.len().min(longest.saturating_add(2)))
            .unwrap_or_default();
        let mut from = searched;
        while let Some(found) = find_line_feed(window.get(from..).unwrap_or_default()) {
            let feed = from + found;
            // A lone LF is part of the text, as it is for clients.
            if feed > text_at && window.get(feed - 1) == Some(&b'\r') {
                let text = window.get(text_at..feed - 1).unwrap_or_default();
                return if line_holds(frame.get(at).copied(), text) {
                    Progress::Ended(feed + 1)
                } else {
                    self.fail_line(at, searched, text_at, Violation::ReplyValue)
                };
            }
            from = feed + 1;
        }
        if frame.len() >= longest.saturating_add(2) {
            return self.fail_line(at, searched, longest, Violation::ReplyLine);
        }
        self.mark = window.len().max(text_at);
        let need = if window.len() > text_at && window.ends_with(b"\r") {
            1
        } else {
            2
        };
        self.pause(Step::Line, at, Scan::Incomplete { need })
    }

    /// An integer, boolean or null.
    fn short_line(&mut self, frame: &[u8], at: usize, kind: u8) -> Progress {
        let (text, feed, next) = match header::line(frame, at) {
            Line::Text { text, feed, next } => (text, feed, next),
            Line::Partial { need } => {
                return self.pause(Step::Value, at, Scan::Incomplete { need });
            }
            Line::TooLong { at: end } => return self.fail(at, end, Violation::ReplyHeader),
        };
        let holds = match kind {
            b':' => int::parse_signed_loose(text).is_some(),
            b'#' => matches!(text, b"t" | b"f"),
            _ => text.is_empty(),
        };
        match feed {
            _ if !holds => self.fail(at, at + 1, Violation::ReplyValue),
            Some(b'\n') => Progress::Ended(next),
            Some(_) => self.fail(at, next - 1, Violation::ReplyValue),
            None => self.pause(Step::Value, at, Scan::Incomplete { need: 1 }),
        }
    }

    /// A bulk string, blob error or verbatim string.
    fn bulk(&mut self, frame: &[u8], at: usize, kind: u8, limits: &Limits) -> Progress {
        let (value, next) = match header::length(frame, at) {
            Length::Known { value: -1, next } if kind == b'$' => return Progress::Ended(next),
            Length::Known { value, next } => (value, next),
            Length::Streamed { next } if kind == b'$' => {
                self.mark = 0;
                return self.chunk(frame, next, limits);
            }
            Length::Streamed { .. } => return self.fail(at, at + 1, Violation::BulkLength),
            Length::Partial { need } => {
                return self.pause(Step::Value, at, Scan::Incomplete { need });
            }
            Length::Broken {
                at: wrong,
                fault: Fault::Number,
            } => {
                return self.fail(at, wrong, Violation::BulkLength);
            }
            Length::Broken {
                at: wrong,
                fault: Fault::TooLong,
            } => {
                return self.fail(at, wrong, Violation::BulkHeader);
            }
        };
        let shortest = if kind == b'=' { VERBATIM_BYTES_MIN } else { 0 };
        match bulk_bytes(value, limits.bulk_bytes_max) {
            Ok(bytes) if bytes >= shortest => match next.checked_add(bytes + 2) {
                Some(end) => self.body(frame, end),
                None => self.fail(at, at + 1, Violation::BulkLength),
            },
            Ok(_) => self.fail(at, at + 1, Violation::BulkLength),
            Err(why) => self.fail(at, at + 1, why),
        }
    }

    /// The bytes of a bulk that ends at `end`, its CR LF included.
    #[inline]
    fn body(&mut self, frame: &[u8], end: usize) -> Progress {
        match header::bulk_end(frame, end) {
            Ok(()) => Progress::Ended(end),
            Err(scan) => self.pause(Step::Body, end, scan),
        }
    }

    /// The header of a chunk of a streamed string.
    fn chunk(&mut self, frame: &[u8], at: usize, limits: &Limits) -> Progress {
        if let Some(&kind) = frame.get(at)
            && kind != b';'
        {
            return self.fail_in(Step::Chunk, at, at, Violation::ReplyType(kind));
        }
        let (value, next) = match header::length(frame, at) {
            Length::Known { value, next } => (value, next),
            Length::Partial { need } => {
                return self.pause(Step::Chunk, at, Scan::Incomplete { need });
            }
            Length::Broken {
                at: wrong,
                fault: Fault::TooLong,
            } => {
                return self.fail_in(Step::Chunk, at, wrong, Violation::BulkHeader);
            }
            Length::Broken { at: wrong, .. } => {
                return self.fail_in(Step::Chunk, at, wrong, Violation::BulkLength);
            }
            Length::Streamed { .. } => {
                return self.fail_in(Step::Chunk, at, at + 1, Violation::BulkLength);
            }
        };
        // The limit is for all chunks together.
        match bulk_bytes(value, limits.bulk_bytes_max.saturating_sub(self.mark)) {
            Ok(0) => Progress::Ended(next),
            Ok(bytes) => match next.checked_add(bytes + 2) {
                Some(end) => {
                    self.mark += bytes;
                    self.chunk_body(frame, end, limits)
                }
                None => self.fail_in(Step::Chunk, at, at + 1, Violation::BulkLength),
            },
            Err(why) => self.fail_in(Step::Chunk, at, at + 1, why),
        }
    }

    /// The bytes of a chunk that ends at `end`, its CR LF included.
    fn chunk_body(&mut self, frame: &[u8], end: usize, limits: &Limits) -> Progress {
        match header::bulk_end(frame, end) {
            Ok(()) => self.chunk(frame, end, limits),
            Err(scan) => self.pause(Step::ChunkBody, end, scan),
        }
    }

    /// An array, set, map, push or attribute.
    fn aggregate(&mut self, frame: &[u8], at: usize, kind: u8, limits: &Limits) -> Progress {
        let (level, next) = match header::length(frame, at) {
            Length::Known { value: -1, next } if kind == b'*' => return Progress::Ended(next),
            Length::Known { value, next } => match elements(kind, value) {
                Some(elements) => (elements, next),
                None => return self.fail(at, at + 1, Violation::ReplyLength),
            },
            Length::Streamed { next } => match kind {
                b'*' | b'~' => (STREAMED, next),
                b'%' => (STREAMED_KEY, next),
                _ => return self.fail(at, at + 1, Violation::ReplyLength),
            },
            Length::Partial { need } => {
                return self.pause(Step::Value, at, Scan::Incomplete { need });
            }
            Length::Broken {
                at: wrong,
                fault: Fault::Number,
            } => {
                return self.fail(at, wrong, Violation::ReplyLength);
            }
            Length::Broken {
                at: wrong,
                fault: Fault::TooLong,
            } => {
                return self.fail(at, wrong, Violation::ReplyHeader);
            }
        };
        if self.depth >= depth_max(limits) {
            return self.fail(at, at, Violation::Nesting);
        }
        self.open(level, next)
    }

    /// Begins an aggregate whose first element stands at `next`. There is room for its level.
    #[inline]
    fn open(&mut self, level: u32, next: usize) -> Progress {
        if level == 0 {
            return Progress::Ended(next);
        }
        if let Some(place) = self.levels.get_mut(self.depth) {
            *place = level;
            self.depth += 1;
        } else {
            self.open_deep(level);
        }
        Progress::Opened(next)
    }

    /// The `.` that ends a streamed aggregate.
    fn stream_end(&mut self, frame: &[u8], at: usize) -> Progress {
        let innermost = self
            .depth
            .checked_sub(1)
            .and_then(|level| self.level_mut(level).copied());
        if !matches!(innermost, Some(STREAMED | STREAMED_KEY)) {
            return self.fail(at, at, Violation::ReplyType(b'.'));
        }
        match (frame.get(at + 1), frame.get(at + 2)) {
            (Some(b'\r'), Some(b'\n')) => {
                self.depth -= 1;
                Progress::Ended(at + 3)
            }
            (Some(b'\r'), None) => self.pause(Step::Value, at, Scan::Incomplete { need: 1 }),
            (None, _) => self.pause(Step::Value, at, Scan::Incomplete { need: 2 }),
            (Some(b'\r'), Some(_)) => self.fail(at, at + 2, Violation::ReplyValue),
            (Some(_), _) => self.fail(at, at + 1, Violation::ReplyValue),
        }
    }

    /// Counts a value that ended, and the aggregates that ended with it; false when that was the frame.
    #[inline]
    fn close(&mut self) -> bool {
        while let Some(level) = self.depth.checked_sub(1) {
            match self.level_mut(level) {
                Some(&mut STREAMED) => return true,
                Some(key @ &mut STREAMED_KEY) => {
                    *key = STREAMED_VALUE;
                    return true;
                }
                Some(value @ &mut STREAMED_VALUE) => {
                    *value = STREAMED_KEY;
                    return true;
                }
                Some(left) if *left > 1 => {
                    *left -= 1;
                    return true;
                }
                _ => self.depth = level,
            }
        }
        false
    }

    /// Keeps what the next call needs.
    fn pause(&mut self, step: Step, at: usize, scan: Scan) -> Progress {
        self.step = step;
        self.at = at;
        Progress::Stopped(scan)
    }

    /// Refuses the value at `at` for what stands at `wrong`; another call says the same.
    #[cold]
    fn fail(&mut self, at: usize, wrong: usize, why: Violation) -> Progress {
        self.fail_in(Step::Value, at, wrong, why)
    }

    /// As [`fail`](Self::fail), in the middle of a value.
    #[cold]
    fn fail_in(&mut self, step: Step, at: usize, wrong: usize, why: Violation) -> Progress {
        self.pause(step, at, Scan::invalid(wrong, why))
    }

    /// As [`fail`](Self::fail), in a line that was searched up to `searched`.
    #[cold]
    fn fail_line(&mut self, at: usize, searched: usize, wrong: usize, why: Violation) -> Progress {
        self.mark = searched;
        self.fail_in(Step::Line, at, wrong, why)
    }
}

/// The end of the value at the start of `bytes`, attributes in front of it included, by the shape of the
/// bytes alone. For views: no limit but the nesting.
#[inline]
pub(super) fn value_len(bytes: &[u8]) -> Option<usize> {
    if let Some(end) = small_value(bytes, 0, usize::MAX) {
        return Some(end);
    }
    match ReplyScanner::default().scan(bytes, &UNLIMITED) {
        Scan::Complete { len } => Some(len),
        _ => None,
    }
}

/// The end of the value at `at` if it is whole and one of those that nearly all traffic consists of.
#[inline(always)]
fn small_value(frame: &[u8], at: usize, bytes_max: usize) -> Option<usize> {
    match *frame.get(at)? {
        b'$' => match header::short(frame, at) {
            Some((_, bytes, next)) if bytes <= bytes_max => {
                let end = next + bytes + 2;
                (frame.get(end - 2..end) == Some(b"\r\n")).then_some(end)
            }
            Some(_) => None,
            None => frame.get(at..)?.starts_with(b"$-1\r\n").then_some(at + 5),
        },
        b':' => header::plain(frame, at).map(|(_, next)| next),
        b'+' if bytes_max >= 2 => frame.get(at..)?.starts_with(b"+OK\r\n").then_some(at + 5),
        _ => None,
    }
}

/// Limits for bytes that have passed the limits before.
const UNLIMITED: Limits = Limits {
    args_max: usize::MAX,
    bulk_bytes_max: usize::MAX - 2,
    inline_bytes_max: usize::MAX,
    nesting_max: NESTING_CAPACITY,
};

/// The nesting limit in force.
#[inline]
fn depth_max(limits: &Limits) -> usize {
    limits.nesting_max.min(NESTING_CAPACITY)
}

/// The shortest value is `_` with its CR LF.
const VALUE_BYTES_MIN: usize = 3;
/// A verbatim string begins with three letters and a colon.
const VERBATIM_BYTES_MIN: usize = 4;

#[cfg(test)]
mod tests;
