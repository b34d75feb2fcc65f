//! The bytes of a fuzzer, read as choices.

/// What is left of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    rest: &'a [u8],
}

// === impl Input ===

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next byte, if there is one.
    pub(crate) fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// The next byte; 0 behind the end.
    pub(crate) fn byte(&mut self) -> u8 {
        self.next().unwrap_or(0)
    }

    pub(crate) fn word(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// One of `count`, which must not be 0.
    pub(crate) fn index(&mut self, count: usize) -> usize {
        if count > 256 {
            return usize::from(self.word()) % count;
        }
        usize::from(self.byte()) % count
    }

    pub(crate) fn pick<'b, T>(&mut self, items: &'b [T]) -> &'b T {
        &items[self.index(items.len())]
    }

    /// Bytes with their length before them, as many as there are.
    pub(crate) fn piece(&mut self) -> &'a [u8] {
        let len = usize::from(self.byte()).min(self.rest.len());
        let (piece, rest) = self.rest.split_at(len);
        self.rest = rest;
        piece
    }
}
