//! What a pipeline and its driver say to each other: who is meant, and what has to be done.

use super::slab::Key;
use crate::cluster::{NodeAddr, RefreshReason};

/// A client connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(pub Key);

/// A connection to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(pub Key);

/// A peer with bytes to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Peer {
    /// A client.
    Client(ClientId),
    /// A link.
    Link(LinkId),
}

/// What may be received from a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// Anything.
    Small,
    /// The rest of a large frame, best into [`Pipeline::large_input`](super::Pipeline::large_input).
    Large,
    /// Nothing for now; what comes all the same is kept.
    Paused,
    /// Nothing for now, as what is kept is enough; but the end of the connection is to be noticed, although bytes may
    /// lie before it.
    OnlyEnd,
    /// Nothing: what is kept is enough, or nothing more will be taken.
    Full,
}

/// What the driver has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Connect to a node and then call `handle_link_connected` or `handle_link_closed`.
    Connect {
        /// The new link.
        link: LinkId,
        /// Where to; the host may be a name.
        addr: NodeAddr,
    },
    /// The node of this link has accepted the handshake.
    LinkReady(LinkId),
    /// Close the connection of a link that the pipeline has already forgotten.
    CloseLink {
        /// The link.
        link: LinkId,
        /// The node it led to.
        addr: NodeAddr,
        /// For the log.
        why: LinkEnd,
    },
    /// Close the connection of a client that the pipeline has already forgotten.
    CloseClient(ClientId),
    /// Bytes of this client are wanted again after a pause.
    ResumeClient(ClientId),
    /// Bytes of this link are wanted again after a pause.
    ResumeLink(LinkId),
    /// Ask control for a fresh topology.
    Refresh(RefreshReason),
    /// Have control put a question to the other workers, each of which calls [`Pipeline::handle_question`](super::Pipeline::handle_question),
    /// and call [`Pipeline::handle_answer`](super::Pipeline::handle_answer) here for each answer.
    Ask {
        /// Number of the question.
        id: u64,
        /// The question.
        question: Box<[u8]>,
    },
    /// Have control tell the other workers, each of which calls [`Pipeline::handle_news`](super::Pipeline::handle_news). It does not matter much
    /// if this is lost.
    Tell {
        /// What there is to tell.
        news: Box<[u8]>,
    },
    /// Have control hand lines of MONITOR to another worker, which calls [`Pipeline::handle_lines`](super::Pipeline::handle_lines). If they are
    /// lost, that worker notices.
    Show {
        /// The worker that has monitors.
        to: usize,
        /// Number of the first line, of all that this worker has shown.
        first: u64,
        /// Lines as monitors get them.
        lines: Box<[u8]>,
    },
    /// Have control tell another worker what its clients have to hear of changed keys; that worker calls
    /// [`Pipeline::handle_changes`](super::Pipeline::handle_changes). If it is lost, that worker notices.
    Inform {
        /// The other worker.
        to: usize,
        /// Number of the batch, of all for that worker.
        number: u64,
        /// What there is to hear.
        changes: Box<[u8]>,
    },
    /// Have control give the answer to a question of another worker, which [`Pipeline::handle_question`](super::Pipeline::handle_question) left
    /// open.
    Answer {
        /// The worker that asked.
        asker: usize,
        /// Number of the question.
        id: u64,
        /// The answer.
        answer: Box<[u8]>,
    },
}

/// Why the pipeline ended a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEnd {
    /// A deadline passed and nothing is in flight any more.
    Retired,
    /// The node did not accept the connection or the handshake in time.
    ConnectTimeout,
    /// The node refused the handshake; its words.
    Refused(Box<str>),
    /// The node's bytes break the protocol or answer nothing that was asked.
    Desync(&'static str),
    /// The node left the cluster.
    NodeGone,
    /// The cluster says that the node has failed, and others serve what it served.
    NodeFailed,
    /// It was one client's own and nobody needs it now, or its client left while a request was under way on it;
    /// or nothing is subscribed on it any more.
    Unneeded,
    /// The link on which its node was to tell of changed keys did not come up.
    Deaf,
    /// The node answered a request before it had got all of it, so it does not want the rest.
    Early,
    /// The node did not answer a PING, or a command about subscriptions, in time, or stopped in the middle of a large
    /// reply.
    Silent,
}
