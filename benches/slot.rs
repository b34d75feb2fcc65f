//! How long it takes from a key to its slot.
//!
//! Cannot show: the look-up of the slot's owner, which is part of the pipeline.

mod timing;
mod work;

fn main() {
    timing::run("slot");
}
