//! What a driver asks and tells the owner of its connections.

use std::io::{self, IoSlice};
use std::time::Duration;

use bytes::BytesMut;

use super::token::Token;

/// What a connection may send next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appetite {
    /// Anything.
    Bytes,
    /// The rest of a large frame, into [`Handler::large_input`].
    Large,
    /// Nothing now; but what has been received already, or comes before it can be held off, is kept.
    Later,
    /// Nothing, and what comes before it can be held off should be little.
    Nothing,
    /// As [`Self::Nothing`], but [`Handler::ended`] is to tell if the peer ends its side or the connection breaks,
    /// although bytes may lie before that. Of clients only.
    OnlyEnd,
}

/// How a driver waits for something to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// The time now, in nanoseconds on a clock of the caller's choice.
    pub now: u64,
    /// Until then at most, on the same clock; soon after it is good enough.
    pub until: u64,
    /// Until so many things have happened, where the kernel can count them...
    pub gather: u32,
    /// ...or for this long; then one is enough.
    pub gather_for: Duration,
    /// So long without giving the core away.
    pub spin: Duration,
}

// === impl Wait ===

impl Wait {
    /// The longest wait.
    pub(super) fn longest(&self) -> Duration {
        Duration::from_nanos(self.until.saturating_sub(self.now))
    }
}

/// The owner of the connections. A driver calls it from within its own calls, on the same thread.
pub trait Handler {
    /// What this connection may send next.
    fn appetite(&self, token: Token) -> Appetite;

    /// Where to receive the rest of a large frame, if one is under way; it has spare capacity.
    fn large_input(&mut self, token: Token) -> Option<&mut BytesMut>;

    /// The connection sent `bytes`.
    fn received(&mut self, token: Token, bytes: &[u8]);

    /// `count` bytes were received into [`Self::large_input`].
    fn received_large(&mut self, token: Token, count: usize);

    /// A connect has succeeded.
    fn connected(&mut self, token: Token);

    /// The client sends nothing more; it may still get something.
    fn ended(&mut self, token: Token);

    /// The connection is gone, and so is its token.
    fn lost(&mut self, token: Token, why: &io::Error);

    /// The next connection that has something to get, each once until it has more.
    fn next_dirty(&mut self) -> Option<Token>;

    /// Fills `slices` with what the connection is to get next; returns how many were filled.
    fn output<'a>(&'a self, token: Token, slices: &mut [IoSlice<'a>]) -> usize;

    /// Whether there is more output than was shown last, to be shown when that was sent.
    #[inline]
    fn has_more_output(&self, _token: Token) -> bool {
        false
    }

    /// The kernel took `count` bytes of the output.
    fn sent(&mut self, token: Token, count: usize);
}
