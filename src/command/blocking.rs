//! How long a request asks a server to wait, and the same request with another time.
//!
//! Called by the pipeline for commands that may wait. Times are read by the servers' own rules; what these
//! do not accept is no time here, and the server words the error.

use std::time::Duration;

use super::Command;
use crate::resp::{RequestView, int, write};

/// How long a request may wait in a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitLimit {
    /// Which argument says so.
    index: usize,
    unit: Unit,
    /// The time; nothing if it may wait for ever.
    pub time: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// A decimal fraction of seconds.
    Seconds,
    /// Whole milliseconds.
    Millis,
}

/// A wait as long as this is as good as one without an end.
const TIME_MAX: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

// === impl WaitLimit ===

impl WaitLimit {
    /// How long the request asks to wait; nothing if it does not, or not in words that servers accept.
    #[must_use]
    pub fn of(command: &Command, request: &RequestView<'_>) -> Option<Self> {
        let last = request.len_args().checked_sub(1)?;
        let (index, unit) = match command.name {
            "blmpop" | "bzmpop" => (1, Unit::Seconds),
            "wait" => (2, Unit::Millis),
            "waitaof" => (3, Unit::Millis),
            "xread" | "xreadgroup" => (block_index(request)?, Unit::Millis),
            "blmovem" => (5, Unit::Seconds),
            "blpop" | "brpop" | "brpoplpush" | "blmove" | "bzpopmin" | "bzpopmax" => {
                (last, Unit::Seconds)
            }
            // Of a newer server or a module: what looks like a time may be anything.
            _ => return None,
        };
        let time = unit.read(request.arg(index)?)?;
        let time = (!time.is_zero() && time < TIME_MAX).then_some(time);
        Some(Self { index, unit, time })
    }

    /// Appends the request with `left` as its time, at least the shortest that is not endless.
    pub fn write(&self, request: &RequestView<'_>, left: Duration, out: &mut Vec<u8>) {
        let millis = left.as_millis().clamp(1, TIME_MAX.as_millis());
        let text = match self.unit {
            Unit::Seconds => format!("{}.{:03}", millis / 1000, millis % 1000),
            Unit::Millis => millis.to_string(),
        };
        let args = request.args().enumerate();
        let args: Vec<&[u8]> = args
            .map(|(index, arg)| {
                if index == self.index {
                    text.as_bytes()
                } else {
                    arg
                }
            })
            .collect();
        write::request(out, &args);
    }
}

// === impl Unit ===

impl Unit {
    fn read(self, arg: &[u8]) -> Option<Duration> {
        match self {
            Self::Millis => {
                let millis = u64::try_from(int::parse_i64(arg)?).ok()?;
                Some(Duration::from_millis(millis))
            }
            Self::Seconds => {
                let seconds: f64 = std::str::from_utf8(arg).ok()?.parse().ok()?;
                let millis = (seconds * 1000.0).ceil();
                if !millis.is_finite() || millis < 0.0 {
                    return None;
                }
                // What is too long for servers, too, is refused at once.
                Some(Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(TIME_MAX))
            }
        }
    }
}

/// Whether this request is an XREAD or XREADGROUP that asks to wait for entries.
#[must_use]
pub fn blocks(request: &RequestView<'_>) -> bool {
    block_index(request).is_some()
}

/// Position of the time after BLOCK in an XREAD or XREADGROUP.
fn block_index(request: &RequestView<'_>) -> Option<usize> {
    let mut args = request.args().enumerate();
    let (_, name) = args.next()?;
    if !(name.eq_ignore_ascii_case(b"xread") || name.eq_ignore_ascii_case(b"xreadgroup")) {
        return None;
    }
    while let Some((index, arg)) = args.next() {
        let is = |word: &str| arg.eq_ignore_ascii_case(word.as_bytes());
        if is("block") {
            return Some(index + 1);
        }
        if is("streams") {
            return None;
        }
        if is("group") {
            args.nth(1);
        } else if is("count") {
            args.next();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::WaitLimit;
    use crate::command::lookup;
    use crate::command::tests::request;
    use crate::resp::RequestView;

    const ENDLESS: Option<Option<u64>> = Some(None);

    /// What a request asks for in milliseconds, and how it reads with 1.5 s left.
    fn read(line: &str) -> (Option<Option<u64>>, String) {
        let request = request(line);
        let view = RequestView::new(&request);
        let command = lookup(view.arg(0).unwrap()).unwrap();
        let limit = WaitLimit::of(command, &view);
        let mut out = Vec::new();
        if let Some(limit) = limit {
            limit.write(&view, Duration::from_micros(1_500_999), &mut out);
        }
        let words = RequestView::new(&out)
            .args()
            .map(|arg| String::from_utf8_lossy(arg).into_owned());
        let words: Vec<String> = if out.is_empty() {
            Vec::new()
        } else {
            words.collect()
        };
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap();
        (limit.map(|limit| limit.time.map(millis)), words.join(" "))
    }

    #[test]
    fn the_time_is_found_and_replaced() {
        let rows = [
            ("BLPOP a b 0", ENDLESS, "BLPOP a b 1.500"),
            ("BRPOP a 2", Some(Some(2000)), "BRPOP a 1.500"),
            (
                "BRPOPLPUSH a b 0.25",
                Some(Some(250)),
                "BRPOPLPUSH a b 1.500",
            ),
            (
                "BLMOVE a b LEFT RIGHT 1",
                Some(Some(1000)),
                "BLMOVE a b LEFT RIGHT 1.500",
            ),
            (
                "BLMPOP 3 1 a LEFT",
                Some(Some(3000)),
                "BLMPOP 1.500 1 a LEFT",
            ),
            ("bzmpop 0 1 a MIN", ENDLESS, "bzmpop 1.500 1 a MIN"),
            (
                "BLMOVEM a b LEFT RIGHT 0 COUNT 3 BULK",
                ENDLESS,
                "BLMOVEM a b LEFT RIGHT 1.500 COUNT 3 BULK",
            ),
            ("GET 5", None, ""),
            ("BZPOPMIN a 1e2", Some(Some(100_000)), "BZPOPMIN a 1.500"),
            ("BZPOPMAX a 0.0001", Some(Some(1)), "BZPOPMAX a 1.500"),
            (
                "XREAD COUNT 1 BLOCK 20 STREAMS a $",
                Some(Some(20)),
                "XREAD COUNT 1 BLOCK 1500 STREAMS a $",
            ),
            (
                "XREADGROUP GROUP g c BLOCK 0 STREAMS a >",
                ENDLESS,
                "XREADGROUP GROUP g c BLOCK 1500 STREAMS a >",
            ),
            ("WAIT 1 100", Some(Some(100)), "WAIT 1 1500"),
            ("WAITAOF 1 0 100", Some(Some(100)), "WAITAOF 1 0 1500"),
            ("XREAD STREAMS a 0", None, ""),
        ];
        for (line, time, rest) in rows {
            assert_eq!(read(line), (time, rest.to_owned()), "{line}");
        }
    }

    #[test]
    fn times_are_read_as_servers_do() {
        let seconds = [
            ("+1", Some(Some(1000))),
            (".5", Some(Some(500))),
            ("5.", Some(Some(5000))),
            ("-0.0", ENDLESS),
            ("9223372036854775", ENDLESS),
            ("x", None),
            ("-1", None),
            ("nan", None),
            ("inf", None),
            ("1e300", ENDLESS),
        ];
        for (text, time) in seconds {
            assert_eq!(read(&format!("BLPOP a {text}")).0, time, "{text}");
        }
        let millis = [
            ("9223372036854775807", ENDLESS),
            ("1.5", None),
            ("-1", None),
            ("+1", None),
            ("01", None),
        ];
        for (text, time) in millis {
            assert_eq!(read(&format!("WAIT 1 {text}")).0, time, "{text}");
        }
        assert_eq!(read("XREAD BLOCK").0, None);
    }
}
