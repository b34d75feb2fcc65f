//! Reports of several nodes that become one: logs, latencies, histograms, texts for people.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Home;
use crate::resp::{Protocol, ReplyView, write};

/// Values by name, in the order of the names.
type Named<'a> = BTreeMap<&'a [u8], ReplyView<'a>>;

/// How often a command took how long.
#[derive(Debug, Default)]
struct Histogram {
    calls: i64,
    /// For each time how many calls took no longer, in each node's report.
    reports: Vec<BTreeMap<i64, i64>>,
}

/// Names and values of a map, or of the array that stands for one in RESP2.
pub(super) fn pairs<'a>(
    reply: &ReplyView<'a>,
) -> impl Iterator<Item = (ReplyView<'a>, ReplyView<'a>)> {
    let mut elements = reply.elements().into_iter().flatten();
    std::iter::from_fn(move || Some((elements.next()?, elements.next()?)))
}

fn element<'a>(entry: &ReplyView<'a>, index: usize) -> Option<ReplyView<'a>> {
    entry.elements()?.nth(index)
}

fn number_at(entry: &ReplyView<'_>, index: usize) -> i64 {
    let number = element(entry, index).and_then(|number| number.as_integer());
    number.unwrap_or_default()
}

fn entries<'a>(replies: &[ReplyView<'a>]) -> Vec<ReplyView<'a>> {
    let all = replies.iter().filter_map(ReplyView::elements);
    all.flatten().collect()
}

fn write_entries(entries: &[ReplyView<'_>], out: &mut Vec<u8>) {
    write::array(out, entries.len());
    for entry in entries {
        out.extend_from_slice(entry.frame());
    }
}

/// SLOWLOG GET: entries with a number and their time in front, the newest first.
pub(super) fn write_newest(replies: &[ReplyView<'_>], wanted: Option<usize>, out: &mut Vec<u8>) {
    let mut entries = entries(replies);
    entries.sort_by_key(|entry| Reverse(number_at(entry, 1)));
    entries.truncate(wanted.unwrap_or(usize::MAX));
    write_entries(&entries, out);
}

/// LATENCY HISTORY: entries with their time in front, the oldest first.
pub(super) fn write_timeline(replies: &[ReplyView<'_>], out: &mut Vec<u8>) {
    let mut entries = entries(replies);
    entries.sort_by_key(|entry| number_at(entry, 0));
    write_entries(&entries, out);
}

/// LATENCY LATEST: name, time, latest and largest of each event.
pub(super) fn write_events(replies: &[ReplyView<'_>], out: &mut Vec<u8>) {
    let mut latest: Named<'_> = Named::new();
    let mut largest: BTreeMap<&[u8], i64> = BTreeMap::new();
    for entry in entries(replies) {
        let Some(name) = element(&entry, 0).and_then(|name| name.as_bulk()) else {
            continue;
        };
        let max = largest.entry(name).or_default();
        *max = number_at(&entry, 3).max(*max);
        let known = latest.entry(name).or_insert(entry);
        if number_at(&entry, 1) > number_at(known, 1) {
            *known = entry;
        }
    }
    write::array(out, latest.len());
    for (name, entry) in latest {
        write::array(out, entry.len_elements().unwrap_or_default());
        for (index, value) in entry.elements().into_iter().flatten().enumerate() {
            match index {
                3 => write::integer(out, largest.get(name).copied().unwrap_or_default()),
                _ => out.extend_from_slice(value.frame()),
            }
        }
    }
}

/// LATENCY HISTOGRAM: for each command its calls, and for some times how many calls took no longer.
pub(super) fn write_histograms(replies: &[ReplyView<'_>], protocol: Protocol, out: &mut Vec<u8>) {
    let mut commands: BTreeMap<&[u8], Histogram> = BTreeMap::new();
    for (name, report) in replies.iter().flat_map(pairs) {
        if let Some(name) = name.as_bulk() {
            commands.entry(name).or_default().add(&report);
        }
    }
    write::map(out, commands.len(), protocol);
    for (name, histogram) in commands {
        write::bulk(out, name);
        histogram.write(protocol, out);
    }
}

/// FUNCTION STATS: the script that runs at any node, and what else the first one says.
pub(super) fn write_running(replies: &[ReplyView<'_>], protocol: Protocol, out: &mut Vec<u8>) {
    let Some(first) = replies.first() else {
        return write::null(out, protocol);
    };
    let runs = |name: &ReplyView<'_>| name.as_bulk() == Some(b"running_script");
    let all = replies.iter().flat_map(pairs);
    let running = all
        .filter(|(name, script)| runs(name) && !script.is_null())
        .map(|(_, script)| script)
        .next();
    write::map(out, pairs(first).count(), protocol);
    for (name, value) in pairs(first) {
        let value = if runs(&name) {
            running.unwrap_or(value)
        } else {
            value
        };
        out.extend_from_slice(name.frame());
        out.extend_from_slice(value.frame());
    }
}

/// Each node's text under its address.
pub(super) fn write_texts<'a>(
    replies: impl Iterator<Item = (&'a Home, ReplyView<'a>)>,
    protocol: Protocol,
    out: &mut Vec<u8>,
) {
    let mut text = String::new();
    for (home, reply) in replies {
        let said = String::from_utf8_lossy(reply.as_bulk().unwrap_or_default());
        let _ = write!(text, "# Node {}\n{}\n", home.addr(), said.trim_end());
    }
    write::verbatim(out, &text, protocol);
}

// === impl Histogram ===

impl Histogram {
    fn add(&mut self, report: &ReplyView<'_>) {
        for (name, value) in pairs(report) {
            if let Some(calls) = value.as_integer() {
                self.calls = self.calls.saturating_add(calls);
            } else if name.as_bulk() == Some(b"histogram_usec") {
                let counts = pairs(&value);
                let counts = counts
                    .filter_map(|(time, count)| Some((time.as_integer()?, count.as_integer()?)));
                self.reports.push(counts.collect());
            }
        }
    }

    fn write(&self, protocol: Protocol, out: &mut Vec<u8>) {
        let mut sums: BTreeMap<i64, i64> = BTreeMap::new();
        for time in self.reports.iter().flat_map(BTreeMap::keys) {
            // A node leaves times out at which nothing is added to what was said before.
            let up_to = self.reports.iter().filter_map(|report| {
                let (_, count) = report.range(..=*time).next_back()?;
                Some(*count)
            });
            sums.insert(*time, up_to.fold(0, i64::saturating_add));
        }
        write::map(out, 2, protocol);
        write::bulk(out, b"calls");
        write::integer(out, self.calls);
        write::bulk(out, b"histogram_usec");
        write::map(out, sums.len(), protocol);
        for (time, count) in sums {
            write::integer(out, time);
            write::integer(out, count);
        }
    }
}
