//! Times the works of one group with criterion.

use criterion::{Criterion, Throughput};

use crate::work;

/// What `main` of a bench does: with `--test`, or without `--bench`, each work runs once.
pub(crate) fn run(group: &str) {
    let mut criterion = Criterion::default().configure_from_args();
    for mut work in work::of(group) {
        let name = work.name.split_once('/').map_or("", |(_, name)| name);
        let mut timed = criterion.benchmark_group(group);
        timed.throughput(Throughput::ElementsAndBytes {
            elements: work.operations as u64,
            bytes: work.bytes as u64,
        });
        timed.bench_function(name, |bencher| bencher.iter(&mut work.run));
        timed.finish();
    }
    criterion.final_summary();
}
