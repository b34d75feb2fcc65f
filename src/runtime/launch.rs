//! Starts an executor, and another one if it does not run.
//!
//! An executor of glommio 0.9 that loses its core at the wrong moment sleeps although a task is ready, until something
//! wakes it (see [`Guard`](crate::net::Guard)). That may happen before its first task, when nothing can wake it yet. So
//! an executor gets its work only when it runs; one that does not is left asleep, and another one takes its place.

use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use super::RuntimeError;

/// Where an executor that runs gets its work.
#[derive(Debug)]
pub(super) struct Recipient<T>(Sender<Sender<T>>);

/// How long an executor may take to run: long against what a thread waits for a core on a busy machine. A late one
/// finds nothing to do and ends.
const PATIENCE: Duration = Duration::from_secs(1);

/// Executors that are tried: if so many do not run, the reason is another one.
const ATTEMPTS_MAX: u32 = 8;

// === impl Recipient ===

impl<T> Recipient<T> {
    /// The work; nothing if another executor has it. Waits for a moment.
    pub(super) fn take(self) -> Option<T> {
        let (giver, given) = mpsc::channel();
        self.0.send(giver).ok()?;
        given.recv().ok()
    }
}

/// Has executors started by `start` until one of them takes `work`; that one is returned.
///
/// # Errors
///
/// That of `start`, or none of them runs.
pub(super) fn launch<T, H>(
    name: &str,
    work: T,
    start: impl FnMut(Recipient<T>) -> Result<H, RuntimeError>,
) -> Result<H, RuntimeError> {
    launch_within(PATIENCE, name, work, start)
}

fn launch_within<T, H>(
    patience: Duration,
    name: &str,
    mut work: T,
    mut start: impl FnMut(Recipient<T>) -> Result<H, RuntimeError>,
) -> Result<H, RuntimeError> {
    for _ in 0..ATTEMPTS_MAX {
        let (asks, asked) = mpsc::channel();
        let handle = start(Recipient(asks))?;
        if let Ok(giver) = asked.recv_timeout(patience) {
            match giver.send(work) {
                Ok(()) => return Ok(handle),
                Err(mpsc::SendError(back)) => work = back,
            }
        }
        log::warn!("{name} does not run within {patience:?}, another executor is started");
    }
    Err(RuntimeError::Thread(format!("{name} does not run")))
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::{ATTEMPTS_MAX, launch_within};

    #[test]
    fn work_is_given_to_the_first_that_runs_and_to_no_other() {
        let mut asleep = Vec::new();
        let mut started = 0;
        let handle = launch_within(Duration::from_millis(20), "it", "work", |recipient| {
            started += 1;
            if started < 3 {
                asleep.push(recipient);
                return Ok(None);
            }
            Ok(Some(thread::spawn(|| recipient.take())))
        });
        let taken = handle.unwrap().unwrap().join().unwrap();
        assert_eq!((taken, started), (Some("work"), 3));
        for late in asleep {
            assert_eq!(late.take(), None);
        }
    }

    #[test]
    fn it_is_not_tried_for_ever() {
        let mut asleep = Vec::new();
        let ended = launch_within(Duration::from_millis(1), "it", (), |recipient| {
            asleep.push(recipient);
            Ok(())
        });
        assert_eq!(ended.unwrap_err().to_string(), "it does not run");
        assert_eq!(asleep.len(), ATTEMPTS_MAX as usize);
    }
}
