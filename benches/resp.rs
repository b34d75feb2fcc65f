//! How long the scanners take to find where requests and replies end.
//!
//! Cannot show: what it costs when bytes are not in the nearest cache, as they are here, or when a frame
//! comes in pieces; a body is skipped by arithmetic, so bytes per second say little about large values.

mod timing;
mod work;

fn main() {
    timing::run("resp");
}
