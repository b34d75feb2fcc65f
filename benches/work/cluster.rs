//! Nodes as far as a bench needs them: three shards that know a value for each key.

use corelane::cluster::{MapVersion, Node, NodeAddr, Role, Shard, Slot, SlotMap};
use corelane::resp::{Limits, RequestScanner, RequestView, Scan, write};

use super::wire::value_of;

/// Shards of the cluster, with a third of the slots each.
const SHARDS: u16 = 3;

/// The slots as three primaries share them.
pub(crate) fn slot_map() -> SlotMap {
    let mut map = SlotMap::empty();
    map.version = MapVersion(1);
    let mut parts: Vec<Vec<Slot>> = vec![Vec::new(); usize::from(SHARDS)];
    for slot in Slot::all() {
        parts[usize::from(slot.number()) * usize::from(SHARDS) / 16_384].push(slot);
    }
    for (number, part) in (0..SHARDS).zip(parts) {
        let addr = NodeAddr::new("127.0.0.1", 7000 + number);
        let primary = Some(Node::at(addr, Role::Primary));
        let shard = Shard {
            primary,
            replicas: Vec::new(),
        };
        let index = map.push_shard(shard).expect("room for a shard");
        map.set_range(part[0], part[part.len() - 1], index);
    }
    map
}

/// What a node answers to `bytes`, which must be whole requests. Values are `value_len` bytes long.
pub(crate) fn replies_to(bytes: &[u8], value_len: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut scanner = RequestScanner::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        let Scan::Complete { len } = scanner.scan(rest, &Limits::DEFAULT) else {
            panic!("a node was sent a piece of a request: {rest:?}");
        };
        reply(&mut out, &rest[..len], value_len);
        rest = &rest[len..];
    }
    out
}

fn reply(out: &mut Vec<u8>, frame: &[u8], value_len: usize) {
    let args: Vec<&[u8]> = RequestView::new(frame).args().collect();
    let [name, keys @ ..] = args.as_slice() else {
        panic!("a node was sent an empty request");
    };
    match name.to_ascii_uppercase().as_slice() {
        b"GET" => write::bulk(out, &value_of(keys[0], value_len)),
        b"MGET" => {
            write::array(out, keys.len());
            for key in keys {
                write::bulk(out, &value_of(key, value_len));
            }
        }
        b"DEL" => write::integer(out, i64::try_from(keys.len()).expect("few keys")),
        // SET and MSET, and the handshake of a new link.
        _ => write::simple(out, "OK"),
    }
}
