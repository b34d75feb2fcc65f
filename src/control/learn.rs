//! One refresh: asks several nodes at the same time and makes a slot map of their answers.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use futures_lite::future;
use glommio::channels::local_channel;

use super::Deadline;
use super::fetch::{FetchError, Fetcher};
use super::refresh::Whom;
use crate::cluster::topology::merge;
use crate::cluster::{NodeAddr, SlotMap, Topology};

/// What a refresh found out.
#[derive(Debug)]
pub(super) struct Learned {
    /// The map of all answers; without slots if nobody knew of any.
    pub(super) map: SlotMap,
    /// Those who answered.
    pub(super) answered: Vec<NodeAddr>,
    /// Those who did not, and why; also those who were too slow for the others.
    pub(super) silent: BTreeMap<NodeAddr, String>,
}

type Answers = BTreeMap<NodeAddr, Result<Topology, FetchError>>;

/// Asks those to be asked first, and the others if no slot was learned.
pub(super) async fn learn(fetcher: Rc<Fetcher>, whom: Whom, known: Rc<SlotMap>) -> Learned {
    let mut answers = ask_all(&fetcher, whom.first, &whom.silent).await;
    if !answers.values().flatten().any(Topology::covers_anything) && !whom.then.is_empty() {
        answers.extend(ask_all(&fetcher, whom.then, &whom.silent).await);
    }
    let mut learned = Learned {
        map: SlotMap::empty(),
        answered: Vec::new(),
        silent: BTreeMap::new(),
    };
    // In the order of addresses, so that equals are decided in the same way each time.
    let mut topologies = Vec::new();
    for (addr, answer) in answers {
        match answer {
            Ok(topology) => {
                topologies.push(topology);
                learned.answered.push(addr);
            }
            Err(error) => {
                learned.silent.insert(addr, error.to_string());
            }
        }
    }
    learned.map = merge(&topologies, &known);
    learned
}

/// Asks all at the same time. Once one has told of slots, the others have a little time left, and those that were
/// silent last time still less: a node that hangs must not hold up what the others know.
async fn ask_all(
    fetcher: &Rc<Fetcher>,
    addrs: Vec<NodeAddr>,
    silent: &BTreeSet<NodeAddr>,
) -> Answers {
    let (sender, receiver) = local_channel::new_unbounded();
    let sender = Rc::new(sender);
    let mut missing: BTreeSet<NodeAddr> = addrs.iter().cloned().collect();
    for addr in addrs {
        let (fetcher, sender) = (Rc::clone(fetcher), Rc::clone(&sender));
        // It ends by its own deadline; what comes too late is dropped with the channel.
        glommio::spawn_local(async move {
            let answer = fetcher.fetch(&addr).await;
            let _ = sender.try_send((addr, answer));
        })
        .detach();
    }
    let mut answers = Answers::new();
    let mut deadline = Deadline::after(fetcher.timeout() + GRACE);
    let mut is_good = false;
    let mut silent_deadline = deadline;
    while !missing.is_empty() {
        let is_known = missing.iter().all(|addr| silent.contains(addr));
        let current = if is_known { silent_deadline } else { deadline };
        let Some(left) = current.left() else { break };
        let timeout = async {
            glommio::timer::sleep(left).await;
            None
        };
        let Some((addr, answer)) = future::or(receiver.recv(), timeout).await else {
            break;
        };
        missing.remove(&addr);
        if !is_good && answer.as_ref().is_ok_and(Topology::covers_anything) {
            is_good = true;
            deadline = Deadline::after(GRACE);
            silent_deadline = Deadline::after(GRACE_OF_SILENT);
        }
        answers.insert(addr, answer);
    }
    for addr in missing {
        answers.insert(addr, Err(FetchError::Timeout));
    }
    answers
}

/// A node that is well answers within a fraction of this.
const GRACE: Duration = Duration::from_millis(100);
/// What is enough for a node that speaks again, and does not hold up each refresh while one is stopped.
const GRACE_OF_SILENT: Duration = Duration::from_millis(20);
