//! What of new settings takes effect while the process runs.

use super::Config;
use super::keys::{Field, KEYS};

/// How settings differ from those before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Keys whose new values are in force.
    pub live: Vec<&'static str>,
    /// Keys whose new values need a restart.
    pub fixed: Vec<&'static str>,
}

// === impl Config ===

impl Config {
    /// Takes over what may change while the process runs; the rest stays as it is.
    pub fn adopt(&mut self, mut new: Self) -> Changes {
        let mut changes = Changes::default();
        for key in KEYS {
            let mut changed = self.clone();
            if !key.field.copy(&mut new, &mut changed) {
                continue;
            }
            if key.live {
                *self = changed;
                changes.live.push(key.path);
            } else {
                changes.fixed.push(key.path);
            }
        }
        changes
    }

    /// Whether a key takes effect while the process runs; `None` if there is no such key.
    #[must_use]
    pub fn is_live(path: &str) -> Option<bool> {
        KEYS.iter().find(|key| key.path == path).map(|key| key.live)
    }
}

// === impl Field ===

impl Field {
    /// Copies the value; false if it is the same already.
    fn copy(&self, from: &mut Config, to: &mut Config) -> bool {
        match self {
            Self::Addresses(at) => copy(at(from), at(to)),
            Self::OptionalAddress(at) => copy(at(from), at(to)),
            Self::Seeds(at) => copy(at(from), at(to)),
            Self::Count(at, ..) | Self::Size(at, ..) => copy(at(from), at(to)),
            Self::OptionalCount(at, ..) => copy(at(from), at(to)),
            Self::Number(at, ..) => copy(at(from), at(to)),
            Self::Priority(at) => copy(at(from), at(to)),
            Self::Span(at, ..) => copy(at(from), at(to)),
            Self::OptionalSpan(at, ..) => copy(at(from), at(to)),
            Self::Flag(at) => copy(at(from), at(to)),
            Self::Text(at) => copy(at(from), at(to)),
            Self::OptionalText(at) => copy(at(from), at(to)),
            Self::Password(at) => copy(at(from), at(to)),
            Self::PasswordFile { file, password } => {
                let is_other = copy(file(from), file(to));
                copy(password(from), password(to)) || is_other
            }
            Self::Level(at) => copy(at(from), at(to)),
            Self::Driver(at) => copy(at(from), at(to)),
            Self::AuthClients(at) => copy(at(from), at(to)),
            Self::CrossSlot(at) => copy(at(from), at(to)),
            Self::Outcome(at) => copy(at(from), at(to)),
            Self::Users(at) => copy(at(from), at(to)),
        }
    }
}

fn copy<T: Clone + PartialEq>(from: &T, to: &mut T) -> bool {
    let is_other = from != to;
    if is_other {
        to.clone_from(from);
    }
    is_other
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Config, Secret};

    const SAMPLE: &str = include_str!("../../config/corelane.toml");

    #[test]
    fn what_may_change_does_and_the_rest_stays() {
        let mut config = Config::default();
        assert_eq!(config.adopt(Config::default()), super::Changes::default());
        let mut new = Config {
            workers: 7,
            drain_timeout: Duration::from_secs(3),
            ..Config::default()
        };
        new.limits.clients_max = 5;
        new.cluster.password = Some(Secret::new("hunter2"));
        new.clients.tcp_backlog = 9;
        let changes = config.adopt(new.clone());
        assert_eq!(
            changes.live,
            ["drain_timeout", "cluster.password", "limits.clients_max"]
        );
        assert_eq!(changes.fixed, ["workers", "clients.tcp_backlog"]);
        assert!(!format!("{changes:?}").contains("hunter2"));
        let again = config.adopt(new.clone());
        assert!(again.live.is_empty(), "they are in force");
        assert_eq!(again.fixed, changes.fixed, "and these still wait");
        assert_eq!((config.workers, config.clients.tcp_backlog), (0, 1024));
        new.workers = 0;
        new.clients.tcp_backlog = 1024;
        assert_eq!(config, new);
    }

    /// Each key is marked in the sample file if it needs a restart, and only then.
    #[test]
    fn the_sample_file_says_what_needs_a_restart() {
        let mut section = String::new();
        let mut is_marked = false;
        let mut seen = 0;
        for line in SAMPLE.lines() {
            let text = line.trim_start_matches('#');
            if let Some(name) = line.strip_prefix('[') {
                section = format!("{}.", name.trim_end_matches(']'));
            } else if line.starts_with("# ") {
                is_marked |= line.starts_with("# Needs a restart.");
            } else if let Some((name, _)) = text.split_once(" = ") {
                // The keys of users are no keys of their own.
                if let Some(live) = Config::is_live(&format!("{section}{name}")) {
                    assert_eq!(is_marked, !live, "{section}{name}");
                    seen += 1;
                }
                is_marked = false;
            }
        }
        assert!(seen > 50, "{seen}");
    }
}
