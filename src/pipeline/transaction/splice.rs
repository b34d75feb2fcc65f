//! Commands of corelane's own inside a transaction: no node can answer them, so their answers are made when the
//! node has executed the rest, and put into its reply where they belong.

use super::super::Pipeline;
use super::super::link::PartId;
use super::super::slab::Key;
use super::super::time::Time;
use crate::command::{Command, Local};
use crate::resp::{ReplyKind, ReplyView, RequestView, write};

/// A queued command that corelane answers.
#[derive(Debug)]
pub(super) struct Spliced {
    /// Its place among the elements of EXEC's reply.
    pub(super) at: usize,
    pub(super) command: &'static Command,
    pub(super) local: Local,
    pub(super) frame: Box<[u8]>,
}

impl Pipeline {
    /// The reply to EXEC with the answers that were kept out of the batch; nothing if there are none, or if the
    /// transaction was not executed.
    pub(in crate::pipeline) fn splice_answers(
        &mut self,
        id: PartId,
        reply: &ReplyView<'_>,
        now: Time,
    ) -> Option<Vec<u8>> {
        let key = id.client;
        let transaction = self.clients.get(key)?.transaction.as_deref()?;
        if transaction.under_way != Some(id.seq) || reply.kind() != ReplyKind::Array {
            return None;
        }
        let spliced = self.take_spliced(key);
        let mut elements = reply.elements()?;
        let mut out = Vec::with_capacity(reply.frame().len());
        write::array(&mut out, reply.len_elements()? + spliced.len());
        let mut at = 0;
        for one in &spliced {
            while at < one.at
                && let Some(element) = elements.next()
            {
                out.extend_from_slice(element.frame());
                at += 1;
            }
            self.write_one(key, one, now, &mut out);
            at += 1;
        }
        elements.for_each(|element| out.extend_from_slice(element.frame()));
        Some(out)
    }

    /// The reply to EXEC where no node has anything to say.
    pub(super) fn write_spliced(&mut self, key: Key, now: Time, out: &mut Vec<u8>) {
        let spliced = self.take_spliced(key);
        write::array(out, spliced.len());
        for one in &spliced {
            self.write_one(key, one, now, out);
        }
    }

    fn take_spliced(&mut self, key: Key) -> Vec<Spliced> {
        let client = self.clients.get_mut(key);
        let transaction = client.and_then(|client| client.transaction.as_deref_mut());
        transaction.map_or_else(Vec::new, |transaction| {
            std::mem::take(&mut transaction.spliced)
        })
    }

    fn write_one(&mut self, key: Key, one: &Spliced, now: Time, out: &mut Vec<u8>) {
        let view = RequestView::new(&one.frame);
        let before = out.len();
        self.write_local(key, one.command, one.local, &view, now, out);
        debug_assert!(out.len() > before, "{} gave no answer", one.command.name);
    }
}
