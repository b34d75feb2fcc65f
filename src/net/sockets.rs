//! The connections of a driver, by token.

use super::stream::Stream;
use super::token::{Kind, Token};

/// Connections of clients and links. `S` is what the driver keeps for each.
#[derive(Debug)]
pub(super) struct Sockets<S> {
    clients: Vec<Option<Socket<S>>>,
    links: Vec<Option<Socket<S>>>,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Socket<S> {
    generation: u32,
    pub(super) stream: Stream,
    pub(super) state: S,
}

// === impl Sockets ===

impl<S> Default for Sockets<S> {
    fn default() -> Self {
        Self {
            clients: Vec::new(),
            links: Vec::new(),
        }
    }
}

impl<S> Sockets<S> {
    pub(super) fn insert(&mut self, token: Token, stream: Stream, state: S) {
        let sockets = self.of_mut(token.kind);
        let index = token.index as usize;
        if sockets.len() <= index {
            sockets.resize_with(index + 1, || None);
        }
        if let Some(place) = sockets.get_mut(index) {
            *place = Some(Socket {
                generation: token.generation,
                stream,
                state,
            });
        }
    }

    /// Gives a connection away, if it is still here.
    pub(super) fn take(&mut self, token: Token) -> Option<Socket<S>> {
        self.of_mut(token.kind)
            .get_mut(token.index as usize)?
            .take_if(|socket| socket.generation == token.generation)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, token: Token) -> Option<&mut Socket<S>> {
        self.of_mut(token.kind)
            .get_mut(token.index as usize)?
            .as_mut()
            .filter(|socket| socket.generation == token.generation)
    }

    fn of_mut(&mut self, kind: Kind) -> &mut Vec<Option<Socket<S>>> {
        match kind {
            Kind::Client => &mut self.clients,
            Kind::Link => &mut self.links,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    use super::{Kind, Sockets, Stream, Token};

    #[test]
    fn an_old_token_finds_nothing_in_a_place_that_was_taken_over() {
        let (one, other) = UnixStream::pair().unwrap();
        let old = Token {
            kind: Kind::Link,
            index: 3,
            generation: 0,
        };
        let new = Token {
            generation: 1,
            ..old
        };
        let mut sockets = Sockets::default();
        sockets.insert(old, Stream::new(OwnedFd::from(one)), 'a');
        assert_eq!(sockets.get_mut(old).unwrap().state, 'a');
        assert!(sockets.get_mut(new).is_none());
        assert_eq!(sockets.take(old).unwrap().state, 'a');
        sockets.insert(new, Stream::new(OwnedFd::from(other)), 'b');
        assert!(sockets.get_mut(old).is_none() && sockets.take(old).is_none());
        assert_eq!(sockets.get_mut(new).unwrap().state, 'b');
        let client = Token {
            kind: Kind::Client,
            ..new
        };
        assert!(sockets.get_mut(client).is_none());
    }
}
