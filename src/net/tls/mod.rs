//! TLS between a driver and its handler, and what it is made of.
//!
//! A [`Session`] turns bytes of the wire into what was said and back, and knows no socket. A driver that has sessions
//! puts them before its handler, so that neither its own code nor the pipeline knows of TLS. [`Credentials`] are
//! read from files, and [`Watch`] tells when those have changed. TLS 1.2 and 1.3; nothing older, and nothing is ever
//! renegotiated.

mod credentials;
mod secured;
mod session;
mod sessions;
#[cfg(test)]
mod tests;
mod verifier;
mod watch;

pub use self::credentials::Credentials;
pub use self::session::{News, Session};
pub use self::sessions::TlsCounts;
pub use self::watch::Watch;

pub(super) use self::secured::Secured;
pub(super) use self::sessions::{Sessions, deadline};
