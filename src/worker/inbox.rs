//! What other tasks and threads hand to the worker's task between turns, and how they wake it.

use std::cell::RefCell;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::rc::Rc;
use std::task::{Poll, Waker};

use glommio::channels::shared_channel::ConnectedReceiver;

use super::GUARD;
use crate::cluster::NodeAddr;
use crate::message::ToWorker;
use crate::net::Parker;
use crate::pipeline::LinkId;

/// Everything that waits for the next turn.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    pub(super) messages: Vec<ToWorker>,
    pub(super) resolved: Vec<(LinkId, io::Result<SocketAddr>)>,
    ticked: bool,
    sleeper: Option<Waker>,
}

// === impl Inbox ===

impl Inbox {
    /// Starts the tasks that fill it: one that receives from control, one that ticks.
    pub(super) fn start(receiver: ConnectedReceiver<ToWorker>) -> Rc<RefCell<Self>> {
        let inbox = Rc::new(RefCell::new(Self::default()));
        let filled = Rc::clone(&inbox);
        // Both live as long as the executor.
        glommio::spawn_local(async move {
            while let Some(message) = receiver.recv().await {
                let mut inbox = filled.borrow_mut();
                inbox.messages.push(message);
                inbox.wake();
            }
        })
        .detach();
        let ticked = Rc::clone(&inbox);
        glommio::spawn_local(async move {
            loop {
                glommio::timer::sleep(GUARD).await;
                let mut inbox = ticked.borrow_mut();
                inbox.ticked = true;
                inbox.wake();
            }
        })
        .detach();
        inbox
    }

    fn wake(&mut self) {
        if let Some(waker) = self.sleeper.take() {
            waker.wake();
        }
    }
}

/// Sleeps until there is something in the inbox, the tick passed, or the readiness set has something.
pub(super) async fn sleep(inbox: &Rc<RefCell<Inbox>>, parker: &mut Parker) {
    std::future::poll_fn(|context| {
        let mut inbox = inbox.borrow_mut();
        if inbox.ticked || !inbox.messages.is_empty() || !inbox.resolved.is_empty() {
            inbox.ticked = false;
            return Poll::Ready(());
        }
        inbox.sleeper = Some(context.waker().clone());
        parker.poll_ready(context)
    })
    .await;
}

/// Looks a host name up on a helper thread; the answer comes into the inbox.
pub(super) fn resolve(inbox: &Rc<RefCell<Inbox>>, link: LinkId, addr: NodeAddr) {
    let inbox = Rc::clone(inbox);
    glommio::spawn_local(async move {
        let lookup = move || {
            (&*addr.host, addr.port)
                .to_socket_addrs()?
                .next()
                .ok_or_else(no_address)
        };
        let found = glommio::executor().spawn_blocking(lookup).await;
        let mut inbox = inbox.borrow_mut();
        inbox.resolved.push((link, found));
        inbox.wake();
    })
    .detach();
}

fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the name has no address")
}
