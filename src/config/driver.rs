//! How a worker moves bytes between its sockets and itself.

use std::fmt;
use std::str::FromStr;

/// Which interface of the kernel the sockets of a worker use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DriverChoice {
    /// The ring if the kernel is new enough, else epoll.
    #[default]
    Auto,
    /// An io_uring per worker with armed receives (Linux 6.1).
    Ring,
    /// A readiness set.
    Epoll,
}

/// The text names no driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownDriver;

// === impl DriverChoice ===

impl DriverChoice {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Ring, Self::Epoll];

    /// The name in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Ring => "ring",
            Self::Epoll => "epoll",
        }
    }
}

impl fmt::Display for DriverChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DriverChoice {
    type Err = UnknownDriver;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|choice| choice.name() == text)
            .ok_or(UnknownDriver)
    }
}
