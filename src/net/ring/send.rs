//! What leaves: the turn's batch of sends, and the wait that hands it over.

use std::io::{self, IoSlice};
use std::os::fd::AsFd;

use super::purpose::{Purpose, is_again};
use super::queue::{SLICES, Sends};
use super::{Ring, State};
use crate::net::handler::{Handler, Wait};
use crate::net::receive::is_paused;
use crate::net::sockets::Sockets;
use crate::net::spin::Spin;
use crate::net::token::{Kind, Token};

/// A connection to send to, and then its send.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sending {
    token: Token,
    wanted: usize,
    /// An error number made negative, or what was taken.
    result: i32,
}

// === impl Sending ===

impl Sending {
    fn new(token: Token) -> Self {
        Self {
            token,
            wanted: 0,
            result: 0,
        }
    }
}

// === impl Ring ===

impl Ring {
    /// Gathers the connections that the next [`Self::wait`] sends to.
    pub(in crate::net) fn flush(&mut self, handler: &mut impl Handler) {
        self.batch.extend(self.roomy.drain(..).map(Sending::new));
        while let Some(token) = handler.next_dirty() {
            self.batch.push(Sending::new(token));
        }
    }

    /// Sends what was gathered, and waits; returns how many things happened.
    pub(in crate::net) fn wait(
        &mut self,
        handler: &mut impl Handler,
        wait: Wait,
    ) -> io::Result<usize> {
        self.completions.clear();
        self.queue.set_alarm(&wait, Purpose::Alarm.number(0));
        let mut sends = self.queue.sends();
        let is_cut = ask_to_send(&mut sends, &mut self.batch, &mut self.sockets, &*handler);
        let is_awake = !wait.spin.is_zero();
        let sleep = (!is_cut && !is_awake).then_some(wait);
        sends.enter(&mut self.completions, sleep)?;
        if is_awake && !is_cut {
            self.spin(wait)?;
        }
        let mut happened = 0;
        for completion in &self.completions {
            let purpose = Purpose::of(completion.user_data);
            happened += usize::from(!matches!(
                purpose,
                Purpose::Send | Purpose::Alarm | Purpose::Cancel
            ));
            if purpose == Purpose::Send
                && let Ok(index) = usize::try_from(completion.user_data & u64::from(u32::MAX))
                && let Some(sending) = self.batch.get_mut(index)
            {
                sending.result = completion.result;
            }
        }
        for index in 0..self.batch.len() {
            if let Some(sending) = self.batch.get(index).copied()
                && sending.wanted > 0
            {
                self.note_sent(handler, sending);
            }
        }
        self.batch.clear();
        Ok(happened)
    }

    /// Looks for completions for a while before it sleeps.
    fn spin(&mut self, wait: Wait) -> io::Result<()> {
        let spin = Spin::new(wait.spin);
        while self.completions.is_empty() {
            if self.queue.has_news() {
                self.queue.enter(&mut self.completions, None)?;
            } else if !spin.goes_on() {
                return self.queue.enter(&mut self.completions, Some(wait));
            }
        }
        Ok(())
    }

    fn note_sent(&mut self, handler: &mut impl Handler, sending: Sending) {
        let token = sending.token;
        let Some(socket) = self.sockets.get_mut(token) else {
            return;
        };
        socket.state.is_sending = false;
        let taken = match usize::try_from(sending.result) {
            Ok(taken) => taken,
            Err(_) if is_again(sending.result) => 0,
            Err(_) => {
                let error = io::Error::from_raw_os_error(-sending.result);
                return self.note_unsendable(handler, token, error);
            }
        };
        if taken < sending.wanted {
            socket.state.is_full = true;
            let number = Purpose::Writable.number(token.encode());
            self.queue
                .poll(socket.stream.as_fd(), libc::POLLOUT, number);
        }
        if taken > 0 {
            handler.sent(token, taken);
        }
    }

    /// A send failed. A client that takes nothing is gone; what a node has sent before is still received,
    /// because the outcome of what it answers is known then.
    fn note_unsendable(&mut self, handler: &mut impl Handler, token: Token, error: io::Error) {
        if token.kind == Kind::Client {
            self.lose(handler, token, &error);
            return;
        }
        if let Some(socket) = self.sockets.get_mut(token) {
            socket.state.send_error = Some(Box::new(error));
        }
        self.take_over(token);
    }
}

/// Asks for one send per connection of the batch; true if the next turn has to follow at once: one of them
/// has more than was asked for, or is a client that may go on when it has got this.
fn ask_to_send<'m>(
    sends: &mut Sends<'_, 'm>,
    batch: &mut [Sending],
    sockets: &mut Sockets<State>,
    handler: &'m impl Handler,
) -> bool {
    let mut is_cut = false;
    for (index, sending) in (0u64..).zip(batch) {
        let Some(socket) = sockets.get_mut(sending.token) else {
            continue;
        };
        let state = &mut socket.state;
        let is_closed = state.is_connecting || state.send_error.is_some();
        if state.is_full || state.is_sending || is_closed {
            continue;
        }
        let mut slices = [IoSlice::new(&[]); SLICES];
        let filled = handler.output(sending.token, &mut slices);
        let Some(slices) = slices.get(..filled).filter(|slices| !slices.is_empty()) else {
            continue;
        };
        is_cut |= filled == SLICES
            || handler.has_more_output(sending.token)
            || is_paused(handler, sending.token);
        state.is_sending = true;
        sending.wanted = slices.iter().map(|slice| slice.len()).sum();
        sending.result = i32::try_from(sending.wanted).unwrap_or(i32::MAX);
        let number = Purpose::Send.number(index);
        sends.add(socket.stream.as_fd(), slices, number);
    }
    is_cut
}
