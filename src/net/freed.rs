//! Memory that was freed, and that the C library keeps for whoever asks next.

#![cfg_attr(
    target_env = "gnu",
    expect(unsafe_code, reason = "a function of the C library")
)]

/// Gives memory that nobody has back to the system. It takes some milliseconds for each 100 MiB, in which threads that
/// need memory wait. Does nothing with other C libraries than glibc.
pub fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes a number and no pointer, and any thread may call it at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}
