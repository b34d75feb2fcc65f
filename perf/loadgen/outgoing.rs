//! Bytes on their way to a socket: small things copied together, large values as slices of the pattern.
//!
//! So a connection that sends values of 64 MiB holds some hundred bytes.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};
use std::os::fd::BorrowedFd;

use corelane::resp::write;
use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendFlags};

use super::value::{Pattern, Value};

/// What is to be sent on one connection.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    bytes: Vec<u8>,
    /// Sent of `bytes`.
    sent: usize,
    /// Values that are not copied, in order.
    values: VecDeque<Uncopied>,
}

/// A value that stands in front of `bytes[at]`.
#[derive(Debug)]
struct Uncopied {
    at: usize,
    value: Value,
    sent: usize,
}

/// Slices handed to the kernel at once; with a large value they reach over a megabyte.
const SLICES_MAX: usize = 32;
/// Sent bytes are dropped from this many on, where the rest is short enough to be moved.
const COMPACT_BYTES: usize = 64 * 1024;

// === impl Outgoing ===

impl Outgoing {
    /// Everything is sent.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.sent == self.bytes.len() && self.values.is_empty()
    }

    /// Forgets what is not sent.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.values.clear();
        self.sent = 0;
    }

    /// Appends bytes and gives them back to be changed.
    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8]) -> &mut [u8] {
        if self.sent >= COMPACT_BYTES && self.sent * 2 >= self.bytes.len() {
            self.compact();
        }
        let from = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.bytes.get_mut(from..).unwrap_or_default()
    }

    /// Appends the header of a bulk string of so many bytes.
    pub(crate) fn push_header(&mut self, bytes: usize) {
        write::bulk_header(&mut self.bytes, bytes);
    }

    /// Appends a value without copying it.
    pub(crate) fn push_value(&mut self, value: Value) {
        self.values.push_back(Uncopied {
            at: self.bytes.len(),
            value,
            sent: 0,
        });
    }

    fn compact(&mut self) {
        self.bytes.drain(..self.sent);
        for value in &mut self.values {
            value.at -= self.sent;
        }
        self.sent = 0;
    }

    /// Sends until everything is sent or the socket takes no more.
    pub(crate) fn send(&mut self, socket: BorrowedFd<'_>, pattern: &Pattern) -> io::Result<()> {
        while !self.is_empty() {
            let sent = if self.values.is_empty() {
                let bytes = self.bytes.get(self.sent..).unwrap_or_default();
                rustix::net::send(socket, bytes, SendFlags::NOSIGNAL)
            } else {
                let mut slices = [IoSlice::new(&[]); SLICES_MAX];
                let count = self.slices(pattern, &mut slices);
                rustix::net::sendmsg(
                    socket,
                    slices.get(..count).unwrap_or_default(),
                    &mut SendAncillaryBuffer::default(),
                    SendFlags::NOSIGNAL,
                )
            };
            match sent {
                Ok(count) => self.advance(count),
                Err(Errno::AGAIN | Errno::INTR) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        self.clear();
        Ok(())
    }

    /// Writes until everything is written or nothing more is taken.
    pub(crate) fn write_to(&mut self, to: &mut impl Write, pattern: &Pattern) -> io::Result<()> {
        while !self.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES_MAX];
            let count = self.slices(pattern, &mut slices);
            match to.write_vectored(slices.get(..count).unwrap_or_default())? {
                0 => return Ok(()),
                count => self.advance(count),
            }
        }
        self.clear();
        Ok(())
    }

    /// The next bytes in order, as slices; how many there are.
    fn slices<'a>(&'a self, pattern: &'a Pattern, slices: &mut [IoSlice<'a>]) -> usize {
        let mut values = self.values.iter();
        let mut value = values.next();
        let mut at = self.sent;
        let mut value_at = value.map_or(0, |value| value.sent);
        let mut count = 0;
        for slice in slices {
            let limit = value.map_or(self.bytes.len(), |value| value.at);
            let piece = match value {
                Some(uncopied) if at == limit => {
                    let piece = pattern.piece(&uncopied.value, value_at);
                    value_at += piece.len();
                    if value_at == uncopied.value.size() {
                        value = values.next();
                        value_at = 0;
                    }
                    piece
                }
                _ => {
                    let piece = self.bytes.get(at..limit).unwrap_or_default();
                    at = limit;
                    piece
                }
            };
            if piece.is_empty() {
                break;
            }
            *slice = IoSlice::new(piece);
            count += 1;
        }
        count
    }

    /// Notes that `count` bytes more are sent.
    fn advance(&mut self, mut count: usize) {
        while count > 0 {
            let limit = self
                .values
                .front()
                .map_or(self.bytes.len(), |value| value.at);
            let from_bytes = count.min(limit - self.sent);
            self.sent += from_bytes;
            count -= from_bytes;
            let Some(front) = self.values.front_mut().filter(|_| self.sent == limit) else {
                debug_assert_eq!(count, 0, "more was sent than there is");
                return;
            };
            let value_bytes = front.value.size();
            let from_value = count.min(value_bytes - front.sent);
            front.sent += from_value;
            count -= from_value;
            if front.sent == value_bytes {
                self.values.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{IoSlice, Read};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::{Outgoing, SLICES_MAX};
    use crate::sizes::Sizes;
    use crate::value::Pattern;

    /// The bytes that one call to the kernel would offer.
    fn next(outgoing: &Outgoing, pattern: &Pattern) -> Vec<u8> {
        let mut slices = [IoSlice::new(&[]); SLICES_MAX];
        let count = outgoing.slices(pattern, &mut slices);
        slices[..count]
            .iter()
            .flat_map(|slice| slice.to_vec())
            .collect()
    }

    #[test]
    fn slices_are_the_bytes_in_order_wherever_sending_stops() {
        let pattern = Pattern::new(100_000);
        let value = pattern.value(5);
        let mut whole = b"head".to_vec();
        let bytes = pattern.whole(5);
        whole.extend_from_slice(&bytes);
        whole.extend_from_slice(&bytes);
        whole.extend_from_slice(b"tail");
        for step in [1_usize, 3, 4, 5, 11, 65_521, 100_000, 204_000] {
            let mut outgoing = Outgoing::default();
            outgoing.push(b"head");
            outgoing.push_value(value);
            outgoing.push_value(value);
            outgoing.push(b"tail");
            let mut at = 0;
            // The long middle is looked at in few places only.
            while at < whole.len() {
                let seen = next(&outgoing, &pattern);
                assert!(
                    whole[at..].starts_with(&seen) && !seen.is_empty(),
                    "{step} {at}"
                );
                let far = at > 40 && at + 40 < whole.len();
                let step = if far { step.max(9_973) } else { step };
                let taken = step.min(seen.len());
                outgoing.advance(taken);
                at += taken;
            }
            assert!(outgoing.is_empty(), "{step}");
        }
    }

    #[test]
    fn values_of_several_sizes_end_where_they_end() {
        let sizes = Sizes::new(&[(5_000, 1), (9_000, 1), (70_000, 1)]).unwrap();
        let pattern = Pattern::new(sizes);
        let keys = 0..12;
        let whole: Vec<u8> = keys.clone().flat_map(|key| pattern.whole(key)).collect();
        for step in [1_000, 4_999, 5_000, 70_001, 200_000] {
            let mut outgoing = Outgoing::default();
            keys.clone()
                .for_each(|key| outgoing.push_value(pattern.value(key)));
            let mut at = 0;
            while at < whole.len() {
                let seen = next(&outgoing, &pattern);
                assert!(
                    whole[at..].starts_with(&seen) && !seen.is_empty(),
                    "{step} {at}"
                );
                let taken = step.min(seen.len());
                outgoing.advance(taken);
                at += taken;
            }
            assert!(outgoing.is_empty(), "{step}");
        }
    }

    #[test]
    fn a_full_socket_stops_sending_and_nothing_is_lost() {
        let pattern = Pattern::new(3_000_000);
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let mut outgoing = Outgoing::default();
        outgoing.push(b"head");
        outgoing.push_value(pattern.value(1));
        outgoing.push(&vec![b'x'; 500_000]);
        let mut received = Vec::new();
        let mut stops = 0;
        while received.len() < 3_500_004 {
            outgoing.send(ours.as_fd(), &pattern).unwrap();
            stops += usize::from(!outgoing.is_empty());
            let mut buffer = vec![0; 100_000];
            let count = theirs.read(&mut buffer).unwrap();
            received.extend_from_slice(&buffer[..count]);
        }
        assert!(stops > 0, "the socket took everything at once");
        assert!(pattern.matches(&pattern.value(1), 0, &received[4..3_000_004]));
        assert!(received[3_000_004..].iter().all(|byte| *byte == b'x'));
    }

    #[test]
    fn sent_bytes_are_dropped_while_more_come() {
        let pattern = Pattern::new(10_000);
        let mut outgoing = Outgoing::default();
        for _ in 0..1_000 {
            outgoing.push(&[b'x'; 1_000]);
            outgoing.push_value(pattern.value(1));
            outgoing.advance(if outgoing.sent == 0 { 10_900 } else { 11_000 });
        }
        assert!(outgoing.bytes.len() < 300_000, "{}", outgoing.bytes.len());
        assert!(!outgoing.is_empty());
    }
}
