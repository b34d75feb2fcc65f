//! The modules with `unsafe` that need no kernel, to be tested under miri (`scripts/check miri`).
//!
//! `src/net/mod.rs` says what miri cannot reach, and why.

#![allow(dead_code, reason = "what calls into the kernel is not called here")]

#[path = "../../src/net/ring/buffers/mod.rs"]
mod buffers;
