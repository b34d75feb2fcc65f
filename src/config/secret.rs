//! A text that is never printed.

use std::fmt;

/// A password. `Debug` and `Display` show `***`, so that it cannot reach a log by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

// === impl Secret ===

impl Secret {
    /// What is shown in place of every secret.
    pub const MASK: &'static str = "***";

    /// Wraps a password.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The password itself, for the wire and for comparison only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `given` is the password; takes the same time wherever the first difference is.
    #[must_use]
    pub fn matches(&self, given: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let differing = own
            .iter()
            .zip(given)
            .fold(0_u8, |seen, (a, b)| seen | (a ^ b));
        own.len() == given.len() && std::hint::black_box(differing) == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn shows_only_the_mask() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.reveal(), "hunter2");
    }

    #[test]
    fn matches_only_the_whole_password() {
        let secret = Secret::new("hunter2");
        for (given, expected) in [
            ("hunter2", true),
            ("hunter", false),
            ("hunter22", false),
            ("Hunter2", false),
            ("hunter3", false),
            ("", false),
        ] {
            assert_eq!(secret.matches(given.as_bytes()), expected, "{given}");
        }
        assert!(Secret::new("").matches(b""));
    }
}
