//! CLIENT REPLY: which replies a client wants.

use super::super::slab::Key;
use super::super::{Pipeline, answers};
use crate::resp::{RequestView, write};

impl Pipeline {
    /// CLIENT REPLY ON, OFF or SKIP. Fills `out` if that is to be answered, which OFF and SKIP are not.
    pub(super) fn client_reply(&mut self, key: Key, view: &RequestView<'_>, out: &mut Vec<u8>) {
        let word = view.arg(2).unwrap_or_default();
        let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
        if !is("on") && !is("off") && !is("skip") {
            return write::error(out, answers::SYNTAX);
        }
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        if is("on") {
            if let Some(quiet) = &mut client.quiet {
                quiet.set_on();
                // This request is answered, although it came while replies were not wanted.
                quiet.unmark(client.pending.next_seq());
            }
            return write::simple(out, "OK");
        }
        if client.quiet.is_none() {
            self.quiet_clients += 1;
        }
        let quiet = client.quiet.get_or_insert_default();
        if is("off") {
            quiet.set_off();
        } else {
            quiet.skip_next();
        }
        self.note_specials();
    }
}
