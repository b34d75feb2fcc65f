//! What is benched: pieces of the request path with their input made in advance and their answer checked.
//!
//! The same works are timed (`benches/*.rs`, with criterion) and counted (`benches/counts.rs`, in
//! instructions), so that a figure of the one can be looked up in the other by its name.
//!
//! Input comes from a fixed seed. A wrong answer panics, which fails the bench.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a bench stops at a wrong answer"
)]

pub(crate) mod cluster;
pub(crate) mod lookup;
pub(crate) mod pipeline;
pub(crate) mod resp;
pub(crate) mod slot;
pub(crate) mod split;
pub(crate) mod turn;
pub(crate) mod wire;

/// A piece of work that can be repeated for ever.
pub(crate) struct Work {
    /// The group, a slash, and what is special about this one.
    pub(crate) name: String,
    /// Operations in one run: requests, replies, names or keys, whatever the group is about.
    pub(crate) operations: usize,
    /// Bytes that one run reads.
    pub(crate) bytes: usize,
    /// Does it once and checks the answer.
    pub(crate) run: Box<dyn FnMut()>,
}

/// The groups in the order of a request's way, each named after a module.
pub(crate) const GROUPS: [&str; 5] = ["resp", "lookup", "slot", "pipeline", "split"];

/// The works of a group.
pub(crate) fn of(group: &str) -> Vec<Work> {
    match group {
        "resp" => resp::works(),
        "lookup" => lookup::works(),
        "slot" => slot::works(),
        "pipeline" => pipeline::works(),
        "split" => split::works(),
        _ => panic!("no group {group}, only {GROUPS:?}"),
    }
}

// === impl Work ===

impl Work {
    pub(crate) fn new(
        name: impl Into<String>,
        operations: usize,
        bytes: usize,
        run: impl FnMut() + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            operations,
            bytes,
            run: Box::new(run),
        }
    }
}
