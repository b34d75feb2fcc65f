//! SCAN: what nodes tell of their slots and keys, and what a walk must find.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use corelane::cluster::Slot;

use crate::client::{Client, Expects, slot_of};
use crate::model::{Cluster, Verdict};
use crate::oracle::{Answer, Oracle, classify};
use crate::requests::{Taste, arg, tag};
use crate::rng::Rng;
use crate::store::{self, Store};
use crate::wire::{self, Args};

/// What a client has asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walk {
    /// The first slot, which is looked at whatever happens.
    slot: Slot,
    /// No other slot is.
    is_one_slot: bool,
    /// Texts alone.
    is_typed: bool,
    /// What had been executed when it was sent.
    since: u64,
}

/// What the name of a key that is not there any more ends with.
const EXPIRED: &[u8] = b"-expired";

/// When keys came and went, by the order of executions; nothing where it is not known.
#[derive(Debug, Default)]
pub(crate) struct Lives(BTreeMap<Vec<u8>, Vec<(u64, Option<bool>)>>);

/// Asks for the keys of a slot, by a pattern or by where it begins.
pub(crate) fn request(
    client: &mut Client,
    taste: &Taste,
    rng: &mut Rng,
    oracle: &Oracle,
    now: u64,
) {
    let tag = tag(taste, rng);
    let walk = Walk {
        slot: slot_of(tag),
        is_one_slot: rng.chance(800),
        is_typed: rng.chance(300),
        since: oracle.executed,
    };
    let mut args = if walk.is_one_slot {
        let pattern = format!("{{{tag}}}*");
        vec![arg("SCAN"), arg(0), arg("MATCH"), arg(pattern)]
    } else {
        vec![arg("SCAN"), arg(walk.slot.number()), arg("COUNT"), arg(1)]
    };
    if walk.is_typed {
        args.extend([arg("TYPE"), arg("string")]);
    }
    client.send(&wire::request(&args), Expects::Walk(walk), now);
}

// === impl Lives ===

impl Lives {
    pub(crate) fn note(&mut self, key: Vec<u8>, order: u64, is_there: Option<bool>) {
        self.0.entry(key).or_default().push((order, is_there));
    }

    /// Whether a key was there when so many had been executed, and at each time since.
    fn since(&self, key: &[u8], since: u64) -> Vec<Option<bool>> {
        let lives = self.0.get(key).map_or(&[][..], Vec::as_slice);
        let outdated = lives.partition_point(|(order, _)| *order <= since);
        let first = outdated
            .checked_sub(1)
            .map_or(Some(false), |at| lives[at].1);
        let later = lives[outdated..].iter().map(|(_, is_there)| *is_there);
        std::iter::once(first).chain(later).collect()
    }
}

// === impl Oracle ===

impl Oracle {
    /// A node executed a write.
    pub(crate) fn note_lives(&mut self, args: &Args, order: u64, after: &Store) {
        for key in store::keys(args) {
            let is_there = Some(after.contains(&key));
            self.lives.note(key, order, is_there);
        }
    }

    /// Whether a key is one of those looked for, and was at each time since then.
    fn fits_walk(&self, walk: &Walk, key: &[u8]) -> Vec<Option<bool>> {
        if walk.is_typed {
            let texts = self.texts_since(key, walk.since);
            texts.map(|text| Some(text.is_some())).collect()
        } else {
            self.lives.since(key, walk.since)
        }
    }

    /// A client got `reply` to a SCAN: every key that stayed is in it, and none that never was.
    pub(crate) fn check_walk(&mut self, walk: &Walk, reply: &[u8]) -> Result<(), String> {
        let said = wire::show(reply);
        if classify(reply) != Answer::Value {
            self.seen.walks_failed += 1;
            return Ok(());
        }
        let elements = wire::elements(reply);
        let [cursor, found] = elements[..] else {
            return Err(format!("{walk:?} gave {said}"));
        };
        let found: Vec<Vec<u8>> = wire::elements(found).into_iter().map(wire::body).collect();
        if walk.is_one_slot && wire::body(cursor) != b"0" {
            return Err(format!("{walk:?} is not over with {said}"));
        }
        for key in &found {
            let fits = self.fits_walk(walk, key);
            let is_astray = walk.is_one_slot && Slot::of_key(key) != walk.slot;
            if is_astray || fits.iter().all(|is| *is == Some(false)) {
                let key = wire::show(key);
                return Err(format!("{walk:?} found {key}, which was not there"));
            }
        }
        for key in self.lives.0.keys() {
            let is_asked = Slot::of_key(key) == walk.slot;
            let stays = || {
                let fits = self.fits_walk(walk, key);
                fits.iter().all(|is| *is == Some(true))
            };
            if is_asked && !found.contains(key) && stays() {
                let key = wire::show(key);
                return Err(format!("{walk:?} did not find {key}: {said}"));
            }
        }
        self.seen.walks += 1;
        self.seen.walked += found.len() as u64;
        Ok(())
    }
}

// === impl Cluster ===

impl Cluster {
    /// What a node tells of its slots and their keys; nothing if that is not asked for.
    pub(crate) fn tell_slots(&self, node: usize, args: &Args, now: u64) -> Option<Verdict> {
        if args[0] != b"CLUSTER" {
            return None;
        }
        if now < self.nodes[node].loading_until {
            let text = "LOADING Redis is loading the dataset in memory";
            return Some(Verdict::Internal(wire::error(text)));
        }
        let reply = if args[1] == b"NODES" {
            wire::bulk(self.nodes_text(node).as_bytes())
        } else {
            let number = std::str::from_utf8(&args[2]).ok()?.parse().ok()?;
            let store = &self.shards[self.nodes[node].shard].store;
            let slot = Slot::new(number)?;
            let mut keys = store.keys_of(slot);
            // One that has expired is named until somebody touches it.
            let expired = keys.first().map(|key| [key, EXPIRED].concat());
            keys.extend(expired.filter(|key| Slot::of_key(key) == slot));
            let keys: Vec<Vec<u8>> = keys.iter().map(|key| wire::bulk(key)).collect();
            wire::array(&keys)
        };
        Some(Verdict::Internal(reply))
    }

    fn nodes_text(&self, asked: usize) -> String {
        let mut text = String::new();
        for (index, server) in self.nodes.iter().enumerate() {
            let is_primary = self.is_primary(index);
            let (role, primary) = if is_primary {
                ("master", "-".to_owned())
            } else {
                ("slave", format!("id{}", self.shards[server.shard].primary))
            };
            let myself = if index == asked { "myself," } else { "" };
            let (host, port) = (&server.addr.host, server.addr.port);
            let place = format!("{host}:{port}@{}", port + 10_000);
            let epoch = self.shards[server.shard].epoch;
            let _ = write!(
                text,
                "id{index} {place} {myself}{role} {primary} 0 0 {epoch} connected"
            );
            if is_primary {
                self.write_slots(server.shard, &mut text);
            }
            if is_primary && index == asked {
                self.write_moves(server.shard, &mut text);
            }
            text.push('\n');
        }
        text
    }

    fn write_slots(&self, shard: usize, text: &mut String) {
        let mut begun: Option<u16> = None;
        for number in 0..=16_384 {
            let is_own = Slot::new(number).is_some_and(|slot| self.owner(slot) == shard);
            match begun {
                None if is_own => begun = Some(number),
                Some(first) if !is_own => {
                    let _ = write!(text, " {first}-{}", number - 1);
                    begun = None;
                }
                _ => {}
            }
        }
    }

    fn write_moves(&self, shard: usize, text: &mut String) {
        for (number, migration) in &self.migrations {
            let owner = Slot::new(*number).map(|slot| self.owner(slot));
            let ids = [owner.unwrap_or(0), migration.to].map(|shard| self.shards[shard].primary);
            if owner == Some(shard) {
                let _ = write!(text, " [{number}->-id{}]", ids[1]);
            } else if migration.to == shard {
                let _ = write!(text, " [{number}-<-id{}]", ids[0]);
            }
        }
    }
}
