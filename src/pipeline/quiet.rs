//! Replies that a client does not want: CLIENT REPLY OFF and SKIP.
//!
//! Whether a reply is wanted is decided when its request is taken. A request that is answered at once is
//! asked about there ([`Quiet::takes_answer`]); one that goes to a node is marked by its sequence number,
//! and its reply is dropped when its turn to leave has come.
//!
//! Holds: marks are those of waiting requests, in their order, so there are no more of them than requests in
//! flight. Costs nothing for clients that never asked: they have no such state.

use std::collections::VecDeque;

/// What a client has said about replies.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    mode: Mode,
    /// Sequence numbers of waiting requests whose replies are dropped.
    marked: VecDeque<u32>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Mode {
    /// Replies are wanted.
    #[default]
    On,
    /// None is.
    Off,
    /// The next request's is not.
    SkipNext,
}

// === impl Quiet ===

impl Quiet {
    /// Replies are wanted from now on.
    pub(super) fn set_on(&mut self) {
        self.mode = Mode::On;
    }

    /// No reply is wanted from now on.
    pub(super) fn set_off(&mut self) {
        self.mode = Mode::Off;
    }

    /// The next reply is not wanted, which OFF includes.
    pub(super) fn skip_next(&mut self) {
        if self.mode == Mode::On {
            self.mode = Mode::SkipNext;
        }
    }

    /// If nothing has to be remembered.
    pub(super) fn is_over(&self) -> bool {
        self.mode == Mode::On && self.marked.is_empty()
    }

    /// If the request that is being taken gets no reply.
    pub(super) fn mutes_newest(&self) -> bool {
        self.mode != Mode::On
    }

    /// A request was taken that SKIP was said before.
    pub(super) fn end_skip(&mut self) {
        if self.mode == Mode::SkipNext {
            self.mode = Mode::On;
        }
    }

    /// If the answer that was just made to the newest request is wanted.
    pub(super) fn takes_answer(&mut self) -> bool {
        let takes = !self.mutes_newest();
        self.end_skip();
        takes
    }

    /// The reply to this request, which is about to wait, shall be dropped.
    pub(super) fn mark(&mut self, seq: u32) {
        self.marked.push_back(seq);
    }

    /// The request did not come to wait.
    pub(super) fn unmark(&mut self, seq: u32) {
        if self.marked.back() == Some(&seq) {
            self.marked.pop_back();
        }
    }

    /// If the reply to this request, which is the oldest, is dropped. To be asked once.
    pub(super) fn drops(&mut self, seq: u32) -> bool {
        let drops = self.marked.front() == Some(&seq);
        if drops {
            self.marked.pop_front();
        }
        drops
    }
}

#[cfg(test)]
mod tests {
    use super::Quiet;

    #[test]
    fn skip_is_for_one_and_off_for_all() {
        let mut quiet = Quiet::default();
        assert!(quiet.is_over() && quiet.takes_answer());
        quiet.skip_next();
        assert!(!quiet.takes_answer() && quiet.takes_answer());
        quiet.set_off();
        quiet.skip_next();
        assert!(!quiet.takes_answer() && !quiet.takes_answer());
        quiet.set_on();
        assert!(quiet.takes_answer() && quiet.is_over());
    }

    #[test]
    fn marks_are_asked_about_in_order() {
        let mut quiet = Quiet::default();
        quiet.mark(u32::MAX);
        quiet.mark(0);
        quiet.unmark(0);
        quiet.mark(1);
        quiet.unmark(7);
        assert!(!quiet.is_over());
        let drops: Vec<bool> = [u32::MAX, 0, 1, 2].map(|seq| quiet.drops(seq)).into();
        assert_eq!(drops, [true, false, true, false]);
        assert!(quiet.is_over());
    }
}
