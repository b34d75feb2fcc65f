//! A connection of control to a node, with TLS if nodes have it.

use std::io;
use std::net::Shutdown;

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use glommio::net::TcpStream;

use super::Deadline;
use super::fetch::FetchError;
use crate::net::tls::{News, Session};

/// Bytes of requests out, bytes of replies in.
pub(super) struct Wire {
    stream: TcpStream,
    deadline: Deadline,
    session: Option<Session>,
    chunk: Vec<u8>,
    /// Memory for the session to work in.
    scratch: Vec<u8>,
}

// === impl Wire ===

impl Wire {
    /// Takes a connection over, on which all has to be done by `deadline`, and does the handshake if there is a
    /// session for it.
    pub(super) async fn open(
        stream: TcpStream,
        session: Option<Session>,
        deadline: Deadline,
    ) -> Result<Self, FetchError> {
        let mut wire = Self {
            stream,
            deadline,
            session,
            chunk: vec![0; READ_BYTES],
            scratch: Vec::new(),
        };
        if let Some(session) = &mut wire.session {
            session.start().map_err(FetchError::Connection)?;
        }
        wire.push().await?;
        let mut early = Vec::new();
        while wire.session.as_ref().is_some_and(|s| !s.is_open()) {
            wire.receive(&mut early)
                .await
                .map_err(|error| match error {
                    FetchError::Timeout => FetchError::NoTls,
                    error => error,
                })?;
        }
        // Nobody was asked anything yet.
        if early.is_empty() {
            Ok(wire)
        } else {
            Err(FetchError::Connection(io::ErrorKind::InvalidData.into()))
        }
    }

    /// Ends it before it is dropped, so that the other side sees the end at once.
    pub(super) async fn close(mut self) {
        if let Some(session) = &mut self.session {
            session.close();
        }
        let _ = self.push().await;
        let _ = self.stream.shutdown(Shutdown::Both).await;
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        match &mut self.session {
            None => self.write(bytes).await,
            Some(session) => {
                session.seal(bytes).map_err(FetchError::Connection)?;
                self.push().await
            }
        }
    }

    /// Sends what the session wants to say.
    async fn push(&mut self) -> Result<(), FetchError> {
        let Some(session) = &mut self.session else {
            return Ok(());
        };
        let pending = session.pending().to_vec();
        session.sent(pending.len());
        if pending.is_empty() {
            return Ok(());
        }
        self.write(&pending).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        let left = self.deadline.left().ok_or(FetchError::Timeout)?;
        // Fails for a timeout of zero only, which `left` never gives.
        let _ = self.stream.set_write_timeout(Some(left));
        self.stream.write_all(bytes).await.map_err(broken)
    }

    /// Waits for bytes and appends what they say to `received`, which may be nothing.
    pub(super) async fn receive(&mut self, received: &mut Vec<u8>) -> Result<(), FetchError> {
        let left = self.deadline.left().ok_or(FetchError::Timeout)?;
        let _ = self.stream.set_read_timeout(Some(left));
        let count = self.stream.read(&mut self.chunk).await.map_err(broken)?;
        let bytes = self.chunk.get(..count).filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or(FetchError::Closed)?;
        let Some(session) = &mut self.session else {
            received.extend_from_slice(bytes);
            return Ok(());
        };
        let mut has_ended = false;
        let result = session.receive(bytes, &mut self.scratch, |news| match news {
            News::Open => {}
            News::Bytes(bytes) => received.extend_from_slice(bytes),
            News::End => has_ended = true,
        });
        // The other side is told what was wrong, if it still listens.
        let pushed = self.push().await;
        result.map_err(FetchError::Connection)?;
        if has_ended {
            return Err(FetchError::Closed);
        }
        pushed
    }
}

fn broken(error: io::Error) -> FetchError {
    match error.kind() {
        io::ErrorKind::TimedOut => FetchError::Timeout,
        _ => FetchError::Connection(error),
    }
}

/// Bytes read at a time.
const READ_BYTES: usize = 16 * 1024;
