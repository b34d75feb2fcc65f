//! Requests to several nodes: one part for each, whose replies become one.
//!
//! ```text
//!   ask_nodes -----> who gets it (routes) --> place_at_home for each --> gather merges the replies
//!   lost, refused -> redispatch ------------> place_at_home
//! ```
//!
//! A part for a shard goes to its primary, and after a failover to the replica that has taken over. A part for one
//! certain node waits for that node until its deadline. Such a request concerns all
//! slots, so it waits until everything before it is answered, and everything behind it waits for it.
//!
//! While slots are known to have no owner, nothing is sent: a reply without them would hide what is missing. While
//! redirects have told of owners that the slot map does not know, it waits for the next map, but not for long.

use std::time::Duration;

use super::answers::Failure;
use super::client::Pause;
use super::gather::{Gather, Home, Order, Task};
use super::ingest::{Frame, Taken};
use super::link::{Owner, PartId, Purpose};
use super::pending::{Pending, State};
use super::place::Placed;
use super::slab::Key;
use super::split::Split;
use super::time::Time;
use super::{Pipeline, client::ClientSession, routes};
use crate::cluster::{NodeAddr, RefreshReason, Slot};
use crate::command::{Broadcast, Command, Merge, To};
use crate::resp::{Protocol, RequestView, int};

/// Where the parts of a request go.
type Targets = Vec<(Slot, Home)>;

/// Entries that SLOWLOG GET and its like give without a number.
const ENTRIES_WANTED: i64 = 10;

/// It is also about what corelane has counted.
const RESETSTAT: &str = "config|resetstat";

impl Pipeline {
    /// Sends a request to the nodes that it is for.
    pub(super) fn take_broadcast(
        &mut self,
        key: Key,
        command: &'static Command,
        broadcast: Broadcast,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        if command.name == RESETSTAT
            && let Err(taken) = self.reset_totals(key, command, view, now)
        {
            return taken;
        }
        let mut task = self.merge_task(broadcast, key);
        (task.order, task.wanted) = match broadcast.merge {
            Merge::Newest => (None, entries_wanted(view)),
            Merge::SlotStats => Order::asked(view),
            _ => (None, None),
        };
        self.ask_nodes(key, command, broadcast.to, task, frame, now)
    }

    /// What is to become of the replies to a request of this client.
    pub(super) fn merge_task(&mut self, broadcast: Broadcast, key: Key) -> Task {
        self.chance = self.chance.wrapping_add(1);
        let client = self.clients.get(key);
        Task {
            merge: broadcast.merge,
            repeats: broadcast.repeats,
            beside: broadcast.to == To::Busy,
            protocol: client.map_or(Protocol::Resp2, |client| client.protocol),
            bytes_max: self.config.limits.merge_bytes_max,
            chance: self.chance,
            wanted: None,
            order: None,
            text: Box::default(),
            instead: Box::default(),
        }
    }

    /// Sends the same request to several nodes, once all earlier ones of the client are answered.
    pub(super) fn ask_nodes(
        &mut self,
        key: Key,
        command: &'static Command,
        to: To,
        task: Task,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        let Some(client) = self.clients.get_mut(key) else {
            return Taken::Close;
        };
        if !client.pending.is_empty() {
            return Taken::Later(Pause::Barrier);
        }
        let arrival = *client.link_wait_since.get_or_insert(now);
        if self.routes.is_outdated() && now < arrival.plus(self.map_patience()) {
            self.hint(RefreshReason::Moved);
            return Taken::Later(Pause::Owners);
        }
        let targets = match self.targets(to, task.repeats) {
            Ok(targets) => targets,
            Err(slot) => return self.wait_for_owners(key, command, slot, arrival, now),
        };
        if let Some(client) = self.clients.get_mut(key) {
            client.link_wait_since = None;
        }
        self.send_parts(key, command, task, targets, frame, arrival, now)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the facts of one request, all needed here"
    )]
    fn send_parts(
        &mut self,
        key: Key,
        command: &'static Command,
        task: Task,
        targets: Targets,
        frame: &Frame<'_>,
        arrival: Time,
        now: Time,
    ) -> Taken {
        let Some(client) = self.clients.get_mut(key) else {
            return Taken::Close;
        };
        let count = targets.len();
        let (slots, homes): (Vec<Slot>, Vec<Home>) = targets.into_iter().unzip();
        let split = Split::of_nodes(Gather::new(task, homes), slots.into_iter());
        client.parts += count;
        let seq = client.pending.push(Pending {
            arrival,
            command: Some(command),
            state: State::Split(Box::new(split)),
        });
        self.stats.counters.broadcasts += 1;
        self.stats.counters.parts += count as u64;
        for part in 0u32..u32::try_from(count).unwrap_or(u32::MAX) {
            let id = PartId {
                client: key,
                seq,
                part,
            };
            match self.place_at_home(id, frame, arrival, now) {
                Some(Placed::Sent) | None => {}
                Some(Placed::LinkFull | Placed::Nowhere | Placed::NoPrivateLeft) => {
                    self.wait_for_retry(id, frame.to_shared(), None, now);
                }
                Some(Placed::Down(node)) => {
                    let slot = self.part_mut(id).map(|part| part.slot);
                    self.fail_down(id, slot.unwrap_or(Slot::FIRST), node, now);
                }
                Some(Placed::BacklogFull(node)) => {
                    self.stats.counters.errors_backlog_full += 1;
                    let node = self.routes.addr(node).cloned();
                    let node = node.as_ref();
                    self.fail_part(id, Failure::Backlog { node }, now);
                }
            }
        }
        self.touch_client(key);
        if self.has_pending(key) {
            Taken::Then(Pause::Barrier)
        } else {
            Taken::Yes
        }
    }

    /// Appends a part of a request to nodes to the link of its node; nothing if it is no such part.
    pub(super) fn place_at_home(
        &mut self,
        id: PartId,
        frame: &Frame<'_>,
        arrival: Time,
        now: Time,
    ) -> Option<Placed> {
        let terms = self.clients.get(id.client).map(ClientSession::terms)?;
        let (home, is_beside) = self.home(id)?;
        let (_, repeats) = self.facts(id)?;
        let reads = self.reads(id);
        let slot = self.part_mut(id)?.slot;
        let mut has_others = false;
        let target = match &home {
            Home::Node(addr) => self
                .routes
                .member(addr)
                .map(|node| (node, Purpose::Primary)),
            Home::Owner(owner) => match self.routes.primary_now(owner) {
                Some(node) if self.is_of_another(id, owner, node) => None,
                // Replicas are found by slot.
                Some(node) if reads && self.routes.primary_of(slot) == Some(node) => {
                    has_others = true;
                    self.routes.target(slot, reads)
                }
                node => node.map(|node| (node, Purpose::Primary)),
            },
        };
        let Some((node, purpose)) = target else {
            return Some(self.without_node(now));
        };
        let purpose = if is_beside { Purpose::Beside } else { purpose };
        let placed = match self.link_to(node, terms, purpose, now) {
            Some(link) => self.append(link, Owner::Part(id), repeats, frame, arrival, false, now),
            None => self.without_link(node, now),
        };
        // As for any read.
        if placed == Placed::Down(Some(node)) && has_others && self.routes.avoid(node) {
            return self.place_at_home(id, frame, arrival, now);
        }
        Some(placed)
    }

    /// If a node is not of the part's own shard as that was, but of another one that gets the request, too: it would be
    /// carried out there twice, or counted twice, so it waits until the map says more.
    fn is_of_another(&mut self, id: PartId, own: &routes::Owner, node: routes::NodeRef) -> bool {
        let Some(addr) = self.routes.addr(node).cloned() else {
            return false;
        };
        let pending = self.clients.get_mut(id.client);
        let pending = pending.and_then(|client| client.pending.get_mut(id.seq));
        let Some(State::Split(split)) = pending.map(|pending| &pending.state) else {
            return false;
        };
        let owners = split.gather().into_iter().flat_map(Gather::owners);
        !own.has(&addr) && owners.into_iter().any(|other| other.has(&addr))
    }

    /// The primary that a part belongs to: of its slot, or of its shard.
    pub(super) fn primary_for(&mut self, id: PartId) -> Option<routes::NodeRef> {
        match self.home(id) {
            Some((Home::Node(addr), _)) => self.routes.member(&addr),
            Some((Home::Owner(owner), _)) => {
                let node = self.routes.primary_now(&owner)?;
                (!self.is_of_another(id, &owner, node)).then_some(node)
            }
            None => {
                let slot = self.part_mut(id)?.slot;
                self.routes.primary_of(slot)
            }
        }
    }

    /// The one node that a part can go to, if there is such a node.
    pub(super) fn only_home(&mut self, id: PartId) -> Option<NodeAddr> {
        match self.home(id)? {
            (Home::Node(addr), _) => Some(addr),
            (Home::Owner(_), _) => None,
        }
    }

    /// Where a part goes, and if it goes over a link beside the others.
    pub(super) fn home(&mut self, id: PartId) -> Option<(Home, bool)> {
        let pending = self.clients.get_mut(id.client)?.pending.get_mut(id.seq)?;
        let State::Split(split) = &pending.state else {
            return None;
        };
        let gather = split.gather()?;
        Some((gather.home(id.part)?.clone(), gather.goes_beside()))
    }

    /// If a replica may answer a part.
    fn reads(&mut self, id: PartId) -> bool {
        let client = self.clients.get_mut(id.client);
        let pending = client.and_then(|client| client.pending.get_mut(id.seq));
        let command = pending.and_then(|pending| pending.command);
        command.is_some_and(Command::is_readonly)
    }

    /// Who gets a request; the lowest slot without an owner, if there is one.
    fn targets(&self, to: To, repeats: bool) -> Result<Targets, Slot> {
        let owners = self.routes.owners()?;
        let mut targets: Targets = Vec::new();
        let node = |slot, addr: NodeAddr| (slot, Home::Node(addr));
        match to {
            To::All => {
                // A question is not put to nodes of which the cluster says that they are down.
                let members = self.routes.members(repeats).cloned();
                targets.extend(members.map(|addr| node(Slot::FIRST, addr)));
            }
            To::One => {
                let first = owners.into_iter().next();
                targets.extend(first.map(|owner| (owner.slot, Home::Owner(owner))));
            }
            To::Primaries | To::Serving | To::Busy => {
                for owner in owners {
                    if to != To::Primaries {
                        let replicas = self.routes.preferred_replicas(&owner);
                        targets.extend(replicas.into_iter().map(|addr| node(owner.slot, addr)));
                    }
                    targets.push((owner.slot, Home::Owner(owner)));
                }
            }
        }
        if targets.is_empty() {
            return Err(Slot::FIRST);
        }
        Ok(targets)
    }

    /// How long a request waits for a map that knows what redirects have told already: a fetch takes no longer
    /// while control may ask at all.
    fn map_patience(&self) -> Duration {
        let cluster = &self.config.cluster;
        (cluster.refresh_interval_min * 3).min(cluster.server_timeout / 2)
    }

    /// A slot has no owner that is known: the client waits until it has one, or its time is over.
    fn wait_for_owners(
        &mut self,
        key: Key,
        command: &'static Command,
        slot: Slot,
        arrival: Time,
        now: Time,
    ) -> Taken {
        self.hint(RefreshReason::Unroutable);
        let timeout = self.config.cluster.server_timeout;
        if now < arrival.plus(timeout) {
            return Taken::Later(Pause::Owners);
        }
        if let Some(client) = self.clients.get_mut(key) {
            client.link_wait_since = None;
        }
        self.stats.counters.errors_node_unavailable += 1;
        let failure = Failure::Unavailable {
            slot,
            node: None,
            millis: timeout.as_millis(),
        };
        self.answer_with(key, command, |out| failure.write(out));
        Taken::Yes
    }
}

/// How many entries of all nodes the client wants together: what it asks each of them for.
fn entries_wanted(view: &RequestView<'_>) -> Option<usize> {
    let number = view.arg(2).map_or(Some(ENTRIES_WANTED), int::parse_i64);
    usize::try_from(number?).ok()
}
