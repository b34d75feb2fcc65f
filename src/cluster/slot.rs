//! Hash slots: which of the 16,384 buckets a key belongs to.
//!
//! Called for every key of every request. Costs: two passes over the key (or its hash tag), eight bytes at
//! a time, no allocation, 4 KiB of tables. The rules are those of the Redis Cluster specification: CRC16
//! (XMODEM) of the key, or of what stands between the first `{` and the first `}` after it if that is not
//! empty.

use std::fmt;

use crc16::{State, XMODEM};

/// Number of hash slots of every cluster.
pub const SLOTS: usize = 16_384;

/// A hash slot, always below [`SLOTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u16);

// === impl Slot ===

impl Slot {
    /// The first slot.
    pub const FIRST: Self = Self(0);
    /// The last slot.
    pub const LAST: Self = Self(16_383);

    /// The slot with this number, if there is one.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        if number <= Self::LAST.0 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// Every slot, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=Self::LAST.0).map(Self)
    }

    /// The slot of a key.
    #[inline]
    #[must_use]
    pub fn of_key(key: &[u8]) -> Self {
        let tag = if has_brace(key) { hash_tag(key) } else { key };
        Self(crc16(tag) & Self::LAST.0)
    }

    /// The slot's number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The slot's number as an index into a table of [`SLOTS`] entries.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Parses decimal digits, as they stand in redirects and topologies.
    #[must_use]
    pub fn from_decimal(digits: &[u8]) -> Option<Self> {
        if digits.is_empty() || digits.len() > 5 {
            return None;
        }
        let mut number = 0u32;
        for digit in digits {
            if !digit.is_ascii_digit() {
                return None;
            }
            number = number * 10 + u32::from(digit - b'0');
        }
        u16::try_from(number).ok().and_then(Self::new)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The part of a key that decides its slot.
#[must_use]
pub fn hash_tag(key: &[u8]) -> &[u8] {
    let Some(open) = memchr::memchr(b'{', key) else {
        return key;
    };
    let Some(tail) = key.get(open + 1..) else {
        return key;
    };
    match memchr::memchr(b'}', tail) {
        Some(length) if length > 0 => tail.get(..length).unwrap_or(key),
        _ => key,
    }
}

/// If there is a `{` in the key. Keys are short, so that a search with wide registers would be over before
/// it pays for its beginning.
#[inline]
fn has_brace(key: &[u8]) -> bool {
    let (words, rest) = key.as_chunks::<8>();
    words.iter().any(|word| has_brace_in(*word))
        || match key.last_chunk::<8>() {
            // Looks at some bytes twice instead of at each of the rest.
            Some(last) if !rest.is_empty() => has_brace_in(*last),
            _ => rest.contains(&b'{'),
        }
}

#[inline]
const fn has_brace_in(word: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let zero_where_brace = u64::from_le_bytes(word) ^ (ONES * b'{' as u64);
    // Not zero just when a byte is zero: only then does subtracting one set its highest bit.
    zero_where_brace.wrapping_sub(ONES) & !zero_where_brace & (ONES * 0x80) != 0
}

/// CRC16 (XMODEM). From eight bytes on in steps of eight, whose table look-ups do not wait for each other.
#[inline]
#[expect(clippy::indexing_slicing, reason = "a byte is always within a table")]
fn crc16(bytes: &[u8]) -> u16 {
    let of = |table: usize, byte: u8| TABLES[table][usize::from(byte)];
    let (words, rest) = bytes.as_chunks::<8>();
    if words.is_empty() {
        return State::<XMODEM>::calculate(bytes);
    }
    let mut crc = 0_u16;
    for &[a, b, c, d, e, f, g, h] in words {
        let [high, low] = crc.to_be_bytes();
        crc = of(7, a ^ high) ^ of(6, b ^ low) ^ of(5, c) ^ of(4, d);
        crc ^= of(3, e) ^ of(2, f) ^ of(1, g) ^ of(0, h);
    }
    let (half, rest) = rest.as_chunks::<4>();
    if let Some(&[a, b, c, d]) = half.first() {
        let [high, low] = crc.to_be_bytes();
        crc = of(3, a ^ high) ^ of(2, b ^ low) ^ of(1, c) ^ of(0, d);
    }
    for &byte in rest {
        let [high, low] = crc.to_be_bytes();
        crc = u16::from_be_bytes([low, 0]) ^ of(0, byte ^ high);
    }
    crc
}

/// For each byte its CRC when so many zero bytes follow it as the number of the table.
static TABLES: [[u16; 256]; 8] = tables();

#[expect(
    clippy::indexing_slicing,
    reason = "runs while compiling, where an error stops the build"
)]
const fn tables() -> [[u16; 256]; 8] {
    const POLYNOMIAL: u16 = 0x1021;
    let mut tables = [[0; 256]; 8];
    let mut table = 0;
    while table < tables.len() {
        let mut byte = 0_u16;
        while byte < 256 {
            // The CRC of the byte itself, or that with one zero byte less.
            let mut crc = match table {
                0 => byte << 8,
                _ => tables[table - 1][byte as usize],
            };
            let mut bits = 8;
            while bits > 0 {
                let carry = crc & 0x8000 != 0;
                crc <<= 1;
                if carry {
                    crc ^= POLYNOMIAL;
                }
                bits -= 1;
            }
            tables[table][byte as usize] = crc;
            byte += 1;
        }
        table += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hash_tags() {
        let rows: &[(&[u8], &[u8])] = &[
            (b"", b""),
            (b"key", b"key"),
            (b"{user1000}.following", b"user1000"),
            (b"foo{bar}", b"bar"),
            (b"{}", b"{}"),
            (b"foo{}{bar}", b"foo{}{bar}"),
            (b"{}{x}", b"{}{x}"),
            (b"foo{{bar}}zap", b"{bar"),
            (b"{{}}", b"{"),
            (b"foo{bar}{zap}", b"bar"),
            (b"}foo{bar}", b"bar"),
            (b"}{", b"}{"),
            (b"{", b"{"),
            (b"foo{bar", b"foo{bar"),
            (b"a}b{c", b"a}b{c"),
            (b"{\0\r\n}x", b"\0\r\n"),
        ];
        for (key, tag) in rows {
            assert_eq!(
                hash_tag(key),
                *tag,
                "key {:?}",
                String::from_utf8_lossy(key)
            );
        }
    }

    #[test]
    fn known_slots() {
        // CRC16("123456789") = 0x31C3 is the check value of the Redis Cluster specification.
        let rows: &[(&[u8], u16)] = &[
            (b"123456789", 0x31C3),
            (b"", 0),
            (b"foo", 12_182),
            (b"bar", 5061),
            (b"hello", 866),
            (b"{foo}x", 12_182),
        ];
        for (key, slot) in rows {
            assert_eq!(
                Slot::of_key(key).number(),
                *slot,
                "key {:?}",
                String::from_utf8_lossy(key)
            );
        }
    }

    #[test]
    fn bounds() {
        assert_eq!(Slot::new(0), Some(Slot::FIRST));
        assert_eq!(Slot::new(16_383), Some(Slot::LAST));
        assert_eq!(Slot::new(16_384), None);
        assert_eq!(Slot::LAST.index() + 1, SLOTS);
        let rows: &[(&[u8], Option<u16>)] = &[
            (b"0", Some(0)),
            (b"16383", Some(16_383)),
            (b"00042", Some(42)),
            (b"16384", None),
            (b"99999", None),
            (b"000042", None),
            (b"", None),
            (b"-1", None),
            (b"1x", None),
        ];
        for (digits, number) in rows {
            assert_eq!(
                Slot::from_decimal(digits).map(Slot::number),
                *number,
                "{digits:?}"
            );
        }
    }

    /// CRC16 as the polynomial says it, one bit at a time.
    fn crc16_bitwise(bytes: &[u8]) -> u16 {
        let mut crc = 0u16;
        for byte in bytes {
            crc ^= u16::from(*byte) << 8;
            for _ in 0..8 {
                crc = if crc & 0x8000 == 0 {
                    crc << 1
                } else {
                    (crc << 1) ^ 0x1021
                };
            }
        }
        crc
    }

    proptest! {
        #[test]
        fn crc_is_that_of_the_crate(key in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(crc16(&key), State::<XMODEM>::calculate(&key));
        }

        #[test]
        fn braces_are_found(key in proptest::collection::vec(b'x'..=b'}', 0..40)) {
            prop_assert_eq!(has_brace(&key), key.contains(&b'{'));
        }

        #[test]
        fn slot_is_the_bitwise_crc(key in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(Slot::of_key(&key).number(), crc16_bitwise(hash_tag(&key)) % 16_384);
        }

        #[test]
        fn equal_tags_share_a_slot(tag in "[a-z]{1,8}", head in "[a-z]{0,4}", tail in "[a-z{}]{0,4}") {
            let key = format!("{head}{{{tag}}}{tail}");
            prop_assert_eq!(Slot::of_key(key.as_bytes()), Slot::of_key(tag.as_bytes()));
        }
    }
}
