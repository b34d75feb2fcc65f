//! Commands that are made at run time and live as long as the process.
//!
//! Requests refer to their command by a plain `&'static` reference, in the table or not, because that costs
//! nothing and can be sent to any worker. So a learned command is never freed. This does not grow without
//! bound: what was learned before is found again and not made anew, however often nodes are asked and
//! versions change to and fro, and all of it together takes at most [`LEAKED_BYTES_MAX`]. A command
//! beyond that is not learned, which is counted.

use std::collections::BTreeMap;

use super::facts::Facts;
use crate::command::Command;

/// Bytes that commands may take for ever; the commands of all modules of Redis 8 take a twentieth.
pub const LEAKED_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Makes commands of facts; one for the process.
#[derive(Debug, Default)]
pub struct Interner {
    made: BTreeMap<Facts, &'static Command>,
    bytes: usize,
}

// === impl Interner ===

impl Interner {
    /// The command with these facts; `None` if there is no room for another one.
    pub fn intern(&mut self, facts: &Facts) -> Option<&'static Command> {
        if let Some(command) = self.made.get(facts) {
            return Some(command);
        }
        let bytes = facts.leaked_bytes();
        if bytes > LEAKED_BYTES_MAX - self.bytes {
            return None;
        }
        self.bytes += bytes;
        let command: &'static Command = Box::leak(Box::new(facts.leak()));
        self.made.insert(facts.clone(), command);
        Some(command)
    }

    /// Bytes taken so far, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}
