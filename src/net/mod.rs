//! Sockets: listeners, streams, the drivers that move their bytes, the lookup of names, the guard of the executors, and
//! how listeners are handed to the next process.
//!
//! A worker's sockets belong to one [`Driver`]: a ring of its own where the kernel is new enough, else a
//! readiness set. glommio's own streams cost about twice the CPU per request (see `ARCHITECTURE.md`). This is
//! the only module with `unsafe`, each block with proof.
//!
//! miri runs what needs no kernel (`scripts/check miri`): the buffers in `ring/buffers`, where tests play the kernel.
//! It has no io_uring and does not know each function of the C library, so these blocks it cannot reach; they run
//! against the real kernel in the tests of the drivers and end to end:
//!
//! - `ring/buffers`: `register`, a system call of io_uring.
//! - `ring/queue.rs`: all four. Three submit to a ring; the fourth makes a header of zeros in a queue that needs one.
//! - `stream.rs`: what `recv` has filled counts as filled.
//! - `freed.rs`: `malloc_trim`, a function of glibc.

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
