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
    links: [Option<Key>; 4],
    /// The same for other terms.
    other_links: Vec<(Terms, Purpose, Key)>,
    /// Private links that nobody holds, with the time since when; the last one is the youngest.
    pub(super) idle_private: Vec<(Key, Time)>,
    /// Connections that are open or being opened, retiring ones too.
    open_links: u32,
    /// Failed attempts in a row.
    pub(super) failures: u32,
    /// When the last of them was noted.
    failed_at: Option<Time>,
    /// Not connected to before this moment.
    pub(super) retry_at: Time,
    pub(super) in_map: bool,
    /// The cluster says that it is down.
    pub(super) has_failed: bool,
}

/// First pause after a failed attempt to connect; doubles up to `server_retry_timeout`.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

// === impl NodeEntry ===

impl NodeEntry {
    pub(super) fn new(addr: NodeAddr) -> Self {
        Self {
            addr,
            links: [None; 4],
            other_links: Vec::new(),
            idle_private: Vec::new(),
            open_links: 0,
            failures: 0,
            failed_at: None,
            retry_at: Time(0),
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

    /// A connection was refused, lost or did not come about.
    pub(super) fn note_failure(&mut self, retry_timeout: Duration, now: Time) {
        let pause = RETRY_PAUSE
            .saturating_mul(1 << self.failures.min(10))
            .min(retry_timeout);
        self.failures = self.failures.saturating_add(1);
        self.failed_at = Some(now);
        self.retry_at = now.plus(pause);
    }

    /// If the loss of a link that was opened then says something new: links that were there before the last failure
    /// are lost together with it, and are one failure, however many they are.
    pub(super) fn is_news(&self, opened_at: Time) -> bool {
        self.failed_at.is_none_or(|failed| opened_at > failed)
    }

    pub(super) fn note_success(&mut self) {
        self.failures = 0;
        self.failed_at = None;
        self.retry_at = Time(0);
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
        Purpose::Beside | Purpose::Private | Purpose::Invalidations | Purpose::Subscriptions => {
            return None;
        }
    };
    is_plain.then_some(usize::from(terms.protocol == Protocol::Resp3) * 2 + purpose)
}
