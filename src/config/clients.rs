//! Section `[clients]`: what clients must do and get.

use std::path::PathBuf;
use std::time::Duration;

use super::outcome::UnknownOutcome;
use super::secret::Secret;
use super::users::UserSettings;

/// What clients must do and get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    /// The default user: who a client is before it says anything, and whom AUTH means that names nobody.
    pub username: String,
    /// The password of the default user; `None` lets everyone in.
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
    /// The port that CLUSTER tells clients without TLS; `None` is the one that they have reached.
    pub announce_port: Option<usize>,
    /// The port that CLUSTER tells clients with TLS; `None` is the one that they have reached.
    pub announce_tls_port: Option<usize>,
    /// Connections that the kernel holds for each listener until a worker accepts them.
    pub tcp_backlog: u32,
    /// What a client gets when nobody knows if its write was executed.
    pub on_unknown_outcome: UnknownOutcome,
    /// Users with rights of their own; one of this name may be the default user itself.
    pub users: Vec<UserSettings>,
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
            announce_tls_port: None,
            tcp_backlog: 1024,
            on_unknown_outcome: UnknownOutcome::Error,
            users: Vec::new(),
        }
    }
}
