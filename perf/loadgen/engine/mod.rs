//! The loop of one thread: waits for sockets and for the schedule, reads, checks, and sends.
//!
//! Each connection has one read and one write per turn at most, whatever the pipeline, and a turn asks the
//! clock once per connection: the time of a batch of replies is also that of the next batch of requests.
//! So what checking a batch takes counts as latency of the next one.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::Sender;
use std::time::Duration;

use rustix::event::epoll;

mod receive;
mod send;

use super::chance::Chance;
use super::clock::{Clock, CpuTime, SECOND};
use super::link::Link;
use super::plan::{End, Pace, Plan, Share};
use super::record::{Interval, Recorder, Window};
use super::replies::Expect;
use super::schedule::Schedule;

/// What one thread did.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Its counts, and how late requests left.
    pub(crate) recorder: Recorder,
    /// When it began to count, in ns of the clock.
    pub(crate) from: u64,
    /// From the begin of counting to the last reply that counted, or the planned end if that is later.
    pub(crate) seconds: f64,
    /// What it used while it counted.
    pub(crate) cpu: CpuTime,
    /// The first thing that went wrong.
    pub(crate) odd: Option<String>,
}

/// One thread at work.
pub(crate) struct Engine<'a> {
    plan: &'a Plan,
    share: Share,
    clock: Clock,
    intervals: Sender<Interval>,
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
    links: Vec<Link>,
    clients: Vec<Client>,
    /// The client whose turn it is next in the open loop.
    next_client: usize,
    /// Open loop: no client had room when one was looked for last.
    is_blocked: bool,
    /// Open loop: until when that was so, last.
    blocked_until: u64,
    /// Links with something new to send.
    to_send: Vec<usize>,
    /// Links with more to read than one turn takes.
    to_read: Vec<usize>,
    buffer: Vec<u8>,
    chance: Chance,
    chosen: Vec<u64>,
    schedule: Option<Schedule>,
    recorder: Recorder,
    phase: Phase,
    cpu: CpuTime,
    /// Requests that may still be sent; a limit only while a number of them is counted.
    budget: u64,
    in_flight: usize,
    tick_at: u64,
    retry_at: u64,
    /// When bytes came last.
    moved_at: u64,
    odd: Option<String>,
}

/// Requests under way that one client waits for.
#[derive(Debug, Clone, Copy, Default)]
struct Client {
    in_flight: usize,
}

/// What time it is in the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    WarmUp,
    Counting,
    /// Nothing new is sent; ends at this time, even if replies are missing.
    Draining(u64),
    Over,
}

/// Read at once: a good part of a large value, and it stays in the second cache level.
const BUFFER_BYTES: usize = 256 * 1024;
/// Events taken per call; more are taken by the next one.
const EVENTS_MAX: usize = 512;
/// Replies that come later than this after the end do not come.
const DRAIN_MAX: u64 = 10 * SECOND;
/// A run that ends by count ends when nothing has moved for so long.
const STALL_MAX: u64 = 30 * SECOND;

// === impl Engine ===

impl<'a> Engine<'a> {
    /// Begins now.
    pub(crate) fn new(
        plan: &'a Plan,
        share: Share,
        links: Vec<Link>,
        clock: Clock,
        intervals: Sender<Interval>,
    ) -> io::Result<Self> {
        let begin = clock.now();
        let from = begin + plan.warmup;
        let window = Window {
            is_by_due: matches!(plan.pace, Pace::Open { .. }),
            from,
            until: match plan.end {
                End::After(time) => from.saturating_add(time),
                End::Requests(_) => u64::MAX,
            },
        };
        let seed = plan.seed.wrapping_add(share.index as u64);
        let clients = links.len() / plan.links_per_client().max(1);
        Ok(Self {
            plan,
            clock,
            intervals,
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            events: Vec::with_capacity(EVENTS_MAX),
            clients: vec![Client::default(); clients],
            next_client: 0,
            is_blocked: false,
            blocked_until: 0,
            to_send: Vec::with_capacity(links.len()),
            to_read: Vec::new(),
            links,
            buffer: vec![0; BUFFER_BYTES],
            chance: Chance::new(seed),
            chosen: Vec::new(),
            schedule: schedule(plan, &share, begin, seed),
            recorder: Recorder::new(window).map_err(io::Error::other)?,
            phase: Phase::WarmUp,
            cpu: CpuTime::default(),
            budget: u64::MAX,
            in_flight: 0,
            tick_at: from + SECOND,
            retry_at: u64::MAX,
            moved_at: begin,
            odd: None,
            share,
        })
    }

    /// Runs to the end.
    pub(crate) fn run(mut self) -> io::Result<Outcome> {
        for index in 0..self.links.len() {
            self.watch(index)?;
            self.list(index);
        }
        let mut now = self.clock.now();
        self.pass_time(now);
        if self.schedule.is_none() {
            (0..self.clients.len()).for_each(|client| self.next_batch(client, now));
        }
        while self.phase != Phase::Over {
            if self.schedule.is_some() {
                self.issue_due(now);
            }
            self.send_listed(now);
            self.wait(now)?;
            self.handle_events()?;
            now = self.clock.now();
            self.pass_time(now);
        }
        self.finish(now)
    }

    fn finish(mut self, now: u64) -> io::Result<Outcome> {
        for link in &mut self.links {
            for sent in link.waiting.take() {
                if sent.expect != Expect::Greeting {
                    self.recorder.unanswered(sent.at, now);
                }
            }
        }
        self.recorder.end_interval(now, &self.intervals);
        let window = self.recorder.window;
        let planned = match self.plan.end {
            End::After(time) => window.from + time,
            End::Requests(_) => 0,
        };
        let end = planned.max(self.recorder.last_at);
        Ok(Outcome {
            from: window.from,
            seconds: (end - window.from) as f64 / SECOND as f64,
            recorder: self.recorder,
            cpu: self.cpu,
            odd: self.odd,
        })
    }

    /// Whatever `now` is the time for.
    #[inline]
    fn pass_time(&mut self, now: u64) {
        if self.phase == Phase::WarmUp && now >= self.recorder.window.from {
            self.begin_counting();
        }
        if self.phase == Phase::Counting && self.is_counted(now) {
            self.end_counting(now);
        }
        if now >= self.tick_at {
            self.recorder.end_interval(now, &self.intervals);
            self.tick_at += SECOND;
        }
        if now >= self.retry_at {
            self.reopen_links(now);
        }
        if let Phase::Draining(until) = self.phase
            && (self.in_flight == 0 || now >= until)
        {
            self.phase = Phase::Over;
        }
    }

    fn begin_counting(&mut self) {
        self.phase = Phase::Counting;
        self.cpu = CpuTime::of_this_thread();
        if matches!(self.plan.end, End::Requests(_)) {
            // In the closed loop the replies to what is under way count too.
            let under_way = if self.schedule.is_none() {
                self.in_flight as u64 + self.recorder.totals.requests
            } else {
                0
            };
            self.budget = self.share.requests.saturating_sub(under_way);
        }
    }

    fn is_counted(&self, now: u64) -> bool {
        match self.plan.end {
            End::After(_) => now >= self.recorder.window.until,
            End::Requests(_) if now.saturating_sub(self.moved_at) > STALL_MAX => true,
            End::Requests(_) if self.schedule.is_some() => self.budget == 0,
            End::Requests(_) => self.recorder.totals.requests >= self.share.requests,
        }
    }

    fn end_counting(&mut self, now: u64) {
        self.phase = Phase::Draining(now + DRAIN_MAX);
        // What became due since the last turn is not late yet.
        self.issue_due(now);
        self.cpu = CpuTime::of_this_thread().since(self.cpu);
        if let Some(schedule) = &mut self.schedule {
            // What was due and found no client with room counts with the time that it has waited.
            let until = self.recorder.window.until.min(now);
            let Pace::Open { burst, .. } = self.plan.pace else {
                return;
            };
            while self.budget > 0 && schedule.due() < until {
                let count = self.budget.min(burst as u64);
                self.recorder.unsent(schedule.due(), until, count);
                schedule.advance();
                self.budget -= count;
            }
        } else {
            self.recorder.window.until = self.recorder.window.until.min(now);
        }
        self.budget = 0;
    }

    /// How long nothing needs to be done unless a socket is ready.
    fn idle_time(&self, now: u64) -> Duration {
        if !self.to_read.is_empty() {
            return Duration::ZERO;
        }
        let boundary = match self.phase {
            Phase::WarmUp => self.recorder.window.from,
            Phase::Counting => self.recorder.window.until,
            Phase::Draining(until) => until,
            Phase::Over => now,
        };
        let mut next = boundary.min(self.tick_at).min(self.retry_at);
        if let Some(schedule) = self.schedule.as_ref().filter(|_| self.budget > 0)
            && self.has_room()
        {
            next = next.min(schedule.due());
        }
        Duration::from_nanos(next.saturating_sub(now))
    }
}

/// The due times of a thread's share. Threads begin at different parts of the gap.
fn schedule(plan: &Plan, share: &Share, begin: u64, seed: u64) -> Option<Schedule> {
    match plan.pace {
        Pace::Closed { .. } => None,
        Pace::Open {
            rate,
            burst,
            arrivals,
            ..
        } => {
            let threads = share.threads.max(1) as f64;
            let phase = share.index as f64 / threads;
            let rate = rate / threads / burst.max(1) as f64;
            Some(Schedule::new(begin, rate, phase, arrivals, !seed))
        }
    }
}
