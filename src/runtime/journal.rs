//! The log on its way out: a thread writes it, so that nobody who logs ever waits.
//!
//! What reads the log may stop reading (a pipe). Then lines wait here, up to [`LINES_MAX`]; what is more is dropped. Or
//! its disk may be full: a line that cannot be written is dropped, too. Both are counted in one number, and the log says how
//! many were, once it goes on. That notice is no line of the log: if it cannot be written it is tried again, not counted.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// Takes lines of the log; never waits and never fails.
#[derive(Debug, Clone)]
pub struct Journal {
    items: SyncSender<Item>,
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Item {
    Line(Box<[u8]>),
    /// Everything before is written.
    End(SyncSender<()>),
}

/// Lines that wait at most: more than a process writes in its worst second, and some hundred KiB.
const LINES_MAX: usize = 1024;

/// How long the end of the process waits for its last lines.
const END_PATIENCE: Duration = Duration::from_secs(1);

// === impl Journal ===

impl Journal {
    /// Starts the thread that writes to `out`.
    ///
    /// # Errors
    ///
    /// No thread can be started.
    pub fn start(out: impl Write + Send + 'static) -> io::Result<Self> {
        let (items, received) = sync_channel(LINES_MAX);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&lost);
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || keep_writing(out, &received, &counted))?;
        Ok(Self { items, lost })
    }

    /// How many lines were dropped so far.
    #[must_use]
    pub fn lost(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.lost)
    }

    /// Waits a little until everything is written.
    pub fn finish(&self) {
        let (done, is_done) = sync_channel(1);
        if self.items.try_send(Item::End(done)).is_ok() {
            // Whoever does not read the log must not hold up the end.
            let _ = is_done.recv_timeout(END_PATIENCE);
        }
    }
}

impl Write for Journal {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.items.try_send(Item::Line(line.into())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn keep_writing(mut out: impl Write, items: &Receiver<Item>, lost: &AtomicU64) {
    let mut told = 0;
    while let Ok(item) = items.recv() {
        match item {
            // A full disk is nothing that could be logged.
            Item::Line(line) => {
                if out.write_all(&line).is_err() {
                    lost.fetch_add(1, Ordering::Relaxed);
                }
            }
            Item::End(done) => drop(done.send(())),
        }
        let now = lost.load(Ordering::Relaxed);
        if now > told && out.write_all(notice(now - told).as_bytes()).is_ok() {
            told = now;
        }
    }
}

fn notice(count: u64) -> String {
    format!(
        "{count} lines of the log were dropped: they were not read in time or could not be written\n"
    )
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::atomic::Ordering;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::{Journal, LINES_MAX};

    /// Writes nothing before it is let.
    struct Reluctant {
        go_on: Receiver<()>,
        written: Sender<Vec<u8>>,
        has_begun: bool,
    }

    impl Write for Reluctant {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if !std::mem::replace(&mut self.has_begun, true) {
                self.go_on.recv().map_err(io::Error::other)?;
            }
            self.written
                .send(bytes.to_vec())
                .map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nobody_waits_for_a_log_that_is_not_read() {
        let (let_go, go_on) = channel();
        let (written, lines) = channel();
        let reluctant = Reluctant {
            go_on,
            written,
            has_begun: false,
        };
        let mut journal = Journal::start(reluctant).unwrap();
        for _ in 0..LINES_MAX + 100 {
            journal.write_all(b"line\n").unwrap();
        }
        let lost = journal.lost().load(Ordering::Relaxed);
        assert!((99..=100).contains(&lost), "{lost}");
        let_go.send(()).unwrap();
        // The end fits as soon as there is room.
        while lines.recv().unwrap() != b"line\n" {}
        journal.finish();
        drop(journal);
        let all: Vec<u8> = lines.iter().flatten().collect();
        let text = String::from_utf8(all).unwrap();
        let notice = format!("{lost} lines of the log were dropped");
        assert_eq!(text.matches(&notice).count(), 1, "{text}");
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted_and_are_no_error() {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut journal = Journal::start(full).unwrap();
        for _ in 0..100 {
            journal.write_all(b"line\n").unwrap();
        }
        journal.finish();
        assert_eq!(journal.lost().load(Ordering::Relaxed), 100);
    }

    /// Has no room for the first writes.
    struct Full {
        refusals: usize,
        written: Sender<Vec<u8>>,
    }

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.refusals > 0 {
                self.refusals -= 1;
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.written
                .send(bytes.to_vec())
                .map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_that_has_room_again_says_how_many_lines_are_missing() {
        // refused writes, lines that are lost: each of them is followed by a notice
        let rows = [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (6, 3)];
        for (refusals, missing) in rows {
            let (written, lines) = channel();
            let mut journal = Journal::start(Full { refusals, written }).unwrap();
            for _ in 0..5 {
                journal.write_all(b"line\n").unwrap();
            }
            journal.finish();
            assert_eq!(journal.lost().load(Ordering::Relaxed), missing);
            drop(journal);
            let text = String::from_utf8(lines.iter().flatten().collect()).unwrap();
            assert_eq!(
                text.matches("line\n").count() as u64,
                5 - missing,
                "{refusals} {text}"
            );
            let notice = format!("{missing} lines of the log were dropped");
            assert_eq!(
                text.matches(&notice).count(),
                usize::from(missing > 0),
                "{refusals} {text}"
            );
        }
    }
}
