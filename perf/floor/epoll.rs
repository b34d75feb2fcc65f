//! The floor on epoll: edge-triggered, one receive and one send per peer and turn.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};

use crate::switch::Switch;
use crate::tune::Tune;

/// The event data of the listener.
const LISTENER: u64 = u64::MAX;
/// More than most bursts; a peer that fills it is read again in the next turn.
const SCRATCH: usize = 64 * 1024;
const EVENTS: usize = 1024;

struct Driver {
    epoll: OwnedFd,
    switch: Switch,
    sockets: Vec<Option<Socket>>,
    /// Peers that may have more than was received.
    again: Vec<usize>,
    scratch: Vec<u8>,
}

struct Socket {
    stream: TcpStream,
    /// How much of the outbox is sent.
    sent: usize,
    is_full: bool,
}

/// Serves until a node is lost.
pub(crate) fn run(
    listener: &TcpListener,
    nodes: Vec<TcpStream>,
    switch: Switch,
    tune: &Tune,
) -> io::Result<()> {
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    let mut driver = Driver {
        epoll,
        switch,
        sockets: Vec::new(),
        again: Vec::new(),
        scratch: vec![0; SCRATCH],
    };
    listener.set_nonblocking(true)?;
    epoll::add(
        &driver.epoll,
        listener,
        EventData::new_u64(LISTENER),
        EventFlags::IN,
    )?;
    for (peer, stream) in nodes.into_iter().enumerate() {
        driver.watch(peer, stream)?;
    }
    driver.serve(listener, tune.spin)
}

impl Driver {
    fn watch(&mut self, peer: usize, stream: TcpStream) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        epoll::add(
            &self.epoll,
            &stream,
            EventData::new_u64(peer as u64),
            EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET,
        )?;
        if self.sockets.len() <= peer {
            self.sockets.resize_with(peer + 1, || None);
        }
        self.sockets[peer] = Some(Socket {
            stream,
            sent: 0,
            is_full: false,
        });
        Ok(())
    }

    fn serve(&mut self, listener: &TcpListener, spin: Duration) -> io::Result<()> {
        let mut events = Vec::with_capacity(EVENTS);
        let at_once = Timespec::default();
        loop {
            events.clear();
            let mut timeout = (!self.again.is_empty()).then_some(&at_once);
            if !spin.is_zero() && timeout.is_none() {
                let begin = Instant::now();
                while events.is_empty() && begin.elapsed() < spin {
                    wait(&self.epoll, &mut events, Some(&at_once))?;
                }
            }
            if events.is_empty() {
                wait(&self.epoll, &mut events, timeout.take())?;
            }
            let again = std::mem::take(&mut self.again);
            for event in &events {
                let (data, flags) = (event.data.u64(), event.flags);
                if data == LISTENER {
                    self.accept(listener)?;
                    continue;
                }
                let peer = data as usize;
                if flags.contains(EventFlags::OUT) {
                    self.writable(peer)?;
                }
                if flags.intersects(EventFlags::IN | EventFlags::RDHUP | EventFlags::HUP) {
                    self.receive(peer)?;
                }
            }
            for peer in again {
                self.receive(peer)?;
            }
            while let Some(peer) = self.switch.take_dirty() {
                self.flush(peer)?;
            }
        }
    }

    fn accept(&mut self, listener: &TcpListener) -> io::Result<()> {
        while let Ok((stream, _)) = listener.accept() {
            let peer = self.switch.admit();
            self.watch(peer, stream)?;
        }
        Ok(())
    }

    fn receive(&mut self, peer: usize) -> io::Result<()> {
        let Some(Some(socket)) = self.sockets.get(peer) else {
            return Ok(());
        };
        let got = match rustix::net::recv(&socket.stream, &mut self.scratch[..], RecvFlags::empty())
        {
            Ok((got, _)) => got,
            Err(Errno::AGAIN) => return Ok(()),
            Err(_) => 0,
        };
        if got == SCRATCH {
            self.again.push(peer);
        }
        if got == 0 || self.switch.received(peer, &self.scratch[..got]).is_err() {
            return self.close(peer);
        }
        Ok(())
    }

    fn writable(&mut self, peer: usize) -> io::Result<()> {
        match self.sockets.get_mut(peer) {
            Some(Some(socket)) if socket.is_full => {
                socket.is_full = false;
                self.flush(peer)
            }
            _ => Ok(()),
        }
    }

    fn flush(&mut self, peer: usize) -> io::Result<()> {
        let out = &mut self.switch.outboxes[peer].bytes;
        let Some(socket) = &mut self.sockets[peer] else {
            out.clear();
            self.switch.release(peer);
            return Ok(());
        };
        if socket.is_full || out.is_empty() {
            return Ok(());
        }
        match rustix::net::send(&socket.stream, &out[socket.sent..], SendFlags::NOSIGNAL) {
            Ok(sent) => socket.sent += sent,
            Err(Errno::AGAIN) => {}
            Err(_) => return self.close(peer),
        }
        if socket.sent == out.len() {
            out.clear();
            socket.sent = 0;
        } else {
            socket.is_full = true;
            if socket.sent * 2 >= out.len() {
                out.drain(..socket.sent);
                socket.sent = 0;
            }
        }
        Ok(())
    }

    fn close(&mut self, peer: usize) -> io::Result<()> {
        if self.switch.is_node(peer) {
            return Err(io::Error::other(format!("lost node {peer}")));
        }
        self.sockets[peer] = None;
        self.switch.outboxes[peer].bytes.clear();
        self.switch.left(peer);
        self.switch.release(peer);
        Ok(())
    }
}

fn wait(
    epoll: &OwnedFd,
    events: &mut Vec<epoll::Event>,
    timeout: Option<&Timespec>,
) -> io::Result<()> {
    match epoll::wait(epoll, rustix::buffer::spare_capacity(events), timeout) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
