//! What must hold between two calls, checked from outside in tests; nothing of this runs in production.

use std::collections::{BTreeMap, BTreeSet};

use super::Pipeline;
use super::client::ClientSession;
use super::link::{LinkState, PartId, Purpose};
use super::outage::Held;
use super::pending::{At, Lane, Part, State};
use super::slab::Key;
use crate::cluster::Slot;

impl Pipeline {
    /// Checks that the parts of the state agree with each other.
    ///
    /// # Errors
    ///
    /// What does not.
    #[doc(hidden)]
    pub fn check_invariants(&mut self) -> Result<(), String> {
        let on_links = self.owed_by_links()?;
        let mut at_links = BTreeSet::new();
        let mut held_bytes = self.session_bytes;
        for key in self.clients.keys() {
            self.check_rights(key)?;
            held_bytes += self.check_client(key, &mut at_links)?;
        }
        if let Some(id) = at_links.difference(&on_links).next() {
            return Err(format!("{id:?} is said to be on a link and is not"));
        }
        for id in on_links.difference(&at_links) {
            if self.clients.get(id.client).is_some() {
                return Err(format!("{id:?} is on a link and does not know"));
            }
        }
        for (key, link) in self.links.iter() {
            held_bytes += link.counted_bytes;
            if link.counted_bytes < link.input.len() {
                return Err(format!("link {key:?} holds more input than is counted"));
            }
        }
        if held_bytes != self.held_bytes {
            return Err(format!(
                "peers hold {held_bytes} bytes, the sum says {}",
                self.held_bytes
            ));
        }
        let busy = self.clients.iter().filter(|(_, c)| !c.pending.is_empty());
        let busy = busy.count();
        if busy != self.busy_clients {
            return Err(format!(
                "{busy} clients wait for replies, counted are {}",
                self.busy_clients
            ));
        }
        let mut held = Held::default();
        for (_, client) in self.clients.iter_mut() {
            held.add_all(Held::of(client));
        }
        if held != self.retries.held {
            return Err(format!(
                "{held:?} waits, counted is {:?}",
                self.retries.held
            ));
        }
        self.check_leases()?;
        self.check_passage_owners()?;
        self.check_upload_owners()?;
        let queue = self.clients.keys().into_iter();
        let queue = queue.filter(|key| self.queueing(*key).is_some()).count();
        if queue != self.transactions {
            return Err(format!(
                "{queue} clients are in transactions, counted are {}",
                self.transactions
            ));
        }
        self.check_listed()?;
        if self.delivered.is_some() {
            return Err("replies were delivered and not accounted for".to_owned());
        }
        if !self.releases.is_empty() {
            return Err("held parts were not looked at".to_owned());
        }
        Ok(())
    }

    /// Passages: each is listed once, and an open one is its client's, whose oldest request it answers.
    fn check_passage_owners(&self) -> Result<(), String> {
        let listed: BTreeSet<Key> = self.passages.links.iter().copied().collect();
        let mut owned = BTreeSet::new();
        for (key, link) in self.links.iter() {
            if link.passage.is_some() != listed.contains(&key) {
                return Err(format!("link {key:?} is wrong about its passage"));
            }
            if link.brake.is_on && (link.passage.is_some() || !self.brakes.contains(&key)) {
                return Err(format!("nobody looks after the brake of link {key:?}"));
            }
            let Some(id) = link.passage.as_ref().and_then(|passage| passage.open_for()) else {
                continue;
            };
            let front = link.in_flight.front().and_then(|entry| entry.owner.part());
            let client = self.clients.get(id.client);
            let is_oldest = client.is_some_and(|client| {
                client.passage == Some(key) && client.pending.position(id.seq) == 0
            });
            if front != Some(id) || !is_oldest {
                return Err(format!("link {key:?} passes on what is not due: {id:?}"));
            }
            owned.insert(id.client);
        }
        let mut clients = self.clients.iter();
        let lost = clients.find(|(key, client)| client.passage.is_some() && !owned.contains(key));
        match lost {
            Some((key, _)) => Err(format!("client {key:?} waits for a passage that is gone")),
            None if listed.len() == self.passages.links.len() => Ok(()),
            None => Err("a passage is listed twice".to_owned()),
        }
    }

    /// Who waits for a tick is in the list that ticks go through, once.
    fn check_listed(&self) -> Result<(), String> {
        let listed: BTreeSet<Key> = self.listed.iter().copied().collect();
        if listed.len() != self.listed.len() {
            return Err(format!("clients are listed twice: {:?}", self.listed));
        }
        for (key, client) in self.clients.iter() {
            if client.listed != listed.contains(&key) {
                return Err(format!("client {key:?} is wrong about being listed"));
            }
            if !client.authenticated && client.begun_at.is_some() && !self.strangers.contains(&key)
            {
                return Err(format!("nobody counts what stranger {key:?} has begun"));
            }
            if client.must_be_listed() && !client.listed {
                return Err(format!("client {key:?} waits and no tick looks after it"));
            }
        }
        Ok(())
    }

    /// Private links: each is its holder's, or idle, or on its way out; and how many there are of what.
    fn check_leases(&self) -> Result<(), String> {
        let mut private = 0;
        for (key, link) in self.links.iter() {
            if link.purpose != Purpose::Private {
                continue;
            }
            private += 1;
            let idle = self
                .routes
                .node(link.node)
                .is_some_and(|node| node.idle_private.iter().any(|(idle, _)| *idle == key));
            let lease = link.holder.and_then(|holder| self.clients.get(holder));
            let held = lease
                .and_then(|client| client.lease.as_ref())
                .is_some_and(|lease| lease.has(key));
            if link.state != LinkState::Retiring && idle == held {
                return Err(format!(
                    "private link {key:?} is held: {held}, idle: {idle}"
                ));
            }
            if idle && !link.in_flight.is_empty() {
                return Err(format!("private link {key:?} is idle and owes replies"));
            }
        }
        let waits = |client: &&ClientSession| client.is_waiting();
        let clients = || self.clients.iter().map(|(_, client)| client);
        if clients()
            .filter(waits)
            .any(|c| c.pending.is_empty() && c.upload.is_none())
        {
            return Err("a client waits for nothing".into());
        }
        let waiting = clients().filter(waits).count();
        if (private, waiting) != (self.private_links, self.waiting_clients) {
            return Err(format!(
                "{private} private links and {waiting} waiting clients, counted are {} and {}",
                self.private_links, self.waiting_clients
            ));
        }
        Ok(())
    }

    /// Every part that some link owes a reply for; no part is on two links.
    fn owed_by_links(&self) -> Result<BTreeSet<PartId>, String> {
        let limits = &self.config.limits;
        let mut found = BTreeSet::new();
        for (key, link) in self.links.iter() {
            // A redirect brings its ASKING, which may be one more than the limit.
            if link.in_flight.len() > limits.link_requests_in_flight_max + 1 {
                return Err(format!(
                    "link {key:?} has {} requests in flight",
                    link.in_flight.len()
                ));
            }
            let mut behind = 0;
            for entry in &link.in_flight {
                if entry.start < behind {
                    return Err(format!("link {key:?}: entries overlap at {}", entry.start));
                }
                behind = entry.start + u64::from(entry.len);
                if let Some(id) = entry.owner.part()
                    && !found.insert(id)
                {
                    return Err(format!("{id:?} is on links twice"));
                }
                if link.purpose.is_at_replica() && !entry.read_only {
                    return Err(format!(
                        "link {key:?} reads at a replica and carries a write"
                    ));
                }
            }
            if behind > link.log.end() && link.carries.is_none() {
                return Err(format!("link {key:?} has entries behind its log"));
            }
            let in_use = self
                .routes
                .node(link.node)
                .and_then(|node| node.link(link.terms, link.purpose));
            let is_shared = link.purpose.is_for_scripts()
                || matches!(link.purpose, Purpose::Primary | Purpose::ReplicaRead);
            if is_shared && (link.state == LinkState::Retiring) == (in_use == Some(key)) {
                return Err(format!(
                    "link {key:?} is {:?} and in use: {in_use:?}",
                    link.state
                ));
            }
        }
        Ok(found)
    }

    /// The request path lets pass only who may send anything.
    fn check_rights(&self, key: Key) -> Result<(), String> {
        let Some(client) = self.clients.get(key) else {
            return Ok(());
        };
        let may = client.authenticated && self.access.is_unlimited(client.user);
        if client.unlimited == may {
            return Ok(());
        }
        Err(format!(
            "client {key:?} is let through: {}",
            client.unlimited
        ))
    }

    /// One client: counts of unsettled parts, held parts, limits. Returns the bytes counted for it.
    fn check_client(&mut self, key: Key, at_links: &mut BTreeSet<PartId>) -> Result<usize, String> {
        let limit = self.config.limits.client_requests_in_flight_max;
        let Some(client) = self.clients.get_mut(key) else {
            return Ok(0);
        };
        if client.pending.len() > limit {
            return Err(format!(
                "client {key:?} has {} requests in flight",
                client.pending.len()
            ));
        }
        let mut unsettled: BTreeMap<Slot, u32> = BTreeMap::new();
        let mut held: BTreeSet<Slot> = BTreeSet::new();
        // A walk asks in several waves, so it may have to wait for a request that came after it, and those between
        // them wait for both.
        let mut behind: Vec<Slot> = Vec::new();
        let mut check = |seq: u32, index: u32, part: &Part, is_walk: bool| {
            let flies = matches!(part.at, At::Link) && part.lane == Lane::Scripts;
            if !flies && !matches!(part.at, At::Done) {
                held.insert(part.slot);
            }
            if part.unsettled {
                *unsettled.entry(part.slot).or_default() += 1;
            }
            match &part.at {
                At::Link => {
                    at_links.insert(PartId {
                        client: key,
                        seq,
                        part: index,
                    });
                }
                At::Held(_) if unsettled.contains_key(&part.slot) => {}
                At::Held(_) if is_walk => behind.push(part.slot),
                At::Held(_) if behind.contains(&part.slot) => {}
                At::Held(_) => {
                    return Err(format!(
                        "request {seq} waits for nothing in {:?}",
                        part.slot
                    ));
                }
                At::Retry(..) if part.unsettled => {}
                At::Retry(..) => return Err(format!("request {seq} is retried and nobody waits")),
                At::Done if part.unsettled => {
                    return Err(format!("request {seq} is answered and unsettled"));
                }
                At::Done => {}
            }
            Ok(())
        };
        for (seq, pending) in client.pending.iter_mut() {
            let is_walk = matches!(pending.state, State::Walk(_));
            pending
                .state
                .each_part(|index, part| check(seq, index, part, is_walk))?;
        }
        check_behind(key, &behind, &unsettled)?;
        let counted: BTreeMap<Slot, u32> = client
            .unsettled
            .iter()
            .map(|(slot, count)| (*slot, *count))
            .collect();
        check_flights(key, client.flights.slots(), &unsettled, &held)?;
        if counted != unsettled {
            return Err(format!(
                "client {key:?} counts {counted:?} unsettled, there are {unsettled:?}"
            ));
        }
        let (held, counted) = (client.held_bytes(), client.counted_bytes);
        if counted != held {
            let text = format!("client {key:?} holds {held} bytes, counted are {counted}");
            return Err(text);
        }
        Ok(client.counted_bytes + client.queued_bytes())
    }
}

/// What a walk has held in these slots waits for something.
fn check_behind(key: Key, behind: &[Slot], unsettled: &BTreeMap<Slot, u32>) -> Result<(), String> {
    match behind.iter().find(|slot| !unsettled.contains_key(slot)) {
        Some(slot) => Err(format!("a walk of {key:?} waits for nothing in {slot:?}")),
        None => Ok(()),
    }
}

/// Where scripts of a client follow each other, nothing else of the slot is under way or held.
fn check_flights(
    key: Key,
    flights: &BTreeMap<Slot, u32>,
    unsettled: &BTreeMap<Slot, u32>,
    held: &BTreeSet<Slot>,
) -> Result<(), String> {
    for (slot, scripts) in flights {
        let parts = unsettled.get(slot).copied().unwrap_or_default();
        if parts != *scripts || held.contains(slot) {
            return Err(format!(
                "client {key:?}: {scripts} scripts follow each other in {slot:?}, where {parts} parts are under way \
                 or others are held"
            ));
        }
    }
    Ok(())
}
