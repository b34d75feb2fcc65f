//! One turn: wait, let the pipeline work on what came, carry out what it decided, send what it has.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::core::token;
use super::inbox::{Answer, LATE_FOR};
use super::{Worker, inbox};
use crate::cluster::NodeAddr;
use crate::message::{Subject, ToControl};
use crate::net::Wait;
use crate::pipeline::{Action, LinkEnd, LinkId, Peer, Time};

/// Nanoseconds without a request after which a worker looks at its clock less often. By then buffers have
/// been given back.
const IDLE_AFTER: u64 = 3_000_000_000;

/// How often it does then: at most so late comes a message of control.
const IDLE_TICK: Duration = Duration::from_millis(50);

impl Worker {
    /// Waits until there is something to do, at most until the next tick, and does all of it.
    ///
    /// # Errors
    ///
    /// The driver is of no use any more.
    pub(super) fn turn(&mut self) -> io::Result<()> {
        let wait = self.wait();
        let happened = self.driver.wait(&mut self.core, wait)?;
        let now = self.go_on(Time(wait.until.max(wait.now)));
        self.spinning.end(happened > 0, now);
        // Heartbeats of links do not count as activity: with them no worker would be idle for long.
        if self.rhythm.turn(happened, self.core.pipeline.work(), now) {
            self.active_at = now;
        }
        self.core.now = now;
        self.take_inbox(now);
        self.driver.dispatch(&mut self.core);
        if let Some(bytes) = self.driver.session_bytes() {
            self.core.pipeline.handle_session_bytes(bytes);
        }
        while let Some(index) = self.driver.next_acceptable() {
            self.accept(index, now);
        }
        self.core.pipeline.counters_mut().turns += 1;
        self.core.pipeline.counters_mut().turns_idle += u64::from(happened == 0);
        if now >= self.next_tick {
            self.tick(now);
        }
        self.core.pipeline.handle_resumable(now);
        self.act(now);
        self.driver.flush(&mut self.core);
        Ok(())
    }

    /// What time it is where the worker goes on, which should be `due` at the latest.
    fn go_on(&mut self, due: Time) -> Time {
        let (now, lost) = self.clock.go_on(due);
        if !lost.is_zero() {
            let counters = self.core.pipeline.counters_mut();
            counters.standstills += 1;
            counters.standstill_milliseconds += u64::try_from(lost.as_millis()).unwrap_or(0);
        }
        now
    }

    /// When an idle worker looks at its clock; the next tick of one that is not comes earlier.
    fn idle_tick(&self, now: Time) -> Time {
        let is_idle = self.core.pipeline.is_idle()
            && self.lingering.is_empty()
            && now.since(self.active_at) > IDLE_AFTER;
        if is_idle {
            now.plus(IDLE_TICK)
        } else {
            Time(0)
        }
    }

    /// How the turn waits for something to happen. The turn before has flushed, so it is known what is held
    /// back and until when.
    fn wait(&mut self) -> Wait {
        let now = self.go_on(self.core.now);
        let pace = self.core.pipeline.pace();
        let (gather, gather_for) = self.rhythm.gather(pace.busy);
        let tick = self.next_tick.max(self.idle_tick(now));
        let mut wait = Wait {
            now: now.0,
            until: pace.held_until.unwrap_or(tick).min(tick).0,
            gather,
            gather_for,
            spin: self.spinning.begin(pace.busy, now),
        };
        let is_busy = self.driver.is_busy()
            || self.core.pipeline.has_actions()
            || !self.inbox.borrow().is_empty();
        if is_busy {
            wait.until = wait.now;
            wait.gather = 1;
            wait.spin = Duration::ZERO;
        }
        wait
    }

    /// Carries out what the pipeline decided.
    fn act(&mut self, now: Time) {
        while let Some(action) = self.core.pipeline.poll_action() {
            match action {
                Action::Connect { link, addr } => self.connect(link, addr, now),
                Action::LinkReady(link) => {
                    if let Some(addr) = self.core.pipeline.link_addr(link) {
                        self.core.outages.end(self.core.worker, addr);
                        self.core.names.note_ready(addr);
                    }
                }
                Action::CloseLink { link, addr, why } => {
                    self.core.outages.report_end(self.core.worker, &addr, &why);
                    if matches!(why, LinkEnd::ConnectTimeout | LinkEnd::Refused(_)) {
                        self.core.names.note_failed(&addr);
                    }
                    drop(self.driver.remove(token(Peer::Link(link))));
                }
                Action::CloseClient(id) => {
                    if let Some(stream) = self.driver.remove(token(Peer::Client(id))) {
                        self.lingering.add(stream, now);
                    }
                }
                Action::ResumeClient(id) => self.driver.resume(token(Peer::Client(id))),
                Action::ResumeLink(id) => self.driver.resume(token(Peer::Link(id))),
                Action::Tell { news } => {
                    let worker = self.core.worker;
                    if !self.tell(ToControl::News { worker, news }) {
                        self.core.pipeline.counters_mut().scripts_untold += 1;
                    }
                }
                Action::Ask { id, question } => {
                    // What does not arrive is not answered, which the client will be told.
                    let asker = self.core.worker;
                    self.tell(ToControl::Question {
                        asker,
                        id,
                        question,
                    });
                }
                Action::Show { to, first, lines } => {
                    // What does not arrive is missed, and counted, by the worker it was for.
                    let worker = self.core.worker;
                    self.tell(ToControl::Lines {
                        subject: Subject::Requests,
                        worker,
                        to,
                        first,
                        lines,
                    });
                }
                Action::Inform {
                    to,
                    number,
                    changes,
                } => {
                    // The same.
                    let worker = self.core.worker;
                    self.tell(ToControl::Lines {
                        subject: Subject::Changes,
                        worker,
                        to,
                        first: number,
                        lines: changes,
                    });
                }
                Action::Answer { asker, id, answer } => {
                    self.tell(ToControl::Answer { asker, id, answer });
                }
                Action::Refresh(reason) => {
                    self.tell(ToControl::RefreshHint(reason));
                }
            }
        }
    }

    fn connect(&mut self, link: LinkId, addr: NodeAddr, now: Time) {
        if let Ok(ip) = addr.host.parse::<IpAddr>() {
            self.connect_to(link, SocketAddr::new(ip, addr.port));
            return;
        }
        let late = self.inbox.borrow_mut().take_late(&addr, now);
        if let Some(found) = late {
            self.connect_to(link, found);
        } else {
            inbox::resolve(&self.inbox, &self.lookups, link, addr);
        }
    }

    /// A name was looked up: those who still wait for it connect.
    pub(super) fn take_answer(&mut self, answer: Answer, now: Time) {
        let Answer { addr, links, found } = answer;
        let names = &mut self.core.names;
        let found = found.and_then(|all| {
            let chosen = names.choose(&addr, &all);
            chosen.ok_or_else(|| io::ErrorKind::NotFound.into())
        });
        let mut is_used = false;
        for link in links {
            match &found {
                Ok(found) => {
                    self.core.pipeline.handle_link_resolved(link, now);
                    is_used |= self.connect_to(link, *found);
                }
                Err(error) => self
                    .core
                    .lose_link(link, &format!("its name cannot be resolved: {error}")),
            }
        }
        if let Ok(found) = found
            && !is_used
        {
            // The next attempt may have to wait until then.
            let pause = self.config.cluster.server_retry_timeout;
            let until = now.plus(LATE_FOR.max(pause * 2));
            self.inbox.borrow_mut().keep(addr, found, now, until);
        }
    }

    /// Connects a link, if it has not been given up.
    fn connect_to(&mut self, link: LinkId, addr: SocketAddr) -> bool {
        let Some(host) = self
            .core
            .pipeline
            .link_addr(link)
            .map(|addr| addr.host.clone())
        else {
            return false;
        };
        let cluster = &self.config.cluster;
        let name = cluster.tls_server_name.as_deref().unwrap_or(&host);
        let name = cluster.tls.then_some(name);
        let token = token(Peer::Link(link));
        let begun = self.driver.connect(token, addr, cluster.keep_alive, name);
        if let Err(error) = begun {
            self.core.lose_link(link, &error.to_string());
        }
        true
    }
}
