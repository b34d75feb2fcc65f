//! Settings: plain checked types, their defaults, and how they are read, checked and printed.
//!
//! The binary fills a [`Config`] from a file and from flags; everything else only reads it.
//! The fields and their defaults are in this folder, one file per section of the settings file;
//! a value of zero means "off" or "no limit" only where the field says so. `keys` lists every key
//! with its field and its range; `load`, `check` and `print` go by that list.
//!
//! Costs: nothing on the path of a request. Workers copy the numbers that they need when they start.

mod admin;
mod check;
mod clients;
mod cluster;
mod commands;
mod driver;
mod error;
mod keys;
mod limits;
mod load;
mod log;
mod outcome;
mod print;
mod reload;
mod secret;
mod seed;
mod tls;
pub(crate) mod units;
mod users;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

pub use self::admin::AdminSettings;
pub(crate) use self::check::MEMORY_MIN_PER_WORKER;
pub use self::clients::ClientSettings;
pub use self::cluster::ClusterSettings;
pub use self::commands::{CommandSettings, CrossSlot, UnknownCrossSlot};
pub use self::driver::{DriverChoice, UnknownDriver};
pub use self::error::{ConfigError, ConfigErrors};
pub use self::limits::LimitSettings;
pub use self::log::{LogLevel, LogSettings, UnknownLogLevel};
pub use self::outcome::{NoSuchOutcome, UnknownOutcome};
pub use self::reload::Changes;
pub use self::secret::Secret;
pub use self::seed::{Seed, SeedError};
pub use self::tls::{AuthClients, TlsSettings, UnknownAuthClients};
pub use self::users::UserSettings;

/// The port that corelane listens on unless told otherwise.
pub const LISTEN_PORT: u16 = 7617;

/// All settings of one process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Addresses for clients without TLS; every worker listens on each of them.
    pub listen: Vec<SocketAddr>,
    /// Nodes to ask for the topology, in this order; resolved again at every use.
    pub seeds: Vec<Seed>,
    /// Workers, each pinned to a core; 0 means one for each core that the process may use.
    pub workers: usize,
    /// How workers move bytes between their sockets and themselves.
    pub driver: DriverChoice,
    /// The longest that a worker waits for more events before it works on those that came.
    pub gather_max: Duration,
    /// The core of the control executor; `None` leaves it to the scheduler.
    pub pin_control: Option<usize>,
    /// How long a stop waits for requests in flight.
    pub drain_timeout: Duration,
    /// Whether a second process with the same settings takes over from the first.
    pub takeover: bool,
    /// How nodes are reached, asked and chosen.
    pub cluster: ClusterSettings,
    /// What clients must do and get.
    pub clients: ClientSettings,
    /// Clients that come with TLS.
    pub tls: TlsSettings,
    /// What is done with commands of which not everybody wants the same.
    pub commands: CommandSettings,
    /// What every queue, buffer and list may hold at most.
    pub limits: LimitSettings,
    /// The HTTP port for operators.
    pub admin: AdminSettings,
    /// What is written to the log.
    pub log: LogSettings,
}

// === impl Config ===

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, LISTEN_PORT))],
            seeds: Vec::new(),
            workers: 0,
            driver: DriverChoice::default(),
            gather_max: Duration::from_millis(2),
            pin_control: None,
            drain_timeout: Duration::from_secs(10),
            takeover: false,
            cluster: ClusterSettings::default(),
            clients: ClientSettings::default(),
            tls: TlsSettings::default(),
            commands: CommandSettings::default(),
            limits: LimitSettings::default(),
            admin: AdminSettings::default(),
            log: LogSettings::default(),
        }
    }
}

#[cfg(test)]
mod tests;
