//! Users from the settings, and everything that is wrong with them.

use super::password::Digest;
use super::rights::{Rights, Standing};
use super::{Access, User};
use crate::config::{ClientSettings, ConfigError, ConfigErrors, Secret, UserSettings};

/// More users than this are a mistake, and would make each AUTH a search.
const USERS_MAX: usize = 1024;

const ENTRY: &str = "clients.users";

/// Checks the users of the settings and their rules.
///
/// # Errors
///
/// All that is wrong with them.
pub fn check(settings: &ClientSettings) -> Result<(), ConfigErrors> {
    ConfigErrors(build(settings).1).into_result()
}

/// Makes the users; whoever has an error is shut out.
pub(super) fn build(settings: &ClientSettings) -> (Access, Vec<ConfigError>) {
    let mut errors = Vec::new();
    let mut users = vec![default_user(settings, &mut errors)];
    if settings.users.len() > USERS_MAX {
        let count = settings.users.len().to_string();
        let allowed = format!("at most {USERS_MAX} users");
        errors.push(ConfigError::new(ENTRY, &count, allowed));
    }
    for (index, entry) in settings.users.iter().enumerate().take(USERS_MAX) {
        let path = format!("{ENTRY}[{index}]");
        let before = errors.len();
        check_name(&path, entry, settings, index, &mut errors);
        let is_default = entry.name == settings.username;
        let mut user = read_user(&path, entry, &mut errors);
        if is_default {
            if settings.password.is_some() && !entry.passwords.is_empty() {
                let allowed = format!(
                    "not together with clients.password, which {} has",
                    entry.name
                );
                errors.push(ConfigError::masked(format!("{path}.password"), allowed));
            }
            if let Some(first) = users.first() {
                user.passwords.extend(first.passwords.iter().cloned());
            }
        }
        check_passwords(&path, entry, &user, &mut errors);
        user.enabled &= errors.len() == before;
        match users.first_mut() {
            Some(first) if is_default => *first = user,
            _ => users.push(user),
        }
    }
    (Access { users }, errors)
}

/// The user that clients are before they say anything, as far as `[clients]` alone describes it.
fn default_user(settings: &ClientSettings, errors: &mut Vec<ConfigError>) -> User {
    let mut user = User {
        name: settings.username.as_str().into(),
        enabled: true,
        open: settings.password.is_none(),
        passwords: Vec::new(),
        rights: Rights::all(),
        selectors: Vec::new(),
        unchecked_commands: true,
    };
    if let Some(password) = &settings.password {
        add_password(&mut user, "clients.password", password, errors);
    }
    let mut names = settings.users.iter().map(|entry| &entry.name);
    let is_forgotten = !settings.users.is_empty()
        && settings.password.is_none()
        && !names.any(|name| *name == settings.username);
    if is_forgotten {
        let name = &settings.username;
        let allowed = format!(
            "clients.password, or a user {name:?} among clients.users (rules = \"off\" shuts it out); \
             without one of them everyone may do everything"
        );
        errors.push(ConfigError::new("clients.password", "", allowed));
        user.enabled = false;
    }
    user
}

fn check_name(
    path: &str,
    entry: &UserSettings,
    settings: &ClientSettings,
    index: usize,
    errors: &mut Vec<ConfigError>,
) {
    let name = &entry.name;
    let key = format!("{path}.name");
    let is_odd = |c: char| c.is_whitespace() || c.is_control();
    if name.is_empty() || name.contains(is_odd) {
        let allowed = "a name without spaces, not empty";
        errors.push(ConfigError::new(key, &format!("{name:?}"), allowed));
    } else if settings
        .users
        .iter()
        .take(index)
        .any(|other| other.name == *name)
    {
        let allowed = "a name that no earlier user has";
        errors.push(ConfigError::new(key, &format!("{name:?}"), allowed));
    }
}

fn read_user(path: &str, entry: &UserSettings, errors: &mut Vec<ConfigError>) -> User {
    let mut standing = Standing {
        enabled: true,
        open: false,
    };
    let mut rights = Rights::NONE;
    let mut selectors = Vec::new();
    for rule in entry.rules.iter().flat_map(|text| split(text)) {
        let followed = if rule.starts_with('(') {
            Rights::of_selector(rule).map(|rights| selectors.push(rights))
        } else if rule.eq_ignore_ascii_case("clearselectors") {
            selectors.clear();
            Ok(())
        } else {
            rights.apply(rule, &mut standing)
        };
        if let Err(error) = followed {
            let key = format!("{path}.rules");
            let shown = if error.is_secret() {
                Secret::MASK
            } else {
                rule
            };
            errors.push(ConfigError::shown(key, shown, error.allowed()));
        }
    }
    let mut user = User {
        name: entry.name.as_str().into(),
        enabled: standing.enabled,
        open: standing.open,
        passwords: Vec::new(),
        unchecked_commands: entry.unchecked_commands,
        rights,
        selectors,
    };
    for password in &entry.passwords {
        add_password(&mut user, &format!("{path}.password"), password, errors);
    }
    user
}

/// The rules of a text, with spaces between; one in parentheses has spaces in it.
fn split(text: &str) -> Vec<&str> {
    let mut rules = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let mut end = word_end(rest, 0);
        if rest.starts_with('(') {
            while end < rest.len() && !rest.get(..end).is_some_and(|rule| rule.ends_with(')')) {
                end = word_end(rest, end);
            }
        }
        let (rule, behind) = rest.split_at(end);
        rules.push(rule);
        rest = behind.trim_start();
    }
    rules
}

/// Where the first word behind `from` ends.
fn word_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let word = rest.trim_start();
    let len = word.find(char::is_whitespace).unwrap_or(word.len());
    from + (rest.len() - word.len()) + len
}

fn add_password(user: &mut User, key: &str, password: &Secret, errors: &mut Vec<ConfigError>) {
    match Digest::read(password) {
        Ok(digest) => user.passwords.push(digest),
        Err(allowed) => errors.push(ConfigError::masked(key, allowed)),
    }
}

/// A user that is on has passwords or says that it needs none, and not both.
fn check_passwords(path: &str, entry: &UserSettings, user: &User, errors: &mut Vec<ConfigError>) {
    let has_some = !user.passwords.is_empty() || !entry.passwords.is_empty();
    if user.open && has_some {
        let allowed = "no nopass for a user with a password, which would then not matter";
        errors.push(ConfigError::shown(
            format!("{path}.rules"),
            "nopass",
            allowed,
        ));
    } else if user.enabled && !user.open && !has_some {
        let allowed = "a password or a password_file, or else nopass or off among its rules";
        errors.push(ConfigError::new(format!("{path}.password"), "", allowed));
    }
}
