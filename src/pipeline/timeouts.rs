//! What only time brings about: deadlines, pauses that end, idle clients, links that do not come up.

use std::time::Duration;

use super::answers::Failure;
use super::link::{LinkState, Owner, PartId, Patience, Purpose};
use super::slab::Key;
use super::time::Time;
use super::{LinkEnd, Pipeline};
use crate::cluster::RefreshReason;

/// Time between looks at every client: once a second is fine for idle time and for freeing memory.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// A node that has said nothing for so long to a shared link with requests may be gone, or busy with a slow command.
const QUIET_AFTER: Duration = Duration::from_millis(200);

impl Pipeline {
    /// Time has passed; to be called about every [`TICK`](super::TICK).
    pub fn handle_timeout(&mut self, now: Time) {
        let before = std::mem::replace(&mut self.moment, now);
        for key in self.links.keys() {
            self.check_link(key, now);
        }
        self.check_passages(now);
        self.check_brakes(before, now);
        self.check_uploads(now);
        self.check_outages(now);
        // After the links, so that what a link gave back too late is answered now.
        self.run_retries(now);
        self.resume_walks(now);
        self.run_releases(now);
        self.settle_broadcasts(now);
        self.recount_waiting();
        self.check_strangers();
        self.pass_memory_on(now);
        self.resume_waiting();
        self.check_command_pause(now);
        self.check_inquiries(now);
        self.send_lines();
        self.send_post(now);
        self.scripts.tick();
        self.check_farewell(now);
        self.check_unblocked(now);
        self.run_subscriptions(now);
        self.relieve_memory(now);
        if now >= self.next_sweep {
            self.next_sweep = now.plus(SWEEP_EVERY);
            self.sweep(now);
        }
    }

    fn check_link(&mut self, key: Key, now: Time) {
        self.expire_unwritten(key, now);
        let Some(link) = self.links.get(key) else {
            return;
        };
        match link.state {
            LinkState::Connecting | LinkState::Handshaking => {
                if now
                    >= link
                        .connects_since
                        .plus(self.config.cluster.connect_timeout)
                {
                    self.end_link(key, LinkEnd::ConnectTimeout, now);
                } else {
                    self.leave_unready(key, now);
                }
            }
            _ if link.purpose == Purpose::Subscriptions => self.check_subscription_link(key, now),
            LinkState::Ready | LinkState::Retiring => {
                self.expire(key, now);
                self.try_quiet_link(key, now);
                self.leave_slow_script(key, now);
            }
        }
    }

    /// Answers what could not even be written in time: no node has seen it.
    fn expire_unwritten(&mut self, key: Key, now: Time) {
        let timeout = self.config.cluster.server_timeout;
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        if link.log.unwritten_len() == 0 || link.carries.is_some() {
            return;
        }
        let due = link.take_unwritten(|entry| {
            entry.owner.part().is_some() && now >= entry.arrival.plus(timeout)
        });
        for (id, _) in due {
            if let Some(slot) = self.part_mut(id).map(|part| part.slot) {
                self.fail_unserved(id, slot, None, now);
            }
        }
        self.touch_link(key);
    }

    /// Answers what the link has not answered in time, and retires it: its order is still known, but a
    /// node that is late once must not be trusted with more.
    fn expire(&mut self, key: Key, now: Time) {
        let timeout = self.config.cluster.server_timeout;
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        let patience = link.patience;
        let is_due = |arrival: Time| match patience {
            Patience::Usual => now >= arrival.plus(timeout),
            Patience::Until(late) => now >= late,
            Patience::Endless => false,
        };
        // It was not asked for more.
        let is_excused = link.passage.is_some() || link.brake.is_on;
        let mut is_to_blame = false;
        let in_order = !link.disordered;
        let mut expired: Vec<(PartId, bool, u128)> = Vec::new();
        // Its client has the beginning of the first reply already.
        let mut is_open = link.passage.as_ref().is_some_and(|p| p.is_open());
        for entry in &mut link.in_flight {
            if std::mem::take(&mut is_open) {
                continue;
            }
            let Some(id) = entry.owner.part() else {
                continue;
            };
            if is_due(entry.arrival) {
                // A request that spent its time elsewhere says nothing about this node.
                is_to_blame |= !is_excused && now >= entry.placed.plus(timeout / 2);
                let millis = match patience {
                    Patience::Usual => timeout.as_millis(),
                    _ => Duration::from_nanos(now.since(entry.placed)).as_millis(),
                };
                expired.push((id, entry.read_only, millis));
                entry.owner.expire();
            } else if in_order {
                break;
            }
        }
        if link.in_flight.is_empty() {
            link.disordered = false;
        }
        if expired.is_empty() {
            self.close_if_retired(key, now);
            return;
        }
        let addr = self.routes.addr(link.node).cloned();
        if link.state == LinkState::Ready {
            // A script takes as long as it takes, however well its node is.
            if is_to_blame && !link.purpose.is_for_scripts() {
                self.routes
                    .note_link_failure(link.node, link.opened_at, now);
                let (node, answered_at) = (link.node, link.answered_at);
                self.note_down(node, answered_at, now);
                self.hint(RefreshReason::LostLink);
            }
            self.retire(key, LinkEnd::Retired, now);
        }
        for (id, read_only, millis) in expired {
            if self.is_pinned(id) && !self.is_batch(id) {
                // What the node was to remember or forget goes with the link.
                self.lose_watch(id, now);
                continue;
            }
            self.stats.counters.errors_timeout += 1;
            if !read_only {
                self.stats.counters.errors_outcome_unknown += 1;
            }
            let failure = Failure::Timeout {
                node: addr.as_ref(),
                millis,
                read_only,
            };
            self.fail_part(id, failure, now);
        }
        self.close_if_retired(key, now);
    }

    /// A shared link on which nothing came for a while is tried with PING: a node that vanished is found before a
    /// request needs it. One that is busy gets one from time to time if settings want that.
    fn try_quiet_link(&mut self, key: Key, now: Time) {
        let every = self.config.cluster.ping_interval;
        let canaries = self.config.cluster.canary_interval;
        let timeout = self.config.cluster.server_timeout;
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        let is_for_scripts = link.purpose.is_for_scripts();
        // What a node would have told on a link that is lost unnoticed is missed.
        let is_shared = is_for_scripts
            || matches!(
                link.purpose,
                Purpose::Primary
                    | Purpose::ReplicaRead
                    | Purpose::Invalidations
                    | Purpose::Collector
            );
        if !is_shared || link.state != LinkState::Ready {
            return;
        }
        match link.in_flight.front() {
            Some(oldest) if matches!(oldest.owner, Owner::Canary(_)) => {
                // Those before it may have taken as long as they may.
                if now >= oldest.placed.max(link.heard_at).plus(timeout) {
                    self.hint(RefreshReason::LostLink);
                    self.end_link(key, LinkEnd::Silent, now);
                }
            }
            // A script takes as long as it takes.
            Some(_) if is_for_scripts || link.passage.is_some() => {}
            Some(_) if !canaries.is_zero() && now >= link.canary_at.plus(canaries) => {
                link.canary_at = now;
                self.send_canary(key, now);
            }
            // The cluster may know already that it is gone, long before the request has waited as long as it may.
            Some(oldest) => {
                let since = oldest.placed.max(link.heard_at);
                let node = link.node;
                if now >= since.plus(QUIET_AFTER) {
                    self.ask_about_quiet(node, since, now);
                }
            }
            None if every.is_zero() || now < link.heard_at.plus(every) => {}
            None => {
                link.heard_at = now;
                self.send_canary(key, now);
            }
        }
    }

    /// Counts again what waits for links, and brings the sum up to date.
    fn recount_waiting(&mut self) {
        for at in 0..self.listed.len() {
            let Some(key) = self.listed.get(at).copied() else {
                return;
            };
            if let Some(client) = self.clients.get_mut(key)
                && client.pending.waiting() > 0
            {
                client.pending.recount_waiting();
                if client.paused.is_some() {
                    self.resumable.push(key);
                }
                self.touch_client(key);
            }
        }
    }

    /// Clients that wait for a full link or for memory try again. Who waits for nothing leaves the list.
    fn resume_waiting(&mut self) {
        let (clients, resumable) = (&mut self.clients, &mut self.resumable);
        self.listed.retain(|key| {
            let Some(client) = clients.get_mut(*key) else {
                return false;
            };
            if client.waits_for_tick() {
                resumable.push(*key);
            }
            client.listed = client.must_be_listed();
            client.listed
        });
    }

    /// Closes clients that were idle too long and frees what the others do not need.
    fn sweep(&mut self, now: Time) {
        let idle_max = self.config.clients.client_timeout;
        for key in self.clients.keys() {
            let Some(client) = self.clients.get_mut(key) else {
                continue;
            };
            client.shrink();
            let is_idle = idle_max > Duration::ZERO
                && client.pending.is_empty()
                && client.subscriber.is_none()
                && client.output.unwritten_len() == 0
                && now >= client.last_active.plus(idle_max);
            let is_subscriber = client.subscriber.is_some();
            if is_idle {
                self.stats.counters.closes_idle += 1;
                self.close_client(key);
            } else if is_subscriber {
                self.check_subscriber(key, now);
            }
        }
        for (_, link) in self.links.iter_mut() {
            link.log.shrink();
        }
        self.close_idle_private_links(now);
    }
}
