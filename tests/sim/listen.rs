//! Publish and subscribe in the model: what nodes do with it, and what must hold for clients that listen.
//!
//! Every message carries a number. The nodes pass messages on to each other at once, so the order in which
//! messages were published is the order in which every connection gets them.

use std::collections::{BTreeMap, BTreeSet};

use corelane::cluster::Slot;

use crate::client::{Client, ClientState, Expects, TAGS, slot_of};
use crate::net::ConnState;
use crate::rng::Rng;
use crate::wire::{self, Args};
use crate::world::World;

/// What is listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Channel,
    Pattern,
    Shard,
}

/// Kind and name.
pub(crate) type Topic = (Kind, Vec<u8>);

/// A message that was published, or made by a node about a key.
#[derive(Debug)]
struct Message {
    kind: Kind,
    channel: Vec<u8>,
    /// When it was published, in numbers of messages; not yet if absent.
    order: Option<u64>,
    is_notice: bool,
}

/// All messages of a run.
#[derive(Debug, Default)]
pub(crate) struct Bus {
    messages: Vec<Message>,
    published: u64,
    /// When each slot last changed its owner or primary.
    moves: BTreeMap<u16, u64>,
    pub(crate) delivered: u64,
}

/// What a client listens to, as far as it was told.
#[derive(Debug, Default)]
pub(crate) struct Ears {
    pub(crate) topics: BTreeMap<Topic, Ear>,
    /// Topics that it has asked for and not left, whatever the answer will be.
    wanted: BTreeSet<Topic>,
}

#[derive(Debug, Default)]
pub(crate) struct Ear {
    /// Messages up to this one may have been missed.
    since: u64,
    /// From this one on too: it has asked to hear no more.
    until: Option<u64>,
    last: u64,
    got: BTreeSet<u64>,
}

const CHANNELS: usize = 4;
const EVENT: &[u8] = b"__keyevent@0__:set";
const PATTERNS: [&[u8]; 4] = [b"*", b"{a}*", b"__key*", b"?b?:ch:*"];

/// A channel of the model; its slot is that of a tag.
fn channel(n: usize) -> Vec<u8> {
    format!("{{{}}}:ch:{n}", TAGS[n % TAGS.len()]).into_bytes()
}

// === impl Kind ===

impl Kind {
    fn subscribe(self) -> &'static str {
        match self {
            Self::Channel => "subscribe",
            Self::Pattern => "psubscribe",
            Self::Shard => "ssubscribe",
        }
    }

    fn unsubscribe(self) -> &'static str {
        match self {
            Self::Channel => "unsubscribe",
            Self::Pattern => "punsubscribe",
            Self::Shard => "sunsubscribe",
        }
    }

    fn all() -> [Self; 3] {
        [Self::Channel, Self::Pattern, Self::Shard]
    }

    fn a_name(self, rng: &mut Rng) -> Vec<u8> {
        match self {
            Self::Pattern => PATTERNS[rng.index(PATTERNS.len())].to_vec(),
            Self::Channel if rng.chance(200) => EVENT.to_vec(),
            _ => channel(rng.index(CHANNELS)),
        }
    }
}

/// If a message on a channel is one for this topic; slow and obvious, for the patterns of the model.
fn fits(topic: &Topic, message: &Message) -> bool {
    match topic.0 {
        Kind::Shard => message.kind == Kind::Shard && topic.1 == message.channel,
        Kind::Channel => message.kind == Kind::Channel && topic.1 == message.channel,
        Kind::Pattern if message.kind == Kind::Shard => false,
        Kind::Pattern => match topic.1.as_slice() {
            b"*" => true,
            b"{a}*" => message.channel.starts_with(b"{a}"),
            b"__key*" => message.channel.starts_with(b"__key"),
            _ => message.channel.starts_with(b"{b}:ch:"),
        },
    }
}

fn push(words: &[&[u8]], count: Option<i64>) -> Vec<u8> {
    let len = words.len() + usize::from(count.is_some());
    let mut out = format!(">{len}\r\n").into_bytes();
    words.iter().for_each(|word| out.extend(wire::bulk(word)));
    out.extend(count.map(wire::integer).into_iter().flatten());
    out
}

// === impl Bus ===

impl Bus {
    fn add(&mut self, kind: Kind, channel: Vec<u8>, is_notice: bool) -> usize {
        self.messages.push(Message {
            kind,
            channel,
            order: None,
            is_notice,
        });
        self.messages.len() - 1
    }

    fn publish(&mut self, number: usize) -> Result<u64, String> {
        self.published += 1;
        let message = self.messages.get_mut(number).ok_or("an unknown message")?;
        if message.order.replace(self.published).is_some() {
            return Err(format!("message {number} was published twice"));
        }
        Ok(self.published)
    }
}

// === impl Ears ===

impl Ears {
    /// If messages may come in RESP2, so that only few commands may be sent.
    pub(crate) fn may_be_open(&self) -> bool {
        !self.wanted.is_empty() || !self.topics.is_empty()
    }

    fn count(&self, kind: Kind) -> i64 {
        let counts = |topic: &&Topic| (topic.0 == Kind::Shard) == (kind == Kind::Shard);
        self.topics.keys().filter(counts).count() as i64
    }

    /// A word about a subscription; it must be the one expected, with the right count.
    fn note(
        &mut self,
        expected: &[u8],
        reply: &[u8],
        resp3: bool,
        topic: Option<Topic>,
        bus: &Bus,
        calm: bool,
        is_on: bool,
        kind: Kind,
    ) -> Result<(), String> {
        let mut ended = None;
        if let Some(topic) = topic {
            if is_on {
                let ear = self.topics.entry(topic).or_insert_with(|| Ear {
                    since: bus.published,
                    last: bus.published,
                    ..Ear::default()
                });
                ear.until = None;
            } else {
                ended = self.topics.remove(&topic).map(|ear| (topic, ear));
            }
        }
        let mut whole = expected.to_vec();
        whole.extend(wire::integer(self.count(kind)));
        whole[0] = if resp3 { b'>' } else { b'*' };
        if whole != reply {
            return Err(format!(
                "expected {}, got {}",
                wire::show(&whole),
                wire::show(reply)
            ));
        }
        match ended {
            Some((topic, ear)) if calm => ear.check_complete(&topic, bus),
            _ => Ok(()),
        }
    }

    /// A message came.
    fn hear(
        &mut self,
        topic: Topic,
        channel: &[u8],
        text: &[u8],
        bus: &mut Bus,
        is_strict: bool,
    ) -> Result<(), String> {
        let number: usize = std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.strip_prefix('m')?.parse().ok())
            .ok_or("a message that nobody published")?;
        let message = bus
            .messages
            .get(number)
            .ok_or("a message that nobody published")?;
        let order = message.order.ok_or("a message before it was published")?;
        if message.channel != channel || !fits(&topic, message) {
            return Err(format!("message {number} is not for {topic:?}"));
        }
        let ear = self
            .topics
            .get_mut(&topic)
            .ok_or_else(|| format!("a message for {topic:?}, which is not listened to"))?;
        let is_new = ear.got.insert(order);
        // Notifications of different nodes have no order.
        let in_order = order > ear.last
            || message.is_notice
            || (topic.0 == Kind::Pattern
                && ear.last > 0
                && bus
                    .messages
                    .iter()
                    .any(|other| other.order == Some(ear.last) && other.is_notice));
        if (!is_new && (is_strict || !message.is_notice)) || !in_order {
            return Err(format!(
                "message {number} (order {order}) for {topic:?} after order {}",
                ear.last
            ));
        }
        if !message.is_notice {
            ear.last = ear.last.max(order);
        }
        bus.delivered += 1;
        Ok(())
    }
}

impl Ear {
    /// Nothing has failed, so nothing may be missing.
    fn check_complete(&self, topic: &Topic, bus: &Bus) -> Result<(), String> {
        let until = self.until.unwrap_or(u64::MAX);
        for (number, message) in bus.messages.iter().enumerate() {
            let Some(order) = message.order else { continue };
            let moved = bus.moves.get(&Slot::of_key(&message.channel).number());
            let may_be_missed = message.is_notice
                || (message.kind == Kind::Shard && moved.is_some_and(|at| *at >= self.since));
            let is_due = order > self.since && order < until && !may_be_missed;
            if is_due && fits(topic, message) && !self.got.contains(&order) {
                return Err(format!(
                    "message {number} (order {order}) for {topic:?} never came; since {}, until {until}",
                    self.since
                ));
            }
        }
        Ok(())
    }
}

// === what clients ask ===

/// The next request of a client that listens, or one that publishes.
pub(crate) fn next(client: &mut Client, rng: &mut Rng, bus: &mut Bus, now: u64) {
    let kind = Kind::all()[rng.index(3)];
    match rng.weighted(&[40, 25, 10, 10]) {
        0 => subscribe(client, kind, rng, now),
        1 => unsubscribe(client, kind, rng, bus, now),
        2 => {
            let bytes = wire::request(&[b"PING".to_vec()]);
            client.send(&bytes, Expects::Pong, now);
        }
        _ if client.resp3 || !client.ears.may_be_open() => publish(client, rng, bus, now),
        _ => unsubscribe(client, kind, rng, bus, now),
    }
}

fn subscribe(client: &mut Client, kind: Kind, rng: &mut Rng, now: u64) {
    let names: Vec<Vec<u8>> = (0..rng.range(1, 4)).map(|_| kind.a_name(rng)).collect();
    let mut args: Args = vec![kind.subscribe().to_uppercase().into_bytes()];
    args.extend(names.iter().cloned());
    client
        .ears
        .wanted
        .extend(names.iter().map(|name| (kind, name.clone())));
    client.send(
        &wire::request(&args),
        Expects::Words {
            kind,
            is_on: true,
            names: Some(names.into()),
        },
        now,
    );
}

fn unsubscribe(client: &mut Client, kind: Kind, rng: &mut Rng, bus: &Bus, now: u64) {
    let mut args: Args = vec![kind.unsubscribe().to_uppercase().into_bytes()];
    let names = rng.chance(400).then(|| vec![kind.a_name(rng)]);
    args.extend(names.iter().flatten().cloned());
    let leaves = |topic: &Topic| {
        topic.0 == kind && names.as_ref().is_none_or(|names| names.contains(&topic.1))
    };
    client.ears.wanted.retain(|topic| !leaves(topic));
    for (topic, ear) in &mut client.ears.topics {
        if leaves(topic) {
            ear.until.get_or_insert(bus.published + 1);
        }
    }
    let names = names.map(Into::into);
    client.send(
        &wire::request(&args),
        Expects::Words {
            kind,
            is_on: false,
            names,
        },
        now,
    );
}

/// PUBLISH or SPUBLISH; the number of receivers is looked at when everything is quiet.
pub(crate) fn publish(client: &mut Client, rng: &mut Rng, bus: &mut Bus, now: u64) {
    let kind = if rng.chance(400) {
        Kind::Shard
    } else {
        Kind::Channel
    };
    let bytes = publication(kind, channel(rng.index(CHANNELS)), bus);
    client.send(&bytes, Expects::Number, now);
}

fn publication(kind: Kind, channel: Vec<u8>, bus: &mut Bus) -> Vec<u8> {
    let number = bus.add(kind, channel.clone(), false);
    let word: &[u8] = if kind == Kind::Shard {
        b"SPUBLISH"
    } else {
        b"PUBLISH"
    };
    wire::request(&[word.to_vec(), channel, format!("m{number}").into_bytes()])
}

// === what clients get ===

/// The words of a message, if the reply is one.
pub(crate) fn message_in(reply: &[u8]) -> Option<(Kind, Vec<Vec<u8>>)> {
    if !matches!(reply.first(), Some(b'>' | b'*')) {
        return None;
    }
    let elements = wire::elements(reply);
    let words: Vec<Vec<u8>> = elements.iter().map(|element| wire::body(element)).collect();
    let kind = match (words.first()?.as_slice(), words.len()) {
        (b"message", 3) => Kind::Channel,
        (b"smessage", 3) => Kind::Shard,
        (b"pmessage", 4) => Kind::Pattern,
        _ => return None,
    };
    Some((kind, words))
}

/// Checks a message against what its client listens to.
pub(crate) fn take_message(
    client: &mut Client,
    reply: &[u8],
    kind: Kind,
    words: &[Vec<u8>],
    bus: &mut Bus,
    is_strict: bool,
) -> Result<(), String> {
    let is_push = reply.first() == Some(&b'>');
    if is_push != client.speaks_resp3 {
        return Err(format!(
            "a message in the other protocol: {}",
            wire::show(reply)
        ));
    }
    let topic = (kind, words[1].clone());
    let channel = &words[words.len() - 2];
    client
        .ears
        .hear(topic, channel, &words[words.len() - 1], bus, is_strict)
}

/// A reply to a command about subscriptions; true if more of them are to come.
pub(crate) fn take_words(
    client: &mut Client,
    kind: Kind,
    is_on: bool,
    names: &mut Option<std::collections::VecDeque<Vec<u8>>>,
    reply: &[u8],
    bus: &Bus,
    calm: bool,
) -> Result<bool, String> {
    if is_on && reply.starts_with(b"-") && !calm {
        // Nothing of it is on, but what was before stays.
        for name in names.iter().flatten() {
            let topic = (kind, name.clone());
            if !client.ears.topics.contains_key(&topic) {
                client.ears.wanted.remove(&topic);
            }
        }
        let documented = reply.starts_with(b"-ERR corelane: timeout: no node confirmed")
            || reply.starts_with(b"-CLUSTERDOWN")
            || reply.starts_with(b"-MOVED");
        return if documented {
            Ok(false)
        } else {
            Err(format!("got {}", wire::show(reply)))
        };
    }
    let resp3 = client.speaks_resp3;
    let word = if is_on {
        kind.subscribe()
    } else {
        kind.unsubscribe()
    };
    let mut expected = b">3\r\n".to_vec();
    expected.extend(wire::bulk(word.as_bytes()));
    let mut listed: Vec<Vec<u8>> = client
        .ears
        .topics
        .keys()
        .filter(|topic| topic.0 == kind)
        .map(|topic| topic.1.clone())
        .collect();
    let mut has_more = false;
    let name = match names {
        Some(names) => {
            let name = names.pop_front();
            has_more = !names.is_empty();
            name
        }
        // All that there are, in any order, or one word that there was none.
        None if listed.is_empty() => None,
        None => {
            let words = wire::elements(reply);
            let name = words
                .get(1)
                .map(|word| wire::body(word))
                .unwrap_or_default();
            if !listed.contains(&name) {
                return Err(format!(
                    "left {} which was not listened to",
                    wire::show(reply)
                ));
            }
            listed.retain(|other| *other != name);
            has_more = !listed.is_empty();
            Some(name)
        }
    };
    match &name {
        Some(name) => expected.extend(wire::bulk(name)),
        None => expected.extend(wire::nil(resp3)),
    }
    let topic = name.map(|name| (kind, name));
    client
        .ears
        .note(&expected, reply, resp3, topic, bus, calm, is_on, kind)?;
    Ok(has_more)
}

// === what nodes do ===

impl World {
    /// A command about subscriptions at a node; false if it is none.
    pub(crate) fn run_listening(
        &mut self,
        serial: u64,
        args: &Args,
        due: u64,
    ) -> Result<bool, String> {
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
                conn.reply(b"+PONG\r\n".to_vec(), due, true, None);
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
        self.log(|_| {
            format!(
                "node {node} on {serial}: {} -> {}",
                wire::show(&wire::request(args)),
                wire::show(&reply)
            )
        });
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
        self.log(|_| {
            format!(
                "node {node} on {serial}: {} -> {}",
                wire::show(&wire::request(args)),
                wire::show(&reply)
            )
        });
        if let Some(conn) = self.conns.get_mut(&serial)
            && conn.state == ConnState::Open
        {
            conn.reply(reply, due, true, None);
        }
        Ok(true)
    }

    /// A message goes to all who have subscribed, at the nodes that pass it on; gives how many of them are here.
    fn spread(&mut self, node: usize, number: usize, due: u64) -> Result<i64, String> {
        self.bus.publish(number)?;
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

    /// A primary has executed a SET, and tells who listens there.
    pub(crate) fn notify(&mut self, node: usize, due: u64) -> Result<(), String> {
        if self.profile.listens {
            let number = self.bus.add(Kind::Channel, EVENT.to_vec(), true);
            self.spread(node, number, due)?;
        }
        Ok(())
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
                self.notify(self.cluster.shards[shard].primary, self.now)?;
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
        for _ in 0..100 {
            self.step()?;
        }
        Ok(())
    }

    /// In calm weather nobody has missed anything.
    pub(crate) fn check_ears(&self) -> Result<(), String> {
        for client in self.clients.iter().filter(|_| self.profile.calm) {
            for (topic, ear) in &client.ears.topics {
                ear.check_complete(topic, &self.bus)
                    .map_err(|why| format!("client {}: {why}", client.number))?;
            }
        }
        Ok(())
    }
}
