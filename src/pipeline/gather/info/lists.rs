//! Sections with a list of named numbers per line: `cmdstat_get:calls=2,usec=5,usec_per_call=2.50`.

use std::fmt::Write as _;

use super::{Fields, columns};

/// How numbers of one name become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// They are counts.
    Sums,
    /// They are limits that most stay below: what is true of the slowest node is of all.
    Largest,
}

/// The end of names that are not counts.
const LARGEST_END: &str = "_max";

/// The lines of a section of all nodes.
pub(super) fn merged(how: How, told: &[Fields<'_>]) -> String {
    let mut text = String::new();
    for (name, lists) in columns(told) {
        let _ = write!(text, "{name}:{}\r\n", list(how, &lists));
    }
    text
}

fn list(how: How, lists: &[&str]) -> String {
    let told: Vec<Fields<'_>> = lists
        .iter()
        .map(|list| {
            list.split(',')
                .filter_map(|pair| pair.split_once('='))
                .collect()
        })
        .collect();
    let fields: Vec<(&str, String)> = columns(&told)
        .into_iter()
        .map(|(name, values)| (name, come_to(how, name, &values)))
        .collect();
    let number = |wanted: &str| -> Option<f64> {
        let (_, value) = fields.iter().find(|(name, _)| *name == wanted)?;
        value.parse().ok()
    };
    let mean = || {
        let calls = number("calls").filter(|calls| *calls > 0.0)?;
        Some(format!("{:.2}", number("usec")? / calls))
    };
    let pairs = fields.iter().map(|(name, value)| {
        let mean = (*name == "usec_per_call").then(mean).flatten();
        format!("{name}={}", mean.as_ref().unwrap_or(value))
    });
    pairs.collect::<Vec<String>>().join(",")
}

fn come_to(how: How, name: &str, values: &[&str]) -> String {
    let first = values.first().copied().unwrap_or_default();
    let whole = values.iter().map(|value| value.parse::<i64>());
    if how == How::Sums
        && !name.ends_with(LARGEST_END)
        && let Ok(numbers) = whole.collect::<Result<Vec<i64>, _>>()
    {
        let sum = numbers.into_iter().fold(0, i64::saturating_add);
        return sum.to_string();
    }
    let numbers = values
        .iter()
        .filter_map(|value| Some((value, value.parse::<f64>().ok()?)));
    let largest = numbers.max_by(|(_, a), (_, b)| a.total_cmp(b));
    largest.map_or(first, |(value, _)| *value).to_owned()
}
