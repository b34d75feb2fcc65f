//! A PING with a text of its own, behind all that is under way on a link.
//!
//! Replies belong to requests by their order alone. If that was ever lost, by a fault here, in a node, or of something in
//! between, the canary comes back as another one: then the link is given up before more replies go astray.

use super::Pipeline;
use super::handshake::first_word;
use super::link::Owner;
use super::slab::Key;
use super::time::Time;
use crate::resp::{ReplyView, write};

/// What servers say to whatever is asked: while they load, run a script or have no primary, to a connection whose password is
/// not good any more, and to PING too while they cannot save.
const REFUSALS: [&[u8]; 5] = [b"LOADING", b"BUSY", b"MASTERDOWN", b"NOAUTH", b"MISCONF"];

/// What NOPERM says if it is about PING.
const PING: &[u8] = b"the 'ping' command";

impl Pipeline {
    /// Sends one behind everything else; none if the link is full.
    pub(super) fn send_canary(&mut self, key: Key, now: Time) {
        let number = self.canaries;
        self.canaries = number.wrapping_add(1);
        let mut request = Vec::new();
        write::request(&mut request, &[b"PING", &self.canary(number)]);
        self.append_own(key, Owner::Canary(number), &request, now);
    }

    /// Whether a reply is that of a canary: its text, or an error with which servers answer PING. Any other error is the
    /// reply to something else.
    pub(super) fn is_canary(&self, number: u32, reply: &[u8]) -> bool {
        let reply = ReplyView::new(reply);
        match reply.as_error() {
            Some(error) => may_answer_ping(error),
            None => reply.as_bulk() == Some(&self.canary(number)),
        }
    }

    /// What no other one says, not even that of another worker: the numbers are mixed so that neighbours differ in all
    /// places.
    fn canary(&self, number: u32) -> [u8; 16] {
        let mut mixed = (self.worker as u64) << 32 | u64::from(number);
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let mut text = [0; 16];
        for (place, digit) in text.iter_mut().rev().zip(0u32..) {
            let digit = mixed >> (4 * digit) & 15;
            *place = u8::try_from(digit).map_or(b'?', |digit| b'a' + digit);
        }
        text
    }
}

fn may_answer_ping(error: &[u8]) -> bool {
    match first_word(error) {
        b"NOPERM" => error.windows(PING.len()).any(|part| part == PING),
        code => REFUSALS.contains(&code),
    }
}
