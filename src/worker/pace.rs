//! How a worker waits: asleep or for a short while awake, for one event or for several.
//!
//! Falling asleep and being woken takes longer than a fast node takes to answer. So with one or two clients
//! the worker stays awake for a moment, as long as that mostly pays.
//!
//! Where many clients are busy, each event would wake the worker for itself. A turn that gathers them needs
//! fewer wakes and fewer, larger writes to nodes; so the worker waits for as many events as are likely to
//! come within a time that nobody notices.

use std::time::Duration;

use crate::pipeline::{Time, Work};

/// A worker waits for more than one event if it works for more than so many thousandths of the time. One that has
/// time to spare serves each event when it comes: that is sooner, and the timer would cost more than larger turns
/// save.
const LOADED: u64 = 500;

/// How long it waits, per busy client: each of them waits for the others anyway. With less a worker may stay
/// among turns of two or three requests each, which keep it as busy as turns of thirty.
const GATHER_PER_CLIENT: Duration = Duration::from_micros(12);

/// The wait is no more than one part in so many of what requests take. Clients that wait for a node that does not answer
/// count as busy, and others must not wait longer because of them.
const LATENCY_PER_WAIT: u32 = 3;

/// So many answered requests tell how long requests take. Not so many turns: where most requests are answered
/// in few large turns, the small ones in between would hide it.
const LATENCY_REQUESTS: u64 = 1024;

/// A request that took longer says nothing of how long others take.
const LATENCY_MAX: u64 = 10_000_000;

/// Fewer expected events are not waited for: the timer costs more than they save.
const GATHER_MIN: u64 = 3;

/// More are not waited for: a larger turn saves nothing more.
const GATHER_MAX: u64 = 512;

/// Turns of so many requests are large enough without waiting for more, if clients send several at once...
const REQUESTS_ENOUGH: u64 = 40;

/// ...that is, if more than so many requests come with each event. Below that a large turn is one that was
/// waited for: without the wait its requests would come one by one.
const REQUESTS_PER_EVENT: u64 = 4;

/// Weight of the past against the newest turn in the mean.
const PAST: u64 = 15;

/// Longest time awake without anything to do: what a reply takes over loopback or a fast network.
const SPIN: Duration = Duration::from_micros(100);

/// More busy clients keep a worker busy by themselves; being awake for them only costs.
const BUSY_MAX: usize = 2;

/// A wait asleep that is over by then might have been over in time if it had been spent awake.
const PROMISING: Duration = Duration::from_micros(250);

/// Waits in a row that must be promising or short before the next one is spent awake. One that was spent
/// awake in vain starts the count again, so at most one wait in nine is.
const SCORE_ENOUGH: u8 = 8;

/// Events, requests and time per turn, as moving means.
#[derive(Debug, Default)]
pub(super) struct Rhythm {
    /// The longest wait for more than one event.
    gather_max: Duration,
    /// Thousandths of the time that the worker's thread works.
    load: u64,
    /// When it was looked at last how long the thread has worked, and how long that was.
    worked_at: Time,
    worked: Duration,
    /// Thousandths of events.
    events: u64,
    /// Thousandths of requests.
    requests: u64,
    /// Requests that were answered, and nanoseconds that they took; the latest ones.
    answered: u64,
    waited: u64,
    /// What had been done before the turn.
    before: Work,
    /// Nanoseconds from one turn to the next.
    period: u64,
    last: Time,
}

/// Decides whether the next wait begins awake.
#[derive(Debug, Default)]
pub(super) struct Spinning {
    /// Waits for nodes, and waits for clients.
    scores: [u8; 2],
    waits_for_nodes: bool,
    is_awake: bool,
    began: Time,
}

// === impl Rhythm ===

impl Rhythm {
    /// Events are gathered for at most `gather_max`; never if that is zero.
    pub(super) fn new(gather_max: Duration) -> Self {
        Self {
            gather_max,
            ..Self::default()
        }
    }

    /// From now on events are gathered for so long at most.
    pub(super) fn set_gather_max(&mut self, gather_max: Duration) {
        self.gather_max = gather_max;
    }

    /// A turn begins at `now` because so many events came; `work` is all that was done before it. True if requests have
    /// come in the turn before.
    pub(super) fn turn(&mut self, events: usize, work: Work, now: Time) -> bool {
        // A pause says nothing of the rhythm before and after it.
        let period = now.since(self.last).min(1_000_000);
        let taken = work.requests - self.before.requests;
        let answered = work.answered - self.before.answered;
        let waited = work.latency_ns - self.before.latency_ns;
        if answered > 0 {
            self.answered += answered;
            self.waited += waited.min(answered * LATENCY_MAX);
            if self.answered > LATENCY_REQUESTS {
                self.answered /= 2;
                self.waited /= 2;
            }
        }
        self.last = now;
        self.before = work;
        self.events = mean(self.events, events as u64 * 1000);
        self.requests = mean(self.requests, taken * 1000);
        self.period = mean(self.period, period);
        taken > 0
    }

    /// The worker's thread has worked for so long until `now`.
    pub(super) fn note_worked(&mut self, worked: Duration, now: Time) {
        let elapsed = Duration::from_nanos(now.since(self.worked_at))
            .as_micros()
            .max(1);
        let busy = worked.saturating_sub(self.worked).as_micros();
        let share = u64::try_from(busy * 1000 / elapsed)
            .unwrap_or(u64::MAX)
            .min(1000);
        self.load = mean(self.load, share);
        self.worked = worked;
        self.worked_at = now;
    }

    /// How many events to wait for, and for how long, while so many clients wait for replies.
    pub(super) fn gather(&self, busy: usize) -> (u32, Duration) {
        let clients = u32::try_from(busy).unwrap_or(u32::MAX);
        if self.load <= LOADED {
            return (1, Duration::ZERO);
        }
        let window = GATHER_PER_CLIENT
            .saturating_mul(clients)
            .min(self.latency() / LATENCY_PER_WAIT)
            .min(self.gather_max);
        // Thousandths of events per nanosecond are events per microsecond.
        let micros = u64::try_from(window.as_micros()).unwrap_or(u64::MAX);
        let expected = self.events.saturating_mul(micros) / self.period.max(1);
        let count = expected.min(busy as u64).min(GATHER_MAX);
        let is_piped = self.requests > self.events.saturating_mul(REQUESTS_PER_EVENT);
        let is_enough = is_piped && self.requests > REQUESTS_ENOUGH * 1000;
        if count < GATHER_MIN || is_enough {
            return (1, Duration::ZERO);
        }
        (u32::try_from(count).unwrap_or(u32::MAX), window)
    }

    /// How long requests take.
    fn latency(&self) -> Duration {
        Duration::from_nanos(self.waited / self.answered.max(1))
    }
}

/// The moving mean with one value more.
fn mean(past: u64, value: u64) -> u64 {
    (past * PAST + value) / (PAST + 1)
}

// === impl Spinning ===

impl Spinning {
    /// A wait begins at `now`; returns how long it may be spent awake.
    pub(super) fn begin(&mut self, busy: usize, now: Time) -> Duration {
        self.began = now;
        self.waits_for_nodes = busy > 0;
        self.is_awake = busy <= BUSY_MAX && *self.score() >= SCORE_ENOUGH;
        if self.is_awake { SPIN } else { Duration::ZERO }
    }

    /// The wait is over at `now`, because something happened or not.
    pub(super) fn end(&mut self, happened: bool, now: Time) {
        let was_awake = self.is_awake;
        let enough = if was_awake { SPIN } else { PROMISING };
        let is_short = happened && u128::from(now.since(self.began)) <= enough.as_nanos();
        let score = self.score();
        *score = if is_short {
            (*score + 1).min(SCORE_ENOUGH)
        } else {
            0
        };
    }

    fn score(&mut self) -> &mut u8 {
        let [clients, nodes] = &mut self.scores;
        if self.waits_for_nodes { nodes } else { clients }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Rhythm, Spinning};
    use crate::pipeline::{Time, Work};

    /// Requests that took so many microseconds each.
    fn done(requests: u64, micros: u64) -> Work {
        Work {
            requests,
            answered: requests,
            latency_ns: requests * micros * 1000,
        }
    }

    /// The rhythm of a worker that has much to do.
    fn loaded(gather_max: Duration) -> Rhythm {
        let mut rhythm = Rhythm::new(gather_max);
        rhythm.load = 1000;
        rhythm
    }

    /// Waits of this many microseconds; returns how many of them were spent awake.
    fn awake(spinning: &mut Spinning, busy: usize, micros: u64, times: usize) -> usize {
        let mut now = Time(0);
        let mut count = 0;
        for _ in 0..times {
            count += usize::from(!spinning.begin(busy, now).is_zero());
            now = Time(now.0 + micros * 1000);
            spinning.end(true, now);
        }
        count
    }

    #[test]
    fn stays_awake_where_waits_are_short_and_only_there() {
        let mut spinning = Spinning::default();
        assert!(awake(&mut spinning, 1, 20, 100) > 80);
        assert_eq!(awake(&mut spinning, 0, 1000, 100), 0, "clients are slow");
        assert_eq!(
            awake(&mut spinning, 1, 20, 100),
            100,
            "nodes are still fast"
        );
        assert_eq!(
            awake(&mut spinning, 1, 500, 100),
            1,
            "now they are slow too"
        );
        assert_eq!(awake(&mut spinning, 50, 5, 100), 0, "many clients");
    }

    #[test]
    fn tries_again_and_again_where_waking_up_takes_longest() {
        let mut spinning = Spinning::default();
        let count = awake(&mut spinning, 1, 170, 900);
        assert!((90..=110).contains(&count), "{count} of 900");
    }

    #[test]
    fn an_idle_worker_sleeps() {
        let mut spinning = Spinning::default();
        awake(&mut spinning, 0, 20, 20);
        assert!(!spinning.begin(0, Time(0)).is_zero());
        spinning.end(false, Time(10_000_000));
        assert!(spinning.begin(0, Time(0)).is_zero());
    }

    #[test]
    fn gathers_what_the_next_moment_is_likely_to_bring() {
        let mut rhythm = loaded(Duration::from_millis(2));
        assert_eq!(rhythm.gather(50).0, 1);
        let (mut now, mut requests) = (0, 0);
        let mut run = |events: usize, micros: u64, depth: u64, busy: usize| {
            for _ in 0..200 {
                now += micros * 1000;
                requests += events as u64 * depth;
                rhythm.turn(events, done(requests, 5_000), Time(now));
            }
            let (count, window) = rhythm.gather(busy);
            assert_eq!(count > 1, !window.is_zero());
            count
        };
        assert_eq!(run(2, 100, 1, 4), 1, "few clients");
        assert!((23..=24).contains(&run(1, 20, 1, 40)));
        assert_eq!(run(1, 1000, 1, 100), 1, "few events");
        assert_eq!(run(30, 20, 1, 500), 500, "one for each client");
        assert_eq!(run(30, 20, 1, 2000), 512);
        assert_eq!(run(60, 100, 3, 500), 500, "short pipelines");
        assert_eq!(run(4, 20, 16, 40), 1, "many requests");
        assert_eq!(run(0, 10_000, 1, 500), 1);
    }

    #[test]
    fn gathers_nothing_where_that_is_not_wanted() {
        let mut rhythm = loaded(Duration::ZERO);
        for turn in 1..200 {
            rhythm.turn(30, done(turn * 30, 5_000), Time(turn * 20_000));
        }
        assert_eq!(rhythm.gather(500), (1, Duration::ZERO));
        let max = Duration::from_micros(500);
        rhythm.set_gather_max(max);
        assert_eq!(rhythm.gather(500).1, max);
    }

    #[test]
    fn clients_that_get_no_reply_make_nobody_wait_longer() {
        let mut rhythm = loaded(Duration::from_millis(2));
        for turn in 1..200 {
            rhythm.turn(30, done(turn * 30, 300), Time(turn * 20_000));
        }
        assert!(rhythm.gather(500).1 <= Duration::from_micros(101));
    }

    #[test]
    fn gathers_only_where_there_is_much_to_do() {
        let mut rhythm = Rhythm::new(Duration::from_millis(2));
        for turn in 1..200 {
            rhythm.turn(3, done(turn * 3, 5_000), Time(turn * 20_000));
        }
        let (mut at, mut worked) = (0, 0);
        for (percent, micros) in [(40, 0), (80, 240), (60, 240), (30, 0)] {
            for _ in 0..30 {
                at += 10_000;
                worked += percent * 100;
                rhythm.note_worked(Duration::from_micros(worked), Time(at * 1_000));
            }
            let window = Duration::from_micros(micros);
            assert_eq!(rhythm.gather(20).1, window, "{percent} % of the time");
        }
    }

    #[test]
    fn most_requests_tell_how_long_they_take_and_not_most_turns() {
        let mut rhythm = loaded(Duration::from_millis(2));
        let mut work = Work::default();
        for turn in 1..400 {
            // A large turn now and then, with small ones in between whose requests are answered at once.
            let (answered, micros) = if turn % 20 == 0 {
                (300, 3_000)
            } else {
                (1, 40)
            };
            work.requests += answered;
            work.answered += answered;
            work.latency_ns += answered * micros * 1000;
            rhythm.turn(8, work, Time(turn * 20_000));
        }
        let window = rhythm.gather(300).1;
        assert!(window > Duration::from_micros(800), "{window:?}");
    }
}
