//! Keys, values, requests and numbers that look random and are the same each time.

use corelane::resp::write;

/// Numbers from a seed (splitmix64).
#[derive(Debug, Clone)]
pub(crate) struct Numbers(u64);

// === impl Numbers ===

impl Numbers {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of 100,000 keys.
    pub(crate) fn key(&mut self) -> Vec<u8> {
        format!("key:{:012}", self.next() % 100_000).into_bytes()
    }
}

/// The value that belongs to a key: `len` bytes of its name, repeated.
pub(crate) fn value_of(key: &[u8], len: usize) -> Vec<u8> {
    key.iter().rev().copied().cycle().take(len).collect()
}

pub(crate) fn request(args: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write::request(&mut bytes, args);
    bytes
}

/// A command with any number of further arguments.
pub(crate) fn command(name: &str, args: &[Vec<u8>]) -> Vec<u8> {
    let all: Vec<&[u8]> = std::iter::once(name.as_bytes())
        .chain(args.iter().map(Vec::as_slice))
        .collect();
    request(&all)
}

pub(crate) fn bulk(value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write::bulk(&mut bytes, value);
    bytes
}

/// A multi-bulk reply with these values.
pub(crate) fn bulks(values: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write::array(&mut bytes, values.len());
    for value in values {
        write::bulk(&mut bytes, value);
    }
    bytes
}
