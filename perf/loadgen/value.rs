//! The values: a pure function of key and size, so that every byte of a reply can be checked.
//!
//! A value begins with a stamp, a mix of key and size that no other key of that size has (from 8 bytes up). The rest is a
//! piece of one endless random pattern that begins where the stamp says. So a value is never built: it is sent
//! and compared as slices of the pattern, whatever its size. The period of the pattern is a prime number, so
//! that blocks of a large value which changed places are found.
//!
//! Costs: memory for two periods at most; a comparison is two `memcmp` for a small value.

use super::sizes::Sizes;

/// Where all values of a run come from.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// Long enough that a piece may begin anywhere in the first period.
    bytes: Box<[u8]>,
    sizes: Sizes,
}

/// The value of one key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value {
    stamp: [u8; STAMP_BYTES],
    start: usize,
    size: usize,
}

const STAMP_BYTES: usize = 8;
/// The largest prime below 64 KiB: small enough for the second cache level.
const PERIOD: usize = 65_521;
/// Any number but one that a chooser of keys begins with.
const PATTERN_SEED: u64 = 0x636f_7265_6c61_6e65;

// === impl Pattern ===

impl Pattern {
    /// For values of these sizes.
    pub(crate) fn new(sizes: impl Into<Sizes>) -> Self {
        let sizes = sizes.into();
        let length = PERIOD + sizes.largest().min(PERIOD);
        let words = (0..PERIOD.div_ceil(8) as u64).map(|word| mix(PATTERN_SEED ^ word));
        let period: Vec<u8> = words.flat_map(u64::to_le_bytes).take(PERIOD).collect();
        Self {
            bytes: period.iter().copied().cycle().take(length).collect(),
            sizes,
        }
    }

    /// How large values are.
    #[inline]
    pub(crate) fn sizes(&self) -> &Sizes {
        &self.sizes
    }

    /// The value of `key`.
    #[inline]
    pub(crate) fn value(&self, key: u64) -> Value {
        let size = self.sizes.of(key);
        let stamp = mix(key ^ (size as u64).rotate_right(16));
        Value {
            stamp: stamp.to_le_bytes(),
            start: usize::try_from(stamp % PERIOD as u64).unwrap_or_default(),
            size,
        }
    }

    /// The bytes from offset `at` on, as many as lie together; none at the end of the value.
    #[inline]
    pub(crate) fn piece<'a>(&'a self, value: &'a Value, at: usize) -> &'a [u8] {
        let found = if at < STAMP_BYTES {
            value.stamp.get(at..STAMP_BYTES.min(value.size))
        } else {
            let from = (value.start + at - STAMP_BYTES) % PERIOD;
            let length = value.size.saturating_sub(at).min(PERIOD);
            self.bytes.get(from..from + length)
        };
        found.unwrap_or_default()
    }

    /// Whether `bytes` are what the value has at offset `at`.
    #[inline]
    pub(crate) fn matches(&self, value: &Value, mut at: usize, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let piece = self.piece(value, at);
            let length = piece.len().min(bytes.len());
            let (head, tail) = bytes.split_at(length);
            if length == 0 || piece.get(..length) != Some(head) {
                return false;
            }
            at += length;
            bytes = tail;
        }
        true
    }

    /// The whole value of a key.
    #[cfg(test)]
    pub(crate) fn whole(&self, key: u64) -> Vec<u8> {
        let value = self.value(key);
        let mut bytes = vec![0; value.size()];
        self.copy_to(&value, &mut bytes);
        bytes
    }

    /// Puts the whole value into `room`, which has its size.
    pub(crate) fn copy_to(&self, value: &Value, mut room: &mut [u8]) {
        let mut at = 0;
        while !room.is_empty() {
            let piece = self.piece(value, at);
            let length = piece.len().min(room.len());
            let (head, tail) = room.split_at_mut(length);
            head.copy_from_slice(piece.get(..length).unwrap_or_default());
            if length == 0 {
                return;
            }
            at += length;
            room = tail;
        }
    }
}

// === impl Value ===

impl Value {
    /// Its bytes.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        self.size
    }
}

/// Spreads a number over all 64 bits; no two numbers become the same one.
#[inline]
pub(crate) fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::{PERIOD, Pattern};
    use crate::sizes::Sizes;

    #[test]
    fn a_value_matches_itself_at_every_cut_and_no_other() {
        for size in [1, 7, 8, 9, 16, 1_000, PERIOD + 8, PERIOD + 9, 200_000] {
            let pattern = Pattern::new(size);
            let (value, bytes) = (pattern.value(7), pattern.whole(7));
            for cut in [0, 1, 5, 8, 15, 999, PERIOD, size] {
                let (head, tail) = bytes.split_at(cut.min(size));
                assert!(pattern.matches(&value, 0, head), "{size} {cut}");
                assert!(pattern.matches(&value, head.len(), tail), "{size} {cut}");
            }
            let longer = [&bytes[..], b"x"].concat();
            assert!(!pattern.matches(&value, 0, &longer), "{size}");
            if size >= 8 {
                assert!(!pattern.matches(&pattern.value(8), 0, &bytes), "{size}");
            }
        }
    }

    #[test]
    fn every_changed_byte_is_found() {
        let pattern = Pattern::new(100);
        let (value, bytes) = (pattern.value(3), pattern.whole(3));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(!pattern.matches(&value, 0, &changed), "{at}");
        }
    }

    #[test]
    fn several_sizes_are_those_of_their_keys_and_the_values_those_of_one_size() {
        let sizes = [1, 16, 100_000];
        let mixed = Pattern::new(Sizes::new(&sizes.map(|size| (size, 1))).unwrap());
        let alone = sizes.map(Pattern::new);
        let mut seen = [0; 3];
        for key in 0..60 {
            let (value, index) = (mixed.value(key), mixed.sizes().index_of(key));
            assert_eq!(value.size(), sizes[index]);
            assert!(mixed.whole(key) == alone[index].whole(key), "{key}");
            assert!(mixed.matches(&value, 0, &alone[index].whole(key)), "{key}");
            seen[index] += 1;
        }
        assert!(seen.iter().all(|count| *count > 5), "{seen:?}");
    }

    #[test]
    fn the_size_changes_the_value_and_swapped_blocks_are_found() {
        let small = Pattern::new(16).whole(1);
        assert!(!Pattern::new(17).whole(1).starts_with(&small));
        let pattern = Pattern::new(3 * 65_536);
        let mut bytes = pattern.whole(1);
        let (first, rest) = bytes.split_at_mut(65_536);
        first[8..].swap_with_slice(&mut rest[8..65_536]);
        assert!(!pattern.matches(&pattern.value(1), 0, &bytes));
    }
}
