//! Can this process use io_uring? Asked before the runtime starts, because it cannot say why not.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Locked memory that the rings of one executor need.
const MEMLOCK_PER_EXECUTOR: u64 = 512 * 1024;

/// Why the runtime would not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The kernel or a seccomp profile refuses io_uring.
    #[error(
        "io_uring is not usable: {0}. Allow the system calls io_uring_setup, io_uring_enter and \
         io_uring_register in the seccomp profile of the container (config/seccomp.json does), see that \
         the sysctl kernel.io_uring_disabled is 0, and use Linux 5.8 or newer"
    )]
    IoUring(String),
    /// Too little memory may be locked.
    #[error(
        "only {limit} bytes of memory may be locked and {needed} are needed for io_uring: raise the \
         limit with `ulimit -l {}`, LimitMEMLOCK= in systemd, or the container's memlock ulimit",
        needed / 1024
    )]
    MemoryLock {
        /// The hard limit.
        limit: u64,
        /// Bytes that all executors need.
        needed: u64,
    },
}

/// Raises the soft limit of locked memory to what `executors` executors need, and tries a ring.
///
/// # Errors
///
/// What is missing, with advice.
pub fn io_uring(executors: usize) -> Result<(), Unusable> {
    raise_memory_lock(MEMLOCK_PER_EXECUTOR.saturating_mul(executors as u64))?;
    match io_uring::IoUring::new(8) {
        Ok(_) => Ok(()),
        Err(error) => Err(Unusable::IoUring(reason(&error))),
    }
}

/// Raises the number of descriptors that may be open as far as it goes; returns it.
pub fn raise_descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let _ = setrlimit(Resource::Nofile, raised);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

fn raise_memory_lock(needed: u64) -> Result<(), Unusable> {
    let limit = getrlimit(Resource::Memlock);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let wanted = limit.maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = Rlimit {
        current: Some(wanted),
        maximum: limit.maximum,
    };
    // The superuser may lock more than the limit says, so a failure here decides only together with it.
    let is_raised = setrlimit(Resource::Memlock, raised).is_ok() && wanted >= needed;
    let is_free = rustix::process::geteuid().is_root() && wanted >= MEMLOCK_PER_EXECUTOR;
    if is_raised || is_free {
        return Ok(());
    }
    Err(Unusable::MemoryLock {
        limit: limit.maximum.unwrap_or(wanted),
        needed,
    })
}

fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(1) => "the call is not permitted (EPERM)".to_owned(),
        Some(38) => "the kernel does not have it (ENOSYS)".to_owned(),
        Some(12) => "no memory could be locked for it (ENOMEM)".to_owned(),
        _ => error.to_string(),
    }
}
