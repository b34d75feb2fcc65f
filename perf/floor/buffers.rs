//! The receive buffers that the kernel takes from by itself: a provided buffer ring.

use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU16, Ordering};

use io_uring::Submitter;
use io_uring::types::BufRingEntry;

/// The flag of the registration with which a buffer is filled bit by bit.
const INCREMENTAL: u16 = 2;
/// The only group.
pub(crate) const GROUP: u16 = 0;
const PAGE: usize = 4096;

/// A ring of buffers that the kernel fills, and their memory. Never freed: it lives as long as the process.
pub(crate) struct Buffers {
    entries: NonNull<BufRingEntry>,
    memory: NonNull<u8>,
    count: u16,
    size: usize,
    tail: u16,
    /// How far each buffer has been filled, if bit by bit.
    filled: Vec<usize>,
    is_incremental: bool,
}

impl Buffers {
    /// Allocates `count` buffers, a power of two, and registers them.
    pub(crate) fn register(
        submitter: &Submitter<'_>,
        count: u16,
        size: usize,
        is_incremental: bool,
    ) -> io::Result<Self> {
        let entries = allocate(usize::from(count) * size_of::<BufRingEntry>())?.cast();
        let memory = allocate(usize::from(count) * size)?;
        let flags = if is_incremental { INCREMENTAL } else { 0 };
        // SAFETY: `entries` points to zeroed memory for `count` entries, on a page boundary, never freed.
        unsafe {
            submitter.register_buf_ring_with_flags(entries.as_ptr() as u64, count, GROUP, flags)?;
        }
        let mut buffers = Self {
            entries,
            memory,
            count,
            size,
            tail: 0,
            filled: vec![0; usize::from(count)],
            is_incremental,
        };
        for id in 0..count {
            buffers.give_back(id);
        }
        buffers.publish();
        Ok(buffers)
    }

    /// The bytes of the buffer `id` that a completion reports.
    pub(crate) fn bytes(&mut self, id: u16, length: usize) -> &[u8] {
        assert!(id < self.count, "the kernel knows its buffers");
        let begin = self.filled[usize::from(id)];
        assert!(
            begin + length <= self.size,
            "the kernel stays inside a buffer"
        );
        if self.is_incremental {
            self.filled[usize::from(id)] = begin + length;
        }
        let offset = usize::from(id) * self.size + begin;
        // SAFETY: the offset is inside the allocation, as just asserted.
        let begin = unsafe { self.memory.add(offset) };
        // SAFETY: zeroed memory that the kernel has filled and will not touch before it is given back
        // (or, filled bit by bit, not this part of it); the borrow of `self` keeps that from happening.
        unsafe { std::slice::from_raw_parts(begin.as_ptr(), length) }
    }

    /// Bytes that the kernel may still put into a buffer.
    pub(crate) fn room(&self, id: u16) -> usize {
        self.size - self.filled[usize::from(id)]
    }

    /// The number of the buffer behind this one, for completions that report several.
    pub(crate) fn following(&self, id: u16) -> u16 {
        (id + 1) & (self.count - 1)
    }

    /// The kernel may fill this buffer again, once [`publish`](Self::publish) is called.
    pub(crate) fn give_back(&mut self, id: u16) {
        self.filled[usize::from(id)] = 0;
        let place = usize::from(self.tail & (self.count - 1));
        // SAFETY: `id` is below `count`, as `bytes` asserted.
        let address = unsafe { self.memory.add(usize::from(id) * self.size) };
        // SAFETY: `place` is below `count`.
        let mut entry = unsafe { self.entries.add(place) };
        // SAFETY: the entry is outside the part of the ring that the kernel may read, and no other
        // reference to it exists.
        let entry = unsafe { entry.as_mut() };
        entry.set_addr(address.as_ptr() as u64);
        entry.set_len(self.size as u32);
        entry.set_bid(id);
        self.tail = self.tail.wrapping_add(1);
    }

    /// Shows the kernel what was given back.
    pub(crate) fn publish(&mut self) {
        // SAFETY: the first entry is valid, and the tail is where the kernel looks for it.
        let tail = unsafe { BufRingEntry::tail(self.entries.as_ptr()) };
        // SAFETY: aligned, valid as long as the process, and shared only by atomic access.
        let tail = unsafe { AtomicU16::from_ptr(tail.cast_mut()) };
        tail.store(self.tail, Ordering::Release);
    }
}

fn allocate(bytes: usize) -> io::Result<NonNull<u8>> {
    let layout = Layout::from_size_align(bytes.max(PAGE), PAGE).map_err(io::Error::other)?;
    // SAFETY: the size is not zero.
    let memory = unsafe { alloc_zeroed(layout) };
    NonNull::new(memory).map_or_else(|| handle_alloc_error(layout), Ok)
}
