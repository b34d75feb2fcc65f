//! Section `[commands]`: what is done with commands of which not everybody wants the same.

use std::fmt;
use std::str::FromStr;

/// What is done with commands of which not everybody wants the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CommandSettings {
    /// Whether clients may send what administers servers and still has a meaning for all of them.
    pub allow_administration: bool,
    /// What becomes of reads over keys of several slots that corelane can compute from the keys' values.
    pub cross_slot: CrossSlot,
}

/// What becomes of a command over keys of several slots that servers would refuse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CrossSlot {
    /// The servers' error.
    #[default]
    Refuse,
    /// What a server would answer, computed from the values of all keys.
    Emulate,
}

/// The text names no way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCrossSlot;

// === impl CrossSlot ===

impl CrossSlot {
    /// All ways.
    pub const ALL: [Self; 2] = [Self::Refuse, Self::Emulate];

    /// The name in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Emulate => "emulate",
        }
    }
}

impl fmt::Display for CrossSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CrossSlot {
    type Err = UnknownCrossSlot;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|way| way.name() == text)
            .ok_or(UnknownCrossSlot)
    }
}
