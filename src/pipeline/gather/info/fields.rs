//! Sections with a value per line: amounts are added up, and what can be computed from the sums is.

use std::fmt::Write as _;

use super::{Fields, columns};

/// How values of one name become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Amounts.
    Sum,
    /// What one node is busy with all are; of means and shares the largest.
    Largest,
    /// Who waits for all of them waits for the last.
    Smallest,
    /// Zero means that there is no limit.
    Limit,
    /// A word: the first that is not this one.
    Unless(&'static str),
}

/// Names with another rule than their section.
const RULES: &[(&str, Rule)] = &[
    // Memory. All nodes have the same scripts and functions.
    ("active_defrag_running", Rule::Largest),
    ("maxmemory", Rule::Limit),
    ("maxmemory_policy", Rule::Unless("noeviction")),
    ("number_of_cached_scripts", Rule::Largest),
    ("number_of_functions", Rule::Largest),
    ("number_of_libraries", Rule::Largest),
    ("used_memory_peak_time", Rule::Largest),
    // Persistence.
    ("aof_rewrites", Rule::Sum),
    ("rdb_changes_since_last_save", Rule::Sum),
    ("rdb_last_save_time", Rule::Smallest),
    ("rdb_saves", Rule::Sum),
    // Stats.
    ("current_active_defrag_time", Rule::Largest),
    ("current_eviction_exceeded_time", Rule::Largest),
    ("instantaneous_eventloop_duration_usec", Rule::Largest),
    ("latest_fork_usec", Rule::Largest),
];

/// Endings of names with another rule than their section.
const ENDINGS: &[(&str, Rule)] = &[
    ("_perc", Rule::Largest),
    ("_ratio", Rule::Largest),
    ("_status", Rule::Unless("ok")),
];

/// Ratios that are those of two sums.
const RATIOS: &[(&str, &str, &str)] = &[
    (
        "allocator_frag_ratio",
        "allocator_active",
        "allocator_allocated",
    ),
    (
        "allocator_rss_ratio",
        "allocator_resident",
        "allocator_active",
    ),
    ("mem_fragmentation_ratio", "used_memory_rss", "used_memory"),
    (
        "rss_overhead_ratio",
        "used_memory_rss",
        "allocator_resident",
    ),
];

/// Sums in words for people.
const HUMAN_END: &str = "_human";

/// The lines of a section of all nodes.
pub(super) fn merged(rule: Rule, told: &[Fields<'_>]) -> String {
    let lines: Vec<(&str, String)> = columns(told)
        .into_iter()
        .map(|(name, values)| (name, come_to(rule_of(name, rule), &values)))
        .collect();
    let mut text = String::new();
    for (name, value) in &lines {
        let computed = computed(name, &lines);
        let value = computed.as_ref().unwrap_or(value);
        let _ = write!(text, "{name}:{value}\r\n");
    }
    text
}

fn rule_of(name: &str, of_section: Rule) -> Rule {
    let by_name = RULES.iter().find(|(known, _)| *known == name);
    let by_end = || ENDINGS.iter().find(|(end, _)| name.ends_with(end));
    by_name
        .or_else(by_end)
        .map_or(of_section, |(_, rule)| *rule)
}

fn come_to(rule: Rule, values: &[&str]) -> String {
    let first = values.first().copied().unwrap_or_default();
    if let Rule::Unless(word) = rule {
        let other = values.iter().find(|value| **value != word);
        return other.copied().unwrap_or(first).to_owned();
    }
    if let Some(numbers) = parsed::<i64>(values) {
        return whole(rule, &numbers).to_string();
    }
    let Some(numbers) = parsed::<f64>(values) else {
        return first.to_owned();
    };
    if rule == Rule::Sum {
        return format!("{:.2}", numbers.iter().sum::<f64>());
    }
    let pairs = values.iter().zip(numbers);
    let largest = pairs.max_by(|(_, a), (_, b)| a.total_cmp(b));
    largest.map_or(first, |(value, _)| *value).to_owned()
}

fn whole(rule: Rule, numbers: &[i64]) -> i64 {
    let all = numbers.iter().copied();
    let sum = all.clone().fold(0, i64::saturating_add);
    match rule {
        Rule::Limit if numbers.contains(&0) => 0,
        Rule::Sum | Rule::Limit => sum,
        Rule::Smallest => all.min().unwrap_or_default(),
        Rule::Largest | Rule::Unless(_) => all.max().unwrap_or_default(),
    }
}

/// The numbers, if all are; shares may have a percent sign.
fn parsed<T: std::str::FromStr>(values: &[&str]) -> Option<Vec<T>> {
    let numbers = values
        .iter()
        .map(|value| value.trim_end_matches('%').parse());
    numbers.collect::<Result<_, _>>().ok()
}

/// What follows from the sums.
fn computed(name: &str, lines: &[(&str, String)]) -> Option<String> {
    let number = |wanted: &str| -> Option<f64> {
        let (_, value) = lines.iter().find(|(known, _)| *known == wanted)?;
        value.parse().ok()
    };
    let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    if let Some(name) = name.strip_suffix(HUMAN_END) {
        return number(name).map(human);
    }
    match name {
        "used_memory_peak_perc" => {
            let share = share(number("used_memory")?, number("used_memory_peak")?)?;
            Some(format!("{:.2}%", share * 100.0))
        }
        "used_memory_dataset_perc" => {
            let net = number("used_memory")? - number("used_memory_startup")?;
            let share = share(number("used_memory_dataset")?, net)?;
            Some(format!("{:.2}%", share * 100.0))
        }
        name => {
            let (_, part, whole) = RATIOS.iter().find(|(known, _, _)| *known == name)?;
            let ratio = share(number(part)?, number(whole)?)?;
            Some(format!("{ratio:.2}"))
        }
    }
}

/// Bytes as servers tell them to people.
fn human(bytes: f64) -> String {
    let mut left = bytes;
    for unit in ["B", "K", "M", "G", "T"] {
        if left < 1024.0 && unit == "B" {
            return format!("{left:.0}B");
        }
        if left < 1024.0 {
            return format!("{left:.2}{unit}");
        }
        left /= 1024.0;
    }
    format!("{left:.2}P")
}
