//! What leaves: the next batches of the closed loop, and what the schedule has due.

use super::Engine;
use crate::link::State;
use crate::plan::Pace;
use crate::schedule::Schedule;

impl Engine<'_> {
    /// Closed loop: the next batch of a client that has all its replies.
    #[inline]
    pub(super) fn next_batch(&mut self, client: usize, now: u64) {
        if let Pace::Closed { pipeline } = self.plan.pace
            && self
                .clients
                .get(client)
                .is_some_and(|client| client.in_flight == 0)
        {
            let count = self.take_budget(pipeline);
            self.issue(client, count, now);
        }
    }

    /// As many of `count` requests as may still be sent.
    #[inline]
    fn take_budget(&mut self, count: usize) -> usize {
        if self.budget == u64::MAX {
            return count;
        }
        let count = usize::try_from(self.budget).map_or(count, |budget| count.min(budget));
        self.budget -= count as u64;
        count
    }

    /// Open loop: everything that is due, each at the next client that has room for it.
    pub(super) fn issue_due(&mut self, now: u64) {
        let Pace::Open { burst, .. } = self.plan.pace else {
            return;
        };
        while let Some(due) = self.schedule.as_ref().map(Schedule::due) {
            if self.budget == 0 || due > now || due >= self.recorder.window.until {
                return;
            }
            let Some(client) = self.client_with_room() else {
                self.is_blocked = true;
                return;
            };
            if std::mem::take(&mut self.is_blocked) {
                self.blocked_until = now;
            }
            let is_counted = due >= self.recorder.window.from;
            let count = if is_counted {
                self.take_budget(burst)
            } else {
                burst
            };
            if is_counted && due <= self.blocked_until {
                self.recorder.totals.held_back += count as u64;
            }
            self.recorder.leaves(due, now);
            self.issue(client, count, due);
            if let Some(schedule) = &mut self.schedule {
                schedule.advance();
            }
        }
    }

    /// Open loop: the next client that may send more, going round.
    fn client_with_room(&mut self) -> Option<usize> {
        for _ in 0..self.clients.len() {
            let client = self.next_client;
            self.next_client = (client + 1) % self.clients.len().max(1);
            if self.may_send(client) {
                return Some(client);
            }
        }
        None
    }

    pub(super) fn has_room(&self) -> bool {
        (0..self.clients.len()).any(|client| self.may_send(client))
    }

    fn may_send(&self, client: usize) -> bool {
        let Pace::Open { in_flight_max, .. } = self.plan.pace else {
            return true;
        };
        let links = self.plan.links_per_client();
        let mut links = self.links.iter().skip(client * links).take(links);
        let has_room = self
            .clients
            .get(client)
            .is_some_and(|c| c.in_flight < in_flight_max);
        has_room && links.all(|link| link.state == State::Up)
    }

    /// Adds requests of a client to what its links send next; their latencies count from `at`.
    #[inline]
    fn issue(&mut self, client: usize, count: usize, at: u64) {
        let plan = self.plan;
        let first_link = client * plan.links_per_client();
        for _ in 0..count {
            let Some(template) = plan.mix.choose(&mut self.chance) else {
                return;
            };
            template.choose(&mut self.share.keys, &mut self.chance, &mut self.chosen);
            let offset = match (&plan.routes, self.chosen.first()) {
                (Some(routes), Some(key)) => routes.primary_of(*key),
                _ => 0,
            };
            let index = first_link + offset;
            if let Some(link) = self.links.get_mut(index) {
                link.waiting.push(template.sent(at), &self.chosen);
                template.append(&self.chosen, plan.rules.pattern(), &mut link.outgoing);
            }
            self.list(index);
        }
        self.in_flight += count;
        if let Some(client) = self.clients.get_mut(client) {
            client.in_flight += count;
        }
    }

    /// Puts a link on the list of those to send on.
    #[inline]
    pub(super) fn list(&mut self, index: usize) {
        if let Some(link) = self.links.get_mut(index).filter(|link| !link.is_listed) {
            link.is_listed = true;
            self.to_send.push(index);
        }
    }

    #[inline]
    pub(super) fn send_listed(&mut self, now: u64) {
        while let Some(index) = self.to_send.pop() {
            if let Some(link) = self.links.get_mut(index) {
                link.is_listed = false;
            }
            self.send(index, now);
        }
    }

    #[inline]
    pub(super) fn send(&mut self, index: usize, now: u64) {
        let pattern = self.plan.rules.pattern();
        let sent = self.links.get_mut(index).map(|link| link.send(pattern));
        if let Some(Err(error)) = sent {
            self.lose(index, now, &error.to_string());
        }
    }
}
