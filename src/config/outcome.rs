//! What a client gets when nobody knows if its write was executed.

use std::fmt;
use std::str::FromStr;

/// What a client gets when nobody knows if its write was executed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnknownOutcome {
    /// An error that says so.
    #[default]
    Error,
    /// The end of its connection, behind the replies before it.
    Close,
}

/// The text names no such choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchOutcome;

// === impl UnknownOutcome ===

impl UnknownOutcome {
    /// All choices.
    pub const ALL: [Self; 2] = [Self::Error, Self::Close];

    /// The name in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Close => "close",
        }
    }
}

impl fmt::Display for UnknownOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for UnknownOutcome {
    type Err = NoSuchOutcome;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|choice| choice.name() == text);
        found.ok_or(NoSuchOutcome)
    }
}
