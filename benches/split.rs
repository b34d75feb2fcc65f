//! How long the pipeline takes for requests over many keys: splitting, whole turns, and merging.
//!
//! Ten clients at three shards; times are of a round, in which every client is served once.
//!
//! Cannot show: system calls, waiting for the slowest node, and what a node pays for more parts.

mod timing;
mod work;

fn main() {
    timing::run("split");
}
