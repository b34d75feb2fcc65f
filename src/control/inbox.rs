//! What workers said since the last tick.
//!
//! One task per worker receives; it only notes the newest of each kind, so that a storm of messages
//! takes no memory.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Waker;

use glommio::channels::shared_channel::ConnectedReceiver;

use crate::cluster::RefreshReason;
use crate::message::{Subject, ToControl};
use crate::metrics::WorkerStats;

/// What all workers said since it was taken last.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    /// The first hint, and how many there were.
    pub(super) hint: Option<RefreshReason>,
    pub(super) hints: u64,
    /// The newest numbers of workers.
    pub(super) stats: Vec<(usize, Box<WorkerStats>)>,
    /// The newest numbers of clients of workers.
    pub(super) clients: Vec<(usize, usize)>,
    /// Questions to all workers and answers to one, in the order in which they came; no more than
    /// [`LETTERS_MAX`] of either.
    pub(super) questions: Vec<Letter>,
    pub(super) answers: Vec<Letter>,
    /// What workers tell each other, as [`Letter`]s without a number; no more than [`NEWS_MAX`].
    pub(super) news: Vec<Letter>,
    /// Lines for monitors and the like, in the order in which they came; no more than [`LINES_MAX`] batches on a subject.
    pub(super) lines: Vec<Lines>,
    /// Workers that have finished, or whose channel is closed.
    pub(super) drained: Vec<usize>,
    pub(super) closed: Vec<usize>,
    /// Much of what buffers of a worker held is free.
    pub(super) is_memory_freed: bool,
    /// Something was said since it was taken.
    is_news: bool,
    /// Who waits for news.
    waker: Option<Waker>,
}

/// A question or an answer on its way between workers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    /// Who asked.
    pub(super) asker: usize,
    /// The asker's number of the question.
    pub(super) id: u64,
    pub(super) text: Box<[u8]>,
}

/// Lines for the monitors of a worker, or something else for its clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) subject: Subject,
    pub(super) from: usize,
    pub(super) to: usize,
    /// The sender's number of the first one.
    pub(super) first: u64,
    pub(super) text: Box<[u8]>,
}

/// Batches of lines on one subject that wait at most, each of about 64 KiB; what is more is dropped, and the worker for
/// which it was counts it.
pub(super) const LINES_MAX: usize = 64;

/// News that wait at most; what is more is dropped, and whoever needed it does without.
pub(super) const NEWS_MAX: usize = 64;

/// Letters that wait at most; what is more is dropped, and its asker stops waiting at its deadline.
pub(super) const LETTERS_MAX: usize = 256;

// === impl Inbox ===

impl Inbox {
    /// Starts to receive from all workers, in the order of their indexes.
    pub(super) fn start(receivers: Vec<ConnectedReceiver<ToControl>>) -> Rc<RefCell<Self>> {
        let inbox = Rc::new(RefCell::new(Self::default()));
        for (worker, receiver) in receivers.into_iter().enumerate() {
            let inbox = Rc::clone(&inbox);
            // Lives as long as its channel.
            glommio::spawn_local(async move {
                while let Some(message) = receiver.recv().await {
                    inbox.borrow_mut().note(message);
                }
                inbox.borrow_mut().close(worker);
            })
            .detach();
        }
        inbox
    }

    /// Whether something was said; if not, the next word wakes `waker`.
    pub(super) fn has_news(&mut self, waker: &Waker) -> bool {
        if !self.is_news {
            self.waker = Some(waker.clone());
        }
        self.is_news
    }

    fn close(&mut self, worker: usize) {
        self.closed.push(worker);
        self.tell();
    }

    fn tell(&mut self) {
        self.is_news = true;
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn note(&mut self, message: ToControl) {
        self.tell();
        match message {
            ToControl::RefreshHint(reason) => {
                self.hint.get_or_insert(reason);
                self.hints += 1;
            }
            ToControl::Stats { worker, stats } => replace(&mut self.stats, worker, stats),
            ToControl::Clients { worker, now } => replace(&mut self.clients, worker, now),
            ToControl::Question {
                asker,
                id,
                question: text,
            } => keep(&mut self.questions, LETTERS_MAX, Letter { asker, id, text }),
            ToControl::Answer {
                asker,
                id,
                answer: text,
            } => keep(&mut self.answers, LETTERS_MAX, Letter { asker, id, text }),
            ToControl::News { worker, news } => {
                let letter = Letter {
                    asker: worker,
                    id: 0,
                    text: news,
                };
                keep(&mut self.news, NEWS_MAX, letter);
            }
            ToControl::Lines {
                subject,
                worker: from,
                to,
                first,
                lines: text,
            } => {
                if has_room(self.lines.iter(), subject) {
                    self.lines.push(Lines {
                        subject,
                        from,
                        to,
                        first,
                        text,
                    });
                }
            }
            ToControl::MemoryFreed => self.is_memory_freed = true,
            ToControl::Drained { worker } => self.drained.push(worker),
        }
    }
}

/// If one more batch on a subject may wait beside these.
pub(super) fn has_room<'a>(lines: impl Iterator<Item = &'a Lines>, subject: Subject) -> bool {
    lines.filter(|lines| lines.subject == subject).count() < LINES_MAX
}

fn keep(letters: &mut Vec<Letter>, max: usize, letter: Letter) {
    if letters.len() < max {
        letters.push(letter);
    }
}

fn replace<T>(list: &mut Vec<(usize, T)>, worker: usize, value: T) {
    match list.iter_mut().find(|(known, _)| *known == worker) {
        Some((_, place)) => *place = value,
        None => list.push((worker, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_each_kind_is_kept() {
        let mut inbox = Inbox::default();
        for now in 0..1000 {
            inbox.note(ToControl::RefreshHint(RefreshReason::Moved));
            inbox.note(ToControl::RefreshHint(RefreshReason::LostLink));
            inbox.note(ToControl::Clients {
                worker: now % 2,
                now,
            });
            let mut stats = Box::new(WorkerStats::default());
            stats.counters.requests = now as u64;
            inbox.note(ToControl::Stats {
                worker: now % 2,
                stats,
            });
        }
        assert_eq!(
            (inbox.hint, inbox.hints),
            (Some(RefreshReason::Moved), 2000)
        );
        assert_eq!(inbox.clients, [(0, 998), (1, 999)]);
        let requests: Vec<u64> = inbox
            .stats
            .iter()
            .map(|(_, s)| s.counters.requests)
            .collect();
        assert_eq!(requests, [998, 999]);
        inbox.note(ToControl::Drained { worker: 1 });
        assert_eq!(inbox.drained, [1]);
    }

    #[test]
    fn letters_are_kept_in_order_and_bounded() {
        let mut inbox = Inbox::default();
        for id in 0..1000 {
            let question = b"q".to_vec().into();
            inbox.note(ToControl::Question {
                asker: 1,
                id,
                question,
            });
            let answer = b"a".to_vec().into();
            inbox.note(ToControl::Answer {
                asker: 0,
                id,
                answer,
            });
        }
        for _ in 0..1000 {
            let news = b"n".to_vec().into();
            inbox.note(ToControl::News { worker: 1, news });
        }
        assert_eq!(inbox.news.len(), NEWS_MAX);
        for letters in [&inbox.questions, &inbox.answers] {
            let ids: Vec<u64> = letters.iter().map(|letter| letter.id).collect();
            assert_eq!(ids, (0..LETTERS_MAX as u64).collect::<Vec<_>>());
        }
    }
}
