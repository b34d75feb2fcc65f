//! What can be varied, to see what it is worth.

use std::str::FromStr;
use std::time::Duration;

/// Variants of the drivers. The defaults are the plain drivers.
#[derive(Debug, Clone)]
pub(crate) struct Tune {
    /// How long to look for events before sleeping.
    pub(crate) spin: Duration,
    /// Ring: completions to wait for, at most for `wait_for`.
    pub(crate) wait_count: usize,
    /// Ring: the longest wait for `wait_count` completions.
    pub(crate) wait_for: Duration,
    /// Ring: how replies and requests are sent.
    pub(crate) send: Send,
    /// Ring: number of receive buffers.
    pub(crate) buffers: u16,
    /// Ring: bytes of each receive buffer.
    pub(crate) buffer_size: usize,
    /// Ring: fill a buffer bit by bit before the next is taken.
    pub(crate) is_incremental: bool,
    /// Ring: one completion for several buffers.
    pub(crate) is_bundled: bool,
    /// Ring: descriptors that only the ring knows.
    pub(crate) is_fixed: bool,
    /// Ring: the ring's own descriptor is registered.
    pub(crate) is_registered: bool,
    /// Ring: `DEFER_TASKRUN`, else `COOP_TASKRUN`.
    pub(crate) is_deferred: bool,
    /// Ring: `IORING_SETUP_TASKRUN_FLAG`.
    pub(crate) has_taskrun_flag: bool,
    /// Ring: `IORING_SETUP_NO_SQARRAY`.
    pub(crate) has_no_array: bool,
    /// Ring: `IORING_ENTER_NO_IOWAIT`.
    pub(crate) is_no_iowait: bool,
    /// Ring: wait for as many completions as came lately in `wait_for`, at most `wait_count`.
    pub(crate) is_adaptive: bool,
    /// Ring: adaptive waiting takes at most so long for each client that waits for a reply; 0 for any time.
    pub(crate) per_client: Duration,
    /// Ring: adaptive waiting takes at most one part in so many of what requests take; 0 for any time.
    pub(crate) latency_part: u32,
    /// Ring: turns with more requests are never waited for, if pipelines are deep.
    pub(crate) enough: u32,
    /// Ring: adaptive waiting begins with this many completions expected.
    pub(crate) threshold: u32,
    /// How late the kernel's timers may be, in nanoseconds; 0 for its default.
    pub(crate) slack: u64,
    /// Congestion control without pacing on all sockets.
    pub(crate) is_reno: bool,
}

/// How the ring driver sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Send {
    /// Entries of the ring that complete silently when all bytes could be sent at once.
    Silent,
    /// Entries of the ring that each complete with an event.
    Event,
    /// The system call `send`, one by one.
    Call,
}

impl Default for Tune {
    fn default() -> Self {
        Self {
            spin: Duration::ZERO,
            wait_count: 1,
            wait_for: Duration::ZERO,
            send: Send::Silent,
            buffers: 64,
            buffer_size: 64 * 1024,
            is_incremental: false,
            is_bundled: false,
            is_fixed: false,
            is_registered: true,
            is_deferred: true,
            has_taskrun_flag: false,
            has_no_array: true,
            is_no_iowait: false,
            is_adaptive: false,
            per_client: Duration::ZERO,
            latency_part: 0,
            enough: 0,
            threshold: 4,
            slack: 0,
            is_reno: false,
        }
    }
}

impl FromStr for Tune {
    type Err = String;

    /// Parses `key=value,key=value`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut tune = Self::default();
        for pair in text.split(',').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| format!("{pair}: no value"))?;
            if key == "send" {
                tune.send = match value {
                    "silent" => Send::Silent,
                    "event" => Send::Event,
                    "call" => Send::Call,
                    _ => return Err(format!("{pair}: silent, event or call")),
                };
                continue;
            }
            let number: u32 = value.parse().map_err(|_| format!("{pair}: not a number"))?;
            let micros = Duration::from_micros(u64::from(number));
            match key {
                "spin" => tune.spin = micros,
                "wait" => tune.wait_count = number as usize,
                "wait-us" => tune.wait_for = micros,
                "buffers" => tune.buffers = number as u16,
                "size" => tune.buffer_size = number as usize,
                "incremental" => tune.is_incremental = number > 0,
                "bundle" => tune.is_bundled = number > 0,
                "fixed" => tune.is_fixed = number > 0,
                "registered" => tune.is_registered = number > 0,
                "defer" => tune.is_deferred = number > 0,
                "taskrun-flag" => tune.has_taskrun_flag = number > 0,
                "no-array" => tune.has_no_array = number > 0,
                "adaptive" => tune.is_adaptive = number > 0,
                "per-client" => tune.per_client = micros,
                "latency-part" => tune.latency_part = number,
                "enough" => tune.enough = number,
                "threshold" => tune.threshold = number,
                "slack" => tune.slack = u64::from(number),
                "reno" => tune.is_reno = number > 0,
                "no-iowait" => tune.is_no_iowait = number > 0,
                _ => return Err(format!("{key}: unknown")),
            }
        }
        Ok(tune)
    }
}
