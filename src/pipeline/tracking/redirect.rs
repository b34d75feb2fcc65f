//! REDIRECT: a client that hears of what another one has read.
//!
//! In RESP3 it hears it as a push, in RESP2 as a message of a channel, as long as it listens to anything; else it
//! hears nothing, as with servers. If it is gone, the client that reads is told so with each change.
//!
//! What comes for a client into whose output a large reply is being passed waits until that is whole; then it is
//! told that everything may have changed.

use std::collections::{BTreeMap, BTreeSet};

use crate::pipeline::inquiry::Asked;
use crate::pipeline::slab::Key;
use crate::pipeline::time::Time;
use crate::pipeline::{Pipeline, answers};
use crate::resp::{Protocol, RequestView, write};

use super::options;

/// The client that hears of what another one has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Redirect {
    /// Its number, as CLIENT ID tells it.
    pub(super) number: u64,
    pub(super) place: Place,
    /// It was gone when it was to hear something.
    pub(super) is_broken: bool,
}

/// Where a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Here(Key),
    /// At another worker.
    At(usize),
}

/// What came of the search for a client.
pub(super) enum Found {
    Yes(Redirect),
    /// What is wrong.
    No(&'static str),
    /// The other workers have been asked.
    Later,
}

/// What a client has to hear.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change<'a> {
    /// These keys have changed.
    Keys(&'a [&'a [u8]]),
    /// Everything may have changed.
    All,
}

/// Clients of this worker that hear of what others have read, by their numbers. They stay until they are gone.
#[derive(Debug, Default)]
pub(super) struct Targets {
    known: BTreeMap<u64, Target>,
    /// Those that have still to hear that everything may have changed.
    owed: BTreeSet<u64>,
}

#[derive(Debug)]
struct Target {
    client: Key,
    /// Other workers whose clients it hears of.
    workers: BTreeSet<usize>,
}

const CHANNEL: &[u8] = b"__redis__:invalidate";
const BROKEN: &[u8] = b"tracking-redir-broken";
const NO_TARGET: &str = "ERR The client ID you want redirect to does not exist";
/// What a worker answers that has the client it was asked for.
const HERE: &[u8] = b"1";

// === impl Change ===

impl Change<'_> {
    pub(super) fn push(self) -> Vec<u8> {
        let mut push = Vec::new();
        write::push(&mut push, 2);
        write::bulk(&mut push, b"invalidate");
        self.write(&mut push, Protocol::Resp3);
        push
    }

    fn message(self) -> Vec<u8> {
        let mut message = Vec::new();
        write::array(&mut message, 3);
        write::bulk(&mut message, b"message");
        write::bulk(&mut message, CHANNEL);
        self.write(&mut message, Protocol::Resp2);
        message
    }

    fn write(self, out: &mut Vec<u8>, protocol: Protocol) {
        match self {
            Self::Keys(keys) => {
                write::array(out, keys.len());
                for key in keys {
                    write::bulk(out, key);
                }
            }
            Self::All => write::null(out, protocol),
        }
    }
}

// === impl Targets ===

impl Targets {
    pub(super) fn has(&self, number: u64) -> bool {
        self.known.contains_key(&number)
    }

    pub(super) fn owe_nothing(&self) -> bool {
        self.owed.is_empty()
    }

    pub(super) fn client(&self, number: u64) -> Option<Key> {
        self.known.get(&number).map(|target| target.client)
    }

    /// Clients that hear of what clients of this worker have read.
    pub(super) fn of_worker(&self, worker: usize) -> Vec<Key> {
        let targets = self.known.values();
        let told = targets.filter(|target| target.workers.contains(&worker));
        told.map(|target| target.client).collect()
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Tells clients that have read it, or those that hear of it instead, what has changed.
    pub(super) fn tell(&mut self, change: Change<'_>, readers: &[Key]) {
        let push = change.push();
        for reader in readers {
            let Some(client) = self.clients.get(*reader) else {
                continue;
            };
            let Some(tracker) = client.tracker.as_deref() else {
                continue;
            };
            match tracker.redirect {
                // Servers let a client track that can hear nothing.
                None if client.protocol == Protocol::Resp2 => {}
                None => {
                    self.note_again(*reader, change);
                    self.send_change(*reader, &push);
                }
                Some(redirect) => match redirect.place {
                    Place::At(worker) => self.post_change(worker, redirect.number, change),
                    Place::Here(target) if self.clients.get(target).is_some() => {
                        self.tell_target(target, change, &push);
                    }
                    Place::Here(_) => self.break_redirect(*reader),
                },
            }
        }
    }

    /// Tells a client what has changed that another one has read.
    pub(super) fn tell_target(&mut self, target: Key, change: Change<'_>, push: &[u8]) {
        let Some(client) = self.clients.get(target) else {
            return;
        };
        if client.passage.is_some() {
            self.tracking.targets.owed.insert(client.number);
            return;
        }
        match client.protocol {
            Protocol::Resp3 => self.send_change(target, push),
            Protocol::Resp2 if client.is_confined() => self.send_change(target, &change.message()),
            Protocol::Resp2 => {}
        }
    }

    /// As [`Self::tell_target`], by the number of the client; false if it is gone.
    pub(super) fn tell_number(&mut self, number: u64, change: Change<'_>) -> bool {
        let Some(target) = self.tracking.targets.client(number) else {
            return false;
        };
        self.tell_target(target, change, &change.push());
        true
    }

    /// Messages of another worker were lost: clients that hear of its clients may have missed something.
    pub(super) fn flush_targets(&mut self, worker: usize) {
        for target in self.tracking.targets.of_worker(worker) {
            self.tell_target(target, Change::All, &Change::All.push());
        }
    }

    /// Tells clients what had to wait for the end of a large reply. Called at each tick.
    pub(super) fn pay_targets(&mut self) {
        if self.tracking.targets.owe_nothing() {
            return;
        }
        for number in std::mem::take(&mut self.tracking.targets.owed) {
            self.tell_number(number, Change::All);
        }
    }

    pub(super) fn send_change(&mut self, key: Key, frame: &[u8]) {
        self.stats.counters.invalidations_sent += 1;
        self.push_to(key, frame);
    }

    /// Puts something between the replies to a client.
    fn push_to(&mut self, key: Key, frame: &[u8]) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        client.output.append(frame);
        let limits = &self.config.limits;
        let listens = client.is_confined();
        let max = if listens {
            limits.subscriber_output_max
        } else {
            limits.client_output_max
        };
        let is_over = client.output.unwritten_len() > max;
        self.touch_client(key);
        if is_over {
            let counters = &mut self.stats.counters;
            counters.closes_subscriber += u64::from(listens);
            counters.closes_output_max += u64::from(!listens);
            self.close_client(key);
        }
    }

    /// The client that was to hear of it is gone, and this one is told.
    pub(super) fn break_redirect(&mut self, reader: Key) {
        let Some(client) = self.clients.get_mut(reader) else {
            return;
        };
        let tracker = client.tracker.as_deref_mut();
        let Some(redirect) = tracker.and_then(|tracker| tracker.redirect.as_mut()) else {
            return;
        };
        redirect.is_broken = true;
        if client.protocol == Protocol::Resp3 {
            let number = i64::try_from(redirect.number).unwrap_or(i64::MAX);
            let mut push = Vec::new();
            write::push(&mut push, 2);
            write::bulk(&mut push, BROKEN);
            write::integer(&mut push, number);
            self.push_to(reader, &push);
        }
    }

    /// Another worker's client is gone.
    pub(super) fn break_redirects(&mut self, number: u64) {
        let readers = self.clients.iter().filter(|(_, client)| {
            let redirect = client.tracker.as_deref().and_then(|t| t.redirect);
            redirect.is_some_and(|redirect| redirect.number == number)
        });
        let readers: Vec<Key> = readers.map(|(key, _)| key).collect();
        for reader in readers {
            self.break_redirect(reader);
        }
    }

    /// Looks for the client behind REDIRECT; the other workers are asked if it must be one of theirs.
    pub(super) fn find_target(
        &mut self,
        key: Key,
        number: i64,
        view: &RequestView<'_>,
        now: Time,
    ) -> Found {
        let number = u64::try_from(number).ok().and_then(|n| n.checked_sub(1));
        let worker = number.and_then(|n| n.checked_rem(self.workers as u64));
        let worker = worker.and_then(|worker| usize::try_from(worker).ok());
        let (Some(number), Some(worker)) = (number.map(|n| n + 1), worker) else {
            return Found::No(NO_TARGET);
        };
        let place = if worker == self.worker {
            self.add_target(number, None).map(Place::Here)
        } else {
            match self.ask_others(key, view, now) {
                Asked::Waiting => return Found::Later,
                Asked::Late => return Found::No(answers::WORKERS_LATE),
                Asked::Crowded => return Found::No(answers::WORKERS_CROWDED),
                Asked::Answered(answers) => {
                    let has_it = answers.iter().any(|answer| **answer == *HERE);
                    has_it.then_some(Place::At(worker))
                }
            }
        };
        place.map_or(Found::No(NO_TARGET), |place| {
            Found::Yes(Redirect {
                number,
                place,
                is_broken: false,
            })
        })
    }

    /// Another worker looks for the client behind REDIRECT.
    pub(in crate::pipeline) fn target_share(
        &mut self,
        asker: usize,
        view: &RequestView<'_>,
    ) -> Box<[u8]> {
        let number = options::parse(view).redirect;
        let number = number.and_then(|number| u64::try_from(number).ok());
        let target = number.and_then(|number| self.add_target(number, Some(asker)));
        target.map_or_else(Box::default, |_| HERE.into())
    }

    /// Notes that a client hears of what others have read, if it is here.
    fn add_target(&mut self, number: u64, worker: Option<usize>) -> Option<Key> {
        let mut clients = self.clients.iter();
        let (client, _) = clients.find(|(_, client)| client.number == number)?;
        let target = self.tracking.targets.known.entry(number);
        let target = target.or_insert_with(|| Target {
            client,
            workers: BTreeSet::new(),
        });
        target.workers.extend(worker);
        Some(client)
    }

    /// A client is gone.
    pub(in crate::pipeline) fn forget_target(&mut self, key: Key) {
        if let Some(client) = self.clients.get(key) {
            let targets = &mut self.tracking.targets;
            targets.known.remove(&client.number);
            targets.owed.remove(&client.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Change;

    #[test]
    fn what_clients_hear_is_what_servers_say() {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let key = Change::Keys(&[b"a"]);
        let keys = Change::Keys(&[b"a", b"bc"]);
        assert_eq!(
            text(key.push()),
            ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n"
        );
        assert_eq!(text(Change::All.push()), ">2\r\n$10\r\ninvalidate\r\n_\r\n");
        let start = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n";
        assert_eq!(text(key.message()), format!("{start}*1\r\n$1\r\na\r\n"));
        let both = "*2\r\n$1\r\na\r\n$2\r\nbc\r\n";
        assert_eq!(text(keys.message()), format!("{start}{both}"));
        assert_eq!(text(Change::All.message()), format!("{start}$-1\r\n"));
    }
}
