//! Host names to addresses, without blocking an executor.
//!
//! The system's resolver blocks for as long as a name server is silent. So each lookup runs on a thread of its own, and
//! how many there are is limited. A name that took long is slow until it is found quickly again: slow names have a part of
//! the threads, and each one at a time, so that however many there are the others find a thread. Who finds none waits.
//!
//! Nothing is remembered of addresses: names are looked up at each use.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{TryRecvError, channel};
use std::time::{Duration, Instant};

/// Looks names up; one for each executor.
#[derive(Debug, Clone)]
pub struct Lookups {
    shared: Rc<Shared>,
}

#[derive(Debug)]
struct Shared {
    find: Find,
    /// Threads under way; each counts itself out.
    threads: Arc<AtomicUsize>,
    /// Those for names that were slow when they began.
    slow_threads: Arc<AtomicUsize>,
    /// Names that took long, and whether a thread still looks for them.
    slow: RefCell<BTreeMap<Box<str>, Arc<AtomicBool>>>,
}

/// What a thread does.
type Find = fn(&str, u16) -> io::Result<Vec<SocketAddr>>;

/// A lookup under way; one that is given up before it has an answer was slow.
struct Attempt {
    shared: Rc<Shared>,
    host: Box<str>,
    begun: Instant,
    is_running: Arc<AtomicBool>,
    is_noted: bool,
}

/// Threads of one executor.
const THREADS_MAX: usize = 32;

/// Of these for slow names.
const SLOW_THREADS_MAX: usize = 8;

/// Longer than a name server takes that has to ask others.
const SLOW_AFTER: Duration = Duration::from_secs(1);

/// Slow names that are known at most; of others only the number of threads is limited.
const SLOW_NAMES_MAX: usize = 1024;

/// A thread cannot wake the executor, so it is looked after: often at first, since most lookups take hardly longer...
const PAUSE_MIN: Duration = Duration::from_millis(2);
/// ...and less often later.
const PAUSE_MAX: Duration = Duration::from_millis(20);

// === impl Lookups ===

impl Default for Lookups {
    fn default() -> Self {
        Self::by(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
    }
}

impl Lookups {
    /// As `find` looks them up, on a thread for each.
    pub(crate) fn by(find: Find) -> Self {
        let shared = Shared {
            find,
            threads: Arc::default(),
            slow_threads: Arc::default(),
            slow: RefCell::default(),
        };
        Self {
            shared: Rc::new(shared),
        }
    }

    /// All addresses of a name in the order in which they should be tried, at least one. It takes as long as it takes:
    /// whoever cannot wait drops it.
    ///
    /// # Errors
    ///
    /// What the resolver says, or no thread can be started.
    pub async fn look_up(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let shared = &self.shared;
        let begun = now();
        let is_slow = loop {
            if let Some(is_slow) = shared.admit(host) {
                break is_slow;
            }
            pause(begun).await;
        };
        let mut attempt = Attempt {
            shared: Rc::clone(shared),
            host: host.into(),
            begun: now(),
            is_running: Arc::new(AtomicBool::new(true)),
            is_noted: false,
        };
        if is_slow {
            attempt.note_slow();
        }
        let answer = shared.start(host, port, is_slow, Arc::clone(&attempt.is_running))?;
        loop {
            match answer.try_recv() {
                Ok(found) => {
                    attempt.finish();
                    return found.and_then(not_empty);
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return Err(io::ErrorKind::Other.into()),
            }
            if attempt.begun.elapsed() >= SLOW_AFTER {
                attempt.note_slow();
            }
            pause(attempt.begun).await;
        }
    }
}

// === impl Shared ===

impl Shared {
    /// Takes a thread for a name if it may have one; true if it is a slow name.
    fn admit(&self, host: &str) -> Option<bool> {
        if self.threads.load(Ordering::Relaxed) >= THREADS_MAX {
            return None;
        }
        let slow = self.slow.borrow();
        let running = slow.get(host);
        if let Some(is_running) = running
            && (is_running.load(Ordering::Relaxed)
                || self.slow_threads.load(Ordering::Relaxed) >= SLOW_THREADS_MAX)
        {
            return None;
        }
        self.threads.fetch_add(1, Ordering::Relaxed);
        if running.is_some() {
            self.slow_threads.fetch_add(1, Ordering::Relaxed);
        }
        Some(running.is_some())
    }

    /// Starts the thread that was taken.
    fn start(
        &self,
        host: &str,
        port: u16,
        is_slow: bool,
        is_running: Arc<AtomicBool>,
    ) -> io::Result<std::sync::mpsc::Receiver<io::Result<Vec<SocketAddr>>>> {
        let (sender, receiver) = channel();
        let (find, name) = (self.find, host.to_owned());
        let mut counts = vec![Arc::clone(&self.threads)];
        counts.extend(is_slow.then(|| Arc::clone(&self.slow_threads)));
        let ended = move || {
            is_running.store(false, Ordering::Relaxed);
            for count in counts {
                count.fetch_sub(1, Ordering::Relaxed);
            }
        };
        let count_out = ended.clone();
        let lookup = move || {
            leave_core();
            let found = find(&name, port);
            count_out();
            // Nobody listens any more when it took too long.
            let _ = sender.send(found);
        };
        let thread = std::thread::Builder::new().name("lookup".to_owned());
        if let Err(error) = thread.spawn(lookup) {
            ended();
            return Err(error);
        }
        Ok(receiver)
    }
}

// === impl Attempt ===

impl Attempt {
    fn note_slow(&mut self) {
        let mut slow = self.shared.slow.borrow_mut();
        let has_room = slow.len() < SLOW_NAMES_MAX || slow.contains_key(&self.host);
        if !self.is_noted && has_room {
            slow.insert(self.host.clone(), Arc::clone(&self.is_running));
        }
        self.is_noted = true;
    }

    /// There is an answer.
    fn finish(&mut self) {
        if self.begun.elapsed() < SLOW_AFTER {
            self.shared.slow.borrow_mut().remove(&self.host);
        }
        self.is_noted = true;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.note_slow();
    }
}

async fn pause(since: Instant) {
    let pause = (since.elapsed() / 4).clamp(PAUSE_MIN, PAUSE_MAX);
    glommio::timer::sleep(pause).await;
}

#[expect(clippy::disallowed_methods, reason = "slow names are told by time")]
fn now() -> Instant {
    Instant::now()
}

/// A thread begins on the core of the worker that has started it, and may go where the process may.
fn leave_core() {
    let process = rustix::process::getpid();
    if let Ok(cores) = rustix::thread::sched_getaffinity(Some(process)) {
        // It works there, too.
        let _ = rustix::thread::sched_setaffinity(None, &cores);
    }
}

fn not_empty(addrs: Vec<SocketAddr>) -> io::Result<Vec<SocketAddr>> {
    if addrs.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "the name has no address",
        ));
    }
    Ok(addrs)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use glommio::LocalExecutorBuilder;

    use super::*;

    fn in_executor<F: Future<Output = ()> + 'static>(test: impl FnOnce() -> F + Send + 'static) {
        let executor = LocalExecutorBuilder::default().io_memory(64 * 1024);
        let all = || async move {
            // Wakes an executor that was preempted at the wrong moment.
            glommio::spawn_local(async {
                loop {
                    glommio::timer::sleep(PAUSE_MAX).await;
                }
            })
            .detach();
            test().await;
        };
        executor.spawn(all).unwrap().join().unwrap();
    }

    /// Names that begin with "silent" are looked for until the test is over; others are found at once.
    fn find(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        match host {
            _ if host.starts_with("silent") => loop {
                std::thread::park();
            },
            "nobody" => Ok(Vec::new()),
            "fails" => Err(io::ErrorKind::NotFound.into()),
            _ => Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))]),
        }
    }

    async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let timeout = async {
            glommio::timer::sleep(limit).await;
            None
        };
        futures_lite::future::or(async { Some(work.await) }, timeout).await
    }

    const SOON: Duration = Duration::from_secs(20);

    #[test]
    fn names_are_found_or_not() {
        in_executor(|| async {
            let found = Lookups::default().look_up("localhost", 7).await.unwrap();
            assert!(found.iter().all(|addr| addr.ip().is_loopback()));
            let lookups = Lookups::by(find);
            for (host, kind) in [("nobody", "NotFound"), ("fails", "NotFound")] {
                let error = lookups.look_up(host, 7).await.unwrap_err();
                assert_eq!(format!("{:?}", error.kind()), kind, "{host}");
            }
            assert!(lookups.shared.slow.borrow().is_empty());
            assert_eq!(lookups.shared.threads.load(Ordering::Relaxed), 0);
        });
    }

    /// However many names are silent, and whether they are waited for or given up.
    #[test]
    fn silent_names_hold_nobody_up() {
        in_executor(|| async {
            let lookups = Lookups::by(find);
            let shared = Rc::clone(&lookups.shared);
            for round in 0..3 {
                for name in 0..20 {
                    let lookups = lookups.clone();
                    glommio::spawn_local(async move {
                        let host = format!("silent-{name}");
                        let work = lookups.look_up(&host, 7);
                        within(Duration::from_millis(10), work).await
                    })
                    .await;
                }
                let threads = shared.threads.load(Ordering::Relaxed);
                assert_eq!(threads, 20, "one thread each, in round {round}");
                assert_eq!(shared.slow.borrow().len(), 20);
            }
            for name in 20..100 {
                let host = format!("silent-{name}");
                let lookups = lookups.clone();
                glommio::spawn_local(async move { lookups.look_up(&host, 7).await }).detach();
            }
            // All threads are taken by names that are not known to be slow, but those are by now.
            let slow = |count| shared.slow.borrow().len() >= count;
            assert!(
                within(SOON, async {
                    while !slow(32) {
                        pause(now()).await;
                    }
                })
                .await
                .is_some()
            );
            assert_eq!(shared.threads.load(Ordering::Relaxed), THREADS_MAX);
            // Their resolver gives up at last: slow names get a part of the threads.
            shared.threads.store(0, Ordering::Relaxed);
            let mut admitted = 0;
            for is_running in shared.slow.borrow().values() {
                is_running.store(false, Ordering::Relaxed);
            }
            for name in 0..32 {
                admitted += usize::from(shared.admit(&format!("silent-{name}")).is_some());
            }
            assert_eq!(admitted, SLOW_THREADS_MAX);
            let work = lookups.look_up("quick", 7);
            assert!(within(SOON, work).await.unwrap().is_ok());
        });
    }

    #[test]
    fn a_name_that_is_found_quickly_again_is_not_slow() {
        in_executor(|| async {
            let lookups = Lookups::by(find);
            let shared = &lookups.shared;
            let ended = Arc::new(AtomicBool::new(false));
            shared.slow.borrow_mut().insert("quick".into(), ended);
            lookups.look_up("quick", 7).await.unwrap();
            assert!(shared.slow.borrow().is_empty());
            assert_eq!(shared.slow_threads.load(Ordering::Relaxed), 0);
        });
    }
}
