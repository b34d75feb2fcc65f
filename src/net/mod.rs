//! Sockets: listeners, streams, the drivers that move their bytes, the lookup of names, the guard of the executors, and
//! how listeners are handed to the next process.
//!
//! A worker's sockets belong to one [`Driver`]: a ring of its own where the kernel is new enough, else a
//! readiness set. glommio's own streams cost about twice the CPU per request (see `ARCHITECTURE.md`). This is
//! the only module with `unsafe`, each block with proof.

pub mod driver;
mod epoll;
pub mod freed;
pub mod guard;
pub mod handler;
pub mod handover;
pub mod listener;
mod lookup;
pub mod notify;
mod poller;
pub mod probe;
mod receive;
mod ring;
mod sockets;
mod spin;
pub mod stream;
#[cfg(test)]
mod tests;
pub mod tls;
pub mod token;

pub use driver::Driver;
pub use freed::give_back;
pub use guard::Guard;
pub use handler::{Appetite, Handler, Wait};
pub use handover::{Channel, Gate, WORD_BYTES_MAX, Word};
pub use listener::{Accepted, Listener};
pub use lookup::Lookups;
pub use notify::notify;
pub use stream::{Received, Stream};
pub use token::{Kind, Token};
