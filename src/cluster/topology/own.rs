//! What a node says of its own slots in the reply to CLUSTER NODES: which it serves, and which are moving.
//!
//! Only a node itself tells of its migrations, so its word is wanted where a slot must be seen whole.

use std::collections::BTreeMap;

use super::nodes::{range, read_place};
use crate::cluster::node::NodeAddr;
use crate::cluster::slot::{SLOTS, Slot};
use crate::resp::ReplyView;

/// The slots of the node that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSlots {
    identity: OwnIdentity,
    /// A bit for each slot that it serves.
    served: Box<[u64]>,
    /// Slots whose keys are moving away, with the place they move to.
    leaving: BTreeMap<Slot, NodeAddr>,
}

/// Who a node is, and what it had taken when it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnIdentity {
    /// Id of the node.
    id: Box<str>,
    /// Its config epoch, which grows when it takes a slot or a role, unless it has the greatest one already.
    epoch: Box<str>,
}

/// What the words of the node may still say: a node serves each slot once, and each moves once.
struct Rest<'a> {
    slots: usize,
    moves: usize,
    /// Looked up once, when the first slot moves.
    places: Option<BTreeMap<&'a str, &'a str>>,
}

// === impl OwnSlots ===

impl OwnSlots {
    /// Reads a whole reply to CLUSTER NODES that was given at the address `asked`; `None` if it is no such reply.
    #[must_use]
    pub fn from_nodes(reply: &[u8], asked: &NodeAddr) -> Option<Self> {
        let text = std::str::from_utf8(ReplyView::new(reply).as_bulk()?).ok()?;
        let line = text
            .lines()
            .find(|line| flags(line).any(|flag| flag == "myself"))?;
        let mut own = Self {
            identity: OwnIdentity {
                id: line.split(' ').next()?.into(),
                epoch: line.split(' ').nth(6)?.into(),
            },
            served: vec![0; SLOTS / 64].into_boxed_slice(),
            leaving: BTreeMap::new(),
        };
        let mut rest = Rest {
            slots: SLOTS,
            moves: SLOTS,
            places: None,
        };
        for word in line.split(' ').skip(8) {
            own.read_word(word, text, asked, &mut rest)?;
        }
        Some(own)
    }

    /// Stays the same as long as the same node answers and takes nothing. A slot that went away and came back shows
    /// here, if who had it in between took it in the usual way.
    #[must_use]
    pub fn identity(&self) -> &OwnIdentity {
        &self.identity
    }

    /// Whether the node serves `slot`.
    #[must_use]
    pub fn serves(&self, slot: Slot) -> bool {
        let word = self.served.get(slot.index() / 64).copied();
        word.unwrap_or(0) >> (slot.index() % 64) & 1 == 1
    }

    /// Where keys of `slot` may have moved to already.
    #[must_use]
    pub fn leaves_to(&self, slot: Slot) -> Option<&NodeAddr> {
        self.leaving.get(&slot)
    }

    /// `5461`, `0-5460`, `[100->-id]` or `[100-<-id]`.
    fn read_word<'a>(
        &mut self,
        word: &str,
        text: &'a str,
        asked: &NodeAddr,
        rest: &mut Rest<'a>,
    ) -> Option<()> {
        let Some(moving) = word.strip_prefix('[') else {
            let (first, last) = range(word)?;
            let count = last.index() - first.index() + 1;
            rest.slots = rest.slots.checked_sub(count)?;
            for slot in Slot::all().skip(first.index()).take(count) {
                *self.served.get_mut(slot.index() / 64)? |= 1 << (slot.index() % 64);
            }
            return Some(());
        };
        rest.moves = rest.moves.checked_sub(1)?;
        let moving = moving.strip_suffix(']')?;
        if let Some((slot, to)) = moving.split_once("->-") {
            let slot = Slot::from_decimal(slot.as_bytes())?;
            let places = rest.places.get_or_insert_with(|| places(text));
            let addr = read_place(places.get(to)?, false, asked)?;
            self.leaving.entry(slot).or_insert(addr);
        }
        Some(())
    }
}

fn flags(line: &str) -> impl Iterator<Item = &str> {
    line.split(' ').nth(2).unwrap_or_default().split(',')
}

/// Where each node is, by its id.
fn places(text: &str) -> BTreeMap<&str, &str> {
    let mut found = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.split(' ');
        if let (Some(id), Some(place)) = (words.next(), words.next()) {
            found.entry(id).or_insert(place);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::OwnSlots;
    use crate::cluster::{NodeAddr, Slot};
    use crate::resp::write;

    fn own(lines: &[&str]) -> Option<OwnSlots> {
        let mut reply = Vec::new();
        write::bulk(&mut reply, lines.join("\n").as_bytes());
        OwnSlots::from_nodes(&reply, &NodeAddr::new("asked", 1))
    }

    fn slot(number: u16) -> Slot {
        Slot::new(number).unwrap()
    }

    #[test]
    fn the_line_of_the_node_itself_counts() {
        let own = own(&[
            "b 127.0.0.1:7001@17001 master - 0 1 2 connected 5461-10922 [3-<-a]",
            "a 127.0.0.1:7000@17000,host myself,master - 0 0 1 connected 0-3 7 [2->-b] [9-<-b]",
        ]);
        let own = own.unwrap();
        for (number, serves) in [(0, true), (3, true), (4, false), (7, true), (9, false)] {
            assert_eq!(own.serves(slot(number)), serves, "{number}");
        }
        assert!(!own.serves(slot(6000)));
        let to = NodeAddr::new("127.0.0.1", 7001);
        assert_eq!(own.leaves_to(slot(2)), Some(&to));
        assert_eq!(own.leaves_to(slot(3)), None);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert_eq!(
            own(&["a 127.0.0.1:7000@17000 master - 0 0 1 connected 0-3"]),
            None
        );
        for words in ["3-0", "x", "[2->-c]", "[2->-b", "16384"] {
            let line = format!("a 127.0.0.1:7000@17000 myself,master - 0 0 1 connected {words}");
            assert_eq!(own(&[&line]), None, "{words}");
        }
        assert_eq!(
            OwnSlots::from_nodes(b"-ERR no\r\n", &NodeAddr::new("asked", 1)),
            None
        );
        assert_eq!(
            OwnSlots::from_nodes(b":1\r\n", &NodeAddr::new("asked", 1)),
            None
        );
    }
}
