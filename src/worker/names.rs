//! Which address of a name is connected to, if it has several.
//!
//! They are tried in the order in which the resolver gives them, the next one when an attempt has failed. One that has
//! worked is kept to as long as the name has it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::cluster::NodeAddr;

/// What became of addresses of names that have several.
#[derive(Debug, Default)]
pub(super) struct Names {
    tried: BTreeMap<NodeAddr, (SocketAddr, Fate)>,
}

/// What became of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is being connected to.
    Open,
    Works,
    Failed,
}

/// Names at most; of others the first address is taken.
const NAMES_MAX: usize = 1024;

// === impl Names ===

impl Names {
    /// The address to connect to, of those that a name has now.
    pub(super) fn choose(&mut self, name: &NodeAddr, found: &[SocketAddr]) -> Option<SocketAddr> {
        let last = self.tried.remove(name);
        if found.len() < 2 || self.tried.len() >= NAMES_MAX {
            return found.first().copied();
        }
        let at = last.and_then(|(addr, fate)| {
            let at = found.iter().position(|one| *one == addr)?;
            Some(at + usize::from(fate == Fate::Failed))
        });
        let at = at.unwrap_or_default() % found.len();
        let chosen = found.get(at).copied()?;
        self.tried.insert(name.clone(), (chosen, Fate::Open));
        Some(chosen)
    }

    /// A link to that node is ready.
    pub(super) fn note_ready(&mut self, name: &NodeAddr) {
        self.note(name, Fate::Works);
    }

    /// A link to that node has not become ready.
    pub(super) fn note_failed(&mut self, name: &NodeAddr) {
        self.note(name, Fate::Failed);
    }

    fn note(&mut self, name: &NodeAddr, new: Fate) {
        if let Some((_, fate)) = self.tried.get_mut(name)
            && *fate == Fate::Open
        {
            *fate = new;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMES_MAX, Names};
    use crate::cluster::NodeAddr;

    #[test]
    fn addresses_are_tried_in_order_and_one_that_works_is_kept_to() {
        let [a, b, c] = ["[::1]:1", "10.0.0.1:1", "10.0.0.2:1"].map(|text| text.parse().unwrap());
        let (one, other) = (NodeAddr::new("one", 1), NodeAddr::new("other", 1));
        let mut names = Names::default();
        let all = [a, b, c];
        assert_eq!(names.choose(&one, &[]), None);
        assert_eq!(names.choose(&one, &all), Some(a));
        assert_eq!(names.choose(&one, &all), Some(a), "for another link");
        for next in [b, c, a, b] {
            // The links of a name fail together, and those of other names do not matter.
            names.note_failed(&one);
            names.note_failed(&one);
            names.note_ready(&other);
            assert_eq!(names.choose(&one, &all), Some(next));
        }
        assert_eq!(names.choose(&other, &all), Some(a));
        names.note_ready(&one);
        names.note_failed(&one);
        assert_eq!(names.choose(&one, &all), Some(b), "its links were lost");
        assert_eq!(
            names.choose(&one, &[c, b]),
            Some(b),
            "the order means nothing now"
        );
        names.note_failed(&one);
        assert_eq!(
            names.choose(&one, &[c, a]),
            Some(c),
            "it has other addresses"
        );
        assert_eq!(names.choose(&one, &[b]), Some(b));
        assert_eq!(names.tried.len(), 1, "a single address needs no memory");
        for index in 0..2 * NAMES_MAX {
            names.choose(&NodeAddr::new(&index.to_string(), 1), &all);
        }
        assert_eq!(names.tried.len(), NAMES_MAX);
    }
}
