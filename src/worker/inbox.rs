//! What other tasks of the executor hand to the worker's task between turns.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::rc::Rc;

use glommio::channels::shared_channel::ConnectedReceiver;

use crate::cluster::NodeAddr;
use crate::message::ToWorker;
use crate::pipeline::LinkId;

/// Everything that waits for the next turn.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    pub(super) messages: Vec<ToWorker>,
    pub(super) resolved: Vec<(LinkId, io::Result<SocketAddr>)>,
    lookups: usize,
    /// Names that are being looked up, and who waits for them.
    under_way: BTreeMap<NodeAddr, Vec<LinkId>>,
}

/// Links that wait for one name at most. More only pile up behind a silent name server; they end by their own
/// deadline.
const WAITING_MAX: usize = 256;

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

    fn next_lookup(&mut self) -> usize {
        self.lookups = self.lookups.wrapping_add(1);
        self.lookups
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
    fn end(&mut self, addr: &NodeAddr, found: &io::Result<SocketAddr>) {
        for link in self.under_way.remove(addr).unwrap_or_default() {
            let found = match found {
                Ok(addr) => Ok(*addr),
                Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
            };
            self.resolved.push((link, found));
        }
    }

    /// If there is nothing for the next turn.
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.resolved.is_empty()
    }
}

/// Looks a host name up on a helper thread; the answer comes into the inbox. A name is looked up once at a time,
/// however many links wait for it. A name with several addresses gives another one each time, so that one that does not
/// answer is not tried for ever.
pub(super) fn resolve(inbox: &Rc<RefCell<Inbox>>, link: LinkId, addr: NodeAddr) {
    let inbox = Rc::clone(inbox);
    if !inbox.borrow_mut().begin(link, &addr) {
        return;
    }
    let turn = inbox.borrow_mut().next_lookup();
    glommio::spawn_local(async move {
        let name = addr.clone();
        let lookup = move || {
            let found: Vec<_> = (&*name.host, name.port).to_socket_addrs()?.collect();
            found
                .iter()
                .copied()
                .cycle()
                .nth(turn % found.len().max(1))
                .ok_or_else(no_address)
        };
        let found = glommio::executor().spawn_blocking(lookup).await;
        inbox.borrow_mut().end(&addr, &found);
    })
    .detach();
}

fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the name has no address")
}

#[cfg(test)]
mod tests {
    use super::{Inbox, WAITING_MAX, no_address};
    use crate::cluster::NodeAddr;
    use crate::pipeline::{Key, LinkId};

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
        inbox.end(&one, &Err(no_address()));
        assert_eq!(inbox.resolved.len(), WAITING_MAX);
        assert!(inbox.resolved.iter().all(|(_, found)| found.is_err()));
        assert!(inbox.begin(link(0), &one), "the next lookup is another one");
        inbox.end(&other, &Ok("127.0.0.1:1".parse().unwrap()));
        assert!(inbox.resolved.last().unwrap().1.is_ok());
    }
}
