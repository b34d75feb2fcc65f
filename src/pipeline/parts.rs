//! The parts of one request on their way to links: all that go to one link are appended at a time.
//!
//! Called by [`keyed`](super::keyed) when a request over several slots was cut. What cannot be sent at once
//! and without a second look (a link that is not ready or full, a large part) is left to be placed one by one.
//!
//! Holds: between two calls `by_shard` has no entry. Costs: no allocation once the lists have grown to what the
//! load needs; each shard and link is looked up once per request.

use super::Pipeline;
use super::accounting::note_appended;
use super::chunks::LARGE;
use super::link::{InFlight, LinkState, Owner, PartId, Terms};
use super::slab::Key;
use super::split::Plan;
use super::time::Time;
use crate::cluster::Slot;
use crate::command::Split as Kind;

/// A request that was cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut<'a> {
    pub(super) client: Key,
    pub(super) seq: u32,
    pub(super) kind: Kind,
    pub(super) terms: Terms,
    pub(super) read_only: bool,
    /// The request as it came.
    pub(super) frame: &'a [u8],
}

/// Which links the parts of one request go to.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// For each shard one more than its place in `list`, or 0.
    by_shard: Vec<u16>,
    list: Vec<Target>,
    /// For each part its target's place in `list`.
    of_part: Vec<u16>,
    /// The parts of the first target, then those of the next.
    order: Vec<u32>,
    /// Parts to be placed one by one.
    pub(super) left: Vec<u32>,
}

#[derive(Debug)]
struct Target {
    shard: u16,
    link: Option<Key>,
    /// Where its parts begin in `order`, and where the next one goes.
    begin: usize,
    end: usize,
}

/// Place in `of_part` of a part without a target.
const NONE: u16 = u16::MAX;

// === impl Cut ===

impl Cut<'_> {
    pub(super) fn part(&self, part: u32) -> PartId {
        PartId {
            client: self.client,
            seq: self.seq,
            part,
        }
    }
}

// === impl Targets ===

impl Targets {
    /// All parts are placed one by one.
    pub(super) fn leave_all(&mut self, parts: usize) {
        self.left.clear();
        self.left
            .extend(0..u32::try_from(parts).unwrap_or(u32::MAX));
    }

    fn clear(&mut self) {
        for target in self.list.drain(..) {
            if let Some(place) = self.by_shard.get_mut(usize::from(target.shard)) {
                *place = 0;
            }
        }
        self.of_part.clear();
        self.left.clear();
    }

    /// Place of the target that has this shard, if there is one.
    #[inline]
    fn find(&self, shard: u16) -> Option<u16> {
        self.by_shard.get(usize::from(shard))?.checked_sub(1)
    }

    fn add(&mut self, shard: u16, link: Option<Key>) -> u16 {
        let place = u16::try_from(self.list.len()).unwrap_or(NONE);
        let at = usize::from(shard);
        if self.by_shard.len() <= at {
            self.by_shard.resize(at + 1, 0);
        }
        if let Some(entry) = self.by_shard.get_mut(at) {
            *entry = place.saturating_add(1);
        }
        self.list.push(Target {
            shard,
            link,
            begin: 0,
            end: 0,
        });
        place
    }

    /// One more part for the target at `place`.
    #[inline]
    fn note(&mut self, place: u16) {
        self.of_part.push(place);
        if let Some(target) = self.list.get_mut(usize::from(place)) {
            target.end += 1;
        }
    }

    /// Puts the parts in the order of their targets.
    fn sort(&mut self) {
        let mut begin = 0;
        for target in &mut self.list {
            let parts = target.end;
            (target.begin, target.end) = (begin, begin);
            begin += parts;
        }
        self.order.clear();
        self.order.resize(begin, 0);
        for (part, place) in (0u32..).zip(&self.of_part) {
            let Some(target) = self.list.get_mut(usize::from(*place)) else {
                self.left.push(part);
                continue;
            };
            if let Some(entry) = self.order.get_mut(target.end) {
                *entry = part;
            }
            target.end += 1;
        }
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Appends the parts of a request to the logs of their links; `targets.left` are those that are not.
    pub(super) fn place_parts(
        &mut self,
        cut: &Cut<'_>,
        plan: &Plan,
        targets: &mut Targets,
        now: Time,
    ) {
        targets.clear();
        for slot in plan.slots() {
            let shard = self.routes.shard_index(slot);
            let known = shard.and_then(|shard| targets.find(shard));
            let place = match (known, shard) {
                (Some(place), _) => place,
                (None, Some(shard)) => {
                    let link = self.link_for(slot, cut, now);
                    targets.add(shard, link)
                }
                (None, None) => NONE,
            };
            targets.note(place);
        }
        targets.sort();
        let Targets {
            list, order, left, ..
        } = targets;
        for target in list {
            let parts = order.get(target.begin..target.end).unwrap_or_default();
            match target.link {
                Some(link) => self.append_parts(link, cut, plan, parts, left, now),
                None => left.extend(parts),
            }
        }
    }

    /// The link for requests of `slot`, if there is one or may be one.
    #[inline(never)]
    fn link_for(&mut self, slot: Slot, cut: &Cut<'_>, now: Time) -> Option<Key> {
        let (node, purpose) = self.routes.target(slot, cut.read_only)?;
        self.link_to(node, cut.terms, purpose, now)
    }

    /// Appends parts to the log of one link if it takes all of them now; the others go to `left`.
    fn append_parts(
        &mut self,
        key: Key,
        cut: &Cut<'_>,
        plan: &Plan,
        parts: &[u32],
        left: &mut Vec<u32>,
        now: Time,
    ) {
        let in_flight_max = self.config.limits.link_requests_in_flight_max;
        let link = self.links.get_mut(key).filter(|link| {
            link.state == LinkState::Ready && link.in_flight.len() + parts.len() <= in_flight_max
        });
        let Some(link) = link else {
            return left.extend(parts);
        };
        let before = link.log.end();
        link.in_flight.reserve(parts.len());
        for part in parts {
            let start = link.log.end();
            match plan.pieces(*part as usize, cut.kind, cut.frame) {
                Some((head, body)) if head.len() + body.len() < LARGE => {
                    link.log.append_with(head.len() + body.len(), |out| {
                        out.extend_from_slice(head);
                        out.extend_from_slice(body);
                    });
                }
                Some(_) => {
                    left.push(*part);
                    continue;
                }
                None => {
                    let bytes = &mut self.scratch;
                    bytes.clear();
                    let written = plan.write_part(*part as usize, cut.kind, cut.frame, bytes);
                    if written.is_none() || bytes.len() >= LARGE {
                        left.push(*part);
                        continue;
                    }
                    link.log.append(bytes);
                }
            }
            link.push(InFlight {
                owner: Owner::Part(cut.part(*part)),
                start,
                len: u32::try_from(link.log.end() - start).unwrap_or(u32::MAX),
                arrival: now,
                placed: now,
                read_only: cut.read_only,
            });
        }
        note_appended(key, link, before, &mut self.held_bytes, &mut self.dirty);
    }
}

#[cfg(test)]
mod tests {
    use super::Targets;

    #[test]
    fn parts_are_put_in_the_order_of_their_targets() {
        let mut targets = Targets::default();
        for _ in 0..2 {
            targets.clear();
            for shard in [7, 3, 7, 7, 3, 0, super::NONE, 3] {
                let place = match targets.find(shard) {
                    Some(place) => place,
                    None if shard == super::NONE => super::NONE,
                    None => targets.add(shard, None),
                };
                targets.note(place);
            }
            targets.sort();
            let of = |target: &super::Target| targets.order[target.begin..target.end].to_vec();
            let parts: Vec<_> = targets
                .list
                .iter()
                .map(|one| (one.shard, of(one)))
                .collect();
            assert_eq!(
                parts,
                [(7, vec![0, 2, 3]), (3, vec![1, 4, 7]), (0, vec![5])]
            );
            assert_eq!(targets.left, [6]);
        }
        targets.leave_all(3);
        assert_eq!(targets.left, [0, 1, 2]);
    }
}
