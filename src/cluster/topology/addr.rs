//! Which of the hosts that a server announces is the one to connect to.

use crate::cluster::node::NodeAddr;

/// Hosts that a reply gives for one node; an empty text is as good as none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Announced<'a> {
    /// What the server wants clients to use.
    pub(super) endpoint: &'a str,
    /// The IP address.
    pub(super) ip: &'a str,
}

// === impl Announced ===

impl Announced<'_> {
    /// The address to connect to, where `asked` is the address at which the reply was given.
    ///
    /// `?` stands for a host name that should be announced but is not set: the IP address serves.
    /// No endpoint at all means that clients keep to the host they know.
    pub(super) fn addr(self, port: u16, asked: &NodeAddr) -> NodeAddr {
        let host = match self.endpoint {
            "" => "",
            "?" => self.ip,
            endpoint => endpoint,
        };
        NodeAddr::new(if host.is_empty() { &asked.host } else { host }, port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let asked = NodeAddr::new("asked", 1);
        for (endpoint, ip, host) in [
            ("10.0.0.1", "10.0.0.1", "10.0.0.1"),
            ("node.example", "10.0.0.1", "node.example"),
            ("?", "10.0.0.1", "10.0.0.1"),
            ("?", "", "asked"),
            ("", "10.0.0.1", "asked"),
            ("", "", "asked"),
            ("2001:db8::4", "2001:db8::4", "2001:db8::4"),
        ] {
            let announced = Announced { endpoint, ip };
            assert_eq!(
                announced.addr(7, &asked),
                NodeAddr::new(host, 7),
                "{announced:?}"
            );
        }
    }
}
