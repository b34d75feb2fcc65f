//! Which cores this process may use, and how many of them it is worth to use.

use core_affinity::CoreId;

/// Cores for workers: as many as `wanted` (0 means one per usable core).
///
/// Usable are the cores of the affinity mask (`taskset`, cpusets), but no more than the CPU quota of the
/// control group lets run at a time: threads beyond it would only throttle each other. More workers than
/// cores share cores, in turn.
pub(super) fn choose(wanted: usize) -> Vec<CoreId> {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    if cores.is_empty() {
        return Vec::new();
    }
    let usable = match quota() {
        Some(quota) => cores.len().min(quota),
        None => cores.len(),
    };
    let count = if wanted == 0 { usable } else { wanted };
    cores.iter().copied().cycle().take(count).collect()
}

/// Cores' worth of CPU time that the control group grants, rounded up; `None` without a quota.
fn quota() -> Option<usize> {
    let membership = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = membership
        .lines()
        .find_map(|line| line.strip_prefix("0::"))?;
    // Every group on the way to the root may have a quota; the smallest counts.
    let mut smallest: Option<usize> = None;
    let mut group = Some(std::path::Path::new(path));
    while let Some(path) = group {
        let relative = path.strip_prefix("/").unwrap_or(path);
        let file = std::path::Path::new("/sys/fs/cgroup")
            .join(relative)
            .join("cpu.max");
        let granted = std::fs::read_to_string(file)
            .ok()
            .and_then(|text| parse_quota(&text));
        smallest = match (smallest, granted) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        group = path.parent();
    }
    smallest
}

/// Reads `cpu.max`: quota and period in microseconds, or `max` for no quota.
fn parse_quota(text: &str) -> Option<usize> {
    let mut words = text.split_whitespace();
    let quota: u64 = words.next()?.parse().ok()?;
    let period: u64 = words.next()?.parse().ok()?;
    let cores = quota.div_ceil(period.max(1)).max(1);
    usize::try_from(cores).ok()
}

#[cfg(test)]
mod tests {
    use super::{choose, parse_quota};

    #[test]
    fn a_quota_is_rounded_up_to_whole_cores() {
        assert_eq!(parse_quota("200000 100000\n"), Some(2));
        assert_eq!(parse_quota("150000 100000\n"), Some(2));
        assert_eq!(parse_quota("10000 100000\n"), Some(1));
        assert_eq!(parse_quota("max 100000\n"), None);
        assert_eq!(parse_quota(""), None);
    }

    #[test]
    fn more_workers_than_cores_share_them() {
        let many = choose(1000);
        assert_eq!(many.len(), 1000);
        assert!(!choose(0).is_empty());
    }
}
