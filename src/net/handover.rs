//! The channel over which one process hands its listening sockets to the next.
//!
//! ```text
//!   old                                   new
//!    | -- sockets ... -- end, with nodes ---> |  starts, learns the topology, listens
//!    | <------------- ready, or failed ----- |
//!    | -- given up (only if it took long) -> |
//! ```
//!
//! The sockets themselves are handed over, not the addresses: what waits in their queues is accepted by whoever
//! accepts next, so nobody is refused or reset. The channel is a pair of local sockets, or a connection to a
//! [`Gate`]. Both sides of a gate must be of one user, who could listen on the same addresses anyway.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout, socket_peercred};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType,
};

/// One end of the channel.
#[derive(Debug)]
pub struct Channel {
    socket: OwnedFd,
}

/// Where a running process waits for the one that takes over.
#[derive(Debug)]
pub struct Gate {
    socket: OwnedFd,
}

/// What one process says to the other.
#[derive(Debug)]
pub enum Word {
    /// Some of the sockets.
    Sockets(Vec<OwnedFd>),
    /// These were all of them; with what else the process knows, as text.
    End(String),
    /// The new process serves clients; the old one may stop.
    Ready,
    /// The new process cannot start, and why.
    Failed(String),
    /// The old process goes on; the new one shall end.
    GivenUp,
    /// The other process has ended, or its channel has.
    Gone,
}

/// Sockets in one message; the kernel takes no more than 253.
const SOCKETS_PER_WORD: usize = 64;

/// Sockets that are taken at all: more than 1024 workers with a few addresses have.
pub const SOCKETS_MAX: usize = 16 * 1024;

/// Bytes of a message; longer reasons of failures are cut.
pub const WORD_BYTES_MAX: usize = 4096;

/// New processes that may wait at a gate.
const GATE_BACKLOG: i32 = 4;

const SOCKETS: u8 = b'S';
const END: u8 = b'E';
const READY: u8 = b'R';
const FAILED: u8 = b'F';
const GIVEN_UP: u8 = b'G';

// === impl Channel ===

impl Channel {
    /// Both ends; the second is for a child.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn pair() -> io::Result<(Self, OwnedFd)> {
        let (own, other) = rustix::net::socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )?;
        Ok((Self { socket: own }, other))
    }

    /// The end that the process which started this one has put in the place of its input.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn inherited() -> io::Result<Self> {
        let socket = io::stdin().as_fd().try_clone_to_owned()?;
        // Fails for everything but a local socket.
        socket_peercred(&socket)?;
        Ok(Self { socket })
    }

    /// The process that waits at the gate `name`, if there is one.
    ///
    /// # Errors
    ///
    /// Another user's process waits there.
    pub fn call(name: &str) -> io::Result<Option<Self>> {
        let socket = local_socket(SocketFlags::CLOEXEC)?;
        match rustix::net::connect(&socket, &gate_address(name)?) {
            Ok(()) => {}
            Err(Errno::CONNREFUSED | Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        check_user(&socket)?;
        Ok(Some(Self { socket }))
    }

    /// The process at the other end.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn peer(&self) -> io::Result<u32> {
        let pid = socket_peercred(&self.socket)?.pid;
        Ok(pid.as_raw_pid().unsigned_abs())
    }

    /// Hands sockets over, and says that these are all, and a text of less than [`WORD_BYTES_MAX`] bytes.
    ///
    /// # Errors
    ///
    /// The other process does not take them.
    pub fn send_sockets(&self, sockets: &[OwnedFd], text: String) -> io::Result<()> {
        for some in sockets.chunks(SOCKETS_PER_WORD) {
            let borrowed: Vec<BorrowedFd<'_>> = some.iter().map(AsFd::as_fd).collect();
            let mut space =
                [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SOCKETS_PER_WORD))];
            let mut control = SendAncillaryBuffer::new(&mut space);
            control.push(SendAncillaryMessage::ScmRights(&borrowed));
            self.send(&[SOCKETS], &mut control)?;
        }
        self.say(&Word::End(text))
    }

    /// Says something other than sockets.
    ///
    /// # Errors
    ///
    /// The other process does not hear it.
    pub fn say(&self, word: &Word) -> io::Result<()> {
        let mut text = vec![match word {
            Word::Sockets(_) | Word::Gone => return Ok(()),
            Word::End(_) => END,
            Word::Ready => READY,
            Word::Failed(_) => FAILED,
            Word::GivenUp => GIVEN_UP,
        }];
        if let Word::Failed(more) | Word::End(more) = word {
            text.extend(more.bytes().take(WORD_BYTES_MAX - 1));
        }
        self.send(&text, &mut SendAncillaryBuffer::default())
    }

    fn send(&self, text: &[u8], control: &mut SendAncillaryBuffer<'_, '_, '_>) -> io::Result<()> {
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        rustix::net::sendmsg(&self.socket, &[IoSlice::new(text)], control, flags)?;
        Ok(())
    }

    /// What the other process has said, if it has; never waits.
    #[must_use]
    pub fn hear(&self) -> Option<Word> {
        match self.receive(RecvFlags::DONTWAIT) {
            Ok(word) => Some(word),
            Err(Errno::AGAIN | Errno::INTR) => None,
            Err(_) => Some(Word::Gone),
        }
    }

    /// All sockets of the other process, and its text; waits for each message for so long.
    ///
    /// # Errors
    ///
    /// It does not send them.
    pub fn receive_sockets(&self, patience: Duration) -> io::Result<(Vec<OwnedFd>, String)> {
        set_socket_timeout(&self.socket, Timeout::Recv, Some(patience))?;
        let mut all = Vec::new();
        loop {
            match self.receive(RecvFlags::empty()) {
                Ok(Word::Sockets(some)) if all.len() < SOCKETS_MAX => all.extend(some),
                Ok(Word::End(text)) => return Ok((all, text)),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => return Err(io::Error::other("it does not hand its sockets over")),
            }
        }
    }

    fn receive(&self, flags: RecvFlags) -> rustix::io::Result<Word> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SOCKETS_PER_WORD))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut text = [0; WORD_BYTES_MAX];
        let received = rustix::net::recvmsg(
            &self.socket,
            &mut [IoSliceMut::new(&mut text)],
            &mut control,
            flags | RecvFlags::CMSG_CLOEXEC,
        )?;
        if received.flags.contains(ReturnFlags::CTRUNC) {
            // The kernel has dropped some: no descriptor was left for them, or they were more than one message has.
            return Err(Errno::MFILE);
        }
        let mut sockets = Vec::new();
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(some) = message {
                sockets.extend(some);
            }
        }
        let text = text.get(..received.bytes).unwrap_or_default();
        Ok(match text.split_first() {
            Some((&SOCKETS, _)) => Word::Sockets(sockets),
            Some((&END, more)) => Word::End(String::from_utf8_lossy(more).into_owned()),
            Some((&READY, _)) => Word::Ready,
            Some((&FAILED, why)) => Word::Failed(String::from_utf8_lossy(why).into_owned()),
            Some((&GIVEN_UP, _)) => Word::GivenUp,
            _ => Word::Gone,
        })
    }
}

// === impl Gate ===

impl Gate {
    /// Waits at `name`, in the network namespace of this process.
    ///
    /// # Errors
    ///
    /// Another process waits there.
    pub fn open(name: &str) -> io::Result<Self> {
        let socket = local_socket(SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
        rustix::net::bind(&socket, &gate_address(name)?)?;
        rustix::net::listen(&socket, GATE_BACKLOG)?;
        Ok(Self { socket })
    }

    /// A gate that was handed over.
    #[must_use]
    pub fn adopt(socket: OwnedFd) -> Self {
        Self { socket }
    }

    /// The socket, to be handed over.
    ///
    /// # Errors
    ///
    /// No descriptor is left.
    pub fn try_clone(&self) -> io::Result<OwnedFd> {
        self.socket.try_clone()
    }

    /// The next process that came, if one did; those of other users are turned away.
    #[must_use]
    pub fn accept(&self) -> Option<Channel> {
        let socket = rustix::net::accept_with(&self.socket, SocketFlags::CLOEXEC).ok()?;
        check_user(&socket).ok()?;
        Some(Channel { socket })
    }
}

fn local_socket(flags: SocketFlags) -> rustix::io::Result<OwnedFd> {
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)
}

/// A name that needs no file and ends with the last process that has the socket.
fn gate_address(name: &str) -> rustix::io::Result<SocketAddrUnix> {
    let user = rustix::process::geteuid().as_raw();
    SocketAddrUnix::new_abstract_name(format!("corelane/{user}/{name}").as_bytes())
}

fn check_user(socket: &OwnedFd) -> io::Result<()> {
    if socket_peercred(socket)?.uid == rustix::process::geteuid() {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        "the other process belongs to another user",
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::mem::MaybeUninit;
    use std::net::{Ipv4Addr, SocketAddr, TcpStream};
    use std::os::fd::AsFd;
    use std::time::Duration;

    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage};

    use super::{Channel, Gate, SOCKETS, SOCKETS_PER_WORD, Word};
    use crate::net::Listener;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[test]
    fn what_waits_in_a_queue_survives_the_first_process() {
        let name = format!("test-queue-{}", std::process::id());
        assert!(Channel::call(&name).unwrap().is_none(), "nobody waits");
        let gate = Gate::open(&name).unwrap();
        assert!(Gate::open(&name).is_err(), "one process at a time");
        assert!(gate.accept().is_none());
        let new = Channel::call(&name).unwrap().unwrap();
        let old = gate.accept().unwrap();
        assert_eq!(old.peer().unwrap(), std::process::id());

        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = Listener::bind(any, 8).unwrap();
        let mut waiting = TcpStream::connect(listener.addr()).unwrap();
        let socket = listener.try_clone().unwrap();
        old.send_sockets(&[socket], "and nodes".to_owned()).unwrap();
        drop(listener);
        let (sockets, text) = new.receive_sockets(PATIENCE).unwrap();
        assert_eq!(text, "and nodes");
        let listener = sockets.into_iter().next().unwrap();
        let listener = Listener::adopt(listener).unwrap();
        assert_eq!(listener.addr(), waiting.peer_addr().unwrap());
        assert!(listener.accept().unwrap().is_some());
        waiting.write_all(b"PING\r\n").unwrap();
    }

    #[test]
    fn words_arrive_one_by_one() {
        let (old, other) = Channel::pair().unwrap();
        let new = Channel { socket: other };
        assert!(old.hear().is_none());
        new.say(&Word::Failed("x".repeat(10_000))).unwrap();
        new.say(&Word::Ready).unwrap();
        match old.hear() {
            Some(Word::Failed(why)) => assert!(why.starts_with("xxx") && why.len() < 10_000),
            other => panic!("{other:?}"),
        }
        assert!(matches!(old.hear(), Some(Word::Ready)));
        old.say(&Word::GivenUp).unwrap();
        assert!(matches!(new.hear(), Some(Word::GivenUp)));
        assert!(new.hear().is_none());
        drop(old);
        assert!(matches!(new.hear(), Some(Word::Gone)));
    }

    #[test]
    fn many_sockets_come_in_several_messages() {
        let (old, other) = Channel::pair().unwrap();
        let new = Channel { socket: other };
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = Listener::bind(any, 8).unwrap();
        let many: Vec<_> = (0..SOCKETS_PER_WORD * 2 + 1)
            .map(|_| listener.try_clone().unwrap())
            .collect();
        old.send_sockets(&many, String::new()).unwrap();
        assert_eq!(new.receive_sockets(PATIENCE).unwrap().0.len(), many.len());
        new.say(&Word::Ready).unwrap();
        assert!(old.receive_sockets(PATIENCE).is_err(), "no sockets");
    }

    #[test]
    fn sockets_that_do_not_all_arrive_are_an_error() {
        let (old, other) = Channel::pair().unwrap();
        let new = Channel { socket: other };
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = Listener::bind(any, 8).unwrap();
        let many = vec![listener.as_fd(); SOCKETS_PER_WORD * 2];
        let mut space =
            [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SOCKETS_PER_WORD * 2))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        assert!(control.push(SendAncillaryMessage::ScmRights(&many)));
        old.send(&[SOCKETS], &mut control).unwrap();
        old.say(&Word::End(String::new())).unwrap();
        assert!(new.receive_sockets(PATIENCE).is_err());
    }

    #[test]
    fn an_inherited_listener_gets_another_backlog() {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = Listener::bind(any, 1).unwrap();
        let copy = Listener::adopt(listener.try_clone().unwrap()).unwrap();
        copy.set_backlog(64).unwrap();
        let waiting: Vec<_> = (0..32)
            .map(|_| TcpStream::connect_timeout(&listener.addr(), PATIENCE).unwrap())
            .collect();
        assert_eq!(waiting.len(), 32, "nobody is accepted");
    }
}
