//! Bytes on their way to a peer: appended at the end, written from a cursor, released from the front.
//!
//! A client's output releases what was written. A link keeps what was written until the reply came, so
//! that a redirected request is at hand without a copy made in advance.
//!
//! Holds: `base <= written <= end`; what is one frame here is never cut across two chunks (a large reply that is passed on
//! while it arrives is several). Costs: one copy for
//! a small frame, none for a shared one. Queues in use allocate nothing once they have grown to what the load
//! needs: a drained chunk and one spare are kept, until [`ChunkQueue::shrink`] leaves at most [`RETAIN`] bytes.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::Bytes;

/// From here on a frame travels as a slice of the buffer it was received in: copying it costs more than
/// a reference count and an entry in the write list.
pub(super) const LARGE: usize = 16 * 1024;

/// Small frames share chunks of this size: large enough that a turn's output is one or two writes and that a
/// frame of a little more than [`LARGE`] which had to be copied finds the room that the one before it had,
/// small enough that an answered part of it is soon free again.
const CHUNK: usize = 2 * LARGE;

/// Room that the first chunk of a queue has at least, so that it need not grow from a few bytes on.
const FIRST: usize = 64;

/// A shared frame of so many bytes has its buffer for itself, or most of it.
const ALONE: usize = 256 * 1024;

/// What a drained queue may keep, so that an idle client stays below 2 KiB in all.
const RETAIN: usize = 1024;

/// Bytes in order, in chunks.
#[derive(Debug, Default)]
pub(super) struct ChunkQueue {
    chunks: VecDeque<Chunk>,
    /// Memory of a chunk that is not needed any more, for the next one.
    spare: Option<Vec<u8>>,
    /// Absolute position of the first byte of the front chunk.
    base: u64,
    /// Absolute position up to which bytes were handed to the socket.
    written: u64,
    /// Absolute position behind the last byte.
    end: u64,
    /// The peer has not taken what it was given: frames are copied.
    is_behind: bool,
}

#[derive(Debug)]
struct Chunk {
    /// Absolute position of its first byte.
    start: u64,
    bytes: Payload,
}

#[derive(Debug)]
enum Payload {
    Small(Vec<u8>),
    Shared(Bytes),
}

// === impl Chunk ===

impl Chunk {
    fn as_slice(&self) -> &[u8] {
        match &self.bytes {
            Payload::Small(bytes) => bytes,
            Payload::Shared(bytes) => bytes,
        }
    }

    fn end(&self) -> u64 {
        self.start + self.as_slice().len() as u64
    }

    /// Its bytes from `position` on.
    fn rest(&self, position: u64) -> &[u8] {
        let skip = position.saturating_sub(self.start);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        self.as_slice().get(skip..).unwrap_or_default()
    }
}

// === impl ChunkQueue ===

impl ChunkQueue {
    /// Position behind the last byte, which is where the next frame will begin.
    #[inline]
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Position up to which bytes were handed to the socket.
    #[inline]
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Bytes not yet handed to the socket.
    #[inline]
    pub(super) fn unwritten_len(&self) -> usize {
        usize::try_from(self.end - self.written).unwrap_or(usize::MAX)
    }

    /// Bytes held, written or not.
    #[inline]
    pub(super) fn held_len(&self) -> usize {
        usize::try_from(self.end - self.base).unwrap_or(usize::MAX)
    }

    /// Copies one frame to the end.
    #[inline]
    pub(super) fn append(&mut self, frame: &[u8]) {
        self.append_with(frame.len(), |out| out.extend_from_slice(frame));
    }

    /// Adds one frame that `write` makes, which has at most `len_max` bytes.
    #[inline]
    pub(super) fn append_with(&mut self, len_max: usize, write: impl FnOnce(&mut Vec<u8>)) {
        if let Some(Chunk {
            bytes: Payload::Small(bytes),
            ..
        }) = self.chunks.back_mut()
            && bytes.len() + len_max <= CHUNK
        {
            let before = bytes.len();
            if bytes.capacity() - before < len_max {
                grow(bytes, len_max);
            }
            write(bytes);
            debug_assert!(
                bytes.len() <= before + len_max,
                "a frame is longer than said"
            );
            self.end += (bytes.len() - before) as u64;
            return;
        }
        let mut bytes = self.room(len_max);
        write(&mut bytes);
        let start = self.end;
        self.end += bytes.len() as u64;
        let bytes = Payload::Small(bytes);
        self.chunks.push_back(Chunk { start, bytes });
    }

    /// Memory for a chunk that begins with `len` bytes. The first one of a queue grows with its use, since most
    /// queues never need more; those behind a full one will be full too.
    #[cold]
    fn room(&mut self, len: usize) -> Vec<u8> {
        match self.spare.take() {
            Some(spare) if spare.capacity() >= len => spare,
            _ if self.chunks.is_empty() => Vec::with_capacity(len.max(FIRST)),
            _ => Vec::with_capacity(len.max(CHUNK)),
        }
    }

    /// Takes one frame over, without copying it as long as the peer takes what it is given.
    pub(super) fn append_shared(&mut self, frame: Bytes) {
        self.is_behind &= self.unwritten_len() > 0;
        let bytes = if self.is_behind && frame.len() < ALONE {
            Payload::Small(frame.to_vec())
        } else {
            Payload::Shared(frame)
        };
        self.push(bytes);
    }

    /// Takes a piece of a frame over whose buffer only other pieces of the same frame share: a large one is never copied,
    /// also if the peer is behind, since that would be the whole frame.
    pub(super) fn append_piece(&mut self, piece: Bytes) {
        if piece.len() < LARGE {
            self.append(&piece);
        } else {
            self.push(Payload::Shared(piece));
        }
    }

    fn push(&mut self, bytes: Payload) {
        let start = self.end;
        let chunk = Chunk { start, bytes };
        self.end = chunk.end();
        self.chunks.push_back(chunk);
    }

    /// Some bytes were handed to the socket and not all. If that ends in the middle of a chunk, the socket takes no more
    /// for now, and what is left may wait for long. A shared frame keeps the whole buffer that it was received in, with
    /// neighbours that are long gone; so frames that wait are copied, and hold nothing but themselves.
    #[cold]
    pub(super) fn note_rest(&mut self) {
        let Some(front) = self.chunks.front() else {
            return;
        };
        if self.is_behind || self.written <= front.start || self.written >= front.end() {
            return;
        }
        self.is_behind = true;
        for chunk in &mut self.chunks {
            if let Payload::Shared(frame) = &chunk.bytes
                && frame.len() < ALONE
            {
                chunk.bytes = Payload::Small(frame.to_vec());
            }
        }
    }

    /// Takes a frame that was kept: a large one without copying it.
    pub(super) fn append_kept(&mut self, frame: Bytes) {
        if frame.len() < LARGE {
            self.append(&frame);
        } else {
            self.append_shared(frame);
        }
    }

    /// Fills `slices` with what has to be written next; returns how many were filled.
    #[inline]
    pub(super) fn unwritten<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        // Mostly there is one chunk.
        if self.chunks.len() == 1
            && let (Some(chunk), Some(place)) = (self.chunks.front(), slices.first_mut())
        {
            let rest = chunk.rest(self.written);
            *place = IoSlice::new(rest);
            return usize::from(!rest.is_empty());
        }
        self.unwritten_of_many(slices)
    }

    #[inline(never)]
    fn unwritten_of_many<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let first = self
            .chunks
            .partition_point(|chunk| chunk.end() <= self.written);
        let mut filled = 0;
        for (place, chunk) in slices.iter_mut().zip(self.chunks.range(first..)) {
            *place = IoSlice::new(chunk.rest(self.written));
            filled += 1;
        }
        filled
    }

    /// Notes that `count` more bytes were handed to the socket.
    pub(super) fn advance(&mut self, count: usize) {
        self.written += count as u64;
        debug_assert!(self.written <= self.end, "more written than there is");
    }

    /// Gives up all bytes before `position`; chunks go once nothing of them is needed.
    pub(super) fn release(&mut self, position: u64) {
        debug_assert!(position <= self.written, "released before it was written");
        let is_last = self.chunks.len() == 1;
        if let Some(Chunk {
            start,
            bytes: Payload::Small(bytes),
        }) = self.chunks.front_mut()
            && is_last
            && bytes.capacity() <= CHUNK
        {
            if *start + bytes.len() as u64 <= position {
                self.base = *start + bytes.len() as u64;
                *start = self.base;
                bytes.clear();
            }
            return;
        }
        while let Some(chunk) = self.chunks.front()
            && chunk.end() <= position
        {
            self.base = chunk.end();
            if let Some(Chunk {
                bytes: Payload::Small(bytes),
                ..
            }) = self.chunks.pop_front()
            {
                self.keep_spare(bytes);
            }
        }
    }

    /// Keeps the memory of a chunk for the next one.
    fn keep_spare(&mut self, mut bytes: Vec<u8>) {
        if bytes.capacity() == CHUNK && self.spare.is_none() {
            bytes.clear();
            self.spare = Some(bytes);
        }
    }

    /// Takes back everything from `position` on, which must not have been written.
    pub(super) fn truncate(&mut self, position: u64) {
        debug_assert!(position >= self.written, "took back what was written");
        while self.end > position {
            match self.chunks.back_mut() {
                Some(Chunk {
                    start,
                    bytes: Payload::Small(bytes),
                }) if *start < position => {
                    let kept = usize::try_from(position - *start).unwrap_or(usize::MAX);
                    bytes.truncate(kept);
                    self.end = position;
                }
                Some(chunk) => {
                    self.end = chunk.start;
                    self.chunks.pop_back();
                }
                None => return,
            }
        }
    }

    /// Frees what a drained queue holds beyond [`RETAIN`].
    pub(super) fn shrink(&mut self) {
        if self.base != self.end {
            return;
        }
        self.spare = None;
        if let Some(Chunk {
            bytes: Payload::Small(bytes),
            ..
        }) = self.chunks.front()
            && bytes.capacity() > RETAIN
        {
            self.chunks = VecDeque::new();
        }
    }

    /// The frame at `start` of `len` bytes; a large one shares its memory.
    pub(super) fn frame(&self, start: u64, len: usize) -> Bytes {
        let index = self.chunks.partition_point(|chunk| chunk.end() <= start);
        let Some(chunk) = self.chunks.get(index).filter(|chunk| chunk.start <= start) else {
            debug_assert!(len == 0, "frame at {start} was released");
            return Bytes::new();
        };
        let from = usize::try_from(start - chunk.start).unwrap_or(usize::MAX);
        match &chunk.bytes {
            Payload::Shared(bytes) if from == 0 && bytes.len() == len => bytes.clone(),
            Payload::Shared(_) | Payload::Small(_) => Bytes::copy_from_slice(
                chunk
                    .as_slice()
                    .get(from..from.saturating_add(len))
                    .unwrap_or_default(),
            ),
        }
    }
}

/// Makes room for `len` more bytes, which a chunk may have: twice as much as before, but never more than
/// [`CHUNK`], because larger chunks are not kept when they are drained.
#[cold]
fn grow(bytes: &mut Vec<u8>, len: usize) {
    let wanted = (2 * bytes.capacity()).min(CHUNK).max(bytes.len() + len);
    bytes.reserve_exact(wanted - bytes.len());
}

#[cfg(test)]
mod tests {
    use std::io::IoSlice;

    use bytes::Bytes;

    use super::{CHUNK, ChunkQueue, LARGE, Payload};

    fn drain(queue: &ChunkQueue) -> Vec<u8> {
        let mut slices = [IoSlice::new(&[]); 64];
        let filled = queue.unwritten(&mut slices);
        slices[..filled]
            .iter()
            .flat_map(|slice| slice.to_vec())
            .collect()
    }

    #[test]
    fn what_waits_for_a_slow_peer_holds_nothing_but_itself() {
        let received = Bytes::from(vec![7; 5 * LARGE]);
        let shares = |queue: &ChunkQueue| {
            let chunks = queue.chunks.iter();
            chunks
                .filter(|chunk| matches!(chunk.bytes, Payload::Shared(_)))
                .count()
        };
        let mut queue = ChunkQueue::default();
        for _ in 0..3 {
            queue.append_shared(received.slice(..LARGE));
        }
        // Whole frames were taken: the next turn sends the others.
        queue.advance(LARGE);
        queue.release(queue.written());
        queue.note_rest();
        assert_eq!(shares(&queue), 2);
        queue.advance(100);
        queue.release(queue.written());
        queue.note_rest();
        assert_eq!(shares(&queue), 0);
        queue.append_shared(received.slice(..LARGE));
        assert_eq!(shares(&queue), 0);
        assert_eq!(drain(&queue), vec![7; 3 * LARGE - 100]);
        let large = Bytes::from(vec![8; super::ALONE]);
        queue.append_shared(large);
        assert_eq!(shares(&queue), 1, "it is alone anyway");
        queue.append_piece(received.slice(..LARGE));
        queue.append_piece(received.slice(..10));
        assert_eq!(shares(&queue), 2, "pieces are not copied");
        queue.advance(queue.unwritten_len());
        queue.release(queue.written());
        assert_eq!(queue.held_len(), 0);
        queue.append_shared(received.slice(..LARGE));
        assert_eq!(shares(&queue), 1, "all was taken");
    }

    #[test]
    fn writes_in_order_across_kinds_of_chunks() {
        let mut queue = ChunkQueue::default();
        queue.append(b"one");
        let large = vec![b'x'; LARGE];
        let at = queue.end();
        queue.append_shared(Bytes::from(large.clone()));
        queue.append(b"two");
        assert_eq!(drain(&queue), [b"one".as_slice(), &large, b"two"].concat());
        queue.advance(5);
        assert_eq!(drain(&queue).len(), LARGE - 2 + 3);
        assert_eq!(queue.frame(at, LARGE), large);
        assert_eq!(queue.frame(at + LARGE as u64, 3).as_ref(), b"two");
        queue.advance(LARGE - 2 + 3);
        queue.release(queue.end());
        assert_eq!((queue.held_len(), queue.unwritten_len()), (0, 0));
    }

    #[test]
    fn keeps_written_bytes_until_released() {
        let mut queue = ChunkQueue::default();
        for number in 0..4000 {
            queue.append(format!("frame {number:06}").as_bytes());
        }
        queue.advance(12 * 4000);
        assert_eq!(queue.unwritten_len(), 0);
        assert_eq!(queue.frame(12 * 3999, 12).as_ref(), b"frame 003999");
        queue.release(12 * 2000);
        assert!(queue.held_len() <= 12 * 2000 + CHUNK);
        assert_eq!(queue.frame(12 * 2000, 12).as_ref(), b"frame 002000");
        queue.release(12 * 4000);
        queue.shrink();
        assert_eq!(queue.held_len(), 0);
    }

    /// Where the memory of the chunks is, and how much of it there is.
    fn memory(queue: &ChunkQueue) -> Vec<(*const u8, usize)> {
        let small = queue.chunks.iter().map(|chunk| match &chunk.bytes {
            Payload::Small(bytes) => bytes,
            Payload::Shared(_) => panic!("nothing was shared"),
        });
        let all = small.chain(&queue.spare);
        all.map(|bytes| (bytes.as_ptr(), bytes.capacity()))
            .collect()
    }

    #[test]
    fn a_queue_in_use_keeps_its_memory_and_an_idle_one_does_not() {
        for (frame, turn) in [(37, 24 * 1024), (37, 2 * CHUNK), (LARGE + 10, LARGE + 10)] {
            let mut queue = ChunkQueue::default();
            let mut known = Vec::new();
            for number in 0..10 {
                let mut left = turn;
                while left >= frame {
                    queue.append(&vec![b'x'; frame]);
                    left -= frame;
                }
                assert!(
                    memory(&queue)
                        .iter()
                        .all(|(_, capacity)| *capacity <= CHUNK)
                );
                queue.advance(queue.unwritten_len());
                queue.release(queue.end());
                let kept = memory(&queue);
                assert_eq!(kept.len(), 1, "{kept:?}");
                if number > 0 {
                    assert_eq!(kept, known, "frames of {frame}, turns of {turn}");
                }
                known = kept;
            }
            queue.shrink();
            assert_eq!(memory(&queue), []);
        }
    }

    #[test]
    fn a_frame_is_never_cut_across_chunks() {
        let mut queue = ChunkQueue::default();
        queue.append(&vec![b'a'; CHUNK - 1]);
        let start = queue.end();
        queue.append(b"bcd");
        assert_eq!(queue.frame(start, 3).as_ref(), b"bcd");
    }
}
