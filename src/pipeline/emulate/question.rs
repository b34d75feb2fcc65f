//! What a request wants to know: its options, and what is asked for each of its keys.

use std::collections::BTreeMap;

use super::sorted::Aggregate;
use super::subsequence::Wanted;
use crate::command::Emulation as Kind;
use crate::resp::{RequestView, int, write};

/// A request in the form in which it is computed.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) asks: Asks,
    /// For each of its keys the part that asks what that holds.
    pub(super) sources: Vec<u32>,
    /// What is computed; or the error about its options, which servers give only if no key is of a wrong type.
    pub(super) task: Result<Task, &'static str>,
}

/// What is asked for one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// The members of a set.
    Members,
    /// The members of a sorted set or a set.
    SortedMembers,
    /// The same with scores.
    Scores,
    /// A string.
    Value,
}

/// What is computed from what the keys hold.
#[derive(Debug, PartialEq)]
pub(super) enum Task {
    Union,
    Intersection,
    Difference,
    /// How many members are in all; no more than so many are counted, if that is not 0.
    Size {
        max: usize,
    },
    Sorted(Sorted),
    /// The estimate of a `HyperLogLog`.
    Count,
    Subsequence(Wanted),
}

/// An operation on sorted sets.
#[derive(Debug, PartialEq)]
pub(super) struct Sorted {
    pub(super) of: SortedOf,
    /// One for each key.
    pub(super) weights: Vec<f64>,
    pub(super) aggregate: Aggregate,
    pub(super) with_scores: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SortedOf {
    Union,
    Intersection,
    Difference,
}

/// Servers' words.
const SYNTAX: &str = "ERR syntax error";
const NEGATIVE_LIMIT: &str = "ERR LIMIT can't be negative";
const NO_WEIGHT: &str = "ERR weight value is not a float";
const NO_INTEGER: &str = "ERR value is not an integer or out of range";
const LENGTH_AND_RANGES: &str = "ERR If you want both the length and indexes, please just use IDX.";

// === impl Question ===

impl Question {
    /// Understands a request whose keys are at these positions; also returns the positions of the keys that are asked
    /// for, each of them once.
    ///
    /// # Errors
    ///
    /// What servers say to such options before they look at any key.
    pub(super) fn read(
        kind: Kind,
        view: &RequestView<'_>,
        positions: &[usize],
    ) -> Result<(Self, Vec<usize>), &'static str> {
        let mut asked = Vec::new();
        let mut known = BTreeMap::new();
        let mut sources = Vec::with_capacity(positions.len());
        for position in positions {
            let key = view.arg(*position).unwrap_or_default();
            let part = *known.entry(key).or_insert_with(|| {
                asked.push(*position);
                asked.len() - 1
            });
            sources.push(u32::try_from(part).unwrap_or(u32::MAX));
        }
        let behind = positions.last().map_or(0, |last| last + 1);
        let options: Vec<&[u8]> = view.args().skip(behind).collect();
        let (asks, task) = match kind {
            Kind::Union => (Asks::Members, Ok(Task::Union)),
            Kind::Intersection => (Asks::Members, Ok(Task::Intersection)),
            Kind::Difference => (Asks::Members, Ok(Task::Difference)),
            Kind::IntersectionSize => (Asks::Members, Ok(read_size(&options)?)),
            Kind::SortedUnion => (
                Asks::Scores,
                read_sorted(SortedOf::Union, sources.len(), &options),
            ),
            Kind::SortedIntersection => (
                Asks::Scores,
                read_sorted(SortedOf::Intersection, sources.len(), &options),
            ),
            Kind::SortedDifference => (
                Asks::Scores,
                read_sorted(SortedOf::Difference, sources.len(), &options),
            ),
            Kind::SortedIntersectionSize => (Asks::SortedMembers, read_size(&options)),
            Kind::Count => (Asks::Value, Ok(Task::Count)),
            Kind::Subsequence => (Asks::Value, read_wanted(&options).map(Task::Subsequence)),
        };
        let question = Self {
            asks,
            sources,
            task,
        };
        Ok((question, asked))
    }
}

// === impl Asks ===

impl Asks {
    /// Writes the request that asks it.
    ///
    /// ZUNION of one key takes sorted sets and sets, as the commands do that are computed from it.
    pub(super) fn write(self, key: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Members => write::request(out, &[b"SMEMBERS", key]),
            Self::SortedMembers => write::request(out, &[b"ZUNION", b"1", key]),
            Self::Scores => write::request(out, &[b"ZUNION", b"1", key, b"WITHSCORES"]),
            Self::Value => write::request(out, &[b"GET", key]),
        }
    }
}

/// LIMIT, which may be given several times.
fn read_size(mut options: &[&[u8]]) -> Result<Task, &'static str> {
    let mut max = 0;
    while let [word, rest @ ..] = options {
        let [number, rest @ ..] = rest else {
            return Err(SYNTAX);
        };
        if !word.eq_ignore_ascii_case(b"limit") {
            return Err(SYNTAX);
        }
        let number = int::parse_i64(number).ok_or(NEGATIVE_LIMIT)?;
        max = usize::try_from(number).map_err(|_| NEGATIVE_LIMIT)?;
        options = rest;
    }
    Ok(Task::Size { max })
}

/// WEIGHTS, AGGREGATE and WITHSCORES.
fn read_sorted(of: SortedOf, keys: usize, mut options: &[&[u8]]) -> Result<Task, &'static str> {
    let mut sorted = Sorted {
        of,
        weights: vec![1.0; keys],
        aggregate: Aggregate::Sum,
        with_scores: false,
    };
    let has_weights = of != SortedOf::Difference;
    while let [word, rest @ ..] = options {
        options = rest;
        if word.eq_ignore_ascii_case(b"withscores") {
            sorted.with_scores = true;
        } else if has_weights && word.eq_ignore_ascii_case(b"weights") {
            let (given, rest) = rest.split_at_checked(keys).ok_or(SYNTAX)?;
            let weights: Option<Vec<f64>> = given.iter().map(|text| weight(text)).collect();
            sorted.weights = weights.ok_or(NO_WEIGHT)?;
            options = rest;
        } else if has_weights && word.eq_ignore_ascii_case(b"aggregate") {
            let (name, rest) = rest.split_first().ok_or(SYNTAX)?;
            sorted.aggregate = Aggregate::parse(name).ok_or(SYNTAX)?;
            options = rest;
        } else {
            return Err(SYNTAX);
        }
    }
    Ok(Task::Sorted(sorted))
}

/// A number as servers take it for a weight: infinite only if it says so.
fn weight(text: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let says_infinite = text.iter().any(|byte| byte.eq_ignore_ascii_case(&b'i'));
    (!number.is_nan() && (number.is_finite() || says_infinite)).then_some(number)
}

/// The options of LCS.
fn read_wanted(mut options: &[&[u8]]) -> Result<Wanted, &'static str> {
    let mut wanted = Wanted::default();
    while let [word, rest @ ..] = options {
        options = rest;
        if word.eq_ignore_ascii_case(b"idx") {
            wanted.ranges = true;
        } else if word.eq_ignore_ascii_case(b"len") {
            wanted.length = true;
        } else if word.eq_ignore_ascii_case(b"withmatchlen") {
            wanted.with_match_length = true;
        } else if word.eq_ignore_ascii_case(b"minmatchlen") {
            let (number, rest) = rest.split_first().ok_or(SYNTAX)?;
            let number = int::parse_i64(number).ok_or(NO_INTEGER)?;
            wanted.match_length_min = usize::try_from(number).unwrap_or(0);
            options = rest;
        } else {
            return Err(SYNTAX);
        }
    }
    if wanted.ranges && wanted.length {
        return Err(LENGTH_AND_RANGES);
    }
    Ok(wanted)
}
