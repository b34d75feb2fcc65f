//! Buffers that the kernel receives into, shared by all connections of a worker.
//!
//! The kernel takes the next buffer when bytes come, not when a receive is asked for, so thousands of idle
//! connections need none. Where the kernel can (Linux 6.12), it fills a buffer piece by piece, and small
//! requests of many clients lie side by side; else each receive takes a whole buffer.

#![expect(
    unsafe_code,
    reason = "memory that is shared with the kernel has no owner that Rust knows"
)]

use std::alloc::{Layout, alloc_zeroed};
use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU16, Ordering};

use io_uring::IoUring;
use io_uring::types::BufRingEntry;

#[cfg(test)]
mod tests;

/// The only group of buffers.
pub(super) const GROUP: u16 = 0;

/// Pages begin at multiples of this, or of less.
const PAGE: usize = 64 * 1024;

/// `IOU_PBUF_RING_INC`: a buffer is used up piece by piece.
const INCREMENTAL: u16 = 2;

/// How many buffers there are and how large each one is.
#[derive(Debug, Clone, Copy)]
struct Shape {
    flags: u16,
    count: u16,
    size: usize,
}

/// Tried in this order. All buffers together fit into a second level cache.
const SHAPES: [Shape; 2] = [
    Shape {
        flags: INCREMENTAL,
        count: 8,
        size: 128 * 1024,
    },
    Shape {
        flags: 0,
        count: 64,
        size: 8 * 1024,
    },
];

/// The buffers and the ring through which they go back to the kernel.
///
/// Holds: `first` points to `count` entries, followed by their buffers at `memory`; both live as long as the
/// process. Only the thread of the worker touches them, and the kernel while that thread is in it.
#[derive(Debug)]
pub(super) struct Buffers {
    first: NonNull<BufRingEntry>,
    memory: NonNull<u8>,
    shape: Shape,
    /// How many buffers were given to the kernel so far.
    tail: u16,
    /// For each buffer, how much of it was used since the kernel got it.
    used: Vec<usize>,
}

// === impl Buffers ===

impl Buffers {
    /// Gives buffers to a new ring, which must outlive its last receive.
    ///
    /// # Errors
    ///
    /// The kernel has no provided buffers (before Linux 5.19), or no memory is left.
    pub(super) fn register(ring: &IoUring) -> io::Result<Self> {
        let mut refusal = io::Error::from(io::ErrorKind::Unsupported);
        for shape in SHAPES {
            let mut buffers = Self::allocate(shape)?;
            let address = buffers.first.as_ptr() as u64;
            // SAFETY: `address` points to `count` entries that are never freed.
            let registered = unsafe {
                ring.submitter().register_buf_ring_with_flags(
                    address,
                    shape.count,
                    GROUP,
                    shape.flags,
                )
            };
            match registered {
                Ok(()) => {
                    for id in 0..shape.count {
                        buffers.give(id);
                    }
                    return Ok(buffers);
                }
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    /// Memory that is never given back, because the kernel may hold on to it until the process ends. There
    /// is one per worker.
    fn allocate(shape: Shape) -> io::Result<Self> {
        let count = usize::from(shape.count);
        let layout = Layout::from_size_align(PAGE + count * shape.size, PAGE)
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        // SAFETY: the layout is not empty.
        let start = unsafe { alloc_zeroed(layout) };
        let first = NonNull::new(start).ok_or(io::ErrorKind::OutOfMemory)?;
        // SAFETY: the allocation is larger than one page of entries.
        let memory = unsafe { first.add(PAGE) };
        Ok(Self {
            first: first.cast(),
            memory,
            shape,
            tail: 0,
            used: vec![0; count],
        })
    }

    /// The `len` bytes that the kernel put into buffer `id` last.
    #[inline]
    pub(super) fn bytes(&self, id: u16, len: usize) -> &[u8] {
        let Some(used) = self.used.get(usize::from(id)).copied() else {
            return &[];
        };
        let len = len.min(self.shape.size - used);
        // SAFETY: `id` is below `count`, because it has a place in `used`, and `used + len` is within its buffer.
        let start = unsafe { self.memory.add(usize::from(id) * self.shape.size + used) };
        // SAFETY: the bytes are initialised (zeroed, then written by the kernel), and the kernel writes them
        // again only after `done` gave the buffer back, which needs `&mut self`.
        unsafe { std::slice::from_raw_parts(start.as_ptr(), len) }
    }

    /// The bytes that the kernel put into buffer `id` last are done with; `more` if it goes on with this
    /// buffer.
    #[inline]
    pub(super) fn done(&mut self, id: u16, len: usize, more: bool) {
        if let Some(used) = self.used.get_mut(usize::from(id)) {
            *used = (*used + len).min(self.shape.size);
            if !more {
                self.give(id);
            }
        }
    }

    /// Gives a whole buffer to the kernel.
    fn give(&mut self, id: u16) {
        let Some(used) = self.used.get_mut(usize::from(id)) else {
            return;
        };
        *used = 0;
        // SAFETY: `id` is below `count`.
        let buffer = unsafe { self.memory.add(usize::from(id) * self.shape.size) };
        let place = usize::from(self.tail & (self.shape.count - 1));
        // SAFETY: `place` is below `count`, which is a power of two.
        let mut entry = unsafe { self.first.add(place) };
        // SAFETY: the entry is memory of ours, and the kernel does not read it before the tail says so.
        let entry = unsafe { entry.as_mut() };
        entry.set_addr(buffer.as_ptr() as u64);
        entry.set_len(u32::try_from(self.shape.size).unwrap_or(0));
        entry.set_bid(id);
        self.tail = self.tail.wrapping_add(1);
        // SAFETY: `first` is the address of the ring of entries.
        let tail = unsafe { BufRingEntry::tail(self.first.as_ptr()) };
        // SAFETY: the tail is a valid, aligned number that the kernel reads at the same time.
        let tail = unsafe { AtomicU16::from_ptr(tail.cast_mut()) };
        tail.store(self.tail, Ordering::Release);
    }
}
