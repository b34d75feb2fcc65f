//! Sockets: listeners, streams, the readiness set of a worker, and the guard of the executors.
//!
//! The readiness set is epoll, owned by one task per worker: glommio's own streams cost about twice the
//! CPU per request (see `ARCHITECTURE.md`). This is the only module with `unsafe`, each block with proof.

pub mod guard;
pub mod listener;
pub mod poller;
pub mod probe;
pub mod stream;

pub use guard::Guard;
pub use listener::Listener;
pub use poller::{Event, Poller, Token};
pub use stream::{Received, Stream};
