//! Every key of the settings file: its path, its field and what it may be.
//!
//! Reading, printing, flags and the tests of the sample file all go by this list, so a key that is
//! not here does not exist. A test compares it with the fields of [`Config`].

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::commands::CrossSlot;
use super::driver::DriverChoice;
use super::log::LogLevel;
use super::outcome::UnknownOutcome;
use super::secret::Secret;
use super::seed::Seed;
use super::tls::AuthClients;
use super::users::{USERS, UserSettings};
use super::{Config, units};

/// One key of the settings file.
pub(super) struct Key {
    /// Section and name, with a dot between; keys at the top have no section.
    pub(super) path: &'static str,
    /// Where its value goes and what it may be.
    pub(super) field: Field,
    /// Whether a new value takes effect while the process runs.
    pub(super) live: bool,
}

/// The place of a value in [`Config`].
type At<T> = fn(&mut Config) -> &mut T;

/// Where a value goes and what it may be. Ranges include both ends.
pub(super) enum Field {
    Addresses(At<Vec<SocketAddr>>),
    OptionalAddress(At<Option<SocketAddr>>),
    Seeds(At<Vec<Seed>>),
    Count(At<usize>, usize, usize),
    OptionalCount(At<Option<usize>>, usize, usize),
    Number(At<u32>, u32, u32),
    Priority(At<u8>),
    Size(At<usize>, usize, usize),
    Span(At<Duration>, Duration, Duration),
    OptionalSpan(At<Option<Duration>>, Duration, Duration),
    Flag(At<bool>),
    Text(At<String>),
    OptionalText(At<Option<String>>),
    Password(At<Option<Secret>>),
    PasswordFile {
        file: At<Option<PathBuf>>,
        password: At<Option<Secret>>,
    },
    Level(At<LogLevel>),
    Driver(At<DriverChoice>),
    AuthClients(At<AuthClients>),
    CrossSlot(At<CrossSlot>),
    Outcome(At<UnknownOutcome>),
    Users(At<Vec<UserSettings>>),
}

// === impl Key ===

impl Key {
    /// The key with this path.
    pub(super) fn find(path: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.path == path)
    }

    /// The section, empty at the top, and the name in it.
    pub(super) fn section_and_name(&self) -> (&'static str, &'static str) {
        self.path.split_once('.').unwrap_or(("", self.path))
    }

    /// Whether its value is a secret.
    pub(super) const fn is_secret(&self) -> bool {
        matches!(self.field, Field::Password(_))
    }
}

// === impl Field ===

impl Field {
    /// What the value may be, in words.
    pub(super) fn allowed(&self) -> String {
        match self {
            Self::Addresses(_) => format!("a list of {ADDRESS}"),
            Self::OptionalAddress(_) => ADDRESS.to_owned(),
            Self::Seeds(_) => format!("a list of {SEED}"),
            Self::Count(_, min, max) | Self::OptionalCount(_, min, max) => {
                format!("a whole number from {min} to {max}")
            }
            Self::Number(_, min, max) => format!("a whole number from {min} to {max}"),
            Self::Priority(_) => format!("a whole number from 0 to {PRIORITY_MAX}"),
            Self::Size(_, min, max) => format!(
                "a size in quotes with the unit B, KiB, MiB or GiB, from {} to {}",
                units::print_size(*min),
                units::print_size(*max),
            ),
            Self::Span(_, min, max) | Self::OptionalSpan(_, min, max) => format!(
                "a duration in quotes with the unit ms, s, min or h, from {} to {}",
                units::print_duration(*min),
                units::print_duration(*max),
            ),
            Self::Flag(_) => "true or false".to_owned(),
            Self::Text(_) | Self::OptionalText(_) | Self::Password(_) => {
                "a text in quotes, not empty".to_owned()
            }
            Self::PasswordFile { .. } => PASSWORD_FILE.to_owned(),
            Self::Users(_) => USERS.to_owned(),
            Self::Level(_) => {
                let names: Vec<&str> = LogLevel::ALL.into_iter().map(LogLevel::name).collect();
                format!("one of {}", names.join(", "))
            }
            Self::AuthClients(_) => {
                format!(
                    "one of {}",
                    AuthClients::ALL.map(AuthClients::name).join(", ")
                )
            }
            Self::Outcome(_) => {
                let names = UnknownOutcome::ALL.map(UnknownOutcome::name);
                format!("one of {}", names.join(", "))
            }
            Self::Driver(_) => {
                format!(
                    "one of {}",
                    DriverChoice::ALL.map(DriverChoice::name).join(", ")
                )
            }
            Self::CrossSlot(_) => {
                format!("one of {}", CrossSlot::ALL.map(CrossSlot::name).join(", "))
            }
        }
    }
}

/// What an address to listen on may be.
pub(super) const ADDRESS: &str =
    "\"address:port\" or \"[v6]:port\" with an IP address and a port from 1 to 65535";
/// What a seed may be.
pub(super) const SEED: &str =
    "\"host:port\" or \"[v6]:port\" with a port from 1 to 65535; without a port it is 6379";
/// What a file with a password may be.
pub(super) const PASSWORD_FILE: &str =
    "the path of a readable file that holds only the password, not empty, at most 4KiB";
/// The highest priority for reads.
pub(super) const PRIORITY_MAX: u8 = 100;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

const fn s(count: u64) -> Duration {
    Duration::from_secs(count)
}

const HOUR: Duration = s(3600);
/// The kernel takes no longer idle time before keep-alive probes.
const KEEP_ALIVE_MAX: Duration = s(32_767);

/// All keys, in the order in which they are printed; the keys of a section stand together.
pub(super) static KEYS: &[Key] = &[
    fixed("listen", Field::Addresses(|c| &mut c.listen)),
    key("seeds", Field::Seeds(|c| &mut c.seeds)),
    fixed("workers", Field::Count(|c| &mut c.workers, 0, 1024)),
    fixed(
        "pin_control",
        Field::OptionalCount(|c| &mut c.pin_control, 0, 4095),
    ),
    fixed("driver", Field::Driver(|c| &mut c.driver)),
    key(
        "gather_max",
        Field::Span(|c| &mut c.gather_max, ms(0), s(1)),
    ),
    key(
        "drain_timeout",
        Field::Span(|c| &mut c.drain_timeout, s(0), HOUR),
    ),
    fixed("takeover", Field::Flag(|c| &mut c.takeover)),
    key(
        "cluster.username",
        Field::OptionalText(|c| &mut c.cluster.username),
    ),
    key(
        "cluster.password",
        Field::Password(|c| &mut c.cluster.password),
    ),
    key(
        "cluster.password_file",
        Field::PasswordFile {
            file: |c| &mut c.cluster.password_file,
            password: |c| &mut c.cluster.password,
        },
    ),
    fixed("cluster.tls", Field::Flag(|c| &mut c.cluster.tls)),
    key(
        "cluster.tls_ca_cert_file",
        Field::OptionalText(|c| &mut c.cluster.tls_ca_cert_file),
    ),
    key(
        "cluster.tls_cert_file",
        Field::OptionalText(|c| &mut c.cluster.tls_cert_file),
    ),
    key(
        "cluster.tls_key_file",
        Field::OptionalText(|c| &mut c.cluster.tls_key_file),
    ),
    key(
        "cluster.tls_check_name",
        Field::Flag(|c| &mut c.cluster.tls_check_name),
    ),
    key(
        "cluster.tls_server_name",
        Field::OptionalText(|c| &mut c.cluster.tls_server_name),
    ),
    key(
        "cluster.master_read_priority",
        Field::Priority(|c| &mut c.cluster.master_read_priority),
    ),
    key(
        "cluster.static_replica_read_priority",
        Field::Priority(|c| &mut c.cluster.static_replica_read_priority),
    ),
    key(
        "cluster.dynamic_replica_read_priority",
        Field::Priority(|c| &mut c.cluster.dynamic_replica_read_priority),
    ),
    key(
        "cluster.refresh_interval",
        Field::Span(|c| &mut c.cluster.refresh_interval, ms(10), HOUR),
    ),
    key(
        "cluster.refresh_interval_min",
        Field::Span(|c| &mut c.cluster.refresh_interval_min, ms(10), HOUR),
    ),
    key(
        "cluster.commands_interval",
        Field::Span(|c| &mut c.cluster.commands_interval, ms(0), HOUR),
    ),
    key(
        "cluster.server_timeout",
        Field::Span(|c| &mut c.cluster.server_timeout, ms(10), HOUR),
    ),
    key(
        "cluster.connect_timeout",
        Field::Span(|c| &mut c.cluster.connect_timeout, ms(10), HOUR),
    ),
    key(
        "cluster.failover_hold",
        Field::OptionalSpan(|c| &mut c.cluster.failover_hold, s(0), HOUR),
    ),
    key(
        "cluster.server_failure_limit",
        Field::Number(|c| &mut c.cluster.server_failure_limit, 1, 1_000_000),
    ),
    key(
        "cluster.server_retry_timeout",
        Field::Span(|c| &mut c.cluster.server_retry_timeout, ms(10), HOUR),
    ),
    key(
        "cluster.keep_alive",
        Field::Span(|c| &mut c.cluster.keep_alive, s(0), KEEP_ALIVE_MAX),
    ),
    key(
        "cluster.ping_interval",
        Field::Span(|c| &mut c.cluster.ping_interval, s(0), HOUR),
    ),
    key(
        "cluster.canary_interval",
        Field::Span(|c| &mut c.cluster.canary_interval, s(0), HOUR),
    ),
    key(
        "cluster.standby_links",
        Field::Flag(|c| &mut c.cluster.standby_links),
    ),
    key(
        "cluster.redirects_max",
        Field::Number(|c| &mut c.cluster.redirects_max, 1, 100),
    ),
    key(
        "cluster.retry_delay",
        Field::Span(|c| &mut c.cluster.retry_delay, ms(1), s(60)),
    ),
    key("clients.username", Field::Text(|c| &mut c.clients.username)),
    key(
        "clients.password",
        Field::Password(|c| &mut c.clients.password),
    ),
    key(
        "clients.password_file",
        Field::PasswordFile {
            file: |c| &mut c.clients.password_file,
            password: |c| &mut c.clients.password,
        },
    ),
    key(
        "clients.ping_before_auth",
        Field::Flag(|c| &mut c.clients.ping_before_auth),
    ),
    key(
        "clients.client_timeout",
        Field::Span(|c| &mut c.clients.client_timeout, s(0), s(604_800)),
    ),
    key(
        "clients.keep_alive",
        Field::Span(|c| &mut c.clients.keep_alive, s(0), KEEP_ALIVE_MAX),
    ),
    key(
        "clients.announce_host",
        Field::OptionalText(|c| &mut c.clients.announce_host),
    ),
    key(
        "clients.announce_port",
        Field::OptionalCount(|c| &mut c.clients.announce_port, 1, 65_535),
    ),
    key(
        "clients.announce_tls_port",
        Field::OptionalCount(|c| &mut c.clients.announce_tls_port, 1, 65_535),
    ),
    fixed(
        "clients.tcp_backlog",
        Field::Number(|c| &mut c.clients.tcp_backlog, 1, 65_535),
    ),
    key(
        "clients.on_unknown_outcome",
        Field::Outcome(|c| &mut c.clients.on_unknown_outcome),
    ),
    // Last of its section: what would follow a table in TOML would belong to that.
    key("clients.users", Field::Users(|c| &mut c.clients.users)),
    fixed("tls.listen", Field::Addresses(|c| &mut c.tls.listen)),
    key(
        "tls.cert_file",
        Field::OptionalText(|c| &mut c.tls.cert_file),
    ),
    key("tls.key_file", Field::OptionalText(|c| &mut c.tls.key_file)),
    key(
        "tls.ca_cert_file",
        Field::OptionalText(|c| &mut c.tls.ca_cert_file),
    ),
    key(
        "tls.auth_clients",
        Field::AuthClients(|c| &mut c.tls.auth_clients),
    ),
    key(
        "tls.handshake_timeout",
        Field::Span(|c| &mut c.tls.handshake_timeout, ms(10), HOUR),
    ),
    key(
        "tls.reload_interval",
        Field::Span(|c| &mut c.tls.reload_interval, s(0), HOUR),
    ),
    key(
        "commands.allow_administration",
        Field::Flag(|c| &mut c.commands.allow_administration),
    ),
    key(
        "commands.cross_slot",
        Field::CrossSlot(|c| &mut c.commands.cross_slot),
    ),
    key(
        "limits.clients_max",
        Field::Count(|c| &mut c.limits.clients_max, 1, 1_000_000),
    ),
    key(
        "limits.client_requests_in_flight_max",
        Field::Count(
            |c| &mut c.limits.client_requests_in_flight_max,
            1,
            1_048_576,
        ),
    ),
    key(
        "limits.client_output_pause",
        Field::Size(|c| &mut c.limits.client_output_pause, KIB, 64 * GIB),
    ),
    key(
        "limits.client_output_max",
        Field::Size(|c| &mut c.limits.client_output_max, 64 * KIB, 64 * GIB),
    ),
    key(
        "limits.client_expected_bytes_max",
        Field::Size(|c| &mut c.limits.client_expected_bytes_max, KIB, 64 * GIB),
    ),
    key(
        "limits.link_requests_in_flight_max",
        Field::Count(|c| &mut c.limits.link_requests_in_flight_max, 1, 1_048_576),
    ),
    key(
        "limits.node_backlog_requests_max",
        Field::Count(|c| &mut c.limits.node_backlog_requests_max, 1, 1_048_576),
    ),
    key(
        "limits.node_backlog_bytes_max",
        Field::Size(|c| &mut c.limits.node_backlog_bytes_max, 64 * KIB, 64 * GIB),
    ),
    key(
        "limits.private_links_max",
        Field::Count(|c| &mut c.limits.private_links_max, 1, 65_536),
    ),
    key(
        "limits.merge_bytes_max",
        Field::Size(|c| &mut c.limits.merge_bytes_max, KIB, 64 * GIB),
    ),
    key(
        "limits.script_cache_bytes_max",
        Field::Size(|c| &mut c.limits.script_cache_bytes_max, 0, GIB),
    ),
    key(
        "limits.client_subscriptions_max",
        Field::Count(|c| &mut c.limits.client_subscriptions_max, 1, 10_000_000),
    ),
    key(
        "limits.subscriptions_max",
        Field::Count(|c| &mut c.limits.subscriptions_max, 1, 100_000_000),
    ),
    key(
        "limits.subscriber_output_max",
        Field::Size(|c| &mut c.limits.subscriber_output_max, 64 * KIB, 64 * GIB),
    ),
    key(
        "limits.subscriber_output_soft",
        Field::Size(|c| &mut c.limits.subscriber_output_soft, 64 * KIB, 64 * GIB),
    ),
    key(
        "limits.subscriber_output_soft_for",
        Field::Span(|c| &mut c.limits.subscriber_output_soft_for, s(1), HOUR),
    ),
    key(
        "limits.transaction_bytes_max",
        Field::Size(|c| &mut c.limits.transaction_bytes_max, KIB, GIB / 2),
    ),
    key(
        "limits.tracked_keys_max",
        Field::Count(|c| &mut c.limits.tracked_keys_max, 1, 100_000_000),
    ),
    key(
        "limits.memory_max",
        Field::Size(|c| &mut c.limits.memory_max, 0, 4096 * GIB),
    ),
    key(
        "limits.args_max",
        Field::Count(|c| &mut c.limits.args_max, 1, 1_048_576),
    ),
    key(
        "limits.bulk_bytes_max",
        Field::Size(|c| &mut c.limits.bulk_bytes_max, KIB, 512 * MIB),
    ),
    key(
        "limits.inline_bytes_max",
        Field::Size(|c| &mut c.limits.inline_bytes_max, 64, MIB),
    ),
    key(
        "limits.nesting_max",
        Field::Count(|c| &mut c.limits.nesting_max, 8, 8192),
    ),
    fixed(
        "admin.listen",
        Field::OptionalAddress(|c| &mut c.admin.listen),
    ),
    key("log.level", Field::Level(|c| &mut c.log.level)),
];

const fn key(path: &'static str, field: Field) -> Key {
    Key {
        path,
        field,
        live: true,
    }
}

/// A key whose value a process has for life.
const fn fixed(path: &'static str, field: Field) -> Key {
    Key {
        path,
        field,
        live: false,
    }
}
