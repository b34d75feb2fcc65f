//! Union, intersection and difference of sets.
//!
//! Servers give members in no certain order; here it is that in which nodes gave them.

use std::collections::{HashMap, HashSet};

/// What one part was told: members, each of them once.
pub(super) type Members<'a> = Vec<&'a [u8]>;

/// The members of any.
pub(super) fn union<'a>(sets: &[Members<'a>]) -> Members<'a> {
    let mut seen = HashSet::new();
    let all = sets.iter().flatten().copied();
    all.filter(|member| seen.insert(*member)).collect()
}

/// The members of all; no more than `max` of them, if that is not 0.
pub(super) fn intersection<'a>(sets: &[Members<'a>], max: usize) -> Members<'a> {
    let Some(smallest) = (0..sets.len()).min_by_key(|at| sets.get(*at).map(Vec::len)) else {
        return Vec::new();
    };
    let base = sets.get(smallest).map(Vec::as_slice).unwrap_or_default();
    // For each member in how many of the others it was found.
    let mut found: HashMap<&[u8], usize> = base.iter().map(|member| (*member, 0)).collect();
    let others = sets.iter().enumerate().filter(|(at, _)| *at != smallest);
    for (_, set) in others {
        for member in set {
            if let Some(count) = found.get_mut(member) {
                *count += 1;
            }
        }
    }
    let max = if max == 0 { usize::MAX } else { max };
    let is_in_all = |member: &&&[u8]| found.get(**member) == Some(&(sets.len() - 1));
    base.iter().filter(is_in_all).take(max).copied().collect()
}

/// The members of the first that none of the others has.
pub(super) fn difference<'a>(first: &[&'a [u8]], others: &[&Members<'a>]) -> Members<'a> {
    let others: HashSet<&[u8]> = others.iter().flat_map(|set| set.iter().copied()).collect();
    let left = first.iter().filter(|member| !others.contains(**member));
    left.copied().collect()
}
