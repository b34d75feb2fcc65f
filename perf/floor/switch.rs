//! The floor without its sockets: what comes in from whom goes out to whom.
//!
//! Peers are numbered: nodes first, then clients. A driver hands over received bytes, and takes from
//! [`Switch::dirty`] the peers that have something to be sent. Requests and replies of which only the
//! last value is incomplete are passed on as they arrive. Costs: small bytes are copied once, and
//! nothing is allocated after warm-up.

use std::collections::VecDeque;

use corelane::cluster::Slot;

use crate::wire::{self, Malformed, Reply, Request};

/// Everything that the floor knows.
#[derive(Debug)]
pub(crate) struct Switch {
    /// What waits to be sent, by peer.
    pub(crate) outboxes: Vec<Outbox>,
    /// Peers whose outbox was filled since it was last taken.
    pub(crate) dirty: Vec<usize>,
    /// Requests so far.
    pub(crate) requests: u64,
    /// Those that nodes have answered.
    pub(crate) answered: u64,
    /// Clients that wait for replies.
    pub(crate) busy: usize,
    nodes: Vec<Node>,
    clients: Vec<Client>,
    free: Vec<usize>,
    /// The node of each slot.
    slots: Vec<u16>,
}

/// Bytes on their way to one peer.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// To be sent.
    pub(crate) bytes: Vec<u8>,
    is_dirty: bool,
}

/// One connection to a node.
#[derive(Debug, Default)]
struct Node {
    /// The incomplete reply at the end of what was received.
    input: Vec<u8>,
    /// Who asked, oldest first.
    asked: VecDeque<Asked>,
    /// Bytes of a large reply that go straight to the client that asked for it.
    passing: Option<Passing>,
    /// A client that is in the middle of a large request.
    writer: Option<usize>,
    /// Requests of others meanwhile.
    backlog: Vec<u8>,
}

/// One request that a node has to answer.
#[derive(Debug, Clone, Copy)]
struct Asked {
    client: u32,
    number: u32,
}

/// A large value of which the rest is still to come.
#[derive(Debug, Clone, Copy)]
struct Passing {
    peer: usize,
    rest: usize,
}

/// One client.
#[derive(Debug, Default)]
struct Client {
    /// The incomplete request at the end of what was received.
    input: Vec<u8>,
    /// Its open requests, oldest first.
    order: VecDeque<Open>,
    /// The number of the oldest open request.
    first: u32,
    /// Replies that came before their turn.
    held: Vec<u8>,
    /// How many of them.
    held_count: usize,
    /// Bytes of a large request that go straight to a node.
    passing: Option<Passing>,
    is_gone: bool,
}

/// A request without its reply, or with one at this place in `held`.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    begin: u32,
    end: u32,
}

// === impl Switch ===

impl Switch {
    /// Nodes have the numbers from 0; `slots` says which has which slot.
    pub(crate) fn new(nodes: usize, slots: Vec<u16>) -> Self {
        Self {
            outboxes: (0..nodes).map(|_| Outbox::default()).collect(),
            dirty: Vec::new(),
            requests: 0,
            answered: 0,
            busy: 0,
            nodes: (0..nodes).map(|_| Node::default()).collect(),
            clients: Vec::new(),
            free: Vec::new(),
            slots,
        }
    }

    /// A number for a new client.
    pub(crate) fn admit(&mut self) -> usize {
        if let Some(peer) = self.free.pop() {
            self.clients[peer - self.nodes.len()] = Client::default();
            self.outboxes[peer] = Outbox::default();
            return peer;
        }
        self.clients.push(Client::default());
        self.outboxes.push(Outbox::default());
        self.outboxes.len() - 1
    }

    /// Is this peer a node?
    pub(crate) fn is_node(&self, peer: usize) -> bool {
        peer < self.nodes.len()
    }

    /// A client has closed. A request that it broke off is filled up with zeros.
    pub(crate) fn left(&mut self, peer: usize) {
        let client = &mut self.clients[peer - self.nodes.len()];
        client.is_gone = true;
        client.input = Vec::new();
        if let Some(Passing { peer: node, rest }) = client.passing.take() {
            let out = &mut self.outboxes[node];
            out.bytes.resize(out.bytes.len() + rest - rest.min(2), 0);
            out.bytes.extend_from_slice(&b"\r\n"[2 - rest.min(2)..]);
            out.bytes.append(&mut self.nodes[node].backlog);
            self.nodes[node].writer = None;
            mark(out, &mut self.dirty, node);
        }
    }

    /// Gives the number of a client that has left free again, once nothing is on its way to it.
    pub(crate) fn release(&mut self, peer: usize) {
        self.outboxes[peer].bytes.clear();
        let client = &mut self.clients[peer - self.nodes.len()];
        if client.is_gone && client.order.is_empty() && !self.outboxes[peer].is_dirty {
            client.is_gone = false;
            self.free.push(peer);
        }
    }

    /// The peer can take more.
    pub(crate) fn mark(&mut self, peer: usize) {
        mark(&mut self.outboxes[peer], &mut self.dirty, peer);
    }

    /// The peer's outbox will now be taken.
    pub(crate) fn take_dirty(&mut self) -> Option<usize> {
        let peer = self.dirty.pop()?;
        self.outboxes[peer].is_dirty = false;
        Some(peer)
    }

    /// Bytes have come from a peer.
    pub(crate) fn received(&mut self, peer: usize, bytes: &[u8]) -> Result<(), Malformed> {
        let is_node = self.is_node(peer);
        let input = if is_node {
            &mut self.nodes[peer].input
        } else {
            &mut self.clients[peer - self.nodes.len()].input
        };
        if input.is_empty() {
            let used = self.scan(peer, is_node, bytes)?;
            if used < bytes.len() {
                self.input(peer, is_node).extend_from_slice(&bytes[used..]);
            }
            return Ok(());
        }
        input.extend_from_slice(bytes);
        let mut input = std::mem::take(input);
        let used = self.scan(peer, is_node, &input)?;
        input.drain(..used);
        *self.input(peer, is_node) = input;
        Ok(())
    }

    fn input(&mut self, peer: usize, is_node: bool) -> &mut Vec<u8> {
        if is_node {
            &mut self.nodes[peer].input
        } else {
            &mut self.clients[peer - self.nodes.len()].input
        }
    }

    fn scan(&mut self, peer: usize, is_node: bool, bytes: &[u8]) -> Result<usize, Malformed> {
        if is_node {
            self.replies(peer, bytes)
        } else {
            self.requests(peer, bytes)
        }
    }

    /// Forwards what a client sent; returns how many bytes were used.
    fn requests(&mut self, peer: usize, bytes: &[u8]) -> Result<usize, Malformed> {
        let index = peer - self.nodes.len();
        let client = &mut self.clients[index];
        let mut at = 0;
        if let Some(passing) = &mut client.passing {
            at = passing.rest.min(bytes.len());
            passing.rest -= at;
            let node = passing.peer;
            let out = &mut self.outboxes[node];
            out.bytes.extend_from_slice(&bytes[..at]);
            if passing.rest == 0 {
                client.passing = None;
                self.nodes[node].writer = None;
                out.bytes.append(&mut self.nodes[node].backlog);
            }
            mark(out, &mut self.dirty, node);
        }
        while at < bytes.len() {
            let rest = &bytes[at..];
            let number = client.first.wrapping_add(client.order.len() as u32);
            match wire::request(rest)? {
                Request::Keyed { key, length } => {
                    let slot = Slot::of_key(&rest[key]);
                    let peer_of_node = usize::from(self.slots[slot.index()]);
                    let node = &mut self.nodes[peer_of_node];
                    let out = &mut self.outboxes[peer_of_node];
                    if length > rest.len() {
                        if node.writer.is_some() {
                            break;
                        }
                        node.writer = Some(peer);
                        client.passing = Some(Passing {
                            peer: peer_of_node,
                            rest: length - rest.len(),
                        });
                    }
                    let length = length.min(rest.len());
                    if node.writer.is_none_or(|writer| writer == peer) {
                        out.bytes.extend_from_slice(&rest[..length]);
                        mark(out, &mut self.dirty, peer_of_node);
                    } else {
                        node.backlog.extend_from_slice(&rest[..length]);
                    }
                    node.asked.push_back(Asked {
                        client: index as u32,
                        number,
                    });
                    self.busy += usize::from(client.order.is_empty());
                    client.order.push_back(Open::default());
                    self.requests += 1;
                    at += length;
                }
                Request::Local { answer, length } => {
                    self.busy += usize::from(client.order.is_empty());
                    client.order.push_back(Open::default());
                    client.answer(number, answer, &mut self.outboxes[peer].bytes);
                    self.busy -= usize::from(client.order.is_empty());
                    mark(&mut self.outboxes[peer], &mut self.dirty, peer);
                    at += length;
                }
                Request::Part => break,
            }
        }
        Ok(at)
    }

    /// Hands over what a node sent; returns how many bytes were used.
    fn replies(&mut self, peer: usize, bytes: &[u8]) -> Result<usize, Malformed> {
        let nodes = self.nodes.len();
        let node = &mut self.nodes[peer];
        let mut at = 0;
        if let Some(passing) = &mut node.passing {
            at = passing.rest.min(bytes.len());
            passing.rest -= at;
            let (to, is_over) = (passing.peer, passing.rest == 0);
            let client = &mut self.clients[to - nodes];
            let out = &mut self.outboxes[to];
            out.bytes.extend_from_slice(&bytes[..at]);
            if is_over {
                node.passing = None;
                client.finish(&mut out.bytes);
                self.busy -= usize::from(client.order.is_empty());
            }
            mark(out, &mut self.dirty, to);
        }
        while at < bytes.len() {
            let rest = &bytes[at..];
            let Reply::Length(length) = wire::reply(rest)? else {
                break;
            };
            let asked = *node.asked.front().ok_or(Malformed)?;
            let client = &mut self.clients[asked.client as usize];
            let to = asked.client as usize + nodes;
            let out = &mut self.outboxes[to];
            if length > rest.len() {
                if asked.number != client.first {
                    break;
                }
                node.passing = Some(Passing {
                    peer: to,
                    rest: length - rest.len(),
                });
                out.bytes.extend_from_slice(rest);
                at = bytes.len();
            } else {
                client.answer(asked.number, &rest[..length], &mut out.bytes);
                self.busy -= usize::from(client.order.is_empty());
                at += length;
            }
            node.asked.pop_front();
            self.answered += 1;
            mark(out, &mut self.dirty, to);
        }
        Ok(at)
    }
}

fn mark(out: &mut Outbox, dirty: &mut Vec<usize>, peer: usize) {
    if !out.is_dirty {
        out.is_dirty = true;
        dirty.push(peer);
    }
}

// === impl Client ===

impl Client {
    /// Takes the reply to a request: out if it is its turn, else aside.
    fn answer(&mut self, number: u32, reply: &[u8], out: &mut Vec<u8>) {
        if number == self.first {
            out.extend_from_slice(reply);
            self.finish(out);
            return;
        }
        let begin = self.held.len() as u32;
        self.held.extend_from_slice(reply);
        self.held_count += 1;
        let index = number.wrapping_sub(self.first) as usize;
        self.order[index] = Open {
            begin,
            end: self.held.len() as u32,
        };
    }

    /// The oldest request is answered: lets the replies out that waited for it.
    fn finish(&mut self, out: &mut Vec<u8>) {
        self.order.pop_front();
        self.first = self.first.wrapping_add(1);
        while let Some(open) = self.order.front().filter(|open| open.end > 0) {
            out.extend_from_slice(&self.held[open.begin as usize..open.end as usize]);
            self.order.pop_front();
            self.first = self.first.wrapping_add(1);
            self.held_count -= 1;
        }
        if self.held_count == 0 {
            self.held.clear();
        }
    }
}
