//! A model of the kernel takes buffers, writes into them and says so. It needs no ring, so miri can watch
//! (`scripts/check miri`).
//!
//! What it does to the entries is what Linux does: it reads as many as the tail says, and of a buffer that is used
//! up piece by piece it moves the beginning in the entry.

use std::collections::VecDeque;
use std::ptr::with_exposed_provenance_mut;
use std::sync::atomic::{AtomicU16, Ordering};

use io_uring::types::BufRingEntry;

use super::{Buffers, INCREMENTAL, SHAPES, Shape};

/// What a completion says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Filled {
    id: u16,
    bytes: Vec<u8>,
    more: bool,
}

/// The kernel knows an address and the shape, as they were registered.
struct Kernel {
    entries: usize,
    shape: Shape,
    head: u16,
    /// Differs for each piece that is written.
    seed: u8,
}

// === impl Kernel ===

impl Kernel {
    /// Buffers that were all given; the numbers of entries begin at `first`.
    fn with_buffers(shape: Shape, first: u16) -> (Self, Buffers) {
        let mut buffers = Buffers::allocate(shape).unwrap();
        buffers.tail = first;
        let kernel = Self {
            entries: buffers.first.as_ptr().expose_provenance(),
            shape,
            head: first,
            seed: 0,
        };
        for id in 0..shape.count {
            buffers.give(id);
        }
        (kernel, buffers)
    }

    fn tail(&self) -> u16 {
        let first = with_exposed_provenance_mut::<BufRingEntry>(self.entries);
        // SAFETY: `entries` is the address of the ring of entries, which is never freed.
        let tail = unsafe { BufRingEntry::tail(first) };
        // SAFETY: the tail is a valid, aligned number that both sides touch as an atomic only.
        let tail = unsafe { AtomicU16::from_ptr(tail.cast_mut()) };
        tail.load(Ordering::Acquire)
    }

    /// How many buffers it could take.
    fn ready(&self) -> u16 {
        self.tail().wrapping_sub(self.head)
    }

    fn entry(&mut self) -> &mut BufRingEntry {
        let place = usize::from(self.head) % usize::from(self.shape.count);
        let first = with_exposed_provenance_mut::<BufRingEntry>(self.entries);
        // SAFETY: `place` is below `count`.
        let entry = unsafe { first.add(place) };
        // SAFETY: the entry is initialised, and the proxy is not running.
        unsafe { &mut *entry }
    }

    /// Receives up to `len` bytes into the next buffer; nothing if there is none.
    fn receive(&mut self, len: usize) -> Option<Filled> {
        if self.ready() == 0 {
            return None;
        }
        let is_incremental = self.shape.flags & INCREMENTAL != 0;
        let entry = self.entry();
        let (address, room, id) = (entry.addr(), entry.len(), entry.bid());
        let len = len.min(usize::try_from(room).unwrap());
        let more = is_incremental && len < usize::try_from(room).unwrap();
        if more {
            entry.set_addr(address + len as u64);
            entry.set_len(room - u32::try_from(len).unwrap());
        } else {
            self.head = self.head.wrapping_add(1);
        }
        self.seed = self.seed.wrapping_add(37);
        // Cheap for miri, and what is shifted or cut shows at the ends.
        let mut bytes = vec![self.seed; len];
        bytes[0] = !self.seed;
        bytes[len - 1] ^= 0x55;
        let to = with_exposed_provenance_mut::<u8>(usize::try_from(address).unwrap());
        // SAFETY: the entry names `room` bytes of memory that are the kernel's for now.
        unsafe { to.copy_from_nonoverlapping(bytes.as_ptr(), len) };
        Some(Filled { id, bytes, more })
    }
}

/// The shapes as they are, and small ones, which miri gets through quickly.
fn shapes() -> Vec<Shape> {
    let small = [
        (INCREMENTAL, 4, 64),
        (0, 8, 16),
        (INCREMENTAL, 1, 8),
        (0, 1, 8),
    ];
    let small = small.map(|(flags, count, size)| Shape { flags, count, size });
    SHAPES.into_iter().chain(small).collect()
}

/// Numbers of first entries: the last ones wrap around.
const FIRSTS: [u16; 3] = [0, 3, u16::MAX - 2];

fn cases() -> Vec<(Shape, u16)> {
    let firsts = |shape| FIRSTS.map(|first| (shape, first));
    shapes().into_iter().flat_map(firsts).collect()
}

fn assert_reads(buffers: &Buffers, filled: &Filled) {
    assert!(
        buffers.bytes(filled.id, filled.bytes.len()) == filled.bytes,
        "{} {}",
        filled.id,
        filled.bytes.len()
    );
}

#[test]
fn at_first_the_kernel_has_every_buffer_once() {
    for (shape, first) in cases() {
        let (mut kernel, _buffers) = Kernel::with_buffers(shape, first);
        let memory = kernel.entries + super::PAGE;
        assert_eq!(kernel.entries % super::PAGE, 0);
        assert_eq!(kernel.ready(), shape.count);
        for id in 0..shape.count {
            let entry = kernel.entry();
            assert_eq!(entry.bid(), id);
            assert_eq!(entry.len() as usize, shape.size);
            let begin = memory + usize::from(id) * shape.size;
            assert_eq!(entry.addr(), begin as u64);
            kernel.head = kernel.head.wrapping_add(1);
        }
        assert_eq!(kernel.ready(), 0);
    }
}

#[test]
fn every_piece_is_read_as_it_was_written() {
    for (shape, first) in cases() {
        let (mut kernel, mut buffers) = Kernel::with_buffers(shape, first);
        let lens = [1, shape.size / 2, 7, shape.size, shape.size * 2, 3];
        let rounds = 3 * usize::from(shape.count);
        for round in 0..rounds {
            let filled = kernel.receive(lens[round % lens.len()]).unwrap();
            assert!(!filled.bytes.is_empty());
            assert_reads(&buffers, &filled);
            buffers.done(filled.id, filled.bytes.len(), filled.more);
            assert_eq!(kernel.ready(), shape.count, "round {round}");
        }
    }
}

/// As if the worker had been away: all completions of a turn are there before the first is read.
#[test]
fn pieces_that_were_written_before_the_first_is_read_stay_apart() {
    for (shape, first) in cases() {
        let (mut kernel, mut buffers) = Kernel::with_buffers(shape, first);
        for round in 0..3 {
            let mut turn = VecDeque::new();
            while let Some(filled) = kernel.receive(shape.size / 4 + round) {
                turn.push_back(filled);
            }
            let pieces = if shape.flags & INCREMENTAL == 0 { 1 } else { 2 };
            assert!(turn.len() >= pieces * usize::from(shape.count));
            assert_eq!(kernel.ready(), 0);
            while let Some(filled) = turn.pop_front() {
                assert_reads(&buffers, &filled);
                buffers.done(filled.id, filled.bytes.len(), filled.more);
            }
            assert_eq!(kernel.ready(), shape.count);
        }
    }
}

/// The kernel takes buffers in the order in which they came back.
#[test]
fn whole_buffers_come_back_in_any_order() {
    type Order = fn(&mut Vec<Filled>);
    let orders: [Order; 4] = [
        |_| {},
        |all| all.reverse(),
        |all| {
            let third = all.len() / 3;
            all.rotate_left(third);
        },
        |all| all.sort_by_key(|one| (one.id % 2, one.id)),
    ];
    for (shape, first) in cases() {
        let (mut kernel, mut buffers) = Kernel::with_buffers(shape, first);
        for order in orders {
            let mut all: Vec<_> = (0..shape.count)
                .map(|_| kernel.receive(shape.size).unwrap())
                .collect();
            assert_eq!(kernel.receive(1), None);
            order(&mut all);
            for filled in &all {
                assert_reads(&buffers, filled);
                buffers.done(filled.id, filled.bytes.len(), filled.more);
            }
            let head = kernel.head;
            for filled in &all {
                assert_eq!(kernel.entry().bid(), filled.id);
                kernel.head = kernel.head.wrapping_add(1);
            }
            kernel.head = head;
        }
    }
}

#[test]
fn bytes_that_are_being_read_do_not_change_when_the_kernel_goes_on() {
    for (shape, first) in cases() {
        let (mut kernel, mut buffers) = Kernel::with_buffers(shape, first);
        let filled = kernel.receive(shape.size / 2).unwrap();
        let read = buffers.bytes(filled.id, filled.bytes.len());
        while kernel.receive(shape.size).is_some() {}
        assert!(read == filled.bytes);
        buffers.done(filled.id, filled.bytes.len(), filled.more);
    }
}

/// Completions come from the kernel, but what they say is checked all the same.
#[test]
fn what_a_completion_says_reaches_no_other_memory() {
    for (shape, first) in cases() {
        let (mut kernel, mut buffers) = Kernel::with_buffers(shape, first);
        for id in [shape.count, u16::MAX] {
            assert_eq!(buffers.bytes(id, 1), b"");
            buffers.done(id, 1, false);
            buffers.give(id);
        }
        assert_eq!(kernel.ready(), shape.count);
        let last = shape.count - 1;
        assert_eq!(buffers.bytes(last, usize::MAX).len(), shape.size);
        buffers.done(last, shape.size - 1, true);
        assert_eq!(buffers.bytes(last, 2), [0]);
        buffers.done(last, 2, true);
        assert_eq!(buffers.bytes(last, 1), b"");
        assert_eq!(kernel.ready(), shape.count);
        // Given back, it is whole again.
        while kernel.ready() > 0 {
            kernel.receive(shape.size);
        }
        buffers.done(last, 0, false);
        let again = kernel.receive(shape.size).unwrap();
        assert_eq!((again.id, again.bytes.len()), (last, shape.size));
        assert_reads(&buffers, &again);
    }
}
