//! Hostile input: what fuzzers feed to corelane, and a quick run over what they have found.
//!
//! Each target is a function from bytes to nothing that panics when a promise is broken. `scripts/fuzz` runs
//! them with libFuzzer; as a test they run over the kept findings, the seeds, and some thousand mutations of both
//! from a fixed seed. See `README.md`.

#![cfg_attr(
    fuzzing,
    allow(
        dead_code,
        reason = "the modules of the simulation are there for all who use them"
    )
)]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    unreachable_pub,
    missing_docs,
    reason = "a target fails by panicking, its numbers are small, and fuzzers call it from outside"
)]

#[path = "../sim/bus.rs"]
mod bus;
#[path = "../sim/checks.rs"]
mod checks;
#[path = "../sim/client.rs"]
mod client;
mod commands;
#[path = "../sim/computed.rs"]
mod computed;
#[path = "../sim/driver.rs"]
mod driver;
#[path = "../sim/everywhere.rs"]
mod everywhere;
#[path = "../sim/faults.rs"]
mod faults;
mod frames;
#[path = "../resp_oracle/oracle.rs"]
mod grammar;
mod hostile;
#[allow(dead_code, reason = "answers are written elsewhere")]
#[path = "../../src/admin/http.rs"]
mod http;
mod input;
#[path = "../sim/listen.rs"]
mod listen;
#[path = "../sim/model.rs"]
mod model;
#[path = "../sim/multi.rs"]
mod multi;
#[path = "../sim/net.rs"]
mod net;
mod operations;
#[path = "../sim/oracle.rs"]
mod oracle;
#[path = "../sim/profile.rs"]
mod profile;
#[cfg(test)]
mod quick;
#[path = "../sim/requests.rs"]
mod requests;
#[path = "../sim/rights.rs"]
mod rights;
#[path = "../sim/rng.rs"]
mod rng;
mod script;
#[path = "../sim/seen.rs"]
mod seen;
mod settings;
#[path = "../sim/store.rs"]
mod store;
mod texts;
mod topologies;
#[path = "../sim/trackers.rs"]
mod trackers;
#[path = "../sim/transactions.rs"]
mod transactions;
#[path = "../sim/waits.rs"]
mod waits;
#[path = "../sim/walks.rs"]
mod walks;
#[path = "../sim/wire.rs"]
mod wire;
#[path = "../sim/world.rs"]
mod world;
#[path = "../sim/writes.rs"]
mod writes;

/// A target: its name, what takes the bytes, and how many mutations the quick run makes.
pub type Target = (&'static str, fn(&[u8]), usize);

/// Every target.
pub const TARGETS: [Target; 9] = [
    ("requests", frames::requests, 2_000),
    ("replies", frames::replies, 3_000),
    ("topology", topologies::topology, 100),
    ("settings", settings::settings, 500),
    ("commands", commands::commands, 1_000),
    ("patterns", texts::patterns, 3_000),
    ("admin", texts::admin, 2_000),
    ("pipeline", hostile::pipeline, 300),
    ("operations", operations::operations, 15),
];

/// Runs a target by name.
///
/// # Panics
///
/// No target has this name, or the input breaks a promise.
pub fn run(name: &str, data: &[u8]) {
    let found = TARGETS.iter().find(|target| target.0 == name);
    let (_, run, _) = found.expect("the name of a target");
    run(data);
}

/// The simulation's own list of seeds; here bytes decide.
pub(crate) const FIXED: &[u64] = &[];
