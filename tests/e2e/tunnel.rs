//! A way into TLS for clients that have none: each connection to a tunnel becomes a TLS connection to its target.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

/// A listener whose connections go on as TLS.
#[derive(Debug)]
pub(crate) struct Tunnel {
    addr: SocketAddr,
}

/// Bytes that wait for a client that does not read.
const WAITING_MAX: usize = 1 << 20;

// === impl Tunnel ===

impl Tunnel {
    /// Opens one; it stays open as long as the test process lives.
    pub(crate) fn open(to: SocketAddr, config: Arc<ClientConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = listener.local_addr().expect("its own address");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let config = Arc::clone(&config);
                // What goes wrong closes the client's connection.
                std::thread::spawn(move || carry(stream, to, config));
            }
        });
        Self { addr }
    }

    /// Where clients connect.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }
}

fn carry(mut near: TcpStream, to: SocketAddr, config: Arc<ClientConfig>) -> Result<()> {
    let mut far = TcpStream::connect(to)?;
    far.set_nodelay(true)?;
    near.set_nodelay(true)?;
    near.set_nonblocking(true)?;
    far.set_nonblocking(true)?;
    let name = ServerName::try_from("localhost").expect("a name");
    let mut tls = ClientConnection::new(config, name).map_err(std::io::Error::other)?;
    // More is read only when all was sent.
    tls.set_buffer_limit(None);
    let (mut said, mut heard) = (vec![0; 64 * 1024], Vec::new());
    let mut has_ended = false;
    loop {
        let mut near_wants = PollFlags::empty();
        let mut far_wants = PollFlags::empty();
        near_wants.set(PollFlags::IN, !has_ended && !tls.wants_write());
        near_wants.set(PollFlags::OUT, !heard.is_empty());
        far_wants.set(PollFlags::IN, heard.len() < WAITING_MAX);
        far_wants.set(PollFlags::OUT, tls.wants_write());
        let mut fds = [PollFd::new(&near, near_wants), PollFd::new(&far, far_wants)];
        let longest = Timespec::try_from(Duration::from_secs(60)).expect("a time");
        poll(&mut fds, Some(&longest))?;
        let [near_has, far_has] = [fds[0].revents(), fds[1].revents()];
        if near_has.intersects(PollFlags::IN | PollFlags::HUP) && !has_ended {
            match near.read(&mut said) {
                Ok(0) => {
                    has_ended = true;
                    tls.send_close_notify();
                }
                Ok(count) => tls.writer().write_all(&said[..count])?,
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(e) => return Err(e),
            }
        }
        if far_has.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) {
            hear(&mut tls, &mut far, &mut heard)?;
        }
        while tls.wants_write() {
            match tls.write_tls(&mut far) {
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                result => _ = result?,
            }
        }
        if !heard.is_empty() {
            match near.write(&heard) {
                Ok(count) => drop(heard.drain(..count)),
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(e) => return Err(e),
            }
        }
    }
}

/// Takes what came; the end of the connection is an error, after what came before it was taken.
fn hear(tls: &mut ClientConnection, far: &mut TcpStream, heard: &mut Vec<u8>) -> Result<()> {
    let end = match tls.read_tls(far) {
        Ok(0) => Some(ErrorKind::UnexpectedEof.into()),
        Ok(_) => None,
        Err(e) if e.kind() == ErrorKind::WouldBlock => None,
        Err(e) => Some(e),
    };
    let state = tls.process_new_packets().map_err(std::io::Error::other)?;
    let from = heard.len();
    heard.resize(from + state.plaintext_bytes_to_read(), 0);
    tls.reader().read_exact(&mut heard[from..])?;
    match end {
        Some(error) if heard.is_empty() => Err(error),
        _ => Ok(()),
    }
}
