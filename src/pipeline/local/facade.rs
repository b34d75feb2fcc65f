//! CLUSTER: corelane as the only node of a cluster, which owns all slots.
//!
//! Libraries for clusters ask for slots and nodes and connect to what they are told. They are told the
//! address that they have reached corelane at, or the one of `clients.announce_host` and `announce_port`,
//! so that they come back here. The id of the node is made from that address alone: all workers and all
//! starts tell the same.

use std::fmt::Write as _;

use super::super::slab::Key;
use super::super::{Pipeline, answers};
use crate::cluster::{SLOTS, Slot};
use crate::command::Command;
use crate::resp::{Protocol, RequestView, int, write};

/// What clients are told of the only node.
#[derive(Debug, PartialEq, Eq)]
struct Myself {
    host: String,
    port: u16,
    id: String,
    shard_id: String,
}

/// Distance from a node's port to that of its bus, by convention; corelane has none.
const BUS_PORT_DISTANCE: u16 = 10_000;

impl Pipeline {
    /// A subcommand of CLUSTER that is answered here.
    pub(super) fn cluster_command(
        &mut self,
        key: Key,
        command: &Command,
        view: &RequestView<'_>,
        protocol: Protocol,
        out: &mut Vec<u8>,
    ) {
        let Some(myself) = self.myself(key) else {
            return;
        };
        match command.last_word() {
            "keyslot" => {
                let slot = Slot::of_key(view.arg(2).unwrap_or_default());
                write::integer(out, i64::from(slot.number()));
            }
            "info" => write::verbatim(out, &self.cluster_info(), protocol),
            "myid" => write::bulk(out, myself.id.as_bytes()),
            "myshardid" => write::bulk(out, myself.shard_id.as_bytes()),
            "nodes" => write::verbatim(out, &myself.line(), protocol),
            "slots" => myself.write_slots(protocol, out),
            "shards" => myself.write_shards(protocol, out),
            "links" => write::array(out, 0),
            name => {
                let id = view.arg(2).unwrap_or_default();
                if id != myself.id.as_bytes() {
                    let id = answers::quote(id);
                    write::error(out, &format!("ERR Unknown node {id}"));
                } else if name == "count-failure-reports" {
                    write::integer(out, 0);
                } else {
                    write::array(out, 0);
                }
            }
        }
    }

    /// The slot of CLUSTER COUNTKEYSINSLOT or GETKEYSINSLOT, which its owner answers.
    ///
    /// # Errors
    ///
    /// The error line, in the servers' words.
    pub(super) fn slot_asked(view: &RequestView<'_>) -> Result<Slot, &'static str> {
        let number = view.arg(2).and_then(int::parse_i64);
        let number = number.ok_or(answers::NOT_AN_INTEGER)?;
        let invalid = if view.len_args() > 3 {
            "ERR Invalid slot or number of keys"
        } else {
            "ERR Invalid slot"
        };
        let slot = u16::try_from(number).ok().and_then(Slot::new);
        slot.ok_or(invalid)
    }

    fn myself(&self, key: Key) -> Option<Myself> {
        let settings = &self.config.clients;
        let local = self.clients.get(key)?.local;
        let host = settings.announce_host.clone();
        let port = if self.config.tls.is_at(local) {
            settings.announce_tls_port
        } else {
            settings.announce_port
        };
        let port = port.and_then(|port| u16::try_from(port).ok());
        Some(Myself::at(
            host.unwrap_or_else(|| local.ip().to_canonical().to_string()),
            port.unwrap_or_else(|| local.port()),
        ))
    }

    fn cluster_info(&self) -> String {
        let covered = self.routes.covered();
        let state = if covered > 0 { "ok" } else { "fail" };
        let lost = SLOTS.saturating_sub(covered);
        let mut text = String::new();
        let facts = [
            ("slots_assigned", SLOTS),
            ("slots_ok", covered),
            ("slots_pfail", 0),
            ("slots_fail", lost),
            ("known_nodes", 1),
            ("size", 1),
            ("current_epoch", 1),
            ("my_epoch", 1),
            ("stats_messages_sent", 0),
            ("stats_messages_received", 0),
        ];
        let _ = write!(text, "cluster_state:{state}\r\n");
        for (name, value) in facts {
            let _ = write!(text, "cluster_{name}:{value}\r\n");
        }
        text
    }
}

// === impl Myself ===

impl Myself {
    fn at(host: String, port: u16) -> Self {
        let seed = format!("{host}:{port}");
        Self {
            id: id("node", &seed),
            shard_id: id("shard", &seed),
            host,
            port,
        }
    }

    /// The line of CLUSTER NODES.
    fn line(&self) -> String {
        let Self { host, port, id, .. } = self;
        let bus = port.checked_add(BUS_PORT_DISTANCE).unwrap_or(0);
        format!(
            "{id} {host}:{port}@{bus} myself,master - 0 0 1 connected {}-{}\n",
            Slot::FIRST.number(),
            Slot::LAST.number()
        )
    }

    fn write_slots(&self, protocol: Protocol, out: &mut Vec<u8>) {
        write::array(out, 1);
        write::array(out, 3);
        write::integer(out, i64::from(Slot::FIRST.number()));
        write::integer(out, i64::from(Slot::LAST.number()));
        write::array(out, 4);
        write::bulk(out, self.host.as_bytes());
        write::integer(out, i64::from(self.port));
        write::bulk(out, self.id.as_bytes());
        // Where servers tell further names of the node.
        write::map(out, 0, protocol);
    }

    fn write_shards(&self, protocol: Protocol, out: &mut Vec<u8>) {
        write::array(out, 1);
        write::map(out, 2, protocol);
        write::bulk(out, b"slots");
        write::array(out, 2);
        write::integer(out, i64::from(Slot::FIRST.number()));
        write::integer(out, i64::from(Slot::LAST.number()));
        write::bulk(out, b"nodes");
        write::array(out, 1);
        write::map(out, 7, protocol);
        for (name, value) in [
            ("id", &self.id),
            ("ip", &self.host),
            ("endpoint", &self.host),
        ] {
            write::bulk(out, name.as_bytes());
            write::bulk(out, value.as_bytes());
        }
        write::bulk(out, b"port");
        write::integer(out, i64::from(self.port));
        for (name, value) in [("role", "master"), ("health", "online")] {
            write::bulk(out, name.as_bytes());
            write::bulk(out, value.as_bytes());
        }
        write::bulk(out, b"replication-offset");
        write::integer(out, 0);
    }
}

/// 40 hexadecimal digits that follow from a text: FNV-1a over it, begun three times.
fn id(kind: &str, text: &str) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut digits = String::new();
    for turn in 0..3u8 {
        let bytes = kind.bytes().chain([turn]).chain(text.bytes());
        let mut hash = bytes.fold(OFFSET, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        });
        // Texts that differ in their last byte alone would share most digits.
        hash = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash ^= hash >> 32;
        let _ = write!(digits, "{hash:016x}");
    }
    digits.truncate(40);
    digits
}

#[cfg(test)]
mod tests {
    use super::{Myself, Pipeline};
    use crate::resp::{Limits, Protocol, ReplyScanner, RequestView, Scan, write};

    fn myself() -> Myself {
        Myself::at("10.0.0.1".to_owned(), 7617)
    }

    #[test]
    fn ids_are_stable_and_differ() {
        let other = Myself::at("10.0.0.1".to_owned(), 7618);
        assert_eq!(myself(), myself());
        assert_eq!(myself().id.len(), 40);
        assert!(myself().id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(myself().id, myself().shard_id);
        assert_ne!(myself().id, other.id);
        assert_ne!(myself().id[..16], other.id[..16]);
    }

    #[test]
    fn replies_are_one_frame_each() {
        for protocol in [Protocol::Resp2, Protocol::Resp3] {
            for shards in [false, true] {
                let mut out = Vec::new();
                if shards {
                    myself().write_shards(protocol, &mut out);
                } else {
                    myself().write_slots(protocol, &mut out);
                }
                let scan = ReplyScanner::default().scan(&out, &Limits::DEFAULT);
                assert_eq!(scan, Scan::Complete { len: out.len() });
            }
        }
        let line = myself().line();
        assert!(line.contains(" 10.0.0.1:7617@17617 myself,master - 0 0 1 connected 0-16383\n"));
        assert!(
            Myself::at(String::new(), 60_000)
                .line()
                .contains(":60000@0 ")
        );
    }

    #[test]
    fn slots_that_are_asked_about() {
        let asked = |args: &[&[u8]]| {
            let mut frame = Vec::new();
            write::request(&mut frame, args);
            Pipeline::slot_asked(&RequestView::new(&frame)).map(|slot| slot.number())
        };
        let name: &[u8] = b"CLUSTER";
        assert_eq!(asked(&[name, b"COUNTKEYSINSLOT", b"16383"]), Ok(16383));
        assert_eq!(
            asked(&[name, b"COUNTKEYSINSLOT", b"16384"]),
            Err("ERR Invalid slot")
        );
        assert_eq!(
            asked(&[name, b"COUNTKEYSINSLOT", b"-1"]),
            Err("ERR Invalid slot")
        );
        assert!(asked(&[name, b"GETKEYSINSLOT", b"x", b"1"]).is_err());
        let error = asked(&[name, b"GETKEYSINSLOT", b"16384", b"1"]);
        assert_eq!(error, Err("ERR Invalid slot or number of keys"));
    }
}
