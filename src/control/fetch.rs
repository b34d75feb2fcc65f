//! Asks one node for the topology.
//!
//! One connection for each question: it must work for a node that was just restarted, and it proves
//! that the node takes connections. Everything has to be done within one deadline. CLUSTER NODES and
//! CLUSTER SHARDS go out together; CLUSTER SLOTS follows only if the server refuses CLUSTER SHARDS.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use glommio::net::TcpStream;
use rustls::ClientConfig;

use super::Deadline;
use super::resolve::Resolver;
use super::wire::Wire;
use crate::cluster::topology::{from_nodes, from_shards, from_slots};
use crate::cluster::{NodeAddr, Topology, TopologyError};
use crate::config::ClusterSettings;
use crate::net::tls::Session;
use crate::resp::{Limits, ReplyScanner, ReplyView, Scan, Violation, write};

/// Asks nodes; one for all of control.
#[derive(Debug)]
pub(super) struct Fetcher {
    /// The AUTH request, if nodes want one.
    auth: Option<Vec<u8>>,
    connect_timeout: Duration,
    timeout: Duration,
    resolver: Resolver,
    /// Nodes have TLS.
    is_secured: bool,
    /// What TLS sessions are made of.
    tls: Option<Arc<ClientConfig>>,
    /// The name that certificates of all nodes are for, if it is not their own.
    tls_server_name: Option<String>,
}

/// Why a node did not tell the topology.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("its name cannot be resolved: {0}")]
    Resolve(io::Error),
    #[error("it cannot be connected to: {0}")]
    Connect(io::Error),
    #[error("the connection broke: {0}")]
    Connection(io::Error),
    #[error("it closed the connection")]
    Closed,
    #[error("it did not answer in time")]
    Timeout,
    #[error("TLS: it did not answer the handshake in time; the port may be one without TLS")]
    NoTls,
    #[error("it broke the protocol: {0:?}")]
    Protocol(Violation),
    #[error("its answer is longer than {0} bytes")]
    TooLong(usize),
    #[error("it refused the password: {0}")]
    Auth(String),
    #[error("{0}")]
    Topology(#[from] TopologyError),
}

/// A connection with the replies that have arrived.
pub(super) struct Conversation {
    wire: Wire,
    received: Vec<u8>,
    scanner: ReplyScanner,
    /// Bytes that one reply may have.
    reply_bytes_max: usize,
}

// === impl Fetcher ===

impl Fetcher {
    pub(super) fn new(settings: &ClusterSettings, tls: Option<Arc<ClientConfig>>) -> Self {
        let auth = settings.password.as_ref().map(|password| {
            let mut args: Vec<&[u8]> = vec![b"AUTH"];
            args.extend(settings.username.as_ref().map(String::as_bytes));
            args.push(password.reveal().as_bytes());
            let mut request = Vec::new();
            write::request(&mut request, &args);
            request
        });
        Self {
            auth,
            connect_timeout: settings.connect_timeout,
            timeout: settings.connect_timeout + settings.server_timeout,
            resolver: Resolver::default(),
            is_secured: settings.tls,
            tls,
            tls_server_name: settings.tls_server_name.clone(),
        }
    }

    /// The longest that [`fetch`](Self::fetch) takes, or all that is said in one connection.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// What the node at `addr` says about the cluster.
    pub(super) async fn fetch(&self, addr: &NodeAddr) -> Result<Topology, FetchError> {
        let mut conversation = self.open(addr, REPLY_BYTES_MAX).await?;
        let result = self.ask(&mut conversation, addr).await;
        conversation.close().await;
        result
    }

    /// The AUTH request, empty if nodes want none.
    pub(super) fn auth(&self) -> &[u8] {
        self.auth.as_deref().unwrap_or_default()
    }

    /// A connection to a node, in which replies may have so many bytes. All that is said in it has to be
    /// said within the fetcher's time.
    pub(super) async fn open(
        &self,
        addr: &NodeAddr,
        reply_bytes_max: usize,
    ) -> Result<Conversation, FetchError> {
        let deadline = Deadline::after(self.timeout);
        let addrs = self
            .resolver
            .resolve(addr, deadline)
            .await
            .map_err(FetchError::Resolve)?;
        let stream = self.connect(&addrs, deadline).await?;
        let wire = Wire::open(stream, self.session(addr)?, deadline).await?;
        Ok(Conversation::new(wire, reply_bytes_max))
    }

    /// The TLS session for a node, if nodes have TLS.
    fn session(&self, addr: &NodeAddr) -> Result<Option<Session>, FetchError> {
        if !self.is_secured {
            return Ok(None);
        }
        let name = self.tls_server_name.as_deref().unwrap_or(&addr.host);
        // Never without TLS, whatever the reason.
        let tls = self.tls.as_ref();
        tls.ok_or_else(|| io::Error::other("there is nobody to trust"))
            .and_then(|tls| Session::connect(tls, name))
            .map(Some)
            .map_err(FetchError::Connection)
    }

    async fn connect(
        &self,
        addrs: &[SocketAddr],
        deadline: Deadline,
    ) -> Result<TcpStream, FetchError> {
        let mut last = None;
        for addr in addrs {
            let left = deadline.left().ok_or(FetchError::Timeout)?;
            match TcpStream::connect_timeout(addr, left.min(self.connect_timeout)).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = Some(io::Error::from(error)),
            }
        }
        Err(FetchError::Connect(
            last.unwrap_or_else(|| io::ErrorKind::NotFound.into()),
        ))
    }

    async fn ask(&self, node: &mut Conversation, addr: &NodeAddr) -> Result<Topology, FetchError> {
        let mut requests = self.auth.clone().unwrap_or_default();
        write::request(&mut requests, &[b"CLUSTER", b"NODES"]);
        write::request(&mut requests, &[b"CLUSTER", b"SHARDS"]);
        node.send(&requests).await?;
        let mut refused = None;
        if self.auth.is_some() {
            let reply = node.receive().await?;
            let error = ReplyView::new(&reply).as_error().map(<[u8]>::to_vec);
            refused = error.map(|text| String::from_utf8_lossy(&text).into_owned());
        }
        let nodes = from_nodes(&node.receive().await?, addr);
        let mut places = from_shards(&node.receive().await?, addr, self.is_secured);
        if places.is_err() {
            requests.clear();
            write::request(&mut requests, &[b"CLUSTER", b"SLOTS"]);
            node.send(&requests).await?;
            places = from_slots(&node.receive().await?, addr);
        }
        match (nodes, places, refused) {
            (Ok(mut nodes), Ok(places), _) => {
                nodes.complete_with(&places);
                Ok(nodes)
            }
            (Ok(topology), Err(_), _) | (Err(_), Ok(topology), _) => Ok(topology),
            // A server without a password refuses AUTH but answers, so this matters only here.
            (Err(_), Err(_), Some(text)) => Err(FetchError::Auth(text)),
            (Err(error), Err(_), None) => Err(error.into()),
        }
    }
}

// === impl Conversation ===

impl Conversation {
    fn new(wire: Wire, reply_bytes_max: usize) -> Self {
        Self {
            wire,
            received: Vec::new(),
            scanner: ReplyScanner::default(),
            reply_bytes_max,
        }
    }

    /// Ends it before it is dropped, so that the other side sees the end at once.
    pub(super) async fn close(self) {
        self.wire.close().await;
    }

    pub(super) async fn send(&mut self, requests: &[u8]) -> Result<(), FetchError> {
        self.wire.send(requests).await
    }

    /// The next whole reply.
    pub(super) async fn receive(&mut self) -> Result<Vec<u8>, FetchError> {
        let limits = Limits {
            bulk_bytes_max: self.reply_bytes_max,
            ..REPLY_LIMITS
        };
        loop {
            match self.scanner.scan(&self.received, &limits) {
                Scan::Complete { len } => {
                    let rest = self.received.split_off(len);
                    return Ok(std::mem::replace(&mut self.received, rest));
                }
                Scan::Invalid(invalid) => return Err(FetchError::Protocol(invalid.why)),
                Scan::Incomplete { .. } => {}
            }
            if self.received.len() > self.reply_bytes_max {
                return Err(FetchError::TooLong(self.reply_bytes_max));
            }
            self.wire.receive(&mut self.received).await?;
        }
    }
}

/// A topology of 1,000 nodes whose slots are scattered takes about a megabyte.
const REPLY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// What a reply may look like.
const REPLY_LIMITS: Limits = Limits {
    nesting_max: 16,
    ..Limits::DEFAULT
};
