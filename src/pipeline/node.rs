//! A node as one worker sees it: its links, and when it may be connected to.

use std::time::Duration;

use super::link::{Purpose, Terms};
use super::slab::Key;
use super::time::Time;
use crate::cluster::NodeAddr;
use crate::resp::Protocol;

/// A node as this worker sees it.
#[derive(Debug)]
pub(super) struct NodeEntry {
    pub(super) addr: NodeAddr,
    /// The link that new requests use, by protocol and purpose, for clients with plain terms.
    links: [Option<Key>; 8],
    /// The same for other terms.
    other_links: Vec<(Terms, Purpose, Key)>,
    /// Private links that nobody holds, with the time since when; the last one is the youngest.
    pub(super) idle_private: Vec<(Key, Time)>,
    /// Connections that are open or being opened, retiring ones too.
    open_links: u32,
    /// Failed attempts in a row.
    pub(super) failures: u32,
    /// It has failed too often, or for too long, to be asked for reads that others can serve.
    pub(super) is_avoided: bool,
    /// When the last of them was noted.
    failed_at: Option<Time>,
    /// Not connected to before this moment.
    pub(super) retry_at: Time,
    outage: Option<Outage>,
    /// What it said when it refused the last link, which nothing else has happened to since.
    pub(super) refusal: Option<Box<str>>,
    /// When control may be asked again about a node that owes replies.
    quiet_ask_at: Time,
    permits: Permits,
    pub(super) in_map: bool,
    /// The cluster says that it is down.
    pub(super) has_failed: bool,
}

/// A node that cannot be reached.
#[derive(Debug, Clone, Copy)]
struct Outage {
    since: Time,
    /// The last time that it could not be reached.
    last: Time,
    /// When control may be asked about it again.
    ask_at: Time,
}

/// Private links that may be opened now. They are as many as clients that wait in the node, who all come at once after
/// it was away.
#[derive(Debug, Clone, Copy)]
struct Permits {
    left: u32,
    filled_at: Time,
}

/// First pause after a failed attempt to connect; doubles up to `server_retry_timeout`.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// Private links opened to a node at once.
const BURST: u32 = 64;

/// Then one more may be opened per so many nanoseconds: a server accepts several times as many, and there are other
/// workers and proxies.
const PERMIT_EVERY: u64 = 1_000_000;

// === impl NodeEntry ===

impl NodeEntry {
    pub(super) fn new(addr: NodeAddr) -> Self {
        Self {
            addr,
            links: [None; 8],
            other_links: Vec::new(),
            idle_private: Vec::new(),
            open_links: 0,
            failures: 0,
            is_avoided: false,
            failed_at: None,
            retry_at: Time(0),
            outage: None,
            refusal: None,
            quiet_ask_at: Time(0),
            permits: Permits {
                left: BURST,
                filled_at: Time(0),
            },
            in_map: false,
            has_failed: false,
        }
    }

    /// The shared link for such requests, if there is one.
    #[inline]
    pub(super) fn link(&self, terms: Terms, purpose: Purpose) -> Option<Key> {
        match place_of(terms, purpose) {
            Some(place) => self.links.get(place).copied().flatten(),
            None => self.other_link(terms, purpose),
        }
    }

    #[cold]
    fn other_link(&self, terms: Terms, purpose: Purpose) -> Option<Key> {
        let mut others = self.other_links.iter();
        let found = others.find(|other| (other.0, other.1) == (terms, purpose));
        found.map(|(_, _, key)| *key)
    }

    pub(super) fn set_link(&mut self, terms: Terms, purpose: Purpose, link: Option<Key>) {
        if let Some(place) = place_of(terms, purpose).and_then(|at| self.links.get_mut(at)) {
            *place = link;
            return;
        }
        self.other_links
            .retain(|other| (other.0, other.1) != (terms, purpose));
        self.other_links
            .extend(link.map(|key| (terms, purpose, key)));
    }

    /// A link to this node was opened.
    pub(super) fn note_opened(&mut self) {
        self.open_links += 1;
    }

    /// A link to this node is gone.
    pub(super) fn note_closed(&mut self) {
        debug_assert!(self.open_links > 0, "more links closed than opened");
        self.open_links = self.open_links.saturating_sub(1);
    }

    pub(super) fn may_connect(&self, now: Time) -> bool {
        now >= self.retry_at
    }

    /// A connection was refused, lost or did not come about. `chance` spreads the next attempts of workers and
    /// proxies that saw it together.
    pub(super) fn note_failure(&mut self, retry_timeout: Duration, chance: u8, now: Time) {
        let pause = RETRY_PAUSE
            .saturating_mul(1 << self.failures.min(10))
            .min(retry_timeout);
        let pause = pause * 3 / 4 + pause * u32::from(chance) / 512;
        self.failures = self.failures.saturating_add(1);
        self.failed_at = Some(now);
        self.refusal = None;
        self.retry_at = now.plus(pause);
    }

    /// If the loss of a link that was opened then says something new: links that were there before the last failure
    /// are lost together with it, and are one failure, however many they are.
    pub(super) fn is_news(&self, opened_at: Time) -> bool {
        self.failed_at.is_none_or(|failed| opened_at > failed)
    }

    /// It works, or is said to.
    pub(super) fn note_success(&mut self) {
        self.failures = 0;
        self.is_avoided = false;
        self.failed_at = None;
        self.retry_at = Time(0);
        self.outage = None;
        self.refusal = None;
    }

    /// It could not be reached. An earlier time that lies further back than `memory`, or after which it has said
    /// something over another connection, was another outage.
    pub(super) fn note_down(&mut self, memory: Duration, answered_at: Time, now: Time) {
        let is_this =
            |outage: &Outage| now < outage.last.plus(memory) && answered_at <= outage.since;
        let outage = self.outage.filter(is_this);
        let mut outage = outage.unwrap_or(Outage {
            since: now,
            last: now,
            ask_at: now,
        });
        outage.last = now;
        self.outage = Some(outage);
    }

    /// It has said something at `answered_at` over some connection: an outage that began before is over.
    pub(super) fn note_answer(&mut self, answered_at: Time) {
        self.outage = self.outage.filter(|outage| outage.since >= answered_at);
    }

    /// If an outage is remembered, however long ago it was.
    pub(super) fn has_outage(&self) -> bool {
        self.outage.is_some()
    }

    /// Since when it cannot be reached, if it could not lately.
    pub(super) fn down_since(&self, memory: Duration, now: Time) -> Option<Time> {
        let outage = self.outage?;
        (now < outage.last.plus(memory)).then_some(outage.since)
    }

    /// If control shall be asked about the outage now; the next time is due after a `share` of its age.
    pub(super) fn asks(&mut self, share: u32, most: Duration, now: Time) -> bool {
        let Some(outage) = &mut self.outage else {
            return false;
        };
        if now < outage.ask_at {
            return false;
        }
        let age = Duration::from_nanos(now.since(outage.since));
        outage.ask_at = now.plus((age / share).min(most));
        true
    }

    /// As [`Self::asks`], for a node that is connected and has been silent since then.
    pub(super) fn asks_quiet(
        &mut self,
        since: Time,
        share: u32,
        (least, most): (Duration, Duration),
        now: Time,
    ) -> bool {
        let is_due = now >= self.quiet_ask_at;
        if is_due {
            let age = Duration::from_nanos(now.since(since));
            self.quiet_ask_at = now.plus((age / share).clamp(least, most));
        }
        is_due
    }

    /// If one more private link may be opened.
    pub(super) fn takes_permit(&mut self, now: Time) -> bool {
        let permits = &mut self.permits;
        let gained = now.since(permits.filled_at) / PERMIT_EVERY;
        if gained > 0 {
            let gained = u32::try_from(gained).unwrap_or(u32::MAX);
            permits.left = permits.left.saturating_add(gained).min(BURST);
            permits.filled_at = now;
        }
        let takes = permits.left > 0;
        permits.left -= u32::from(takes);
        takes
    }

    /// If the last attempt to connect succeeded, or none was made.
    pub(super) fn works(&self) -> bool {
        self.failures == 0
    }

    pub(super) fn is_in_map(&self) -> bool {
        self.in_map
    }

    pub(super) fn is_unused(&self) -> bool {
        !self.in_map && self.open_links == 0
    }
}

/// Place among the links for plain terms.
#[inline]
fn place_of(terms: Terms, purpose: Purpose) -> Option<usize> {
    let is_plain = terms == Terms::plain(terms.protocol);
    let purpose = match purpose {
        Purpose::Primary => 0,
        Purpose::ReplicaRead => 1,
        Purpose::Scripts => 2,
        Purpose::ReplicaScripts => 3,
        Purpose::Beside
        | Purpose::Private
        | Purpose::Invalidations
        | Purpose::Collector
        | Purpose::Subscriptions => return None,
    };
    is_plain.then_some(usize::from(terms.protocol == Protocol::Resp3) * 4 + purpose)
}

#[cfg(test)]
mod tests {
    use super::{BURST, Duration, NodeEntry, Time};
    use crate::cluster::NodeAddr;

    const MEMORY: Duration = Duration::from_secs(2);

    fn node() -> NodeEntry {
        NodeEntry::new(NodeAddr::new("n", 1))
    }

    fn ms(millis: u64) -> Time {
        Time(millis * 1_000_000)
    }

    #[test]
    fn pauses_grow_and_are_spread() {
        let mut node = node();
        let limit = Duration::from_millis(100);
        for (chance, pause) in [(0, 15), (128, 40), (0, 60), (128, 100), (0, 75), (255, 124)] {
            node.note_failure(limit, chance, ms(0));
            assert_eq!(node.retry_at.0 / 1_000_000, pause, "chance {chance}");
            assert!(!node.may_connect(ms(pause - 1)) && node.may_connect(ms(pause + 1)));
        }
        node.note_success();
        assert!(node.may_connect(ms(0)) && node.works());
    }

    #[test]
    fn an_outage_ends_with_a_success_or_when_nobody_tries_any_more() {
        let mut node = node();
        assert_eq!(node.down_since(MEMORY, ms(0)), None);
        for at in [10, 1500, 3000] {
            node.note_down(MEMORY, ms(0), ms(at));
            assert_eq!(node.down_since(MEMORY, ms(at)), Some(ms(10)));
        }
        assert_eq!(node.down_since(MEMORY, ms(5000)), None);
        node.note_down(MEMORY, ms(0), ms(5000));
        assert_eq!(node.down_since(MEMORY, ms(5001)), Some(ms(5000)));
        node.note_down(MEMORY, ms(4999), ms(5500));
        assert_eq!(node.down_since(MEMORY, ms(5500)), Some(ms(5000)));
        node.note_down(MEMORY, ms(5800), ms(6000));
        assert_eq!(node.down_since(MEMORY, ms(6000)), Some(ms(6000)));
        node.note_answer(ms(6000));
        assert_eq!(node.down_since(MEMORY, ms(6001)), Some(ms(6000)));
        node.note_answer(ms(6001));
        assert!(!node.has_outage());
        node.note_down(MEMORY, ms(6001), ms(6100));
        node.note_success();
        assert_eq!(node.down_since(MEMORY, ms(6001)), None);
    }

    #[test]
    fn an_outage_is_asked_about_less_and_less_often() {
        let mut node = node();
        let most = Duration::from_secs(1);
        let mut asked = Vec::new();
        for at in (0..400_000).step_by(50) {
            node.note_down(MEMORY, ms(0), ms(at));
            if node.asks(150, most, ms(at)) {
                asked.push(at);
            }
        }
        let within = |from, to| asked.iter().filter(|at| (from..to).contains(*at)).count();
        assert_eq!(within(0, 5_000), 100, "every 50 ms at first");
        assert!((8..12).contains(&within(14_000, 15_000)), "{asked:?}");
        assert!((49..52).contains(&within(350_000, 400_000)), "{asked:?}");
    }

    #[test]
    fn private_links_are_opened_in_bursts_and_then_at_a_steady_pace() {
        let mut node = node();
        let opened =
            |node: &mut NodeEntry, at| (0..1000).filter(|_| node.takes_permit(ms(at))).count();
        assert_eq!(opened(&mut node, 5), BURST as usize);
        assert_eq!(opened(&mut node, 5), 0);
        assert_eq!(opened(&mut node, 15), 10);
        assert_eq!(opened(&mut node, 5000), BURST as usize);
    }
}
