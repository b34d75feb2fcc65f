//! Section `[tls]`: clients that come with TLS, and when certificates are read again.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

/// Clients that come with TLS, and when certificates are read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// Addresses for clients with TLS; every worker listens on each of them.
    pub listen: Vec<SocketAddr>,
    /// Certificate shown to clients, with those that lead to its issuer.
    pub cert_file: Option<String>,
    /// Private key of that certificate.
    pub key_file: Option<String>,
    /// Issuers of clients' certificates.
    pub ca_cert_file: Option<String>,
    /// Whether clients have to show a certificate.
    pub auth_clients: AuthClients,
    /// How long a client may take for the handshake.
    pub handshake_timeout: Duration,
    /// How often files with certificates and keys are looked at, those of `[cluster]` too; zero means never.
    pub reload_interval: Duration,
}

/// Whether clients have to show a certificate; the words are Redis's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AuthClients {
    /// They are not asked for one.
    #[default]
    No,
    /// They may show one, and it has to be good then.
    Optional,
    /// They have to.
    Yes,
}

/// The text names no such choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownAuthClients;

// === impl TlsSettings ===

impl TlsSettings {
    /// Whether clients that have reached this address have come with TLS.
    #[must_use]
    pub fn is_at(&self, local: SocketAddr) -> bool {
        self.listen.iter().any(|listen| {
            let is_there = listen.ip().is_unspecified() || listen.ip() == local.ip();
            is_there && listen.port() == local.port()
        })
    }
}

impl Default for TlsSettings {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            cert_file: None,
            key_file: None,
            ca_cert_file: None,
            auth_clients: AuthClients::default(),
            handshake_timeout: Duration::from_secs(5),
            reload_interval: Duration::from_secs(1),
        }
    }
}

// === impl AuthClients ===

impl AuthClients {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::No, Self::Optional, Self::Yes];

    /// The name in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Optional => "optional",
            Self::Yes => "yes",
        }
    }
}

impl fmt::Display for AuthClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AuthClients {
    type Err = UnknownAuthClients;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|choice| choice.name() == text)
            .ok_or(UnknownAuthClients)
    }
}
