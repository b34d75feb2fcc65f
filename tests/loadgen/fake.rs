//! A server of the test's own making, for one connection after the other.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use corelane::resp::{Limits, RequestScanner, RequestView, Scan, write};

/// Arguments of a request.
pub(crate) type Request = Vec<Vec<u8>>;

/// Keys with their values.
#[derive(Debug, Default)]
pub(crate) struct Store {
    values: HashMap<Vec<u8>, Vec<u8>>,
}

/// One connection, as its script sees it.
pub(crate) struct Peer {
    stream: TcpStream,
    received: Vec<u8>,
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    listener().local_addr().unwrap().port()
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// Starts a server that gives each connection to `script`, with what was stored so far. It ends with the test.
pub(crate) fn start(mut script: impl FnMut(&mut Peer, &mut Store) + Send + 'static) -> u16 {
    let listener = listener();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut store = Store::default();
        for stream in listener.incoming() {
            let mut peer = Peer {
                stream: stream.unwrap(),
                received: Vec::new(),
            };
            script(&mut peer, &mut store);
        }
    });
    port
}

/// Starts a server whose replies to everything but SET come from `answer`, which may hold some back.
pub(crate) fn answering(
    mut answer: impl FnMut(&Request, &Store) -> Vec<u8> + Send + 'static,
) -> u16 {
    start(move |peer, store| {
        while let Some(request) = peer.request() {
            let reply = match request[0].as_slice() {
                b"SET" => store.answer(&request),
                _ => answer(&request, store),
            };
            peer.send(&reply);
        }
    })
}

impl Store {
    /// What a good server says.
    pub(crate) fn answer(&mut self, request: &Request) -> Vec<u8> {
        if request[0] == b"SET" {
            self.values.insert(request[1].clone(), request[2].clone());
            return b"+OK\r\n".to_vec();
        }
        self.value(&request[1])
    }

    /// The value of a key as a reply.
    pub(crate) fn value(&self, key: &[u8]) -> Vec<u8> {
        let mut reply = Vec::new();
        match self.values.get(key) {
            Some(value) => write::bulk(&mut reply, value),
            None => reply.extend(b"$-1\r\n"),
        }
        reply
    }
}

impl Peer {
    /// The next request; nothing when the connection has ended.
    pub(crate) fn request(&mut self) -> Option<Request> {
        loop {
            let scan = RequestScanner::default().scan(&self.received, &Limits::DEFAULT);
            if let Scan::Complete { len } = scan {
                let frame: Vec<u8> = self.received.drain(..len).collect();
                let view = RequestView::new(&frame);
                return Some(view.args().map(<[u8]>::to_vec).collect());
            }
            let mut buffer = vec![0; 64 * 1024];
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(count) => self.received.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Requests until none comes for so long.
    pub(crate) fn requests_until_silence(&mut self, silence: Duration) -> Vec<Request> {
        self.stream.set_read_timeout(Some(silence)).unwrap();
        let requests = std::iter::from_fn(|| self.request()).collect();
        self.stream.set_read_timeout(None).unwrap();
        requests
    }

    /// Sends, unless the other side has gone.
    pub(crate) fn send(&mut self, reply: &[u8]) {
        let _ = self.stream.write_all(reply);
    }
}
