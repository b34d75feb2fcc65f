//! From a request's first word to its command.
//!
//! Called once per request. The index is a perfect hash built while the crate is compiled: names are put
//! into buckets, and each bucket has a displacement under which all its names fall into free slots.
//! A lookup folds the word to lower case in two machine words, hashes, reads one displacement and one slot,
//! and compares; it never searches.
//!
//! Holds: every name of the table has its own slot (or the crate does not compile). Costs: no allocation,
//! two cache lines.

use super::{Command, table};

const COUNT: usize = table::COMMANDS.len();
/// A power of two with room to spare, so that a fitting displacement is found at once.
const SLOTS: usize = 1024;
/// About one bucket for two names; a power of two.
const BUCKETS: usize = 256;
/// Names in one bucket at most; far more than chance gives.
const BUCKET_NAMES_MAX: usize = 16;
/// Longer words are no command.
const NAME_MAX: usize = u8::MAX as usize;
/// The longest name that its head and tail hold wholly.
const FOLDED_MAX: u8 = 16;

const _: () = assert!(
    COUNT * 3 <= SLOTS * 2,
    "the table has grown: give it more slots and buckets"
);

/// A word in lower case: the first and the last bytes, which overlap or leave out the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Folded {
    head: u64,
    tail: u64,
    len: u8,
}

/// One name of the table, or nothing (then `len` is 0, which no word has).
#[derive(Clone, Copy)]
struct Slot {
    folded: Folded,
    command: u16,
}

struct Index {
    displacements: [u8; BUCKETS],
    slots: [Slot; SLOTS],
}

static INDEX: Index = Index::build();

/// Finds a command by name, in any case; subcommands are found from their container.
#[must_use]
pub fn lookup(name: &[u8]) -> Option<&'static Command> {
    let folded = Folded::of(name)?;
    let hash = folded.hash();
    let displacement = INDEX.displacements.get(bucket(hash))?;
    let slot = INDEX.slots.get(place(hash, *displacement))?;
    if slot.folded != folded {
        return None;
    }
    let command = table::COMMANDS.get(usize::from(slot.command))?;
    let whole = folded.len <= FOLDED_MAX || command.name.as_bytes().eq_ignore_ascii_case(name);
    whole.then_some(command)
}

#[inline]
const fn bucket(hash: u64) -> usize {
    (hash >> 32) as usize & (BUCKETS - 1)
}

#[inline]
const fn place(hash: u64, displacement: u8) -> usize {
    // An odd step per bucket, taken from bits that chose neither the bucket nor the start.
    let step = (hash >> 20) | 1;
    (hash >> 48).wrapping_add(step.wrapping_mul(displacement as u64)) as usize & (SLOTS - 1)
}

// === impl Folded ===

impl Folded {
    /// Nothing for a word that is empty or too long.
    #[inline]
    const fn of(word: &[u8]) -> Option<Self> {
        if word.len() > NAME_MAX {
            return None;
        }
        let (head, tail) = if let (Some(head), Some(tail)) =
            (word.first_chunk::<8>(), word.last_chunk::<8>())
        {
            (u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
        } else if let (Some(head), Some(tail)) = (word.first_chunk::<4>(), word.last_chunk::<4>()) {
            (
                u32::from_le_bytes(*head) as u64,
                u32::from_le_bytes(*tail) as u64,
            )
        } else {
            match *word {
                [a, b, c] => (u32::from_le_bytes([a, b, c, 0]) as u64, 0),
                [a, b] => (u16::from_le_bytes([a, b]) as u64, 0),
                [a] => (a as u64, 0),
                _ => return None,
            }
        };
        #[expect(clippy::cast_possible_truncation, reason = "checked above")]
        let len = word.len() as u8;
        Some(Self {
            head: lower(head),
            tail: lower(tail),
            len,
        })
    }

    #[inline]
    const fn hash(self) -> u64 {
        const HEAD: u64 = 0x9e37_79b9_7f4a_7c15;
        const TAIL: u64 = 0xd6e8_feb8_6659_fd93;
        let mixed = self.head.wrapping_mul(HEAD) ^ self.tail.rotate_left(29).wrapping_mul(TAIL);
        let mixed = mixed ^ (self.len as u64).wrapping_mul(TAIL);
        (mixed ^ (mixed >> 32)).wrapping_mul(HEAD)
    }
}

/// Eight bytes with their ASCII capitals made small, and nothing else changed.
#[inline]
const fn lower(bytes: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let low = bytes & (ONES * 0x7f);
    let from_a = low + ONES * (0x80 - b'A' as u64);
    let after_z = low + ONES * (0x7f - b'Z' as u64);
    let capital = (from_a & !after_z & !bytes) & (ONES * 0x80);
    bytes | (capital >> 2)
}

// === impl Index ===

impl Index {
    /// Places the fullest buckets first; each takes the first displacement that fits.
    #[expect(
        clippy::indexing_slicing,
        reason = "runs while compiling, where an error stops the build"
    )]
    const fn build() -> Self {
        let empty = Slot {
            folded: Folded {
                head: 0,
                tail: 0,
                len: 0,
            },
            command: 0,
        };
        let mut index = Self {
            displacements: [0; BUCKETS],
            slots: [empty; SLOTS],
        };
        let mut hashes = [0; COUNT];
        let mut sizes = [0; BUCKETS];
        let mut at = 0;
        while at < COUNT {
            hashes[at] = folded_name(at).hash();
            sizes[bucket(hashes[at])] += 1;
            at += 1;
        }
        let mut size = BUCKET_NAMES_MAX;
        while size > 0 {
            let mut number = 0;
            while number < BUCKETS {
                assert!(
                    sizes[number] <= BUCKET_NAMES_MAX,
                    "names crowd in a bucket: change the hash"
                );
                if sizes[number] == size {
                    index.place_bucket(&hashes, number, size);
                }
                number += 1;
            }
            size -= 1;
        }
        index
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "runs while compiling, where an error stops the build"
    )]
    const fn place_bucket(&mut self, hashes: &[u64; COUNT], number: usize, size: usize) {
        let mut members = [0; BUCKET_NAMES_MAX];
        let mut found = 0;
        let mut at = 0;
        while found < size {
            if bucket(hashes[at]) == number {
                members[found] = at;
                found += 1;
            }
            at += 1;
        }
        let mut displacement = 0;
        loop {
            let mut placed = 0;
            while placed < size {
                let slot = &mut self.slots[place(hashes[members[placed]], displacement)];
                if slot.folded.len != 0 {
                    break;
                }
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "there are fewer names than slots"
                )]
                let command = members[placed] as u16;
                *slot = Slot {
                    folded: folded_name(members[placed]),
                    command,
                };
                placed += 1;
            }
            if placed == size {
                self.displacements[number] = displacement;
                return;
            }
            while placed > 0 {
                placed -= 1;
                self.slots[place(hashes[members[placed]], displacement)]
                    .folded
                    .len = 0;
            }
            assert!(
                displacement < u8::MAX,
                "two names cannot be told apart: change the hash"
            );
            displacement += 1;
        }
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "runs while compiling, where an error stops the build"
)]
const fn folded_name(at: usize) -> Folded {
    match Folded::of(table::COMMANDS[at].name.as_bytes()) {
        Some(folded) => folded,
        None => Folded {
            head: 0,
            tail: 0,
            len: 0,
        },
    }
}
