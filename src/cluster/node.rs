//! Nodes: one server process each, with its address and what the cluster says about it.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// Where a node listens for clients: a name or an IP address, and a port.
///
/// Two addresses are equal when they are written the same; nothing is resolved here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeAddr {
    /// Host name, IPv4 or IPv6 address; the latter without brackets.
    pub host: Box<str>,
    /// TCP port.
    pub port: u16,
}

/// The text is not `host:port`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address of the form host:port or [ipv6]:port")]
pub struct InvalidAddr;

/// What a node does for its shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Owns the shard's slots and takes writes.
    Primary,
    /// Follows a primary.
    Replica,
}

/// One node of the cluster, as the cluster describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The node's id in the cluster; empty while only its address is known (from a redirect).
    pub id: Box<str>,
    /// Where its clients connect.
    pub addr: NodeAddr,
    /// Primary or replica.
    pub role: Role,
    /// Redis's config epoch of the slots it serves; 0 where the server did not tell.
    pub config_epoch: u64,
    /// It loads its data and answers LOADING until that is done.
    pub loading: bool,
    /// The cluster agreed that it has failed.
    pub failed: bool,
    /// Availability zone, where the server tells one.
    pub zone: Option<Box<str>>,
}

// === impl NodeAddr ===

impl NodeAddr {
    /// An address from its parts; brackets around an IPv6 host are removed.
    #[must_use]
    pub fn new(host: &str, port: u16) -> Self {
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        Self {
            host: bare.unwrap_or(host).into(),
            port,
        }
    }
}

impl fmt::Display for NodeAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for NodeAddr {
    type Err = InvalidAddr;

    /// Accepts `host:port`, `[ipv6]:port`, and `ipv6:port` as servers write it in redirects.
    fn from_str(text: &str) -> Result<Self, InvalidAddr> {
        let (host, port) = split_host_port(text).ok_or(InvalidAddr)?;
        if host.is_empty() || port == 0 {
            return Err(InvalidAddr);
        }
        Ok(Self::new(host, port))
    }
}

/// Splits `host:port`; the host may be empty, brackets are removed, the port is a number.
pub(super) fn split_host_port(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let port = port.parse().ok()?;
    if let Some(rest) = host.strip_prefix('[') {
        let host = rest.strip_suffix(']')?;
        return host.parse::<Ipv6Addr>().ok().map(|_| (host, port));
    }
    if host.contains(':') && host.parse::<Ipv6Addr>().is_err() {
        return None;
    }
    if host.contains(|c: char| c.is_whitespace() || c.is_control() || c == '[' || c == ']') {
        return None;
    }
    Some((host, port))
}

// === impl Node ===

impl Node {
    /// A node of which only the address and role are known.
    #[must_use]
    pub fn at(addr: NodeAddr, role: Role) -> Self {
        Self {
            id: Box::default(),
            addr,
            role,
            config_epoch: 0,
            loading: false,
            failed: false,
            zone: None,
        }
    }

    /// Whether the cluster says nothing against sending requests to it.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.failed && !self.loading
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let rows = [
            (
                "127.0.0.1:6379",
                Some(("127.0.0.1", 6379)),
                "127.0.0.1:6379",
            ),
            (
                "node-1.example:7000",
                Some(("node-1.example", 7000)),
                "node-1.example:7000",
            ),
            ("[::1]:7000", Some(("::1", 7000)), "[::1]:7000"),
            (
                "2001:db8::5:7000",
                Some(("2001:db8::5", 7000)),
                "[2001:db8::5]:7000",
            ),
            ("::1", None, ""),
            ("[::1]", None, ""),
            ("[::1:7000", None, ""),
            ("[host]:7000", None, ""),
            ("host", None, ""),
            (":7000", None, ""),
            ("host:", None, ""),
            ("host:0", None, ""),
            ("host:+1", None, ""),
            ("host:65536", None, ""),
            ("ho st:1", None, ""),
            ("a:b:1", None, ""),
            ("", None, ""),
        ];
        for (text, parts, shown) in rows {
            let parsed = text.parse::<NodeAddr>().ok();
            assert_eq!(
                parsed.as_ref().map(|a| (&*a.host, a.port)),
                parts,
                "text {text:?}"
            );
            if let Some(addr) = parsed {
                assert_eq!(addr.to_string(), shown);
                assert_eq!(shown.parse(), Ok(addr));
            }
        }
    }

    #[test]
    fn usable_means_neither_failed_nor_loading() {
        let node = Node::at(NodeAddr::new("[::1]", 1), Role::Replica);
        assert_eq!(&*node.addr.host, "::1");
        assert!(node.is_usable());
        assert!(
            !Node {
                failed: true,
                ..node.clone()
            }
            .is_usable()
        );
        assert!(
            !Node {
                loading: true,
                ..node
            }
            .is_usable()
        );
    }
}
