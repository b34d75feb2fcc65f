//! Reads over several keys that can be computed from what each key holds.
//!
//! Called by the pipeline for requests that servers would refuse because their keys are in several slots, and only
//! if settings say so.

use super::Command;

/// A read over several keys that can be computed from what each key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Emulation {
    /// SUNION.
    Union,
    /// SINTER.
    Intersection,
    /// SDIFF.
    Difference,
    /// SINTERCARD.
    IntersectionSize,
    /// ZUNION.
    SortedUnion,
    /// ZINTER.
    SortedIntersection,
    /// ZDIFF.
    SortedDifference,
    /// ZINTERCARD.
    SortedIntersectionSize,
    /// PFCOUNT.
    Count,
    /// LCS.
    Subsequence,
}

/// How a command can be computed from what each of its keys holds, if it can.
#[must_use]
pub fn emulation(command: &Command) -> Option<Emulation> {
    Some(match command.name {
        "sunion" => Emulation::Union,
        "sinter" => Emulation::Intersection,
        "sdiff" => Emulation::Difference,
        "sintercard" => Emulation::IntersectionSize,
        "zunion" => Emulation::SortedUnion,
        "zinter" => Emulation::SortedIntersection,
        "zdiff" => Emulation::SortedDifference,
        "zintercard" => Emulation::SortedIntersectionSize,
        "pfcount" => Emulation::Count,
        "lcs" => Emulation::Subsequence,
        _ => return None,
    })
}
