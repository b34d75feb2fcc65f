//! Requests, built once: for each one sent only the digits of the keys and the values are filled in.

use super::chance::{Chance, Keys};
use super::outgoing::Outgoing;
use super::replies::{Expect, Sent};
use super::value::Pattern;

/// A piece of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// The same in every request.
    Text(Vec<u8>),
    /// A key, chosen anew for each place.
    Key,
    /// The value of the key before it.
    Value,
}

/// A request with gaps for keys and values.
#[derive(Debug)]
pub(crate) struct Template {
    bytes: Vec<u8>,
    /// Where the digits of each key stand.
    keys: Vec<usize>,
    values: Vec<Gap>,
    /// Values are not in `bytes` but are sent from the pattern.
    is_uncopied: bool,
    expect: Expect,
}

/// The place of a value.
#[derive(Debug)]
struct Gap {
    at: usize,
    /// Index of the key whose value it is.
    key: usize,
}

/// Digits of a key; as many as `redis-benchmark` uses.
pub(crate) const KEY_DIGITS: usize = 12;
/// Keys that these digits can tell apart.
pub(crate) const KEYS_MAX: u64 = 1_000_000_000_000;
const KEY_PREFIX: &[u8] = b"key:";
/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = KEY_PREFIX.len() + KEY_DIGITS;
/// From this size on, slices for the kernel cost less than a copy.
const UNCOPIED_BYTES: usize = 4 * 1024;

// === impl Template ===

impl Template {
    /// A request of these arguments, with values from `pattern`.
    pub(crate) fn new(arguments: &[Vec<Piece>], expect: Expect, pattern: &Pattern) -> Self {
        let mut template = Self {
            bytes: format!("*{}\r\n", arguments.len()).into_bytes(),
            keys: Vec::new(),
            values: Vec::new(),
            is_uncopied: pattern.size() >= UNCOPIED_BYTES,
            expect,
        };
        for argument in arguments {
            let length: usize = argument.iter().map(|piece| piece.length(pattern)).sum();
            template.bytes.extend(format!("${length}\r\n").bytes());
            for piece in argument {
                template.push(piece, pattern);
            }
            template.bytes.extend(b"\r\n");
        }
        template
    }

    fn push(&mut self, piece: &Piece, pattern: &Pattern) {
        match piece {
            Piece::Text(text) => self.bytes.extend(text),
            Piece::Key => {
                self.bytes.extend(KEY_PREFIX);
                self.keys.push(self.bytes.len());
                self.bytes.extend([b'0'; KEY_DIGITS]);
            }
            Piece::Value => {
                let key = self.keys.len().saturating_sub(1);
                let at = self.bytes.len();
                self.values.push(Gap { at, key });
                if !self.is_uncopied {
                    self.bytes.resize(at + pattern.size(), 0);
                }
            }
        }
    }

    /// A request of this kind whose latency counts from `at`.
    #[inline]
    pub(crate) fn sent(&self, at: u64) -> Sent {
        let expect = self.expect;
        Sent { expect, at }
    }

    /// Keys of one request.
    #[cfg(test)]
    pub(crate) fn key_count(&self) -> usize {
        self.keys.len()
    }

    /// Bytes of one request and its reply.
    pub(crate) fn bytes_on_the_way(&self, pattern: &Pattern) -> usize {
        let uncopied = if self.is_uncopied {
            self.values.len()
        } else {
            0
        };
        let expected = match self.expect {
            Expect::Value => 1,
            Expect::Values(count) => usize::try_from(count).unwrap_or(usize::MAX),
            Expect::Ok | Expect::Anything | Expect::Greeting => 0,
        };
        let values = uncopied.saturating_add(expected);
        self.bytes.len() + values.saturating_mul(pattern.size())
    }

    /// Chooses the keys of one request.
    #[inline]
    pub(crate) fn choose(&self, keys: &mut Keys, chance: &mut Chance, chosen: &mut Vec<u64>) {
        chosen.clear();
        chosen.extend(self.keys.iter().map(|_| keys.choose(chance)));
    }

    /// Appends a request with these keys.
    #[inline]
    pub(crate) fn append(&self, keys: &[u64], pattern: &Pattern, outgoing: &mut Outgoing) {
        if self.is_uncopied && !self.values.is_empty() {
            return self.append_in_pieces(keys, pattern, outgoing);
        }
        let request = outgoing.push(&self.bytes);
        patch_keys(request, 0, self.keys.iter().zip(keys));
        for gap in &self.values {
            let room = request.get_mut(gap.at..gap.at + pattern.size());
            if let (Some(room), Some(key)) = (room, keys.get(gap.key)) {
                pattern.copy_to(&pattern.value(*key), room);
            }
        }
    }

    fn append_in_pieces(&self, keys: &[u64], pattern: &Pattern, outgoing: &mut Outgoing) {
        let mut from = 0;
        let ends = self.values.iter().map(|gap| (gap.at, Some(gap.key)));
        for (end, key) in ends.chain([(self.bytes.len(), None)]) {
            let piece = outgoing.push(self.bytes.get(from..end).unwrap_or_default());
            let inside = self
                .keys
                .iter()
                .zip(keys)
                .filter(|(at, _)| (from..end).contains(*at));
            patch_keys(piece, from, inside);
            if let Some(key) = key.and_then(|index| keys.get(index)) {
                outgoing.push_value(pattern.value(*key));
            }
            from = end;
        }
    }
}

/// Writes the digits of keys at their offsets, of which `bytes` begin at `from`.
#[inline]
fn patch_keys<'a>(bytes: &mut [u8], from: usize, keys: impl Iterator<Item = (&'a usize, &'a u64)>) {
    for (at, key) in keys {
        if let Some(digits) = bytes.get_mut(at - from..at - from + KEY_DIGITS) {
            write_digits(digits, *key);
        }
    }
}

/// Fills `room` with decimal digits, zeros in front.
#[inline]
fn write_digits(room: &mut [u8], mut number: u64) {
    for pair in room.rchunks_exact_mut(2) {
        if number == 0 {
            // The template has zeros there.
            return;
        }
        let two = usize::try_from(number % 100).unwrap_or_default();
        number /= 100;
        pair.copy_from_slice(PAIRS.get(two).unwrap_or(b"00"));
    }
}

/// The name of a key.
pub(crate) fn key_name(key: u64) -> [u8; KEY_BYTES] {
    let mut name = [b'0'; KEY_BYTES];
    let (prefix, digits) = name.split_at_mut(KEY_PREFIX.len());
    prefix.copy_from_slice(KEY_PREFIX);
    write_digits(digits, key);
    name
}

/// The digits of 0 to 99.
const PAIRS: &[[u8; 2]] = b"\
    00010203040506070809101112131415161718192021222324252627282930313233343536373839\
    40414243444546474849505152535455565758596061626364656667686970717273747576777879\
    8081828384858687888990919293949596979899"
    .as_chunks()
    .0;

// === impl Piece ===

impl Piece {
    fn length(&self, pattern: &Pattern) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Key => KEY_BYTES,
            Self::Value => pattern.size(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::{KEYS_MAX, Piece, Template, key_name};
    use crate::outgoing::Outgoing;
    use crate::replies::Expect;
    use crate::value::Pattern;

    fn sent(template: &Template, keys: &[u64], pattern: &Pattern) -> Vec<u8> {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut outgoing = Outgoing::default();
        template.append(keys, pattern, &mut outgoing);
        outgoing.send(ours.as_fd(), pattern).unwrap();
        assert!(outgoing.is_empty());
        drop(ours);
        let mut bytes = Vec::new();
        theirs.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn keys_have_twelve_digits() {
        assert_eq!(&key_name(0), b"key:000000000000");
        assert_eq!(&key_name(1_203_004), b"key:000001203004");
        assert_eq!(&key_name(KEYS_MAX - 1), b"key:999999999999");
    }

    #[test]
    fn small_and_large_values_make_the_same_request() {
        let text = |text: &str| vec![Piece::Text(text.into())];
        let arguments = [
            text("MSET"),
            vec![Piece::Key],
            vec![Piece::Value],
            vec![
                Piece::Text(b"{".to_vec()),
                Piece::Key,
                Piece::Text(b"}".to_vec()),
            ],
            vec![Piece::Value],
        ];
        for size in [1, 16, 4_095, 4_096, 20_000] {
            let pattern = Pattern::new(size);
            let template = Template::new(&arguments, Expect::Ok, &pattern);
            let expected = [
                b"*5\r\n$4\r\nMSET\r\n$16\r\nkey:000000000012\r\n",
                format!("${size}\r\n").as_bytes(),
                &pattern.whole(12),
                b"\r\n$18\r\n{key:000000345678}\r\n",
                format!("${size}\r\n").as_bytes(),
                &pattern.whole(345_678),
                b"\r\n",
            ]
            .concat();
            assert_eq!(
                sent(&template, &[12, 345_678], &pattern),
                expected,
                "{size}"
            );
            assert_eq!(template.bytes_on_the_way(&pattern), expected.len());
            assert_eq!(template.key_count(), 2);
        }
    }
}
