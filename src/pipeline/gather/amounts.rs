//! Named numbers of several nodes that become one list: MEMORY STATS, and the databases of INFO keyspace.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::reports::pairs;
use crate::resp::{Protocol, ReplyView, write};

/// Keys of one database.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Database {
    keys: u64,
    expires: u64,
    /// Times to live of all keys that have one, added up.
    ttl: u128,
    /// Keys with fields that expire, where servers count them.
    subexpiry: Option<u64>,
}

/// Lists in lists that are merged; servers have one level of them.
const LEVELS_MAX: usize = 4;

/// Writes a map of amounts; lists in it are merged in the same way. Names keep the order in which nodes tell
/// them.
pub(super) fn write_amounts(replies: &[ReplyView<'_>], protocol: Protocol, out: &mut Vec<u8>) {
    write_level(replies, protocol, LEVELS_MAX, out);
}

fn write_level(replies: &[ReplyView<'_>], protocol: Protocol, left: usize, out: &mut Vec<u8>) {
    let mut order: Vec<&[u8]> = Vec::new();
    let mut values: BTreeMap<&[u8], Vec<ReplyView<'_>>> = BTreeMap::new();
    for (name, value) in replies.iter().flat_map(pairs) {
        let Some(name) = name.as_bulk() else {
            continue;
        };
        let known = values.entry(name).or_default();
        if known.is_empty() {
            order.push(name);
        }
        known.push(value);
    }
    write::map(out, order.len(), protocol);
    for name in order {
        write::bulk(out, name);
        let values = values.get(name).map_or(&[][..], |values| values.as_slice());
        write_amount(name, values, protocol, left, out);
    }
}

fn write_amount(
    name: &[u8],
    values: &[ReplyView<'_>],
    protocol: Protocol,
    left: usize,
    out: &mut Vec<u8>,
) {
    let Some(first) = values.first() else {
        return;
    };
    if first.elements().is_some() {
        return match left.checked_sub(1) {
            Some(left) => write_level(values, protocol, left, out),
            None => out.extend_from_slice(first.frame()),
        };
    }
    let whole = values.iter().filter_map(ReplyView::as_integer);
    if first.as_integer().is_some() {
        // A mean is no amount.
        let is_mean = name.windows(4).any(|word| word == b"-per");
        let number = if is_mean {
            whole.max()
        } else {
            whole.reduce(i64::saturating_add)
        };
        return write::integer(out, number.unwrap_or_default());
    }
    let share = |value: &ReplyView<'_>| -> Option<f64> {
        let text = value.as_scalar_text().or_else(|| value.as_bulk())?;
        std::str::from_utf8(text).ok()?.parse().ok()
    };
    let shares = values
        .iter()
        .filter_map(|value| Some((share(value)?, value)));
    let largest = shares.max_by(|(a, _), (b, _)| a.total_cmp(b));
    let value = largest.map_or(first, |(_, value)| value);
    out.extend_from_slice(value.frame());
}

/// The lines about databases in the texts of all nodes, added up.
pub(super) fn keyspace(replies: &[ReplyView<'_>]) -> String {
    let mut databases: BTreeMap<u32, Database> = BTreeMap::new();
    for reply in replies {
        let text = String::from_utf8_lossy(reply.as_bulk().unwrap_or_default()).into_owned();
        for line in text.lines() {
            let Some((name, fields)) = line.split_once(':') else {
                continue;
            };
            if let Some(number) = name.strip_prefix("db").and_then(|n| n.parse().ok()) {
                databases.entry(number).or_default().add(fields);
            }
        }
    }
    let mut text = String::new();
    for (number, database) in databases {
        let Database {
            keys,
            expires,
            ttl,
            subexpiry,
        } = database;
        let ttl = ttl / u128::from(expires.max(1));
        let _ = write!(
            text,
            "db{number}:keys={keys},expires={expires},avg_ttl={ttl}"
        );
        if let Some(count) = subexpiry {
            let _ = write!(text, ",subexpiry={count}");
        }
        text.push_str("\r\n");
    }
    text
}

// === impl Database ===

impl Database {
    /// Adds what one node says: `keys=1,expires=0,avg_ttl=0`.
    fn add(&mut self, fields: &str) {
        let number = |name: &str| -> Option<u64> {
            let mut fields = fields.split(',').filter_map(|field| field.split_once('='));
            let (_, value) = fields.find(|(known, _)| *known == name)?;
            value.trim_end().parse().ok()
        };
        let expires = number("expires").unwrap_or_default();
        self.keys = self.keys.saturating_add(number("keys").unwrap_or_default());
        self.expires = self.expires.saturating_add(expires);
        let ttl = u128::from(number("avg_ttl").unwrap_or_default()) * u128::from(expires);
        self.ttl = self.ttl.saturating_add(ttl);
        if let Some(count) = number("subexpiry") {
            self.subexpiry = Some(self.subexpiry.unwrap_or_default().saturating_add(count));
        }
    }
}
