//! What other tasks of the executor hand to the worker's task between turns.

use std::cell::RefCell;
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
}

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

    /// If there is nothing for the next turn.
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.resolved.is_empty()
    }
}

/// Looks a host name up on a helper thread; the answer comes into the inbox. A name with several addresses
/// gives another one each time, so that one that does not answer is not tried for ever.
pub(super) fn resolve(inbox: &Rc<RefCell<Inbox>>, link: LinkId, addr: NodeAddr) {
    let inbox = Rc::clone(inbox);
    let turn = inbox.borrow_mut().next_lookup();
    glommio::spawn_local(async move {
        let lookup = move || {
            let found: Vec<_> = (&*addr.host, addr.port).to_socket_addrs()?.collect();
            found
                .iter()
                .copied()
                .cycle()
                .nth(turn % found.len().max(1))
                .ok_or_else(no_address)
        };
        let found = glommio::executor().spawn_blocking(lookup).await;
        inbox.borrow_mut().resolved.push((link, found));
    })
    .detach();
}

fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the name has no address")
}
