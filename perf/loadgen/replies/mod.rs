//! Checks replies while their bytes arrive.
//!
//! A reply that is what was expected is recognised by comparing bytes: its header, then its value, piece by
//! piece, so that nothing of a large value is kept. Anything else is handed to
//! [`ReplyScanner`], which finds its end; then it is judged as a whole.
//!
//! Costs: for a small right reply three comparisons, and no allocation.

use std::collections::VecDeque;

use corelane::resp::{Invalid, Limits, ReplyKind, ReplyScanner, ReplyView, Scan, int};

use super::value::Pattern;

/// What a request must be answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// The value of its key.
    Value,
    /// An array with the values of so many keys.
    Values(u32),
    /// `+OK`.
    Ok,
    /// Anything but an error.
    Anything,
    /// Anything but an error; the generator asked for itself and does not count it.
    Greeting,
}

/// A request that waits for its reply.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    /// What must come.
    pub(crate) expect: Expect,
    /// From when its latency counts, in ns.
    pub(crate) at: u64,
}

/// The requests of one connection that wait for replies, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    sent: VecDeque<Sent>,
    /// The keys whose values they wait for.
    keys: VecDeque<u64>,
}

/// What a reply was. Of several elements the worst counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// As expected.
    Right,
    /// There is no value, and nobody said that there must be.
    Missing,
    /// Something else.
    Wrong,
    /// An error of the server.
    Error,
}

/// What is right in this run.
#[derive(Debug)]
pub(crate) struct Rules {
    pattern: Pattern,
    /// The first line of a value of each size.
    headers: Vec<Vec<u8>>,
    /// A key without a value counts as wrong.
    values_must_be: bool,
}

/// Reads the replies of one connection.
#[derive(Debug)]
pub(crate) struct Reader {
    stage: Stage,
    /// Values of the current reply that are still to come.
    left: u32,
    found: Verdict,
    /// The beginning of what is not whole: of a line, or of a reply that is not as expected.
    kept: Vec<u8>,
    scanner: Box<ReplyScanner>,
    /// The first reply that was not right, for people.
    odd: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// In front of a reply.
    Reply,
    /// In front of an element.
    Element,
    /// In a value, of which so many bytes are read, the CR LF behind it included.
    Body(usize),
    /// In something unexpected.
    Unexpected,
}

/// How far one step came.
enum Step {
    /// So many bytes further, inside a reply.
    On(usize),
    /// Behind a value.
    ValueEnded(usize),
    /// Behind a reply that has no values.
    ReplyEnded(usize),
    /// More bytes are needed.
    Short,
    /// Not what was expected.
    Unexpected,
}

/// The bytes are no replies; the connection cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// They break the protocol.
    #[error("the reply breaks the protocol at byte {}: {:?}", .0.at, .0.why)]
    Protocol(Invalid),
    /// There is a reply too many.
    #[error("a reply came to no request")]
    Unasked,
}

// === impl Waiting ===

impl Waiting {
    /// Adds a request that was sent.
    #[inline]
    pub(crate) fn push(&mut self, sent: Sent, keys: &[u64]) {
        self.sent.push_back(sent);
        match sent.expect {
            Expect::Value | Expect::Values(_) => self.keys.extend(keys),
            Expect::Ok | Expect::Anything | Expect::Greeting => {}
        }
    }

    /// Forgets all of them; gives them oldest first.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Sent> {
        self.keys.clear();
        std::mem::take(&mut self.sent).into_iter()
    }
}

// === impl Rules ===

impl Rules {
    /// Values are those of `pattern`.
    pub(crate) fn new(pattern: Pattern, values_must_be: bool) -> Self {
        let header = |(bytes, _)| format!("${bytes}\r\n").into_bytes();
        Self {
            headers: pattern.sizes().iter().map(header).collect(),
            pattern,
            values_must_be,
        }
    }

    /// Where values come from.
    #[inline]
    pub(crate) fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The first line of the value that is waited for.
    #[inline]
    fn header(&self, waiting: &Waiting) -> &[u8] {
        if let [only] = self.headers.as_slice() {
            return only;
        }
        let sizes = self.pattern.sizes();
        let index = waiting.keys.front().map(|key| sizes.index_of(*key));
        let header = index.and_then(|index| self.headers.get(index));
        header.map_or(&[], Vec::as_slice)
    }

    /// What a whole reply to a request, or an element of one, that is not as expected is.
    fn judge(&self, reply: ReplyView<'_>, expect: Expect) -> Verdict {
        let is_value = matches!(expect, Expect::Value | Expect::Values(_));
        match reply.kind() {
            ReplyKind::Error | ReplyKind::BlobError => Verdict::Error,
            ReplyKind::Null if is_value && !self.values_must_be => Verdict::Missing,
            _ if matches!(expect, Expect::Anything | Expect::Greeting) => Verdict::Right,
            _ => Verdict::Wrong,
        }
    }
}

// === impl Reader ===

impl Default for Reader {
    fn default() -> Self {
        Self {
            stage: Stage::Reply,
            left: 0,
            found: Verdict::Right,
            kept: Vec::new(),
            scanner: Box::default(),
            odd: None,
        }
    }
}

impl Reader {
    /// Puts what must stand in front of the next bytes into `buffer`; how much that is.
    #[inline]
    pub(crate) fn begin(&self, buffer: &mut [u8]) -> usize {
        if self.kept.is_empty() || self.stage == Stage::Unexpected {
            return 0;
        }
        let room = buffer.get_mut(..self.kept.len()).unwrap_or_default();
        room.copy_from_slice(self.kept.get(..room.len()).unwrap_or_default());
        room.len()
    }

    /// The first reply that was not right, once.
    pub(crate) fn take_odd(&mut self) -> Option<String> {
        self.odd.take()
    }

    /// Forgets an unfinished reply: its connection is gone.
    pub(crate) fn restart(&mut self) {
        *self = Self::default();
    }

    /// Reads what has arrived; `bytes` begin with what [`Self::begin`] put there. Calls `done` for each
    /// request that is answered.
    #[inline]
    pub(crate) fn read(
        &mut self,
        bytes: &[u8],
        waiting: &mut Waiting,
        rules: &Rules,
        done: &mut impl FnMut(Sent, Verdict),
    ) -> Result<(), Broken> {
        if self.stage == Stage::Unexpected {
            return self.read_on_unexpected(bytes, waiting, rules, done);
        }
        self.kept.clear();
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = match self.step(rest, waiting, rules) {
                Step::On(taken) => taken,
                Step::ValueEnded(taken) => {
                    waiting.keys.pop_front();
                    self.left = self.left.saturating_sub(1);
                    if self.left == 0 {
                        self.finish(waiting, done);
                    } else {
                        self.stage = Stage::Element;
                    }
                    taken
                }
                Step::ReplyEnded(taken) => {
                    self.finish(waiting, done);
                    taken
                }
                Step::Short => {
                    self.kept.extend_from_slice(rest);
                    return Ok(());
                }
                Step::Unexpected => match self.unexpected(rest, waiting, rules, done)? {
                    Some(taken) => taken,
                    None => {
                        self.kept.extend_from_slice(rest);
                        return Ok(());
                    }
                },
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    /// The reply is whole.
    #[inline]
    fn finish(&mut self, waiting: &mut Waiting, done: &mut impl FnMut(Sent, Verdict)) {
        self.stage = Stage::Reply;
        self.left = 0;
        let found = std::mem::replace(&mut self.found, Verdict::Right);
        if let Some(sent) = waiting.sent.pop_front() {
            done(sent, found);
        }
    }

    #[inline]
    fn step(&mut self, bytes: &[u8], waiting: &Waiting, rules: &Rules) -> Step {
        match self.stage {
            Stage::Reply => match waiting.sent.front().map(|sent| sent.expect) {
                Some(Expect::Value) => self.value(bytes, waiting, rules),
                Some(Expect::Ok) => match starts_with(bytes, b"+OK\r\n") {
                    Some(true) => Step::ReplyEnded(b"+OK\r\n".len()),
                    Some(false) => Step::Unexpected,
                    None => Step::Short,
                },
                Some(Expect::Values(count)) => self.array(bytes, count),
                Some(Expect::Anything | Expect::Greeting) | None => Step::Unexpected,
            },
            Stage::Element => self.value(bytes, waiting, rules),
            Stage::Body(at) => self.body(at, bytes, waiting, rules),
            Stage::Unexpected => Step::Unexpected,
        }
    }

    /// A value, from its first line on.
    #[inline]
    fn value(&mut self, bytes: &[u8], waiting: &Waiting, rules: &Rules) -> Step {
        let header = rules.header(waiting);
        match starts_with(bytes, header) {
            Some(true) => {}
            Some(false) => return Step::Unexpected,
            None => return Step::Short,
        }
        let from = header.len();
        let body = bytes.get(from..).unwrap_or_default();
        match self.body(0, body, waiting, rules) {
            Step::ValueEnded(taken) => Step::ValueEnded(from + taken),
            Step::On(taken) => Step::On(from + taken),
            other => other,
        }
    }

    /// A value whose bytes begin at offset `at`, and the CR LF behind it.
    #[inline]
    fn body(&mut self, at: usize, bytes: &[u8], waiting: &Waiting, rules: &Rules) -> Step {
        let value = rules
            .pattern
            .value(waiting.keys.front().copied().unwrap_or(u64::MAX));
        let size = value.size();
        let value_bytes = bytes.len().min(size.saturating_sub(at));
        let (head, tail) = bytes.split_at(value_bytes);
        let end_at = (at + value_bytes).saturating_sub(size);
        let end = LINE_END.get(end_at..).unwrap_or_default();
        let end_bytes = end.len().min(tail.len());
        let is_right = rules.pattern.matches(&value, at, head)
            && tail.get(..end_bytes) == end.get(..end_bytes);
        if !is_right && self.found < Verdict::Wrong {
            self.found = Verdict::Wrong;
            self.note(
                bytes.get(..value_bytes + end_bytes).unwrap_or_default(),
                waiting,
            );
        }
        let taken = value_bytes + end_bytes;
        if at + taken == size + LINE_END.len() {
            Step::ValueEnded(taken)
        } else {
            self.stage = Stage::Body(at + taken);
            Step::On(taken)
        }
    }

    /// The first line of an array of `count` values.
    fn array(&mut self, bytes: &[u8], count: u32) -> Step {
        let Some(line_end) = memchr::memchr(b'\n', bytes) else {
            let is_header = bytes.first() == Some(&b'*') && bytes.len() < ARRAY_HEADER_MAX;
            return if is_header {
                Step::Short
            } else {
                Step::Unexpected
            };
        };
        let line = bytes.get(..line_end).unwrap_or_default();
        let length = line
            .strip_prefix(b"*")
            .and_then(|line| line.strip_suffix(b"\r"));
        if length.and_then(int::parse_u64) != Some(u64::from(count)) {
            return Step::Unexpected;
        }
        self.left = count;
        self.stage = Stage::Element;
        Step::On(line_end + 1)
    }

    /// Something unexpected begins with `bytes`: its length, or nothing if it is not whole.
    #[cold]
    fn unexpected(
        &mut self,
        bytes: &[u8],
        waiting: &mut Waiting,
        rules: &Rules,
        done: &mut impl FnMut(Sent, Verdict),
    ) -> Result<Option<usize>, Broken> {
        let is_element = self.left > 0;
        match self.scanner.scan(bytes, &Limits::DEFAULT) {
            Scan::Incomplete { .. } => {
                self.stage = Stage::Unexpected;
                Ok(None)
            }
            Scan::Invalid(invalid) => Err(Broken::Protocol(invalid)),
            Scan::Complete { len } => {
                let frame = bytes.get(..len).unwrap_or_default();
                self.judge(frame, is_element, waiting, rules, done)?;
                Ok(Some(len))
            }
        }
    }

    /// A whole unexpected reply or element.
    fn judge(
        &mut self,
        frame: &[u8],
        is_element: bool,
        waiting: &mut Waiting,
        rules: &Rules,
        done: &mut impl FnMut(Sent, Verdict),
    ) -> Result<(), Broken> {
        let reply = ReplyView::new(frame);
        self.stage = if is_element {
            Stage::Element
        } else {
            Stage::Reply
        };
        if reply.kind() == ReplyKind::Push {
            // Nobody asked for it, and it answers nothing.
            return Ok(());
        }
        let expect = waiting.sent.front().ok_or(Broken::Unasked)?.expect;
        let verdict = rules.judge(reply, expect);
        if verdict > Verdict::Missing && self.found <= Verdict::Missing {
            self.note(frame, waiting);
        }
        self.found = self.found.max(verdict);
        let keys = match expect {
            Expect::Value => 1,
            Expect::Values(_) if is_element => 1,
            Expect::Values(count) => count,
            Expect::Ok | Expect::Anything | Expect::Greeting => 0,
        };
        waiting.keys.drain(
            ..waiting
                .keys
                .len()
                .min(usize::try_from(keys).unwrap_or(usize::MAX)),
        );
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.finish(waiting, done);
        }
        Ok(())
    }

    /// More of something unexpected. It is held whole, and what comes behind it is read from there.
    fn read_on_unexpected(
        &mut self,
        bytes: &[u8],
        waiting: &mut Waiting,
        rules: &Rules,
        done: &mut impl FnMut(Sent, Verdict),
    ) -> Result<(), Broken> {
        let mut held = std::mem::take(&mut self.kept);
        held.extend_from_slice(bytes);
        match self.unexpected(&held, waiting, rules, done)? {
            None => {
                self.kept = held;
                Ok(())
            }
            Some(taken) => {
                let rest = held.get(taken..).unwrap_or_default();
                self.read(rest, waiting, rules, done)
            }
        }
    }

    /// Remembers what was wrong first.
    #[cold]
    fn note(&mut self, bytes: &[u8], waiting: &Waiting) {
        if self.odd.is_none() {
            let head = bytes
                .get(..bytes.len().min(NOTED_BYTES))
                .unwrap_or_default();
            let dots = if bytes.len() > NOTED_BYTES { ".." } else { "" };
            let expect = waiting
                .sent
                .front()
                .map_or(Expect::Anything, |sent| sent.expect);
            let expected = match (expect, waiting.keys.front()) {
                (Expect::Value | Expect::Values(_), Some(key)) => format!("the value of key {key}"),
                (Expect::Ok, _) => "+OK".to_owned(),
                _ => "no error".to_owned(),
            };
            self.odd = Some(format!(
                "expected {expected}, got \"{}\"{dots}",
                head.escape_ascii()
            ));
        }
    }
}

/// Whether `bytes` begin with `start`; nothing if there are too few of them to tell.
#[inline]
fn starts_with(bytes: &[u8], start: &[u8]) -> Option<bool> {
    match bytes.get(..start.len()) {
        Some(head) => Some(head == start),
        None if start.starts_with(bytes) => None,
        None => Some(false),
    }
}

const LINE_END: &[u8] = b"\r\n";
/// A longer first line is that of no array.
const ARRAY_HEADER_MAX: usize = 32;
/// So much of a wrong reply is shown.
const NOTED_BYTES: usize = 80;

#[cfg(test)]
mod tests;
