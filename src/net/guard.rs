//! A thread that wakes every executor once per tick.
//!
//! An executor of glommio 0.9 that loses its core at the wrong moment goes to sleep with tasks ready to run,
//! and a timer inside it cannot help if its task is among them. A wake from another thread always does: it
//! ends the sleep, and the executor finds the ready tasks.
//!
//! Its wakers must not be used any more once their executor is gone: each wake would lie in a queue that nobody empties, and
//! 32,767 of them end the process. So an executor says when it ends, after a wake that is under way, and its waker
//! is leaked.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

/// Hands executors to the guard thread; the thread ends with the last handle and the last executor.
#[derive(Debug, Clone)]
pub struct Guard {
    wards: Sender<Ward>,
}

/// An executor to be woken as long as it is alive.
#[derive(Debug)]
struct Ward {
    waker: Waker,
    life: Arc<Life>,
}

/// If an executor may be woken: one of the states below.
#[derive(Debug, Default)]
struct Life(AtomicU8);

const ALIVE: u8 = 0;
/// A wake is under way.
const IN_USE: u8 = 1;
const OVER: u8 = 2;

/// An executor is woken for as long as this is kept. It belongs into the executor's own future: tasks that wait are not
/// dropped when an executor ends.
#[derive(Debug)]
#[must_use = "without it nothing is woken"]
pub struct Watched(Arc<Life>);

// === impl Life ===

impl Life {
    /// Calls `wake`, unless it is over; false if it is.
    fn use_for(&self, wake: impl FnOnce()) -> bool {
        let change = |from, to| {
            self.0
                .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
        };
        if change(ALIVE, IN_USE).is_err() {
            return false;
        }
        wake();
        let _ = change(IN_USE, ALIVE);
        true
    }
}

// === impl Watched ===

impl Drop for Watched {
    fn drop(&mut self) {
        let life = &self.0.0;
        while life
            .compare_exchange_weak(ALIVE, OVER, Ordering::AcqRel, Ordering::Acquire)
            .is_err()
        {
            thread::yield_now();
        }
    }
}

// === impl Guard ===

impl Guard {
    /// Starts the thread; it wakes every `period`.
    ///
    /// # Errors
    ///
    /// No thread can be started.
    pub fn start(period: Duration) -> io::Result<Self> {
        let (wards, newcomers) = mpsc::channel();
        let name = "guard".to_owned();
        thread::Builder::new()
            .name(name)
            .spawn(move || keep_waking(period, &newcomers))?;
        Ok(Self { wards })
    }

    /// Calls `on_tick` once per period in the executor that this is called in, as long as what it returns is kept.
    /// Returns when the thread knows it: before that nothing wakes it.
    pub async fn watch(&self, mut on_tick: impl FnMut() + 'static) -> Watched {
        let watched = Watched(Arc::default());
        let life = Arc::clone(&watched.0);
        // Let go of once used: tasks that wait are not dropped, and the thread ends with the last of these.
        let mut newcomer = Some((self.wards.clone(), life));
        let (begins, has_begun) = glommio::channels::local_channel::new_bounded(1);
        glommio::spawn_local(async move {
            loop {
                let mut is_woken = false;
                std::future::poll_fn(|context| {
                    if is_woken {
                        return Poll::Ready(());
                    }
                    is_woken = true;
                    if let Some((wards, life)) = newcomer.take() {
                        let waker = context.waker().clone();
                        // The thread is there as long as a handle is.
                        let _ = wards.send(Ward { waker, life });
                        let _ = begins.try_send(());
                    }
                    Poll::Pending
                })
                .await;
                on_tick();
            }
        })
        .detach();
        has_begun.recv().await;
        watched
    }
}

fn keep_waking(period: Duration, newcomers: &Receiver<Ward>) {
    let mut wards: Vec<Ward> = Vec::new();
    loop {
        thread::sleep(period);
        loop {
            match newcomers.try_recv() {
                Ok(ward) => wards.push(ward),
                Err(mpsc::TryRecvError::Empty) => break,
                Err(mpsc::TryRecvError::Disconnected) if wards.is_empty() => return,
                Err(mpsc::TryRecvError::Disconnected) => break,
            }
        }
        for ward in std::mem::take(&mut wards) {
            if ward.life.use_for(|| ward.waker.wake_by_ref()) {
                wards.push(ward);
            } else {
                std::mem::forget(ward.waker);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::sync::{Arc, mpsc};
    use std::time::Duration;

    use glommio::{LocalExecutorBuilder, Placement};

    use super::{Guard, keep_waking};

    #[test]
    fn a_sleeping_executor_is_woken_again_and_again() {
        let guard = Guard::start(Duration::from_millis(1)).unwrap();
        let executor = LocalExecutorBuilder::new(Placement::Unbound).io_memory(64 * 1024);
        let handle = executor.spawn(move || async move {
            let (sender, receiver) = glommio::channels::local_channel::new_unbounded();
            let ticks = Rc::new(Cell::new(0));
            let on_tick = move || {
                ticks.set(ticks.get() + 1);
                if ticks.get() == 5 {
                    let _ = sender.try_send(());
                }
            };
            let _watched = guard.watch(on_tick).await;
            receiver.recv().await
        });
        assert_eq!(handle.unwrap().join().unwrap(), Some(()));
    }

    /// Else it would be woken for ever, and each wake lies in a queue that nobody empties.
    #[test]
    fn an_executor_that_has_ended_is_not_woken() {
        let (wards, newcomers) = mpsc::channel();
        let guard = Guard { wards };
        let executor = LocalExecutorBuilder::new(Placement::Unbound).io_memory(64 * 1024);
        let handle = executor.spawn(move || async move {
            let watched = guard.watch(|| {}).await;
            Arc::clone(&watched.0)
        });
        let life = handle.unwrap().join().unwrap();
        assert!(!life.use_for(|| panic!("it is gone")));
        // The thread ends, because nobody is left to be woken.
        keep_waking(Duration::from_millis(1), &newcomers);
    }
}
