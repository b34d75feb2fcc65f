//! What nodes of the model do with subscriptions and messages, and the probe at the end of a run.

use corelane::cluster::Slot;

use crate::client::{Client, ClientState, Expects, TAGS, slot_of};
use crate::listen::{CHANNELS, EVENT, Kind, Topic, UNDER_WAY, channel, fits, publication, push};
use crate::net::ConnState;
use crate::wire::{self, Args};
use crate::world::{MILLI, World};

impl World {
    /// A command about subscriptions at a node; false if it is none.
    pub(crate) fn run_listening(&mut self, serial: u64, args: &Args) -> Result<bool, String> {
        if !self.profile.listens {
            return Ok(false);
        }
        let profile = &self.profile;
        let (one_way, at_node) = (profile.latency, profile.latency_of_nodes);
        let due = self.now + self.rng.below(one_way) + self.rng.below(at_node);
        let Some(conn) = self.conns.get_mut(&serial) else {
            return Ok(false);
        };
        let node = conn.node;
        let (kind, is_on) = match args[0].as_slice() {
            b"SUBSCRIBE" => (Kind::Channel, true),
            b"PSUBSCRIBE" => (Kind::Pattern, true),
            b"SSUBSCRIBE" => (Kind::Shard, true),
            b"UNSUBSCRIBE" => (Kind::Channel, false),
            b"PUNSUBSCRIBE" => (Kind::Pattern, false),
            b"SUNSUBSCRIBE" => (Kind::Shard, false),
            b"PING" => {
                let pong = || b"+PONG\r\n".to_vec();
                let reply = args.get(1).map_or_else(pong, |text| wire::bulk(text));
                conn.reply(reply, due, true, None);
                return Ok(true);
            }
            b"PUBLISH" | b"SPUBLISH" => return self.run_publish(serial, args, due),
            _ => return Ok(false),
        };
        let name = args[1].clone();
        let refusal = (kind == Kind::Shard)
            .then(|| {
                self.cluster
                    .channel_refusal(node, Slot::of_key(&name), self.now)
            })
            .flatten();
        let Some(conn) = self.conns.get_mut(&serial) else {
            return Ok(false);
        };
        if !conn.session.resp3 {
            return Err("a subscription on a link of RESP2".to_owned());
        }
        let reply = if let Some(text) = refusal {
            wire::error(&text)
        } else {
            let topics = &mut conn.session.topics;
            if is_on {
                topics.insert((kind, name.clone()));
            } else {
                topics.remove(&(kind, name.clone()));
            }
            let word = if is_on {
                kind.subscribe()
            } else {
                kind.unsubscribe()
            };
            let counts = |topic: &&Topic| (topic.0 == Kind::Shard) == (kind == Kind::Shard);
            let count = topics.iter().filter(counts).count() as i64;
            push(&[word.as_bytes(), &name], Some(count))
        };
        self.log_reply(node, serial, args, &reply);
        let poison = self.is_poisoned();
        if let Some(conn) = self.conns.get_mut(&serial)
            && conn.state == ConnState::Open
        {
            if poison {
                conn.poisoned = true;
                conn.reply(b"@what\r\n".to_vec(), due, true, None);
            } else {
                conn.reply(reply, due, true, None);
            }
        }
        Ok(true)
    }

    fn run_publish(&mut self, serial: u64, args: &Args, due: u64) -> Result<bool, String> {
        let node = self.conns[&serial].node;
        let is_sharded = args[0] == b"SPUBLISH";
        let slot = Slot::of_key(&args[1]);
        let refusal = is_sharded
            .then(|| self.cluster.channel_refusal(node, slot, self.now))
            .flatten();
        let reply = match refusal {
            Some(text) => wire::error(&text),
            None => {
                let number = std::str::from_utf8(&args[2])
                    .ok()
                    .and_then(|text| text.strip_prefix('m')?.parse().ok());
                let count = self.spread(node, number.ok_or("a message without a number")?, due)?;
                wire::integer(count)
            }
        };
        self.log_reply(node, serial, args, &reply);
        if let Some(conn) = self.conns.get_mut(&serial)
            && conn.state == ConnState::Open
        {
            conn.reply(reply, due, true, None);
        }
        Ok(true)
    }

    /// A message goes to all who have subscribed, at the nodes that pass it on; gives how many of them are here.
    fn spread(&mut self, node: usize, number: usize, due: u64) -> Result<i64, String> {
        self.bus.publish(number, self.now)?;
        let message = &self.bus.messages[number];
        let shard = self.cluster.nodes[node].shard;
        let mut here = 0;
        for conn in self.conns.values_mut() {
            let server = &self.cluster.nodes[conn.node];
            let reaches = match message.kind {
                // Its replica notifies too.
                _ if message.is_notice => server.shard == shard,
                Kind::Shard => server.shard == shard,
                _ => true,
            };
            if conn.state != ConnState::Open || conn.poisoned || !server.up || !reaches {
                continue;
            }
            let text = format!("m{number}").into_bytes();
            for topic in conn.session.topics.clone() {
                if !fits(&topic, message) {
                    continue;
                }
                here += i64::from(conn.node == node);
                let frame = match topic.0 {
                    Kind::Channel => push(&[b"message", &message.channel, &text], None),
                    Kind::Shard => push(&[b"smessage", &message.channel, &text], None),
                    Kind::Pattern => push(&[b"pmessage", &topic.1, &message.channel, &text], None),
                };
                conn.reply(frame, due, false, None);
            }
        }
        Ok(here)
    }

    /// A primary that has executed a SET tells who listens there.
    pub(crate) fn notify(&mut self, serial: u64, node: usize, args: &Args) -> Result<(), String> {
        self.track(serial, node, args);
        if self.profile.listens && args[0] == b"SET" && self.cluster.is_primary(node) {
            self.tell_event(node)?;
        }
        Ok(())
    }

    fn tell_event(&mut self, node: usize) -> Result<(), String> {
        let number = self.bus.add(Kind::Channel, EVENT.to_vec(), true);
        self.spread(node, number, self.now)?;
        Ok(())
    }

    /// If a node answers nonsense.
    pub(crate) fn is_poisoned(&mut self) -> bool {
        !self.quiet && self.profile.poison > 0 && self.rng.chance(self.profile.poison)
    }

    /// If no notification may come twice: while primaries change, two nodes may be taken for one.
    pub(crate) fn is_strict(&self) -> bool {
        let profile = &self.profile;
        profile.fail_overs + profile.crashes + profile.stale_maps == 0
    }

    /// If clients were closed because they did not read their messages, and may have been.
    pub(crate) fn has_slow_listeners(&self) -> bool {
        let closed = self.pipeline.stats().counters.closes_subscriber;
        self.config.limits.subscriber_output_max < 1_000_000 && closed > 0
    }

    /// Notes what a node said to a request.
    fn log_reply(&mut self, node: usize, serial: u64, args: &Args, reply: &[u8]) {
        let (asked, said) = (wire::show(&wire::request(args)), wire::show(reply));
        self.log(|_| format!("node {node} on {serial}: {asked} -> {said}"));
    }

    /// A shard does not have some slots any more, or has another primary: its nodes forget the channels there.
    pub(crate) fn forget_channels(&mut self, shard: usize, has_moved: impl Fn(Slot) -> bool) {
        if !self.profile.listens {
            return;
        }
        for tag in TAGS {
            let slot = slot_of(tag);
            if has_moved(slot) {
                self.bus.moves.insert(slot.number(), self.bus.published);
            }
        }
        let (now, latency) = (self.now, self.profile.latency);
        for conn in self.conns.values_mut() {
            if self.cluster.nodes[conn.node].shard != shard
                || conn.state != ConnState::Open
                || conn.poisoned
            {
                continue;
            }
            let moved =
                |topic: &&Topic| topic.0 == Kind::Shard && has_moved(Slot::of_key(&topic.1));
            let gone: Vec<Topic> = conn.session.topics.iter().filter(moved).cloned().collect();
            for topic in gone {
                conn.session.topics.remove(&topic);
                let frame = push(&[b"sunsubscribe", &topic.1], Some(0));
                conn.reply(frame, now + latency, false, None);
            }
        }
    }

    /// When all is quiet: everybody who listens to anything hears it, and counts are exact.
    pub(crate) fn probe(&mut self) -> Result<(), String> {
        if !self.profile.listens {
            return Ok(());
        }
        let deadline = self.now + 8_000_000_000;
        loop {
            let first = self.bus.published;
            for n in 0..CHANNELS {
                for kind in [Kind::Channel, Kind::Shard] {
                    let number = self.bus.add(kind, channel(n), false);
                    let owner = self.cluster.owner(Slot::of_key(&channel(n)));
                    self.spread(self.cluster.shards[owner].primary, number, self.now)?;
                }
            }
            for shard in 0..crate::model::SHARDS {
                self.tell_event(self.cluster.shards[shard].primary)?;
            }
            for _ in 0..30 {
                self.now += 10_000_000;
                self.step()?;
            }
            let last = self.bus.published;
            let Some(deaf) = self.find_deaf(first, last) else {
                break;
            };
            if self.now > deadline {
                return Err(deaf);
            }
        }
        self.check_counts_of_receivers()
    }

    /// A client that has missed one of these messages.
    fn find_deaf(&self, first: u64, last: u64) -> Option<String> {
        for client in self
            .clients
            .iter()
            .filter(|client| client.state == ClientState::Open)
        {
            for (topic, ear) in &client.ears.topics {
                for (number, message) in self.bus.messages.iter().enumerate() {
                    let is_probe = message
                        .order
                        .is_some_and(|order| order > first && order <= last);
                    let order = message.order.unwrap_or_default();
                    if is_probe && fits(topic, message) && !ear.got.contains(&order) {
                        return Some(format!(
                            "client {} does not hear message {number} for {topic:?}",
                            client.number
                        ));
                    }
                }
            }
        }
        None
    }

    fn check_counts_of_receivers(&mut self) -> Result<(), String> {
        // Time for what nobody listens to any more to be left.
        for _ in 0..150 {
            self.now += 10_000_000;
            self.step()?;
        }
        self.connect_client();
        for n in 0..CHANNELS {
            for kind in [Kind::Channel, Kind::Shard] {
                let bytes = publication(kind, channel(n), &mut self.bus);
                let message = self
                    .bus
                    .messages
                    .last()
                    .ok_or("the message was just made")?;
                let open = self
                    .clients
                    .iter()
                    .filter(|client| client.state == ClientState::Open);
                let ears = open.flat_map(|client| client.ears.topics.keys());
                let count = ears.filter(|topic| fits(topic, message)).count() as i64;
                let now = self.now;
                let publisher = self.clients.last_mut().ok_or("the client just came")?;
                publisher.send(&bytes, Expects::Exactly(wire::integer(count)), now);
            }
        }
        let deadline = self.now + self.patience() * 2 + 200 * MILLI;
        let is_asking =
            |client: &Client| client.state == ClientState::Open && !client.sent.is_empty();
        while self.clients.iter().any(is_asking) {
            if self.now > deadline {
                return Err("receivers were not counted in time".to_owned());
            }
            self.step()?;
        }
        Ok(())
    }

    /// What the last requests have published may still be under way between nodes.
    pub(crate) fn deliver_messages(&mut self) -> Result<(), String> {
        let until = self.now + UNDER_WAY;
        while self.profile.listens && self.now < until {
            self.step()?;
        }
        Ok(())
    }

    /// In calm weather nobody has missed anything who is still there; some are sent away for what they say.
    pub(crate) fn check_ears(&self) -> Result<(), String> {
        let is_here = |client: &&Client| client.state != ClientState::Gone;
        for client in self
            .clients
            .iter()
            .filter(|_| self.profile.calm)
            .filter(is_here)
        {
            for (topic, ear) in &client.ears.topics {
                ear.check_complete(topic, &self.bus, u64::MAX)
                    .map_err(|why| format!("client {}: {why}", client.number))?;
            }
        }
        Ok(())
    }
}
