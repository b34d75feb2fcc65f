//! Section `[clients]`: what clients must do and get.

use std::path::PathBuf;
use std::time::Duration;

use super::secret::Secret;

/// What clients must do and get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    /// The user that clients may name in AUTH and HELLO.
    pub username: String,
    /// The password that clients must give; `None` lets everyone in.
    pub password: Option<Secret>,
    /// File that `password` was read from, if it came from a file.
    pub password_file: Option<PathBuf>,
    /// Whether PING is answered before AUTH, as probes need it.
    pub ping_before_auth: bool,
    /// A client that sent nothing for so long, and waits for nothing, is closed; zero means never.
    pub client_timeout: Duration,
    /// Idle time before TCP keep-alive probes on connections of clients; zero means none.
    pub keep_alive: Duration,
    /// The host that CLUSTER tells clients; `None` is the address that they have reached.
    pub announce_host: Option<String>,
    /// The port that CLUSTER tells clients; `None` is the one that they have reached.
    pub announce_port: Option<usize>,
    /// Connections that the kernel holds for each listener until a worker accepts them.
    pub tcp_backlog: u32,
}

// === impl ClientSettings ===

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            username: "default".to_owned(),
            password: None,
            password_file: None,
            ping_before_auth: true,
            client_timeout: Duration::ZERO,
            keep_alive: Duration::from_secs(120),
            announce_host: None,
            announce_port: None,
            tcp_backlog: 1024,
        }
    }
}
