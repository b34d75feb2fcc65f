//! End-to-end tests: the real proxy in front of real servers, all as child processes on loopback ports.
//!
//! Every test runs with one worker and with two; what depends on the server runs against redis-server 7.0
//! and against the valkey-server that `CORELANE_VALKEY_SERVER` names (those are listed as ignored
//! otherwise). Tests run in any order and next to each other; they wait for conditions, never for time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and it has a clock"
)]

mod canaries;
mod certificates;
mod children;
mod client;
mod harness;
mod load;
mod ports;
mod proxy;
mod resolver;
mod servers;
mod tunnel;
mod uploads;

mod access;
mod auth;
mod blocking;
mod broadcast;
mod commands;
mod confined;
mod databases;
mod emulate;
mod failover;
mod half_open;
mod info;
mod ipv6;
mod isolation;
mod learned;
mod like_server;
mod limits;
mod local;
mod memory;
mod migration;
mod names;
mod outages;
mod predixy;
mod pubsub;
mod pubsub_faults;
mod readers;
mod redirect;
mod reload;
mod removed;
mod report;
mod resources;
mod restart;
mod scan;
mod scripts;
mod secrets;
mod seed_names;
mod slow_scripts;
mod slow_senders;
mod split;
mod stall;
mod state;
mod stop;
mod tls;
mod tls_handshakes;
mod tls_nodes;
mod tracking;
mod transactions;
mod unread;
mod waits;
mod wire;
