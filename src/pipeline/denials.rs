//! What clients of this worker were refused because of who they are, for ACL LOG.
//!
//! Limits: [`ENTRIES_MAX`] entries, the oldest goes first; names are kept up to [`NAME_BYTES_MAX`]. What
//! happens again within [`AGAIN_NANOS`] is counted in the entry that is there.

use std::collections::VecDeque;

use super::time::Time;
use crate::access::Denial;

/// Entries at most, as many as servers keep.
const ENTRIES_MAX: usize = 128;

/// Bytes of the name of a key or user that an entry keeps.
const NAME_BYTES_MAX: usize = 128;

/// The same refusal is one entry for so long.
const AGAIN_NANOS: u64 = 60 * 1_000_000_000;

/// The newest refusals, the newest first.
#[derive(Debug, Default)]
pub(super) struct Denials {
    entries: VecDeque<Entry>,
}

/// A refusal, or several of the same kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) count: u64,
    pub(super) reason: Reason,
    /// The command, key or channel.
    pub(super) object: Box<[u8]>,
    pub(super) user: Box<[u8]>,
    /// When it happened last.
    pub(super) at: Time,
    /// The client's line of CLIENT LIST.
    pub(super) client: String,
}

/// What a refusal was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Auth,
    Command,
    Key,
    Channel,
}

// === impl Denials ===

impl Denials {
    pub(super) fn push(&mut self, mut entry: Entry) {
        let mut known = self.entries.iter();
        if let Some(at) = known.position(|earlier| earlier.is_same(&entry))
            && let Some(earlier) = self.entries.remove(at)
        {
            entry.count += earlier.count;
        }
        self.entries.truncate(ENTRIES_MAX - 1);
        self.entries.push_front(entry);
    }

    pub(super) fn newest(&self, count: usize) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter().take(count)
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }
}

// === impl Entry ===

impl Entry {
    pub(super) fn new(
        reason: Reason,
        object: &[u8],
        user: &[u8],
        client: String,
        at: Time,
    ) -> Self {
        let short = |name: &[u8]| name.get(..NAME_BYTES_MAX).unwrap_or(name).into();
        Self {
            count: 1,
            reason,
            object: short(object),
            user: short(user),
            at,
            client,
        }
    }

    fn is_same(&self, later: &Self) -> bool {
        self.reason == later.reason
            && self.object == later.object
            && self.user == later.user
            && later.at.since(self.at) <= AGAIN_NANOS
    }
}

// === impl Reason ===

impl Reason {
    pub(super) const fn of(denial: Denial) -> Self {
        match denial {
            Denial::Command | Denial::Unchecked => Self::Command,
            Denial::Key(_) | Denial::Sort(_) => Self::Key,
            Denial::Channel(_) => Self::Channel,
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Command => "command",
            Self::Key => "key",
            Self::Channel => "channel",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AGAIN_NANOS, Denials, ENTRIES_MAX, Entry, NAME_BYTES_MAX, Reason};
    use crate::pipeline::Time;

    fn entry(object: &str, at: u64) -> Entry {
        Entry::new(
            Reason::Key,
            object.as_bytes(),
            b"app",
            String::new(),
            Time(at),
        )
    }

    #[test]
    fn the_same_is_counted_once() {
        let mut denials = Denials::default();
        denials.push(entry("a", 0));
        denials.push(entry("b", 1));
        denials.push(entry("a", AGAIN_NANOS));
        let shown: Vec<_> = denials
            .newest(9)
            .map(|entry| (entry.object.to_vec(), entry.count))
            .collect();
        assert_eq!(shown, [(b"a".to_vec(), 2), (b"b".to_vec(), 1)]);
        denials.push(entry("a", 2 * AGAIN_NANOS + 1));
        assert_eq!(denials.newest(1).next().unwrap().count, 1, "long ago");
        assert_eq!(denials.newest(9).len(), 3);
    }

    #[test]
    fn there_is_an_end_to_it() {
        let mut denials = Denials::default();
        for n in 0..3 * ENTRIES_MAX {
            denials.push(entry(&n.to_string(), 0));
        }
        assert_eq!(denials.newest(usize::MAX).len(), ENTRIES_MAX);
        let newest = denials.newest(1).next().unwrap();
        assert_eq!(
            *newest.object,
            *(3 * ENTRIES_MAX - 1).to_string().as_bytes()
        );
        let long = entry(&"x".repeat(NAME_BYTES_MAX + 1), 0);
        assert_eq!(long.object.len(), NAME_BYTES_MAX);
        denials.clear();
        assert_eq!(denials.newest(1).len(), 0);
    }
}
