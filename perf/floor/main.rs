//! The floor: the least that a multiplexing proxy can do, as a yardstick for what the kernel alone costs.
//!
//! It looks for the end of each request, hashes the key, forwards over one connection per node, and puts
//! the replies back in order. No features, no safety: requests with one key only, no redirects, no limits,
//! and it ends when a node is lost. See `perf/floor/README.md`.

#![expect(
    unsafe_code,
    reason = "the ring and its buffers are shared with the kernel"
)]
#![allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    reason = "a yardstick that trusts its peers and has a clock"
)]

mod buffers;
mod epoll;
mod ring;
mod switch;
mod tune;
mod wire;

#[cfg(test)]
mod tests;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::num::NonZeroU64;

use clap::{Parser, ValueEnum};
use corelane::cluster::{NodeAddr, SLOTS, topology};
use socket2::{Domain, Protocol, Socket, Type};

use crate::switch::Switch;
use crate::tune::Tune;

#[derive(Debug, Parser)]
#[command(about = "The least that a multiplexing proxy can do; for measuring only")]
struct Arguments {
    /// Address to listen on.
    #[arg(long, value_name = "IP:PORT")]
    listen: SocketAddr,
    /// A node of the cluster, or a single server.
    #[arg(long, value_name = "HOST:PORT")]
    seed: String,
    /// How sockets are driven.
    #[arg(long, default_value = "ring")]
    driver: Driver,
    /// Variants to measure, as key=value,...; see the README.
    #[arg(long, default_value = "", value_name = "KEY=VALUE,...")]
    tune: Tune,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Driver {
    Ring,
    Epoll,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let (nodes, slots) = discover(&arguments.seed)?;
    let listener = listen(arguments.listen)?;
    let driver = arguments.driver;
    driver.run(&listener, nodes, slots, &arguments.tune)
}

// === impl Driver ===

impl Driver {
    /// Serves until a node is lost.
    fn run(
        self,
        listener: &TcpListener,
        nodes: Vec<TcpStream>,
        slots: Vec<u16>,
        tune: &Tune,
    ) -> io::Result<()> {
        rustix::thread::set_current_timer_slack(NonZeroU64::new(tune.slack))?;
        if tune.is_reno {
            // Accepted sockets inherit it.
            rustix::net::sockopt::set_tcp_congestion(listener, "reno")?;
            for node in &nodes {
                rustix::net::sockopt::set_tcp_congestion(node, "reno")?;
            }
        }
        let switch = Switch::new(nodes.len(), slots);
        match self {
            Self::Ring => ring::run(listener, nodes, switch, tune),
            Self::Epoll => epoll::run(listener, nodes, switch, tune),
        }
    }
}

fn listen(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    // Accepted sockets inherit it.
    socket.set_tcp_nodelay(true)?;
    socket.bind(&at.into())?;
    socket.listen(4096)?;
    Ok(socket.into())
}

/// A connection to each primary, and which of them has which slot.
fn discover(seed: &str) -> io::Result<(Vec<TcpStream>, Vec<u16>)> {
    let mut stream = connect(seed)?;
    stream.write_all(b"*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n")?;
    let reply = read_reply(&mut stream)?;
    if reply.starts_with(b"-") {
        // Not a cluster: the one server has everything.
        return Ok((vec![stream], vec![0; SLOTS]));
    }
    let (host, port) = seed.rsplit_once(':').unwrap_or((seed, ""));
    let asked = NodeAddr::new(host, port.parse().map_err(io::Error::other)?);
    let topology = topology::from_slots(&reply, &asked).map_err(io::Error::other)?;
    let mut owners = Vec::new();
    let mut nodes = Vec::new();
    let mut slots = vec![0; SLOTS];
    for claim in topology.claims {
        let known = owners.iter().position(|owner| *owner == claim.owner);
        let index = known.unwrap_or(owners.len());
        if known.is_none() {
            let member = topology.members.iter().find(|m| m.node.id == claim.owner);
            let member = member.ok_or_else(|| io::Error::other("a primary has no address"))?;
            nodes.push(connect(&member.node.addr.to_string())?);
            owners.push(claim.owner);
        }
        slots[claim.first.index()..=claim.last.index()].fill(index as u16);
    }
    Ok((nodes, slots))
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let address = address
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| io::Error::other("no address"))?;
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn read_reply(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut reply = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let got = stream.read(&mut piece)?;
        reply.extend_from_slice(&piece[..got]);
        match wire::reply(&reply) {
            Ok(wire::Reply::Length(length)) if length <= reply.len() => return Ok(reply),
            Ok(_) if got > 0 => {}
            _ => return Err(io::Error::other("the seed does not answer")),
        }
    }
}
