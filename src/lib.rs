//! corelane: a thread-per-core proxy for Redis Cluster and Valkey Cluster.

pub mod cluster;
pub mod command;
pub mod config;
pub mod metrics;
pub mod resp;
