//! Section `[commands]`: what is done with commands of which not everybody wants the same.

use std::fmt;
use std::str::FromStr;

/// What is done with commands of which not everybody wants the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CommandSettings {
    /// Whether clients may send what administers servers and still has a meaning for all of them.
    pub allow_administration: bool,
    /// What is done with reads over several slots that servers refuse.
    pub cross_slot: CrossSlot,
}

/// What is done with reads over several slots that servers refuse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CrossSlot {
    /// They are refused as servers do it.
    #[default]
    Refuse,
    /// Those that can be are computed here, from what each key holds.
    Emulate,
}

/// The text names no way to treat such reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCrossSlot;

// === impl CrossSlot ===

impl CrossSlot {
    /// All choices.
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
            .find(|choice| choice.name() == text)
            .ok_or(UnknownCrossSlot)
    }
}
