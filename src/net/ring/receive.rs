//! What comes: armed receives, and reads of connections that send something large.

use std::io;
use std::os::fd::AsFd;

use super::purpose::{Purpose, cancelling, is_again};
use super::queue::Completion;
use super::{CALM, Mode, Ring};
use crate::net::handler::{Appetite, Handler};
use crate::net::receive;
use crate::net::stream::Received;
use crate::net::token::{Kind, Token};

// === impl Ring ===

impl Ring {
    #[inline]
    pub(super) fn note_received(
        &mut self,
        handler: &mut impl Handler,
        token: Token,
        completion: &Completion,
    ) {
        let is_known = self.sockets.get_mut(token).is_some();
        if let (Some(buffer), Ok(len)) = (completion.buffer(), usize::try_from(completion.result)) {
            if is_known {
                handler.received(token, self.buffers.bytes(buffer, len));
            }
            self.buffers.done(buffer, len, completion.has_more_buffer());
        }
        if !is_known {
            return;
        }
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        if completion.has_more() {
            if socket.state.mode == Mode::Armed
                && matches!(
                    handler.appetite(token),
                    Appetite::Large | Appetite::Nothing | Appetite::OnlyEnd
                )
            {
                self.take_over(token);
            }
            return;
        }
        let was_cancelled = socket.state.mode == Mode::Ending;
        socket.state.mode = Mode::Off;
        match completion.result {
            0 => self.note_end(handler, token),
            result if result > 0 => self.go_on(handler, token),
            result if is_again(result) || result == -libc::ENOBUFS => self.go_on(handler, token),
            result if result == -libc::ECANCELED && was_cancelled => self.go_on(handler, token),
            result => {
                let error = io::Error::from_raw_os_error(-result);
                self.lose(handler, token, &error);
            }
        }
    }

    /// An armed receive has ended, or there is room for more: receives again, if it is wanted, and how the
    /// connection behaves.
    fn go_on(&mut self, handler: &mut impl Handler, token: Token) {
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        let appetite = handler.appetite(token);
        if appetite == Appetite::Large {
            socket.state.stormy = CALM;
        }
        let is_direct = socket.state.stormy > 0 || socket.state.send_error.is_some();
        match appetite {
            Appetite::Later | Appetite::Nothing => {}
            Appetite::OnlyEnd => self.await_end(token),
            _ if is_direct => self.read(handler, token),
            _ => self.arm(token),
        }
    }

    /// Reads a connection with a call of its own.
    pub(super) fn read(&mut self, handler: &mut impl Handler, token: Token) {
        if receive::is_paused(handler, token) {
            if handler.appetite(token) == Appetite::OnlyEnd {
                self.await_end(token);
            }
            return;
        }
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        let receipt = receive::receive(handler, token, &socket.stream, &mut self.scratch);
        socket.state.stormy = if receipt.is_large {
            CALM
        } else {
            socket.state.stormy.saturating_sub(1)
        };
        let is_last = socket.state.send_error.is_some();
        match receipt.received {
            Ok(Received::Bytes(_)) if receipt.is_full || is_last => self.list(token),
            Ok(Received::Bytes(_) | Received::Nothing) => self.note_nothing(handler, token),
            Ok(Received::End) => self.note_end(handler, token),
            Err(error) => self.lose(handler, token, &error),
        }
    }

    /// There is nothing more to read: the next read waits until there is something, unless nothing can be sent to the
    /// connection any more.
    fn note_nothing(&mut self, handler: &mut impl Handler, token: Token) {
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        if let Some(error) = socket.state.send_error.take() {
            self.lose(handler, token, &error);
        } else if socket.state.stormy > 0 {
            socket.state.mode = Mode::Waiting;
            let number = Purpose::Readable.number(token.encode());
            let events = libc::POLLIN | libc::POLLRDHUP;
            self.queue.poll(socket.stream.as_fd(), events, number);
        } else {
            self.arm(token);
        }
    }

    /// Has the kernel tell when the peer has ended its side, whatever it has sent before, or the connection is broken.
    fn await_end(&mut self, token: Token) {
        if let Some(socket) = self.sockets.get_mut(token) {
            socket.state.mode = Mode::AwaitingEnd;
            let number = Purpose::Readable.number(token.encode());
            self.queue
                .poll(socket.stream.as_fd(), libc::POLLRDHUP, number);
        }
    }

    /// The end that was watched for is there, if it is still all that the handler wants to know.
    pub(super) fn note_awaited(
        &mut self,
        handler: &mut impl Handler,
        token: Token,
        completion: &Completion,
    ) {
        if handler.appetite(token) != Appetite::OnlyEnd {
            self.read(handler, token);
        } else if completion.result < 0 {
            let error = io::Error::from_raw_os_error(-completion.result);
            self.lose(handler, token, &error);
        } else {
            self.note_end(handler, token);
        }
    }

    /// Has a connection read in the next turn.
    fn list(&mut self, token: Token) {
        if let Some(socket) = self.sockets.get_mut(token) {
            socket.state.mode = Mode::Listed;
            self.listed.push(token);
        }
    }

    fn note_end(&mut self, handler: &mut impl Handler, token: Token) {
        match token.kind {
            Kind::Client => {
                if let Some(socket) = self.sockets.get_mut(token) {
                    socket.state.mode = Mode::Ended;
                }
                handler.ended(token);
            }
            Kind::Link => self.lose(handler, token, &receive::closed_by_node()),
        }
    }

    /// Arms a receive.
    pub(super) fn arm(&mut self, token: Token) {
        if let Some(socket) = self.sockets.get_mut(token) {
            socket.state.mode = Mode::Armed;
            let number = Purpose::Receive.number(token.encode());
            self.queue.receive(socket.stream.as_fd(), number);
        }
    }

    /// Ends an armed receive; what follows is decided when it has ended.
    pub(super) fn take_over(&mut self, token: Token) {
        if self.set_mode(token, Mode::Armed, Mode::Ending) {
            let number = Purpose::Receive.number(token.encode());
            self.queue.cancel(number, cancelling());
        } else if self.set_mode(token, Mode::Waiting, Mode::Waiting) {
            self.end_waiting(token);
        }
    }

    /// Ends a wait for something to read; whatever ends it is followed by a read.
    pub(super) fn end_waiting(&mut self, token: Token) {
        let number = Purpose::Readable.number(token.encode());
        self.queue.cancel(number, cancelling());
    }
}
