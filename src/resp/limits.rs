//! What a peer may send at most.

/// What a peer may send at most. Scanners refuse more with [`Scan::Invalid`](super::Scan::Invalid).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Arguments of a request. Replies have no such limit: a server may well send a longer array.
    pub args_max: usize,
    /// Bytes of one bulk string; in replies also of one line (simple string, error, big number), since
    /// a script may return long ones.
    pub bulk_bytes_max: usize,
    /// Bytes of one inline line, without its end.
    pub inline_bytes_max: usize,
    /// Depth of nested aggregates in a reply. More than
    /// [`NESTING_CAPACITY`](super::NESTING_CAPACITY) counts as that.
    pub nesting_max: usize,
}

// === impl Limits ===

impl Limits {
    /// Limits of an ordinary connection: those of the servers, so that a client meets none of its own.
    pub const DEFAULT: Self = Self {
        args_max: 1_048_576,
        bulk_bytes_max: 512 * 1024 * 1024,
        inline_bytes_max: 64 * 1024,
        nesting_max: super::NESTING_CAPACITY,
    };

    /// Limits until a client has authenticated: those of the servers. Enough for `AUTH` and `HELLO`, too
    /// little to fill memory with.
    pub const BEFORE_AUTH: Self = Self {
        args_max: 10,
        bulk_bytes_max: 16 * 1024,
        ..Self::DEFAULT
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
