//! Links for scripts: a script that takes long holds up other scripts of its node at most, and these not for long.
//!
//! ```text
//!   GET, SET   --> Purpose::Primary --> node       a node that runs a script reads no other request of the
//!   EVAL, ...  --> Purpose::Scripts --> node       connection that waits for it, not even to say BUSY
//! ```
//!
//! Two links have no order between them, so a client's request waits while an earlier one of the same slot is under
//! way over the other link. Scripts of one client and slot in a row follow each other without waiting: they are a
//! *flight*. Each part of a flight counts as unsettled, so anything else of the slot is held; what is held, refused
//! or sent elsewhere ends the flight, and from then on the slot is released one by one as always.
//!
//! Holds: while a slot has a flight, all parts of its client and slot that are under way are scripts on one link.
//! Costs: two small maps of the client per script; requests that are no scripts pay nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use super::client::ClientSession;
use super::ingest::Frame;
use super::link::{LinkState, Owner, PartId, Purpose, ShardLink, Terms};
use super::pending::{At, Lane};
use super::place::Placed;
use super::slab::Key;
use super::time::Time;
use super::{LinkEnd, Pipeline};
use crate::cluster::Slot;

/// A link for scripts on which nothing came for so long takes no more of them: long against what a new connection
/// costs, short enough that few others are behind the script already.
const SLOW_AFTER: Duration = Duration::from_millis(20);

/// Scripts of one client that are under way in a row, by slot.
#[derive(Debug, Default)]
pub(super) struct Flights {
    slots: BTreeMap<Slot, u32>,
    /// Scripts of all slots.
    scripts: usize,
}

// === impl Flights ===

impl Flights {
    /// One more script of `slot` is under way.
    fn begin(&mut self, slot: Slot) {
        *self.slots.entry(slot).or_default() += 1;
        self.scripts += 1;
    }

    /// A part of `slot` is answered.
    #[inline]
    pub(super) fn land(&mut self, slot: Slot) {
        if self.scripts > 0
            && let Some(count) = self.slots.get_mut(&slot)
        {
            *count -= 1;
            self.scripts -= 1;
            if *count == 0 {
                self.slots.remove(&slot);
            }
        }
    }

    /// Scripts of `slot` follow no more without waiting.
    #[inline]
    pub(super) fn end(&mut self, slot: Slot) {
        if self.scripts > 0
            && let Some(count) = self.slots.remove(&slot)
        {
            self.scripts -= count as usize;
        }
    }

    /// As [`Self::end`], for all slots of which this is true.
    pub(super) fn end_where(&mut self, is_over: impl Fn(Slot) -> bool) {
        if self.scripts > 0 {
            self.slots.retain(|slot, _| !is_over(*slot));
            self.scripts = self.slots.values().map(|count| *count as usize).sum();
        }
    }

    /// Scripts of each slot.
    pub(super) fn slots(&self) -> &BTreeMap<Slot, u32> {
        &self.slots
    }
}

// === impl ClientSession ===

impl ClientSession {
    /// If a script has to wait for earlier parts of its slot, which then are unsettled.
    pub(super) fn script_must_wait(&mut self, slot: Slot) -> bool {
        if self.flights.slots.contains_key(&slot) {
            return false;
        }
        // Often a client has nothing else under way.
        if self.pending.len() == self.flights.scripts {
            return false;
        }
        let was_unsettled = self.is_unsettled(slot);
        let mut found = 0;
        // What waits already has seen to it that all before it are waited for.
        let mut is_seen_to = false;
        for pending in self.pending.newest_first() {
            let Ok(()) = pending.state.each_part(|_, part| {
                if part.slot != slot {
                    return Ok::<(), std::convert::Infallible>(());
                }
                is_seen_to |= part.lane == Lane::Scripts && matches!(part.at, At::Held(_));
                if matches!(part.at, At::Link) && !part.unsettled {
                    part.unsettled = true;
                    found += 1;
                }
                Ok(())
            });
            if is_seen_to {
                break;
            }
        }
        for _ in 0..found {
            self.unsettle(slot);
        }
        found > 0 || was_unsettled
    }
}

// === impl Purpose ===

impl Purpose {
    /// The same for scripts.
    fn for_scripts(self) -> Self {
        match self {
            Self::ReplicaRead => Self::ReplicaScripts,
            _ => Self::Scripts,
        }
    }

    /// If the link carries scripts and nothing else.
    pub(super) fn is_for_scripts(self) -> bool {
        matches!(self, Self::Scripts | Self::ReplicaScripts)
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Which links a part takes that goes to a primary whoever owns its slot.
    pub(super) fn purpose_at_primary(&mut self, id: PartId) -> Purpose {
        if self.is_in_script_lane(id) {
            Purpose::Scripts
        } else {
            Purpose::Primary
        }
    }

    /// If a part goes over links for scripts.
    pub(super) fn is_in_script_lane(&mut self, id: PartId) -> bool {
        self.part_mut(id)
            .is_some_and(|part| part.lane == Lane::Scripts)
    }

    /// As [`Self::place`], over a link for scripts.
    #[expect(
        clippy::too_many_arguments,
        reason = "the facts of one request, all needed here"
    )]
    #[inline(never)]
    pub(super) fn place_script(
        &mut self,
        owner: Owner,
        slot: Slot,
        terms: Terms,
        read_only: bool,
        frame: &Frame<'_>,
        arrival: Time,
        now: Time,
    ) -> Placed {
        let lane = Purpose::for_scripts;
        let mut placed = match self.serving_link(slot, terms, read_only, lane, now) {
            Ok(key) => {
                self.preload(key, owner, frame.bytes(), now);
                self.append(key, owner, read_only, frame, arrival, false, now)
            }
            Err(placed) => placed,
        };
        if let Placed::Down(Some(lost)) = placed
            && read_only
        {
            placed = self.place_elsewhere(lost, owner, slot, terms, lane, frame, arrival, now);
        }
        if placed == Placed::Sent {
            self.join_flight(owner, slot);
        }
        placed
    }

    /// A script is under way: what follows in its slot waits, unless it is a script too.
    fn join_flight(&mut self, owner: Owner, slot: Slot) {
        let Some(id) = owner.part() else { return };
        let Some(part) = self.part_mut(id) else {
            return;
        };
        // One that was held or refused goes alone.
        if std::mem::replace(&mut part.unsettled, true) {
            return;
        }
        if let Some(client) = self.clients.get_mut(id.client) {
            client.unsettle(slot);
            client.flights.begin(slot);
        }
    }

    /// Gives new scripts another link while one runs for long, so that they hear from the node themselves. One link
    /// per node may be left to a script like that: there is no second one that runs.
    pub(super) fn leave_slow_script(&mut self, key: Key, now: Time) {
        let Some(link) = self.links.get(key) else {
            return;
        };
        let Some(oldest) = link.in_flight.front() else {
            return;
        };
        let since = oldest.placed.max(link.heard_at);
        if !link.purpose.is_for_scripts()
            || link.state != LinkState::Ready
            || now < since.plus(SLOW_AFTER)
            || !link.was_written(oldest)
        {
            return;
        }
        let node = link.node;
        let is_left = |link: &ShardLink| {
            link.node == node && link.purpose.is_for_scripts() && link.state == LinkState::Retiring
        };
        if self.links.iter().any(|(_, link)| is_left(link)) {
            return;
        }
        self.stats.counters.scripts_slow += 1;
        self.retire(key, LinkEnd::Retired, now);
    }
}
