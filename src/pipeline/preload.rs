//! Scripts that a node may not know go in front of the first request that names them.
//!
//! ```text
//!   EVALSHA a            ->  SCRIPT LOAD ..., EVALSHA a         once per script and link
//!   MULTI EVALSHA a EXEC ->  SCRIPT LOAD ..., MULTI EVALSHA a EXEC
//! ```
//!
//! A link leads to one process, so what was loaded over it is there until somebody flushes scripts. Without this,
//! requests in a row after a failover would get NOSCRIPT up to the last one, which alone can be sent again
//! (see [`scripts`](super::scripts)), and those inside a transaction could not be at all.
//!
//! Holds: only scripts that a client has sent are loaded, and none after SCRIPT FLUSH. A node that cannot load one
//! answers the request itself. Limits: [`LOADED_MAX`] names per link, and what may wait for a node. Costs: reading a
//! digest and a look-up per EVALSHA.

use std::collections::HashSet;

use super::Pipeline;
use super::link::{Owner, ShardLink};
use super::script_cache::{Digest, parse};
use super::slab::Key;
use super::time::Time;
use crate::resp::{Limits, ReplyView, RequestScanner, RequestView, write};

/// Names that are remembered per link; with one more all are forgotten, and loaded again when they are needed.
const LOADED_MAX: usize = 4096;

/// What a transaction's reply has where a script was not known.
const NO_SCRIPT: &[u8] = b"\r\n-NOSCRIPT ";

/// Scripts that were loaded over a link.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// How often all scripts had been forgotten then.
    flushes: u64,
    digests: HashSet<Digest>,
}

// === impl Loaded ===

impl Loaded {
    fn has(&self, digest: Digest, flushes: u64) -> bool {
        self.flushes == flushes && self.digests.contains(&digest)
    }

    fn add(&mut self, digest: Digest, flushes: u64) {
        if self.flushes != flushes || self.digests.len() >= LOADED_MAX {
            self.digests.clear();
        }
        self.flushes = flushes;
        self.digests.insert(digest);
    }
}

// === impl ShardLink ===

impl ShardLink {
    fn lacks(&self, digest: Digest, flushes: u64) -> bool {
        let loaded = self.loaded.as_ref();
        !loaded.is_some_and(|loaded| loaded.has(digest, flushes))
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Before a request goes to link `key`: loads scripts that it names and that were not loaded there.
    pub(super) fn preload(&mut self, key: Key, owner: Owner, bytes: &[u8], now: Time) {
        if self.scripts.cache.is_empty() {
            return;
        }
        match owner {
            Owner::Part(_) => self.preload_for(key, &RequestView::new(bytes), now),
            Owner::Batch { .. } => {
                let mut scanner = RequestScanner::default();
                let mut rest = bytes;
                while let Ok(shape) = scanner.scan_shape(rest, &Limits::DEFAULT) {
                    let (frame, behind) = rest.split_at(shape.frame_len());
                    self.preload_for(key, &RequestView::with_shape(frame, &shape), now);
                    rest = behind;
                }
            }
            _ => {}
        }
    }

    fn preload_for(&mut self, key: Key, view: &RequestView<'_>, now: Time) {
        let name = view.arg(0).unwrap_or_default();
        if !name.eq_ignore_ascii_case(b"EVALSHA") && !name.eq_ignore_ascii_case(b"EVALSHA_RO") {
            return;
        }
        let Some(digest) = view.arg(1).and_then(parse) else {
            return;
        };
        let flushes = self.scripts.flushes;
        let max = self.config.limits.node_backlog_bytes_max;
        let is_wanted = self
            .links
            .get(key)
            .is_some_and(|link| link.lacks(digest, flushes) && link.log.unwritten_len() <= max);
        if !is_wanted {
            return;
        }
        let Some(script) = self.scripts.cache.find(digest) else {
            return;
        };
        let mut load = Vec::with_capacity(script.len() + 64);
        write::request(&mut load, &[b"SCRIPT", b"LOAD", &script]);
        if self.append_own(key, Owner::Load, &load, now)
            && let Some(link) = self.links.get_mut(key)
        {
            link.loaded.get_or_insert_default().add(digest, flushes);
            self.stats.counters.scripts_loaded += 1;
        }
    }

    /// The reply to SCRIPT LOAD. False if it cannot be that.
    pub(super) fn note_loaded(&mut self, key: Key, reply: &[u8]) -> bool {
        let view = ReplyView::new(reply);
        if view.as_error().is_some() {
            self.forget_loaded(key);
            return true;
        }
        view.as_bulk().and_then(parse).is_some()
    }

    /// A node does not know scripts that were loaded.
    pub(super) fn forget_loaded(&mut self, key: Key) {
        if let Some(link) = self.links.get_mut(key) {
            link.loaded = None;
        }
    }

    /// Looks at what a transaction gave: if a script was not known, the next ones shall not rely on it.
    pub(super) fn note_unknown_scripts(&mut self, key: Key, reply: &[u8]) {
        let has_some = self
            .links
            .get(key)
            .is_some_and(|link| link.loaded.is_some());
        if has_some && reply.windows(NO_SCRIPT.len()).any(|part| part == NO_SCRIPT) {
            self.forget_loaded(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LOADED_MAX, Loaded};

    #[test]
    fn what_is_remembered_is_bounded_and_ends_with_a_flush() {
        let digest = |n: usize| {
            let mut digest = [0; 20];
            digest[..8].copy_from_slice(&(n as u64).to_le_bytes());
            digest
        };
        let mut loaded = Loaded::default();
        for n in 0..LOADED_MAX {
            loaded.add(digest(n), 0);
        }
        assert!(loaded.has(digest(0), 0) && loaded.has(digest(LOADED_MAX - 1), 0));
        loaded.add(digest(LOADED_MAX), 0);
        assert!(!loaded.has(digest(0), 0) && loaded.has(digest(LOADED_MAX), 0));
        assert!(!loaded.has(digest(LOADED_MAX), 1));
        loaded.add(digest(1), 1);
        assert!(loaded.has(digest(1), 1) && !loaded.has(digest(LOADED_MAX), 1));
    }
}
