//! How long it takes from a request's first word to its command.
//!
//! Cannot show: the cost when the table was driven out of the cache by other work, as on a busy worker.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a bench stops at a wrong answer"
)]

mod timing;
mod work;

fn main() {
    timing::run("lookup");
}
