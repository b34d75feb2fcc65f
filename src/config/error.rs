//! What is wrong with settings.

use std::fmt;

use super::secret::Secret;

/// One setting that cannot be used. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The key with its section, or the flag, or the line of the file.
    pub key: String,
    /// The value as given, shortened, or `***`; empty when there is none.
    pub value: String,
    /// What would be right.
    pub allowed: String,
}

/// All that is wrong with the settings; never empty when it is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

// === impl ConfigError ===

impl ConfigError {
    /// Describes a value that cannot be used; `value` must not be a secret. A value that looks like
    /// `user:password@host` is masked.
    pub fn new(key: impl Into<String>, value: &str, allowed: impl Into<String>) -> Self {
        let value = if value.contains('@') {
            Secret::MASK
        } else {
            value
        };
        Self::shown(key, value, allowed)
    }

    /// Describes a value that cannot be used and that is certainly no secret, whatever it looks like.
    pub fn shown(key: impl Into<String>, value: &str, allowed: impl Into<String>) -> Self {
        // Control characters of a value must not reach a terminal or break the line.
        let mut shown: String = value
            .chars()
            .take(VALUE_CHARS_MAX + 1)
            .map(printable)
            .collect();
        if shown.chars().count() > VALUE_CHARS_MAX {
            shown.truncate(
                shown
                    .char_indices()
                    .nth(VALUE_CHARS_MAX)
                    .map_or(0, |(at, _)| at),
            );
            shown.push_str("...");
        }
        Self {
            key: key.into(),
            value: shown,
            allowed: allowed.into(),
        }
    }

    /// Describes a value that is, or could be, a secret.
    pub fn masked(key: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self::new(key, Secret::MASK, allowed)
    }
}

fn printable(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)?;
        if !self.value.is_empty() {
            write!(f, " = {}", self.value)?;
        }
        write!(f, ": {}", self.allowed)
    }
}

impl std::error::Error for ConfigError {}

// === impl ConfigErrors ===

impl ConfigErrors {
    /// `Ok` if there are none.
    ///
    /// # Errors
    ///
    /// Itself, if there are any.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for ConfigErrors {
    /// One error per line, without a newline after the last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// Enough for any value that is meant; a pasted file must not fill the screen.
const VALUE_CHARS_MAX: usize = 80;

#[cfg(test)]
mod tests {
    use super::{ConfigError, ConfigErrors};

    #[test]
    fn prints_one_line_per_error() {
        let errors = ConfigErrors(vec![
            ConfigError::new("workers", "\"a\nb\"", "a number"),
            ConfigError::new("seeds", "", "at least one"),
        ]);
        assert_eq!(
            errors.to_string(),
            "workers = \"a b\": a number\nseeds: at least one"
        );
    }

    #[test]
    fn shortens_long_values() {
        let error = ConfigError::new("seeds", &"é".repeat(500), "less");
        assert_eq!(error.value, format!("{}...", "é".repeat(80)));
    }
}
