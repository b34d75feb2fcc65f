//! corelane: a thread-per-core proxy for Redis Cluster and Valkey Cluster.
//!
#![doc = include_str!("ARCHITECTURE.md")]

pub mod access;
pub mod admin;
pub mod cluster;
pub mod command;
pub mod config;
pub mod control;
pub mod message;
pub mod metrics;
pub mod net;
pub mod pipeline;
pub mod resp;
pub mod runtime;
pub mod worker;
