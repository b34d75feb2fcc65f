//! How often the settings were read again, and how that ended.

/// Counts of one process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reloads {
    /// New values came into force.
    pub changed: u64,
    /// Nothing that may change was new.
    pub unchanged: u64,
    /// Something was wrong, and nothing was changed.
    pub refused: u64,
    /// How the last one ended.
    pub last: Reload,
    /// Settings whose new values need a restart.
    pub need_restart: u64,
}

/// How one reading of the settings ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reload {
    /// There was none since the start.
    #[default]
    Never,
    /// The settings are good.
    Good,
    /// They were refused.
    Refused,
}

// === impl Reload ===

impl Reload {
    /// The word for operators.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Good => "good",
            Self::Refused => "refused",
        }
    }
}
