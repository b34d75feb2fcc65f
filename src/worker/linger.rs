//! Connections of clients that were told goodbye and have not gone yet.
//!
//! Closing a socket while the client still sends makes the kernel reset the connection, and replies that the
//! client has not fetched are lost with it. So our side is ended first, and what still comes is read and
//! dropped for a short while.

use std::collections::VecDeque;
use std::time::Duration;

use crate::net::{Received, Stream};
use crate::pipeline::Time;

/// How long a client may take to see the end: a few round trips of a slow network.
const PATIENCE: Duration = Duration::from_millis(300);

/// Connections that linger at most; more are closed at once, oldest first.
const LINGERING_MAX: usize = 1024;

/// Reads of one connection per tick.
const READS_MAX: usize = 4;

/// Connections in the order in which their patience ends.
#[derive(Debug, Default)]
pub(super) struct Lingering {
    streams: VecDeque<(Time, Stream)>,
}

// === impl Lingering ===

impl Lingering {
    pub(super) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Ends our side of a connection and waits for the client's.
    pub(super) fn add(&mut self, stream: Stream, now: Time) {
        if stream.end_writing().is_err() {
            return;
        }
        if self.streams.len() >= LINGERING_MAX {
            self.streams.pop_front();
        }
        self.streams.push_back((now.plus(PATIENCE), stream));
    }

    /// Reads what came, and closes what has ended or has had its time.
    pub(super) fn tick(&mut self, scratch: &mut [u8], now: Time) {
        self.streams
            .retain(|(until, stream)| now < *until && !has_ended(stream, scratch));
    }
}

fn has_ended(stream: &Stream, scratch: &mut [u8]) -> bool {
    for _ in 0..READS_MAX {
        match stream.receive(scratch) {
            Ok(Received::Bytes(_)) => {}
            Ok(Received::Nothing) => return false,
            Ok(Received::End) | Err(_) => return true,
        }
    }
    false
}
