//! How large values are: one size, or several with weights.
//!
//! Which size a key has depends on the key and on the list alone, so that whoever reads it later knows.

use std::fmt;

use super::value::mix;

/// The sizes of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sizes {
    list: Vec<Weighted>,
    /// The sum of the weights.
    total: u64,
}

/// A size of some values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Weighted {
    bytes: usize,
    weight: u64,
    /// The sum of the weights up to it.
    up_to: u64,
}

/// A longer list says no more than a shorter one, and each key's size is looked for in it.
pub(crate) const SIZES_MAX: usize = 16;
/// Any number but those that stamps and patterns begin with.
const SIZES_SEED: u64 = 0x7369_7a65_735f_6f66;

// === impl Sizes ===

impl Sizes {
    /// These sizes with their weights; nothing if the list is empty, too long, or has a weight of 0.
    pub(crate) fn new(list: &[(usize, u32)]) -> Option<Self> {
        let is_right =
            (1..=SIZES_MAX).contains(&list.len()) && list.iter().all(|(_, weight)| *weight > 0);
        let mut total = 0;
        let list = list.iter().map(|(bytes, weight)| {
            let weight = u64::from(*weight);
            total += weight;
            Weighted {
                bytes: *bytes,
                weight,
                up_to: total,
            }
        });
        let list = list.collect();
        is_right.then_some(Self { list, total })
    }

    /// Whether values differ in size.
    pub(crate) fn are_several(&self) -> bool {
        self.list.len() > 1
    }

    /// Bytes and weight of each size.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, u64)> {
        self.list.iter().map(|size| (size.bytes, size.weight))
    }

    /// The place in the list of the size that the value of `key` has.
    #[inline]
    pub(crate) fn index_of(&self, key: u64) -> usize {
        if !self.are_several() {
            return 0;
        }
        let at = mix(key ^ SIZES_SEED) % self.total.max(1);
        let found = self.list.iter().position(|size| at < size.up_to);
        found.unwrap_or_default()
    }

    /// Bytes of the value of `key`.
    #[inline]
    pub(crate) fn of(&self, key: u64) -> usize {
        self.list
            .get(self.index_of(key))
            .map_or(0, |size| size.bytes)
    }

    /// The largest size.
    pub(crate) fn largest(&self) -> usize {
        self.iter()
            .map(|(bytes, _)| bytes)
            .max()
            .unwrap_or_default()
    }

    /// What a value has on average over all keys, at least 1.
    pub(crate) fn mean(&self) -> usize {
        let sum: u128 = self
            .iter()
            .map(|(bytes, weight)| bytes as u128 * u128::from(weight))
            .sum();
        let mean = sum.div_ceil(u128::from(self.total.max(1)));
        usize::try_from(mean).unwrap_or(usize::MAX).max(1)
    }
}

impl From<usize> for Sizes {
    /// All values have one size.
    fn from(bytes: usize) -> Self {
        let only = Weighted {
            bytes,
            weight: 1,
            up_to: 1,
        };
        Self {
            list: vec![only],
            total: 1,
        }
    }
}

impl fmt::Display for Sizes {
    /// `16`, or `16=90,1024=10`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.list.as_slice() {
            return write!(out, "{}", only.bytes);
        }
        for (index, size) in self.list.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(out, "{comma}{}={}", size.bytes, size.weight)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{SIZES_MAX, Sizes};

    #[test]
    fn one_size_is_that_of_every_key() {
        let sizes = Sizes::from(100);
        assert!((0..1_000).all(|key| sizes.of(key) == 100 && sizes.index_of(key) == 0));
        assert_eq!((sizes.largest(), sizes.mean()), (100, 100));
        assert!(!sizes.are_several());
        assert_eq!(sizes.to_string(), "100");
    }

    #[test]
    fn keys_have_sizes_by_weight_and_always_the_same() {
        let list = [(16, 90), (1024, 9), (65_536, 1)];
        let (sizes, again) = (Sizes::new(&list).unwrap(), Sizes::new(&list).unwrap());
        for (index, (bytes, weight)) in list.into_iter().enumerate() {
            let keys = (0..100_000).filter(|key| sizes.of(*key) == bytes);
            let keys: Vec<u64> = keys.collect();
            let expected = 1_000 * weight as usize;
            assert!(
                keys.len().abs_diff(expected) < 200,
                "{bytes}: {}",
                keys.len()
            );
            assert!(keys.iter().all(|key| sizes.index_of(*key) == index));
            assert!(keys.iter().all(|key| again.of(*key) == bytes));
        }
        assert_eq!(sizes.largest(), 65_536);
        // 14.4 + 92.16 + 655.36
        assert_eq!(sizes.mean(), 762);
        assert!(sizes.are_several());
        assert_eq!(sizes.to_string(), "16=90,1024=9,65536=1");
    }

    #[test]
    fn a_list_has_an_end_and_weights() {
        assert_eq!(Sizes::new(&[]), None);
        assert_eq!(Sizes::new(&[(16, 1), (17, 0)]), None);
        assert!(Sizes::new(&[(16, 1); SIZES_MAX]).is_some());
        assert_eq!(Sizes::new(&[(16, 1); SIZES_MAX + 1]), None);
    }
}
