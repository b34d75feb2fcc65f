//! What a completion is about, as the number that its request was given.

/// What a request to the kernel was for: the upper bits of its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// An armed receive; the rest is a token.
    Receive,
    /// A wait for bytes; the rest is a token.
    Readable,
    /// A wait for room, or for the end of a connect; the rest is a token.
    Writable,
    /// A send; the rest is its index in the batch.
    Send,
    /// A wait for clients; the rest is the index of a listener.
    Accept,
    /// The timer that ends waits.
    Alarm,
    /// The end of another request.
    Cancel,
}

// === impl Purpose ===

impl Purpose {
    pub(super) fn number(self, rest: u64) -> u64 {
        (self as u64) << 61 | rest
    }

    pub(super) fn of(number: u64) -> Self {
        match number >> 61 {
            0 => Self::Receive,
            1 => Self::Readable,
            2 => Self::Writable,
            3 => Self::Send,
            4 => Self::Accept,
            5 => Self::Alarm,
            _ => Self::Cancel,
        }
    }
}

/// The number of a request that ends another one; nobody asks for it.
pub(super) fn cancelling() -> u64 {
    Purpose::Cancel.number(0)
}

/// If an error number, made negative, says that there is nothing for now.
pub(super) fn is_again(result: i32) -> bool {
    result == -libc::EAGAIN || result == -libc::EINTR
}
