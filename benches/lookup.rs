//! How long it takes from a request's first word to its command.
//!
//! Cannot show: the cost when the table was driven out of the cache by other work, as on a busy worker.

mod timing;
mod work;

fn main() {
    timing::run("lookup");
}
