//! What a user may do, made from rules one by one.

use super::commands::CommandSet;
use super::patterns::{KeyPattern, KeyUse, Pattern};
use crate::command::describe::by_full_name;
use crate::command::{COUNT, Command};

/// Commands, keys and channels of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rights {
    commands: CommandSet,
    /// Everything, also what no table knows.
    pub(super) all_commands: bool,
    /// Rules about commands behind the first, each with its sign; later ones win.
    command_rules: Vec<String>,
    /// Where those begin: with everything, or with nothing.
    begins_with_all: bool,
    keys: Vec<KeyPattern>,
    pub(super) all_keys: bool,
    channels: Vec<Pattern>,
    pub(super) all_channels: bool,
}

/// What rules say of a user besides its rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) enabled: bool,
    pub(super) open: bool,
}

/// A rule that cannot be used: what would be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RuleError {
    Unknown,
    UnknownCommand,
    UnknownCategory,
    /// Passwords have a place of their own, which is not printed.
    Password,
    /// Parentheses that are not closed, are within others, or hold what is not about commands, keys or channels.
    Selector,
    /// The pattern adds nothing to all keys.
    AfterAllKeys,
    AfterAllChannels,
}

// === impl Rights ===

impl Rights {
    pub(super) const NONE: Self = Self {
        commands: CommandSet::EMPTY,
        all_commands: false,
        command_rules: Vec::new(),
        begins_with_all: false,
        keys: Vec::new(),
        all_keys: false,
        channels: Vec::new(),
        all_channels: false,
    };

    pub(super) fn all() -> Self {
        let mut rights = Self::NONE;
        rights.set_all_commands(true);
        rights.all_keys = true;
        rights.all_channels = true;
        rights
    }

    pub(super) fn is_unlimited(&self) -> bool {
        self.all_commands && self.all_keys && self.all_channels
    }

    #[inline]
    pub(super) fn has_command(&self, command: &Command) -> bool {
        self.all_commands
            || self.commands.has(command)
            || (usize::from(command.number) >= COUNT && self.has_learned(command))
    }

    /// The same for a command that is in no set, because only the servers know it: by following the rules.
    #[cold]
    pub(super) fn has_learned(&self, command: &Command) -> bool {
        self.command_rules
            .iter()
            .fold(self.begins_with_all, |may, rule| {
                let name = rule.get(1..).unwrap_or_default();
                let is_meant = if name.starts_with('@') {
                    command.acl_categories.contains(&name)
                } else {
                    let rest = command.name.strip_prefix(name);
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('|'))
                };
                if is_meant { rule.starts_with('+') } else { may }
            })
    }

    pub(super) fn has_key(&self, key: &[u8], needed: KeyUse) -> bool {
        self.all_keys || self.keys.iter().any(|own| own.fits(key, needed))
    }

    /// Whether any key may be read, whatever it is called.
    pub(super) fn reads_all_keys(&self) -> bool {
        let reads_any = |own: &KeyPattern| own.allowed.reads && own.pattern.is_any();
        self.all_keys || self.keys.iter().any(reads_any)
    }

    /// Whether a channel may be used. A pattern of channels must be one of the user's own, letter by letter:
    /// whether one pattern includes another is not asked.
    pub(super) fn has_channel(&self, channel: &[u8], is_pattern: bool) -> bool {
        let fits = |own: &Pattern| {
            if is_pattern {
                own.text().as_bytes() == channel
            } else {
                own.fits(channel)
            }
        };
        self.all_channels || self.channels.iter().any(fits)
    }

    /// Follows one rule.
    pub(super) fn apply(&mut self, rule: &str, standing: &mut Standing) -> Result<(), RuleError> {
        let is = |word: &str| rule.eq_ignore_ascii_case(word);
        if is("on") || is("off") {
            standing.enabled = is("on");
        } else if is("nopass") {
            standing.open = true;
        } else if is("resetpass") {
            return Err(RuleError::Password);
        } else {
            return self.apply_right(rule);
        }
        Ok(())
    }

    /// The rights that rules in parentheses give.
    pub(super) fn of_selector(rules: &str) -> Result<Self, RuleError> {
        let rules = rules.strip_prefix('(').unwrap_or(rules);
        let rules = rules.strip_suffix(')').ok_or(RuleError::Selector)?;
        let mut rights = Self::NONE;
        for rule in rules.split_whitespace() {
            rights.apply_right(rule).map_err(|error| match error {
                RuleError::Unknown | RuleError::Password => RuleError::Selector,
                other => other,
            })?;
        }
        Ok(rights)
    }

    /// Follows one rule about commands, keys or channels.
    fn apply_right(&mut self, rule: &str) -> Result<(), RuleError> {
        let is = |word: &str| rule.eq_ignore_ascii_case(word);
        if is("allcommands") || is("+@all") {
            self.set_all_commands(true);
        } else if is("nocommands") || is("-@all") {
            self.set_all_commands(false);
        } else if is("allkeys") || is("~*") {
            self.keys.clear();
            self.all_keys = true;
        } else if is("resetkeys") {
            self.keys.clear();
            self.all_keys = false;
        } else if is("allchannels") || is("&*") {
            self.channels.clear();
            self.all_channels = true;
        } else if is("resetchannels") {
            self.channels.clear();
            self.all_channels = false;
        } else {
            return self.apply_marked(rule);
        }
        Ok(())
    }

    /// Follows a rule whose first letter says what it is about.
    fn apply_marked(&mut self, rule: &str) -> Result<(), RuleError> {
        let mut letters = rule.chars();
        let mark = letters.next();
        let rest = letters.as_str();
        match mark {
            Some('+') => self.apply_command(rest, true),
            Some('-') => self.apply_command(rest, false),
            Some('~') => self.add_keys(rest, KeyUse::ALL),
            Some('%') => {
                let (letters, pattern) = rest.split_once('~').ok_or(RuleError::Unknown)?;
                let allowed = key_use(letters).ok_or(RuleError::Unknown)?;
                self.add_keys(pattern, allowed)
            }
            Some('&') if self.all_channels => Err(RuleError::AfterAllChannels),
            Some('&') => {
                let pattern = Pattern::new(rest);
                if !self.channels.contains(&pattern) {
                    self.channels.push(pattern);
                }
                Ok(())
            }
            Some('>' | '<' | '#' | '!') => Err(RuleError::Password),
            Some('(') => Err(RuleError::Selector),
            _ => Err(RuleError::Unknown),
        }
    }

    fn add_keys(&mut self, text: &str, allowed: KeyUse) -> Result<(), RuleError> {
        if self.all_keys {
            return Err(RuleError::AfterAllKeys);
        }
        let pattern = Pattern::new(text);
        // Read and write given one after the other are both given.
        match self.keys.iter_mut().find(|own| own.pattern == pattern) {
            Some(own) => {
                own.allowed.reads |= allowed.reads;
                own.allowed.writes |= allowed.writes;
            }
            None => self.keys.push(KeyPattern { pattern, allowed }),
        }
        Ok(())
    }

    fn apply_command(&mut self, name: &str, is_in: bool) -> Result<(), RuleError> {
        if let Some(category) = name.strip_prefix('@') {
            if !self.commands.set_category(category.as_bytes(), is_in) {
                return Err(RuleError::UnknownCategory);
            }
        } else {
            let command = by_full_name(name.as_bytes()).ok_or(RuleError::UnknownCommand)?;
            self.commands.set(command, is_in);
        }
        self.all_commands &= is_in;
        self.note_command_rule(&name.to_ascii_lowercase(), is_in);
        Ok(())
    }

    fn set_all_commands(&mut self, is_in: bool) {
        self.commands.set_all(is_in);
        self.all_commands = is_in;
        self.begins_with_all = is_in;
        self.command_rules.clear();
    }

    /// Keeps a rule for showing it, without earlier ones that it makes void.
    fn note_command_rule(&mut self, name: &str, is_in: bool) {
        let inside = format!("{name}|");
        self.command_rules.retain(|rule| {
            let earlier = rule.get(1..).unwrap_or_default();
            earlier != name && !earlier.starts_with(&inside)
        });
        let sign = if is_in { '+' } else { '-' };
        self.command_rules.push(format!("{sign}{name}"));
    }

    pub(super) fn command_rules(&self) -> String {
        let mut text = if self.begins_with_all {
            "+@all".to_owned()
        } else {
            "-@all".to_owned()
        };
        for rule in &self.command_rules {
            text.push(' ');
            text.push_str(rule);
        }
        text
    }

    pub(super) fn key_rules(&self) -> String {
        if self.all_keys {
            return "~*".to_owned();
        }
        let rules: Vec<String> = self.keys.iter().map(KeyPattern::rule).collect();
        rules.join(" ")
    }

    pub(super) fn channel_rules(&self) -> String {
        if self.all_channels {
            return "&*".to_owned();
        }
        let rules = self.channels.iter().map(|own| format!("&{}", own.text()));
        rules.collect::<Vec<_>>().join(" ")
    }
}

/// The letters between `%` and `~`.
fn key_use(letters: &str) -> Option<KeyUse> {
    let mut allowed = KeyUse {
        reads: false,
        writes: false,
    };
    for letter in letters.chars() {
        match letter.to_ascii_lowercase() {
            'r' => allowed.reads = true,
            'w' => allowed.writes = true,
            _ => return None,
        }
    }
    (allowed.reads || allowed.writes).then_some(allowed)
}

// === impl RuleError ===

impl RuleError {
    /// What would be right.
    pub(super) const fn allowed(self) -> &'static str {
        match self {
            Self::Unknown => {
                "one of on, off, nopass, +command, -command, +container|sub, +@category, ~pattern, \
                 %R~pattern, %W~pattern, &pattern, allcommands, nocommands, allkeys, resetkeys, \
                 allchannels, resetchannels, (rules), clearselectors"
            }
            Self::UnknownCommand => {
                "a command or subcommand of src/command/COMMANDS.md; rules about single arguments are \
                 not supported"
            }
            Self::UnknownCategory => "a category that ACL CAT lists",
            Self::Password => {
                "passwords in password or password_file of this user, not among its rules"
            }
            Self::Selector => {
                "rules for commands, keys and channels in parentheses that are closed, not within others"
            }
            Self::AfterAllKeys => {
                "no pattern behind ~* or allkeys, where it has no effect; begin with resetkeys"
            }
            Self::AfterAllChannels => {
                "no pattern behind &* or allchannels, where it has no effect; begin with resetchannels"
            }
        }
    }

    /// Whether the rule may hold a password.
    pub(super) const fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::Unknown | Self::Selector)
    }
}
