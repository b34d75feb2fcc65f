//! Listening sockets: one per worker and address, all on the same port.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::SocketFlags;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::stream::Stream;

/// A listening socket of one worker.
#[derive(Debug)]
pub struct Listener {
    descriptor: OwnedFd,
    addr: SocketAddr,
    is_secured: bool,
}

/// A client that came.
#[derive(Debug)]
pub struct Accepted {
    /// Its connection.
    pub stream: Stream,
    /// Its address.
    pub peer: SocketAddr,
}

// === impl Listener ===

impl Listener {
    /// Listens on `addr`; the kernel spreads connections over all sockets of this address.
    ///
    /// # Errors
    ///
    /// What the kernel says, for example that the address is in use by another program.
    pub fn bind(addr: SocketAddr, backlog: u32) -> io::Result<Self> {
        let socket = Self::socket(addr)?;
        socket.set_reuse_port(true)?;
        socket.bind(&addr.into())?;
        socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        let addr = socket.local_addr()?.as_socket().unwrap_or(addr);
        Ok(Self {
            descriptor: socket.into(),
            addr,
            is_secured: false,
        })
    }

    /// The same, for clients that begin with TLS.
    #[must_use]
    pub fn secured(self) -> Self {
        Self {
            is_secured: true,
            ..self
        }
    }

    /// If its clients begin with TLS.
    #[must_use]
    pub fn is_secured(&self) -> bool {
        self.is_secured
    }

    /// A listening socket that another process has made; whether its clients begin with TLS cannot be seen. See
    /// [`Self::set_backlog`].
    ///
    /// # Errors
    ///
    /// The socket itself, if it is something else.
    pub fn adopt(descriptor: OwnedFd) -> Result<Self, OwnedFd> {
        let socket = SockRef::from(&descriptor);
        let addr = socket.local_addr().ok().and_then(|addr| addr.as_socket());
        match addr {
            Some(addr) if socket.is_listener().unwrap_or(false) => Ok(Self {
                descriptor,
                addr,
                is_secured: false,
            }),
            _ => Err(descriptor),
        }
    }

    /// Lets so many clients wait, whatever it was before.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn set_backlog(&self, backlog: u32) -> io::Result<()> {
        SockRef::from(&self.descriptor).listen(i32::try_from(backlog).unwrap_or(i32::MAX))
    }

    /// The same socket once more: it listens until all of its descriptors are closed.
    ///
    /// # Errors
    ///
    /// No descriptor is left.
    pub fn try_clone(&self) -> io::Result<OwnedFd> {
        self.descriptor.try_clone()
    }

    /// If another program holds `addr`, even one that would share it.
    ///
    /// # Errors
    ///
    /// The kernel's error for this address, `AddrInUse` if it is taken.
    pub fn probe(addr: SocketAddr) -> io::Result<()> {
        Self::socket(addr)?.bind(&addr.into())
    }

    fn socket(addr: SocketAddr) -> io::Result<Socket> {
        let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_reuse_address(true)?;
        if addr.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        Ok(socket)
    }

    /// The address that it listens on, with the port that was chosen if 0 was asked for.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The next client that waits, if one does.
    ///
    /// # Errors
    ///
    /// No descriptor or memory is left for it, or it has gone already.
    pub fn accept(&self) -> io::Result<Option<Accepted>> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        match rustix::net::acceptfrom_with(&self.descriptor, flags) {
            Ok((descriptor, peer)) => {
                let peer = peer.and_then(|peer| SocketAddr::try_from(peer).ok());
                let peer = peer.unwrap_or(self.addr);
                Ok(Some(Accepted {
                    stream: Stream::new(descriptor),
                    peer,
                }))
            }
            Err(Errno::AGAIN | Errno::INTR | Errno::CONNABORTED) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}
