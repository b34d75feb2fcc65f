//! A small blocking RESP client: sends any bytes, reads replies one by one with a time limit.
//!
//! It is written apart from the proxy's own scanner, so that both cannot be wrong in the same way.

use std::fmt;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// One connection.
#[derive(Debug)]
pub(crate) struct Client {
    reader: BufReader<TcpStream>,
    raw: Vec<u8>,
}

/// A reply, RESP2 or RESP3.
#[derive(Clone, PartialEq)]
pub(crate) enum Reply {
    Simple(String),
    Error(String),
    Integer(i64),
    Bulk(Vec<u8>),
    Null,
    Array(Vec<Self>),
    Map(Vec<Self>),
    Set(Vec<Self>),
    Push(Vec<Self>),
    Double(String),
    Boolean(bool),
    BigNumber(String),
    Verbatim(String),
}

/// How long a reply may take before the test fails. Generous: the machine may be busy.
pub(crate) const REPLY_LIMIT: Duration = Duration::from_secs(30);

// === encoding ===

/// A multibulk request.
pub(crate) fn request<A: AsRef<[u8]>>(args: &[A]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        let arg = arg.as_ref();
        out.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// A multibulk request from words parted by spaces.
pub(crate) fn words(line: &str) -> Vec<u8> {
    request(&line.split_whitespace().collect::<Vec<_>>())
}

// === impl Client ===

impl Client {
    /// Connects; fails the test if that is not possible.
    pub(crate) fn connect(addr: SocketAddr) -> Self {
        Self::try_connect(addr).unwrap_or_else(|e| panic!("connect to {addr}: {e}"))
    }

    /// Connects.
    pub(crate) fn try_connect(addr: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&addr, REPLY_LIMIT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(REPLY_LIMIT))?;
        stream.set_write_timeout(Some(REPLY_LIMIT))?;
        Ok(Self {
            reader: BufReader::new(stream),
            raw: Vec::new(),
        })
    }

    /// The connection itself, for a second thread or socket options.
    pub(crate) fn stream(&self) -> &TcpStream {
        self.reader.get_ref()
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).expect("send to the server");
    }

    /// Sends bytes as they are.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream().write_all(bytes)
    }

    /// Sends bytes from a thread of their own while this one reads `replies` replies: for more than
    /// what fits into the socket buffers.
    pub(crate) fn exchange(&mut self, bytes: &[u8], replies: usize) -> Vec<Reply> {
        let mut stream = self.stream().try_clone().expect("clone a socket");
        std::thread::scope(|scope| {
            let sender = scope.spawn(move || stream.write_all(bytes));
            let read = (0..replies).map(|_| self.read()).collect();
            sender.join().expect("sender").expect("send to the server");
            read
        })
    }

    /// Sends a request of words parted by spaces and reads its reply.
    pub(crate) fn call(&mut self, line: &str) -> Reply {
        self.send(&words(line));
        self.read()
    }

    /// Sends a request of words parted by spaces.
    pub(crate) fn say(&mut self, line: &str) {
        self.send(&words(line));
    }

    /// Sends a request of any arguments and reads its reply.
    pub(crate) fn call_args<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Reply {
        self.send(&request(args));
        self.read()
    }

    /// As [`Self::call`], for a connection that may break.
    pub(crate) fn try_call(&mut self, line: &str) -> Result<Reply> {
        self.try_send(&words(line))?;
        self.try_read()
    }

    /// Reads one reply; fails the test if none comes.
    pub(crate) fn read(&mut self) -> Reply {
        self.try_read().unwrap_or_else(|e| panic!("no reply: {e}"))
    }

    /// Reads one reply.
    pub(crate) fn try_read(&mut self) -> Result<Reply> {
        self.raw.clear();
        self.read_value()
    }

    /// The bytes of the reply that was read last.
    pub(crate) fn last_raw(&self) -> &[u8] {
        &self.raw
    }

    /// Reads exactly these bytes, or fails the test.
    pub(crate) fn expect_bytes(&mut self, expected: &[u8]) {
        let mut got = vec![0; expected.len()];
        self.reader
            .read_exact(&mut got)
            .unwrap_or_else(|e| panic!("fewer bytes than expected: {e}"));
        if let Some(at) = got.iter().zip(expected).position(|(a, b)| a != b) {
            let from = at.saturating_sub(60);
            panic!(
                "replies differ at byte {at}: expected {:?}, got {:?}",
                String::from_utf8_lossy(&expected[from..expected.len().min(at + 60)]),
                String::from_utf8_lossy(&got[from..got.len().min(at + 60)]),
            );
        }
    }

    /// Reads until the server closes, and gives what came. A reset counts as a close.
    pub(crate) fn read_to_close(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        match self.reader.read_to_end(&mut rest) {
            Err(e) if e.kind() != ErrorKind::ConnectionReset => {
                let shown = String::from_utf8_lossy(&rest[..rest.len().min(200)]);
                panic!("not closed after {} bytes {shown:?}: {e}", rest.len());
            }
            _ => rest,
        }
    }

    /// Whether nothing arrives within `limit`.
    pub(crate) fn is_silent(&mut self, limit: Duration) -> bool {
        let stream = self.reader.get_ref();
        stream.set_read_timeout(Some(limit)).expect("socket option");
        let silent = match self.reader.fill_buf() {
            Err(e) => matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            Ok(_) => false,
        };
        self.stream()
            .set_read_timeout(Some(REPLY_LIMIT))
            .expect("socket option");
        silent
    }

    /// Says that nothing more will be sent.
    pub(crate) fn shutdown_write(&mut self) {
        self.stream().shutdown(Shutdown::Write).expect("shutdown");
    }

    fn read_line(&mut self) -> Result<String> {
        let from = self.raw.len();
        self.reader.read_until(b'\n', &mut self.raw)?;
        let line = self.raw.get(from..).unwrap_or_default();
        let Some(line) = line.strip_suffix(b"\r\n") else {
            return Err(Error::new(ErrorKind::UnexpectedEof, "closed"));
        };
        Ok(String::from_utf8_lossy(line).into_owned())
    }

    fn read_value(&mut self) -> Result<Reply> {
        let line = self.read_line()?;
        let Some(kind) = line.chars().next() else {
            return Err(bad("empty line"));
        };
        let text = line[kind.len_utf8()..].to_owned();
        Ok(match kind {
            '+' => Reply::Simple(text),
            '-' => Reply::Error(text),
            ':' => Reply::Integer(number(&text)?),
            ',' => Reply::Double(text),
            '(' => Reply::BigNumber(text),
            '#' => Reply::Boolean(text == "t"),
            '_' => Reply::Null,
            '$' | '*' if text == "-1" => Reply::Null,
            '$' => Reply::Bulk(self.read_bulk(&text)?),
            '=' => Reply::Verbatim(String::from_utf8_lossy(&self.read_bulk(&text)?).into_owned()),
            '!' => Reply::Error(String::from_utf8_lossy(&self.read_bulk(&text)?).into_owned()),
            '*' => Reply::Array(self.read_values(number(&text)?)?),
            '~' => Reply::Set(self.read_values(number(&text)?)?),
            '>' => Reply::Push(self.read_values(number(&text)?)?),
            '%' => Reply::Map(self.read_values(2 * number(&text)?)?),
            _ => return Err(bad(&format!("unknown type in {line:?}"))),
        })
    }

    fn read_values(&mut self, count: i64) -> Result<Vec<Reply>> {
        (0..count).map(|_| self.read_value()).collect()
    }

    fn read_bulk(&mut self, header: &str) -> Result<Vec<u8>> {
        let len = usize::try_from(number(header)?).map_err(|_| bad("negative length"))?;
        let from = self.raw.len();
        self.raw.resize(from + len + 2, 0);
        self.reader.read_exact(&mut self.raw[from..])?;
        if !self.raw.ends_with(b"\r\n") {
            return Err(bad("bulk without its end"));
        }
        Ok(self.raw[from..from + len].to_vec())
    }
}

fn number(text: &str) -> Result<i64> {
    text.parse()
        .map_err(|_| bad(&format!("not a number: {text:?}")))
}

fn bad(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

// === impl Reply ===

impl Reply {
    /// A bulk string.
    pub(crate) fn bulk(text: impl AsRef<[u8]>) -> Self {
        Self::Bulk(text.as_ref().to_vec())
    }

    /// `+OK`.
    pub(crate) fn ok() -> Self {
        Self::Simple("OK".to_owned())
    }

    /// The text of an error.
    pub(crate) fn error(&self) -> Option<&str> {
        if let Self::Error(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The integer; anything else fails the test.
    #[track_caller]
    pub(crate) fn integer(&self) -> i64 {
        if let Self::Integer(value) = self {
            *value
        } else {
            panic!("not an integer: {self:?}")
        }
    }

    /// The text of a string of any kind; anything else fails the test.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Simple(text) | Self::Verbatim(text) | Self::Double(text) => text.clone(),
            Self::Bulk(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => panic!("not a string: {self:?}"),
        }
    }

    /// As text, also an integer: names come as simple or bulk strings.
    #[track_caller]
    pub(crate) fn text_or_integer(&self) -> String {
        if let Self::Integer(value) = self {
            value.to_string()
        } else {
            self.text()
        }
    }

    /// The elements of an aggregate; anything else fails the test.
    #[track_caller]
    pub(crate) fn elements(&self) -> &[Self] {
        match self {
            Self::Array(all) | Self::Map(all) | Self::Set(all) | Self::Push(all) => all,
            _ => panic!("not an aggregate: {self:?}"),
        }
    }

    /// Fails the test unless this is an error that clients are told to expect while nodes fail.
    #[track_caller]
    pub(crate) fn assert_documented(&self) {
        let is = self.error().is_some_and(is_documented);
        assert!(is, "expected a documented error, got {self:?}");
    }

    /// Fails the test unless this is an error that begins so.
    #[track_caller]
    pub(crate) fn assert_error(&self, prefix: &str) {
        let is = self.error().is_some_and(|text| text.starts_with(prefix));
        assert!(is, "expected an error {prefix:?}, got {self:?}");
    }
}

/// Whether this error is one that clients are told to expect while nodes fail.
pub(crate) fn is_documented(text: &str) -> bool {
    text.starts_with("ERR corelane: ") || text.starts_with("CLUSTERDOWN ")
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Simple(text) => write!(f, "+{text}"),
            Self::Error(text) => write!(f, "-{text}"),
            Self::Integer(value) => write!(f, ":{value}"),
            Self::Double(text) => write!(f, ",{text}"),
            Self::BigNumber(text) => write!(f, "({text}"),
            Self::Verbatim(text) => write!(f, "={text:?}"),
            Self::Boolean(value) => write!(f, "#{value}"),
            Self::Null => write!(f, "null"),
            Self::Bulk(bytes) => {
                let shown = &bytes[..bytes.len().min(120)];
                write!(f, "{:?}", String::from_utf8_lossy(shown))?;
                if bytes.len() > shown.len() {
                    write!(f, "... ({} bytes)", bytes.len())
                } else {
                    Ok(())
                }
            }
            Self::Array(all) => f.debug_list().entries(all).finish(),
            Self::Map(all) => write!(f, "%{all:?}"),
            Self::Set(all) => write!(f, "~{all:?}"),
            Self::Push(all) => write!(f, ">{all:?}"),
        }
    }
}
