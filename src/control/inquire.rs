//! Asks nodes what they run and which commands they know.
//!
//! A round asks every node of the slot map, some at the same time, on connections of its own that are
//! closed at once. What a node says is left for control, which takes it at its ticks.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::commands::{Known, Seen};
use super::fetch::{Conversation, FetchError, Fetcher};
use crate::cluster::NodeAddr;
use crate::command::learned::{NoCommands, Told, parse};
use crate::resp::{ReplyView, write};

/// A round under way.
#[derive(Debug)]
pub(super) struct Round {
    shared: Rc<RefCell<Shared>>,
}

/// What the tasks of a round share.
#[derive(Debug)]
struct Shared {
    known: Known,
    /// Nodes that were not asked yet.
    waiting: VecDeque<NodeAddr>,
    /// Tasks that have not ended.
    tasks: usize,
    answers: Answers,
}

/// What nodes said, or why not.
pub(super) type Answers = Vec<(NodeAddr, Result<Answer, InquiryError>)>;

/// What a node said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) seen: Seen,
    /// Its commands, if it was asked for them.
    pub(super) told: Option<Told>,
}

/// Why a node did not say it.
#[derive(Debug, thiserror::Error)]
pub(super) enum InquiryError {
    #[error("{0}")]
    Fetch(#[from] FetchError),
    #[error("{0}")]
    Commands(#[from] NoCommands),
}

// === impl Round ===

impl Round {
    /// Starts to ask.
    pub(super) fn start(
        fetcher: &Rc<Fetcher>,
        nodes: impl Iterator<Item = NodeAddr>,
        known: Known,
    ) -> Self {
        let waiting: VecDeque<_> = nodes.take(NODES_ASKED_MAX).collect();
        let tasks = waiting.len().min(TASKS);
        let shared = Rc::new(RefCell::new(Shared {
            known,
            waiting,
            tasks,
            answers: Vec::new(),
        }));
        for _ in 0..tasks {
            let (fetcher, shared) = (Rc::clone(fetcher), Rc::clone(&shared));
            // Ends by the deadlines of the fetcher.
            glommio::spawn_local(async move {
                loop {
                    let next = shared.borrow_mut().waiting.pop_front();
                    let Some(addr) = next else { break };
                    let answer = ask(&fetcher, &addr, &shared).await;
                    shared.borrow_mut().answers.push((addr, answer));
                }
                shared.borrow_mut().tasks -= 1;
            })
            .detach();
        }
        Self { shared }
    }

    /// What was said since it was taken last, and whether everybody was asked.
    pub(super) fn take(&self) -> (Answers, bool) {
        let mut shared = self.shared.borrow_mut();
        let answers = std::mem::take(&mut shared.answers);
        (answers, shared.tasks == 0)
    }
}

async fn ask(
    fetcher: &Fetcher,
    addr: &NodeAddr,
    shared: &RefCell<Shared>,
) -> Result<Answer, InquiryError> {
    let mut node = fetcher.open(addr, REPLY_BYTES_MAX).await?;
    let answer = converse(fetcher, &mut node, addr, shared).await;
    node.close().await;
    answer
}

async fn converse(
    fetcher: &Fetcher,
    node: &mut Conversation,
    addr: &NodeAddr,
    shared: &RefCell<Shared>,
) -> Result<Answer, InquiryError> {
    let mut requests = fetcher.auth().to_vec();
    write::request(&mut requests, &[b"INFO", b"server"]);
    write::request(&mut requests, &[b"INFO", b"modules"]);
    node.send(&requests).await?;
    if !fetcher.auth().is_empty() {
        // Whether it was accepted shows in what follows.
        node.receive().await?;
    }
    let (server, modules) = (node.receive().await?, node.receive().await?);
    // A node that refuses INFO runs what it does not tell, and may tell its commands all the same.
    let seen = Seen::of(&text_of(&server), &text_of(&modules));
    if !shared.borrow_mut().known.wants(addr, &seen) {
        return Ok(Answer { seen, told: None });
    }
    let told = ask_commands(node).await;
    if told.is_err() {
        shared.borrow_mut().known.forget(&seen.build);
    }
    Ok(Answer {
        seen,
        told: Some(told?),
    })
}

async fn ask_commands(node: &mut Conversation) -> Result<Told, InquiryError> {
    let mut request = Vec::new();
    write::request(&mut request, &[b"COMMAND"]);
    node.send(&request).await?;
    Ok(parse(&node.receive().await?)?)
}

fn text_of(reply: &[u8]) -> String {
    let text = ReplyView::new(reply).as_bulk().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

/// The largest reply to COMMAND that is known, of Redis with all its modules, has 140 KiB.
const REPLY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Nodes asked at the same time.
const TASKS: usize = 8;
/// Nodes asked in one round; more than a cluster has.
const NODES_ASKED_MAX: usize = 4096;
