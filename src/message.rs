//! What control and workers tell each other: values over channels, never shared state.

use std::sync::Arc;

use rustls::{ClientConfig, ServerConfig};

use crate::cluster::{RefreshReason, SlotMap};
use crate::command::Command;
use crate::config::Config;
use crate::metrics::{Reloads, WorkerStats};

/// From control to a worker.
#[derive(Debug, Clone)]
pub enum ToWorker {
    /// A new slot map; the worker's own copy.
    SlotMap(Box<SlotMap>),
    /// Commands that servers know and the table does not, instead of those sent before; the worker's own list.
    /// The commands themselves are constant data, as those of the table.
    Commands(Box<[&'static Command]>),
    /// Settings were read again; those in force now, and what came of it.
    Settings {
        /// The settings.
        config: Box<Config>,
        /// How often they were read, and how that ended.
        reloads: Reloads,
    },
    /// The worker shall send its numbers.
    Stats,
    /// Clients of the other workers, for the limit that counts them all.
    ClientsElsewhere(usize),
    /// Another worker asks about this one's clients.
    Question {
        /// Index of the worker that asks.
        asker: usize,
        /// Number of the question.
        id: u64,
        /// The question.
        question: Box<[u8]>,
    },
    /// Another worker has answered.
    Answer {
        /// Number of the question.
        id: u64,
        /// The answer.
        answer: Box<[u8]>,
    },
    /// Another worker has something to tell.
    News(Box<[u8]>),
    /// What clients of another worker ask for, for the monitors of this one, or something else for its clients.
    Lines {
        /// What they are.
        subject: Subject,
        /// Index of the other worker.
        from: usize,
        /// Number of the first line, or of the batch.
        first: u64,
        /// The lines.
        lines: Box<[u8]>,
    },
    /// What TLS sessions are made of from now on; those that are there stay as they are.
    Credentials {
        /// Those of clients that come with TLS.
        server: Option<Arc<ServerConfig>>,
        /// Those of links to nodes.
        client: Option<Arc<ClientConfig>>,
    },
    /// The worker shall accept clients from now on; only said to one that was told to wait for it.
    Listen,
    /// The worker shall accept nothing new and finish what is under way.
    Drain {
        /// Another process accepts the clients that still wait.
        is_served: bool,
    },
}

/// What one worker shows to clients of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Lines of MONITOR.
    Requests,
    /// Keys that have changed, of CLIENT TRACKING with REDIRECT.
    Changes,
}

/// From a worker to control.
#[derive(Debug)]
pub enum ToControl {
    /// A wish for a fresh topology.
    RefreshHint(RefreshReason),
    /// The worker's numbers, as asked.
    Stats {
        /// Index of the worker.
        worker: usize,
        /// Its numbers so far.
        stats: Box<WorkerStats>,
    },
    /// The worker's clients came or went.
    Clients {
        /// Index of the worker.
        worker: usize,
        /// How many it has now.
        now: usize,
    },
    /// A question to all other workers.
    Question {
        /// Index of the worker that asks.
        asker: usize,
        /// Number of the question.
        id: u64,
        /// The question.
        question: Box<[u8]>,
    },
    /// The answer to a question of another worker.
    Answer {
        /// Index of the worker that asked.
        asker: usize,
        /// Number of the question.
        id: u64,
        /// The answer.
        answer: Box<[u8]>,
    },
    /// Something for all other workers to know.
    News {
        /// Index of the worker that tells.
        worker: usize,
        /// What it tells.
        news: Box<[u8]>,
    },
    /// What clients of the worker ask for, for the monitors of another one, or something else for its clients.
    Lines {
        /// What they are.
        subject: Subject,
        /// Index of the worker.
        worker: usize,
        /// Index of the worker that has monitors.
        to: usize,
        /// Number of the first line, or of the batch.
        first: u64,
        /// The lines.
        lines: Box<[u8]>,
    },
    /// Much of what the worker's buffers held is free.
    MemoryFreed,
    /// The worker has finished everything.
    Drained {
        /// Index of the worker.
        worker: usize,
    },
}
