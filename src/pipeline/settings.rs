//! Settings that change while clients are connected.
//!
//! What is decided per request looks at the settings each time; here is what was computed from them. Limits that became
//! smaller count for what comes from now on: nothing that is there already is dropped.

use super::Pipeline;
use super::client::ClientSession;
use super::slab::Key;
use crate::access::Access;
use crate::config::{Config, LimitSettings};
use crate::metrics::Reloads;
use crate::resp::Limits;

/// What one request may be.
pub(super) fn request_limits(limits: &LimitSettings) -> Limits {
    Limits {
        args_max: limits.args_max,
        bulk_bytes_max: limits.bulk_bytes_max,
        inline_bytes_max: limits.inline_bytes_max,
        nesting_max: limits.nesting_max,
    }
}

/// What one reply may be: bounded by what a node can hold, not by what a client may ask.
pub(super) fn reply_limits(limits: &LimitSettings) -> Limits {
    Limits {
        nesting_max: limits.nesting_max,
        ..Limits::DEFAULT
    }
}

/// The share of one worker of the bytes that all buffers may hold.
pub(super) fn held_bytes_max(limits: &LimitSettings, workers: usize) -> usize {
    match limits.memory_max {
        0 => usize::MAX,
        total => total / workers.max(1),
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Settings were read again, with this outcome. They may be the same as before.
    pub fn handle_settings(&mut self, config: &Config, reloads: Reloads) {
        self.reloads = reloads;
        if *config == self.config {
            return;
        }
        let limits = &config.limits;
        self.request_limits = request_limits(limits);
        self.reply_limits = reply_limits(limits);
        self.held_bytes_max = held_bytes_max(limits, self.workers);
        self.scripts.cache.limit(limits.script_cache_bytes_max);
        self.routes.set(config);
        let has_other_users = config.clients.users != self.config.clients.users
            || config.clients.username != self.config.clients.username
            || config.clients.password != self.config.clients.password;
        self.config = config.clone();
        if has_other_users {
            self.change_users(Access::new(&self.config.clients));
        }
    }

    /// Users may do something else from now on. A client stays who it is, whatever its password was; it leaves if there
    /// is no such user any more, or if it has something that it might not have got with its new rights.
    fn change_users(&mut self, access: Access) {
        let before = std::mem::replace(&mut self.access, access);
        for key in self.clients.keys() {
            let Some(client) = self.clients.get_mut(key) else {
                continue;
            };
            if !client.authenticated {
                client.enter_unnamed(&self.access);
                continue;
            }
            let old = before.get(client.user);
            let id = old.and_then(|user| self.access.find(user.name().as_bytes()));
            let new = id.and_then(|id| self.access.get(id));
            let (Some(old), Some(id), Some(new)) = (old, id, new) else {
                self.dismiss(key);
                continue;
            };
            let has_other_rights = !old.has_rights_of(new) && !self.access.is_unlimited(id);
            let holds_some = self.monitors.contains(&key) || client.holds_what_rights_gave();
            let is_dismissed = !new.is_enabled() || (has_other_rights && holds_some);
            client.enter(id, &self.access);
            if is_dismissed {
                self.dismiss(key);
            }
        }
    }

    /// It gets what is due to it, and leaves.
    fn dismiss(&mut self, key: Key) {
        self.stats.counters.closes_users += 1;
        self.end_after_replies(key);
    }
}

// === impl ClientSession ===

impl ClientSession {
    /// If it has something that was permitted once and goes on: channels that it listens to, keys that it is told of,
    /// requests that it has queued or that wait.
    fn holds_what_rights_gave(&self) -> bool {
        self.subscriber.is_some()
            || self.tracker.is_some()
            || self.transaction.is_some()
            || self.is_waiting()
    }
}
