//! A connection that never blocks.

#![expect(
    unsafe_code,
    reason = "received bytes are counted into the spare part of a buffer"
)]

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use bytes::{BufMut, BytesMut};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

/// A TCP connection.
#[derive(Debug)]
pub struct Stream {
    descriptor: OwnedFd,
}

/// What a receive found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// So many bytes.
    Bytes(usize),
    /// Nothing for now.
    Nothing,
    /// The peer has ended its side.
    End,
}

// === impl Stream ===

impl Stream {
    /// An accepted connection.
    #[must_use]
    pub fn new(descriptor: OwnedFd) -> Self {
        Self { descriptor }
    }

    /// Begins to connect; the readiness set tells when that has ended, [`Self::connected`] how.
    ///
    /// # Errors
    ///
    /// What the kernel says at once, for example that the network is unreachable.
    pub fn connect(to: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(to), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        match socket.connect(&to.into()) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error()) => {}
            Err(error) => return Err(error),
        }
        Ok(Self {
            descriptor: socket.into(),
        })
    }

    /// How the connect ended.
    ///
    /// # Errors
    ///
    /// Why there is no connection.
    pub fn connected(&self) -> io::Result<()> {
        match SockRef::from(&self.descriptor).take_error()? {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The number of its descriptor: the kernel gives the smallest that is free, so this is about how many are open.
    #[must_use]
    pub fn number(&self) -> u64 {
        u64::from(self.descriptor.as_raw_fd().unsigned_abs())
    }

    /// The address on this side.
    ///
    /// # Errors
    ///
    /// The connection is gone already.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let addr = SockRef::from(&self.descriptor).local_addr()?;
        addr.as_socket().ok_or_else(|| Errno::AFNOSUPPORT.into())
    }

    /// Tells the peer that nothing more comes.
    ///
    /// # Errors
    ///
    /// The connection is gone already.
    pub fn end_writing(&self) -> io::Result<()> {
        Ok(rustix::net::shutdown(
            &self.descriptor,
            rustix::net::Shutdown::Write,
        )?)
    }

    /// Sends small writes at once, and looks after a silent peer every `keep_alive` (zero: never). One that vanished
    /// is given up after twice that time, whether something was sent to it or not.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn tune(&self, keep_alive: Duration) -> io::Result<()> {
        let socket = SockRef::from(&self.descriptor);
        socket.set_tcp_nodelay(true)?;
        if keep_alive > Duration::ZERO {
            let second = Duration::from_secs(1);
            let vanished_after = keep_alive.max(second) * 2;
            let keep_alive = TcpKeepalive::new()
                .with_time(keep_alive.max(second))
                .with_interval((keep_alive / 3).max(second))
                .with_retries(3);
            socket.set_tcp_keepalive(&keep_alive)?;
            socket.set_tcp_user_timeout(Some(vanished_after))?;
        }
        Ok(())
    }

    /// Receives into `buffer`.
    ///
    /// # Errors
    ///
    /// The connection is broken.
    #[inline]
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<Received> {
        match rustix::net::recv(&self.descriptor, buffer, RecvFlags::empty()) {
            Ok((0, _)) => Ok(Received::End),
            Ok((count, _)) => Ok(Received::Bytes(count)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(Received::Nothing),
            Err(error) => Err(error.into()),
        }
    }

    /// Receives into the spare capacity of `buffer`, which must not be empty.
    ///
    /// # Errors
    ///
    /// The connection is broken.
    pub fn receive_into(&self, buffer: &mut BytesMut) -> io::Result<Received> {
        let spare = buffer.spare_capacity_mut();
        let count = match rustix::net::recv(&self.descriptor, spare, RecvFlags::empty()) {
            Ok(((&mut [], _), _)) => return Ok(Received::End),
            Ok(((filled, _), _)) => filled.len(),
            Err(Errno::AGAIN | Errno::INTR) => return Ok(Received::Nothing),
            Err(error) => return Err(error.into()),
        };
        // SAFETY: the kernel has just filled the first `count` bytes of the spare capacity.
        unsafe { buffer.advance_mut(count) };
        Ok(Received::Bytes(count))
    }

    /// Sends what the socket takes now; `None` if it takes nothing.
    ///
    /// # Errors
    ///
    /// The connection is broken.
    #[inline]
    pub fn send(&self, slices: &[IoSlice<'_>]) -> io::Result<Option<usize>> {
        let sent = match slices {
            [one] => rustix::net::send(&self.descriptor, one, SendFlags::NOSIGNAL),
            many => rustix::net::sendmsg(
                &self.descriptor,
                many,
                &mut SendAncillaryBuffer::default(),
                SendFlags::NOSIGNAL,
            ),
        };
        match sent {
            Ok(count) => Ok(Some(count)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use socket2::SockRef;

    use super::Stream;

    #[test]
    fn a_peer_that_vanishes_is_given_up_in_time() {
        const SECOND: Duration = Duration::from_secs(1);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        for (keep_alive, time, interval, given_up_after) in [
            (60 * SECOND, 60 * SECOND, 20 * SECOND, 120 * SECOND),
            (SECOND / 10, SECOND, SECOND, 2 * SECOND),
        ] {
            let stream = Stream::connect(listener.local_addr().unwrap()).unwrap();
            stream.tune(keep_alive).unwrap();
            let socket = SockRef::from(&stream.descriptor);
            assert!(socket.tcp_nodelay().unwrap() && socket.keepalive().unwrap());
            assert_eq!(socket.tcp_keepalive_time().unwrap(), time);
            assert_eq!(socket.tcp_keepalive_interval().unwrap(), interval);
            assert_eq!(socket.tcp_user_timeout().unwrap(), Some(given_up_after));
        }
        let stream = Stream::connect(listener.local_addr().unwrap()).unwrap();
        stream.tune(Duration::ZERO).unwrap();
        let socket = SockRef::from(&stream.descriptor);
        assert!(socket.tcp_nodelay().unwrap() && !socket.keepalive().unwrap());
        assert_eq!(socket.tcp_user_timeout().unwrap(), None);
    }
}
