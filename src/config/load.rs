//! Reads settings from TOML and from flags, and notes everything that is wrong.

use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::error::{ConfigError, ConfigErrors};
use super::keys::{ADDRESS, Field, KEYS, Key, PASSWORD_FILE, PRIORITY_MAX, SEED};
use super::secret::Secret;
use super::users::read_users;
use super::{Config, units};

// === impl Config ===

impl Config {
    /// Reads a settings file and checks it wholly.
    ///
    /// # Errors
    ///
    /// All that is wrong with the text and with the settings that it makes.
    pub fn load(text: &str) -> Result<Self, ConfigErrors> {
        let (config, mut errors) = Self::read(text);
        errors.0.extend(config.check().err().unwrap_or_default().0);
        errors.into_result().map(|()| config)
    }

    /// Reads a settings file without [`Config::check`], so that flags can still be set. A key with
    /// an error keeps its default.
    #[must_use]
    pub fn read(text: &str) -> (Self, ConfigErrors) {
        let mut config = Self::default();
        let mut errors = syntax_errors(text);
        if errors.is_empty() {
            match text.parse::<Table>() {
                Ok(table) => read_table(&table, &mut config, &mut errors),
                Err(error) => errors.push(syntax_error(text, &error)),
            }
        }
        (config, ConfigErrors(errors))
    }

    /// Sets the setting `path` to what was given to `flag` on the command line. For a list, `texts`
    /// are its elements; otherwise the last of them counts.
    pub fn set_flag(&mut self, flag: &str, path: &str, texts: &[String]) -> ConfigErrors {
        let mut errors = Vec::new();
        let Some(key) = Key::find(path) else {
            debug_assert!(false, "{flag} sets {path}, which is no setting");
            return ConfigErrors(errors);
        };
        let value = match (&key.field, texts.last()) {
            (Field::Addresses(_) | Field::Seeds(_), Some(_)) => {
                Value::Array(texts.iter().cloned().map(Value::String).collect())
            }
            (_, Some(last)) => last
                .parse()
                .map_or_else(|_| Value::String(last.clone()), Value::Integer),
            (_, None) => return ConfigErrors(errors),
        };
        read_value(key, flag, &value, self, &mut errors);
        ConfigErrors(errors)
    }
}

fn syntax_errors(text: &str) -> Vec<ConfigError> {
    let (_, errors) = toml::de::DeTable::parse_recoverable(text);
    errors
        .iter()
        .map(|error| syntax_error(text, error))
        .collect()
}

/// Names the line but does not show it: it may hold a password.
fn syntax_error(text: &str, error: &toml::de::Error) -> ConfigError {
    let before = error
        .span()
        .and_then(|span| text.get(..span.start))
        .unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    ConfigError::new(
        format!("line {line}"),
        "",
        format!("not TOML: {}", error.message()),
    )
}

fn read_table(table: &Table, config: &mut Config, errors: &mut Vec<ConfigError>) {
    for (name, value) in table {
        let is_section = KEYS.iter().any(|key| key.section_and_name().0 == name);
        match value {
            Value::Table(section) if is_section => {
                for (inner, value) in section {
                    read_key(&format!("{name}.{inner}"), value, config, errors);
                }
            }
            _ if is_section => {
                let allowed = format!("a section, written as [{name}]");
                errors.push(ConfigError::masked(name.as_str(), allowed));
            }
            Value::Table(_) if Key::find(name).is_none() => {
                let allowed = "unknown section; config/corelane.toml lists all sections";
                errors.push(ConfigError::new(format!("[{name}]"), "", allowed));
            }
            _ => read_key(name, value, config, errors),
        }
    }
    for section in ["cluster", "clients"] {
        let has = |name| {
            table
                .get(section)
                .is_some_and(|section| section.get(name).is_some())
        };
        if has("password") && has("password_file") {
            let allowed = format!("only one of {section}.password and {section}.password_file");
            errors.push(ConfigError::masked(format!("{section}.password"), allowed));
        }
    }
}

fn read_key(path: &str, value: &Value, config: &mut Config, errors: &mut Vec<ConfigError>) {
    match Key::find(path) {
        Some(key) => read_value(key, path, value, config, errors),
        None => errors.push(unknown_key(path, value)),
    }
}

/// A mistyped `password` is a secret too, so only values that cannot be one are shown.
fn unknown_key(path: &str, value: &Value) -> ConfigError {
    let nearest = KEYS
        .iter()
        .map(|key| (distance(path, key.path), key))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, key)| distance * 3 <= key.path.len().min(3 * DISTANCE_MAX));
    let allowed = nearest.as_ref().map_or_else(
        || "unknown key; config/corelane.toml lists all keys".to_owned(),
        |(_, key)| format!("unknown key; did you mean {}?", key.path),
    );
    let shown = match nearest {
        Some((_, key)) => !key.is_secret() && !path.contains("pass"),
        None => matches!(value, Value::Boolean(_)),
    };
    if shown {
        ConfigError::new(path, &value.to_string(), allowed)
    } else {
        ConfigError::masked(path, allowed)
    }
}

/// Edits that turn one text into the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut next = vec![i + 1];
        for ((above_left, above), y) in row.iter().zip(row.iter().skip(1)).zip(b.bytes()) {
            let left = next.last().copied().unwrap_or(i);
            next.push(
                (above_left + usize::from(x != y))
                    .min(above + 1)
                    .min(left + 1),
            );
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// Puts a value into its field, or notes under `name` why not.
fn read_value(
    key: &Key,
    name: &str,
    value: &Value,
    config: &mut Config,
    errors: &mut Vec<ConfigError>,
) {
    let done = match &key.field {
        Field::Addresses(at) => {
            return read_list(name, value, at(config), ADDRESS, &parse_address, errors);
        }
        Field::Seeds(at) => {
            return read_list(
                name,
                value,
                at(config),
                SEED,
                &|text| text.parse().ok(),
                errors,
            );
        }
        Field::Users(at) => return read_users(name, value, at(config), errors),
        Field::PasswordFile { file, password } => match read_password_file(value) {
            Ok((path, secret)) => {
                *file(config) = Some(path);
                *password(config) = Some(secret);
                Some(())
            }
            Err(why) => {
                let allowed = format!("{PASSWORD_FILE} ({why})");
                return errors.push(ConfigError::new(name, &value.to_string(), allowed));
            }
        },
        field => read_scalar(field, value, config),
    };
    if done.is_none() {
        errors.push(if key.is_secret() {
            ConfigError::masked(name, key.field.allowed())
        } else {
            ConfigError::new(name, &value.to_string(), key.field.allowed())
        });
    }
}

/// Puts one value into its field; `None` if it is not allowed there.
fn read_scalar(field: &Field, value: &Value, config: &mut Config) -> Option<()> {
    match field {
        Field::OptionalAddress(at) => {
            *at(config) = Some(parse_address(value.as_str()?)?);
        }
        Field::Count(at, min, max) => *at(config) = within(typed(value)?, min, max)?,
        Field::OptionalCount(at, min, max) => {
            *at(config) = Some(within(typed(value)?, min, max)?);
        }
        Field::Number(at, min, max) => *at(config) = within(typed(value)?, min, max)?,
        Field::Priority(at) => *at(config) = within(typed(value)?, &0, &PRIORITY_MAX)?,
        Field::Size(at, min, max) => {
            *at(config) = within(units::parse_size(value.as_str()?)?, min, max)?;
        }
        Field::Span(at, min, max) => {
            *at(config) = within(units::parse_duration(value.as_str()?)?, min, max)?;
        }
        Field::OptionalSpan(at, min, max) => {
            *at(config) = Some(within(units::parse_duration(value.as_str()?)?, min, max)?);
        }
        Field::Flag(at) => *at(config) = typed(value)?,
        Field::Text(at) => *at(config) = not_empty(value)?,
        Field::OptionalText(at) => *at(config) = Some(not_empty(value)?),
        Field::Password(at) => *at(config) = Some(Secret::new(not_empty(value)?)),
        Field::AuthClients(at) => *at(config) = value.as_str()?.parse().ok()?,
        Field::Driver(at) => *at(config) = value.as_str()?.parse().ok()?,
        Field::CrossSlot(at) => *at(config) = value.as_str()?.parse().ok()?,
        Field::Outcome(at) => *at(config) = value.as_str()?.parse().ok()?,
        Field::Level(at) => *at(config) = value.as_str()?.parse().ok()?,
        Field::Addresses(_) | Field::Seeds(_) | Field::Users(_) | Field::PasswordFile { .. } => {
            return None;
        }
    }
    Some(())
}

fn typed<T: DeserializeOwned>(value: &Value) -> Option<T> {
    value.clone().try_into().ok()
}

fn not_empty(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn within<T: PartialOrd>(value: T, min: &T, max: &T) -> Option<T> {
    (*min <= value && value <= *max).then_some(value)
}

/// Port 0 would give each worker another port.
fn parse_address(text: &str) -> Option<SocketAddr> {
    text.parse()
        .ok()
        .filter(|address: &SocketAddr| address.port() != 0)
}

fn read_list<T>(
    name: &str,
    value: &Value,
    list: &mut Vec<T>,
    allowed: &str,
    parse: &dyn Fn(&str) -> Option<T>,
    errors: &mut Vec<ConfigError>,
) {
    let Value::Array(elements) = value else {
        let allowed = format!("a list of {allowed}");
        return errors.push(ConfigError::new(name, &value.to_string(), allowed));
    };
    list.clear();
    for (index, element) in elements.iter().enumerate() {
        match element.as_str().and_then(parse) {
            Some(parsed) => list.push(parsed),
            None => errors.push(ConfigError::new(
                format!("{name}[{index}]"),
                &element.to_string(),
                allowed,
            )),
        }
    }
}

/// Reads a password as Kubernetes mounts it; one newline at the end is an editor's, not the
/// password's.
pub(super) fn read_password_file(value: &Value) -> Result<(PathBuf, Secret), String> {
    let path = not_empty(value).ok_or("it is not a text")?;
    let mut bytes = Vec::new();
    File::open(&path)
        .and_then(|file| file.take(PASSWORD_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > PASSWORD_BYTES_MAX {
        return Err("it is too long".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let password = line.strip_suffix('\r').unwrap_or(line);
    if password.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok((path.into(), Secret::new(password)))
}

/// No password is longer; a wrong path must not load a disk.
const PASSWORD_BYTES_MAX: u64 = 4096;
/// Edits in a key that are still taken for a slip of the finger.
const DISTANCE_MAX: usize = 4;
