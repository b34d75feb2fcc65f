//! The longest common subsequence of two strings: LCS.
//!
//! There may be several of the same length; the one found here is the one that servers find, and so are the
//! ranges.

use crate::resp::{Protocol, write};

/// What is asked about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Wanted {
    /// Its length.
    pub(super) length: bool,
    /// Where it is in both strings.
    pub(super) ranges: bool,
    /// With the length of each range.
    pub(super) with_match_length: bool,
    /// Shorter ranges are left out.
    pub(super) match_length_min: usize,
}

/// Bytes that are the same in both strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    start_a: usize,
    start_b: usize,
    length: usize,
}

/// For each two beginnings of the strings the length of what they have in common.
struct Table<'a> {
    a: &'a [u8],
    b: &'a [u8],
    lengths: Vec<u32>,
}

/// Bytes that computing takes; nothing if that cannot even be counted.
pub(super) fn cost(len_a: usize, len_b: usize) -> Option<usize> {
    let cells = len_a.checked_add(1)?.checked_mul(len_b.checked_add(1)?)?;
    cells.checked_mul(size_of::<u32>())
}

/// Writes the reply.
pub(super) fn write(a: &[u8], b: &[u8], wanted: Wanted, protocol: Protocol, out: &mut Vec<u8>) {
    let table = Table::new(a, b);
    if wanted.ranges {
        return table.write_ranges(wanted, protocol, out);
    }
    if wanted.length {
        return write::integer(out, table.length());
    }
    let mut text = Vec::new();
    table.each_match(|at, _| text.extend(a.get(at)));
    text.reverse();
    write::bulk(out, &text);
}

// === impl Table ===

impl<'a> Table<'a> {
    fn new(a: &'a [u8], b: &'a [u8]) -> Self {
        let width = b.len() + 1;
        let mut lengths = vec![0_u32; width * (a.len() + 1)];
        let mut rest = lengths.as_mut_slice();
        for x in a {
            let (above, below) = rest.split_at_mut(width);
            let (mut corner, mut left) = (0, 0);
            let cells = below.iter_mut().zip(above.iter()).skip(1);
            for (y, (cell, up)) in b.iter().zip(cells) {
                left = if x == y { corner + 1 } else { left.max(*up) };
                *cell = left;
                corner = *up;
            }
            rest = below;
        }
        Self { a, b, lengths }
    }

    /// What the first so many bytes of both have in common.
    fn at(&self, len_a: usize, len_b: usize) -> u32 {
        let place = len_a * (self.b.len() + 1) + len_b;
        self.lengths.get(place).copied().unwrap_or_default()
    }

    fn length(&self) -> i64 {
        i64::from(self.at(self.a.len(), self.b.len()))
    }

    /// Shows the places of each byte of the subsequence, from the last to the first.
    fn each_match(&self, mut show: impl FnMut(usize, usize)) {
        let (mut i, mut j) = (self.a.len(), self.b.len());
        while i > 0 && j > 0 {
            if self.a.get(i - 1) == self.b.get(j - 1) {
                i -= 1;
                j -= 1;
                show(i, j);
            } else if self.at(i - 1, j) > self.at(i, j - 1) {
                i -= 1;
            } else {
                j -= 1;
            }
        }
    }

    fn write_ranges(&self, wanted: Wanted, protocol: Protocol, out: &mut Vec<u8>) {
        let mut ranges: Vec<Range> = Vec::new();
        self.each_match(|i, j| match ranges.last_mut() {
            Some(range) if range.start_a == i + 1 && range.start_b == j + 1 => {
                range.start_a = i;
                range.start_b = j;
                range.length += 1;
            }
            _ => ranges.push(Range {
                start_a: i,
                start_b: j,
                length: 1,
            }),
        });
        ranges.retain(|range| range.length >= wanted.match_length_min);
        write::map(out, 2, protocol);
        write::bulk(out, b"matches");
        write::array(out, ranges.len());
        for range in ranges {
            range.write(wanted.with_match_length, out);
        }
        write::bulk(out, b"len");
        write::integer(out, self.length());
    }
}

// === impl Range ===

impl Range {
    fn write(self, with_length: bool, out: &mut Vec<u8>) {
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        write::array(out, 2 + usize::from(with_length));
        for start in [self.start_a, self.start_b] {
            write::array(out, 2);
            write::integer(out, number(start));
            write::integer(out, number(start + self.length - 1));
        }
        if with_length {
            write::integer(out, number(self.length));
        }
    }
}
