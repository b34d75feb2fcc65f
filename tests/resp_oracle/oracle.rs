//! A slow recursive parser of requests and replies, to compare the scanners with.

use corelane::resp::{Invalid, Limits, NESTING_CAPACITY, Scan};

/// What stands at the start of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A frame of so many bytes.
    Whole(usize),
    /// The beginning of a frame.
    Partial,
    /// No frame, whatever follows.
    Broken,
}

/// Why parsing stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Partial,
    Broken,
}

type Parsed<T> = Result<T, Stop>;

/// Bytes and how far they were read.
struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
    limits: Limits,
}

/// What a value was, as far as its surroundings care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Value,
    End,
}

/// The verdict on bytes read as a request.
pub(crate) fn request(bytes: &[u8], limits: &Limits) -> Verdict {
    let mut input = Input {
        bytes,
        at: 0,
        limits: *limits,
    };
    let parsed = match bytes.first() {
        None => Err(Stop::Partial),
        Some(b'*') => input.multibulk(),
        Some(_) => input.inline(),
    };
    verdict(parsed, input.at)
}

/// The verdict on bytes read as a reply.
pub(crate) fn reply(bytes: &[u8], limits: &Limits) -> Verdict {
    let mut input = Input {
        bytes,
        at: 0,
        limits: *limits,
    };
    let mut count = 0;
    let parsed = input.value(0, false, &mut count);
    verdict(parsed.map(drop), input.at)
}

/// Values in a whole reply, itself included, attributes not.
pub(crate) fn count_values(bytes: &[u8]) -> Option<usize> {
    let mut input = Input {
        bytes,
        at: 0,
        limits: Limits::DEFAULT,
    };
    let mut count = 0;
    input.value(0, false, &mut count).ok()?;
    Some(count)
}

fn verdict(parsed: Parsed<()>, at: usize) -> Verdict {
    match parsed {
        Ok(()) => Verdict::Whole(at),
        Err(Stop::Partial) => Verdict::Partial,
        Err(Stop::Broken) => Verdict::Broken,
    }
}

/// A number's text without its sign.
fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

impl Input<'_> {
    fn multibulk(&mut self) -> Parsed<()> {
        self.at = 1;
        let args = self.length()?.ok_or(Stop::Broken)?;
        if args > i128::from(i32::MAX) || args > self.limits.args_max as i128 {
            return Err(Stop::Broken);
        }
        for _ in 0..args.max(0) {
            if self.byte()? != b'$' {
                return Err(Stop::Broken);
            }
            let len = self.length()?.ok_or(Stop::Broken)?;
            self.blob(len, self.limits.bulk_bytes_max)?;
        }
        Ok(())
    }

    fn inline(&mut self) -> Parsed<()> {
        let longest = self.limits.inline_bytes_max;
        let Some(line) = self.bytes.split_inclusive(|&byte| byte == b'\n').next() else {
            return Err(Stop::Partial);
        };
        let Some(text) = line.strip_suffix(b"\n") else {
            // Two bytes more than text: no end can still come in time.
            return Err(if line.len() >= longest + 2 {
                Stop::Broken
            } else {
                Stop::Partial
            });
        };
        if text.strip_suffix(b"\r").unwrap_or(text).len() > longest {
            return Err(Stop::Broken);
        }
        self.at = line.len();
        Ok(())
    }

    fn value(&mut self, depth: usize, in_stream: bool, count: &mut usize) -> Parsed<Item> {
        let kind = self.byte()?;
        *count += 1;
        match kind {
            b'+' | b'-' => {
                self.long_line()?;
            }
            b'(' => {
                let text = self.long_line()?;
                let digits = unsigned(&text);
                if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
                    return Err(Stop::Broken);
                }
            }
            b',' => {
                let text = self.long_line()?;
                if text.is_empty() || !text.chars().all(|c| "0123456789+-.eEinfaINFA".contains(c)) {
                    return Err(Stop::Broken);
                }
            }
            b':' => self.short_line(|text| {
                let digits = unsigned(text);
                digits.chars().all(|c| c.is_ascii_digit()) && text.parse::<i64>().is_ok()
            })?,
            b'#' => self.short_line(|text| text == "t" || text == "f")?,
            b'_' => self.short_line(str::is_empty)?,
            b'$' => match self.length()? {
                Some(-1) => {}
                Some(len) => self.blob(len, self.limits.bulk_bytes_max)?,
                None => self.chunks()?,
            },
            b'!' => {
                let len = self.length()?.ok_or(Stop::Broken)?;
                self.blob(len, self.limits.bulk_bytes_max)?;
            }
            b'=' => {
                let len = self.length()?.ok_or(Stop::Broken)?;
                if len < 4 {
                    return Err(Stop::Broken);
                }
                self.blob(len, self.limits.bulk_bytes_max)?;
            }
            b'*' | b'~' | b'%' => self.aggregate(kind, depth, count)?,
            b'>' if depth == 0 => self.aggregate(kind, depth, count)?,
            b'|' => {
                let mut ignored = 0;
                self.aggregate(kind, depth, &mut ignored)?;
                // The value belongs to its attribute and lies one deeper.
                *count -= 1;
                self.value(depth + 1, false, count)?;
            }
            b'.' if in_stream => {
                *count -= 1;
                self.expect(b"\r\n")?;
                return Ok(Item::End);
            }
            _ => return Err(Stop::Broken),
        }
        Ok(Item::Value)
    }

    fn aggregate(&mut self, kind: u8, depth: usize, count: &mut usize) -> Parsed<()> {
        let len = self.length()?;
        if kind == b'*' && len == Some(-1) {
            return Ok(());
        }
        let per_item = if matches!(kind, b'%' | b'|') { 2 } else { 1 };
        match len {
            Some(len) if !(0..=1 << 30).contains(&len) => {
                return Err(Stop::Broken);
            }
            None if !matches!(kind, b'*' | b'~' | b'%') => return Err(Stop::Broken),
            _ => {}
        }
        if depth >= self.limits.nesting_max.min(NESTING_CAPACITY) {
            return Err(Stop::Broken);
        }
        let Some(len) = len else {
            loop {
                if self.value(depth + 1, true, count)? == Item::End {
                    return Ok(());
                }
                if kind == b'%' {
                    self.value(depth + 1, false, count)?;
                }
            }
        };
        for _ in 0..len * per_item {
            self.value(depth + 1, false, count)?;
        }
        Ok(())
    }

    fn chunks(&mut self) -> Parsed<()> {
        let mut left = self.limits.bulk_bytes_max;
        loop {
            if self.byte()? != b';' {
                return Err(Stop::Broken);
            }
            let len = self.length()?.ok_or(Stop::Broken)?;
            if len == 0 {
                return Ok(());
            }
            self.blob(len, left)?;
            left -= usize::try_from(len).map_err(|_| Stop::Broken)?;
        }
    }

    /// Bytes of a known length and CR LF.
    fn blob(&mut self, len: i128, len_max: usize) -> Parsed<()> {
        if len < 0 || len > len_max as i128 {
            return Err(Stop::Broken);
        }
        self.at += usize::try_from(len).map_err(|_| Stop::Broken)?;
        // Servers send both or neither; one alone is judged once the other is there.
        if self.bytes.len() < self.at + 2 {
            return Err(Stop::Partial);
        }
        self.expect(b"\r\n")
    }

    /// A number on the rest of a line; `None` stands for `?`.
    fn length(&mut self) -> Parsed<Option<i128>> {
        let mut len = None;
        self.short_line(|text| {
            if text == "?" {
                return true;
            }
            len = text
                .parse::<i64>()
                .ok()
                .filter(|n| n.to_string() == text)
                .map(i128::from);
            len.is_some()
        })?;
        Ok(len)
    }

    /// The rest of a line that a header allows, if `holds` likes it.
    fn short_line(&mut self, holds: impl FnOnce(&str) -> bool) -> Parsed<()> {
        let mut text = String::new();
        loop {
            let byte = self.byte()?;
            if byte == b'\r' {
                break;
            }
            text.push(char::from(byte));
            // The type byte takes one of the 32.
            if text.chars().count() > 31 {
                return Err(Stop::Broken);
            }
        }
        if !holds(&text) {
            return Err(Stop::Broken);
        }
        self.expect(b"\n")
    }

    /// The rest of a line of any length.
    fn long_line(&mut self) -> Parsed<String> {
        let mut text = String::new();
        loop {
            if self
                .bytes
                .get(self.at..)
                .is_some_and(|rest| rest.starts_with(b"\r\n"))
            {
                self.at += 2;
                return Ok(text);
            }
            if text.chars().count() >= self.limits.bulk_bytes_max {
                // One more byte of text is too many; a CR may still be the end.
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                return Err(if rest.len() < 2 {
                    Stop::Partial
                } else {
                    Stop::Broken
                });
            }
            text.push(char::from(self.byte()?));
        }
    }

    fn expect(&mut self, wanted: &[u8]) -> Parsed<()> {
        for &byte in wanted {
            if self.byte()? != byte {
                return Err(Stop::Broken);
            }
        }
        Ok(())
    }

    fn byte(&mut self) -> Parsed<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    fn peek(&self) -> Parsed<u8> {
        self.bytes.get(self.at).copied().ok_or(Stop::Partial)
    }
}

/// Cutting bytes changes nothing in what a scan says of them, but how much is said to be missing.
pub(crate) fn assert_same(bytes: &[u8], whole: Scan, cut: Scan) {
    match (whole, cut) {
        (Scan::Incomplete { need }, Scan::Incomplete { need: cut_need }) => {
            assert!(need >= 1 && cut_need >= 1);
        }
        (Scan::Invalid(Invalid { at, .. }), _) => {
            assert!(at < bytes.len(), "offset {at} outside {bytes:?}");
            assert_eq!(whole, cut, "{bytes:?}");
        }
        _ => assert_eq!(whole, cut, "{bytes:?}"),
    }
}
