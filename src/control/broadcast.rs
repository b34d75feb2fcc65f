//! What workers are told, kept until their channels take it.
//!
//! Nothing here waits for a worker. A channel that is full is tried again at the next tick, and then
//! only the newest of each kind is sent: of two slot maps a worker needs the later one alone.

use std::collections::VecDeque;
use std::rc::Rc;

use super::inbox::{LETTERS_MAX, Letter, Lines, NEWS_MAX, has_room};
use crate::cluster::{MapVersion, SlotMap};
use crate::command::Command;
use crate::config::Config;
use crate::message::ToWorker;
use crate::metrics::Reloads;
use crate::net::tls::Credentials;

/// The slot map in force, and which worker has which version.
#[derive(Debug)]
pub(super) struct Broadcast {
    map: Rc<SlotMap>,
    /// The learned commands in force.
    commands: Vec<&'static Command>,
    /// What TLS sessions are made of; workers are started with the first.
    credentials: Credentials,
    /// The settings in force, once they were read again.
    settings: Option<(Config, Reloads)>,
    outboxes: Vec<Outbox>,
}

/// What one worker has still to be told.
#[derive(Debug, Default)]
struct Outbox {
    /// Version of the last map that its channel took.
    version: MapVersion,
    /// It has not been sent the commands in force.
    commands: bool,
    /// It has not been sent the credentials in force.
    credentials: bool,
    /// It has not been sent the settings in force.
    settings: bool,
    clients_elsewhere: Option<usize>,
    stats: bool,
    listen: bool,
    /// Whether it shall drain, and whether another process goes on.
    drain: Option<bool>,
    /// Questions and answers, oldest first.
    letters: VecDeque<ToWorker>,
    /// What other workers tell, oldest first.
    news: VecDeque<Box<[u8]>>,
    /// For its monitors and other clients, oldest first.
    lines: VecDeque<Lines>,
    /// Its channel is closed, so it has ended.
    gone: bool,
}

/// How a channel took a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// It will arrive.
    Taken,
    /// There is no room for now.
    Full,
    /// The worker has ended.
    Closed,
}

// === impl Broadcast ===

impl Broadcast {
    pub(super) fn new(workers: usize) -> Self {
        let outboxes = (0..workers).map(|_| Outbox::default()).collect();
        Self {
            map: Rc::new(SlotMap::empty()),
            commands: Vec::new(),
            credentials: Credentials::default(),
            settings: None,
            outboxes,
        }
    }

    /// The map in force; version 0 before the first.
    pub(super) fn map(&self) -> &Rc<SlotMap> {
        &self.map
    }

    /// Puts a map into force under the next version, unless it routes as the last one does.
    pub(super) fn offer(&mut self, mut map: SlotMap) -> bool {
        if map == *self.map {
            return false;
        }
        map.version = self.map.version.next();
        self.map = Rc::new(map);
        true
    }

    /// Puts the map into force once more, so that workers look at it with other settings.
    pub(super) fn renew_map(&mut self) {
        if self.map.version > MapVersion::default() {
            let mut map = SlotMap::clone(&self.map);
            map.version = map.version.next();
            self.map = Rc::new(map);
        }
    }

    /// Puts settings into force.
    pub(super) fn put_settings(&mut self, config: &Config, reloads: Reloads) {
        self.settings = Some((config.clone(), reloads));
        for outbox in &mut self.outboxes {
            outbox.settings = true;
        }
    }

    /// Puts learned commands into force.
    pub(super) fn put_commands(&mut self, commands: &[&'static Command]) {
        self.commands = commands.to_vec();
        for outbox in &mut self.outboxes {
            outbox.commands = true;
        }
    }

    /// New TLS sessions of all workers shall be made of these.
    pub(super) fn put_credentials(&mut self, credentials: Credentials) {
        self.credentials = credentials;
        for outbox in &mut self.outboxes {
            outbox.credentials = true;
        }
    }

    /// Every worker shall send its numbers.
    pub(super) fn ask_stats(&mut self) {
        for outbox in &mut self.outboxes {
            outbox.stats = true;
        }
    }

    /// Tells each worker how many clients the others have.
    pub(super) fn tell_clients(&mut self, clients: &[usize]) {
        let total: usize = clients.iter().sum();
        for (outbox, own) in self.outboxes.iter_mut().zip(clients) {
            outbox.clients_elsewhere = Some(total - own);
        }
    }

    /// Every worker but the one that asks shall answer.
    pub(super) fn put_question(&mut self, letter: &Letter) {
        for (worker, outbox) in self.outboxes.iter_mut().enumerate() {
            if worker != letter.asker {
                outbox.post(ToWorker::Question {
                    asker: letter.asker,
                    id: letter.id,
                    question: letter.text.clone(),
                });
            }
        }
    }

    /// Every worker but the one that tells shall know; one with much unread news is not told.
    pub(super) fn put_news(&mut self, letter: &Letter) {
        for (worker, outbox) in self.outboxes.iter_mut().enumerate() {
            if worker != letter.asker && !outbox.gone && outbox.news.len() < NEWS_MAX {
                outbox.news.push_back(letter.text.clone());
            }
        }
    }

    /// A worker gets lines for its monitors, or something else for its clients, unless many wait already.
    pub(super) fn put_lines(&mut self, lines: Lines) {
        if let Some(outbox) = self.outboxes.get_mut(lines.to)
            && !outbox.gone
            && has_room(outbox.lines.iter(), lines.subject)
        {
            outbox.lines.push_back(lines);
        }
    }

    /// The worker that asked gets an answer.
    pub(super) fn put_answer(&mut self, letter: Letter) {
        if let Some(outbox) = self.outboxes.get_mut(letter.asker) {
            outbox.post(ToWorker::Answer {
                id: letter.id,
                answer: letter.text,
            });
        }
    }

    /// Every worker shall accept clients.
    pub(super) fn listen(&mut self) {
        for outbox in &mut self.outboxes {
            outbox.listen = true;
        }
    }

    /// Every worker shall finish; `is_served` if another process accepts those who wait.
    pub(super) fn drain(&mut self, is_served: bool) {
        for outbox in &mut self.outboxes {
            outbox.drain = Some(is_served);
        }
    }

    /// Whether every worker that lives has been sent some map, and the commands in force.
    pub(super) fn is_delivered(&self) -> bool {
        let mut living = self.outboxes.iter().filter(|outbox| !outbox.gone);
        living.all(|outbox| outbox.version > MapVersion::default() && !outbox.commands)
    }

    /// Version of the last map that a worker was sent.
    pub(super) fn version_of(&self, worker: usize) -> MapVersion {
        self.outboxes
            .get(worker)
            .map(|outbox| outbox.version)
            .unwrap_or_default()
    }

    /// Whether a worker has ended.
    pub(super) fn is_gone(&self, worker: usize) -> bool {
        self.outboxes.get(worker).is_none_or(|outbox| outbox.gone)
    }

    /// Sends what waits, through `send(worker, message)`.
    pub(super) fn flush(&mut self, mut send: impl FnMut(usize, ToWorker) -> Sent) {
        for (worker, outbox) in self.outboxes.iter_mut().enumerate() {
            if outbox.credentials {
                let Credentials { server, client } = self.credentials.clone();
                let sent = send(worker, ToWorker::Credentials { server, client });
                outbox.credentials = !outbox.pass(sent);
            }
            if let Some((config, reloads)) = &self.settings
                && outbox.settings
            {
                let message = ToWorker::Settings {
                    config: Box::new(config.clone()),
                    reloads: *reloads,
                };
                outbox.settings = !outbox.pass(send(worker, message));
            }
            if outbox.settings {
                // The map is looked at with them.
                continue;
            }
            outbox.flush(&self.map, &self.commands, |message| send(worker, message));
        }
    }
}

// === impl Outbox ===

impl Outbox {
    /// The map first, since requests depend on it.
    fn flush(
        &mut self,
        map: &SlotMap,
        commands: &[&'static Command],
        mut send: impl FnMut(ToWorker) -> Sent,
    ) {
        if self.version < map.version && self.pass(send(ToWorker::SlotMap(Box::new(map.clone())))) {
            self.version = map.version;
        }
        if self.commands && self.pass(send(ToWorker::Commands(commands.into()))) {
            self.commands = false;
        }
        if self.listen && self.pass(send(ToWorker::Listen)) {
            self.listen = false;
        }
        if let Some(is_served) = self.drain
            && self.pass(send(ToWorker::Drain { is_served }))
        {
            self.drain = None;
        }
        if let Some(count) = self.clients_elsewhere
            && self.pass(send(ToWorker::ClientsElsewhere(count)))
        {
            self.clients_elsewhere = None;
        }
        if self.stats && self.pass(send(ToWorker::Stats)) {
            self.stats = false;
        }
        while let Some(letter) = self.letters.pop_front() {
            // A channel that has no room does not give back what it was offered.
            if !self.pass(send(letter.clone())) {
                self.letters.push_front(letter);
                break;
            }
        }
        while let Some(news) = self.news.pop_front() {
            if !self.pass(send(ToWorker::News(news.clone()))) {
                self.news.push_front(news);
                break;
            }
        }
        while let Some(lines) = self.lines.pop_front() {
            let message = ToWorker::Lines {
                subject: lines.subject,
                from: lines.from,
                first: lines.first,
                lines: lines.text.clone(),
            };
            if !self.pass(send(message)) {
                self.lines.push_front(lines);
                break;
            }
        }
    }

    /// Keeps a letter until the channel takes it; a worker with too many unread ones gets no more.
    fn post(&mut self, letter: ToWorker) {
        if !self.gone && self.letters.len() < LETTERS_MAX {
            self.letters.push_back(letter);
        }
    }

    /// Whether a message need not be sent again.
    fn pass(&mut self, sent: Sent) -> bool {
        self.gone |= sent == Sent::Closed;
        sent != Sent::Full
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{NodeAddr, Shard, Slot};
    use crate::control::inbox::LINES_MAX;
    use crate::message::Subject;

    fn map(port: u16) -> SlotMap {
        let mut map = SlotMap::empty();
        let shard = map.push_shard(Shard::at(NodeAddr::new("n", port))).unwrap();
        map.set_range(Slot::FIRST, Slot::LAST, shard);
        map
    }

    /// Sends all that waits to channels with room for `room` messages; tells what was taken.
    fn flush(broadcast: &mut Broadcast, mut room: usize) -> Vec<String> {
        let mut taken = Vec::new();
        broadcast.flush(|worker, message| {
            if room == 0 {
                return Sent::Full;
            }
            room -= 1;
            taken.push(match message {
                ToWorker::SlotMap(map) => format!("{worker} map {}", map.version),
                ToWorker::Commands(list) => format!("{worker} commands {}", list.len()),
                ToWorker::Stats => format!("{worker} stats"),
                ToWorker::ClientsElsewhere(count) => format!("{worker} clients {count}"),
                ToWorker::Credentials { .. } => format!("{worker} credentials"),
                ToWorker::Settings { config, .. } => {
                    format!("{worker} settings {}", config.workers)
                }
                ToWorker::Listen => format!("{worker} listen"),
                ToWorker::Drain { is_served } => format!("{worker} drain {is_served}"),
                ToWorker::Question { asker, id, .. } => format!("{worker} question {asker}/{id}"),
                ToWorker::Answer { id, .. } => format!("{worker} answer {id}"),
                ToWorker::News(news) => format!("{worker} news {}", news.len()),
                ToWorker::Lines { from, first, .. } => format!("{worker} lines {from}/{first}"),
            });
            Sent::Taken
        });
        taken
    }

    #[test]
    fn a_map_is_sent_once_and_only_if_it_changed() {
        let mut broadcast = Broadcast::new(2);
        assert!(flush(&mut broadcast, 9).is_empty());
        assert!(!broadcast.is_delivered());
        assert!(broadcast.offer(map(1)));
        assert_eq!(flush(&mut broadcast, 9), ["0 map 1", "1 map 1"]);
        assert!(broadcast.is_delivered());
        assert!(!broadcast.offer(map(1)));
        assert!(flush(&mut broadcast, 9).is_empty());
        assert!(broadcast.offer(map(2)));
        assert_eq!(flush(&mut broadcast, 9), ["0 map 2", "1 map 2"]);
    }

    #[test]
    fn what_does_not_fit_is_kept_and_the_newest_map_counts() {
        let mut broadcast = Broadcast::new(2);
        broadcast.offer(map(1));
        assert_eq!(flush(&mut broadcast, 1), ["0 map 1"]);
        assert!(!broadcast.is_delivered());
        broadcast.offer(map(2));
        broadcast.offer(map(3));
        broadcast.ask_stats();
        broadcast.ask_stats();
        assert!(flush(&mut broadcast, 0).is_empty());
        assert_eq!(flush(&mut broadcast, 3), ["0 map 3", "0 stats", "1 map 3"]);
        assert_eq!(flush(&mut broadcast, 9), ["1 stats"]);
        assert_eq!(broadcast.version_of(1), MapVersion(3));
    }

    #[test]
    fn commands_are_sent_to_everybody_and_the_newest_count() {
        let mut broadcast = Broadcast::new(2);
        broadcast.offer(map(1));
        let get: Vec<_> = crate::command::lookup(b"get").into_iter().collect();
        broadcast.put_commands(&get);
        assert_eq!(
            flush(&mut broadcast, 3),
            ["0 map 1", "0 commands 1", "1 map 1"]
        );
        assert!(!broadcast.is_delivered());
        broadcast.put_commands(&[]);
        assert_eq!(flush(&mut broadcast, 9), ["0 commands 0", "1 commands 0"]);
        assert!(broadcast.is_delivered() && flush(&mut broadcast, 9).is_empty());
    }

    #[test]
    fn credentials_are_sent_to_everybody_once() {
        let mut broadcast = Broadcast::new(2);
        broadcast.put_credentials(Credentials::default());
        broadcast.put_credentials(Credentials::default());
        assert_eq!(flush(&mut broadcast, 1), ["0 credentials"]);
        assert_eq!(flush(&mut broadcast, 9), ["1 credentials"]);
        assert!(flush(&mut broadcast, 9).is_empty());
    }

    #[test]
    fn clients_elsewhere_are_those_of_the_others() {
        let mut broadcast = Broadcast::new(3);
        broadcast.tell_clients(&[9, 9, 9]);
        broadcast.tell_clients(&[1, 2, 4]);
        assert_eq!(
            flush(&mut broadcast, 9),
            ["0 clients 6", "1 clients 5", "2 clients 3"]
        );
        broadcast.listen();
        broadcast.drain(true);
        let told = [
            "0 listen",
            "0 drain true",
            "1 listen",
            "1 drain true",
            "2 listen",
            "2 drain true",
        ];
        assert_eq!(flush(&mut broadcast, 9), told);
    }

    #[test]
    fn questions_go_to_the_others_and_answers_back() {
        let letter = |asker, id| Letter {
            asker,
            id,
            text: b"x".to_vec().into(),
        };
        let mut broadcast = Broadcast::new(3);
        broadcast.put_question(&letter(1, 7));
        assert_eq!(flush(&mut broadcast, 1), ["0 question 1/7"]);
        assert_eq!(flush(&mut broadcast, 9), ["2 question 1/7"]);
        broadcast.put_answer(letter(1, 7));
        broadcast.put_answer(letter(9, 7));
        broadcast.put_answer(letter(1, 8));
        assert!(flush(&mut broadcast, 0).is_empty());
        assert_eq!(flush(&mut broadcast, 9), ["1 answer 7", "1 answer 8"]);
        for id in 0..1000 {
            broadcast.put_answer(letter(0, id));
        }
        assert_eq!(flush(&mut broadcast, 9999).len(), LETTERS_MAX);
    }

    #[test]
    fn news_goes_to_the_others_and_is_bounded() {
        let letter = Letter {
            asker: 1,
            id: 0,
            text: b"xyz".to_vec().into(),
        };
        let mut broadcast = Broadcast::new(3);
        broadcast.put_news(&letter);
        assert_eq!(flush(&mut broadcast, 1), ["0 news 3"]);
        assert_eq!(flush(&mut broadcast, 9), ["2 news 3"]);
        for _ in 0..1000 {
            broadcast.put_news(&letter);
        }
        assert_eq!(flush(&mut broadcast, 9999).len(), 2 * NEWS_MAX);
    }

    #[test]
    fn lines_go_to_the_worker_with_monitors_and_are_bounded() {
        let lines = |to, first| Lines {
            subject: Subject::Requests,
            from: 1,
            to,
            first,
            text: b"+x\r\n".to_vec().into(),
        };
        let mut broadcast = Broadcast::new(3);
        broadcast.put_lines(lines(2, 7));
        broadcast.put_lines(lines(9, 7));
        broadcast.put_lines(lines(2, 8));
        assert!(flush(&mut broadcast, 0).is_empty());
        assert_eq!(flush(&mut broadcast, 9), ["2 lines 1/7", "2 lines 1/8"]);
        for first in 0..1000 {
            broadcast.put_lines(lines(0, first));
        }
        broadcast.put_lines(Lines {
            subject: Subject::Changes,
            ..lines(0, 0)
        });
        let sent = flush(&mut broadcast, 9999).len();
        assert_eq!(sent, LINES_MAX + 1, "one subject leaves room for the other");
    }

    #[test]
    fn settings_come_before_the_map_that_depends_on_them() {
        let mut broadcast = Broadcast::new(2);
        broadcast.renew_map();
        assert!(flush(&mut broadcast, 9).is_empty(), "there is none yet");
        broadcast.offer(map(1));
        assert_eq!(flush(&mut broadcast, 9).len(), 2);
        for workers in [5, 7] {
            let config = Config {
                workers,
                ..Config::default()
            };
            broadcast.put_settings(&config, Reloads::default());
        }
        broadcast.renew_map();
        assert_eq!(flush(&mut broadcast, 1), ["0 settings 7"]);
        assert_eq!(
            flush(&mut broadcast, 9),
            ["0 map 2", "1 settings 7", "1 map 2"]
        );
        assert!(flush(&mut broadcast, 9).is_empty());
    }

    #[test]
    fn a_worker_that_has_ended_is_not_waited_for() {
        let mut broadcast = Broadcast::new(1);
        broadcast.offer(map(1));
        broadcast.flush(|_, _| Sent::Closed);
        assert!(broadcast.is_gone(0) && broadcast.is_delivered());
        assert!(flush(&mut broadcast, 9).is_empty());
        assert!(broadcast.is_gone(7), "a worker that never was");
    }
}
