//! The wire format, RESP2 and RESP3: bytes in, boundaries and views out.
//!
//! No I/O, no clock, no allocation while scanning. Source: the Redis serialization protocol
//! specification (RESP2 and RESP3).

/// The protocol version that a peer speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// RESP2, what every connection begins with.
    #[default]
    Resp2,
    /// RESP3, after `HELLO 3`.
    Resp3,
}

/// What a scan of the bytes that have arrived so far found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    /// The frame is whole: it takes the first `len` bytes.
    Complete {
        /// Bytes of the frame.
        len: usize,
    },
    /// More bytes are needed.
    Incomplete {
        /// At least so many more bytes belong to this frame; at least 1.
        need: usize,
    },
    /// The bytes break the protocol; the connection cannot go on.
    Invalid(Invalid),
}

/// How a frame breaks the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invalid {
    /// Offset of the offending byte in the frame.
    pub at: usize,
    /// What is wrong there.
    pub why: Violation,
}

/// Ways to break the protocol. (Placeholder list; complete it.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// A count of arguments over the limit or not a number.
    MultibulkLength,
    /// A bulk length over the limit or not a number.
    BulkLength,
}

/// What a peer may send at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Arguments of a request.
    pub args_max: usize,
    /// Bytes of one bulk string.
    pub bulk_bytes_max: usize,
    /// Bytes of one inline line, without its end.
    pub inline_bytes_max: usize,
    /// Depth of nested aggregates in a reply.
    pub nesting_max: usize,
}
