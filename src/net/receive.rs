//! What both drivers do alike when a connection is read with a call of its own.

use std::io;

use super::handler::{Appetite, Handler};
use super::stream::{Received, Stream};
use super::token::Token;

/// Bytes received at once into a buffer that all connections share.
pub(super) const SCRATCH: usize = 64 * 1024;

/// How one receive went.
#[derive(Debug)]
pub(super) struct Receipt {
    /// What came; the handler has been told of bytes.
    pub(super) received: io::Result<Received>,
    /// It took all that there was room for: there may be more.
    pub(super) is_full: bool,
    /// It went into the handler's large frame.
    pub(super) is_large: bool,
}

/// Receives once: the rest of a large frame straight into it, anything else by way of `scratch`.
pub(super) fn receive(
    handler: &mut impl Handler,
    token: Token,
    stream: &Stream,
    scratch: &mut [u8],
) -> Receipt {
    let (received, room, is_large) = match handler.large_input(token) {
        Some(input) => {
            let room = input.capacity() - input.len();
            let received = stream.receive_into(input);
            if let Ok(Received::Bytes(count)) = received {
                handler.received_large(token, count);
            }
            (received, room, true)
        }
        None => {
            let received = stream.receive(scratch);
            if let Ok(Received::Bytes(count)) = received {
                handler.received(token, scratch.get(..count).unwrap_or_default());
            }
            (received, scratch.len(), false)
        }
    };
    let is_full = matches!(received, Ok(Received::Bytes(count)) if count == room);
    Receipt {
        received,
        is_full,
        is_large,
    }
}

/// If a connection is not to be read now.
pub(super) fn is_paused(handler: &impl Handler, token: Token) -> bool {
    matches!(
        handler.appetite(token),
        Appetite::Later | Appetite::Nothing | Appetite::OnlyEnd
    )
}

/// Why a link is lost that the node has ended.
pub(super) fn closed_by_node() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the node closed it")
}
