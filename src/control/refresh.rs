//! When to ask for the topology, and whom. Pure: time and chance come in as arguments.
//!
//! ```text
//!   timer --------------------+
//!   hints of workers ---------+--> one refresh at a time --> answered: wait for the next reason
//!   nobody answered: back off +                          --> not: again, less and less often
//! ```
//!
//! Holds: two refreshes never start closer together than `refresh_interval_min`, however many hints
//! come; any number of hints before a start lead to one refresh. A hint that comes during a refresh
//! leads to another one, because the answers may be older than its reason.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cluster::{NodeAddr, RefreshReason, SlotMap};
use crate::config::Seed;

/// When the next refresh starts. Times are measured from the start of control.
#[derive(Debug)]
pub(super) struct Schedule {
    interval: Duration,
    interval_min: Duration,
    /// No refresh starts before.
    earliest: Duration,
    /// The timer's next refresh.
    timer: Duration,
    /// The first hint since the last start, and when its refresh may start.
    hint: Option<(RefreshReason, Duration)>,
    /// Refreshes in a row that nobody answered.
    failures: u32,
    running: bool,
}

/// What a refresh is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The first one.
    Start,
    /// The interval has passed.
    Timer,
    /// A worker wishes it.
    Hint(RefreshReason),
    /// Nobody answered the last one.
    Retry,
}

/// Whom to ask: `first`, and if they know of no slot, `then`. The `silent` did not answer last time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Whom {
    pub(super) first: Vec<NodeAddr>,
    pub(super) then: Vec<NodeAddr>,
    pub(super) silent: BTreeSet<NodeAddr>,
}

// === impl Schedule ===

impl Schedule {
    /// The first refresh is due at once.
    pub(super) fn new(interval: Duration, interval_min: Duration) -> Self {
        Self {
            interval: interval.max(interval_min),
            interval_min,
            earliest: Duration::ZERO,
            timer: Duration::ZERO,
            hint: None,
            failures: 0,
            running: false,
        }
    }

    /// Goes by other intervals from now on.
    pub(super) fn set(&mut self, interval: Duration, interval_min: Duration, now: Duration) {
        self.interval = interval.max(interval_min);
        self.interval_min = interval_min;
        self.timer = self.timer.min(now + self.interval);
        self.earliest = self.earliest.min(now + interval_min);
    }

    /// Notes a wish. `jitter` in 0..1 keeps proxies that saw the same event from asking together.
    pub(super) fn hint(&mut self, reason: RefreshReason, now: Duration, jitter: f64) {
        let pause = self.interval_min.mul_f64(jitter * HINT_JITTER);
        self.hint.get_or_insert((reason, now + pause));
    }

    /// If a refresh was asked for and has not started.
    pub(super) fn has_hint(&self) -> bool {
        self.hint.is_some() || self.failures > 0
    }

    /// Time until the timer's next refresh.
    pub(super) fn timer_in(&self, now: Duration) -> Duration {
        self.timer.saturating_sub(now)
    }

    /// Starts a refresh if one is due. `jitter` in 0..1 moves the next one of the timer.
    pub(super) fn try_start(&mut self, now: Duration, jitter: f64) -> Option<Cause> {
        if self.running || now < self.earliest {
            return None;
        }
        let cause = match self.hint {
            _ if self.timer == Duration::ZERO => Cause::Start,
            Some((reason, due)) if now >= due => Cause::Hint(reason),
            _ if self.failures > 0 => Cause::Retry,
            _ if now >= self.timer => Cause::Timer,
            _ => return None,
        };
        self.running = true;
        self.hint = None;
        self.earliest = now + self.interval_min;
        self.timer = now
            + self
                .interval
                .mul_f64(1.0 - TIMER_JITTER / 2.0 + TIMER_JITTER * jitter);
        Some(cause)
    }

    /// Notes the end of the refresh: after one that nobody answered, the next waits twice as long as
    /// before, but not longer than the interval.
    pub(super) fn finish(&mut self, answered: bool, now: Duration) {
        self.running = false;
        if answered {
            self.failures = 0;
            return;
        }
        let wait = self
            .interval_min
            .saturating_mul(1 << self.failures.min(BACK_OFF_DOUBLINGS_MAX));
        self.failures = self.failures.saturating_add(1);
        self.earliest = self.earliest.max(now + wait.min(self.interval));
    }
}

// === impl Whom ===

impl Whom {
    /// Chooses for the refresh number `round`: some nodes of the map, in turn, those that answered
    /// last time and are well before the others, and one seed in turn. The seed finds the cluster
    /// again when the addresses of nodes have come into other hands. After those, everyone else. Without a map
    /// those that the process before has `told` of are nodes.
    pub(super) fn choose(
        known: &SlotMap,
        told: &[NodeAddr],
        seeds: &[Seed],
        silent: &BTreeSet<NodeAddr>,
        round: usize,
    ) -> Self {
        let mut nodes: Vec<_> = known.nodes().collect();
        let turn = round.checked_rem(nodes.len()).unwrap_or_default();
        nodes.rotate_left(turn);
        nodes.sort_by_key(|node| (silent.contains(&node.addr), !node.is_usable()));
        let mut nodes: Vec<_> = nodes.into_iter().map(|node| node.addr.clone()).collect();
        if nodes.is_empty() {
            nodes = told.to_vec();
            nodes.rotate_left(round.checked_rem(told.len()).unwrap_or_default());
            nodes.sort_by_key(|addr| silent.contains(addr));
        }
        let mut seeds: Vec<NodeAddr> = seeds
            .iter()
            .map(|seed| NodeAddr::new(&seed.host, seed.port))
            .collect();
        let turn = round.checked_rem(seeds.len()).unwrap_or_default();
        seeds.rotate_left(turn);

        let mut nodes = unique(nodes).into_iter();
        let mut first: Vec<NodeAddr> = nodes.by_ref().take(NODES_ASKED).collect();
        let seeds_asked = if first.is_empty() {
            SEEDS_ASKED_AT_FIRST
        } else {
            1
        };
        let mut seeds = unique(seeds).into_iter();
        first.extend(seeds.by_ref().take(seeds_asked));
        let first = unique(first);
        let mut then = unique(seeds.chain(nodes));
        then.retain(|addr| !first.contains(addr));
        then.truncate(THEN_ASKED_MAX);
        Self {
            first,
            then,
            silent: silent.clone(),
        }
    }
}

fn unique(addrs: impl IntoIterator<Item = NodeAddr>) -> Vec<NodeAddr> {
    let mut seen = BTreeSet::new();
    addrs
        .into_iter()
        .filter(|addr| seen.insert(addr.clone()))
        .collect()
}

/// Nodes of the map asked at a time: enough to outvote one that is wrong.
const NODES_ASKED: usize = 3;
/// Seeds asked at a time while no node is known.
const SEEDS_ASKED_AT_FIRST: usize = 8;
/// Further nodes and seeds asked when the first know nothing.
const THEN_ASKED_MAX: usize = 24;
/// A hint waits for up to this share of the shortest interval.
const HINT_JITTER: f64 = 0.25;
/// The timer's interval varies by this share in all.
const TIMER_JITTER: f64 = 0.2;
/// Enough for any pair of intervals that makes sense.
const BACK_OFF_DOUBLINGS_MAX: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Node, Role, Shard};

    const INTERVAL: Duration = Duration::from_millis(1000);
    const MIN: Duration = Duration::from_millis(100);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn started_at_zero() -> Schedule {
        let mut schedule = Schedule::new(INTERVAL, MIN);
        assert_eq!(schedule.try_start(ms(0), 0.5), Some(Cause::Start));
        schedule
    }

    #[test]
    fn the_timer_starts_refreshes_with_jitter() {
        for (jitter, due) in [(0.0, 900), (0.5, 1000), (0.99, 1098)] {
            let mut schedule = Schedule::new(INTERVAL, MIN);
            assert_eq!(schedule.try_start(ms(0), jitter), Some(Cause::Start));
            schedule.finish(true, ms(5));
            assert_eq!(
                schedule.try_start(ms(due - 1), 0.5),
                None,
                "jitter {jitter}"
            );
            assert_eq!(
                schedule.try_start(ms(due), 0.5),
                Some(Cause::Timer),
                "jitter {jitter}"
            );
        }
    }

    #[test]
    fn hints_are_coalesced_and_never_too_often() {
        let mut schedule = started_at_zero();
        schedule.finish(true, ms(5));
        for at in 10..50 {
            schedule.hint(RefreshReason::Moved, ms(at), 0.0);
            schedule.hint(RefreshReason::LostLink, ms(at), 0.0);
            assert_eq!(schedule.try_start(ms(at), 0.5), None);
        }
        assert_eq!(schedule.try_start(ms(99), 0.5), None);
        let first = Some(Cause::Hint(RefreshReason::Moved));
        assert_eq!(schedule.try_start(ms(100), 0.5), first);
        schedule.finish(true, ms(101));
        assert_eq!(
            schedule.try_start(ms(300), 0.5),
            None,
            "one refresh for all hints"
        );
    }

    #[test]
    fn starts_keep_their_distance_under_a_storm_of_hints() {
        let mut schedule = Schedule::new(INTERVAL, MIN);
        let mut starts = Vec::new();
        for at in 0..5000 {
            schedule.hint(RefreshReason::Moved, ms(at), 0.3);
            if schedule.try_start(ms(at), 0.3).is_some() {
                starts.push(at);
                schedule.finish(at % 3 != 0, ms(at));
            }
        }
        assert!(
            starts.windows(2).all(|pair| pair[1] - pair[0] >= 100),
            "{starts:?}"
        );
        assert!(starts.len() > 20, "{starts:?}");
    }

    #[test]
    fn a_hint_waits_for_its_jitter() {
        let mut schedule = started_at_zero();
        schedule.finish(true, ms(1));
        schedule.hint(RefreshReason::ReadOnly, ms(500), 0.8);
        assert_eq!(schedule.try_start(ms(519), 0.5), None);
        let cause = Some(Cause::Hint(RefreshReason::ReadOnly));
        assert_eq!(schedule.try_start(ms(520), 0.5), cause);
    }

    #[test]
    fn a_hint_during_a_refresh_leads_to_another() {
        let mut schedule = started_at_zero();
        schedule.hint(RefreshReason::ClusterDown, ms(10), 0.0);
        assert_eq!(schedule.try_start(ms(150), 0.5), None, "one at a time");
        schedule.finish(true, ms(160));
        let cause = Some(Cause::Hint(RefreshReason::ClusterDown));
        assert_eq!(schedule.try_start(ms(160), 0.5), cause);
    }

    #[test]
    fn it_backs_off_while_nobody_answers() {
        let mut schedule = started_at_zero();
        let mut now = ms(0);
        for wait in [100, 200, 400, 800, 1000, 1000] {
            schedule.finish(false, now);
            schedule.hint(RefreshReason::LostLink, now, 0.0);
            schedule.hint = None;
            assert_eq!(schedule.try_start(now + ms(wait - 1), 0.5), None);
            now += ms(wait);
            assert_eq!(
                schedule.try_start(now, 0.5),
                Some(Cause::Retry),
                "after {wait} ms"
            );
        }
        schedule.finish(true, now);
        assert_eq!(schedule.try_start(now + ms(999), 0.5), None);
        assert_eq!(schedule.try_start(now + ms(1000), 0.5), Some(Cause::Timer));
    }

    fn addr(port: u16) -> NodeAddr {
        NodeAddr::new("n", port)
    }

    fn seeds(ports: std::ops::Range<u16>) -> Vec<Seed> {
        ports
            .map(|port| Seed {
                host: "s".to_owned(),
                port,
            })
            .collect()
    }

    fn ports(addrs: &[NodeAddr]) -> Vec<u16> {
        addrs.iter().map(|addr| addr.port).collect()
    }

    fn five_nodes() -> SlotMap {
        let mut map = SlotMap::empty();
        for port in 0..5 {
            map.push_shard(Shard::at(addr(port)));
        }
        map
    }

    #[test]
    fn nodes_take_turns_and_a_seed_comes_along() {
        let (map, seeds, silent) = (five_nodes(), seeds(10..13), BTreeSet::new());
        let told = [addr(20)];
        let rows = [
            (0, vec![0, 1, 2, 10], vec![11, 12, 3, 4]),
            (1, vec![1, 2, 3, 11], vec![12, 10, 4, 0]),
            (5, vec![0, 1, 2, 12], vec![10, 11, 3, 4]),
        ];
        for (round, first, then) in rows {
            let whom = Whom::choose(&map, &told, &seeds, &silent, round);
            assert_eq!(
                (ports(&whom.first), ports(&whom.then)),
                (first, then),
                "round {round}"
            );
        }
    }

    #[test]
    fn the_silent_and_the_sick_come_last() {
        let mut map = five_nodes();
        map.shards[0].primary.as_mut().unwrap().failed = true;
        let silent = BTreeSet::from([addr(1), addr(2)]);
        let whom = Whom::choose(&map, &[], &[], &silent, 0);
        assert_eq!(
            (ports(&whom.first), ports(&whom.then)),
            (vec![3, 4, 0], vec![1, 2])
        );
    }

    #[test]
    fn without_nodes_seeds_are_asked() {
        let whom = Whom::choose(&SlotMap::empty(), &[], &seeds(0..10), &BTreeSet::new(), 3);
        assert_eq!(ports(&whom.first), [3, 4, 5, 6, 7, 8, 9, 0]);
        assert_eq!(ports(&whom.then), [1, 2]);
        let nobody = Whom::choose(&SlotMap::empty(), &[], &[], &BTreeSet::new(), 3);
        assert_eq!((nobody.first, nobody.then), (vec![], vec![]));
    }

    #[test]
    fn who_has_taken_over_begins_with_the_nodes_it_was_told_of() {
        let told: Vec<_> = (0..5).map(addr).collect();
        let choose = |silent, round| {
            let whom = Whom::choose(&SlotMap::empty(), &told, &seeds(10..12), &silent, round);
            (ports(&whom.first), ports(&whom.then))
        };
        let expected = (vec![1, 2, 3, 11], vec![10, 4, 0]);
        assert_eq!(choose(BTreeSet::new(), 1), expected);
        let expected = (vec![0, 3, 4, 10], vec![11, 1, 2]);
        assert_eq!(choose(BTreeSet::from([addr(1), addr(2)]), 0), expected);
    }

    #[test]
    fn nobody_is_asked_twice_and_there_is_a_limit() {
        let mut map = SlotMap::empty();
        let mut shard = Shard::at(NodeAddr::new("s", 1));
        shard
            .replicas
            .push(Node::at(NodeAddr::new("s", 1), Role::Replica));
        map.push_shard(shard);
        let whom = Whom::choose(&map, &[], &seeds(0..3), &BTreeSet::new(), 1);
        assert_eq!(
            (ports(&whom.first), ports(&whom.then)),
            (vec![1], vec![2, 0])
        );
        let whom = Whom::choose(&map, &[], &seeds(0..100), &BTreeSet::new(), 0);
        assert_eq!(whom.then.len(), THEN_ASKED_MAX);
    }
}
