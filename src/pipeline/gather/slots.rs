//! CLUSTER SLOT-STATS: what each node tells of its slots, as one list.

use std::cmp::Reverse;

use super::reports::pairs;
use crate::resp::{ReplyView, RequestView, int, write};

/// The order that ORDERBY asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pipeline) struct Order {
    pub(in crate::pipeline) metric: Box<[u8]>,
    /// The largest number first.
    pub(in crate::pipeline) descends: bool,
}

// === impl Order ===

impl Order {
    /// What CLUSTER SLOT-STATS ORDERBY metric [LIMIT limit] [ASC | DESC] asks for, and how many entries; nothing
    /// for other requests. Whatever is wrong with it the nodes say.
    pub(in crate::pipeline) fn asked(view: &RequestView<'_>) -> (Option<Self>, Option<usize>) {
        let mut args = view.args().skip(2);
        let is_order = args.next().is_some_and(|word| is(word, "orderby"));
        let Some(metric) = args.next().filter(|_| is_order) else {
            return (None, None);
        };
        let (mut descends, mut wanted) = (true, None);
        while let Some(word) = args.next() {
            if is(word, "limit") {
                let limit = args.next().and_then(int::parse_i64);
                wanted = limit.and_then(|limit| usize::try_from(limit).ok());
            } else {
                descends = !is(word, "asc");
            }
        }
        let metric = metric.into();
        (Some(Self { metric, descends }), wanted)
    }
}

fn is(arg: &[u8], word: &str) -> bool {
    arg.eq_ignore_ascii_case(word.as_bytes())
}

/// Writes the entries of all nodes: by slot, or as asked for; slots with the same number by slot.
pub(super) fn write_stats(
    replies: &[ReplyView<'_>],
    order: Option<&Order>,
    wanted: Option<usize>,
    out: &mut Vec<u8>,
) {
    let mut entries: Vec<ReplyView<'_>> = replies
        .iter()
        .filter_map(ReplyView::elements)
        .flatten()
        .collect();
    entries.sort_by_key(slot_of);
    if let Some(order) = order {
        if order.descends {
            entries.sort_by_cached_key(|entry| Reverse(number_of(entry, &order.metric)));
        } else {
            entries.sort_by_cached_key(|entry| number_of(entry, &order.metric));
        }
        entries.truncate(wanted.unwrap_or(usize::MAX));
    }
    write::array(out, entries.len());
    for entry in entries {
        out.extend_from_slice(entry.frame());
    }
}

fn slot_of(entry: &ReplyView<'_>) -> i64 {
    let slot = entry.elements().and_then(|mut parts| parts.next());
    slot.and_then(|slot| slot.as_integer()).unwrap_or_default()
}

fn number_of(entry: &ReplyView<'_>, metric: &[u8]) -> i64 {
    let stats = entry.elements().and_then(|mut parts| parts.nth(1));
    let mut stats = stats.iter().flat_map(pairs);
    let named = |name: &ReplyView<'_>| {
        let name = name.as_bulk();
        name.is_some_and(|name| name.eq_ignore_ascii_case(metric))
    };
    let found = stats.find(|(name, _)| named(name));
    let number = found.and_then(|(_, number)| number.as_integer());
    number.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Order;
    use crate::resp::{RequestView, write};

    #[test]
    fn what_is_asked_for() {
        let order = |metric: &str, descends| {
            Some(Order {
                metric: metric.as_bytes().into(),
                descends,
            })
        };
        let rows = [
            ("SLOTSRANGE 0 5", (None, None)),
            ("ORDERBY", (None, None)),
            ("ORDERBY key-count", (order("key-count", true), None)),
            ("orderby CPU-USEC asc", (order("CPU-USEC", false), None)),
            ("ORDERBY a DESC LIMIT 7", (order("a", true), Some(7))),
            ("ORDERBY a LIMIT 7 ASC", (order("a", false), Some(7))),
            ("ORDERBY a LIMIT -1", (order("a", true), None)),
            ("ORDERBY a LIMIT", (order("a", true), None)),
        ];
        for (words, expected) in rows {
            let words = format!("CLUSTER SLOT-STATS {words}");
            let args: Vec<&[u8]> = words.split(' ').map(str::as_bytes).collect();
            let mut frame = Vec::new();
            write::request(&mut frame, &args);
            assert_eq!(Order::asked(&RequestView::new(&frame)), expected, "{words}");
        }
    }
}
