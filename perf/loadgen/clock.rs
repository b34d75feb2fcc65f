//! Time, and what this program itself costs.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

/// Nanoseconds since the start, the same for all threads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    start: Instant,
}

/// CPU time that a thread has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CpuTime {
    /// In this program.
    pub(crate) user: Duration,
    /// In the kernel, on its behalf.
    pub(crate) system: Duration,
}

/// A second in the unit of [`Clock::now`].
pub(crate) const SECOND: u64 = 1_000_000_000;

// === impl Clock ===

impl Clock {
    /// Starts now.
    #[expect(clippy::disallowed_methods, reason = "this is the generator's clock")]
    pub(crate) fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// The time since the start.
    #[inline]
    pub(crate) fn now(self) -> u64 {
        nanoseconds(self.start.elapsed())
    }
}

/// A duration as a number.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

// === impl CpuTime ===

impl CpuTime {
    /// Of the calling thread, so far; nothing where the kernel does not tell.
    pub(crate) fn of_this_thread() -> Self {
        let Ok(usage) = getrusage(UsageWho::RUSAGE_THREAD) else {
            return Self::default();
        };
        let duration = |seconds, micros| {
            let seconds = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
            seconds + Duration::from_micros(u64::try_from(micros).unwrap_or_default())
        };
        let (user, system) = (usage.user_time(), usage.system_time());
        Self {
            user: duration(user.tv_sec(), user.tv_usec()),
            system: duration(system.tv_sec(), system.tv_usec()),
        }
    }

    /// What was used since `earlier`.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            user: self.user.saturating_sub(earlier.user),
            system: self.system.saturating_sub(earlier.system),
        }
    }
}

impl std::ops::AddAssign for CpuTime {
    fn add_assign(&mut self, other: Self) {
        self.user += other.user;
        self.system += other.system;
    }
}
