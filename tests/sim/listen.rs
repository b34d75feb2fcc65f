//! Publish and subscribe in the model: what nodes do with it, and what must hold for clients that listen.
//!
//! Every message carries a number. The nodes pass messages on to each other at once, so the order in which
//! messages were published is the order in which every connection gets them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use corelane::cluster::Slot;

use crate::client::{Client, Expects, TAGS};
use crate::rng::Rng;
use crate::wire::{self, Args};

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
pub(crate) struct Message {
    pub(crate) kind: Kind,
    pub(crate) channel: Vec<u8>,
    /// When it was published, in numbers of messages; not yet if absent.
    pub(crate) order: Option<u64>,
    /// When, in the time of the run.
    at: u64,
    pub(crate) is_notice: bool,
}

/// All messages of a run.
#[derive(Debug, Default)]
pub(crate) struct Bus {
    pub(crate) messages: Vec<Message>,
    pub(crate) published: u64,
    /// When each slot last changed its owner or primary.
    pub(crate) moves: BTreeMap<u16, u64>,
    pub(crate) delivered: u64,
}

/// A command about subscriptions that is not answered.
#[derive(Debug)]
pub(crate) struct Talk {
    kind: Kind,
    is_on: bool,
    /// Names without an answer; all of the kind if absent.
    names: Option<VecDeque<Vec<u8>>>,
    asked_at: u64,
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
    last: u64,
    pub(crate) got: BTreeSet<u64>,
}

/// How long a message may be under way in calm weather: the longest step of the clock, and a little.
pub(crate) const UNDER_WAY: u64 = 40_000_000;

pub(crate) const CHANNELS: usize = 4;
pub(crate) const EVENT: &[u8] = b"__keyevent@0__:set";
const PATTERNS: [&[u8]; 4] = [b"*", b"{a}*", b"__key*", b"?b?:ch:*"];

/// A channel of the model; its slot is that of a tag.
pub(crate) fn channel(n: usize) -> Vec<u8> {
    format!("{{{}}}:ch:{n}", TAGS[n % TAGS.len()]).into_bytes()
}

// === impl Kind ===

impl Kind {
    pub(crate) fn subscribe(self) -> &'static str {
        match self {
            Self::Channel => "subscribe",
            Self::Pattern => "psubscribe",
            Self::Shard => "ssubscribe",
        }
    }

    pub(crate) fn unsubscribe(self) -> &'static str {
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
pub(crate) fn fits(topic: &Topic, message: &Message) -> bool {
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

pub(crate) fn push(words: &[&[u8]], count: Option<i64>) -> Vec<u8> {
    let len = words.len() + usize::from(count.is_some());
    let mut out = format!(">{len}\r\n").into_bytes();
    words.iter().for_each(|word| out.extend(wire::bulk(word)));
    out.extend(count.map(wire::integer).into_iter().flatten());
    out
}

// === impl Bus ===

impl Bus {
    pub(crate) fn add(&mut self, kind: Kind, channel: Vec<u8>, is_notice: bool) -> usize {
        self.messages.push(Message {
            kind,
            channel,
            order: None,
            at: 0,
            is_notice,
        });
        self.messages.len() - 1
    }

    pub(crate) fn publish(&mut self, number: usize, now: u64) -> Result<(), String> {
        self.published += 1;
        let message = self.messages.get_mut(number).ok_or("an unknown message")?;
        if message.order.replace(self.published).is_some() {
            return Err(format!("message {number} was published twice"));
        }
        message.at = now;
        Ok(())
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

    /// A message came.
    fn hear(
        &mut self,
        topic: &Topic,
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
        if message.channel != channel || !fits(topic, message) {
            return Err(format!("message {number} is not for {topic:?}"));
        }
        let ear = self
            .topics
            .get_mut(topic)
            .ok_or_else(|| format!("a message for {topic:?}, which is not listened to"))?;
        let is_new = ear.got.insert(order);
        // Notifications of different nodes have no order.
        let in_order = order > ear.last || message.is_notice;
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
    pub(crate) fn check_complete(
        &self,
        topic: &Topic,
        bus: &Bus,
        until: u64,
    ) -> Result<(), String> {
        for (number, message) in bus.messages.iter().enumerate() {
            let Some(order) = message.order else { continue };
            let moved = bus.moves.get(&Slot::of_key(&message.channel).number());
            let may_be_missed = message.is_notice
                || (message.kind == Kind::Shard && moved.is_some_and(|at| *at >= self.since));
            let is_in_time = message.at + UNDER_WAY < until;
            let is_due = order > self.since && is_in_time && !may_be_missed;
            if is_due && fits(topic, message) && !self.got.contains(&order) {
                return Err(format!(
                    "message {number} (order {order}) for {topic:?} never came; since {}",
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
        1 => unsubscribe(client, kind, rng, now),
        2 => {
            let bytes = wire::request(&[b"PING".to_vec()]);
            client.send(&bytes, Expects::Pong, now);
        }
        _ if client.resp3 || !client.ears.may_be_open() => publish(client, rng, bus, now),
        _ => unsubscribe(client, kind, rng, now),
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
    let talk = Talk {
        kind,
        is_on: true,
        names: Some(names.into()),
        asked_at: now,
    };
    client.send(&wire::request(&args), Expects::Words(talk), now);
}

fn unsubscribe(client: &mut Client, kind: Kind, rng: &mut Rng, now: u64) {
    let mut args: Args = vec![kind.unsubscribe().to_uppercase().into_bytes()];
    let names = rng.chance(400).then(|| vec![kind.a_name(rng)]);
    args.extend(names.iter().flatten().cloned());
    let leaves = |topic: &Topic| {
        topic.0 == kind && names.as_ref().is_none_or(|names| names.contains(&topic.1))
    };
    client.ears.wanted.retain(|topic| !leaves(topic));
    let talk = Talk {
        kind,
        is_on: false,
        names: names.map(Into::into),
        asked_at: now,
    };
    client.send(&wire::request(&args), Expects::Words(talk), now);
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

pub(crate) fn publication(kind: Kind, channel: Vec<u8>, bus: &mut Bus) -> Vec<u8> {
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
        .hear(&topic, channel, &words[words.len() - 1], bus, is_strict)
}

// === impl Talk ===

impl Talk {
    /// A reply to this command; true if more of them are to come.
    pub(crate) fn take(
        &mut self,
        ears: &mut Ears,
        resp3: bool,
        reply: &[u8],
        bus: &Bus,
        calm: bool,
    ) -> Result<bool, String> {
        if self.is_on && reply.starts_with(b"-") && !calm {
            return self.give_up(ears, reply);
        }
        let (name, has_more) = self.next_name(ears, reply)?;
        let word = if self.is_on {
            self.kind.subscribe()
        } else {
            self.kind.unsubscribe()
        };
        let mut ended = None;
        let mut expected = if resp3 { b">3\r\n" } else { b"*3\r\n" }.to_vec();
        expected.extend(wire::bulk(word.as_bytes()));
        match name {
            None => expected.extend(wire::nil(resp3)),
            Some(name) => {
                expected.extend(wire::bulk(&name));
                let topic = (self.kind, name);
                if self.is_on {
                    let since = bus.published;
                    ears.topics.entry(topic).or_insert_with(|| Ear {
                        since,
                        ..Ear::default()
                    });
                } else {
                    ended = ears.topics.remove(&topic).map(|ear| (topic, ear));
                }
            }
        }
        expected.extend(wire::integer(ears.count(self.kind)));
        if expected != reply {
            let (expected, reply) = (wire::show(&expected), wire::show(reply));
            return Err(format!("expected {expected}, got {reply}"));
        }
        if let Some((topic, ear)) = ended.filter(|_| calm) {
            ear.check_complete(&topic, bus, self.asked_at)?;
        }
        Ok(has_more)
    }

    /// The command has failed: nothing of it is on, but what was before stays.
    fn give_up(&self, ears: &mut Ears, reply: &[u8]) -> Result<bool, String> {
        for name in self.names.iter().flatten() {
            let topic = (self.kind, name.clone());
            if !ears.topics.contains_key(&topic) {
                ears.wanted.remove(&topic);
            }
        }
        let is_documented = reply.starts_with(b"-ERR corelane: timeout: no node confirmed")
            || reply.starts_with(b"-CLUSTERDOWN")
            || reply.starts_with(b"-MOVED");
        if is_documented {
            Ok(false)
        } else {
            Err(format!("got {}", wire::show(reply)))
        }
    }

    /// The name that the next word is about, and whether more follow. Where all of a kind are left they come in any
    /// order, and where there is none a word says so.
    fn next_name(&mut self, ears: &Ears, reply: &[u8]) -> Result<(Option<Vec<u8>>, bool), String> {
        if let Some(names) = &mut self.names {
            let name = names.pop_front();
            return Ok((name, !names.is_empty()));
        }
        let own = ears.topics.keys().filter(|topic| topic.0 == self.kind);
        let own: Vec<&Topic> = own.collect();
        if own.is_empty() {
            return Ok((None, false));
        }
        let words = wire::elements(reply);
        let name = words.get(1).map(|word| wire::body(word));
        let found = own.iter().find(|topic| Some(&topic.1) == name.as_ref());
        match found {
            Some(topic) => Ok((Some(topic.1.clone()), own.len() > 1)),
            None => Err(format!(
                "left what was not listened to: {}",
                wire::show(reply)
            )),
        }
    }
}
