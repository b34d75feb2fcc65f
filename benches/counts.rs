//! Counts instructions instead of time: the same works as the other benches, under callgrind.
//!
//! `scripts/bench-counts` builds and runs this and compares with `counts.tsv`. Alone it only checks answers.
//!
//! Cannot show: cache misses, mispredicted branches and system calls, so fewer instructions may still take
//! longer; time decides. What it is good for: the figure is the same on each run, however busy the machine,
//! and so even a small rise is certain.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "it stops at a wrong name and prints what it found"
)]

mod work;

use std::hint::black_box;

use work::Work;

/// Bytes read per count: a second or two of callgrind.
const BYTES: usize = 1024 * 1024;
/// The least runs, for works that read much in one.
const RUNS_MIN: usize = 40;
/// Until buffers and queues have the size that the work needs.
const WARM_UP: usize = 32;

/// Without arguments: every work runs once. `--list`: their names. With the name of a work: it is warmed
/// up and counted, and the number of counted operations is printed.
fn main() {
    let arg = std::env::args().nth(1);
    match arg.as_deref() {
        None => {
            for mut work in all() {
                (work.run)();
            }
        }
        Some("--list") => {
            for work in all() {
                println!("{}", work.name);
            }
        }
        Some(name) => count(name),
    }
}

fn all() -> impl Iterator<Item = Work> {
    work::GROUPS.into_iter().flat_map(work::of)
}

fn count(name: &str) {
    let group = name.split('/').next().unwrap_or_default();
    let found = work::of(group).into_iter().find(|work| work.name == name);
    let mut work = found.unwrap_or_else(|| panic!("no work {name}"));
    for _ in 0..WARM_UP {
        (work.run)();
    }
    let runs = (BYTES / work.bytes).max(RUNS_MIN);
    run_counted(&mut work, runs);
    println!("{}", runs * work.operations);
}

/// Callgrind counts while this function is on the stack, and finds it by its name.
#[inline(never)]
fn run_counted(work: &mut Work, runs: usize) {
    for _ in 0..runs {
        (work.run)();
    }
    // Something after the loop, so that the last call is no jump.
    black_box(());
}
