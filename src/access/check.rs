//! Whether a user may send a request.

use super::User;
use super::patterns::KeyUse;
use super::rights::Rights;
use crate::command::{Command, Flags, KeyAt, Treatment, treatment};
use crate::resp::RequestView;

/// Why a user may not send a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The command is not among its own.
    Command,
    /// The key at this position is not.
    Key(usize),
    /// The channel at this position is not.
    Channel(usize),
    /// SORT would read keys with names that only it finds out, by this option.
    Sort(SortOption),
    /// Which keys it uses nobody checks.
    Unchecked,
}

/// An option of SORT that reads keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortOption {
    /// BY.
    By,
    /// GET.
    Get,
}

/// Which arguments are channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Channels {
    /// Only the first argument, not all.
    only_first: bool,
    /// Each is a pattern of channels.
    are_patterns: bool,
}

/// Memory that checks use again and again.
pub type Reading = Vec<KeyAt>;

// === impl Denial ===

impl Denial {
    /// How far a request came before it was refused; of several refusals the user is told the one that came farthest, as
    /// servers do.
    fn depth(self) -> (u8, usize) {
        match self {
            Self::Command => (1, 0),
            Self::Key(index) => (2, index),
            Self::Sort(_) => (3, 0),
            Self::Channel(index) => (4, index),
            Self::Unchecked => (5, 0),
        }
    }
}

// === impl User ===

impl User {
    /// Whether this user may send a request for a command, whose number of arguments fits.
    ///
    /// # Errors
    ///
    /// The first thing that it may not, in the servers' order: the command, keys, channels.
    pub fn check(
        &self,
        command: &Command,
        request: &RequestView<'_>,
        keys: &mut Reading,
    ) -> Result<(), Denial> {
        // Who has not said yet who it is must be able to; these use no keys.
        if command.flags.has(Flags::NO_AUTH) {
            return Ok(());
        }
        let mut denied = match self.check_rights(&self.rights, command, request, keys) {
            Ok(()) => return Ok(()),
            Err(denied) => denied,
        };
        for rights in &self.selectors {
            match self.check_rights(rights, command, request, keys) {
                Ok(()) => return Ok(()),
                Err(other) if other.depth() > denied.depth() => denied = other,
                Err(_) => {}
            }
        }
        Err(denied)
    }

    /// Whether a user may publish to a channel or listen to it; a pattern of channels only if it is one
    /// of the user's own.
    #[must_use]
    pub fn may_use_channel(&self, channel: &[u8], is_pattern: bool) -> bool {
        let mut each = self.each_rights();
        each.any(|rights| rights.has_channel(channel, is_pattern))
    }

    fn check_rights(
        &self,
        rights: &Rights,
        command: &Command,
        request: &RequestView<'_>,
        keys: &mut Reading,
    ) -> Result<(), Denial> {
        if !rights.has_command(command) {
            return Err(Denial::Command);
        }
        if !rights.all_keys && command.has_keys() {
            rights.check_keys(command, request, keys)?;
        }
        if !rights.all_channels
            && let Some(channels) = channels(command)
        {
            rights.check_channels(channels, request)?;
        }
        let is_hidden = (!rights.is_unlimited() && runs_script(command))
            || (!rights.all_keys && finds_keys_itself(command));
        if is_hidden && !self.unchecked_commands {
            return Err(Denial::Unchecked);
        }
        Ok(())
    }
}

// === impl Rights ===

impl Rights {
    fn check_keys(
        &self,
        command: &Command,
        request: &RequestView<'_>,
        keys: &mut Reading,
    ) -> Result<(), Denial> {
        if let Some(key) = command.only_key() {
            let name = request.arg(key.index);
            return self.check_key(command, key, name);
        }
        // What nobody sees here nobody can allow.
        if command.hides_keys() || command.keys_with_access(request, keys).is_err() {
            // Servers refuse it too, if they read the arguments as this does; nothing relies on that.
            return Err(Denial::Key(0));
        }
        // Positions grow, so this walks over the arguments once.
        let mut args = request.args().enumerate();
        for key in keys.iter() {
            let name = args.find(|(index, _)| *index == key.index);
            self.check_key(command, *key, name.map(|(_, name)| name))?;
        }
        if matches!(command.name, "sort" | "sort_ro")
            && !self.reads_all_keys()
            && let Some(option) = sort_option(request)
        {
            return Err(Denial::Sort(option));
        }
        Ok(())
    }

    #[inline]
    fn check_key(&self, command: &Command, key: KeyAt, name: Option<&[u8]>) -> Result<(), Denial> {
        let needed = KeyUse::needed(command, key.access);
        if name.is_some_and(|name| self.has_key(name, needed)) {
            Ok(())
        } else {
            Err(Denial::Key(key.index))
        }
    }

    fn check_channels(&self, channels: Channels, request: &RequestView<'_>) -> Result<(), Denial> {
        let count = if channels.only_first { 1 } else { usize::MAX };
        for (index, channel) in request.args().enumerate().skip(1).take(count) {
            if !self.has_channel(channel, channels.are_patterns) {
                return Err(Denial::Channel(index));
            }
        }
        Ok(())
    }
}

/// Where a command names channels that it publishes to or listens to.
fn channels(command: &Command) -> Option<Channels> {
    let (only_first, are_patterns) = match command.name {
        "publish" | "spublish" => (true, false),
        "subscribe" | "ssubscribe" => (false, false),
        "psubscribe" => (false, true),
        _ => return None,
    };
    Some(Channels {
        only_first,
        are_patterns,
    })
}

/// Whether a command runs a script or a function, which may run any commands with any keys.
fn runs_script(command: &Command) -> bool {
    command.group == "scripting" && command.has_keys()
}

/// Whether a command uses keys that it does not name: searches, whose indexes hold any keys, and commands of
/// modules without keys.
fn finds_keys_itself(command: &Command) -> bool {
    let searches = command.name.starts_with("ft.") || command.acl_categories.contains(&"@search");
    let is_blind = command.flags.has(Flags::MODULE) && !command.has_keys();
    (searches || is_blind) && !matches!(treatment(command), Treatment::Local(_))
}

/// The first option of SORT that reads other keys than the one that is named. A BY without a star reads
/// none.
fn sort_option(request: &RequestView<'_>) -> Option<SortOption> {
    let mut args = request.args().skip(2);
    while let Some(arg) = args.next() {
        let is = |word: &str| arg.eq_ignore_ascii_case(word.as_bytes());
        if is("get") {
            return Some(SortOption::Get);
        } else if is("by") {
            if args.next().is_some_and(|pattern| pattern.contains(&b'*')) {
                return Some(SortOption::By);
            }
        } else if is("store") {
            args.next();
        } else if is("limit") {
            args.nth(1);
        }
    }
    None
}
