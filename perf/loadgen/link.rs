//! One connection of a client, with what is on its way in both directions.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use socket2::{Domain, Protocol, Socket, Type};

use super::outgoing::Outgoing;
use super::replies::{Expect, Reader, Sent, Waiting};
use super::secured::{Secured, Trust};
use super::value::Pattern;

/// One connection.
#[derive(Debug)]
pub(crate) struct Link {
    socket: Socket,
    addr: SocketAddr,
    /// Whom to trust, and the session, if the server wants TLS.
    trust: Option<Trust>,
    secured: Option<Secured>,
    /// Whether it can be used.
    pub(crate) state: State,
    /// What is to be sent.
    pub(crate) outgoing: Outgoing,
    /// What was sent and is not answered.
    pub(crate) waiting: Waiting,
    /// What has arrived.
    pub(crate) reader: Reader,
    /// It is in the list of links to send on.
    pub(crate) is_listed: bool,
    /// It is in the list of links with more to read.
    pub(crate) is_to_read: bool,
    /// The peer has closed: behind what it has sent comes the end, and the readiness set has said so already.
    pub(crate) is_ending: bool,
    speaks_resp3: bool,
}

/// Whether a link can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Connected.
    Up,
    /// A connect is under way.
    Connecting,
    /// Lost; tried again from this time on.
    Down(u64),
}

/// The server does not say in time whether it takes a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

// === impl Link ===

impl Link {
    /// Connects, and waits for that.
    pub(crate) fn open(
        addr: SocketAddr,
        speaks_resp3: bool,
        trust: Option<&Trust>,
    ) -> io::Result<Self> {
        let mut socket = Socket::from(TcpStream::connect_timeout(&addr, CONNECT_TIMEOUT)?);
        let mut secured = trust.map(Trust::session).transpose()?;
        if let Some(secured) = &mut secured {
            socket.set_read_timeout(Some(CONNECT_TIMEOUT))?;
            secured.greet(&mut socket)?;
        }
        tune(&socket)?;
        let mut link = Self {
            socket,
            addr,
            trust: trust.cloned(),
            secured,
            state: State::Up,
            outgoing: Outgoing::default(),
            waiting: Waiting::default(),
            reader: Reader::default(),
            is_listed: false,
            is_to_read: false,
            is_ending: false,
            speaks_resp3,
        };
        link.greet();
        Ok(link)
    }

    /// Begins to connect again; the readiness set tells how that ends.
    pub(crate) fn reopen(&mut self) -> io::Result<()> {
        let domain = Domain::for_address(self.addr);
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        tune(&socket)?;
        match socket.connect(&self.addr.into()) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error()) => {}
            Err(error) => return Err(error),
        }
        self.socket = socket;
        // What it has to say first is said with the first requests.
        self.secured = self.trust.as_ref().map(Trust::session).transpose()?;
        self.state = State::Connecting;
        self.is_ending = false;
        Ok(())
    }

    /// The connection is gone; gives the requests that will have no reply.
    pub(crate) fn lose(&mut self, retry_at: u64) -> Vec<Sent> {
        // Tells the peer too when it was us who gave up.
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
        self.state = State::Down(retry_at);
        self.outgoing.clear();
        self.reader.restart();
        let is_request = |sent: &Sent| sent.expect != Expect::Greeting;
        let lost = self.waiting.take().filter(is_request).collect();
        self.greet();
        lost
    }

    fn greet(&mut self) {
        if self.speaks_resp3 {
            self.outgoing.push(b"*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n");
            let sent = Sent {
                expect: Expect::Greeting,
                at: 0,
            };
            self.waiting.push(sent, &[]);
        }
    }

    /// Sends what can be sent.
    #[inline]
    pub(crate) fn send(&mut self, pattern: &Pattern) -> io::Result<()> {
        if self.state != State::Up {
            return Ok(());
        }
        match &mut self.secured {
            None => self.outgoing.send(self.socket.as_fd(), pattern),
            Some(secured) => secured.send(&mut self.socket, &mut self.outgoing, pattern),
        }
    }

    /// Whether something waits until the socket takes it.
    pub(crate) fn has_output(&self) -> bool {
        !self.outgoing.is_empty() || self.secured.as_ref().is_some_and(Secured::has_output)
    }

    /// What has arrived; 0 at the end.
    #[inline]
    pub(crate) fn receive(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match &mut self.secured {
            None => Ok(recv(&self.socket, room, RecvFlags::empty()).map(|(count, _)| count)?),
            Some(secured) => secured.receive(&mut self.socket, room),
        }
    }

    /// Whether there may be more when a receive has not filled its room.
    #[inline]
    pub(crate) fn has_records(&self) -> bool {
        self.secured.is_some()
    }

    /// How an attempt to connect has ended.
    pub(crate) fn connected(&self) -> io::Result<()> {
        self.socket.take_error()?.map_or(Ok(()), Err)
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn tune(socket: &Socket) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)
}
