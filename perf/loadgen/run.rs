//! Runs a plan: connects, starts the threads, and adds up what they did.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use hdrhistogram::Histogram;

use super::clock::{Clock, CpuTime, SECOND};
use super::engine::{Engine, Outcome};
use super::link::Link;
use super::plan::{Plan, Share};
use super::record::{Interval, Totals, histogram};
use super::secured::Trust;

/// What all threads did together.
#[derive(Debug)]
pub(crate) struct Summary {
    /// Counts.
    pub(crate) totals: Totals,
    /// In ns.
    pub(crate) latencies: Histogram<u64>,
    /// How late requests left, in ns.
    pub(crate) lateness: Histogram<u64>,
    /// When counting began, in ns of the clock.
    pub(crate) from: u64,
    /// How long it took.
    pub(crate) seconds: f64,
    /// What it cost here.
    pub(crate) cpu: CpuTime,
    /// The first thing that went wrong.
    pub(crate) odd: Option<String>,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The server cannot be reached.
    #[error("cannot connect to {0}: {1}")]
    Connect(SocketAddr, io::Error),
    /// This machine refuses something.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Seconds as they are over, all threads together.
#[derive(Debug)]
pub(crate) struct Seconds {
    receiver: Receiver<Interval>,
    next: Option<Interval>,
}

/// Opens the links of `clients` clients.
pub(crate) fn connect(
    addrs: &[SocketAddr],
    clients: usize,
    speaks_resp3: bool,
    trust: Option<&Trust>,
) -> Result<Vec<Link>, RunError> {
    let open = |addr: &SocketAddr| {
        Link::open(*addr, speaks_resp3, trust).map_err(|error| RunError::Connect(*addr, error))
    };
    (0..clients).flat_map(|_| addrs).map(open).collect()
}

/// Runs `plan` with one thread for each share; `follow` gets each second when it is over.
pub(crate) fn run(
    plan: &Plan,
    shares: Vec<Share>,
    mut links: Vec<Link>,
    clock: Clock,
    follow: impl FnOnce(Seconds) -> io::Result<()>,
) -> Result<Summary, RunError> {
    let (sender, receiver) = channel();
    let clients = links.len() / plan.links_per_client().max(1);
    let outcomes = thread::scope(|scope| {
        let mut threads = Vec::new();
        for share in shares {
            let count = Share::of(share.index, share.threads, clients as u64);
            let count = usize::try_from(count).unwrap_or_default() * plan.links_per_client();
            let own = links.split_off(links.len().saturating_sub(count));
            let sender = sender.clone();
            threads.push(scope.spawn(move || {
                rustix::thread::set_current_timer_slack(TIMER_SLACK)?;
                Engine::new(plan, share, own, clock, sender)?.run()
            }));
        }
        drop(sender);
        let followed = follow(Seconds::new(receiver));
        let join = |thread: thread::ScopedJoinHandle<'_, io::Result<Outcome>>| {
            thread
                .join()
                .unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
        };
        let outcomes: Vec<_> = threads.into_iter().map(join).collect();
        followed.map(|()| outcomes)
    })?;
    let outcomes: Vec<Outcome> = outcomes.into_iter().collect::<io::Result<_>>()?;
    Ok(add_up(outcomes)?)
}

/// The kernel may end a wait this many ns late; its default of 50 µs is more than a request takes.
const TIMER_SLACK: Option<std::num::NonZeroU64> = std::num::NonZeroU64::new(1);

fn add_up(outcomes: Vec<Outcome>) -> io::Result<Summary> {
    let mut summary = Summary {
        totals: Totals::default(),
        latencies: histogram().map_err(io::Error::other)?,
        lateness: histogram().map_err(io::Error::other)?,
        from: u64::MAX,
        seconds: 0.0,
        cpu: CpuTime::default(),
        odd: None,
    };
    for outcome in outcomes {
        summary.totals += outcome.recorder.totals;
        summary.from = summary.from.min(outcome.from);
        summary.seconds = summary.seconds.max(outcome.seconds);
        summary.cpu += outcome.cpu;
        summary.odd = summary.odd.or(outcome.odd);
        add(&mut summary.lateness, &outcome.recorder.lateness);
        add(&mut summary.latencies, &outcome.recorder.latencies);
    }
    Ok(summary)
}

/// Adds a histogram of the same shape.
fn add(sum: &mut Histogram<u64>, part: &Histogram<u64>) {
    let added = sum.add(part);
    debug_assert!(added.is_ok(), "all histograms have one shape");
}

// === impl Seconds ===

impl Seconds {
    fn new(receiver: Receiver<Interval>) -> Self {
        Self {
            receiver,
            next: None,
        }
    }
}

impl Iterator for Seconds {
    type Item = Interval;

    /// Waits until all threads have ended a second, which they do at nearly the same time.
    fn next(&mut self) -> Option<Interval> {
        let mut whole = match self.next.take() {
            Some(interval) => interval,
            None => self.receiver.recv().ok()?,
        };
        while let Ok(interval) = self.receiver.recv() {
            if interval.from > whole.from + SECOND / 2 {
                self.next = Some(interval);
                break;
            }
            whole.until = whole.until.max(interval.until);
            add(&mut whole.latencies, &interval.latencies);
        }
        Some(whole)
    }
}
