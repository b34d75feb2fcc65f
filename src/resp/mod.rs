//! The wire format, RESP2 and RESP3: bytes in, boundaries and views out.
//!
//! Three steps, each usable alone. A scanner ([`RequestScanner`], [`ReplyScanner`]) finds where a
//! frame ends while its bytes arrive; a view ([`RequestView`], [`ReplyView`]) gives meaning to a whole
//! frame without copying it; [`mod@write`] appends new frames to a buffer of the caller.
//!
//! What must hold: a scanner sees the same bytes again at each call, longer or equal, from the first
//! byte of the frame on. Its verdict never depends on how the bytes were cut. Nothing a peer sends
//! panics here: scanners answer [`Scan::Invalid`], views on unscanned bytes just end early.
//!
//! Costs: no I/O, no clock, no allocation in scanners and views, but for a reply that nests deeper than 128. A scan that resumes looks at the new
//! bytes and at most one unfinished header again; the body of a bulk is skipped by arithmetic.
//!
//! Source: the Redis serialization protocol specification (RESP2 and RESP3), and what servers do where
//! it is silent.

mod header;
pub mod inline;
pub mod int;
mod limits;
mod reply;
mod request;
mod scan_reply;
mod scan_request;
mod violation;
pub mod write;

pub use self::inline::is_http;
pub use self::limits::Limits;
pub use self::reply::{Elements, ReplyKind, ReplyView};
pub use self::request::{Args, RequestShape, RequestView, Spans};
pub use self::scan_reply::{NESTING_CAPACITY, ReplyScanner};
pub use self::scan_request::RequestScanner;
pub use self::violation::Violation;

/// The protocol version that a peer speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
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
        /// At least so many more bytes belong to this frame; at least 1. Exact when only the rest of a
        /// bulk is missing. Never more than the bulk limit and a few bytes, whatever a peer claims.
        need: usize,
    },
    /// The bytes break the protocol; the connection cannot go on.
    Invalid(Invalid),
}

/// How a frame breaks the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invalid {
    /// Offset of the offending byte in the frame, or of the offending number's first byte.
    pub at: usize,
    /// What is wrong there.
    pub why: Violation,
}

// === impl Scan ===

impl Scan {
    /// An `Invalid` at an offset.
    pub(crate) const fn invalid(at: usize, why: Violation) -> Self {
        Self::Invalid(Invalid { at, why })
    }
}
