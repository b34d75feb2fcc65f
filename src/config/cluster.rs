//! Section `[cluster]`: how nodes are reached, asked and chosen.

use std::path::PathBuf;
use std::time::Duration;

use super::secret::Secret;

/// How nodes are reached, asked and chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterSettings {
    /// User for AUTH towards nodes; `None` sends the password alone.
    pub username: Option<String>,
    /// Password for AUTH towards nodes; `None` sends no AUTH.
    pub password: Option<Secret>,
    /// File that `password` was read from, if it came from a file.
    pub password_file: Option<PathBuf>,
    /// Nodes are reached with TLS.
    pub tls: bool,
    /// Issuers of nodes' certificates.
    pub tls_ca_cert_file: Option<String>,
    /// Certificate shown to nodes that ask for one.
    pub tls_cert_file: Option<String>,
    /// Private key of that certificate.
    pub tls_key_file: Option<String>,
    /// A node's certificate has to be for the name or address by which it is reached.
    pub tls_check_name: bool,
    /// The name that all nodes' certificates are for, instead of their own.
    pub tls_server_name: Option<String>,
    /// Priority of primaries for reads, 0 to 100; the highest that is alive wins, 0 means never.
    pub master_read_priority: u8,
    /// Priority for reads of replicas that are listed as seeds.
    pub static_replica_read_priority: u8,
    /// Priority for reads of replicas that only the topology names.
    pub dynamic_replica_read_priority: u8,
    /// Time between two refreshes of the topology when nothing else asks for one.
    pub refresh_interval: Duration,
    /// Time between two refreshes however many hints ask for one.
    pub refresh_interval_min: Duration,
    /// How often nodes are asked what they run, and for their commands if that is new; zero means never.
    pub commands_interval: Duration,
    /// How long a request may take, redirects and retries included.
    pub server_timeout: Duration,
    /// How long a connection to a node may take to be ready for requests.
    pub connect_timeout: Duration,
    /// How long requests to a shard wait for a primary that is lost, from its loss on; later ones fail at once.
    /// `None` is as long as `server_timeout`.
    pub failover_hold: Option<Duration>,
    /// So many failures in a row mark a node as failed.
    pub server_failure_limit: u32,
    /// How often a failed node is tried again.
    pub server_retry_timeout: Duration,
    /// Idle time before TCP keep-alive probes on connections to nodes; zero means none.
    pub keep_alive: Duration,
    /// A shared connection on which nothing came for so long is tried with PING; zero means never.
    pub ping_interval: Duration,
    /// How often a link with requests under way gets a PING behind them, to see that replies are in order; zero means
    /// never.
    pub canary_interval: Duration,
    /// Replicas are connected to before they are needed.
    pub standby_links: bool,
    /// How many redirects and retries a request may use up.
    pub redirects_max: u32,
    /// Pause before a request that was refused for now is sent again.
    pub retry_delay: Duration,
}

// === impl ClusterSettings ===

impl Default for ClusterSettings {
    fn default() -> Self {
        Self {
            username: None,
            password: None,
            password_file: None,
            tls: false,
            tls_ca_cert_file: None,
            tls_cert_file: None,
            tls_key_file: None,
            tls_check_name: true,
            tls_server_name: None,
            master_read_priority: 60,
            static_replica_read_priority: 50,
            dynamic_replica_read_priority: 50,
            refresh_interval: Duration::from_secs(1),
            refresh_interval_min: Duration::from_millis(100),
            commands_interval: Duration::from_secs(60),
            server_timeout: Duration::from_secs(1),
            connect_timeout: Duration::from_millis(500),
            failover_hold: None,
            server_failure_limit: 3,
            server_retry_timeout: Duration::from_secs(1),
            keep_alive: Duration::from_secs(120),
            ping_interval: Duration::from_secs(5),
            canary_interval: Duration::ZERO,
            standby_links: true,
            redirects_max: 5,
            retry_delay: Duration::from_millis(10),
        }
    }
}
