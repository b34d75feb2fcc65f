//! Requests, built once: for each one sent only the digits of the keys and the values are filled in.

use super::chance::{Chance, Keys};
use super::outgoing::Outgoing;
use super::replies::{Expect, Sent};
use super::sizes::Sizes;
use super::value::{Pattern, Value};

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
    /// Where values are copied to, if all of them have one size, and a small one.
    values: Vec<Gap>,
    /// What stands between `bytes` otherwise, in order.
    fills: Vec<Fill>,
    value_count: usize,
    expect: Expect,
}

/// The place of a value.
#[derive(Debug)]
struct Gap {
    at: usize,
    /// Index of the key whose value it is.
    key: usize,
}

/// What is not in the template's bytes but in front of `bytes[at]`.
#[derive(Debug)]
struct Fill {
    at: usize,
    what: What,
}

#[derive(Debug)]
enum What {
    /// The header of an argument: of so many bytes, and the values of the keys with these indexes.
    Header { bytes: usize, keys: Vec<usize> },
    /// The value of the key with this index.
    Value { key: usize },
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
            fills: Vec::new(),
            value_count: 0,
            expect,
        };
        for argument in arguments {
            template.push_header(argument, pattern.sizes());
            for piece in argument {
                template.push(piece, pattern.sizes());
            }
            template.bytes.extend(b"\r\n");
        }
        template
    }

    fn push_header(&mut self, argument: &[Piece], sizes: &Sizes) {
        let (mut bytes, mut keys) = (0, Vec::new());
        let mut key = self.last_key();
        let mut key_count = self.keys.len();
        for piece in argument {
            match piece {
                Piece::Text(text) => bytes += text.len(),
                Piece::Key => {
                    bytes += KEY_BYTES;
                    key = key_count;
                    key_count += 1;
                }
                Piece::Value => keys.push(key),
            }
        }
        if sizes.are_several() && !keys.is_empty() {
            let at = self.bytes.len();
            let what = What::Header { bytes, keys };
            self.fills.push(Fill { at, what });
        } else {
            bytes += keys.len() * sizes.largest();
            self.bytes.extend(format!("${bytes}\r\n").bytes());
        }
    }

    fn push(&mut self, piece: &Piece, sizes: &Sizes) {
        match piece {
            Piece::Text(text) => self.bytes.extend(text),
            Piece::Key => {
                self.bytes.extend(KEY_PREFIX);
                self.keys.push(self.bytes.len());
                self.bytes.extend([b'0'; KEY_DIGITS]);
            }
            Piece::Value => {
                let (at, key) = (self.bytes.len(), self.last_key());
                self.value_count += 1;
                if sizes.are_several() || sizes.largest() >= UNCOPIED_BYTES {
                    let what = What::Value { key };
                    self.fills.push(Fill { at, what });
                } else {
                    self.values.push(Gap { at, key });
                    self.bytes.resize(at + sizes.largest(), 0);
                }
            }
        }
    }

    /// Index of the key that a value would belong to.
    fn last_key(&self) -> usize {
        self.keys.len().saturating_sub(1)
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

    /// Bytes of one request and its reply, if all values have the largest size.
    pub(crate) fn bytes_on_the_way(&self, pattern: &Pattern) -> usize {
        let not_in_bytes = self.value_count - self.values.len();
        let expected = match self.expect {
            Expect::Value => 1,
            Expect::Values(count) => usize::try_from(count).unwrap_or(usize::MAX),
            Expect::Ok | Expect::Anything | Expect::Greeting => 0,
        };
        let values = not_in_bytes.saturating_add(expected);
        self.bytes.len() + values.saturating_mul(pattern.sizes().largest())
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
        if !self.fills.is_empty() {
            return self.append_in_pieces(keys, pattern, outgoing);
        }
        let request = outgoing.push(&self.bytes);
        patch_keys(request, 0, self.keys.iter().zip(keys));
        for gap in &self.values {
            if let Some(key) = keys.get(gap.key) {
                let value = pattern.value(*key);
                if let Some(room) = request.get_mut(gap.at..gap.at + value.size()) {
                    pattern.copy_to(&value, room);
                }
            }
        }
    }

    fn append_in_pieces(&self, keys: &[u64], pattern: &Pattern, outgoing: &mut Outgoing) {
        let value_of = |index: &usize| keys.get(*index).map(|key| pattern.value(*key));
        let mut places = self.keys.iter().zip(keys).peekable();
        let mut from = 0;
        let ends = self.fills.iter().map(|fill| (fill.at, Some(&fill.what)));
        for (end, what) in ends.chain([(self.bytes.len(), None)]) {
            let piece = outgoing.push(self.bytes.get(from..end).unwrap_or_default());
            let inside = std::iter::from_fn(|| places.next_if(|(at, _)| **at < end));
            patch_keys(piece, from, inside);
            match what {
                Some(What::Header { bytes, keys }) => {
                    let values = keys.iter().filter_map(value_of);
                    let values: usize = values.map(|value| value.size()).sum();
                    outgoing.push_header(bytes + values);
                }
                Some(What::Value { key }) => {
                    if let Some(value) = value_of(key) {
                        push_value(value, pattern, outgoing);
                    }
                }
                None => {}
            }
            from = end;
        }
    }
}

fn push_value(value: Value, pattern: &Pattern, outgoing: &mut Outgoing) {
    if value.size() >= UNCOPIED_BYTES {
        return outgoing.push_value(value);
    }
    let mut at = 0;
    while at < value.size() {
        let piece = pattern.piece(&value, at);
        outgoing.push(piece);
        at += piece.len();
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

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use corelane::resp::write;

    use super::{KEYS_MAX, Piece, Template, key_name};
    use crate::outgoing::Outgoing;
    use crate::replies::Expect;
    use crate::sizes::Sizes;
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

    #[test]
    fn each_value_has_the_size_of_its_key() {
        let text = |text: &str| Piece::Text(text.into());
        let sizes = Sizes::new(&[(1, 1), (100, 1), (4_095, 1), (4_096, 1), (20_000, 1)]).unwrap();
        let pattern = Pattern::new(sizes);
        // A value of its own, one with text around it, and two of different keys in one argument.
        let arguments = [
            vec![text("X")],
            vec![Piece::Key],
            vec![Piece::Value],
            vec![text("<"), Piece::Value, text(">")],
            vec![Piece::Value, Piece::Key, Piece::Value],
            vec![Piece::Key],
        ];
        let template = Template::new(&arguments, Expect::Anything, &pattern);
        for first in 0..30 {
            let keys = [first, first * 7 + 1, 5];
            let (one, two) = (pattern.whole(keys[0]), pattern.whole(keys[1]));
            let written: [Vec<u8>; 6] = [
                b"X".to_vec(),
                key_name(keys[0]).to_vec(),
                one.clone(),
                [b"<", &one[..], b">"].concat(),
                [&one[..], &key_name(keys[1]), &two].concat(),
                key_name(keys[2]).to_vec(),
            ];
            let mut expected = Vec::new();
            write::request(&mut expected, &written.each_ref().map(Vec::as_slice));
            let found = sent(&template, &keys, &pattern);
            assert!(found == expected, "{keys:?}: {}", found.escape_ascii());
        }
        assert!(template.bytes_on_the_way(&pattern) > 4 * 20_000);
        let get = [vec![text("GET")], vec![Piece::Key]];
        let get = Template::new(&get, Expect::Value, &pattern);
        assert_eq!(
            get.bytes_on_the_way(&pattern),
            b"*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000000\r\n".len() + 20_000
        );
        assert!(get.fills.is_empty());
    }
}
