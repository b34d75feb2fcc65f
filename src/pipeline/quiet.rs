//! Replies that a client does not want: CLIENT REPLY OFF and SKIP; and those that it does not get any more.
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
    /// From this one on it gets none.
    cut: Option<u32>,
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
        self.mode == Mode::On && self.marked.is_empty() && self.cut.is_none()
    }

    /// If the request that is being taken gets no reply.
    pub(super) fn mutes_newest(&self) -> bool {
        self.mode != Mode::On
    }

    /// If it gets none because of SKIP.
    pub(super) fn skips_newest(&self) -> bool {
        self.mode == Mode::SkipNext
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

    /// Neither this request nor a later one gets a reply; false if that was said of an earlier one already.
    pub(super) fn cut(&mut self, seq: u32) -> bool {
        if self.is_cut(seq) {
            return false;
        }
        self.cut = Some(seq);
        true
    }

    /// If this request gets no reply because of [`Self::cut`].
    pub(super) fn is_cut(&self, seq: u32) -> bool {
        // Numbers begin again at zero; there are never so many under way.
        self.cut
            .is_some_and(|from| seq.wrapping_sub(from) <= u32::MAX / 2)
    }

    /// If the reply to this request, which is the oldest, is dropped. To be asked once.
    pub(super) fn drops(&mut self, seq: u32) -> bool {
        if self.is_cut(seq) {
            return true;
        }
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
    fn behind_a_cut_nothing_is_given() {
        let mut quiet = Quiet::default();
        assert!(!quiet.drops(3));
        assert!(quiet.cut(2) && !quiet.cut(7));
        assert!(quiet.cut(u32::MAX), "an earlier one");
        let drops: Vec<bool> = [u32::MAX - 1, u32::MAX, 0, 1, 2, 3]
            .map(|seq| quiet.drops(seq))
            .into();
        assert_eq!(drops, [false, true, true, true, true, true]);
        assert!(!quiet.is_over());
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
