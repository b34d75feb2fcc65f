//! Who may do what: the users of the settings, their passwords and their rights.
//!
//! Called by the pipeline when a client says who it is ([`Access::authenticate`]), for each request of a
//! user that may not do everything ([`User::check`]), and by the program before it starts ([`check()`]).
//! Rights are written in the rules of Redis's ACL and mean what they mean there, with exceptions on the safe
//! side. Where not all keys of a request can be found, it is refused to a user that may not use every key. What
//! a script, a search or a module's command without keys touches only a server finds out, and it checks that
//! for corelane's own user; so these are refused to a user with any limit, unless `unchecked_commands` says
//! otherwise. And a module's command that does not say what it does with a value counts as reading or writing it.
//!
//! Holds: rights only come from rules, and a user whose settings have an error may not log in.
//! Costs: what can be prepared is prepared once. A check reads one bit for the command and tries the
//! patterns for each key; nothing is allocated but by the caller's list of keys.

mod check;
mod commands;
mod password;
mod patterns;
mod rights;
mod settings;
#[cfg(test)]
mod tests;

pub use check::{Denial, Reading, SortOption};
pub use commands::{CATEGORIES, is_in_category};
pub use settings::check;

use password::Digest;
use rights::Rights;

use crate::config::ClientSettings;

/// All users of one process; each worker has its own copy.
#[derive(Debug)]
pub struct Access {
    /// The default user is the first.
    users: Vec<User>,
}

/// A user of an [`Access`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserId(u16);

/// A user with what it may do.
#[derive(Debug)]
pub struct User {
    name: Box<str>,
    enabled: bool,
    /// Any password will do.
    open: bool,
    passwords: Vec<Digest>,
    rights: Rights,
    unchecked_commands: bool,
}

// === impl UserId ===

impl UserId {
    /// Who a client is before it says anything.
    pub const DEFAULT: Self = Self(0);
}

// === impl Access ===

impl Access {
    /// The users of these settings. Whoever has an error in its settings, see [`check()`], may not log in.
    #[must_use]
    pub fn new(settings: &ClientSettings) -> Self {
        settings::build(settings).0
    }

    /// The user of these credentials, if they are right; without a name the default user is meant.
    #[must_use]
    pub fn authenticate(&self, name: Option<&[u8]>, password: &[u8]) -> Option<UserId> {
        let id = name.map_or(Some(UserId::DEFAULT), |name| self.find(name));
        let user = id.and_then(|id| self.get(id));
        // Also for a name that is not known, so that the time does not tell which ones are.
        let given = Digest::of(password);
        let own = user.map_or([].as_slice(), |user| &user.passwords);
        let is_right = given.is_among(own);
        let enters = user.is_some_and(|user| user.enabled && (user.open || is_right));
        id.filter(|_| enters)
    }

    /// Whether a client is the default user without a password.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.get(UserId::DEFAULT)
            .is_some_and(|user| user.enabled && user.open)
    }

    /// Whether the default user's password does not matter.
    #[must_use]
    pub fn takes_any_password(&self) -> bool {
        self.get(UserId::DEFAULT).is_some_and(|user| user.open)
    }

    /// Whether a client that is this user may send anything.
    #[must_use]
    pub fn is_unlimited(&self, id: UserId) -> bool {
        self.get(id).is_some_and(|user| user.rights.is_unlimited())
    }

    /// One user; none that this process has ever named is missing.
    #[must_use]
    pub fn get(&self, id: UserId) -> Option<&User> {
        self.users.get(usize::from(id.0))
    }

    /// The name of a user, for showing it.
    #[must_use]
    pub fn name(&self, id: UserId) -> &str {
        self.get(id).map_or("", User::name)
    }

    /// The user of this name.
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<UserId> {
        let at = self
            .users
            .iter()
            .position(|user| user.name.as_bytes() == name)?;
        u16::try_from(at).ok().map(UserId)
    }

    /// All users in the order of their names.
    #[must_use]
    pub fn sorted(&self) -> Vec<&User> {
        let mut users: Vec<&User> = self.users.iter().collect();
        users.sort_by_key(|user| &user.name);
        users
    }
}

// === impl User ===

impl User {
    /// What AUTH calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it may do what the other may, and nothing else.
    #[must_use]
    pub fn has_rights_of(&self, other: &Self) -> bool {
        self.rights == other.rights && self.unchecked_commands == other.unchecked_commands
    }

    /// Whether it may log in.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Whether any password lets a client in.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// How many passwords it has; what they are nobody is told.
    #[must_use]
    pub fn len_passwords(&self) -> usize {
        self.passwords.len()
    }

    /// Its rules for commands, as servers write them.
    #[must_use]
    pub fn command_rules(&self) -> String {
        self.rights.command_rules()
    }

    /// Its patterns for keys, as servers write them.
    #[must_use]
    pub fn key_rules(&self) -> String {
        self.rights.key_rules()
    }

    /// Its patterns for channels, as servers write them.
    #[must_use]
    pub fn channel_rules(&self) -> String {
        self.rights.channel_rules()
    }
}
