//! TLS on a connection, for servers that want it.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::outgoing::Outgoing;
use super::value::Pattern;

/// Whom to trust, and the name of the server.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

/// One session.
pub(crate) struct Secured(Box<ClientConnection>);

// === impl Trust ===

impl Trust {
    /// Trusts who has a certificate for `name` from an issuer in the file `issuers`.
    pub(crate) fn new(issuers: &Path, name: &str) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for issuer in CertificateDer::pem_file_iter(issuers).map_err(io::Error::other)? {
            let issuer = issuer.map_err(io::Error::other)?;
            roots.add(issuer).map_err(io::Error::other)?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            config: Arc::new(config),
            name: ServerName::try_from(name.to_owned()).map_err(io::Error::other)?,
        })
    }

    /// A session that has said nothing yet.
    pub(crate) fn session(&self) -> io::Result<Secured> {
        let session = ClientConnection::new(Arc::clone(&self.config), self.name.clone());
        Ok(Secured(Box::new(session.map_err(io::Error::other)?)))
    }
}

// === impl Secured ===

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secured")
    }
}

impl Secured {
    /// Does the handshake, on a socket that waits.
    pub(crate) fn greet(&mut self, socket: &mut (impl Read + Write)) -> io::Result<()> {
        while self.0.is_handshaking() {
            self.0.complete_io(socket)?;
        }
        Ok(())
    }

    /// It has something for the socket.
    pub(crate) fn has_output(&self) -> bool {
        self.0.wants_write()
    }

    /// Sends until everything is sent or the socket takes no more.
    pub(crate) fn send(
        &mut self,
        socket: &mut impl Write,
        outgoing: &mut Outgoing,
        pattern: &Pattern,
    ) -> io::Result<()> {
        loop {
            outgoing.write_to(&mut self.0.writer(), pattern)?;
            if !self.0.wants_write() {
                return Ok(());
            }
            if !self.flush(socket)? {
                return Ok(());
            }
        }
    }

    /// Whether the socket took all.
    fn flush(&mut self, socket: &mut impl Write) -> io::Result<bool> {
        while self.0.wants_write() {
            match self.0.write_tls(socket) {
                Ok(_) => {}
                Err(error) if is_later(&error) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// What has arrived; 0 at the end.
    pub(crate) fn receive(
        &mut self,
        socket: &mut (impl Read + Write),
        room: &mut [u8],
    ) -> io::Result<usize> {
        loop {
            match self.0.reader().read(room) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                result => return result,
            }
            let count = self.0.read_tls(socket)?;
            self.0.process_new_packets().map_err(io::Error::other)?;
            self.flush(socket)?;
            if count == 0 {
                return Ok(0);
            }
        }
    }
}

/// The socket has nothing or takes nothing now.
pub(crate) fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
