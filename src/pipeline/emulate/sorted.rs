//! Union, intersection and difference of sorted sets, with weights and aggregates.
//!
//! Scores are added up in the order in which servers do it, smaller sets first, because sums of doubles depend
//! on it.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

/// Members with their scores.
pub(super) type Scored<'a> = Vec<(&'a [u8], f64)>;

/// One key of a request: what it holds and what its scores count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a, 's> {
    pub(super) members: &'s Scored<'a>,
    pub(super) weight: f64,
}

/// What becomes of the scores that a member has in several sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregate {
    Sum,
    Min,
    Max,
}

// === impl Aggregate ===

impl Aggregate {
    pub(super) fn parse(name: &[u8]) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_slice() {
            b"sum" => Self::Sum,
            b"min" => Self::Min,
            b"max" => Self::Max,
            _ => return None,
        })
    }

    /// Infinities that cancel each other out come to 0.
    fn add(self, to: &mut f64, score: f64) {
        match self {
            Self::Sum => *to = or_zero(*to + score),
            Self::Min if score < *to => *to = score,
            Self::Max if score > *to => *to = score,
            Self::Min | Self::Max => {}
        }
    }
}

/// The members of any.
pub(super) fn union<'a>(sources: &[Source<'a, '_>], aggregate: Aggregate) -> Scored<'a> {
    let mut places: HashMap<&[u8], usize> = HashMap::new();
    let mut all: Scored<'a> = Vec::new();
    for source in smallest_first(sources) {
        for (member, score) in source.members {
            let score = or_zero(source.weight * score);
            let place = *places.entry(member).or_insert(all.len());
            match all.get_mut(place) {
                Some((_, to)) => aggregate.add(to, score),
                None => all.push((member, score)),
            }
        }
    }
    sort(all)
}

/// The members of all.
pub(super) fn intersection<'a>(sources: &[Source<'a, '_>], aggregate: Aggregate) -> Scored<'a> {
    let ordered = smallest_first(sources);
    let Some((base, others)) = ordered.split_first() else {
        return Vec::new();
    };
    let first = base.members.iter();
    // For each member its score so far and in how many of the others it was found.
    let mut found: HashMap<&[u8], (f64, usize)> = first
        .map(|(member, score)| (*member, (or_zero(base.weight * score), 0)))
        .collect();
    for source in others {
        for (member, score) in source.members {
            if let Some((to, count)) = found.get_mut(member) {
                aggregate.add(to, score * source.weight);
                *count += 1;
            }
        }
    }
    let in_all = base.members.iter().filter_map(|(member, _)| {
        let (score, count) = found.get(member)?;
        (*count == others.len()).then_some((*member, *score))
    });
    sort(in_all.collect())
}

/// The members of the first that none of the others has, with the scores of the first.
pub(super) fn difference<'a>(sources: &[Source<'a, '_>]) -> Scored<'a> {
    let Some((first, others)) = sources.split_first() else {
        return Vec::new();
    };
    let others = others.iter().flat_map(|source| source.members);
    let others: HashSet<&[u8]> = others.map(|(member, _)| *member).collect();
    let left = first.members.iter();
    sort(
        left.filter(|(member, _)| !others.contains(member))
            .copied()
            .collect(),
    )
}

fn smallest_first<'a, 's>(sources: &[Source<'a, 's>]) -> Vec<Source<'a, 's>> {
    let mut ordered = sources.to_vec();
    ordered.sort_by_key(|source| source.members.len());
    ordered
}

/// By score, and by name within a score.
fn sort(mut members: Scored<'_>) -> Scored<'_> {
    members.sort_unstable_by(|(a, left), (b, right)| {
        let scores = left.partial_cmp(right).unwrap_or(Ordering::Equal);
        scores.then_with(|| a.cmp(b))
    });
    members
}

fn or_zero(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}
