//! What other tasks of the executor hand to the worker's task between turns.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use glommio::channels::shared_channel::ConnectedReceiver;

use crate::cluster::NodeAddr;
use crate::message::ToWorker;
use crate::net::Lookups;
use crate::pipeline::{LinkId, Time};

/// Everything that waits for the next turn.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    pub(super) messages: Vec<ToWorker>,
    pub(super) answers: Vec<Answer>,
    /// Names that are being looked up, and who waits for them.
    under_way: BTreeMap<NodeAddr, Vec<LinkId>>,
    /// Addresses that came when nobody waited any more, and until when they may be used.
    late: BTreeMap<NodeAddr, (SocketAddr, Time)>,
}

/// What a lookup has found, for those who waited for it; some of them may have gone.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) addr: NodeAddr,
    pub(super) links: Vec<LinkId>,
    /// At least one address, in the order in which they should be tried.
    pub(super) found: io::Result<Vec<SocketAddr>>,
}

/// Links that wait for one name at most. More only pile up behind a silent name server; they end by their own
/// deadline.
const WAITING_MAX: usize = 256;

/// Late addresses at most: one of each node of a large cluster. Another one is not kept.
const LATE_MAX: usize = 1024;

/// How long a late address may be used at least. Soon somebody else may have it.
pub(super) const LATE_FOR: Duration = Duration::from_secs(10);

// === impl Inbox ===

impl Inbox {
    /// Starts the task that receives from control.
    pub(super) fn start(receiver: ConnectedReceiver<ToWorker>) -> Rc<RefCell<Self>> {
        let inbox = Rc::new(RefCell::new(Self::default()));
        let filled = Rc::clone(&inbox);
        // It lives as long as the executor.
        glommio::spawn_local(async move {
            while let Some(message) = receiver.recv().await {
                filled.borrow_mut().messages.push(message);
            }
        })
        .detach();
        inbox
    }

    /// Notes that a link waits for a name; true if that has to be looked up.
    fn begin(&mut self, link: LinkId, addr: &NodeAddr) -> bool {
        if let Some(waiting) = self.under_way.get_mut(addr) {
            if waiting.len() < WAITING_MAX {
                waiting.push(link);
            }
            return false;
        }
        self.under_way.insert(addr.clone(), vec![link]);
        true
    }

    /// A name was looked up: everyone who waits for it is told.
    fn end(&mut self, addr: NodeAddr, found: io::Result<Vec<SocketAddr>>) {
        let links = self.under_way.remove(&addr).unwrap_or_default();
        self.answers.push(Answer { addr, links, found });
    }

    /// Keeps an address for the next attempt: all who waited for it have given up. Without this a node whose name takes
    /// longer to be looked up than an attempt lasts would never be reached again.
    pub(super) fn keep(&mut self, addr: NodeAddr, found: SocketAddr, now: Time, until: Time) {
        self.late.retain(|_, (_, until)| now < *until);
        if self.late.len() < LATE_MAX || self.late.contains_key(&addr) {
            self.late.insert(addr, (found, until));
        }
    }

    /// The address that came too late for the last attempt, once.
    pub(super) fn take_late(&mut self, addr: &NodeAddr, now: Time) -> Option<SocketAddr> {
        let (found, until) = self.late.remove(addr)?;
        (now < until).then_some(found)
    }

    /// If there is nothing for the next turn.
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.answers.is_empty()
    }
}

/// Looks a host name up; the answer comes into the inbox. A name is looked up once at a time, however many links wait for
/// it.
pub(super) fn resolve(inbox: &Rc<RefCell<Inbox>>, lookups: &Lookups, link: LinkId, addr: NodeAddr) {
    let inbox = Rc::clone(inbox);
    if !inbox.borrow_mut().begin(link, &addr) {
        return;
    }
    let lookups = lookups.clone();
    glommio::spawn_local(async move {
        let found = lookups.look_up(&addr.host, addr.port).await;
        inbox.borrow_mut().end(addr, found);
    })
    .detach();
}

#[cfg(test)]
mod tests {
    use super::{Inbox, LATE_FOR, LATE_MAX, WAITING_MAX};
    use crate::cluster::NodeAddr;
    use crate::pipeline::{Key, LinkId, Time};

    #[test]
    fn a_name_is_looked_up_once_at_a_time() {
        let mut inbox = Inbox::default();
        let link = |index| LinkId(Key::from_parts(index, 0));
        let (one, other) = (NodeAddr::new("one", 1), NodeAddr::new("other", 1));
        assert!(inbox.begin(link(0), &one));
        assert!(inbox.begin(link(1), &other));
        for index in 2..1000 {
            assert!(!inbox.begin(link(index), &one));
        }
        inbox.end(one.clone(), Err(std::io::ErrorKind::NotFound.into()));
        assert_eq!(inbox.answers[0].links.len(), WAITING_MAX);
        assert!(inbox.answers[0].found.is_err());
        assert!(inbox.begin(link(0), &one), "the next lookup is another one");
        inbox.end(other, Ok(vec!["127.0.0.1:1".parse().unwrap()]));
        let last = inbox.answers.last().unwrap();
        assert!(last.found.is_ok());
        assert_eq!(last.links, [link(1)]);
    }

    #[test]
    fn a_late_address_is_for_the_next_attempt_alone_and_not_for_long() {
        let mut inbox = Inbox::default();
        let found = "127.0.0.1:1".parse().unwrap();
        let (one, other) = (NodeAddr::new("one", 1), NodeAddr::new("other", 1));
        let start = Time(0);
        let end = start.plus(LATE_FOR);
        inbox.keep(one.clone(), found, start, end);
        assert_eq!(inbox.take_late(&other, start), None);
        assert_eq!(inbox.take_late(&one, Time(end.0 - 1)), Some(found));
        assert_eq!(inbox.take_late(&one, start), None, "it may have moved");
        inbox.keep(one.clone(), found, start, end);
        assert_eq!(inbox.take_late(&one, end), None);
        for index in 0..2 * LATE_MAX {
            inbox.keep(NodeAddr::new(&index.to_string(), 1), found, start, end);
        }
        assert_eq!(inbox.late.len(), LATE_MAX);
        inbox.keep(other.clone(), found, end, Time(end.0 + 1));
        assert_eq!(inbox.late.len(), 1, "the old ones have gone");
        assert_eq!(inbox.take_late(&other, end), Some(found));
    }
}
