//! Refusals: errors by which a node says that a request belongs elsewhere or must be tried again.
//!
//! Called for every error reply. Costs: the first byte decides for ordinary errors; no allocation.
//! What to do about a refusal is decided by the pipeline.

use super::node::{NodeAddr, split_host_port};
use super::slot::Slot;

/// A node did not execute a request, and the proxy may do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal<'a> {
    /// The slot belongs to another node, from now on.
    Moved {
        /// The slot that moved.
        slot: Slot,
        /// Its owner.
        addr: AddrRef<'a>,
    },
    /// The key may be at another node, for this request only, which must be asked with ASKING.
    Ask {
        /// The slot under migration.
        slot: Slot,
        /// The node that imports it.
        addr: AddrRef<'a>,
    },
    /// Keys of the request are split between two nodes during a migration.
    TryAgain,
    /// The cluster or the slot is not served at present.
    ClusterDown,
    /// The node loads its data.
    Loading,
    /// A write came to a replica.
    ReadOnly,
    /// A replica has lost its primary and does not serve stale data.
    MasterDown,
    /// The node is no primary any more and ends the waits of its clients.
    Unblocked,
}

/// An address inside a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddrRef<'a> {
    /// Host as written; empty means the host of the node that sent the redirect.
    pub host: &'a str,
    /// TCP port.
    pub port: u16,
}

// === impl Refusal ===

impl<'a> Refusal<'a> {
    /// Recognises a refusal in the text of an error reply, without its `-` and line end.
    #[must_use]
    pub fn parse(error_text: &'a [u8]) -> Option<Self> {
        match error_text.first()? {
            b'M' => match word(error_text) {
                b"MOVED" => redirect(error_text).map(|(slot, addr)| Self::Moved { slot, addr }),
                b"MASTERDOWN" => Some(Self::MasterDown),
                _ => None,
            },
            b'A' if word(error_text) == b"ASK" => {
                redirect(error_text).map(|(slot, addr)| Self::Ask { slot, addr })
            }
            b'T' if word(error_text) == b"TRYAGAIN" => Some(Self::TryAgain),
            b'C' if word(error_text) == b"CLUSTERDOWN" => Some(Self::ClusterDown),
            b'L' if word(error_text) == b"LOADING" => Some(Self::Loading),
            b'U' if error_text.starts_with(UNBLOCKED) => Some(Self::Unblocked),
            b'R' if word(error_text) == b"READONLY" => Some(Self::ReadOnly),
            _ => None,
        }
    }
}

/// If these are a server's own words for a refusal, and not those of a script that happens to begin in the same way.
#[must_use]
pub fn is_of_server(error_text: &[u8]) -> bool {
    let begins = |text: &str| error_text.starts_with(text.as_bytes());
    match Refusal::parse(error_text) {
        // A script does not wait.
        None | Some(Refusal::Unblocked) => false,
        Some(Refusal::Moved { .. } | Refusal::Ask { .. }) => {
            error_text.split(|byte| *byte == b' ').count() == 3
        }
        Some(Refusal::TryAgain) => begins("TRYAGAIN Multiple keys request during rehashing"),
        Some(Refusal::ClusterDown) => {
            begins("CLUSTERDOWN Hash slot not served") || begins("CLUSTERDOWN The cluster is down")
        }
        Some(Refusal::Loading) => error_text.ends_with(b" is loading the dataset in memory"),
        // A script that was refused a write at a replica has written nothing.
        Some(Refusal::ReadOnly) => begins("READONLY You can't write against a read only replica."),
        Some(Refusal::MasterDown) => begins("MASTERDOWN Link with MASTER is down"),
    }
}

/// What a demoted primary tells clients that wait. The other error with this code answers CLIENT UNBLOCK.
const UNBLOCKED: &[u8] = b"UNBLOCKED force unblock ";

/// The first word of an error, looking no further than the longest that matters.
fn word(text: &[u8]) -> &[u8] {
    let head = text.get(..16).unwrap_or(text);
    head.iter()
        .position(|byte| *byte == b' ')
        .and_then(|end| head.get(..end))
        .unwrap_or(head)
}

/// Slot and address of `MOVED 3999 127.0.0.1:6381`.
fn redirect(text: &[u8]) -> Option<(Slot, AddrRef<'_>)> {
    let mut words = text.split(|byte| *byte == b' ').skip(1);
    let slot = Slot::from_decimal(words.next()?)?;
    let (host, port) = split_host_port(std::str::from_utf8(words.next()?).ok()?)?;
    // A node that should announce a host name but has none is shown as "?".
    let host = if host == "?" { "" } else { host };
    (port != 0).then_some((slot, AddrRef { host, port }))
}

// === impl AddrRef ===

impl AddrRef<'_> {
    /// The address, where `said_by` is the node that sent the redirect.
    #[must_use]
    pub fn to_addr(&self, said_by: &NodeAddr) -> NodeAddr {
        NodeAddr {
            host: self.host_or(said_by).into(),
            port: self.port,
        }
    }

    /// Whether it means `addr`, where `said_by` is the node that sent the redirect. Allocates
    /// nothing.
    #[must_use]
    pub fn is(&self, addr: &NodeAddr, said_by: &NodeAddr) -> bool {
        self.port == addr.port && *self.host_or(said_by) == *addr.host
    }

    fn host_or<'b>(&'b self, said_by: &'b NodeAddr) -> &'b str {
        if self.host.is_empty() {
            &said_by.host
        } else {
            self.host
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(host: &str, port: u16) -> AddrRef<'_> {
        AddrRef { host, port }
    }

    #[test]
    fn words_of_servers_are_told_from_those_of_scripts() {
        let servers = [
            "MOVED 3999 127.0.0.1:6381",
            "ASK 3999 [::1]:6381",
            "TRYAGAIN Multiple keys request during rehashing of slot",
            "CLUSTERDOWN Hash slot not served",
            "CLUSTERDOWN The cluster is down",
            "LOADING Redis is loading the dataset in memory",
            "LOADING Valkey is loading the dataset in memory",
            "READONLY You can't write against a read only replica.",
            "READONLY You can't write against a read only replica. script: 1, on @user_script:1.",
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        ];
        for text in servers {
            assert!(is_of_server(text.as_bytes()), "{text}");
        }
        let scripts = [
            "TRYAGAIN later",
            "LOADING your cart",
            "READONLY account",
            "CLUSTERDOWN",
            "MASTERDOWN no",
            "MOVED to another place",
            "MOVED 3999 127.0.0.1:6381 yesterday",
            "ERR no",
            "",
        ];
        for text in scripts {
            assert!(!is_of_server(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn refusals() {
        let slot = Slot::new(3999).unwrap();
        let moved = |host, port| {
            Some(Refusal::Moved {
                slot,
                addr: addr(host, port),
            })
        };
        let rows = [
            ("MOVED 3999 127.0.0.1:6381", moved("127.0.0.1", 6381)),
            ("MOVED 3999 ::1:6381", moved("::1", 6381)),
            ("MOVED 3999 [::1]:6381", moved("::1", 6381)),
            ("MOVED 3999 node.example:6381", moved("node.example", 6381)),
            ("MOVED 3999 :6381", moved("", 6381)),
            ("MOVED 3999 ?:6381", moved("", 6381)),
            ("MOVED 3999 a:6381 and more", moved("a", 6381)),
            (
                "ASK 3999 h:1",
                Some(Refusal::Ask {
                    slot,
                    addr: addr("h", 1),
                }),
            ),
            (
                "TRYAGAIN Multiple keys request during rehashing of slot",
                Some(Refusal::TryAgain),
            ),
            ("TRYAGAIN", Some(Refusal::TryAgain)),
            (
                "CLUSTERDOWN Hash slot not served",
                Some(Refusal::ClusterDown),
            ),
            (
                "CLUSTERDOWN The cluster is down",
                Some(Refusal::ClusterDown),
            ),
            (
                "LOADING Redis is loading the dataset in memory",
                Some(Refusal::Loading),
            ),
            (
                "READONLY You can't write against a read only replica.",
                Some(Refusal::ReadOnly),
            ),
            (
                "MASTERDOWN Link with MASTER is down",
                Some(Refusal::MasterDown),
            ),
            (
                "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
                Some(Refusal::Unblocked),
            ),
        ];
        for (text, refusal) in rows {
            assert_eq!(Refusal::parse(text.as_bytes()), refusal, "text {text:?}");
        }
    }

    #[test]
    fn everything_else_is_for_the_client() {
        let rows: &[&[u8]] = &[
            b"",
            b"ERR unknown command",
            b"WRONGTYPE Operation against a key holding the wrong kind of value",
            b"MOVED",
            b"MOVED 3999",
            b"MOVED 16384 h:1",
            b"MOVED -1 h:1",
            b"MOVED 3999 h:0",
            b"MOVED 3999 h:65536",
            b"MOVED 3999 h",
            b"MOVED 3999 \xff\xfe:1",
            b"MOVED  3999 h:1",
            b"MOVEDX 1 h:1",
            b"moved 1 h:1",
            b"ASKING 1 h:1",
            b"LOADINGS x",
            b"MASTERDOWNANDMUCHMORETEXT",
            b"UNBLOCKED client unblocked via CLIENT UNBLOCK",
            b"READONLYBUTLONGERTHANSIXTEEN",
            b"CROSSSLOT Keys in request don't hash to the same slot",
        ];
        for text in rows {
            assert_eq!(
                Refusal::parse(text),
                None,
                "text {:?}",
                String::from_utf8_lossy(text)
            );
        }
    }

    #[test]
    fn an_empty_host_is_the_sender() {
        let said_by = NodeAddr::new("10.0.0.1", 7000);
        assert_eq!(
            addr("", 7001).to_addr(&said_by),
            NodeAddr::new("10.0.0.1", 7001)
        );
        assert_eq!(addr("b", 7001).to_addr(&said_by), NodeAddr::new("b", 7001));
        assert!(addr("", 7001).is(&NodeAddr::new("10.0.0.1", 7001), &said_by));
        assert!(!addr("", 7001).is(&NodeAddr::new("10.0.0.2", 7001), &said_by));
        assert!(!addr("", 7001).is(&said_by, &said_by));
        assert!(addr("b", 1).is(&NodeAddr::new("b", 1), &said_by));
    }
}
