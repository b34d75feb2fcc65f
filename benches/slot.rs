//! How long it takes from a key to its slot.
//!
//! Cannot show: the look-up of the slot's owner, which is part of the pipeline.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a bench stops at a wrong answer"
)]

mod timing;
mod work;

fn main() {
    timing::run("slot");
}
