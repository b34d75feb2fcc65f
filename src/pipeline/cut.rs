//! Clients that are closed instead of told that an outcome is unknown (`clients.on_unknown_outcome`).
//!
//! Libraries take a lost connection for something that happens, and an error that they have not heard of for a
//! fault of the application. What was asked before is answered; what was asked later is not, whatever comes of it.

use bytes::BytesMut;

use super::Pipeline;
use super::client::{ClientSession, Phase};
use super::link::PartId;
use crate::config::UnknownOutcome;

// === impl ClientSession ===

impl ClientSession {
    /// If everything is answered that is going to be.
    pub(super) fn is_answered(&self) -> bool {
        let cut = self.quiet.as_ref().is_some_and(|quiet| {
            // The oldest request is behind the last one that is answered.
            quiet.is_cut(self.pending.front_seq())
        });
        cut || self.pending.is_empty()
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Nobody knows the outcome of a request, and its error is about to be given to its client: if the settings say
    /// so, the client gets its earlier replies and then the end instead.
    pub(super) fn cut_off(&mut self, id: PartId) {
        if self.config.clients.on_unknown_outcome != UnknownOutcome::Close {
            return;
        }
        if self.cut_at(id) {
            self.stats.counters.closes_unknown_outcome += 1;
        }
    }

    /// The client gets the replies to what it asked before `id`, and then the end; false if that was said of an earlier
    /// request already.
    pub(super) fn cut_at(&mut self, id: PartId) -> bool {
        let Some(client) = self.clients.get_mut(id.client) else {
            return false;
        };
        if client.pending.get_mut(id.seq).is_none() {
            return false;
        }
        // A large request that waits for its turn would go on without its beginning.
        self.give_upload_up(id.client);
        let Some(client) = self.clients.get_mut(id.client) else {
            return false;
        };
        if client.quiet.is_none() {
            self.quiet_clients += 1;
        }
        let is_new = client.quiet.get_or_insert_default().cut(id.seq);
        client.phase = Phase::Finishing;
        client.input = BytesMut::new();
        self.note_specials();
        is_new
    }
}
