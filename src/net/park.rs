//! Sleeping in the executor until a readiness set has something.
//!
//! glommio has no public way to wait for a descriptor of one's own. Its `TcpStream` begins to watch the
//! descriptor it is made from for readiness as soon as it is made, and its first read ends when that was
//! reported: with "not a socket" here, which means "ready". One stream object serves one sleep.

#![expect(
    unsafe_code,
    reason = "a descriptor is lent to a stream object that is never dropped"
)]

use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_lite::AsyncRead;
use glommio::net::TcpStream;

/// Waits for one descriptor, again and again.
#[derive(Debug)]
pub struct Parker {
    watch: Option<ManuallyDrop<TcpStream>>,
    /// Own copy of the watched descriptor; open as long as `watch` may use it.
    descriptor: OwnedFd,
}

// === impl Parker ===

impl Parker {
    /// Will wait for `descriptor` to become readable.
    ///
    /// # Errors
    ///
    /// No descriptor is left for the copy.
    pub fn new(descriptor: impl AsFd) -> std::io::Result<Self> {
        let descriptor = descriptor.as_fd().try_clone_to_owned()?;
        Ok(Self {
            watch: None,
            descriptor,
        })
    }

    /// Ready once the descriptor is readable; to be called inside a glommio executor. Wakes the task of
    /// `context` when that happens.
    pub fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let watch = self.watch.get_or_insert_with(|| {
            // SAFETY: the descriptor is open, since `self.descriptor` owns it and outlives `watch`; the
            // stream never closes it, since it is never dropped.
            let stream = unsafe { TcpStream::from_raw_fd(self.descriptor.as_raw_fd()) };
            ManuallyDrop::new(stream)
        });
        let mut byte = [0u8; 1];
        match Pin::new(&mut **watch).poll_read(context, &mut byte) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(_) => {
                self.watch = None;
                Poll::Ready(())
            }
        }
    }
}
