//! Section `[admin]`: the HTTP port for operators.

use std::net::SocketAddr;

/// The HTTP port with `/livez`, `/readyz` and `/metrics`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdminSettings {
    /// Address of the port; `None` means there is none. It has no authentication.
    pub listen: Option<SocketAddr>,
}
