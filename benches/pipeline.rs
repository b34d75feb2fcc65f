//! How long the pipeline takes for whole turns: client bytes in, link bytes out, replies in, client bytes out.
//!
//! Fifty clients at three shards, with one request or sixteen in a row from each; times are of a round, in
//! which every client is served once.
//!
//! Cannot show: system calls, which cost ten times as much; waiting; the cache misses of a worker whose core
//! also runs the kernel. Here all clients send in the same turn; the fewer do, the more a request costs.

mod timing;
mod work;

fn main() {
    timing::run("pipeline");
}
