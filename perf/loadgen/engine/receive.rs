//! What arrives: replies, and the ends of connections.

use std::io;

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, epoll, poll};
use rustix::io::Errno;

use super::{Engine, Phase};
use crate::clock::SECOND;
use crate::link::{Link, State};
use crate::replies::Expect;
use crate::secured::is_later;

/// Reads from one connection before the others have their turn.
const READS_MAX: usize = 8;
/// A lost connection is tried again so often.
const RETRY: u64 = SECOND / 10;

const NOW: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

impl Engine<'_> {
    pub(super) fn wait(&mut self, now: u64) -> io::Result<()> {
        let mut time = Timespec::try_from(self.idle_time(now)).ok();
        self.events.clear();
        if self.schedule.is_some() {
            self.is_blocked |= !self.has_room();
            // Waiting in the set itself would end at the next whole millisecond.
            let mut set = [PollFd::new(&self.epoll, PollFlags::IN)];
            match poll(&mut set, time.as_ref()) {
                Ok(0) | Err(Errno::INTR) => return Ok(()),
                Ok(_) => time = Some(NOW),
                Err(error) => return Err(error.into()),
            }
        }
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), time.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn handle_events(&mut self) -> io::Result<()> {
        for index in std::mem::take(&mut self.to_read) {
            if let Some(link) = self.links.get_mut(index) {
                link.is_to_read = false;
            }
            self.receive(index);
        }
        let events = std::mem::take(&mut self.events);
        for event in &events {
            let index = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
            self.handle_event(index, event.flags);
        }
        self.events = events;
        Ok(())
    }

    #[inline]
    fn handle_event(&mut self, index: usize, flags: epoll::EventFlags) {
        let Some(link) = self.links.get(index) else {
            return;
        };
        let ended = flags
            .intersects(epoll::EventFlags::RDHUP | epoll::EventFlags::HUP | epoll::EventFlags::ERR);
        if link.state == State::Connecting {
            self.end_connecting(index);
        }
        if ended || flags.contains(epoll::EventFlags::IN) {
            if let Some(link) = self.links.get_mut(index).filter(|_| ended) {
                link.is_ending = true;
            }
            self.receive(index);
        }
        let is_blocked = self.links.get(index).is_some_and(Link::has_output);
        if is_blocked && flags.contains(epoll::EventFlags::OUT) {
            self.send(index, self.moved_at);
        }
    }

    /// Reads what a link has, and sends its client's next batch in the closed loop.
    #[inline]
    fn receive(&mut self, index: usize) {
        let Some(link) = self
            .links
            .get_mut(index)
            .filter(|link| link.state == State::Up)
        else {
            return;
        };
        let (mut answered, mut problem) = (0, None);
        let mut has_more = true;
        let (recorder, moved_at) = (&mut self.recorder, &mut self.moved_at);
        for _ in 0..READS_MAX {
            let kept = link.reader.begin(&mut self.buffer);
            let room = self.buffer.get_mut(kept..).unwrap_or_default();
            let count = match link.receive(room) {
                Ok(0) => {
                    problem = Some("the connection was closed".to_owned());
                    break;
                }
                Ok(count) => count,
                Err(error) if is_later(&error) => {
                    has_more = false;
                    break;
                }
                Err(error) => {
                    problem = Some(error.to_string());
                    break;
                }
            };
            // A read that fills less than its room has emptied the socket; of records there may be more.
            has_more = link.is_ending || link.has_records() || count == room.len();
            let now = self.clock.now();
            *moved_at = now;
            let bytes = self.buffer.get(..kept + count).unwrap_or_default();
            let (waiting, rules) = (&mut link.waiting, &self.plan.rules);
            let read = link
                .reader
                .read(bytes, waiting, rules, &mut |sent, verdict| {
                    recorder.reply(sent, verdict, now);
                    answered += usize::from(sent.expect != Expect::Greeting);
                });
            problem = read.err().map(|broken| broken.to_string());
            if problem.is_some() || !has_more {
                break;
            }
        }
        if self.odd.is_none() {
            self.odd = link.reader.take_odd();
        }
        if has_more && problem.is_none() && !std::mem::replace(&mut link.is_to_read, true) {
            self.to_read.push(index);
        }
        self.answered(index, answered);
        if let Some(problem) = problem {
            self.lose(index, self.moved_at, &problem);
        }
    }

    /// Notes replies, and sends the client's next batch if it has all of them.
    #[inline]
    fn answered(&mut self, index: usize, count: usize) {
        let client = index / self.plan.links_per_client().max(1);
        self.in_flight -= count;
        if let Some(client) = self.clients.get_mut(client) {
            client.in_flight -= count;
        }
        if count > 0 && self.schedule.is_none() {
            self.next_batch(client, self.moved_at);
            self.send_listed(self.moved_at);
        }
    }

    pub(super) fn watch(&self, index: usize) -> io::Result<()> {
        let flags = epoll::EventFlags::IN
            | epoll::EventFlags::OUT
            | epoll::EventFlags::RDHUP
            | epoll::EventFlags::ET;
        match self.links.get(index) {
            Some(link) => {
                let data = epoll::EventData::new_u64(index as u64);
                Ok(epoll::add(&self.epoll, link, data, flags)?)
            }
            None => Ok(()),
        }
    }

    /// A link is broken: what waits on it has no reply, and it is opened again a little later.
    #[cold]
    pub(super) fn lose(&mut self, index: usize, now: u64, why: &str) {
        let Some(link) = self.links.get_mut(index) else {
            return;
        };
        if link.state == State::Up {
            self.recorder.totals.lost += 1;
            self.odd
                .get_or_insert_with(|| format!("a connection was lost: {why}"));
        }
        let retry_at = now + RETRY;
        self.retry_at = self.retry_at.min(retry_at);
        let lost = link.lose(retry_at);
        let client = index / self.plan.links_per_client().max(1);
        self.in_flight -= lost.len();
        if let Some(client) = self.clients.get_mut(client) {
            client.in_flight -= lost.len();
        }
        for sent in &lost {
            self.recorder.unanswered(sent.at, now);
        }
        if self.budget != u64::MAX && self.phase == Phase::Counting {
            // A run that ends by count still gets its number of replies.
            self.budget += lost.len() as u64;
        }
    }

    #[cold]
    pub(super) fn reopen_links(&mut self, now: u64) {
        self.retry_at = u64::MAX;
        for index in 0..self.links.len() {
            let Some(link) = self.links.get_mut(index) else {
                continue;
            };
            let State::Down(at) = link.state else {
                continue;
            };
            if at > now {
                self.retry_at = self.retry_at.min(at);
            } else if link.reopen().is_err() || self.watch(index).is_err() {
                self.lose(index, now, "");
            }
        }
    }

    #[cold]
    fn end_connecting(&mut self, index: usize) {
        let now = self.clock.now();
        let Some(link) = self.links.get_mut(index) else {
            return;
        };
        if link.connected().is_err() {
            return self.lose(index, now, "");
        }
        link.state = State::Up;
        self.list(index);
        self.next_batch(index / self.plan.links_per_client().max(1), now);
        self.send_listed(now);
    }
}
