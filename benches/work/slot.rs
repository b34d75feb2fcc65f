//! From a key to its slot.

use std::hint::black_box;

use corelane::cluster::Slot;

use super::Work;
use super::wire::{Numbers, value_of};

/// Keys in one run.
const KEYS: usize = 256;

pub(crate) fn works() -> Vec<Work> {
    let mut numbers = Numbers::from_seed(4);
    let mut keys = |form: fn(Vec<u8>) -> Vec<u8>| -> Vec<Vec<u8>> {
        (0..KEYS).map(|_| form(numbers.key())).collect()
    };
    vec![
        slots("slot/key-16", keys(|key| key)),
        slots("slot/key-64", keys(|key| value_of(&key, 64))),
        slots(
            "slot/tag-16",
            keys(|key| [b"{", key.as_slice(), b"}:profile"].concat()),
        ),
    ]
}

fn slots(name: &str, keys: Vec<Vec<u8>>) -> Work {
    let bytes = keys.iter().map(Vec::len).sum();
    let rows: Vec<(Vec<u8>, u16)> = keys
        .into_iter()
        .map(|key| {
            let slot = slow_slot(&key);
            (key, slot)
        })
        .collect();
    Work::new(name, rows.len(), bytes, move || {
        for (key, expected) in &rows {
            let slot = Slot::of_key(black_box(key)).number();
            assert_eq!(slot, *expected, "wrong slot for {key:?}");
        }
    })
}

/// The definition of the Redis Cluster specification, bit by bit (CRC-16, polynomial 0x1021).
fn slow_slot(key: &[u8]) -> u16 {
    let open = key.iter().position(|byte| *byte == b'{');
    let tag = open.and_then(|open| {
        let rest = &key[open + 1..];
        let len = rest.iter().position(|byte| *byte == b'}')?;
        (len > 0).then(|| &rest[..len])
    });
    let mut crc = 0_u16;
    for byte in tag.unwrap_or(key) {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 };
        }
    }
    crc % 16_384
}
