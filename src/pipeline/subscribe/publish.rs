//! PUBLISH and SPUBLISH: to the owner of the channel's slot, as any write; the number in the reply is corrected.
//!
//! A node counts a subscription of this worker once, whatever number of clients listens through it, and knows
//! only subscriptions that were made there. So what this worker has subscribed there is taken off, and its
//! clients are added. With one worker the number is what one server would say.

use super::topics::{Kind, Topic};
use crate::cluster::Slot;
use crate::command::Command;
use crate::command::glob::{self, Case, Steps};
use crate::pipeline::Pipeline;
use crate::pipeline::ingest::{Frame, Taken};
use crate::pipeline::link::{InFlight, PartId};
use crate::pipeline::routes::NodeRef;
use crate::pipeline::slab::Key;
use crate::pipeline::split::WrongShape;
use crate::pipeline::time::Time;
use crate::resp::{ReplyView, RequestView, write};

impl Pipeline {
    /// Hands a message on to the owner of its channel's slot.
    pub(in crate::pipeline) fn publish(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        let slot = Slot::of_key(view.arg(1).unwrap_or_default());
        self.forward(key, command, slot, frame, now)
    }

    /// A number came from a node while clients of this worker listen to something: it may be a count of
    /// receivers.
    #[cold]
    pub(in crate::pipeline) fn deliver_number(
        &mut self,
        link: Key,
        id: PartId,
        entry: &InFlight,
        reply: &Frame<'_>,
        now: Time,
    ) -> Result<(), WrongShape> {
        match self.corrected(link, id, entry, reply.bytes()) {
            Some(count) => {
                let mut out = Vec::new();
                write::integer(&mut out, count);
                self.deliver_one(id, &Frame::Borrowed(&out), now)
            }
            None => self.deliver_one(id, reply, now),
        }
    }

    fn corrected(&mut self, link: Key, id: PartId, entry: &InFlight, reply: &[u8]) -> Option<i64> {
        let command = self
            .clients
            .get_mut(id.client)?
            .pending
            .get_mut(id.seq)?
            .command?;
        let is_sharded = match command.name {
            "publish" => false,
            "spublish" => true,
            _ => return None,
        };
        let link = self.links.get(link)?;
        let request = link.log.frame(entry.start, entry.len as usize);
        let request = RequestView::new(&request);
        let channel = request.arg(1)?;
        let (at_node, own) = self.receivers(is_sharded, channel, link.node);
        let others = ReplyView::new(reply).as_integer()?.saturating_sub(at_node);
        Some(others.max(0).saturating_add(own))
    }

    /// How often a node counts this worker for a message on a channel, and how many clients get it.
    fn receivers(&self, is_sharded: bool, channel: &[u8], node: NodeRef) -> (i64, i64) {
        let topics = &self.subscriptions.topics;
        let kind = if is_sharded {
            Kind::Shard
        } else {
            Kind::Channel
        };
        let named = topics.find(kind, channel).and_then(|key| topics.get(key));
        let compared = if is_sharded {
            0
        } else {
            topics.patterns().count()
        };
        let mut steps = Steps::for_bytes(channel.len().saturating_mul(compared));
        // What would take too long to compare is not counted.
        let patterns = topics.patterns().take(compared).filter(|topic| {
            glob::matches_within(&topic.name, channel, Case::Exact, &mut steps) == Some(true)
        });
        let count = |topic: &Topic| {
            let at_node = i64::from(topic.place_at(node).is_some());
            let members = i64::try_from(topic.members.len()).unwrap_or(i64::MAX);
            (at_node, members)
        };
        let each = named.into_iter().chain(patterns).map(count);
        each.fold((0, 0), |sum, one| {
            (sum.0 + one.0, sum.1.saturating_add(one.1))
        })
    }
}
